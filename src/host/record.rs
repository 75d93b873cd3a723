//! Record: one lane runs and writes the path it takes into a residual program.
//!
//! In: a lane of a segment and what earlier lanes wrote. Out: the same with this lane's path in it. Always: whatever ran
//! before, the lane takes the same path as if it were interpreted. Where anchors lie affects how well paths share
//! their sections, never an answer.

mod policy;

use std::sync::Arc;

use crate::host::record::policy::Policy;
use crate::host::{self, FUEL, Loaded, Setting, Stop, Trace, run};
use crate::machine::code::CLOSURE;
use crate::machine::lane::{FIRST_FRAME, Lane, Registers, fault, status};
use crate::machine::report::Fault;
use crate::machine::state::Reader;
use crate::machine::work::{Answer, Arenas, LONGEST_TAPE, Segment, Work};
use crate::machine::{ErrorKind, Image};
use crate::op::Op;
use crate::op::linear::Linear;
use crate::tape::{Due, Output, REFUSED, Residual, Template, Walk};
use crate::value::{Cell, Real, SHARED, Tag, Value};

/// Most sections of a residual program that a lane may still add to.
pub const LARGEST: usize = 1 << 22;

/// What a recorder starts with when nothing else is asked for: little, because there is one for every program.
const ARENAS: Arenas = Arenas { stack: 256, heap: 512, tape: 0 };

/// How recording a lane ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// The path leads to a value.
    Done,
    /// The path leads to an error of the program.
    Failed,
    /// A budget, or [`LARGEST`], ended the lane: its path is known as far as it goes, and interpreted from there.
    GaveUp,
}

/// Records lanes one after another in the same memory.
#[derive(Debug)]
pub struct Recorder<'a, F: Real> {
    work: &'a Work<'a>,
    image: &'a Loaded<F>,
    segment: &'a Segment,
    limits: Arenas,
    inputs: Vec<F>,
    lane: Lane<F>,
    reader: Reader,
    policy: Policy,
}

/// A walk as a machine writes to it.
struct Recording<'r, F: Real> {
    walk: Walk<'r, F>,
    /// Operations and guards that the budget still allows.
    left: usize,
    /// Operations, guards and objects so far.
    done: u64,
    /// Was there a guard since the last anchor?
    guarded: bool,
    /// Fewest calls that waited since the last application.
    lowest: u32,
}

impl<F: Real> Recording<'_, F> {
    fn spend(&mut self) -> Result<(), u32> {
        self.left = self.left.checked_sub(1).ok_or(fault(ErrorKind::Tape, 0))?;
        self.done += 1;
        Ok(())
    }

    fn is_full(&self) -> bool {
        !self.walk.is_known() && self.walk.sections() >= LARGEST
    }
}

impl<F: Real> Trace<F> for Recording<'_, F> {
    fn operation(&mut self, _: &Setting<'_, F>, op: Op, a: Value<F>, b: Value<F>, _: F::Payload) -> Result<u32, u32> {
        self.spend()?;
        Ok(self.walk.operation(op, a, b))
    }

    fn guard(&mut self, _: &Setting<'_, F>, op: Op, a: Value<F>, b: Value<F>, outcome: u32) -> Result<(), u32> {
        if self.is_full() {
            return Err(fault(ErrorKind::Tape, 0));
        }
        self.spend()?;
        self.guarded = true;
        self.walk.guard(op, a, b, u64::from(outcome));
        Ok(())
    }

    fn refused(&mut self, op: Op, a: Value<F>) -> Result<(), u32> {
        self.spend()?;
        self.walk.guard(op, a, a, REFUSED);
        Ok(())
    }

    fn takes_wholes(&self) -> bool {
        true
    }

    fn whole(&mut self, linear: Linear, operands: &[Value<F>]) -> Result<u32, u32> {
        self.spend()?;
        Ok(self.walk.whole(linear, operands))
    }

    fn applied(&mut self) -> bool {
        true
    }

    fn made(&mut self, objects: u32) {
        self.done += u64::from(objects);
        self.walk.objects(objects);
    }

    fn returned(&mut self, pending: u32) {
        self.lowest = self.lowest.min(pending);
    }
}

impl<'a, F: Real> Recorder<'a, F> {
    /// A recorder of a segment's lanes.
    pub fn new(work: &'a Work<'a>, image: &'a Loaded<F>, segment: &'a Segment) -> Self {
        let arenas = work.arenas.unwrap_or(ARENAS);
        Recorder {
            work,
            image,
            segment,
            limits: Arenas::limits(&work.budgets, segment.columns.len()),
            inputs: Vec::new(),
            lane: Lane::start(0, 0, arenas.stack.max(FIRST_FRAME), arenas.heap),
            reader: Reader::default(),
            policy: Policy::default(),
        }
    }

