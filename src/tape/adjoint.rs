//! The adjoint: a tape reversed, from one slot to every input.

use crate::op;
use crate::tape::entry::Entry;
use crate::value::Real;

/// Derivatives of one slot by the inputs, and the first place where one went wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradient<F> {
    /// By input, in order.
    pub inputs: Vec<F>,
    /// The slot whose rule first gave a NaN or an infinity, if one did.
    pub non_finite: Option<u32>,
}

/// Derivatives of `output` by the first `inputs` slots. `x_bar` is scratch.
///
/// Adjoints accumulate in reverse order of recording; an adjoint of exactly 0 contributes nothing, so that what
/// does not reach the output cannot bring in 0·∞.
pub fn adjoint<F: Real>(tape: &[Entry<F>], output: u32, inputs: usize, x_bar: &mut Vec<F>) -> Gradient<F> {
    let zero = F::round(0.0);
    x_bar.clear();
    x_bar.resize(tape.len().max(inputs + 1), zero);
    let mut non_finite = None;
    if output > 0 {
        x_bar[output as usize] = F::round(1.0);
        for slot in (inputs + 1..=output as usize).rev() {
            let bar = x_bar[slot];
            let entry = &tape[slot];
            if bar == zero || entry.is_guard() {
                continue;
            }
            let value = |constant: Option<u32>, bits: F::Payload| match constant {
                Some(slot) => F::of_payload(tape[slot as usize].value),
                None => F::of_payload(bits),
            };
            let (slot_a, slot_b) = (entry.slot_a(), entry.slot_b());
            let (x, y) = (value(slot_a, entry.a), value(slot_b, entry.b));
            let (a_bar, b_bar) = op::pull(entry.op(), x, y, F::of_payload(entry.value), bar);
            let unary = entry.op().row().arity == 1;
            if let Some(slot) = slot_a {
                add(x_bar, slot, a_bar);
            }
            if let Some(slot) = slot_b.filter(|_| !unary) {
                add(x_bar, slot, b_bar);
            }
            let wrong = |slot: Option<u32>, bar: F| slot.is_some() && !bar.wide().is_finite();
            if non_finite.is_none() && (wrong(slot_a, a_bar) || wrong(slot_b.filter(|_| !unary), b_bar)) {
                non_finite = Some(slot as u32);
            }
        }
    }
    Gradient { inputs: x_bar[1..=inputs].to_vec(), non_finite }
}

fn add<F: Real>(x_bar: &mut [F], slot: u32, bar: F) {
    if bar != F::round(0.0) {
        let sum = &mut x_bar[slot as usize];
        *sum = *sum + bar;
    }
}

/// For every input: does the slot `output` depend on it?
pub fn reaches_output<F: Real>(tape: &[Entry<F>], output: u32, inputs: usize) -> Vec<bool> {
    let mut reached = vec![false; tape.len().max(inputs + 1)];
    reached[output as usize] = output > 0;
    for slot in (inputs + 1..=output as usize).rev() {
        if reached[slot] {
            for operand in [tape[slot].slot_a(), tape[slot].slot_b()].into_iter().flatten() {
                reached[operand as usize] = true;
            }
        }
    }
    reached[1..=inputs].to_vec()
}

/// For every input: does a guard depend on it? With a zero gradient that is a parameter which only decides a branch.
pub fn reaches_guard<F: Real>(tape: &[Entry<F>], inputs: usize) -> Vec<bool> {
    let mut deciding = vec![false; tape.len().max(inputs + 1)];
    for slot in (inputs + 1..tape.len()).rev() {
        let entry = &tape[slot];
        if entry.is_guard() || deciding[slot] {
            for operand in [entry.slot_a(), entry.slot_b()].into_iter().flatten() {
                deciding[operand as usize] = true;
            }
        }
    }
    deciding[1..=inputs].to_vec()
}
