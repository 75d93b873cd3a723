//! Instructions, registers and jumps: what every part of the scheduler writes with.

use std::sync::Arc;

use crate::graph::{NodeId, Role};
use crate::machine::code::{CONSTANT, Instruction, Opcode};
use crate::machine::image::Sites;
use crate::machine::schedule::{Fixup, Scheduler};
use crate::reader::Span;

/// How far back a producer is looked for when a move would copy its result.
const RETARGET_WINDOW: usize = 12;

impl Scheduler<'_> {
    /// A conditional jump whose target [`Scheduler::land`] gives.
    pub(super) fn branch(&mut self, test: NodeId) -> usize {
        let value = self.operand[test.0 as usize];
        self.emit(Instruction::new(Opcode::Branch, 0, value, 0, 0));
        self.image.code.len() - 1
    }

    /// The jump at `from` comes here.
    pub(super) fn land(&mut self, from: usize) {
        self.label = self.image.code.len() as u32;
        self.image.code[from].c = self.label;
    }

    pub(super) fn emit(&mut self, instruction: Instruction) {
        self.image.code.push(instruction);
    }

    /// Remembers where the next instruction comes from (an operator is no operand); only a program's own code has places.
    pub(super) fn site(&mut self, span: Span, operands: &[Span]) {
        if self.body.role == Role::Program {
            let pc = self.image.code.len() as u32;
            self.image.code_sites.insert(pc, Sites { span, operands: operands.to_vec() });
        }
    }

    /// The lowest free register.
    pub(super) fn allocate(&mut self) -> u32 {
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
    pub(super) fn window(&mut self, size: u32) -> u32 {
        let base = self.live.iter().rposition(|&live| live).map_or(0, |last| last as u32 + 1);
        self.live.resize((self.live.len() as u32).max(base + 1) as usize, false);
        self.registers = self.registers.max(base + size);
        base
    }

    /// `R[dst] = ` a node's value; its producer writes there at once where that changes nothing else.
    pub(super) fn move_to(&mut self, dst: u32, node: NodeId) {
        let from = self.operand[node.0 as usize];
        let only_use = from & CONSTANT == 0 && from != dst && self.uses.count[node.0 as usize] == 1;
        if let Some(producer) = self.producer(from, dst).filter(|_| only_use) {
            self.image.code[producer].dst = dst;
            return;
        }
        self.copy(dst, from);
    }

    /// The instruction near the end that wrote `register`, if it can write to `dst` instead.
    pub(super) fn producer(&self, register: u32, dst: u32) -> Option<usize> {
        let code = &self.image.code;
        let oldest = (self.label as usize).max(code.len().saturating_sub(RETARGET_WINDOW));
        for at in (oldest..code.len()).rev() {
            let instruction = code[at];
            let reads_c = matches!(instruction.opcode, Opcode::Dynamic | Opcode::Put);
            let which = if reads_c { instruction.c } else { CONSTANT };
            match instruction.opcode {
                Opcode::Operate | Opcode::Dynamic | Opcode::Put | Opcode::Captured | Opcode::Move => {}
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

    pub(super) fn copy(&mut self, dst: u32, from: u32) {
        if from != dst {
            self.emit(Instruction::new(Opcode::Move, dst, from, 0, 0));
        }
    }

    /// The register of a node, a fresh one for a constant.
    pub(super) fn register_of(&mut self, node: NodeId) -> u32 {
        let operand = self.operand[node.0 as usize];
        if operand & CONSTANT == 0 {
            return operand;
        }
        let register = self.allocate();
        self.live[register as usize] = false;
        self.copy(register, operand);
        register
    }

    pub(super) fn fix(&mut self, known: Option<Arc<str>>) {
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
