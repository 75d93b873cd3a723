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
//! [`mod@statistics`] judges the end, [`report`] tells it. [`fit_population`] puts [`adam`] before [`lm`]: all starts at once.
//! A loss that is no sum of squared residuals is an [`Objective`]: [`fit_loss`] descends on it by [`lbfgs`], and [`minimum`] judges the end.
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

pub mod adam;
mod ahead;
mod curvature;
mod lanes;
pub mod lbfgs;
pub mod linear;
pub mod lm;
mod loss;
pub mod minimum;
mod model;
pub mod multistart;
pub mod objective;
mod problem;
mod remote;
pub mod report;
pub mod residuals;
pub mod run;
pub mod spec;
mod squares;
pub mod statistics;
pub mod stop;
mod svd;
#[cfg(test)]
mod tests;
mod wolfe;

use std::time::Instant;

pub use multistart::Progress;
pub use report::{Estimate, FitReport};
pub use residuals::{Evaluation, Failure, Loss, Observations, Residuals};
pub use run::Fit;
pub use spec::{Parameter, Shape, SpecError};

pub use ahead::POLISHED;
pub use loss::fit_loss;
pub use objective::{Objective, Slope};

use adam::Population;
use ahead::Ahead;
use lbfgs::Range;
use lm::Outcome;
use multistart::Best;
use residuals::Charge;
use squares::Squares;
use statistics::{Side, Statistics, statistics};
use stop::Settings;

/// What searches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Optimizer {
    /// The engine's choice; in this version always [`Optimizer::LevenbergMarquardt`], and of a loss [`Optimizer::Lbfgs`].
    #[default]
    Auto,
    /// [`lm`] from every start; not of a loss, which has no residuals.
    LevenbergMarquardt,
    /// [`adam`] from all starts at once, then [`lm`] from the best ends; of a loss, [`lbfgs`].
    Adam,
    /// [`lbfgs`] from every start, then [`lm`] from its end; of a loss, Newton's steps.
    Lbfgs,
}

impl std::str::FromStr for Optimizer {
    type Err = String;

    fn from_str(text: &str) -> Result<Optimizer, String> {
        match text {
            "auto" => Ok(Optimizer::Auto),
            "lm" => Ok(Optimizer::LevenbergMarquardt),
            "adam" => Ok(Optimizer::Adam),
            "lbfgs" => Ok(Optimizer::Lbfgs),
            _ => Err(format!("`{text}` is no optimizer; there are `adam`, `lm`, `lbfgs` and `auto`")),
        }
    }
}

/// How a fit runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// How many starts; `None`: one, or [`multistart::DEFAULT_STARTS`] where a free parameter has bounds but no start. With one start such
    /// a parameter begins in the middle of its bounds.
    pub starts: Option<usize>,
    /// Trial steps of Levenberg and Marquardt's method per start at most; of a loss, steps of L-BFGS.
    pub iterations: usize,
    /// Steps of L-BFGS per start at most before Levenberg and Marquardt's method; `None`: none.
    pub lbfgs: Option<usize>,
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
            lbfgs: None,
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
    let charge = options.charge(observations);
    let ranges = ranges(&free);
    let squares = Squares { model, charge, ranges: &ranges, settings: options.settings(), before: options.lbfgs };
    let best = multistart::run(&squares, &free, (options.seed, starts), progress)
        .map_err(|failure| FitError::Start { starts, failure })?;
    let mut way = vec![best.end.stop.to_string()];
    if starts > 1 {
        way.push(format!("{} of {starts} starts ended here", best.agreeing));
    }
    if best.failed > 0 {
        way.push(format!("{} starts could not be evaluated", best.failed));
    }
    let found = Found { iterations: best.end.iterations, best, starts, way };
    Ok(found.report(parameters, charge, options, clock))
}

