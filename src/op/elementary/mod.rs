//! The bodies of the elementary functions, written once over the 32-bit part of a number.
//!
//! In: arguments of any [`Num32`](super::num::Num32) instance. Out: results within the ulp bounds of the table, NaN,
//! infinities and signed zeros as IEEE 754 and C's `math.h` have them. What always holds: only `+ − × ÷ √`, rounding
//! to integers, comparisons, selects and bit operations are used, never a driver's function and never a fused multiply-add, so
//! that a host and an IEEE device that does not contract give the same bits. Deliberately absent: branches and loops that depend on data.
//! Polynomial coefficients are weighted least-squares fits on Chebyshev nodes (in 160-bit arithmetic), rounded to f32
//! one after the other, each fit again after the one before it was rounded.
//!
//! ```
//! use evalgrad::op::elementary::exp::exp;
//! assert_eq!(exp(0.0_f32), 1.0);
//! ```

pub mod arc;
pub mod erf;
pub mod exp;
pub mod gamma;
pub mod hyperbolic;
pub mod log;
pub mod pow;
pub mod remainder;
pub mod round;
pub mod trig;

/// The elementary methods of a [`Num32`](super::num::Num32) instance, each our own body.
macro_rules! forward {
    () => {
        #[inline(always)]
        fn exp(self) -> Self {
            $crate::op::elementary::exp::exp(self)
        }
        #[inline(always)]
        fn log(self) -> Self {
            $crate::op::elementary::log::log(self)
        }
        #[inline(always)]
        fn sin(self) -> Self {
            $crate::op::elementary::trig::sin(self)
        }
        #[inline(always)]
        fn cos(self) -> Self {
            $crate::op::elementary::trig::cos(self)
        }
        #[inline(always)]
        fn sin_and_cos(self) -> (Self, Self) {
            $crate::op::elementary::trig::sin_cos(self)
        }
        #[inline(always)]
        fn tan(self) -> Self {
            $crate::op::elementary::trig::tan(self)
        }
        #[inline(always)]
        fn asin(self) -> Self {
            $crate::op::elementary::arc::asin(self)
        }
        #[inline(always)]
        fn acos(self) -> Self {
            $crate::op::elementary::arc::acos(self)
        }
        #[inline(always)]
        fn atan(self) -> Self {
            $crate::op::elementary::arc::atan(self)
        }
        #[inline(always)]
        fn atan2(self, x: Self) -> Self {
            $crate::op::elementary::arc::atan2(self, x)
        }
        #[inline(always)]
        fn sinh(self) -> Self {
            $crate::op::elementary::hyperbolic::sinh(self)
        }
        #[inline(always)]
        fn cosh(self) -> Self {
            $crate::op::elementary::hyperbolic::cosh(self)
        }
        #[inline(always)]
        fn tanh(self) -> Self {
            $crate::op::elementary::hyperbolic::tanh(self)
        }
        #[inline(always)]
        fn sigmoid(self) -> Self {
            $crate::op::elementary::hyperbolic::sigmoid(self)
        }
        #[inline(always)]
        fn erf(self) -> Self {
            $crate::op::elementary::erf::erf(self)
        }
        #[inline(always)]
        fn lgamma(self) -> Self {
            $crate::op::elementary::gamma::lgamma(self)
        }
        #[inline(always)]
        fn digamma(self) -> Self {
            $crate::op::elementary::gamma::digamma(self, 6, $crate::op::elementary::gamma::DIGAMMA_F32)
        }
        #[inline(always)]
        fn pow(self, exponent: Self) -> Self {
            $crate::op::elementary::pow::pow(self, exponent)
        }
        #[inline(always)]
        fn log_base(self, base: Self) -> Self {
            $crate::op::elementary::log::log_base(self, base)
        }
        #[inline(always)]
        fn quotient(self, divisor: Self) -> Self {
            $crate::op::elementary::remainder::quotient(self, divisor)
        }
    };
}
pub(crate) use forward;
