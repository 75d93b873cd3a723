//! Forward: groups of lanes run block after block to their ends.

use std::rc::Rc;

use super::Limits;
use super::arena::{STRIDE, Span};
use super::group::{Dense, Group, Layout};
use super::plan::Run;
use super::runner::{Runner, Step};
use crate::host::kernels::{BASE, INS, Operands, Source, Vector, forward_all};
use crate::tape::{Exit, Operand, Produced};

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
        self.count_work(&group);
        let run = self.run(&group, inputs);
        match &block.exit {
            Exit::Next(link) => {
                let group = self.on_the_way(group, &run, link);
                self.groups.push(group);
            }
            Exit::Guard(sides, lookups) => self.decide(group, &run, sides, lookups, inputs),
            Exit::Done(value) => {
                self.longest = self.longest.max(group.entries);
                self.end_keys(&group);
                self.done(&group, &run, value, inputs);
            }
            Exit::Leave => unreachable!("such lanes have left already"),
        }
    }

    /// The block's operations.
    fn run(&mut self, group: &Group, inputs: &[Source<'_, F>]) -> Run<F> {
        let program = self.program;
        let block = &program.blocks[group.block as usize];
        let plan = self.plan(group.block, &group.ins, matches!(group.layout, Layout::Dense(_)));
        let first = self.anchors.len();
        // Of the first three the base is known later, and where shared adjoints lie on the way back.
        self.anchors.extend([0; INS as usize]);
        self.anchors.extend(group.ins.iter().map(|span| span.at));
        if let Layout::Dense(dense) = &group.layout {
            for &input in &plan.packed {
                let array = self.gather_input(dense, input, inputs);
                self.anchors.push(array.at);
            }
            if let Some(guard) = program.shapes[block.shape as usize].guard {
                for operand in [guard.a, guard.b] {
                    if let Operand::Input(input) = operand {
                        self.gather_input(dense, input, inputs);
                    }
                }
            }
        }
        let size = self.size(&group.layout);
        let base = self.allocate(plan.arrays as usize * size);
        self.anchors[first + BASE as usize] = base;
        let run = Run { plan, first: first as u32, base, size: size as u32 };
        if self.keeps {
            self.trail.push(Step::Run { block: group.block, run: run.clone(), layout: group.layout.clone() });
        }
        let constants = &program.constants[block.constants as usize..];
        let operands = Operands { inputs, constants, anchors: run.anchors(&self.anchors), size };
        let (instructions, values) = (&run.plan.instructions, &mut self.arena.values);
        let mut done = 0;
        for whole in &run.plan.wholes {
            forward_all(&instructions[done..whole.instruction], &operands, values);
            Self::forward_whole(&run, whole, &operands, values, &mut self.bench);
            done = whole.instruction;
        }
        forward_all(&instructions[done..], &operands, values);
        run
    }

    pub(super) fn gather_input(&mut self, dense: &Rc<Dense>, input: u32, inputs: &[Source<'_, F>]) -> Span {
        let known = self.gathered.iter().find(|(id, known, _)| *id == dense.id && *known == input);
        if let Some(&(_, _, array)) = known {
            return array;
        }
        let size = dense.lanes.len().next_multiple_of(STRIDE);
        let to = Span::one(self.allocate(size), self.gradient && self.wanted[input as usize]);
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

    /// The program's value.
    fn done(&mut self, group: &Group, run: &Run<F>, value: &Produced<F>, inputs: &[Source<'_, F>]) {
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
        let (low, anchors) = (&self.arena.values, &self.anchors);
        let read = Reader { low, run, anchors, inputs, gathered: &self.gathered, layout: &group.layout, constants };
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
                        let from = run.array(&self.anchors, slot);
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
    pub run: &'a Run<F>,
    pub anchors: &'a [u32],
    pub inputs: &'a [Source<'a, F>],
    pub gathered: &'a [(u32, u32, Span)],
    pub layout: &'a Layout,
    pub constants: &'a [F],
}

impl<'a, F: Vector> Reader<'a, F> {
    pub fn source(&self, operand: Operand) -> Source<'a, F> {
        let lanes = |array: Span| Source::Lanes(&self.low[array.at as usize..][..self.run.size as usize]);
        match operand {
            Operand::Slot(slot) => lanes(self.run.array(self.anchors, slot)),
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
