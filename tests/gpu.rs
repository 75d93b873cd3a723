//! The device against the host: the same programs in one dispatch, bit for bit, however it is cut up.

mod common;

use std::sync::OnceLock;

use common::Prepared;
use common::corpus::{Case, load};
use common::run::{evaluator_of, interpreter};
use evalgrad::Program;
use evalgrad::device::{Executor, Selection};
use evalgrad::host;
use evalgrad::machine::work::{Answer, Arenas, Column, Ended, Segment, Work};
use evalgrad::machine::{Budgets, Image};

/// The device of this process: the best there is, a software one included.
fn device() -> &'static Executor {
    static DEVICE: OnceLock<Executor> = OnceLock::new();
    DEVICE
        .get_or_init(|| Executor::open(&Selection::Best).expect("these tests need an adapter; ./test.sh installs one"))
}

/// Small enough that a program without an end ends soon on any device.
const BUDGETS: Budgets = Budgets { steps: 60_000, stack: 5_000, heap: 10_000, tape: 100_000 };

/// Programs in one image, each on both roads.
struct Batch {
    image: Image,
    segments: Vec<Segment>,
    names: Vec<String>,
}

impl Batch {
    /// The programs of the corpus that run at all, with as many lanes each, their inputs a little apart from lane to lane.
    fn of(cases: &[Case], lanes: usize) -> Batch {
        let mut batch = Batch { image: interpreter().image().clone(), segments: Vec::new(), names: Vec::new() };
        for case in cases {
            let Ok(program) = Program::parse_with(&case.text, &case.options()) else { continue };
            let columns: Option<Vec<Column>> = program
                .inputs()
                .iter()
                .map(|input| {
                    let given = case.sets.iter().find(|(name, _)| **name == *input.name).map(|(_, value)| *value);
                    let value = given.or(input.start)?;
                    let spread = (0..lanes).map(|lane| value + lane as f64 / 64.0).collect::<Vec<f64>>();
                    Some(Column::F64(spread.into()))
                })
                .collect();
            let Some(columns) = columns else { continue };
            let graph = program.graph().expect("a program of the corpus has a graph");
            let starts = [
                ("interpreted", batch.image.interpreted(program.core()).expect("it encodes")),
                ("direct", batch.image.direct(graph).expect("it schedules")),
            ];
            for (road, start) in starts {
                batch.segments.push(Segment::new(start, columns.clone(), lanes));
                batch.names.push(format!("{} ({road})", case.name));
            }
        }
        batch
    }

    fn work(&self, arenas: Option<Arenas>, fuel: Option<u32>) -> Work<'_> {
        Work { image: &self.image, segments: &self.segments, budgets: BUDGETS, arenas, gradient: true, fuel }
    }
}

/// Everything a segment gave, with floats by their bits.
fn bits(ended: &Ended<f32>) -> Vec<String> {
    let gradient = |lane: usize| ended.gradients.iter().map(|column| canonical(column[lane])).collect::<Vec<_>>();
    let answer = |lane: usize| match ended.answer(lane) {
        Ok(Answer::Float(value)) => format!("float {:#x}", canonical(value)),
        other => format!("{other:?}"),
    };
    (0..ended.values.len()).map(|lane| format!("{} {:x?}", answer(lane), gradient(lane))).collect()
}

/// A number's bits; every NaN is one NaN, since IEEE 754 leaves its payload and sign open.
fn canonical(value: f32) -> u32 {
    if value.is_nan() { f32::NAN.to_bits() } else { value.to_bits() }
}

fn assert_same(batch: &Batch, found: &[Ended<f32>], expected: &[Ended<f32>], how: &str) {
    let wrong: Vec<String> = found
        .iter()
        .zip(expected)
        .zip(&batch.names)
        .filter(|((found, expected), _)| bits(found) != bits(expected))
        .map(|((found, expected), name)| {
            let (found, expected) = (bits(found), bits(expected));
            let lane = (0..found.len()).find(|&lane| found[lane] != expected[lane]).unwrap_or(0);
            format!("{name}, lane {lane}: {}\n    expected {}", found[lane], expected[lane])
        })
        .collect();
    assert!(wrong.is_empty(), "{how}: {} of {} segments differ:\n{}", wrong.len(), found.len(), wrong.join("\n"));
}

#[test]
fn the_corpus_on_both_roads_in_one_dispatch_equals_the_host() {
    let cases = load();
    let batch = Batch::of(&cases, 1);
    assert!(batch.segments.len() >= 2 * 300, "{} segments", batch.segments.len());
    let work = batch.work(None, None);
    let expected = host::execute::<f32>(&work);
    assert_same(&batch, &device().execute(&work).expect("the device runs"), &expected, "one dispatch");
}

/// Programs with lists, closures, recursion, branches and failures, 64 of them.
fn mixture() -> Vec<Case> {
    let cases = load();
    let themes = ["lists", "higher", "closures", "recursion", "loops", "gradients", "conditionals", "errors", "big"];
    let of_theme = |case: &Case| themes.iter().any(|theme| case.name.contains(theme));
    let runs =
        |case: &Case| !case.name.contains("budgets") && !Batch::of(std::slice::from_ref(case), 1).segments.is_empty();
    let picked: Vec<Case> = cases.into_iter().filter(|case| of_theme(case) && runs(case)).collect();
    let step = picked.len() / 64;
    assert!(step > 0, "the corpus has 64 such programs");
    picked.into_iter().step_by(step).take(64).collect()
}

