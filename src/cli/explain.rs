//! `explain`: what each stage made of a program, as text or JSON, and its graph as a picture.

use std::fmt::Display;
use std::process::ExitCode;

use evalgrad::graph::{dot, svg};
use evalgrad::machine::work::Answer;
use evalgrad::reader::{self, Datum, DatumKind, Source};
use evalgrad::tape;
use evalgrad::value::Real;
use evalgrad::{Device, Program, Status, Tier, wgsl};
use serde_json::{Value, json};

use super::args::{ExplainArgs, Format, PrecisionArg, Stage};
use super::failure::{DONE, FAILED, Failure};
use super::lanes;
use super::output::{Console, number, print, print_json};
use super::source::{self, Text};

/// A stage's result in the two forms that each has.
struct Explained {
    text: String,
    json: Value,
    code: u8,
}

impl Explained {
    fn new(text: String, json: Value) -> Explained {
        Explained { text, json, code: DONE }
    }
}

/// Runs the stages up to the one asked for and prints its result.
pub fn explain(args: &ExplainArgs, console: &Console) -> Result<ExitCode, Failure> {
    let format = format(args)?;
    let text = Text::of(args.file.as_deref(), &args.program)?;
    let given = source::given(&args.inputs, None)?;
    if args.stage == Stage::Datum {
        return show(args.stage, format, data(&text)?);
    }
    let program = source::program(&text, &args.program, given, false, console)?;
    let explained = match args.stage {
        Stage::Wgsl => {
            let text = kernel(&program, args, console)?;
            let json = Value::String(text.clone());
            Explained::new(text, json)
        }
        Stage::Datum | Stage::Core => Explained::new(format!("{}\n", program.core()), program.core().to_json()),
        Stage::Anf => {
            let anf = program.anf()?;
            Explained::new(anf.to_string(), anf.to_json())
        }
        Stage::Graph => {
            let graph = program.graph()?;
            match format {
                Format::Dot => return drawing(&dot(graph)),
                Format::Svg => return drawing(&svg(graph)),
                Format::Text | Format::Json => {}
            }
            let json = serde_json::to_value(graph).map_err(|error| Failure::io(error.to_string()))?;
            Explained::new(graph.to_string(), json)
        }
        Stage::Machine => machine(&program, args)?,
        Stage::Tape => match args.run.precision {
            PrecisionArg::F32 => recorded::<f32>(&program, args, console)?,
            PrecisionArg::F64 => recorded::<f64>(&program, args, console)?,
        },
    };
    show(args.stage, format, explained)
}

/// The form asked for, if the stage has it.
fn format(args: &ExplainArgs) -> Result<Format, Failure> {
    let format = match (args.format, args.output.json) {
        (None | Some(Format::Json), true) => Format::Json,
        (Some(_), true) => return Err(Failure::usage("--json means --format json: give one of the two")),
        (format, false) => format.unwrap_or(Format::Text),
    };
    if matches!(format, Format::Dot | Format::Svg) && args.stage != Stage::Graph {
        return Err(Failure::usage("--format dot and --format svg draw a graph: they go with --stage graph"));
    }
    Ok(format)
}

fn drawing(text: &str) -> Result<ExitCode, Failure> {
    print(text)?;
    Ok(ExitCode::from(DONE))
}

fn show(stage: Stage, format: Format, explained: Explained) -> Result<ExitCode, Failure> {
    if format == Format::Json {
        let stage = format!("{stage:?}").to_lowercase();
        print_json(&json!({"stage": stage, "content": explained.json}))?;
    } else {
        print(&explained.text)?;
    }
    Ok(ExitCode::from(explained.code))
}

/// The data of the text, before anything is expanded.
fn data(text: &Text) -> Result<Explained, Failure> {
    let data = reader::read(&text.text).map_err(|diagnostics| {
        Failure::Program(Box::new(evalgrad::error::ProgramErrors {
            name: text.name.as_str().into(),
            text: text.text.as_str().into(),
            diagnostics,
        }))
    })?;
    let source = Source::new(&text.name, &text.text);
    let line = |datum: &Datum| {
        let place = source.position(datum.span.start);
        format!("{:>4}:{:<4} {datum}\n", place.line, place.column)
    };
    Ok(Explained::new(data.iter().map(line).collect(), data.iter().map(datum).collect()))
}

/// A datum with its kind and its bytes of the text; the reader bounds the nesting.
fn datum(datum: &Datum) -> Value {
    let all = |items: &[Datum]| items.iter().map(self::datum).collect::<Vec<_>>();
    let (kind, content) = match &datum.kind {
        DatumKind::Bool(truth) => ("bool", json!(truth)),
        DatumKind::Int(value) => ("int", json!(value)),
        DatumKind::Float(value) => ("float", number(*value)),
        DatumKind::Char(c) => ("char", json!(c)),
        DatumKind::String(text) => ("string", json!(&**text)),
        DatumKind::Symbol(name) => ("symbol", json!(&**name)),
        DatumKind::List(items) => ("list", json!(all(items))),
        DatumKind::Dotted(items, tail) => ("dotted", json!([all(items), self::datum(tail)])),
        DatumKind::Unspecified => ("unspecified", Value::Null),
        DatumKind::Procedure(name) => ("procedure", json!(&**name)),
        DatumKind::Array { .. } => ("array", json!(datum.kind.to_string())),
    };
    json!({"kind": kind, "value": content, "span": [datum.span.start, datum.span.end]})
}

