//! Every rule of the graph, broken once.

use super::tests::{FACT, program};
use super::types::*;
use crate::op::Op;
use crate::reader::Span;

fn breaks(text: &str, rule: &str, change: impl Fn(&mut Graph)) {
    let mut graph = program(text);
    change(&mut graph);
    let error = graph.verify().expect_err(rule).to_string();
    assert!(error.contains(rule), "{error} is not {rule}");
}

#[test]
fn verify_sees_every_broken_rule() {
    let node = |kind| Node { kind, inputs: vec![], span: Span::default(), operand_spans: vec![] };
    let add = move |graph: &mut Graph, body: usize, kind| {
        let body = &mut graph.bodies[body];
        body.region.nodes.push(NodeId(body.nodes.len() as u32));
        body.nodes.push(node(kind));
    };
    breaks(FACT, "the entry is no body", |g| g.entry = Some(BodyId(9)));
    breaks(FACT, "the entry has parameters", |g| g.entry = Some(BodyId(1)));
    breaks(FACT, "another role", |g| g.bodies[0].role = Role::Library);
    breaks(FACT, "exports nothing", |g| g.exports.push(("f".into(), BodyId(0))));
    breaks(FACT, "a module has no inputs", |g| g.entry = None);
    breaks(FACT, "captures values", |g| {
        (g.entry, g.exports) = (None, vec![("f".into(), BodyId(1))]);
        g.inputs.clear();
    });
    breaks(FACT, "an edge points forwards", |g| g.bodies[1].nodes[4].inputs[0] = NodeId(7));
    breaks(FACT, "a node that is not", |g| g.bodies[1].nodes[4].inputs[0] = NodeId(99));
    breaks(FACT, "an operation with other inputs", |g| g.bodies[1].nodes[4].kind = Kind::Op(Op::Sin));
    breaks(FACT, "places of operands", |g| g.bodies[1].nodes[4].operand_spans.truncate(1));
    breaks(FACT, "two places", |g| g.bodies[1].region.nodes.push(NodeId(4)));
    breaks(FACT, "a region names a node", |g| g.bodies[1].region.nodes.push(NodeId(99)));
    breaks(FACT, "stands in no region", |g| g.bodies[0].nodes.push(node(Kind::Const(Constant::Nil))));
    breaks(FACT, "do not head the body", |g| g.bodies[1].region.nodes.swap(0, 1));
    breaks(FACT, "a parameter has no node", |g| g.bodies[1].params = 99);
    breaks(FACT, "outside the body's head", |g| add(g, 1, Kind::Param(0)));
    breaks(FACT, "a capture that is not", |g| g.bodies[1].nodes[2].kind = Kind::Capture(1));
    breaks(FACT, "an input that is not", |g| g.inputs.clear());
    breaks(FACT, "a closure of a body", |g| add(g, 0, Kind::Closure { body: BodyId(7), group: 5 }));
    breaks(FACT, "than its body captures", |g| add(g, 0, Kind::Closure { body: BodyId(1), group: 5 }));
    breaks(FACT, "stand apart", |g| add(g, 0, Kind::Closure { body: BodyId(0), group: 0 }));
    breaks(FACT, "without operator", |g| add(g, 0, Kind::Call { pending: true }));
    breaks(FACT, "without operator and list", |g| add(g, 0, Kind::Apply { pending: true }));
    breaks(FACT, "dynamic operation", |g| add(g, 0, Kind::Dynamic));
    breaks(FACT, "does not yield", |g| {
        let side = || Region { nodes: vec![], exit: Exit::Return(NodeId(0)) };
        add(g, 0, Kind::If(side(), side()));
        g.bodies[0].nodes[3].inputs.push(NodeId(2));
    });
    breaks(FACT, "a yield in tail position", |g| g.bodies[0].region.exit = Exit::Yield(NodeId(0)));
    breaks(FACT, "places of its operands", |g| {
        let Exit::TailCall { operand_spans, .. } = &mut g.bodies[0].region.exit else { panic!("a tail call") };
        operand_spans.clear();
    });
    breaks("(op + (if $a (op sin 1) 2) 3)", "into another region", |g| {
        let inner = g.bodies[0].nodes.iter().position(|node| node.kind == Kind::Op(Op::Sin)).expect("sin");
        g.bodies[0].region.exit = Exit::Return(NodeId(inner as u32));
    });
}
