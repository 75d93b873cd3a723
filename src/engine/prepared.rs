//! Prepared: a batch ready to run again and again, with inputs and outputs where they are.

use std::ops::Range;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::batch::{Batch, Tier};
use crate::engine::grouped::Grouped;
use crate::engine::link::Plan;
use crate::engine::recorded::Precision;
use crate::engine::{Engine, Way, single};
use crate::error::Error;
use crate::host::kernels::{GRAIN, Vector};
use crate::host::replay::{Effort, Lanes, Limits, Runner, Staging, WIDTH, width};
use crate::host::{self, Loaded, Orders, Paths, Tally};
use crate::machine::work::{Answer, Column, Ended, Segment, Work};
use crate::program::Program;

/// Most numbers in arrays between two cuts: an executor's places are 31 bits, and a step's arrays lie behind them.
const MOST_NUMBERS: usize = 1 << 30;

/// A batch on the host whose every pass writes values, and gradients, over those of the pass before.
///
/// Passes give raw numbers: a lane that has none keeps NaN, which [`Prepared::failed`] tells from a NaN that is its value. Nobody looks for
/// the places of numbers that are not finite; [`Engine::value_and_grad`] does.
#[derive(Debug)]
pub struct Prepared<'e, F: Precision> {
    pub(super) engine: &'e Engine,
    pub(super) program: Program,
    pub(super) plan: Plan,
    pub(super) paths: Paths<F>,
    way: Way,
    pub(super) limits: Limits,
    pub(super) loaded: OnceLock<Loaded<F>>,
    orders: Orders,
    pub(super) grouped: Grouped<F>,
    pub(super) wanted: Vec<usize>,
    pub(super) ended: Ended<F>,
    pub(super) tally: Tally,
    /// From text to paths that can run.
    pub(super) recording: Duration,
}

impl Engine {
    /// Makes a batch ready for many passes on the host, with nothing known of its program yet; `wrt` are the inputs whose
    /// gradients a pass may give.
    ///
    /// # Errors
    /// As [`Engine::value_and_grad`].
    pub fn prepare<F: Precision>(&self, batch: &Batch, wrt: &[&str]) -> Result<Prepared<'_, F>, Error> {
        let mut wanted = Vec::with_capacity(wrt.len());
        for name in wrt {
            let input = batch.program().input(name)?;
            if !wanted.contains(&input) {
                wanted.push(input);
            }
        }
        let plan = self.linked.plan(&self.interpreter, &[batch], std::slice::from_ref(&wanted))?;
        let segment = &plan.segments[0];
        let way = self.way_prepared(batch, segment)?;
        let paths = Paths::new(plan.image.clone(), segment.start, segment.columns.len());
        let ended = Ended::empty(segment, true);
        let limits = Limits::of(&self.settings.budgets);
        let loaded = OnceLock::new();
        let (tally, recording) = (Tally::default(), Duration::ZERO);
        let (orders, grouped) = (Orders::default(), Grouped::default());
        Ok(Prepared {
            engine: self,
            program: batch.program().clone(),
            plan,
            paths,
            way,
            limits,
            loaded,
            orders,
            grouped,
            wanted,
            ended,
            tally,
            recording,
        })
    }
}

/// What one thread reduces with.
struct Reduction<'p, F: Precision> {
    runner: Runner<'p, F>,
    staging: Staging<F>,
    slopes: Vec<f64>,
    effort: Effort,
    /// Lanes of a block of the program, and what those of a wider stretch gave: values, and gradients by wanted input.
    width: usize,
    values: Vec<F>,
    bars: Vec<Vec<F>>,
}

