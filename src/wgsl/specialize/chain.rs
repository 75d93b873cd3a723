//! Chains: the one way through a program on which every lane is, as far as it is not left; and what becomes one block of it.
//!
//! In: a [`Lowered`] program. Out: its [`Station`]s, one after the other, if guards have one side each that leads on, and stretches of them
//! [merged](stretches): a guard within a stretch is an assertion, so that what the blocks around it hand on stays in registers.

use std::collections::HashMap;
use std::sync::Arc;

use crate::tape::{Block, Exit, Lowered, Operand, Operation, Outcome, Produced, REFUSED, Shape, Whole};
use crate::wgsl::specialize::forms::{Cost, End, Request};
use crate::wgsl::specialize::nodes::constants;
use crate::wgsl::specialize::{LONGEST, whole};

/// A block of a chain.
#[derive(Clone, Copy)]
pub(super) struct Station {
    pub block: usize,
    /// The outcome of its guard that leads on.
    pub expected: Option<Outcome>,
}

/// The blocks from the entry to a Float, if there is one way only: whatever else guards decide is unknown, or lanes leave there.
pub(super) fn chain(program: &Lowered<f32>, request: &Request<'_>) -> Option<Vec<Station>> {
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
pub(super) fn flat(program: &Lowered<f32>, chain: &[Station], unique: usize) -> Option<Lowered<f32>> {
    let shape = |block: usize| &program.shapes[program.blocks[block].shape as usize];
    let lengths = chain.iter().map(|station| whole::operations(shape(station.block)));
    let all = lengths.fold(0, usize::saturating_add);
    // A loop's forms are written twice, forward and back.
    if all > 2 * unique || all > LONGEST {
        return None;
    }
    let mut operations: Vec<Operation> = Vec::with_capacity(all);
    let mut wholes: Vec<(u32, Whole)> = Vec::new();
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
        let first = operations.len() as u32;
        for operation in &shape(number).operations {
            let made = Operation { op: operation.op, a: read(operation.a, &frame), b: read(operation.b, &frame) };
            frame.push(Operand::Slot(operations.len() as u32));
            operations.push(made);
        }
        wholes.extend(whole::renamed(shape(number), first, |operand| read(operand, &frame)));
        match &block.exit {
            Exit::Next(link) => frame = link.outs.iter().map(|&out| read(out, &frame)).collect(),
            Exit::Done(Produced::Float(operand)) => {
                let value = read(*operand, &frame);
                let shape = Shape { ins: 0, shares: Vec::new(), operations, wholes, guard: None };
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

/// Stations as one block.
pub(super) struct Merged {
    pub shape: Arc<Shape>,
    pub asserts: Vec<Operation>,
    pub end: End,
    /// Of all its blocks, one after the other's.
    pub constants: Vec<f32>,
    /// By assertion: the outcome that leads on, and the block's number in the program.
    pub expected: Vec<[u32; 2]>,
    pub cost: Cost,
}

/// A chain in stretches: one ends where a guard decides nothing, and where `is_cut` says so of the next station and the operations with it;
/// the last one alone has the program's value. `None` if there is an operation without a formula.
pub(super) fn stretches(
    program: &Lowered<f32>,
    chain: &[Station],
    is_cut: impl Fn(&Station, usize) -> bool,
) -> Option<Vec<Merged>> {
    let operations =
        |station: &Station| whole::operations(&program.shapes[program.blocks[station.block].shape as usize]);
    let mut found = Vec::new();
    let mut rest = chain;
    while let [first, ..] = rest {
        let (mut count, mut all) = (1, operations(first));
        while let [before, next, ..] = rest[count - 1..] {
            all = usize::saturating_add(all, operations(&next));
            let is_last = count + 1 == rest.len();
            if before.expected.is_none() || is_last || is_cut(&next, all) {
                break;
            }
            count += 1;
        }
        let (stations, after) = rest.split_at(count);
        found.push(merged(program, stations)?);
        rest = after;
    }
    Some(found)
}

/// A chain in rounds of its loop: a stretch begins where, of the shapes that come most often, that comes that gets the fewest values.
pub(super) fn rounds(program: &Lowered<f32>, chain: &[Station]) -> Option<Vec<Merged>> {
    let shape = |station: &Station| program.blocks[station.block].shape;
    let mut times: HashMap<u32, usize> = HashMap::new();
    chain.iter().for_each(|station| *times.entry(shape(station)).or_default() += 1);
    let most = times.values().copied().max().unwrap_or(0);
    let often = times.into_iter().filter(|(_, times)| 2 * times > most).map(|(shape, _)| shape);
    let first = often.min_by_key(|&shape| (program.shapes[shape as usize].ins, shape));
    stretches(program, chain, |next, _| first == Some(shape(next)))
}

fn merged(program: &Lowered<f32>, stations: &[Station]) -> Option<Merged> {
    let shape = |station: &Station| &program.shapes[program.blocks[station.block].shape as usize];
    let ins = shape(stations.first()?).ins;
    let (mut operations, mut asserts, mut expected) = (Vec::new(), Vec::new(), Vec::new());
    let (mut wholes, mut all_constants, mut cost) = (Vec::new(), Vec::new(), Cost::default());
    let mut frame: Vec<Operand> = (0..ins).map(Operand::Slot).collect();
    let mut end = None;
    for station in stations {
        let (block, shape) = (&program.blocks[station.block], shape(station));
        if !whole::has_formulas(shape) {
            return None;
        }
        let before = all_constants.len() as u32;
        all_constants.extend_from_slice(constants(program, block));
        cost.steps += u64::from(block.steps);
        cost.entries += u64::from(block.entries);
        let read = |operand: Operand, frame: &[Operand]| match operand {
            Operand::Slot(slot) => frame[slot as usize],
            Operand::Constant(constant) => Operand::Constant(before + constant),
            input => input,
        };
        let renamed = |&Operation { op, a, b }: &Operation, frame: &[Operand]| Operation {
            op,
            a: read(a, frame),
            b: read(b, frame),
        };
        let first = operations.len() as u32;
        for operation in &shape.operations {
            let operation = renamed(operation, &frame);
            frame.push(Operand::Slot(ins + operations.len() as u32));
            operations.push(operation);
        }
        wholes.extend(whole::renamed(shape, first, |operand| read(operand, &frame)));
        let link = match (&block.exit, station.expected) {
            (Exit::Next(link), _) => link,
            (Exit::Guard(sides, _), Some(outcome)) => {
                let guard = shape.guard.as_ref()?;
                asserts.push(renamed(guard, &frame));
                expected.push([outcome as u32, station.block as u32]);
                &sides.iter().find(|(known, _)| *known == outcome)?.1
            }
            (Exit::Done(Produced::Float(operand)), _) => {
                end = Some(End::Done(read(*operand, &frame)));
                break;
            }
            _ => return None,
        };
        frame = link.outs.iter().map(|&out| read(out, &frame)).collect();
    }
    let end = end.unwrap_or_else(|| End::Go(frame.into()));
    let shape = Arc::new(Shape { ins, operations, shares: Vec::new(), wholes, guard: None });
    Some(Merged { shape, asserts, end, constants: all_constants, expected, cost })
}
