//! Inverse trigonometric functions.

use crate::op::num::Num32;

/// π/2 in two f32 parts.
const HALF_PI: (f64, f64) = (1.570_796_370_506_286_6, -4.371_138_828_673_793e-8);
/// π/4 in two f32 parts.
const QUARTER_PI: (f64, f64) = (0.785_398_185_253_143_3, -2.185_569_414_336_896_4e-8);
/// π in two f32 parts.
const PI: (f64, f64) = (3.141_592_741_012_573_2, -8.742_277_657_347_586e-8);

/// (asin t − t) / t for z = t² ≤ ¼.
#[inline(always)]
fn asin_tail<N: Num32>(z: N) -> N {
    z * z.polynomial([
        0.166_667_416_691_780_1,
        0.074_956_953_525_543_21,
        0.045_423_939_824_104_31,
        0.024_395_504_966_378_212,
        0.041_817_795_485_258_1,
    ])
}

/// |x|, whether it exceeds ½, and asin t, where t is √((1−|x|)/2) if so and |x| if not.
#[inline(always)]
fn half_angle<N: Num32>(x: N) -> (N::Mask, N) {
    let size = x.abs();
    let large = N::of(0.5).less(size);
    let z = N::select(large, (N::of(1.0) - size) * N::of(0.5), size * size);
    let t = N::select(large, z.sqrt(), size);
    (large, t + t * asin_tail(z))
}

/// Inverse sine: asin |x| = π/2 − 2 asin √((1−|x|)/2) where |x| > ½. NaN outside [−1, 1].
#[inline(always)]
pub fn asin<N: Num32>(x: N) -> N {
    let (large, angle) = half_angle(x);
    let far = (N::of(HALF_PI.0) - (angle + angle)) + N::of(HALF_PI.1);
    N::select(large, far, angle).with_sign(x)
}

/// Inverse cosine. NaN outside [−1, 1].
#[inline(always)]
pub fn acos<N: Num32>(x: N) -> N {
    let (large, angle) = half_angle(x);
    let negative = x.sign_bit();
    let twice = angle + angle;
    let far = N::select(negative, (N::of(PI.0) - twice) + N::of(PI.1), twice);
    let near = N::of(HALF_PI.0) - (N::select(negative, -angle, angle) - N::of(HALF_PI.1));
    N::select(large, far, near)
}

/// The angle in [0, π/2] of the point (across, up), both at least 0; 0 for the origin.
///
/// One quotient with |z| ≤ tan π/8: the angle less 0, π/4 or π/2.
#[inline(always)]
fn first_quadrant<N: Num32>(up: N, across: N) -> N {
    let zero = N::of(0.0);
    let steep = (across * N::of(2.414_213_562_373_095)).less(up);
    let middle = (across * N::of(0.414_213_562_373_095)).less(up);
    let origin = up.equal(zero) & across.equal(zero);
    let numerator = N::select(steep, -across, N::select(middle, up - across, up));
    let denominator = N::select(steep, up, N::select(middle, up + across, across));
    let z = numerator / N::select(origin, N::of(1.0), denominator);
    let pick = |half: f64, quarter: f64| N::select(steep, N::of(half), N::select(middle, N::of(quarter), zero));
    let square = z * z;
    let tail = square.polynomial([
        -0.333_333_164_453_506_47,
        0.199_985_340_237_617_5,
        -0.142_445_415_258_407_6,
        0.106_003_738_939_762_12,
        -0.060_931_518_673_896_79,
    ]);
    pick(HALF_PI.0, QUARTER_PI.0) + (z + (z * (square * tail) + pick(HALF_PI.1, QUARTER_PI.1)))
}

/// Inverse tangent.
#[inline(always)]
pub fn atan<N: Num32>(x: N) -> N {
    first_quadrant(x.abs(), N::of(1.0)).with_sign(x)
}

/// The angle of the point (`x`, `y`) in [−π, π]; zeros and infinities as C's `atan2`.
#[inline(always)]
pub fn atan2<N: Num32>(y: N, x: N) -> N {
    let (up, across) = (y.abs(), x.abs());
    // Two infinities stand for a diagonal; large pairs shrink so that their sum stays finite.
    let diagonal = up.is_infinite() & across.is_infinite();
    let one = N::of(1.0);
    let huge = N::of(1e38);
    let factor = N::select(huge.less(up) | huge.less(across), N::of(0.25), one);
    let up = N::select(diagonal, one, up * factor);
    let across = N::select(diagonal, one, across * factor);
    let angle = first_quadrant(up, across);
    let angle = N::select(x.sign_bit(), (N::of(PI.0) - angle) + N::of(PI.1), angle);
    // A NaN across would be lost where the comparisons above are all false.
    N::select(x.is_nan(), x, angle.with_sign(y))
}
