//! Specialise on a device: a program as a kernel of its own, over any number of lanes.
//!
//! In: a [`Job`]. Out: what [`Executor::replay`] gives for it, bit for bit, or nothing where the program is too large for a
//! kernel. Always: a kernel is made once for all programs that differ in constants and uniform inputs only. Deliberately absent: when
//! that is worth a driver's time to compile, and what becomes of lanes that leave.

mod call;
mod room;

use std::collections::HashMap;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex};

use crate::device::context::lock;
use crate::device::replay::{Job, Replayed, Setting};
use crate::device::{Binding, DeviceError, Exactness, Executor, Kernel};
use crate::host::replay::Limits;
use crate::machine::work::Column;
use crate::wgsl::specialize::{Pace, Request, Source, Specialization, Written};
use call::Memory;
pub use call::Resident;

/// Operations of a text at most. Lavapipe on two busy cores compiled 6,400 in 2.4 s, and 16,000 in 13 s.
const OPERATIONS: usize = 1 << 13;
/// Kernels that are kept.
const KERNELS: usize = 1024;

/// Kernels by what their text depends on, masked or not, and buffers for the next call.
#[derive(Default)]
pub(super) struct Specialized {
    kernels: Mutex<HashMap<(Source, bool), Option<Arc<Made>>>>,
    memory: Mutex<Option<Memory>>,
}

/// A kernel, and what is known of its lanes.
struct Made {
    kernel: Kernel,
    /// Of the text.
    operations: usize,
    /// Does an adjoint of 0 send 0 whatever the operands are?
    is_masked: bool,
    /// Most blocks that a lane was seen to run.
    runs: AtomicU32,
}

impl Executor {
    /// Runs every lane of a job by a kernel of its own; `None` if the program is too large for one. Compiles the kernel when such a
    /// program first comes.
    ///
    /// # Errors
    /// The device failed; nothing it left behind is used.
    pub fn specialize(&self, job: &Job<'_>, setting: &Setting) -> Result<Option<Replayed>, DeviceError> {
        let Some(kernel) = self.kernel_of(job, setting)? else { return Ok(None) };
        let mut replayed = Replayed::empty(job, setting.gradient);
        let (all, (specialization, _)) = (job.lanes.len(), &kernel);
        if specialization.is_over(setting.gradient, &setting.limits) {
            replayed.rest.leavers.extend((0..all).map(|index| job.lanes.at(index) as u32));
            return Ok(Some(replayed));
        }
        let most = call::most_lanes(&self.context, &specialization.source);
        for first in (0..all).step_by(most) {
            let mut resident = Resident::new(self, job, setting, kernel.clone(), (first, most.min(all - first)))?;
            resident.pass()?;
            resident.collect(&mut replayed)?;
            resident.leave();
        }
        Ok(Some(replayed))
    }

    /// A job whose inputs and results stay on the device; `None` if the program is too large for a kernel, would meet a budget in
    /// every lane, or has more lanes than the device can bind.
    ///
    /// # Errors
    /// The device failed.
    pub fn resident<'a>(&'a self, job: &Job<'a>, setting: &Setting) -> Result<Option<Resident<'a>>, DeviceError> {
        let Some(kernel) = self.kernel_of(job, setting)? else { return Ok(None) };
        let (specialization, lanes) = (&kernel.0, job.lanes.len());
        let is_over = specialization.is_over(setting.gradient, &setting.limits);
        if is_over || lanes > call::most_lanes(&self.context, &specialization.source) {
            return Ok(None);
        }
        Resident::new(self, job, setting, kernel, (0, lanes)).map(Some)
    }

    /// What a job's program is as a kernel, if it is not too large for one.
    fn kernel_of(
        &self,
        job: &Job<'_>,
        setting: &Setting,
    ) -> Result<Option<(Arc<Specialization>, Arc<Made>)>, DeviceError> {
        let is_column: Vec<bool> = job.columns.iter().map(|column| !matches!(column, Column::Uniform(_))).collect();
        let Limits { objects, memory, .. } = setting.limits;
        let (wanted, gradient) = (job.wanted, setting.gradient);
        let request = Request { is_column: &is_column, wanted, gradient, objects, rows: memory / 4 };
        let Some(specialization) = Specialization::of(job.program, &request) else { return Ok(None) };
        let made = self.specialized(&specialization.source, false)?;
        Ok(made.map(|made| (Arc::new(specialization), made)))
    }

    /// The kernel of a source, if it is not too long.
    fn specialized(&self, source: &Source, is_masked: bool) -> Result<Option<Arc<Made>>, DeviceError> {
        let key = (source.clone(), is_masked);
        if let Some(known) = lock(&self.specialized.kernels).get(&key) {
            return Ok(known.clone());
        }
        let Written { text, operations, .. } =
            source.written(self.context.exactness() == Exactness::Barrier, is_masked);
        let made = if operations > OPERATIONS {
            None
        } else {
            let mut bindings = vec![Binding::ReadOnly, Binding::ReadWrite, Binding::ReadWrite, Binding::Uniform];
            if source.pace() != Pace::Straight {
                bindings.extend([Binding::ReadOnly, Binding::ReadWrite]);
            }
            let options = crate::device::KernelOptions {
                bounds: if std::env::var_os("UNCHECKED").is_some() {
                    crate::device::BoundsChecks::Unchecked
                } else {
                    crate::device::BoundsChecks::Restrict
                },
                ..Default::default()
            };
            let kernel = self.context.kernel_with("specialized", &text, "specialized", &bindings, options)?;
            Some(Arc::new(Made { kernel, operations, is_masked, runs: AtomicU32::new(0) }))
        };
        let mut kernels = lock(&self.specialized.kernels);
        if kernels.len() >= KERNELS {
            kernels.clear();
        }
        kernels.insert(key, made.clone());
        Ok(made)
    }
}

impl Specialization {
    /// Would every lane meet a budget?
    fn is_over(&self, gradient: bool, limits: &Limits) -> bool {
        self.cost.steps > limits.steps || gradient && self.cost.entries > limits.entries
    }
}
