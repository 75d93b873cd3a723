//! Paths: what is known of one program, and lanes replayed along it; what they miss is recorded, and the rest interpreted.
//!
//! Lanes run along the known paths first. Some of those that leave at a guard towards an unknown side are recorded, and
//! the lanes that left run again, as long as a recorded lane shows the way to several others.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::host::kernels::Vector;
use crate::host::order::{Order, Orders, Round};
use crate::host::record::{Recorder, filled};
use crate::host::replay::{Effort, Lanes, Limits, Replay, Rest, WIDTH};
use crate::host::{Loaded, interpret};
use crate::machine::work::{Column, Ended, Segment, Work};
use crate::machine::{Budgets, Image};
use crate::tape::{Lowered, Outcome, Produced, Residual, lower};
use crate::value::Real;

/// So many lanes are recorded before it is asked whether recording is worth its cost.
const FIRST_RECORDINGS: usize = 64;
/// A recorded lane must have shown the way to so many others for more lanes to be recorded.
const LANES_PER_RECORDING: usize = 4;
/// Most lanes that are recorded between two runs.
const MOST_RECORDINGS: usize = 1024;
/// Few lanes: one in so many.
const FEW: usize = 8;
/// A first call with so many lanes looks at some of them before it runs them all.
const MANY: usize = 1 << 16;
/// As many as that.
const SAMPLE: usize = 1 << 12;
/// One lane in so many tells how much the lanes of a segment have to do.
const PROBED: usize = 16;

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
    /// Lanes that ran beside lanes of their path, in the order that an earlier call gave.
    pub ordered: usize,
    /// What blocks of lanes cost, and what they would cost if lanes never parted.
    pub effort: Effort,
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

    /// The image that the paths belong to, and where their program starts in it.
    pub fn place(&self) -> (&Arc<Image>, u32) {
        (&self.image, self.start)
    }

    /// Is nothing known?
    pub fn is_empty(&self) -> bool {
        self.known().residual.is_empty()
    }

    /// Records lanes of a segment that starts at [`Paths::place`], in a work of its image; `loaded` is that image.
    pub fn record(&self, work: &Work<'_>, loaded: &Loaded<F>, segment: &Segment, lanes: &[u32]) {
        self.known().record(work, loaded, segment, lanes);
    }

    /// Records what some lanes of a segment do, so that most lanes meet no unknown side: in a work of the image of [`Paths::place`], where the
    /// segment starts; `loaded` is that image. Nothing is interpreted and no number kept.
    pub fn explore(&self, work: &Work<'_>, segment: &Segment, limits: &Limits, loaded: &OnceLock<Loaded<F>>) -> Tally {
        let (orders, tally) = (&Orders::default(), Tally::default());
        let mut run = Run { paths: self, work, segment, limits, loaded, orders, tally };
        run.sample();
        run.tally
    }

    /// Operations of a lane, by some of a segment's lanes, in the work and with the image that [`Paths::explore`] wants. If nothing is known
    /// yet, this is recorded first what [`Paths::replay`] would begin with.
    pub fn probe(
        &self,
        work: &Work<'_>,
        segment: &Segment,
        limits: &Limits,
        loaded: &OnceLock<Loaded<F>>,
    ) -> (Tally, f64) {
        let (orders, tally) = (&Orders::default(), Tally::default());
        let mut run = Run { paths: self, work, segment, limits, loaded, orders, tally };
        run.begin();
        let count = (segment.lanes / PROBED).clamp(1, WIDTH);
        let lanes: Vec<u32> = (0..count).map(|index| (index * (segment.lanes / count)) as u32).collect();
        let program = self.lowered();
        let replay = Replay { gradient: false, ..run.replay(&program) };
        let rest = replay.run(Lanes::Some(&lanes), &mut vec![F::round(0.0); count], &mut []);
        let effort = rest.walked.iter().fold(Effort::default(), |all, walked| all.and(walked.effort));
        (run.tally, effort.needed as f64 / count as f64)
    }

    /// Runs the lanes of a segment of `work`, which is a segment of this program, in memory that has been used before or is new.
    /// `loaded` is that work's image, once somebody needs it; `orders` are those of earlier calls over the same lanes.
    pub fn replay(
        &self,
        work: &Work<'_>,
        segment: &Segment,
        limits: &Limits,
        loaded: &OnceLock<Loaded<F>>,
        orders: &Orders,
        ended: &mut Ended<F>,
    ) -> Tally {
        let is_same = std::ptr::eq(work.image, &*self.image);
        let segment = Segment { start: self.start, ..segment.clone() };
        let work = Work { image: &self.image, segments: std::slice::from_ref(&segment), ..*work };
        let own = OnceLock::new();
        let loaded = if is_same { loaded } else { &own };
        let mut run =
            Run { paths: self, work: &work, segment: &segment, limits, loaded, orders, tally: Tally::default() };
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
    orders: &'a Orders,
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
        self.begin();
        let order = self.orders.of(self.segment.lanes);
        let mut interpreted: Vec<u32> = Vec::new();
        let mut rounds: Vec<Round> = Vec::new();
        let mut rest = match &order {
            Some(order) => self.ordered(order, ended),
            None => self.whole(ended),
        };
        let (mut recordings, mut lanes_before) = (1, self.segment.lanes);
        let mut lanes: Option<Vec<u32>> = None;
        loop {
            interpreted.append(&mut rest.leavers);
            self.others(ended, &mut rest);
            self.tally.bytes_per_lane = self.tally.bytes_per_lane.max(rest.bytes_per_lane);
            rounds.push(Round { lanes: lanes.take(), walked: std::mem::take(&mut rest.walked) });
            if rest.strays.is_empty() {
                break;
            }
            if !is_worth_it(self.tally.recorded, lanes_before - rest.strays.len(), recordings) {
                self.tally.without_path += rest.strays.len();
                interpreted.extend(rest.strays.iter().map(|&(lane, ..)| lane));
                break;
            }
            // Lanes that left at one place run beside each other.
            rest.strays.sort_unstable_by_key(|&(lane, block, outcome)| (block, outcome, lane));
            let strays: Vec<u32> = rest.strays.iter().map(|&(lane, ..)| lane).collect();
            self.record(&choose(&rest.strays, recordings));
            recordings = more(recordings);
            lanes_before = strays.len();
            rest = self.some(&strays, ended);
            lanes = Some(strays);
        }
        self.tally.effort = rounds.iter().map(Round::effort).fold(Effort::default(), Effort::and);
        // Lanes that left at one place ran together: a call with many of them tells nothing of the waste of the next one.
        let again = rounds.get(1).and_then(|round| round.lanes.as_ref()).map_or(0, Vec::len);
        if again * FEW <= self.segment.lanes {
            let moved = self.numbers_moved(ended);
            self.orders.judge(self.segment.lanes, order.as_deref(), moved, &rounds);
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

    /// Makes some path known.
    fn begin(&mut self) {
        if self.paths.is_empty() {
            self.record(&[0]);
            if self.segment.lanes >= MANY {
                self.sample();
            }
        }
    }

    /// Records what some of the lanes do.
    fn sample(&mut self) {
        let count = self.segment.lanes.min(SAMPLE);
        let apart = self.segment.lanes / count.max(1);
        let mut lanes: Vec<u32> = (0..count).map(|index| (index * apart) as u32).collect();
        let mut recordings = 1;
        loop {
            let program = self.paths.lowered();
            let replay = Replay { gradient: false, ..self.replay(&program) };
            let rest = replay.run(Lanes::Some(&lanes), &mut vec![F::round(0.0); lanes.len()], &mut []);
            if rest.strays.is_empty() || !is_worth_it(self.tally.recorded, lanes.len() - rest.strays.len(), recordings)
            {
                return;
            }
            self.record(&choose(&rest.strays, recordings));
            recordings = more(recordings);
            lanes = rest.strays.iter().map(|&(lane, ..)| lane).collect();
        }
    }

    /// Numbers that a lane reads and writes, where they are not the same for all lanes.
    fn numbers_moved(&self, ended: &mut Ended<F>) -> usize {
        let columns = self.segment.columns.iter().filter(|column| !matches!(column, Column::Uniform(_)));
        columns.count() + 1 + self.gradients(ended).len()
    }

    fn record(&mut self, lanes: &[u32]) {
        let (work, segment, paths) = (self.work, self.segment, self.paths);
        let image = self.image();
        let begun = Instant::now();
        paths.record(work, image, segment, lanes);
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

    /// The gradients that this pass gives; one without leaves those of the pass before.
    fn gradients<'e>(&self, ended: &'e mut Ended<F>) -> Vec<&'e mut Vec<F>> {
        let is_given = |column: &&mut Vec<F>| self.work.gradient && !column.is_empty();
        ended.gradients.iter_mut().filter(is_given).collect()
    }

    /// Every lane, in the order of an earlier call.
    fn ordered(&mut self, order: &Order, ended: &mut Ended<F>) -> Rest<F> {
        let program = self.paths.lowered();
        let count = self.segment.lanes;
        let mut values = vec![F::round(0.0); count];
        let mut columns = vec![vec![F::round(0.0); count]; self.gradients(ended).len()];
        let rest = self.replay(&program).run(Lanes::Some(&order.lanes), &mut values, &mut columns);
        order.put_back(&values, &mut ended.values);
        self.gradients(ended).into_iter().zip(&columns).for_each(|(place, column)| order.put_back(column, place));
        ended.tape = ended.tape.max(rest.tape);
        self.tally.ordered = count;
        rest
    }

    /// Some lanes.
    fn some(&self, lanes: &[u32], ended: &mut Ended<F>) -> Rest<F> {
        let program = self.paths.lowered();
        let count = self.gradients(ended).len();
        let mut values = vec![F::round(f64::NAN); lanes.len()];
        let mut columns = vec![vec![F::round(0.0); lanes.len()]; count];
        let rest = self.replay(&program).run(Lanes::Some(lanes), &mut values, &mut columns);
        lanes.iter().zip(values).for_each(|(&lane, value)| ended.values[lane as usize] = value);
        for (column, some) in self.gradients(ended).into_iter().zip(columns) {
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

/// After so many recorded lanes, is it worth recording more of them, when those before showed the way to `shown` others?
pub fn is_worth_it(recorded: usize, shown: usize, recordings: usize) -> bool {
    recorded < FIRST_RECORDINGS || shown >= LANES_PER_RECORDING * (recordings / 2)
}

/// How many lanes are recorded in the round after one with so many.
pub fn more(recordings: usize) -> usize {
    (recordings * 2).min(MOST_RECORDINGS)
}

/// Some of the lanes that left, from as many different sides as there are.
pub fn choose(strays: &[(u32, u32, Outcome)], count: usize) -> Vec<u32> {
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
