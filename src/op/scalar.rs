//! The scalar instances: `f32` (the device's numbers, our own elementary functions), `f64` (the oracle, `libm`) and `u32`.
//!
//! All is inlined: a call inside a loop over lanes would keep it from being vectorised.

use super::elementary;
use super::num::{Mask, Num, Num32, Word};

impl Mask for bool {
    #[inline(always)]
    fn of(value: bool) -> bool {
        value
    }
}

impl Word for u32 {
    type Mask = bool;
    #[inline(always)]
    fn of(value: u32) -> u32 {
        value
    }
    #[inline(always)]
    fn plus(self, other: u32) -> u32 {
        self.wrapping_add(other)
    }
    #[inline(always)]
    fn minus(self, other: u32) -> u32 {
        self.wrapping_sub(other)
    }
    #[inline(always)]
    fn times(self, other: u32) -> u32 {
        self.wrapping_mul(other)
    }
    #[inline(always)]
    fn and(self, other: u32) -> u32 {
        self & other
    }
    #[inline(always)]
    fn or(self, other: u32) -> u32 {
        self | other
    }
    #[inline(always)]
    fn xor(self, other: u32) -> u32 {
        self ^ other
    }
    #[inline(always)]
    fn shift_left(self, count: u32) -> u32 {
        self.wrapping_shl(count)
    }
    #[inline(always)]
    fn shift_right(self, count: u32) -> u32 {
        self.wrapping_shr(count)
    }
    #[inline(always)]
    fn shift_right_signed(self, count: u32) -> u32 {
        (self as i32).wrapping_shr(count) as u32
    }
    #[inline(always)]
    fn modulo_unsigned(self, divisor: u32) -> u32 {
        self.checked_rem(divisor).unwrap_or(0)
    }
    #[inline(always)]
    fn divide_signed(self, divisor: u32) -> u32 {
        (self as i32).checked_div(divisor as i32).map_or(self, |quotient| quotient as u32)
    }
    #[inline(always)]
    fn same(self, other: u32) -> bool {
        self == other
    }
    #[inline(always)]
    fn less_signed(self, other: u32) -> bool {
        (self as i32) < (other as i32)
    }
    #[inline(always)]
    fn less_unsigned(self, other: u32) -> bool {
        self < other
    }
    #[inline(always)]
    fn select(mask: bool, yes: u32, no: u32) -> u32 {
        if mask { yes } else { no }
    }
    #[inline(always)]
    fn times_unsigned(self, other: u32) -> (u32, bool) {
        self.overflowing_mul(other)
    }
    #[inline(always)]
    fn times_signed(self, other: u32) -> (u32, bool) {
        let (product, long) = (self as i32).overflowing_mul(other as i32);
        (product as u32, long)
    }
}

/// The methods that a Rust float has under another name.
macro_rules! arithmetic {
    () => {
        #[inline(always)]
        fn sqrt(self) -> Self {
            Self::sqrt(self)
        }
        #[inline(always)]
        fn abs(self) -> Self {
            Self::abs(self)
        }
        #[inline(always)]
        fn floor(self) -> Self {
            Self::floor(self)
        }
        #[inline(always)]
        fn ceil(self) -> Self {
            Self::ceil(self)
        }
        #[inline(always)]
        fn trunc(self) -> Self {
            Self::trunc(self)
        }
        #[inline(always)]
        fn round_even(self) -> Self {
            self.round_ties_even()
        }
        #[inline(always)]
        fn less(self, other: Self) -> bool {
            self < other
        }
        #[inline(always)]
        fn less_equal(self, other: Self) -> bool {
            self <= other
        }
        #[inline(always)]
        fn equal(self, other: Self) -> bool {
            self == other
        }
        #[inline(always)]
        fn is_nan(self) -> bool {
            Self::is_nan(self)
        }
        #[inline(always)]
        fn sign_bit(self) -> bool {
            self.is_sign_negative()
        }
        #[inline(always)]
        fn select(mask: bool, yes: Self, no: Self) -> Self {
            if mask { yes } else { no }
        }
        #[inline(always)]
        fn of_int(word: u32) -> Self {
            word as i32 as Self
        }
        #[inline(always)]
        fn to_int(self) -> u32 {
            // `as` would saturate, which no instruction set does for a register of floats; this stays one instruction.
            let in_range = (-2_147_483_648.0..2_147_483_648.0).contains(&self);
            let number = if in_range { self } else { 0.0 };
            // SAFETY: the number is neither NaN nor infinite, and its integer part is an i32.
            let int: i32 = unsafe { number.to_int_unchecked() };
            int as u32
        }
        // Rust's `%` on floats is C's `fmod`, which is exact.
        #[inline(always)]
        fn remainder(self, divisor: Self) -> Self {
            self % divisor
        }
    };
}

