//! Whole operations: their steps as instructions, over the rows where a block's values and adjoints lie.

use super::assemble::{assemble, assemble_piece, assemble_tile};
use super::place::Placement;
use super::{Packer, Space, TO_OUT};
use crate::op::linear::{
    Array, Begins, Formula, Linear, NO_TARGET, Steps, Tile, View, forward_steps, pull_steps, sent_in_order,
    shared_terms,
};
use crate::tape::lowered::Shape;
use crate::tape::residual::{FastMap, Operand, Whole};

/// Rows that an instruction can name.
const ROWS: usize = 1 << 16;
/// Pivots that are taken from other columns at once: as many as the kernel's blocks have rows.
const PANEL: usize = 4;
/// Terms of a product whose elements share sums, each of which is an instruction.
const SHARED: u64 = 1 << 15;
/// Fewest numbers in a row that are moved by one instruction.
pub(super) const RUN: usize = 3;

/// Where arrays lie.
struct Layout {
    places: Vec<(Space, u32)>,
    /// Rows of the pivots' numbers.
    pivots: u32,
    /// The first free row of the locals.
    free: u32,
}

impl Layout {
    /// Operands and what they become have no place yet. Results are values, or on the way back their adjoints.
    fn new(values: (Space, u32), results: (Space, u32), free: u32) -> Layout {
        let nowhere = (Space::Local, 0);
        Layout { places: vec![nowhere, nowhere, results, nowhere, nowhere, values], pivots: 0, free }
    }

    fn take(&mut self, rows: usize) -> u32 {
        let at = self.free;
        self.free += rows as u32;
        at
    }

    /// The arrays of an algorithm.
    fn add(&mut self, steps: &Steps, pivots: usize) {
        for &rows in &steps.arrays {
            let at = self.take(rows);
            self.places.push((Space::Local, at));
        }
        self.pivots = self.take(pivots);
    }
}

/// A number that is moved, or 0 that is set.
pub(super) type Move = (Option<(Space, u32)>, (Space, u32));

/// Rows that go up by the same step from one to the next.
fn step(from: u32, to: u32) -> i32 {
    to as i32 - from as i32
}

