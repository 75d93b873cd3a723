//! Many starts: where to begin, and which end is the best.
//!
//! In: parameters, a seed, a number of starts, a [`Descent`]. Out: the [`Best`] end of all starts. The first start is the given one (the middle of the
//! bounds where none is given, 1 where there are no bounds either). Every further start is the best of [`DRAWS`] random points, by loss
//! alone, so that few searches begin where none can succeed. Random numbers depend on seed, start, draw and parameter only: the
//! answer is the same whatever the number of threads, and the first starts of a longer run are those of a shorter one. [`polish`] takes
//! points that [`super::adam`] found in place of starts.

use std::sync::Mutex;

use rayon::prelude::*;

use super::residuals::Failure;
use super::spec::Parameter;

/// Random points compared for each drawn start.
pub const DRAWS: u64 = 8;
/// Starts of a run that was not told how many, where some start is to be drawn.
pub const DEFAULT_STARTS: usize = 16;
/// Widths of the draws around a start without finite bounds, in turn: nearby, elsewhere, another order of magnitude.
const SPREADS: [f64; 3] = [0.2, 1.0, 5.0];
/// Positive bounds this many times apart are drawn from on a logarithmic scale.
const LOGARITHMIC: f64 = 1e3;

/// How many starts a run makes: what was asked for, or [`DEFAULT_STARTS`] where a free parameter has bounds but no start, else one.
pub fn how_many(asked: Option<usize>, parameters: &[Parameter]) -> usize {
    let drawn = |p: &Parameter| !p.fixed && p.start.is_none() && p.bounds.is_some();
    match asked {
        Some(starts) => starts.max(1),
        None if parameters.iter().any(drawn) => DEFAULT_STARTS,
        None => 1,
    }
}

/// The first start's value of a parameter.
pub fn first(parameter: &Parameter) -> f64 {
    let (lower, upper) = parameter.limits();
    parameter.start.unwrap_or(match (lower.is_finite(), upper.is_finite()) {
        // Not (lower + upper)/2, which may overflow.
        (true, true) => 0.5 * lower + 0.5 * upper,
        (true, false) => 1f64.max(lower + lower.abs().max(1.0)),
        (false, true) => 1f64.min(upper - upper.abs().max(1.0)),
        (false, false) => 1.0,
    })
}

/// A parameter's value in one draw for start `start` (from 1): uniform within finite bounds, on a logarithmic scale where they are positive
/// and three orders of magnitude apart; without finite bounds, normal around the first start with a standard deviation of 0.2, 1 or 5 times
/// its size (of 1, where it is 0), in turn.
pub fn draw(parameter: &Parameter, index: usize, seed: u64, start: usize, draw: u64) -> f64 {
    let (lower, upper) = parameter.limits();
    let counter = |part: u64| uniform(seed, [start as u64, draw, index as u64, part]);
    if lower.is_finite() && upper.is_finite() {
        let u = counter(0);
        let value = if logarithmic(lower, upper) {
            (lower.ln() * (1.0 - u) + upper.ln() * u).exp()
        } else {
            lower * (1.0 - u) + upper * u
        };
        return value.clamp(lower, upper);
    }
    // Twelve uniforms: normal to within what matters here, and free of functions that differ between platforms.
    let normal = (0..12).map(counter).sum::<f64>() - 6.0;
    let centre = first(parameter);
    let size = if centre == 0.0 { 1.0 } else { centre.abs() };
    let spread = SPREADS[(start - 1) % SPREADS.len()];
    (centre + size * spread * normal).clamp(lower, upper)
}

/// Whether these bounds are drawn from on a logarithmic scale.
pub(super) fn logarithmic(lower: f64, upper: f64) -> bool {
    lower > 0.0 && upper.is_finite() && upper / lower >= LOGARITHMIC
}

