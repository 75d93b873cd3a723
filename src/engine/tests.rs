//! Tests of `auto` on a device, which is a software one here: what is believed of it is made up, what it does is real.

use crate::batch::{Batch, Tier};
use crate::device::{DeviceError, Executor, Selection, testing};
use crate::engine::costs::{Cost, Measure};
use crate::engine::decide::Decided;
use crate::engine::device::Place;
use crate::engine::{CPU, Device, Engine, Gradients, Way};
use crate::program::Program;

const PROGRAM: &str = "(* a (* (exp (- (* b x))) (cos (* x 3))))";

fn program() -> Program {
    Program::parse(PROGRAM).expect("a program")
}

fn batch(program: &Program, lanes: usize) -> Batch {
    let column = |seed: usize| (0..lanes).map(|lane| (lane * seed % 977) as f32 / 489.0).collect::<Vec<f32>>();
    let names = ["a", "b", "x"].iter().zip([31, 57, 73]);
    names.fold(Batch::new(program, lanes), |batch, (name, seed)| batch.bind(name, column(seed)).expect("an input"))
}

fn gradients(engine: &Engine, batch: &Batch) -> Gradients<f32> {
    engine.value_and_grad(batch, &["a", "b", "x"]).expect("it runs")
}

fn bits(out: &Gradients<f32>) -> Vec<u32> {
    let columns = out.grads.iter().flat_map(|(_, column)| column);
    out.values.iter().chain(columns).map(|value| value.to_bits()).collect()
}

/// Makes the engine believe this of its device, whose replay is compiled.
fn believe(engine: &Engine, beliefs: &[(Cost, f64)]) {
    engine.opened(true).expect("it opens");
    let mut books = engine.ledger.books();
    let device = books.device.as_mut().expect("it is open");
    device.has_replayer = true;
    beliefs.iter().for_each(|&(cost, value)| device.costs.set(cost, Measure { value, seen: 100 }));
}

#[test]
fn a_hot_program_gets_a_kernel_of_its_own_and_keeps_its_bits() {
    if testing::context("a hot program").is_none() {
        return;
    }
    let engine = Engine::new(Device::Gpu).expect("an engine");
    // The first replay compiles the kernel that replays.
    let other = Program::parse("(* a b x)").expect("a program");
    gradients(&engine, &batch(&other, 64).tier(Tier::Replay));
    believe(
        &engine,
        &[(Cost::RoundTrip, 1e-3), (Cost::Replay, 2e-9), (Cost::Kernel, 0.05), (Cost::KernelOperation, 1e-9)],
    );
    let program = program();
    let batch = batch(&program, 10_000);
    let expected = gradients(&Engine::new(Device::Cpu).expect("an engine"), &batch);
    let first = gradients(&engine, &batch);
    assert_eq!(first.tier, Tier::Replay, "{}", first.way.reason);
    assert_eq!(bits(&first), bits(&expected));
    let mut last = first;
    let mut calls = 1;
    while last.tier == Tier::Replay {
        assert!(calls < 1000, "{}", last.way.reason);
        last = gradients(&engine, &batch);
        assert_eq!(bits(&last), bits(&expected));
        calls += 1;
    }
    assert_eq!(last.tier, Tier::Specialize, "{}", last.way.reason);
    assert!(calls > 2, "it was not hot yet: {}", last.way.reason);
    assert!(last.way.reason.starts_with("specialize on "), "{}", last.way.reason);
    assert!(last.way.reason.contains("of which earlier calls would have saved "), "{}", last.way.reason);
    let again = gradients(&engine, &batch);
    assert_eq!((again.tier, bits(&again)), (Tier::Specialize, bits(&expected)));
    let chosen: Vec<Tier> = engine.chosen().iter().map(|chosen| chosen.tier).collect();
    assert_eq!(chosen, [Tier::Replay, Tier::Specialize]);
}

#[test]
fn a_program_that_is_too_large_to_replay_is_interpreted_or_refused() {
    if testing::context("a program too large to replay").is_none() {
        return;
    }
    // Every term is an instruction of its own where elements share sums.
    let program = Program::parse("(let ((m (* x (ones 26 26)))) (vsum (matmul m m)))").expect("a program");
    let batch = Batch::new(&program, 3).bind("x", &[0.25f32, 0.5, 0.75]).expect("an input");
    let engine = Engine::new(Device::Gpu).expect("an engine");
    let named = engine.value_and_grad(&batch.clone().tier(Tier::Replay), &["x"]);
    let named = named.expect_err("a named tier never falls back");
    assert!(named.to_string().contains("too large for the tier `replay`"), "{named}");
    // Nobody could know before.
    let executor = engine.opened(true).expect("it is open").expect("a device");
    let plan = engine.linked.plan(&engine.interpreter, &[&batch], &[vec![0]]).expect("a plan");
    let ways = [Way::new(Tier::Replay, "fast")];
    let ran = engine.on_device(&executor, &plan, &[&batch], &ways, true).expect("it is interpreted");
    assert_eq!((ran.ways[0].tier, ran.ways[0].interpreted), (Tier::Interpret, 3));
    assert!(ran.ways[0].reason.contains("too large for the GPU to replay"), "{}", ran.ways[0].reason);
    let expected = Engine::new(Device::Cpu).expect("an engine").value_and_grad(&batch, &["x"]).expect("it runs");
    assert_eq!(ran.ended[0].values, expected.values);
}

