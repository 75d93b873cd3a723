//! The command line as scripts see it: every command, both outputs, every exit code, and what bad input gets. What has to do with
//! data files is in `cli_data.rs`, names from outside in `cli_bind.rs`, fits in `cli_fit.rs`, `bench` in `cli_bench.rs`.

#[path = "common/command.rs"]
mod command;

use command::{MISRA, absent, file, run, run_json};
use serde_json::{Value, json};

#[test]
fn eval_prints_the_value() {
    assert_eq!(run(&["eval", "-e", "(+ 1 2)"]), (0, "3\n".into(), String::new()));
    assert_eq!(run(&["eval", "-e", "(list 1 2.5 'a)"]).1, "(1 2.5 a)\n");
    assert_eq!(run(&["eval", "-e", "-5"]).1, "-5\n");
    let program = file("eval", "p.scm", "; a product\n(* a x)\n");
    assert_eq!(run(&["eval", &program, "--set", "a=2", "--set", "x=0.1"]).1, "0.2\n");
    for road in ["interpreted", "direct"] {
        let (code, out) = run_json(&["eval", &program, "--set", "a=2", "--set", "x=0.1", "--road", road]);
        let expected = json!({"values": [0.2], "status": ["ok"], "device": "cpu", "tier": "interpret", "road": road});
        assert_eq!((code, out), (0, expected));
    }
}

#[test]
fn values_of_every_kind_have_their_json() {
    let value = |program: &str| run_json(&["eval", "-e", program]).1["values"][0].clone();
    assert_eq!(value("7"), json!(7));
    assert_eq!(value("0.1"), json!(0.1));
    assert_eq!(value("#t"), json!(true));
    assert_eq!(value("'(1 2 3)"), json!("(1 2 3)"));
    assert_eq!(value("(- (/ 1. 0.))"), json!("-inf"));
    assert_eq!(value("(sqrt -1.)"), json!("nan"));
    let third = run_json(&["eval", "-e", "(/ 1. 3.)", "--precision", "f64"]).1;
    assert_eq!(third["values"][0], json!(1.0 / 3.0));
}

#[test]
fn a_lane_that_fails_is_null_and_exit_code_1() {
    let (code, out) = run_json(&["eval", "-e", "(+ 1\n  (car 3))"]);
    assert_eq!(code, 1);
    assert_eq!(out["values"], json!([null]));
    assert_eq!(out["status"][0]["kind"], "wrong-type");
    assert_eq!((&out["status"][0]["line"], &out["status"][0]["column"]), (&json!(2), &json!(8)));
    let (code, stdout, stderr) = run(&["eval", "-e", "(+ 1\n  (car 3))"]);
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.starts_with("wrong-type error: "), "{stderr}");
    assert!(stderr.ends_with(" --> -e:2:8\n  |\n2 |   (car 3))\n  |        ^\n"), "{stderr}");
}

#[test]
fn soft_forms_fail_in_their_own_words() {
    let failure = |program: &str, road: &str| {
        let (code, out) = run_json(&["eval", "-e", program, "--road", road]);
        assert_eq!((code, &out["status"][0]["kind"]), (1, &json!("wrong-type")), "{program}: {out}");
        let status = &out["status"][0];
        assert_eq!(status["line"], 1, "{out}");
        (status["column"].as_u64().unwrap_or(0), status["message"].as_str().unwrap_or_default().to_owned())
    };
    for road in ["interpreted", "direct"] {
        let soft = |program: &str| failure(program, road);
        assert_eq!(soft("(soft-if #t 1 2)"), (10, "operand 1 is of the wrong kind: #t".to_owned()));
        assert_eq!(soft("(soft-if 1. (< 1 2) 'b)"), (13, "operand 2 is of the wrong kind: #t".to_owned()));
        assert_eq!(soft("(let ((v \"w\")) (+ 1 (soft-if 1 2 v)))").1, "operand 3 is of the wrong kind: \"w\"");
        assert_eq!(soft("(soft-choice (1 'a) (1 2))"), (17, "a value of the wrong kind: a".to_owned()));
        assert_eq!(soft("(soft-choice (1 2) (1 (list)))"), (23, "a value of the wrong kind: ()".to_owned()));
    }
}

