//! Rows of equal operations on numbers that lie in a row: one instruction each, in programs with whole operations.

use std::ops::Range;

use super::place::Placement;
use super::whole::{Move, RUN};
use super::{Kind, Packer, Space, head, operands};
use crate::op::linear::{Begins, Formula};
use crate::op::num::Num;
use crate::op::{Op, pull, real};
use crate::tape::lowered::{Piece, Shape};
use crate::tape::residual::{Operand, Operation, Whole};

/// What an element of a row becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Each {
    /// x + y.
    Sum = Formula::ALL.len() as u32,
    /// x − y.
    Difference,
    /// x·y.
    Product,
    /// The sum, and what the adjoint x of a difference sends to what is taken away.
    Less,
    /// The sum, and what the adjoint x of a product sends to a factor beside y.
    Send,
}

impl Each {
    /// All of them.
    pub const ALL: [Each; 5] = [Each::Sum, Each::Difference, Each::Product, Each::Less, Each::Send];

    /// The sum after an element.
    pub fn of<N: Num>(self, sum: N, x: N, y: N) -> N {
        match self {
            Each::Sum => real(Op::Add, x, y),
            Each::Difference => real(Op::Sub, x, y),
            Each::Product => real(Op::Mul, x, y),
            Each::Less => sum + pull(Op::Sub, y, y, y, x).1,
            Each::Send => Formula::SendProduct.of(sum, x, y),
        }
    }
}

/// A part of what a block does.
pub(super) enum Part<'a> {
    /// The operations of these numbers: a row, or one alone.
    Row(Range<usize>),
    /// The operations from this number on are the results of a whole one.
    Whole(u32, &'a Whole),
}

/// The formula of such operations in a row.
fn formula(op: Op) -> Option<u32> {
    match op {
        Op::Add => Some(Each::Sum as u32),
        Op::Sub => Some(Each::Difference as u32),
        Op::Mul => Some(Each::Product as u32),
        Op::Div => Some(Formula::Quotient as u32),
        _ => None,
    }
}

/// A place, and the steps from row to row and from term to term.
#[derive(Clone, Copy)]
struct View {
    place: (Space, u32),
    row: i32,
    term: i32,
}

/// Numbers in a row.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Line {
    space: Space,
    first: u32,
    step: i32,
}

impl Line {
    fn at(self, index: usize) -> (Space, u32) {
        (self.space, self.first.wrapping_add_signed(self.step * index as i32))
    }

    /// The rows that so many have.
    fn rows(self, count: usize) -> Range<u32> {
        let (one, other) = (self.first, self.at(count - 1).1);
        one.min(other)..one.max(other) + 1
    }

    /// Can sums of both be added to one after the other?
    fn is_apart(self, other: Line, count: usize) -> bool {
        let (a, b) = (self.rows(count), other.rows(count));
        self.space != other.space || a.end <= b.start || b.end <= a.start || self == other && self.step != 0
    }
}

