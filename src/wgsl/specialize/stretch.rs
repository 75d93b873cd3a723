//! A straight stretch of operations over text: its values, and the adjoints that it sends back.
//!
//! Sums of adjoints take contributions in the recorded order, as everywhere. Two tests of the definition are left out, since
//! no bit can tell: a contribution of 0 changes no sum but perhaps the sign of a sum that is 0, which matters for a gradient
//! only (its sign is cleared at the end); and what an adjoint of 0 sends is 0 anyway where it is only passed on.

use crate::op::num::{Num, Word};
use crate::op::{Adjoint, Op, pull, real};
use crate::tape::{Operand, Operation, Piece, Shape, Whole};
use crate::wgsl::specialize::whole;
use crate::wgsl::text::{Text, TextWord};

/// What a stretch reads.
pub(super) struct Sources {
    /// What it gets.
    pub ins: Vec<Text>,
    /// By input of the program; `None` where the stretch does not read it.
    pub inputs: Vec<Option<Text>>,
    pub constants: Vec<Text>,
}

/// A stretch that has been evaluated.
pub(super) struct Stretch<'a> {
    pieces: Vec<Piece<'a>>,
    ins: usize,
    /// What it got, then what it computed.
    values: Vec<Text>,
    inputs: Vec<Option<Text>>,
    constants: Vec<Text>,
}

/// An adjoint on the way back.
#[derive(Clone, Copy)]
pub(super) enum Bar {
    /// The program's value's own: 1.
    Seed,
    Sum(Text),
}

impl Bar {
    pub fn text(self) -> Text {
        match self {
            Bar::Seed => Text::of(1.0),
            Bar::Sum(sum) => sum,
        }
    }
}

/// Adjoints by slot and by input of the program.
pub(super) struct Bars {
    pub slots: Vec<Option<Bar>>,
    pub inputs: Vec<Option<Bar>>,
}

impl Bars {
    fn at(&mut self, operand: Operand) -> Option<&mut Option<Bar>> {
        match operand {
            Operand::Slot(slot) => Some(&mut self.slots[slot as usize]),
            Operand::Input(input) => Some(&mut self.inputs[input as usize]),
            Operand::Constant(_) => None,
        }
    }

    pub fn add(&mut self, operand: Operand, sent: Text) {
        if let Some(bar) = self.at(operand) {
            *bar = Some(Bar::Sum(bar.map_or(sent, |sum| sum.text() + sent)));
        }
    }

    /// The program's value is this.
    pub fn seed(&mut self, operand: Operand) {
        match self.at(operand) {
            Some(bar @ None) => *bar = Some(Bar::Seed),
            Some(Some(_)) => self.add(operand, Text::of(1.0)),
            None => {}
        }
    }
}

