//! A-normal form as JSON, for `explain`: blocks are listed flat and named by index, so that depth is no matter.

use serde_json::{Value as Json, json};

use super::text::quoted;
use super::{Anf, Binding, Block, Operand, Tail, Value};
use crate::reader::Span;

impl Anf {
    /// The form as JSON. Operands are written as in the text form.
    pub fn to_json(&self) -> Json {
        let functions: Vec<Json> = self
            .functions
            .iter()
            .map(|function| {
                let names = |variables: &[super::Variable]| -> Vec<String> {
                    variables.iter().map(|&variable| self.name(variable)).collect()
                };
                json!({
                    "name": &*function.name,
                    "params": names(&function.params),
                    "rest": function.rest.map(|rest| self.name(rest)),
                    "captures": names(&function.captures),
                    "body": function.body.0,
                })
            })
            .collect();
        let exports: serde_json::Map<String, Json> =
            self.exports.iter().map(|(name, function)| (name.to_string(), function.0.into())).collect();
        json!({
            "entry": self.entry.map(|entry| entry.0),
            "inputs": self.inputs.iter().map(|name| &**name).collect::<Vec<_>>(),
            "exports": exports,
            "functions": functions,
            "blocks": self.blocks.iter().map(|block| self.block_json(block)).collect::<Vec<_>>(),
        })
    }

    fn operands_json(&self, operands: &[Operand]) -> Json {
        operands.iter().map(|operand| Json::from(self.atom_text(&operand.atom))).collect()
    }

    fn block_json(&self, block: &Block) -> Json {
        let bindings: Vec<Json> = block.bindings.iter().map(|binding| self.binding_json(binding)).collect();
        let operands = self.operands_json(block.tail.operands());
        let tail = match &block.tail {
            Tail::Yield(_) => json!({ "kind": "yield", "operands": operands }),
            Tail::Return(_) => json!({ "kind": "return", "operands": operands }),
            Tail::Call { span, .. } => {
                json!({ "kind": "call", "operands": operands, "span": span_json(*span) })
            }
            Tail::Apply { span, .. } => {
                json!({ "kind": "apply", "operands": operands, "span": span_json(*span) })
            }
            Tail::Branch(_, yes, no) => {
                json!({ "kind": "branch", "operands": operands, "blocks": [yes.0, no.0] })
            }
        };
        json!({ "bindings": bindings, "tail": tail })
    }

    fn binding_json(&self, binding: &Binding) -> Json {
        let mut json = json!({
            "variable": self.name(binding.variable),
            "kind": match &binding.value {
                Value::Constant(_) => "constant",
                Value::Op(..) => "op",
                Value::Dynamic(_) => "dynamic",
                Value::Call { .. } => "call",
                Value::Apply { .. } => "apply",
                Value::Closure { .. } => "closure",
                Value::If(..) => "if",
            },
            "operands": self.operands_json(binding.value.operands()),
            "span": span_json(binding.span),
        });
        match &binding.value {
            Value::Constant(datum) => json["constant"] = quoted(datum).into(),
            Value::Op(op, _) => json["op"] = op.row().name.into(),
            Value::Call { pending, .. } | Value::Apply { pending, .. } => json["pending"] = (*pending).into(),
            Value::Closure { function, group } => {
                json["function"] = function.0.into();
                json["group"] = (*group).into();
            }
            Value::If(_, yes, no) => json["blocks"] = json!([yes.0, no.0]),
            Value::Dynamic(_) => {}
        }
        json
    }
}

fn span_json(span: Span) -> Json {
    json!([span.start, span.end])
}
