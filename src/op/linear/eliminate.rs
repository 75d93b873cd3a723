//! Solutions and determinants, by elimination with row pivots.

use super::Formula::{AddProduct, LessProduct, Log, One, Quotient, Regular, SendDividend};
use super::Formula::{SendLess, SendProduct, Sound, Times, Zero};
use super::steps::{Array, Begins, Steps, Tile, View};
use super::{Linear, product};

/// What is eliminated for.
#[derive(Clone, Copy)]
struct Task {
    n: usize,
    /// Columns that are solved for.
    columns: usize,
}

/// What is solved for.
#[derive(Clone, Copy)]
enum Right {
    Nothing,
    Operand,
    /// The unit matrix: the solution is the inverse.
    Unit,
}

/// What elimination leaves.
#[derive(Clone, Copy)]
struct Eliminated {
    /// By step: the pivot's row, and that of the columns.
    rows: Array,
    solved: Array,
    /// By step and row: what the pivot's row was multiplied by.
    factors: Array,
    /// By step: −1 where rows changed places.
    signs: Array,
}

impl Task {
    fn new(linear: Linear) -> Task {
        let (n, columns) = match linear {
            Linear::Solve { size, columns } => (size, columns),
            Linear::Inverse { size } | Linear::Determinant { size } | Linear::LogDeterminant { size } => (size, 0),
            Linear::Product { .. } => unreachable!("a product needs no pivot"),
        };
        Task { n: n as usize, columns: columns as usize }
    }

    /// Every step's row loses its column to the rows below; some steps at once to the columns that are not theirs, so that a number is
    /// read and written once for all of them.
    fn eliminate(self, steps: &mut Steps, right: Right) -> Eliminated {
        let n = self.n;
        let columns = match right {
            Right::Nothing => 0,
            Right::Operand => self.columns,
            Right::Unit => n,
        };
        let wide = n as isize;
        let [m, rows, factors] = [(); 3].map(|()| steps.array(n * n));
        let [x, solved] = [(); 2].map(|()| steps.array(n * columns));
        // By row, then by pivot: its factor, in rows that change places with others.
        let width = steps.panel.min(n);
        let has_others = width < n || columns > 0;
        let multipliers = steps.array(if has_others { n * width } else { 0 });
        let signs = steps.array(n);
        steps.copy(m.at(0), Array::A.at(0), n * n);
        if let Right::Unit = right {
            steps.tile(Tile::new(Zero, Begins::Nothing, x.at(0).by(1, 0)).of(n * n, 1, 1));
            steps.tile(Tile::new(One, Begins::Nothing, x.at(0).by(wide + 1, 0)).of(n, 1, 1));
        } else {
            steps.copy(x.at(0), Array::B.at(0), n * columns);
        }
        for first in (0..n).step_by(width) {
            let last = (first + width).min(n);
            // The columns of some pivots, one by one.
            for (number, k) in (first..last).enumerate() {
                let (d, below) = (k * n + k, n - 1 - k);
                steps.pivot(m, k, n, signs);
                steps.swap_rows(m, k, n);
                steps.swap_rows(x, k, columns);
                if has_others {
                    steps.swap_starts(multipliers, k, width, number);
                }
                steps.copy(rows.at(k * n + first), m.at(k * n + first), last - first);
                let f = factors.at(d + 1).by(1, 0);
                let quotients = Tile::new(Quotient, Begins::Nothing, f).of(below, 1, 1);
                steps.tile(quotients.x(m.at(d + n).by(wide, 0)).y(rows.at(d)));
                if has_others {
                    steps.copy(multipliers.at((k + 1) * width + number).by(width as isize, 0), f, below);
                }
                let less = Tile::new(LessProduct, Begins::Kept, m.at(d + n + 1).by(wide, 1));
                steps.tile(less.of(below, last - 1 - k, 1).x(f).y(rows.at(d + 1).by(1, 0)));
            }
            // All other columns lose them at once, each element in the pivots' order.
            for (array, into, stride, start) in [(m, rows, n, last), (x, solved, columns, 0)] {
                let less = |row: usize, count: usize, terms: usize| {
                    let out = array.at(row * stride + start).by(stride as isize, 1);
                    let less = Tile::new(LessProduct, Begins::Kept, out).of(count, stride - start, terms);
                    let xs = multipliers.at(row * width).by(width as isize, 1);
                    less.x(xs).y(into.at(first * stride + start).by(1, stride as isize))
                };
                for (number, k) in (first..last).enumerate() {
                    steps.tile(less(k, 1, number));
                    steps.copy(into.at(k * stride + start), array.at(k * stride + start), stride - start);
                }
                steps.tile(less(last, n - last, last - first));
            }
        }
        Eliminated { rows, solved, factors, signs }
    }

    /// The solution, from the last row up.
    fn substitute(self, steps: &mut Steps, from: Eliminated, columns: usize, to: Array) {
        let n = self.n;
        let sum = steps.array(columns);
        for k in (0..n).rev() {
            let (d, row) = (k * n + k, k * columns);
            steps.copy(sum.at(0), from.solved.at(row), columns);
            let less = Tile::new(LessProduct, Begins::Kept, sum.at(0).by(1, 0)).of(columns, 1, n - 1 - k);
            steps.tile(less.x(to.at(row + columns).by(1, columns as isize)).y(from.rows.at(d + 1).by(0, 1)));
            let over = Tile::new(Quotient, Begins::Nothing, to.at(row).by(1, 0)).of(columns, 1, 1);
            steps.tile(over.x(sum.at(0).by(1, 0)).y(from.rows.at(d)));
        }
    }
}

