//! Inverses, by the elimination of Gauss and Jordan in place, with row pivots. Some pivots at once clear the columns that are not theirs, so that
//! a number is read and written once for all of them.

use super::Formula::{LessProduct, Negated, One, Quotient, Reciprocal, SendLess, SendProduct, Sound};
use super::product;
use super::steps::{Array, Begins, Steps, Tile, View};

/// The inverse, and its soundness.
pub(super) fn forward(steps: &mut Steps, n: usize) {
    let most = steps.panel.min(n);
    let (columns, rows) = (steps.array(n * most), steps.array(most * n));
    let signs = steps.array(n);
    steps.copy(M.at(0), Array::A.at(0), n * n);
    steps.tile(Tile::new(One, Begins::Nothing, M.at(n * n)));
    for first in (0..n).step_by(most) {
        let panel = Panel { columns, rows, first, last: (first + most).min(n), n, most };
        panel.clear(steps, signs);
        panel.spread(steps, 0, first);
        panel.spread(steps, panel.last, n - panel.last);
    }
    for k in (0..n).rev() {
        steps.swap_columns(M, k, n);
    }
}

/// What is eliminated in place, and its soundness behind it.
const M: Array = Array::RESULTS;

/// Pivots one after another, which are taken from all other columns at once.
#[derive(Clone, Copy)]
struct Panel {
    /// By row, then by pivot: what stood in the pivot's column.
    columns: Array,
    /// By pivot: its row over it, whose own place its reciprocal takes.
    rows: Array,
    first: usize,
    last: usize,
    n: usize,
    /// Pivots of a panel at most.
    most: usize,
}

impl Panel {
    fn pivots(self) -> impl DoubleEndedIterator<Item = (usize, usize)> {
        (self.first..self.last).enumerate()
    }

    fn row(self, number: usize, column: usize) -> View {
        self.rows.at(number * self.n + column)
    }

    /// What pivots from this number on stand beside in a row.
    fn column(self, row: usize, number: usize) -> View {
        self.columns.at(row * self.most + number)
    }

    /// The panel's own columns are cleared, pivot by pivot.
    fn clear(self, steps: &mut Steps, signs: Array) {
        let Panel { first, last, n, .. } = self;
        let (wide, width, stride) = (n as isize, last - first, self.most as isize);
        for (number, k) in self.pivots() {
            steps.pivot(M, k, n, signs);
            steps.swap_rows(M, k, n);
            if self.most < n {
                steps.swap_starts(self.columns, k, self.most, number);
            }
            let xs = self.column(0, number).by(stride, 0);
            steps.copy(xs, M.at(k).by(wide, 0), n);
            let (p, reciprocal) = (self.column(k, number), self.row(number, k));
            steps.tile(Tile::new(Sound, Begins::Kept, M.at(n * n)).x(p));
            self.divide(steps, number, k, first, width);
            steps.tile(Tile::new(Reciprocal, Begins::Nothing, reciprocal).x(p));
            // All rows and columns at once; those of the pivot get their own numbers behind.
            let less = Tile::new(LessProduct, Begins::Kept, M.at(first).by(wide, 1)).of(n, width, 1);
            steps.tile(less.x(xs).y(self.row(number, first).by(1, 0)));
            let cleared = Tile::new(Negated, Begins::Nothing, M.at(k).by(wide, 0)).of(n, 1, 1);
            steps.tile(cleared.x(xs).y(reciprocal));
            steps.copy(M.at(k * n + first), self.row(number, first), width);
        }
    }

    /// So many other columns, from `start` on, lose all pivots: each element in the pivots' order.
    fn spread(self, steps: &mut Steps, start: usize, count: usize) {
        let Panel { first, last, n, .. } = self;
        let (wide, width) = (n as isize, last - first);
        let less = |row: usize, rows: usize, from: usize, terms: usize| {
            let less = Tile::new(LessProduct, Begins::Kept, M.at(row * n + start).by(wide, 1)).of(rows, count, terms);
            less.x(self.column(row, from).by(self.most as isize, 1)).y(self.row(from, start).by(1, wide))
        };
        for (number, k) in self.pivots() {
            steps.tile(less(k, 1, 0, number));
            self.divide(steps, number, k, start, count);
        }
        steps.tile(less(0, first, 0, width));
        steps.tile(less(last, n - last, 0, width));
        for (number, k) in self.pivots() {
            steps.copy(M.at(k * n + start), self.row(number, start), count);
            steps.tile(less(k, 1, number + 1, width - number - 1));
        }
    }

    /// Row `k` over its pivot, in so many columns.
    fn divide(self, steps: &mut Steps, number: usize, k: usize, start: usize, count: usize) {
        let quotients = Tile::new(Quotient, Begins::Nothing, self.row(number, start).by(1, 0)).of(count, 1, 1);
        steps.tile(quotients.x(M.at(k * self.n + start).by(1, 0)).y(self.column(k, number)));
    }
}

/// The inverse b changes by b·(held − m)·b with its operand m.
pub(super) fn pull(steps: &mut Steps, n: usize) {
    let (b, shape) = (Array::VALUES, [n; 3]);
    let [half, sent] = [(); 2].map(|()| steps.array(n * n));
    product::to_first(steps, Tile::new(SendProduct, Begins::Zero, half.at(0)), Array::RESULTS, b, shape);
    product::to_second(steps, Tile::new(SendLess, Begins::Zero, sent.at(0)), half, b, shape);
    steps.add(Array::TO_A, sent, n * n);
}
