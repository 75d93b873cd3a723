//! Quasiquotation.

use super::{dump, places};

#[test]
fn constant_parts_stay_constant() {
    assert_eq!(dump("`(1 (a . b) \"c\")"), "'(1 (a . b) \"c\")");
    assert_eq!(dump("`x"), "'x");
    assert_eq!(dump("`(1 ,x 2 3)"), "(cons 1 (cons $x '(2 3)))");
    assert_eq!(dump("`(1 ,x 2 . 3)"), "(cons 1 (cons $x '(2 . 3)))");
    assert_eq!(dump("`(,x . y)"), "(cons $x 'y)");
    assert_eq!(dump("`,x"), "$x");
}

#[test]
fn splicing_appends() {
    assert_eq!(dump("`(1 ,@x 2)"), "(cons 1 (call @append $x '(2)))");
    assert_eq!(dump("`(,@x)"), "(call @append $x '())");
    assert_eq!(dump("`(,@x ,@y . z)"), "(call @append $x (call @append $y 'z))");
}

#[test]
fn an_unquoted_tail() {
    assert_eq!(dump("`(1 . ,x)"), "(cons 1 $x)");
    assert_eq!(dump("`(1 ,x . ,(car y))"), "(cons 1 (cons $x (car $y)))");
}

#[test]
fn levels_nest() {
    assert_eq!(dump("`(a `(b ,(c)))"), "'(a (quasiquote (b (unquote (c)))))");
    assert_eq!(
        dump("`(a `(b ,(c ,x)))"),
        "(cons 'a (cons (cons 'quasiquote (cons (cons 'b (cons (cons 'unquote (cons (cons 'c (cons $x '())) '())) '())) '())) '()))"
    );
    assert_eq!(
        dump("`(a `(b ,,@x))"),
        "(cons 'a (cons (cons 'quasiquote (cons (cons 'b (cons (cons 'unquote (call @append $x '())) '())) '())) '()))"
    );
    assert_eq!(dump("`(a . `(b ,c))"), "'(a quasiquote (b (unquote c)))");
    assert_eq!(
        dump("`(a . `(b ,,x))"),
        "(cons 'a (cons 'quasiquote (cons (cons 'b (cons (cons 'unquote (cons $x '())) '())) '())))"
    );
}

#[test]
fn malformed_templates() {
    assert_eq!(places("`,@x"), [",@x"]);
    assert_eq!(places("`((unquote a b) (unquote))"), ["(unquote a b)", "(unquote)"]);
    assert_eq!(places("`(1 . ,@x)").len(), 1);
}
