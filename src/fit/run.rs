//! Programs under the optimiser: rows are lanes, columns and values bind inputs by name, the tape's adjoint is the Jacobian.
//!
//! For Levenberg and Marquardt's method and L-BFGS, values and gradients are f64 and come from the host, whatever device the engine has.
//! Adam's are f32 and come from that device (`lanes`).
//!
//! **When rows are lanes.** With a target always. Under [`Fit::minimize`] where a column of the data binds an input that is neither a
//! parameter nor has a value: the loss is then the sum over the rows. Where no column does, as when all data stand in the program as
//! lists or matrices, there is one lane, and the loss is its value: repeated for every row it would count the same data again.

use crate::batch::{Batch, Road, Tier};
use crate::engine::{Device, Engine};
use crate::error::Error;
use crate::machine::{ErrorKind, Status};
use crate::program::Program;
use crate::table::Table;

use super::lanes::{Lanes, Tally};
use super::model::Model;
use super::residuals::Charge;
use super::{FitError, FitReport, Loss, Observations, Optimizer, Options, Parameter, Progress, adam};

/// A fit of a program's constants to a column of a table, or to whatever makes the program's value least.
///
/// Inputs get their numbers from [`Fit::parameter`], else [`Fit::value`], else the column of their name. A `param` form
/// of the program that has none of these is a free parameter too, and starts where the form says.
///
/// ```
/// # use evalgrad::{Device, Engine, Error, Program, Table};
/// # use evalgrad::fit::{Fit, Parameter};
/// let program = Program::parse("(+ a (* b x))")?;
/// let table = Table::from_reader("x,y\n0,1\n1,3\n2,5\n".as_bytes())?;
/// let report = Fit::new(&program)
///     .target("y")
///     .data(&table)
///     .parameter(Parameter::new("a"))
///     .parameter(Parameter::new("b").start(0.5).bounds(0.0, 10.0))
///     .run(&Engine::new(Device::Cpu)?)?;
/// assert!((report.parameter("b").unwrap().value - 2.0).abs() < 1e-9);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Fit<'a> {
    program: &'a Program,
    table: Option<&'a Table>,
    target: Option<String>,
    is_loss: bool,
    sigma: Option<String>,
    parameters: Vec<Parameter>,
    values: Vec<(String, f64)>,
    tier: Tier,
    road: Road,
    options: Options,
    optimizer: Optimizer,
    iterations: Option<usize>,
    learning_rate: Option<f64>,
}

impl<'a> Fit<'a> {
    /// A fit of this program, with nothing said yet.
    pub fn new(program: &'a Program) -> Fit<'a> {
        Fit {
            program,
            table: None,
            target: None,
            is_loss: false,
            sigma: None,
            parameters: Vec::new(),
            values: Vec::new(),
            tier: Tier::default(),
            road: Road::default(),
            options: Options::default(),
            optimizer: Optimizer::default(),
            iterations: None,
            learning_rate: None,
        }
    }

    /// The measurements.
    pub fn data(mut self, table: &'a Table) -> Self {
        self.table = Some(table);
        self
    }

    /// The column that the program's value should match.
    pub fn target(mut self, column: &str) -> Self {
        self.target = Some(column.to_owned());
        self
    }

    /// The program's value is the loss: it is made as small as can be, or its sum over the rows is, where a column binds an
    /// input. Data are then optional, and there is no target. Errors and criteria read the loss as a negative log-likelihood;
    /// see [`super::fit_loss`].
    ///
    /// ```
    /// # use evalgrad::{Device, Engine, Error, Program};
    /// # use evalgrad::fit::{Fit, Parameter};
    /// let valley = Program::parse("(+ (square (- 1 a)) (* 100 (square (- b (* a a)))))")?;
    /// let report = Fit::new(&valley)
    ///     .minimize()
    ///     .parameter(Parameter::new("a").start(-1.2))
    ///     .parameter(Parameter::new("b"))
    ///     .run(&Engine::new(Device::Cpu)?)?;
    /// assert!(report.converged && (report.parameter("b").unwrap().value - 1.0).abs() < 1e-9);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn minimize(mut self) -> Self {
        self.is_loss = true;
        self
    }

