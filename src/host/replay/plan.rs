//! Plans: a block made ready to run.
//!
//! What makes each value and where it lies among the block's arrays is the same for all lanes and wherever the arrays start, so
//! a runner looks it up once per shape, layout, spans and activity of what comes in, and choice of what leaves. Operations
//! that do the same on arrays in a row are one instruction. Adjoints of values that do not leave a block share a few
//! arrays: on the way back they stay in the cache.

use std::rc::Rc;

use super::arena::Span;
use super::runner::Runner;
use super::whole::Ready;
use crate::host::kernels::{BASE, Back, INPUTS, INS, Instruction, Make, Place, SHARED, Sides, Spot, Vector};
use crate::op::Op;
use crate::tape::{Exit, Operand, Operation, Piece, Produced, Shape, Share};
use crate::value::Real;

/// What a shape does, wherever its arrays lie.
pub struct Plan<F: Vector> {
    /// Tells it from the runner's other plans.
    pub id: u32,
    /// By span that comes in: its arrays, and do they depend on an input whose gradient is wanted?
    spans: Box<[(u32, bool)]>,
    /// By in: the span, and which of its arrays.
    ins: Box<[(u32, u32)]>,
    is_dense: bool,
    /// Which operations make what leaves the block, ascending.
    leaving: Box<[u32]>,
    pub instructions: Vec<Instruction<F>>,
    pub backs: Vec<Back<F>>,
    /// The shape's inputs if they are packed: where they lie follows the ins.
    pub packed: Vec<u32>,
    /// By operation: its array above the base, and whether it is active.
    pub(super) values: Vec<(u32, bool)>,
    /// Arrays in all.
    pub arrays: u32,
    /// Adjoints that are shared with other stretches.
    shared: u32,
    /// Whole operations between those.
    pub wholes: Vec<Ready>,
}

/// A plan where it ran.
pub struct Run<F: Vector> {
    pub plan: Rc<Plan<F>>,
    /// Where its anchors start in the runner's.
    pub first: u32,
    /// Where its own arrays start, and how many numbers each has.
    pub base: u32,
    pub size: u32,
}

impl<F: Vector> Clone for Run<F> {
    fn clone(&self) -> Self {
        Run { plan: self.plan.clone(), ..*self }
    }
}

impl<F: Vector> Run<F> {
    /// A value of the block.
    #[inline]
    pub fn array(&self, anchors: &[u32], slot: u32) -> Span {
        let (spot, is_active) = self.plan.spot(slot);
        Span::one(anchors[(self.first + spot.anchor) as usize] + spot.array * self.size, is_active)
    }

    /// Its anchors.
    pub fn anchors<'a>(&self, anchors: &'a [u32]) -> &'a [u32] {
        &anchors[self.first as usize..][..INS as usize + self.plan.spans.len() + self.plan.packed.len()]
    }

    /// Its packed inputs, and where they lie.
    pub fn packed(&self, anchors: &[u32]) -> impl Iterator<Item = (u32, u32)> {
        let packed = &self.anchors(anchors)[INS as usize + self.plan.spans.len()..];
        self.plan.packed.iter().copied().zip(packed.iter().copied())
    }
}

impl<F: Vector> Runner<'_, F> {
    /// The plan of a block for these ins.
    pub(super) fn plan(&mut self, block: u32, ins: &[Span], is_dense: bool) -> Rc<Plan<F>> {
        let fits = |plan: &&Rc<Plan<F>>| {
            let fits = |(known, span): (&(u32, bool), &Span)| *known == (span.arrays, span.is_active);
            plan.is_dense == is_dense && plan.spans.len() == ins.len() && plan.spans.iter().zip(ins).all(fits)
        };
        if let Some(plan) = self.last_plans[block as usize].as_ref().filter(fits) {
            return plan.clone();
        }
        let entry = &self.program.blocks[block as usize];
        let shape = &self.program.shapes[entry.shape as usize];
        let leaving = leaving(&entry.exit, shape.ins);
        let known = &mut self.plans[entry.shape as usize];
        let plan = match known.iter().find(|plan| fits(plan) && plan.leaving == leaving) {
            Some(plan) => plan.clone(),
            None => {
                let spans = ins.iter().map(|span| (span.arrays, span.is_active)).collect();
                let wanted = if self.gradient { self.wanted } else { &[] };
                let plan = Rc::new(Plan::new(self.next_plan, shape, spans, is_dense, leaving, wanted));
                self.next_plan += 1;
                known.push(plan.clone());
                plan
            }
        };
        self.shared = self.shared.max(plan.shared as usize);
        self.last_plans[block as usize] = Some(plan.clone());
        plan
    }
}

