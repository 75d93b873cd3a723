//! Parallel moves: the arguments of a tail call go to their registers although these may still hold sources.

use crate::machine::code::CONSTANT;

/// Moves `(to, from)` in an order that gives `first + i` the old value of `sources[i]`; `spare` is free for cycles.
pub(super) fn parallel_moves(sources: &[u32], first: u32, spare: u32) -> Vec<(u32, u32)> {
    let mut waiting: Vec<(u32, u32)> = sources
        .iter()
        .enumerate()
        .map(|(index, &from)| (first + index as u32, from))
        .filter(|&(to, from)| to != from)
        .collect();
    let mut moves = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let free =
            waiting.iter().position(|&(to, _)| !waiting.iter().any(|&(_, from)| from & CONSTANT == 0 && from == to));
        match free {
            Some(index) => moves.push(waiting.remove(index)),
            None => {
                // Every target is still a source: a cycle. One of its values steps aside.
                let from = waiting[0].1;
                moves.push((spare, from));
                for (_, source) in waiting.iter_mut().filter(|(_, source)| *source == from) {
                    *source = spare;
                }
            }
        }
    }
    moves
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(sources: &[u32], first: u32) -> Vec<u32> {
        let mut registers: Vec<u32> = (0..20).collect();
        for (to, from) in parallel_moves(sources, first, 19) {
            registers[to as usize] = registers[from as usize];
        }
        (0..sources.len()).map(|i| registers[first as usize + i]).collect()
    }

    #[test]
    fn sources_arrive_whatever_the_order() {
        for sources in [[2, 3, 4], [3, 2, 4], [3, 4, 2], [4, 4, 4], [9, 2, 2], [4, 3, 2]] {
            assert_eq!(run(&sources, 2), sources);
        }
    }
}
