//! Recording: what lanes write into a residual program is the raw tape along every path, and loops share their sections.

mod common;

use std::collections::HashSet;

use common::corpus::load;
use common::{Prepared, ROADS};
use evalgrad::host::{self, Loaded, Recorded, Recorder};
use evalgrad::machine::work::{Answer, Column, Segment, Work};
use evalgrad::machine::{Budgets, ErrorKind};
use evalgrad::op::{self, Kind, Op};
use evalgrad::tape::{End, Operand, Operation, Output, REFUSED, Residual, SectionId};
use evalgrad::value::Real;
use rayon::prelude::*;

/// What an operation reads: a slot, or a constant's bits (as an f64).
#[derive(Clone, Copy, Debug, PartialEq)]
enum Read {
    Slot(u32),
    Constant(u64),
}

/// An operation, or a guard with its outcome; slots number inputs and operations.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Step {
    op: Op,
    a: Read,
    b: Read,
    is_guard: bool,
    value: u64,
}

fn bits<F: Real>(number: F) -> u64 {
    number.wide().to_bits()
}

/// Where a path ends.
#[derive(Clone, Debug)]
enum Ending<F: Real> {
    Value(Answer<F>),
    Fault,
    /// Nothing is known from here on.
    Open,
}

/// A lane's way through a residual program, decided by the guards alone.
struct Path<F: Real> {
    sections: Vec<SectionId>,
    steps: Vec<Step>,
    applications: u32,
    ending: Ending<F>,
}

/// The plainest replay there is; a cycle without an end is left when a budget is spent.
fn follow<F: Real>(lanes: &Lanes, image: &Loaded<F>, residual: &Residual<F>, inputs: &[F]) -> Path<F> {
    let mut path = Path { sections: vec![SectionId::ENTRY], steps: Vec::new(), applications: 0, ending: Ending::Open };
    let mut frame: Vec<(u32, F)> = Vec::new();
    let mut next = inputs.len() as u32 + 1;
    loop {
        let id = path.sections[path.sections.len() - 1];
        let (section, code, constants) = (residual.section(id), residual.code(id), residual.constants(id));
        let is_spent = path.applications > lanes.budgets.steps || path.steps.len() > lanes.budgets.tape as usize;
        if is_spent || matches!(section.end, End::Open) {
            return path;
        }
        assert_eq!(code.base as usize, frame.len());
        let read = |operand: Operand, frame: &[(u32, F)]| match operand {
            Operand::Slot(slot) => frame[slot as usize],
            Operand::Input(input) => (input + 1, inputs[input as usize]),
            Operand::Constant(constant) => (0, constants[constant as usize]),
        };
        let step = |Operation { op, a, b }: Operation, frame: &[(u32, F)]| {
            let (a, b) = (read(a, frame), read(b, frame));
            let operand = |(slot, number): (u32, F)| match slot {
                0 => Read::Constant(bits(number)),
                slot => Read::Slot(slot),
            };
            (Step { op, a: operand(a), b: operand(b), is_guard: false, value: 0 }, a.1, b.1)
        };
        for &operation in &code.operations {
            let (mut step, a, b) = step(operation, &frame);
            let value = op::real::<F>(operation.op, a, b);
            step.value = bits(value);
            path.steps.push(step);
            frame.push((next, value));
            next += 1;
        }
        path.applications += section.cost.steps;
        assert_eq!(section.cost.entries as usize, code.operations.len() + usize::from(code.guard.is_some()));
        match &section.end {
            End::Open => return path,
            End::Guard(sides) => {
                let (mut step, a, b) = step(code.guard.expect("a guard decides"), &frame);
                let outcome = decide(step.op, a, b);
                step.value = outcome;
                step.is_guard = true;
                path.steps.push(step);
                let Some((_, target)) = sides.iter().find(|(side, _)| *side == outcome) else { return path };
                path.sections.push(*target);
            }
            End::Anchor(target, holes) => {
                frame = holes.iter().map(|&hole| read(hole, &frame)).collect();
                assert!(frame.iter().all(|&(slot, _)| slot > inputs.len() as u32), "a hole is taped and no input");
                path.sections.push(*target);
            }
            End::Done(output) => {
                path.ending = Ending::Value(match output {
                    Output::Float(operand) => Answer::Float(read(*operand, &frame).1),
                    Output::Other(template) => {
                        let holes: Vec<F> = template.holes.iter().map(|&hole| read(hole, &frame).1).collect();
                        host::filled(&lanes.prepared.image, &image.shared, template, &holes).expect("a short value")
                    }
                });
                return path;
            }
            End::Fault => {
                path.ending = Ending::Fault;
                return path;
            }
        }
    }
}

