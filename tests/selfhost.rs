//! The interpreter interpreting itself: `bootstrap/interpreter.scm` as a program that is handed a program.
//!
//! Three levels run on the interpreted road (the compiled evaluator reads the evaluator's text as data, which reads the
//! program as data), two on the direct road. Neither may leave a trace: value, gradient and raw tape are those of the
//! program alone.

mod common;

use common::run::{Setting, evaluator_of, interpreter};
use common::{Prepared, ROADS, Road, Run, precisions};

const POWER: &str = "(define (power x n) (if (= n 0) 1.0 (* x (power x (- n 1))))) (power x 7)";

const CLOSURES: &str = "
    (define (compose f g) (lambda (v) (f (g v))))
    (define (times n f) (if (= n 1) f (compose f (times (- n 1) f))))
    ((times 4 (lambda (v) (if (< v b) (+ (sin v) (* a v)) (/ v (+ 1 b))))) x)";

const LIST_WORK: &str = "
    (define (polynomial . cs) (lambda (t) (fold-right (lambda (c acc) (+ c (* t acc))) 0 cs)))
    (define points (list x (* 2 x) -1.5))
    (define values (map (polynomial a 2 b 1.5) points))
    (+ (apply max values) (reduce + 0 (filter positive? values)) (cadr (assv 2 (list (list 1 a) (list 2 b)))))";

const GROUPS: &str = "
    (define (even n acc) (if (= n 0) acc (odd (- n 1) (+ acc a))))
    (define (odd n acc) (if (= n 0) (- acc) (even (- n 1) (* acc x))))
    (define (late) later)
    (define (four p q r s) (* (+ p q) (- r s)))
    (define later (four x 2 a b))
    (loop ((i 0) (s 0.0) (t 1.0) (u b))
      (if (= i 6) (+ s (late) (even 7 t)) (recur (+ i 1) (+ s (* t u)) (* t 0.5) (tanh (+ u s)))))";

/// What can be told of a run from outside.
fn outside(run: &Run) -> (Result<String, &'static str>, Vec<u64>, String) {
    let answer = run.answer.clone().map_err(|fault| fault.kind.name());
    let gradient = run.gradient.iter().map(|x| x.to_bits()).collect();
    let tape = run.trace.as_ref().map(|trace| format!("{:?}", trace.tape)).unwrap_or_default();
    (answer, gradient, tape)
}

#[test]
fn an_interpreted_interpreter_leaves_no_trace() {
    for text in [POWER, CLOSURES, LIST_WORK, GROUPS] {
        let program = Prepared::of(text);
        let given = [("x", 1.25), ("a", 0.75), ("b", 1.5)].map(|(name, value)| (name.to_owned(), value));
        let inputs = program.inputs(&given).expect("every input has a value");
        let setting = Setting { inputs, ..Setting::default() };
        let evaluator = evaluator_of(&program);
        for executor in precisions() {
            let alone = program.run(Road::Direct, &executor, &setting);
            assert!(alone.number.is_some_and(f64::is_finite), "{alone:?}");
            assert!(alone.gradient.iter().any(|x| *x != 0.0), "{alone:?}");
            for road in ROADS {
                let evaluated = evaluator.run(road, &executor, &setting);
                assert_eq!(outside(&evaluated), outside(&alone), "{road:?} {}: {text}", executor.name);
            }
        }
    }
}

#[test]
fn an_error_stays_the_same_error() {
    for (text, kind) in [
        ("(car 5)", "wrong-type"),
        ("(define (f a b c d) a) (f 1 2 3)", "arity"),
        ("(list-ref '(1 2) 2)", "index"),
        ("(quotient 1 0)", "divide-by-zero"),
        ("(5 6)", "not-procedure"),
        ("(letrec ((a (lambda () b)) (b (a))) b)", "unbound"),
        ("(error \"stop\" 1)", "user"),
    ] {
        let program = Prepared::of(text);
        let evaluator = evaluator_of(&program);
        for road in ROADS {
            let run = evaluator.run(road, &precisions()[0], &Setting::default());
            assert_eq!(run.answer.map_err(|fault| fault.kind.name()), Err(kind), "{road:?}: {text}");
        }
    }
}

#[test]
fn a_program_as_a_datum() {
    let program = Prepared::of("(map car 'a)");
    let datum = interpreter().image().encoded(program.program.core());
    assert_eq!(datum.to_string(), "(tail2 (quote . #<procedure map>) (quote . #<procedure car>) quote . a)");
}
