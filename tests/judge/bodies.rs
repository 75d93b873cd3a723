//! What has a body: procedures, blocks of definitions, the top level.

use std::rc::Rc;

use super::Place;
use super::expand::{Expanded, Expander, Scope, Tail};
use super::reader::{Datum, Kind};
use super::syntax::{Expr, Lambda};

impl Expander<'_> {
    pub fn lambda(&mut self, formals: &Datum, body: &[Datum], at: Place, scope: &Scope) -> Expanded {
        let (fixed, rest): (&[Datum], Option<&Datum>) = match &formals.kind {
            Kind::List(items) => (items, None),
            Kind::Dotted(items, rest) => (items, Some(rest)),
            _ => (&[], Some(formals)),
        };
        let names = self.names(fixed.iter().chain(rest))?;
        let first = self.variables(names.len());
        let scope = self.inside(names, first, scope);
        let body = self.body(body, at, &scope, None)?;
        self.lambdas.push(Lambda { first, fixed: fixed.len(), rest: rest.is_some(), body });
        let lambda = self.lambdas.len() as u32 - 1;
        Ok(self.add(Expr::Lambda(lambda), at))
    }

    /// The names that one form binds: symbols, all different.
    pub fn names<'d>(&self, data: impl IntoIterator<Item = &'d Datum>) -> Expanded<Vec<Rc<str>>> {
        let mut names: Vec<Rc<str>> = Vec::new();
        for datum in data {
            match datum.symbol() {
                Some(name) if names.contains(name) => {
                    return self.fail(datum.at, format!("{name} is bound twice"));
                }
                Some(name) => names.push(name.clone()),
                None => return self.fail(datum.at, "a name is wanted here"),
            }
        }
        Ok(names)
    }

    /// Definitions, then expressions (at least one).
    pub fn body(&mut self, items: &[Datum], at: Place, scope: &Scope, tail: Tail) -> Expanded {
        self.block(items.iter().collect(), at, scope, tail, false)
    }

    /// A body, or the top level, where definitions may stand anywhere. A `begin` with definitions is spliced in.
    pub fn block(&mut self, mut items: Vec<&Datum>, at: Place, outer: &Scope, tail: Tail, top: bool) -> Expanded {
        let mut index = 0;
        while index < items.len() {
            match &items[index].kind {
                Kind::List(parts) if parts.first().and_then(|head| self.keyword(head, outer)) == Some("begin") => {
                    if !parts[1..].iter().any(|part| self.definition(part, outer).is_some()) {
                        index += 1;
                        continue;
                    }
                    items.splice(index..=index, &parts[1..]);
                }
                _ => index += 1,
            }
        }
        let heads: Vec<_> = items.iter().map(|item| self.definition(item, outer)).collect();
        let defined = heads.iter().flatten().copied().map(|parts| match parts.get(1).map(|target| &target.kind) {
            Some(Kind::Symbol(_)) => Ok(&parts[1]),
            Some(Kind::List(target) | Kind::Dotted(target, _)) if !target.is_empty() => Ok(&target[0]),
            _ => self.fail(parts[0].at, "define what?"),
        });
        let names = self.names(defined.collect::<Expanded<Vec<_>>>()?)?;
        let count = names.len();
        let first = self.variables(count);
        let scope = if count == 0 { outer.clone() } else { self.inside(names, first, outer) };
        let mut ids = Vec::new();
        let mut variable = first;
        let mut last_expression = None;
        for (position, (item, head)) in items.iter().zip(heads).enumerate() {
            if let Some(parts) = head {
                if last_expression.is_some() && !top {
                    return self.fail(item.at, "definitions stand at the head of a body");
                }
                ids.push((Some(variable), self.defined_value(parts, item.at, &scope)?));
                variable += 1;
            } else {
                let tail = if position + 1 == items.len() { tail } else { None };
                ids.push((None, self.expr(item, &scope, tail)?));
                last_expression = Some(position);
            }
        }
        if last_expression.is_none() {
            return self.fail(at, "an expression is missing");
        }
        Ok(self.add(Expr::Block { first, count, items: ids }, at))
    }

    /// The parts of a datum that is a `define` form.
    fn definition<'d>(&self, datum: &'d Datum, scope: &Scope) -> Option<&'d [Datum]> {
        match &datum.kind {
            Kind::List(parts) if self.keyword(parts.first()?, scope) == Some("define") => Some(parts),
            _ => None,
        }
    }

    fn defined_value(&mut self, parts: &[Datum], at: Place, scope: &Scope) -> Expanded {
        match (&parts[1].kind, &parts[2..]) {
            (Kind::Symbol(_), [value]) => self.expr(value, scope, None),
            (Kind::List(target), body) => {
                let formals = Datum { kind: Kind::List(target[1..].to_vec()), at: parts[1].at };
                self.lambda(&formals, body, at, scope)
            }
            (Kind::Dotted(target, rest), body) => {
                let formals = match &target[1..] {
                    [] => (**rest).clone(),
                    fixed => Datum { kind: Kind::Dotted(fixed.to_vec(), rest.clone()), at: parts[1].at },
                };
                self.lambda(&formals, body, at, scope)
            }
            _ => self.fail(at, "define takes a name and one expression"),
        }
    }
}
