//! Decide: what is known of a call's programs, made into a choice before it runs and into better numbers afterwards.
//!
//! Little is found out about little work: one lane is chosen for by what is in memory; files are read, the host is measured and drivers are
//! asked where the work would take much longer than that.

use std::sync::OnceLock;

use rayon::prelude::*;

use std::sync::Arc;

use crate::batch::{Batch, Tier};
use crate::device::Executor;
use crate::device::replay::{Job, Setting};
use crate::engine::costs::Cost;
use crate::engine::costs::choice::{Choice, Gpu, Host, Kernel, Offer, Task, choose};
use crate::engine::device::CPU;
use crate::engine::ledger::{self, WORTH_A_FILE};
use crate::engine::link::Plan;
use crate::engine::recorded::Precision;
use crate::engine::{Chosen, Device, Engine, Way};
use crate::error::Error;
use crate::host::replay::{Lanes, Limits};
use crate::host::{Loaded, Tally};
use crate::machine::work::{Column, Segment, Work};
use crate::program::Program;

/// Work of so many seconds on the host is worth measuring the host.
const WORTH_MEASURING: f64 = 2e-2;
/// A GPU is looked for where a call would take so many seconds on the host, and the host has worked and would work so many in all.
const WORTH_A_LOOK: f64 = 2e-3;
const WORTH_OPENING: f64 = 0.1;
/// From so many lanes on, a new program is recorded before it is decided where it runs.
const MANY: usize = 1024;
/// Operations of the text of a kernel that was named and is not written yet, for one of the program's.
const TEXT: f64 = 20.0;
/// A prepared batch is taken to run so often.
const PASSES: usize = 1000;

/// What a call is going to do.
pub(super) struct Decided {
    /// `None`: the host.
    pub(super) executor: Option<Arc<Executor>>,
    pub(super) ways: Vec<Way>,
    pub(super) tasks: Vec<Task>,
    pub(super) picks: Vec<Offer>,
    /// What was recorded to decide.
    pub(super) probed: Vec<Tally>,
}

impl Decided {
    /// Where it runs.
    fn device(&self) -> &str {
        self.executor.as_ref().map_or(CPU, |executor| executor.name())
    }
}

impl Engine {
    /// Chooses where a call runs, and how each of its batches. Errors: a tier that was named and cannot run, a device that fails.
    pub(super) fn decide<F: Precision>(
        &self,
        batches: &[&Batch],
        plan: &Plan,
        gradient: bool,
    ) -> Result<Decided, Error> {
        let tasks = batches.iter().zip(&plan.segments).map(|(batch, segment)| self.task::<F>(batch, segment, gradient));
        let probed = vec![Tally::default(); batches.len()];
        let mut decided =
            Decided { executor: None, ways: Vec::new(), tasks: tasks.collect(), picks: Vec::new(), probed };
        let cores = rayon::current_num_threads();
        // f64 is the host's alone.
        let is_f32 = size_of::<F>() == size_of::<f32>();
        if is_f32 && self.place.is_named() {
            decided.executor = self.opened(decided.tasks.iter().any(|task| task.asked == Tier::Auto))?;
        } else {
            let mut seconds = self.on_host_alone(&decided.tasks, cores);
            if self.place.has_gpu() != Some(false) && is_f32 {
                self.probe(batches, plan, gradient, &mut decided, |task| task.lanes >= MANY);
                seconds = self.on_host_alone(&decided.tasks, cores);
            }
            if seconds.is_some_and(|seconds| seconds >= WORTH_A_FILE) && self.ledger.read_host(cores) {
                seconds = self.on_host_alone(&decided.tasks, cores);
            }
            if seconds.is_some_and(|seconds| seconds >= WORTH_MEASURING) && self.measure_host()? {
                seconds = self.on_host_alone(&decided.tasks, cores);
            }
            let is_much = seconds
                .is_none_or(|seconds| seconds >= WORTH_A_LOOK && seconds + self.ledger.books().worked >= WORTH_OPENING);
            if is_f32 && is_much {
                decided.executor = self.opened(true)?;
            }
        }
        let mut choice = self.choice(&decided, cores)?;
        if is_f32 && decided.executor.is_some() {
            let is_worth_it: Vec<bool> = choice.picks.iter().map(|pick| pick.tier != Tier::Interpret).collect();
            let mut worth = is_worth_it.into_iter();
            if self.probe(batches, plan, gradient, &mut decided, |_| worth.next() == Some(true)) {
                choice = self.choice(&decided, cores)?;
            }
            if self.ask_of_kernels(batches, plan, gradient, &mut decided, &choice) {
                choice = self.choice(&decided, cores)?;
            }
        }
        decided.ways = self.reasons(&decided, &choice);
        decided.executor = decided.executor.take().filter(|_| choice.on_device);
        let device = decided.device();
        let mut books = self.ledger.books();
        decided.ways.iter().for_each(|way| books.count(way.tier, device, &way.reason));
        drop(books);
        decided.picks = choice.picks;
        Ok(decided)
    }

