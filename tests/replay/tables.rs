//! Tables that are read at an index from data.

use evalgrad::{Budgets, Settings, Tier};

use super::same::{Comparison, Precision, ROADS, assert_same, batch, call, columns, engine, parse, same};

const TABLE: &str = "'(1.5 -0. 3.5 4.5 0.1 6.5 7e5 8.5 9.5)";
const NTH: &str = "(define (nth l k) (if (= k 0) (car l) (nth (cdr l) (- k 1))))";

/// Some indices lie outside; `m` is no integer here and there.
#[test]
fn one_lookup() {
    for index in ["n1", "m1", "(floor (* 9. u1))", "(- n1 2.)"] {
        same(&[
            &format!("(* x (list-ref {TABLE} (exact {index})))"),
            &format!("(list-ref {TABLE} (exact {index}))"),
            &format!("{NTH} (* x (nth {TABLE} (exact {index})))"),
            &format!("(* x (cadr (assv (exact {index}) '((0 1.) (1 2.) (2 -0.) (5 3.) (6 4.) (7 5.) (8 0.)))))"),
            &format!("(case (exact {index}) ((0) x) ((1) 1.) ((2 4) 2.) ((3) (* x y)) ((5) 5.) ((6) 6.) (else -1.))"),
            &format!("(list x (list-ref {TABLE} (exact {index})))"),
        ]);
    }
}

#[test]
fn several_lookups() {
    let between = "(define (at t p) (let* ((k (exact (floor p))) (a (list-ref t k)) (b (list-ref t (+ k 1)))) (+ a (* (- p k) (- b a)))))";
    same(&[
        &format!("{between} (* x (at {TABLE} (* 8. u1)))"),
        &format!("{between} (* x (at {TABLE} (* 8.5 u1)))"),
        &format!("{between} (at {TABLE} (abs (at {TABLE} (* 8. u1))))"),
        &format!("(* (list-ref {TABLE} (exact n1)) (+ x (list-ref {TABLE} (exact n2))))"),
        "(list-ref (list-ref '((1. 2. 3. 4.) (5. 6. 7. 8.) (9. 10. 11. 12.)) (exact (floor (* 3 u1)))) (exact (floor (* 4 u2))))",
        &format!("(let ((c (list-ref {TABLE} (exact n1)))) (if (< (* x x) c) (* c (sin x)) (+ c y)))"),
        &format!(
            "(let ((c (list-ref {TABLE} (exact n1)))) (let loop ((i 0) (y x)) (if (= i 5) y (loop (+ i 1) (if (< y c) (+ y a) (* y 0.5))))))"
        ),
    ]);
}

/// A loop around a table; `f` is scattered over [0, 1).
fn scattered(size: usize, iterations: usize, body: &str) -> String {
    let items: String = (0..size).map(|item| format!("{item}.25 ")).collect();
    format!(
        "(let loop ((i 0) (s (+ 0.001 u1 (* 0.0001 n1))) (y x))
           (if (= i {iterations}) y
               (let ((f (- (* s 97.) (floor (* s 97.))))) (loop (+ i 1) f (let ((t '({items}))) {body})))))"
    )
}

#[test]
fn in_a_loop() {
    same(&[
        &scattered(20, 8, "(+ (* 0.9 y) (* a (list-ref t (exact (floor (* 20 f))))))"),
        &scattered(
            12,
            8,
            "(let* ((k (exact (floor (* 11 f)))) (v (list-ref t k))) (+ v (* y (- (list-ref t (+ k 1)) v))))",
        ),
        &scattered(6, 4, "(if (< (* 6 f) (list-ref t (exact (floor (* 6.3 f))))) (* y a) (+ y 0.1))"),
    ]);
}

/// A thousand lanes, each with a path of its own, need about as many recordings as show every index at every iteration.
#[test]
fn a_thousand_paths_of_lookups() {
    let text = scattered(20, 50, "(+ (* 0.9 y) (* a (list-ref t (exact (floor (* 20 f))))))");
    for road in ROADS {
        let engine = engine(Settings::default());
        let program = parse(&text);
        let columns = columns(&program, 1000);
        let run = |tier| {
            let batch = batch(&program, &columns, Precision::F64, road, tier);
            call(&engine, &batch, Precision::F64, &["x", "a", "u1"]).expect("a call without mistakes")
        };
        let wanted = run(Tier::Interpret).0;
        let mut recorded = 0;
        let calls = (0..6).map(|_| {
            let (found, way) = run(Tier::Replay);
            assert_same(&found, &wanted, &columns, &text);
            recorded += way.recorded;
            way
        });
        let last = calls.last();
        assert!(last.as_ref().is_some_and(|way| way.recorded == 0 && way.interpreted == 0), "{last:?}");
        assert!(recorded <= 200, "{recorded}");
    }
}

/// A lookup is taken to cost what its longest walk does; lanes that this takes beyond a budget are interpreted, whether or not
/// they are beyond it.
#[test]
fn budgets() {
    for steps in [3, 5, 8, 9, 10, 11, 20] {
        let settings = Settings { budgets: Budgets { steps, ..Budgets::default() }, ..Settings::default() };
        for text in [
            format!("{NTH} (* x (nth {TABLE} (exact n1)))"),
            format!("(* x (list-ref {TABLE} (exact n1)))"),
            format!("{NTH} (let loop ((i 0) (y x)) (if (= i 2) y (loop (+ i 1) (* y (nth {TABLE} (exact n1))))))"),
        ] {
            Comparison { settings, ..Comparison::new(&text, 300) }.run();
        }
    }
    for heap in [3, 6, 12] {
        let settings = Settings { budgets: Budgets { heap, ..Budgets::default() }, ..Settings::default() };
        let text =
            "(define (up k l) (if (= k 0) (car l) (up (- k 1) (cons (* 0.5 k) l)))) (* x (up (exact n1) (list 1.)))";
        Comparison { settings, ..Comparison::new(text, 300) }.run();
    }
}

/// A loop that tapes nothing but makes objects has anchors, so that those it has dropped are not counted for ever.
#[test]
fn a_long_loop_that_tapes_nothing() {
    let text = "(let loop ((i 0) (n 0)) (if (= i 20000) (* x n) (loop (+ i 1) (+ n (car (list 1 i))))))";
    let settings = Settings { budgets: Budgets { heap: 1000, ..Budgets::default() }, ..Settings::default() };
    for way in (Comparison { settings, is_short: true, ..Comparison::new(text, 20) }).run() {
        assert_eq!(way.interpreted, 0, "{way:?}");
    }
}
