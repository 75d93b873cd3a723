//! The longest way through a program, which says how much memory a lane needs at most.

use super::place::{Placement, links};
use crate::tape::lowered::Lowered;

/// The longest way through a program without loops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Longest {
    pub blocks: u64,
    pub handed_on: u64,
}

/// The longest way from the entry; `None` if a way leads back.
pub fn longest(program: &Lowered<f32>) -> Option<Longest> {
    longest_in(program, None)
}

/// The same where blocks share frames; what stays in them counts too.
pub(super) fn longest_in(program: &Lowered<f32>, placements: Option<&[Placement]>) -> Option<Longest> {
    let mut order: Vec<usize> = (0..program.blocks.len()).collect();
    order.sort_by_key(|&block| program.blocks[block].rank);
    let mut best = vec![Longest::default(); order.len()];
    let mut most = Longest::default();
    for block in order {
        let content = &program.blocks[block];
        let is_kept = placements.is_some_and(|placements| placements[block].is_kept);
        let kept = if is_kept { program.shapes[content.shape as usize].operations.len() } else { 0 };
        let Longest { blocks, handed_on } = best[block];
        let here = Longest { blocks: blocks + 1, handed_on: handed_on + kept as u64 };
        most = most.max(&here);
        for link in links(&content.exit) {
            if program.blocks[link.block as usize].rank <= content.rank {
                return None;
            }
            let goes_on = placements.is_some_and(|placements| placements[link.block as usize].goes_on);
            let handed_on = if goes_on { 0 } else { link.outs.len() };
            let after = Longest { handed_on: here.handed_on + handed_on as u64, ..here };
            best[link.block as usize] = best[link.block as usize].max(&after);
        }
    }
    Some(most)
}

impl Longest {
    /// The greater of each number.
    pub fn max(&self, other: &Longest) -> Longest {
        Longest { blocks: self.blocks.max(other.blocks), handed_on: self.handed_on.max(other.handed_on) }
    }
}
