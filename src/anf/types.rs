//! The types of A-normal form. Functions, blocks and variables are indices, so that depth costs no Rust stack to drop.

use std::sync::Arc;

use crate::expand::InputId;
use crate::op::Op;
use crate::reader::{Datum, Span};

/// A variable: its index in [`Anf::variables`]. Bound exactly once in the whole form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Variable(pub u32);

/// A function: its index in [`Anf::functions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionId(pub u32);

/// A block: its index in [`Anf::blocks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockId(pub u32);

/// What needs no evaluation.
#[derive(Clone, Debug, PartialEq)]
pub enum Atom {
    Variable(Variable),
    Constant(Arc<Datum>),
    /// A library procedure, by its Scheme name.
    Library(Arc<str>),
    /// An input of the program, by index.
    Input(InputId),
}

/// An atom and the place of the expression it stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    pub atom: Atom,
    pub span: Span,
}

/// What a line computes.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Quoted structure that a `let` has named.
    Constant(Arc<Datum>),
    /// An operation of the table, on as many operands as its row says.
    Op(Op, Vec<Operand>),
    /// The operation whose number the first operand is, on the one or two others.
    Dynamic(Vec<Operand>),
    /// An application: operator, then operands. `pending`: the text marks it with `%pending`.
    Call { inputs: Vec<Operand>, pending: bool },
    /// An application to the elements of a list: operator and list.
    Apply { inputs: [Operand; 2], pending: bool },
    /// A closure over [`Function::captures`]. Closures of one `fix` share a group and stand side by side.
    Closure { function: FunctionId, group: u32 },
    /// A conditional not in tail position; both blocks end in [`Tail::Yield`].
    If(Operand, BlockId, BlockId),
}

/// A line: a variable, what it is bound to, and the place that came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    pub variable: Variable,
    pub value: Value,
    pub span: Span,
}

/// How a block ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Tail {
    /// The value of one side of a [`Value::If`].
    Yield(Operand),
    /// The value of the function.
    Return(Operand),
    /// Operator and operands.
    Call { inputs: Vec<Operand>, span: Span },
    /// Operator and list.
    Apply { inputs: [Operand; 2], span: Span },
    /// A conditional in tail position.
    Branch(Operand, BlockId, BlockId),
}

/// Lines in order of evaluation and how they end.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    pub bindings: Vec<Binding>,
    pub tail: Tail,
}

/// A procedure.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    pub name: Arc<str>,
    pub params: Vec<Variable>,
    pub rest: Option<Variable>,
    /// Free variables, in order of first use.
    pub captures: Vec<Variable>,
    pub body: BlockId,
}

/// A program or a module in A-normal form.
#[derive(Clone, Debug, PartialEq)]
pub struct Anf {
    pub functions: Vec<Function>,
    pub blocks: Vec<Block>,
    /// A program: the function without parameters that runs it.
    pub entry: Option<FunctionId>,
    /// A module: its top-level procedures by name.
    pub exports: Vec<(Arc<str>, FunctionId)>,
    /// A program: names of its inputs.
    pub inputs: Vec<Arc<str>>,
    /// The source name of each variable; `None` for an intermediate result.
    pub variables: Vec<Option<Arc<str>>>,
}

impl Anf {
    /// The function with this id.
    pub fn function(&self, id: FunctionId) -> &Function {
        &self.functions[id.0 as usize]
    }

    /// The block with this id.
    pub fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id.0 as usize]
    }
}

impl Value {
    /// The operands, operator first; a conditional has its test, a closure none (see [`Function::captures`]).
    pub fn operands(&self) -> &[Operand] {
        match self {
            Value::Constant(_) | Value::Closure { .. } => &[],
            Value::Op(_, inputs) | Value::Dynamic(inputs) | Value::Call { inputs, .. } => inputs,
            Value::Apply { inputs, .. } => inputs,
            Value::If(test, ..) => std::slice::from_ref(test),
        }
    }
}

impl Tail {
    /// The operands: a value, operator and operands, or a test.
    pub fn operands(&self) -> &[Operand] {
        match self {
            Tail::Yield(operand) | Tail::Return(operand) | Tail::Branch(operand, ..) => std::slice::from_ref(operand),
            Tail::Call { inputs, .. } => inputs,
            Tail::Apply { inputs, .. } => inputs,
        }
    }
}
