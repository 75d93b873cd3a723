//! Value and gradient by the tier `replay` on the host: W1, W2, W4, W6 and one step of W9, in ns per lane.

mod common;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use evalgrad::{Batch, Device, Engine, Program, Tier};

use common::{PerElement, group};

/// Name, text, lanes, parameters, and the ranges of the inputs over the lanes.
type Workload = (&'static str, &'static str, usize, &'static [&'static str], &'static [(&'static str, f32, f32)]);

const WORKLOADS: [Workload; 5] = [
    (
        "W1",
        include_str!("workloads/w1.scm"),
        1 << 20,
        &["A", "b", "w"],
        &[("A", 0.5, 2.0), ("b", 0.05, 1.0), ("w", 0.0, 1.0), ("t", 0.0, 1.0)],
    ),
    ("W2", include_str!("workloads/w2.scm"), 1 << 20, &["r", "x0"], &[("r", 2.5, 3.9), ("x0", 0.1, 0.9)]),
    (
        "W4",
        include_str!("workloads/w4.scm"),
        4096,
        &["g", "b"],
        &[("g", 5.0, 15.0), ("b", 0.05, 0.5), ("theta0", 0.2, 1.5)],
    ),
    ("W6", include_str!("workloads/w6.scm"), 1 << 20, &["a"], &[("a", 0.004, 0.95)]),
    ("W6 without divergence", include_str!("workloads/w6_fixed.scm"), 1 << 20, &["a"], &[("a", 0.004, 0.95)]),
];

/// Evenly spread over a range, in an order that follows no other input's.
fn spread(low: f32, high: f32, lanes: usize, input: usize) -> Vec<f32> {
    let stride = [7919, 104_729, 15_485_863, 1][input % 4];
    (0..lanes).map(|lane| low + (high - low) * ((lane * stride % lanes) as f32 / lanes as f32)).collect()
}

fn replay(criterion: &mut Criterion<PerElement>) {
    let engine = Engine::new(Device::Cpu).expect("the bootstrap compiles");
    let mut group = group(criterion, "replay");
    for (name, text, lanes, parameters, ranges) in WORKLOADS {
        let program = Program::parse(text).expect("the program expands");
        let mut batch = Batch::new(&program, lanes).tier(Tier::Replay);
        for (input, (name, low, high)) in ranges.iter().enumerate() {
            batch = batch.bind(name, spread(*low, *high, lanes, input)).expect("an input");
        }
        let mut prepared = engine.prepare::<f32>(&batch, parameters).expect("the lanes run");
        prepared.gradient();
        group.throughput(Throughput::Elements(lanes as u64));
        group.bench_function(format!("{name} forward"), |bencher| bencher.iter(|| prepared.forward()));
        group.bench_function(format!("{name} gradient"), |bencher| bencher.iter(|| prepared.gradient()));
    }
    w9(&engine, &mut group);
    group.finish();
}

/// Loss and gradient of 64 starts over 1,000 points, per start and point.
fn w9(engine: &Engine, group: &mut criterion::BenchmarkGroup<'_, PerElement>) {
    const POINTS: usize = 1000;
    const STARTS: usize = 64;
    let program = Program::parse(common::OSCILLATOR).expect("the program expands");
    let batch = Batch::new(&program, POINTS).tier(Tier::Replay);
    let batch = batch.bind("t", spread(0.0, 4.0, POINTS, 3)).expect("an input");
    let batch = ["A", "b", "w"].into_iter().fold(batch, |batch, name| batch.bind(name, 1.0).expect("an input"));
    let mut prepared = engine.prepare::<f32>(&batch, &["A", "b", "w"]).expect("the lanes run");
    prepared.gradient();
    let points: Vec<f64> = (0..3 * STARTS).map(|index| 0.5 + 0.01 * index as f64).collect();
    let (mut losses, mut gradients) = (vec![0.0; STARTS], vec![0.0; 3 * STARTS]);
    let charge = |_: usize, values: &[f32], slopes: &mut [f64]| {
        values.iter().zip(slopes).for_each(|(value, slope)| *slope = 2.0 * f64::from(value - 0.5));
        values.iter().map(|value| f64::from(value - 0.5).powi(2)).sum::<f64>()
    };
    group.throughput(Throughput::Elements((STARTS * POINTS) as u64));
    group.bench_function("W9 step", |bencher| {
        bencher.iter(|| prepared.reduce(&points, &charge, &mut losses, &mut gradients));
    });
}

criterion_group!(name = benches; config = Criterion::default().with_measurement(PerElement); targets = replay);
criterion_main!(benches);
