//! State: what a lane holds, as far as it decides what the lane does next; as a key, and as a copy.
//!
//! Two lanes of one image with equal keys do the same from there on: the same instructions with the same operands up to
//! addresses, until a guard on a Float that depends on the inputs decides otherwise. What a lane does depends on its next
//! instruction, on registers and heap cells that it still reads, and on where its calls return to; all of these
//! are in the key:
//!
//! - the next instruction; the argument counter and the spreading list where the next instruction reads them;
//! - frame by frame from the running one down: the way back (instruction, distance, whether the program's call waits) and
//!   the value of every register that is still read, by [`Function::live`](crate::machine::Function);
//! - every heap object that these reach, in the order in which it is met first, by content; an object stands for
//!   itself by its place in that order, so that sharing, cycles and identity are part of the key, and so is
//!   whether the program made it;
//! - of a vector or matrix its rows and columns, then its elements, each as one word;
//! - constants: a Float's number (0.0 is not -0.0), an Int, a symbol, an address of the shared segment;
//! - of a Float that depends on the inputs only which one it is: an input by its number, any other by the order in which it
//!   is met first. These others are the holes of the key, given in that order.
//!
//! Not in it, because nothing that a lane computes depends on them: addresses of the heap; registers that are written
//! before they are read; what no register reaches; how many applications, objects and tape entries there were; the place of
//! an error and the registers where library procedures keep it; the budgets; the values of Floats that depend on inputs.
//! (Budgets and places show in errors only, and whoever uses keys interprets a lane that fails.)
//!
//! A key is 128 bits of a hash of all this, written so that different states give different words; equal keys of
//! different states are as likely as for a random function.

use rustc_hash::FxHashMap;

use crate::machine::code::{CALL_SPREAD, Opcode};
use crate::machine::image::Image;
use crate::machine::lane::Lane;
use crate::machine::liveness::Frames;
use crate::value::{COUNTED, Cell, Real, SHARED, Tag, Value};

/// A lane's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    pub key: u128,
    /// By hole: the tape slot.
    pub slots: Vec<u32>,
    /// Objects among it that the program made.
    pub alive: u32,
    /// Words that were hashed, which is what the key costs.
    pub words: usize,
}

/// A value with all that it reaches.
#[derive(Clone, Debug)]
pub struct Copied<F: Real> {
    /// Addresses count `cells`, or lie in the shared segment. A taped Float's slot is the number of its hole, from 1.
    pub root: Value<F>,
    pub cells: Vec<Cell<F>>,
    /// By hole: the tape slot.
    pub slots: Vec<u32>,
}

/// Reads states; its memory is kept from one to the next.
#[derive(Debug, Default)]
pub struct Reader {
    /// By address of an object's first cell: when it was met, and its address in the canonical order.
    met: Vec<(u32, u32)>,
    now: u32,
    words: Vec<u64>,
    order: Order,
}

/// Bit of a cell's address that is set where the cell is an element of a vector.
const ELEMENT: u32 = 1 << 31;

/// What was met, in order.
#[derive(Debug, Default)]
struct Order {
    /// Slots up to here stand for themselves.
    inputs: u32,
    /// The cells of all objects, by address.
    cells: Vec<u32>,
    slots: Vec<u32>,
    holes: FxHashMap<u32, u32>,
    counted: u32,
}

impl Reader {
    /// The state of a lane of so many inputs that stands before an instruction; `None` if it is longer than so many words.
    pub fn state<F: Real>(&mut self, image: &Image, lane: &Lane<F>, inputs: u32, longest: usize) -> Option<State> {
        self.start(inputs);
        let registers = &lane.registers;
        let instruction = image.code[registers.pc as usize];
        self.words.push(u64::from(registers.pc));
        let spreads = matches!(instruction.opcode, Opcode::Call | Opcode::Tail) && instruction.a & CALL_SPREAD != 0;
        if spreads || matches!(instruction.opcode, Opcode::Enter | Opcode::Rest | Opcode::Spread) {
            self.words.push(u64::from(registers.count));
            self.value(image, lane, registers.list);
        }
        for frame in Frames::new(image, lane) {
            if let Some(back) = frame.back {
                self.value(image, lane, back);
            }
            let place = frame.function.place.map(|register| (frame.fp + register) as usize);
            for slot in frame.slots(image).filter(|&slot| Some(slot) != place) {
                self.value(image, lane, lane.stack[slot]);
            }
            if self.words.len() > longest {
                return None;
            }
        }
        let mut next = 0;
        while let Some(&address) = self.order.cells.get(next) {
            let [first, second] = lane.heap[(address & !ELEMENT) as usize];
            if address & ELEMENT != 0 {
                self.element(image, lane, first);
            } else {
                self.value(image, lane, first);
                self.value(image, lane, second);
            }
            if self.words.len() > longest {
                return None;
            }
            next += 1;
        }
        Some(State {
            key: hash(&self.words),
            slots: std::mem::take(&mut self.order.slots),
            alive: self.order.counted,
            words: self.words.len(),
        })
    }

