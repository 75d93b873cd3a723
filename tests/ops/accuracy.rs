//! Errors in units of the last place, over a million points each for the common functions, against f64.

use evalgrad::op::num::Num;
use evalgrad::op::{Op, real};
use rayon::prelude::*;

use crate::{EDGES, error, scatter};

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
    let x = if index.is_multiple_of(4) {
        (f64::from(word) / 2_147_483_648.0 - 1.0) as f32 * reach
    } else {
        f32::from_bits(word)
    };
    promised(x).then_some((x, 1.0))
}

fn assert_within(op: Op, bound: f64, worst: (f64, f32, f32)) {
    assert!(worst.0 <= bound, "{} of {:e} {:e} is {} ulp off", op.row().name, worst.1, worst.2, worst.0);
}

/// A unary function: points, reach of the evenly spread ones, where the bound is promised, and the bound it keeps.
type Promise = (Op, u32, f32, fn(f32) -> bool, f64);

/// All unary elementary functions.
const UNARY: [Promise; 16] = [
    (Op::Exp, 1_500_000, 110.0, |_| true, 1.0),
    (Op::Log, 1_500_000, 10.0, |_| true, 1.0),
    (Op::Sin, 1_800_000, 1e5, |x| x.abs() <= 1e5 || !x.is_finite(), 1.0),
    (Op::Cos, 1_800_000, 1e5, |x| x.abs() <= 1e5 || !x.is_finite(), 1.0),
    (Op::Sqrt, 1_500_000, 100.0, |_| true, 0.5),
    (Op::Atan, 1_500_000, 10.0, |_| true, 2.0),
    (Op::Tanh, 1_500_000, 10.0, |_| true, 2.0),
    (Op::Tan, 300_000, 1e5, |x| x.abs() <= 1e5 || !x.is_finite(), 3.0),
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
            Some((x, if index.is_multiple_of(4) { f32::from_bits(scatter(!index)) } else { near }))
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
        Some((x, if index.is_multiple_of(3) { f32::from_bits(other) } else { x * (other as f32 / 1e9) }))
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
