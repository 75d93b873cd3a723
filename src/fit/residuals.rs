//! The problem an optimiser sees: a model's values and Jacobian, what was observed, and how a mismatch is charged.
//!
//! A *residual* is one model value minus one observation, divided by the observation's σ. A row of data has one residual per target
//! column; residuals stand row by row, `[row][output]`, and everything here has that order.

pub use crate::descent::Loss;
use crate::descent::{self, Observed};
use crate::machine::Status;

/// A model evaluated at one point of parameter space.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluation {
    /// The model's values, `[residual]`, in the units of the target.
    pub values: Vec<f64>,
    /// ∂value/∂parameter, `[residual][free parameter]`; empty where it was not asked for.
    pub jacobian: Vec<f64>,
}

/// A model that stopped on some row.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{reason}")]
pub struct Failure {
    /// What went wrong, with the row where one is at fault.
    pub reason: String,
    /// How that row's lane ended, where the model is a program whose lane is at fault; else [`Status::Ok`].
    pub status: Status,
}

impl Failure {
    /// A failure that is no lane's.
    pub fn new(reason: impl Into<String>) -> Failure {
        Failure { reason: reason.into(), status: Status::Ok }
    }

    /// The failure at the start of a search.
    pub(super) fn at_start(self) -> Failure {
        Failure { reason: format!("at the start: {}", self.reason), ..self }
    }

    /// The failure in the middle of a search that had made so many steps.
    pub(super) fn after(self, steps: usize) -> Failure {
        let reason = match steps {
            0 => format!("{} (no iteration was finished)", self.reason),
            _ => format!("{} (the last iteration that is known to be finished is {steps})", self.reason),
        };
        Failure { reason, ..self }
    }
}

/// A model as a function of its free parameters.
pub trait Residuals {
    /// Values, and the Jacobian where `jacobian` is set, at these free parameter values. Where a row fails, the point is outside the
    /// model's domain: the optimiser stays away from it. Values that are not finite may be returned as they are.
    fn evaluate(&mut self, free: &[f64], jacobian: bool) -> Result<Evaluation, Failure>;
}

/// What was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Observations {
    /// The target, `[row][output]`.
    pub target: Vec<f64>,
    /// How many target columns a row has.
    pub outputs: usize,
    /// The standard deviation of each observation, `[row][output]`, in the target's units, all positive.
    pub sigma: Option<Vec<f64>>,
}

impl Observations {
    /// One target column, every observation weighted alike.
    pub fn new(target: Vec<f64>) -> Observations {
        Observations { target, outputs: 1, sigma: None }
    }

    /// How many residuals there are.
    pub fn len(&self) -> usize {
        self.target.len()
    }

    /// Whether nothing was observed.
    pub fn is_empty(&self) -> bool {
        self.target.is_empty()
    }

    /// 1/σ of one observation.
    pub fn inverse_sigma(&self, index: usize) -> f64 {
        self.sigma.as_ref().map_or(1.0, |sigma| 1.0 / sigma[index])
    }

    /// The residual of one observation, in units of its σ.
    pub fn residual(&self, values: &[f64], index: usize) -> f64 {
        (values[index] - self.target[index]) * self.inverse_sigma(index)
    }
}

/// Observations and the way they are charged: everything about the loss but the model.
#[derive(Clone, Copy, Debug)]
pub struct Charge<'a> {
    /// What was measured.
    pub observations: &'a Observations,
    /// How a residual is charged.
    pub loss: Loss,
    /// The residual, in units of σ (of the target without σ), at which a robust loss turns from quadratic.
    pub scale: f64,
}

