//! WGSL: the kernels' texts, with the op table spliced in.
//!
//! In: the hand-written frames in `shaders/` and the op table. Out: the text of a kernel, complete. Always: layouts and
//! numbers come from the Rust enums that the host uses, formulas from the table. Deliberately absent: devices.

mod adjoint;
pub mod descent;
mod machine;
pub mod replay;
pub mod specialize;
mod splice;
pub mod text;
mod whole;

pub use adjoint::adjoint;
pub use machine::machine;
pub use replay::{replay, replay_wholes};
