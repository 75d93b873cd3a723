//! Data to text: R7RS's `write` form, which the reader reads back.

use std::fmt::{self, Display as _, Write as _};

use super::atom::{self, CHARACTER_NAMES};
use super::{Datum, DatumKind};

impl fmt::Display for Datum {
    /// The written form, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl fmt::Display for DatumKind {
    /// The written form, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DatumKind::Bool(true) => f.write_str("#t"),
            DatumKind::Bool(false) => f.write_str("#f"),
            DatumKind::Int(int) => write!(f, "{int}"),
            DatumKind::Float(float) => write_float(f, *float),
            DatumKind::Char(c) => write_char(f, *c),
            DatumKind::String(text) => write_quoted(f, '"', text),
            DatumKind::Symbol(name) if atom::is_plain_symbol(name) => f.write_str(name),
            DatumKind::Symbol(name) => write_quoted(f, '|', name),
            DatumKind::List(elements) => {
                f.write_char('(')?;
                write_elements(f, elements)?;
                f.write_char(')')
            }
            DatumKind::Dotted(elements, tail) => {
                f.write_char('(')?;
                write_elements(f, elements)?;
                write!(f, " . {tail})")
            }
            DatumKind::Unspecified => f.write_str("#<unspecified>"),
            DatumKind::Array { columns: 0, elements } => write_array(f, elements),
            DatumKind::Array { columns, elements } => {
                f.write_char('[')?;
                for (index, row) in elements.chunks(*columns as usize).enumerate() {
                    f.write_str(if index > 0 { " " } else { "" })?;
                    write_array(f, row)?;
                }
                f.write_char(']')
            }
            DatumKind::Procedure(name) if name.is_empty() => f.write_str("#<procedure>"),
            DatumKind::Procedure(name) => write!(f, "#<procedure {name}>"),
        }
    }
}

fn write_elements(f: &mut fmt::Formatter<'_>, elements: &[Datum]) -> fmt::Result {
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            f.write_char(' ')?;
        }
        element.fmt(f)?;
    }
    Ok(())
}

fn write_array(f: &mut fmt::Formatter<'_>, elements: &[f64]) -> fmt::Result {
    f.write_char('[')?;
    for (index, &element) in elements.iter().enumerate() {
        f.write_str(if index > 0 { " " } else { "" })?;
        write_float(f, element)?;
    }
    f.write_char(']')
}

/// The fewest digits that read back as the same f64, with a `.` or an exponent so that they read as a Float.
fn write_float(f: &mut fmt::Formatter<'_>, float: f64) -> fmt::Result {
    if float.is_nan() {
        f.write_str("+nan.0")
    } else if float.is_infinite() {
        f.write_str(if float > 0.0 { "+inf.0" } else { "-inf.0" })
    } else {
        // Rust's debug form is that already: `1.0`, `0.1`, `1e16`.
        write!(f, "{float:?}")
    }
}

fn write_char(f: &mut fmt::Formatter<'_>, c: char) -> fmt::Result {
    if let Some((name, _)) = CHARACTER_NAMES.iter().find(|(_, named)| *named == c) {
        write!(f, "#\\{name}")
    } else if c.is_control() || c.is_whitespace() {
        write!(f, "#\\x{:x}", c as u32)
    } else {
        write!(f, "#\\{c}")
    }
}

/// The text between two `quote`s, with that quote, backslashes and control characters escaped.
fn write_quoted(f: &mut fmt::Formatter<'_>, quote: char, text: &str) -> fmt::Result {
    f.write_char(quote)?;
    for c in text.chars() {
        match c {
            '\x07' => f.write_str("\\a")?,
            '\x08' => f.write_str("\\b")?,
            '\t' => f.write_str("\\t")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            _ if c == quote || c == '\\' => write!(f, "\\{c}")?,
            _ if c.is_control() => write!(f, "\\x{:x};", c as u32)?,
            _ => f.write_char(c)?,
        }
    }
    f.write_char(quote)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats() {
        let written = |float| DatumKind::Float(float).to_string();
        assert_eq!(written(2.0), "2.0");
        assert_eq!(written(-0.0), "-0.0");
        assert_eq!(written(0.1), "0.1");
        assert_eq!(written(1e300), "1e300");
        assert_eq!(written(5e-324), "5e-324");
        assert_eq!(
            [written(f64::INFINITY), written(f64::NEG_INFINITY), written(-f64::NAN)],
            ["+inf.0", "-inf.0", "+nan.0"]
        );
    }

    #[test]
    fn what_needs_escaping_is_escaped() {
        assert_eq!(DatumKind::String("a\"\\|\n\x1b é".into()).to_string(), r#""a\"\\|\n\x1b; é""#);
        for (name, written) in [
            ("a", "a"),
            ("", "||"),
            (".", "|.|"),
            ("...", "..."),
            ("a b", "|a b|"),
            ("1", "|1|"),
            ("+i", "|+i|"),
            ("#t", "|#t|"),
            ("a|\"", "|a\\|\"|"),
        ] {
            assert_eq!(DatumKind::Symbol(name.into()).to_string(), written);
        }
        for (c, written) in
            [('x', "#\\x"), (' ', "#\\space"), ('\0', "#\\null"), ('(', "#\\("), ('\u{a0}', "#\\xa0"), ('λ', "#\\λ")]
        {
            assert_eq!(DatumKind::Char(c).to_string(), written);
        }
        assert_eq!(DatumKind::Unspecified.to_string(), "#<unspecified>");
        assert_eq!(DatumKind::Procedure("car".into()).to_string(), "#<procedure car>");
    }
}
