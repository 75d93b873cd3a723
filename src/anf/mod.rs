//! Normalise: core forms to A-normal form, with closures converted.
//!
//! **In**: a [`Core`](crate::expand::Core) (a program) or a [`Module`](crate::expand::Module) (a file of the
//! bootstrap). **Out**: an [`Anf`]: functions whose blocks hold one operation a line and end in a marked tail.
//!
//! What always holds ([`Anf::verify`] checks it):
//! - Every operand is an atom: a variable, a constant, a library procedure or an input.
//! - Lines stand in order of evaluation: operator first, then the operands, left to right. Nothing is reordered, merged
//!   or dropped; an unused operation stays, because it may fail.
//! - A variable is bound once, before its uses; a function lists the variables it captures in order of first use.
//! - Closures of one `fix` stand side by side and share a group; only they may capture each other forwards.
//! - `return`, `tail call` and `tail apply` stand only in tail position, `yield` only where a conditional gives a value.
//!
//! Deliberately absent: optimisation of any kind. A `let` only names: of a variable, an input, a library procedure or a
//! scalar constant it makes no line; of quoted structure it makes one, because `eq?` sees which structure it is.
//!
//! ```text
//! (define (fact n acc) (if (= n 0) acc (fact (- n 1) (* acc n))))  (fact 5 1)
//!
//! f1 fact (n.1 acc.2) captures fact.0
//!   %3 = = n.1 0
//!   if %3
//!     return acc.2
//!   else
//!     %4 = - n.1 1
//!     %5 = * acc.2 n.1
//!     tail call fact.0 %4 %5
//! ```

mod json;
mod normalise;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
pub(crate) mod text;
mod types;
mod verify;

pub use normalise::{CAPTURE_LIMIT, normalise, normalise_module};
pub use types::{Anf, Atom, Binding, Block, BlockId, Function, FunctionId, Operand, Tail, Value, Variable};

use crate::reader::Span;

/// Why core forms have no A-normal form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnfError {
    /// A variable is used where nothing has bound it.
    #[error("a variable is used outside its scope")]
    Scope(Span),
    /// An operation of the table on another number of operands than its row says.
    #[error("an operation has the wrong number of operands")]
    Operands(Span),
    /// `%pending` around something that is no application.
    #[error("%pending needs an application")]
    Pending(Span),
    /// A `fix` of, or a definition of, something that is no procedure.
    #[error("only a procedure can be defined here")]
    NoProcedure(Span),
    /// Nested procedures capture more than [`CAPTURE_LIMIT`] variables in all.
    #[error("the nested procedures of this program capture more than {CAPTURE_LIMIT} variables in all")]
    Captures(Span),
    /// A rule of the form does not hold: see [`Anf::verify`].
    #[error("A-normal form: {0}")]
    Form(&'static str),
}

impl AnfError {
    /// The place at fault in the text; empty for a rule of the form.
    pub fn span(&self) -> Span {
        match *self {
            AnfError::Scope(span)
            | AnfError::Operands(span)
            | AnfError::Pending(span)
            | AnfError::NoProcedure(span)
            | AnfError::Captures(span) => span,
            AnfError::Form(_) => Span::default(),
        }
    }
}

/// Runs `work` on a stack that has room for one more level of nested program text.
pub(crate) fn deep<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, work)
}
