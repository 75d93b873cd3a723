//! Resident: a program over lanes whose inputs stay on the device from call to call, and whose results never leave it.
//!
//! In: a [`Job`] whose rows are a model's data, and the inputs that another kernel writes. Out: a [`Resident`], which a
//! [`Descent`](super::descent::Descent) evaluates as often as it likes. Lanes stand copy by copy, and in each copy row by row, up to a
//! multiple of four of them; those behind the last row repeat it.

use std::sync::Arc;

use crate::descent::LANES;
use crate::device::replay::{Job, Setting};
use crate::device::specialize::{Made, WORK};
use crate::device::{Buffer, DeviceError, Executor, Work};
use crate::host::replay::Lanes;
use crate::machine::work::Column;
use crate::wgsl::descent::{GROUP, ROW};
use crate::wgsl::specialize::{HEAD, Number, Straight};

/// A program over lanes that is ready to be evaluated by steps of any [`Work`].
pub trait Resident: Send + Sync {
    /// Lanes at most, a multiple of four: what a column and a row have.
    fn lanes(&self) -> usize;
    /// `[column][lane]` f32, read by [`Resident::evaluate`].
    fn columns(&self) -> &Buffer;
    /// The column of an input, if the program reads it.
    fn column(&self, input: usize) -> Option<usize>;
    /// `[row][lane]` f32, written by [`Resident::evaluate`]: the value, then derivatives.
    fn rows(&self) -> &Buffer;
    /// The row of the derivative by an input that was wanted.
    fn row(&self, input: usize) -> usize;
    /// A buffer of two words or more: [`Resident::evaluate`] sets the first to this number when it runs, and adds to the second how many
    /// lanes left what it knows of the program, so that their numbers mean nothing. Who evaluates sets both to 0.
    fn mark(&self) -> (&Buffer, u32);
    /// Evaluates the first lanes.
    fn evaluate(&self, work: &mut Work, lanes: usize);
}

/// A straight line of operations, by a kernel of its own: every lane ends with a number.
struct Line {
    made: Arc<Made>,
    /// The kernel's columns and rows, as inputs of the program.
    column_inputs: Vec<u32>,
    row_inputs: Vec<usize>,
    lanes: usize,
    columns: Buffer,
    rows: Buffer,
    summary: Buffer,
    parameters: Buffer,
    stamp: u32,
}

impl Resident for Line {
    fn lanes(&self) -> usize {
        self.lanes
    }

    fn columns(&self) -> &Buffer {
        &self.columns
    }

    fn column(&self, input: usize) -> Option<usize> {
        self.column_inputs.iter().position(|&column| column as usize == input)
    }

    fn rows(&self) -> &Buffer {
        &self.rows
    }

    fn row(&self, input: usize) -> usize {
        match self.row_inputs.iter().position(|&row| row == input) {
            Some(row) => 1 + row,
            None => unreachable!("the derivative by input {input} was not wanted"),
        }
    }

    fn mark(&self) -> (&Buffer, u32) {
        (&self.summary, self.stamp)
    }

    fn evaluate(&self, work: &mut Work, lanes: usize) {
        let groups = lanes.div_ceil(LANES * GROUP);
        let buffers = [&self.columns, &self.rows, &self.summary, &self.parameters];
        work.dispatch(&self.made.kernel, &buffers, [groups.min(ROW) as u32, groups.div_ceil(ROW) as u32]);
    }
}

impl Executor {
    /// A job's rows, for as many copies of them at a time as memory and a dispatch hold, `copies` at most; the inputs in `free` have a
    /// column that somebody else writes. `None` if the program is no straight line, is too long for a kernel, would meet a
    /// budget, or if one copy is more than a buffer or a dispatch of the device holds.
    ///
    /// # Errors
    /// The device failed.
    pub fn resident(
        &self,
        job: &Job<'_>,
        free: &[usize],
        copies: usize,
        setting: &Setting,
    ) -> Result<Option<Box<dyn Resident>>, DeviceError> {
        let Job { columns, lanes: Lanes::All(rows), .. } = *job else { return Ok(None) };
        if rows == 0 {
            return Ok(None);
        }
        let is_uniform = |input: usize| matches!(columns[input], Column::Uniform(_)) && !free.contains(&input);
        let is_column: Vec<bool> = (0..columns.len()).map(|input| !is_uniform(input)).collect();
        let Some(straight) = Straight::of(job.program, &is_column, job.wanted, true) else { return Ok(None) };
        let limits = &setting.limits;
        let is_over =
            straight.steps > limits.steps || straight.objects > limits.objects || straight.entries > limits.entries;
        if is_over {
            return Ok(None);
        }
        if straight.line.columns() == 0 {
            // Nothing depends on data or on what is free.
            return Ok(None);
        }
        let Some(made) = self.specialized(&straight.line)? else { return Ok(None) };
        let stride = rows.next_multiple_of(LANES);
        let line = &straight.line;
        let held = self.context.limits().binding_bytes as usize / (4 * line.rows().max(line.columns()));
        let copies = (held.min(WORK / made.operations.max(1)) / stride).min(copies);
        if copies == 0 {
            return Ok(None);
        }
        let lanes = stride * copies;
        let context = &self.context;
        let buffer = context.buffer("columns", (4 * line.columns() * lanes) as u64)?;
        for (index, &input) in
            straight.columns.iter().enumerate().filter(|&(_, &input)| !free.contains(&(input as usize)))
        {
            let column = &columns[input as usize];
            let number = |lane: usize| column.at::<f32>((lane % stride).min(rows - 1));
            context.write(&buffer, (4 * lanes * index) as u64, &(0..lanes).map(number).collect::<Vec<f32>>())?;
        }
        let stamp = context.next_stamp();
        let mut parameters = vec![(lanes / LANES) as u32, (ROW * GROUP) as u32, stamp, 0];
        debug_assert_eq!(parameters.len(), HEAD);
        parameters.extend(straight.numbers.iter().map(|number| match *number {
            Number::Constant(value) => value.to_bits(),
            Number::Input(input) => columns[input as usize].at::<f32>(0).to_bits(),
        }));
        // The kernel's numbers come in fours.
        parameters.resize(HEAD + line.numbers().next_multiple_of(4).max(4), 0);
        Ok(Some(Box::new(Line {
            made,
            column_inputs: straight.columns.clone(),
            row_inputs: (0..job.wanted.len()).filter(|&input| job.wanted[input]).collect(),
            lanes,
            columns: buffer,
            rows: context.buffer("rows", (4 * line.rows() * lanes) as u64)?,
            summary: context.buffer("summary", 8)?,
            parameters: context.buffer_from("parameters", &parameters)?,
            stamp,
        })))
    }
}
