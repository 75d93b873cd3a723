//! The operations over a block of lanes, in the widest registers that the machine has.
//!
//! In: an [`Op`] and its operands, each a slice with a number for every lane of the block, or one number for all of
//! them. Out: a slice of values, of contributions added to adjoints, or of outcomes. What always holds: every lane
//! gets the bits that the scalar [`op::real`](crate::op::real), [`op::pull`](crate::op::pull()),
//! [`op::compare`](crate::op::compare) and [`op::test`](crate::op::test) give (a NaN's payload aside), whatever the
//! instruction set. Deliberately absent: tapes, slots and masks of active lanes (a lane that takes no part computes
//! like the others, and its adjoint of 0 keeps it silent), and a number type that is a block: the kernels are loops
//! over the scalar formulas, which have no branches and are inlined, so that the compiler makes vectors of them as
//! wide as each instruction set has. A block type would fix the width and say every operation again, and hardly
//! gain: with AVX-512, blocks of 256 lanes and f32, in 10⁹ lanes a second on one core, the loops do sums and
//! products at 10.5, quotients 3.5, roots 3.0, exponentials 1.8, logarithms 1.7, sines .9 (with their cosines .9),
//! powers .5, both adjoints of a product 6.5. Only `remainder` and `modulo` (.3: the library's `fmod`) and the
//! elementary functions of f64 (libm's) go lane by lane, and without SSE4.1 rounding to integers.
//!
//! Slices that start at a multiple of 64 bytes are up to twice as fast.
//!
//! ```text
//! f32::forward(Op::Mul, Source::Lanes(&x), Source::One(2.0), &mut value);
//! let to = Bars::A(Bar { values: &mut x_bar, fresh: true });
//! f32::pull(Op::Mul, Source::Lanes(&x), Source::One(2.0), &value, None, &value_bar, to);
//! ```

mod adjoint;
mod block;
mod decide;
mod dispatch;
mod forward;
mod lanes;
#[cfg(test)]
mod tests;

use crate::op::Op;
use crate::value::Real;
pub use block::{Back, Instruction, Make, Operands, Place};
use block::{ForwardAll, PullAll};
use dispatch::{Job, run_on_best};
pub use lanes::{GRAIN, LONGEST};

/// An operand over a block of lanes.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a, F> {
    /// A number for every lane.
    Lanes(&'a [F]),
    /// The same number in every lane.
    One(F),
}

/// Where contributions to the adjoint of one operand go.
#[derive(Debug)]
pub struct Bar<'a, F> {
    /// A sum for every lane.
    pub values: &'a mut [F],
    /// Was nothing added yet? Then the content means nothing, and a contribution is stored as 0 + c.
    pub fresh: bool,
}