impl Packer<'_> {
    /// Is this operation, in a block of so many, more than instructions have room for?
    pub(super) fn is_too_large(whole: &Whole, operations: usize) -> bool {
        let (linear, count) = (whole.linear, whole.operands.len());
        let sides = match linear {
            Linear::Product { rows, inner, columns } => [rows, inner, columns],
            Linear::Solve { size: n, columns } => [n, columns, n],
            Linear::Inverse { size: n } | Linear::Determinant { size: n } | Linear::LogDeterminant { size: n } => {
                [n; 3]
            }
        };
        // What steps from row to row goes into 16 bits, a sign included.
        if 2 * count >= ROWS || sides.iter().any(|&side| side >= TO_OUT) {
            return true;
        }
        let terms: u64 = sides.iter().map(|&side| u64::from(side)).product();
        let shares = !linear.eliminates() && is_shared(&whole.operands);
        // Operands that are gathered, sums of their own, the algorithm's arrays, and pivots.
        let arrays = |steps: Steps| steps.arrays.iter().sum::<usize>();
        let most = arrays(forward_steps(linear, PANEL)).max(arrays(pull_steps(
            linear,
            [true, linear.operands()[1] > 0],
            PANEL,
        )));
        operations + 2 * count + most + sides[0] as usize >= ROWS || shares && 2 * terms > SHARED
    }

    /// The results of a whole operation, from this operation of a block on.
    pub(super) fn whole_forward(&mut self, shape: &Shape, placement: &Placement, at: u32, whole: &Whole) {
        let steps = forward_steps(whole.linear, PANEL);
        let values = placement.of(Operand::Slot(shape.ins + at));
        let mut layout = Layout::new(values, values, free(shape, placement));
        self.gather(placement, whole, &mut layout);
        self.steps(&steps, &mut layout, whole.linear);
    }

    /// What its results send back, those that have adjoints.
    pub(super) fn whole_back(
        &mut self,
        shape: &Shape,
        placement: &Placement,
        at: u32,
        whole: &Whole,
        has_bar: &mut [bool],
    ) {
        let first = shape.ins + at;
        let (before, results) = has_bar.split_at_mut(first as usize);
        let results = &mut results[..whole.linear.results()];
        let target = |operand: &Operand| match *operand {
            Operand::Slot(slot) => Some(placement.bar(slot)),
            Operand::Input(input) => self.sum_of_input(input),
            Operand::Constant(_) => None,
        };
        let targets: Vec<Option<(Space, u32)>> = whole.operands.iter().map(target).collect();
        if !results.contains(&true) || targets.iter().all(Option::is_none) {
            return;
        }
        let mut zeros: Vec<Move> = Vec::new();
        zeros.extend(
            (first..).zip(results).filter(|(_, has_bar)| !**has_bar).map(|(slot, _)| (None, placement.bar(slot))),
        );
        for operand in whole.operands.iter() {
            if let Operand::Slot(slot) = *operand
                && !std::mem::replace(&mut before[slot as usize], true)
            {
                zeros.push((None, placement.bar(slot)));
            }
        }
        zeros.sort_unstable_by_key(|&(_, (_, slot))| slot);
        self.moves(&zeros);
        let values = placement.of(Operand::Slot(first));
        let mut layout = Layout::new(values, placement.bar(first), free(shape, placement));
        self.gather(placement, whole, &mut layout);
        if let (Linear::Product { rows, inner, columns }, true) = (whole.linear, is_shared(&whole.operands)) {
            self.shared([rows, inner, columns], &targets, &mut layout);
            return;
        }
        if is_shared(&whole.operands) {
            // Sums of their own first.
            let count = targets.len();
            let at = layout.take(count);
            let own = |element: usize| (Space::Local, at + element as u32);
            let zeros: Vec<Move> = (0..count).map(|element| (None, own(element))).collect();
            self.moves(&zeros);
            let [first, second] = whole.linear.operands();
            layout.places[Array::TO_A.index()] = own(0);
            layout.places[Array::TO_B.index()] = own(first);
            self.steps(&pull_steps(whole.linear, [true, second > 0], PANEL), &mut layout, whole.linear);
            for element in sent_in_order(whole.linear) {
                if let Some(to) = targets[element] {
                    self.add(to, own(element));
                }
            }
            return;
        }
        let (to_a, to_b) = targets.split_at(whole.linear.operands()[0]);
        let mut has_sums = [false; 2];
        let mut back = Vec::new();
        for (side, to) in [to_a, to_b].into_iter().enumerate() {
            has_sums[side] = to.iter().any(Option::is_some);
            let all: Option<Vec<(Space, u32)>> = to.iter().copied().collect();
            let array = Array::TO_A.index() + side;
            layout.places[array] = match all.as_deref().and_then(in_a_row) {
                Some(place) => place,
                None if has_sums[side] => {
                    // Where an element has no adjoint, what is sent is lost.
                    let at = layout.take(to.len());
                    let places = || (at..).map(|row| (Space::Local, row));
                    let begin: Vec<Move> = to.iter().copied().zip(places()).collect();
                    self.moves(&begin);
                    back.extend(places().zip(to).filter_map(|(from, to)| Some((Some(from), (*to)?))));
                    (Space::Local, at)
                }
                None => continue,
            };
        }
        self.steps(&pull_steps(whole.linear, has_sums, PANEL), &mut layout, whole.linear);
        self.moves(&back);
    }

    /// Products whose elements share sums, term by term.
    fn shared(&mut self, shape: [u32; 3], targets: &[Option<(Space, u32)>], layout: &mut Layout) {
        let mut known: FastMap<(u32, u32), u32> = FastMap::default();
        let mut places = Vec::new();
        let numbers: Vec<u32> = targets
            .iter()
            .map(|target| {
                target.map_or(NO_TARGET, |(space, row)| {
                    *known.entry((space as u32, row)).or_insert_with(|| {
                        places.push((space, row));
                        places.len() as u32 - 1
                    })
                })
            })
            .collect();
        let mut tiles = Vec::new();
        shared_terms(shape, &numbers, |target, bar, array, other| tiles.push((target, bar, array, other)));
        for (target, bar, array, other) in tiles {
            layout.places[Array::TO_A.index()] = places[target as usize];
            assemble_tile(&mut self.code, &Tile::send(bar, array, other), &layout.places);
        }
        self.rows.locals = self.rows.locals.max(layout.free as usize);
    }

    /// Where the operands lie: in a row, or gathered.
    fn gather(&mut self, placement: &Placement, whole: &Whole, layout: &mut Layout) {
        let places: Vec<(Space, u32)> = whole.operands.iter().map(|&operand| placement.of(operand)).collect();
        let (a, b) = places.split_at(whole.linear.operands()[0]);
        for (side, places) in [a, b].into_iter().enumerate().filter(|(_, places)| !places.is_empty()) {
            let direct = in_a_row(places).filter(|&(space, _)| space != Space::Constant);
            layout.places[side] = direct.unwrap_or_else(|| {
                let at = layout.take(places.len());
                let moves: Vec<Move> =
                    places.iter().zip(at..).map(|(&from, row)| (Some(from), (Space::Local, row))).collect();
                self.moves(&moves);
                (Space::Local, at)
            });
        }
    }

    fn steps(&mut self, steps: &Steps, layout: &mut Layout, linear: Linear) {
        layout.add(steps, if linear.eliminates() { linear.operands()[0].isqrt() } else { 0 });
        assemble(&mut self.code, steps, &layout.places, layout.pivots);
        self.rows.locals = self.rows.locals.max(layout.free as usize);
    }

    /// Numbers that are moved one after another; those in a row by one instruction, where the kernel knows it.
    pub(super) fn moves(&mut self, moves: &[Move]) {
        let mut rest = moves;
        while let [first, others @ ..] = rest {
            let mut count = 1;
            let by = others.first().map_or([0; 2], |second| between(first, second).unwrap_or_default());
            while self.has_wholes && rest.get(count).is_some_and(|next| between(&rest[count - 1], next) == Some(by)) {
                count += 1;
            }
            let (now, later) = rest.split_at(if count < RUN { 1 } else { count });
            rest = later;
            match *first {
                (Some(from), to) if now.len() == 1 => self.copy(from, to),
                (None, to) if now.len() == 1 => self.set(to, 0.0),
                (from, to) => {
                    let formula = if from.is_some() { Formula::Copy } else { Formula::Zero };
                    let view = |outer: i32| View { array: Array::A, at: 0, outer, inner: 0 };
                    let none = view(0);
                    let tile = Tile {
                        formula,
                        begins: Begins::Nothing,
                        rows: now.len() as u32,
                        columns: 1,
                        terms: 1,
                        out: view(by[1]),
                        x: view(by[0]),
                        y: none,
                    };
                    let nothing = (Space::Local, 0);
                    assemble_piece(&mut self.code, &tile, [to, from.unwrap_or(nothing), nothing]);
                }
            }
        }
    }
}

