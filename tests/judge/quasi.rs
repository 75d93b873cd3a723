//! Quasiquote templates.

use super::expand::{Expanded, Expander, Scope};
use super::reader::{Datum, Kind};
use super::syntax::{Expr, ExprId};
use super::value::Value;
use super::{Failure, Place};

impl Expander<'_> {
    /// A quasiquote template inside `level` quasiquotes.
    pub fn template(&mut self, datum: &Datum, level: u32, scope: &Scope) -> Expanded {
        let (items, last): (&[Datum], Option<&Datum>) = match &datum.kind {
            Kind::List(items) => (items, None),
            Kind::Dotted(items, last) => (items, Some(last)),
            _ => return Ok(self.add(Expr::Const(Value::from_datum(datum)), datum.at)),
        };
        if let ([head, inner], None) = (items, last)
            && let Some(keyword @ ("quasiquote" | "unquote")) = self.keyword(head, scope)
        {
            if keyword == "unquote" && level == 1 {
                return self.expr(inner, scope, None);
            }
            let level = if keyword == "unquote" { level - 1 } else { level + 1 };
            return self.kept(head, inner, level, datum.at, scope);
        }
        // `(a . ,b)` reads as `(a unquote b)`.
        let dotted = (1..items.len()).find(|index| {
            index + 2 == items.len() && last.is_none() && self.keyword(&items[*index], scope) == Some("unquote")
        });
        let (items, mut rest) = match (dotted, last) {
            (Some(index), _) => {
                let tail = Datum { kind: Kind::List(items[index..].to_vec()), at: items[index].at };
                (&items[..index], self.template(&tail, level, scope)?)
            }
            (None, Some(last)) => (items, self.template(last, level, scope)?),
            (None, None) => (items, self.add(Expr::Const(Value::Nil), datum.at)),
        };
        // Made from the right, evaluated from the left: `Cons` and `Splice` evaluate their first part first.
        for item in items.iter().rev() {
            rest = match &item.kind {
                Kind::List(parts) if parts.len() == 2 && self.keyword(&parts[0], scope) == Some("unquote-splicing") => {
                    if level == 1 {
                        let list = self.expr(&parts[1], scope, None)?;
                        self.add(Expr::Splice(list, rest), item.at)
                    } else {
                        let kept = self.kept(&parts[0], &parts[1], level - 1, item.at, scope)?;
                        self.add(Expr::Cons(kept, rest), item.at)
                    }
                }
                _ => {
                    let item_value = self.template(item, level, scope)?;
                    self.add(Expr::Cons(item_value, rest), item.at)
                }
            };
        }
        Ok(rest)
    }

    /// `(head inner)` itself, with `inner` a template.
    fn kept(&mut self, head: &Datum, inner: &Datum, level: u32, at: Place, scope: &Scope) -> Result<ExprId, Failure> {
        let nil = self.add(Expr::Const(Value::Nil), at);
        let inner = self.template(inner, level, scope)?;
        let rest = self.add(Expr::Cons(inner, nil), at);
        let head = self.add(Expr::Const(Value::from_datum(head)), head.at);
        Ok(self.add(Expr::Cons(head, rest), at))
    }
}
