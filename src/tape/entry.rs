//! One entry of a tape: an operation, its operands and its value.

use crate::op::{Op, ROWS};
use crate::value::{Real, Value};

/// Bit of [`Entry::code`]: the first operand is a constant's bits and no slot.
pub const A_CONSTANT: u32 = 1 << 8;
/// Bit of [`Entry::code`]: the second operand is a constant's bits and no slot.
pub const B_CONSTANT: u32 = 1 << 9;
/// Bit of [`Entry::code`]: information left the taped domain here; the value is a truth or an exact integer.
pub const GUARD: u32 = 1 << 10;
/// [`Entry::code`] of an input.
pub const INPUT: u32 = Op::Input as u32 | A_CONSTANT | B_CONSTANT;

/// An operation on taped values. `code` is the operation's number and the flags above; `a` and `b` are slots or
/// constants (equal for operations of one operand); `value` is the result's bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry<F: Real> {
    pub code: u32,
    pub a: F::Payload,
    pub b: F::Payload,
    pub value: F::Payload,
}

impl<F: Real> Entry<F> {
    /// An input with this value.
    pub fn input(value: F) -> Self {
        Entry { code: INPUT, a: F::word(0), b: F::word(0), value: value.payload() }
    }

    /// An operation on two Floats (the same one twice for operations of one operand).
    pub fn operation(op: Op, a: Value<F>, b: Value<F>, flags: u32, value: F::Payload) -> Self {
        let (a_constant, a) = operand(a, A_CONSTANT);
        let (b_constant, b) = operand(b, B_CONSTANT);
        Entry { code: op as u32 | a_constant | b_constant | flags, a, b, value }
    }

    /// The operation.
    pub fn op(&self) -> Op {
        ROWS[(self.code & 0xff) as usize].op
    }

    /// Does it make no slot?
    pub fn is_guard(&self) -> bool {
        self.code & GUARD != 0
    }

    /// The slot of the first operand, unless that is a constant.
    pub fn slot_a(&self) -> Option<u32> {
        (self.code & A_CONSTANT == 0).then(|| F::low(self.a))
    }

    /// The slot of the second operand, unless that is a constant.
    pub fn slot_b(&self) -> Option<u32> {
        (self.code & B_CONSTANT == 0).then(|| F::low(self.b))
    }
}

fn operand<F: Real>(value: Value<F>, flag: u32) -> (u32, F::Payload) {
    match value.slot() {
        0 => (flag, value.payload),
        slot => (0, F::word(slot)),
    }
}
