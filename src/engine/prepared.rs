//! Prepared: a batch ready to run again and again, with inputs and outputs where they are.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::batch::{Batch, Tier};
use crate::engine::link::Plan;
use crate::engine::recorded::Precision;
use crate::engine::{Engine, Way, single};
use crate::error::Error;
use crate::host::replay::Limits;
use crate::host::{self, Loaded, Paths, Tally};
use crate::machine::work::{Ended, Work};

/// A batch on the host whose every pass writes values, and gradients, over those of the pass before.
///
/// Passes give raw numbers: a lane that has none keeps NaN, and nobody looks for places. [`Engine::value_and_grad`] does.
#[derive(Debug)]
pub struct Prepared<'e, F: Precision> {
    engine: &'e Engine,
    plan: Plan,
    paths: Paths<F>,
    way: Way,
    limits: Limits,
    loaded: OnceLock<Loaded<F>>,
    wanted: Vec<usize>,
    ended: Ended<F>,
    tally: Tally,
    /// From text to paths that can run.
    recording: Duration,
}

impl Engine {
    /// Makes a batch ready for many passes on the host, with nothing known of its program yet; `wrt` are the inputs whose
    /// gradients a pass may give.
    ///
    /// # Errors
    /// As [`Engine::value_and_grad`].
    pub fn prepare<F: Precision>(&self, batch: &Batch, wrt: &[&str]) -> Result<Prepared<'_, F>, Error> {
        let mut wanted = Vec::with_capacity(wrt.len());
        for name in wrt {
            let input = batch.program().input(name)?;
            if !wanted.contains(&input) {
                wanted.push(input);
            }
        }
        let plan = self.linked.plan(&self.interpreter, &[batch], std::slice::from_ref(&wanted))?;
        let way = single(self.ways::<F>(&[batch], false)?);
        let segment = &plan.segments[0];
        let paths = Paths::new(plan.image.clone(), segment.start, segment.columns.len());
        let ended = Ended::empty(segment, true);
        let limits = Limits::of(&self.settings.budgets);
        let loaded = OnceLock::new();
        let (tally, recording) = (Tally::default(), Duration::ZERO);
        Ok(Prepared { engine: self, plan, paths, way, limits, loaded, wanted, ended, tally, recording })
    }
}

impl<F: Precision> Prepared<'_, F> {
    /// Bytes of a lane in snapshots at most, and numbers in arrays between two cuts; neither changes a bit.
    pub fn memory(&mut self, bytes_per_lane: usize, capacity: usize) {
        (self.limits.memory, self.limits.capacity) = (bytes_per_lane, capacity);
    }

    /// Every lane's value.
    pub fn forward(&mut self) {
        self.pass(false);
    }

    /// Every lane's value and gradient.
    pub fn gradient(&mut self) {
        self.pass(true);
    }

    fn pass(&mut self, gradient: bool) {
        let work = self.engine.work(&self.plan, gradient);
        let segment = &self.plan.segments[0];
        match self.way.tier {
            Tier::Replay => {
                let begun = Instant::now();
                self.tally = self.paths.replay(&work, segment, &self.limits, &self.loaded, &mut self.ended);
                if self.tally.recorded > 0 {
                    self.recording += self.tally.recording.min(begun.elapsed());
                }
            }
            _ => self.ended = single(host::execute(&Work { segments: std::slice::from_ref(segment), ..work })),
        }
    }

    /// How the last pass ran.
    pub fn way(&self) -> Way {
        let mut way = self.way.clone();
        way.note(&self.tally);
        way
    }

    /// Time spent on recording so far.
    pub fn recording(&self) -> Duration {
        self.recording
    }

    /// By lane: the value of the last pass.
    pub fn values(&self) -> &[F] {
        &self.ended.values
    }

    /// The gradient by the n-th wanted input in the last pass that gave one, by lane.
    pub fn gradient_by(&self, wanted: usize) -> &[F] {
        &self.ended.gradients[self.wanted[wanted]]
    }
}
