//! Plans: segments and lists of a form, forward.

use std::collections::BTreeSet;
use std::ops::Range;

use super::code::{Cells, Code, Move, Scratch};
use super::fixed::Fixed;
use super::items::{Item, Line, Row, items};
use super::segment::Segment;
use super::{ELIMINATE, INVERT, Layout, Lists, NOTHING, PANEL, Plan, done, sides};
use crate::op::Op;
use crate::op::linear::{Begins, Linear, concluding_steps, forward_steps};
use crate::tape::packed::Each;
use crate::tape::{Operand, Operation, Whole};
use crate::wgsl::specialize::forms::{End, Form, Source};
use crate::wgsl::specialize::stretch::{active, reaches};

pub(super) struct Planner<'a> {
    pub source: &'a Source,
    pub layout: Layout,
    pub code: Code,
    pub fixed: Fixed,
}

/// A form on its way to a plan.
pub(super) struct Draft<'a> {
    pub form: &'a Form,
    pub is_active: Vec<bool>,
}

/// How the way back gets the results of an item again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    /// It does not need them.
    Unread,
    Computed,
    /// From this row of the stack on.
    Stack(u32),
    /// They were handed on, and are moved back before what the form got is popped.
    Handed,
}

/// Where the operands of a whole operation are, and the scratch behind those that are gathered.
pub(super) struct Gathered {
    pub cells: [u32; 2],
    pub moves: Vec<Move>,
    pub scratch: Scratch,
}

impl<'a> Planner<'a> {
    /// `None` where it has steps beyond number.
    pub fn form(&mut self, form: &'a Form) -> Option<Plan> {
        let shape = &form.shape;
        let is_active = active(&shape.pieces(), &vec![true; shape.ins as usize], &self.source.wanted);
        let draft = Draft { form, is_active };
        let mut ranges: Vec<Range<u32>> = std::iter::once(0..0).collect();
        let mut groups: Vec<Vec<Item<'a>>> = Vec::new();
        for item in items(shape) {
            match item {
                Item::Single(number) => {
                    if groups.len() == ranges.len() {
                        ranges.push(number..number);
                    }
                    if let Some(range) = ranges.last_mut() {
                        let start = if range.start == range.end { number } else { range.start };
                        *range = start..number + 1;
                    }
                }
                Item::Row(_) | Item::Whole(..) => {
                    if groups.len() < ranges.len() {
                        groups.push(Vec::new());
                    }
                    if let Some(group) = groups.last_mut() {
                        group.push(item);
                    }
                }
            }
        }
        if groups.len() == ranges.len() {
            ranges.push(0..0);
        }
        let last = ranges.len() - 1;
        let segment = |(number, range): (usize, Range<u32>)| {
            let (asserts, value) = if number == last { (&form.asserts[..], done(form)) } else { (&[][..], None) };
            Segment::of(shape, range, asserts, value)
        };
        let segments: Vec<Segment> = ranges.into_iter().enumerate().map(segment).collect();
        let (push, mut rows) = self.push(form);
        let mut lists = Vec::with_capacity(groups.len());
        let mut recovered = Vec::new();
        for group in &groups {
            let ways: Vec<Again> = group.iter().map(|item| self.way(&draft, item, &mut rows)).collect();
            let (forward, again) = (self.forward(group, &ways), self.again(group, &ways));
            for (item, way) in group.iter().zip(ways) {
                if let (Item::Whole(first, whole), Again::Handed) = (item, way) {
                    recovered.extend(Self::recovered(form, *first, whole));
                }
            }
            lists.push(Lists { forward, again, back: NOTHING });
        }
        let hand_on = self.hand_on(form);
        let stored = self.stored(form, &segments, &groups);
        let mut plan = Plan {
            segments,
            lists,
            is_active: Vec::new(),
            stored,
            push,
            pop: NOTHING,
            hand_on,
            leave: NOTHING,
            rows,
            bars: Vec::new(),
        };
        if self.source.gradient {
            self.back(&draft, &groups, &recovered, &mut plan)?;
        }
        Some(Plan { is_active: draft.is_active, ..plan })
    }

