//! Core forms as JSON: one flat array of nodes, so that depth costs a reader nothing.

use serde_json::{Value, json};

use super::core::{Core, Expr, ExprId, Input, Module, Node, VarId};
use crate::reader::Span;

impl Core {
    /// `{"root", "inputs": [{"name", "span", "start"}], "variables": [name], "nodes": [{"form", …, "span": [start, end]}]}`;
    /// variables, inputs and nodes are named by their index, spans are bytes, data stand in their written form.
    pub fn to_json(&self) -> Value {
        json!({
            "root": self.root.0,
            "inputs": self.inputs.iter().map(input).collect::<Vec<_>>(),
            "variables": names(&self.variables),
            "nodes": self.nodes.iter().map(node).collect::<Vec<_>>(),
        })
    }
}

impl Module {
    /// As [`Core::to_json`], with `"definitions": [{"name", "node"}]` in place of root and inputs.
    pub fn to_json(&self) -> Value {
        let definition = |(name, id): &(std::sync::Arc<str>, ExprId)| json!({"name": &**name, "node": id.0});
        json!({
            "definitions": self.definitions.iter().map(definition).collect::<Vec<_>>(),
            "variables": names(&self.variables),
            "nodes": self.nodes.iter().map(node).collect::<Vec<_>>(),
        })
    }
}

fn names(names: &[std::sync::Arc<str>]) -> Vec<&str> {
    names.iter().map(|name| &**name).collect()
}

fn input(input: &Input) -> Value {
    // JSON has no infinities; a start that is none of its numbers is written as text.
    let start = input.start.map(|start| if start.is_finite() { json!(start) } else { json!(start.to_string()) });
    json!({"name": &*input.name, "span": span(input.span), "start": start})
}

fn node(node: &Node) -> Value {
    let place = span(node.span);
    match &node.expr {
        Expr::Quote(datum) => json!({"form": "quote", "datum": datum.to_string(), "span": place}),
        Expr::Local(variable) => json!({"form": "local", "variable": variable.0, "span": place}),
        Expr::Input(input) => json!({"form": "input", "input": input.0, "span": place}),
        Expr::Library(name) => json!({"form": "library", "name": &**name, "span": place}),
        Expr::If(test, then, other) => {
            json!({"form": "if", "test": test.0, "then": then.0, "else": other.0, "span": place})
        }
        Expr::Lambda(lambda) => json!({
            "form": "lambda",
            "name": lambda.name.as_deref(),
            "params": lambda.params.iter().map(|param| param.0).collect::<Vec<_>>(),
            "rest": lambda.rest.map(|rest| rest.0),
            "body": lambda.body.0,
            "span": place,
        }),
        Expr::Let(bindings, body) => {
            json!({"form": "let", "bindings": pairs(bindings), "body": body.0, "span": place})
        }
        Expr::Fix(bindings, body) => {
            json!({"form": "fix", "bindings": pairs(bindings), "body": body.0, "span": place})
        }
        Expr::Op(op, operands) => {
            json!({"form": "op", "op": op.row().name, "operands": ids(operands), "span": place})
        }
        Expr::Call(operator, operands) => {
            json!({"form": "call", "operator": operator.0, "operands": ids(operands), "span": place})
        }
        Expr::Apply(operator, list) => {
            json!({"form": "apply", "operator": operator.0, "list": list.0, "span": place})
        }
        Expr::Pending(call) => json!({"form": "pending", "call": call.0, "span": place}),
        Expr::Dynamic(operands) => json!({"form": "dynamic", "operands": ids(operands), "span": place}),
    }
}

fn span(span: Span) -> [u32; 2] {
    [span.start, span.end]
}

fn ids(ids: &[ExprId]) -> Vec<u32> {
    ids.iter().map(|id| id.0).collect()
}

fn pairs(bindings: &[(VarId, ExprId)]) -> Vec<[u32; 2]> {
    bindings.iter().map(|(variable, init)| [variable.0, init.0]).collect()
}
