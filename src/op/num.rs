//! What a formula may do with a number: the traits every operation is written over, once.
//!
//! A formula sees [`Num`]: arithmetic, rounding, comparisons that give masks, selects and the elementary functions.
//! The bodies of the elementary functions see [`Num32`], which adds the bits of a 32-bit float. Instances are `f32`
//! and `f64` (`scalar.rs`), over which the host's kernels loop, and `wgsl::text::Text`, which writes a formula down as
//! WGSL. There are no branches on data: a choice is a mask and a [`Num::select`], so that all instances compute the same
//! thing, and loops over lanes become vector instructions.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

/// The truth of a comparison, lane by lane.
pub trait Mask: Copy + BitAnd<Output = Self> + BitOr<Output = Self> + Not<Output = Self> {
    /// The same truth in every lane.
    fn of(value: bool) -> Self;
}

/// A 32-bit integer, lane by lane; `signed` methods read it as two's complement. All arithmetic wraps.
pub trait Word: Copy {
    /// Result of a comparison.
    type Mask: Mask;
    /// The same constant in every lane.
    fn of(value: u32) -> Self;
    /// Wrapping sum.
    fn plus(self, other: Self) -> Self;
    /// Wrapping difference.
    fn minus(self, other: Self) -> Self;
    /// Low 32 bits of the product.
    fn times(self, other: Self) -> Self;
    /// Bitwise and.
    fn and(self, other: Self) -> Self;
    /// Bitwise or.
    fn or(self, other: Self) -> Self;
    /// Bitwise exclusive or.
    fn xor(self, other: Self) -> Self;
    /// Left shift by a count below 32.
    fn shift_left(self, count: Self) -> Self;
    /// Logical right shift by a count below 32.
    fn shift_right(self, count: Self) -> Self;
    /// Arithmetic right shift by a count below 32.
    fn shift_right_signed(self, count: Self) -> Self;
    /// Unsigned remainder; the divisor is not 0.
    fn modulo_unsigned(self, divisor: Self) -> Self;
    /// Truncated signed quotient; the divisor is not 0, and not −1 where the dividend is the least integer.
    fn divide_signed(self, divisor: Self) -> Self;
    /// Equality.
    fn same(self, other: Self) -> Self::Mask;
    /// Signed `<`.
    fn less_signed(self, other: Self) -> Self::Mask;
    /// Unsigned `<`.
    fn less_unsigned(self, other: Self) -> Self::Mask;
    /// `mask ? yes : no`.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;

    /// Low 32 bits of an unsigned product, and whether the product needs more.
    fn times_unsigned(self, other: Self) -> (Self, Self::Mask) {
        let (low_bits, half, zero) = (Self::of(0xffff), Self::of(16), Self::of(0));
        let (a_low, a_high) = (self.and(low_bits), self.shift_right(half));
        let (b_low, b_high) = (other.and(low_bits), other.shift_right(half));
        // With at most one high half non-zero the cross terms cannot wrap; with two the product is too long anyway.
        let cross = a_high.times(b_low).plus(a_low.times(b_high));
        let carried = cross.plus(a_low.times(b_low).shift_right(half));
        let fits = (a_high.same(zero) | b_high.same(zero)) & carried.less_unsigned(Self::of(0x1_0000));
        (self.times(other), !fits)
    }

    /// Low 32 bits of a signed product, and whether it is no 32-bit signed integer.
    fn times_signed(self, other: Self) -> (Self, Self::Mask) {
        let (magnitude, long) = self.magnitude().times_unsigned(other.magnitude());
        // The least integer is one further from 0 than the greatest.
        let sign = self.xor(other).shift_right(Self::of(31));
        let limit = Self::of(0x7fff_ffff).plus(sign);
        (self.times(other), long | limit.less_unsigned(magnitude))
    }

    /// Wrapping negation.
    fn negated(self) -> Self {
        Self::of(0).minus(self)
    }

    /// |self| of a signed integer, as an unsigned one.
    fn magnitude(self) -> Self {
        Self::select(self.less_signed(Self::of(0)), self.negated(), self)
    }
}

