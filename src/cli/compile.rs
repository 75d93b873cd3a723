//! `compile`: the built-in interpreter, or a program, as a portable artifact.

use std::process::ExitCode;

use evalgrad::Interpreter;
use evalgrad::graph::{Artifact, ArtifactKind};
use serde_json::json;

use super::args::CompileArgs;
use super::failure::{DONE, Failure};
use super::info::{artifact_json, artifact_text};
use super::output::{Console, print, print_json};
use super::source::{self, Text};

/// Compiles and writes the file.
pub fn compile(args: &CompileArgs, console: &Console) -> Result<ExitCode, Failure> {
    let artifact = if args.file.is_none() && args.program.expression.is_none() {
        Interpreter::bootstrap()?.artifact().clone()
    } else {
        let text = Text::of(args.file.as_deref(), &args.program)?;
        let program = source::program(&text, &args.program, source::Given::default(), false, console)?;
        let graphs = vec![("program".to_owned(), program.graph()?.clone())];
        Artifact { kind: ArtifactKind::Program, graphs }
    };
    artifact.save(&args.out).map_err(|error| Failure::io(format!("{}: {error}", args.out.display())))?;
    let bytes = std::fs::metadata(&args.out).map_or(0, |file| file.len());
    if console.json {
        let mut object = json!({"file": args.out.display().to_string()});
        if let (Some(object), Some(facts)) = (object.as_object_mut(), artifact_json(&artifact, bytes).as_object()) {
            object.extend(facts.clone());
        }
        print_json(&object)?;
    } else if !console.quiet {
        print(&format!("{}\n{}", args.out.display(), artifact_text(&artifact, bytes, console.colour)))?;
    }
    Ok(ExitCode::from(DONE))
}
