//! What every stage makes of three programs, compared with the files of `tests/golden/` character by character.
//!
//! `EVALGRAD_BLESS=1 cargo test --test golden` writes the files anew; what then differs is a change to be looked at. All of
//! it is the same on every machine: text, and numbers of the host's f32.

use std::fmt::Write;
use std::path::PathBuf;

use evalgrad::graph::dot;
use evalgrad::reader::{self, Datum};
use evalgrad::{Batch, Device, Engine, Interpreter, Program, tape, wgsl};

/// Programs of `tests/golden/` and what their inputs are.
const PROGRAMS: [(&str, &[(&str, f64)]); 3] =
    [("closures", &[("x", 1.5)]), ("branches", &[("a", 2.0)]), ("lists", &[("a", 2.5), ("t", 0.75)])];

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// Golden files and the texts that they should hold.
#[derive(Default)]
struct Golden {
    files: Vec<(String, String)>,
}

impl Golden {
    fn add(&mut self, name: String, text: impl ToString) {
        let mut text = text.to_string();
        if !text.ends_with('\n') {
            text.push('\n');
        }
        self.files.push((name, text));
    }

    /// Writes the files where that is asked for; else panics with the first line of each file that is not as it was.
    fn check(&self) {
        if std::env::var_os("EVALGRAD_BLESS").is_some_and(|value| value == "1") {
            for (name, text) in &self.files {
                std::fs::write(path(name), text).expect("a golden file is written");
            }
            return;
        }
        let mut wrong = String::new();
        for (name, text) in &self.files {
            let golden = std::fs::read_to_string(path(name)).unwrap_or_default().replace("\r\n", "\n");
            if golden == *text {
                continue;
            }
            let line = golden.lines().zip(text.lines()).take_while(|(old, new)| old == new).count();
            let at = |text: &str| text.lines().nth(line).unwrap_or("(the end)").to_owned();
            let (was, is) = (at(&golden), at(text));
            let _ = write!(wrong, "\n{name}:{}:\n  was  {was}\n  is   {is}", line + 1);
        }
        assert!(wrong.is_empty(), "differs from tests/golden (EVALGRAD_BLESS=1 accepts it):{wrong}");
    }
}

#[test]
fn every_stage_of_three_programs() {
    let engine = Engine::new(Device::Cpu).expect("the bootstrap compiles");
    let mut golden = Golden::default();
    for (name, inputs) in PROGRAMS {
        let text = std::fs::read_to_string(path(&format!("{name}.scm"))).expect("the program is there");
        let data = reader::read(&text).expect("the program reads");
        golden.add(format!("{name}.datum.txt"), data.iter().map(Datum::to_string).collect::<Vec<_>>().join("\n"));
        let program = Program::parse(&text).expect("the program expands");
        golden.add(format!("{name}.core.txt"), program.core());
        golden.add(format!("{name}.anf.txt"), program.anf().expect("the program normalises"));
        let graph = program.graph().expect("the program has a graph");
        golden.add(format!("{name}.graph.txt"), graph);
        golden.add(format!("{name}.graph.dot"), dot(graph));
        let mut image = engine.interpreter().image().clone();
        let first = image.code.len() as u32;
        image.direct(graph).expect("the graph links");
        golden.add(format!("{name}.machine.txt"), image.disassembly(first));
        golden.add(format!("{name}.encoded.txt"), engine.interpreter().image().encoded(program.core()));
        golden.add(format!("{name}.tape.txt"), recorded(&engine, &program, inputs));
    }
    golden.check();
}

/// The tape of one lane, then its value and gradient.
fn recorded(engine: &Engine, program: &Program, inputs: &[(&str, f64)]) -> String {
    let bind = |batch: Batch, &(name, value): &(&str, f64)| batch.bind(name, value).expect("an input of the program");
    let batch = inputs.iter().fold(Batch::new(program, 1), bind);
    let traced = engine.trace::<f32>(&batch, 0).expect("the lane runs");
    let names: Vec<_> = program.inputs().iter().map(|input| input.name.clone()).collect();
    let mut text = tape::listing(&traced.tape, &names);
    let value = traced.answer.expect("the program has a value").written();
    let _ = writeln!(
        text,
        "value  {value} (slot {}), gradient {:?}, {} steps",
        traced.output, traced.gradient, traced.steps
    );
    text
}

#[test]
fn the_evaluator_as_machine_code() {
    let interpreter = Interpreter::bootstrap().expect("the bootstrap compiles");
    let mut golden = Golden::default();
    golden.add("evaluator.machine.txt".to_owned(), interpreter.image().disassembly(0));
    golden.check();
}

#[test]
fn the_kernels() {
    let mut golden = Golden::default();
    golden.add("machine.wgsl".to_owned(), wgsl::machine(false));
    golden.add("adjoint.wgsl".to_owned(), wgsl::adjoint(false));
    golden.check();
}

/// A file that nothing compares any more is as misleading as one that is not compared.
#[test]
fn no_golden_file_is_left_over() {
    let stages =
        ["datum.txt", "core.txt", "anf.txt", "graph.txt", "graph.dot", "machine.txt", "encoded.txt", "tape.txt"];
    let mut known: Vec<String> = ["evaluator.machine.txt", "machine.wgsl", "adjoint.wgsl"].map(str::to_owned).into();
    for (name, _) in PROGRAMS {
        known.push(format!("{name}.scm"));
        known.extend(stages.iter().map(|stage| format!("{name}.{stage}")));
    }
    for file in std::fs::read_dir(path("")).expect("the folder is there") {
        let name = file.expect("a file").file_name().to_string_lossy().into_owned();
        assert!(known.contains(&name), "tests/golden/{name} belongs to no test");
    }
}
