//! The command line with data: columns that bind inputs, fits, files that cannot be used.

#[path = "common/command.rs"]
mod command;

use std::io::Read;
use std::process::Stdio;

use command::{MISRA, absent, command, file, run, run_json};
use serde_json::{Value, json};

const DECAY: &str = "(* b1 (- 1 (exp (- (* b2 x)))))";

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
        &["--matrix", "ys=x,z", "--data", &data],
        &["--const", "ys=(1"],
        &["--const", "ys=[1 a]"],
        &["--const", "ys=[[1 2] [3]]"],
        &["--const", "ys=1", "--list", "ys=y", "--data", &data],
        &["--set", "ys=[]"],
        &["--const", "ys"],
    ] {
        let (code, out) = run_json(&[&["eval", "-e", "(length ys)"], args].concat());
        assert_eq!((code, &out["error"]["kind"]), (2, &json!("usage")), "{args:?}");
    }
}

#[test]
fn vectors_and_matrices_are_bound_before_anything_runs() {
    let data = file("matrix", "d.csv", "a,b,x\n1,10,0\n2,20,1\n3,30,2\n");
    let (code, out) = run_json(&["eval", "-e", "(ref m x 1)", "--data", &data, "--matrix", "m=a,b"]);
    // x is a Float, and an index an Int.
    assert_eq!((code, &out["status"][0]["kind"]), (1, &json!("wrong-type")), "{out}");
    let (code, out) = run_json(&["eval", "-e", "(ref m (exact x) 1)", "--data", &data, "--matrix", "m=a, b"]);
    assert_eq!((code, &out["values"]), (0, &json!([10.0, 20.0, 30.0])), "{out}");
    let (_, out) = run_json(&[
        "eval",
        "-e",
        "(list (rows m) (cols m) (matvec m w))",
        "--const",
        "m=[[1 2] [3 4]]",
        "--const",
        "w=[1 1]",
    ]);
    assert_eq!(out["values"], json!(["(2 2 [3.0 7.0])"]));
    let (_, out) = run_json(&["eval", "-e", "w", "--set", "w=[1 2.5]"]);
    assert_eq!(out["values"], json!(["[1.0 2.5]"]));
    let third = ["eval", "-e", "(- (ref w 0) 0.3333333333333333)", "--const", "w=[0.3333333333333333]"];
    assert_eq!(run_json(&[third.as_slice(), &["--precision", "f64"]].concat()).1["values"], json!([0.0]));
    let (_, out) = run_json(&[
        "grad",
        "-e",
        "(* k (dot w [1 x]))",
        "--set",
        "w=[3 4]",
        "--set",
        "k=2",
        "--params",
        "w,k",
        "--data",
        &data,
    ]);
    assert_eq!(out["grads"], json!({"w[0]": [2.0, 2.0, 2.0], "w[1]": [0.0, 2.0, 4.0], "k": [3.0, 7.0, 11.0]}));
    let (_, out) = run_json(&["grad", "-e", "(det A)", "--set", "A=[[1 2] [3 4]]", "--params", "A[0,1],A"]);
    assert_eq!(out["grads"], json!({"A[0,1]": [-3.0], "A[0,0]": [4.0], "A[1,0]": [-2.0], "A[1,1]": [1.0]}));
    let (code, out) = run_json(&["eval", "-e", "(+ 1 x)", "--set", "w=[1 2]", "--set", "x=1"]);
    assert_eq!((code, &out["error"]["kind"]), (2, &json!("usage")), "{out}");
}

