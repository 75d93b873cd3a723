//! L-BFGS: the least value of a loss that is no sum of squares, from one start, with bounds, in f64.
//!
//! In: an [`Objective`], bounds, each parameter's size, a start. Out: an [`End`]: the best point, loss and gradient there, and why the search
//! went no further. The method is Liu and Nocedal's (*On the limited memory BFGS method for large scale optimization*, 1989) in
//! parameters over their sizes, so that their units do not matter, with the line search of `wolfe.rs`.
//!
//! What always holds: the loss never rises beyond its rounding; every accepted point has a finite loss and gradient and lies within the
//! bounds. Bounds are kept as in [`super::lm`]: a step ends at the first bound it meets, a parameter pushed against its bound
//! stays there, and takes part again as soon as the gradient points inside. Deliberately absent: second derivatives; [`super::minimum`] has
//! the last word on whether the end is a minimum.

use std::collections::VecDeque;

use super::objective::{Objective, Slope};
use super::residuals::Failure;
use super::wolfe::{self, Found};

/// Steps and changes of the gradient that are remembered.
const MEMORY: usize = 20;
/// The first step moves the parameter that moves most by this share of its size.
const FIRST: f64 = 0.1;
/// Of the loss: what counts as its rounding.
const ROUNDING: f64 = 4.0 * f64::EPSILON;
/// A gradient at most this share of the loss, for parameters of size 1, is zero.
const LEVEL: f64 = 1e-14;
/// After so many steps in turn that lower the loss by its rounding at most, it counts as not to be reduced further.
const FLAT: usize = 3;
/// Steps at most this long, in sizes, that raise the loss by this many times its rounding show a kink where the slope does not vanish
/// with them: of two whose lengths have the one ratio, the slopes have more than the other.
const KINK_STEP: f64 = 1e-6;
const KINK_RISE: f64 = 1e3;
const KINK_SHORTER: f64 = 1e-2;
const KINK_SLOPE: f64 = 0.5;

/// Why a search went no further.
#[derive(Clone, Debug, PartialEq)]
pub enum Halt {
    /// The gradient is zero to rounding.
    Level,
    /// The loss cannot be reduced further in f64.
    Reduction,
    /// Every step, however short, raises the loss by far more than its rounding.
    Kink,
    /// No further step inside the loss's domain; with the failure next to it.
    Domain(String),
    /// The iterations are used up.
    Iterations,
}

/// Where a search ended.
#[derive(Clone, Debug)]
pub struct End {
    /// The free parameters, `[k]`.
    pub free: Vec<f64>,
    /// Loss and gradient there.
    pub slope: Slope,
    /// Steps made.
    pub iterations: usize,
    /// Why no more.
    pub halt: Halt,
}

/// Where a parameter may be, and how large it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Lower and upper bound.
    pub limits: (f64, f64),
    /// The unit in which its steps are measured; positive.
    pub size: f64,
}

impl Range {
    /// Does a bound hold the parameter here, against a loss of this slope?
    pub fn holds(&self, value: f64, slope: f64) -> bool {
        let (lower, upper) = self.limits;
        (value <= lower && slope >= 0.0) || (value >= upper && slope <= 0.0)
    }
}

/// Descends from `start` in at most so many steps. `progress` is called after every step with its number and the loss.
///
/// # Errors
/// The loss cannot be evaluated at the start.
pub fn descend(
    objective: &mut dyn Objective,
    ranges: &[Range],
    start: &[f64],
    iterations: usize,
    progress: &mut dyn FnMut(usize, f64),
) -> Result<End, Failure> {
    let slope = objective.slope(start).map_err(Failure::at_start)?;
    let mut search = Search { objective, ranges, free: start.to_vec(), slope, memory: VecDeque::new(), refused: None };
    let (mut made, mut flat) = (0, 0);
    let halt = loop {
        let moving = search.moving();
        let noise = ROUNDING * search.slope.loss.abs();
        if search.steepness(&moving) <= LEVEL * search.slope.loss.abs() {
            break Halt::Level;
        }
        if made == iterations {
            break Halt::Iterations;
        }
        let before = search.slope.loss;
        match search.step(&moving, noise) {
            Ok(()) => {}
            // What is remembered may be what misleads.
            Err(_) if !search.memory.is_empty() => {
                search.memory.clear();
                continue;
            }
            Err(halt) => break halt,
        }
        made += 1;
        progress(made, search.slope.loss);
        flat = if before - search.slope.loss <= noise { flat + 1 } else { 0 };
        if flat == FLAT {
            break search.stuck();
        }
    };
    Ok(End { free: search.free, slope: search.slope, iterations: made, halt })
}

