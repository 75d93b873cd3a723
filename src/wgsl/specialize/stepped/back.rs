//! Plans: the way back through a form.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::code::{Cells, Move, place};
use super::items::{Item, Row};
use super::plan::{Draft, Gathered, Planner, in_a_row, read, slots};
use super::{PANEL, Plan, SHARED, SOLVE, done, sides};
use crate::op::linear::{
    Array, Begins, Formula, Linear, NO_TARGET, Tile, pull_steps, sending_steps, sent_in_order, shared_terms,
};
use crate::op::{Adjoint, Op};
use crate::tape::packed::{Each, Place, assemble_tile};
use crate::tape::{Operand, Whole};
use crate::wgsl::specialize::forms::{End, Form};

/// Slots that have adjoints.
type Bars = BTreeSet<u32>;

impl Planner<'_> {
    /// Completes a plan; `None` where a product's elements share sums that have too many terms.
    pub(super) fn back(
        &mut self,
        draft: &Draft<'_>,
        groups: &[Vec<Item<'_>>],
        recovered: &[(u32, u32)],
        plan: &mut Plan,
    ) -> Option<()> {
        let form = draft.form;
        let begun = self.code.here();
        self.pop(form, recovered);
        let mut bars = self.handed(form);
        plan.pop = self.code.end(begun);
        plan.bars = vec![Bars::new(); plan.segments.len()];
        for index in (0..plan.segments.len()).rev() {
            plan.bars[index] = bars.clone();
            if let (true, Some(Operand::Slot(value))) = (index == groups.len(), done(form)) {
                bars.insert(value);
            }
            self.segment_back(draft, plan.segments[index].own.clone(), &mut bars);
            let begun = self.code.here();
            match index.checked_sub(1) {
                Some(before) => {
                    for item in groups[before].iter().rev() {
                        match item {
                            Item::Single(_) => {}
                            Item::Row(row) => self.row_back(draft, row, &mut bars),
                            Item::Whole(first, whole) => self.whole_back(draft, *first, whole, &mut bars)?,
                        }
                    }
                    plan.lists[before].back = self.code.end(begun);
                }
                None => {
                    // What was sent nothing has the adjoint 0.
                    let unset = (0..form.shape.ins).filter(|slot| !bars.contains(slot));
                    let zeros: Vec<Move> = unset.map(|slot| (None, self.layout.bars + slot)).collect();
                    self.code.moves(zeros);
                    plan.leave = self.code.end(begun);
                }
            }
        }
        Some(())
    }

    /// Takes the adjoints of what was handed on, where the next form has left them.
    fn handed(&mut self, form: &Form) -> Bars {
        let End::Go(outs) = &form.end else { return Bars::new() };
        let mut handed: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (out, number) in outs.iter().zip(0..) {
            if let Operand::Slot(slot) = *out {
                handed.entry(slot).or_default().push(number);
            }
        }
        let bars = handed.keys().copied().collect();
        handed.retain(|slot, numbers| *numbers != [*slot]);
        let at = self.layout.bars;
        let is_single = handed.values().all(|numbers| numbers.len() == 1);
        if is_single {
            let moved: Vec<(u32, u32)> = handed.iter().map(|(slot, numbers)| (numbers[0], *slot)).collect();
            self.exchange(&moved, at);
            return bars;
        }
        // All of them first, for a sum may take the place of another's term.
        let all: Vec<u32> = handed.values().flatten().copied().collect();
        let mut scratch = super::code::Scratch(self.layout.scratch);
        let between = scratch.take(all.len());
        self.code.words = self.code.words.max(scratch.0);
        self.code.moves(all.iter().zip(between..).map(|(number, cell)| (Some(at + number), cell)));
        let mut cell = between;
        let (mut firsts, mut others) = (Vec::new(), Vec::new());
        for (slot, numbers) in &handed {
            firsts.push((Some(cell), at + slot));
            others.extend((1..numbers.len() as u32).map(|index| (at + slot, cell + index)));
            cell += numbers.len() as u32;
        }
        self.code.moves(firsts);
        others.into_iter().for_each(|(sum, sent)| self.code.add(sum, sent));
        bars
    }

    /// What has adjoints behind the way back of the operations that make these slots, which is text.
    fn segment_back(&self, draft: &Draft<'_>, own: std::ops::Range<u32>, bars: &mut Bars) {
        for slot in own.rev() {
            let operation = &draft.form.shape.operations[(slot - draft.form.shape.ins) as usize];
            if !bars.remove(&slot) || operation.op.row().adjoint != Adjoint::Rule {
                continue;
            }
            for operand in read(operation) {
                if let (Operand::Slot(slot), true) = (operand, self.is_wanted(draft, operand)) {
                    bars.insert(slot);
                }
            }
        }
    }

    /// Gives the adjoint 0 to slots that have none.
    fn clear(&mut self, slots: impl Iterator<Item = u32>, bars: &Bars) {
        let zeros: Vec<Move> =
            slots.filter(|slot| !bars.contains(slot)).map(|slot| (None, self.layout.bars + slot)).collect();
        self.code.moves(zeros);
    }

    fn row_back(&mut self, draft: &Draft<'_>, row: &Row, bars: &mut Bars) {
        let Row { op, first, count, operands } = *row;
        let own = first..first + count as u32;
        if !own.clone().any(|slot| bars.contains(&slot)) {
            return;
        }
        self.clear(own.clone(), bars);
        own.for_each(|slot| {
            bars.remove(&slot);
        });
        let formulas = match op {
            Op::Add => [Formula::Sum as u32; 2],
            Op::Sub => [Formula::Sum as u32, Each::Less as u32],
            _ => [Each::Send as u32; 2],
        };
        let [a, b] = operands;
        for ((target, other), formula) in [(a, b), (b, a)].into_iter().zip(formulas) {
            let wanted: Vec<Operand> =
                target.operands(count).filter(|&operand| self.is_wanted(draft, operand)).collect();
            let Some(at) = wanted.first().and_then(|_| self.layout.bar(self.source, target.first)) else { continue };
            let is_new = slots(target.operands(count)).all(|slot| !bars.contains(&slot))
                && matches!(target.first, Operand::Slot(_));
            if !is_new {
                self.clear(slots(target.operands(count)), bars);
            }
            bars.extend(slots(wanted));
            let begins = if is_new { Begins::Zero } else { Begins::Kept };
            let all = [(at, target.step), (self.layout.bars + first, 1), (self.layout.cell(other.first), other.step)];
            let (cells, sizes) = if target.step == 0 {
                // One sum, the last first.
                let end = |(at, step): (u32, i32)| at.wrapping_add_signed(step * (count - 1) as i32);
                (all.map(|line| Cells { at: end(line), row: 0, term: -line.1 }), [1, count])
            } else {
                (all.map(|(at, row)| Cells { at, row, term: 0 }), [count, 1])
            };
            self.code.each(formula, begins, cells, sizes);
        }
    }

    fn whole_back(&mut self, draft: &Draft<'_>, first: u32, whole: &Whole, bars: &mut Bars) -> Option<()> {
        let (linear, layout) = (whole.linear, self.layout);
        let results = first..first + linear.results() as u32;
        let has_bars = results.clone().any(|slot| bars.contains(&slot));
        let sides = sides(whole);
        let has_sums = sides.map(|side| side.iter().any(|&operand| self.is_wanted(draft, operand)));
        if !has_bars || has_sums == [false; 2] {
            results.for_each(|slot| {
                bars.remove(&slot);
            });
            return Some(());
        }
        self.clear(results.clone(), bars);
        results.for_each(|slot| {
            bars.remove(&slot);
        });
        let Gathered { cells: [a, b], moves, mut scratch } = self.gathered(whole);
        self.code.moves(moves);
        let mut cells = [a, b, layout.bars + first, 0, 0, layout.values + first];
        let wanted: Vec<Operand> =
            whole.operands.iter().copied().filter(|&operand| self.is_wanted(draft, operand)).collect();
        let is_shared = wanted.iter().collect::<HashSet<_>>().len() < wanted.len();
        if let (Linear::Product { rows, inner, columns }, true) = (linear, is_shared) {
            let targets: Bars = slots(wanted).collect();
            self.clear(targets.iter().copied(), bars);
            bars.extend(targets);
            return self.shared(draft, [rows, inner, columns], &whole.operands, &cells);
        }
        // Where an element has no adjoint, what is sent is lost.
        let mut behind: Vec<Move> = Vec::new();
        let mut own: [Option<u32>; 2] = [None; 2];
        for (number, side) in sides.into_iter().enumerate().filter(|(number, _)| has_sums[*number]) {
            let array = Array::TO_A.index() + number;
            let is_all = side.iter().all(|&operand| self.is_wanted(draft, operand));
            if let (Some(slot), true, false) = (in_a_row(side), is_all, is_shared) {
                self.clear(slots(side.iter().copied()), bars);
                bars.extend(slots(side.iter().copied()));
                cells[array] = layout.bars + slot;
                continue;
            }
            let at = scratch.take(side.len());
            cells[array] = at;
            own[number] = Some(at);
            let mut begin: Vec<Move> = Vec::new();
            for (&operand, cell) in side.iter().zip(at..) {
                let bar = self.bar(draft, operand);
                let is_set = !matches!(operand, Operand::Slot(slot) if !bars.contains(&slot));
                begin.push((bar.filter(|_| is_set && !is_shared), cell));
                behind.extend(bar.filter(|_| !is_shared).map(|bar| (Some(cell), bar)));
            }
            self.code.moves(begin);
        }
        let steps = if self.fixed.has(linear) && !matches!(linear, Linear::Inverse { .. }) {
            let (inverse, pivots) = (scratch.take(whole.operands.len()), scratch.take(2 * linear.pivots()));
            self.code.at_once(SOLVE, a, inverse, pivots);
            cells[Array::A.index()] = inverse;
            sending_steps(linear)
        } else {
            pull_steps(linear, has_sums, PANEL)
        };
        self.code.steps(&steps, linear, &cells, scratch);
        self.code.moves(behind);
        if is_shared {
            let count = sides[0].len();
            for element in sent_in_order(linear) {
                let operand = whole.operands[element];
                let (at, index) = if element < count { (own[0], element) } else { (own[1], element - count) };
                let bar = self.bar(draft, operand);
                let (Some(at), Some(bar)) = (at, bar) else { continue };
                let cell = at + index as u32;
                match operand {
                    Operand::Slot(slot) if bars.insert(slot) => self.code.moves([(Some(cell), bar)]),
                    _ => self.code.add(bar, cell),
                }
            }
        }
        bars.extend(slots(wanted));
        Some(())
    }

    /// What a product sends where elements share sums, term by term.
    fn shared(&mut self, draft: &Draft<'_>, shape: [u32; 3], operands: &[Operand], cells: &[u32]) -> Option<()> {
        if 2 * shape.iter().product::<u32>() > SHARED {
            return None;
        }
        let targets: Vec<u32> = operands.iter().map(|&operand| self.bar(draft, operand).unwrap_or(NO_TARGET)).collect();
        let mut places: Vec<Place> = cells.iter().map(|&at| place(at)).collect();
        let rows = &mut self.code.rows;
        shared_terms(shape, &targets, |target, bar, array, other| {
            places[Array::TO_A.index()] = place(target);
            assemble_tile(rows, &Tile::send(bar, array, other), &places);
        });
        Some(())
    }

    /// Where the adjoint of an operand is, if it is wanted.
    fn bar(&self, draft: &Draft<'_>, operand: Operand) -> Option<u32> {
        match operand {
            _ if !self.is_wanted(draft, operand) => None,
            _ => self.layout.bar(self.source, operand),
        }
    }
}