#[test]
fn a_non_finite_value_is_kept_and_no_failure() {
    let (code, stdout, stderr) = run(&["eval", "-e", "(/ 1. 0.)"]);
    assert_eq!((code, stdout.as_str()), (0, "+inf.0\n"));
    assert!(stderr.starts_with("non-finite: "), "{stderr}");
    assert_eq!(run(&["eval", "-e", "(/ 1. 0.)", "--quiet"]).2, "");
    let (code, out) = run_json(&["grad", "-e", "(log a)", "--set", "a=0", "--params", "a"]);
    assert_eq!((code, &out["values"][0], &out["grads"]["a"][0]), (0, &json!("-inf"), &json!("inf")));
    assert_eq!(out["status"][0]["kind"], "non-finite");
}

#[test]
fn grad_gives_gradients_and_warnings() {
    let program = "(if (< a c) (* a x x) x)";
    let set = ["--set", "a=2", "--set", "c=3", "--set", "x=4"];
    let (code, out) = run_json(&[&["grad", "-e", program, "--params", "a,x,c"], set.as_slice()].concat());
    assert_eq!((code, &out["values"]), (0, &json!([32.0])));
    assert_eq!(out["grads"], json!({"a": [16.0], "x": [16.0], "c": [0.0]}));
    assert_eq!(out["warnings"][0]["kind"], "branch-only");
    assert_eq!(out["warnings"][0]["parameter"], "c");
    let (code, stdout, stderr) = run(&[&["grad", "-e", program, "--params", "a,c"], set.as_slice()].concat());
    assert_eq!((code, stdout.as_str()), (0, "  value  32.0\n  d/da   16.0\n  d/dc   0.0\n"));
    assert!(stderr.starts_with("warning: `c` only decides branches"), "{stderr}");
    let (_, out) = run_json(&["grad", "-e", "(* (param 2.5) (param 'k 2.0))"]);
    assert_eq!(out["grads"], json!({"p1": [2.0], "k": [2.5]}));
}

#[test]
fn compiled_artifacts_are_described_and_used() {
    let interpreter = absent("compile", "i.ncg");
    let (code, made) = run_json(&["compile", "-o", &interpreter]);
    assert_eq!((code, &made["kind"]), (0, &json!("interpreter")));
    let (code, known) = run_json(&["info", &interpreter]);
    assert_eq!((code, &known["hash"], &known["ops"]), (0, &made["hash"], &made["ops"]));
    assert!(known["nodes"].as_u64() > Some(500), "{known}");
    let used = ["eval", "-e", "(* 2 x)", "--set", "x=3", "--interpreter", &interpreter];
    assert_eq!(run(&used), (0, "6.0\n".into(), String::new()));

    let source = file("compile", "p.scm", "(define (f x) (* a x)) (f 2)");
    let program = absent("compile", "p.ncg");
    let (code, stdout, _) = run(&["compile", &source, "-o", &program]);
    assert_eq!(code, 0);
    assert!(stdout.contains("inputs a"), "{stdout}");
    let (_, known) = run_json(&["info", &program]);
    assert_eq!((&known["kind"], &known["graphs"][0]["inputs"]), (&json!("program"), &json!(["a"])));
    let refused = run_json(&["eval", "-e", "1", "--interpreter", &program]);
    assert_eq!((refused.0, &refused.1["error"]["kind"]), (2, &json!("io")));
    assert_eq!(run(&["eval", &program]).0, 2, "an artifact is no text");
    let whole = std::fs::read(&interpreter).expect("the artifact");
    let half = file("compile", "half.ncg", &whole[..whole.len() / 2]);
    assert_eq!(run(&["info", &half]).0, 2);
    assert_eq!(run(&["eval", "-e", "1", "--interpreter", &half]).0, 2);
    assert_eq!(run(&["compile", "-e", "(if)", "-o", &program]).0, 1);
    assert_eq!(run(&["compile", "-o", "/nonexistent/i.ncg"]).0, 2);
}

