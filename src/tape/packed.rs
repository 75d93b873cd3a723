//! Packing: a lowered program as code for a kernel that takes programs as data, forward and back.
//!
//! In: a [`Lowered`]. Out: a [`Packed`]. Always: an address counts instructions of four words from the program's
//! first one; a block's operations stand once for all blocks of its shape whose values lie alike, once more those whose values the way
//! back reads, and so does their way back where the same values are handed on. A block that needs more registers than there are, or
//! more objects than the budget allows, is left at once: its lanes are interpreted. A whole operation ([`crate::op::linear`]) is its steps, and
//! only the kernel for programs with such ones knows these; there numbers that lie in a row are moved and computed by one instruction as well.
//!
//! A lane has a frame (what its block got, and with whole operations the values of a chain of blocks), locals (what else the block
//! computes) and bars (adjoints of both, on the way back). Going forward a block *begins*, computes, *turns* to its exit, which writes
//! the next block's frame, if that does not go on in the same one, and *goes* there. Each exit has a way back: it takes what the next
//! block left in its frame, *returns* to the block's operations to compute the locals again, sends adjoints back through them, and
//! leaves those of the frame in the frame.
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
//! | begin | operations | exit | constants (in words); then a row: steps, entries, rows that the frame takes beside, rows it gets |
//! | turn | | | |
//! | go | the block's begin | rows it gets | the way back |
//! | end | how | the block | the way back |
//! | return | operations | constants | |
//! | jump | where to | | |
//! | pop | | | |
//! | tile | out | x | y; then a row: rows and columns, terms; then a row: the steps of out, x and y from row to row and from term to term |
//! | pivot | matrix | k, n | signs, pivots |
//! | swap | array, pivots | k, how many | the steps from one to the next, and from element to element |
//!
//! A begin has from bit 12 of its first word on how many values stay in the frame, and in the upper half of its last one the rows of the
//! trail that the blocks of its frame take. A way on has bit 12 where the next block goes on in the same frame. The space of the result is that
//! of a pull's local, of a pivot's matrix and of a swap's array; signs and pivots are locals, behind those that the block computes. A tile has what
//! its sums begin with in bits 21 and 22, and one of a single column steps through y from row to row.

mod again;
mod assemble;
mod back;
mod code;
mod exit;
mod longest;
mod place;
mod row;
mod whole;

use std::collections::HashMap;

use crate::op::Op;
pub use assemble::{Instruction, Place, assemble, assemble_piece, assemble_tile};
use code::TURN;
pub use code::{COPY, Ended, FIRST, GOES_ON, Kind, NEGATED, NOWHERE, POP, Space, TO_OUT, head};
pub use longest::{Longest, longest};
pub use row::Each;

use back::WayBack;
use longest::longest_in;
use place::{Needs, Placement, Places, places};
use row::Part;

use crate::tape::lowered::{Block, Exit, Lowered, Shape, Value};
use crate::tape::residual::{FastMap, Operand, Operation};

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
    /// Values that a frame begins with, at most.
    pub frame: usize,
    /// Values that blocks put behind those, and hand on to the next frame, at most.
    pub room: usize,
    /// Rows of the trail that the blocks of a frame take, at most.
    pub trail: usize,
}

impl Rows {
    /// The greater of each number.
    pub fn max(&self, other: &Rows) -> Rows {
        Rows {
            locals: self.locals.max(other.locals),
            bars: self.bars.max(other.bars),
            frame: self.frame.max(other.frame),
            room: self.room.max(other.room),
            trail: self.trail.max(other.trail),
        }
    }
}

/// Rows of the trail that a block's run takes.
pub const TRAIL: usize = 2;

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
    let Places { placements, needs } = places(program, &is_left, has_wholes);
    let mut row = 0;
    let target = |&wanted: &bool| {
        row += u32::from(wanted);
        if wanted { TO_OUT | row } else { NOWHERE }
    };
    let targets: Vec<u32> = wanted.iter().map(target).collect();
    let mut known: HashMap<(u32, &Placement), u32> = HashMap::new();
    let number = |(block, placement)| {
        let next = known.len() as u32;
        let block: &Block<f32> = block;
        *known.entry((block.shape, placement)).or_insert(next)
    };
    let sites = program.blocks.iter().zip(&placements).map(number).collect();
    let mut packer = Packer {
        program,
        targets,
        is_left,
        has_wholes,
        placements: &placements,
        sites,
        code: vec![[0; 4], [(Kind::Pop as u32) << 8, 0, 0, 0], [(Kind::Turn as u32) << 8, 0, 0, 0]],
        begins: vec![0; program.blocks.len()],
        gone_to: Vec::new(),
        operations: FastMap::default(),
        again: FastMap::default(),
        pulls: HashMap::new(),
        constants: FastMap::default(),
        rows: Rows { bars: 1, ..Rows::default() },
    };
    for (block, needs) in needs.into_iter().enumerate() {
        packer.block(block, needs);
    }
    for &(at, block) in &packer.gone_to {
        packer.code[at][1] = packer.begins[block as usize];
    }
    packer.code[0] = [packer.begins[0], wanted.iter().filter(|&&wanted| wanted).count() as u32, 0, 0];
    Packed {
        code: packer.code,
        rows: packer.rows,
        has_wholes,
        is_too_large,
        longest: longest_in(program, Some(&placements)),
    }
}

