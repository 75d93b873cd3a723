//! Float division with remainder: exact over the whole range of f32, by integer steps.

use super::exp::power_of_two;
use crate::op::num::{Num32, Word};

/// A positive float as an integer below 2²⁴ times 2^(e − 150): gives the integer and e.
#[inline(always)]
fn integer_parts<N: Num32>(size: N) -> (N::Word, N::Word) {
    let tiny = size.less(N::of(f64::from(f32::MIN_POSITIVE)));
    let bits = N::select(tiny, size * N::of(16_777_216.0), size).to_bits();
    let biased = bits.shift_right(N::Word::of(23));
    let exponent = biased.minus(N::Word::select(tiny, N::Word::of(24), N::Word::of(0)));
    let integer = bits.and(N::Word::of(0x007f_ffff)).or(N::Word::of(0x0080_0000));
    (integer, exponent)
}

/// x − n·y for the truncated quotient n: exact, with the sign of x; NaN for y = 0 or an infinite x.
///
/// Long division of the 24-bit integers, 8 bits a step: exponents differ by at most 276, so one step of the
/// odd bits and 34 whole ones always suffice.
#[inline(always)]
pub fn remainder<N: Num32>(x: N, y: N) -> N {
    let (size, divisor) = (x.abs(), y.abs());
    let (x_integer, x_exponent) = integer_parts(size);
    let (y_integer, y_exponent) = integer_parts(divisor);
    let (zero, three, seven, eight) = (N::Word::of(0), N::Word::of(3), N::Word::of(7), N::Word::of(8));
    let apart = x_exponent.minus(y_exponent);
    let apart = N::Word::select(apart.less_signed(zero), zero, apart);
    let whole_steps = apart.shift_right(three);
    let rest = x_integer.modulo_unsigned(y_integer);
    let mut rest = rest.shift_left(apart.and(seven)).modulo_unsigned(y_integer);
    for done in 0..34 {
        let go = N::Word::of(done).less_unsigned(whole_steps);
        rest = N::Word::select(go, rest.shift_left(eight).modulo_unsigned(y_integer), rest);
    }
    // Two factors: the unit of a small divisor is below the smallest normal power of two.
    let power = y_exponent.minus(N::Word::of(150));
    let half = power.shift_right_signed(N::Word::of(1));
    let value = N::of_int(rest) * power_of_two(half) * power_of_two::<N>(power.minus(half));
    let value = N::select(size.less(divisor), size, value).with_sign(x);
    let undefined = x.is_nan() | y.is_nan() | x.is_infinite() | divisor.equal(N::of(0.0));
    N::select(undefined, N::of(f64::NAN), value)
}

/// The integer part of x / y; exact while below 2²⁴, else the rounded quotient.
#[inline(always)]
pub fn quotient<N: Num32>(x: N, y: N) -> N {
    let plain = (x / y).trunc();
    let count = plain.abs();
    // The division may round up to an integer that the exact quotient does not reach. Dekker's product of the
    // scaled operands tells; beyond 2²⁴ there is nothing to mend and the select drops it.
    let scale =
        N::select(N::of(1.0).less(x.abs()), N::of(9.094_947_017_729_282e-13), N::of(18_446_744_073_709_551_616.0));
    let (size, divisor) = (x.abs() * scale, y.abs() * scale);
    let splitter = N::Word::of(0xffff_f000);
    let divisor_high = N::from_bits(divisor.to_bits().and(splitter));
    let count_high = N::from_bits(count.to_bits().and(splitter));
    let (divisor_low, count_low) = (divisor - divisor_high, count - count_high);
    // size − count·divisor, largest product first, so that each difference is exact near zero.
    let rest = size
        - count_high * divisor_high
        - count_high * divisor_low
        - count_low * divisor_high
        - count_low * divisor_low;
    let past = rest.less(N::of(0.0)) & count.less(N::of(16_777_216.0));
    N::select(past, (count - N::of(1.0)).with_sign(x / y), plain)
}
