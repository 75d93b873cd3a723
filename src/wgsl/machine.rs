//! The machine's kernel: `shaders/machine.wgsl` with the numbers of the host's enums and the arms of the op table.

use crate::machine::code::{
    ARGUMENTS, CALL_KNOWN, CALL_PENDING, CALL_SETS_PLACE, CALL_SPREAD, CLOSURE, CONSTANT, COUNTED_CELL, ENTER_COUNTS,
    ENTER_REST, Opcode,
};
use crate::machine::lane::{STATE_FIELDS, fault, status};
use crate::machine::report::WHOLE;
use crate::machine::{ErrorKind, HIDES_OPERANDS};
use crate::op::{DIVIDE_BY_ZERO, IS_INT, Kind, Op, ROWS, TAKE_FLOAT, floored};
use crate::tape::{A_CONSTANT, B_CONSTANT, GUARD};
use crate::value::{COUNTED, MOST_CELLS, PENDING, SHARED, Tag};
use crate::wgsl::splice::{arms, call, constants, distinct, functions, name, ops, same_formula, splice, style};
use crate::wgsl::text::{
    Ty, compare_function, compare_integer_function, exact_function, function, integer_function, real_function,
    test_function, test_integer_function,
};

const FRAME: &str = include_str!("../../shaders/machine.wgsl");

/// The kernel's text; `barrier` where the device cannot be told to leave float code alone.
pub fn machine(barrier: bool) -> String {
    let style = style(barrier);
    let arithmetic = |kind| kind == Kind::Arithmetic;
    let real = |kind| matches!(kind, Kind::Arithmetic | Kind::Real);
    let compare = |kind| kind == Kind::Compare;
    let test = |kind| kind == Kind::NumberTest;
    let reals = || ops(real).filter(|op| !matches!(op, Op::Inexact | Op::Attach));
    let mut all = functions(distinct(reals()).map(|op| real_function(op, style)));
    all += &function(style, "floored", &[("rest", Ty::F32), ("y", Ty::F32)], |operands| {
        vec![floored(operands[0].float(), operands[1].float()).into()]
    })
    .text;
    all += &functions(ops(arithmetic).map(integer_function));
    all += &functions(ops(compare).map(|op| compare_function(op, style)));
    all += &functions(ops(compare).map(|op| compare_integer_function(op, style)));
    all += &functions(ops(test).map(|op| test_function(op, style)));
    all += &functions(ops(test).map(|op| test_integer_function(op, style)));
    all += &functions([exact_function()]);
    let integer = |op: Op| format!("{}_integer", name(op));
    let comparisons = || ops(move |kind| compare(kind) || test(kind));
    splice(
        FRAME,
        &[
            ("constants", numbers()),
            ("functions", all),
            (
                "integer arms",
                arms(ops(arithmetic), |op| format!("outcome = {};", call(&integer(op), op, "a.y", "b.y"))),
            ),
            (
                "integer comparison arms",
                arms(comparisons(), |op| format!("truth = {};", call(&integer(op), op, "a.y", "b.y"))),
            ),
            ("real arms", arms(reals(), |op| format!("r = {};", call(&name(same_formula(op)), op, "f", "g")))),
            ("truth arms", arms(comparisons(), |op| format!("truth = {};", call(&name(op), op, "f", "g")))),
            (
                "type test arms",
                arms(ops(|kind| matches!(kind, Kind::TypeTest(_))), |op| match op.row().kind {
                    Kind::TypeTest(tags) => format!("tags = {tags}u;"),
                    kind => unreachable!("{kind:?} is no type test"),
                }),
            ),
        ],
    )
}

