//! Tests of expansion: what each form becomes, as text, and which errors are reported where.

mod bodies;
mod conditionals;
mod errors;
mod inputs;
mod library;
mod modules;
mod outside;
mod quasi;
mod random;
mod scale;
mod spans;

use super::{Core, Options, expand};
use crate::reader::{Diagnostic, read};

fn core(text: &str) -> Core {
    let data = read(text).unwrap();
    let core = expand(&data, &Options::default()).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
    core.verify().unwrap_or_else(|fault| panic!("{text}: {fault}"));
    core
}

/// The dump, on one line.
fn dump(text: &str) -> String {
    core(text).to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn errors(text: &str) -> Vec<Diagnostic> {
    expand(&read(text).unwrap(), &Options::default()).map(|core| core.to_string()).unwrap_err()
}

/// Kind, source text and message of each error.
fn faults(text: &str) -> Vec<(&'static str, &str, String)> {
    let errors = errors(text).into_iter();
    errors
        .map(|error| (error.kind.name(), &text[error.span.start as usize..error.span.end as usize], error.message))
        .collect()
}

/// Source text of each error.
fn places(text: &str) -> Vec<&str> {
    faults(text).into_iter().map(|(_, place, _)| place).collect()
}