#[test]
fn a_program_that_is_too_large_is_replayed() {
    if testing::context("a large program").is_none() {
        return;
    }
    let terms: Vec<String> = (0..5000).map(|term| format!("(sin (* x {term}.5))")).collect();
    let program = Program::parse(&format!("(+ {})", terms.join(" "))).expect("a program");
    let xs: Vec<f32> = (0..300).map(|lane| lane as f32 / 64.0).collect();
    let batch = Batch::new(&program, 300).bind("x", xs).expect("an input");
    let gradients = |engine: &Engine| engine.value_and_grad(&batch, &["x"]).expect("it runs");
    let engine = Engine::new(Device::Gpu).expect("an engine");
    let out = gradients(&engine);
    assert_eq!(out.tier, Tier::Replay);
    assert!(out.way.reason.contains("the program is too large for a kernel of its own"), "{}", out.way.reason);
    assert_eq!(bits(&out), bits(&gradients(&Engine::new(Device::Cpu).expect("an engine"))));
    let named = engine.value_and_grad(&batch.clone().tier(Tier::Specialize), &["x"]);
    let named = named.expect_err("a named tier never falls back");
    assert!(named.to_string().contains("too large for a kernel of its own"), "{named}");
    // Nobody could know before.
    let executor = engine.opened(true).expect("it is open").expect("a device");
    let ways = vec![Way::new(Tier::Specialize, "fast")];
    let (tasks, picks, probed) = (Vec::new(), Vec::new(), Vec::new());
    let decided = Decided { executor: Some(executor.clone()), ways, tasks, picks, probed };
    let plan = engine.linked.plan(&engine.interpreter, &[&batch], &[vec![0]]).expect("a plan");
    let ran = engine.on_device(&executor, &plan, &[&batch], &decided.ways, true).expect("it runs");
    assert_eq!((ran.ways[0].tier, &ran.ended[0].values), (Tier::Replay, &out.values));
    let reason = &ran.ways[0].reason;
    assert!(reason.starts_with("the program can have no kernel of its own: "), "{reason}");
    assert!(reason.ends_with("; it was to be fast"), "{reason}");
}

#[test]
fn the_host_is_measured_once() {
    let engine = Engine::new(Device::Cpu).expect("an engine");
    assert!(engine.measure_host().expect("it runs"));
    assert!(!engine.measure_host().expect("nothing runs"));
    let books = engine.ledger.books();
    assert!([Cost::Interpret, Cost::Replay].into_iter().all(|cost| books.host.is_measured(cost)), "{books:?}");
    let recording = [Cost::Record, Cost::RecordOperation];
    assert!(recording.into_iter().any(|cost| books.host.is_measured(cost)), "{books:?}");
}

#[test]
fn auto_takes_a_device_that_seems_faster_and_leaves_it_when_it_is_not() {
    if testing::context("auto").is_none() {
        return;
    }
    let mut engine = Engine::new(Device::Auto).expect("an engine");
    engine.place = Place::that_came_to(Device::Auto, Executor::open(&Selection::Best));
    believe(&engine, &[(Cost::RoundTrip, 1e-9), (Cost::Byte, 1e-15), (Cost::Replay, 1e-15)]);
    let program = program();
    let small = batch(&program, 20);
    assert_eq!(&*gradients(&engine, &small).device, CPU, "nothing that small leaves the host");
    engine.ledger.books().worked = 10.0;
    let large = batch(&program, 1_500_000);
    let there = gradients(&engine, &large);
    assert_ne!(&*there.device, CPU, "{}", there.way.reason);
    let expected = bits(&there);
    for _ in 0..100 {
        let out = gradients(&engine, &large);
        assert_eq!(bits(&out), expected);
        if &*out.device == CPU {
            assert!(out.way.reason.starts_with("replay on cpu: about "), "{}", out.way.reason);
            return;
        }
    }
    panic!("the device is not faster than the host, which it is made of: {:?}", engine.ledger.books());
}

#[test]
fn without_a_hardware_gpu_everything_is_the_hosts() {
    let mut engine = Engine::new(Device::Auto).expect("an engine");
    engine.place = Place::that_came_to(Device::Auto, Err(DeviceError::NoHardware));
    engine.ledger.books().worked = 10.0;
    let program = program();
    let large = batch(&program, 500_000);
    let out = gradients(&engine, &large);
    assert_eq!((&*out.device, out.tier), (CPU, Tier::Replay));
    assert!(out.way.reason.ends_with("there is no hardware GPU"), "{}", out.way.reason);
    let named = engine.evaluate(&large.clone().tier(Tier::Specialize)).expect_err("only a GPU has that tier");
    assert!(named.to_string().contains("specialize"), "{named}");
    // What the host took is known now.
    assert!(engine.ledger.books().host.is_measured(Cost::Replay));
}

#[test]
fn one_lane_is_interpreted_until_it_has_come_often() {
    let engine = Engine::new(Device::Cpu).expect("an engine");
    let program = program();
    let one = batch(&program, 1);
    let first = gradients(&engine, &one);
    assert_eq!(first.tier, Tier::Interpret, "{}", first.way.reason);
    let often = (0..10_000).find(|_| gradients(&engine, &one).tier == Tier::Replay);
    assert!(often.is_some(), "recording was never worth it");
    assert_eq!(bits(&gradients(&engine, &one)), bits(&first));
}
