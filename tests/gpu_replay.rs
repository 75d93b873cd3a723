//! The tier `replay` on a device, cut up in every way: the same bits as the host's.

mod common;

use common::recorded::{Case, PROGRAMS, WHOLES, bits, device, scattered};
use evalgrad::device::replay::{Job, Setting};
use evalgrad::host::replay::{Lanes, Limits};
use evalgrad::machine::Budgets;

/// Lanes of each.
const LANES: usize = 200;

fn cases() -> Vec<Case> {
    PROGRAMS.into_iter().map(|text| scattered(text, LANES)).collect()
}

fn whole_cases() -> Vec<Case> {
    WHOLES.into_iter().map(|text| scattered(text, LANES)).collect()
}

fn setting() -> Setting {
    Setting { gradient: true, limits: Limits::of(&Budgets::default()), fuel: None, rounds: None }
}

#[test]
fn all_programs_in_one_dispatch_and_each_alone() {
    let mut cases = cases();
    cases.extend(whole_cases());
    let jobs: Vec<Job<'_>> = cases.iter().map(Case::job).collect();
    for gradient in [true, false] {
        let setting = Setting { gradient, ..setting() };
        let all = device().replay(&jobs, &setting).expect("the device runs");
        for (index, case) in cases.iter().enumerate() {
            case.assert_job(&jobs[index], &all[index], gradient, "beside others");
            let alone = device().replay(&jobs[index..=index], &setting).expect("the device runs");
            case.assert_job(&jobs[index], &alone[0], gradient, "alone");
        }
    }
}

#[test]
fn any_fuel_gives_the_same_bits() {
    let mut cases = cases();
    cases.extend(whole_cases());
    let jobs: Vec<Job<'_>> = cases.iter().map(Case::job).collect();
    for fuel in [61, 1000] {
        let all = device().replay(&jobs, &Setting { fuel: Some(fuel), ..setting() }).expect("the device runs");
        cases
            .iter()
            .zip(&all)
            .for_each(|(case, found)| case.assert_job(&case.job(), found, true, &format!("fuel {fuel}")));
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
        cases
            .iter()
            .zip(&all)
            .for_each(|(case, found)| case.assert_job(&case.job(), found, true, &format!("{memory} bytes")));
        let alone = device().replay(&jobs[9..], &Setting { limits, ..setting() }).expect("the device runs");
        cases[9].assert_job(&jobs[9], &alone[0], true, &format!("{memory} bytes, alone"));
        bytes.push(alone[0].rest.bytes_per_lane);
    }
    assert!(bytes.is_sorted_by(|a, b| a >= b) && bytes[4] < bytes[0] * 2 / 3, "{bytes:?}");
}

#[test]
fn whole_operations_are_cut_without_a_trace() {
    let cases = whole_cases();
    let jobs: Vec<Job<'_>> = cases.iter().map(Case::job).collect();
    let is_whole = |case: &Case| case.program.shapes.iter().any(|shape| !shape.wholes.is_empty());
    assert!(cases.iter().all(is_whole), "these programs have whole operations");
    for (memory, fuel) in [(64 << 10, Some(500)), (2048, None), (0, None)] {
        let limits = Limits { memory, ..setting().limits };
        let all = device().replay(&jobs, &Setting { limits, fuel, ..setting() }).expect("the device runs");
        for (case, found) in cases.iter().zip(&all) {
            case.assert_job(&case.job(), found, true, &format!("{memory} bytes, fuel {fuel:?}"));
            assert_eq!(found.too_large, 0, "{}", case.text);
        }
    }
}

#[test]
fn some_lanes_in_any_order() {
    let cases = cases();
    let lanes: Vec<u32> = (0..LANES as u32).rev().step_by(3).collect();
    for case in &cases {
        let job = Job { lanes: Lanes::Some(&lanes), ..case.job() };
        let found = device().replay(&[job], &setting()).expect("the device runs");
        case.assert_job(&job, &found[0], true, "some lanes");
    }
}

#[test]
fn sides_that_nobody_saw_are_named() {
    let case = scattered(PROGRAMS[1], LANES);
    // What one lane shows.
    let known = scattered(PROGRAMS[1], 1).program;
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
