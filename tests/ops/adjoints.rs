//! Every adjoint against central differences in f64, and its conventions at kinks.

use evalgrad::op::{Kind, Op, ROWS, pull, real};

/// Sample operands of an operation, and some near them on the same piece.
fn near_samples(op: Op) -> impl Iterator<Item = (f64, f64)> {
    let near = |&(x, y): &(f64, f64)| [1.0, 0.97, 1.013].map(|factor| (x * factor, y * factor));
    op.row().samples.iter().flat_map(near)
}

#[test]
fn adjoints_agree_with_central_differences() {
    // What is attached is differentiated as if it were something else.
    let differs = |op: Op| op != Op::Attach;
    for row in ROWS.iter().filter(|row| matches!(row.kind, Kind::Arithmetic | Kind::Real) && differs(row.op)) {
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
    assert_eq!(sent(Op::Attach, 2.0, 3.0), (0.0, 1.0));
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
