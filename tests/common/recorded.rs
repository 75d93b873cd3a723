//! Programs with their paths and what the host's replay gives, for the device's tiers to be compared with.

use std::sync::{Arc, OnceLock};

use evalgrad::Program;
use evalgrad::device::replay::{Job, Replayed};
use evalgrad::device::{Executor, Selection};
use evalgrad::host::replay::{Lanes, Limits};
use evalgrad::host::{Orders, Paths};
use evalgrad::machine::Budgets;
use evalgrad::machine::work::{Column, Ended, Segment, Work};
use evalgrad::tape::Lowered;

use super::run::interpreter;

/// Programs of straight lines, branches, loops of fixed and of other lengths, tables, lists and failures, of inputs `a`, `b` and `x`.
pub const PROGRAMS: [&str; 10] = [
    "(* a (* (exp (- (* b x))) (cos (* x 3))))",
    "(if (< x a) (* a x) (+ (exp b) x))",
    "(let loop ((i 0) (s x)) (if (= i 40) s (loop (+ i 1) (if (< s a) (+ s b) (* s 0.5)))))",
    "(let loop ((s x) (p 1.)) (if (< s 1) (* p s) (loop (* s (/ 1 (+ 1.5 (abs a)))) (* p (cos s)))))",
    "(* a (list-ref '(1.5 2.5 3.5 4.5 5.5 6.5 7.5 8.5) (exact (floor (min 7 (abs (* 5 x)))))))",
    "(let f ((n 60) (y x)) (if (= n 0) y (+ (* a y) (f (- n 1) (* (sin y) 0.9)))))",
    "(apply + (map (lambda (k) (* a (expt (abs x) k))) '(1 2 3 4 5 6 7 8)))",
    "(if (< x 0.5) (car '()) (* a x))",
    "(if (< x 0.5) 'low (if (< a 0.5) 2 (* a (modulo x b))))",
    "(let loop ((i 0) (y x) (v 0.)) (if (= i 2000) y (let ((w (- v (* 0.01 (+ (* a (sin y)) (* b v)))))) (loop (+ i 1) (+ y (* 0.01 w)) w))))",
];

/// Programs of whole operations: pivots differ from lane to lane, some lanes meet singular matrices, elements stand in several places.
pub const WHOLES: [&str; 5] = [
    "(define (m k) (+ (* a [[1 2 3 4 5] [2 1 4 3 0] [4 3 2 2 1] [1 1 2 5 3] [0 2 1 7 1]]) (* (+ x k) (eye 5))))
     (let loop ((i 0) (p (m 0)) (s 0.))
       (if (= i 8) s
           (let ((q (inv (+ p (* b (eye 5))))))
             (loop (+ i 1) (* .1 (matmul q (m i))) (+ s (det q) (vsum (solve (m i) p)) (logdet p))))))",
    "(define m (+ (* a [[1 2 3 4] [2 1 4 3] [4 3 2 2] [1 1 2 5]]) (* x (eye 4))))
     (let loop ((i 0) (p m)) (if (= i 5) (vsum p) (loop (+ i 1) (* .2 (matmul p p)))))",
    "(vsum (matmul [[a b x 1] [b a 2 x] [x 1 a b] [3 x b a]] [[a b x 1 2] [b a 2 x b] [x 1 a b a] [3 x b a x]]))",
    "(let ((m [[1 2 3 a] [1 2 3 .25] [0 x 1 2] [3 1 0 b]])) (if (< x 0.5) (* a (det m)) (vsum (* x (inv m)))))",
    "(vsum (matvec (+ (* a (eye 17)) (* b (ones 17 17))) (vec x 1 2 3 4 5 6 7 8 9 x 1 2 3 4 5 b)))",
];

/// The device of this process: the best there is, a software one included.
pub fn device() -> &'static Executor {
    static DEVICE: OnceLock<Executor> = OnceLock::new();
    DEVICE
        .get_or_init(|| Executor::open(&Selection::Best).expect("these tests need an adapter; ./test.sh installs one"))
}

