//! Forms: what of a lowered program is code of its kernel, and what is data in its buffers.
//!
//! In: a [`Lowered`] program, which inputs differ from lane to lane, and limits. Out: a [`Specialization`]: its [`Source`], which is all that the
//! kernel's text depends on, and what only its buffers have. Always: blocks of one form differ in constants and in where
//! they lead; a constant that all blocks of a form share is a number of the kernel, as uniform inputs are; a way without a
//! choice that ends with a Float takes four lanes at once, also where lanes may leave it, which go on in vain. Small programs are unrolled
//! instead ([`nodes`](super::nodes)).

use std::collections::HashMap;
use std::sync::Arc;

use crate::tape::packed::longest;
use crate::tape::{Block, Exit, Lowered, Operand, Operation, Outcome, Produced, REFUSED, Shape};
use crate::wgsl::specialize::gather::Gathering;
use crate::wgsl::specialize::nodes::{Node, unrolled};
use crate::wgsl::specialize::{LONGEST, NUMBERS};

/// How lanes go through a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pace {
    /// Through all nodes of the unrolled program, masked where it parts: no loop, four lanes an invocation.
    Unrolled,
    /// Block after block, the same ones for all lanes: four lanes an invocation. Lanes that leave the way are noted and go on with the others.
    Together,
    /// Every lane its own way: one lane an invocation.
    Apart,
}

/// Where a form's constant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Literal {
    /// A number of the kernel.
    Number(u32),
    /// A word behind the block's details.
    Own(u32),
}

/// Where an input is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    Column(u32),
    /// A number of the kernel.
    Number(u32),
    /// Nothing reads it.
    Nowhere,
}

/// How blocks of a form go on. What they hand on: a value of theirs, or by `Operand::Constant` one that the side looks up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum End {
    Go(Arc<[Operand]>),
    /// The same, but where the guard has another outcome than the block's details say, the lane has left the way.
    Assert(Arc<[Operand]>),
    /// The guard decides; what is handed on depends on the side. Sides of a truth are places in the block's details, others are searched.
    Choose {
        handovers: Vec<Arc<[Operand]>>,
        is_searched: bool,
    },
    /// With the program's value.
    Done(Operand),
}

impl End {
    /// What is handed on, by handover.
    pub fn handovers(&self) -> &[Arc<[Operand]>] {
        match self {
            End::Go(outs) | End::Assert(outs) => std::slice::from_ref(outs),
            End::Choose { handovers, .. } => handovers,
            End::Done(_) => &[],
        }
    }
}

/// What some blocks do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Form {
    pub shape: Arc<Shape>,
    /// By constant of the shape and the end.
    pub literals: Vec<Literal>,
    pub end: End,
}

/// All that a kernel's text depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    pub(super) pace: Pace,
    pub(super) gradient: bool,
    /// May a run be longer than its stack?
    pub(super) is_cut: bool,
    /// Of a loop over blocks; those that end with the value are the last ones.
    pub(super) forms: Vec<Form>,
    /// Of an unrolled program; every edge leads onwards.
    pub(super) nodes: Vec<Node>,
    pub(super) inputs: Vec<Place>,
    pub(super) wanted: Vec<bool>,
    pub(super) numbers: usize,
    pub(super) columns: usize,
}

/// A number that every lane has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    Constant(f32),
    /// An input of the program.
    Input(u32),
}

/// A program as a kernel and its data.
#[derive(Clone, Debug, PartialEq)]
pub struct Specialization {
    pub source: Source,
    /// The kernel's columns, as inputs of the program.
    pub columns: Vec<u32>,
    pub numbers: Vec<Number>,
    /// Heads by block, then what they point to; see [`super`].
    pub blocks: Vec<[u32; 4]>,
    /// What a lane costs at most, as far as that is known: all zero where a loop over blocks counts it by lane.
    pub cost: Cost,
    /// Most rows of the stack that a lane fills before a block begins; `None` where loops depend on lanes.
    pub rows: Option<usize>,
}

