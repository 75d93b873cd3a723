//! The logarithm, and the split of a number into exponent and mantissa that `pow` shares.

use crate::op::num::{Num32, Word};

/// The bits of √½ and of √¾, the mantissas at which [`split`] may start.
pub(super) const SQRT_HALF: u32 = 0x3f35_04f3;
pub(super) const SQRT_THREE_QUARTERS: u32 = 0x3f5d_b3d7;

/// x = 2ᵏ m with m in [start, 2·start): gives k (as a float) and m; x is positive and finite, `start` the bits of a float in [½, 1].
#[inline(always)]
pub(super) fn split<N: Num32>(x: N, start: u32) -> (N, N) {
    let tiny = x.less(N::of(f64::from(f32::MIN_POSITIVE)));
    let bits = N::select(tiny, x * N::of(16_777_216.0), x).to_bits();
    let places = N::Word::of(23);
    // Counting from the bits of `start` makes the exponent change there.
    let k = bits.minus(N::Word::of(start)).shift_right_signed(places);
    let mantissa = N::from_bits(bits.minus(k.shift_left(places)));
    (N::of_int(k) - N::select(tiny, N::of(24.0), N::of(0.0)), mantissa)
}

/// Natural logarithm.
///
/// log(1+f) = f − (f²/2 − s(f²/2 + z R(z))) with s = f/(2+f), z = s², log((1+s)/(1−s)) = 2s + s z R(z): f is exact and carries the leading digits.
#[inline(always)]
pub fn log<N: Num32>(x: N) -> N {
    let (k, mantissa) = split(x, SQRT_HALF);
    let f = mantissa - N::of(1.0);
    let s = f / (N::of(2.0) + f);
    let z = s * s;
    let tail = z.polynomial([0.666_667_699_813_842_8, 0.399_781_793_355_941_8, 0.298_572_063_446_044_9]);
    let half_square = N::of(0.5) * f * f;
    let low = s * (half_square + z * tail) + k * N::of(1.428_606_765_330_187e-6);
    let value = k * N::of(0.693_145_751_953_125) - ((half_square - low) - f);
    let zero = x.equal(N::of(0.0));
    let outside = x.is_nan() | x.less(N::of(0.0));
    let value = N::select(x.is_infinite(), x, value);
    N::select(zero, N::of(f64::NEG_INFINITY), N::select(outside, N::of(f64::NAN), value))
}

/// Logarithm to a base, log x / log b.
#[inline(always)]
pub fn log_base<N: Num32>(x: N, base: N) -> N {
    log(x) / log(base)
}