#[test]
fn info_tells_programs_and_data() {
    let program = file("info", "p.scm", "(* (param 'k 2.5) a x)");
    let (code, out) = run_json(&["info", &program]);
    assert_eq!((code, &out["type"]), (0, &json!("program")));
    assert_eq!(out["inputs"], json!(["a", "x"]));
    assert_eq!(out["parameters"], json!([{"name": "k", "start": 2.5}]));
    assert!(run(&["info", &program]).1.contains("parameters  k=2.5"));
    let (code, out) = run_json(&["info", MISRA]);
    assert_eq!((code, &out["type"], &out["rows"]), (0, &json!("data"), &json!(14)));
    assert_eq!(out["columns"][1]["max"], json!(760.0));
    assert!(run(&["info", MISRA]).1.starts_with("14 rows, 2 columns\n"));
}

#[test]
fn explain_shows_every_stage() {
    let program = "(define (f n) (if (< n 1) a (* a (f (- n 1))))) (f 2)";
    for (stage, text) in [
        ("datum", "(f 2)"),
        ("core", "(call f.0 2)"),
        ("anf", "tail call f.0 2"),
        ("graph", "entry @0"),
        ("machine", "halt"),
        ("tape", "value  27.0 (slot 3)"),
    ] {
        let base = ["explain", "-e", program, "--set", "a=3", "--stage", stage];
        let (code, stdout, stderr) = run(&base);
        assert_eq!((code, stderr.as_str()), (0, ""), "{stage}");
        assert!(stdout.contains(text), "{stage}: {stdout}");
        let (code, out) = run_json(&base);
        assert_eq!((code, &out["stage"]), (0, &json!(stage)));
        let (_, stdout, _) = run(&[base.as_slice(), &["--format", "json"]].concat());
        assert_eq!(serde_json::from_str::<Value>(&stdout).ok(), Some(out), "{stage}");
    }
    let graph = ["explain", "-e", program, "--stage", "graph", "--format"];
    assert!(run(&[graph.as_slice(), &["dot"]].concat()).1.starts_with("digraph"));
    assert!(run(&[graph.as_slice(), &["svg"]].concat()).1.contains("<svg"));
    let refused = |more: &[&str]| run(&[&["explain", "-e", program], more].concat()).0;
    assert_eq!(refused(&["--stage", "core", "--format", "dot"]), 2);
    let (code, kernel, _) = run(&["explain", "-e", program, "--stage", "wgsl"]);
    assert!(code == 0 && kernel.contains("fn machine("), "{code}");
    let own = |more: &[&str]| run(&[&["explain", "-e", program, "--stage", "wgsl", "--tier"], more].concat());
    assert!(own(&["replay"]).1.contains("fn replay("));
    let (code, kernel, _) = own(&["specialize", "--set", "a=3"]);
    assert!(code == 0 && kernel.contains("fn specialized("), "{code}: {kernel}");
    assert!(kernel.contains("let t1 = x0 * x0;\n    let t2 = x0 * t1;"), "a(aa), by `f` of 2: {kernel}");
    let (code, out) = run_json(&["explain", "-e", program, "--stage", "wgsl", "--tier", "specialize", "--set", "a=3"]);
    assert_eq!((code, out["content"].as_str()), (0, Some(kernel.as_str())));
    assert_eq!(own(&["specialize"]).0, 2, "no value for a");
    assert_eq!(own(&["specialize", "--set", "a=3", "--precision", "f64"]).0, 2);
    assert_eq!(refused(&["--stage", "tape"]), 2, "no value for a");
    assert_eq!(run(&["explain", "-e", "(* (param 2.) 3)", "--stage", "tape"]).0, 0, "a param form has a start");
    let (code, out) = run_json(&["explain", "-e", "(* a (car a))", "--set", "a=1", "--stage", "tape"]);
    assert_eq!((code, &out["content"]["status"]["kind"]), (1, &json!("wrong-type")));
}

