//! Reverse: the adjoint of what the last pass kept, step by step backwards.

use super::arena::{Arena, STRIDE, Span};
use super::group::{Dense, Layout};
use super::plan::Run;
use super::runner::{Runner, Step};
use crate::host::kernels::{Operands, SHARED, Source, Vector, pull_all};

impl<F: Vector> Runner<'_, F> {
    /// Goes back over the trail. `seeds` are the adjoints of the program's values by lane; adjoints of arrays that later steps
    /// read are there already.
    pub(super) fn reverse(&mut self, inputs: &[Source<'_, F>], seeds: &[F]) {
        let trail = std::mem::take(&mut self.trail);
        for step in trail.iter().rev() {
            match step {
                Step::Run { block, run, layout } => self.reverse_run(*block, run, layout, inputs),
                Step::Input { input, to, dense } => self.give_back(*input, *to, dense),
                Step::Take { from, to, index, size } => {
                    let (from, to) = (from.each(*size as usize), to.each(index.len().next_multiple_of(STRIDE)));
                    from.zip(to).for_each(|(from, to)| self.reverse_take(from, to, index, *size as usize));
                }
                Step::Put { from, to, index } => self.reverse_put(*from, *to, index),
                Step::Blend { from, to, mask } => self.reverse_blend(*from, *to, mask.as_deref()),
                Step::Value { from, layout } => self.seed(from.at, layout, seeds),
                Step::Whole { input, layout } => self.seed(input * self.width as u32, layout, seeds),
            }
        }
        self.trail = trail;
        self.trail.clear();
    }

    fn seed(&mut self, at: u32, layout: &Layout, seeds: &[F]) {
        let (count, size) = (self.count, self.size(layout));
        let bar = self.arena.bar(at, size);
        match layout {
            Layout::Wide(None) => bar[..count].iter_mut().zip(seeds).for_each(|(bar, &seed)| *bar = *bar + seed),
            Layout::Wide(Some(mask)) => {
                let zero = F::round(0.0);
                for ((bar, &seed), &mask) in bar.iter_mut().zip(seeds).zip(mask.iter()) {
                    *bar = *bar + if mask != 0 { seed } else { zero };
                }
            }
            layout => layout.each(count, |at, lane| bar[at] = bar[at] + seeds[lane]),
        }
    }

    /// The packed adjoints of an input go back to where they came from.
    fn give_back(&mut self, input: u32, to: Span, dense: &Dense) {
        if self.arena.is_fresh(to.at) {
            return;
        }
        let width = self.width;
        self.arena.bar(input * width as u32, width);
        let (low, high) = self.arena.bars.split_at_mut(to.at as usize);
        let whole = &mut low[input as usize * width..][..width];
        dense.lanes.iter().zip(high).for_each(|(&lane, bar)| whole[lane as usize] = *bar);
    }

    /// The packed adjoints of an input go on from what later steps gave its lanes.
    fn take_over(&mut self, input: u32, to: u32, dense: &Dense) {
        let (width, whole_at) = (self.width, input * self.width as u32);
        let size = dense.lanes.len().next_multiple_of(STRIDE);
        let is_nothing = self.arena.is_fresh(whole_at);
        self.arena.bar(to, size);
        if !is_nothing {
            let (low, high) = self.arena.bars.split_at_mut(to as usize);
            let whole = &low[whole_at as usize..][..width];
            dense.lanes.iter().zip(high).for_each(|(&lane, bar)| *bar = whole[lane as usize]);
        }
    }

    fn reverse_take(&mut self, from: Span, to: Span, index: &[u32], size: usize) {
        if self.arena.is_fresh(to.at) {
            return;
        }
        // The lanes that left have nothing yet: sums keep their order.
        self.arena.bar(from.at, size);
        let (low, high) = self.arena.bars.split_at_mut(to.at as usize);
        let target = &mut low[from.at as usize..];
        index.iter().zip(high).for_each(|(&place, bar)| target[place as usize] = target[place as usize] + *bar);
    }

    fn reverse_put(&mut self, from: Span, to: Span, index: &[u32]) {
        if self.arena.is_fresh(to.at) {
            return;
        }
        let size = index.len().next_multiple_of(STRIDE);
        self.arena.bar(from.at, size);
        let (low, high) = self.arena.bars.split_at_mut(to.at as usize);
        let target = &mut low[from.at as usize..];
        index.iter().zip(target).for_each(|(&place, target)| *target = *target + high[place as usize]);
    }

    fn reverse_blend(&mut self, from: Span, to: Span, mask: Option<&[u32]>) {
        if self.arena.is_fresh(to.at) {
            return;
        }
        let width = self.width;
        self.arena.bar(from.at, width);
        let (low, high) = self.arena.bars.split_at_mut(to.at as usize);
        let target = &mut low[from.at as usize..][..width];
        let zero = F::round(0.0);
        for (at, (target, &bar)) in target.iter_mut().zip(&*high).enumerate() {
            let is_mine = mask.is_none_or(|mask| mask[at] != 0);
            *target = *target + if is_mine { bar } else { zero };
        }
    }

    fn reverse_run(&mut self, block: u32, run: &Run<F>, layout: &Layout, inputs: &[Source<'_, F>]) {
        let program = self.program;
        let constants = &program.constants[program.blocks[block as usize].constants as usize..];
        if let Layout::Dense(dense) = layout {
            for (input, at) in run.packed(&self.anchors).collect::<Vec<_>>() {
                // Packed adjoints of inputs go on from what later steps gave their lanes, if they have not yet.
                if self.wanted[input as usize] && self.arena.is_fresh(at) {
                    self.take_over(input, at, dense);
                }
            }
        }
        let Arena { values, bars, fresh, shared, .. } = &mut self.arena;
        self.anchors[(run.first + SHARED) as usize] = *shared as u32;
        let operands = Operands { inputs, constants, anchors: run.anchors(&self.anchors), size: run.size as usize };
        let backs = &run.plan.backs;
        let mut done = 0;
        for whole in run.plan.wholes.iter().rev() {
            pull_all(&backs[done..whole.back], &operands, values, bars, fresh);
            Self::pull_whole(run, whole, &operands, values, bars, fresh, &mut self.bench);
            done = whole.back;
        }
        pull_all(&backs[done..], &operands, values, bars, fresh);
    }
}
