//! The image: what a machine holds while it runs, before it is rounded to a precision.

use std::collections::HashMap;
use std::sync::Arc;

use crate::graph::Role;
use crate::machine::code::Instruction;
use crate::machine::liveness::Liveness;
use crate::reader::Span;
use crate::value::{Real, SHARED, Tag, Value};

/// A constant or a half of a shared cell: as [`Value`], with a Float's bits those of an f64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Word {
    pub meta: u32,
    pub bits: u64,
}

impl Word {
    /// The empty list.
    pub const NIL: Word = Word { meta: Tag::Nil as u32, bits: 0 };

    /// A word whose payload is 32 bits.
    pub fn tagged(tag: Tag, word: u32) -> Word {
        Word { meta: tag as u32, bits: u64::from(word) }
    }

    /// A Float, given by the bits of an f64.
    pub fn float(bits: u64) -> Word {
        Word { meta: Tag::Float as u32, bits }
    }

    /// The value in the precision `F`.
    pub fn value<F: Real>(self) -> Value<F> {
        if self.meta & 15 == Tag::Float as u32 {
            Value::float(F::round(f64::from_bits(self.bits)))
        } else {
            Value { meta: self.meta, payload: F::word(self.bits as u32) }
        }
    }
}

/// One body's stretch of the code.
#[derive(Clone, Debug)]
pub struct Function {
    pub name: Arc<str>,
    pub role: Role,
    pub entry: u32,
    /// One past the last instruction.
    pub end: u32,
    pub params: u32,
    pub rest: bool,
    pub captures: u32,
    /// Frame size in values.
    pub registers: u32,
    /// Library bodies: the register that holds the place of the application that entered it.
    pub place: Option<u32>,
    /// Starts a lane: nothing lies below its frame.
    pub starts: bool,
    /// The face of one operation: its operands are those of the application.
    pub face: bool,
    /// Kept by every copy of the image.
    pub liveness: Arc<Liveness>,
}

/// The places of an application and of its operands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sites {
    pub span: Span,
    pub operands: Vec<Span>,
}

/// Distinct names and their numbers, in order of first use.
#[derive(Clone, Debug, Default)]
pub struct Names {
    numbers: HashMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
}

impl Names {
    /// The number of a name, a new one if it has none.
    pub fn number(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.names.len() as u32;
        let name: Arc<str> = name.into();
        self.names.push(name.clone());
        self.numbers.insert(name, number);
        number
    }

    /// The number of a name that has one.
    pub fn find(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// The name with this number.
    pub fn name(&self, number: u32) -> Option<&Arc<str>> {
        self.names.get(number as usize)
    }
}

/// Code, constants and shared cells, with what is needed to read errors and results back.
#[derive(Clone, Debug, Default)]
pub struct Image {
    pub code: Vec<Instruction>,
    /// By entry, ascending.
    pub functions: Vec<Function>,
    pub constants: Vec<Word>,
    pub(super) constant_numbers: HashMap<Word, u32>,
    /// The read-only segment: quoted data, static closures, programs as data. Address `SHARED | index`.
    pub shared: Vec<[Word; 2]>,
    pub symbols: Names,
    pub strings: Names,
    /// Library procedures by name: the static closure, the entry.
    pub library: HashMap<Arc<str>, Word>,
    pub entries: HashMap<Arc<str>, u32>,
    /// Places of instructions on the direct road, by instruction.
    pub code_sites: HashMap<u32, Sites>,
    /// Places of nodes on the interpreted road, by address.
    pub data_sites: HashMap<u32, Sites>,
}

impl Image {
    /// The body that an instruction belongs to.
    pub fn function_at(&self, pc: u32) -> Option<&Function> {
        let index = self.functions.partition_point(|function| function.entry <= pc);
        self.functions[..index].last().filter(|function| pc < function.end)
    }

    /// Appends a shared cell and gives its address.
    pub fn cell(&mut self, cell: [Word; 2]) -> u32 {
        self.shared.push(cell);
        SHARED | (self.shared.len() as u32 - 1)
    }

    /// Appends a pair and gives the value that points at it.
    pub fn pair(&mut self, car: Word, cdr: Word) -> Word {
        let address = self.cell([car, cdr]);
        Word::tagged(Tag::Pair, address)
    }

    /// The index of a constant, a new one if it is new.
    pub fn constant(&mut self, word: Word) -> u32 {
        *self.constant_numbers.entry(word).or_insert_with(|| {
            self.constants.push(word);
            self.constants.len() as u32 - 1
        })
    }
}
