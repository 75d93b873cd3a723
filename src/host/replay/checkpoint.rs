//! Checkpoints: a block's run is cut where the arena is full, and stretches are run again on the way back.
//!
//! The first stretch keeps what the way back needs, in the hope that it is the only one. A run that is longer keeps the
//! live values at each cut instead; where those would be more than the memory allows, every second one is dropped, and what
//! lies between is cut anew when the way back comes there. A stretch that is run again does the same as before, so that
//! no cut changes an answer.
//!
//! Arrays are written once, and a cut moves what lives to the arena's start. What a loop carries along unchanged comes to lie there
//! for good: a snapshot leaves out what is in place since the one before it, and so do restoring it and handing adjoints over.

use std::ops::Range;

use super::arena::STRIDE;
use super::group::Group;
use super::runner::Runner;
use crate::host::kernels::{Source, Vector};

/// What groups hold after so many steps.
#[derive(Debug)]
pub struct Snapshot<F> {
    step: u64,
    /// Numbers at the arena's start that are in place since the snapshot before.
    fixed: usize,
    /// Those behind them.
    values: Vec<F>,
    groups: Vec<Group>,
    next_layout: u32,
}

/// Adjoints of what lives at a cut.
#[derive(Default)]
struct Boundary<F> {
    /// Numbers at the arena's start whose adjoints are in place.
    fixed: usize,
    /// Those of what lies behind, one behind the other, and by stride whether there is nothing.
    bars: Vec<F>,
    fresh: Vec<bool>,
}

/// What of these parts lies behind the arena's start that is in place. A part may reach over its end: what were two parts before a
/// cut that was not kept is one where they came to touch and groups met. From both sides of a cut they are the same numbers in
/// the same order.
fn behind(parts: Vec<Range<usize>>, fixed: usize) -> impl Iterator<Item = Range<usize>> {
    parts.into_iter().filter(move |part| part.end > fixed).map(move |part| part.start.max(fixed)..part.end)
}

/// The strides of a part of the arena.
fn strides(part: &Range<usize>) -> Range<usize> {
    part.start / STRIDE..part.end / STRIDE
}

