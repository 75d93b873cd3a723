//! Calls and closures: windows, flags, places.

use std::sync::Arc;

use crate::graph::{Constant, Exit, Kind, NodeId, Region, Role};
use crate::machine::code::{CALL_PENDING, CALL_SETS_PLACE, CONSTANT, HIDES_OPERANDS, Instruction, Opcode};
use crate::machine::image::Word;
use crate::machine::schedule::{Fixup, Scheduler};
use crate::op::Op;

impl Scheduler<'_> {
    /// Does a library body do anything after which the machine's place may be another?
    pub(super) fn loses_place(&self, region: &Region) -> bool {
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
    pub(super) fn keeps_operands(&self, operator: NodeId) -> bool {
        match &self.body.nodes[operator.0 as usize].kind {
            Kind::Const(Constant::Library(name)) => name.starts_with('%') || *name == self.body.name,
            _ => false,
        }
    }

    /// The closures of one group: room for all, then each with its first captured value, then the rest.
    pub(super) fn closures(&mut self, group: &[NodeId]) {
        let cells = |inputs: usize| inputs as u32 / 2 + 1;
        let total = group.iter().map(|id| cells(self.body.nodes[id.0 as usize].inputs.len())).sum();
        self.site(self.body.nodes[group[0].0 as usize].span, &[]);
        self.emit(Instruction::new(Opcode::Reserve, group.len() as u32, 0, total, 0));
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

    pub(super) fn arguments(&mut self, inputs: &[NodeId], base: u32, known: bool) {
        for (index, &input) in inputs.iter().enumerate().skip(usize::from(known)) {
            self.move_to(base + 1 + index as u32, input);
        }
    }

    /// Before a library body calls: the place is again that of the application that entered it.
    pub(super) fn renew_place(&mut self, operator: NodeId) {
        if let Some(register) = self.place {
            let hides = if self.keeps_operands(operator) { 0 } else { HIDES_OPERANDS };
            let unused = self.window(1);
            self.emit(Instruction::new(Opcode::Operate, unused, register, register, Op::Place as u32 | hides));
        }
    }

    pub(super) fn call_flags(&self, pending: bool) -> u32 {
        let place = if self.body.role == Role::Program { CALL_SETS_PLACE } else { 0 };
        place | if pending { CALL_PENDING } else { 0 }
    }

    /// The name of the library procedure that this operator is.
    pub(super) fn known(&self, operator: NodeId) -> Option<Arc<str>> {
        match &self.body.nodes[operator.0 as usize].kind {
            Kind::Const(Constant::Library(name)) => Some(name.clone()),
            _ => None,
        }
    }
}
