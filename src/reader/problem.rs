//! Everything that can be wrong with a text, in words.

use super::{Diagnostic, DiagnosticKind, MAX_DEPTH, Position, Span};

/// A read error without its place.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(super) enum Problem {
    #[error("`{0}` is never closed")]
    Unclosed(char),
    #[error("`{0}` closes nothing")]
    StrayClose(char),
    #[error("`{close}` closes the `{open}` at {}:{}", .at.line, .at.column)]
    Mismatched { open: char, close: char, at: Position },
    #[error("nested deeper than {MAX_DEPTH}")]
    TooDeep,
    #[error("nothing follows `{0}`")]
    NothingFollows(&'static str),
    #[error("a `.` outside a list")]
    StrayDot,
    #[error("a `.` in `[…]`, which is always a proper list")]
    DotInVector,
    #[error("nothing before the `.`")]
    NothingBeforeDot,
    #[error("nothing after the `.`")]
    NothingAfterDot,
    #[error("more than one datum after the `.`")]
    ExtraAfterDot,
    #[error("this string is never closed")]
    UnclosedString,
    #[error("this `|symbol|` is never closed")]
    UnclosedSymbol,
    #[error("this `#|` comment is never closed")]
    UnclosedComment,
    #[error("`|#` closes no comment")]
    StrayCommentEnd,
    #[error("`\\{0}` is no escape")]
    UnknownEscape(String),
    #[error("{0} is not the number of a character")]
    NoSuchScalar(String),
    #[error("{0} names no character")]
    UnknownCharacter(String),
    #[error("nothing follows `#\\`")]
    EmptyCharacter,
    #[error("{0} is not a number")]
    NotANumber(String),
    #[error("{0}: exact fractions do not exist here")]
    Fraction(String),
    #[error("{0}: complex numbers do not exist here")]
    Complex(String),
    #[error("{0}: number prefixes do not exist here")]
    NumberPrefix(String),
    #[error("`#(…)` vectors do not exist here")]
    VectorLiteral,
    #[error("bytevectors do not exist here")]
    Bytevector,
    #[error("{0}: datum labels do not exist here")]
    Label(String),
    #[error("{0}: `#!` directives do not exist here")]
    Directive(String),
    #[error("{0}: a written procedure or unspecified value cannot be read back")]
    Unreadable(String),
    #[error("{0} does not exist here")]
    UnknownHash(String),
    #[error("a symbol may not hold {1}: {0}")]
    NotASymbol(String, String),
    #[error("a datum is wanted, and there is none")]
    NoDatum,
    #[error("one datum is wanted, and here is another")]
    SecondDatum,
    #[error("the text is longer than 4 GiB")]
    TooLong,
}

impl Problem {
    /// The error at its place.
    pub(super) fn at(self, span: Span) -> Diagnostic {
        let diagnostic = Diagnostic::new(DiagnosticKind::Read, self.to_string(), span);
        match self.help() {
            Some(help) => diagnostic.with_help(help),
            None => diagnostic,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Problem::Mismatched { open: '(', .. } => "a `(` is closed by `)`".into(),
            Problem::Mismatched { .. } => "a `[` is closed by `]`".into(),
            Problem::NothingFollows("#;") => "`#;` leaves out the datum after it".into(),
            Problem::UnknownEscape(_) => {
                r#"escapes are \a \b \t \n \r \" \\ \| \xHH; and a `\` at the end of a line"#.into()
            }
            Problem::UnknownCharacter(_) => {
                "the names are space newline tab null nul return alarm backspace delete escape, and `x41` for U+0041"
                    .into()
            }
            Problem::NoSuchScalar(_) => "characters are 0 to 10FFFF without D800 to DFFF, in hexadecimal".into(),
            Problem::NotANumber(token) => {
                format!("a symbol may not start like a number; `{}` is a symbol", token.replace('`', "|"))
            }
            Problem::Fraction(_) => "write the quotient, `(/ 1 2)` or `0.5`".into(),
            Problem::NumberPrefix(_) => "numbers are decimal: `10`, `1.5`, `1e-3`".into(),
            Problem::VectorLiteral | Problem::Bytevector => {
                "write `[1 2 3]` for a vector of numbers, `'(1 2 3)` for a list".into()
            }
            Problem::NotASymbol(..) => "`|…|` around it makes any text a symbol".into(),
            _ => return None,
        })
    }
}

/// A piece of the text for a message: in backquotes, clipped if long.
pub(super) fn quoted(token: &str) -> String {
    const SHOWN: usize = 40;
    match token.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("`{}…`", &token[..cut]),
        None => format!("`{token}`"),
    }
}