#[test]
fn fits_take_vector_parameters_and_columns_as_matrices() {
    // A line by its two coefficients, once by rows and once as a program over the whole table.
    let data = file("vectors", "d.csv", "x,y\n0,1\n1,3.5\n2,5\n3,7.5\n");
    let close = |out: &Value, name: &str, wanted: f64| {
        let found = out["parameters"][name]["value"].as_f64().unwrap_or(f64::NAN);
        assert!((found - wanted).abs() < 1e-9, "{name} {wanted}: {out}");
    };
    let (code, rows) =
        run_json(&["fit", "-e", "(dot w [1 x])", &data, "--target", "y", "--param", "w[2]=[1 2] in [-9,9]"]);
    assert_eq!(code, 0, "{rows}");
    close(&rows, "w[0]", 1.1);
    close(&rows, "w[1]", 2.1);
    let half = "(loop ((i 0) (sum 0.0)) (if (= i (rows d)) sum
        (recur (+ i 1) (+ sum (* 0.5 (square (- (ref d i 1) (dot w [1 (ref d i 0)]))))))))";
    let (code, whole) = run_json(&["fit", "-e", half, &data, "--minimize", "--matrix", "d=x,y", "--param", "w[2]"]);
    assert_eq!(code, 0, "{whole}");
    close(&whole, "w[0]", 1.1);
    close(&whole, "w[1]", 2.1);
    // As a likelihood of variance 1: the inverse of [[4, 6], [6, 14]].
    let error = whole["parameters"]["w[1]"]["std_error"].as_f64().unwrap_or(f64::NAN);
    assert!((error / 0.2f64.sqrt() - 1.0).abs() < 1e-6, "{whole}");
    assert_eq!(
        rows["parameters"].as_object().map(|p| p.keys().cloned().collect::<Vec<_>>()),
        Some(vec!["w[0]".into(), "w[1]".into()])
    );
    let list = "(fold-left (lambda (sum y) (+ sum (square (- y m)))) 0. ys)";
    let (code, out) = run_json(&["fit", "-e", list, &data, "--minimize", "--list", "ys=y", "--param", "m"]);
    assert_eq!(code, 0, "{out}");
    close(&out, "m", 4.25);
    let refused: [(&[&str], &str); 5] = [
        (&["--param", "w[2]", "--param", "w[2]"], "bound twice"),
        (&["--param", "w[2]", "--set", "w=[1 2]"], "bound twice"),
        (&["--param", "v[2]", "--set", "w=[1 2]"], "no input named `v`"),
        (&["--param", "w[2]=[1 2 3]"], "2 elements and 3 starts"),
        (&["--param", "w[0]"], "a whole number from 1"),
    ];
    for (more, expected) in refused {
        let (code, out) = run_json(&[&["fit", "-e", "(dot w [1 x])", &data, "--target", "y"], more].concat());
        let message = out["error"]["message"].as_str().unwrap_or_default();
        assert_eq!((code, &out["error"]["kind"]), (2, &json!("usage")), "{more:?}: {out}");
        assert!(message.contains(expected), "{more:?}: {message}");
    }
}

