//! Packing: a lowered program as code for a kernel that takes programs as data, forward and back.
//!
//! In: a [`Lowered`]. Out: a [`Packed`]. Always: an address counts instructions of four words from the program's
//! first one; a block's operations stand once for all blocks of its shape, and once more those whose values the way back reads, and so does their way back where the same
//! values are handed on. A block that needs more registers than there are, or more objects than the budget allows, is left at
//! once: its lanes are interpreted. A whole operation ([`crate::op::linear`]) is its steps, and only the kernel for programs with such ones knows
//! these; there numbers that lie in a row are moved by one instruction as well.
//!
//! A lane has a frame (what its block got), locals (what the block computes) and bars (adjoints of both, on the way
//! back). Going forward a block *begins*, computes, *turns* to its exit, which writes the next block's frame and *goes*
//! there. Each exit has a way back: it takes what the next block left in its frame, *returns* to the block's
//! operations to compute the locals again, sends adjoints back through them, and leaves those of the frame in the
//! frame.
//!
//! The first word of an instruction is `op | kind << 8 | space of a << 12 | of b << 15 | of the result << 18`, then
//! whether a target of its adjoints is written for the first time (bits 21 and 22). The others:
//!
//! | kind | second | third | fourth |
//! |---|---|---|---|
//! | evaluate | a, b | result | |
//! | set | | result | its bits |
//! | pull | a, b | local, its bar | targets of a and b |
//! | decide | a, b | sides | their number; then a row: the way where it refuses, the block |
//! | begin | operations | exit | constants (in words); then a row: steps, entries, rows its exits write at most, rows it gets |
//! | turn | | | |
//! | go | the block's begin | rows it gets | the way back |
//! | end | how | the block | the way back |
//! | return | operations | constants | |
//! | jump | where to | | |
//! | pop | | | |
//! | tile | out | x | y; then a row: rows and columns, terms, w; then a row: the steps of out, x, y and w from row to row and from term to term |
//! | pivot | matrix | k, n | signs, pivots |
//! | swap | array, pivots | k, how many | the steps from one to the next, and from element to element |
//!
//! A tile has what its sums begin with in bits 21 and 22 of the first word, and the space of w above; the rest of the steps works on
//! locals, behind those that the block computes.

mod again;
mod back;
mod code;
mod longest;
mod whole;

use std::collections::HashMap;

use crate::op::Op;
use code::TURN;
pub use code::{COPY, Ended, FIRST, Kind, NEGATED, NOWHERE, POP, Space, TO_OUT};
pub use longest::{Longest, longest};

use back::WayBack;

use crate::tape::lowered::{Block, Exit, Link, Lowered, Piece, Shape, Value};
use crate::tape::residual::{FastMap, Operand, Operation, Outcome, REFUSED};

/// What holds a program back from running whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Values that a block may have.
    pub registers: u32,
    /// Objects of the program's own alive at once.
    pub objects: u64,
}

/// Rows that a lane needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Values that a block computes, at most.
    pub locals: usize,
    /// Adjoints of those and of what it gets, at most.
    pub bars: usize,
    /// Values that a block gets, at most.
    pub frame: usize,
    /// Values that a block hands on, at most.
    pub room: usize,
}

impl Rows {
    /// The greater of each number.
    pub fn max(&self, other: &Rows) -> Rows {
        Rows {
            locals: self.locals.max(other.locals),
            bars: self.bars.max(other.bars),
            frame: self.frame.max(other.frame),
            room: self.room.max(other.room),
        }
    }
}

/// A program as code.
#[derive(Clone, Debug)]
pub struct Packed {
    /// The first one says where the entry begins, and how many adjoints of inputs are wanted; the second one pops, the third one turns.
    pub code: Vec<[u32; 4]>,
    pub rows: Rows,
    /// Are some of its operations whole ones?
    pub has_wholes: bool,
    /// By block: is it left because it is too large?
    pub is_too_large: Vec<bool>,
    /// `None` if a way leads back.
    pub longest: Option<Longest>,
}

