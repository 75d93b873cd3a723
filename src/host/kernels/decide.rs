//! What guards decide, lane by lane.

use super::dispatch::Job;
use super::lanes::{Formula, binary, check, spread, unary};
use super::{Decide, Exact};
use crate::op::{Op, compare, exact, test};
use crate::value::Real;

/// The outcome where `even?` or `odd?` meets no integer.
const NO_INTEGER: u32 = 2;

macro_rules! formula {
    ($op:ident $x:ident $y:ident $outcome:expr) => {
        impl<F: Real> Formula<F, u32> for $op {
            #[inline(always)]
            fn of($x: F, $y: F) -> u32 {
                $outcome
            }
        }
    };
}

impl<F: Real> Job for Decide<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Decide { op, a, b, outcome } = self;
        let count = check(outcome.len());
        let (room_a, room_b);
        let x = spread!(a.numbers(), count, room_a);
        macro_rules! arms {
            (compare $($compare:ident)*; test $($test:ident)*; parity $($parity:ident)*;
             identity $($identity:ident)*;) => {{
                $(struct $compare; formula!($compare x y u32::from(compare(Op::$compare, x, y)));)*
                $(struct $test; formula!($test x _y u32::from(test(Op::$test, x)));)*
                $(struct $parity; formula!($parity x _y parity(test(Op::IsInteger, x), test(Op::$parity, x)));)*
                $(struct $identity; formula!($identity x y u32::from(same(x, y)));)*
                // On Floats the two identities are one.
                match if op == Op::Eq { Op::Eqv } else { op } {
                    $(Op::$compare => binary::<F, u32, $compare>(outcome, x, spread!(b.numbers(), count, room_b)),)*
                    $(Op::$test => unary::<F, u32, $test>(outcome, x),)*
                    $(Op::$parity => unary::<F, u32, $parity>(outcome, x),)*
                    $(Op::$identity => binary::<F, u32, $identity>(outcome, x, spread!(b.numbers(), count, room_b)),)*
                    _ => unreachable!("{op:?} decides nothing about Floats"),
                }
            }};
        }
        arms! {
            compare Equal Less Greater LessEqual GreaterEqual;
            test IsZero IsPositive IsNegative IsNan IsInteger IsRegular;
            parity IsEven IsOdd;
            identity Eqv;
        }
    }
}

#[inline(always)]
fn parity(is_integer: bool, truth: bool) -> u32 {
    if is_integer { u32::from(truth) } else { NO_INTEGER }
}

/// Have they equal bits, or are both NaN?
#[inline(always)]
fn same<F: Real>(x: F, y: F) -> bool {
    (x.payload() == y.payload()) | x.is_nan() & y.is_nan()
}

impl<F: Real> Job for Exact<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Exact { x, outcome, fits } = self;
        let count = check(outcome.len());
        let room;
        integers(outcome, &mut fits[..count], spread!(x.numbers(), count, room));
    }
}

#[inline(always)]
fn integers<F: Real>(outcome: &mut [u32], fits: &mut [u32], x: &[F]) {
    let count = outcome.len();
    let (fits, x) = (&mut fits[..count], &x[..count]);
    for lane in 0..count {
        let (int, is_exact) = exact(x[lane]);
        (outcome[lane], fits[lane]) = (int, u32::from(is_exact));
    }
}
