//! The op table against independent references: accuracy of every f32 function, adjoints, integers, and the table itself.

use evalgrad::op::elementary::{remainder::remainder, round::round_even};
use evalgrad::op::num::Num;
use evalgrad::op::{
    Accuracy, Adjoint, DIVIDE_BY_ZERO, IS_INT, Kind, Op, ROWS, TAKE_FLOAT, compare, compare_integer, exact, integer, pull,
    real, test, test_integer,
};
use rayon::prelude::*;

/// Values at which functions go wrong first.
const EDGES: [f32; 22] = [
    0.0,
    -0.0,
    f32::from_bits(1),
    -f32::from_bits(1),
    f32::from_bits(0x007f_ffff),
    f32::MIN_POSITIVE,
    -f32::MIN_POSITIVE,
    1e-20,
    0.5,
    -0.5,
    1.0,
    -1.0,
    2.0,
    -3.0,
    88.722_84,
    -103.97,
    16_777_216.0,
    f32::MAX,
    f32::MIN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
];

/// Distance from the truth in units of the last place of f32; infinite where NaN, infinity or the sign of a zero is missed.
fn error(got: f32, truth: f64) -> f64 {
    let kind_missed = got.is_nan() != truth.is_nan()
        || truth == 0.0 && (got != 0.0 || got.is_sign_negative() != truth.is_sign_negative())
        || truth.is_infinite() && f64::from(got) != truth;
    if kind_missed {
        return f64::INFINITY;
    }
    if truth.is_nan() || truth.is_infinite() {
        return 0.0;
    }
    // Past the range an infinity stands for 2¹²⁸, the next float were there one.
    let past = 2.0_f64.powi(128);
    let got = f64::from(got).clamp(-past, past);
    let truth = truth.clamp(-past, past);
    let exponent = truth.abs().max(f64::from(f32::MIN_POSITIVE)).log2().floor().clamp(-126.0, 127.0);
    (got - truth).abs() / 2.0_f64.powi(exponent as i32 - 23)
}

/// A well-spread word for each index.
fn scatter(index: u32) -> u32 {
    let mut word = index.wrapping_mul(0x9e37_79b9) ^ 0x85eb_ca6b;
    word = (word ^ (word >> 16)).wrapping_mul(0x21f0_aaad);
    word = (word ^ (word >> 15)).wrapping_mul(0x735a_2d97);
    word ^ (word >> 15)
}

/// The largest error of an operation over `count` points and where it is; `point` gives operands, or `None` outside the promise.
fn largest_error(op: Op, count: u32, point: impl Fn(u32) -> Option<(f32, f32)> + Sync) -> (f64, f32, f32) {
    let worst = (0..count)
        .into_par_iter()
        .filter_map(|index| {
            let (x, y) = point(index)?;
            Some((error(real(op, x, y), real(op, f64::from(x), f64::from(y))), x, y))
        })
        .reduce(|| (0.0, 0.0, 0.0), |a, b| if b.0 > a.0 { b } else { a });
    println!("{:10} {:.3} ulp at {:e} {:e}", op.row().name, worst.0, worst.1, worst.2);
    worst
}

/// Points for a unary operation: three in four over all bit patterns, one evenly in [−reach, reach].
fn unary_point(index: u32, reach: f32, promised: fn(f32) -> bool) -> Option<(f32, f32)> {
    let word = scatter(index);
    let x = if index % 4 == 0 { (f64::from(word) / 2_147_483_648.0 - 1.0) as f32 * reach } else { f32::from_bits(word) };
    promised(x).then_some((x, 1.0))
}

fn assert_within(op: Op, bound: f64, worst: (f64, f32, f32)) {
    assert!(worst.0 <= bound, "{} of {:e} {:e} is {} ulp off", op.row().name, worst.1, worst.2, worst.0);
}

