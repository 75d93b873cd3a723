//! A walk: one lane writes its path into a residual program, following what is known and adding what is new.

use std::sync::Arc;

use crate::op::Op;
use crate::op::linear::Linear;
use crate::tape::residual::{
    Code, Cost, End, FastMap, Operand, Operation, Outcome, Output, Residual, SectionId, Whole,
};
use crate::value::{Real, Value};

/// Is an anchor due where the lane applies a procedure?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// The way is known, and there is none here.
    No,
    /// The way is known, and there is one here.
    Known,
    /// The way is new: the recorder decides.
    Ask,
}

/// One lane's way through a residual program.
///
/// Slots are the lane's own numbers for taped values, as on a raw tape: 0 is nobody's, 1 to n are the inputs, each
/// operation makes the next one. A guard makes none.
#[derive(Debug)]
pub struct Walk<'r, F: Real> {
    residual: &'r mut Residual<F>,
    section: SectionId,
    /// Has another lane been through this section?
    is_known: bool,
    /// The slot that the next operation makes.
    next: u32,
    /// The first slot made since the last anchor.
    first: u32,
    /// By hole of the frame: its slot.
    holes: Vec<u32>,
    hole_of: FastMap<u32, u32>,
    /// What the section did so far; empty on a known way.
    operations: Vec<Operation>,
    wholes: Vec<(u32, Whole)>,
    constants: Vec<F>,
    cost: Cost,
    /// The program's objects: those alive at the last anchor, and made since.
    objects: u32,
    /// New sections that have no order yet, and the last known one before them.
    unordered: Vec<SectionId>,
    last_known: f64,
}

impl<'r, F: Real> Walk<'r, F> {
    /// A lane at the entry.
    pub fn new(residual: &'r mut Residual<F>) -> Self {
        let first = residual.inputs + 1;
        let is_known = !residual.is_empty();
        let unordered = if is_known { Vec::new() } else { vec![SectionId::ENTRY] };
        Walk {
            residual,
            section: SectionId::ENTRY,
            is_known,
            next: first,
            first,
            holes: Vec::new(),
            hole_of: FastMap::default(),
            operations: Vec::new(),
            wholes: Vec::new(),
            constants: Vec::new(),
            cost: Cost::default(),
            objects: 0,
            unordered,
            last_known: 0.0,
        }
    }

    /// Taped operations since the section began, guards among them.
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// Is this way known?
    pub fn is_known(&self) -> bool {
        self.is_known
    }

    /// Sections of the residual program.
    pub fn sections(&self) -> usize {
        self.residual.sections.len()
    }

    fn operand(&mut self, value: Value<F>) -> Operand {
        match value.slot() {
            0 => {
                self.constants.push(value.number());
                Operand::Constant(self.constants.len() as u32 - 1)
            }
            slot => self.place(slot),
        }
    }

    /// Where the frame has a slot.
    fn place(&self, slot: u32) -> Operand {
        if slot <= self.residual.inputs {
            Operand::Input(slot - 1)
        } else if slot >= self.first {
            Operand::Slot(self.holes.len() as u32 + (slot - self.first))
        } else {
            Operand::Slot(self.hole_of[&slot])
        }
    }

    fn written(&mut self, op: Op, a: Value<F>, b: Value<F>) -> Operation {
        let first = self.operand(a);
        let second = if op.row().arity == 1 { first } else { self.operand(b) };
        Operation { op, a: first, b: second }
    }

    /// An operation on Floats, at least one of them taped: the slot it makes.
    pub fn operation(&mut self, op: Op, a: Value<F>, b: Value<F>) -> u32 {
        if !self.is_known {
            let operation = self.written(op, a, b);
            self.operations.push(operation);
        }
        self.cost.entries += 1;
        self.next += 1;
        self.next - 1
    }

    /// A whole operation on elements, at least one of them taped: the slot of its first result. It counts as one entry.
    pub fn whole(&mut self, linear: Linear, operands: &[Value<F>]) -> u32 {
        let results = linear.results();
        if !self.is_known {
            let operands: Arc<[Operand]> = operands.iter().map(|&element| self.operand(element)).collect();
            let part = Operation { op: Op::Part, a: operands[0], b: operands[0] };
            self.wholes.push((self.operations.len() as u32, Whole { linear, operands }));
            self.operations.extend(std::iter::repeat_n(part, results));
        }
        self.cost.entries += 1;
        self.next += results as u32;
        self.next - results as u32
    }

    /// A guard, at least one operand taped: ends the section.
    pub fn guard(&mut self, op: Op, a: Value<F>, b: Value<F>, outcome: Outcome) {
        self.cost.entries += 1;
        if !self.is_known {
            let guard = self.written(op, a, b);
            self.close(Some(guard), End::Guard(Vec::new()));
        }
        let base = self.holes.len() as u32 + (self.next - self.first);
        let index = self.section.0 as usize;
        let End::Guard(sides) = &self.residual.sections[index].end else {
            unreachable!("lanes in one state do the same until a guard decides otherwise");
        };
        match sides.binary_search_by_key(&outcome, |&(outcome, _)| outcome) {
            Ok(side) => {
                let target = sides[side].1;
                self.enter(target);
            }
            Err(side) => {
                let target = self.residual.open(base);
                // The count goes on, whichever lane is the first to come through.
                self.residual.sections[target.0 as usize].objects = self.residual.sections[index].objects;
                if let End::Guard(sides) = &mut self.residual.sections[index].end {
                    sides.insert(side, (outcome, target));
                }
                self.enter(target);
            }
        }
    }