/// What a guard says.
fn decide<F: Real>(op: Op, a: F, b: F) -> u64 {
    let truth = match op.row().kind {
        Kind::Compare => op::compare::<F>(op, a, b),
        Kind::Identity => bits(a) == bits(b) || op::test::<F>(Op::IsNan, a) && op::test::<F>(Op::IsNan, b),
        _ if op == Op::Exact => {
            let (int, fits) = a.exact();
            return if fits { u64::from(int) } else { REFUSED };
        }
        _ if matches!(op, Op::IsEven | Op::IsOdd) && !op::test::<F>(Op::IsInteger, a) => return REFUSED,
        _ => op::test::<F>(op, a),
    };
    u64::from(truth)
}

/// A program on both roads and lanes for it: each a list of inputs.
struct Lanes {
    prepared: Prepared,
    lanes: Vec<Vec<f64>>,
    budgets: Budgets,
}

impl Lanes {
    fn of(text: &str, lanes: &[&[f64]]) -> Lanes {
        let lanes = lanes.iter().map(|lane| lane.to_vec()).collect();
        Lanes { prepared: Prepared::of(text), lanes, budgets: Budgets::default() }
    }

    fn segment(&self, road: usize) -> Segment {
        let inputs = self.lanes[0].len();
        let column = |input: usize| Column::F64(self.lanes.iter().map(|lane| lane[input]).collect());
        let columns = (0..inputs).map(column).collect();
        Segment::new(self.prepared.starts[road], columns, self.lanes.len())
    }

    /// Records every lane and checks after each that all lanes so far have their raw tape, step by step.
    fn record<F: Real>(&self, road: usize) -> (Residual<F>, Vec<Path<F>>) {
        let segments = [self.segment(road)];
        let work = Work {
            image: &self.prepared.image,
            segments: &segments,
            budgets: self.budgets,
            arenas: None,
            gradient: true,
            fuel: None,
        };
        let image = Loaded::<F>::new(work.image);
        let mut residual = Residual::new(segments[0].columns.len());
        let mut recorder = Recorder::new(&work, &image, &segments[0]);
        let mut outcomes = Vec::new();
        for lane in 0..self.lanes.len() {
            outcomes.push(recorder.record(lane, &mut residual));
        }
        let paths =
            outcomes.iter().enumerate().map(|(lane, &recorded)| self.check(&work, &image, &residual, lane, recorded));
        (residual.clone(), paths.collect())
    }

