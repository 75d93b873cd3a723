//! Schedule: a graph's bodies become instructions at the end of an image's code.
//!
//! Registers are given in order of evaluation, the lowest free one first, and freed after a node's last use in its
//! region. A call's window stands above every live register. A chain of tests of one value against symbols becomes
//! one `Switch`.

mod calls;
mod chain;
mod emit;
mod moves;
mod uses;

use std::sync::Arc;

use crate::graph::{Body, BodyId, Exit, Graph, Kind, NodeId, Region, Role};
use crate::machine::code::{
    ARGUMENTS, CALL_KNOWN, CALL_SPREAD, CLOSURE, CONSTANT, COUNTED_CELL, ENTER_COUNTS, ENTER_REST, Instruction, Opcode,
};
use crate::machine::image::{Function, Image, Word};
use crate::machine::schedule::chain::Chain;
use crate::machine::schedule::moves::parallel_moves;
use crate::machine::schedule::uses::Uses;
use crate::op::Op;
use crate::value::Tag;

/// Fewest tests in a chain that are worth a table.
const SWITCH_ARMS: usize = 4;

/// Library procedures whose names start so are the inside of an operation: applying one is no application of the program.
const INNER: &str = "%%";

/// A word that is known only when every body has its entry.
#[derive(Clone, Debug)]
pub(super) enum Fixup {
    /// `c` of this instruction is the entry of a body of the graph.
    Body(u32, BodyId),
    /// `c` of this instruction is the entry of a library procedure.
    Library(u32, Arc<str>),
    /// This constant is the header of a body's closures.
    Header(u32, BodyId),
}

/// Schedules one body at the end of `image.code`.
pub(super) fn body(image: &mut Image, graph: &Graph, id: BodyId, fixups: &mut Vec<Fixup>) {
    let body = &graph.bodies[id.0 as usize];
    let entry = image.code.len() as u32;
    let frame = ARGUMENTS + body.params + u32::from(body.rest);
    let mut scheduler = Scheduler {
        image,
        graph,
        body,
        fixups,
        operand: vec![0; body.nodes.len()],
        uses: Uses::of(body),
        live: vec![true; frame as usize],
        registers: frame,
        place: None,
        label: entry,
        is_entry: graph.entry == Some(id),
    };
    scheduler.prologue();
    scheduler.region(&body.region, None);
    let registers = scheduler.registers;
    let place = scheduler.place;
    image.code[entry as usize].c = registers;
    let end = image.code.len() as u32;
    image.functions.push(Function {
        name: body.name.clone(),
        role: body.role,
        entry,
        end,
        params: body.params,
        rest: body.rest,
        captures: body.captures,
        registers,
        place,
        starts: false,
        face: false,
        liveness: Arc::default(),
    });
}

struct Scheduler<'a> {
    image: &'a mut Image,
    graph: &'a Graph,
    body: &'a Body,
    fixups: &'a mut Vec<Fixup>,
    /// Where each node's value is: a register, or `CONSTANT | index`.
    operand: Vec<u32>,
    uses: Uses,
    /// Which registers hold something that is still read.
    live: Vec<bool>,
    /// Frame size so far.
    registers: u32,
    /// Library bodies that call: where the place of the application is kept.
    place: Option<u32>,
    /// The body that runs a program is no application of the program.
    is_entry: bool,
    /// Nothing before this instruction may be changed: something jumps here.
    label: u32,
}

