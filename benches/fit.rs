//! W9: three constants of a damped oscillator from 1,000 points, 64 starts of Adam and 1,000 steps at most.
//!
//! Prints a line for every device that is named after `--` (`cpu` and `gpu` where none is): `W9 <device> first <seconds> s again <seconds> s`,
//! the whole fit with a new engine, recording, kernels and polishing included, the first one and the median of some more, and
//! then how the device ran. For a GPU also `W9 <device> 64 starts that all go on: <ms> ms an iteration, <ms> of it the model; <ms> of
//! processor time`, from ten descents of a hundred evaluations each, before any start can end: on a machine that is not quiet the processor
//! time, over the number of cores, is what the first number would be. `cargo bench --bench fit -- gpu`.

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{OSCILLATOR, median};
use evalgrad::descent::{Loss, Measured, Problem, Start, State};
use evalgrad::device::descent::Descent;
use evalgrad::device::replay::{Job, Setting};
use evalgrad::device::{self, Executor, Selection};
use evalgrad::fit::Optimizer;
use evalgrad::host::replay::{Lanes, Limits};
use evalgrad::host::{Loaded, Paths};
use evalgrad::machine::Budgets;
use evalgrad::machine::work::{Column, Segment, Work};
use evalgrad::{Device, Engine, Fit, FitReport, Interpreter, Program, Table};

const ROWS: usize = 1000;
const STARTS: usize = 64;
const ITERATIONS: usize = 1000;
const REPEATS: usize = 7;

/// The oscillator at A = 2, b = .5, w = 3 over five seconds, with noise of standard deviation .02 or so.
fn table() -> Table {
    let row = |row: usize| {
        let t = 5.0 * row as f64 / (ROWS - 1) as f64;
        // Sums of incommensurable sines: as even as noise, and the same everywhere.
        let noise = 0.02 * ((997.0 * t).sin() + (1409.0 * t + 1.0).sin());
        format!("{t},{}", 2.0 * (-0.5 * t).exp() * (3.0 * t).cos() + noise)
    };
    let lines: Vec<String> = (0..ROWS).map(row).collect();
    Table::from_reader(format!("t,y\n{}\n", lines.join("\n")).as_bytes()).expect("a table")
}

fn fit(device: &Device, table: &Table) -> FitReport {
    let program = Program::parse(OSCILLATOR).expect("a program");
    let engine = Engine::new(device.clone()).expect("an engine");
    engine.device_name().expect("the device opens");
    let fit = Fit::new(&program).target("y").data(table).optimizer(Optimizer::Adam);
    ["A in [0.5,4]", "b in [0.05,2]", "w in [1,6]"]
        .into_iter()
        .fold(fit, |fit, text| fit.parameter(text.parse().expect("a parameter")))
        .starts(STARTS)
        .iterations(ITERATIONS)
        .run(&engine)
        .expect("it fits")
}

/// Seconds of processor time that this process has had, where the system says.
fn processor() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name in brackets; user and system time, in hundredths.
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |field: usize| fields.get(field).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(f64::NAN);
    (ticks(11) + ticks(12)) / 100.0
}

/// Milliseconds of an iteration in which no start has ended, of the model's part of it, and of processor time in an iteration.
fn iteration(executor: &Executor, table: &Table) -> [f64; 3] {
    let program = Program::parse(OSCILLATOR).expect("a program");
    let interpreter = Interpreter::bootstrap().expect("an interpreter");
    let mut image = interpreter.image().clone();
    let start = image.direct(program.graph().expect("a graph")).expect("it schedules");
    let image = Arc::new(image);
    let column = |name: &str| table.column(name).expect("a column").to_vec();
    let columns = program.inputs().iter().map(|input| match &*input.name {
        "t" => Column::F64(column("t").into()),
        _ => Column::Uniform(1.0),
    });
    let mut segment = Segment::new(start, columns.collect(), ROWS);
    let inputs: Vec<usize> = ["A", "b", "w"].into_iter().map(|name| program.input(name).expect("it has it")).collect();
    segment.wanted = (0..segment.columns.len()).map(|input| inputs.contains(&input)).collect();
    let paths: Paths<f32> = Paths::new(image.clone(), start, segment.columns.len());
    let budgets = Budgets::default();
    let segments = [segment.clone()];
    let work = Work { image: &image, segments: &segments, budgets, arenas: None, gradient: true, fuel: None };
    paths.record(&work, &Loaded::new(&image), &segment, &[0]);
    let lowered = paths.lowered();
    let job = Job { program: &lowered, columns: &segment.columns, wanted: &segment.wanted, lanes: Lanes::All(ROWS) };
    let setting = Setting { gradient: true, limits: Limits::of(&budgets), fuel: None, rounds: None };
    let model = executor.resident(&job, &inputs, STARTS, &setting).expect("it runs").expect("a straight line");
    let bounds = [(0.5, 4.0), (0.05, 2.0), (1.0, 6.0)];
    let begin = |index: usize| {
        let (lower, upper) = bounds[index % 3];
        let share = (index * 37 % 101) as f64 / 101.0;
        Start { begin: lower + share * (upper - lower), lower, upper, size: 0.5 * (upper - lower) }
    };
    let starts: Vec<Start> = (0..3 * STARTS).map(begin).collect();
    let measured = Measured::new(&column("y"), None, Loss::Squared, 1.0);
    let problem = Problem::new(measured, (&starts, 3), 0.05, 99);
    let mut descent = Descent::new(executor, &problem, model.as_ref(), &inputs).expect("it has room");
    let mut times = Vec::new();
    let mut spent = f64::NAN;
    for round in 0..10 {
        // The kernels are compiled in the first one.
        spent = if round == 1 { processor() } else { spent };
        descent.begin(&State::begin(&starts, 3)).expect("it runs");
        let begun = Instant::now();
        while descent.going() > 0 {
            descent.advance().expect("it runs");
        }
        times.push(begun.elapsed().as_secs_f64() * 10.0);
    }
    let spent = (processor() - spent) / 9.0 * 10.0;
    let mut alone = Vec::new();
    for _ in 0..10 {
        let mut work = device::Work::new("model");
        (0..20).for_each(|_| model.evaluate(&mut work, model.lanes()));
        let begun = Instant::now();
        executor.context().submit(work, Duration::from_secs(60)).expect("it runs");
        alone.push(begun.elapsed().as_secs_f64() * 50.0);
    }
    [median(times), median(alone), spent]
}

fn main() {
    let named: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let named = if named.is_empty() { vec!["cpu".to_owned(), "gpu".to_owned()] } else { named };
    let table = table();
    for name in named {
        let device: Device = name.parse().expect("a device");
        let first = fit(&device, &table);
        let again = median((0..REPEATS).map(|_| fit(&device, &table).seconds).collect());
        println!("W9 {name} first {:.3} s again {again:.3} s", first.seconds);
        first.notes.iter().for_each(|note| println!("  {note}"));
        let selection = match device {
            Device::Gpu => Some(Selection::Best),
            Device::Named(name) => Some(Selection::Named(name)),
            Device::Auto | Device::Cpu => None,
        };
        if let Some(selection) = selection {
            let executor = Executor::open(&selection).expect("the device opens");
            let [all, model, spent] = iteration(&executor, &table);
            println!(
                "W9 {name} 64 starts that all go on: {all:.3} ms an iteration, {model:.3} of it the model; {spent:.3} ms of \
                 processor time"
            );
        }
        for estimate in first.parameters {
            println!("  {} = {:.9}", estimate.name, estimate.value);
        }
    }
}
