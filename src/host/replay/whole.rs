//! Whole operations over a block of lanes. Where arrays are a grain long and an operand's lie in a row, they are worked on where
//! they are; else elements are gathered, worked on side by side, and put back.

use std::ops::Range;

use super::plan::{Plan, Run};
use super::runner::Runner;
use crate::host::kernels::{GRAIN, Grain, Operands, Place, Spot, Vector};
use crate::op::linear::{Linear, NO_TARGET, Scratch, Sums};
use crate::tape::{FastMap, Whole};

/// A whole operation made ready to run.
pub struct Ready {
    linear: Linear,
    /// Instructions before it, and steps of the way back before it is gone back over. No row of equal operations reaches over it,
    /// for its results lie between.
    pub(super) instruction: usize,
    pub(super) back: usize,
    /// The first array of its results.
    out: u32,
    operands: Vec<Place>,
    /// By operand: where its adjoint is gathered, if it is wanted.
    targets: Vec<Option<Spot>>,
    /// By operand, if each lies in a row and has all adjoints or none: the first element, and whether it has.
    rows: Option<[Option<(Spot, bool)>; 2]>,
}

/// What one call leaves to the next.
#[derive(Debug)]
pub struct Bench<F> {
    operands: Vec<Grain<F>>,
    results: Vec<Grain<F>>,
    bars: Vec<Grain<F>>,
    sums: Vec<Grain<F>>,
    /// By operand: which sum.
    targets: Vec<u32>,
    /// By operand, where all have sums of their own: those.
    own: Vec<Grain<F>>,
    /// By sum: where it is.
    places: Vec<usize>,
    known: FastMap<usize, u32>,
    scratch: Scratch<F, GRAIN>,
}

impl<F> Default for Bench<F> {
    fn default() -> Self {
        Bench {
            operands: Vec::new(),
            results: Vec::new(),
            bars: Vec::new(),
            sums: Vec::new(),
            targets: Vec::new(),
            own: Vec::new(),
            places: Vec::new(),
            known: FastMap::default(),
            scratch: Scratch::default(),
        }
    }
}

impl<F: Vector> Plan<F> {
    /// A whole operation: an array for each result, all active if an operand is.
    pub(super) fn take_whole(&mut self, whole: &Whole, wanted: &[bool]) {
        let is_active = |operand: &_| self.is_active(*operand, wanted);
        let targets: Vec<Option<Spot>> =
            whole.operands.iter().map(|operand| is_active(operand).then(|| self.target(*operand))).collect();
        let is_any = targets.iter().any(Option::is_some);
        let operands: Vec<Place> = whole.operands.iter().map(|&operand| self.place(operand)).collect();
        let (first, second) = operands.split_at(whole.linear.operands()[0]);
        let (to_first, to_second) = targets.split_at(first.len());
        let rows = match in_a_row(first, to_first) {
            Some(row) if second.is_empty() => Some([Some(row), None]),
            Some(row) => in_a_row(second, to_second).map(|other| [Some(row), Some(other)]),
            None => None,
        };
        let (out, instruction) = (self.arrays, self.instructions.len());
        self.arrays += whole.linear.results() as u32;
        self.values.extend((out..self.arrays).map(|array| (array, is_any)));
        self.wholes.push(Ready { linear: whole.linear, instruction, back: 0, out, operands, targets, rows });
    }
}

