//! Drafts: blocks in the making.

use crate::tape::residual::{Operand, Operation, Outcome, SectionId, Whole};

/// A section, or a stretch of a long one, or one that stands for sections with other constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Unit {
    pub section: SectionId,
    pub first: u32,
    /// Are its constants values of the frame, behind the others?
    pub is_looked_up: bool,
}

impl Unit {
    pub fn whole(section: SectionId) -> Unit {
        Unit { section, first: 0, is_looked_up: false }
    }

    pub fn looked_up(section: SectionId) -> Unit {
        Unit { is_looked_up: true, ..Unit::whole(section) }
    }
}

/// What a section's frame slots are in a block: the first ones are the same there. A long section has many stretches, each with all
/// slots before it.
#[derive(Debug, Default)]
pub(super) struct Frame {
    same: u32,
    others: Vec<Operand>,
}

impl Frame {
    /// So many slots that are the same.
    pub fn same(count: u32) -> Frame {
        Frame { same: count, others: Vec::new() }
    }

    /// Slots that are these.
    pub fn of(others: Vec<Operand>) -> Frame {
        Frame { same: 0, others }
    }

    pub fn push(&mut self, operand: Operand) {
        self.others.push(operand);
    }

    pub fn last(&self) -> Option<Operand> {
        self.others.last().copied()
    }

    pub fn len(&self) -> u32 {
        self.same + self.others.len() as u32
    }

    /// What a slot of it is.
    pub fn slot(&self, slot: u32) -> Operand {
        match slot.checked_sub(self.same) {
            Some(other) => self.others[other as usize],
            None => Operand::Slot(slot),
        }
    }

    /// What an operand of the section is.
    pub fn place(&self, operand: Operand) -> Operand {
        if let Operand::Slot(slot) = operand { self.slot(slot) } else { operand }
    }

    /// What the slot of a following frame is, whose places are these holes, or which follows this one.
    pub fn through(&self, slot: u32, holes: Option<&[Operand]>) -> Operand {
        match holes {
            Some(holes) => self.place(holes[slot as usize]),
            None if slot < self.len() => self.slot(slot),
            // Beyond the frame lie the constants that are looked up.
            None => Operand::Constant(slot - self.len()),
        }
    }
}

/// What is needed of a block: slots from before, ascending, and which of its operations.
pub(super) struct Needed {
    pub ins: Vec<u32>,
    pub own: Vec<bool>,
}

impl Needed {
    /// By operation: its number among those needed, behind what comes from before.
    pub fn numbers(&self) -> Vec<u32> {
        let mut next = self.ins.len() as u32;
        let number = |&is_needed: &bool| {
            next += u32::from(is_needed);
            next - u32::from(is_needed)
        };
        self.own.iter().map(number).collect()
    }
}

/// A block in the making: operations with slots of its own numbering, before anything is dropped.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub operations: Vec<Operation>,
    /// Whole operations, and by which operation their results begin.
    pub wholes: Vec<(u32, Whole)>,
    pub guard: Option<Operation>,
    /// Frame slots that come from before; the operations' values are numbered after them.
    pub base: u32,
    /// The last section: what its frame slots are in this block.
    pub frame: Frame,
    pub steps: u32,
    pub entries: u32,
    pub objects: u32,
    pub constants: u32,
    /// Where the block goes on within its last section, if that is longer.
    pub rest: Option<u32>,
    /// The section it ends in.
    pub last: Option<SectionId>,
}

/// A way on from a draft: what decides for it, the draft it leads to, the frame that is left, and which of its places the target's
/// holes are, if it is an anchor's.
pub(super) type Way<'s> = (Outcome, u32, &'s Frame, Option<&'s [Operand]>);