/// Every number that the kernel shares with the host.
fn numbers() -> String {
    let mut values: Vec<(String, u32)> = Vec::new();
    values.extend(Tag::ALL.map(|tag| (format!("TAG_{tag:?}"), tag as u32)));
    values.extend(Opcode::ALL.iter().map(|&opcode| (format!("OPCODE_{}", opcode.name()), opcode as u32)));
    values.extend(ROWS.iter().map(|row| (format!("OP_{:?}", row.op), row.op as u32)));
    values.extend(ErrorKind::ALL.iter().map(|&kind| (format!("FAULT_{kind:?}"), fault(kind, 0))));
    values.extend(STATE_FIELDS.iter().enumerate().map(|(index, field)| (format!("STATE_{field}"), index as u32)));
    for (index, what) in ["NOT_AT_ALL", "FOR_HALF", "FOR_ENTRY", "FOR_ELEMENT", "FOR_CONTENT"].iter().enumerate() {
        values.push(((*what).to_owned(), index as u32));
    }
    let sets = [
        ("ARITHMETIC", Kind::Arithmetic),
        ("REAL", Kind::Real),
        ("COMPARE", Kind::Compare),
        ("TEST", Kind::NumberTest),
    ];
    for (set, kind) in sets {
        values.extend(op_set(set, |row| row.kind == kind));
    }
    values.extend(op_set("BINARY", |row| row.arity == 2));
    let named = [
        ("RUNNING", status::RUNNING),
        ("DONE", status::DONE),
        ("NEEDS_HEAP", status::NEEDS_HEAP),
        ("NEEDS_STACK", status::NEEDS_STACK),
        ("NEEDS_TAPE", status::NEEDS_TAPE),
        ("NEEDS_COUNT", status::NEEDS_COUNT),
        ("FAILED", status::FAILED),
        ("IS_INT", IS_INT),
        ("TAKE_FLOAT", TAKE_FLOAT),
        ("DIVIDE_BY_ZERO", DIVIDE_BY_ZERO),
        ("ARGUMENTS", ARGUMENTS),
        ("CLOSURE", CLOSURE),
        ("CONSTANT", CONSTANT),
        ("COUNTED_CELL", COUNTED_CELL),
        ("CALL_KNOWN", CALL_KNOWN),
        ("CALL_PENDING", CALL_PENDING),
        ("CALL_SETS_PLACE", CALL_SETS_PLACE),
        ("CALL_SPREAD", CALL_SPREAD),
        ("ENTER_COUNTS", ENTER_COUNTS),
        ("ENTER_REST", ENTER_REST),
        ("HIDES_OPERANDS", HIDES_OPERANDS),
        ("WHOLE", WHOLE),
        ("SHARED", SHARED),
        ("PENDING", PENDING),
        ("MOST_CELLS", MOST_CELLS),
        ("COUNTED", COUNTED),
        ("A_CONSTANT", A_CONSTANT),
        ("B_CONSTANT", B_CONSTANT),
        ("GUARD", GUARD),
        ("TAPES", GUARD << 1),
    ];
    values.extend(named.map(|(name, value)| (name.to_owned(), value)));
    constants(values)
}

/// A set of operations as three words.
fn op_set(name: &str, is_member: impl Fn(&crate::op::Row) -> bool) -> Vec<(String, u32)> {
    let mut words = [0u32; 3];
    for row in ROWS.iter().filter(|row| is_member(row)) {
        words[row.op as usize / 32] |= 1 << (row.op as u32 % 32);
    }
    let parts = ["LOW", "MIDDLE", "HIGH"];
    parts.iter().zip(words).map(|(part, word)| (format!("{name}_{part}"), word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_opcode_has_an_arm() {
        for &opcode in Opcode::ALL.iter().filter(|&&opcode| opcode != Opcode::Halt) {
            let arm = format!("OPCODE_{}", opcode.name());
            let is_arm = |line: &str| line.trim_start().starts_with("case ") && line.contains(&arm);
            assert!(FRAME.lines().any(is_arm), "{arm} has no arm in shaders/machine.wgsl");
        }
    }

    #[test]
    fn the_kernel_is_valid_in_both_styles() {
        for barrier in [false, true] {
            crate::wgsl::splice::assert_valid(&machine(barrier));
        }
    }
}
