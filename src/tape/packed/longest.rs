//! The longest way through a program, which says how much memory a lane needs at most.

use crate::tape::lowered::{Exit, Link, Lowered};

/// The longest way through a program without loops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Longest {
    pub blocks: u64,
    pub handed_on: u64,
}

/// The longest way from the entry; `None` if a way leads back.
pub fn longest(program: &Lowered<f32>) -> Option<Longest> {
    let mut order: Vec<usize> = (0..program.blocks.len()).collect();
    order.sort_by_key(|&block| program.blocks[block].rank);
    let mut best = vec![Longest::default(); order.len()];
    let mut most = Longest::default();
    for block in order {
        let content = &program.blocks[block];
        let here = Longest { blocks: best[block].blocks + 1, ..best[block] };
        most = most.max(&here);
        let links: Vec<&Link> = match &content.exit {
            Exit::Next(link) => vec![link],
            Exit::Guard(sides, lookups) => {
                sides.iter().map(|(_, link)| link).chain(lookups.iter().map(|lookup| &lookup.link)).collect()
            }
            _ => Vec::new(),
        };
        for link in links {
            if program.blocks[link.block as usize].rank <= content.rank {
                return None;
            }
            let after = Longest { handed_on: here.handed_on + link.outs.len() as u64, ..here };
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
