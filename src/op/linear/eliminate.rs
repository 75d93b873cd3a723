//! Solutions and determinants, by elimination with row pivots.

use super::Formula::{LessProduct, Log, One, Quotient, SendDividend, SendDivisor, SendLess, SendLog, SendOn};
use super::Formula::{SendProduct, Sound, Sum, Times, Zero};
use super::Linear;
use super::steps::{Array, Begins, Steps, Tile, View};

/// What is eliminated for.
#[derive(Clone, Copy)]
struct Task {
    n: usize,
    /// Columns that are solved for.
    columns: usize,
    linear: Linear,
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
    /// The remains of the matrix and of the columns, whose places are free.
    m: Array,
    x: Array,
}

impl Task {
    fn new(linear: Linear) -> Task {
        let (n, columns) = match linear {
            Linear::Solve { size, columns } => (size, columns),
            Linear::Inverse { size } | Linear::Determinant { size } | Linear::LogDeterminant { size } => (size, 0),
            Linear::Product { .. } => unreachable!("a product needs no pivot"),
        };
        Task { n: n as usize, columns: columns as usize, linear }
    }

    fn is_determinant(&self) -> bool {
        matches!(self.linear, Linear::Determinant { .. })
    }

    /// Every step's row loses its column to the rows below.
    fn eliminate(self, steps: &mut Steps) -> Eliminated {
        let Task { n, columns, .. } = self;
        let (wide, across) = (n as isize, columns as isize);
        let [m, rows, factors] = [(); 3].map(|()| steps.array(n * n));
        let [x, solved] = [(); 2].map(|()| steps.array(n * columns));
        let signs = steps.array(n);
        steps.copy(m.at(0), Array::A.at(0), n * n);
        steps.copy(x.at(0), Array::B.at(0), n * columns);
        for k in 0..n {
            let (d, below) = (k * n + k, n - 1 - k);
            steps.pivot(m, k, n, signs);
            steps.swap_rows(m, k, n);
            steps.swap_rows(x, k, columns);
            steps.copy(rows.at(k * n), m.at(k * n), n);
            steps.copy(solved.at(k * columns), x.at(k * columns), columns);
            let f = factors.at(d + 1).by(1, 0);
            let quotients = Tile::new(Quotient, Begins::Nothing, f).of(below, 1, 1);
            steps.tile(quotients.x(m.at(d + n).by(wide, 0)).y(rows.at(d)));
            let less = |out: View| Tile::new(LessProduct, Begins::Kept, out).x(f);
            let rest = less(m.at(d + n + 1).by(wide, 1)).of(below, below, 1);
            steps.tile(rest.y(rows.at(d + 1).by(1, 0)));
            let rest = less(x.at((k + 1) * columns).by(across, 1)).of(below, columns, 1);
            steps.tile(rest.y(solved.at(k * columns).by(1, 0)));
        }
        Eliminated { rows, solved, factors, signs, m, x }
    }

