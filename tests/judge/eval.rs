//! The evaluator: expressions in an environment, with a loop for tail positions.

use std::cell::RefCell;
use std::rc::Rc;

use super::dual::{Dual, Trace};
use super::syntax::{Expr, ExprId, Program, VarId};
use super::value::{Closure, Env, Frame, Value};
use super::{Failure, MAX_DEPTH, Place};

pub struct Machine<'p> {
    pub program: &'p Program,
    inputs: Vec<Dual>,
    pub trace: Trace,
    pub applications: u64,
    limit: u64,
    /// Evaluations, and calls from within primitives, that wait for another one.
    pub depth: u32,
}

/// How an expression goes on: with its value, or with an expression in tail position.
pub enum Step {
    Value(Value),
    Tail(ExprId, Env),
}

/// Where an application stands in the text; no operands when a primitive made it.
#[derive(Clone, Copy)]
pub struct Site<'s> {
    pub at: Place,
    pub operands: &'s [ExprId],
}

/// An environment with one more frame.
pub fn frame(first: VarId, values: Vec<Option<Value>>, parent: &Env) -> Env {
    let values = RefCell::new(values);
    Some(Rc::new(Frame { first, values, parent: parent.clone() }))
}

/// The frame that a variable is in.
fn frame_of(variable: VarId, env: &Env) -> &Rc<Frame> {
    let mut env = env;
    loop {
        let frame = env.as_ref().expect("scope resolution found this variable");
        let index = variable.wrapping_sub(frame.first) as usize;
        if index < frame.values.borrow().len() || index == 0 {
            return frame;
        }
        env = &frame.parent;
    }
}

fn assign(variable: VarId, value: Value, env: &Env) {
    let frame = frame_of(variable, env);
    frame.values.borrow_mut()[(variable - frame.first) as usize] = Some(value);
}