/// A real number, lane by lane: all that a formula or an adjoint may use.
pub trait Num:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// Result of a comparison.
    type Mask: Mask;
    /// The 32-bit integers that lie beside these numbers in a lane.
    type Word: Word<Mask = Self::Mask>;

    /// The constant nearest to `value`, in every lane; NaN and the infinities are allowed.
    fn of(value: f64) -> Self;
    /// √self, correctly rounded.
    fn sqrt(self) -> Self;
    /// |self|.
    fn abs(self) -> Self;
    /// The greatest integer not above.
    fn floor(self) -> Self;
    /// The least integer not below.
    fn ceil(self) -> Self;
    /// The integer part.
    fn trunc(self) -> Self;
    /// The nearest integer, the even one of two.
    fn round_even(self) -> Self;

    /// `<`, false with a NaN.
    fn less(self, other: Self) -> Self::Mask;
    /// `<=`, false with a NaN.
    fn less_equal(self, other: Self) -> Self::Mask;
    /// `==`, false with a NaN.
    fn equal(self, other: Self) -> Self::Mask;
    /// Is it a NaN? Never `x != x`, which drivers fold.
    fn is_nan(self) -> Self::Mask;
    /// Is the sign bit set? True of −0.
    fn sign_bit(self) -> Self::Mask;
    /// `mask ? yes : no`.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;

    /// A signed integer as the nearest number.
    fn of_int(word: Self::Word) -> Self;
    /// The integer part as a signed integer; the number is in range.
    fn to_int(self) -> Self::Word;

    /// eˣ.
    fn exp(self) -> Self;
    /// Natural logarithm.
    fn log(self) -> Self;
    /// Sine, radians.
    fn sin(self) -> Self;
    /// Cosine, radians.
    fn cos(self) -> Self;
    /// Sine and cosine of the same angle, for the price of little more than one.
    #[inline(always)]
    fn sin_and_cos(self) -> (Self, Self) {
        (self.sin(), self.cos())
    }
    /// Tangent, radians.
    fn tan(self) -> Self;
    /// Inverse sine, in [−π/2, π/2].
    fn asin(self) -> Self;
    /// Inverse cosine, in [0, π].
    fn acos(self) -> Self;
    /// Inverse tangent, in [−π/2, π/2].
    fn atan(self) -> Self;
    /// The angle of the point (`x`, self), in [−π, π].
    fn atan2(self, x: Self) -> Self;
    /// Hyperbolic sine.
    fn sinh(self) -> Self;
    /// Hyperbolic cosine.
    fn cosh(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// 1 / (1 + e⁻ˣ).
    fn sigmoid(self) -> Self;
    /// The error function.
    fn erf(self) -> Self;
    /// log |Γ|.
    fn lgamma(self) -> Self;
    /// The derivative of `lgamma`.
    fn digamma(self) -> Self;
    /// self to the power `exponent`, as C's `pow`: `pow(x, 0)` and `pow(1, y)` are 1 even with a NaN.
    fn pow(self, exponent: Self) -> Self;
    /// Logarithm to a base.
    fn log_base(self, base: Self) -> Self;
    /// self − n·divisor for the truncated quotient n, exactly: C's `fmod`.
    fn remainder(self, divisor: Self) -> Self;
    /// The integer part of the exact self / divisor where it is below 2²⁴ (f32) or 2⁵³ (f64), else the rounded quotient.
    fn quotient(self, divisor: Self) -> Self;

    /// `>`, false with a NaN.
    #[inline(always)]
    fn greater(self, other: Self) -> Self::Mask {
        other.less(self)
    }
    /// `>=`, false with a NaN.
    #[inline(always)]
    fn greater_equal(self, other: Self) -> Self::Mask {
        other.less_equal(self)
    }
    /// Is it one of the two infinities?
    #[inline(always)]
    fn is_infinite(self) -> Self::Mask {
        self.abs().equal(Self::of(f64::INFINITY))
    }
    /// |self| with the sign bit of `sign`.
    #[inline(always)]
    fn with_sign(self, sign: Self) -> Self {
        let size = self.abs();
        Self::select(sign.sign_bit(), -size, size)
    }
    /// Is it finite and an integer?
    #[inline(always)]
    fn is_integer(self) -> Self::Mask {
        self.floor().equal(self) & !self.is_infinite() & !self.is_nan()
    }
    /// The bits of the equal 32-bit signed integer, and whether there is one; the bits mean nothing where there is none.
    #[inline(always)]
    fn exact(self) -> (Self::Word, Self::Mask) {
        let ok = Self::of(-2_147_483_648.0).less_equal(self)
            & self.less(Self::of(2_147_483_648.0))
            & self.floor().equal(self)
            & !self.is_nan();
        (Self::select(ok, self, Self::of(0.0)).to_int(), ok)
    }
    /// c₀ + c₁ self + c₂ self² + … by Horner's rule.
    #[inline(always)]
    fn polynomial<const N: usize>(self, coefficients: [f64; N]) -> Self {
        let mut sum = Self::of(coefficients[N - 1]);
        for &coefficient in coefficients[..N - 1].iter().rev() {
            sum = sum * self + Self::of(coefficient);
        }
        sum
    }
}

/// A 32-bit float, lane by lane: what the bodies of the elementary functions may use.
pub trait Num32: Num {
    /// The IEEE 754 bits.
    fn to_bits(self) -> Self::Word;
    /// The float with these bits.
    fn from_bits(bits: Self::Word) -> Self;
}
