//! The tier `specialize` on a device: the bits of the host's replay, for straight lines of every operation.

mod common;

use common::recorded::{Case, bits, device};
use evalgrad::device::replay::{Job, Setting};
use evalgrad::host::replay::{Lanes, Limits};
use evalgrad::machine::Budgets;
use evalgrad::machine::work::Column;
use evalgrad::op::{Kind, Op, ROWS};
use evalgrad::wgsl::specialize::Straight;

/// Straight lines of inputs `a`, `b` and `x`, as far as they have them.
const PROGRAMS: [&str; 24] = [
    "(* a (* (exp (- (* b x))) (cos (* x 3))))",
    "(let loop ((i 0) (y x)) (if (< i 16) (loop (+ i 1) (* a (* y (- 1 y)))) y))",
    "(+ (sin a) (* b (cos a)) (sin (* a x)) (tan a) (cos (* a x)))",
    "(* x x)",
    "(let ((y (* a x))) (+ y y (* y y) (/ y b) (- y) (* y (+ y x)) (- y y)))",
    "(+ (/ a b) (/ 1 x) (/ x 3) (/ x x))",
    "(* (floor a) (ceiling b) (+ (round x) (truncate (* 3 a)) (quotient x 0.25)))",
    "(+ (abs a) (min a b) (max b x) (min x 0) (max a a) (abs (* a 0)))",
    "(+ (remainder a b) (modulo b x) (modulo x -0.75) (remainder x x))",
    "(+ (square a) (expt a b) (expt 2 x) (expt x 3) (expt (abs b) x))",
    "(+ (sqrt a) (log b) (log x 3) (log (abs a) b) (exp x))",
    "(+ (asin a) (acos b) (atan x) (atan a b) (atan x 0.5))",
    "(+ (sinh a) (cosh b) (tanh x) (sigmoid (* 4 a)))",
    "(+ (erf a) (* b (lgamma x)))",
    "(* 0 (log a) (/ b 0))",
    "(* (- a a) (/ b (- x x)))",
    "(max (* 0 (sqrt a)) (* b (exp (* 100 x))))",
    "a",
    "(begin (* a b) x)",
    "(let ((unused (/ a 0))) (* b 2))",
    "(begin a 2.5)",
    "(* a 0)",
    "(- (* a (inexact x)) (* (sin b) (sin b) (sin b)))",
    "(let loop ((i 0) (v x) (y a)) (if (= i 30) (+ y v) (let ((w (- v (* 0.01 (+ (sin y) (* b v)))))) (loop (+ i 1) w (+ y (* 0.01 w))))))",
];

/// What inputs are made of, among plainer numbers.
const ODD: [f32; 12] =
    [0.0, -0.0, 1.0, -1.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 3e38, -1e-30, 0.5, 1e-38, 1e6];

impl Case {
    /// Runs the job, whose lanes are these of the case, and compares all bits.
    fn assert_same(&self, job: &Job<'_>, gradient: bool) {
        let found = device().specialize(job, &Setting { gradient, ..setting() }).expect("the device runs");
        let found = found.unwrap_or_else(|| panic!("{} is a straight line:\n{}", self.text, self.program));
        assert_eq!(found.values.len(), job.lanes.len(), "{}", self.text);
        let wanted: Vec<usize> = (0..job.wanted.len()).filter(|&input| gradient && job.wanted[input]).collect();
        assert_eq!(found.gradients.len(), wanted.len(), "{}", self.text);
        for index in 0..job.lanes.len() {
            let lane = job.lanes.at(index);
            let inputs: Vec<f32> = job.columns.iter().map(|column| column.at(lane)).collect();
            assert_eq!(bits(found.values[index]), bits(self.ended.values[lane]), "{} at {inputs:?}", self.text);
            for (&input, column) in wanted.iter().zip(&found.gradients) {
                let expected = self.ended.gradients[input][lane];
                let (a, b) = (bits(column[index]), bits(expected));
                assert_eq!(a, b, "{} at {inputs:?}, input {input}: {} for {expected}", self.text, column[index]);
            }
        }
    }
}

fn setting() -> Setting {
    Setting { gradient: true, limits: Limits::of(&Budgets::default()), fuel: None }
}

/// Numbers of which one in three is an odd one.
fn column(input: usize, lanes: usize) -> Column {
    let number = |lane: usize| {
        let mixed = ((lane * 7919 + input * 104_729 + 13) * 2_654_435_761) >> 7;
        if mixed.is_multiple_of(3) { ODD[mixed / 3 % ODD.len()] } else { (mixed % 1009) as f32 / 256.0 - 1.5 }
    };
    Column::F32((0..lanes).map(number).collect::<Vec<f32>>().into())
}

