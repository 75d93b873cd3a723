//! Grouped: sums at many points where lanes of one point part a lot: lanes of several points run together, those of one path
//! beside each other.

use rayon::prelude::*;

use crate::engine::Prepared;
use crate::engine::prepared::{convert, sums};
use crate::engine::recorded::Precision;
use crate::host::replay::{Effort, WIDTH};
use crate::host::{Orders, worth};
use crate::machine::work::{Column, Ended, Segment};

/// Most lanes that run together.
const MOST: usize = 1 << 18;

/// What is remembered from sum to sum.
#[derive(Debug)]
pub struct Grouped<F> {
    is_on: bool,
    /// Passes since it is on.
    passes: usize,
    /// The waste without groups, and how much was too little.
    natural: f64,
    declined: f64,
    /// By number of points: the columns that are not wanted, once for each point.
    tiled: Vec<(usize, Vec<Column>)>,
    /// By group.
    groups: Vec<Group<F>>,
    /// Lanes of the last sums that ran in the order of their paths.
    ordered: usize,
}

/// Points whose lanes run together.
#[derive(Debug)]
struct Group<F> {
    orders: Orders,
    ended: Option<Ended<F>>,
}

impl<F> Default for Grouped<F> {
    fn default() -> Self {
        let (tiled, groups) = (Vec::new(), Vec::new());
        Grouped { is_on: false, passes: 0, natural: 0.0, declined: 0.0, tiled, groups, ordered: 0 }
    }
}

impl<F> Grouped<F> {
    pub(super) fn is_on(&self) -> bool {
        self.is_on
    }

    /// Sums over so many lanes cost this much effort; a lane moves so many numbers in a group.
    pub(super) fn judge(&mut self, effort: Effort, lanes: usize, moved: usize) {
        self.ordered = 0;
        self.natural = effort.waste_ratio();
        if lanes >= 2 * WIDTH && worth(effort, lanes, moved, self.declined) {
            (self.is_on, self.passes) = (true, 0);
        }
    }

    /// A pass in groups is over. One that found no order in which less is wasted was the last.
    fn passed(&mut self, ordered: usize) {
        self.passes += 1;
        self.ordered = ordered;
        if self.passes > 1 && ordered == 0 {
            *self = Grouped { declined: self.natural, ..Grouped::default() };
        }
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
        let mut ordered = 0;
        let mut grouped = std::mem::take(&mut self.grouped);
        for (number, losses) in losses.chunks_mut(share).enumerate() {
            let (first, count) = (number * share, losses.len());
            let columns = self.columns_of(&points[first * inputs..(first + count) * inputs], count, &mut grouped);
            let segment = Segment { columns, lanes: count * rows, ..self.plan.segments[0].clone() };
            if number == grouped.groups.len() {
                grouped.groups.push(Group { orders: Orders::default(), ended: None });
            }
            let Group { orders, ended } = &mut grouped.groups[number];
            let ended = match ended {
                Some(ended) if ended.values.len() == segment.lanes => ended,
                place => {
                    orders.shorten(segment.lanes);
                    place.insert(Ended::empty(&segment, true))
                }
            };
            let work = self.engine.work(&self.plan, true);
            ordered += self.paths.replay(&work, &segment, &self.limits, &self.loaded, orders, ended).ordered;
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
        grouped.passed(ordered);
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
