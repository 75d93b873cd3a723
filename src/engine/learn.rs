//! Learn: what a call took, written down for the next choice; and the host measured by short runs of a small program.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::batch::{Batch, Tier};
use crate::engine::costs::choice::{Host, Kernel, Offer, Task, runs};
use crate::engine::costs::{Cost, Costs, Estimate};
use crate::engine::decide::{Decided, gpu};
use crate::engine::ledger::WORTH_A_FILE;
use crate::engine::link::Plan;
use crate::engine::recorded::Precision;
use crate::engine::tier::Ran;
use crate::engine::{Device, Engine};
use crate::error::Error;
use crate::host::replay::Limits;
use crate::host::{self, Loaded, Orders, Paths};
use crate::machine::work::Ended;
use crate::program::Program;

/// A call that took less tells nothing of costs: what it begins with takes as long.
const TELLING: Duration = Duration::from_millis(1);
/// So does a replay of which more than one lane in so many was interpreted.
const FEW: usize = 100;
/// What the host is measured by: the damped oscillator, over so many lanes interpreted and replayed.
const MEASURED: &str = "(* A (* (exp (- (* b t))) (cos (* w t))))";
const INTERPRETED: usize = 1 << 10;
const REPLAYED: usize = 1 << 16;
/// Runs of each kind, of which the shortest counts.
const RUNS: usize = 3;

impl Engine {
    /// Writes down what a call took.
    pub(super) fn learn<F: Precision>(&self, batches: &[&Batch], decided: &Decided, ran: &Ran<F>, elapsed: Duration) {
        let all: f64 = decided.picks.iter().map(|pick| pick.run.total() + pick.before.total()).sum();
        let mut tasks = Vec::with_capacity(batches.len());
        let mut are_known = true;
        for (index, (batch, pick)) in batches.iter().zip(&decided.picks).enumerate() {
            let found = operations(ran, index);
            let share = elapsed.as_secs_f64() * pick.run.total() / all;
            let mut operations = None;
            self.recorded.learn::<F>(batch.program(), batch.road_asked(), |facts| {
                facts.operations = facts.operations.or(found);
                operations = facts.operations;
                let before = if pick.before.total() > 0.0 { 0.0 } else { facts.spent };
                facts.spent = before + if share.is_finite() { share } else { 0.0 };
            });
            are_known &= operations.is_some();
            let task = decided.tasks[index];
            tasks.push(Task { operations: operations.unwrap_or(task.operations), is_recorded: true, ..task });
        }
        if matches!(self.place.device(), Device::Auto) && decided.executor.is_none() {
            self.ledger.books().worked += elapsed.as_secs_f64();
        }
        let lanes: usize = tasks.iter().map(|task| task.lanes).sum();
        let interpreted: usize = ran.ways.iter().map(|way| way.interpreted).sum();
        let is_as_chosen = ran.ways.iter().zip(&decided.picks).all(|(way, pick)| way.tier == pick.tier);
        if are_known && is_as_chosen && interpreted * FEW <= lanes && elapsed >= TELLING {
            let cores = rayon::current_num_threads();
            if elapsed.as_secs_f64() >= WORTH_A_FILE {
                self.ledger.read_host(cores);
            }
            self.learn_costs(decided, &tasks, ran, elapsed, cores);
            self.ledger.keep(cores, elapsed);
        }
        if let (Some(_), Some(device)) = (&decided.executor, self.ledger.books().device.as_mut()) {
            device.has_machine |= interpreted > 0 || ran.ways.iter().any(|way| way.tier == Tier::Interpret);
            device.has_replayer |= ran.ways.iter().any(|way| way.tier == Tier::Replay);
        }
    }

