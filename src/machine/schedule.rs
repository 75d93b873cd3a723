//! Schedule: a graph's bodies become instructions at the end of an image's code.
//!
//! Registers are given in order of evaluation, the lowest free one first, and freed after a node's last use in its
//! region. A call's window stands above every live register. A chain of tests of one value against symbols becomes
//! one `Switch`.

use std::sync::Arc;

use crate::graph::{Body, BodyId, Constant, Exit, Graph, Kind, NodeId, Region, Role};
use crate::machine::chain::Chain;
use crate::machine::code::{
    ARGUMENTS, CALL_KNOWN, CALL_PENDING, CALL_SETS_PLACE, CALL_SPREAD, CLOSURE, CONSTANT, COUNTED_CELL,
    ENTER_COUNTS, ENTER_REST, Instruction, Opcode,
};
use crate::machine::image::{Function, Image, Sites, Word};
use crate::machine::moves::parallel_moves;
use crate::machine::uses::Uses;
use crate::op::Op;
use crate::reader::Span;
use crate::value::Tag;

/// Flag in `c` of a `%place!` operation: the application's operands are hidden from what is called.
pub const HIDES_OPERANDS: u32 = 1 << 9;
/// Fewest tests in a chain that are worth a table.
const SWITCH_ARMS: usize = 4;
/// How far back a producer is looked for when a move would copy its result.
const RETARGET_WINDOW: usize = 12;

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
        if body.role != Role::Interpreter && !self.is_entry {
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

    /// Does a library body do anything after which the machine's place may be another?
    fn loses_place(&self, region: &Region) -> bool {
        stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || {
            let inside = region.nodes.iter().any(|node| match &self.body.nodes[node.0 as usize].kind {
                Kind::Call { .. } | Kind::Apply { .. } => true,
                Kind::If(then, otherwise) => self.loses_place(then) || self.loses_place(otherwise),
                _ => false,
            });
            inside
                || match &region.exit {
                    Exit::TailCall { inputs, .. } => !self.keeps_operands(inputs[0]),
                    Exit::TailApply { .. } => true,
                    Exit::Branch(_, then, otherwise) => self.loses_place(then) || self.loses_place(otherwise),
                    Exit::Yield(_) | Exit::Return(_) => false,
                }
        })
    }

    /// Is this operator a library procedure that numbers operands as this body does?
    fn keeps_operands(&self, operator: NodeId) -> bool {
        match &self.body.nodes[operator.0 as usize].kind {
            Kind::Const(Constant::Library(name)) => name.starts_with('%') || *name == self.body.name,
            _ => false,
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
                        if let Some(chain) = Chain::of(self.body, region) {
                            if self.switch(&chain) {
                                return;
                            }
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

    /// The closures of one group: room for all, then each with its first captured value, then the rest.
    fn closures(&mut self, group: &[NodeId]) {
        let cells = |inputs: usize| inputs as u32 / 2 + 1;
        let total = group.iter().map(|id| cells(self.body.nodes[id.0 as usize].inputs.len())).sum();
        self.emit(Instruction::new(Opcode::Reserve, 0, 0, total, 0));
        let nil = CONSTANT | self.image.constant(Word::NIL);
        for (position, &id) in group.iter().enumerate() {
            let node = &self.body.nodes[id.0 as usize];
            let Kind::Closure { body, .. } = node.kind else { unreachable!("a group holds closures") };
            let first = match node.inputs.first() {
                Some(input) if !group[position..].contains(input) => self.operand[input.0 as usize],
                _ => nil,
            };
            let dst = self.allocate();
            self.live[dst as usize] = true;
            self.operand[id.0 as usize] = dst;
            self.fixups.push(Fixup::Body(self.image.code.len() as u32, body));
            self.emit(Instruction::new(Opcode::Closure, dst, first, cells(node.inputs.len()), 0));
        }
        for (position, &id) in group.iter().enumerate() {
            let node = &self.body.nodes[id.0 as usize];
            let Kind::Closure { body, .. } = node.kind else { unreachable!("a group holds closures") };
            let closure = self.operand[id.0 as usize];
            if let Some(input) = node.inputs.first().filter(|input| group[position..].contains(input)) {
                self.image.constants.push(Word::NIL);
                let header = self.image.constants.len() as u32 - 1;
                self.fixups.push(Fixup::Header(header, body));
                let first = self.operand[input.0 as usize];
                self.emit(Instruction::new(Opcode::Fill, 0, CONSTANT | header, first, closure));
            }
            for (index, pair) in node.inputs[node.inputs.len().min(1)..].chunks(2).enumerate() {
                let first = self.operand[pair[0].0 as usize];
                let second = pair.get(1).map_or(nil, |input| self.operand[input.0 as usize]);
                self.emit(Instruction::new(Opcode::Fill, index as u32 + 1, first, second, closure));
            }
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

    /// A conditional jump whose target [`Scheduler::land`] gives.
    fn branch(&mut self, test: NodeId) -> usize {
        let value = self.operand[test.0 as usize];
        self.emit(Instruction::new(Opcode::Branch, 0, value, 0, 0));
        self.image.code.len() - 1
    }

    /// The jump at `from` comes here.
    fn land(&mut self, from: usize) {
        self.label = self.image.code.len() as u32;
        self.image.code[from].c = self.label;
    }

    fn emit(&mut self, instruction: Instruction) {
        self.image.code.push(instruction);
    }

    /// Remembers where the next instruction comes from (an operator is no operand); only a program's own code has places.
    fn site(&mut self, span: Span, operands: &[Span]) {
        if self.body.role == Role::Program {
            let pc = self.image.code.len() as u32;
            self.image.code_sites.insert(pc, Sites { span, operands: operands.to_vec() });
        }
    }

    /// The lowest free register.
    fn allocate(&mut self) -> u32 {
        let register = match self.live.iter().position(|live| !live) {
            Some(register) => register as u32,
            None => {
                self.live.push(false);
                self.live.len() as u32 - 1
            }
        };
        self.live[register as usize] = true;
        self.registers = self.registers.max(register + 1);
        register
    }

    /// The first register above every live one, with room for so many more.
    fn window(&mut self, size: u32) -> u32 {
        let base = self.live.iter().rposition(|&live| live).map_or(0, |last| last as u32 + 1);
        self.live.resize((self.live.len() as u32).max(base + 1) as usize, false);
        self.registers = self.registers.max(base + size);
        base
    }

    fn arguments(&mut self, inputs: &[NodeId], base: u32, known: bool) {
        for (index, &input) in inputs.iter().enumerate().skip(usize::from(known)) {
            self.move_to(base + 1 + index as u32, input);
        }
    }

    /// `R[dst] = ` a node's value; its producer writes there at once where that changes nothing else.
    fn move_to(&mut self, dst: u32, node: NodeId) {
        let from = self.operand[node.0 as usize];
        if from & CONSTANT == 0 && from != dst && self.uses.count[node.0 as usize] == 1 {
            if let Some(producer) = self.producer(from, dst) {
                self.image.code[producer].dst = dst;
                return;
            }
        }
        self.copy(dst, from);
    }

    /// The instruction near the end that wrote `register`, if it can write to `dst` instead.
    fn producer(&self, register: u32, dst: u32) -> Option<usize> {
        let code = &self.image.code;
        let oldest = (self.label as usize).max(code.len().saturating_sub(RETARGET_WINDOW));
        for at in (oldest..code.len()).rev() {
            let instruction = code[at];
            let which = if instruction.opcode == Opcode::Dynamic { instruction.c } else { CONSTANT };
            match instruction.opcode {
                Opcode::Operate | Opcode::Dynamic | Opcode::Captured | Opcode::Move => {}
                _ => return None,
            }
            if instruction.dst == register {
                return Some(at);
            }
            let touched = [instruction.dst, instruction.a, instruction.b, which];
            if touched.contains(&dst) || touched[1..].contains(&register) {
                return None;
            }
        }
        None
    }

    fn copy(&mut self, dst: u32, from: u32) {
        if from != dst {
            self.emit(Instruction::new(Opcode::Move, dst, from, 0, 0));
        }
    }

    /// The register of a node, a fresh one for a constant.
    fn register_of(&mut self, node: NodeId) -> u32 {
        let operand = self.operand[node.0 as usize];
        if operand & CONSTANT == 0 {
            return operand;
        }
        let register = self.allocate();
        self.live[register as usize] = false;
        self.copy(register, operand);
        register
    }

    /// Before a library body calls: the place is again that of the application that entered it.
    fn renew_place(&mut self, operator: NodeId) {
        if let Some(register) = self.place {
            let hides = if self.keeps_operands(operator) { 0 } else { HIDES_OPERANDS };
            let unused = self.window(1);
            self.emit(Instruction::new(Opcode::Operate, unused, register, register, Op::Place as u32 | hides));
        }
    }

    fn call_flags(&self, pending: bool) -> u32 {
        let place = if self.body.role == Role::Program { CALL_SETS_PLACE } else { 0 };
        place | if pending { CALL_PENDING } else { 0 }
    }

    /// The name of the library procedure that this operator is.
    fn known(&self, operator: NodeId) -> Option<Arc<str>> {
        match &self.body.nodes[operator.0 as usize].kind {
            Kind::Const(Constant::Library(name)) => Some(name.clone()),
            _ => None,
        }
    }

    fn fix(&mut self, known: Option<Arc<str>>) {
        let pc = self.image.code.len() as u32;
        if let Some(name) = known {
            let own = self.graph.exports.iter().find(|(export, _)| *export == name);
            self.fixups.push(match own {
                Some(&(_, body)) => Fixup::Body(pc, body),
                None => Fixup::Library(pc, name),
            });
        }
    }
}
