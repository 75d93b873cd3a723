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

use std::fmt;

use super::linear::{Reduced, Step, reduce};
use super::residuals::{Charge, Evaluation, Failure, Residuals};

/// A step longer than this share of what the model predicts is kept.
const ACCEPT: f64 = 1e-4;
/// The first region, as a multiple of the scaled start.
const FIRST_RADIUS: f64 = 100.0;
/// The least share of its first-order weight that a row keeps in a robust loss's curvature, which can be zero or negative.
const LEAST_CURVATURE: f64 = 0.1;

/// Where along a step its curvature is measured, as a share of the step.
const PROBE: f64 = 0.1;
/// The longest acceleration that counts as a correction, as a share of the step.
const BEND: f64 = 0.75;

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// At most this many trial steps.
    pub iterations: usize,
    /// Stop when the residuals' share along the Jacobian's columns is at most this.
    pub offset: f64,
    /// Stop when the region is at most this multiple of the scaled parameters.
    pub step: f64,
    /// Stop when predicted and actual reduction are at most this share of the loss.
    pub reduction: f64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            iterations: 500,
            offset: 1e-10,
            step: 1e-12,
            reduction: 1e-15,
        }
    }
}

/// Why a search ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// Nothing to search: every parameter is fixed.
    NothingFree,
    /// The model meets the observations to rounding.
    Exact,
    /// The residuals have no part along any parameter's derivative; with the relative offset.
    Stationary(f64),
    /// Neither the step taken nor any like it changes the loss any more.
    Reduction,
    /// The steps have become negligible; with the relative offset left.
    Step(f64),
    /// No further step inside the model's domain; with the failure next to it.
    Domain(String),
    /// The iterations are used up; with the relative offset left.
    Iterations(f64),
}

impl Stop {
    /// Whether the point is a minimum as far as arithmetic can tell.
    pub fn converged(&self) -> bool {
        !matches!(self, Stop::Domain(_) | Stop::Iterations(_))
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::NothingFree => f.write_str("every parameter is fixed"),
            Stop::Exact => f.write_str("the residuals are zero to rounding"),
            Stop::Stationary(offset) => {
                write!(f, "the gradient is zero: relative offset {offset:.1e}")
            }
            Stop::Reduction => f.write_str("the loss cannot be reduced further in f64"),
            Stop::Step(offset) if *offset < 1e-3 => {
                write!(
                    f,
                    "the steps have become negligible: relative offset {offset:.1e}"
                )
            }
            Stop::Step(offset) => write!(
                f,
                "no step, however short, reduces the loss, although its gradient is not zero (relative offset {offset:.1e}): \
                 a kink or a jump of the model"
            ),
            Stop::Domain(failure) => {
                write!(
                    f,
                    "the search ran against the edge of the model's domain: {failure}"
                )
            }
            Stop::Iterations(offset) => {
                write!(
                    f,
                    "the iterations are used up: relative offset {offset:.1e}"
                )
            }
        }
    }
}

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

/// A point where everything is known and finite.
struct Point {
    free: Vec<f64>,
    evaluation: Evaluation,
    loss: f64,
    reduced: Reduced,
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
    let observations = charge.observations;
    let squares = (0..observations.len())
        .map(|i| (observations.target[i] * observations.inverse_sigma(i)).powi(2));
    let target = squares.sum::<f64>().sqrt();
    let mut search = Search {
        model,
        charge,
        limits,
        target,
    };
    let mut point = search.point(start.to_vec()).map_err(|failure| Failure {
        reason: format!("at the start: {}", failure.reason),
    })?;
    let (stop, iterations) = search.descend(&mut point, settings, progress);
    if matches!(stop, Stop::Stationary(_) | Stop::Reduction | Stop::Step(_)) {
        search.polish(&mut point);
    }
    Ok(Outcome {
        free: point.free,
        evaluation: point.evaluation,
        loss: point.loss,
        iterations,
        stop,
    })
}

struct Search<'a> {
    model: &'a mut dyn Residuals,
    charge: Charge<'a>,
    limits: &'a [(f64, f64)],
    /// ‖target/σ‖: what rounding in a residual is measured against.
    target: f64,
}