    /// A value of a lane with all that it reaches, in canonical order.
    pub fn copy<F: Real>(&mut self, image: &Image, lane: &Lane<F>, value: Value<F>) -> Copied<F> {
        self.start(0);
        let root = self.canonical(image, lane, value);
        let mut cells = Vec::new();
        while let Some(&address) = self.order.cells.get(cells.len()) {
            let [first, second] = lane.heap[(address & !ELEMENT) as usize];
            cells.push([self.canonical(image, lane, first), self.canonical(image, lane, second)]);
        }
        Copied { root, cells, slots: std::mem::take(&mut self.order.slots) }
    }

    fn start(&mut self, inputs: u32) {
        self.now = self.now.wrapping_add(1);
        if self.now == 0 {
            self.met.clear();
            self.now = 1;
        }
        self.words.clear();
        self.order.inputs = inputs;
        self.order.cells.clear();
        self.order.slots.clear();
        self.order.holes.clear();
        self.order.counted = 0;
    }

    /// Writes a value: the words of one value are never the start of another's.
    fn value<F: Real>(&mut self, image: &Image, lane: &Lane<F>, value: Value<F>) {
        let value = self.canonical(image, lane, value);
        if value.meta == Tag::Float as u32 {
            self.words.extend([u64::from(value.meta), value.number().wide().to_bits()]);
        } else {
            self.words.push(u64::from(value.word()) << 32 | u64::from(value.meta));
        }
    }

    /// Writes an element of a vector, a Float, as one word: what is no number of its own is a NaN that no arithmetic makes.
    fn element<F: Real>(&mut self, image: &Image, lane: &Lane<F>, value: Value<F>) {
        const TAPED: u64 = 0xfff8 << 48;
        let value = self.canonical(image, lane, value);
        let number = value.number().wide();
        self.words.push(match value.slot() {
            0 if number.is_nan() => f64::NAN.to_bits(),
            0 => number.to_bits(),
            slot => TAPED | u64::from(slot),
        });
    }

    /// The value with a canonical address, or a taped Float with a canonical slot and no number.
    fn canonical<F: Real>(&mut self, image: &Image, lane: &Lane<F>, value: Value<F>) -> Value<F> {
        let tag = value.tag();
        if tag == Tag::Float as u32 {
            return match value.slot() {
                0 => value,
                slot => Value { meta: tag | self.order.slot(slot) << 4, payload: F::word(0) },
            };
        }
        if !value.is_object() || value.word() & SHARED != 0 {
            return value;
        }
        let address = value.word();
        if self.met.len() <= address as usize {
            self.met.resize((lane.registers.heap as usize).next_power_of_two(), (0, 0));
        }
        let (when, mut number) = self.met[address as usize];
        if when != self.now {
            let [size, count] = image.extent(value, lane.heap[address as usize]);
            number = self.order.cells.len() as u32;
            self.met[address as usize] = (self.now, number);
            let flag = if value.is(Tag::Vector) { ELEMENT } else { 0 };
            self.order.cells.push(address);
            self.order.cells.extend((address + 1..address + size).map(|cell| cell | flag));
            self.order.counted += if value.meta & COUNTED != 0 { count } else { 0 };
        }
        Value { meta: value.meta, payload: F::word(number) }
    }
}

impl Order {
    /// The canonical slot: an input's own, then holes.
    fn slot(&mut self, slot: u32) -> u32 {
        if slot <= self.inputs {
            return slot;
        }
        let next = self.slots.len() as u32;
        let hole = *self.holes.entry(slot).or_insert(next);
        if hole == next {
            self.slots.push(slot);
        }
        self.inputs + 1 + hole
    }
}

/// MurmurHash3 (A. Appleby, public domain), the 128-bit variant for 64-bit machines, of whole words.
fn hash(words: &[u64]) -> u128 {
    const C1: u64 = 0x87c3_7b91_1142_53d5;
    const C2: u64 = 0x4cf5_ad43_2745_937f;
    let (mut h1, mut h2) = (0u64, 0u64);
    for pair in words.chunks(2) {
        let (k1, k2) = (pair[0], pair.get(1).copied().unwrap_or(0));
        h1 ^= k1.wrapping_mul(C1).rotate_left(31).wrapping_mul(C2);
        h1 = h1.rotate_left(27).wrapping_add(h2).wrapping_mul(5).wrapping_add(0x52dc_e729);
        h2 ^= k2.wrapping_mul(C2).rotate_left(33).wrapping_mul(C1);
        h2 = h2.rotate_left(31).wrapping_add(h1).wrapping_mul(5).wrapping_add(0x3849_5ab5);
    }
    let length = 8 * words.len() as u64;
    (h1, h2) = (h1 ^ length, h2 ^ length);
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    (h1, h2) = (mixed(h1), mixed(h2));
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    u128::from(h1) << 64 | u128::from(h2)
}

