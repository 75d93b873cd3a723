//! Searches of a sum of charged residuals: Levenberg and Marquardt's method from a point, or from where L-BFGS ends that began there.

use super::lbfgs::{self, Range};
use super::lm::{Outcome, minimise};
use super::multistart::{Descent, Ended};
use super::objective::Charged;
use super::residuals::{Charge, Failure, Residuals};
use super::stop::Settings;

/// A model that is made for every search, and how its residuals are charged.
pub(super) struct Squares<'a, F> {
    pub model: &'a F,
    pub charge: Charge<'a>,
    /// Of the free parameters, `[k]`.
    pub ranges: &'a [Range],
    pub settings: Settings,
    /// Steps of L-BFGS at most before Levenberg and Marquardt's method; `None`: no such steps.
    pub before: Option<usize>,
}

impl<M: Residuals, F: Fn() -> M + Sync> Descent for Squares<'_, F> {
    type Model = M;
    type End = Outcome;

    fn model(&self) -> M {
        (self.model)()
    }

    fn loss(&self, model: &mut M, point: &[f64]) -> f64 {
        model.evaluate(point, false).map_or(f64::INFINITY, |evaluation| self.charge.total(&evaluation.values))
    }

    fn descend(&self, model: &mut M, start: &[f64], progress: &mut dyn FnMut(usize, f64)) -> Result<Outcome, Failure> {
        let limits: Vec<(f64, f64)> = self.ranges.iter().map(|range| range.limits).collect();
        let (mut made, mut start) = (0, start.to_vec());
        if let Some(iterations) = self.before.filter(|_| !start.is_empty()) {
            let mut objective = Charged { model, charge: self.charge };
            let end = lbfgs::descend(&mut objective, self.ranges, &start, iterations, progress)?;
            (made, start) = (end.iterations, end.free);
        }
        let mut further = |iteration: usize, loss: f64| progress(made + iteration, loss);
        let outcome = minimise(model, self.charge, &limits, &start, &self.settings, &mut further)?;
        Ok(Outcome { iterations: made + outcome.iterations, ..outcome })
    }
}

impl Ended for Outcome {
    fn loss(&self) -> f64 {
        self.loss
    }

    fn is_converged(&self) -> bool {
        self.stop.converged()
    }
}
