//! A whole descent on the device: Adam over many starts, with nothing but a few words read back until somebody asks.
//!
//! In: a [`Problem`], a [`Resident`] model of its free parameters, a [`State`] to begin from. Out: the [`State`] where every start has
//! ended, with the bits of [`crate::descent::twin`] on an IEEE device. Always: a submission takes about 30 ms, leaves a
//! stamp, and says how often each of its kernels ran; the state changes by whole iterations only, so that it is a checkpoint
//! whenever it is read; a start that ended is evaluated no more from the next submission on; a submission in which a lane of the model
//! strayed is undone. Deliberately absent: what to do when the device fails or lanes stray ([`Stopped`] has the state to go on from).

mod kernels;

use std::time::{Duration, Instant};

use crate::descent::{LANES, Problem, State, Word, pair, parts};
use crate::device::arena::Dispatch;
use crate::device::resident::Resident;
use crate::device::{Buffer, Context, DeviceError, Executor, Work};
use crate::wgsl::descent::{self as text, GROUP, NOWHERE, PARAMETERS, ROW, Tally, parameter};
use kernels::Kernels;

const _: () = assert!(Tally::Strayed as u32 == Tally::Going as u32 + 1, "they are read together");

/// What a submission should take, in milliseconds.
const SUBMISSION_MS: f64 = 30.0;
/// A submission is so many times longer than the one before at most.
const FASTER: f64 = 8.0;
/// How old a checkpoint gets.
const CHECKPOINT: Duration = Duration::from_secs(1);
/// How often somebody who watches is told.
const SIGHT: Duration = Duration::from_millis(250);

/// What can be seen of a descent on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sight {
    /// The start of least loss.
    pub start: usize,
    /// Its least loss, in the unit of [`crate::descent::Measured`].
    pub loss: pair::Pair<f32>,
    /// Steps so far.
    pub steps: u32,
}

/// Why a device did not finish a descent.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Why {
    /// It failed.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// At the points of the checkpoint, so many lanes leave what the model knows of its program.
    #[error("{0} lanes left the paths of the program that are known")]
    Strayed(u32),
}

/// A descent that the device did not finish.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{why}")]
pub struct Stopped {
    pub why: Why,
    /// The last state that is known: a run that goes on from here ends with the bits of one that never stopped.
    pub checkpoint: State,
}

/// How a descent ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Submissions.
    pub submissions: usize,
    /// Iterations, whatever the number of starts in them.
    pub iterations: usize,
    /// Checkpoints that were read on the way.
    pub checkpoints: usize,
}

/// A descent on its way.
pub struct Descent<'a> {
    context: &'a Context,
    problem: &'a Problem,
    model: &'a dyn Resident,
    kernels: Kernels,
    observed: Buffer,
    given: Buffer,
    order: Buffer,
    state: Buffer,
    /// The state before the submission.
    before: Buffer,
    summary: Buffer,
    /// Sums, level by level.
    partials: Vec<Buffer>,
    /// Parameters of the kernels that run for each piece, of each reduction, and of the rest.
    pieces: Vec<Buffer>,
    reductions: Vec<Buffer>,
    last: Buffer,
    last_words: [u32; PARAMETERS.len()],
    /// Starts that are evaluated together.
    slots: usize,
    /// Starts that go on, steps that each of them made, and the piece that is next.
    going: usize,
    steps: u32,
    piece: usize,
    /// Pieces of a submission.
    pace: usize,
    effort: Effort,
}

