//! Files and texts a command works on: programs, their constants, tables, interpreters.

use std::path::{Path, PathBuf};

use evalgrad::graph::FORMAT;
use evalgrad::program::ProgramOptions;
use evalgrad::reader::{self, Datum, DatumKind, Source, Span};
use evalgrad::table::Table;
use evalgrad::{Interpreter, Program};

use super::args::{Binding, InputArgs, ProgramArgs};
use super::failure::Failure;
use super::output::Console;

/// A program's text and what messages call it.
#[derive(Debug)]
pub struct Text {
    pub name: String,
    pub text: String,
}

impl Text {
    /// The text of a file, or the one on the command line: one of the two.
    pub fn of(file: Option<&Path>, args: &ProgramArgs) -> Result<Text, Failure> {
        match (file, &args.expression) {
            (None, Some(text)) => Ok(Text { name: "-e".to_owned(), text: text.clone() }),
            (Some(path), None) => {
                let text = utf8(path)?;
                if is_artifact(&text) {
                    return Err(Failure::io(format!(
                        "{} is a compiled artifact; the text of a program is wanted here",
                        path.display()
                    )));
                }
                Ok(Text { name: path.display().to_string(), text })
            }
            (Some(path), Some(_)) => Err(Failure::usage(format!(
                "-e gives the program, so that `{}` is one argument too many",
                path.display()
            ))),
            (None, None) => Err(Failure::usage("no program: name a file, or give its text with -e")),
        }
    }
}

/// Does a file's text open like a compiled artifact?
pub fn is_artifact(text: &str) -> bool {
    let start = text.trim_start().get(..200).unwrap_or(text.trim_start());
    start.starts_with('{') && start.contains(&format!("\"{FORMAT}\""))
}

/// A file's text.
pub fn utf8(path: &Path) -> Result<String, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::io(format!("cannot read {}: {error}", path.display())))?;
    String::from_utf8(bytes).map_err(|error| {
        let byte = error.utf8_error().valid_up_to();
        Failure::io(format!("{} is not UTF-8 text (byte {byte})", path.display()))
    })
}

/// The table in a CSV file.
pub fn data(path: &Path) -> Result<Table, Failure> {
    Table::from_csv(path).map_err(|error| Failure::table(path, error))
}

/// The interpreter of an artifact, or the built-in one.
pub fn interpreter(path: Option<&PathBuf>) -> Result<Interpreter, Failure> {
    match path {
        None => Ok(Interpreter::bootstrap()?),
        Some(path) => Interpreter::load(path).map_err(|error| {
            let Failure::Plain { message, .. } = Failure::from(error) else {
                return Failure::io(format!("{}: not an interpreter", path.display()));
            };
            Failure::io(format!("{}: {message}", path.display()))
        }),
    }
}

/// Reads and expands a program with the constants of the command line and the lists of its data.
pub fn program(
    text: &Text,
    args: &ProgramArgs,
    lists: Vec<(String, Datum)>,
    learn_literals: bool,
    console: &Console,
) -> Result<Program, Failure> {
    let mut constants = Vec::new();
    for binding in &args.constants {
        constants.push((binding.name.clone(), constant(binding)?));
    }
    constants.extend(lists);
    for (index, (name, _)) in constants.iter().enumerate() {
        if constants[..index].iter().any(|(other, _)| other == name) {
            return Err(Failure::usage(format!("the constant `{name}` is bound twice")));
        }
    }
    let options = ProgramOptions {
        constants,
        temperature: args.temperature,
        learn_literals,
        bootstrap: false,
        name: text.name.as_str().into(),
    };
    let program = Program::parse_with(&text.text, &options)?;
    // The text reads, or there would be no program.
    let data = reader::read(&text.text).unwrap_or_default();
    for (name, _) in &options.constants {
        if !data.iter().any(|datum| mentions(datum, name)) {
            console.note(&format!("the program does not mention the constant `{name}`"));
        }
    }
    Ok(program)
}

/// The datum that `--const` binds.
fn constant(binding: &Binding) -> Result<Datum, Failure> {
    reader::read_one(&binding.text).map_err(|diagnostics| {
        let name = format!("--const {}", binding.name);
        let source = Source::new(&name, &binding.text);
        let message = diagnostics.first().map_or_else(String::new, |first| {
            let place = first.position(&source);
            format!("{name}={}: {} (character {})", binding.text, first.message, place.column)
        });
        Failure::usage(message)
    })
}

/// The columns that `--list` binds, each as a datum; without data there are none to bind.
pub fn lists(args: &InputArgs, table: Option<&Table>) -> Result<Vec<(String, Datum)>, Failure> {
    if !args.matrices.is_empty() {
        return Err(Failure::usage("--matrix comes with a later version; --list binds one column as a list"));
    }
    let mut lists = Vec::new();
    for Binding { name, text } in &args.lists {
        let Some(table) = table else {
            return Err(Failure::usage(format!("--list {name}={text} wants a column of --data, and there is no data")));
        };
        let Ok(Some(column)) = table.numbers(text) else { return Err(no_column("--list", text, table)) };
        let float = |&value: &f64| Datum::new(DatumKind::Float(value), Span::default());
        let items = column.iter().map(float).collect();
        lists.push((name.clone(), Datum::new(DatumKind::List(items), Span::default())));
    }
    Ok(lists)
}

/// A column that an option names and the data lack, or hold without numbers.
pub fn no_column(option: &str, column: &str, table: &Table) -> Failure {
    if let Err(error) = table.numbers(column) {
        return Failure::io(error.to_string());
    }
    let names: Vec<String> = table.names().iter().map(|name| format!("`{name}`")).collect();
    Failure::usage(format!("{option}: the data have no column `{column}`; they have {}", names.join(", ")))
}

/// Does a symbol of this name stand in the datum? Data nest no deeper than the reader allows.
fn mentions(datum: &Datum, name: &str) -> bool {
    match &datum.kind {
        DatumKind::Symbol(symbol) => &**symbol == name,
        DatumKind::List(items) => items.iter().any(|item| mentions(item, name)),
        DatumKind::Dotted(items, tail) => items.iter().any(|item| mentions(item, name)) || mentions(tail, name),
        _ => false,
    }
}
