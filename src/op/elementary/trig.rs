//! sin, cos, tan: Cody–Waite reduction with a six-part π/2, then one polynomial each for sine and cosine.

use crate::op::num::{Num32, Word};

/// π/2 in six pieces, the first five of at most 8 bits: k times one of them is exact for |k| ≤ 2¹⁶. The first three end at
/// 2⁻⁷, 2⁻¹⁹ and 2⁻²⁴, so that taking them away is exact as well.
const HALF_PI: [f64; 6] = [
    1.570_312_5,
    0.000_482_559_204_101_562_5,
    1.251_697_540_283_203_1e-6,
    1.583_248_376_846_313_5e-8,
    6.048_139_766_789_973e-11,
    2.896_073_951_399_319_4e-13,
];

/// Largest |x| that the exact reduction covers; k stays below 2¹⁶.
const EXACT_REACH: f64 = 1e5;

/// sin and cos of the reduced angle, and the quadrant (its last two bits count).
struct Reduced<N: Num32> {
    quadrant: N::Word,
    sin: N,
    cos: N,
}

/// x = k π/2 + (r + e), |r| ≤ 0.80: r the nearest float, e what it lacks.
///
/// Beyond `EXACT_REACH` the angle is first taken modulo 2π in one rounded step: the result is then the exact function at a
/// point within 2 ulp of x. An infinity gives NaN.
#[inline(always)]
fn reduce<N: Num32>(x: N) -> Reduced<N> {
    let turns = x * N::of(0.5 / std::f64::consts::PI);
    let wrapped = (turns - turns.floor()) * N::of(2.0 * std::f64::consts::PI);
    let far = N::of(EXACT_REACH).less(x.abs());
    let x = N::select(x.is_infinite(), N::of(f64::NAN), N::select(far, wrapped, x));
    let k = (x * N::of(std::f64::consts::FRAC_2_PI) + N::of(0.5)).floor();
    let part = |i: usize| k * N::of(HALF_PI[i]);
    // The first three subtractions are exact. The next two are exact where they cancel; elsewhere their error is caught.
    let start = x - part(0) - part(1) - part(2);
    let (fourth, fifth) = (part(3), part(4));
    let less_fourth = start - fourth;
    let less_fifth = less_fourth - fifth;
    let lost = ((start - less_fourth) - fourth) + ((less_fourth - less_fifth) - fifth) - part(5);
    let r = less_fifth + lost;
    let e = (less_fifth - r) + lost;

    let z = r * r;
    let half = N::of(0.5) * z;
    let sin_tail = z.polynomial(SIN);
    let sin = r + (r * (z * sin_tail) + (e - e * half));
    let cos_tail = z.polynomial(COS);
    let rest = N::of(1.0) - half;
    let cos = rest + (((N::of(1.0) - rest) - half) + (z * z * cos_tail - r * e));
    Reduced { quadrant: k.to_int(), sin, cos }
}

/// (sin r − r) / r³.
const SIN: [f64; 4] =
    [-0.166_666_671_633_720_4, 0.008_333_371_952_176_094, -0.000_198_497_626_115_567_98, 2.797_631_395_878_852_3e-6];
/// (cos r − 1 + r²/2) / r⁴.
const COS: [f64; 3] = [0.041_666_641_831_398_01, -0.001_388_714_183_121_919_6, 2.441_425_567_667_465_7e-5];

/// Is the lowest bit set?
#[inline(always)]
fn odd<W: Word>(word: W) -> W::Mask {
    W::of(0).less_unsigned(word.and(W::of(1)))
}

/// The sine of the reduced angle, `quarters` quarter turns on.
#[inline(always)]
fn turned<N: Num32>(reduced: &Reduced<N>, quarters: u32) -> N {
    let quadrant = reduced.quadrant.plus(N::Word::of(quarters));
    let value = N::select(odd(quadrant), reduced.cos, reduced.sin);
    let sign = quadrant.and(N::Word::of(2)).shift_left(N::Word::of(30));
    N::from_bits(value.to_bits().xor(sign))
}

/// Sine; within 4 ulp for |x| ≤ 1e5.
#[inline(always)]
pub fn sin<N: Num32>(x: N) -> N {
    let value = turned(&reduce(x), 0);
    keep_small(x, value)
}

/// Cosine; within 4 ulp for |x| ≤ 1e5.
#[inline(always)]
pub fn cos<N: Num32>(x: N) -> N {
    turned(&reduce(x), 1)
}

/// Sine and cosine from one reduction.
#[inline(always)]
pub fn sin_cos<N: Num32>(x: N) -> (N, N) {
    let reduced = reduce(x);
    (keep_small(x, turned(&reduced, 0)), turned(&reduced, 1))
}

/// Tangent; within 4 ulp for |x| ≤ 1e5.
#[inline(always)]
pub fn tan<N: Num32>(x: N) -> N {
    let reduced = reduce(x);
    let flip = odd(reduced.quadrant);
    let numerator = N::select(flip, -reduced.cos, reduced.sin);
    let denominator = N::select(flip, reduced.sin, reduced.cos);
    keep_small(x, numerator / denominator)
}

/// Where |x| < 2⁻¹³ sine and tangent round to x itself, the sign of zero included.
#[inline(always)]
fn keep_small<N: Num32>(x: N, value: N) -> N {
    N::select(x.abs().less(N::of(1.220_703_125e-4)), x, value)
}
