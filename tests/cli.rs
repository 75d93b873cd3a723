//! The command line as scripts see it: every command, both outputs, every exit code, and what bad input gets.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const DECAY: &str = "(* b1 (- 1 (exp (- (* b2 x)))))";
const MISRA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/nist/misra1a.csv");

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_evalgrad"));
    command.args(args).stdin(Stdio::null());
    command
}

/// Exit code, stdout, stderr.
fn run(args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command(args).output().expect("the command starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let (stdout, stderr) = (text(stdout), text(stderr));
    assert!(!stderr.contains("panicked"), "{args:?}: {stderr}");
    (status.code().expect("an exit code"), stdout, stderr)
}

/// Exit code and the one JSON object that stdout holds.
fn run_json(args: &[&str]) -> (i32, Value) {
    let mut args = args.to_vec();
    args.push("--json");
    let (code, stdout, _) = run(&args);
    let value: Value = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{args:?}: {error}: {stdout}"));
    assert!(value.is_object() && stdout.ends_with("}\n"), "{args:?}: {stdout}");
    (code, value)
}

/// A directory of this test's own.
fn folder(test: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cli").join(test);
    std::fs::create_dir_all(&path).expect("a folder");
    path
}

/// A file in a test's directory.
fn file(test: &str, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder(test).join(name);
    std::fs::write(&path, content).expect("a file");
    path.to_str().expect("UTF-8").to_owned()
}

/// A path for a file that is not there yet.
fn absent(test: &str, name: &str) -> String {
    let path = folder(test).join(name);
    let _ = std::fs::remove_file(&path);
    path.to_str().expect("UTF-8").to_owned()
}

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
fn data_gives_a_lane_a_row() {
    let data = file("data", "d.csv", "x,unused\n1,0\n2,0\n0,0\n");
    let (code, stdout, stderr) = run(&["eval", "-e", "(/ 1 x)", "--data", &data]);
    assert_eq!(code, 0);
    assert_eq!(stdout.lines().nth(2).map(str::trim_end), Some("    2     0.5  ok"));
    assert!(stderr.starts_with("note: the column `unused` binds no input"), "{stderr}");
    let (_, out) = run_json(&["eval", "-e", "(/ 1 x)", "--data", &data]);
    assert_eq!(out["values"], json!([1.0, 0.5, "inf"]));
    let (_, _, stderr) = run(&["eval", "-e", "(* 2 x)", "--data", &data, "--set", "x=5"]);
    assert!(stderr.contains("note: --set x=5 overrides the column"), "{stderr}");
    assert_eq!(run(&["eval", "-e", "(* 2 x)", "--data", &data, "--set", "x=5", "--quiet"]).2, "");
}

#[test]
fn lists_and_constants_are_bound_before_anything_runs() {
    let data = file("lists", "d.csv", "x,y\n1,10\n2,20\n3,30\n");
    let (_, out) = run_json(&["eval", "-e", "(+ x (apply + ys))", "--data", &data, "--list", "ys=y"]);
    assert_eq!(out["values"], json!([61.0, 62.0, 63.0]));
    let (_, out) = run_json(&["eval", "-e", "(length n)", "--const", "n=(1 (2) 3)"]);
    assert_eq!(out["values"], json!([3]));
    for args in [
        ["--list", "ys=z", "--data", data.as_str()].as_slice(),
        &["--list", "ys=y"],
        &["--matrix", "ys=x,y"],
        &["--const", "ys=(1"],
        &["--const", "ys"],
    ] {
        let (code, out) = run_json(&[&["eval", "-e", "(length ys)"], args].concat());
        assert_eq!((code, &out["error"]["kind"]), (2, &json!("usage")), "{args:?}");
    }
}

#[test]
fn out_holds_values_and_statuses() {
    let data = file("out", "d.csv", "x\n4\n0\n-1\n");
    let out = absent("out", "o.csv");
    let program = "(if (< x 0) (car x) (/ 1 x))";
    let (code, stdout, _) = run(&["eval", "-e", program, "--data", &data, "--out", &out]);
    assert_eq!(code, 1);
    assert_eq!(stdout, format!("3 lanes written to {out}\n"));
    let text = std::fs::read_to_string(&out).expect("the file");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..2], ["value,status,message", "0.25,ok,"]);
    assert!(lines[2].starts_with("inf,non-finite,1:21: "), "{text}");
    assert!(lines[3].starts_with(",wrong-type,\"1:18: "), "{text}");
    assert_eq!(run(&["eval", "-e", "1", "--out", "/nonexistent/o.csv"]).0, 2);
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
fn gradients_of_failed_rows_are_null() {
    let data = file("grad", "d.csv", "x\n1\n-1\n");
    let args = ["grad", "-e", "(if (< x 0) (car x) (* a x))", "--set", "a=3", "--params", "a", "--data", &data];
    let (code, out) = run_json(&args);
    assert_eq!((code, &out["values"], &out["grads"]), (1, &json!([3.0, null]), &json!({"a": [1.0, null]})));
    let (code, stdout, stderr) = run(&args);
    assert_eq!(code, 1);
    assert_eq!(stdout.lines().last(), Some("    2      -     -  wrong-type"));
    assert!(stderr.contains("(row 2)\n --> -e:1:18\n"), "{stderr}");
}

