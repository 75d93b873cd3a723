//! sinh, cosh, tanh and the logistic function, all from one exponential and a polynomial where that would cancel.

use super::exp::{exp, exp_shifted};
use crate::op::num::Num32;

/// Hyperbolic sine.
#[inline(always)]
pub fn sinh<N: Num32>(x: N) -> N {
    let size = x.abs();
    // Half the exponential: finite wherever the result is.
    let half = exp_shifted(size, -1);
    let large = half - N::of(0.25) / half;
    let z = x * x;
    let tail = z.polynomial([
        0.166_666_671_633_720_4,
        0.008_333_314_210_176_468,
        0.000_198_419_089_429_080_5,
        2.788_460_960_800_876e-6,
    ]);
    N::select(size.less(N::of(1.0)), x + x * (z * tail), large.with_sign(x))
}

/// Hyperbolic cosine.
#[inline(always)]
pub fn cosh<N: Num32>(x: N) -> N {
    let half = exp_shifted(x.abs(), -1);
    half + N::of(0.25) / half
}

/// Hyperbolic tangent: 1 − 2/(e²ˣ + 1), or a polynomial where |x| < 0.625.
#[inline(always)]
pub fn tanh<N: Num32>(x: N) -> N {
    let size = x.abs();
    let large = N::of(1.0) - N::of(2.0) / (exp(size + size) + N::of(1.0));
    let z = x * x;
    let tail = z.polynomial([
        -0.333_332_866_430_282_6,
        0.133_315_429_091_453_55,
        -0.053_746_771_067_380_905,
        0.020_659_120_753_407_48,
        -0.005_724_935_326_725_244_5,
    ]);
    // The sign goes on last: −0 would lose it in the sum.
    N::select(size.less(N::of(0.625)), size + size * (z * tail), large).with_sign(x)
}

/// 1 / (1 + e⁻ˣ), through the exponential of −|x|, which cannot overflow.
#[inline(always)]
pub fn sigmoid<N: Num32>(x: N) -> N {
    let one = N::of(1.0);
    let small = exp(-x.abs());
    N::select(x.less(N::of(0.0)), small, one) / (one + small)
}
