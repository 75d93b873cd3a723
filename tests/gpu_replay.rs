//! The tier `replay` on a device, cut up in every way: the same bits as the host's.

mod common;

use common::recorded::{Case, bits, device};
use evalgrad::device::replay::{Job, Replayed, Setting};
use evalgrad::host::replay::{Lanes, Limits};
use evalgrad::machine::Budgets;
use evalgrad::machine::work::Column;

/// Programs of straight lines, branches, loops of fixed and of other lengths, tables, lists and failures.
const PROGRAMS: [&str; 10] = [
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

/// Lanes of each.
const LANES: usize = 200;

impl Case {
    /// Every lane has the host's bits, or is among those that the host has no Float for.
    fn assert_same(&self, found: &Replayed, gradient: bool, what: &str) {
        assert!(found.rest.strays.is_empty(), "{}, {what}: all paths are known", self.text);
        let mut without: Vec<u32> = found.rest.leavers.clone();
        without.extend(found.rest.others.iter().map(|(lane, ..)| *lane));
        without.sort_unstable();
        let expected: Vec<u32> = self.ended.others.iter().map(|(lane, _)| *lane).collect();
        assert_eq!(without, expected, "{}, {what}: lanes without a Float", self.text);
        for lane in 0..LANES {
            assert_eq!(bits(found.values[lane]), bits(self.ended.values[lane]), "{}, {what}, lane {lane}", self.text);
            for (input, (a, b)) in found.gradients.iter().zip(&self.ended.gradients).enumerate().filter(|_| gradient) {
                assert_eq!(bits(a[lane]), bits(b[lane]), "{}, {what}, lane {lane}, input {input}", self.text);
            }
        }
    }
}

/// A program over lanes that take different ways.
fn case(text: &'static str, lanes: usize) -> Case {
    let number = |input: usize, lane: usize| (lane * [31, 57, 73][input] % 97) as f32 / 32.0 - 0.5;
    Case::of(text, lanes, |input| Column::F32((0..lanes).map(|lane| number(input, lane)).collect::<Vec<f32>>().into()))
}

fn cases() -> Vec<Case> {
    PROGRAMS.into_iter().map(|text| case(text, LANES)).collect()
}

fn setting() -> Setting {
    Setting { gradient: true, limits: Limits::of(&Budgets::default()), fuel: None }
}

#[test]
fn all_programs_in_one_dispatch_and_each_alone() {
    let cases = cases();
    let jobs: Vec<Job<'_>> = cases.iter().map(Case::job).collect();
    for gradient in [true, false] {
        let setting = Setting { gradient, ..setting() };
        let all = device().replay(&jobs, &setting).expect("the device runs");
        for (index, case) in cases.iter().enumerate() {
            case.assert_same(&all[index], gradient, "beside others");
            let alone = device().replay(&jobs[index..=index], &setting).expect("the device runs");
            case.assert_same(&alone[0], gradient, "alone");
        }
    }
}

#[test]
fn any_fuel_gives_the_same_bits() {
    let cases = cases();
    let jobs: Vec<Job<'_>> = cases.iter().map(Case::job).collect();
    for fuel in [61, 1000] {
        let all = device().replay(&jobs, &Setting { fuel: Some(fuel), ..setting() }).expect("the device runs");
        cases.iter().zip(&all).for_each(|(case, found)| case.assert_same(found, true, &format!("fuel {fuel}")));
    }
}

#[test]
fn less_memory_cuts_runs_and_changes_no_bit() {
    let cases = cases();
    let jobs: Vec<Job<'_>> = cases.iter().map(Case::job).collect();
    let mut bytes = Vec::new();
    for memory in [64 << 10, 1024, 512, 64, 0] {
        let limits = Limits { memory, ..setting().limits };
        let all = device().replay(&jobs, &Setting { limits, ..setting() }).expect("the device runs");
        cases.iter().zip(&all).for_each(|(case, found)| case.assert_same(found, true, &format!("{memory} bytes")));
        let alone = device().replay(&jobs[9..], &Setting { limits, ..setting() }).expect("the device runs");
        cases[9].assert_same(&alone[0], true, &format!("{memory} bytes, alone"));
        bytes.push(alone[0].rest.bytes_per_lane);
    }
    assert!(bytes.is_sorted_by(|a, b| a >= b) && bytes[4] < bytes[0] * 2 / 3, "{bytes:?}");
}

#[test]
fn some_lanes_in_any_order() {
    let cases = cases();
    let lanes: Vec<u32> = (0..LANES as u32).rev().step_by(3).collect();
    for case in &cases {
        let job = Job { lanes: Lanes::Some(&lanes), ..case.job() };
        let found = device().replay(&[job], &setting()).expect("the device runs");
        let without: Vec<u32> = case.ended.others.iter().map(|(lane, _)| *lane).collect();
        for (index, &lane) in lanes.iter().enumerate().filter(|(_, lane)| !without.contains(lane)) {
            let expected = case.ended.values[lane as usize];
            assert_eq!(bits(found[0].values[index]), bits(expected), "{}, lane {lane}", case.text);
        }
        let mut left: Vec<u32> = found[0].rest.leavers.clone();
        left.extend(found[0].rest.others.iter().map(|(lane, ..)| *lane));
        left.sort_unstable();
        let mut expected: Vec<u32> = without.into_iter().filter(|lane| lanes.contains(lane)).collect();
        expected.sort_unstable();
        assert_eq!(left, expected, "{}", case.text);
    }
}

#[test]
fn sides_that_nobody_saw_are_named() {
    let case = case(PROGRAMS[1], LANES);
    // What one lane shows.
    let known = self::case(PROGRAMS[1], 1).program;
    let job = Job { program: &known, ..case.job() };
    let found = device().replay(&[job], &setting()).expect("the device runs");
    let strays = &found[0].rest.strays;
    assert!(!strays.is_empty() && strays.len() < LANES, "{} of {LANES} lanes took the other side", strays.len());
    let is_less =
        |lane: u32| case.segment.columns[1].at::<f32>(lane as usize) < case.segment.columns[0].at::<f32>(lane as usize);
    let first = is_less(0) || case.program.inputs != 3;
    for &(lane, block, outcome) in strays {
        assert_eq!((block, outcome), (0, strays[0].2), "lane {lane}, lane 0 went {first}");
    }
    for lane in 0..LANES as u32 {
        let is_stray = strays.iter().any(|&(stray, ..)| stray == lane);
        if !is_stray {
            let (found, expected) = (found[0].values[lane as usize], case.ended.values[lane as usize]);
            assert_eq!(bits(found), bits(expected), "lane {lane}");
        }
    }
}
