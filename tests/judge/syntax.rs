//! The forms that the evaluator knows, in one arena; variables are numbers, so no name can be captured.

use std::collections::HashMap;
use std::rc::Rc;

use super::Place;
use super::value::Value;

pub type ExprId = u32;
pub type VarId = u32;
pub type LambdaId = u32;

/// A program with its scopes resolved.
pub struct Program {
    pub exprs: Vec<(Expr, Place)>,
    pub lambdas: Vec<Lambda>,
    pub params: Vec<Param>,
    /// The bodies of the loops, by first variable.
    pub loops: HashMap<VarId, ExprId>,
    pub root: ExprId,
}

/// A `param` form.
pub struct Param {
    pub name: Option<Rc<str>>,
    pub start: f64,
    pub at: Place,
    /// The input that overrides the start, if one has its name.
    pub input: Option<usize>,
}

/// Formals are the variables `first`, …, one more than `fixed` where there is a rest list.
pub struct Lambda {
    pub first: VarId,
    pub fixed: usize,
    pub rest: bool,
    pub body: ExprId,
}

/// An expression. Variables of one binding form are numbered one after the other from `first`.
pub enum Expr {
    Const(Value),
    Local(VarId),
    Input(usize),
    Param(usize),
    If(ExprId, ExprId, ExprId),
    And(Vec<ExprId>),
    Or(Vec<ExprId>),
    /// Expressions in order; the value is the last one's. At least one.
    Sequence(Vec<ExprId>),
    Lambda(LambdaId),
    Call(ExprId, Vec<ExprId>),
    /// All inits outside the scope of the variables, then the body.
    Let {
        first: VarId,
        inits: Vec<ExprId>,
        body: ExprId,
    },
    /// All inits inside the scope of the variables, which get their values together.
    Letrec {
        first: VarId,
        inits: Vec<ExprId>,
        body: ExprId,
    },
    /// Definitions (with their variable) and expressions in order; the value is the last expression's.
    Block {
        first: VarId,
        count: usize,
        items: Vec<(Option<VarId>, ExprId)>,
    },
    /// As `Let`; a `Recur` with the same `first` starts the body again.
    Loop {
        first: VarId,
        inits: Vec<ExprId>,
        body: ExprId,
    },
    Recur {
        first: VarId,
        values: Vec<ExprId>,
    },
    /// Is the value `eqv?` to one of these?
    IsOneOf(ExprId, Vec<Value>),
    Cons(ExprId, ExprId),
    /// The elements of the first, then the second.
    Splice(ExprId, ExprId),
    SoftIf([ExprId; 3]),
    SoftChoice(Vec<ExprId>, Vec<ExprId>),
}