impl Packer<'_> {
    /// What a block does, in order, of what is needed.
    pub(super) fn parts<'a>(
        &self,
        shape: &'a Shape,
        placement: &Placement,
        is_needed: impl Fn(usize) -> bool,
    ) -> Vec<Part<'a>> {
        let operations = &shape.operations;
        let mut parts = Vec::new();
        let mut done = 0;
        for piece in shape.pieces() {
            let start = match piece {
                Piece::Whole(at, whole) if is_needed(at as usize) => {
                    parts.push(Part::Whole(at, whole));
                    continue;
                }
                Piece::Single(number, _) if number as usize >= done && is_needed(number as usize) => number as usize,
                _ => continue,
            };
            let mut end = start + 1;
            let goes_on = |end: usize| is_needed(end) && is_row(&operations[start..=end], placement, start);
            while self.has_wholes && end < operations.len() && goes_on(end) {
                end += 1;
            }
            done = if end - start < RUN { start + 1 } else { end };
            parts.push(Part::Row(start..done));
        }
        parts
    }

    /// The values of a row, whose first one is this slot.
    pub(super) fn row(&mut self, row: &[Operation], slot: u32, placement: &Placement) {
        let Some(formula) = formula(row[0].op) else { unreachable!("rows are of operations that have formulas") };
        let view = |line: Line| View { place: (line.space, line.first), row: line.step, term: 0 };
        let [x, y] = lines(row, placement).map(view);
        let out = View { place: placement.of(Operand::Slot(slot)), row: 1, term: 0 };
        self.each(formula, Begins::Nothing, [out, x, y], [row.len(), 1]);
    }

    /// What the adjoints of a row send back, all of which there are. `false` if they must be sent one by one.
    pub(super) fn row_back(
        &mut self,
        row: &[Operation],
        slot: u32,
        placement: &Placement,
        has_bar: &mut [bool],
    ) -> bool {
        let count = row.len();
        let formulas = match row[0].op {
            Op::Add => [Formula::Sum as u32; 2],
            Op::Sub => [Formula::Sum as u32, Each::Less as u32],
            Op::Mul => [Each::Send as u32; 2],
            _ => return false,
        };
        let [a, b] = lines(row, placement);
        let target = |operand: Operand, line: Line| match operand {
            Operand::Slot(slot) => Some(Line { space: Space::Bar, first: placement.row(slot), step: line.step }),
            Operand::Input(input) => self.sum_of_input(input).map(|(space, first)| Line { space, first, step: 0 }),
            Operand::Constant(_) => None,
        };
        let targets = [target(row[0].a, a), target(row[0].b, b)];
        let is_input = |operand: Operand, line: Line| matches!(operand, Operand::Input(_)) && line.step != 0;
        let are_apart = targets[0].zip(targets[1]).is_none_or(|(one, other)| one.is_apart(other, count));
        if !are_apart || is_input(row[0].a, a) || is_input(row[0].b, b) {
            return false;
        }
        let bars = placement.bar(slot);
        for (side, (target, other)) in targets.into_iter().zip([b, a]).enumerate() {
            let Some(target) = target else { continue };
            let slots = row.iter().filter_map(|one| match if side == 0 { one.a } else { one.b } {
                Operand::Slot(slot) => Some(slot),
                _ => None,
            });
            let slots: Vec<u32> = slots.take(if target.step == 0 { 1 } else { count }).collect();
            let unset: Vec<u32> = slots.iter().copied().filter(|&slot| !has_bar[slot as usize]).collect();
            let is_new = !slots.is_empty() && unset.len() == slots.len();
            if !is_new {
                let zeros: Vec<Move> = unset.iter().map(|&slot| (None, placement.bar(slot))).collect();
                self.moves(&zeros);
            }
            unset.iter().for_each(|&slot| has_bar[slot as usize] = true);
            let begins = if is_new { Begins::Zero } else { Begins::Kept };
            let views = if target.step == 0 {
                // One sum, the last first.
                let back = |line: Line| View { place: line.at(count - 1), row: 0, term: -line.step };
                let bars = Line { space: bars.0, first: bars.1, step: 1 };
                [back(target), back(bars), back(other)]
            } else {
                let view = |line: Line| View { place: (line.space, line.first), row: line.step, term: 0 };
                [view(target), View { place: bars, row: 1, term: 0 }, view(other)]
            };
            let sizes = if target.step == 0 { [1, count] } else { [count, 1] };
            self.each(formulas[side], begins, views, sizes);
        }
        true
    }

    fn each(&mut self, formula: u32, begins: Begins, [out, x, y]: [View; 3], [rows, terms]: [usize; 2]) {
        let head = head(Kind::Tile, formula, x.place.0, y.place.0, out.place.0) | (begins as u32) << 21;
        let steps = |view: View| (view.row as u32 & 0xffff) | (view.term as u32) << 16;
        self.code.push([head, out.place.1, x.place.1, y.place.1]);
        self.code.push([rows as u32 | 1 << 16, terms as u32, 0, 0]);
        self.code.push([steps(out), steps(x), steps(y), 0]);
    }
}

/// Where the operands of a row lie.
fn lines(row: &[Operation], placement: &Placement) -> [Line; 2] {
    let (first, second) = (operands(placement, &row[0]), operands(placement, &row[1]));
    let line = |side: usize| {
        let ((space, first), (_, second)) = (first[side], second[side]);
        Line { space, first, step: second as i32 - first as i32 }
    };
    [line(0), line(1)]
}

/// Is the last of these operations, from this number on, one of a row with the others?
fn is_row(operations: &[Operation], placement: &Placement, start: usize) -> bool {
    let (first, last) = (operations[0].op, &operations[operations.len() - 1]);
    let is_before = |operand: Operand| !matches!(operand, Operand::Slot(slot) if slot >= placement.ins + start as u32);
    let lines = lines(operations, placement);
    let places = operands(placement, last);
    last.op == first
        && formula(first).is_some()
        && [last.a, last.b].into_iter().all(is_before)
        && (0..2).all(|side| lines[side].at(operations.len() - 1) == places[side])
}
