//! Which registers hold values that are still read: the roots of a collection.

use std::collections::HashMap;

use crate::machine::code::{ARGUMENTS, CALL_KNOWN, CALL_SPREAD, CLOSURE, CONSTANT, Instruction, Opcode};
use crate::machine::image::{Function, Image};

/// A set of registers of one frame.
#[derive(Clone, Debug, Default)]
struct Registers {
    words: Vec<u64>,
}

impl Registers {
    fn insert(&mut self, register: u32) {
        let word = register as usize / 64;
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (register % 64);
    }

    fn remove(&mut self, register: u32) {
        if let Some(word) = self.words.get_mut(register as usize / 64) {
            *word &= !(1 << (register % 64));
        }
    }

    /// Drops this register and all above it.
    fn truncate(&mut self, register: u32) {
        let word = register as usize / 64;
        self.words.truncate(word + 1);
        if let Some(last) = self.words.get_mut(word) {
            *last &= (1u64 << (register % 64)) - 1;
        }
    }

    /// Adds all of `other`; did that change anything?
    fn join(&mut self, other: &Registers) -> bool {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        let mut changed = false;
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            changed |= *theirs & !*mine != 0;
            *mine |= theirs;
        }
        changed
    }

    /// Is this register in the set?
    fn contains(&self, register: u32) -> bool {
        self.words.get(register as usize / 64).is_some_and(|word| word >> (register % 64) & 1 != 0)
    }

    /// The registers, ascending.
    fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.words.len() as u32 * 64).filter(|&register| self.contains(register))
    }
}

/// Live registers before each instruction, body by body, worked out when first asked for.
#[derive(Debug, Default)]
pub struct Liveness {
    bodies: HashMap<u32, Vec<Registers>>,
    lists: HashMap<u32, Vec<u32>>,
}

impl Liveness {
    /// The registers that are read at or after this instruction, before it runs; ascending.
    pub fn at(&mut self, image: &Image, pc: u32) -> &[u32] {
        if !self.lists.contains_key(&pc) {
            let list = image.function_at(pc).map_or_else(Vec::new, |function| {
                let live = self.bodies.entry(function.entry).or_insert_with(|| analyse(image, function));
                live[(pc - function.entry) as usize].iter().collect()
            });
            self.lists.insert(pc, list);
        }
        &self.lists[&pc]
    }
}

/// Backwards to a fixed point; code jumps forward only, so that one sweep is nearly always enough.
fn analyse(image: &Image, function: &Function) -> Vec<Registers> {
    let length = (function.end - function.entry) as usize;
    let mut live = vec![Registers::default(); length];
    loop {
        let mut changed = false;
        for index in (0..length).rev() {
            let instruction = image.code[function.entry as usize + index];
            let mut set = Registers::default();
            for target in successors(instruction, function.entry + index as u32) {
                if let Some(after) = live.get((target - function.entry) as usize) {
                    set.join(after);
                }
            }
            before(instruction, &mut set);
            changed |= live[index].join(&set);
        }
        if !changed {
            return live;
        }
    }
}

fn successors(instruction: Instruction, pc: u32) -> Vec<u32> {
    match instruction.opcode {
        Opcode::Halt | Opcode::Tail | Opcode::Return => Vec::new(),
        Opcode::Jump => vec![instruction.c],
        Opcode::Branch => vec![pc + 1, instruction.c],
        Opcode::Switch => (instruction.c..=instruction.c + instruction.dst).collect(),
        _ => vec![pc + 1],
    }
}

/// From what is live after an instruction to what is live before it.
fn before(instruction: Instruction, set: &mut Registers) {
    let Instruction { opcode, dst, a, b, c } = instruction;
    match opcode {
        Opcode::Call => set.truncate(dst),
        _ => instruction.result().into_iter().for_each(|register| set.remove(register)),
    }
    let (reads_a, reads_b) = instruction.operands();
    for (reads, word) in [(reads_a, a), (reads_b, b)] {
        if reads && word & CONSTANT == 0 {
            set.insert(word);
        }
    }
    match opcode {
        Opcode::Dynamic | Opcode::Fill => set.insert(c),
        Opcode::Call | Opcode::Tail => {
            let window = if opcode == Opcode::Call { dst } else { 0 };
            if a & CALL_KNOWN == 0 {
                set.insert(window + CLOSURE);
            }
            if a & CALL_SPREAD == 0 {
                (0..b).for_each(|argument| set.insert(window + ARGUMENTS + argument));
            }
        }
        _ => {}
    }
}
