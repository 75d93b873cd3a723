//! Calibrate: what it takes to reach a device and to move numbers, by a few short runs.

use std::time::{Duration, Instant};

use crate::device::arena::Dispatch;
use crate::device::{DeviceError, Executor, Work};

/// Runs of each kind, of which the shortest counts.
const RUNS: usize = 3;
/// Bytes that are moved.
const BYTES: usize = 4 << 20;

/// What was found.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// From a submission until what it left is read.
    pub round_trip: Duration,
    /// A byte there or back.
    pub seconds_per_byte: f64,
}

impl Executor {
    /// Measures the way to the device: some milliseconds.
    ///
    /// # Errors
    /// The device failed.
    pub fn calibrate(&self) -> Result<Reach, DeviceError> {
        let context = self.context();
        let small = context.buffer("calibrate", 256)?;
        let large = context.buffer("calibrate", BYTES as u64)?;
        let numbers = vec![0.0f32; BYTES / size_of::<f32>()];
        let shortest = |run: &dyn Fn() -> Result<(), DeviceError>| -> Result<Duration, DeviceError> {
            let mut shortest = Duration::MAX;
            for _ in 0..RUNS {
                let begun = Instant::now();
                run()?;
                shortest = shortest.min(begun.elapsed());
            }
            Ok(shortest)
        };
        let round_trip = shortest(&|| {
            let mut work = Work::new("calibrate");
            work.clear(&small);
            let read = work.read(&small);
            let _ = context.submit(work, Dispatch::PATIENCE)?.get::<u32>(read);
            Ok(())
        })?;
        let moving = shortest(&|| {
            context.write(&large, 0, &numbers)?;
            let mut work = Work::new("calibrate");
            let read = work.read(&large);
            let _ = context.submit(work, Dispatch::PATIENCE)?.get::<f32>(read);
            Ok(())
        })?;
        let seconds_per_byte = moving.saturating_sub(round_trip).as_secs_f64() / (2 * BYTES) as f64;
        Ok(Reach { round_trip, seconds_per_byte })
    }
}
