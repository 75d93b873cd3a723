//! Recording: what lanes write into a residual program is the raw tape along every path, and loops share their sections.

#[path = "../common/mod.rs"]
mod common;
mod follow;
mod tables;

use std::collections::HashSet;

use common::corpus::load;
use common::{Prepared, ROADS};
use evalgrad::host::{self, Loaded, Recorded, Recorder};
use evalgrad::machine::work::{Answer, Work};
use evalgrad::machine::{Budgets, ErrorKind};
use evalgrad::tape::{End, Operand, Output, REFUSED, Residual, SectionId};
use evalgrad::value::Real;
use follow::{Ending, Lanes};
use rayon::prelude::*;

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

/// A long state costs anchors, never time out of proportion: states of up to 8,192 words are read, about half of them holes.
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
            assert!(residual.sections().len() < 4000 && holes < 500_000, "{} {holes}", residual.sections().len());
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