    /// What a batch asks, and what is known of its program.
    fn task<F: Precision>(&self, batch: &Batch, segment: &Segment, gradient: bool) -> Task {
        let facts = self.recorded.facts::<F>(batch.program(), batch.road_asked());
        let operations = facts.operations.unwrap_or_else(|| forms(batch.program()));
        let columns = segment.columns.iter().filter(|column| !matches!(column, Column::Uniform(_)));
        let wanted = if gradient { segment.wanted.iter().filter(|&&wanted| wanted).count() } else { 0 };
        let kernel = match batch.tier_asked() {
            Tier::Specialize => Kernel::Of { operations: (TEXT * operations) as usize, is_made: false },
            _ => Kernel::Unknown,
        };
        Task {
            asked: batch.tier_asked(),
            lanes: batch.lanes(),
            numbers: columns.count() + 1 + wanted,
            gradient,
            operations,
            is_recorded: facts.is_recorded,
            spent: facts.spent,
            kernel,
        }
    }

    /// The GPU, with what is known of it; does a choice depend on that?
    pub(super) fn opened(&self, is_choice: bool) -> Result<Option<Arc<Executor>>, Error> {
        let executor = self.place.look()?;
        if let Some(executor) = &executor {
            self.ledger.open(executor, is_choice)?;
        }
        Ok(executor)
    }

    /// Seconds that the host would take; `None` if a tier was named that it has not.
    fn on_host_alone(&self, tasks: &[Task], cores: usize) -> Option<f64> {
        choose(tasks, &Host { costs: &self.ledger.books().host, cores }, true, None)?.host
    }

    fn choice(&self, decided: &Decided, cores: usize) -> Result<Choice, Error> {
        let books = self.ledger.books();
        let host = Host { costs: &books.host, cores };
        let gpu = books.device.as_ref().filter(|_| decided.executor.is_some()).map(gpu);
        let may_host = decided.executor.is_none() || !self.place.is_named();
        choose(&decided.tasks, &host, may_host, gpu.as_ref()).ok_or_else(|| {
            Error::Unsupported(
                "the tier `specialize` makes f32 kernels for a GPU, a hardware one or one that is named (`--device gpu`); what runs on the \
                 host, f64 among it, has `replay`"
                    .to_owned(),
            )
        })
    }

    /// Records what is new of the batches that `is_worth_it` names, and counts the operations of their lanes. True if anything is known now that was not.
    fn probe(
        &self,
        batches: &[&Batch],
        plan: &Plan,
        gradient: bool,
        decided: &mut Decided,
        mut is_worth_it: impl FnMut(&Task) -> bool,
    ) -> bool {
        let work = self.work(plan, gradient);
        let limits = Limits::of(&work.budgets);
        let loaded = OnceLock::new();
        let all = batches.iter().zip(&plan.segments).zip(decided.tasks.iter_mut().zip(&mut decided.probed));
        let is_wanted = |(batch, task): (&Batch, &Task)| {
            let facts = self.recorded.facts::<f32>(batch.program(), batch.road_asked());
            let is_open = task.asked == Tier::Auto || !self.place.is_named() && task.asked == Tier::Replay;
            is_open && task.lanes > 0 && (facts.operations.is_none() || !facts.is_recorded)
        };
        let all: Vec<_> = all.filter(|((batch, _), (task, _))| is_worth_it(task) && is_wanted((batch, task))).collect();
        let is_any = !all.is_empty();
        all.into_par_iter().for_each(|((batch, segment), (task, probed))| {
            let (program, road) = (batch.program(), batch.road_asked());
            let (paths, _) = self.recorded.paths::<f32>(program, road, &plan.image, segment.start);
            let (image, start) = paths.place();
            let segment = Segment { start, ..segment.clone() };
            let own = OnceLock::<Loaded<f32>>::new();
            let loaded = if std::ptr::eq(&**image, &*plan.image) { &loaded } else { &own };
            let work = Work { image, segments: std::slice::from_ref(&segment), ..work };
            let (tally, operations) = paths.probe(&work, &segment, &limits, loaded);
            (task.is_recorded, task.operations, *probed) = (true, operations, tally);
            self.recorded.learn::<f32>(program, road, |facts| facts.operations = Some(operations));
        });
        is_any
    }

