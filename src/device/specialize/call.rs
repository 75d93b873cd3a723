//! A job on the device: its inputs and results stay there, and passes run over them batch by batch, slice by slice.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use bytemuck::cast_slice;

use super::memory::{Memory, Sizes};
use super::room::{Room, across, most_rows};
use super::{Kernel, Made};
use crate::device::arena::Dispatch;
use crate::device::context::lock;
use crate::device::replay::{Job, Replayed, Setting};
use crate::device::{Buffer, Context, DeviceError, Executor, Work};
use crate::host::replay::Lanes;
use crate::machine::work::Column;
use crate::tape::packed::Ended;
use crate::tape::{Outcome, REFUSED};
use crate::wgsl::specialize::{
    ENDING_BITS, GROUP, HEAD, LONG, Number, PARAMETERS, Pace, STATES, SUMMARY, Source, Specialization, number,
};

/// Operations of all lanes in a dispatch: tens of milliseconds on two cores.
pub(in crate::device) const WORK: usize = 1 << 28;
/// What a slice should take, in milliseconds.
const SLICE_MS: u128 = 30;
/// Bytes of buffers that are kept between calls.
const KEPT: u64 = 512 << 20;
/// Workgroups in a row of a dispatch.
const ROW: usize = 4096;

/// A job's lanes, or as many as fit the device, with their inputs and results there.
pub struct Placed<'a> {
    executor: &'a Executor,
    job: Job<'a>,
    setting: Setting,
    specialization: Arc<Specialization>,
    made: Arc<Made>,
    /// The first lane, of the job, and how many.
    first: usize,
    lanes: usize,
    memory: Memory,
    told: Told,
}

/// Some lanes, in the job's order.
#[derive(Clone, Copy)]
struct Batch {
    /// Invocations: the first one, and how many.
    first: usize,
    width: usize,
    room: Room,
}

/// What passes left in summaries.
#[derive(Default)]
struct Told {
    without: u32,
    entries: u32,
    /// Rows of a lane in the memory, at most.
    rows: usize,
    /// Lanes that ended without a Float: which, how, the block and the outcome.
    endings: Vec<(u32, [u32; 3])>,
}

/// Lanes whose columns and rows fit the device.
pub(super) fn most_lanes(context: &Context, source: &Source) -> usize {
    let fit =
        context.limits().binding_bytes as usize / (4 * source.rows().max(source.columns()).max(source.ending_rows()));
    fit / source.lanes() * source.lanes()
}

