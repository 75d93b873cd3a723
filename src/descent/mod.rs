//! Descent: Adam over many starts in f32, written so that a device can run it whole.
//!
//! **In:** what was measured ([`Measured`]), where starts begin and how far they may go ([`Start`]), a model's values and derivatives over
//! the rows. **Out:** a [`State`]: of every start its point, its best point and why it went no further.
//!
//! **Always:**
//! - A formula (loss, slope, step, window) stands here once, over [`Num`](crate::op::num::Num): kernels have it as text, [`twin`] runs it
//!   in f32, and [`fit::adam`](crate::fit::adam) in f64. The twin gives a device's bits.
//! - Sums over rows are pairs of floats ([`pair`]) in a tree that depends on the number of rows alone; a start's way depends on its
//!   own sums alone.
//! - Nothing has a unit: residuals are divided by a power of two near the greatest measurement, derivatives multiplied by one near the
//!   parameter's size, so that f32's range is enough where that of the model itself is. A start whose residuals are more than
//!   10¹⁹ times the measurements fails all the same.
//! - A [`State`] is all there is: from it a run goes on with the bits of one that never stopped.
//!
//! **Deliberately absent:** models, devices, what becomes of the ends.

pub mod adam;
mod charge;
pub mod pair;
mod problem;
mod state;
#[cfg(test)]
mod tests;
pub mod twin;

pub use charge::{Loss, Observed, drawn, residual, share, slope};
pub use problem::{Given, Measured, Problem, Start, parts};
pub use state::{Halt, Own, State, Word};

/// Rows that a kernel takes together.
pub const LANES: usize = 4;
/// Invocations that share a chunk of rows; each takes every `WAYS`-th four of them.
pub const WAYS: usize = 16;
/// Fours of rows that one invocation sums at most.
pub const DEEP: usize = 16;
/// Sums that are joined to one, level by level, until no more than that are left.
pub const ARITY: usize = 16;
