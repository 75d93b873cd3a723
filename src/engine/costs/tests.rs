//! Tests of the costs and the choice, with made-up numbers.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::cache::{Cache, Owner};
use super::choice::{Choice, Gpu, Host, Kernel, Task, choose};
use super::{Cost, Costs, Estimate, Kind, Measure};
use crate::batch::Tier;

/// The numbers that a test is about; all others are as assumed.
fn costs(kind: Kind, own: &[(Cost, f64)]) -> Costs {
    let mut costs = Costs::assumed(kind);
    own.iter().for_each(|&(cost, value)| costs.set(cost, Measure { value, seen: 1 }));
    costs
}

fn task(lanes: usize) -> Task {
    Task {
        asked: Tier::Auto,
        lanes,
        numbers: 8,
        gradient: true,
        operations: 20.0,
        is_recorded: false,
        spent: 0.0,
        kernel: Kernel::Unknown,
    }
}

fn decide(tasks: &[Task], may_host: bool, device: Option<&Costs>) -> Choice {
    let host = Costs::assumed(Kind::Host);
    let host = Host { costs: &host, cores: 2 };
    let gpu = device.map(|costs| Gpu { costs, fill: 1024, has_machine: true, has_replayer: true });
    choose(tasks, &host, may_host, gpu.as_ref()).expect("there is a way")
}

/// Place and tier of the first task.
fn pick(tasks: &[Task], may_host: bool, device: Option<&Costs>) -> (bool, Tier) {
    let choice = decide(tasks, may_host, device);
    (choice.on_device, choice.picks[0].tier)
}

/// A GPU that moves 20 GB/s and replays 10^11 operations a second; and one behind a slow wire.
fn fast() -> Costs {
    costs(Kind::Hardware, &[(Cost::RoundTrip, 1e-4), (Cost::Byte, 5e-11), (Cost::Replay, 1e-11)])
}

fn slow() -> Costs {
    costs(Kind::Hardware, &[(Cost::RoundTrip, 1e-3), (Cost::Byte, 1e-8), (Cost::Replay, 1e-8)])
}

#[test]
fn a_batch_of_one_is_interpreted_on_the_host() {
    for device in [None, Some(&fast()), Some(&slow())] {
        assert_eq!(pick(&[task(1)], true, device), (false, Tier::Interpret));
        // Where its paths are known, they are shorter than the machine's way.
        assert_eq!(pick(&[Task { is_recorded: true, ..task(1) }], true, device), (false, Tier::Replay));
    }
}

#[test]
fn a_million_lanes_go_where_they_are_done_first() {
    let million = task(1_000_000);
    assert_eq!(pick(&[million], true, None), (false, Tier::Replay));
    assert_eq!(pick(&[million], true, Some(&fast())), (true, Tier::Replay));
    assert_eq!(pick(&[million], true, Some(&slow())), (false, Tier::Replay));
    // A device that was named is taken, however slow it is.
    assert!(pick(&[million], false, Some(&slow())).0);
}

#[test]
fn a_kernel_is_compiled_once_its_lack_has_cost_as_much() {
    let kernel = Kernel::Of { operations: 200, is_made: false };
    let device = costs(
        Kind::Software,
        &[(Cost::Replay, 1e-9), (Cost::Specialize, 1e-10), (Cost::Kernel, 0.02), (Cost::KernelOperation, 5e-4)],
    );
    let at = |spent: f64, is_recorded: bool| Task { spent, is_recorded, kernel, ..task(100_000) };
    let mut spent = 0.0;
    let mut calls = 0;
    while pick(&[at(spent, true)], false, Some(&device)).1 == Tier::Replay {
        spent += decide(&[at(spent, true)], false, Some(&device)).picks[0].run.total();
        calls += 1;
    }
    assert_eq!(pick(&[at(spent, true)], false, Some(&device)), (true, Tier::Specialize));
    // Compiling takes .12 s, replaying 6.9 ms a call and the kernel 1.5: in 22 calls that is as much.
    assert!((15..30).contains(&calls), "{calls} calls");
    assert!((0.12..0.2).contains(&spent), "{spent} s");
    // One call that is large enough pays at once, and a kernel that is there costs nothing.
    let large = Task { lanes: 10_000_000, ..at(0.0, true) };
    assert_eq!(pick(&[large], false, Some(&device)).1, Tier::Specialize);
    let made = Task { kernel: Kernel::Of { operations: 200, is_made: true }, ..at(0.0, true) };
    assert_eq!(pick(&[made], false, Some(&device)).1, Tier::Specialize);
}

