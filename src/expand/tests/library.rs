//! Applications of primitives and library procedures.

use super::dump;
use crate::expand::library;

#[test]
fn arithmetic_has_two_operands() {
    assert_eq!(dump("(list (+) (*))"), "(cons 0 (cons 1 '()))");
    assert_eq!(dump("(+ a b c d)"), "(+ (+ (+ $a $b) $c) $d)");
    assert_eq!(dump("(- a b c)"), "(- (- $a $b) $c)");
    assert_eq!(dump("(list (- a) (/ a) (/ a b))"), "(cons (%neg $a) (cons (/ 1 $a) (cons (/ $a $b) '())))");
    assert_eq!(dump("(min a b c)"), "(min (min $a $b) $c)");
    assert_eq!(
        dump("(list (log a) (log a b) (atan a) (atan a b))"),
        "(cons (log $a) (cons (%log $a $b) (cons (atan $a) (cons (%atan $a $b) '()))))"
    );
    assert_eq!(dump("(pow (expt a b) (square c))"), "(pow (expt $a $b) (square $c))");
}

#[test]
fn comparisons_chain() {
    assert_eq!(dump("(< a b)"), "(< $a $b)");
    assert_eq!(
        dump("(< a (+ b 1) (+ c 1) d)"),
        "(let ((operand.0 (+ $b 1)) (operand.1 (+ $c 1))) (let ((holds.2 (< $a operand.0)) \
         (holds.3 (< operand.0 operand.1)) (holds.4 (< operand.1 $d))) (if holds.2 (if holds.3 holds.4 #f) #f)))"
    );
    assert_eq!(
        dump(r#"(string=? "a" "b" "c")"#),
        r#"(let ((holds.0 (string=? "a" "b")) (holds.1 (string=? "b" "c"))) (if holds.0 holds.1 #f))"#
    );
}

#[test]
fn other_counts_are_applications() {
    assert_eq!(dump("(+ a)"), "(call @+ $a)");
    assert_eq!(dump("(<)"), "(call @<)");
    assert_eq!(dump("(-)"), "(call @-)");
    assert_eq!(dump("(max a)"), "(call @max $a)");
    assert_eq!(dump("(car a b)"), "(call @car $a $b)");
    assert_eq!(dump("(log a b c)"), "(call @log $a $b $c)");
    assert_eq!(dump("(cadr)"), "(call @cadr)");
    assert_eq!(dump("(error)"), "(call @error)");
}

#[test]
fn data_procedures() {
    assert_eq!(dump("(list (f) 1)".replace("(f)", "(car a)").as_str()), "(cons (car $a) (cons 1 '()))");
    assert_eq!(dump("(caddr a)"), "(car (cdr (cdr $a)))");
    assert_eq!(dump("(cdaadr a)"), "(cdr (car (car (cdr $a))))");
    assert_eq!(dump("(error \"bad\" a 1)"), "(%fail 'user (cons \"bad\" (cons $a (cons 1 '()))))");
    assert_eq!(dump("(apply max 1 a)"), "(call @apply @max 1 $a)");
    assert_eq!(dump("(map + a b)"), "(call @map @+ $a $b)");
    assert_eq!(dump("(let ((f sin)) (f a))"), "(let ((f.0 @sin)) (call f.0 $a))");
    assert_eq!(dump("(1 2)"), "(call 1 2)");
}

#[test]
fn every_procedure_is_known_once() {
    let mut names: Vec<_> = library::procedures().map(|procedure| procedure.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    for name in ["+", "sin", "cddddr", "fold-left", "lgamma", "eqv?"] {
        assert!(names.binary_search(&name).is_ok(), "{name}");
        assert_eq!(dump(name), format!("@{name}"));
    }
    assert!(names.iter().all(|name| !name.starts_with('%')));
    // A face of the prelude takes at least as many operands as the operation of its name does.
    for face in library::prelude().filter(|face| face.op.is_some()) {
        let arity = face.op.map_or(0, |op| op.row().arity);
        assert!(face.min <= arity && face.max.is_none_or(|max| max > arity), "{}", face.name);
    }
}

#[test]
fn only_a_program_that_names_vectors_looks_at_what_it_adds() {
    assert_eq!(super::dump("(- (+ x 1))"), "(%neg (+ $x 1))");
    assert_eq!(super::dump("(- (+ x (vlen [1])))"), "(call @%negative (call @%plus $x (call @vlen (call @vec 1))))");
    // Also where the name is a value, not where it is a variable.
    assert_eq!(super::dump("(map vec (* x x))"), "(call @map @vec (call @%times $x $x))");
    assert_eq!(super::dump("(let ((vec 1)) (* x vec))"), "(let ((vec.0 1)) (* $x vec.0))");
}