    /// The solution, from the last row up; `sum` has room for a row.
    fn substitute(self, steps: &mut Steps, from: Eliminated, to: Array, sum: Array) {
        let Task { n, columns, .. } = self;
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

/// The results, and their soundness.
pub(super) fn forward(steps: &mut Steps, linear: Linear) {
    let task @ Task { n, columns, .. } = Task::new(linear);
    let from = task.eliminate(steps);
    let pivots = from.rows.at(0).by(0, n as isize + 1);
    let value = Array::RESULTS.at(0);
    let sound = if let Linear::Solve { .. } = linear {
        let sum = steps.array(columns);
        task.substitute(steps, from, Array::RESULTS, sum);
        Array::RESULTS.at(n * columns)
    } else {
        if task.is_determinant() {
            steps.tile(Tile::new(One, Begins::Nothing, value));
            steps.tile(Tile::new(Times, Begins::Kept, value).of(1, 1, n).x(pivots));
            steps.tile(Tile::new(Times, Begins::Kept, value).of(1, 1, n).x(from.signs.at(0).by(0, 1)));
        } else {
            steps.tile(Tile::new(Log, Begins::Nothing, value).of(1, 1, n).x(pivots));
        }
        Array::RESULTS.at(1)
    };
    steps.tile(Tile::new(One, Begins::Nothing, sound));
    // Nothing is divided by the last pivot of a determinant.
    let divisors = n - usize::from(task.is_determinant());
    steps.tile(Tile::new(Sound, Begins::Kept, sound).of(1, 1, divisors).x(pivots));
}

/// The elimination runs again and keeps its rows and factors; then it is gone back.
pub(super) fn pull(steps: &mut Steps, linear: Linear, has_sums: [bool; 2]) {
    let task @ Task { n, columns, .. } = Task::new(linear);
    let (wide, across, all, solved) = (n as isize, columns as isize, n * n, n * columns);
    let from @ Eliminated { rows, factors, signs, m, x, .. } = task.eliminate(steps);
    let m_bar = steps.array(all);
    let [x_bar, y, y_bar] = [(); 3].map(|()| steps.array(solved));
    let (factor_bar, row_bar) = (steps.array(n), steps.array(n));
    let (sum_bar, solved_bar) = (steps.array(columns), steps.array(columns));
    let bar = steps.array(1).at(0);
    let products = steps.array(n);
    // The sums of the operands go on where the first step begins; its row of them is read further down as well.
    let (m_first, x_first) = (m, x);
    for (first, sums, has_sums, count, width) in
        [(m_first, Array::TO_A, has_sums[0], all, n), (x_first, Array::TO_B, has_sums[1], solved, columns)]
    {
        if has_sums {
            steps.copy(first.at(0), sums.at(0), count);
            steps.swap_rows(first, 0, width);
        } else {
            steps.tile(Tile::new(Zero, Begins::Nothing, first.at(0).by(1, 0)).of(count, 1, 1));
        }
    }
    steps.tile(Tile::new(Zero, Begins::Nothing, m_bar.at(0).by(1, 0)).of(all, 1, 1));
    steps.copy(m_bar.at(0), m_first.at(0), n);
    if let Linear::Solve { .. } = linear {
        task.substitute(steps, from, y, sum_bar);
        steps.copy(y_bar.at(0), Array::RESULTS.at(0), solved);
        for k in 0..n {
            let (d, row, right, p) = (k * n + k, k * columns, n - 1 - k, rows.at(k * n + k));
            let sent = Tile::new(SendDividend, Begins::Zero, sum_bar.at(0).by(1, 0)).of(columns, 1, 1);
            steps.tile(sent.x(y_bar.at(row).by(1, 0)).y(p));
            // The last column first.
            let last = columns - 1;
            let sent = Tile::new(SendDivisor, Begins::Kept, m_bar.at(d)).of(1, 1, columns);
            steps.tile(sent.x(y_bar.at(row + last).by(0, -1)).y(p).w(y.at(row + last).by(0, -1)));
            let sent = Tile::new(SendLess, Begins::Kept, m_bar.at(d + 1).by(0, 1)).of(1, right, columns);
            steps.tile(sent.x(sum_bar.at(last).by(0, -1)).y(y.at(row + columns + last).by(across, -1)));
            let sent = Tile::new(SendLess, Begins::Kept, y_bar.at(row + columns).by(1, across)).of(columns, right, 1);
            steps.tile(sent.x(sum_bar.at(0).by(1, 0)).y(rows.at(d + 1).by(1, 0)));
            if k == 0 {
                steps.copy(x_bar.at(0), x_first.at(0), columns);
                let more = Tile::new(Sum, Begins::Kept, x_bar.at(0).by(1, 0)).of(columns, 1, 1);
                steps.tile(more.x(sum_bar.at(0).by(1, 0)));
            } else {
                steps.copy(x_bar.at(row), sum_bar.at(0), columns);
            }
        }
    } else {
        steps.copy(bar, Array::RESULTS.at(0), 1);
        if task.is_determinant() {
            steps.tile(Tile::new(SendOn, Begins::Kept, bar).of(1, 1, n).x(signs.at(0).by(0, 1)));
            // What the products of the first pivots are.
            let product = steps.array(1).at(0);
            steps.tile(Tile::new(One, Begins::Nothing, product));
            for k in 0..n {
                steps.tile(Tile::new(Times, Begins::Kept, product).x(rows.at(k * n + k)));
                steps.copy(products.at(k), product, 1);
            }
        }
    }
    for k in (0..n).rev() {
        let (d, below, row, p) = (k * n + k, n - 1 - k, k * columns, rows.at(k * n + k));
        // The last row, and the last column, first.
        let less = |begins, to: Array| Tile::new(SendLess, begins, to.at(0).by(1, 0));
        if below > 0 {
            let to_factors = less(Begins::Zero, factor_bar).of(below, 1, columns);
            let right = columns.saturating_sub(1);
            let ends = x_bar.at(row + columns + right);
            steps.tile(to_factors.x(ends.by(across, -1)).y(from.solved.at(row + right).by(0, -1)));
            let to_factors = less(Begins::Kept, factor_bar).of(below, 1, below);
            steps.tile(to_factors.x(m_bar.at(d + n + below).by(wide, -1)).y(rows.at(k * n + n - 1).by(0, -1)));
            let f = factors.at(k * n + n - 1).by(0, -1);
            steps.copy(solved_bar.at(0), x_bar.at(row), columns);
            let to_row = less(Begins::Kept, solved_bar).of(columns, 1, below);
            steps.tile(to_row.x(x_bar.at((n - 1) * columns).by(1, -across)).y(f));
            steps.copy(x_bar.at(row), solved_bar.at(0), columns);
            steps.copy(row_bar.at(0), m_bar.at(d + 1), below);
            let to_row = less(Begins::Kept, row_bar).of(below, 1, below);
            steps.tile(to_row.x(m_bar.at(all - below).by(1, -wide)).y(f));
            steps.copy(m_bar.at(d + 1), row_bar.at(0), below);
            if k == 0 {
                let more = |out: Array, x: Array, at: usize, count: usize| {
                    let more = Tile::new(Sum, Begins::Kept, out.at(at).by(1, 0)).of(count - at, 1, 1);
                    more.x(x.at(at).by(1, 0))
                };
                // Column 0 has nothing yet.
                steps.tile(more(m_bar, m_first, n, all));
                steps.tile(more(x_bar, x_first, columns, solved));
            }
            let sent = Tile::new(SendDividend, Begins::Kept, m_bar.at(d + n).by(wide, 0)).of(below, 1, 1);
            steps.tile(sent.x(factor_bar.at(0).by(1, 0)).y(p));
            let sent = Tile::new(SendDivisor, Begins::Kept, m_bar.at(d)).of(1, 1, below);
            steps.tile(sent.x(factor_bar.at(below - 1).by(0, -1)).y(p).w(f));
        }
        match linear {
            // What is left goes to the products before; the first of them is the first pivot.
            Linear::Determinant { .. } if k > 0 => {
                steps.tile(Tile::new(SendProduct, Begins::Kept, m_bar.at(d)).x(bar).y(products.at(k - 1)));
                steps.tile(Tile::new(SendOn, Begins::Kept, bar).x(p));
                if k == 1 {
                    steps.tile(Tile::new(Sum, Begins::Kept, m_bar.at(0)).x(bar));
                }
            }
            Linear::LogDeterminant { .. } => {
                steps.tile(Tile::new(SendLog, Begins::Kept, m_bar.at(d)).x(bar).y(p));
            }
            _ => {}
        }
        steps.swap_rows(m_bar, k, n);
        steps.swap_rows(x_bar, k, columns);
    }
    for (to, bar, has_sums, count) in
        [(Array::TO_A, m_bar, has_sums[0], all), (Array::TO_B, x_bar, has_sums[1], solved)]
    {
        if has_sums {
            steps.copy(to.at(0), bar.at(0), count);
        }
    }
}