    fn check<F: Real>(
        &self,
        work: &Work<'_>,
        image: &Loaded<F>,
        residual: &Residual<F>,
        lane: usize,
        recorded: Recorded,
    ) -> Path<F> {
        let inputs: Vec<F> = work.segments[0].columns.iter().map(|column| column.at(lane)).collect();
        let path = follow(self, image, residual, &inputs);
        let traced = host::trace::<F>(work, 0, lane);
        let text = self.prepared.program.text();
        // Guards have entries of their own on the raw tape, but no slot here.
        let mut slots: Vec<u32> = (0..=inputs.len() as u32).collect();
        let mut next = inputs.len() as u32 + 1;
        let mut raw = Vec::new();
        for entry in &traced.tape[inputs.len() + 1..] {
            let operand = |slot: Option<u32>, constant: F::Payload| match slot {
                Some(slot) => Read::Slot(slots[slot as usize]),
                None => Read::Constant(bits(F::of_payload(constant))),
            };
            let value =
                if entry.is_guard() { u64::from(F::low(entry.value)) } else { bits(F::of_payload(entry.value)) };
            let (a, b) = (operand(entry.slot_a(), entry.a), operand(entry.slot_b(), entry.b));
            raw.push(Step { op: entry.op(), a, b, is_guard: entry.is_guard(), value });
            slots.push(if entry.is_guard() { 0 } else { next });
            next += u32::from(!entry.is_guard());
        }
        match recorded {
            Recorded::Done => {
                assert_eq!(path.steps, raw, "{text}");
                assert_eq!(path.applications, traced.steps, "{text}");
                let Ending::Value(found) = &path.ending else { panic!("{text}: {:?}", path.ending) };
                let same = |found: &Answer<F>, answer: &Answer<F>| found.written() == answer.written();
                assert!(traced.answer.as_ref().is_ok_and(|answer| same(found, answer)), "{text}: {found:?}");
            }
            Recorded::Failed => {
                let refused = path.steps.last().is_some_and(|step| step.value == REFUSED && step.is_guard);
                assert_eq!(path.steps[..path.steps.len() - usize::from(refused)], raw, "{text}");
                assert!(traced.answer.is_err() && matches!(path.ending, Ending::Fault), "{text}");
            }
            Recorded::GaveUp => {
                assert!(raw.iter().zip(&path.steps).all(|(raw, step)| raw == step), "{text}");
                assert!(traced.answer.is_err() && matches!(path.ending, Ending::Open), "{text}");
            }
        }
        path
    }

    /// [`Lanes::record`] on both roads, in f64.
    fn both(&self) -> [(Residual<f64>, Vec<Path<f64>>); 2] {
        [self.record(0), self.record(1)]
    }
}

/// Inputs near those of a case, so that guards decide otherwise here and there.
fn near(inputs: &[f64]) -> Vec<Vec<f64>> {
    let change = |factor: f64, shift: f64| inputs.iter().map(|input| input * factor + shift).collect::<Vec<f64>>();
    vec![inputs.to_vec(), change(1.0, 0.5), change(-1.0, 0.0), change(0.5, 1.0), inputs.to_vec(), change(1.0, f64::NAN)]
}

#[test]
fn paths_are_the_raw_tapes_of_the_corpus() {
    let cases = load();
    let counts: Vec<[usize; 3]> = cases
        .par_iter()
        .map(|case| {
            let Ok(prepared) = Prepared::new(&case.text, &case.options()) else { return [0; 3] };
            let Ok(inputs) = prepared.inputs(&case.sets) else { return [0; 3] };
            let mut budgets = Budgets { steps: 100_000, stack: 10_000, heap: 20_000, tape: 50_000 };
            if case.name.starts_with("errors-budgets/") {
                budgets = Budgets { steps: 3_000, stack: 500, heap: 1_000, tape: 2_000 };
            }
            let lanes = Lanes { prepared, lanes: near(&inputs), budgets };
            let mut counts = [0; 3];
            for road in 0..ROADS.len() {
                let (_, wide) = lanes.record::<f64>(road);
                let (_, narrow) = lanes.record::<f32>(road);
                let ends =
                    wide.iter().map(|path| ending(&path.ending)).chain(narrow.iter().map(|path| ending(&path.ending)));
                ends.for_each(|end| counts[end] += 1);
            }
            counts
        })
        .collect();
    let total = |end: usize| counts.iter().map(|count| count[end]).sum::<usize>();
    assert!(total(0) > 5_000 && total(1) > 1_000 && total(2) > 20, "{} {} {}", total(0), total(1), total(2));
}

