//! xʸ over the whole range of f32, with the logarithm carried in two floats.

use super::exp::exp2_split;
use super::log::{SQRT_THREE_QUARTERS, split};
use crate::op::num::{Num32, Word};

/// log₂ e in 12 bits and a rest.
const LOG2_E: (f64, f64) = (1.442_382_812_5, 0.000_312_228_395_868_092_6);

/// The leading 12 bits of a float: the product of two such is exact.
#[inline(always)]
fn leading<N: Num32>(x: N) -> N {
    N::from_bits(x.to_bits().and(N::Word::of(0xffff_f000)))
}

/// log₂ 1.5 in 10 bits, which add to an exponent exactly, and a rest.
const LOG2_THREE_HALVES: (f64, f64) = (0.584_960_937_5, 1.563_221_189_826_435_9e-6);

/// log₂ x as (12-bit high part, low part), together good to about 2⁻³³; x is positive and finite.
///
/// With x = 2ᵏ m, m in [√¾, 2√¾), and c = 1 or 1.5 the nearer to m: log(m/c) = 2s + ⅔s³ + … for s = (m−c)/(m+c), |s| ≤ 0.102.
/// The quotient s is kept in two parts, the second from the exact rest of the division.
#[inline(always)]
fn log2_split<N: Num32>(x: N) -> (N, N) {
    let (k, mantissa) = split(x, SQRT_THREE_QUARTERS);
    let upper = N::of(1.224_744_9).less(mantissa);
    let centre = N::select(upper, N::of(1.5), N::of(1.0));
    let f = mantissa - centre;
    let sum = mantissa + centre;
    let sum_high = leading(sum);
    let sum_low = mantissa - (sum_high - centre);
    let s = f / sum;
    let s_high = leading(s);
    let s_low = ((f - s_high * sum_high) - s_high * sum_low) / sum;
    let z = s * s;
    let tail = z.polynomial([0.666_666_686_534_881_6, 0.399_980_664_253_234_86, 0.289_674_252_271_652_2]);
    let high = s_high + s_high;
    let low = (s_low + s_low) + s * (z * tail);
    // Times log₂ e: the product of the high parts is exact.
    let first = high * N::of(LOG2_E.0);
    let second = low * N::of(std::f64::consts::LOG2_E) + high * N::of(LOG2_E.1);
    let total = first + second;
    let total_low = (second - (total - first)) + N::select(upper, N::of(LOG2_THREE_HALVES.1), N::of(0.0));
    let base = k + N::select(upper, N::of(LOG2_THREE_HALVES.0), N::of(0.0));
    let all = base + total;
    let all_low = (base - all) + total;
    let result = leading(all);
    (result, (all - result) + (all_low + total_low))
}

/// x to the power y, with the special cases of C's `pow`.
#[inline(always)]
pub fn pow<N: Num32>(x: N, y: N) -> N {
    let (zero, one) = (N::of(0.0), N::of(1.0));
    let size = x.abs();
    let (log_high, log_low) = log2_split(size);
    // No base but 1 stays in range for an exponent beyond 2³²; the bound keeps the products below finite.
    let bound = N::of(4_294_967_296.0);
    let exponent = N::select(bound.less(y.abs()), bound.with_sign(y), y);
    let exponent_high = leading(exponent);
    let high = exponent_high * log_high;
    let low = (exponent - exponent_high) * log_high + exponent * log_low;
    let value = exp2_split(high, low);

    let half = y * N::of(0.5);
    let integer = y.floor().equal(y);
    let odd = integer & !half.floor().equal(half);
    let none = size.equal(zero);
    let endless = size.is_infinite();
    let falling = y.less(zero);
    let vanishes = (none & !falling) | (endless & falling);
    let limit = N::select(vanishes, zero, N::of(f64::INFINITY));
    let value = N::select(none | endless, limit, value);
    let value = N::select(x.sign_bit() & odd, -value, value);
    let undefined = (x.less(zero) & !integer & !endless) | x.is_nan() | y.is_nan();
    let value = N::select(undefined, N::of(f64::NAN), value);
    N::select(y.equal(zero) | x.equal(one), one, value)
}
