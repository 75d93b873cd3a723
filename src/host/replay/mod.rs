//! Replay: a residual program over all lanes of a batch, on every core, in the widest registers there are.
//!
//! In: a [`Lowered`] program and columns of inputs. Out: values, gradients, and the lanes that must go another way: those
//! whose path nobody has recorded, and those that are to be interpreted. Always: a lane's numbers are those of the tier
//! `interpret`, bit for bit, whatever lanes run beside it and wherever a run is cut. Deliberately absent: recording,
//! machines, statuses.

mod arena;
mod checkpoint;
mod forward;
mod group;
mod meet;
mod part;
mod plan;
mod reverse;
mod runner;
mod walk;
mod way;
mod whole;

use std::sync::Mutex;

use rayon::prelude::*;

pub use runner::Runner;
pub use walk::{Effort, Walked};

use crate::host::kernels::{GRAIN, Source, Vector};
use crate::machine::Budgets;
use crate::machine::work::{Column, LONGEST_TAPE};
use crate::tape::{Lowered, Outcome, Produced, Shape};
use crate::value::Real;
use arena::STRIDE;

/// Lanes of a block.
pub const WIDTH: usize = 512;

/// What bounds a run.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Applications of a lane, entries of its raw tape, objects of its own alive at once: beyond, it is interpreted.
    pub steps: u64,
    pub entries: u64,
    pub objects: u64,
    /// Numbers in arrays between two cuts.
    pub capacity: usize,
    /// Bytes of a lane in snapshots.
    pub memory: usize,
}

impl Limits {
    /// The limits of these budgets, with memory as the executor likes it.
    pub fn of(budgets: &Budgets) -> Limits {
        Limits {
            steps: u64::from(budgets.steps),
            entries: u64::from(budgets.tape).min(LONGEST_TAPE as u64),
            objects: u64::from(budgets.heap),
            capacity: 1 << 16,
            memory: 16 << 10,
        }
    }

    /// The same with room for matrices: a few steps of a filter of 16 dimensions between two cuts, and 16 states of one of 32 in
    /// snapshots.
    #[must_use]
    pub fn beside_wholes(self) -> Limits {
        Limits { capacity: self.capacity.max(1 << 17), memory: self.memory.max(64 << 10), ..self }
    }
}

/// A lane that left at a guard towards a side that nobody has been to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stray {
    /// Of the block of lanes.
    pub lane: u16,
    /// Where it left.
    pub block: u32,
    pub outcome: Outcome,
}

/// Which lanes run.
#[derive(Clone, Copy, Debug)]
pub enum Lanes<'a> {
    /// All, in order.
    All(usize),
    /// These.
    Some(&'a [u32]),
}

impl Lanes<'_> {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Lanes::All(count) => *count,
            Lanes::Some(lanes) => lanes.len(),
        }
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The lane with this number.
    pub fn at(&self, index: usize) -> usize {
        match self {
            Lanes::All(_) => index,
            Lanes::Some(lanes) => lanes[index] as usize,
        }
    }
}

/// What a run did with lanes that have no Float for a value.
#[derive(Debug, Default)]
pub struct Rest<F: crate::value::Real> {
    /// Lane, where it left and with what outcome.
    pub strays: Vec<(u32, u32, Outcome)>,
    /// Lanes to interpret.
    pub leavers: Vec<u32>,
    /// Lanes with other values: the template and its holes.
    pub others: Vec<(u32, Produced<F>, Vec<F>)>,
    /// Most bytes a lane had in arrays and snapshots.
    pub bytes_per_lane: usize,
    /// Entries of the longest raw tape at most, the inputs and slot 0 included.
    pub tape: usize,
    /// How the lanes went, a block each.
    pub walked: Vec<Walked>,
}

/// A program over columns.
#[derive(Clone, Copy, Debug)]
pub struct Replay<'a, F: Vector> {
    pub program: &'a Lowered<F>,
    /// By input.
    pub columns: &'a [Column],
    /// By input: is its gradient wanted?
    pub wanted: &'a [bool],
    pub gradient: bool,
    pub limits: Limits,
}

/// A program with whole operations has narrow blocks of lanes if one of its blocks works with so many values: those of a few steps
/// should stay in the cache, and arrays of one grain are worked on in place.
const MANY: usize = 128;

/// Lanes of a block of this program.
pub fn width<F: Real>(program: &Lowered<F>) -> usize {
    let is_large = |shape: &Shape| shape.ins as usize + shape.operations.len() >= MANY;
    let has_wholes = program.shapes.iter().any(|shape| !shape.wholes.is_empty());
    if has_wholes && program.shapes.iter().any(|shape| is_large(shape)) { GRAIN } else { WIDTH }
}

/// How often a thread takes blocks of lanes, if all are as quick.
const TURNS: usize = 8;

/// A block's lanes in the call, and its numbers.
struct Task<'o, F> {
    first: usize,
    values: &'o mut [F],
    /// By wanted input.
    gradients: Vec<&'o mut [F]>,
}

