//! The kernel of the tier `replay`: `shaders/replay.wgsl` with the arms of the op table.

use crate::op::{Kind, Op, floored};
use crate::tape::packed::{self, COPY, Ended, FIRST, GOES_ON, NOWHERE, POP, Space, TO_OUT};
use crate::wgsl::splice::{arms, call, constants, distinct, functions, name, ops, pulled, same_formula, splice, style};
use crate::wgsl::text::{
    Ty, compare_function, exact_function, function, partner_function, pull_beside_function, real_function,
    test_function,
};
use crate::wgsl::whole;

const FRAME: &str = include_str!("../../shaders/replay.wgsl");
const CUTS: &str = include_str!("../../shaders/cuts.wgsl");
const STEPS: &str = include_str!("../../shaders/steps.wgsl");

/// What a lane keeps from slice to slice; a snapshot has the first [`SNAPSHOT_STATES`].
pub const STATES: [&str; 28] = [
    "PC",
    "STEPS",
    "ENTRIES",
    "RUNS",
    "ROWS",
    "ENDED",
    "BLOCK",
    "OUTCOME",
    "PHASE",
    "END",
    "FRAME",
    "TOP",
    "LATER",
    "LENGTH",
    "RETURN",
    "CONSTANTS",
    "KEEPS",
    "SNAPSHOTS",
    "FLOOR",
    "STRIDE",
    "CUTS",
    "COPY_FROM",
    "COPY_TO",
    "COPIES",
    "NEXT_FROM",
    "NEXT_TO",
    "NEXT_COPIES",
    "UNUSED",
];
/// Words of a snapshot in front of its frame.
pub const SNAPSHOT_STATES: usize = 5;

/// The number of a state.
pub fn state(name: &str) -> usize {
    match STATES.iter().position(|state| *state == name) {
        Some(state) => state,
        None => unreachable!("`{name}` is no state"),
    }
}

/// The kernel's text for programs without whole operations; `barrier` where the device cannot be told to leave float code alone.
pub fn replay(barrier: bool) -> String {
    text(barrier, false)
}

/// The kernel's text for programs with whole operations.
pub fn replay_wholes(barrier: bool) -> String {
    text(barrier, true)
}

fn text(barrier: bool, wholes: bool) -> String {
    let style = style(barrier);
    let is_real = |kind| matches!(kind, Kind::Arithmetic | Kind::Real);
    let reals = || ops(is_real).filter(|op| !matches!(op, Op::Inexact | Op::Attach));
    let compares = || ops(|kind| kind == Kind::Compare);
    let tests = || ops(|kind| kind == Kind::NumberTest);
    let two = [("a", Ty::F32), ("b", Ty::F32)];
    let plus = function(style, "plus", &two, |operands| vec![(operands[0].float() + operands[1].float()).into()]);
    let floored = function(style, "floored", &[("rest", Ty::F32), ("y", Ty::F32)], |operands| {
        vec![floored(operands[0].float(), operands[1].float()).into()]
    });
    let mut all = functions([plus, floored, exact_function()]);
    all += &functions(distinct(reals()).map(|op| real_function(op, style)));
    all += &functions(distinct(pulled()).map(|op| pull_beside_function(op, style)));
    let partners: Vec<_> = distinct(pulled()).filter_map(|op| Some((op, partner_function(op, style)?))).collect();
    all += &functions(partners.iter().map(|(_, (_, function))| function.clone()));
    all += &functions(compares().map(|op| compare_function(op, style)));
    all += &functions(tests().filter(|op| *op != Op::Exact).map(|op| test_function(op, style)));
    let truths = || compares().chain(tests().filter(|op| *op != Op::Exact));
    let same = "truth = bitcast<u32>(x) == bitcast<u32>(y) || (op_is_nan(x, z) && op_is_nan(y, z));";
    let truth_arms = arms(truths(), |op| format!("truth = {};", call(&name(op), op, "x", "y")))
        + &arms([Op::Eq, Op::Eqv].into_iter(), |_| same.to_owned());
    let pull_arm = |op: Op| {
        let pull = name(same_formula(op)) + "_pull";
        if op.row().arity == 2 {
            format!("let both = {pull}(x, y, value, bar, computed, z); x_add = both[0]; y_add = both[1];")
        } else {
            format!("x_add = {pull}(x, value, bar, computed, z);")
        }
    };
    let partner_arm = |op: Op| {
        let (_, (other, function)) = partners.iter().find(|(known, _)| *known == same_formula(op))?;
        Some(format!("asked = {}u; operands = {}(x, y, z);", *other as u32, function.name))
    };
    let has_partner = |op: &Op| partner_arm(*op).is_some();
    let partner_arms = arms(pulled().filter(has_partner), |op| partner_arm(op).unwrap_or_default());
    splice(
        FRAME,
        &[
            ("constants", numbers(wholes)),
            ("functions", all),
            ("cuts", CUTS.to_owned()),
            ("lane variables", if wholes { CHUNKED_VARIABLES } else { VARIABLES }.to_owned()),
            ("lanes", if wholes { CHUNKED } else { LANES }.to_owned()),
            (
                "whole",
                if wholes {
                    splice(STEPS, &[("whole", whole::text(style, OPERANDS, whole::SQUARES))])
                } else {
                    String::new()
                },
            ),
            ("steps", if wholes { RUN_STEPS } else { "" }.to_owned()),
            ("copies", if wholes { "" } else { COPIES }.to_owned()),
            ("real arms", arms(reals(), |op| format!("r = {};", call(&name(same_formula(op)), op, "x", "y")))),
            ("truth arms", truth_arms),
            ("partner arms", partner_arms),
            ("pull arms", arms(pulled(), pull_arm)),
        ],
    )
}

