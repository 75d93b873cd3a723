//! Loops over the lanes of a block.
//!
//! A formula is a type, so that it is inlined into a loop of its own. What is written is an argument of a function, so
//! that the compiler knows that it overlaps nothing. The loops count lanes over slices cut to one length: chained
//! iterators leave a loop several ways out, and then the compiler keeps the last stretch scalar.

use std::hint::black_box;

use crate::value::Real;

/// Lanes of the longest block.
pub const LONGEST: usize = 512;
/// Every block has a multiple of as many lanes.
pub const GRAIN: usize = 16;

/// What a lane computes from one number or from two.
pub(super) trait Formula<F, O> {
    /// The result.
    fn of(x: F, y: F) -> O;
}

/// What a lane sends back.
pub(super) trait Sent<F> {
    /// The contributions to both operands, from these, the value and the value's adjoint.
    fn of(x: F, y: F, value: F, bar: F) -> (F, F);
}

/// What all lanes send from: operands, values, and the adjoints of these.
#[derive(Clone, Copy)]
pub(super) struct Sender<'a, F> {
    pub x: &'a [F],
    pub y: &'a [F],
    pub value: &'a [F],
    pub bar: &'a [F],
}

/// The length of a block. What the compiler learns here saves it loops over odd lanes.
#[inline(always)]
pub(super) fn check(count: usize) -> usize {
    assert!(count.is_multiple_of(GRAIN) && count <= LONGEST, "a block has whole grains of lanes, and not too many");
    count
}

/// An operand as so many numbers; `room` holds them where it is one.
macro_rules! spread {
    ($numbers:expr, $count:expr, $room:ident) => {
        match $numbers {
            &[number] => {
                $room = [number; $crate::host::kernels::LONGEST];
                &$room[..$count]
            }
            numbers => &numbers[..$count],
        }
    };
}
pub(super) use spread;

/// A formula of one operand in every lane.
#[inline(always)]
pub(super) fn unary<F: Real, O, M: Formula<F, O>>(out: &mut [O], x: &[F]) {
    let x = &x[..out.len()];
    for lane in 0..out.len() {
        out[lane] = M::of(x[lane], x[lane]);
    }
}

/// A formula of two operands in every lane.
#[inline(always)]
pub(super) fn binary<F: Real, O, M: Formula<F, O>>(out: &mut [O], x: &[F], y: &[F]) {
    let (x, y) = (&x[..out.len()], &y[..out.len()]);
    for lane in 0..out.len() {
        out[lane] = M::of(x[lane], y[lane]);
    }
}

/// A formula of two operands, with a loop for each way they may be given.
#[inline(always)]
pub(super) fn light<F: Real, M: Formula<F, F>>(out: &mut [F], x: &[F], y: &[F]) {
    match (x, y) {
        (&[x], &[y]) => out.fill(M::of(x, y)),
        (x, &[y]) => with_second::<F, M>(out, x, y),
        (&[x], y) => with_first::<F, M>(out, x, y),
        (x, y) => binary::<F, F, M>(out, x, y),
    }
}

#[inline(always)]
fn with_second<F: Real, M: Formula<F, F>>(out: &mut [F], x: &[F], y: F) {
    let x = &x[..out.len()];
    for lane in 0..out.len() {
        out[lane] = M::of(x[lane], y);
    }
}

#[inline(always)]
fn with_first<F: Real, M: Formula<F, F>>(out: &mut [F], x: F, y: &[F]) {
    let y = &y[..out.len()];
    for lane in 0..out.len() {
        out[lane] = M::of(x, y[lane]);
    }
}

/// Adds what every lane sends to one operand, to the second one if `SECOND`.
#[inline(always)]
pub(super) fn add<F: Real, S: Sent<F>, const SECOND: bool>(to: &mut [F], from: Sender<'_, F>) {
    let count = to.len();
    let Sender { x, y, value, bar } = from;
    let (x, y, value, bar) = (&x[..count], &y[..count], &value[..count], &bar[..count]);
    let nothing = nothing();
    for lane in 0..count {
        let (first, second) = S::of(x[lane], y[lane], value[lane], bar[lane]);
        to[lane] = to[lane] + counted(bar[lane], if SECOND { second } else { first }, nothing);
    }
}

/// As [`add`], of an operation that sends a function of its adjoint and of one number. If `FRESH` the sums are 0 so far and
/// their places are not read.
#[inline(always)]
pub(super) fn send<F: Real, S: Sent<F>, const SECOND: bool, const FRESH: bool>(
    to: &mut [F],
    factor: impl Fn(usize) -> F,
    bar: &[F],
) {
    let bar = &bar[..to.len()];
    let nothing = nothing();
    for lane in 0..to.len() {
        let (first, second) = S::of(factor(lane), factor(lane), bar[lane], bar[lane]);
        to[lane] = sum::<F, FRESH>(to[lane], bar[lane], if SECOND { second } else { first }, nothing);
    }
}

/// As [`send`], to both operands at once.
#[inline(always)]
pub(super) fn send_both<F: Real, S: Sent<F>, const FRESH_A: bool, const FRESH_B: bool>(
    to_a: &mut [F],
    to_b: &mut [F],
    x: &[F],
    y: &[F],
    bar: &[F],
) {
    let count = to_a.len();
    let (to_b, x, y, bar) = (&mut to_b[..count], &x[..count], &y[..count], &bar[..count]);
    let nothing = nothing();
    for lane in 0..count {
        let (first, second) = S::of(x[lane], y[lane], bar[lane], bar[lane]);
        to_a[lane] = sum::<F, FRESH_A>(to_a[lane], bar[lane], first, nothing);
        to_b[lane] = sum::<F, FRESH_B>(to_b[lane], bar[lane], second, nothing);
    }
}

/// A sum with a contribution more.
#[inline(always)]
fn sum<F: Real, const FRESH: bool>(before: F, bar: F, sent: F, nothing: F) -> F {
    // What counts is no zero, and 0 and such a number make that number.
    if FRESH { counted(bar, sent, F::of(0.0)) } else { before + counted(bar, sent, nothing) }
}

/// Adds what every lane sends to both operands.
#[inline(always)]
pub(super) fn add_both<F: Real, S: Sent<F>>(to_a: &mut [F], to_b: &mut [F], from: Sender<'_, F>) {
    let count = to_a.len();
    let Sender { x, y, value, bar } = from;
    let (x, y, value, bar) = (&x[..count], &y[..count], &value[..count], &bar[..count]);
    let to_b = &mut to_b[..count];
    let nothing = nothing();
    for lane in 0..count {
        let (first, second) = S::of(x[lane], y[lane], value[lane], bar[lane]);
        to_a[lane] = to_a[lane] + counted(bar[lane], first, nothing);
        to_b[lane] = to_b[lane] + counted(bar[lane], second, nothing);
    }
}

/// A contribution, or `nothing` where it or the adjoint that it comes from is 0.
#[inline(always)]
fn counted<F: Real>(bar: F, sent: F, nothing: F) -> F {
    let zero = F::of(0.0);
    F::select(!bar.equal(zero) & !sent.equal(zero), sent, nothing)
}

/// The number whose sum with any number is that number: −0, since +0 would change the sign of −0.
#[inline(always)]
fn nothing<F: Real>() -> F {
    // A compiler that knows what it is stores the sum under a mask, and such stores take several times as long.
    black_box(F::of(-0.0))
}
