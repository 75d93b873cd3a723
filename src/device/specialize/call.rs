//! One job by its kernel: batches of lanes, slice after slice.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use bytemuck::cast_slice;

use super::room::Room;
use super::{Made, OPERATIONS};
use crate::device::arena::Dispatch;
use crate::device::context::lock;
use crate::device::replay::{Job, Replayed, Setting};
use crate::device::{Buffer, Context, DeviceError, Executor, Work};
use crate::host::replay::Lanes;
use crate::machine::work::Column;
use crate::wgsl::specialize::{
    GROUP, HEAD, NUMBERS, Number, Pace, STATES, STRAIGHT_HEAD, SUMMARY, Specialization, number,
};

/// Operations of all lanes in a dispatch: tens of milliseconds on two cores.
const WORK: usize = 1 << 28;
/// What a slice should take, in milliseconds.
const SLICE_MS: u128 = 30;
/// Bytes of buffers that are kept between calls.
const KEPT: u64 = 512 << 20;
/// Workgroups in a row of a dispatch.
const ROW: usize = 4096;

/// The buffers of a dispatch.
pub(super) struct Memory {
    columns: Buffer,
    rows: Buffer,
    summary: Buffer,
    parameters: Buffer,
    blocks: Buffer,
    memory: Buffer,
}

/// Bytes of the buffers whose sizes differ.
#[derive(Clone, Copy)]
struct Sizes {
    columns: usize,
    rows: usize,
    blocks: usize,
    memory: usize,
}

impl Memory {
    /// Buffers of so many bytes at least; those of an earlier call where they are large enough.
    fn of(context: &Context, kept: Option<Memory>, sizes: Sizes) -> Result<Memory, DeviceError> {
        let Some(mut kept) = kept else {
            return Ok(Memory {
                columns: context.buffer("columns", sizes.columns as u64)?,
                rows: context.buffer("rows", sizes.rows as u64)?,
                summary: context.buffer("summary", 4 * SUMMARY.len() as u64)?,
                parameters: context.buffer("parameters", 4 * (HEAD + NUMBERS) as u64)?,
                blocks: context.buffer("blocks", sizes.blocks as u64)?,
                memory: context.buffer("memory", sizes.memory as u64)?,
            });
        };
        let places = [
            (&mut kept.columns, sizes.columns),
            (&mut kept.rows, sizes.rows),
            (&mut kept.blocks, sizes.blocks),
            (&mut kept.memory, sizes.memory),
        ];
        for (buffer, bytes) in places {
            if buffer.bytes() < bytes as u64 {
                let label = buffer.label().to_owned();
                *buffer = context.buffer(&label, bytes as u64)?;
            }
        }
        Ok(kept)
    }

    fn bytes(&self) -> u64 {
        self.columns.bytes() + self.rows.bytes() + self.blocks.bytes() + self.memory.bytes()
    }
}

/// A job by its kernel.
pub(super) struct Call<'a> {
    pub executor: &'a Executor,
    pub job: &'a Job<'a>,
    pub setting: &'a Setting,
    pub specialization: &'a Specialization,
}

/// Some lanes of a job, in the job's order.
#[derive(Clone, Copy)]
struct Batch {
    first: usize,
    lanes: usize,
    /// Invocations.
    width: usize,
    room: Room,
}

/// What the slices of a batch left in the summary.
#[derive(Default)]
struct Told {
    without: u32,
    entries: u32,
    runs: u32,
    nans: u32,
}

