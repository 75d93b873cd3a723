//! The inputs of a program: free names, `param` forms, learned literals; and `param` itself.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::core::{Expr, ExprId, Input, InputId};
use super::expander::{Dialect, Expander};
use crate::reader::{Datum, DatumKind, Diagnostic, DiagnosticKind, Position, Span};

/// An input whose name may not be known yet.
struct Draft {
    /// `None`: a `param` without a name, which gets its number when all of them are known.
    name: Option<Arc<str>>,
    span: Span,
    /// `None`: a free name.
    start: Option<f64>,
}

/// The inputs found so far, by [`InputId`] in order of discovery.
#[derive(Default)]
pub(super) struct Inputs {
    drafts: Vec<Draft>,
    free: HashMap<Arc<str>, InputId>,
    /// Names from outside that occur in the program: vectors and matrices.
    mentioned: HashSet<Arc<str>>,
}

impl Inputs {
    fn add(&mut self, name: Option<Arc<str>>, start: Option<f64>, span: Span) -> InputId {
        self.drafts.push(Draft { name, span, start });
        InputId(self.drafts.len() as u32 - 1)
    }

    /// The input of a free name that occurs at `span`.
    pub fn free(&mut self, name: &Arc<str>, span: Span) -> InputId {
        if let Some(&input) = self.free.get(name) {
            // Expansion does not always go from left to right (a `do` with steps).
            let draft = &mut self.drafts[input.0 as usize];
            if span.start < draft.span.start {
                draft.span = span;
            }
            return input;
        }
        let input = self.add(Some(name.clone()), None, span);
        self.free.insert(name.clone(), input);
        input
    }

    /// The input of a learned literal.
    pub fn learned(&mut self, place: Position, start: f64, span: Span) -> InputId {
        self.add(Some(format!("l{}_{}", place.line, place.column).into()), Some(start), span)
    }

    /// The input that is an element of a vector or matrix, which occurs first at `span`.
    pub fn element(&mut self, name: Arc<str>, span: Span) -> InputId {
        self.add(Some(name), None, span)
    }

    /// Notes that a constant of the run occurs free.
    pub fn mention(&mut self, name: &Arc<str>) {
        self.mentioned.insert(name.clone());
    }

    /// The inputs in order of first occurrence, where each draft went, and the names that clash with each other or with a constant.
    pub fn finish(self, is_constant: impl Fn(&str) -> bool) -> (Vec<Input>, Vec<InputId>, Vec<Diagnostic>) {
        let mut sorted: Vec<usize> = (0..self.drafts.len()).collect();
        sorted.sort_by_key(|&index| self.drafts[index].span.start);
        let mut order = vec![InputId(0); self.drafts.len()];
        let (mut inputs, mut clashes) = (Vec::new(), Vec::new());
        let (mut numbered, mut parameters) = (0, HashSet::new());
        for index in sorted {
            let draft = &self.drafts[index];
            let name = draft.name.clone().unwrap_or_else(|| {
                numbered += 1;
                format!("p{numbered}").into()
            });
            if draft.start.is_some() {
                let clash = if is_constant(&name) {
                    Some(format!(
                        "the parameter `{name}` has the name of a constant, which is bound before the program runs"
                    ))
                } else if self.free.contains_key(&name) || self.mentioned.contains(&name) {
                    Some(format!("the parameter `{name}` has the name of a free name of the program"))
                } else if !parameters.insert(name.clone()) {
                    Some(format!("there are two parameters named `{name}`"))
                } else {
                    None
                };
                clashes.extend(clash.map(|message| Diagnostic::new(DiagnosticKind::Expand, message, draft.span)));
            }
            order[index] = InputId(inputs.len() as u32);
            inputs.push(Input { name, span: draft.span, start: draft.start });
        }
        (inputs, order, clashes)
    }
}

impl Expander<'_> {
    /// `(param start)`, `(param 'name start)`.
    pub fn param(&mut self, operands: &[Datum], span: Span) -> ExprId {
        let (name, start) = match operands {
            [start] => (None, number(start)),
            [name, start] => match quoted_symbol(name) {
                Some(name) => (Some(name.clone()), number(start)),
                None => (None, None),
            },
            _ => (None, None),
        };
        if matches!(self.dialect, Dialect::Module(_)) {
            return self.error("a file of procedures has no inputs", span);
        }
        match start {
            Some(start) => {
                let input = self.inputs.add(name, Some(start), span);
                self.node(Expr::Input(input), span)
            }
            None => self.malformed("param", "(param 2.5)` or `(param 'k 2.5)", span),
        }
    }
}

fn number(datum: &Datum) -> Option<f64> {
    match datum.kind {
        DatumKind::Int(int) => Some(int.into()),
        DatumKind::Float(float) => Some(float),
        _ => None,
    }
}

fn quoted_symbol(datum: &Datum) -> Option<&Arc<str>> {
    match datum.as_list()? {
        [quote, symbol] if quote.as_symbol().is_some_and(|name| &**name == "quote") => symbol.as_symbol(),
        _ => None,
    }
}
