//! Specialise on a device: a program as a kernel of its own, over any number of lanes.
//!
//! In: a [`Job`]. Out: what [`Executor::replay`] gives for it, bit for bit, or nothing where the program is too large for a
//! kernel. Always: a kernel is made once for all programs that differ in constants and uniform inputs only. Deliberately absent: when
//! that is worth a driver's time to compile, and what becomes of lanes that leave.

mod call;
mod memory;
mod prospect;
mod room;

use std::collections::HashMap;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex};

use crate::device::context::lock;
use crate::device::replay::{Job, Replayed, Setting};
use crate::device::{self, Binding, DeviceError, Exactness, Executor};
use crate::host::replay::{Lanes, Limits};
use crate::machine::work::Column;
use crate::wgsl::specialize::{Pace, Request, Source, Specialization, Written};
pub use call::Placed;
pub(super) use call::WORK;
use memory::Memory;
pub use prospect::Prospect;

/// Operations of a text at most. Lavapipe on two busy cores compiled 6,400 in 2.4 s, and 16,000 in 13 s.
pub const OPERATIONS: usize = 1 << 13;
/// How often loops are unrolled at first.
pub const FIRST_ROUNDS: u32 = 8;
/// Lanes that need more rounds than others run by a kernel with a loop, if they are one in so many at most.
const FEW: usize = 8;
/// Kernels that are kept.
const KERNELS: usize = 1024;

/// Kernels by what their text depends on, masked or not, and buffers for the next call.
#[derive(Default)]
pub(super) struct Specialized {
    kernels: Mutex<Pipelines>,
    memory: Mutex<Option<Memory>>,
    /// How often loops were unrolled that it was enough, by what the kernel was with [`FIRST_ROUNDS`].
    rounds: Mutex<HashMap<Source, u32>>,
    /// Operations of texts that were written and never compiled, and their weights.
    lengths: Mutex<HashMap<Source, [usize; 2]>>,
}

/// Pipelines that were made; `None`: the text is too long.
type Pipelines = HashMap<(Source, bool), Option<Arc<Made>>>;

/// What a program would be as a kernel.
pub(super) struct Asked {
    pub specialization: Specialization,
    rounds: u32,
    first: Option<Source>,
}

/// A program as a kernel.
struct Kernel {
    specialization: Arc<Specialization>,
    made: Arc<Made>,
    /// How often its loops are unrolled.
    rounds: u32,
    /// What it is with [`FIRST_ROUNDS`], if it is unrolled then.
    first: Option<Source>,
}

