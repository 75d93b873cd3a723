//! The minimum of a loss: L-BFGS to its neighbourhood, Newton's steps to the point itself, and a verdict from the second derivatives there.
//!
//! In: an [`Objective`], ranges, a start. Out: a [`Minimum`]. Convergence is judged by the gradient alone: what one more Newton step
//! would lower the loss by must be nothing beside the loss, or (of a loss that is a negative log-likelihood) beside what the data can
//! tell; and the loss must curve upwards in every direction that no bound closes.

use std::fmt;

use super::curvature::Curvature;
use super::lbfgs::{self, End, Halt, Range};
use super::multistart::{Descent, Ended};
use super::objective::{Objective, Slope};
use super::residuals::Failure;

/// What a Newton step may still lower the loss by at a minimum: a share of the loss, or that of a loss of 1. As a negative log-likelihood
/// that is a distance of 1.4e-5 standard errors.
const LEFT: f64 = 1e-10;
/// Newton's steps at the end at most.
const POLISHING: usize = 12;
/// The change of the loss that passes for rounding in Newton's steps, as a share of it.
const ROUNDING: f64 = 1e-13;
/// A parameter this many times its size has run away, if the loss still falls the way it went.
const FAR: f64 = 1e10;

/// Why a minimisation ended; a number is what one more Newton step would lower the loss by.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Nothing to search: every parameter is fixed.
    NothingFree,
    /// Every free parameter is held by a bound.
    Corner,
    /// The gradient is zero.
    Stationary(f64),
    /// The search ended, but the gradient is not zero.
    Stalled(f64),
    /// A minimum where the loss has a kink or a jump: of one parameter, for which every step raises the loss.
    Kink,
    /// Every step along the gradient raises the loss, which shows a kink but no minimum.
    Edge,
    /// No further step inside the loss's domain; with the failure next to it.
    Domain(String),
    /// The iterations are used up.
    Iterations,
    /// The gradient is zero, but the loss does not curve upwards in every direction.
    Flat,
    /// The gradient is zero, but the loss falls in some direction.
    Saddle,
    /// The gradient is zero, but what the second derivatives are depends on the step that is made to see them.
    Unresolved,
    /// A parameter ran away, and the loss still falls that way.
    Endless,
    /// The second derivatives cannot be had.
    Unseen(String),
}

impl Verdict {
    /// Whether the point is a minimum as far as arithmetic can tell, and the only one nearby.
    pub fn converged(&self) -> bool {
        matches!(self, Verdict::NothingFree | Verdict::Corner | Verdict::Stationary(_) | Verdict::Kink)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::NothingFree => f.write_str("every parameter is fixed"),
            Verdict::Corner => f.write_str("a minimum: bounds hold every parameter against the gradient"),
            Verdict::Stationary(left) => {
                write!(f, "a minimum: the gradient is zero (a Newton step would lower the loss by {left:.1e})")
            }
            Verdict::Stalled(left) => write!(
                f,
                "the search stalled: the loss cannot be reduced further in f64 although its gradient is not zero (a Newton step \
                 promises {left:.1e})"
            ),
            Verdict::Kink => f.write_str(
                "every step, however short, raises the loss although its gradient is not zero: the minimum lies at a kink or a \
                 jump of the loss",
            ),
            Verdict::Edge => f.write_str(
                "every step along the gradient, however short, raises the loss: there is a kink or a jump of the loss, which \
                 need not be a minimum",
            ),
            Verdict::Domain(failure) => write!(f, "the search ran against the edge of the loss's domain: {failure}"),
            Verdict::Iterations => f.write_str("the iterations are used up"),
            Verdict::Flat => {
                f.write_str("the gradient is zero, but the loss is flat in some direction: other values do as well")
            }
            Verdict::Saddle => {
                f.write_str("the gradient is zero, but the loss falls in some direction: this is no minimum")
            }
            Verdict::Unresolved => f.write_str(
                "the gradient is zero, but this is a kink of the loss, or the loss is flatter than a parabola: it cannot be told \
                 for a minimum",
            ),
            Verdict::Endless => write!(
                f,
                "the loss still falls where a parameter is more than {FAR:e} times its start or the width of its bounds: it seems to have \
                 no minimum"
            ),
            Verdict::Unseen(failure) => {
                write!(f, "the loss cannot be reduced further, and its second derivatives cannot be had: {failure}")
            }
        }
    }
}

/// Where a minimisation ended.
#[derive(Clone, Debug)]
pub struct Minimum {
    /// The free parameters, `[k]`.
    pub free: Vec<f64>,
    /// Loss and gradient there.
    pub slope: Slope,
    /// Steps made: L-BFGS's and Newton's.
    pub iterations: usize,
    /// Why it ended.
    pub verdict: Verdict,
    /// The second derivatives there, where they mean anything.
    pub(super) curvature: Option<Curvature>,
}

impl Ended for Minimum {
    fn loss(&self) -> f64 {
        self.slope.loss
    }

    fn is_converged(&self) -> bool {
        self.verdict.converged()
    }
}

/// A loss that is made for every search.
pub(super) struct Losses<'a, F> {
    pub objective: &'a F,
    /// Of the free parameters, `[k]`.
    pub ranges: &'a [Range],
    /// Steps of L-BFGS at most.
    pub iterations: usize,
}

impl<O: Objective, F: Fn() -> O + Sync> Descent for Losses<'_, F> {
    type Model = O;
    type End = Minimum;

    fn model(&self) -> O {
        (self.objective)()
    }

    fn loss(&self, objective: &mut O, point: &[f64]) -> f64 {
        objective.loss(point).unwrap_or(f64::INFINITY)
    }

    fn descend(
        &self,
        objective: &mut O,
        start: &[f64],
        progress: &mut dyn FnMut(usize, f64),
    ) -> Result<Minimum, Failure> {
        minimise(objective, self.ranges, start, self.iterations, progress)
    }
}

