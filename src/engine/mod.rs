//! The engine: batches of programs in, values, gradients and a status for every lane out.
//!
//! **In:** an [`Interpreter`], a [`Device`], [`Batch`]es. **Out:** an [`Evaluation`], [`Gradients`] or [`Outputs`] for
//! each batch, or an [`Error`] where nothing ran.
//!
//! **Always:**
//! - A lane's value, gradient and status depend on its program, its inputs and the budgets; not on other lanes, on what
//!   else is in the call, or on the thread that calls.
//! - A lane without a number has the value NaN and gradients NaN, and a status that tells why and where. A number that
//!   is NaN or infinite is kept, and its status `non-finite` holds the place where it first arose.
//! - What a program does wrong is a status; an [`Error`] is about the call: an input without a value, a tier that is
//!   not there, a device that failed.
//!
//! **Deliberately absent:** files, tables, losses and anything that searches.
//!
//! ```
//! # use evalgrad::{Batch, Device, Engine, Error, Program};
//! let engine = Engine::new(Device::Cpu)?;
//! let program = Program::parse("(/ a x)")?;
//! let batch = Batch::new(&program, 3).bind("a", 6)?.bind("x", &[1.0f32, 2.0, 0.0])?;
//! let out = engine.value_and_grad(&batch, &["a"])?;
//! assert_eq!(out.values, [6.0, 3.0, f32::INFINITY]);
//! assert_eq!(out.grads["a"][..2], [1.0, 0.5]);
//! assert_eq!(out.status[2].to_string(), "non-finite at 1:1: the value is +inf.0");
//! # Ok::<(), Error>(())
//! ```

mod costs;
mod decide;
mod device;
mod grouped;
mod judge;
mod kernel;
mod learn;
mod ledger;
mod link;
mod prepared;
mod recorded;
mod remote;
mod resident;
mod result;
#[cfg(test)]
mod tests;
mod tier;
mod timing;

pub use device::{CPU, Device};
pub use prepared::Prepared;
pub(crate) use prepared::chained;
pub use recorded::Precision;
pub(crate) use resident::{Settled, lacks};
pub use result::{Chosen, Evaluation, Gradients, Grads, Output, Outputs, Warning, WarningKind, Way};
pub use timing::Passes;

use crate::batch::Batch;
use crate::device::ContextOptions;
use crate::error::Error;
use crate::host::{self, Traced};
use crate::interpreter::Interpreter;
use crate::machine::work::{Answer, Arenas, Work};
use crate::machine::{Budgets, Image, written};
use crate::value::Real;

use device::Place;
use judge::Judge;
use ledger::Ledger;
use link::{Cache, Plan};
use recorded::Recorded;
use tier::Ran;

/// What every call of an engine has in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// What one lane may spend.
    pub budgets: Budgets,
    /// Instructions a lane runs between two looks at it; `None`: the executor's choice. Never changes an answer.
    pub fuel: Option<u32>,
    /// What a lane starts with; `None`: the executor's choice. Never changes an answer.
    pub arenas: Option<Arenas>,
}

/// A compiled interpreter on a device. One engine serves any number of threads.
#[derive(Debug)]
pub struct Engine {
    place: Place,
    interpreter: Interpreter,
    settings: Settings,
    linked: Cache,
    recorded: Recorded,
    ledger: Ledger,
}

impl Engine {
    /// An engine with the built-in interpreter, compiled now.
    ///
    /// # Errors
    /// As [`Interpreter::bootstrap`]. No device is opened before a call needs it.
    pub fn new(device: Device) -> Result<Engine, Error> {
        Engine::with_interpreter(device, Interpreter::bootstrap()?)
    }

    /// An engine with an interpreter compiled before.
    ///
    /// # Errors
    /// None at present: no device is opened before a call needs it.
    pub fn with_interpreter(device: Device, interpreter: Interpreter) -> Result<Engine, Error> {
        let place = Place::new(device, ContextOptions::default());
        let (linked, recorded) = (Cache::default(), Recorded::default());
        let ledger = Ledger::new(costs::cache::Cache::of_user());
        Ok(Engine { place, interpreter, settings: Settings::default(), linked, recorded, ledger })
    }