/// The first local behind those that the block computes.
fn free(shape: &Shape, placement: &Placement) -> u32 {
    if placement.is_kept { 0 } else { shape.operations.len() as u32 }
}

/// The steps from one move to the next, if both are between the same spaces.
fn between(one: &Move, next: &Move) -> Option<[i32; 2]> {
    let is_same = one.0.map(|(space, _)| space) == next.0.map(|(space, _)| space) && one.1.0 == next.1.0;
    let from = one.0.zip(next.0).map_or(0, |((_, one), (_, next))| step(one, next));
    is_same.then(|| [from, step(one.1.1, next.1.1)])
}

/// Where places begin that follow each other.
fn in_a_row(places: &[(Space, u32)]) -> Option<(Space, u32)> {
    let &(space, first) = places.first()?;
    places.iter().zip(first..).all(|(&place, row)| place == (space, row)).then_some((space, first))
}

/// Do two elements have the same number, which is taped?
fn is_shared(operands: &[Operand]) -> bool {
    let mut taped: Vec<Operand> =
        operands.iter().copied().filter(|operand| !matches!(operand, Operand::Constant(_))).collect();
    let count = taped.len();
    taped.sort_unstable_by_key(|operand| match *operand {
        Operand::Slot(slot) => (0, slot),
        Operand::Input(input) | Operand::Constant(input) => (1, input),
    });
    taped.dedup();
    taped.len() < count
}
