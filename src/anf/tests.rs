//! Small programs and what they normalise to.

use super::sample::{cond, core, module};
use super::{Anf, AnfError, Atom, CAPTURE_LIMIT, Operand, Tail, Value, Variable, normalise, normalise_module};
use crate::expand::{Core, Expr, ExprId, Lambda, Node, VarId};
use crate::op::Op;
use crate::reader::{Datum, DatumKind, Span};

fn anf(text: &str) -> Anf {
    let anf = normalise(&core(text)).expect("normal form");
    anf.verify().expect("rules");
    anf
}

/// The functions of the text form, without places.
fn lines(anf: &Anf) -> String {
    let text = anf.to_string();
    let line = |line: &str| line.split("  ;").next().unwrap_or(line).trim_end().to_owned();
    let kept = text.lines().skip_while(|line| !line.starts_with("f0")).map(line);
    kept.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_loop_with_an_accumulator() {
    let text = "(fix ((fact (lambda fact (n acc)
      (if (op = n 0) acc (call fact (op - n 1) (op * acc n)))))) (call fact 5 $a))";
    assert_eq!(
        anf(text).to_string(),
        "entry f0
inputs a

f0 program ()
  fact.0 = closure f1 group 0                 ; 12..95
  tail call fact.0 5 input:a                  ; 98..114

f1 fact (n.1 acc.2) captures fact.0
  %3 = = n.1 0                                ; 43..53
  if %3
    return acc.2                              ; 54..57
  else
    %4 = - n.1 1                              ; 69..79
    %5 = * acc.2 n.1                          ; 80..92
    tail call fact.0 %4 %5                    ; 58..93
"
    );
}

#[test]
fn mutual_recursion_shares_a_group() {
    let text = "(fix ((even (lambda even (n) (call odd n))) (odd (lambda odd (n) (call even n)))) (call even 10))";
    assert_eq!(
        lines(&anf(text)),
        "f0 program ()
  even.0 = closure f1 group 0
  odd.1 = closure f2 group 0
  tail call even.0 10
f1 even (n.2) captures odd.1
  tail call odd.1 n.2
f2 odd (n.3) captures even.0
  tail call even.0 n.3"
    );
}

#[test]
fn captures_stand_in_order_of_first_use_and_pass_through() {
    let text = "(let ((a (op sin $x)) (b (op cos $x)) (c 3))
      (lambda outer (p) (lambda inner () (op + b (op * (op + a p) (op - c b))))))";
    assert_eq!(
        lines(&anf(text)),
        "f0 program ()
  a.0 = sin input:x
  b.1 = cos input:x
  %8 = closure f1 group 0
  return %8
f1 outer (p.2) captures b.1 a.0
  %7 = closure f2 group 1
  return %7
f2 inner () captures b.1 a.0 p.2
  %3 = + a.0 p.2
  %4 = - 3 b.1
  %5 = * %3 %4
  %6 = + b.1 %5
  return %6"
    );
}

#[test]
fn a_conditional_that_gives_a_value_yields() {
    let text = "(op + (if (op < $a 0) (op %neg $a) (call f $a)) 1)";
    assert_eq!(
        lines(&anf(text)),
        "f0 program ()
  %0 = < input:a 0
  %3 = if %0
    %1 = %neg input:a
    yield %1
  else
    %2 = call f input:a
    yield %2
  %4 = + %3 1
  return %4"
    );
}

#[test]
fn a_let_only_names() {
    let text = "(let ((q '(1 2)) (n 7) (s \"ab\") (f car) (x $a))
      (let ((y x) (unused (op / 1 0))) (call f q q n s y)))";
    assert_eq!(
        lines(&anf(text)),
        "f0 program ()
  q.0 = '(1 2)
  s.1 = \"ab\"
  unused.2 = / 1 0
  tail call car q.0 q.0 7 s.1 input:a"
    );
}

#[test]
fn bootstrap_forms() {
    let module = module(
        "(run (lambda run (f . args) (let ((r (pending (apply f args)))) (pending (call check r (dynamic 3 r))))))
         (check (lambda check all (apply list all)))",
    );
    let anf = normalise_module(&module).expect("normal form");
    anf.verify().expect("rules");
    assert_eq!(
        lines(&anf),
        "f0 run (f.0 . args.1)
  r.2 = pending apply f.0 args.1
  %3 = dynamic 3 r.2
  %4 = pending call check r.2 %3
  return %4
f1 check (. all.5)
  tail apply list all.5"
    );
    let exports: Vec<_> = anf.exports.iter().map(|(name, id)| (&**name, id.0)).collect();
    assert_eq!(exports, [("run", 0), ("check", 1)]);
}

#[test]
fn json_lists_blocks_flat() {
    let json = anf("(if $a (call f 1) (op + 1 2))").to_json();
    assert_eq!(json["blocks"][0]["tail"]["blocks"], serde_json::json!([1, 2]));
    assert_eq!(json["blocks"][1]["tail"]["operands"], serde_json::json!(["f", "1"]));
    assert_eq!(json["blocks"][2]["bindings"][0]["op"], "+");
    assert_eq!(json["inputs"], serde_json::json!(["a"]));
}

