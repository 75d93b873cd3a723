//! Fits of small models as a whole: bounds, robust losses, weights, many starts, progress.

use std::f64::consts::PI;

use super::*;

mod trouble;

/// A model from a closure that gives one row's value and derivatives, or refuses.
struct Rows<F>(usize, F);

impl<F: Fn(&[f64], usize) -> Result<(f64, Vec<f64>), Failure>> Residuals for Rows<F> {
    fn evaluate(&mut self, free: &[f64], jacobian: bool) -> Result<Evaluation, Failure> {
        let mut evaluation = Evaluation::default();
        for row in 0..self.0 {
            let (value, derivatives) = (self.1)(free, row)?;
            evaluation.values.push(value);
            if jacobian {
                evaluation.jacobian.extend(derivatives);
            }
        }
        Ok(evaluation)
    }
}

fn run(
    rows: impl Fn(&[f64], usize) -> Result<(f64, Vec<f64>), Failure> + Sync,
    parameters: &[Parameter],
    observations: &Observations,
    options: &Options,
) -> Result<FitReport, FitError> {
    fit(&|| Rows(observations.len(), &rows), parameters, observations, options, &mut |_| ())
}

fn value(report: &FitReport, name: &str) -> f64 {
    report.parameter(name).unwrap().value
}

fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} for {expected}");
}

/// a·exp(−b·x) at x = row/4.
fn decay(free: &[f64], row: usize) -> Result<(f64, Vec<f64>), Failure> {
    let x = row as f64 / 4.0;
    let e = (-free[1] * x).exp();
    Ok((free[0] * e, vec![e, -free[0] * x * e]))
}

fn decay_data(a: f64, b: f64) -> Observations {
    Observations::new((0..12).map(|row| decay(&[a, b], row).unwrap().0).collect())
}

/// a + b·x at x = row.
fn line(free: &[f64], row: usize) -> Result<(f64, Vec<f64>), Failure> {
    Ok((free[0] + free[1] * row as f64, vec![1.0, row as f64]))
}

fn named(names: &[&str]) -> Vec<Parameter> {
    names.iter().map(|name| Parameter::new(*name)).collect()
}

#[test]
fn exact_data_are_met_to_rounding() {
    let report = run(decay, &named(&["a", "b"]), &decay_data(2.5, 0.7), &Options::default()).unwrap();
    assert!(report.converged, "{report}");
    near(value(&report, "a"), 2.5, 1e-13);
    near(value(&report, "b"), 0.7, 1e-13);
    assert!(report.rss.unwrap() < 1e-28);
}

#[test]
fn active_bounds_hold_and_are_told() {
    let parameters = [Parameter::new("a").start(1.0), Parameter::new("b").start(0.1).bounds(0.0, 0.5)];
    let report = run(decay, &parameters, &decay_data(2.5, 0.7), &Options::default()).unwrap();
    assert!(report.converged, "{report}");
    assert_eq!(value(&report, "b"), 0.5);
    assert!(report.reason.contains("`b` is at its upper bound 0.5"), "{}", report.reason);
    assert_eq!(report.parameter("b").unwrap().std_error, None);
    // The amplitude alone is linear: Σ y·e / Σ e².
    let e = |row| decay(&[1.0, 0.5], row).unwrap().0;
    let y = decay_data(2.5, 0.7).target;
    let best = (0..12).map(|i| y[i] * e(i)).sum::<f64>() / (0..12).map(|i| e(i) * e(i)).sum::<f64>();
    near(value(&report, "a"), best, 1e-12);
    assert!(report.parameter("a").unwrap().std_error.is_some());
}

#[test]
fn bounds_on_the_way_do_not_trap() {
    // The start sits on a bound and the undamped first steps run against another.
    let parameters = [Parameter::new("a").start(0.0).bounds(0.0, 3.0), Parameter::new("b").start(5.0).bounds(0.0, 5.0)];
    let report = run(decay, &parameters, &decay_data(2.5, 0.7), &Options::default()).unwrap();
    near(value(&report, "a"), 2.5, 1e-12);
    near(value(&report, "b"), 0.7, 1e-12);
}

#[test]
fn fixed_parameters_come_last() {
    let parameters =
        [Parameter::new("a").start(2.5).fixed(), Parameter::new("b"), Parameter::new("c").start(3.0).fixed()];
    let half = |free: &[f64], row| decay(&[2.5, free[0]], row).map(|(v, d)| (v, vec![d[1]]));
    let report = run(half, &parameters, &decay_data(2.5, 0.7), &Options::default()).unwrap();
    let names: Vec<&str> = report.parameters.iter().map(|estimate| estimate.name.as_str()).collect();
    assert_eq!(names, ["b", "a", "c"]);
    near(value(&report, "b"), 0.7, 1e-12);
    assert_eq!((report.dof, value(&report, "c")), (Some(11), 3.0));
    let none = |_: &[f64], row: usize| Ok((row as f64, vec![]));
    let report = run(none, &parameters[..1], &decay_data(2.5, 0.7), &Options::default()).unwrap();
    assert!(report.converged && report.reason == "every parameter is fixed", "{report}");
}

