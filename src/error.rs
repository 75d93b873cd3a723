//! What can go wrong before or beside a run; what goes wrong inside one is a lane's [`crate::Status`].

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::anf::AnfError;
use crate::graph::{ArtifactError, GraphError};
use crate::machine::{MachineError, Status};
use crate::reader::{Diagnostic, DiagnosticKind, Source, counted};

/// Any error of this crate's API.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The program's text does not read or expand.
    #[error("{0}")]
    Program(Box<ProgramErrors>),
    /// A name that the program does not have.
    #[error("the program has no input named `{name}`; it has {known}")]
    UnknownInput {
        /// The name.
        name: String,
        /// The names that would do.
        known: String,
    },
    /// Inputs without a value, all of them.
    #[error("no value for {}", quoted(.0))]
    MissingInputs(Vec<String>),
    /// A column of another length than the batch.
    #[error("`{name}` has {} for {}", counted(*found, "value", "values"), counted(*lanes, "lane", "lanes"))]
    Length {
        /// The input.
        name: String,
        /// Values given.
        found: usize,
        /// Values needed.
        lanes: usize,
    },
    /// A way to run that this engine cannot take.
    #[error("{0}")]
    Unsupported(String),
    /// A request that makes no sense.
    #[error("{0}")]
    Usage(String),
    /// A file that cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A program of an artifact where an interpreter was wanted.
    #[error("the artifact holds a program, not an interpreter")]
    NotAnInterpreter,
    /// An artifact that cannot be used.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// A stage refused what the one before it made.
    #[error(transparent)]
    Anf(#[from] AnfError),
    /// A stage refused what the one before it made.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A stage refused what the one before it made.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// The device.
    #[error(transparent)]
    Device(#[from] crate::device::DeviceError),
    /// A table that cannot be used.
    #[error(transparent)]
    Table(#[from] crate::table::TableError),
    /// A fit that ended because its device failed, with the last iteration that is known to be finished.
    #[error("the fit was interrupted: {0}")]
    Interrupted(String),
    /// A fit whose program can be evaluated at no start.
    #[error("{message}")]
    Fit {
        /// What went wrong, with the row where one is at fault.
        message: String,
        /// How the lane at fault ended at the first start; never [`Status::Ok`].
        status: Status,
    },
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Everything that is wrong with a program's text, in source order.
#[derive(Clone, Debug, PartialEq)]
pub struct ProgramErrors {
    /// What messages call the text.
    pub name: Arc<str>,
    /// The text.
    pub text: Arc<str>,
    /// All of them.
    pub diagnostics: Vec<Diagnostic>,
}

impl ProgramErrors {
    /// Every message with its line and a caret under the place.
    pub fn render(&self, colour: bool) -> String {
        let source = Source::new(&self.name, &self.text);
        self.diagnostics.iter().map(|diagnostic| diagnostic.render_in(&source, colour)).collect::<Vec<_>>().join("\n")
    }

    /// The kind of the first error.
    pub fn kind(&self) -> DiagnosticKind {
        self.diagnostics.first().map_or(DiagnosticKind::Read, |diagnostic| diagnostic.kind)
    }
}

impl fmt::Display for ProgramErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = Source::new(&self.name, &self.text);
        for (index, diagnostic) in self.diagnostics.iter().enumerate() {
            let place = diagnostic.position(&source);
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{}:{}:{}: {diagnostic}", self.name, place.line, place.column)?;
        }
        Ok(())
    }
}

impl Error {
    /// The errors of a program's text.
    pub(crate) fn program(source: Source<'_>, diagnostics: Vec<Diagnostic>) -> Error {
        Error::Program(Box::new(ProgramErrors { name: source.name().into(), text: source.text().into(), diagnostics }))
    }
}
