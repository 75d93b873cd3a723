//! Replay on a device: lowered programs over lanes, thousands of programs in one dispatch.
//!
//! In: [`Job`]s, each a program and some lanes. Out: for each a [`Replayed`], as the host's replay gives it: numbers, and
//! the lanes that have none. Always: a lane's bits are those of the host on an IEEE device, whatever runs beside it,
//! wherever a slice ends and a run is cut. Deliberately absent: recording, and what becomes of lanes that leave.

mod plan;

use std::collections::BTreeMap;
use std::{iter, thread};

use crate::device::arena::{Dispatch, Slice};
use crate::device::{Binding, Buffer, Context, DeviceError, Exactness, Executor, Kernel, Work};
use crate::host::replay::{Lanes, Limits, Rest};
use crate::machine::work::Column;
use crate::tape::packed::{Bounds, Ended, Packed, pack};
use crate::tape::{Exit, Lowered, Outcome, REFUSED};
use crate::wgsl;
use crate::wgsl::replay::{CHUNK, state};
use plan::{GROUP, Plan, REGISTERS};

/// Operations of an invocation in a first slice.
const FIRST_FUEL: u32 = 1 << 14;
/// What a slice should take, in milliseconds.
const SLICE_MS: u128 = 30;

/// A program and lanes of it.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    pub program: &'a Lowered<f32>,
    /// By input.
    pub columns: &'a [Column],
    /// By input: is its gradient wanted?
    pub wanted: &'a [bool],
    pub lanes: Lanes<'a>,
}

/// What became of a job's lanes, in their order.
#[derive(Debug, Default)]
pub struct Replayed {
    /// NaN for lanes in `rest`.
    pub values: Vec<f32>,
    /// By wanted input.
    pub gradients: Vec<Vec<f32>>,
    pub rest: Rest<f32>,
    /// How many of the lanes to interpret left at a block that is too large.
    pub too_large: usize,
}

/// What all jobs of a call share.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    pub gradient: bool,
    pub limits: Limits,
    /// Operations of an invocation in a slice, or blocks of a specialised kernel; `None`: by the time they take.
    pub fuel: Option<u32>,
    /// How often a specialised kernel unrolls loops whose ends depend on lanes; 0: nothing that parts is unrolled. `None`: as often as lanes
    /// were seen to need.
    pub rounds: Option<u32>,
}

/// Some lanes of a job that share a workgroup.
#[derive(Clone, Copy, Debug)]
struct Group {
    job: usize,
    /// The first lane, of the job.
    first: usize,
    lanes: usize,
}

impl Executor {
    /// Runs every lane of every job.
    ///
    /// # Errors
    /// The device failed; nothing it left behind is used.
    pub fn replay(&self, jobs: &[Job<'_>], setting: &Setting) -> Result<Vec<Replayed>, DeviceError> {
        let bounds = Bounds { registers: REGISTERS, objects: setting.limits.objects };
        let packed: Vec<Packed> = jobs.iter().map(|job| pack(job.program, job.wanted, bounds)).collect();
        let mut replayed: Vec<Replayed> = jobs.iter().map(|job| Replayed::empty(job, setting.gradient)).collect();
        let mut groups: Vec<Group> = Vec::new();
        for (number, job) in jobs.iter().enumerate() {
            let all = job.lanes.len();
            let group = |first: usize| Group { job: number, first, lanes: (all - first).min(GROUP) };
            groups.extend((0..all).step_by(GROUP).map(group));
        }
        // One for each core of a software adapter.
        let cores = || thread::available_parallelism().map_or(1, usize::from);
        let busy = (!self.context.adapter().is_hardware()).then(cores);
        let mut rest = groups.as_slice();
        while !rest.is_empty() {
            let (plan, count) = Plan::of(rest, jobs, &packed, setting, self.context.limits(), busy);
            let (now, later) = rest.split_at(count);
            Batch { executor: self, jobs, packed: &packed, groups: now, plan, setting }.run(&mut replayed)?;
            rest = later;
        }
        Ok(replayed)
    }

    /// The replay's kernel, for programs with whole operations or without, made when it is first wanted.
    fn replay_kernel(&self, wholes: bool) -> Result<&Kernel, DeviceError> {
        let (made, label) = if wholes { (&self.replay_wholes, "replay, wholes") } else { (&self.replay, "replay") };
        if let Some(kernel) = made.get() {
            return Ok(kernel);
        }
        let text = if wholes { wgsl::replay_wholes } else { wgsl::replay };
        let text = text(self.context.exactness() == Exactness::Barrier);
        let bindings = [Binding::ReadOnly, Binding::ReadWrite, Binding::ReadWrite, Binding::Uniform];
        let kernel = self.context.kernel(label, &text, "replay", &bindings)?;
        Ok(made.get_or_init(|| kernel))
    }
}

/// Groups that share a dispatch.
struct Batch<'a> {
    executor: &'a Executor,
    jobs: &'a [Job<'a>],
    packed: &'a [Packed],
    groups: &'a [Group],
    plan: Plan,
    setting: &'a Setting,
}

