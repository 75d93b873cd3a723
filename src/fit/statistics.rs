//! What a fit is worth: sums of squares, information criteria, covariance, standard errors and confidence intervals.
//!
//! In: the model at the minimum with its Jacobian, the observations and how they were charged. Out: [`Statistics`]. With n residuals r (in
//! units of σ) and k free parameters: rss = Σr², dof = n − k, aic = n ln(rss/n) + 2k, bic = n ln(rss/n) + k ln n, r² = 1 − rss/tss about
//! the weighted mean of each target. The covariance is s²·(JᵀWJ)⁻¹ with W = ρ′/σ² and s² = rᵀWr/dof in units of σ, which is rss/dof for
//! squared residuals; with an absolute σ, s² = 1. It comes from the Jacobian's triangular factor, never from JᵀJ itself. Intervals are
//! Student's t.
//!
//! What cannot be known is `None`, never a number: the errors of a parameter at its bound or not determined by the data, everything where
//! there are no degrees of freedom.

use nalgebra::DMatrix;
use statrs::distribution::{Continuous, ContinuousCDF, StudentsT};

use super::linear::reduce;
use super::residuals::{Charge, Evaluation, sum};

/// A bound that holds a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The lower bound.
    Lower,
    /// The upper bound.
    Upper,
}

/// The numbers about a fit; vectors are per free parameter, `[k]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// What was minimised: Σ scale²·ρ((r/scale)²), the rss where the loss is squared.
    pub loss: f64,
    /// Σ r², r in units of σ.
    pub rss: f64,
    /// Residuals less free parameters; negative where there are more parameters.
    pub dof: i64,
    /// The share of the target's variance that is explained.
    pub r2: f64,
    /// Akaike's criterion.
    pub aic: f64,
    /// Schwarz's criterion.
    pub bic: f64,
    /// `[k][k]`; rows and columns of parameters at a bound are `None`. `None` as a whole where J is singular or dof is not positive.
    pub covariance: Option<Vec<Vec<Option<f64>>>>,
    /// Standard errors.
    pub std_error: Vec<Option<f64>>,
    /// 95 % confidence intervals: Student's t.
    pub ci95: Vec<Option<[f64; 2]>>,
    /// Which parameters the data do not determine, by index: as [`undetermined`].
    pub unidentified: Vec<usize>,
    /// Which parameters are held by a bound.
    pub at_bound: Vec<Option<Side>>,
}

/// Everything about a minimum at `free`.
pub fn statistics(
    evaluation: &Evaluation,
    charge: Charge<'_>,
    free: &[f64],
    limits: &[(f64, f64)],
    absolute_sigma: bool,
) -> Statistics {
    let observations = charge.observations;
    let (n, k) = (observations.len(), free.len());
    let dof = n as i64 - k as i64;
    let squares = |weight: &dyn Fn(f64) -> f64| {
        sum((0..n).map(|i| {
            let (residual, slope, _) = charge.parts(&evaluation.values, i);
            residual * residual * weight(slope)
        }))
    };
    let rss = squares(&|_| 1.0);
    let fit_term = n as f64 * (rss / n as f64).ln();
    let mut statistics = Statistics {
        loss: charge.total(&evaluation.values),
        rss,
        dof,
        r2: 1.0 - rss / total_squares(charge),
        aic: fit_term + 2.0 * k as f64,
        bic: fit_term + k as f64 * (n as f64).ln(),
        covariance: None,
        std_error: vec![None; k],
        ci95: vec![None; k],
        unidentified: Vec::new(),
        at_bound: at_bound(free, limits),
    };
    let Precision { inner, inverse, undetermined } = precision(evaluation, charge, free, limits);
    let determined = |position: &usize| !undetermined.contains(&inner[*position]);
    statistics.unidentified.clone_from(&undetermined);
    let variance = match (absolute_sigma, dof > 0) {
        (true, _) => 1.0,
        (false, true) => squares(&|slope| slope) / dof as f64,
        (false, false) => return statistics,
    };
    let half_width = student_quantile(dof);
    for position in (0..inner.len()).filter(determined) {
        let j = inner[position];
        let error = (variance * inverse[(position, position)]).sqrt();
        statistics.std_error[j] = Some(error);
        statistics.ci95[j] = half_width.map(|t| [free[j] - t * error, free[j] + t * error]);
    }
    if inner.iter().all(|j| !undetermined.contains(j)) && !inner.is_empty() {
        let mut covariance = vec![vec![None; k]; k];
        for (row, &i) in inner.iter().enumerate() {
            for (column, &j) in inner.iter().enumerate() {
                covariance[i][j] = Some(variance * inverse[(row, column)]);
            }
        }
        statistics.covariance = Some(covariance);
    }
    statistics
}

