//! Generated programs: the engine against the judge, a second implementation that shares no code with it.
//!
//! `EVALGRAD_FUZZ=100000` runs so many programs instead of the usual number, `EVALGRAD_FUZZ_SEED=7` starts at that seed.

mod common;
mod judge;
#[allow(dead_code)] // only a part of it is needed here
#[path = "replay/same.rs"]
mod same;

use std::sync::atomic::{AtomicU64, Ordering};

use common::corpus::{near, same_written};
use common::run::{Setting, Trace};
use common::{Executor, Prepared, ROADS, Road, Run, precisions};
use evalgrad::machine::work::Arenas;
use evalgrad::program::ProgramOptions;
use evalgrad::reader::Source;
use evalgrad::{Budgets, Error, Program, Settings, Tier};
use judge::generate::{Generated, program};
use judge::long::long_program;
use judge::{Failure, Outcome};
use rayon::prelude::*;

/// Programs of a usual run.
const PROGRAMS: u64 = 6_000;
/// Programs of a usual run whose lanes are replayed.
const REPLAYED: u64 = 2_000;
/// Long programs of a usual run.
const LONG: u64 = 16;
/// Programs of a usual run that get kernels of their own, which a software driver takes a tenth of a second to compile.
const SPECIALIZED: u64 = 150;
/// Applications that the judge makes before it gives up on a program.
const APPLICATIONS: u64 = 1_000_000;

/// How far the engine may be from the judge.
struct Tolerance {
    value: f64,
    gradient: f64,
    /// A comparison this near to a tie, relative to its sides, may go either way.
    margin: f64,
}

/// By [`precisions`]. In f32 the programs lose several digits to cancellation.
const TOLERANCES: [Tolerance; 2] =
    [Tolerance { value: 2e-3, gradient: 2e-2, margin: 1e-2 }, Tolerance { value: 1e-9, gradient: 1e-7, margin: 1e-9 }];

#[test]
fn engine_and_judge_agree() {
    let (first, programs) = seeds(PROGRAMS);
    let (values, failures, compared) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let wrong: Vec<String> = (first..first + programs)
        .into_par_iter()
        .filter_map(|seed| {
            let generated = program(seed);
            let inputs: Vec<(&str, f64)> =
                generated.inputs.iter().map(|(name, value)| (name.as_str(), *value)).collect();
            let judged = judge::judge(&generated.text, &inputs, &[], APPLICATIONS);
            let found = compare(&generated, &judged, &compared, &slice(seed));
            if judged.is_ok() { &values } else { &failures }.fetch_add(1, Ordering::Relaxed);
            found.err().map(|what| format!("seed {seed}: {what}\ninputs {inputs:?}\n{}\n", generated.text))
        })
        .collect();
    let (values, failures, compared) = (values.into_inner(), failures.into_inner(), compared.into_inner());
    println!("{programs} programs: {values} values, {failures} failures, {compared} comparisons of runs");
    let shown: Vec<&str> = wrong.iter().map(String::as_str).take(10).collect();
    assert!(wrong.is_empty(), "{} programs:\n\n{}", wrong.len(), shown.join("\n"));
    if programs < 100 {
        return;
    }
    // What is skipped near ties must stay the exception.
    assert!(compared > programs * 3, "only {compared} comparisons");
    assert!(values > programs / 2 && failures > programs / 50, "{values} values, {failures} failures");
}

/// The first seed and how many, unless the environment wants others.
fn seeds(usual: u64) -> (u64, u64) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse().expect("a number"));
    (number("EVALGRAD_FUZZ_SEED").unwrap_or(0), number("EVALGRAD_FUZZ").unwrap_or(usual))
}

/// Many lanes of a generated program, replayed and interpreted: the same bits and statuses. A second call knows the paths.
#[test]
fn replays_of_generated_programs() {
    replays(REPLAYED, Budgets { steps: 20_000, stack: 1_000, heap: 5_000, tape: 20_000 }, program);
}

/// The same of long ones, whose runs are cut many times.
#[test]
fn replays_of_long_programs() {
    replays(LONG, Budgets { steps: 200_000, heap: 50_000, tape: 2_000_000, ..Budgets::default() }, long_program);
}

