//! Conditionals: `if`, `cond`, `case`, `and`, `or`, `when`, `unless`. Only `#f` is false, and what is not taken is not
//! evaluated.

use super::build::{Held, Lets};
use super::core::{Expr, ExprId};
use super::expander::{Expander, Tail};
use crate::op::{Kind, Op};
use crate::reader::{Datum, DatumKind, Span};

/// A clause of a conditional whose else side is not made yet.
enum Clause {
    /// `(test then …)`.
    If(ExprId, ExprId),
    /// `(test)`: the test's value if it is true.
    Test(ExprId),
    /// `(test => receiver)`: the receiver's value for that of the test.
    Arrow { test: ExprId, receiver: ExprId, span: Span },
}

impl Expander<'_> {
    /// `(if test then)`, `(if test then else)`.
    pub fn if_form(&mut self, operands: &[Datum], span: Span, tail: Tail) -> ExprId {
        let (test, then, other) = match operands {
            [test, then] => (test, then, None),
            [test, then, other] => (test, then, Some(other)),
            _ => return self.malformed("if", "(if test then else)` or `(if test then)", span),
        };
        let test = self.expr(test, None);
        let then = self.expr(then, tail);
        let other = match other {
            Some(other) => self.expr(other, tail),
            None => self.unspecified(span),
        };
        self.node(Expr::If(test, then, other), span)
    }

    /// `(when test body …)`; `(unless test body …)` if not `sense`.
    pub fn when(&mut self, name: &str, sense: bool, operands: &[Datum], span: Span, tail: Tail) -> ExprId {
        let (test, body) = match operands {
            [test, body @ ..] if !body.is_empty() => (test, body),
            _ => return self.malformed(name, &format!("({name} test expression …)"), span),
        };
        let test = self.expr(test, None);
        let body = self.sequence(body, span, tail);
        let other = self.unspecified(span);
        let (then, other) = if sense { (body, other) } else { (other, body) };
        self.node(Expr::If(test, then, other), span)
    }

    /// `(and expression …)`.
    pub fn and(&mut self, operands: &[Datum], span: Span, tail: Tail) -> ExprId {
        let Some((last, before)) = operands.split_last() else { return self.quote(DatumKind::Bool(true), span) };
        let tests = self.operands(before);
        let last = self.expr(last, tail);
        tests.into_iter().rev().fold(last, |then, test| {
            let no = self.quote(DatumKind::Bool(false), span);
            self.node(Expr::If(test, then, no), span)
        })
    }

    /// `(or expression …)`.
    pub fn or(&mut self, operands: &[Datum], span: Span, tail: Tail) -> ExprId {
        let Some((last, before)) = operands.split_last() else { return self.quote(DatumKind::Bool(false), span) };
        let tests = self.operands(before);
        let last = self.expr(last, tail);
        tests.into_iter().rev().fold(last, |other, test| self.otherwise(Clause::Test(test), other, span))
    }

    /// `(cond clause …)`.
    pub fn cond(&mut self, clauses: &[Datum], span: Span, tail: Tail) -> ExprId {
        const WRITTEN: &str = "(cond (test expression …) (test => receiver) … (else expression …))";
        let mut made = Vec::new();
        let mut last = None;
        for (index, clause) in clauses.iter().enumerate() {
            let parts = clause.as_list().unwrap_or(&[]);
            match parts {
                [keyword, body @ ..] if self.is_keyword(keyword, "else") => {
                    if body.is_empty() || index + 1 < clauses.len() {
                        self.malformed("cond", WRITTEN, clause.span);
                    } else {
                        last = Some(self.sequence(body, clause.span, tail));
                    }
                }
                [test, arrow, more @ ..] if self.is_keyword(arrow, "=>") => {
                    let test = self.expr(test, None);
                    match more {
                        [receiver] => {
                            let receiver = self.expr(receiver, None);
                            made.push(Clause::Arrow { test, receiver, span: clause.span });
                        }
                        _ => _ = self.malformed("cond", WRITTEN, clause.span),
                    }
                }
                [test] => made.push(Clause::Test(self.expr(test, None))),
                [test, body @ ..] => {
                    let test = self.expr(test, None);
                    made.push(Clause::If(test, self.sequence(body, clause.span, tail)));
                }
                [] => _ = self.malformed("cond", WRITTEN, clause.span),
            }
        }
        if clauses.is_empty() {
            return self.malformed("cond", WRITTEN, span);
        }
        let last = last.unwrap_or_else(|| self.unspecified(span));
        made.into_iter().rev().fold(last, |other, clause| self.otherwise(clause, other, span))
    }

    /// The clause, and `other` where it does not apply.
    fn otherwise(&mut self, clause: Clause, other: ExprId, span: Span) -> ExprId {
        let mut lets = Lets::new();
        let choice = match clause {
            Clause::If(test, then) => self.node(Expr::If(test, then, other), span),
            Clause::Test(test) if self.gives_boolean(test) => {
                let yes = self.quote(DatumKind::Bool(true), span);
                self.node(Expr::If(test, yes, other), span)
            }
            Clause::Test(test) => {
                let held = self.hold(test, "test", &mut lets);
                let (test, value) = (self.read(&held), self.read(&held));
                self.node(Expr::If(test, value, other), span)
            }
            Clause::Arrow { test, receiver, span: place } => {
                let held = self.hold(test, "test", &mut lets);
                let (test, value) = (self.read(&held), self.read(&held));
                let then = self.node(Expr::Call(receiver, vec![value]), place);
                self.node(Expr::If(test, then, other), span)
            }
        };
        self.bind(lets, choice, span)
    }

    /// Is the value of this expression always `#t` or `#f`?
    fn gives_boolean(&self, expr: ExprId) -> bool {
        match self.nodes[expr.0 as usize].expr {
            Expr::Op(Op::Exact, _) => false,
            Expr::Op(op, _) => {
                matches!(op.row().kind, Kind::Compare | Kind::NumberTest | Kind::TypeTest(_) | Kind::Identity)
            }
            _ => false,
        }
    }

    /// `(case key clause …)`.
    pub fn case(&mut self, operands: &[Datum], span: Span, tail: Tail) -> ExprId {
        const WRITTEN: &str = "(case key ((datum …) expression …) … (else expression …))";
        let (key, clauses) = match operands {
            [key, clauses @ ..] if !clauses.is_empty() => (key, clauses),
            _ => return self.malformed("case", WRITTEN, span),
        };
        let key = self.expr(key, None);
        let mut lets = Lets::new();
        let key = self.hold(key, "key", &mut lets);
        let mut made = Vec::new();
        let mut last = None;
        for (index, clause) in clauses.iter().enumerate() {
            let Some([data, body @ ..]) = clause.as_list() else {
                self.malformed("case", WRITTEN, clause.span);
                continue;
            };
            let other = self.is_keyword(data, "else");
            let body = match body {
                [arrow, receiver] if self.is_keyword(arrow, "=>") => {
                    let receiver = self.expr(receiver, None);
                    let value = self.read(&key);
                    self.node(Expr::Call(receiver, vec![value]), clause.span)
                }
                [] => self.malformed("case", WRITTEN, clause.span),
                _ => self.sequence(body, clause.span, tail),
            };
            match data.as_list() {
                _ if other && index + 1 == clauses.len() => last = Some(body),
                Some(data) => made.push((self.any_eqv(&key, data, clause.span), body)),
                None => _ = self.malformed("case", WRITTEN, clause.span),
            }
        }
        let last = last.unwrap_or_else(|| self.unspecified(span));
        let choice =
            made.into_iter().rev().fold(last, |other, (test, then)| self.node(Expr::If(test, then, other), span));
        self.bind(lets, choice, span)
    }

    /// Is the key `eqv?` to one of the data?
    fn any_eqv(&mut self, key: &Held, data: &[Datum], span: Span) -> ExprId {
        let tests: Vec<ExprId> = data
            .iter()
            .map(|datum| {
                let (key, datum) = (self.read(key), self.node(Expr::Quote(datum.clone()), datum.span));
                self.op(Op::Eqv, &[key, datum], span)
            })
            .collect();
        let mut tests = tests.into_iter().rev();
        let Some(last) = tests.next() else { return self.quote(DatumKind::Bool(false), span) };
        tests.fold(last, |other, test| {
            let yes = self.quote(DatumKind::Bool(true), span);
            self.node(Expr::If(test, yes, other), span)
        })
    }

    fn unspecified(&mut self, span: Span) -> ExprId {
        self.quote(DatumKind::Unspecified, span)
    }
}