impl Search<'_> {
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
            // Trials from this point, until one is kept.
            loop {
                if bound <= settings.step * reach {
                    let stop = refused.map_or(Stop::Step(offset), Stop::Domain);
                    return (stop, iterations);
                }
                if iterations == settings.iterations {
                    return (Stop::Iterations(offset), iterations);
                }
                iterations += 1;
                let step = point
                    .reduced
                    .step(&moving, &scale, bound, &self.room(&point.free));
                let delta = self.bent(point, &step, &moving, &scale);
                let free = self.moved(&point.free, &delta);
                if iterations == 1 {
                    bound = bound.min(step.length);
                }
                if !step.length.is_finite() || step.predicted <= 0.0 {
                    bound = 0.25
                        * bound.min(if step.length.is_finite() {
                            step.length
                        } else {
                            bound
                        });
                    continue;
                }
                let trial = if hopeful {
                    self.point(free).map(Trial::Full)
                } else {
                    self.value(free)
                };
                let (loss, failure) = match &trial {
                    Ok(trial) => (trial.loss(), None),
                    Err(failure) => (f64::INFINITY, Some(failure.reason.clone())),
                };
                let actual = point.loss - loss;
                let ratio = actual / step.predicted;
                refused = failure;
                if ratio < 0.25 {
                    bound = shrink(ratio) * bound.min(10.0 * step.length);
                } else if step.damping == 0.0 || ratio >= 0.75 {
                    bound = 2.0 * step.length;
                }
                let settled =
                    actual.abs().max(step.predicted) <= self.noise(point, settings.reduction);
                let kept = match trial {
                    Ok(trial) if ratio >= ACCEPT => self.complete(trial),
                    _ => Ok(None),
                };
                match kept {
                    Ok(Some(next)) => {
                        *point = next;
                        hopeful = true;
                        progress(iterations, point.loss);
                        if settled {
                            return (Stop::Reduction, iterations);
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
                    return (Stop::Reduction, iterations);
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
        let rows = Rows {
            charge: self.charge,
            values: &point.evaluation.values,
        };
        let mut g = vec![0.0; k];
        for (row, derivatives) in point.evaluation.jacobian.chunks_exact(k).enumerate() {
            let slope: f64 = derivatives
                .iter()
                .zip(&step.delta)
                .map(|(d, change)| d * change)
                .sum();
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
            step.delta
                .iter()
                .zip(&acceleration)
                .map(|(v, a)| v + 0.5 * a)
                .collect()
        } else {
            straight()
        }
    }

    /// Undamped steps judged by the gradient alone: near a minimum the loss is flat to rounding long before the parameters are right.
    fn polish(&mut self, point: &mut Point) {
        for _ in 0..20 {
            let moving = self.moving(point);
            let offset = point.reduced.offset(&moving);
            let mut scale = vec![0.0; point.free.len()];
            grow(&mut scale, &point.reduced);
            let step = point
                .reduced
                .step(&moving, &scale, f64::MAX, &self.room(&point.free));
            let free = self.moved(&point.free, &step.delta);
            // A step this long is no correction: the point is not near a minimum, or the Jacobian is singular.
            if offset > 1e-4 || free == point.free || !step.length.is_finite() {
                return;
            }
            match self.point(free) {
                Ok(next) if next.loss <= point.loss + self.noise(point, 1e-13) => {
                    let after = next.reduced.offset(&self.moving(&next));
                    if after > 0.9 * offset {
                        return;
                    }
                    *point = next;
                }
                _ => return,
            }
        }
    }

    /// Changes of the loss below this are rounding: its own, a share of it, and that of the residuals it comes from.
    fn noise(&self, point: &Point, share: f64) -> f64 {
        share * point.loss + 2.0 * f64::EPSILON * self.target * point.reduced.norm
    }

    /// Evaluates everything at a point; fails where anything is not finite.
    fn point(&mut self, free: Vec<f64>) -> Result<Point, Failure> {
        let evaluation = self.model.evaluate(&free, true)?;
        let loss = self.loss(&evaluation)?;
        let k = free.len();
        let rows = Rows {
            charge: self.charge,
            values: &evaluation.values,
        };
        let reduced = reduce(self.charge.observations.len(), k, |row, out| {
            let (weight, residual) = rows.weighted(row);
            for (slot, derivative) in out.iter_mut().zip(&evaluation.jacobian[row * k..]).take(k) {
                *slot = weight * derivative;
            }
            out[k] = residual;
        });
        if !reduced.is_finite() {
            let index = evaluation
                .jacobian
                .iter()
                .position(|entry| !entry.is_finite());
            return Err(Failure {
                reason: match index {
                    Some(index) => format!(
                        "a derivative in row {} is {}",
                        index / k / self.charge.observations.outputs + 1,
                        evaluation.jacobian[index]
                    ),
                    None => "the derivatives are too large to be squared".to_owned(),
                },
            });
        }
        Ok(Point {
            free,
            evaluation,
            loss,
            reduced,
        })
    }

    fn value(&mut self, free: Vec<f64>) -> Result<Trial, Failure> {
        let evaluation = self.model.evaluate(&free, false)?;
        let loss = self.loss(&evaluation)?;
        Ok(Trial::Value { free, loss })
    }

    /// The whole point of an accepted trial.
    fn complete(&mut self, trial: Trial) -> Result<Option<Point>, Failure> {
        match trial {
            Trial::Full(point) => Ok(Some(point)),
            Trial::Value { free, .. } => self.point(free).map(Some),
        }
    }

    fn loss(&self, evaluation: &Evaluation) -> Result<f64, Failure> {
        if let Some(reason) = self.charge.unusable(&evaluation.values) {
            return Err(Failure { reason });
        }
        let loss = self.charge.total(&evaluation.values);
        if loss.is_finite() {
            Ok(loss)
        } else {
            Err(Failure {
                reason: "the residuals are too large to be squared".to_owned(),
            })
        }
    }

    /// The parameters that may move: all but those at a bound whose gradient pushes outside.
    fn moving(&self, point: &Point) -> Vec<usize> {
        let gradient = point.reduced.gradient();
        (0..point.free.len())
            .filter(|&j| {
                let (lower, upper) = self.limits[j];
                !(point.free[j] <= lower && gradient[j] >= 0.0)
                    && !(point.free[j] >= upper && gradient[j] <= 0.0)
            })
            .collect()
    }

    /// How far each parameter may go down and up.
    fn room(&self, free: &[f64]) -> Vec<(f64, f64)> {
        let pairs = free.iter().zip(self.limits);
        pairs
            .map(|(value, (lower, upper))| (lower - value, upper - value))
            .collect()
    }

    fn moved(&self, free: &[f64], delta: &[f64]) -> Vec<f64> {
        let pairs = free.iter().zip(delta).zip(self.limits);
        pairs
            .map(|((value, change), (lower, upper))| (value + change).clamp(*lower, *upper))
            .collect()
    }
}

/// The rows of the problem at one point.
struct Rows<'a> {
    charge: Charge<'a>,
    values: &'a [f64],
}

impl Rows<'_> {
    /// A row's weight in the Jacobian, and its weighted residual. Gauss–Newton on a robust loss keeps ρ′ + 2ρ″z of the curvature (Triggs and
    /// others, *Bundle adjustment – a modern synthesis*, 2000).
    fn weighted(&self, row: usize) -> (f64, f64) {
        let (residual, slope, curvature) = self.charge.parts(self.values, row);
        let stiffness = (slope + 2.0 * curvature)
            .max(LEAST_CURVATURE * slope)
            .sqrt();
        (
            stiffness * self.charge.observations.inverse_sigma(row),
            residual * slope / stiffness,
        )
    }
}

/// A trial step's result: with or without its Jacobian.
enum Trial {
    Full(Point),
    Value { free: Vec<f64>, loss: f64 },
}

impl Trial {
    fn loss(&self) -> f64 {
        match self {
            Trial::Full(point) => point.loss,
            Trial::Value { loss, .. } => *loss,
        }
    }
}

/// How much smaller the region becomes after a poor step: to the minimum of the parabola through the loss and slope at the point and the
/// loss at the trial, for an undamped step.
fn shrink(ratio: f64) -> f64 {
    if ratio.is_finite() {
        (1.0 / (2.0 - ratio)).clamp(0.1, 0.5)
    } else {
        0.1
    }
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
    let squares = values
        .iter()
        .zip(scale)
        .map(|(value, scale)| (value * scale).powi(2));
    squares.sum::<f64>().sqrt()
}
