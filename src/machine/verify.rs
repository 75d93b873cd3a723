//! Verify: what must hold of code before it runs.

use crate::machine::MachineError;
use crate::machine::code::{ARGUMENTS, CALL_KNOWN, CONSTANT, Instruction, Opcode};
use crate::machine::image::{Function, Image};
use crate::op::ROWS;

impl Image {
    /// Checks every instruction: registers within the frame, jumps within the body, constants, operations and
    /// entries that exist, an `Enter` at each entry and no way off the end.
    ///
    /// # Errors
    /// The first instruction that breaks a rule.
    pub fn verify(&self) -> Result<(), MachineError> {
        self.verify_from(0)
    }

    /// [`Image::verify`] of the bodies from this instruction on.
    pub(super) fn verify_from(&self, first: usize) -> Result<(), MachineError> {
        let from = self.functions.partition_point(|function| (function.entry as usize) < first);
        for function in &self.functions[from..] {
            for pc in function.entry..function.end {
                let instruction = self.code[pc as usize];
                if let Err(problem) = self.check(function, pc, instruction) {
                    return Err(MachineError::Invalid { pc, text: instruction.to_string(), problem });
                }
            }
        }
        Ok(())
    }

    fn check(&self, function: &Function, pc: u32, instruction: Instruction) -> Result<(), &'static str> {
        let Instruction { opcode, dst, a, b, c } = instruction;
        let register = |register: u32| register < function.registers;
        let operand = |word: u32| match word & CONSTANT {
            0 => register(word),
            _ => ((word & !CONSTANT) as usize) < self.constants.len(),
        };
        let target = |pc: u32| (function.entry..function.end).contains(&pc);
        let rule = |holds: bool, problem: &'static str| if holds { Ok(()) } else { Err(problem) };

        let (reads_a, reads_b) = instruction.operands();
        rule(!reads_a || operand(a), "operand a is out of range")?;
        rule(!reads_b || operand(b), "operand b is out of range")?;
        if let Some(result) = instruction.result() {
            rule(register(result), "the result's register is outside the frame")?;
        }
        match opcode {
            Opcode::Operate => rule(((c & 0xff) as usize) < ROWS.len(), "no such operation")?,
            Opcode::Dynamic | Opcode::Fill | Opcode::Put => rule(register(c), "register c is outside the frame")?,
            Opcode::Jump | Opcode::Branch => rule(target(c), "the jump leaves the body")?,
            Opcode::Switch => {
                rule(target(c) && target(c + dst), "the table leaves the body")?;
                let table = &self.code[c as usize..=(c + dst) as usize];
                rule(table.iter().all(|row| row.opcode == Opcode::Jump), "the table holds something else than jumps")?;
            }
            Opcode::Call | Opcode::Tail => {
                let known = a & CALL_KNOWN != 0;
                rule(
                    !known || self.code.get(c as usize).is_some_and(|first| first.opcode == Opcode::Enter),
                    "the callee does not start with an enter",
                )?;
                let window = if opcode == Opcode::Call { dst } else { 0 };
                rule(window + ARGUMENTS + b <= function.registers.max(ARGUMENTS), "the window leaves the frame")?;
            }
            Opcode::Enter => {
                rule(pc == function.entry && b == function.params && c == function.registers, "not this body's enter")?;
            }
            Opcode::Captured => rule(c < function.captures, "no such captured value")?,
            Opcode::Closure => rule(
                self.code.get(c as usize).is_some_and(|first| first.opcode == Opcode::Enter) && b > 0,
                "the closure's code does not start with an enter",
            )?,
            _ => {}
        }
        let ends = matches!(opcode, Opcode::Halt | Opcode::Jump | Opcode::Tail | Opcode::Return | Opcode::Switch);
        rule(ends || pc + 1 < function.end, "control runs off the end")
    }
}
