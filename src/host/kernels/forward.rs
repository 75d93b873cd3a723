//! Values of the operations of kinds Arithmetic and Real, and sine with cosine.

use std::marker::PhantomData;

use super::Make;
use super::dispatch::{Arguments, InstructionSet, Kernel, Sweep};
use super::lanes::{Formula, binary, check, light, spread, unary};
use crate::op::{Op, real};
use crate::value::Real;

/// Operands, and where the values go: as many numbers as `out` has, or one for all of them.
#[derive(Debug)]
pub struct Making<'a, F> {
    pub x: &'a [F],
    pub y: &'a [F],
    pub out: &'a mut [F],
}

/// [`Making`] as a kind of arguments.
pub struct Makes<F>(PhantomData<F>);

impl<F: Real> Arguments for Makes<F> {
    type Of<'a> = Making<'a, F>;
}

/// What makes the values of an operation.
pub(super) fn kernel<F: Real>(set: InstructionSet, op: Op, make: Make) -> Kernel<Makes<F>> {
    match (make, op) {
        (Make::Value, _) => value(set, op),
        (Make::Both, Op::Sin) => set.kernel::<_, SinCos>(),
        (Make::Both, _) => set.kernel::<_, CosSin>(),
        (Make::Copy, _) => set.kernel::<_, Copied>(),
        (Make::Swapped, _) => set.kernel::<_, Swapped>(),
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

fn value<F: Real>(set: InstructionSet, op: Op) -> Kernel<Makes<F>> {
    macro_rules! arms {
        (unary $($unary:ident)*; binary $($binary:ident)*; light $($light:ident)*;) => {{
            $(struct $unary; formula!($unary);)*
            $(struct $binary; formula!($binary);)*
            $(struct $light; formula!($light);)*
            // On Floats the two powers are one.
            match if op == Op::Expt { Op::Pow } else { op } {
                $(Op::$unary => set.kernel::<_, Unary<$unary>>(),)*
                $(Op::$binary => set.kernel::<_, Binary<$binary>>(),)*
                $(Op::$light => set.kernel::<_, Light<$light>>(),)*
                _ => unreachable!("{op:?} has no Float result: it is neither of kind Arithmetic nor of kind Real"),
            }
        }};
    }
    arms! {
        unary Neg Abs Square Floor Ceiling Round Truncate Inexact Sqrt Exp Log Sin Cos Tan Asin Acos Atan Sinh Cosh
            Tanh Sigmoid Erf Lgamma;
        binary Attach Quotient Remainder Modulo Pow LogBase Atan2;
        light Add Sub Mul Div Min Max;
    }
}

/// An operation of one operand.
struct Unary<M>(PhantomData<M>);

impl<F: Real, M: Formula<F, F>> Sweep<Makes<F>> for Unary<M> {
    #[inline(always)]
    fn run(Making { x, out, .. }: Making<'_, F>) {
        let count = check(out.len());
        let room;
        unary::<F, F, M>(out, spread!(x, count, room));
    }
}

/// An operation of two operands.
struct Binary<M>(PhantomData<M>);

impl<F: Real, M: Formula<F, F>> Sweep<Makes<F>> for Binary<M> {
    #[inline(always)]
    fn run(Making { x, y, out }: Making<'_, F>) {
        let count = check(out.len());
        let (room_x, room_y);
        binary::<F, F, M>(out, spread!(x, count, room_x), spread!(y, count, room_y));
    }
}

/// An operation of two operands so cheap that loads of a constant would show.
struct Light<M>(PhantomData<M>);

impl<F: Real, M: Formula<F, F>> Sweep<Makes<F>> for Light<M> {
    #[inline(always)]
    fn run(Making { x, y, out }: Making<'_, F>) {
        check(out.len());
        light::<F, M>(out, x, y);
    }
}

/// Sine, and behind it cosine.
struct SinCos;

impl<F: Real> Sweep<Makes<F>> for SinCos {
    #[inline(always)]
    fn run(Making { x, out, .. }: Making<'_, F>) {
        let (sin, cos) = out.split_at_mut(out.len() / 2);
        both(sin, cos, x);
    }
}

/// Cosine, and behind it sine.
struct CosSin;

impl<F: Real> Sweep<Makes<F>> for CosSin {
    #[inline(always)]
    fn run(Making { x, out, .. }: Making<'_, F>) {
        let (cos, sin) = out.split_at_mut(out.len() / 2);
        both(sin, cos, x);
    }
}

#[inline(always)]
fn both<F: Real>(sin: &mut [F], cos: &mut [F], x: &[F]) {
    let count = check(sin.len());
    let room;
    turn(sin, &mut cos[..count], spread!(x, count, room));
}

#[inline(always)]
fn turn<F: Real>(sin: &mut [F], cos: &mut [F], x: &[F]) {
    let count = sin.len();
    let (cos, x) = (&mut cos[..count], &x[..count]);
    for lane in 0..count {
        (sin[lane], cos[lane]) = x[lane].sin_and_cos();
    }
}

/// As many numbers as there are places.
struct Copied;

impl<F: Real> Sweep<Makes<F>> for Copied {
    #[inline(always)]
    fn run(Making { x, out, .. }: Making<'_, F>) {
        out.copy_from_slice(&x[..out.len()]);
    }
}

/// The second half before the first.
struct Swapped;

impl<F: Real> Sweep<Makes<F>> for Swapped {
    #[inline(always)]
    fn run(Making { x, out, .. }: Making<'_, F>) {
        let half = out.len() / 2;
        out[..half].copy_from_slice(&x[half..2 * half]);
        out[half..].copy_from_slice(&x[..half]);
    }
}
