//! Inputs: free names, `param`, learned literals, constants.

use super::{core, places};
use crate::expand::{Core, Options, expand};
use crate::reader::{Source, read, read_one};

fn inputs(core: &Core) -> Vec<(&str, Option<f64>)> {
    core.inputs.iter().map(|input| (&*input.name, input.start)).collect()
}

#[test]
fn inputs_stand_in_order_of_first_occurrence() {
    let found = core("(+ b (let ((a 1)) (+ a c)) a b)");
    assert_eq!(inputs(&found), [("b", None), ("c", None), ("a", None)]);
    // The step is expanded after the result, and stands before it.
    assert_eq!(inputs(&core("(do ((i 0 (+ i z))) (#t y) x)")), [("z", None), ("y", None), ("x", None)]);
    assert_eq!(found.inputs[0].span.start, 3);
}

#[test]
fn params_are_numbered_in_source_order() {
    let found = core("(do ((i (param 1) (+ i (param 2.5)))) ((> i (param 'k 3)) (param 4)))");
    assert_eq!(inputs(&found), [("p1", Some(1.0)), ("p2", Some(2.5)), ("k", Some(3.0)), ("p3", Some(4.0))]);
}

#[test]
fn parameter_names_are_unique() {
    assert_eq!(places("(+ (param 'k 1.) (param 'k 1.))"), ["(param 'k 1.)"]);
    assert_eq!(places("(+ (param 'k 1.) k)"), ["(param 'k 1.)"]);
    assert_eq!(places("(+ p1 (param 1.))"), ["(param 1.)"]);
    assert_eq!(places("(+ (param 'p1 1.) (param 2.))"), ["(param 2.)"]);
    assert_eq!(inputs(&core("(let ((k 1)) (+ k (param 'k 2)))")), [("k", Some(2.0))]);
    assert_eq!(places("(list (param) (param x) (param k 1) (param 'k 1 2) (param '(k) 1))").len(), 5);
}

#[test]
fn literals_can_be_learned() {
    let text = "(* 2.5 x (param 3.5) 4\n   (car '(1.5)) -0.5 +inf.0)";
    let source = Source::new("t", text);
    let options = Options { learn_literals: Some(&source), ..Options::default() };
    let found = expand(&read(text).unwrap(), &options).unwrap();
    assert_eq!(inputs(&found), [("l1_4", Some(2.5)), ("x", None), ("p1", Some(3.5)), ("l2_17", Some(-0.5))]);
    let text = "(* l1_9 1.5)";
    let source = Source::new("t", text);
    let options = Options { learn_literals: Some(&source), ..Options::default() };
    assert_eq!(expand(&read(text).unwrap(), &options).unwrap_err().len(), 1);
}

#[test]
fn constants_are_quoted_where_they_occur_free() {
    let constant = |name: &str, text| (name.to_owned(), read_one(text).unwrap().into());
    let constants: Vec<(String, crate::expand::Constant)> =
        vec![constant("n", "200"), constant("xs", "(1 b)"), constant("unused", "1"), constant("sin", "2.")];
    let options = Options { constants, ..Options::default() };
    let text = "(list n xs (let ((n 1)) n) (n 1) b sin)";
    let found = expand(&read(text).unwrap(), &options).unwrap();
    assert_eq!(inputs(&found), [("b", None)]);
    let written: Vec<_> = found.to_string().split_whitespace().map(str::to_owned).collect();
    assert_eq!(
        written.join(" "),
        "(cons 200 (cons '(1 b) (cons (let ((n.0 1)) n.0) (cons (call 200 1) (cons $b (cons 2.0 '()))))))"
    );
}

#[test]
fn a_constant_is_not_defined_once_more() {
    let constants = ["n", "p1"].map(|name| (name.to_owned(), read_one("4").unwrap().into())).to_vec();
    let options = Options { constants, ..Options::default() };
    let told = |text: &str| -> Vec<(String, u32)> {
        let errors = expand(&read(text).unwrap(), &options).map_or_else(|errors| errors, |_| Vec::new());
        errors.into_iter().map(|error| (error.message, error.span.start)).collect()
    };
    let twice = |at: u32| ("`n` is defined twice".to_owned(), at);
    assert_eq!(told("(define n 3) (* n 2)"), [twice(8)]);
    assert_eq!(told("(define (n x) x) (begin (define k 1) (define n 2)) k"), [twice(9), twice(45), twice(45)]);
    for (text, name, at) in
        [("(* x (param 'n 2.5))", "n", 5), ("(+ n (param 'n 1))", "n", 5), ("(* x (param 2.5))", "p1", 5)]
    {
        let message =
            format!("the parameter `{name}` has the name of a constant, which is bound before the program runs");
        assert_eq!(told(text), [(message, at)], "{text}");
    }
    // Inside, a name may be bound anew.
    for text in
        ["(let ((n 1)) n)", "((lambda (n) n) 2)", "(define (f n) (define m n) m) (f 1)", "(let () (define n 1) n)"]
    {
        assert_eq!(told(text), [], "{text}");
    }
}

#[test]
fn json_names_everything_by_index() {
    let json = core("(define (f x . r) (+ x a)) (f (param 2))").to_json();
    assert_eq!(json["inputs"][1]["start"], 2.0);
    assert_eq!(json["nodes"][0]["form"], "fix");
    let lambda = &json["nodes"][1];
    assert_eq!((&lambda["name"], &lambda["form"]), (&"f".into(), &"lambda".into()));
    assert_eq!(json["variables"][lambda["rest"].as_u64().unwrap() as usize], "r");
}
