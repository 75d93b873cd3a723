//! The pass itself: names become edges.

use super::GraphError;
use super::constant::constant;
use super::types::{Body, BodyId, Constant, Exit, Graph, Kind, Node, NodeId, Region, Role};
use crate::anf::{Anf, Atom, Binding, BlockId, Function, FunctionId, Operand, Tail, Value, Variable, deep};
use crate::reader::Span;

/// The compute graph of `anf`, verified. Every body gets `role`; where that is not [`Role::Interpreter`], every call that
/// is not a tail call is pending.
pub fn build(anf: &Anf, role: Role) -> Result<Graph, GraphError> {
    let mut pass = Pass { anf, role, places: vec![None; anf.variables.len()], function: FunctionId(0), nodes: vec![] };
    let mut bodies = Vec::with_capacity(anf.functions.len());
    for (index, function) in anf.functions.iter().enumerate() {
        pass.function = FunctionId(index as u32);
        bodies.push(pass.body(function)?);
    }
    let graph = Graph {
        bodies,
        exports: anf.exports.iter().map(|(name, id)| (name.clone(), BodyId(id.0))).collect(),
        entry: anf.entry.map(|id| BodyId(id.0)),
        inputs: anf.inputs.clone(),
    };
    graph.verify()?;
    Ok(graph)
}

struct Pass<'a> {
    anf: &'a Anf,
    role: Role,
    /// The node of each variable, and the function whose node it is.
    places: Vec<Option<(FunctionId, NodeId)>>,
    /// The function being built, and its nodes so far.
    function: FunctionId,
    nodes: Vec<Node>,
}

