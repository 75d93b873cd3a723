//! The adjoint alone: one tape of 1,000 operations reversed on the host, in ns per operation.

mod common;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use evalgrad::tape::{Entry, adjoint};
use evalgrad::value::Real;
use evalgrad::{Batch, Device, Engine, Program};

use common::{PerElement, group};

const OPERATIONS: usize = 1000;

/// Records 250 rounds of four operations: two products, a difference and a sine.
fn recorded<F: Real>() -> (Vec<Entry<F>>, u32) {
    let engine = Engine::new(Device::Cpu).expect("the bootstrap compiles");
    let text = "(loop ((i 0) (y x)) (if (= i 250) y (recur (+ i 1) (* a (sin (- y (* x y)))))))";
    let program = Program::parse(text).expect("the program expands");
    let batch = Batch::new(&program, 1).bind("x", 0.5).and_then(|batch| batch.bind("a", 1.5)).expect("inputs");
    let traced = engine.trace::<F>(&batch, 0).expect("the lane runs");
    assert_eq!(traced.tape.len(), 1 + 2 + OPERATIONS, "nobody's slot, two inputs, the operations");
    (traced.tape, traced.output)
}

fn reverse<F: Real>(criterion: &mut Criterion<PerElement>, name: &str) {
    let (tape, output) = recorded::<F>();
    let mut x_bar = Vec::new();
    let mut group = group(criterion, "adjoint");
    group.throughput(Throughput::Elements(OPERATIONS as u64));
    group.bench_function(name, |bencher| bencher.iter(|| adjoint(black_box(&tape), output, 2, &mut x_bar)));
    group.finish();
}

fn both(criterion: &mut Criterion<PerElement>) {
    reverse::<f32>(criterion, "f32");
    reverse::<f64>(criterion, "f64");
}

criterion_group!(name = benches; config = Criterion::default().with_measurement(PerElement); targets = both);
criterion_main!(benches);
