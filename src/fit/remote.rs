//! Whole runs of Adam on a device: the problem without units, and what its state means to the caller.
//!
//! The device has f32 and pairs of them; [`crate::descent`] says what that means. Where it is lost in the middle, the run goes on from the
//! last checkpoint on a fresh one, a few times; where that is of no use, the error names the last step that is known. Where lanes
//! leave the paths of the program that are known, or the device lacks room or a kernel, the host begins anew and drives.

use crate::batch::Batch;
use crate::descent::{Halt as Ended, Measured, Problem, Start, State};
use crate::device::descent::{Descent, Effort, Sight, Stopped, Why};
use crate::engine::{Engine, Settled, lacks};
use crate::error::Error;

use super::adam::{End, Halt, Settings, Whole, size};
use super::multistart::Progress;
use super::residuals::{Charge, Failure};
use super::spec::Parameter;

/// Fresh devices that one run gets at most.
const FRESH: usize = 3;

/// What is put on a device: the rows of a batch, with inputs that are free, for so many starts.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub engine: &'a Engine,
    pub rows: &'a Batch,
    pub names: &'a [&'a str],
    pub starts: usize,
}

/// A model on a device, and what was measured.
pub(super) struct Remote<'a> {
    site: Site<'a>,
    settled: Settled,
    measured: Measured,
    is_watched: bool,
    /// Of the descent, and the bytes that were read back in it.
    effort: Option<(Effort, u64)>,
    /// The steps from which runs went on after a device was lost.
    resumed: Vec<u32>,
    /// Why this is of no further use.
    ended: Option<String>,
    has_failed: bool,
}

impl<'a> Remote<'a> {
    /// The model on the engine's device, or why that cannot be.
    pub fn new(site: Site<'a>, charge: Charge<'_>, is_watched: bool) -> Result<Result<Remote<'a>, String>, Error> {
        let Site { engine, rows, names, starts } = site;
        let settled = match engine.resident(rows, names, starts)? {
            Ok(settled) => settled,
            Err(why) => return Ok(Err(why)),
        };
        let observations = charge.observations;
        let measured = Measured::new(&observations.target, observations.sigma.as_deref(), charge.loss, charge.scale);
        let (effort, resumed, ended, has_failed) = (None, Vec::new(), None, false);
        Ok(Ok(Remote { site, settled, measured, is_watched, effort, resumed, ended, has_failed }))
    }

    /// The device's name.
    pub fn device(&self) -> &str {
        self.settled.executor.name()
    }

    /// Why this is of no further use, if it is not.
    pub fn ended(&self) -> Option<&str> {
        self.ended.as_deref()
    }

    /// Did a run end because the device failed?
    pub fn has_failed(&self) -> bool {
        self.has_failed
    }

    /// What was done about lost devices, in words.
    pub fn resumed(&self) -> Option<String> {
        let steps: Vec<String> = self.resumed.iter().map(u32::to_string).collect();
        let (last, before) = steps.split_last()?;
        Some(match before {
            [] => format!("the GPU was lost once; the run went on from step {last} on a fresh one"),
            _ => format!(
                "the GPU was lost {} times; the run went on from steps {} and {last} on fresh ones",
                steps.len(),
                before.join(", ")
            ),
        })
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

    /// [`Remote::attempt`], which fails only where the device does.
    fn run(
        &mut self,
        problem: &Problem,
        state: State,
        watch: Option<&mut dyn FnMut(Sight)>,
    ) -> Result<Option<(State, Effort, u64)>, Failure> {
        let ran = self.attempt(problem, state, watch);
        self.has_failed = ran.is_err();
        ran
    }

    /// Lets the starts of a problem run to their ends, with the bytes that were read back; `None` where the host has to drive.
    fn attempt(
        &mut self,
        problem: &Problem,
        mut state: State,
        mut watch: Option<&mut dyn FnMut(Sight)>,
    ) -> Result<Option<(State, Effort, u64)>, Failure> {
        let (mut effort, mut bytes, mut fresh) = (Effort::default(), 0, 0);
        loop {
            let context = self.settled.executor.context();
            let before = context.bytes_read_back();
            // A closure of its own for every device: what is behind it lives on.
            let watch = watch.as_mut().map(|watch| &mut **watch as &mut dyn FnMut(Sight));
            let (went, stopped) = self.stretch(problem, &state, watch);
            bytes += context.bytes_read_back() - before;
            effort.submissions += went.submissions;
            effort.iterations += went.iterations;
            effort.checkpoints += went.checkpoints;
            let Stopped { why, checkpoint } = match stopped {
                Ok(ended) => return Ok(Some((ended, effort, bytes))),
                Err(stopped) => *stopped,
            };
            state = checkpoint;
            let steps = (0..state.starts()).map(|start| state.steps(start)).max().unwrap_or(0);
            let failure = |why: String| Failure::new(why).after(steps as usize);
            match why {
                Why::Strayed(_) => self.ended = Some("lanes left the paths of the program that were known".to_owned()),
                Why::Device(error) if error.is_gone() && fresh < FRESH => {
                    fresh += 1;
                    let Site { engine, rows, names, starts } = self.site;
                    let again = engine.resident_again(&self.settled, rows, names, starts);
                    let again = again.map_err(|error| failure(error.to_string()))?;
                    self.settled = again.map_err(|why| failure(format!("{error}, and on a fresh one {why}")))?;
                    self.resumed.push(steps);
                    continue;
                }
                Why::Device(error) if effort.submissions == 0 && lacks(&error) => self.ended = Some(error.to_string()),
                Why::Device(error) => return Err(failure(error.to_string())),
            }
            return Ok(None);
        }
    }

    /// Goes on from a state on the device that is there, to the end or until something stops it.
    fn stretch(
        &self,
        problem: &Problem,
        state: &State,
        watch: Option<&mut dyn FnMut(Sight)>,
    ) -> (Effort, Result<State, Box<Stopped>>) {
        let Settled { executor, model, inputs } = &self.settled;
        match Descent::new(executor, problem, model.as_ref(), inputs) {
            Ok(mut descent) => {
                let ended = descent.run(state, watch);
                (descent.effort(), ended)
            }
            Err(error) => (Effort::default(), Err(Box::new(Stopped { why: error.into(), checkpoint: state.clone() }))),
        }
    }
}

impl Whole for Remote<'_> {
    fn losses(&mut self, free: &[&Parameter], points: &[f64], losses: &mut [f64]) -> Result<bool, Failure> {
        // A run without a step looks at where it begins.
        let settings = Settings { iterations: 0, ..Settings::default() };
        let (problem, state) = self.problem(free, points, &settings);
        let Some((ended, ..)) = self.run(&problem, state, None)? else { return Ok(false) };
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
        let scale = self.measured.clone();
        let mut watch = |sight: Sight| {
            let loss = scale.loss(sight.loss);
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
        let watch = self.is_watched.then_some(&mut watch as &mut dyn FnMut(Sight));
        let Some((ended, effort, bytes)) = self.run(&problem, state, watch)? else { return Ok(None) };
        // The state itself comes back when all is over.
        self.effort = Some((effort, bytes - size_of_val(ended.words()) as u64));
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
