//! Remainders, quotients and rounding: exact, not merely close.

use evalgrad::op::elementary::{remainder::remainder, round::round_even};
use evalgrad::op::{Op, real};

use crate::{EDGES, scatter};

#[test]
fn the_integer_steps_of_the_remainder_are_exact() {
    for index in 0..200_000 {
        let (x, word) = (f32::from_bits(scatter(index)), scatter(!index));
        let y = if index.is_multiple_of(2) { f32::from_bits(word) } else { x / (word >> (index % 24)) as f32 };
        let (ours, theirs) = (remainder(x, y), x % y);
        assert!(
            ours.to_bits() == theirs.to_bits() || ours.is_nan() && theirs.is_nan(),
            "{x:e} {y:e}: {ours:e} {theirs:e}"
        );
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
