//! Definitions, `letrec`, `let` and the loops.

use super::{dump, places};

#[test]
fn recursion_becomes_a_fix_without_boxes() {
    assert_eq!(
        dump("(define (f n) (if (= n 0) 1 (* n (f (- n 1))))) (f 5)"),
        "(fix ((f.0 (lambda:f (n.1) (if (= n.1 0) 1 (* n.1 (call f.0 (- n.1 1))))))) (call f.0 5))"
    );
    assert_eq!(
        dump("(letrec ((ev (lambda (n) (od n))) (od (lambda (n) (ev n)))) (ev 1))"),
        "(fix ((ev.0 (lambda:ev (n.2) (call od.1 n.2))) (od.1 (lambda:od (n.3) (call ev.0 n.3)))) (call ev.0 1))"
    );
}

#[test]
fn definitions_in_order_need_no_boxes() {
    assert_eq!(
        dump("(define x 1) (car x) (define (f) x) (define y (f)) (f)"),
        "(let ((x.0 1)) (let ((_.1 (car x.0))) (fix ((f.2 (lambda:f () x.0))) (let ((y.3 (call f.2))) (call f.2)))))"
    );
    // A procedure may mention what is defined after it, as long as nothing calls it in between.
    assert_eq!(dump("(define (f) x) (define x 1) (f)"), "(let ((x.1 1)) (fix ((f.0 (lambda:f () x.1))) (call f.0)))");
}

#[test]
fn what_may_be_read_too_early_is_boxed() {
    assert_eq!(
        dump("(letrec ((a b) (b 1)) a)"),
        "(let ((b.1 (%make-box #<unspecified>))) (let ((a.0 (%unbox b.1))) (let ((b.2 1)) \
         (let ((_.3 (%box-set! b.1 b.2))) a.0))))"
    );
    // In a `letrec*` a value exists as soon as its init has run, in a `letrec` not before all have.
    assert_eq!(dump("(letrec* ((a 1) (b a)) b)"), "(let ((a.0 1)) (let ((b.1 a.0)) b.1))");
    assert_eq!(
        dump("(letrec ((a 1) (b a)) b)"),
        "(let ((a.0 (%make-box #<unspecified>))) (let ((a.2 1)) (let ((b.1 (%unbox a.0))) \
         (let ((_.3 (%box-set! a.0 a.2))) b.1))))"
    );
    assert_eq!(
        dump("(define (f) x) (define y (f)) (define x 5) y"),
        "(let ((x.2 (%make-box #<unspecified>))) (fix ((f.0 (lambda:f () (%unbox x.2)))) \
         (let ((y.1 (call f.0))) (let ((_.3 (%box-set! x.2 5))) y.1))))"
    );
    // A procedure called before its definition has run.
    assert_eq!(
        dump("(define y (f)) (define (f) 2) y"),
        "(let ((f.1 (%make-box #<unspecified>))) (let ((y.0 (call (%unbox f.1)))) \
         (let ((_.2 (%box-set! f.1 (lambda:f () 2)))) y.0)))"
    );
}

#[test]
fn bodies_have_a_scope_of_their_own() {
    assert_eq!(
        dump("(define x 1) (let ((f (lambda () (define x 2) x))) (+ x (f)))"),
        "(let ((x.0 1)) (let ((f.2 (lambda:f () (let ((x.1 2)) x.1)))) (+ x.0 (call f.2))))"
    );
    assert_eq!(
        dump("(begin (define x 1) (begin (define y 2))) (+ x y)"),
        "(let ((x.0 1)) (let ((y.1 2)) (+ x.0 y.1)))"
    );
}

#[test]
fn a_let_is_parallel_and_a_let_star_is_not() {
    assert_eq!(dump("(let ((x 1) (y x)) (+ x y))"), "(let ((x.0 1) (y.1 $x)) (+ x.0 y.1))");
    assert_eq!(dump("(let* ((x 1) (x (+ x 1))) x)"), "(let ((x.0 1)) (let ((x.1 (+ x.0 1))) x.1))");
    assert_eq!(dump("(let () 1 2)"), "(let ((_.0 1)) 2)");
    assert_eq!(dump("((lambda (x y) (+ x y)) 1 2)"), "(let ((x.0 1) (y.1 2)) (+ x.0 y.1))");
    assert_eq!(dump("((lambda (x) x))"), "(call (lambda (x.0) x.0))");
    assert_eq!(dump("((lambda (x . r) r) 1)"), "(call (lambda (x.0 . r.1) r.1) 1)");
    assert_eq!(dump("(lambda r r)"), "(lambda (. r.0) r.0)");
}

#[test]
fn loops_are_procedures() {
    assert_eq!(
        dump("(let go ((i i)) (go (+ i 1)))"),
        "(fix ((go.0 (lambda:go (i.1) (call go.0 (+ i.1 1))))) (call go.0 $i))"
    );
    assert_eq!(
        dump("(do ((i 0 (+ i 1)) (s 9)) ((= i 3) 7 s) (car s))"),
        "(fix ((do.0 (lambda:do (i.1 s.2) (if (= i.1 3) (let ((_.3 7)) s.2) (let ((_.4 (car s.2))) \
         (call do.0 (+ i.1 1) s.2)))))) (call do.0 0 9))"
    );
    assert_eq!(dump("(do () (#t))"), "(fix ((do.0 (lambda:do () (if #t #<unspecified> (call do.0))))) (call do.0))");
    assert_eq!(
        dump("(loop ((i 0)) (let ((j i)) (cond ((= j 3) j) (else (recur (+ j 1))))))"),
        "(fix ((loop.0 (lambda:loop (i.1) (let ((j.2 i.1)) (if (= j.2 3) j.2 (call loop.0 (+ j.2 1))))))) (call loop.0 0))"
    );
}

#[test]
fn recur_belongs_to_the_innermost_loop_in_tail_position() {
    assert_eq!(
        dump("(loop ((i 0)) (loop ((a 1) (b 2)) (recur b a)))"),
        "(fix ((loop.0 (lambda:loop (i.1) (fix ((loop.2 (lambda:loop (a.3 b.4) (call loop.2 b.4 a.3)))) \
         (call loop.2 1 2))))) (call loop.0 0))"
    );
    assert_eq!(places("(loop ((i 0)) (+ 1 (recur i)))"), ["(recur i)"]);
    assert_eq!(places("(loop ((i 0)) (lambda () (recur i)))"), ["(recur i)"]);
    assert_eq!(places("(loop ((i 0)) (if (recur i) 1 2))"), ["(recur i)"]);
    assert_eq!(places("(loop ((i 0)) (recur i) i)"), ["(recur i)"]);
    assert_eq!(places("(loop ((i (recur 1))) (recur 1 2))"), ["(recur 1)", "(recur 1 2)"]);
    assert_eq!(dump("(let ((loop car)) (loop '(1)))"), "(let ((loop.0 @car)) (call loop.0 '(1)))");
}
