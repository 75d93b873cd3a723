//! Lanes that fail: at their place, with their words, while the others go on.

use super::same::{Comparison, same};

#[test]
fn operands_and_indices() {
    same(&[
        "(if (< x 0.) (car y) (* x y))",
        "(+ x (if (< x 0.) (car (list y)) (list-ref (list x y) (exact n1))))",
        "(/ (exact n1) (exact n2))",
        "(* x (quotient 7 (exact n1)))",
        "(let ((f (if (< x 0.) y abs))) (f x))",
        "((if (< x 0.) (lambda (v) (* v y)) (lambda (v w) v)) x)",
        "(let loop ((i 0) (s x)) (if (= i 9) s (loop (+ i 1) (if (> s 6.) (car s) (* s (+ 1. u1))))))",
        "(if (< x 0.) (length y) (if (< y 0.) (+ 'a x) (string=? x \"a\")))",
        "(letrec ((f (lambda (v) (if (< v 0.) (g v) v))) (g (if (< x -3.) (f x) (lambda (v) (* v v))))) (f x))",
    ]);
}

#[test]
fn messages_with_irritants_of_their_own() {
    same(&[
        "(if (< x 0.) (error \"negative:\" x (* x y) '(1 2) \"text\") (sqrt x))",
        "(let loop ((i 0) (s x)) (if (> s 8.) (error \"too large after\" i s) (if (= i 10) s (loop (+ i 1) (* s 1.3)))))",
        "(define (check v) (if (< v 0.) (error \"bad\" v) v)) (+ (check (+ x 2.)) (check (+ y 3.)) (check a))",
        "(fold-left (lambda (s v) (if (nan? v) (error \"nan in\" (list w1 w2 x)) (+ s v))) x (list w1 w2))",
    ]);
}

#[test]
fn all_lanes_fail() {
    same(&["(error \"always\" x)", "(car x)", "(+ x (car '()))", "(if (< x 0.) (error \"a\") (error \"b\" x))"]);
}

/// Nothing of a failed lane is in the others, however many there are.
#[test]
fn most_lanes_fail() {
    let ways = Comparison::new("(if (< u1 0.99) (error \"mostly\" x) (* x y))", 2000).run();
    assert!(ways.iter().all(|way| way.interpreted > 1900 && way.without_path == 0), "{ways:?}");
}
