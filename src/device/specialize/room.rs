//! The memory of a specialised kernel's lanes: how much stack, how many snapshots, and so how many lanes run at once.

use crate::device::replay::Setting;
use crate::device::{Context, Limits};
use crate::wgsl::specialize::{GROUP, Pace, SNAPSHOT_STATES, Source, Specialization};

/// Fewest snapshots that there is room for where a run may be cut: more than stretches of stretches are ever nested.
const SNAPSHOTS: usize = 24;
/// Blocks that there is room for before any lane of a program with loops has been seen.
const FIRST_RUNS: usize = 32;
/// Lanes that run first then.
const FIRST_LANES: usize = 1 << 12;

/// Rows that a lane's stack may have: as many as its memory holds, and so few that one invocation with as many snapshots fits a binding.
pub(super) fn most_rows(context: &Context, setting: &Setting) -> usize {
    (setting.limits.memory / 4).min(context.limits().binding_bytes as usize / 64)
}

/// Rows that every invocation has in the memory, a cell each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Room {
    pub states: usize,
    pub snapshots: usize,
    kept: usize,
    pub stack: usize,
    /// Is it so little that some lanes should show first what they need?
    is_guess: bool,
}

impl Room {
    /// The room for a program; `runs` is the most blocks that a lane of it was seen to run, and `most` how many rows its stack may have.
    pub fn of(specialization: &Specialization, runs: usize, most: usize) -> Room {
        let source = &specialization.source;
        if source.pace() == Pace::Unrolled {
            return Room::default();
        }
        let states = source.states();
        if !source.gradient() {
            return Room { states, ..Room::default() };
        }
        let frame = source.most_ins();
        // Before a block begins, there must be room for the largest one.
        let largest = specialization.largest;
        if let (Some(rows), false) = (specialization.rows, source.is_cut()) {
            return Room { states, stack: rows + largest, ..Room::default() };
        }
        let rows = specialization.rows.unwrap_or_else(|| runs.max(FIRST_RUNS) * largest) + largest;
        let snapshot = frame + SNAPSHOT_STATES;
        // As much for snapshots as for the stack, which a cut run fills again and again.
        let stack = rows.min(most / 2).max(2 * largest);
        let snapshots = SNAPSHOTS.max(stack / snapshot);
        let is_guess = specialization.rows.is_none() && runs == 0;
        Room { states, stack, snapshots, kept: snapshots * snapshot, is_guess }
    }

    /// All rows.
    pub fn rows(&self) -> usize {
        self.states + self.kept + self.stack
    }

    /// The row of a tile where the stack starts.
    pub fn stack_start(&self) -> usize {
        self.kept
    }

    /// Rows of a tile.
    pub fn tile(&self) -> usize {
        self.kept + self.stack
    }

    /// Cells that so many invocations have, with those that the last tile has for nobody.
    pub fn cells(&self, width: usize) -> usize {
        self.states * width + self.tile() * width.next_multiple_of(across(width))
    }

    /// Lanes that run at once.
    pub fn lanes(&self, source: &Source, limits: &Limits) -> usize {
        let rows = self.rows().max(source.rows()).max(source.columns());
        let fit = limits.binding_bytes as usize / (4 * rows.max(1));
        let wanted = if self.is_guess { FIRST_LANES } else { usize::MAX };
        let width = (fit.min(wanted) / source.lanes()).max(1);
        // Whole tiles, so that there is room for the last one.
        (width - width % across(width)) * source.lanes()
    }
}

/// Invocations of a tile where there are so many in all.
pub(super) fn across(width: usize) -> usize {
    GROUP.min(width)
}
