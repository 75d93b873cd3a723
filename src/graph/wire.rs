//! The graph as JSON: flat lists that refer to each other by index, so that no depth of nesting costs stack and no reader's limit is met.
//!
//! A body lists its nodes and its regions. A node is `[kind, inputs, [start, end], [start, end, start, end, …]]`, the last
//! the places of its operands. A region is `[nodes, exit]`; region 0 is the body's, and a branch names later regions. A
//! constant is a list in postfix order: `{"list": n}` takes the `n` elements and the tail before it. Floats are the
//! hexadecimal bits of an f64.

use std::fmt;
use std::sync::Arc;

use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize, Serializer};

use super::types::{Body, BodyId, Constant, Exit, Graph, Kind, Node, NodeId, Region, Role};
use crate::op::Op;
use crate::reader::{MAX_DEPTH, Span};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireGraph {
    entry: Option<BodyId>,
    inputs: Vec<String>,
    exports: Vec<(String, BodyId)>,
    bodies: Vec<WireBody>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireBody {
    name: String,
    role: Role,
    params: u32,
    rest: bool,
    captures: u32,
    nodes: Vec<WireNode>,
    regions: Vec<WireRegion>,
}

type Place = [u32; 2];

#[derive(Serialize, Deserialize)]
struct WireNode(WireKind, Vec<NodeId>, Place, Vec<u32>);

#[derive(Serialize, Deserialize)]
struct WireRegion(Vec<NodeId>, WireExit);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WireKind {
    Const(Vec<WireConstant>),
    Param(u32),
    Capture(u32),
    Input(u32),
    Op(OpName),
    Dynamic,
    /// Pending?
    Call(bool),
    Apply(bool),
    /// Body and group.
    Closure(BodyId, u32),
    If(u32, u32),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WireConstant {
    Nil,
    Unspecified,
    Bool(bool),
    Int(i32),
    Float(String),
    Char(char),
    Symbol(String),
    String(String),
    List(u32),
    Library(String),
    Array(u32, Vec<String>),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WireExit {
    Yield(NodeId),
    Return(NodeId),
    TailCall(Vec<NodeId>, Place, Vec<u32>),
    TailApply([NodeId; 2], Place),
    Branch(NodeId, u32, u32),
}

/// An operation by its Scheme name.
struct OpName(Op);

impl Serialize for OpName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.row().name)
    }
}

impl<'de> Deserialize<'de> for OpName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl de::Visitor<'_> for Name {
            type Value = OpName;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of an operation")
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<OpName, E> {
                Op::named(name).map(OpName).ok_or_else(|| E::custom("no such operation"))
            }
        }
        deserializer.deserialize_str(Name)
    }
}

impl Serialize for Graph {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let wire = WireGraph {
            entry: self.entry,
            inputs: self.inputs.iter().map(|name| name.to_string()).collect(),
            exports: self.exports.iter().map(|(name, body)| (name.to_string(), *body)).collect(),
            bodies: self.bodies.iter().map(pack_body).collect(),
        };
        wire.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Graph {
    /// Only the form is checked: [`Graph::verify`] what comes from outside.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = WireGraph::deserialize(deserializer)?;
        let bodies = wire.bodies.into_iter().map(unpack_body).collect::<Option<Vec<_>>>();
        Ok(Graph {
            bodies: bodies.ok_or_else(|| de::Error::custom("the parts of a body do not fit together"))?,
            exports: wire.exports.into_iter().map(|(name, body)| (name.into(), body)).collect(),
            entry: wire.entry,
            inputs: wire.inputs.into_iter().map(Arc::from).collect(),
        })
    }
}

fn place(span: Span) -> Place {
    [span.start, span.end]
}

fn places(spans: &[Span]) -> Vec<u32> {
    spans.iter().flat_map(|&span| place(span)).collect()
}

fn span([start, end]: Place) -> Span {
    Span { start, end }
}

fn spans(places: &[u32]) -> Option<Vec<Span>> {
    let pairs = places.chunks_exact(2);
    pairs.remainder().is_empty().then(|| pairs.map(|pair| span([pair[0], pair[1]])).collect())
}