#[test]
fn what_the_host_did_counts_towards_a_kernel_too() {
    let kernel = Kernel::Of { operations: 200, is_made: false };
    // Replaying is slow here, a kernel is not.
    let device = costs(Kind::Hardware, &[(Cost::Replay, 1e-8), (Cost::Specialize, 1e-13), (Cost::Byte, 1e-11)]);
    let at = |spent: f64| Task { spent, is_recorded: true, kernel, ..task(1_000_000) };
    assert_eq!(pick(&[at(0.0)], true, Some(&device)), (false, Tier::Replay));
    assert_eq!(pick(&[at(0.2)], true, Some(&device)), (true, Tier::Specialize));
}

#[test]
fn a_program_that_is_too_large_is_replayed_and_that_is_said() {
    let device = costs(Kind::Software, &[(Cost::Specialize, 1e-12), (Cost::Kernel, 1e-6)]);
    let large = Task { is_recorded: true, spent: 100.0, kernel: Kernel::TooLarge, ..task(100_000) };
    let choice = decide(&[large], false, Some(&device));
    assert_eq!((choice.on_device, choice.picks[0].tier), (true, Tier::Replay));
    let reason = choice.reason(&large, 0, "Big", None);
    assert!(reason.starts_with("replay on Big: about 10 ms; interpret on Big: "), "{reason}");
    assert!(reason.ends_with("the program is too large for a kernel of its own"), "{reason}");
}

#[test]
fn a_tier_that_was_named_is_taken_or_refused() {
    for asked in [Tier::Interpret, Tier::Replay] {
        for device in [None, Some(&fast())] {
            assert_eq!(pick(&[Task { asked, ..task(1_000_000) }], true, device).1, asked);
            assert_eq!(pick(&[Task { asked, ..task(1) }], true, device), (false, asked));
        }
    }
    let kernel = Kernel::Of { operations: 200, is_made: false };
    let specialized = Task { asked: Tier::Specialize, kernel, ..task(1) };
    assert_eq!(pick(&[specialized], true, Some(&slow())), (true, Tier::Specialize));
    let host = Costs::assumed(Kind::Host);
    assert_eq!(choose(&[specialized], &Host { costs: &host, cores: 2 }, true, None), None);
}

#[test]
fn many_programs_share_a_dispatch() {
    let device = costs(Kind::Hardware, &[(Cost::RoundTrip, 1e-3), (Cost::Byte, 1e-12), (Cost::Replay, 1e-13)]);
    let one = Task { is_recorded: true, operations: 500.0, ..task(256) };
    assert!(!pick(&[one], true, Some(&device)).0, "the round trip alone takes longer");
    assert!(pick(&vec![one; 1000], true, Some(&device)).0, "a thousand share it");
}

#[test]
fn a_reason_has_the_numbers() {
    let made = Kernel::Of { operations: 400, is_made: false };
    let one = Task { is_recorded: true, kernel: made, ..task(1000) };
    let device = costs(Kind::Software, &[(Cost::RoundTrip, 4e-4)]);
    let reason = decide(&[one], true, Some(&device)).reason(&one, 0, "X", Some("a note"));
    assert_eq!(
        reason,
        "replay on cpu: about 6.0 µs; replay on X: 502 µs, most of it the way there and back; \
         interpret on cpu: 1.6 ms; a note"
    );
    let choice = decide(&[one], false, Some(&device));
    let reason = choice.reason(&one, 0, "X", None);
    assert!(reason.contains("; specialize on X: 220 ms, most of it compiling"), "{reason}");
    let spent = Task { spent: 0.1, ..one };
    let reason = decide(&[spent], false, Some(&device)).reason(&spent, 0, "X", None);
    assert!(reason.contains("most of it compiling, of which earlier calls would have saved "), "{reason}");
    let new = decide(&[task(1)], true, None).reason(&task(1), 0, "X", None);
    assert_eq!(new, "interpret on cpu: about 3.1 µs; replay on cpu: 30 µs, most of it recording");
    let named = Task { asked: Tier::Replay, ..task(1) };
    assert_eq!(decide(&[named], true, None).reason(&named, 0, "X", None), "it was asked for");
}

