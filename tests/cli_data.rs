//! The command line with data: columns that bind inputs, files of results, files that cannot be used, what is kept between runs.

#[path = "common/command.rs"]
mod command;

use std::io::Read;
use std::process::Stdio;

use command::{absent, command, file, run, run_json};
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
        ("glued.csv", b"x,y\n1,\"2\"5\n", "column `y`: text follows a closing quote"),
        ("open.csv", b"x,y\n1,2\n3,\"4\n5,6\n", "column `y`: a quote opens and is never closed (line 3, character 3)"),
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
fn lines_of_one_column_that_make_no_row_are_told() {
    let data = file("blank", "d.csv", "x\n1\n\n\n3\n");
    let (code, out) = run_json(&["eval", "-e", "x", "--data", &data]);
    assert_eq!((code, &out["values"]), (0, &json!([1.0, 3.0])));
    let (_, _, stderr) = run(&["eval", "-e", "x", "--data", &data]);
    assert!(stderr.contains("2 blank lines were skipped, the first of them line 3"), "{stderr}");
    assert_eq!(run(&["eval", "-e", "x", "--data", &data, "--quiet"]).2, "");
    let data = file("blank", "one.csv", "x\n1\n\n3\n\n");
    for args in [["info", &data].as_slice(), &["fit", "-e", "k", &data, "--target", "x", "--param", "k"]] {
        let stderr = run(args).2;
        assert!(stderr.contains("note: ") && stderr.contains("the blank line 3 was skipped"), "{args:?}: {stderr}");
    }
    let data = file("blank", "empty.csv", "x\n1\n\"\"\n3\n");
    let (code, out) = run_json(&["eval", "-e", "x", "--data", &data]);
    let message = format!("{data}: row 2 (line 3), column `x`: the cell is empty");
    assert_eq!((code, &out["error"]["message"]), (2, &json!(message)), "{out}");
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
