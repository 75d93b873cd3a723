//! Loops, recursion and lists whose course and length come from data.

use super::same::{Comparison, same, same_but_too_large};

/// Each lane takes other sides at other iterations.
#[test]
fn a_branch_in_the_body() {
    same(&[
        "(let loop ((i 0) (y x)) (if (= i 6) y (loop (+ i 1) (if (< (sin (* 9. y)) 0.) (* y 0.9) (+ y (* 0.1 a))))))",
        "(let loop ((i 0) (y x) (z a)) (if (= i 5) (* y z) (loop (+ i 1) (if (< y z) z (* 0.5 y)) (if (< y 0.) y (sin z)))))",
        "(let loop ((i 0) (y x)) (cond ((= i 7) y) ((< y -1.) (loop (+ i 1) (* -0.7 y))) ((< y 1.) (loop (+ i 1) (+ y a))) (else (loop (+ i 1) (* 0.5 y)))))",
        "(fold-left (lambda (s v) (if (< s v) (+ s (* a v)) (* s b))) x (list y 0.5 a -1. (* a b) 2.))",
        "(let ((step (lambda (y) (if (< y 0.) (- y) (- (* y y) 2.))))) (step (step (step (step x)))))",
    ]);
}

#[test]
fn hundreds_of_iterations() {
    let text = "
        (let loop ((i 0) (y x) (v a))
          (if (= i 200) (+ y (* v v))
              (let ((f (if (< (* y v) 0.) (* b y) (- (* 0.5 y) 1.))))
                (loop (+ i 1) (+ y (* 0.05 v)) (- (* 0.99 v) (* 0.05 f))))))";
    Comparison { is_short: true, ..Comparison::new(text, 300) }.run();
    let rare = "
        (let loop ((i 0) (y x))
          (if (= i 300) y
              (loop (+ i 1) (if (> y 0.99) (* y (* 0.01 a)) (* 3.9 (* y (- 1. y)))))))";
    let rare = rare.replace('x', "u1");
    Comparison { is_short: true, ..Comparison::new(&rare, 300) }.run();
}

#[test]
fn lengths_from_data() {
    same(&[
        "(define (root y) (if (< (abs (- (* y y) p1)) 1e-3) y (root (* 0.5 (+ y (/ p1 y)))))) (root p1)",
        "(let loop ((y p1) (count 0)) (if (> y 20.) (* y count) (loop (* y (+ 1.1 (* 0.1 p2))) (+ count 1))))",
        "(let loop ((n (+ 1 (exact n1))) (count 0)) (if (= n 1) (* x count) (loop (if (even? n) (quotient n 2) (+ 1 (* 3 n))) (+ count 1))))",
        "(let loop ((i 0.) (s x)) (if (< i n1) (loop (+ i 1.) (+ (* s 0.5) i)) s))",
        "(let loop ((i 0) (s x)) (if (< i n1) (loop (+ i 1) (* (sin s) a)) s))",
        "(loop ((i (exact n1)) (s 0.)) (if (zero? i) s (recur (- i 1) (+ s (/ x i)))))",
    ]);
}

#[test]
fn recursion_from_data() {
    same(&[
        "(define (f n y) (if (<= n 0.) y (* 0.9 (+ x (f (- n 1.) (sin y)))))) (f n1 a)",
        "(define (up n y) (if (> n 0.) (down (- n 1.) (* y x)) y)) (define (down n y) (if (> n 0.) (up (- n 2.) (+ y a)) (- y))) (up n1 1.)",
        "(define (tree n y) (if (< n 1.) (* y y) (+ (tree (- n 3.) (* y 0.5)) (tree (- n 4.) (+ y 1.))))) (tree n1 x)",
        "(define (fib n) (if (< n 2) x (+ (fib (- n 1)) (fib (- n 2))))) (fib (quotient (exact n1) 2))",
        "(define (even n y) (if (= n 0) y (odd (- n 1) (if (< y 0) (* y x) (- y x))))) (define (odd n y) (if (= n 0) (sin y) (even (- n 1) (if (< y a) a y)))) (even (exact n1) x)",
    ]);
}

