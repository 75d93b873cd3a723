//! Data to expressions: scope resolution and the basic forms (the derived ones are in `derived.rs`).

use std::rc::Rc;

use super::reader::{Datum, Kind};
use super::syntax::{Expr, ExprId, Lambda, Param, Program, VarId};
use super::value::{Primitive, Value};
use super::words::{ABSENT, KEYWORDS};
use super::{Failure, Place, lists, numbers, vectors};

/// Names in sight, innermost first.
pub type Scope = Option<Rc<Level>>;

pub struct Level {
    names: Vec<Rc<str>>,
    first: VarId,
    parent: Scope,
}

/// The `loop` whose body an expression is in tail position of: its first variable and how many it has.
pub type Tail = Option<(VarId, usize)>;

pub type Expanded<T = ExprId> = Result<T, Failure>;

pub struct Expander<'a> {
    exprs: Vec<(Expr, Place)>,
    pub lambdas: Vec<Lambda>,
    params: Vec<Param>,
    next_variable: VarId,
    inputs: &'a [&'a str],
    constants: Vec<(Rc<str>, Value)>,
    free: Vec<Rc<str>>,
}

/// Expands a program.
pub fn expand(forms: &[Datum], inputs: &[&str], constants: Vec<(Rc<str>, Value)>) -> Expanded<Program> {
    let mut expander = Expander {
        exprs: Vec::new(),
        lambdas: Vec::new(),
        params: Vec::new(),
        next_variable: 0,
        inputs,
        constants,
        free: Vec::new(),
    };
    let start = Place { line: 1, column: 1 };
    let root = expander.block(forms.iter().collect(), start, &None, None, true)?;
    expander.finish(root)
}

