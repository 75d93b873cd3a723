//! One operation of the table on values of one lane.

use crate::host::machine::Machine;
use crate::host::{Stop, Trace};
use crate::machine::code::COUNTED_CELL;
use crate::machine::lane::{fault, status};
use crate::machine::report::WHOLE;
use crate::machine::{ErrorKind, HIDES_OPERANDS};
use crate::op::{self, Kind, Op, integer};
use crate::value::{COUNTED, Real, Tag, Value, vector_cells};

impl<F: Real, T: Trace<F>> Machine<'_, F, T> {
    /// The operation's value. `flags` are the bits of `Instruction::c` above the operation's number.
    #[inline(always)]
    pub(super) fn operate(&mut self, op: Op, flags: u32, a: Value<F>, b: Value<F>) -> Result<Value<F>, u32> {
        match op {
            Op::Car | Op::Cdr => {
                if !a.is(Tag::Pair) {
                    return Err(fault(ErrorKind::WrongType, 1));
                }
                let cell = self.lane.cell(&self.setting.image.shared, a.word());
                Ok(cell[usize::from(op == Op::Cdr)])
            }
            Op::Cons => self.cons(a, b, if flags & COUNTED_CELL != 0 { COUNTED } else { 0 }),
            Op::MakeVector => {
                let counted = if flags & COUNTED_CELL != 0 { COUNTED } else { 0 };
                self.stretch(Tag::Vector, [a, b], vector_cells(a.word(), b.word()), counted)
            }
            Op::Element | Op::Rows | Op::Columns => {
                if !a.is(Tag::Vector) {
                    return Err(fault(ErrorKind::WrongType, 1));
                }
                let offset = if op == Op::Element { 1 + b.word() } else { 0 };
                let cell = self.lane.cell(&self.setting.image.shared, a.word() + offset);
                Ok(cell[usize::from(op == Op::Columns)])
            }
            _ => match op.row().kind {
                Kind::Arithmetic => self.arithmetic(op, a, b),
                Kind::Real => {
                    let (x, y) = (self.float(a, 1)?, self.float(b, 2)?);
                    if op == Op::Inexact {
                        return Ok(x);
                    }
                    self.real(op, x, y)
                }
                Kind::Compare => self.compare(op, a, b),
                Kind::NumberTest => self.test(op, a),
                Kind::TypeTest(tags) => Ok(Value::boolean(tags >> a.tag() & 1 != 0)),
                Kind::Identity => self.identity(op, a, b),
                Kind::Cell => self.boxes(op, flags, a, b),
                Kind::Machine => self.own(op, flags, a),
            },
        }
    }

    /// A number as a Float.
    fn float(&self, value: Value<F>, operand: u32) -> Result<Value<F>, u32> {
        match value.tag() {
            tag if tag == Tag::Float as u32 => Ok(value),
            tag if tag == Tag::Int as u32 => Ok(Value::float(F::of_int(value.word()))),
            _ => Err(fault(ErrorKind::WrongType, operand)),
        }
    }

    fn arithmetic(&mut self, op: Op, a: Value<F>, b: Value<F>) -> Result<Value<F>, u32> {
        if a.is(Tag::Int) && b.is(Tag::Int) {
            let (result, outcome) = integer::<u32>(op, a.word(), b.word());
            match outcome {
                0 => return Ok(Value::tagged(Tag::Int, result)),
                1 => {}
                _ => return Err(fault(ErrorKind::DivideByZero, 2)),
            }
        }
        let (x, y) = (self.float(a, 1)?, self.float(b, 2)?);
        self.real(op, x, y)
    }

    /// A formula on Floats, taped if an operand is.
    fn real(&mut self, op: Op, x: Value<F>, y: Value<F>) -> Result<Value<F>, u32> {
        let result = op::real::<F>(op, x.number(), y.number());
        if self.setting.stop == Stop::NonFinite && !result.wide().is_finite() {
            let finite = |value: Value<F>| value.number().wide().is_finite();
            if finite(x) && finite(y) {
                return Err(fault(ErrorKind::NonFinite, 0));
            }
        }
        if x.slot() | y.slot() == 0 {
            return Ok(Value::float(result));
        }
        let slot = self.trace.operation(self.setting, op, x, y, result.payload())?;
        Ok(Value::taped(result, slot))
    }

    fn compare(&mut self, op: Op, a: Value<F>, b: Value<F>) -> Result<Value<F>, u32> {
        if a.is(Tag::Int) && b.is(Tag::Int) {
            return Ok(Value::boolean(op::compare_integer::<u32>(op, a.word(), b.word())));
        }
        let (x, y) = (self.float(a, 1)?, self.float(b, 2)?);
        let truth = op::compare::<F>(op, x.number(), y.number());
        self.guard(op, x, y, u32::from(truth))?;
        Ok(Value::boolean(truth))
    }

    fn test(&mut self, op: Op, a: Value<F>) -> Result<Value<F>, u32> {
        let wrong = Err(fault(ErrorKind::WrongType, 1));
        match (op, a.tag()) {
            (_, tag) if tag == Tag::Float as u32 => {
                let x = a.number();
                if op == Op::Exact {
                    let (int, fits) = x.exact();
                    if !fits {
                        return self.refuse(op, a);
                    }
                    self.guard(op, a, a, int)?;
                    return Ok(Value::tagged(Tag::Int, int));
                }
                if matches!(op, Op::IsEven | Op::IsOdd) && !op::test::<F>(Op::IsInteger, x) {
                    return self.refuse(op, a);
                }
                let truth = op::test::<F>(op, x);
                self.guard(op, a, a, u32::from(truth))?;
                Ok(Value::boolean(truth))
            }
            (Op::Exact, tag) if tag == Tag::Int as u32 => Ok(a),
            (_, tag) if tag == Tag::Int as u32 => Ok(Value::boolean(op::test_integer::<u32>(op, a.word()))),
            (Op::IsInteger, _) => Ok(Value::boolean(false)),
            _ => wrong,
        }
    }

    fn identity(&mut self, op: Op, a: Value<F>, b: Value<F>) -> Result<Value<F>, u32> {
        match op {
            Op::Not => return Ok(Value::boolean(a.is_false())),
            Op::EitherVector => return Ok(Value::boolean(a.is(Tag::Vector) || b.is(Tag::Vector))),
            Op::StringEqual => {
                for (operand, value) in [(1, a), (2, b)] {
                    if !value.is(Tag::String) {
                        return Err(fault(ErrorKind::WrongType, operand));
                    }
                }
            }
            _ => {}
        }
        if a.is(Tag::Float) && b.is(Tag::Float) {
            let (x, y) = (a.number(), b.number());
            let both_nan = op::test::<F>(Op::IsNan, x) && op::test::<F>(Op::IsNan, y);
            let truth = a.payload == b.payload || both_nan;
            self.guard(op, a, b, u32::from(truth))?;
            return Ok(Value::boolean(truth));
        }
        Ok(Value::boolean(a.tag() == b.tag() && a.payload == b.payload))
    }

    fn boxes(&mut self, op: Op, flags: u32, a: Value<F>, b: Value<F>) -> Result<Value<F>, u32> {
        let undefined = Value::tagged(Tag::Undefined, 0);
        if op == Op::MakeBox {
            let counted = if flags & COUNTED_CELL != 0 { COUNTED } else { 0 };
            return self.object(Tag::Box, [undefined, undefined], counted);
        }
        if !a.is(Tag::Box) {
            return Err(fault(ErrorKind::WrongType, 1));
        }
        if op == Op::BoxSet {
            self.lane.heap[a.word() as usize][0] = b;
            return Ok(Value::tagged(Tag::Unspecified, 0));
        }
        match self.lane.cell(&self.setting.image.shared, a.word())[0] {
            content if content.is(Tag::Undefined) => Err(fault(ErrorKind::Unbound, 0)),
            content => Ok(content),
        }
    }

    fn own(&mut self, op: Op, flags: u32, a: Value<F>) -> Result<Value<F>, u32> {
        let unspecified = Value::tagged(Tag::Unspecified, 0);
        match op {
            Op::Input => {
                let Some(&input) = self.setting.inputs.get(a.word() as usize) else {
                    return Err(fault(ErrorKind::WrongType, 1));
                };
                Ok(Value::taped(input, if self.setting.record { a.word() + 1 } else { 0 }))
            }
            Op::Place => {
                self.lane.registers.place = a.word() | if flags & HIDES_OPERANDS != 0 { WHOLE } else { 0 };
                Ok(unspecified)
            }
            Op::Tick => {
                self.count_step()?;
                Ok(unspecified)
            }
            _ => Err(status::FAILED),
        }
    }

    fn guard(&mut self, op: Op, a: Value<F>, b: Value<F>, outcome: u32) -> Result<(), u32> {
        if a.slot() | b.slot() != 0 {
            self.trace.guard(self.setting, op, a, b, outcome)?;
        }
        Ok(())
    }

    /// A Float of which this cannot be said.
    fn refuse(&mut self, op: Op, a: Value<F>) -> Result<Value<F>, u32> {
        if a.slot() != 0 {
            self.trace.refused(op, a)?;
        }
        Err(fault(ErrorKind::WrongType, 1))
    }
}
