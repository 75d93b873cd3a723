//! The code of a stepped kernel: lists of steps over cells of its array.

use std::collections::VecDeque;

use super::{PUSH, TAKE};
use crate::op::linear::{Array, Begins, Formula, Linear, Steps, Tile, View};
use crate::tape::packed::{Each, Kind, Place, Space, assemble, assemble_piece, head};

/// Rows of the code, and the words of the array that they touch.
pub(super) struct Code {
    pub rows: Vec<[u32; 4]>,
    pub words: u32,
}

/// The scratch, as far as it is taken.
#[derive(Clone, Copy)]
pub(super) struct Scratch(pub u32);

impl Scratch {
    pub fn take(&mut self, words: usize) -> u32 {
        let at = self.0;
        self.0 += words as u32;
        at
    }
}

/// A word that is moved, or 0 that is set; and to where.
pub(super) type Move = (Option<u32>, u32);

/// Numbers in the array: the first one's cell, and the steps from row to row and from term to term.
#[derive(Clone, Copy)]
pub(super) struct Cells {
    pub at: u32,
    pub row: i32,
    pub term: i32,
}

/// Where a cell is for an instruction.
pub(super) fn place(at: u32) -> Place {
    (Space::Local, at)
}

impl Code {
    /// An elimination at once, of the matrix from this cell on; its pivots and signs go to a cell, the inverse to another.
    pub fn at_once(&mut self, kind: u32, from: u32, to: u32, pivots: u32) {
        self.rows.push([kind << 8, from, to, pivots]);
    }

    /// One list, which does nothing.
    pub fn new() -> Code {
        Code { rows: vec![[(Kind::Turn as u32) << 8, 0, 0, 0]], words: 0 }
    }

    pub fn here(&self) -> u32 {
        self.rows.len() as u32
    }

    /// The list ends that began at this row: where it is, or the one that does nothing.
    pub fn end(&mut self, begun: u32) -> u32 {
        if begun == self.here() {
            return super::NOTHING;
        }
        self.rows.push([(Kind::Turn as u32) << 8, 0, 0, 0]);
        begun
    }

    /// Words of the array go to the stack, from this row of the block's on.
    pub fn push(&mut self, at: u32, count: u32, row: u32) {
        self.rows.push([PUSH << 8, at, count, row]);
    }

    /// And come back.
    pub fn take(&mut self, at: u32, count: u32, row: u32) {
        self.rows.push([TAKE << 8, at, count, row]);
    }

    /// Constants of the block, in the words behind so many of its details.
    pub fn constants(&mut self, at: u32, count: u32, details: u32) {
        self.rows.push([(Kind::Set as u32) << 8, at, count, details]);
    }

    /// The steps of a whole operation; arrays that they ask for lie in the scratch.
    pub fn steps(&mut self, steps: &Steps, linear: Linear, cells: &[u32], mut scratch: Scratch) {
        let mut places: Vec<Place> = cells.iter().map(|&at| place(at)).collect();
        places.extend(steps.arrays.iter().map(|&words| place(scratch.take(words))));
        let pivots = scratch.take(linear.pivots());
        self.words = self.words.max(scratch.0);
        assemble(&mut self.rows, steps, &places, pivots);
    }

    /// Words that are moved one after another; those in a row at once.
    pub fn moves(&mut self, moves: impl IntoIterator<Item = Move>) {
        let mut rest: VecDeque<Move> = moves.into_iter().collect();
        while let Some(first) = rest.pop_front() {
            let step = |one: Move, next: Move| {
                let from = one.0.zip(next.0).map_or(0, |(one, next)| next as i32 - one as i32);
                (one.0.is_some() == next.0.is_some()).then_some([from, next.1 as i32 - one.1 as i32])
            };
            let by = rest.front().and_then(|&second| step(first, second)).unwrap_or_default();
            let (mut count, mut last) = (1, first);
            while let Some(&next) = rest.front()
                && step(last, next) == Some(by)
            {
                (count, last) = (count + 1, next);
                rest.pop_front();
            }
            let (from, to) = first;
            let formula = if from.is_some() { Formula::Copy } else { Formula::Zero };
            let view = |outer: i32| View { array: Array::A, at: 0, outer, inner: 0 };
            let (rows, columns, terms) = (count, 1, 1);
            let (out, x, y) = (view(by[1]), view(by[0]), view(0));
            let tile = Tile { formula, begins: Begins::Nothing, rows, columns, terms, out, x, y };
            assemble_piece(&mut self.rows, &tile, [place(to), place(from.unwrap_or(0)), place(0)]);
        }
    }

    /// `sum` becomes itself and `sent`.
    pub fn add(&mut self, sum: u32, sent: u32) {
        let one = |at| Cells { at, row: 0, term: 0 };
        self.each(Formula::Sum as u32, Begins::Kept, [one(sum), one(sent), one(sent)], [1, 1]);
    }

    /// A plain formula or one of [`Each`], of so many rows and terms.
    pub fn each(&mut self, formula: u32, begins: Begins, [out, x, y]: [Cells; 3], [rows, terms]: [usize; 2]) {
        let head = head(Kind::Tile, formula, Space::Local, Space::Local, Space::Local) | (begins as u32) << 21;
        let steps = |cells: Cells| (cells.row as u32 & 0xffff) | (cells.term as u32) << 16;
        self.rows.push([head, out.at, x.at, y.at]);
        self.rows.push([rows as u32 | 1 << 16, terms as u32, 0, 0]);
        self.rows.push([steps(out), steps(x), steps(y), 0]);
    }
}

const _: () = assert!(Each::ALL.len() == 5, "rows know all of them");
