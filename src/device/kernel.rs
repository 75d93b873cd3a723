//! A compute pipeline made from WGSL text, with what the text says about its bindings checked against what is declared.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Instant;

use naga::{AddressSpace, StorageAccess};
use serde::Serialize;

use super::context::{Context, Exactness, Spent};
use super::error::DeviceError;
use super::exact::{self, BoundsChecks, Parsed};
use super::faults::Call;
use crate::reader::counted;

/// What stands at `@group(0) @binding(i)`: the i-th of the list given to [`Context::kernel`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Binding {
    /// `var<storage, read>`.
    ReadOnly,
    /// `var<storage, read_write>`.
    ReadWrite,
    /// `var<uniform>`.
    Uniform,
}

/// How a kernel is translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KernelOptions {
    /// Decorate float operations where the device can ([`Exactness::Decorated`]). Off, drivers may rewrite them.
    pub decorate: bool,
    /// What an index out of bounds does.
    pub bounds: BoundsChecks,
}

impl Default for KernelOptions {
    fn default() -> Self {
        KernelOptions { decorate: true, bounds: BoundsChecks::Restrict }
    }
}

/// A kernel ready to be dispatched on the context that made it. Clones share it.
#[derive(Clone, Debug)]
pub struct Kernel {
    pub(super) pipeline: wgpu::ComputePipeline,
    pub(super) layout: wgpu::BindGroupLayout,
    label: Arc<str>,
    bindings: usize,
    workgroup: [u32; 3],
}

impl Kernel {
    /// Its label, as in messages.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// How many buffers a dispatch binds.
    #[must_use]
    pub fn bindings(&self) -> usize {
        self.bindings
    }

    /// Invocations of a workgroup in x, y and z, from the text.
    #[must_use]
    pub fn workgroup_size(&self) -> [u32; 3] {
        self.workgroup
    }
}

impl Context {
    /// Makes the kernel `entry` of `text`, exact where the device can be told so (see [`Context::exactness`]).
    ///
    /// The text is trusted: its loops must end by themselves. Many drivers compile it only at its first dispatch.
    ///
    /// # Errors
    /// [`DeviceError::Kernel`] when the text is wrong, has no such entry point or disagrees with `bindings`, or when its
    /// workgroup is too large, and when the driver refuses the kernel; else what the driver says.
    pub fn kernel(&self, label: &str, text: &str, entry: &str, bindings: &[Binding]) -> Result<Kernel, DeviceError> {
        self.kernel_with(label, text, entry, bindings, KernelOptions::default())
    }

    /// [`Context::kernel`] with options other than the default ones.
    ///
    /// # Errors
    /// As [`Context::kernel`].
    pub fn kernel_with(
        &self,
        label: &str,
        text: &str,
        entry: &str,
        bindings: &[Binding],
        options: KernelOptions,
    ) -> Result<Kernel, DeviceError> {
        let begun = Instant::now();
        let wrong = |message: String| DeviceError::Kernel { label: label.to_owned(), message };
        let parsed = exact::parse(text).map_err(wrong)?;
        let workgroup = self.check_entry(&parsed, entry, bindings).map_err(wrong)?;
        let sizes = binding_sizes(&parsed, bindings).map_err(wrong)?;

        let spirv = match self.exactness() {
            Exactness::Barrier => None,
            Exactness::Decorated => {
                let translate = if options.decorate { exact::exact } else { exact::spirv };
                Some(translate(&parsed, entry, options.bounds).map_err(wrong)?)
            }
        };
        let (what, fault) = (format!("making the kernel `{label}`"), self.faults.next(Call::Kernel));
        let made = self.scoped(&what, fault, || {
            let module = match spirv {
                Some(words) => self.spirv_module(label, entry, workgroup, words),
                None => self.text_module(label, text, options.bounds),
            };
            self.pipeline(label, entry, &module, bindings, &sizes)
        });
        let (pipeline, layout) = made.map_err(|error| match error {
            DeviceError::Driver { what: place, message } | DeviceError::Invalid { what: place, message }
                if place == what =>
            {
                wrong(format!("the driver refuses it: {message}"))
            }
            other => other,
        })?;
        let kernel = Kernel { pipeline, layout, label: label.into(), bindings: bindings.len(), workgroup };
        self.note(|notes| notes.kernel(&kernel, text, entry, bindings));
        Spent::add(&self.spent.compiling, begun.elapsed());
        Ok(kernel)
    }

    fn check_entry(&self, parsed: &Parsed, entry: &str, bindings: &[Binding]) -> Result<[u32; 3], String> {
        let compute = |point: &&naga::EntryPoint| point.name == entry && point.stage == naga::ShaderStage::Compute;
        let point = parsed.module.entry_points.iter().find(compute);
        let point = point.ok_or_else(|| format!("the text has no compute entry point `{entry}`"))?;
        let invocations: u64 = point.workgroup_size.iter().map(|&size| u64::from(size)).product();
        let limits = self.limits();
        if invocations > u64::from(limits.invocations) {
            return Err(format!("{invocations} invocations in a workgroup, the device allows {}", limits.invocations));
        }
        let storage = bindings.iter().filter(|&&binding| binding != Binding::Uniform).count();
        if storage > limits.storage_buffers as usize {
            return Err(format!("{storage} storage buffers, the device allows {}", limits.storage_buffers));
        }
        Ok(point.workgroup_size)
    }