fn replays(usual: u64, budgets: Budgets, program: impl Fn(u64) -> Generated + Sync) {
    let (first, programs) = seeds(usual);
    let engine = same::engine(Settings { budgets, ..Settings::default() });
    let (replayed, interpreted) = (AtomicU64::new(0), AtomicU64::new(0));
    (first..first + programs).into_par_iter().for_each(|seed| {
        let generated = program(seed);
        let Ok(program) = Program::parse(&generated.text) else { return };
        let names: Vec<&str> = program.inputs().iter().map(|input| &*input.name).collect();
        let precision = same::PRECISIONS[seed as usize % 2];
        let road = same::ROADS[seed as usize / 2 % 2];
        for (turn, lanes) in [2 + seed as usize % 39, 40 + seed as usize % 11 * 23].into_iter().enumerate() {
            let column = |name: &str| {
                let start = generated.inputs.iter().find(|(input, _)| input == name).map_or(0.0, |(_, value)| *value);
                let is_uniform = same::scattered(seed ^ name.len() as u64).is_multiple_of(5);
                let lane = |lane: usize| if is_uniform { turn } else { lane + turn * 31 };
                (0..lanes).map(|index| other_input(seed, name, start, lane(index))).collect()
            };
            let columns: Vec<Vec<f64>> = names.iter().map(|name| column(name)).collect();
            let run = |tier| {
                let batch = same::batch(&program, &columns, precision, road, tier);
                same::call(&engine, &batch, precision, &names).expect("a call without mistakes")
            };
            let ((found, way), (wanted, _)) = (run(Tier::Replay), run(Tier::Interpret));
            let what = format!("seed {seed}, {road}, {precision:?}, call {turn}\n{}", generated.text);
            same::assert_same(&found, &wanted, &columns, &what);
            assert_eq!(found.warnings, wanted.warnings, "{what}");
            if precision == same::Precision::F64 && seed % 3 == 0 {
                let batch = same::batch(&program, &columns, precision, road, Tier::Replay);
                let mut prepared = engine.prepare::<f64>(&batch, &names).expect("a batch without mistakes");
                prepared.memory(seed as usize % 5 * 64, seed as usize % 7 * lanes * 16);
                prepared.gradient();
                same_as_prepared(&prepared, &found, &what);
            }
            interpreted.fetch_add(way.interpreted as u64, Ordering::Relaxed);
            replayed.fetch_add((found.values.len() - way.interpreted) as u64, Ordering::Relaxed);
        }
    });
    let (replayed, interpreted) = (replayed.into_inner(), interpreted.into_inner());
    println!("{programs} programs: {replayed} lanes replayed, {interpreted} interpreted");
    assert!(replayed > 2 * interpreted, "{replayed} lanes replayed, {interpreted} interpreted");
}