/// Every bit of the result depends on every bit of the word.
fn mixed(mut word: u64) -> u64 {
    word = (word ^ word >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    word = (word ^ word >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    word ^ word >> 33
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::graph::Role;
    use crate::machine::code::Instruction;
    use crate::machine::image::Function;

    /// An image whose one instruction returns register 2, and a lane before it.
    fn standing(value: Value<f64>, heap: &[Cell<f64>]) -> (Image, Lane<f64>) {
        let function = Function {
            name: "f".into(),
            role: Role::Program,
            entry: 0,
            end: 1,
            params: 1,
            rest: false,
            captures: 0,
            registers: 3,
            place: None,
            starts: true,
            face: false,
            liveness: Default::default(),
        };
        let code = vec![Instruction::new(Opcode::Return, 0, 2, 0, 0)];
        let image = Image { code, functions: vec![function], ..Image::default() };
        let mut lane = Lane::start(0, 0, 4, 16);
        lane.heap[..heap.len()].copy_from_slice(heap);
        lane.registers.heap = heap.len() as u32;
        lane.stack[2] = value;
        (image, lane)
    }

    fn state(value: Value<f64>, heap: &[Cell<f64>]) -> State {
        let (image, lane) = standing(value, heap);
        Reader::default().state(&image, &lane, 2, 1000).expect("a small state")
    }

    fn pair(address: u32) -> Value<f64> {
        Value::tagged(Tag::Pair, address)
    }

    #[test]
    fn addresses_and_taped_numbers_are_not_in_the_key() {
        let nil = Value::default();
        let here = state(pair(0), &[[Value::taped(1.5, 7), pair(1)], [Value::taped(2.5, 9), nil]]);
        let there = state(pair(3), &[[nil; 2], [Value::taped(0.5, 5), nil], [nil; 2], [Value::taped(9.0, 4), pair(1)]]);
        assert_eq!(here.key, there.key);
        assert_eq!((here.slots, there.slots), (vec![7, 9], vec![4, 5]));
    }

    #[test]
    fn everything_else_is_in_the_key() {
        let nil = Value::default();
        let float = |number| state(Value::float(number), &[]);
        let cell = |cell: Cell<f64>| state(pair(0), &[cell]);
        let two = |cell: Cell<f64>| state(pair(0), &[cell, [nil, nil], [nil, nil]]);
        let states = [
            float(0.0),
            float(-0.0),
            state(Value::int(0), &[]),
            state(Value::boolean(false), &[]),
            state(Value::taped(0.0, 1), &[]),
            state(Value::taped(0.0, 2), &[]),
            state(Value::taped(0.0, 3), &[]),
            cell([nil, nil]),
            cell([pair(0), nil]),
            cell([pair(SHARED), nil]),
            cell([Value::taped(1.0, 3), Value::taped(1.0, 3)]),
            cell([Value::taped(1.0, 3), Value::taped(1.0, 4)]),
            two([pair(1), pair(1)]),
            two([pair(1), pair(2)]),
            state(Value { meta: Tag::Pair as u32 | COUNTED, payload: 0 }, &[[nil, nil]]),
        ];
        let keys: HashSet<u128> = states.iter().map(|state| state.key).collect();
        assert_eq!(keys.len(), states.len());
        assert_eq!(states.map(|state| state.alive).iter().sum::<u32>(), 1);
    }

    #[test]
    fn a_long_state_is_given_up() {
        let (image, lane) = standing(pair(0), &[[pair(0), pair(0)]]);
        let mut reader = Reader::default();
        assert_eq!(reader.state(&image, &lane, 0, 2), None);
        let words = reader.state(&image, &lane, 0, 1000).expect("a small state").words;
        assert!(reader.state(&image, &lane, 0, words).is_some());
    }

    #[test]
    fn a_copy_has_canonical_addresses_and_holes() {
        let nil = Value::default();
        let heap = [[Value::taped(1.0, 9), nil], [nil; 2], [Value::taped(2.0, 1), pair(0)]];
        let (image, lane) = standing(nil, &heap);
        let copied = Reader::default().copy(&image, &lane, pair(2));
        assert_eq!(copied.root, pair(0));
        assert_eq!(copied.cells, [[Value::taped(0.0, 1), pair(1)], [Value::taped(0.0, 2), nil]]);
        assert_eq!(copied.slots, [1, 9]);
    }

    #[test]
    fn the_hash_spreads() {
        let base = [1u64, 2, 3];
        let flipped = (0..192).map(|bit| {
            let mut words = base;
            words[bit / 64] ^= 1 << (bit % 64);
            hash(&words)
        });
        for other in flipped {
            let distance = (other ^ hash(&base)).count_ones();
            assert!((32..96).contains(&distance), "{distance}");
        }
        assert_ne!(hash(&[1]), hash(&[1, 0]));
        assert_ne!(hash(&[]), hash(&[0]));
    }
}
