//! One lane run for its own sake: its tape, and the place where a non-finite number first arose.

use crate::host::machine::Loaded;
use crate::host::{Stop, Worker};
use crate::machine::report::{self, Fault};
use crate::machine::work::{Answer, Work};
use crate::machine::{Budgets, ErrorKind};
use crate::reader::Span;
use crate::tape::Entry;
use crate::value::Real;

/// One lane's run.
#[derive(Clone, Debug)]
pub struct Traced<F: Real> {
    pub answer: Result<Answer<F>, Box<Fault>>,
    /// By input.
    pub gradient: Vec<F>,
    /// Slot 0 is nobody's, slots 1 to n are the inputs.
    pub tape: Vec<Entry<F>>,
    /// The slot of the value, 0 if it is a constant or no Float.
    pub output: u32,
    /// The slot whose adjoint rule first gave a NaN or an infinity.
    pub wrong_adjoint: Option<u32>,
    pub steps: u32,
}

/// Runs one lane of one segment with its tape.
pub fn trace<F: Real>(work: &Work<'_>, segment: usize, lane: usize) -> Traced<F> {
    let work = Work { gradient: true, ..*work };
    let image = Loaded::<F>::new(work.image);
    let segment = &work.segments[segment];
    let mut worker = Worker::new(&work, &image, segment);
    worker.load(lane);
    worker.finish();
    let answer = worker.answer();
    let mut gradient = vec![F::round(0.0); segment.columns.len()];
    let wrong_adjoint = worker.gradient(&mut gradient);
    let output = match answer {
        Ok(Answer::Float(_)) => worker.lane.value().slot(),
        _ => 0,
    };
    let steps = worker.lane.registers.steps;
    Traced { answer, gradient, tape: std::mem::take(&mut worker.tape), output, wrong_adjoint, steps }
}

/// Where the first NaN or infinity behind a lane's value, or behind its gradient, arose.
pub fn non_finite_place<F: Real>(work: &Work<'_>, segment: usize, lane: usize) -> Option<Span> {
    // The tape is this search's own: the program's budget is not for it.
    let work = &Work { gradient: true, budgets: Budgets { tape: u32::MAX, ..work.budgets }, ..*work };
    let traced = trace::<F>(work, segment, lane);
    let stop = match traced.answer {
        Ok(Answer::Float(value)) if value.wide().is_finite() => Stop::Entry(traced.wrong_adjoint?),
        _ => origin(&traced).map_or(Stop::NonFinite, Stop::Entry),
    };
    let image = Loaded::<F>::new(work.image);
    let mut worker = Worker::new(work, &image, &work.segments[segment]);
    worker.stop = stop;
    worker.load(lane);
    worker.finish();
    let stopped = worker.answer().err().filter(|fault| fault.kind == ErrorKind::NonFinite);
    stopped.and_then(|_| report::place(work.image, &worker.lane))
}

/// The tape entry behind the value that is not finite although its operands are; `None` where a constant is to blame.
fn origin<F: Real>(traced: &Traced<F>) -> Option<u32> {
    let finite = |bits: F::Payload| F::of_payload(bits).wide().is_finite();
    let mut slot = Some(traced.output).filter(|&slot| slot as usize > traced.gradient.len())?;
    loop {
        let entry = &traced.tape[slot as usize];
        let wrong = [entry.slot_a(), entry.slot_b()]
            .into_iter()
            .flatten()
            .find(|&operand| !finite(traced.tape[operand as usize].value));
        match wrong {
            Some(operand) if operand as usize > traced.gradient.len() => slot = operand,
            // An input that is not finite: the first operation on it.
            Some(_) => return Some(slot),
            None => {
                let constants = [(entry.slot_a(), entry.a), (entry.slot_b(), entry.b)];
                let constant_wrong = constants.iter().any(|&(slot, bits)| slot.is_none() && !finite(bits));
                return (!constant_wrong).then_some(slot);
            }
        }
    }
}
