//! Adam over many starts at once: one evaluation of all of them a step, as a batch of lanes is good at.
//!
//! In: a [`Population`] (the model at many points at a time), free parameters, a seed, a number of starts, [`Settings`]. Out: an [`End`] for
//! each start: its best point, the loss there and why it went no further. The method is Kingma and Ba's (*Adam: a method for stochastic
//! optimization*, 2015) with their moments' decay; its formulas are [`crate::descent::adam`]'s. Its ends are near a minimum, not at one: [`super::fit_population`] has
//! Levenberg and Marquardt's method take them there, and only that says `converged`.
//!
//! What always holds: a start's way depends on its own losses and gradients alone, and the same seed gives the same ways; points,
//! moments and losses are f64 whatever the model computes in; every point lies within the bounds; a step allocates nothing and does
//! nothing by rows. Bounds are kept by projection, as in [`super::lm`]: a parameter that runs against its bound stays there, loses its
//! momentum, and moves again as soon as its gradient points inside.
//!
//! **How far a step goes.** A parameter moves by about the learning rate times its *size* a step at most, whatever the units of loss and
//! parameter: Adam divides by the gradient's own magnitude. [`size`] says what the size is: that of the given start, or half the width
//! of the bounds where none is given or they are narrower. A start of size 1 moves as in plain Adam.
//!
//! **When a start ends.** When neither its least nor its mean loss over 100 steps ([`PATIENCE`]) is a hundredth ([`LEVEL`]) below that over
//! the 100 before, or its loss is 0; when its steps are used up; or when its loss or a derivative is not finite: it is then frozen at the
//! best point before that and counts as failed. The mean counts because a start that swings across a valley meets a low loss by
//! chance long before its swings die away. A start that ended costs nothing more: the others are evaluated without it.
//! Deliberately absent: learning rates that change on the way, minibatches, convergence.

use crate::descent::adam::{self, Window};
pub use crate::descent::adam::{LEVEL, PATIENCE};

use super::FitError;
use super::multistart::{DRAWS, Progress, draw, first, logarithmic};
use super::residuals::Failure;
use super::spec::Parameter;

/// A model of many starts at once.
pub trait Population {
    /// The charged loss of every start and its gradient by the free parameters: `losses[start]`, `gradients[start * free + parameter]`, at
    /// `points[start * free + parameter]`. A start with a row that has no number gets loss NaN. There are as many starts as `losses`
    /// is long, never more than in the call before: the ones that ended are left out, and the others may stand in another order.
    fn evaluate(&mut self, points: &[f64], losses: &mut [f64], gradients: &mut [f64]) -> Result<(), Failure>;

    /// Who lets so many starts descend where the model is, if somebody can.
    ///
    /// # Errors
    /// The model cannot run at all.
    fn whole(&mut self, _starts: usize) -> Result<Option<&mut dyn Whole>, Failure> {
        Ok(None)
    }
}

/// Somebody who makes whole runs of all starts, with the meaning of this module but in less precision.
pub trait Whole {
    /// The charged losses alone, not finite where a row has no number; see [`Population::evaluate`]. False if it cannot after all.
    ///
    /// # Errors
    /// As [`descend`].
    fn losses(&mut self, free: &[&Parameter], points: &[f64], losses: &mut [f64]) -> Result<bool, Failure>;

    /// As [`descend`], but that `progress` is called when it suits. `None` if it cannot after all: nothing has happened then.
    ///
    /// # Errors
    /// As [`descend`].
    fn descend(
        &mut self,
        free: &[&Parameter],
        begins: &[f64],
        settings: &Settings,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Option<Vec<End>>, Failure>;
}

/// How Adam runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Steps per start at most.
    pub iterations: usize,
    /// How far a parameter moves in a step at most, about, in multiples of its [`size`].
    pub learning_rate: f64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { iterations: 1000, learning_rate: 0.05 }
    }
}

impl Settings {
    pub(super) fn is_usable(&self) -> bool {
        self.learning_rate > 0.0 && self.learning_rate.is_finite()
    }

    pub(super) fn refused(&self) -> FitError {
        FitError::Input(format!("the learning rate is {}: it must be positive", self.learning_rate))
    }
}

/// Why a start went no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// Its loss no longer fell.
    Level,
    /// The steps are used up.
    Steps,
    /// Its loss or a derivative was not finite.
    Failed,
}

