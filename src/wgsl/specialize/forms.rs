//! Forms: what of a lowered program is code of its kernel, and what is data in its buffers.
//!
//! In: a [`Lowered`] program, which inputs differ from lane to lane, and limits. Out: a [`Specialization`]: its [`Source`], which is all that the
//! kernel's text depends on, and what only its buffers have. Always: blocks of one form differ in constants and in where
//! they lead; a constant that all blocks of a form share is a number of the kernel, as uniform inputs are; a way without a
//! choice that ends with a Float takes four lanes at once. Small programs are unrolled instead ([`nodes`](super::nodes)).

use std::collections::HashMap;
use std::sync::Arc;

use crate::op::Kind;
use crate::tape::packed::{Ended, longest};
use crate::tape::{Block, Exit, Link, Lookup, Lowered, Operand, Operation, Outcome, Produced, REFUSED, Shape};
use crate::wgsl::specialize::nodes::{Node, constants, unrolled};
use crate::wgsl::specialize::{FORM_END, HANDOVER_BITS, LONGEST, MOST_FORMS, NO_WAY, NUMBERS};

/// How lanes go through a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pace {
    /// Through all nodes of the unrolled program, masked where it parts: no loop, four lanes an invocation.
    Unrolled,
    /// Block after block, the same ones for all lanes: four lanes an invocation.
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
            if let Some(line) = flat(program, &chain, all.operations()) {
                return unrolled(&line, request, 1, true);
            }
            let ins = |&block: &usize| program.shapes[program.blocks[block].shape as usize].ins as usize;
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

/// The blocks from the entry to a Float, if there is no choice on the way.
fn chain(program: &Lowered<f32>, request: &Request<'_>) -> Option<Vec<usize>> {
    let mut chain = vec![0];
    loop {
        let block = program.blocks.get(*chain.last()?)?;
        if u64::from(block.objects) > request.objects {
            return None;
        }
        match &block.exit {
            Exit::Next(link) if chain.len() < program.blocks.len() => chain.push(link.block as usize),
            Exit::Done(Produced::Float(_)) => return Some(chain),
            _ => return None,
        }
    }
}

/// A chain as one block, if that is less than twice what its forms are.
fn flat(program: &Lowered<f32>, chain: &[usize], unique: usize) -> Option<Lowered<f32>> {
    let shape = |block: usize| &program.shapes[program.blocks[block].shape as usize];
    let all: usize = chain.iter().map(|&block| shape(block).operations.len()).sum();
    // A loop's forms are written twice, forward and back.
    if all > 2 * unique || all > LONGEST {
        return None;
    }
    let mut operations: Vec<Operation> = Vec::with_capacity(all);
    let mut constants: Vec<f32> = Vec::new();
    let mut known: HashMap<u32, u32> = HashMap::new();
    let mut frame: Vec<Operand> = Vec::new();
    let (mut steps, mut entries, mut objects) = (0u32, 0u32, 0);
    for &number in chain {
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
                let shape = Shape { ins: 0, shares: Vec::new(), operations, guard: None };
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

/// Blocks of one form, as they are found.
struct Group {
    shape: Arc<Shape>,
    end: End,
    /// By constant: its value, if all blocks have the same one.
    shared: Vec<Option<f32>>,
}

/// A block on its way to the table.
struct Entry<'a> {
    /// `None`: lanes end here, as this says.
    group: Result<usize, Ended>,
    steps: u32,
    entries: u32,
    constants: &'a [f32],
    /// Ways: by outcome, or the one.
    sides: Vec<Side<'a>>,
}

struct Side<'a> {
    outcome: Outcome,
    way: u32,
    constants: &'a [f32],
}

#[derive(Default)]
struct Gathering<'a> {
    groups: Vec<Group>,
    known: HashMap<(u32, End), usize>,
    entries: Vec<Entry<'a>>,
}

impl<'a> Gathering<'a> {
    fn operations(&self) -> usize {
        self.groups.iter().map(|group| group.shape.operations.len()).sum()
    }

