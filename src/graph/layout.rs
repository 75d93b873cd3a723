//! Where the boxes of a drawing stand: one row a depth, every edge down a row or more.

use super::text::{body_title, head};
use super::types::{Body, Exit, Graph, Kind, NodeId, Region};
use crate::anf::deep;

/// What a box is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Leaf,
    Operation,
    Application,
    Closure,
    Control,
}

impl Class {
    /// The class of a node.
    pub(super) fn of(kind: &Kind) -> Class {
        match kind {
            Kind::Const(_) | Kind::Param(_) | Kind::Capture(_) | Kind::Input(_) => Class::Leaf,
            Kind::Op(_) | Kind::Dynamic => Class::Operation,
            Kind::Call { .. } | Kind::Apply { .. } => Class::Application,
            Kind::Closure { .. } => Class::Closure,
            Kind::If(..) => Class::Control,
        }
    }
}

/// A box: a node, or the exit of a region.
pub(super) struct Vertex {
    pub label: String,
    pub class: Class,
    /// Rows from the top, from 0.
    pub row: usize,
    /// Left edge and width, in pixels.
    pub x: f64,
    pub width: f64,
}

/// A line from one box to another, by index.
pub(super) struct Edge {
    pub from: usize,
    pub to: usize,
    /// `then` or `else`, on lines of control.
    pub label: &'static str,
}

/// The drawing of one body.
pub(super) struct Layout {
    pub title: String,
    pub vertices: Vec<Vertex>,
    pub edges: Vec<Edge>,
    /// Pixels.
    pub width: f64,
    pub rows: usize,
}

/// Pixels between boxes of a row.
const GAP: f64 = 14.0;
/// Pixels a character of the label takes.
const CHARACTER: f64 = 7.3;
/// Longer labels are cut.
const LABEL_LIMIT: usize = 28;

/// A label of a drawing: cut where it is long.
pub(super) fn short(text: &str) -> String {
    if text.chars().count() <= LABEL_LIMIT {
        return text.to_owned();
    }
    text.chars().take(LABEL_LIMIT - 1).chain(['…']).collect()
}

/// What the box of a node says: its id and what it computes.
pub(super) fn label(graph: &Graph, body: &Body, id: NodeId) -> String {
    short(&format!("%{} {}", id.0, head(graph, body.node(id))))
}

/// Lays out one body of a verified graph.
pub(super) fn layout(graph: &Graph, index: usize) -> Layout {
    let body = &graph.bodies[index];
    let mut pass =
        Pass { graph, body, places: vec![None; body.nodes.len()], vertices: vec![], edges: vec![], late: vec![] };
    pass.region(&body.region, 0);
    for (from, to) in std::mem::take(&mut pass.late) {
        if let Some(from) = pass.places[from.0 as usize] {
            pass.edges.push(Edge { from, to, label: "" });
        }
    }
    let Pass { mut vertices, edges, .. } = pass;
    let (width, rows) = place(&mut vertices, &edges);
    Layout { title: body_title(index, body), vertices, edges, width, rows }
}

struct Pass<'a> {
    graph: &'a Graph,
    body: &'a Body,
    /// The box of each node that has one.
    places: Vec<Option<usize>>,
    vertices: Vec<Vertex>,
    edges: Vec<Edge>,
    /// Edges that point forwards, within a group of closures.
    late: Vec<(NodeId, usize)>,
}

