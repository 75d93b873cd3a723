//! Lanes of one path beside each other: from the second call on, with the same bits.

use std::time::Duration;

use evalgrad::Tier;
use evalgrad::engine::Prepared;
use evalgrad::{Batch, Road, Settings};
use rayon::ThreadPoolBuilder;

use super::same::{Answers, Precision, assert_same, batch, bits, call, columns, engine, parse};

/// Thirteen leaves that an input chooses; one fails, one is an Int, one is a list.
const LEAVES: &str = "(if (< n 6.) (if (< n 3.) (if (< n 1.) (* a (sin x)) (if (< n 2.) (+ x (* b a)) (exp (* a 0.1))))
    (if (< n 4.) (cos (* b x)) (if (< n 5.) 7 (* x x a))))
    (if (< n 9.) (if (< n 7.) (/ a (+ 9. x)) (if (< n 8.) (car x) (- (* a b) x)))
    (if (< n 11.) (if (< n 10.) (tanh (* a x)) (+ a (* b (cos x)))) (if (< n 12.) (list a) (sqrt (+ 40. (* x a)))))))";

/// Every leaf a Float.
const FLOATS: &str = "(let ((leaf (lambda (k) (* (+ k a) (sin (+ x (* b k)))))))
    (if (< n 6.) (if (< n 3.) (if (< n 1.) (leaf 1.) (if (< n 2.) (exp (* 0.1 a)) (tanh (* b x))))
    (if (< n 4.) (cos (* b x)) (if (< n 5.) (* x x a) (leaf 2.))))
    (if (< n 9.) (if (< n 7.) (/ a (+ 9. x)) (if (< n 8.) (- b (* 2. a)) (- (* a b) x)))
    (if (< n 11.) (if (< n 10.) (tanh (* a x)) (+ a (* b (cos x)))) (if (< n 12.) (* b b) (sqrt (+ 40. (* x a))))))))";

/// Three to eight times around, until it converges.
const NEWTON: &str = "(let ((c (+ 0.004 (* u 0.946)))) (let loop ((x 1.)) (let ((next (* 0.5 (+ x (/ c x)))))
    (if (> (abs (- next x)) (* 1e-5 next)) (loop next) next))))";

fn in_pool<T: Send>(threads: usize, run: impl FnOnce() -> T + Send) -> T {
    ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool").install(run)
}

/// What a pass left behind, every NaN as the same one.
fn left<F: evalgrad::engine::Precision>(prepared: &Prepared<'_, F>, wanted: usize) -> Vec<Vec<u64>> {
    let column = |numbers: &[F]| numbers.iter().map(|number| bits(number.wide())).collect();
    let gradients = (0..wanted).map(|index| column(prepared.gradient_by(index)));
    std::iter::once(column(prepared.values())).chain(gradients).collect()
}

/// Calls of an engine, the later ones in an order of their own, against the tier `interpret`.
fn every_call(text: &str, lanes: usize, precision: Precision) {
    let program = parse(text);
    let columns = columns(&program, lanes);
    let wrt: Vec<&str> = program.inputs().iter().map(|input| &*input.name).collect();
    let bound = |tier| batch(&program, &columns, precision, Road::Direct, tier);
    let interpreted: Answers =
        call(&engine(Settings::default()), &bound(Tier::Interpret), precision, &wrt).expect("a call").0;
    for threads in [1, 2] {
        let engine = engine(Settings::default());
        for _ in 0..4 {
            let (found, _) = in_pool(threads, || call(&engine, &bound(Tier::Replay), precision, &wrt)).expect("a call");
            assert_same(&found, &interpreted, &columns, text);
        }
    }
}

#[test]
fn every_call_has_the_same_bits() {
    for (text, lanes) in [(LEAVES, 3000), (NEWTON, 2600), (FLOATS, 1500)] {
        every_call(text, lanes, Precision::F32);
    }
    every_call(LEAVES, 2049, Precision::F64);
    // So many that some of them are looked at first.
    every_call(FLOATS, 66_000, Precision::F32);
}

/// Other columns for as many lanes: the order of those before is wrong for them.
#[test]
fn an_order_of_other_lanes() {
    let engine = engine(Settings::default());
    let program = parse(LEAVES);
    let all = columns(&program, 4000);
    for shift in [0, 0, 0, 777, 777, 777, 1, 0] {
        let columns: Vec<Vec<f64>> = all.iter().map(|column| column[shift..shift + 2000].to_vec()).collect();
        let run = |tier| {
            call(&engine, &batch(&program, &columns, Precision::F32, Road::Direct, tier), Precision::F32, &["a", "x"])
        };
        assert_same(&run(Tier::Replay).expect("a call").0, &run(Tier::Interpret).expect("a call").0, &columns, LEAVES);
    }
}

