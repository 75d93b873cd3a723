//! Memory: where a run is cut and what it keeps changes no bit, and a long run needs little.

use evalgrad::{Budgets, Program, Road, Settings, Tier};

use super::same::{Comparison, PRECISIONS, Precision, batch, columns, engine, parse};

/// A rollout whose body has a branch: two springs, one on each side.
fn rollout(steps: usize) -> String {
    format!(
        "(let loop ((i 0) (x x) (v 0.))
           (if (= i {steps}) (+ (* x x) v)
               (let* ((force (if (< x 0.) (* a x) (* 2. (* a x)))) (v (- v (* 0.01 (+ force (* b v))))))
                 (loop (+ i 1) (+ x (* 0.01 v)) v))))"
    )
}

fn names(program: &Program) -> Vec<&str> {
    program.inputs().iter().map(|input| &*input.name).collect()
}

fn bits(values: impl Iterator<Item = f64>) -> Vec<u64> {
    values.map(|value| if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() }).collect()
}

/// Values and gradients of one pass, and the bytes a lane took.
fn pass(
    settings: Settings,
    program: &Program,
    columns: &[Vec<f64>],
    (precision, tier): (Precision, Tier),
    memory: Option<(usize, usize)>,
) -> (Vec<Vec<u64>>, usize) {
    let engine = engine(settings);
    let batch = batch(program, columns, precision, Road::Direct, tier);
    let wrt = names(program);
    macro_rules! pass {
        ($float:ty) => {{
            let mut prepared = engine.prepare::<$float>(&batch, &wrt).expect("a batch without mistakes");
            if let Some((bytes, capacity)) = memory {
                prepared.memory(bytes, capacity);
            }
            prepared.gradient();
            let mut found = vec![bits(prepared.values().iter().map(|&value| f64::from(value)))];
            for wanted in 0..wrt.len() {
                found.push(bits(prepared.gradient_by(wanted).iter().map(|&value| f64::from(value))));
            }
            prepared.forward();
            assert_eq!(bits(prepared.values().iter().map(|&value| f64::from(value))), found[0]);
            (found, prepared.way().bytes_per_lane)
        }};
    }
    match precision {
        Precision::F32 => pass!(f32),
        Precision::F64 => pass!(f64),
    }
}

/// Bytes that a lane may show: what was asked for snapshots, one for each time the rest is halved, and the arena.
fn most(memory: usize, capacity: usize, lanes: usize, state: usize) -> usize {
    memory + 2 * (capacity + 200 * lanes.next_multiple_of(16)) * 8 / lanes + 40 * state
}

#[test]
fn cuts_change_nothing() {
    let text = rollout(2000);
    for (precision, lanes) in PRECISIONS.into_iter().flat_map(|precision| [1, 40].map(|lanes| (precision, lanes))) {
        let program = parse(&text);
        // Few sign patterns: the amplitude does not change them.
        let mut columns = columns(&program, lanes);
        for (input, column) in program.inputs().iter().zip(&mut columns) {
            let number = |lane: usize| match &*input.name {
                "x" => [1.0, -1.0][lane % 2] * (1.0 + lane as f64 / 8.0),
                "a" => [1.5, 2.0][lane / 2 % 2],
                _ => 0.125,
            };
            *column = (0..lanes).map(number).collect();
        }
        let run = |tier, memory| pass(Settings::default(), &program, &columns, (precision, tier), memory);
        let (wanted, _) = run(Tier::Interpret, None);
        assert_eq!(run(Tier::Replay, None).0, wanted, "{precision:?}, {lanes} lanes");
        for capacity in [1 << 10, 1 << 12, 1 << 15, 1 << 18] {
            for memory in [64, 1 << 10, 16 << 10, 64 << 10] {
                let (found, bytes) = run(Tier::Replay, Some((memory, capacity)));
                assert_eq!(found, wanted, "{precision:?}, {lanes} lanes, {memory} bytes, capacity {capacity}");
                let most = most(memory, capacity, lanes, 2 * 8 * lanes.next_multiple_of(16) / lanes);
                assert!(bytes <= most, "{precision:?}, {lanes} lanes, {memory}, {capacity}: {bytes} > {most}");
            }
        }
    }
}

