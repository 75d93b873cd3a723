//! Lanes recorded on both roads, and followed by the plainest replay there is; every path is checked against the raw tape.

use evalgrad::host::{self, Loaded, Recorded, Recorder};
use evalgrad::machine::Budgets;
use evalgrad::machine::work::{Answer, Column, Segment, Work};
use evalgrad::op::linear::{self, Scratch};
use evalgrad::op::{self, Kind, Op};
use evalgrad::tape::{End, Operand, Operation, Output, REFUSED, Residual, SectionId, Whole};
use evalgrad::value::Real;

use crate::common::Prepared;

/// What an operation reads: a slot, or a constant's bits (as an f64).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Read {
    Slot(u32),
    Constant(u64),
}

/// An operation, or a guard with its outcome; slots number inputs and operations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    pub op: Op,
    pub a: Read,
    pub b: Read,
    pub is_guard: bool,
    pub value: u64,
}

fn bits<F: Real>(number: F) -> u64 {
    number.wide().to_bits()
}

/// Where a path ends.
#[derive(Clone, Debug)]
pub enum Ending<F: Real> {
    Value(Answer<F>),
    Fault,
    /// Nothing is known from here on.
    Open,
}

/// A lane's way through a residual program, decided by the guards alone.
pub struct Path<F: Real> {
    pub sections: Vec<SectionId>,
    pub steps: Vec<Step>,
    /// Steps before the first whole operation, if there is one: those that the raw tape has as well.
    pub raw: Option<usize>,
    pub applications: u32,
    pub ending: Ending<F>,
}

/// The plainest replay there is; a cycle without an end is left when a budget is spent.
fn follow<F: Real>(lanes: &Lanes, image: &Loaded<F>, residual: &Residual<F>, inputs: &[F]) -> Path<F> {
    let mut path =
        Path { sections: vec![SectionId::ENTRY], steps: Vec::new(), raw: None, applications: 0, ending: Ending::Open };
    let mut frame: Vec<(u32, F)> = Vec::new();
    let mut next = inputs.len() as u32 + 1;
    loop {
        let id = path.sections[path.sections.len() - 1];
        let (section, code, constants) = (residual.section(id), residual.code(id), residual.constants(id));
        let is_spent = path.applications > lanes.budgets.steps || path.steps.len() > lanes.budgets.tape as usize;
        if is_spent || matches!(section.end, End::Open) {
            return path;
        }
        assert_eq!(code.base as usize, frame.len());
        let read = |operand: Operand, frame: &[(u32, F)]| match operand {
            Operand::Slot(slot) => frame[slot as usize],
            Operand::Input(input) => (input + 1, inputs[input as usize]),
            Operand::Constant(constant) => (0, constants[constant as usize]),
        };
        let step = |Operation { op, a, b }: Operation, frame: &[(u32, F)]| {
            let (a, b) = (read(a, frame), read(b, frame));
            let operand = |(slot, number): (u32, F)| match slot {
                0 => Read::Constant(bits(number)),
                slot => Read::Slot(slot),
            };
            (Step { op, a: operand(a), b: operand(b), is_guard: false, value: 0 }, a.1, b.1)
        };
        let mut wholes = code.wholes.iter().peekable();
        for (number, &operation) in code.operations.iter().enumerate() {
            if operation.op == Op::Part {
                if let Some((_, whole)) = wholes.next_if(|(at, _)| *at as usize == number) {
                    path.raw.get_or_insert(path.steps.len());
                    for result in results(whole, |operand| read(operand, &frame).1) {
                        frame.push((next, result));
                        next += 1;
                    }
                }
                continue;
            }
            let (mut step, a, b) = step(operation, &frame);
            let value = op::real::<F>(operation.op, a, b);
            step.value = bits(value);
            path.steps.push(step);
            frame.push((next, value));
            next += 1;
        }
        path.applications += section.cost.steps;
        let parts: usize = code.wholes.iter().map(|(_, whole)| whole.linear.results()).sum();
        let entries = code.operations.len() - parts + code.wholes.len() + usize::from(code.guard.is_some());
        assert_eq!(section.cost.entries as usize, entries);
        match &section.end {
            End::Open => return path,
            End::Guard(sides) => {
                let (mut step, a, b) = step(code.guard.expect("a guard decides"), &frame);
                let outcome = decide(step.op, a, b);
                step.value = outcome;
                step.is_guard = true;
                path.steps.push(step);
                let Some((_, target)) = sides.iter().find(|(side, _)| *side == outcome) else { return path };
                path.sections.push(*target);
            }
            End::Anchor(target, holes) => {
                frame = holes.iter().map(|&hole| read(hole, &frame)).collect();
                assert!(frame.iter().all(|&(slot, _)| slot > inputs.len() as u32), "a hole is taped and no input");
                path.sections.push(*target);
            }
            End::Done(output) => {
                path.ending = Ending::Value(match output {
                    Output::Float(operand) => Answer::Float(read(*operand, &frame).1),
                    Output::Other(template) => {
                        let holes: Vec<F> = template.holes.iter().map(|&hole| read(hole, &frame).1).collect();
                        host::filled(&lanes.prepared.image, &image.shared, template, &holes).expect("a short value")
                    }
                });
                return path;
            }
            End::Fault => {
                path.ending = Ending::Fault;
                return path;
            }
        }
    }
}

/// What a whole operation makes.
fn results<F: Real>(whole: &Whole, read: impl Fn(Operand) -> F) -> Vec<F> {
    let numbers: Vec<linear::Lanes<F, 1>> =
        whole.operands.iter().map(|&operand| linear::Lanes([read(operand)])).collect();
    let operands = numbers.split_at(whole.linear.operands()[0]).into();
    let mut results = vec![linear::Lanes([F::of(0.0)]); whole.linear.results()];
    linear::forward(whole.linear, operands, &mut results, &mut Scratch::default());
    results.into_iter().map(|lanes| lanes.0[0]).collect()
}

