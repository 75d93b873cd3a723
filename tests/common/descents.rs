//! Models for whole runs of Adam: on the host, on a device, and the starts that runs begin from.

use std::sync::{Arc, OnceLock};

use evalgrad::Program;
use evalgrad::descent::twin::Rows;
use evalgrad::descent::{Start, State};
use evalgrad::device::Executor;
use evalgrad::device::replay::{Job, Setting};
use evalgrad::device::resident::Resident;
use evalgrad::host::replay::{Lanes, Limits};
use evalgrad::host::{Orders, Paths};
use evalgrad::machine::work::{Column, Ended, Segment, Work};
use evalgrad::machine::{Budgets, Image};
use evalgrad::tape::Lowered;

use super::recorded::device;
use super::run::interpreter;

/// A program over rows of data, on the host and on the device.
pub struct Model {
    image: Arc<Image>,
    paths: Paths<f32>,
    segment: Segment,
    /// The inputs that are free.
    pub inputs: Vec<usize>,
}

impl Model {
    /// `columns` are the inputs that are not `free`.
    pub fn of(text: &str, free: &[&str], columns: &[(&str, &[f64])]) -> Model {
        let program = Program::parse(text).expect("a program");
        let mut image = interpreter().image().clone();
        let start = image.direct(program.graph().expect("it has a graph")).expect("it schedules");
        let image = Arc::new(image);
        let column = |name: &str| columns.iter().find(|(known, _)| *known == name).map(|(_, column)| *column);
        let rows = columns[0].1.len();
        let all = program.inputs().iter().map(|input| match column(&input.name) {
            Some(values) => Column::F64(values.into()),
            None => Column::Uniform(1.0),
        });
        let mut segment = Segment::new(start, all.collect(), rows);
        let inputs: Vec<usize> = free.iter().map(|name| program.input(name).expect("an input")).collect();
        segment.wanted = (0..segment.columns.len()).map(|input| inputs.contains(&input)).collect();
        let paths = Paths::new(image.clone(), start, segment.columns.len());
        let model = Model { image, paths, segment, inputs };
        model.rows(&vec![1.0; model.inputs.len()]);
        model
    }

    /// The host's replay at a point.
    pub fn rows(&self, point: &[f32]) -> Rows {
        let mut segment = self.segment.clone();
        for (&input, &value) in self.inputs.iter().zip(point) {
            segment.columns[input] = Column::Uniform(f64::from(value));
        }
        let (budgets, segments) = (Budgets::default(), [segment.clone()]);
        let work = Work { image: &self.image, segments: &segments, budgets, arenas: None, gradient: true, fuel: None };
        let mut ended = Ended::empty(&segment, true);
        let limits = Limits::of(&budgets);
        self.paths.replay(&work, &segment, &limits, &OnceLock::new(), &Orders::default(), &mut ended);
        let derivatives = self.inputs.iter().map(|&input| ended.gradients[input].clone()).collect();
        Rows { values: ended.values, derivatives }
    }

    /// On the device, for so many starts at a time.
    pub fn resident(&self, copies: usize) -> Box<dyn Resident> {
        self.resident_on(device(), copies)
    }

    pub fn resident_on(&self, device: &Executor, copies: usize) -> Box<dyn Resident> {
        let program: Arc<Lowered<f32>> = self.paths.lowered();
        let Segment { columns, wanted, lanes, .. } = &self.segment;
        let job = Job { program: &program, columns, wanted, lanes: Lanes::All(*lanes) };
        let setting = Setting { gradient: true, limits: Limits::of(&Budgets::default()), fuel: None, rounds: None };
        let model = device.resident(&job, &self.inputs, copies, &setting).expect("the device runs");
        model.expect("a program that is unrolled")
    }
}

/// The damped oscillator, and points of it with some noise and an outlier.
pub fn oscillator(rows: usize) -> (Model, Vec<f64>, Vec<f64>) {
    let x: Vec<f64> = (0..rows).map(|row| 6.0 * row as f64 / rows as f64).collect();
    let target = |(row, x): (usize, &f64)| {
        let noise = 0.01 * (37.0 * x).sin() + if row == rows / 3 { 3.0 } else { 0.0 };
        2.0 * (-0.5 * x).exp() * (3.0 * x).cos() + noise
    };
    let target = x.iter().enumerate().map(target).collect();
    let sigma = (0..rows).map(|row| 0.5 + (row % 5) as f64 / 4.0).collect();
    let model = Model::of("(* A (* (exp (- (* b x))) (cos (* w x))))", &["A", "b", "w"], &[("x", &x)]);
    (model, target, sigma)
}

/// Starts spread over bounds, of which `b` and `w` meet some on their way.
pub fn starts(number: usize) -> Vec<Start> {
    let spread = |start: usize, factor: usize| ((start * factor) % 101) as f64 / 101.0;
    let of = |start: usize| {
        let begin = |low: f64, high: f64, factor| Start {
            begin: low + (high - low) * spread(start, factor),
            lower: low,
            upper: high,
            size: 0.5 * (high - low),
        };
        let free = |begin: Start| Start { lower: f64::NEG_INFINITY, upper: f64::INFINITY, ..begin };
        [free(begin(0.5, 4.0, 37)), begin(0.05, 0.4, 53), begin(1.0, 6.0, 71)]
    };
    (0..number).flat_map(of).collect()
}

/// The parameters of [`wave`].
const WAVE: [&str; 6] = ["A", "b", "w", "c", "d", "e"];

/// The oscillator above a parabola, of whose six parameters the first so many are free and the others 1; what was measured of it, its
/// standard errors, and starts.
pub fn wave(free: usize, rows: usize, number: usize) -> (Model, Vec<f64>, Vec<f64>, Vec<Start>) {
    let (_, mut target, sigma) = oscillator(rows);
    let x: Vec<f64> = (0..rows).map(|row| 6.0 * row as f64 / rows as f64).collect();
    target.iter_mut().zip(&x).for_each(|(target, x)| *target += 1.0 + x * (0.9 + 1.1 * x));
    let text = "(+ (* A (* (exp (- (* b x))) (cos (* w x)))) (+ c (* x (+ d (* e x)))))";
    let model = Model::of(text, &WAVE[..free], &[("x", &x)]);
    let level = |start: usize, parameter: usize| Start {
        begin: ((start * 29 + parameter * 13) % 31) as f64 / 10.0 - 1.5,
        lower: -1.0,
        upper: if parameter == 4 { f64::INFINITY } else { 2.0 },
        size: 1.0,
    };
    let own = |start: usize, three: &[Start]| {
        let more = (3..WAVE.len()).map(|parameter| level(start, parameter));
        three.iter().copied().chain(more).take(free).collect::<Vec<Start>>()
    };
    let starts = starts(number).chunks(3).enumerate().flat_map(|(start, three)| own(start, three)).collect();
    (model, target, sigma, starts)
}

/// Every word of the two is the same.
pub fn assert_same(found: &State, expected: &State, what: &str) {
    for (index, (left, right)) in found.words().iter().zip(expected.words()).enumerate() {
        let (word, start) = (index / expected.starts(), index % expected.starts());
        let [left_value, right_value] = [left, right].map(|&bits| f32::from_bits(bits));
        assert_eq!(left, right, "{what}: word {word} of start {start}: {left_value} for {right_value}");
    }
}
