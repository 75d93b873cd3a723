//! The judge judged: by hand against the language's page, and its gradients against differences.

use super::generate;
use super::{Failure, Outcome, judge};

pub fn run(text: &str, inputs: &[(&str, f64)]) -> Result<Outcome, Failure> {
    judge(text, inputs, &[], 2_000_000)
}

/// Lines of `text => value`.
pub fn values(lines: &str) {
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (text, expected) = line.rsplit_once(" => ").expect("a line has a value");
        match run(text, &[("x", 1.5)]) {
            Ok(outcome) => assert_eq!(outcome.value, expected.trim(), "{text}"),
            Err(failure) => panic!("{text}: {failure:?}"),
        }
    }
}

/// Lines of `text => kind line:column`.
pub fn failures(lines: &str) {
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (text, expected) = line.rsplit_once(" => ").expect("a line has an error");
        match run(text, &[("x", 1.5)]) {
            Ok(outcome) => panic!("{text}: {}", outcome.value),
            Err(failure) => {
                assert_eq!(format!("{} {}:{}", failure.kind, failure.line, failure.column), expected.trim(), "{text}");
            }
        }
    }
}

/// The gradient by `a` and `b`, exactly.
fn gradient(text: &str, a: f64, b: f64, expected: [f64; 2]) {
    let outcome = run(text, &[("a", a), ("b", b)]).expect(text);
    assert_eq!(outcome.gradient, expected, "{text} at {a} {b}");
}

