//! What the operations of kind Arithmetic do with two Ints: 32-bit two's complement held in unsigned words.

use super::Op;
use super::num::{Mask, Word};

/// Outcome: the result bits are an Int.
pub const IS_INT: u32 = 0;
/// Outcome: the result does not fit or is not exact; the Float formula on the converted operands gives it.
pub const TAKE_FLOAT: u32 = 1;
/// Outcome: the status `divide-by-zero`.
pub const DIVIDE_BY_ZERO: u32 = 2;

/// The same truth in every lane.
pub(super) fn flag<W: Word>(value: bool) -> W::Mask {
    W::Mask::of(value)
}

/// Result bits and outcome ([`IS_INT`], [`TAKE_FLOAT`] or [`DIVIDE_BY_ZERO`]) of an operation of kind Arithmetic on Ints;
/// a unary one ignores `b`. The bits mean nothing unless the outcome is `IS_INT`.
pub fn integer<W: Word>(op: Op, a: W, b: W) -> (W, W) {
    let zero = W::of(0);
    let (bits, float, by_zero) = match op {
        Op::Add => {
            let sum = a.plus(b);
            // Overflow: both operands differ in sign from the sum.
            (sum, Some(negative(a.xor(sum).and(b.xor(sum)))), None)
        }
        Op::Sub => {
            let difference = a.minus(b);
            (difference, Some(negative(a.xor(b).and(a.xor(difference)))), None)
        }
        Op::Mul => overflowing(a.times_signed(b)),
        Op::Square => overflowing(a.times_signed(a)),
        Op::Neg => (a.negated(), Some(a.same(least())), None),
        Op::Abs => (a.magnitude(), Some(a.same(least())), None),
        Op::Min => (W::select(b.less_signed(a), b, a), None, None),
        Op::Max => (W::select(a.less_signed(b), b, a), None, None),
        Op::Div => {
            let (quotient, rest, overflow) = divide(a, b);
            (quotient, Some(!rest.same(zero) | overflow), Some(b.same(zero)))
        }
        Op::Quotient => {
            let (quotient, _, overflow) = divide(a, b);
            (quotient, Some(overflow), Some(b.same(zero)))
        }
        Op::Remainder => (divide(a, b).1, None, Some(b.same(zero))),
        Op::Modulo => {
            let rest = divide(a, b).1;
            let moved = negative(rest.xor(b)) & !rest.same(zero);
            (W::select(moved, rest.plus(b), rest), None, Some(b.same(zero)))
        }
        Op::Expt => {
            let (power, overflow) = power(a, b);
            let falling = b.less_signed(zero);
            (power, Some(overflow | falling), Some(falling & a.same(zero)))
        }
        Op::Floor | Op::Ceiling | Op::Round | Op::Truncate => (a, None, None),
        _ => unreachable!("{op:?} is not of kind Arithmetic"),
    };
    let mut outcome = W::of(IS_INT);
    if let Some(float) = float {
        outcome = W::select(float, W::of(TAKE_FLOAT), outcome);
    }
    if let Some(by_zero) = by_zero {
        outcome = W::select(by_zero, W::of(DIVIDE_BY_ZERO), outcome);
    }
    (bits, outcome)
}

/// A result, when it is to be left to Floats, and when it is a division by zero; `None` is never.
type Answer<W> = (W, Option<<W as Word>::Mask>, Option<<W as Word>::Mask>);

/// The answer of an operation that fails only by not fitting.
fn overflowing<W: Word>((bits, long): (W, W::Mask)) -> Answer<W> {
    (bits, Some(long), None)
}

/// Is the sign bit set?
fn negative<W: Word>(word: W) -> W::Mask {
    word.less_signed(W::of(0))
}

/// The least 32-bit signed integer.
fn least<W: Word>() -> W {
    W::of(0x8000_0000)
}

/// Truncated quotient, remainder, and whether the quotient overflows; a zero divisor is taken as 1.
fn divide<W: Word>(a: W, b: W) -> (W, W, W::Mask) {
    let overflow = a.same(least()) & b.same(W::of(u32::MAX));
    let divisor = W::select(b.same(W::of(0)) | overflow, W::of(1), b);
    let quotient = a.divide_signed(divisor);
    (quotient, a.minus(quotient.times(divisor)), overflow)
}

/// aᵇ for b ≥ 0, and whether it overflows.
///
/// Squaring and multiplying in magnitudes over the low five bits of b: where |a| ≥ 2, 2³² is past every Int, so a longer
/// exponent overflows; where |a| ≤ 1, only whether b is 0 or even matters.
fn power<W: Word>(a: W, b: W) -> (W, W::Mask) {
    let (zero, one) = (W::of(0), W::of(1));
    let mut base = a.magnitude();
    let trivial = base.less_unsigned(W::of(2));
    let mut magnitude = one;
    let mut long = W::of(31).less_unsigned(b);
    let mut base_long = flag::<W>(false);
    for place in 0..5 {
        let taken = !b.shift_right(W::of(place)).and(one).same(zero);
        let (product, product_long) = magnitude.times_unsigned(base);
        magnitude = W::select(taken, product, magnitude);
        long = long | (taken & (product_long | base_long));
        base_long = base_long | W::of(0xffff).less_unsigned(base);
        base = base.times(base);
    }
    let odd = b.and(one);
    let falls = negative(a) & odd.same(one);
    let limit = W::select(falls, least(), W::of(0x7fff_ffff));
    long = long | limit.less_unsigned(magnitude);
    // 0⁰ is 1; 0ᵇ and 1ᵇ are the base.
    let small = W::select(b.same(zero), one, a.magnitude());
    let magnitude = W::select(trivial, small, magnitude);
    (W::select(falls, magnitude.negated(), magnitude), long & !trivial)
}