impl Task {
    /// What adjoints of a solution send to the columns that were solved for.
    fn solve_transposed(self, steps: &mut Steps) -> Array {
        let Task { n, columns, .. } = self;
        let (across, last) = (columns as isize, n - 1);
        let Eliminated { rows, factors, .. } = self.eliminate(steps, Right::Nothing);
        let [x_bar, sent] = [(); 2].map(|()| steps.array(n * columns));
        let sum = steps.array(columns);
        steps.copy(x_bar.at(0), Array::RESULTS.at(0), n * columns);
        for k in 0..n {
            let (d, row, right) = (k * n + k, k * columns, last - k);
            let dividend = Tile::new(SendDividend, Begins::Zero, sent.at(row).by(1, 0)).of(columns, 1, 1);
            steps.tile(dividend.x(x_bar.at(row).by(1, 0)).y(rows.at(d)));
            let less = Tile::new(SendLess, Begins::Kept, x_bar.at(row + columns).by(1, across)).of(columns, right, 1);
            steps.tile(less.x(sent.at(row).by(1, 0)).y(rows.at(d + 1).by(1, 0)));
        }
        for k in (0..last).rev() {
            // The last row first.
            steps.copy(sum.at(0), sent.at(k * columns), columns);
            let less = Tile::new(SendLess, Begins::Kept, sum.at(0).by(1, 0)).of(columns, 1, last - k);
            let f = factors.at(k * n + last).by(0, -1);
            steps.tile(less.x(sent.at(last * columns).by(1, -across)).y(f));
            steps.copy(sent.at(k * columns), sum.at(0), columns);
            steps.swap_rows(sent, k, columns);
        }
        sent
    }
}

/// The results, and their soundness.
pub(super) fn forward(steps: &mut Steps, linear: Linear) {
    let task @ Task { n, columns, .. } = Task::new(linear);
    let from = task.eliminate(steps, Right::Operand);
    if let Linear::Solve { .. } = linear {
        task.substitute(steps, from, columns, Array::RESULTS);
    }
    conclude(steps, linear, from.rows.at(0).by(0, n as isize + 1), from.signs.at(0).by(0, 1));
}

/// A determinant or its logarithm, and the soundness of anything that eliminates, from pivots and signs in the order of steps.
pub(super) fn conclude(steps: &mut Steps, linear: Linear, pivots: View, signs: View) {
    let n = linear.pivots();
    let is_determinant = matches!(linear, Linear::Determinant { .. });
    let value = Array::RESULTS.at(0);
    if is_determinant {
        steps.tile(Tile::new(One, Begins::Nothing, value));
        steps.tile(Tile::new(Times, Begins::Kept, value).of(1, 1, n).x(pivots));
        steps.tile(Tile::new(Times, Begins::Kept, value).of(1, 1, n).x(signs));
    } else if let Linear::LogDeterminant { .. } = linear {
        steps.tile(Tile::new(Log, Begins::Nothing, value).of(1, 1, n).x(pivots));
    }
    let sound = Array::RESULTS.at(linear.results() - 1);
    steps.tile(Tile::new(One, Begins::Nothing, sound));
    // Nothing is divided by the last pivot of a determinant.
    let divisors = n - usize::from(is_determinant);
    steps.tile(Tile::new(Sound, Begins::Kept, sound).of(1, 1, divisors).x(pivots));
    if is_determinant {
        let determinant = steps.array(1).at(0);
        steps.copy(determinant, value, 1);
        steps.tile(Tile::new(Regular, Begins::Kept, sound).x(determinant));
    }
}

/// A solution x changes by the solution for b − held b + (held a − a)·x with its operands, a determinant d by the trace of d times
/// the inverse times a − held a, its logarithm by the trace without d. That inverse is made by the elimination that d is made by: where the last
/// pivot is hardly more than rounding, their product is right all the same.
pub(super) fn pull(steps: &mut Steps, linear: Linear, has_sums: [bool; 2]) {
    let task @ Task { n, columns, .. } = Task::new(linear);
    if let Linear::Solve { .. } = linear {
        let sent = task.solve_transposed(steps);
        if has_sums[0] {
            let to_a = steps.array(n * n);
            let tile = Tile::new(SendLess, Begins::Zero, to_a.at(0));
            product::to_first(steps, tile, sent, Array::VALUES, [n, n, columns]);
            steps.add(Array::TO_A, to_a, n * n);
        }
        if has_sums[1] {
            steps.add(Array::TO_B, sent, n * columns);
        }
        return;
    }
    let from = task.eliminate(steps, Right::Unit);
    let inverse = steps.array(n * n);
    task.substitute(steps, from, n, inverse);
    send(steps, linear, inverse);
}

/// What the adjoint of a determinant or its logarithm sends beside the inverse.
pub(super) fn send(steps: &mut Steps, linear: Linear, inverse: Array) {
    let n = linear.pivots();
    let mut factors = inverse;
    if let Linear::Determinant { .. } = linear {
        factors = steps.array(n * n);
        let product = Tile::new(AddProduct, Begins::Nothing, factors.at(0).by(1, 0)).of(n * n, 1, 1);
        steps.tile(product.x(inverse.at(0).by(1, 0)).y(Array::VALUES.at(0)));
    }
    for i in 0..n {
        let sent = Tile::new(SendProduct, Begins::Kept, Array::TO_A.at(i * n).by(0, 1)).of(1, n, 1);
        steps.tile(sent.x(Array::RESULTS.at(0)).y(factors.at(i).by(n as isize, 0)));
    }
}
