//! The judge judged on vectors and matrices: every procedure by hand, its gradients, its failures.

use super::generate;
use super::tests::{failures, run, values};
use super::vectors::PRIMITIVES;

/// The gradient by `a` and `b`, to the last digits.
fn gradient(text: &str, a: f64, b: f64, expected: [f64; 2]) {
    let found = run(text, &[("a", a), ("b", b)]).expect(text).gradient;
    let is_near = found.iter().zip(expected).all(|(x, y)| (x - y).abs() <= 1e-13 * (1.0 + y.abs()));
    assert!(is_near, "{text} at {a} {b}: {found:?}, expected {expected:?}");
}

#[test]
fn makes_and_takes_apart() {
    values(
        "
        [1 2.5 x] => [1.0 2.5 1.5]
        (list (vec) [] (vec 1) (zeros 0) (ones 2) (zeros 2 1) (ones 1 2)) => ([] [] [1.0] [] [1.0 1.0] [[0.0] [0.0]] [[1.0 1.0]])
        (list [[1 2] [3 4]] (mat [1 2]) (vec [1] [2]) (eye 2)) => ([[1.0 2.0] [3.0 4.0]] [[1.0 2.0]] [[1.0] [2.0]] [[1.0 0.0] [0.0 1.0]])
        (list (ref [5 6 7] 2) (ref [[1 2] [3 4]] 1) (ref [[1 2] [3 4]] 1 0)) => (7.0 [3.0 4.0] 3.0)
        (let ((m [[1 2 3] [4 5 6]])) (list (vlen (ref m 0)) (rows m) (cols m) (vlen []))) => (3 2 3 0)
        (list (vsum []) (vsum [1 2 3]) (vsum [[1 2] [3 4]])) => (0.0 6.0 10.0)
        (list (apply vec '(1 2)) (apply mat (list [1 2])) (map vec '(1 2) '(3 4)) (map vlen (list [1] [1 2]))) => ([1.0 2.0] [[1.0 2.0]] ([1.0 3.0] [2.0 4.0]) (1 2))
        (let ((vec list)) [1 2]) => (1 2)
        '[1 (2)] => (vec 1 (2))
        (list (vmap - [1 -2]) (vmap (lambda (a b) (if (< a b) a 7)) [1 2] [2 1]) (vmap + [[1 2]] [[3 4]] [[5 6]])) => ([-1.0 2.0] [1.0 7.0] [[9.0 12.0]])
        (vmap car []) => []
    ",
    );
    failures(
        "
        [1 'a] => wrong-type 1:4
        ['a 1] => wrong-type 1:2
        [1 [2]] => wrong-type 1:4
        [[1 2] 3] => wrong-type 1:8
        [[1 2] [3]] => wrong-type 1:8
        [[1 2]\u{20}[[1 2]]] => wrong-type 1:8
        [[] []] => wrong-type 1:2
        (mat 1 2) => wrong-type 1:6
        (mat) => arity 1:1
        (ref '(1) 0) => wrong-type 1:6
        (ref [1] 0.) => wrong-type 1:10
        (ref [1] 1) => index 1:10
        (ref [1] -1) => index 1:10
        (ref [1] 0 0) => wrong-type 1:6
        (ref [[1 2]] 1) => index 1:14
        (ref [[1 2]] 0 2) => index 1:16
        (ref [[1 2]] 0 #f) => wrong-type 1:16
        (vlen [[1]]) => wrong-type 1:7
        (rows [1]) => wrong-type 1:7
        (cols 1) => wrong-type 1:7
        (eye 0) => wrong-type 1:6
        (eye 2.) => wrong-type 1:6
        (zeros -1) => wrong-type 1:8
        (ones 2 0) => wrong-type 1:9
        (vsum 1) => wrong-type 1:7
        (vmap + [1 2] [1]) => wrong-type 1:15
        (vmap + [1] [[1]]) => wrong-type 1:13
        (vmap + 1 [1]) => wrong-type 1:9
        (vmap (lambda (t) 'a) [1]) => wrong-type 1:7
        (vmap (lambda (t) [t]) [1]) => wrong-type 1:7
        (vmap car [1]) => wrong-type 1:1
        (vmap 5 [1]) => not-procedure 1:1
    ",
    );
}

#[test]
fn computes_element_by_element() {
    values(
        "
        (list (+ [1 2] [3 4]) (- [1 2] 1) (* 2 [1 2]) (/ [1 2] [4 4]) (/ 1 [2 4]) (- 1 [1 2])) => ([4.0 6.0] [0.0 1.0] [2.0 4.0] [0.25 0.5] [0.5 0.25] [0.0 -1.0])
        (list (+ [1]) (- [1 0]) (/ [2 -4]) (* [[2]]) (+ 1 2 [1 2] 3.) (/ [8] 2 [2])) => ([1.0] [-1.0 -0.0] [0.5 -0.25] [[2.0]] [7.0 8.0] [2.0])
        (list (+ [[1 2]] [[3 4]]) (* [] []) (+ [] 1) (/ [1] 0) (apply + [1] '(2 3))) => ([[4.0 6.0]] [] [] [+inf.0] [6.0])
        (list (map + (list [1] [2]) (list [3] [4])) (fold-left + 0 (list [1 2] [3 4])) (reduce * 1 (list [2] [3]))) => (([4.0] [6.0]) [4.0 6.0] [6.0])
        (list (equal? [1 2] [1 2]) (equal? [1 2] [1 3]) (equal? [1] [[1]]) (equal? [] []) (equal? [+nan.0] [+nan.0]) (equal? [0.] [-0.])) => (#t #f #f #t #t #f)
        (let ((v [1])) (list (eq? v v) (eqv? v [1]) (memq v (list 1 v)) (member [1] (list [2] v)) (assoc [1] (list (list v 5))))) => (#t #f ([1.0]) ([1.0]) ([1.0] 5))
        (list (if [] 1 2) (number? [1]) (integer? [1]) (list? [1]) (pair? [1]) (procedure? [1]) (null? []) (boolean? [])) => (1 #f #f #f #f #f #f #f)
        (list (soft-if 0 [1 2] [3 4]) (soft-if 0 [1 2] 3) (soft-choice ([2] 4 [6]) (0 0 0))) => ([2.0 3.0] [2.0 2.5] [4.0])
    ",
    );
    failures(
        "
        (+ [1 2] [1 2 3]) => wrong-type 1:10
        (+ 1 [1 2] 3 [1]) => wrong-type 1:14
        (* [1] [[1]]) => wrong-type 1:8
        (- [1] 'a) => wrong-type 1:8
        (/ 'a [1]) => wrong-type 1:4
        (/ 1 0 [1]) => divide-by-zero 1:6
        (apply + (list [1] [1 2])) => wrong-type 1:1
        (sin [1]) => wrong-type 1:6
        (max 1 [1]) => wrong-type 1:8
        (< [1] 1) => wrong-type 1:4
        (square [1]) => wrong-type 1:9
        (length [1]) => wrong-type 1:9
        (car [1]) => wrong-type 1:6
        ([1] 0) => not-procedure 1:1
        (soft-if [1] 1 2) => wrong-type 1:10
        (soft-if 1 [1] [1 2]) => wrong-type 1:16
    ",
    );
}

#[test]
fn computes_products() {
    values(
        "
        (list (dot [1 2 3] [4 5 6]) (dot [] []) (norm [3 4]) (norm []) (normalize [3 4]) (cross [1 0 0] [0 1 0]) (cross [1 2 3] [4 5 6])) => (32.0 0.0 5.0 0.0 [0.6 0.8] [0.0 0.0 1.0] [-3.0 6.0 -3.0])
        (list (scale 2 [1 2]) (scale 2 [[1] [2]]) (outer [1 2] [3 4 5])) => ([2.0 4.0] [[2.0] [4.0]] [[3.0 4.0 5.0] [6.0 8.0 10.0]])
        (list (matvec [[1 2] [3 4] [5 6]] [1 10]) (matmul [[1 2] [3 4]] [[5 6] [7 8]]) (matmul [[1 2]] [[3] [4]])) => ([21.0 43.0 65.0] [[19.0 22.0] [43.0 50.0]] [[11.0]])
        (list (transpose [[1 2 3] [4 5 6]]) (trace [[1 2] [3 4]]) (lower [[1 2] [3 4]])) => ([[1.0 4.0] [2.0 5.0] [3.0 6.0]] 5.0 [[1.0 0.0] [3.0 4.0]])
    ",
    );
    failures(
        "
        (dot [1 2] [1 2 3]) => wrong-type 1:12
        (dot 1 [1]) => wrong-type 1:6
        (dot [1] [[1]]) => wrong-type 1:10
        (norm 3) => wrong-type 1:7
        (norm [[3]]) => wrong-type 1:7
        (normalize [[1]]) => wrong-type 1:12
        (cross [1 2] [1 2 3]) => wrong-type 1:8
        (cross [1 2 3] [1 2]) => wrong-type 1:16
        (scale [1] [1]) => wrong-type 1:8
        (scale 1 1) => wrong-type 1:10
        (matvec [[1 2]] [1]) => wrong-type 1:17
        (matvec [1] [1]) => wrong-type 1:9
        (matmul [[1 2]] [[1 2]]) => wrong-type 1:17
        (matmul [[1]] [1]) => wrong-type 1:15
        (transpose [1]) => wrong-type 1:12
        (trace [[1 2]]) => wrong-type 1:8
        (lower [[1 2]]) => wrong-type 1:8
        (outer 1 [1]) => wrong-type 1:8
        (outer [1] [[1]]) => wrong-type 1:12
    ",
    );
}

#[test]
fn solves() {
    values(
        "
        (list (det [[1 2] [3 4]]) (det [[0 1] [1 0]]) (det [[1 2] [2 4]]) (det [[2]]) (det [[2 0 1] [1 3 2] [1 1 1]])) => (-2.0 -1.0 0.0 2.0 0.0)
        (list (logdet [[1 0] [0 -1]]) (logdet [[0 1] [1 0]])) => (0.0 0.0)
        (list (inv [[0 2] [4 0]]) (inv [[2 0] [0 4]]) (inv [[4]])) => ([[0.0 0.25] [0.5 0.0]] [[0.5 0.0] [0.0 0.25]] [[0.25]])
        (list (solve [[2 1] [0 4]] [4 8]) (solve [[0 1] [1 0]] [[1 2] [3 4]])) => ([1.0 2.0] [[3.0 4.0] [1.0 2.0]])
        (list (cholesky [[4 99] [2 5]]) (cholesky [[9]])) => ([[2.0 0.0] [1.0 2.0]] [[3.0]])
    ",
    );
    failures(
        "
        (inv [[1 2] [2 4]]) => singular 1:6
        (logdet [[0]]) => singular 1:9
        (solve (zeros 2 2) [1 2]) => singular 1:8
        (solve [[1 0] [0 1]] [1 2 3]) => wrong-type 1:22
        (solve [[1 0] [0 1]] 1) => wrong-type 1:22
        (solve [[1 0]] [1]) => wrong-type 1:8
        (inv [[1 2]]) => wrong-type 1:6
        (det [1]) => wrong-type 1:6
        (logdet [[1 2]]) => wrong-type 1:9
        (cholesky [[1 2] [2 1]]) => singular 1:11
        (cholesky [[0]]) => singular 1:11
        (cholesky [[1 2]]) => wrong-type 1:11
        (apply inv (list (ones 2 2))) => singular 1:1
    ",
    );
}

#[test]
fn differentiates() {
    gradient("(ref [a (* a b) b] 1)", 2.0, 3.0, [3.0, 2.0]);
    gradient("(vsum (ref [[a 1] [b a]] 1))", 2.0, 3.0, [1.0, 1.0]);
    gradient("(ref [[a 1] [b a]] 1 0)", 2.0, 3.0, [0.0, 1.0]);
    gradient("(dot [a b] [b 2])", 2.0, 3.0, [3.0, 4.0]);
    gradient("(vsum [[a b] [b (* a b)]])", 2.0, 3.0, [4.0, 4.0]);
    gradient("(norm [a b])", 3.0, 4.0, [0.6, 0.8]);
    gradient("(ref (normalize [a b]) 0)", 3.0, 4.0, [16.0 / 125.0, -12.0 / 125.0]);
    gradient("(ref (cross [a b 1] [2 a b]) 0)", 3.0, 4.0, [-1.0, 8.0]);
    gradient("(vsum (scale a [a b]))", 3.0, 4.0, [10.0, 3.0]);
    gradient("(vsum (matvec [[a b] [b a]] [a b]))", 3.0, 4.0, [14.0, 14.0]);
    gradient("(ref (matmul [[a b]] [[b] [a]]) 0 0)", 3.0, 4.0, [8.0, 6.0]);
    gradient("(ref (transpose [[a b]]) 1 0)", 3.0, 4.0, [0.0, 1.0]);
    gradient("(trace [[a b] [1 (* a b)]])", 3.0, 4.0, [5.0, 3.0]);
    gradient("(vsum (lower [[a b] [b 1]]))", 3.0, 4.0, [1.0, 1.0]);
    gradient("(vsum (outer [a 1] [b a]))", 3.0, 4.0, [1.0 + 7.0 + 3.0, 4.0]);
    gradient("(det [[a b] [b 2]])", 3.0, 4.0, [2.0, -8.0]);
    gradient("(det [[a 1] [b 2]])", 0.0, 0.0, [2.0, -1.0]);
    gradient("(det [[a b] [a b]])", 3.0, 4.0, [0.0, 0.0]);
    gradient("(logdet [[a b] [b 2]])", 3.0, 1.0, [2.0 / 5.0, -2.0 / 5.0]);
    gradient("(ref (inv [[a 0] [b 2]]) 1 0)", 2.0, 3.0, [3.0 / 8.0, -0.25]);
    gradient("(ref (solve [[a 0] [b 2]] [1 b]) 1)", 2.0, 3.0, [3.0 / 8.0, 0.5 - 0.25]);
    gradient("(vsum (solve [[a]] [[b 1]]))", 2.0, 3.0, [-1.0, 0.5]);
    gradient("(ref (cholesky [[a 7] [b 5]]) 1 0)", 4.0, 2.0, [-2.0 / 16.0, 0.5]);
    gradient("(ref (cholesky [[a b] [2 5]]) 1 1)", 4.0, 2.0, [1.0 / 16.0, 0.0]);
    gradient("(vsum (vmap (lambda (t) (* t t a)) [a b]))", 2.0, 3.0, [3.0 * 4.0 + 9.0, 12.0]);
    gradient("(vsum (vmap * [a b] [b b]))", 2.0, 3.0, [3.0, 2.0 + 6.0]);
    gradient("(vsum (/ [a b] b))", 2.0, 4.0, [0.25, -2.0 / 16.0]);
    gradient("(vsum (- a [b b] [a 1]))", 2.0, 4.0, [1.0, -2.0]);
    gradient("(vsum (/ [a]))", 2.0, 4.0, [-0.25, 0.0]);
    gradient("(vsum (soft-if a [b 1] [0 3]))", 0.0, 2.0, [0.25 * (2.0 - 0.0 + 1.0 - 3.0), 0.5]);
    gradient("(vmap + [a] [b])", 2.0, 4.0, [0.0, 0.0]);
    let irregular = run("(norm [x 0])", &[("x", 0.0)]).expect("a number").irregular;
    assert!(irregular);
}

#[test]
fn measures_distances_to_zero_pivots() {
    let margin = |text| run(text, &[("x", 1.5)]).expect("a value").branch_margin;
    assert_eq!(margin("(logdet [[4 0] [0 x]])"), 1.5 / 4.0);
    assert_eq!(margin("(cholesky [[x 0] [0 x]])"), 1.0);
    assert_eq!(margin("(det [[x x] [x x]])"), f64::INFINITY);
}

/// One program in three has vectors; nearly all that are meant to do so evaluate, and every procedure is among them.
#[test]
fn generated_programs_use_vectors() {
    let mut unused: Vec<&str> = PRIMITIVES.iter().map(|primitive| primitive.name).collect();
    let (mut with_vectors, mut failed, mut singular, mut irregular) = (0, 0, 0, 0);
    for seed in 0..3000 {
        let generate::Generated { text, inputs } = generate::program(seed);
        let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || "()".contains(c)).collect();
        let uses = |name: &str| words.contains(&name);
        // `dot` and `trace` may be variables' names in the others.
        if !text.contains('[') && !["ref", "vsum", "norm", "det", "logdet"].into_iter().any(uses) {
            continue;
        }
        with_vectors += 1;
        unused.retain(|name| !uses(name));
        let inputs: Vec<(&str, f64)> = inputs.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        match run(&text, &inputs) {
            Ok(outcome) => irregular += usize::from(outcome.irregular),
            Err(failure) => {
                failed += 1;
                singular += usize::from(failure.kind == "singular");
            }
        }
    }
    assert!(unused.is_empty(), "{unused:?} in no program");
    assert!((900..1300).contains(&with_vectors), "{with_vectors} of 3000 programs have vectors");
    assert!((20..with_vectors / 8).contains(&failed) && singular > 2, "{failed} fail, {singular} of them singular");
    assert!(irregular * 20 < with_vectors, "{irregular} of {with_vectors} are not finite on the way");
}