/// That lanes do run in an order of their own, and that it spares most of what is wasted.
#[test]
fn lanes_are_ordered_where_that_helps() {
    for (text, lanes) in [(LEAVES, 20_000), (FLOATS, 4000), (NEWTON, 20_000)] {
        let program = parse(text);
        let columns = columns(&program, lanes);
        let engine = engine(Settings::default());
        let bound = |tier| batch(&program, &columns, Precision::F32, Road::Direct, tier);
        let wrt: Vec<&str> = program.inputs().iter().map(|input| &*input.name).collect();
        let mut interpreted = engine.prepare::<f32>(&bound(Tier::Interpret), &wrt).expect("lanes");
        interpreted.gradient();
        let mut prepared = engine.prepare::<f32>(&bound(Tier::Replay), &wrt).expect("lanes");
        // A pass that records much does not show what is wasted; the one after it does.
        let mut before: f64 = 0.0;
        for pass in 0..2 {
            prepared.gradient();
            assert!(pass > 0 || prepared.ordered() == 0);
            before = before.max(if prepared.ordered() == 0 { prepared.effort().waste_ratio() } else { 0.0 });
        }
        for pass in 0..4 {
            if pass == 2 {
                prepared.forward()
            } else {
                prepared.gradient()
            }
            assert_eq!(prepared.ordered(), lanes, "{text}, pass {pass}");
            let after = prepared.effort().waste_ratio();
            assert!(before > 1.0 && after < 0.5 * before, "{before} {after}: {text}");
            assert_eq!(left(&prepared, wrt.len()), left(&interpreted, wrt.len()), "{text}, pass {pass}");
        }
    }
}

#[test]
fn lanes_that_stay_together_keep_their_order() {
    let program =
        parse("(let loop ((i 0) (s x)) (if (= i 5) (if (< s 1e9) s 0.) (loop (+ i 1) (* 0.5 (+ s (sin a))))))");
    let columns = columns(&program, 3000);
    let engine = engine(Settings::default());
    let bound = batch(&program, &columns, Precision::F32, Road::Direct, Tier::Replay);
    let mut prepared = engine.prepare::<f32>(&bound, &["a"]).expect("lanes");
    for _ in 0..3 {
        prepared.gradient();
        assert_eq!((prepared.ordered(), prepared.effort().spent > 0), (0, true));
    }
}

/// A quarter of the values' distance to 1, squared, and its slopes.
fn charge(first: usize, values: &[f32], slopes: &mut [f64]) -> f64 {
    let residual = |index: usize, value: f32| f64::from(value) - 1.0 - 1e-3 * ((first + index) % 7) as f64;
    slopes
        .iter_mut()
        .zip(values)
        .enumerate()
        .for_each(|(index, (slope, &value))| *slope = 0.5 * residual(index, value));
    values.iter().enumerate().map(|(index, &value)| 0.25 * residual(index, value).powi(2)).sum()
}

/// Sums at points: those of a first pass, which knows no order, against those of later ones.
#[test]
fn sums_do_not_depend_on_the_order() {
    let (rows, starts) = (700, 12);
    let program = parse(FLOATS);
    let columns = columns(&program, rows);
    let bound = batch(&program, &columns, Precision::F32, Road::Direct, Tier::Replay);
    let engine = engine(Settings::default());
    let points = |shift: usize| -> Vec<f64> {
        (0..2 * starts).map(|index| 0.3 + 0.1 * ((index * 5 + shift) % 24) as f64).collect()
    };
    let reduce = |prepared: &mut Prepared<'_, f32>, points: &[f64]| {
        let (mut losses, mut gradients) = (vec![9.0; points.len() / 2], vec![9.0; points.len()]);
        prepared.reduce(points, &charge, &mut losses, &mut gradients);
        losses.iter().chain(&gradients).map(|&number| bits(number)).collect::<Vec<u64>>()
    };
    // A pass of its own in the order of the rows.
    let alone = |points: &[f64]| {
        let mut prepared = engine.prepare::<f32>(&bound, &["a", "b"]).expect("lanes");
        let found = reduce(&mut prepared, points);
        assert_eq!(prepared.ordered_in_sums(), 0);
        found
    };
    for threads in [1, 2] {
        in_pool(threads, || {
            let mut prepared = engine.prepare::<f32>(&bound, &["a", "b"]).expect("lanes");
            let mut ordered = Vec::new();
            for pass in 0..6 {
                assert_eq!(reduce(&mut prepared, &points(pass)), alone(&points(pass)), "pass {pass}");
                ordered.push(prepared.ordered_in_sums());
            }
            assert_eq!(ordered[0], 0);
            assert_eq!(ordered[4..], [starts * rows; 2], "{ordered:?}");
            // Starts end: the others go on in what is left of the order.
            for left in [11, 7, 2] {
                let points = &points(1)[..2 * left];
                assert_eq!(reduce(&mut prepared, points), alone(points));
                assert_eq!(prepared.ordered_in_sums(), left * rows);
            }
            // Others begin: as many as before in the order of before, more of them in one that is made now.
            let again = &points(2)[..2 * starts];
            assert_eq!(reduce(&mut prepared, again), alone(again));
            assert_eq!(prepared.ordered_in_sums(), starts * rows);
            let more: Vec<f64> = [points(3), points(4)].concat();
            let ordered = [(); 3].map(|()| {
                assert_eq!(reduce(&mut prepared, &more), alone(&more));
                prepared.ordered_in_sums()
            });
            assert_eq!(ordered, [0, 2 * starts * rows, 2 * starts * rows]);
        });
    }
}