/// Which operations make what leaves a block, ascending.
fn leaving<F: Real>(exit: &Exit<F>, ins: u32) -> Box<[u32]> {
    let operands: Vec<Operand> = match exit {
        Exit::Guard(sides, lookups) => {
            let links = sides.iter().map(|(_, link)| link).chain(lookups.iter().map(|lookup| &lookup.link));
            links.flat_map(|link| link.outs.iter().copied()).collect()
        }
        Exit::Next(link) => link.outs.to_vec(),
        Exit::Done(Produced::Float(operand)) => vec![*operand],
        Exit::Done(Produced::Other(..)) | Exit::Leave => Vec::new(),
    };
    let own = |operand: Operand| if let Operand::Slot(slot) = operand { slot.checked_sub(ins) } else { None };
    let mut leaving: Vec<u32> = operands.into_iter().filter_map(own).collect();
    leaving.sort_unstable();
    leaving.dedup();
    leaving.into()
}

impl<F: Vector> Plan<F> {
    fn new(
        id: u32,
        shape: &Shape,
        spans: Box<[(u32, bool)]>,
        is_dense: bool,
        leaving: Box<[u32]>,
        wanted: &[bool],
    ) -> Self {
        let mut packed: Vec<u32> = Vec::new();
        if is_dense {
            for operand in shape.operands() {
                if let Operand::Input(input) = operand
                    && !packed.contains(&input)
                {
                    packed.push(input);
                }
            }
        }
        let count = shape.operations.len();
        let arrays = |(span, &(arrays, _)): (usize, &(u32, bool))| (0..arrays).map(move |array| (span as u32, array));
        let mut plan = Plan {
            id,
            ins: spans.iter().enumerate().flat_map(arrays).collect(),
            spans,
            is_dense,
            leaving,
            instructions: Vec::with_capacity(count),
            backs: Vec::with_capacity(count),
            packed,
            values: Vec::with_capacity(count),
            arrays: 0,
            shared: 0,
            wholes: Vec::with_capacity(shape.wholes.len()),
        };
        let pieces = shape.pieces();
        for piece in &pieces {
            match piece {
                Piece::Single(number, operation) => plan.push(operation, shape.shares[*number as usize], wanted),
                Piece::Whole(_, whole) => plan.take_whole(whole, wanted),
            }
        }
        plan.turn_back(&pieces, wanted);
        plan
    }

    fn push(&mut self, operation: &Operation, share: Share, wanted: &[bool]) {
        let &Operation { op, a, .. } = operation;
        let is_active = self.sides(operation, wanted).is_some();
        let (x, y) = (self.place(a), self.place(second(operation)));
        let out = self.arrays;
        let has_companion = is_active && is_turn(op);
        let made = if has_companion { 2 } else { 1 };
        self.arrays += made;
        let twin = |index: u32| own(self.values[index as usize].0);
        let (make, first) = match share {
            Share::Value(index) => (Make::Copy, twin(index)),
            // A twin has the same operand, so it is active too.
            Share::Companion(index) if has_companion => (Make::Swapped, twin(index)),
            _ if has_companion => (Make::Both, x),
            _ => (Make::Value, x),
        };
        let (read, second) = if let Make::Copy | Make::Swapped = make { (made, first) } else { (1, y) };
        self.values.push((out, is_active));
        let instruction =
            Instruction { op, make, kernel: F::maker(op, make), a: first, b: second, read, out, made, times: 1 };
        match self.instructions.last_mut() {
            Some(last) if last.goes_on_with(&instruction) => last.times += 1,
            _ => self.instructions.push(instruction),
        }
    }