impl<F: Precision> Reduction<'_, F> {
    /// The sum at one point; `None` where a lane left the known paths.
    fn sums(
        &mut self,
        columns: &[Column],
        wanted: &[usize],
        lanes: usize,
        charge: &impl Fn(usize, &[F], &mut [f64]) -> f64,
        gradient: &mut [f64],
    ) -> Option<f64> {
        gradient.fill(0.0);
        let mut loss = 0.0;
        for first in (0..lanes).step_by(WIDTH) {
            let count = WIDTH.min(lanes - first);
            if self.width < count {
                if !self.in_parts(columns, wanted, lanes, first..first + count) {
                    return None;
                }
                loss += charge(first, &self.values, &mut self.slopes[..count]);
                for (sum, bars) in gradient.iter_mut().zip(&self.bars) {
                    *sum += chained(&self.slopes[..count], bars);
                }
                continue;
            }
            let inputs = self.staging.load(columns, Lanes::All(lanes), first, count);
            self.runner.forward(&inputs, count, count.next_multiple_of(GRAIN));
            self.effort = self.effort.and(self.runner.effort());
            if self.runner.has_rest() {
                return None;
            }
            loss += charge(first, &self.runner.values()[..count], &mut self.slopes[..count]);
            self.runner.backward(&inputs, &[F::of(1.0); WIDTH][..count]);
            for (sum, &input) in gradient.iter_mut().zip(wanted) {
                *sum += chained(&self.slopes[..count], self.runner.input_bar(input));
            }
        }
        Some(loss)
    }

    /// The values and gradients of a stretch that is wider than a block of the program; no if a lane left the known paths.
    fn in_parts(&mut self, columns: &[Column], wanted: &[usize], lanes: usize, stretch: Range<usize>) -> bool {
        self.values.clear();
        self.bars.resize(wanted.len(), Vec::new());
        self.bars.iter_mut().for_each(Vec::clear);
        for first in stretch.clone().step_by(self.width) {
            let count = self.width.min(stretch.end - first);
            let inputs = self.staging.load(columns, Lanes::All(lanes), first, count);
            self.runner.forward(&inputs, count, count.next_multiple_of(GRAIN));
            self.effort = self.effort.and(self.runner.effort());
            if self.runner.has_rest() {
                return false;
            }
            self.values.extend_from_slice(&self.runner.values()[..count]);
            self.runner.backward(&inputs, &[F::of(1.0); WIDTH][..count]);
            for (bars, &input) in self.bars.iter_mut().zip(wanted) {
                bars.extend_from_slice(&self.runner.input_bar(input)[..count]);
            }
        }
        true
    }
}