/// The sum over the next power of two of places, by halves.
fn by_halves(mut numbers: Vec<f64>) -> f64 {
    numbers.resize(numbers.len().next_power_of_two(), 0.0);
    while numbers.len() > 1 {
        let high = numbers.split_off(numbers.len() / 2);
        numbers.iter_mut().zip(high).for_each(|(low, high)| *low += high);
    }
    numbers[0]
}

/// Programs with large matrices run in blocks of fewer lanes than a stretch of the sums has: the sums are those of the stretches.
#[test]
fn sums_of_narrow_blocks() {
    let text = "(let ((m (+ (scale 2. (eye 12)) (scale (* 0.01 a) (ones 12 12))))) (+ (* b x) (ref (matmul m (scale x m)) 0 1)))";
    let (rows, program, engine) = (2 * 512 + 37, parse(text), engine(Settings::default()));
    let x: Vec<f32> = (0..rows).map(|row| 0.5 + (row * 7 % 64) as f32 / 64.0).collect();
    let bound = |a: f64, b: f64| {
        let batch = Batch::new(&program, rows).tier(Tier::Replay).bind("a", a).and_then(|batch| batch.bind("b", b));
        batch.and_then(|batch| batch.bind("x", x.as_slice())).expect("inputs of the program")
    };
    let points = [0.5, 1.25, 1.5, -0.75];
    let (mut losses, mut gradients) = ([9.0; 2], [9.0; 4]);
    let batch = bound(1.0, 1.0);
    let mut sums = engine.prepare::<f32>(&batch, &["a", "b"]).expect("lanes");
    sums.reduce(&points, &charge, &mut losses, &mut gradients);
    assert_eq!(sums.way().interpreted, 0);
    for (index, point) in points.chunks(2).enumerate() {
        let batch = bound(point[0], point[1]);
        let mut lanes = engine.prepare::<f32>(&batch, &["a", "b"]).expect("lanes");
        lanes.gradient();
        let (mut loss, mut gradient) = (0.0, [0.0; 2]);
        for (stretch, values) in lanes.values().chunks(512).enumerate() {
            let mut slopes = vec![0.0; values.len()];
            loss += charge(stretch * 512, values, &mut slopes);
            for (wanted, sum) in gradient.iter_mut().enumerate() {
                let bars = &lanes.gradient_by(wanted)[stretch * 512..];
                *sum += by_halves(slopes.iter().zip(bars).map(|(slope, &bar)| slope * f64::from(bar)).collect());
            }
        }
        assert!(loss > 0.0 && gradient.iter().all(|&sum| sum != 0.0));
        assert_eq!((losses[index], &gradients[2 * index..][..2]), (loss, &gradient[..]), "{point:?}");
    }
}

/// Groups one after another in the same memory, the last one shorter, and what is said of them.
#[test]
fn sums_in_several_groups() {
    let (rows, most) = (3000, 1 << 18);
    let starts = most / rows + 20;
    let program = parse(FLOATS);
    let columns = columns(&program, rows);
    let bound = batch(&program, &columns, Precision::F32, Road::Direct, Tier::Replay);
    let engine = engine(Settings::default());
    let mut prepared = engine.prepare::<f32>(&bound, &["a", "b"]).expect("lanes");
    let points: Vec<f64> = (0..2 * starts).map(|index| 0.3 + 0.1 * ((index * 5) % 24) as f64).collect();
    let mut first: Option<Vec<u64>> = None;
    for pass in 0..6 {
        let (mut losses, mut gradients) = (vec![9.0; starts], vec![9.0; 2 * starts]);
        prepared.reduce(&points, &charge, &mut losses, &mut gradients);
        assert!(losses.iter().all(|loss| loss.is_finite()));
        let found: Vec<u64> = losses.iter().chain(&gradients).map(|&number| bits(number)).collect();
        assert_eq!(&found, first.get_or_insert(found.clone()), "pass {pass}");
        let (way, effort) = (prepared.way(), prepared.effort());
        assert!(effort.spent > 0 && prepared.recording() > Duration::ZERO, "pass {pass}");
        assert_eq!(way.recorded > 0, pass == 0, "pass {pass}: {way:?}");
        if pass >= 4 {
            assert_eq!([prepared.ordered_in_sums(), prepared.ordered()], [starts * rows; 2], "pass {pass}");
            assert!(way.bytes_per_lane > 0 && effort.needed > 0, "pass {pass}: {way:?}");
        }
    }
}