/// Which parameters the data do not determine, by index: no residual changes, to first order, along some direction in which one of
/// them moves. A bound determines what is pushed against it, but not a parameter that has no effect at all.
pub fn undetermined(evaluation: &Evaluation, charge: Charge<'_>, free: &[f64], limits: &[(f64, f64)]) -> Vec<usize> {
    precision(evaluation, charge, free, limits).undetermined
}

/// What the weighted Jacobian says of the parameters.
struct Precision {
    /// Those that no bound holds, by index.
    inner: Vec<usize>,
    /// (JᵀWJ)⁻¹ over them, right for those that are determined.
    inverse: DMatrix<f64>,
    /// Those of all that the data do not determine, by index, ascending.
    undetermined: Vec<usize>,
}

fn precision(evaluation: &Evaluation, charge: Charge<'_>, free: &[f64], limits: &[(f64, f64)]) -> Precision {
    let (n, k) = (charge.observations.len(), free.len());
    let reduced = reduce(n, k, |row, out| {
        let (_, slope, _) = charge.parts(&evaluation.values, row);
        let weight = slope.sqrt() * charge.observations.inverse_sigma(row);
        for (slot, derivative) in out.iter_mut().zip(&evaluation.jacobian[row * k..]).take(k) {
            *slot = weight * derivative;
        }
        out[k] = 0.0;
    });
    let at_bound = at_bound(free, limits);
    let inner: Vec<usize> = (0..k).filter(|&j| at_bound[j].is_none()).collect();
    let (inverse, positions) = reduced.inverse(&inner);
    let norms = reduced.column_norms();
    let idle = (0..k).filter(|&j| at_bound[j].is_some() && norms[j] == 0.0);
    let mut undetermined: Vec<usize> = positions.iter().map(|&position| inner[position]).chain(idle).collect();
    undetermined.sort_unstable();
    Precision { inner, inverse, undetermined }
}

/// Which bound holds each parameter.
pub(super) fn at_bound(free: &[f64], limits: &[(f64, f64)]) -> Vec<Option<Side>> {
    let side = |(value, (lower, upper)): (&f64, &(f64, f64))| match () {
        () if value <= lower => Some(Side::Lower),
        () if value >= upper => Some(Side::Upper),
        () => None,
    };
    free.iter().zip(limits).map(side).collect()
}

/// Σ ((y − ȳ)/σ)², ȳ the weighted mean of each target column.
fn total_squares(charge: Charge<'_>) -> f64 {
    let observations = charge.observations;
    let column = |output: usize| (output..observations.len()).step_by(observations.outputs);
    sum((0..observations.outputs).map(|output| {
        let weight = |i| observations.inverse_sigma(i).powi(2);
        let weights = sum(column(output).map(weight));
        let mean = sum(column(output).map(|i| weight(i) * observations.target[i])) / weights;
        sum(column(output).map(|i| weight(i) * (observations.target[i] - mean).powi(2)))
    }))
}

/// The 97.5 % quantile of the normal distribution.
pub(super) const NORMAL_QUANTILE: f64 = 1.959_963_984_540_054;
/// From so many degrees of freedom on the expansion in their reciprocal is exact to rounding.
const MANY_DEGREES: i64 = 1000;

/// The 97.5 % quantile of Student's t; `None` without degrees of freedom.
pub fn student_quantile(dof: i64) -> Option<f64> {
    if dof <= 0 {
        return None;
    }
    if dof >= MANY_DEGREES {
        return Some(expanded_quantile(dof as f64));
    }
    let distribution = StudentsT::new(0.0, 1.0, dof as f64).ok()?;
    // The library's inverse is good to a few digits less than its distribution function.
    let mut t = distribution.inverse_cdf(0.975);
    for _ in 0..3 {
        t -= (distribution.cdf(t) - 0.975) / distribution.pdf(t);
    }
    Some(t)
}

