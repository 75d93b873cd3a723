//! Levenberg–Marquardt: the least loss reachable from one start, with bounds and robust losses, in f64.
//!
//! In: a model ([`Residuals`]), what was observed and how it is charged ([`Charge`]), bounds, a start. Out: an [`Outcome`]: the best point,
//! the model there, and in words why the search ended. The method is Moré's trust region (*The Levenberg–Marquardt algorithm:
//! implementation and theory*, 1978): steps are bounded in coordinates scaled by the largest column norms of the Jacobian seen so
//! far, so the units of the parameters do not matter. Each Jacobian is reduced once ([`super::linear`]); a rejected step reuses it.
//!
//! What always holds: the loss never rises; every accepted point has finite values and derivatives and lies within the bounds;
//! a trial that fails or is not finite is rejected and the region shrinks. Robust losses weight the rows anew at every accepted
//! point. Bounds are kept by projection: a parameter pushed against its bound stops there, the others are solved for again, and
//! it takes part again as soon as the gradient points inside. Deliberately absent: line searches, derivatives by differences.

use super::linear::{Reduced, Step};
use super::problem::{Point, Problem, Rows, Trial};
use super::residuals::{Charge, Evaluation, Failure, Residuals};
use super::statistics::undetermined;
use super::stop::{Settings, Stop};

/// A step longer than this share of what the model predicts is kept.
const ACCEPT: f64 = 1e-4;
/// The first region, as a multiple of the scaled start.
const FIRST_RADIUS: f64 = 100.0;
/// Where along a step its curvature is measured, as a share of the step.
const PROBE: f64 = 0.1;
/// The longest acceleration that counts as a correction, as a share of the step.
const BEND: f64 = 0.75;

/// Steps at most this long, as a share of the scaled parameters, that raise the loss by this many times its rounding show a kink: along a
/// smooth loss so short a step would lower it.
const KINK_STEP: f64 = 1e-6;
const KINK_RISE: f64 = 1e3;
/// The largest relative offset from which undamped steps are tried at the end.
const POLISHED: f64 = 1e-4;
/// The largest relative offset that passes for zero once the loss cannot be reduced.
const STATIONARY: f64 = 1e-3;

/// Where a search ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The free parameters, `[k]`.
    pub free: Vec<f64>,
    /// The model there, with its Jacobian.
    pub evaluation: Evaluation,
    /// The loss there.
    pub loss: f64,
    /// Trial steps made.
    pub iterations: usize,
    /// Why it ended.
    pub stop: Stop,
}

/// Minimises the loss from `start`; `limits` are lower and upper bounds, `[k]`, with the start between them. `progress` is called after
/// every trial with its number and the least loss so far. Fails where the model cannot be evaluated at the start.
pub fn minimise(
    model: &mut dyn Residuals,
    charge: Charge<'_>,
    limits: &[(f64, f64)],
    start: &[f64],
    settings: &Settings,
    progress: &mut dyn FnMut(usize, f64),
) -> Result<Outcome, Failure> {
    let mut problem = Problem::new(model, charge, limits);
    let mut point = problem.point(start.to_vec()).map_err(Failure::at_start)?;
    let (stop, iterations) = problem.descend(&mut point, settings, progress);
    let stop = match stop {
        Stop::Stationary(_) => Stop::Stationary(problem.polish(&mut point)),
        Stop::Reduction(_) => problem.judge(&mut point),
        other => other,
    };
    let unique = || undetermined(&point.evaluation, charge, &point.free, limits).is_empty();
    let stop = if stop == Stop::NothingFree || !stop.converged() || unique() {
        stop
    } else {
        Stop::Undetermined(Box::new(stop))
    };
    Ok(Outcome { free: point.free, evaluation: point.evaluation, loss: point.loss, iterations, stop })
}

