//! Lavapipe with vectors of 128, 256 and 512 bits: every tier gives the host's bits, whatever the width.
//!
//! A driver reads the width once, so each width is a process of its own, without Mesa's cache of compiled kernels.

#[path = "common/command.rs"]
mod command;

use std::process::{Command, Output};

use command::{file, run_json};
use serde_json::Value;

const WIDTHS: [u32; 3] = [128, 256, 512];

/// Every elementary function.
const LINE: &str = "(+ (sin a) (cos b) (tan x) (exp (* 0.1 x)) (log (abs b)) (sqrt (abs a)) (expt (abs b) x) (atan a b)
    (asin (/ a 9)) (acos (/ b 9)) (sinh a) (cosh b) (tanh x) (sigmoid a) (erf b) (lgamma x) (remainder a b) (floor x))";

/// Numbers of all kinds, as columns of the inputs.
fn data() -> String {
    let mut rows = "a,b,x\n1e38,-0.0,3\n-1e-39,1e-20,0.0\n8.9,-8.9,-2.5\n".to_owned();
    for row in 0..70 {
        let number = |factor: u32| f64::from(row * factor % 97) / 16.0 - 3.0;
        rows += &format!("{},{},{}\n", number(31), number(57), number(73));
    }
    rows
}

/// Is there a lavapipe? Other drivers have no such widths; a machine without any fails the test, or skips it where told to.
fn is_there() -> bool {
    let (_, devices) = run_json(&["devices"]);
    let adapters = devices["adapters"].as_array().expect("a list");
    if adapters.iter().any(|adapter| adapter["name"].as_str().is_some_and(|name| name.contains("llvmpipe"))) {
        return true;
    }
    let may_skip = std::env::var_os("EVALGRAD_ALLOW_NO_GPU").is_some_and(|value| value == "1");
    assert!(may_skip || !adapters.is_empty(), "these tests need lavapipe; ./test.sh installs it");
    eprintln!("skipped: there is no lavapipe");
    false
}

/// The object that a command printed, and what device and tier it says it ran on.
fn answer(output: &Output) -> (Value, String, String) {
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let mut answer: Value = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}"));
    let mut take = |key: &str| {
        let taken = answer.as_object_mut().and_then(|object| object.remove(key));
        taken.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_else(|| panic!("no {key} in {stdout}"))
    };
    let (device, tier) = (take("device"), take("tier"));
    (answer, device, tier)
}

/// Value and gradient of a program on one tier at every width, beside the host's.
fn assert_same(program: &str, tier: &str) {
    if !is_there() {
        return;
    }
    let data = file("widths", &format!("{tier}.csv"), data());
    let command = |device: &str, tier: &str| {
        let arguments = ["grad", "-e", program, "--params", "a,b,x", "--data", &data];
        let mut command: Command = command::command(&arguments);
        command.args(["--device", device, "--tier", tier, "--json"]);
        command.env("MESA_SHADER_CACHE_DISABLE", "true").stdout(std::process::Stdio::piped());
        command.stderr(std::process::Stdio::piped());
        command
    };
    let (expected, ..) = answer(&command("cpu", "interpret").output().expect("the command runs"));
    let spawn = |width: u32| {
        let child = command("llvmpipe", tier).env("LP_NATIVE_VECTOR_WIDTH", width.to_string()).spawn();
        (width, child.expect("the command starts"))
    };
    for (width, child) in WIDTHS.map(spawn) {
        let (found, device, on) = answer(&child.wait_with_output().expect("the command ends"));
        assert!(device.contains(&format!("{width} bits")), "{device} with a width of {width}");
        assert_eq!(on, tier);
        assert_eq!(found, expected, "{tier} with a width of {width}");
    }
}

/// A loop with a branch and a list around the line.
fn program() -> String {
    format!(
        "(let loop ((i 0) (s x))
           (if (= i 12) (+ s (list-ref '(1.5 2.5 3.5) (exact (floor (min 2 (abs x))))) {LINE})
               (loop (+ i 1) (if (< s a) (+ s b) (* s 0.5)))))"
    )
}

#[test]
fn interpret() {
    assert_same(&program(), "interpret");
}

#[test]
fn replay() {
    assert_same(&program(), "replay");
}

#[test]
fn specialize() {
    assert_same(LINE, "specialize");
}
