//! What a form does, item by item: single operations, rows of equal ones on numbers that lie in a row, and whole ones.

use crate::op::Op;
use crate::tape::{Operand, Operation, Piece, Shape, Whole};

/// Fewest operations of a row.
const FEWEST: usize = 4;

/// Operands in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub first: Operand,
    pub step: i32,
}

impl Line {
    pub fn at(self, index: usize) -> Operand {
        let at = |number: u32| number.wrapping_add_signed(self.step * index as i32);
        match self.first {
            Operand::Slot(slot) => Operand::Slot(at(slot)),
            Operand::Input(input) => Operand::Input(at(input)),
            Operand::Constant(constant) => Operand::Constant(at(constant)),
        }
    }

    /// Of so many of them, each once.
    pub fn operands(self, count: usize) -> impl Iterator<Item = Operand> {
        (0..if self.step == 0 { 1 } else { count }).map(move |index| self.at(index))
    }

    /// The step from one to the other, if they are of a kind.
    fn step(first: Operand, second: Operand) -> Option<i32> {
        match (first, second) {
            (Operand::Slot(one), Operand::Slot(two)) | (Operand::Constant(one), Operand::Constant(two)) => {
                Some(two as i32 - one as i32)
            }
            // Sums of inputs are not where the inputs are.
            (Operand::Input(one), Operand::Input(two)) => (one == two).then_some(0),
            _ => None,
        }
    }

    /// Can sums of both be added to one after the other?
    fn is_apart(self, other: Line, count: usize) -> bool {
        let range = |line: Line| match (line.at(0), line.at(count - 1)) {
            (Operand::Slot(one), Operand::Slot(two)) => Some(one.min(two)..one.max(two) + 1),
            _ => None,
        };
        match (range(self), range(other)) {
            (Some(a), Some(b)) => a.end <= b.start || b.end <= a.start || self == other && self.step != 0,
            (None, None) => self.first != other.first || matches!(self.first, Operand::Constant(_)),
            _ => true,
        }
    }
}

/// Equal operations on numbers in a row: sums, differences or products.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub op: Op,
    /// The slot of the first result.
    pub first: u32,
    pub count: usize,
    pub operands: [Line; 2],
}

/// Something that a form does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item<'a> {
    /// The operation of this number.
    Single(u32),
    Row(Row),
    /// The slot of the first result, and the operation.
    Whole(u32, &'a Whole),
}

/// All that a form does, in order.
pub(super) fn items(shape: &Shape) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    let mut done = 0;
    for piece in shape.pieces() {
        match piece {
            Piece::Whole(at, whole) => items.push(Item::Whole(shape.ins + at, whole)),
            Piece::Single(number, _) if (number as usize) < done => {}
            Piece::Single(number, _) => match row(shape, number as usize) {
                Some(row) => {
                    done = number as usize + row.count;
                    items.push(Item::Row(row));
                }
                None => items.push(Item::Single(number)),
            },
        }
    }
    items
}

/// The row that begins with an operation, if one does.
fn row(shape: &Shape, start: usize) -> Option<Row> {
    let operations = &shape.operations[start..];
    let first_slot = shape.ins + start as u32;
    let is_there = |operand: Operand| !matches!(operand, Operand::Slot(slot) if slot >= first_slot);
    let (first, second) = (operations[0], operations.get(1)?);
    if !matches!(first.op, Op::Add | Op::Sub | Op::Mul) {
        return None;
    }
    let a = Line { first: first.a, step: Line::step(first.a, second.a)? };
    let b = Line { first: first.b, step: Line::step(first.b, second.b)? };
    let (op, operands) = (first.op, [a, b]);
    let is_next = |(index, next): (usize, &Operation)| {
        next.op == op && [next.a, next.b] == operands.map(|line| line.at(index)) && is_there(next.a) && is_there(next.b)
    };
    let count = operations.iter().enumerate().take_while(|&next| is_next(next)).count();
    let row = Row { op, first: first_slot, count, operands };
    (count >= FEWEST && a.is_apart(b, count)).then_some(row)
}
