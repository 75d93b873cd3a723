//! Adam on populations whose minima are known, and what the polished fit says of it.

use super::super::{Evaluation, FitReport, Loss, Observations, Options, Residuals, fit_population};
use super::*;

/// A population from a closure that gives one start's loss and writes its gradient; remembers how many starts each call had.
struct Each<F>(F, Vec<usize>);

impl<F: Fn(&[f64], &mut [f64]) -> f64> Population for Each<F> {
    fn evaluate(&mut self, points: &[f64], losses: &mut [f64], gradients: &mut [f64]) -> Result<(), Failure> {
        self.1.push(losses.len());
        let k = points.len() / losses.len();
        for ((point, loss), gradient) in points.chunks(k).zip(losses).zip(gradients.chunks_mut(k)) {
            *loss = (self.0)(point, gradient);
        }
        Ok(())
    }
}

fn each<F: Fn(&[f64], &mut [f64]) -> f64>(loss: F) -> Each<F> {
    Each(loss, Vec::new())
}

fn run(population: &mut dyn Population, free: &[Parameter], begins: &[f64], settings: &Settings) -> Vec<End> {
    let free: Vec<&Parameter> = free.iter().collect();
    descend(population, &free, begins, settings, &mut |_| ()).unwrap()
}

fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} for {expected}");
}

/// (x − 3)² + 10⁴ (y + 2)².
fn bowl(point: &[f64], gradient: &mut [f64]) -> f64 {
    let (x, y) = (point[0] - 3.0, point[1] + 2.0);
    gradient.copy_from_slice(&[2.0 * x, 2e4 * y]);
    x * x + 1e4 * y * y
}

fn two() -> [Parameter; 2] {
    [Parameter::new("x"), Parameter::new("y")]
}

#[test]
fn a_bowl_s_bottom_is_found_from_everywhere_before_the_steps_are_used_up() {
    let mut population = each(bowl);
    let begins = [1.0, 1.0, -10.0, 4.0, 3.0, -2.0, 30.0, -30.0];
    let ends = run(&mut population, &two(), &begins, &Settings { iterations: 5000, ..Settings::default() });
    for end in &ends {
        near(end.free[0], 3.0, 0.05);
        near(end.free[1], -2.0, 0.05);
        assert!(end.halt == Halt::Level && end.steps < 5000, "{end:?}");
        assert_eq!(end.loss, bowl(&end.free, &mut [0.0; 2]));
    }
    // The third began at the bottom, where there is nothing to do; who ended is evaluated no more.
    assert_eq!((ends[2].steps, ends[2].loss), (0, 0.0));
    assert_eq!(population.1[..2], [4, 3]);
    assert!(population.1.is_sorted_by(|a, b| a >= b) && population.1.last() == Some(&1));
    let longest = ends.iter().map(|end| end.steps).max().unwrap();
    assert_eq!(population.1.len(), longest + 1);
}

#[test]
fn a_curved_valley_is_followed() {
    let valley = |p: &[f64], gradient: &mut [f64]| {
        let (slope, side) = (1.0 - p[0], p[1] - p[0] * p[0]);
        gradient.copy_from_slice(&[-2.0 * slope - 400.0 * p[0] * side, 200.0 * side]);
        slope * slope + 100.0 * side * side
    };
    let settings = Settings { iterations: 5000, ..Settings::default() };
    let ends = run(&mut each(valley), &two(), &[-1.2, 1.0, 2.0, -1.0], &settings);
    for end in ends {
        assert!(end.loss < 1e-3, "{end:?}");
        near(end.free[0], 1.0, 0.05);
    }
}

#[test]
fn bounds_hold_and_let_go_when_the_gradient_turns() {
    // The least x is 3, out of reach; y is pushed down to −1 first, and has its minimum at 1 once x is there.
    let turning = |p: &[f64], gradient: &mut [f64]| {
        let (x, pull) = (p[0] - 3.0, if p[0] < 2.0 { 5.0 } else { 0.0 });
        gradient.copy_from_slice(&[2.0 * x, 2.0 * (p[1] - 1.0) + 2.0 * pull]);
        x * x + (p[1] - 1.0 + pull).powi(2)
    };
    let bounded = [Parameter::new("x").start(1.0).bounds(0.0, 2.0), Parameter::new("y").start(1.0).bounds(-1.0, 9.0)];
    let seen = std::cell::RefCell::new((f64::INFINITY, true));
    let watched = |p: &[f64], gradient: &mut [f64]| {
        let mut seen = seen.borrow_mut();
        *seen = (seen.0.min(p[1]), seen.1 && (0.0..=2.0).contains(&p[0]) && (-1.0..=9.0).contains(&p[1]));
        turning(p, gradient)
    };
    let end = run(&mut each(watched), &bounded, &[0.0, 1.0], &Settings::default()).remove(0);
    assert_eq!(end.free[0], 2.0);
    near(end.free[1], 1.0, 0.05);
    assert_eq!(seen.into_inner(), (-1.0, true));
}