    /// The lane applies one of the program's procedures.
    pub fn tick(&mut self) -> Due {
        self.cost.steps += 1;
        if !self.is_known {
            return Due::Ask;
        }
        let section = self.residual.section(self.section);
        match section.end {
            End::Anchor(..) if section.cost.steps == self.cost.steps => Due::Known,
            _ => Due::No,
        }
    }

    /// The lane made objects that count.
    pub fn objects(&mut self, made: u32) {
        if !self.is_known {
            self.objects = self.objects.saturating_add(made);
        }
    }

    /// The known anchor that is due: the lane goes on with its section. Gives how many words the state there has.
    pub fn follow(&mut self) -> u32 {
        let section = self.residual.section(self.section);
        let End::Anchor(target, holes) = &section.end else {
            unreachable!("`tick` said that a known anchor is due");
        };
        let (target, holes) = (*target, holes.clone());
        let slots = holes.iter().map(|&hole| self.slot(hole)).collect();
        self.frame(slots);
        self.enter(target);
        self.residual.section(target).words
    }

    /// A new anchor: `key` stands for all that the machine holds there, in so many words; `slots` are the taped Floats in it that
    /// are no inputs, in order of the key and each once, `alive` counts the program's objects among it.
    pub fn anchor(&mut self, key: u128, words: usize, slots: Vec<u32>, alive: u32) {
        let holes: Arc<[Operand]> = slots.iter().map(|&slot| self.place(slot)).collect();
        let known = self.residual.anchors.get(&key).copied();
        let target = known.unwrap_or_else(|| {
            let target = self.residual.open(slots.len() as u32);
            let section = &mut self.residual.sections[target.0 as usize];
            (section.objects, section.words) = (alive, words as u32);
            self.residual.anchors.insert(key, target);
            target
        });
        self.close(None, End::Anchor(target, holes));
        self.frame(slots);
        self.enter(target);
    }

    /// The slots of an output's holes as places of the frame.
    pub fn places(&self, slots: &[u32]) -> Vec<Operand> {
        slots.iter().map(|&slot| self.place(slot)).collect()
    }

    /// The lane has this value; `other` stands for one that is no Float.
    pub fn done(mut self, value: Value<F>, other: Option<Output<F>>) {
        if !self.is_known {
            let output = other.unwrap_or_else(|| Output::Float(self.operand(value)));
            self.close(None, End::Done(output));
        }
        self.order(None);
    }

    /// The lane has failed.
    pub fn fault(mut self) {
        if !self.is_known {
            self.close(None, End::Fault);
        }
        self.order(None);
    }

    /// The walk ends without a result: what comes here later is interpreted.
    pub fn give_up(mut self) {
        self.order(None);
    }

    /// The lane's slot of a value of the frame.
    fn slot(&self, operand: Operand) -> u32 {
        match operand {
            Operand::Input(input) => input + 1,
            Operand::Slot(slot) => match self.holes.get(slot as usize) {
                Some(&hole) => hole,
                None => self.first + (slot - self.holes.len() as u32),
            },
            Operand::Constant(_) => unreachable!("holes are taped"),
        }
    }

    /// A new frame with these slots as holes.
    fn frame(&mut self, slots: Vec<u32>) {
        self.hole_of.clear();
        self.hole_of.extend(slots.iter().enumerate().map(|(hole, &slot)| (slot, hole as u32)));
        self.holes = slots;
        self.first = self.next;
    }

    fn enter(&mut self, section: SectionId) {
        self.is_known = !matches!(self.residual.section(section).end, End::Open);
        if self.is_known {
            self.order(Some(section));
        } else {
            self.unordered.push(section);
        }
        self.section = section;
        self.objects = self.residual.section(section).objects;
        self.cost = Cost::default();
        self.operations.clear();
        self.wholes.clear();
        self.constants.clear();
    }

    /// Writes the section down.
    fn close(&mut self, guard: Option<Operation>, end: End<F>) {
        let base = self.residual.code(self.section).base;
        let operations = std::mem::take(&mut self.operations);
        let wholes = std::mem::take(&mut self.wholes);
        let code = self.residual.intern(Code { base, operations, wholes, guard });
        let constants = self.residual.constants.len() as u32;
        self.residual.constants.extend_from_slice(&self.constants);
        let section = &mut self.residual.sections[self.section.0 as usize];
        (section.code, section.constants, section.end) = (code, constants, end);
        (section.cost, section.objects) = (self.cost, self.objects);
    }

    /// Gives new sections their order: before the known one that they lead to, else after all.
    fn order(&mut self, next: Option<SectionId>) {
        // Infinite where the way leads back to one of the new sections.
        let before = next.map(|section| self.residual.section(section).order).filter(|order| order.is_finite());
        let count = self.unordered.len() as f64;
        for (index, section) in std::mem::take(&mut self.unordered).into_iter().enumerate() {
            let order = match before {
                Some(next) if next > self.last_known => {
                    self.last_known + (next - self.last_known) * (index as f64 + 1.0) / (count + 1.0)
                }
                _ => {
                    self.residual.last_order += 1.0;
                    self.residual.last_order
                }
            };
            self.residual.sections[section.0 as usize].order = order;
        }
        if let Some(next) = next {
            self.last_known = self.residual.section(next).order;
        }
    }
}
