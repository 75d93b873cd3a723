//! What operations send back, added to the adjoints of their operands.

use super::dispatch::Job;
use super::lanes::{Sender, Sent, add, add_both, check, spread};
use super::{Bar, Bars, Pull};
use crate::op::{Op, pull, pull_cosine, pull_sine};
use crate::value::Real;

impl<F: Real> Job for Pull<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Pull { op, x, y, value, other, bar, to } = self;
        let count = check(bar.len());
        let (room_x, room_y);
        let x = spread!(x, count, room_x);
        let y = if op.row().arity == 1 { x } else { spread!(y, count, room_y) };
        let from = Sender { x, y, value, bar };
        macro_rules! arms {
            (kept $($kept:ident $rule:ident)*; light $($light:ident)*; unary $($unary:ident)*;
             apart $($apart:ident)*; joint $($joint:ident)*; steps $($step:ident)*;) => {{
                $(struct $light; sent!($light, x y value bar, pull(Op::$light, x, y, value, bar));)*
                $(struct $unary; sent!($unary, x y value bar, pull(Op::$unary, x, y, value, bar));)*
                $(struct $apart; sent!($apart, x y value bar, pull(Op::$apart, x, y, value, bar));)*
                $(struct $joint; sent!($joint, x y value bar, pull(Op::$joint, x, y, value, bar));)*
                // On Floats the two powers are one.
                match if op == Op::Expt { Op::Pow } else { op } {
                    $(Op::$kept if other.is_some() => {
                        struct Kept;
                        sent!(Kept, _x other _value bar, ($rule(other, bar), F::of(0.0)));
                        let from = Sender { y: other.unwrap_or(y), ..from };
                        unary::<F, Kept>(to, count, from);
                    })*
                    $(Op::$light => light::<F, $light>(to, count, from),)*
                    $(Op::$unary => unary::<F, $unary>(to, count, from),)*
                    $(Op::$apart => apart::<F, $apart>(to, count, from),)*
                    $(Op::$joint => joint::<F, $joint>(to, count, from),)*
                    $(Op::$step)|* => {
                        let (a, b, _) = sides(to);
                        a.into_iter().chain(b).for_each(|bar| _ = begun(bar, count));
                    }
                    _ => unreachable!("{op:?} has no numeric result, so no adjoint reaches it"),
                }
            }};
        }
        arms! {
            kept Sin pull_sine Cos pull_cosine;
            light Add Sub Mul Neg Inexact Square;
            unary Abs Sqrt Exp Log Sin Cos Tan Asin Acos Atan Sinh Cosh Tanh Sigmoid Erf Lgamma;
            apart Remainder Modulo Pow;
            joint Div Min Max LogBase Atan2;
            steps Quotient Floor Ceiling Round Truncate;
        }
    }
}

/// What an operation sends to its operands.
macro_rules! sent {
    ($name:ident, $x:ident $y:ident $value:ident $bar:ident, $sent:expr) => {
        impl<F: Real> Sent<F> for $name {
            #[inline(always)]
            fn of($x: F, $y: F, $value: F, $bar: F) -> (F, F) {
                $sent
            }
        }
    };
}
use sent;

/// An operation so cheap that filling a fresh adjoint with zeros would show.
#[inline(always)]
fn light<F: Real, S: Sent<F>>(to: Bars<'_, F>, count: usize, from: Sender<'_, F>) {
    let (mut a, b, is_same) = sides(to);
    if let Some(Bar { values, fresh }) = &mut a {
        let values = &mut values[..count];
        if *fresh {
            add::<F, S, false, true>(values, from)
        } else {
            add::<F, S, false, false>(values, from)
        }
        *fresh = false;
    }
    if let Some(Bar { values, fresh }) = if is_same { a } else { b } {
        let values = &mut values[..count];
        if fresh { add::<F, S, true, true>(values, from) } else { add::<F, S, true, false>(values, from) }
    }
}

/// An operation of one operand.
#[inline(always)]
fn unary<F: Real, S: Sent<F>>(to: Bars<'_, F>, count: usize, from: Sender<'_, F>) {
    if let (Some(a), _, _) = sides(to) {
        add::<F, S, false, false>(begun(a, count), from);
    }
}

/// An operation whose contributions have nothing in common.
#[inline(always)]
fn apart<F: Real, S: Sent<F>>(to: Bars<'_, F>, count: usize, from: Sender<'_, F>) {
    let (a, b, is_same) = sides(to);
    let mut a = a.map(|a| begun(a, count));
    if let Some(to) = a.as_deref_mut() {
        add::<F, S, false, false>(to, from);
    }
    if let Some(to) = if is_same { a } else { b.map(|b| begun(b, count)) } {
        add::<F, S, true, false>(to, from);
    }
}

/// An operation whose contributions share work: one loop for both.
#[inline(always)]
fn joint<F: Real, S: Sent<F>>(to: Bars<'_, F>, count: usize, from: Sender<'_, F>) {
    match to {
        Bars::Both(a, b) => add_both::<F, S>(begun(a, count), begun(b, count), from),
        to => apart::<F, S>(to, count, from),
    }
}

/// Where the contributions to the first and the second operand go, and whether the second ones follow the first.
#[inline(always)]
fn sides<F>(to: Bars<'_, F>) -> (Option<Bar<'_, F>>, Option<Bar<'_, F>>, bool) {
    match to {
        Bars::A(a) => (Some(a), None, false),
        Bars::B(b) => (None, Some(b), false),
        Bars::Both(a, b) => (Some(a), Some(b), false),
        Bars::Same(sum) => (Some(sum), None, true),
    }
}

/// An adjoint's sums; zeros where nothing was added yet.
#[inline(always)]
fn begun<F: Real>(bar: Bar<'_, F>, count: usize) -> &mut [F] {
    let values = &mut bar.values[..count];
    if bar.fresh {
        values.fill(F::of(0.0));
    }
    values
}
