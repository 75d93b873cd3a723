//! Quasiquotation, with nesting, dotted tails and splicing.

use super::core::{Expr, ExprId};
use super::expander::{Expander, RED_ZONE, SEGMENT};
use crate::op::Op;
use crate::reader::{Datum, DatumKind, Span};

/// A part of a template.
enum Part {
    /// Nothing in it is evaluated.
    Constant,
    Made(ExprId),
    /// The value is a list whose elements stand here.
    Spliced(ExprId),
}

const WRITTEN: &str = ",expression";

impl Expander<'_> {
    /// What a template at the outermost level makes.
    pub fn quasiquote(&mut self, template: &Datum, span: Span) -> ExprId {
        match self.template(template, 1) {
            Part::Constant => self.node(Expr::Quote(template.clone()), span),
            Part::Made(made) => made,
            Part::Spliced(_) => self.error("`unquote-splicing` outside of a list", template.span),
        }
    }

    fn template(&mut self, template: &Datum, level: usize) -> Part {
        stacker::maybe_grow(RED_ZONE, SEGMENT, || match &template.kind {
            DatumKind::List(items) => self.list_template(items, level, template.span, true),
            DatumKind::Dotted(items, tail) => {
                // The tail is an atom, and every atom of a template is constant.
                let parts = self.parts(items, level);
                self.build(items, parts, (**tail).clone(), template.span)
            }
            _ => Part::Constant,
        })
    }

    /// A list, or a tail of one if not `whole`; `(a . ,b)` reads as `(a unquote b)`.
    fn list_template(&mut self, items: &[Datum], level: usize, span: Span, whole: bool) -> Part {
        if let [keyword, operands @ ..] = items
            && let Some(name) = keyword.as_symbol()
            && (whole || operands.len() == 1)
        {
            let change = match &**name {
                "quasiquote" => Some(level + 1),
                "unquote" | "unquote-splicing" => Some(level - 1),
                _ => None,
            };
            match (change, operands) {
                (Some(0), [operand]) => {
                    let made = self.expr(operand, None);
                    return match &**name {
                        "unquote" => Part::Made(made),
                        _ if whole => Part::Spliced(made),
                        _ => Part::Made(self.error("`unquote-splicing` cannot make the tail of a list", span)),
                    };
                }
                (Some(0), _) => return Part::Made(self.malformed(name, WRITTEN, span)),
                (Some(level), [operand]) => {
                    let parts = vec![Part::Constant, self.template(operand, level)];
                    return self.build(items, parts, nil(span), span);
                }
                _ => {}
            }
        }
        // The head of a dotted pair whose tail is unquoted.
        if let [front @ .., keyword, _] = items
            && !front.is_empty()
            && keyword.as_symbol().is_some_and(|name| matches!(&**name, "unquote" | "unquote-splicing" | "quasiquote"))
        {
            let mut parts = self.parts(front, level);
            let tail = &items[front.len()..];
            return match self.list_template(tail, level, keyword.span.to(tail[1].span), false) {
                Part::Constant => {
                    parts.extend([Part::Constant, Part::Constant]);
                    self.build(items, parts, nil(span), span)
                }
                Part::Made(tail) | Part::Spliced(tail) => Part::Made(self.join(front, parts, tail, span)),
            };
        }
        let parts = self.parts(items, level);
        self.build(items, parts, nil(span), span)
    }

    fn parts(&mut self, items: &[Datum], level: usize) -> Vec<Part> {
        items.iter().map(|item| self.template(item, level)).collect()
    }

    /// The list of the parts with a constant tail.
    fn build(&mut self, items: &[Datum], mut parts: Vec<Part>, tail: Datum, span: Span) -> Part {
        let made = parts.iter().rposition(|part| !matches!(part, Part::Constant)).map_or(0, |last| last + 1);
        if made == 0 {
            return Part::Constant;
        }
        parts.truncate(made);
        let rest = items[made..].to_vec();
        let tail = match (&tail.kind, rest.is_empty()) {
            (_, true) => tail,
            (DatumKind::List(_), false) => Datum::new(DatumKind::List(rest), span),
            (_, false) => Datum::new(DatumKind::Dotted(rest, Box::new(tail)), span),
        };
        let tail = self.node(Expr::Quote(tail), span);
        Part::Made(self.join(&items[..made], parts, tail, span))
    }

    /// The parts in front of `tail`.
    fn join(&mut self, items: &[Datum], parts: Vec<Part>, tail: ExprId, span: Span) -> ExprId {
        items.iter().zip(parts).rev().fold(tail, |rest, (item, part)| match part {
            Part::Constant => {
                let element = self.node(Expr::Quote(item.clone()), item.span);
                self.op(Op::Cons, &[element, rest], span)
            }
            Part::Made(element) => self.op(Op::Cons, &[element, rest], span),
            Part::Spliced(list) => {
                let append = self.node(Expr::Library("append".into()), item.span);
                self.node(Expr::Call(append, vec![list, rest]), span)
            }
        })
    }
}

fn nil(span: Span) -> Datum {
    Datum::new(DatumKind::List(Vec::new()), span)
}