/// All unary elementary functions: reach of the even points, where the bound is promised, and the bound they keep.
const UNARY: [(Op, u32, f32, fn(f32) -> bool, f64); 16] = [
    (Op::Exp, 1_500_000, 110.0, |_| true, 1.0),
    (Op::Log, 1_500_000, 10.0, |_| true, 1.0),
    (Op::Sin, 1_800_000, 1e5, |x| x.abs() <= 1e5 || !x.is_finite(), 2.0),
    (Op::Cos, 1_800_000, 1e5, |x| x.abs() <= 1e5 || !x.is_finite(), 2.0),
    (Op::Sqrt, 1_500_000, 100.0, |_| true, 0.5),
    (Op::Atan, 1_500_000, 10.0, |_| true, 2.0),
    (Op::Tanh, 1_500_000, 10.0, |_| true, 2.0),
    (Op::Tan, 300_000, 1e5, |x| x.abs() <= 1e5 || !x.is_finite(), 4.0),
    (Op::Asin, 300_000, 1.0, |_| true, 2.0),
    (Op::Acos, 300_000, 1.0, |_| true, 2.0),
    (Op::Sinh, 300_000, 90.0, |_| true, 2.0),
    (Op::Cosh, 300_000, 90.0, |_| true, 2.0),
    (Op::Sigmoid, 300_000, 100.0, |_| true, 3.0),
    (Op::Erf, 300_000, 5.0, |_| true, 2.0),
    (Op::Lgamma, 300_000, 10.0, |x| x > 0.0 || x.is_nan(), 4.0),
    (Op::Inexact, 100_000, 1.0, |_| true, 0.0),
];

#[test]
fn unary_functions_keep_their_bounds() {
    for (op, count, reach, promised, bound) in UNARY {
        assert_within(op, bound, largest_error(op, count, |index| unary_point(index, reach, promised)));
        for x in EDGES.into_iter().filter(|&x| promised(x)) {
            let found = error(real(op, x, x), real(op, f64::from(x), f64::from(x)));
            assert!(found <= bound, "{} of {x:e} is {:e}, {found} ulp off", op.row().name, real(op, x, x));
        }
    }
}

/// The exact functions: one rounding, or none.
#[test]
fn arithmetic_is_rounded_once() {
    use Op::{Abs, Add, Ceiling, Div, Floor, Max, Min, Mul, Neg, Remainder, Round, Square, Sub, Truncate};
    for op in [Abs, Add, Ceiling, Div, Floor, Max, Min, Mul, Neg, Remainder, Round, Square, Sub, Truncate] {
        let points = |index: u32| {
            let x = f32::from_bits(scatter(index));
            let near = x * (1.0 + (scatter(!index) % 1000) as f32 / 300.0);
            Some((x, if index % 4 == 0 { f32::from_bits(scatter(!index)) } else { near }))
        };
        assert_within(op, 0.5, largest_error(op, 100_000, points));
        edge_pairs(op, 0.5);
    }
}

/// Every pair of edges.
fn edge_pairs(op: Op, bound: f64) {
    for x in EDGES {
        for y in EDGES {
            let (got, truth) = (real(op, x, y), real(op, f64::from(x), f64::from(y)));
            assert!(error(got, truth) <= bound, "{} of {x:e} {y:e} is {got:e}, not {truth:e}", op.row().name);
        }
    }
}

#[test]
fn powers_keep_their_bound_over_the_whole_range() {
    let points = |index: u32| {
        let (word, other) = (scatter(index), scatter(!index));
        let x = f32::from_bits(word);
        // Exponents that leave the result in range, small integers, and any bits.
        let target = f64::from(other) / 4_294_967_296.0 * 300.0 - 150.0;
        let y = match index % 8 {
            0 => f32::from_bits(other),
            1 => (other % 41) as f32 - 20.0,
            _ => (target / f64::from(x.abs()).log2()) as f32,
        };
        Some(if index % 16 == 9 { (1.0 + word as f32 / 4.3e9, y) } else { (x, y) })
    };
    for op in [Op::Expt, Op::Pow] {
        assert_within(op, 2.0, largest_error(op, 1_100_000, points));
        edge_pairs(op, 2.0);
    }
}