    /// Asks what kernels there could be, for programs where one might be worth it. True if there is an answer.
    fn ask_of_kernels(
        &self,
        batches: &[&Batch],
        plan: &Plan,
        gradient: bool,
        decided: &mut Decided,
        choice: &Choice,
    ) -> bool {
        let Some(executor) = decided.executor.clone() else { return false };
        let Some(least) = self.ledger.books().device.as_ref().map(|device| device.costs.of(Cost::RoundTrip)) else {
            return false;
        };
        let mut limits = Limits::of(&self.settings.budgets);
        if !gradient {
            limits.entries = u64::MAX;
        }
        let setting = Setting { gradient, limits, fuel: self.settings.fuel, rounds: None };
        let all = batches.iter().zip(&plan.segments).zip(decided.tasks.iter_mut().zip(&choice.picks));
        let mut is_any = false;
        for ((batch, segment), (task, pick)) in all {
            // A kernel's run takes a round trip at least.
            let is_worth_it = task.asked == Tier::Auto && task.is_recorded && pick.price + task.spent > least;
            if !is_worth_it {
                continue;
            }
            let (paths, _) =
                self.recorded.paths::<f32>(batch.program(), batch.road_asked(), &plan.image, segment.start);
            let program = paths.lowered();
            let Segment { columns, wanted, lanes, .. } = segment;
            let job = Job { program: &program, columns, wanted, lanes: Lanes::All(*lanes) };
            task.kernel = match executor.prospect(&job, &setting) {
                Some(found) => Kernel::Of { operations: found.operations, is_made: found.is_made },
                None => Kernel::TooLarge,
            };
            is_any = true;
        }
        is_any
    }

    fn reasons(&self, decided: &Decided, choice: &Choice) -> Vec<Way> {
        let device = decided.device();
        let note = match (self.place.device(), self.place.has_gpu()) {
            (Device::Auto, Some(false)) => Some("there is no hardware GPU"),
            _ => None,
        };
        let way = |(index, task): (usize, &Task)| {
            Way::new(choice.picks[index].tier, &choice.reason(task, index, device, note))
        };
        decided.tasks.iter().enumerate().map(way).collect()
    }

    /// The way of a batch that is made ready to run again and again on the host.
    pub(super) fn way_prepared(&self, batch: &Batch, segment: &Segment) -> Result<Way, Error> {
        let known = self.task::<f32>(batch, segment, true);
        let task = Task { lanes: known.lanes * PASSES, is_recorded: false, spent: 0.0, ..known };
        let executor = None;
        let decided = Decided { executor, ways: Vec::new(), tasks: vec![task], picks: Vec::new(), probed: Vec::new() };
        let choice = self.choice(&decided, rayon::current_num_threads())?;
        let passes = format!("taken for {PASSES} passes");
        let reason = match task.asked {
            Tier::Auto => choice.reason(&task, 0, CPU, Some(&passes)),
            _ => "it was asked for".to_owned(),
        };
        let tier = choice.picks[0].tier;
        self.ledger.books().count(tier, CPU, &reason);
        Ok(Way::new(tier, &reason))
    }

    /// What was chosen so far, by tier and place, in the order of the first time.
    pub fn chosen(&self) -> Vec<Chosen> {
        self.ledger.books().chosen.clone()
    }
}

/// As many operations as a program of which no lane was seen is taken to have.
fn forms(program: &Program) -> f64 {
    program.core().nodes.len() as f64
}

/// A device as a choice sees it.
pub(super) fn gpu(device: &ledger::Device) -> Gpu<'_> {
    Gpu {
        costs: &device.costs,
        fill: device.fill(),
        has_machine: device.has_machine,
        has_replayer: device.has_replayer,
    }
}