/// What a lane costs: applications, and entries of the raw tape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    pub steps: u64,
    pub entries: u64,
}

impl Cost {
    /// The greater of each number.
    pub(super) fn max(self, other: Cost) -> Cost {
        Cost { steps: self.steps.max(other.steps), entries: self.entries.max(other.entries) }
    }
}

/// What a kernel is made for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// By input: does it differ from lane to lane, and is its gradient wanted?
    pub is_column: &'a [bool],
    pub wanted: &'a [bool],
    pub gradient: bool,
    /// Most objects alive that a block may have.
    pub objects: u64,
    /// Most rows that a lane's stack may have.
    pub rows: usize,
    /// How often loops whose ends depend on lanes may be unrolled; 0: a program that parts is a loop over blocks.
    pub rounds: u32,
}

impl Specialization {
    /// The program as a kernel; `None` where that has too many forms, operations or numbers.
    pub fn of(program: &Lowered<f32>, request: &Request<'_>) -> Option<Specialization> {
        let mut all = Gathering::default();
        if let Some(chain) = chain(program, request) {
            let cost = all.chain(program, &chain)?;
            let small = if chain.iter().any(|station| station.expected.is_some()) {
                (request.rounds > 0).then(|| unrolled(program, request, request.rounds, false)).flatten()
            } else {
                flat(program, &chain, all.operations()).and_then(|line| unrolled(&line, request, 1, true))
            };
            if small.is_some() {
                return small;
            }
            let ins = |station: &Station| program.shapes[program.blocks[station.block].shape as usize].ins as usize;
            return all.finish(Pace::Together, cost, Some(chain.iter().map(ins).sum()), request);
        }
        if request.rounds > 0
            && let Some(unrolled) = unrolled(program, request, request.rounds, false)
        {
            return Some(unrolled);
        }
        all.every_block(program, request.objects)?;
        let rows = longest(program).map(|longest| (longest.blocks + longest.handed_on) as usize);
        all.finish(Pace::Apart, Cost::default(), rows, request)
    }
}

/// A block of a chain.
pub(super) struct Station {
    pub block: usize,
    /// The outcome of its guard that leads on.
    pub expected: Option<Outcome>,
}

/// The blocks from the entry to a Float, if there is one way only: whatever else guards decide is unknown, or lanes leave there.
fn chain(program: &Lowered<f32>, request: &Request<'_>) -> Option<Vec<Station>> {
    let mut chain = Vec::new();
    let mut next = 0;
    while chain.len() < program.blocks.len() {
        let block = &program.blocks[next];
        if is_over(block, request) {
            return None;
        }
        let station = |expected| Station { block: next, expected };
        let (expected, link) = match &block.exit {
            Exit::Next(link) => (None, link),
            Exit::Guard(sides, lookups) if lookups.is_empty() => {
                let mut onwards = sides.iter().filter(|(_, link)| !leads_out(program, link.block as usize, request));
                match (onwards.next(), onwards.next()) {
                    (Some((outcome, link)), None) if *outcome < REFUSED => (Some(*outcome), link),
                    _ => return None,
                }
            }
            Exit::Done(Produced::Float(_)) => {
                chain.push(station(None));
                return Some(chain);
            }
            _ => return None,
        };
        chain.push(station(expected));
        next = link.block as usize;
    }
    None
}

fn is_over(block: &Block<f32>, request: &Request<'_>) -> bool {
    u64::from(block.objects) > request.objects
}

/// Do all lanes that enter the block leave there or soon, to be interpreted?
fn leads_out(program: &Lowered<f32>, block: usize, request: &Request<'_>) -> bool {
    let after = |&block: &usize| match &program.blocks[block].exit {
        Exit::Next(link) if !is_over(&program.blocks[block], request) => Some(link.block as usize),
        _ => None,
    };
    let last = std::iter::successors(Some(block), after).take(program.blocks.len()).last();
    last.map(|last| &program.blocks[last])
        .is_some_and(|last| is_over(last, request) || matches!(last.exit, Exit::Leave))
}

