//! The disassembly: an image's code as a person reads it.

use std::fmt;

use crate::machine::code::{CONSTANT, Instruction};
use crate::machine::image::Image;
use crate::machine::written;

impl Image {
    /// The bodies whose code starts at or after `first`, one instruction a line, constants written out.
    pub fn disassembly(&self, first: u32) -> Disassembly<'_> {
        Disassembly { image: self, first }
    }
}

/// Prints code; see [`Image::disassembly`].
pub struct Disassembly<'a> {
    image: &'a Image,
    first: u32,
}

impl fmt::Display for Disassembly<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for function in self.image.functions.iter().filter(|function| function.entry >= self.first) {
            let rest = if function.rest { " and a rest" } else { "" };
            writeln!(
                f,
                "{} ({:?}): {} parameters{rest}, {} captured, {} registers",
                function.name, function.role, function.params, function.captures, function.registers
            )?;
            for pc in function.entry..function.end {
                let instruction = self.image.code[pc as usize];
                let text = instruction.to_string();
                match self.constants(instruction) {
                    constants if constants.is_empty() => writeln!(f, "  @{pc:<5} {text}")?,
                    constants => writeln!(f, "  @{pc:<5} {text:<40} ; {constants}")?,
                }
            }
        }
        Ok(())
    }
}

impl Disassembly<'_> {
    fn constants(&self, instruction: Instruction) -> String {
        let (reads_a, reads_b) = instruction.operands();
        let mut words = Vec::new();
        for (reads, word) in [(reads_a, instruction.a), (reads_b, instruction.b)] {
            if reads && word & CONSTANT != 0 {
                let index = (word & !CONSTANT) as usize;
                let text = format!("#{index} = {}", written::word(self.image, self.image.constants[index]));
                if !words.contains(&text) {
                    words.push(text);
                }
            }
        }
        words.join(", ")
    }
}
