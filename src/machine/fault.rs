//! What can go wrong while a lane runs: kinds, budgets, and the status that a caller sees.

use std::fmt;
use std::sync::Arc;

use super::report::Fault;
use crate::reader::{Position, Source, Span};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident $name:literal;)*) => {
        /// Why a lane stopped without a value. The numbers are the machine's status words.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u32)]
        pub enum ErrorKind { $($(#[$doc])* $variant),* }
        impl ErrorKind {
            /// Every kind, in numeric order.
            pub const ALL: &[ErrorKind] = &[$(ErrorKind::$variant),*];
            /// The name that messages and JSON use.
            pub fn name(self) -> &'static str {
                match self { $(ErrorKind::$variant => $name),* }
            }
        }
    };
}

kinds! {
    /// A variable was read before its value existed.
    Unbound "unbound";
    /// What was applied is no procedure.
    NotProcedure "not-procedure";
    /// Too few or too many arguments.
    Arity "arity";
    /// An operand of the wrong kind.
    WrongType "wrong-type";
    /// An index outside its list.
    Index "index";
    /// An Int was divided by zero.
    DivideByZero "divide-by-zero";
    /// A matrix without an inverse.
    Singular "singular";
    /// The program called `error`.
    User "user";
    /// The budget of applications is spent.
    Steps "steps";
    /// The budget of pending calls is spent.
    Stack "stack";
    /// The budget of live heap cells is spent.
    Heap "heap";
    /// The budget of taped operations is spent.
    Tape "tape";
    /// The value or a gradient is NaN or infinite; it is returned as it is.
    NonFinite "non-finite";
}

impl ErrorKind {
    /// The kind with this name.
    pub fn named(name: &str) -> Option<ErrorKind> {
        ErrorKind::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

/// How a lane ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Status {
    /// With a value (and gradients) that can be trusted.
    #[default]
    Ok,
    /// With an error, or a non-finite number; the value is one only if the kind is [`ErrorKind::NonFinite`].
    Failed(Box<Failure>),
}

/// An error of one lane and its place in the program.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    pub kind: ErrorKind,
    pub message: Arc<str>,
    /// Where in the program's text.
    pub span: Span,
    /// Line and column from 1.
    pub line: u32,
    pub column: u32,
}

impl Status {
    /// A lane's that ended with this fault in a program of this text.
    pub(crate) fn of(fault: Fault, source: &Source<'_>) -> Status {
        let Fault { kind, message, span } = fault;
        let span = span.unwrap_or_default();
        let Position { line, column } = source.position(span.start);
        Status::Failed(Box::new(Failure { kind, message, span, line, column }))
    }

    /// Did the lane end with a value and no warning?
    pub fn is_ok(&self) -> bool {
        matches!(self, Status::Ok)
    }

    /// The kind of error, if there is one.
    pub fn kind(&self) -> Option<ErrorKind> {
        self.failure().map(|failure| failure.kind)
    }

    /// The error, if there is one.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Status::Ok => None,
            Status::Failed(failure) => Some(failure),
        }
    }

    /// Is the lane's value meaningful (finite, or non-finite and said so)?
    pub fn has_value(&self) -> bool {
        matches!(self.kind(), None | Some(ErrorKind::NonFinite))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Status::Ok => write!(f, "ok"),
            Status::Failed(failure) => {
                write!(f, "{} at {}:{}: {}", failure.kind.name(), failure.line, failure.column, failure.message)
            }
        }
    }
}

/// What one lane may spend; each is counted on the program, the same on both roads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// Applications of procedures.
    pub steps: u32,
    /// Calls that wait for a value, one inside the other.
    pub stack: u32,
    /// Pairs and closures of the program that are alive at once, looked at whenever twice as many were made. Alive is what
    /// the running road still holds: the evaluator's environments keep every variable in scope, while the direct road's
    /// frames keep what is still read, so that a program near this budget can meet it on one road only.
    pub heap: u32,
    /// Taped operations. Where a lane is recorded a [whole operation](crate::op::linear) on matrices is one; where it is interpreted
    /// its loops are as many as they are.
    pub tape: u32,
}

impl Default for Budgets {
    fn default() -> Self {
        Budgets { steps: 2_000_000, stack: 150_000, heap: 500_000, tape: 8_000_000 }
    }
}