impl Num for f32 {
    type Mask = bool;
    type Word = u32;
    #[inline(always)]
    fn of(value: f64) -> f32 {
        value as f32
    }
    arithmetic!();
    elementary::forward!();
}

impl Num32 for f32 {
    #[inline(always)]
    fn to_bits(self) -> u32 {
        f32::to_bits(self)
    }
    #[inline(always)]
    fn from_bits(bits: u32) -> f32 {
        f32::from_bits(bits)
    }
}

impl Num for f64 {
    type Mask = bool;
    type Word = u32;
    #[inline(always)]
    fn of(value: f64) -> f64 {
        value
    }
    arithmetic!();
    #[inline(always)]
    fn exp(self) -> f64 {
        libm::exp(self)
    }
    #[inline(always)]
    fn log(self) -> f64 {
        libm::log(self)
    }
    #[inline(always)]
    fn sin(self) -> f64 {
        libm::sin(self)
    }
    #[inline(always)]
    fn cos(self) -> f64 {
        libm::cos(self)
    }
    #[inline(always)]
    fn sin_and_cos(self) -> (f64, f64) {
        libm::sincos(self)
    }
    #[inline(always)]
    fn tan(self) -> f64 {
        libm::tan(self)
    }
    #[inline(always)]
    fn asin(self) -> f64 {
        libm::asin(self)
    }
    #[inline(always)]
    fn acos(self) -> f64 {
        libm::acos(self)
    }
    #[inline(always)]
    fn atan(self) -> f64 {
        libm::atan(self)
    }
    #[inline(always)]
    fn atan2(self, x: f64) -> f64 {
        libm::atan2(self, x)
    }
    #[inline(always)]
    fn sinh(self) -> f64 {
        libm::sinh(self)
    }
    #[inline(always)]
    fn cosh(self) -> f64 {
        libm::cosh(self)
    }
    #[inline(always)]
    fn tanh(self) -> f64 {
        libm::tanh(self)
    }
    #[inline(always)]
    fn sigmoid(self) -> f64 {
        // Only the exponential of a negative number: it cannot overflow.
        let small = libm::exp(-self.abs());
        if self < 0.0 { small / (1.0 + small) } else { 1.0 / (1.0 + small) }
    }
    #[inline(always)]
    fn erf(self) -> f64 {
        libm::erf(self)
    }
    #[inline(always)]
    fn lgamma(self) -> f64 {
        libm::lgamma(self)
    }
    #[inline(always)]
    fn digamma(self) -> f64 {
        elementary::gamma::digamma(self, 10, elementary::gamma::DIGAMMA_F64)
    }
    #[inline(always)]
    fn pow(self, exponent: f64) -> f64 {
        libm::pow(self, exponent)
    }
    #[inline(always)]
    fn log_base(self, base: f64) -> f64 {
        libm::log(self) / libm::log(base)
    }
    #[inline(always)]
    fn quotient(self, divisor: f64) -> f64 {
        let rounded = (self / divisor).trunc();
        // The division may round up to an integer that the exact quotient does not reach; one fused step sees it.
        let past = rounded.abs().mul_add(-divisor.abs(), self.abs()) < 0.0;
        if past && rounded.abs() < 9_007_199_254_740_992.0 { rounded - 1.0_f64.copysign(rounded) } else { rounded }
    }
}
