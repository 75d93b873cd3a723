//! Specialise on a device: a straight line of a program as a kernel of its own, over any number of lanes.
//!
//! In: a [`Job`]. Out: what [`Executor::replay`] gives for it, bit for bit, or nothing where the program is no straight line.
//! Always: a kernel is made once for all programs that differ in constants and uniform inputs only. Deliberately absent: when
//! that is worth a driver's time to compile, and lanes that end otherwise than with a number, of which a line has none.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bytemuck::cast_slice;

use crate::device::arena::Dispatch;
use crate::device::context::lock;
use crate::device::replay::{Job, Replayed, Setting};
use crate::device::{Binding, Buffer, Context, DeviceError, Exactness, Executor, Kernel, Work};
use crate::host::replay::{Lanes, Rest};
use crate::machine::work::Column;
use crate::wgsl::specialize::{GROUP, HEAD, LANES, Line, NUMBERS, Number, Straight, Written};

/// Operations of a text at most. Lavapipe on two busy cores compiled 6,400 in 2.4 s, and 16,000 in 13 s.
const OPERATIONS: usize = 1 << 13;
/// Operations of all lanes in a dispatch: tens of milliseconds on two cores.
pub(super) const WORK: usize = 1 << 31;
/// Kernels that are kept.
const KERNELS: usize = 1024;
/// Bytes of buffers that are kept between calls.
const KEPT: u64 = 256 << 20;
/// Workgroups in a row of a dispatch.
const ROW: usize = 4096;

/// Kernels by line, and buffers for the next call.
#[derive(Default)]
pub(super) struct Specialized {
    kernels: Mutex<HashMap<Line, Option<Arc<Made>>>>,
    memory: Mutex<Option<Memory>>,
}

pub(super) struct Made {
    pub(super) kernel: Kernel,
    /// Of the text.
    pub(super) operations: usize,
}

/// The buffers of a dispatch.
struct Memory {
    columns: Buffer,
    rows: Buffer,
    summary: Buffer,
    parameters: Buffer,
}

impl Memory {
    /// Buffers of so many bytes at least; those of an earlier call if they are large enough.
    fn of(context: &Context, kept: Option<Memory>, columns: usize, rows: usize) -> Result<Memory, DeviceError> {
        let (columns, rows) = (columns as u64, rows as u64);
        if let Some(kept) = kept
            && kept.columns.bytes() >= columns
            && kept.rows.bytes() >= rows
        {
            return Ok(kept);
        }
        Ok(Memory {
            columns: context.buffer("columns", columns)?,
            rows: context.buffer("rows", rows)?,
            summary: context.buffer("summary", 4)?,
            parameters: context.buffer("parameters", 4 * (HEAD + NUMBERS) as u64)?,
        })
    }
}

impl Executor {
    /// Runs every lane of a job by a kernel of its own; `None` if the program is no straight line, is too long for a kernel, or
    /// would meet a budget. Compiles the kernel when such a line first comes.
    ///
    /// # Errors
    /// The device failed; nothing it left behind is used.
    pub fn specialize(&self, job: &Job<'_>, setting: &Setting) -> Result<Option<Replayed>, DeviceError> {
        let is_column: Vec<bool> = job.columns.iter().map(|column| !matches!(column, Column::Uniform(_))).collect();
        let Some(straight) = Straight::of(job.program, &is_column, job.wanted, setting.gradient) else {
            return Ok(None);
        };
        let limits = &setting.limits;
        let is_over = straight.steps > limits.steps
            || straight.objects > limits.objects
            || setting.gradient && straight.entries > limits.entries;
        if is_over {
            return Ok(None);
        }
        let Some(made) = self.specialized(&straight.line)? else { return Ok(None) };
        Call { context: &self.context, job, straight: &straight, made: &made }.run(&self.specialized).map(Some)
    }

