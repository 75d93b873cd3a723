//! Vectors and matrices from outside: constants, inputs by element, what brackets mean in the text of a constant.

use crate::expand::{Constant, Core, Options, Shape, expand};
use crate::reader::{read, read_one};

fn options(constants: &[(&str, &str)], shapes: &[(&str, Shape)]) -> Options<'static> {
    let constant = |&(name, text): &(&str, &str)| (name.to_owned(), made(text).unwrap());
    let constants = constants.iter().map(constant).collect();
    Options {
        constants,
        shapes: shapes.iter().map(|(name, shape)| ((*name).to_owned(), *shape)).collect(),
        ..Options::default()
    }
}

fn made(text: &str) -> Result<Constant, String> {
    Constant::read(text, read_one(text).unwrap()).map_err(|problem| problem.message)
}

fn core(text: &str, options: &Options<'_>) -> Core {
    let core = expand(&read(text).unwrap(), options).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
    core.verify().unwrap_or_else(|fault| panic!("{text}: {fault}"));
    core
}

fn dump(text: &str, options: &Options<'_>) -> String {
    core(text, options).to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn brackets_in_a_constant_s_text_are_numbers_in_rows() {
    assert_eq!(made("[1 -2.5 3]"), Ok(Constant::vector(&[1.0, -2.5, 3.0])));
    assert_eq!(made("[]"), Ok(Constant::vector(&[])));
    assert_eq!(made("[[1 2] [3 4]]"), Ok(Constant::matrix(2, &[1.0, 2.0, 3.0, 4.0]).unwrap()));
    assert!(matches!(made("(vec 1 2)"), Ok(Constant::Datum(_))));
    assert!(matches!(made("(1 [2])"), Ok(Constant::Datum(_))));
    for (text, expected) in [
        ("[1 a]", "`a` is not a number"),
        ("[1 (2)]", "`(2)` is not a number"),
        ("[[1 2] [3]]", "a row of 1 beside rows of 2"),
        ("[[1 2] 3]", "a row of numbers is wanted here"),
        ("[[]]", "a row has one number at least"),
        ("[[1 [2]]]", "is not a number"),
    ] {
        assert!(made(text).unwrap_err().contains(expected), "{text}");
    }
    assert_eq!((Constant::matrix(0, &[]), Constant::matrix(2, &[1.0])), (None, None));
}

#[test]
fn a_constant_stands_where_its_name_occurs_free() {
    let several = options(&[("l", "([1 2] ([[3]]) x)")], &[]);
    let options = options(&[("w", "[1 2]"), ("A", "[[3] [4]]"), ("idle", "[5]")], &[]);
    let text = dump("(define (f) (dot w w)) (+ (f) (ref A 0 0))", &options);
    assert!(text.contains("(call @dot [1.0 2.0] [1.0 2.0])") && text.contains("[[3.0] [4.0]]"), "{text}");
    assert!(!text.contains("5.0") && text.contains("@%plus"), "{text}");
    assert_eq!(dump("(+ 1 (car l))", &several), "(call @%plus 1 (car '([1.0 2.0] ([[3.0]]) x)))");
    // What the program binds itself is its own.
    assert_eq!(dump("(let ((w 1)) w)", &options), "(let ((w.0 1)) w.0)");
}

#[test]
fn an_input_s_elements_are_inputs_where_it_is_first_mentioned() {
    let options = options(&[], &[("A", Shape::Matrix(2, 1)), ("w", Shape::Vector(2)), ("idle", Shape::Vector(9))]);
    let core = core("(+ k (dot w (ref A 0)) z)", &options);
    let names: Vec<&str> = core.inputs.iter().map(|input| &*input.name).collect();
    assert_eq!(names, ["k", "w[0]", "w[1]", "A[0,0]", "A[1,0]", "z"]);
    assert_eq!((core.inputs[1].span.start, core.inputs[2].span.end), (10, 11));
    let text = core.to_string();
    assert!(text.contains("(call @vec $w[0] $w[1])") && text.contains("(call @mat (call @vec $A[0,0])"), "{text}");
    assert_eq!(core.nodes[core.root.0 as usize].span.start, 0);
    let clash = expand(&read("(+ (param 'w 1) (ref w 0))").unwrap(), &options).unwrap_err();
    assert!(clash[0].message.contains("has the name of a free name"), "{clash:?}");
}