#[test]
fn angles_and_logarithms_to_a_base_keep_their_bounds() {
    let points = |index: u32| {
        let (x, other) = (f32::from_bits(scatter(index)), scatter(!index));
        Some((x, if index % 3 == 0 { f32::from_bits(other) } else { x * (other as f32 / 1e9) }))
    };
    assert_within(Op::Atan2, 2.5, largest_error(Op::Atan2, 300_000, points));
    edge_pairs(Op::Atan2, 2.5);
    let points = |index: u32| Some((f32::from_bits(scatter(index)), f32::from_bits(scatter(!index) & 0x7fff_ffff)));
    assert_within(Op::LogBase, 3.0, largest_error(Op::LogBase, 300_000, points));
    edge_pairs(Op::LogBase, 3.0);
}

#[test]
fn lgamma_of_negatives_is_absolutely_close() {
    for index in 0..100_000 {
        let x = -(f64::from(scatter(index)) / 4_294_967_296.0 * 30.0) as f32;
        let (got, truth) = (real(Op::Lgamma, x, x), libm::lgamma(f64::from(x)));
        assert!((f64::from(got) - truth).abs() <= 1e-6 * truth.abs().max(30.0), "{x}: {got}, not {truth}");
    }
    for pole in [0.0, -0.0, -1.0, -2.0, -1e10] {
        assert_eq!(real(Op::Lgamma, pole, pole), f32::INFINITY);
    }
}

#[test]
fn sines_stay_sines_beyond_the_promise() {
    for index in 0..100_000 {
        let x = f32::from_bits(scatter(index) & 0x7fff_ffff | 0x4800_0000);
        if x.is_finite() {
            let (sin, cos) = (real(Op::Sin, x, x), real(Op::Cos, x, x));
            assert!((sin * sin + cos * cos - 1.0).abs() < 1e-6, "{x:e}: {sin} {cos}");
        }
    }
    assert!(real(Op::Sin, f32::INFINITY, 0.0).is_nan());
}

#[test]
fn the_integer_steps_of_the_remainder_are_exact() {
    for index in 0..200_000 {
        let (x, word) = (f32::from_bits(scatter(index)), scatter(!index));
        let y = if index % 2 == 0 { f32::from_bits(word) } else { x / (word >> (index % 24)) as f32 };
        let (ours, theirs) = (remainder(x, y), x % y);
        assert!(ours.to_bits() == theirs.to_bits() || ours.is_nan() && theirs.is_nan(), "{x:e} {y:e}: {ours:e} {theirs:e}");
    }
    assert_eq!(real(Op::Remainder, -7.5_f32, 2.0), -1.5);
    assert_eq!(real(Op::Modulo, -7.5_f32, 2.0), 0.5);
    assert_eq!(real(Op::Modulo, 7.5_f32, -2.0), -0.5);
    assert_eq!(real(Op::Modulo, 6.0_f32, -2.0).to_bits(), (-0.0_f32).to_bits());
}

#[test]
fn quotients_never_round_up() {
    for index in 0..200_000 {
        let y = f32::from_bits(scatter(index) & 0x3fff_ffff | 0x2000_0000);
        let count = (scatter(!index) >> (8 + index % 20)) as f32;
        for x in [(y * count).next_down(), y * count, (y * count).next_up()] {
            let (wide_x, wide_y) = (f64::from(x), f64::from(y));
            let truth = (wide_x - wide_x % wide_y) / wide_y;
            if truth.abs() < 16_777_216.0 {
                assert_eq!(f64::from(real(Op::Quotient, x, y)), truth, "{x:e} {y:e}");
                assert_eq!(real(Op::Quotient, wide_x, wide_y), truth, "{x:e} {y:e}");
            }
        }
    }
    assert_eq!(real(Op::Quotient, -7.5_f32, 2.0), -3.0);
}

#[test]
fn rounding_by_floor_is_half_to_even() {
    let halves = (-40..40).map(|i| i as f32 * 0.25);
    for x in halves.chain(EDGES).chain((0..100_000).map(|i| f32::from_bits(scatter(i)))) {
        let (ours, theirs) = (round_even(x), x.round_ties_even());
        assert!(ours.to_bits() == theirs.to_bits() || x.is_nan() && ours.is_nan(), "{x:e}: {ours} {theirs}");
    }
}

