//! The core language: what every derived form becomes, with scope resolved.
//!
//! Nodes live in one arena, so that depth costs no Rust stack to drop.

use std::sync::Arc;

use crate::op::Op;
use crate::reader::{Datum, Span};

/// A node of the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExprId(pub u32);

/// A variable; every binding occurrence has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VarId(pub u32);

/// An input of the program: its index in [`Core::inputs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InputId(pub u32);

/// A free name of the program, or a `param` form.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// The name under which it is bound.
    pub name: Arc<str>,
    /// Where it first occurs.
    pub span: Span,
    /// The starting value, when a `param` form made it.
    pub start: Option<f64>,
}

/// An expression and the place it came from.
#[derive(Clone, Debug)]
pub struct Node {
    /// The form.
    pub expr: Expr,
    /// Its place in the text.
    pub span: Span,
}

/// The forms of the core.
#[derive(Clone, Debug)]
pub enum Expr {
    /// A constant.
    Quote(Datum),
    /// A variable bound by `Lambda`, `Let` or `Fix`.
    Local(VarId),
    /// An input of the program (always a Float at run time).
    Input(InputId),
    /// A procedure of the library as a value, by its Scheme name: `car`, `+`, `map`.
    Library(Arc<str>),
    /// Test, then, else; only `#f` is false.
    If(ExprId, ExprId, ExprId),
    /// A procedure.
    Lambda(Lambda),
    /// Parallel: the inits are evaluated left to right outside the scope of the variables.
    /// A sequence `(begin a b)` is a `Let` whose variable is never read.
    Let(Vec<(VarId, ExprId)>, ExprId),
    /// Mutually recursive procedures; every init is a `Lambda` node.
    Fix(Vec<(VarId, ExprId)>, ExprId),
    /// An operation of the table on as many operands as its row says, evaluated left to right.
    Op(Op, Vec<ExprId>),
    /// An application: operator first, then the operands, left to right.
    Call(ExprId, Vec<ExprId>),
    /// Bootstrap dialect only, `(%apply f list)`: an application to the elements of a list.
    Apply(ExprId, ExprId),
    /// Bootstrap dialect only, `(%pending e)`: `e`, an application, is not in tail position and counts as a pending call.
    Pending(ExprId),
    /// Bootstrap dialect only, `(%op1 id a)` and `(%op2 id a b)`: the operation whose number the first operand is.
    Dynamic(Vec<ExprId>),
}

/// A procedure.
#[derive(Clone, Debug)]
pub struct Lambda {
    /// The name it was defined under, for messages and dumps.
    pub name: Option<Arc<str>>,
    /// Required parameters.
    pub params: Vec<VarId>,
    /// The parameter that takes the list of the operands beyond those.
    pub rest: Option<VarId>,
    /// What an application evaluates.
    pub body: ExprId,
}

/// A program in core forms.
#[derive(Clone, Debug)]
pub struct Core {
    /// The arena.
    pub nodes: Vec<Node>,
    /// The whole program.
    pub root: ExprId,
    /// Index is `InputId`; in order of first occurrence.
    pub inputs: Vec<Input>,
    /// Names of the variables, for dumps; index is `VarId`.
    pub variables: Vec<Arc<str>>,
}

/// A file of the bootstrap: top-level procedures that know each other by name (as `Expr::Library`).
#[derive(Clone, Debug)]
pub struct Module {
    /// The arena.
    pub nodes: Vec<Node>,
    /// Name and `Lambda` node of each top-level definition, in source order.
    pub definitions: Vec<(Arc<str>, ExprId)>,
    /// Names of the variables, for dumps; index is `VarId`.
    pub variables: Vec<Arc<str>>,
}
