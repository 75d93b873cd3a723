//! Remote: the tiers `replay` and `specialize` on a device, all programs of a call side by side.
//!
//! Lanes run along the known paths, all programs in one dispatch. Where some leave towards unknown sides, a few of those are recorded
//! on the host's cores, every program's beside the others', and the lanes that left run again in the next dispatch. What
//! is not worth recording, and what fails, is interpreted on the device at the end. Deliberately absent: recording on the device. What the
//! host does for a program before takes several times as long as recording it (`benches/recording.rs`; the numbers are with the runs).

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use rayon::prelude::*;

use crate::batch::Tier;
use crate::device::replay::{Job, Replayed, Setting};
use crate::device::{DeviceError, Executor};
use crate::error::Error;
use crate::host::replay::{Lanes, Limits};
use crate::host::{Loaded, Paths, Tally, choose, filled, is_worth_it, more};
use crate::machine::work::{Column, Ended, Segment, Work};
use crate::tape::{Lowered, Produced};

/// Bytes for frames and snapshots of all lanes together, where each would have less else.
const MEMORY: usize = 64 << 20;
/// Most such bytes of a lane.
const MOST_MEMORY: usize = 256 << 10;

/// A segment on its way.
pub(super) struct Course<'a> {
    segment: &'a Segment,
    /// By a kernel of its own?
    is_specialized: bool,
    /// Was its tier named, so that there is no other?
    is_named: bool,
    /// The tier that it came to instead, and why.
    refused: Option<(Tier, String)>,
    /// Lanes that the tier `replay` left because the program is too large.
    too_large: usize,
    paths: Arc<Paths<f32>>,
    /// The image of the paths, once somebody needs it.
    loaded: Arc<OnceLock<Loaded<f32>>>,
    ended: Ended<f32>,
    tally: Tally,
    /// Lanes that run next; `None`: all.
    lanes: Option<Vec<u32>>,
    is_over: bool,
    /// How many lanes are recorded next, and how many ran in the last round.
    recordings: usize,
    lanes_before: usize,
    interpreted: Vec<u32>,
}

impl<'a> Course<'a> {
    pub(super) fn new(
        segment: &'a Segment,
        paths: Arc<Paths<f32>>,
        loaded: Arc<OnceLock<Loaded<f32>>>,
        tier: Tier,
        is_named: bool,
        gradient: bool,
    ) -> Self {
        Course {
            segment,
            is_specialized: tier == Tier::Specialize,
            is_named,
            refused: None,
            too_large: 0,
            paths,
            loaded,
            ended: Ended::empty(segment, gradient),
            tally: Tally::default(),
            lanes: None,
            is_over: segment.lanes == 0,
            recordings: 1,
            lanes_before: segment.lanes,
            interpreted: Vec::new(),
        }
    }

    fn image(&self) -> &Loaded<f32> {
        self.loaded.get_or_init(|| Loaded::new(self.paths.place().0))
    }

    fn record(&mut self, work: &Work<'_>, lanes: &[u32]) {
        let begun = Instant::now();
        let (image, start) = self.paths.place();
        let segment = Segment { start, ..self.segment.clone() };
        let work = Work { image, segments: std::slice::from_ref(&segment), ..*work };
        self.paths.record(&work, self.image(), &segment, lanes);
        self.tally.recorded += lanes.len();
        self.tally.recording += begun.elapsed();
    }

    /// Makes the program's paths known before anything runs on the device: one lane's, and where a kernel is made of them, those of a
    /// sample, because every side that is found later is another kernel.
    fn begin(&mut self, work: &Work<'_>, limits: &Limits) {
        let is_new = self.paths.is_empty();
        if is_new {
            self.record(work, &[0]);
        }
        if is_new && self.is_specialized {
            let begun = Instant::now();
            let (image, start) = self.paths.place();
            let segment = Segment { start, ..self.segment.clone() };
            let work = Work { image, segments: std::slice::from_ref(&segment), ..*work };
            self.tally.recorded += self.paths.explore(&work, &segment, limits, &self.loaded).recorded;
            self.tally.recording += begun.elapsed();
        }
    }

