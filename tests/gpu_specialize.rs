//! The tier `specialize` on a device: the bits of the host's replay, for straight lines of every operation.

mod common;

use common::recorded::{Case, PROGRAMS, WHOLES, device, scattered};
use evalgrad::device::replay::{Job, Setting};
use evalgrad::host::replay::{Lanes, Limits};
use evalgrad::machine::Budgets;
use evalgrad::machine::work::Column;
use evalgrad::op::{Kind, Op, ROWS};
use evalgrad::wgsl::specialize::{Pace, Request, Specialization};

/// Straight lines of inputs `a`, `b` and `x`, as far as they have them.
const LINES: [&str; 24] = [
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

/// Runs the job, whose lanes are these of the case, and compares all bits.
fn assert_same(case: &Case, job: &Job<'_>, gradient: bool) {
    let found = device().specialize(job, &Setting { gradient, ..setting() }).expect("the device runs");
    let found = found.unwrap_or_else(|| panic!("{} fits a kernel:\n{}", case.text, case.program));
    case.assert_job(job, &found, gradient, "specialized");
}

/// What a job's kernel is made of.
fn specialization(case: &Case, gradient: bool) -> Specialization {
    let all = vec![true; case.segment.columns.len()];
    let request = Request { is_column: &all, wanted: &all, gradient, objects: u64::MAX, rows: usize::MAX, rounds: 8 };
    Specialization::of(&case.program, &request).unwrap_or_else(|| panic!("{} fits a kernel", case.text))
}

fn setting() -> Setting {
    Setting { gradient: true, limits: Limits::of(&Budgets::default()), fuel: None, rounds: None }
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
    for text in LINES {
        let case = Case::of(text, 1000, |input| column(input, 1000));
        for gradient in [true, false] {
            assert_same(&case, &case.job(), gradient);
        }
    }
}

#[test]
fn the_programs_have_every_operation() {
    let mut seen: Vec<Op> = Vec::new();
    for text in LINES {
        let case = Case::of(text, 4, |input| column(input, 4));
        seen.extend(case.program.shapes.iter().flat_map(|shape| shape.operations.iter().map(|operation| operation.op)));
    }
    // `inexact` of a Float records nothing, and no program can name `pow` or `%attach`.
    let is_real = |op: &Op| {
        matches!(op.row().kind, Kind::Arithmetic | Kind::Real) && !matches!(op, Op::Inexact | Op::Attach | Op::Pow)
    };
    let missing: Vec<Op> = ROWS.iter().map(|row| row.op).filter(is_real).filter(|op| !seen.contains(op)).collect();
    assert_eq!(missing, []);
}

#[test]
fn uniform_inputs_and_columns() {
    for text in [LINES[0], LINES[1], LINES[4], LINES[17]] {
        for uniform in 0..8 {
            let case = Case::of(text, 77, |input| {
                if uniform >> input & 1 == 1 { Column::Uniform([0.75, 1.5, -0.25][input]) } else { column(input, 77) }
            });
            assert_same(&case, &case.job(), true);
        }
    }
}

#[test]
fn wanted_inputs_only() {
    for text in [LINES[0], LINES[4], LINES[18]] {
        let case = Case::of(text, 50, |input| column(input, 50));
        for bits in 0..8 {
            let wanted: Vec<bool> = (0..case.segment.columns.len()).map(|input| bits >> input & 1 == 1).collect();
            assert_same(&case, &Job { wanted: &wanted, ..case.job() }, true);
        }
    }
}

#[test]
fn any_number_of_lanes_in_any_order() {
    for lanes in [1, 2, 3, 4, 5, 63, 64, 65, 255, 256, 257, 1000] {
        let case = Case::of(LINES[0], lanes, |input| column(input, lanes));
        assert_same(&case, &case.job(), true);
        let some: Vec<u32> = (0..lanes as u32).rev().step_by(3).collect();
        assert_same(&case, &Job { lanes: Lanes::Some(&some), ..case.job() }, true);
    }
}

#[test]
fn columns_of_f64_are_rounded() {
    let numbers = |input: usize| (0..100).map(|lane| (lane * (input + 3)) as f64 / 37.1 - 1.0).collect::<Vec<f64>>();
    let case = Case::of(LINES[0], 100, |input| Column::F64(numbers(input).into()));
    assert_same(&case, &case.job(), true);
}

#[test]
fn what_is_over_budget_is_interpreted() {
    let case = Case::of(LINES[23], 9, |input| column(input, 9));
    let limits = Limits { steps: 3, ..setting().limits };
    let found = device().specialize(&case.job(), &Setting { limits, ..setting() }).expect("the device runs");
    assert_eq!(found.expect("a kernel").rest.leavers, (0..9).collect::<Vec<u32>>());
}

#[test]
fn lanes_go_together_where_nothing_parts_them() {
    let pace = |text| specialization(&scattered(text, 100), true).source.pace();
    assert_eq!(PROGRAMS.map(pace)[..4], [Pace::Unrolled, Pace::Unrolled, Pace::Apart, Pace::Unrolled]);
    assert_eq!(pace(PROGRAMS[9]), Pace::Together);
    for text in LINES {
        assert_eq!(
            specialization(&Case::of(text, 4, |input| column(input, 4)), true).source.pace(),
            Pace::Unrolled,
            "{text}"
        );
    }
}

#[test]
fn branches_and_loops_have_the_hosts_bits() {
    for text in PROGRAMS {
        for lanes in [200, 1] {
            let case = scattered(text, lanes);
            for gradient in [true, false] {
                assert_same(&case, &case.job(), gradient);
            }
        }
    }
}

/// Those of the programs of whole operations that are small enough.
fn small_wholes() -> impl Iterator<Item = &'static str> {
    WHOLES.into_iter().skip(1)
}

