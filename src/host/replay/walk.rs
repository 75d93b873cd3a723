//! Walk: which way each lane of a block went, as a number to sort lanes by, and what it cost that they went different ways.
//!
//! A lane's key is the sum of what each way it took at a guard adds. A group keeps the sum of the ways its lanes took together, so that
//! a guard at which all agree costs one addition; it is added to each lane's own where groups meet and where they end.

use super::group::Group;
use super::runner::Runner;
use crate::host::kernels::Vector;

/// Of a key, the bits that tell ways apart which add nearly the same.
const HASHED: u32 = 24;
/// What the way to the block of rank 0 adds, as a power of 2; an early way adds more than a late one, and a loop adds its way each time.
const FIRST_WAY: u32 = 48;
/// An operation costs as much as on so many numbers more than it has, and of a group that is not the whole block on so many: with that
/// go packing, gathering and meeting. (Measured: programs of 2, 16 and 64 leaves in f32.)
const WHOLE: u64 = 24;
const PARTED: u64 = 1000;
/// To begin and to end a block costs as much as so many operations.
const ENDS: u64 = 4;

/// Operations times numbers, as time goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// What blocks cost.
    pub spent: u64,
    /// What they would cost if each lane only ever ran beside lanes that go its way, with no block half empty.
    pub needed: u64,
}

/// What one block's lanes did.
#[derive(Debug, Default)]
pub struct Walk {
    /// By lane; empty as long as no lanes parted.
    keys: Vec<u64>,
    /// The key of all lanes where none parted.
    key: u64,
    effort: Effort,
}

/// What the lanes of one block did, from the `first` on.
#[derive(Debug)]
pub struct Walked {
    /// Index in the call.
    pub first: usize,
    /// By lane; empty where all have `key`.
    pub keys: Vec<u64>,
    pub key: u64,
    pub effort: Effort,
}

impl Effort {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Effort) -> Effort {
        Effort { spent: self.spent + other.spent, needed: self.needed + other.needed }
    }

    /// What parting cost, in parts of what is needed.
    pub fn waste_ratio(self) -> f64 {
        self.spent.saturating_sub(self.needed) as f64 / self.needed.max(1) as f64
    }
}

impl<F: Vector> Runner<'_, F> {
    /// What the lanes of the last forward pass did, once.
    pub(super) fn walked(&mut self, first: usize) -> Walked {
        let Walk { keys, key, effort } = std::mem::take(&mut self.walk);
        Walked { first, keys, key, effort }
    }

    /// What the last forward pass cost.
    pub fn effort(&self) -> Effort {
        self.walk.effort
    }

    /// A key after the way to a block.
    pub(super) fn turned(&self, key: u64, block: u32) -> u64 {
        let rank = u64::from(self.program.blocks[block as usize].rank);
        let hash = block.wrapping_add(1).wrapping_mul(0x9e37_79b9) >> (u32::BITS - HASHED);
        key.wrapping_add((1 << FIRST_WAY) / (rank + 1)).wrapping_add(u64::from(hash))
    }

    /// Adds a group's key to each of its lanes' own.
    fn settle(&mut self, group: &Group) {
        self.walk.keys.resize(self.count, 0);
        let keys = &mut self.walk.keys;
        group.layout.each(self.count, |_, lane| keys[lane] = keys[lane].wrapping_add(group.key));
    }

    /// Two groups meet: the key of both.
    pub(super) fn meet_keys(&mut self, a: &Group, b: &Group) -> u64 {
        if a.key == b.key {
            return a.key;
        }
        self.settle(a);
        self.settle(b);
        0
    }

    /// A group's lanes have ended.
    pub(super) fn end_keys(&mut self, group: &Group) {
        if self.walk.keys.is_empty() && group.count as usize == self.count {
            self.walk.key = group.key;
        } else {
            self.settle(group);
        }
    }

    /// A group runs its block.
    pub(super) fn count_work(&mut self, group: &Group) {
        let block = &self.program.blocks[group.block as usize];
        let operations = self.program.shapes[block.shape as usize].operations.len() as u64 + ENDS;
        let needed = u64::from(group.count) * operations;
        let overhead = if group.count as usize == self.count { WHOLE } else { PARTED };
        self.walk.effort.spent += (self.size(&group.layout) as u64 + overhead) * operations;
        self.walk.effort.needed += needed + needed * WHOLE / super::WIDTH as u64;
    }
}
