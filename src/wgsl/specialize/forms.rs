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
use crate::tape::{Lowered, Operand, Operation, Shape};
use crate::wgsl::specialize::chain::{Station, chain, flat, rounds, stretches};
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
            End::Go(outs) => std::slice::from_ref(outs),
            End::Choose { handovers, .. } => handovers,
            End::Done(_) => &[],
        }
    }
}

/// What some blocks do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Form {
    pub shape: Arc<Shape>,
    /// Guards: where one of them has another outcome than the block's details say, the lane has left the way.
    pub asserts: Vec<Operation>,
    /// By constant of the shape, the assertions and the end.
    pub literals: Vec<Literal>,
    pub end: End,
}

/// All that a kernel's text depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    pub(super) pace: Pace,
    pub(super) gradient: bool,
    /// Are whole operations run step by step, over an array?
    pub(super) is_stepped: bool,
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
    /// Steps of whole operations, heads by block, then what heads point to; see [`super`].
    pub blocks: Vec<[u32; 4]>,
    /// How many of those are heads: fewer than the program has blocks where some were merged.
    pub heads: usize,
    /// What a lane costs at most, as far as that is known: all zero where a loop over blocks counts it by lane.
    pub cost: Cost,
    /// Most rows of the stack that a lane fills before a block begins; `None` where loops depend on lanes.
    pub rows: Option<usize>,
    /// Rows of the stack that a block fills, at most.
    pub largest: usize,
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
        let chain = chain(program, request);
        Specialization::of_text(program, chain.as_deref(), request)
            .or_else(|| Specialization::stepped(program, &chain?, request))
    }

    /// A chain with whole operations that as text would be too long.
    fn stepped(program: &Lowered<f32>, chain: &[Station], request: &Request<'_>) -> Option<Specialization> {
        if program.shapes.iter().all(|shape| shape.wholes.is_empty()) {
            return None;
        }
        let rounds = rounds(program, chain)?;
        let mut all = Gathering::stepped();
        let cost = all.chain(&rounds)?;
        all.finish(Pace::Together, cost, None, request)
    }

    /// All operations as text.
    fn of_text(program: &Lowered<f32>, chain: Option<&[Station]>, request: &Request<'_>) -> Option<Specialization> {
        let mut all = Gathering::default();
        if let Some(chain) = chain {
            let apart = stretches(program, chain, |_, _| true)?;
            let cost = all.chain(&apart)?;
            let small = if chain.iter().any(|station| station.expected.is_some()) {
                (request.rounds > 0).then(|| unrolled(program, request, request.rounds, false)).flatten()
            } else {
                flat(program, chain, all.operations()).and_then(|line| unrolled(&line, request, 1, true))
            };
            if small.is_some() {
                return small;
            }
            let (merged, mut of_merged) = (stretches(program, chain, |_, all| all > LONGEST)?, Gathering::default());
            let is_shared = of_merged.chain(&merged).is_some() && 2 * of_merged.operations() <= 3 * all.operations();
            return if is_shared { of_merged } else { all }.finish(Pace::Together, cost, None, request);
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
        (blocks, heads): (Vec<[u32; 4]>, usize),
        cost: Cost,
        (rows, largest): (Option<usize>, usize),
    ) -> Option<Specialization> {
        let Reader { columns, numbers, .. } = self;
        (numbers.len() <= NUMBERS).then_some(Specialization {
            source,
            columns,
            numbers,
            blocks,
            heads,
            cost,
            rows,
            largest,
        })
    }
}
