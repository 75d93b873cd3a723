//! What a fit says of trouble: parameters that do not count, models that stop, searches that end nowhere, input that makes no sense.

use super::*;

#[test]
fn what_the_data_do_not_determine_is_named() {
    // a·b·x: only the product counts. c is determined all the same.
    let product = |free: &[f64], row: usize| {
        let x = row as f64;
        Ok((free[0] * free[1] * x + free[2], vec![free[1] * x, free[0] * x, 1.0]))
    };
    let observations = Observations::new(vec![1.0, 3.1, 4.9, 7.0, 9.2]);
    let report = run(product, &named(&["a", "b", "c"]), &observations, &Options::default()).unwrap();
    assert!(!report.converged, "{report}");
    assert!(report.reason.starts_with("a minimum: "), "{}", report.reason);
    assert!(report.reason.contains("the data do not determine `a`, `b`"), "{}", report.reason);
    assert_eq!((&report.covariance, report.parameter("a").unwrap().std_error), (&None, None));
    assert!(report.parameter("c").unwrap().std_error.is_some());
    let unused = |free: &[f64], _: usize| Ok((free[0], vec![1.0, 0.0]));
    let report = run(unused, &named(&["a", "idle"]), &observations, &Options::default()).unwrap();
    assert!(!report.converged, "{report}");
    assert!(report.reason.contains("the data do not determine `idle`"), "{}", report.reason);
    assert_eq!(value(&report, "idle"), 1.0);
    // Neither a bound nor exact data make up for it.
    let bounded = [Parameter::new("a"), Parameter::new("idle").start(0.0).bounds(0.0, 1.0)];
    let report = run(unused, &bounded, &observations, &Options::default()).unwrap();
    assert!(!report.converged && report.reason.contains("do not determine `idle`"), "{report}");
    let exact = Observations::new((0..5).map(|row| 6.0 * f64::from(row) + 1.0).collect());
    let report = run(product, &named(&["a", "b", "c"]), &exact, &Options::default()).unwrap();
    assert!(!report.converged && report.reason.starts_with("the residuals are zero"), "{report}");
}

#[test]
fn failing_and_non_finite_trials_are_stepped_back_from() {
    // √(x − a): the first steps leave the domain, once as a failure and once as a NaN.
    let observations = Observations::new((0..10).map(|row| (1.0 + f64::from(row) - 0.8).sqrt()).collect());
    for refuse in [true, false] {
        let root = |free: &[f64], row: usize| {
            let inner = 1.0 + row as f64 - free[0];
            if refuse && inner < 0.0 {
                return Err(Failure::new(format!("row {}: the root of {inner}", row + 1)));
            }
            Ok((inner.sqrt(), vec![-0.5 / inner.sqrt()]))
        };
        let start = [Parameter::new("a").start(-60.0)];
        let report = run(root, &start, &observations, &Options::default()).unwrap();
        assert!(report.converged, "{report}");
        near(value(&report, "a"), 0.8, 1e-10);
        let outside = [Parameter::new("a").start(2.0)];
        let error = run(root, &outside, &observations, &Options::default()).unwrap_err().to_string();
        let expected = if refuse { "at the start: row 1: the root of -1" } else { "the model's value in row 1 is NaN" };
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_minimum_outside_the_domain_is_no_convergence() {
    // The best a is 5, but the model stops at 2.
    let stops = |free: &[f64], row: usize| match free[0] {
        a if a > 2.0 => Err(Failure::new(format!("row {}: a is above 2", row + 1))),
        a => Ok((a, vec![1.0])),
    };
    let report = run(stops, &named(&["a"]), &Observations::new(vec![4.0, 6.0]), &Options::default()).unwrap();
    assert!(!report.converged, "{report}");
    assert!(report.reason.contains("row 1: a is above 2"), "{}", report.reason);
    near(value(&report, "a"), 2.0, 1e-9);
}

#[test]
fn too_few_iterations_are_told() {
    let options = Options { iterations: 2, ..Options::default() };
    let parameters = [Parameter::new("a").start(100.0), Parameter::new("b").start(9.0)];
    let report = run(decay, &parameters, &decay_data(2.5, 0.7), &options).unwrap();
    assert!(!report.converged && report.iterations == 2, "{report}");
    assert!(report.reason.starts_with("the iterations are used up"), "{}", report.reason);
}

#[test]
fn refuses_what_cannot_be_fitted() {
    let two = Observations::new(vec![1.0, 2.0]);
    let message = |parameters: &[Parameter], observations: &Observations| {
        run(line, parameters, observations, &Options::default()).unwrap_err().to_string()
    };
    let cases = [
        (message(&named(&["a", "a"]), &two), "`a`: it is given twice"),
        (message(&[Parameter::new("a").start(3.0).bounds(0.0, 1.0)], &two), "outside its bounds [0, 1]"),
        (message(&named(&["a"]), &Observations::new(vec![])), "no rows"),
        (message(&named(&["a"]), &Observations { sigma: Some(vec![1.0, 0.0]), ..two.clone() }), "sigma in row 2 is 0"),
        (message(&named(&["a"]), &Observations { outputs: 3, ..two.clone() }), "do not make rows of 3"),
    ];
    for (found, expected) in cases {
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn a_minimum_at_a_kink_counts_and_a_runaway_does_not() {
    // |a − 2| + 1 against 0: the loss falls towards a = 2 from both sides, with a slope there.
    let kinked = |free: &[f64], _: usize| {
        let side = if free[0] < 2.0 { -1.0 } else { 1.0 };
        Ok(((free[0] - 2.0).abs() + 1.0, vec![side]))
    };
    let two = Observations::new(vec![0.0, 0.1]);
    let report = run(kinked, &named(&["a"]), &two, &Options::default()).unwrap();
    assert!(report.converged && report.reason.contains("a kink or a jump"), "{report}");
    near(value(&report, "a"), 2.0, 1e-9);
    // exp(−a) against −1 and 1: better and better without end.
    let runaway = |free: &[f64], _: usize| Ok(((-free[0]).exp(), vec![-(-free[0]).exp()]));
    let below = Observations::new(vec![-1.0, -1.2]);
    let report = run(runaway, &named(&["a"]), &below, &Options::default()).unwrap();
    assert!(!report.converged, "{report}");
}
