//! The rules of A-normal form, checked.

use super::{Anf, AnfError, Atom, Binding, BlockId, FunctionId, Operand, Tail, Value, Variable, deep};

impl Anf {
    /// Checks every rule that the stage promises: single binding before use, captures, operand counts, tails.
    pub fn verify(&self) -> Result<(), AnfError> {
        for id in self.entry.iter().chain(self.exports.iter().map(|(_, id)| id)) {
            let function = self.functions.get(id.0 as usize).ok_or(AnfError::Form("a function that is not"))?;
            rule(function.captures.is_empty(), "a top-level function captures variables")?;
        }
        let mut check = Check {
            anf: self,
            bound: vec![false; self.variables.len()],
            scope: vec![None; self.variables.len()],
            walked: vec![false; self.blocks.len()],
            function: FunctionId(0),
        };
        for (index, function) in self.functions.iter().enumerate() {
            check.function = FunctionId(index as u32);
            for &variable in function.params.iter().chain(&function.rest) {
                check.bind(variable)?;
            }
            for &variable in &function.captures {
                check.enter(variable)?;
            }
            check.block(function.body, true)?;
        }
        rule(check.walked.iter().all(|&walked| walked), "a block that nothing reaches")
    }
}

struct Check<'a> {
    anf: &'a Anf,
    bound: Vec<bool>,
    /// The function in which a variable can be named at this point.
    scope: Vec<Option<FunctionId>>,
    walked: Vec<bool>,
    function: FunctionId,
}

impl Check<'_> {
    fn enter(&mut self, variable: Variable) -> Result<(), AnfError> {
        let scope = self.scope.get_mut(variable.0 as usize).ok_or(AnfError::Form("a variable that is not"))?;
        rule(*scope != Some(self.function), "a variable is captured twice, or by the function that binds it")?;
        *scope = Some(self.function);
        Ok(())
    }

    fn bind(&mut self, variable: Variable) -> Result<(), AnfError> {
        let bound = self.bound.get_mut(variable.0 as usize).ok_or(AnfError::Form("a variable that is not"))?;
        rule(!*bound, "a variable is bound twice")?;
        *bound = true;
        self.scope[variable.0 as usize] = Some(self.function);
        Ok(())
    }

    fn visible(&self, variable: Variable) -> Result<(), AnfError> {
        let scope = self.scope.get(variable.0 as usize).copied().flatten();
        rule(scope == Some(self.function), "a variable is used where it cannot be seen")
    }

    fn operands(&self, operands: &[Operand]) -> Result<(), AnfError> {
        for operand in operands {
            match &operand.atom {
                Atom::Variable(variable) => self.visible(*variable)?,
                Atom::Input(input) => rule((input.0 as usize) < self.anf.inputs.len(), "an input that is not")?,
                Atom::Constant(_) | Atom::Library(_) => {}
            }
        }
        Ok(())
    }

    fn block(&mut self, id: BlockId, tail_position: bool) -> Result<(), AnfError> {
        let block = self.anf.blocks.get(id.0 as usize).ok_or(AnfError::Form("a block that is not"))?;
        rule(!std::mem::replace(&mut self.walked[id.0 as usize], true), "a block is used twice")?;
        let mut group = None;
        for (index, binding) in block.bindings.iter().enumerate() {
            let outer = std::mem::replace(&mut group, group_of(binding));
            match group {
                // Closures of a group see each other: all are bound where the first stands.
                Some(_) if group != outer => {
                    for member in block.bindings[index..].iter().take_while(|member| group_of(member) == group) {
                        self.bind(member.variable)?;
                    }
                    self.value(&binding.value)?;
                }
                Some(_) => self.value(&binding.value)?,
                None => {
                    self.value(&binding.value)?;
                    self.bind(binding.variable)?;
                }
            }
        }
        self.operands(block.tail.operands())?;
        match &block.tail {
            Tail::Yield(_) => rule(!tail_position, "a yield in tail position")?,
            Tail::Branch(_, yes, no) => {
                rule(tail_position, "a tail outside tail position")?;
                self.sides(*yes, *no, true)?;
            }
            Tail::Return(_) | Tail::Call { .. } | Tail::Apply { .. } => {
                rule(tail_position, "a tail outside tail position")?;
            }
        }
        for binding in &block.bindings {
            self.scope[binding.variable.0 as usize] = None;
        }
        Ok(())
    }

    fn sides(&mut self, yes: BlockId, no: BlockId, tail_position: bool) -> Result<(), AnfError> {
        deep(|| self.block(yes, tail_position))?;
        deep(|| self.block(no, tail_position))
    }

    fn value(&mut self, value: &Value) -> Result<(), AnfError> {
        self.operands(value.operands())?;
        match value {
            Value::Op(op, inputs) => {
                rule(inputs.len() == usize::from(op.row().arity), "an operation with other operands than its row says")
            }
            Value::Dynamic(inputs) => rule((2..=3).contains(&inputs.len()), "a dynamic operation without operands"),
            Value::Call { inputs, .. } => rule(!inputs.is_empty(), "an application without operator"),
            Value::If(_, yes, no) => self.sides(*yes, *no, false),
            Value::Constant(_) | Value::Apply { .. } => Ok(()),
            Value::Closure { function, .. } => {
                let function = self.anf.functions.get(function.0 as usize);
                let function = function.ok_or(AnfError::Form("a function that is not"))?;
                function.captures.iter().try_for_each(|&variable| self.visible(variable))
            }
        }
    }
}

fn group_of(binding: &Binding) -> Option<u32> {
    match binding.value {
        Value::Closure { group, .. } => Some(group),
        _ => None,
    }
}

fn rule(holds: bool, message: &'static str) -> Result<(), AnfError> {
    if holds { Ok(()) } else { Err(AnfError::Form(message)) }
}