fn pack_body(body: &Body) -> WireBody {
    let mut regions = Vec::new();
    pack_region(&body.region, &mut regions);
    let nodes = body.nodes.iter().map(|node| {
        let kind = match &node.kind {
            Kind::Const(constant) => {
                let mut postfix = Vec::new();
                pack_constant(constant, &mut postfix);
                WireKind::Const(postfix)
            }
            Kind::Param(index) => WireKind::Param(*index),
            Kind::Capture(index) => WireKind::Capture(*index),
            Kind::Input(index) => WireKind::Input(*index),
            Kind::Op(op) => WireKind::Op(OpName(*op)),
            Kind::Dynamic => WireKind::Dynamic,
            Kind::Call { pending } => WireKind::Call(*pending),
            Kind::Apply { pending } => WireKind::Apply(*pending),
            Kind::Closure { body, group } => WireKind::Closure(*body, *group),
            Kind::If(yes, no) => {
                let yes = pack_region(yes, &mut regions);
                WireKind::If(yes, pack_region(no, &mut regions))
            }
        };
        WireNode(kind, node.inputs.clone(), place(node.span), places(&node.operand_spans))
    });
    let nodes = nodes.collect();
    WireBody {
        name: body.name.to_string(),
        role: body.role,
        params: body.params,
        rest: body.rest,
        captures: body.captures,
        nodes,
        regions,
    }
}

/// Appends `region` and those it branches to; its index.
fn pack_region(region: &Region, regions: &mut Vec<WireRegion>) -> u32 {
    let reserve = |regions: &mut Vec<WireRegion>| {
        regions.push(WireRegion(vec![], WireExit::Yield(NodeId(0))));
        regions.len() as u32 - 1
    };
    let first = reserve(regions);
    let mut open = vec![(first, region)];
    while let Some((index, region)) = open.pop() {
        let exit = match &region.exit {
            Exit::Yield(node) => WireExit::Yield(*node),
            Exit::Return(node) => WireExit::Return(*node),
            Exit::TailCall { inputs, span, operand_spans } => {
                WireExit::TailCall(inputs.clone(), place(*span), places(operand_spans))
            }
            Exit::TailApply { inputs, span } => WireExit::TailApply(*inputs, place(*span)),
            Exit::Branch(test, yes, no) => {
                let sides = (reserve(regions), reserve(regions));
                open.extend([(sides.1, &**no), (sides.0, &**yes)]);
                WireExit::Branch(*test, sides.0, sides.1)
            }
        };
        regions[index as usize] = WireRegion(region.nodes.clone(), exit);
    }
    first
}

fn pack_constant(constant: &Constant, postfix: &mut Vec<WireConstant>) {
    let part = match constant {
        Constant::Nil => WireConstant::Nil,
        Constant::Unspecified => WireConstant::Unspecified,
        Constant::Bool(value) => WireConstant::Bool(*value),
        Constant::Int(value) => WireConstant::Int(*value),
        Constant::Float(bits) => WireConstant::Float(format!("{bits:016x}")),
        Constant::Char(value) => WireConstant::Char(*value),
        Constant::Symbol(name) => WireConstant::Symbol(name.to_string()),
        Constant::String(text) => WireConstant::String(text.to_string()),
        Constant::List(elements, tail) => {
            for part in elements.iter().chain([&**tail]) {
                pack_constant(part, postfix);
            }
            WireConstant::List(elements.len() as u32)
        }
        Constant::Library(name) => WireConstant::Library(name.to_string()),
        Constant::Array(columns, bits) => {
            WireConstant::Array(*columns, bits.iter().map(|bits| format!("{bits:016x}")).collect())
        }
    };
    postfix.push(part);
}

