//! What the steps of whole operations compute of numbers, once for every executor.

use crate::op::num::Num;
use crate::op::{Op, real, test};

/// What becomes of a sum with the numbers of a term. What sends is named by where its first number, an adjoint, goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Formula {
    /// sum + x·y.
    AddProduct,
    /// sum + what the adjoint x sends to a factor beside y.
    SendProduct,
    /// sum + what the adjoint y sends to a factor beside x: the same where a tile lies on its side.
    SentProduct,
    /// sum − x·y.
    LessProduct,
    /// sum + what the adjoint −x sends to a factor beside y.
    SendLess,
    /// sum + what the adjoint x of a quotient by y sends to the dividend.
    SendDividend,
    /// sum + x.
    Sum,
    /// sum·x.
    Times,
    /// sum + log |x|.
    Log,
    /// 0 where x is 0, else the sum.
    Sound,
    /// The sum where x is [`%regular?`](Op::IsRegular), else 0.
    Regular,
    /// x.
    Copy,
    /// x / y.
    Quotient,
    /// 1 / x.
    Reciprocal,
    /// −(x·y).
    Negated,
    /// 0.
    Zero,
    /// 1.
    One,
}

impl Formula {
    /// All of them.
    pub const ALL: [Formula; 17] = [
        Formula::AddProduct,
        Formula::SendProduct,
        Formula::SentProduct,
        Formula::LessProduct,
        Formula::SendLess,
        Formula::SendDividend,
        Formula::Sum,
        Formula::Times,
        Formula::Log,
        Formula::Sound,
        Formula::Regular,
        Formula::Copy,
        Formula::Quotient,
        Formula::Reciprocal,
        Formula::Negated,
        Formula::Zero,
        Formula::One,
    ];
    /// Those that work is spent on, and no others, have columns. Executors have loops of their own for them; they come first.
    pub const HOT: [Formula; 5] =
        [Formula::AddProduct, Formula::SendProduct, Formula::SentProduct, Formula::LessProduct, Formula::SendLess];

    /// The formula that gives the same numbers with x and y for each other, and whether one of them is negated for it.
    pub fn on_its_side(self) -> Option<(Formula, bool)> {
        match self {
            Formula::AddProduct => Some((Formula::AddProduct, false)),
            Formula::LessProduct => Some((Formula::AddProduct, true)),
            Formula::SendProduct => Some((Formula::SentProduct, false)),
            Formula::SendLess => Some((Formula::SentProduct, true)),
            _ => None,
        }
    }

    /// The formula that gives the same numbers with x negated.
    pub fn of_negated(self) -> Option<Formula> {
        match self {
            Formula::LessProduct => Some(Formula::AddProduct),
            Formula::SendLess => Some(Formula::SendProduct),
            _ => None,
        }
    }

    /// Does a processor take hardly longer for it than for a sum? Quotients and logarithms take many times as long.
    pub fn is_light(self) -> bool {
        use Formula::{Log, Quotient, Reciprocal, Regular, SendDividend};
        !matches!(self, Log | Quotient | Reciprocal | Regular | SendDividend)
    }

    /// Does it read y?
    pub fn reads_y(self) -> bool {
        Formula::HOT.contains(&self) || matches!(self, Formula::SendDividend | Formula::Quotient | Formula::Negated)
    }

    /// The same where y is finite in every lane and no sum is −0. There an adjoint of 0 sends ±0, which changes no sum.
    pub fn unmasked(self) -> Formula {
        match self {
            Formula::SendProduct => Formula::AddProduct,
            Formula::SendLess => Formula::LessProduct,
            other => other,
        }
    }

    /// The sum after a term of [`Formula::AddProduct`]; of [`Formula::SendProduct`] where `of_x`, and of [`Formula::SentProduct`] where `of_y`.
    pub fn product<N: Num>(sum: N, x: N, y: N, of_x: N::Mask, of_y: N::Mask) -> N {
        Formula::unless(is_zero(x) & of_x | is_zero(y) & of_y, sum, x, y)
    }

    /// The sum after a term of a product, or the sum of it and 0 where the term's adjoint is.
    pub fn unless<N: Num>(is_nothing: N::Mask, sum: N, x: N, y: N) -> N {
        sum + N::select(is_nothing, N::of(0.0), x * y)
    }

    /// The sum after a term.
    #[inline(always)]
    pub fn of<N: Num>(self, sum: N, x: N, y: N) -> N {
        match self {
            Formula::AddProduct => sum + x * y,
            Formula::LessProduct => sum - x * y,
            Formula::SendProduct => sum + masked(x, x * y),
            Formula::SentProduct => sum + masked(y, x * y),
            Formula::SendLess => sum + masked(x, -x * y),
            Formula::SendDividend => sum + masked(x, x / y),
            Formula::Sum => sum + x,
            Formula::Times => sum * x,
            Formula::Log => sum + real(Op::Log, x.abs(), x),
            Formula::Sound => N::select(is_zero(x), N::of(0.0), sum),
            Formula::Regular => N::select(test(Op::IsRegular, x), sum, N::of(0.0)),
            Formula::Copy => x,
            Formula::Quotient => x / y,
            Formula::Reciprocal => N::of(1.0) / x,
            Formula::Negated => -(x * y),
            Formula::Zero => N::of(0.0),
            Formula::One => N::of(1.0),
        }
    }
}

/// Is it 0, of either sign?
#[inline(always)]
pub fn is_zero<N: Num>(x: N) -> N::Mask {
    // A driver may take a NaN for anything in a comparison.
    x.equal(N::of(0.0)) & !x.is_nan()
}

/// What an adjoint sends, or 0 if it is 0, whatever the operands are.
#[inline(always)]
fn masked<N: Num>(bar: N, sent: N) -> N {
    N::select(is_zero(bar), N::of(0.0), sent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_read_what_they_say() {
        let bits = |x: f32| if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() };
        for formula in Formula::ALL {
            let value = |y: f32| bits(formula.of(3.0, 5.0, y));
            assert_eq!(value(2.0) != value(4.0), formula.reads_y(), "{formula:?}");
        }
    }

    #[test]
    fn a_product_is_any_of_its_formulas() {
        let numbers = [0.0f32, -0.0, 1.5, -3.25, f32::INFINITY, f32::NAN];
        let bits = |x: f32| if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() };
        let formulas = [Formula::AddProduct, Formula::SendProduct, Formula::SentProduct];
        for (formula, (of_x, of_y)) in formulas.into_iter().zip([(false, false), (true, false), (false, true)]) {
            for (x, y) in numbers.iter().flat_map(|&x| numbers.map(|y| (x, y))) {
                for sum in numbers {
                    let product = Formula::product(sum, x, y, of_x, of_y);
                    assert_eq!(bits(product), bits(formula.of(sum, x, y)), "{formula:?} {sum} {x} {y}");
                }
            }
        }
    }

    #[test]
    fn a_negated_formula_is_the_other_of_a_negated_number() {
        let numbers = [0.0f32, -0.0, 1.5, -3.25, 1e30, -1e-40, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
        let bits = |x: f32| if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() };
        for formula in Formula::HOT {
            let Some(other) = formula.of_negated() else { continue };
            for (x, y) in numbers.iter().flat_map(|&x| numbers.map(|y| (x, y))) {
                for sum in numbers {
                    assert_eq!(bits(formula.of(sum, x, y)), bits(other.of(sum, -x, y)), "{formula:?} {sum} {x} {y}");
                }
            }
        }
    }
}
