//! Errors: all of a text at once, in source order, one for each slip.

use super::{errors, faults, places};

#[test]
fn all_errors_are_reported_in_source_order() {
    let text = "(define (f x) (if))\n(set! y 1) (sine 2) (let ((a 1) (a 2)) vector) (f (lambda (b b) (car)) (gcd 1 2))\n(quote)";
    assert_eq!(places(text), ["(if)", "set!", "sine", "a", "vector", "b", "gcd", "(quote)"]);
}

#[test]
fn a_slip_is_unbound_with_the_nearest_name() {
    let found = errors("(lenght '(1))");
    assert_eq!(found[0].kind.name(), "unbound");
    assert!(found[0].help.as_ref().is_some_and(|help| help.contains("`length`")), "{found:?}");
    let found = errors("(define (velocity t) t) (let ((speed 1)) (+ (velocty 1) (spede 2)))");
    let help: Vec<_> = found.iter().map(|error| error.help.clone().unwrap_or_default()).collect();
    assert!(help[0].contains("`velocity`") && help[1].contains("`speed`"), "{help:?}");
    // Elsewhere a free name is an input.
    assert!(super::dump("(+ lenght 1)").contains("$lenght"));
}

#[test]
fn names_that_do_not_exist_here_say_so() {
    for text in ["(+ 1 vector)", "(call/cc (lambda (k) 1))", "(let-values (((a b) (values 1 2))) (a b))", "(display x)"]
    {
        let found = faults(text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].0 == "expand" && found[0].2.ends_with("is not in the language"), "{found:?}");
    }
    assert_eq!(super::dump("(let ((vector 1)) vector)"), "(let ((vector.0 1)) vector.0)");
}

#[test]
fn one_slip_is_one_error() {
    assert_eq!(places("(define f) (f 1)"), ["(define f)"]);
    assert_eq!(places("(define (g)) (g 1)"), ["(define (g))"]);
    assert_eq!(places("(define-syntax swap! 1) (swap! 1 2)"), ["define-syntax"]);
    assert_eq!(places("(define-record-type point (make x) point? (x get)) (get (make 1))"), ["define-record-type"]);
    assert_eq!(places("(when a (define (h) 1) (h))"), ["(define (h) 1)"]);
    assert_eq!(places("(let (x 1) (x 2))"), ["x"]);
    assert_eq!(places("(define f 1) (define f 2) f"), ["f"]);
}

#[test]
fn a_program_and_a_body_need_an_expression() {
    assert_eq!(faults("")[0].0, "expand");
    assert_eq!(places("(define x 1)"), ["(define x 1)"]);
    assert_eq!(super::dump("1 (define x 2)"), "(let ((_.0 1)) (let ((x.1 2)) _.0))");
    assert_eq!(places("(define (f) (define x 1)) (f)"), ["(define x 1)"]);
    assert_eq!(places("(lambda (x))"), ["(lambda (x))"]);
    assert_eq!(places("(let ((x 1)) x (define y 2) y)"), ["(define y 2)"]);
}

#[test]
fn syntax_is_no_value() {
    assert_eq!(places("(list if else define)"), ["if", "else", "define"]);
    assert_eq!(places("()"), ["()"]);
    assert_eq!(places("(f . x)"), ["(f . x)"]);
    assert_eq!(places("(list ,x (unquote-splicing y))").len(), 2);
    assert_eq!(places("(lambda (1 x) x)"), ["1"]);
    assert_eq!(places("(let ((2 1)) 3)"), ["2"]);
}

#[test]
fn any_name_may_be_shadowed() {
    assert_eq!(super::dump("(let ((if list)) (if 1 2 3))"), "(let ((if.0 @list)) (call if.0 1 2 3))");
    assert_eq!(super::dump("(define (+ a b) a) (+ 1 2)"), "(fix ((+.0 (lambda:+ (a.1 b.2) a.1))) (call +.0 1 2))");
    assert_eq!(super::dump("(define define list) (define x 1)"), "(let ((define.0 @list)) (call define.0 $x 1))");
    // The expansions themselves keep meaning what they mean.
    assert_eq!(
        super::dump("(let ((append 1) (cons 2)) `(,x ,@y))"),
        "(let ((append.0 1) (cons.1 2)) (cons $x (call @append $y '())))"
    );
}
