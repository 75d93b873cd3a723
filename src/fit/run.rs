//! Programs under the optimiser: rows are lanes, columns and values bind inputs by name, the tape's adjoint is the Jacobian.
//!
//! For Levenberg and Marquardt's method, values and gradients are f64 and come from the host, whatever device the engine has. Adam's are
//! f32 and come from that device (`lanes`).

use crate::batch::{Batch, Road, Tier};
use crate::engine::{Device, Engine};
use crate::error::Error;
use crate::machine::Status;
use crate::program::Program;
use crate::table::Table;

use super::lanes::Lanes;
use super::residuals::Charge;
use super::{
    Evaluation, Failure, FitError, FitReport, Loss, Observations, Optimizer, Options, Parameter, Progress, Residuals,
    adam,
};

/// A fit of a program's constants to a column of a table.
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

    /// Steps per start at most: trial steps of Levenberg and Marquardt's method (500 where nothing is said), or steps of
    /// [`Optimizer::Adam`] (1,000), whose polishing has the 500 for itself.
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
        let is_watched = progress.is_some();
        let mut nobody = |_| ();
        let progress = progress.unwrap_or(&mut nobody);
        let Some(table) = self.table else { return Err(Error::Usage("a fit wants data".to_owned())) };
        let Some(target) = &self.target else { return Err(Error::Usage("a fit wants a target column".to_owned())) };
        let mut observations = Observations::new(column(table, target)?.to_vec());
        if let Some(sigma) = &self.sigma {
            observations.sigma = Some(column(table, sigma)?.to_vec());
        }
        let parameters = self.all_parameters(table)?;
        let batch = self.batch(table, &parameters)?;
        // Kernels are for Adam's f32; what polishes in f64 on the host has no tier of that name.
        let is_kernel = self.tier == Tier::Specialize
            && self.optimizer == Optimizer::Adam
            && matches!(engine.device(), Device::Gpu | Device::Named(_));
        let exact = if is_kernel { batch.clone().tier(Tier::Auto) } else { batch.clone() };
        // What no step can change, such as a tier that does not exist, is an error of its own and not of the model.
        engine.prepare::<f64>(&exact, &[])?;
        let free = || parameters.iter().filter(|parameter| !parameter.fixed);
        let names: Vec<&str> = free().map(|parameter| parameter.name.as_str()).collect();
        let model = || Model { engine, batch: &exact, names: &names };
        let (mut options, mut has_failed) = (self.options.clone(), false);
        let report = match (self.optimizer, self.learning_rate) {
            (Optimizer::Adam, rate) => {
                let known = adam::Settings::default();
                let settings = adam::Settings {
                    iterations: self.iterations.unwrap_or(known.iterations),
                    learning_rate: rate.unwrap_or(known.learning_rate),
                };
                let charge = Charge { observations: &observations, loss: options.loss, scale: options.loss_scale };
                let mut lanes = Lanes::new(engine, &batch, &names, charge).watched(is_watched);
                let population = (&mut lanes as &mut dyn adam::Population, &settings);
                let report = super::fit_population(&model, population, &parameters, &observations, &options, progress);
                has_failed = lanes.has_failed();
                let (device, notes) = (lanes.device().to_owned(), lanes.ways());
                report.map(|report| FitReport { device, notes, ..report })
            }
            (_, Some(_)) => {
                let message = "a learning rate is for the optimizer `adam`; Levenberg–Marquardt has none";
                return Err(Error::Usage(message.to_owned()));
            }
            (Optimizer::Auto | Optimizer::LevenbergMarquardt, None) => {
                options.iterations = self.iterations.unwrap_or(options.iterations);
                super::fit(&model, &parameters, &observations, &options, progress)
            }
        };
        report.map_err(|error| match error {
            FitError::Start { failure, .. } if has_failed => Error::Interrupted(failure.reason),
            FitError::Start { .. } => Error::Fit(error.to_string()),
            FitError::Parameter { .. } | FitError::Input(_) => Error::Usage(error.to_string()),
        })
    }

    /// The parameters that were given, with the starts of their `param` forms where they have none, and the program's
    /// own that nothing else gives a number.
    fn all_parameters(&self, table: &Table) -> Result<Vec<Parameter>, Error> {
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
                || table.column(name).is_some();
            if let Some(start) = input.start.filter(|_| !bound) {
                all.push(Parameter::new(name).start(start));
            }
        }
        Ok(all)
    }

    /// A lane for every row, with everything bound but the free parameters, which stand at their starts.
    fn batch(&self, table: &Table, parameters: &[Parameter]) -> Result<Batch, Error> {
        let mut batch = Batch::new(self.program, table.rows()).tier(self.tier).road(self.road);
        for input in self.program.inputs() {
            if let Some(column) = table.column(&input.name) {
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

/// The program over the rows, as a function of its free parameters.
struct Model<'a> {
    engine: &'a Engine,
    batch: &'a Batch,
    names: &'a [&'a str],
}

impl Residuals for Model<'_> {
    fn evaluate(&mut self, free: &[f64], jacobian: bool) -> Result<Evaluation, Failure> {
        let failure = |error: Error| Failure { reason: error.to_string() };
        // Columns are shared: a clone copies none.
        let mut batch = self.batch.clone();
        for (name, &value) in self.names.iter().zip(free) {
            batch = batch.bind(name, value).map_err(failure)?;
        }
        if !jacobian {
            let out = self.engine.evaluate_f64(&batch).map_err(failure)?;
            usable(&out.status)?;
            return Ok(Evaluation { values: out.values, jacobian: Vec::new() });
        }
        let out = self.engine.value_and_grad_f64(&batch, self.names).map_err(failure)?;
        usable(&out.status)?;
        let columns: Vec<&[f64]> = out.grads.iter().map(|(_, column)| column).collect();
        let rows = (0..out.values.len()).flat_map(|row| columns.iter().map(move |column| column[row]));
        let jacobian = rows.collect();
        Ok(Evaluation { values: out.values, jacobian })
    }
}

