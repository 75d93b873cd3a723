//! The pass itself: one walk over the core forms that names every result and finds what each procedure captures.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Anf, AnfError, Atom, Binding, Block, BlockId, Function, FunctionId, Operand, Tail, Value, Variable, deep};
use crate::expand::{Core, Expr, ExprId, Lambda, Module, Node, VarId};
use crate::reader::{DatumKind, Span};

/// The most variables that the procedures of one form may capture, all together. Closures are flat, so n nested
/// procedures that all use n outer variables capture n² of them; past this many, memory would run out first.
pub const CAPTURE_LIMIT: usize = 1 << 20;

/// The A-normal form of a program. Its entry is a function without parameters named `program`.
pub fn normalise(core: &Core) -> Result<Anf, AnfError> {
    let mut pass = Pass::new(&core.nodes, &core.variables);
    let entry = pass.function("program".into(), &[], None, core.root)?;
    let mut anf = pass.anf;
    anf.entry = Some(entry);
    anf.inputs = core.inputs.iter().map(|input| input.name.clone()).collect();
    Ok(anf)
}

/// The A-normal form of a bootstrap file: one exported function a definition.
pub fn normalise_module(module: &Module) -> Result<Anf, AnfError> {
    let mut pass = Pass::new(&module.nodes, &module.variables);
    for (name, id) in &module.definitions {
        let node = pass.node(*id);
        let Expr::Lambda(lambda) = &node.expr else {
            return Err(AnfError::NoProcedure(node.span));
        };
        let function = pass.function(name.clone(), &lambda.params, lambda.rest, lambda.body)?;
        pass.anf.exports.push((name.clone(), function));
    }
    Ok(pass.anf)
}

/// A function under construction: what it has captured so far.
#[derive(Default)]
struct Frame {
    captures: Vec<Variable>,
    seen: HashSet<Variable>,
}

struct Pass<'a> {
    nodes: &'a [Node],
    names: &'a [Arc<str>],
    anf: Anf,
    /// What each variable of the core stands for, once bound.
    atoms: Vec<Option<Atom>>,
    /// Index in `frames` of the function that binds each variable.
    owners: Vec<usize>,
    /// Functions under construction, outermost first.
    frames: Vec<Frame>,
    /// Lines of the block under construction.
    lines: Vec<Binding>,
    groups: u32,
    captures: usize,
}

impl<'a> Pass<'a> {
    fn new(nodes: &'a [Node], names: &'a [Arc<str>]) -> Self {
        let anf = Anf {
            functions: Vec::new(),
            blocks: Vec::new(),
            entry: None,
            exports: Vec::new(),
            inputs: Vec::new(),
            variables: Vec::new(),
        };
        let atoms = vec![None; names.len()];
        Pass { nodes, names, anf, atoms, owners: vec![], frames: vec![], lines: vec![], groups: 0, captures: 0 }
    }