    /// What runs next.
    fn job<'j>(&'j self, program: &'j Lowered<f32>) -> Job<'j> {
        let Segment { columns, wanted, lanes, .. } = self.segment;
        Job {
            program,
            columns,
            wanted,
            lanes: self.lanes.as_ref().map_or(Lanes::All(*lanes), |some| Lanes::Some(some)),
        }
    }

    /// What the lanes of a round came to.
    fn take(&mut self, work: &Work<'_>, replayed: Replayed) {
        let Replayed { values, gradients, mut rest, too_large } = replayed;
        self.too_large += too_large;
        let columns = self.ended.gradients.iter_mut().filter(|column| !column.is_empty());
        match self.lanes.take() {
            None => {
                self.ended.values = values;
                columns.zip(gradients).for_each(|(column, all)| *column = all);
            }
            Some(lanes) => {
                lanes.iter().zip(values).for_each(|(&lane, value)| self.ended.values[lane as usize] = value);
                for (column, some) in columns.zip(gradients) {
                    lanes.iter().zip(some).for_each(|(&lane, derivative)| column[lane as usize] = derivative);
                }
            }
        }
        self.ended.tape = self.ended.tape.max(rest.tape);
        self.tally.bytes_per_lane = self.tally.bytes_per_lane.max(rest.bytes_per_lane);
        self.interpreted.append(&mut rest.leavers);
        let (image, _) = self.paths.place();
        for (lane, value, holes) in rest.others {
            if let Produced::Other(template, _) = value {
                let answer = filled(image, &self.image().shared, &template, &holes);
                self.ended.others.push((lane, answer));
            }
        }
        if rest.strays.is_empty() {
            self.is_over = true;
            return;
        }
        let shown = self.lanes_before - rest.strays.len();
        let mut strays: Vec<u32> = rest.strays.iter().map(|&(lane, ..)| lane).collect();
        if !is_worth_it(self.tally.recorded, shown, self.recordings) {
            self.tally.without_path += strays.len();
            self.interpreted.append(&mut strays);
            self.is_over = true;
            return;
        }
        strays.sort_unstable();
        self.record(work, &choose(&rest.strays, self.recordings));
        self.recordings = more(self.recordings);
        self.lanes_before = strays.len();
        self.lanes = Some(strays);
    }

    /// The lanes that are left, as a segment of their own.
    fn left(&mut self) -> Segment {
        self.interpreted.sort_unstable();
        let some = |column: &Column| match column {
            Column::Uniform(value) => Column::Uniform(*value),
            Column::F32(values) => Column::F32(self.interpreted.iter().map(|&lane| values[lane as usize]).collect()),
            Column::F64(values) => Column::F64(self.interpreted.iter().map(|&lane| values[lane as usize]).collect()),
        };
        let columns = self.segment.columns.iter().map(some).collect();
        Segment { columns, lanes: self.interpreted.len(), ..self.segment.clone() }
    }

    /// What those came to.
    fn put(&mut self, rest: &Ended<f32>) {
        for (index, &lane) in self.interpreted.iter().enumerate() {
            let derivative = |column: &Vec<f32>| column.get(index).copied().unwrap_or(0.0);
            let gradient: Vec<f32> = rest.gradients.iter().map(derivative).collect();
            self.ended.set(lane as usize, rest.answer(index), &gradient);
        }
        self.ended.tape = self.ended.tape.max(rest.tape);
        self.tally.interpreted = self.interpreted.len();
    }

    /// Where no lane could be replayed because the program is too large, its tier was `interpret` all along; one that was named is not
    /// replaced.
    fn check(&mut self) -> Result<(), Error> {
        if self.too_large == 0 || self.interpreted.len() < self.segment.lanes {
            return Ok(());
        }
        let what = "a stretch of it has too many values, or a matrix too many elements";
        if self.is_named {
            return Err(Error::Unsupported(format!(
                "the program is too large for the tier `replay` on a GPU: {what}; the host replays it, and `interpret` takes all"
            )));
        }
        let before = self.refused.take().map_or_else(String::new, |(_, why)| why + "; ");
        self.refused =
            Some((Tier::Interpret, format!("{before}the program is too large for the GPU to replay: {what}")));
        Ok(())
    }

    /// What all lanes came to, how, and which tier it was and why, if not the one that was wanted.
    pub(super) fn end(mut self) -> (Ended<f32>, Tally, Option<(Tier, String)>) {
        self.ended.others.sort_unstable_by_key(|&(lane, _)| lane);
        (self.ended, self.tally, self.refused)
    }
}