    /// The way back, with a place for each adjoint from the first contribution to it until it is sent on: what leaves the block
    /// and what whole operations read and make has a place of its own.
    fn turn_back(&mut self, pieces: &[Piece<'_>], wanted: &[bool]) {
        let mut bars: Vec<Option<Spot>> = vec![None; self.values.len()];
        let ins = self.ins.len() as u32;
        let of_block = |operand: &Operand| if let Operand::Slot(slot) = operand { slot.checked_sub(ins) } else { None };
        let mut apart = self.leaving.to_vec();
        for piece in pieces {
            if let Piece::Whole(at, whole) = piece {
                apart.extend(whole.operands.iter().filter_map(of_block));
                apart.extend(*at..*at + whole.linear.results() as u32);
            }
        }
        for operation in apart {
            bars[operation as usize] = Some(Spot { anchor: BASE, array: self.values[operation as usize].0 });
        }
        let mut free: Vec<u32> = Vec::new();
        let mut wholes = self.wholes.len();
        for piece in pieces.iter().rev() {
            let (index, operation) = match piece {
                Piece::Single(number, operation) => (*number as usize, *operation),
                Piece::Whole(..) => {
                    wholes -= 1;
                    self.wholes[wholes].back = self.backs.len();
                    continue;
                }
            };
            // Nothing is sent to what nobody needs.
            let (Some(sides), Some(bar)) = (self.sides(operation, wanted), bars[index]) else { continue };
            let &Operation { op, a, .. } = operation;
            let b = second(operation);
            let mut target = |plan: &mut Self, operand: Operand| match (plan.place(operand), operand) {
                (Place::At(Spot { anchor: BASE, .. }), Operand::Slot(slot)) => {
                    let known = &mut bars[slot as usize - plan.ins.len()];
                    *known.get_or_insert_with(|| {
                        let array = free.pop().unwrap_or_else(|| {
                            plan.shared += 1;
                            plan.shared - 1
                        });
                        Spot { anchor: SHARED, array }
                    })
                }
                (Place::At(spot), _) => spot,
                (Place::Input(input), _) => Spot { anchor: INPUTS, array: input },
                (Place::Constant(_), _) => unreachable!("a constant has no adjoint"),
            };
            let (to, to_second) = match sides {
                Sides::A | Sides::Same => (target(self, a), None),
                Sides::B => (target(self, b), None),
                Sides::Both => (target(self, a), Some(target(self, b))),
            };
            let value = self.values[index].0;
            let (x, y) = match (op, sides) {
                // What is not read is not looked for.
                (Op::Add | Op::Sub | Op::Neg | Op::Inexact | Op::Attach, _) => (own(value), own(value)),
                (Op::Mul, Sides::A) => (self.place(b), self.place(b)),
                (Op::Mul, Sides::B) => (self.place(a), self.place(a)),
                (Op::Sin | Op::Cos, _) => (own(value + 1), own(value + 1)),
                _ => (self.place(a), self.place(b)),
            };
            let kernel = F::sender(op, is_turn(op), sides);
            let back = Back { op, sides, kernel, x, y, value, bar, to, to_second, times: 1 };
            match self.backs.last_mut() {
                Some(last) if back.goes_on_with(last) => *last = Back { times: last.times + 1, ..back },
                _ => self.backs.push(back),
            }
            if bar.anchor == SHARED {
                free.push(bar.array);
            }
        }
    }

    /// Which operands' adjoints an operation sends to.
    fn sides(&self, operation: &Operation, wanted: &[bool]) -> Option<Sides> {
        let (a, b) = (operation.a, second(operation));
        let is_unary = operation.op.row().arity == 1;
        match (self.is_active(a, wanted), self.is_active(b, wanted)) {
            (false, false) => None,
            (true, true) if is_unary => Some(Sides::A),
            (true, true) if a == b => Some(Sides::Same),
            (true, true) => Some(Sides::Both),
            (true, false) => Some(Sides::A),
            (false, true) => Some(Sides::B),
        }
    }

    pub(super) fn is_active(&self, operand: Operand, wanted: &[bool]) -> bool {
        match operand {
            Operand::Slot(slot) => self.spot(slot).1,
            Operand::Input(input) => wanted.get(input as usize).copied().unwrap_or(false),
            Operand::Constant(_) => false,
        }
    }

    /// Where the adjoint of what came in, or of an input, is gathered.
    pub(super) fn target(&self, operand: Operand) -> Spot {
        match self.place(operand) {
            Place::At(spot) => spot,
            Place::Input(input) => Spot { anchor: INPUTS, array: input },
            Place::Constant(_) => unreachable!("a constant has no adjoint"),
        }
    }

    pub(super) fn place(&self, operand: Operand) -> Place {
        match operand {
            Operand::Slot(slot) => Place::At(self.spot(slot).0),
            Operand::Constant(constant) => Place::Constant(constant),
            Operand::Input(input) => match self.packed.iter().position(|&packed| packed == input) {
                Some(index) => Place::At(Spot { anchor: INS + (self.spans.len() + index) as u32, array: 0 }),
                None => Place::Input(input),
            },
        }
    }

    /// Where a value of the block is, and whether it is active.
    #[inline]
    pub(super) fn spot(&self, slot: u32) -> (Spot, bool) {
        match (slot as usize).checked_sub(self.ins.len()) {
            None => {
                let (span, array) = self.ins[slot as usize];
                (Spot { anchor: INS + span, array }, self.spans[span as usize].1)
            }
            Some(operation) => {
                let (array, is_active) = self.values[operation];
                (Spot { anchor: BASE, array }, is_active)
            }
        }
    }
}

/// An array of a stretch.
fn own(array: u32) -> Place {
    Place::At(Spot { anchor: BASE, array })
}

/// An operation of one operand gets it twice.
fn second(operation: &Operation) -> Operand {
    if operation.op.row().arity == 1 { operation.a } else { operation.b }
}

/// Does the forward pass keep the other one of sine and cosine?
fn is_turn(op: Op) -> bool {
    matches!(op, Op::Sin | Op::Cos)
}
