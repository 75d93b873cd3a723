//! Rounding to the nearest integer by floor, for instances whose own rounding cannot be trusted.

use crate::op::num::Num;

/// The nearest integer, the even one of two, with the sign of `x`.
#[inline(always)]
pub fn round_even<N: Num>(x: N) -> N {
    let size = x.abs();
    let below = size.floor();
    let over = size - below;
    let half = N::of(0.5);
    let half_below = below * half;
    let odd = !half_below.floor().equal(half_below);
    let up = half.less(over) | (over.equal(half) & odd);
    N::select(up, below + N::of(1.0), below).with_sign(x)
}
