//! Whole operations as straight lines: their steps are done over text, so that every lane takes its own pivots by selects.
//!
//! In: a [`Whole`] and its elements as text. Out: its results, and what their adjoints send back. Always: the bits of
//! [`linear::forward`](crate::op::linear::forward) and [`pull`](crate::op::linear::pull), but for the sign of an adjoint that is 0, as in
//! [`stretch`](super::stretch). What a way back computes again it shares with the way forward, where both are in one text.

use std::iter::repeat_n;

use crate::op::linear::{
    Array, Begins, Formula, Linear, NO_TARGET, ONE_BY_ONE, Step, Steps, Swap, Tile, View, forward_steps, pull_steps,
    sent_in_order, shared_terms,
};
use crate::op::num::{Num, Word};
use crate::op::{Kind, Op};
use crate::tape::{Operand, Shape, Whole};
use crate::wgsl::text::{Text, TextWord};

/// A number; `None` is an adjoint of 0, or a sum without a term.
type Number = Option<Text>;

/// Is there a formula for every operation?
pub(super) fn has_formulas(shape: &Shape) -> bool {
    let has_formula = |op: Op| op == Op::Part || matches!(op.row().kind, Kind::Arithmetic | Kind::Real);
    shape.operations.iter().all(|operation| has_formula(operation.op))
}

/// Operations of a shape as they weigh: single ones, and those that whole ones come to, forward and back; of eliminations twice as many, for
/// their long chains of choices take a driver long. (A filter in 4 dimensions, which came to 5,500, took lavapipe 106 s.)
pub(super) fn operations(shape: &Shape) -> usize {
    let single = single_operations(shape);
    let weight = |linear: Linear| length(linear).saturating_mul(if linear.eliminates() { 2 } else { 1 });
    shape.wholes.iter().map(|(_, whole)| weight(whole.linear)).fold(single, usize::saturating_add)
}

/// Those that are no results of whole ones.
pub(super) fn single_operations(shape: &Shape) -> usize {
    shape.operations.iter().filter(|operation| operation.op != Op::Part).count()
}

/// Operations of the text, about.
fn length(linear: Linear) -> usize {
    let of_steps = |steps: Steps| {
        let (mut all, mut rows) = (0usize, 0);
        for step in steps.list {
            let [sums, each] = match step {
                Step::Tile(Tile { formula: Formula::Copy, .. }) => continue,
                Step::Tile(Tile { formula, rows, columns, terms, .. }) => {
                    [rows as usize * columns as usize, terms as usize * if formula.reads_y() { 2 } else { 1 }]
                }
                Step::Pivot { k, n, .. } => {
                    rows = n;
                    [(n - k) as usize, 3]
                }
                Step::Swap(Swap { k, count, .. }) => [(rows - 1 - k) as usize, 1 + 2 * count as usize],
            };
            all = all.saturating_add(sums.saturating_mul(each));
        }
        all
    };
    of_steps(forward_steps(linear, ONE_BY_ONE)).saturating_add(of_steps(pull_steps(linear, [true; 2], ONE_BY_ONE)))
}

/// The whole operations of a shape whose operations come behind so many others, by other names.
pub(super) fn renamed(shape: &Shape, first: u32, mut read: impl FnMut(Operand) -> Operand) -> Vec<(u32, Whole)> {
    let mut whole = |(at, Whole { linear, operands }): &(u32, Whole)| {
        let operands = operands.iter().map(|&operand| read(operand)).collect();
        (first + at, Whole { linear: *linear, operands })
    };
    shape.wholes.iter().map(&mut whole).collect()
}

/// The results.
pub(super) fn forward(linear: Linear, operands: &[Text]) -> Vec<Text> {
    let mut arrays = Arrays::new(linear, operands, vec![None; linear.results()], &[], true);
    arrays.run(&forward_steps(linear, ONE_BY_ONE));
    arrays.numbers.swap_remove(Array::RESULTS.index()).into_iter().map(known).collect()
}

/// What a whole operation is on the way back.
pub(super) struct Back<'a> {
    pub linear: Linear,
    pub operands: &'a [Text],
    pub results: &'a [Text],
    /// By result.
    pub bars: Vec<Number>,
    /// By element of the operands: is its adjoint wanted?
    pub is_wanted: Vec<bool>,
    /// Does an adjoint of 0 send 0 whatever the operands are?
    pub is_masked: bool,
}

impl Back<'_> {
    /// Sends what the adjoints of the results are to the elements, by number, in order.
    pub fn pull(self, mut send: impl FnMut(usize, Text)) {
        let Back { linear, operands, results, bars, is_wanted, is_masked } = self;
        if bars.iter().all(Option::is_none) {
            return;
        }
        let first = linear.operands()[0];
        if let Linear::Product { rows, inner, columns } = linear {
            let target = |(element, &is_wanted)| if is_wanted { element } else { NO_TARGET };
            let targets: Vec<u32> = (0..).zip(&is_wanted).map(target).collect();
            // To every element its terms come in the order of a sum of its own.
            shared_terms([rows, inner, columns], &targets, |target, bar, array, other| {
                let other = operands[if array == Array::B { first + other } else { other }];
                let sent = with(Formula::SendProduct, None, bars[bar], Some(other), is_masked);
                if let Some(sent) = sent {
                    send(target as usize, sent);
                }
            });
            return;
        }
        let has_sums = [&is_wanted[..first], &is_wanted[first..]].map(|wanted| wanted.contains(&true));
        let mut arrays = Arrays::new(linear, operands, bars, results, is_masked);
        arrays.run(&pull_steps(linear, has_sums, ONE_BY_ONE));
        for element in sent_in_order(linear).filter(|&element| is_wanted[element]) {
            let sent = match element.checked_sub(first) {
                None => arrays.numbers[Array::TO_A.index()][element],
                Some(element) => arrays.numbers[Array::TO_B.index()][element],
            };
            if let Some(sent) = sent {
                send(element, sent);
            }
        }
    }
}

