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
pub(super) fn pull(steps: &mut Steps, [rows, inner, columns]: [usize; 3], [to_a, to_b]: [bool; 2]) {
    let (from_right, from_below) = (columns - 1, rows - 1);
    let (wide, deep) = (columns as isize, inner as isize);
    if to_a {
        let (bars, b) = (Array::RESULTS.at(from_right).by(wide, -1), Array::B.at(from_right).by(wide, -1));
        let out = Array::TO_A.at(0).by(deep, 1);
        steps.tile(Tile::new(Formula::SendProduct, Begins::Kept, out).of(rows, inner, columns).x(bars).y(b));
    }
    if to_b {
        let bars = Array::RESULTS.at(from_below * columns).by(1, -wide);
        let a = Array::A.at(from_below * inner).by(1, -deep);
        let out = Array::TO_B.at(0).by(1, wide);
        steps.tile(Tile::new(Formula::SendProduct, Begins::Kept, out).of(columns, inner, rows).x(bars).y(a));
    }
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
