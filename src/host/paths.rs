//! Paths: what is known of one program, and lanes replayed along it; what they miss is recorded, and the rest interpreted.
//!
//! Lanes run along the known paths first. Some of those that leave at a guard towards an unknown side are recorded, and
//! the lanes that left run again, as long as a recorded lane shows the way to several others.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::host::kernels::Vector;
use crate::host::record::{Recorder, filled};
use crate::host::replay::{Lanes, Limits, Replay, Rest};
use crate::host::{Loaded, interpret};
use crate::machine::work::{Ended, Segment, Work};
use crate::machine::{Budgets, Image};
use crate::tape::{Lowered, Outcome, Produced, Residual, lower};
use crate::value::Real;

/// So many lanes are recorded before it is asked whether recording is worth its cost.
const FIRST_RECORDINGS: usize = 64;
/// A recorded lane must have shown the way to so many others for more lanes to be recorded.
const LANES_PER_RECORDING: usize = 4;
/// Most lanes that are recorded between two runs.
const MOST_RECORDINGS: usize = 1024;

/// What lanes of one program on one road were seen to do.
#[derive(Debug)]
pub struct Paths<F: Real> {
    /// Keys of anchors hold addresses of this image.
    image: Arc<Image>,
    start: u32,
    known: Mutex<Known<F>>,
}

#[derive(Debug)]
struct Known<F: Real> {
    residual: Residual<F>,
    lowered: Arc<Lowered<F>>,
}

/// How a segment's lanes were run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lanes recorded in this call, and the time that took.
    pub recorded: usize,
    pub recording: Duration,
    /// Lanes that were interpreted, and those of them for which no path was worth recording.
    pub interpreted: usize,
    pub without_path: usize,
    /// Most bytes that a lane had in arrays and snapshots.
    pub bytes_per_lane: usize,
}

impl<F: Vector> Paths<F> {
    /// Nothing is known of the program that starts here.
    pub fn new(image: Arc<Image>, start: u32, inputs: usize) -> Self {
        let residual = Residual::new(inputs);
        let lowered = Arc::new(lower(&residual));
        Paths { image, start, known: Mutex::new(Known { residual, lowered }) }
    }

    fn known(&self) -> MutexGuard<'_, Known<F>> {
        // A thread that failed while it recorded left sections open, which are interpreted.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The known paths, ready to run.
    pub fn lowered(&self) -> Arc<Lowered<F>> {
        self.known().lowered.clone()
    }

    /// A copy of all that is known.
    pub fn residual(&self) -> Residual<F> {
        self.known().residual.clone()
    }

    /// Runs the lanes of a segment of `work`, which is a segment of this program, in memory that has been used before or is new.
    /// `loaded` is that work's image, once somebody needs it.
    pub fn replay(
        &self,
        work: &Work<'_>,
        segment: &Segment,
        limits: &Limits,
        loaded: &OnceLock<Loaded<F>>,
        ended: &mut Ended<F>,
    ) -> Tally {
        let is_same = std::ptr::eq(work.image, &*self.image);
        let segment = Segment { start: self.start, ..segment.clone() };
        let work = Work { image: &self.image, segments: std::slice::from_ref(&segment), ..*work };
        let own = OnceLock::new();
        let loaded = if is_same { loaded } else { &own };
        let mut run = Run { paths: self, work: &work, segment: &segment, limits, loaded, tally: Tally::default() };
        ended.others.clear();
        run.all(ended);
        run.tally
    }
}

impl<F: Vector> Known<F> {
    /// Records lanes, each after the one before.
    fn record(&mut self, work: &Work<'_>, image: &Loaded<F>, segment: &Segment, lanes: &[u32]) {
        // The replay counts entries against the budget; what runs without a tape has none.
        let work = &Work { budgets: Budgets { tape: u32::MAX, ..work.budgets }, ..*work };
        let mut recorder = Recorder::new(work, image, segment);
        for &lane in lanes {
            recorder.record(lane as usize, &mut self.residual);
        }
        self.lowered = Arc::new(lower(&self.residual));
        debug_assert_eq!(self.lowered.verify(), Ok(()));
    }
}

/// One call.
struct Run<'a, F: Vector> {
    paths: &'a Paths<F>,
    work: &'a Work<'a>,
    segment: &'a Segment,
    limits: &'a Limits,
    loaded: &'a OnceLock<Loaded<F>>,
    tally: Tally,
}