    /// The same engine with other settings.
    #[must_use]
    pub fn with_settings(mut self, settings: Settings) -> Engine {
        self.settings = settings;
        // Paths are recorded within budgets.
        self.recorded = Recorded::default();
        self
    }

    /// The same engine, whose GPU is opened with other options when it is needed.
    #[must_use]
    pub fn with_context_options(mut self, options: ContextOptions) -> Engine {
        self.place = Place::new(self.place.device().clone(), options);
        self
    }

    /// How often its GPU was lost so far (reset, watchdog, work that never ran). A call in which that happens runs once more on a fresh
    /// one, from its beginning; where that is lost, too, it is an error, and the next call begins with another.
    pub fn losses(&self) -> usize {
        self.place.losses()
    }

    /// The interpreter.
    pub fn interpreter(&self) -> &Interpreter {
        &self.interpreter
    }

    /// The settings.
    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// The device that was asked for.
    pub fn device(&self) -> &Device {
        self.place.device()
    }

    /// `cpu`, or the name of the adapter. A GPU that was asked for is opened to know it; [`Device::Auto`] opens nothing
    /// here and is `cpu` until a call was worth looking for a GPU and found one. Results say where they came from.
    ///
    /// # Errors
    /// The device that was asked for does not open.
    pub fn device_name(&self) -> Result<String, Error> {
        self.place.name()
    }

    /// The value of every lane.
    ///
    /// A value that is no number is that lane's `wrong-type`; an Int converts. A lane without a number has the value NaN.
    ///
    /// # Errors
    /// [`Error::MissingInputs`]; [`Error::Unsupported`] for a tier or road that cannot run; a device that failed.
    pub fn evaluate(&self, batch: &Batch) -> Result<Evaluation<f32>, Error> {
        self.evaluation(batch, self.run(&[batch], &[], false)?)
    }

    /// The value of every lane and its derivatives by these inputs.
    ///
    /// An input that gets gradient 0 in every lane and decides a branch is in the warnings.
    ///
    /// # Errors
    /// As [`Engine::evaluate`]; [`Error::UnknownInput`].
    pub fn value_and_grad(&self, batch: &Batch, wrt: &[&str]) -> Result<Gradients<f32>, Error> {
        Ok(single(self.value_and_grad_many(&[(batch, wrt)])?))
    }

    /// [`Engine::value_and_grad`] of many programs in one dispatch: one image, one work. The answers are bit for bit
    /// those of one call each.
    ///
    /// # Errors
    /// As [`Engine::value_and_grad`]; the missing inputs of all batches together.
    pub fn value_and_grad_many(&self, batches: &[(&Batch, &[&str])]) -> Result<Vec<Gradients<f32>>, Error> {
        self.gradients(batches, |all, wanted| self.run(all, wanted, true))
    }

    /// [`Engine::evaluate`] in f64, on the host whatever the device.
    ///
    /// # Errors
    /// As [`Engine::evaluate`].
    pub fn evaluate_f64(&self, batch: &Batch) -> Result<Evaluation<f64>, Error> {
        self.evaluation(batch, self.run_on_host(&[batch], &[], false)?)
    }

    /// [`Engine::value_and_grad`] in f64, on the host whatever the device.
    ///
    /// # Errors
    /// As [`Engine::value_and_grad`].
    pub fn value_and_grad_f64(&self, batch: &Batch, wrt: &[&str]) -> Result<Gradients<f64>, Error> {
        Ok(single(self.gradients(&[(batch, wrt)], |all, wanted| self.run_on_host(all, wanted, true))?))
    }

    /// The value of every lane, of whatever kind.
    ///
    /// # Errors
    /// As [`Engine::evaluate`].
    pub fn outputs(&self, batch: &Batch) -> Result<Outputs, Error> {
        self.all_kinds(batch, self.run(&[batch], &[], false)?)
    }

    /// [`Engine::outputs`] in f64, on the host whatever the device.
    ///
    /// # Errors
    /// As [`Engine::evaluate`].
    pub fn outputs_f64(&self, batch: &Batch) -> Result<Outputs, Error> {
        self.all_kinds(batch, self.run_on_host::<f64>(&[batch], &[], false)?)
    }

