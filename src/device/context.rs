//! An open device: where every call to wgpu that can fail is made to say so.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::adapter::{AdapterReport, Adapters, Selection};
use super::capture::Notes;
use super::error::DeviceError;
use super::faults::{self, Fault, Faults, Simulated};
use super::pipelines::Pipelines;
use super::staging::StagingPool;

/// How float operations are kept as written on this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exactness {
    /// The SPIR-V of every kernel is decorated `NoContraction`: plain text is exact.
    Decorated,
    /// The driver gets plain text: wrap each float result `e` as `bitcast<f32>(bitcast<u32>(e) ^ z)`, with `z` a zero from a buffer.
    /// Results alone are not enough: Mesa makes `x - x` 0 even where `x` is infinite. Wrap one operand of a subtraction or
    /// division as well, unless the two cannot be the same value, and with `|` for `^`: two equal barriers undo each other.
    Barrier,
}

/// How a device is opened.
#[derive(Clone, Debug)]
pub struct ContextOptions {
    /// Decorate kernels where the device can ([`Exactness::Decorated`]). Off, it is [`Exactness::Barrier`] everywhere.
    pub decorate: bool,
    /// Note all that is asked of the device, for [`Context::captured`].
    pub capture: bool,
    /// Faults to be simulated.
    pub faults: Faults,
}

impl Default for ContextOptions {
    fn default() -> Self {
        ContextOptions { decorate: true, capture: false, faults: Faults::default() }
    }
}

/// What a kernel and its buffers must stay within on this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Storage buffers that a kernel may bind.
    pub storage_buffers: u32,
    /// Largest buffer that can be bound, in bytes.
    pub binding_bytes: u64,
    /// Largest workgroup, in invocations.
    pub invocations: u32,
    /// Most workgroups in one dimension of a dispatch.
    pub workgroups: u32,
    /// Bytes of workgroup memory.
    pub workgroup_bytes: u32,
}

/// What went wrong outside any error scope, told by callbacks of the driver's threads.
#[derive(Debug, Default)]
struct Health {
    lost: Mutex<Option<String>>,
    stray: Mutex<Option<String>>,
}

/// A lock whose value stays meaningful if a thread died holding it.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a context's time went into, in nanoseconds.
#[derive(Debug, Default)]
pub(super) struct Spent {
    pub dispatching: AtomicU64,
    pub compiling: AtomicU64,
}

