//! Values, their identity and their written form.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use super::array::Array;
use super::dual::Dual;
use super::reader::{CHARACTERS, Datum, Kind};
use super::syntax::LambdaId;

/// A value of the language.
#[derive(Clone)]
pub enum Value {
    Nil,
    Unspecified,
    Bool(bool),
    Int(i32),
    Float(Dual),
    Char(char),
    Symbol(Rc<str>),
    Str(Rc<str>),
    Pair(Rc<(Value, Value)>),
    Vector(Rc<Array>),
    Closure(Rc<Closure>),
    Primitive(&'static Primitive),
}

/// A user's procedure and where it was made.
pub struct Closure {
    pub lambda: LambdaId,
    pub env: Env,
}

/// A procedure of the language.
pub struct Primitive {
    pub name: &'static str,
    pub least: usize,
    pub most: Option<usize>,
}

/// The variables in sight: a chain of frames.
pub type Env = Option<Rc<Frame>>;

/// The variables `first`, `first + 1`, … and their values; `None` before a `letrec` or a `define` has given one.
pub struct Frame {
    pub first: u32,
    pub values: RefCell<Vec<Option<Value>>>,
    pub parent: Env,
}

impl Value {
    /// A Float that depends on no input.
    pub fn float(value: f64) -> Value {
        Value::Float(Dual::constant(value))
    }

    pub fn pair(car: Value, cdr: Value) -> Value {
        Value::Pair(Rc::new((car, cdr)))
    }

    /// The list of `items`, followed by `tail`.
    pub fn list(items: impl IntoIterator<Item = Value, IntoIter: DoubleEndedIterator>, tail: Value) -> Value {
        items.into_iter().rev().fold(tail, |rest, item| Value::pair(item, rest))
    }

    /// The elements of a proper list.
    pub fn elements(&self) -> Option<Vec<Value>> {
        let mut items = Vec::new();
        let mut rest = self.clone();
        loop {
            match rest {
                Value::Nil => return Some(items),
                Value::Pair(pair) => {
                    items.push(pair.0.clone());
                    rest = pair.1.clone();
                }
                _ => return None,
            }
        }
    }

    /// Only `#f` is false.
    pub fn is_true(&self) -> bool {
        !matches!(self, Value::Bool(false))
    }

    pub fn is_procedure(&self) -> bool {
        matches!(self, Value::Closure(_) | Value::Primitive(_))
    }

    /// The value that `quote` gives.
    pub fn from_datum(datum: &Datum) -> Value {
        match &datum.kind {
            Kind::Bool(value) => Value::Bool(*value),
            Kind::Int(value) => Value::Int(*value),
            Kind::Float(value) => Value::float(*value),
            Kind::Char(value) => Value::Char(*value),
            Kind::Str(text) => Value::Str(text.clone()),
            Kind::Symbol(name) => Value::Symbol(name.clone()),
            Kind::List(items) => Value::list(items.iter().map(Value::from_datum), Value::Nil),
            Kind::Dotted(items, tail) => Value::list(items.iter().map(Value::from_datum), Value::from_datum(tail)),
        }
    }

    /// `eqv?` on values that are not both Floats.
    pub fn is_same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Nil, Value::Nil) | (Value::Unspecified, Value::Unspecified) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Char(a), Value::Char(b)) => a == b,
            (Value::Symbol(a), Value::Symbol(b)) => a == b,
            (Value::Str(a), Value::Str(b)) => Rc::ptr_eq(a, b),
            (Value::Pair(a), Value::Pair(b)) => Rc::ptr_eq(a, b),
            (Value::Vector(a), Value::Vector(b)) => Rc::ptr_eq(a, b),
            (Value::Closure(a), Value::Closure(b)) => Rc::ptr_eq(a, b),
            (Value::Primitive(a), Value::Primitive(b)) => a.name == b.name,
            _ => false,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Nil => f.write_str("()"),
            Value::Unspecified => f.write_str("#<unspecified>"),
            Value::Bool(value) => f.write_str(if *value { "#t" } else { "#f" }),
            Value::Int(value) => write!(f, "{value}"),
            Value::Float(dual) => write!(f, "{dual}"),
            Value::Vector(array) => write!(f, "{array}"),
            Value::Char(c) => match CHARACTERS.iter().find(|(_, known)| known == c) {
                Some((name, _)) => write!(f, "#\\{name}"),
                None => write!(f, "#\\{c}"),
            },
            Value::Symbol(name) => write_symbol(f, name),
            Value::Str(text) => write_string(f, text),
            Value::Closure(_) | Value::Primitive(_) => f.write_str("#<procedure>"),
            Value::Pair(pair) => {
                write!(f, "({}", pair.0)?;
                let mut rest = &pair.1;
                while let Value::Pair(pair) = rest {
                    write!(f, " {}", pair.0)?;
                    rest = &pair.1;
                }
                match rest {
                    Value::Nil => f.write_str(")"),
                    _ => write!(f, " . {rest})"),
                }
            }
        }
    }
}

fn write_symbol(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    let plain = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || "()[]\"';`,|".contains(c));
    if plain { f.write_str(name) } else { write!(f, "|{}|", name.replace('\\', "\\\\").replace('|', "\\|")) }
}

fn write_string(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            '\u{7}' => f.write_str("\\a")?,
            '\u{8}' => f.write_str("\\b")?,
            '\t' => f.write_str("\\t")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            c if c.is_control() => write!(f, "\\x{:x};", u32::from(c))?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}
