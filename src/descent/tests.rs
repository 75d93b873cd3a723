//! The twin on a problem whose answer is known, beside the definition in f64.

use super::twin::{Rows, advance};
use super::*;

/// a + b·x at x = row/10, from two starts; the second one is bounded away from the answer.
fn problem(loss: Loss, iterations: u32) -> (Problem, Vec<Start>) {
    let target: Vec<f64> = (0..50).map(|row| 2.0 + 0.3 * f64::from(row) / 10.0 + 0.01 * f64::from(row).sin()).collect();
    let sigma: Vec<f64> = (0..50).map(|row| 0.5 + f64::from(row % 3)).collect();
    let start = |begin, lower, upper| Start { begin, lower, upper, size: 1.0 };
    let starts = vec![
        start(0.5, f64::NEG_INFINITY, f64::INFINITY),
        start(1.0, 0.0, 5.0),
        start(4.0, 2.5, 5.0),
        start(-1.0, -2.0, 2.0),
    ];
    let measured = Measured::new(&target, Some(&sigma), loss, 0.7);
    (Problem::new(measured, (&starts, 2), 0.05, iterations), starts)
}

fn line(point: &[f32]) -> Rows {
    let x = |row: u16| f32::from(row) / 10.0;
    Rows {
        values: (0..50).map(|row| point[0] + point[1] * x(row)).collect(),
        derivatives: vec![vec![1.0; 50], (0..50).map(x).collect()],
    }
}

#[test]
fn starts_find_the_line_and_keep_their_bounds() {
    for loss in Loss::ALL {
        let (problem, starts) = problem(loss, 600);
        let mut state = State::begin(&starts, 2);
        advance(&problem, &mut state, 700, &mut line);
        assert_eq!(state.going(), 0);
        for (parameter, expected) in [2.0, 0.3].into_iter().enumerate() {
            let found = state.best_at(parameter, 0);
            assert!((found - expected).abs() < 0.02, "{loss:?}: {found} for {expected}");
        }
        assert_eq!(state.best_at(0, 1), 2.5);
        assert!(problem.measured.loss(state.best(0)) < problem.measured.loss(state.best(1)));
    }
}

#[test]
fn a_run_goes_on_from_its_state_as_if_it_never_stopped() {
    let (problem, starts) = problem(Loss::Cauchy, 200);
    let mut whole = State::begin(&starts, 2);
    advance(&problem, &mut whole, 300, &mut line);
    let mut cut = State::begin(&starts, 2);
    advance(&problem, &mut cut, 123, &mut line);
    let mut again = State::from_words(&problem, cut.words().to_vec()).expect("a state");
    advance(&problem, &mut again, 177, &mut line);
    assert_eq!(again, whole);
    assert_eq!(State::from_words(&problem, vec![0; 7]), Err(7));
}

#[test]
fn a_start_without_a_number_stops_where_it_was_best() {
    let (problem, starts) = problem(Loss::Squared, 50);
    let mut state = State::begin(&starts, 2);
    let mut calls = 0;
    advance(&problem, &mut state, 60, &mut |point| {
        calls += 1;
        let mut rows = line(point);
        // The first start's tenth call.
        if calls == 19 {
            rows.values[49] = f32::NAN;
        }
        rows
    });
    assert_eq!([0, 1].map(|start| state.halt(start)), [Halt::Failed, Halt::Steps]);
    assert_eq!((state.steps(0), state.steps(1)), (9, 50));
    assert!(state.best(0)[0].is_finite() && state.best_at(0, 0) > 0.5);
}

#[test]
fn steps_are_those_of_the_definition_in_f64() {
    let (problem, starts) = problem(Loss::SoftL1, 80);
    let mut state = State::begin(&starts, 2);
    advance(&problem, &mut state, 81, &mut line);
    // The same in f64, without a unit anywhere.
    let (mut point, mut mean, mut root, mut known) = ([0.5f64, 1.0], [0.0; 2], [0.0; 2], [0.0; 2]);
    for _ in 0..80 {
        let mut slopes = [0.0; 2];
        for row in 0..50u16 {
            let x = f64::from(row) / 10.0;
            let target = 2.0 + 0.3 * x + 0.01 * f64::from(row).sin();
            let inverse = 1.0 / (0.5 + f64::from(row % 3));
            let residual = (point[0] + point[1] * x - target) * inverse;
            let slope = slope(Loss::SoftL1, residual, inverse, 0.7);
            slopes = [slopes[0] + slope, slopes[1] + slope * x];
        }
        known = adam::known(known[0], known[1]);
        for parameter in 0..2 {
            mean[parameter] = adam::mean(mean[parameter], slopes[parameter], false);
            root[parameter] = adam::root(root[parameter], slopes[parameter]);
            point[parameter] -= 0.05 * adam::direction(mean[parameter], root[parameter], known);
        }
    }
    for (parameter, expected) in point.into_iter().enumerate() {
        let found = state.point(parameter, 0);
        assert!((found - expected).abs() < 1e-5, "{found} for {expected}");
    }
}
