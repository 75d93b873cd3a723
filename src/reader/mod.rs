//! The reader: program text to data with places.
//!
//! **In:** a text (UTF-8; the caller has seen to that). **Out:** its [`Datum`]s in source order, or every error it holds as
//! [`Diagnostic`]s in source order; one bad token never hides the next.
//!
//! **Always holds** of what [`read`] returns:
//! - a datum's span lies in the text, on character boundaries, and covers the spans of its parts;
//! - nesting is at most [`MAX_DEPTH`], so that walking a datum by recursion (`Drop`, `Clone`, `Display`) is safe; reading
//!   itself keeps its own stack and never recurses;
//! - lists are normal: `(a . (b))` is `(a b)`, and the tail of a [`DatumKind::Dotted`] is no list;
//! - writing a datum (its `Display`) and reading that again gives the same datum, except for spans.
//!
//! `'x` reads as `(quote x)` (`` ` `` `,` `,@` likewise; the symbol's place is the mark), and `[a b]` as `(vec a b)`, whose
//! `vec` stands at the open bracket.
//!
//! **Deliberately absent:** any meaning. Which names exist, and whether `(if)` is a form, is the expander's business; so a
//! reserved name such as `%name` reads as a symbol like any other. `#(…)` vectors, `#u8(…)`, datum labels, number prefixes, exact
//! fractions and complex numbers do not exist in the language: each is an error that says so.
//!
//! ```
//! use evalgrad::reader::{Source, read};
//!
//! let data = read("(+ x 2) 'y ; two data").unwrap();
//! assert_eq!(data[0].to_string(), "(+ x 2)");
//! assert_eq!(data[1].to_string(), "(quote y)");
//!
//! let text = "(+ 1\n  12abc";
//! let errors = read(text).unwrap_err();
//! assert_eq!(errors[0].message, "`(` is never closed");
//! let place = Source::new("model.scm", text).position(errors[1].span.start);
//! assert_eq!((place.line, place.column), (2, 3));
//! ```

mod atom;
mod datum;
mod error;
mod lexer;
mod parse;
mod problem;
mod source;
#[cfg(test)]
mod tests;
mod write;

pub use datum::{Datum, DatumKind, Span};
pub use error::{Diagnostic, DiagnosticKind, counted};
pub use parse::{MAX_DEPTH, read, read_one};
pub use source::{Position, Source};