impl<'a, F: Vector> Run<'a, F> {
    fn image(&self) -> &'a Loaded<F> {
        self.loaded.get_or_init(|| Loaded::new(self.work.image))
    }

    fn all(&mut self, ended: &mut Ended<F>) {
        if self.segment.lanes == 0 {
            return;
        }
        if self.paths.known().residual.is_empty() {
            self.record(&[0]);
        }
        let mut interpreted: Vec<u32> = Vec::new();
        let mut rest = self.whole(ended);
        let (mut recordings, mut lanes_before) = (1, self.segment.lanes);
        loop {
            interpreted.append(&mut rest.leavers);
            self.others(ended, &mut rest);
            self.tally.bytes_per_lane = self.tally.bytes_per_lane.max(rest.bytes_per_lane);
            if rest.strays.is_empty() {
                break;
            }
            let mut strays: Vec<u32> = rest.strays.iter().map(|&(lane, ..)| lane).collect();
            strays.sort_unstable();
            let shown = lanes_before - strays.len();
            let is_worth_it = self.tally.recorded < FIRST_RECORDINGS || shown >= LANES_PER_RECORDING * (recordings / 2);
            if !is_worth_it {
                self.tally.without_path += strays.len();
                interpreted.append(&mut strays);
                break;
            }
            let chosen = choose(&rest.strays, recordings);
            self.record(&chosen);
            recordings = (recordings * 2).min(MOST_RECORDINGS);
            lanes_before = strays.len();
            rest = self.some(&strays, ended);
        }
        interpreted.sort_unstable();
        self.tally.interpreted = interpreted.len();
        if !interpreted.is_empty() {
            let (work, segment) = (self.work, self.segment);
            let ends = interpret(work, self.image(), segment, Lanes::Some(&interpreted));
            for (&lane, end) in interpreted.iter().zip(ends) {
                end.store(lane as usize, ended);
            }
        }
        ended.others.sort_unstable_by_key(|&(lane, _)| lane);
    }

    fn record(&mut self, lanes: &[u32]) {
        let (work, segment, paths) = (self.work, self.segment, self.paths);
        let image = self.image();
        let begun = Instant::now();
        paths.known().record(work, image, segment, lanes);
        self.tally.recorded += lanes.len();
        self.tally.recording += begun.elapsed();
    }

    fn replay<'p>(&'p self, program: &'p Lowered<F>) -> Replay<'p, F> {
        let limits =
            Limits { entries: if self.work.gradient { self.limits.entries } else { u64::MAX }, ..*self.limits };
        let Segment { columns, wanted, .. } = self.segment;
        Replay { program, columns, wanted, gradient: self.work.gradient, limits }
    }

    /// Every lane.
    fn whole(&self, ended: &mut Ended<F>) -> Rest<F> {
        let program = self.paths.lowered();
        let mut wanted: Vec<&mut Vec<F>> = ended.gradients.iter_mut().filter(|column| !column.is_empty()).collect();
        let mut columns: Vec<Vec<F>> = wanted.iter_mut().map(|column| std::mem::take(*column)).collect();
        let rest = self.replay(&program).run(Lanes::All(self.segment.lanes), &mut ended.values, &mut columns);
        wanted.into_iter().zip(columns).for_each(|(place, column)| *place = column);
        ended.tape = ended.tape.max(rest.tape);
        rest
    }

    /// Some lanes.
    fn some(&self, lanes: &[u32], ended: &mut Ended<F>) -> Rest<F> {
        let program = self.paths.lowered();
        let count = ended.gradients.iter().filter(|column| !column.is_empty()).count();
        let mut values = vec![F::round(f64::NAN); lanes.len()];
        let mut columns = vec![vec![F::round(0.0); lanes.len()]; count];
        let rest = self.replay(&program).run(Lanes::Some(lanes), &mut values, &mut columns);
        lanes.iter().zip(values).for_each(|(&lane, value)| ended.values[lane as usize] = value);
        for (column, some) in ended.gradients.iter_mut().filter(|column| !column.is_empty()).zip(columns) {
            lanes.iter().zip(some).for_each(|(&lane, derivative)| column[lane as usize] = derivative);
        }
        ended.tape = ended.tape.max(rest.tape);
        rest
    }

    /// Values that are no Floats, by their templates.
    fn others(&mut self, ended: &mut Ended<F>, rest: &mut Rest<F>) {
        if rest.others.is_empty() {
            return;
        }
        let image = self.work.image;
        let shared = &self.image().shared;
        for (lane, value, holes) in rest.others.drain(..) {
            if let Produced::Other(template, _) = value {
                ended.others.push((lane, filled(image, shared, &template, &holes)));
            }
        }
    }
}

/// Some of the lanes that left, from as many different sides as there are.
fn choose(strays: &[(u32, u32, Outcome)], count: usize) -> Vec<u32> {
    let mut by_side: Vec<(u32, Outcome, u32)> =
        strays.iter().map(|&(lane, block, outcome)| (block, outcome, lane)).collect();
    by_side.sort_unstable();
    let mut sides: Vec<u32> = Vec::new();
    let mut last = None;
    for &(block, outcome, lane) in &by_side {
        if last != Some((block, outcome)) {
            sides.push(lane);
            last = Some((block, outcome));
        }
    }
    let count = count.min(sides.len());
    (0..count).map(|index| sides[index * sides.len() / count]).collect()
}
