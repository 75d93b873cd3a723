//! What is paid once: the interpreter's compilation or its artifact's load, and a program's way to data of the machine.

mod common;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use evalgrad::{Interpreter, Program};

use common::{OSCILLATOR, PerElement, group};

fn compile(criterion: &mut Criterion<PerElement>) {
    let interpreter = Interpreter::bootstrap().expect("the bootstrap compiles");
    let file = std::env::temp_dir().join(format!("evalgrad-bench-{}.ncg", std::process::id()));
    interpreter.save(&file).expect("the artifact is written");

    let mut group = group(criterion, "compile");
    group.bench_function("bootstrap the interpreter", |bencher| bencher.iter(|| Interpreter::bootstrap().is_ok()));
    group.bench_function("load the artifact", |bencher| bencher.iter(|| Interpreter::load(black_box(&file)).is_ok()));
    group.bench_function("parse W1", |bencher| bencher.iter(|| Program::parse(black_box(OSCILLATOR)).is_ok()));
    // An image only grows: every iteration takes a fresh copy, which is no part of the time.
    let program = Program::parse(OSCILLATOR).expect("the program expands");
    group.bench_function("encode W1", |bencher| {
        bencher.iter_batched(
            || interpreter.image().clone(),
            |mut image| {
                let start = image.interpreted(program.core());
                (image, start)
            },
            criterion::BatchSize::SmallInput,
        );
    });
    group.finish();
    std::fs::remove_file(&file).expect("the artifact goes away");
}

criterion_group!(name = benches; config = Criterion::default().with_measurement(PerElement); targets = compile);
criterion_main!(benches);
