//! Simulated faults: what devices and drivers do wrong, at calls that are chosen beforehand.
//!
//! In: calls by their kind and number, and what goes wrong there. Out: what a context does in these calls, on the way that a real fault takes: a lost
//! device is destroyed, a driver's complaint goes through the error scopes, and work that is left out is missing in the buffers.
//! Always: a fault happens once; calls are counted over all contexts that are opened with clones of one plan, so that a device in
//! place of a lost one counts on. Deliberately absent: faults of chance, and any in a context that was opened without a plan.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A call that can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// A buffer is made, one for results on their way to the host among them.
    Buffer,
    /// A kernel is made.
    Kernel,
    /// Work is sent and waited for.
    Submission,
}

/// What goes wrong in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The device is gone, together with all that it held; of a submission, while the host waits for it.
    Lost,
    /// The device has no memory left.
    OutOfMemory,
    /// The driver fails in the call; it refuses a kernel.
    Refused,
    /// Of a submission: nothing of it runs, and the device says that it is done.
    Unsent,
    /// Of a submission: its first dispatch never runs, and everything else does.
    Skipped,
    /// Of a submission: it is not finished in time.
    Late,
}

/// Which faults happen where; none unless asked for.
#[derive(Clone, Debug, Default)]
pub struct Faults(Option<Arc<Plan>>);

#[derive(Debug)]
struct Plan {
    wanted: Vec<(Call, usize, Fault)>,
    /// By kind of call, how many there were.
    calls: [AtomicUsize; 3],
    happened: AtomicUsize,
}

impl Faults {
    /// These faults, each at the call of its kind that so many others precede. [`Fault::Unsent`], [`Fault::Skipped`] and [`Fault::Late`] happen
    /// to submissions alone.
    #[must_use]
    pub fn at(wanted: &[(Call, usize, Fault)]) -> Faults {
        let (wanted, calls) = (wanted.to_vec(), Default::default());
        Faults(Some(Arc::new(Plan { wanted, calls, happened: AtomicUsize::new(0) })))
    }

    /// How many have happened.
    #[must_use]
    pub fn happened(&self) -> usize {
        self.0.as_ref().map_or(0, |plan| plan.happened.load(Ordering::Relaxed))
    }

    /// What goes wrong in the call that comes now.
    pub(super) fn next(&self, call: Call) -> Option<Fault> {
        let plan = self.0.as_ref()?;
        let number = plan.calls[call as usize].fetch_add(1, Ordering::Relaxed);
        let of_any = |fault: Fault| matches!(fault, Fault::Lost | Fault::OutOfMemory | Fault::Refused);
        let is_it = |&&(kind, at, fault): &&(Call, usize, Fault)| {
            (kind, at) == (call, number) && (call == Call::Submission || of_any(fault))
        };
        let (.., fault) = plan.wanted.iter().find(is_it)?;
        plan.happened.fetch_add(1, Ordering::Relaxed);
        Some(*fault)
    }
}

/// What a driver's error scope would have caught.
pub(super) fn caught(fault: Option<Fault>) -> Option<wgpu::Error> {
    match fault? {
        Fault::OutOfMemory => Some(wgpu::Error::OutOfMemory { source: Box::new(Simulated) }),
        Fault::Refused => {
            Some(wgpu::Error::Internal { source: Box::new(Simulated), description: Simulated.to_string() })
        }
        Fault::Lost | Fault::Unsent | Fault::Skipped | Fault::Late => None,
    }
}

/// What simulated faults say of themselves.
#[derive(Debug, thiserror::Error)]
#[error("a simulated fault")]
pub(super) struct Simulated;
