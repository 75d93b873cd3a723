//! Faults in calls: values and gradients by every tier.

use evalgrad::device::{Call, Fault};
use evalgrad::{Batch, Engine, Error, Gradients, Program, Tier};

use super::{FAULTS, Faults, Lost, Refused, Submission, at_every_call, engine, is_loss};
use crate::common::recorded::bits;

/// Lanes of a program.
const LANES: usize = 70;

/// A straight line, branches, and a loop, which the unrolled kernel takes as well.
const PROGRAMS: [&str; 3] = [
    "(* a (exp (- (* b x))))",
    "(if (< x 0.5) (* a x) (+ (sqrt b) x))",
    "(let loop ((i 0) (y x)) (if (= i 3) y (loop (+ i 1) (* a (cos (+ y b))))))",
];

/// A program each.
fn batches(tiers: [Tier; 3]) -> Vec<Batch> {
    let batch = |(text, tier): (&&str, Tier)| {
        let x: Vec<f32> = (0..LANES).map(|lane| lane as f32 / 64.0).collect();
        let batch = Batch::new(&Program::parse(text).expect("a program"), LANES).tier(tier);
        batch.bind("x", x).and_then(|batch| batch.bind("a", 1.5)?.bind("b", 0.25)).expect("inputs")
    };
    PROGRAMS.iter().zip(tiers).map(batch).collect()
}

fn run(engine: &Engine, batches: &[Batch]) -> Result<Vec<Gradients<f32>>, Error> {
    let all: Vec<(&Batch, &[&str])> = batches.iter().map(|batch| (batch, &["a", "b"][..])).collect();
    engine.value_and_grad_many(&all)
}

/// Values, gradients and statuses.
fn answers(found: &[Gradients<f32>]) -> Vec<(Vec<u32>, Vec<u32>, Vec<String>)> {
    let column = |values: &[f32]| values.iter().map(|&value| bits(value)).collect::<Vec<u32>>();
    let one = |found: &Gradients<f32>| {
        let grads = found.grads.iter().flat_map(|(_, values)| column(values)).collect();
        (column(&found.values), grads, found.status.iter().map(ToString::to_string).collect())
    };
    found.iter().map(one).collect()
}

/// Calls of programs by these tiers with these faults; gives how many there were.
fn every_fault(tiers: [Tier; 3], faults: &[(Call, Fault)]) -> usize {
    let batches = batches(tiers);
    let expected = answers(&run(&engine(&Faults::default()), &batches).expect("it runs"));
    let mut all = 0;
    for &(call, fault) in faults {
        all += at_every_call((call, fault), |engine, number| {
            let place = format!("{fault:?} at {call:?} {number}");
            match run(engine, &batches) {
                Ok(found) => {
                    assert_eq!(answers(&found), expected, "{place}");
                    let is_named = |(tier, one): (&Tier, &Gradients<f32>)| *tier == Tier::Auto || *tier == one.tier;
                    assert!(tiers.iter().zip(&found).all(is_named), "{place}");
                }
                Err(error) => {
                    assert!(!is_loss((call, fault)), "{place}: {error}");
                    let words = if fault == Refused { "the driver refuses it" } else { "out of GPU memory in" };
                    assert!(error.to_string().contains(words), "{place}: {error}");
                    let again = run(engine, &batches).expect("the engine works again");
                    assert_eq!(answers(&again), expected, "after {place}");
                }
            }
        });
    }
    all
}

/// Programs by every tier in one call.
const TIERS: [Tier; 3] = [Tier::Specialize, Tier::Replay, Tier::Interpret];

#[test]
fn every_fault_where_buffers_and_kernels_are_made() {
    let all = every_fault(TIERS, &FAULTS[..6]);
    eprintln!("{all} faults");
    assert!(all > 60, "{all}");
}

#[test]
fn every_fault_of_a_submission() {
    let all = every_fault(TIERS, &FAULTS[6..]);
    eprintln!("{all} faults");
    assert!(all > 20, "{all}");
}

#[test]
fn every_kernel_that_is_refused_where_no_tier_was_named() {
    assert!(every_fault([Tier::Auto; 3], &[(super::Kernel, Refused)]) > 1);
}

#[test]
fn a_device_that_is_lost_again_is_an_error_and_the_next_call_has_another() {
    let batches = batches([Tier::Replay; 3]);
    let faults = Faults::at(&[(Submission, 0, Lost), (Submission, 1, Lost)]);
    let engine = engine(&faults);
    let error = run(&engine, &batches).expect_err("two devices were lost");
    assert!(error.to_string().contains("the GPU was lost"), "{error}");
    assert_eq!(engine.losses(), 2);
    run(&engine, &batches).expect("the third one stays");
    assert_eq!((engine.losses(), faults.happened()), (2, 2));
}

#[test]
fn a_tier_that_was_not_named_gives_way_openly() {
    let batches = batches([Tier::Auto; 3]);
    // The kernel of the chosen tier comes first; the machine's is made once it is wanted in its place.
    let found = run(&engine(&Faults::at(&[(super::Kernel, 0, Refused)])), &batches).expect("the machine runs");
    for one in found {
        assert_eq!(one.tier, Tier::Interpret);
        let reason = &one.way.reason;
        assert!(
            reason.contains("cannot do otherwise: kernel `") && reason.contains("the driver refuses it"),
            "{reason}"
        );
    }
}

#[test]
fn threads_that_share_an_engine_go_on() {
    let batches = batches([Tier::Replay; 3]);
    let expected = answers(&run(&engine(&Faults::default()), &batches).expect("it runs"));
    let wanted: Vec<_> = [3, 9, 11, 30].map(|number| (Submission, number, Lost)).into();
    let faults = Faults::at(&wanted);
    let engine = engine(&faults);
    let went = || {
        let ran = |_| match run(&engine, &batches) {
            Ok(found) => assert_eq!(answers(&found), expected),
            Err(error) => assert!(matches!(&error, Error::Device(error) if error.is_gone()), "{error}"),
        };
        (0..8).for_each(ran);
    };
    std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(went))));
    assert_eq!(faults.happened(), wanted.len());
    assert_eq!(answers(&run(&engine, &batches).expect("it runs")), expected);
}
