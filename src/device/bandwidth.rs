//! How many bytes a second the device's memory moves.

use std::time::{Duration, Instant};

use super::context::Context;
use super::error::DeviceError;
use super::work::Work;

/// Bytes that a copy reads, and again writes: beyond caches.
const BYTES: u64 = 64 << 20;
/// Copies in a submission.
const COPIES: u64 = 4;
/// Submissions, of which the fastest counts.
const TRIES: usize = 5;
/// Longest wait for one.
const PATIENCE: Duration = Duration::from_secs(30);

impl Context {
    /// Bytes a second that copies from buffer to buffer read and write together: what a kernel that only moves numbers can hope for.
    ///
    /// # Errors
    /// The device failed, or has no room for two buffers of 64 MiB.
    pub fn bandwidth(&self) -> Result<f64, DeviceError> {
        let from = self.buffer("copied", BYTES)?;
        let to = self.buffer("copy", BYTES)?;
        let mut best = Duration::MAX;
        for _ in 0..TRIES {
            let mut work = Work::new("bandwidth");
            (0..COPIES).for_each(|_| work.copy(&from, 0, &to, 0, BYTES));
            let begun = Instant::now();
            self.submit(work, PATIENCE)?;
            best = best.min(begun.elapsed());
        }
        Ok((2 * BYTES * COPIES) as f64 / best.as_secs_f64())
    }
}