#[test]
fn helpers_and_inner_loops() {
    same(&[
        "(define (clip y) (if (< y -1.) -1. (if (> y 1.) 1. y))) (let loop ((i 0) (y x)) (if (= i 4) y (loop (+ i 1) (+ (clip (* y a)) (* (clip y) (clip (+ y 0.5)))))))",
        "(define (sq y) (* y y)) (let outer ((i 0) (s x)) (if (= i 3) s (outer (+ i 1) (let inner ((y s) (k 0)) (if (or (< (abs y) 0.5) (= k 6)) (+ y (sq s)) (inner (* 0.5 y) (+ k 1)))))))",
        "(let outer ((i 0.) (s 0.)) (if (< i n1) (outer (+ i 1.) (let inner ((j 0.) (t s)) (if (< j (- n2 i)) (inner (+ j 3.) (+ t (* x j))) t))) s))",
        "(let loop ((i 0) (s x)) (cond ((= i 20) s) ((> (abs s) 4.) (- s i)) (else (loop (+ i 1) (* s (+ 1. (* 0.2 p1)))))))",
        "(let loop ((i 0)) (if (or (= i 12) (> (* i p1) 6.)) (* x i) (loop (+ i 1))))",
    ]);
}

#[test]
fn lists_with_lengths_from_data() {
    same(&[
        "(let loop ((i 0.) (xs '())) (if (< i n1) (loop (+ i 1.) (cons (* x i) xs)) (fold-left + a xs)))",
        "(let ((xs (filter (lambda (v) (< v x)) (list a b y 0. 1. -1.)))) (if (null? xs) x (apply max xs)))",
        "(let loop ((i 0.) (xs '())) (if (< i n1) (loop (+ i 1.) (cons (if (< x i) x (* x i)) xs)) (reverse xs)))",
        "(length (let loop ((i 0.) (xs '())) (if (< i n1) (loop (+ i 1.) (cons x xs)) xs)))",
    ]);
    same_but_too_large(&[
        "(define (range n) (if (<= n 0.) '() (cons (* n a) (range (- n 1.))))) (apply + x (map (lambda (v) (if (< v 0.) (* v v) (sin v))) (range n1)))",
    ]);
}

/// Floats in some lanes, other kinds in others.
#[test]
fn values_of_other_kinds() {
    same(&[
        "(if (< x 0.) (list x (* 2 x) 'a \"text\" #\\a) (* x y))",
        "(if (< x -2.) \"low\" (if (< x 0.) #t (if (< x 2.) 42 (* x y))))",
        "(if (< x 0.) (let ((z (* x 2))) (lambda (v) (+ z v))) (if (< y 0.) '() (cons x y)))",
        "(< x y)",
        "(if (even? n1) 'even (exact n1))",
        "(let ((z (* x x))) (let ((s (list z))) (if (< y 0) (cons s s) (list z y 1.5 w1))))",
        "(if (< x 0.) car (if (< y 0) (if #f #f) (list (if (< a 0) a 1) x)))",
        "(list w1 (+ w1 1.) (exact (floor x)))",
    ]);
}

/// Operations of one section beyond a block's length, in a loop and out of one.
#[test]
fn long_straight_stretches() {
    let terms = |count: usize| {
        let mut text = "x".to_owned();
        for index in 0..count {
            let op = ["+", "*", "-"][index % 3];
            text = match index % 5 {
                0 => format!("(sin ({op} {text} a))"),
                1 => format!("(cos ({op} b {text}))"),
                _ => format!("({op} {text} {}.25)", index % 4),
            };
        }
        text
    };
    let straight = terms(700);
    let guarded = format!("(let ((z {})) (if (< z 0.) (* z {}) {}))", terms(300), terms(257), terms(255));
    let looped =
        format!("(let loop ((i 0) (x x)) (if (= i 3) (* x i) (loop (+ i 1) (if (< x y) {} (* x i)))))", terms(300));
    for (text, is_too_large) in [(straight, true), (guarded, true), (looped, true)] {
        Comparison { is_short: true, is_too_large, ..Comparison::new(&text, 300) }.run();
    }
}

#[test]
fn wide_batches() {
    for text in [
        "(define (root y) (if (< (abs (- (* y y) p1)) 1e-3) y (root (* 0.5 (+ y (/ p1 y)))))) (root p1)",
        "(let loop ((i 0) (y x)) (if (= i 6) y (loop (+ i 1) (if (< y a) (+ y (* u1 i)) (* 0.5 y)))))",
    ] {
        let ways = Comparison { is_short: true, ..Comparison::new(text, 4096) }.run();
        assert!(ways.iter().all(|way| way.interpreted < 100 && way.recorded < 200), "{ways:?}");
    }
}