impl<F: Precision> Prepared<'_, F> {
    /// Bytes of a lane in snapshots at most, and numbers in arrays between two cuts, 2^30 at most; neither changes a bit.
    pub fn memory(&mut self, bytes_per_lane: usize, capacity: usize) {
        (self.limits.memory, self.limits.capacity) = (bytes_per_lane, capacity.min(MOST_NUMBERS));
    }

    /// Every lane's value.
    pub fn forward(&mut self) {
        self.pass(false);
    }

    /// Every lane's value and gradient.
    pub fn gradient(&mut self) {
        self.pass(true);
    }

    fn pass(&mut self, gradient: bool) {
        let work = self.engine.work(&self.plan, gradient);
        let segment = &self.plan.segments[0];
        match self.way.tier {
            Tier::Replay => {
                let begun = Instant::now();
                self.tally =
                    self.paths.replay(&work, segment, &self.limits, &self.loaded, &self.orders, &mut self.ended);
                self.recording += self.tally.recording.min(begun.elapsed());
            }
            _ => self.ended = single(host::execute(&Work { segments: std::slice::from_ref(segment), ..work })),
        }
        convert(&mut self.ended);
    }

    /// At each of several points the sums over all lanes of what `charge` makes of the values, and the gradients of these sums by
    /// the wanted inputs, which are the same number in every lane.
    ///
    /// `points[point * wanted + input]`, `losses[point]`, `gradients[point * wanted + input]`. `charge` gets the first lane of a stretch, its
    /// values, and a place for the derivative of its charge by each of them; it gives the stretch's sum. A point where a lane has
    /// no number gets NaN. Sums depend on the lanes alone: stretches lie at multiples of [`WIDTH`], within one the
    /// products are added by halves.
    pub fn reduce(
        &mut self,
        points: &[f64],
        charge: &(impl Fn(usize, &[F], &mut [f64]) -> f64 + Sync),
        losses: &mut [f64],
        gradients: &mut [f64],
    ) {
        if self.grouped.is_on_for(losses.len() * self.plan.segments[0].lanes) {
            self.reduce_grouped(points, charge, losses, gradients);
            return;
        }
        let inputs = self.wanted.len();
        let program = self.paths.lowered();
        let share = losses.len().div_ceil(rayon::current_num_threads()).max(1);
        let chunks = losses.par_chunks_mut(share).zip(gradients.par_chunks_mut((share * inputs).max(1)));
        let done: Vec<(Vec<usize>, Effort)> = chunks
            .enumerate()
            .map(|(chunk, (losses, gradients))| {
                let wanted = &self.plan.segments[0].wanted;
                let mut lane = Reduction {
                    runner: Runner::new(&program, wanted, true, self.limits),
                    staging: Staging::new(wanted.len()),
                    slopes: vec![0.0; WIDTH],
                    effort: Effort::default(),
                    width: width(&program),
                    values: Vec::new(),
                    bars: Vec::new(),
                };
                let mut missed = Vec::new();
                for (index, loss) in losses.iter_mut().enumerate() {
                    let point = chunk * share + index;
                    let columns = self.columns_at(&points[point * inputs..(point + 1) * inputs]);
                    let gradient = &mut gradients[index * inputs..(index + 1) * inputs];
                    match lane.sums(&columns, &self.wanted, self.plan.segments[0].lanes, charge, gradient) {
                        Some(sum) => *loss = sum,
                        None => missed.push(point),
                    }
                }
                (missed, lane.effort)
            })
            .collect();
        let effort = done.iter().fold(Effort::default(), |all, (_, effort)| all.and(*effort));
        self.tally = Tally { effort, ..Tally::default() };
        self.grouped.judge(effort, losses.len() * self.plan.segments[0].lanes, self.numbers_moved());
        for point in done.into_iter().flat_map(|(missed, _)| missed) {
            self.reduce_slowly(
                &points[point * inputs..(point + 1) * inputs],
                charge,
                &mut losses[point],
                &mut gradients[point * inputs..(point + 1) * inputs],
            );
        }
    }

    /// The inputs with the wanted ones at a point.
    pub(super) fn columns_at(&self, point: &[f64]) -> Vec<Column> {
        let mut columns = self.plan.segments[0].columns.clone();
        self.wanted.iter().zip(point).for_each(|(&input, &value)| columns[input] = Column::Uniform(value));
        columns
    }

    /// Numbers that a lane reads and writes where lanes run out of order.
    fn numbers_moved(&self) -> usize {
        let segment = &self.plan.segments[0];
        let columns = segment.columns.iter().filter(|column| !matches!(column, Column::Uniform(_)));
        columns.count() + 1 + 2 * self.wanted.len()
    }

    /// One point some of whose lanes leave the known paths.
    fn reduce_slowly(
        &mut self,
        point: &[f64],
        charge: &impl Fn(usize, &[F], &mut [f64]) -> f64,
        loss: &mut f64,
        gradient: &mut [f64],
    ) {
        let columns = self.columns_at(point);
        let work = self.engine.work(&self.plan, true);
        let segment = Segment { columns, ..self.plan.segments[0].clone() };
        let begun = Instant::now();
        let tally = self.paths.replay(&work, &segment, &self.limits, &self.loaded, &self.orders, &mut self.ended);
        self.note(&tally, begun);
        convert(&mut self.ended);
        *loss = sums(&self.ended, 0..segment.lanes, &self.wanted, charge, gradient);
    }

    /// One of the runs of which a pass consists is over.
    pub(super) fn note(&mut self, run: &Tally, begun: Instant) {
        self.recording += run.recording.min(begun.elapsed());
        let all = &mut self.tally;
        all.recorded += run.recorded;
        all.recording += run.recording;
        all.interpreted += run.interpreted;
        all.without_path += run.without_path;
        all.bytes_per_lane = all.bytes_per_lane.max(run.bytes_per_lane);
        all.ordered += run.ordered;
        all.effort = all.effort.and(run.effort);
    }

    /// How the last pass ran; a [`Prepared::reduce`] is one pass, whose lanes are those of all points.
    pub fn way(&self) -> Way {
        let mut way = self.way.clone();
        way.note(&self.tally);
        way
    }

    /// Lanes of the last pass that ran in the order of their paths.
    pub fn ordered(&self) -> usize {
        self.tally.ordered
    }

    /// What the last pass cost, and what it would have cost if lanes never parted.
    pub fn effort(&self) -> Effort {
        self.tally.effort
    }

    /// Time spent on recording so far.
    pub fn recording(&self) -> Duration {
        self.recording
    }

    /// By lane: the value of the last pass.
    pub fn values(&self) -> &[F] {
        &self.ended.values
    }

    /// The gradient by the n-th wanted input in the last pass that gave one, by lane.
    pub fn gradient_by(&self, wanted: usize) -> &[F] {
        &self.ended.gradients[self.wanted[wanted]]
    }
}