impl<F: Vector> Runner<'_, F> {
    /// Runs `count` lanes from the entry to their ends. Inputs are `width` numbers long; values lie in `values`.
    pub fn forward(&mut self, inputs: &[Source<'_, F>], count: usize, width: usize) {
        self.begin(count, width);
        self.spare.extend(self.snapshots.drain(..).map(|snapshot| snapshot.values));
        self.stride = 1;
        self.done_steps = 0;
        self.keeps = self.gradient;
        (self.kept, self.fixed) = (0, self.arena.used());
        self.advance(inputs, u64::MAX, 1);
    }

    /// From the end of [`Runner::forward`] back to the inputs: afterwards `input_bar` has the adjoints.
    pub fn backward(&mut self, inputs: &[Source<'_, F>], seeds: &[F]) {
        let reserved = self.program.inputs * self.width;
        self.arena.clear_bars(0, self.shared * self.width);
        if self.keeps {
            self.reverse(inputs, seeds);
            return;
        }
        let ended =
            (std::mem::take(&mut self.others), std::mem::take(&mut self.strays), std::mem::take(&mut self.leavers));
        let values = std::mem::take(&mut self.values);
        self.values.resize(values.len(), F::round(0.0));
        let mut end = self.done_steps;
        let mut boundary = Boundary { fixed: reserved, bars: Vec::new(), fresh: Vec::new() };
        self.in_place = 0;
        while let Some(snapshot) = self.snapshots.last() {
            let fixed = snapshot.fixed;
            self.restore();
            let starts = self.live();
            let floor = self.snapshots.len();
            self.keeps = true;
            self.stride = 1;
            self.advance(inputs, end, floor);
            if !self.keeps {
                // The stretch was too long for one go; it is cut now.
                continue;
            }
            self.arena.clear_bars(boundary.fixed, self.shared * self.width);
            let mut done = 0;
            for part in behind(self.live(), boundary.fixed) {
                let saved = done..done + part.len();
                self.arena.fresh[strides(&part)].copy_from_slice(&boundary.fresh[strides(&saved)]);
                self.arena.bars[part].copy_from_slice(&boundary.bars[saved.clone()]);
                done = saved.end;
            }
            debug_assert_eq!(done, boundary.bars.len(), "what lives at a cut is the same from both sides");
            self.reverse(inputs, seeds);
            boundary.fixed = fixed;
            boundary.bars.clear();
            boundary.fresh.clear();
            for part in behind(starts, fixed) {
                boundary.fresh.extend_from_slice(&self.arena.fresh[strides(&part)]);
                boundary.bars.extend_from_slice(&self.arena.bars[part]);
            }
            if let Some(Snapshot { step, values, .. }) = self.snapshots.pop() {
                end = step;
                self.spare.push(values);
            }
        }
        (self.others, self.strays, self.leavers) = ended;
        self.values = values;
    }

    /// The adjoints of an input, by lane.
    pub fn input_bar(&mut self, input: usize) -> &[F] {
        let (at, width) = ((input * self.width) as u32, self.width);
        self.arena.bar(at, width)
    }

    /// Runs to step `end` or until no group is left. Snapshots from number `floor` on may be dropped.
    fn advance(&mut self, inputs: &[Source<'_, F>], end: u64, floor: usize) {
        let mut cuts = 0;
        while self.done_steps < end && !self.groups.is_empty() {
            if self.filled > self.limits.capacity {
                if self.gradient && self.snapshots.is_empty() {
                    self.snapshots.push(self.start());
                }
                self.measure();
                self.keeps = false;
                self.pack();
                cuts += 1;
                if self.gradient && cuts % self.stride == 0 {
                    self.snapshot();
                    self.thin(floor);
                }
            }
            self.step(inputs);
            self.done_steps += 1;
        }
        self.measure();
    }

    fn measure(&mut self) {
        let in_use = self.arena.used() * if self.gradient { 2 } else { 1 };
        let kept: usize = self.snapshots.iter().map(|snapshot| snapshot.values.len()).sum();
        self.peak = self.peak.max((in_use + kept) * size_of::<F>() / self.count.max(1));
    }

    /// The first snapshot: all lanes at the entry.
    fn start(&self) -> Snapshot<F> {
        let fixed = self.program.inputs * self.width;
        Snapshot { step: 0, fixed, values: Vec::new(), groups: vec![Group::at_entry(self.count)], next_layout: 0 }
    }

    fn snapshot(&mut self) {
        let used = self.arena.used();
        let mut values = self.spare.pop().unwrap_or_default();
        values.clear();
        values.extend_from_slice(&self.arena.values[self.fixed..used]);
        let snapshot = Snapshot {
            step: self.done_steps,
            fixed: self.fixed,
            values,
            groups: self.groups.clone(),
            next_layout: self.next_layout,
        };
        self.snapshots.push(snapshot);
        self.fixed = used;
    }

    /// Drops every second snapshot where they are too many.
    fn thin(&mut self, floor: usize) {
        let bytes = |snapshots: &[Snapshot<F>]| {
            snapshots.iter().map(|snapshot| snapshot.values.len()).sum::<usize>() * size_of::<F>()
        };
        // Half of what the earlier ones leave: a stretch between two of these is cut anew later, in the other half.
        let (below, above) = self.snapshots.split_at(floor.min(self.snapshots.len()));
        let left = (self.limits.memory * self.count).saturating_sub(bytes(below));
        let is_many = bytes(above) > left / 2;
        if is_many && self.snapshots.len() > floor + 1 {
            let above = self.snapshots.split_off(floor);
            let mut dropped: Option<Snapshot<F>> = None;
            for (index, mut snapshot) in above.into_iter().enumerate() {
                if index.is_multiple_of(2) {
                    dropped = Some(snapshot);
                } else if let Some(before) = dropped.take() {
                    self.spare.push(snapshot.take_over(before));
                    self.snapshots.push(snapshot);
                }
            }
            if let Some(last) = dropped {
                self.fixed = self.fixed.min(last.fixed);
                self.spare.push(last.values);
            }
            self.stride *= 2;
        }
    }

    /// Brings back the last snapshot.
    fn restore(&mut self) {
        self.reset();
        let Runner { snapshots, arena, .. } = self;
        let Some(last) = snapshots.last() else { return };
        arena.truncate(0);
        arena.allocate(last.fixed + last.values.len());
        // What is not in place stands in the last snapshot that had moved it.
        let mut end = arena.used();
        for Snapshot { fixed, values, .. } in snapshots.iter().rev() {
            if end <= self.in_place {
                break;
            }
            if end > *fixed {
                let first = (*fixed).max(self.in_place);
                arena.values[first..end].copy_from_slice(&values[first - fixed..end - fixed]);
                end = *fixed;
            }
        }
        self.in_place = last.fixed;
        (self.kept, self.fixed) = (arena.used(), arena.used());
        self.groups.clone_from(&last.groups);
        self.next_layout = last.next_layout;
        self.done_steps = last.step;
    }
}

impl<F: Vector> Snapshot<F> {
    /// The snapshot before it is dropped. Gives memory that is not needed any more.
    fn take_over(&mut self, before: Snapshot<F>) -> Vec<F> {
        let mut values = before.values;
        if self.fixed > before.fixed {
            values.truncate(self.fixed - before.fixed);
            values.append(&mut self.values);
            self.fixed = before.fixed;
            std::mem::swap(&mut self.values, &mut values);
        }
        values
    }
}
