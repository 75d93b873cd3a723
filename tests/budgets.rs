//! Budgets and arenas: starved memory and short slices change no answer, and each budget ends a program as its own kind
//! of error, at the same application on both roads.

mod common;

use std::time::{Duration, Instant};

use common::run::{Setting, Tape, traced};
use common::{Executor, Prepared, ROADS, Road, Run, precisions};
use evalgrad::machine::Budgets;
use evalgrad::machine::work::Arenas;
use rayon::prelude::*;

/// Programs of inputs `x` and `a` that press on each arena in its own way.
const PROGRAMS: [&str; 9] = [
    // Pending calls, each with a taped value.
    "(define (power x n) (if (= n 0) 1.0 (* x (power x (- n 1))))) (* a (power x 30))",
    // Closures over closures.
    "(define (compose f g) (lambda (v) (f (g v))))
     (define (times n f) (if (= n 1) f (compose f (times (- n 1) f))))
     ((times 9 (lambda (v) (+ (sin v) (* a v)))) x)",
    // Long rest lists, spread and gathered.
    "(define (total . vs) (if (null? vs) 0 (+ (car vs) (apply total (cdr vs)))))
     (define (firsts p q . rest) (+ (* p q) (apply total rest)))
     (+ (apply firsts (map (lambda (i) (* i x)) '(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17))) (total a a x))",
    // A loop that keeps nothing, and what it makes dies young.
    "(loop ((i 0) (s x)) (if (= i 60) (* a s) (recur (+ i 1) (car (list (sin (+ s 0.1)) i (list i s))))))",
    // What lives long stands between what does not.
    "(define (range i n) (if (= i n) '() (cons i (range (+ i 1) n))))
     (define kept (map (lambda (i) (* i x)) (range 0 20)))
     (let again ((k 0) (s 0.0))
       (if (= k 12) (+ s (apply max kept))
           (again (+ k 1) (+ s (* 0.01 (fold-left + a (map (lambda (v i) (- v i)) kept (range 0 20))))))))",
    // Definitions that know each other, a variable in a box, more than three parameters.
    "(define (even n acc) (if (= n 0) acc (odd (- n 1) (+ acc a))))
     (define (odd n acc) (if (= n 0) (- acc) (even (- n 1) (* acc x))))
     (define (late) later)
     (define (four p q r s) (* (+ p q) (- r s)))
     (define later (four x 2 a 1))
     (letrec ((f (lambda (n) (if (= n 0) (late) (g n)))) (g (lambda (n) (f (- n 1)))) (h (list f f))) (+ (even 9 x) ((car h) 8)))",
    // A value with structure, read back from the heap.
    "(define (pairs n) (if (= n 0) '() (cons (list n (* n x) \"s\" (lambda () a)) (pairs (- n 1))))) (reverse (pairs 12))",
    // An error deep inside.
    "(define (down n) (if (= n 0) (car (list-tail (list x a) 2)) (+ 1 (down (- n 1))))) (map down '(25))",
    // Sorting, with comparisons on the tape.
    "(define (insert v l) (if (or (null? l) (< v (car l))) (cons v l) (cons (car l) (insert v (cdr l)))))
     (define sorted (fold-right insert '() (map (lambda (k) (sin (* k x))) '(1 2 3 4 5 6 7 8 9))))
     (* a (- (list-ref sorted 6) (list-ref sorted 1)))",
];

fn setting(program: &Prepared) -> Setting {
    let given = [("x", 0.75), ("a", 1.25)].map(|(name, value)| (name.to_owned(), value));
    Setting { inputs: program.inputs(&given).expect("inputs are x and a"), ..Setting::default() }
}

/// Each run once: what runs long here runs long enough.
fn f32_executor() -> Executor {
    Executor { name: "host f32", tolerance: 0.0, run: traced::<f32> }
}

/// Everything but what messages say of a road.
fn same(run: &Run, other: &Run) -> bool {
    let bits = |run: &Run| run.gradient.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    let answer = |run: &Run| run.answer.clone().map_err(|fault| (fault.kind, fault.span));
    answer(run) == answer(other) && bits(run) == bits(other) && run.trace == other.trace
}

fn steps(run: &Run) -> u32 {
    run.trace.as_ref().expect("a host's run has a trace").steps
}

fn kind(run: &Run) -> &'static str {
    run.answer.as_ref().map_or_else(|fault| fault.kind.name(), |_| "a value")
}

#[test]
fn starved_arenas_change_nothing() {
    let executor = f32_executor();
    PROGRAMS.par_iter().for_each(|text| {
        let program = Prepared::of(text);
        let usual = setting(&program);
        let reference = program.run(Road::Direct, &executor, &usual);
        let plenty = Arenas { stack: 4096, heap: 16_384, tape: 4096 };
        for size in 0..=200 {
            let starved = [
                Arenas { stack: size, ..plenty },
                Arenas { heap: size, ..plenty },
                Arenas { tape: size, ..plenty },
                Arenas { stack: size, heap: size, tape: size },
            ];
            for (arenas, road) in starved.into_iter().flat_map(|arenas| ROADS.map(|road| (arenas, road))) {
                let run = program.run(road, &executor, &Setting { arenas: Some(arenas), ..usual.clone() });
                assert!(same(&run, &reference), "{arenas:?} {road:?}\n{run:?}\n{reference:?}\n{text}");
            }
        }
    });
}

#[test]
fn short_slices_change_nothing() {
    for executor in precisions() {
        PROGRAMS.par_iter().for_each(|text| {
            let program = Prepared::of(text);
            let usual = setting(&program);
            let reference = program.run(Road::Direct, &executor, &usual);
            for fuel in [Some(1), Some(2), Some(3), Some(7), Some(100), None] {
                for arenas in [None, Some(Arenas { stack: 9, heap: 5, tape: 1 })] {
                    for road in ROADS {
                        let run = program.run(road, &executor, &Setting { fuel, arenas, ..usual.clone() });
                        assert!(same(&run, &reference), "fuel {fuel:?} {road:?}\n{run:?}\n{reference:?}\n{text}");
                    }
                }
            }
        });
    }
}

#[test]
fn each_budget_ends_as_its_kind() {
    let executor = f32_executor();
    for (text, wanted) in [
        ("(define (spin) (spin)) (spin)", "steps"),
        ("(loop ((i 0)) (recur (+ i 1)))", "steps"),
        ("(let go ((i 0)) (map (lambda (v) v) '(1 2 3)) (go i))", "steps"),
        ("(define (grow n) (+ 1 (grow n))) (grow 0)", "stack"),
        ("(define (deep) (car (map (lambda (v) (deep)) '(1)))) (deep)", "stack"),
        ("(let go ((l '())) (go (cons 1 l)))", "heap"),
        ("(let go ((f list)) (go (lambda () f)))", "heap"),
        ("(let go ((l '(1))) (go (append l l)))", "heap"),
        ("(loop ((s x)) (recur (* s 0.5)))", "tape"),
        ("(let go () (if (< x 0.5) 1 (go)))", "tape"),
    ] {
        let program = Prepared::of(text);
        for size in [0, 1, 2, 7, 100, 1000] {
            let mut budgets = Budgets { steps: 100_000, stack: 10_000, heap: 10_000, tape: 10_000 };
            match wanted {
                "steps" => budgets.steps = size,
                "stack" => budgets.stack = size,
                "heap" => budgets.heap = size,
                _ => budgets.tape = size,
            }
            let setting = Setting { budgets, ..setting(&program) };
            let [interpreted, direct] = ROADS.map(|road| program.run(road, &executor, &setting));
            assert_eq!(kind(&direct), wanted, "{size}: {text}");
            assert!(same(&interpreted, &direct), "{size}: {text}\n{interpreted:?}\n{direct:?}");
        }
    }
}

#[test]
fn a_budget_is_exact() {
    let executor = f32_executor();
    for text in PROGRAMS {
        let program = Prepared::of(text);
        let usual = setting(&program);
        let reference = program.run(Road::Direct, &executor, &usual);
        let Some(trace) = &reference.trace else { panic!("a host's run has a trace") };
        let Tape::F32(tape) = &trace.tape else { panic!("an f32 run has an f32 tape") };
        let taped = (tape.len() - 1 - usual.inputs.len()) as u32;
        for road in ROADS {
            let with = |budgets: Budgets| program.run(road, &executor, &Setting { budgets, ..usual.clone() });
            let default = Budgets::default();
            assert!(same(&with(Budgets { steps: trace.steps, ..default }), &reference), "{road:?} {text}");
            assert_eq!(kind(&with(Budgets { steps: trace.steps - 1, ..default })), "steps", "{road:?} {text}");
            assert!(same(&with(Budgets { tape: taped, ..default }), &reference), "{road:?} {text}");
            if let Some(fewer) = taped.checked_sub(1) {
                assert_eq!(kind(&with(Budgets { tape: fewer, ..default })), "tape", "{road:?} {text}");
            }
        }
        // The least that is enough is the same on both roads.
        let least = |road: Road| {
            (0..60).find(|&stack| {
                let budgets = Budgets { stack, ..Budgets::default() };
                kind(&program.run(road, &executor, &Setting { budgets, ..usual.clone() })) == kind(&reference)
            })
        };
        assert!(least(Road::Direct).is_some(), "{text}");
        assert_eq!(least(Road::Interpreted), least(Road::Direct), "{text}");
    }
}

#[test]
fn the_heap_budget_does_not_see_the_arena() {
    let executor = f32_executor();
    // Garbage all the way, with 90 cells alive near the middle.
    let program = Prepared::of(
        "(define (range i n) (if (= i n) '() (cons i (range (+ i 1) n))))
         (define (waste n) (if (= n 0) 0 (begin (list n n) (waste (- n 1)))))
         (waste 40)
         (define kept (range 0 90))
         (waste 70)
         (+ (length kept) (waste 40))",
    );
    for heap in [50, 60, 80, 89, 90, 100, 120] {
        let budgets = Budgets { heap, ..Budgets::default() };
        for road in ROADS {
            let run = |arenas| program.run(road, &executor, &Setting { budgets, arenas, ..Setting::default() });
            let usual = run(None);
            for size in [1, 3, 10, 40, 64, 90, 128, 300, 1000] {
                let other = run(Some(Arenas { stack: 64, heap: size, tape: 1 }));
                assert!(same(&other, &usual), "{heap} {size} {road:?}\n{other:?}\n{usual:?}");
            }
            if heap >= 120 {
                assert_eq!(usual.answer.as_deref(), Ok("90"));
            }
        }
    }
}

#[test]
fn long_runs_in_little_memory() {
    let executor = f32_executor();
    let small = Budgets { heap: 65_536, ..Budgets::default() };
    for (text, expected) in [
        ("(loop ((i 0) (s 0.0)) (if (= i 1000000) s (recur (+ i 1) (+ s 0.5))))", "500000.0"),
        ("(define (f n) (if (= n 0) 'done (f (- n 1)))) (f 100000)", "done"),
        ("(define (e n) (if (= n 0) #t (o (- n 1)))) (define (o n) (if (= n 0) #f (e (- n 1)))) (e 100001)", "#f"),
        ("(define (g n) (if (= n 0) 0 (+ 1 (g (- n 1))))) (g 100000)", "100000"),
        ("(let go ((i 0) (p (cons 0 0))) (if (= i 100000) (car p) (go (+ i 1) (cons (+ 1 (car p)) i))))", "100000"),
    ] {
        let program = Prepared::of(text);
        for road in ROADS {
            let run = program.run(road, &executor, &Setting { budgets: small, ..Setting::default() });
            assert_eq!(run.answer.as_deref(), Ok(expected), "{road:?} {text}");
        }
    }
}

#[test]
fn one_object_may_be_larger_than_what_is_alive() {
    // A procedure that captures forty variables, made while little else is there.
    let names: Vec<String> = (0..40).map(|i| format!("v{i}")).collect();
    let variables = names.join(" ");
    let text = format!(
        "(define (maker {variables}) (lambda () (+ {variables})))
         ((apply maker (map (lambda (i) (* x i)) '({}))))",
        (0..40).map(|i| i.to_string()).collect::<Vec<_>>().join(" ")
    );
    let program = Prepared::of(&text);
    for (road, heap) in ROADS.into_iter().flat_map(|road| (0..60).map(move |heap| (road, heap))) {
        let arenas = Some(Arenas { stack: 64, heap, tape: 64 });
        let setting = Setting { arenas, inputs: vec![1.0], ..Setting::default() };
        assert_eq!(program.run(road, &f32_executor(), &setting).answer.as_deref(), Ok("780.0"), "{road:?} {heap}");
    }
}

#[test]
fn nesting_of_the_text_is_no_waiting_call() {
    let nested = format!("{}x{}", "(+ 1 ".repeat(900), ")".repeat(900));
    let long = format!("(apply + (list {}))", "(* 2 x) ".repeat(3000));
    for (text, expected) in [(nested, "901.0"), (long, "6000.0")] {
        let program = Prepared::of(&text);
        let budgets = Budgets { stack: 1, ..Budgets::default() };
        for road in ROADS {
            let setting = Setting { budgets, inputs: vec![1.0], ..Setting::default() };
            assert_eq!(program.run(road, &f32_executor(), &setting).answer.as_deref(), Ok(expected), "{road:?}");
        }
    }
}

#[test]
fn waiting_calls_are_no_heap_cells() {
    // What an evaluator keeps for calls that wait is its own.
    let program = Prepared::of("(define (g n m) (if (= n 0) 0 (let ((k (- n 1))) (+ (g k n) (- n k))))) (g 50000 1)");
    let budgets = Budgets { heap: 10, ..Budgets::default() };
    for road in ROADS {
        let run = program.run(road, &f32_executor(), &Setting { budgets, ..Setting::default() });
        assert_eq!(run.answer.as_deref(), Ok("50000"), "{road:?}");
    }
}

#[test]
fn what_never_ends_meets_its_default_budget_in_time() {
    let executor = f32_executor();
    for (text, wanted) in [
        ("(define (spin) (spin)) (spin)", "steps"),
        ("(define (grow n) (+ 1 (grow n))) (grow 0)", "stack"),
        ("(let go ((l '())) (go (cons 1 l)))", "heap"),
    ] {
        let program = Prepared::of(text);
        let [interpreted, direct] = ROADS.map(|road| {
            let begun = Instant::now();
            let run = program.run(road, &executor, &Setting::default());
            let taken = begun.elapsed();
            assert!(taken < Duration::from_secs(10), "{road:?} took {taken:?}: {text}");
            println!("{wanted} {road:?} {taken:?} {} steps", steps(&run));
            run
        });
        assert_eq!(kind(&direct), wanted, "{text}");
        assert!(same(&interpreted, &direct), "{text}");
    }
}
