//! A list of dispatches, copies and reads that is sent to the device in one submission.

use std::ops::Range;

use super::buffers::{Buffer, WORD, inside};
use super::context::Context;
use super::error::DeviceError;
use super::kernel::Kernel;
use crate::reader::counted;

/// A step of a [`Work`].
#[derive(Debug)]
pub(super) enum Step {
    Dispatch { kernel: Kernel, buffers: Vec<Buffer>, workgroups: [u32; 2] },
    Copy { from: Buffer, from_offset: u64, to: Buffer, to_offset: u64, bytes: u64 },
    Clear(Buffer),
}

/// A part of a buffer to bring to the host: bytes, from `range.start` on.
#[derive(Debug)]
pub(super) struct ReadRange {
    pub(super) buffer: Buffer,
    pub(super) range: Range<u64>,
}

/// A word that the work must have left, with where it stands.
#[derive(Debug)]
pub(super) struct Expectation {
    pub(super) read: Read,
    pub(super) stamp: u32,
}

/// What [`Readback::get`](super::Readback::get) takes for one `read` of the same work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read(pub(super) usize);

/// Steps in order, then reads. Nothing is checked or sent before [`Context::submit`] or [`Context::start`].
#[derive(Debug)]
pub struct Work {
    pub(super) label: String,
    pub(super) steps: Vec<Step>,
    pub(super) reads: Vec<ReadRange>,
    pub(super) expectations: Vec<Expectation>,
}

impl Work {
    /// No steps yet; `label` is how messages call it.
    #[must_use]
    pub fn new(label: &str) -> Self {
        Work { label: label.to_owned(), steps: Vec::new(), reads: Vec::new(), expectations: Vec::new() }
    }

    /// Runs `kernel` over `workgroups` in x and y, the i-th of `buffers` at its binding i. Steps see what earlier steps wrote.
    pub fn dispatch(&mut self, kernel: &Kernel, buffers: &[&Buffer], workgroups: [u32; 2]) {
        let buffers = buffers.iter().map(|&buffer| buffer.clone()).collect();
        self.steps.push(Step::Dispatch { kernel: kernel.clone(), buffers, workgroups });
    }

    /// Copies `bytes` bytes from one buffer to another, as when an arena grows.
    pub fn copy(&mut self, from: &Buffer, from_offset: u64, to: &Buffer, to_offset: u64, bytes: u64) {
        self.steps.push(Step::Copy { from: from.clone(), from_offset, to: to.clone(), to_offset, bytes });
    }

    /// Fills a buffer with zeros.
    pub fn clear(&mut self, buffer: &Buffer) {
        self.steps.push(Step::Clear(buffer.clone()));
    }

    /// Brings the whole buffer to the host, as it is after the last step.
    pub fn read(&mut self, buffer: &Buffer) -> Read {
        self.read_range(buffer, 0..buffer.bytes())
    }

    /// Brings the bytes of `range` to the host, as they are after the last step.
    pub fn read_range(&mut self, buffer: &Buffer, range: Range<u64>) -> Read {
        self.reads.push(ReadRange { buffer: buffer.clone(), range });
        Read(self.reads.len() - 1)
    }

    /// Demands that the work leaves `stamp` in the word at index `word` of `summary`, else [`DeviceError::NotRun`]. Take the stamp from
    /// [`Context::next_stamp`], hand it to the kernel in a buffer, and let the kernel write it when it is done.
    pub fn expect(&mut self, summary: &Buffer, word: u64, stamp: u32) {
        let start = word.saturating_mul(WORD);
        let read = self.read_range(summary, start..start.saturating_add(WORD));
        self.expectations.push(Expectation { read, stamp });
    }

    /// The first step that runs a kernel.
    pub(super) fn first_dispatch(&self) -> Option<usize> {
        self.steps.iter().position(|step| matches!(step, Step::Dispatch { .. }))
    }