#[test]
fn errors_have_places() {
    let of = |text: &str| normalise(&core(text)).expect_err("no normal form");
    assert_eq!(of("(op + 1)"), AnfError::Operands(Span { start: 0, end: 8 }));
    assert_eq!(of("(pending (op sin 1))"), AnfError::Pending(Span { start: 9, end: 19 }));
    assert_eq!(of("(fix ((f 1)) f)"), AnfError::NoProcedure(Span { start: 9, end: 10 }));
    let span = Span { start: 3, end: 4 };
    let nodes = vec![Node { expr: Expr::Local(VarId(0)), span }];
    let free = Core { nodes, root: ExprId(0), inputs: vec![], variables: vec!["x".into()] };
    assert_eq!(normalise(&free), Err(AnfError::Scope(span)));
}

#[test]
fn verify_sees_broken_rules() {
    let good = anf("(let ((a (op sin $x))) (lambda f (p) (op + a p)))");
    let broken = |change: fn(&mut Anf)| {
        let mut anf = good.clone();
        change(&mut anf);
        anf.verify().expect_err("a broken rule").to_string()
    };
    assert!(broken(|anf| anf.functions[1].captures.clear()).contains("cannot be seen"));
    assert!(broken(|anf| anf.blocks[0].bindings.swap(0, 1)).contains("cannot be seen"));
    assert!(broken(|anf| anf.functions[1].params.push(Variable(0))).contains("bound twice"));
    assert!(broken(|anf| anf.functions[1].body = anf.functions[0].body).contains("used twice"));
    assert!(broken(|anf| anf.inputs.clear()).contains("an input that is not"));
    assert!(
        broken(|anf| {
            let nothing = Operand { atom: Atom::Library("car".into()), span: Span::default() };
            anf.blocks[1].tail = Tail::Yield(nothing);
        })
        .contains("tail position")
    );
    assert!(
        broken(|anf| {
            if let Value::Op(_, operands) = &mut anf.blocks[0].bindings[0].value {
                operands.clear();
            }
        })
        .contains("row says")
    );
}

/// A core program of nodes that `make` adds one around the other, from the innermost out.
fn nest(count: u32, variables: u32, make: impl Fn(&mut Vec<Expr>, ExprId, u32) -> ExprId) -> Core {
    let span = Span::default();
    let mut exprs = vec![Expr::Quote(Datum { kind: DatumKind::Int(1), span })];
    let mut root = ExprId(0);
    for index in 0..count {
        root = make(&mut exprs, root, index);
    }
    let nodes = exprs.into_iter().map(|expr| Node { expr, span }).collect();
    Core { nodes, root, inputs: vec![], variables: vec!["v".into(); variables as usize] }
}

fn push(exprs: &mut Vec<Expr>, expr: Expr) -> ExprId {
    exprs.push(expr);
    ExprId(exprs.len() as u32 - 1)
}

#[test]
fn depth_costs_no_rust_stack() {
    let long_cond = normalise(&cond(50_000)).expect("normal form");
    assert_eq!(long_cond.blocks.len(), 100_001);
    assert_eq!(long_cond.verify(), Ok(()));
    assert!(long_cond.to_string().len() < 20_000_000, "the text is linear");
    let lets = nest(100_000, 100_000, |exprs, body, index| {
        let init = push(exprs, Expr::Op(Op::Sin, vec![ExprId(0)]));
        push(exprs, Expr::Let(vec![(VarId(index), init)], body))
    });
    let lets = normalise(&lets).expect("normal form");
    assert_eq!((lets.blocks.len(), lets.blocks[0].bindings.len()), (1, 100_000));
    let sums = nest(100_000, 0, |exprs, inner, _| push(exprs, Expr::Op(Op::Add, vec![ExprId(0), inner])));
    assert_eq!(normalise(&sums).expect("normal form").blocks[0].bindings.len(), 100_000);
    let values = nest(20_000, 0, |exprs, inner, _| {
        let choice = push(exprs, Expr::If(ExprId(0), ExprId(0), inner));
        push(exprs, Expr::Op(Op::Sin, vec![choice]))
    });
    assert_eq!(normalise(&values).expect("normal form").verify(), Ok(()));
}

/// `count` nested procedures of one parameter; the innermost body reads the parameters from `first` on.
fn curried(count: u32, first: u32) -> Core {
    nest(count, count, |exprs, inner, index| {
        let mut body = inner;
        if index == 0 {
            for read in first..count {
                let variable = push(exprs, Expr::Local(VarId(read)));
                body = push(exprs, Expr::Op(Op::Add, vec![body, variable]));
            }
        }
        push(exprs, Expr::Lambda(Lambda { name: None, params: vec![VarId(index)], rest: None, body }))
    })
}

#[test]
fn nested_procedures_capture_only_what_they_use() {
    let one = normalise(&curried(10_000, 9_999)).expect("normal form");
    assert_eq!(one.functions.iter().map(|function| function.captures.len()).sum::<usize>(), 9_999);
    let all = normalise(&curried(10_000, 0)).expect_err("too many captures");
    assert_eq!(all, AnfError::Captures(Span::default()));
    let some = normalise(&curried(1_000, 0)).expect("normal form");
    let captures = some.functions.iter().map(|function| function.captures.len()).sum::<usize>();
    assert_eq!(captures, 1_000 * 999 / 2);
    assert!(captures < CAPTURE_LIMIT);
}
