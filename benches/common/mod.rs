//! What the benches share: wall time that is printed per element, in ns.
#![allow(dead_code)] // every bench includes this module and uses its own part of it

use std::time::{Duration, Instant};

use criterion::measurement::{Measurement, ValueFormatter};
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput};

/// The damped oscillator, in amplitude, damping, frequency and time.
pub const OSCILLATOR: &str = "(* A (* (exp (- (* b t))) (cos (* w t))))";
/// A decay.
pub const DECAY: &str = "(* a (exp (* (- 0 b) x)))";

/// Wall time, with [`Throughput::Elements`] shown as ns per element (its interval reads from high to low).
pub struct PerElement;

impl Measurement for PerElement {
    type Intermediate = Instant;
    type Value = Duration;

    fn start(&self) -> Instant {
        Instant::now()
    }

    fn end(&self, begun: Instant) -> Duration {
        begun.elapsed()
    }

    fn add(&self, a: &Duration, b: &Duration) -> Duration {
        *a + *b
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        value.as_nanos() as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        self
    }
}

impl ValueFormatter for PerElement {
    fn scale_values(&self, typical: f64, values: &mut [f64]) -> &'static str {
        let (factor, unit) = if typical < 1e3 {
            (1.0, "ns")
        } else if typical < 1e6 {
            (1e-3, "µs")
        } else {
            (1e-6, "ms")
        };
        values.iter_mut().for_each(|value| *value *= factor);
        unit
    }

    fn scale_throughputs(&self, _: f64, throughput: &Throughput, values: &mut [f64]) -> &'static str {
        if let Throughput::Elements(elements) = throughput {
            values.iter_mut().for_each(|value| *value /= *elements as f64);
            return "ns/element";
        }
        "ns"
    }

    fn scale_for_machines(&self, _: &mut [f64]) -> &'static str {
        "ns"
    }
}

/// A group of few and long samples.
pub fn group<'a>(criterion: &'a mut Criterion<PerElement>, name: &str) -> BenchmarkGroup<'a, PerElement> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    group.sampling_mode(SamplingMode::Flat);
    group
}

/// The middle one of some times.
pub fn median(mut times: Vec<f64>) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}

/// A random expression of 10 to 40 operations in `x` and the parameters `p q r s`, the same for the same seed.
pub fn program_text(seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
    let mut next = |below: u64| {
        // Marsaglia's xorshift64.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) % below
    };
    let count = 10 + next(31);
    let mut parts: Vec<String> = ["x", "p", "q", "r", "s"].map(str::to_owned).to_vec();
    for _ in 0..count {
        let a = parts[next(parts.len() as u64) as usize].clone();
        let b = parts[next(parts.len() as u64) as usize].clone();
        // Long operands would square the text's length.
        let (a, b) = if a.len() + b.len() > 600 { ("x".to_owned(), "q".to_owned()) } else { (a, b) };
        parts.push(match next(8) {
            0 => format!("(+ {a} {b})"),
            1 => format!("(- {a} {b})"),
            2 => format!("(* {a} {b})"),
            3 => format!("(/ {a} (+ 1.5 (square {b})))"),
            4 => format!("(sin {a})"),
            5 => format!("(cos {a})"),
            6 => format!("(exp (- (square {a})))"),
            _ => format!("(tanh {a})"),
        });
    }
    // One expression of about as many operations: the last ones that stay short.
    let mut text = parts.pop().unwrap_or_default();
    while text.matches('(').count() < count as usize {
        match parts.pop() {
            Some(part) => text = format!("(+ {text} {part})"),
            None => break,
        }
    }
    text
}
