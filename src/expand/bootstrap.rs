//! The bootstrap dialect: the forms that speak to the machine, and files of procedures.

use std::collections::HashSet;
use std::sync::Arc;

use super::body::Formals;
use super::core::{Expr, ExprId};
use super::expander::{Dialect, Expander};
use super::library::Form;
use crate::reader::{Datum, DatumKind, Span};

const DEFINITION: &str = "(define (name formal …) body …)` or `(define name (lambda formals body …))";

impl Expander<'_> {
    /// `(%apply f list)`, `(%pending application)`, `(%op1 id a)`, `(%op2 id a b)`.
    pub fn machine_form(&mut self, form: Form, name: &str, operands: &[Datum], span: Span) -> ExprId {
        let values = self.operands(operands);
        let expr = match (form, &values[..]) {
            (Form::Apply, &[procedure, list]) => Expr::Apply(procedure, list),
            (Form::Pending, &[call]) => {
                if !matches!(self.nodes[call.0 as usize].expr, Expr::Call(..) | Expr::Apply(..)) {
                    return self.error("the operand of `%pending` is an application of a procedure", span);
                }
                Expr::Pending(call)
            }
            (Form::Op1, [_, _]) | (Form::Op2, [_, _, _]) => Expr::Dynamic(values),
            _ => {
                let written = "(%apply f list)`, `(%pending application)`, `(%op1 id a)` or `(%op2 id a b)";
                return self.malformed(name, written, span);
            }
        };
        self.node(expr, span)
    }

    /// The top-level definitions of a file of procedures.
    pub fn procedures(&mut self, forms: &[Datum]) -> Vec<(Arc<str>, ExprId)> {
        let targets: Vec<Option<&Datum>> = forms.iter().map(|form| self.defined_procedure(form)).collect();
        let mut seen = HashSet::new();
        for target in targets.iter().flatten() {
            if let Some(name) = target.as_symbol()
                && !seen.insert(name.clone())
            {
                self.error(format!("`{name}` is defined twice"), target.span);
            }
        }
        if let Dialect::Module(names) = &mut self.dialect {
            names.extend(seen);
        }
        let mut definitions = Vec::with_capacity(forms.len());
        for (form, target) in forms.iter().zip(targets) {
            if let Some(name) = target.and_then(Datum::as_symbol)
                && let Some(procedure) = self.definition_of(form, name)
            {
                definitions.push((name.clone(), procedure));
            }
        }
        definitions
    }

    /// The name that a top-level form defines as a procedure; anything else is reported.
    fn defined_procedure<'d>(&mut self, form: &'d Datum) -> Option<&'d Datum> {
        if let Some([define, target, body @ ..]) = form.as_list()
            && self.is_keyword(define, "define")
            && !body.is_empty()
        {
            let name = match &target.kind {
                DatumKind::Symbol(_) if matches!(body, [init] if self.is_lambda(init)) => Some(target),
                DatumKind::List(head) => head.first(),
                DatumKind::Dotted(head, _) => head.first(),
                _ => None,
            };
            if let Some(name) = name.filter(|name| name.as_symbol().is_some()) {
                return Some(name);
            }
        }
        self.malformed("define", DEFINITION, form.span);
        None
    }

    fn is_lambda(&self, init: &Datum) -> bool {
        init.as_list().and_then(<[Datum]>::first).is_some_and(|head| self.is_keyword(head, "lambda"))
    }

    fn definition_of(&mut self, form: &Datum, name: &Arc<str>) -> Option<ExprId> {
        let [_, target, body @ ..] = form.as_list()? else { return None };
        let formals = match (&target.kind, body) {
            (DatumKind::Symbol(_), [lambda]) => {
                let procedure = self.expr(lambda, None);
                self.name_procedure(procedure, name);
                return Some(procedure);
            }
            (DatumKind::List(head), _) => Formals { required: &head[1..], rest: None },
            (DatumKind::Dotted(head, rest), _) => Formals { required: &head[1..], rest: Some(rest) },
            _ => return None,
        };
        Some(self.procedure(formals, body, form.span, Some(name.clone())))
    }
}