/// Packs a program; `wanted` tells by input whether its adjoint is.
pub fn pack(program: &Lowered<f32>, wanted: &[bool], bounds: Bounds) -> Packed {
    let is_too_large: Vec<bool> = program.blocks.iter().map(|block| !fits(program, block, bounds.registers)).collect();
    let is_left =
        |(block, &is_too_large): (&Block<f32>, &bool)| is_too_large || u64::from(block.objects) > bounds.objects;
    let is_left: Vec<bool> = program.blocks.iter().zip(&is_too_large).map(is_left).collect();
    let is_whole =
        |(block, is_left): (&Block<f32>, &bool)| !is_left && !program.shapes[block.shape as usize].wholes.is_empty();
    let has_wholes = program.blocks.iter().zip(&is_left).any(is_whole);
    let mut row = 0;
    let target = |&wanted: &bool| {
        row += u32::from(wanted);
        if wanted { TO_OUT | row } else { NOWHERE }
    };
    let targets: Vec<u32> = wanted.iter().map(target).collect();
    let mut packer = Packer {
        program,
        targets,
        is_left,
        has_wholes,
        code: vec![[0; 4], [(Kind::Pop as u32) << 8, 0, 0, 0], [(Kind::Turn as u32) << 8, 0, 0, 0]],
        begins: vec![0; program.blocks.len()],
        gone_to: Vec::new(),
        operations: FastMap::default(),
        again: FastMap::default(),
        pulls: HashMap::new(),
        constants: FastMap::default(),
        rows: Rows { bars: 1, ..Rows::default() },
    };
    for block in 0..program.blocks.len() {
        packer.block(block);
    }
    for &(at, block) in &packer.gone_to {
        packer.code[at][1] = packer.begins[block as usize];
    }
    packer.code[0] = [packer.begins[0], wanted.iter().filter(|&&wanted| wanted).count() as u32, 0, 0];
    Packed { code: packer.code, rows: packer.rows, has_wholes, is_too_large, longest: longest(program) }
}

struct Packer<'a> {
    program: &'a Lowered<f32>,
    /// By input: where its adjoint is gathered.
    targets: Vec<u32>,
    /// By block: is it left at once?
    is_left: Vec<bool>,
    has_wholes: bool,
    code: Vec<[u32; 4]>,
    /// By block: where it begins.
    begins: Vec<u32>,
    /// Instructions that go to a block.
    gone_to: Vec<(usize, u32)>,
    /// By shape: where its operations stand.
    operations: FastMap<u32, u32>,
    /// By shape: where those stand that are computed again on the way back.
    again: FastMap<u32, u32>,
    /// By shape and what is handed on: where the way back through its operations stands.
    pulls: HashMap<(u32, Vec<u32>), u32>,
    /// By place in the program and number: where constants are, in words.
    constants: FastMap<(u32, usize), u32>,
    rows: Rows,
}

