//! Meet: groups at one block go on together, and what none of them needs is forgotten.
//!
//! A value is at most one of a block's ins: two of them never stand for one value of a lane. A lane's adjoints are then the
//! same sums in the same order however often its group parts and meets.

use std::ops::Range;
use std::rc::Rc;

use super::arena::{STRIDE, Span};
use super::group::{Group, Layout};
use super::part::SPARSE;
use super::runner::{Runner, Step};
use super::way::{joined, parts};
use crate::host::kernels::Vector;

impl<F: Vector> Runner<'_, F> {
    /// Two groups at one block go on together.
    pub(super) fn merge(&mut self, a: Group, b: Group) -> Group {
        let count = a.count + b.count;
        let is_dense = |group: &Group| matches!(group.layout, Layout::Dense(_));
        let (steps, entries) = (a.steps.max(b.steps), a.entries.max(b.entries));
        let goes_wide = !(is_dense(&a) && is_dense(&b)) || count * SPARSE >= self.width as u32;
        let places = |group: &Group| {
            let mut places = Vec::with_capacity(group.count as usize);
            group.layout.each(self.count, |at, lane| places.push((at as u32, lane as u16)));
            places
        };
        let (of_a, of_b) = (places(&a), places(&b));
        let (layout, size) = if goes_wide {
            let mut mask = vec![0; self.width];
            of_a.iter().chain(&of_b).for_each(|&(_, lane)| mask[lane as usize] = 1);
            let is_all = count as usize == self.count;
            (Layout::Wide((!is_all).then(|| mask.into())), self.width)
        } else {
            let dense = self.dense(of_a.iter().chain(&of_b).map(|&(_, lane)| lane).collect());
            (Layout::Dense(dense), (count as usize).next_multiple_of(STRIDE))
        };
        // Where in the new arrays the lanes of a group stand.
        let targets = |lanes: &[(u32, u16)], before: usize| -> Rc<[u32]> {
            match goes_wide {
                true => lanes.iter().map(|&(_, lane)| u32::from(lane)).collect(),
                false => (before as u32..(before + lanes.len()) as u32).collect(),
            }
        };
        let (to_a, to_b) = (targets(&of_a, 0), targets(&of_b, of_a.len()));
        let mut seen: Vec<((Span, Span), Span)> = Vec::new();
        let mut ins = Vec::new();
        let single = |group: &Group, size: usize| group.ins.iter().flat_map(|span| span.each(size)).collect::<Vec<_>>();
        let (arrays_of_a, arrays_of_b) = (single(&a, self.size(&a.layout)), single(&b, self.size(&b.layout)));
        for pair in arrays_of_a.into_iter().zip(arrays_of_b) {
            let is_both_wide = !is_dense(&a) && !is_dense(&b);
            if is_both_wide && pair.0.at == pair.1.at {
                ins.push(pair.0);
                continue;
            }
            if let Some(&(_, to)) = seen.iter().find(|(known, _)| *known == pair) {
                ins.push(to);
                continue;
            }
            let to = Span::one(self.allocate(size), pair.0.is_active || pair.1.is_active);
            for (group, from, index) in [(&a, pair.0, &to_a), (&b, pair.1, &to_b)] {
                let (low, high) = self.arena.values.split_at_mut(to.at as usize);
                let from_values = &low[from.at as usize..];
                match &group.layout {
                    Layout::Wide(mask) => {
                        let out = &mut high[..size];
                        match mask {
                            None => out.copy_from_slice(&from_values[..size]),
                            Some(mask) => {
                                for ((out, &from), &mask) in out.iter_mut().zip(from_values).zip(mask.iter()) {
                                    *out = if mask != 0 { from } else { *out };
                                }
                            }
                        }
                        let mask = mask.clone();
                        self.note(from.is_active, || Step::Blend { from, to, mask });
                    }
                    Layout::Dense(_) => {
                        index.iter().zip(from_values).for_each(|(&place, &value)| high[place as usize] = value);
                        self.note(from.is_active, || Step::Put { from, to, index: index.clone() });
                    }
                }
            }
            seen.push((pair, to));
            ins.push(to);
        }
        let key = self.meet_keys(&a, &b);
        let has_twins = a.has_twins || b.has_twins;
        // Twins that were joined to others could share a part with them only.
        let ins = if has_twins { ins } else { joined(ins, size) };
        Group { block: a.block, layout, count, ins, has_twins, steps, entries, key }
    }

    /// The parts of the arena that groups need, ascending.
    pub(super) fn live(&self) -> Vec<Range<usize>> {
        let of = |group: &Group| {
            let size = self.size(&group.layout);
            group.ins.iter().map(|&span| (span, size)).collect::<Vec<_>>()
        };
        parts(self.groups.iter().flat_map(of))
    }

    /// Moves what groups need to the start and forgets all else, the way back included.
    pub(super) fn pack(&mut self) {
        let parts = self.live();
        self.reset();
        self.in_place = 0;
        let (kept, mut fixed) = (std::mem::take(&mut self.kept), self.arena.used());
        // Ascending, so that nothing is overwritten before it has moved.
        let moved: Vec<u32> = parts
            .iter()
            .map(|part| {
                let to = self.arena.allocate(part.len());
                if part.start == to as usize {
                    // It goes on being in place if it has been since the last time, and so has all before it.
                    fixed = if part.start == fixed && part.end <= kept { part.end } else { fixed };
                } else {
                    self.arena.values.copy_within(part.clone(), to as usize);
                }
                to
            })
            .collect();
        self.kept = self.arena.used();
        self.fixed = self.fixed.min(fixed);
        for span in self.groups.iter_mut().flat_map(|group| &mut group.ins) {
            let part = parts.partition_point(|part| part.start <= span.at as usize) - 1;
            span.at = moved[part] + (span.at - parts[part].start as u32);
        }
    }
}
