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
    pub frame: Vec<Operand>,
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
pub(super) type Way<'s> = (Outcome, u32, &'s [Operand], Option<&'s [Operand]>);
