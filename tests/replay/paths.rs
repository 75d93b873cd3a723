//! From one path to ten thousand: what is recorded, what is interpreted, and that it makes no difference.

use std::fmt::Write as _;

use evalgrad::{Road, Settings, Tier};

use super::same::{Comparison, Precision, assert_same, batch, call, engine, parse};

/// Lane i goes around `i mod paths` times.
const LENGTHS: &str = "(let loop ((i (exact k)) (s x)) (if (<= i 0) s (loop (- i 1) (* 0.5 (+ s a)))))";

#[test]
fn as_many_paths_as_lanes() {
    for count in [1, 2, 50, 100, 500] {
        for way in (Comparison { is_short: true, ..Comparison::new(LENGTHS, count) }).run() {
            assert!(way.recorded + way.interpreted >= count, "{count}: {way:?}");
            assert_eq!(way.interpreted, way.without_path, "nothing fails here: {way:?}");
            assert!(count > 64 || way.interpreted == 0, "{count}: {way:?}");
        }
    }
}

/// Every lane ends at a place of its own in a table of rules; none is worth a recording for long.
#[test]
fn ten_thousand_paths() {
    let text = "(let ((n (exact k))) (let loop ((n n) (s x)) (if (= n 0) s (loop (quotient n 2) (if (even? n) (* s 0.9) (+ s a))))))";
    let comparison = Comparison { is_short: true, is_too_large: true, ..Comparison::new(text, 10_000) };
    let way = comparison.on(Road::Direct, Precision::F32);
    assert!(way.without_path > 9_000 && way.interpreted == way.without_path, "{way:?}");
    assert!(way.recorded < 1_000, "{way:?}");
}

/// Ten thousand paths that branches make, most of which share their sections.
#[test]
fn paths_that_share_sections() {
    let mut text = "(let* ((s x)".to_owned();
    for bit in 0..14 {
        let _ = write!(text, " (s (if (< (sin (* k {bit}.7)) 0.) (* 0.9 s) (+ s (* a 0.{bit}))))");
    }
    text.push_str(") s)");
    let way = Comparison { is_short: true, ..Comparison::new(&text, 10_000) }.on(Road::Direct, Precision::F64);
    assert!(way.interpreted > 0 || way.recorded > 14, "{way:?}");
}

/// Lanes with a path of their own among many that share one.
#[test]
fn a_few_paths_of_their_own() {
    let text = "(let loop ((i (if (< u1 0.9) 3 (exact n1))) (s x)) (if (<= i 0) s (loop (- i 1) (* 0.5 (+ s a)))))";
    for way in Comparison::new(text, 2000).run() {
        assert!(way.interpreted == 0 && way.recorded <= 14, "{way:?}");
    }
}

/// What one call learns serves the next.
#[test]
fn known_paths_need_no_recording() {
    let engine = engine(Settings::default());
    let program = parse(LENGTHS);
    let lanes = |shift: usize| -> Vec<Vec<f64>> {
        let of = |name: &str| {
            let number = |lane: usize| match name {
                "k" => ((lane + shift) % 20) as f64,
                _ => (lane * 3 + shift) as f64 * 0.125,
            };
            (0..200).map(number).collect()
        };
        program.inputs().iter().map(|input| of(&input.name)).collect()
    };
    for shift in [0, 1, 5, 30] {
        let columns = lanes(shift);
        let run = |tier| {
            let batch = batch(&program, &columns, Precision::F32, Road::Direct, tier);
            call(&engine, &batch, Precision::F32, &["x", "a"]).expect("a call without mistakes")
        };
        let (found, way) = run(Tier::Replay);
        assert_same(&found, &run(Tier::Interpret).0, &columns, LENGTHS);
        assert_eq!(way.recorded > 0, shift == 0, "{way:?}");
        assert_eq!(way.interpreted, 0);
    }
}
