//! The numeric primitives: Int and Float, comparisons, tests of numbers.

use super::apply::Stop;
use super::dual::{self, Dual};
use super::eval::Machine;
use super::value::{Primitive, Value};

const fn row(name: &'static str, least: usize, most: Option<usize>) -> Primitive {
    Primitive { name, least, most }
}

pub const PRIMITIVES: &[Primitive] = &[
    row("+", 0, None),
    row("-", 1, None),
    row("*", 0, None),
    row("/", 1, None),
    row("min", 1, None),
    row("max", 1, None),
    row("=", 1, None),
    row("<", 1, None),
    row(">", 1, None),
    row("<=", 1, None),
    row(">=", 1, None),
    row("abs", 1, Some(1)),
    row("quotient", 2, Some(2)),
    row("remainder", 2, Some(2)),
    row("modulo", 2, Some(2)),
    row("floor", 1, Some(1)),
    row("ceiling", 1, Some(1)),
    row("round", 1, Some(1)),
    row("truncate", 1, Some(1)),
    row("exact", 1, Some(1)),
    row("inexact", 1, Some(1)),
    row("number?", 1, Some(1)),
    row("integer?", 1, Some(1)),
    row("zero?", 1, Some(1)),
    row("positive?", 1, Some(1)),
    row("negative?", 1, Some(1)),
    row("even?", 1, Some(1)),
    row("odd?", 1, Some(1)),
    row("nan?", 1, Some(1)),
    row("square", 1, Some(1)),
    row("expt", 2, Some(2)),
    row("pow", 2, Some(2)),
    row("sqrt", 1, Some(1)),
    row("exp", 1, Some(1)),
    row("log", 1, Some(2)),
    row("sin", 1, Some(1)),
    row("cos", 1, Some(1)),
    row("tan", 1, Some(1)),
    row("asin", 1, Some(1)),
    row("acos", 1, Some(1)),
    row("atan", 1, Some(2)),
    row("sinh", 1, Some(1)),
    row("cosh", 1, Some(1)),
    row("tanh", 1, Some(1)),
    row("sigmoid", 1, Some(1)),
    row("erf", 1, Some(1)),
    row("lgamma", 1, Some(1)),
];

/// A number.
#[derive(Clone)]
enum Number {
    Int(i32),
    Float(Dual),
}

impl Number {
    fn real(&self) -> Dual {
        match self {
            Number::Int(int) => Dual::constant(f64::from(*int)),
            Number::Float(dual) => dual.clone(),
        }
    }

    fn value(self) -> Value {
        match self {
            Number::Int(int) => Value::Int(int),
            Number::Float(dual) => Value::Float(dual),
        }
    }
}

/// The number that operand `index` must be.
fn number(arguments: &[Value], index: usize) -> Result<Number, Stop> {
    match &arguments[index] {
        Value::Int(int) => Ok(Number::Int(*int)),
        Value::Float(dual) => Ok(Number::Float(dual.clone())),
        other => Err(Stop::Fault("wrong-type", Some(index), format!("{other} is no number"))),
    }
}

/// An exact result: an Int where it fits.
fn exact(value: i64) -> Number {
    match i32::try_from(value) {
        Ok(int) => Number::Int(int),
        Err(_) => Number::Float(Dual::constant(value as f64)),
    }
}

/// A base to an exponent, exactly, where the result is an Int.
fn exact_power(base: i32, exponent: i32) -> Option<i32> {
    match base {
        1 => Some(1),
        -1 => Some(if exponent % 2 == 0 { 1 } else { -1 }),
        0 if exponent > 0 => Some(0),
        _ => base.checked_pow(u32::try_from(exponent).ok()?),
    }
}

