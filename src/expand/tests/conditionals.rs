//! Conditionals, and the soft ones.

use super::{dump, places};

#[test]
fn sides_are_lazy_and_defaults_unspecified() {
    assert_eq!(dump("(if a 1)"), "(if $a 1 #<unspecified>)");
    assert_eq!(dump("(when a 1 2)"), "(if $a (let ((_.0 1)) 2) #<unspecified>)");
    assert_eq!(dump("(unless a 1)"), "(if $a #<unspecified> 1)");
    assert_eq!(dump("(list (and) (and a) (and a b c))"), "(cons #t (cons $a (cons (if $a (if $b $c #f) #f) '())))");
}

#[test]
fn or_and_cond_evaluate_a_test_once() {
    assert_eq!(dump("(or)"), "#f");
    assert_eq!(dump("(or a (+ b 1) c)"), "(if $a $a (let ((test.0 (+ $b 1))) (if test.0 test.0 $c)))");
    assert_eq!(dump("(or (< a b) c)"), "(if (< $a $b) #t $c)");
    assert_eq!(dump("(or (exact a) c)"), "(let ((test.0 (exact $a))) (if test.0 test.0 $c))");
    assert_eq!(
        dump("(cond ((assv 1 a) => cdr) ((+ b 1)) ((< a b) 1 2) (else 3))"),
        "(let ((test.2 (call @assv 1 $a))) (if test.2 (call @cdr test.2) \
         (let ((test.1 (+ $b 1))) (if test.1 test.1 (if (< $a $b) (let ((_.0 1)) 2) 3)))))"
    );
    assert_eq!(dump("(cond (a 1))"), "(if $a 1 #<unspecified>)");
    assert_eq!(dump("(let ((else #f)) (cond (else 1)))"), "(let ((else.0 #f)) (if else.0 1 #<unspecified>))");
    assert_eq!(dump("(let ((=> 1)) (cond (a => 2)))"), "(let ((=>.0 1)) (if $a (let ((_.1 =>.0)) 2) #<unspecified>))");
}

#[test]
fn case_tests_one_key() {
    assert_eq!(
        dump("(case (car a) ((1 x) 2) (() 3) ((y) => list) (else => -))"),
        "(let ((key.0 (car $a))) (if (if (eqv? key.0 1) #t (eqv? key.0 'x)) 2 (if #f 3 \
         (if (eqv? key.0 'y) (call @list key.0) (call @- key.0)))))"
    );
    assert_eq!(dump("(case a ((1) 2))"), "(if (eqv? $a 1) 2 #<unspecified>)");
}

#[test]
fn malformed_clauses_are_reported() {
    assert_eq!(places("(cond)"), ["(cond)"]);
    assert_eq!(places("(cond (else 1) (a 2))"), ["(else 1)"]);
    assert_eq!(places("(cond () (a =>) (else))"), ["()", "(a =>)", "(else)"]);
    assert_eq!(places("(case a (1 2) ((1)) (else 3) ((2) 4))"), ["(1 2)", "((1))", "(else 3)"]);
    assert_eq!(places("(list (if) (if 1 2 3 4) (when) (unless 1) (case 1))").len(), 5);
}

#[test]
fn soft_choice_evaluates_everything_once() {
    assert_eq!(
        dump("(soft-if g (+ a 1) b)"),
        "(let ((operand.0 (+ $a 1))) (let ((share.1 (sigmoid (/ $g 1.0)))) \
         (+ (* share.1 operand.0) (* (- 1.0 share.1) $b))))"
    );
    assert_eq!(
        dump("(soft-choice (a b) (u v))"),
        "(+ (* (/ 1.0 (+ 1.0 (exp (/ (- $v $u) 1.0)))) $a) (* (/ 1.0 (+ (exp (/ (- $u $v) 1.0)) 1.0)) $b))"
    );
    assert_eq!(dump("(soft-choice (a) (w))"), "(* (/ 1.0 (exp (/ (- $w $w) 1.0))) $a)");
    assert_eq!(places("(list (soft-if 1 2) (soft-choice (1 2) (1)) (soft-choice () ()))").len(), 3);
}

#[test]
fn soft_forms_check_what_may_be_no_number() {
    // Inputs, numbers and arithmetic are numbers; what is known only at run time is checked once all are evaluated.
    let check =
        |test: &str, k: u32, v: &str| format!("(if ({test} {v}) #<unspecified> (%fail 'wrong-type (cons {k} {v})))");
    assert!(!dump("(soft-if (if a 1 (* 2 a)) (soft-if a b c) (let ((v b)) 2.5))").contains("%fail"));
    let text = dump("(soft-if (< a 1) b #t)");
    assert!(text.contains(&check("number?", 1, "operand.0")) && text.contains(&check("%numeric?", 3, "#t")), "{text}");
    assert!(!text.contains("(cons 2"), "{text}");
    let text = dump("(lambda (v) (soft-choice (v 1) (2 v)))");
    // A choice may be between vectors, its weights are numbers.
    for test in ["number?", "%numeric?"] {
        assert_eq!(text.matches(&check(test, 0, "v.0")).count(), 1, "{text}");
    }
}

#[test]
fn a_large_soft_choice_stays_small() {
    let of = |name: char| (0..1000).map(|index| format!("{name}{index} ")).collect::<String>();
    let text = format!("(soft-choice ({}) ({}))", of('e'), of('w'));
    let core = super::core(&text);
    assert!(core.nodes.len() < 40_000, "{}", core.nodes.len());
    assert_eq!(core.inputs.len(), 2000);
}
