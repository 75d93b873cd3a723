//! The command line's fits: reports, options, refusals.

#[path = "common/command.rs"]
mod command;

use command::{MISRA, file, run, run_json};
use serde_json::{Value, json};

const DECAY: &str = "(* b1 (- 1 (exp (- (* b2 x)))))";

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
}

#[test]
fn fits_take_vector_parameters_and_columns_as_matrices() {
    // A line by its two coefficients, once by rows and once as a program over the whole table.
    let data = file("vectors", "d.csv", "x,y\n0,1\n1,3.5\n2,5\n3,7.5\n");
    let close = |out: &Value, name: &str, wanted: f64| {
        let found = out["parameters"][name]["value"].as_f64().unwrap_or(f64::NAN);
        assert!((found - wanted).abs() < 1e-9, "{name} {wanted}: {out}");
    };
    let (code, rows) = run_json(&[
        "fit",
        "-e",
        "(dot w [1 x])",
        &data,
        "--target",
        "y",
        "--param",
        " w [ 2 ] = [ 1 , 2 ] in [ -9 , 9 ]",
    ]);
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
fn a_fit_that_the_data_do_not_determine_is_exit_code_1() {
    let data = file("undetermined", "d.csv", "x,y\n1,2\n2,4.1\n3,6\n");
    let fit = ["fit", "-e", "(* a b x)", &data, "--target", "y", "--param", "a=1", "--param", "b=1"];
    let (code, out) = run_json(&fit);
    assert_eq!((code, &out["converged"]), (1, &json!(false)), "{out}");
    let reason = out["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("the data do not determine `a`, `b`"), "{reason}");
}

#[test]
fn a_model_that_fails_at_the_start_is_told_as_its_lane_ended() {
    let data = file("start", "d.csv", "x,y\n1,2\n2,4\n");
    let target = ["--target", "y", "--param", "k"];
    let cases: [(&str, &[&str], &str, [u64; 2]); 5] = [
        ("(* k\n  (car x))", &[&data, "--target", "y", "--param", "k"], "wrong-type", [2, 8]),
        ("(car k)", &["--minimize", "--param", "k"], "wrong-type", [1, 6]),
        ("(vector-3 k)", &[&data, "--target", "y", "--param", "k"], "unbound", [1, 2]),
        ("(/ k (- x 2))", &[&data, "--target", "y", "--param", "k"], "non-finite", [1, 1]),
        ("(+ 1 (log (- k 1)))", &["--minimize", "--param", "k"], "non-finite", [1, 6]),
    ];
    for (program, more, kind, [line, column]) in cases {
        let (code, out) = run_json(&[&["fit", "-e", program], more].concat());
        let error = &out["error"];
        assert_eq!((code, &error["kind"]), (1, &json!(kind)), "{program}: {out}");
        assert_eq!((&error["line"], &error["column"]), (&json!(line), &json!(column)), "{program}: {out}");
        assert_eq!(out["errors"][0], *error);
    }
    let (code, stdout, stderr) = run(&[&["fit", "-e", "(/ k (- x 2))", &data], target.as_slice()].concat());
    assert_eq!((code, stdout.as_str()), (1, ""));
    let told = "error: the model cannot be evaluated at the start: row 2: non-finite at 1:1: the value is +inf.0\n \
                --> -e:1:1\n  |\n1 | (/ k (- x 2))\n  | ^^^^^^^^^^^^^\n";
    assert_eq!(stderr, told);
    let starts = ["--param", "k in [1,2]", "--starts", "3"];
    let (code, _, stderr) = run(&[&["fit", "-e", "(car k)", "--minimize"], starts.as_slice()].concat());
    assert!(
        code == 1 && stderr.starts_with("error: none of 3 starts is usable: ") && stderr.contains(":1:6\n"),
        "{stderr}"
    );
}

#[test]
fn a_loss_without_a_lower_bound_is_told_as_one() {
    for program in ["(- a)", "(- (sqrt a))"] {
        let (code, out) = run_json(&["fit", "-e", program, "--minimize", "--param", "a=3"]);
        assert_eq!((code, &out["converged"]), (1, &json!(false)), "{program}: {out}");
        let reason = out["reason"].as_str().unwrap_or_default();
        assert!(reason.contains("the loss still falls") && !reason.contains("gradient is zero"), "{program}: {reason}");
    }
}
