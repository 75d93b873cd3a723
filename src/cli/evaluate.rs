//! `eval` and `grad`: values, gradients and a status for every lane.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use evalgrad::reader::{DatumKind, Source, counted};
use evalgrad::value::Real;
use evalgrad::{Batch, Engine, Gradients, Output, Outputs, Program, Road, Status, Table};
use serde_json::{Map, Value, json};

use super::args::{EvalArgs, GradArgs, PrecisionArg};
use super::binding::names;
use super::failure::{DONE, FAILED, Failure};
use super::lanes;
use super::output::{self, Align, Console, decimal, number, print, print_json, table};
use super::progress::Waiting;
use super::source::{self, Text};

/// Failed lanes whose place in the source is shown; the rest are counted.
const SHOWN: usize = 3;

/// `eval`.
pub fn eval(args: &EvalArgs, console: &Console) -> Result<ExitCode, Failure> {
    let text = Text::of(args.file.as_deref(), &args.program)?;
    let data = args.data.as_deref().map(|path| source::data(path, console)).transpose()?;
    let given = source::given(&args.inputs, data.as_ref())?;
    let program = source::program(&text, &args.program, given, false, console)?;
    let batch = lanes::batch(&program, data.as_ref(), &args.inputs, &args.run, console)?;
    let engine = lanes::engine(&args.run, console)?;
    let begun = Instant::now();
    let out = {
        let _waiting = Waiting::start(console, "evaluating");
        match args.run.precision {
            PrecisionArg::F32 => engine.outputs(&batch)?,
            PrecisionArg::F64 => engine.outputs_f64(&batch)?,
        }
    };
    lanes::ran(console, batch.lanes(), &out.device, &out.way, batch.road_asked(), begun);
    if let Some(path) = &args.out {
        write_csv(path, &out)?;
    }
    if console.json {
        print_json(&json!({
            "values": out.values.iter().map(value_json).collect::<Vec<_>>(),
            "status": out.status.iter().map(output::status).collect::<Vec<_>>(),
            "device": &*out.device,
            "tier": out.tier.to_string(),
            "road": batch.road_asked().to_string(),
        }))?;
    } else {
        match (&args.out, data.is_some()) {
            (Some(path), _) => {
                print(&format!("{} written to {}\n", counted(out.values.len(), "lane", "lanes"), path.display()))?
            }
            (None, false) => print(&one_value(&out))?,
            (None, true) => print(&all_values(&out, console))?,
        }
        failures(&program, &out.status, data.is_some(), console);
    }
    Ok(exit(&out.status))
}

/// `grad`.
pub fn grad(args: &GradArgs, console: &Console) -> Result<ExitCode, Failure> {
    let text = Text::of(args.file.as_deref(), &args.program)?;
    let data = args.data.as_deref().map(|path| source::data(path, console)).transpose()?;
    let given = source::given(&args.inputs, data.as_ref())?;
    let program = source::program(&text, &args.program, given, false, console)?;
    let names = parameters(&program, &args.params)?;
    let batch = lanes::batch(&program, data.as_ref(), &args.inputs, &args.run, console)?;
    let engine = lanes::engine(&args.run, console)?;
    let job = Job { program: &program, batch: &batch, names: &names, data: data.as_ref(), console };
    match args.run.precision {
        PrecisionArg::F32 => job.run(&engine, Engine::value_and_grad),
        PrecisionArg::F64 => job.run(&engine, Engine::value_and_grad_f64),
    }
}

/// The inputs to differentiate by: those asked for, else the program's own parameters.
fn parameters(program: &Program, asked: &[String]) -> Result<Vec<String>, Failure> {
    let names: Vec<String> = match asked {
        [] => {
            let own = program.inputs().iter().filter(|input| input.start.is_some());
            own.map(|input| input.name.to_string()).collect()
        }
        asked => names(asked).flat_map(|name| program.elements(name)).collect(),
    };
    if names.is_empty() {
        return Err(Failure::usage(
            "by what? --params NAME,NAME names inputs of the program, and it has no `param` form",
        ));
    }
    for name in &names {
        program.input(name)?;
    }
    Ok(names)
}

/// One `grad`, in either precision.
struct Job<'a> {
    program: &'a Program,
    batch: &'a Batch,
    names: &'a [String],
    data: Option<&'a Table>,
    console: &'a Console,
}

impl Job<'_> {
    fn run<F: Real>(
        &self,
        engine: &Engine,
        call: impl FnOnce(&Engine, &Batch, &[&str]) -> Result<Gradients<F>, evalgrad::Error>,
    ) -> Result<ExitCode, Failure> {
        let console = self.console;
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let begun = Instant::now();
        let out = {
            let _waiting = Waiting::start(console, "evaluating");
            call(engine, self.batch, &names)?
        };
        let road = self.batch.road_asked();
        lanes::ran(console, self.batch.lanes(), &out.device, &out.way, road, begun);
        if console.json {
            print_json(&gradients_json(&out, road))?;
        } else {
            print(&match self.data {
                None => one_gradient(&out, console),
                Some(_) => all_gradients(&out, console),
            })?;
            for warning in &out.warnings {
                console.warn(&warning.to_string());
            }
            failures(self.program, &out.status, self.data.is_some(), console);
        }
        Ok(exit(&out.status))
    }
}

fn exit(status: &[Status]) -> ExitCode {
    ExitCode::from(if status.iter().all(Status::has_value) { DONE } else { FAILED })
}

