//! The judge: a second, naive implementation of the language, which tests compare the engine with.
//!
//! In: a program's text, its inputs and constants. Out: an [`Outcome`] (written value, number, gradient) or a [`Failure`]
//! (kind and place). It shares no code with the engine: own reader, own scope resolution, own evaluator, in f64 with
//! forward-mode dual numbers, so a mistake would have to be made twice to stay unseen.
//!
//! What always holds: tail calls cost no stack; everything runs on a thread with a stack large enough for
//! [`MAX_DEPTH`] pending evaluations, so recursion of 100,000 levels is fine and endless recursion is a `stack` failure.
//!
//! Deliberately absent: reporting more than the first error of a text, heap and tape budgets, speed.
//!
//! Forward against reverse mode. A tangent of exactly 0 and a partial of exactly 0 both contribute nothing here; in
//! reverse mode an adjoint of exactly 0 contributes nothing. The two agree whenever every number met on the way is finite.
//! They can differ where one is not: `(sqrt (* 0 x))` at any `x` is 0 here, and NaN for a reverse pass that multiplies the
//! infinite adjoint of the product by 0. [`Outcome::irregular`] says that a number like this was met.
//!
//! ```ignore
//! let outcome = judge("(* a (exp x))", &[("a", 2.0), ("x", 0.0)], &[], 1000).unwrap();
//! assert_eq!((outcome.value.as_str(), outcome.gradient), ("2.0", vec![1.0, 2.0]));
//! ```
#![allow(dead_code)] // every integration test includes this module and uses its own part of it

mod apply;
mod array;
mod bodies;
mod derived;
mod dual;
mod eval;
mod expand;
pub mod generate;
mod linear;
mod lists;
pub mod long;
mod numbers;
mod phrases;
mod phrases_loops;
mod phrases_matrices;
mod phrases_sorts;
mod phrases_vectors;
mod quasi;
mod reader;
mod soft;
mod syntax;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_vectors;
mod value;
mod vectors;
mod words;

use std::rc::Rc;

use dual::Dual;
use value::Value;

/// Pending evaluations (not calls: an operand within an operand counts too) before a `stack` failure.
pub const MAX_DEPTH: u32 = 250_000;

/// Bytes of the evaluating thread's stack: [`MAX_DEPTH`] times the largest frame of an unoptimised build, and room.
const STACK: usize = 2 << 30;

/// A line and a column, from 1, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub line: u32,
    pub column: u32,
}

/// What a program that ran to its end gave.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The value as `write` shows it; Floats shortest in f64, with `.0` when integral.
    pub value: String,
    /// The value, when it is an Int or a Float.
    pub number: Option<f64>,
    /// The derivative of the value by each input, in the order given; zeros unless the value is a Float.
    pub gradient: Vec<f64>,
    /// The smallest distance to a tie, relative to the larger of the two sides and 1, over all comparisons, roundings and
    /// kinks of Floats that depended on an input; infinite when there was none, 0 when one met a NaN.
    pub branch_margin: f64,
    /// The same over Floats that did not depend on an input.
    pub constant_margin: f64,
    /// A value, partial or tangent that depended on an input was NaN or infinite on the way, whether it reached the value
    /// or not: the gradient may then differ from reverse mode's.
    pub irregular: bool,
    /// Applications evaluated, `recur`s and the calls that `map` and its like make included.
    pub applications: u64,
}

/// Why a program gave no value.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// A kind of LANGUAGE.md (`unbound`, `wrong-type`, …), or `read`, `expand`, `input` (a free name without a value).
    pub kind: String,
    pub line: u32,
    pub column: u32,
    pub message: String,
}

impl Failure {
    fn new(kind: &str, at: Place, message: impl Into<String>) -> Failure {
        Failure { kind: kind.into(), line: at.line, column: at.column, message: message.into() }
    }
}

/// Evaluates a program.
///
/// `inputs` are bound to Floats with a derivative each; a name of an unnamed `param` form (`p1`) overrides its start.
/// `constants` bind names to data, written as text. At most `max_applications` applications are made.
pub fn judge(
    text: &str,
    inputs: &[(&str, f64)],
    constants: &[(&str, &str)],
    max_applications: u64,
) -> Result<Outcome, Failure> {
    std::thread::scope(|scope| {
        let evaluation = || judge_here(text, inputs, constants, max_applications);
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, evaluation);
        thread.expect("a thread for the judge").join().expect("the judge does not panic")
    })
}

fn judge_here(
    text: &str,
    inputs: &[(&str, f64)],
    constants: &[(&str, &str)],
    max_applications: u64,
) -> Result<Outcome, Failure> {
    let forms = reader::read(text)?;
    let mut data = Vec::new();
    for (name, datum) in constants {
        let datum = reader::read(datum)?
            .into_iter()
            .next()
            .ok_or_else(|| Failure::new("read", Place { line: 1, column: 1 }, format!("constant {name} is empty")))?;
        data.push((Rc::from(*name), Value::from_datum(&datum)));
    }
    let names: Vec<&str> = inputs.iter().map(|(name, _)| *name).collect();
    let program = expand::expand(&forms, &names, data)?;
    let bound = inputs.iter().enumerate().map(|(index, (_, value))| Dual::input(*value, index, inputs.len())).collect();
    let mut machine = eval::Machine::new(&program, bound, max_applications);
    let value = machine.run()?;
    let (number, gradient) = match &value {
        Value::Int(int) => (Some(f64::from(*int)), None),
        Value::Float(dual) => (Some(dual.value), dual.tangent.as_ref().map(|tangent| tangent.to_vec())),
        _ => (None, None),
    };
    Ok(Outcome {
        value: value.to_string(),
        number,
        gradient: gradient.unwrap_or_else(|| vec![0.0; inputs.len()]),
        branch_margin: machine.trace.branch_margin,
        constant_margin: machine.trace.constant_margin,
        irregular: machine.trace.irregular,
        applications: machine.applications,
    })
}
