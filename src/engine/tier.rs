//! Tiers: which one runs each batch of a call, and the run.

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use crate::batch::{Batch, Tier};
use crate::device::{DeviceError, Executor};
use crate::engine::device::{CPU, Device};
use crate::engine::link::Plan;
use crate::engine::recorded::Precision;
use crate::engine::remote::{self, Course};
use crate::engine::{Engine, Way};
use crate::error::Error;
use crate::host::replay::Limits;
use crate::host::{self, Loaded, Tally};
use crate::machine::Image;
use crate::machine::work::{Ended, Segment, Work};

/// From so many lanes of one program, in one call or several, [`Tier::Auto`] records and replays.
pub const REPLAY_LANES: usize = 16;

/// What one call ran, for every precision.
pub(super) struct Ran<F> {
    pub(super) plan: Plan,
    /// By batch.
    pub(super) ended: Vec<Ended<F>>,
    pub(super) ways: Vec<Way>,
    pub(super) device: Arc<str>,
}

/// What a device made of a call: by batch what its lanes came to and how they ran, and the device's name.
type Went = (Vec<Ended<f32>>, Vec<Way>, Arc<str>);

impl Engine {
    /// Runs on the device of this engine.
    pub(super) fn run(&self, batches: &[&Batch], wanted: &[Vec<usize>], gradient: bool) -> Result<Ran<f32>, Error> {
        let plan = self.linked.plan(&self.interpreter, batches, wanted)?;
        let is_gpu = matches!(self.place.device(), Device::Gpu | Device::Named(_));
        let ways = self.ways::<f32>(batches, is_gpu)?;
        if ways.iter().all(|way| way.tier == Tier::Interpret) {
            let (ended, device) = self.place.execute(&self.work(&plan, gradient))?;
            return Ok(Ran { plan, ended, ways, device: device.into() });
        }
        if !is_gpu {
            return Ok(self.on_host(plan, batches, ways, gradient));
        }
        let run = |ways: &[Way]| {
            self.place.on_gpu(|executor| self.on_device(executor, &plan, batches, ways.to_vec(), gradient))
        };
        let mut ran = run(&ways);
        if let Some(Err(Error::Device(error @ DeviceError::Kernel { .. }))) = &ran
            && batches.iter().any(|batch| batch.tier_asked() == Tier::Auto)
        {
            // A tier that was named never gives way: it fails again.
            let chosen = |(batch, way): (&&Batch, &Way)| match batch.tier_asked() {
                Tier::Auto => Way::new(Tier::Interpret, &format!("the GPU cannot do otherwise: {error}")),
                _ => way.clone(),
            };
            ran = run(&batches.iter().zip(&ways).map(chosen).collect::<Vec<Way>>());
        }
        match ran {
            Some(ran) => ran.map(|(ended, ways, device)| Ran { plan, ended, ways, device }),
            None => Ok(self.on_host(plan, batches, ways, gradient)),
        }
    }

    fn on_device(
        &self,
        executor: &Executor,
        plan: &Plan,
        batches: &[&Batch],
        mut ways: Vec<Way>,
        gradient: bool,
    ) -> Result<Went, Error> {
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
            courses.push(Course::new(segment, paths, loaded, way.tier, gradient));
        }
        remote::run(executor, &work, &mut courses)?;
        let whole = if whole.is_empty() { Vec::new() } else { executor.execute(&Work { segments: &whole, ..work })? };
        let (mut courses, mut whole) = (courses.into_iter(), whole.into_iter());
        let mut end = |way: &mut Way| {
            if way.tier == Tier::Interpret {
                return whole.next();
            }
            let (ended, tally) = courses.next()?.end();
            way.note(&tally);
            Some(ended)
        };
        let ended: Vec<Ended<f32>> = ways.iter_mut().filter_map(&mut end).collect();
        debug_assert_eq!(ended.len(), ways.len());
        Ok((ended, ways, executor.name().into()))
    }

    /// Runs on the host, whatever the device.
    pub(super) fn run_on_host<F: Precision>(
        &self,
        batches: &[&Batch],
        wanted: &[Vec<usize>],
        gradient: bool,
    ) -> Result<Ran<F>, Error> {
        let plan = self.linked.plan(&self.interpreter, batches, wanted)?;
        let ways = self.ways::<F>(batches, false)?;
        Ok(self.on_host(plan, batches, ways, gradient))
    }

    fn on_host<F: Precision>(&self, plan: Plan, batches: &[&Batch], mut ways: Vec<Way>, gradient: bool) -> Ran<F> {
        let work = self.work(&plan, gradient);
        let limits = Limits::of(&work.budgets);
        let loaded = OnceLock::new();
        let run = |((segment, batch), way): ((&Segment, &&Batch), &mut Way)| match way.tier {
            Tier::Replay => {
                let (paths, orders) =
                    self.recorded.paths::<F>(batch.program(), batch.road_asked(), &plan.image, segment.start);
                let mut ended = Ended::empty(segment, gradient);
                way.note(&paths.replay(&work, segment, &limits, &loaded, &orders, &mut ended));
                ended
            }
            _ => {
                let mut ended = host::execute(&Work { segments: std::slice::from_ref(segment), ..work });
                ended.swap_remove(0)
            }
        };
        let ended = plan.segments.par_iter().zip(batches).zip(&mut ways).map(run).collect();
        Ran { ended, ways, device: CPU.into(), plan }
    }

    /// The tier of every batch. A tier that was named and cannot run is an error.
    pub(super) fn ways<F: Precision>(&self, batches: &[&Batch], is_gpu: bool) -> Result<Vec<Way>, Error> {
        let way = |batch: &&Batch| {
            match batch.tier_asked() {
            Tier::Interpret => Ok(Way::new(Tier::Interpret, "it was asked for")),
            Tier::Replay => Ok(Way::new(Tier::Replay, "it was asked for")),
            Tier::Specialize if is_gpu => Ok(Way::new(Tier::Specialize, "it was asked for")),
            Tier::Specialize => Err(Error::Unsupported(
                "the tier `specialize` makes f32 kernels for a GPU that is named (`--device gpu`); what runs on the host, f64 among \
                 it, has `replay`"
                    .to_owned(),
            )),
            Tier::Auto => {
                let (lanes, is_known) = self.recorded.wanted::<F>(batch.program(), batch.road_asked(), batch.lanes());
                Ok(if is_known {
                    Way::new(Tier::Replay, "the program's paths are known from earlier lanes")
                } else if lanes >= REPLAY_LANES {
                    Way::new(Tier::Replay, &format!("{lanes} lanes repay recording one"))
                } else {
                    Way::new(Tier::Interpret, &format!("fewer than {REPLAY_LANES} lanes do not repay recording one"))
                })
            }
        }
        };
        batches.iter().map(way).collect()
    }
}

impl Way {
    fn new(tier: Tier, reason: &str) -> Way {
        Way { tier, reason: reason.into(), recorded: 0, interpreted: 0, without_path: 0, bytes_per_lane: 0 }
    }

    pub(super) fn note(&mut self, tally: &Tally) {
        let Tally { recorded, interpreted, without_path, bytes_per_lane, .. } = *tally;
        *self = Way { recorded, interpreted, without_path, bytes_per_lane, ..self.clone() };
    }
}