#[test]
fn double_precision_pieces_agree_with_tables() {
    let close = |got: f64, truth: f64| assert!((got - truth).abs() <= 1e-15 * truth.abs().max(1.0), "{got} {truth}");
    close(1.0_f64.digamma(), -0.577_215_664_901_532_9);
    close(0.5_f64.digamma(), -1.963_510_026_021_423_5);
    close((-0.5_f64).digamma(), 0.036_489_973_978_576_52);
    close(100.0_f64.digamma(), 4.600_161_852_738_087);
    close((-2.0_f64).sigmoid(), 0.119_202_922_022_117_56);
    close(2.0_f64.sigmoid(), 0.880_797_077_977_882_4);
    close(8.0_f64.log_base(2.0), 3.0);
    assert_eq!((-800.0_f64).sigmoid(), 0.0);
}

/// Sample operands of an operation, and some near them on the same piece.
fn near_samples(op: Op) -> impl Iterator<Item = (f64, f64)> {
    let near = |&(x, y): &(f64, f64)| [1.0, 0.97, 1.013].map(|factor| (x * factor, y * factor));
    op.row().samples.iter().flat_map(near)
}

#[test]
fn adjoints_agree_with_central_differences() {
    for row in ROWS.iter().filter(|row| matches!(row.kind, Kind::Arithmetic | Kind::Real)) {
        for (x, y) in near_samples(row.op) {
            let value = real(row.op, x, y);
            let (x_bar, y_bar) = pull(row.op, x, y, value, 0.75);
            let step = |at: f64| 1e-6 * at.abs().max(1e-2);
            let across = (real(row.op, x + step(x), y) - real(row.op, x - step(x), y)) / (2.0 * step(x));
            let along = (real(row.op, x, y + step(y)) - real(row.op, x, y - step(y))) / (2.0 * step(y));
            let close = |got: f64, truth: f64| (got - truth).abs() <= 1e-6 * truth.abs() + 1e-7 * (1.0 + value.abs());
            assert!(close(x_bar, 0.75 * across), "{} at {x} {y}: {x_bar}, not {}", row.name, 0.75 * across);
            let single = pull(row.op, x as f32, y as f32, real(row.op, x as f32, y as f32), 0.75);
            let near = |got: f32, truth: f64| (f64::from(got) - truth).abs() <= 3e-4 * truth.abs() + 1e-5;
            assert!(near(single.0, x_bar), "{} in f32 at {x} {y}: {}, not {x_bar}", row.name, single.0);
            if row.arity == 2 {
                assert!(close(y_bar, 0.75 * along), "{} at {x} {y}: {y_bar}, not {}", row.name, 0.75 * along);
                assert!(near(single.1, y_bar), "{} in f32 at {x} {y}: {}, not {y_bar}", row.name, single.1);
            }
        }
    }
}

/// What a bar of 1 sends back, in both precisions.
fn sent(op: Op, x: f64, y: f64) -> (f64, f64) {
    let wide = pull(op, x, y, real(op, x, y), 1.0);
    let (x, y) = (x as f32, y as f32);
    let single = pull(op, x, y, real(op, x, y), 1.0);
    for (single, wide) in [(single.0, wide.0), (single.1, wide.1)] {
        assert!(single == wide as f32 || single.is_nan() && wide.is_nan(), "{op:?} sends {single} and {wide}");
    }
    wide
}

