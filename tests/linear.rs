//! Whole operations against the loops of the library: every lane's bits, value and gradients, whatever its pivots are.
//!
//! The tier `interpret` runs the loops of the library; `replay` records large shapes as operations of their own, which `specialize` makes
//! straight lines of where they are small.

use std::sync::OnceLock;

use evalgrad::expand::Constant;
use evalgrad::program::ProgramOptions;
use evalgrad::{Batch, Device, Engine, ErrorKind, Program, Tier};

/// A number for every lane, between -1 and 1, from a counter.
fn noise(seed: u32, lanes: usize) -> Vec<f32> {
    let number = |lane: usize| {
        let mut word = (lane as u32).wrapping_mul(0x9e37_79b9) ^ seed.wrapping_mul(0x85eb_ca6b);
        for _ in 0..3 {
            word = (word ^ (word >> 16)).wrapping_mul(0x21f0_aaad);
        }
        (word ^ (word >> 15)) as f32 / 2f32.powi(31) - 1.0
    };
    (0..lanes).map(number).collect()
}

/// `[[a0 a1 …] …]` of inputs.
fn matrix(name: &str, rows: usize, columns: usize) -> String {
    let row = |i: usize| {
        let elements: Vec<String> = (0..columns).map(|j| format!("{name}{}", i * columns + j)).collect();
        format!("[{}]", elements.join(" "))
    };
    format!("[{}]", (0..rows).map(row).collect::<Vec<_>>().join(" "))
}

fn engines() -> &'static [Engine; 2] {
    static ENGINES: OnceLock<[Engine; 2]> = OnceLock::new();
    ENGINES.get_or_init(|| [Device::Cpu, Device::Gpu].map(|device| Engine::new(device).expect("an engine")))
}

/// The loops of a program whose inputs are noise, and its replay on the host and on a GPU; all inputs are differentiated by.
fn check(text: &str, lanes: usize, scale: f32) {
    compare(&Program::parse(text).expect("a program"), lanes, scale, &both());
}

fn both() -> [(&'static Engine, &'static str, Tier); 2] {
    let [host, gpu] = engines();
    [(host, "host", Tier::Replay), (gpu, "gpu", Tier::Replay)]
}

/// The same, and a kernel of its own.
fn check_kernel(text: &str, lanes: usize, scale: f32) {
    let [host, gpu] = both();
    let tiers = [host, gpu, (gpu.0, "gpu's kernel", Tier::Specialize)];
    compare(&Program::parse(text).expect("a program"), lanes, scale, &tiers);
}

fn compare(program: &Program, lanes: usize, scale: f32, tiers: &[(&Engine, &str, Tier)]) {
    let text = program.text();
    let names: Vec<String> = program.inputs().iter().map(|input| input.name.to_string()).collect();
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let run = |engine: &Engine, tier: Tier| {
        let mut batch = Batch::new(program, lanes).tier(tier);
        for (seed, name) in names.iter().enumerate() {
            let column: Vec<f32> = noise(seed as u32, lanes).iter().map(|x| x * scale).collect();
            batch = batch.bind(name, column).expect("an input");
        }
        engine.value_and_grad(&batch, &wanted).expect("it runs")
    };
    let loops = run(&engines()[0], Tier::Interpret);
    for &(engine, place, tier) in tiers {
        let whole = run(engine, tier);
        assert_eq!(whole.way.tier, tier, "{text}");
        // Nothing but lanes whose path nobody else takes.
        assert_eq!(whole.way.interpreted, whole.way.without_path, "{text}, {place}");
        assert!(whole.way.interpreted < lanes, "{text}, {place}: {:?}", whole.way);
        let failed = whole.status.iter().filter(|status| !status.is_ok()).count();
        assert!(tier != Tier::Specialize || whole.way.interpreted <= failed, "{text}, {place}: {:?}", whole.way);
        assert_eq!(loops.status, whole.status, "{text}, {place}");
        for lane in 0..lanes {
            let same = |a: f32, b: f32| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
            let (a, b) = (loops.values[lane], whole.values[lane]);
            assert!(same(a, b), "{text}, {place}, lane {lane}: {a} {b}");
            for name in &wanted {
                let (a, b) = (loops.grads[name][lane], whole.grads[name][lane]);
                assert!(same(a, b), "{text}, {place}, lane {lane}, {name}: {a} {b}");
            }
        }
    }
}

/// A number that depends on every element by a factor of its own.
fn weighted(x: &str) -> String {
    format!("(let ((x {x})) (vsum (* x (+ (* x 0.25) 0.7))))")
}

