//! Whole stretches of operations in one go, prepared once: what makes each is looked up, and places count arrays of the
//! stretch instead of numbers, so that the same list serves wherever the arrays lie and however long they are.
//!
//! Operations that do the same on arrays in a row are one step, run on as many arrays at once as a kernel takes.
//!
//! Values lie in one arena, what an operation makes above its operands. Adjoints lie in another: of what leaves the stretch
//! at the same places, of what does not in a few arrays at its end, which are used again and again and stay in the cache.

#[cfg(test)]
mod tests;

use super::adjoint::{Sending, Sends};
use super::dispatch::Kernel;
use super::forward::{Makes, Making};
use super::{GRAIN, LONGEST, Sides, Source, Vector};
use crate::op::Op;
use crate::value::Real;

/// Where an array is: so many arrays above an anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

impl Spot {
    /// So many arrays further.
    #[inline(always)]
    pub fn after(self, arrays: u32) -> Spot {
        Spot { array: self.array + arrays, ..self }
    }
}

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

impl Place {
    /// So many arrays further; a constant stays.
    #[inline(always)]
    fn after(self, arrays: u32) -> Place {
        if let Place::At(spot) = self { Place::At(spot.after(arrays)) } else { self }
    }

    /// Can it be read for many arrays in a row?
    fn is_in_a_row(self) -> bool {
        !matches!(self, Place::Input(_))
    }
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
    pub op: Op,
    pub make: Make,
    pub kernel: Kernel<Makes<F>>,
    pub a: Place,
    pub b: Place,
    /// Arrays that are read at `a`.
    pub read: u32,
    pub out: u32,
    /// Arrays that are made there.
    pub made: u32,
    /// So often, each time an array further; only where one is read and one made.
    pub times: u32,
}

impl<F: Real> Instruction<F> {
    /// Is another one the same, so many arrays further?
    pub fn goes_on_with(&self, next: &Instruction<F>) -> bool {
        let is_simple = |one: &Instruction<F>| matches!(one.make, Make::Value) && (one.made, one.read) == (1, 1);
        let is_before =
            |place: Place| !matches!(place, Place::At(spot) if spot.anchor == BASE && spot.array >= self.out);
        let times = self.times;
        is_simple(self)
            && is_simple(next)
            && (self.op, next.times) == (next.op, 1)
            && (self.a.after(times), self.b.after(times), self.out + times) == (next.a, next.b, next.out)
            && [next.a, next.b].into_iter().all(|place| place.is_in_a_row() && is_before(place))
    }
}

/// A step of the reverse pass: sends an adjoint back.
pub struct Back<F: Real> {
    pub op: Op,
    pub sides: Sides,
    pub kernel: Kernel<Sends<F>>,
    pub x: Place,
    pub y: Place,
    /// Where the operation's value is.
    pub value: u32,
    pub bar: Spot,
    /// Where the operands' adjoints are gathered: one place, or one for each operand.
    pub to: Spot,
    pub to_second: Option<Spot>,
    /// So often, each time an array further; the last one first.
    pub times: u32,
}

impl<F: Real> Back<F> {
    /// Is the step before it the same, an array further?
    pub fn goes_on_with(&self, before: &Back<F>) -> bool {
        let after = self.after(1);
        (after.op, after.sides, after.x, after.y, after.value)
            == (before.op, before.sides, before.x, before.y, before.value)
            && (after.bar, after.to, after.to_second) == (before.bar, before.to, before.to_second)
            && self.times == 1
            && self.x.is_in_a_row()
            && self.y.is_in_a_row()
            && self.to.anchor != INPUTS
            && self.to_second.is_none_or(|second| second.anchor != INPUTS)
    }

