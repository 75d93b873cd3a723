//! Timing: passes over one batch on a device, with inputs and results where they are.

use std::time::{Duration, Instant};

use crate::batch::{Batch, Tier};
use crate::device::replay::{Job, Setting};
use crate::device::{self, DeviceError, Executor};
use crate::engine::remote;
use crate::engine::{Device, Engine, Way};
use crate::error::Error;
use crate::host;
use crate::host::replay::{Lanes, Limits};
use crate::machine::work::Segment;

/// What passes over a batch on a device cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Passes {
    /// From submission to completion, a pass each; without transfers, recording and compiling.
    pub times: Vec<Duration>,
    /// Making kernels, the driver's part in the first pass included.
    pub compiling: Duration,
    /// How the batch was run.
    pub way: Way,
}

impl Engine {
    /// Runs a batch on the device that was named, once to know its paths and have its kernels, and then `repeat` times more or as
    /// often as `longest` allows, at least once; `wrt` are the inputs whose gradients every pass gives, none for values alone.
    ///
    /// By the tier `specialize` a pass is a run of the kernel over inputs that are on the device; by the others it is the dispatches of
    /// a call, which bring their inputs with them.
    ///
    /// # Errors
    /// As [`Engine::value_and_grad`]; [`Error::Unsupported`] where no device was named.
    pub fn time_on_device(
        &self,
        batch: &Batch,
        wrt: &[&str],
        repeat: usize,
        longest: Duration,
    ) -> Result<Passes, Error> {
        let (Device::Gpu | Device::Named(_), Some(executor)) = (self.place.device(), self.place.executor()) else {
            return Err(Error::Unsupported("the host has no kernels to time; `prepare` is for it".to_owned()));
        };
        let (executor, losses) = (executor?, self.place.losses());
        let call = |batch: &Batch| -> Result<Way, Error> {
            Ok(if wrt.is_empty() { self.evaluate(batch)?.way } else { self.value_and_grad(batch, wrt)?.way })
        };
        let context = executor.context();
        let (made, ran) = (context.compiling(), context.dispatching());
        let way = call(batch)?;
        // All passes are of the tier that was chosen for the first one.
        let batch = &batch.clone().tier(way.tier);
        let first = context.dispatching() - ran;
        let made = context.compiling() - made;
        let mut times = Vec::new();
        let begun = Instant::now();
        let is_enough =
            |times: &Vec<Duration>| times.len() >= repeat.max(1) || !times.is_empty() && begun.elapsed() >= longest;
        let placed = if way.tier == Tier::Specialize {
            self.placed(&executor, batch, wrt, |placed| {
                while !is_enough(&times) {
                    let begun = Instant::now();
                    placed.pass()?;
                    times.push(begun.elapsed());
                }
                Ok(())
            })?
        } else {
            None
        };
        if placed.is_none() {
            while !is_enough(&times) {
                let before = context.dispatching();
                call(batch)?;
                times.push(context.dispatching() - before);
            }
        }
        if self.place.losses() != losses {
            return Err(DeviceError::Lost("passes were timed on it".to_owned()).into());
        }
        times.sort_unstable();
        let compiling = made + first.saturating_sub(times[times.len() / 2]);
        Ok(Passes { times, compiling, way })
    }

    /// Bytes a second that copies in the memory of the device that was named move, or in the host's where none was.
    ///
    /// # Errors
    /// The device failed.
    pub fn bandwidth(&self) -> Result<f64, Error> {
        match (self.place.device(), self.place.executor()) {
            (Device::Gpu | Device::Named(_), Some(executor)) => Ok(executor?.context().bandwidth()?),
            _ => Ok(host::bandwidth()),
        }
    }

    /// Gives `body` the batch as it lies on the device, its paths as they are known; `None` if the program is too large for a kernel or
    /// its lanes for the device.
    fn placed<R>(
        &self,
        executor: &Executor,
        batch: &Batch,
        wrt: &[&str],
        body: impl FnOnce(&mut device::specialize::Placed<'_>) -> Result<R, DeviceError>,
    ) -> Result<Option<R>, Error> {
        let wanted = wrt.iter().map(|name| batch.program().input(name)).collect::<Result<Vec<usize>, Error>>()?;
        let plan = self.linked.plan(&self.interpreter, &[batch], &[wanted])?;
        let segment = &plan.segments[0];
        let (paths, _) = self.recorded.paths::<f32>(batch.program(), batch.road_asked(), &plan.image, segment.start);
        let program = paths.lowered();
        let mut limits = Limits::of(&self.settings.budgets);
        if wrt.is_empty() {
            limits.entries = u64::MAX;
        }
        limits.memory = remote::memory(&limits, segment.lanes);
        let setting = Setting { gradient: !wrt.is_empty(), limits, fuel: self.settings.fuel, rounds: None };
        let Segment { columns, wanted, lanes, .. } = segment;
        let job = Job { program: &program, columns, wanted, lanes: Lanes::All(*lanes) };
        match executor.place(&job, &setting)? {
            Some(mut placed) => Ok(Some(body(&mut placed)?)),
            None => Ok(None),
        }
    }
}