/// What a round's jobs came to that have kernels of their own, by course; those that can have none are refused, if their tier was not named.
fn specialized(
    executor: &Executor,
    courses: &mut [&mut Course<'_>],
    programs: &[Arc<Lowered<f32>>],
    setting: &Setting,
) -> Result<Vec<Option<Replayed>>, Error> {
    let mut results = Vec::with_capacity(courses.len());
    for (course, program) in courses.iter_mut().zip(programs) {
        if !course.is_specialized {
            results.push(None);
            continue;
        }
        let refused = match executor.specialize(&course.job(program), setting) {
            Ok(Some(replayed)) => {
                results.push(Some(replayed));
                continue;
            }
            Ok(None) => "too many operations or different stretches of them".to_owned(),
            Err(DeviceError::Kernel { message, .. }) if !course.is_named => message,
            Err(error) => return Err(error.into()),
        };
        if course.is_named {
            return Err(Error::Unsupported(format!(
                "the program is too large for a kernel of its own, which the tier `specialize` makes: {refused}; `replay` takes more"
            )));
        }
        (course.is_specialized, course.refused) =
            (false, Some((Tier::Replay, format!("the program can have no kernel of its own: {refused}"))));
        results.push(None);
    }
    Ok(results)
}

/// What the jobs of a round came to: those with kernels of their own one by one, all others together.
fn rounds(
    executor: &Executor,
    courses: &mut [&mut Course<'_>],
    programs: &[Arc<Lowered<f32>>],
    setting: &Setting,
) -> Result<Vec<Replayed>, Error> {
    let alone = specialized(executor, courses, programs, setting)?;
    let is_together = |(_, alone): &(_, &Option<Replayed>)| alone.is_none();
    let all = courses.iter().zip(programs).zip(&alone).filter(is_together);
    let together: Vec<Job<'_>> = all.map(|((course, program), _)| course.job(program)).collect();
    let replayed = if together.is_empty() { Vec::new() } else { executor.replay(&together, setting)? };
    let mut replayed = replayed.into_iter();
    Ok(alone.into_iter().filter_map(|alone| alone.or_else(|| replayed.next())).collect())
}

/// Bytes for frames and snapshots of each of so many lanes. Where lanes are few, each may have more of what a buffer holds: the fewer cuts, the
/// less runs again.
pub(super) fn memory(limits: &Limits, lanes: usize) -> usize {
    (MEMORY / lanes.max(1)).clamp(limits.memory, MOST_MEMORY)
}

/// Runs every course to its end. `work` is the call's: its budgets and its image count.
pub(super) fn run(executor: &Executor, work: &Work<'_>, courses: &mut [Course<'_>]) -> Result<(), Error> {
    let mut limits = Limits::of(&work.budgets);
    if !work.gradient {
        limits.entries = u64::MAX;
    }
    limits.memory = memory(&limits, courses.iter().map(|course| course.segment.lanes).sum());
    let setting = Setting { gradient: work.gradient, limits, fuel: work.fuel, rounds: None };
    courses.par_iter_mut().filter(|course| !course.is_over).for_each(|course| course.begin(work, &limits));
    loop {
        let mut running: Vec<&mut Course<'_>> = courses.iter_mut().filter(|course| !course.is_over).collect();
        if running.is_empty() {
            break;
        }
        let programs: Vec<Arc<Lowered<f32>>> = running.iter().map(|course| course.paths.lowered()).collect();
        let replayed = rounds(executor, &mut running, &programs, &setting)?;
        running.par_iter_mut().zip(replayed).for_each(|(course, replayed)| course.take(work, replayed));
    }
    courses.iter_mut().try_for_each(Course::check)?;
    let mut left: Vec<&mut Course<'_>> = courses.iter_mut().filter(|course| !course.interpreted.is_empty()).collect();
    if !left.is_empty() {
        let segments: Vec<Segment> = left.iter_mut().map(|course| course.left()).collect();
        let ended = executor.execute(&Work { segments: &segments, ..*work })?;
        left.iter_mut().zip(&ended).for_each(|(course, ended)| course.put(ended));
    }
    Ok(())
}
