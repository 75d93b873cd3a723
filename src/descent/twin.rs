//! The kernels' twin: the same sums and steps on the host, in f32, in the same order. The definition of what a device computes.

use super::adam::{self, Window};
use super::pair::{self, Pair};
use super::problem::{Given, Problem, parts};
use super::state::{Halt, Own, State, Word};
use super::{ARITY, DEEP, LANES, WAYS, charge};

/// A model's values over the rows and its derivatives by the free parameters, `derivatives[parameter][row]`, at one start's point.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    pub values: Vec<f32>,
    pub derivatives: Vec<Vec<f32>>,
}

/// One sum over the rows: the loss, or the slope by a parameter, in multiples of its unit.
fn sum(problem: &Problem, rows: &Rows, start: usize, parameter: Option<usize>) -> Pair<f32> {
    let measured = &problem.measured;
    let (loss, scale) = (measured.loss, measured.scale);
    let term = |row: usize| {
        let observed = measured.at(row);
        let residual = charge::residual(rows.values[row], observed);
        let Some(parameter) = parameter else { return charge::share(loss, residual, scale) };
        let slope = charge::slope(loss, residual, observed.inverse, scale);
        charge::drawn(slope, rows.derivatives[parameter][row], problem.given(Given::Unit, parameter, start))
    };
    let levels = parts(measured.rows());
    let part = |part: usize| {
        let first = part / WAYS * WAYS * DEEP + part % WAYS;
        let mut sums = [[0.0f32; 2]; LANES];
        for quad in (first..measured.width() / LANES).step_by(WAYS).take(DEEP) {
            for (lane, sum) in sums.iter_mut().enumerate() {
                let row = LANES * quad + lane;
                *sum = pair::add(*sum, if row < measured.rows() { term(row) } else { 0.0 });
            }
        }
        let [x, y, z, w] = sums;
        pair::join(pair::join(x, y), pair::join(z, w))
    };
    let join = |some: &[Pair<f32>]| some.iter().copied().fold([0.0; 2], pair::join);
    let mut sums: Vec<Pair<f32>> = (0..levels[0]).map(part).collect();
    for _ in &levels[1..] {
        sums = sums.chunks(ARITY).map(join).collect();
    }
    pair::normal(join(&sums))
}

/// What becomes of a start at the point where the model gave these rows.
fn step(problem: &Problem, state: &mut State, start: usize, rows: &Rows) {
    let steps = state.steps(start);
    let loss = sum(problem, rows, start, None);
    let mut is_finite = adam::is_finite(loss[0]);
    for parameter in 0..problem.free() {
        let [slope, _] = sum(problem, rows, start, Some(parameter));
        state.set_own(Own::Slope, parameter, start, slope);
        is_finite &= adam::is_finite(slope);
    }
    let mut halt = |halt: Halt| state.set_word(Word::Halt, start, halt as u32);
    if !is_finite {
        return halt(Halt::Failed);
    }
    if pair::less(loss, state.best(start)) {
        state.set_pair([Word::BestHigh, Word::BestLow], start, loss);
        for parameter in 0..problem.free() {
            let point = state.own_pair([Own::High, Own::Low], parameter, start);
            state.set_own_pair([Own::BestHigh, Own::BestLow], parameter, start, point);
        }
    }
    if loss[0] == 0.0 {
        return state.set_word(Word::Halt, start, Halt::Level as u32);
    }
    let [before, now] = state.windows(start);
    let now = now.and(loss[0]);
    if (steps + 1).is_multiple_of(adam::PATIENCE as u32) {
        state.set_windows(start, [now, Window::empty()]);
        if !now.is_below(before) {
            return state.set_word(Word::Halt, start, Halt::Level as u32);
        }
    } else {
        state.set_windows(start, [before, now]);
    }
    if steps >= problem.iterations {
        return state.set_word(Word::Halt, start, Halt::Steps as u32);
    }
    let [mean_known, square_known] = [Word::MeanKnown, Word::SquareKnown].map(|word| state.number(word, start));
    let known = adam::known(mean_known, square_known);
    state.set_pair([Word::MeanKnown, Word::SquareKnown], start, known);
    for parameter in 0..problem.free() {
        let own = |own| state.own(own, parameter, start);
        let (slope, limits) = (own(Own::Slope), problem.limits(parameter, start));
        let point = state.own_pair([Own::High, Own::Low], parameter, start);
        let pushed = adam::pushed(point, limits, slope);
        let (mean, root) = (adam::mean(own(Own::Mean), slope, pushed), adam::root(own(Own::Root), slope));
        let rate = problem.given(Given::Rate, parameter, start);
        let point = adam::moved(point, rate, adam::direction(mean, root, known), limits);
        state.set_own_pair([Own::Mean, Own::Root], parameter, start, [mean, root]);
        state.set_own_pair([Own::High, Own::Low], parameter, start, point);
    }
    state.set_word(Word::Steps, start, steps + 1);
}

/// Steps of all starts that are under way, `iterations` at most. `model` gives the rows at a point, `[parameter]`.
pub fn advance(problem: &Problem, state: &mut State, iterations: usize, model: &mut impl FnMut(&[f32]) -> Rows) {
    for _ in 0..iterations {
        for start in (0..problem.starts()).filter(|&start| state.halt(start) == Halt::Going).collect::<Vec<usize>>() {
            let point: Vec<f32> = (0..problem.free()).map(|parameter| state.own(Own::High, parameter, start)).collect();
            let rows = model(&point);
            step(problem, state, start, &rows);
        }
    }
}
