//! Places: an error of a run points at the user's text through these.

use super::core;
use crate::expand::Expr;
use crate::op::Op;

/// Source text of each operation, in pre-order.
fn operations(text: &str) -> Vec<(Op, &str)> {
    let core = core(text);
    let nodes = core.nodes.iter().filter_map(|node| match node.expr {
        Expr::Op(op, _) => Some((op, &text[node.span.start as usize..node.span.end as usize])),
        _ => None,
    });
    nodes.collect()
}

#[test]
fn lowered_operations_keep_the_place_of_the_application() {
    assert_eq!(operations("(list (+ a b c))")[1..], [(Op::Add, "(+ a b c)"), (Op::Add, "(+ a b c)")]);
    assert_eq!(operations("(cadr (car x))"), [(Op::Car, "(cadr (car x))"), (Op::Cdr, "(car x)"), (Op::Car, "(car x)")]);
}

#[test]
fn held_operands_keep_their_places() {
    let text = "(< a (+ b 1) c)";
    let core = core(text);
    let operands: Vec<&str> = core
        .nodes
        .iter()
        .filter_map(|node| match &node.expr {
            Expr::Op(Op::Less, operands) => Some(operands),
            _ => None,
        })
        .flatten()
        .map(|operand| core.nodes[operand.0 as usize].span)
        .map(|span| &text[span.start as usize..span.end as usize])
        .collect();
    assert_eq!(operands, ["a", "(+ b 1)", "(+ b 1)", "c"]);
}

#[test]
fn a_boxed_read_stands_where_the_variable_does() {
    let text = "(letrec ((a (+ b 1)) (b 1)) a)";
    assert!(operations(text).contains(&(Op::Unbox, "b")));
}
