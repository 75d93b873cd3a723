//! Generated programs: the engine against the judge, a second implementation that shares no code with it.
//!
//! `EVALGRAD_FUZZ=100000` runs so many programs instead of the usual number, `EVALGRAD_FUZZ_SEED=7` starts at that seed.

mod common;
mod judge;

use std::sync::atomic::{AtomicU64, Ordering};

use common::corpus::{near, same_written};
use common::run::{Setting, Trace};
use common::{Executor, Prepared, ROADS, Road, Run, precisions};
use evalgrad::Error;
use evalgrad::machine::work::Arenas;
use evalgrad::program::ProgramOptions;
use evalgrad::reader::Source;
use judge::generate::{Generated, program};
use judge::{Failure, Outcome};
use rayon::prelude::*;

/// Programs of a usual run.
const PROGRAMS: u64 = 2_000;
/// Applications that the judge makes before it gives up on a program.
const APPLICATIONS: u64 = 1_000_000;

/// How far the engine may be from the judge.
struct Tolerance {
    value: f64,
    gradient: f64,
    /// A comparison this near to a tie, relative to its sides, may go either way.
    margin: f64,
}

/// By [`precisions`]. In f32 the programs lose several digits to cancellation.
const TOLERANCES: [Tolerance; 2] = [
    Tolerance { value: 2e-3, gradient: 2e-2, margin: 1e-2 },
    Tolerance { value: 1e-9, gradient: 1e-7, margin: 1e-9 },
];

#[test]
fn engine_and_judge_agree() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse().expect("a number"));
    let programs: u64 = number("EVALGRAD_FUZZ").unwrap_or(PROGRAMS);
    let first: u64 = number("EVALGRAD_FUZZ_SEED").unwrap_or(0);
    let (values, failures, compared) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let wrong: Vec<String> = (first..first + programs)
        .into_par_iter()
        .filter_map(|seed| {
            let generated = program(seed);
            let inputs: Vec<(&str, f64)> = generated.inputs.iter().map(|(name, value)| (name.as_str(), *value)).collect();
            let judged = judge::judge(&generated.text, &inputs, &[], APPLICATIONS);
            let found = compare(&generated, &judged, &compared, &slice(seed));
            if judged.is_ok() { &values } else { &failures }.fetch_add(1, Ordering::Relaxed);
            found.err().map(|what| format!("seed {seed}: {what}\ninputs {inputs:?}\n{}\n", generated.text))
        })
        .collect();
    let (values, failures, compared) = (values.into_inner(), failures.into_inner(), compared.into_inner());
    println!("{programs} programs: {values} values, {failures} failures, {compared} comparisons of runs");
    let shown: Vec<&str> = wrong.iter().map(String::as_str).take(10).collect();
    assert!(wrong.is_empty(), "{} programs:\n\n{}", wrong.len(), shown.join("\n"));
    // What is skipped near ties must stay the exception.
    assert!(compared > programs * 3, "only {compared} comparisons");
    assert!(values > programs / 2 && failures > programs / 50, "{values} values, {failures} failures");
}

/// Memory and slices that some programs run with; an answer never shows them.
fn slice(seed: u64) -> Setting {
    let size = |limit: u64| (seed / 3 % limit) as usize;
    let arenas = Arenas { stack: size(40), heap: size(97), tape: size(11) };
    Setting {
        arenas: (seed % 3 > 0).then_some(arenas),
        fuel: (seed % 3 > 1).then_some(1 + size(29) as u32),
        ..Setting::default()
    }
}

/// What the engine and the judge differ in.
fn compare(
    generated: &Generated,
    judged: &Result<Outcome, Failure>,
    compared: &AtomicU64,
    slice: &Setting,
) -> Result<(), String> {
    let prepared = match Prepared::new(&generated.text, &ProgramOptions::default()) {
        Ok(prepared) => prepared,
        Err(error) => return same_text_error(&error, judged),
    };
    let inputs = prepared.inputs(&generated.inputs).map_err(|missing| format!("no value for {missing:?}"))?;
    let setting = Setting { inputs, ..slice.clone() };
    for (executor, tolerance) in precisions().iter().zip(&TOLERANCES) {
        let runs = ROADS.map(|road| prepared.run(road, executor, &setting));
        same_roads(&runs).map_err(|what| format!("{}: {what}", executor.name))?;
        if let Ok(outcome) = judged
            && outcome.branch_margin.min(outcome.constant_margin) < tolerance.margin
        {
            continue;
        }
        compared.fetch_add(2, Ordering::Relaxed);
        let describe = |what: String| format!("{}: {what}", executor.name);
        same_as_judged(&prepared, &runs[Road::Direct as usize], judged, executor, tolerance, generated).map_err(describe)?;
    }
    Ok(())
}

