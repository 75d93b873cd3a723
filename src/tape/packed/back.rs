//! Ways back: from what the next block left, or from the program's value, through a block's operations to its frame.

use super::{FIRST, Kind, NOWHERE, Packer, Space, TO_OUT};
use crate::op::Adjoint;
use crate::tape::lowered::{Link, Piece};
use crate::tape::residual::Operand;

/// What a block's ways back have in common.
pub(super) struct WayBack {
    pub shape: u32,
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
        let pulls = self.pulls(way_back.shape, handed);
        let at = self.here();
        self.plain(Kind::Return, [way_back.operations, way_back.constants, 0]);
        let mut is_set = vec![false; handed.len()];
        let mut moves = Vec::new();
        let outs = link.filter(|link| !self.is_left[link.block as usize]).map_or(&[][..], |link| &link.outs[..]);
        for (index, out) in outs.iter().enumerate() {
            let Operand::Slot(slot) = *out else { continue };
            let (from, to) = ((Space::Later, index as u32), (Space::Bar, slot));
            let Ok(place) = handed.binary_search(&slot) else { unreachable!("what a link hands on is handed on") };
            if std::mem::replace(&mut is_set[place], true) {
                self.moves(&std::mem::take(&mut moves));
                self.add(to, from);
            } else {
                moves.push((Some(from), to));
            }
        }
        let unset = handed.iter().zip(is_set).filter(|(_, is_set)| !is_set);
        moves.extend(unset.map(|(&slot, _)| (None, (Space::Bar, slot))));
        self.moves(&moves);
        self.plain(Kind::Jump, [pulls, 0, 0]);
        at
    }

    /// The way back from the program's value.
    pub(super) fn back_from_value(&mut self, way_back: &WayBack, value: Operand, ins: u32) -> u32 {
        let handed = if let Operand::Slot(slot) = value { vec![slot] } else { Vec::new() };
        let pulls = self.pulls(way_back.shape, &handed);
        let at = self.here();
        self.plain(Kind::Return, [way_back.operations, way_back.constants, 0]);
        match value {
            Operand::Slot(slot) => self.set((Space::Bar, slot), 1.0),
            Operand::Input(input) if self.targets[input as usize] != NOWHERE => {
                let row = self.targets[input as usize] & !TO_OUT;
                // No value of the block has an adjoint yet: the first one's place is free.
                self.set((Space::Bar, 0), 1.0);
                self.add((Space::Out, row), (Space::Bar, 0));
            }
            _ => {}
        }
        debug_assert!(ins as usize <= self.rows.frame);
        self.plain(Kind::Jump, [pulls, 0, 0]);
        at
    }

    /// The way back through a shape's operations, where the slots of `handed` have adjoints.
    fn pulls(&mut self, shape_id: u32, handed: &[u32]) -> u32 {
        if let Some(&at) = self.pulls.get(&(shape_id, handed.to_vec())) {
            return at;
        }
        let at = self.here();
        let program = self.program;
        let shape = &program.shapes[shape_id as usize];
        let ins = shape.ins;
        let mut has_bar = vec![false; ins as usize + shape.operations.len()];
        handed.iter().for_each(|&slot| has_bar[slot as usize] = true);
        for piece in shape.pieces().into_iter().rev() {
            let (index, operation) = match piece {
                Piece::Single(index, operation) => (index, operation),
                Piece::Whole(at, whole) => {
                    self.whole_back(shape, at, whole, &mut has_bar);
                    continue;
                }
            };
            let bar = ins + index;
            if !has_bar[bar as usize] || operation.op.row().adjoint != Adjoint::Rule {
                continue;
            }
            let is_unary = operation.op.row().arity == 1;
            let [(a, x), (b, y)] = Self::operands(ins, operation);
            let mut head = Self::head(Kind::Pull, operation.op as u32, a, b, Space::Bar);
            let mut target = |operand: Operand, first: u32| match operand {
                Operand::Slot(slot) => {
                    if !std::mem::replace(&mut has_bar[slot as usize], true) {
                        head |= first;
                    }
                    slot
                }
                Operand::Input(input) => self.targets[input as usize],
                Operand::Constant(_) => NOWHERE,
            };
            let to_a = target(operation.a, FIRST[0]);
            let to_b = if is_unary { NOWHERE } else { target(operation.b, FIRST[1]) };
            if to_a == NOWHERE && to_b == NOWHERE {
                continue;
            }
            self.code.push([head, x | y << 16, index | bar << 16, to_a | to_b << 16]);
        }
        let sent = |slot: u32| has_bar[slot as usize].then_some((Space::Bar, slot));
        let moves: Vec<_> = (0..ins).map(|slot| (sent(slot), (Space::Frame, slot))).collect();
        self.moves(&moves);
        self.plain(Kind::Pop, [0; 3]);
        self.pulls.insert((shape_id, handed.to_vec()), at);
        at
    }
}