impl Problem<'_> {
    fn descend(
        &mut self,
        point: &mut Point,
        settings: &Settings,
        progress: &mut dyn FnMut(usize, f64),
    ) -> (Stop, usize) {
        if point.free.is_empty() {
            return (Stop::NothingFree, 0);
        }
        let mut scale = vec![0.0; point.free.len()];
        let mut radius = None;
        let mut refused: Option<String> = None;
        let mut iterations = 0;
        // After a rejection the next trial may well be rejected too: its Jacobian is then asked for only once it is accepted.
        let mut hopeful = true;
        loop {
            let moving = self.moving(point);
            let offset = point.reduced.offset(&moving);
            if point.reduced.norm <= f64::EPSILON * self.target {
                return (Stop::Exact, iterations);
            }
            if offset <= settings.offset {
                return (Stop::Stationary(offset), iterations);
            }
            grow(&mut scale, &point.reduced);
            let reach = scaled_norm(&point.free, &scale).max(point.reduced.norm);
            let mut bound: f64 = *radius.get_or_insert(FIRST_RADIUS * reach);
            let noise = self.noise(point, settings.reduction);
            let mut kinked = false;
            // Trials from this point, until one is kept.
            loop {
                if bound <= settings.step * reach {
                    let stop = match refused {
                        Some(failure) => Stop::Domain(failure),
                        None if kinked => Stop::Kink(offset),
                        None => Stop::Reduction(offset),
                    };
                    return (stop, iterations);
                }
                if iterations == settings.iterations {
                    return (Stop::Iterations(offset), iterations);
                }
                iterations += 1;
                let step = point.reduced.step(&moving, &scale, bound, &self.room(&point.free));
                let delta = self.bent(point, &step, &moving, &scale);
                let free = self.moved(&point.free, &delta);
                if iterations == 1 {
                    bound = bound.min(step.length);
                }
                if !step.length.is_finite() || step.predicted <= 0.0 {
                    bound = 0.25 * bound.min(if step.length.is_finite() { step.length } else { bound });
                    continue;
                }
                let trial = if hopeful { self.point(free).map(Trial::Full) } else { self.value(free) };
                let (loss, failure) = match &trial {
                    Ok(trial) => (trial.loss(), None),
                    Err(failure) => (f64::INFINITY, Some(failure.reason.clone())),
                };
                let actual = point.loss - loss;
                let ratio = actual / step.predicted;
                kinked &= failure.is_none();
                refused = failure;
                if ratio < 0.25 {
                    bound = shrink(ratio) * bound.min(10.0 * step.length);
                } else if step.damping == 0.0 || ratio >= 0.75 {
                    bound = 2.0 * step.length;
                }
                let settled = actual.abs().max(step.predicted) <= noise;
                kinked |= step.length <= KINK_STEP * reach && actual < -KINK_RISE * noise;
                let kept = match trial {
                    Ok(trial) if ratio >= ACCEPT => self.complete(trial),
                    _ => Ok(None),
                };
                match kept {
                    Ok(Some(next)) => {
                        *point = next;
                        hopeful = true;
                        progress(iterations, point.loss);
                        // A short step in a region still growing says nothing about longer ones.
                        if settled && step.damping == 0.0 {
                            return (Stop::Reduction(offset), iterations);
                        }
                        radius = Some(bound);
                        break;
                    }
                    Ok(None) => hopeful = false,
                    Err(failure) => {
                        // The value is fine but a derivative is not: as good as outside the domain.
                        refused = Some(failure.reason);
                        bound = 0.25 * bound.min(step.length);
                        hopeful = false;
                    }
                }
                progress(iterations, point.loss);
                if settled && loss.is_finite() {
                    return (Stop::Reduction(offset), iterations);
                }
            }
        }
    }

    /// The step with half the acceleration of the geodesic it starts on (Transtrum and Sethna, *Improvements to the Levenberg–Marquardt
    /// algorithm*, 2012), for one more evaluation: it follows a curved valley where a straight step would have to be short. Undamped steps,
    /// steps at a bound and accelerations too large to be a correction stay as they are.
    fn bent(&mut self, point: &Point, step: &Step, moving: &[usize], scale: &[f64]) -> Vec<f64> {
        let straight = || step.delta.clone();
        if step.damping == 0.0 || step.clipped || !step.length.is_finite() {
            return straight();
        }
        let along: Vec<f64> = step.delta.iter().map(|change| PROBE * change).collect();
        let Ok(probe) = self.model.evaluate(&self.moved(&point.free, &along), false) else {
            return straight();
        };
        let k = point.free.len();
        let rows = Rows { charge: self.charge, values: &point.evaluation.values };
        let mut g = vec![0.0; k];
        for (row, derivatives) in point.evaluation.jacobian.chunks_exact(k).enumerate() {
            let slope: f64 = derivatives.iter().zip(&step.delta).map(|(d, change)| d * change).sum();
            let values = (probe.values[row], point.evaluation.values[row]);
            let second = 2.0 / PROBE * ((values.0 - values.1) / PROBE - slope);
            let weight = rows.weighted(row).0;
            for (slot, derivative) in g.iter_mut().zip(derivatives) {
                *slot += weight * weight * second * derivative;
            }
        }
        let acceleration = point.reduced.damped(moving, scale, step.damping, &g);
        let length = scaled_norm(&acceleration, scale);
        if 2.0 * length <= BEND * step.length {
            step.delta.iter().zip(&acceleration).map(|(v, a)| v + 0.5 * a).collect()
        } else {
            straight()
        }
    }

    /// Undamped steps judged by the gradient alone: near a minimum the loss is flat to rounding long before the parameters are right.
    /// Returns the relative offset left.
    fn polish(&mut self, point: &mut Point) -> f64 {
        let mut offset = point.reduced.offset(&self.moving(point));
        for _ in 0..20 {
            let moving = self.moving(point);
            let mut scale = vec![0.0; point.free.len()];
            grow(&mut scale, &point.reduced);
            let step = point.reduced.step(&moving, &scale, f64::MAX, &self.room(&point.free));
            let free = self.moved(&point.free, &step.delta);
            // Far from a minimum, or with a singular Jacobian, an undamped step is no correction.
            if offset > POLISHED || free == point.free || !step.length.is_finite() {
                break;
            }
            match self.point(free) {
                Ok(next) if next.loss <= point.loss + self.noise(point, 1e-13) => {
                    let after = next.reduced.offset(&self.moving(&next));
                    if after > 0.9 * offset {
                        break;
                    }
                    offset = after;
                    *point = next;
                }
                _ => break,
            }
        }
        offset
    }

    /// Whether a point whose loss cannot be reduced is a minimum: its gradient must be zero, to what the rounding of the residuals leaves.
    fn judge(&mut self, point: &mut Point) -> Stop {
        let offset = self.polish(point);
        let rounding = 10.0 * (f64::EPSILON * self.target / point.reduced.norm).sqrt();
        if offset <= rounding.max(STATIONARY) { Stop::Reduction(offset) } else { Stop::Stalled(offset) }
    }
}

/// How much smaller the region becomes after a poor step: to the minimum of the parabola through the loss and slope at the point and the
/// loss at the trial, for an undamped step.
fn shrink(ratio: f64) -> f64 {
    if ratio.is_finite() { (1.0 / (2.0 - ratio)).clamp(0.1, 0.5) } else { 0.1 }
}

/// Moré's scale: the largest column norm seen so far, 1 while a parameter has had no effect.
fn grow(scale: &mut [f64], reduced: &Reduced) {
    for (own, norm) in scale.iter_mut().zip(reduced.column_norms()) {
        *own = own.max(norm);
        if *own == 0.0 {
            *own = 1.0;
        }
    }
}

fn scaled_norm(values: &[f64], scale: &[f64]) -> f64 {
    let squares = values.iter().zip(scale).map(|(value, scale)| (value * scale).powi(2));
    squares.sum::<f64>().sqrt()
}
