//! Forms that bind: `lambda`, `let`, `let*`, `letrec`.

use std::collections::HashSet;
use std::sync::Arc;

use super::body::{Formals, Init, Item, Rest};
use super::build::Lets;
use super::core::{Expr, ExprId, Lambda, VarId};
use super::expander::{Expander, Tail};
use crate::reader::{Datum, DatumKind, Span};

/// A `(name init)` of a `let`; the init is missing where an error was reported.
#[derive(Clone, Copy)]
pub(super) struct Pair<'d> {
    pub name: &'d Datum,
    pub init: Option<&'d Datum>,
    /// More data in the parentheses, which only `do` allows.
    pub more: &'d [Datum],
}

impl Expander<'_> {
    /// `(lambda formals body …)`.
    pub fn lambda_form(&mut self, operands: &[Datum], span: Span) -> ExprId {
        let (formals, body) = match operands {
            [formals, body @ ..] if !body.is_empty() => (formals, body),
            _ => return self.malformed("lambda", "(lambda (formal …) body …)", span),
        };
        let formals = match &formals.kind {
            DatumKind::Symbol(_) => Formals { required: &[], rest: Some(formals) },
            DatumKind::List(required) => Formals { required, rest: None },
            DatumKind::Dotted(required, rest) => Formals { required, rest: Some(rest) },
            _ => return self.malformed("lambda", "(lambda (formal …) body …)", span),
        };
        self.procedure(formals, body, span, None)
    }

    /// A procedure; `body` is not empty.
    pub fn procedure(&mut self, formals: Formals<'_>, body: &[Datum], span: Span, name: Option<Arc<str>>) -> ExprId {
        let mark = self.scope.mark();
        self.distinct(formals.required.iter().chain(formals.rest), "formals");
        let params = self.bind_symbols(formals.required.iter());
        let rest = self.bind_symbols(formals.rest.into_iter()).pop();
        let body = self.body(body, span, None);
        self.scope.reset(mark);
        self.node(Expr::Lambda(Lambda { name, params, rest, body }), span)
    }

    /// Binds each symbol; what is none has been reported by [`Self::distinct`].
    fn bind_symbols<'d>(&mut self, symbols: impl Iterator<Item = &'d Datum>) -> Vec<VarId> {
        symbols.filter(|symbol| symbol.as_symbol().is_some()).map(|symbol| self.bind_symbol(symbol)).collect()
    }

    /// Reports names that are no symbols or occur twice.
    pub fn distinct<'d>(&mut self, names: impl Iterator<Item = &'d Datum>, of: &str) {
        let mut seen = HashSet::new();
        for datum in names {
            match datum.as_symbol() {
                None => {
                    self.error(format!("`{datum}` is no name that {of} could bind"), datum.span);
                }
                Some(name) if !seen.insert(name) => {
                    self.error(format!("`{name}` occurs twice in these {of}"), datum.span);
                }
                Some(_) => {}
            }
        }
    }

    /// The `((name init) …)` of `form`, or `None` where it is no list; errors are reported.
    pub fn pairs<'d>(&mut self, form: &str, written: &str, bindings: &'d Datum, step: bool) -> Option<Vec<Pair<'d>>> {
        let Some(bindings) = bindings.as_list() else {
            self.malformed(form, written, bindings.span);
            return None;
        };
        let mut pairs = Vec::with_capacity(bindings.len());
        let mut reported = false;
        for binding in bindings {
            let (name, init, more) = match binding.as_list() {
                Some([name, init]) => (name, Some(init), &[][..]),
                Some([name, init, more]) if step => (name, Some(init), std::slice::from_ref(more)),
                Some([name, ..]) => (name, None, &[][..]),
                _ => (binding, None, &[][..]),
            };
            // Once for the list: `(let (x 1) …)` is one slip.
            if init.is_none() && !reported {
                self.malformed(form, written, binding.span);
                reported = true;
            }
            if name.as_symbol().is_some() {
                pairs.push(Pair { name, init, more });
            } else if init.is_some() {
                self.error(format!("`{name}` is no name that a `{form}` could bind"), name.span);
            }
        }
        Some(pairs)
    }

    /// The init of a binding, in the present scope.
    pub fn pair_init(&mut self, pair: &Pair<'_>) -> ExprId {
        let Some(init) = pair.init else { return self.placeholder(pair.name.span) };
        let init = self.expr(init, None);
        if let Some(name) = pair.name.as_symbol() {
            self.name_procedure(init, name);
        }
        init
    }

    /// `(let ((name init) …) body …)`, and the named `let`.
    pub fn let_form(&mut self, operands: &[Datum], span: Span, tail: Tail) -> ExprId {
        const WRITTEN: &str = "(let ((name init) …) body …)";
        if let [name, bindings, body @ ..] = operands
            && name.as_symbol().is_some()
        {
            return self.named_let(name, bindings, body, span);
        }
        let (bindings, body) = match operands {
            [bindings, body @ ..] if !body.is_empty() => (bindings, body),
            _ => return self.malformed("let", WRITTEN, span),
        };
        let Some(pairs) = self.pairs("let", WRITTEN, bindings, false) else { return self.placeholder(span) };
        self.distinct(pairs.iter().map(|pair| pair.name), "bindings");
        let inits: Vec<ExprId> = pairs.iter().map(|pair| self.pair_init(pair)).collect();
        let mark = self.scope.mark();
        let variables = self.bind_symbols(pairs.iter().map(|pair| pair.name));
        let body = self.body(body, span, tail);
        self.scope.reset(mark);
        self.bind(variables.into_iter().zip(inits).collect(), body, span)
    }

    /// `(let* ((name init) …) body …)`.
    pub fn let_star(&mut self, operands: &[Datum], span: Span, tail: Tail) -> ExprId {
        const WRITTEN: &str = "(let* ((name init) …) body …)";
        let (bindings, body) = match operands {
            [bindings, body @ ..] if !body.is_empty() => (bindings, body),
            _ => return self.malformed("let*", WRITTEN, span),
        };
        let Some(pairs) = self.pairs("let*", WRITTEN, bindings, false) else { return self.placeholder(span) };
        let mark = self.scope.mark();
        let mut lets: Lets = Vec::with_capacity(pairs.len());
        for pair in &pairs {
            let init = self.pair_init(pair);
            lets.push((self.bind_symbol(pair.name), init));
        }
        let body = self.body(body, span, tail);
        self.scope.reset(mark);
        lets.into_iter().rev().fold(body, |body, binding| self.node(Expr::Let(vec![binding], body), span))
    }

    /// `(letrec ((name init) …) body …)` and `letrec*`, which mean the same here: inits run in order.
    pub fn letrec(&mut self, form: &str, operands: &[Datum], span: Span, tail: Tail) -> ExprId {
        let written = "(letrec ((name init) …) body …)";
        let (bindings, body) = match operands {
            [bindings, body @ ..] if !body.is_empty() => (bindings, body),
            _ => return self.malformed(form, written, span),
        };
        let Some(pairs) = self.pairs(form, written, bindings, false) else { return self.placeholder(span) };
        let items: Vec<Item<'_>> = pairs
            .iter()
            .map(|pair| Item::Define {
                name: pair.name,
                init: pair.init.map_or(Init::Broken, Init::Expr),
                span: pair.name.span,
            })
            .collect();
        self.group(&items, Rest::Body(body), span, tail, form == "letrec")
    }
}
