//! What a mismatch is charged, and its slope: formulas over any [`Num`].

use crate::op::num::Num;

/// How a residual is charged: ρ(z) of the squared residual z = (r/scale)², with scipy's definitions (`least_squares`, parameter `loss`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// ρ = z: least squares.
    #[default]
    Squared,
    /// ρ = 2(√(1+z) − 1): a smooth absolute value.
    SoftL1,
    /// ρ = z up to 1, then 2√z − 1.
    Huber,
    /// ρ = ln(1+z): gross outliers hardly count.
    Cauchy,
}

impl Loss {
    /// Every one.
    pub const ALL: [Loss; 4] = [Loss::Squared, Loss::SoftL1, Loss::Huber, Loss::Cauchy];

    /// ρ(z), ρ′(z), ρ″(z).
    #[inline(always)]
    pub fn rho<N: Num>(self, z: N) -> [N; 3] {
        let (zero, half, one, two) = (N::of(0.0), N::of(-0.5), N::of(1.0), N::of(2.0));
        match self {
            Loss::Squared => [z, one, zero],
            Loss::SoftL1 => {
                let t = one + z;
                let root = t.sqrt();
                // 2(√t − 1) without the cancellation near z = 0.
                [two * z / (root + one), one / root, half / (t * root)]
            }
            Loss::Huber => {
                let (root, is_near) = (z.sqrt(), z.less_equal(one));
                [
                    N::select(is_near, z, two * root - one),
                    N::select(is_near, one, one / root),
                    N::select(is_near, zero, half / (z * root)),
                ]
            }
            Loss::Cauchy => {
                let t = one + z;
                // ln(1+z) to within rounding (Kahan): the logarithm of the rounded t, by the step that t really took.
                let step = t - one;
                let log = N::select(step.equal(zero) | t.is_infinite(), z, t.log() * (z / step));
                [log, one / t, -(one / (t * t))]
            }
        }
    }
}

impl std::str::FromStr for Loss {
    type Err = String;

    fn from_str(text: &str) -> Result<Loss, String> {
        match text {
            "squared" => Ok(Loss::Squared),
            "soft_l1" => Ok(Loss::SoftL1),
            "huber" => Ok(Loss::Huber),
            "cauchy" => Ok(Loss::Cauchy),
            _ => Err(format!("unknown loss `{text}`: squared, soft_l1, huber or cauchy")),
        }
    }
}

/// An observation: high + low is what was measured, `inverse` is 1/σ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observed<N> {
    pub high: N,
    pub low: N,
    pub inverse: N,
}

/// How far a value is from what was measured, in units of σ.
#[inline(always)]
pub fn residual<N: Num>(value: N, observed: Observed<N>) -> N {
    ((value - observed.high) - observed.low) * observed.inverse
}

/// What a residual adds to the loss: scale²·ρ((r/scale)²).
#[inline(always)]
pub fn share<N: Num>(loss: Loss, residual: N, scale: N) -> N {
    if loss == Loss::Squared {
        return residual * residual;
    }
    let ratio = residual / scale;
    scale * scale * loss.rho(ratio * ratio)[0]
}

/// The derivative of the share by the value.
#[inline(always)]
pub fn slope<N: Num>(loss: Loss, residual: N, inverse: N, scale: N) -> N {
    let ratio = residual / scale;
    N::of(2.0) * loss.rho(ratio * ratio)[1] * residual * inverse
}

/// A lane's part of the derivative by a parameter: the slope times the value's derivative, which is in multiples of 1/`unit`. A slope of 0
/// takes no part, whatever the derivative is.
#[inline(always)]
pub fn drawn<N: Num>(slope: N, derivative: N, unit: N) -> N {
    N::select(slope.equal(N::of(0.0)), N::of(0.0), slope * (derivative * unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn robust_losses_and_their_derivatives_agree() {
        let h = 1e-5;
        for loss in Loss::ALL {
            for z in [0.01, 0.5, 0.9, 1.7, 40.0] {
                let [_, slope, curvature] = loss.rho::<f64>(z);
                let [up, up_slope, _] = loss.rho(z + h);
                let [down, down_slope, _] = loss.rho(z - h);
                assert!((slope - (up - down) / (2.0 * h)).abs() < 1e-8, "{loss:?} {z}");
                assert!((curvature - (up_slope - down_slope) / (2.0 * h)).abs() < 1e-8, "{loss:?} {z}");
            }
            assert_eq!(loss.rho(0.0)[..2], [0.0, 1.0]);
        }
        assert_eq!(Loss::Huber.rho(9.0)[0], 5.0);
        assert!((Loss::SoftL1.rho::<f64>(3.0)[0] - 2.0).abs() < 1e-15);
        assert!((Loss::Cauchy.rho::<f64>(1.0)[0] - std::f64::consts::LN_2).abs() < 1e-15);
    }

    #[test]
    fn a_logarithm_of_nearly_one_is_right_in_both_precisions() {
        for exponent in -60..40 {
            let z = 1.37 * 2f64.powi(exponent);
            let [wide, ..] = Loss::Cauchy.rho(z);
            assert!((wide - z.ln_1p()).abs() <= 1e-15 * z.ln_1p(), "{z}");
            let [narrow, ..] = Loss::Cauchy.rho(z as f32);
            assert!((f64::from(narrow) - z.ln_1p()).abs() <= 3e-7 * z.ln_1p(), "{z}");
        }
        assert_eq!(Loss::Cauchy.rho(f64::INFINITY)[0], f64::INFINITY);
        assert!(Loss::Cauchy.rho(f32::NAN)[0].is_nan());
    }

    #[test]
    fn a_slope_is_the_share_s() {
        for loss in Loss::ALL {
            for residual in [-7.0, -0.3, 0.0, 0.6, 2.5] {
                let share = |residual| share::<f64>(loss, residual, 1.5);
                let (h, inverse) = (1e-6, 0.25);
                let difference = (share(residual + h) - share(residual - h)) / (2.0 * h) * inverse;
                assert!((slope(loss, residual, inverse, 1.5) - difference).abs() < 1e-7, "{loss:?} {residual}");
            }
        }
        assert_eq!(drawn(0.0f32, f32::INFINITY, 1.0), 0.0);
    }
}