    /// The kernel of a line, if it is not too long.
    pub(super) fn specialized(&self, line: &Line) -> Result<Option<Arc<Made>>, DeviceError> {
        if let Some(known) = lock(&self.specialized.kernels).get(line) {
            return Ok(known.clone());
        }
        let Written { text, operations } = line.written(self.context.exactness() == Exactness::Barrier);
        let made = if operations > OPERATIONS {
            None
        } else {
            let bindings = [Binding::ReadOnly, Binding::ReadWrite, Binding::ReadWrite, Binding::Uniform];
            let kernel = self.context.kernel("specialized", &text, "specialized", &bindings)?;
            Some(Arc::new(Made { kernel, operations }))
        };
        let mut kernels = lock(&self.specialized.kernels);
        if kernels.len() >= KERNELS {
            kernels.clear();
        }
        kernels.insert(line.clone(), made.clone());
        Ok(made)
    }
}

/// A job by its kernel.
struct Call<'a> {
    context: &'a Context,
    job: &'a Job<'a>,
    straight: &'a Straight,
    made: &'a Made,
}

impl Call<'_> {
    fn run(&self, specialized: &Specialized) -> Result<Replayed, DeviceError> {
        let Straight { line, entries, .. } = self.straight;
        let all = self.job.lanes.len();
        let rows = line.rows().max(line.columns());
        let fits = self.context.limits().binding_bytes as usize / (4 * rows);
        let batch = fits.min(WORK / self.made.operations.max(1)).max(LANES) / LANES * LANES;
        let width = batch.min(all).next_multiple_of(LANES);
        let (columns, rows) = (4 * line.columns() * width, 4 * line.rows() * width);
        let kept = lock(&specialized.memory).take();
        let memory = Memory::of(self.context, kept, columns, rows)?;
        let mut results: Vec<Vec<f32>> = vec![Vec::new(); line.rows()];
        for first in (0..all).step_by(batch) {
            self.batch(&memory, first, batch.min(all - first), &mut results)?;
        }
        if memory.columns.bytes() + memory.rows.bytes() <= KEPT {
            *lock(&specialized.memory) = Some(memory);
        }
        let mut results = results.into_iter();
        let rest = Rest {
            bytes_per_lane: 4 * (line.columns() + line.rows()),
            tape: 1 + self.job.columns.len() + *entries as usize,
            ..Rest::default()
        };
        Ok(Replayed { values: results.next().unwrap_or_default(), gradients: results.collect(), rest })
    }

    /// Runs `lanes` lanes from the `first` one on, and appends what they came to.
    fn batch(&self, memory: &Memory, first: usize, lanes: usize, results: &mut [Vec<f32>]) -> Result<(), DeviceError> {
        let context = self.context;
        let quads = lanes.div_ceil(LANES);
        for (index, &input) in self.straight.columns.iter().enumerate() {
            let at = (4 * LANES * quads * index) as u64;
            match (&self.job.columns[input as usize], self.job.lanes) {
                (Column::F32(values), Lanes::All(_)) => {
                    context.write(&memory.columns, at, &values[first..first + lanes])?;
                }
                (column, numbers) => {
                    let column: Vec<f32> = (first..first + lanes).map(|index| column.at(numbers.at(index))).collect();
                    context.write(&memory.columns, at, &column)?;
                }
            }
        }
        let groups = quads.div_ceil(GROUP);
        let row = groups.clamp(1, ROW);
        let stamp = context.next_stamp();
        let mut parameters = vec![quads as u32, (row * GROUP) as u32, stamp, 0];
        parameters.extend(self.straight.numbers.iter().map(|number| match *number {
            Number::Constant(value) => value.to_bits(),
            Number::Input(input) => self.job.columns[input as usize].at::<f32>(0).to_bits(),
        }));
        context.write(&memory.parameters, 0, cast_slice::<u32, u8>(&parameters))?;
        let mut work = Work::new("specialized");
        work.clear(&memory.summary);
        let buffers = [&memory.columns, &memory.rows, &memory.summary, &memory.parameters];
        work.dispatch(&self.made.kernel, &buffers, [row as u32, groups.div_ceil(row) as u32]);
        work.expect(&memory.summary, 0, stamp);
        let reads: Vec<_> = (0..results.len())
            .map(|index| {
                let start = (4 * LANES * quads * index) as u64;
                work.read_range(&memory.rows, start..start + 4 * lanes as u64)
            })
            .collect();
        let result = context.submit(work, Dispatch::PATIENCE)?;
        for (column, read) in results.iter_mut().zip(reads) {
            let more = result.get::<f32>(read);
            if column.is_empty() {
                *column = more;
            } else {
                column.extend(more);
            }
        }
        Ok(())
    }
}
