//! The host executor: the definition of what the machine means, in f32 and f64, on every core.
//!
//! In: a [`Work`]. Out: an [`Ended`] for each of its segments. Always: a lane's answer depends on nothing but its
//! program, its inputs and the budgets; not on fuel, arenas, other lanes or the number of cores. Deliberately absent:
//! any knowledge of roads, files or devices.

mod bandwidth;
mod entries;
pub mod kernels;
mod machine;
mod operate;
mod order;
mod paths;
mod record;
pub mod replay;
mod trace;

use rayon::prelude::*;

pub use bandwidth::bandwidth;
pub use entries::Trace;
pub use machine::{Loaded, Setting, run};
pub use order::{Orders, worth};
pub use paths::{Paths, Tally, choose, is_worth_it, more};
pub use record::{LARGEST, Recorded, Recorder, filled};
use replay::Lanes;
pub use trace::{Traced, non_finite_place, trace};

use crate::machine::collect::collect;
use crate::machine::lane::{FIRST_FRAME, Lane, Registers, fault, status};
use crate::machine::report;
use crate::machine::work::{Answer, Arenas, Ended, Segment, Work};
use crate::machine::{Budgets, ErrorKind, Image, written};
use crate::tape::{self, Entry};
use crate::value::{Cell, Real, Tag, Value};

/// Lanes that one core takes at a time.
const BLOCK: usize = 64;
/// Most bytes of a value's written form: shared lists can be exponentially long on paper.
const LONGEST_VALUE: usize = 16 << 20;
/// Instructions between two looks at a lane when nothing else is asked for.
const FUEL: u64 = 1 << 20;

/// What a worker starts with when nothing else is asked for; it keeps it for lane after lane.
const ARENAS: Arenas = Arenas { stack: 2048, heap: 8192, tape: 1024 };

/// Interprets every lane of a work.
pub fn execute<F: Real>(work: &Work<'_>) -> Vec<Ended<F>> {
    let image = Loaded::<F>::new(work.image);
    let segment = |segment: &Segment| {
        let mut ended = Ended::empty(segment, work.gradient);
        let done = interpret(work, &image, segment, Lanes::All(segment.lanes));
        done.into_iter().enumerate().for_each(|(lane, end)| end.store(lane, &mut ended));
        ended
    };
    work.segments.iter().map(segment).collect()
}

/// What became of a lane that was interpreted.
#[derive(Debug)]
struct End<F> {
    answer: Result<Answer<F>, Box<report::Fault>>,
    /// By input.
    gradient: Box<[F]>,
    tape: usize,
}

impl<F: Real> End<F> {
    fn store(self, lane: usize, ended: &mut Ended<F>) {
        ended.set(lane, self.answer, &self.gradient);
        ended.tape = ended.tape.max(self.tape);
    }
}

/// Interprets these lanes of a segment.
fn interpret<F: Real>(work: &Work<'_>, image: &Loaded<F>, segment: &Segment, lanes: Lanes<'_>) -> Vec<End<F>> {
    let stride = if work.gradient { segment.columns.len() } else { 0 };
    let worker = || Worker::new(work, image, segment);
    let end = |worker: &mut Worker<'_, F>, index: usize| {
        worker.load(lanes.at(index));
        worker.finish();
        let mut gradient = vec![F::round(0.0); stride].into_boxed_slice();
        if stride > 0 {
            worker.gradient(&mut gradient);
        }
        End { answer: worker.answer(), gradient, tape: worker.tape.len() }
    };
    (0..lanes.len()).into_par_iter().with_min_len(BLOCK).map_init(worker, end).collect()
}

/// Runs lanes one after another in the same memory.
pub(crate) struct Worker<'a, F: Real> {
    work: &'a Work<'a>,
    image: &'a Loaded<F>,
    segment: &'a Segment,
    limits: Arenas,
    inputs: Vec<F>,
    pub(crate) lane: Lane<F>,
    pub(crate) tape: Vec<Entry<F>>,
    room: usize,
    x_bar: Vec<F>,
    pub(crate) longest: usize,
    /// Stop where this entry would be taped, or where the first non-finite number arises.
    pub(crate) stop: Stop,
}

/// Where a lane that is run again to find a place stops with [`ErrorKind::NonFinite`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stop {
    /// Nowhere.
    #[default]
    Never,
    /// At the operation that would make this tape entry.
    Entry(u32),
    /// At the first operation that makes a NaN or an infinity from finite operands.
    NonFinite,
}

impl<'a, F: Real> Worker<'a, F> {
    pub(crate) fn new(work: &'a Work<'a>, image: &'a Loaded<F>, segment: &'a Segment) -> Self {
        let arenas = work.arenas.unwrap_or(ARENAS);
        Worker {
            work,
            image,
            segment,
            limits: Arenas::limits(&work.budgets, segment.columns.len()),
            inputs: Vec::new(),
            lane: Lane::start(0, 0, arenas.stack.max(FIRST_FRAME), arenas.heap),
            tape: Vec::new(),
            room: arenas.tape,
            x_bar: Vec::new(),
            longest: 0,
            stop: Stop::Never,
        }
    }

    /// The next lane takes the memory of the last.
    pub(crate) fn load(&mut self, lane: usize) {
        self.inputs.clear();
        self.inputs.extend(self.segment.columns.iter().map(|column| column.at::<F>(lane)));
        self.tape.clear();
        if self.work.gradient {
            self.tape.push(Entry::default());
            self.tape.extend(self.inputs.iter().map(|&input| Entry::input(input)));
        }
        self.lane.registers = Registers::start(self.segment.start, self.tape.len() as u32);
    }