#[test]
fn adjoints_at_kinks_are_the_convention() {
    assert_eq!(sent(Op::Abs, 0.0, 0.0).0, 0.0);
    assert_eq!(sent(Op::Abs, -0.0, 0.0).0, 0.0);
    assert_eq!(sent(Op::Min, 2.0, 2.0), (0.5, 0.5));
    assert_eq!(sent(Op::Max, 2.0, 2.0), (0.5, 0.5));
    assert_eq!(sent(Op::Max, 2.0, 3.0), (0.0, 1.0));
    assert_eq!(sent(Op::Min, 2.0, 3.0), (1.0, 0.0));
    for op in [Op::Floor, Op::Ceiling, Op::Round, Op::Truncate] {
        assert_eq!(sent(op, 2.0, 0.0).0, 0.0);
    }
    assert_eq!(sent(Op::Quotient, 6.0, 2.0), (0.0, 0.0));
    assert_eq!(sent(Op::Remainder, 6.0, 2.0), (1.0, -3.0));
    assert_eq!(sent(Op::Modulo, -7.0, 2.0), (1.0, 4.0));
    for op in [Op::Expt, Op::Pow] {
        assert_eq!(sent(op, 0.0, 2.0), (0.0, 0.0));
        assert_eq!(sent(op, 0.0, 1.0), (1.0, 0.0));
        assert_eq!(sent(op, 0.0, 0.0).0, 0.0);
        assert_eq!(sent(op, -3.0, 2.0).0, -6.0);
        assert_eq!(sent(op, -2.0, 3.0).0, 12.0);
        assert!(pull(op, -2.0, 3.0, -8.0, 1.0_f64).1.is_nan());
    }
    assert_eq!(sent(Op::Sqrt, 0.0, 0.0).0, f64::INFINITY);
    assert_eq!(pull(Op::Exact, 2.0, 0.0, 2.0, 1.0), (0.0, 0.0));
}

#[test]
fn adjoints_hold_where_a_square_would_leave_the_range() {
    let (up, across) = pull(Op::Atan2, 1e-25_f32, 1e-25, real(Op::Atan2, 1e-25, 1e-25), 1.0);
    assert!((up * 1e-25 - 0.5).abs() < 1e-6 && (across * 1e-25 + 0.5).abs() < 1e-6, "{up} {across}");
    let tail = pull(Op::Erf, 8.5_f32, 0.0, 1.0, 1.0).0;
    let truth = std::f64::consts::FRAC_2_SQRT_PI * (-72.25_f64).exp();
    assert!((f64::from(tail) / truth - 1.0).abs() < 1e-6, "{tail:e} {truth:e}");
    let flat = pull(Op::Tanh, 20.0_f32, 0.0, 1.0, 1.0).0;
    assert!((f64::from(flat) / 1.699_341_702_4e-17 - 1.0).abs() < 1e-6, "{flat:e}");
    assert!(f64::from(pull(Op::Sigmoid, 30.0_f32, 0.0, 1.0, 1.0).0) > 9e-14);
}

/// The Int result of an operation by 128-bit arithmetic: `Ok` of what is exact, else the outcome.
fn reference(op: Op, a: i32, b: i32) -> Result<i128, u32> {
    let (x, y) = (i128::from(a), i128::from(b));
    let divides = matches!(op, Op::Div | Op::Quotient | Op::Remainder | Op::Modulo);
    if divides && y == 0 || op == Op::Expt && x == 0 && y < 0 {
        return Err(DIVIDE_BY_ZERO);
    }
    Ok(match op {
        Op::Add => x + y,
        Op::Sub => x - y,
        Op::Mul => x * y,
        Op::Square => x * x,
        Op::Neg => -x,
        Op::Abs => x.abs(),
        Op::Min => x.min(y),
        Op::Max => x.max(y),
        Op::Div if x % y != 0 => return Err(TAKE_FLOAT),
        Op::Div | Op::Quotient => x / y,
        Op::Remainder => x % y,
        Op::Modulo => x - y * (x as f64 / y as f64).floor() as i128,
        Op::Expt if y < 0 => return Err(TAKE_FLOAT),
        Op::Expt if x.abs() < 2 => x.pow((y.min(2) + (y.max(2) - 2) % 2) as u32),
        Op::Expt => u32::try_from(y).ok().and_then(|y| x.checked_pow(y)).unwrap_or(i128::MAX),
        Op::Floor | Op::Ceiling | Op::Round | Op::Truncate => x,
        _ => unreachable!("not of kind Arithmetic"),
    })
}