#[test]
fn a_measure_follows_what_calls_take() {
    let mut costs = Costs::assumed(Kind::Software);
    let run = |costs: &Costs| Estimate::default().with(costs, Cost::RoundTrip, 1.0).with(costs, Cost::Replay, 1e8);
    assert_eq!(run(&costs).most(), Some(Cost::Replay));
    for _ in 0..40 {
        let estimate = run(&costs);
        costs.learn(&estimate, Duration::from_secs_f64(costs.of(Cost::RoundTrip) + 0.3));
    }
    assert!((costs.of(Cost::Replay) - 3e-9).abs() < 1e-12, "{costs:?}");
    assert!(costs.is_measured(Cost::Replay) && !costs.is_measured(Cost::RoundTrip));
    // One slow call moves it by an eighth of the way.
    let estimate = run(&costs);
    costs.learn(&estimate, Duration::from_secs_f64(costs.of(Cost::RoundTrip) + 0.7));
    assert!((costs.of(Cost::Replay) - 3.5e-9).abs() < 1e-11, "{costs:?}");
    // One that took half as long, by as much.
    let estimate = run(&costs);
    costs.learn(&estimate, Duration::from_secs_f64(estimate.total() / 2.0));
    assert!((costs.of(Cost::Replay) - 3.5e-9 * (1.0 - 0.5 / 8.0)).abs() < 1e-11, "{costs:?}");
    // What is no time tells nothing.
    let before = costs.clone();
    let estimate = run(&costs);
    costs.learn(&estimate, Duration::ZERO);
    costs.note(Cost::Byte, f64::NAN);
    assert_eq!(costs, before);
}

/// A folder that nothing else has.
fn fresh(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("evalgrad-costs-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    path
}

fn owner() -> Owner {
    Owner { kind: Kind::Hardware, machine: "Big GPU (2) vulkan".to_owned(), driver: "d 1.2/3".to_owned() }
}

#[test]
fn what_was_measured_is_there_again() {
    let path = fresh("kept");
    let cache = Cache::at(path.clone());
    assert_eq!(cache.load(&owner()), None);
    let measured = costs(Kind::Hardware, &[(Cost::Replay, 1.234_567_890_123e-9), (Cost::Byte, 3e-10)]);
    cache.save(&owner(), &measured);
    assert_eq!(cache.load(&owner()), Some(measured.clone()));
    let files: Vec<OsString> =
        fs::read_dir(&path).expect("a folder").map(|file| file.expect("a file").file_name()).collect();
    assert_eq!(files, ["costs-big-gpu-2-vulkan-d-1-2-3.json"]);
    // Another driver, though its file has the same name, or another machine.
    let other = Owner { driver: "d 1.2 3".to_owned(), ..owner() };
    assert_eq!(cache.load(&other), None);
    assert_eq!(cache.load(&Owner::host(3)), None);
    cache.save(&other, &Costs::assumed(Kind::Hardware));
    assert_eq!(cache.load(&owner()), None);
    fs::remove_dir_all(&path).expect("it is ours");
}

#[test]
fn a_file_that_does_not_read_is_none_and_is_written_over() {
    let path = fresh("broken");
    let cache = Cache::at(path.clone());
    let measured = costs(Kind::Hardware, &[(Cost::Replay, 2e-9)]);
    cache.save(&owner(), &measured);
    let file = fs::read_dir(&path).expect("a folder").next().expect("a file").expect("a file").path();
    let good = fs::read_to_string(&file).expect("a text");
    let broken = [
        "".to_owned(),
        "{".to_owned(),
        "[1]".to_owned(),
        good[..good.len() / 2].to_owned(),
        good.replace("0.000000002", "-1").replace("2e-9", "-1"),
        good.replace("0.000000002", "\"x\"").replace("2e-9", "\"x\""),
        good.replace(env!("CARGO_PKG_VERSION"), "0.0.0"),
    ];
    for text in broken {
        assert_ne!(text, good);
        fs::write(&file, &text).expect("it is ours");
        assert_eq!(cache.load(&owner()), None, "{text}");
        cache.save(&owner(), &measured);
        assert_eq!(cache.load(&owner()), Some(measured.clone()), "{text}");
    }
    fs::remove_dir_all(&path).expect("it is ours");
}

#[test]
fn a_folder_that_cannot_be_is_no_error() {
    let path = fresh("file");
    fs::write(&path, "no folder").expect("a file");
    for cache in [Cache::at(path.join("below")), Cache::none()] {
        cache.save(&owner(), &fast());
        assert_eq!(cache.load(&owner()), None);
    }
    fs::remove_file(&path).expect("it is ours");
}
