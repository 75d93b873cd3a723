//! Expand: data to core forms.
//!
//! In: the data of a program text, as the reader made them. Out: a [`Core`] (or, for a file of the bootstrap, a
//! [`Module`]): a dozen forms in one arena, every name resolved to a variable, an input, an operation of the table or a
//! procedure of the library.
//!
//! What always holds of what comes out (and [`Core::verify`] checks):
//! - nodes stand in pre-order, the root first: a child's id is greater than its parent's, every node but the root has
//!   exactly one parent, and a subtree is a contiguous range of ids. Walks therefore need no recursion, however deep the
//!   nesting;
//! - every variable is bound once, and read only inside the scope of its binding;
//! - an [`Expr::Op`] has as many operands as its row says, and every init of an [`Expr::Fix`] is a `Lambda`;
//! - inputs stand in the order of their first occurrence, and no two share a name.
//!
//! All errors of a text are reported at once, in source order, each with its place.
//!
//! Deliberately absent: any evaluation or simplification of arithmetic (literals stay operands), types, and the check of
//! a procedure's operand count, which is an error of the application when it runs, since what is not taken is not run.
//!
//! `(define (f x) (+ x a 1)) (f 2)` becomes
//! ```text
//! (fix ((f.0 (lambda:f (x.1) (+ (+ x.1 $a) 1)))) (call f.0 2))
//! ```

mod arithmetic;
mod arrange;
mod binding;
mod body;
mod bootstrap;
mod build;
mod conditionals;
mod core;
mod display;
mod expander;
mod inputs;
mod iteration;
mod json;
mod letrec;
pub mod library;
mod nearest;
mod outside;
mod quasi;
mod scope;
mod soft;
mod verify;
mod walk;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use self::core::{Core, Expr, ExprId, Input, InputId, Lambda, Module, Node, VarId};
use self::expander::{Dialect, Expander};
pub use self::outside::{Constant, Shape};
pub use self::walk::subtree_ends;
use crate::reader::{Datum, Diagnostic, Source};

/// What a run decides about a program before it is expanded.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// Names bound to data, as if the data were written in the text where the names occur free. A name that the
    /// program never mentions has no effect; one that it defines at the top level, or that a `param` has, is an error.
    pub constants: Vec<(String, Constant)>,
    /// Inputs that are vectors or matrices: `w` of length 3 becomes the inputs `w[0]`, `w[1]` and `w[2]`.
    pub shapes: Vec<(String, Shape)>,
    /// τ of `soft-if` and `soft-choice`; positive.
    pub temperature: f64,
    /// Makes every finite Float literal in expression position an input named `l<line>_<column>` that starts at the
    /// literal's value. It is the program's text.
    pub learn_literals: Option<&'a Source<'a>>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options { constants: Vec::new(), shapes: Vec::new(), temperature: 1.0, learn_literals: None }
    }
}

/// Expands a program.
///
/// # Errors
/// Every `Expand` and `Unbound` error of the text, in source order.
pub fn expand(data: &[Datum], options: &Options<'_>) -> Result<Core, Vec<Diagnostic>> {
    Expander::new(options, Dialect::Program).program(data)
}

/// Expands a program that may also name what only the bootstrap dialect has: the `%` rows of the table and the forms
/// `%apply`, `%pending`, `%op1`, `%op2`.
///
/// # Errors
/// As [`expand`].
pub fn expand_bootstrap(data: &[Datum], options: &Options<'_>) -> Result<Core, Vec<Diagnostic>> {
    Expander::new(options, Dialect::Bootstrap).program(data)
}

/// Expands a file of the bootstrap, whose top-level forms all define procedures.
///
/// The procedures know each other, and the names in `library`, as [`Expr::Library`]; a module has no inputs, so any
/// other free name is an error. A definition under the name of a primitive makes that primitive's procedure; inside the
/// module an application of it to as many operands as its row has is still the operation.
///
/// # Errors
/// As [`expand`]; also for a top-level form that does not define a procedure.
pub fn expand_module(data: &[Datum], library: &[&str]) -> Result<Module, Vec<Diagnostic>> {
    let known = library.iter().map(|&name| Arc::from(name)).collect();
    Expander::new(&Options::default(), Dialect::Module(known)).module(data)
}