/// A pipeline, and what is known of its lanes.
pub(super) struct Made {
    pub(super) kernel: device::Kernel,
    /// Operations of all its pieces.
    pub(super) work: usize,
    /// See [`Written`].
    weight: usize,
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
        let mut replayed = Replayed::empty(job, setting.gradient);
        let Some(mut kernel) = self.kernel_of(job, setting, setting.rounds)? else { return Ok(None) };
        let all = job.lanes.len();
        if kernel.specialization.is_over(setting.gradient, &setting.limits) {
            replayed.rest.leavers.extend((0..all).map(|index| job.lanes.at(index) as u32));
            return Ok(Some(replayed));
        }
        loop {
            let mut long: Vec<usize> = Vec::new();
            let most = call::most_lanes(&self.context, &kernel.specialization.source);
            for first in (0..all).step_by(most) {
                let mut placed = Placed::new(self, job, setting, &kernel, (first, most.min(all - first)))?;
                placed.pass()?;
                long.extend(placed.long());
                placed.collect(&mut replayed)?;
                placed.leave();
            }
            if long.is_empty() {
                return Ok(Some(replayed));
            }
            let is_few = long.len() * FEW <= all;
            let again = if is_few { None } else { self.kernel_of(job, setting, Some(2 * kernel.rounds))? };
            match again {
                None => return self.run_long(job, setting, &long, replayed).map(Some),
                Some(longer) => {
                    self.remember(&longer);
                    replayed = Replayed::empty(job, setting.gradient);
                    kernel = longer;
                }
            }
        }
    }

    /// Runs those lanes of a job that need more rounds than others by a loop over blocks; all others have run. Where that is too large
    /// for a kernel, they are left to be interpreted.
    fn run_long(
        &self,
        job: &Job<'_>,
        setting: &Setting,
        long: &[usize],
        mut replayed: Replayed,
    ) -> Result<Replayed, DeviceError> {
        let lanes: Vec<u32> = long.iter().map(|&index| job.lanes.at(index) as u32).collect();
        let job = Job { lanes: Lanes::Some(&lanes), ..*job };
        let mut some = Replayed::empty(&job, setting.gradient);
        match self.kernel_of(&job, setting, Some(0))? {
            None => some.rest.leavers.extend(&lanes),
            Some(kernel) => {
                let most = call::most_lanes(&self.context, &kernel.specialization.source);
                for first in (0..lanes.len()).step_by(most) {
                    let count = most.min(lanes.len() - first);
                    let mut placed = Placed::new(self, &job, setting, &kernel, (first, count))?;
                    placed.pass()?;
                    placed.collect(&mut some)?;
                    placed.leave();
                }
            }
        }
        let columns = std::iter::once((&mut replayed.values, &some.values));
        let columns = columns.chain(replayed.gradients.iter_mut().zip(&some.gradients));
        for (all, some) in columns {
            long.iter().zip(some).for_each(|(&index, &value)| all[index] = value);
        }
        let (rest, more) = (&mut replayed.rest, some.rest);
        rest.strays.extend(more.strays);
        rest.leavers.extend(more.leavers);
        rest.others.extend(more.others);
        rest.bytes_per_lane = rest.bytes_per_lane.max(more.bytes_per_lane);
        rest.tape = rest.tape.max(more.tape);
        Ok(replayed)
    }

    /// So many rounds were wanted, and are what the next call begins with.
    fn remember(&self, kernel: &Kernel) {
        if let Some(first) = &kernel.first {
            lock(&self.specialized.rounds).insert(first.clone(), kernel.rounds);
        }
    }

    /// A job whose inputs and results stay on the device; `None` if the program is too large for a kernel, would meet a budget in
    /// every lane, or has more lanes than the device can bind. It has run once.
    ///
    /// # Errors
    /// The device failed.
    pub fn place<'a>(&'a self, job: &Job<'a>, setting: &Setting) -> Result<Option<Placed<'a>>, DeviceError> {
        let (mut rounds, lanes) = (setting.rounds, job.lanes.len());
        loop {
            let Some(kernel) = self.kernel_of(job, setting, rounds)? else { return Ok(None) };
            let Kernel { specialization, .. } = &kernel;
            let is_over = specialization.is_over(setting.gradient, &setting.limits);
            if is_over || lanes > call::most_lanes(&self.context, &specialization.source) {
                return Ok(None);
            }
            let mut placed = Placed::new(self, job, setting, &kernel, (0, lanes))?;
            placed.pass()?;
            if placed.long().next().is_none() {
                return Ok(Some(placed));
            }
            let longer = 2 * kernel.rounds;
            self.remember(&Kernel { rounds: longer, ..kernel });
            rounds = Some(longer);
        }
    }

    /// What a job's program is as a kernel, if it is not too large for one; unrolled as often as `rounds` says, or as has been enough before.
    fn kernel_of(&self, job: &Job<'_>, setting: &Setting, rounds: Option<u32>) -> Result<Option<Kernel>, DeviceError> {
        let is_column: Vec<bool> = job.columns.iter().map(|column| !matches!(column, Column::Uniform(_))).collect();
        match self.specialization_of(job, &is_column, setting, rounds) {
            Some(Asked { specialization, rounds, first }) => self.kernel(specialization, rounds, first),
            None => Ok(None),
        }
    }

    /// A job's program as a kernel, if it is not too large for one; `is_column` tells by input whether it differs from lane to lane.
    pub(super) fn specialization_of(
        &self,
        job: &Job<'_>,
        is_column: &[bool],
        setting: &Setting,
        rounds: Option<u32>,
    ) -> Option<Asked> {
        let objects = setting.limits.objects;
        let (wanted, gradient) = (job.wanted, setting.gradient);
        let request = Request {
            is_column,
            wanted,
            gradient,
            objects,
            rows: room::most_rows(&self.context, setting),
            rounds: FIRST_ROUNDS,
        };
        let first = Specialization::of(job.program, &request)?;
        if first.source.pace() != Pace::Unrolled {
            return Some(Asked { specialization: first, rounds: 0, first: None });
        }
        let mut known = lock(&self.specialized.rounds);
        if known.len() >= KERNELS {
            known.clear();
        }
        let enough = known.get(&first.source).copied().unwrap_or(FIRST_ROUNDS);
        drop(known);
        let (rounds, source) = (rounds.unwrap_or(enough), first.source.clone());
        let mut found = Some(first);
        if rounds != FIRST_ROUNDS {
            found = Specialization::of(job.program, &Request { rounds, ..request });
        }
        if found.as_ref().is_some_and(|one| one.source.parts() && one.is_over(gradient, &setting.limits)) {
            found = Specialization::of(job.program, &Request { rounds: 0, ..request });
        }
        Some(Asked { specialization: found?, rounds, first: Some(source) })
    }

    fn kernel(
        &self,
        specialization: Specialization,
        rounds: u32,
        first: Option<Source>,
    ) -> Result<Option<Kernel>, DeviceError> {
        let made = self.specialized(&specialization.source, false)?;
        Ok(made.map(|made| Kernel { specialization: Arc::new(specialization), made, rounds, first }))
    }

    /// The kernel of a source, if it is not too long.
    pub(super) fn specialized(&self, source: &Source, is_masked: bool) -> Result<Option<Arc<Made>>, DeviceError> {
        let key = (source.clone(), is_masked);
        if let Some(known) = lock(&self.specialized.kernels).get(&key) {
            return Ok(known.clone());
        }
        let Written { text, operations, weight, .. } =
            source.written(self.context.exactness() == Exactness::Barrier, is_masked);
        // Masks take less than twice what the text is without them, so that whoever has the one kernel can have the other.
        let made = if operations > if is_masked { 3 * OPERATIONS } else { OPERATIONS } {
            None
        } else {
            let mut bindings = vec![Binding::ReadOnly, Binding::ReadWrite, Binding::ReadWrite, Binding::Uniform];
            match source.pace() {
                Pace::Unrolled if source.may_end_without() => bindings.push(Binding::ReadWrite),
                Pace::Unrolled => {}
                Pace::Together | Pace::Apart => bindings.extend([Binding::ReadOnly, Binding::ReadWrite]),
            }
            let kernel = self.context.kernel("specialized", &text, "specialized", &bindings)?;
            let work = operations + source.stepped_operations();
            Some(Arc::new(Made { kernel, work, weight, is_masked, runs: AtomicU32::new(0) }))
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
    pub(super) fn is_over(&self, gradient: bool, limits: &Limits) -> bool {
        self.cost.steps > limits.steps || gradient && self.cost.entries > limits.entries
    }
}
