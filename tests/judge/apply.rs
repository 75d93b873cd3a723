//! Applications: closures are entered, primitives are run and their complaints given a place.

use super::eval::{Machine, Site, Step, frame};
use super::value::{Closure, Primitive, Value};
use super::{Failure, Place};

/// How a primitive ends early.
pub enum Stop {
    /// Its own complaint: kind, index of the operand at fault, message.
    Fault(&'static str, Option<usize>, String),
    /// A procedure that it called failed.
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        Stop::Failed(failure)
    }
}

impl Machine<'_> {
    /// Starts an application: a primitive gives its value, a closure the body to go on with.
    pub fn enter(&mut self, procedure: Value, arguments: Vec<Value>, site: Site) -> Result<Step, Failure> {
        self.count_application(site.at)?;
        match procedure {
            Value::Closure(closure) => self.enter_closure(&closure, arguments, site.at),
            Value::Primitive(Primitive { name: "apply", least, .. }) if arguments.len() >= *least => {
                self.enter_apply(arguments, site)
            }
            Value::Primitive(primitive) => {
                let count = arguments.len();
                if count < primitive.least || primitive.most.is_some_and(|most| count > most) {
                    let message = format!("{} with {count} arguments", primitive.name);
                    return Err(Failure::new("arity", site.at, message));
                }
                match self.primitive(primitive.name, &arguments, site.at) {
                    Ok(value) => Ok(Step::Value(value)),
                    Err(stop) => Err(self.failure(stop, site)),
                }
            }
            other => {
                let message = format!("{other} is no procedure");
                Err(Failure::new("not-procedure", site.at, message))
            }
        }
    }

    fn enter_closure(&self, closure: &Closure, mut values: Vec<Value>, at: Place) -> Result<Step, Failure> {
        let lambda = &self.program.lambdas[closure.lambda as usize];
        if values.len() < lambda.fixed || (values.len() > lambda.fixed && !lambda.rest) {
            let message = format!("{} arguments for {} formals", values.len(), lambda.fixed);
            return Err(Failure::new("arity", at, message));
        }
        if lambda.rest {
            let rest = values.split_off(lambda.fixed);
            values.push(Value::list(rest, Value::Nil));
        }
        let values = values.into_iter().map(Some).collect();
        Ok(Step::Tail(lambda.body, frame(lambda.first, values, &closure.env)))
    }

    /// `(apply f a … list)`: an application of `f` in the same place, whose operands have no expressions.
    fn enter_apply(&mut self, arguments: Vec<Value>, site: Site) -> Result<Step, Failure> {
        let last = arguments.len() - 1;
        let Some(spread) = arguments[last].elements() else {
            let message = format!("{} is no list", arguments[last]);
            return Err(self.failure(Stop::Fault("wrong-type", Some(last), message), site));
        };
        let mut rest = arguments.into_iter().take(last);
        let procedure = rest.next().expect("apply has two arguments");
        let site = Site { at: site.at, operands: &[] };
        self.enter(procedure, rest.chain(spread).collect(), site)
    }

    /// Applies a procedure from within a primitive whose application is at `at`.
    pub fn call(&mut self, procedure: &Value, arguments: Vec<Value>, at: Place) -> Result<Value, Failure> {
        self.depth += 1; // the primitive's own stack frames
        let value = match self.enter(procedure.clone(), arguments, Site { at, operands: &[] })? {
            Step::Value(value) => value,
            Step::Tail(body, env) => self.eval(body, &env)?,
        };
        self.depth -= 1;
        Ok(value)
    }

    /// A complaint is about the operand at fault, if that has an expression, else about the application.
    fn failure(&self, stop: Stop, site: Site) -> Failure {
        match stop {
            Stop::Failed(failure) => failure,
            Stop::Fault(kind, operand, message) => {
                let operand = operand.and_then(|index| site.operands.get(index));
                Failure::new(kind, operand.map_or(site.at, |expr| self.place(*expr)), message)
            }
        }
    }

    fn primitive(&mut self, name: &'static str, arguments: &[Value], at: Place) -> Result<Value, Stop> {
        if let Some(value) = self.numeric(name, arguments)? {
            return Ok(value);
        }
        match self.on_vectors(name, arguments, at)? {
            Some(value) => Ok(value),
            None => self.on_data(name, arguments, at),
        }
    }
}
