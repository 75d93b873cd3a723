//! Random data in the shape of programs: expansion never panics, and what it makes is sound.

use proptest::prelude::*;

use crate::expand::{Options, expand, expand_bootstrap, expand_module, library};
use crate::reader::{Source, read};

fn name() -> impl Strategy<Value = String> {
    let forms = library::special_forms().map(str::to_owned).collect::<Vec<_>>();
    let procedures = library::procedures().map(|procedure| procedure.name.to_owned()).collect::<Vec<_>>();
    let machine = ["%apply", "%pending", "%op1", "%op2", "%log", "set!", "define-values"].map(str::to_owned);
    prop_oneof![
        6 => proptest::sample::select(forms),
        2 => proptest::sample::select(procedures),
        1 => proptest::sample::select(machine.to_vec()),
        6 => proptest::sample::select(["x", "y", "f", "p1"].map(str::to_owned).to_vec()),
    ]
}

/// Mostly well-formed: the heads come with operands of the right shape.
fn expression() -> impl Strategy<Value = String> {
    let values = ["x", "y", "f", "p1", "car", "+", "map", "list"];
    let leaf = prop_oneof![12 => proptest::sample::select(values.map(str::to_owned).to_vec()), 1 => name(), 1 => Just("1".into()), 1 => Just("2.5".into()), 1 => Just("'()".into())];
    leaf.prop_recursive(6, 60, 4, |inner| {
        let e = inner.clone();
        let some = proptest::collection::vec(inner, 0..4).prop_map(|parts| parts.join(" "));
        let local = || proptest::sample::select(vec!["x", "y", "f", "if", "list"]);
        prop_oneof![
            2 => some.clone().prop_map(|parts| format!("(list {parts})")),
            1 => some.clone().prop_map(|parts| format!("({parts})")),
            2 => (name(), some.clone()).prop_map(|(head, parts)| format!("({head} {parts})")),
            2 => (local(), e.clone(), some.clone()).prop_map(|(x, init, body)| format!("(let (({x} {init})) (define {x} y) {body})")),
            2 => (local(), e.clone(), some.clone()).prop_map(|(x, init, body)| format!("(letrec ((f {init}) ({x} f)) {body})")),
            2 => (local(), local(), some.clone()).prop_map(|(x, y, body)| format!("(define ({x} {y} . r) {body})")),
            2 => (local(), e.clone()).prop_map(|(x, init)| format!("(define {x} {init})")),
            1 => (local(), e.clone(), e.clone()).prop_map(|(x, a, b)| format!("(loop (({x} {a})) (if {x} {b} (recur {a})))")),
            1 => (local(), e.clone(), e.clone()).prop_map(|(x, a, b)| format!("(do (({x} {a} {b})) ({x} {b}) {a})")),
            1 => (e.clone(), e.clone(), some.clone()).prop_map(|(a, b, c)| format!("(cond ({a} => {b}) ({b}) (else {a} {c}))")),
            1 => (e.clone(), e.clone()).prop_map(|(a, b)| format!("(case {a} ((1 x) {b}) (() {a}) (else => {b}))")),
            1 => (e.clone(), some.clone()).prop_map(|(a, parts)| format!("`({parts} ,{a} `(,,{a} ,@{a}) . ,{a})")),
            1 => (e.clone(), e.clone(), e).prop_map(|(a, b, c)| format!("(soft-if {a} {b} (< {a} {b} {c}))")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn expansion_is_sound(forms in proptest::collection::vec(expression(), 1..5)) {
        let text = format!("(define (f . x) x)\n(define x f)\n(define y (f x))\n{}", forms.join("\n"));
        let data = read(&text).unwrap();
        let procedures = read(&text.replace("(define x f)\n(define y (f x))\n", "(define (x . y) (f y))")).unwrap();
        let source = Source::new("t", &text);
        let options = Options { learn_literals: Some(&source), ..Options::default() };
        for made in [expand(&data, &Options::default()), expand(&data, &options), expand_bootstrap(&data, &options)] {
            match made {
                Ok(core) => {
                    prop_assert_eq!(core.verify(), Ok(()), "{}\n{}", &text, &core);
                    prop_assert_eq!(core.to_json()["nodes"].as_array().map(Vec::len), Some(core.nodes.len()));
                }
                Err(errors) => {
                    prop_assert!(!errors.is_empty());
                    prop_assert!(errors.is_sorted_by_key(|error| error.span.start));
                    prop_assert!(errors.iter().all(|error| error.span.end as usize <= text.len()));
                }
            }
        }
        if let Ok(module) = expand_module(&procedures, &["map"]) {
            prop_assert_eq!(module.verify(), Ok(()));
        }
    }
}
