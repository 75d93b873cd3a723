//! Why a command ends without its output: the exit code, the sentence, and the JSON of both.

use std::process::ExitCode;

use evalgrad::Error;
use evalgrad::error::ProgramErrors;
use evalgrad::reader::Source;
use evalgrad::table::TableError;
use evalgrad::{Program, Status};
use serde_json::{Value, json};

use super::output::{self, paint, under};

/// Done.
pub const DONE: u8 = 0;
/// A program failed, or a fit did not converge.
pub const FAILED: u8 = 1;
/// Wrong usage, a missing input, a file that cannot be used.
pub const USAGE: u8 = 2;
/// A device failed.
pub const DEVICE: u8 = 3;

/// An error before anything ran.
#[derive(Debug)]
pub enum Failure {
    /// The program's text does not read or expand.
    Program(Box<ProgramErrors>),
    /// A program that can be evaluated at no start of a fit: a sentence, how the lane at fault ended, and the program, for
    /// the line to show.
    Run { message: String, status: Status, program: Option<Program> },
    /// Anything else: `usage`, `io`, `device`, `expand` for a program that a stage refuses; a sentence; an exit code.
    Plain { kind: &'static str, message: String, code: u8 },
}

impl Failure {
    /// Wrong usage.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure::Plain { kind: "usage", message: message.into(), code: USAGE }
    }

    /// A file that cannot be read, written or used.
    pub fn io(message: impl Into<String>) -> Failure {
        Failure::Plain { kind: "io", message: message.into(), code: USAGE }
    }

    /// A stage that cannot go on with this program.
    fn program(message: String) -> Failure {
        Failure::Plain { kind: "expand", message, code: FAILED }
    }

    /// A table that cannot be used, with the file it came from.
    pub fn table(path: &std::path::Path, error: TableError) -> Failure {
        match error {
            // Both name the file themselves.
            TableError::Open { .. } | TableError::Unusable { .. } => Failure::io(error.to_string()),
            _ => Failure::io(format!("{}: {error}", path.display())),
        }
    }

    /// With the program in whose text a run failed.
    pub fn of(self, of: &Program) -> Failure {
        match self {
            Failure::Run { message, status, .. } => Failure::Run { message, status, program: Some(of.clone()) },
            failure => failure,
        }
    }

    /// The exit code.
    pub fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Failure::Program(_) | Failure::Run { .. } => FAILED,
            Failure::Plain { code, .. } => *code,
        })
    }

    /// The error for people, one or several lines.
    pub fn render(&self, colour: bool) -> String {
        match self {
            Failure::Program(errors) => errors.render(colour),
            Failure::Run { message, status, program } => {
                let place = status.failure().zip(program.as_ref()).map(|(failure, program)| {
                    under(failure.span, &Source::new(program.name(), program.text()), colour)
                });
                format!("{} {message}\n{}", paint(colour, "1;31", "error:"), place.unwrap_or_default())
            }
            Failure::Plain { message, .. } => format!("{} {message}\n", paint(colour, "1;31", "error:")),
        }
    }

    /// `{"error": the first, "errors": all}`.
    pub fn to_json(&self) -> Value {
        let all = match self {
            Failure::Program(errors) => program_json(errors),
            Failure::Run { message, status, .. } => {
                let mut error = output::status(status);
                error["message"] = message.as_str().into();
                vec![error]
            }
            Failure::Plain { kind, message, .. } => {
                vec![json!({"kind": kind, "message": message, "line": null, "column": null})]
            }
        };
        json!({"error": all.first(), "errors": all})
    }
}

fn program_json(errors: &ProgramErrors) -> Vec<Value> {
    let source = Source::new(&errors.name, &errors.text);
    let one = |diagnostic: &evalgrad::reader::Diagnostic| {
        let place = diagnostic.position(&source);
        let mut error = json!({
            "kind": diagnostic.kind.name(),
            "message": diagnostic.message,
            "line": place.line,
            "column": place.column,
        });
        if let Some(help) = &diagnostic.help {
            error["help"] = help.as_str().into();
        }
        error
    };
    errors.diagnostics.iter().map(one).collect()
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        match error {
            Error::Program(errors) => Failure::Program(errors),
            Error::Device(_) | Error::Interrupted(_) => {
                Failure::Plain { kind: "device", message: error.to_string(), code: DEVICE }
            }
            Error::Io { .. } | Error::Artifact(_) | Error::NotAnInterpreter | Error::Table(_) => {
                Failure::io(error.to_string())
            }
            Error::Anf(_) | Error::Graph(_) | Error::Machine(_) => Failure::program(error.to_string()),
            Error::Fit { message, status } => Failure::Run { message, status, program: None },
            error => Failure::usage(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalgrad::device::DeviceError;

    #[test]
    fn a_program_s_errors_are_all_told() {
        let failure = Failure::from(Program::parse("(if)\n(f 1 12abc").expect_err("errors"));
        let json = failure.to_json();
        let errors = json["errors"].as_array().expect("a list");
        assert!(errors.len() >= 2, "{json}");
        assert_eq!(json["error"], errors[0]);
        assert_eq!(errors[0]["kind"], "read");
        assert_eq!(errors[1]["line"], 2);
        assert_eq!(errors[1]["column"], 6);
        assert!(failure.render(false).contains("program:2:6"));
    }

    #[test]
    fn kinds_follow_the_library_s_errors() {
        let cases: [(Error, &str); 5] = [
            (Error::Device(DeviceError::NoHardware), "device"),
            (Error::Interrupted("no".into()), "device"),
            (Error::MissingInputs(vec!["a".into(), "b".into()]), "usage"),
            (Error::NotAnInterpreter, "io"),
            (Error::Unsupported("no".into()), "usage"),
        ];
        for (error, kind) in cases {
            let json = Failure::from(error).to_json();
            assert_eq!(json["error"]["kind"], kind);
            assert_eq!(json["error"]["line"], Value::Null);
        }
    }
}
