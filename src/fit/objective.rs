//! A loss as a function of its free parameters: what a search that knows no residuals sees.
//!
//! Everything that leaves [`Objective::slope`] is finite; what is not is a [`Failure`] in words.

use super::residuals::{Charge, Failure, Residuals, sum};

/// A loss and its gradient at one point.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slope {
    /// The loss.
    pub loss: f64,
    /// ∂loss/∂parameter, `[k]`.
    pub gradient: Vec<f64>,
}

/// A loss with its gradient.
pub trait Objective {
    /// Loss and gradient at these free parameter values. A failure, or a number that is not finite, lies outside the loss's domain: the
    /// search stays away from it.
    ///
    /// # Errors
    /// The loss has no value there.
    fn slope(&mut self, free: &[f64]) -> Result<Slope, Failure>;

    /// The loss alone.
    ///
    /// # Errors
    /// As [`Objective::slope`].
    fn loss(&mut self, free: &[f64]) -> Result<f64, Failure> {
        Ok(self.slope(free)?.loss)
    }
}

/// A loss that a test gives as a closure.
#[cfg(test)]
pub(super) struct Loss<F>(pub F);

#[cfg(test)]
impl<F: FnMut(&[f64]) -> (f64, Vec<f64>)> Objective for Loss<F> {
    fn slope(&mut self, free: &[f64]) -> Result<Slope, Failure> {
        let (loss, gradient) = (self.0)(free);
        Slope { loss, gradient }.finite()
    }
}

impl Slope {
    /// This, if all of it is finite.
    pub fn finite(self) -> Result<Slope, Failure> {
        let reason = match self.gradient.iter().position(|slope| !slope.is_finite()) {
            _ if !self.loss.is_finite() => format!("the loss is {}", self.loss),
            Some(index) => format!("the loss's derivative by parameter {} is {}", index + 1, self.gradient[index]),
            None => return Ok(self),
        };
        Err(Failure::new(reason))
    }
}

/// The charged residuals of a model as a loss.
pub(super) struct Charged<'a> {
    pub model: &'a mut dyn Residuals,
    pub charge: Charge<'a>,
}

impl Objective for Charged<'_> {
    fn slope(&mut self, free: &[f64]) -> Result<Slope, Failure> {
        let (evaluation, k) = (self.model.evaluate(free, true)?, free.len());
        let slopes: Vec<f64> =
            evaluation.values.iter().enumerate().map(|(index, &value)| self.charge.share(value, index).1).collect();
        let along =
            |j: usize| sum(slopes.iter().enumerate().map(|(row, slope)| slope * evaluation.jacobian[row * k + j]));
        Slope { loss: self.charge.total(&evaluation.values), gradient: (0..k).map(along).collect() }.finite()
    }
}
