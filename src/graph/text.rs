//! The graph as text: a line a node, its place in the source behind it.

use std::fmt::{self, Display};

use super::types::{Body, Exit, Graph, Kind, Node, NodeId, Region};
use crate::anf::deep;
use crate::anf::text::line;
use crate::reader::Span;

impl Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(entry) = self.entry {
            writeln!(f, "entry @{}", entry.0)?;
        }
        if !self.inputs.is_empty() {
            writeln!(f, "inputs {}", self.inputs.join(" "))?;
        }
        for (name, body) in &self.exports {
            writeln!(f, "export {name} = @{}", body.0)?;
        }
        for (index, body) in self.bodies.iter().enumerate() {
            writeln!(f, "\n{}", body_title(index, body))?;
            region(f, self, body, &body.region, 1)?;
        }
        Ok(())
    }
}

/// `@1 fact (params 2, rest, captures 1, program)`.
pub(super) fn body_title(index: usize, body: &Body) -> String {
    let rest = if body.rest { ", rest" } else { "" };
    let role = format!("{:?}", body.role).to_lowercase();
    format!("@{index} {} (params {}{rest}, captures {}, {role})", body.name, body.params, body.captures)
}

/// What a node computes, without its edges.
pub(super) fn head(graph: &Graph, node: &Node) -> String {
    match &node.kind {
        Kind::Const(constant) => format!("const {constant}"),
        Kind::Param(index) => format!("param {index}"),
        Kind::Capture(index) => format!("capture {index}"),
        Kind::Input(index) => match graph.inputs.get(*index as usize) {
            Some(name) => format!("input {name}"),
            None => format!("input {index}"),
        },
        Kind::Op(op) => op.row().name.to_owned(),
        Kind::Dynamic => "dynamic".to_owned(),
        Kind::Call { pending: false } => "call".to_owned(),
        Kind::Call { pending: true } => "pending call".to_owned(),
        Kind::Apply { pending: false } => "apply".to_owned(),
        Kind::Apply { pending: true } => "pending apply".to_owned(),
        Kind::Closure { body, group } => format!("closure @{} group {group}", body.0),
        Kind::If(..) => "if".to_owned(),
    }
}

/// `text` and the nodes behind it.
fn with(mut text: String, nodes: &[NodeId]) -> String {
    for node in nodes {
        text.push_str(&format!(" %{}", node.0));
    }
    text
}

fn region(f: &mut fmt::Formatter<'_>, graph: &Graph, body: &Body, region: &Region, depth: usize) -> fmt::Result {
    for &id in &region.nodes {
        let node = body.node(id);
        line(f, depth, &with(format!("%{} = {}", id.0, head(graph, node)), &node.inputs), node.span)?;
        if let Kind::If(yes, no) = &node.kind {
            sides(f, graph, body, yes, no, depth)?;
        }
    }
    match &region.exit {
        Exit::Yield(node) => line(f, depth, &with("yield".to_owned(), &[*node]), Span::default()),
        Exit::Return(node) => line(f, depth, &with("return".to_owned(), &[*node]), Span::default()),
        Exit::TailCall { inputs, span, .. } => line(f, depth, &with("tail call".to_owned(), inputs), *span),
        Exit::TailApply { inputs, span } => line(f, depth, &with("tail apply".to_owned(), inputs), *span),
        Exit::Branch(test, yes, no) => {
            line(f, depth, &with("if".to_owned(), &[*test]), Span::default())?;
            sides(f, graph, body, yes, no, depth)
        }
    }
}

fn sides(
    f: &mut fmt::Formatter<'_>,
    graph: &Graph,
    body: &Body,
    yes: &Region,
    no: &Region,
    depth: usize,
) -> fmt::Result {
    deep(|| region(f, graph, body, yes, depth + 1))?;
    line(f, depth, "else", Span::default())?;
    deep(|| region(f, graph, body, no, depth + 1))
}
