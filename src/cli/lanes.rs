//! From the command line to lanes: an engine as the options say, and a batch whose inputs are bound.

use std::time::{Duration, Instant};

use evalgrad::device::{Adapters, Selection};
use evalgrad::engine::{Chosen, Way};
use evalgrad::reader::counted;
use evalgrad::{Batch, Budgets, Device, Engine, Error, Program, Road, Settings, Table, Tier};

use super::args::{BudgetArgs, InputArgs, PrecisionArg, RoadArg, RunArgs, TierArg};
use super::failure::Failure;
use super::output::Console;
use super::source;

/// The device that the options mean. A GPU that was named is looked for here, before anything else is done.
fn device(args: &RunArgs, console: &Console) -> Result<Device, Failure> {
    let device: Device = args.device.parse()?;
    let selection = match &device {
        Device::Auto | Device::Cpu => return Ok(device),
        Device::Gpu => Selection::Best,
        Device::Named(name) => Selection::Named(name.clone()),
    };
    if args.precision == PrecisionArg::F64 {
        return Err(Failure::usage(format!("--precision f64 runs on the host, not on --device {}", args.device)));
    }
    let adapters = Adapters::enumerate();
    if let Some(report) = adapters.choose(&selection).map_err(Error::from)?
        && selection == Selection::Best
        && !report.is_hardware()
    {
        console.warn(&format!("`{}` is no GPU but a software adapter on the host's processor", report.name));
    }
    Ok(device)
}

/// The engine that the options mean.
pub fn engine(args: &RunArgs, console: &Console) -> Result<Engine, Failure> {
    let device = device(args, console)?;
    let interpreter = source::interpreter(args.interpreter.as_ref())?;
    let settings = Settings { budgets: budgets(args.budgets), ..Settings::default() };
    Ok(Engine::with_interpreter(device, interpreter)?.with_settings(settings))
}

/// The default budgets but for those that were given.
pub fn budgets(args: BudgetArgs) -> Budgets {
    let Budgets { steps, stack, heap, tape } = Budgets::default();
    Budgets {
        steps: args.steps.unwrap_or(steps),
        stack: args.stack.unwrap_or(stack),
        heap: args.heap.unwrap_or(heap),
        tape: args.tape.unwrap_or(tape),
    }
}

/// The tier that was asked for.
pub fn tier(args: &RunArgs) -> Tier {
    match args.tier {
        TierArg::Auto => Tier::Auto,
        TierArg::Interpret => Tier::Interpret,
        TierArg::Replay => Tier::Replay,
        TierArg::Specialize => Tier::Specialize,
    }
}

/// The road that was asked for.
pub fn road(args: RoadArg) -> Road {
    match args {
        RoadArg::Interpreted => Road::Interpreted,
        RoadArg::Direct => Road::Direct,
    }
}

/// A lane for each row of the data, or one without data; inputs bound by the columns and by `--set`, which wins. Every
/// input has a value when this returns. A column without numbers is an error where it would bind an input.
pub fn batch(
    program: &Program,
    table: Option<&Table>,
    inputs: &InputArgs,
    run: &RunArgs,
    console: &Console,
) -> Result<Batch, Failure> {
    let mut batch = Batch::new(program, table.map_or(1, Table::rows)).tier(tier(run)).road(road(run.road));
    let set = numbers(inputs)?;
    if let Some(table) = table {
        for name in table.names() {
            let bound = program.inputs().iter().any(|input| *input.name == **name);
            let set = set.iter().any(|(own, _)| own == name);
            if bound
                && !set
                && let Some(column) = table.numbers(name).map_err(Error::from)?
            {
                batch = batch.bind(name, column)?;
            }
        }
        notes(program, table, inputs, &[], console);
    }
    for (name, value) in set {
        batch = batch.bind(&name, value)?;
    }
    match batch.columns() {
        Ok(_) => Ok(batch),
        Err(error) => Err(missing(error, "--set NAME=VALUE or a column of --data")),
    }
}