/// Where a start ended.
#[derive(Clone, Debug, PartialEq)]
pub struct End {
    /// Its best point, `[k]`; where it began if it has none.
    pub free: Vec<f64>,
    /// The loss there; infinite where it was finite nowhere.
    pub loss: f64,
    /// Steps made.
    pub steps: usize,
    /// Why no more.
    pub halt: Halt,
}

/// The size of a parameter for a start that begins at `begin`; the learning rate is in multiples of it. It is `begin` itself where
/// positive bounds are three orders of magnitude apart, as [`draw`] takes them for logarithmic. Else it is the magnitude of the given
/// start; without one, or with one of 0, half the width of finite bounds, and without those the magnitude of the first start (1 for
/// 0). It is never more than half the width of finite bounds.
pub fn size(parameter: &Parameter, begin: f64) -> f64 {
    let (lower, upper) = parameter.limits();
    if logarithmic(lower, upper) {
        return begin;
    }
    let half = 0.5 * upper - 0.5 * lower;
    let size = match parameter.start {
        Some(start) if start != 0.0 => start.abs(),
        _ if half.is_finite() => half,
        _ => match first(parameter).abs() {
            0.0 => 1.0,
            size => size,
        },
    };
    size.min(half)
}

/// Where every start begins, `[start][k]`: the first as given, each further one at the best of [`DRAWS`] random points. All starts' draws
/// are evaluated together, so that this costs as much as [`DRAWS`] steps, and nothing with one start.
pub fn begins(
    population: &mut dyn Population,
    free: &[&Parameter],
    (seed, starts): (u64, usize),
) -> Result<Vec<f64>, Failure> {
    let k = free.len();
    let given = free.iter().map(|parameter| first(parameter));
    let mut best: Vec<f64> = given.cycle().take(starts * k).collect();
    if starts == 1 {
        return Ok(best);
    }
    let mut least = vec![f64::INFINITY; starts];
    let (mut points, mut losses, mut gradients) = (best.clone(), least.clone(), best.clone());
    for number in 0..DRAWS {
        for (start, point) in points.chunks_exact_mut(k).enumerate().skip(1) {
            for (index, (slot, parameter)) in point.iter_mut().zip(free).enumerate() {
                *slot = draw(parameter, index, seed, start, number);
            }
        }
        let is_done = match population.whole(starts)? {
            Some(whole) => whole.losses(free, &points, &mut losses)?,
            None => false,
        };
        if !is_done {
            population.evaluate(&points, &mut losses, &mut gradients).map_err(|failure| failure.after(0))?;
        }
        for start in 1..starts {
            // The first draw stands even where no draw is any good.
            if number == 0 || losses[start] < least[start] {
                least[start] = if losses[start].is_nan() { f64::INFINITY } else { losses[start] };
                let own = start * k..(start + 1) * k;
                best[own.clone()].copy_from_slice(&points[own]);
            }
        }
    }
    Ok(best)
}

