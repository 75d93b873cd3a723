//! Tiers: which one runs each batch of a call, and the run.

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use crate::batch::{Batch, Tier};
use crate::engine::device::{CPU, Device};
use crate::engine::link::Plan;
use crate::engine::recorded::Precision;
use crate::engine::{Engine, Way};
use crate::error::Error;
use crate::host::replay::Limits;
use crate::host::{self, Tally};
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
        Ok(self.on_host(plan, batches, ways, gradient))
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
        let way = |batch: &&Batch| match batch.tier_asked() {
            Tier::Interpret => Ok(Way::new(Tier::Interpret, "it was asked for")),
            Tier::Replay if is_gpu => Err(Error::Unsupported(
                "the tier `replay` runs on the host in this version; a GPU has `interpret`".to_owned(),
            )),
            Tier::Replay => Ok(Way::new(Tier::Replay, "it was asked for")),
            Tier::Specialize => Err(Error::Unsupported(
                "the tier `specialize` does not exist in this version; `interpret`, `replay` and `auto` do".to_owned(),
            )),
            Tier::Auto if is_gpu => {
                Ok(Way::new(Tier::Interpret, "a GPU was asked for, which has only this tier in this version"))
            }
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