/// [`fit`] with [`adam`] first: all starts descend at once on `population`, and the best [`POLISHED`] ends are where Levenberg and Marquardt's
/// method begins on models of their own. The answer, its statistics and `converged` are that method's; `population` may compute in
/// less precision. The report's `iterations` are Adam's steps from the start that led to the answer and the trial steps that followed
/// them; its `starts` are Adam's. `progress` is called once for every step of Adam, for the start of least loss, then as in [`fit`].
///
/// Where every start failed, Levenberg and Marquardt's method begins at the first one: it works in f64, and says what is wrong.
pub fn fit_population<M: Residuals>(
    model: &(impl Fn() -> M + Sync),
    (population, settings): (&mut dyn Population, &adam::Settings),
    parameters: &[Parameter],
    observations: &Observations,
    options: &Options,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<FitReport, FitError> {
    let clock = Instant::now();
    if parameters.iter().all(|parameter| parameter.fixed) {
        return fit(model, parameters, observations, options, progress);
    }
    check(parameters, observations, options)?;
    if !settings.is_usable() {
        return Err(settings.refused());
    }
    let free: Vec<&Parameter> = parameters.iter().filter(|parameter| !parameter.fixed).collect();
    let starts = multistart::how_many(options.starts, parameters);
    let charge = options.charge(observations);
    let failed = |failure| FitError::Start { starts, failure };
    let ahead = Ahead::fly((population, settings), &free, (options.seed, starts), progress).map_err(failed)?;
    let ranges = ranges(&free);
    let squares = Squares { model, charge, ranges: &ranges, settings: options.settings(), before: None };
    let best = multistart::polish(&squares, (&ahead.points, starts), progress).map_err(failed)?;
    let mut way = vec![best.end.stop.to_string()];
    way.extend(ahead.way((best.index, best.agreeing), "Levenberg–Marquardt", best.end.iterations));
    let found = Found { iterations: ahead.steps(best.index) + best.end.iterations, best, starts, way };
    Ok(found.report(parameters, charge, options, clock))
}

/// Where the free parameters may be, and their sizes.
fn ranges(free: &[&Parameter]) -> Vec<Range> {
    let size = |parameter: &Parameter| adam::size(parameter, multistart::first(parameter));
    free.iter().map(|parameter| Range { limits: parameter.limits(), size: size(parameter) }).collect()
}

/// The estimates of the parameters that are held.
fn fixed(parameters: &[Parameter]) -> impl Iterator<Item = Estimate> + '_ {
    parameters.iter().filter(|parameter| parameter.fixed).map(|parameter| Estimate {
        name: parameter.name.clone(),
        value: multistart::first(parameter),
        std_error: None,
        ci95: None,
        fixed: true,
    })
}

/// That a bound holds a parameter, in words.
fn held(parameter: &Parameter, side: Option<Side>) -> Option<String> {
    let (lower, upper) = parameter.limits();
    Some(match side? {
        Side::Lower => format!("`{}` is at its lower bound {lower}", parameter.name),
        Side::Upper => format!("`{}` is at its upper bound {upper}", parameter.name),
    })
}

impl Options {
    fn charge<'a>(&self, observations: &'a Observations) -> Charge<'a> {
        Charge { observations, loss: self.loss, scale: self.loss_scale }
    }

    fn settings(&self) -> Settings {
        Settings { iterations: self.iterations, ..Settings::default() }
    }
}

/// What a search found, and the way there.
struct Found {
    best: Best<Outcome>,
    iterations: usize,
    starts: usize,
    /// Why it ended, then what else there is to say about the way, in words.
    way: Vec<String>,
}

impl Found {
    fn report(self, parameters: &[Parameter], charge: Charge<'_>, options: &Options, clock: Instant) -> FitReport {
        let free: Vec<&Parameter> = parameters.iter().filter(|parameter| !parameter.fixed).collect();
        let limits: Vec<(f64, f64)> = free.iter().map(|parameter| parameter.limits()).collect();
        let end = &self.best.end;
        let known = statistics(&end.evaluation, charge, &end.free, &limits, options.absolute_sigma);
        let reason = self.reason(&known, &free, options);
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
        estimates.extend(fixed(parameters));
        FitReport {
            parameters: estimates,
            loss: known.loss,
            rss: Some(known.rss),
            dof: Some(known.dof),
            r2: Some(known.r2),
            aic: known.aic,
            bic: Some(known.bic),
            covariance: known.covariance,
            iterations: self.iterations,
            starts: self.starts,
            converged: end.stop.converged(),
            reason,
            seconds: clock.elapsed().as_secs_f64(),
            device: options.device.clone(),
            notes: Vec::new(),
        }
    }

    /// Why the search ended and what is to be known about the answer, in words.
    fn reason(&self, known: &Statistics, free: &[&Parameter], options: &Options) -> String {
        let mut parts = self.way.clone();
        parts.extend(free.iter().zip(&known.at_bound).filter_map(|(parameter, side)| held(parameter, *side)));
        if !known.unidentified.is_empty() {
            let names: Vec<String> = known.unidentified.iter().map(|&j| format!("`{}`", free[j].name)).collect();
            parts.push(format!("the data do not determine {}", names.join(", ")));
        }
        if known.dof <= 0 && !free.is_empty() && !options.absolute_sigma {
            parts.push(format!(
                "no degrees of freedom are left for standard errors ({} residuals, {} free parameters)",
                self.best.end.evaluation.values.len(),
                free.len()
            ));
        }
        parts.join("; ")
    }
}

/// Refuses parameters that do not fit together.
fn check_parameters(parameters: &[Parameter]) -> Result<(), FitError> {
    for (index, parameter) in parameters.iter().enumerate() {
        let twice = parameters[..index].iter().any(|other| other.name == parameter.name);
        let problem = parameter.problem().or(twice.then(|| "it is given twice".to_owned()));
        if let Some(problem) = problem {
            return Err(FitError::Parameter { name: parameter.name.clone(), problem });
        }
    }
    Ok(())
}

/// Refuses what cannot be fitted, before anything runs.
fn check(parameters: &[Parameter], observations: &Observations, options: &Options) -> Result<(), FitError> {
    check_parameters(parameters)?;
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
