//! `soft-if` and `soft-choice`, at temperature 1. What is mixed may be vectors or matrices of one shape, and numbers.

use super::Failure;
use super::apply::Stop;
use super::dual::{self, Dual};
use super::eval::Machine;
use super::syntax::ExprId;
use super::value::{Env, Value};

impl Machine<'_> {
    pub fn soft_if(&mut self, parts: &[ExprId; 3], env: &Env) -> Result<Value, Failure> {
        let values = self.eval_all(parts, env)?;
        let gate = self.real(&values[0], parts[0])?;
        let (weight, slope) = dual::unary("sigmoid", gate.value).expect("sigmoid is known");
        let shares = [
            self.trace.chain(weight, &[(slope, &gate)]),
            self.trace.chain(dual::sigmoid(-gate.value), &[(-slope, &gate)]),
        ];
        self.mixed(&values[1..], &parts[1..], &shares)
    }

    pub fn soft_choice(&mut self, choices: &[ExprId], weights: &[ExprId], env: &Env) -> Result<Value, Failure> {
        let values = self.eval_all(&[choices, weights].concat(), env)?;
        let (values, gates) = values.split_at(choices.len());
        let mut reals = Vec::new();
        for (value, expr) in gates.iter().zip(weights) {
            reals.push(self.real(value, *expr)?);
        }
        let largest = reals.iter().map(|weight| weight.value).fold(f64::NEG_INFINITY, f64::max);
        let powers: Vec<f64> = reals.iter().map(|weight| (weight.value - largest).exp()).collect();
        let total: f64 = powers.iter().sum();
        let shares: Vec<f64> = powers.iter().map(|power| power / total).collect();
        let mut learnable = Vec::new();
        for (index, share) in shares.iter().enumerate() {
            let slope = |other: usize| share * (if other == index { 1.0 } else { 0.0 } - shares[other]);
            let partials: Vec<(f64, &Dual)> = reals.iter().enumerate().map(|(other, w)| (slope(other), w)).collect();
            learnable.push(self.trace.chain(*share, &partials));
        }
        self.mixed(values, choices, &learnable)
    }

    /// The sum of shares times values.
    fn mixed(&mut self, values: &[Value], exprs: &[ExprId], shares: &[Dual]) -> Result<Value, Failure> {
        let mut terms = Vec::new();
        for ((value, expr), share) in values.iter().zip(exprs).zip(shares) {
            terms.push(match value {
                Value::Vector(_) => self.spread("*", &Value::Float(share.clone()), value),
                number => {
                    let number = self.real(number, *expr)?;
                    Value::Float(self.trace.arithmetic("*", share, &number))
                }
            });
        }
        self.on_arrays("+", &terms).map_err(|stop| match stop {
            Stop::Failed(failure) => failure,
            Stop::Fault(kind, operand, message) => {
                Failure::new(kind, self.place(exprs[operand.unwrap_or_default()]), message)
            }
        })
    }

    /// A value that must be a number, as a Float.
    fn real(&self, value: &Value, expr: ExprId) -> Result<Dual, Failure> {
        match value {
            Value::Int(int) => Ok(Dual::constant(f64::from(*int))),
            Value::Float(dual) => Ok(dual.clone()),
            other => Err(Failure::new("wrong-type", self.place(expr), format!("{other} is no number"))),
        }
    }
}
