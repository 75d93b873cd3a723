//! Fitting: the constants of a model from measurements, with error bars.
//!
//! In: [`Parameter`]s, [`Observations`], a model as [`Residuals`] (rows are lanes; the per-row gradients are the Jacobian), [`Options`]. Out: a
//! [`FitReport`], or a [`FitError`] where nothing could be evaluated. Values, Jacobian and linear algebra are f64 throughout.
//!
//! What always holds: the answer does not depend on the number of threads; no number is made up (an error that the data do not give
//! is `None`); a search that did not end at a minimum says so in `converged` and why in `reason`.
//! Deliberately absent: programs, devices and derivatives by differences; the model brings its own.
//!
//! The way through: [`spec`] says what is free, [`multistart`] where to begin, [`lm`] descends on [`linear`]'s reduced problems until [`stop`] says why not,
//! [`mod@statistics`] judges the end, [`report`] tells it.
//!
//! ```
//! use evalgrad::fit::{Evaluation, Failure, Observations, Options, Parameter, Residuals, fit};
//!
//! struct Line;
//! impl Residuals for Line {
//!     fn evaluate(&mut self, free: &[f64], _jacobian: bool) -> Result<Evaluation, Failure> {
//!         let xs = [0.0, 1.0, 2.0, 3.0];
//!         Ok(Evaluation {
//!             values: xs.iter().map(|x| free[0] + free[1] * x).collect(),
//!             jacobian: xs.iter().flat_map(|x| [1.0, *x]).collect(),
//!         })
//!     }
//! }
//!
//! let parameters = [Parameter::new("a"), Parameter::new("b").start(0.5)];
//! let observations = Observations::new(vec![1.0, 3.0, 4.0, 7.0]);
//! let report = fit(&|| Line, &parameters, &observations, &Options::default(), &mut |_| ()).unwrap();
//! assert!((report.parameter("b").unwrap().value - 1.9).abs() < 1e-12);
//! ```

pub mod linear;
pub mod lm;
pub mod multistart;
mod problem;
pub mod report;
pub mod residuals;
pub mod run;
pub mod spec;
pub mod statistics;
pub mod stop;
mod svd;
#[cfg(test)]
mod tests;

use std::time::Instant;

pub use multistart::Progress;
pub use report::{Estimate, FitReport};
pub use residuals::{Evaluation, Failure, Loss, Observations, Residuals};
pub use run::Fit;
pub use spec::{Parameter, SpecError};

use multistart::Best;
use residuals::Charge;
use statistics::{Side, Statistics, statistics};
use stop::Settings;

/// How a fit runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// How many starts; `None`: one, or [`multistart::DEFAULT_STARTS`] where a free parameter has bounds but no start. With one start such
    /// a parameter begins in the middle of its bounds.
    pub starts: Option<usize>,
    /// Trial steps per start at most.
    pub iterations: usize,
    /// Decides the random starts.
    pub seed: u64,
    /// How residuals are charged.
    pub loss: Loss,
    /// The residual, in units of σ (of the target without σ), at which a robust loss turns from quadratic.
    pub loss_scale: f64,
    /// σ is known, not only its ratios: the covariance is not scaled by rss/dof.
    pub absolute_sigma: bool,
    /// What the report calls the place the model ran.
    pub device: String,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            starts: None,
            iterations: Settings::default().iterations,
            seed: 0,
            loss: Loss::Squared,
            loss_scale: 1.0,
            absolute_sigma: false,
            device: "cpu".to_owned(),
        }
    }
}

/// Why there is no report.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FitError {
    /// A parameter that does not fit together.
    #[error("parameter `{name}`: {problem}")]
    Parameter {
        /// The parameter.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Observations or options that cannot be used.
    #[error("{0}")]
    Input(String),
    /// The model failed at every start.
    #[error("{}the model cannot be evaluated {failure}", match .starts { 1 => String::new(), n => format!("none of {n} starts is usable: ") })]
    Start {
        /// How many starts there were.
        starts: usize,
        /// What happened at the first.
        failure: Failure,
    },
}

