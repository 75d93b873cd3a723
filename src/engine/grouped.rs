//! Grouped: sums at many points where lanes of one point part a lot: lanes of several points run together, those of one path
//! beside each other. Groups run one after another in the same memory; each has an order of its own.

use std::time::Instant;

use rayon::prelude::*;

use crate::engine::Prepared;
use crate::engine::prepared::{convert, sums};
use crate::engine::recorded::Precision;
use crate::host::replay::{Effort, WIDTH};
use crate::host::{Orders, Tally, worth};
use crate::machine::work::{Column, Ended, Segment};

/// Most lanes that run together.
const MOST: usize = 1 << 18;
/// After so many passes in a row in which no lanes ran in an order, there are no groups any more, even if other numbers of points
/// came each time.
const FRUITLESS: usize = 8;

/// What is remembered from sum to sum.
#[derive(Debug)]
pub struct Grouped<F> {
    is_on: bool,
    /// Passes in a row in which no lanes ran in an order.
    fruitless: usize,
    /// The waste without groups, and how much was too little.
    natural: f64,
    declined: f64,
    /// By number of points: the columns that are not wanted, once for each point.
    tiled: Vec<(usize, Vec<Column>)>,
    /// By group.
    groups: Vec<Group>,
    /// What the last group left behind.
    ended: Option<Ended<F>>,
    /// Lanes of the last sums that ran in the order of their paths.
    ordered: usize,
}

/// Points whose lanes run together.
#[derive(Debug, Default)]
struct Group {
    orders: Orders,
    /// How many lanes it had in the last pass.
    lanes: usize,
}

impl<F> Default for Grouped<F> {
    fn default() -> Self {
        let (tiled, groups, ended) = (Vec::new(), Vec::new(), None);
        Grouped { is_on: false, fruitless: 0, natural: 0.0, declined: 0.0, tiled, groups, ended, ordered: 0 }
    }
}

impl<F> Grouped<F> {
    /// Do sums over so many lanes run in groups? The groups' orders together may be [`Orders::LONGEST`] lanes.
    pub(super) fn is_on_for(&self, lanes: usize) -> bool {
        self.is_on && lanes <= Orders::LONGEST
    }

    /// Sums over so many lanes cost this much effort; a lane moves so many numbers in a group.
    pub(super) fn judge(&mut self, effort: Effort, lanes: usize, moved: usize) {
        self.ordered = 0;
        self.natural = effort.waste_ratio();
        if (2 * WIDTH..=Orders::LONGEST).contains(&lanes) && worth(effort, lanes, moved, self.declined) {
            (self.is_on, self.fruitless) = (true, 0);
        }
    }

    /// The group of this number runs next, with so many lanes. Was it there with as many in the pass before?
    fn enter(&mut self, number: usize, lanes: usize) -> bool {
        if number == self.groups.len() {
            self.groups.push(Group::default());
        }
        let group = &mut self.groups[number];
        let is_same = group.lanes == lanes;
        if !is_same {
            group.lanes = lanes;
            group.orders.shorten(lanes);
        }
        is_same
    }

    /// A pass in so many groups is over. One that found no order in which less is wasted was the last, if every group had as
    /// many lanes as in the pass before.
    fn passed(&mut self, groups: usize, ordered: usize, is_same: bool) {
        self.ordered = ordered;
        self.fruitless = if ordered == 0 { self.fruitless + 1 } else { 0 };
        if ordered == 0 && (is_same || self.fruitless == FRUITLESS) {
            *self = Grouped { declined: self.natural, ..Grouped::default() };
        }
        if self.held() > Orders::LONGEST {
            self.groups.truncate(groups);
            self.groups.iter().for_each(|group| group.orders.keep_last());
        }
    }

    /// Lanes of all orders.
    fn held(&self) -> usize {
        self.groups.iter().map(|group| group.orders.held()).sum()
    }
}