#[test]
fn a_table_of_ten_thousand_rows_is_one_matrix_within_the_budgets() {
    let rows: String = (0..10_000).map(|row| format!("{row},{}\n", 2 * row)).collect();
    let data = file("tall", "d.csv", format!("a,b\n{rows}"));
    for road in ["interpreted", "direct"] {
        let loss = "(square (- k (+ (rows m) (ref m 9999 1))))";
        let base = ["fit", "-e", loss, &data, "--minimize", "--matrix", "m=a,b", "--param", "k", "--road", road];
        let (code, out) = run_json(&base);
        assert_eq!((code, &out["parameters"]["k"]["value"]), (0, &json!(29998.0)), "{road}: {out}");
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
    let one = run(&["eval", "-e", "1", "--out", &absent("out", "one.csv")]).1;
    assert!(one.starts_with("1 lane written to "), "{one}");
    let text = std::fs::read_to_string(&out).expect("the file");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..2], ["value,status,message", "0.25,ok,"]);
    assert!(lines[2].starts_with("inf,non-finite,1:21: "), "{text}");
    assert!(lines[3].starts_with(",wrong-type,\"1:18: "), "{text}");
    assert_eq!(run(&["eval", "-e", "1", "--out", "/nonexistent/o.csv"]).0, 2);
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
        (&["--target", "y", "--param", "b1", "--param", "b2", "--tier", "specialize"], "specialize"),
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
fn a_loss_of_the_program_s_own_is_minimised() {
    let valley = "(+ (square (- 1 a)) (* 100 (square (- b (* a a)))))";
    let (code, out) = run_json(&["fit", "-e", valley, "--minimize", "--param", "a=-1.2", "--param", "b"]);
    assert_eq!((code, &out["converged"]), (0, &json!(true)), "{out}");
    assert!((out["parameters"]["b"]["value"].as_f64().unwrap_or(0.0) - 1.0).abs() < 1e-9, "{out}");
    for key in ["rss", "dof", "r2", "bic"] {
        assert!(out[key].is_null() && out.get(key).is_some(), "{key}: {out}");
    }
    let data = file("minimize", "d.csv", "y\n1\n3.5\n5\n7.5\n");
    let normal = "(let ((z (/ (- y m) s))) (+ (log s) (* 0.5 z z)))";
    let base = ["fit", "-e", normal, &data, "--minimize", "--param", "m", "--param", "s=1 in [0.001,100]"];
    for optimizer in ["auto", "lbfgs", "adam"] {
        let (code, out) = run_json(&[base.as_slice(), &["--optimizer", optimizer]].concat());
        let found = |key: &str| out["parameters"]["m"][key].as_f64().unwrap_or(f64::NAN);
        assert_eq!(code, 0, "{out}");
        assert!((found("value") - 4.25).abs() < 1e-9, "{out}");
        assert!((found("std_error") / (5.5625f64 / 4.0).sqrt() - 1.0).abs() < 1e-6, "{out}");
        assert!(out["bic"].is_number() && out["covariance"].is_array(), "{out}");
    }
    let (code, stdout, stderr) = run(&base);
    assert_eq!(code, 0);
    assert!(stdout.starts_with("converged: a minimum") && !stdout.contains("r2"), "{stdout}");
    assert!(stderr.contains("the sum of the program's values over 4 rows"), "{stderr}");
    let (_, _, stderr) = run(&["fit", "-e", valley, &data, "--minimize", "--param", "a=-1.2", "--param", "b"]);
    assert!(stderr.contains("no column binds an input row by row"), "{stderr}");
    let (code, out) = run_json(&[base.as_slice(), &["--iterations", "1"]].concat());
    assert_eq!((code, &out["converged"]), (1, &json!(false)), "{out}");
    let (code, out) = run_json(&["fit", "-e", "(car a)", "--minimize", "--param", "a"]);
    assert_eq!((code, &out["error"]["kind"]), (1, &json!("fit")), "{out}");
    let refused: [(&[&str], &str); 6] = [
        (&["--optimizer", "lm"], "`lm` wants residuals"),
        (&["--target", "y"], "cannot be used with"),
        (&["--loss", "huber"], "of a target"),
        (&["--sigma", "y"], "of a target"),
        (&["--set", "q=1"], "`q`"),
        (&["--param", "q"], "`q`"),
    ];
    for (more, expected) in refused {
        let (code, out) = run_json(&[base.as_slice(), more].concat());
        let message = out["error"]["message"].as_str().unwrap_or_default();
        assert_eq!((code, &out["error"]["kind"]), (2, &json!("usage")), "{more:?}: {out}");
        assert!(message.contains(expected), "{more:?}: {message}");
    }
    assert_eq!(run(&["fit", "-e", valley, "--param", "a"]).0, 2, "neither a target nor a loss");
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
fn a_column_without_numbers_is_an_error_only_where_it_is_wanted() {
    let data = file("text", "d.csv", "x,who,y\n1,Ada,1\n2,Emmy,2\n3,Grace,3.1\n");
    let (code, out) = run_json(&["eval", "-e", "(* 2 x)", "--data", &data]);
    assert_eq!((code, &out["values"]), (0, &json!([2.0, 4.0, 6.0])));
    assert_eq!(run_json(&["fit", "-e", "(* k x)", &data, "--target", "y", "--param", "k"]).0, 0);
    let set = ["eval", "-e", "(* who x)", "--data", &data, "--set", "who=3"];
    assert_eq!(run_json(&set).1["values"], json!([3.0, 6.0, 9.0]));
    assert!(run(&set).2.contains("note: --set who=3 overrides the column"));
    let wanted: [&[&str]; 5] = [
        &["eval", "-e", "(* who x)", "--data", &data],
        &["grad", "-e", "(* who x)", "--data", &data, "--params", "x"],
        &["eval", "-e", "(* x (length l))", "--data", &data, "--list", "l=who"],
        &["fit", "-e", "(* k x)", &data, "--target", "who", "--param", "k"],
        &["fit", "-e", "(* k x)", &data, "--target", "y", "--sigma", "who", "--param", "k"],
    ];
    for args in wanted {
        let (code, out) = run_json(args);
        assert_eq!((code, &out["error"]["kind"]), (2, &json!("io")), "{args:?}: {out}");
        let message = format!("{data}: row 1 (line 2), column `who`: `Ada` is not a number");
        assert_eq!(out["error"]["message"], message, "{args:?}");
    }
    let (code, out) = run_json(&["info", &data]);
    assert_eq!((code, &out["columns"][2]["max"], &out["columns"][1]["max"]), (0, &json!(3.1), &json!(null)));
    assert_eq!(out["columns"][1]["problem"], "row 1 (line 2), column `who`: `Ada` is not a number");
    let text = run(&["info", &data]).1;
    assert!(text.starts_with("3 rows, 3 columns\n") && text.contains("not numeric: row 1 (line 2)"), "{text}");
}

#[test]
fn a_fit_that_the_data_do_not_determine_is_exit_code_1() {
    let data = file("undetermined", "d.csv", "x,y\n1,2\n2,4.1\n3,6\n");
    let fit = ["fit", "-e", "(* a b x)", &data, "--target", "y", "--param", "a=1", "--param", "b=1"];
    let (code, out) = run_json(&fit);
    assert_eq!((code, &out["converged"]), (1, &json!(false)), "{out}");
    let reason = out["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("the data do not determine `a`, `b`"), "{reason}");
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

/// The command with a cache folder, over so many rows.
fn cached(folder: &str, rows: usize) -> String {
    let rows: String = (0..rows).map(|row| format!("{}\n", row as f64 / 1000.0)).collect();
    let data = file("cache", "d.csv", format!("x\n{rows}"));
    let args = ["grad", "-e", DECAY, "--params", "b1", "--set", "b1=2", "--set", "b2=3", "--data", &data];
    let mut command = command(&[&args[..], &["--device", "cpu", "--verbose", "--json"]].concat());
    let output = command.env("EVALGRAD_CACHE", folder).output().expect("the command starts");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    stderr
}

#[test]
fn what_was_measured_is_kept_where_the_environment_says() {
    let folder = absent("cache", "kept");
    let _ = std::fs::remove_dir_all(&folder);
    let files = || -> Vec<String> {
        let all = std::fs::read_dir(&folder).into_iter().flatten();
        all.map(|file| file.expect("a file").file_name().into_string().expect("UTF-8")).collect()
    };
    assert!(cached(&folder, 1).contains("why interpret: interpret on cpu: about "));
    assert_eq!(files(), [""; 0], "one row is worth no file");
    assert!(cached(&folder, 200_000).contains("why replay: replay on cpu: about "));
    let kept = files();
    assert!(matches!(kept.as_slice(), [file] if file.starts_with("costs-") && file.ends_with(".json")), "{kept:?}");
    let path = std::path::Path::new(&folder).join(&kept[0]);
    let read = || serde_json::from_str::<Value>(&std::fs::read_to_string(&path).expect("a text")).expect("JSON");
    assert!(read()["costs"]["replay"]["seconds"].as_f64().is_some_and(|seconds| seconds > 0.0), "{}", read());
    // What does not read is written anew, and nobody hears of it.
    std::fs::write(&path, "{").expect("it is ours");
    let stderr = cached(&folder, 200_000);
    assert!(!stderr.contains("warning") && !stderr.contains("error"), "{stderr}");
    assert!(read()["costs"]["replay"]["seen"].as_u64() > Some(0));
    cached("off", 200_000);
    assert!(!std::path::Path::new("off").exists());
}