#[test]
fn a_start_without_a_number_is_frozen_and_changes_no_other() {
    // The logarithm's loss falls towards 0 and has no number below; the second start steps over the edge, the last is beyond.
    let edge = |p: &[f64], gradient: &mut [f64]| {
        gradient[0] = if p[0] > 0.5 { 2.0 * (p[0] - 4.0) } else { 2.0 };
        if p[0] > 0.5 { (p[0] - 4.0).powi(2) } else { p[0].sqrt() + 20.0 }
    };
    let free = [Parameter::new("x")];
    let ends = run(&mut each(edge), &free, &[9.0, 0.2, 3.0, -1.0], &Settings::default());
    let alone = run(&mut each(edge), &free, &[3.0], &Settings::default());
    assert_eq!(ends[2], alone[0]);
    assert_eq!([0, 1, 2, 3].map(|i: usize| ends[i].halt == Halt::Failed), [false, true, false, true]);
    assert!(ends[1].steps > 0 && ends[1].free[0] > 0.0 && ends[1].loss.is_finite(), "{:?}", ends[1]);
    assert_eq!((ends[3].steps, ends[3].free[0], ends[3].loss), (0, -1.0, f64::INFINITY));
    // A derivative without a number is no better.
    let kink = |p: &[f64], gradient: &mut [f64]| {
        gradient[0] = f64::INFINITY;
        p[0].abs()
    };
    assert_eq!(run(&mut each(kink), &free, &[1.0], &Settings::default())[0].halt, Halt::Failed);
}

#[test]
fn units_of_loss_and_parameters_do_not_matter() {
    let (short, tiny) = (Settings { iterations: 60, ..Settings::default() }, 2f64.powi(-60));
    let plain = run(&mut each(bowl), &two(), &[1.0, 1.0], &short);
    let scaled = |p: &[f64], gradient: &mut [f64]| {
        let loss = tiny * bowl(&[p[0] / tiny, p[1]], gradient);
        gradient[1] *= tiny;
        loss
    };
    let small = [Parameter::new("x").start(tiny), Parameter::new("y")];
    let same = run(&mut each(scaled), &small, &[tiny, 1.0], &short);
    assert_eq!([same[0].free[0] / tiny, same[0].free[1]], plain[0].free[..]);
    assert_eq!((plain[0].steps, plain[0].halt), (60, Halt::Steps));
}

#[test]
fn sizes_come_from_starts_and_bounds() {
    let of = |text: &str, begin: f64| size(&text.parse().unwrap(), begin);
    for (text, expected) in [
        ("k", 1.0),
        ("k=-8", 8.0),
        ("k=0", 1.0),
        ("k=8.9 in [0,20]", 8.9),
        ("k=8.9 in [8,9]", 0.5),
        ("k=0 in [0,20]", 10.0),
        ("k in [-3,5]", 4.0),
        ("k in [5,inf]", 10.0),
        ("k in [1e-6,1e3]", 0.25),
        ("k=2 in [1e-6,1e3]", 0.25),
    ] {
        assert_eq!(of(text, 0.25), expected, "{text}");
    }
}

/// a·exp(−b·x) at x = row/4, as rows for Levenberg and Marquardt's method.
struct Decay(usize);

impl Residuals for Decay {
    fn evaluate(&mut self, free: &[f64], _jacobian: bool) -> Result<Evaluation, Failure> {
        let mut evaluation = Evaluation::default();
        for row in 0..self.0 {
            let x = row as f64 / 4.0;
            let e = (-free[1] * x).exp();
            evaluation.values.push(free[0] * e);
            evaluation.jacobian.extend([e, -free[0] * x * e]);
        }
        Ok(evaluation)
    }
}

/// A fit of [`Decay`] to 2.5·exp(−0.7 x) with one outlier, a single start.
fn decay(options: &Options, settings: &Settings, broken: bool) -> FitReport {
    let mut observations = Observations::new(Decay(12).evaluate(&[2.5, 0.7], true).unwrap().values);
    observations.target[5] += 1.0;
    let charge = super::super::residuals::Charge { observations: &observations, loss: options.loss, scale: 1.0 };
    let mut population = each(|free: &[f64], gradient: &mut [f64]| {
        let Evaluation { values, jacobian } = Decay(12).evaluate(free, true).unwrap();
        let mut loss = if broken { f64::NAN } else { 0.0 };
        gradient.fill(0.0);
        for (row, &value) in values.iter().enumerate() {
            let (share, slope) = charge.share(value, row);
            loss += share;
            gradient[0] += slope * jacobian[2 * row];
            gradient[1] += slope * jacobian[2 * row + 1];
        }
        loss
    });
    let parameters = [Parameter::new("a"), Parameter::new("b").start(0.1)];
    let population = (&mut population as &mut dyn Population, settings);
    fit_population(&|| Decay(12), population, &parameters, &observations, options, &mut |_| ()).unwrap()
}