#[test]
fn every_program_has_the_hosts_bits() {
    for text in PROGRAMS {
        let case = Case::of(text, 1000, |input| column(input, 1000));
        for gradient in [true, false] {
            case.assert_same(&case.job(), gradient);
        }
    }
}

#[test]
fn the_programs_have_every_operation() {
    let mut seen: Vec<Op> = Vec::new();
    for text in PROGRAMS {
        let case = Case::of(text, 4, |input| column(input, 4));
        seen.extend(case.program.shapes.iter().flat_map(|shape| shape.operations.iter().map(|operation| operation.op)));
    }
    // `inexact` of a Float records nothing, and no program can name `pow`.
    let is_real =
        |op: &Op| matches!(op.row().kind, Kind::Arithmetic | Kind::Real) && !matches!(op, Op::Inexact | Op::Pow);
    let missing: Vec<Op> = ROWS.iter().map(|row| row.op).filter(is_real).filter(|op| !seen.contains(op)).collect();
    assert_eq!(missing, []);
}

#[test]
fn uniform_inputs_and_columns() {
    for text in [PROGRAMS[0], PROGRAMS[1], PROGRAMS[4], PROGRAMS[17]] {
        for uniform in 0..8 {
            let case = Case::of(text, 77, |input| {
                if uniform >> input & 1 == 1 { Column::Uniform([0.75, 1.5, -0.25][input]) } else { column(input, 77) }
            });
            case.assert_same(&case.job(), true);
        }
    }
}

#[test]
fn wanted_inputs_only() {
    for text in [PROGRAMS[0], PROGRAMS[4], PROGRAMS[18]] {
        let case = Case::of(text, 50, |input| column(input, 50));
        for bits in 0..8 {
            let wanted: Vec<bool> = (0..case.segment.columns.len()).map(|input| bits >> input & 1 == 1).collect();
            case.assert_same(&Job { wanted: &wanted, ..case.job() }, true);
        }
    }
}

#[test]
fn any_number_of_lanes_in_any_order() {
    for lanes in [1, 2, 3, 4, 5, 63, 64, 65, 255, 256, 257, 1000] {
        let case = Case::of(PROGRAMS[0], lanes, |input| column(input, lanes));
        case.assert_same(&case.job(), true);
        let some: Vec<u32> = (0..lanes as u32).rev().step_by(3).collect();
        case.assert_same(&Job { lanes: Lanes::Some(&some), ..case.job() }, true);
    }
}

#[test]
fn columns_of_f64_are_rounded() {
    let numbers = |input: usize| (0..100).map(|lane| (lane * (input + 3)) as f64 / 37.1 - 1.0).collect::<Vec<f64>>();
    let case = Case::of(PROGRAMS[0], 100, |input| Column::F64(numbers(input).into()));
    case.assert_same(&case.job(), true);
}

#[test]
fn what_is_no_line_or_over_budget_is_left() {
    for text in ["(if (< x a) (* a x) (+ b x))", "(if (< x 100) (cons a x) 2)"] {
        let case = Case::of(text, 9, |input| Column::Uniform(input as f64));
        assert!(device().specialize(&case.job(), &setting()).expect("the device runs").is_none(), "{text}");
    }
    let case = Case::of(PROGRAMS[23], 9, |input| column(input, 9));
    let limits = Limits { steps: 3, ..setting().limits };
    let found = device().specialize(&case.job(), &Setting { limits, ..setting() });
    assert!(found.expect("the device runs").is_none());
}

#[test]
fn programs_of_one_shape_have_one_text() {
    let lines = ["(* 2 (sin (+ x 3)))", "(* 5 (sin (+ x 7)))", "(* 5 (cos (+ x 7)))"].map(|text| {
        let case = Case::of(text, 4, |input| column(input, 4));
        Straight::of(&case.program, &[true], &[true], true).expect("a straight line").line
    });
    assert_eq!(lines[0].written(false), lines[1].written(false));
    assert_eq!(lines[0], lines[1]);
    assert_ne!(lines[0], lines[2]);
}

#[test]
fn every_text_is_valid_in_both_styles() {
    for text in PROGRAMS {
        let case = Case::of(text, 4, |input| column(input, 4));
        let wanted = vec![true; case.segment.columns.len()];
        let straight = Straight::of(&case.program, &wanted, &wanted, true).expect("a straight line");
        for barrier in [false, true] {
            let text = straight.line.written(barrier).text;
            let module = naga::front::wgsl::parse_str(&text).map_err(|error| error.emit_to_string(&text));
            let module = module.expect("the kernel parses");
            naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty())
                .validate(&module)
                .map_err(|error| error.emit_to_string(&text))
                .expect("the kernel is valid");
        }
    }
}