impl Expander<'_> {
    pub fn fail<T>(&self, at: Place, message: impl Into<String>) -> Expanded<T> {
        Err(Failure::new("expand", at, message))
    }

    pub fn add(&mut self, expr: Expr, at: Place) -> ExprId {
        self.exprs.push((expr, at));
        self.exprs.len() as ExprId - 1
    }

    /// Numbers for the variables of one binding form: at least one, so that the form itself has a number.
    pub fn variables(&mut self, count: usize) -> VarId {
        let first = self.next_variable;
        self.next_variable += count.max(1) as VarId;
        first
    }

    pub fn inside(&self, names: Vec<Rc<str>>, first: VarId, scope: &Scope) -> Scope {
        Some(Rc::new(Level { names, first, parent: scope.clone() }))
    }

    /// The keyword that a datum is, unless it names a variable here.
    pub fn keyword(&self, datum: &Datum, scope: &Scope) -> Option<&'static str> {
        let name = datum.symbol()?;
        let keyword = KEYWORDS.iter().find(|keyword| **keyword == &**name)?;
        if lookup(name, scope).is_none() { Some(keyword) } else { None }
    }

    /// Numbers the unnamed parameters in source order and finds the inputs that override starts.
    fn finish(mut self, root: ExprId) -> Expanded<Program> {
        let mut order: Vec<usize> = (0..self.params.len()).collect();
        order.sort_by_key(|index| self.params[*index].at);
        let mut names: Vec<Rc<str>> = self.free.clone();
        let mut unnamed = 0;
        for index in order {
            let at = self.params[index].at;
            let name = self.params[index].name.clone().unwrap_or_else(|| {
                unnamed += 1;
                format!("p{unnamed}").into()
            });
            if names.contains(&name) {
                return self.fail(at, format!("{name} is already a parameter or an input"));
            }
            self.params[index].input = self.inputs.iter().position(|input| *input == &*name);
            names.push(name);
        }
        let loops = self.exprs.iter().filter_map(|(expr, _)| match expr {
            Expr::Loop { first, body, .. } => Some((*first, *body)),
            _ => None,
        });
        let loops = loops.collect();
        Ok(Program { loops, exprs: self.exprs, lambdas: self.lambdas, params: self.params, root })
    }

    pub fn expr(&mut self, datum: &Datum, scope: &Scope, tail: Tail) -> Expanded {
        let items = match &datum.kind {
            Kind::Symbol(name) => return self.variable(name, datum.at, scope, false),
            Kind::List(items) => items,
            Kind::Dotted(..) => return self.fail(datum.at, "an application cannot have a dot"),
            _ => return Ok(self.add(Expr::Const(Value::from_datum(datum)), datum.at)),
        };
        let Some(head) = items.first() else {
            return self.fail(datum.at, "() must be quoted");
        };
        if let Some(keyword) = self.keyword(head, scope) {
            return self.form(keyword, &items[1..], datum.at, scope, tail);
        }
        let operator = match head.symbol() {
            Some(name) => self.variable(name, head.at, scope, true)?,
            None => self.expr(head, scope, None)?,
        };
        let operands = self.exprs(&items[1..], scope)?;
        Ok(self.add(Expr::Call(operator, operands), datum.at))
    }

    /// Expressions of which none is in tail position.
    pub fn exprs(&mut self, data: &[Datum], scope: &Scope) -> Expanded<Vec<ExprId>> {
        data.iter().map(|datum| self.expr(datum, scope, None)).collect()
    }

    fn variable(&mut self, name: &Rc<str>, at: Place, scope: &Scope, is_operator: bool) -> Expanded {
        let expr = if let Some(variable) = lookup(name, scope) {
            Expr::Local(variable)
        } else if KEYWORDS.contains(&&**name) {
            return self.fail(at, format!("{name} is a keyword"));
        } else if let Some(primitive) = primitive(name) {
            Expr::Const(Value::Primitive(primitive))
        } else if let Some((_, value)) = self.constants.iter().find(|(constant, _)| constant == name) {
            Expr::Const(value.clone())
        } else if ABSENT.contains(&&**name) {
            return self.fail(at, format!("{name} is not in this language"));
        } else if is_operator {
            return Err(Failure::new("unbound", at, format!("{name} is no procedure")));
        } else if let Some(index) = self.inputs.iter().position(|input| *input == &**name) {
            self.free.push(name.clone());
            Expr::Input(index)
        } else {
            return Err(Failure::new("input", at, format!("{name} has no value")));
        };
        Ok(self.add(expr, at))
    }

    fn form(&mut self, keyword: &str, items: &[Datum], at: Place, scope: &Scope, tail: Tail) -> Expanded {
        let expr = match (keyword, items) {
            ("quote", [datum]) => Expr::Const(Value::from_datum(datum)),
            ("if", [test, yes, no]) => {
                Expr::If(self.expr(test, scope, None)?, self.expr(yes, scope, tail)?, self.expr(no, scope, tail)?)
            }
            ("if", [test, yes]) => {
                let (test, yes) = (self.expr(test, scope, None)?, self.expr(yes, scope, tail)?);
                Expr::If(test, yes, self.add(Expr::Const(Value::Unspecified), at))
            }
            ("lambda", [formals, body @ ..]) => return self.lambda(formals, body, at, scope),
            ("begin", [_, ..]) => return self.sequence(items, at, scope, tail),
            ("define", _) => {
                return self.fail(at, "define must stand at the top level or at the head of a body");
            }
            _ => return self.derived(keyword, items, at, scope, tail),
        };
        Ok(self.add(expr, at))
    }

    /// Expressions in order, at least one; the last is in tail position.
    pub fn sequence(&mut self, items: &[Datum], at: Place, scope: &Scope, tail: Tail) -> Expanded {
        let Some((last, before)) = items.split_last() else {
            return self.fail(at, "an expression is missing");
        };
        let mut ids = self.exprs(before, scope)?;
        ids.push(self.expr(last, scope, tail)?);
        Ok(self.add(Expr::Sequence(ids), at))
    }

    /// A `param` form: a number, perhaps after a quoted name.
    pub fn param(&mut self, items: &[Datum], at: Place) -> Expanded {
        let (name, literal) = match items {
            [literal] => (None, literal),
            [Datum { kind: Kind::List(quoted), .. }, literal] => match quoted.as_slice() {
                [quote, name] if quote.symbol().is_some_and(|head| &**head == "quote") && name.symbol().is_some() => {
                    (name.symbol().cloned(), literal)
                }
                _ => return self.fail(at, "the name of a param is a quoted symbol"),
            },
            _ => return self.fail(at, "malformed param"),
        };
        let start = match literal.kind {
            Kind::Int(int) => f64::from(int),
            Kind::Float(float) => float,
            _ => return self.fail(literal.at, "the start of a param is a number"),
        };
        self.params.push(Param { name, start, at, input: None });
        Ok(self.add(Expr::Param(self.params.len() - 1), at))
    }
}

fn lookup(name: &str, scope: &Scope) -> Option<VarId> {
    let mut scope = scope;
    while let Some(level) = scope {
        if let Some(index) = level.names.iter().position(|known| &**known == name) {
            return Some(level.first + index as VarId);
        }
        scope = &level.parent;
    }
    None
}

pub fn primitive(name: &str) -> Option<&'static Primitive> {
    let every = numbers::PRIMITIVES.iter().chain(vectors::PRIMITIVES).chain(lists::PRIMITIVES);
    every.into_iter().find(|primitive| primitive.name == name)
}