struct Packer<'a> {
    program: &'a Lowered<f32>,
    /// By input: where its adjoint is gathered.
    targets: Vec<u32>,
    /// By block: is it left at once?
    is_left: Vec<bool>,
    has_wholes: bool,
    /// By block: where its values lie.
    placements: &'a [Placement],
    /// By block: the number of its shape and placement.
    sites: Vec<u32>,
    code: Vec<[u32; 4]>,
    /// By block: where it begins.
    begins: Vec<u32>,
    /// Instructions that go to a block.
    gone_to: Vec<(usize, u32)>,
    /// By site: where its operations stand.
    operations: FastMap<u32, u32>,
    /// By site: where those stand that are computed again on the way back.
    again: FastMap<u32, u32>,
    /// By site and what is handed on: where the way back through its operations stands.
    pulls: HashMap<(u32, Vec<u32>), u32>,
    /// By place in the program and number: where constants are, in words.
    constants: FastMap<(u32, usize), u32>,
    rows: Rows,
}

impl<'a> Packer<'a> {
    fn here(&self) -> u32 {
        self.code.len() as u32
    }

    fn copy(&mut self, (from, at): (Space, u32), (to, index): (Space, u32)) {
        self.code.push([head(Kind::Evaluate, COPY, from, from, to), at | at << 16, index, 0]);
    }

    fn set(&mut self, (to, index): (Space, u32), value: f32) {
        let head = head(Kind::Set, 0, Space::Constant, Space::Constant, to);
        self.code.push([head, 0, index, value.to_bits()]);
    }

    fn add(&mut self, (a, first): (Space, u32), (b, second): (Space, u32)) {
        let head = head(Kind::Evaluate, Op::Add as u32, a, b, a);
        self.code.push([head, first | second << 16, first, 0]);
    }

    fn plain(&mut self, kind: Kind, words: [u32; 3]) {
        self.code.push([(kind as u32) << 8, words[0], words[1], words[2]]);
    }

    /// Where an input's adjoint is gathered, if it is wanted.
    fn sum_of_input(&self, input: u32) -> Option<(Space, u32)> {
        let target = self.targets[input as usize];
        (target != NOWHERE).then_some((Space::Out, target & !TO_OUT))
    }

    fn shape(&self, block: usize) -> &'a Shape {
        &self.program.shapes[self.program.blocks[block].shape as usize]
    }

    fn block(&mut self, index: usize, needs: Needs) {
        let block = &self.program.blocks[index];
        if self.is_left[index] {
            self.begins[index] = self.here();
            self.plain(Kind::End, [Ended::Left as u32, index as u32, 0]);
            return;
        }
        let (shape, placement) = (self.shape(index), &self.placements[index]);
        let count = shape.operations.len();
        let rows = &mut self.rows;
        rows.bars = rows.bars.max(placement.first as usize + count);
        if !placement.is_kept {
            rows.locals = rows.locals.max(count);
        }
        if !placement.goes_on {
            rows.frame = rows.frame.max(shape.ins as usize);
            rows.room = rows.room.max(needs.rows as usize);
            rows.trail = rows.trail.max(TRAIL * needs.blocks as usize);
        }
        let operations = match self.operations.get(&self.sites[index]) {
            Some(&at) => at,
            None => {
                let at = self.evaluations(index, |_| true);
                self.operations.insert(self.sites[index], at);
                at
            }
        };
        let constants = self.constants(block);
        let again = self.again(index);
        let exit = self.exit(index, &WayBack { block: index, operations: again, constants });
        self.begins[index] = self.here();
        let kept = if placement.is_kept { count as u32 } else { 0 };
        self.code.push([(Kind::Begin as u32) << 8 | kept << 12, operations, exit, constants]);
        let gets = shape.ins | (TRAIL as u32 * needs.blocks) << 16;
        self.code.push([block.steps, block.entries, needs.rows, gets]);
    }

    /// The operations of a block, and of all of its site, those that are needed.
    fn evaluations(&mut self, block: usize, is_needed: impl Fn(usize) -> bool) -> u32 {
        let at = self.here();
        let (shape, placement) = (self.shape(block), &self.placements[block]);
        for part in self.parts(shape, placement, is_needed) {
            match part {
                Part::Whole(at, whole) => self.whole_forward(shape, placement, at, whole),
                Part::Row(row) if row.len() > 1 => {
                    let slot = shape.ins + row.start as u32;
                    self.row(&shape.operations[row], slot, placement);
                }
                Part::Row(row) => {
                    let operation = &shape.operations[row.start];
                    let ([(a, first), (b, second)], op) = (operands(placement, operation), operation.op as u32);
                    let (to, place) = placement.of(Operand::Slot(shape.ins + row.start as u32));
                    self.code.push([head(Kind::Evaluate, op, a, b, to), first | second << 16, place, 0]);
                }
            }
        }
        self.plain(Kind::Turn, [0; 3]);
        at
    }

    /// The operations of a block whose values what sends back reads, unless they are kept.
    fn again(&mut self, block: usize) -> u32 {
        let site = self.sites[block];
        if let Some(&at) = self.again.get(&site) {
            return at;
        }
        let needed = again::needed(self.shape(block));
        let at = if self.placements[block].is_kept || !needed.contains(&true) {
            TURN
        } else if needed.iter().all(|needed| *needed) {
            self.operations[&site]
        } else {
            self.evaluations(block, |index| needed[index])
        };
        self.again.insert(site, at);
        at
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
}

/// Where a block's operation has its operands.
fn operands(placement: &Placement, operation: &Operation) -> [(Space, u32); 2] {
    [placement.of(operation.a), placement.of(operation.b)]
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
    let is_whole_too_large = shape.wholes.iter().any(|(_, whole)| Packer::is_too_large(whole, shape.operations.len()));
    !is_whole_too_large && size <= registers as usize && size < TO_OUT as usize && places.all(|place| place < TO_OUT)
}