/// A step and the change of the gradient along it, in sizes.
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
}

struct Search<'a> {
    objective: &'a mut dyn Objective,
    ranges: &'a [Range],
    free: Vec<f64>,
    slope: Slope,
    memory: VecDeque<Pair>,
    /// Why the last step was no longer, where the domain's edge is why.
    refused: Option<String>,
}

impl Search<'_> {
    /// Which parameters may move.
    fn moving(&self) -> Vec<bool> {
        let parts = self.ranges.iter().zip(&self.free).zip(&self.slope.gradient);
        parts.map(|((range, &value), &slope)| !range.holds(value, slope)).collect()
    }

    /// The gradient in sizes.
    fn scaled(&self) -> Vec<f64> {
        self.slope.gradient.iter().zip(self.ranges).map(|(slope, range)| slope * range.size).collect()
    }

    /// The greatest entry of the gradient in sizes.
    fn steepness(&self, moving: &[bool]) -> f64 {
        let entries = self.scaled().into_iter().zip(moving);
        entries.filter(|(_, moves)| **moves).fold(0.0, |most, (slope, _)| slope.abs().max(most))
    }

    /// What it means that no step lowers the loss.
    fn stuck(&self) -> Halt {
        self.refused.clone().map_or(Halt::Reduction, Halt::Domain)
    }

    /// One step of the line search.
    fn step(&mut self, moving: &[bool], noise: f64) -> Result<(), Halt> {
        let gradient = self.scaled();
        let (direction, is_new) = self.direction(&gradient, moving);
        let slope = dot(&direction, &gradient);
        // How far to the first bound.
        let mut longest = f64::INFINITY;
        for ((along, range), value) in direction.iter().zip(self.ranges).zip(&self.free) {
            let (lower, upper) = range.limits;
            let room = if *along > 0.0 { upper - value } else { value - lower };
            if *along != 0.0 {
                longest = longest.min(room / (along.abs() * range.size));
            }
        }
        let reach = most(&direction);
        let first = if is_new { FIRST / reach } else { 1.0 };
        let (free, ranges) = (self.free.clone(), self.ranges);
        let to = |step: f64| -> Vec<f64> {
            let each = |((value, along), range): ((&f64, &f64), &Range)| {
                let (lower, upper) = range.limits;
                let room = if *along > 0.0 { upper - value } else { value - lower };
                // The bound itself, not what rounding makes of it.
                let is_there = *along != 0.0 && step >= room / (along.abs() * range.size);
                match (is_there, *along > 0.0) {
                    (true, true) => upper,
                    (true, false) => lower,
                    (false, _) => (value + step * along * range.size).clamp(lower, upper),
                }
            };
            free.iter().zip(&direction).zip(ranges).map(each).collect()
        };
        let mut seen: Option<(f64, Slope)> = None;
        let (mut refused, mut rises) = (None, Vec::new());
        let here = self.slope.loss;
        let objective = &mut *self.objective;
        let mut at = |step: f64| match objective.slope(&to(step)) {
            Ok(found) => {
                let along = found.gradient.iter().zip(ranges).zip(&direction);
                let along: f64 = along.map(|((slope, range), along)| slope * range.size * along).sum();
                let loss = found.loss;
                if step * reach <= KINK_STEP && loss - here > KINK_RISE * noise {
                    rises.push((step, along));
                }
                seen = Some((step, found));
                Some((loss, along))
            }
            Err(failure) => {
                refused = Some(failure.reason);
                None
            }
        };
        let place = match wolfe::search(&mut at, (self.slope.loss, slope), (first, longest), noise) {
            Found::Step { place, again } => {
                if again {
                    at(place.step);
                }
                place
            }
            Found::None { is_inside: false } => {
                self.refused = refused;
                return Err(self.stuck());
            }
            Found::None { is_inside: true } => {
                return Err(if is_kinked(&rises) { Halt::Kink } else { Halt::Reduction });
            }
        };
        self.refused = refused;
        let Some((step, next)) = seen.filter(|(step, _)| *step == place.step) else { return Err(self.stuck()) };
        let free = to(step);
        if free == self.free {
            return Err(if is_kinked(&rises) { Halt::Kink } else { self.stuck() });
        }
        let moved = self.free.iter().zip(&free).zip(self.ranges).map(|((from, to), range)| (to - from) / range.size);
        let moved: Vec<f64> = moved.collect();
        (self.free, self.slope) = (free, next);
        let change: Vec<f64> = self.scaled().iter().zip(&gradient).map(|(now, then)| now - then).collect();
        if dot(&moved, &change) > f64::EPSILON * dot(&change, &change) {
            if self.memory.len() == MEMORY {
                self.memory.pop_front();
            }
            self.memory.push_back(Pair { step: moved, change });
        }
        Ok(())
    }

    /// A descent direction in sizes that no bound stops at once, and whether it is nothing but the gradient's.
    fn direction(&self, gradient: &[f64], moving: &[bool]) -> (Vec<f64>, bool) {
        let mut moving = moving.to_vec();
        loop {
            let direction = self.two_loops(gradient, &moving);
            let mut leaves = false;
            for (((along, range), value), moves) in direction.iter().zip(self.ranges).zip(&self.free).zip(&mut moving) {
                let (lower, upper) = range.limits;
                if (*value <= lower && *along < 0.0) || (*value >= upper && *along > 0.0) {
                    *moves = false;
                    leaves = true;
                }
            }
            let is_descent =
                dot(&direction, gradient) < -1e-12 * (dot(&direction, &direction) * dot(gradient, gradient)).sqrt();
            match (leaves, is_descent) {
                (false, true) => return (direction, self.memory.is_empty()),
                (true, _) if moving.contains(&true) => {}
                _ => break,
            }
        }
        let held = |(index, slope): (usize, &f64)| match self.ranges[index].holds(self.free[index], *slope) {
            true => 0.0,
            false => -slope,
        };
        (gradient.iter().enumerate().map(held).collect(), true)
    }

    /// The quasi-Newton direction of the parameters that move: Nocedal and Wright's algorithm 7.4.
    fn two_loops(&self, gradient: &[f64], moving: &[bool]) -> Vec<f64> {
        let only = |values: &[f64]| -> Vec<f64> {
            values.iter().zip(moving).map(|(value, moves)| if *moves { *value } else { 0.0 }).collect()
        };
        let mut direction: Vec<f64> = only(gradient).into_iter().map(|slope| -slope).collect();
        let pairs = self.memory.iter().map(|pair| (only(&pair.step), only(&pair.change)));
        let pairs: Vec<(Vec<f64>, Vec<f64>)> =
            pairs.filter(|(step, change)| dot(step, change) > f64::EPSILON * dot(change, change)).collect();
        let mut shares = Vec::with_capacity(pairs.len());
        for (step, change) in pairs.iter().rev() {
            let share = dot(step, &direction) / dot(step, change);
            direction.iter_mut().zip(change).for_each(|(along, change)| *along -= share * change);
            shares.push(share);
        }
        if let Some((step, change)) = pairs.last() {
            let scale = dot(step, change) / dot(change, change);
            direction.iter_mut().for_each(|along| *along *= scale);
        }
        for ((step, change), share) in pairs.iter().zip(shares.into_iter().rev()) {
            let back = dot(change, &direction) / dot(step, change);
            direction.iter_mut().zip(step).for_each(|(along, step)| *along += (share - back) * step);
        }
        direction
    }
}