fn ending<F: Real>(ending: &Ending<F>) -> usize {
    match ending {
        Ending::Value(_) => 0,
        Ending::Fault => 1,
        Ending::Open => 2,
    }
}

#[test]
fn a_formula_is_one_section() {
    let lanes = Lanes::of("(* A (* (exp (- (* b t))) (cos (* w t))))", &[&[1.0, 0.5, 0.1, 2.0], &[2.0, 0.1, 0.3, 4.0]]);
    for (residual, _) in lanes.both() {
        assert_eq!((residual.sections().len(), residual.codes()), (1, 1 + 1));
        assert!(matches!(residual.section(SectionId::ENTRY).end, End::Done(Output::Float(Operand::Slot(_)))));
        assert_eq!(residual.code(SectionId::ENTRY).operations.len(), 7);
    }
}

#[test]
fn a_counted_loop_shares_its_code() {
    let text = "(let loop ((i 0) (y x)) (if (= i 1000) y (loop (+ i 1) (+ y (* 0.001 (- x y))))))";
    let lanes = Lanes::of(text, &[&[1.0], &[1.0], &[-3.0]]);
    for (residual, paths) in lanes.both() {
        let sections = residual.sections().len();
        assert!((995..=1005).contains(&sections), "{sections}");
        assert!(residual.codes() <= 7, "{}", residual.codes());
        assert!(paths.iter().all(|path| path.sections == paths[0].sections));
    }
}

#[test]
fn a_loop_that_data_ends_is_a_cycle() {
    let text = "(define (root x a) (if (< (abs (- (* x x) a)) 1e-9) x (root (* 0.5 (+ x (/ a x))) a))) (root a a)";
    let lanes = Lanes::of(text, &[&[2.0], &[1000.0], &[1.0]]);
    for (residual, paths) in lanes.both() {
        assert!(residual.sections().len() <= 8, "{}", residual.sections().len());
        assert!(paths[1].sections.len() > 2 * residual.sections().len());
        assert!(residual.sections().iter().all(|section| section.order.is_finite()));
    }
}

/// A loop whose body goes two ways, by a different input each time; both give a taped value.
const SIDES: &str = "
    (let loop ((i 0) (xs (list a b c d e f g h)) (y a))
      (if (= i 8)
          y
          (loop (+ i 1) (cdr xs) (if (< (car xs) 0.5) (+ y (car xs)) (* y (* 0.9 (car xs)))))))";

/// A lane of so many inputs, as the bits of a number say.
fn sides(number: usize, inputs: usize) -> Vec<f64> {
    (0..inputs).map(|input| if number >> input & 1 == 0 { 0.25 } else { 0.75 }).collect()
}

fn all_sides(text: &str) -> Lanes {
    Lanes {
        prepared: Prepared::of(text),
        lanes: (0..256).map(|number| sides(number, 8)).collect(),
        budgets: Budgets::default(),
    }
}

#[test]
fn a_conditional_in_a_loop_rejoins() {
    for (residual, paths) in all_sides(SIDES).both() {
        assert!(residual.sections().len() <= 8 * 4, "{}", residual.sections().len());
        let distinct: HashSet<_> = paths.iter().map(|path| path.sections.clone()).collect();
        assert_eq!(distinct.len(), 256);
        // What rejoins runs after both sides, and a lane's sections have ascending places.
        let place = |id: &SectionId| residual.section(*id).order;
        for path in &paths {
            assert!(path.sections.is_sorted_by(|a, b| place(a) < place(b)));
        }
    }
}

