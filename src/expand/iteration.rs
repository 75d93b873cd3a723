//! Forms that repeat: the named `let`, `do`, `loop` and `recur`. Each becomes a procedure in a `Fix` and a call to it.

use std::sync::Arc;

use super::binding::Pair;
use super::core::{Expr, ExprId, Lambda, VarId};
use super::expander::{Expander, Loop, Tail};
use super::scope::Binding;
use crate::reader::{Datum, Span, counted};

impl Expander<'_> {
    /// `(let name ((formal init) …) body …)`.
    pub fn named_let(&mut self, name: &Datum, bindings: &Datum, body: &[Datum], span: Span) -> ExprId {
        const WRITTEN: &str = "(let name ((formal init) …) body …)";
        if body.is_empty() {
            return self.malformed("let", WRITTEN, span);
        }
        let Some(pairs) = self.pairs("let", WRITTEN, bindings, false) else { return self.placeholder(span) };
        let Some(label) = name.as_symbol() else { return self.malformed("let", WRITTEN, span) };
        let inits = self.loop_inits(&pairs);
        let procedure = self.variable(label.clone());
        let mark = self.scope.mark();
        self.scope.bind(label, Binding::Local(procedure));
        let params: Vec<VarId> = pairs.iter().map(|pair| self.bind_symbol(pair.name)).collect();
        let body = self.body(body, span, None);
        self.scope.reset(mark);
        self.iterate(procedure, params, body, inits, span)
    }

    /// `(loop ((formal init) …) body …)`.
    pub fn loop_form(&mut self, operands: &[Datum], span: Span) -> ExprId {
        const WRITTEN: &str = "(loop ((formal init) …) body …)";
        let (bindings, body) = match operands {
            [bindings, body @ ..] if !body.is_empty() => (bindings, body),
            _ => return self.malformed("loop", WRITTEN, span),
        };
        let Some(pairs) = self.pairs("loop", WRITTEN, bindings, false) else { return self.placeholder(span) };
        let inits = self.loop_inits(&pairs);
        let variable = self.variable("loop");
        let mark = self.scope.mark();
        let params: Vec<VarId> = pairs.iter().map(|pair| self.bind_symbol(pair.name)).collect();
        self.loops.push(Loop { variable, count: params.len() });
        let body = self.body(body, span, Some(self.loops.len() - 1));
        self.loops.pop();
        self.scope.reset(mark);
        self.iterate(variable, params, body, inits, span)
    }

    /// `(recur operand …)`, where `tail` is the loop of which it stands in tail position.
    pub fn recur(&mut self, operands: &[Datum], span: Span, tail: Tail) -> ExprId {
        let values = self.operands(operands);
        let Some(target) = tail.and_then(|index| self.loops.get(index).copied()) else {
            return if self.loops.is_empty() {
                self.error("a `recur` outside of a `loop`", span)
            } else {
                self.error("this `recur` is not in tail position of its `loop`", span)
            };
        };
        if values.len() != target.count {
            let wanted = counted(target.count, "variable", "variables");
            let found = counted(values.len(), "operand", "operands");
            return self.error(format!("this `loop` has {wanted}, and its `recur` {found}"), span);
        }
        let operator = self.node(Expr::Local(target.variable), span);
        self.node(Expr::Call(operator, values), span)
    }

    /// `(do ((name init step) …) (test result …) command …)`; a step may be missing.
    pub fn do_form(&mut self, operands: &[Datum], span: Span, tail: Tail) -> ExprId {
        const WRITTEN: &str = "(do ((name init step) …) (test result …) command …)";
        let [bindings, clause, commands @ ..] = operands else { return self.malformed("do", WRITTEN, span) };
        let Some([test, results @ ..]) = clause.as_list() else { return self.malformed("do", WRITTEN, clause.span) };
        let Some(pairs) = self.pairs("do", WRITTEN, bindings, true) else { return self.placeholder(span) };
        let inits = self.loop_inits(&pairs);
        let variable = self.variable("do");
        let mark = self.scope.mark();
        let params: Vec<VarId> = pairs.iter().map(|pair| self.bind_symbol(pair.name)).collect();
        let test = self.expr(test, None);
        let result = match results {
            [] => self.placeholder(clause.span),
            _ => self.sequence(results, clause.span, tail),
        };
        let commands = self.operands(commands);
        let steps: Vec<ExprId> = pairs
            .iter()
            .zip(&params)
            .map(|(pair, &param)| match pair.more {
                [step] => self.expr(step, None),
                _ => self.node(Expr::Local(param), pair.name.span),
            })
            .collect();
        self.scope.reset(mark);
        let operator = self.node(Expr::Local(variable), span);
        let again = self.node(Expr::Call(operator, steps), span);
        let again = self.steps(commands, again);
        let body = self.node(Expr::If(test, result, again), span);
        self.iterate(variable, params, body, inits, span)
    }

    fn loop_inits(&mut self, pairs: &[Pair<'_>]) -> Vec<ExprId> {
        self.distinct(pairs.iter().map(|pair| pair.name), "bindings");
        pairs.iter().map(|pair| self.pair_init(pair)).collect()
    }

    /// The procedure `variable`, called with `inits`.
    fn iterate(&mut self, variable: VarId, params: Vec<VarId>, body: ExprId, inits: Vec<ExprId>, span: Span) -> ExprId {
        let name: Option<Arc<str>> = Some(self.variables[variable.0 as usize].clone());
        let procedure = self.node(Expr::Lambda(Lambda { name, params, rest: None, body }), span);
        let operator = self.node(Expr::Local(variable), span);
        let call = self.node(Expr::Call(operator, inits), span);
        self.node(Expr::Fix(vec![(variable, procedure)], call), span)
    }
}