/// What a loop carries along as it is, what it carries twice, and parts of that: cut anywhere, with branches and without.
#[test]
fn cuts_of_what_is_carried() {
    let loops = [
        // A weight that never changes, and the state before.
        "(+ i 1) w next v (+ s (dot v before))",
        // A state twice, then a part of it and all of it the other way round.
        "(+ i 1) w next next (+ s (dot w next))",
        "(+ i 1) w (vec (ref next 1) (ref next 2) (ref next 3) (ref w 1)) next (+ s (ref v 0))",
        "(+ i 1) (if (< i 7) next w) (vec (ref next 3) (ref next 2) (ref next 1) (ref next 0)) next (+ s (dot w before))",
    ];
    let steps =
        ["(+ (* 0.5 v) (* 0.25 (* w before)))", "(if (< (ref v 0) 0.1) (+ (* 0.3 v) w) (- (* 0.6 v) (* 0.1 before)))"];
    for (again, step) in loops.into_iter().flat_map(|again| steps.map(|step| (again, step))) {
        let text = format!(
            "(let loop ((i 0) (w (vec x a u1 (* x a))) (v (vec x u1 a x)) (before (vec a a x x)) (s 0.))
               (if (= i 50) (+ s (dot v before)) (let ((next {step})) (loop {again}))))"
        );
        for precision in PRECISIONS {
            let program = parse(&text);
            let columns = columns(&program, 70);
            let run = |tier, memory| pass(Settings::default(), &program, &columns, (precision, tier), memory).0;
            let wanted = run(Tier::Interpret, None);
            assert!(wanted[0].iter().any(|&value| value != f64::NAN.to_bits()), "{text}");
            assert!(run(Tier::Replay, None) == wanted, "{text}, {precision:?}");
            for (memory, capacity) in
                [(64, 1 << 10), (1 << 10, 1 << 12), (1 << 16, 1 << 12), (1 << 16, 1 << 14), (0, 1)]
            {
                let found = run(Tier::Replay, Some((memory, capacity)));
                assert!(found == wanted, "{text}, {precision:?}, {memory} bytes, capacity {capacity}");
            }
        }
    }
}

/// What lies between two values that a loop carries dies, they come to touch, and lanes that parted meet: their adjoints are all there.
#[test]
fn cuts_of_what_comes_to_touch() {
    let text = "(define v (vec (* a 0.5) (* b 0.25) (* b 0.125)))
        (let first ((i 0) (x x) (p p) (u1 x) (u2 p) (u3 a) (u4 b) (u5 d) (u6 x))
          (if (< i 800)
              (let ((p (+ p d)))
                (first (+ i 1)
                  (if (> (sin p) 0.05)
                      (+ 0.5 (+ (ref v 1) (* (* (ref v 0) 0.5) (sin x))))
                      (- (* x (ref v 2)) (ref v 1)))
                  p (* u1 0.9) (* u2 0.8) (* 0.7 u3) (* u4 0.9) (* u5 0.9) (+ (ref v 2) (* u6 0.5))))
              (let second ((j 0) (x (+ x (+ u1 (+ u2 (+ u3 (+ u4 (+ u5 u6))))))) (p p))
                (if (< j 200)
                    (let ((p (+ p d)))
                      (second (+ j 1)
                        (if (> (sin p) 0.05)
                            (+ 0.5 (* (ref v 0) (sin (* x (ref v 2)))))
                            (- (* (* x (ref v 2)) 0.9) (ref v 0)))
                        p))
                    x))))";
    let program = parse(text);
    let number = |name: &str, lane: usize| {
        let (factor, low, high) = match name {
            "a" => (11, 0.5, 1.0),
            "b" => (29, 0.5, 2.0),
            "x" => (7, 0.5, 1.0),
            "p" => (53, -3.0, 3.0),
            _ => (37, 0.1, 1.5),
        };
        low + (high - low) * (lane * factor % 512) as f64 / 512.0
    };
    let run = |lanes: usize, tier, memory| {
        let column = |name: &str| (0..lanes).map(|lane| number(name, lane)).collect();
        let columns: Vec<Vec<f64>> = program.inputs().iter().map(|input| column(&input.name)).collect();
        pass(Settings::default(), &program, &columns, (Precision::F32, tier), memory).0
    };
    let wanted = run(8, Tier::Interpret, None);
    for memory in [None, Some((1 << 10, 1 << 15)), Some((4 << 10, 1 << 15))] {
        let found = run(512, Tier::Replay, memory);
        for (found, wanted) in found.iter().zip(&wanted) {
            assert_eq!(found[..8], wanted[..], "{memory:?}");
        }
    }
}

