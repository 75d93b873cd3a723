//! What can go wrong between this program and a GPU.

use std::time::Duration;

/// A failure of the device layer; no number comes out of a call that returns one.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DeviceError {
    /// `auto` was asked for and there is no usable hardware GPU: run on the host.
    #[error("there is no hardware GPU here that can run evalgrad")]
    NoHardware,
    /// Nothing answers to the selection.
    #[error("no GPU adapter matches `{wanted}`; {found}")]
    NoAdapter {
        /// The selection as typed.
        wanted: String,
        /// A list of what there is.
        found: String,
    },
    /// The adapters that match cannot run the kernels.
    #[error("`{name}` cannot run evalgrad: {reason}")]
    Unusable {
        /// The adapter's name.
        name: String,
        /// Which limits are too small, with what is needed and what was found.
        reason: String,
    },
    /// The driver refused to open the device.
    #[error("cannot open `{name}`: {message}")]
    Open {
        /// The adapter's name.
        name: String,
        /// The driver's words.
        message: String,
    },
    /// The device is gone (driver reset, watchdog, unplugged); the context is of no further use.
    #[error("the GPU was lost: {0}")]
    Lost(String),
    /// An allocation on the device failed.
    #[error("out of GPU memory in {what}")]
    OutOfMemory {
        /// The call, with the label of what it worked on.
        what: String,
    },
    /// A buffer or binding above a limit of the adapter; never sent to the driver.
    #[error("{what} needs {bytes} bytes, the device allows {limit}")]
    TooLarge {
        /// The label of the buffer.
        what: String,
        /// Size asked for.
        bytes: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// A kernel's text or its agreement with the declared bindings is at fault, or the driver refuses it.
    #[error("kernel `{label}`: {message}")]
    Kernel {
        /// The kernel's label.
        label: String,
        /// What is wrong; for text, with the place in it.
        message: String,
    },
    /// The call breaks a rule of the device layer or of wgpu (sizes, alignments, buffers bound twice).
    #[error("{what}: {message}")]
    Invalid {
        /// The call, with the label of what it worked on.
        what: String,
        /// What is wrong.
        message: String,
    },
    /// The driver failed inside a valid call.
    #[error("the GPU driver failed in {what}: {message}")]
    Driver {
        /// The call, with the label of what it worked on.
        what: String,
        /// The driver's words.
        message: String,
    },
    /// The work was not finished in time; it may still be running.
    #[error("{what} was not finished after {} ms", after.as_millis())]
    Timeout {
        /// The label of the work.
        what: String,
        /// The time it was given.
        after: Duration,
    },
    /// The device reported success but the kernel's stamp is absent: the dispatch was skipped or killed.
    #[error("{what} did not run: the device left {found:#x} where {expected:#x} was due")]
    NotRun {
        /// The label of the work and of the buffer that holds the stamp.
        what: String,
        /// The stamp that a run leaves.
        expected: u32,
        /// The word found instead.
        found: u32,
    },
}

impl DeviceError {
    /// Is it the device that failed, and may a fresh one do what was asked?
    #[must_use]
    pub fn is_gone(&self) -> bool {
        use DeviceError::{Driver, Lost, NotRun, Timeout};
        matches!(self, Lost(_) | NotRun { .. } | Timeout { .. } | Driver { .. })
    }

    /// Is there no such device on this machine?
    #[must_use]
    pub fn is_absence(&self) -> bool {
        matches!(self, DeviceError::NoHardware | DeviceError::NoAdapter { .. } | DeviceError::Unusable { .. })
    }

    /// Would less memory (fewer lanes, a smaller arena) help?
    #[must_use]
    pub fn is_memory(&self) -> bool {
        matches!(self, DeviceError::OutOfMemory { .. } | DeviceError::TooLarge { .. })
    }
}
