//! The derived forms.

use super::Place;
use super::expand::{Expanded, Expander, Scope, Tail};
use super::reader::{Datum, Kind};
use super::syntax::{Expr, ExprId};
use super::value::Value;

impl Expander<'_> {
    pub fn derived(&mut self, keyword: &str, items: &[Datum], at: Place, scope: &Scope, tail: Tail) -> Expanded {
        match (keyword, items) {
            ("and", _) => {
                let ids = self.last_in_tail(items, scope, tail)?;
                Ok(self.add(Expr::And(ids), at))
            }
            ("or", _) => {
                let ids = self.last_in_tail(items, scope, tail)?;
                Ok(self.add(Expr::Or(ids), at))
            }
            ("when" | "unless", [test, body @ ..]) => {
                let test = self.expr(test, scope, None)?;
                let body = self.sequence(body, at, scope, tail)?;
                let nothing = self.add(Expr::Const(Value::Unspecified), at);
                let (yes, no) = if keyword == "when" { (body, nothing) } else { (nothing, body) };
                Ok(self.add(Expr::If(test, yes, no), at))
            }
            ("cond", [_, ..]) => self.cond(items, at, scope, tail),
            ("case", [key, clauses @ ..]) => {
                let key = self.expr(key, scope, None)?;
                let first = self.variables(1);
                let body = self.case(first, clauses, at, scope, tail)?;
                Ok(self.add(Expr::Let { first, inits: vec![key], body }, at))
            }
            ("let", [Datum { kind: Kind::Symbol(_), .. }, bindings, body @ ..]) => {
                self.named_let(&items[0], bindings, body, at, scope)
            }
            ("let", [bindings, body @ ..]) => {
                let (targets, inits) = self.bindings(bindings)?;
                let names = self.names(targets)?;
                let inits = self.each(&inits, scope)?;
                let first = self.variables(names.len());
                let scope = self.inside(names, first, scope);
                let body = self.body(body, at, &scope, tail)?;
                Ok(self.add(Expr::Let { first, inits, body }, at))
            }
            ("let*", [bindings, body @ ..]) => {
                let (targets, inits) = self.bindings(bindings)?;
                self.let_star(&targets, &inits, body, at, scope, tail)
            }
            ("letrec" | "letrec*", [bindings, body @ ..]) => {
                let (targets, inits) = self.bindings(bindings)?;
                let names = self.names(targets)?;
                let count = names.len();
                let first = self.variables(count);
                let scope = self.inside(names, first, scope);
                let inits = self.each(&inits, &scope)?;
                let body = self.body(body, at, &scope, tail)?;
                if keyword == "letrec" {
                    return Ok(self.add(Expr::Letrec { first, inits, body }, at));
                }
                let mut items: Vec<_> = (first..).map(Some).zip(inits).collect();
                items.push((None, body));
                Ok(self.add(Expr::Block { first, count, items }, at))
            }
            ("do", [variables, exit, commands @ ..]) => self.do_loop(variables, exit, commands, at, scope),
            ("loop", [bindings, body @ ..]) => {
                let (targets, inits) = self.bindings(bindings)?;
                let names = self.names(targets)?;
                let inits = self.each(&inits, scope)?;
                let count = names.len();
                let first = self.variables(count);
                let scope = self.inside(names, first, scope);
                let body = self.body(body, at, &scope, Some((first, count)))?;
                Ok(self.add(Expr::Loop { first, inits, body }, at))
            }
            ("recur", values) => match tail {
                Some((first, count)) if count == values.len() => {
                    let values = self.exprs(values, scope)?;
                    Ok(self.add(Expr::Recur { first, values }, at))
                }
                Some((_, count)) => self.fail(at, format!("this loop's recur takes {count}")),
                None => self.fail(at, "recur must stand in tail position of a loop"),
            },
            ("soft-if", [gate, yes, no]) => {
                let parts = [self.expr(gate, scope, None)?, self.expr(yes, scope, None)?, self.expr(no, scope, None)?];
                Ok(self.add(Expr::SoftIf(parts), at))
            }
            ("soft-choice", [Datum { kind: Kind::List(choices), .. }, Datum { kind: Kind::List(weights), .. }])
                if choices.len() == weights.len() && !choices.is_empty() =>
            {
                let choices = self.exprs(choices, scope)?;
                let weights = self.exprs(weights, scope)?;
                Ok(self.add(Expr::SoftChoice(choices, weights), at))
            }
            ("param", items) => self.param(items, at),
            ("quasiquote", [template]) => self.template(template, 1, scope),
            _ => self.fail(at, format!("malformed {keyword}")),
        }
    }

    fn last_in_tail(&mut self, items: &[Datum], scope: &Scope, tail: Tail) -> Expanded<Vec<ExprId>> {
        let last = items.len().wrapping_sub(1);
        let position = |index| if index == last { tail } else { None };
        items.iter().enumerate().map(|(index, item)| self.expr(item, scope, position(index))).collect()
    }

    fn each(&mut self, data: &[&Datum], scope: &Scope) -> Expanded<Vec<ExprId>> {
        data.iter().map(|datum| self.expr(datum, scope, None)).collect()
    }

    /// Targets and inits of `((name init) …)`.
    fn bindings<'d>(&self, datum: &'d Datum) -> Expanded<(Vec<&'d Datum>, Vec<&'d Datum>)> {
        let Kind::List(bindings) = &datum.kind else {
            return self.fail(datum.at, "bindings are missing");
        };
        let parts = bindings.iter().map(|binding| match &binding.kind {
            Kind::List(parts) if parts.len() == 2 => Ok((&parts[0], &parts[1])),
            _ => self.fail(binding.at, "a binding is a name and an expression"),
        });
        parts.collect()
    }

    fn cond(&mut self, clauses: &[Datum], at: Place, scope: &Scope, tail: Tail) -> Expanded {
        let Some((clause, rest)) = clauses.split_first() else {
            return Ok(self.add(Expr::Const(Value::Unspecified), at));
        };
        let Kind::List(parts) = &clause.kind else {
            return self.fail(clause.at, "malformed clause");
        };
        let Some((test, body)) = parts.split_first() else {
            return self.fail(clause.at, "empty clause");
        };
        if self.keyword(test, scope) == Some("else") {
            if !rest.is_empty() {
                return self.fail(clause.at, "else must be the last clause");
            }
            return self.sequence(body, clause.at, scope, tail);
        }
        let test = self.expr(test, scope, None)?;
        if body.is_empty() {
            let rest = self.cond(rest, at, scope, tail)?;
            return Ok(self.add(Expr::Or(vec![test, rest]), clause.at));
        }
        if self.keyword(&body[0], scope) == Some("=>") {
            let [_, receiver] = body else {
                return self.fail(clause.at, "=> takes one expression");
            };
            let first = self.variables(1);
            let value = self.add(Expr::Local(first), clause.at);
            let receiver = self.expr(receiver, scope, None)?;
            let call = self.add(Expr::Call(receiver, vec![value]), clause.at);
            let rest = self.cond(rest, at, scope, tail)?;
            let body = self.add(Expr::If(value, call, rest), clause.at);
            return Ok(self.add(Expr::Let { first, inits: vec![test], body }, clause.at));
        }
        let body = self.sequence(body, clause.at, scope, tail)?;
        let rest = self.cond(rest, at, scope, tail)?;
        Ok(self.add(Expr::If(test, body, rest), clause.at))
    }

    /// The clauses of a `case` whose key is the variable `key`.
    fn case(&mut self, key: u32, clauses: &[Datum], at: Place, scope: &Scope, tail: Tail) -> Expanded {
        let Some((clause, rest)) = clauses.split_first() else {
            return Ok(self.add(Expr::Const(Value::Unspecified), at));
        };
        let Kind::List(parts) = &clause.kind else {
            return self.fail(clause.at, "malformed clause");
        };
        let Some((data, body)) = parts.split_first() else {
            return self.fail(clause.at, "empty clause");
        };
        let value = self.add(Expr::Local(key), clause.at);
        let body = match body {
            [arrow, receiver] if self.keyword(arrow, scope) == Some("=>") => {
                let receiver = self.expr(receiver, scope, None)?;
                self.add(Expr::Call(receiver, vec![value]), clause.at)
            }
            _ => self.sequence(body, clause.at, scope, tail)?,
        };
        if self.keyword(data, scope) == Some("else") {
            return if rest.is_empty() { Ok(body) } else { self.fail(clause.at, "else must be the last clause") };
        }
        let Kind::List(data) = &data.kind else {
            return self.fail(data.at, "a list of data is wanted");
        };
        let data = data.iter().map(Value::from_datum).collect();
        let test = self.add(Expr::IsOneOf(value, data), clause.at);
        let rest = self.case(key, rest, at, scope, tail)?;
        Ok(self.add(Expr::If(test, body, rest), clause.at))
    }

    fn named_let(&mut self, name: &Datum, bindings: &Datum, body: &[Datum], at: Place, scope: &Scope) -> Expanded {
        let (targets, inits) = self.bindings(bindings)?;
        let inits = self.each(&inits, scope)?;
        let formals = Datum { kind: Kind::List(targets.into_iter().cloned().collect()), at };
        let first = self.variables(1);
        let scope = self.inside(self.names([name])?, first, scope);
        let lambda = self.lambda(&formals, body, at, &scope)?;
        let procedure = self.add(Expr::Local(first), at);
        let made = self.add(Expr::Letrec { first, inits: vec![lambda], body: procedure }, at);
        Ok(self.add(Expr::Call(made, inits), at))
    }

    fn let_star(
        &mut self,
        targets: &[&Datum],
        inits: &[&Datum],
        body: &[Datum],
        at: Place,
        scope: &Scope,
        tail: Tail,
    ) -> Expanded {
        let ([target, targets @ ..], [init, inits @ ..]) = (targets, inits) else {
            return self.body(body, at, scope, tail);
        };
        let names = self.names([*target])?;
        let init = self.expr(init, scope, None)?;
        let first = self.variables(1);
        let scope = self.inside(names, first, scope);
        let body = self.let_star(targets, inits, body, at, &scope, tail)?;
        Ok(self.add(Expr::Let { first, inits: vec![init], body }, at))
    }

    /// `(do ((name init step) …) (test result …) command …)`: a loop; a name without a step keeps its value.
    fn do_loop(&mut self, variables: &Datum, exit: &Datum, commands: &[Datum], at: Place, scope: &Scope) -> Expanded {
        let (Kind::List(variables), Kind::List(exit)) = (&variables.kind, &exit.kind) else {
            return self.fail(at, "malformed do");
        };
        let Some((test, results)) = exit.split_first() else {
            return self.fail(at, "a test is missing");
        };
        let mut targets = Vec::new();
        let mut inits = Vec::new();
        let mut steps = Vec::new();
        for variable in variables {
            let Kind::List(parts) = &variable.kind else {
                return self.fail(variable.at, "malformed variable");
            };
            let ([target, init] | [target, init, _]) = parts.as_slice() else {
                return self.fail(variable.at, "malformed variable");
            };
            targets.push(target);
            inits.push(self.expr(init, scope, None)?);
            steps.push(parts.get(2).unwrap_or(target));
        }
        let names = self.names(targets)?;
        let first = self.variables(names.len());
        let scope = self.inside(names, first, scope);
        let test = self.expr(test, &scope, None)?;
        let result = match results {
            [] => self.add(Expr::Const(Value::Unspecified), at),
            _ => self.sequence(results, at, &scope, None)?,
        };
        let mut again = self.exprs(commands, &scope)?;
        let values = self.each(&steps, &scope)?;
        again.push(self.add(Expr::Recur { first, values }, at));
        let again = self.add(Expr::Sequence(again), at);
        let body = self.add(Expr::If(test, result, again), at);
        Ok(self.add(Expr::Loop { first, inits, body }, at))
    }
}
