//! Frames: a hand-written shader whose `//@ name` lines are replaced.

use std::fmt::Write;

use crate::op::{Adjoint, Kind, Op, ROWS};
use crate::wgsl::text::{self, Function, Style};

/// The frame with each `//@ name` line replaced by the text of that name, at the line's indentation.
pub(super) fn splice(frame: &str, parts: &[(&str, String)]) -> String {
    let mut text = String::with_capacity(frame.len() * 4);
    for line in frame.lines() {
        let Some(name) = line.trim_start().strip_prefix("//@ ") else {
            text.push_str(line);
            text.push('\n');
            continue;
        };
        let indent = &line[..line.len() - line.trim_start().len()];
        let part = parts.iter().find(|(part, _)| *part == name);
        let Some((_, part)) = part else { unreachable!("the frame asks for `{name}`, which no part is") };
        for line in part.lines() {
            text.push_str(indent);
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// `const NAME: u32 = value;`, a line each.
pub(super) fn constants<'a>(values: impl IntoIterator<Item = (String, u32)> + 'a) -> String {
    let mut text = String::new();
    for (name, value) in values {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "const {name}: u32 = {value}u;");
    }
    text
}

/// The operations of these kinds.
pub(super) fn ops(kind: impl Fn(Kind) -> bool) -> impl Iterator<Item = Op> {
    ROWS.iter().filter(move |row| kind(row.kind)).map(|row| row.op)
}

/// The operations whose adjoint is a rule.
pub(super) fn pulled() -> impl Iterator<Item = Op> {
    ops(|kind| matches!(kind, Kind::Arithmetic | Kind::Real))
        .filter(|op| *op != Op::Inexact && matches!(op.row().adjoint, Adjoint::Rule))
}

/// `case OP, …: { … }`, a line for all operations with equal arms.
pub(super) fn arms(ops: impl Iterator<Item = Op>, arm: impl Fn(Op) -> String) -> String {
    let mut arms: Vec<(String, Vec<String>)> = Vec::new();
    for op in ops {
        let (body, number) = (arm(op), format!("{}u", op as u32));
        match arms.iter_mut().find(|(known, _)| *known == body) {
            Some((_, numbers)) => numbers.push(number),
            None => arms.push((body, vec![number])),
        }
    }
    arms.into_iter().map(|(body, numbers)| format!("case {}: {{ {body} }}\n", numbers.join(", "))).collect()
}

/// The operation whose functions serve this one too: a driver compiles every call of a function anew.
pub(super) fn same_formula(op: Op) -> Op {
    match op {
        Op::Expt => Op::Pow,
        Op::Modulo => Op::Remainder,
        other => other,
    }
}

/// The operations that have functions of their own.
pub(super) fn distinct(ops: impl Iterator<Item = Op>) -> impl Iterator<Item = Op> {
    ops.filter(|&op| same_formula(op) == op)
}

/// A call of an operation's function: `name(first[, second], z)`.
pub(super) fn call(name: &str, op: Op, first: &str, second: &str) -> String {
    if op.row().arity == 2 { format!("{name}({first}, {second}, z)") } else { format!("{name}({first}, z)") }
}

/// The texts of some functions, one after another.
pub(super) fn functions(functions: impl IntoIterator<Item = Function>) -> String {
    functions.into_iter().map(|function| function.text).collect::<Vec<_>>().join("\n")
}

/// How kernels of one lane an invocation are written.
pub(super) fn style(barrier: bool) -> Style {
    if barrier { Style::SCALAR.with_barrier() } else { Style::SCALAR }
}

/// The name of an operation's function.
pub(super) fn name(op: Op) -> String {
    text::name(op)
}

/// Does naga take the kernel?
#[cfg(test)]
pub(super) fn assert_valid(text: &str) {
    let module = naga::front::wgsl::parse_str(text).map_err(|error| error.emit_to_string(text));
    let module = module.expect("the kernel parses");
    let flags = naga::valid::ValidationFlags::all();
    naga::valid::Validator::new(flags, naga::valid::Capabilities::empty())
        .validate(&module)
        .map_err(|error| error.emit_to_string(text))
        .expect("the kernel is valid");
}
