//! log |Γ| and its derivative.

use super::log::log;
use crate::op::num::{Num, Num32};

/// log |Γ(x)|; +∞ at 0 and the negative integers.
///
/// For x > 0 everything is brought to log Γ(2+d) = d (1+d) R(d), −¾ ≤ d ≤ ½, by the recurrence, whose factors meet in one
/// logarithm, or, from 7.5 on, to Stirling's series. For x < 0, Γ(x) Γ(1−x) = π / sin πx.
#[inline(always)]
pub fn lgamma<N: Num32>(x: N) -> N {
    let (zero, one) = (N::of(0.0), N::of(1.0));
    let reflected = x.sign_bit();
    let at = N::select(reflected, one - x, x);

    // d, and the product whose logarithm is to be added (above 2.5) or taken away (below 1.25).
    let low = at.less(N::of(0.5));
    let below = at.less(N::of(1.25));
    let mut d = at - N::of(2.0);
    let mut product = one;
    for _ in 0..5 {
        let go = N::of(0.5).less(d);
        product = N::select(go, product * (d + one), product);
        d = N::select(go, d - one, d);
    }
    let d = N::select(low, at, N::select(below, at - one, d));
    let product = N::select(low, at * (at + one), N::select(below, at, product));
    let large = N::of(7.5).less_equal(at);
    let logarithm = log(N::select(large, at, product));
    // log Γ(2+d) / (d (1+d)): with both zeros divided out, nothing cancels.
    let core = d.polynomial([
        0.422_784_328_460_693_36,
        -0.100_317_321_717_739_1,
        0.032_965_362_071_990_97,
        -0.012_383_209_541_440_01,
        0.004_993_537_906_557_321_5,
        -0.002_121_607_074_514_031_4,
        0.000_940_056_110_266_596_1,
        -0.000_334_856_362_314_894_8,
        0.000_154_065_521_201_118_83,
        -0.000_214_042_229_345_068_34,
    ]);
    let near = (d * (d + one)) * core;
    let recurrence = N::select(below, near - logarithm, near + logarithm);
    let inverse = one / at;
    let series = inverse * (inverse * inverse).polynomial([0.083_333_238_959_312_44, -0.002_759_530_441_835_522_7]);
    let stirling = (at - N::of(0.5)) * (logarithm - one) + (N::of(0.418_938_533_204_672_7) + series);
    let positive = N::select(large, stirling, recurrence);

    // sin(π f)/π, where f is the distance from the nearest integer.
    let f = (x - x.round_even()).abs();
    let z = f * f;
    let tail = z.polynomial([
        -1.644_934_058_189_392,
        0.811_742_067_337_036_1,
        -0.190_746_515_989_303_6,
        0.026_111_427_694_559_097,
        -0.002_227_969_933_301_210_4,
    ]);
    let negative = -log(f + f * (z * tail)) - positive;
    let pole = x.is_infinite() | (reflected & f.equal(zero));
    let value = N::select(reflected, negative, positive);
    N::select(pole, N::of(f64::INFINITY), N::select(x.is_nan(), x, value))
}

/// B₂ᵢ / 2i of digamma's asymptotic series, enough for f32 from 6 on.
pub const DIGAMMA_F32: [f64; 3] = [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0];
/// B₂ᵢ / 2i of digamma's asymptotic series, enough for f64 from 10 on.
pub const DIGAMMA_F64: [f64; 8] =
    [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32_760.0, 1.0 / 12.0, -3617.0 / 8160.0];

/// The derivative of log |Γ|: raised by `steps` unit steps to at least `steps`, then the asymptotic series
/// log x − 1/(2x) − Σ B₂ᵢ/(2i x²ⁱ); for x < 0, ψ(x) = ψ(1−x) − π / tan πx.
#[inline(always)]
pub fn digamma<N: Num, const TERMS: usize>(x: N, steps: u32, terms: [f64; TERMS]) -> N {
    let (zero, one) = (N::of(0.0), N::of(1.0));
    let reflected = x.sign_bit();
    let mut at = N::select(reflected, one - x, x);
    let mut sum = zero;
    for _ in 0..steps {
        let go = at.less(N::of(f64::from(steps)));
        sum = sum + N::select(go, one / at, zero);
        at = N::select(go, at + one, at);
    }
    let inverse = one / at;
    let square = inverse * inverse;
    let series = square * square.polynomial(terms);
    let positive = at.log() - (N::of(0.5) * inverse + series) - sum;
    let pi = N::of(std::f64::consts::PI);
    let slope = pi / ((x - x.round_even()) * pi).tan();
    N::select(reflected, positive - slope, positive)
}
