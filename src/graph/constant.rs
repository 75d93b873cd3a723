//! Constants: from quoted data, and as text. Nesting is at most the reader's limit, so plain recursion is safe.

use std::fmt::{self, Display, Write as _};

use super::types::Constant;
use crate::reader::{Datum, DatumKind};

/// The constant that a quoted datum is.
pub(super) fn constant(datum: &Datum) -> Constant {
    let all = |elements: &[Datum]| elements.iter().map(constant).collect();
    match &datum.kind {
        DatumKind::Bool(value) => Constant::Bool(*value),
        DatumKind::Int(value) => Constant::Int(*value),
        DatumKind::Float(value) => Constant::Float(value.to_bits()),
        DatumKind::Char(value) => Constant::Char(*value),
        DatumKind::String(value) => Constant::String(value.clone()),
        DatumKind::Symbol(value) => Constant::Symbol(value.clone()),
        DatumKind::List(elements) if elements.is_empty() => Constant::Nil,
        DatumKind::List(elements) => Constant::List(all(elements), Box::new(Constant::Nil)),
        DatumKind::Dotted(elements, tail) => Constant::List(all(elements), Box::new(constant(tail))),
        DatumKind::Unspecified => Constant::Unspecified,
        DatumKind::Procedure(name) => Constant::Library(name.clone()),
        DatumKind::Array { columns, elements } => {
            Constant::Array(*columns, elements.iter().map(|element| element.to_bits()).collect())
        }
    }
}

impl fmt::Display for Constant {
    /// As a person would write it, quote mark included where one is needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if matches!(self, Constant::Symbol(_) | Constant::List(..) | Constant::Nil) {
            f.write_char('\'')?;
        }
        bare(f, self)
    }
}

fn bare(f: &mut fmt::Formatter<'_>, value: &Constant) -> fmt::Result {
    let datum = match value {
        Constant::List(elements, tail) => {
            for (index, element) in elements.iter().enumerate() {
                f.write_char(if index == 0 { '(' } else { ' ' })?;
                bare(f, element)?;
            }
            if **tail != Constant::Nil {
                f.write_str(" . ")?;
                bare(f, tail)?;
            }
            return f.write_char(')');
        }
        Constant::Nil => DatumKind::List(vec![]),
        Constant::Unspecified => DatumKind::Unspecified,
        Constant::Bool(value) => DatumKind::Bool(*value),
        Constant::Int(value) => DatumKind::Int(*value),
        Constant::Float(bits) => DatumKind::Float(f64::from_bits(*bits)),
        Constant::Char(value) => DatumKind::Char(*value),
        Constant::Symbol(name) => DatumKind::Symbol(name.clone()),
        Constant::String(text) => DatumKind::String(text.clone()),
        Constant::Library(name) => DatumKind::Procedure(name.clone()),
        Constant::Array(columns, bits) => {
            DatumKind::Array { columns: *columns, elements: bits.iter().map(|&bits| f64::from_bits(bits)).collect() }
        }
    };
    datum.fmt(f)
}