/// Fits the free parameters. `model` makes a model; every start has its own, and several run at a time. A model sees the free parameters
/// alone, in the order of `parameters`; it holds the fixed ones itself. `progress` is called after every trial step of any start.
pub fn fit<M: Residuals>(
    model: &(impl Fn() -> M + Sync),
    parameters: &[Parameter],
    observations: &Observations,
    options: &Options,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<FitReport, FitError> {
    let clock = Instant::now();
    check(parameters, observations, options)?;
    let free: Vec<&Parameter> = parameters.iter().filter(|parameter| !parameter.fixed).collect();
    let starts = if free.is_empty() { 1 } else { multistart::how_many(options.starts, parameters) };
    let charge = Charge { observations, loss: options.loss, scale: options.loss_scale };
    let settings = Settings { iterations: options.iterations, ..Settings::default() };
    let best = multistart::run(model, &free, charge, (options.seed, starts), &settings, progress)
        .map_err(|failure| FitError::Start { starts, failure })?;
    let limits: Vec<(f64, f64)> = free.iter().map(|parameter| parameter.limits()).collect();
    let end = &best.outcome;
    let known = statistics(&end.evaluation, charge, &end.free, &limits, options.absolute_sigma);
    let reason = reason(&best, &known, &free, starts, options);
    let mut estimates: Vec<Estimate> = free
        .iter()
        .enumerate()
        .map(|(j, parameter)| Estimate {
            name: parameter.name.clone(),
            value: end.free[j],
            std_error: known.std_error[j],
            ci95: known.ci95[j],
            fixed: false,
        })
        .collect();
    estimates.extend(parameters.iter().filter(|parameter| parameter.fixed).map(|parameter| Estimate {
        name: parameter.name.clone(),
        value: multistart::first(parameter),
        std_error: None,
        ci95: None,
        fixed: true,
    }));
    Ok(FitReport {
        parameters: estimates,
        loss: known.loss,
        rss: known.rss,
        dof: known.dof,
        r2: known.r2,
        aic: known.aic,
        bic: known.bic,
        covariance: known.covariance,
        iterations: end.iterations,
        starts,
        converged: end.stop.converged(),
        reason,
        seconds: clock.elapsed().as_secs_f64(),
        device: options.device.clone(),
    })
}

/// Refuses what cannot be fitted, before anything runs.
fn check(parameters: &[Parameter], observations: &Observations, options: &Options) -> Result<(), FitError> {
    for (index, parameter) in parameters.iter().enumerate() {
        let twice = parameters[..index].iter().any(|other| other.name == parameter.name);
        let problem = parameter.problem().or(twice.then(|| "it is given twice".to_owned()));
        if let Some(problem) = problem {
            return Err(FitError::Parameter { name: parameter.name.clone(), problem });
        }
    }
    let input = |message: String| Err(FitError::Input(message));
    let Observations { target, outputs, sigma } = observations;
    let row = |index: usize| index / outputs + 1;
    if target.is_empty() {
        return input("there is nothing to fit: the target has no rows".to_owned());
    }
    if *outputs == 0 || target.len() % outputs != 0 {
        return input(format!("{} target values do not make rows of {outputs}", target.len()));
    }
    if let Some(index) = target.iter().position(|value| !value.is_finite()) {
        return input(format!("the target in row {} is {}", row(index), target[index]));
    }
    if let Some(sigma) = sigma {
        if sigma.len() != target.len() {
            return input(format!("{} sigmas for {} target values", sigma.len(), target.len()));
        }
        if let Some(index) = sigma.iter().position(|&value| !(value > 0.0 && value.is_finite())) {
            return input(format!("sigma in row {} is {}: it must be positive and finite", row(index), sigma[index]));
        }
    }
    if !(options.loss_scale > 0.0 && options.loss_scale.is_finite()) {
        return input(format!("the scale of the loss is {}: it must be positive", options.loss_scale));
    }
    Ok(())
}

/// Why the search ended and what is to be known about the answer, in words.
fn reason(best: &Best, known: &Statistics, free: &[&Parameter], starts: usize, options: &Options) -> String {
    let mut parts = vec![best.outcome.stop.to_string()];
    if starts > 1 {
        parts.push(format!("{} of {starts} starts ended here", best.agreeing));
    }
    if best.failed > 0 {
        parts.push(format!("{} starts could not be evaluated", best.failed));
    }
    for (parameter, side) in free.iter().zip(&known.at_bound) {
        let (lower, upper) = parameter.limits();
        match side {
            Some(Side::Lower) => parts.push(format!("`{}` is at its lower bound {lower}", parameter.name)),
            Some(Side::Upper) => parts.push(format!("`{}` is at its upper bound {upper}", parameter.name)),
            None => {}
        }
    }
    if !known.unidentified.is_empty() {
        let names: Vec<String> = known.unidentified.iter().map(|&j| format!("`{}`", free[j].name)).collect();
        parts.push(format!("the data do not determine {}", names.join(", ")));
    }
    if known.dof <= 0 && !free.is_empty() && !options.absolute_sigma {
        parts.push(format!(
            "no degrees of freedom are left for standard errors ({} residuals, {} free parameters)",
            best.outcome.evaluation.values.len(),
            free.len()
        ));
    }
    parts.join("; ")
}
