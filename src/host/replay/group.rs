//! Groups: lanes of a block that stand at the same place, and how their numbers lie.

use std::rc::Rc;

use super::arena::Span;

/// How a group's lanes lie in its arrays.
#[derive(Clone, Debug)]
pub enum Layout {
    /// Lane i of the block is number i; those whose mask is 0 belong to other groups, their numbers mean nothing. `None`: all.
    Wide(Option<Rc<[u32]>>),
    /// Number i is this lane of the block; all belong to the group.
    Dense(Rc<Dense>),
}

/// Lanes packed together.
#[derive(Debug)]
pub struct Dense {
    /// Lanes of the block.
    pub lanes: Vec<u16>,
    /// Tells it from other layouts of the same pass.
    pub id: u32,
}

/// Lanes that go on together.
#[derive(Clone, Debug)]
pub struct Group {
    /// The block that is next.
    pub block: u32,
    pub layout: Layout,
    /// Lanes that belong to it.
    pub count: u32,
    /// The ins of the block, in order.
    pub ins: Vec<Span>,
    /// Are two of them the same? (No two of them share a part only.)
    pub has_twins: bool,
    /// Applications so far, of the lane that had most.
    pub steps: u64,
    /// Entries of the raw tape so far, of the lane that had most.
    pub entries: u64,
    /// What its lanes' keys still lack.
    pub key: u64,
}

impl Layout {
    /// Calls `each` with (number, lane) of every lane of the group; `wide` is the width of the block.
    pub fn each(&self, wide: usize, mut each: impl FnMut(usize, usize)) {
        match self {
            Layout::Wide(None) => (0..wide).for_each(|lane| each(lane, lane)),
            Layout::Wide(Some(mask)) => {
                mask.iter().enumerate().filter(|(_, mask)| **mask != 0).for_each(|(lane, _)| each(lane, lane));
            }
            Layout::Dense(dense) => dense.lanes.iter().enumerate().for_each(|(at, &lane)| each(at, lane as usize)),
        }
    }
}

impl Group {
    /// All lanes of a block where the program starts.
    pub fn at_entry(count: usize) -> Group {
        let layout = Layout::Wide(None);
        Group { block: 0, layout, count: count as u32, ins: Vec::new(), has_twins: false, steps: 0, entries: 0, key: 0 }
    }
}
