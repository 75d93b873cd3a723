//! Seeded long programs: a loop of hundreds of steps that carries a number, a vector and a matrix, whose lanes part and meet again.
//!
//! They are what short programs do not reach: runs that are cut many times, with snapshots that thin out, and whole
//! operations on both sides of a decision. What a step makes of something goes through `tanh` or an inverse of what is far
//! from singular, so that numbers stay tame.

use super::generate::{Generated, Random};

/// The program of a seed.
pub fn long_program(seed: u64) -> Generated {
    let mut random = Random::new(seed ^ 0x10_0065);
    let size = random.between(2, 6);
    let rounds = random.between(40, 300);
    let mut steps = Steps { random, size };
    let (next, decisions) = (steps.next(), steps.random.below(3));
    let step = (0..decisions).fold(next, |next, _| {
        let other = steps.next();
        format!("(if {} {next} {other})", steps.decision())
    });
    let unit = format!("(eye {size})");
    let start =
        format!("(x (* .1 a)) (v (scale .1 (ones {size}))) (m (+ {unit} (scale (* .1 b) (ones {size} {size}))))");
    let value = "(+ x (vsum v) (* .1 (vsum m)))";
    let text = format!("(loop ((k 0) {start})\n  (if (= k {rounds}) {value}\n    {step}))");
    let input = |name: &str| {
        let value = Random::new(seed ^ u64::from(name.as_bytes()[0])).between(0, 1024) as f64 / 256.0 - 2.0;
        (name.to_owned(), value)
    };
    Generated { text, inputs: ["a", "b"].map(input).into() }
}

struct Steps {
    random: Random,
    /// Rows and columns.
    size: usize,
}

impl Steps {
    /// The next round, each of what is carried as it is or changed.
    fn next(&mut self) -> String {
        let x = if self.random.below(4) == 0 { "x".to_owned() } else { self.number() };
        let v = if self.random.below(4) == 0 { "v".to_owned() } else { self.vector() };
        let m = if self.random.below(3) == 0 { "m".to_owned() } else { self.matrix() };
        format!("(recur (+ k 1) {x} {v} {m})")
    }

    fn index(&mut self) -> usize {
        self.random.below(self.size)
    }

    fn decision(&mut self) -> String {
        let (i, j) = (self.index(), self.index());
        match self.random.below(7) {
            0 => "(< x b)".to_owned(),
            1 => format!("(< (ref v {i}) (* .1 a))"),
            2 => format!("(> (ref m {i} {j}) (* .2 x))"),
            3 => "(even? k)".to_owned(),
            4 => format!("(= (modulo k {}) 2)", self.random.between(3, 60)),
            5 => format!("(< (det (+ m (eye {}))) (* 2 a))", self.size),
            _ => "(< (* x k .02) a)".to_owned(),
        }
    }

    fn number(&mut self) -> String {
        let (i, j) = (self.index(), self.index());
        match self.random.below(6) {
            0 => format!("(sin (+ x (* a (ref v {i}))))"),
            1 => format!("(/ (+ x b) (+ 2 (square (ref m {i} {j}))))"),
            2 => "(tanh (+ (* .5 x) (dot v v)))".to_owned(),
            3 => format!("(tanh (+ x (* .1 (logdet (+ (scale 4. (eye {})) (vmap sin m))))))", self.size),
            4 => "(* .9 (+ x (cos (* k b))))".to_owned(),
            _ => "(tanh (+ a (vsum (matvec m v))))".to_owned(),
        }
    }

    fn vector(&mut self) -> String {
        let (size, i) = (self.size, self.index());
        match self.random.below(6) {
            0 => "(+ (scale .5 v) (vmap sin (matvec m v)))".to_owned(),
            1 => format!("(solve (+ (scale 4. (eye {size})) (vmap sin m)) (+ v (* .1 x)))"),
            2 => format!("(vmap tanh (+ v (ref m {i})))"),
            3 => "(scale .9 (* v (cos x)))".to_owned(),
            4 => "(vmap tanh (matvec (matmul m (transpose m)) v))".to_owned(),
            _ => "(if (< x a) v (vmap sin (+ v x)))".to_owned(),
        }
    }

    fn matrix(&mut self) -> String {
        let unit = format!("(scale 5. (eye {}))", self.size);
        match self.random.below(6) {
            0 => format!("(inv (+ {unit} (vmap sin m)))"),
            1 => "(vmap tanh (+ (scale .3 m) (outer v v)))".to_owned(),
            2 => "(vmap tanh (matmul m (+ m (outer v (* a v)))))".to_owned(),
            3 => "(transpose m)".to_owned(),
            4 => format!("(let ((s (+ {unit} (vmap sin (+ m (transpose m)))))) (scale 3. (matmul m (inv s))))"),
            _ => format!("(solve (+ {unit} (vmap sin m)) (+ m (scale (* .1 x) (eye {}))))", self.size),
        }
    }
}
