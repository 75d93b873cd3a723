//! Int arithmetic against 128-bit arithmetic, and the tests and comparisons of both kinds of number.

use evalgrad::op::{
    DIVIDE_BY_ZERO, IS_INT, Kind, Op, ROWS, TAKE_FLOAT, compare, compare_integer, exact, integer, test, test_integer,
};

use crate::scatter;

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
    let mut values =
        vec![0, 1, -1, 2, -2, 3, -3, 7, -7, 10, 15, 16, 30, 31, -31, 32, 33, 1290, 1291, -1291, 65_535, 65_536];
    values.extend([
        46_340,
        46_341,
        -46_340,
        -46_341,
        1 << 30,
        -(1 << 30),
        i32::MAX,
        i32::MAX - 1,
        i32::MIN,
        i32::MIN + 1,
    ]);
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
        for op in
            [Op::IsZero, Op::IsPositive, Op::IsNegative, Op::IsEven, Op::IsOdd, Op::IsNan, Op::IsInteger, Op::Exact]
        {
            assert_eq!(decide(op, i as f32), test_integer(op, i as u32), "{op:?} {i}");
        }
        for j in [0, 1, -1, i32::MIN, i32::MAX] {
            for op in [Op::Equal, Op::Less, Op::Greater, Op::LessEqual, Op::GreaterEqual] {
                assert_eq!(
                    compare(op, f64::from(i), f64::from(j)),
                    compare_integer(op, i as u32, j as u32),
                    "{op:?} {i} {j}"
                );
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
