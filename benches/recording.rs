//! Where the time of a thousand different programs goes before anything is replayed, and what recording them on a device would take.
//!
//! Prints the milliseconds of each stage, the least of some runs: on all of the host's cores (encoding: on one), and of one dispatch of the
//! machine with a lane of each program, whose tapes are as many entries as the host's. `tapes to paths` is what the host would still
//! have to do with tapes that a device made. A word after `--` is the device: `cargo bench --bench recording -- gpu`; without
//! it the host's stages alone.

mod common;

use std::time::Instant;

use common::program_text;
use evalgrad::device::{Executor, Selection};
use evalgrad::host::{self, Loaded, Recorder, Traced};
use evalgrad::machine::Budgets;
use evalgrad::machine::work::{Column, Segment, Work};
use evalgrad::tape::{Residual, Walk, lower};
use evalgrad::value::Value;
use evalgrad::{Interpreter, Program};
use rayon::prelude::*;

const PROGRAMS: u64 = 1_000;
const REPEATS: usize = 9;

/// Runs `body` some times; prints the least milliseconds and gives the last result.
fn stage<T>(name: &str, mut body: impl FnMut() -> T) -> T {
    let mut least = f64::INFINITY;
    let mut run = || {
        let begun = Instant::now();
        let result = body();
        least = least.min(begun.elapsed().as_secs_f64() * 1e3);
        result
    };
    for _ in 1..REPEATS {
        run();
    }
    let result = run();
    println!("{name:<40} {least:8.2} ms");
    result
}

/// A lane's path, from its raw tape.
fn walked(inputs: usize, traced: &Traced<f32>) -> Residual<f32> {
    let mut residual = Residual::new(inputs);
    let mut walk = Walk::new(&mut residual);
    let value = |slot: Option<u32>, bits: u32| match slot {
        Some(slot) => Value::taped(0.0, slot),
        None => Value::float(f32::from_bits(bits)),
    };
    for entry in &traced.tape[1 + inputs..] {
        let (a, b) = (value(entry.slot_a(), entry.a), value(entry.slot_b(), entry.b));
        if entry.is_guard() {
            walk.guard(entry.op(), a, b, u64::from(entry.value));
        } else {
            walk.operation(entry.op(), a, b);
        }
    }
    walk.done(Value::taped(0.0, traced.output), None);
    residual
}

fn main() {
    let is_gpu = std::env::args().skip(1).any(|word| word == "gpu");
    let texts: Vec<String> = (0..PROGRAMS).map(program_text).collect();
    let parse = |text: &String| Program::parse(text).expect("it parses");
    let programs: Vec<Program> = stage("parse", || texts.par_iter().map(parse).collect());
    let interpreter = Interpreter::bootstrap().expect("the bootstrap compiles");
    let (image, starts) = stage("encode, one core", || {
        let mut image = interpreter.image().clone();
        let starts: Vec<u32> =
            programs.iter().map(|program| image.interpreted(program.core()).expect("it encodes")).collect();
        (image, starts)
    });
    let segment = |(program, start): (&Program, u32)| {
        let columns = (0..program.inputs().len()).map(|input| Column::Uniform(0.5 + 0.25 * input as f64)).collect();
        Segment::new(start, columns, 1)
    };
    let segments: Vec<Segment> = programs.iter().zip(starts).map(segment).collect();
    let budgets = Budgets::default();
    let work = Work { image: &image, segments: &segments, budgets, arenas: None, gradient: true, fuel: None };
    let loaded = Loaded::<f32>::new(&image);
    let recorded: Vec<Residual<f32>> = stage("record", || {
        let record = |segment: &Segment| {
            let mut residual = Residual::new(segment.columns.len());
            Recorder::new(&work, &loaded, segment).record(0, &mut residual);
            residual
        };
        segments.par_iter().map(record).collect()
    });
    stage("lower", || recorded.par_iter().map(|residual| lower(residual).blocks.len()).sum::<usize>());
    let traced: Vec<Traced<f32>> = (0..segments.len()).into_par_iter().map(|one| host::trace(&work, one, 0)).collect();
    stage("tapes to paths", || {
        let walk = |(segment, traced): (&Segment, &Traced<f32>)| walked(segment.columns.len(), traced).sections().len();
        segments.par_iter().zip(&traced).map(walk).sum::<usize>()
    });
    let entries: usize = traced.iter().map(|traced| traced.tape.len()).sum();
    println!("{entries} entries of all tapes");
    if is_gpu {
        let executor = Executor::open(&Selection::Best).expect("the device opens");
        for (name, gradient) in [("the machine on the device", false), ("the same with tapes and gradients", true)] {
            stage(name, || executor.execute(&Work { gradient, ..work }).expect("the device runs").len());
        }
    }
}
