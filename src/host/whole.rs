//! Whole operations where a lane is recorded: computed at once, and one operation of the tape.

use crate::host::Trace;
use crate::host::machine::Machine;
use crate::machine::code::COUNTED_CELL;
use crate::op::linear::{self, Lanes, Linear, Scratch};
use crate::op::{self, Op};
use crate::value::{COUNTED, Real, Tag, Value, vector_cells};

/// Products of elements that a product of matrices has at least: below, scalar operations cost less. (Measured: see
/// `benches/runs`.)
const WORTH: u64 = 64;

/// A vector or matrix of a lane.
struct Matrix<F: Real> {
    rows: u32,
    columns: u32,
    elements: Vec<Value<F>>,
}

impl<F: Real, T: Trace<F>> Machine<'_, F, T> {
    /// The operation's value, or `#f` where the library's loops are to run: of taped numbers where nobody takes whole operations, of a small
    /// product, of a singular matrix, and where a determinant is not regular.
    pub(super) fn whole(&mut self, op: Op, flags: u32, a: Value<F>, b: Value<F>) -> Result<Value<F>, u32> {
        let no = Ok(Value::boolean(false));
        if !a.is(Tag::Vector) {
            return no;
        }
        let (a, b) = (self.matrix(a), if op.row().arity == 2 { Some(self.matrix(b)) } else { None });
        let size = a.rows;
        let columns = b.as_ref().map_or(0, |b| b.columns);
        let linear = match op {
            Op::Product => Linear::Product { rows: a.rows, inner: a.columns, columns: columns.max(1) },
            Op::Inverse => Linear::Inverse { size },
            Op::Solution => Linear::Solve { size, columns: columns.max(1) },
            Op::Determinant => Linear::Determinant { size },
            _ => Linear::LogDeterminant { size },
        };
        if let Linear::Product { rows, inner, columns } = linear
            && [rows, inner, columns].map(u64::from).iter().product::<u64>() < WORTH
        {
            return no;
        }
        let operands = [a.elements, b.map(|b| b.elements).unwrap_or_default()].concat();
        let is_taped = operands.iter().any(|element| element.slot() > 0);
        if is_taped && !self.trace.takes_wholes() {
            return no;
        }
        // What a lane lacks room for comes before the tape.
        let columns = if op == Op::Inverse { size } else { columns };
        let object = match op {
            Op::Determinant | Op::LogDeterminant => None,
            _ => {
                let counted = if flags & COUNTED_CELL != 0 { COUNTED } else { 0 };
                let shape = [size, columns].map(|count| Value::int(count as i32));
                Some(self.stretch(Tag::Vector, shape, vector_cells(size, columns), counted)?)
            }
        };
        let numbers: Vec<Lanes<F, 1>> = operands.iter().map(|element| Lanes([element.number()])).collect();
        let mut results = vec![Lanes([F::of(0.0)]); linear.results()];
        linear::forward(linear, numbers.split_at(linear.operands()[0]).into(), &mut results, &mut Scratch::default());
        let first = match is_taped {
            true => Some(self.trace.whole(linear, &operands)?),
            false => None,
        };
        let value =
            |index: usize| Value::taped(results[index].0[0], first.map_or(0, |first: u32| first + index as u32));
        if let Some(object) = object {
            for index in 0..results.len() - usize::from(linear.eliminates()) {
                let address = object.word() as usize + 1 + index;
                self.lane.heap[address] = [value(index), Value::default()];
            }
        }
        if linear.eliminates() {
            let sound = value(results.len() - 1);
            let is_unsound = op::test::<F>(Op::IsZero, sound.number());
            self.guard(Op::IsZero, sound, sound, u32::from(is_unsound))?;
            if is_unsound {
                return no;
            }
        }
        Ok(object.unwrap_or_else(|| value(0)))
    }

    fn matrix(&self, value: Value<F>) -> Matrix<F> {
        let cell = |offset: u32| self.lane.cell(&self.setting.image.shared, value.word() + offset);
        let [rows, columns] = cell(0).map(Value::word);
        let elements = (0..rows * columns.max(1)).map(|index| cell(1 + index)[0]).collect();
        Matrix { rows, columns, elements }
    }
}
