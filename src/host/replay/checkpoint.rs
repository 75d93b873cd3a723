//! Checkpoints: a block's run is cut where the arena is full, and stretches are run again on the way back.
//!
//! The first stretch keeps what the way back needs, in the hope that it is the only one. A run that is longer keeps the
//! live values at each cut instead; where those would be more than the memory allows, every second one is dropped, and what
//! lies between is cut anew when the way back comes there. A stretch that is run again does the same as before, so that
//! no cut changes an answer.

use std::ops::Range;

use super::arena::STRIDE;
use super::group::Group;
use super::runner::Runner;
use crate::host::kernels::{Source, Vector};

/// What groups hold after so many steps.
#[derive(Debug)]
pub struct Snapshot<F> {
    step: u64,
    values: Vec<F>,
    groups: Vec<Group>,
    next_layout: u32,
}

/// Adjoints of what lives at a cut, part by part, and by stride whether there is nothing.
type Boundary<F> = Vec<(Vec<F>, Vec<bool>)>;

/// The strides of a part of the arena.
fn strides(part: &Range<usize>) -> Range<usize> {
    part.start / STRIDE..part.end / STRIDE
}

impl<F: Vector> Runner<'_, F> {
    /// Runs `count` lanes from the entry to their ends. Inputs are `width` numbers long; values lie in `values`.
    pub fn forward(&mut self, inputs: &[Source<'_, F>], count: usize, width: usize) {
        self.begin(count, width);
        self.snapshots.clear();
        self.stride = 1;
        self.done_steps = 0;
        self.keeps = self.gradient;
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
        let mut boundary = Boundary::new();
        while let Some(snapshot) = self.snapshots.pop() {
            self.restore(&snapshot);
            let starts = self.live();
            let floor = self.snapshots.len() + 1;
            self.snapshots.push(snapshot);
            self.keeps = true;
            self.stride = 1;
            self.advance(inputs, end, floor);
            if !self.keeps {
                // The stretch was too long for one go; it is cut now.
                continue;
            }
            self.arena.clear_bars(reserved, self.shared * self.width);
            for (part, (bars, fresh)) in self.live().into_iter().zip(&boundary) {
                self.arena.fresh[strides(&part)].copy_from_slice(fresh);
                self.arena.bars[part].copy_from_slice(bars);
            }
            self.reverse(inputs, seeds);
            let found = |part: Range<usize>| {
                (self.arena.bars[part.clone()].to_vec(), self.arena.fresh[strides(&part)].to_vec())
            };
            boundary = starts.into_iter().map(found).collect();
            end = self.snapshots.pop().map_or(0, |snapshot| snapshot.step);
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
        Snapshot { step: 0, values: Vec::new(), groups: vec![Group::at_entry(self.count)], next_layout: 0 }
    }

    fn snapshot(&mut self) {
        let reserved = self.program.inputs * self.width;
        let snapshot = Snapshot {
            step: self.done_steps,
            values: self.arena.values[reserved.min(self.arena.used())..self.arena.used()].to_vec(),
            groups: self.groups.clone(),
            next_layout: self.next_layout,
        };
        self.snapshots.push(snapshot);
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
            let mut index = 0;
            self.snapshots.retain(|_| {
                index += 1;
                index <= floor || (index - floor).is_multiple_of(2)
            });
            self.stride *= 2;
        }
    }

    fn restore(&mut self, snapshot: &Snapshot<F>) {
        self.reset();
        let at = self.arena.allocate(snapshot.values.len()) as usize;
        self.arena.values[at..at + snapshot.values.len()].copy_from_slice(&snapshot.values);
        self.groups.clone_from(&snapshot.groups);
        self.next_layout = snapshot.next_layout;
        self.done_steps = snapshot.step;
    }
}
