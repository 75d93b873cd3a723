//! Sending work to the device, waiting for it within a time limit, and taking back what it left.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytemuck::{AnyBitPattern, NoUninit, cast_slice};

use super::capture::Submission;
use super::context::{Context, Spent, lock};
use super::error::DeviceError;
use super::faults::{Call, Fault};
use super::work::{Expectation, Read, Work};

/// Where a part of the staging buffer may start: wgpu's alignment of mapped ranges.
const PART_ALIGNMENT: u64 = wgpu::MAP_ALIGNMENT;
/// Smallest staging buffer in bytes; sizes are powers of two from here.
const SMALLEST: u64 = 64 << 10;
/// Larger staging buffers are given back to the driver at once.
const LARGEST_KEPT: u64 = 32 << 20;
/// Longest time between a mapping's end and another thread's word of it.
const TELLING: Duration = Duration::from_secs(10);
/// How many are kept.
const KEPT: usize = 4;
/// What submissions copy to the start of their staging buffer, in turn: what lies there tells whether the last one was among those that
/// ran. A new buffer is all zero.
const SEALS: [u32; 2] = [0x5ea1_ed01, 0x5ea1_ed02];
/// Bytes of a seal.
const SEAL: u64 = size_of::<u32>() as u64;

/// A mappable buffer.
#[derive(Debug)]
pub(super) struct Staging {
    buffer: wgpu::Buffer,
    /// The number of the seal that is next.
    seal: usize,
}

/// Mappable buffers waiting to be used again: making one costs more than a small readback.
#[derive(Debug, Default)]
pub(super) struct StagingPool {
    free: Mutex<Vec<Staging>>,
}

impl StagingPool {
    fn take(&self, bytes: u64) -> Option<Staging> {
        let mut free = lock(&self.free);
        let fits = free.iter().enumerate().filter(|(_, staging)| staging.buffer.size() >= bytes);
        let (index, _) = fits.min_by_key(|(_, staging)| staging.buffer.size())?;
        Some(free.swap_remove(index))
    }

    fn give_back(&self, staging: Staging) {
        let mut free = lock(&self.free);
        if free.len() < KEPT && staging.buffer.size() <= LARGEST_KEPT {
            free.push(staging);
        }
    }
}

/// What became of a mapping. Where threads share a device, the one that polls it to its end need not be the one that waits for it,
/// and tells only after the other's poll has returned.
#[derive(Debug, Default)]
struct Mapping {
    outcome: Mutex<Option<Result<(), wgpu::BufferAsyncError>>>,
    told: Condvar,
}

impl Mapping {
    fn tell(&self, outcome: Result<(), wgpu::BufferAsyncError>) {
        *lock(&self.outcome) = Some(outcome);
        self.told.notify_all();
    }

    /// The outcome of a mapping that was polled to its end; `None` if nobody tells it in time.
    fn outcome(&self) -> Option<Result<(), wgpu::BufferAsyncError>> {
        let told = self.told.wait_timeout_while(lock(&self.outcome), TELLING, |outcome| outcome.is_none());
        told.unwrap_or_else(PoisonError::into_inner).0.take()
    }
}

/// Where each read lies in the staging buffer: byte offset and size.
type Parts = Vec<(usize, usize)>;

/// Work that was sent and not yet waited for.
#[derive(Debug)]
#[must_use = "work is only known to have run once `wait` has returned"]
pub struct Pending<'a> {
    context: &'a Context,
    label: String,
    index: wgpu::SubmissionIndex,
    staging: Staging,
    mapping: Arc<Mapping>,
    fault: Option<Fault>,
    bytes: u64,
    parts: Parts,
    expectations: Vec<Expectation>,
    submission: Option<Submission>,
}

impl Context {
    /// Sends `work` and waits for it, `limit` at most.
    ///
    /// # Errors
    /// [`DeviceError::Invalid`] for work that breaks a rule (nothing is sent then), [`DeviceError::Timeout`],
    /// [`DeviceError::NotRun`] where the work left no trace or a stamp is absent, and whatever the driver reports.
    pub fn submit(&self, work: Work, limit: Duration) -> Result<Readback, DeviceError> {
        let (begun, has_dispatch) = (Instant::now(), work.first_dispatch().is_some());
        let result = self.start(work)?.wait(limit);
        if has_dispatch {
            Spent::add(&self.spent.dispatching, begun.elapsed());
        }
        result
    }

    /// Sends `work` without waiting, so that the host can prepare what comes next.
    ///
    /// # Errors
    /// As [`Context::submit`], as far as it is known now.
    pub fn start(&self, work: Work) -> Result<Pending<'_>, DeviceError> {
        work.verify(self)?;
        // Behind the seal.
        let mut bytes = PART_ALIGNMENT;
        let mut offsets = Vec::with_capacity(work.reads.len());
        for read in &work.reads {
            offsets.push(bytes);
            bytes = (bytes + read.range.end - read.range.start).next_multiple_of(PART_ALIGNMENT);
        }
        let (staging, seals) = (self.staging_buffer(&work.label, bytes)?, self.seals()?);
        let fault = self.faults.next(Call::Submission);
        let skipped = work.first_dispatch().filter(|_| fault == Some(Fault::Skipped));
        // One that is lost later than now is lost in the wait.
        let now = fault.filter(|&fault| fault != Fault::Lost);

