//! Resident: a program over lanes whose inputs stay on the device from call to call, and whose results never leave it.
//!
//! In: a [`Job`] whose rows are a model's data, and the inputs that another kernel writes. Out: a [`Resident`], which a
//! [`Descent`](super::descent::Descent) evaluates as often as it likes. Lanes stand copy by copy, and in each copy row by row, up to a
//! multiple of four of them; those behind the last row repeat it.

use std::sync::Arc;

use crate::descent::LANES;
use crate::device::replay::{Job, Setting};
use crate::device::specialize::{Asked, Made, WORK};
use crate::device::{Buffer, DeviceError, Executor, Work};
use crate::host::replay::Lanes;
use crate::machine::work::Column;
use crate::wgsl::descent::{GROUP, ROW};
use crate::wgsl::specialize::{HEAD, Pace, SUMMARY, number};

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

/// An unrolled program by a kernel of its own, in one dispatch.
struct Unrolled {
    made: Arc<Made>,
    /// The kernel's columns and rows, as inputs of the program.
    column_inputs: Vec<u32>,
    row_inputs: Vec<usize>,
    lanes: usize,
    columns: Buffer,
    rows: Buffer,
    summary: Buffer,
    parameters: Buffer,
    /// Where a lane may end otherwise than with a Float.
    endings: Option<Buffer>,
    stamp: u32,
}

impl Resident for Unrolled {
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
        let mut buffers = vec![&self.columns, &self.rows, &self.summary, &self.parameters];
        buffers.extend(&self.endings);
        work.dispatch(&self.made.kernel, &buffers, [groups.min(ROW) as u32, groups.div_ceil(ROW) as u32]);
    }
}

impl Executor {
    /// A job's rows, for as many copies of them at a time as memory and a dispatch hold, `copies` at most; the inputs in `free` have a
    /// column that somebody else writes. `None` if the program is too large to be unrolled, would meet a budget, reads nothing, or
    /// if one copy is more than a buffer or a dispatch of the device holds. The kernel is the masked one: nobody looks for NaNs.
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
        let Some(Asked { specialization, .. }) = self.specialization_of(job, &is_column, setting, setting.rounds)
        else {
            return Ok(None);
        };
        let source = &specialization.source;
        let is_over = specialization.is_over(true, &setting.limits);
        if is_over || source.pace() != Pace::Unrolled || source.columns() == 0 {
            return Ok(None);
        }
        let Some(made) = self.specialized(source, true)? else { return Ok(None) };
        let stride = rows.next_multiple_of(LANES);
        let held = self.context.limits().binding_bytes as usize
            / (4 * source.rows().max(source.columns()).max(source.ending_rows()));
        let copies = (held.min(WORK / made.work.max(1)) / stride).min(copies);
        if copies == 0 {
            return Ok(None);
        }
        let lanes = stride * copies;
        let context = &self.context;
        let buffer = context.buffer("columns", (4 * source.columns() * lanes) as u64)?;
        let given = specialization.columns.iter().enumerate();
        for (index, &input) in given.filter(|&(_, &input)| !free.contains(&(input as usize))) {
            let column = &columns[input as usize];
            let value = |lane: usize| column.at::<f32>((lane % stride).min(rows - 1));
            context.write(&buffer, (4 * lanes * index) as u64, &(0..lanes).map(value).collect::<Vec<f32>>())?;
        }
        debug_assert_eq!((number(&SUMMARY, "STAMP"), number(&SUMMARY, "WITHOUT")), (0, 1), "they are the mark");
        let stamp = context.next_stamp();
        let width = (lanes / LANES) as u32;
        let values = [("width", width), ("row", (ROW * GROUP) as u32), ("stamp", stamp), ("stride", width)];
        let mut parameters = specialization.parameters(&values, columns);
        // The kernel's numbers come in fours.
        parameters.resize(HEAD + source.numbers().next_multiple_of(4).max(4), 0);
        let endings = source.may_end_without().then(|| context.buffer("endings", (4 * 2 * lanes) as u64));
        Ok(Some(Box::new(Unrolled {
            made,
            column_inputs: specialization.columns.clone(),
            row_inputs: (0..job.wanted.len()).filter(|&input| job.wanted[input]).collect(),
            lanes,
            columns: buffer,
            rows: context.buffer("rows", (4 * source.rows() * lanes) as u64)?,
            summary: context.buffer("summary", 4 * SUMMARY.len() as u64)?,
            parameters: context.buffer_from("parameters", &parameters)?,
            endings: endings.transpose()?,
            stamp,
        })))
    }
}
