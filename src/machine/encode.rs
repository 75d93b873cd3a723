//! Encode: a program's core forms become the nodes that `bootstrap/interpreter.scm` reads, on the shared segment.

use std::collections::HashMap;

use crate::expand::{Core, Expr, ExprId, Lambda, VarId};
use crate::machine::image::{Image, Sites, Word};
use crate::machine::{MachineError, written};
use crate::op::Op;
use crate::reader::{Datum, DatumKind};
use crate::value::{SHARED, Tag};

/// Where a variable is: its slot, counted from the outermost, and its place in the slot's group of procedures.
#[derive(Clone, Copy)]
struct Slot {
    depth: u32,
    group: Option<u32>,
}

/// Encodes one expression after another; `depth` is the length of the environment there.
struct Encoder<'a> {
    image: &'a mut Image,
    core: &'a Core,
    slots: HashMap<VarId, Slot>,
}

impl Image {
    /// Adds a program for the interpreted road and gives the instruction that starts it.
    ///
    /// # Errors
    /// The image holds no evaluator.
    pub fn interpreted(&mut self, core: &Core) -> Result<u32, MachineError> {
        let root = self.encode(core);
        let evaluate = self.evaluator()?;
        Ok(self.start(evaluate, &[root, Word::NIL]))
    }

    /// Adds a program as data and gives its root node.
    pub(crate) fn encode(&mut self, core: &Core) -> Word {
        let mut encoder = Encoder { image: self, core, slots: HashMap::new() };
        encoder.expression(core.root, 0, true)
    }

    /// A program as the datum that the evaluator reads. Bound to a constant of a program in the bootstrap dialect, it is
    /// what an evaluator that is itself a program can be handed.
    pub fn encoded(&self, core: &Core) -> Datum {
        let mut image = self.clone();
        let root = image.encode(core);
        let cell = |address: u32| image.shared[(address & !SHARED) as usize].map(Word::value::<f64>);
        written::datum(&image, root.value(), &cell)
    }

    /// A datum as a word; pairs go to the shared segment.
    pub(crate) fn datum(&mut self, datum: &Datum) -> Word {
        match &datum.kind {
            DatumKind::Bool(truth) => Word::tagged(Tag::Bool, u32::from(*truth)),
            DatumKind::Int(value) => Word::tagged(Tag::Int, *value as u32),
            DatumKind::Float(value) => Word::float(value.to_bits()),
            DatumKind::Char(char) => Word::tagged(Tag::Char, u32::from(*char)),
            DatumKind::String(text) => Word::tagged(Tag::String, self.strings.number(text)),
            DatumKind::Symbol(name) => Word::tagged(Tag::Symbol, self.symbols.number(name)),
            DatumKind::Unspecified => Word::tagged(Tag::Unspecified, 0),
            DatumKind::Array { columns, elements } => self.array(*columns, elements.iter().map(|x| x.to_bits())),
            DatumKind::Procedure(name) => self.library.get(name).copied().unwrap_or(Word::NIL),
            DatumKind::List(elements) => self.data(elements, Word::NIL),
            DatumKind::Dotted(elements, tail) => {
                let tail = self.datum(tail);
                self.data(elements, tail)
            }
        }
    }

    /// A vector or matrix on the shared segment.
    pub(super) fn array(&mut self, columns: u32, bits: impl ExactSizeIterator<Item = u64>) -> Word {
        let rows = bits.len() as u32 / columns.max(1);
        let address = self.cell([rows, columns].map(|count| Word::tagged(Tag::Int, count)));
        bits.for_each(|bits| {
            self.cell([Word::float(bits), Word::NIL]);
        });
        Word::tagged(Tag::Vector, address)
    }

    fn data(&mut self, elements: &[Datum], tail: Word) -> Word {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            let words: Vec<Word> = elements.iter().map(|element| self.datum(element)).collect();
            words.into_iter().rev().fold(tail, |list, word| self.pair(word, list))
        })
    }
}

