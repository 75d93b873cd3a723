//! Differentiable choice: `soft-if` and `soft-choice`.

use std::ops::Range;

use super::build::{Held, Lets};
use super::core::{Expr, ExprId};
use super::expander::Expander;
use crate::op::{Kind, Op};
use crate::reader::{Datum, DatumKind, Span, counted};

/// Up to this many weights, each share is made from the differences to all others, which needs no maximum and loses
/// nothing; beyond, the square of their number would be felt.
const PAIRWISE: usize = 32;

impl Expander<'_> {
    /// `(soft-if g a b)`: σ(g/τ)·a + (1−σ(g/τ))·b.
    pub fn soft_if(&mut self, operands: &[Datum], span: Span) -> ExprId {
        if operands.len() != 3 {
            return self.malformed("soft-if", "(soft-if g a b)", span);
        }
        let (held, lets, checks) = self.hold_numbers(operands, 1, 1..3);
        let gate = self.read(&held[0]);
        let gate = self.heat(gate, span);
        let share = self.op(Op::Sigmoid, &[gate], span);
        let mut shares = Lets::new();
        let share = self.hold(share, "share", &mut shares);
        let (left, a) = (self.read(&share), self.read(&held[1]));
        let left = self.product(left, a);
        let one = self.one(span);
        let right = self.read(&share);
        let right = self.op(Op::Sub, &[one, right], span);
        let b = self.read(&held[2]);
        let right = self.product(right, b);
        let sum = self.op(Op::Add, &[left, right], span);
        [shares, checks, lets].into_iter().fold(sum, |body, lets| self.bind(lets, body, span))
    }

    /// `(soft-choice (e1 … en) (w1 … wn))`: Σ softmax(w/τ)ᵢ·eᵢ, summed from left to right.
    pub fn soft_choice(&mut self, operands: &[Datum], span: Span) -> ExprId {
        const WRITTEN: &str = "(soft-choice (expression …) (weight …))";
        let (expressions, weights) = match operands {
            [expressions, weights] => (expressions.as_list().unwrap_or(&[]), weights.as_list().unwrap_or(&[])),
            _ => return self.malformed("soft-choice", WRITTEN, span),
        };
        if expressions.is_empty() || weights.is_empty() {
            return self.malformed("soft-choice", WRITTEN, span);
        }
        if expressions.len() != weights.len() {
            let wanted = counted(expressions.len(), "expression", "expressions");
            let found = counted(weights.len(), "weight", "weights");
            return self.error(format!("a `soft-choice` of {wanted} with {found}"), span);
        }
        let (mut values, lets, checks) = self.hold_numbers(&[expressions, weights].concat(), 0, 0..expressions.len());
        let weights = values.split_off(expressions.len());
        let sum = if weights.len() <= PAIRWISE {
            let shares: Vec<ExprId> =
                (0..weights.len()).map(|index| self.pairwise_share(&weights, index, span)).collect();
            self.weighted(&values, shares, span)
        } else {
            self.shifted(&values, &weights, span)
        };
        let body = self.bind(checks, sum, span);
        self.bind(lets, body, span)
    }

    /// softmax(w/τ)ᵢ as 1 / Σⱼ exp((wⱼ−wᵢ)/τ): no term overflows unless the share is 0.
    fn pairwise_share(&mut self, weights: &[Held], index: usize, span: Span) -> ExprId {
        let mut terms = Vec::with_capacity(weights.len());
        for (other, weight) in weights.iter().enumerate() {
            // The term of the weight itself is 1; a lone weight is still evaluated as a number.
            terms.push(if other == index && weights.len() > 1 {
                self.one(span)
            } else {
                self.raised(weight, &weights[index], span)
            });
        }
        let sum = if terms.len() == 1 { terms[0] } else { self.fold(Op::Add, &terms, span) };
        let one = self.one(span);
        self.op(Op::Div, &[one, sum], span)
    }

    /// The same sum with every weight taken from the largest: linear in their number.
    fn shifted(&mut self, values: &[Held], weights: &[Held], span: Span) -> ExprId {
        let read: Vec<ExprId> = weights.iter().map(|weight| self.read(weight)).collect();
        let largest = self.fold(Op::Max, &read, span);
        let mut lets = Lets::new();
        let largest = self.hold(largest, "largest", &mut lets);
        let mut raised = Lets::new();
        let terms: Vec<ExprId> = weights.iter().map(|weight| self.raised(weight, &largest, span)).collect();
        let terms: Vec<Held> = terms.into_iter().map(|term| self.hold(term, "term", &mut raised)).collect();
        let read: Vec<ExprId> = terms.iter().map(|term| self.read(term)).collect();
        let total = self.fold(Op::Add, &read, span);
        let mut totals = Lets::new();
        let total = self.hold(total, "total", &mut totals);
        let mut shares = Vec::with_capacity(terms.len());
        for term in &terms {
            let (term, total) = (self.read(term), self.read(&total));
            shares.push(self.op(Op::Div, &[term, total], span));
        }
        let sum = self.weighted(values, shares, span);
        [totals, raised, lets].into_iter().fold(sum, |body, lets| self.bind(lets, body, span))
    }

    /// exp((w − origin)/τ).
    fn raised(&mut self, weight: &Held, origin: &Held, span: Span) -> ExprId {
        let (weight, origin) = (self.read(weight), self.read(origin));
        let difference = self.op(Op::Sub, &[weight, origin], span);
        let difference = self.heat(difference, span);
        self.op(Op::Exp, &[difference], span)
    }

    /// Σ shareᵢ·valueᵢ.
    fn weighted(&mut self, values: &[Held], shares: Vec<ExprId>, span: Span) -> ExprId {
        let mut products = Vec::with_capacity(values.len());
        for (value, share) in values.iter().zip(shares) {
            let value = self.read(value);
            products.push(self.product(share, value));
        }
        if products.len() == 1 { products[0] } else { self.fold(Op::Add, &products, span) }
    }

    /// The operands' values, each evaluated once, left to right, then checked to be numbers: an error must speak of what
    /// was written, not of the arithmetic behind it. Messages count the operands from `first`, or not at all (0). Those of
    /// `values` may be vectors or matrices as well. With the
    /// values, what to bind around their use: the values, and inside of those the checks.
    fn hold_numbers(&mut self, operands: &[Datum], first: i32, values: Range<usize>) -> (Vec<Held>, Lets, Lets) {
        let operands = self.operands(operands);
        let (mut lets, mut checks) = (Lets::new(), Lets::new());
        let mut all = Vec::with_capacity(operands.len());
        let mut number = first;
        for (index, operand) in operands.into_iter().enumerate() {
            let doubtful = !self.is_number(operand);
            let held = self.hold(operand, "operand", &mut lets);
            if doubtful {
                let check = self.check_number(&held, number, values.contains(&index));
                checks.push((self.variable("checked"), check));
            }
            all.push(held);
            number += i32::from(first > 0);
        }
        (all, lets, checks)
    }

    /// Is the value a number whenever there is one? Told from the form alone, so that ordinary models pay for no check.
    fn is_number(&self, id: ExprId) -> bool {
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            match &self.nodes[id.0 as usize].expr {
                Expr::Input(_) => {}
                Expr::Quote(datum) if matches!(datum.kind, DatumKind::Int(_) | DatumKind::Float(_)) => {}
                Expr::Op(op, _) if matches!(op.row().kind, Kind::Arithmetic | Kind::Real) => {}
                Expr::Let(_, body) => open.push(*body),
                Expr::If(_, then, otherwise) => open.extend([*then, *otherwise]),
                _ => return false,
            }
        }
        true
    }

    /// A share of a value; what does not fit the others is an error of that operand.
    fn product(&mut self, share: ExprId, value: ExprId) -> ExprId {
        let place = self.nodes[value.0 as usize].span;
        self.op(Op::Mul, &[share, value], place)
    }

    /// Stops the instance, at the operand's place, where the value is no number; `is_mixed`: nor a vector or matrix.
    fn check_number(&mut self, value: &Held, number: i32, is_mixed: bool) -> ExprId {
        let read = self.read(value);
        let place = self.nodes[read.0 as usize].span;
        let test = self.op(if is_mixed { Op::IsNumeric } else { Op::IsNumber }, &[read], place);
        let fine = self.quote(DatumKind::Unspecified, place);
        let kind = self.quote(DatumKind::Symbol("wrong-type".into()), place);
        let (number, read) = (self.quote(DatumKind::Int(number), place), self.read(value));
        let irritant = self.op(Op::Cons, &[number, read], place);
        let fail = self.op(Op::Fail, &[kind, irritant], place);
        self.node(Expr::If(test, fine, fail), place)
    }

    /// `value`/τ.
    fn heat(&mut self, value: ExprId, span: Span) -> ExprId {
        let temperature = self.quote(DatumKind::Float(self.options.temperature), span);
        let place = self.nodes[value.0 as usize].span;
        self.op(Op::Div, &[value, temperature], place)
    }

    fn one(&mut self, span: Span) -> ExprId {
        self.quote(DatumKind::Float(1.0), span)
    }
}