        let (index, mapping) = self.scoped(&work.label, now, || {
            let label = Some(work.label.as_str());
            let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label });
            work.encode(&self.device, &mut encoder, skipped);
            for (read, &offset) in work.reads.iter().zip(&offsets) {
                let size = read.range.end - read.range.start;
                encoder.copy_buffer_to_buffer(&read.buffer.raw, read.range.start, &staging.buffer, offset, size);
            }
            encoder.copy_buffer_to_buffer(seals, SEAL * staging.seal as u64, &staging.buffer, 0, SEAL);
            let commands = (fault != Some(Fault::Unsent)).then(|| encoder.finish());
            let index = self.queue.submit(commands);
            let mapping = Arc::new(Mapping::default());
            let result = Arc::clone(&mapping);
            staging.buffer.map_async(wgpu::MapMode::Read, 0..bytes, move |done| result.tell(done));
            (index, mapping)
        })?;
        let submission = self.note(|notes| notes.submit(&work));
        // Staging buffers are far below the host's address space.
        let part = |(read, &offset): (&super::work::ReadRange, &u64)| {
            (offset as usize, (read.range.end - read.range.start) as usize)
        };
        Ok(Pending {
            context: self,
            index,
            staging,
            mapping,
            fault,
            bytes,
            parts: work.reads.iter().zip(&offsets).map(part).collect(),
            label: work.label,
            expectations: work.expectations,
            submission,
        })
    }

    /// The buffer of both seals.
    fn seals(&self) -> Result<&wgpu::Buffer, DeviceError> {
        if let Some(seals) = self.seals.get() {
            return Ok(seals);
        }
        let descriptor = wgpu::BufferDescriptor {
            label: Some("seals"),
            size: size_of_val(&SEALS) as u64,
            usage: wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        };
        let seals = self.scoped("making the seals", None, || {
            let seals = self.device.create_buffer(&descriptor);
            self.queue.write_buffer(&seals, 0, cast_slice(&SEALS));
            seals
        })?;
        Ok(self.seals.get_or_init(|| seals))
    }

    fn staging_buffer(&self, label: &str, bytes: u64) -> Result<Staging, DeviceError> {
        let limit = self.adapter().max_buffer_bytes;
        let what = format!("reading back {label}");
        if bytes > limit {
            return Err(DeviceError::TooLarge { what, bytes, limit });
        }
        if let Some(staging) = self.staging.take(bytes) {
            return Ok(staging);
        }
        let descriptor = wgpu::BufferDescriptor {
            label: Some("staging"),
            size: bytes.next_power_of_two().clamp(SMALLEST.min(limit), limit),
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        };
        let fault = self.faults.next(Call::Buffer);
        let buffer = self.scoped(&what, fault, || self.device.create_buffer(&descriptor))?;
        Ok(Staging { buffer, seal: 0 })
    }
}

impl Pending<'_> {
    /// Waits until the work is done, `limit` at most.
    ///
    /// # Errors
    /// As [`Context::submit`]. After a [`DeviceError::Timeout`] the work may still be running.
    pub fn wait(self, limit: Duration) -> Result<Readback, DeviceError> {
        self.context.wait(&self.label, self.fault, self.index, limit)?;
        let failed = |message: String| DeviceError::Driver { what: self.label.clone(), message };
        match self.mapping.outcome() {
            Some(Ok(())) => {}
            Some(Err(error)) => return Err(failed(error.to_string())),
            None => return Err(failed("the results were never mapped".to_owned())),
        }
        let Staging { buffer, seal } = self.staging;
        let view = buffer.get_mapped_range(0..self.bytes).map_err(|error| failed(error.to_string()))?;
        let found = bytemuck::pod_read_unaligned::<u32>(&view[..SEAL as usize]);
        if found != SEALS[seal] {
            // What the buffer holds is not known any more: nobody uses it again.
            return Err(DeviceError::NotRun { what: self.label, expected: SEALS[seal], found });
        }
        let staging = Staging { buffer, seal: 1 - seal };
        let staged = Staged { view: Some(view), staging: Some(staging), pool: Arc::clone(&self.context.staging) };
        let bytes: usize = self.parts.iter().map(|&(_, size)| size).sum();
        self.context.read_back.fetch_add(bytes as u64, Ordering::Relaxed);
        let readback = Readback { staged, parts: self.parts };
        for Expectation { read, stamp } in self.expectations {
            let found = readback.get::<u32>(read).first().copied().unwrap_or(0);
            if found != stamp {
                return Err(DeviceError::NotRun { what: self.label, expected: stamp, found });
            }
        }
        if let Some(submission) = self.submission {
            self.context.note(|notes| notes.result(submission, &readback));
        }
        Ok(readback)
    }
}

/// A mapped staging buffer; unmapped and given back on drop.
#[derive(Debug)]
struct Staged {
    view: Option<wgpu::BufferView>,
    staging: Option<Staging>,
    pool: Arc<StagingPool>,
}

impl Drop for Staged {
    fn drop(&mut self) {
        self.view = None;
        if let Some(staging) = self.staging.take() {
            staging.buffer.unmap();
            self.pool.give_back(staging);
        }
    }
}

/// What a finished work left, one part for each of its reads.
#[derive(Debug)]
pub struct Readback {
    staged: Staged,
    parts: Parts,
}

impl Readback {
    /// The values of one read, as many whole `T` as it holds. `read` must come from the same work.
    #[must_use]
    pub fn get<T: AnyBitPattern + NoUninit>(&self, read: Read) -> Vec<T> {
        let bytes = self.bytes(read);
        let count = bytes.len().checked_div(size_of::<T>()).unwrap_or(0);
        let mut values = vec![T::zeroed(); count];
        let size = count * size_of::<T>();
        bytemuck::cast_slice_mut::<T, u8>(&mut values).copy_from_slice(&bytes[..size]);
        values
    }

    fn bytes(&self, Read(read): Read) -> &[u8] {
        let Some(view) = self.staged.view.as_deref() else {
            return &[];
        };
        let (offset, size) = self.parts[read];
        &view[offset..offset + size]
    }
}
