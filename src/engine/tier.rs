//! Tiers: the run of a call whose ways were chosen.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use rayon::prelude::*;

use crate::batch::{Batch, Tier};
use crate::device::{DeviceError, Executor};
use crate::engine::decide::Decided;
use crate::engine::device::{CPU, TRIES};
use crate::engine::link::Plan;
use crate::engine::recorded::Precision;
use crate::engine::remote::{self, Course};
use crate::engine::{Engine, Way};
use crate::error::Error;
use crate::host::replay::Limits;
use crate::host::{self, Loaded, Tally};
use crate::machine::Image;
use crate::machine::work::{Ended, Segment, Work};

/// What one call ran, for every precision.
pub(super) struct Ran<F> {
    pub(super) plan: Plan,
    /// By batch.
    pub(super) ended: Vec<Ended<F>>,
    pub(super) ways: Vec<Way>,
    pub(super) tallies: Vec<Tally>,
    pub(super) device: Arc<str>,
}

impl Engine {
    /// Runs where it is thought to be fastest, as far as the device of this engine leaves that open.
    pub(super) fn run(&self, batches: &[&Batch], wanted: &[Vec<usize>], gradient: bool) -> Result<Ran<f32>, Error> {
        let plan = self.linked.plan(&self.interpreter, batches, wanted)?;
        let mut tries = 1;
        let (decided, begun, mut ran) = loop {
            let executor = self.place.current();
            let decided = self.decide::<f32>(batches, &plan, gradient);
            let begun = Instant::now();
            let went = decided.and_then(|decided| Ok((self.go(&plan, batches, &decided, gradient)?, decided)));
            match went {
                Ok((went, decided)) => break (decided, begun, went),
                // Nothing that a lost device left is used: all begins anew on a fresh one.
                Err(Error::Device(error)) if error.is_gone() => {
                    if let Some(executor) = executor.or_else(|| self.place.current()) {
                        self.place.retire(&executor);
                    }
                    if tries == TRIES {
                        return Err(error.into());
                    }
                    tries += 1;
                }
                Err(error) => return Err(error),
            }
        };
        self.learn(batches, &decided, &ran, begun.elapsed());
        ran.add(&decided);
        Ok(ran)
    }

    /// Runs as it was decided. Where a driver refuses a kernel, [`Tier::Auto`] does without it.
    fn go(&self, plan: &Plan, batches: &[&Batch], decided: &Decided, gradient: bool) -> Result<Ran<f32>, Error> {
        let Some(executor) = &decided.executor else {
            return Ok(self.on_host(plan.clone(), batches, &decided.ways, gradient));
        };
        let ran = self.on_device(executor, plan, batches, &decided.ways, gradient);
        match ran {
            Err(Error::Device(error @ DeviceError::Kernel { .. }))
                if batches.iter().any(|batch| batch.tier_asked() == Tier::Auto) =>
            {
                // A tier that was named never gives way: it fails again.
                let chosen = |(batch, way): (&&Batch, &Way)| match batch.tier_asked() {
                    Tier::Auto => Way::new(Tier::Interpret, &format!("the GPU cannot do otherwise: {error}")),
                    _ => way.clone(),
                };
                let ways: Vec<Way> = batches.iter().zip(&decided.ways).map(chosen).collect();
                self.on_device(executor, plan, batches, &ways, gradient)
            }
            ran => ran,
        }
    }

