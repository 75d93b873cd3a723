//! W5: many different programs, 256 points each, from text to all values and gradients.
//!
//! Prints a line for each number of programs, `W5 <programs> programs <lanes> lanes <seconds> s`, the median of some runs. A word
//! after `--` is the device: `cargo bench --bench population -- gpu`.

mod common;

use std::time::Instant;

use common::{median, program_text};
use evalgrad::{Batch, Device, Engine, Program};
use rayon::prelude::*;

const LANES: usize = 256;
const PARAMETERS: [&str; 4] = ["p", "q", "r", "s"];

/// One run: seconds, and a sum that nothing can leave out.
fn run(device: &Device, texts: &[String], points: &[f32]) -> (f64, f64) {
    let engine = Engine::new(device.clone()).expect("the bootstrap compiles");
    engine.device_name().expect("the device opens");
    let begun = Instant::now();
    let batches: Vec<Batch> = texts
        .par_iter()
        .map(|text| {
            let program = Program::parse(text).expect("it parses");
            let names: Vec<String> = program.inputs().iter().map(|input| input.name.to_string()).collect();
            names.iter().fold(Batch::new(&program, LANES), |batch, name| {
                let bound = match PARAMETERS.iter().position(|parameter| parameter == name) {
                    Some(index) => batch.bind(name, 0.5 + 0.25 * index as f64),
                    None => batch.bind(name, points),
                };
                bound.expect("it has this input")
            })
        })
        .collect();
    let parameters: Vec<Vec<&str>> = batches
        .iter()
        .map(|batch| PARAMETERS.into_iter().filter(|name| batch.program().input(name).is_ok()).collect())
        .collect();
    let calls: Vec<(&Batch, &[&str])> =
        batches.iter().zip(&parameters).map(|(batch, parameters)| (batch, parameters.as_slice())).collect();
    let out = engine.value_and_grad_many(&calls).expect("they run");
    let seconds = begun.elapsed().as_secs_f64();
    let sum = out.iter().map(|one| f64::from(one.values[0])).filter(|value| value.is_finite()).sum();
    (seconds, sum)
}

fn main() {
    let word = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let device: Device = word.as_deref().unwrap_or("cpu").parse().expect("a device");
    let points: Vec<f32> = (0..LANES).map(|lane| 0.5 + 2.5 * lane as f32 / LANES as f32).collect();
    let most = 10_000;
    let texts: Vec<String> = (0..most).map(|seed| program_text(seed as u64)).collect();
    for programs in [1, 10, 100, 1_000, most] {
        let repeats = if programs < most { 7 } else { 3 };
        let times = (0..repeats).map(|_| run(&device, &texts[..programs], &points).0).collect();
        println!("W5 {programs} programs {LANES} lanes {:.6} s", median(times));
    }
}