fn value_json(value: &Option<Output>) -> Value {
    match value {
        None => Value::Null,
        Some(Output::Number(value)) => number(*value),
        Some(Output::Int(value)) => json!(value),
        Some(Output::Boolean(truth)) => json!(truth),
        Some(Output::Written(text)) => json!(&**text),
    }
}

/// As the language writes it.
fn written(value: &Output) -> String {
    match value {
        Output::Number(value) => DatumKind::Float(*value).to_string(),
        Output::Int(value) => value.to_string(),
        Output::Boolean(truth) => DatumKind::Bool(*truth).to_string(),
        Output::Written(text) => text.to_string(),
    }
}

/// The name of a status in a table.
fn state(status: &Status) -> &'static str {
    status.kind().map_or("ok", evalgrad::ErrorKind::name)
}

fn one_value(out: &Outputs) -> String {
    out.values.iter().flatten().map(|value| written(value) + "\n").collect()
}

fn all_values(out: &Outputs, console: &Console) -> String {
    let row = |(index, (value, status)): (usize, (&Option<Output>, &Status))| {
        let value = value.as_ref().map_or_else(|| "-".to_owned(), written);
        vec![(index + 1).to_string(), value, state(status).to_owned()]
    };
    let rows: Vec<Vec<String>> = out.values.iter().zip(&out.status).enumerate().map(row).collect();
    table(&["row", "value", "status"], &[Align::Right, Align::Right, Align::Left], &rows, console.colour)
}

fn gradients_json<F: Real>(out: &Gradients<F>, road: Road) -> Value {
    // Numbers of a lane without a value are NaN, which must not be told from a computed one.
    let column = |values: &[F]| -> Vec<Value> {
        let lanes = values.iter().zip(&out.status);
        lanes.map(|(&value, status)| if status.has_value() { number(value) } else { Value::Null }).collect()
    };
    let grads: Map<String, Value> =
        out.grads.iter().map(|(name, values)| (name.to_owned(), column(values).into())).collect();
    let warning = |warning: &evalgrad::Warning| json!({"kind": warning.kind.name(), "parameter": &*warning.parameter, "message": warning.to_string()});
    json!({
        "values": column(&out.values),
        "status": out.status.iter().map(output::status).collect::<Vec<_>>(),
        "device": &*out.device,
        "tier": out.tier.to_string(),
        "road": road.to_string(),
        "grads": grads,
        "warnings": out.warnings.iter().map(warning).collect::<Vec<_>>(),
    })
}

fn one_gradient<F: Real>(out: &Gradients<F>, console: &Console) -> String {
    if !out.status.iter().all(Status::has_value) {
        return String::new();
    }
    let cell = |values: &[F]| values.first().map_or_else(String::new, |&value| decimal(value));
    let mut rows = vec![vec!["value".to_owned(), cell(&out.values)]];
    rows.extend(out.grads.iter().map(|(name, values)| vec![format!("d/d{name}"), cell(values)]));
    let text = table(&["", ""], &[Align::Left, Align::Left], &rows, false);
    // The first line would be an empty heading.
    let (_, body) = text.split_once('\n').unwrap_or(("", ""));
    match console.colour {
        true => body.replacen("value", &output::paint(true, "1", "value"), 1),
        false => body.to_owned(),
    }
}

fn all_gradients<F: Real>(out: &Gradients<F>, console: &Console) -> String {
    let mut heading = vec!["row".to_owned(), "value".to_owned()];
    heading.extend(out.grads.iter().map(|(name, _)| format!("d/d{name}")));
    let mut align = vec![Align::Right; heading.len()];
    heading.push("status".to_owned());
    align.push(Align::Left);
    let row = |(lane, status): (usize, &Status)| {
        let cell = |value: F| if status.has_value() { decimal(value) } else { "-".to_owned() };
        let mut cells = vec![(lane + 1).to_string(), cell(out.values[lane])];
        cells.extend(out.grads.iter().map(|(_, values)| cell(values[lane])));
        cells.push(state(status).to_owned());
        cells
    };
    let rows: Vec<Vec<String>> = out.status.iter().enumerate().map(row).collect();
    let heading: Vec<&str> = heading.iter().map(String::as_str).collect();
    table(&heading, &align, &rows, console.colour)
}

/// The first lanes that are not ok, under their source, and how many more there are.
fn failures(program: &Program, status: &[Status], rows: bool, console: &Console) {
    let source = Source::new(program.name(), program.text());
    let wrong: Vec<usize> = (0..status.len()).filter(|&lane| !status[lane].is_ok()).collect();
    for &lane in wrong.iter().take(SHOWN) {
        let whose = if rows { format!(" (row {})", lane + 1) } else { String::new() };
        console.status(&status[lane], &whose, &source);
    }
    if wrong.len() > SHOWN {
        console.note(&format!("{} of {} rows are not ok", wrong.len(), status.len()));
    }
}

/// `value,status,message`, a line a lane; a failed lane's value is empty.
fn write_csv(path: &Path, out: &Outputs) -> Result<(), Failure> {
    let write = || -> Result<(), csv::Error> {
        let mut writer = csv::Writer::from_path(path)?;
        writer.write_record(["value", "status", "message"])?;
        for (value, status) in out.values.iter().zip(&out.status) {
            let value = match value {
                None => String::new(),
                Some(Output::Number(value)) => decimal(*value),
                Some(other) => written(other),
            };
            let message = status.failure().map_or_else(String::new, |failure| {
                format!("{}:{}: {}", failure.line, failure.column, failure.message)
            });
            writer.write_record([value.as_str(), state(status), message.as_str()])?;
        }
        Ok(writer.flush()?)
    };
    write().map_err(|error| Failure::io(format!("cannot write {}: {error}", path.display())))
}