/// Which operands of an operation have an adjoint.
#[derive(Debug)]
pub enum Bars<'a, F> {
    /// The first.
    A(Bar<'a, F>),
    /// The second.
    B(Bar<'a, F>),
    /// Both, in slots of their own.
    Both(Bar<'a, F>, Bar<'a, F>),
    /// Both, and they are one slot: the first operand's contribution is added first.
    Same(Bar<'a, F>),
}

/// A number type with kernels. All slices of one call are equally long: a multiple of [`GRAIN`], at most [`LONGEST`].
pub trait Vector: Real {
    /// A stretch of operations over an arena of values.
    fn forward_all(instructions: &[Instruction], operands: Operands<'_, Self>, values: &mut [Self]);
    /// A stretch of operations backwards, in the order given. `fresh` tells by [`GRAIN`] which adjoints hold nothing yet; an
    /// operation whose own is one of them is passed over.
    fn pull_all(steps: &[Back], operands: Operands<'_, Self>, values: &[Self], bars: &mut [Self], fresh: &mut [bool]);
    /// The values of an operation of kind Arithmetic or Real; a unary one ignores `b`.
    #[cfg(test)]
    fn forward(op: Op, a: Source<'_, Self>, b: Source<'_, Self>, out: &mut [Self]);
    /// Sine and cosine, as [`Op::Sin`] and [`Op::Cos`] have them.
    #[cfg(test)]
    fn sin_cos(x: Source<'_, Self>, sin: &mut [Self], cos: &mut [Self]);
    /// Adds what an operation of kind Arithmetic or Real sends back to its operands `x` and `y`.
    ///
    /// A lane whose `bar` is 0 sends nothing, whatever stands in its other numbers; a contribution of exactly 0 adds
    /// nothing; a NaN is added. `other` is the operand's cosine for [`Op::Sin`], its sine for [`Op::Cos`], where the
    /// forward pass kept it. A unary operation ignores `y` and sends to [`Bars::A`].
    #[cfg(test)]
    fn pull(
        op: Op,
        x: Source<'_, Self>,
        y: Source<'_, Self>,
        value: &[Self],
        other: Option<&[Self]>,
        bar: &[Self],
        to: Bars<'_, Self>,
    );
    /// What a guard decides: 0 or 1, and 2 where `even?` or `odd?` meets no integer. For the kind Compare, [`Op::Eq`],
    /// [`Op::Eqv`], and the kind NumberTest but [`Op::Exact`]; a unary operation ignores `b`.
    fn decide(op: Op, a: Source<'_, Self>, b: Source<'_, Self>, outcome: &mut [u32]);
    /// The equal Int of each number, and whether there is one: 1 or 0; where there is none the outcome means nothing.
    fn exact(x: Source<'_, Self>, outcome: &mut [u32], fits: &mut [u32]);
    /// The sum by halves: over the next power of two of places, the missing numbers 0, the upper half is added to the
    /// lower until one is left.
    fn sum(values: &[Self]) -> Self;
}

macro_rules! vector {
    ($($float:ty),*) => {$(
        impl Vector for $float {
            fn forward_all(instructions: &[Instruction], operands: Operands<'_, Self>, values: &mut [Self]) {
                run_on_best(ForwardAll { instructions, operands, values });
            }
            fn pull_all(
                steps: &[Back],
                operands: Operands<'_, Self>,
                values: &[Self],
                bars: &mut [Self],
                fresh: &mut [bool],
            ) {
                run_on_best(PullAll { steps, operands, values, bars, fresh });
            }
            #[cfg(test)]
            fn forward(op: Op, a: Source<'_, Self>, b: Source<'_, Self>, out: &mut [Self]) {
                run_on_best(Forward { op, a, b, out });
            }
            #[cfg(test)]
            fn sin_cos(x: Source<'_, Self>, sin: &mut [Self], cos: &mut [Self]) {
                run_on_best(SinCos { x, sin, cos });
            }
            #[cfg(test)]
            fn pull(
                op: Op,
                x: Source<'_, Self>,
                y: Source<'_, Self>,
                value: &[Self],
                other: Option<&[Self]>,
                bar: &[Self],
                to: Bars<'_, Self>,
            ) {
                run_on_best(Pull { op, x, y, value, other, bar, to });
            }
            fn decide(op: Op, a: Source<'_, Self>, b: Source<'_, Self>, outcome: &mut [u32]) {
                run_on_best(Decide { op, a, b, outcome });
            }
            fn exact(x: Source<'_, Self>, outcome: &mut [u32], fits: &mut [u32]) {
                run_on_best(Exact { x, outcome, fits });
            }
            fn sum(values: &[Self]) -> Self {
                run_on_best(Sum { values })
            }
        }
    )*};
}
vector!(f32, f64);

/// Values of one operation.
struct Forward<'a, F> {
    op: Op,
    a: Source<'a, F>,
    b: Source<'a, F>,
    out: &'a mut [F],
}

/// Sine and cosine of one operand.
struct SinCos<'a, F> {
    x: Source<'a, F>,
    sin: &'a mut [F],
    cos: &'a mut [F],
}

/// What one operation sends back.
struct Pull<'a, F> {
    op: Op,
    x: Source<'a, F>,
    y: Source<'a, F>,
    value: &'a [F],
    other: Option<&'a [F]>,
    bar: &'a [F],
    to: Bars<'a, F>,
}

/// The arguments of [`Vector::decide`].
struct Decide<'a, F> {
    op: Op,
    a: Source<'a, F>,
    b: Source<'a, F>,
    outcome: &'a mut [u32],
}

/// The arguments of [`Vector::exact`].
struct Exact<'a, F> {
    x: Source<'a, F>,
    outcome: &'a mut [u32],
    fits: &'a mut [u32],
}

/// The argument of [`Vector::sum`].
struct Sum<'a, F> {
    values: &'a [F],
}

impl<F: Real> Job for Sum<'_, F> {
    type Output = F;
    #[inline(always)]
    fn run(self) -> F {
        let count = lanes::check(self.values.len());
        let mut sums = [F::of(0.0); LONGEST];
        sums[..count].copy_from_slice(self.values);
        let mut half = count.next_power_of_two() / 2;
        while half > 0 {
            let (low, high) = sums.split_at_mut(half);
            for (low, &high) in low.iter_mut().zip(&high[..half]) {
                *low = *low + high;
            }
            half /= 2;
        }
        sums[0]
    }
}
