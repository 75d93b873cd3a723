//! Ways back: from what the next block left, or from the program's value, through a block's operations to its frame.

use super::place::Placement;
use super::row::Part;
use super::{FIRST, Kind, NOWHERE, Packer, Space, TO_OUT, head, operands};
use crate::op::Adjoint;
use crate::tape::lowered::Link;
use crate::tape::residual::{Operand, Operation};

/// What a block's ways back have in common.
pub(super) struct WayBack {
    /// One that has them.
    pub block: usize,
    pub operations: u32,
    pub constants: u32,
}

impl Packer<'_> {
    /// The slots that any of these links hands on.
    pub(super) fn handed(&self, links: &[&Link]) -> Vec<u32> {
        let links = links.iter().filter(|link| !self.is_left[link.block as usize]);
        let slots = links.flat_map(|link| link.outs.iter()).filter_map(|out| match out {
            Operand::Slot(slot) => Some(*slot),
            _ => None,
        });
        let mut slots: Vec<u32> = slots.collect();
        slots.sort_unstable();
        slots.dedup();
        slots
    }

    /// The way back from a link, behind which every slot of `handed` has an adjoint.
    pub(super) fn back(&mut self, way_back: &WayBack, handed: &[u32], link: Option<&Link>) -> u32 {
        let pulls = self.pulls(way_back.block, handed);
        let at = self.here();
        self.plain(Kind::Return, [way_back.operations, way_back.constants, 0]);
        let mut is_set = vec![false; handed.len()];
        let mut moves = Vec::new();
        let placement = &self.placements[way_back.block];
        let outs = link.filter(|link| !self.is_left[link.block as usize]).map_or(&[][..], |link| &link.outs[..]);
        let goes_on = link.is_some_and(|link| self.placements[link.block as usize].goes_on);
        for (index, out) in outs.iter().enumerate() {
            let Operand::Slot(slot) = *out else { continue };
            let (from, to) = ((Space::Later, index as u32), placement.bar(slot));
            let Ok(place) = handed.binary_search(&slot) else { unreachable!("what a link hands on is handed on") };
            if std::mem::replace(&mut is_set[place], true) {
                self.moves(&std::mem::take(&mut moves));
                self.add(to, from);
            } else if !goes_on {
                moves.push((Some(from), to));
            }
        }
        let unset = handed.iter().zip(is_set).filter(|(_, is_set)| !is_set);
        moves.extend(unset.map(|(&slot, _)| (None, placement.bar(slot))));
        self.moves(&moves);
        self.plain(Kind::Jump, [pulls, 0, 0]);
        at
    }

    /// The way back from the program's value.
    pub(super) fn back_from_value(&mut self, way_back: &WayBack, value: Operand) -> u32 {
        let handed = if let Operand::Slot(slot) = value { vec![slot] } else { Vec::new() };
        let pulls = self.pulls(way_back.block, &handed);
        let at = self.here();
        self.plain(Kind::Return, [way_back.operations, way_back.constants, 0]);
        match value {
            Operand::Slot(slot) => self.set(self.placements[way_back.block].bar(slot), 1.0),
            Operand::Input(input) if self.targets[input as usize] != NOWHERE => {
                let row = self.targets[input as usize] & !TO_OUT;
                // No value has an adjoint yet: the first one's place is free.
                self.set((Space::Bar, 0), 1.0);
                self.add((Space::Out, row), (Space::Bar, 0));
            }
            _ => {}
        }
        self.plain(Kind::Jump, [pulls, 0, 0]);
        at
    }

    /// The way back through a block's operations, where the slots of `handed` have adjoints.
    fn pulls(&mut self, block: usize, handed: &[u32]) -> u32 {
        let key = (self.sites[block], handed.to_vec());
        if let Some(&at) = self.pulls.get(&key) {
            return at;
        }
        let at = self.here();
        let (shape, placement) = (self.shape(block), &self.placements[block]);
        let ins = shape.ins;
        let mut has_bar = vec![false; ins as usize + shape.operations.len()];
        handed.iter().for_each(|&slot| has_bar[slot as usize] = true);
        let single = &shape.operations;
        for part in self.parts(shape, placement, |_| true).into_iter().rev() {
            let piece = match part {
                Part::Row(row) => row,
                Part::Whole(at, whole) => {
                    self.whole_back(shape, placement, at, whole, &mut has_bar);
                    continue;
                }
            };
            // As long as the adjoints go, as one.
            let mut end = piece.end;
            while end > piece.start {
                let is_there = has_bar[ins as usize + end - 1];
                let same = |&index: &usize| has_bar[ins as usize + index] == is_there;
                let start = (piece.start..end).rev().take_while(same).last().unwrap_or(end - 1);
                let is_sent = is_there
                    && end - start > 1
                    && self.row_back(&single[start..end], ins + start as u32, placement, &mut has_bar);
                if is_there && !is_sent {
                    (start..end).rev().for_each(|index| self.one_back(&single[index], index, placement, &mut has_bar));
                }
                end = start;
            }
        }
        let sent = |slot: u32| has_bar[slot as usize].then(|| placement.bar(slot));
        let moves: Vec<_> = if placement.goes_on {
            // The block before finds them where they are.
            (0..ins).filter(|&slot| sent(slot).is_none()).map(|slot| (None, placement.bar(slot))).collect()
        } else {
            (0..ins).map(|slot| (sent(slot), (Space::Frame, slot))).collect()
        };
        self.moves(&moves);
        self.plain(Kind::Pop, [0; 3]);
        self.pulls.insert(key, at);
        at
    }

    /// What the adjoint of an operation's value sends back.
    fn one_back(&mut self, operation: &Operation, index: usize, placement: &Placement, has_bar: &mut [bool]) {
        if operation.op.row().adjoint != Adjoint::Rule {
            return;
        }
        let slot = placement.ins + index as u32;
        let is_unary = operation.op.row().arity == 1;
        let [(a, x), (b, y)] = operands(placement, operation);
        let ((space, value), (_, bar)) = (placement.of(Operand::Slot(slot)), placement.bar(slot));
        let mut head = head(Kind::Pull, operation.op as u32, a, b, space);
        let mut target = |operand: Operand, first: u32| match operand {
            Operand::Slot(slot) => {
                if !std::mem::replace(&mut has_bar[slot as usize], true) {
                    head |= first;
                }
                placement.row(slot)
            }
            Operand::Input(input) => self.targets[input as usize],
            Operand::Constant(_) => NOWHERE,
        };
        let to_a = target(operation.a, FIRST[0]);
        let to_b = if is_unary { NOWHERE } else { target(operation.b, FIRST[1]) };
        if to_a != NOWHERE || to_b != NOWHERE {
            self.code.push([head, x | y << 16, value | bar << 16, to_a | to_b << 16]);
        }
    }
}