/// Do steps and slopes where the loss rises show a kink?
fn is_kinked(rises: &[(f64, f64)]) -> bool {
    let shows = |&(long, steep): &(f64, f64)| {
        rises.iter().any(|&(short, slope)| short <= KINK_SHORTER * long && steep > 0.0 && slope >= KINK_SLOPE * steep)
    };
    rises.iter().any(shows)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The greatest magnitude.
fn most(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |most, value| value.abs().max(most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::objective::Loss;

    fn rosenbrock(p: &[f64]) -> (f64, Vec<f64>) {
        let (a, b) = (1.0 - p[0], p[1] - p[0] * p[0]);
        (a * a + 100.0 * b * b, vec![-2.0 * a - 400.0 * p[0] * b, 200.0 * b])
    }

    const OPEN: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

    fn run(loss: impl FnMut(&[f64]) -> (f64, Vec<f64>), limits: &[(f64, f64)], start: &[f64]) -> End {
        let ranges: Vec<Range> = limits.iter().map(|&limits| Range { limits, size: 1.0 }).collect();
        descend(&mut Loss(loss), &ranges, start, 500, &mut |_, _| ()).unwrap()
    }

    #[test]
    fn a_curved_valley_is_followed_to_its_end() {
        let end = run(rosenbrock, &[OPEN; 2], &[-1.2, 1.0]);
        assert!((end.free[0] - 1.0).abs() < 1e-10 && (end.free[1] - 1.0).abs() < 1e-10, "{end:?}");
        assert!(end.iterations < 60, "{}", end.iterations);
    }

    #[test]
    fn units_do_not_matter() {
        // The same valley in parameters a thousand times larger and smaller; powers of two, so that not even rounding differs.
        let (large, small) = (1024.0, 1.0 / 1024.0);
        let ranges = [Range { limits: OPEN, size: large }, Range { limits: OPEN, size: small }];
        let mut other = Loss(|p: &[f64]| {
            let (loss, slope) = rosenbrock(&[p[0] / large, p[1] / small]);
            (loss, vec![slope[0] / large, slope[1] / small])
        });
        let end = descend(&mut other, &ranges, &[-1.2 * large, small], 500, &mut |_, _| ()).unwrap();
        let same = run(rosenbrock, &[OPEN; 2], &[-1.2, 1.0]);
        assert_eq!(
            (end.free[0] / large, end.free[1] / small, end.iterations),
            (same.free[0], same.free[1], same.iterations)
        );
    }

    #[test]
    fn bounds_hold_exactly_and_let_go() {
        // The least value with p₀ ≤ 1/2 lies at (1/2, 1/4).
        let end = run(rosenbrock, &[(-2.0, 0.5), OPEN], &[-1.2, 1.0]);
        assert_eq!(end.free[0], 0.5);
        assert!((end.free[1] - 0.25).abs() < 1e-9, "{end:?}");
        // A start on a bound that the gradient leaves.
        let end = run(rosenbrock, &[(-1.2, 9.0), (-0.5, 9.0)], &[-1.2, -0.5]);
        assert!((end.free[0] - 1.0).abs() < 1e-8, "{end:?}");
        // Both held: the corner.
        let end = run(|p| (p[0] + p[1], vec![1.0, 1.0]), &[(0.0, 4.0), (1.0, 4.0)], &[3.0, 3.0]);
        assert_eq!((end.free, end.halt), (vec![0.0, 1.0], Halt::Level));
    }

    #[test]
    fn it_says_why_it_stops() {
        let end = run(|p| (p[0].abs(), vec![p[0].signum()]), &[OPEN], &[0.3]);
        assert!(end.halt == Halt::Kink && end.free[0].abs() < 1e-6, "{end:?}");
        let end = run(|p| if p[0] < 2.0 { (-p[0], vec![-1.0]) } else { (f64::NAN, vec![0.0]) }, &[OPEN], &[0.3]);
        assert!(end.halt == Halt::Domain("the loss is NaN".to_owned()) && (end.free[0] - 2.0).abs() < 1e-6, "{end:?}");
        let ranges = [Range { limits: OPEN, size: 1.0 }; 2];
        let end = descend(&mut Loss(rosenbrock), &ranges, &[-1.2, 1.0], 3, &mut |_, _| ()).unwrap();
        assert_eq!((end.halt, end.iterations), (Halt::Iterations, 3));
        let failure =
            descend(&mut Loss(|_: &[f64]| (f64::INFINITY, vec![0.0; 2])), &ranges, &[0.0; 2], 3, &mut |_, _| ());
        assert_eq!(failure.unwrap_err().reason, "at the start: the loss is inf");
    }
}