impl Scheduler<'_> {
    fn prologue(&mut self) {
        let body = self.body;
        let mut flags = 0;
        let is_inner = body.role == Role::Library && body.name.starts_with(INNER);
        if body.role != Role::Interpreter && !self.is_entry && !is_inner {
            flags |= ENTER_COUNTS;
        }
        if body.rest {
            flags |= ENTER_REST;
        }
        self.emit(Instruction::new(Opcode::Enter, ARGUMENTS + body.params, flags, body.params, 0));
        if body.rest {
            // The list starts above the last argument, wherever that is.
            self.emit(Instruction::new(Opcode::Rest, 0, 0, body.params, 0));
        }
        if body.role == Role::Library && self.loses_place(&body.region) {
            let register = self.allocate();
            self.emit(Instruction::new(Opcode::SavePlace, register, 0, 0, 0));
            self.place = Some(register);
        }
    }

    /// One region from its first node to its exit; a `Yield` moves its value to `result`.
    fn region(&mut self, region: &Region, result: Option<u32>) {
        stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || {
            let mut region = region;
            loop {
                self.nodes(region);
                match &region.exit {
                    Exit::Branch(test, then, otherwise) => {
                        if Chain::of(self.body, region, &self.uses).is_some_and(|chain| self.switch(&chain)) {
                            return;
                        }
                        let branch = self.branch(*test);
                        let live = self.live.clone();
                        self.region(then, result);
                        self.live = live;
                        self.land(branch);
                        region = otherwise;
                    }
                    exit => return self.exit(exit, result),
                }
            }
        });
    }

    fn nodes(&mut self, region: &Region) {
        let mut position = 0;
        while position < region.nodes.len() {
            let id = region.nodes[position];
            let node = &self.body.nodes[id.0 as usize];
            let mut next = position + 1;
            match &node.kind {
                Kind::Closure { group, .. } => {
                    while next < region.nodes.len()
                        && matches!(self.body.nodes[region.nodes[next].0 as usize].kind,
                            Kind::Closure { group: other, .. } if other == *group)
                    {
                        next += 1;
                    }
                    self.closures(&region.nodes[position..next]);
                }
                _ => self.node(id),
            }
            for &made in &region.nodes[position..next] {
                self.settle(made, next as u32);
            }
            position = next;
        }
    }

    /// After a node: what nothing reads any more gives its register back.
    fn settle(&mut self, made: NodeId, next: u32) {
        let region = self.uses.region[made.0 as usize];
        let body = self.body;
        let register = self.operand[made.0 as usize];
        if register & CONSTANT == 0 {
            self.live[register as usize] = true;
        }
        for &id in body.nodes[made.0 as usize].inputs.iter().chain([&made]) {
            let at = id.0 as usize;
            let register = self.operand[at];
            if register & CONSTANT == 0 && self.uses.region[at] == region && self.uses.last[at] < next {
                self.live[register as usize] = false;
            }
        }
    }

    fn node(&mut self, id: NodeId) {
        let node = &self.body.nodes[id.0 as usize];
        let at = id.0 as usize;
        match &node.kind {
            Kind::Const(constant) => {
                let word = self.image.word_of(constant);
                self.operand[at] = CONSTANT | self.image.constant(word);
            }
            Kind::Param(index) => self.operand[at] = ARGUMENTS + index,
            Kind::Capture(index) => {
                let dst = self.allocate();
                self.operand[at] = dst;
                self.emit(Instruction::new(Opcode::Captured, dst, CLOSURE, 0, *index));
            }
            Kind::Input(index) => {
                let number = self.image.constant(Word::tagged(Tag::Int, *index)) | CONSTANT;
                let dst = self.allocate();
                self.operand[at] = dst;
                self.emit(Instruction::new(Opcode::Operate, dst, number, number, Op::Input as u32));
            }
            Kind::Op(Op::Put) => {
                let vector = self.register_of(node.inputs[0]);
                let [index, value] = [1, 2].map(|input| self.operand[node.inputs[input].0 as usize]);
                let dst = self.allocate();
                self.operand[at] = dst;
                self.emit(Instruction::new(Opcode::Put, dst, index, value, vector));
            }
            Kind::Op(op) => {
                let a = self.operand[node.inputs[0].0 as usize];
                let b = node.inputs.get(1).map_or(a, |input| self.operand[input.0 as usize]);
                let counted = if self.body.role == Role::Interpreter { 0 } else { COUNTED_CELL };
                let dst = self.allocate();
                self.operand[at] = dst;
                self.site(node.span, &node.operand_spans);
                self.emit(Instruction::new(Opcode::Operate, dst, a, b, *op as u32 | counted));
            }
            Kind::Dynamic => {
                let which = self.register_of(node.inputs[0]);
                let a = self.operand[node.inputs[1].0 as usize];
                let b = node.inputs.get(2).map_or(a, |input| self.operand[input.0 as usize]);
                let dst = self.allocate();
                self.operand[at] = dst;
                self.site(node.span, &node.operand_spans[1..]);
                self.emit(Instruction::new(Opcode::Dynamic, dst, a, b, which));
            }
            Kind::Call { pending } => {
                let base = self.window(node.inputs.len() as u32 + 1);
                let known = self.known(node.inputs[0]);
                self.renew_place(node.inputs[0]);
                self.arguments(&node.inputs, base, known.is_some());
                let flags = self.call_flags(*pending) | if known.is_some() { CALL_KNOWN } else { 0 };
                self.site(node.span, &node.operand_spans[1..]);
                self.fix(known);
                self.emit(Instruction::new(Opcode::Call, base, flags, node.inputs.len() as u32 - 1, 0));
                self.operand[at] = base;
                self.live[base as usize] = true;
            }
            Kind::Apply { pending } => {
                let base = self.window(ARGUMENTS);
                self.renew_place(node.inputs[0]);
                self.move_to(base + 1, node.inputs[0]);
                let list = self.operand[node.inputs[1].0 as usize];
                self.site(node.span, &node.operand_spans[1..]);
                self.emit(Instruction::new(Opcode::List, 0, list, 0, 0));
                self.site(node.span, &node.operand_spans[1..]);
                self.emit(Instruction::new(Opcode::Spread, base + 2, 0, 0, 0));
                self.site(node.span, &node.operand_spans[1..]);
                self.emit(Instruction::new(Opcode::Call, base, self.call_flags(*pending) | CALL_SPREAD, 0, 0));
                self.operand[at] = base;
                self.live[base as usize] = true;
            }
            Kind::If(then, otherwise) => {
                let dst = self.allocate();
                self.operand[at] = dst;
                let branch = self.branch(node.inputs[0]);
                let live = self.live.clone();
                self.region(then, Some(dst));
                let over = self.image.code.len();
                self.emit(Instruction::new(Opcode::Jump, 0, 0, 0, 0));
                self.land(branch);
                self.live = live.clone();
                self.region(otherwise, Some(dst));
                self.land(over);
                self.live = live;
            }
            Kind::Closure { .. } => unreachable!("closures are made in groups"),
        }
    }

    fn exit(&mut self, exit: &Exit, result: Option<u32>) {
        match exit {
            Exit::Yield(node) => {
                let dst = result.expect("a yield stands in a conditional");
                self.move_to(dst, *node);
            }
            Exit::Return(node) => {
                let value = self.operand[node.0 as usize];
                self.emit(Instruction::new(Opcode::Return, 0, value, 0, 0));
            }
            Exit::TailCall { inputs, span, operand_spans } => {
                let known = self.known(inputs[0]);
                self.renew_place(inputs[0]);
                let skip = usize::from(known.is_some());
                let sources: Vec<u32> = inputs[skip..].iter().map(|input| self.operand[input.0 as usize]).collect();
                let first = CLOSURE + skip as u32;
                self.registers = self.registers.max(CLOSURE + inputs.len() as u32);
                let spare = self.registers;
                let moves = parallel_moves(&sources, first, spare);
                if moves.iter().any(|&(to, from)| to == spare || from == spare) {
                    self.registers += 1;
                }
                for (to, from) in moves {
                    self.copy(to, from);
                }
                let flags = self.call_flags(false) | if known.is_some() { CALL_KNOWN } else { 0 };
                self.site(*span, &operand_spans[1..]);
                self.fix(known);
                self.emit(Instruction::new(Opcode::Tail, 0, flags, inputs.len() as u32 - 1, 0));
            }
            Exit::TailApply { inputs, span } => {
                self.renew_place(inputs[0]);
                let list = self.operand[inputs[1].0 as usize];
                self.site(*span, &[]);
                self.emit(Instruction::new(Opcode::List, 0, list, 0, 0));
                self.move_to(CLOSURE, inputs[0]);
                self.site(*span, &[]);
                self.emit(Instruction::new(Opcode::Spread, ARGUMENTS, 0, 0, 0));
                self.site(*span, &[]);
                self.emit(Instruction::new(Opcode::Tail, 0, self.call_flags(false) | CALL_SPREAD, 0, 0));
            }
            Exit::Branch(..) => unreachable!("a branch is laid out by its region"),
        }
    }

    /// A chain of tests against symbols as one jump; false if it is too short or its symbols lie too far apart.
    fn switch(&mut self, chain: &Chain<'_>) -> bool {
        if chain.arms.len() < SWITCH_ARMS {
            return false;
        }
        let numbers: Vec<u32> = chain.arms.iter().map(|(name, _)| self.image.symbols.number(name)).collect();
        let (Some(&low), Some(&high)) = (numbers.iter().min(), numbers.iter().max()) else { return false };
        let count = high - low + 1;
        if count as usize > 2 * numbers.len() + 8 {
            return false;
        }
        // The first test was laid out with its region; it decides nothing any more.
        if self.image.code.last().is_some_and(|last| last.result() == Some(self.operand[chain.test.0 as usize]))
            && self.image.code.len() as u32 > self.label
        {
            self.image.code.pop();
        }
        let subject = self.operand[chain.subject.0 as usize];
        let table = self.image.code.len() as u32 + 1;
        self.emit(Instruction::new(Opcode::Switch, count, subject, low, table));
        for _ in 0..=count {
            self.emit(Instruction::new(Opcode::Jump, 0, 0, 0, 0));
        }
        let live = self.live.clone();
        for ((_, arm), number) in chain.arms.iter().zip(&numbers) {
            let jump = (table + number - low) as usize;
            // Of two arms for one symbol the first is taken.
            if self.image.code[jump].c == 0 {
                self.land(jump);
                self.region(arm, None);
                self.live = live.clone();
            }
        }
        let default = self.image.code.len() as u32;
        for jump in table..=table + count {
            if self.image.code[jump as usize].c == 0 {
                self.image.code[jump as usize].c = default;
            }
        }
        self.label = default;
        self.region(chain.default, None);
        true
    }
}
