//! The compute graph: typed nodes, one body per procedure, every edge explicit.
//!
//! A [`Graph`] is `Serialize` and `Deserialize` (`wire.rs`); regions drop, copy and compare at any depth (`region.rs`).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::op::Op;
use crate::reader::Span;

/// A node of one body: its index in [`Body::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u32);

/// A body of a graph: its index in [`Graph::bodies`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BodyId(pub u32);

/// Whose code a body is: it decides what counts against a budget and how an error finds its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A program on the direct road: its applications and calls count; places are its own spans.
    Program,
    /// The prelude: counts like a program; an error's place is the application that entered it.
    Library,
    /// The evaluator: counts nothing by itself; an error's place is what `%place!` last set.
    Interpreter,
}

/// A constant. Floats are f64 here and are rounded when an image of another precision is linked.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    Nil,
    Unspecified,
    Bool(bool),
    Int(i32),
    /// The bits of an f64, so that NaN and infinities survive JSON.
    Float(u64),
    Char(char),
    Symbol(Arc<str>),
    String(Arc<str>),
    /// Quoted pairs: elements and tail.
    List(Vec<Constant>, Box<Constant>),
    /// A library procedure, by name.
    Library(Arc<str>),
    /// A numeric matrix of so many columns, or a vector (0): the bits of f64s, row by row.
    Array(u32, Arc<[u64]>),
}

/// What a node computes from its `inputs`.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Const(Constant),
    /// The i-th parameter of the body, the rest list last.
    Param(u32),
    /// The i-th captured value of the running closure.
    Capture(u32),
    /// An input of the program, by index.
    Input(u32),
    /// An operation; one or two inputs.
    Op(Op),
    /// The operation whose number is the first input, on the one or two others.
    Dynamic,
    /// An application not in tail position: inputs are the operator, then the operands.
    /// `pending`: it counts as a pending call of the program.
    Call {
        pending: bool,
    },
    /// An application to the elements of a list, not in tail position: inputs are operator and list.
    Apply {
        pending: bool,
    },
    /// A closure over `inputs`, which are the captures of `body` in order. Closures of one `fix` share a
    /// `group`, stand side by side in their region, and may name each other as inputs, forwards too.
    Closure {
        body: BodyId,
        group: u32,
    },
    /// A conditional not in tail position: the input is the test; each side yields.
    If(Region, Region),
}

/// A node, the place it came from and the places of its operands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub kind: Kind,
    pub inputs: Vec<NodeId>,
    pub span: Span,
    /// Same length as `inputs` for operations and applications, else empty.
    pub operand_spans: Vec<Span>,
}

/// Nodes in order of evaluation and how they end.
pub struct Region {
    pub nodes: Vec<NodeId>,
    pub exit: Exit,
}

/// How a region ends. `Yield` only inside [`Kind::If`]; the others only in tail position.
#[derive(Clone, Debug, PartialEq)]
pub enum Exit {
    Yield(NodeId),
    Return(NodeId),
    /// Operator and operands.
    TailCall {
        inputs: Vec<NodeId>,
        span: Span,
        operand_spans: Vec<Span>,
    },
    /// Operator and list.
    TailApply {
        inputs: [NodeId; 2],
        span: Span,
    },
    Branch(NodeId, Box<Region>, Box<Region>),
}

/// A procedure.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    pub name: Arc<str>,
    pub role: Role,
    /// Required parameters.
    pub params: u32,
    pub rest: bool,
    pub captures: u32,
    /// Node `i < params + rest` is `Param(i)`; these and the `Capture`s head `region.nodes`.
    pub nodes: Vec<Node>,
    pub region: Region,
}

/// Bodies that are compiled together.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    pub bodies: Vec<Body>,
    /// A module: its top-level procedures by name (they capture nothing). A program: empty.
    pub exports: Vec<(Arc<str>, BodyId)>,
    /// A program: the body without parameters that runs it.
    pub entry: Option<BodyId>,
    /// A program: names of its inputs.
    pub inputs: Vec<Arc<str>>,
}
