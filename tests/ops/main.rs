//! The op table against independent references: accuracy of every f32 function, adjoints, integers, the table itself, and
//! a device's bits.

mod accuracy;
mod adjoints;
mod device;
mod division;
mod integers;

use evalgrad::op::{Accuracy, Adjoint, Kind, Op, ROWS, pull};

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

#[test]
fn every_row_is_complete() {
    for (index, row) in ROWS.iter().enumerate() {
        assert_eq!(row.op as usize, index);
        assert_eq!(Op::named(row.name), Some(row.op), "{} stands twice", row.name);
        assert!(!row.doc.is_empty() && matches!(row.arity, 1 | 2) == (row.op != Op::Put), "{}", row.name);
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