impl Pass<'_> {
    /// A box at row `floor` or lower, below everything it has a line from.
    fn vertex(&mut self, label: String, class: Class, floor: usize, inputs: &[NodeId]) -> usize {
        let vertex = self.vertices.len();
        let mut row = floor;
        for &input in inputs {
            match self.places[input.0 as usize] {
                Some(from) => {
                    row = row.max(self.vertices[from].row + 1);
                    self.edges.push(Edge { from, to: vertex, label: "" });
                }
                None => self.late.push((input, vertex)),
            }
        }
        let width = CHARACTER * label.chars().count() as f64 + 14.0;
        self.vertices.push(Vertex { label, class, row, x: 0.0, width });
        vertex
    }

    fn link(&mut self, from: usize, to: usize, label: &'static str) {
        let below = self.vertices[from].row + 1;
        self.vertices[to].row = self.vertices[to].row.max(below);
        self.edges.push(Edge { from, to, label });
    }

    /// Draws a region no higher than `floor`; the box in which it ends.
    fn region(&mut self, region: &Region, floor: usize) -> usize {
        for &id in &region.nodes {
            let node = self.body.node(id);
            let vertex = if let Kind::If(yes, no) = &node.kind {
                let test = self.vertex(format!("%{} test", id.0), Class::Control, floor, &node.inputs);
                let inner = self.vertices[test].row + 1;
                let (yes, no) = (deep(|| self.region(yes, inner)), deep(|| self.region(no, inner)));
                let vertex = self.vertex(label(self.graph, self.body, id), Class::Control, inner, &[]);
                self.link(test, vertex, "test");
                self.link(yes, vertex, "then");
                self.link(no, vertex, "else");
                vertex
            } else {
                self.vertex(label(self.graph, self.body, id), Class::of(&node.kind), floor, &node.inputs)
            };
            self.places[id.0 as usize] = Some(vertex);
        }
        match &region.exit {
            Exit::Yield(node) => self.vertex("yield".to_owned(), Class::Control, floor, &[*node]),
            Exit::Return(node) => self.vertex("return".to_owned(), Class::Control, floor, &[*node]),
            Exit::TailCall { inputs, .. } => self.vertex("tail call".to_owned(), Class::Application, floor, inputs),
            Exit::TailApply { inputs, .. } => self.vertex("tail apply".to_owned(), Class::Application, floor, inputs),
            Exit::Branch(test, yes, no) => {
                let branch = self.vertex("if".to_owned(), Class::Control, floor, &[*test]);
                let inner = self.vertices[branch].row + 1;
                let (yes, no) = (deep(|| self.region(yes, inner)), deep(|| self.region(no, inner)));
                self.edges.push(Edge { from: branch, to: yes, label: "then" });
                self.edges.push(Edge { from: branch, to: no, label: "else" });
                branch
            }
        }
    }
}

/// Gives every box its place in its row: in order of the middle of what points to it. Width and rows of the whole.
fn place(vertices: &mut [Vertex], edges: &[Edge]) -> (f64, usize) {
    let rows = 1 + vertices.iter().map(|vertex| vertex.row).max().unwrap_or(0);
    let mut by_row: Vec<Vec<usize>> = vec![vec![]; rows];
    for (index, vertex) in vertices.iter().enumerate() {
        by_row[vertex.row].push(index);
    }
    let extent = |row: &[usize]| row.iter().map(|&index| vertices[index].width + GAP).sum::<f64>();
    let width = by_row.iter().map(|row| extent(row)).fold(0.0, f64::max);
    let mut sources: Vec<Vec<usize>> = vec![vec![]; vertices.len()];
    for edge in edges.iter().filter(|edge| vertices[edge.from].row < vertices[edge.to].row) {
        sources[edge.to].push(edge.from);
    }
    for row in &by_row {
        let mut ordered: Vec<(f64, usize)> = row
            .iter()
            .map(|&index| {
                let middles = sources[index].iter().map(|&from| vertices[from].x + vertices[from].width / 2.0);
                let count = sources[index].len();
                (if count == 0 { f64::INFINITY } else { middles.sum::<f64>() / count as f64 }, index)
            })
            .collect();
        ordered.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let used: f64 = row.iter().map(|&index| vertices[index].width + GAP).sum();
        let mut x = (width - used) / 2.0;
        for (_, index) in ordered {
            vertices[index].x = x;
            x += vertices[index].width + GAP;
        }
    }
    (width, rows)
}
