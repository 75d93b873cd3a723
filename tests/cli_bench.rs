//! The command line's `bench`: what it tells, and how lanes end that are not ok.

#[path = "common/command.rs"]
mod command;

use command::{run, run_json};
use serde_json::json;

#[test]
fn bench_tells_times_counts_and_means() {
    let program = "(* A (* (exp (- (* b t))) (cos (* w t))))";
    let bench = |more: &[&str]| {
        let mut args = vec!["bench", "-e", program, "--lanes", "300", "--params", "A,b", "--set", "A=1..3"];
        args.extend(["--set", "b=0.5", "--set", "w=2", "--set", "t=0..2", "--repeat", "2", "--device", "cpu"]);
        args.extend(more);
        run_json(&args)
    };
    let (code, replayed) = bench(&[]);
    assert_eq!(code, 0);
    assert_eq!(
        (&replayed["tier"], &replayed["device"], &replayed["road"]),
        (&json!("replay"), &json!("cpu"), &json!("interpreted"))
    );
    assert_eq!((&replayed["lanes"], &replayed["tape_ops"], &replayed["guards"]), (&json!(300), &json!(7), &json!(0)));
    for time in ["forward_ns_per_lane", "gradient_ns_per_lane", "record_ms", "bytes_per_lane"] {
        assert!(replayed[time].as_f64().is_some_and(|time| time > 0.0), "{time}: {replayed}");
    }
    // The same lanes are drawn again, and every tier has the same bits.
    let (_, interpreted) = bench(&["--tier", "interpret"]);
    assert_eq!(interpreted["tier"], "interpret");
    for mean in ["mean_value", "mean_grads"] {
        assert_eq!(interpreted[mean], replayed[mean]);
    }
    assert_ne!(bench(&["--seed", "1"]).1["mean_value"], replayed["mean_value"]);
    let (code, missing) = run_json(&["bench", "-e", program, "--lanes", "4", "--set", "A=1"]);
    assert_eq!((code, &missing["error"]["kind"]), (2, &json!("usage")));
    assert!(
        missing["error"]["message"]
            .as_str()
            .is_some_and(|text| ["`b`", "`t`", "`w`"].iter().all(|name| text.contains(name)))
    );
    for range in ["A=3..1", "A=..2", "A=1..x"] {
        assert_eq!(run(&["bench", "-e", "(* A 2)", "--lanes", "4", "--set", range]).0, 2, "{range}");
    }
    let vector =
        ["bench", "-e", "(dot w [x 1])", "--lanes", "8", "--set", "w=[2 3]", "--set", "x=1..1", "--params", "w"];
    let (code, out) = run_json(&[vector.as_slice(), &["--repeat", "1"]].concat());
    assert_eq!((code, &out["mean_value"], &out["mean_grads"]["w[0]"]), (0, &json!(5.0), &json!(1.0)), "{out}");
}

#[test]
fn a_lane_that_fails_is_exit_code_1() {
    let bench = |program: &str, more: &[&str]| {
        let base = ["bench", "-e", program, "--lanes", "64", "--set", "x=0..1", "--repeat", "1", "--device", "cpu"];
        [&base, more].concat().into_iter().map(str::to_owned).collect::<Vec<String>>()
    };
    let told = |args: &[String]| {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        (run_json(&args), run(&args).2)
    };
    let counts =
        |out: &serde_json::Value| [&out["failed_lanes"], &out["non_finite_lanes"]].map(|n| n.as_u64().unwrap());
    for tier in ["interpret", "replay"] {
        // Some lanes, all lanes, a value that is no number.
        let half = bench("(if (< x 0.5)\n  (car x) x)", &["--params", "x", "--tier", tier]);
        let ((code, out), stderr) = told(&half);
        let [failed, non_finite] = counts(&out);
        assert!(code == 1 && (10..54).contains(&failed) && non_finite == 0, "{tier}: {out}");
        assert_eq!((&out["mean_value"], &out["mean_grads"]["x"]), (&json!("nan"), &json!("nan")), "{tier}");
        assert!(stderr.contains("wrong-type error: ") && stderr.contains(" of 64)\n --> -e:2:8\n"), "{tier}: {stderr}");
        assert!(stderr.contains(&format!("note: {failed} of 64 lanes failed")), "{tier}: {stderr}");
        let ((code, out), stderr) = told(&bench("(+ x (error \"no\" 1))", &["--tier", tier]));
        assert_eq!((code, counts(&out)), (1, [64, 0]), "{tier}: {out}");
        assert!(stderr.contains("user error: no 1 (lane 1 of 64)\n --> -e:1:6\n"), "{tier}: {stderr}");
        let ((code, out), stderr) = told(&bench("(list x)", &["--tier", tier]));
        assert_eq!((code, counts(&out)), (1, [64, 0]), "{tier}: {out}");
        assert!(stderr.contains("where a number is wanted (lane 1 of 64)"), "{tier}: {stderr}");
        // What is not finite is a value, and what is an Int a number.
        let ((code, out), stderr) = told(&bench("(log (- x))", &["--params", "x", "--tier", tier]));
        assert_eq!((code, counts(&out)), (0, [0, 64]), "{tier}: {out}");
        assert!(stderr.contains("note: 64 of 64 lanes are non-finite") && !stderr.contains("error"), "{stderr}");
        let ((code, out), _) = told(&bench("(* 1e30 (sqrt (* x 0.)))", &["--params", "x", "--tier", tier]));
        assert_eq!((code, counts(&out), &out["mean_value"]), (0, [0, 64], &json!(0.0)), "a gradient: {out}");
        let ((code, out), _) = told(&bench("(if (< x 2) 3 4)", &["--tier", tier]));
        assert_eq!((code, counts(&out), &out["mean_value"]), (0, [0, 0], &json!(3.0)), "{tier}: {out}");
    }
}

#[test]
fn a_parameter_that_is_named_twice_counts_once() {
    let bench = |params: &str| {
        let base = ["bench", "-e", "(* a (dot w [1 2]))", "--lanes", "2", "--set", "a=3", "--set", "w=[4 5]"];
        run_json(&[&base[..], &["--repeat", "1", "--params", params]].concat())
    };
    let (code, out) = bench("a,w[1],a,w");
    assert_eq!((code, &out["mean_grads"]), (0, &json!({"a": 14.0, "w[1]": 6.0, "w[0]": 3.0})), "{out}");
}
