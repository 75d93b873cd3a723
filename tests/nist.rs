//! The nine NIST StRD problems from program text and CSV file to certified constants and standard errors, both starts.

use std::path::PathBuf;

use evalgrad::{Device, Engine, Fit, Parameter, Program, Table};
use serde_json::Value;

const PROBLEMS: [&str; 9] =
    ["chwirut2", "danwood", "enso", "gauss1", "lanczos3", "mgh09", "misra1a", "rat43", "thurber"];

/// Decimal digits that two numbers share.
fn digits(found: f64, certified: f64) -> f64 {
    -((found - certified) / certified).abs().max(1e-16).log10()
}

/// Fits one problem from one of its starts; what falls short of six digits in a constant or four in an error.
fn shortfalls(engine: &Engine, name: &str, start: &str) -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/nist");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).expect("the problem is there");
    let problem: Value = serde_json::from_str(&text).expect("it is JSON");
    let program = Program::parse(problem["program"].as_str().expect("a program")).expect("it parses");
    let table = Table::from_csv(folder.join(format!("{name}.csv"))).expect("the data are there");
    let target = problem["target"].as_str().expect("a target");
    let mut fit = Fit::new(&program).target(target).data(&table);
    for (parameter, value) in problem[start].as_object().expect("starts") {
        fit = fit.parameter(Parameter::new(parameter).start(value.as_f64().expect("a number")));
    }
    let report = fit.run(engine).expect("the fit runs");
    let mut wrong = Vec::new();
    if !report.converged {
        wrong.push(format!("{name} from {start}: {}", report.reason));
    }
    for estimate in &report.parameters {
        let certified = |table: &str| problem[table][&estimate.name].as_f64().expect("a certified number");
        let value = digits(estimate.value, certified("certified"));
        let error = digits(estimate.std_error.expect("an error"), certified("standard_error"));
        if value < 6.0 || error < 4.0 {
            wrong.push(format!("{name} from {start}: {} has {value:.1} and {error:.1} digits", estimate.name));
        }
    }
    wrong
}

#[test]
fn every_problem_reaches_its_certified_values_from_both_starts() {
    let engine = Engine::new(Device::Cpu).expect("the host is there");
    let wrong: Vec<String> = PROBLEMS
        .iter()
        .flat_map(|name| ["start1", "start2"].map(|start| shortfalls(&engine, name, start)))
        .flatten()
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