impl Batch<'_> {
    fn context(&self) -> &Context {
        &self.executor.context
    }

    /// Lanes, those that stand for nobody included.
    fn width(&self) -> usize {
        self.groups.len() * GROUP
    }

    fn has_wholes(&self) -> bool {
        self.groups.iter().any(|group| self.packed[group.job].has_wholes)
    }

    /// Lanes whose rows lie together: memory is `[chunk][row][lane]`.
    fn chunk(&self) -> usize {
        if self.has_wholes() { CHUNK } else { self.width() }
    }

    /// The byte where a row of a chunk starts.
    fn at(&self, chunk: usize, row: usize) -> u64 {
        (4 * self.chunk() * (chunk * self.plan.rows() + row)) as u64
    }

    fn run(&self, replayed: &mut [Replayed]) -> Result<(), DeviceError> {
        let context = self.context();
        let kernel = self.executor.replay_kernel(self.has_wholes())?;
        let program = context.buffer_from("program", &self.program())?;
        let memory = context.buffer("memory", (4 * self.width() * self.plan.rows()) as u64)?;
        let inputs = self.inputs();
        for (chunk, numbers) in inputs.chunks(self.plan.inputs.max(1) * self.chunk()).enumerate() {
            context.write(&memory, self.at(chunk, 0), numbers)?;
        }
        let dispatch = Dispatch::new(context, self.width())?;
        let buffers = [&program, &memory, dispatch.summary()];
        let mut fuel = self.setting.fuel.unwrap_or(FIRST_FUEL);
        let (mut begins, mut without, mut entries) = (1, 0, 0);
        loop {
            let Slice { going, asking, most, elapsed } =
                dispatch.run(context, kernel, &buffers, &self.parameters(&dispatch, fuel, begins), 3)?;
            begins = 0;
            without += asking;
            entries = entries.max(most);
            if going == 0 {
                break;
            }
            if self.setting.fuel.is_none() {
                if elapsed.as_millis() < SLICE_MS / 2 {
                    fuel = fuel.saturating_mul(2).min(1 << 28);
                } else if elapsed.as_millis() > SLICE_MS * 2 {
                    fuel = (fuel / 2).max(1 << 10);
                }
            }
        }
        self.collect(&memory, without > 0, entries as usize, replayed)
    }

    fn parameters(&self, dispatch: &Dispatch, fuel: u32, begins: u32) -> [u32; 20] {
        let Limits { steps, entries, .. } = self.setting.limits;
        let limit = |limit: u64| u32::try_from(limit).unwrap_or(u32::MAX);
        let plan = &self.plan;
        let mut words = [0; 20];
        words[..11].copy_from_slice(&[
            self.groups.len() as u32,
            dispatch.row() / GROUP as u32,
            fuel,
            0,
            0,
            begins,
            limit(steps),
            if self.setting.gradient { limit(entries) } else { u32::MAX },
            u32::from(self.setting.gradient),
            plan.frame as u32,
            plan.snapshots as u32,
        ]);
        words[11..].copy_from_slice(&plan.starts().map(|row| row as u32));
        words
    }

    /// The jobs' programs behind a table of the workgroups.
    fn program(&self) -> Vec<[u32; 4]> {
        let mut code = vec![[0; 4]; self.groups.len()];
        let mut placed: BTreeMap<usize, u32> = BTreeMap::new();
        for (number, group) in self.groups.iter().enumerate() {
            let at = *placed.entry(group.job).or_insert_with(|| {
                let at = code.len() as u32;
                code.extend_from_slice(&self.packed[group.job].code);
                at
            });
            code[number] = [at, group.lanes as u32, 0, 0];
        }
        code
    }

    /// `[chunk][input][lane]`; what stands beyond a group's lanes or a program's inputs means nothing.
    fn inputs(&self) -> Vec<f32> {
        let (width, chunk) = (self.width(), self.chunk());
        let mut inputs = vec![0.0; self.plan.inputs * width];
        for (number, group) in self.groups.iter().enumerate() {
            let job = &self.jobs[group.job];
            for (input, column) in job.columns.iter().enumerate() {
                for lane in 0..group.lanes {
                    let at = number * GROUP + lane;
                    let place = (at / chunk * self.plan.inputs + input) * chunk + at % chunk;
                    inputs[place] = match column {
                        Column::Uniform(value) => *value as f32,
                        _ => column.at::<f32>(job.lanes.at(group.first + lane)),
                    };
                }
            }
        }
        inputs
    }

    /// Brings back what lanes came to.
    fn collect(
        &self,
        memory: &Buffer,
        some_without: bool,
        entries: usize,
        replayed: &mut [Replayed],
    ) -> Result<(), DeviceError> {
        let (width, chunk) = (self.width(), self.chunk());
        let [out, states, ..] = self.plan.starts();
        let mut work = Work::new("read replay");
        let mut read = |first: usize, rows: usize| -> Vec<_> {
            let bytes = (4 * rows * chunk) as u64;
            let part = |number: usize| self.at(number, first)..self.at(number, first) + bytes;
            (0..width / chunk).map(|number| work.read_range(memory, part(number))).collect()
        };
        let numbers = read(out, self.plan.out);
        let is_one_job = self.groups.iter().all(|group| group.job == self.groups[0].job);
        let endings = (some_without || !is_one_job).then(|| read(states + state("ENDED"), 3));
        let result = self.context().submit(work, Dispatch::PATIENCE)?;
        let numbers: Vec<Vec<f32>> = numbers.into_iter().map(|part| result.get(part)).collect();
        let endings: Option<Vec<Vec<u32>>> =
            endings.map(|parts| parts.into_iter().map(|part| result.get(part)).collect());
        // A group's lanes of a row of what was read.
        let of_row = |row: usize, group: usize| {
            let lanes = (group * GROUP..(group + 1) * GROUP).step_by(chunk.min(GROUP));
            lanes.map(move |lane| (lane / chunk, row * chunk + lane % chunk))
        };
        for (number, group) in self.groups.iter().enumerate() {
            let first = group.first;
            let job = &mut replayed[group.job];
            job.rest.bytes_per_lane = job.rest.bytes_per_lane.max(self.plan.bytes_per_lane());
            if is_one_job {
                job.rest.tape = job.rest.tape.max(1 + self.jobs[group.job].columns.len() + entries);
            }
            let columns = iter::once(&mut job.values).chain(&mut job.gradients);
            for (row, column) in columns.enumerate() {
                let pieces = column[first..first + group.lanes].chunks_mut(chunk.min(GROUP));
                for (piece, (part, at)) in pieces.zip(of_row(row, number)) {
                    piece.copy_from_slice(&numbers[part][at..][..piece.len()]);
                }
            }
            let Some(endings) = &endings else { continue };
            for lane in 0..group.lanes {
                let at = number * GROUP + lane;
                let words = [0, 1, 2].map(|row| endings[at / chunk][row * chunk + at % chunk]);
                job.note(&self.jobs[group.job], group.first + lane, words);
                let is_too_large = |block: u32| self.packed[group.job].is_too_large[block as usize];
                job.too_large += usize::from(words[0] == Ended::Left as u32 && is_too_large(words[1]));
            }
        }
        Ok(())
    }
}