    /// The column of the target's standard deviations.
    pub fn sigma(mut self, column: &str) -> Self {
        self.sigma = Some(column.to_owned());
        self
    }

    /// The standard deviations are known, not only their ratios.
    pub fn absolute_sigma(mut self, absolute: bool) -> Self {
        self.options.absolute_sigma = absolute;
        self
    }

    /// An input to be recovered, or held where it is.
    pub fn parameter(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// One number for an input, in place of a column.
    pub fn value(mut self, name: &str, value: f64) -> Self {
        self.values.push((name.to_owned(), value));
        self
    }

    /// How many starts; see [`Options::starts`].
    pub fn starts(mut self, starts: usize) -> Self {
        self.options.starts = Some(starts);
        self
    }

    /// What searches.
    pub fn optimizer(mut self, optimizer: Optimizer) -> Self {
        self.optimizer = optimizer;
        self
    }

    /// Steps per start at most: trial steps of Levenberg and Marquardt's method or steps of L-BFGS (500 where nothing is said), or steps
    /// of [`Optimizer::Adam`] (1,000), whose polishing has the 500 for itself.
    pub fn iterations(mut self, iterations: usize) -> Self {
        self.iterations = Some(iterations);
        self
    }

    /// How far [`Optimizer::Adam`] moves a parameter in a step at most, about, in multiples of its
    /// [`size`](adam::size): of its start, or of half the width of its bounds. 0.05 where nothing is said.
    pub fn learning_rate(mut self, rate: f64) -> Self {
        self.learning_rate = Some(rate);
        self
    }

    /// Decides the random starts.
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = seed;
        self
    }

    /// How residuals are charged.
    pub fn loss(mut self, loss: Loss) -> Self {
        self.options.loss = loss;
        self
    }

    /// The tier; see [`Batch::tier`].
    pub fn tier(mut self, tier: Tier) -> Self {
        self.tier = tier;
        self
    }

    /// The road; see [`Batch::road`].
    pub fn road(mut self, road: Road) -> Self {
        self.road = road;
        self
    }

    /// Runs the fit.
    ///
    /// # Errors
    /// [`Error::Usage`] without data, target or parameter, or for one of them that does not fit the others;
    /// [`Error::UnknownInput`] for a parameter or value that the program lacks; [`Error::MissingInputs`] with every input
    /// that has no number; [`Error::Interrupted`] if the device fails in the middle and no fresh one helps; [`Error::Fit`] if the program can be evaluated at no start. A search that did not converge is
    /// no error: the report says so.
    pub fn run(self, engine: &Engine) -> Result<FitReport, Error> {
        self.go(engine, None)
    }

    /// [`Fit::run`]; `progress` is called after every step of any start, or a few times a second where a device makes whole runs.
    ///
    /// # Errors
    /// As [`Fit::run`].
    pub fn run_with(self, engine: &Engine, progress: &mut (dyn FnMut(Progress) + Send)) -> Result<FitReport, Error> {
        self.go(engine, Some(progress))
    }

