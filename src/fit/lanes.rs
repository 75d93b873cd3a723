//! A program at many starts at once: a lane for every start and row, in f32, on the engine's device.
//!
//! Residuals and their sums are f64, and go by the rows alone: a start's loss does not depend on which others run beside it, nor on
//! the tier.

use crate::batch::{Batch, Tier};
use crate::engine::{Device, Engine, Prepared, chained};
use crate::error::Error;
use crate::host::replay::WIDTH;
use crate::machine::work::Column;

use super::adam::{Population, Whole};
use super::remote::{Remote, Site};
use super::residuals::{Charge, Failure};

/// What the values of a start's lanes add up to.
#[derive(Clone, Copy)]
pub(super) enum Tally<'a> {
    /// They are compared with what was measured.
    Residuals(Charge<'a>),
    /// They are the loss.
    Values,
}

impl Tally<'_> {
    /// What a stretch of values from number `first` on adds to the loss, and its derivatives by them.
    fn stretch(&self, first: usize, values: &[f32], slopes: &mut [f64]) -> f64 {
        match self {
            Tally::Residuals(charge) => charge.stretch(first, values, slopes),
            Tally::Values => {
                slopes.fill(1.0);
                values.iter().copied().map(f64::from).sum()
            }
        }
    }
}

/// The lanes of all starts.
pub(super) struct Lanes<'a> {
    engine: &'a Engine,
    /// A lane for every row, with everything bound but the free parameters.
    rows: &'a Batch,
    /// The free parameters.
    names: &'a [&'a str],
    tally: Tally<'a>,
    /// `rows` once for every start, and how many starts that is; for a device, and for lanes that are to be interpreted.
    all: (usize, Option<Batch>),
    /// The rows on the host, replayed.
    prepared: Option<Prepared<'a, f32>>,
    device: String,
    /// On a device that does whole runs; not yet known whether one does.
    whole: Option<Result<Remote<'a>, String>>,
    /// How often the engine's GPU had been lost before.
    losses: usize,
    is_watched: bool,
    /// Did the device fail?
    has_failed: bool,
}

impl<'a> Lanes<'a> {
    /// No lane runs before the first evaluation.
    pub fn new(engine: &'a Engine, rows: &'a Batch, names: &'a [&'a str], tally: Tally<'a>) -> Lanes<'a> {
        let device = crate::engine::CPU.to_owned();
        let (prepared, whole, losses) = (None, None, engine.losses());
        let (is_watched, has_failed) = (false, false);
        Lanes { engine, rows, names, tally, all: (0, None), prepared, device, whole, losses, is_watched, has_failed }
    }

    /// Somebody looks at the progress: a device is asked for it from time to time.
    pub fn watched(mut self, is_watched: bool) -> Lanes<'a> {
        self.is_watched = is_watched;
        self
    }

    /// How the device ran, in words, where one was named.
    pub fn ways(&self) -> Vec<String> {
        if !matches!(self.engine.device(), Device::Gpu | Device::Named(_)) {
            return Vec::new();
        }
        let why = match &self.whole {
            None => return Vec::new(),
            Some(Err(why)) => why,
            Some(Ok(remote)) => match remote.ended() {
                None => return remote.way().into_iter().chain(remote.resumed()).collect(),
                Some(why) => why,
            },
        };
        let drove = format!("the host drove the device step by step: {why}");
        let lost = match self.engine.losses() - self.losses {
            0 => None,
            1 => Some("the GPU was lost once; what ran then ran again on a fresh one".to_owned()),
            n => Some(format!("the GPU was lost {n} times; what ran then ran again on fresh ones")),
        };
        std::iter::once(drove).chain(lost).collect()
    }

    /// Did it end because the device failed?
    pub fn has_failed(&self) -> bool {
        self.has_failed || matches!(&self.whole, Some(Ok(remote)) if remote.has_failed())
    }

    /// Where the last evaluation ran.
    pub fn device(&self) -> &str {
        &self.device
    }

    /// Does the host replay the lanes?
    fn is_replayed(&self) -> bool {
        matches!(self.engine.device(), Device::Auto | Device::Cpu) && self.rows.tier_asked() != Tier::Interpret
    }

    /// The rows, ready to be replayed at many points.
    fn prepared(&mut self) -> Result<&mut Prepared<'a, f32>, Error> {
        if self.prepared.is_none() {
            let rows = self.rows.clone().tier(Tier::Replay);
            self.prepared = Some(self.engine.prepare(&rows, self.names)?);
        }
        match &mut self.prepared {
            Some(prepared) => Ok(prepared),
            None => unreachable!("it was just made"),
        }
    }

    /// The rows once for every start; columns are shared by all copies of the result.
    fn tiled(&mut self, starts: usize) -> Result<Batch, Error> {
        if let (before, Some(batch)) = &self.all
            && *before == starts
        {
            return Ok(batch.clone());
        }
        let rows = self.rows;
        let mut batch =
            Batch::new(rows.program(), starts * rows.lanes()).tier(rows.tier_asked()).road(rows.road_asked());
        for (input, column) in rows.program().inputs().iter().zip(rows.columns()?) {
            let column = match column {
                Column::F32(values) => Column::F32(values.repeat(starts).into()),
                Column::F64(values) => Column::F64(values.repeat(starts).into()),
                uniform => uniform,
            };
            batch = batch.bind(&input.name, column)?;
        }
        self.all = (starts, Some(batch.clone()));
        Ok(batch)
    }
}