#[test]
fn both_roads_explain_the_same_tape() {
    let tape = |road: &str| {
        let args = ["explain", "-e", "(map (lambda (v) (* v a)) (list a 2. 3.))", "--set", "a=1.5", "--stage", "tape"];
        run_json(&[args.as_slice(), &["--road", road]].concat()).1["content"]["entries"].clone()
    };
    let entries = tape("direct");
    assert_eq!(entries.as_array().map(Vec::len), Some(4));
    assert_eq!(entries, tape("interpreted"));
}

#[test]
fn devices_never_fails() {
    let (code, out) = run_json(&["devices"]);
    assert_eq!(code, 0);
    assert!(out["adapters"].is_array() && out["auto"].is_string(), "{out}");
    let (code, stdout, _) = run(&["devices"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("--device auto takes "), "{stdout}");
}

#[test]
fn a_device_that_is_not_there_is_exit_code_3() {
    let (code, out) = run_json(&["eval", "-e", "1", "--device", "no such adapter"]);
    assert_eq!((code, &out["error"]["kind"]), (3, &json!("device")));
    let message = out["error"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("no such adapter"), "{message}");
    let (code, out) = run_json(&["eval", "-e", "1", "--device", "gpu", "--precision", "f64"]);
    assert_eq!((code, &out["error"]["kind"]), (2, &json!("usage")));
}

#[test]
fn errors_of_a_text_are_all_told_with_their_places() {
    let program = file("errors", "p.scm", "(define x 1)\n(+ 12abc (if))\n");
    let (code, stdout, stderr) = run(&["eval", &program]);
    assert_eq!((code, stdout.as_str()), (1, ""));
    let caret = format!(" --> {program}:2:4\n  |\n2 | (+ 12abc (if))\n  |    ^^^^^\n");
    assert!(stderr.contains(&caret), "{stderr}");
    let (code, out) = run_json(&["eval", "-e", "(if)\n(cond)\n(lambda)"]);
    assert_eq!((code, out["errors"].as_array().map(Vec::len)), (1, Some(3)), "{out}");
    assert_eq!(out["error"], out["errors"][0]);
    assert_eq!(out["error"]["kind"], "expand");
    assert_eq!((&out["errors"][2]["line"], &out["errors"][2]["column"]), (&json!(3), &json!(1)));
    assert_eq!(run_json(&["eval", "-e", "(nonesuch 1)"]).1["error"]["kind"], "unbound");
    assert_eq!(run_json(&["eval", "-e", "(+ 1"]).1["error"]["kind"], "read");
    let empty = file("errors", "empty.scm", "");
    let (code, out) = run_json(&["eval", &empty]);
    assert_eq!((code, &out["error"]["kind"]), (1, &json!("expand")), "an empty program");
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let program = file("usage", "p.scm", "(* a x)");
    let cases: &[&[&str]] = &[
        &[],
        &["nonesuch"],
        &["verify", &program],
        &["eval"],
        &["eval", &program, "-e", "1"],
        &["eval", &program, "--set", "a=1"],
        &["eval", &program, "--set", "a=1", "--set", "x=one"],
        &["eval", &program, "--set", "a=1", "--set", "a=2", "--set", "x=1"],
        &["eval", &program, "--set", "a=1", "--set", "x=1", "--set", "z=1"],
        &["eval", "-e", "1", "--tier", "specialize"],
        &["eval", "-e", "1", "--tier", "fast"],
        &["eval", "-e", "1", "--temperature", "-1"],
        &["eval", "-e", "1", "--steps", "many"],
        &["eval", "-e", "1", "--quiet", "--verbose"],
        &["grad", "-e", "(* a 2)", "--set", "a=1"],
        &["grad", "-e", "(* a 2)", "--set", "a=1", "--params", "b"],
    ];
    for args in cases {
        let (code, stdout, stderr) = run(args);
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}: {stderr}");
        assert!(!stderr.is_empty(), "{args:?}");
        let (code, out) = run_json(args);
        assert_eq!((code, &out["error"]["kind"]), (2, &json!("usage")), "{args:?}");
    }
    let (_, out) = run_json(&["eval", &program]);
    assert!(out["error"]["message"].as_str().is_some_and(|message| message.contains("`a`, `x`")), "{out}");
}

