//! Minima of small losses as a whole: valleys, bounds, kinks, saddles, many starts, what is flat.

use super::*;
use crate::fit::{Failure, Slope};

struct Loss<F>(F);

impl<F: Fn(&[f64]) -> (f64, Vec<f64>)> Objective for Loss<F> {
    fn slope(&mut self, free: &[f64]) -> Result<Slope, Failure> {
        let (loss, gradient) = (self.0)(free);
        Slope { loss, gradient }.finite()
    }
}

fn run(loss: impl Fn(&[f64]) -> (f64, Vec<f64>) + Sync, parameters: &[&str], options: &Options) -> FitReport {
    let parameters: Vec<Parameter> = parameters.iter().map(|text| text.parse().unwrap()).collect();
    fit_loss(&|| Loss(&loss), None, &parameters, None, options, &mut |_| ()).unwrap()
}

fn value(report: &FitReport, name: &str) -> f64 {
    report.parameter(name).unwrap().value
}

fn rosenbrock(p: &[f64]) -> (f64, Vec<f64>) {
    let (a, b) = (1.0 - p[0], p[1] - p[0] * p[0]);
    (a * a + 100.0 * b * b, vec![-2.0 * a - 400.0 * p[0] * b, 200.0 * b])
}

#[test]
fn rosenbrock_s_valley_and_the_inverse_hessian_at_its_end() {
    let report = run(rosenbrock, &["a=-1.2", "b"], &Options::default());
    assert!(report.converged && report.reason.starts_with("a minimum: the gradient is zero"), "{report}");
    assert!((value(&report, "a") - 1.0).abs() < 1e-12 && (value(&report, "b") - 1.0).abs() < 1e-12, "{report}");
    // H = [[802, −400], [−400, 200]], determinant 400.
    let covariance = report.covariance.unwrap();
    for (row, column, expected) in [(0, 0, 0.5), (0, 1, 1.0), (1, 0, 1.0), (1, 1, 802.0 / 400.0)] {
        assert!((covariance[row][column].unwrap() / expected - 1.0).abs() < 1e-5, "{covariance:?}");
    }
    let few = run(rosenbrock, &["a=-1.2", "b"], &Options { iterations: 4, ..Options::default() });
    assert!(!few.converged && few.iterations == 4 && few.reason.starts_with("the iterations are used up"), "{few}");
}

#[test]
fn the_scale_of_a_loss_does_not_decide_whether_it_converges() {
    for scale in [1e-12, 1e12] {
        let scaled = |p: &[f64]| {
            let (loss, slope) = rosenbrock(p);
            (scale * (loss + 3.0), slope.iter().map(|slope| scale * slope).collect())
        };
        let report = run(scaled, &["a=-1.2", "b"], &Options::default());
        assert!(report.converged && (value(&report, "b") - 1.0).abs() < 1e-6, "{scale}: {report}");
    }
}

#[test]
fn bounds_hold_and_the_others_keep_their_errors() {
    let report = run(rosenbrock, &["a=-1 in [-2,0.5]", "b", "c=3 fixed"], &Options::default());
    assert!(report.converged && value(&report, "a") == 0.5, "{report}");
    assert!(report.reason.contains("`a` is at its upper bound 0.5"), "{}", report.reason);
    assert_eq!(report.parameter("a").unwrap().std_error, None);
    assert!((report.parameter("b").unwrap().std_error.unwrap() - 200f64.sqrt().recip()).abs() < 1e-8);
    let covariance = report.covariance.unwrap();
    assert_eq!((covariance[0][0], covariance[0][1], covariance[1][0]), (None, None, None));
    let corner = run(|p| (p[0], vec![1.0]), &["a=1 in [0,4]"], &Options::default());
    assert!(corner.converged && value(&corner, "a") == 0.0 && corner.covariance.is_none(), "{corner}");
    let fixed = run(|_| (2.5, vec![]), &["a=1 fixed"], &Options::default());
    assert!(fixed.converged && fixed.loss == 2.5 && fixed.reason == "every parameter is fixed", "{fixed}");
}

