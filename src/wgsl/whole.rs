//! The steps of whole operations in a kernel: `shaders/whole.wgsl` with the formulas of [`linear`](crate::op::linear).

use crate::op::linear::{Begins, Formula};
use crate::tape::packed::{self, Each, NEGATED};
use crate::wgsl::splice::{functions, splice};
use crate::wgsl::text::{Style, Ty, Value, function};

const WHOLE: &str = include_str!("../../shaders/whole.wgsl");
const PLAIN: &str = include_str!("../../shaders/plain.wgsl");

/// Sums of products by squares of rows and columns, which are of any number.
pub(super) const SQUARES: &str = "squares(t, z);\n";

/// The steps, four numbers at once: columns of products, which work is spent on, and rows of all else. `operands` are the statements that make
/// `first` and `second` the numbers of a plain formula, `squares` those that run a product `t` of some rows and terms.
pub(super) fn text(one: Style, operands: &str, squares: &str) -> String {
    let four = Style { lanes: 4, ..one };
    let names = [("sum", Ty::F32), ("x", Ty::F32), ("y", Ty::F32)];
    let float = |operands: &[Value], index: usize| operands[index].float();
    let with = [("sum", Ty::F32), ("x", Ty::F32), ("y", Ty::F32), ("of_x", Ty::Bool), ("of_y", Ty::Bool)];
    let product = function(four, "product", &with, |all| {
        let [sum, x, y] = [0, 1, 2].map(|index| float(all, index));
        vec![Formula::product(sum, x, y, all[3].mask(), all[4].mask()).into()]
    });
    let name = |number: u32| format!("formula_{number}");
    let plain = || Formula::ALL.into_iter().filter(|formula| !Formula::HOT.contains(formula));
    let of_formula = |formula: Formula| {
        function(four, &name(formula as u32), &names, |all| {
            vec![formula.of(float(all, 0), float(all, 1), float(all, 2)).into()]
        })
    };
    let of_each = |each: Each| {
        function(four, &name(each as u32), &names, |all| {
            vec![each.of(float(all, 0), float(all, 1), float(all, 2)).into()]
        })
    };
    let case = |number: u32| format!("case {number}u: {{ sum = {}(sum, first, second, z); }}\n", name(number));
    let rows = |is_own: &dyn Fn(u32) -> bool| {
        let cases = plain_numbers().filter(|&number| is_own(number)).map(case).collect();
        splice(PLAIN, &[("plain formulas", cases), ("plain operands", operands.to_owned())])
    };
    functions([product])
        + &functions(plain().map(of_formula))
        + &functions(Each::ALL.map(of_each))
        + &splice(
            WHOLE,
            &[
                ("light rows", rows(&is_light)),
                ("other rows", rows(&|number| !is_light(number))),
                ("squares", squares.to_owned()),
            ],
        )
}

/// The numbers of plain formulas, and of those of [`Each`].
fn plain_numbers() -> impl Iterator<Item = u32> {
    let plain = Formula::ALL.into_iter().filter(|formula| !Formula::HOT.contains(formula));
    plain.map(|formula| formula as u32).chain(Each::ALL.map(|each| each as u32))
}

/// Does it take next to no time? Those of [`Each`] do.
fn is_light(number: u32) -> bool {
    Formula::ALL.into_iter().all(|formula| formula as u32 != number || formula.is_light())
}

/// The numbers that its steps share with the host.
pub(super) fn numbers() -> Vec<(String, u32)> {
    let upper = |name: String| name.to_uppercase();
    let mut values: Vec<(String, u32)> = Vec::new();
    values.extend(packed::Kind::STEPS.map(|kind| (upper(format!("KIND_{kind:?}")), kind as u32)));
    values.extend([Begins::Kept, Begins::Nothing].map(|begins| (upper(format!("BEGINS_{begins:?}")), begins as u32)));
    let reading = Formula::ALL.into_iter().filter(|formula| formula.reads_y()).map(|formula| formula as u32);
    let read_y = reading.chain(Each::ALL.map(|each| each as u32)).fold(0, |bits, formula| bits | 1 << formula);
    let named = [
        ("HOT", Formula::HOT.len() as u32),
        ("SEND", Formula::SendProduct as u32),
        ("SENT", Formula::SentProduct as u32),
        ("COPIED", Formula::Copy as u32),
        ("NEGATED", NEGATED),
        ("READ_Y", read_y),
        ("LIGHT", plain_numbers().filter(|&number| is_light(number)).fold(0, |bits, number| bits | 1 << number)),
    ];
    values.extend(named.map(|(name, value)| (name.to_owned(), value)));
    values
}

const _: () = assert!(Formula::ALL.len() + Each::ALL.len() <= u32::BITS as usize, "a bit for every formula");