impl Spent {
    pub fn add(place: &AtomicU64, time: Duration) {
        place.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// A device, its queue, and the record of its failures. Shared by threads; dropping the last user closes the device.
#[derive(Debug)]
pub struct Context {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(super) staging: Arc<StagingPool>,
    /// The words that submissions bring back in turn to show that they ran.
    pub(super) seals: OnceLock<wgpu::Buffer>,
    report: AdapterReport,
    limits: Limits,
    pub(super) exactness: Exactness,
    health: Arc<Health>,
    stamp: AtomicU32,
    pub(super) spent: Spent,
    pub(super) read_back: AtomicU64,
    pub(super) pipelines: Option<Pipelines>,
    pub(super) notes: Mutex<Option<Notes>>,
    pub(super) faults: Faults,
}

const _: () = {
    const fn shared<T: Send + Sync>() {}
    shared::<Context>();
};

impl Context {
    /// Opens the adapter that `selection` means.
    ///
    /// # Errors
    /// [`DeviceError::NoHardware`] for [`Selection::Auto`] without a usable hardware GPU: the caller takes the host. Otherwise
    /// [`DeviceError::NoAdapter`], [`DeviceError::Unusable`] or, when the driver refuses, [`DeviceError::Open`].
    pub fn open(selection: &Selection) -> Result<Self, DeviceError> {
        Context::open_with(selection, ContextOptions::default())
    }

    /// [`Context::open`] with options other than the default ones.
    ///
    /// # Errors
    /// As [`Context::open`].
    pub fn open_with(selection: &Selection, options: ContextOptions) -> Result<Self, DeviceError> {
        let (adapter, report) = Adapters::enumerate().take(selection)?;
        let vulkan = adapter.get_info().backend == wgpu::Backend::Vulkan;
        let passthrough = wgpu::Features::PASSTHROUGH_SHADERS;
        let decorated = options.decorate && vulkan && adapter.features().contains(passthrough);
        let mut required_features = if decorated { passthrough } else { wgpu::Features::empty() };
        required_features |= adapter.features() & wgpu::Features::PIPELINE_CACHE;
        let kept = Pipelines::path(&adapter.get_info());
        let kept = kept.filter(|_| required_features.contains(wgpu::Features::PIPELINE_CACHE));
        let mut required_limits = adapter.limits();
        // DX12 reserves a descriptor heap of this many entries when the device opens; the default million costs real memory.
        required_limits.max_non_sampler_bindings = required_limits.max_non_sampler_bindings.min(100_000);
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("evalgrad"),
            required_features,
            required_limits,
            // Our buffers are few and large; blocks reserved ahead would only take memory from others.
            memory_hints: wgpu::MemoryHints::MemoryUsage,
            ..Default::default()
        };
        let (device, queue) = pollster::block_on(adapter.request_device(&descriptor))
            .map_err(|error| DeviceError::Open { name: report.name.clone(), message: error.to_string() })?;

        let health = Arc::new(Health::default());
        let record = Arc::clone(&health);
        device.set_device_lost_callback(move |reason, message| {
            lock(&record.lost).get_or_insert(format!("{reason:?}: {message}"));
        });
        let record = Arc::clone(&health);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            lock(&record.stray).get_or_insert(error.to_string());
        }));

        let limits = Limits {
            storage_buffers: report.storage_buffers,
            binding_bytes: report.max_binding_bytes.min(report.max_buffer_bytes),
            invocations: report.max_invocations,
            workgroups: report.max_workgroups,
            workgroup_bytes: report.workgroup_bytes,
        };
        let pipelines = kept.map(|path| Pipelines::open(&device, &path));
        let exactness = if decorated { Exactness::Decorated } else { Exactness::Barrier };
        let staging = Arc::new(StagingPool::default());
        Ok(Context {
            device,
            queue,
            staging,
            seals: OnceLock::new(),
            report,
            limits,
            exactness,
            health,
            stamp: AtomicU32::new(0),
            spent: Spent::default(),
            read_back: AtomicU64::new(0),
            pipelines,
            notes: Mutex::new(options.capture.then(Notes::default)),
            faults: options.faults,
        })
    }

    /// The adapter behind this context. `is_hardware()` is false for a software one: worth a warning.
    #[must_use]
    pub fn adapter(&self) -> &AdapterReport {
        &self.report
    }

    /// What kernels and buffers must stay within.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How kernel text is kept exact here.
    #[must_use]
    pub fn exactness(&self) -> Exactness {
        self.exactness
    }

    /// Is the device gone? Then the context is of no further use.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        lock(&self.health.lost).is_some()
    }

    /// Bytes that reads brought back from the device so far.
    #[must_use]
    pub fn bytes_read_back(&self) -> u64 {
        self.read_back.load(Ordering::Relaxed)
    }

    /// A number for a dispatch to leave behind ([`Work::expect`](super::Work::expect)): never 0, and different from the
    /// last 2³² − 2 that this context gave.
    #[must_use]
    pub fn next_stamp(&self) -> u32 {
        loop {
            let stamp = self.stamp.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
            if stamp != 0 {
                return stamp;
            }
        }
    }

    /// Time from submission to completion of all work so far that had a dispatch, reads included.
    #[must_use]
    pub fn dispatching(&self) -> Duration {
        Duration::from_nanos(self.spent.dispatching.load(Ordering::Relaxed))
    }

    /// Time that making kernels took so far. Many drivers compile at the first dispatch, which is not in it.
    #[must_use]
    pub fn compiling(&self) -> Duration {
        Duration::from_nanos(self.spent.compiling.load(Ordering::Relaxed))
    }

    /// Runs `call` inside error scopes and turns what they caught into an error that names `what`. What is simulated is caught as well.
    pub(super) fn scoped<T>(
        &self,
        what: &str,
        fault: Option<Fault>,
        call: impl FnOnce() -> T,
    ) -> Result<T, DeviceError> {
        if fault == Some(Fault::Lost) {
            self.lose();
        }
        self.check(what)?;
        let memory = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let internal = self.device.push_error_scope(wgpu::ErrorFilter::Internal);
        let validation = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let value = call();
        let validation = pollster::block_on(validation.pop());
        let internal = pollster::block_on(internal.pop());
        let memory = pollster::block_on(memory.pop());
        // An object made from one that ran out of memory is invalid in turn: the cause goes first.
        if let Some(error) = memory.or(internal).or(validation).or_else(|| faults::caught(fault)) {
            return Err(named(what, error));
        }
        self.check(what)?;
        Ok(value)
    }

    /// Loses the device, as its callback would tell.
    pub(super) fn lose(&self) {
        self.device.destroy();
        lock(&self.health.lost).get_or_insert(Simulated.to_string());
    }

    /// Is the device still there, and did nothing fail behind our back?
    pub(super) fn check(&self, what: &str) -> Result<(), DeviceError> {
        if let Some(reason) = lock(&self.health.lost).clone() {
            return Err(DeviceError::Lost(reason));
        }
        match lock(&self.health.stray).take() {
            Some(message) => Err(DeviceError::Driver { what: format!("a call before {what}"), message }),
            None => Ok(()),
        }
    }

    /// Waits for a submission, `limit` at most.
    pub(super) fn wait(
        &self,
        what: &str,
        fault: Option<Fault>,
        index: wgpu::SubmissionIndex,
        limit: Duration,
    ) -> Result<(), DeviceError> {
        if fault == Some(Fault::Lost) {
            self.lose();
        }
        let poll = wgpu::PollType::Wait { submission_index: Some(index), timeout: Some(limit) };
        // wgpu answers a device lost during the wait with a panic; it leaves nothing of ours half done.
        let polled = catch_unwind(AssertUnwindSafe(|| self.device.poll(poll)));
        self.check(what)?;
        match polled {
            Ok(Ok(_)) if fault == Some(Fault::Late) => {
                Err(DeviceError::Timeout { what: what.to_owned(), after: limit })
            }
            Ok(Ok(_)) => Ok(()),
            Ok(Err(wgpu::PollError::Timeout)) => Err(DeviceError::Timeout { what: what.to_owned(), after: limit }),
            Ok(Err(error)) => Err(DeviceError::Driver { what: what.to_owned(), message: error.to_string() }),
            Err(_) => Err(DeviceError::Lost(format!("while waiting for {what}"))),
        }
    }
}

fn named(what: &str, error: wgpu::Error) -> DeviceError {
    let what = what.to_owned();
    match error {
        wgpu::Error::OutOfMemory { .. } => DeviceError::OutOfMemory { what },
        wgpu::Error::Validation { description, .. } => DeviceError::Invalid { what, message: description },
        wgpu::Error::Internal { description, .. } => DeviceError::Driver { what, message: description },
    }
}
