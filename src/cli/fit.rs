//! `fit`: a program's constants from measurements, with error bars.

use std::process::ExitCode;

use evalgrad::fit::{Fit, Optimizer, Parameter};
use evalgrad::reader::counted;
use evalgrad::{Device, Engine};
use serde_json::json;

use super::args::{FitArgs, PrecisionArg};
use super::failure::{DONE, FAILED, Failure};
use super::lanes;
use super::output::{Console, paint, print, print_json};
use super::progress::Waiting;
use super::source::{self, Text, no_column};

/// Fits and prints the report. A fit that did not converge is reported all the same, with exit code 1.
pub fn fit(args: &FitArgs, console: &Console) -> Result<ExitCode, Failure> {
    // With -e the program takes no place among the arguments.
    let (file, data) = match (&args.program.expression, &args.file, &args.data) {
        (Some(_), Some(data), None) => (None, Some(data)),
        (_, file, data) => (file.as_deref(), data.as_ref()),
    };
    let text = Text::of(file, &args.program)?;
    if data.is_none() && !args.minimize {
        return Err(Failure::usage("no data: name a CSV file after the program"));
    }
    let table = data.map(|path| source::data(path, console)).transpose()?;
    let mut given = source::given(&args.inputs, table.as_ref())?;
    let shape = |parameter: &Parameter| Some((parameter.name.clone(), parameter.shape?));
    given.shapes.extend(args.params.iter().filter_map(shape));
    let program = source::program(&text, &args.program, given, args.learn_literals, console)?;
    for (option, column) in [("--target", &args.target), ("--sigma", &args.search.sigma)] {
        if let (Some(column), Some(table)) = (column, &table)
            && table.column(column).is_none()
        {
            return Err(no_column(option, column, table));
        }
    }
    let engine = lanes::engine(&args.run, console)?;
    precisions(args, &engine, console)?;
    let mut job = Fit::new(&program)
        .tier(lanes::tier(&args.run))
        .road(lanes::road(args.run.road))
        .optimizer(args.search.optimizer)
        .seed(args.search.seed)
        .loss(args.search.loss)
        .absolute_sigma(args.search.absolute_sigma);
    if args.minimize {
        job = job.minimize();
    }
    if let Some(target) = &args.target {
        job = job.target(target);
    }
    if let Some(table) = &table {
        job = job.data(table);
    }
    for parameter in &args.params {
        job = job.parameter(parameter.clone());
    }
    for (name, value) in lanes::numbers(&args.inputs)? {
        job = job.value(&name, value);
    }
    if let Some(column) = &args.search.sigma {
        job = job.sigma(column);
    }
    if let Some(starts) = args.search.starts {
        job = job.starts(starts as usize);
    }
    if let Some(iterations) = args.search.iterations {
        job = job.iterations(iterations as usize);
    }
    if let Some(rate) = args.search.learning_rate {
        job = job.learning_rate(rate);
    }
    if let Some(table) = &table {
        let used: Vec<&str> = [&args.target, &args.search.sigma].into_iter().flatten().map(String::as_str).collect();
        lanes::notes(&program, table, &args.inputs, &used, console);
        for Parameter { name, .. } in &args.params {
            if let Some(columns) = lanes::hidden(&program, table, name) {
                console.note(&format!("`{name}` is a parameter: nothing takes {columns}"));
            }
        }
        if args.minimize {
            console.note(&match job.lanes() {
                1 if table.rows() > 1 => {
                    "no column binds an input row by row: the loss is the program's value, once".to_owned()
                }
                rows => format!("the loss is the sum of the program's values over {}", counted(rows, "row", "rows")),
            });
        }
    }
    let report = {
        let waiting = Waiting::start(console, "fitting");
        job.run_with(&engine, &mut |progress| {
            let evalgrad::fit::Progress { start, starts, iteration, best, .. } = progress;
            waiting.say(format!("start {start} of {starts}, step {iteration}, least loss {best:.6e}"));
        })
    };
    let report =
        report.map_err(|error| lanes::missing(error, "--param, --set or a column of the data").of(&program))?;
    report.notes.iter().for_each(|note| console.detail(note));
    lanes::chosen(console, &engine);
    if console.json {
        print_json(&json!(report))?;
    } else {
        print(&coloured(&report.to_string(), report.converged, console.colour))?;
    }
    Ok(ExitCode::from(if report.converged { DONE } else { FAILED }))
}

/// Says which precision an optimiser has, where that is not what was asked for.
fn precisions(args: &FitArgs, engine: &Engine, console: &Console) -> Result<(), Failure> {
    let named = !matches!(engine.device(), Device::Auto | Device::Cpu);
    let exact = if args.minimize { "L-BFGS" } else { "Levenberg–Marquardt" };
    match (args.search.optimizer, args.run.precision) {
        (Optimizer::Adam, PrecisionArg::F64) => {
            let message =
                "--precision f64: the steps of `adam` are f32, and what polishes their ends is f64 in any case";
            return Err(Failure::usage(message));
        }
        (Optimizer::Adam, PrecisionArg::F32) if named => console.note(&format!(
            "the device does the steps of Adam; {exact}, which polishes their ends, is f64 on the host"
        )),
        (_, PrecisionArg::F64) => console.detail("fits evaluate in f64 on the host in any case"),
        (Optimizer::Auto | Optimizer::LevenbergMarquardt | Optimizer::Lbfgs, PrecisionArg::F32) if named => {
            console
                .note(&format!("{exact} evaluates in f64, which the host does: the device takes no part in this fit"));
        }
        (_, PrecisionArg::F32) => {}
    }
    Ok(())
}

/// The report with its verdict in green or yellow.
fn coloured(text: &str, converged: bool, colour: bool) -> String {
    let Some((verdict, rest)) = text.split_once(':') else { return text.to_owned() };
    let code = if converged { "1;32" } else { "1;33" };
    format!("{}:{rest}", paint(colour, code, verdict))
}
