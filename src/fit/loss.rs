//! Fits of a loss itself: searched by L-BFGS, with errors from the second derivatives at the minimum.
//!
//! **What is assumed.** The errors, the intervals and the criteria read the loss as the negative logarithm of a likelihood, ℓ = −ln L:
//! the covariance is the inverse of ℓ's Hessian at its minimum (the observed information), intervals are the normal distribution's,
//! aic = 2k + 2ℓ, bic = k ln n + 2ℓ with n the rows of the data. Constant terms that the program leaves out of ℓ shift
//! both criteria. Of a loss that is something else, the parameters are right, and these numbers mean nothing; half a sum of squares over known
//! variances is such a likelihood, a plain sum of squares is not.
//!
//! What cannot be known is `None`: errors of a parameter at its bound; all errors where the Hessian is not positive definite, or at a
//! kink; everything about residuals (rss, degrees of freedom, r²); bic without data.

use std::time::Instant;

use super::adam::{self, Population};
use super::ahead::Ahead;
use super::minimum::{Losses, Minimum, Verdict};
use super::multistart::{self, Best, Progress};
use super::objective::Objective;
use super::spec::Parameter;
use super::statistics::{NORMAL_QUANTILE, Side, at_bound};
use super::{Estimate, FitError, FitReport, Options, check_parameters, fixed, ranges};

/// Finds the least value of a loss. `objective` makes a loss; every start has its own, and several run at a time. It sees the free
/// parameters alone, in the order of `parameters`. `rows` is how many rows of data the loss is made of, where there are any.
/// `progress` is called after every step of any start. With a population, [`adam`] goes first, as in [`super::fit_population`]; a start whose
/// loss is negative then makes all the steps that it has, since what no longer falls by a hundredth of itself is told of positive losses only.
///
/// # Errors
/// [`FitError::Parameter`]; [`FitError::Start`] if the loss has no value at any start.
pub fn fit_loss<O: Objective>(
    objective: &(impl Fn() -> O + Sync),
    population: Option<(&mut dyn Population, &adam::Settings)>,
    parameters: &[Parameter],
    rows: Option<usize>,
    options: &Options,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<FitReport, FitError> {
    let clock = Instant::now();
    check_parameters(parameters)?;
    let free: Vec<&Parameter> = parameters.iter().filter(|parameter| !parameter.fixed).collect();
    let starts = if free.is_empty() { 1 } else { multistart::how_many(options.starts, parameters) };
    let ranges = ranges(&free);
    let losses = Losses { objective, ranges: &ranges, iterations: options.iterations };
    let failed = |failure| FitError::Start { starts, failure };
    let (best, ahead) = match population.filter(|_| !free.is_empty()) {
        None => (multistart::run(&losses, &free, (options.seed, starts), progress).map_err(failed)?, None),
        Some((_, settings)) if !settings.is_usable() => return Err(settings.refused()),
        Some(flock) => {
            let ahead = Ahead::fly(flock, &free, (options.seed, starts), progress).map_err(failed)?;
            (multistart::polish(&losses, (&ahead.points, starts), progress).map_err(failed)?, Some(ahead))
        }
    };
    let Best { end, index, agreeing, failed } = best;
    let mut way = vec![end.verdict.to_string()];
    let mut iterations = end.iterations;
    match &ahead {
        Some(ahead) => {
            iterations += ahead.steps(index);
            way.extend(ahead.way((index, agreeing), "L-BFGS", end.iterations));
        }
        None if starts > 1 => way.push(format!("{agreeing} of {starts} starts ended here")),
        None => {}
    }
    if failed > 0 {
        way.push(format!("{failed} starts could not be evaluated"));
    }
    let limits: Vec<(f64, f64)> = free.iter().map(|parameter| parameter.limits()).collect();
    let sides = at_bound(&end.free, &limits);
    way.extend(remarks(&end, &free, &sides));
    let (covariance, errors) = errors(&end);
    let k = free.len() as f64;
    let estimate = |(j, parameter): (usize, &&Parameter)| Estimate {
        name: parameter.name.clone(),
        value: end.free[j],
        std_error: errors[j],
        ci95: errors[j].map(|error| [-1.0, 1.0].map(|side| end.free[j] + side * NORMAL_QUANTILE * error)),
        fixed: false,
    };
    let mut estimates: Vec<Estimate> = free.iter().enumerate().map(estimate).collect();
    estimates.extend(fixed(parameters));
    Ok(FitReport {
        parameters: estimates,
        loss: end.slope.loss,
        rss: None,
        dof: None,
        r2: None,
        aic: 2.0 * k + 2.0 * end.slope.loss,
        bic: rows.map(|rows| k * (rows as f64).ln() + 2.0 * end.slope.loss),
        covariance,
        iterations,
        starts,
        converged: end.verdict.converged(),
        reason: way.join("; "),
        seconds: clock.elapsed().as_secs_f64(),
        device: options.device.clone(),
        notes: Vec::new(),
    })
}

/// What is to be known about an end besides its verdict.
fn remarks(end: &Minimum, free: &[&Parameter], sides: &[Option<Side>]) -> Vec<String> {
    let mut remarks: Vec<String> =
        free.iter().zip(sides).filter_map(|(parameter, side)| super::held(parameter, *side)).collect();
    let names = |indices: &[usize]| {
        let names: Vec<String> = indices.iter().map(|&j| format!("`{}`", free[j].name)).collect();
        names.join(", ")
    };
    match &end.curvature {
        Some(known) if !known.downwards.is_empty() => {
            let names = names(&known.downwards);
            remarks.push(format!("no standard errors: the loss curves downwards along {names}"));
        }
        Some(known) if !known.unresolved.is_empty() => {
            let names = names(&known.unresolved);
            remarks.push(format!("no standard errors: the second derivative along {names} depends on the step"));
        }
        Some(known) if !known.flat.is_empty() => {
            remarks.push(format!("no standard errors: the loss does not determine {}", names(&known.flat)));
        }
        None if !matches!(end.verdict, Verdict::NothingFree | Verdict::Endless | Verdict::Unseen(_)) => {
            remarks.push("no standard errors: the loss has no second derivatives here".to_owned());
        }
        _ => {}
    }
    remarks
}

/// The inverse Hessian with the parameters at a bound unknown, and the roots of its diagonal.
#[allow(clippy::type_complexity)] // a matrix with gaps, and a column with gaps
fn errors(end: &Minimum) -> (Option<Vec<Vec<Option<f64>>>>, Vec<Option<f64>>) {
    let k = end.free.len();
    let known = end.curvature.as_ref().and_then(|known| Some((&known.inner, known.inverse.as_ref()?)));
    let Some((inner, inverse)) = known.filter(|(inner, _)| !inner.is_empty()) else { return (None, vec![None; k]) };
    let mut covariance = vec![vec![None; k]; k];
    for (row, &i) in inner.iter().enumerate() {
        for (column, &j) in inner.iter().enumerate() {
            covariance[i][j] = Some(inverse[(row, column)]);
        }
    }
    let errors = (0..k).map(|j| covariance[j][j].map(f64::sqrt)).collect();
    (Some(covariance), errors)
}

#[cfg(test)]
mod tests;
