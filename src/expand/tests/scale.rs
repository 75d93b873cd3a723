//! Long and deep texts: no stack is exhausted, and time stays near-linear (each of these takes well under a second).

use super::{core, errors};
use crate::reader::MAX_DEPTH;

const LONG: usize = 100_000;

fn many(part: impl Fn(usize) -> String) -> String {
    (0..LONG).map(part).collect()
}

#[test]
fn long_applications_and_templates() {
    let sum = core(&format!("(+{})", many(|index| format!(" a{index}"))));
    assert_eq!(sum.inputs.len(), LONG);
    assert_eq!(sum.nodes.len(), 2 * LONG - 1);
    assert!(sum.to_string().len() < 100 * LONG);
    assert_eq!(core(&format!("(<{})", " x".repeat(LONG))).inputs.len(), 1);
    core(&format!("`({})", " 1 ,x ,@y".repeat(LONG)));
    core(&format!("(list{})", " (car x)".repeat(LONG)));
}

#[test]
fn long_conditionals_and_sequences() {
    let text = format!("(cond {})", many(|index| format!("((< x {index}) {index})")));
    assert!(core(&text).nodes.len() > 5 * LONG);
    core(&format!("(or{})", " (car x)".repeat(LONG)));
    core(&format!("(begin{})", " (car x)".repeat(LONG)));
    core(&format!("(let* ({}) x)", " (x (car x))".repeat(LONG)));
}

#[test]
fn many_definitions() {
    let chain = many(|index| format!("(define (f{index} x) (f{} x))\n", (index + 1) % LONG));
    assert!(core(&format!("{chain}(f0 1)")).to_string().starts_with("(fix ((f0.0 "));
    let values = many(|index| {
        format!("(define v{index} {})\n", if index == 0 { "1".into() } else { format!("v{}", index - 1) })
    });
    let body = core(&format!("(define (f) {values} v9) (f)"));
    assert!(!body.to_string().contains("box"));
}

#[test]
fn many_errors_take_linear_time() {
    let locals = many(|index| format!("(define local{index} 1)\n"));
    let calls = many(|index| format!("(missing{index} 1)\n"));
    assert_eq!(errors(&format!("{locals}{calls}")).len(), LONG);
}

#[test]
fn deep_texts() {
    let depth = MAX_DEPTH - 2;
    let nest = |open: &str, close: &str| format!("{}x{}", open.repeat(depth), close.repeat(depth));
    core(&nest("(car ", ")"));
    core(&nest("(lambda (y) ", ")"));
    let nested = |open: &str, close: &str| format!("{}x{}", open.repeat(depth / 3), close.repeat(depth / 3));
    core(&nested("(let ((y 1)) (define z 1) ", ")"));
    core(&nested("`(", ")"));
    core(&nested("(begin (begin ", "))"));
    core(&nested("(cond (x ", "))"));
}