/// Lanes of generated programs by kernels of the programs' own: the bits and statuses that the host's interpreter gives.
#[test]
fn kernels_of_generated_programs() {
    let (first, programs) = seeds(SPECIALIZED);
    let budgets = Budgets { steps: 20_000, stack: 1_000, heap: 5_000, tape: 20_000 };
    let settings = Settings { budgets, ..Settings::default() };
    let (host, Some(gpu)) = (same::engine(settings), same::gpu(settings)) else { return };
    let [specialized, interpreted, refused] = [const { AtomicU64::new(0) }; 3];
    (first..first + programs).into_par_iter().for_each(|seed| {
        let generated = program(seed);
        let Ok(program) = Program::parse(&generated.text) else { return };
        let names: Vec<&str> = program.inputs().iter().map(|input| &*input.name).collect();
        let road = same::ROADS[seed as usize % 2];
        let lanes = 3 + seed as usize % 37;
        let column = |name: &&str| {
            let start = generated.inputs.iter().find(|(input, _)| input == name).map_or(0.0, |(_, value)| *value);
            (0..lanes).map(|lane| other_input(seed, name, start, lane)).collect()
        };
        let columns: Vec<Vec<f64>> = names.iter().map(column).collect();
        let run = |engine, tier| {
            let batch = same::batch(&program, &columns, same::Precision::F32, road, tier);
            same::call(engine, &batch, same::Precision::F32, &names)
        };
        let (wanted, _) = run(&host, Tier::Interpret).expect("a call without mistakes");
        let what = format!("seed {seed}, {road}\n{}", generated.text);
        match run(&gpu, Tier::Specialize) {
            Ok((found, way)) => {
                assert_eq!(way.tier, Tier::Specialize, "{what}");
                same::assert_same(&found, &wanted, &columns, &what);
                interpreted.fetch_add(way.interpreted as u64, Ordering::Relaxed);
                specialized.fetch_add((lanes - way.interpreted) as u64, Ordering::Relaxed);
            }
            Err(Error::Unsupported(message)) if message.contains("too large for a kernel of its own") => {
                refused.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => panic!("{error}: {what}"),
        }
    });
    let [specialized, interpreted, refused] = [specialized, interpreted, refused].map(AtomicU64::into_inner);
    println!(
        "{programs} programs: {specialized} lanes by kernels, {interpreted} interpreted; {refused} too large for one"
    );
    assert!(refused * 4 <= programs, "{refused} programs were refused");
    assert!(specialized > 2 * interpreted, "{specialized} lanes by kernels, {interpreted} interpreted");
}

/// A pass in little memory gives the numbers of a call.
fn same_as_prepared(prepared: &evalgrad::engine::Prepared<'_, f64>, found: &same::Answers, what: &str) {
    for (lane, value) in prepared.values().iter().enumerate().filter(|(_, value)| !value.is_nan()) {
        assert_eq!(same::bits(*value), found.values[lane], "{what}: lane {lane}");
        for (wanted, (name, column)) in found.gradients.iter().enumerate() {
            let derivative = prepared.gradient_by(wanted)[lane];
            assert_eq!(same::bits(derivative), column[lane], "{what}: lane {lane}, by {name}");
        }
    }
}

/// What a lane has for an input that starts at a number: that number, one near it, any other, a strange one.
fn other_input(seed: u64, name: &str, start: f64, lane: usize) -> f64 {
    let bits = name.bytes().fold(seed, |bits, byte| same::scattered(bits ^ u64::from(byte)));
    let bits = same::scattered(bits.wrapping_add(lane as u64));
    let any = (bits >> 8 & 1023) as f64 / 256.0 - 2.0;
    match bits % 16 {
        0..4 => start,
        4..8 => start + any / 64.0,
        8 if seed.is_multiple_of(4) => [f64::NAN, f64::INFINITY, -0.0, 1e20][bits as usize >> 8 & 3],
        8..10 => any.round(),
        _ => any,
    }
}

/// Memory and slices that some programs run with; an answer never shows them.
fn slice(seed: u64) -> Setting {
    let size = |limit: u64| (seed / 3 % limit) as usize;
    let arenas = Arenas { stack: size(40), heap: size(97), tape: size(11) };
    Setting {
        arenas: (!seed.is_multiple_of(3)).then_some(arenas),
        fuel: (seed % 3 > 1).then_some(1 + size(29) as u32),
        ..Setting::default()
    }
}

/// What the engine and the judge differ in.
fn compare(
    generated: &Generated,
    judged: &Result<Outcome, Failure>,
    compared: &AtomicU64,
    slice: &Setting,
) -> Result<(), String> {
    let prepared = match Prepared::new(&generated.text, &ProgramOptions::default()) {
        Ok(prepared) => prepared,
        Err(error) => return same_text_error(&error, judged),
    };
    let inputs = prepared.inputs(&generated.inputs).map_err(|missing| format!("no value for {missing:?}"))?;
    let setting = Setting { inputs, ..slice.clone() };
    for (executor, tolerance) in precisions().iter().zip(&TOLERANCES) {
        let runs = ROADS.map(|road| prepared.run(road, executor, &setting));
        same_roads(&runs).map_err(|what| format!("{}: {what}", executor.name))?;
        if let Ok(outcome) = judged
            && outcome.branch_margin.min(outcome.constant_margin) < tolerance.margin
        {
            continue;
        }
        compared.fetch_add(2, Ordering::Relaxed);
        let describe = |what: String| format!("{}: {what}", executor.name);
        same_as_judged(&prepared, &runs[Road::Direct as usize], judged, executor, tolerance, generated)
            .map_err(describe)?;
    }
    Ok(())
}

/// Readings that generated programs do not reach.
#[test]
fn engine_and_judge_read_the_language_alike() {
    let wrong: Vec<String> = READINGS
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .filter_map(|text| {
            let inputs = [("x", 1.5), ("y", -0.25)];
            let generated =
                Generated { text: text.to_owned(), inputs: inputs.map(|(name, x)| (name.to_owned(), x)).to_vec() };
            let judged = judge::judge(text, &inputs, &[], APPLICATIONS);
            let found = compare(&generated, &judged, &AtomicU64::new(0), &Setting::default());
            found.err().map(|what| format!("{text}\n    {what}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} programs:\n{}", wrong.len(), wrong.join("\n"));
}

/// One program a line.
const READINGS: &str = include_str!("common/readings.txt");

fn same_text_error(error: &Error, judged: &Result<Outcome, Failure>) -> Result<(), String> {
    let Error::Program(errors) = error else { return Err(error.to_string()) };
    let place = errors.diagnostics[0].position(&Source::new(&errors.name, &errors.text));
    match judged {
        Err(failure)
            if (failure.kind.as_str(), failure.line, failure.column)
                == (errors.kind().name(), place.line, place.column) =>
        {
            Ok(())
        }
        judged => Err(format!("{error}, judged {judged:?}")),
    }
}

/// Both roads give the same, to the last bit, by the same operations.
fn same_roads([interpreted, direct]: &[Run; 2]) -> Result<(), String> {
    let answer = |run: &Run| run.answer.clone().map_err(|fault| (fault.kind, fault.span));
    if answer(interpreted) != answer(direct) {
        return Err(format!("the roads give {:?} and {:?}", answer(interpreted), answer(direct)));
    }
    let bits = |run: &Run| run.gradient.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    if bits(interpreted) != bits(direct) {
        return Err(format!("the roads give {:?} and {:?}", interpreted.gradient, direct.gradient));
    }
    let trace = |run: &Run| run.trace.clone().expect("a host's run has a trace");
    let (Trace { tape: a, steps: m, .. }, Trace { tape: b, steps: n, .. }) = (trace(interpreted), trace(direct));
    if m != n {
        return Err(format!("the roads take {m} and {n} steps"));
    }
    if a != b {
        return Err("the tapes differ".to_owned());
    }
    Ok(())
}

fn same_as_judged(
    prepared: &Prepared,
    run: &Run,
    judged: &Result<Outcome, Failure>,
    executor: &Executor,
    tolerance: &Tolerance,
    generated: &Generated,
) -> Result<(), String> {
    let outcome = match (&run.answer, judged) {
        (Ok(_), Ok(outcome)) => outcome,
        (Err(fault), Err(failure)) => {
            let place = prepared.position(fault.span);
            let found = (fault.kind.name(), place.line, place.column);
            if found == (failure.kind.as_str(), failure.line, failure.column) {
                return Ok(());
            }
            return Err(format!("{found:?} ({}), judged {failure:?}", fault.message));
        }
        (found, judged) => return Err(format!("{found:?}, judged {judged:?}")),
    };
    let found = &nameless(run.answer.as_deref().unwrap_or_default());
    let is_same = match (run.number, outcome.number) {
        (Some(found), Some(expected)) => about(found, expected, tolerance.value),
        (None, None) => same_written(found, &outcome.value, |a, b| about(a, b, tolerance.value)),
        _ => false,
    };
    if !is_same {
        return Err(format!("{found}, judged {}", outcome.value));
    }
    if outcome.irregular {
        return Ok(());
    }
    for ((name, _), expected) in generated.inputs.iter().zip(&outcome.gradient) {
        // An input whose only occurrence is quoted or shadowed is none to the engine.
        let found = prepared.program.input(name).map_or(0.0, |index| run.gradient[index]);
        if !about(found, *expected, tolerance.gradient) {
            return Err(format!("gradient by {name} is {found} ({}), judged {expected}", executor.name));
        }
    }
    Ok(())
}

/// A written value without the names of procedures, which the judge does not write.
fn nameless(written: &str) -> String {
    let mut pieces = written.split("#<procedure ");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        text.push_str("#<procedure");
        text.push_str(&piece[piece.find('>').unwrap_or(0)..]);
    }
    text
}

/// Near, relative to the larger of the number and 1.
fn about(found: f64, expected: f64, tolerance: f64) -> bool {
    near(found, expected, tolerance) || (found - expected).abs() <= tolerance
}