#[test]
fn fit_finds_the_certified_constants() {
    let args = ["fit", "-e", DECAY, MISRA, "--target", "y", "--param", "b1=500", "--param", "b2=0.0001"];
    let (code, out) = run_json(&args);
    assert_eq!((code, &out["converged"]), (0, &json!(true)));
    for (name, value, error) in [("b1", 238.942_129_18, 2.707_007_5), ("b2", 5.501_564_3e-4, 7.266_868_8e-6)] {
        let close = |found: &Value, wanted: f64| (found.as_f64().unwrap_or(f64::NAN) / wanted - 1.0).abs() < 1e-7;
        assert!(close(&out["parameters"][name]["value"], value), "{out}");
        assert!(close(&out["parameters"][name]["std_error"], error), "{out}");
        assert!(out["parameters"][name]["ci95"][0].as_f64() < Some(value), "{out}");
    }
    for key in ["loss", "rss", "dof", "r2", "aic", "bic", "covariance", "iterations", "starts", "reason", "seconds"] {
        assert!(!out[key].is_null(), "{key}: {out}");
    }
    assert_eq!(out["device"], "cpu");
    let (code, stdout, stderr) = run(&args);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.starts_with("converged: ") && stdout.contains("238.9421292"), "{stdout}");
}

#[test]
fn fit_takes_its_options() {
    let program = file("fit", "p.scm", DECAY);
    let base = ["fit", program.as_str(), MISRA, "--target", "y"];
    let fit = |more: &[&str]| run_json(&[base.as_slice(), more].concat());
    let drawn = ["--param", "b1 in [1,1000]", "--param", "b2 in [1e-6,1]", "--starts", "4", "--seed", "7"];
    let (code, out) = fit(&drawn);
    assert_eq!((code, &out["starts"]), (0, &json!(4)), "{out}");
    let (code, out) = fit(&["--param", "b1=500", "--param", "b2=0.0001", "--iterations", "2"]);
    assert_eq!((code, &out["converged"]), (1, &json!(false)), "{out}");
    let (code, out) = fit(&["--param", "b1=238 fixed", "--param", "b2=0.0001", "--loss", "huber"]);
    assert_eq!((code, &out["parameters"]["b1"]["fixed"]), (0, &json!(true)), "{out}");
    assert_eq!(fit(&["--set", "b1=238", "--param", "b2=0.0001"]).1["parameters"].as_object().map(|p| p.len()), Some(1));
    let data = file("fit", "line.csv", "x,y,s\n0,1,.1\n1,3,.1\n2,5,.1\n3,7.1,.1\n");
    let line = ["fit", "-e", "(+ 0.5 (* 1.5 x))", &data, "--target", "y", "--learn-literals", "--sigma", "s"];
    let (code, out) = run_json(&[line.as_slice(), &["--absolute-sigma"]].concat());
    assert_eq!(code, 0, "{out}");
    let slope = out["parameters"]["l1_11"]["value"].as_f64().unwrap_or(f64::NAN);
    assert!((slope - 2.03).abs() < 1e-9, "{out}");
}

