//! The adjoint's kernel: `shaders/adjoint.wgsl` with the rules of the op table.

use crate::tape::{A_CONSTANT, B_CONSTANT, GUARD};
use crate::wgsl::splice::{arms, constants, distinct, functions, name, pulled, same_formula, splice, style};
use crate::wgsl::text::{Ty, function, pull_function};

const FRAME: &str = include_str!("../../shaders/adjoint.wgsl");

/// The kernel's text; `barrier` where the device cannot be told to leave float code alone.
pub fn adjoint(barrier: bool) -> String {
    let style = style(barrier);
    let plus = function(style, "plus", &[("a", Ty::F32), ("b", Ty::F32)], |operands| {
        vec![(operands[0].float() + operands[1].float()).into()]
    });
    let numbers = [("A_CONSTANT", A_CONSTANT), ("B_CONSTANT", B_CONSTANT), ("GUARD", GUARD)];
    splice(
        FRAME,
        &[
            ("constants", constants(numbers.map(|(name, value)| (name.to_owned(), value)))),
            ("functions", plus.text + &functions(distinct(pulled()).map(|op| pull_function(op, style)))),
            (
                "pull arms",
                arms(pulled(), |op| {
                    let pull = name(same_formula(op)) + "_pull";
                    if op.row().arity == 2 {
                        format!("let both = {pull}(x, y, value, bar, z); x_add = both[0]; y_add = both[1];")
                    } else {
                        format!("x_add = {pull}(x, value, bar, z);")
                    }
                }),
            ),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_is_valid_in_both_styles() {
        for barrier in [false, true] {
            crate::wgsl::splice::assert_valid(&adjoint(barrier));
        }
    }
}