#[test]
fn recursion_rejoins_on_the_way_down() {
    let tail = "
        (define (step n xs acc)
          (if (= n 0) acc (step (- n 1) (cdr xs) (if (< (car xs) 0.5) (+ acc (car xs)) (* acc (car xs))))))
        (step 8 (list a b c d e f g h) 1.0)";
    let pending = "
        (define (step n xs)
          (if (= n 0)
              1.0
              (let ((x (if (< (car xs) 0.5) (sin (car xs)) (exp (car xs)))))
                (* x (step (- n 1) (cdr xs))))))
        (step 8 (list a b c d e f g h))";
    let mutual = "
        (define (even n xs acc) (if (= n 0) acc (odd (- n 1) (cdr xs) (if (< (car xs) 0.5) (+ acc (car xs)) acc))))
        (define (odd n xs acc) (if (= n 0) acc (even (- n 1) (cdr xs) (if (< (car xs) 0.5) (- acc (car xs)) acc))))
        (even 8 (list a b c d e f g h) 1.0)";
    let higher = "
        (fold-left (lambda (acc x) (if (< x 0.5) (+ acc x) (* acc x))) 1.0 (list a b c d e f g h))";
    for text in [tail, pending, mutual, higher] {
        for (residual, _) in all_sides(text).both() {
            assert!(residual.sections().len() <= 8 * 6, "{text}: {}", residual.sections().len());
        }
    }
}

#[test]
fn lists_and_closures_are_templates() {
    let list = "(let loop ((i 0) (acc '())) (if (= i 20) acc (loop (+ i 1) (cons (* x i) acc))))";
    let closure = "(let ((y (* x 2))) (lambda (z) (+ y z)))";
    let mixed = "(list x (* 2 x) 3 \"text\" 'symbol #t '(1 2.5))";
    let shared = "(let ((y (list (* x x)))) (cons y y))";
    for text in [list, closure, shared, mixed] {
        let lanes = Lanes::of(text, &[&[1.5], &[-2.0]]);
        for (residual, paths) in lanes.both() {
            assert!(paths.iter().all(|path| matches!(path.ending, Ending::Value(Answer::Written(_)))), "{text}");
            assert_eq!(paths[0].sections, paths[1].sections);
            assert!(residual.sections().len() <= 25);
        }
    }
}

#[test]
fn helpers_make_no_anchors() {
    let text = "
        (define (square x) (* x x))
        (define (cube x) (* x (square x)))
        (+ (square a) (+ (cube a) (+ (square (cube a)) (square 2.0))))";
    for (residual, _) in Lanes::of(text, &[&[3.0]]).both() {
        assert_eq!(residual.sections().len(), 1);
    }
    let text = "
        (define (square x) (* x x))
        (let loop ((i 0) (y a))
          (if (= i 10) y (loop (+ i 1) (+ (square (sin y)) (+ (square (cos y)) (square (* 0.5 y)))))))";
    for (residual, _) in Lanes::of(text, &[&[3.0]]).both() {
        let anchors = residual.sections().iter().filter(|section| matches!(section.end, End::Anchor(..))).count();
        assert!((9..=10).contains(&anchors), "{anchors}");
    }
}

#[test]
fn a_guard_without_an_answer_is_a_side_of_its_own() {
    for text in ["(exact x)", "(if (even? x) 1 2)", "(if (odd? x) 1 2)"] {
        let lanes = Lanes::of(text, &[&[2.0], &[2.5], &[3.0], &[f64::NAN]]);
        for (residual, paths) in lanes.both() {
            let End::Guard(sides) = &residual.section(SectionId::ENTRY).end else { panic!("{text}") };
            assert_eq!(sides.iter().filter(|side| side.0 == REFUSED).count(), 1);
            assert_eq!(paths.iter().map(|path| ending(&path.ending)).collect::<Vec<_>>(), [0, 1, 0, 1]);
        }
    }
}

