//! Comparisons, tests and identities of Floats, `exact`, conditionals.

use evalgrad::{Settings, Tier};

use super::same::{Comparison, MIXED, PRECISIONS, ROADS, assert_same, batch, call, engine, parse, same};

#[test]
fn comparisons_with_nan_and_infinities() {
    for op in ["<", "<=", ">", ">=", "="] {
        let apart = format!("(if ({op} w1 w2) (* w1 x) (+ w2 x))");
        let negated = format!("(if (not ({op} w1 0.5)) (* 2. x) (exp x))");
        let chained = format!("(if ({op} w1 x w2) (* x x) (- x 1.))");
        let constant = format!("(if ({op} 1. w1) (if ({op} w1 1) x (* x y)) (* y 0.5))");
        same(&[&apart, &negated, &chained, &constant]);
    }
}

#[test]
fn identities_of_floats() {
    same(&[
        "(if (eqv? w1 w2) (* x 2.) (* x 3.))",
        "(if (eq? w1 -0.0) (* x 2.) (* x 3.))",
        "(if (equal? (list w1 'a 1) (list w2 'a 1)) (+ x w1) (* x 3.))",
        "(case w1 ((1. 2.) (* x 2.)) ((-0.5 +inf.0) (* x x)) ((0.) 0.) (else (exp x)))",
        "(case n1 ((1. 2. 3. 4.) (* x n1)) ((5. 6.) (+ x n1)) ((7. 8. 9.) 7) (else (- x)))",
        "(let ((found (memv n1 '(1. 3. 5. 7.)))) (if found (* x (car found)) x))",
        "(let ((found (assv n1 '((1. . 10) (2. . 20.) (3 . 30))))) (if found (* x (cdr found)) (/ x 3.)))",
        "(let ((found (member w1 (list x w2 1. 0.5)))) (if found (length found) (* x w1)))",
        "(let ((found (assoc (* 0.5 n1) (list (cons 1. x) (cons 2.5 y) (cons 3. (* x y)))))) (if found (cdr found) x))",
    ]);
}

#[test]
fn tests_of_numbers() {
    for test in ["zero?", "positive?", "negative?", "nan?", "integer?"] {
        same(&[&format!("(if ({test} w1) (* x 2.) (* y (if ({test} (- w2 w1)) x 3.)))")]);
    }
    same(&[
        "(if (even? n1) (* x n1) (+ x n1))",
        "(if (odd? m1) (* x 2.) (* x 3.))",
        "(if (even? m1) (if (odd? m2) x (* x y)) (sin x))",
        "(if (number? w1) (if (integer? m1) (* m1 x) (floor x)) 'never)",
        "(cond ((nan? w1) (error \"no number:\" w1 x)) ((zero? w1) x) (else (/ x w1)))",
    ]);
}

#[test]
fn exact_indexes_lists() {
    same(&[
        "(* x (list-ref '(2. 3. 5. 7. 11. 13. 17. 19. 23. 29. 31. 37. 41.) (exact n1)))",
        "(let ((xs (list x y (* x y) (+ x y) 4.))) (list-ref xs (modulo (exact n1) 5)))",
        "(* x (list-ref (list x y 3.) (exact n1)))",
        "(let ((k (exact (floor (* 10. u1))))) (* (list-ref '(1. 2. 3. 4. 5. 6. 7. 8. 9. 10.) k) (+ x k)))",
        "(+ (exact n1) (exact n2))",
        "(if (= (exact n1) (exact n2)) x (/ x (exact n1)))",
    ]);
}

#[test]
fn exact_of_what_is_no_integer() {
    same(&[
        "(+ x (exact m1))",
        "(* x (exact (round (* 3. w1))))",
        "(if (< u1 0.5) (* x 2.) (* x (exact m1)))",
        "(if (< u1 0.5) (* x (exact m1)) (* y (exact m2)))",
        "(if (< u1 0.1) (exact m1) (if (< u2 0.1) (* x (exact (+ m1 m2))) x))",
        "(let loop ((i 0) (s 0.)) (if (= i 5) s (loop (+ i 1) (+ s (* x (exact (+ m1 i)))))))",
    ]);
}

