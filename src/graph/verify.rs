//! The rules of the graph, checked.

use super::GraphError;
use super::types::{Body, BodyId, Exit, Graph, Kind, Node, NodeId, Region, Role};
use crate::anf::deep;

impl Graph {
    /// Checks every structural rule of `types.rs` and of this stage's page.
    pub fn verify(&self) -> Result<(), GraphError> {
        let rule = |holds: bool, rule| {
            if holds { Ok(()) } else { Err(GraphError::Graph { rule }) }
        };
        rule(u32::try_from(self.bodies.len()).is_ok(), "more bodies than ids")?;
        if let Some(entry) = self.entry {
            let body = self.bodies.get(entry.0 as usize).ok_or(GraphError::Graph { rule: "the entry is no body" })?;
            rule(body.params == 0 && !body.rest && body.captures == 0, "the entry has parameters or captures")?;
            rule(body.role == Role::Program, "the entry of a program has another role")?;
            rule(self.exports.is_empty(), "a program exports nothing")?;
        } else {
            rule(self.inputs.is_empty(), "a module has no inputs")?;
        }
        for (index, (name, id)) in self.exports.iter().enumerate() {
            let body = self.bodies.get(id.0 as usize).ok_or(GraphError::Graph { rule: "an export is no body" })?;
            rule(body.captures == 0, "an exported procedure captures values")?;
            rule(self.exports[..index].iter().all(|(other, _)| other != name), "a name is exported twice")?;
        }
        for (index, body) in self.bodies.iter().enumerate() {
            let visible = vec![State::Unmet; body.nodes.len()];
            let mut check = Check { graph: self, id: BodyId(index as u32), body, states: visible, groups: vec![] };
            check.body()?;
        }
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Not met in any region so far.
    Unmet,
    Visible,
    /// Met in a region that has ended.
    Hidden,
}

struct Check<'a> {
    graph: &'a Graph,
    id: BodyId,
    body: &'a Body,
    states: Vec<State>,
    /// Groups whose closures have been met.
    groups: Vec<u32>,
}

