//! Core forms as text: S-expressions, indented where they do not fit on a line.
//!
//! Variables are written `name.id`, inputs `$name`, procedures of the library `@name`, operations by their row's name,
//! applications `(call operator operand …)`.

use std::fmt;
use std::sync::Arc;

use super::core::{Core, Expr, ExprId, Input, Module, Node, VarId};
use crate::reader::{Datum, DatumKind};

/// Columns that a line should not exceed.
const WIDTH: usize = 100;
/// The deepest indentation; without a limit, the text of a deep nest would grow with the square of its depth.
const INDENT: usize = 60;

impl fmt::Display for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let printer = Printer::new(&self.nodes, &self.inputs, &self.variables);
        printer.print(self.root, 0, f)
    }
}

impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let printer = Printer::new(&self.nodes, &[], &self.variables);
        for (name, procedure) in &self.definitions {
            write!(f, "(define {name}\n  ")?;
            printer.print(*procedure, 2, f)?;
            f.write_str(")\n")?;
        }
        Ok(())
    }
}

/// A piece of a node's text.
enum Piece {
    Text(String),
    Child(ExprId),
    /// A space, or a new line that much deeper than the node.
    Break(usize),
}

struct Printer<'a> {
    nodes: &'a [Node],
    inputs: &'a [Input],
    variables: &'a [Arc<str>],
    /// By node: columns of its text on one line, capped.
    widths: Vec<usize>,
}

impl<'a> Printer<'a> {
    fn new(nodes: &'a [Node], inputs: &'a [Input], variables: &'a [Arc<str>]) -> Self {
        let mut printer = Printer { nodes, inputs, variables, widths: vec![0; nodes.len()] };
        // Children follow their parents, so the widths of all children are known.
        for index in (0..nodes.len()).rev() {
            let pieces = printer.pieces(ExprId(index as u32));
            let widths = pieces.iter().map(|piece| match piece {
                Piece::Text(text) => text.chars().count(),
                Piece::Child(child) => printer.widths[child.0 as usize],
                Piece::Break(_) => 1,
            });
            let width = widths.sum::<usize>().min(WIDTH + 1);
            printer.widths[index] = width;
        }
        printer
    }

    fn print(&self, root: ExprId, indent: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is still to be written, last first, each with its node's indentation and whether that stays on one line.
        let mut pending = vec![(Piece::Child(root), indent, false)];
        let mut column = indent;
        while let Some((piece, indent, flat)) = pending.pop() {
            match piece {
                Piece::Text(text) => {
                    f.write_str(&text)?;
                    column += text.chars().count();
                }
                Piece::Break(_) if flat => {
                    f.write_str(" ")?;
                    column += 1;
                }
                Piece::Break(deeper) => {
                    column = (indent + deeper).min(INDENT);
                    write!(f, "\n{:column$}", "")?;
                }
                Piece::Child(child) => {
                    let flat = flat || column + self.widths[child.0 as usize] <= WIDTH;
                    let pieces = self.pieces(child).into_iter().rev();
                    pending.extend(pieces.map(|piece| (piece, column, flat)));
                }
            }
        }
        Ok(())
    }

    fn pieces(&self, id: ExprId) -> Vec<Piece> {
        let text = |text: String| Piece::Text(text);
        match &self.nodes[id.0 as usize].expr {
            Expr::Quote(datum) => vec![text(constant(datum))],
            Expr::Local(variable) => vec![text(self.variable(*variable))],
            Expr::Input(input) => {
                let name = self.inputs.get(input.0 as usize).map_or("?", |input| &*input.name);
                vec![text(format!("${name}"))]
            }
            Expr::Library(name) => vec![text(format!("@{name}"))],
            Expr::If(test, then, other) => form("(if ", 4, &[*test, *then, *other]),
            Expr::Lambda(lambda) => {
                let mut formals: Vec<String> = lambda.params.iter().map(|&param| self.variable(param)).collect();
                formals.extend(lambda.rest.map(|rest| format!(". {}", self.variable(rest))));
                let name = lambda.name.as_ref().map_or(String::new(), |name| format!(":{name}"));
                let head = text(format!("(lambda{name} ({})", formals.join(" ")));
                vec![head, Piece::Break(2), Piece::Child(lambda.body), text(")".into())]
            }
            Expr::Let(bindings, body) => self.binding("let", bindings, *body),
            Expr::Fix(bindings, body) => self.binding("fix", bindings, *body),
            Expr::Op(op, operands) => form(&format!("({} ", op.row().name), 2, operands),
            Expr::Call(operator, operands) => {
                let mut parts = vec![*operator];
                parts.extend(operands);
                form("(call ", 6, &parts)
            }
            Expr::Apply(operator, list) => form("(%apply ", 8, &[*operator, *list]),
            Expr::Pending(call) => form("(%pending ", 2, &[*call]),
            Expr::Dynamic(operands) => form(&format!("(%op{} ", operands.len() - 1), 2, operands),
        }
    }

    fn binding(&self, keyword: &str, bindings: &[(VarId, ExprId)], body: ExprId) -> Vec<Piece> {
        let mut pieces = vec![Piece::Text(format!("({keyword} ("))];
        for (index, &(variable, init)) in bindings.iter().enumerate() {
            if index > 0 {
                pieces.push(Piece::Break(keyword.len() + 3));
            }
            pieces.push(Piece::Text(format!("({} ", self.variable(variable))));
            pieces.push(Piece::Child(init));
            pieces.push(Piece::Text(")".into()));
        }
        pieces.extend([Piece::Text(")".into()), Piece::Break(2), Piece::Child(body), Piece::Text(")".into())]);
        pieces
    }

    fn variable(&self, variable: VarId) -> String {
        let name = self.variables.get(variable.0 as usize).map_or("?", |name| &**name);
        format!("{name}.{}", variable.0)
    }
}

/// `opening`, the parts, a parenthesis; parts on lines of their own stand `deeper` than the form.
fn form(opening: &str, deeper: usize, parts: &[ExprId]) -> Vec<Piece> {
    let mut pieces = vec![Piece::Text(opening.into())];
    for (index, &part) in parts.iter().enumerate() {
        if index > 0 {
            pieces.push(Piece::Break(deeper));
        }
        pieces.push(Piece::Child(part));
    }
    pieces.push(Piece::Text(")".into()));
    pieces
}

fn constant(datum: &Datum) -> String {
    match datum.kind {
        DatumKind::Symbol(_) | DatumKind::List(_) | DatumKind::Dotted(..) => format!("'{datum}"),
        _ => datum.to_string(),
    }
}
