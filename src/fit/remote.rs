//! Whole runs of Adam on a device: the problem without units, and what its state means to the caller.
//!
//! The device has f32 and pairs of them; [`crate::descent`] says what that means. Where it fails in the middle, the error names the step
//! of the last checkpoint; where lanes leave the paths of the program that are known, the host begins anew and drives.

use crate::descent::{Halt as Ended, Measured, Problem, Start, State};
use crate::device::descent::{Descent, Effort, Sight, Stopped, Why};
use crate::engine::Settled;

use super::adam::{End, Halt, Settings, Whole, size};
use super::multistart::Progress;
use super::residuals::{Charge, Failure};
use super::spec::Parameter;

/// A model on a device, and what was measured.
pub(super) struct Remote<'a> {
    settled: Settled<'a>,
    measured: Measured,
    is_watched: bool,
    /// Of the descent, and the bytes that were read back in it.
    effort: Option<(Effort, u64)>,
    has_strayed: bool,
}

impl<'a> Remote<'a> {
    pub fn new(settled: Settled<'a>, charge: Charge<'_>, is_watched: bool) -> Remote<'a> {
        let observations = charge.observations;
        let measured = Measured::new(&observations.target, observations.sigma.as_deref(), charge.loss, charge.scale);
        Remote { settled, measured, is_watched, effort: None, has_strayed: false }
    }

    /// The device's name.
    pub fn device(&self) -> &str {
        self.settled.executor.name()
    }

    /// Did lanes leave what is known of the program? Then this is of no further use.
    pub fn has_strayed(&self) -> bool {
        self.has_strayed
    }

    /// How the descent ran, in words.
    pub fn way(&self) -> Option<String> {
        let (Effort { submissions, iterations, checkpoints }, bytes) = self.effort?;
        Some(format!(
            "the device did {iterations} iterations of all starts in {submissions} submissions and gave back {bytes} bytes on the way, \
             {checkpoints} checkpoints among them"
        ))
    }

    fn problem(&self, free: &[&Parameter], points: &[f64], settings: &Settings) -> (Problem, State) {
        let start = |(&begin, parameter): (&f64, &&Parameter)| {
            let (lower, upper) = parameter.limits();
            Start { begin, lower, upper, size: size(parameter, begin) }
        };
        let starts: Vec<Start> = points.iter().zip(free.iter().cycle()).map(start).collect();
        let iterations = u32::try_from(settings.iterations).unwrap_or(u32::MAX - 1).min(u32::MAX - 1);
        let problem = Problem::new(self.measured.clone(), (&starts, free.len()), settings.learning_rate, iterations);
        (problem, State::begin(&starts, free.len()))
    }

    /// Lets the starts of a problem run to their ends; `None` where lanes strayed.
    fn run(
        &self,
        problem: &Problem,
        state: &State,
        watch: Option<&mut dyn FnMut(Sight)>,
    ) -> Result<Option<(State, Effort)>, Failure> {
        let Settled { executor, model, inputs } = &self.settled;
        let failure = |reason: String| Failure { reason };
        let mut descent =
            Descent::new(executor, problem, model.as_ref(), inputs).map_err(|error| failure(error.to_string()))?;
        match descent.run(state, watch).map_err(|stopped| *stopped) {
            Ok(ended) => Ok(Some((ended, descent.effort()))),
            Err(Stopped { why: Why::Strayed(_), .. }) => Ok(None),
            Err(Stopped { why, checkpoint }) => {
                let steps = (0..checkpoint.starts()).map(|start| checkpoint.steps(start)).max().unwrap_or(0);
                Err(failure(format!("{why} (the last checkpoint was at step {steps})")))
            }
        }
    }
}

impl Whole for Remote<'_> {
    fn losses(&mut self, free: &[&Parameter], points: &[f64], losses: &mut [f64]) -> Result<bool, Failure> {
        // A run without a step looks at where it begins.
        let settings = Settings { iterations: 0, ..Settings::default() };
        let (problem, state) = self.problem(free, points, &settings);
        let Some((ended, _)) = self.run(&problem, &state, None)? else {
            self.has_strayed = true;
            return Ok(false);
        };
        for (start, loss) in losses.iter_mut().enumerate() {
            *loss = self.measured.loss(ended.best(start));
        }
        Ok(true)
    }

    fn descend(
        &mut self,
        free: &[&Parameter],
        begins: &[f64],
        settings: &Settings,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Option<Vec<End>>, Failure> {
        let (problem, state) = self.problem(free, begins, settings);
        let starts = state.starts();
        let mut watch = |sight: Sight| {
            let loss = self.measured.loss(sight.loss);
            if loss.is_finite() {
                progress(Progress {
                    start: sight.start + 1,
                    starts,
                    iteration: sight.steps as usize,
                    loss,
                    best: loss,
                });
            }
        };
        let read_back = || self.settled.executor.context().bytes_read_back();
        let before = read_back();
        let watch = self.is_watched.then_some(&mut watch as &mut dyn FnMut(Sight));
        let Some((ended, effort)) = self.run(&problem, &state, watch)? else {
            self.has_strayed = true;
            return Ok(None);
        };
        // The state itself comes back when all is over.
        let bytes = read_back() - before - size_of_val(ended.words()) as u64;
        self.effort = Some((effort, bytes));
        let end = |start: usize| {
            let at = |(parameter, of): (usize, &&Parameter)| {
                let (lower, upper) = of.limits();
                // What f32 rounds to may lie an ulp outside.
                ended.best_at(parameter, start).clamp(lower, upper)
            };
            End {
                free: free.iter().enumerate().map(at).collect(),
                loss: self.measured.loss(ended.best(start)),
                steps: ended.steps(start) as usize,
                halt: match ended.halt(start) {
                    Ended::Level => Halt::Level,
                    Ended::Steps => Halt::Steps,
                    Ended::Failed => Halt::Failed,
                    Ended::Going => unreachable!("a run ends when every start has ended"),
                },
            }
        };
        Ok(Some((0..starts).map(end).collect()))
    }
}
