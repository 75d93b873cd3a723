//! A program over its lanes in f64, as a function of its free parameters: residuals' values and Jacobian, or the loss that its values add up to.

use crate::batch::Batch;
use crate::engine::{Engine, Gradients};
use crate::error::Error;
use crate::machine::Status;

use super::objective::{Objective, Slope};
use super::residuals::sum;
use super::{Evaluation, Failure, Residuals};

/// The program over the rows, as a function of its free parameters.
#[derive(Clone, Copy)]
pub(super) struct Model<'a> {
    pub engine: &'a Engine,
    pub batch: &'a Batch,
    /// The free parameters.
    pub names: &'a [&'a str],
}

impl Model<'_> {
    /// The lanes at a point. Columns are shared: a clone copies none.
    fn at(&self, free: &[f64]) -> Result<Batch, Error> {
        let mut batch = self.batch.clone();
        for (name, &value) in self.names.iter().zip(free) {
            batch = batch.bind(name, value)?;
        }
        Ok(batch)
    }

    /// Values and gradients, where every lane has a value.
    fn gradients(&self, free: &[f64]) -> Result<Gradients<f64>, Failure> {
        let out =
            self.at(free).and_then(|batch| self.engine.value_and_grad_f64(&batch, self.names)).map_err(failure)?;
        usable(&out.status)?;
        Ok(out)
    }

    /// The values alone.
    fn values(&self, free: &[f64]) -> Result<(Vec<f64>, Vec<Status>), Failure> {
        let out = self.at(free).and_then(|batch| self.engine.evaluate_f64(&batch)).map_err(failure)?;
        usable(&out.status)?;
        Ok((out.values, out.status))
    }
}

fn failure(error: Error) -> Failure {
    Failure::new(error.to_string())
}

impl Residuals for Model<'_> {
    fn evaluate(&mut self, free: &[f64], jacobian: bool) -> Result<Evaluation, Failure> {
        if !jacobian {
            let (values, status) = self.values(free)?;
            finite(&status)?;
            return Ok(Evaluation { values, jacobian: Vec::new() });
        }
        let out = self.gradients(free)?;
        finite(&out.status)?;
        let columns: Vec<&[f64]> = out.grads.iter().map(|(_, column)| column).collect();
        let rows = (0..out.values.len()).flat_map(|row| columns.iter().map(move |column| column[row]));
        let jacobian = rows.collect();
        Ok(Evaluation { values: out.values, jacobian })
    }
}

/// The loss is the sum of the lanes' values.
impl Objective for Model<'_> {
    fn slope(&mut self, free: &[f64]) -> Result<Slope, Failure> {
        let out = self.gradients(free)?;
        let total = |column: &[f64]| sum(column.iter().copied());
        let slope =
            Slope { loss: total(&out.values), gradient: out.grads.iter().map(|(_, column)| total(column)).collect() };
        slope.finite().map_err(|failure| place(&out.status).unwrap_or(failure))
    }

    fn loss(&mut self, free: &[f64]) -> Result<f64, Failure> {
        let (values, _) = self.values(free)?;
        Ok(sum(values.into_iter()))
    }
}

/// The first lane whose number or derivative is not finite, with the place where that arose: no residual can be made of it.
fn finite(status: &[Status]) -> Result<(), Failure> {
    place(status).map_or(Ok(()), Err)
}

/// The first lane that is not ok.
fn place(status: &[Status]) -> Option<Failure> {
    let lane = status.iter().position(|status| !status.is_ok())?;
    Some(told(status, lane))
}

/// A lane's status, with its row where there are several.
fn told(status: &[Status], lane: usize) -> Failure {
    let reason = match status {
        [only] => only.to_string(),
        _ => format!("row {}: {}", lane + 1, status[lane]),
    };
    Failure { reason, status: status[lane].clone() }
}

/// The first lane without a number is the reason why the point is outside the model's domain.
fn usable(status: &[Status]) -> Result<(), Failure> {
    match status.iter().position(|status| !status.has_value()) {
        None => Ok(()),
        Some(lane) => Err(told(status, lane)),
    }
}
