//! Small programs as graphs, and the forms a graph is written in.

use super::{BodyId, Exit, Graph, GraphError, Kind, NodeId, Role, build, dot, svg};
use crate::anf::sample::{cond, core, module};
use crate::anf::{normalise, normalise_module};
use crate::reader::Span;

pub(super) const FACT: &str = "(fix ((fact (lambda fact (n acc)
  (if (op = n 0) acc (call fact (op - n 1) (op * acc n)))))) (call fact 5 $a))";

/// The graph of a program that `sample` reads.
pub(super) fn program(text: &str) -> Graph {
    build(&normalise(&core(text)).expect("normal form"), Role::Program).expect("graph")
}

fn library(text: &str, role: Role) -> Graph {
    build(&normalise_module(&module(text)).expect("normal form"), role).expect("graph")
}

/// The text form without places.
fn lines(graph: &Graph) -> String {
    let text = graph.to_string();
    let line = |line: &str| line.split("  ;").next().unwrap_or(line).trim_end().to_owned();
    text.lines().map(line).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_loop_with_an_accumulator() {
    assert_eq!(
        program(FACT).to_string(),
        "entry @0
inputs a

@0 program (params 0, captures 0, program)
  %0 = closure @1 group 0 %0                  ; 12..91
  %1 = const 5                                ; 105..106
  %2 = input a                                ; 107..109
  tail call %0 %1 %2                          ; 94..110

@1 fact (params 2, captures 1, program)
  %0 = param 0
  %1 = param 1
  %2 = capture 0
  %3 = const 0                                ; 47..48
  %4 = = %0 %3                                ; 39..49
  if %4
    return %1
  else
    %5 = const 1                              ; 73..74
    %6 = - %0 %5                              ; 65..75
    %7 = * %1 %0                              ; 76..88
    tail call %2 %6 %7                        ; 54..89
"
    );
}

#[test]
fn closures_of_a_fix_name_each_other() {
    let text = "(let ((k (op sin $a))) (fix ((even (lambda even (n) (call odd n k)))
      (odd (lambda odd (n . more) (call even n)))) (call even 10)))";
    assert_eq!(
        lines(&program(text)),
        "entry @0
inputs a
@0 program (params 0, captures 0, program)
  %0 = input a
  %1 = sin %0
  %2 = closure @1 group 0 %3 %1
  %3 = closure @2 group 0 %2
  %4 = const 10
  tail call %2 %4
@1 even (params 1, captures 2, program)
  %0 = param 0
  %1 = capture 0
  %2 = capture 1
  tail call %1 %0 %2
@2 odd (params 1, rest, captures 1, program)
  %0 = param 0
  %1 = param 1
  %2 = capture 0
  tail call %2 %0"
    );
}

#[test]
fn a_conditional_that_gives_a_value_yields() {
    assert_eq!(
        lines(&program("(op + (if (op < $a 0) 'low (call f '(1 . \"x\"))) 1)")),
        "entry @0
inputs a
@0 program (params 0, captures 0, program)
  %0 = input a
  %1 = const 0
  %2 = < %0 %1
  %7 = if %2
    %3 = const 'low
    yield %3
  else
    %4 = const #<procedure f>
    %5 = const '(1 . \"x\")
    %6 = pending call %4 %5
    yield %6
  %8 = const 1
  %9 = + %7 %8
  return %9"
    );
}

#[test]
fn the_role_decides_what_is_pending() {
    let text = "(f (lambda f (g l) (let ((a (call g 1)) (b (pending (call g 2))) (c (apply g l))) (op cons a b))))";
    let pending = |role| {
        let graph = library(text, role);
        assert_eq!(graph.export("f"), Some(BodyId(0)));
        let nodes = graph.bodies[0].nodes.iter();
        let flags = nodes.filter_map(|node| match node.kind {
            Kind::Call { pending } | Kind::Apply { pending } => Some(pending),
            _ => None,
        });
        flags.collect::<Vec<bool>>()
    };
    assert_eq!(pending(Role::Interpreter), [false, true, false]);
    assert_eq!(pending(Role::Library), [true, true, true]);
}

#[test]
fn operand_places_belong_to_operations_and_applications() {
    let graph = program("(let ((v (call f (op sin $a)))) (call g v 1.5))");
    let body = &graph.bodies[0];
    for node in &body.nodes {
        let places = matches!(node.kind, Kind::Op(_) | Kind::Call { .. });
        assert_eq!(node.operand_spans.len(), if places { node.inputs.len() } else { 0 });
    }
    let Exit::TailCall { span, operand_spans, .. } = &body.region.exit else { panic!("a tail call") };
    assert_eq!(*span, Span { start: 32, end: 46 });
    assert_eq!(operand_spans[1..], [Span { start: 40, end: 41 }, Span { start: 42, end: 45 }]);
}

