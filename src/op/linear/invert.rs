//! Inverses, by the elimination of Gauss and Jordan in place, with row pivots.

use super::Formula::{LessProduct, Negated, One, Quotient, Reciprocal, SendDividend, SendDivisor};
use super::Formula::{SendLess, Sound, Sum};
use super::steps::{Array, Begins, Steps, Tile};

/// The inverse, and its soundness.
pub(super) fn forward(steps: &mut Steps, n: usize) {
    let (column, row, signs) = (steps.array(n), steps.array(n), steps.array(n));
    let (m, sound) = (Array::RESULTS, Array::RESULTS.at(n * n));
    steps.copy(m.at(0), Array::A.at(0), n * n);
    steps.tile(Tile::new(One, Begins::Nothing, sound));
    for k in 0..n {
        steps.pivot(m, k, n, signs);
        steps.swap_rows(m, k, n);
        step(steps, m, [column, row], 0, k, n);
        steps.tile(Tile::new(Sound, Begins::Kept, sound).x(column.at(k)));
    }
    for k in (0..n).rev() {
        steps.swap_columns(m, k, n);
    }
}

/// Row `k` over its pivot, whose place its reciprocal takes; then column `k` is cleared. What the column was and what the row is
/// are kept from place `at` on.
fn step(steps: &mut Steps, m: Array, [column, row]: [Array; 2], at: usize, k: usize, n: usize) {
    let wide = n as isize;
    steps.copy(column.at(at), m.at(k).by(wide, 0), n);
    let p = column.at(at + k);
    let quotients = Tile::new(Quotient, Begins::Nothing, row.at(at).by(1, 0)).of(n, 1, 1);
    steps.tile(quotients.x(m.at(k * n).by(1, 0)).y(p));
    steps.tile(Tile::new(Reciprocal, Begins::Nothing, row.at(at + k)).x(p));
    // All rows and columns at once; those of the pivot get their own numbers behind.
    let (xs, ys) = (column.at(at).by(1, 0), row.at(at).by(1, 0));
    steps.tile(Tile::new(LessProduct, Begins::Kept, m.at(0).by(wide, 1)).of(n, n, 1).x(xs).y(ys));
    let cleared = Tile::new(Negated, Begins::Nothing, m.at(k).by(wide, 0)).of(n, 1, 1);
    steps.tile(cleared.x(xs).y(row.at(at + k)));
    steps.copy(m.at(k * n), row.at(at), n);
}

/// The elimination runs again and keeps of each step its column and its row; then the steps are gone back.
pub(super) fn pull(steps: &mut Steps, n: usize) {
    let (wide, all) = (n as isize, n * n);
    let [m, columns, rows, bar] = [(); 4].map(|()| steps.array(all));
    let [column_bar, row_bar, signs] = [(); 3].map(|()| steps.array(n));
    let p_bar = steps.array(1).at(0);
    steps.copy(m.at(0), Array::A.at(0), all);
    for k in 0..n {
        steps.pivot(m, k, n, signs);
        steps.swap_rows(m, k, n);
        step(steps, m, [columns, rows], k * n, k, n);
    }
    steps.copy(bar.at(0), Array::RESULTS.at(0), all);
    for k in 0..n {
        steps.swap_columns(bar, k, n);
    }
    // On the way to the operand its sums go on; else there is nothing yet.
    let first = m;
    for k in (0..n).rev() {
        let begins = if k == 0 { Begins::Kept } else { Begins::Zero };
        if k == 0 {
            steps.copy(first.at(0), Array::TO_A.at(0), all);
            steps.swap_rows(first, 0, n);
            steps.copy(column_bar.at(0), first.at(0).by(wide, 0), n);
            steps.copy(p_bar, first.at(0), 1);
        }
        let (last, d) = (n - 1, k * n + k);
        // Terms of the others, from the last one down.
        let others = [(last, last - k), (k.wrapping_sub(1), k)];
        let others = || others.into_iter().filter(|&(_, terms)| terms > 0);
        let sends = |begins, to: Array| Tile::new(SendLess, begins, to.at(0).by(1, 0));
        let of_pivot = sends(begins, column_bar).of(n, 1, 1);
        steps.tile(of_pivot.x(bar.at(k).by(wide, 0)).y(rows.at(d)));
        steps.copy(row_bar.at(0), bar.at(k * n), n);
        for (from, terms) in others() {
            let of_row = sends(Begins::Kept, column_bar).of(n, 1, terms);
            steps.tile(of_row.x(bar.at(from).by(wide, -1)).y(rows.at(k * n + from).by(0, -1)));
            let of_column = sends(Begins::Kept, row_bar).of(n, 1, terms);
            steps.tile(of_column.x(bar.at(from * n).by(1, -wide)).y(columns.at(k * n + from).by(0, -1)));
        }
        if k == 0 {
            steps.tile(Tile::new(Sum, Begins::Kept, bar.at(0).by(1, 0)).of(all, 1, 1).x(first.at(0).by(1, 0)));
        }
        steps.copy(bar.at(k).by(wide, 0), column_bar.at(0), n);
        let p = columns.at(d);
        let to_pivot = |begins| Tile::new(SendDivisor, begins, p_bar).y(p);
        steps.tile(to_pivot(begins).x(row_bar.at(k)).w(rows.at(d)));
        for (from, terms) in others() {
            let sent = to_pivot(Begins::Kept).of(1, 1, terms);
            steps.tile(sent.x(row_bar.at(from).by(0, -1)).w(rows.at(k * n + from).by(0, -1)));
        }
        if k == 0 {
            // Its adjoints so far are `row_bar`.
            steps.copy(bar.at(0), first.at(0), n);
        }
        let to_row = Tile::new(SendDividend, begins, bar.at(k * n).by(1, 0)).of(n, 1, 1);
        steps.tile(to_row.x(row_bar.at(0).by(1, 0)).y(p));
        steps.copy(bar.at(d), p_bar, 1);
        steps.swap_rows(bar, k, n);
    }
    steps.copy(Array::TO_A.at(0), bar.at(0), all);
}
