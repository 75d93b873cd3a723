//! The optimiser against certified answers: nine nonlinear regression problems of the NIST Statistical Reference Datasets (public domain,
//! <https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml>), each from both of its starts, with Jacobians from dual numbers.

use std::ops::{Add, Div, Mul, Neg, Sub};

use evalgrad::Table;
use evalgrad::fit::{Evaluation, Failure, FitReport, Observations, Options, Parameter, Residuals, fit};
use serde_json::Value;

/// The most parameters a problem here has.
const WIDTH: usize = 9;

/// A value and its derivatives by the parameters.
#[derive(Clone, Copy, Debug)]
struct Dual {
    value: f64,
    grad: [f64; WIDTH],
}

impl Dual {
    fn constant(value: f64) -> Dual {
        Dual { value, grad: [0.0; WIDTH] }
    }

    fn parameter(index: usize, value: f64) -> Dual {
        let mut dual = Dual::constant(value);
        dual.grad[index] = 1.0;
        dual
    }

    /// f(self) with derivative `slope`.
    fn chain(self, value: f64, slope: f64) -> Dual {
        Dual { value, grad: self.grad.map(|g| g * slope) }
    }

    fn exp(self) -> Dual {
        self.chain(self.value.exp(), self.value.exp())
    }

    fn ln(self) -> Dual {
        self.chain(self.value.ln(), 1.0 / self.value)
    }

    fn cos(self) -> Dual {
        self.chain(self.value.cos(), -self.value.sin())
    }

    fn sin(self) -> Dual {
        self.chain(self.value.sin(), self.value.cos())
    }

    fn pow(self, exponent: Dual) -> Dual {
        (exponent * self.ln()).exp()
    }
}

fn both(a: Dual, b: Dual, value: f64, by_a: f64, by_b: f64) -> Dual {
    Dual { value, grad: std::array::from_fn(|i| by_a * a.grad[i] + by_b * b.grad[i]) }
}

impl Add for Dual {
    type Output = Dual;
    fn add(self, other: Dual) -> Dual {
        both(self, other, self.value + other.value, 1.0, 1.0)
    }
}

impl Sub for Dual {
    type Output = Dual;
    fn sub(self, other: Dual) -> Dual {
        both(self, other, self.value - other.value, 1.0, -1.0)
    }
}

impl Mul for Dual {
    type Output = Dual;
    fn mul(self, other: Dual) -> Dual {
        both(self, other, self.value * other.value, other.value, self.value)
    }
}

impl Div for Dual {
    type Output = Dual;
    fn div(self, other: Dual) -> Dual {
        let value = self.value / other.value;
        both(self, other, value, 1.0 / other.value, -value / other.value)
    }
}

impl Neg for Dual {
    type Output = Dual;
    fn neg(self) -> Dual {
        self.chain(-self.value, -1.0)
    }
}

type Formula = fn(&[Dual], Dual) -> Dual;

fn misra1a(b: &[Dual], x: Dual) -> Dual {
    b[0] * (Dual::constant(1.0) - (-(b[1] * x)).exp())
}

fn chwirut2(b: &[Dual], x: Dual) -> Dual {
    (-(b[0] * x)).exp() / (b[1] + b[2] * x)
}

fn danwood(b: &[Dual], x: Dual) -> Dual {
    b[0] * x.pow(b[1])
}

fn enso(b: &[Dual], x: Dual) -> Dual {
    let w = Dual::constant(2.0 * std::f64::consts::PI) * x;
    let year = Dual::constant(12.0);
    let wave = |c: Dual, s: Dual, period: Dual| c * (w / period).cos() + s * (w / period).sin();
    b[0] + wave(b[1], b[2], year) + wave(b[4], b[5], b[3]) + wave(b[7], b[8], b[6])
}

fn gauss1(b: &[Dual], x: Dual) -> Dual {
    let peak = |height: Dual, centre: Dual, width: Dual| {
        let u = (x - centre) / width;
        height * (-(u * u)).exp()
    };
    b[0] * (-(b[1] * x)).exp() + peak(b[2], b[3], b[4]) + peak(b[5], b[6], b[7])
}

fn lanczos3(b: &[Dual], x: Dual) -> Dual {
    let term = |size: Dual, rate: Dual| size * (-(rate * x)).exp();
    term(b[0], b[1]) + term(b[2], b[3]) + term(b[4], b[5])
}

