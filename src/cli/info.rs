//! `info`: what an artifact, a program or a data file holds.

use std::path::Path;
use std::process::ExitCode;

use evalgrad::Program;
use evalgrad::graph::{Artifact, ArtifactKind, fingerprint};
use evalgrad::program::ProgramOptions;
use evalgrad::reader::counted;
use evalgrad::table::{Table, TableError};
use serde_json::{Value, json};

use super::args::InfoArgs;
use super::failure::{DONE, Failure};
use super::output::{Align, Console, decimal, number, paint, print, print_json, table};
use super::source::{self, is_artifact};

/// Tells the three kinds of file apart, by content for artifacts and by name for data, and says what is in it.
pub fn info(args: &InfoArgs, console: &Console) -> Result<ExitCode, Failure> {
    let path = args.file.as_path();
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_lowercase();
    let (json, text) = if extension == "csv" {
        let data = source::data(path, console)?;
        (data_json(&data), data_text(&data, console.colour))
    } else {
        let content = source::utf8(path)?;
        if extension == "ncg" || is_artifact(&content) {
            let artifact = Artifact::from_json_str(&content)
                .map_err(|error| Failure::io(format!("{}: {error}", path.display())))?;
            let bytes = content.len() as u64;
            (artifact_json(&artifact, bytes), artifact_text(&artifact, bytes, console.colour))
        } else {
            let program = program(path, &content)?;
            (program_json(&program), program_text(&program, console.colour))
        }
    };
    if console.json {
        print_json(&json)?
    } else {
        print(&text)?
    }
    Ok(ExitCode::from(DONE))
}

fn program(path: &Path, content: &str) -> Result<Program, Failure> {
    let name = path.display().to_string();
    let options = ProgramOptions { name: name.as_str().into(), ..ProgramOptions::default() };
    Ok(Program::parse_with(content, &options)?)
}

/// `name  value` lines, the names in bold.
fn facts(rows: &[(&str, String)], colour: bool) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    rows.iter()
        .map(|(name, value)| format!("  {}  {value}\n", paint(colour, "1", &format!("{name:<width$}"))))
        .collect()
}

fn kind(artifact: &Artifact) -> &'static str {
    match artifact.kind {
        ArtifactKind::Interpreter => "interpreter",
        ArtifactKind::Program => "program",
    }
}

/// An artifact's facts as JSON.
pub fn artifact_json(artifact: &Artifact, bytes: u64) -> Value {
    let graph = |(name, graph): &(String, evalgrad::graph::Graph)| {
        let inputs: Vec<&str> = graph.inputs.iter().map(|name| &**name).collect();
        json!({"name": name, "bodies": graph.bodies.len(), "nodes": graph.node_count(), "inputs": inputs})
    };
    let all = || artifact.graphs.iter().map(|(_, graph)| graph);
    json!({
        "type": "artifact",
        "kind": kind(artifact),
        "graphs": artifact.graphs.iter().map(graph).collect::<Vec<_>>(),
        "bodies": all().map(|graph| graph.bodies.len()).sum::<usize>(),
        "nodes": all().map(|graph| graph.node_count()).sum::<usize>(),
        "hash": artifact.hash(),
        "ops": fingerprint(),
        "bytes": bytes,
    })
}

/// An artifact's facts for reading.
pub fn artifact_text(artifact: &Artifact, bytes: u64, colour: bool) -> String {
    let mut rows = vec![("artifact", kind(artifact).to_owned())];
    for (name, graph) in &artifact.graphs {
        let inputs = match graph.inputs.as_slice() {
            [] => String::new(),
            inputs => format!(", inputs {}", inputs.join(" ")),
        };
        let bodies = counted(graph.bodies.len(), "body", "bodies");
        let nodes = counted(graph.node_count(), "node", "nodes");
        rows.push(("graph", format!("{name}: {bodies}, {nodes}{inputs}")));
    }
    rows.push(("hash", artifact.hash()));
    rows.push(("ops", fingerprint()));
    rows.push(("size", counted(bytes as usize, "byte", "bytes")));
    facts(&rows, colour)
}

fn program_json(program: &Program) -> Value {
    let free = program.inputs().iter().filter(|input| input.start.is_none());
    let learned = program.inputs().iter().filter_map(|input| Some((input, input.start?)));
    json!({
        "type": "program",
        "inputs": free.map(|input| &*input.name).collect::<Vec<_>>(),
        "parameters": learned
            .map(|(input, start)| json!({"name": &*input.name, "start": number(start)}))
            .collect::<Vec<_>>(),
        "core_nodes": program.core().nodes.len(),
        "bytes": program.text().len(),
    })
}

fn program_text(program: &Program, colour: bool) -> String {
    let list = |names: Vec<String>| if names.is_empty() { "none".to_owned() } else { names.join(" ") };
    let free = program.inputs().iter().filter(|input| input.start.is_none()).map(|input| input.name.to_string());
    let learned = program.inputs().iter().filter_map(|input| Some(format!("{}={}", input.name, decimal(input.start?))));
    let rows = [
        ("program", program.name().to_owned()),
        ("inputs", list(free.collect())),
        ("parameters", list(learned.collect())),
        ("core nodes", program.core().nodes.len().to_string()),
        ("size", counted(program.text().len(), "byte", "bytes")),
    ];
    facts(&rows, colour)
}

/// Least, greatest and mean of a column.
fn range(column: &[f64]) -> [f64; 3] {
    let least = column.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Dividing first: a sum of finite numbers can be infinite, their mean cannot.
    let rows = column.len() as f64;
    [least, greatest, column.iter().map(|value| value / rows).sum()]
}

/// A column without numbers has `null` for each, and `problem`: its first such cell.
fn data_json(data: &Table) -> Value {
    let column = |name: &String| match data.numbers(name) {
        Ok(values) => {
            let [least, greatest, mean] = range(values.unwrap_or_default());
            json!({"name": name, "min": number(least), "max": number(greatest), "mean": number(mean)})
        }
        Err(error) => json!({"name": name, "min": null, "max": null, "mean": null, "problem": problem(&error)}),
    };
    json!({
        "type": "data",
        "rows": data.rows(),
        "columns": data.names().iter().map(column).collect::<Vec<_>>(),
    })
}

fn data_text(data: &Table, colour: bool) -> String {
    let row = |name: &String| match data.numbers(name) {
        Ok(values) => {
            let [least, greatest, mean] = range(values.unwrap_or_default());
            vec![name.clone(), decimal(least), decimal(greatest), decimal(mean as f32)]
        }
        Err(_) => [name, "-", "-", "-"].map(str::to_owned).into(),
    };
    let rows: Vec<Vec<String>> = data.names().iter().map(row).collect();
    let flawed = data.names().iter().filter_map(|name| data.numbers(name).err());
    let problems: String = flawed.map(|error| format!("  not numeric: {}\n", problem(&error))).collect();
    let align = [Align::Left, Align::Right, Align::Right, Align::Right];
    let heading = ["column", "min", "max", "mean"];
    let size = (counted(data.rows(), "row", "rows"), counted(rows.len(), "column", "columns"));
    format!("{}, {}\n{}{problems}", size.0, size.1, table(&heading, &align, &rows, colour))
}

/// The first cell of a column that is no number; the file is the one asked about.
fn problem(error: &TableError) -> String {
    match error {
        TableError::Unusable { cell, .. } => cell.to_string(),
        error => error.to_string(),
    }
}