    /// Checks all that can be checked without the device.
    pub(super) fn verify(&self, context: &Context) -> Result<(), DeviceError> {
        let invalid = |message: String| DeviceError::Invalid { what: self.label.clone(), message };
        for step in &self.steps {
            match step {
                Step::Dispatch { kernel, buffers, workgroups } => {
                    let (label, wanted) = (kernel.label(), kernel.bindings());
                    if buffers.len() != wanted {
                        let wanted = counted(wanted, "buffer", "buffers");
                        return Err(invalid(format!("kernel `{label}` binds {wanted}, got {}", buffers.len())));
                    }
                    let limit = context.limits().workgroups;
                    if let Some(count) = workgroups.iter().find(|&&count| count > limit) {
                        return Err(invalid(format!(
                            "kernel `{label}`: {count} workgroups, the device allows {limit}"
                        )));
                    }
                }
                Step::Copy { from, from_offset, to, to_offset, bytes } => {
                    inside(&self.label, from, *from_offset, *bytes)?;
                    inside(&self.label, to, *to_offset, *bytes)?;
                }
                Step::Clear(_) => {}
            }
        }
        for ReadRange { buffer, range } in &self.reads {
            let Some(bytes) = range.end.checked_sub(range.start) else {
                return Err(invalid(format!("a read of `{}` ends before it starts", buffer.label())));
            };
            inside(&format!("{}: reading `{}`", self.label, buffer.label()), buffer, range.start, bytes)?;
        }
        Ok(())
    }

    /// Encodes the steps but a `skipped` one; neighbouring dispatches share a pass. To be called in an error scope, after `verify`.
    pub(super) fn encode(&self, device: &wgpu::Device, encoder: &mut wgpu::CommandEncoder, skipped: Option<usize>) {
        let mut groups = Groups::default();
        let all = self.steps.iter().enumerate();
        let mut steps = all.filter(|(index, _)| Some(*index) != skipped).map(|(_, step)| step).peekable();
        while let Some(step) = steps.next() {
            match step {
                Step::Dispatch { .. } => {
                    let label = Some(self.label.as_str());
                    let descriptor = wgpu::ComputePassDescriptor { label, timestamp_writes: None };
                    let mut pass = encoder.begin_compute_pass(&descriptor);
                    step.dispatch(device, &mut pass, &mut groups);
                    while let Some(next) = steps.next_if(|next| matches!(next, Step::Dispatch { .. })) {
                        next.dispatch(device, &mut pass, &mut groups);
                    }
                }
                Step::Copy { from, from_offset, to, to_offset, bytes } => {
                    encoder.copy_buffer_to_buffer(&from.raw, *from_offset, &to.raw, *to_offset, *bytes);
                }
                Step::Clear(buffer) => encoder.clear_buffer(&buffer.raw, 0, None),
            }
        }
    }
}

/// Bind groups of the dispatches so far: works that iterate bind the same few again and again.
#[derive(Default)]
struct Groups(Vec<(wgpu::BindGroupLayout, Vec<wgpu::Buffer>, wgpu::BindGroup)>);

/// Bind groups that are looked for in a work.
const GROUPS: usize = 64;

impl Groups {
    fn of(&mut self, device: &wgpu::Device, kernel: &Kernel, buffers: &[Buffer]) -> wgpu::BindGroup {
        let is_it = |(layout, bound, _): &&(wgpu::BindGroupLayout, Vec<wgpu::Buffer>, wgpu::BindGroup)| {
            *layout == kernel.layout && bound.iter().eq(buffers.iter().map(|buffer| &buffer.raw))
        };
        if let Some((.., group)) = self.0.iter().find(is_it) {
            return group.clone();
        }
        let entries: Vec<_> = (0u32..)
            .zip(buffers)
            .map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.raw.as_entire_binding() })
            .collect();
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(kernel.label()),
            layout: &kernel.layout,
            entries: &entries,
        });
        if self.0.len() < GROUPS {
            let bound = buffers.iter().map(|buffer| buffer.raw.clone()).collect();
            self.0.push((kernel.layout.clone(), bound, group.clone()));
        }
        group
    }
}

impl Step {
    fn dispatch(&self, device: &wgpu::Device, pass: &mut wgpu::ComputePass<'_>, groups: &mut Groups) {
        let Step::Dispatch { kernel, buffers, workgroups: [x, y] } = self else {
            return;
        };
        pass.set_pipeline(&kernel.pipeline);
        pass.set_bind_group(0, &groups.of(device, kernel, buffers), &[]);
        pass.dispatch_workgroups(*x, *y, 1);
    }
}
