//! A fitting problem at one point of parameter space: loss, weighted Jacobian, what may move and how far.
//!
//! Everything that leaves [`Problem::point`] is finite; what is not is a [`Failure`] with the row at fault.

use super::linear::{Reduced, reduce};
use super::residuals::{Charge, Evaluation, Failure, Residuals};

/// The least share of its first-order weight that a row keeps in a robust loss's curvature, which can be zero or negative.
const LEAST_CURVATURE: f64 = 0.1;

/// A point where everything is known and finite.
pub(super) struct Point {
    /// The free parameters, `[k]`.
    pub free: Vec<f64>,
    /// The model there, with its Jacobian.
    pub evaluation: Evaluation,
    /// The loss there.
    pub loss: f64,
    /// The weighted Jacobian and residuals.
    pub reduced: Reduced,
}

/// A model, what it is compared with, and where it may go.
pub(super) struct Problem<'a> {
    /// The model.
    pub model: &'a mut dyn Residuals,
    /// How residuals are charged.
    pub charge: Charge<'a>,
    /// Lower and upper bounds, `[k]`.
    pub limits: &'a [(f64, f64)],
    /// ‖target/σ‖: what rounding in a residual is measured against.
    pub target: f64,
}

impl<'a> Problem<'a> {
    /// Takes the parts together.
    pub fn new(model: &'a mut dyn Residuals, charge: Charge<'a>, limits: &'a [(f64, f64)]) -> Problem<'a> {
        let observations = charge.observations;
        let squares = (0..observations.len()).map(|i| (observations.target[i] * observations.inverse_sigma(i)).powi(2));
        let target = squares.sum::<f64>().sqrt();
        Problem { model, charge, limits, target }
    }

    /// Changes of the loss below this are rounding: its own, a share of it, and that of the residuals it comes from.
    pub fn noise(&self, point: &Point, share: f64) -> f64 {
        share * point.loss + 2.0 * f64::EPSILON * self.target * point.reduced.norm
    }

    /// Evaluates everything at a point; fails where anything is not finite.
    pub fn point(&mut self, free: Vec<f64>) -> Result<Point, Failure> {
        let evaluation = self.model.evaluate(&free, true)?;
        let loss = self.loss(&evaluation)?;
        let k = free.len();
        let rows = Rows { charge: self.charge, values: &evaluation.values };
        let reduced = reduce(self.charge.observations.len(), k, |row, out| {
            let (weight, residual) = rows.weighted(row);
            for (slot, derivative) in out.iter_mut().zip(&evaluation.jacobian[row * k..]).take(k) {
                *slot = weight * derivative;
            }
            out[k] = residual;
        });
        if !reduced.is_finite() {
            let index = evaluation.jacobian.iter().position(|entry| !entry.is_finite());
            return Err(Failure::new(match index {
                Some(index) => format!(
                    "a derivative in row {} is {}",
                    index / k / self.charge.observations.outputs + 1,
                    evaluation.jacobian[index]
                ),
                None => "the derivatives are too large to be squared".to_owned(),
            }));
        }
        Ok(Point { free, evaluation, loss, reduced })
    }

    /// The loss alone; fails where it is not finite.
    pub fn value(&mut self, free: Vec<f64>) -> Result<Trial, Failure> {
        let evaluation = self.model.evaluate(&free, false)?;
        let loss = self.loss(&evaluation)?;
        Ok(Trial::Value { free, loss })
    }

    /// The whole point of an accepted trial.
    pub fn complete(&mut self, trial: Trial) -> Result<Option<Point>, Failure> {
        match trial {
            Trial::Full(point) => Ok(Some(point)),
            Trial::Value { free, .. } => self.point(free).map(Some),
        }
    }

    fn loss(&self, evaluation: &Evaluation) -> Result<f64, Failure> {
        if let Some(reason) = self.charge.unusable(&evaluation.values) {
            return Err(Failure::new(reason));
        }
        let loss = self.charge.total(&evaluation.values);
        if loss.is_finite() { Ok(loss) } else { Err(Failure::new("the residuals are too large to be squared")) }
    }

    /// The parameters that may move: all but those at a bound whose gradient pushes outside.
    pub fn moving(&self, point: &Point) -> Vec<usize> {
        let gradient = point.reduced.gradient();
        (0..point.free.len())
            .filter(|&j| {
                let (lower, upper) = self.limits[j];
                let (value, slope) = (point.free[j], gradient[j]);
                let held = (value <= lower && slope >= 0.0) || (value >= upper && slope <= 0.0);
                !held
            })
            .collect()
    }

    /// How far each parameter may go down and up.
    pub fn room(&self, free: &[f64]) -> Vec<(f64, f64)> {
        let pairs = free.iter().zip(self.limits);
        pairs.map(|(value, (lower, upper))| (lower - value, upper - value)).collect()
    }

    /// The parameters after a change, within their bounds.
    pub fn moved(&self, free: &[f64], delta: &[f64]) -> Vec<f64> {
        let pairs = free.iter().zip(delta).zip(self.limits);
        pairs.map(|((value, change), (lower, upper))| (value + change).clamp(*lower, *upper)).collect()
    }
}

/// The rows of the problem at one point.
pub(super) struct Rows<'a> {
    /// How residuals are charged.
    pub charge: Charge<'a>,
    /// The model's values.
    pub values: &'a [f64],
}

impl Rows<'_> {
    /// A row's weight in the Jacobian, and its weighted residual. Gauss–Newton on a robust loss keeps ρ′ + 2ρ″z of the curvature (Triggs and
    /// others, *Bundle adjustment – a modern synthesis*, 2000).
    pub fn weighted(&self, row: usize) -> (f64, f64) {
        let (residual, slope, curvature) = self.charge.parts(self.values, row);
        let stiffness = (slope + 2.0 * curvature).max(LEAST_CURVATURE * slope).sqrt();
        (stiffness * self.charge.observations.inverse_sigma(row), residual * slope / stiffness)
    }
}

/// A trial step's result: with or without its Jacobian.
pub(super) enum Trial {
    /// Everything.
    Full(Point),
    /// The loss alone.
    Value { free: Vec<f64>, loss: f64 },
}

impl Trial {
    /// The loss there.
    pub fn loss(&self) -> f64 {
        match self {
            Trial::Full(point) => point.loss,
            Trial::Value { loss, .. } => *loss,
        }
    }
}
