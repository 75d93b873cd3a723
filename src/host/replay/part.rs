//! Part: a guard sends lanes of one group different ways.

use std::rc::Rc;

use super::Stray;
use super::arena::{STRIDE, Span};
use super::forward::{LOOKED_UP, Reader};
use super::group::{Dense, Group, Layout};
use super::plan::Run;
use super::runner::{Runner, Step};
use crate::host::kernels::{Source, Vector};
use crate::op::Op;
use crate::tape::{Link, Lookup, Outcome, REFUSED};

/// A group packs its lanes together when it has fewer than one in so many of the width it runs at.
pub(super) const SPARSE: u32 = 4;

/// Lanes that go one way: an outcome of theirs, the lookup if that is the way, the lanes as (number, lane), and their rows in it.
type Part = (Outcome, Option<usize>, Vec<(u32, u16)>, Vec<u32>);

impl<F: Vector> Runner<'_, F> {
    /// Sends every lane the way that its guard says.
    pub(super) fn decide(
        &mut self,
        group: Group,
        run: &Run<F>,
        sides: &[(Outcome, Link)],
        lookups: &[Lookup<F>],
        inputs: &[Source<'_, F>],
    ) {
        let program = self.program;
        let block = &program.blocks[group.block as usize];
        let Some(guard) = program.shapes[block.shape as usize].guard else {
            unreachable!("a block with sides has a guard");
        };
        let size = self.size(&group.layout);
        self.outcomes.resize(size, 0);
        self.fits.resize(size, 0);
        let constants = &program.constants[block.constants as usize..];
        let (low, anchors) = (&self.arena.values, &self.anchors);
        let read = Reader { low, run, anchors, inputs, gathered: &self.gathered, layout: &group.layout, constants };
        let (a, b) = (read.source(guard.a), read.source(guard.b));
        let is_exact = guard.op == Op::Exact;
        if is_exact {
            Vector::exact(a, &mut self.outcomes[..size], &mut self.fits[..size]);
        } else {
            F::decide(guard.op, a, b, &mut self.outcomes[..size]);
        }
        let (outcomes, fits) = (&self.outcomes[..size], &self.fits[..size]);
        let of = |at: usize| match outcomes[at] {
            _ if is_exact && fits[at] == 0 => REFUSED,
            2 if !is_exact => REFUSED,
            outcome => Outcome::from(outcome),
        };
        let side = |outcome: Outcome| {
            sides.binary_search_by_key(&outcome, |&(outcome, _)| outcome).ok().map(|index| &sides[index].1)
        };
        // Nearly always all lanes agree.
        let start = match &group.layout {
            Layout::Wide(Some(mask)) => mask.iter().position(|&mask| mask != 0).unwrap_or(0),
            _ => 0,
        };
        let (same, fit) = (outcomes[start], !is_exact || fits[start] != 0);
        let agree = match &group.layout {
            _ if is_exact && !fit => false,
            Layout::Wide(Some(mask)) if is_exact && fits.iter().zip(mask.iter()).any(|(fit, mask)| fit < mask) => false,
            Layout::Wide(None) | Layout::Dense(_) if is_exact && fits[..group.count as usize].contains(&0) => false,
            Layout::Wide(Some(mask)) => {
                outcomes
                    .iter()
                    .zip(mask.iter())
                    .fold(0, |differ, (&outcome, &mask)| differ | ((outcome ^ same) & mask.wrapping_neg()))
                    == 0
            }
            _ => outcomes[..group.count as usize].iter().fold(0, |differ, &outcome| differ | (outcome ^ same)) == 0,
        };
        if agree && let Some(link) = side(of(start)) {
            let key = self.turned(group.key, link.block);
            let group = self.on_the_way(Group { key, ..group }, run, link);
            self.groups.push(group);
            return;
        }
        if let (Layout::Wide(mask), false) = (&group.layout, is_exact)
            && outcomes.iter().all(|&outcome| outcome < 2)
        {
            let all: Rc<[u32]> = match mask {
                Some(mask) => mask.clone(),
                None => (0..self.width).map(|lane| u32::from(lane < self.count)).collect(),
            };
            let taken =
                |side: u32| all.iter().zip(outcomes).map(|(&mask, &outcome)| mask & (outcome ^ side ^ 1)).collect();
            let masks: [Rc<[u32]>; 2] = [taken(0), taken(1)];
            for (outcome, mask) in masks.into_iter().enumerate() {
                let count = mask.iter().sum::<u32>();
                match sides.binary_search_by_key(&(outcome as Outcome), |&(outcome, _)| outcome) {
                    Ok(side) if count * SPARSE >= self.width as u32 => {
                        let (link, layout) = (&sides[side].1, Layout::Wide(Some(mask)));
                        let key = self.turned(group.key, link.block);
                        let part = Group { layout, count, key, ins: Vec::new(), ..group };
                        let part = self.on_the_way(part, run, link);
                        self.groups.push(part);
                    }
                    side => {
                        let lanes = (0..self.width as u32).filter(|&lane| mask[lane as usize] != 0);
                        let lanes: Vec<(u32, u16)> = lanes.map(|lane| (lane, lane as u16)).collect();
                        self.go(&group, run, side.ok().map(|side| &sides[side].1), outcome as Outcome, &lanes);
                    }
                }
            }
            return;
        }
        // By distinct way: its lanes as (number, lane), and their rows where constants are looked up.
        let mut parts: Vec<Part> = Vec::new();
        group.layout.each(self.count, |at, lane| {
            let outcome = of(at);
            let row = |lookup: &Lookup<F>| lookup.outcomes.binary_search(&outcome).ok();
            let found = lookups.iter().enumerate().find_map(|(index, lookup)| Some((index, row(lookup)?)));
            let lookup = found.map(|(index, _)| index);
            let is_same = |(known, other, ..): &Part| {
                if lookup.is_some() { *other == lookup } else { other.is_none() && *known == outcome }
            };
            let part = match parts.iter().position(is_same) {
                Some(part) => part,
                None => {
                    parts.push((outcome, lookup, Vec::new(), Vec::new()));
                    parts.len() - 1
                }
            };
            parts[part].2.push((at as u32, lane as u16));
            parts[part].3.extend(found.map(|(_, row)| row as u32));
        });
        for (outcome, lookup, lanes, rows) in parts {
            match lookup.map(|lookup| &lookups[lookup]) {
                None => self.go(&group, run, side(outcome), outcome, &lanes),
                Some(lookup) => self.look_up(&group, run, lookup, &lanes, &rows),
            }
        }
    }

    /// Some lanes of a group go on together, each with its own constants.
    fn look_up(&mut self, group: &Group, run: &Run<F>, lookup: &Lookup<F>, lanes: &[(u32, u16)], rows: &[u32]) {
        self.part(group, run, &lookup.link, lanes);
        let Some(mut part) = self.groups.pop() else { unreachable!("the part was made just now") };
        let size = self.size(&part.layout);
        self.each_once(&mut part.ins, |runner, array| {
            if array.at < LOOKED_UP {
                return array;
            }
            let to = Span::one(runner.allocate(size), false);
            let out = &mut runner.arena.values[to.at as usize..to.at as usize + size];
            let column = (array.at - LOOKED_UP) as usize;
            for (index, (&(_, lane), &row)) in lanes.iter().zip(rows).enumerate() {
                let place = if let Layout::Wide(_) = part.layout { lane as usize } else { index };
                out[place] = lookup.constants[row as usize * lookup.columns as usize + column];
            }
            to
        });
        self.groups.push(part);
    }

    /// Some lanes of a group, as (number, lane), go the way of an outcome, if it is known.
    fn go(&mut self, group: &Group, run: &Run<F>, link: Option<&Link>, outcome: Outcome, lanes: &[(u32, u16)]) {
        match link {
            None => {
                let block = group.block;
                self.strays.extend(lanes.iter().map(|&(_, lane)| Stray { lane, block, outcome }));
            }
            Some(_) if lanes.is_empty() => {}
            Some(link) => self.part(group, run, link, lanes),
        }
    }

    /// Some lanes of a group go on by themselves.
    fn part(&mut self, group: &Group, run: &Run<F>, link: &Link, lanes: &[(u32, u16)]) {
        let key = self.turned(group.key, link.block);
        let mut part =
            self.on_the_way(Group { key, ins: Vec::new(), layout: group.layout.clone(), ..*group }, run, link);
        let count = lanes.len() as u32;
        let stays_wide = matches!(group.layout, Layout::Wide(_)) && count * SPARSE >= self.width as u32;
        let layout = if count == group.count {
            group.layout.clone()
        } else if stays_wide {
            let mut mask = vec![0; self.width];
            lanes.iter().for_each(|&(_, lane)| mask[lane as usize] = 1);
            Layout::Wide(Some(mask.into()))
        } else {
            let index: Rc<[u32]> = lanes.iter().map(|&(at, _)| at).collect();
            let dense = self.dense(lanes.iter().map(|&(_, lane)| lane).collect());
            let size = lanes.len().next_multiple_of(STRIDE);
            let from_size = self.size(&group.layout);
            self.each_once(&mut part.ins, |runner, from| {
                if from.at >= LOOKED_UP {
                    return from;
                }
                let to = Span { at: runner.allocate(from.arrays as usize * size), ..from };
                let (low, high) = runner.arena.values.split_at_mut(to.at as usize);
                let last = index.last().copied().unwrap_or(0);
                let arrays = low[from.numbers(from_size)].chunks_exact(from_size);
                for (from, out) in arrays.zip(high.chunks_exact_mut(size)) {
                    let places = index.iter().copied().chain(std::iter::repeat(last));
                    out.iter_mut().zip(places).for_each(|(out, place)| *out = from[place as usize]);
                }
                runner.note(from.is_active, || Step::Take { from, to, index: index.clone(), size: from_size as u32 });
                to
            });
            Layout::Dense(dense)
        };
        self.groups.push(Group { layout, count, ..part });
    }

    pub(super) fn dense(&mut self, lanes: Vec<u16>) -> Rc<Dense> {
        self.next_layout += 1;
        Rc::new(Dense { lanes, id: self.next_layout })
    }

    pub(super) fn note(&mut self, is_active: bool, step: impl FnOnce() -> Step<F>) {
        if self.keeps && is_active {
            self.trail.push(step());
        }
    }

    /// Replaces every span, the same one by the same one.
    fn each_once(&mut self, spans: &mut [Span], mut replace: impl FnMut(&mut Self, Span) -> Span) {
        let mut seen: Vec<(Span, Span)> = Vec::new();
        for span in spans {
            let known = seen.iter().find(|(from, _)| from == span).map(|&(_, to)| to);
            let to = known.unwrap_or_else(|| {
                let to = replace(self, *span);
                seen.push((*span, to));
                to
            });
            *span = to;
        }
    }
}