#[test]
fn the_polished_answer_is_that_of_levenberg_and_marquardt_under_any_loss() {
    for loss in [Loss::Squared, Loss::Cauchy] {
        let options = Options { loss, ..Options::default() };
        let mut observations = Observations::new(Decay(12).evaluate(&[2.5, 0.7], true).unwrap().values);
        observations.target[5] += 1.0;
        let parameters = [Parameter::new("a"), Parameter::new("b").start(0.1)];
        let lm = super::super::fit(&|| Decay(12), &parameters, &observations, &options, &mut |_| ()).unwrap();
        let adam = decay(&options, &Settings::default(), false);
        assert!(adam.converged && lm.converged, "{adam}");
        for (ours, theirs) in adam.parameters.iter().zip(&lm.parameters) {
            near(ours.value, theirs.value, 1e-9);
            near(ours.std_error.unwrap(), theirs.std_error.unwrap(), 1e-8);
        }
        assert!(adam.reason.contains("until the loss no longer fell, and Levenberg–Marquardt"), "{}", adam.reason);
    }
}

#[test]
fn convergence_is_never_adam_s_and_steps_are_counted_together() {
    let settings = Settings { iterations: 7, ..Settings::default() };
    let polished = decay(&Options::default(), &settings, false);
    assert!(polished.converged && polished.iterations > 7, "{polished}");
    let cut = decay(&Options { iterations: 1, ..Options::default() }, &settings, false);
    assert!(!cut.converged, "{cut}");
    assert_eq!((cut.iterations, cut.starts), (8, 1));
    assert!(cut.reason.contains("Adam made 7 steps, which is all it had, and Levenberg–Marquardt 1"), "{}", cut.reason);
    // Where Adam could not begin, the answer is Levenberg and Marquardt's alone.
    let alone = decay(&Options::default(), &settings, true);
    assert!(alone.converged && alone.reason.contains("Adam made 0 steps"), "{alone}");
}

#[test]
fn draws_are_the_seed_s_and_the_best_of_their_number() {
    let free = [Parameter::new("x").bounds(-20.0, 20.0), Parameter::new("y").start(1.0)];
    let free: Vec<&Parameter> = free.iter().collect();
    let mut population = each(bowl);
    let mut drawn = |seed, starts| begins(&mut population, &free, (seed, starts)).unwrap();
    let (eight, nine) = (drawn(1, 8), drawn(1, 9));
    assert_eq!(eight[..2], [0.0, 1.0]);
    assert_eq!(nine[..16], eight[..]);
    assert_ne!(drawn(2, 8), eight);
    for (start, point) in eight.chunks(2).enumerate().skip(1) {
        let loss = bowl(point, &mut [0.0; 2]);
        for number in 0..DRAWS {
            let other = [0, 1].map(|index| draw(free[index], index, 1, start, number));
            assert!(loss <= bowl(&other, &mut [0.0; 2]));
        }
    }
    let calls = population.1.len();
    assert_eq!(begins(&mut population, &free, (1, 1)).unwrap(), [0.0, 1.0]);
    assert_eq!(population.1.len(), calls);
}

type Formula = fn(&[f64], &mut [f64]) -> f64;

/// A population that says it can make whole runs: it can, or finds that it cannot after all.
struct Able {
    each: Each<Formula>,
    can: bool,
    asked: usize,
}

impl Population for Able {
    fn evaluate(&mut self, points: &[f64], losses: &mut [f64], gradients: &mut [f64]) -> Result<(), Failure> {
        self.each.evaluate(points, losses, gradients)
    }

    fn whole(&mut self, _starts: usize) -> Result<Option<&mut dyn Whole>, Failure> {
        Ok(Some(self))
    }
}

impl Whole for Able {
    fn losses(&mut self, _free: &[&Parameter], _points: &[f64], losses: &mut [f64]) -> Result<bool, Failure> {
        self.asked += 1;
        losses.fill(7.0);
        Ok(self.can)
    }

    fn descend(
        &mut self,
        _free: &[&Parameter],
        begins: &[f64],
        _settings: &Settings,
        _progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Option<Vec<End>>, Failure> {
        self.asked += 1;
        let end = End { free: begins.to_vec(), loss: 7.0, steps: 3, halt: Halt::Level };
        Ok(self.can.then(|| vec![end]))
    }
}

#[test]
fn whole_runs_are_somebody_else_s_unless_they_cannot_after_all() {
    let (free, settings) = (two(), Settings { iterations: 5, ..Settings::default() });
    let free: Vec<&Parameter> = free.iter().collect();
    for can in [true, false] {
        let mut able = Able { each: Each(bowl, Vec::new()), can, asked: 0 };
        let begun = begins(&mut able, &free, (1, 3)).unwrap();
        assert_eq!((able.asked, able.each.1.len()), (DRAWS as usize, if can { 0 } else { DRAWS as usize }));
        let ends = descend(&mut able, &free, &begun, &settings, &mut |_| ()).unwrap();
        assert_eq!(able.asked, DRAWS as usize + 1);
        if can {
            assert_eq!((ends.len(), ends[0].steps), (1, 3));
        } else {
            assert_eq!(begun, begins(&mut each(bowl), &free, (1, 3)).unwrap());
            assert_eq!(ends, descend(&mut each(bowl), &free, &begun, &settings, &mut |_| ()).unwrap());
        }
    }
}