impl<'a> Descent<'a> {
    /// A descent of `problem`, whose free parameters are these inputs of the model, and whose rows are the model's.
    ///
    /// # Errors
    /// The device failed, or has no room.
    pub fn new(
        executor: &'a Executor,
        problem: &'a Problem,
        model: &'a dyn Resident,
        inputs: &[usize],
    ) -> Result<Descent<'a>, DeviceError> {
        let context = &executor.context;
        let (free, starts, measured) = (problem.free(), problem.starts(), &problem.measured);
        let (width, levels) = (measured.width(), parts(measured.rows()));
        let slots = model.lanes() / width;
        if slots == 0 {
            let message = format!("a start has {width} lanes, the model has room for {}", model.lanes());
            return Err(DeviceError::Invalid { what: "a descent".to_owned(), message });
        }
        let mut given: Vec<u32> = inputs
            .iter()
            .map(|&input| model.column(input).map_or(NOWHERE, |column| column as u32))
            .chain(inputs.iter().map(|&input| model.row(input) as u32))
            .collect();
        given.extend(problem.given.iter().map(|number| number.to_bits()));
        let mut words = [0; PARAMETERS.len()];
        let mut set = |name, value: usize| words[parameter(name)] = value as u32;
        set("evaluation", model.mark().1 as usize);
        set("starts", starts);
        set("free", free);
        set("rows", measured.rows());
        set("quads", width / LANES);
        set("width", model.lanes() / LANES);
        set("iterations", problem.iterations as usize);
        set("scale", measured.scale.to_bits() as usize);
        let with = |changes: &[(&str, usize)]| {
            let mut words = words;
            changes.iter().for_each(|&(name, value)| words[parameter(name)] = value as u32);
            words
        };
        let piece = |first: usize| {
            let words = with(&[("first", first), ("slots", slots.min(starts - first)), ("parts", levels[0])]);
            context.buffer_from("parameters", &words)
        };
        let reduction =
            |pair: &[usize]| context.buffer_from("parameters", &with(&[("parts", pair[0]), ("fewer", pair[1])]));
        let partial = |&parts: &usize| context.buffer("partials", (8 * parts * starts * (free + 1)) as u64);
        let last_words = with(&[("parts", levels[levels.len() - 1])]);
        Ok(Descent {
            context,
            problem,
            model,
            kernels: executor.descent_kernels(measured.loss, free)?,
            observed: context.buffer_from("observed", &measured.observed)?,
            given: context.buffer_from("given", &given)?,
            order: context.buffer("order", 4 * (1 + starts) as u64)?,
            before: context.buffer("state before", (4 * starts * State::rows(free)) as u64)?,
            state: context.buffer("state", (4 * starts * State::rows(free)) as u64)?,
            summary: context.buffer("descent summary", 4 * Tally::ALL.len() as u64)?,
            partials: levels.iter().map(partial).collect::<Result<_, _>>()?,
            pieces: (0..starts).step_by(slots).map(piece).collect::<Result<_, _>>()?,
            reductions: levels.windows(2).map(reduction).collect::<Result<_, _>>()?,
            last: context.buffer_from("parameters", &last_words)?,
            last_words,
            slots,
            going: 0,
            steps: 0,
            piece: 0,
            pace: 1,
            effort: Effort::default(),
        })
    }

    /// Lets every start of `state` go on until all have ended. `watch` is told of the best one a few times a second.
    ///
    /// # Errors
    /// The device failed, or lanes of the model strayed.
    pub fn run(&mut self, state: &State, mut watch: Option<&mut dyn FnMut(Sight)>) -> Result<State, Box<Stopped>> {
        let mut checkpoint = state.clone();
        match self.finish(&mut checkpoint, &mut watch) {
            Ok(()) => Ok(checkpoint),
            Err(why) => Err(Box::new(Stopped { why, checkpoint })),
        }
    }

    fn finish(&mut self, checkpoint: &mut State, watch: &mut Option<&mut dyn FnMut(Sight)>) -> Result<(), Why> {
        self.begin(checkpoint)?;
        let (mut kept, mut seen) = (Instant::now(), Instant::now());
        while self.going > 0 {
            let strayed = self.advance()?;
            if strayed > 0 {
                *checkpoint = self.state()?;
                return Err(Why::Strayed(strayed));
            }
            if self.going > 0 && kept.elapsed() >= CHECKPOINT {
                *checkpoint = self.state()?;
                self.effort.checkpoints += 1;
                kept = Instant::now();
            }
            if let Some(watch) = watch
                && (self.going == 0 || seen.elapsed() >= SIGHT)
            {
                watch(self.sight()?);
                seen = Instant::now();
            }
        }
        *checkpoint = self.state()?;
        Ok(())
    }

    /// Puts a state on the device.
    ///
    /// # Errors
    /// The device failed.
    pub fn begin(&mut self, state: &State) -> Result<(), DeviceError> {
        self.context.write(&self.state, 0, state.words())?;
        let going = (0..state.starts()).filter(|&start| state.halt(start) == crate::descent::Halt::Going);
        self.steps = going.map(|start| state.steps(start)).min().unwrap_or(0);
        self.piece = 0;
        let mut work = Work::new("begin a descent");
        work.clear(&self.summary);
        self.submit(work, [0; Tally::ALL.len()])?;
        Ok(())
    }

    /// Runs one submission; see [`Descent::going`]. Gives how many lanes strayed in the iteration from the state that is on the device,
    /// which then stays as it is; where they strayed in a later iteration of the submission, the next one ends before that.
    ///
    /// # Errors
    /// The device failed; nothing it left behind is used.
    pub fn advance(&mut self) -> Result<u32, DeviceError> {
        let pieces = self.going.div_ceil(self.slots).max(1);
        let mut work = Work::new("descent");
        work.clear(&self.summary);
        work.copy(&self.state, 0, &self.before, 0, self.state.bytes());
        let (steps, iterations) = (self.steps, self.effort.iterations);
        let mut counts = [0; Tally::ALL.len()];
        let begun = Instant::now();
        let planned = if self.piece == 0 && pieces <= self.pace {
            // Whole iterations, as many as are left at most.
            let left = self.problem.iterations.saturating_sub(self.steps) as usize + 1;
            (self.pace / pieces).min(left) * pieces
        } else {
            // The next starts of an iteration: nobody steps, and `order` stays as it is, until all of them were evaluated.
            self.pace.min(pieces - self.piece)
        };
        for _ in 0..planned {
            self.piece(&mut work, &mut counts);
            if self.piece == pieces {
                self.end_iteration(&mut work, &mut counts);
            }
        }
        let strayed = self.submit(work, counts)?;
        self.effort.submissions += 1;
        if strayed > 0 {
            let made = std::mem::replace(&mut self.effort.iterations, iterations) - iterations;
            (self.steps, self.piece, self.pace) = (steps, 0, 1);
            let mut work = Work::new("undo a submission");
            work.clear(&self.summary);
            work.copy(&self.before, 0, &self.state, 0, self.state.bytes());
            self.submit(work, [0; Tally::ALL.len()])?;
            return Ok(if made > 1 { 0 } else { strayed });
        }
        let faster = SUBMISSION_MS / 1e3 / begun.elapsed().as_secs_f64().max(1e-6);
        self.pace = ((planned as f64 * faster.min(FASTER)) as usize).max(1);
        Ok(0)
    }

    /// Encodes the evaluation of some starts.
    fn piece(&mut self, work: &mut Work, counts: &mut [u32; Tally::ALL.len()]) {
        let first = self.piece * self.slots;
        let slots = self.slots.min(self.going - first);
        let (free, width) = (self.problem.free(), self.problem.measured.width());
        let parameters = &self.pieces[self.piece];
        let buffers = [&self.state, &self.given, &self.order, self.model.columns(), &self.summary, parameters];
        work.dispatch(&self.kernels.spread, &buffers, groups(slots * (width / LANES).div_ceil(text::SPAN)));
        self.model.evaluate(work, slots * width);
        let (rows, mark) = (self.model.rows(), self.model.mark().0);
        let (observed, partials) = (&self.observed, &self.partials[0]);
        let buffers = [rows, observed, &self.given, &self.order, partials, mark, &self.summary, parameters];
        // Every slot of the piece has its place, so that a start's parts are where the first piece put them.
        let all = self.slots.min(self.problem.starts() - first);
        let invocations = free.div_ceil(text::together(free)) * all * parts(self.problem.measured.rows())[0];
        work.dispatch(&self.kernels.charge, &buffers, groups(invocations));
        for tally in [Tally::Spread, Tally::Evaluated, Tally::Charged] {
            counts[tally as usize] += 1;
        }
        self.piece += 1;
    }

    /// Encodes the sums and the step.
    fn end_iteration(&mut self, work: &mut Work, counts: &mut [u32; Tally::ALL.len()]) {
        for (parameters, pair) in self.reductions.iter().zip(self.partials.windows(2)) {
            let fewer = pair[1].bytes() as usize / 8;
            work.dispatch(&self.kernels.reduce, &[&pair[0], &pair[1], &self.summary, parameters], groups(fewer));
            counts[Tally::Reduced as usize] += 1;
        }
        let partials = &self.partials[self.partials.len() - 1];
        let buffers = [partials, &self.given, &self.order, &self.state, &self.summary, &self.last];
        work.dispatch(&self.kernels.step, &buffers, groups(self.going));
        counts[Tally::Stepped as usize] += 1;
        self.piece = 0;
        self.steps += 1;
        self.effort.iterations += 1;
    }

    /// Sends work with a count of its kernels, and learns how many starts go on and how many lanes strayed.
    fn submit(&mut self, mut work: Work, counts: [u32; Tally::ALL.len()]) -> Result<u32, DeviceError> {
        let stamp = self.context.next_stamp();
        self.last_words[parameter("stamp")] = stamp;
        self.context.write(&self.last, 0, &self.last_words)?;
        work.dispatch(&self.kernels.gather, &[&self.state, &self.order, &self.summary, &self.last], [1, 1]);
        work.expect(&self.summary, Tally::Stamp as u64, stamp);
        let counted = [Tally::Spread, Tally::Evaluated, Tally::Charged, Tally::Reduced, Tally::Stepped];
        for tally in counted.into_iter().filter(|&tally| counts[tally as usize] > 0) {
            work.expect(&self.summary, tally as u64, counts[tally as usize]);
        }
        let place = 4 * Tally::Going as u64;
        let words = work.read_range(&self.summary, place..place + 8);
        let words = self.context.submit(work, Dispatch::PATIENCE)?.get::<u32>(words);
        self.going = words[0] as usize;
        Ok(words[1])
    }

    /// The state, read back now.
    ///
    /// # Errors
    /// The device failed, or left what is no state.
    pub fn state(&self) -> Result<State, DeviceError> {
        let mut work = Work::new("read a descent");
        let all = work.read(&self.state);
        let words = self.context.submit(work, Dispatch::PATIENCE)?.get::<u32>(all);
        State::from_words(self.problem, words).map_err(|words| DeviceError::Driver {
            what: "reading a descent's state".to_owned(),
            message: format!("{words} words came back"),
        })
    }

    /// The best start so far: two words a start, read back now.
    ///
    /// # Errors
    /// The device failed.
    pub fn sight(&self) -> Result<Sight, DeviceError> {
        let row = 4 * self.problem.starts() as u64;
        let mut work = Work::new("look at a descent");
        let [high, low] = [Word::BestHigh, Word::BestLow]
            .map(|word| work.read_range(&self.state, word as u64 * row..(word as u64 + 1) * row));
        let result = self.context.submit(work, Dispatch::PATIENCE)?;
        let losses: Vec<[f32; 2]> =
            result.get::<f32>(high).into_iter().zip(result.get::<f32>(low)).map(|(high, low)| [high, low]).collect();
        let best = |&a: &usize, &b: &usize| pair::whole(losses[a]).total_cmp(&pair::whole(losses[b]));
        let start = (0..losses.len()).min_by(best).unwrap_or(0);
        Ok(Sight { start, loss: losses[start], steps: self.steps })
    }

    /// Starts that have not ended, as of the last submission.
    pub fn going(&self) -> usize {
        self.going
    }

    /// How it ran so far.
    pub fn effort(&self) -> Effort {
        self.effort
    }
}

/// Workgroups for so many invocations.
fn groups(invocations: usize) -> [u32; 2] {
    let groups = invocations.div_ceil(GROUP);
    [groups.min(ROW) as u32, groups.div_ceil(ROW) as u32]
}
