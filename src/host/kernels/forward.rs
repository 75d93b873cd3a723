//! Values of the operations of kinds Arithmetic and Real, and sine with cosine.

use super::dispatch::Job;
use super::lanes::{Formula, binary, check, light, spread, unary};
use super::{Forward, SinCos};
use crate::op::{Op, real};
use crate::value::Real;

impl<F: Real> Job for Forward<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Forward { op, a, b, out } = self;
        let count = check(out.len());
        let (room_a, room_b);
        macro_rules! arms {
            (unary $($unary:ident)*; binary $($binary:ident)*; light $($light:ident)*;) => {{
                $(struct $unary; formula!($unary);)*
                $(struct $binary; formula!($binary);)*
                $(struct $light; formula!($light);)*
                // On Floats the two powers are one.
                match if op == Op::Expt { Op::Pow } else { op } {
                    $(Op::$unary => unary::<F, F, $unary>(out, spread!(a, count, room_a)),)*
                    $(Op::$binary => {
                        binary::<F, F, $binary>(out, spread!(a, count, room_a), spread!(b, count, room_b));
                    })*
                    // A load more for a constant would show where a formula is a few instructions.
                    $(Op::$light => light::<F, $light>(out, a, b),)*
                    _ => unreachable!("{op:?} has no Float result: it is neither of kind Arithmetic nor of kind Real"),
                }
            }};
        }
        arms! {
            unary Neg Abs Square Floor Ceiling Round Truncate Inexact Sqrt Exp Log Sin Cos Tan Asin Acos Atan Sinh Cosh
                Tanh Sigmoid Erf Lgamma;
            binary Quotient Remainder Modulo Pow LogBase Atan2;
            light Add Sub Mul Div Min Max;
        }
    }
}

/// The formula of the operation of the same name.
macro_rules! formula {
    ($op:ident) => {
        impl<F: Real> Formula<F, F> for $op {
            #[inline(always)]
            fn of(x: F, y: F) -> F {
                real(Op::$op, x, y)
            }
        }
    };
}
use formula;

impl<F: Real> Job for SinCos<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let SinCos { x, sin, cos } = self;
        let count = check(sin.len());
        let room;
        turn(sin, &mut cos[..count], spread!(x, count, room));
    }
}

#[inline(always)]
fn turn<F: Real>(sin: &mut [F], cos: &mut [F], x: &[F]) {
    let count = sin.len();
    let (cos, x) = (&mut cos[..count], &x[..count]);
    for lane in 0..count {
        (sin[lane], cos[lane]) = x[lane].sin_and_cos();
    }
}
