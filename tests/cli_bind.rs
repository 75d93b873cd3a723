//! The command line's names from outside: lists, constants, vectors and matrices, and what they do not go with.

#[path = "common/command.rs"]
mod command;

use command::{file, run, run_json};
use serde_json::json;

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
fn a_name_from_outside_is_not_defined_once_more() {
    let data = file("twice", "d.csv", "x,y\n1,10\n2,20\n");
    let twice: [(&str, &[&str], u64, &str); 5] = [
        ("(define n 3) (* n 2)", &["--const", "n=4"], 9, "`n` is defined twice"),
        ("(define (n) 3) (* (n) 2)", &["--list", "n=y", "--data", &data], 10, "`n` is defined twice"),
        ("(define n 3) (* n 2)", &["--matrix", "n=x,y", "--data", &data], 9, "`n` is defined twice"),
        ("(* x (param 'k 2.5))", &["--set", "x=1", "--const", "k=1"], 6, "`k` has the name of a constant"),
        ("(* x (param 2.5))", &["--set", "x=1", "--const", "p1=1"], 6, "`p1` has the name of a constant"),
    ];
    for (program, more, column, expected) in twice {
        let (code, out) = run_json(&[&["eval", "-e", program], more].concat());
        let error = &out["error"];
        assert_eq!((code, &error["kind"], &error["line"]), (1, &json!("expand"), &json!(1)), "{program}: {out}");
        assert_eq!(error["column"], json!(column), "{program}: {out}");
        assert!(error["message"].as_str().is_some_and(|message| message.contains(expected)), "{program}: {out}");
    }
    // A local name may be the same.
    let (code, out) = run_json(&["eval", "-e", "(+ n (let ((n 1)) n))", "--const", "n=4"]);
    assert_eq!((code, &out["values"]), (0, &json!([5])), "{out}");
}

#[test]
fn columns_that_a_vector_takes_the_place_of_are_told() {
    let data = file("hidden", "d.csv", "x,w[0],w[1],w,y\n1,2,3,9,5\n2,3,4,9,6\n");
    let notes = |args: &[&str]| {
        let (code, _, stderr) = run(args);
        assert_eq!(code, 0, "{args:?}: {stderr}");
        stderr
    };
    let set = notes(&["eval", "-e", "(* x (dot w [1 1]))", "--data", &data, "--set", "w=[3 4]"]);
    assert!(set.contains("note: --set w=[3 4] overrides the columns `w[0]`, `w[1]`, `w`\n"), "{set}");
    let one = notes(&["eval", "-e", "(* x w)", "--data", &data, "--set", "w=3"]);
    assert!(one.contains("note: --set w=3 overrides the column of that name\n"), "{one}");
    let fit = notes(&["fit", "-e", "(dot w [1 x])", &data, "--target", "y", "--param", "w[2]=[4 1]", "--starts", "1"]);
    assert!(fit.contains("note: `w` is a parameter: nothing takes the columns `w[0]`, `w[1]`, `w`\n"), "{fit}");
    let quiet = ["eval", "-e", "(* x (dot w [1 1]))", "--data", &data, "--set", "w=[3 4]", "--quiet"];
    assert_eq!(notes(&quiet), "");
}

#[test]
fn a_name_is_set_once_and_as_what_it_is() {
    let refused: [(&[&str], &str); 7] = [
        (&["eval", "-e", "(ref w 1)", "--set", "w=[10 20]", "--set", "w[1]=3"], "w[1]: the name is bound twice"),
        (&["eval", "-e", "(ref w 1)", "--set", "w[1]=3", "--set", "w=[10 20]"], "w[1]: the name is bound twice"),
        (&["eval", "-e", "(+ w 1)", "--set", "w=3", "--set", "w=[10 20]"], "w: the name is bound twice"),
        (&["bench", "-e", "(+ w 1)", "--lanes", "2", "--set", "w=3", "--set", "w=4"], "w: the name is bound twice"),
        (&["eval", "-e", "(+ w 1)", "--set", "w=3", "--set", "v=[10 20]"], "no input named `v`"),
        (&["eval", "-e", "(param 'k 2.5)", "--set", "k=[1 2]"], "`k` is one number in the program"),
        (&["fit", "-e", "(param 'k 2.5)", "--minimize", "--param", "k[2]"], "`k` is one number in the program"),
    ];
    for (args, expected) in refused {
        let (code, out) = run_json(args);
        assert_eq!((code, &out["error"]["kind"]), (2, &json!("usage")), "{args:?}: {out}");
        assert!(out["error"]["message"].as_str().is_some_and(|message| message.contains(expected)), "{args:?}: {out}");
    }
}