#[test]
fn four_thousand_lanes_of_64_programs_equal_one_at_a_time() {
    let batch = Batch::of(&mixture(), 32);
    let lanes = batch.segments.iter().map(|segment| segment.lanes).sum::<usize>();
    assert_eq!(lanes, 4_096, "64 programs on two roads, 32 lanes each");
    let work = batch.work(None, None);
    let all = device().execute(&work).expect("the device runs");
    assert_same(&batch, &all, &host::execute::<f32>(&work), "against the host");
    let failed = all.iter().flat_map(|ended| &ended.others).filter(|(_, answer)| answer.is_err()).count();
    assert!(failed > 0, "the mixture holds lanes that fail");
    // One instance of every program alone, another lane each time.
    for (index, segment) in batch.segments.iter().enumerate() {
        let lane = index % segment.lanes;
        let columns = segment.columns.iter().map(|column| Column::Uniform(column.at::<f64>(lane))).collect();
        let alone = [Segment::new(segment.start, columns, 1)];
        let ended = device().execute(&Work { segments: &alone, ..work }).expect("the device runs");
        assert_eq!(bits(&ended[0])[0], bits(&all[index])[lane], "{}, lane {lane} alone", batch.names[index]);
    }
}

#[test]
fn any_fuel_gives_the_same_bits() {
    let cases: Vec<Case> = mixture().into_iter().step_by(4).collect();
    let batch = Batch::of(&cases, 2);
    let expected = host::execute::<f32>(&batch.work(None, None));
    for fuel in [7, 64, 1000, u32::MAX] {
        let found = device().execute(&batch.work(None, Some(fuel))).expect("the device runs");
        assert_same(&batch, &found, &expected, &format!("fuel {fuel}"));
    }
    // One instruction a slice: a few short programs.
    let short: Vec<Case> = mixture().into_iter().filter(|case| case.text.len() < 60).take(6).collect();
    let batch = Batch::of(&short, 1);
    let expected = host::execute::<f32>(&batch.work(None, None));
    let found = device().execute(&batch.work(None, Some(1))).expect("the device runs");
    assert_same(&batch, &found, &expected, "fuel 1");
}

#[test]
fn starved_arenas_grow_to_the_same_answer() {
    let batch = Batch::of(&mixture(), 1);
    let expected = host::execute::<f32>(&batch.work(None, None));
    for size in (1..=40).chain([64, 100]) {
        let arenas = Arenas { stack: size, heap: size, tape: size };
        let found = device().execute(&batch.work(Some(arenas), None)).expect("the device runs");
        assert_same(&batch, &found, &expected, &format!("arenas of {size}"));
    }
}

/// One program on both roads, one lane each, under these budgets.
fn answers(text: &str, budgets: Budgets) -> Vec<Answer<f32>> {
    let program = Program::parse(text).expect("it parses");
    let mut image = interpreter().image().clone();
    let starts = [
        image.interpreted(program.core()).expect("it encodes"),
        image.direct(program.graph().expect("it has a graph")).expect("it schedules"),
    ];
    let segments = starts.map(|start| Segment::new(start, Vec::new(), 1));
    let work = Work { image: &image, segments: &segments, budgets, arenas: None, gradient: false, fuel: None };
    let ended = device().execute(&work).expect("the device runs");
    ended.into_iter().map(|ended| ended.answer(0).expect("it has a value")).collect()
}

#[test]
fn a_million_iterations_within_a_mebibyte_of_heap() {
    // 65,536 cells of 16 bytes.
    let budgets = Budgets { heap: 65_536, ..Budgets::default() };
    let text = "(loop ((i 0)) (if (< i 1000000) (recur (+ i 1)) i))";
    assert_eq!(answers(text, budgets), [Answer::Int(1_000_000), Answer::Int(1_000_000)]);
}

#[test]
fn a_hundred_thousand_tail_calls() {
    let text = "(define (f n) (if (= n 0) 'done (f (- n 1)))) (f 100000)";
    let done = Answer::Written("done".into());
    assert_eq!(answers(text, Budgets::default()), [done.clone(), done]);
}

#[test]
fn the_interpreter_interprets_itself_interpreting_a_recursive_program() {
    let power =
        Prepared::of("(define (power x n) (if (= n 0) 1.0 (* x (power x (- n 1))))) (+ (power x 7) (sin (power a 3)))");
    let evaluator = evaluator_of(&power);
    let columns = vec![Column::Uniform(1.25), Column::Uniform(0.75)];
    let segments = |prepared: &Prepared| prepared.starts.map(|start| Segment::new(start, columns.clone(), 2));
    let run = |prepared: &Prepared, on_device: bool| {
        let segments = segments(prepared);
        let work = Work {
            image: &prepared.image,
            segments: &segments,
            budgets: Budgets::default(),
            arenas: None,
            gradient: true,
            fuel: None,
        };
        let ended = if on_device { device().execute(&work).expect("the device runs") } else { host::execute(&work) };
        ended.iter().flat_map(bits).collect::<Vec<_>>()
    };
    let direct = run(&power, false)[2].clone();
    for on_device in [false, true] {
        assert_eq!(run(&evaluator, on_device), vec![direct.clone(); 4], "on the device: {on_device}");
    }
}
