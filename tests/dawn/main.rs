//! Runs of every kernel as devices take it that cannot be told to leave float code alone: the host's bits, and captures of
//! them for another implementation of WebGPU, Dawn, to repeat.
//!
//! `EVALGRAD_CAPTURE=folder cargo test --test dawn` writes the captures; `tests/dawn/run.sh` does that and has Dawn run them.

#[path = "../common/mod.rs"]
mod common;

use std::path::Path;

use common::corpus;
use common::descents::{assert_same, wave};
use common::kernels::{BRANCHES, FREE, LANES, ROUNDS, STEPPED, kernels, lines, odd, plain};
use common::recorded::{Case, WHOLES, bits};
use common::run::interpreter;
use evalgrad::Program;
use evalgrad::descent::{Halt, Loss, Measured, Problem, State, twin};
use evalgrad::device::descent::Descent;
use evalgrad::device::replay::{Job, Setting};
use evalgrad::device::{Capture, Context, ContextOptions, Executor, Selection, probe};
use evalgrad::host;
use evalgrad::host::replay::Limits;
use evalgrad::machine::Budgets;
use evalgrad::machine::work::{Answer, Column, Ended, Segment, Work};

/// One case of the corpus in so many is run, and all of elementary functions.
const CORPUS_STEP: usize = 9;
/// Instructions of the machine in a slice, and operations of a replay: few, so that runs have several slices.
const MACHINE_FUEL: u32 = 1 << 12;
const REPLAY_FUEL: u32 = 1 << 11;
/// Blocks of a specialised kernel in a slice, for the same reason.
const LOOP_FUEL: u32 = 1 << 6;
/// Rows of data of a descent and steps at most, for each number of free parameters; starts, and how many of them are evaluated at a time.
const ROWS: [usize; FREE.len()] = [7, 150, 1500, 33];
const STEPS: [u32; FREE.len()] = [30, 30, 210, 30];
const STARTS: usize = 5;
const TOGETHER: usize = 3;
/// Small enough that a program without an end ends soon.
const BUDGETS: Budgets = Budgets { steps: 20_000, stack: 1_000, heap: 1_000, tape: 10_000 };

/// A context that decorates nothing and notes everything.
fn context() -> Context {
    let options = ContextOptions { decorate: false, capture: true, ..ContextOptions::default() };
    Context::open_with(&Selection::Best, options).expect("these tests need an adapter; ./test.sh installs one")
}

/// What was asked of the context; written down under this name where that is asked for.
fn captured(context: &Context, name: &str) -> Capture {
    let capture = context.captured().expect("the device reads").expect("a capture was under way");
    if let Some(folder) = std::env::var_os("EVALGRAD_CAPTURE") {
        capture.write(Path::new(&folder), name).expect("the capture is written");
    }
    capture
}

/// The start-up probe; it compares with the host itself.
fn probed() -> Capture {
    let context = context();
    let report = probe(&context).expect("the device runs");
    let different: Vec<&str> =
        report.properties.iter().filter(|row| row.required && row.differing > 0).map(|row| row.name).collect();
    assert_eq!(different, [""; 0], "expressions that are not what the host makes of them");
    captured(&context, "probe")
}

/// Programs of the corpus on both roads, on the machine and back.
fn machine() -> Capture {
    let mut image = interpreter().image().clone();
    let (mut segments, mut names) = (Vec::new(), Vec::new());
    let cases = corpus::load().into_iter().enumerate();
    let picked = cases.filter(|(index, case)| index % CORPUS_STEP == 0 || case.name.starts_with("elementary/"));
    for (_, case) in picked {
        let Ok(program) = Program::parse_with(&case.text, &case.options()) else { continue };
        let columns: Option<Vec<Column>> = program
            .inputs()
            .iter()
            .map(|input| {
                let given = case.sets.iter().find(|(name, _)| **name == *input.name).map(|(_, value)| *value);
                given.or(input.start).map(Column::Uniform)
            })
            .collect();
        let Some(columns) = columns else { continue };
        let graph = program.graph().expect("a program of the corpus has a graph");
        let starts = [image.interpreted(program.core()), image.direct(graph)];
        for start in starts {
            segments.push(Segment::new(start.expect("it becomes code"), columns.clone(), 1));
            names.push(case.name.clone());
        }
    }
    assert!(segments.len() > 50, "{} programs", segments.len());
    let work = Work {
        image: &image,
        segments: &segments,
        budgets: BUDGETS,
        arenas: None,
        gradient: true,
        fuel: Some(MACHINE_FUEL),
    };
    let executor = Executor::on(context());
    let found = executor.execute(&work).expect("the device runs");
    let said = |ended: &Ended<f32>| {
        let answer = match ended.answer(0) {
            Ok(Answer::Float(value)) => format!("{:#x}", bits(value)),
            other => format!("{other:?}"),
        };
        (answer, ended.gradients.iter().map(|column| bits(column[0])).collect::<Vec<u32>>())
    };
    for ((found, expected), name) in found.iter().zip(&host::execute::<f32>(&work)).zip(&names) {
        assert_eq!(said(found), said(expected), "{name}");
    }
    captured(executor.context(), "machine")
}

