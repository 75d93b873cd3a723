//! Whole operations over a block of lanes: elements are gathered, worked on side by side, and put back.

use super::plan::{Plan, Run};
use super::runner::Runner;
use crate::host::kernels::{GRAIN, Grain, Operands, Place, Spot, Vector};
use crate::op::linear::{Linear, NO_TARGET, Scratch};
use crate::tape::{FastMap, Whole};

/// A whole operation made ready to run.
pub struct Ready {
    linear: Linear,
    operands: Vec<Place>,
    /// By operand: where its adjoint is gathered, if it is wanted.
    targets: Vec<Option<Spot>>,
}

/// What one call leaves to the next.
#[derive(Debug)]
pub struct Bench<F> {
    operands: Vec<Grain<F>>,
    results: Vec<Grain<F>>,
    sums: Vec<Grain<F>>,
    /// By operand: which sum.
    targets: Vec<u32>,
    /// By sum: where it is.
    places: Vec<usize>,
    numbers: FastMap<usize, u32>,
    scratch: Scratch<F, GRAIN>,
}

impl<F> Default for Bench<F> {
    fn default() -> Self {
        Bench {
            operands: Vec::new(),
            results: Vec::new(),
            sums: Vec::new(),
            targets: Vec::new(),
            places: Vec::new(),
            numbers: FastMap::default(),
            scratch: Scratch::default(),
        }
    }
}

impl<F: Vector> Plan<F> {
    /// The plan of a block that is a whole operation: an array for each result, all active if an operand is.
    pub(super) fn take_whole(&mut self, whole: &Whole, wanted: &[bool]) {
        let is_active = |operand: &_| self.is_active(*operand, wanted);
        let targets: Vec<Option<Spot>> =
            whole.operands.iter().map(|operand| is_active(operand).then(|| self.target(*operand))).collect();
        let is_any = targets.iter().any(Option::is_some);
        let operands = whole.operands.iter().map(|&operand| self.place(operand)).collect();
        self.arrays = whole.linear.results() as u32;
        self.values.extend((0..self.arrays).map(|result| (result, is_any)));
        self.whole = Some(Ready { linear: whole.linear, operands, targets });
    }
}

impl<F: Vector> Runner<'_, F> {
    /// The results of a block's whole operation, if it is one.
    pub(super) fn forward_whole(run: &Run<F>, operands: &Operands<'_, F>, values: &mut [F], bench: &mut Bench<F>) {
        let Some(Ready { linear, operands: places, .. }) = &run.plan.whole else { return };
        let (size, base) = (run.size as usize, run.base as usize);
        let (low, high) = values.split_at_mut(base);
        for first in (0..size).step_by(GRAIN) {
            gather(&mut bench.operands, places, operands, low, first);
            bench.results.resize(linear.results(), Grain::all(F::of(0.0)));
            F::whole(*linear, &bench.operands, &mut bench.results, &mut bench.scratch);
            for (result, array) in bench.results.iter().zip(0..) {
                high[array * size + first..][..GRAIN].copy_from_slice(&result.0);
            }
        }
    }

    /// What the adjoints of its results send back.
    pub(super) fn pull_whole(
        run: &Run<F>,
        operands: &Operands<'_, F>,
        values: &[F],
        bars: &mut [F],
        fresh: &mut [bool],
        bench: &mut Bench<F>,
    ) {
        let Some(Ready { linear, operands: places, targets }) = &run.plan.whole else { return };
        let (size, base) = (run.size as usize, run.base as usize);
        let results = linear.results();
        let is_nothing: Vec<bool> =
            (0..results).map(|result| std::mem::replace(&mut fresh[(base + result * size) / GRAIN], true)).collect();
        if !is_nothing.contains(&false) {
            return;
        }
        let Bench { operands: numbers, results: sent, sums, targets: to, places: at, numbers: known, scratch } = bench;
        known.clear();
        at.clear();
        to.clear();
        for target in targets {
            to.push(target.map_or(NO_TARGET, |spot| {
                let place = operands.start(spot);
                *known.entry(place).or_insert_with(|| {
                    at.push(place);
                    at.len() as u32 - 1
                })
            }));
        }
        for &place in at.iter() {
            if std::mem::take(&mut fresh[place / GRAIN]) {
                bars[place..place + size].fill(F::round(0.0));
            }
        }
        for first in (0..size).step_by(GRAIN) {
            gather(numbers, places, operands, values, first);
            let bar = |(result, &is_nothing): (usize, &bool)| match is_nothing {
                true => Grain::all(F::of(0.0)),
                false => grain(&bars[base + result * size + first..]),
            };
            sent.clear();
            sent.extend(is_nothing.iter().enumerate().map(bar));
            sums.clear();
            sums.extend(at.iter().map(|&place| grain(&bars[place + first..])));
            F::whole_back(*linear, numbers, sent, to, sums, scratch);
            for (&place, sum) in at.iter().zip(sums.iter()) {
                bars[place + first..][..GRAIN].copy_from_slice(&sum.0);
            }
        }
    }
}

/// The elements of a grain of lanes.
fn gather<F: Vector>(
    into: &mut Vec<Grain<F>>,
    places: &[Place],
    operands: &Operands<'_, F>,
    values: &[F],
    first: usize,
) {
    let element = |&place: &Place| match operands.source(place, values, 1) {
        [number] => Grain::all(*number),
        numbers => grain(&numbers[first..]),
    };
    into.clear();
    into.extend(places.iter().map(element));
}

fn grain<F: Vector>(numbers: &[F]) -> Grain<F> {
    let mut grain = Grain::all(F::of(0.0));
    grain.0.copy_from_slice(&numbers[..GRAIN]);
    grain
}