/// A program, lanes, and what the host's replay gives.
pub struct Case {
    pub text: String,
    pub program: Arc<Lowered<f32>>,
    pub segment: Segment,
    pub ended: Ended<f32>,
}

impl Case {
    /// `columns(input)` are the lanes' numbers.
    pub fn of(text: &str, lanes: usize, columns: impl Fn(usize) -> Column) -> Case {
        let program = Program::parse(text).expect("a program");
        let mut image = interpreter().image().clone();
        let start = image.direct(program.graph().expect("it has a graph")).expect("it schedules");
        let segment = Segment::new(start, (0..program.inputs().len()).map(columns).collect(), lanes);
        let image = Arc::new(image);
        let paths: Paths<f32> = Paths::new(image.clone(), start, program.inputs().len());
        let budgets = Budgets::default();
        let segments = [segment.clone()];
        let work = Work { image: &image, segments: &segments, budgets, arenas: None, gradient: true, fuel: None };
        let mut ended = Ended::empty(&segment, true);
        paths.replay(&work, &segment, &Limits::of(&budgets), &OnceLock::new(), &Orders::default(), &mut ended);
        Case { text: text.to_owned(), program: paths.lowered(), segment, ended }
    }

    /// All its lanes.
    pub fn job(&self) -> Job<'_> {
        let Segment { columns, wanted, lanes, .. } = &self.segment;
        Job { program: &self.program, columns, wanted, lanes: Lanes::All(*lanes) }
    }
}

impl Case {
    /// Every lane of the job has the host's bits, or is among those that the host has no Float for.
    pub fn assert_job(&self, job: &Job<'_>, found: &Replayed, gradient: bool, what: &str) {
        assert!(found.rest.strays.is_empty(), "{}, {what}: all paths are known", self.text);
        let mut without: Vec<u32> = found.rest.leavers.clone();
        without.extend(found.rest.others.iter().map(|(lane, ..)| *lane));
        without.sort_unstable();
        let mut lanes: Vec<u32> = (0..job.lanes.len()).map(|index| job.lanes.at(index) as u32).collect();
        let has_none = |lane: &u32| self.ended.others.iter().any(|(other, _)| other == lane);
        let mut expected: Vec<u32> = lanes.iter().copied().filter(has_none).collect();
        expected.sort_unstable();
        assert_eq!(without, expected, "{}, {what}: lanes without a Float", self.text);
        for (index, lane) in lanes.drain(..).map(|lane| lane as usize).enumerate() {
            let inputs: Vec<f32> = job.columns.iter().map(|column| column.at(lane)).collect();
            let place = format!("{}, {what}, lane {lane} at {inputs:?}", self.text);
            assert_eq!(bits(found.values[index]), bits(self.ended.values[lane]), "{place}");
            let wanted = (0..job.wanted.len()).filter(|&input| gradient && job.wanted[input]);
            assert_eq!(found.gradients.len(), wanted.clone().count(), "{place}");
            if has_none(&(lane as u32)) {
                continue;
            }
            for (column, input) in found.gradients.iter().zip(wanted) {
                let (found, expected) = (column[index], self.ended.gradients[input][lane]);
                assert_eq!(bits(found), bits(expected), "{place}, input {input}: {found} for {expected}");
            }
        }
    }
}

/// A program over lanes that take different ways.
pub fn scattered(text: &'static str, lanes: usize) -> Case {
    let number = |input: usize, lane: usize| (lane * [31, 57, 73][input] % 97) as f32 / 32.0 - 0.5;
    Case::of(text, lanes, |input| Column::F32((0..lanes).map(|lane| number(input, lane)).collect::<Vec<f32>>().into()))
}

/// A number's bits, with every NaN as the same one.
pub fn bits(value: f32) -> u32 {
    if value.is_nan() { f32::NAN.to_bits() } else { value.to_bits() }
}
