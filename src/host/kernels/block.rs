//! Whole stretches of operations in one go, prepared once: what makes each is looked up, and places count arrays of the
//! stretch instead of numbers, so that the same list serves wherever the arrays lie and however long they are.
//!
//! Values lie in one arena, what an operation makes above its operands. Adjoints lie in another: of what leaves the stretch
//! at the same places, of what does not in a few arrays at its end, which are used again and again and stay in the cache.

use super::adjoint::{Sending, Sends};
use super::dispatch::Kernel;
use super::forward::{Makes, Making};
use super::{Sides, Source, Vector};
use crate::op::Op;
use crate::value::Real;

/// Where an array is: so many arrays above an anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Index of the anchor: [`BASE`], [`SHARED`], [`INPUTS`], or from [`INS`] on.
    pub anchor: u32,
    pub array: u32,
}

/// The anchor of a stretch's own arrays.
pub const BASE: u32 = 0;
/// The anchor of the adjoints that all stretches share.
pub const SHARED: u32 = 1;
/// The anchor of the inputs' adjoints.
pub const INPUTS: u32 = 2;
/// The first anchor of what came into a stretch; each is one array.
pub const INS: u32 = 3;

/// Where an operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the arena.
    At(Spot),
    /// An input, by its number.
    Input(u32),
    /// A constant, by its number.
    Constant(u32),
}

/// What a step of the forward pass makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Make {
    /// The operation's value.
    Value,
    /// For [`Op::Sin`] and [`Op::Cos`] the other one as well, behind the value.
    Both,
    /// A copy of all that lies at `a`.
    Copy,
    /// A copy of the two arrays at `a`, the other way round.
    Swapped,
}

/// A step of the forward pass.
pub struct Instruction<F: Real> {
    pub kernel: Kernel<Makes<F>>,
    pub a: Place,
    pub b: Place,
    /// Arrays that are read at `a`.
    pub read: u32,
    pub out: u32,
    /// Arrays that are made there.
    pub made: u32,
}

/// A step of the reverse pass: sends an adjoint back.
pub struct Back<F: Real> {
    pub op: Op,
    pub kernel: Kernel<Sends<F>>,
    pub x: Place,
    pub y: Place,
    /// Where the operation's value is.
    pub value: u32,
    pub bar: Spot,
    /// Where the operands' adjoints are gathered: one place, or one for each operand.
    pub to: Spot,
    pub to_second: Option<Spot>,
}

/// What operands are read from.
#[derive(Clone, Copy, Debug)]
pub struct Operands<'a, F> {
    pub inputs: &'a [Source<'a, F>],
    pub constants: &'a [F],
    /// By anchor: its place in the arena.
    pub anchors: &'a [u32],
    /// Lanes.
    pub size: usize,
}

impl<'a, F: Real> Operands<'a, F> {
    /// So many arrays from a place on, or one number.
    #[inline(always)]
    pub fn source(&'a self, place: Place, low: &'a [F], arrays: usize) -> &'a [F] {
        match place {
            Place::At(spot) => &low[self.start(spot)..][..arrays * self.size],
            Place::Input(input) => self.inputs[input as usize].numbers(),
            Place::Constant(constant) => std::slice::from_ref(&self.constants[constant as usize]),
        }
    }

    /// The first number of a spot.
    #[inline(always)]
    pub fn start(&self, spot: Spot) -> usize {
        self.anchors[spot.anchor as usize] as usize + spot.array as usize * self.size
    }
}

/// Runs a stretch.
pub fn forward_all<F: Real>(instructions: &[Instruction<F>], operands: &Operands<'_, F>, values: &mut [F]) {
    let size = operands.size;
    for &Instruction { kernel, a, b, read, out, made } in instructions {
        let (low, high) = values.split_at_mut(operands.start(Spot { anchor: BASE, array: out }));
        let x = operands.source(a, low, read as usize);
        let y = operands.source(b, low, 1);
        kernel.run(Making { x, y, out: &mut high[..made as usize * size] });
    }
}

/// Goes back over a stretch, in the order given. `fresh` tells by [`GRAIN`](super::GRAIN) which adjoints hold nothing yet; an
/// operation whose own is one of them is passed over, and what was sent back holds nothing any more.
pub fn pull_all<F: Vector>(
    steps: &[Back<F>],
    operands: &Operands<'_, F>,
    values: &[F],
    bars: &mut [F],
    fresh: &mut [bool],
) {
    let size = operands.size;
    for &Back { op, kernel, x, y, value, bar, to, to_second } in steps {
        let at = operands.start(bar);
        if std::mem::replace(&mut fresh[at / super::GRAIN], true) {
            continue;
        }
        let x = operands.source(x, values, 1);
        let y = operands.source(y, values, 1);
        let value = &values[operands.start(Spot { anchor: BASE, array: value })..][..size];
        let mut begun = |at: usize| std::mem::take(&mut fresh[at / super::GRAIN]);
        let first = operands.start(to);
        let is_fresh = begun(first);
        let second = to_second.map(|second| operands.start(second));
        let disjoint = match second {
            None => bars
                .get_disjoint_mut([at..at + size, first..first + size])
                .map(|[bar, a]| (kernel, bar, a, &mut [][..])),
            // Two that came in may be one.
            Some(second) if second == first => bars
                .get_disjoint_mut([at..at + size, first..first + size])
                .map(|[bar, a]| (F::sender(op, false, Sides::Same), bar, a, &mut [][..])),
            Some(second) => bars
                .get_disjoint_mut([at..at + size, first..first + size, second..second + size])
                .map(|[bar, a, b]| (kernel, bar, a, b)),
        };
        let Ok((kernel, bar, a, b)) = disjoint else {
            unreachable!("an adjoint and those it goes to are different arrays")
        };
        let fresh = [is_fresh, second.is_some_and(&mut begun)];
        kernel.run(Sending { x, y, value, bar, a, b, fresh });
    }
}
