//! The tier `interpret`: value and gradient of W1 and W7, 65,536 lanes, both roads, the host and a GPU if one opens; and W11, a
//! million iterations of a counter in one lane on the host, in ns an iteration.

mod common;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use evalgrad::{Batch, Budgets, Device, Engine, Program, Road, Settings, Tier};

use common::{DECAY, OSCILLATOR, PerElement, group};

const LANES: usize = 65_536;

/// Name, text, parameters, and the input that differs from lane to lane.
const WORKLOADS: [(&str, &str, &[&str], &str); 2] =
    [("W1", OSCILLATOR, &["A", "b", "w"], "t"), ("W7", DECAY, &["a", "b"], "x")];

fn interpret(criterion: &mut Criterion<PerElement>) {
    let mut engines = vec![("host", Engine::new(Device::Cpu).expect("the bootstrap compiles"))];
    let gpu = Engine::new(Device::Gpu).expect("the bootstrap compiles");
    match gpu.device_name() {
        Ok(name) => {
            println!("gpu: {name}");
            engines.push(("gpu", gpu));
        }
        Err(error) => println!("skipped: no GPU opens: {error}"),
    }
    let mut group = group(criterion, "interpret");
    group.throughput(Throughput::Elements(LANES as u64));
    let data: Vec<f32> = (0..LANES).map(|lane| lane as f32 / LANES as f32).collect();
    for (device, engine) in &engines {
        for (name, text, parameters, input) in WORKLOADS {
            let program = Program::parse(text).expect("the program expands");
            for road in [Road::Interpreted, Road::Direct] {
                let mut batch = Batch::new(&program, LANES).tier(Tier::Interpret).road(road);
                batch = batch.bind(input, &data).expect("an input");
                for (index, parameter) in parameters.iter().enumerate() {
                    batch = batch.bind(parameter, 0.5 + index as f32).expect("an input");
                }
                group.bench_function(format!("{name} {device} {road}"), |bencher| {
                    bencher.iter(|| engine.value_and_grad(&batch, parameters).expect("the lanes run"));
                });
            }
        }
    }
    group.finish();
}

fn counter(criterion: &mut Criterion<PerElement>) {
    const ITERATIONS: u64 = 1_000_000;
    // A mebibyte of cells.
    let settings = Settings { budgets: Budgets { heap: 65_536, ..Budgets::default() }, ..Settings::default() };
    let engine = Engine::new(Device::Cpu).expect("the bootstrap compiles").with_settings(settings);
    let program = Program::parse("(loop ((i 0)) (if (< i 1000000) (recur (+ i 1)) i))").expect("the program expands");
    let mut group = group(criterion, "interpret");
    group.throughput(Throughput::Elements(ITERATIONS));
    for road in [Road::Interpreted, Road::Direct] {
        let batch = Batch::new(&program, 1).tier(Tier::Interpret).road(road);
        group.bench_function(format!("W11 host {road}"), |bencher| {
            bencher.iter(|| assert_eq!(engine.evaluate(&batch).expect("the lane runs").values, [1e6]));
        });
    }
    group.finish();
}

criterion_group!(name = benches; config = Criterion::default().with_measurement(PerElement); targets = interpret, counter);
criterion_main!(benches);