impl<F: Precision> Prepared<'_, F> {
    /// Lanes of the last [`Prepared::reduce`] that ran in the order of their paths.
    pub fn ordered_in_sums(&self) -> usize {
        self.grouped.ordered
    }

    /// [`Prepared::reduce`] in groups.
    pub(super) fn reduce_grouped(
        &mut self,
        points: &[f64],
        charge: &(impl Fn(usize, &[F], &mut [f64]) -> f64 + Sync),
        losses: &mut [f64],
        gradients: &mut [f64],
    ) {
        let (rows, inputs) = (self.plan.segments[0].lanes, self.wanted.len());
        let share = (MOST / rows.max(1)).max(1);
        let groups = losses.len().div_ceil(share);
        let mut is_same = true;
        self.tally = Tally::default();
        let mut grouped = std::mem::take(&mut self.grouped);
        for (number, losses) in losses.chunks_mut(share).enumerate() {
            let (first, count) = (number * share, losses.len());
            let columns = self.columns_of(&points[first * inputs..(first + count) * inputs], count, &mut grouped);
            let segment = Segment { columns, lanes: count * rows, ..self.plan.segments[0].clone() };
            is_same &= grouped.enter(number, segment.lanes);
            let orders = &grouped.groups[number].orders;
            let ended = grouped.ended.get_or_insert_with(|| Ended::empty(&segment, true));
            fit(ended, &segment);
            let begun = Instant::now();
            let work = self.engine.work(&self.plan, true);
            let tally = self.paths.replay(&work, &segment, &self.limits, &self.loaded, orders, ended);
            self.note(&tally, begun);
            convert(ended);
            let gradients = &mut gradients[first * inputs..(first + count) * inputs];
            let ended = &*ended;
            if inputs == 0 {
                losses.iter_mut().enumerate().for_each(|(index, loss)| {
                    *loss = sums(ended, index * rows..(index + 1) * rows, &self.wanted, charge, &mut []);
                });
                continue;
            }
            losses.par_iter_mut().zip(gradients.par_chunks_mut(inputs)).enumerate().for_each(
                |(index, (loss, gradient))| {
                    *loss = sums(ended, index * rows..(index + 1) * rows, &self.wanted, charge, gradient);
                },
            );
        }
        grouped.passed(groups, self.tally.ordered, is_same);
        self.grouped = grouped;
    }

    /// The inputs of the lanes of so many points.
    fn columns_of(&self, points: &[f64], count: usize, grouped: &mut Grouped<F>) -> Vec<Column> {
        if count == 1 {
            return self.columns_at(points);
        }
        let segment = &self.plan.segments[0];
        if !grouped.tiled.iter().any(|(known, _)| *known == count) {
            // A full group and the last one.
            grouped.tiled.truncate(1);
            let repeated = |(input, column): (usize, &Column)| match column {
                _ if self.wanted.contains(&input) => Column::Uniform(0.0),
                Column::F32(values) => Column::F32(values.repeat(count).into()),
                Column::F64(values) => Column::F64(values.repeat(count).into()),
                uniform => uniform.clone(),
            };
            grouped.tiled.insert(0, (count, segment.columns.iter().enumerate().map(repeated).collect()));
        }
        let tiled = grouped.tiled.iter().find(|(known, _)| *known == count);
        let mut columns = tiled.map(|(_, columns)| columns.clone()).unwrap_or_default();
        for (place, &input) in self.wanted.iter().enumerate() {
            let numbers = points.iter().skip(place).step_by(self.wanted.len());
            let lanes: Vec<f64> = numbers.flat_map(|&number| std::iter::repeat_n(number, segment.lanes)).collect();
            columns[input] = Column::F64(lanes.into());
        }
        columns
    }
}

/// Gives memory of other lanes the length that a segment needs.
fn fit<F: Precision>(ended: &mut Ended<F>, segment: &Segment) {
    ended.values.resize(segment.lanes, F::of(f64::NAN));
    for (column, _) in ended.gradients.iter_mut().zip(&segment.wanted).filter(|(_, wanted)| **wanted) {
        column.resize(segment.lanes, F::of(0.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of so much waste that it is worth a lot.
    const WASTE: Effort = Effort { spent: 1 << 50, needed: 1 << 45 };

    /// A pass in groups of these sizes.
    fn pass(grouped: &mut Grouped<f32>, sizes: &[usize], ordered: usize) {
        let is_same: Vec<bool> = sizes.iter().enumerate().map(|(index, &size)| grouped.enter(index, size)).collect();
        grouped.passed(sizes.len(), ordered, is_same.iter().all(|&is_same| is_same));
    }

    #[test]
    fn only_so_many_lanes_run_in_groups() {
        let mut grouped = Grouped::<f32>::default();
        grouped.judge(WASTE, Orders::LONGEST + 1, 1);
        assert!(!grouped.is_on_for(1024));
        grouped.judge(WASTE, Orders::LONGEST, 1);
        assert!(grouped.is_on_for(1024) && grouped.is_on_for(Orders::LONGEST));
        assert!(!grouped.is_on_for(Orders::LONGEST + 1));
    }

    #[test]
    fn more_points_get_a_second_pass() {
        let mut grouped = Grouped::<f32>::default();
        grouped.judge(WASTE, 4096, 1);
        pass(&mut grouped, &[4096], 0);
        pass(&mut grouped, &[4096], 4096);
        pass(&mut grouped, &[2048], 2048);
        // None is ordered, but nobody has seen so many lanes before.
        for more in [&[8192, 8192][..], &[8192, 8192, 700]] {
            pass(&mut grouped, more, 0);
            assert!(grouped.is_on_for(4096), "{more:?}");
        }
        pass(&mut grouped, &[8192, 8192, 700], 0);
        assert!(!grouped.is_on_for(4096), "no order was found");
        // Other numbers each time.
        grouped.judge(WASTE, 4096, 1);
        assert!(!grouped.is_on_for(4096), "it was tried at as much waste");
        grouped.judge(Effort { spent: 1 << 51, ..WASTE }, 4096, 1);
        for number in 1..=FRUITLESS {
            assert!(grouped.is_on_for(4096), "{number}");
            pass(&mut grouped, &[4096 + number], 0);
        }
        assert!(!grouped.is_on_for(4096));
    }

    #[test]
    fn orders_of_all_groups_are_not_too_long() {
        let mut grouped = Grouped::<f32>::default();
        let quarter = Orders::LONGEST / 4;
        for sizes in [&[quarter; 4][..], &[quarter / 2; 2]] {
            for (index, &size) in sizes.iter().enumerate() {
                grouped.enter(index, size);
                grouped.groups[index].orders.learn(size);
            }
            grouped.passed(sizes.len(), 1, false);
            assert_eq!(grouped.held(), sizes.iter().sum::<usize>());
        }
        assert_eq!(grouped.groups.len(), 2);
    }
}