impl Check<'_> {
    fn rule(&self, holds: bool, rule: &'static str) -> Result<(), GraphError> {
        if holds { Ok(()) } else { Err(GraphError::Body { body: self.id, rule }) }
    }

    fn body(&mut self) -> Result<(), GraphError> {
        let body = self.body;
        let parameters = body.params as usize + usize::from(body.rest);
        self.rule(u32::try_from(body.nodes.len()).is_ok(), "more nodes than ids")?;
        self.rule(body.region.nodes.len() >= parameters, "a parameter has no node")?;
        for (index, id) in body.region.nodes[..parameters].iter().enumerate() {
            let own = id.0 as usize == index
                && body.nodes.get(index).is_some_and(|node| node.kind == Kind::Param(index as u32));
            self.rule(own, "the parameters do not head the body in order")?;
        }
        let captured = body.region.nodes[parameters..]
            .iter()
            .take_while(|id| body.nodes.get(id.0 as usize).is_some_and(|node| matches!(node.kind, Kind::Capture(_))));
        let head = parameters + captured.count();
        let leaf = |node: &&Node| matches!(node.kind, Kind::Param(_) | Kind::Capture(_));
        self.rule(body.nodes.iter().filter(leaf).count() == head, "a parameter or capture outside the body's head")?;
        self.region(&body.region, true)?;
        self.rule(!self.states.contains(&State::Unmet), "a node stands in no region")?;
        self.groups.sort_unstable();
        self.rule(self.groups.windows(2).all(|pair| pair[0] != pair[1]), "closures of one group stand apart")
    }

    /// The node `id` is evaluated here.
    fn see(&mut self, id: NodeId) -> Result<(), GraphError> {
        let state = self.states.get(id.0 as usize).copied();
        self.rule(state.is_some(), "a region names a node that is not")?;
        self.rule(state == Some(State::Unmet), "a node stands in two places")?;
        self.states[id.0 as usize] = State::Visible;
        Ok(())
    }

    /// Where an edge to `id` breaks a rule here, that rule.
    fn edge(&self, id: NodeId) -> Result<(), &'static str> {
        match self.states.get(id.0 as usize) {
            Some(State::Visible) => Ok(()),
            Some(State::Unmet) => Err("an edge points forwards"),
            Some(State::Hidden) => Err("an edge points into another region"),
            None => Err("an edge to a node that is not"),
        }
    }

    fn group_of(&self, id: NodeId) -> Option<u32> {
        match self.body.nodes.get(id.0 as usize)?.kind {
            Kind::Closure { group, .. } => Some(group),
            _ => None,
        }
    }

    fn region(&mut self, region: &Region, tail: bool) -> Result<(), GraphError> {
        let mut group = None;
        for (index, &id) in region.nodes.iter().enumerate() {
            let before = std::mem::replace(&mut group, self.group_of(id));
            match group {
                // Closures of a group see each other: all are visible where the first stands.
                Some(number) if group != before => {
                    self.groups.push(number);
                    for &member in &region.nodes[index..] {
                        if self.group_of(member) != group {
                            break;
                        }
                        self.see(member)?;
                    }
                    self.node(id)?;
                }
                Some(_) => self.node(id)?,
                None => {
                    self.node(id)?;
                    self.see(id)?;
                }
            }
        }
        self.exit(&region.exit, tail)?;
        for &id in &region.nodes {
            self.states[id.0 as usize] = State::Hidden;
        }
        Ok(())
    }

    fn sides(&mut self, yes: &Region, no: &Region, tail: bool) -> Result<(), GraphError> {
        deep(|| self.region(yes, tail))?;
        deep(|| self.region(no, tail))
    }

    fn exit(&mut self, exit: &Exit, tail: bool) -> Result<(), GraphError> {
        let edges: &[NodeId] = match exit {
            Exit::Yield(node) | Exit::Return(node) | Exit::Branch(node, ..) => std::slice::from_ref(node),
            Exit::TailCall { inputs, .. } => inputs,
            Exit::TailApply { inputs, .. } => inputs,
        };
        for &id in edges {
            self.edge(id).map_err(|rule| GraphError::Body { body: self.id, rule })?;
        }
        match exit {
            Exit::Yield(_) => return self.rule(!tail, "a yield in tail position"),
            Exit::Return(_) | Exit::TailApply { .. } => {}
            Exit::TailCall { inputs, operand_spans, .. } => {
                self.rule(!inputs.is_empty(), "a tail call without operator")?;
                self.rule(inputs.len() == operand_spans.len(), "a tail call without the places of its operands")?;
            }
            Exit::Branch(_, yes, no) => self.sides(yes, no, true)?,
        }
        self.rule(tail, "a side of a conditional does not yield")
    }

    fn node(&mut self, id: NodeId) -> Result<(), GraphError> {
        let (body, graph) = (self.id, self.graph);
        let fail = move |rule| GraphError::Node { body, node: id, rule };
        let rule = |holds: bool, text: &'static str| if holds { Ok(()) } else { Err(fail(text)) };
        let Node { kind, inputs, operand_spans, .. } =
            self.body.nodes.get(id.0 as usize).ok_or(fail("a region names a node that is not"))?;
        for &input in inputs {
            self.edge(input).map_err(fail)?;
        }
        let count = inputs.len();
        let mut operands = false;
        match kind {
            Kind::Const(_) => rule(count == 0, "a constant with inputs")?,
            // Which parameters these are has been checked with the head of the body.
            Kind::Param(_) => rule(count == 0, "a parameter with inputs")?,
            Kind::Capture(index) => rule(count == 0 && *index < self.body.captures, "a capture that is not")?,
            Kind::Input(index) => {
                rule(count == 0 && (*index as usize) < graph.inputs.len(), "an input that is not")?;
            }
            Kind::Op(op) => {
                operands = true;
                rule(count == usize::from(op.row().arity), "an operation with other inputs than its row says")?;
            }
            Kind::Dynamic => {
                operands = true;
                rule((2..=3).contains(&count), "a dynamic operation without its operands")?;
            }
            Kind::Call { .. } => {
                operands = true;
                rule(count > 0, "a call without operator")?;
            }
            Kind::Apply { .. } => {
                operands = true;
                rule(count == 2, "an application to a list without operator and list")?;
            }
            Kind::Closure { body, .. } => {
                let code = graph.bodies.get(body.0 as usize).ok_or(fail("a closure of a body that is not"))?;
                rule(count == code.captures as usize, "a closure with other inputs than its body captures")?;
            }
            Kind::If(yes, no) => {
                rule(count == 1, "a conditional without test")?;
                self.sides(yes, no, false)?;
            }
        }
        let places = if operands { count } else { 0 };
        rule(operand_spans.len() == places, "places of operands that are not its inputs")
    }
}
