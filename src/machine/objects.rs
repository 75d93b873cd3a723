//! Objects: how many cells a heap object has, and how many the next instruction makes.

use crate::machine::code::{CONSTANT, Opcode};
use crate::machine::image::Image;
use crate::machine::lane::Lane;
use crate::op::Op;
use crate::value::{Cell, Real, SHARED, Tag, Value, vector_cells};

impl Image {
    /// Cells of the object that this value points at, whose first cell this is, and what it counts for against the budget if
    /// the program made it: a vector as many objects as it has cells, anything else as one.
    pub(crate) fn extent<F: Real>(&self, value: Value<F>, first: Cell<F>) -> [u32; 2] {
        if value.is(Tag::Closure) {
            let captures = self.function_at(first[0].word()).map_or(0, |function| function.captures);
            [captures / 2 + 1, 1]
        } else if value.is(Tag::Vector) {
            [vector_cells(first[0].word(), first[1].word()); 2]
        } else {
            [1, 1]
        }
    }

    /// Cells that the instruction at which a lane stands asks for, and objects that it makes at most.
    pub(crate) fn wanted<F: Real>(&self, lane: &Lane<F>) -> [u32; 2] {
        let instruction = self.code[lane.registers.pc as usize];
        let word = |operand: u32| match operand & CONSTANT {
            0 => lane.stack[(lane.registers.fp + operand) as usize].word(),
            _ => self.constants[(operand & !CONSTANT) as usize].value::<F>().word(),
        };
        let shape = |operand: u32| {
            let address = word(operand);
            match address & SHARED {
                0 => lane.heap[address as usize].map(Value::word),
                _ => self.shared[(address & !SHARED) as usize].map(|word| word.value::<F>().word()),
            }
        };
        match (instruction.opcode, instruction.operation()) {
            (Opcode::Reserve, _) => [instruction.b, instruction.dst],
            (_, Some(Op::MakeVector)) => [vector_cells(word(instruction.a), word(instruction.b)); 2],
            (_, Some(Op::Inverse)) => [vector_cells(shape(instruction.a)[0], shape(instruction.a)[1]); 2],
            (_, Some(Op::Product | Op::Solution)) => {
                [vector_cells(shape(instruction.a)[0], shape(instruction.b)[1]); 2]
            }
            _ => [1, 1],
        }
    }
}
