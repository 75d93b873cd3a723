//! Core forms for tests, from a text that says them one to one, so that these tests need no expander.
//!
//! `(if t a b)`, `(lambda name (x . rest) body)`, `(let ((x e)) body)`, `(fix ((f (lambda …))) body)`, `(op + a b)`,
//! `(call f a)`, `(apply f l)`, `(pending e)`, `(dynamic n a)`, `(quote d)`, `$a` for an input; a bound name is a variable,
//! any other a library procedure.

use std::collections::HashMap;
use std::sync::Arc;

use crate::expand::{Core, Expr, ExprId, Input, InputId, Lambda, Module, Node, VarId};
use crate::op::Op;
use crate::reader::{Datum, DatumKind, Span, read};

/// The program that `text` says.
pub(crate) fn core(text: &str) -> Core {
    let data = read(text).expect("test text");
    let mut sample = Sample::default();
    let root = sample.expr(&data[0]);
    Core { nodes: sample.nodes, root, inputs: sample.inputs, variables: sample.variables }
}

/// The module that `text` says: `(name (lambda …))` forms.
pub(crate) fn module(text: &str) -> Module {
    let mut sample = Sample::default();
    let mut definitions = Vec::new();
    for datum in &read(text).expect("test text") {
        let parts = datum.as_list().expect("a definition");
        let name = parts[0].as_symbol().expect("a name").clone();
        definitions.push((name, sample.expr(&parts[1])));
    }
    Module { nodes: sample.nodes, definitions, variables: sample.variables }
}

/// A tail-position chain of `clauses` conditionals, as a long `cond` gives; `(- 1)` ends it.
pub(crate) fn cond(clauses: u32) -> Core {
    let span = Span::default();
    let int = |value| Node { expr: Expr::Quote(Datum { kind: DatumKind::Int(value), span }), span };
    let mut nodes = vec![Node { expr: Expr::Input(InputId(0)), span }, int(-1)];
    let mut root = ExprId(1);
    for clause in 0..clauses {
        let next = nodes.len() as u32;
        nodes.push(int(clause as i32));
        nodes.push(Node { expr: Expr::Op(Op::Equal, vec![ExprId(0), ExprId(next)]), span });
        nodes.push(Node { expr: Expr::If(ExprId(next + 1), ExprId(next), root), span });
        root = ExprId(next + 2);
    }
    Core { nodes, root, inputs: vec![Input { name: "x".into(), span, start: None }], variables: vec![] }
}

#[derive(Default)]
struct Sample {
    nodes: Vec<Node>,
    variables: Vec<Arc<str>>,
    inputs: Vec<Input>,
    scope: HashMap<Arc<str>, Vec<VarId>>,
}

impl Sample {
    fn bind(&mut self, name: &Arc<str>) -> VarId {
        let id = VarId(self.variables.len() as u32);
        self.variables.push(name.clone());
        self.scope.entry(name.clone()).or_default().push(id);
        id
    }

    fn unbind(&mut self, id: VarId) {
        let name = self.variables[id.0 as usize].clone();
        self.scope.get_mut(&name).expect("bound").pop();
    }

    fn symbol(&mut self, name: &Arc<str>, span: Span) -> Expr {
        if let Some(&id) = self.scope.get(name).and_then(|ids| ids.last()) {
            return Expr::Local(id);
        }
        let Some(input) = name.strip_prefix('$') else {
            return Expr::Library(name.clone());
        };
        let known = self.inputs.iter().position(|known| &*known.name == input).unwrap_or_else(|| {
            self.inputs.push(Input { name: input.into(), span, start: None });
            self.inputs.len() - 1
        });
        Expr::Input(InputId(known as u32))
    }

    fn all(&mut self, data: &[Datum]) -> Vec<ExprId> {
        data.iter().map(|datum| self.expr(datum)).collect()
    }

    fn expr(&mut self, datum: &Datum) -> ExprId {
        let expr = match &datum.kind {
            DatumKind::Symbol(name) => self.symbol(name, datum.span),
            DatumKind::List(parts) => {
                let head = parts[0].as_symbol().expect("a form").clone();
                self.form(&head, &parts[1..])
            }
            _ => Expr::Quote(datum.clone()),
        };
        self.nodes.push(Node { expr, span: datum.span });
        ExprId(self.nodes.len() as u32 - 1)
    }

    fn form(&mut self, head: &str, parts: &[Datum]) -> Expr {
        match head {
            "quote" => Expr::Quote(parts[0].clone()),
            "if" => Expr::If(self.expr(&parts[0]), self.expr(&parts[1]), self.expr(&parts[2])),
            "op" => {
                let op = Op::named(parts[0].as_symbol().expect("an operation")).expect("in the table");
                Expr::Op(op, self.all(&parts[1..]))
            }
            "call" => Expr::Call(self.expr(&parts[0]), self.all(&parts[1..])),
            "apply" => Expr::Apply(self.expr(&parts[0]), self.expr(&parts[1])),
            "pending" => Expr::Pending(self.expr(&parts[0])),
            "dynamic" => Expr::Dynamic(self.all(parts)),
            "lambda" => {
                let (params, rest) = match &parts[1].kind {
                    DatumKind::List(params) => (params.as_slice(), None),
                    DatumKind::Dotted(params, rest) => (params.as_slice(), rest.as_symbol()),
                    _ => (&[][..], parts[1].as_symbol()),
                };
                let params: Vec<VarId> =
                    params.iter().map(|param| self.bind(param.as_symbol().expect("a name"))).collect();
                let rest = rest.map(|rest| self.bind(rest));
                let body = self.expr(&parts[2]);
                params.iter().chain(&rest).for_each(|&id| self.unbind(id));
                Expr::Lambda(Lambda { name: parts[0].as_symbol().cloned(), params, rest, body })
            }
            "let" | "fix" => {
                let pairs: Vec<&[Datum]> =
                    parts[0].as_list().expect("bindings").iter().map(|pair| pair.as_list().expect("a pair")).collect();
                let names: Vec<&Arc<str>> = pairs.iter().map(|pair| pair[0].as_symbol().expect("a name")).collect();
                let (ids, inits): (Vec<VarId>, Vec<ExprId>) = if head == "fix" {
                    let ids = names.iter().map(|name| self.bind(name)).collect();
                    (ids, pairs.iter().map(|pair| self.expr(&pair[1])).collect())
                } else {
                    let inits = pairs.iter().map(|pair| self.expr(&pair[1])).collect();
                    (names.iter().map(|name| self.bind(name)).collect(), inits)
                };
                let body = self.expr(&parts[1]);
                ids.iter().for_each(|&id| self.unbind(id));
                let pairs = ids.into_iter().zip(inits).collect();
                if head == "fix" { Expr::Fix(pairs, body) } else { Expr::Let(pairs, body) }
            }
            _ => panic!("no form {head}"),
        }
    }
}