#[test]
fn whole_operations_have_the_hosts_bits() {
    for text in small_wholes() {
        let case = scattered(text, 200);
        assert!(case.program.shapes.iter().any(|shape| !shape.wholes.is_empty()), "{text}");
        for gradient in [true, false] {
            assert_same(&case, &case.job(), gradient);
        }
        for rounds in [None, Some(0)] {
            let found = device().specialize(&case.job(), &Setting { rounds, fuel: Some(2), ..setting() });
            let found = found.expect("the device runs").expect("a kernel");
            case.assert_job(&case.job(), &found, true, &format!("{rounds:?} rounds"));
        }
    }
}

#[test]
fn however_often_loops_are_unrolled() {
    let mut seen = Vec::new();
    for text in PROGRAMS {
        let case = scattered(text, 150);
        for rounds in [0, 1, 2, 60] {
            let found = device().specialize(&case.job(), &Setting { rounds: Some(rounds), ..setting() });
            case.assert_job(
                &case.job(),
                &found.expect("the device runs").expect("a kernel"),
                true,
                &format!("{rounds} rounds"),
            );
            let all = vec![true; case.segment.columns.len()];
            let request =
                Request { is_column: &all, wanted: &all, gradient: true, objects: u64::MAX, rows: 4096, rounds };
            seen.extend(Specialization::of(&case.program, &request).map(|found| found.source.pace()));
        }
    }
    for pace in [Pace::Unrolled, Pace::Together, Pace::Apart] {
        assert!(seen.contains(&pace), "{pace:?} was never taken");
    }
}

/// Twenty branches whose values all stay alive, so that blocks get any number of values, then a loop.
#[test]
fn blocks_that_get_any_number_of_values() {
    let branch = |k: usize| {
        format!("(let ((v{k} (if (< (* x 1.{k:02}) (+ a (- 0.{k:02} .5))) (* a (+ x {k})) (- b (* x .{k:02})))))\n")
    };
    let products: String = (0..20).map(|k| format!(" (* v{k} v{})", (k + 1) % 20)).collect();
    let looped = format!(
        "(let loop ((i 0) (y (* .01 (+{products}))) (w (* .1 v0)))
           (if (= i 100) (+ y w)
               (if (< y .5) (loop (+ i 1) (+ y (* .01 (* a (cos y)))) (+ w (* .01 (sin (* y w)))))
                            (loop (+ i 1) (- y (* .02 (* b y))) (- w (* .01 (* y w)))))))"
    );
    let text: String = (0..20).map(branch).collect::<String>() + &looped + &")".repeat(20);
    let case = scattered(text.leak(), 100);
    let found = device().specialize(&case.job(), &Setting { rounds: Some(0), ..setting() }).expect("the device runs");
    case.assert_job(&case.job(), &found.expect("a kernel"), true, "any number of values");
}

#[test]
fn branches_and_loops_have_the_hosts_bits_at_odd_numbers() {
    for text in PROGRAMS {
        let case = Case::of(text, 300, |input| column(input, 300));
        for rounds in [None, Some(0)] {
            let found = device().specialize(&case.job(), &Setting { rounds, ..setting() }).expect("the device runs");
            case.assert_job(&case.job(), &found.expect("a kernel"), true, &format!("{rounds:?} rounds"));
        }
    }
}

#[test]
fn any_fuel_and_any_memory_give_the_same_bits() {
    for text in PROGRAMS {
        let case = scattered(text, 130);
        for fuel in [1, 3, 50] {
            let found = device().specialize(&case.job(), &Setting { fuel: Some(fuel), rounds: Some(0), ..setting() });
            case.assert_job(
                &case.job(),
                &found.expect("the device runs").expect("a kernel"),
                true,
                &format!("fuel {fuel}"),
            );
        }
        for memory in [64 << 10, 1024, 256, 0] {
            let limits = Limits { memory, ..setting().limits };
            let found = device().specialize(&case.job(), &Setting { limits, ..setting() });
            case.assert_job(
                &case.job(),
                &found.expect("the device runs").expect("a kernel"),
                true,
                &format!("{memory} bytes"),
            );
        }
    }
}

#[test]
fn programs_of_one_shape_have_one_text() {
    let sources = ["(* 2 (sin (+ x 3)))", "(* 5 (sin (+ x 7)))", "(* 5 (cos (+ x 7)))"]
        .map(|text| specialization(&Case::of(text, 4, |input| column(input, 4)), true).source);
    assert_eq!(sources[0].written(false, false), sources[1].written(false, false));
    assert_eq!(sources[0], sources[1]);
    assert_ne!(sources[0], sources[2]);
}

#[test]
fn every_text_is_valid_in_both_styles() {
    let lines = LINES.map(|text| Case::of(text, 4, |input| column(input, 4)));
    let branches = PROGRAMS.map(|text| scattered(text, 60));
    let wholes: Vec<Case> = small_wholes().map(|text| scattered(text, 60)).collect();
    for case in lines.iter().chain(&branches).chain(&wholes) {
        for [gradient, barrier, is_masked] in [[true, false, false], [true, true, true], [false, false, true]] {
            let text = specialization(case, gradient).source.written(barrier, is_masked).text;
            let module = naga::front::wgsl::parse_str(&text).map_err(|error| error.emit_to_string(&text));
            let module = module.expect("the kernel parses");
            naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty())
                .validate(&module)
                .map_err(|error| error.emit_to_string(&text))
                .expect("the kernel is valid");
        }
    }
}