    /// Runs until the lane has a value or a fault, giving it what it asks for.
    pub(crate) fn finish(&mut self) {
        let fuel = self.work.fuel.map_or(FUEL, u64::from);
        loop {
            let setting = Setting {
                image: self.image,
                inputs: &self.inputs,
                budgets: self.work.budgets,
                record: self.work.gradient,
                tape: self.room,
                stop: self.stop,
            };
            run(&setting, &mut self.lane, &mut self.tape, fuel);
            self.lane.registers.tape = self.tape.len() as u32;
            let go_on = match self.lane.registers.status {
                status::RUNNING => true,
                status::NEEDS_TAPE => grow(&mut self.room, self.limits.tape),
                _ => serve(self.work.image, &self.work.budgets, &self.limits, &mut self.lane),
            };
            if !go_on {
                break;
            }
            self.lane.registers.status = status::RUNNING;
        }
        self.longest = self.longest.max(self.tape.len());
    }

    /// The finished lane's value or fault.
    pub(crate) fn answer(&self) -> Result<Answer<F>, Box<report::Fault>> {
        answer(self.work.image, &self.image.shared, &self.lane, &self.work.budgets)
    }

    /// Derivatives of the finished lane's value by its inputs; the slot of the first rule that went wrong.
    pub(crate) fn gradient(&mut self, gradient: &mut [F]) -> Option<u32> {
        let value = self.lane.value();
        if self.lane.registers.status != status::DONE || !value.is(Tag::Float) {
            return None;
        }
        let found = tape::adjoint(&self.tape, value.slot(), gradient.len(), &mut self.x_bar);
        gradient.copy_from_slice(&found.inputs);
        found.non_finite
    }
}

/// Gives a lane that stopped for stack or heap what it needs; false where the lane has ended, with its status set.
///
/// A device's lanes are served here too, between two slices.
pub(crate) fn serve<F: Real>(image: &Image, budgets: &Budgets, limits: &Arenas, lane: &mut Lane<F>) -> bool {
    match lane.registers.status {
        status::NEEDS_STACK => {
            let mut size = lane.stack.len();
            if grow(&mut size, limits.stack) {
                lane.stack.resize(size, Default::default());
                return true;
            }
            lane.registers.status = fault(ErrorKind::Stack, 0);
            false
        }
        status::NEEDS_COUNT => {
            collect(image, lane);
            // What is made at once may be more than a small budget allows although little is alive.
            let [_, objects] = image.wanted(lane);
            let asks_again = (lane.registers.cells + objects - 1) / 2 >= budgets.heap;
            let is_spent = lane.registers.cells > budgets.heap || asks_again;
            if is_spent {
                lane.registers.cells = lane.registers.cells.max(budgets.heap.saturating_add(1));
                lane.registers.status = fault(ErrorKind::Heap, 0);
            }
            !is_spent
        }
        status::NEEDS_HEAP => {
            // The program's objects are counted at moments that do not depend on the arena.
            let cells = lane.registers.cells;
            let roots = collect(image, lane);
            lane.registers.cells = cells;
            let (used, mut size) = (lane.registers.heap as usize, lane.heap.len());
            let [wanted, _] = image.wanted(lane);
            let fits = used + wanted as usize <= size;
            // A heap that is still half full would be full again at once, and a small one under a deep stack would be
            // collected again and again.
            let crowded = !fits || used >= size / 2 || roots >= size;
            if crowded && grow(&mut size, limits.heap) {
                lane.heap.resize(size, Cell::default());
                return true;
            }
            if fits && used < size / 2 {
                return true;
            }
            lane.registers.status = fault(ErrorKind::Heap, 0);
            false
        }
        _ => false,
    }
}

/// Doubles an arena up to its limit; false if it is there already.
pub(crate) fn grow(size: &mut usize, limit: usize) -> bool {
    if *size >= limit {
        return false;
    }
    *size = (*size * 2).clamp(16, limit.max(16));
    true
}

/// A finished lane's value or fault.
pub(crate) fn answer<F: Real>(
    image: &Image,
    shared: &[Cell<F>],
    lane: &Lane<F>,
    budgets: &Budgets,
) -> Result<Answer<F>, Box<report::Fault>> {
    if lane.registers.status != status::DONE {
        return Err(Box::new(report::fault(image, shared, lane, budgets)));
    }
    answer_of(image, shared, lane, lane.value())
}

/// A value of a lane as an answer.
fn answer_of<F: Real>(
    image: &Image,
    shared: &[Cell<F>],
    lane: &Lane<F>,
    value: Value<F>,
) -> Result<Answer<F>, Box<report::Fault>> {
    Ok(match value.tag() {
        tag if tag == Tag::Float as u32 => Answer::Float(value.number()),
        tag if tag == Tag::Int as u32 => Answer::Int(value.word() as i32),
        tag if tag == Tag::Bool as u32 => Answer::Bool(value.word() != 0),
        _ => match written::value(image, shared, lane, value, LONGEST_VALUE) {
            Ok(text) => Answer::Written(text.into()),
            Err(_) => {
                return Err(Box::new(report::Fault {
                    kind: ErrorKind::Heap,
                    message: format!("the written form of the value is longer than {LONGEST_VALUE} bytes").into(),
                    span: None,
                }));
            }
        },
    })
}
