//! The adjoints: what each operation sends back to its operands.

use super::num::Num;
use super::{Op, real};

/// The contributions to the adjoints of `x` and `y` of an operation of kind Arithmetic or Real with result `value` and
/// adjoint `bar`; for a unary one the second means nothing.
///
/// Kinks: `abs` at 0 sends 0; `min` and `max` send half to each side of a tie; steps send 0; ∂xʸ/∂y is 0 for x = 0 < y,
/// ∂xʸ/∂x is 0 for y = 0. Everything else is the formula's own value, NaN and infinities included.
#[inline(always)]
pub fn pull<N: Num>(op: Op, x: N, y: N, value: N, bar: N) -> (N, N) {
    let beside = match partner(op, x, y) {
        Some((other, x, y)) => real(other, x, y),
        None => N::of(0.0),
    };
    pull_beside(op, x, y, value, bar, beside)
}

/// The operation whose value the adjoint of this one takes beside its own result, and the operands of it. A kernel that has every operation
/// in it anyway need not have the partners a second time.
#[inline(always)]
pub fn partner<N: Num>(op: Op, x: N, y: N) -> Option<(Op, N, N)> {
    match op {
        Op::Expt | Op::Pow => Some((Op::Pow, x, y - N::of(1.0))),
        Op::LogBase => Some((Op::Log, y, y)),
        Op::Sin => Some((Op::Cos, x, y)),
        Op::Cos => Some((Op::Sin, x, y)),
        Op::Sinh | Op::Tanh => Some((Op::Cosh, x, y)),
        Op::Cosh => Some((Op::Sinh, x, y)),
        Op::Sigmoid => Some((Op::Sigmoid, -x, y)),
        _ => None,
    }
}

/// [`pull()`] where the value of the [`partner`] is known; it means nothing where there is none.
#[inline(always)]
pub fn pull_beside<N: Num>(op: Op, x: N, y: N, value: N, bar: N, beside: N) -> (N, N) {
    let (zero, one) = (N::of(0.0), N::of(1.0));
    let unary = |x_bar: N| (x_bar, zero);
    match op {
        Op::Add => (bar, bar),
        Op::Sub => (bar, -bar),
        Op::Mul => (bar * y, bar * x),
        Op::Div => (bar / y, -(bar / y) * value),
        Op::Neg => unary(-bar),
        Op::Abs => {
            let kink = N::select(x.is_nan(), x, zero);
            unary(N::select(zero.less(x), bar, N::select(x.less(zero), -bar, kink)))
        }
        Op::Min => extreme(x.less(y), y.less(x), value, bar),
        Op::Max => extreme(y.less(x), x.less(y), value, bar),
        Op::Remainder | Op::Modulo => {
            // value = x − n·y, so n is the integer nearest to this; as two quotients, so that x − value cannot overflow.
            let count = (x / y - value / y).round_even();
            (bar, -(bar * count))
        }
        Op::Square => unary(bar * (x + x)),
        Op::Expt | Op::Pow => power(x, y, value, bar, beside),
        Op::Floor | Op::Ceiling | Op::Round | Op::Truncate | Op::Quotient | Op::Exact => (zero, zero),
        Op::Inexact => unary(bar),
        Op::Attach => (zero, bar),
        Op::Sqrt => unary(bar * N::of(0.5) / value),
        Op::Exp => unary(bar * value),
        Op::Log => unary(bar / x),
        Op::LogBase => {
            let scaled = bar / beside;
            (scaled / x, -(scaled * value / y))
        }
        Op::Sin => unary(pull_sine(beside, bar)),
        Op::Cos => unary(pull_cosine(beside, bar)),
        Op::Tan => unary(bar * (one + value * value)),
        Op::Asin => unary(bar / ((one - x) * (one + x)).sqrt()),
        Op::Acos => unary(-(bar / ((one - x) * (one + x)).sqrt())),
        Op::Atan => unary(bar / (one + x * x)),
        Op::Atan2 => atan2(x, y, bar),
        Op::Sinh => unary(bar * beside),
        Op::Cosh => unary(bar * beside),
        // By cosh: 1 − value² has no digits left where tanh is near 1.
        Op::Tanh => unary(bar / beside / beside),
        Op::Sigmoid => unary(bar * value * beside),
        Op::Erf => unary(bar * N::of(std::f64::consts::FRAC_2_SQRT_PI) * gauss(x)),
        Op::Lgamma => unary(bar * x.digamma()),
        Op::Equal
        | Op::Less
        | Op::Greater
        | Op::LessEqual
        | Op::GreaterEqual
        | Op::IsZero
        | Op::IsPositive
        | Op::IsNegative
        | Op::IsEven
        | Op::IsOdd
        | Op::IsNan
        | Op::IsInteger
        | Op::IsRegular
        | Op::IsNumber
        | Op::IsInt
        | Op::IsNumeric
        | Op::IsNull
        | Op::IsBoolean
        | Op::IsChar
        | Op::IsSymbol
        | Op::IsPair
        | Op::IsString
        | Op::IsProcedure
        | Op::IsVector
        | Op::EitherVector
        | Op::Eq
        | Op::Eqv
        | Op::StringEqual
        | Op::Not
        | Op::Cons
        | Op::Car
        | Op::Cdr
        | Op::MakeBox
        | Op::BoxSet
        | Op::Unbox
        | Op::MakeVector
        | Op::Element
        | Op::Put
        | Op::Rows
        | Op::Columns
        | Op::Product
        | Op::Inverse
        | Op::Solution
        | Op::Determinant
        | Op::LogDeterminant
        | Op::Part
        | Op::Input
        | Op::Place
        | Op::Tick
        | Op::Fail => unreachable!("{op:?} has no numeric result, so no adjoint reaches it"),
    }
}

