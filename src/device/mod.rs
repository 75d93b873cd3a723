//! The layer between evalgrad's kernels and the GPU: adapters, exact shaders, buffers and bounded dispatches over wgpu.
//!
//! **In:** WGSL text with one compute entry point, the kinds of its bindings, words for its buffers.
//! **Out:** words read back from buffers of a run that is known to have happened, or a [`DeviceError`].
//!
//! **Always:**
//! - No driver is touched before [`Adapters::enumerate`] or [`Context::open`] is called.
//! - Every call that can fail runs inside wgpu error scopes, a lost device is recorded, and a wait has a time limit: nothing
//!   that failed looks like a result. Every submission brings back a word that only a run of it can have copied, and a dispatch
//!   can leave a stamp that [`Work::expect`] checks ([`DeviceError::NotRun`]). [`Faults`] simulate all of it.
//! - On Vulkan the float operations of a kernel are decorated `NoContraction` ([`Exactness::Decorated`]), so that the driver computes
//!   what is written; elsewhere the text itself must stop rewriting ([`Exactness::Barrier`]). [`probe()`] tells whether that holds.
//! - Workgroup sizes, buffer kinds and minimal buffer sizes come from the text and are compared with what is bound.
//!
//! **Deliberately absent:** what the kernels compute (`wgsl`), any cache of kernels.
//!
//! ```no_run
//! use std::time::Duration;
//! use evalgrad::device::{Binding, Context, Selection, Work};
//!
//! # fn main() -> Result<(), evalgrad::device::DeviceError> {
//! let context = Context::open(&Selection::Best)?;
//! let text = "@group(0) @binding(0) var<storage, read_write> x: array<f32>;
//!     @compute @workgroup_size(64) fn double(@builtin(global_invocation_id) id: vec3<u32>) { x[id.x] = x[id.x] + x[id.x]; }";
//! let kernel = context.kernel("double", text, "double", &[Binding::ReadWrite])?;
//! let x = context.buffer_from("x", &[1.0f32; 64])?;
//! let mut work = Work::new("double");
//! work.dispatch(&kernel, &[&x], [1, 1]);
//! let all = work.read(&x);
//! let result = context.submit(work, Duration::from_secs(2))?;
//! assert_eq!(result.get::<f32>(all), vec![2.0; 64]);
//! # Ok(())
//! # }
//! ```

mod adapter;
mod arena;
mod bandwidth;
mod buffers;
mod calibrate;
mod capture;
mod context;
pub mod descent;
mod error;
mod exact;
mod executor;
mod faults;
mod kernel;
mod lanes;
mod pipelines;
pub mod probe;
pub mod replay;
pub mod resident;
pub mod specialize;
mod staging;
mod work;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use adapter::{AdapterKind, AdapterReport, Adapters, Selection, Shortfall};
pub use buffers::Buffer;
pub use calibrate::Reach;
pub use capture::Capture;
pub use context::{Context, ContextOptions, Exactness, Limits};
pub use error::DeviceError;
pub use exact::{BoundsChecks, exact_spirv};
pub use executor::Executor;
pub use faults::{Call, Fault, Faults};
pub use kernel::{Binding, Kernel, KernelOptions};
pub use probe::{ProbeReport, Property, probe};
pub use staging::{Pending, Readback};
pub use work::{Read, Work};
