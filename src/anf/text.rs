//! A-normal form as text: a line an operation, its place in the source behind it.

use std::fmt::{self, Display, Write as _};

use super::{Anf, Atom, Binding, BlockId, Operand, Tail, Value, Variable, deep};
use crate::reader::{Datum, DatumKind, Span};

/// Nesting deeper than this is no longer indented, so that the text stays linear in the program.
pub(crate) const INDENT_LIMIT: usize = 24;

impl Display for Anf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(entry) = self.entry {
            writeln!(f, "entry f{}", entry.0)?;
        }
        if !self.inputs.is_empty() {
            writeln!(f, "inputs {}", self.inputs.join(" "))?;
        }
        for (name, function) in &self.exports {
            writeln!(f, "export {name} = f{}", function.0)?;
        }
        for (index, function) in self.functions.iter().enumerate() {
            write!(f, "\nf{index} {} (", function.name)?;
            self.names(f, &function.params)?;
            if let Some(rest) = function.rest {
                f.write_str(if function.params.is_empty() { ". " } else { " . " })?;
                self.names(f, &[rest])?;
            }
            f.write_char(')')?;
            if !function.captures.is_empty() {
                f.write_str(" captures ")?;
                self.names(f, &function.captures)?;
            }
            writeln!(f)?;
            self.block_text(f, function.body, 1)?;
        }
        Ok(())
    }
}

impl Anf {
    fn names(&self, f: &mut fmt::Formatter<'_>, variables: &[Variable]) -> fmt::Result {
        for (index, &variable) in variables.iter().enumerate() {
            write!(f, "{}{}", if index > 0 { " " } else { "" }, self.name(variable))?;
        }
        Ok(())
    }

    /// `n.1` for a variable of the source, `%3` for an intermediate result.
    pub(super) fn name(&self, variable: Variable) -> String {
        match &self.variables[variable.0 as usize] {
            Some(name) => format!("{name}.{}", variable.0),
            None => format!("%{}", variable.0),
        }
    }

    pub(super) fn atom_text(&self, atom: &Atom) -> String {
        match atom {
            Atom::Variable(variable) => self.name(*variable),
            Atom::Constant(datum) => quoted(datum),
            Atom::Library(name) => name.to_string(),
            Atom::Input(input) => format!("input:{}", self.inputs[input.0 as usize]),
        }
    }

    fn with(&self, head: &str, operands: &[Operand]) -> String {
        let mut text = head.to_owned();
        for operand in operands {
            text.push(' ');
            text.push_str(&self.atom_text(&operand.atom));
        }
        text
    }

    fn binding_text(&self, binding: &Binding) -> String {
        let operands = binding.value.operands();
        let value = match &binding.value {
            Value::Constant(datum) => quoted(datum),
            Value::Op(op, _) => self.with(op.row().name, operands),
            Value::Dynamic(_) => self.with("dynamic", operands),
            Value::Call { pending: false, .. } => self.with("call", operands),
            Value::Call { pending: true, .. } => self.with("pending call", operands),
            Value::Apply { pending: false, .. } => self.with("apply", operands),
            Value::Apply { pending: true, .. } => self.with("pending apply", operands),
            Value::Closure { function, group } => format!("closure f{} group {group}", function.0),
            Value::If(..) => self.with("if", operands),
        };
        format!("{} = {value}", self.name(binding.variable))
    }

    fn block_text(&self, f: &mut fmt::Formatter<'_>, id: BlockId, depth: usize) -> fmt::Result {
        let block = self.block(id);
        for binding in &block.bindings {
            line(f, depth, &self.binding_text(binding), binding.span)?;
            if let Value::If(_, yes, no) = binding.value {
                self.sides(f, yes, no, depth)?;
            }
        }
        let operands = block.tail.operands();
        match &block.tail {
            Tail::Yield(operand) => line(f, depth, &self.with("yield", operands), operand.span),
            Tail::Return(operand) => line(f, depth, &self.with("return", operands), operand.span),
            Tail::Call { span, .. } => line(f, depth, &self.with("tail call", operands), *span),
            Tail::Apply { span, .. } => line(f, depth, &self.with("tail apply", operands), *span),
            Tail::Branch(_, yes, no) => {
                line(f, depth, &self.with("if", operands), Span::default())?;
                self.sides(f, *yes, *no, depth)
            }
        }
    }

    fn sides(&self, f: &mut fmt::Formatter<'_>, yes: BlockId, no: BlockId, depth: usize) -> fmt::Result {
        deep(|| self.block_text(f, yes, depth + 1))?;
        line(f, depth, "else", Span::default())?;
        deep(|| self.block_text(f, no, depth + 1))
    }
}

/// A constant as a person would write it, quote mark included where one is needed.
pub(super) fn quoted(datum: &Datum) -> String {
    match datum.kind {
        DatumKind::Symbol(_) | DatumKind::List(_) | DatumKind::Dotted(..) => format!("'{datum}"),
        _ => datum.to_string(),
    }
}

/// A line of a dump, indented, with the bytes of the text it came from, unless they are none.
pub(crate) fn line(f: &mut fmt::Formatter<'_>, depth: usize, text: &str, span: Span) -> fmt::Result {
    let indent = 2 * depth.min(INDENT_LIMIT);
    if span == Span::default() {
        return writeln!(f, "{:indent$}{text}", "");
    }
    let width = 44usize.saturating_sub(indent);
    writeln!(f, "{:indent$}{text:width$}  ; {}..{}", "", span.start, span.end)
}
