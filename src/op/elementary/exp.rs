//! eˣ, 2ˣ for a split argument, and the scaling by powers of two that other functions share.

use crate::op::num::{Num32, Word};

/// `value` · 2ᵏ for an integer k in [−252, 254], rounded once: two factors, so that neither leaves the range of f32.
#[inline(always)]
pub(super) fn scale<N: Num32>(value: N, power: N::Word) -> N {
    let half = power.shift_right_signed(N::Word::of(1));
    value * power_of_two(half) * power_of_two::<N>(power.minus(half))
}

/// 2ᵏ for an integer k in [−126, 127].
#[inline(always)]
pub(super) fn power_of_two<N: Num32>(power: N::Word) -> N {
    N::from_bits(power.plus(N::Word::of(127)).shift_left(N::Word::of(23)))
}

/// `value` moved into [low, high]; a NaN stays.
#[inline(always)]
pub(super) fn clamp<N: Num32>(value: N, low: f64, high: f64) -> N {
    let (low, high) = (N::of(low), N::of(high));
    let value = N::select(value.less(low), low, value);
    N::select(high.less(value), high, value)
}

/// eˣ · 2^`shift`, with no overflow or underflow before the shift.
///
/// x = k ln 2 + r with |r| ≤ ½ ln 2 (Cody and Waite's two-part ln 2: k·hi is exact), eʳ by a polynomial.
#[inline(always)]
pub(super) fn exp_shifted<N: Num32>(x: N, shift: i32) -> N {
    // Beyond these the result has left the range for every shift in use.
    let x = clamp(x, -105.0, 91.0);
    let k = (x * N::of(std::f64::consts::LOG2_E) + N::of(0.5)).floor();
    let r = x - k * N::of(0.693_145_751_953_125) - k * N::of(1.428_606_765_330_187e-6);
    let square = r * r;
    let tail = r.polynomial([
        0.499_999_880_790_710_45,
        0.166_665_166_616_439_82,
        0.041_669_640_690_088_27,
        0.008_369_131_013_751_03,
        0.001_374_655_519_612_133_5,
    ]);
    let mantissa = N::of(1.0) + (r + square * tail);
    scale(mantissa, k.to_int().plus(N::Word::of(shift as u32)))
}

/// eˣ.
#[inline(always)]
pub fn exp<N: Num32>(x: N) -> N {
    exp_shifted(x, 0)
}

/// 2^(high + low), for |low| far below |high|.
#[inline(always)]
pub(super) fn exp2_split<N: Num32>(high: N, low: N) -> N {
    let limit = N::of(160.0);
    let outside = limit.less(high.abs());
    let high = N::select(outside, limit.with_sign(high), high);
    let low = N::select(outside, N::of(0.0), low);
    let n = (high + low + N::of(0.5)).floor();
    let r = (high - n) + low;
    let tail = r.polynomial([
        0.693_147_182_464_599_6,
        0.240_226_447_582_244_87,
        0.055_503_591_895_103_455,
        0.009_618_841_111_660_004,
        0.001_339_113_689_027_726_7,
        0.000_152_380_060_171_706_4,
    ]);
    scale(N::of(1.0) + r * tail, n.to_int())
}
