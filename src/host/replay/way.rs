//! Ways: what a block hands on, as few spans as can be.
//!
//! Which of a block's arrays lie in a row is the same wherever they start, so it is found out once for a plan and a link. Of
//! what a block gets no two spans share a part only: they are one and the same, or have nothing in common. An array that is
//! handed on twice is still one array.

use std::rc::Rc;

use super::arena::Span;
use super::forward::LOOKED_UP;
use super::group::Group;
use super::plan::Run;
use super::runner::Runner;
use crate::host::kernels::{BASE, INS, Spot, Vector};
use crate::tape::{Link, Operand};

/// What goes over a link.
#[derive(Debug)]
pub struct Way {
    pieces: Vec<Piece>,
    /// Is something handed on twice?
    repeats: bool,
}

/// Arrays in a row.
#[derive(Clone, Copy, Debug)]
struct Piece {
    from: Origin,
    arrays: u32,
    is_active: bool,
}

/// Where a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Origin {
    Here(Spot),
    /// This column of what is looked up.
    Column(u32),
}

impl<F: Vector> Runner<'_, F> {
    /// A group on a link's way.
    pub(super) fn on_the_way(&mut self, group: Group, run: &Run<F>, link: &Link) -> Group {
        let way = self.way(run, link);
        let anchors = run.anchors(&self.anchors);
        let span = |piece: &Piece| {
            let at = match piece.from {
                Origin::Here(spot) => anchors[spot.anchor as usize] + spot.array * run.size,
                Origin::Column(column) => LOOKED_UP + column,
            };
            Span { at, arrays: piece.arrays, is_active: piece.is_active }
        };
        let mut ins: Vec<Span> = way.pieces.iter().map(span).collect();
        let mut has_twins = false;
        if way.repeats || group.has_twins {
            ins = settled(ins, run.size);
            has_twins = repeats(ins.iter().map(|span| span.at));
        }
        Group { block: link.block, ins, has_twins, ..group }
    }

    fn way(&mut self, run: &Run<F>, link: &Link) -> Rc<Way> {
        let key = (run.plan.id, link.outs.as_ptr() as usize);
        if let Some(way) = self.ways.get(&key) {
            return way.clone();
        }
        let piece = |operand: &Operand| {
            let (from, is_active) = match *operand {
                Operand::Slot(slot) => {
                    let (spot, is_active) = run.plan.spot(slot);
                    (Origin::Here(spot), is_active)
                }
                Operand::Constant(column) => (Origin::Column(column), false),
                Operand::Input(_) => unreachable!("what goes from block to block was computed"),
            };
            Piece { from, arrays: 1, is_active }
        };
        let single: Vec<Piece> = link.outs.iter().map(piece).collect();
        let repeats = repeats(single.iter().map(|piece| piece.from));
        let mut pieces: Vec<Piece> = Vec::new();
        for piece in single {
            match pieces.last_mut() {
                Some(last) if last.goes_on_with(&piece) => last.arrays += 1,
                _ => pieces.push(piece),
            }
        }
        let way = Rc::new(Way { pieces, repeats });
        self.ways.insert(key, way.clone());
        way
    }
}

impl Piece {
    fn goes_on_with(&self, next: &Piece) -> bool {
        let (Origin::Here(last), Origin::Here(spot)) = (self.from, next.from) else { return false };
        let is_next = spot.anchor == last.anchor && spot.array == last.array + self.arrays;
        // Beside the block's own arrays only what came in goes on.
        is_next && self.is_active == next.is_active && (spot.anchor == BASE || spot.anchor >= INS)
    }
}

fn repeats<T: Eq + std::hash::Hash>(items: impl Iterator<Item = T>) -> bool {
    let mut seen = rustc_hash::FxHashSet::default();
    !items.into_iter().all(|item| seen.insert(item))
}

/// Spans cut so that no two of them share a part only.
fn settled(spans: Vec<Span>, size: u32) -> Vec<Span> {
    let end = |span: &Span| span.at + span.arrays * size;
    let is_here = |span: &&Span| span.at < LOOKED_UP;
    let mut cuts: Vec<u32> = spans.iter().filter(is_here).flat_map(|span| [span.at, end(span)]).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut settled = Vec::with_capacity(spans.len());
    for span in spans {
        if !is_here(&&span) {
            settled.push(span);
            continue;
        }
        let mut at = span.at;
        let first = cuts.partition_point(|&cut| cut <= at);
        for &cut in cuts[first..].iter().take_while(|&&cut| cut <= end(&span)) {
            settled.push(Span { at, arrays: (cut - at) / size, ..span });
            at = cut;
        }
    }
    settled
}

/// The parts of the arena that spans with these sizes lie in, ascending. Parts that only touch stay apart, so that there are as
/// many of them after what lies between has been forgotten.
pub(super) fn parts(spans: impl Iterator<Item = (Span, usize)>) -> Vec<std::ops::Range<usize>> {
    let mut parts: Vec<std::ops::Range<usize>> = spans.map(|(span, size)| span.numbers(size)).collect();
    parts.sort_unstable_by_key(|part| (part.start, part.end));
    parts.dedup_by(|next, last| {
        let overlaps = next.start < last.end;
        if overlaps {
            last.end = last.end.max(next.end);
        }
        overlaps
    });
    parts
}

/// Single arrays as few spans as can be.
pub(super) fn joined(arrays: Vec<Span>, size: usize) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::new();
    for array in arrays {
        match joined.last_mut() {
            Some(last) if last.numbers(size).end == array.at as usize && last.is_active == array.is_active => {
                last.arrays += 1;
            }
            _ => joined.push(array),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(at: u32, arrays: u32) -> Span {
        Span { at, arrays, is_active: true }
    }

    #[test]
    fn spans_that_share_a_part_are_cut() {
        let settled = settled(vec![span(0, 4), span(32, 4), span(200, 1), span(LOOKED_UP + 3, 1)], 16);
        assert_eq!(settled, [span(0, 2), span(32, 2), span(32, 2), span(64, 2), span(200, 1), span(LOOKED_UP + 3, 1)]);
    }

    #[test]
    fn parts_that_touch_stay_apart() {
        let spans = [(span(64, 2), 16), (span(0, 4), 16), (span(96, 1), 16), (span(16, 4), 16)];
        assert_eq!(parts(spans.into_iter()), [0..96, 96..112]);
    }

    #[test]
    fn arrays_in_a_row_are_one_span() {
        assert_eq!(joined(vec![span(0, 1), span(16, 1), span(48, 1)], 16), [span(0, 2), span(48, 1)]);
    }
}
