//! The bootstrap dialect.

use crate::expand::{Module, Options, expand_bootstrap, expand_module};
use crate::reader::{Diagnostic, read};

fn module(text: &str, library: &[&str]) -> Result<Module, Vec<Diagnostic>> {
    let module = expand_module(&read(text).unwrap(), library)?;
    module.verify().unwrap_or_else(|fault| panic!("{text}: {fault}"));
    Ok(module)
}

fn dump(text: &str, library: &[&str]) -> String {
    module(text, library).unwrap().to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn procedures_know_each_other_by_name() {
    assert_eq!(
        dump("(define (f x) (g x map)) (define g (lambda (a . b) (f a)))", &["map"]),
        "(define f (lambda:f (x.0) (call @g x.0 @map))) (define g (lambda:g (a.1 . b.2) (call @f a.1)))"
    );
}

#[test]
fn a_face_of_a_primitive_uses_its_operation() {
    assert_eq!(
        dump("(define (+ . xs) (fold (lambda (a b) (+ a b)) 0 xs)) (define (fold f z xs) (- (+ 1 2 3)))", &[]),
        "(define + (lambda:+ (. xs.0) (call @fold (lambda (a.1 b.2) (+ a.1 b.2)) 0 xs.0))) \
         (define fold (lambda:fold (f.3 z.4 xs.5) (%neg (+ (+ 1 2) 3))))"
    );
    // A name that the language leaves out is free for the module's own use.
    assert_eq!(dump("(define (values x) (values x))", &[]), "(define values (lambda:values (x.0) (call @values x.0)))");
}

#[test]
fn machine_forms() {
    let text =
        "(define (f id a) (if (%op1 id a) (%apply f (list a (%log a 2))) (%pending (f (%op2 id a 1) (%input 0)))))";
    assert_eq!(
        dump(text, &[]),
        "(define f (lambda:f (id.0 a.1) (if (%op1 id.0 a.1) (%apply @f (cons a.1 (cons (%log a.1 2) '()))) \
         (%pending (call @f (%op2 id.0 a.1 1) (%input 0))))))"
    );
}

#[test]
fn what_a_module_may_not_hold() {
    let messages =
        |text: &str| module(text, &[]).unwrap_err().into_iter().map(|error| error.message).collect::<Vec<_>>();
    assert_eq!(messages("(define (f x) (filter x y))"), ["`filter` is not defined", "`y` is not defined"]);
    assert_eq!(messages("3 (define g 3) (define (f) 1) (define (f) 2)").len(), 3);
    assert_eq!(messages("(define (f x) (%log x))").len(), 1);
    assert_eq!(messages("(define (f x) (%pending x))").len(), 1);
    assert_eq!(messages("(define (f x) (%pending (car x)))").len(), 1);
    assert_eq!(messages("(define (f x) (param 1))").len(), 1);
}

#[test]
fn a_bootstrap_text_can_be_a_program() {
    let text = "(define (f x) (%pending (g (%neg x)))) (define (g x) (f x)) (f a)";
    let core = expand_bootstrap(&read(text).unwrap(), &Options::default()).unwrap();
    core.verify().unwrap();
    assert_eq!(core.inputs.len(), 1);
    assert!(core.to_string().starts_with("(fix ((f.0 (lambda:f (x.2) (%pending (call g.1 (%neg x.2)))))"));
    // Programs know none of it.
    assert_eq!(super::places("(%neg 1)"), ["%neg"]);
    assert_eq!(super::dump("%neg"), "$%neg");
}
