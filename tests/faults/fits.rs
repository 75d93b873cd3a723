//! Faults in fits: by whole runs on the device, and driven by the host.

use evalgrad::fit::Optimizer;
use evalgrad::{Engine, Error, Fit, FitReport, Program, Table, Tier};

use super::{FAULTS, Faults, Lost, Refused, Submission, at_every_call, engine, is_loss};

const PROGRAM: &str = "(* A (exp (- (* b x))))";

fn table(rows: usize) -> Table {
    let line = |row: usize| {
        let x = 4.0 * row as f64 / rows as f64;
        format!("{x},{}", 2.0 * (-0.7 * x).exp() + 0.01 * (37.0 * x).sin())
    };
    let lines: Vec<String> = (0..rows).map(line).collect();
    Table::from_reader(format!("x,y\n{}\n", lines.join("\n")).as_bytes()).expect("a table")
}

/// Without what differs from run to run: the time, and what is said of the way.
fn fit(
    engine: &Engine,
    table: &Table,
    (starts, iterations): (usize, usize),
    tier: Tier,
) -> Result<(FitReport, Vec<String>), Error> {
    let program = Program::parse(PROGRAM).expect("a program");
    let fit = Fit::new(&program).target("y").data(table).optimizer(Optimizer::Adam).tier(tier);
    let fit = ["A in [0.5,4]", "b in [0.05,2]"]
        .into_iter()
        .fold(fit, |fit, text| fit.parameter(text.parse().expect("a parameter")));
    let report = fit.starts(starts).iterations(iterations).seed(5).learning_rate(0.01).run(engine)?;
    let notes = report.notes.clone();
    Ok((FitReport { seconds: 0.0, notes: Vec::new(), ..report }, notes))
}

/// The number behind some words.
fn number(text: &str, words: &str) -> usize {
    let rest = text.split(words).nth(1).unwrap_or_else(|| panic!("`{words}` in {text}"));
    let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_else(|_| panic!("a number behind `{words}` in {text}"))
}

fn every_fault(tier: Tier, size: (usize, usize)) {
    let table = table(30);
    let run = |engine: &Engine| fit(engine, &table, size, tier);
    let (expected, notes) = run(&engine(&Faults::default())).expect("it fits");
    let is_whole = notes[0].contains("iterations of all starts in");
    assert_eq!(is_whole, tier == Tier::Auto, "{notes:?}");
    // Where the device lacks something for a whole run, the host drives, and says so.
    let (driven, _) = fit(&engine(&Faults::default()), &table, size, Tier::Replay).expect("it fits");
    let is_right = |(report, notes): &(FitReport, Vec<String>)| {
        *report == if notes[0].contains("the host drove") { driven.clone() } else { expected.clone() }
    };
    let (mut all, mut resumed) = (0, 0);
    for (call, fault) in FAULTS {
        all += at_every_call((call, fault), |engine, number| {
            let place = format!("{tier}, {fault:?} at {call:?} {number}");
            match run(engine) {
                Ok(found) => {
                    assert!(is_right(&found), "{place}: {found:?}\nfor\n{expected:?}");
                    let (_, notes) = found;
                    let gave_way = notes[0].contains("the host drove") && is_whole;
                    assert!(!gave_way || !is_loss((call, fault)), "{place}: {notes:?}");
                    let is_told = notes.iter().any(|note| note.contains("the GPU was lost once"));
                    assert!(!is_told || engine.losses() == 1, "{place}: {notes:?}");
                    resumed += usize::from(is_told);
                }
                Err(error) => {
                    assert!(!is_loss((call, fault)), "{place}: {error}");
                    assert!(matches!(error, Error::Interrupted(_)), "{place}: {error}");
                    let text = error.to_string();
                    let words = if fault == Refused { "the driver refuses it" } else { "out of GPU memory in" };
                    assert!(text.contains(words) && text.contains("iteration"), "{place}: {text}");
                    assert!(is_right(&run(engine).expect("the engine works again")), "after {place}");
                }
            }
        });
    }
    eprintln!("{tier}, {size:?}: {all} faults, {resumed} runs went on with a fresh device");
    assert!(all > 50 && resumed > 30, "{all} faults, {resumed}");
}

#[test]
fn every_fault_in_a_whole_run_of_one_start() {
    every_fault(Tier::Auto, (1, 60));
}

#[test]
fn every_fault_in_a_run_that_the_host_drives() {
    every_fault(Tier::Replay, (1, 2));
}

#[test]
fn a_long_run_goes_on_from_its_checkpoint_or_names_it() {
    // Rows enough for several checkpoints, which are a second apart: another run may take half the time.
    let mut rows = 1 << 14;
    let (table, expected, notes) = loop {
        let table = table(rows);
        let (report, notes) = fit(&engine(&Faults::default()), &table, (8, 240), Tier::Auto).expect("it fits");
        if number(&notes[0], "bytes on the way,") >= 4 {
            break (table, report, notes);
        }
        rows *= 2;
        assert!(rows < 1 << 24, "{notes:?}");
    };
    let late = number(&notes[0], "of all starts in") * 4 / 5;
    let run = |faults: &Faults| {
        let engine = engine(faults);
        (fit(&engine, &table, (8, 240), Tier::Auto), engine.losses())
    };
    let (found, losses) = run(&Faults::at(&[(Submission, late, Lost)]));
    let (report, notes) = found.expect("it goes on");
    assert_eq!(report, expected);
    assert_eq!(losses, 1);
    assert!(number(&notes[1], "the run went on from step") > 0, "{notes:?}");
    // No device stays.
    let all: Vec<_> = (late..late + 1000).map(|number| (Submission, number, Lost)).collect();
    let (found, losses) = run(&Faults::at(&all));
    let error = found.expect_err("there is no device").to_string();
    assert!(losses > 1 && number(&error, "the last iteration that is known to be finished is") > 0, "{error}");
}