    fn learn_costs<F: Precision>(
        &self,
        decided: &Decided,
        tasks: &[Task],
        ran: &Ran<F>,
        elapsed: Duration,
        cores: usize,
    ) {
        let mut books = self.ledger.books();
        let mut recording = Duration::ZERO;
        let (mut recorders, mut once) = (0, Estimate::default());
        for (task, tally) in tasks.iter().zip(&ran.tallies).filter(|(_, tally)| tally.recorded > 0) {
            let count = tally.recorded as f64;
            once = once.with(&books.host, Cost::Record, count);
            once = once.with(&books.host, Cost::RecordOperation, count * task.operations);
            recorders += 1;
            recording += tally.recording;
        }
        books.host.learn(&once, recording);
        // Recordings of several programs go on side by side.
        let elapsed = elapsed.saturating_sub(recording / recorders.clamp(1, cores) as u32);
        if elapsed < TELLING {
            return;
        }
        let tiers = decided.picks.iter().map(|pick| pick.tier);
        let host = Host { costs: &books.host, cores };
        match &decided.executor {
            None => {
                let offers: Option<Vec<Offer>> =
                    tasks.iter().zip(tiers).map(|(task, tier)| task.on_host(&host, tier)).collect();
                let Some(offers) = offers else { return };
                let estimate = runs(tasks, &offers, false, cores);
                books.host.learn(&estimate, elapsed);
            }
            Some(_) => {
                let Some(device) = &books.device else { return };
                let gpu = gpu(device);
                let offers: Option<Vec<Offer>> = tasks
                    .iter()
                    .zip(tiers)
                    .map(|(task, tier)| task.on_device(&host, &gpu, tier, tasks.len()))
                    .collect();
                let Some(offers) = offers else { return };
                let compiling = offers.iter().fold(Estimate::default(), |all, offer| all.and(&offer.before));
                let estimate = runs(tasks, &offers, true, cores).and(&compiling);
                if let Some(device) = &mut books.device {
                    device.costs.learn(&estimate, elapsed);
                }
            }
        }
    }

    /// Measures the host unless that was done: some milliseconds. True if it was not.
    pub(super) fn measure_host(&self) -> Result<bool, Error> {
        let is_measured = {
            let host = &self.ledger.books().host;
            host.is_measured(Cost::Interpret) && host.is_measured(Cost::Replay)
        };
        if is_measured {
            return Ok(false);
        }
        let program = Program::parse(MEASURED)?;
        let column: Vec<f32> = (0..REPLAYED).map(|lane| lane as f32 / REPLAYED as f32).collect();
        let names: Vec<String> = program.inputs().iter().map(|input| input.name.to_string()).collect();
        let lanes = |count: usize| -> Result<Plan, Error> {
            let mut batch = Batch::new(&program, count);
            for name in &names {
                batch = batch.bind(name, &column[..count])?;
            }
            Plan::alone(&self.interpreter, &batch)
        };
        let (few, many) = (lanes(INTERPRETED)?, lanes(REPLAYED)?);
        let limits = Limits::of(&self.settings.budgets);
        let loaded = OnceLock::from(Loaded::<f32>::new(&many.image));
        let cores = rayon::current_num_threads();

        let interpreting = shortest(|| drop(host::execute::<f32>(&self.work(&few, true))));
        let (segment, work) = (&many.segments[0], self.work(&many, true));
        let fresh = || Paths::<f32>::new(Arc::clone(&many.image), segment.start, segment.columns.len());
        let paths = fresh();
        let (_, operations) = paths.probe(&work, segment, &limits, &loaded);
        let recording = shortest(|| {
            if let Some(loaded) = loaded.get() {
                fresh().record(&work, loaded, segment, &[0]);
            }
        });
        let mut ended = Ended::empty(segment, true);
        let replaying = shortest(|| {
            paths.replay(&work, segment, &limits, &loaded, &Orders::default(), &mut ended);
        });

        let task = |lanes: usize| Task {
            asked: Tier::Auto,
            lanes,
            numbers: 0,
            gradient: true,
            operations,
            is_recorded: false,
            spent: 0.0,
            kernel: Kernel::Unknown,
        };
        let mut books = self.ledger.books();
        let learn = |costs: &mut Costs, lanes: usize, tier: Tier, elapsed: Duration| {
            if let Some(offer) = task(lanes).on_host(&Host { costs, cores }, tier) {
                costs.learn(&offer.run, elapsed);
            }
        };
        learn(&mut books.host, INTERPRETED, Tier::Interpret, interpreting);
        learn(&mut books.host, REPLAYED, Tier::Replay, replaying);
        let once = Estimate::default().with(&books.host, Cost::Record, 1.0);
        let once = once.with(&books.host, Cost::RecordOperation, operations);
        books.host.learn(&once, recording);
        Ok(true)
    }
}

/// Operations of a lane of a batch that ran, if that shows.
fn operations<F: Precision>(ran: &Ran<F>, index: usize) -> Option<f64> {
    let segment = &ran.plan.segments[index];
    let (needed, entries) = (ran.tallies[index].effort.needed, ran.ended[index].tape);
    if segment.lanes > 0 && needed > 0 {
        return Some(needed as f64 / segment.lanes as f64);
    }
    // Slot 0 and the inputs are entries too.
    entries.checked_sub(1 + segment.columns.len()).filter(|&entries| entries > 0).map(|entries| entries as f64)
}

fn shortest(mut run: impl FnMut()) -> Duration {
    let time = |_| {
        let begun = Instant::now();
        run();
        begun.elapsed()
    };
    (0..RUNS).map(time).min().unwrap_or_default()
}