impl Population for Lanes<'_> {
    fn evaluate(&mut self, points: &[f64], losses: &mut [f64], gradients: &mut [f64]) -> Result<(), Failure> {
        let failure = |error: Error| Failure::new(error.to_string());
        if self.is_replayed() {
            let tally = self.tally;
            let stretch = |first: usize, values: &[f32], slopes: &mut [f64]| tally.stretch(first, values, slopes);
            self.prepared().map_err(failure)?.reduce(points, &stretch, losses, gradients);
            return Ok(());
        }
        let (rows, k) = (self.rows.lanes(), self.names.len());
        let mut batch = self.tiled(losses.len()).map_err(failure)?;
        for (j, name) in self.names.iter().enumerate() {
            let column = points.chunks_exact(k).flat_map(|point| std::iter::repeat_n(point[j], rows));
            batch = batch.bind(name, column.collect::<Vec<f64>>()).map_err(failure)?;
        }
        let out = self.engine.value_and_grad(&batch, self.names);
        self.has_failed = matches!(out, Err(Error::Device(_)));
        let out = out.map_err(failure)?;
        out.device.as_ref().clone_into(&mut self.device);
        let columns: Vec<&[f32]> = out.grads.iter().map(|(_, column)| column).collect();
        for (start, (loss, gradient)) in losses.iter_mut().zip(gradients.chunks_exact_mut(k)).enumerate() {
            *loss = 0.0;
            gradient.fill(0.0);
            // The same sums as those of a replay.
            for first in (0..rows).step_by(WIDTH) {
                let (lane, count) = (start * rows + first, WIDTH.min(rows - first));
                let mut slopes = [0.0; WIDTH];
                *loss += self.tally.stretch(first, &out.values[lane..lane + count], &mut slopes[..count]);
                for (slot, column) in gradient.iter_mut().zip(&columns) {
                    *slot += chained(&slopes[..count], &column[lane..lane + count]);
                }
            }
        }
        Ok(())
    }

    fn whole(&mut self, starts: usize) -> Result<Option<&mut dyn Whole>, Failure> {
        if self.whole.is_none() {
            let Tally::Residuals(charge) = self.tally else {
                self.whole = Some(Err("only sums of charged residuals are made there".to_owned()));
                return Ok(None);
            };
            let site = Site { engine: self.engine, rows: self.rows, names: self.names, starts };
            let remote = Remote::new(site, charge, self.is_watched);
            self.has_failed = matches!(remote, Err(Error::Device(_)));
            let remote = remote.map_err(|error| Failure::new(error.to_string()).after(0))?;
            if let Ok(remote) = &remote {
                remote.device().clone_into(&mut self.device);
            }
            self.whole = Some(remote);
        }
        if let Some(why) = self.whole.as_ref().and_then(|whole| whole.as_ref().ok()?.ended()) {
            self.whole = Some(Err(why.to_owned()));
        }
        Ok(match &mut self.whole {
            Some(Ok(remote)) => Some(remote),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Device;
    use crate::fit::{Fit, FitReport, Loss, Observations, Optimizer, Parameter};
    use crate::program::Program;
    use crate::table::Table;

    #[test]
    fn losses_and_gradients_are_those_of_each_start_alone() {
        // √(a − x) at x = 0, 1, 2: below a = 2 the last row is NaN.
        let program = Program::parse("(* b (sqrt (- a x)))").unwrap();
        let rows = Batch::new(&program, 3).bind("x", &[0.0f64, 1.0, 2.0]).unwrap();
        let rows = rows.bind("a", 1.0).unwrap().bind("b", 1.0).unwrap();
        let engine = Engine::new(Device::Cpu).unwrap();
        let sigma = Some(vec![1.0, 0.5, 2.0]);
        let observations = Observations { sigma, ..Observations::new(vec![1.0, 2.0, 40.0]) };
        let charge = Charge { observations: &observations, loss: Loss::SoftL1, scale: 1.5 };
        let mut lanes = Lanes::new(&engine, &rows, &["a", "b"], Tally::Residuals(charge));
        let mut evaluate = |points: &[f64]| {
            let (mut losses, mut gradients) = (vec![9.0; points.len() / 2], vec![9.0; points.len()]);
            lanes.evaluate(points, &mut losses, &mut gradients).unwrap();
            (losses, gradients)
        };
        let (losses, gradients) = evaluate(&[6.0, 2.0, 1.5, 2.0, 11.0, 0.5]);
        assert!(losses[1].is_nan());
        let (alone, slopes) = evaluate(&[11.0, 0.5]);
        assert_eq!((losses[2], &gradients[4..]), (alone[0], &slopes[..]));
        let loss = |a: f64, b: f64| {
            let values: Vec<f64> = (0..3).map(|x| b * (a - f64::from(x)).sqrt()).collect();
            charge.total(&values)
        };
        assert!((losses[0] - loss(6.0, 2.0)).abs() < 1e-5 * losses[0]);
        let h = 1e-5;
        for (found, expected) in [
            (gradients[0], (loss(6.0 + h, 2.0) - loss(6.0 - h, 2.0)) / (2.0 * h)),
            (gradients[1], (loss(6.0, 2.0 + h) - loss(6.0, 2.0 - h)) / (2.0 * h)),
        ] {
            assert!((found - expected).abs() < 1e-4 * expected.abs(), "{found} for {expected}");
        }
    }

    fn engine() -> Engine {
        Engine::new(Device::Cpu).unwrap()
    }

    /// x on an even grid, and what the model gives there.
    fn table(rows: usize, (low, high): (f64, f64), model: impl Fn(f64) -> f64) -> Table {
        let x = |row: usize| low + (high - low) * row as f64 / (rows - 1) as f64;
        let lines: Vec<String> = (0..rows).map(|row| format!("{},{}", x(row), model(x(row)))).collect();
        Table::from_reader(format!("x,y\n{}\n", lines.join("\n")).as_bytes()).unwrap()
    }

    #[test]
    fn a_published_experiment_ends_at_the_truth() {
        let (program, engine) = (Program::parse("(* a (* x x))").unwrap(), engine());
        let table = table(8, (0.5, 3.0), |x| 0.5 * x * x);
        let fit = || Fit::new(&program).target("y").data(&table).parameter(Parameter::new("a").start(1.0));
        let report = fit().optimizer(Optimizer::Adam).run(&engine).unwrap();
        assert!(report.converged && report.iterations > 10, "{report}");
        assert!((report.parameter("a").unwrap().value - 0.5).abs() < 1e-12, "{report}");
        let slow = fit().optimizer(Optimizer::Adam).learning_rate(0.001).iterations(3).run(&engine).unwrap();
        assert!(slow.reason.contains("Adam made 3 steps, which is all it had"), "{}", slow.reason);
        assert!("simplex".parse::<Optimizer>().unwrap_err().contains("`adam`, `lm`, `lbfgs` and `auto`"));
        let refused = fit().learning_rate(0.1).run(&engine).unwrap_err();
        assert!(matches!(&refused, Error::Usage(message) if message.contains("for the optimizer `adam`")), "{refused}");
        let refused = fit().optimizer(Optimizer::Adam).learning_rate(-1.0).run(&engine).unwrap_err();
        assert!(matches!(&refused, Error::Usage(message) if message.contains("must be positive")), "{refused}");
    }

    #[test]
    fn an_oscillator_s_starts_end_where_levenberg_and_marquardt_s_do() {
        let program = Program::parse("(* A (* (exp (- (* b x))) (cos (* w x))))").unwrap();
        let (engine, noise) = (engine(), |x: f64| 0.01 * (37.0 * x).sin());
        let table = table(40, (0.0, 6.0), |x| 2.0 * (-0.3 * x).exp() * (3.1 * x).cos() + noise(x));
        let run = |optimizer, starts, seed| {
            let fit = Fit::new(&program).target("y").data(&table).optimizer(optimizer).starts(starts).seed(seed);
            let fit = fit.parameter("A in [0.1,5]".parse().unwrap()).parameter("b in [0,2]".parse().unwrap());
            let report = fit.parameter("w in [0.1,10]".parse().unwrap()).iterations(300).run(&engine).unwrap();
            FitReport { seconds: 0.0, ..report }
        };
        let (adam, lm) = (run(Optimizer::Adam, 8, 3), run(Optimizer::LevenbergMarquardt, 16, 3));
        assert!(adam.converged && lm.converged, "{adam}");
        for (ours, theirs) in adam.parameters.iter().zip(&lm.parameters) {
            assert!((ours.value - theirs.value).abs() < 1e-9, "{adam}\n{lm}");
        }
        assert!((adam.parameter("w").unwrap().value - 3.1).abs() < 0.01);
        assert_eq!((adam.starts, adam.device.as_str()), (8, "cpu"));
        assert_eq!(run(Optimizer::Adam, 8, 3), adam);
    }

    #[test]
    fn a_row_that_stops_fails_the_start_and_is_told_where_all_do() {
        let (program, engine) = (Program::parse("(if (< a 0) (car x) (* a x))").unwrap(), engine());
        let table = table(4, (1.0, 4.0), |x| 0.5 * x);
        let fit = |text: &str| {
            let fit = Fit::new(&program).target("y").data(&table).optimizer(Optimizer::Adam).starts(4);
            fit.parameter(text.parse().unwrap()).run(&engine)
        };
        let report = fit("a=-2 in [-2,2]").unwrap();
        assert!(report.converged && report.reason.contains("starts failed"), "{report}");
        assert!((report.parameter("a").unwrap().value - 0.5).abs() < 1e-12);
        let error = fit("a=-2 in [-3,-1]").unwrap_err().to_string();
        assert!(error.contains("none of 4 starts") && error.contains("row 1: wrong-type at 1:"), "{error}");
    }
}