    pub(super) fn on_device(
        &self,
        executor: &Executor,
        plan: &Plan,
        batches: &[&Batch],
        ways: &[Way],
        gradient: bool,
    ) -> Result<Ran<f32>, Error> {
        let mut ways = ways.to_vec();
        let work = self.work(plan, gradient);
        // Paths of earlier calls belong to earlier images.
        let mut images: Vec<(*const Image, Arc<OnceLock<Loaded<f32>>>)> = Vec::new();
        let (mut courses, mut whole) = (Vec::new(), Vec::new());
        for ((segment, batch), way) in plan.segments.iter().zip(batches).zip(&ways) {
            if way.tier == Tier::Interpret {
                whole.push(segment.clone());
                continue;
            }
            let (paths, _) =
                self.recorded.paths::<f32>(batch.program(), batch.road_asked(), &plan.image, segment.start);
            let image = Arc::as_ptr(paths.place().0);
            let loaded = match images.iter().find(|(known, _)| *known == image) {
                Some((_, loaded)) => loaded.clone(),
                None => {
                    images.push((image, Arc::default()));
                    images[images.len() - 1].1.clone()
                }
            };
            let is_named = batch.tier_asked() != Tier::Auto;
            courses.push(Course::new(segment, paths, loaded, way.tier, is_named, gradient));
        }
        remote::run(executor, &work, &mut courses)?;
        let whole = if whole.is_empty() { Vec::new() } else { executor.execute(&Work { segments: &whole, ..work })? };
        let (mut courses, mut whole) = (courses.into_iter(), whole.into_iter());
        let mut tallies = Vec::with_capacity(ways.len());
        let mut end = |way: &mut Way| {
            if way.tier == Tier::Interpret {
                tallies.push(Tally::default());
                return whole.next();
            }
            let (ended, tally, refused) = courses.next()?.end();
            if let Some((tier, refused)) = refused {
                way.tier = tier;
                way.reason = format!("{refused}; it was to be {}", way.reason).into();
            }
            way.note(&tally);
            tallies.push(tally);
            Some(ended)
        };
        let ended: Vec<Ended<f32>> = ways.iter_mut().filter_map(&mut end).collect();
        debug_assert_eq!(ended.len(), ways.len());
        Ok(Ran { ended, ways, tallies, device: executor.name().into(), plan: plan.clone() })
    }

    /// Runs on the host, whatever the device.
    pub(super) fn run_on_host<F: Precision>(
        &self,
        batches: &[&Batch],
        wanted: &[Vec<usize>],
        gradient: bool,
    ) -> Result<Ran<F>, Error> {
        let plan = self.linked.plan(&self.interpreter, batches, wanted)?;
        let decided = self.decide::<F>(batches, &plan, gradient)?;
        let begun = Instant::now();
        let ran = self.on_host(plan, batches, &decided.ways, gradient);
        self.learn(batches, &decided, &ran, begun.elapsed());
        Ok(ran)
    }

    fn on_host<F: Precision>(&self, plan: Plan, batches: &[&Batch], ways: &[Way], gradient: bool) -> Ran<F> {
        let mut ways = ways.to_vec();
        let work = self.work(&plan, gradient);
        let limits = Limits::of(&work.budgets);
        let loaded = OnceLock::new();
        let run = |((segment, batch), way): ((&Segment, &&Batch), &mut Way)| {
            let mut ended = Ended::empty(segment, gradient);
            let mut tally = Tally::default();
            if way.tier == Tier::Replay {
                let (paths, orders) =
                    self.recorded.paths::<F>(batch.program(), batch.road_asked(), &plan.image, segment.start);
                tally = paths.replay(&work, segment, &limits, &loaded, &orders, &mut ended);
                way.note(&tally);
            }
            (ended, tally)
        };
        let ran = plan.segments.par_iter().zip(batches).zip(&mut ways).map(run);
        let (mut ended, tallies): (Vec<_>, Vec<_>) = ran.collect::<Vec<_>>().into_iter().unzip();
        // All that is interpreted shares one image.
        let is_whole = |index: &usize| ways[*index].tier == Tier::Interpret;
        let whole: Vec<usize> = (0..ways.len()).filter(is_whole).collect();
        if !whole.is_empty() {
            let segments: Vec<Segment> = whole.iter().map(|&index| plan.segments[index].clone()).collect();
            let done = host::execute(&Work { segments: &segments, ..work });
            whole.iter().zip(done).for_each(|(&index, done)| ended[index] = done);
        }
        Ran { ended, ways, tallies, device: CPU.into(), plan }
    }
}

impl<F> Ran<F> {
    /// What was recorded to decide belongs to the call.
    fn add(&mut self, decided: &Decided) {
        for (way, probed) in self.ways.iter_mut().zip(&decided.probed) {
            way.recorded += probed.recorded;
        }
    }
}

impl Way {
    pub(super) fn new(tier: Tier, reason: &str) -> Way {
        Way { tier, reason: reason.into(), recorded: 0, interpreted: 0, without_path: 0, bytes_per_lane: 0 }
    }

    pub(super) fn note(&mut self, tally: &Tally) {
        let Tally { recorded, interpreted, without_path, bytes_per_lane, .. } = *tally;
        *self = Way { recorded, interpreted, without_path, bytes_per_lane, ..self.clone() };
    }
}