    fn go(self, engine: &Engine, progress: Option<&mut (dyn FnMut(Progress) + Send)>) -> Result<FitReport, Error> {
        if self.parameters.iter().any(|parameter| parameter.shape.is_some()) {
            return self.spread(engine, progress);
        }
        let is_watched = progress.is_some();
        let mut nobody = |_| ();
        let progress = progress.unwrap_or(&mut nobody);
        let observations = self.observations()?;
        let parameters = self.all_parameters()?;
        let batch = self.batch(&parameters)?;
        // Kernels are for Adam's f32; what polishes in f64 on the host has no tier of that name.
        let is_kernel = self.tier == Tier::Specialize
            && self.optimizer == Optimizer::Adam
            && matches!(engine.device(), Device::Gpu | Device::Named(_));
        let exact = if is_kernel { batch.clone().tier(Tier::Auto) } else { batch.clone() };
        // What no step can change, such as a tier that does not exist, is an error of its own and not of the model.
        engine.prepare::<f64>(&exact, &[])?;
        let free = || parameters.iter().filter(|parameter| !parameter.fixed);
        let names: Vec<&str> = free().map(|parameter| parameter.name.as_str()).collect();
        let model = Model { engine, batch: &exact, names: &names };
        let mut options = self.options.clone();
        let known = adam::Settings::default();
        let steps = self.iterations.unwrap_or(match self.optimizer {
            Optimizer::Adam => known.iterations,
            _ => options.iterations,
        });
        let settings =
            adam::Settings { iterations: steps, learning_rate: self.learning_rate.unwrap_or(known.learning_rate) };
        let tally = match &observations {
            None => Tally::Values,
            Some(observations) => {
                Tally::Residuals(Charge { observations, loss: options.loss, scale: options.loss_scale })
            }
        };
        let mut lanes = Lanes::new(engine, &batch, &names, tally).watched(is_watched);
        let population = (&mut lanes as &mut dyn adam::Population, &settings);
        let is_adam = self.optimizer == Optimizer::Adam;
        match self.optimizer {
            Optimizer::Adam => {}
            Optimizer::Lbfgs if observations.is_some() => options.lbfgs = Some(steps),
            _ => options.iterations = steps,
        }
        let report = match &observations {
            None => {
                let rows = self.table.map(Table::rows);
                super::fit_loss(&|| model, is_adam.then_some(population), &parameters, rows, &options, progress)
            }
            Some(observations) if is_adam => {
                super::fit_population(&|| model, population, &parameters, observations, &options, progress)
            }
            Some(observations) => super::fit(&|| model, &parameters, observations, &options, progress),
        };
        let has_failed = is_adam && lanes.has_failed();
        let report = report.map_err(|error| match error {
            FitError::Start { failure, .. } if has_failed => Error::Interrupted(failure.reason),
            FitError::Start { ref failure, .. } => {
                let status = match &failure.status {
                    // What overflows outside the program, such as the sum of its squares, is as if its value did.
                    Status::Ok => self.program.status(ErrorKind::NonFinite, &failure.reason),
                    status => status.clone(),
                };
                Error::Fit { message: error.to_string(), status }
            }
            FitError::Parameter { .. } | FitError::Input(_) => Error::Usage(error.to_string()),
        })?;
        Ok(match is_adam {
            true => FitReport { device: lanes.device().to_owned(), notes: lanes.ways(), ..report },
            false => report,
        })
    }

    /// The same with a parameter for each element of those that are vectors or matrices.
    fn spread(self, engine: &Engine, progress: Option<&mut (dyn FnMut(Progress) + Send)>) -> Result<FitReport, Error> {
        let shape = |parameter: &Parameter| Some((parameter.name.clone(), parameter.shape?));
        let shapes: Vec<_> = self.parameters.iter().filter_map(shape).collect();
        let program = self.program.shaped(&shapes)?;
        let mut parameters = Vec::new();
        for parameter in &self.parameters {
            let elements = parameter.elements();
            let wrong = |problem| Error::Usage(format!("parameter `{}`: {problem}", parameter.name));
            parameters.extend(elements.map_err(wrong)?);
        }
        Fit { program: &program, parameters, ..self }.go(engine, progress)
    }

