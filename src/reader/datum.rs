//! What the reader makes of a text: data with the place each came from.

use std::sync::Arc;

/// A stretch of the program text, in bytes from its start; `end` is exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

/// A datum and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Datum {
    pub kind: DatumKind,
    pub span: Span,
}

/// The kinds of data a text can hold.
#[derive(Clone, Debug, PartialEq)]
pub enum DatumKind {
    Bool(bool),
    /// Exact, 32 bits; an integer literal that does not fit is a `Float`.
    Int(i32),
    Float(f64),
    Char(char),
    String(Arc<str>),
    Symbol(Arc<str>),
    /// A proper list; empty is `'()`.
    List(Vec<Datum>),
    /// `(a b . c)`: at least one element, and a tail that is no list.
    Dotted(Vec<Datum>, Box<Datum>),
    /// Not readable: what an `if` without an else gives. Written `#<unspecified>`.
    Unspecified,
    /// Not readable: a procedure of the library, by name. Written `#<procedure name>`.
    Procedure(Arc<str>),
}