/// Minimises a loss from `start` in at most so many steps of L-BFGS. `progress` is called after each with its number and the loss.
///
/// # Errors
/// The loss cannot be evaluated at the start.
pub fn minimise(
    objective: &mut dyn Objective,
    ranges: &[Range],
    start: &[f64],
    iterations: usize,
    progress: &mut dyn FnMut(usize, f64),
) -> Result<Minimum, Failure> {
    let End { mut free, mut slope, mut iterations, halt } =
        lbfgs::descend(objective, ranges, start, iterations, progress)?;
    let is_settled = matches!(halt, Halt::Level | Halt::Reduction);
    let mut curvature = match halt {
        Halt::Kink => None,
        _ => Some(Curvature::at(objective, ranges, &free, &slope.gradient)),
    };
    // Near a minimum the loss is flat to rounding long before the parameters are right.
    let mut left = f64::INFINITY;
    for _ in 0..POLISHING {
        let Some(Ok(known)) = &curvature else { break };
        let Some((step, promised)) = known.newton(&slope.gradient) else { break };
        left = promised;
        let next = moved(&free, &step, ranges);
        if !is_settled || promised <= f64::MIN_POSITIVE || next == free {
            break;
        }
        let Ok(found) = objective.slope(&next) else { break };
        let Some((_, after)) = known.newton(&found.gradient) else { break };
        let noise = ROUNDING * slope.loss.abs();
        if found.loss > slope.loss + noise || after > 0.5 * promised {
            break;
        }
        // The same second derivatives serve while they still do: they are what costs.
        if after > 0.01 * promised {
            curvature = Some(Curvature::at(objective, ranges, &next, &found.gradient));
        }
        (free, slope) = (next, found);
        left = after;
        iterations += 1;
        progress(iterations, slope.loss);
    }
    let curvature = match (curvature, &halt) {
        // Errors belong to the very point that is told.
        (Some(Ok(_)), _) if is_settled => Some(Curvature::at(objective, ranges, &free, &slope.gradient)),
        (known, _) => known,
    };
    let is_held =
        ranges.iter().zip(&free).zip(&slope.gradient).all(|((range, &value), &slope)| range.holds(value, slope));
    let verdict = match (halt, &curvature) {
        _ if free.is_empty() => Verdict::NothingFree,
        (Halt::Level, _) if is_held && slope.gradient.iter().any(|slope| *slope != 0.0) => Verdict::Corner,
        (Halt::Iterations, _) => Verdict::Iterations,
        (Halt::Domain(failure), _) => Verdict::Domain(failure),
        (Halt::Kink, _) if free.len() == 1 => Verdict::Kink,
        (Halt::Kink, _) | (_, None) => Verdict::Edge,
        (_, Some(Err(failure))) => Verdict::Unseen(failure.reason.clone()),
        (_, Some(Ok(known))) => judge(known, ranges, (&free, &slope), left),
    };
    let (verdict, curvature) = match verdict {
        Verdict::Stalled(_) | Verdict::Flat | Verdict::Saddle | Verdict::Unresolved
            if is_endless(ranges, &free, &slope) =>
        {
            (Verdict::Endless, None)
        }
        verdict => (verdict, curvature.and_then(Result::ok)),
    };
    Ok(Minimum { free, slope, iterations, verdict, curvature })
}

/// A point after a change, within the bounds.
fn moved(free: &[f64], step: &[f64], ranges: &[Range]) -> Vec<f64> {
    let each =
        |((value, change), range): ((&f64, &f64), &Range)| (value + change).clamp(range.limits.0, range.limits.1);
    free.iter().zip(step).zip(ranges).map(each).collect()
}

/// Does the loss still fall where a parameter has run away to? Beside its size the gradient is nothing there, but not beside its value.
fn is_endless(ranges: &[Range], free: &[f64], slope: &Slope) -> bool {
    let negligible = LEFT.sqrt() * slope.loss.abs().max(1.0);
    let falls = |((range, value), along): ((&Range, &f64), &f64)| {
        value.abs() > FAR * range.size && !range.holds(*value, *along) && -along * value > negligible
    };
    ranges.iter().zip(free).zip(&slope.gradient).any(falls)
}

/// What the second derivatives say of a point where L-BFGS got no further.
fn judge(known: &Curvature, ranges: &[Range], (free, slope): (&[f64], &Slope), left: f64) -> Verdict {
    let stray = |(j, range): (usize, &Range)| {
        !known.inner.contains(&j) && !range.holds(free[j], slope.gradient[j]) && slope.gradient[j] != 0.0
    };
    if ranges.iter().enumerate().any(stray) {
        return Verdict::Stalled(left);
    }
    if known.inverse.is_none() {
        // Without an inverse the gradient is compared with the loss.
        let steepest = known.inner.iter().map(|&j| (slope.gradient[j] * ranges[j].size).abs()).fold(0.0, f64::max);
        return match () {
            () if steepest > LEFT.sqrt() * slope.loss.abs().max(1.0) => Verdict::Stalled(left),
            () if !known.downwards.is_empty() => Verdict::Saddle,
            () if !known.unresolved.is_empty() => Verdict::Unresolved,
            () => Verdict::Flat,
        };
    }
    if left <= LEFT * slope.loss.abs().max(1.0) { Verdict::Stationary(left) } else { Verdict::Stalled(left) }
}
