//! Whole stretches of operations in one go: the instruction set is chosen once for all of them.
//!
//! Values lie in one arena, adjoints in another of the same layout; what an operation makes lies above its operands.

use super::dispatch::Job;
use super::{Bar, Bars, Forward, Pull, SinCos, Source};
use crate::op::Op;
use crate::value::Real;

/// Where an operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Lanes of the arena from here on.
    At(u32),
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
    /// A copy of what lies at `a`, so many times as many lanes.
    Copy(u32),
    /// A copy of the two arrays at `a`, the other way round.
    Swapped,
}

/// A step of the forward pass.
#[derive(Clone, Copy, Debug)]
pub struct Instruction {
    pub op: Op,
    pub make: Make,
    pub a: Place,
    pub b: Place,
    pub out: u32,
}

/// A step of the reverse pass: sends the adjoint at `value` back.
#[derive(Clone, Copy, Debug)]
pub struct Back {
    pub op: Op,
    pub x: Place,
    pub y: Place,
    /// Where its value and, in the other arena, its adjoint are.
    pub value: u32,
    /// Does sine's or cosine's other one lie behind the value?
    pub has_other: bool,
    /// Where the operands' adjoints are gathered.
    pub to_a: Option<u32>,
    pub to_b: Option<u32>,
}

/// What operands are read from.
#[derive(Clone, Copy, Debug)]
pub struct Operands<'a, F> {
    pub inputs: &'a [Source<'a, F>],
    pub constants: &'a [F],
    /// Lanes.
    pub size: usize,
}

impl<'a, F: Real> Operands<'a, F> {
    #[inline(always)]
    fn source(&self, place: Place, low: &'a [F]) -> Source<'a, F> {
        match place {
            Place::At(at) => Source::Lanes(&low[at as usize..at as usize + self.size]),
            Place::Input(input) => self.inputs[input as usize],
            Place::Constant(constant) => Source::One(self.constants[constant as usize]),
        }
    }
}

/// The arguments of [`Vector::forward_all`](super::Vector::forward_all).
pub(super) struct ForwardAll<'a, F> {
    pub instructions: &'a [Instruction],
    pub operands: Operands<'a, F>,
    pub values: &'a mut [F],
}

impl<F: Real> Job for ForwardAll<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let ForwardAll { instructions, operands, values } = self;
        let size = operands.size;
        for &Instruction { op, make, a, b, out } in instructions {
            let (low, high) = values.split_at_mut(out as usize);
            let operands = Operands { ..operands };
            match make {
                Make::Value => {
                    let (a, b) = (operands.source(a, low), operands.source(b, low));
                    Forward { op, a, b, out: &mut high[..size] }.run();
                }
                Make::Both => {
                    let (value, other) = high[..2 * size].split_at_mut(size);
                    let (sin, cos) = if op == Op::Sin { (value, other) } else { (other, value) };
                    SinCos { x: operands.source(a, low), sin, cos }.run();
                }
                Make::Copy(times) => {
                    let Place::At(at) = a else { unreachable!("copies are made of what was computed") };
                    let count = size * times as usize;
                    high[..count].copy_from_slice(&low[at as usize..at as usize + count]);
                }
                Make::Swapped => {
                    let Place::At(at) = a else { unreachable!("copies are made of what was computed") };
                    let at = at as usize;
                    high[..size].copy_from_slice(&low[at + size..at + 2 * size]);
                    high[size..2 * size].copy_from_slice(&low[at..at + size]);
                }
            }
        }
    }
}

/// The arguments of [`Vector::pull_all`](super::Vector::pull_all).
pub(super) struct PullAll<'a, F> {
    pub steps: &'a [Back],
    pub operands: Operands<'a, F>,
    pub values: &'a [F],
    pub bars: &'a mut [F],
    /// By [`GRAIN`](super::GRAIN): was nothing added yet to the adjoint that starts here?
    pub fresh: &'a mut [bool],
}

impl<F: Real> Job for PullAll<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let PullAll { steps, operands, values, bars, fresh } = self;
        let size = operands.size;
        for &Back { op, x, y, value: at, has_other, to_a, to_b } in steps {
            let at = at as usize;
            if fresh[at / super::GRAIN] {
                continue;
            }
            let (low, high) = bars.split_at_mut(at);
            let bar = &high[..size];
            let mut begun = |at: u32| std::mem::take(&mut fresh[at as usize / super::GRAIN]);
            let to = match (to_a, to_b) {
                (None, None) => continue,
                (Some(a), None) => Bars::A(Bar { fresh: begun(a), values: &mut low[a as usize..a as usize + size] }),
                (None, Some(b)) => Bars::B(Bar { fresh: begun(b), values: &mut low[b as usize..b as usize + size] }),
                (Some(a), Some(b)) if a == b => {
                    Bars::Same(Bar { fresh: begun(a), values: &mut low[a as usize..a as usize + size] })
                }
                (Some(a), Some(b)) => {
                    let (least, most) = (a.min(b), a.max(b));
                    let (lower, upper) = low.split_at_mut(most as usize);
                    let lower = Bar { fresh: begun(least), values: &mut lower[least as usize..][..size] };
                    let upper = Bar { fresh: begun(most), values: &mut upper[..size] };
                    if a < b { Bars::Both(lower, upper) } else { Bars::Both(upper, lower) }
                }
            };
            let (x, y) = (operands.source(x, values), operands.source(y, values));
            let value = &values[at..at + size];
            let other = has_other.then(|| &values[at + size..at + 2 * size]);
            Pull { op, x, y, value, other, bar, to }.run();
        }
    }
}
