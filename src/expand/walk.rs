//! Walking core forms: the parts of a node, and where a subtree ends.

use super::core::{Expr, ExprId, Node, VarId};

impl Expr {
    /// Calls `visit` with each subexpression, in order of evaluation where both are evaluated (a body last).
    pub fn for_each_child(&self, mut visit: impl FnMut(ExprId)) {
        match self {
            Expr::Quote(_) | Expr::Local(_) | Expr::Input(_) | Expr::Library(_) => {}
            Expr::If(test, then, other) => [*test, *then, *other].into_iter().for_each(visit),
            Expr::Lambda(lambda) => visit(lambda.body),
            Expr::Let(bindings, body) | Expr::Fix(bindings, body) => {
                bindings.iter().for_each(|&(_, init)| visit(init));
                visit(*body);
            }
            Expr::Op(_, operands) | Expr::Dynamic(operands) => operands.iter().copied().for_each(visit),
            Expr::Call(operator, operands) => {
                visit(*operator);
                operands.iter().copied().for_each(visit);
            }
            Expr::Apply(operator, list) => [*operator, *list].into_iter().for_each(visit),
            Expr::Pending(call) => visit(*call),
        }
    }

    /// As [`for_each_child`](Self::for_each_child), to change the ids.
    pub fn for_each_child_mut(&mut self, mut visit: impl FnMut(&mut ExprId)) {
        match self {
            Expr::Quote(_) | Expr::Local(_) | Expr::Input(_) | Expr::Library(_) => {}
            Expr::If(test, then, other) => [test, then, other].into_iter().for_each(visit),
            Expr::Lambda(lambda) => visit(&mut lambda.body),
            Expr::Let(bindings, body) | Expr::Fix(bindings, body) => {
                bindings.iter_mut().for_each(|binding| visit(&mut binding.1));
                visit(body);
            }
            Expr::Op(_, operands) | Expr::Dynamic(operands) => operands.iter_mut().for_each(visit),
            Expr::Call(operator, operands) => {
                visit(operator);
                operands.iter_mut().for_each(visit);
            }
            Expr::Apply(operator, list) => [operator, list].into_iter().for_each(visit),
            Expr::Pending(call) => visit(call),
        }
    }

    /// The variables that this node binds.
    pub fn bound(&self) -> Vec<VarId> {
        match self {
            Expr::Lambda(lambda) => lambda.params.iter().copied().chain(lambda.rest).collect(),
            Expr::Let(bindings, _) | Expr::Fix(bindings, _) => bindings.iter().map(|binding| binding.0).collect(),
            _ => Vec::new(),
        }
    }
}

/// By node, the id after the last one of its subtree. Holds for nodes in pre-order, as expansion leaves them.
pub fn subtree_ends(nodes: &[Node]) -> Vec<u32> {
    let mut ends: Vec<u32> = (1..=nodes.len() as u32).collect();
    for (index, node) in nodes.iter().enumerate().rev() {
        let mut end = ends[index];
        node.expr.for_each_child(|child| end = end.max(ends.get(child.0 as usize).copied().unwrap_or(0)));
        ends[index] = end;
    }
    ends
}
