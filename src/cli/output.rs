//! What goes to the two streams: results on stdout, notes and errors on stderr, in colour where that is a terminal.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

use evalgrad::Status;
use evalgrad::machine::written::shortest;
use evalgrad::reader::{Diagnostic, DiagnosticKind, Source, Span};
use evalgrad::value::Real;
use serde_json::{Value, json};

use super::args::OutputArgs;
use super::failure::Failure;

/// How a command speaks.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    /// One JSON object on stdout.
    pub json: bool,
    /// Nothing on stderr but errors.
    pub quiet: bool,
    /// Say what ran where.
    pub verbose: bool,
    /// Colour on stdout.
    pub colour: bool,
    /// Colour on stderr.
    pub colour_errors: bool,
}

impl Console {
    /// As the options say; colours where a terminal listens and `NO_COLOR` is unset.
    pub fn new(args: OutputArgs) -> Console {
        let colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Console {
            json: args.json,
            quiet: args.quiet,
            verbose: args.verbose,
            colour: colours && io::stdout().is_terminal(),
            colour_errors: colours && io::stderr().is_terminal(),
        }
    }

    /// A fact that a user may have overlooked.
    pub fn note(&self, message: &str) {
        if !self.quiet {
            say(&format!("{} {message}\n", paint(self.colour_errors, "1;36", "note:")));
        }
    }

    /// A fact that may make the result wrong for the user's purpose.
    pub fn warn(&self, message: &str) {
        if !self.quiet {
            say(&format!("{} {message}\n", paint(self.colour_errors, "1;33", "warning:")));
        }
    }

    /// What only `--verbose` asks for.
    pub fn detail(&self, message: &str) {
        if self.verbose {
            say(&format!("{message}\n"));
        }
    }

    /// A lane's error or non-finite value under its source; `whose` says which lane, if there are several.
    pub fn status(&self, status: &Status, whose: &str, source: &Source<'_>) {
        let Some(failure) = status.failure() else { return };
        let (style, what) = if status.has_value() { ("1;33", "") } else { ("1;31", " error") };
        if status.has_value() && self.quiet {
            return;
        }
        let head = paint(self.colour_errors, style, &format!("{}{what}:", failure.kind.name()));
        let under = under(failure.span, source, self.colour_errors);
        say(&format!("{head} {}{whose}\n{under}", failure.message));
    }
}

/// A place of a program: its line with a caret under it.
pub fn under(span: Span, source: &Source<'_>, colour: bool) -> String {
    let shown = Diagnostic::new(DiagnosticKind::Expand, "", span).render_in(source, colour);
    // All but the heading, which whoever asks makes.
    shown.split_once('\n').unwrap_or_default().1.to_owned()
}

/// `text` in a colour, where colours are wanted.
pub fn paint(colour: bool, code: &str, text: &str) -> String {
    if colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

/// Writes to stderr. Where nobody listens there is nobody to tell.
pub fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Writes a command's result to stdout. A reader that has gone away (`| head`) has seen what it wanted.
pub fn print(text: &str) -> Result<(), Failure> {
    stdout(|out| out.write_all(text.as_bytes()))
}

/// Writes one JSON object and a line end to stdout.
pub fn print_json(value: &Value) -> Result<(), Failure> {
    stdout(|out| {
        serde_json::to_writer(&mut *out, value)?;
        out.write_all(b"\n")
    })
}

fn stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::io(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// A Float as JSON holds it: the shortest decimal, or a string where it is not finite.
pub fn number<F: Real>(value: F) -> Value {
    match shortest(value) {
        wide if wide.is_finite() => json!(wide),
        wide if wide.is_nan() => json!("nan"),
        wide if wide > 0.0 => json!("inf"),
        _ => json!("-inf"),
    }
}

/// A Float for people: the shortest decimal.
pub fn decimal<F: Real>(value: F) -> String {
    match number(value) {
        Value::String(text) => text,
        number => number.to_string(),
    }
}

/// A lane's status as JSON: `"ok"`, or kind, message and place.
pub fn status(status: &Status) -> Value {
    match status.failure() {
        None => json!("ok"),
        Some(failure) => json!({
            "kind": failure.kind.name(),
            "message": &*failure.message,
            "line": failure.line,
            "column": failure.column,
        }),
    }
}

/// How a column of a table stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// Rows of equal length under a heading, in columns two blanks apart, indented by two.
pub fn table(heading: &[&str], align: &[Align], rows: &[Vec<String>], colour: bool) -> String {
    let widths: Vec<usize> = (0..heading.len())
        .map(|column| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.chain([heading[column].chars().count()]).max().unwrap_or(0)
        })
        .collect();
    let line = |cells: &[&str]| {
        let mut text = String::new();
        for ((cell, &width), align) in cells.iter().zip(&widths).zip(align) {
            // Writing to a String cannot fail.
            let _ = match align {
                Align::Left => write!(text, "  {cell:<width$}"),
                Align::Right => write!(text, "  {cell:>width$}"),
            };
        }
        text.trim_end().to_owned()
    };
    let mut text = paint(colour, "1", &line(heading)) + "\n";
    for row in rows {
        let cells: Vec<&str> = row.iter().map(String::as_str).collect();
        text += &line(&cells);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shortest_and_always_json() {
        assert_eq!(number(0.1f32).to_string(), "0.1");
        assert_eq!(number(3.0f32).to_string(), "3.0");
        assert_eq!(number(1.0f64 / 3.0).to_string(), "0.3333333333333333");
        assert_eq!(number(f32::NEG_INFINITY), json!("-inf"));
        assert_eq!(number(f64::NAN), json!("nan"));
        assert_eq!(decimal(f32::INFINITY), "inf");
    }

    #[test]
    fn tables_are_aligned() {
        let rows = [vec!["a".to_owned(), "1".to_owned()], vec!["long".to_owned(), "22.5".to_owned()]];
        let text = table(&["name", "v"], &[Align::Left, Align::Right], &rows, false);
        assert_eq!(text, "  name     v\n  a        1\n  long  22.5\n");
    }
}
