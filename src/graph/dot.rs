//! The graph in Graphviz's language: a cluster a body, a cluster within it for each side of a conditional.

use std::fmt::Write;

use super::layout::{Class, label};
use super::svg::colour;
use super::text::body_title;
use super::types::{Body, Exit, Graph, Kind, NodeId, Region};
use crate::anf::deep;

/// The graph as a `digraph`.
pub fn dot(graph: &Graph) -> String {
    let mut out = String::from(
        "digraph graph_of_program {\n  compound=true;\n  node [shape=box, style=\"rounded,filled\", fontname=\"monospace\"];\n",
    );
    for (index, body) in graph.bodies.iter().enumerate() {
        let _ = writeln!(out, "  subgraph cluster_{index} {{\n    label={};", quote(&body_title(index, body)));
        let mut pass = Pass { graph, body, index, regions: 0, edges: String::new(), out: &mut out };
        pass.region(&body.region);
        pass.data_edges();
        let edges = pass.edges;
        out.push_str(&edges);
        out.push_str("  }\n");
    }
    out.push_str("}\n");
    out
}

struct Pass<'a> {
    graph: &'a Graph,
    body: &'a Body,
    index: usize,
    /// Regions drawn so far; names their exits and clusters.
    regions: usize,
    /// Edges, kept until the clusters are closed: one written inside would draw its ends into that cluster.
    edges: String,
    out: &'a mut String,
}

impl Pass<'_> {
    fn vertex(&mut self, name: &str, label: &str, class: Class) {
        let _ = writeln!(self.out, "    {name} [label={}, fillcolor=\"{}\"];", quote(label), colour(class));
    }

    fn name(&self, id: NodeId) -> String {
        format!("b{}n{}", self.index, id.0)
    }

    fn edge(&mut self, from: &str, to: &str, label: &str) {
        let style = if label.is_empty() { String::new() } else { format!(" [style=dashed, label=\"{label}\"]") };
        let _ = writeln!(self.edges, "    {from} -> {to}{style};");
    }

    fn data_edges(&mut self) {
        for (index, node) in self.body.nodes.iter().enumerate() {
            let to = self.name(NodeId(index as u32));
            for &input in &node.inputs {
                let from = self.name(input);
                self.edge(&from, &to, "");
            }
        }
    }

    /// Draws a region; the name of its exit.
    fn region(&mut self, region: &Region) -> String {
        let exit = format!("b{}x{}", self.index, self.regions);
        self.regions += 1;
        for &id in &region.nodes {
            let kind = &self.body.node(id).kind;
            let (name, label) = (self.name(id), label(self.graph, self.body, id));
            self.vertex(&name, &label, Class::of(kind));
            if let Kind::If(yes, no) = kind {
                let (yes, no) = (self.side(yes, "then"), self.side(no, "else"));
                self.edge(&yes, &name, "then");
                self.edge(&no, &name, "else");
            }
        }
        let (text, class, inputs) = match &region.exit {
            Exit::Yield(node) => ("yield", Class::Control, std::slice::from_ref(node)),
            Exit::Return(node) => ("return", Class::Control, std::slice::from_ref(node)),
            Exit::TailCall { inputs, .. } => ("tail call", Class::Application, &inputs[..]),
            Exit::TailApply { inputs, .. } => ("tail apply", Class::Application, &inputs[..]),
            Exit::Branch(test, ..) => ("if", Class::Control, std::slice::from_ref(test)),
        };
        self.vertex(&exit, text, class);
        for &input in inputs {
            let from = self.name(input);
            self.edge(&from, &exit, "");
        }
        if let Exit::Branch(_, yes, no) = &region.exit {
            let (yes, no) = (self.side(yes, "then"), self.side(no, "else"));
            self.edge(&exit, &yes, "then");
            self.edge(&exit, &no, "else");
        }
        exit
    }

    fn side(&mut self, region: &Region, label: &str) -> String {
        let _ = writeln!(
            self.out,
            "    subgraph cluster_{}_{} {{\n    label=\"{label}\"; style=dashed;",
            self.index, self.regions
        );
        let exit = deep(|| self.region(region));
        self.out.push_str("    }\n");
        exit
    }
}

fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out + "\""
}