    /// Runs a lane and writes down what is new about its path. A residual program belongs to one segment of one image: its
    /// keys hold addresses of the image.
    pub fn record(&mut self, lane: usize, residual: &mut Residual<F>) -> Recorded {
        self.inputs.clear();
        self.inputs.extend(self.segment.columns.iter().map(|column| column.at::<F>(lane)));
        self.lane.registers = Registers::start(self.segment.start, self.inputs.len() as u32 + 1);
        self.policy.start();
        let left = (self.work.budgets.tape as usize).min(LONGEST_TAPE);
        let mut trace = Recording { walk: Walk::new(residual), left, done: 0, guarded: false, lowest: 0 };
        while self.slice(&mut trace) {
            self.lane.registers.status = status::RUNNING;
        }
        self.end(trace.walk)
    }

    /// Runs until the lane stops and serves it; false where it has ended.
    fn slice(&mut self, trace: &mut Recording<'_, F>) -> bool {
        let setting = Setting {
            image: self.image,
            inputs: &self.inputs,
            budgets: self.work.budgets,
            record: true,
            tape: 0,
            stop: Stop::Never,
        };
        let done = run(&setting, &mut self.lane, trace, FUEL);
        self.policy.ran(done);
        match self.lane.registers.status {
            status::RUNNING => true,
            status::APPLIED => self.applied(trace),
            _ => host::serve(self.work.image, &self.work.budgets, &self.limits, &mut self.lane),
        }
    }

    /// The lane stands behind an application: is there an anchor? False where there is no room for one.
    fn applied(&mut self, trace: &mut Recording<'_, F>) -> bool {
        let level = self.lane.registers.pending;
        let lowest = std::mem::replace(&mut trace.lowest, level);
        let times = self.policy.applied(self.body(), lowest, level, trace.done);
        match trace.walk.tick() {
            Due::No => {}
            Due::Known => {
                let words = trace.walk.follow();
                trace.guarded = false;
                self.policy.followed(words as usize);
            }
            Due::Ask if trace.is_full() => {
                self.lane.registers.status = fault(ErrorKind::Tape, 0);
                return false;
            }
            Due::Ask => {
                if let Some(longest) = times.and_then(|times| self.policy.due(times, trace.guarded)) {
                    let inputs = self.inputs.len() as u32;
                    let state = self.reader.state(self.work.image, &self.lane, inputs, longest);
                    self.policy.read(state.as_ref().map(|state| state.words));
                    if let Some(state) = state {
                        trace.guarded = false;
                        trace.walk.anchor(state.key, state.words, state.slots, state.alive);
                    }
                }
            }
        }
        true
    }

    /// What was applied: the code, and on the interpreted road the node of its body, which the closure holds.
    fn body(&self) -> u64 {
        let registers = &self.lane.registers;
        let pc = registers.pc - 1;
        let captures = self.work.image.function_at(pc).map_or(0, |function| function.captures);
        let mut body = u64::from(pc);
        if captures > 0 {
            let address = self.lane.stack[(registers.fp + CLOSURE) as usize].word();
            let cell = |index| self.lane.cell(&self.image.shared, address + index);
            let values = (0..captures).map(|capture| cell(capture.div_ceil(2))[(capture as usize + 1) & 1]);
            let shared = values.filter(|value| {
                let is_object = [Tag::Pair, Tag::Closure].into_iter().any(|tag| value.is(tag));
                is_object && value.word() & SHARED != 0
            });
            for value in shared {
                body = (body.rotate_left(21) ^ u64::from(value.word())).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            }
        }
        body
    }

    /// The end of the lane's walk.
    fn end(&mut self, walk: Walk<'_, F>) -> Recorded {
        let registers = &self.lane.registers;
        if registers.status == status::DONE {
            let value = self.lane.value();
            let other = (!walk.is_known() && !value.is(Tag::Float)).then(|| {
                let copied = self.reader.copy(self.work.image, &self.lane, value);
                let holes = walk.places(&copied.slots);
                Output::Other(Arc::new(Template { root: copied.root, cells: copied.cells, holes }))
            });
            walk.done(value, other);
            return Recorded::Done;
        }
        match registers.fault() {
            Some((ErrorKind::Steps | ErrorKind::Stack | ErrorKind::Heap | ErrorKind::Tape, _)) => {
                walk.give_up();
                Recorded::GaveUp
            }
            _ => {
                walk.fault();
                Recorded::Failed
            }
        }
    }
}

/// A template with these numbers in its holes, as [`Answer`] of a lane that ended with it.
///
/// # Errors
/// Its written form is too long.
pub fn filled<F: Real>(
    image: &Image,
    shared: &[Cell<F>],
    template: &Template<F>,
    holes: &[F],
) -> Result<Answer<F>, Box<Fault>> {
    let fill = |value: Value<F>| match (value.is(Tag::Float), value.slot()) {
        (true, hole) if hole > 0 => Value::float(holes[hole as usize - 1]),
        _ => value,
    };
    let heap = template.cells.iter().map(|cell| cell.map(fill)).collect();
    let lane = Lane { registers: Registers::start(0, 0), stack: Vec::new(), heap };
    host::answer_of(image, shared, &lane, fill(template.root))
}
