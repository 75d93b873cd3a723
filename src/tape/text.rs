//! A tape as a person reads it.

use std::fmt::{Display, Write};

use crate::tape::entry::{Entry, INPUT};
use crate::value::Real;

/// One line an entry: slot, operation, operands, value; constants carry a `#`.
pub fn listing<F: Real + Display>(tape: &[Entry<F>], inputs: &[std::sync::Arc<str>]) -> String {
    // Writing to a String cannot fail.
    let mut text = String::new();
    for (slot, entry) in tape.iter().enumerate().skip(1) {
        let _ = write!(text, "{slot:>5}  ");
        if entry.code == INPUT {
            let name = inputs.get(slot - 1).map_or("", |name| name);
            let _ = writeln!(text, "{:<12} {name} = {}", "input", F::of_payload(entry.value));
            continue;
        }
        let row = entry.op().row();
        let operand = |slot: Option<u32>, bits: F::Payload| match slot {
            Some(slot) => slot.to_string(),
            None => format!("#{}", F::of_payload(bits)),
        };
        let mut operands = operand(entry.slot_a(), entry.a);
        if row.arity == 2 {
            operands = format!("{operands} {}", operand(entry.slot_b(), entry.b));
        }
        let value = if entry.is_guard() {
            format!("{} (guard)", F::low(entry.value) as i32)
        } else {
            F::of_payload(entry.value).to_string()
        };
        let _ = writeln!(text, "{:<12} {operands:<16} = {value}", row.name);
    }
    text
}