/// Lanes that stay in a wide array behind a mask: what the others hold there must not speak for them.
#[test]
fn exact_behind_a_mask() {
    let engine = engine(Settings::default());
    let texts = ["(if (< s 0.5) (* x 2.) (* x (exact m)))", "(if (< s 0.5) (* x 2.) (if (even? m) (* x 3.) x))"];
    for (usual, odd_one) in [0.0, 2.0, -7.0].into_iter().flat_map(|usual| MIXED.map(|odd_one| (usual, odd_one))) {
        let number = |name: &str, lane: usize| match name {
            "s" => f64::from(u8::from(lane >= 128)),
            "m" => [usual, odd_one][usize::from(lane == 250)],
            _ => lane as f64 * 0.25,
        };
        for (text, road) in texts.into_iter().flat_map(|text| ROADS.map(|road| (text, road))) {
            let program = parse(text);
            let column = |name: &str| (0..256).map(|lane| number(name, lane)).collect();
            let columns: Vec<Vec<f64>> = program.inputs().iter().map(|input| column(&input.name)).collect();
            for precision in PRECISIONS {
                let run = |tier| {
                    let batch = batch(&program, &columns, precision, road, tier);
                    call(&engine, &batch, precision, &["x", "m"]).expect("a call without mistakes").0
                };
                let wanted = run(Tier::Interpret);
                assert!(wanted.status[249].is_ok() && (text != texts[0] || !wanted.status[250].is_ok()));
                // In the second run every side is known, and all lanes start together.
                for turn in 0..2 {
                    let what = format!("{text} ({road}, {precision:?}), run {turn}");
                    assert_same(&run(Tier::Replay), &wanted, &columns, &what);
                }
            }
        }
    }
}

#[test]
fn conditionals_within_conditionals() {
    same(&[
        "(if (< x 0.) (if (< y 0.) (* x y) (if (< a 0.) (sin x) (* a y))) (if (< y a) (exp (* 0.1 y)) (- a)))",
        "(cond ((< x -3.) (* x a)) ((< x -1.) (+ a x)) ((< x 1.) (* a a)) ((< x 3.) (sin a)) (else (/ a x)))",
        "(let ((low (if (< x y) x y)) (high (if (< x y) y x))) (- (* high a) low))",
        "(+ (if (> x 0.) x (- x)) (if (> y 0.) (* y a) (* y b)) (if (> a 0.) (log a) (exp a)))",
        "(if (and (< x 0.) (< y 0.)) (* x y) (if (or (> x 3.) (> y 3.)) (+ x y) (- x y)))",
        "(let ((y (if (< u1 0.02) (sqrt (abs x)) (* x x)))) (if (< u2 0.02) (* y y) (+ y (if (< u3 0.5) a b))))",
        "(max x (if (< y 0) (min a b) (abs (* a b))) 0.5)",
        "(when (< x 0) (* x 2.))",
        "(soft-if (- x y) (if (< a 0.) a b) (* a b))",
    ]);
}

/// Values that are inputs or constants, parameters in many places, zeros with a sign, inputs without a use.
#[test]
fn values_without_operations() {
    same(&[
        "x",
        "1.5",
        "(if (< x 0.) y 2.)",
        "(if (< u1 0.05) y (if (< u2 0.5) x 3))",
        "(if (< x 0.) -0.0 0.)",
        "(let ((unused (* y y))) x)",
        "(+ x (* x (- x (/ x (* x x)))))",
        "(* x -0.0)",
        "(- (* x -0.0) (* y 0.))",
        "(if (< u1 0.5) (* x -0.0) (+ (* y -0.0) (* x -0.0)))",
        "(* c1 (if (< x c2) c1 (* x c1)))",
        "(+ (param 2.5) (* (param 'k 0.5) (if (< x 0) (param 1.) x)))",
        "(if (< y 0.) 1. 2.)",
        "(if (< y 0.) (* x 0.) 2)",
    ]);
}

/// Derivatives that are NaN or infinite in some lanes.
#[test]
fn gradients_that_are_not_finite() {
    same(&[
        "(sqrt (abs (* x y)))",
        "(if (< u1 0.5) (sqrt (- x x)) (* x y))",
        "(if (< u1 0.5) (/ x (- y y)) (log (* x y)))",
        "(* w1 (if (< w1 1.) (exp x) (sin w2)))",
        "(let loop ((i 0) (s x)) (if (= i 6) s (loop (+ i 1) (if (< s 0.) (sqrt s) (* s (exp s))))))",
        "(expt x (if (< y 0) 0.5 y))",
    ]);
}

/// Every lane has an index of its own; long tables have rows, because lists are walked.
#[test]
fn many_different_indices() {
    for count in [10, 300, 5000] {
        let entry = |index: usize| format!("{}.5", index * 7 % 1000);
        let row = |row: usize| (row * 50..count.min(row * 50 + 50)).map(entry).collect::<Vec<_>>().join(" ");
        let rows: Vec<String> = (0..count.div_ceil(50)).map(|index| format!("({})", row(index))).collect();
        let table = rows.join(" ");
        let text =
            format!("(let ((i (exact k))) (* x (list-ref (list-ref '({table}) (quotient i 50)) (modulo i 50))))");
        for way in (Comparison { is_short: true, ..Comparison::new(&text, count) }).run() {
            assert!(way.recorded > 0 && way.recorded + way.interpreted >= count, "{way:?}");
            assert_eq!(way.interpreted, way.without_path, "nothing fails here: {way:?}");
            assert!(count > 64 || way.interpreted == 0, "{way:?}");
        }
    }
}