/// One point's sums over lanes that ran before.
pub(super) fn sums<F: Precision>(
    ended: &Ended<F>,
    lanes: Range<usize>,
    wanted: &[usize],
    charge: &impl Fn(usize, &[F], &mut [f64]) -> f64,
    gradient: &mut [f64],
) -> f64 {
    let mut loss = 0.0;
    gradient.fill(0.0);
    let mut slopes = [0.0; WIDTH];
    for (index, values) in ended.values[lanes.clone()].chunks(WIDTH).enumerate() {
        let first = index * WIDTH;
        loss += charge(first, values, &mut slopes[..values.len()]);
        for (sum, &input) in gradient.iter_mut().zip(wanted) {
            *sum += chained(&slopes[..values.len()], &ended.gradients[input][lanes.start + first..]);
        }
    }
    loss
}

/// Lanes without a Float get the number that they convert to, or NaN.
pub(super) fn convert<F: Precision>(ended: &mut Ended<F>) {
    for (lane, answer) in &ended.others {
        // An Int converts, as everywhere.
        ended.values[*lane as usize] = match answer {
            Ok(Answer::Int(value)) => F::of(f64::from(*value)),
            _ => F::of(f64::NAN),
        };
    }
}

/// The sum over a stretch, by halves, of a charge's slopes by the values times the values' slopes. A slope of 0 takes no part.
pub(crate) fn chained<F: Precision>(slopes: &[f64], bars: &[F]) -> f64 {
    let mut products = [0.0; WIDTH];
    for ((product, &slope), &bar) in products.iter_mut().zip(slopes).zip(bars) {
        *product = if slope == 0.0 { 0.0 } else { slope * bar.wide() };
    }
    f64::sum(&products[..slopes.len().next_multiple_of(GRAIN)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Batch;
    use crate::engine::Device;

    #[test]
    fn places_are_few_enough_for_their_bits() {
        let engine = Engine::new(Device::Cpu).expect("an engine");
        let program = Program::parse("(* a x)").expect("a program");
        let batch = Batch::new(&program, 2).bind("a", 3).and_then(|batch| batch.bind("x", &[1.0f32, 2.0]));
        let mut prepared = engine.prepare::<f32>(&batch.expect("a batch"), &["a"]).expect("lanes");
        for (asked, given) in [(0, 0), (MOST_NUMBERS, MOST_NUMBERS), (usize::MAX, MOST_NUMBERS)] {
            prepared.memory(100, asked);
            assert_eq!((prepared.limits.memory, prepared.limits.capacity), (100, given));
        }
        prepared.gradient();
        assert_eq!((prepared.values(), prepared.gradient_by(0)), (&[3.0, 6.0][..], &[1.0, 2.0][..]));
    }
}
