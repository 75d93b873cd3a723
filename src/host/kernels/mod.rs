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
//! let product = f32::maker(Op::Mul, Make::Value);
//! let back = f32::sender(Op::Mul, false, Sides::A);
//! forward_all(&[Instruction { kernel: product, a: Place::Input(0), b: Place::Constant(0), .. }], &operands, &mut values);
//! pull_all(&[Back { kernel: back, x: Place::Input(0), y: Place::Constant(0), .. }], &operands, &values, &mut bars, &mut fresh);
//! ```

mod adjoint;
mod block;
mod decide;
mod dispatch;
mod forward;
mod lanes;
#[cfg(test)]
mod tests;
mod whole;

use crate::op::Op;
use crate::op::linear::{Lanes, Linear, Scratch, Sums};
use crate::value::Real;
use adjoint::Sends;
pub use block::{BASE, Back, INPUTS, INS, Instruction, Make, Operands, Place, SHARED, Spot, forward_all, pull_all};
use dispatch::{InstructionSet, Job, Kernel, run_on_best};
use forward::Makes;
pub use lanes::{GRAIN, LONGEST};

/// A number for each lane of a grain.
pub type Grain<F> = Lanes<F, GRAIN>;

/// An operand over a block of lanes.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a, F> {
    /// A number for every lane.
    Lanes(&'a [F]),
    /// The same number in every lane.
    One(F),
}

impl<F> Source<'_, F> {
    /// As many numbers as lanes, or one.
    #[inline(always)]
    pub fn numbers(&self) -> &[F] {
        match self {
            Source::Lanes(numbers) => numbers,
            Source::One(number) => std::slice::from_ref(number),
        }
    }
}

/// Which operands of an operation have an adjoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sides {
    /// The first.
    A,
    /// The second.
    B,
    /// Both, in slots of their own.
    Both,
    /// Both, and they are one slot: the first operand's contribution is added first.
    Same,
}

/// A number type with kernels. All slices of one call are equally long: a multiple of [`GRAIN`], at most [`LONGEST`].
pub trait Vector: Real {
    /// What makes the values of an operation of kind Arithmetic or Real; a unary one ignores the second operand.
    fn maker(op: Op, make: Make) -> Kernel<Makes<Self>>;
    /// What adds that which an operation of kind Arithmetic or Real sends back to its operands.
    ///
    /// A lane whose adjoint is 0 sends nothing, whatever stands in its other numbers; a contribution of exactly 0 adds
    /// nothing; a NaN is added. `is_kept`: for [`Op::Sin`] the operand's cosine, for [`Op::Cos`] its sine, which the forward
    /// pass kept, is there as the second operand. A unary operation sends to [`Sides::A`].
    fn sender(op: Op, is_kept: bool, sides: Sides) -> Kernel<Sends<Self>>;
    /// What a guard decides: 0 or 1, and 2 where `even?` or `odd?` meets no integer. For the kind Compare, [`Op::Eq`],
    /// [`Op::Eqv`], and the kind NumberTest but [`Op::Exact`]; a unary operation ignores `b`.
    fn decide(op: Op, a: Source<'_, Self>, b: Source<'_, Self>, outcome: &mut [u32]);
    /// The equal Int of each number, and whether there is one: 1 or 0; where there is none the outcome means nothing.
    fn exact(x: Source<'_, Self>, outcome: &mut [u32], fits: &mut [u32]);
    /// The results of a whole operation ([`forward`](crate::op::linear::forward)).
    fn whole(
        linear: Linear,
        operands: [&[Grain<Self>]; 2],
        results: &mut [Grain<Self>],
        scratch: &mut Scratch<Self, GRAIN>,
    );
    /// What they send back ([`pull`](crate::op::linear::pull)).
    fn whole_back(
        linear: Linear,
        operands: [&[Grain<Self>]; 2],
        results: &[Grain<Self>],
        bars: &[Grain<Self>],
        sums: Sums<'_, Self, GRAIN>,
        scratch: &mut Scratch<Self, GRAIN>,
    );
    /// An array of a grain's lanes each; they start where grains may, as arrays of an arena do.
    fn grains(numbers: &[Self]) -> &[Grain<Self>];
    /// The same to write to.
    fn grains_mut(numbers: &mut [Self]) -> &mut [Grain<Self>];
    /// The sum by halves: over the next power of two of places, the missing numbers 0, the upper half is added to the
    /// lower until one is left.
    fn sum(values: &[Self]) -> Self;
}

macro_rules! vector {
    ($($float:ty),*) => {$(
        // SAFETY: a grain is its numbers and nothing else, for they fill whole cache lines; any bits are numbers.
        unsafe impl bytemuck::Zeroable for Grain<$float> {}
        // SAFETY: as above.
        unsafe impl bytemuck::Pod for Grain<$float> {}
        const _: () = assert!(size_of::<Grain<$float>>() == GRAIN * size_of::<$float>());

        impl Vector for $float {
            fn maker(op: Op, make: Make) -> Kernel<Makes<Self>> {
                forward::kernel(InstructionSet::best(), op, make)
            }
            fn sender(op: Op, is_kept: bool, sides: Sides) -> Kernel<Sends<Self>> {
                adjoint::kernel(InstructionSet::best(), op, is_kept, sides)
            }
            fn decide(op: Op, a: Source<'_, Self>, b: Source<'_, Self>, outcome: &mut [u32]) {
                run_on_best(Decide { op, a, b, outcome });
            }
            fn exact(x: Source<'_, Self>, outcome: &mut [u32], fits: &mut [u32]) {
                run_on_best(Exact { x, outcome, fits });
            }
            fn whole(
                linear: Linear,
                operands: [&[Grain<Self>]; 2],
                results: &mut [Grain<Self>],
                scratch: &mut Scratch<Self, GRAIN>,
            ) {
                run_on_best(whole::Forward { linear, operands, results, scratch });
            }
            fn whole_back(
                linear: Linear,
                operands: [&[Grain<Self>]; 2],
                results: &[Grain<Self>],
                bars: &[Grain<Self>],
                sums: Sums<'_, Self, GRAIN>,
                scratch: &mut Scratch<Self, GRAIN>,
            ) {
                run_on_best(whole::Back { linear, operands, results, bars, sums, scratch });
            }
            fn grains(numbers: &[Self]) -> &[Grain<Self>] {
                bytemuck::cast_slice(numbers)
            }
            fn grains_mut(numbers: &mut [Self]) -> &mut [Grain<Self>] {
                bytemuck::cast_slice_mut(numbers)
            }
            fn sum(values: &[Self]) -> Self {
                run_on_best(Sum { values })
            }
        }
    )*};
}
vector!(f32, f64);

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