    fn node(&self, id: ExprId) -> &'a Node {
        &self.nodes[id.0 as usize]
    }

    /// A new variable of the function under construction.
    fn fresh(&mut self, hint: Option<VarId>) -> Variable {
        let variable = Variable(self.anf.variables.len() as u32);
        self.anf.variables.push(hint.map(|id| self.names[id.0 as usize].clone()));
        self.owners.push(self.frames.len() - 1);
        variable
    }

    /// A new variable that the core's variable stands for from now on.
    fn declare(&mut self, id: VarId) -> Variable {
        let variable = self.fresh(Some(id));
        self.atoms[id.0 as usize] = Some(Atom::Variable(variable));
        variable
    }

    fn group(&mut self) -> u32 {
        self.groups += 1;
        self.groups - 1
    }

    fn function(
        &mut self,
        name: Arc<str>,
        params: &[VarId],
        rest: Option<VarId>,
        body: ExprId,
    ) -> Result<FunctionId, AnfError> {
        let id = FunctionId(self.anf.functions.len() as u32);
        let (captures, placeholder) = (Vec::new(), BlockId(0));
        self.anf.functions.push(Function { name, params: vec![], rest: None, captures, body: placeholder });
        self.frames.push(Frame::default());
        let params = params.iter().map(|&id| self.declare(id)).collect();
        let rest = rest.map(|id| self.declare(id));
        let body = self.block(body, Self::tail)?;
        let captures = self.frames.pop().map(|frame| frame.captures).unwrap_or_default();
        let function = &mut self.anf.functions[id.0 as usize];
        (function.params, function.rest, function.captures, function.body) = (params, rest, captures, body);
        Ok(id)
    }

    fn lambda(&mut self, lambda: &'a Lambda) -> Result<FunctionId, AnfError> {
        let name = lambda.name.clone().unwrap_or_else(|| "lambda".into());
        self.function(name, &lambda.params, lambda.rest, lambda.body)
    }

    /// A block of its own for `id`, ended by `end`.
    fn block(&mut self, id: ExprId, end: fn(&mut Self, ExprId) -> Result<Tail, AnfError>) -> Result<BlockId, AnfError> {
        let block = BlockId(self.anf.blocks.len() as u32);
        let nothing = Operand { atom: Atom::Variable(Variable(0)), span: Span::default() };
        self.anf.blocks.push(Block { bindings: vec![], tail: Tail::Yield(nothing) });
        let outer = std::mem::take(&mut self.lines);
        let tail = deep(|| end(self, id))?;
        let bindings = std::mem::replace(&mut self.lines, outer);
        self.anf.blocks[block.0 as usize] = Block { bindings, tail };
        Ok(block)
    }

    fn tail(&mut self, mut id: ExprId) -> Result<Tail, AnfError> {
        loop {
            let Node { expr, span } = self.node(id);
            return Ok(match expr {
                Expr::Let(inits, body) => {
                    self.bind_all(inits)?;
                    id = *body;
                    continue;
                }
                Expr::Fix(inits, body) => {
                    self.fix(inits)?;
                    id = *body;
                    continue;
                }
                Expr::If(test, yes, no) => {
                    let test = self.operand(*test)?;
                    Tail::Branch(test, self.block(*yes, Self::tail)?, self.block(*no, Self::tail)?)
                }
                Expr::Call(operator, operands) => Tail::Call { inputs: self.call(*operator, operands)?, span: *span },
                Expr::Apply(operator, list) => {
                    Tail::Apply { inputs: [self.operand(*operator)?, self.operand(*list)?], span: *span }
                }
                _ => Tail::Return(self.operand(id)?),
            });
        }
    }

    fn yielded(&mut self, id: ExprId) -> Result<Tail, AnfError> {
        Ok(Tail::Yield(self.operand(id)?))
    }

    fn operand(&mut self, id: ExprId) -> Result<Operand, AnfError> {
        let atom = deep(|| self.value(id, None))?;
        Ok(Operand { atom, span: self.node(id).span })
    }

    fn operands(&mut self, ids: &[ExprId]) -> Result<Vec<Operand>, AnfError> {
        ids.iter().map(|&id| self.operand(id)).collect()
    }

    fn call(&mut self, operator: ExprId, operands: &[ExprId]) -> Result<Vec<Operand>, AnfError> {
        let mut inputs = Vec::with_capacity(1 + operands.len());
        inputs.push(self.operand(operator)?);
        for &id in operands {
            inputs.push(self.operand(id)?);
        }
        Ok(inputs)
    }

    /// A line of the block under construction.
    fn line(&mut self, hint: Option<VarId>, value: Value, span: Span) -> Atom {
        let variable = self.fresh(hint);
        self.lines.push(Binding { variable, value, span });
        Atom::Variable(variable)
    }

    /// The value of `id`, not in tail position; `hint` is the variable that will stand for it.
    fn value(&mut self, mut id: ExprId, hint: Option<VarId>) -> Result<Atom, AnfError> {
        loop {
            let Node { expr, span } = self.node(id);
            let value = match expr {
                Expr::Quote(datum) => {
                    let constant = Arc::new(datum.clone());
                    let structured = match &datum.kind {
                        DatumKind::List(elements) => !elements.is_empty(),
                        DatumKind::Dotted(..) | DatumKind::String(_) | DatumKind::Array { .. } => true,
                        _ => false,
                    };
                    if hint.is_none() || !structured {
                        return Ok(Atom::Constant(constant));
                    }
                    Value::Constant(constant)
                }
                Expr::Local(variable) => return self.local(*variable, *span),
                Expr::Input(input) => return Ok(Atom::Input(*input)),
                Expr::Library(name) => return Ok(Atom::Library(name.clone())),
                Expr::If(test, yes, no) => {
                    let test = self.operand(*test)?;
                    Value::If(test, self.block(*yes, Self::yielded)?, self.block(*no, Self::yielded)?)
                }
                Expr::Lambda(lambda) => {
                    let group = self.group();
                    Value::Closure { function: self.lambda(lambda)?, group }
                }
                Expr::Let(inits, body) => {
                    self.bind_all(inits)?;
                    id = *body;
                    continue;
                }
                Expr::Fix(inits, body) => {
                    self.fix(inits)?;
                    id = *body;
                    continue;
                }
                Expr::Op(op, operands) => {
                    if operands.len() != usize::from(op.row().arity) {
                        return Err(AnfError::Operands(*span));
                    }
                    Value::Op(*op, self.operands(operands)?)
                }
                Expr::Dynamic(operands) => {
                    if !(2..=3).contains(&operands.len()) {
                        return Err(AnfError::Operands(*span));
                    }
                    Value::Dynamic(self.operands(operands)?)
                }
                Expr::Call(..) | Expr::Apply(..) => self.application(id, false)?,
                Expr::Pending(application) => {
                    let place = self.node(*application).span;
                    let value = self.application(*application, true)?;
                    return Ok(self.line(hint, value, place));
                }
            };
            return Ok(self.line(hint, value, *span));
        }
    }

    fn application(&mut self, id: ExprId, pending: bool) -> Result<Value, AnfError> {
        let Node { expr, span } = self.node(id);
        match expr {
            Expr::Call(operator, operands) => Ok(Value::Call { inputs: self.call(*operator, operands)?, pending }),
            Expr::Apply(operator, list) => {
                Ok(Value::Apply { inputs: [self.operand(*operator)?, self.operand(*list)?], pending })
            }
            _ => Err(AnfError::Pending(*span)),
        }
    }

    /// The atom of a variable; every function between its use and its binding captures it.
    fn local(&mut self, id: VarId, span: Span) -> Result<Atom, AnfError> {
        let atom = self.atoms.get(id.0 as usize).cloned().flatten().ok_or(AnfError::Scope(span))?;
        if let Atom::Variable(variable) = atom {
            let owner = self.owners[variable.0 as usize];
            // A frame that has captured it already has made those outside it do so too.
            for frame in self.frames.iter_mut().skip(owner + 1).rev() {
                if !frame.seen.insert(variable) {
                    break;
                }
                frame.captures.push(variable);
                self.captures += 1;
            }
            if self.captures > CAPTURE_LIMIT {
                return Err(AnfError::Captures(span));
            }
        }
        Ok(atom)
    }

    fn bind_all(&mut self, inits: &[(VarId, ExprId)]) -> Result<(), AnfError> {
        let atoms: Vec<Atom> =
            inits.iter().map(|&(id, init)| deep(|| self.value(init, Some(id)))).collect::<Result<_, _>>()?;
        for (&(id, _), atom) in inits.iter().zip(atoms) {
            self.atoms[id.0 as usize] = Some(atom);
        }
        Ok(())
    }

    fn fix(&mut self, inits: &[(VarId, ExprId)]) -> Result<(), AnfError> {
        let group = self.group();
        let variables: Vec<Variable> = inits.iter().map(|&(id, _)| self.declare(id)).collect();
        for (&(_, init), variable) in inits.iter().zip(variables) {
            let Node { expr, span } = self.node(init);
            let Expr::Lambda(lambda) = expr else {
                return Err(AnfError::NoProcedure(*span));
            };
            let function = deep(|| self.lambda(lambda))?;
            self.lines.push(Binding { variable, value: Value::Closure { function, group }, span: *span });
        }
        Ok(())
    }
}
