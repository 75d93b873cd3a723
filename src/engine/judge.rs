//! Judge: from what an executor hands back to values, gradients and statuses that a user sees.

use std::sync::Arc;

use rayon::prelude::*;

use crate::batch::Batch;
use crate::engine::Engine;
use crate::engine::link::Plan;
use crate::engine::prepared::Prepared;
use crate::engine::recorded::Precision;
use crate::error::Error;
use crate::host;
use crate::machine::work::{Answer, Ended, Work};
use crate::machine::{ErrorKind, Fault, Status};
use crate::program::Program;
use crate::reader::DatumKind;
use crate::tape;
use crate::value::Real;

/// Lanes that are traced to find out whether a parameter with a zero gradient decides a branch.
const TRACED: usize = 16;
/// Lanes of one task when lanes are run again for the place of a non-finite number.
const BLOCK: usize = 16;

/// A value for every lane that has one, and the statuses.
type Answers<F> = (Vec<Option<Answer<F>>>, Vec<Status>);

/// One batch of a call: its program, and the lanes to run again where an answer needs a closer look.
#[derive(Clone, Copy)]
pub(super) struct Judge<'a> {
    pub(super) engine: &'a Engine,
    pub(super) batch: &'a Batch,
    /// What the call ran.
    pub(super) plan: &'a Plan,
    pub(super) gradient: bool,
}