impl Encoder<'_> {
    fn expression(&mut self, id: ExprId, depth: u32, tail: bool) -> Word {
        stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || self.node(id, depth, tail))
    }

    fn node(&mut self, id: ExprId, depth: u32, tail: bool) -> Word {
        let core = self.core;
        match &core.nodes[id.0 as usize].expr {
            Expr::Quote(datum) => {
                let value = self.image.datum(datum);
                self.headed("quote", value, id, &[])
            }
            Expr::Library(name) => {
                let value = self.image.library.get(name).copied().unwrap_or(Word::NIL);
                self.headed("quote", value, id, &[])
            }
            Expr::Input(input) => self.headed("input", int(input.0), id, &[]),
            Expr::Local(variable) => self.variable(*variable, depth, id),
            Expr::If(test, then, otherwise) => {
                let test = self.expression(*test, depth, false);
                let then = self.expression(*then, depth, tail);
                let otherwise = self.expression(*otherwise, depth, tail);
                self.fields("if", &[test, then], otherwise, id, &[])
            }
            Expr::Lambda(lambda) => self.lambda(lambda, depth, id),
            Expr::Let(bindings, body) => {
                let mut inits = Vec::with_capacity(bindings.len());
                for (index, (_, init)) in bindings.iter().enumerate() {
                    inits.push(self.expression(*init, depth + index as u32, false));
                }
                for (index, (variable, _)) in bindings.iter().enumerate() {
                    self.slots.insert(*variable, Slot { depth: depth + index as u32, group: None });
                }
                let body = self.expression(*body, depth + bindings.len() as u32, tail);
                inits.into_iter().rev().fold(body, |body, init| self.fields("let", &[init], body, id, &[]))
            }
            Expr::Fix(bindings, body) => {
                for (index, (variable, _)) in bindings.iter().enumerate() {
                    self.slots.insert(*variable, Slot { depth, group: Some(index as u32) });
                }
                let lambdas: Vec<Word> =
                    bindings.iter().map(|(_, lambda)| self.expression(*lambda, depth + 1, false)).collect();
                let lambdas = lambdas.into_iter().rev().fold(Word::NIL, |list, word| self.image.pair(word, list));
                let body = self.expression(*body, depth + 1, tail);
                self.fields("fix", &[lambdas], body, id, &[])
            }
            Expr::Op(op, operands) => self.operation(*op, operands, depth, id),
            Expr::Dynamic(operands) => {
                let head = if operands.len() == 2 { "dynamic1" } else { "dynamic2" };
                self.application(head, operands, depth, id)
            }
            Expr::Call(operator, operands) => self.call(*operator, operands, depth, tail, id),
            Expr::Apply(operator, list) => {
                let head = if tail { "tail-apply" } else { "apply" };
                self.application(head, &[*operator, *list], depth, id)
            }
            Expr::Pending(call) => self.expression(*call, depth, false),
        }
    }

    fn operation(&mut self, op: Op, operands: &[ExprId], depth: u32, id: ExprId) -> Word {
        let words: Vec<Word> = operands.iter().map(|operand| self.expression(*operand, depth, false)).collect();
        match words[..] {
            [a] => self.fields("op1", &[int(op as u32)], a, id, operands),
            [a, b] => self.fields("op2", &[int(op as u32), a], b, id, operands),
            _ => unreachable!("core's verify allows one or two operands"),
        }
    }

    /// A call of up to three operands has its own kind of node; a longer one holds a list.
    fn call(&mut self, operator: ExprId, operands: &[ExprId], depth: u32, tail: bool, id: ExprId) -> Word {
        const CALLS: [&str; 4] = ["call0", "call1", "call2", "call3"];
        const TAILS: [&str; 4] = ["tail0", "tail1", "tail2", "tail3"];
        let mut words = vec![self.expression(operator, depth, false)];
        words.extend(operands.iter().map(|operand| self.expression(*operand, depth, false)).collect::<Vec<_>>());
        if let Some(head) = if tail { TAILS } else { CALLS }.get(operands.len()) {
            let (last, first) = words.split_last().expect("an application has an operator");
            return self.fields(head, first, *last, id, operands);
        }
        let list = words.into_iter().rev().fold(Word::NIL, |list, word| self.image.pair(word, list));
        self.headed(if tail { "tail" } else { "call" }, list, id, operands)
    }

    /// A node whose fields are these expressions, the last one as the tail.
    fn application(&mut self, head: &str, expressions: &[ExprId], depth: u32, id: ExprId) -> Word {
        let words: Vec<Word> = expressions.iter().map(|operand| self.expression(*operand, depth, false)).collect();
        let (last, first) = words.split_last().expect("such a node has fields");
        self.fields(head, first, *last, id, &expressions[1..])
    }

    fn variable(&mut self, variable: VarId, depth: u32, id: ExprId) -> Word {
        const NEAR: [&str; 4] = ["local0", "local1", "local2", "local3"];
        const FIRST: [&str; 4] = ["fixed0", "fixed1", "fixed2", "fixed3"];
        let slot = self.slots[&variable];
        let distance = depth - 1 - slot.depth;
        match slot.group {
            Some(0) if distance < 4 => self.headed(FIRST[distance as usize], Word::NIL, id, &[]),
            Some(index) => self.fields("fixed", &[int(distance)], int(index), id, &[]),
            None => match NEAR.get(distance as usize) {
                Some(head) => self.headed(head, Word::NIL, id, &[]),
                None => self.headed("local", int(distance), id, &[]),
            },
        }
    }

    fn lambda(&mut self, lambda: &Lambda, depth: u32, id: ExprId) -> Word {
        const FEW: [&str; 4] = ["lambda0", "lambda1", "lambda2", "lambda3"];
        let count = lambda.params.len() as u32;
        for (index, &variable) in lambda.params.iter().chain(&lambda.rest).enumerate() {
            self.slots.insert(variable, Slot { depth: depth + index as u32, group: None });
        }
        let inner = depth + count + u32::from(lambda.rest.is_some());
        let body = self.expression(lambda.body, inner, true);
        match (lambda.rest, FEW.get(count as usize)) {
            (None, Some(head)) => self.headed(head, body, id, &[]),
            (None, None) => self.fields("lambda", &[int(count)], body, id, &[]),
            (Some(_), _) => self.fields("rest", &[int(count)], body, id, &[]),
        }
    }

    /// `(head first… . last)`, with the places of the expression it came from.
    fn fields(&mut self, head: &str, first: &[Word], last: Word, id: ExprId, operands: &[ExprId]) -> Word {
        let fields = first.iter().rev().fold(last, |rest, &word| self.image.pair(word, rest));
        self.headed(head, fields, id, operands)
    }

    /// `(head . fields)`, with the places of the expression it came from.
    fn headed(&mut self, head: &str, fields: Word, id: ExprId, operands: &[ExprId]) -> Word {
        let symbol = Word::tagged(Tag::Symbol, self.image.symbols.number(head));
        let node = self.image.pair(symbol, fields);
        let span = |id: ExprId| self.core.nodes[id.0 as usize].span;
        let sites = Sites { span: span(id), operands: operands.iter().map(|&operand| span(operand)).collect() };
        self.image.data_sites.insert(node.bits as u32, sites);
        node
    }
}

/// An exact integer of the encoding.
fn int(value: u32) -> Word {
    Word::tagged(Tag::Int, value)
}