#[test]
fn integers_agree_with_wide_arithmetic() {
    let mut values = vec![0, 1, -1, 2, -2, 3, -3, 7, -7, 10, 15, 16, 30, 31, -31, 32, 33, 1290, 1291, -1291, 65_535, 65_536];
    values.extend([46_340, 46_341, -46_340, -46_341, 1 << 30, -(1 << 30), i32::MAX, i32::MAX - 1, i32::MIN, i32::MIN + 1]);
    values.extend((0..30).map(|i| scatter(i) as i32));
    for row in ROWS.iter().filter(|row| row.kind == Kind::Arithmetic) {
        for &a in &values {
            for &b in &values {
                let (bits, outcome) = integer(row.op, a as u32, b as u32);
                match reference(row.op, a, b) {
                    Err(expected) => assert_eq!(outcome, expected, "{} {a} {b}", row.name),
                    Ok(truth) if i32::try_from(truth).is_ok() => {
                        assert_eq!((i128::from(bits as i32), outcome), (truth, IS_INT), "{} {a} {b}", row.name);
                    }
                    Ok(_) => assert_eq!(outcome, TAKE_FLOAT, "{} {a} {b}", row.name),
                }
            }
        }
    }
}

#[test]
fn tests_decide_integers_and_floats_alike() {
    let decide = |op, x: f32| test(op, x);
    for i in [0, 1, -1, 2, -3, 16_777_216, -16_777_216] {
        for op in [Op::IsZero, Op::IsPositive, Op::IsNegative, Op::IsEven, Op::IsOdd, Op::IsNan, Op::IsInteger, Op::Exact] {
            assert_eq!(decide(op, i as f32), test_integer(op, i as u32), "{op:?} {i}");
        }
        for j in [0, 1, -1, i32::MIN, i32::MAX] {
            for op in [Op::Equal, Op::Less, Op::Greater, Op::LessEqual, Op::GreaterEqual] {
                assert_eq!(compare(op, f64::from(i), f64::from(j)), compare_integer(op, i as u32, j as u32), "{op:?} {i} {j}");
                assert!(!compare(op, f32::NAN, i as f32) && !compare(op, i as f32, f32::NAN));
            }
        }
    }
    for x in [0.5, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e-45] {
        assert!(!decide(Op::IsInteger, x) && !decide(Op::IsEven, x) && !decide(Op::IsOdd, x), "{x}");
    }
    assert!(decide(Op::IsEven, 1e30) && !decide(Op::IsOdd, 1e30));
}

#[test]
fn exact_takes_the_integers_of_32_bits() {
    for i in [0, 1, -1, i32::MIN, 16_777_216, 2_147_483_520] {
        assert_eq!(exact(i as f32), (i as u32, true));
        assert_eq!(exact(f64::from(i)), (i as u32, true));
    }
    assert_eq!(exact(f64::from(i32::MAX)), (i32::MAX as u32, true));
    for x in [2.5, 1e20, f64::NAN, f64::INFINITY, 2_147_483_648.0, -2_147_483_904.0] {
        assert!(!exact(x).1 && !exact(x as f32).1, "{x}");
    }
}

#[test]
fn every_row_is_complete() {
    for (index, row) in ROWS.iter().enumerate() {
        assert_eq!(row.op as usize, index);
        assert_eq!(Op::named(row.name), Some(row.op), "{} stands twice", row.name);
        assert!(!row.doc.is_empty() && (row.arity == 1 || row.arity == 2), "{}", row.name);
        let numeric = matches!(row.kind, Kind::Arithmetic | Kind::Real | Kind::Compare | Kind::NumberTest);
        assert_eq!(row.samples.is_empty(), !numeric, "{}", row.name);
        let valued = matches!(row.kind, Kind::Arithmetic | Kind::Real) || row.op == Op::Exact;
        assert_eq!(row.adjoint != Adjoint::NotNumeric, valued, "{}", row.name);
        if let Adjoint::ZeroAlmostEverywhere(reason) = row.adjoint {
            assert!(!reason.is_empty() && !row.kinks.is_empty(), "{}", row.name);
            let (x, y) = row.samples[0];
            assert_eq!(pull(row.op, x, y, x, 1.0), (0.0, 0.0), "{}", row.name);
        }
        assert!(matches!(row.accuracy, Accuracy::Exact | Accuracy::Ulp(1..=4)), "{}", row.name);
    }
}
