//! Where a machine writes what it tapes, and the raw tape.

use crate::host::{Setting, Stop};
use crate::machine::ErrorKind;
use crate::machine::lane::{fault, status};
use crate::machine::work::LONGEST_TAPE;
use crate::op::Op;
use crate::op::linear::Linear;
use crate::tape::{Entry, GUARD};
use crate::value::{Real, Value};

/// Takes what a machine tapes. `Err` is the status word that the lane stops with; nothing has then been written.
pub trait Trace<F: Real> {
    /// An operation on Floats, at least one of them taped, and its value; gives the slot it makes.
    ///
    /// # Errors
    /// There is no room.
    fn operation(
        &mut self,
        setting: &Setting<'_, F>,
        op: Op,
        a: Value<F>,
        b: Value<F>,
        value: F::Payload,
    ) -> Result<u32, u32>;

    /// Information leaves the taped domain, from at least one taped operand: a truth or the bits of an Int.
    ///
    /// # Errors
    /// There is no room.
    fn guard(&mut self, setting: &Setting<'_, F>, op: Op, a: Value<F>, b: Value<F>, outcome: u32) -> Result<(), u32>;

    /// A guard on a taped operand has no answer: the lane is about to fail.
    ///
    /// # Errors
    /// There is no room.
    #[inline(always)]
    fn refused(&mut self, _op: Op, _a: Value<F>) -> Result<(), u32> {
        Ok(())
    }

    /// Does it take whole operations?
    #[inline(always)]
    fn takes_wholes(&self) -> bool {
        false
    }

    /// A whole operation on elements, at least one of them taped; gives the slot of its first result.
    ///
    /// # Errors
    /// There is no room.
    fn whole(&mut self, linear: Linear, _operands: &[Value<F>]) -> Result<u32, u32> {
        unreachable!("nobody offered to take {linear:?}")
    }

    /// The program applies a procedure; should the lane stop behind that instruction, as [`status::APPLIED`]?
    #[inline(always)]
    fn applied(&mut self) -> bool {
        false
    }

    /// The program made objects that count.
    #[inline(always)]
    fn made(&mut self, _objects: u32) {}

    /// A call has returned; so many still wait.
    #[inline(always)]
    fn returned(&mut self, _pending: u32) {}
}

/// The raw tape: an entry for every operation and guard; slots are indices.
impl<F: Real> Trace<F> for Vec<Entry<F>> {
    #[inline(always)]
    fn operation(
        &mut self,
        setting: &Setting<'_, F>,
        op: Op,
        a: Value<F>,
        b: Value<F>,
        value: F::Payload,
    ) -> Result<u32, u32> {
        append(self, setting, Entry::operation(op, a, b, 0, value))
    }

    #[inline(always)]
    fn guard(&mut self, setting: &Setting<'_, F>, op: Op, a: Value<F>, b: Value<F>, outcome: u32) -> Result<(), u32> {
        append(self, setting, Entry::operation(op, a, b, GUARD, F::word(outcome))).map(|_| ())
    }
}

/// Appends to the tape and gives the slot.
fn append<F: Real>(tape: &mut Vec<Entry<F>>, setting: &Setting<'_, F>, entry: Entry<F>) -> Result<u32, u32> {
    let slot = tape.len();
    if setting.stop == Stop::Entry(slot as u32) {
        return Err(fault(ErrorKind::NonFinite, 0));
    }
    if slot > setting.inputs.len() + (setting.budgets.tape as usize).min(LONGEST_TAPE) {
        return Err(fault(ErrorKind::Tape, 0));
    }
    if slot >= setting.tape {
        return Err(status::NEEDS_TAPE);
    }
    tape.push(entry);
    Ok(slot as u32)
}