/// A number in [0, 1), uniform, for a counter of four words: SplitMix64's finaliser, chained over the words.
pub fn uniform(seed: u64, counter: [u64; 4]) -> f64 {
    let mix = |state: u64, word: u64| {
        let mut z = (state ^ word).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let bits = counter.into_iter().fold(mix(seed, 0), mix);
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The start that reports, from 1.
    pub start: usize,
    /// How many starts there are.
    pub starts: usize,
    /// Its steps so far.
    pub iteration: usize,
    /// Its loss.
    pub loss: f64,
    /// The least loss of any start so far.
    pub best: f64,
}

/// A way to search from one point, on a model of its own.
pub trait Descent: Sync {
    /// The model.
    type Model;
    /// Where a search ends.
    type End: Ended + Send;

    /// A model for one search.
    fn model(&self) -> Self::Model;

    /// The loss at a point; infinite or NaN where it has none.
    fn loss(&self, model: &mut Self::Model, point: &[f64]) -> f64;

    /// Searches from a point; `progress` is called after every step with its number and the least loss so far.
    ///
    /// # Errors
    /// The model cannot be evaluated there.
    fn descend(
        &self,
        model: &mut Self::Model,
        start: &[f64],
        progress: &mut dyn FnMut(usize, f64),
    ) -> Result<Self::End, Failure>;
}

/// Where a search ended, as far as searches are compared.
pub trait Ended {
    /// The loss there.
    fn loss(&self) -> f64;

    /// Whether it is a minimum.
    fn is_converged(&self) -> bool;
}

/// The best end of all searches.
#[derive(Clone, Debug)]
pub struct Best<E> {
    /// Where it ended.
    pub end: E,
    /// Which search it was, from 0.
    pub index: usize,
    /// How many searches ended at the same loss, this one included.
    pub agreeing: usize,
    /// How many searches could not evaluate the model at all.
    pub failed: usize,
}

/// Where one search begins.
#[derive(Clone, Debug)]
pub struct Begin {
    /// The start it belongs to, from 0.
    pub start: usize,
    /// Steps that were made from that start to come here.
    pub steps: usize,
    /// The free parameters, `[k]`.
    pub free: Vec<f64>,
}

/// Runs every start, several at a time, each on a model of its own, and keeps the one of least loss; among equals (to one part
/// in 10⁹) a converged one, then the earliest. Fails, with the first start's reason, where no start can be evaluated.
pub fn run<D: Descent>(
    descent: &D,
    free: &[&Parameter],
    (seed, starts): (u64, usize),
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Best<D::End>, Failure> {
    let begin = |start, model: &mut D::Model| Begin { start, steps: 0, free: begin(descent, model, free, seed, start) };
    all(descent, (starts, starts), &begin, progress)
}

/// The same from points that are given, the best first, of which some search over `starts` starts found each.
pub fn polish<D: Descent>(
    descent: &D,
    (points, starts): (&[Begin], usize),
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Best<D::End>, Failure> {
    all(descent, (points.len(), starts), &|index, _: &mut D::Model| points[index].clone(), progress)
}

/// So many searches, from `begin` each, of which progress calls the number `starts`.
fn all<D: Descent>(
    descent: &D,
    (count, starts): (usize, usize),
    begin: &(impl Fn(usize, &mut D::Model) -> Begin + Sync),
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Best<D::End>, Failure> {
    // The least loss so far, and who wants to hear of it.
    let shared = Mutex::new((f64::INFINITY, progress));
    let mut ends: Vec<Result<D::End, Failure>> = (0..count)
        .into_par_iter()
        .map(|index| {
            let mut model = descent.model();
            let Begin { start, steps, free } = begin(index, &mut model);
            let mut report = |iteration, loss: f64| {
                let Ok(mut shared) = shared.lock() else {
                    return;
                };
                shared.0 = shared.0.min(loss);
                let best = shared.0;
                (shared.1)(Progress { start: start + 1, starts, iteration: steps + iteration, loss, best });
            };
            descent.descend(&mut model, &free, &mut report)
        })
        .collect();
    let losses = || ends.iter().flatten().map(Ended::loss);
    let least = losses().fold(f64::INFINITY, f64::min);
    let alike = |loss: f64| loss <= least + 1e-9 * least.abs();
    let agreeing = losses().filter(|&loss| alike(loss)).count();
    let failed = ends.iter().filter(|end| end.is_err()).count();
    let chosen = |strict: bool| {
        let fits = |end: &D::End| alike(end.loss()) && (end.is_converged() || !strict);
        ends.iter().position(|end| end.as_ref().is_ok_and(fits))
    };
    let index = chosen(true).or_else(|| chosen(false)).unwrap_or(0);
    let end = ends.swap_remove(index)?;
    Ok(Best { end, index, agreeing, failed })
}

/// Where a start (from 0) begins.
fn begin<D: Descent>(descent: &D, model: &mut D::Model, free: &[&Parameter], seed: u64, start: usize) -> Vec<f64> {
    if start == 0 {
        return free.iter().map(|parameter| first(parameter)).collect();
    }
    let mut best: Option<(f64, Vec<f64>)> = None;
    for number in 0..DRAWS {
        let point: Vec<f64> =
            free.iter().enumerate().map(|(index, parameter)| draw(parameter, index, seed, start, number)).collect();
        let loss = descent.loss(model, &point);
        let loss = if loss.is_nan() { f64::INFINITY } else { loss };
        if best.as_ref().is_none_or(|(least, _)| loss < *least) {
            best = Some((loss, point));
        }
    }
    best.map_or_else(Vec::new, |(_, point)| point)
}