impl Pass<'_> {
    fn body(&mut self, function: &Function) -> Result<Body, GraphError> {
        let mut head = Vec::new();
        for (index, &variable) in function.params.iter().chain(&function.rest).enumerate() {
            let node = self.leaf(Kind::Param(index as u32), Span::default(), &mut head);
            self.place(variable, node);
        }
        for (index, &variable) in function.captures.iter().enumerate() {
            let node = self.leaf(Kind::Capture(index as u32), Span::default(), &mut head);
            self.place(variable, node);
        }
        let region = self.region(function.body, head)?;
        Ok(Body {
            name: function.name.clone(),
            role: self.role,
            params: function.params.len() as u32,
            rest: function.rest.is_some(),
            captures: function.captures.len() as u32,
            nodes: std::mem::take(&mut self.nodes),
            region,
        })
    }

    fn push(&mut self, node: Node, order: &mut Vec<NodeId>) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(node);
        order.push(id);
        id
    }

    fn leaf(&mut self, kind: Kind, span: Span, order: &mut Vec<NodeId>) -> NodeId {
        self.push(Node { kind, inputs: vec![], span, operand_spans: vec![] }, order)
    }

    fn place(&mut self, variable: Variable, node: NodeId) {
        self.places[variable.0 as usize] = Some((self.function, node));
    }

    fn variable(&self, variable: Variable) -> Result<NodeId, GraphError> {
        match self.places[variable.0 as usize] {
            Some((function, node)) if function == self.function => Ok(node),
            _ => Err(GraphError::Body {
                body: BodyId(self.function.0),
                rule: "a variable that the body neither binds nor captures",
            }),
        }
    }

    fn operand(&mut self, operand: &Operand, order: &mut Vec<NodeId>) -> Result<NodeId, GraphError> {
        let kind = match &operand.atom {
            Atom::Variable(variable) => return self.variable(*variable),
            Atom::Constant(datum) => Kind::Const(constant(datum)),
            Atom::Library(name) => Kind::Const(Constant::Library(name.clone())),
            Atom::Input(input) => Kind::Input(input.0),
        };
        Ok(self.leaf(kind, operand.span, order))
    }

    fn operands(
        &mut self,
        operands: &[Operand],
        order: &mut Vec<NodeId>,
    ) -> Result<(Vec<NodeId>, Vec<Span>), GraphError> {
        let mut nodes = Vec::with_capacity(operands.len());
        for operand in operands {
            nodes.push(self.operand(operand, order)?);
        }
        Ok((nodes, operands.iter().map(|operand| operand.span).collect()))
    }

    /// The region of a block, after the nodes that already head it.
    fn region(&mut self, id: BlockId, mut nodes: Vec<NodeId>) -> Result<Region, GraphError> {
        let block = self.anf.block(id);
        let mut bindings = block.bindings.as_slice();
        while let Some(binding) = bindings.first() {
            let mut done = 1;
            match group_of(binding) {
                Some(group) => done = self.closures(bindings, group, &mut nodes)?,
                None => self.binding(binding, &mut nodes)?,
            }
            bindings = &bindings[done..];
        }
        let exit = match &block.tail {
            Tail::Yield(operand) => Exit::Yield(self.operand(operand, &mut nodes)?),
            Tail::Return(operand) => Exit::Return(self.operand(operand, &mut nodes)?),
            Tail::Call { inputs, span } => {
                let (inputs, operand_spans) = self.operands(inputs, &mut nodes)?;
                Exit::TailCall { inputs, span: *span, operand_spans }
            }
            Tail::Apply { inputs: [operator, list], span } => {
                let inputs = [self.operand(operator, &mut nodes)?, self.operand(list, &mut nodes)?];
                Exit::TailApply { inputs, span: *span }
            }
            Tail::Branch(test, yes, no) => {
                let test = self.operand(test, &mut nodes)?;
                let yes = deep(|| self.region(*yes, vec![]))?;
                let no = deep(|| self.region(*no, vec![]))?;
                Exit::Branch(test, Box::new(yes), Box::new(no))
            }
        };
        Ok(Region { nodes, exit })
    }

    fn binding(&mut self, binding: &Binding, order: &mut Vec<NodeId>) -> Result<(), GraphError> {
        let (inputs, mut operand_spans) = self.operands(binding.value.operands(), order)?;
        let counts = self.role != Role::Interpreter;
        let kind = match &binding.value {
            Value::Constant(datum) => Kind::Const(constant(datum)),
            Value::Op(op, _) => Kind::Op(*op),
            Value::Dynamic(_) => Kind::Dynamic,
            Value::Call { pending, .. } => Kind::Call { pending: *pending || counts },
            Value::Apply { pending, .. } => Kind::Apply { pending: *pending || counts },
            Value::If(_, yes, no) => {
                operand_spans.clear();
                let yes = deep(|| self.region(*yes, vec![]))?;
                let no = deep(|| self.region(*no, vec![]))?;
                Kind::If(yes, no)
            }
            Value::Closure { .. } => unreachable!("closures are built a group at a time"),
        };
        let node = self.push(Node { kind, inputs, span: binding.span, operand_spans }, order);
        self.place(binding.variable, node);
        Ok(())
    }

    /// The closures of `group` that head `bindings`: all get their nodes before the first gets its inputs. How many.
    fn closures(&mut self, bindings: &[Binding], group: u32, order: &mut Vec<NodeId>) -> Result<usize, GraphError> {
        let mut made = Vec::new();
        for binding in bindings {
            let Value::Closure { function, group: other } = binding.value else {
                break;
            };
            if other != group {
                break;
            }
            let node = self.leaf(Kind::Closure { body: BodyId(function.0), group }, binding.span, order);
            self.place(binding.variable, node);
            made.push((node, function));
        }
        for &(node, function) in &made {
            let captures = &self.anf.function(function).captures;
            let inputs = captures.iter().map(|&variable| self.variable(variable)).collect::<Result<_, _>>()?;
            self.nodes[node.0 as usize].inputs = inputs;
        }
        Ok(made.len())
    }
}

fn group_of(binding: &Binding) -> Option<u32> {
    match binding.value {
        Value::Closure { group, .. } => Some(group),
        _ => None,
    }
}
