//! The tape: what is left of a run once the program is known, and its adjoint.
//!
//! In: the numeric operations of one lane that depend on an input, in the order the machine met them. Out: gradients
//! of one value by every input. Always: slot 0 is nobody's, slots 1 to n are the inputs, an operand's slot is smaller
//! than the slot of what it made; a guard makes no slot that is read. Deliberately absent: any optimisation; two roads
//! through one program give equal tapes, entry by entry.
//!
//! ```text
//! 1  input
//! 2  input
//! 3  * 1 2       (slot 3 = slot 1 × slot 2)
//! 4  < 3 #0.5    (a guard: the run went the way of its value)
//! ```

mod adjoint;
mod alike;
mod draft;
mod entry;
mod lower;
mod lowered;
pub mod packed;
mod residual;
mod text;
mod walk;

pub use adjoint::{Gradient, adjoint, reaches_guard, reaches_output};
pub use entry::{A_CONSTANT, B_CONSTANT, Entry, GUARD, INPUT};
pub use lower::lower;
pub use lowered::{Block, Exit, Link, Lookup, Lowered, LoweredError, Piece, Shape, Share, Value as Produced};
pub(crate) use residual::FastMap;
pub use residual::{
    Code, CodeId, Cost, End, Operand, Operation, Outcome, Output, REFUSED, Residual, Section, SectionId, Template,
    Whole,
};
pub use text::listing;
pub use walk::{Due, Walk};
