//! Checks of what expansion promises of its output.

use super::core::{Core, Expr, ExprId, Module, Node};
use super::library;
use super::walk::subtree_ends;
use crate::reader::counted;

impl Core {
    /// Checks the invariants that the module's documentation lists.
    ///
    /// # Errors
    /// A sentence that names the first node at fault.
    pub fn verify(&self) -> Result<(), String> {
        let mut names = std::collections::HashSet::new();
        for (index, input) in self.inputs.iter().enumerate() {
            if !names.insert(&input.name) {
                return Err(format!("two inputs are named {}", input.name));
            }
            if index > 0 && self.inputs[index - 1].span.start > input.span.start {
                return Err(format!("input {} is out of order", input.name));
            }
        }
        check(&self.nodes, &[self.root], self.variables.len(), self.inputs.len())?;
        for (index, node) in self.nodes.iter().enumerate() {
            if let Expr::Library(name) = &node.expr
                && library::procedure(name).is_none()
                && !library::is_generic(name)
            {
                return Err(format!("node {index} names {name}, which the library lacks"));
            }
        }
        Ok(())
    }
}

impl Module {
    /// Checks the invariants that the module's documentation lists, and that every definition is a procedure.
    ///
    /// # Errors
    /// A sentence that names the first node at fault.
    pub fn verify(&self) -> Result<(), String> {
        let roots: Vec<ExprId> = self.definitions.iter().map(|definition| definition.1).collect();
        check(&self.nodes, &roots, self.variables.len(), 0)?;
        for (name, root) in &self.definitions {
            if !matches!(self.nodes[root.0 as usize].expr, Expr::Lambda(_)) {
                return Err(format!("{name} is no procedure"));
            }
        }
        Ok(())
    }
}

fn check(nodes: &[Node], roots: &[ExprId], variables: usize, inputs: usize) -> Result<(), String> {
    check_order(nodes, roots)?;
    let ends = subtree_ends(nodes);
    // By variable, the range of nodes that may read it.
    let mut scopes: Vec<Option<(u32, u32)>> = vec![None; variables];
    for (index, Node { expr, .. }) in nodes.iter().enumerate() {
        let scope = match expr {
            Expr::Let(_, body) => (body.0, ends[body.0 as usize]),
            _ => (index as u32 + 1, ends[index]),
        };
        for variable in expr.bound() {
            match scopes.get_mut(variable.0 as usize) {
                Some(place @ None) => *place = Some(scope),
                Some(_) => return Err(format!("node {index} binds variable {} a second time", variable.0)),
                None => return Err(format!("node {index} binds variable {}, which does not exist", variable.0)),
            }
        }
        match expr {
            Expr::Local(variable) => match scopes.get(variable.0 as usize) {
                Some(&Some((from, to))) if (from..to).contains(&(index as u32)) => {}
                _ => return Err(format!("node {index} reads variable {} outside of its scope", variable.0)),
            },
            Expr::Input(input) if input.0 as usize >= inputs => {
                return Err(format!("node {index} reads input {}, which does not exist", input.0));
            }
            Expr::Op(op, operands) if operands.len() != usize::from(op.row().arity) => {
                let operands = counted(operands.len(), "operand", "operands");
                return Err(format!("node {index}: {} with {operands}", op.row().name));
            }
            Expr::Fix(bindings, _) => {
                if let Some((_, init)) =
                    bindings.iter().find(|(_, init)| !matches!(nodes[init.0 as usize].expr, Expr::Lambda(_)))
                {
                    return Err(format!("node {index}: node {} is no lambda", init.0));
                }
            }
            Expr::Dynamic(operands) if !matches!(operands.len(), 2 | 3) => {
                let operands = counted(operands.len(), "operand", "operands");
                return Err(format!("node {index}: a dynamic operation with {operands}"));
            }
            Expr::Pending(call) if !matches!(nodes[call.0 as usize].expr, Expr::Call(..) | Expr::Apply(..)) => {
                return Err(format!("node {index}: pending, and no application"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Pre-order, each node once.
fn check_order(nodes: &[Node], roots: &[ExprId]) -> Result<(), String> {
    let mut pending: Vec<ExprId> = roots.iter().rev().copied().collect();
    for (index, node) in nodes.iter().enumerate() {
        match pending.pop() {
            Some(id) if id.0 as usize == index => {}
            Some(id) => return Err(format!("node {} where node {index} is wanted", id.0)),
            None => return Err(format!("node {index} belongs to nothing")),
        }
        let from = pending.len();
        node.expr.for_each_child(|child| pending.push(child));
        pending[from..].reverse();
    }
    match pending.pop() {
        Some(id) => Err(format!("node {} does not exist", id.0)),
        None => Ok(()),
    }
}
