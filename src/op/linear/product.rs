//! Products of matrices.

use super::steps::{Array, Begins, Steps, Tile};
use super::{Formula, NO_TARGET};

/// Each element is a sum from the left, starting with the first product.
pub(super) fn forward(steps: &mut Steps, [rows, inner, columns]: [usize; 3]) {
    let (a, b) = (Array::A.at(0).by(inner as isize, 1), Array::B.at(0).by(1, columns as isize));
    let out = Array::RESULTS.at(0).by(columns as isize, 1);
    steps.tile(Tile::new(Formula::AddProduct, Begins::Nothing, out).of(rows, columns, inner).x(a).y(b));
}

/// Every element has a sum of its own: the last product first.
pub(super) fn pull(steps: &mut Steps, shape: [usize; 3], [to_a, to_b]: [bool; 2]) {
    if to_a {
        let tile = Tile::new(Formula::SendProduct, Begins::Kept, Array::TO_A.at(0));
        to_first(steps, tile, Array::RESULTS, Array::B, shape);
    }
    if to_b {
        let tile = Tile::new(Formula::SendProduct, Begins::Kept, Array::TO_B.at(0));
        to_second(steps, tile, Array::RESULTS, Array::A, shape);
    }
}

/// What adjoints of a product of this shape send to its first factor beside the second one.
pub(super) fn to_first(steps: &mut Steps, tile: Tile, bars: Array, b: Array, [rows, inner, columns]: [usize; 3]) {
    let (wide, last) = (columns as isize, columns - 1);
    let out = tile.out.by(inner as isize, 1);
    let (x, y) = (bars.at(last).by(wide, -1), b.at(last).by(wide, -1));
    steps.tile(Tile { out, ..tile }.of(rows, inner, columns).x(x).y(y));
}

/// To its second factor beside the first one.
pub(super) fn to_second(steps: &mut Steps, tile: Tile, bars: Array, a: Array, [rows, inner, columns]: [usize; 3]) {
    let (wide, deep, last) = (columns as isize, inner as isize, rows - 1);
    let out = tile.out.by(1, wide);
    let (x, y) = (bars.at(last * columns).by(1, -wide), a.at(last * inner).by(1, -deep));
    steps.tile(Tile { out, ..tile }.of(columns, inner, rows).x(x).y(y));
}

/// Where elements share sums: each term's target, the adjoint that is sent, and the operand and element that it is sent beside. The last
/// product first, each to its first factor, then to its second.
#[inline(always)]
pub(super) fn shared(
    [rows, inner, columns]: [usize; 3],
    targets: &[u32],
    mut visit: impl FnMut(u32, usize, Array, usize),
) {
    let (to_a, to_b) = targets.split_at(rows * inner);
    for i in (0..rows).rev() {
        for j in (0..columns).rev() {
            for k in (0..inner).rev() {
                let (x, y) = (i * inner + k, k * columns + j);
                for (target, array, other) in [(to_a[x], Array::B, y), (to_b[y], Array::A, x)] {
                    if target != NO_TARGET {
                        visit(target, i * columns + j, array, other);
                    }
                }
            }
        }
    }
}