#[test]
fn json_gives_the_graph_back() {
    let odd =
        "(call f '(a (\"x\\n\" #\\x) . 2) '() +nan.0 -inf.0 -0.0 0.1 (if $a #t (op + 1 (if $a 2 3))) (apply g '(1)))";
    for text in [FACT, odd, "(apply f (quote ((1) . 2)))"] {
        let graph = program(text);
        let json = serde_json::to_string(&graph).expect("json");
        let back: Graph = serde_json::from_str(&json).expect("graph");
        assert_eq!(back, graph);
    }
}

#[test]
fn json_that_does_not_fit_together_is_refused() {
    let json = serde_json::to_string(&program("(op + (if $a 2 3) 1)")).expect("json");
    for (good, bad) in [
        ("{\"if\":[1,2]}", "{\"if\":[1,1]}"),
        ("{\"if\":[1,2]}", "{\"if\":[1,7]}"),
        ("{\"op\":\"+\"}", "{\"op\":\"plus\"}"),
        ("[{\"int\":1}]", "[{\"int\":1},{\"list\":1}]"),
        ("[{\"int\":1}]", "[{\"int\":1},\"nil\"]"),
        ("\"rest\":false", "\"rest\":false,\"more\":1"),
    ] {
        assert!(json.contains(good), "{good} in {json}");
        assert!(serde_json::from_str::<Graph>(&json.replace(good, bad)).is_err(), "{bad}");
    }
    let deep = format!("[{}\"nil\"{}]", "\"nil\",".repeat(2_000), ",{\"list\":1}".repeat(2_000));
    assert!(serde_json::from_str::<Graph>(&json.replace("[{\"int\":1}]", &deep)).is_err(), "nested too deep");
}

#[test]
fn a_long_cond_costs_no_rust_stack() {
    let graph = build(&normalise(&cond(50_000)).expect("normal form"), Role::Program).expect("graph");
    let copy = graph.clone();
    assert_eq!(graph, copy);
    let text = serde_json::to_string(&graph).expect("json");
    drop(copy);
    let back: Graph = serde_json::from_str(&text).expect("graph");
    assert_eq!(back.verify(), Ok(()));
    assert!(graph.to_string().lines().count() > 200_000);
    let shorter = build(&normalise(&cond(10_000)).expect("normal form"), Role::Program).expect("graph");
    assert!(svg(&shorter).len() < 30_000_000, "the picture is linear");
    assert!(dot(&shorter).ends_with("}\n"));
}

/// Whether every tag of `xml` is closed in order and no markup stands in a text or an attribute.
fn well_formed(xml: &str) -> bool {
    let mut open = Vec::new();
    for part in xml.split('<').skip(1) {
        let Some((tag, text)) = part.split_once('>') else {
            return false;
        };
        let name = tag.trim_end_matches('/').split_whitespace().next().unwrap_or("");
        if let Some(closed) = tag.strip_prefix('/') {
            if open.pop() != Some(closed) {
                return false;
            }
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        let entities = text.split('&').skip(1);
        let known = |rest: &str| ["lt;", "gt;", "amp;", "quot;"].iter().any(|name| rest.starts_with(name));
        if text.contains('>') || !entities.into_iter().all(known) || tag.matches('"').count() % 2 != 0 {
            return false;
        }
    }
    open.is_empty()
}

#[test]
fn pictures_are_well_formed() {
    assert!(!well_formed("<a><b></a>") && !well_formed("<a>x & y</a>") && well_formed("<a><b c=\"d\"/></a>"));
    for text in [FACT, "(op + (if (op < $a 0) '|<&\">| (call f \"\\x1; & <b>\")) 1)"] {
        let graph = program(text);
        let picture = svg(&graph);
        assert!(well_formed(&picture), "{picture}");
        assert_eq!(picture.matches("<g ").count(), graph.bodies.len());
        let picture = dot(&graph);
        assert_eq!(picture.matches('{').count(), picture.matches('}').count());
        assert_eq!(picture.matches("subgraph cluster_").count(), graph.bodies.len() + 2);
    }
}

#[test]
fn errors_say_where() {
    let error = GraphError::Node { body: BodyId(1), node: NodeId(4), rule: "an edge points forwards" };
    assert_eq!(error.to_string(), "body 1, node 4: an edge points forwards");
}