/// The program's own code, as the direct road runs it.
fn machine(program: &Program, args: &ExplainArgs) -> Result<Explained, Failure> {
    let interpreter = source::interpreter(args.run.interpreter.as_ref())?;
    let mut image = interpreter.image().clone();
    let first = image.code.len() as u32;
    let entry = image.direct(program.graph()?).map_err(evalgrad::Error::from)?;
    let functions: Vec<Value> = image
        .functions
        .iter()
        .filter(|function| function.entry >= first)
        .map(|function| {
            let instruction = |pc: u32| json!({"pc": pc, "text": image.code[pc as usize].to_string()});
            json!({
                "name": &*function.name,
                "params": function.params,
                "rest": function.rest,
                "captures": function.captures,
                "registers": function.registers,
                "code": (function.entry..function.end).map(instruction).collect::<Vec<_>>(),
            })
        })
        .collect();
    let text = image.disassembly(first).to_string();
    Ok(Explained::new(text, json!({"entry": entry, "functions": functions})))
}

/// The kernel of a tier. Those of all but `specialize` run every program of this version: a program is data to them.
fn kernel(program: &Program, args: &ExplainArgs, console: &Console) -> Result<String, Failure> {
    match lanes::tier(&args.run) {
        Tier::Auto | Tier::Interpret => Ok(wgsl::machine(false)),
        Tier::Replay => Ok(wgsl::replay(false)),
        Tier::Specialize => {
            if args.run.precision == PrecisionArg::F64 {
                return Err(Failure::usage("--precision f64 runs on the host, which has no kernels"));
            }
            let batch = lanes::batch(program, None, &args.inputs, &args.run, console)?;
            Ok(lanes::engine(&args.run, console)?.kernel(&batch)?)
        }
    }
}

/// The tape of one lane, recorded on the host.
fn recorded<F: Real + Display>(program: &Program, args: &ExplainArgs, console: &Console) -> Result<Explained, Failure> {
    let batch = lanes::batch(program, None, &args.inputs, &args.run, console)?;
    let engine = lanes::engine(&args.run, console)?;
    let tier = lanes::tier(&args.run);
    if !matches!(engine.device(), Device::Auto | Device::Cpu) || !matches!(tier, Tier::Auto | Tier::Interpret) {
        return Err(Failure::usage("explain records a tape on the host, by the tier `interpret`"));
    }
    let traced = engine.trace::<F>(&batch, 0)?;
    let names: Vec<_> = program.inputs().iter().map(|input| input.name.clone()).collect();
    let mut text = tape::listing(&traced.tape, &names);
    let (value, status) = match &traced.answer {
        Ok(answer) => {
            text += &match traced.output {
                0 => format!("value  {}\n", answer.written()),
                slot => format!("value  {} (slot {slot})\n", answer.written()),
            };
            let value = match answer {
                Answer::Float(value) => number(*value),
                Answer::Int(value) => json!(value),
                Answer::Bool(truth) => json!(truth),
                Answer::Written(text) => json!(&**text),
            };
            (value, Status::Ok)
        }
        // The same lane again, for the fault's line and column.
        Err(_) => (Value::Null, first_status::<F>(&engine, &batch)?),
    };
    if !console.json {
        console.status(&status, "", &Source::new(program.name(), program.text()));
    }
    let json = json!({
        "inputs": names.iter().map(|name| &**name).collect::<Vec<_>>(),
        "entries": entries(&traced.tape),
        "output": traced.output,
        "value": value,
        "status": super::output::status(&status),
        "steps": traced.steps,
    });
    let code = if status.has_value() { DONE } else { FAILED };
    Ok(Explained { text, json, code })
}

fn first_status<F: Real>(engine: &evalgrad::Engine, batch: &evalgrad::Batch) -> Result<Status, Failure> {
    let wide = std::mem::size_of::<F>() == 8;
    let out = if wide { engine.outputs_f64(batch)? } else { engine.outputs(batch)? };
    Ok(out.status.into_iter().next().unwrap_or_default())
}

/// Slots from 1: operation, operands (a slot, or `{"constant": …}`), value; what a guard saw is an integer.
fn entries<F: Real>(tape: &[tape::Entry<F>]) -> Vec<Value> {
    let entry = |(slot, entry): (usize, &tape::Entry<F>)| {
        let row = entry.op().row();
        let value = F::of_payload(entry.value);
        if entry.code == tape::INPUT {
            return json!({"slot": slot, "op": "input", "operands": [], "value": number(value), "guard": false});
        }
        let operand = |slot: Option<u32>, bits: F::Payload| match slot {
            Some(slot) => json!(slot),
            None => json!({"constant": number(F::of_payload(bits))}),
        };
        let mut operands = vec![operand(entry.slot_a(), entry.a)];
        if row.arity == 2 {
            operands.push(operand(entry.slot_b(), entry.b));
        }
        let value = if entry.is_guard() { json!(F::low(entry.value) as i32) } else { number(value) };
        json!({"slot": slot, "op": row.name, "operands": operands, "value": value, "guard": entry.is_guard()})
    };
    tape.iter().enumerate().skip(1).map(entry).collect()
}