impl<'p> Machine<'p> {
    pub fn new(program: &'p Program, inputs: Vec<Dual>, limit: u64) -> Machine<'p> {
        Machine { program, inputs, trace: Trace::new(), applications: 0, limit, depth: 0 }
    }

    pub fn run(&mut self) -> Result<Value, Failure> {
        self.eval(self.program.root, &None)
    }

    pub fn place(&self, expr: ExprId) -> Place {
        self.program.exprs[expr as usize].1
    }

    /// Both budgets are checked where an application starts: every endless run makes applications.
    pub fn count_application(&mut self, at: Place) -> Result<(), Failure> {
        self.applications += 1;
        if self.depth > MAX_DEPTH {
            return Err(Failure::new("stack", at, "too deep a recursion"));
        }
        if self.applications > self.limit {
            let message = format!("more than {} applications", self.limit);
            return Err(Failure::new("steps", at, message));
        }
        Ok(())
    }

    pub fn eval(&mut self, expr: ExprId, env: &Env) -> Result<Value, Failure> {
        self.depth += 1;
        let mut step = self.step(expr, env)?;
        loop {
            match step {
                Step::Value(value) => {
                    self.depth -= 1;
                    return Ok(value);
                }
                Step::Tail(expr, env) => step = self.step(expr, &env)?,
            }
        }
    }

    pub fn eval_all(&mut self, exprs: &[ExprId], env: &Env) -> Result<Vec<Value>, Failure> {
        let mut values = Vec::with_capacity(exprs.len());
        for expr in exprs {
            values.push(self.eval(*expr, env)?);
        }
        Ok(values)
    }

    /// Evaluates the inits of a binding form into a frame.
    fn bound(&mut self, first: VarId, inits: &[ExprId], env: &Env, parent: &Env) -> Result<Env, Failure> {
        let values = self.eval_all(inits, env)?;
        Ok(frame(first, values.into_iter().map(Some).collect(), parent))
    }

    /// What an expression comes to without its tail position. (Short: unoptimised, its frame is the depth of recursion.)
    fn step(&mut self, expr: ExprId, env: &Env) -> Result<Step, Failure> {
        let program = self.program;
        let (node, at) = &program.exprs[expr as usize];
        match node {
            Expr::If(test, yes, no) => {
                let is_true = self.eval(*test, env)?.is_true();
                Ok(Step::Tail(if is_true { *yes } else { *no }, env.clone()))
            }
            Expr::And(parts) => self.first_where(false, parts, env),
            Expr::Or(parts) => self.first_where(true, parts, env),
            Expr::Sequence(parts) => {
                let (last, before) = parts.split_last().expect("a sequence is not empty");
                self.eval_all(before, env)?;
                Ok(Step::Tail(*last, env.clone()))
            }
            Expr::Call(operator, operands) => self.application(*operator, operands, *at, env),
            Expr::Let { first, inits, body } | Expr::Loop { first, inits, body } => {
                Ok(Step::Tail(*body, self.bound(*first, inits, env, env)?))
            }
            Expr::Letrec { first, inits, body } => {
                let env = frame(*first, vec![None; inits.len()], env);
                let values = self.eval_all(inits, &env)?;
                for (variable, value) in (*first..).zip(values) {
                    assign(variable, value, &env);
                }
                Ok(Step::Tail(*body, env))
            }
            Expr::Block { first, count, items } => self.block(*first, *count, items, env),
            Expr::Recur { first, values } => {
                let inside = self.bound(*first, values, env, &frame_of(*first, env).parent)?;
                self.count_application(*at)?;
                Ok(Step::Tail(program.loops[first], inside))
            }
            _ => Ok(Step::Value(self.value(node, *at, env)?)),
        }
    }

    /// The value of an expression that has nothing in tail position.
    fn value(&mut self, node: &Expr, at: Place, env: &Env) -> Result<Value, Failure> {
        match node {
            Expr::Const(value) => Ok(value.clone()),
            Expr::Local(variable) => {
                let frame = frame_of(*variable, env);
                let value = frame.values.borrow()[(variable - frame.first) as usize].clone();
                value.ok_or_else(|| Failure::new("unbound", at, "read before it has a value"))
            }
            Expr::Input(index) => Ok(Value::Float(self.inputs[*index].clone())),
            Expr::Param(index) => {
                let param = &self.program.params[*index];
                Ok(Value::Float(match param.input {
                    Some(input) => self.inputs[input].clone(),
                    None => Dual::constant(param.start),
                }))
            }
            Expr::Lambda(lambda) => Ok(Value::Closure(Rc::new(Closure { lambda: *lambda, env: env.clone() }))),
            Expr::IsOneOf(value, data) => {
                let value = self.eval(*value, env)?;
                let is_found = data.iter().any(|datum| self.is_eqv(&value, datum));
                Ok(Value::Bool(is_found))
            }
            Expr::Cons(car, cdr) => {
                let car = self.eval(*car, env)?;
                Ok(Value::pair(car, self.eval(*cdr, env)?))
            }
            Expr::Splice(list, rest) => {
                let spliced = self.eval(*list, env)?;
                let rest = self.eval(*rest, env)?;
                let Some(items) = spliced.elements() else {
                    let message = "only a list can be spliced in";
                    return Err(Failure::new("wrong-type", self.place(*list), message));
                };
                Ok(Value::list(items, rest))
            }
            Expr::SoftIf(parts) => self.soft_if(parts, env),
            Expr::SoftChoice(choices, weights) => self.soft_choice(choices, weights, env),
            _ => unreachable!("an expression with a tail position"),
        }
    }

    /// `or` (the first true part) and `and` (the first false one); without one, the last part.
    fn first_where(&mut self, wanted: bool, parts: &[ExprId], env: &Env) -> Result<Step, Failure> {
        let Some((last, before)) = parts.split_last() else {
            return Ok(Step::Value(Value::Bool(!wanted)));
        };
        for part in before {
            let value = self.eval(*part, env)?;
            if value.is_true() == wanted {
                return Ok(Step::Value(value));
            }
        }
        Ok(Step::Tail(*last, env.clone()))
    }

    fn block(
        &mut self,
        first: VarId,
        count: usize,
        items: &[(Option<VarId>, ExprId)],
        outer: &Env,
    ) -> Result<Step, Failure> {
        let env = match count {
            0 => outer.clone(),
            _ => frame(first, vec![None; count], outer),
        };
        let mut value = Value::Unspecified;
        let (last, before) = items.split_last().expect("a block has an expression");
        for (variable, item) in before {
            let result = self.eval(*item, &env)?;
            match variable {
                Some(variable) => assign(*variable, result, &env),
                None => value = result,
            }
        }
        let (Some(variable), item) = *last else {
            return Ok(Step::Tail(last.1, env));
        };
        let result = self.eval(item, &env)?;
        assign(variable, result, &env);
        Ok(Step::Value(value))
    }

    fn application(&mut self, operator: ExprId, operands: &[ExprId], at: Place, env: &Env) -> Result<Step, Failure> {
        let procedure = self.eval(operator, env)?;
        let arguments = self.eval_all(operands, env)?;
        self.enter(procedure, arguments, Site { at, operands })
    }
}
