//! Files and texts a command works on: programs, their constants, tables, interpreters.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use evalgrad::expand::{Constant, Shape};
use evalgrad::graph::FORMAT;
use evalgrad::program::ProgramOptions;
use evalgrad::reader::{self, Datum, DatumKind, Source};
use evalgrad::table::{BlankLines, Table};
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

/// The table in a CSV file. Of one column, says which lines make no row.
pub fn data(path: &Path, console: &Console) -> Result<Table, Failure> {
    let table = Table::from_csv(path).map_err(|error| Failure::table(path, error))?;
    if let Some(BlankLines { count, first }) = table.blank_lines() {
        let skipped = match count {
            1 => format!("the blank line {first} was skipped"),
            _ => format!("{count} blank lines were skipped, the first of them line {first}"),
        };
        console.note(&format!("{}: {skipped}; an empty cell is written `\"\"`", path.display()));
    }
    Ok(table)
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

/// What a command binds besides `--const`: columns of its data, and inputs that are vectors or matrices.
#[derive(Debug, Default)]
pub struct Given {
    pub constants: Vec<(String, Constant)>,
    pub shapes: Vec<(String, Shape)>,
}

/// Reads and expands a program with the constants of the command line and what else is given.
pub fn program(
    text: &Text,
    args: &ProgramArgs,
    given: Given,
    learn_literals: bool,
    console: &Console,
) -> Result<Program, Failure> {
    let mut constants = Vec::new();
    for binding in &args.constants {
        constants.push((binding.name.clone(), constant("--const", binding)?));
    }
    let Given { constants: more, shapes } = given;
    constants.extend(more);
    for (index, (name, _)) in constants.iter().enumerate() {
        if constants[..index].iter().any(|(other, _)| other == name) {
            return Err(Failure::usage(format!("the constant `{name}` is bound twice")));
        }
    }
    let options = ProgramOptions {
        constants,
        shapes,
        temperature: args.temperature,
        learn_literals,
        bootstrap: false,
        name: text.name.as_str().into(),
    };
    // Every vector and matrix must be an input of the program.
    let program = Program::parse_with(&text.text, &options)?.shaped(&options.shapes)?;
    // The text reads, or there would be no program.
    let data = reader::read(&text.text).unwrap_or_default();
    for (name, _) in &options.constants {
        if !data.iter().any(|datum| mentions(datum, name)) {
            console.note(&format!("the program does not mention the constant `{name}`"));
        }
    }
    Ok(program)
}

/// What an option binds: a datum, or in brackets a vector or matrix.
pub fn constant(option: &str, binding: &Binding) -> Result<Constant, Failure> {
    let read = reader::read_one(&binding.text).map_err(|mut all| all.swap_remove(0));
    read.and_then(|datum| Constant::read(&binding.text, datum)).map_err(|first| {
        let place = first.position(&Source::new(option, &binding.text));
        let Binding { name, text } = binding;
        Failure::usage(format!("{option} {name}={text}: {} (character {})", first.message, place.column))
    })
}

/// What `--list`, `--matrix` and `--set` bind before the program is read; without data there are no columns to bind.
pub fn given(args: &InputArgs, table: Option<&Table>) -> Result<Given, Failure> {
    let column = |option: &str, binding: &Binding, name: &str| match table {
        None => {
            let Binding { name: own, text } = binding;
            Err(Failure::usage(format!("{option} {own}={text} wants a column of the data, and there are no data")))
        }
        Some(table) => match table.numbers(name) {
            Ok(Some(column)) => Ok(column.to_vec()),
            _ => Err(no_column(option, name, table)),
        },
    };
    let mut given = Given::default();
    for binding in &args.lists {
        given.constants.push((binding.name.clone(), Constant::list(&column("--list", binding, &binding.text)?)));
    }
    for binding in &args.matrices {
        let columns = binding.columns().map(|name| column("--matrix", binding, name)).collect::<Result<Vec<_>, _>>()?;
        // A table has a row at least, and a text a column.
        let rows = columns.first().map_or(0, Vec::len);
        let elements: Vec<f64> = (0..rows).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
        given.constants.extend(Constant::matrix(columns.len(), &elements).map(|made| (binding.name.clone(), made)));
    }
    given.shapes = shapes(&args.set)?;
    Ok(given)
}

/// The inputs to which `--set` gives numbers in brackets.
pub fn shapes(set: &[Binding]) -> Result<Vec<(String, Shape)>, Failure> {
    let shape = |binding: &Binding| Ok(elements(binding)?.map(|(shape, _)| (binding.name.clone(), shape)));
    set.iter().filter_map(|binding| shape(binding).transpose()).collect()
}

/// What `--set` binds, if it binds no name twice; that of an element of a vector or matrix counts as one of its own.
pub fn once(set: &[Binding]) -> Result<&[Binding], Failure> {
    let mut seen = HashSet::new();
    for binding in set {
        let names = match elements(binding)? {
            Some((shape, _)) => [shape.elements(&binding.name), vec![binding.name.clone()]].concat(),
            None => vec![binding.name.clone()],
        };
        for name in names {
            if let Some(name) = seen.replace(name) {
                return Err(Failure::usage(format!("--set {name}: the name is bound twice")));
            }
        }
    }
    Ok(set)
}

/// The shape and the numbers that `--set` gives in brackets.
pub fn elements(binding: &Binding) -> Result<Option<(Shape, Vec<f64>)>, Failure> {
    if !binding.text.starts_with('[') {
        return Ok(None);
    }
    let (shape, elements) = match constant("--set", binding)? {
        Constant::Vector(elements) => (Shape::Vector(elements.len()), elements),
        Constant::Matrix { columns, elements } => (Shape::Matrix(elements.len() / columns, columns), elements),
        Constant::Datum(_) => return Ok(None),
    };
    Ok(Some((shape, elements.to_vec())))
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