#[test]
fn a_lane_that_is_given_up_stays_open() {
    let text = "(let loop ((i 0) (y x)) (if (< y 0.0) i (loop (+ i 1) (* y 0.5))))";
    let mut lanes = Lanes::of(text, &[&[1.0], &[-1.0]]);
    lanes.budgets.steps = 50;
    for (residual, paths) in lanes.both() {
        assert_eq!(paths.iter().map(|path| ending(&path.ending)).collect::<Vec<_>>(), [2, 0]);
        assert!(residual.sections().iter().all(|section| section.order.is_finite()));
    }
    let segments = [lanes.segment(0)];
    let budgets = Budgets { tape: 10, ..Budgets::default() };
    let work =
        Work { image: &lanes.prepared.image, segments: &segments, budgets, arenas: None, gradient: true, fuel: None };
    let traced = host::trace::<f64>(&work, 0, 0);
    assert_eq!(traced.answer.expect_err("the tape ends").kind, ErrorKind::Tape);
    let image = Loaded::new(work.image);
    let mut residual = Residual::<f64>::new(1);
    assert_eq!(Recorder::new(&work, &image, &segments[0]).record(0, &mut residual), Recorded::GaveUp);
    let entries: u32 = residual.sections().iter().map(|section| section.cost.entries).sum();
    assert!(entries <= 10, "{entries}");
}

#[test]
fn objects_are_counted_from_anchor_to_anchor() {
    // Three objects an iteration, of which one lives on.
    let text = "(let loop ((i 0) (acc '())) (if (= i 30) (car acc) (loop (+ i 1) (cons (car (cons x (list i))) acc))))";
    for (residual, _) in Lanes::of(text, &[&[1.0]]).both() {
        let most = residual.sections().iter().map(|section| section.objects).max();
        assert!(most.is_some_and(|most| (30..=45).contains(&most)), "{most:?}");
    }
    let text = "(let loop ((i 0) (y x)) (if (= i 200) y (loop (+ i 1) (+ y (car (list y i))))))";
    for (residual, _) in Lanes::of(text, &[&[1.0]]).both() {
        let most = residual.sections().iter().map(|section| section.objects).max();
        assert!(most.is_some_and(|most| most <= 8), "{most:?}");
    }
}

/// A long state costs anchors, never time out of proportion.
#[test]
fn long_states_make_anchors_rare() {
    let text = "(define (f n x) (if (= n 0) x (+ (sin x) (f (- n 1) (* x 0.999))))) (f 5000 x)";
    let list = "(let loop ((i 0) (acc '())) (if (= i 5000) (car acc) (loop (+ i 1) (cons (* x i) acc))))";
    for text in [text, list] {
        for (residual, _) in Lanes::of(text, &[&[1.0]]).both() {
            let holes: usize = residual
                .sections()
                .iter()
                .map(|section| if let End::Anchor(_, holes) = &section.end { holes.len() } else { 0 })
                .sum();
            assert!(residual.sections().len() < 4000 && holes < 400_000, "{} {holes}", residual.sections().len());
        }
    }
}

/// Collections do not change what is recorded.
#[test]
fn arenas_change_nothing() {
    let lanes = all_sides(SIDES);
    let segments = [lanes.segment(0)];
    let sections = |arenas| {
        let budgets = Budgets::default();
        let work =
            Work { image: &lanes.prepared.image, segments: &segments, budgets, arenas, gradient: true, fuel: None };
        let image = Loaded::<f64>::new(work.image);
        let mut residual = Residual::new(8);
        let mut recorder = Recorder::new(&work, &image, &segments[0]);
        (0..256).for_each(|lane| assert_eq!(recorder.record(lane, &mut residual), Recorded::Done));
        residual.sections().iter().map(|section| (section.code, section.cost, section.objects)).collect::<Vec<_>>()
    };
    let small = evalgrad::machine::work::Arenas { stack: 4, heap: 16, tape: 2 };
    assert_eq!(sections(None), sections(Some(small)));
}

/// A path's value need not depend on the inputs.
#[test]
fn a_value_that_is_a_constant() {
    for (text, expected) in [("(if (< x 0) 1.5 2)", "1.5"), ("(if (< x 0) -0.0 2)", "-0.0")] {
        for (_, paths) in Lanes::of(text, &[&[-1.0]]).both() {
            let Ending::Value(answer) = &paths[0].ending else { panic!("{text}") };
            assert_eq!(answer.written(), expected);
        }
    }
}