impl<F: Vector> Replay<'_, F> {
    /// Runs lanes. `values[i]` and `gradients[wanted input][i]` are of the i-th of them; those of lanes in [`Rest`] mean nothing.
    pub fn run(&self, lanes: Lanes<'_>, values: &mut [F], gradients: &mut [Vec<F>]) -> Rest<F> {
        let count = lanes.len();
        let wanted: Vec<usize> = (0..self.wanted.len()).filter(|&input| self.gradient && self.wanted[input]).collect();
        let width = width(self.program);
        let mut tasks = Vec::with_capacity(count.div_ceil(width));
        let mut columns: Vec<_> = gradients.iter_mut().map(|column| column.chunks_mut(width)).collect();
        for (index, values) in values.chunks_mut(width).enumerate() {
            let gradients = columns.iter_mut().filter_map(Iterator::next).collect();
            tasks.push(Task { first: index * width, values, gradients });
        }
        // Each thread keeps its runner, with all that is ready in it, until no block of lanes is left.
        let threads = rayon::current_num_threads().min(tasks.len());
        let taken = tasks.len().div_ceil(threads.max(1) * TURNS);
        let queue = Mutex::new(tasks.into_iter());
        let work = |_| {
            let next = || -> Vec<_> {
                let Ok(mut queue) = queue.lock() else { unreachable!("nothing that panics is done with the queue") };
                queue.by_ref().take(taken).collect()
            };
            let mut rests = Vec::new();
            let mut tasks = next();
            if tasks.is_empty() {
                return rests;
            }
            let mut runner = Runner::new(self.program, self.wanted, self.gradient, self.limits);
            let mut staging = Staging::new(self.columns.len());
            while !tasks.is_empty() {
                rests.extend(tasks.into_iter().map(|task| self.block(&mut runner, &mut staging, lanes, &wanted, task)));
                tasks = next();
            }
            rests
        };
        let mut rests: Vec<(usize, Rest<F>)> = (0..threads).into_par_iter().flat_map_iter(work).collect();
        rests.sort_unstable_by_key(|&(first, _)| first);
        rests.into_iter().fold(Rest::default(), |mut all, (_, more)| {
            all.strays.extend(more.strays);
            all.leavers.extend(more.leavers);
            all.others.extend(more.others);
            all.bytes_per_lane = all.bytes_per_lane.max(more.bytes_per_lane);
            all.tape = all.tape.max(more.tape);
            all.walked.extend(more.walked);
            all
        })
    }

    /// Runs the lanes of a task. Gives its first one beside what is not in its places.
    fn block(
        &self,
        runner: &mut Runner<'_, F>,
        staging: &mut Staging<F>,
        lanes: Lanes<'_>,
        wanted: &[usize],
        task: Task<'_, F>,
    ) -> (usize, Rest<F>) {
        let count = task.values.len();
        let inputs = staging.load(self.columns, lanes, task.first, count);
        runner.forward(&inputs, count, count.next_multiple_of(STRIDE));
        task.values.copy_from_slice(&runner.values[..count]);
        let walked = runner.walked(task.first);
        if self.gradient {
            runner.backward(&inputs, &[F::of(1.0); WIDTH][..count]);
            for (&input, gradient) in wanted.iter().zip(task.gradients) {
                gradient.copy_from_slice(&runner.input_bar(input)[..count]);
            }
        }
        (task.first, Rest { walked: vec![walked], ..runner.rest(lanes, task.first) })
    }
}

impl<F: Vector> Runner<'_, F> {
    /// The lanes of the last block that have no Float, by their numbers in the call.
    fn rest(&mut self, lanes: Lanes<'_>, first: usize) -> Rest<F> {
        let lane = |lane: u16| lanes.at(first + lane as usize) as u32;
        Rest {
            strays: self.strays.iter().map(|stray| (lane(stray.lane), stray.block, stray.outcome)).collect(),
            leavers: self.leavers.iter().map(|&leaver| lane(leaver)).collect(),
            others: self.others.drain(..).map(|(at, value, holes)| (lane(at), value, holes)).collect(),
            bytes_per_lane: self.peak,
            tape: 1 + self.program.inputs + self.longest as usize,
            walked: Vec::new(),
        }
    }

    /// Has the last block lanes without a Float?
    pub fn has_rest(&self) -> bool {
        !(self.strays.is_empty() && self.leavers.is_empty() && self.others.is_empty())
    }

    /// The values of the last block, by lane.
    pub fn values(&self) -> &[F] {
        &self.values
    }
}

/// A block's inputs where the columns cannot be read in place.
#[derive(Debug)]
pub struct Staging<F> {
    columns: Vec<Vec<F>>,
}

impl<F: Vector> Staging<F> {
    /// For so many inputs.
    pub fn new(inputs: usize) -> Self {
        Staging { columns: vec![Vec::new(); inputs] }
    }

    /// The inputs of `count` lanes from the `first` one on.
    pub fn load<'s>(
        &'s mut self,
        columns: &'s [Column],
        lanes: Lanes<'_>,
        first: usize,
        count: usize,
    ) -> Vec<Source<'s, F>> {
        let width = count.next_multiple_of(STRIDE);
        let source = |(column, staged): (&'s Column, &'s mut Vec<F>)| {
            if let Column::Uniform(value) = column {
                return Source::One(F::round(*value));
            }
            let in_place = match column {
                Column::F32(values) => F::of_f32s(values),
                Column::F64(values) => F::of_f64s(values),
                Column::Uniform(_) => None,
            };
            if let (Some(values), Lanes::All(_)) = (in_place, lanes)
                && let Some(values) = values.get(first..first + width)
            {
                return Source::Lanes(values);
            }
            staged.clear();
            let numbers = first..first + count;
            match (column, lanes) {
                (Column::F32(values), Lanes::Some(lanes)) => {
                    staged.extend(lanes[numbers].iter().map(|&lane| F::round(f64::from(values[lane as usize]))));
                }
                (Column::F64(values), Lanes::Some(lanes)) => {
                    staged.extend(lanes[numbers].iter().map(|&lane| F::round(values[lane as usize])));
                }
                _ => staged.extend(numbers.map(|index| column.at::<F>(lanes.at(index)))),
            }
            staged.resize(width, staged.last().copied().unwrap_or_default());
            Source::Lanes(staged)
        };
        columns.iter().zip(&mut self.columns).map(source).collect()
    }
}