    /// One lane with its tape, on the host.
    ///
    /// # Errors
    /// As [`Engine::evaluate`]; [`Error::Usage`] for a lane that the batch does not have.
    pub fn trace<F: Real>(&self, batch: &Batch, lane: usize) -> Result<Traced<F>, Error> {
        if lane >= batch.lanes() {
            return Err(Error::Usage(format!("there is no lane {lane} in a batch of {}", batch.lanes())));
        }
        let plan = self.linked.plan(&self.interpreter, &[batch], &[])?;
        Ok(host::trace(&self.work(&plan, true), 0, lane))
    }

    fn work<'a>(&self, plan: &'a Plan, gradient: bool) -> Work<'a> {
        let Settings { budgets, fuel, arenas } = self.settings;
        let image: &Image = &plan.image;
        Work { image, segments: &plan.segments, budgets, arenas, gradient, fuel }
    }

    fn evaluation<F: Real>(&self, batch: &Batch, mut ran: Ran<F>) -> Result<Evaluation<F>, Error> {
        let mut ended = single(std::mem::take(&mut ran.ended));
        let judge = Judge { engine: self, batch, plan: &ran.plan, gradient: false };
        let (values, status) = judge.numbers(&mut ended, &[])?;
        let way = single(ran.ways);
        Ok(Evaluation { values, status, device: ran.device, tier: way.tier, way })
    }

    fn all_kinds<F: Real>(&self, batch: &Batch, mut ran: Ran<F>) -> Result<Outputs, Error> {
        let ended = single(std::mem::take(&mut ran.ended));
        let judge = Judge { engine: self, batch, plan: &ran.plan, gradient: false };
        let (answers, status) = judge.answers(ended)?;
        let output = |answer| match answer {
            Answer::Float(value) => Output::Number(written::shortest(value)),
            Answer::Int(value) => Output::Int(value),
            Answer::Bool(truth) => Output::Boolean(truth),
            Answer::Written(text) => Output::Written(text),
        };
        let values = answers.into_iter().map(|answer| answer.map(output)).collect();
        let way = single(ran.ways);
        Ok(Outputs { values, status, device: ran.device, tier: way.tier, way })
    }

    fn gradients<F: Real>(
        &self,
        batches: &[(&Batch, &[&str])],
        run: impl FnOnce(&[&Batch], &[Vec<usize>]) -> Result<Ran<F>, Error>,
    ) -> Result<Vec<Gradients<F>>, Error> {
        let mut asked = Vec::with_capacity(batches.len());
        for (batch, names) in batches {
            let mut wrt = Vec::with_capacity(names.len());
            for name in *names {
                let input = batch.program().input(name)?;
                if !wrt.contains(&input) {
                    wrt.push(input);
                }
            }
            asked.push(wrt);
        }
        let all: Vec<&Batch> = batches.iter().map(|(batch, _)| *batch).collect();
        let Ran { plan, ended, device, ways, .. } = run(&all, &asked)?;
        let mut results = Vec::with_capacity(batches.len());
        for (((mut ended, wrt), batch), way) in ended.into_iter().zip(asked).zip(all).zip(ways) {
            let judge = Judge { engine: self, batch, plan: &plan, gradient: true };
            let (values, status) = judge.numbers(&mut ended, &wrt)?;
            let name = |input: usize| batch.program().inputs()[input].name.clone();
            let columns: Vec<_> =
                wrt.iter().map(|&input| (name(input), judge.column(&ended, &status, input))).collect();
            let warning = |input| Warning { kind: WarningKind::BranchOnly, parameter: name(input) };
            let warnings = judge.branch_only(&status, &wrt, &columns)?.into_iter().map(warning).collect();
            let grads = Grads { columns };
            let (device, tape) = (device.clone(), ended.tape);
            results.push(Gradients { values, status, grads, warnings, device, tier: way.tier, way, tape });
        }
        Ok(results)
    }
}

/// What an executor gave for the one segment of a call.
fn single<T>(mut all: Vec<T>) -> T {
    match all.pop() {
        Some(one) => one,
        None => unreachable!("an executor gives as many results as it was given segments"),
    }
}

const _: () = {
    const fn shared<T: Send + Sync>() {}
    shared::<Engine>();
};
