//! `soft-if` and `soft-choice`, at temperature 1.

use super::Failure;
use super::dual::{self, Dual};
use super::eval::Machine;
use super::syntax::ExprId;
use super::value::{Env, Value};

impl Machine<'_> {
    pub fn soft_if(&mut self, parts: &[ExprId; 3], env: &Env) -> Result<Value, Failure> {
        let operands = self.reals(parts, env)?;
        let [gate, yes, no] = &operands[..] else { unreachable!("soft-if has three operands") };
        let (weight, slope) = dual::unary("sigmoid", gate.value).expect("sigmoid is known");
        let value = weight * yes.value + (1.0 - weight) * no.value;
        let by_gate = slope * (yes.value - no.value);
        let partials = [(by_gate, gate), (weight, yes), (1.0 - weight, no)];
        Ok(Value::Float(self.trace.chain(value, &partials)))
    }

    pub fn soft_choice(&mut self, choices: &[ExprId], weights: &[ExprId], env: &Env) -> Result<Value, Failure> {
        let operands = self.reals(&[choices, weights].concat(), env)?;
        let (choices, weights) = operands.split_at(choices.len());
        let largest = weights.iter().map(|weight| weight.value).fold(f64::NEG_INFINITY, f64::max);
        let powers: Vec<f64> = weights.iter().map(|weight| (weight.value - largest).exp()).collect();
        let total: f64 = powers.iter().sum();
        let shares: Vec<f64> = powers.iter().map(|power| power / total).collect();
        let value: f64 = choices.iter().zip(&shares).map(|(choice, share)| share * choice.value).sum();
        let mut partials = Vec::new();
        for ((choice, weight), share) in choices.iter().zip(weights).zip(&shares) {
            partials.push((*share, choice));
            partials.push((share * (choice.value - value), weight));
        }
        Ok(Value::Float(self.trace.chain(value, &partials)))
    }

    /// Operands, evaluated first and then checked, that must be numbers, as Floats.
    fn reals(&mut self, exprs: &[ExprId], env: &Env) -> Result<Vec<Dual>, Failure> {
        let values = self.eval_all(exprs, env)?;
        let check = |(expr, value): (&ExprId, Value)| match value {
            Value::Int(int) => Ok(Dual::constant(f64::from(int))),
            Value::Float(dual) => Ok(dual),
            other => {
                let message = format!("{other} is no number");
                Err(Failure::new("wrong-type", self.place(*expr), message))
            }
        };
        exprs.iter().zip(values).map(check).collect()
    }
}