/// Lets every start descend from `begins`, `[start][k]`: where the population is, if it can ([`Population::whole`]), else step by step.
/// `progress` is called once a step, for the start of least loss. Fails where the population does, which is not for single starts.
pub fn descend(
    population: &mut dyn Population,
    free: &[&Parameter],
    begins: &[f64],
    settings: &Settings,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Vec<End>, Failure> {
    if let Some(whole) = population.whole(begins.len() / free.len())?
        && let Some(ends) = whole.descend(free, begins, settings, progress)?
    {
        return Ok(ends);
    }
    let mut flock = Flock::new(free, begins, settings.learning_rate);
    let mut ends: Vec<End> = begins
        .chunks_exact(free.len())
        .map(|begin| End { free: begin.to_vec(), loss: f64::INFINITY, steps: 0, halt: Halt::Steps })
        .collect();
    let starts = ends.len();
    // The least loss and whose it is.
    let mut best = (f64::INFINITY, 0);
    for step in 0..=settings.iterations {
        let evaluated = population.evaluate(&flock.points, &mut flock.losses, &mut flock.gradients);
        evaluated.map_err(|failure| failure.after(step))?;
        // From the back: the place of one that ends is taken by the last, which has been seen then.
        for slot in (0..flock.starts.len()).rev() {
            let start = flock.starts[slot];
            if let Some(halt) = flock.look(slot, step, &mut ends[start]) {
                ends[start].halt = halt;
                flock.remove(slot);
            }
            if ends[start].loss < best.0 {
                best = (ends[start].loss, start);
            }
        }
        if best.0.is_finite() {
            progress(Progress { start: best.1 + 1, starts, iteration: step, loss: best.0, best: best.0 });
        }
        if flock.starts.is_empty() || step == settings.iterations {
            break;
        }
        flock.step();
    }
    Ok(ends)
}

/// The starts that are still under way, in slots; all columns `[slot]` or `[slot][k]`.
struct Flock {
    /// Lower and upper bounds, `[k]`.
    limits: Vec<(f64, f64)>,
    /// Which start it is.
    starts: Vec<usize>,
    points: Vec<f64>,
    losses: Vec<f64>,
    gradients: Vec<f64>,
    /// The learning rate times the size.
    rates: Vec<f64>,
    /// How much of the means is gradients.
    known: [f64; 2],
    means: Vec<f64>,
    roots: Vec<f64>,
    /// The losses of the last whole window of [`PATIENCE`] steps, and of the one under way.
    windows: Vec<[Window<f64>; 2]>,
}

impl Flock {
    fn new(free: &[&Parameter], begins: &[f64], learning_rate: f64) -> Flock {
        let starts = begins.len() / free.len();
        let sizes = begins.iter().zip(free.iter().cycle()).map(|(&begin, parameter)| size(parameter, begin));
        Flock {
            limits: free.iter().map(|parameter| parameter.limits()).collect(),
            starts: (0..starts).collect(),
            points: begins.to_vec(),
            losses: vec![f64::NAN; starts],
            gradients: vec![0.0; begins.len()],
            rates: sizes.map(|size| learning_rate * size).collect(),
            known: [0.0; 2],
            means: vec![0.0; begins.len()],
            roots: vec![0.0; begins.len()],
            windows: vec![[Window::above(), Window::empty()]; starts],
        }
    }

    /// Keeps the point if it is the best of its start, and says whether the start ends here.
    fn look(&mut self, slot: usize, step: usize, end: &mut End) -> Option<Halt> {
        let k = self.limits.len();
        let own = slot * k..(slot + 1) * k;
        let loss = self.losses[slot];
        end.steps = step;
        if !loss.is_finite() || self.gradients[own.clone()].iter().any(|slope| !slope.is_finite()) {
            return Some(Halt::Failed);
        }
        if loss < end.loss {
            end.loss = loss;
            end.free.copy_from_slice(&self.points[own]);
        }
        if loss == 0.0 {
            return Some(Halt::Level);
        }
        let [before, now] = &mut self.windows[slot];
        *now = now.and(loss);
        if (step + 1).is_multiple_of(PATIENCE) {
            let fell = now.is_below(*before);
            (*before, *now) = (*now, Window::empty());
            return (!fell).then_some(Halt::Level);
        }
        None
    }

    /// Takes a start out; the last one takes its slot.
    fn remove(&mut self, slot: usize) {
        let k = self.limits.len();
        self.starts.swap_remove(slot);
        self.losses.swap_remove(slot);
        self.windows.swap_remove(slot);
        for column in [&mut self.points, &mut self.gradients, &mut self.rates, &mut self.means, &mut self.roots] {
            let last = column.len() - k;
            column.copy_within(last.., slot * k);
            column.truncate(last);
        }
    }

    /// Moves every start.
    fn step(&mut self) {
        self.known = adam::known(self.known[0], self.known[1]);
        let k = self.limits.len();
        for (index, point) in self.points.iter_mut().enumerate() {
            let (lower, upper) = self.limits[index % k];
            // An f64 is fine enough to be its own pair.
            let (here, limits) = ([*point, 0.0], [[lower, 0.0], [upper, 0.0]]);
            let slope = self.gradients[index];
            let (mean, root) = (&mut self.means[index], &mut self.roots[index]);
            let pushed = adam::pushed(here, limits, slope);
            (*mean, *root) = (adam::mean(*mean, slope, pushed), adam::root(*root, slope));
            [*point, _] = adam::moved(here, self.rates[index], adam::direction(*mean, *root, self.known), limits);
        }
    }
}

#[cfg(test)]
mod tests;
