//! Bodies and the top level: definitions are gathered, expanded in one scope, and tied together.

use std::collections::HashSet;
use std::sync::Arc;

use super::core::{Expr, ExprId, VarId};
use super::expander::{Expander, RED_ZONE, SEGMENT, Tail};
use super::scope::Binding;
use crate::reader::{Datum, DatumKind, Diagnostic, DiagnosticKind, Span};

/// Formals of a procedure, not yet checked.
#[derive(Clone, Copy)]
pub(super) struct Formals<'d> {
    pub required: &'d [Datum],
    pub rest: Option<&'d Datum>,
}

/// What a definition defines its name as.
pub(super) enum Init<'d> {
    Expr(&'d Datum),
    Procedure {
        formals: Formals<'d>,
        body: &'d [Datum],
    },
    /// An error was reported; the name still exists, so that its uses are no errors.
    Broken,
}

/// A form of a body.
pub(super) enum Item<'d> {
    Define { name: &'d Datum, init: Init<'d>, span: Span },
    Expr(&'d Datum),
}

/// What follows the definitions of a group.
#[derive(Clone, Copy)]
pub(super) enum Rest<'d> {
    Expr(&'d Datum),
    Body(&'d [Datum]),
    /// The value of this item of the group, an expression.
    Item(usize),
    /// An error was reported.
    Nothing,
}

/// Definitions whose scope is open: who reads which of them.
#[derive(Default)]
pub(super) struct Group {
    /// The item being expanded; past the last one while the rest is.
    current: usize,
    /// Reader, item read, node that reads it.
    pub reads: Vec<(usize, usize, ExprId)>,
}

impl Group {
    /// Notes that `node` reads `item`.
    pub fn reads(&mut self, item: usize, node: ExprId) {
        self.reads.push((self.current, item, node));
    }
}

/// The forms of a body, sorted.
#[derive(Default)]
struct Gathered<'d> {
    items: Vec<Item<'d>>,
    /// The names defined so far: from there on they are no keywords.
    defined: HashSet<&'d str>,
    /// Has there been an expression?
    expressions: bool,
}

impl<'d> Gathered<'d> {
    fn define(&mut self, name: &'d Datum, init: Init<'d>, span: Span) {
        self.defined.extend(name.as_symbol().map(|name| &**name));
        self.items.push(Item::Define { name, init, span });
    }

    fn expression(&mut self, form: &'d Datum) {
        self.expressions = true;
        self.items.push(Item::Expr(form));
    }
}

const DEFINE: &str = "(define name expression)` or `(define (name formal …) body …)";

