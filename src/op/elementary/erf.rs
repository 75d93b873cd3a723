//! The error function.

use super::exp::exp;
use crate::op::num::Num32;

/// erf: an odd polynomial where |x| < 1, else 1 − e^(−Q(|x|)) with Q = −log erfc.
#[inline(always)]
pub fn erf<N: Num32>(x: N) -> N {
    let size = x.abs();
    let z = x * x;
    let near = z.polynomial([
        0.128_379_166_126_251_22,
        -0.376_126_289_367_675_8,
        0.112_836_174_666_881_56,
        -0.026_855_066_418_647_766,
        0.005_190_575_961_023_569,
        -0.000_802_905_415_184_795_2,
        7.913_859_735_708_684e-5,
    ]);
    // From 4 on the result rounds to 1.
    let four = N::of(4.0);
    let capped = N::select(four.less(size), four, size);
    let exponent = capped.polynomial([
        0.000_341_962_353_559_210_9,
        1.127_088_904_380_798_3,
        0.638_142_526_149_749_8,
        0.103_111_438_453_197_48,
        -0.021_841_717_883_944_51,
        0.002_948_956_331_238_150_6,
        -0.000_186_553_806_997_835_64,
    ]);
    let far = N::of(1.0) - exp(-exponent);
    N::select(size.less(N::of(1.0)), x + x * near, far.with_sign(x))
}