/// Lanes that part, pack together and meet again, cut anywhere; some have no Float, some fail.
#[test]
fn cuts_of_lanes_that_part() {
    let texts = [
        "(let loop ((i 0) (y x)) (if (= i 40) y (loop (+ i 1) (if (< (sin (* 3. y)) -0.95) (* y (+ 0.9 (* 0.1 u1))) (+ (* 0.98 y) (* 0.1 a))))))",
        "(define (root y) (if (< (abs (- (* y y) p1)) 1e-4) y (root (* 0.5 (+ y (/ p1 y)))))) (root (* 50. p1))",
        "(let loop ((i 0.) (s x)) (if (< i (* 3. n1)) (loop (+ i 1.) (if (< s a) (+ s (sin (* x u1))) (* 0.5 (cos s)))) (+ s x)))",
        "(let loop ((i 0.) (xs (list x a))) (if (< i n1) (loop (+ i 1.) (cons (* (car xs) (cos (cadr xs))) xs)) (if (< u1 0.1) xs (if (< u2 0.05) (error \"no\" x) (apply + xs)))))",
        "(define (f n y) (if (<= n 0.) y (+ (* a (sin y)) (f (- n 1.) (if (< y 0.) (+ y u1) (* y 0.5)))))) (f (* 2. n1) x)",
        "(if (< u1 0.02) x (if (< u2 0.5) (* x x) (let loop ((i 0) (y a)) (if (= i 30) (* x y) (loop (+ i 1) (sin (+ y x)))))))",
    ];
    for (text, precision) in texts.into_iter().flat_map(|text| PRECISIONS.map(|precision| (text, precision))) {
        let program = parse(text);
        let columns = columns(&program, 300);
        let run = |tier, memory| pass(Settings::default(), &program, &columns, (precision, tier), memory).0;
        let wanted = run(Tier::Replay, None);
        let interpreted = run(Tier::Interpret, None);
        assert_eq!(wanted[0], interpreted[0], "{text}: values");
        for (found, interpreted) in wanted[1..].iter().zip(&interpreted[1..]) {
            let has_value = |lane: &usize| wanted[0][*lane] != f64::NAN.to_bits();
            for lane in (0..300).filter(has_value) {
                assert_eq!(found[lane], interpreted[lane], "{text}: lane {lane}");
            }
        }
        for (memory, capacity) in [(64, 1 << 10), (64, 1 << 12), (4096, 1 << 11), (1 << 16, 1 << 13), (0, 1)] {
            let found = run(Tier::Replay, Some((memory, capacity)));
            assert!(found == wanted, "{text}, {precision:?}, {memory} bytes, capacity {capacity}");
        }
    }
}

/// A hundred thousand steps: the gradient of one lane is that of its tape, and a lane takes less than 64 KiB.
#[test]
fn a_long_rollout() {
    let text = rollout(100_000);
    let program = parse(&text);
    let budgets = Budgets { tape: 20_000_000, ..Budgets::default() };
    let settings = Settings { budgets, ..Settings::default() };
    let lanes = 64;
    let number = |name: &str, lane: usize| match name {
        "x" => 1.0 + lane as f64 / 8.0,
        "a" => 1.5,
        _ => 0.001,
    };
    let columns = |lanes: usize| -> Vec<Vec<f64>> {
        let column = |name: &str| (0..lanes).map(|lane| number(name, lane)).collect();
        program.inputs().iter().map(|input| column(&input.name)).collect()
    };
    let run = |lanes, tier, memory| pass(settings, &program, &columns(lanes), (Precision::F64, tier), memory);
    let (whole, bytes) = run(lanes, Tier::Replay, Some((32 << 10, 1 << 15)));
    assert!(bytes < 64 << 10, "{bytes}");
    let (half, fewer) = run(lanes, Tier::Replay, Some((16 << 10, 1 << 14)));
    assert!(fewer < bytes, "{fewer} {bytes}");
    assert!(half == whole);
    let (one, _) = run(1, Tier::Interpret, None);
    for (column, one) in whole.iter().zip(&one) {
        assert_eq!(column[0], one[0]);
    }
}

/// What a pass says of its memory is the most that it had, not what was left at its end.
#[test]
fn bytes_are_those_of_the_fullest_moment() {
    let program = parse("(let loop ((i 0) (x x)) (if (= i 3000) x (loop (+ i 1) (+ (sin x) (cos x)))))");
    let engine = engine(Settings::default());
    let batch = batch(&program, &columns(&program, 64), Precision::F64, Road::Direct, Tier::Replay);
    let mut prepared = engine.prepare::<f64>(&batch, &["x"]).expect("a batch without mistakes");
    for capacity in [1 << 14, 1 << 16, 1 << 18] {
        prepared.memory(1000, capacity);
        let full = capacity * 8 / 64;
        prepared.forward();
        let forward = prepared.way().bytes_per_lane;
        assert!((full..full + 4096).contains(&forward), "{capacity}: {forward} of {full}");
        prepared.gradient();
        let gradient = prepared.way().bytes_per_lane;
        assert!((2 * full..2 * full + 8192).contains(&gradient), "{capacity}: {gradient} of {full}");
    }
}

#[test]
fn more_than_a_thousand_values_wait() {
    // Calls that wait hold a number each: blocks get them all.
    let text = "(let f ((n 1300) (y x)) (if (= n 0) y (+ (* a y) (f (- n 1) (* y 0.9)))))";
    let ways = Comparison { is_short: true, is_too_large: true, ..Comparison::new(text, 40) }.run();
    assert!(ways.iter().all(|way| way.interpreted == 0), "{ways:?}");
}