    /// What the program's values should match; `None` where they are the loss. Refuses what does not go together.
    fn observations(&self) -> Result<Option<Observations>, Error> {
        let usage = |message: &str| Err(Error::Usage(message.to_owned()));
        if self.learning_rate.is_some() && self.optimizer != Optimizer::Adam {
            return usage("a learning rate is for the optimizer `adam`; the others have none");
        }
        if self.is_loss {
            return match () {
                () if self.target.is_some() => {
                    usage("the program's value is to match a target or is to be minimised: one of the two")
                }
                () if self.optimizer == Optimizer::LevenbergMarquardt => usage(
                    "`lm` wants residuals, and a value to be minimised has none: `lbfgs`, `adam` and `auto` do without",
                ),
                () if self.sigma.is_some() || self.options.absolute_sigma => {
                    usage("sigma is of a target, and a value to be minimised has none")
                }
                () if self.options.loss != Loss::Squared => {
                    usage("how residuals are charged is of a target, and a value to be minimised has none")
                }
                () => Ok(None),
            };
        }
        let Some(table) = self.table else { return usage("a fit wants data") };
        let Some(target) = &self.target else {
            return usage("a fit wants a target column, or a value to be minimised");
        };
        let mut observations = Observations::new(column(table, target)?.to_vec());
        if let Some(sigma) = &self.sigma {
            observations.sigma = Some(column(table, sigma)?.to_vec());
        }
        Ok(Some(observations))
    }

    /// How many lanes the fit has: a lane for every row, or one where no row makes a difference to a value that is to be minimised.
    pub fn lanes(&self) -> usize {
        let own = |name: &str| {
            self.parameters.iter().any(|parameter| parameter.name == name)
                || self.values.iter().any(|(value, _)| value == name)
        };
        let binds = |table: &&Table| {
            !self.is_loss
                || self.program.inputs().iter().any(|input| !own(&input.name) && table.column(&input.name).is_some())
        };
        self.table.filter(binds).map_or(1, Table::rows)
    }

    /// The parameters that were given, with the starts of their `param` forms where they have none, and the program's
    /// own that nothing else gives a number.
    fn all_parameters(&self) -> Result<Vec<Parameter>, Error> {
        let mut all = self.parameters.clone();
        for parameter in &mut all {
            let input = self.program.input(&parameter.name)?;
            if self.values.iter().any(|(name, _)| *name == parameter.name) {
                return Err(Error::Usage(format!(
                    "`{}` is a parameter and has a value: one of the two",
                    parameter.name
                )));
            }
            if parameter.start.is_none() && (parameter.bounds.is_none() || parameter.fixed) {
                parameter.start = self.program.inputs()[input].start;
            }
        }
        for input in self.program.inputs() {
            let name = &*input.name;
            let bound = all.iter().any(|parameter| parameter.name == name)
                || self.values.iter().any(|(value, _)| value == name)
                || self.table.is_some_and(|table| table.column(name).is_some());
            if let Some(start) = input.start.filter(|_| !bound) {
                all.push(Parameter::new(name).start(start));
            }
        }
        Ok(all)
    }

    /// The lanes, with everything bound but the free parameters, which stand at their starts.
    fn batch(&self, parameters: &[Parameter]) -> Result<Batch, Error> {
        let lanes = self.lanes();
        let mut batch = Batch::new(self.program, lanes).tier(self.tier).road(self.road);
        for input in self.program.inputs() {
            let column = self.table.and_then(|table| table.column(&input.name));
            if let Some(column) = column.filter(|column| column.len() == lanes) {
                batch = batch.bind(&input.name, column)?;
            }
        }
        for (name, value) in &self.values {
            batch = batch.bind(name, *value)?;
        }
        for parameter in parameters {
            batch = batch.bind(&parameter.name, super::multistart::first(parameter))?;
        }
        batch.columns()?;
        if parameters.is_empty() {
            return Err(Error::Usage("there is nothing to fit: no parameter was given".to_owned()));
        }
        Ok(batch)
    }
}

fn column<'t>(table: &'t Table, name: &str) -> Result<&'t [f64], Error> {
    table.column(name).ok_or_else(|| {
        let names: Vec<String> = table.names().iter().map(|name| format!("`{name}`")).collect();
        Error::Usage(format!("the data have no column `{name}`; they have {}", names.join(", ")))
    })
}

#[cfg(test)]
mod tests;