#[test]
fn what_is_no_minimum_is_not_called_one() {
    let saddle =
        run(|p| (p[0] * p[0] - p[1] * p[1], vec![2.0 * p[0], -2.0 * p[1]]), &["a", "b=0"], &Options::default());
    assert!(!saddle.converged && saddle.reason.contains("curves downwards along `b`"), "{saddle}");
    let flat = |p: &[f64]| {
        let r = p[0] * p[1] - 6.0;
        (r * r, vec![2.0 * r * p[1], 2.0 * r * p[0]])
    };
    let flat = run(flat, &["a", "b=2"], &Options::default());
    assert!(!flat.converged && flat.reason.contains("does not determine `a`, `b`"), "{flat}");
    assert_eq!((&flat.covariance, flat.parameter("a").unwrap().std_error), (&None, None));
    let endless = run(|p| ((-p[0]).exp(), vec![-(-p[0]).exp()]), &["a"], &Options::default());
    assert!(!endless.converged, "{endless}");
    // Losses without a lower bound: a gradient that stays, one that grows, one that fades; beside a parameter that has a best value.
    type Endless = fn(&[f64]) -> (f64, Vec<f64>);
    let cases: [(Endless, &[&str]); 5] = [
        (|p| (-p[0], vec![-1.0]), &["a=3"]),
        (|p| (p[0] - 1e6, vec![1.0]), &["a"]),
        (|p| (-p[0] * p[0], vec![-2.0 * p[0]]), &["a=3"]),
        (|p| (-p[0].ln(), vec![-1.0 / p[0]]), &["a=3"]),
        (|p| (p[1] * p[1] - p[0], vec![-1.0, 2.0 * p[1]]), &["a=3", "b=2"]),
    ];
    for (loss, parameters) in cases {
        let report = run(loss, parameters, &Options::default());
        assert!(!report.converged && report.reason.ends_with("it seems to have no minimum"), "{report}");
        assert!(report.covariance.is_none() && report.parameters.iter().all(|p| p.std_error.is_none()), "{report}");
    }
    // Far out, but at a best value.
    let far = run(|p| ((p[0] / 1e11 - 1.0).powi(2), vec![2e-11 * (p[0] / 1e11 - 1.0)]), &["a"], &Options::default());
    assert!(!far.reason.contains("no minimum"), "{far}");
    let kink = run(|p| ((p[0] - 2.0).abs(), vec![(p[0] - 2.0).signum()]), &["a=0.3"], &Options::default());
    assert!(
        kink.converged && kink.reason.contains("a kink or a jump") && (value(&kink, "a") - 2.0).abs() < 1e-6,
        "{kink}"
    );
    assert!(kink.reason.contains("no standard errors"), "{}", kink.reason);
}

#[test]
fn errors_are_not_made_of_steps() {
    // At a kink where the derivative is called 0, and at the bottom of a fourth power, differences go with their step.
    let sign = |x: f64| if x == 0.0 { 0.0 } else { x.signum() };
    let kinks = |p: &[f64]| {
        let parts = [p[0] - 1.0, p[1] - 2.0];
        (parts[0].abs() + parts[1].abs(), parts.map(sign).to_vec())
    };
    let power = |p: &[f64]| ((p[0] - 1.0).powi(4), vec![4.0 * (p[0] - 1.0).powi(3)]);
    for report in [
        run(kinks, &["a", "b=2"], &Options::default()),
        run(power, &["a"], &Options::default()),
        run(power, &["a=3"], &Options::default()),
    ] {
        assert!(!report.converged && report.parameter("a").unwrap().std_error.is_none(), "{report}");
        assert!(report.reason.contains("no standard errors"), "{}", report.reason);
    }
}

#[test]
fn many_starts_find_the_lowest_valley_whatever_the_threads() {
    // Valleys at every 2π/7; the lowest at 0.9, far from the start.
    let wave = |p: &[f64]| {
        let x = p[0] - 0.9;
        (0.1 * x * x - (7.0 * x).cos(), vec![0.2 * x + 7.0 * (7.0 * x).sin()])
    };
    let fit = || FitReport {
        seconds: 0.0,
        ..run(wave, &["x=-7 in [-10,10]"], &Options { starts: Some(24), ..Options::default() })
    };
    let report = fit();
    assert!(report.converged && report.starts == 24 && (value(&report, "x") - 0.9).abs() < 1e-9, "{report}");
    assert!(report.reason.contains("of 24 starts ended here"), "{}", report.reason);
    assert_eq!(rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(fit), report);
}

#[test]
fn a_loss_without_a_value_at_its_start_and_parameters_that_clash_are_errors() {
    let fit = |parameters: &[Parameter]| {
        fit_loss(&|| Loss(|_: &[f64]| (f64::NAN, vec![0.0])), None, parameters, None, &Options::default(), &mut |_| ())
    };
    let error = fit(&[Parameter::new("a")]).unwrap_err().to_string();
    assert_eq!(error, "the model cannot be evaluated at the start: the loss is NaN");
    assert!(matches!(fit(&[Parameter::new("a"), Parameter::new("a")]), Err(FitError::Parameter { .. })));
}
