//! Inverses, by the elimination of Gauss and Jordan in place, with row pivots.

use super::Formula::{LessProduct, Negated, One, Quotient, Reciprocal, SendLess, SendProduct, Sound};
use super::product;
use super::steps::{Array, Begins, Steps, Tile};

/// The inverse, and its soundness.
pub(super) fn forward(steps: &mut Steps, n: usize) {
    let [column, row, signs] = [(); 3].map(|()| steps.array(n));
    let (m, sound, wide) = (Array::RESULTS, Array::RESULTS.at(n * n), n as isize);
    steps.copy(m.at(0), Array::A.at(0), n * n);
    steps.tile(Tile::new(One, Begins::Nothing, sound));
    for k in 0..n {
        steps.pivot(m, k, n, signs);
        steps.swap_rows(m, k, n);
        // Row `k` over its pivot, whose place its reciprocal takes; then column `k` is cleared.
        steps.copy(column.at(0), m.at(k).by(wide, 0), n);
        let p = column.at(k);
        steps.tile(Tile::new(Sound, Begins::Kept, sound).x(p));
        let quotients = Tile::new(Quotient, Begins::Nothing, row.at(0).by(1, 0)).of(n, 1, 1);
        steps.tile(quotients.x(m.at(k * n).by(1, 0)).y(p));
        steps.tile(Tile::new(Reciprocal, Begins::Nothing, row.at(k)).x(p));
        // All rows and columns at once; those of the pivot get their own numbers behind.
        let (xs, ys) = (column.at(0).by(1, 0), row.at(0).by(1, 0));
        steps.tile(Tile::new(LessProduct, Begins::Kept, m.at(0).by(wide, 1)).of(n, n, 1).x(xs).y(ys));
        let cleared = Tile::new(Negated, Begins::Nothing, m.at(k).by(wide, 0)).of(n, 1, 1);
        steps.tile(cleared.x(xs).y(row.at(k)));
        steps.copy(m.at(k * n), row.at(0), n);
    }
    for k in (0..n).rev() {
        steps.swap_columns(m, k, n);
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