#[test]
fn fit_says_what_it_lacks() {
    let cases: [(&[&str], &str); 8] = [
        (&["--target", "z", "--param", "b1"], "`z`"),
        (&["--target", "y", "--param", "b3"], "`b3`"),
        (&["--target", "y", "--param", "b1=500", "--set", "q=1"], "`q`"),
        (&["--target", "y"], "`b1`, `b2`"),
        (&["--target", "y", "--param", "b1=", "--param", "b2"], "expected a number"),
        (&["--target", "y", "--param", "b1=9 in [0,1]", "--param", "b2"], "outside its bounds"),
        (&["--target", "y", "--param", "b1", "--param", "b2", "--tier", "replay"], "replay"),
        (&["--target", "y", "--param", "b1", "--param", "b2", "--sigma", "s"], "`s`"),
    ];
    for (more, expected) in cases {
        let (code, out) = run_json(&[&["fit", "-e", DECAY, MISRA], more].concat());
        let message = out["error"]["message"].as_str().unwrap_or_default();
        assert_eq!((code, &out["error"]["kind"]), (2, &json!("usage")), "{more:?}: {out}");
        assert!(message.contains(expected), "{more:?}: {message}");
    }
    assert_eq!(run(&["fit", "-e", DECAY, "--target", "y"]).0, 2, "no data");
    assert_eq!(run(&["fit", "-e", DECAY, MISRA, MISRA, "--target", "y"]).0, 2, "a file too many");
    let (code, out) = run_json(&["fit", "-e", "(car b1)", MISRA, "--target", "y", "--param", "b1"]);
    assert_eq!((code, &out["error"]["kind"]), (1, &json!("fit")), "{out}");
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
fn files_that_cannot_be_used_are_exit_code_2() {
    let binary = file("files", "binary.scm", [0x28, 0xff, 0xfe, 0x29]);
    let not_utf8 = run_json(&["eval", &binary]);
    assert_eq!((not_utf8.0, &not_utf8.1["error"]["kind"]), (2, &json!("io")));
    assert_eq!(run(&["eval", &absent("files", "none.scm")]).0, 2);
    assert_eq!(run(&["eval", env!("CARGO_MANIFEST_DIR")]).0, 2, "a folder");
    for (name, content, expected) in [
        ("empty.csv", b"".as_slice(), "empty"),
        ("header.csv", b"x,y\n", "no rows"),
        ("ragged.csv", b"x,y\n1,2\n3\n", "row 2 (line 3)"),
        ("words.csv", b"x\none\n", "`one` is not a number"),
        ("binary.csv", b"x\n\xff\n", "not UTF-8"),
    ] {
        let data = file("files", name, content);
        for args in [["eval", "-e", "x", "--data", &data].as_slice(), &["info", &data]] {
            let (code, out) = run_json(args);
            let message = out["error"]["message"].as_str().unwrap_or_default();
            assert_eq!((code, &out["error"]["kind"]), (2, &json!("io")), "{name}: {out}");
            assert!(message.contains(expected) && message.contains(name), "{name}: {message}");
        }
    }
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
        &["eval", "-e", "1", "--tier", "replay"],
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
fn a_reader_that_goes_away_causes_no_panic() {
    let rows: String = (0..50_000).map(|row| format!("{row}\n")).collect();
    let data = file("pipe", "d.csv", format!("x\n{rows}"));
    let mut child = command(&["eval", "-e", "x", "--data", &data])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut first = [0; 1];
    let mut stdout = child.stdout.take().expect("a pipe");
    stdout.read_exact(&mut first).expect("output");
    drop(stdout);
    let ended = child.wait_with_output().expect("an end");
    assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn the_examples_find_their_constants() {
    let path = |name: &str| format!("{}/examples/{name}", env!("CARGO_MANIFEST_DIR"));
    let fit = |name: &str, more: &[&str]| {
        let (program, data) = (path(&format!("{name}.scm")), path(&format!("{name}.csv")));
        let (code, out) = run_json(&[&["fit", program.as_str(), data.as_str(), "--target"], more].concat());
        assert_eq!((code, &out["converged"]), (0, &json!(true)), "{name}: {out}");
        out["parameters"].clone()
    };
    let near = |found: &Value, truth: f64| {
        let number = |key: &str| found[key].as_f64().unwrap_or(f64::NAN);
        assert!((number("value") - truth).abs() < 3.0 * number("std_error"), "{truth}: {found}");
    };
    let found = fit("misra1a", &["y", "--param", "b1=500", "--param", "b2=0.0001"]);
    let b1 = found["b1"]["value"].as_f64().unwrap_or(f64::NAN);
    assert!((b1 - 238.942_129_18).abs() < 1e-6, "{found}");
    let found = fit("oscillator", &["q", "--param", "k=3", "--param", "c=0.1", "--param", "q0=1"]);
    for (name, truth) in [("k", 4.0), ("c", 0.3), ("q0", 1.2)] {
        near(&found[name], truth);
    }
    let constants = ["prey", "--sigma", "s", "--const", "d=0.02", "--const", "g=0.5"];
    let parameters = ["--param", "a=0.5 in [0,3]", "--param", "b=0.05 in [0,1]"];
    let found = fit("predators", &[constants.as_slice(), &parameters].concat());
    for (name, truth) in [("a", 1.0), ("b", 0.1)] {
        near(&found[name], truth);
    }
}