impl Expander<'_> {
    /// The forms of a program.
    pub fn top_level(&mut self, forms: &[Datum], whole: Span) -> ExprId {
        self.forms(forms, whole, None, true)
    }

    /// The body of a procedure, a `let`…; never empty (the caller has seen to that).
    pub fn body(&mut self, forms: &[Datum], whole: Span, tail: Tail) -> ExprId {
        match forms {
            // Most bodies: nothing to define.
            [only] if only.as_list().is_none() => self.expr(only, tail),
            _ => self.forms(forms, whole, tail, false),
        }
    }

    fn forms(&mut self, forms: &[Datum], whole: Span, tail: Tail, top: bool) -> ExprId {
        let mut found = Gathered::default();
        self.gather(forms, top, &mut found);
        let mut items = found.items;
        if top {
            self.defined_outside(&items);
        }
        let rest = match items.last() {
            Some(&Item::Expr(datum)) => {
                items.pop();
                Rest::Expr(datum)
            }
            Some(Item::Define { init: Init::Broken, .. }) => Rest::Nothing,
            // A program's value is that of its last expression, wherever its definitions stand.
            Some(Item::Define { span, .. }) => match items.iter().rposition(|item| matches!(item, Item::Expr(_))) {
                Some(item) if top => Rest::Item(item),
                _ => {
                    let message =
                        format!("{} ends with a definition, and no expression gives its value", kind_of_body(top));
                    self.error(message, *span);
                    Rest::Nothing
                }
            },
            None => {
                self.error(format!("{} has no expression", kind_of_body(top)), whole);
                Rest::Nothing
            }
        };
        self.group(&items, rest, whole, tail, false)
    }

    /// Refuses to define at the top level what a constant of the run defines there already.
    fn defined_outside(&mut self, items: &[Item<'_>]) {
        for item in items {
            let Item::Define { name, init: Init::Expr(_) | Init::Procedure { .. }, .. } = item else { continue };
            if let Some(text) = name.as_symbol()
                && let Some(Binding::Constant(_)) = self.scope.lookup(text)
            {
                let message = format!("`{text}` is defined twice");
                self.diagnostics.push(
                    Diagnostic::new(DiagnosticKind::Expand, message, name.span)
                        .with_help("a constant of that name is bound before the program runs"),
                );
            }
        }
    }

    /// Sorts forms into definitions and expressions; the forms of a `begin` count as the body's own.
    fn gather<'d>(&mut self, forms: &'d [Datum], top: bool, found: &mut Gathered<'d>) {
        for form in forms {
            let Some([head, operands @ ..]) = form.as_list() else {
                found.expression(form);
                continue;
            };
            let keyword = head.as_symbol().map_or("", |name| &**name);
            if self.scope.lookup(keyword).is_some() || found.defined.contains(keyword) {
                found.expression(form);
                continue;
            }
            match keyword {
                "begin" if top || !operands.is_empty() => {
                    stacker::maybe_grow(RED_ZONE, SEGMENT, || self.gather(operands, top, found));
                }
                "define" => {
                    if !top && found.expressions {
                        self.error("definitions stand at the head of a body, before its expressions", form.span);
                    }
                    if let Some((name, init)) = self.definition_form(operands, form.span) {
                        found.define(name, init, form.span);
                    }
                }
                // Not in the language, which is reported when the form is expanded; what they would define is not
                // reported too.
                "define-syntax" | "define-values" | "define-record-type" => {
                    let names =
                        if keyword == "define-record-type" { operands } else { &operands[..operands.len().min(1)] };
                    symbols(names).into_iter().for_each(|name| found.define(name, Init::Broken, form.span));
                    found.expression(form);
                }
                _ => found.expression(form),
            }
        }
    }

    fn definition_form<'d>(&mut self, operands: &'d [Datum], span: Span) -> Option<(&'d Datum, Init<'d>)> {
        let (target, rest) = match operands {
            [target, rest @ ..] => (target, rest),
            [] => {
                self.malformed("define", DEFINE, span);
                return None;
            }
        };
        let (name, init) = match &target.kind {
            DatumKind::Symbol(_) => match rest {
                [init] => (target, Init::Expr(init)),
                _ => (target, Init::Broken),
            },
            DatumKind::List(head) if !head.is_empty() => {
                (&head[0], Init::Procedure { formals: Formals { required: &head[1..], rest: None }, body: rest })
            }
            DatumKind::Dotted(head, tail) => {
                let formals = Formals { required: &head[1..], rest: Some(tail) };
                (&head[0], Init::Procedure { formals, body: rest })
            }
            _ => (target, Init::Broken),
        };
        let init = if matches!(init, Init::Procedure { body: [], .. }) { Init::Broken } else { init };
        if name.as_symbol().is_none() || matches!(init, Init::Broken) {
            self.malformed("define", DEFINE, span);
        }
        name.as_symbol().map(|_| (name, init))
    }

    /// Definitions in the scope of all of them, in order, with expressions between; then the rest. `together`: none of
    /// their values exists before the last of them has been computed.
    pub fn group(&mut self, items: &[Item<'_>], rest: Rest<'_>, whole: Span, tail: Tail, together: bool) -> ExprId {
        if items.iter().all(|item| matches!(item, Item::Expr(_))) {
            let steps = items.iter().filter_map(|item| match item {
                Item::Expr(datum) => Some(self.expr(datum, None)),
                Item::Define { .. } => None,
            });
            let steps: Vec<ExprId> = steps.collect();
            let last = self.rest(rest, whole, tail);
            return self.steps(steps, last);
        }
        let mark = self.scope.mark();
        let group = self.groups.len();
        self.groups.push(Group::default());
        let mut seen = HashSet::new();
        let mut variables: Vec<VarId> = Vec::with_capacity(items.len());
        for (item, form) in items.iter().enumerate() {
            let Item::Define { name, init, .. } = form else {
                variables.push(self.variable("_"));
                continue;
            };
            let name_text = name.as_symbol().cloned().unwrap_or_else(|| Arc::from("_"));
            let variable = self.definition(name_text.clone());
            variables.push(variable);
            if seen.insert(name_text.clone()) {
                self.scope.bind(&name_text, Binding::Defined { group, item, variable });
            } else if !matches!(init, Init::Broken) {
                self.error(format!("`{name_text}` is defined twice"), name.span);
            }
        }
        let mut inits = Vec::with_capacity(items.len());
        for (item, form) in items.iter().enumerate() {
            self.groups[group].current = item;
            inits.push(self.init(form));
        }
        self.groups[group].current = items.len();
        let last = match rest {
            Rest::Item(item) => {
                let span = self.nodes[inits[item].0 as usize].span;
                self.node(Expr::Local(variables[item]), span)
            }
            _ => self.rest(rest, whole, tail),
        };
        self.scope.reset(mark);
        let reads = self.groups.pop().unwrap_or_default().reads;
        self.tie(&variables, &inits, &reads, last, together)
    }

    fn init(&mut self, form: &Item<'_>) -> ExprId {
        match form {
            Item::Expr(datum) => self.expr(datum, None),
            Item::Define { name, init, span } => match init {
                Init::Expr(datum) => {
                    let init = self.expr(datum, None);
                    if let Some(name) = name.as_symbol() {
                        self.name_procedure(init, name);
                    }
                    init
                }
                Init::Procedure { formals, body } => self.procedure(*formals, body, *span, name.as_symbol().cloned()),
                Init::Broken => self.placeholder(*span),
            },
        }
    }

    fn rest(&mut self, rest: Rest<'_>, whole: Span, tail: Tail) -> ExprId {
        match rest {
            Rest::Expr(datum) => self.expr(datum, tail),
            Rest::Body(forms) => self.body(forms, whole, tail),
            Rest::Item(_) | Rest::Nothing => self.placeholder(whole),
        }
    }

    /// Expressions of which the last gives the value; never empty.
    pub fn sequence(&mut self, forms: &[Datum], whole: Span, tail: Tail) -> ExprId {
        let Some((last, before)) = forms.split_last() else {
            return self.error("an expression is missing", whole);
        };
        let steps = self.operands(before);
        let last = self.expr(last, tail);
        self.steps(steps, last)
    }

    /// `steps` for nothing, then `last`.
    pub fn steps(&mut self, steps: Vec<ExprId>, last: ExprId) -> ExprId {
        steps.into_iter().rev().fold(last, |rest, step| {
            let unread = self.variable("_");
            let span = self.nodes[step.0 as usize].span;
            self.node(Expr::Let(vec![(unread, step)], rest), span)
        })
    }
}

fn kind_of_body(top: bool) -> &'static str {
    if top { "a program" } else { "a body" }
}

/// The symbols in `data`, once each.
fn symbols(data: &[Datum]) -> Vec<&Datum> {
    let mut pending: Vec<&Datum> = data.iter().collect();
    let (mut seen, mut symbols) = (HashSet::new(), Vec::new());
    while let Some(datum) = pending.pop() {
        match &datum.kind {
            DatumKind::Symbol(name) if seen.insert(name) => symbols.push(datum),
            DatumKind::List(elements) => pending.extend(elements),
            DatumKind::Dotted(elements, tail) => {
                pending.extend(elements);
                pending.push(tail);
            }
            _ => {}
        }
    }
    symbols
}