impl Packer<'_> {
    fn here(&self) -> u32 {
        self.code.len() as u32
    }

    /// Where an operand of a block with so many ins is.
    fn place(ins: u32, operand: Operand) -> (Space, u32) {
        match operand {
            Operand::Slot(slot) if slot < ins => (Space::Frame, slot),
            Operand::Slot(slot) => (Space::Local, slot - ins),
            Operand::Input(input) => (Space::Input, input),
            Operand::Constant(constant) => (Space::Constant, constant),
        }
    }

    fn head(kind: Kind, op: u32, a: Space, b: Space, to: Space) -> u32 {
        op | (kind as u32) << 8 | (a as u32) << 12 | (b as u32) << 15 | (to as u32) << 18
    }

    fn copy(&mut self, (from, at): (Space, u32), (to, index): (Space, u32)) {
        self.code.push([Self::head(Kind::Evaluate, COPY, from, from, to), at | at << 16, index, 0]);
    }

    fn set(&mut self, (to, index): (Space, u32), value: f32) {
        let head = Self::head(Kind::Set, 0, Space::Constant, Space::Constant, to);
        self.code.push([head, 0, index, value.to_bits()]);
    }

    fn add(&mut self, (a, first): (Space, u32), (b, second): (Space, u32)) {
        let head = Self::head(Kind::Evaluate, Op::Add as u32, a, b, a);
        self.code.push([head, first | second << 16, first, 0]);
    }

    fn plain(&mut self, kind: Kind, words: [u32; 3]) {
        self.code.push([(kind as u32) << 8, words[0], words[1], words[2]]);
    }

    fn block(&mut self, index: usize) {
        let program = self.program;
        let block = &program.blocks[index];
        if self.is_left[index] {
            self.begins[index] = self.here();
            self.plain(Kind::End, [Ended::Left as u32, index as u32, 0]);
            return;
        }
        let shape = &program.shapes[block.shape as usize];
        let rows = &mut self.rows;
        rows.locals = rows.locals.max(shape.operations.len());
        rows.bars = rows.bars.max(shape.operations.len() + shape.ins as usize);
        rows.frame = rows.frame.max(shape.ins as usize);
        let operations = match self.operations.get(&block.shape) {
            Some(&at) => at,
            None => {
                let at = self.evaluations(shape, |_| true);
                self.operations.insert(block.shape, at);
                at
            }
        };
        let constants = self.constants(block);
        let again = self.again(block.shape);
        let way_back = WayBack { shape: block.shape, operations: again, constants };
        let (exit, room) = self.exit(index, &way_back);
        self.rows.room = self.rows.room.max(room);
        self.begins[index] = self.here();
        self.plain(Kind::Begin, [operations, exit, constants]);
        self.code.push([block.steps, block.entries, room as u32, shape.ins]);
    }

    /// A shape's operations, those that are needed.
    fn evaluations(&mut self, shape: &Shape, is_needed: impl Fn(u32) -> bool) -> u32 {
        let at = self.here();
        for piece in shape.pieces() {
            match piece {
                Piece::Single(index, operation) if is_needed(index) => {
                    let ([(a, first), (b, second)], op) = (Self::operands(shape.ins, operation), operation.op as u32);
                    let head = Self::head(Kind::Evaluate, op, a, b, Space::Local);
                    self.code.push([head, first | second << 16, index, 0]);
                }
                Piece::Whole(at, whole) if is_needed(at) => self.whole_forward(shape, at, whole),
                _ => {}
            }
        }
        self.plain(Kind::Turn, [0; 3]);
        at
    }

    /// The operations of a shape whose values what sends back reads.
    fn again(&mut self, shape_id: u32) -> u32 {
        if let Some(&at) = self.again.get(&shape_id) {
            return at;
        }
        let program = self.program;
        let shape = &program.shapes[shape_id as usize];
        let needed = again::needed(shape);
        let at = if needed.iter().all(|needed| *needed) {
            self.operations[&shape_id]
        } else if needed.contains(&true) {
            self.evaluations(shape, |index| needed[index as usize])
        } else {
            TURN
        };
        self.again.insert(shape_id, at);
        at
    }

    fn operands(ins: u32, operation: &Operation) -> [(Space, u32); 2] {
        [Self::place(ins, operation.a), Self::place(ins, operation.b)]
    }

    /// The block's constants.
    fn constants(&mut self, block: &Block<f32>) -> u32 {
        let shape = &self.program.shapes[block.shape as usize];
        let number = |operand: Operand| if let Operand::Constant(number) = operand { number as usize + 1 } else { 0 };
        let result = match &block.exit {
            Exit::Done(Value::Float(operand)) => number(*operand),
            _ => 0,
        };
        let guard = shape.guard.iter().flat_map(|guard| [guard.a, guard.b]);
        let count = shape.operands().chain(guard).map(number).max().unwrap_or(0).max(result);
        if let Some(&at) = self.constants.get(&(block.constants, count)) {
            return at;
        }
        let at = 4 * self.here();
        let values = &self.program.constants[block.constants as usize..][..count];
        let word = |four: &[f32], index: usize| four.get(index).map_or(0, |value| value.to_bits());
        self.code.extend(values.chunks(4).map(|four| std::array::from_fn(|index| word(four, index))));
        self.constants.insert((block.constants, count), at);
        at
    }

    /// Where the block's exit stands, and how many values it hands on at most.
    fn exit(&mut self, index: usize, way_back: &WayBack) -> (u32, usize) {
        let program = self.program;
        let block = &program.blocks[index];
        let shape = &program.shapes[block.shape as usize];
        match &block.exit {
            Exit::Next(link) => {
                let handed = self.handed(&[link]);
                let back = self.back(way_back, &handed, Some(link));
                let at = self.here();
                self.go(link, None, back, shape.ins);
                (at, link.outs.len())
            }
            Exit::Done(Value::Float(operand)) => {
                let back = self.back_from_value(way_back, *operand, shape.ins);
                let at = self.here();
                self.copy(Self::place(shape.ins, *operand), (Space::Out, 0));
                self.plain(Kind::End, [Ended::Done as u32, index as u32, back]);
                (at, 0)
            }
            Exit::Done(Value::Other(_, holes)) => {
                let ended = if holes.is_empty() { Ended::Other } else { Ended::Left };
                let at = self.here();
                self.plain(Kind::End, [ended as u32, index as u32, 0]);
                (at, 0)
            }
            Exit::Leave => {
                let at = self.here();
                self.plain(Kind::End, [Ended::Left as u32, index as u32, 0]);
                (at, 0)
            }
            Exit::Guard(sides, lookups) => {
                let Some(guard) = &shape.guard else { unreachable!("a block with sides has a guard") };
                let all = sides.iter().map(|(_, link)| link).chain(lookups.iter().map(|lookup| &lookup.link));
                let all: Vec<&Link> = all.collect();
                let handed = self.handed(&all);
                let mut ways: Vec<(Outcome, u32)> = Vec::new();
                for (outcome, link) in sides {
                    let back = self.back(way_back, &handed, Some(link));
                    ways.push((*outcome, self.here()));
                    self.go(link, None, back, shape.ins);
                }
                for lookup in lookups {
                    let back = self.back(way_back, &handed, Some(&lookup.link));
                    let columns = lookup.columns as usize;
                    for (index, &outcome) in lookup.outcomes.iter().enumerate() {
                        ways.push((outcome, self.here()));
                        self.go(&lookup.link, Some(&lookup.constants[index * columns..][..columns]), back, shape.ins);
                    }
                }
                ways.sort_unstable();
                let refused = ways.iter().find(|(outcome, _)| *outcome == REFUSED).map_or(0, |&(_, at)| at);
                ways.retain(|(outcome, _)| *outcome < REFUSED);
                let first = self.here();
                self.code.extend(ways.iter().map(|&(outcome, at)| [outcome as u32, at, 0, 0]));
                let at = self.here();
                let [(a, x), (b, y)] = Self::operands(shape.ins, guard);
                let head = Self::head(Kind::Decide, guard.op as u32, a, b, Space::Local);
                self.code.push([head, x | y << 16, first, ways.len() as u32]);
                self.code.push([refused, index as u32, 0, 0]);
                (at, all.iter().map(|link| link.outs.len()).max().unwrap_or(0))
            }
        }
    }

    /// A link's way; `row` are the constants that are looked up.
    fn go(&mut self, link: &Link, row: Option<&[f32]>, back: u32, ins: u32) {
        let outs = if self.is_left[link.block as usize] { &[][..] } else { &link.outs[..] };
        let mut moves = Vec::new();
        for (index, &out) in outs.iter().enumerate() {
            let to = (Space::Next, index as u32);
            match (out, row) {
                (Operand::Constant(column), Some(row)) => {
                    self.moves(&std::mem::take(&mut moves));
                    self.set(to, row[column as usize]);
                }
                _ => moves.push((Some(Self::place(ins, out)), to)),
            }
        }
        self.moves(&moves);
        self.gone_to.push((self.code.len(), link.block));
        self.plain(Kind::Go, [0, outs.len() as u32, back]);
    }
}

/// Can a lane with so many registers run a block, and do instructions have room for its places?
fn fits(program: &Lowered<f32>, block: &Block<f32>, registers: u32) -> bool {
    let shape = &program.shapes[block.shape as usize];
    let place = |operand| match operand {
        Operand::Slot(place) | Operand::Input(place) | Operand::Constant(place) => place,
    };
    let guard = shape.guard.iter().flat_map(|guard| [guard.a, guard.b]);
    let mut places = shape.operands().chain(guard).map(place);
    let size = shape.ins as usize + shape.operations.len();
    let is_whole_too_large = shape.wholes.iter().any(|(_, whole)| Packer::is_too_large(whole));
    !is_whole_too_large && size <= registers as usize && size < TO_OUT as usize && places.all(|place| place < TO_OUT)
}