/// The first row without a number is the reason why the point is outside the model's domain.
fn usable(status: &[Status]) -> Result<(), Failure> {
    match status.iter().position(|status| !status.has_value()) {
        None => Ok(()),
        Some(row) => Err(Failure { reason: format!("row {}: {}", row + 1, status[row]) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table::from_reader("x,y,s\n0,1,1\n1,3.5,1\n2,5,2\n3,7.5,1\n".as_bytes()).unwrap()
    }

    fn fit<'a>(program: &'a Program, table: &'a Table) -> Fit<'a> {
        Fit::new(program).target("y").data(table)
    }

    fn engine() -> Engine {
        Engine::new(Device::Cpu).unwrap()
    }

    #[test]
    fn a_line_has_the_textbook_s_coefficients_on_both_roads() {
        let (program, table, engine) = (Program::parse("(+ a (* b x))").unwrap(), table(), engine());
        for road in [Road::Interpreted, Road::Direct] {
            let parameters = [Parameter::new("a"), Parameter::new("b").bounds(-10.0, 10.0)];
            let [a, b] = parameters;
            let report = fit(&program, &table).parameter(a).parameter(b).road(road).run(&engine).unwrap();
            assert!(report.converged, "{report}");
            // Σ(x−x̄)(y−ȳ) / Σ(x−x̄)² = 10.5/5, and ȳ − b x̄.
            assert!((report.parameter("b").unwrap().value - 2.1).abs() < 1e-9);
            assert!((report.parameter("a").unwrap().value - 1.1).abs() < 1e-9);
        }
    }

    #[test]
    fn param_forms_are_free_unless_something_else_binds_them() {
        let program = Program::parse("(+ (param 'a 2.0) (* (param 'b 3.0) x))").unwrap();
        let (table, engine) = (table(), engine());
        let both = fit(&program, &table).run(&engine).unwrap();
        assert!((both.parameter("b").unwrap().value - 2.1).abs() < 1e-9);
        let one = fit(&program, &table).value("b", 2.0).run(&engine).unwrap();
        assert!(one.parameter("b").is_none());
        assert!((one.parameter("a").unwrap().value - 1.25).abs() < 1e-9);
        let fixed = fit(&program, &table).parameter(Parameter::new("b").fixed()).run(&engine).unwrap();
        assert_eq!(fixed.parameter("b").unwrap().value, 3.0);
    }

    #[test]
    fn what_is_missing_or_unknown_is_named() {
        let program = Program::parse("(+ a (* b x) z)").unwrap();
        let (table, engine) = (table(), engine());
        let parameter = |name: &str| Parameter::new(name);
        let missing = fit(&program, &table).parameter(parameter("a")).run(&engine).unwrap_err();
        assert!(matches!(&missing, Error::MissingInputs(names) if names == &["b", "z"]), "{missing}");
        let unknown = fit(&program, &table).parameter(parameter("c")).run(&engine).unwrap_err();
        assert!(matches!(&unknown, Error::UnknownInput { name, .. } if name == "c"), "{unknown}");
        let target = fit(&program, &table).target("t").run(&engine).unwrap_err();
        assert_eq!(target.to_string(), "the data have no column `t`; they have `x`, `y`, `s`");
        let tier =
            fit(&program, &table).value("b", 1.0).value("z", 1.0).parameter(parameter("a")).tier(Tier::Specialize);
        assert!(matches!(tier.run(&engine).unwrap_err(), Error::Unsupported(_)));
        let none = fit(&program, &table).value("a", 1.0).value("b", 1.0).value("z", 1.0).run(&engine).unwrap_err();
        assert!(none.to_string().contains("nothing to fit"), "{none}");
    }

    #[test]
    fn a_program_that_fails_at_its_start_says_where() {
        let program = Program::parse("(if (< x 2) a (car a))").unwrap();
        let (table, engine) = (table(), engine());
        let error = fit(&program, &table).parameter(Parameter::new("a")).run(&engine).unwrap_err();
        assert!(matches!(error, Error::Fit(_)));
        assert!(error.to_string().contains("row 3: wrong-type at 1:20"), "{error}");
    }
}
