//! Forward: groups of lanes run block after block to their ends.

use std::rc::Rc;

use super::Limits;
use super::arena::{Ref, STRIDE};
use super::group::{Dense, Group, Layout};
use super::runner::{Runner, Step};
use crate::host::kernels::{Instruction, Make, Operands, Place, Source, Vector};
use crate::op::Op;
use crate::tape::{Exit, Link, Operand, Operation, Produced, Share};

/// Where a value that is still to be looked up would lie: this and its column.
pub(super) const LOOKED_UP: u32 = 1 << 31;

/// Groups do not wait for each other where the program ends after fewer operations.
const SHORT: usize = 32;

impl<F: Vector> Runner<'_, F> {
    /// Runs the group that is furthest behind to the end of its block.
    pub(super) fn step(&mut self, inputs: &[Source<'_, F>]) {
        let rank = |group: &Group| self.program.blocks[group.block as usize].rank;
        let Some(next) = (0..self.groups.len()).min_by_key(|&index| rank(&self.groups[index])) else { return };
        let mut group = self.groups.swap_remove(next);
        let shape = |block: u32| &self.program.shapes[self.program.blocks[block as usize].shape as usize];
        let is_end = matches!(self.program.blocks[group.block as usize].exit, Exit::Done(_));
        // Meeting costs more than a short way to the end.
        if !(self.groups.is_empty() || is_end && shape(group.block).operations.len() < SHORT) {
            while let Some(other) = self.groups.iter().position(|other| other.block == group.block) {
                let other = self.groups.swap_remove(other);
                group = self.merge(group, other);
            }
        }
        let program = self.program;
        let block = &program.blocks[group.block as usize];
        group.steps += u64::from(block.steps);
        group.entries += u64::from(block.entries);
        let Limits { steps, entries, objects, .. } = self.limits;
        let is_spent = group.steps > steps || group.entries > entries || u64::from(block.objects) > objects;
        if is_spent || matches!(block.exit, Exit::Leave) {
            let leavers = &mut self.leavers;
            group.layout.each(self.count, |_, lane| leavers.push(lane as u16));
            return;
        }
        let first = self.run(&group, inputs);
        match &block.exit {
            Exit::Next(link) => {
                group.ins = self.outs(first, link);
                group.block = link.block;
                self.groups.push(group);
            }
            Exit::Guard(sides, lookups) => self.decide(group, first, sides, lookups, inputs),
            Exit::Done(value) => {
                self.longest = self.longest.max(group.entries);
                self.done(&group, first, value, inputs);
            }
            Exit::Leave => unreachable!("such lanes have left already"),
        }
    }

    /// The block's operations; gives where its values stand in `refs`.
    pub(super) fn run(&mut self, group: &Group, inputs: &[Source<'_, F>]) -> usize {
        let program = self.program;
        let block = &program.blocks[group.block as usize];
        let shape = &program.shapes[block.shape as usize];
        let constants = &program.constants[block.constants as usize..];
        let first = self.refs.len();
        self.refs.extend_from_slice(&group.ins);
        let size = self.size(&group.layout);
        if let Layout::Dense(dense) = &group.layout {
            self.gather(dense, shape.operations.iter().chain(&shape.guard), inputs);
        }
        if self.keeps {
            self.trail.push(Step::Run { block: group.block, first: first as u32, layout: group.layout.clone() });
        }
        let ins = shape.ins as usize;
        self.instructions.clear();
        for (index, operation) in shape.operations.iter().enumerate() {
            let is_active = self.is_active(operation, first);
            let has_companion = is_active && matches!(operation.op, Op::Sin | Op::Cos);
            let out = self.allocate(if has_companion { 2 * size } else { size });
            let twin = |index: u32| Place::At(self.refs[first + ins + index as usize].at);
            let (make, a) = match shape.shares[index] {
                Share::Value(index) => (Make::Copy(if has_companion { 2 } else { 1 }), twin(index)),
                // A twin has the same operand, so it is active too.
                Share::Companion(index) if has_companion => (Make::Swapped, twin(index)),
                _ if has_companion => (Make::Both, self.place(operation.a, first, &group.layout, inputs)),
                _ => (Make::Value, self.place(operation.a, first, &group.layout, inputs)),
            };
            let b = self.place(operation.b, first, &group.layout, inputs);
            self.instructions.push(Instruction { op: operation.op, make, a, b, out });
            self.refs.push(Ref { at: out, is_active });
        }
        let operands = Operands { inputs, constants, size };
        F::forward_all(&self.instructions, operands, &mut self.arena.values);
        first
    }

    /// Where an operand of a block is.
    #[inline]
    pub(super) fn place(&self, operand: Operand, first: usize, layout: &Layout, inputs: &[Source<'_, F>]) -> Place {
        match operand {
            Operand::Slot(slot) => Place::At(self.refs[first + slot as usize].at),
            Operand::Constant(constant) => Place::Constant(constant),
            Operand::Input(input) => match (layout, inputs[input as usize]) {
                (Layout::Dense(dense), Source::Lanes(_)) => {
                    let known = self.gathered.iter().find(|(id, known, _)| *id == dense.id && *known == input);
                    match known {
                        Some(&(_, _, array)) => Place::At(array.at),
                        None => unreachable!("inputs are gathered before they are read"),
                    }
                }
                _ => Place::Input(input),
            },
        }
    }

    /// Does the result depend on an input whose gradient is wanted?
    fn is_active(&self, operation: &Operation, first: usize) -> bool {
        self.gradient
            && [operation.a, operation.b].into_iter().any(|operand| match operand {
                Operand::Slot(slot) => self.refs[first + slot as usize].is_active,
                Operand::Input(input) => self.wanted[input as usize],
                Operand::Constant(_) => false,
            })
    }

    /// Packs the inputs that these operations read.
    fn gather<'o>(
        &mut self,
        dense: &Rc<Dense>,
        operations: impl Iterator<Item = &'o Operation>,
        inputs: &[Source<'_, F>],
    ) {
        for operand in operations.flat_map(|operation| [operation.a, operation.b]) {
            if let Operand::Input(input) = operand {
                self.gather_input(dense, input, inputs);
            }
        }
    }

    pub(super) fn gather_input(&mut self, dense: &Rc<Dense>, input: u32, inputs: &[Source<'_, F>]) -> Ref {
        let known = self.gathered.iter().find(|(id, known, _)| *id == dense.id && *known == input);
        if let Some(&(_, _, array)) = known {
            return array;
        }
        let size = dense.lanes.len().next_multiple_of(STRIDE);
        let to = Ref { at: self.allocate(size), is_active: self.gradient && self.wanted[input as usize] };
        let out = &mut self.arena.values[to.at as usize..to.at as usize + size];
        match inputs[input as usize] {
            Source::One(value) => out.fill(value),
            Source::Lanes(values) => {
                let last = dense.lanes.last().copied().unwrap_or(0);
                let lanes = dense.lanes.iter().copied().chain(std::iter::repeat(last));
                out.iter_mut().zip(lanes).for_each(|(out, lane)| *out = values[lane as usize]);
            }
        }
        self.gathered.push((dense.id, input, to));
        if self.keeps && to.is_active {
            self.trail.push(Step::Input { input, to, dense: dense.clone() });
        }
        to
    }

    /// What a link's block gets.
    pub(super) fn outs(&self, first: usize, link: &Link) -> Vec<Ref> {
        let array = |operand: &Operand| match operand {
            Operand::Slot(slot) => self.refs[first + *slot as usize],
            Operand::Constant(column) => Ref { at: LOOKED_UP + column, is_active: false },
            Operand::Input(_) => unreachable!("what goes from block to block was computed"),
        };
        link.outs.iter().map(array).collect()
    }

    /// The program's value.
    pub(super) fn done(&mut self, group: &Group, first: usize, value: &Produced<F>, inputs: &[Source<'_, F>]) {
        let operands: &[Operand] = match value {
            Produced::Float(operand) => std::slice::from_ref(operand),
            Produced::Other(_, holes) => holes,
        };
        if let Layout::Dense(dense) = &group.layout {
            for &operand in operands {
                if let Operand::Input(input) = operand {
                    self.gather_input(dense, input, inputs);
                }
            }
        }
        let size = self.size(&group.layout);
        let program = self.program;
        let constants = &program.constants[program.blocks[group.block as usize].constants as usize..];
        let refs = &self.refs[first..];
        let low = &self.arena.values;
        let read = Reader { low, refs, inputs, gathered: &self.gathered, layout: &group.layout, size, constants };
        match value {
            Produced::Float(operand) => {
                let values = &mut self.values;
                match (read.source(*operand), &group.layout) {
                    (Source::Lanes(from), Layout::Wide(None)) => values[..size].copy_from_slice(from),
                    (Source::Lanes(from), Layout::Wide(Some(mask))) => {
                        for ((value, &from), &mask) in values.iter_mut().zip(from).zip(mask.iter()) {
                            *value = if mask != 0 { from } else { *value };
                        }
                    }
                    (Source::Lanes(from), layout) => layout.each(self.count, |at, lane| values[lane] = from[at]),
                    (Source::One(value), layout) => layout.each(self.count, |_, lane| values[lane] = value),
                }
                match *operand {
                    Operand::Slot(slot) => {
                        let from = self.refs[first + slot as usize];
                        self.note(from.is_active, || Step::Value { from, layout: group.layout.clone() });
                    }
                    Operand::Input(input) if self.gradient && self.wanted[input as usize] => match &group.layout {
                        Layout::Dense(dense) => {
                            let from = self.gather_input(dense, input, inputs);
                            self.note(true, || Step::Value { from, layout: group.layout.clone() });
                        }
                        layout => self.note(true, || Step::Whole { input, layout: layout.clone() }),
                    },
                    _ => {}
                }
            }
            Produced::Other(_, holes) => {
                let number = |operand: &Operand, at: usize| match read.source(*operand) {
                    Source::One(value) => value,
                    Source::Lanes(values) => values[at],
                };
                let others = &mut self.others;
                group.layout.each(self.count, |at, lane| {
                    let numbers = holes.iter().map(|hole| number(hole, at)).collect();
                    others.push((lane as u16, value.clone(), numbers));
                });
            }
        }
    }
}

/// What operands are, for a block at work.
pub(super) struct Reader<'a, F: Vector> {
    pub low: &'a [F],
    pub refs: &'a [Ref],
    pub inputs: &'a [Source<'a, F>],
    pub gathered: &'a [(u32, u32, Ref)],
    pub layout: &'a Layout,
    pub size: usize,
    pub constants: &'a [F],
}

impl<'a, F: Vector> Reader<'a, F> {
    pub fn source(&self, operand: Operand) -> Source<'a, F> {
        let lanes = |array: Ref| Source::Lanes(&self.low[array.at as usize..array.at as usize + self.size]);
        match operand {
            Operand::Slot(slot) => lanes(self.refs[slot as usize]),
            Operand::Constant(index) => Source::One(self.constants[index as usize]),
            Operand::Input(input) => match self.layout {
                Layout::Wide(_) => self.inputs[input as usize],
                Layout::Dense(dense) => {
                    let known = self.gathered.iter().find(|(id, known, _)| *id == dense.id && *known == input);
                    match (known, self.inputs[input as usize]) {
                        (_, one @ Source::One(_)) => one,
                        (Some(&(_, _, array)), _) => lanes(array),
                        (None, Source::Lanes(_)) => unreachable!("inputs are gathered before they are read"),
                    }
                }
            },
        }
    }
}