impl Call<'_> {
    fn context(&self) -> &Context {
        &self.executor.context
    }

    /// Runs all lanes, by the masked kernel where the other one's NaNs leave a doubt.
    pub fn run(&self, mut made: Arc<Made>) -> Result<Replayed, DeviceError> {
        let source = &self.specialization.source;
        let all = self.job.lanes.len();
        let mut replayed = Replayed::empty(self.job, self.setting.gradient);
        let mut kept = lock(&self.executor.specialized.memory).take();
        let mut first = 0;
        while first < all {
            let runs = made.runs.load(Ordering::Relaxed) as usize;
            let Setting { gradient, limits, .. } = *self.setting;
            let room = Room::of(self.specialization, self.job.program, gradient, limits.memory, runs);
            let mut lanes = room.lanes(source, self.context().limits());
            if source.pace() == Pace::Straight {
                lanes = lanes.min((WORK / made.operations.clamp(1, OPERATIONS)).max(GROUP * source.lanes()));
            }
            let lanes = lanes.min(all - first);
            let batch = Batch { first, lanes, width: lanes.div_ceil(source.lanes()), room };
            let wide = 4 * source.lanes() * batch.width;
            let sizes = Sizes {
                columns: source.columns() * wide,
                rows: source.rows() * wide,
                blocks: 16 * self.specialization.blocks.len(),
                memory: room.rows() * wide,
            };
            let memory = Memory::of(self.context(), kept.take(), sizes)?;
            let told = self.batch(&made, &memory, &batch)?;
            if told.nans > 0 && !made.is_masked {
                kept = Some(memory);
                // The masked text is hardly longer than the other.
                if let Some(masked) = self.executor.specialized(source, true)? {
                    made = masked;
                    continue;
                }
                return Err(DeviceError::Kernel {
                    label: "specialized".to_owned(),
                    message: "its masked kernel is too long".to_owned(),
                });
            }
            made.runs.fetch_max(told.runs, Ordering::Relaxed);
            self.collect(&memory, &batch, &told, &mut replayed)?;
            kept = Some(memory);
            first += lanes;
        }
        if let Some(memory) = kept
            && memory.bytes() <= KEPT
        {
            *lock(&self.executor.specialized.memory) = Some(memory);
        }
        Ok(replayed)
    }

    /// Runs a batch to its end.
    fn batch(&self, made: &Made, memory: &Memory, batch: &Batch) -> Result<Told, DeviceError> {
        let (context, source) = (self.context(), &self.specialization.source);
        self.load(memory, batch)?;
        let groups = batch.width.div_ceil(GROUP);
        let row = groups.clamp(1, ROW);
        let workgroups = [row as u32, groups.div_ceil(row) as u32];
        let mut buffers = vec![&memory.columns, &memory.rows, &memory.summary, &memory.parameters];
        if source.pace() != Pace::Straight {
            context.write(&memory.blocks, 0, &self.specialization.blocks)?;
            buffers.extend([&memory.blocks, &memory.memory]);
        }
        let mean = (made.operations / source.forms().max(1)).max(1);
        let mut fuel =
            self.setting.fuel.unwrap_or_else(|| (WORK / mean / batch.lanes.max(1)).clamp(64, 1 << 20) as u32);
        let mut told = Told::default();
        let mut begins = 1;
        loop {
            let stamp = context.next_stamp();
            let parameters = self.parameters(batch, (row * GROUP) as u32, stamp, fuel, begins);
            context.write(&memory.parameters, 0, cast_slice::<u32, u8>(&parameters))?;
            let mut work = Work::new("specialized");
            work.clear(&memory.summary);
            work.dispatch(&made.kernel, &buffers, workgroups);
            work.expect(&memory.summary, 0, stamp);
            let summary = work.read(&memory.summary);
            let start = Instant::now();
            let words = context.submit(work, Dispatch::PATIENCE)?.get::<u32>(summary);
            let word = |name: &str| words[number(&SUMMARY, name)];
            told.without += word("WITHOUT");
            told.nans += word("NANS");
            told.entries = told.entries.max(word("ENTRIES"));
            told.runs = told.runs.max(word("RUNS"));
            if word("GOING") == 0 {
                return Ok(told);
            }
            begins = 0;
            if self.setting.fuel.is_none() {
                let elapsed = start.elapsed().as_millis();
                if elapsed < SLICE_MS / 2 {
                    fuel = fuel.saturating_mul(2).min(1 << 28);
                } else if elapsed > SLICE_MS * 2 {
                    fuel = (fuel / 2).max(1);
                }
            }
        }
    }

    /// Writes the columns of a batch.
    fn load(&self, memory: &Memory, batch: &Batch) -> Result<(), DeviceError> {
        let Batch { first, lanes, width, .. } = *batch;
        let wide = self.specialization.source.lanes() * width;
        for (index, &input) in self.specialization.columns.iter().enumerate() {
            let at = (4 * wide * index) as u64;
            match (&self.job.columns[input as usize], self.job.lanes) {
                (Column::F32(values), Lanes::All(_)) => {
                    self.context().write(&memory.columns, at, &values[first..first + lanes])?;
                }
                (column, numbers) => {
                    let column: Vec<f32> = (first..first + lanes).map(|index| column.at(numbers.at(index))).collect();
                    self.context().write(&memory.columns, at, &column)?;
                }
            }
        }
        Ok(())
    }

    fn parameters(&self, batch: &Batch, row: u32, stamp: u32, fuel: u32, begins: u32) -> Vec<u32> {
        let mut words = vec![batch.width as u32, row, stamp, 0];
        if self.specialization.source.pace() != Pace::Straight {
            let limits = &self.setting.limits;
            let limit = |limit: u64| u32::try_from(limit).unwrap_or(u32::MAX);
            let entries = if self.setting.gradient { limit(limits.entries) } else { u32::MAX };
            words.extend([fuel, begins, limit(limits.steps), entries]);
            words.extend([batch.room.stack as u32, batch.room.snapshots as u32]);
            words.extend(batch.room.starts());
            words.resize(HEAD, 0);
        } else {
            debug_assert_eq!(words.len(), STRAIGHT_HEAD);
        }
        words.extend(self.specialization.numbers.iter().map(|number| match *number {
            Number::Constant(value) => value.to_bits(),
            Number::Input(input) => self.job.columns[input as usize].at::<f32>(0).to_bits(),
        }));
        words
    }

    /// Brings back what the lanes of a batch came to.
    fn collect(&self, memory: &Memory, batch: &Batch, told: &Told, replayed: &mut Replayed) -> Result<(), DeviceError> {
        let source = &self.specialization.source;
        let Batch { first, lanes, width, room } = *batch;
        let wide = 4 * (source.lanes() * width) as u64;
        let mut work = Work::new("read specialized");
        let mut read = |buffer: &Buffer, row: usize| {
            let start = row as u64 * wide;
            work.read_range(buffer, start..start + 4 * lanes as u64)
        };
        let rows: Vec<_> = (0..source.rows()).map(|row| read(&memory.rows, row)).collect();
        let endings = (told.without > 0)
            .then(|| ["ENDED", "BLOCK", "OUTCOME"].map(|state| read(&memory.memory, number(&STATES, state))));
        let result = self.context().submit(work, Dispatch::PATIENCE)?;
        let columns = std::iter::once(&mut replayed.values).chain(&mut replayed.gradients);
        for (column, read) in columns.zip(rows) {
            let values = result.get::<f32>(read);
            column[first..first + lanes].copy_from_slice(&values);
        }
        if let Some(endings) = endings {
            let [how, block, outcome] = endings.map(|read| result.get::<u32>(read));
            for lane in 0..lanes {
                if how[lane] != crate::tape::packed::Ended::Done as u32 {
                    replayed.note(self.job, first + lane, [how[lane], block[lane], outcome[lane]]);
                }
            }
        }
        let entries = self.specialization.cost.entries.max(u64::from(told.entries));
        let rest = &mut replayed.rest;
        rest.tape = rest.tape.max(1 + self.job.columns.len() + entries as usize);
        rest.bytes_per_lane = rest.bytes_per_lane.max(4 * (source.columns() + source.rows() + room.rows()));
        Ok(())
    }
}