/// A chain as one block, if that is less than twice what its forms are.
fn flat(program: &Lowered<f32>, chain: &[Station], unique: usize) -> Option<Lowered<f32>> {
    let shape = |block: usize| &program.shapes[program.blocks[block].shape as usize];
    let all: usize = chain.iter().map(|station| shape(station.block).operations.len()).sum();
    // A loop's forms are written twice, forward and back.
    if all > 2 * unique || all > LONGEST {
        return None;
    }
    let mut operations: Vec<Operation> = Vec::with_capacity(all);
    let mut constants: Vec<f32> = Vec::new();
    let mut known: HashMap<u32, u32> = HashMap::new();
    let mut frame: Vec<Operand> = Vec::new();
    let (mut steps, mut entries, mut objects) = (0u32, 0u32, 0);
    for &Station { block: number, .. } in chain {
        let block = &program.blocks[number];
        steps = steps.saturating_add(block.steps);
        entries = entries.saturating_add(block.entries);
        objects = objects.max(block.objects);
        let mut read = |operand: Operand, frame: &[Operand]| match operand {
            Operand::Slot(slot) => frame[slot as usize],
            Operand::Constant(constant) => {
                let value = program.constants[(block.constants + constant) as usize];
                Operand::Constant(*known.entry(value.to_bits()).or_insert_with(|| {
                    constants.push(value);
                    constants.len() as u32 - 1
                }))
            }
            input => input,
        };
        for operation in &shape(number).operations {
            let made = Operation { op: operation.op, a: read(operation.a, &frame), b: read(operation.b, &frame) };
            frame.push(Operand::Slot(operations.len() as u32));
            operations.push(made);
        }
        match &block.exit {
            Exit::Next(link) => frame = link.outs.iter().map(|&out| read(out, &frame)).collect(),
            Exit::Done(Produced::Float(operand)) => {
                let value = read(*operand, &frame);
                let shape = Shape { ins: 0, shares: Vec::new(), operations, whole: None, guard: None };
                let exit = Exit::Done(Produced::Float(value));
                let block = Block { shape: 0, constants: 0, exit, steps, entries, objects, rank: 0 };
                return Some(Lowered {
                    blocks: vec![block],
                    shapes: vec![Arc::new(shape)],
                    constants,
                    inputs: program.inputs,
                });
            }
            _ => return None,
        }
    }
    None
}

/// What a kernel reads beside its blocks.
#[derive(Default)]
pub(super) struct Reader {
    pub columns: Vec<u32>,
    pub numbers: Vec<Number>,
    known: HashMap<u32, u32>,
}

impl Reader {
    /// The number of a constant.
    pub fn constant(&mut self, value: f32) -> u32 {
        *self.known.entry(value.to_bits()).or_insert_with(|| {
            self.numbers.push(Number::Constant(value));
            self.numbers.len() as u32 - 1
        })
    }

    /// Places for the inputs, as far as they are read.
    pub fn places(&mut self, is_column: &[bool], is_read: impl Fn(u32) -> bool) -> Vec<Place> {
        let place = |(input, &is_column): (usize, &bool)| match (is_read(input as u32), is_column) {
            (false, _) => Place::Nowhere,
            (true, true) => {
                self.columns.push(input as u32);
                Place::Column(self.columns.len() as u32 - 1)
            }
            (true, false) => {
                self.numbers.push(Number::Input(input as u32));
                Place::Number(self.numbers.len() as u32 - 1)
            }
        };
        is_column.iter().enumerate().map(place).collect()
    }

    /// All of it, if there are not too many numbers.
    pub fn specialization(
        self,
        source: Source,
        blocks: Vec<[u32; 4]>,
        cost: Cost,
        rows: Option<usize>,
    ) -> Option<Specialization> {
        let Reader { columns, numbers, .. } = self;
        (numbers.len() <= NUMBERS).then_some(Specialization { source, columns, numbers, blocks, cost, rows })
    }
}
