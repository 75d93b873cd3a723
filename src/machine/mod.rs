//! The machine: graphs become instructions, programs become data, and one image holds both.
//!
//! In: [`crate::graph::Graph`]s (the evaluator, the prelude, a program on the direct road) and
//! [`crate::expand::Core`] (a program on the interpreted road). Out: an [`Image`] and the instruction at which a lane
//! starts. Always: every register, jump and constant of an image that verifies is in range, and every allocating
//! instruction can be run again after a collection. Deliberately absent: a precision (constants are f64 until a host or
//! a device rounds them) and any execution; the host's machine (`src/host/`) is what the instructions mean.
//!
//! ```text
//! sum    (fn)  @12 enter 2 parameters, 6 registers
//!              @13 R4 = null? R2
//!              @14 unless R4 jump @16
//!              @15 return R3
//! ```

pub mod code;
pub mod collect;
mod encode;
pub mod fault;
pub mod image;
pub mod lane;
mod link;
pub mod liveness;
mod objects;
pub mod report;
mod schedule;
pub mod state;
mod text;
mod verify;
pub mod work;
pub mod written;

use std::sync::Arc;

pub use code::{HIDES_OPERANDS, Instruction, Opcode};
pub use fault::{Budgets, ErrorKind, Failure, Status};
pub use image::{Function, Image, Sites, Word};
pub use report::Fault;

/// What can be wrong with code before it runs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MachineError {
    /// A graph names a library procedure that no graph defines.
    #[error("no graph defines the procedure `{0}`")]
    Undefined(Arc<str>),
    /// A module was given where a program was wanted.
    #[error("the graph has no entry: it is a module, not a program")]
    NoEntry,
    /// An instruction breaks a rule.
    #[error("instruction @{pc} ({text}): {problem}")]
    Invalid {
        /// The instruction.
        pc: u32,
        /// Its text.
        text: String,
        /// The rule.
        problem: &'static str,
    },
}