impl Charge<'_> {
    /// Σ scale²·ρ((r/scale)²): the sum of squared residuals where the loss is squared. NaN or infinite where a value is.
    pub fn total(&self, values: &[f64]) -> f64 {
        sum((0..self.observations.len()).map(|i| {
            let r = self.observations.residual(values, i) / self.scale;
            self.scale * self.scale * self.loss.rho(r * r)[0]
        }))
    }

    /// What one model value adds to the loss, and the derivative of that by the value.
    pub fn share(&self, value: f64, index: usize) -> (f64, f64) {
        let inverse = self.observations.inverse_sigma(index);
        let residual = descent::residual(value, Observed { high: self.observations.target[index], low: 0.0, inverse });
        (descent::share(self.loss, residual, self.scale), descent::slope(self.loss, residual, inverse, self.scale))
    }

    /// What a stretch of f32 values from number `first` on adds to the loss, and its derivatives by them.
    pub fn stretch(&self, first: usize, values: &[f32], slopes: &mut [f64]) -> f64 {
        let is_plain = self.loss == Loss::Squared && self.observations.sigma.is_none();
        if !is_plain {
            let each = |(index, (&value, slope)): (usize, (&f32, &mut f64))| {
                let (share, derivative) = self.share(f64::from(value), first + index);
                *slope = derivative;
                share
            };
            return values.iter().zip(slopes).enumerate().map(each).sum();
        }
        // Least squares, in sums that a compiler can keep apart.
        const WAYS: usize = 8;
        let target = &self.observations.target[first..first + values.len()];
        let mut sums = [0.0f64; WAYS];
        let (mut values, mut targets, mut slopes) =
            (values.chunks_exact(WAYS), target.chunks_exact(WAYS), slopes.chunks_exact_mut(WAYS));
        for ((values, targets), slopes) in (&mut values).zip(&mut targets).zip(&mut slopes) {
            for way in 0..WAYS {
                let residual = f64::from(values[way]) - targets[way];
                sums[way] += residual * residual;
                slopes[way] = 2.0 * residual;
            }
        }
        for ((&value, &target), slope) in
            values.remainder().iter().zip(targets.remainder()).zip(slopes.into_remainder())
        {
            let residual = f64::from(value) - target;
            sums[0] += residual * residual;
            *slope = 2.0 * residual;
        }
        sum(sums.into_iter())
    }

    /// One residual and ρ′, ρ″ there: `(r, ρ′, ρ″·(r/scale)²)`, r in units of σ.
    pub fn parts(&self, values: &[f64], index: usize) -> (f64, f64, f64) {
        let residual = self.observations.residual(values, index);
        let z = (residual / self.scale).powi(2);
        let [_, slope, curvature] = self.loss.rho(z);
        (residual, slope, curvature * z)
    }

    /// The first value that is not finite, in words.
    pub fn unusable(&self, values: &[f64]) -> Option<String> {
        let index = values.iter().position(|value| !value.is_finite())?;
        let row = index / self.observations.outputs + 1;
        Some(format!("the model's value in row {row} is {}", values[index]))
    }
}

/// A compensated sum (Neumaier): the same number whatever the machine, with an error that does not grow with the length.
pub fn sum(terms: impl Iterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0f64, 0.0f64);
    for term in terms {
        let next = total + term;
        lost += if total.abs() >= term.abs() { (total - next) + term } else { (term - next) + total };
        total = next;
    }
    // An infinite total makes the compensation NaN; the total itself is then the answer.
    if total.is_finite() { total + lost } else { total }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_scaled_and_weighted() {
        let observations = Observations { sigma: Some(vec![1.0, 0.5]), ..Observations::new(vec![0.0, 1.0]) };
        let charge = |loss, scale| Charge { observations: &observations, loss, scale };
        // Residuals 3 and 2/0.5 = 4.
        assert_eq!(charge(Loss::Squared, 1.0).total(&[3.0, 3.0]), 25.0);
        assert_eq!(charge(Loss::Huber, 2.0).total(&[3.0, 3.0]), 4.0 * (2.0 * 1.5 - 1.0 + 2.0 * 2.0 - 1.0));
        assert!(charge(Loss::Squared, 1.0).total(&[f64::NAN, 0.0]).is_nan());
        assert_eq!(
            charge(Loss::Squared, 1.0).unusable(&[1.0, f64::INFINITY]).as_deref(),
            Some("the model's value in row 2 is inf")
        );
    }

    #[test]
    fn shares_make_up_the_total_and_know_their_slope() {
        let observations = Observations { sigma: Some(vec![1.0, 0.5]), ..Observations::new(vec![0.0, 1.0]) };
        for loss in [Loss::Squared, Loss::SoftL1, Loss::Huber, Loss::Cauchy] {
            let charge = Charge { observations: &observations, loss, scale: 2.0 };
            let (values, h) = ([0.3, 4.0], 1e-6);
            let mut total = 0.0;
            for (i, value) in values.into_iter().enumerate() {
                let (share, slope) = charge.share(value, i);
                let difference = (charge.share(value + h, i).0 - charge.share(value - h, i).0) / (2.0 * h);
                assert!((slope - difference).abs() < 1e-7, "{loss:?} {i}");
                total += share;
            }
            assert!((total - charge.total(&values)).abs() < 1e-12, "{loss:?}");
        }
    }

    #[test]
    fn sums_keep_what_plain_addition_loses() {
        assert_eq!(sum([1.0, 1e100, 1.0, -1e100].into_iter()), 2.0);
        assert_eq!(sum([1.0, f64::INFINITY].into_iter()), f64::INFINITY);
    }
}
