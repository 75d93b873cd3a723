//! Lanes that go together past guards which nearly all of them answer alike: the bits of the host's replay, and those that leave are named as it
//! names them, whichever step they leave at.

mod common;

use common::recorded::{Case, bits, device};
use evalgrad::device::replay::{Job, Replayed, Setting};
use evalgrad::host::replay::{Lanes, Limits, Replay};
use evalgrad::machine::Budgets;
use evalgrad::machine::work::Column;
use evalgrad::tape::Lowered;
use evalgrad::wgsl::specialize::{Pace, Request, Specialization};
use evalgrad::{Batch, Device, Engine, Gradients, Program, Road, Status, Tier};

const LANES: usize = 203;

/// Programs of inputs `a`, `b` and `x` in the order that they read them, with a guard in every step that goes another way where `b` is small:
/// a determinant that is no longer regular, a division by a matrix that is singular at one step, an index that is another one; the last one's
/// matrices are so large that their steps are run.
const PROGRAMS: [&str; 5] = [
    "(let loop ((s b) (k 0) (y x)) (if (= k 70) y
       (let ((S (mat [s 0] [0 (* 2 s)])))
         (loop (* 0.7 s) (+ k 1) (* 0.9 (+ (* a y) (* s (dot [1 0.5] (matvec (inv S) [y 1])))))))))",
    "(let loop ((k 0) (y x)) (if (= k 70) y
       (let ((S (scale (- b (* 0.125 k)) (eye 2))))
         (loop (+ k 1) (+ (* 0.5 a y) (log (abs (+ 2 (sin (dot [1 0.5] (matvec (inv S) [y 1])))))))))))",
    "(let loop ((k 0) (s b) (y x)) (if (= k 80) y
       (if (< s 1e-12) (car '()) (loop (+ k 1) (* 0.8 s) (+ (* a y) (* s (cos y)))))))",
    "(let loop ((k 0) (s b) (y x)) (if (= k 80) y
       (loop (+ k 1) (* 0.9 s) (+ (* a y) (* s (list-ref '(0.5 1.5 2.5) (exact (min 2 (max 0 (floor (/ 1e-5 s)))))))))))",
    "(let loop ((k 0) (y x)) (if (= k 70) y
       (let ((S (+ (scale (* 0.001 a) (ones 5 5)) (scale (- b (* 0.125 k)) (eye 5)))))
         (loop (+ k 1) (+ (* 0.5 a y) (log (abs (+ 2 (sin (vsum (matvec (inv S) (vec y 1 2 3 4))))))))))))",
];

/// A number for a lane's input; every fifth lane has a `b` with which it leaves, at one step or another, or of which a number is NaN.
fn number(name: &str, lane: usize, is_kind: bool) -> f32 {
    let odd = [1e-6, 0.5, 0.0, 4.0, 1e-15, 3e-8, f32::NAN, 1e20, f32::INFINITY, 8.375, 1e-9];
    match name {
        "a" => (lane * 31 % 97) as f32 / 200.0,
        "x" => (lane * 73 % 97) as f32 / 32.0 - 0.5,
        _ if lane % 5 == 4 && !is_kind => odd[lane / 5 % odd.len()],
        _ => 10.03 + (lane * 57 % 97) as f32 / 32.0,
    }
}

/// The program as kind lanes show it.
fn case(text: &str) -> Case {
    let program = Program::parse(text).expect("a program");
    let names: Vec<String> = program.inputs().iter().map(|input| input.name.to_string()).collect();
    Case::of(text, 8, |input| {
        Column::F32((0..8).map(|lane| number(&names[input], lane, true)).collect::<Vec<_>>().into())
    })
}

fn columns(text: &str, lanes: usize) -> Vec<Column> {
    let program = Program::parse(text).expect("a program");
    let column =
        |name: &str| Column::F32((0..lanes).map(|lane| number(name, lane, false)).collect::<Vec<f32>>().into());
    program.inputs().iter().map(|input| column(&input.name)).collect()
}

fn setting() -> Setting {
    Setting { gradient: true, limits: Limits::of(&Budgets::default()), fuel: None, rounds: Some(0) }
}

fn specialization(program: &Lowered<f32>, gradient: bool, rows: usize) -> Specialization {
    let all = vec![true; program.inputs];
    let request = Request { is_column: &all, wanted: &all, gradient, objects: u64::MAX, rows, rounds: 0 };
    Specialization::of(program, &request).expect("the program fits a kernel")
}

/// What the host makes of the same job.
fn host(job: &Job<'_>, gradient: bool) -> Replayed {
    let Job { program, columns, wanted, lanes } = *job;
    let mut values = vec![0.0; lanes.len()];
    let mut gradients = vec![values.clone(); if gradient { wanted.len() } else { 0 }];
    let replay = Replay { program, columns, wanted, gradient, limits: setting().limits };
    let rest = replay.run(lanes, &mut values, &mut gradients);
    Replayed { values, gradients, rest, too_large: 0 }
}

/// Compares all that is said of every lane; how many left by an outcome that nobody has seen, and to be interpreted.
fn assert_same(found: &Replayed, expected: &Replayed, what: &str) -> [usize; 2] {
    let ended = |replayed: &Replayed| {
        let (mut strays, mut leavers) = (replayed.rest.strays.clone(), replayed.rest.leavers.clone());
        strays.sort_unstable();
        leavers.sort_unstable();
        (strays, leavers)
    };
    let (strays, leavers) = ended(expected);
    assert_eq!(ended(found), (strays.clone(), leavers.clone()), "{what}: lanes that left");
    assert!(found.rest.others.is_empty() && expected.rest.others.is_empty(), "{what}");
    let left: Vec<u32> = strays.iter().map(|(lane, ..)| *lane).chain(leavers.iter().copied()).collect();
    let columns = std::iter::once((&found.values, &expected.values));
    for (row, (found, expected)) in columns.chain(found.gradients.iter().zip(&expected.gradients)).enumerate() {
        for lane in (0..found.len()).filter(|&lane| !left.contains(&(lane as u32))) {
            assert_eq!(bits(found[lane]), bits(expected[lane]), "{what}, row {row}, lane {lane}");
        }
    }
    [strays.len(), leavers.len()]
}

#[test]
fn lanes_that_leave_are_named_and_the_others_have_the_hosts_bits() {
    let mut left = Vec::new();
    for text in PROGRAMS {
        let case = case(text);
        assert_eq!(specialization(&case.program, true, usize::MAX).source.pace(), Pace::Together, "{text}");
        for lanes in [LANES, 1, 5] {
            let columns = columns(text, lanes);
            let job = Job { program: &case.program, columns: &columns, lanes: Lanes::All(lanes), ..case.job() };
            for gradient in [true, false] {
                let found = device().specialize(&job, &Setting { gradient, ..setting() }).expect("the device runs");
                let what = format!("{text}, {lanes} lanes");
                let some = assert_same(&found.expect("a kernel"), &host(&job, gradient), &what);
                if lanes == LANES {
                    left.push(some.iter().sum::<usize>());
                }
            }
        }
    }
    assert!(left.iter().all(|&left| left > 10 && left < LANES / 4), "{left:?} lanes left");
}

#[test]
fn any_fuel_and_any_memory() {
    for text in PROGRAMS {
        let (case, columns) = (case(text), columns(text, 67));
        let job = Job { program: &case.program, columns: &columns, lanes: Lanes::All(67), ..case.job() };
        let expected = host(&job, true);
        for fuel in [1, 7, 100] {
            let found = device().specialize(&job, &Setting { fuel: Some(fuel), ..setting() });
            let found = found.expect("the device runs").expect("a kernel");
            assert_same(&found, &expected, &format!("{text}, fuel {fuel}"));
        }
        for (memory, fuel) in [(512, None), (256, Some(5)), (0, None)] {
            assert!(specialization(&case.program, true, memory / 4).source.is_cut(), "{text}, {memory} bytes");
            let limits = Limits { memory, ..setting().limits };
            let found = device().specialize(&job, &Setting { limits, fuel, ..setting() });
            let found = found.expect("the device runs").expect("a kernel");
            assert_same(&found, &expected, &format!("{text}, {memory} bytes"));
        }
    }
}

#[test]
fn a_side_where_lanes_only_fail_parts_nobody() {
    // All lanes have shown their ways: some fail, by a side that is known.
    let text = PROGRAMS[2];
    let all = columns(text, LANES);
    let case = Case::of(text, LANES, |input| all[input].clone());
    assert_eq!(specialization(&case.program, true, usize::MAX).source.pace(), Pace::Together);
    let found = device().specialize(&case.job(), &setting()).expect("the device runs").expect("a kernel");
    assert!(found.rest.strays.len() < found.rest.leavers.len(), "{:?}", found.rest);
    assert_same(&found, &host(&case.job(), true), text);
}

/// Values, gradients by name and statuses.
type Answers = (Vec<u32>, Vec<(String, Vec<u32>)>, Vec<Status>);

fn answers(found: &Gradients<f32>) -> Answers {
    let column = |values: &[f32]| values.iter().map(|&value| bits(value)).collect::<Vec<u32>>();
    let grads = found.grads.iter().map(|(name, values)| (name.to_owned(), column(values))).collect();
    (column(&found.values), grads, found.status.clone())
}

#[test]
fn every_lane_has_the_interpreters_answer() {
    let (host, gpu) = [Device::Cpu, Device::Gpu].map(|device| Engine::new(device).expect("an engine")).into();
    // Where lanes go different ways, the last one is too large for a kernel.
    for text in PROGRAMS.into_iter().take(4) {
        let program = Program::parse(text).expect("a program");
        let columns = columns(text, LANES);
        let run = |engine: &Engine, tier: Tier| {
            let batch = Batch::new(&program, LANES).road(Road::Direct).tier(tier);
            let batch = program.inputs().iter().zip(&columns).fold(batch, |batch, (input, column)| {
                let numbers: Vec<f32> = (0..LANES).map(|lane| column.at(lane)).collect();
                batch.bind(&input.name, numbers).expect("an input of the program")
            });
            answers(&engine.value_and_grad(&batch, &["a", "b", "x"]).expect("a call without mistakes"))
        };
        assert_eq!(run(&gpu, Tier::Specialize), run(&host, Tier::Interpret), "{text}");
    }
}