impl<'a> Stretch<'a> {
    pub fn of(shape: &'a Shape, sources: Sources) -> Stretch<'a> {
        let Sources { ins, inputs, constants } = sources;
        let pieces = shape.pieces();
        let mut stretch = Stretch { pieces: Vec::new(), ins: ins.len(), values: ins, inputs, constants };
        for piece in &pieces {
            match piece {
                Piece::Single(_, Operation { op, a, b }) => {
                    let value = real(*op, stretch.read(*a), stretch.read(*b));
                    stretch.values.push(value);
                }
                Piece::Whole(_, whole) => {
                    let results = whole::forward(whole.linear, &stretch.operands(whole));
                    stretch.values.extend(results);
                }
            }
        }
        Stretch { pieces, ..stretch }
    }

    fn operands(&self, whole: &Whole) -> Vec<Text> {
        whole.operands.iter().map(|&operand| self.read(operand)).collect()
    }

    pub fn read(&self, operand: Operand) -> Text {
        match operand {
            Operand::Slot(slot) => self.values[slot as usize],
            Operand::Input(input) => match self.inputs[input as usize] {
                Some(text) => text,
                None => unreachable!("a stretch's sources have every input that it reads"),
            },
            Operand::Constant(constant) => self.constants[constant as usize],
        }
    }

    /// By slot: does it depend on a wanted input, if what it gets does as `ins` say?
    pub fn active(&self, ins: &[bool], wanted: &[bool]) -> Vec<bool> {
        active(&self.pieces, ins, wanted)
    }

    /// Sends adjoints back through all operations, as far as slots are active; `wanted` tells by input whether its adjoint is. Masked, an adjoint of 0
    /// sends 0 whatever the operands are; else it may send NaN, which then reaches a result.
    pub fn reverse(&self, bars: &mut Bars, is_active: &[bool], wanted: &[bool], is_masked: bool) {
        for piece in self.pieces.iter().rev() {
            let (index, operation) = match piece {
                Piece::Single(index, operation) => (*index, operation),
                Piece::Whole(first, whole) => {
                    self.reverse_whole(*first, whole, bars, is_active, wanted, is_masked);
                    continue;
                }
            };
            let slot = self.ins + index as usize;
            let Some(bar) = bars.slots[slot] else { continue };
            if operation.op.row().adjoint != Adjoint::Rule {
                continue;
            }
            let (x, y) = (self.read(operation.a), self.read(operation.b));
            let (to_a, to_b) = pull(operation.op, x, y, self.values[slot], bar.text());
            let guarded = |sent: Text| match bar {
                Bar::Sum(bar) if is_masked && !is_passed_on(operation.op) => {
                    Text::select(bar.equal(Text::of(0.0)), Text::of(0.0), sent)
                }
                _ => sent,
            };
            if reaches(operation.a, is_active, wanted) {
                bars.add(operation.a, guarded(to_a));
            }
            if operation.op.row().arity == 2 && reaches(operation.b, is_active, wanted) {
                bars.add(operation.b, guarded(to_b));
            }
        }
    }

    /// Sends adjoints back through the whole operation that begins with the operation of this number.
    fn reverse_whole(
        &self,
        first: u32,
        whole: &Whole,
        bars: &mut Bars,
        is_active: &[bool],
        wanted: &[bool],
        is_masked: bool,
    ) {
        let made = self.ins + first as usize..self.ins + first as usize + whole.linear.results();
        let back = whole::Back {
            linear: whole.linear,
            operands: &self.operands(whole),
            results: &self.values[made.clone()],
            bars: bars.slots[made].iter().map(|bar| bar.map(Bar::text)).collect(),
            is_wanted: whole.operands.iter().map(|&operand| reaches(operand, is_active, wanted)).collect(),
            is_masked,
        };
        back.pull(|element, sent| bars.add(whole.operands[element], sent));
    }
}

/// By slot of a block: does it depend on a wanted input, if what the block gets does as `ins` say?
pub(super) fn active(pieces: &[Piece<'_>], ins: &[bool], wanted: &[bool]) -> Vec<bool> {
    let mut is_active = ins.to_vec();
    for piece in pieces {
        match piece {
            Piece::Single(_, Operation { a, b, .. }) => {
                is_active.push(reaches(*a, &is_active, wanted) || reaches(*b, &is_active, wanted));
            }
            Piece::Whole(_, Whole { linear, operands }) => {
                let is_any = operands.iter().any(|&operand| reaches(operand, &is_active, wanted));
                is_active.extend(std::iter::repeat_n(is_any, linear.results()));
            }
        }
    }
    is_active
}

/// Does the operand depend on a wanted input?
pub(super) fn reaches(operand: Operand, is_active: &[bool], wanted: &[bool]) -> bool {
    match operand {
        Operand::Slot(slot) => is_active[slot as usize],
        Operand::Input(input) => wanted[input as usize],
        Operand::Constant(_) => false,
    }
}

/// A gradient: no sum is −0; through the bits, so that no driver knows better.
pub(super) fn without_sign_of_zero(sum: Text) -> Text {
    use crate::op::num::Num32;
    let (bits, zero) = (sum.to_bits(), TextWord::of(0));
    let is_zero = bits.shift_left(TextWord::of(1)).same(zero);
    Text::from_bits(TextWord::select(is_zero, zero, bits))
}

/// Does it only hand its adjoint on, perhaps with another sign, so that an adjoint of 0 sends 0 whatever the operands are?
fn is_passed_on(op: Op) -> bool {
    matches!(op, Op::Add | Op::Sub | Op::Neg | Op::Inexact | Op::Attach)
}
