//! Numbers with their derivatives (forward mode), and the elementary functions' partials.

use std::f64::consts::PI;
use std::fmt;
use std::rc::Rc;

/// A Float and its derivative by every input; no tangent: it depends on none.
#[derive(Clone, Debug)]
pub struct Dual {
    pub value: f64,
    pub tangent: Option<Rc<[f64]>>,
}

impl Dual {
    pub fn constant(value: f64) -> Dual {
        Dual { value, tangent: None }
    }

    /// Input number `index` of `count`.
    pub fn input(value: f64, index: usize, count: usize) -> Dual {
        let tangent = (0..count).map(|other| if other == index { 1.0 } else { 0.0 }).collect();
        Dual { value, tangent: Some(tangent) }
    }

    pub fn depends(&self) -> bool {
        self.tangent.is_some()
    }
}

impl fmt::Display for Dual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value {
            value if value.is_nan() => f.write_str("+nan.0"),
            f64::INFINITY => f.write_str("+inf.0"),
            f64::NEG_INFINITY => f.write_str("-inf.0"),
            value => write!(f, "{value:?}"),
        }
    }
}

/// What is noted while numbers are worked with.
pub struct Trace {
    pub branch_margin: f64,
    pub constant_margin: f64,
    pub irregular: bool,
}

impl Trace {
    pub fn new() -> Trace {
        Trace { branch_margin: f64::INFINITY, constant_margin: f64::INFINITY, irregular: false }
    }

    /// The chain rule: `value` was computed from operands with these partials.
    pub fn chain(&mut self, value: f64, parts: &[(f64, &Dual)]) -> Dual {
        let mut sum: Option<Vec<f64>> = None;
        for (partial, operand) in parts {
            let Some(tangent) = &operand.tangent else {
                continue;
            };
            let sum = sum.get_or_insert_with(|| vec![0.0; tangent.len()]);
            for (total, direction) in sum.iter_mut().zip(tangent.iter()) {
                if *partial != 0.0 && *direction != 0.0 {
                    *total += partial * direction;
                }
            }
            self.irregular |= !partial.is_finite();
        }
        if let Some(sum) = &sum {
            self.irregular |= !value.is_finite() || sum.iter().any(|total| !total.is_finite());
        }
        Dual { value, tangent: sum.map(Rc::from) }
    }

    /// `+ - * /` of Floats.
    pub fn arithmetic(&mut self, name: &str, a: &Dual, b: &Dual) -> Dual {
        let (x, y) = (a.value, b.value);
        let (value, by_a, by_b) = match name {
            "+" => (x + y, 1.0, 1.0),
            "-" => (x - y, 1.0, -1.0),
            "*" => (x * y, y, x),
            "/" => (x / y, 1.0 / y, -x / (y * y)),
            _ => unreachable!("{name} is none of the four operations"),
        };
        self.chain(value, &[(by_a, a), (by_b, b)])
    }

    /// Notes a test whether `x`, which was computed from numbers up to `scale`, is 0.
    pub fn near_zero(&mut self, x: &Dual, scale: f64) {
        self.note(x.value.abs(), scale, x.depends());
    }

    /// Notes that a decision was this far from going the other way.
    fn note(&mut self, distance: f64, scale: f64, depends: bool) {
        let margin = match distance / scale.max(1.0) {
            _ if distance.is_nan() => 0.0,
            margin if margin.is_nan() => 1.0,
            margin => margin,
        };
        let least = if depends { &mut self.branch_margin } else { &mut self.constant_margin };
        *least = least.min(margin);
    }

    /// Notes a comparison of `a` and `b`. A number compared with itself is equal in every precision, and no near thing.
    pub fn compared(&mut self, a: &Dual, b: &Dual) {
        if let (Some(left), Some(right)) = (&a.tangent, &b.tangent)
            && Rc::ptr_eq(left, right)
            && !a.value.is_nan()
        {
            return;
        }
        let same_infinity = a.value.is_infinite() && a.value == b.value;
        let distance = if same_infinity { 0.0 } else { (a.value - b.value).abs() };
        self.note(distance, a.value.abs().max(b.value.abs()), a.depends() || b.depends());
    }

    /// Notes a rounding of `value` that jumps at the integers plus `offset`.
    pub fn rounded(&mut self, value: f64, offset: f64, depends: bool) {
        let shifted = value - offset;
        self.note((shifted - shifted.round()).abs(), value.abs(), depends);
    }
}

/// Value and derivative of a function of one Float; `None` for a name that is none.
pub fn unary(name: &str, x: f64) -> Option<(f64, f64)> {
    Some(match name {
        "sqrt" => (x.sqrt(), 0.5 / x.sqrt()),
        "exp" => (x.exp(), x.exp()),
        "log" => (x.ln(), 1.0 / x),
        "sin" => (x.sin(), x.cos()),
        "cos" => (x.cos(), -x.sin()),
        "tan" => (x.tan(), 1.0 + x.tan() * x.tan()),
        "asin" => (x.asin(), 1.0 / ((1.0 - x) * (1.0 + x)).sqrt()),
        "acos" => (x.acos(), -1.0 / ((1.0 - x) * (1.0 + x)).sqrt()),
        "atan" => (x.atan(), 1.0 / (1.0 + x * x)),
        "sinh" => (x.sinh(), x.cosh()),
        "cosh" => (x.cosh(), x.sinh()),
        "tanh" => (x.tanh(), 1.0 / (x.cosh() * x.cosh())),
        "sigmoid" => (sigmoid(x), sigmoid(x) * sigmoid(-x)),
        "erf" => (libm::erf(x), 2.0 / PI.sqrt() * (-x * x).exp()),
        "lgamma" => (libm::lgamma(x), digamma(x)),
        _ => return None,
    })
}

pub fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 { 1.0 / (1.0 + (-x).exp()) } else { x.exp() / (1.0 + x.exp()) }
}

/// ψ(x) (Abramowitz and Stegun 6.3.5, 6.3.7, 6.3.18): reflection, recurrence up to 20, asymptotic series.
fn digamma(x: f64) -> f64 {
    if x <= 0.0 {
        if x == x.floor() {
            return f64::NAN;
        }
        return digamma(1.0 - x) - PI / (PI * x).tan();
    }
    let (mut x, mut shift) = (x, 0.0);
    while x < 20.0 {
        shift -= 1.0 / x;
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    let series = r * (1.0 / 12.0 - r * (1.0 / 120.0 - r * (1.0 / 252.0 - r * (1.0 / 240.0 - r / 132.0))));
    shift + x.ln() - 0.5 / x - series
}

/// Value and partials of x^y: by x it is 0 for y = 0, by y it is 0 for x = 0 and y > 0.
pub fn power(x: f64, y: f64) -> (f64, f64, f64) {
    let value = x.powf(y);
    let by_x = if y == 0.0 { 0.0 } else { y * x.powf(y - 1.0) };
    let by_y = if x == 0.0 && y > 0.0 { 0.0 } else { value * x.ln() };
    (value, by_x, by_y)
}