impl<F: Vector> Runner<'_, F> {
    /// The results of a whole operation.
    pub(super) fn forward_whole(
        run: &Run<F>,
        whole: &Ready,
        operands: &Operands<'_, F>,
        values: &mut [F],
        bench: &mut Bench<F>,
    ) {
        let Ready { linear, operands: places, rows, .. } = whole;
        let (size, base) = (run.size as usize, (run.base + whole.out * run.size) as usize);
        let (low, high) = values.split_at_mut(base);
        let (grains, results) = (size / GRAIN, linear.results());
        if let (Some(rows), 1) = (rows, grains) {
            let elements = row_elements(*linear, rows, operands, low);
            F::whole(*linear, elements, F::grains_mut(&mut high[..results * size]), &mut bench.scratch);
            return;
        }
        gather(&mut bench.operands, places.len(), grains, |element| operands.source(places[element], low, 1));
        bench.results.resize(results, Grain::all(F::of(0.0)));
        for (index, elements) in bench.operands.chunks_exact(places.len()).enumerate() {
            F::whole(*linear, elements.split_at(linear.operands()[0]).into(), &mut bench.results, &mut bench.scratch);
            for (result, array) in bench.results.iter().zip(0..) {
                high[array * size + index * GRAIN..][..GRAIN].copy_from_slice(&result.0);
            }
        }
    }

    /// What the adjoints of its results send back.
    pub(super) fn pull_whole(
        run: &Run<F>,
        whole: &Ready,
        operands: &Operands<'_, F>,
        values: &[F],
        bars: &mut [F],
        fresh: &mut [bool],
        bench: &mut Bench<F>,
    ) {
        let Ready { linear, operands: places, targets, rows, .. } = whole;
        let (size, base) = (run.size as usize, (run.base + whole.out * run.size) as usize);
        let results = linear.results();
        if let (Some(rows), GRAIN) = (rows, size)
            && let Some(sums) = apart(*linear, rows, operands)
        {
            let fresh_bars = &mut fresh[base / GRAIN..][..results];
            if !fresh_bars.contains(&false) {
                return;
            }
            let elements = row_elements(*linear, rows, operands, values);
            let (low, high) = bars.split_at_mut(base);
            clear(&mut high[..results * GRAIN], fresh_bars);
            fresh_bars.fill(true);
            for sum in &sums {
                let fresh = &mut fresh[sum.start / GRAIN..sum.end / GRAIN];
                clear(&mut low[sum.clone()], fresh);
                fresh.fill(false);
            }
            let has_sums = rows.map(|row| row.is_some_and(|(_, is_active)| is_active));
            let Ok(sums) = low.get_disjoint_mut(sums) else { unreachable!("the sums lie apart") };
            let [to_first, to_second] = sums.map(F::grains_mut);
            let sums = [has_sums[0].then_some(to_first), has_sums[1].then_some(to_second)];
            let made = F::grains(&values[base..][..results * GRAIN]);
            let bars = F::grains(&high[..results * GRAIN]);
            F::whole_back(*linear, elements, made, bars, Sums::Own(sums), &mut bench.scratch);
            return;
        }
        let is_nothing: Vec<bool> =
            (0..results).map(|result| std::mem::replace(&mut fresh[(base + result * size) / GRAIN], true)).collect();
        if !is_nothing.contains(&false) {
            return;
        }
        let Bench { operands: numbers, results: made, bars: sent, sums, targets: to, own, places: at, known, scratch } =
            bench;
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
        let (grains, zero) = (size / GRAIN, [F::of(0.0)]);
        gather(numbers, places.len(), grains, |element| operands.source(places[element], values, 1));
        gather(made, results, grains, |result| &values[base + result * size..][..size]);
        gather(sent, results, grains, |result| match is_nothing[result] {
            true => &zero,
            false => &bars[base + result * size..][..size],
        });
        gather(sums, at.len(), grains, |sum| &bars[at[sum]..][..size]);
        for index in 0..grains {
            let mine = &mut sums[index * at.len()..][..at.len()];
            let elements = &numbers[index * places.len()..][..places.len()];
            let [made, bar] = [&*made, &*sent].map(|all| &all[index * results..][..results]);
            let [first, second] = linear.operands();
            let operands = <[&[Grain<F>]; 2]>::from(elements.split_at(first));
            let has_own = to.iter().filter(|&&target| target != NO_TARGET).count() == at.len();
            if has_own {
                let sum = |&target: &u32| mine.get(target as usize).copied().unwrap_or(Grain::all(F::of(0.0)));
                own.clear();
                own.extend(to.iter().map(sum));
                let (to_a, to_b) = own.split_at_mut(first);
                let sums = Sums::Own([Some(to_a), (second > 0).then_some(to_b)]);
                F::whole_back(*linear, operands, made, bar, sums, scratch);
                for (&sum, &target) in own.iter().zip(to.iter()).filter(|(_, target)| **target != NO_TARGET) {
                    mine[target as usize] = sum;
                }
            } else {
                F::whole_back(*linear, operands, made, bar, Sums::Shared { targets: to, sums: mine }, scratch);
            }
            for (&place, sum) in at.iter().zip(mine.iter()) {
                bars[place + index * GRAIN..][..GRAIN].copy_from_slice(&sum.0);
            }
        }
    }
}

/// The first of elements that lie in a row, and whether all of them have adjoints; `None` if they do not, or only some have.
fn in_a_row(places: &[Place], targets: &[Option<Spot>]) -> Option<(Spot, bool)> {
    let (&Place::At(first), is_active) = (places.first()?, targets.first()?.is_some()) else { return None };
    let is_next = |(place, array): (&Place, u32)| *place == Place::At(first.after(array));
    let is_row = places.iter().zip(0..).all(is_next) && targets.iter().all(|target| target.is_some() == is_active);
    is_row.then_some((first, is_active))
}

/// The numbers of operands that lie in rows.
fn row_elements<'v, F: Vector>(
    linear: Linear,
    rows: &[Option<(Spot, bool)>; 2],
    operands: &Operands<'_, F>,
    values: &'v [F],
) -> [&'v [Grain<F>]; 2] {
    let elements = linear.operands();
    std::array::from_fn(|side| match rows[side] {
        Some((spot, _)) => F::grains(&values[operands.start(spot)..][..elements[side] * GRAIN]),
        None => &[],
    })
}

/// Where the sums of operands that lie in rows are, nowhere if they have none; `None` if both sides have some in common.
fn apart<F: Vector>(
    linear: Linear,
    rows: &[Option<(Spot, bool)>; 2],
    operands: &Operands<'_, F>,
) -> Option<[Range<usize>; 2]> {
    let elements = linear.operands();
    let [a, b] = std::array::from_fn(|side| match rows[side] {
        Some((spot, true)) => {
            let at = operands.start(spot);
            at..at + elements[side] * GRAIN
        }
        _ => 0..0,
    });
    (a.end <= b.start || b.end <= a.start).then_some([a, b])
}

/// Makes zeros of the arrays that hold nothing yet.
fn clear<F: Vector>(numbers: &mut [F], fresh: &[bool]) {
    for (array, _) in numbers.chunks_exact_mut(GRAIN).zip(fresh).filter(|(_, is_fresh)| **is_fresh) {
        array.fill(F::of(0.0));
    }
}

/// The elements of all grains, `[grain][element]`.
fn gather<'v, F: Vector>(into: &mut Vec<Grain<F>>, elements: usize, grains: usize, source: impl Fn(usize) -> &'v [F]) {
    into.resize(elements * grains, Grain::all(F::of(0.0)));
    for element in 0..elements {
        let numbers = source(element);
        for grain in 0..grains {
            let to = &mut into[grain * elements + element].0;
            match numbers {
                [number] => to.fill(*number),
                numbers => to.copy_from_slice(&numbers[grain * GRAIN..][..GRAIN]),
            }
        }
    }
}
