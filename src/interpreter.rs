//! The compiled interpreter: the evaluator and the prelude, compiled once, saved as an artifact, linked into an image.

use std::path::Path;

use crate::anf;
use crate::error::Error;
use crate::expand;
use crate::graph::{self, Artifact, ArtifactKind, Graph, Role};
use crate::machine::Image;
use crate::reader::{self, Source};

/// The evaluator's text.
pub const EVALUATOR_SOURCE: &str = include_str!("../bootstrap/interpreter.scm");
/// The library's text, one module: lists, procedures, variadic faces; then vectors and matrices.
pub const PRELUDE_SOURCE: &str = concat!(
    include_str!("../bootstrap/prelude.scm"),
    "\n",
    include_str!("../bootstrap/vectors.scm"),
    "\n",
    include_str!("../bootstrap/linear.scm")
);

/// The evaluator and the library, ready to run programs.
#[derive(Clone, Debug)]
pub struct Interpreter {
    artifact: Artifact,
    image: Image,
}

impl Interpreter {
    /// Compiles the built-in evaluator and library.
    ///
    /// # Errors
    /// The bootstrap files are part of this crate; an error here is a fault of the crate.
    pub fn bootstrap() -> Result<Interpreter, Error> {
        Interpreter::compile(EVALUATOR_SOURCE, PRELUDE_SOURCE)
    }

    /// Compiles an evaluator and a library of one's own; the evaluator defines `(evaluate node environment)`.
    ///
    /// # Errors
    /// What is wrong with either text, or names that neither defines.
    pub fn compile(evaluator: &str, prelude: &str) -> Result<Interpreter, Error> {
        let evaluator = module("bootstrap/interpreter.scm", evaluator, Role::Interpreter)?;
        let prelude = module("bootstrap/prelude.scm", prelude, Role::Library)?;
        Interpreter::from_artifact(Artifact {
            kind: ArtifactKind::Interpreter,
            graphs: vec![("evaluator".to_owned(), evaluator), ("prelude".to_owned(), prelude)],
        })
    }

    /// Links an artifact that holds an interpreter.
    ///
    /// # Errors
    /// It holds a program, or a graph that does not link.
    pub fn from_artifact(artifact: Artifact) -> Result<Interpreter, Error> {
        let image = Image::base(part(&artifact, "evaluator")?, part(&artifact, "prelude")?)?;
        Ok(Interpreter { artifact, image })
    }

    /// Reads an artifact.
    ///
    /// # Errors
    /// A file that cannot be read, is truncated or altered, is of another version or of another op table, or holds a
    /// program: each says which.
    pub fn load(path: impl AsRef<Path>) -> Result<Interpreter, Error> {
        Interpreter::from_artifact(Artifact::load(path.as_ref())?)
    }

    /// Writes the artifact.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        Ok(self.artifact.save(path.as_ref())?)
    }

    /// The graphs it was linked from.
    pub fn artifact(&self) -> &Artifact {
        &self.artifact
    }

    /// Code, constants and the procedures of the library.
    pub fn image(&self) -> &Image {
        &self.image
    }
}

fn part<'a>(artifact: &'a Artifact, name: &'static str) -> Result<&'a Graph, Error> {
    artifact.graph(name).ok_or(Error::NotAnInterpreter)
}

/// A file of the bootstrap as a graph.
fn module(name: &str, text: &str, role: Role) -> Result<Graph, Error> {
    let problems = |diagnostics| Error::program(Source::new(name, text), diagnostics);
    let data = reader::read(text).map_err(problems)?;
    let module = expand::expand_module(&data, &[]).map_err(problems)?;
    let anf = anf::normalise_module(&module)?;
    Ok(graph::build(&anf, role)?)
}