/// What a guard says.
fn decide<F: Real>(op: Op, a: F, b: F) -> u64 {
    let truth = match op.row().kind {
        Kind::Compare => op::compare::<F>(op, a, b),
        Kind::Identity => bits(a) == bits(b) || op::test::<F>(Op::IsNan, a) && op::test::<F>(Op::IsNan, b),
        _ if op == Op::Exact => {
            let (int, fits) = a.exact();
            return if fits { u64::from(int) } else { REFUSED };
        }
        _ if matches!(op, Op::IsEven | Op::IsOdd) && !op::test::<F>(Op::IsInteger, a) => return REFUSED,
        _ => op::test::<F>(op, a),
    };
    u64::from(truth)
}

/// A program on both roads and lanes for it: each a list of inputs.
pub struct Lanes {
    pub prepared: Prepared,
    pub lanes: Vec<Vec<f64>>,
    pub budgets: Budgets,
}

impl Lanes {
    pub fn of(text: &str, lanes: &[&[f64]]) -> Lanes {
        let lanes = lanes.iter().map(|lane| lane.to_vec()).collect();
        Lanes { prepared: Prepared::of(text), lanes, budgets: Budgets::default() }
    }

    pub fn segment(&self, road: usize) -> Segment {
        let inputs = self.lanes[0].len();
        let column = |input: usize| Column::F64(self.lanes.iter().map(|lane| lane[input]).collect());
        let columns = (0..inputs).map(column).collect();
        Segment::new(self.prepared.starts[road], columns, self.lanes.len())
    }

    /// Records every lane and checks after each that all lanes so far have their raw tape, step by step.
    pub fn record<F: Real>(&self, road: usize) -> (Residual<F>, Vec<Path<F>>) {
        let segments = [self.segment(road)];
        let work = Work {
            image: &self.prepared.image,
            segments: &segments,
            budgets: self.budgets,
            arenas: None,
            gradient: true,
            fuel: None,
        };
        let image = Loaded::<F>::new(work.image);
        let mut residual = Residual::new(segments[0].columns.len());
        let mut recorder = Recorder::new(&work, &image, &segments[0]);
        let mut outcomes = Vec::new();
        for lane in 0..self.lanes.len() {
            outcomes.push(recorder.record(lane, &mut residual));
        }
        let paths =
            outcomes.iter().enumerate().map(|(lane, &recorded)| self.check(&work, &image, &residual, lane, recorded));
        (residual.clone(), paths.collect())
    }

    fn check<F: Real>(
        &self,
        work: &Work<'_>,
        image: &Loaded<F>,
        residual: &Residual<F>,
        lane: usize,
        recorded: Recorded,
    ) -> Path<F> {
        let inputs: Vec<F> = work.segments[0].columns.iter().map(|column| column.at(lane)).collect();
        let path = follow(self, image, residual, &inputs);
        let traced = host::trace::<F>(work, 0, lane);
        let text = self.prepared.program.text();
        // Guards have entries of their own on the raw tape, but no slot here.
        let mut slots: Vec<u32> = (0..=inputs.len() as u32).collect();
        let mut next = inputs.len() as u32 + 1;
        let mut raw = Vec::new();
        for entry in &traced.tape[inputs.len() + 1..] {
            let operand = |slot: Option<u32>, constant: F::Payload| match slot {
                Some(slot) => Read::Slot(slots[slot as usize]),
                None => Read::Constant(bits(F::of_payload(constant))),
            };
            let value =
                if entry.is_guard() { u64::from(F::low(entry.value)) } else { bits(F::of_payload(entry.value)) };
            let (a, b) = (operand(entry.slot_a(), entry.a), operand(entry.slot_b(), entry.b));
            raw.push(Step { op: entry.op(), a, b, is_guard: entry.is_guard(), value });
            slots.push(if entry.is_guard() { 0 } else { next });
            next += u32::from(!entry.is_guard());
        }
        // The library's loops stand on the raw tape in place of a whole operation.
        let is_raw = |steps: &[Step]| match path.raw {
            Some(count) => raw.len() >= count && raw[..count] == steps[..count],
            None => steps == raw,
        };
        match recorded {
            Recorded::Done => {
                assert!(is_raw(&path.steps), "{text}: {:?}, not {raw:?}", path.steps);
                assert_eq!(path.applications, traced.steps, "{text}");
                let Ending::Value(found) = &path.ending else { panic!("{text}: {:?}", path.ending) };
                let same = |found: &Answer<F>, answer: &Answer<F>| found.written() == answer.written();
                assert!(traced.answer.as_ref().is_ok_and(|answer| same(found, answer)), "{text}: {found:?}");
            }
            Recorded::Failed => {
                let refused = path.steps.last().is_some_and(|step| step.value == REFUSED && step.is_guard);
                assert!(is_raw(&path.steps[..path.steps.len() - usize::from(refused)]), "{text}");
                assert!(traced.answer.is_err() && matches!(path.ending, Ending::Fault), "{text}");
            }
            Recorded::GaveUp => {
                let count = path.raw.unwrap_or(path.steps.len());
                assert!(raw.iter().zip(&path.steps[..count]).all(|(raw, step)| raw == step), "{text}");
                assert!(traced.answer.is_err() && matches!(path.ending, Ending::Open), "{text}");
            }
        }
        path
    }

    /// [`Lanes::record`] on both roads, in f64.
    pub fn both(&self) -> [(Residual<f64>, Vec<Path<f64>>); 2] {
        [self.record(0), self.record(1)]
    }
}
