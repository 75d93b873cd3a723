//! What the reader makes of a text: data with the place each came from.

use std::sync::Arc;

/// A stretch of the program text, in bytes from its start; `end` is exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// From `start` to before `end`, in bytes.
    pub const fn new(start: u32, end: u32) -> Span {
        Span { start, end }
    }

    /// The smallest span that covers both.
    pub fn to(self, other: Span) -> Span {
        Span::new(self.start.min(other.start), self.end.max(other.end))
    }
}

/// A datum and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Datum {
    pub kind: DatumKind,
    pub span: Span,
}

impl Datum {
    /// A datum of that kind at that place.
    pub const fn new(kind: DatumKind, span: Span) -> Datum {
        Datum { kind, span }
    }

    /// The symbol of that name at that place.
    pub fn symbol(name: &str, span: Span) -> Datum {
        Datum::new(DatumKind::Symbol(name.into()), span)
    }

    /// The name, if this is a symbol.
    pub fn as_symbol(&self) -> Option<&Arc<str>> {
        match &self.kind {
            DatumKind::Symbol(name) => Some(name),
            _ => None,
        }
    }

    /// The elements, if this is a proper list.
    pub fn as_list(&self) -> Option<&[Datum]> {
        match &self.kind {
            DatumKind::List(items) => Some(items),
            _ => None,
        }
    }
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
    /// Not readable: a procedure of the library, by name. Written `#<procedure name>`; one of the program's own has no
    /// name, and is written `#<procedure>`.
    Procedure(Arc<str>),
    /// A numeric vector (0 columns), or a matrix, row by row: no text has one, only what is bound from outside.
    Array {
        columns: u32,
        elements: Arc<[f64]>,
    },
}
