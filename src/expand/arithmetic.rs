//! Applications of primitives: variadic arithmetic and chained comparisons become operations on two operands.

use std::sync::Arc;

use super::build::{Held, Lets};
use super::core::{Expr, ExprId};
use super::expander::Expander;
use super::library::Procedure;
use crate::op::Op;
use crate::reader::{Datum, DatumKind, Span};

impl Expander<'_> {
    /// An application of a procedure of the library by its unshadowed name, which stands at `head`.
    ///
    /// A number of operands that no operation takes leaves an application of the procedure, which fails when it runs.
    pub fn primitive(
        &mut self,
        procedure: Procedure,
        name: &Arc<str>,
        head: Span,
        operands: &[Datum],
        span: Span,
    ) -> ExprId {
        let operands = self.operands(operands);
        let count = operands.len();
        match (procedure.name, procedure.op) {
            ("+", _) if count == 0 => self.quote(DatumKind::Int(0), span),
            ("*", _) if count == 0 => self.quote(DatumKind::Int(1), span),
            ("-", _) if count == 1 => self.op(Op::Neg, &operands, span),
            ("/", _) if count == 1 => {
                let one = self.quote(DatumKind::Int(1), span);
                self.op(Op::Div, &[one, operands[0]], span)
            }
            ("+" | "-" | "*" | "/" | "min" | "max", Some(op)) if count >= 2 => self.fold(op, &operands, span),
            ("=" | "<" | ">" | "<=" | ">=" | "string=?", Some(op)) if count > 2 => self.chain(op, operands, span),
            ("log", _) if count == 2 => self.op(Op::LogBase, &operands, span),
            ("atan", _) if count == 2 => self.op(Op::Atan2, &operands, span),
            ("list", _) => self.list(operands, span),
            ("error", _) if count >= 1 => {
                let kind = self.quote(DatumKind::Symbol("user".into()), span);
                let irritants = self.list(operands, span);
                self.op(Op::Fail, &[kind, irritants], span)
            }
            (composed, None) if count == 1 && path(composed).is_some() => {
                let place = self.nodes[operands[0].0 as usize].span;
                let steps = path(composed).unwrap_or_default();
                let inner = steps[1..].chars().rev().fold(operands[0], |value, step| self.step(step, value, place));
                steps.chars().next().map_or(inner, |step| self.step(step, inner, span))
            }
            (_, Some(op)) if count == usize::from(op.row().arity) => self.node(Expr::Op(op, operands), span),
            _ => {
                let operator = self.reference(name, head);
                self.node(Expr::Call(operator, operands), span)
            }
        }
    }

    /// `((a ∘ b) ∘ c) ∘ …`; at least two operands.
    pub fn fold(&mut self, op: Op, operands: &[ExprId], span: Span) -> ExprId {
        let (first, rest) = (operands[0], &operands[1..]);
        rest.iter().fold(first, |sum, &operand| self.op(op, &[sum, operand], span))
    }

    /// A proper list of the operands' values. Nested conses evaluate their operands, hence these, from left to right.
    pub fn list(&mut self, operands: Vec<ExprId>, span: Span) -> ExprId {
        let nil = self.quote(DatumKind::List(Vec::new()), span);
        operands.into_iter().rev().fold(nil, |rest, operand| self.op(Op::Cons, &[operand, rest], span))
    }

    /// Every neighbouring pair compared, whatever the outcome of the others (each operand is checked); then, do all hold?
    fn chain(&mut self, op: Op, operands: Vec<ExprId>, span: Span) -> ExprId {
        let mut lets = Lets::new();
        let held: Vec<Held> = operands.into_iter().map(|operand| self.hold(operand, "operand", &mut lets)).collect();
        let mut tests = Lets::new();
        for pair in held.windows(2) {
            let (left, right) = (self.read(&pair[0]), self.read(&pair[1]));
            let test = self.op(op, &[left, right], span);
            tests.push((self.variable("holds"), test));
        }
        let outcomes: Vec<ExprId> = tests.iter().map(|&(test, _)| self.node(Expr::Local(test), span)).collect();
        let mut outcomes = outcomes.into_iter().rev();
        let last = outcomes.next().unwrap_or_else(|| self.quote(DatumKind::Bool(true), span));
        let all = outcomes.fold(last, |rest, test| {
            let no = self.quote(DatumKind::Bool(false), span);
            self.node(Expr::If(test, rest, no), span)
        });
        let body = self.bind(tests, all, span);
        self.bind(lets, body, span)
    }

    fn step(&mut self, step: char, value: ExprId, span: Span) -> ExprId {
        self.op(if step == 'a' { Op::Car } else { Op::Cdr }, &[value], span)
    }
}

/// The letters between `c` and `r` of `cadr` and its kin, two or more.
fn path(name: &str) -> Option<&str> {
    let letters = name.strip_prefix('c')?.strip_suffix('r')?;
    (letters.len() >= 2 && letters.bytes().all(|letter| letter == b'a' || letter == b'd')).then_some(letters)
}