/// Lanes whose rows lie together where programs have whole operations, which read rows again and again: as many as fill a line of a
/// cache.
pub const CHUNK: usize = 16;

const VARIABLES: &str = "\
var<private> lane: u32;
var<private> lanes: u32;    // of the dispatch
";
const LANES: &str = "\
lanes = p.workgroups * 64u;
lane = workgroup * 64u + local;
";
const CHUNKED_VARIABLES: &str = "\
var<private> lane: u32;     // the lane's word in the first row of its chunk
var<private> lanes: u32;    // of a chunk, whose rows lie together: memory is [chunk][row][lane]
";
const CHUNKED: &str = "\
lanes = CHUNK;
lane = (workgroup * 64u + local) / CHUNK * CHUNK * p.end + local % CHUNK;
";

/// A row an iteration of the main loop, which costs least to compile.
const COPIES: &str = "\
if s[STATE_COPIES] != 0u {
    stored = memory[place(s[STATE_COPY_FROM])];
    row = s[STATE_COPY_TO];
    is_stored = true;
    s[STATE_COPY_FROM] += 1u;
    s[STATE_COPY_TO] += 1u;
    s[STATE_COPIES] -= 1u;
    copied();
} else
";
/// Where they run out, the fuel is gone or no row waits to be copied.
const RUN_STEPS: &str = "\
if fuel != 0u && s[STATE_PHASE] != PHASE_FINISHED {
    fuel = steps(fuel, z);
}
";

/// The operands of a plain formula: constants are in the program.
const OPERANDS: &str = "\
if x_space == SPACE_CONSTANT {
    first = constants(w.z + down * signed(steps.y) + k * signed(steps.y >> 16u));
} else {
    first = numbers(x + down * x_row + k * x_term);
}
if reads_y(formula) {
    if y_space == SPACE_CONSTANT {
        second = constants(w.w + down * signed(steps.z) + k * signed(steps.z >> 16u));
    } else {
        second = numbers(y + down * y_column + k * y_term);
    }
}
";

/// Every number that the kernel shares with the host.
fn numbers(wholes: bool) -> String {
    let upper = |name: String| name.to_uppercase();
    let mut values: Vec<(String, u32)> = Vec::new();
    values.extend(STATES.iter().enumerate().map(|(number, state)| (format!("STATE_{state}"), number as u32)));
    values.extend(packed::Kind::ALL.map(|kind| (upper(format!("KIND_{kind:?}")), kind as u32)));
    values.extend(Space::ALL.map(|space| (upper(format!("SPACE_{space:?}")), space as u32)));
    values.extend(Ended::ALL.map(|ended| (upper(format!("ENDED_{ended:?}")), ended as u32)));
    let named = [
        ("STATES", STATES.len() as u32),
        ("SNAPSHOT_STATES", SNAPSHOT_STATES as u32),
        ("PHASE_FORWARD", 0),
        ("PHASE_BACK", 1),
        ("PHASE_RESTORED", 2),
        ("PHASE_FINISHED", 3),
        ("POP", POP),
        ("NOWHERE", NOWHERE),
        ("TO_OUT", TO_OUT),
        ("FIRST", FIRST[0]),
        ("GOES_ON", GOES_ON),
        ("OP_MODULO", Op::Modulo as u32),
        ("OP_EXACT", Op::Exact as u32),
        ("OP_IS_EVEN", Op::IsEven as u32),
        ("OP_IS_ODD", Op::IsOdd as u32),
    ];
    values.extend(named.map(|(name, value)| (name.to_owned(), value)));
    if wholes {
        values.extend(whole::numbers());
        values.push(("CHUNK".to_owned(), CHUNK as u32));
    }
    constants(values)
}

const _: () = assert!(FIRST[1] == FIRST[0] << 1 && (Op::Fail as u32) < COPY);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_is_valid_in_both_styles() {
        for barrier in [false, true] {
            crate::wgsl::splice::assert_valid(&replay(barrier));
            crate::wgsl::splice::assert_valid(&replay_wholes(barrier));
        }
    }
}