/// Readings that generated programs do not reach.
#[test]
fn engine_and_judge_read_the_language_alike() {
    let wrong: Vec<String> = READINGS
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .filter_map(|text| {
            let inputs = [("x", 1.5), ("y", -0.25)];
            let generated =
                Generated { text: text.to_owned(), inputs: inputs.map(|(name, x)| (name.to_owned(), x)).to_vec() };
            let judged = judge::judge(text, &inputs, &[], APPLICATIONS);
            let found = compare(&generated, &judged, &AtomicU64::new(0), &Setting::default());
            found.err().map(|what| format!("{text}\n    {what}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} programs:\n{}", wrong.len(), wrong.join("\n"));
}

const READINGS: &str = r##"
    (letrec ((a 1) (b (+ a 1))) b)
    (letrec* ((a 1) (b (+ a 1))) b)
    (letrec ((b (lambda () a)) (a 1)) (b))
    (letrec ((b (a)) (a (lambda () 1))) b)
    (letrec ((a (lambda () b)) (b (a))) b)
    (letrec ((a a)) 1)
    (letrec ((a (list (lambda () a)))) (eq? a ((car a))))
    (define (f) g) (define h (f)) (define g 1) h
    (define a 1) (define b (+ a 1)) (define a 2) b
    (define a 1) (set! a 2) a
    (let ((x 1) (y x)) (list x y))
    (let* ((x 1) (x (+ x 1))) x)
    (let () 5)
    (let () (define a 1) (define (g) (+ a 1)) (g))
    (let ((a 1)) (begin (define b 2)) (+ a b))
    (begin)
    (begin (define q 3)) (+ q 1)
    (+ 1 1) (define z 5) (* z 2) (define w (car '()))
    7 (define z (lambda () z))
    (lambda (v) v) (define z 1)
    (define z 1)

    (cond)
    (cond (else))
    (cond (1))
    (cond (#f 1))
    (cond ((+ 1 1) => (lambda (v) (* v x))))
    (cond (x => sin) (else 1))
    (case 1)
    (case 1 ((1)))
    (case (* 2 x) ((3) 'int) ((3.0) 'float) (else => (lambda (v) v)))
    (case 'b ((a b) => (lambda (v) (list v))) (else 1))
    (case 2 ((1) 1) (else => -))
    (and) (or)
    (and 1 #f (car 5))
    (or #f '() (car 5))
    (when #t)
    (when (> x 0) (car '(1)) (* 2 x))
    (unless (> x 0) 1)
    (if)
    (do ((i 0 (+ i 1)) (s 0 (+ s i))) ((= i 4) (list i s)) (* i s))
    (do ((i 0 (+ i 1))) ((= i 4)))
    (do ((i 0 (+ i 1)) (k x)) ((> i 3) k))
    (loop ((i 0)) (if (< i 3) (recur (+ i 1)) i))
    (loop ((i 0) (i 1)) i)
    (loop ((i 0)) (let ((recur 5)) recur))
    (loop ((i 0)) (begin (recur 1) 2))
    (loop ((i 0) (f (lambda () 0))) (if (= i 3) (f) (recur (+ i 1) (lambda () i))))
    (loop ((i 3)) (and (> i 0) (or (= i 7) (recur (- i 1)))))
    (let loop ((i 0)) (if (= i 3) i (loop (+ i 1))))
    (let recur ((i 0)) (if (= i 3) i (recur (+ i 1))))
    (let f ((i 0) (j)) i)

    ((lambda (a . r) (list a r)) 1)
    ((lambda r r) 1 2)
    ((lambda (a b . r) r) 1)
    ((lambda (a) a) 1 2)
    (define (f a b c d e) (list e d c b a)) (f 1 2 3 4 5)
    (define (f a b c d e) (list e d c b a)) (f 1 2 3 4)
    (define (f a b c d . e) (list e d)) (apply f 1 2 '(3 4 5 6))
    (define ((f a) b) a)
    (define (f) 1) (f 2)
    (apply + 1 2 '(3 4))
    (apply + '())
    (apply max '())
    (apply list 1 '())
    (apply apply (list + (list 1 2)))
    (apply car '((1 2)))
    (apply f)
    (map apply (list + -) '((1 2) (3 4)))
    (map map (list sin -) '((0.5) (2 3)))
    (map (lambda (a b) (+ a b)) '(1 2) '(1))
    (map car '())
    (map + '(1 2) '(3 . 4))
    (for-each car '(1))
    (filter car '((#t) (#f)))
    (fold-left cons '() '(1 2 3))
    (fold-right cons '() '(1 2 3))
    (reduce - 0 '(1 2 3 4))
    (reduce + x '())
    (reduce max 0 (list x y))
    (fold-left list 0 '(1 . 2))
    (assoc 2.0 '((1 a) (2 b)) =)
    (assoc '(1) '(((1)) ((1) 2)))
    (assq 'c '((a 1) (b 2)))
    (assv 1 '(5))
    (member 2.0 '(1 2 3) =)
    (member '(1) '((0) (1) 2))
    (memv 1.5 '(1 1.5))
    (memq 'a 'b)
    (append '(1) 2)
    (append 1 '(2))
    (append)
    (append '() '())
    (append '(1 . 2) '(3))
    (list-tail '(1 2) 2)
    (list-tail '(1 . 2) 1)
    (list-ref '(1 2) -1)
    (list-ref '(1 2) 1.0)
    (list-ref '(1 2) 2)
    (length '(1 . 2))
    (reverse 5)
    (list? '(1 . 2))
    (cadr '(1))
    (cdddr '(1 2))
    (caddr '(1 2 3))

    (+ 'a 1)
    (- 'a)
    (* 2 #t)
    (+ 1 2 "s" 'b)
    (< 1 'a 2)
    (< 1 0 'a)
    (= x x x)
    (= 1 1.0)
    (eqv? 1 1.0)
    (eqv? 0.0 -0.0)
    (equal? '(1 (2.0 "s")) (list 1 (list 2.0 "s")))
    (eq? '() '())
    (eqv? +nan.0 +nan.0)
    (eq? car car)
    (let ((f (lambda () 1))) (eq? f f))
    (equal? (lambda () 1) (lambda () 1))
    (max 1 2.0)
    (max 'a)
    (min x y 1)
    (abs -2147483648)
    (quotient 7 0)
    (modulo 7.5 0)
    (/ 0)
    (/ 0.0)
    (/ 1 3 0)
    (expt 2 31)
    (expt 2 -2)
    (expt 2.0 3)
    (expt 0 0.0)
    (expt 0 -1)
    (pow x 2)
    (exact 2.5)
    (exact 1e20)
    (exact -2147483648.0)
    (inexact 1)
    (integer? 'a)
    (even? 2.5)
    (even? 1e20)
    (zero? 'a)
    (nan? 'a)
    (number? 'a)
    (log 8 2)
    (log x y 3)
    (atan 1 -1)
    (atan)
    (sqrt)
    (round -2.5)
    (round 7/2)
    (string=? "a" "a" "b")
    (string=? "a")
    (string=? "a" 'a)
    (not 0)
    (boolean? '())
    (error 'sym "text" 1 '(2))
    (error)
    (soft-if (- x 1) x y)
    (soft-choice (x y 1) (1 x 0))
    (soft-if 'a 1 2)
    (soft-choice () ())
    (param 'x 2)
    (* (param 2) (param 'k 3) (param -1.5))
    (param x)
    (param)
    `(1 ,@'(2 3) . 4)
    `(1 ,@5)
    `(,@'(1) ,@'(2))
    `,@'(1)
    `(a `(b ,(c ,(+ 1 2))))
    (quote a b)
    'else
    else
    (else 1)
    (=> 1)
    define
    (define if 5) if
    (let ((define 5)) define)
    (let ((quote -)) '5)
    (define (list . r) (cons 'mine r)) (list 1)
    (define + -) (+ 5 3)
    (let ((+ *)) (+ 5 3))
    (let ((car cdr)) (cadr '(1 2 3)))
    (foo 1)
    (lst 1 2)
    (define (f) (undefined-thing 1)) 5
    (vector 1)
    call/cc
    (let ((vector list)) (vector 1 2))
    (5)
    ()
    "text"
    #
    (quote ())
    (1 . 2)
    (if x y z . w)
"##;

fn same_text_error(error: &Error, judged: &Result<Outcome, Failure>) -> Result<(), String> {
    let Error::Program(errors) = error else { return Err(error.to_string()) };
    let place = errors.diagnostics[0].position(&Source::new(&errors.name, &errors.text));
    match judged {
        Err(failure)
            if (failure.kind.as_str(), failure.line, failure.column)
                == (errors.kind().name(), place.line, place.column) =>
        {
            Ok(())
        }
        judged => Err(format!("{error}, judged {judged:?}")),
    }
}

/// Both roads give the same, to the last bit, by the same operations.
fn same_roads([interpreted, direct]: &[Run; 2]) -> Result<(), String> {
    let answer = |run: &Run| run.answer.clone().map_err(|fault| (fault.kind, fault.span));
    if answer(interpreted) != answer(direct) {
        return Err(format!("the roads give {:?} and {:?}", answer(interpreted), answer(direct)));
    }
    let bits = |run: &Run| run.gradient.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    if bits(interpreted) != bits(direct) {
        return Err(format!("the roads give {:?} and {:?}", interpreted.gradient, direct.gradient));
    }
    let trace = |run: &Run| run.trace.clone().expect("a host's run has a trace");
    let (Trace { tape: a, steps: m, .. }, Trace { tape: b, steps: n, .. }) = (trace(interpreted), trace(direct));
    if m != n {
        return Err(format!("the roads take {m} and {n} steps"));
    }
    if a != b {
        return Err("the tapes differ".to_owned());
    }
    Ok(())
}

fn same_as_judged(
    prepared: &Prepared,
    run: &Run,
    judged: &Result<Outcome, Failure>,
    executor: &Executor,
    tolerance: &Tolerance,
    generated: &Generated,
) -> Result<(), String> {
    let outcome = match (&run.answer, judged) {
        (Ok(_), Ok(outcome)) => outcome,
        (Err(fault), Err(failure)) => {
            let place = prepared.position(fault.span);
            let found = (fault.kind.name(), place.line, place.column);
            if found == (failure.kind.as_str(), failure.line, failure.column) {
                return Ok(());
            }
            return Err(format!("{found:?} ({}), judged {failure:?}", fault.message));
        }
        (found, judged) => return Err(format!("{found:?}, judged {judged:?}")),
    };
    let found = &nameless(run.answer.as_deref().unwrap_or_default());
    let is_same = match (run.number, outcome.number) {
        (Some(found), Some(expected)) => about(found, expected, tolerance.value),
        (None, None) => same_written(found, &outcome.value, tolerance.value),
        _ => false,
    };
    if !is_same {
        return Err(format!("{found}, judged {}", outcome.value));
    }
    if outcome.irregular {
        return Ok(());
    }
    for ((name, _), expected) in generated.inputs.iter().zip(&outcome.gradient) {
        // An input whose only occurrence is quoted or shadowed is none to the engine.
        let found = prepared.program.input(name).map_or(0.0, |index| run.gradient[index]);
        if !about(found, *expected, tolerance.gradient) {
            return Err(format!("gradient by {name} is {found} ({}), judged {expected}", executor.name));
        }
    }
    Ok(())
}

/// A written value without the names of procedures, which the judge does not write.
fn nameless(written: &str) -> String {
    let mut pieces = written.split("#<procedure ");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        text.push_str("#<procedure");
        text.push_str(&piece[piece.find('>').unwrap_or(0)..]);
    }
    text
}

/// Near, relative to the larger of the number and 1.
fn about(found: f64, expected: f64, tolerance: f64) -> bool {
    near(found, expected, tolerance) || (found - expected).abs() <= tolerance
}