    fn spirv_module(&self, label: &str, entry: &str, workgroup: [u32; 3], words: Vec<u32>) -> wgpu::ShaderModule {
        let [x, y, z] = workgroup;
        let point = wgpu::PassthroughShaderEntryPoint { name: entry.into(), workgroup_size: (x, y, z) };
        let descriptor = wgpu::ShaderModuleDescriptorPassthrough {
            label: Some(label),
            entry_points: vec![point].into(),
            spirv: Some(words.into()),
            ..Default::default()
        };
        // SAFETY: the words come from naga, for a module that naga validated; `decorate` adds annotations only,
        // `uncleared` takes away zeros that kernels do not read, and the bindings
        // agree with the layout (`binding_sizes`). Loops end by themselves: fuel bounds them.
        unsafe { self.device.create_shader_module_passthrough(descriptor) }
    }

    fn text_module(&self, label: &str, text: &str, bounds: BoundsChecks) -> wgpu::ShaderModule {
        let descriptor =
            wgpu::ShaderModuleDescriptor { label: Some(label), source: wgpu::ShaderSource::Wgsl(text.into()) };
        let mut checks = wgpu::ShaderRuntimeChecks::checked();
        checks.force_loop_bounding = false;
        checks.bounds_checks = bounds != BoundsChecks::Unchecked;
        // SAFETY: every loop ends by itself: fuel bounds it; an unchecked index is the caller's stated choice.
        unsafe { self.device.create_shader_module_trusted(descriptor, checks) }
    }

    fn pipeline(
        &self,
        label: &str,
        entry: &str,
        module: &wgpu::ShaderModule,
        bindings: &[Binding],
        sizes: &[u64],
    ) -> (wgpu::ComputePipeline, wgpu::BindGroupLayout) {
        let entries: Vec<_> = (0u32..)
            .zip(bindings.iter().zip(sizes))
            .map(|(binding, (kind, &size))| wgpu::BindGroupLayoutEntry {
                binding,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: wgpu::BindingType::Buffer {
                    ty: match kind {
                        Binding::ReadOnly => wgpu::BufferBindingType::Storage { read_only: true },
                        Binding::ReadWrite => wgpu::BufferBindingType::Storage { read_only: false },
                        Binding::Uniform => wgpu::BufferBindingType::Uniform,
                    },
                    has_dynamic_offset: false,
                    min_binding_size: NonZeroU64::new(size),
                },
                count: None,
            })
            .collect();
        let label = Some(label);
        let layout =
            self.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label, entries: &entries });
        let pipeline_layout = self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label,
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label,
            layout: Some(&pipeline_layout),
            module,
            entry_point: Some(entry),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: &[],
                zero_initialize_workgroup_memory: false,
            },
            cache: self.pipelines.as_ref().map(|pipelines| pipelines.cache()),
        });
        (pipeline, layout)
    }
}

/// The smallest buffer in bytes for each binding; an error where the text and `bindings` disagree. Passthrough modules are opaque to
/// wgpu, so nobody else compares them.
fn binding_sizes(parsed: &Parsed, bindings: &[Binding]) -> Result<Vec<u64>, String> {
    let module = &parsed.module;
    // A binding the text never names takes any buffer of at least a word.
    let mut sizes = vec![4; bindings.len()];
    for (_, variable) in module.global_variables.iter() {
        let Some(place) = variable.binding else {
            continue;
        };
        let name = variable.name.as_deref().unwrap_or("?");
        let declared = usize::try_from(place.binding).ok().filter(|_| place.group == 0);
        let Some((kind, size)) = declared.and_then(|at| bindings.get(at).zip(sizes.get_mut(at))) else {
            let (group, at, all) = (place.group, place.binding, counted(bindings.len(), "binding", "bindings"));
            return Err(format!("`{name}` is at group {group}, binding {at}; group 0 has {all} declared"));
        };
        let agrees = match variable.space {
            AddressSpace::Uniform => *kind == Binding::Uniform,
            AddressSpace::Storage { access } if access.contains(StorageAccess::STORE) => *kind == Binding::ReadWrite,
            AddressSpace::Storage { .. } => *kind == Binding::ReadOnly,
            _ => false,
        };
        if !agrees {
            return Err(format!("`{name}` at binding {} is declared {kind:?}, the text says otherwise", place.binding));
        }
        *size = u64::from(module.types[variable.ty].inner.size(module.to_ctx())).max(4);
    }
    Ok(sizes)
}
