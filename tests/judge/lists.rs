//! The primitives on data, the higher-order ones included.

use super::Place;
use super::apply::Stop;
use super::dual::Dual;
use super::eval::Machine;
use super::value::{Primitive, Value};

const fn row(name: &'static str, least: usize, most: Option<usize>) -> Primitive {
    Primitive { name, least, most }
}

const fn one(name: &'static str) -> Primitive {
    row(name, 1, Some(1))
}

pub const PRIMITIVES: &[Primitive] = &[
    one("car"),
    one("cdr"),
    one("caar"),
    one("cadr"),
    one("cdar"),
    one("cddr"),
    one("caaar"),
    one("caadr"),
    one("cadar"),
    one("caddr"),
    one("cdaar"),
    one("cdadr"),
    one("cddar"),
    one("cdddr"),
    one("caaaar"),
    one("caaadr"),
    one("caadar"),
    one("caaddr"),
    one("cadaar"),
    one("cadadr"),
    one("caddar"),
    one("cadddr"),
    one("cdaaar"),
    one("cdaadr"),
    one("cdadar"),
    one("cdaddr"),
    one("cddaar"),
    one("cddadr"),
    one("cdddar"),
    one("cddddr"),
    one("pair?"),
    one("null?"),
    one("list?"),
    one("length"),
    one("reverse"),
    one("not"),
    one("boolean?"),
    one("symbol?"),
    one("procedure?"),
    one("char?"),
    one("string?"),
    row("cons", 2, Some(2)),
    row("list", 0, None),
    row("append", 0, None),
    row("list-ref", 2, Some(2)),
    row("list-tail", 2, Some(2)),
    row("map", 2, None),
    row("for-each", 2, None),
    row("filter", 2, Some(2)),
    row("fold-left", 3, Some(3)),
    row("fold-right", 3, Some(3)),
    row("reduce", 3, Some(3)),
    row("assoc", 2, Some(3)),
    row("assq", 2, Some(2)),
    row("assv", 2, Some(2)),
    row("member", 2, Some(3)),
    row("memq", 2, Some(2)),
    row("memv", 2, Some(2)),
    row("apply", 2, None),
    row("eq?", 2, Some(2)),
    row("eqv?", 2, Some(2)),
    row("equal?", 2, Some(2)),
    row("string=?", 2, None),
    row("error", 1, None),
];

fn wrong<T>(index: usize, value: &Value, wanted: &str) -> Result<T, Stop> {
    Err(Stop::Fault("wrong-type", Some(index), format!("{value} is no {wanted}")))
}

/// The elements of the proper list that operand `index` must be.
fn list(arguments: &[Value], index: usize) -> Result<Vec<Value>, Stop> {
    match arguments[index].elements() {
        Some(items) => Ok(items),
        None => wrong(index, &arguments[index], "list"),
    }
}

