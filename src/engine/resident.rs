//! Resident: a batch whose inputs and results stay on the engine's device while somebody there changes some of the inputs.

use std::sync::{Arc, OnceLock};

use crate::batch::{Batch, Tier};
use crate::device::replay::{Job, Setting};
use crate::device::resident::Resident;
use crate::device::{DeviceError, Executor};
use crate::engine::{Device, Engine};
use crate::error::Error;
use crate::host::Loaded;
use crate::host::replay::{Lanes, Limits};
use crate::machine::work::{Segment, Work};

/// A batch that stays on a device.
pub(crate) struct Settled {
    pub(crate) executor: Arc<Executor>,
    pub(crate) model: Box<dyn Resident>,
    /// The free inputs, as they were named.
    pub(crate) inputs: Vec<usize>,
}

impl Engine {
    /// The rows of a batch, `copies` times beside each other, on the device that was named, with these inputs for somebody there to
    /// write; or why that cannot be.
    ///
    /// # Errors
    /// As [`Engine::value_and_grad`].
    pub(crate) fn resident(
        &self,
        batch: &Batch,
        free: &[&str],
        copies: usize,
    ) -> Result<Result<Settled, String>, Error> {
        let cannot = |why: &str| Ok(Err(why.to_owned()));
        if !matches!(self.place.device(), Device::Gpu | Device::Named(_)) {
            return cannot("no GPU was named");
        }
        if matches!(batch.tier_asked(), Tier::Interpret | Tier::Replay) {
            return cannot("another tier was asked for");
        }
        let inputs = free.iter().map(|name| batch.program().input(name)).collect::<Result<Vec<usize>, _>>()?;
        let plan = self.linked.plan(&self.interpreter, &[batch], std::slice::from_ref(&inputs))?;
        let work = self.work(&plan, true);
        let segment = &plan.segments[0];
        let (paths, _) = self.recorded.paths::<f32>(batch.program(), batch.road_asked(), &plan.image, segment.start);
        if paths.is_empty() {
            let (image, start) = paths.place();
            let segment = Segment { start, ..segment.clone() };
            let work = Work { image, segments: std::slice::from_ref(&segment), ..work };
            let loaded = Loaded::new(image);
            paths.record(&work, &loaded, &segment, &[0]);
            paths.explore(&work, &segment, &Limits::of(&work.budgets), &OnceLock::from(loaded));
        }
        let Segment { columns, wanted, lanes, .. } = segment;
        let program = paths.lowered();
        let job = Job { program: &program, columns, wanted, lanes: Lanes::All(*lanes) };
        let setting = Setting { gradient: true, limits: Limits::of(&work.budgets), fuel: work.fuel, rounds: None };
        let settle = |executor: &Arc<Executor>| match executor.resident(&job, &inputs, copies, &setting) {
            Ok(Some(model)) => Ok(Ok(Settled { executor: executor.clone(), model, inputs: inputs.clone() })),
            Ok(None) => cannot(
                "the program has too many ways for a kernel without a loop, or its rows are more than the device holds",
            ),
            Err(error) if lacks(&error) => Ok(Err(error.to_string())),
            Err(error) => Err(error.into()),
        };
        self.place.on_gpu(settle).unwrap_or_else(|| cannot("no GPU was named"))
    }

    /// [`Engine::resident`] on a fresh device, after the one of this was lost.
    ///
    /// # Errors
    /// As [`Engine::resident`].
    pub(crate) fn resident_again(
        &self,
        lost: &Settled,
        batch: &Batch,
        free: &[&str],
        copies: usize,
    ) -> Result<Result<Settled, String>, Error> {
        self.place.retire(&lost.executor);
        self.resident(batch, free, copies)
    }
}

/// Is it that the device has no room, or no kernel, for a whole run? Then the host can drive.
pub(crate) fn lacks(error: &DeviceError) -> bool {
    error.is_memory() || matches!(error, DeviceError::Kernel { .. })
}