fn unpack_body(wire: WireBody) -> Option<Body> {
    let mut regions = unpack_regions(wire.regions)?;
    let mut take = |index: u32| regions.get_mut(index as usize)?.take();
    let region = take(0)?;
    let mut nodes = Vec::with_capacity(wire.nodes.len());
    for WireNode(kind, inputs, place, places) in wire.nodes {
        let kind = match kind {
            WireKind::Const(postfix) => Kind::Const(unpack_constant(postfix)?),
            WireKind::Param(index) => Kind::Param(index),
            WireKind::Capture(index) => Kind::Capture(index),
            WireKind::Input(index) => Kind::Input(index),
            WireKind::Op(OpName(op)) => Kind::Op(op),
            WireKind::Dynamic => Kind::Dynamic,
            WireKind::Call(pending) => Kind::Call { pending },
            WireKind::Apply(pending) => Kind::Apply { pending },
            WireKind::Closure(body, group) => Kind::Closure { body, group },
            WireKind::If(yes, no) => Kind::If(take(yes)?, take(no)?),
        };
        nodes.push(Node { kind, inputs, span: span(place), operand_spans: spans(&places)? });
    }
    let WireBody { name, role, params, rest, captures, .. } = wire;
    let all_used = regions.iter().all(Option::is_none);
    all_used.then(|| Body { name: name.into(), role, params, rest, captures, nodes, region })
}

/// Every region, inner ones taken into those that branch to them. From last to first: a branch names later regions.
fn unpack_regions(wire: Vec<WireRegion>) -> Option<Vec<Option<Region>>> {
    let mut regions: Vec<Option<Region>> = Vec::new();
    regions.resize_with(wire.len(), || None);
    for (index, WireRegion(nodes, exit)) in wire.into_iter().enumerate().rev() {
        let mut side = |at: u32| regions.get_mut(at as usize)?.take().map(Box::new);
        let exit = match exit {
            WireExit::Yield(node) => Exit::Yield(node),
            WireExit::Return(node) => Exit::Return(node),
            WireExit::TailCall(inputs, place, places) => {
                Exit::TailCall { inputs, span: span(place), operand_spans: spans(&places)? }
            }
            WireExit::TailApply(inputs, place) => Exit::TailApply { inputs, span: span(place) },
            WireExit::Branch(test, yes, no) => Exit::Branch(test, side(yes)?, side(no)?),
        };
        regions[index] = Some(Region { nodes, exit });
    }
    Some(regions)
}

fn unpack_constant(postfix: Vec<WireConstant>) -> Option<Constant> {
    // Values with the depth of their nesting: what walks a constant relies on the reader's limit.
    let mut stack: Vec<(Constant, usize)> = Vec::new();
    for part in postfix {
        let constant = match part {
            WireConstant::Nil => Constant::Nil,
            WireConstant::Unspecified => Constant::Unspecified,
            WireConstant::Bool(value) => Constant::Bool(value),
            WireConstant::Int(value) => Constant::Int(value),
            WireConstant::Float(bits) => Constant::Float(u64::from_str_radix(&bits, 16).ok()?),
            WireConstant::Char(value) => Constant::Char(value),
            WireConstant::Symbol(name) => Constant::Symbol(name.into()),
            WireConstant::String(text) => Constant::String(text.into()),
            WireConstant::Library(name) => Constant::Library(name.into()),
            WireConstant::Array(columns, bits) => {
                let bits: Option<_> = bits.iter().map(|bits| u64::from_str_radix(bits, 16).ok()).collect();
                Constant::Array(columns, bits?)
            }
            WireConstant::List(count) => {
                let first = stack.len().checked_sub(1 + count as usize)?;
                let parts = stack.split_off(first);
                let depth = 1 + parts.iter().map(|(_, depth)| *depth).max()?;
                if count == 0 || depth > MAX_DEPTH {
                    return None;
                }
                let mut parts: Vec<Constant> = parts.into_iter().map(|(constant, _)| constant).collect();
                let tail = Box::new(parts.pop()?);
                stack.push((Constant::List(parts, tail), depth));
                continue;
            }
        };
        stack.push((constant, 0));
    }
    let (constant, _) = stack.pop()?;
    stack.is_empty().then_some(constant)
}
