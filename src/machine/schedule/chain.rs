//! Chains of tests of one value against symbols: what an evaluator's `case` becomes.

use crate::graph::{Body, Constant, Exit, Kind, NodeId, Region};
use crate::machine::schedule::uses::Uses;
use crate::op::Op;

/// A chain of branches that test one value against symbols.
pub(super) struct Chain<'a> {
    /// The first test, which was laid out before the chain was seen.
    pub test: NodeId,
    pub subject: NodeId,
    pub arms: Vec<(&'a str, &'a Region)>,
    pub default: &'a Region,
}

impl<'a> Chain<'a> {
    /// The chain that starts with the exit of this region.
    ///
    /// A test whose truth is read a second time is none of a chain's: nothing computes it any more.
    pub(super) fn of(body: &'a Body, region: &'a Region, uses: &Uses) -> Option<Chain<'a>> {
        let Exit::Branch(test, ..) = &region.exit else { return None };
        let (subject, _) = symbol_test(body, *test)?;
        let mut arms = Vec::new();
        let mut here = region;
        while let Exit::Branch(test, then, otherwise) = &here.exit {
            let Some((other, name)) = symbol_test(body, *test) else { break };
            let once = |node: &NodeId| uses.count[node.0 as usize] == 1;
            let own = |node: &NodeId| node == test || once(node) && body.nodes[test.0 as usize].inputs[1] == *node;
            let only_test = arms.is_empty() || here.nodes.iter().all(own);
            if other != subject || !only_test || !once(test) || here.nodes.last() != Some(test) {
                break;
            }
            arms.push((name, &**then));
            here = otherwise;
        }
        (!arms.is_empty()).then_some(Chain { test: *test, subject, arms, default: here })
    }
}

/// The value and the symbol of a test `(eq? value 'symbol)`.
fn symbol_test(body: &Body, test: NodeId) -> Option<(NodeId, &str)> {
    let node = &body.nodes[test.0 as usize];
    let (Kind::Op(Op::Eq | Op::Eqv), [subject, symbol]) = (&node.kind, node.inputs.as_slice()) else { return None };
    match &body.nodes[symbol.0 as usize].kind {
        Kind::Const(Constant::Symbol(name)) => Some((*subject, name)),
        _ => None,
    }
}