/// Abramowitz and Stegun, *Handbook of Mathematical Functions*, 26.7.5.
fn expanded_quantile(dof: f64) -> f64 {
    let x = NORMAL_QUANTILE;
    let y = x * x;
    let g1 = (y + 1.0) / 4.0;
    let g2 = ((5.0 * y + 16.0) * y + 3.0) / 96.0;
    let g3 = (((3.0 * y + 19.0) * y + 17.0) * y - 15.0) / 384.0;
    let g4 = ((((79.0 * y + 776.0) * y + 1482.0) * y - 1920.0) * y - 945.0) / 92160.0;
    x * (1.0 + (g1 + (g2 + (g3 + g4 / dof) / dof) / dof) / dof)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::residuals::{Loss, Observations};

    fn near(found: f64, expected: f64, relative: f64) {
        assert!((found / expected - 1.0).abs() < relative, "{found} for {expected}");
    }

    #[test]
    fn quantiles_of_students_t() {
        // From the closed forms for whole degrees (Abramowitz and Stegun 26.7.3 and 4).
        near(student_quantile(1).unwrap(), (0.475 * std::f64::consts::PI).tan(), 1e-12);
        near(student_quantile(2).unwrap(), 0.95 * (2.0f64 / (1.0 - 0.95 * 0.95)).sqrt(), 1e-12);
        near(student_quantile(12).unwrap(), 2.178_812_829_667_228, 1e-12);
        near(student_quantile(100).unwrap(), 1.983_971_518_523_546, 1e-12);
        // Both ways agree where they meet.
        let distribution = StudentsT::new(0.0, 1.0, 1000.0).unwrap();
        near(distribution.cdf(student_quantile(1000).unwrap()), 0.975, 1e-13);
        near(student_quantile(999).unwrap(), expanded_quantile(999.0), 1e-12);
        near(student_quantile(i64::MAX).unwrap(), NORMAL_QUANTILE, 1e-15);
        assert_eq!(student_quantile(0), None);
    }

    /// A line through (0,1) (1,3) (2,4) (3,7): slope 1.9, intercept 0.9, rss 0.7, by hand.
    fn line() -> (Evaluation, Observations) {
        let values = vec![0.9, 2.8, 4.7, 6.6];
        let jacobian = vec![1.0, 0.0, 1.0, 1.0, 1.0, 2.0, 1.0, 3.0];
        (Evaluation { values, jacobian }, Observations::new(vec![1.0, 3.0, 4.0, 7.0]))
    }

    const OPEN: [(f64, f64); 2] = [(f64::NEG_INFINITY, f64::INFINITY); 2];

    #[test]
    fn a_line_by_hand() {
        let (evaluation, observations) = line();
        let charge = Charge { observations: &observations, loss: Loss::Squared, scale: 1.0 };
        let found = statistics(&evaluation, charge, &[0.9, 1.9], &OPEN, false);
        near(found.rss, 0.7, 1e-13);
        near(found.loss, 0.7, 1e-13);
        assert_eq!(found.dof, 2);
        near(found.r2, 1.0 - 0.7 / 18.75, 1e-13);
        near(found.aic, 4.0 * (0.7f64 / 4.0).ln() + 4.0, 1e-13);
        near(found.bic, 4.0 * (0.7f64 / 4.0).ln() + 2.0 * 4f64.ln(), 1e-13);
        // (JᵀJ)⁻¹ = [[0.7, −0.3], [−0.3, 0.2]], s² = 0.35.
        let covariance = found.covariance.unwrap();
        near(covariance[0][0].unwrap(), 0.35 * 0.7, 1e-12);
        near(covariance[0][1].unwrap(), -0.35 * 0.3, 1e-12);
        near(found.std_error[1].unwrap(), (0.35f64 * 0.2).sqrt(), 1e-12);
        let [low, high] = found.ci95[1].unwrap();
        near((high - low) / 2.0, 4.302_652_729_749_459 * 0.07f64.sqrt(), 1e-10);
        near((high + low) / 2.0, 1.9, 1e-13);
    }

    #[test]
    fn sigma_weights_and_absolute_sigma_fixes_the_scale() {
        let (evaluation, mut observations) = line();
        observations.sigma = Some(vec![0.1; 4]);
        let charge = Charge { observations: &observations, loss: Loss::Squared, scale: 1.0 };
        let relative = statistics(&evaluation, charge, &[0.9, 1.9], &OPEN, false);
        near(relative.rss, 70.0, 1e-12);
        near(relative.std_error[1].unwrap(), 0.07f64.sqrt(), 1e-12);
        let absolute = statistics(&evaluation, charge, &[0.9, 1.9], &OPEN, true);
        near(absolute.std_error[1].unwrap(), 0.1 * 0.2f64.sqrt(), 1e-12);
        let half = |found: &Statistics| found.ci95[1].map_or(f64::NAN, |[low, high]| (high - low) / 2.0);
        near(half(&absolute), 4.302_652_729_749_459 * 0.1 * 0.2f64.sqrt(), 1e-10);
        near(half(&relative), 4.302_652_729_749_459 * 0.07f64.sqrt(), 1e-10);
        near(absolute.r2, 1.0 - 0.7 / 18.75, 1e-12);
    }

    #[test]
    fn what_is_not_known_is_none() {
        let (mut evaluation, observations) = line();
        let charge = Charge { observations: &observations, loss: Loss::Squared, scale: 1.0 };
        let bounded = [(f64::NEG_INFINITY, 0.9), (0.0, 5.0)];
        let found = statistics(&evaluation, charge, &[0.9, 1.9], &bounded, false);
        assert_eq!(found.at_bound, [Some(Side::Upper), None]);
        assert_eq!((found.std_error[0], found.ci95[0]), (None, None));
        // With the intercept held, the slope's variance is s²/Σx².
        near(found.std_error[1].unwrap(), (0.35f64 / 14.0).sqrt(), 1e-12);
        let covariance = found.covariance.unwrap();
        assert_eq!((covariance[0][0], covariance[0][1]), (None, None));
        for row in evaluation.jacobian.chunks_exact_mut(2) {
            row[1] = 5.0 * row[0];
        }
        let found = statistics(&evaluation, charge, &[0.9, 1.9], &OPEN, false);
        assert_eq!(found.unidentified, [0, 1]);
        assert_eq!((found.covariance, found.std_error), (None, vec![None, None]));
        // As many parameters as points.
        let (evaluation, _) = line();
        let two = Observations::new(vec![1.0, 3.0]);
        let charge = Charge { observations: &two, loss: Loss::Squared, scale: 1.0 };
        let found = statistics(&evaluation, charge, &[0.9, 1.9], &OPEN, false);
        assert_eq!((found.dof, found.covariance, found.std_error[0]), (0, None, None));
        let known = statistics(&evaluation, charge, &[0.9, 1.9], &OPEN, true);
        assert!(known.std_error[0].is_some() && known.ci95[0].is_none());
    }

    #[test]
    fn a_bound_determines_only_what_has_an_effect() {
        let (mut evaluation, observations) = line();
        let charge = Charge { observations: &observations, loss: Loss::Squared, scale: 1.0 };
        let held = [(0.9, 5.0), (1.9, 5.0)];
        assert_eq!(undetermined(&evaluation, charge, &[0.9, 1.9], &held), [0usize; 0]);
        evaluation.jacobian.iter_mut().step_by(2).for_each(|derivative| *derivative = 0.0);
        let found = statistics(&evaluation, charge, &[0.9, 1.9], &held, false);
        assert_eq!((found.unidentified, found.covariance), (vec![0], None));
        let found = statistics(&evaluation, charge, &[0.9, 2.0], &held, false);
        assert_eq!(found.unidentified, [0]);
        assert!(found.std_error[1].is_some() && found.covariance.is_some());
    }

    #[test]
    fn each_output_has_its_own_mean() {
        let observations = Observations { outputs: 2, ..Observations::new(vec![0.0, 100.0, 2.0, 102.0]) };
        let charge = Charge { observations: &observations, loss: Loss::Squared, scale: 1.0 };
        assert_eq!(total_squares(charge), 4.0);
    }
}