    /// Every block, in its place.
    fn every_block(&mut self, program: &'a Lowered<f32>, objects: u64) -> Option<()> {
        if program.blocks.len() >= 1 << (32 - HANDOVER_BITS) {
            return None;
        }
        for block in &program.blocks {
            let ends = match &block.exit {
                _ if u64::from(block.objects) > objects => Some(Ended::Left),
                Exit::Done(Produced::Other(_, holes)) if holes.is_empty() => Some(Ended::Other),
                Exit::Done(Produced::Other(..)) | Exit::Leave => Some(Ended::Left),
                _ => None,
            };
            self.block(program, block, ends, None)?;
        }
        Some(())
    }

    /// The blocks of a chain, in its order.
    fn chain(&mut self, program: &'a Lowered<f32>, chain: &[usize]) -> Option<Cost> {
        let mut cost = Cost::default();
        for (index, &number) in chain.iter().enumerate() {
            let block = &program.blocks[number];
            self.block(program, block, None, Some(index as u32 + 1))?;
            cost.steps += u64::from(block.steps);
            cost.entries += u64::from(block.entries);
        }
        Some(cost)
    }

    /// Takes a block in; `next` is where the next one of a chain will be.
    fn block(
        &mut self,
        program: &'a Lowered<f32>,
        block: &'a Block<f32>,
        ends: Option<Ended>,
        next: Option<u32>,
    ) -> Option<()> {
        let (steps, entries) = (block.steps, block.entries);
        if let Some(how) = ends {
            self.entries.push(Entry { group: Err(how), steps, entries, constants: &[], sides: Vec::new() });
            return Some(());
        }
        let shape = &program.shapes[block.shape as usize];
        let is_formula = |operation: &Operation| matches!(operation.op.row().kind, Kind::Arithmetic | Kind::Real);
        if !shape.operations.iter().all(is_formula) {
            return None;
        }
        let mut handovers: Vec<Arc<[Operand]>> = Vec::new();
        let mut way = |link: &Link| {
            let index = handovers.iter().position(|known| *known == link.outs).unwrap_or_else(|| {
                handovers.push(link.outs.clone());
                handovers.len() - 1
            });
            (index < 1 << HANDOVER_BITS).then(|| next.unwrap_or(link.block) << HANDOVER_BITS | index as u32)
        };
        let mut sides = Vec::new();
        let end = match &block.exit {
            Exit::Next(link) => {
                sides.push(Side { outcome: 0, way: way(link)?, constants: &[] });
                End::Go(link.outs.clone())
            }
            Exit::Done(Produced::Float(operand)) => End::Done(*operand),
            Exit::Guard(some, lookups) => {
                for (outcome, link) in some {
                    sides.push(Side { outcome: *outcome, way: way(link)?, constants: &[] });
                }
                for Lookup { outcomes, constants, columns, link } in lookups {
                    let way = way(link)?;
                    let columns = *columns as usize;
                    let side = |(index, &outcome): (usize, &Outcome)| {
                        let constants = &constants[index * columns..][..columns];
                        Side { outcome, way, constants }
                    };
                    sides.extend(outcomes.iter().enumerate().map(side));
                }
                sides.sort_unstable_by_key(|side| side.outcome);
                let is_truth = |side: &Side<'_>| side.outcome <= 1 || side.outcome == REFUSED;
                let is_searched = !lookups.is_empty() || !sides.iter().all(is_truth);
                End::Choose { handovers, is_searched }
            }
            Exit::Done(Produced::Other(..)) | Exit::Leave => unreachable!("lanes end there"),
        };
        let constants = constants(program, block);
        let key = (block.shape, end.clone());
        let group = *self.known.entry(key).or_insert_with(|| {
            let shared = constants.iter().copied().map(Some).collect();
            self.groups.push(Group { shape: shape.clone(), end, shared });
            self.groups.len() - 1
        });
        if self.groups.len() > MOST_FORMS {
            return None;
        }
        for (shared, value) in self.groups[group].shared.iter_mut().zip(constants) {
            if shared.is_some_and(|shared| shared.to_bits() != value.to_bits()) {
                *shared = None;
            }
        }
        self.entries.push(Entry { group: Ok(group), steps, entries, constants, sides });
        Some(())
    }