/// The number.
fn known(number: Number) -> Text {
    number.unwrap_or_else(|| Text::of(0.0))
}

/// A sum with a term more.
fn with(formula: Formula, sum: Number, x: Number, y: Number, is_masked: bool) -> Number {
    if let (None, Formula::SendProduct | Formula::SendLess | Formula::SendDividend | Formula::Sum) = (x, formula) {
        return sum;
    }
    if formula == Formula::Copy {
        return x;
    }
    let formula = if is_masked { formula } else { formula.unmasked() };
    // −0 and a term is that term.
    Some(formula.of(sum.unwrap_or_else(|| Text::of(-0.0)), known(x), known(y)))
}

/// All arrays of an operation, and by step of an elimination the pivot's row, of how many.
struct Arrays {
    numbers: Vec<Vec<Number>>,
    pivots: Vec<(TextWord, u32)>,
    is_masked: bool,
}

impl Arrays {
    fn new(linear: Linear, operands: &[Text], results: Vec<Number>, values: &[Text], is_masked: bool) -> Arrays {
        let some = |texts: &[Text]| texts.iter().copied().map(Some).collect();
        let (a, b) = operands.split_at(linear.operands()[0]);
        let [to_a, to_b] = linear.operands().map(|count| vec![None; count]);
        let mut numbers: Vec<Vec<Number>> = repeat_n(Vec::new(), Array::FIRST.index()).collect();
        let given = [
            (Array::A, some(a)),
            (Array::B, some(b)),
            (Array::RESULTS, results),
            (Array::TO_A, to_a),
            (Array::TO_B, to_b),
            (Array::VALUES, some(values)),
        ];
        for (array, given) in given {
            numbers[array.index()] = given;
        }
        Arrays { numbers, pivots: Vec::new(), is_masked }
    }

    fn run(&mut self, steps: &Steps) {
        self.numbers.extend(steps.arrays.iter().map(|&count| vec![None; count]));
        for step in &steps.list {
            match step {
                Step::Tile(tile) => self.tile(tile),
                Step::Pivot { m, k, n, signs } => self.pivot(*m, [*k, *n], *signs),
                Step::Swap(swap) => self.swap(swap),
            }
        }
    }

    fn read(&self, view: View, outer: u32, inner: u32) -> Number {
        self.numbers[view.array.index()][place(view, outer, inner)]
    }

    fn tile(&mut self, &Tile { formula, begins, rows, columns, terms, out, x, y }: &Tile) {
        for (i, j) in (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))) {
            let mut sum = match begins {
                Begins::Kept => self.read(out, i, j),
                // Sums of adjoints begin with 0, the sign of which no bit tells.
                Begins::Nothing | Begins::Zero => None,
            };
            for k in 0..terms {
                let second = if formula.reads_y() { self.read(y, j, k) } else { None };
                sum = with(formula, sum, self.read(x, i, k), second, self.is_masked);
            }
            self.numbers[out.array.index()][place(out, i, j)] = sum;
        }
    }

    fn pivot(&mut self, m: Array, [k, n]: [u32; 2], signs: Array) {
        let m = &self.numbers[m.index()];
        let size = |row: u32| known(m[(row * n + k) as usize]).abs();
        let own = TextWord::of(k);
        let (mut best, mut largest) = (own, size(k));
        for row in k + 1..n {
            let size = size(row);
            let is_larger = largest.less(size);
            best = TextWord::select(is_larger, TextWord::of(row), best);
            largest = Text::select(is_larger, size, largest);
        }
        self.pivots.push((best, n));
        let sign = Text::select(best.same(own), Text::of(1.0), Text::of(-1.0));
        self.numbers[signs.index()][k as usize] = Some(sign);
    }

    fn swap(&mut self, &Swap { array, k, outer, inner, count }: &Swap) {
        let (pivot, rows) = self.pivots[k as usize];
        let numbers = &mut self.numbers[array.index()];
        for element in 0..count {
            let place = |row: u32| (row * outer + element * inner) as usize;
            let first = numbers[place(k)];
            let mut mine = first;
            for row in k + 1..rows {
                let other = numbers[place(row)];
                if first.is_none() && other.is_none() {
                    continue;
                }
                let is_pivot = pivot.same(TextWord::of(row));
                numbers[place(row)] = Some(Text::select(is_pivot, known(first), known(other)));
                mine = Some(Text::select(is_pivot, known(other), known(mine)));
            }
            numbers[place(k)] = mine;
        }
    }
}

/// Where a view's element is.
fn place(view: View, outer: u32, inner: u32) -> usize {
    let by = |step: i32, times: u32| step.wrapping_mul(times as i32);
    view.at.wrapping_add_signed(by(view.outer, outer)).wrapping_add_signed(by(view.inner, inner)) as usize
}