impl Machine<'_> {
    /// A numeric primitive's value; `None` when the name is not one of this file's.
    pub fn numeric(&mut self, name: &'static str, arguments: &[Value]) -> Result<Option<Value>, Stop> {
        if !PRIMITIVES.iter().any(|primitive| primitive.name == name) {
            return Ok(None);
        }
        let value = match name {
            "+" | "-" | "*" | "/" if arguments.iter().any(|operand| matches!(operand, Value::Vector(_))) => {
                self.on_arrays(name, arguments)?
            }
            "+" | "-" | "*" | "/" | "min" | "max" => self.folded(name, arguments)?.value(),
            "=" | "<" | ">" | "<=" | ">=" => Value::Bool(self.chained(name, arguments)?),
            "number?" => Value::Bool(number(arguments, 0).is_ok()),
            "integer?" if number(arguments, 0).is_err() => Value::Bool(false),
            "zero?" | "positive?" | "negative?" | "even?" | "odd?" | "nan?" | "integer?" => {
                Value::Bool(self.test(name, number(arguments, 0)?)?)
            }
            "exact" => Value::Int(self.exact(number(arguments, 0)?)?),
            "inexact" => Value::Float(number(arguments, 0)?.real()),
            "quotient" | "remainder" | "modulo" | "expt" => {
                self.binary(name, number(arguments, 0)?, number(arguments, 1)?, 1)?.value()
            }
            "square" => {
                let x = number(arguments, 0)?;
                self.binary("*", x.clone(), x, 0)?.value()
            }
            "pow" => Value::Float(self.power(&number(arguments, 0)?.real(), &number(arguments, 1)?.real())),
            "log" if arguments.len() == 2 => {
                let (z, base) = (number(arguments, 0)?.real(), number(arguments, 1)?.real());
                let (z_log, base_log) = (z.value.ln(), base.value.ln());
                let by_base = -z_log / (base_log * base_log * base.value);
                Value::Float(self.trace.chain(z_log / base_log, &[(1.0 / (z.value * base_log), &z), (by_base, &base)]))
            }
            "atan" if arguments.len() == 2 => {
                let (y, x) = (number(arguments, 0)?.real(), number(arguments, 1)?.real());
                let r = x.value * x.value + y.value * y.value;
                Value::Float(self.trace.chain(y.value.atan2(x.value), &[(x.value / r, &y), (-y.value / r, &x)]))
            }
            "abs" | "floor" | "ceiling" | "round" | "truncate" => self.kinked(name, number(arguments, 0)?).value(),
            _ => {
                let x = number(arguments, 0)?.real();
                let (value, by_x) = dual::unary(name, x.value).expect("every other name is a function of one Float");
                Value::Float(self.trace.chain(value, &[(by_x, &x)]))
            }
        };
        Ok(Some(value))
    }

    /// Any number of operands, two at a time from the left.
    fn folded(&mut self, name: &str, arguments: &[Value]) -> Result<Number, Stop> {
        if arguments.is_empty() {
            return Ok(Number::Int(i32::from(name == "*")));
        }
        let mut total = number(arguments, 0)?;
        if arguments.len() == 1 {
            return match (name, total) {
                ("-", Number::Int(int)) => Ok(exact(-i64::from(int))),
                ("-", Number::Float(x)) => Ok(Number::Float(self.trace.chain(-x.value, &[(-1.0, &x)]))),
                ("/", x) => self.binary("/", Number::Int(1), x, 0),
                (_, x) => Ok(x),
            };
        }
        for index in 1..arguments.len() {
            total = self.binary(name, total, number(arguments, index)?, index)?;
        }
        Ok(total)
    }

    /// Two operands, the second being operand number `index` of the application.
    fn binary(&mut self, name: &str, a: Number, b: Number, index: usize) -> Result<Number, Stop> {
        if let (Number::Int(a), Number::Int(b)) = (&a, &b) {
            let (x, y) = (i64::from(*a), i64::from(*b));
            if y == 0 && matches!(name, "/" | "quotient" | "remainder" | "modulo") {
                return Err(Stop::Fault("divide-by-zero", Some(index), format!("{x} is divided by 0")));
            }
            match name {
                "+" => return Ok(exact(x + y)),
                "-" => return Ok(exact(x - y)),
                "*" => return Ok(exact(x * y)),
                "/" if x % y == 0 => return Ok(exact(x / y)),
                "quotient" => return Ok(exact(x / y)),
                "remainder" => return Ok(exact(x % y)),
                "modulo" => return Ok(exact((x % y + y) % y)),
                "min" => return Ok(Number::Int(*a.min(b))),
                "max" => return Ok(Number::Int(*a.max(b))),
                "expt" => {
                    if let Some(power) = exact_power(*a, *b) {
                        return Ok(Number::Int(power));
                    }
                }
                _ => {}
            }
        }
        let (a, b) = (a.real(), b.real());
        let (x, y) = (a.value, b.value);
        let (value, by_a, by_b) = match name {
            "+" | "-" | "*" | "/" => return Ok(Number::Float(self.trace.arithmetic(name, &a, &b))),
            "expt" => return Ok(Number::Float(self.power(&a, &b))),
            "min" | "max" => {
                self.trace.compared(&a, &b);
                if x.is_nan() || y.is_nan() {
                    (f64::NAN, 1.0, 1.0)
                } else if x == y {
                    (if name == "min" { x.min(y) } else { x.max(y) }, 0.5, 0.5)
                } else if (x < y) == (name == "min") {
                    (x, 1.0, 0.0)
                } else {
                    (y, 0.0, 1.0)
                }
            }
            _ => {
                self.trace.rounded(x / y, 0.0, a.depends() || b.depends());
                let remainder = x % y;
                let opposite = remainder != 0.0 && (remainder < 0.0) != (y < 0.0);
                match name {
                    "quotient" => ((x / y).trunc(), 0.0, 0.0),
                    "remainder" => (remainder, 1.0, -(x / y).trunc()),
                    _ => (if opposite { remainder + y } else { remainder }, 1.0, -(x / y).floor()),
                }
            }
        };
        Ok(Number::Float(self.trace.chain(value, &[(by_a, &a), (by_b, &b)])))
    }

    fn power(&mut self, base: &Dual, exponent: &Dual) -> Dual {
        let (value, by_base, by_exponent) = dual::power(base.value, exponent.value);
        self.trace.chain(value, &[(by_base, base), (by_exponent, exponent)])
    }

    /// Every pair of neighbours compares; all operands must be numbers, whatever the first ones say.
    fn chained(&mut self, name: &str, arguments: &[Value]) -> Result<bool, Stop> {
        let numbers: Vec<Number> =
            (0..arguments.len()).map(|index| number(arguments, index)).collect::<Result<_, _>>()?;
        let mut holds = true;
        for pair in numbers.windows(2) {
            let (a, b) = (pair[0].real(), pair[1].real());
            if !matches!(pair, [Number::Int(_), Number::Int(_)]) {
                self.trace.compared(&a, &b);
            }
            holds &= match name {
                "=" => a.value == b.value,
                "<" => a.value < b.value,
                ">" => a.value > b.value,
                "<=" => a.value <= b.value,
                _ => a.value >= b.value,
            };
        }
        Ok(holds)
    }

    fn test(&mut self, name: &str, x: Number) -> Result<bool, Stop> {
        let is_int = matches!(x, Number::Int(_));
        let x = x.real();
        let whole = x.value.is_finite() && x.value == x.value.trunc();
        if !is_int && matches!(name, "zero?" | "positive?" | "negative?") {
            self.trace.compared(&x, &Dual::constant(0.0));
        }
        if !whole && matches!(name, "even?" | "odd?" | "integer?") {
            self.trace.rounded(x.value, 0.0, x.depends());
        }
        match name {
            "zero?" => Ok(x.value == 0.0),
            "positive?" => Ok(x.value > 0.0),
            "negative?" => Ok(x.value < 0.0),
            "nan?" => Ok(x.value.is_nan()),
            "integer?" => Ok(whole),
            _ if !whole => Err(Stop::Fault("wrong-type", Some(0), format!("{} is no integer", x.value))),
            _ => Ok((x.value % 2.0 == 0.0) == (name == "even?")),
        }
    }

    fn exact(&mut self, x: Number) -> Result<i32, Stop> {
        let x = match x {
            Number::Int(int) => return Ok(int),
            Number::Float(x) => x,
        };
        let int = x.value as i32;
        if f64::from(int) == x.value {
            return Ok(int);
        }
        self.trace.rounded(x.value, 0.0, x.depends());
        Err(Stop::Fault("wrong-type", Some(0), format!("{} is no 32-bit integer", x.value)))
    }

    /// `abs` and the roundings: an Int stays an Int.
    fn kinked(&mut self, name: &str, x: Number) -> Number {
        let x = match (name, x) {
            ("abs", Number::Int(int)) => return exact(i64::from(int).abs()),
            (_, Number::Int(int)) => return Number::Int(int),
            (_, Number::Float(x)) => x,
        };
        let value = x.value;
        if name == "abs" {
            self.trace.compared(&x, &Dual::constant(0.0));
            let slope = if value == 0.0 { 0.0 } else { value.signum() };
            return Number::Float(self.trace.chain(value.abs(), &[(slope, &x)]));
        }
        self.trace.rounded(value, if name == "round" { 0.5 } else { 0.0 }, x.depends());
        let rounded = match name {
            "floor" => value.floor(),
            "ceiling" => value.ceil(),
            "round" => value.round_ties_even(),
            _ => value.trunc(),
        };
        Number::Float(self.trace.chain(rounded, &[(0.0, &x)]))
    }
}
