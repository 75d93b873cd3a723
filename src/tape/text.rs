//! A tape as a person reads it.

use std::fmt::{self, Write};

use crate::tape::entry::{Entry, INPUT};
use crate::value::Real;

/// One line an entry: slot, operation, operands, value; constants carry a `#`.
///
/// # Errors
/// None of its own: a `String` takes whatever is written to it.
pub fn listing<F: Real + fmt::Display>(
    tape: &[Entry<F>],
    inputs: &[std::sync::Arc<str>],
) -> Result<String, fmt::Error> {
    let mut text = String::new();
    for (slot, entry) in tape.iter().enumerate().skip(1) {
        write!(text, "{slot:>5}  ")?;
        if entry.code == INPUT {
            let name = inputs.get(slot - 1).map_or("", |name| name);
            writeln!(text, "{:<12} {name} = {}", "input", F::of_payload(entry.value))?;
            continue;
        }
        let row = entry.op().row();
        let operand = |slot: Option<u32>, bits: F::Payload| match slot {
            Some(slot) => slot.to_string(),
            None => format!("#{}", F::of_payload(bits)),
        };
        let mut operands = operand(entry.slot_a(), entry.a);
        if row.arity == 2 {
            write!(operands, " {}", operand(entry.slot_b(), entry.b))?;
        }
        let value = if entry.is_guard() {
            format!("{} (guard)", F::low(entry.value) as i32)
        } else {
            F::of_payload(entry.value).to_string()
        };
        writeln!(text, "{:<12} {operands:<16} = {value}", row.name)?;
    }
    Ok(text)
}
