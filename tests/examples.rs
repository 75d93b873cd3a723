//! The examples: the command in each program's header is run, converges, and finds the constants that the data were made with.

use serde_json::Value;

mod common {
    pub mod command;
}
use common::command::run_json;

/// By example: parameters and their true values.
const TRUE: [(&str, &[(&str, f64)]); 7] = [
    ("ar2", &[("c", 0.5), ("f", 1.2), ("g", -0.5), ("s", 0.4)]),
    ("compartments", &[("k12", 0.8), ("k21", 0.3), ("ke", 0.4)]),
    ("kalman", &[("q", 0.3), ("a", 1.0), ("b", 0.5)]),
    ("misra1a", &[("b1", 238.942_129_18), ("b2", 5.501_564_318_1e-4)]),
    ("oscillator", &[("k", 4.0), ("c", 0.3), ("q0", 1.2)]),
    ("predators", &[("a", 1.0), ("b", 0.1)]),
    ("ridge", &[("noise", 0.5), ("size", 1.0)]),
];

/// Those without true values: their parameters are a network's weights.
const UNTRUE: [&str; 1] = ["neural-ode"];

fn text(name: &str) -> String {
    std::fs::read_to_string(format!("{}/examples/{name}.scm", env!("CARGO_MANIFEST_DIR"))).expect("an example")
}

/// The arguments of the command in a header: words, quotes, and lines that go on behind a backslash.
fn arguments(text: &str) -> Vec<String> {
    let mut command = String::new();
    let lines = text.lines().map(|line| line.trim_start_matches(';').trim());
    for line in lines.skip_while(|line| !line.starts_with("evalgrad fit ")) {
        command.push_str(line.trim_end_matches('\\'));
        if !line.ends_with('\\') {
            break;
        }
    }
    let (mut words, mut is_quoted) = (vec![String::new()], false);
    for c in command.chars() {
        match c {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            c => words.last_mut().expect("a word").push(c),
        }
    }
    words.into_iter().filter(|word| !word.is_empty()).skip(1).collect()
}

/// What the command of an example's header finds.
fn found(name: &str) -> Value {
    let arguments = arguments(&text(name));
    assert!(arguments.len() > 3, "{name}: {arguments:?}");
    let root = env!("CARGO_MANIFEST_DIR");
    let whole = |word: &String| if word.starts_with("examples/") { format!("{root}/{word}") } else { word.clone() };
    let arguments: Vec<String> = arguments.iter().map(whole).collect();
    let (code, out) = run_json(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((code, &out["converged"]), (0, &Value::Bool(true)), "{name}: {out}");
    out
}

#[test]
fn every_example_is_here() {
    let folder = std::fs::read_dir(format!("{}/examples", env!("CARGO_MANIFEST_DIR"))).expect("a folder");
    let names = folder.filter_map(|entry| entry.expect("an entry").file_name().to_str().map(str::to_owned));
    let mut names: Vec<String> = names.filter_map(|name| name.strip_suffix(".scm").map(str::to_owned)).collect();
    names.sort();
    let mut known: Vec<&str> = TRUE.iter().map(|example| example.0).chain(UNTRUE).collect();
    known.sort_unstable();
    assert_eq!(names, known);
}

#[test]
fn the_examples_find_their_constants() {
    for (name, constants) in TRUE {
        let out = found(name);
        for &(constant, truth) in constants {
            let number = |key: &str| out["parameters"][constant][key].as_f64().unwrap_or(f64::NAN);
            assert!((number("value") - truth).abs() < 3.0 * number("std_error"), "{name}: {constant} = {truth}: {out}");
        }
        assert_eq!(out["parameters"].as_object().map(serde_json::Map::len), Some(constants.len()), "{name}");
    }
    let certified = found("misra1a");
    let b1 = certified["parameters"]["b1"]["value"].as_f64().unwrap_or(f64::NAN);
    assert!((b1 - 238.942_129_18).abs() < 1e-6, "{certified}");
}

#[test]
fn a_network_learns_the_force_of_a_pendulum() {
    let out = found("neural-ode");
    let weight = |name: String| out["parameters"][name]["value"].as_f64().unwrap_or(f64::NAN);
    let force = |angle: f64, speed: f64| -> f64 {
        let unit = |i| weight(format!("W[{i},0]")) * angle + weight(format!("W[{i},1]")) * speed;
        (0..3).map(|i| weight(format!("v[{i}]")) * f64::tanh(unit(i))).sum()
    };
    // Where the swing went: -sin(angle) - 0.3 speed.
    for (angle, speed) in [(1.0f64, 0.0), (-0.5, 0.5), (0.3, -0.6)] {
        let truth = -angle.sin() - 0.3 * speed;
        assert!((force(angle, speed) - truth).abs() < 0.03, "{angle} {speed}: {} for {truth}", force(angle, speed));
    }
    // Half of the 118 numbers that were seen, and the weights' share.
    assert!(out["loss"].as_f64() < Some(80.0), "{out}");
}
