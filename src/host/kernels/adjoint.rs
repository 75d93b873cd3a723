//! What operations send back, added to the adjoints of their operands.

use std::marker::PhantomData;

use super::Sides;
use super::dispatch::{Arguments, InstructionSet, Kernel, Sweep};
use super::lanes::{Sender, Sent, add, add_both, check, send, send_both, spread};
use crate::op::{Op, pull, pull_cosine, pull_sine};
use crate::value::Real;

/// What operations send from, and where it goes.
#[derive(Debug)]
pub struct Sending<'a, F> {
    /// The operands, as many numbers as lanes or one for all. The other one of sine or cosine is the second operand.
    pub x: &'a [F],
    pub y: &'a [F],
    pub value: &'a [F],
    pub bar: &'a [F],
    /// A sum for every lane; the second one only where the sides are [`Sides::Both`].
    pub a: &'a mut [F],
    pub b: &'a mut [F],
    /// Was nothing added yet to these? Then their content means nothing, and a contribution is stored as 0 + c.
    pub fresh: [bool; 2],
}

/// [`Sending`] as a kind of arguments.
pub struct Sends<F>(PhantomData<F>);

impl<F: Real> Arguments for Sends<F> {
    type Of<'a> = Sending<'a, F>;
}

/// What sends back to these sides; `is_kept` says that the forward pass kept the other one of sine and cosine.
pub(super) fn kernel<F: Real>(set: InstructionSet, op: Op, is_kept: bool, sides: Sides) -> Kernel<Sends<F>> {
    macro_rules! arms {
        (kept $($kept:ident $rule:ident)*; light $($light:ident)*; plain $($plain:ident)*; unary $($unary:ident)*;
         apart $($apart:ident)*; joint $($joint:ident)*; steps $($step:ident)*;) => {{
            $(struct $light; sent!($light, x y value bar, pull(Op::$light, x, y, value, bar));)*
            $(struct $plain; sent!($plain, x y value bar, pull(Op::$plain, x, y, value, bar));)*
            $(struct $unary; sent!($unary, x y value bar, pull(Op::$unary, x, y, value, bar));)*
            $(struct $apart; sent!($apart, x y value bar, pull(Op::$apart, x, y, value, bar));)*
            $(struct $joint; sent!($joint, x y value bar, pull(Op::$joint, x, y, value, bar));)*
            // On Floats the two powers are one.
            match (if op == Op::Expt { Op::Pow } else { op }, sides) {
                $((Op::$kept, _) if is_kept => {
                    struct Kept;
                    sent!(Kept, _x other _value bar, ($rule(other, bar), F::of(0.0)));
                    set.kernel::<_, One<Kept, false>>()
                })*
                $((Op::$light, Sides::A) => set.kernel::<_, LightOne<$light, false>>(),)*
                $((Op::$light, Sides::B) => set.kernel::<_, LightOne<$light, true>>(),)*
                $((Op::$light, Sides::Both) => set.kernel::<_, LightBoth<$light>>(),)*
                $((Op::$light, Sides::Same) => set.kernel::<_, LightSame<$light>>(),)*
                $((Op::$plain, _) => set.kernel::<_, LightOne<$plain, false>>(),)*
                $((Op::$unary, _) => set.kernel::<_, One<$unary, false>>(),)*
                $((Op::$apart, Sides::A) => set.kernel::<_, One<$apart, false>>(),)*
                $((Op::$apart, Sides::B) => set.kernel::<_, One<$apart, true>>(),)*
                $((Op::$apart, Sides::Both) => set.kernel::<_, Apart<$apart>>(),)*
                $((Op::$apart, Sides::Same) => set.kernel::<_, Same<$apart>>(),)*
                $((Op::$joint, Sides::A) => set.kernel::<_, One<$joint, false>>(),)*
                $((Op::$joint, Sides::B) => set.kernel::<_, One<$joint, true>>(),)*
                $((Op::$joint, Sides::Both) => set.kernel::<_, Joint<$joint>>(),)*
                $((Op::$joint, Sides::Same) => set.kernel::<_, Same<$joint>>(),)*
                ($(Op::$step)|*, _) => set.kernel::<_, Nothing>(),
                _ => unreachable!("{op:?} has no numeric result, so no adjoint reaches it"),
            }
        }};
    }
    arms! {
        kept Sin pull_sine Cos pull_cosine;
        light Add Sub Mul Attach;
        plain Neg Inexact Square;
        unary Abs Sqrt Exp Log Sin Cos Tan Asin Acos Atan Sinh Cosh Tanh Sigmoid Erf Lgamma;
        apart Remainder Modulo Pow;
        joint Div Min Max LogBase Atan2;
        steps Quotient Floor Ceiling Round Truncate;
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

/// To one operand, of an operation so cheap that filling a fresh adjoint with zeros would show. What it sends depends on its
/// adjoint and, at most, on the other operand or its only one.
struct LightOne<S, const SECOND: bool>(PhantomData<S>);

impl<F: Real, S: Sent<F>, const SECOND: bool> Sweep<Sends<F>> for LightOne<S, SECOND> {
    #[inline(always)]
    fn run(Sending { x, y, bar, a, fresh, .. }: Sending<'_, F>) {
        check(a.len());
        light::<F, S, SECOND>(a, if SECOND { x } else { y }, bar, fresh[0]);
    }
}

/// To both operands, of an operation as cheap.
struct LightBoth<S>(PhantomData<S>);

impl<F: Real, S: Sent<F>> Sweep<Sends<F>> for LightBoth<S> {
    #[inline(always)]
    fn run(Sending { x, y, bar, a, b, fresh, .. }: Sending<'_, F>) {
        let count = check(a.len());
        if let ([_], _) | (_, [_]) = (x, y) {
            light::<F, S, false>(a, y, bar, fresh[0]);
            light::<F, S, true>(&mut b[..count], x, bar, fresh[1]);
            return;
        }
        match fresh {
            [false, false] => send_both::<F, S, false, false>(a, b, x, y, bar),
            [false, true] => send_both::<F, S, false, true>(a, b, x, y, bar),
            [true, false] => send_both::<F, S, true, false>(a, b, x, y, bar),
            [true, true] => send_both::<F, S, true, true>(a, b, x, y, bar),
        }
    }
}

/// To both operands, which are one, of an operation as cheap.
struct LightSame<S>(PhantomData<S>);

impl<F: Real, S: Sent<F>> Sweep<Sends<F>> for LightSame<S> {
    #[inline(always)]
    fn run(Sending { x, y, bar, a, fresh, .. }: Sending<'_, F>) {
        check(a.len());
        light::<F, S, false>(a, y, bar, fresh[0]);
        light::<F, S, true>(a, x, bar, false);
    }
}

#[inline(always)]
fn light<F: Real, S: Sent<F>, const SECOND: bool>(to: &mut [F], factor: &[F], bar: &[F], fresh: bool) {
    match (fresh, factor) {
        (false, &[factor]) => send::<F, S, SECOND, false>(to, |_| factor, bar),
        (true, &[factor]) => send::<F, S, SECOND, true>(to, |_| factor, bar),
        (false, _) => {
            let factor = &factor[..to.len()];
            send::<F, S, SECOND, false>(to, |lane| factor[lane], bar);
        }
        (true, _) => {
            let factor = &factor[..to.len()];
            send::<F, S, SECOND, true>(to, |lane| factor[lane], bar);
        }
    }
}

/// To one operand.
struct One<S, const SECOND: bool>(PhantomData<S>);

impl<F: Real, S: Sent<F>, const SECOND: bool> Sweep<Sends<F>> for One<S, SECOND> {
    #[inline(always)]
    fn run(Sending { x, y, value, bar, a, fresh, .. }: Sending<'_, F>) {
        let count = check(a.len());
        let (room_x, room_y);
        let (x, y) = (spread!(x, count, room_x), spread!(y, count, room_y));
        begin(a, fresh[0]);
        add::<F, S, SECOND>(a, Sender { x, y, value, bar });
    }
}

/// To both operands, of an operation whose contributions have nothing in common.
struct Apart<S>(PhantomData<S>);

impl<F: Real, S: Sent<F>> Sweep<Sends<F>> for Apart<S> {
    #[inline(always)]
    fn run(Sending { x, y, value, bar, a, b, fresh }: Sending<'_, F>) {
        let count = check(a.len());
        let (room_x, room_y);
        let (x, y) = (spread!(x, count, room_x), spread!(y, count, room_y));
        let b = &mut b[..count];
        begin(a, fresh[0]);
        begin(b, fresh[1]);
        add::<F, S, false>(a, Sender { x, y, value, bar });
        add::<F, S, true>(b, Sender { x, y, value, bar });
    }
}

/// To both operands, of an operation whose contributions share work: one loop for both.
struct Joint<S>(PhantomData<S>);

impl<F: Real, S: Sent<F>> Sweep<Sends<F>> for Joint<S> {
    #[inline(always)]
    fn run(Sending { x, y, value, bar, a, b, fresh }: Sending<'_, F>) {
        let count = check(a.len());
        let (room_x, room_y);
        let (x, y) = (spread!(x, count, room_x), spread!(y, count, room_y));
        let b = &mut b[..count];
        begin(a, fresh[0]);
        begin(b, fresh[1]);
        add_both::<F, S>(a, b, Sender { x, y, value, bar });
    }
}

/// To both operands, which are one.
struct Same<S>(PhantomData<S>);

impl<F: Real, S: Sent<F>> Sweep<Sends<F>> for Same<S> {
    #[inline(always)]
    fn run(Sending { x, y, value, bar, a, fresh, .. }: Sending<'_, F>) {
        let count = check(a.len());
        let (room_x, room_y);
        let (x, y) = (spread!(x, count, room_x), spread!(y, count, room_y));
        begin(a, fresh[0]);
        add::<F, S, false>(a, Sender { x, y, value, bar });
        add::<F, S, true>(a, Sender { x, y, value, bar });
    }
}

/// Of an operation that sends nothing.
struct Nothing;

impl<F: Real> Sweep<Sends<F>> for Nothing {
    #[inline(always)]
    fn run(Sending { a, b, fresh, .. }: Sending<'_, F>) {
        begin(a, fresh[0]);
        begin(b, fresh[1]);
    }
}

/// Makes an adjoint's sums zeros where nothing was added yet.
#[inline(always)]
fn begin<F: Real>(values: &mut [F], fresh: bool) {
    if fresh {
        values.fill(F::of(0.0));
    }
}