    /// The same, so many arrays further.
    #[inline(always)]
    fn after(&self, arrays: u32) -> Back<F> {
        Back {
            x: self.x.after(arrays),
            y: self.y.after(arrays),
            value: self.value + arrays,
            bar: self.bar.after(arrays),
            to: self.to.after(arrays),
            to_second: self.to_second.map(|second| second.after(arrays)),
            ..*self
        }
    }
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
    let most = (LONGEST / size) as u32;
    for &Instruction { kernel, a, b, read, out, made, times, .. } in instructions {
        let mut done = 0;
        while done < times {
            let count = most.min(times - done);
            let (low, high) = values.split_at_mut(operands.start(Spot { anchor: BASE, array: out + done }));
            let x = operands.source(a.after(done), low, (read * count) as usize);
            let y = operands.source(b.after(done), low, count as usize);
            kernel.run(Making { x, y, out: &mut high[..(made * count) as usize * size] });
            done += count;
        }
    }
}

/// Goes back over a stretch, in the order given. `fresh` tells by [`GRAIN`] which adjoints hold nothing yet; an
/// operation whose own is one of them is passed over, and what was sent back holds nothing any more.
pub fn pull_all<F: Vector>(
    steps: &[Back<F>],
    operands: &Operands<'_, F>,
    values: &[F],
    bars: &mut [F],
    fresh: &mut [bool],
) {
    for step in steps {
        if step.times == 1 {
            pull(step, 1, operands, values, bars, fresh);
        } else {
            pull_row(step, operands, values, bars, fresh);
        }
    }
}

/// A step on arrays in a row, as many at once as a kernel takes and as are alike.
fn pull_row<F: Vector>(step: &Back<F>, operands: &Operands<'_, F>, values: &[F], bars: &mut [F], fresh: &mut [bool]) {
    let size = operands.size;
    let most = (LONGEST / size) as u32;
    let mut left = step.times;
    while left > 0 {
        let count = most.min(left);
        left -= count;
        let first = step.after(left);
        let part = |spot: Spot| operands.start(spot)..operands.start(spot) + count as usize * size;
        let state = |spot: Spot, array: usize| fresh[operands.start(spot) / GRAIN + array * (size / GRAIN)];
        let spots = || [first.bar, first.to].into_iter().chain(first.to_second);
        let is_alike = spots().all(|spot| (1..count as usize).all(|array| state(spot, array) == state(spot, 0)));
        // What is sent lies apart from where it goes, and both sides do from each other, or are the same.
        let apart = |a: Spot, b: Spot| {
            let (a, b) = (part(a), part(b));
            a.end <= b.start || b.end <= a.start
        };
        let are_apart = apart(first.bar, first.to)
            && first.to_second.is_none_or(|second| {
                apart(first.bar, second) && (apart(first.to, second) || part(first.to) == part(second))
            });
        if is_alike && are_apart {
            pull(&first, count as usize, operands, values, bars, fresh);
        } else {
            (0..count).rev().for_each(|array| pull(&first.after(array), 1, operands, values, bars, fresh));
        }
    }
}

/// A step on so many arrays, all of whose adjoints hold nothing or none.
#[inline(always)]
fn pull<F: Vector>(
    &Back { op, kernel, x, y, value, bar, to, to_second, .. }: &Back<F>,
    arrays: usize,
    operands: &Operands<'_, F>,
    values: &[F],
    bars: &mut [F],
    fresh: &mut [bool],
) {
    let size = arrays * operands.size;
    let mut set = |at: usize, to: bool| {
        let grains = operands.size / GRAIN;
        let was = std::mem::replace(&mut fresh[at / GRAIN], to);
        (1..arrays).for_each(|array| fresh[at / GRAIN + array * grains] = to);
        was
    };
    let at = operands.start(bar);
    if set(at, true) {
        return;
    }
    let x = operands.source(x, values, arrays);
    let y = operands.source(y, values, arrays);
    let value = &values[operands.start(Spot { anchor: BASE, array: value })..][..size];
    let first = operands.start(to);
    let is_fresh = set(first, false);
    let second = to_second.map(|second| operands.start(second));
    let disjoint = match second {
        None => {
            bars.get_disjoint_mut([at..at + size, first..first + size]).map(|[bar, a]| (kernel, bar, a, &mut [][..]))
        }
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
    let fresh = [is_fresh, second.is_some_and(|second| set(second, false))];
    kernel.run(Sending { x, y, value, bar, a, b, fresh });
}
