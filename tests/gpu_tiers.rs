//! The corpus by every tier of the device: values, gradients, statuses and warnings of the host's interpreter, bit for bit.

mod common;

use std::collections::HashMap;

use common::corpus::{Case, load};
use common::recorded::bits;
use evalgrad::engine::Way;
use evalgrad::{
    Batch, Budgets, Device, Engine, Gradients, Interpreter, Program, Road, Settings, Status, Tier, Warning,
};

/// Lanes of a program, their inputs a little apart.
const LANES: usize = 3;
/// Small enough that a program without an end ends soon on any device.
const BUDGETS: Budgets = Budgets { steps: 60_000, stack: 5_000, heap: 10_000, tape: 100_000 };

/// What a program gave: values, gradients by name, statuses and warnings.
type Answers = (Vec<u32>, Vec<(String, Vec<u32>)>, Vec<Status>, Vec<Warning>);

fn answers(found: &Gradients<f32>) -> Answers {
    let column = |values: &[f32]| values.iter().map(|&value| bits(value)).collect::<Vec<u32>>();
    let grads = found.grads.iter().map(|(name, values)| (name.to_owned(), column(values))).collect();
    (column(&found.values), grads, found.status.clone(), found.warnings.clone())
}

/// The programs of the corpus that run at all, and their inputs' values.
fn programs() -> Vec<(String, Program, Vec<Vec<f64>>)> {
    let program = |case: Case| {
        let program = Program::parse_with(&case.text, &case.options()).ok()?;
        let column = |input: &evalgrad::expand::Input| {
            let given = case.sets.iter().find(|(name, _)| **name == *input.name).map(|(_, value)| *value);
            let value = given.or(input.start)?;
            Some((0..LANES).map(|lane| value + lane as f64 / 64.0).collect())
        };
        let columns = program.inputs().iter().map(column).collect::<Option<Vec<Vec<f64>>>>()?;
        Some((case.name, program, columns))
    };
    load().into_iter().filter_map(program).collect()
}

/// All programs on one road by one tier of an engine, in one call.
fn run(engine: &Engine, programs: &[(String, Program, Vec<Vec<f64>>)], road: Road, tier: Tier) -> Vec<(Answers, Way)> {
    let batch = |(_, program, columns): &(String, Program, Vec<Vec<f64>>)| {
        let batch = Batch::new(program, LANES).road(road).tier(tier);
        program.inputs().iter().zip(columns).fold(batch, |batch, (input, column)| {
            let single: Vec<f32> = column.iter().map(|&value| value as f32).collect();
            batch.bind(&input.name, single).expect("an input of the program")
        })
    };
    let batches: Vec<Batch> = programs.iter().map(batch).collect();
    let names: Vec<Vec<&str>> =
        programs.iter().map(|(_, program, _)| program.inputs().iter().map(|input| &*input.name).collect()).collect();
    let all: Vec<(&Batch, &[&str])> = batches.iter().zip(&names).map(|(batch, names)| (batch, &names[..])).collect();
    let found = engine.value_and_grad_many(&all).expect("a call without mistakes");
    found.iter().map(|found| (answers(found), found.way.clone())).collect()
}

fn engine(device: Device) -> Engine {
    let engine = Engine::with_interpreter(device, Interpreter::bootstrap().expect("the bootstrap compiles"));
    engine.expect("an engine").with_settings(Settings { budgets: BUDGETS, ..Settings::default() })
}

#[test]
fn every_program_of_the_corpus_by_every_tier() {
    let programs = programs();
    assert!(programs.len() >= 300, "{} programs", programs.len());
    let (host, device) = (engine(Device::Cpu), engine(Device::Gpu));
    let mut ways: HashMap<Tier, usize> = HashMap::new();
    for road in [Road::Interpreted, Road::Direct] {
        let wanted = run(&host, &programs, road, Tier::Interpret);
        for tier in [Tier::Interpret, Tier::Replay, Tier::Specialize] {
            let found = run(&device, &programs, road, tier);
            for ((name, ..), ((found, way), (wanted, _))) in programs.iter().zip(found.iter().zip(&wanted)) {
                assert_eq!(way.tier, tier, "{name}");
                assert_eq!(found, wanted, "{name} ({road}, {tier})");
                *ways.entry(tier).or_default() += usize::from(way.interpreted == 0);
            }
        }
    }
    // Most programs have lanes that a device's replay and kernels end themselves: those of others are interpreted openly.
    for tier in [Tier::Replay, Tier::Specialize] {
        assert!(
            ways[&tier] >= programs.len(),
            "{tier}: {} of {} without interpreted lanes",
            ways[&tier],
            2 * programs.len()
        );
    }
}