/// What a sine sends back, by the cosine of its operand.
#[inline(always)]
pub fn pull_sine<N: Num>(cos: N, bar: N) -> N {
    bar * cos
}

/// What a cosine sends back, by the sine of its operand.
#[inline(always)]
pub fn pull_cosine<N: Num>(sin: N, bar: N) -> N {
    -(bar * sin)
}

/// All of `bar` to the chosen side, half to each of a tie, the value's NaN to both.
#[inline(always)]
fn extreme<N: Num>(first: N::Mask, second: N::Mask, value: N, bar: N) -> (N, N) {
    let half = bar * N::of(0.5);
    let neither = N::select(value.is_nan(), value, half);
    let zero = N::of(0.0);
    let side = |mine: N::Mask, other: N::Mask| N::select(mine, bar, N::select(other, zero, neither));
    (side(first, second), side(second, first))
}

/// The adjoint of xʸ, by xʸ⁻¹.
#[inline(always)]
fn power<N: Num>(x: N, y: N, value: N, bar: N, below: N) -> (N, N) {
    let zero = N::of(0.0);
    let to_base = bar * (y * below);
    let to_exponent = bar * (value * x.log());
    let flat = x.equal(zero) & zero.less(y);
    (N::select(y.equal(zero), zero, to_base), N::select(flat, zero, to_exponent))
}

/// The adjoint of the angle of (x, y) with y across and x up: (y, −x) / (x² + y²), by the smaller ratio, so that no
/// square leaves the range.
#[inline(always)]
fn atan2<N: Num>(up: N, across: N, bar: N) -> (N, N) {
    let wide = up.abs().less_equal(across.abs());
    let larger = N::select(wide, across, up);
    let ratio = N::select(wide, up, across) / larger;
    let main = bar / (larger * (N::of(1.0) + ratio * ratio));
    (N::select(wide, main, main * ratio), -N::select(wide, main * ratio, main))
}

/// e^(−x²), from a head with an exact square and the rest, so that rounding x² does not show in the tail.
#[inline(always)]
fn gauss<N: Num>(x: N) -> N {
    // Beyond 32 the result is 0 in every precision.
    let size = x.abs();
    let limit = N::of(32.0);
    let size = N::select(limit.less(size), limit, size);
    let sixteen = N::of(16.0);
    let head = (size * sixteen).floor() / sixteen;
    (-(head * head)).exp() * (-((size - head) * (size + head))).exp()
}
