//! The last step: nodes in pre-order, without those that expansion made and then left.

use super::core::{Expr, ExprId, InputId, Node};

/// Puts the trees of `roots` in pre-order, one after the other, and renumbers the inputs by `order`. Returns the nodes
/// and the new roots.
pub(super) fn arrange(mut nodes: Vec<Node>, roots: &[ExprId], order: &[InputId]) -> (Vec<Node>, Vec<ExprId>) {
    const UNSEEN: ExprId = ExprId(u32::MAX);
    let mut places = vec![UNSEEN; nodes.len()];
    let mut sequence: Vec<ExprId> = Vec::with_capacity(nodes.len());
    let mut pending: Vec<ExprId> = roots.iter().rev().copied().collect();
    while let Some(id) = pending.pop() {
        places[id.0 as usize] = ExprId(sequence.len() as u32);
        sequence.push(id);
        let from = pending.len();
        nodes[id.0 as usize].expr.for_each_child(|child| pending.push(child));
        pending[from..].reverse();
    }
    let arranged = sequence.iter().map(|id| {
        let Node { expr, span } = &mut nodes[id.0 as usize];
        let mut expr = std::mem::replace(expr, Expr::Local(super::core::VarId(u32::MAX)));
        expr.for_each_child_mut(|child| *child = places[child.0 as usize]);
        if let Expr::Input(input) = &mut expr {
            *input = order[input.0 as usize];
        }
        Node { expr, span: *span }
    });
    let arranged = arranged.collect();
    (arranged, roots.iter().map(|root| places[root.0 as usize]).collect())
}