impl<'a> Judge<'a> {
    fn program(&self) -> &'a Program {
        self.batch.program()
    }

    fn inputs(&self) -> usize {
        self.program().inputs().len()
    }

    /// Looks closer at the batch, which is segment 0 of the work. Every look loads the whole image anew, so that a call
    /// with several programs makes a smaller one for it.
    fn closer<T>(&self, look: impl FnOnce(&Work<'_>) -> T) -> Result<T, Error> {
        if self.plan.segments.len() == 1 {
            return Ok(look(&self.engine.work(self.plan, self.gradient)));
        }
        let plan = Plan::alone(&self.engine.interpreter, self.batch)?;
        Ok(look(&self.engine.work(&plan, self.gradient)))
    }

    /// A number for every lane, NaN where there is none, and the statuses. `wrt` are the inputs whose gradients must
    /// be finite.
    pub(super) fn numbers<F: Real>(&self, ended: &mut Ended<F>, wrt: &[usize]) -> Result<(Vec<F>, Vec<Status>), Error> {
        let mut values = std::mem::take(&mut ended.values);
        let mut faults: Vec<Option<Box<Fault>>> = vec![None; values.len()];
        for (lane, answer) in std::mem::take(&mut ended.others) {
            match answer.and_then(|answer| self.program().number(answer).map_err(Box::new)) {
                Ok(value) => values[lane as usize] = value,
                Err(fault) => faults[lane as usize] = Some(fault),
            }
        }
        let finite = |lane: usize, value: F| {
            value.wide().is_finite() && wrt.iter().all(|&input| ended.gradients[input][lane].wide().is_finite())
        };
        let suspects: Vec<usize> =
            (0..values.len()).filter(|&lane| faults[lane].is_none() && !finite(lane, values[lane])).collect();
        let message = |lane: usize| match values[lane].wide() {
            value if value.is_finite() => wrt
                .iter()
                .map(|&input| (input, ended.gradients[input][lane].wide()))
                .find(|(_, gradient)| !gradient.is_finite())
                .map_or(String::new(), |(input, gradient)| {
                    format!("the gradient by `{}` is {}", self.program().inputs()[input].name, written(gradient))
                }),
            value => format!("the value is {}", written(value)),
        };
        self.non_finite::<F>(&suspects, message, &mut faults)?;
        Ok((values, self.statuses(faults)))
    }

    /// Every lane's answer and its status.
    pub(super) fn answers<F: Real>(&self, ended: Ended<F>) -> Result<Answers<F>, Error> {
        let mut faults: Vec<Option<Box<Fault>>> = vec![None; ended.values.len()];
        let mut answers: Vec<Option<Answer<F>>> =
            ended.values.into_iter().map(|value| Some(Answer::Float(value))).collect();
        for (lane, answer) in ended.others {
            let lane = lane as usize;
            match answer {
                Ok(answer) => answers[lane] = Some(answer),
                Err(fault) => (answers[lane], faults[lane]) = (None, Some(fault)),
            }
        }
        let float = |lane: usize| match &answers[lane] {
            Some(Answer::Float(value)) => value.wide(),
            _ => 0.0,
        };
        let suspects: Vec<usize> = (0..answers.len()).filter(|&lane| !float(lane).is_finite()).collect();
        self.non_finite::<F>(&suspects, |lane| format!("the value is {}", written(float(lane))), &mut faults)?;
        Ok((answers, self.statuses(faults)))
    }

    /// Runs each of these lanes again to find the operation at which its first NaN or infinity arose.
    fn non_finite<F: Real>(
        &self,
        lanes: &[usize],
        message: impl Fn(usize) -> String,
        faults: &mut [Option<Box<Fault>>],
    ) -> Result<(), Error> {
        if lanes.is_empty() {
            return Ok(());
        }
        let spans: Vec<_> = self.closer(|work| {
            let place = |&lane: &usize| host::non_finite_place::<F>(work, 0, lane);
            lanes.par_iter().with_min_len(BLOCK).map(place).collect()
        })?;
        for (&lane, span) in lanes.iter().zip(spans) {
            let span = Some(span.unwrap_or_else(|| self.program().whole()));
            faults[lane] = Some(Box::new(Fault { kind: ErrorKind::NonFinite, message: message(lane).into(), span }));
        }
        Ok(())
    }

    fn statuses(&self, faults: Vec<Option<Box<Fault>>>) -> Vec<Status> {
        let source = self.program().source();
        let status = |fault: Box<Fault>| Status::of(*fault, &source);
        faults.into_iter().map(|fault| fault.map_or(Status::Ok, status)).collect()
    }

    /// The column of one input's derivatives; NaN where the lane has no number.
    pub(super) fn column<F: Real>(&self, ended: &Ended<F>, status: &[Status], input: usize) -> Vec<F> {
        let gradient = |(lane, status): (usize, &Status)| {
            if status.has_value() { ended.gradients[input][lane] } else { F::round(f64::NAN) }
        };
        status.iter().enumerate().map(gradient).collect()
    }

    /// Which of these inputs have gradient 0 in every lane that is ok, and decide a branch in one of the lanes that are
    /// looked at.
    pub(super) fn branch_only<F: Real>(
        &self,
        status: &[Status],
        wrt: &[usize],
        columns: &[(Arc<str>, Vec<F>)],
    ) -> Result<Vec<usize>, Error> {
        let ok: Vec<usize> = (0..status.len()).filter(|&lane| status[lane].is_ok()).collect();
        let zero = F::round(0.0);
        let all_zero = |column: &[F]| ok.iter().all(|&lane| column[lane] == zero);
        let suspects: Vec<usize> =
            wrt.iter().zip(columns).filter(|(_, (_, column))| all_zero(column)).map(|(&input, _)| input).collect();
        if ok.is_empty() || suspects.is_empty() {
            return Ok(Vec::new());
        }
        let looked_at = ok.len().min(TRACED);
        // What a parameter at a kink does to the value is more than deciding a branch.
        let only_decides = |traced: host::Traced<F>| {
            let inputs = self.inputs();
            let reaches = tape::reaches_output(&traced.tape, traced.output, inputs);
            let guards = tape::reaches_guard(&traced.tape, inputs);
            guards.into_iter().zip(reaches).collect::<Vec<_>>()
        };
        let seen: Vec<Vec<(bool, bool)>> = self.closer(|work| {
            let lanes = (0..looked_at).into_par_iter().map(|index| ok[index * ok.len() / looked_at]);
            lanes.map(|lane| only_decides(host::trace::<F>(work, 0, lane))).collect()
        })?;
        let decides = |input: &usize| seen.iter().any(|lane| lane[*input].0) && !seen.iter().any(|lane| lane[*input].1);
        Ok(suspects.into_iter().filter(decides).collect())
    }
}

impl<F: Precision> Prepared<'_, F> {
    /// The lanes without a number in the last pass, ascending, each with its error.
    pub fn failed(&self) -> impl Iterator<Item = (usize, Status)> {
        let source = self.program.source();
        self.ended.others.iter().filter_map(move |(lane, answer)| {
            let number = answer.clone().and_then(|answer| self.program.number(answer).map_err(Box::new));
            number.err().map(|fault| (*lane as usize, Status::of(*fault, &source)))
        })
    }
}

/// A number that is not finite, as the language writes it.
fn written(value: f64) -> String {
    DatumKind::Float(value).to_string()
}
