//! The program `evalgrad` under test: how it is run, and files for it.
#![allow(dead_code)] // every test of the command line includes this module and uses its own part of it

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The misra1a data of NIST.
pub const MISRA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/nist/misra1a.csv");

/// The program with these arguments and nothing on its standard input.
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_evalgrad"));
    command.args(args).stdin(Stdio::null());
    command
}

/// Exit code, stdout, stderr.
pub fn run(args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command(args).output().expect("the command starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let (stdout, stderr) = (text(stdout), text(stderr));
    assert!(!stderr.contains("panicked"), "{args:?}: {stderr}");
    (status.code().expect("an exit code"), stdout, stderr)
}

/// Exit code and the one JSON object that stdout holds.
pub fn run_json(args: &[&str]) -> (i32, Value) {
    let mut args = args.to_vec();
    args.push("--json");
    let (code, stdout, _) = run(&args);
    let value: Value = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{args:?}: {error}: {stdout}"));
    assert!(value.is_object() && stdout.ends_with("}\n"), "{args:?}: {stdout}");
    (code, value)
}

/// A directory of this test's own.
fn folder(test: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cli").join(test);
    std::fs::create_dir_all(&path).expect("a folder");
    path
}

/// A file in a test's directory.
pub fn file(test: &str, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder(test).join(name);
    std::fs::write(&path, content).expect("a file");
    path.to_str().expect("UTF-8").to_owned()
}

/// A path for a file that is not there yet.
pub fn absent(test: &str, name: &str) -> String {
    let path = folder(test).join(name);
    let _ = std::fs::remove_file(&path);
    path.to_str().expect("UTF-8").to_owned()
}