#[test]
fn budgets_and_temperature_reach_the_run() {
    let kind = |program: &str, budget: &[&str]| {
        let (code, out) = run_json(&[&["eval", "-e", program], budget].concat());
        assert_eq!(code, 1, "{out}");
        out["status"][0]["kind"].clone()
    };
    assert_eq!(kind("(let loop ((i 0)) (loop (+ i 1)))", &["--steps", "1000"]), "steps");
    assert_eq!(kind("(let f ((i 0)) (+ 1 (f i)))", &["--stack", "100"]), "stack");
    assert_eq!(kind("(let f ((l '())) (f (cons 1 l)))", &["--heap", "100"]), "heap");
    let tape =
        ["grad", "-e", "(let f ((i 0) (v a)) (if (= i 99) v (f (+ i 1) (* v a))))", "--set", "a=1", "--params", "a"];
    assert_eq!(run_json(&[tape.as_slice(), &["--tape", "50"]].concat()).1["status"][0]["kind"], "tape");
    let soft = |temperature: &str| {
        let args = ["eval", "-e", "(soft-if 1. 1. 0.)", "--temperature", temperature];
        run_json(&args).1["values"][0].as_f64().unwrap_or(f64::NAN)
    };
    assert!((soft("1") - 0.731_058_6).abs() < 1e-6 && (soft("0.5") - 0.880_797).abs() < 1e-6);
}

#[test]
fn help_and_version_are_no_errors() {
    for args in [["--help"].as_slice(), &["--version"], &["fit", "--help"]] {
        let (code, stdout, stderr) = run(args);
        assert_eq!((code, stderr.as_str()), (0, ""), "{args:?}");
        assert!(stdout.contains("evalgrad"), "{args:?}");
    }
}

#[test]
fn verbose_says_what_ran_and_json_stays_alone() {
    let (code, stdout, stderr) = run(&["eval", "-e", "(+ 1 2)", "--verbose", "--json"]);
    assert_eq!(code, 0);
    assert_eq!(stdout.lines().count(), 1);
    assert!(stderr.contains("1 lane on cpu, tier interpret, road interpreted"), "{stderr}");
}

#[test]
fn verbose_says_which_tier_and_why() {
    let (_, _, stderr) = run(&["grad", "-e", "(* a x)", "--params", "a", "--set", "a=2", "--set", "x=3", "--verbose"]);
    assert!(
        stderr.contains("why interpret: interpret on cpu: about ") && stderr.contains("; replay on cpu: "),
        "{stderr}"
    );
    let args =
        ["grad", "-e", "(* a x)", "--params", "a", "--set", "a=2", "--set", "x=3", "--verbose", "--tier", "replay"];
    let (_, _, stderr) = run(&args);
    assert!(
        stderr.contains("why replay: it was asked for") && stderr.contains("1 recorded, 0 interpreted"),
        "{stderr}"
    );
    let args = ["bench", "-e", "(* a x)", "--lanes", "3", "--set", "a=2", "--set", "x=3", "--repeat", "1", "--verbose"];
    let (_, _, stderr) = run(&args);
    assert!(stderr.contains("why replay: replay on cpu: about ") && stderr.contains("for 1000 passes"), "{stderr}");
    let args = ["fit", "examples/misra1a.scm", MISRA, "--target", "y", "--param", "b1=500", "--param", "b2=0.0001"];
    let (_, _, stderr) = run(&[args.as_slice(), &["--verbose"]].concat());
    assert!(stderr.contains(" on cpu, tier ") && stderr.contains(" on cpu: about "), "{stderr}");
}