impl Replayed {
    /// A result of the job with nothing in it.
    pub(super) fn empty(job: &Job<'_>, gradient: bool) -> Replayed {
        let columns = job.wanted.iter().filter(|&&wanted| gradient && wanted).count();
        Replayed {
            values: vec![f32::NAN; job.lanes.len()],
            gradients: vec![vec![0.0; job.lanes.len()]; columns],
            rest: Rest { tape: 1 + job.columns.len(), ..Rest::default() },
            too_large: 0,
        }
    }

    /// Notes how the `index`-th lane ended, from its words: how, the block, the outcome, or with a value the entries of its tape.
    pub(super) fn note(&mut self, job: &Job<'_>, index: usize, [how, block, outcome]: [u32; 3]) {
        let number = job.lanes.at(index) as u32;
        if how != Ended::Done as u32 {
            self.values[index] = f32::NAN;
            self.gradients.iter_mut().for_each(|column| column[index] = 0.0);
        }
        let rest = &mut self.rest;
        match Ended::ALL.into_iter().find(|&ended| ended as u32 == how) {
            Some(Ended::Done) => rest.tape = rest.tape.max(1 + job.columns.len() + outcome as usize),
            Some(Ended::Stray) => rest.strays.push((number, block, Outcome::from(outcome))),
            Some(Ended::Refused) => rest.strays.push((number, block, REFUSED)),
            Some(Ended::Other) => match &job.program.blocks[block as usize].exit {
                Exit::Done(value) => rest.others.push((number, value.clone(), Vec::new())),
                _ => unreachable!("such lanes ended with a value"),
            },
            Some(Ended::Left | Ended::No) | None => rest.leavers.push(number),
        }
    }
}