impl<'a> Placed<'a> {
    /// Brings so many lanes of a job, from the first one on, to the device.
    pub(super) fn new(
        executor: &'a Executor,
        job: &Job<'a>,
        setting: &Setting,
        kernel: &Kernel,
        (first, lanes): (usize, usize),
    ) -> Result<Placed<'a>, DeviceError> {
        let (specialization, made) = (kernel.specialization.clone(), kernel.made.clone());
        let source = &specialization.source;
        let wide = 4 * lanes.next_multiple_of(source.lanes());
        let sizes = Sizes {
            columns: source.columns() * wide,
            rows: source.rows() * wide,
            blocks: if source.pace() == Pace::Unrolled { 2 * wide } else { 16 * specialization.blocks.len() },
            memory: 0,
        };
        let kept = lock(&executor.specialized.memory).take();
        let memory = Memory::of(&executor.context, kept, sizes)?;
        let (job, setting, told) = (*job, *setting, Told::default());
        let placed = Placed { executor, job, setting, specialization, made, first, lanes, memory, told };
        placed.load()?;
        Ok(placed)
    }

    fn context(&self) -> &'a Context {
        &self.executor.context
    }

    fn source(&self) -> &Source {
        &self.specialization.source
    }

    /// Invocations of all lanes.
    fn stride(&self) -> usize {
        self.lanes.div_ceil(self.source().lanes())
    }

    /// Operations of all of an unrolled program, or of the mean block of a loop.
    fn operations_a_piece(&self) -> usize {
        let pieces = if self.source().pace() == Pace::Unrolled { 1 } else { self.source().pieces().max(1) };
        (self.made.work / pieces).max(1)
    }

    /// Writes the columns, and the blocks.
    fn load(&self) -> Result<(), DeviceError> {
        let (first, lanes) = (self.first, self.lanes);
        let wide = self.source().lanes() * self.stride();
        for (index, &input) in self.specialization.columns.iter().enumerate() {
            let at = (4 * wide * index) as u64;
            match (&self.job.columns[input as usize], self.job.lanes) {
                (Column::F32(values), Lanes::All(_)) => {
                    self.context().write(&self.memory.columns, at, &values[first..first + lanes])?;
                }
                (column, numbers) => {
                    let column: Vec<f32> = (first..first + lanes).map(|index| column.at(numbers.at(index))).collect();
                    self.context().write(&self.memory.columns, at, &column)?;
                }
            }
        }
        // Lanes behind the last one that share its invocation do as it does.
        let behind = wide - lanes;
        for (index, &input) in self.specialization.columns.iter().enumerate().filter(|_| behind > 0) {
            let last = self.job.columns[input as usize].at::<f32>(self.job.lanes.at(first + lanes - 1));
            self.context().write(&self.memory.columns, (4 * (wide * index + lanes)) as u64, &vec![last; behind])?;
        }
        if self.source().pace() != Pace::Unrolled {
            self.context().write(&self.memory.blocks, 0, &self.specialization.blocks)?;
        }
        Ok(())
    }

    /// Runs all lanes once, by the masked kernel where the other one's NaNs leave a doubt. Results stay on the device.
    ///
    /// # Errors
    /// The device failed; nothing it left behind is used.
    pub fn pass(&mut self) -> Result<(), DeviceError> {
        self.told = Told::default();
        let is_unrolled = self.source().pace() == Pace::Unrolled;
        if is_unrolled && self.source().may_end_without() {
            let mut work = Work::new("clear endings");
            work.clear(&self.memory.blocks);
            self.context().submit(work, Dispatch::PATIENCE)?;
        }
        let mut first = 0;
        while first < self.stride() {
            let runs = self.made.runs.load(Ordering::Relaxed) as usize;
            let room = Room::of(&self.specialization, runs, most_rows(self.context(), &self.setting));
            let mut lanes = room.lanes(self.source(), self.context().limits());
            // A dispatch runs the whole of an unrolled program, or one block of a loop at least.
            let most = WORK / self.operations_a_piece();
            lanes = lanes.min(most.max(GROUP * self.source().lanes()));
            let width = (lanes / self.source().lanes()).min(self.stride() - first);
            let batch = Batch { first, width, room };
            let bytes = (4 * room.cells(width) * self.source().lanes()) as u64;
            if self.memory.memory.bytes() < bytes {
                self.memory.memory = self.context().buffer("memory", bytes)?;
            }
            if !self.batch(&batch)? {
                self.made = self.masked()?;
                continue;
            }
            self.told.rows = self.told.rows.max(room.rows());
            first += width;
        }
        if is_unrolled && self.told.without > 0 {
            self.endings_of_nodes()?;
        }
        Ok(())
    }

    /// The kernel with masks.
    fn masked(&self) -> Result<Arc<Made>, DeviceError> {
        let masked = self.executor.specialized(self.source(), true)?;
        masked.ok_or_else(|| DeviceError::Kernel {
            label: "specialized".to_owned(),
            message: "with masks for adjoints of 0 it is too long".to_owned(),
        })
    }

    /// Runs a batch to its end; false if only the masked kernel can tell what its gradients are.
    fn batch(&mut self, batch: &Batch) -> Result<bool, DeviceError> {
        let context = self.context();
        let groups = batch.width.div_ceil(GROUP);
        let row = groups.clamp(1, ROW);
        let workgroups = [row as u32, groups.div_ceil(row) as u32];
        let memory = &self.memory;
        let mut buffers = vec![&memory.columns, &memory.rows, &memory.summary, &memory.parameters];
        match self.source().pace() {
            Pace::Unrolled if self.source().may_end_without() => buffers.push(&memory.blocks),
            Pace::Unrolled => {}
            Pace::Together | Pace::Apart => buffers.extend([&memory.blocks, &memory.memory]),
        }
        let lanes = batch.width * self.source().lanes();
        let most = WORK / self.operations_a_piece() / lanes;
        let mut fuel = self.setting.fuel.unwrap_or_else(|| most.clamp(1, 1 << 20) as u32);
        let mut without = 0;
        for slice in 0.. {
            let stamp = context.next_stamp();
            let parameters = self.parameters(batch, (row * GROUP) as u32, stamp, fuel, u32::from(slice == 0));
            context.write(&memory.parameters, 0, cast_slice::<u32, u8>(&parameters))?;
            let mut work = Work::new("specialized");
            work.clear(&memory.summary);
            work.dispatch(&self.made.kernel, &buffers, workgroups);
            work.expect(&memory.summary, 0, stamp);
            let summary = work.read(&memory.summary);
            let start = Instant::now();
            let words = context.submit(work, Dispatch::PATIENCE)?.get::<u32>(summary);
            let word = |name: &str| words[number(&SUMMARY, name)];
            if word("NANS") > 0 && !self.made.is_masked {
                return Ok(false);
            }
            without += word("WITHOUT");
            self.told.entries = self.told.entries.max(word("ENTRIES"));
            self.made.runs.fetch_max(word("RUNS"), Ordering::Relaxed);
            if word("GOING") == 0 {
                break;
            }
            if self.setting.fuel.is_none() {
                let elapsed = start.elapsed().as_millis();
                if elapsed < SLICE_MS / 2 {
                    fuel = fuel.saturating_mul(2).min(1 << 28);
                } else if elapsed > SLICE_MS * 2 {
                    fuel = (fuel / 2).max(1);
                }
            }
        }
        self.told.without += without;
        match self.source().pace() {
            Pace::Apart if without > 0 => self.endings_of_blocks(batch)?,
            Pace::Together if without > 0 => self.endings_of_chain(batch)?,
            _ => {}
        }
        Ok(true)
    }

    fn parameters(&self, batch: &Batch, row: u32, stamp: u32, fuel: u32, begins: u32) -> Vec<u32> {
        let limits = &self.setting.limits;
        // The kernel's sums stop at the greatest number, which must be too much.
        let limit = |limit: u64| u32::try_from(limit).unwrap_or(u32::MAX).min(u32::MAX - 1);
        let entries = if self.setting.gradient { limit(limits.entries) } else { u32::MAX };
        let (room, across) = (&batch.room, across(batch.width));
        let values = [
            ("width", batch.width as u32),
            ("row", row),
            ("stamp", stamp),
            ("fuel", fuel),
            ("begins", begins),
            ("steps", limit(limits.steps)),
            ("entries", entries),
            ("capacity", room.stack as u32),
            ("snapshots", room.snapshots as u32),
            ("across", across as u32),
            ("tile", (across * room.tile()) as u32),
            ("tiles", (room.states * batch.width) as u32),
            ("stack", room.stack_start() as u32),
            ("first", batch.first as u32),
            ("stride", self.stride() as u32),
        ];
        self.specialization.parameters(&values, self.job.columns)
    }

    /// Notes how the lanes of a batch ended that part: an invocation is a lane.
    fn endings_of_blocks(&mut self, batch: &Batch) -> Result<(), DeviceError> {
        let mut work = Work::new("read endings");
        let reads = ["ENDED", "BLOCK", "OUTCOME"].map(|state| {
            let start = (4 * number(&STATES, state) * batch.width) as u64;
            work.read_range(&self.memory.memory, start..start + 4 * batch.width as u64)
        });
        let result = self.context().submit(work, Dispatch::PATIENCE)?;
        let [how, block, outcome] = reads.map(|read| result.get::<u32>(read));
        for (index, &how) in how.iter().enumerate().filter(|(_, how)| **how != Ended::Done as u32) {
            self.told.endings.push(((batch.first + index) as u32, [how, block[index], outcome[index]]));
        }
        Ok(())
    }

    /// Notes which lanes of a batch left the common way, and how: where they would only have been interpreted, they are left.
    fn endings_of_chain(&mut self, batch: &Batch) -> Result<(), DeviceError> {
        let together = self.source().lanes();
        let (first, row) = (together * batch.first, self.source().left_row());
        let lanes = (together * batch.width).min(self.lanes - first);
        let found = self.endings_of_rows(&self.memory.memory, (row, together * batch.width), lanes)?;
        for (lane, [mut how, block, outcome]) in found {
            let answer = if how == Ended::Refused as u32 { REFUSED } else { Outcome::from(outcome) };
            if self.job.program.blocks[block as usize].exit.knows(answer) {
                how = Ended::Left as u32;
            }
            self.told.endings.push((first as u32 + lane, [how, block, outcome]));
        }
        Ok(())
    }

    /// Notes how the lanes of an unrolled program ended.
    fn endings_of_nodes(&mut self) -> Result<(), DeviceError> {
        let wide = self.source().lanes() * self.stride();
        let found = self.endings_of_rows(&self.memory.blocks, (0, wide), self.lanes)?;
        self.told.endings.extend(found);
        Ok(())
    }

    /// What two rows tell of so many lanes' endings, the first of them being the `row`-th of so `wide` ones.
    fn endings_of_rows(
        &self,
        buffer: &Buffer,
        (row, wide): (usize, usize),
        lanes: usize,
    ) -> Result<Vec<(u32, [u32; 3])>, DeviceError> {
        let mut work = Work::new("read endings");
        let reads = [row, row + 1].map(|row| {
            let start = 4 * (row * wide) as u64;
            work.read_range(buffer, start..start + 4 * lanes as u64)
        });
        let result = self.context().submit(work, Dispatch::PATIENCE)?;
        let [how, outcome] = reads.map(|read| result.get::<u32>(read));
        let ended = how.iter().zip(&outcome).enumerate().filter(|(_, (word, _))| **word != 0);
        let ending = |(lane, (&word, &outcome)): (usize, (&u32, &u32))| {
            (lane as u32, [word & ((1 << ENDING_BITS) - 1), word >> ENDING_BITS, outcome])
        };
        Ok(ended.map(ending).collect())
    }

    /// Lanes that need more rounds than the program was unrolled for, in the job's order.
    pub fn long(&self) -> impl Iterator<Item = usize> + '_ {
        let is_long = |(_, ending): &&(u32, [u32; 3])| ending[0] == LONG;
        self.told.endings.iter().filter(is_long).map(|(lane, _)| self.first + *lane as usize)
    }

    /// Brings what the last pass came to back, into the places of its lanes.
    ///
    /// # Errors
    /// The device failed.
    pub fn collect(&self, replayed: &mut Replayed) -> Result<(), DeviceError> {
        let (first, lanes) = (self.first, self.lanes);
        let wide = 4 * (self.source().lanes() * self.stride()) as u64;
        let mut work = Work::new("read specialized");
        let mut read = |row: usize| {
            let start = row as u64 * wide;
            work.read_range(&self.memory.rows, start..start + 4 * lanes as u64)
        };
        let rows: Vec<_> = (0..self.source().rows()).map(&mut read).collect();
        let result = self.context().submit(work, Dispatch::PATIENCE)?;
        let columns = std::iter::once(&mut replayed.values).chain(&mut replayed.gradients);
        for (column, read) in columns.zip(rows) {
            let values = result.get::<f32>(read);
            column[first..first + lanes].copy_from_slice(&values);
        }
        for (lane, ending) in self.told.endings.iter().filter(|(_, ending)| ending[0] != LONG) {
            replayed.note(&self.job, first + *lane as usize, *ending);
        }
        let entries = self.specialization.cost.entries.max(u64::from(self.told.entries));
        let rest = &mut replayed.rest;
        rest.tape = rest.tape.max(1 + self.job.columns.len() + entries as usize);
        rest.bytes_per_lane = rest.bytes_per_lane.max(self.bytes_per_lane());
        Ok(())
    }

    /// Bytes of a lane on the device, its share of what only a batch has included.
    pub fn bytes_per_lane(&self) -> usize {
        4 * (self.source().columns() + self.source().rows() + self.told.rows)
    }

    /// Leaves the buffers to the next call.
    pub(super) fn leave(self) {
        if self.memory.bytes() <= KEPT {
            *lock(&self.executor.specialized.memory) = Some(self.memory);
        }
    }
}

impl Specialization {
    /// Words of the parameters with these values by name, and the kernel's numbers behind them.
    pub(in crate::device) fn parameters(&self, values: &[(&str, u32)], columns: &[Column]) -> Vec<u32> {
        let mut words = vec![0; HEAD];
        for &(name, value) in values {
            words[number(&PARAMETERS, name)] = value;
        }
        words.extend(self.numbers.iter().map(|number| match *number {
            Number::Constant(value) => value.to_bits(),
            Number::Input(input) => columns[input as usize].at::<f32>(0).to_bits(),
        }));
        words
    }
}