#[test]
fn products() {
    for (rows, inner, columns) in [(4, 4, 4), (5, 3, 7), (8, 9, 1)] {
        let (a, b) = (matrix("a", rows, inner), matrix("b", inner, columns));
        let check = if rows == 4 { check_kernel } else { check };
        check(&weighted(&format!("(matmul {a} {b})")), 70, 2.0);
    }
    check(&weighted(&format!("(matvec {} [v0 v1 v2 v3 2 v5 v6 v7])", matrix("a", 8, 8))), 70, 2.0);
    // One number in several places, and on both sides.
    check_kernel(&weighted(&format!("(let ((a {})) (matmul a a))", matrix("a", 4, 4))), 70, 2.0);
    check(&weighted("(let ((a [[p q r s] [q p s r] [r s p q] [s r q p]])) (matmul a (matmul a a)))"), 70, 2.0);
}

#[test]
fn results_that_the_first_heap_has_no_room_for() {
    let numbers = |count: usize| (0..count).map(|i| (i % 7) as f64 - 2.5).collect();
    let tall = Constant::Matrix { columns: 1, elements: numbers(600) };
    let dominant = (0..24 * 24).map(|i| if i % 25 == 0 { 2.0 } else { 0.01 }).collect();
    let square = Constant::Matrix { columns: 24, elements: dominant };
    let options = ProgramOptions::default().constant("tall", tall).constant("square", square);
    let texts = ["(vsum (matvec tall [p]))", "(* p (vsum (inv square)))", "(* p (vsum (solve square square)))"];
    for text in texts {
        let program = Program::parse_with(text, &options).expect("a program");
        compare(&program, 70, 1.0, &both());
    }
}

#[test]
fn rows_of_equal_operations() {
    let [m, four] = [matrix("a", 4, 4), matrix("b", 4, 4)];
    let product = format!("(let ((p (matmul {m} {four}))) (vsum (* p (+ (* q p) (- (- 2.0 p) (/ p 1.5))))))");
    // Operands that are one number, the same number twice, numbers further on, and inputs.
    let same = "(let ((s (* q r))) (vsum (* (+ (vec s s s s s) (vec s s s s s)) (* (vec s s s s s) (vec s s s s s)))))";
    let further = "(let ((a (sin a0)) (b (sin a1)) (c (sin a2)) (d (sin a3)) (e (sin a4)))
        (vsum (* (- (vec a b c d) (vec b c d e)) (* (vec b c d e) (+ (vec e d c b) (vec a b c d))))))";
    let inputs = "(vsum (- (* (vec a0 a1 a2 a3) (vec q q q q)) (+ (vec q q q q) (vec b0 b1 b2 b3))))";
    check(&format!("(+ {product} {same} {further} {inputs})"), 70, 1.0);
    check(&format!("(let* ((k {same}) (p (matmul {m} (* k {four})))) (* k (vsum (- (+ p p) (* p p)))))"), 70, 1.0);
}

#[test]
fn inverses_and_solutions() {
    for n in [4, 5, 7, 9] {
        let a = matrix("a", n, n);
        let check_small = if n == 4 { check_kernel } else { check };
        check_small(&weighted(&format!("(inv {a})")), 200, 1.0);
        check_small(&weighted(&format!("(solve {a} {})", matrix("b", n, 3))), 70, 1.0);
        check(&weighted(&format!("(let ((a {a})) (matmul (inv a) (solve a (transpose a))))")), 70, 1.0);
    }
    check_kernel(&weighted(&format!("(solve {} [v0 1 v2 v3])", matrix("a", 4, 4))), 200, 1.0);
    // Two elements that are one number.
    check_kernel(&weighted("(inv [[p q r s] [q 2 s r] [r s 3 q] [s r q p]])"), 70, 1.0);
    let shared = "(let ((a [[p q r s] [q 2 s r] [r s 3 q] [s r q p]])) (solve a (transpose [[p q r s] [4 p q r]])))";
    check_kernel(&weighted(shared), 70, 1.0);
}

#[test]
fn determinants() {
    for n in [4, 5, 6, 9] {
        let a = matrix("a", n, n);
        let check = if n == 4 { check_kernel } else { check };
        check(&format!("(let ((a {a})) (+ (det a) (* 3 (logdet (+ a (eye {n}))))))"), 200, 1.0);
    }
}

#[test]
fn lanes_with_a_pivot_of_zero_are_singular() {
    let second: Vec<f32> = (0..100).map(|lane| if lane % 7 == 3 { 1.0 } else { 2.0 + lane as f32 }).collect();
    for (call, status) in [
        ("(vsum (inv a))", Some(ErrorKind::Singular)),
        ("(vsum (solve a [1 2 3 4]))", Some(ErrorKind::Singular)),
        ("(logdet a)", Some(ErrorKind::Singular)),
        ("(det a)", None),
    ] {
        let text = format!("(let ((a [[1 2 3 k] [1 2 3 1] [0 k 1 2] [3 1 0 k]])) {call})");
        let program = Program::parse(&text).expect("a program");
        let [host, gpu] = engines();
        let run = |engine: &Engine, tier: Tier| {
            let batch = Batch::new(&program, 100).tier(tier).bind("k", &second).expect("an input");
            engine.value_and_grad(&batch, &["k"]).expect("it runs")
        };
        let loops = run(host, Tier::Interpret);
        for (engine, tier) in [(host, Tier::Replay), (gpu, Tier::Specialize)] {
            let whole = run(engine, tier);
            assert_eq!(whole.way.tier, tier, "{call}");
            assert!(whole.way.interpreted <= 14, "{call}, {tier}: {:?}", whole.way);
            assert_eq!(loops.status, whole.status, "{call}, {tier}");
            for lane in 0..100 {
                let kind = whole.status[lane].kind();
                assert_eq!(kind, if lane % 7 == 3 { status } else { None }, "{call}, {tier}, lane {lane}");
                let [loops, whole] = [&loops, &whole].map(|answer| answer.grads["k"][lane].to_bits());
                assert!(kind.is_some() || loops == whole, "{call}, {tier}, lane {lane}");
            }
        }
    }
}