impl Machine<'_> {
    /// The value of a primitive on data; procedures that it calls are called at `at`.
    pub fn on_data(&mut self, name: &'static str, arguments: &[Value], at: Place) -> Result<Value, Stop> {
        let first = arguments.first().unwrap_or(&Value::Unspecified);
        Ok(match name {
            "cons" => Value::pair(first.clone(), arguments[1].clone()),
            "list" => Value::list(arguments.iter().cloned(), Value::Nil),
            "pair?" => Value::Bool(matches!(first, Value::Pair(_))),
            "null?" => Value::Bool(matches!(first, Value::Nil)),
            "list?" => Value::Bool(first.elements().is_some()),
            "not" => Value::Bool(!first.is_true()),
            "boolean?" => Value::Bool(matches!(first, Value::Bool(_))),
            "symbol?" => Value::Bool(matches!(first, Value::Symbol(_))),
            "procedure?" => Value::Bool(first.is_procedure()),
            "char?" => Value::Bool(matches!(first, Value::Char(_))),
            "string?" => Value::Bool(matches!(first, Value::Str(_))),
            "eq?" | "eqv?" => Value::Bool(self.is_eqv(first, &arguments[1])),
            "equal?" => Value::Bool(self.is_equal(first, &arguments[1])),
            "string=?" => self.string_equal(arguments)?,
            "length" => Value::Int(list(arguments, 0)?.len() as i32),
            "reverse" => {
                let mut items = list(arguments, 0)?;
                items.reverse();
                Value::list(items, Value::Nil)
            }
            "append" => {
                let Some((last, before)) = arguments.split_last() else {
                    return Ok(Value::Nil);
                };
                let mut items = Vec::new();
                for index in 0..before.len() {
                    items.extend(list(arguments, index)?);
                }
                Value::list(items, last.clone())
            }
            "list-ref" => match self.tail_of(arguments)? {
                Value::Pair(pair) => pair.0.clone(),
                Value::Nil => {
                    return Err(Stop::Fault("index", Some(1), "the list ends before".into()));
                }
                _ => return wrong(0, first, "list"),
            },
            "list-tail" => self.tail_of(arguments)?,
            "map" | "for-each" => self.mapped(name, arguments, at)?,
            "filter" => {
                let mut kept = Vec::new();
                for item in list(arguments, 1)? {
                    if self.call(first, vec![item.clone()], at)?.is_true() {
                        kept.push(item);
                    }
                }
                Value::list(kept, Value::Nil)
            }
            "fold-left" => {
                let mut total = arguments[1].clone();
                for item in list(arguments, 2)? {
                    total = self.call(first, vec![total, item], at)?;
                }
                total
            }
            "fold-right" => {
                let mut total = arguments[1].clone();
                for item in list(arguments, 2)?.into_iter().rev() {
                    total = self.call(first, vec![item, total], at)?;
                }
                total
            }
            "reduce" => {
                let mut items = list(arguments, 2)?.into_iter();
                let Some(mut total) = items.next() else {
                    return Ok(arguments[1].clone());
                };
                for item in items {
                    total = self.call(first, vec![item, total], at)?;
                }
                total
            }
            "assoc" | "assq" | "assv" | "member" | "memq" | "memv" => self.found(name, arguments, at)?,
            "error" => {
                let mut message = match first {
                    Value::Str(text) => text.to_string(),
                    other => other.to_string(),
                };
                for irritant in &arguments[1..] {
                    message += &format!(" {irritant}");
                }
                return Err(Stop::Fault("user", None, message));
            }
            _ => self.path(name, first)?,
        })
    }

    /// `car`, `cdr` and what is composed of them: the letters between `c` and `r`, the last first.
    fn path(&mut self, name: &str, value: &Value) -> Result<Value, Stop> {
        let mut here = value.clone();
        for letter in name[1..name.len() - 1].chars().rev() {
            let Value::Pair(pair) = &here else {
                return wrong(0, value, &format!("pair that {name} could take"));
            };
            here = if letter == 'a' { pair.0.clone() } else { pair.1.clone() };
        }
        Ok(here)
    }

    /// What is left of a list after as many elements as operand 1 says.
    fn tail_of(&mut self, arguments: &[Value]) -> Result<Value, Stop> {
        let Value::Int(count) = arguments[1] else {
            return wrong(1, &arguments[1], "Int");
        };
        if count < 0 {
            return Err(Stop::Fault("index", Some(1), format!("{count} is negative")));
        }
        let mut rest = arguments[0].clone();
        for _ in 0..count {
            rest = match &rest {
                Value::Pair(pair) => pair.1.clone(),
                Value::Nil => {
                    return Err(Stop::Fault("index", Some(1), "the list ends before".into()));
                }
                _ => return wrong(0, &arguments[0], "list"),
            };
        }
        Ok(rest)
    }

    /// `map` and `for-each` over as many elements as the shortest list has.
    fn mapped(&mut self, name: &str, arguments: &[Value], at: Place) -> Result<Value, Stop> {
        let mut rests = arguments[1..].to_vec();
        let mut results = Vec::new();
        while !rests.iter().any(|rest| matches!(rest, Value::Nil)) {
            let mut items = Vec::new();
            for (index, rest) in rests.iter_mut().enumerate() {
                let Value::Pair(pair) = rest.clone() else {
                    return wrong(index + 1, &arguments[index + 1], "list");
                };
                items.push(pair.0.clone());
                *rest = pair.1.clone();
            }
            results.push(self.call(&arguments[0], items, at)?);
        }
        Ok(if name == "map" { Value::list(results, Value::Nil) } else { Value::Unspecified })
    }

    /// The pair or the rest of the list that `assoc`, `member` and their like look for, else `#f`.
    fn found(&mut self, name: &str, arguments: &[Value], at: Place) -> Result<Value, Stop> {
        let wanted = &arguments[0];
        let mut rest = arguments[1].clone();
        while let Value::Pair(pair) = rest {
            let key = match (&pair.0, name.starts_with("ass")) {
                (Value::Pair(entry), true) => entry.0.clone(),
                (other, true) => return wrong(1, other, "pair"),
                (item, false) => item.clone(),
            };
            let is_found = match arguments.get(2) {
                Some(same) => self.call(same, vec![wanted.clone(), key], at)?.is_true(),
                None if matches!(name, "assoc" | "member") => self.is_equal(wanted, &key),
                None => self.is_eqv(wanted, &key),
            };
            if is_found {
                return Ok(if name.starts_with("ass") { pair.0.clone() } else { Value::Pair(pair) });
            }
            rest = pair.1.clone();
        }
        match rest {
            Value::Nil => Ok(Value::Bool(false)),
            _ => wrong(1, &arguments[1], "list"),
        }
    }

    fn string_equal(&mut self, arguments: &[Value]) -> Result<Value, Stop> {
        let mut texts = Vec::new();
        for (index, argument) in arguments.iter().enumerate() {
            match argument {
                Value::Str(text) => texts.push(text),
                other => return wrong(index, other, "string"),
            }
        }
        Ok(Value::Bool(texts.windows(2).all(|pair| pair[0] == pair[1])))
    }

    /// `eqv?` (and `eq?`, which is the same here): Floats by their bits, any NaN like any other.
    pub fn is_eqv(&mut self, a: &Value, b: &Value) -> bool {
        match (a, b) {
            (Value::Float(a), Value::Float(b)) => {
                self.trace.compared(a, b);
                a.value.to_bits() == b.value.to_bits() || (a.value.is_nan() && b.value.is_nan())
            }
            _ => a.is_same(b),
        }
    }

    fn is_equal(&mut self, a: &Value, b: &Value) -> bool {
        let (mut a, mut b) = (a.clone(), b.clone());
        while let (Value::Pair(left), Value::Pair(right)) = (&a, &b) {
            if !self.is_equal(&left.0, &right.0) {
                return false;
            }
            (a, b) = (left.1.clone(), right.1.clone());
        }
        match (&a, &b) {
            (Value::Str(left), Value::Str(right)) => left == right,
            (Value::Vector(left), Value::Vector(right)) => {
                let same = |(a, b): (&Dual, &Dual)| self.is_eqv(&Value::Float(a.clone()), &Value::Float(b.clone()));
                left.shape == right.shape
                    && left.elements.iter().zip(&right.elements).map(same).fold(true, |a, b| a & b)
            }
            _ => self.is_eqv(&a, &b),
        }
    }
}