fn setting() -> Setting {
    Setting { gradient: true, limits: Limits::of(&Budgets::default()), fuel: Some(REPLAY_FUEL), rounds: None }
}

impl Case {
    /// Every lane has the host's bits, where it has a Float.
    fn assert_same(&self, values: &[f32], gradients: &[Vec<f32>]) {
        for lane in 0..LANES {
            assert_eq!(bits(values[lane]), bits(self.ended.values[lane]), "{}, lane {lane}", self.text);
            for (input, (found, expected)) in gradients.iter().zip(&self.ended.gradients).enumerate() {
                assert_eq!(bits(found[lane]), bits(expected[lane]), "{}, lane {lane}, input {input}", self.text);
            }
        }
    }
}

/// Lines in one dispatch, programs with branches in another, and those of whole operations in a third.
fn replayed() -> Capture {
    let lines: Vec<Case> = lines().iter().map(|text| Case::of(text, LANES, odd)).collect();
    let branches: Vec<Case> = BRANCHES.iter().map(|text| Case::of(text, LANES, plain)).collect();
    let wholes: Vec<Case> = WHOLES.iter().map(|text| Case::of(text, LANES, plain)).collect();
    let executor = Executor::on(context());
    for cases in [lines, branches, wholes] {
        let jobs: Vec<Job<'_>> = cases.iter().map(Case::job).collect();
        let found = executor.replay(&jobs, &setting()).expect("the device runs");
        for (case, found) in cases.iter().zip(&found) {
            assert!(found.rest.strays.is_empty(), "{}: all paths are known", case.text);
            case.assert_same(&found.values, &found.gradients);
        }
    }
    captured(executor.context(), "replay")
}

/// A kernel for each line, two for each program with branches: unrolled, and with a loop over blocks, and one that steps.
fn specialized() -> Capture {
    let executor = Executor::on(context());
    let run = |case: &Case, rounds: u32| {
        let setting = Setting { rounds: Some(rounds), fuel: Some(LOOP_FUEL), ..setting() };
        let found = executor.specialize(&case.job(), &setting).expect("the device runs");
        let found = found.unwrap_or_else(|| panic!("{} fits a kernel", case.text));
        assert!(found.rest.strays.is_empty(), "{}: all paths are known", case.text);
        case.assert_same(&found.values, &found.gradients);
    };
    lines().iter().for_each(|text| run(&Case::of(text, LANES, odd), ROUNDS[0]));
    for text in BRANCHES {
        let case = Case::of(text, LANES, plain);
        ROUNDS.iter().for_each(|&rounds| run(&case, rounds));
    }
    run(&Case::of(STEPPED, LANES, plain), ROUNDS[0]);
    captured(executor.context(), "specialized")
}

/// Descents under every loss, with every number of slopes that a charge makes at a time, over sums of one level and of two.
fn descended() -> Capture {
    let executor = Executor::on(context());
    let mut halts = Vec::new();
    for loss in Loss::ALL {
        for ((free, rows), steps) in FREE.into_iter().zip(ROWS).zip(STEPS) {
            let (model, target, sigma, starts) = wave(free, rows, STARTS);
            let measured = Measured::new(&target, Some(&sigma), loss, 0.3);
            let problem = Problem::new(measured, (&starts, free), 0.05, steps);
            let state = State::begin(&starts, free);
            let mut expected = state.clone();
            twin::advance(&problem, &mut expected, steps as usize + 1, &mut |point| model.rows(point));
            let resident = model.resident_on(&executor, TOGETHER);
            let descent = Descent::new(&executor, &problem, resident.as_ref(), &model.inputs);
            let found = descent.expect("it has room").run(&state, None).expect("the device runs");
            assert_same(&found, &expected, &format!("{loss:?}, {free} free parameters"));
            halts.extend((0..STARTS).map(|start| found.halt(start)));
        }
    }
    assert!(halts.contains(&Halt::Level) && halts.contains(&Halt::Steps), "{halts:?}");
    captured(executor.context(), "descent")
}

#[test]
fn every_kernel_has_the_hosts_bits_without_decorations() {
    let captures = [probed(), machine(), replayed(), specialized(), descended()];
    let run: Vec<&str> = captures.iter().flat_map(Capture::kernels).collect();
    for kernel in kernels() {
        let [_, barrier] = kernel.texts;
        assert!(run.contains(&barrier.text.as_str()), "no run of tests/dawn/ makes the kernel `{}`", barrier.name);
    }
}