fn mgh09(b: &[Dual], x: Dual) -> Dual {
    b[0] * (x * x + b[1] * x) / (x * x + b[2] * x + b[3])
}

fn rat43(b: &[Dual], x: Dual) -> Dual {
    let one = Dual::constant(1.0);
    b[0] / (one + (b[1] - b[2] * x).exp()).pow(one / b[3])
}

fn thurber(b: &[Dual], x: Dual) -> Dual {
    let above = b[0] + x * (b[1] + x * (b[2] + x * b[3]));
    above / (Dual::constant(1.0) + x * (b[4] + x * (b[5] + x * b[6])))
}

/// A formula over the rows of one column.
#[derive(Clone)]
struct Model {
    formula: Formula,
    xs: Vec<f64>,
}

impl Residuals for Model {
    fn evaluate(&mut self, free: &[f64], jacobian: bool) -> Result<Evaluation, Failure> {
        let parameters: Vec<Dual> =
            free.iter().enumerate().map(|(index, value)| Dual::parameter(index, *value)).collect();
        let mut evaluation = Evaluation::default();
        for x in &self.xs {
            let out = (self.formula)(&parameters, Dual::constant(*x));
            evaluation.values.push(out.value);
            if jacobian {
                evaluation.jacobian.extend(&out.grad[..free.len()]);
            }
        }
        Ok(evaluation)
    }
}

macro_rules! problem {
    ($name:literal, $formula:expr) => {
        Problem {
            formula: $formula,
            facts: include_str!(concat!("data/nist/", $name, ".json")),
            data: include_str!(concat!("data/nist/", $name, ".csv")),
        }
    };
}

struct Problem {
    formula: Formula,
    facts: &'static str,
    data: &'static str,
}

const PROBLEMS: [Problem; 9] = [
    problem!("misra1a", misra1a),
    problem!("chwirut2", chwirut2),
    problem!("danwood", danwood),
    problem!("enso", enso),
    problem!("gauss1", gauss1),
    problem!("lanczos3", lanczos3),
    problem!("mgh09", mgh09),
    problem!("rat43", rat43),
    problem!("thurber", thurber),
];

impl Problem {
    fn facts(&self) -> Value {
        serde_json::from_str(self.facts).unwrap()
    }

    /// The fit from these starting values.
    fn fit(&self, start: &Value, options: &Options) -> FitReport {
        let table = Table::from_reader(self.data.as_bytes()).unwrap();
        let parameters: Vec<Parameter> = start
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| Parameter::new(name).start(value.as_f64().unwrap()))
            .collect();
        let model = Model { formula: self.formula, xs: table.column("x").unwrap().to_vec() };
        let observations = Observations::new(table.column("y").unwrap().to_vec());
        fit(&|| model.clone(), &parameters, &observations, options, &mut |_| ()).unwrap()
    }
}

/// How many digits agree: −log₁₀ of the relative error, 11 at most, which is what is certified.
fn digits(found: f64, certified: &Value) -> f64 {
    let certified = certified.as_f64().unwrap();
    (-((found - certified) / certified).abs().log10()).min(11.0)
}

#[test]
fn certified_values_and_errors_from_both_starts() {
    for problem in &PROBLEMS {
        let facts = problem.facts();
        for start in ["start1", "start2"] {
            let report = problem.fit(&facts[start], &Options::default());
            let (mut values, mut errors) = (11f64, 11f64);
            for (name, certified) in facts["certified"].as_object().unwrap() {
                let estimate = report.parameter(name).unwrap();
                values = values.min(digits(estimate.value, certified));
                let error = estimate.std_error.unwrap_or(f64::NAN);
                errors = errors.min(digits(error, &facts["standard_error"][name]));
            }
            let rss = digits(report.rss.expect("residuals"), &facts["rss"]);
            let what = format!(
                "{} {start}: {values:.1} digits, errors {errors:.1}, rss {rss:.1}, {} iterations: {}",
                facts["name"].as_str().unwrap(),
                report.iterations,
                report.reason
            );
            println!("{what}");
            assert!(report.converged, "{what}");
            assert!(values >= 8.0 && errors >= 8.0 && rss >= 8.0, "{what}");
        }
    }
}
