//! The tier `specialize` where whole operations are run step by step: the bits of the host's replay.

mod common;

use common::recorded::{Case, WHOLES, device, scattered};
use evalgrad::device::replay::Setting;
use evalgrad::host::replay::Limits;
use evalgrad::machine::Budgets;
use evalgrad::tape::Lowered;
use evalgrad::wgsl::specialize::{Pace, Request, Specialization};

/// Chains of inputs `a`, `b` and `x` whose whole operations are too long as text.
const CHAINS: [&str; 4] = [
    WHOLES[0],
    // A filter: values are handed on in changed places, rows of sums and differences, a constant less a matrix.
    "(define unit (eye 5))
     (define level (* (square a) unit))
     (define (measured k) (let ((s (sin (* .7 k))) (c (cos (* x k)))) (vec s c s c s)))
     (loop ((k 0) (y (zeros 5)) (p unit) (loss 0.))
       (if (< k 6)
           (let* ((ahead (+ p level)) (s (+ ahead (* (+ .5 (square b)) unit))) (w (inv s)) (gain (matmul ahead w)) (e (- (measured k) y)))
             (recur (+ k 1) (+ y (matvec gain e)) (matmul (- unit gain) ahead)
                    (+ loss (+ (log (det s)) (dot e (matvec w e))))))
           loss))",
    // Elements that share sums, matrices and vectors that change places from round to round.
    "(define m (+ (* a [[3 1 2 0 1 0] [0 4 1 1 2 1] [1 0 5 1 0 2] [2 1 0 6 1 0] [1 1 1 0 5 2] [0 2 1 1 0 7]]) (* x (eye 6))))
     (let loop ((i 0) (p m) (q (* b (eye 6))) (u (vec a b x 1 2 3)) (v (vec 1 2 b 3 a 4)) (s 0.))
       (if (= i 5)
           (+ s (vsum (solve p u)) (logdet q))
           (loop (+ i 1) (+ q (* .01 (matmul p p))) p (* v v) (+ u (solve p v)) (+ s (dot u v) (* x (ref u 2))))))",
    // Inputs and constants in matrices; what a lane's matrix is decides whether it can be inverted.
    "(define (m k) (mat (vec a b 1 2 x) (vec b a 2 1 k) (vec 1 x a b 2) (vec x 1 b a 1) (vec 2 k 1 x a)))
     (let loop ((i 0) (s 0.) (w (eye 5)))
       (if (= i 4) (+ s (vsum w)) (loop (+ i 1) (+ s (logdet (m (* b i)))) (matmul (inv (m i)) (* .5 w)))))",
];

fn setting() -> Setting {
    Setting { gradient: true, limits: Limits::of(&Budgets::default()), fuel: None, rounds: None }
}

fn specialization(program: &Lowered<f32>, rows: usize) -> Specialization {
    let all = vec![true; program.inputs];
    let request = Request { is_column: &all, wanted: &all, gradient: true, objects: u64::MAX, rows, rounds: 8 };
    Specialization::of(program, &request).expect("it fits a kernel")
}

fn assert_same(case: &Case, setting: &Setting, what: &str) {
    let found = device().specialize(&case.job(), setting).expect("the device runs").expect("a kernel");
    case.assert_job(&case.job(), &found, setting.gradient, what);
}

#[test]
fn chains_have_the_hosts_bits() {
    for text in CHAINS {
        let case = scattered(text, 60);
        let specialization = specialization(&case.program, usize::MAX);
        assert!(specialization.source.stepped_operations() > 0, "{text}");
        assert_eq!((specialization.source.pace(), specialization.source.lanes()), (Pace::Together, 1), "{text}");
        assert_same(&case, &setting(), "stepped");
        assert_same(&case, &Setting { fuel: Some(1), ..setting() }, "a block a slice");
        assert_same(&case, &Setting { gradient: false, ..setting() }, "forward only");
    }
}

/// What a program's kernel has text of its own for: the rows of the matrices that it eliminates, whether it inverts, eliminates and solves, and the
/// terms and columns of products.
fn fixed(text: &'static str) -> ([bool; 3], [Option<u32>; 3]) {
    let source = specialization(&scattered(text, 12).program, usize::MAX).source;
    assert!(source.stepped_operations() > 0, "{text}");
    let kernel = source.written(false, false).text;
    let has = ["case KIND_INVERT:", "case KIND_ELIMINATE, KIND_SOLVE:", "const SOLVES: bool = true;"];
    let number = |name: &str| {
        let (_, rest) = kernel.split_once(&format!("const {name}: u32 = "))?;
        rest.split_once('u')?.0.parse().ok()
    };
    (has.map(|part| kernel.contains(part)), ["SIZE", "TERMS", "COLUMNS"].map(number))
}

#[test]
fn what_costs_most_has_text_of_its_own() {
    let inverse = "(* x (vsum (inv (+ (* a (ones 7 7)) (* (+ 20 (square b)) (eye 7))))))";
    assert_eq!(fixed(inverse), ([true, false, false], [Some(7), Some(7), Some(7)]));
    let determinant = "(* x (logdet (+ (* a (ones 8 8)) (* (+ 20 (square b)) (eye 8)))))";
    assert_eq!(fixed(determinant), ([false, true, true], [Some(8), None, None]));
    let two_sizes = "(define (m n) (+ (* a (ones n n)) (* (+ 20 (square b)) (eye n))))
         (+ (* x (vsum (inv (m 5)))) (logdet (m 6)) (logdet (m 6)))";
    assert_eq!(fixed(two_sizes), ([false, true, true], [Some(6), Some(5), Some(5)]));
    let large = "(* x (logdet (+ (* a (ones 17 17)) (* (+ 20 (square b)) (eye 17)))))";
    assert_eq!(fixed(large).0, [false; 3]);
    let [_, others @ ..] = CHAINS;
    assert_eq!(others.map(|text| fixed(text).0), [[true; 3], [false, true, true], [true; 3]]);
}

#[test]
fn runs_that_are_cut_have_them_as_well() {
    // So many rounds that a cut takes less memory than none.
    let case = scattered(
        "(let loop ((i 0) (p (+ (* a [[1 2 3 4 5] [2 1 4 3 0] [4 3 2 2 1] [1 1 2 5 3] [0 2 1 7 1]]) (* x (eye 5)))) (s 0.))
           (if (= i 90) s (loop (+ i 1) (* .5 (+ p (* b (inv (+ p (* (+ i 40) (eye 5))))))) (+ s (vsum p)))))",
        60,
    );
    let limits = Limits { memory: 0, ..setting().limits };
    assert!(specialization(&case.program, 0).source.is_cut());
    for fuel in [None, Some(1)] {
        assert_same(&case, &Setting { limits, fuel, ..setting() }, &format!("cut, {fuel:?} a slice"));
    }
}

#[test]
fn constants_are_no_text() {
    let programs = [
        "(vsum (inv (+ (* a (ones 6 6)) (* x (+ (* b (eye 6)) 1.5)))))",
        "(vsum (inv (+ (* a (ones 6 6)) (* x (+ (* b (eye 6)) 2.25)))))",
    ];
    let sources = programs.map(|text| specialization(&scattered(text, 3).program, usize::MAX).source);
    assert_eq!(sources[0], sources[1]);
}

#[test]
fn what_is_too_large_is_no_kernel() {
    let case = scattered("(det (+ (* a (eye 40)) (* b (ones 40 40))))", 20);
    assert!(device().specialize(&case.job(), &setting()).expect("the device answers").is_none());
}
