//! Which registers hold values that are still read: what a collection keeps, and what a lane's state is.

use std::sync::OnceLock;

use crate::machine::code::{ARGUMENTS, CALL_KNOWN, CALL_SPREAD, CLOSURE, CONSTANT, Instruction, Opcode};
use crate::machine::image::{Function, Image};
use crate::machine::lane::{Lane, distance};
use crate::value::{Real, Value};

/// Live registers before each instruction of one body: worked out when first asked for, once for every image that holds
/// the body.
#[derive(Debug, Default)]
pub struct Liveness {
    sets: OnceLock<Sets>,
}

/// For each instruction a set of registers, a bit each.
#[derive(Debug)]
struct Sets {
    words: Box<[u64]>,
    /// Words of one set.
    stride: usize,
}

impl Function {
    /// The registers that are read at or after this instruction of the body, before it runs; ascending.
    pub fn live(&self, image: &Image, pc: u32) -> impl Iterator<Item = u32> + use<'_> {
        let sets = self.liveness.sets.get_or_init(|| analyse(image, self));
        let first = (pc - self.entry) as usize * sets.stride;
        let words = sets.words[first..first + sets.stride].iter();
        words.zip((0..).step_by(64)).flat_map(|(&word, register)| Bits { word, register })
    }
}

/// The bits of a word, ascending.
struct Bits {
    word: u64,
    /// The register of its lowest bit.
    register: u32,
}

impl Iterator for Bits {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let bit = self.word.trailing_zeros();
        (self.word != 0).then(|| {
            self.word &= self.word - 1;
            self.register + bit
        })
    }
}

/// A frame of a lane.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a, F: Real> {
    pub function: &'a Function,
    /// The instruction that runs next in it.
    pub pc: u32,
    /// Its first stack slot.
    pub fp: u32,
    /// Registers from here on belong to the callee, whose value is not there yet.
    window: u32,
    /// Arguments that a `Rest` is gathering, the list above them among them.
    gathered: u32,
    /// The way back to the frame below; none below a frame that starts a lane.
    pub back: Option<Value<F>>,
}

impl<'a, F: Real> Frame<'a, F> {
    /// The stack slots that are still read, each once: arguments that are being gathered first, then ascending.
    pub fn slots(self, image: &Image) -> impl Iterator<Item = usize> + use<'a, F> {
        let gathered = ARGUMENTS..ARGUMENTS + self.gathered;
        let live = self.function.live(image, self.pc).take_while(move |&register| register < self.window);
        let others = live.filter({
            let gathered = gathered.clone();
            move |register| !gathered.contains(register)
        });
        gathered.chain(others).map(move |register| (self.fp + register) as usize)
    }
}

/// The frames of a lane, from the running one down.
#[derive(Debug)]
pub struct Frames<'a, F: Real> {
    image: &'a Image,
    stack: &'a [Value<F>],
    next: Option<(u32, u32)>,
    window: u32,
    gathered: u32,
}

impl<'a, F: Real> Frames<'a, F> {
    /// The frames of a lane that stands before an instruction.
    pub fn new(image: &'a Image, lane: &'a Lane<F>) -> Self {
        let registers = &lane.registers;
        let gathers = image.code[registers.pc as usize].opcode == Opcode::Rest;
        Frames {
            image,
            stack: &lane.stack,
            next: Some((registers.fp, registers.pc)),
            window: u32::MAX,
            gathered: if gathers { registers.count + 1 } else { 0 },
        }
    }
}

impl<'a, F: Real> Iterator for Frames<'a, F> {
    type Item = Frame<'a, F>;

    fn next(&mut self) -> Option<Frame<'a, F>> {
        let (fp, pc) = self.next.take()?;
        let function = self.image.function_at(pc)?;
        let back = (!function.starts).then(|| self.stack[fp as usize]);
        let frame = Frame { function, pc, fp, window: self.window, gathered: self.gathered, back };
        if let Some(back) = back {
            self.window = distance(back.meta);
            self.gathered = 0;
            self.next = Some((fp - self.window, back.word()));
        }
        Some(frame)
    }
}

/// Backwards to a fixed point; code jumps forward only, so that one sweep is nearly always enough.
fn analyse(image: &Image, function: &Function) -> Sets {
    let length = (function.end - function.entry) as usize;
    let stride = (function.registers.max(ARGUMENTS) as usize).div_ceil(64);
    let mut words = vec![0u64; length * stride].into_boxed_slice();
    let mut set = vec![0u64; stride];
    loop {
        let mut changed = false;
        for index in (0..length).rev() {
            let instruction = image.code[function.entry as usize + index];
            set.fill(0);
            let next = index as u32 + 1;
            let mut join = |targets: std::ops::Range<u32>| {
                for target in targets.filter(|&target| (target as usize) < length) {
                    let after = &words[target as usize * stride..][..stride];
                    set.iter_mut().zip(after).for_each(|(mine, theirs)| *mine |= theirs);
                }
            };
            let target = instruction.c.wrapping_sub(function.entry);
            match instruction.opcode {
                Opcode::Halt | Opcode::Tail | Opcode::Return => {}
                Opcode::Jump => join(target..target + 1),
                Opcode::Branch => {
                    join(next..next + 1);
                    join(target..target + 1);
                }
                Opcode::Switch => join(target..target + instruction.dst + 1),
                _ => join(next..next + 1),
            }
            before(instruction, &mut set);
            let here = &mut words[index * stride..][..stride];
            changed |= *here != *set;
            here.copy_from_slice(&set);
        }
        if !changed {
            return Sets { words, stride };
        }
    }
}

/// From what is live after an instruction to what is live before it.
fn before(instruction: Instruction, set: &mut [u64]) {
    let Instruction { opcode, dst, a, b, c } = instruction;
    let bit = |register: u32| (register as usize / 64, 1u64 << (register % 64));
    match opcode {
        Opcode::Call => {
            let (word, bit) = bit(dst);
            set[word] &= bit - 1;
            set[word + 1..].fill(0);
        }
        _ => {
            if let Some((word, bit)) = instruction.result().map(bit) {
                set[word] &= !bit;
            }
        }
    }
    let mut insert = |register: u32| {
        let (word, bit) = bit(register);
        set[word] |= bit;
    };
    let (reads_a, reads_b) = instruction.operands();
    for (reads, word) in [(reads_a, a), (reads_b, b)] {
        if reads && word & CONSTANT == 0 {
            insert(word);
        }
    }
    match opcode {
        Opcode::Dynamic | Opcode::Fill | Opcode::Put => insert(c),
        Opcode::Call | Opcode::Tail => {
            let window = if opcode == Opcode::Call { dst } else { 0 };
            if a & CALL_KNOWN == 0 {
                insert(window + CLOSURE);
            }
            if a & CALL_SPREAD == 0 {
                (0..b).for_each(|argument| insert(window + ARGUMENTS + argument));
            }
        }
        _ => {}
    }
}