/// What `--set` binds, each name once; vectors and matrices element by element.
pub fn numbers(inputs: &InputArgs) -> Result<Vec<(String, f64)>, Failure> {
    let mut all: Vec<(String, f64)> = Vec::new();
    for binding in source::once(&inputs.set)? {
        match source::elements(binding)? {
            Some((shape, elements)) => all.extend(shape.elements(&binding.name).into_iter().zip(elements)),
            None => all.push((binding.name.clone(), binding.number().map_err(Failure::usage)?)),
        }
    }
    Ok(all)
}

/// Says which columns `--set` overrides and which ones nothing takes; `used` are those that an option named.
pub fn notes(program: &Program, table: &Table, inputs: &InputArgs, used: &[&str], console: &Console) {
    let has = |name: &str| program.inputs().iter().any(|input| *input.name == *program.elements(name)[0]);
    for binding in inputs.set.iter().filter(|binding| has(&binding.name)) {
        if let Some(columns) = hidden(program, table, &binding.name) {
            console.note(&format!("--set {}={} overrides {columns}", binding.name, binding.text));
        }
    }
    let listed = |name: &str| {
        let lists = inputs.lists.iter().map(|list| list.text.as_str());
        lists.chain(inputs.matrices.iter().flat_map(super::args::Binding::columns)).any(|column| column == name)
    };
    let is_idle = |name: &&str| !has(name) && !listed(name) && !used.contains(name);
    let idle: Vec<&str> = table.names().iter().map(String::as_str).filter(is_idle).collect();
    match idle.len() {
        0 => {}
        1 => console.note(&format!("{} binds no input of the program", the_columns(&idle))),
        _ => console.note(&format!("{} bind no input of the program", the_columns(&idle))),
    }
}

/// The columns that would bind an input, or the elements of a vector or matrix, if nothing else gave it its value.
pub fn hidden(program: &Program, table: &Table, name: &str) -> Option<String> {
    let elements = program.elements(name);
    let binds = |column: &&str| *column == name || elements.iter().any(|element| element == column);
    let columns: Vec<&str> = table.names().iter().map(String::as_str).filter(binds).collect();
    match columns.as_slice() {
        [] => None,
        [one] if *one == name => Some("the column of that name".to_owned()),
        all => Some(the_columns(all)),
    }
}

fn the_columns(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("the {} {}", if names.len() == 1 { "column" } else { "columns" }, quoted.join(", "))
}

/// A missing input's error with the ways to give it a value.
pub fn missing(error: Error, ways: &str) -> Failure {
    match error {
        Error::MissingInputs(_) => Failure::usage(format!("{error} (a value comes from {ways})")),
        error => error.into(),
    }
}

/// Says why a batch ran as it did, with `--verbose`.
pub fn why(console: &Console, way: &Way) {
    console.detail(&format!("why {}: {}", way.tier, way.reason));
}

/// Says how all batches of an engine ran and why, with `--verbose`.
pub fn chosen(console: &Console, engine: &Engine) {
    for Chosen { tier, device, times, reason } in engine.chosen() {
        console.detail(&format!("{} on {device}, tier {tier}: {reason}", counted(times, "batch", "batches")));
    }
}

/// Says what ran where, why and for how long, with `--verbose`; and what makes a replay slow in any case.
pub fn ran(console: &Console, lanes: usize, device: &str, way: &Way, road: Road, begun: Instant) {
    let elapsed: Duration = begun.elapsed();
    let (tier, count) = (way.tier, counted(lanes, "lane", "lanes"));
    console.detail(&format!("{count} on {device}, tier {tier}, road {road}, {:.3} ms", elapsed.as_secs_f64() * 1e3));
    why(console, way);
    if tier == Tier::Replay {
        let (recorded, interpreted) = (way.recorded, way.interpreted);
        console.detail(&format!("{recorded} recorded, {interpreted} interpreted, {} bytes a lane", way.bytes_per_lane));
    }
    if way.without_path > 0 {
        let (alone, are) = (way.without_path, if way.without_path == 1 { "was" } else { "were" });
        console.note(&format!(
            "{alone} of {count} {are} interpreted, which is slower: too few take the same path through the program"
        ));
    }
}