    fn finish(self, pace: Pace, cost: Cost, rows: Option<usize>, request: &Request<'_>) -> Option<Specialization> {
        let mut reader = Reader::default();
        let mut order: Vec<usize> = (0..self.groups.len()).collect();
        order.sort_by_key(|&group| matches!(self.groups[group].end, End::Done(_)));
        let mut form_of = vec![0; order.len()];
        order.iter().enumerate().for_each(|(form, &group)| form_of[group] = form);
        let mut literals: Vec<Vec<Literal>> = Vec::with_capacity(self.groups.len());
        for group in &self.groups {
            let mut own = 0;
            let literal = |shared: &Option<f32>| match shared {
                Some(value) => Literal::Number(reader.constant(*value)),
                None => {
                    own += 1;
                    Literal::Own(own - 1)
                }
            };
            literals.push(group.shared.iter().map(literal).collect());
        }
        let inputs = reader.places(request.is_column, |input| self.reads(input));
        if self.operations() > LONGEST {
            return None;
        }
        let blocks = self.table(&literals, &form_of);
        let form = |&group: &usize| {
            let Group { shape, end, .. } = &self.groups[group];
            Form { shape: shape.clone(), literals: literals[group].clone(), end: end.clone() }
        };
        let source = Source {
            pace,
            gradient: request.gradient,
            is_cut: request.gradient && rows.is_none_or(|rows| rows > request.rows),
            forms: order.iter().map(form).collect(),
            nodes: Vec::new(),
            inputs,
            wanted: request.wanted.iter().map(|&wanted| request.gradient && wanted).collect(),
            numbers: reader.numbers.len(),
            columns: reader.columns.len(),
        };
        reader.specialization(source, blocks, cost, rows)
    }

    /// Does any block read the input?
    fn reads(&self, input: u32) -> bool {
        self.groups.iter().any(|group| {
            let operations = group.shape.operations.iter().chain(&group.shape.guard);
            let mut operands = operations.flat_map(|operation| [operation.a, operation.b]);
            let is_it = |operand: &Operand| *operand == Operand::Input(input);
            operands.any(|operand| is_it(&operand)) || matches!(&group.end, End::Done(operand) if is_it(operand))
        })
    }

    /// Heads, then every block's details and constants, and its sides where they are searched.
    fn table(&self, literals: &[Vec<Literal>], form_of: &[usize]) -> Vec<[u32; 4]> {
        let mut table = vec![[0; 4]; self.entries.len()];
        for (index, entry) in self.entries.iter().enumerate() {
            let group = match entry.group {
                Ok(group) => group,
                Err(how) => {
                    table[index] = [FORM_END, entry.steps, entry.entries, how as u32];
                    continue;
                }
            };
            let refused = entry.sides.iter().find(|side| side.outcome == REFUSED).map_or(NO_WAY, |side| side.way);
            let truth =
                |truth: Outcome| entry.sides.iter().find(|side| side.outcome == truth).map_or(NO_WAY, |side| side.way);
            let details = match &self.groups[group].end {
                End::Choose { is_searched: true, .. } => {
                    let sides: Vec<&Side<'_>> = entry.sides.iter().filter(|side| side.outcome < REFUSED).collect();
                    let mut rows: Vec<u32> = Vec::with_capacity(sides.len());
                    for side in &sides {
                        rows.push(table.len() as u32);
                        pack(&mut table, side.constants.iter().map(|value| value.to_bits()));
                    }
                    let first = table.len() as u32;
                    let side = |(side, row): (&&Side<'_>, u32)| [side.outcome as u32, side.way, row, 0];
                    table.extend(sides.iter().zip(rows).map(side));
                    [first, sides.len() as u32, refused, 0]
                }
                End::Choose { is_searched: false, .. } => [truth(0), truth(1), refused, 0],
                End::Go(_) | End::Done(_) => [truth(0), 0, 0, 0],
            };
            let at = table.len() as u32;
            let own = entry.constants.iter().zip(&literals[group]);
            let own = own.filter(|(_, literal)| matches!(literal, Literal::Own(_))).map(|(value, _)| value.to_bits());
            table.push(details);
            pack(&mut table, own);
            table[index] = [FORM_END + 1 + form_of[group] as u32, entry.steps, entry.entries, at];
        }
        table
    }
}

/// Words, four a row.
fn pack(table: &mut Vec<[u32; 4]>, words: impl Iterator<Item = u32>) {
    let words: Vec<u32> = words.collect();
    let word = |four: &[u32], index: usize| four.get(index).copied().unwrap_or(0);
    table.extend(words.chunks(4).map(|four| std::array::from_fn(|index| word(four, index))));
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
