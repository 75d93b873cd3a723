//! The device executor: the machine and the adjoint as kernels, in slices, over as many lanes as memory allows.
//!
//! In: a [`machine::work::Work`](crate::machine::work::Work). Out: what the host executor gives, bit for bit on an IEEE
//! device. A lane that asks for more room than the device can bind for all lanes of its dispatch is put off, and runs
//! again beside fewer others (`lanes.rs`).

use std::sync::{Mutex, OnceLock};

use crate::device::lanes::{End, Place, Run};
use crate::device::specialize::Specialized;
use crate::device::{Binding, Context, ContextOptions, DeviceError, Exactness, Kernel, Selection};
use crate::host;
use crate::machine::work::{Arenas, Ended, Work};
use crate::wgsl;

/// What a lane starts with when nothing else is asked for.
const ARENAS: Arenas = Arenas { stack: 64, heap: 64, tape: 32 };

/// A device that runs lanes. Each kernel is made when it is first wanted: a program that is replayed does without the machine's.
pub struct Executor {
    pub(super) context: Context,
    machine: OnceLock<Kernel>,
    adjoint: OnceLock<Kernel>,
    pub(super) replay: OnceLock<Kernel>,
    /// For programs with whole operations.
    pub(super) replay_wholes: OnceLock<Kernel>,
    pub(super) specialized: Specialized,
    /// The kernels of descents that were wanted so far.
    pub(super) descent: Mutex<Vec<(wgsl::descent::Kernel, Kernel)>>,
}

impl Executor {
    /// Opens a device.
    ///
    /// # Errors
    /// As [`Context::open`].
    pub fn open(selection: &Selection) -> Result<Executor, DeviceError> {
        Executor::open_with(selection, ContextOptions::default())
    }

    /// [`Executor::open`] with options other than the default ones.
    ///
    /// # Errors
    /// As [`Executor::open`].
    pub fn open_with(selection: &Selection, options: ContextOptions) -> Result<Executor, DeviceError> {
        Ok(Executor::on(Context::open_with(selection, options)?))
    }

    /// The executor on an open device.
    pub fn on(context: Context) -> Executor {
        Executor {
            context,
            machine: OnceLock::new(),
            adjoint: OnceLock::new(),
            replay: OnceLock::new(),
            replay_wholes: OnceLock::new(),
            specialized: Specialized::default(),
            descent: Mutex::default(),
        }
    }

    /// The adapter's name.
    pub fn name(&self) -> &str {
        &self.context.adapter().name
    }

    /// The open device.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Runs every lane of a work.
    ///
    /// # Errors
    /// The device failed; nothing it left behind is used.
    pub fn execute(&self, work: &Work<'_>) -> Result<Vec<Ended<f32>>, DeviceError> {
        let code: Vec<[u32; 4]> = work.image.code.iter().map(|instruction| instruction.words()).collect();
        let image = host::Loaded::<f32>::new(work.image);
        let run = Run::new(self, work, self.context.buffer_from("code", &code)?, &image);
        let places: Vec<Place> = work
            .segments
            .iter()
            .enumerate()
            .flat_map(|(segment, lanes)| (0..lanes.lanes).map(move |lane| (segment, lane)))
            .collect();
        let mut ends: Vec<Option<End>> = Vec::new();
        ends.resize_with(places.len(), || None);
        let mut waiting = vec![((0..places.len()).collect::<Vec<usize>>(), work.arenas.unwrap_or(ARENAS))];
        while let Some((mut lanes, arenas)) = waiting.pop() {
            let later = lanes.split_off(run.lanes_for(&arenas).min(lanes.len()));
            if !later.is_empty() {
                waiting.push((later, arenas));
            }
            if lanes.is_empty() {
                continue;
            }
            let here: Vec<Place> = lanes.iter().map(|&lane| places[lane]).collect();
            let done = run.lanes(&here, arenas)?;
            let mut deferred = Vec::new();
            for (lane, end) in lanes.into_iter().zip(done.ends) {
                match end {
                    Some(end) => ends[lane] = Some(end),
                    None => deferred.push(lane),
                }
            }
            if !deferred.is_empty() {
                waiting.push((deferred, done.needed));
            }
        }
        let mut ended: Vec<Ended<f32>> =
            work.segments.iter().map(|segment| Ended::empty(segment, work.gradient)).collect();
        for (&(segment, lane), end) in places.iter().zip(ends) {
            let Some((answer, gradient, tape)) = end else { unreachable!("every lane has run") };
            let ended = &mut ended[segment];
            ended.set(lane, answer, &gradient);
            ended.tape = ended.tape.max(tape);
        }
        Ok(ended)
    }

    /// The machine's kernel, made when it is first wanted.
    pub(super) fn machine_kernel(&self) -> Result<&Kernel, DeviceError> {
        if let Some(kernel) = self.machine.get() {
            return Ok(kernel);
        }
        let text = wgsl::machine(self.context.exactness() == Exactness::Barrier);
        let bindings = [
            Binding::ReadOnly,
            Binding::ReadWrite,
            Binding::ReadWrite,
            Binding::ReadWrite,
            Binding::ReadWrite,
            Binding::ReadOnly,
            Binding::ReadWrite,
            Binding::Uniform,
        ];
        let kernel = self.context.kernel("machine", &text, "machine", &bindings)?;
        Ok(self.machine.get_or_init(|| kernel))
    }

    /// The adjoint's kernel, made when it is first wanted.
    pub(super) fn adjoint_kernel(&self) -> Result<&Kernel, DeviceError> {
        if let Some(kernel) = self.adjoint.get() {
            return Ok(kernel);
        }
        let text = wgsl::adjoint(self.context.exactness() == Exactness::Barrier);
        let bindings = [
            Binding::ReadOnly,
            Binding::ReadWrite,
            Binding::ReadWrite,
            Binding::ReadOnly,
            Binding::ReadWrite,
            Binding::Uniform,
        ];
        let kernel = self.context.kernel("adjoint", &text, "adjoint", &bindings)?;
        Ok(self.adjoint.get_or_init(|| kernel))
    }
}
