//! Where values of blocks lie: chains of blocks that share a frame, so that nothing is copied from one to the next.
//!
//! In: a program. Out: a [`Placement`] for each of its blocks. Always: a block goes on in the frame of the only block that leads to it, and
//! its values lie behind that block's; what was handed on keeps its row, and so does its adjoint. Values stay in the frame where others go on
//! in it, and where the way back would have to do whole operations again. Deliberately absent: chains in
//! programs without whole operations, whose blocks hand on few values.

use std::iter;
use std::sync::Arc;

use super::{NOWHERE, Space, TO_OUT, TRAIL, again};
use crate::tape::lowered::{Exit, Link, Lowered};
use crate::tape::residual::Operand;

/// Blocks of a chain, at most.
const CHAIN: u32 = 64;
/// Rounds of a loop in a chain, at most: what one hands on to the next is copied only between chains.
const ROUNDS: usize = 4;
/// Rows of a chain's frame, at most, unless its first block needs more.
const ROWS: u32 = 1 << 13;

const _: () = assert!(ROWS < TO_OUT && CHAIN < NOWHERE / TRAIL as u32, "instructions have room for a chain");

/// Where a block's values lie.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Placement {
    /// By in: its row of the frame; `None`: each its own number.
    rows: Option<Arc<[u32]>>,
    pub ins: u32,
    /// The row of its first own value.
    pub first: u32,
    /// Do its values stay in the frame?
    pub is_kept: bool,
    /// Does it go on in the frame of the block before?
    pub goes_on: bool,
}

impl Placement {
    fn alone(ins: u32) -> Placement {
        Placement { rows: None, ins, first: ins, is_kept: false, goes_on: false }
    }

    /// The row of a value, among all of its chain.
    pub fn row(&self, slot: u32) -> u32 {
        match &self.rows {
            _ if slot >= self.ins => self.first + (slot - self.ins),
            None => slot,
            Some(rows) => rows[slot as usize],
        }
    }

    /// Where an operand is.
    pub fn of(&self, operand: Operand) -> (Space, u32) {
        match operand {
            Operand::Slot(slot) if slot < self.ins || self.is_kept => (Space::Frame, self.row(slot)),
            Operand::Slot(slot) => (Space::Local, slot - self.ins),
            Operand::Input(input) => (Space::Input, input),
            Operand::Constant(constant) => (Space::Constant, constant),
        }
    }

    /// Where a value's adjoint is.
    pub fn bar(&self, slot: u32) -> (Space, u32) {
        (Space::Bar, self.row(slot))
    }
}

/// What a chain needs where its first block begins.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Needs {
    /// Rows behind what that block gets, those that exits write included.
    pub rows: u32,
    /// Its blocks, one after another.
    pub blocks: u32,
}

/// By block: where its values lie, and what its chain needs if it is the first of one.
pub(super) struct Places {
    pub placements: Vec<Placement>,
    pub needs: Vec<Needs>,
}

/// The links that leave a block.
pub(super) fn links(exit: &Exit<f32>) -> Vec<&Link> {
    match exit {
        Exit::Next(link) => vec![link],
        Exit::Guard(sides, lookups) => {
            sides.iter().map(|(_, link)| link).chain(lookups.iter().map(|lookup| &lookup.link)).collect()
        }
        Exit::Done(_) | Exit::Leave => Vec::new(),
    }
}

/// Places a program's blocks.
pub(super) fn places(program: &Lowered<f32>, is_left: &[bool], has_wholes: bool) -> Places {
    let blocks = &program.blocks;
    let shape = |block: usize| &program.shapes[blocks[block].shape as usize];
    let mut placements: Vec<Placement> = (0..blocks.len()).map(|block| Placement::alone(shape(block).ins)).collect();
    // By block: how many links lead to it, and the first one's block.
    let mut before: Vec<(u32, usize)> = vec![(0, 0); blocks.len()];
    before[0].0 = 1;
    for (index, block) in blocks.iter().enumerate() {
        for link in links(&block.exit) {
            let known = &mut before[link.block as usize];
            *known = (known.0 + 1, if known.0 == 0 { index } else { known.1 });
        }
    }
    let is_single = |block: usize| block > 0 && before[block].0 == 1 && has_wholes && !is_left[block];
    // By block: the first one of its chain, and its number there.
    let mut chains: Vec<(usize, u32)> = (0..blocks.len()).map(|block| (block, 1)).collect();
    let mut waiting: Vec<usize> = (0..blocks.len()).filter(|&block| !is_single(block)).collect();
    let mut order = Vec::new();
    while let Some(index) = waiting.pop() {
        order.push(index);
        for link in links(&blocks[index].exit) {
            let next = link.block as usize;
            if !is_single(next) {
                continue;
            }
            waiting.push(next);
            let own = shape(index).operations.len() as u32;
            let first = placements[index].first + own;
            let size = first + shape(next).operations.len() as u32;
            // A loop begins anew after some rounds, so that others share their instructions.
            let chain = iter::successors(Some(index), |&at| (at != chains[index].0).then(|| before[at].1));
            let rounds = || chain.filter(|&at| blocks[at].shape == blocks[next].shape).count();
            if is_left[index] || chains[index].1 == CHAIN || size > ROWS || rounds() >= ROUNDS {
                continue;
            }
            let Some(rows) = rows_of(link, &placements[index]) else { continue };
            chains[next] = (chains[index].0, chains[index].1 + 1);
            placements[index].is_kept = true;
            let ins = placements[next].ins;
            placements[next] = Placement { rows: Some(rows), ins, first, is_kept: false, goes_on: true };
        }
    }
    for block in (0..blocks.len()).filter(|&block| has_wholes && !is_left[block]) {
        let (shape, placement) = (shape(block), &mut placements[block]);
        let fits = placement.first + shape.operations.len() as u32 <= ROWS;
        let is_costly = || {
            let needed = again::needed(shape);
            shape.wholes.iter().any(|&(at, _)| needed[at as usize])
        };
        placement.is_kept |= fits && is_costly();
    }
    let mut needs = vec![Needs::default(); blocks.len()];
    for &index in &order {
        let Placement { first, is_kept, .. } = placements[index];
        let (head, number) = chains[index];
        let kept = if is_kept { shape(index).operations.len() as u32 } else { 0 };
        let outs = links(&blocks[index].exit).into_iter().filter(|link| !placements[link.block as usize].goes_on);
        let handed = outs.map(|link| link.outs.len() as u32).max().unwrap_or(0);
        let known = &mut needs[head];
        known.rows = known.rows.max(first + kept + handed - placements[head].ins);
        known.blocks = known.blocks.max(number);
    }
    Places { placements, needs }
}

/// The rows of what a link hands on, if no two are the same.
fn rows_of(link: &Link, placement: &Placement) -> Option<Arc<[u32]>> {
    let row = |out: &Operand| if let Operand::Slot(slot) = *out { Some(placement.row(slot)) } else { None };
    let rows: Arc<[u32]> = link.outs.iter().map(row).collect::<Option<_>>()?;
    let mut sorted = rows.to_vec();
    sorted.sort_unstable();
    sorted.windows(2).all(|two| two[0] < two[1]).then_some(rows)
}