    /// Slots that are read elsewhere than in the segments that make them.
    fn stored(&self, form: &Form, segments: &[Segment], groups: &[Vec<Item<'_>>]) -> BTreeSet<u32> {
        let mut stored: BTreeSet<u32> = segments.iter().flat_map(|segment| segment.ins.iter().copied()).collect();
        for item in groups.iter().flatten() {
            match item {
                Item::Row(Row { operands, count, .. }) => {
                    operands.iter().for_each(|line| stored.extend(slots(line.operands(*count))));
                }
                Item::Whole(_, whole) => stored.extend(slots(whole.operands.iter().copied())),
                Item::Single(_) => {}
            }
        }
        form.end.handovers().iter().for_each(|outs| stored.extend(slots(outs.iter().copied())));
        stored
    }

    /// What a form gets that the next one does not get in the same slot.
    fn changed(form: &Form) -> Vec<u32> {
        let End::Go(outs) = &form.end else { return Vec::new() };
        (0..form.shape.ins).filter(|slot| outs.get(*slot as usize) != Some(&Operand::Slot(*slot))).collect()
    }

    /// The stack's words that changed slots take, in ranges of slots.
    fn ranges(form: &Form) -> Vec<Range<u32>> {
        let mut ranges: Vec<Range<u32>> = Vec::new();
        for slot in Self::changed(form) {
            match ranges.last_mut() {
                Some(range) if range.end == slot => range.end += 1,
                _ => ranges.push(slot..slot + 1),
            }
        }
        ranges
    }

    /// The list that brings a form's constants and pushes what it gets, and how many words that is.
    fn push(&mut self, form: &Form) -> (u32, u32) {
        let (begun, mut rows) = (self.code.here(), 0);
        self.constants(form);
        if self.source.gradient {
            for range in Self::ranges(form) {
                self.code.push(self.layout.values + range.start, range.len() as u32, rows);
                rows += range.len() as u32;
            }
        }
        (self.code.end(begun), rows)
    }

    /// Brings a form's constants into the array.
    fn constants(&mut self, form: &Form) {
        if !form.literals.is_empty() {
            self.code.constants(self.layout.constants, form.literals.len() as u32, form.asserts.len().max(1) as u32);
        }
    }

    /// Brings a form's constants, moves back what it handed on that it needs, and takes what it gets from the stack.
    pub fn pop(&mut self, form: &Form, recovered: &[(u32, u32)]) {
        self.constants(form);
        self.exchange(recovered, self.layout.values);
        let mut rows = 0;
        for range in Self::ranges(form) {
            self.code.take(self.layout.values + range.start, range.len() as u32, rows);
            rows += range.len() as u32;
        }
    }

    /// The list that hands values on.
    fn hand_on(&mut self, form: &Form) -> u32 {
        let begun = self.code.here();
        if let End::Go(outs) = &form.end {
            let slot = |out: &Operand| if let Operand::Slot(slot) = *out { Some(slot) } else { None };
            let moved = (0..).zip(outs.iter()).filter_map(|(to, out)| Some((slot(out)?, to)));
            let moved: Vec<(u32, u32)> = moved.filter(|(from, to)| from != to).collect();
            self.exchange(&moved, self.layout.values);
        }
        self.code.end(begun)
    }

    /// Moves words of slots, from this cell on, to others; each is read before it is written.
    pub fn exchange(&mut self, moved: &[(u32, u32)], at: u32) {
        let targets: BTreeSet<u32> = moved.iter().map(|(_, to)| *to).collect();
        if moved.iter().all(|(from, _)| !targets.contains(from)) {
            self.code.moves(moved.iter().map(|(from, to)| (Some(at + from), at + to)));
            return;
        }
        let mut scratch = Scratch(self.layout.scratch);
        let between = scratch.take(moved.len());
        self.code.words = self.code.words.max(scratch.0);
        self.code.moves(moved.iter().zip(between..).map(|((from, _), cell)| (Some(at + from), cell)));
        self.code.moves(moved.iter().zip(between..).map(|((_, to), cell)| (Some(cell), at + to)));
    }

    /// How the way back gets an item's results. What an elimination costs is more than to keep them.
    fn way(&self, draft: &Draft<'_>, item: &Item<'_>, rows: &mut u32) -> Again {
        let form = draft.form;
        let read = |slot: u32| form.shape.operands().chain(done(form)).any(|operand| operand == Operand::Slot(slot));
        match item {
            _ if !self.source.gradient => Again::Unread,
            Item::Single(_) => Again::Computed,
            Item::Row(Row { first, count, .. }) => {
                let is_read = (*first..first + *count as u32).any(read);
                if is_read { Again::Computed } else { Again::Unread }
            }
            Item::Whole(first, whole) => {
                let results = *first..first + whole.linear.results() as u32;
                let is_pulled = whole.linear.pulls_by_results()
                    && whole.operands.iter().any(|&operand| self.is_wanted(draft, operand));
                // No pull reads a soundness.
                let pulled = results.start..results.end - u32::from(whole.linear.eliminates());
                let needed: Vec<u32> =
                    results.clone().filter(|slot| is_pulled && pulled.contains(slot) || read(*slot)).collect();
                if needed.is_empty() {
                    return Again::Unread;
                }
                if !whole.linear.eliminates() || done(form).is_some() {
                    return Again::Computed;
                }
                if needed.iter().all(|&slot| Self::handed_as(form, slot).is_some()) {
                    return Again::Handed;
                }
                let row = *rows;
                *rows += results.len() as u32;
                Again::Stack(row)
            }
        }
    }

    /// The slot in which the next form gets this one.
    fn handed_as(form: &Form, slot: u32) -> Option<u32> {
        let outs = form.end.handovers().first()?;
        outs.iter().position(|out| *out == Operand::Slot(slot)).map(|to| to as u32)
    }

    /// By result that was handed on: where it is in what the next form gets, and its slot.
    fn recovered(form: &Form, first: u32, whole: &Whole) -> Vec<(u32, u32)> {
        let slots = first..first + whole.linear.results() as u32;
        slots.filter_map(|slot| Some((Self::handed_as(form, slot)?, slot))).collect()
    }

    /// Does the operand depend on a wanted input?
    pub fn is_wanted(&self, draft: &Draft<'_>, operand: Operand) -> bool {
        reaches(operand, &draft.is_active, &self.source.wanted)
    }

    fn forward(&mut self, group: &[Item<'_>], ways: &[Again]) -> u32 {
        let begun = self.code.here();
        for (item, way) in group.iter().zip(ways) {
            self.compute(item);
            if let (Item::Whole(first, whole), Again::Stack(row)) = (item, way) {
                self.code.push(self.layout.values + first, whole.linear.results() as u32, *row);
            }
        }
        self.code.end(begun)
    }

    fn again(&mut self, group: &[Item<'_>], ways: &[Again]) -> u32 {
        let begun = self.code.here();
        for (item, way) in group.iter().zip(ways) {
            match (item, way) {
                (_, Again::Computed) => self.compute(item),
                (Item::Whole(first, whole), Again::Stack(row)) => {
                    self.code.take(self.layout.values + first, whole.linear.results() as u32, *row);
                }
                _ => {}
            }
        }
        self.code.end(begun)
    }

    fn compute(&mut self, item: &Item<'_>) {
        let values = self.layout.values;
        match item {
            Item::Single(_) => {}
            Item::Row(Row { op, first, count, operands }) => {
                let each = match op {
                    Op::Add => Each::Sum,
                    Op::Sub => Each::Difference,
                    _ => Each::Product,
                };
                let cells = |line: Line| Cells { at: self.layout.cell(line.first), row: line.step, term: 0 };
                let out = Cells { at: values + first, row: 1, term: 0 };
                let all = [out, cells(operands[0]), cells(operands[1])];
                self.code.each(each as u32, Begins::Nothing, all, [*count, 1]);
            }
            Item::Whole(first, whole) => {
                let Gathered { cells: [a, b], moves, mut scratch } = self.gathered(whole);
                self.code.moves(moves);
                let (linear, results) = (whole.linear, values + first);
                let (operands, steps) = if self.fixed.has(linear) {
                    let kind = if matches!(linear, Linear::Inverse { .. }) { INVERT } else { ELIMINATE };
                    let pivots = scratch.take(2 * linear.pivots());
                    self.code.at_once(kind, a, results, pivots);
                    ([pivots, pivots + linear.pivots() as u32], concluding_steps(linear))
                } else {
                    ([a, b], forward_steps(linear, PANEL))
                };
                let [a, b] = operands;
                self.code.steps(&steps, linear, &[a, b, results, results, results, results], scratch);
            }
        }
    }

    /// Where a whole operation reads its operands: where they are if that is in a row, or where they are moved.
    pub fn gathered(&self, whole: &Whole) -> Gathered {
        let mut scratch = Scratch(self.layout.scratch);
        let mut moves = Vec::new();
        let cells = sides(whole).map(|side| match in_a_row(side) {
            Some(slot) => self.layout.values + slot,
            None => {
                let at = scratch.take(side.len());
                moves.extend(side.iter().zip(at..).map(|(&operand, cell)| (Some(self.layout.cell(operand)), cell)));
                at
            }
        });
        Gathered { cells, moves, scratch }
    }
}

/// The first of slots that follow each other.
pub(super) fn in_a_row(operands: &[Operand]) -> Option<u32> {
    let Some(&Operand::Slot(first)) = operands.first() else { return None };
    operands.iter().zip(first..).all(|(&operand, slot)| operand == Operand::Slot(slot)).then_some(first)
}

/// Those of operands that are slots.
pub(super) fn slots(operands: impl IntoIterator<Item = Operand>) -> impl Iterator<Item = u32> {
    operands.into_iter().filter_map(|operand| if let Operand::Slot(slot) = operand { Some(slot) } else { None })
}

/// The operands that an operation has.
pub(super) fn read(operation: &Operation) -> impl Iterator<Item = Operand> {
    let count = if operation.op.row().arity == 2 { 2 } else { 1 };
    [operation.a, operation.b].into_iter().take(count)
}