#[test]
fn reads_text() {
    values(
        r##"
        (list #t #true #false 'a '() '(1 . 2) '(1 . (2 3))) => (#t #t #f a () (1 . 2) (1 2 3))
        (list .5 +5 -5. 1e-3 +inf.0 -inf.0 +nan.0 1e30 3000000000) => (0.5 5 -5.0 0.001 +inf.0 -inf.0 +nan.0 1e30 3000000000.0)
        (list #\a #\space #\newline #\x41 #\x #\() => (#\a #\space #\newline #\A #\x #\()
        (list "a\"b\\" "\x41;\t") => ("a\"b\\" "A\t")
        #| out #| nested |# still |# (list 1 #;(2 3) 4) ; end => (1 4)
        ''a => (quote a)
        '|a b| => |a b|
        '(1 ,x `y ,@z) => (1 (unquote x) (quasiquote y) (unquote-splicing z))
        (list - + '... '->x) => (#<procedure> #<procedure> ... ->x)
    "##,
    );
    failures(
        r"
        (+ 1 => read 1:1
        (+ 1)) => read 1:6
        (1 . 2 3) => read 1:4
        #\nosuch => read 1:1
    ",
    );
    assert_eq!(run("\n  (car\n    5)", &[]).unwrap_err().line, 3);
}

#[test]
fn evaluates_forms() {
    values(
        "
        (define (f) (g)) (define (g) 7) (f) => 7
        5 (define y 6) => 5
        (if 0 1 2) => 1
        (if '() 1 2) => 1
        (if #f 1) => #<unspecified>
        (for-each car '((1))) => #<unspecified>
        (cond (#f 1) ((assv 2 '((2 . 3))) => cdr) (else 4)) => 3
        (cond (#f 1) (2)) => 2
        (case 3 ((1 2) 'low) ((3 4) 'mid) (else 'high)) => mid
        (case 2. ((2) 'int) ((2.) 'float) (else 'none)) => float
        (case 'z ((a) 1)) => #<unspecified>
        (list (and) (or) (and 1 2) (or #f 2) (and #f (car 1)) (or 1 (car 1))) => (#t #f 2 2 #f 1)
        (list (when #f 1) (when 1 2 3) (unless #f 4)) => (#<unspecified> 3 4)
        (let ((x 1)) (let ((x 2) (y x)) y)) => 1
        (let* ((x 1) (y (+ x 1))) (* x y)) => 2
        (letrec ((even (lambda (n) (if (= n 0) #t (odd (- n 1))))) (odd (lambda (n) (if (= n 0) #f (even (- n 1)))))) (even 100001)) => #f
        (letrec* ((a 1) (b (+ a 1))) b) => 2
        (let loop ((i 0) (s 0)) (if (= i 5) s (loop (+ i 1) (+ s i)))) => 10
        (do ((i 0 (+ i 1)) (s '() (cons i s))) ((= i 3) s)) => (2 1 0)
        (do ((i 0 (+ i 1))) ((= i 3))) => #<unspecified>
        (loop ((i 0) (s 1)) (if (= i 10) s (recur (+ i 1) (* 2 s)))) => 1024
        (loop ((i 0)) (cond ((= i 3) (loop ((j i)) (if (> j 9) j (recur (* j 2))))) (else (recur (+ i 1))))) => 12
        (begin 1 2) => 2
        ((lambda (a . r) (list a r)) 1 2 3) => (1 (2 3))
        ((lambda r r)) => ()
        (define (f a . r) r) (f 1) => ()
        (define (f . r) r) (f 1) => (1)
        (let () (define a 1) (define (b) (+ a 1)) (b)) => 2
        (let ((if list)) (if 1 2 3)) => (1 2 3)
        (let ((car cdr) (list 5)) (car '(1 2))) => (2)
        (define (square x) 9) (square 2) => 9
        `(1 ,(+ 1 1) ,@(list 3 4) 5) => (1 2 3 4 5)
        `(1 . ,(+ 1 1)) => (1 . 2)
        `(1 `(2 ,(3 ,(+ 1 3)))) => (1 (quasiquote (2 (unquote (3 4)))))
        `(1 ``,(2 ,(+ 1 2))) => (1 (quasiquote (quasiquote (unquote (2 (unquote (+ 1 2)))))))
        `(1 `,(2 ,(+ 1 2) ,@(list 4))) => (1 (quasiquote (unquote (2 3 4))))
        (soft-if 0 2 4) => 3.0
        (soft-choice (1 5) (0 0.)) => 3.0
        (param 2) => 2.0
        (let ((f (lambda () (param 2.5)))) (+ (f) (f))) => 5.0
    ",
    );
}

#[test]
fn computes_with_ints_and_floats() {
    values(
        "
        (list (+) (*) (+ 1 2 3) (- 5) (- 5 1 1) (* 2 3.)) => (0 1 6 -5 3 6.0)
        (list (/ 6 3) (/ 1 2) (/ 2) (/ 12 2 3) (/ 1. 0) (/ 1. 0.)) => (2 0.5 0.5 2 +inf.0 +inf.0)
        (list (+ 2147483647 1) (- -2147483648) (* 65536 65536) (abs -2147483648)) => (2147483648.0 2147483648.0 4294967296.0 2147483648.0)
        (list (quotient -7 2) (remainder -7 2) (modulo -7 2) (modulo 7 -2) (quotient -2147483648 -1)) => (-3 -1 1 -1 2147483648.0)
        (list (quotient -7. 2) (remainder -7. 2) (modulo -7. 2) (modulo 5.5 -2)) => (-3.0 -1.0 1.0 -0.5)
        (list (floor 2) (floor -2.5) (ceiling 2.1) (round 2.5) (round 3.5) (truncate -2.7) (round 7)) => (2 -3.0 3.0 2.0 4.0 -2.0 7)
        (list (exact 2.) (exact -0.) (exact 3) (inexact 3)) => (2 0 3 3.0)
        (list (sqrt 4) (exp 0) (log 1) (sqrt -1.) (log -1.) (log 0.)) => (2.0 1.0 0.0 +nan.0 +nan.0 -inf.0)
        (list (expt 2 10) (expt 2 31) (expt 2 -1) (expt 2. 3) (expt 0 0) (pow 2 3) (expt -1 -3)) => (1024 2147483648.0 0.5 8.0 1 8.0 -1)
        (list (log 8 2) (atan 1 0) (square 3) (square 1.5)) => (3.0 1.5707963267948966 9 2.25)
        (list (max 1 2.) (max 3 2.) (min 1 2) (max 1 +nan.0) (min +nan.0 1)) => (2.0 3.0 1 +nan.0 +nan.0)
        (list (< 1 2 3) (< 1 3 2) (= 1 1. 1) (>= 3 3 2) (< 1) (= +nan.0 +nan.0) (>= 1 +nan.0)) => (#t #f #t #t #t #f #f)
        (list (integer? 2.) (integer? 2.5) (integer? 'a) (integer? +inf.0) (number? 1) (number? 'a)) => (#t #f #f #f #t #f)
        (list (zero? -0.) (positive? 0) (negative? -1.) (even? 0) (odd? -3) (even? 4.) (nan? +nan.0) (nan? 1)) => (#t #f #t #t #t #t #t #f)
        (list (sigmoid 0) (erf 0) (lgamma 1) (tanh 0) (sinh 0) (cosh 0)) => (0.5 0.0 0.0 0.0 0.0 1.0)
        (list (sin 0) (cos 0) (tan 0) (asin 0) (acos 1) (atan 0)) => (0.0 1.0 0.0 0.0 0.0 0.0)
    ",
    );
}

#[test]
fn works_on_data() {
    values(
        r#"
        (list (cons 1 2) (car '(1 2)) (cdr '(1 2)) (cadr '(1 2)) (cddadr '(1 (2 3 4)))) => ((1 . 2) 1 (2) 2 (4))
        (list (pair? '()) (null? '()) (list? '(1 . 2)) (list? '(1)) (length '(1 2))) => (#f #t #f #t 2)
        (list (append) (append '(1) '(2) '(3 . 4)) (append '() 5) (reverse '(1 2 3))) => (() (1 2 3 . 4) 5 (3 2 1))
        (list (list-ref '(a b c) 2) (list-tail '(a b c) 1) (list-tail '(a) 1)) => (c (b c) ())
        (map + '(1 2 3) '(10 20)) => (11 22)
        (map (lambda (x) (* x x)) '(1 2 3)) => (1 4 9)
        (list (filter odd? '(1 2 3)) (fold-left - 10 '(1 2)) (fold-right - 10 '(1 2)) (fold-left cons '() '(1 2))) => ((1 3) 7 9 ((() . 1) . 2))
        (list (reduce - 0 '(1 2 10)) (reduce + 0 '()) (reduce + 0 '(7))) => (9 0 7)
        (list (assq 'b '((a 1) (b 2))) (assoc "b" '(("b" . 1))) (assv 9 '()) (assv 1. '((1 . a) (1. . b)))) => ((b 2) ("b" . 1) #f (1.0 . b))
        (list (memq 'c '(a c d)) (member '(1) '((1) 2)) (memv 5 '(1))) => ((c d) ((1) 2) #f)
        (list (apply + 1 2 '(3 4)) (apply max '(1 5 2)) (apply apply (list + '(1 2)))) => (10 5 3)
        (list (not 0) (not #f) (eq? 'a 'a) (eq? '() '()) (eq? 1 1.) (eq? 2 2) (eqv? 2. 2.)) => (#f #t #t #t #f #t #t)
        (list (eqv? 0. -0.) (eqv? +nan.0 +nan.0) (= 0. -0.) (equal? 0. -0.) (equal? +nan.0 +nan.0)) => (#f #t #t #f #t)
        (list (eq? (list 1) (list 1)) (equal? '(1 (2. "a" #\b)) '(1 (2. "a" #\b))) (equal? 1 1.)) => (#f #t #f)
        (let ((f (lambda () 1))) (list (eq? f f) (eq? f (lambda () 1)) (eq? car car) (eq? car cdr))) => (#t #f #t #f)
        (list (boolean? #f) (symbol? 'a) (procedure? car) (procedure? 'car) (char? #\a) (string? "a") (string=? "a" "a")) => (#t #t #t #f #t #t #t)
        (map (lambda (f) (f 4)) (list sqrt - (lambda (x) x))) => (2.0 -4 4)
        (let ((f sin)) (f 0)) => 0.0
    "#,
    );
}

#[test]
fn fails_at_the_right_place() {
    failures(
        r#"
        (let () (define (a) b) (define b (a)) b) => unbound 1:21
        (letrec ((b (+ 1 b))) b) => unbound 1:18
        (f) (define (f) 1) => unbound 1:2
        (let () (define a b) (define b 1) a) => unbound 1:19
        (letrec ((a 1) (b a)) b) => unbound 1:19
        (frobnicate 1) => unbound 1:2
        (x 1) => unbound 1:2
        (+ 1 z) => input 1:6
        (1 2) => not-procedure 1:1
        (map 5 '(1)) => not-procedure 1:1
        (apply 5 '(1)) => not-procedure 1:1
        ((lambda (a) a)) => arity 1:1
        (map (lambda (a b) a) '(1)) => arity 1:1
        (list (cons 1)) => arity 1:7
        (+ 1 (car 5)) => wrong-type 1:11
        (cadr '(1)) => wrong-type 1:7
        (+ 1 2 'a 'b) => wrong-type 1:8
        (let ((f car)) (f (+ 1 2))) => wrong-type 1:19
        (map car '(1)) => wrong-type 1:1
        (map (lambda (v) (car v)) '(1)) => wrong-type 1:23
        (map car 5) => wrong-type 1:10
        (length 5) => wrong-type 1:9
        (length '(1 . 2)) => wrong-type 1:9
        (apply + 5) => wrong-type 1:10
        (apply car '(5)) => wrong-type 1:1
        (fold-left + 0 '(1 a)) => wrong-type 1:1
        (list-ref '(1 2) 1.) => wrong-type 1:18
        (list-ref '(1 2) 2) => index 1:18
        (list-tail '(1 2) 3) => index 1:19
        (list-ref '(1 2) -1) => index 1:18
        (exact 2.5) => wrong-type 1:8
        (exact 1e20) => wrong-type 1:8
        (exact +nan.0) => wrong-type 1:8
        (even? 2.5) => wrong-type 1:8
        (< 1 'a) => wrong-type 1:6
        (soft-if 1 'a 2) => wrong-type 1:12
        (/ 1 0) => divide-by-zero 1:6
        (/ 0) => divide-by-zero 1:4
        (modulo 5 (- 1 1)) => divide-by-zero 1:11
        (apply quotient '(1 0)) => divide-by-zero 1:1
        (if #t (error "no" 1 'a)) => user 1:8
        ((car 1) (car 'a)) => wrong-type 1:7
        (list (car 1) (car 2)) => wrong-type 1:12
        (define (f) (f)) (f) => steps 1:13
        (let f () (+ 1 (f))) => stack 1:16
        (define (f n) (+ 1 (car (map f (list n))))) (f 1) => stack 1:32
        (set! x 1) => expand 1:2
        (lambda (a a) a) => expand 1:12
        (let ((a 1) (a 2)) a) => expand 1:14
        (recur 1) => expand 1:1
        (loop ((i 0)) (+ 1 (recur 2))) => expand 1:20
        (loop ((i 0)) (recur 2 3)) => expand 1:15
        (loop ((i 0)) (lambda () (recur 2))) => expand 1:26
        (if) => expand 1:1
        (lambda (a)) => expand 1:1
        (begin 1 (define a 2)) (lambda () 1 (define a 2)) => expand 1:37
        (define a 1) => expand 1:1
        (+ x (param 'x 1)) => expand 1:6
    "#,
    );
    let failure = run("(error \"bad thing\" 1.5 \"s\" 'a)", &[]).unwrap_err();
    assert_eq!(failure.message, "bad thing 1.5 \"s\" a");
}

#[test]
fn keeps_no_stack_in_tail_calls_and_enough_elsewhere() {
    values(
        "
        (let loop ((i 0)) (cond ((= i 300000) i) (else (and #t (or #f (when #t (loop (+ i 1)))))))) => 300000
        (define (down n) (if (= n 0) 'end (apply down (list (- n 1))))) (down 100000) => end
        (define (deep n) (if (= n 0) 0 (+ 1 (deep (- n 1))))) (deep 100000) => 100000
        (define (deep n) (if (= n 0) 0 (+ 1 (car (map (lambda (k) (deep k)) (list (- n 1))))))) (deep 20000) => 20000
        (length (let loop ((i 0) (l '())) (if (= i 200000) l (loop (+ i 1) (cons i l))))) => 200000
    ",
    );
}

#[test]
fn binds_inputs_parameters_and_constants() {
    let outcome = judge(
        "(* n (param 2) (param 'k 3) (car l) x)",
        &[("x", 2.0), ("p1", 5.0), ("k", 7.0)],
        &[("n", "4"), ("l", "(1 2)")],
        9,
    );
    let outcome = outcome.unwrap();
    assert_eq!((outcome.number, outcome.gradient), (Some(280.0), vec![140.0, 56.0, 40.0]));
    assert_eq!(run("(list x 1)", &[("x", 1.0)]).unwrap().gradient, [0.0]);
}

#[test]
fn differentiates_kinks_as_the_page_says() {
    gradient("(abs a)", 0.0, 0.0, [0.0, 0.0]);
    gradient("(abs a)", -2.0, 0.0, [-1.0, 0.0]);
    gradient("(max a b)", 1.0, 1.0, [0.5, 0.5]);
    gradient("(max a b b)", 1.0, 1.0, [0.25, 0.75]);
    gradient("(min a b)", 1.0, 2.0, [1.0, 0.0]);
    gradient("(+ (floor a) (ceiling a) (round a) (truncate b))", 0.3, 0.3, [0.0, 0.0]);
    gradient("(expt a b)", 0.0, 2.0, [0.0, 0.0]);
    gradient("(expt a b)", 2.0, 3.0, [12.0, 8.0 * 2.0_f64.ln()]);
    gradient("(modulo a b)", 7.5, 2.0, [1.0, -3.0]);
    gradient("(remainder a b)", -7.5, 2.0, [1.0, 3.0]);
    gradient("(if (< a b) (* a 2) b)", 1.0, 2.0, [2.0, 0.0]);
    gradient("(let ((unused (sqrt a))) b)", 0.0, 2.0, [0.0, 1.0]);
    gradient("(if (> a 0.) (log a) b)", 0.0, 2.0, [0.0, 1.0]);
    gradient("(* 0. (sqrt a))", 0.0, 1.0, [0.0, 0.0]);
    gradient("(soft-if a b 3)", 0.0, 2.0, [-0.25, 0.5]);
    gradient("(soft-choice (1. b) (a 0))", 0.0, 3.0, [-0.5, 0.5]);
    gradient("(exact (floor a))", 1.5, 0.0, [0.0, 0.0]);
    gradient("(atan a b)", 0.0, 2.0, [0.5, 0.0]);
    let slope = |text| run(text, &[("a", 1.0)]).expect("a number").gradient[0];
    assert!((slope("(lgamma a)") + 0.577_215_664_901_532_9).abs() < 1e-14);
    assert!((slope("(lgamma (- a 1.5))") - 0.036_489_973_978_576_52).abs() < 1e-13);
}

#[test]
fn measures_distances_to_ties() {
    let margin = |text, a| run(text, &[("a", a)]).expect("a value").branch_margin;
    assert_eq!(margin("(if (< a 2.) a 1)", 1.0), 0.5);
    assert_eq!(margin("(floor a)", 1.75), 0.25 / 1.75);
    assert_eq!(margin("(round a)", 0.25), 0.25);
    assert_eq!(margin("(max a 0.5)", 0.5), 0.0);
    assert_eq!(margin("(if (< a a) 1 2)", 0.5), f64::INFINITY);
    assert_eq!(margin("(if (< 1. 2.) a 2)", 0.5), f64::INFINITY);
    assert_eq!(margin("(* a 2)", 0.5), f64::INFINITY);
}

#[test]
fn generated_programs_end_and_mean_something() {
    let (mut failed, mut numbers) = (0, 0);
    for seed in 0..3000 {
        let program = generate::program(seed);
        let inputs: Vec<(&str, f64)> = program.inputs.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        match judge(&program.text, &inputs, &[], 100_000) {
            Ok(outcome) => numbers += usize::from(outcome.number.is_some()),
            Err(failure) => {
                failed += 1;
                let meant =
                    ["unbound", "not-procedure", "arity", "wrong-type", "index", "divide-by-zero", "singular", "user"];
                assert!(meant.contains(&failure.kind.as_str()), "seed {seed}: {failure:?}\n{}", program.text);
            }
        }
    }
    assert!((60..300).contains(&failed), "{failed} of 3000 programs fail");
    assert!(numbers > 2000, "{numbers} of 3000 programs give a number");
    assert_eq!(generate::program(7).text, generate::program(7).text);
}

#[test]
fn gradients_match_central_differences() {
    let (mut checked, mut seed) = (0, 10_000);
    while checked < 300 {
        seed += 1;
        let program = generate::program(seed);
        let mut inputs: Vec<(&str, f64)> = program.inputs.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let Ok(outcome) = judge(&program.text, &inputs, &[], 100_000) else {
            continue;
        };
        if outcome.number.is_none() || outcome.irregular || outcome.branch_margin < 1e-3 || inputs.is_empty() {
            continue;
        }
        checked += 1;
        for index in 0..inputs.len() {
            let (start, step) = (inputs[index].1, 1e-5);
            let mut at = |value: f64| {
                inputs[index].1 = value;
                judge(&program.text, &inputs, &[], 100_000).ok().and_then(|moved| moved.number).expect("a number")
            };
            let difference = (at(start + step) - at(start - step)) / (2.0 * step);
            inputs[index].1 = start;
            let exact = outcome.gradient[index];
            let scale = 1.0 + exact.abs() + outcome.number.unwrap_or(0.0).abs();
            let error = (exact - difference).abs() / scale;
            assert!(error < 1e-5, "seed {seed}, {}: {exact} against {difference}\n{}", inputs[index].0, program.text);
        }
    }
}
