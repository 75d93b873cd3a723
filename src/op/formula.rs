//! What each operation computes on Floats, and what each comparison and test decides.

use super::num::{Num, Word};
use super::{Op, integer::flag};

/// The Float result of an operation of kind Arithmetic or Real; a unary one ignores `y`.
#[inline(always)]
pub fn real<N: Num>(op: Op, x: N, y: N) -> N {
    match op {
        Op::Add => x + y,
        Op::Sub => x - y,
        Op::Mul => x * y,
        Op::Div => x / y,
        Op::Neg => -x,
        Op::Abs => x.abs(),
        Op::Min => extreme(x.less(y), x, y),
        Op::Max => extreme(y.less(x), x, y),
        Op::Quotient => x.quotient(y),
        Op::Remainder => x.remainder(y),
        Op::Modulo => floored(x.remainder(y), y),
        Op::Square => x * x,
        Op::Expt | Op::Pow => x.pow(y),
        Op::Floor => x.floor(),
        Op::Ceiling => x.ceil(),
        Op::Round => x.round_even(),
        Op::Truncate => x.trunc(),
        Op::Inexact | Op::Attach => x,
        Op::Sqrt => x.sqrt(),
        Op::Exp => x.exp(),
        Op::Log => x.log(),
        Op::LogBase => x.log_base(y),
        Op::Sin => x.sin(),
        Op::Cos => x.cos(),
        Op::Tan => x.tan(),
        Op::Asin => x.asin(),
        Op::Acos => x.acos(),
        Op::Atan => x.atan(),
        Op::Atan2 => x.atan2(y),
        Op::Sinh => x.sinh(),
        Op::Cosh => x.cosh(),
        Op::Tanh => x.tanh(),
        Op::Sigmoid => x.sigmoid(),
        Op::Erf => x.erf(),
        Op::Lgamma => x.lgamma(),
        Op::Exact
        | Op::Equal
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
        | Op::Fail => unreachable!("{op:?} has no Float result: it is neither of kind Arithmetic nor of kind Real"),
    }
}

/// `x` where `first`, else `y`; a NaN wins.
#[inline(always)]
fn extreme<N: Num>(first: N::Mask, x: N, y: N) -> N {
    N::select(first | x.is_nan(), x, y)
}

/// Floored remainder by `y` from the truncated one: moved by a divisor where the signs differ; a zero takes the sign of
/// the divisor.
#[inline(always)]
pub fn floored<N: Num>(rest: N, y: N) -> N {
    let differ = rest.sign_bit() & !y.sign_bit() | !rest.sign_bit() & y.sign_bit();
    let zero = rest.equal(N::of(0.0));
    N::select(rest.is_nan(), rest, N::select(zero, rest.with_sign(y), N::select(differ, rest + y, rest)))
}

/// What an operation of kind Compare decides about two Floats; a NaN makes it false.
#[inline(always)]
pub fn compare<N: Num>(op: Op, x: N, y: N) -> N::Mask {
    match op {
        Op::Equal => x.equal(y),
        Op::Less => x.less(y),
        Op::Greater => x.greater(y),
        Op::LessEqual => x.less_equal(y),
        Op::GreaterEqual => x.greater_equal(y),
        _ => unreachable!("{op:?} is not of kind Compare"),
    }
}

/// What an operation of kind Compare decides about two Ints.
pub fn compare_integer<W: Word>(op: Op, a: W, b: W) -> W::Mask {
    match op {
        Op::Equal => a.same(b),
        Op::Less => a.less_signed(b),
        Op::Greater => b.less_signed(a),
        Op::LessEqual => !b.less_signed(a),
        Op::GreaterEqual => !a.less_signed(b),
        _ => unreachable!("{op:?} is not of kind Compare"),
    }
}

/// 2^100: `%regular?` numbers are smaller, and larger than one divided by it.
const REGULAR: f64 = (1u128 << 100) as f64;

/// What an operation of kind NumberTest decides about a Float.
///
/// `even?` and `odd?` are for Floats that pass `integer?`, and false for all others: the caller tests that first and makes
/// the failure a `wrong-type`. For `exact` this is whether [`exact`] has a result.
#[inline(always)]
pub fn test<N: Num>(op: Op, x: N) -> N::Mask {
    let zero = N::of(0.0);
    match op {
        Op::IsZero => x.equal(zero),
        Op::IsPositive => zero.less(x),
        Op::IsNegative => x.less(zero),
        Op::IsNan => x.is_nan(),
        Op::IsInteger => x.is_integer(),
        Op::IsRegular => {
            let size = x.abs();
            N::of(1.0 / REGULAR).less(size) & size.less(N::of(REGULAR))
        }
        Op::IsEven => x.is_integer() & is_whole_half(x),
        Op::IsOdd => x.is_integer() & !is_whole_half(x),
        Op::Exact => exact(x).1,
        _ => unreachable!("{op:?} is not of kind NumberTest"),
    }
}

/// Is half of this integer an integer? Halving an integer is exact.
#[inline(always)]
fn is_whole_half<N: Num>(x: N) -> N::Mask {
    let half = x * N::of(0.5);
    half.floor().equal(half)
}

/// What an operation of kind NumberTest decides about an Int.
pub fn test_integer<W: Word>(op: Op, a: W) -> W::Mask {
    let (zero, one) = (W::of(0), W::of(1));
    match op {
        Op::IsZero => a.same(zero),
        Op::IsPositive => zero.less_signed(a),
        Op::IsNegative => a.less_signed(zero),
        Op::IsEven => a.and(one).same(zero),
        Op::IsOdd => a.and(one).same(one),
        Op::IsNan => flag::<W>(false),
        Op::IsInteger | Op::IsRegular | Op::Exact => flag::<W>(true),
        _ => unreachable!("{op:?} is not of kind NumberTest"),
    }
}

/// `(exact x)` of a Float: the bits of the equal 32-bit signed integer, and whether there is one; where there is none the
/// bits mean nothing and the operation is a `wrong-type`.
#[inline(always)]
pub fn exact<N: Num>(x: N) -> (N::Word, N::Mask) {
    x.exact()
}
