//! Parameters' texts: what they mean, what is expected where they end too soon, what does not fit together.

use super::*;

#[test]
fn reads_every_form() {
    let k = || Parameter::new("k");
    let cases = [
        ("k", k()),
        ("  k  ", k()),
        ("k=8.9", k().start(8.9)),
        ("k = -8.9e-3", k().start(-8.9e-3)),
        ("k=+.5", k().start(0.5)),
        ("k=8.9 in [0,20]", k().start(8.9).bounds(0.0, 20.0)),
        ("k=1e2in[-1E+3, +2.]fixed", k().start(100.0).bounds(-1000.0, 2.0).fixed()),
        ("k in [0,20]", k().bounds(0.0, 20.0)),
        ("k in[ -inf , inf ]", k().bounds(f64::NEG_INFINITY, f64::INFINITY)),
        ("k=2 fixed", k().start(2.0).fixed()),
        ("in in [0,1]", Parameter::new("in").bounds(0.0, 1.0)),
        ("fixed=1", Parameter::new("fixed").start(1.0)),
        ("l3_14", Parameter::new("l3_14")),
        ("α->β=1", Parameter::new("α->β").start(1.0)),
        ("w[3]", Parameter::new("w").length(3)),
        ("w[3]=0.5 in [0,20]", Parameter::new("w").length(3).start(0.5).bounds(0.0, 20.0)),
        ("A[2,3] in [0,1]", Parameter::new("A").shape(Shape::Matrix(2, 3)).bounds(0.0, 1.0)),
        ("w[3]=[1 -2 3e1] fixed", Parameter::new("w").length(3).starts(&[1.0, -2.0, 30.0]).fixed()),
        (
            " w [ 3 ] = [ 1 , 2 , 3 ] in [ -5 , 5 ] ",
            Parameter::new("w").length(3).starts(&[1.0, 2.0, 3.0]).bounds(-5.0, 5.0),
        ),
        ("A [ 2 , 1 ]=[ [1][ 2 ] ]fixed", Parameter::new("A").shape(Shape::Matrix(2, 1)).starts(&[1.0, 2.0]).fixed()),
        ("A[2,1]=[[1] [2]]", Parameter::new("A").shape(Shape::Matrix(2, 1)).starts(&[1.0, 2.0])),
    ];
    for (text, expected) in cases {
        let parsed: Parameter = text.parse().unwrap();
        assert_eq!(parsed, expected, "{text}");
        assert_eq!(parsed.to_string().parse::<Parameter>().unwrap(), expected, "{text}");
    }
}

#[test]
fn says_what_it_expected() {
    let cases = [
        ("", 1, "a parameter's name", "the end"),
        ("=3", 1, "a parameter's name", "`=3`"),
        ("k=", 3, "a number", "the end"),
        ("k=x", 3, "a number", "`x`"),
        ("k=inf", 3, "a number", "`inf`"),
        ("k=1e999", 3, "a finite number", "`1e999`"),
        ("k=1.2.3", 6, "`in` or `fixed`", "`.3`"),
        ("k 3", 3, "`=`, `in` or `fixed`", "`3`"),
        ("kin[0,1]", 5, "a whole number from 1 to 10000", "`0`"),
        ("w[3", 4, "`,` or `]`", "the end"),
        ("w[2,]", 5, "a whole number from 1 to 10000", "`]`"),
        ("w[3]=[1 2", 10, "a number or `]`", "the end"),
        ("w=[1 2]", 3, "a number", "`[1`"),
        ("k in 0,1", 6, "`[`", "`0`"),
        ("k in [0 1]", 9, "`,`", "`1`"),
        ("k in [0,]", 9, "a number, `inf` or `-inf`", "`]`"),
        ("k in [0,1", 10, "`]`", "the end"),
        ("k in [0,1] = 3", 12, "`fixed`", "`=`"),
        ("k=1 fixed in [0,1]", 11, "nothing more", "`in`"),
        ("k fixed", 3, "`=` and the value it is fixed at", "`fixed`"),
        ("é=é", 3, "a number", "`é`"),
    ];
    for (text, column, expected, found) in cases {
        let error = text.parse::<Parameter>().unwrap_err();
        assert_eq!((error.column, error.expected, error.found.as_str()), (column, expected, found), "{text:?}");
    }
}

#[test]
fn names_what_does_not_fit_together() {
    let problem = |parameter: Parameter| parameter.problem().unwrap_or_default();
    assert_eq!(problem(Parameter::new("k").start(1.0).bounds(0.0, 1.0)), "");
    assert!(problem(Parameter::new("k").bounds(1.0, 1.0)).contains("not below"));
    assert!(problem(Parameter::new("k").bounds(f64::NAN, 1.0)).contains("not below"));
    assert!(problem(Parameter::new("k").start(3.0).bounds(0.0, 1.0)).contains("outside"));
    assert!(problem(Parameter::new("k").start(f64::NAN)).contains("not finite"));
    assert!(problem(Parameter::new("k").fixed()).contains("no value"));
}

#[test]
fn vectors_and_matrices_are_parameters_by_element() {
    let elements = |text: &str| text.parse::<Parameter>().unwrap().elements();
    let texts = |text: &str| -> Vec<String> { elements(text).unwrap().iter().map(Parameter::to_string).collect() };
    assert_eq!(texts("w[2] in [0,5]"), ["w[0] in [0,5]", "w[1] in [0,5]"]);
    assert_eq!(texts("w[3]=[1 -2 3]"), ["w[0]=1", "w[1]=-2", "w[2]=3"]);
    assert_eq!(texts("A[2,2]=0.5"), ["A[0,0]=0.5", "A[0,1]=0.5", "A[1,0]=0.5", "A[1,1]=0.5"]);
    assert_eq!(texts("k=3"), ["k=3"]);
    assert!(elements("w[3]=[1 2]").unwrap_err().contains("3 elements and 2 starts"));
    assert!(Parameter::new("w").length(0).elements().unwrap_err().contains("no elements"));
    assert!(Parameter::new("w").starts(&[1.0]).elements().unwrap_err().contains("one number"));
}