#[test]
fn a_loop_of_matrices_is_cut_without_a_trace() {
    let text =
        "(define (run k m) (if (= k 300) (vsum m) (run (+ k 1) (+ (scale .1 (inv (+ m (eye 6)))) (matmul a m)))))
                (define a (scale s (eye 6)))
                (run 0 (* (ones 6 6) q))";
    check(text, 40, 0.3);
}

#[test]
fn adjoints_of_zero_send_nothing_whatever_the_operands_are() {
    // Elements that are infinite, NaN, huge, tiny and −0 in some lanes or in all, beside results that nobody uses, or uses by a factor 0.
    let a = "[[a0 a1 a2 a3] [(/ a4 z) a5 (* 1e38 a6) a7] [a8 (* 1e-38 a9) (- (/ a10 z) (/ a11 z)) a12] [a13 a14 (* z a15) (- z)]]";
    let b =
        "[[b0 b1 (/ b2 z) b3 b4] [b5 (* 1e38 b6) b7 b8 b9] [b10 b11 (* 1e30 b12) b13 b14] [b15 b16 b17 (* z b18) b19]]";
    let with = |body: &str| format!("(let* ((z (* 0. b0)) (a {a}) (b {b})) {body})");
    check_kernel(&with("(let ((c (matmul a b))) (+ (ref c 0 0) (* 2 (ref c 0 4)) (* 0. (ref c 3 3))))"), 70, 1.0);
    check(&with("(let ((c (matmul (transpose b) a))) (+ (ref c 1 0) (* -3 (ref c 4 3))))"), 70, 1e3);
    check(&with("(* 0. (ref (matmul a b) 0 0))"), 70, 1.0);
    // A matrix whose steps grow without bound, and one that a lane's column makes huge.
    let m = "[[1. 2 a0 3] [(* 1e20 a1) 1 2 a2] [0 a3 (* 1e-30 a4) 1] [2 a5 1 (* 3e38 a6)]]";
    for call in
        ["(ref (inv m) 0 0)", "(* 0. (ref (inv m) 1 2))", "(ref (solve m [1 a7 0 2]) 3)", "(det m)", "(logdet m)"]
    {
        check_kernel(&format!("(let ((m {m})) {call})"), 70, 1.0);
    }
}

/// A determinant's gradient is its cofactors, also where it is hardly more than rounding and elimination's last pivot with it.
#[test]
fn determinants_near_zero_have_their_cofactors() {
    let cases = [
        ("(det [[0.1 0.7 0.4 a] [0.3 0.9 0.7 0.7] [0.4 0.7 0.3 0.2] [0.4 1.6 1.1 0.8]])", 0.1, -0.051),
        ("(det [[0.2 0.8 a] [0.7 0.7 0.1] [0.9 1.5 0.2]])", 0.1, 0.42),
        ("(det [[0.7 0.7 0.3 0.2] [0.4 0.8 0.1 0.3] [0.9 0.6 0.9 0.8] [1.1 1.5 0.4 a]])", 0.5, 0.129),
        // Neither the adjoint nor the determinant leaves the range, but their product does.
        ("(* 1e-20 (det [[a 0. 0. 0.] [0. 1. 0.5 0.] [0. 0. 1. 0.] [0. 0. 0. 1.]]))", 1e-28, 1e-20),
    ];
    let [host, gpu] = engines();
    for (text, a, truth) in cases {
        let program = Program::parse(text).expect("a program");
        for (engine, tier) in [(host, Tier::Interpret), (host, Tier::Replay), (gpu, Tier::Replay)] {
            let batch = Batch::new(&program, 3).tier(tier).bind("a", vec![a; 3]).expect("an input");
            let found = engine.value_and_grad(&batch, &["a"]).expect("it runs");
            assert!(found.status.iter().all(|status| status.kind().is_none()), "{text}: {:?}", found.status);
            let gradient = f64::from(found.grads["a"][1]);
            assert!((gradient / truth - 1.0).abs() < 1e-4, "{text}, {tier}: {gradient}, not {truth}");
        }
    }
}
