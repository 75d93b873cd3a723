//! The corpus: every program on every road and every executor gives what its marks say, and both roads leave the same
//! tape behind.

mod common;

use common::corpus::{Case, Expected, load, near, parse, same_written};
use common::run::{Setting, Trace};
use common::{Executor, Prepared, ROADS, Run, executors};
use evalgrad::machine::Budgets;
use evalgrad::reader::Position;
use evalgrad::{Error, machine::Fault};
use rayon::prelude::*;

#[test]
fn every_case_on_every_road_and_executor() {
    let executors = executors();
    let cases = load();
    let wrong: Vec<String> = cases.par_iter().flat_map_iter(|case| check(case, &executors)).collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn marks_that_do_not_exist_are_errors() {
    let good = ";; case: a\n;; set x=1\n(+ x 1)\n; => 2.0\n; grad x=1\n\n";
    assert_eq!(parse("f", good).map(|cases| cases.len()), Ok(1));
    for bad in [
        "(+ 1 2)\n",
        ";; case: a\n(+ 1 2)\n",
        ";; case: a\n; => 3\n",
        ";; case: a\n(+ 1 2)\n; gives 3\n",
        ";; case: a\n(+ 1 2)\n; => 3\n; grad x\n",
        ";; case: a\n(+ 1 2)\n; grad x=1\n; => 3\n",
        ";; case: a\n(+ 1 2)\n; => 3\n; warning slow x\n",
        ";; case: a\n(+ 1 2)\n; error arity\n",
        ";; case: a\n(+ 1 2)\n; => 3\n; => 4\n",
        ";; case: a\n;; sets x=1\n(+ 1 2)\n; => 3\n",
        ";; case: a\n(+ 1 2)\n;; set x=1\n; => 3\n",
        ";; case: a\n(+ 1 2)\n; => 3\n(+ 1 2)\n",
    ] {
        assert!(parse("f", bad).is_err(), "{bad}");
    }
}

/// Everything that is wrong with a case.
fn check(case: &Case, executors: &[Executor]) -> Vec<String> {
    let prepared = match Prepared::new(&case.text, &case.options()) {
        Ok(prepared) => prepared,
        Err(error) => return text_error(case, &error).into_iter().collect(),
    };
    let inputs = match prepared.inputs(&case.sets) {
        Ok(inputs) => inputs,
        Err(missing) => return vec![format!("{}: no value for {missing:?}", case.name)],
    };
    let stray = case.sets.iter().map(|(name, _)| name).chain(case.grads.iter().map(|(name, _)| name));
    let mut wrong: Vec<String> = stray
        .chain(&case.branch_only)
        .filter(|name| prepared.program.input(name).is_err())
        .map(|name| format!("{}: no input {name}", case.name))
        .collect();
    let setting = Setting { inputs, budgets: budgets(case), ..Setting::default() };
    for executor in executors {
        let runs = ROADS.map(|road| prepared.run(road, executor, &setting));
        for (road, run) in ROADS.iter().zip(&runs) {
            let problems = judge(case, &prepared, executor, run);
            wrong.extend(
                problems.into_iter().map(|what| format!("{} ({road:?}, {}): {what}", case.name, executor.name)),
            );
        }
        wrong.extend(differences(&runs).map(|what| format!("{} ({}): {what}", case.name, executor.name)));
    }
    wrong
}

/// Programs that never end meet smaller budgets here; `budgets.rs` has them meet the default ones.
fn budgets(case: &Case) -> Budgets {
    if case.name.starts_with("errors-budgets/") {
        return Budgets { steps: 200_000, stack: 20_000, heap: 20_000, tape: 20_000 };
    }
    Budgets::default()
}

/// An error of the text that the case does not want.
fn text_error(case: &Case, error: &Error) -> Option<String> {
    let Error::Program(errors) = error else { return Some(format!("{}: {error}", case.name)) };
    let source = evalgrad::reader::Source::new(&errors.name, &errors.text);
    let first = &errors.diagnostics[0];
    let found = (first.kind.name(), first.position(&source));
    match &case.expected {
        Expected::Error(kind, place) if (kind.as_str(), *place) == found => None,
        expected => Some(format!("{}: {error}, expected {expected:?}", case.name)),
    }
}

/// What one run lacks.
fn judge(case: &Case, prepared: &Prepared, executor: &Executor, run: &Run) -> Vec<String> {
    let mut wrong = Vec::new();
    match (&run.answer, &case.expected) {
        (Ok(found), Expected::Value(expected))
            if same_written(found, expected, |a, b| near(a, b, executor.tolerance)) => {}
        (Err(fault), Expected::Error(kind, place)) if is_fault(prepared, fault, kind, *place) => return wrong,
        (Ok(found), expected) => wrong.push(format!("{found}, expected {expected:?}")),
        (Err(fault), expected) => {
            let Position { line, column } = prepared.position(fault.span);
            wrong.push(format!("{} {line}:{column} ({}), expected {expected:?}", fault.kind.name(), fault.message));
            return wrong;
        }
    }
    for (name, expected) in &case.grads {
        let Ok(index) = prepared.program.input(name) else { continue };
        if !near(run.gradient[index], *expected, executor.tolerance) {
            wrong.push(format!("gradient by {name} is {}, expected {expected}", run.gradient[index]));
        }
    }
    wrong.extend(run.trace.iter().flat_map(|trace| judge_trace(case, prepared, run, trace)));
    wrong
}

fn is_fault(prepared: &Prepared, fault: &Fault, kind: &str, place: Position) -> bool {
    fault.kind.name() == kind && prepared.position(fault.span) == place
}

/// What one run's trace lacks: warnings, and the place of a number that is not finite.
fn judge_trace(case: &Case, prepared: &Prepared, run: &Run, trace: &Trace) -> Vec<String> {
    let mut wrong = Vec::new();
    let place = trace.non_finite.map(|span| prepared.position(span));
    if place != case.non_finite {
        wrong.push(format!("not finite at {place:?}, expected {:?}", case.non_finite));
    }
    if run.number.is_none() {
        return wrong;
    }
    for (index, input) in prepared.program.inputs().iter().enumerate() {
        let only_decides = trace.decides[index] && !trace.reaches[index] && run.gradient[index] == 0.0;
        let expected = case.branch_only.iter().any(|name| **name == *input.name);
        if only_decides != expected {
            wrong.push(format!("`{}` only decides a branch: {only_decides}, expected {expected}", input.name));
        }
    }
    wrong
}

/// Where the roads differ.
fn differences([interpreted, direct]: &[Run; 2]) -> impl Iterator<Item = String> {
    let mut wrong = Vec::new();
    // Messages may differ: a procedure of the direct road has a name.
    let answer = |run: &Run| run.answer.clone().map_err(|fault| (fault.kind, fault.span));
    if answer(interpreted) != answer(direct) {
        wrong.push(format!("the roads give {:?} and {:?}", interpreted.answer, direct.answer));
    }
    let bits = |run: &Run| run.gradient.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    if bits(interpreted) != bits(direct) {
        wrong.push(format!("the roads give {:?} and {:?}", interpreted.gradient, direct.gradient));
    }
    if let (Some(a), Some(b)) = (&interpreted.trace, &direct.trace) {
        if a.steps != b.steps {
            wrong.push(format!("the roads take {} and {} steps", a.steps, b.steps));
        }
        if a.tape != b.tape {
            wrong.push("the tapes differ".to_owned());
        }
        if a.non_finite != b.non_finite {
            wrong.push(format!("the roads blame {:?} and {:?}", a.non_finite, b.non_finite));
        }
    }
    wrong.into_iter()
}
