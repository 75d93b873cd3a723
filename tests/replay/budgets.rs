//! Budgets that some lanes meet and others do not.

use evalgrad::{Budgets, Settings};

use super::same::Comparison;

fn within(budgets: Budgets, texts: &[&str]) {
    for text in texts {
        let settings = Settings { budgets, ..Settings::default() };
        let ways = Comparison { settings, ..Comparison::new(text, 300) }.run();
        assert!(ways.iter().all(|way| way.interpreted > 0 && way.interpreted < 300), "{text}: {ways:?}");
    }
}

#[test]
fn steps() {
    let texts = [
        "(let loop ((i 0.) (s x)) (if (< i n1) (loop (+ i 1.) (* s 0.5)) s))",
        "(let loop ((i 0) (s x)) (if (< i n1) (loop (+ i 1) (if (< s 0.) (+ s (abs u1)) (* s 0.5))) s))",
        "(define (f n) (if (<= n 0.) x (+ 1. (f (- n 1.))))) (f n1)",
    ];
    for steps in [5, 8, 9] {
        within(Budgets { steps, ..Budgets::default() }, &texts);
    }
}

/// A root that is never found: y = -p has none.
#[test]
fn a_search_without_end() {
    let text = "(define (root y) (if (< (abs (- (* y y) x)) 1e-4) y (root (* 0.5 (+ y (/ x y)))))) (root 1.5)";
    within(Budgets { steps: 300, ..Budgets::default() }, &[text]);
}

#[test]
fn stack() {
    let texts = [
        "(define (f n) (if (<= n 0.) x (+ 1. (f (- n 1.))))) (f n1)",
        "(define (f n y) (if (<= n 0.) y (* 0.5 (g (- n 1.) y)))) (define (g n y) (if (< y 0.) (f n (- y)) (+ x (f n (* y 2.))))) (f n1 x)",
    ];
    for stack in [5, 8] {
        within(Budgets { stack, ..Budgets::default() }, &texts);
    }
}

#[test]
fn heap() {
    let texts = [
        "(let loop ((i 0.) (xs '())) (if (< i (* 20. n1)) (loop (+ i 1.) (cons (* x i) xs)) (car xs)))",
        "(define (range n) (if (<= n 0.) '() (cons (* n x) (range (- n 1.))))) (apply + x (range (* 20. n1)))",
    ];
    for heap in [50, 100] {
        for (text, is_too_large) in texts.into_iter().zip([false, true]) {
            let settings = Settings { budgets: Budgets { heap, ..Budgets::default() }, ..Settings::default() };
            Comparison { settings, is_too_large, ..Comparison::new(text, 100) }.run();
        }
    }
}

#[test]
fn tape() {
    let texts = [
        "(let loop ((i 0.) (s x)) (if (< i n1) (loop (+ i 1.) (* s 0.5)) s))",
        "(let loop ((i 0) (s x)) (if (< i n1) (loop (+ i 1) (if (< s 0.) (* a (+ s u1)) (* s 0.5))) s))",
        "(if (< x 0.) (* x y) (+ x (* y (sin (* x (exp (* y (+ x y))))))))",
    ];
    for tape in [6, 7, 8] {
        for text in texts {
            let settings = Settings { budgets: Budgets { tape, ..Budgets::default() }, ..Settings::default() };
            Comparison { settings, ..Comparison::new(text, 300) }.run();
        }
    }
}

/// A loop whose last iterations nobody could record.
#[test]
fn every_lane_meets_a_budget() {
    let endless = "(let loop ((s x)) (if (> s 1000.) s (loop (if (< s 0.) (- s) (* 0.5 s)))))";
    let deep = "(define (f y) (+ y (f (* y 0.5)))) (f x)";
    let long = "(let loop ((xs (list x))) (loop (cons (* 2. (car xs)) xs)))";
    let budgets = Budgets { steps: 2000, stack: 100, heap: 200, tape: 1500 };
    for text in [endless, deep, long] {
        let settings = Settings { budgets, ..Settings::default() };
        let ways = Comparison { settings, ..Comparison::new(text, 40) }.run();
        assert!(ways.iter().all(|way| way.interpreted == 40), "{text}: {ways:?}");
    }
}