#[test]
fn robust_losses_ignore_an_outlier() {
    let mut observations = Observations::new((0..20).map(|x| 1.0 + 2.0 * f64::from(x)).collect());
    observations.target[7] += 100.0;
    let slope = |loss| {
        let options = Options { loss, loss_scale: 0.1, ..Options::default() };
        let report = run(line, &named(&["a", "b"]), &observations, &options).unwrap();
        assert!(report.converged, "{loss:?} {report}");
        (value(&report, "b") - 2.0).abs()
    };
    assert!(slope(Loss::Squared) > 0.1);
    assert!(slope(Loss::Huber) < 2e-3);
    assert!(slope(Loss::SoftL1) < 2e-3);
    assert!(slope(Loss::Cauchy) < 1e-5);
}

#[test]
fn robust_minima_are_stationary() {
    // The mean under a robust loss solves Σ ρ′(r²)·r = 0.
    let observations = Observations::new(vec![0.0, 0.3, 1.0, 1.2, 2.0, 30.0]);
    for loss in [Loss::Huber, Loss::SoftL1, Loss::Cauchy] {
        let options = Options { loss, ..Options::default() };
        let mean = |free: &[f64], _| Ok((free[0], vec![1.0]));
        let report = run(mean, &named(&["m"]), &observations, &options).unwrap();
        let m = value(&report, "m");
        let pull = |y: &f64| loss.rho((m - y).powi(2))[1] * (m - y);
        near(observations.target.iter().map(pull).sum(), 0.0, 1e-9);
        let total: f64 = observations.target.iter().map(|y| loss.rho((m - y).powi(2))[0]).sum();
        near(report.loss, total, 1e-12);
        assert!(report.rss.unwrap() > 700.0 && report.converged, "{report}");
    }
}

#[test]
fn weights_are_those_of_sigma() {
    let observations = Observations { sigma: Some(vec![1.0, 2.0, 0.5]), ..Observations::new(vec![1.0, 4.0, 2.0]) };
    let mean = |free: &[f64], _| Ok((free[0], vec![1.0]));
    let options = Options { absolute_sigma: true, ..Options::default() };
    let report = run(mean, &named(&["m"]), &observations, &options).unwrap();
    near(value(&report, "m"), (1.0 + 4.0 / 4.0 + 2.0 * 4.0) / 5.25, 1e-13);
    near(report.parameter("m").unwrap().std_error.unwrap(), 1.0 / 5.25f64.sqrt(), 1e-13);
}

/// sin(w·x), whose loss has a minimum every few tenths of w.
fn wave(free: &[f64], row: usize) -> Result<(f64, Vec<f64>), Failure> {
    let x = row as f64 / 10.0;
    Ok(((free[0] * x).sin(), vec![x * (free[0] * x).cos()]))
}

#[test]
fn many_starts_find_the_global_minimum_whatever_the_threads() {
    let observations = Observations::new((0..100).map(|row| wave(&[7.3], row).unwrap().0).collect());
    let parameters = [Parameter::new("w").bounds(0.0, 20.0)];
    let fit = || run(wave, &parameters, &observations, &Options::default()).unwrap();
    let report = fit();
    assert_eq!(report.starts, multistart::DEFAULT_STARTS);
    near(value(&report, "w"), 7.3, 1e-12);
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(fit);
    let same = |report: FitReport| FitReport { seconds: 0.0, ..report };
    assert_eq!(same(report), same(alone));
    // One start is the middle of the bounds, which is too far away here.
    let one = Options { starts: Some(1), ..Options::default() };
    let report = run(wave, &parameters, &observations, &one).unwrap();
    assert!((value(&report, "w") - 7.3).abs() > 0.1);
}

#[test]
fn draws_keep_to_the_bounds_and_the_seed() {
    let bounded = Parameter::new("k").bounds(-2.0, 3.0);
    let wide = Parameter::new("k").bounds(1e-6, 1e3);
    let half = Parameter::new("k").bounds(0.0, f64::INFINITY);
    let open = Parameter::new("k").start(-4.0);
    let draws = |parameter: &Parameter, seed| -> Vec<f64> {
        (0..600).map(|i| multistart::draw(parameter, 0, seed, 1 + i / 2, i as u64 % 2)).collect()
    };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    assert!(draws(&bounded, 1).iter().all(|v| (-2.0..=3.0).contains(v)));
    near(mean(&draws(&bounded, 1)), 0.5, 0.2);
    assert_ne!(draws(&bounded, 1), draws(&bounded, 2));
    let logs: Vec<f64> = draws(&wide, 1).iter().map(|v| v.log10()).collect();
    near(mean(&logs), -1.5, 0.4);
    assert!(draws(&half, 1).iter().all(|v| *v >= 0.0));
    near(mean(&draws(&open, 1)), -4.0, 2.0);
    assert_ne!(multistart::draw(&bounded, 0, 1, 1, 0), multistart::draw(&bounded, 1, 1, 1, 0));
}

#[test]
fn progress_counts_and_never_rises() {
    let observations = Observations::new((0..100).map(|row| (row as f64 / 10.0 * PI).sin()).collect());
    let parameters = [Parameter::new("w").start(3.0)];
    let mut seen = Vec::new();
    fit(&|| Rows(100, wave), &parameters, &observations, &Options::default(), &mut |progress| seen.push(progress))
        .unwrap();
    assert!(seen.len() > 2);
    for (index, pair) in seen.windows(2).enumerate() {
        assert_eq!((pair[0].iteration, pair[0].start, pair[0].starts), (index + 1, 1, 1));
        assert!(pair[1].loss <= pair[0].loss && pair[1].best <= pair[1].loss);
    }
}
