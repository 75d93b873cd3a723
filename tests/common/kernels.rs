//! Every kernel that the project has, in one list: what must hold for kernels is tested for those of [`kernels`].
//!
//! A new kernel is a line there (`tests/portability/` finds files of `shaders/` that are in none), and a run in `tests/dawn/`.

use evalgrad::descent::Loss;
use evalgrad::device::probe::{self, Protection};
use evalgrad::host::replay::Limits;
use evalgrad::machine::Budgets;
use evalgrad::machine::work::Column;
use evalgrad::op::{Kind, Op, ROWS};
use evalgrad::wgsl;
use evalgrad::wgsl::descent;
use evalgrad::wgsl::specialize::{Request, Specialization};

use super::recorded::Case;

/// A kernel's texts.
pub struct Kernel {
    /// For devices that can be told to leave float code alone, and for those that cannot.
    pub texts: [Text; 2],
}

/// A kernel in one style.
pub struct Text {
    /// The kernel's name and style.
    pub name: String,
    pub text: String,
}

impl Kernel {
    fn new(name: &str, text: impl Fn(bool) -> String) -> Kernel {
        let styled = |barrier| {
            let style = if barrier { "barrier" } else { "plain" };
            Text { name: format!("{name}, {style}"), text: text(barrier) }
        };
        Kernel { texts: [false, true].map(styled) }
    }
}

/// All of them: those with a file in `shaders/`, and a sample of those that are made for a program.
pub fn kernels() -> Vec<Kernel> {
    let mut all = vec![
        Kernel::new("probe", |barrier| probe::text(if barrier { Protection::Barrier } else { Protection::Decorated })),
        Kernel::new("machine", wgsl::machine),
        Kernel::new("adjoint", wgsl::adjoint),
        Kernel::new("replay", wgsl::replay),
        Kernel::new("replay of whole operations", wgsl::replay_wholes),
    ];
    all.extend(descents().map(|(name, kernel)| Kernel::new(&name, |barrier| kernel.text(barrier))));
    // The masked kernel is made where a gradient is NaN, as the lines' odd numbers make most.
    all.extend(lines().iter().map(|text| specialized(&Case::of(text, LANES, odd), ROUNDS[0], false)));
    all.extend(
        lines()[lines().len() - 2..].iter().map(|text| specialized(&Case::of(text, LANES, odd), ROUNDS[0], true)),
    );
    for text in BRANCHES {
        let case = Case::of(text, LANES, plain);
        all.extend(ROUNDS.map(|rounds| specialized(&case, rounds, false)));
    }
    all.push(specialized(&Case::of(STEPPED, LANES, plain), ROUNDS[0], false));
    all
}

/// Free parameters of a descent: the charge makes slopes one, two, three and four at a time; six are more than an invocation makes.
pub const FREE: [usize; 4] = [1, 2, 3, 6];

/// The kernels of whole runs of Adam, with their names.
fn descents() -> impl Iterator<Item = (String, descent::Kernel)> {
    let charges = Loss::ALL.into_iter().flat_map(|loss| {
        let charge = |free| descent::Kernel::Charge(loss, descent::together(free));
        FREE.map(charge)
    });
    let others = [descent::Kernel::Spread, descent::Kernel::Reduce, descent::Kernel::Step, descent::Kernel::Gather];
    others.into_iter().chain(charges).map(|kernel| (format!("descent {kernel:?}"), kernel))
}

/// How often loops are unrolled: as at first, and not at all.
pub const ROUNDS: [u32; 2] = [8, 0];

/// A program whose whole operations are run step by step.
pub const STEPPED: &str = "(* x (vsum (inv (+ (* 0.01 a (ones 7 7)) (* (+ 9 (square b)) (eye 7))))))";
/// Lanes of a lowered program.
pub const LANES: usize = 72;
/// Programs with branches, loops of fixed and of other lengths, tables, failures, and guards that no lane leaves by.
pub const BRANCHES: [&str; 9] = [
    "(if (< x a) (* a x) (+ (exp b) x))",
    "(let loop ((i 0) (s x)) (if (= i 40) s (loop (+ i 1) (if (< s a) (+ s b) (* s 0.5)))))",
    "(let loop ((s x) (p 1.)) (if (< s 1) (* p s) (loop (* s (/ 1 (+ 1.5 (abs a)))) (* p (cos s)))))",
    "(* a (list-ref '(1.5 2.5 3.5 4.5 5.5 6.5 7.5 8.5) (exact (floor (min 7 (abs (* 5 x)))))))",
    "(let f ((n 60) (y x)) (if (= n 0) y (+ (* a y) (f (- n 1) (* (sin y) 0.9)))))",
    "(if (< x 0.5) (car '()) (* a x))",
    "(if (< x 0.5) 'low (if (< a 0.5) 2 (* a (modulo x b))))",
    "(let loop ((i 0) (y x) (v 0.)) (if (= i 300) y
       (let ((w (- v (* 0.01 (+ (* a (sin y)) (* b v)))))) (loop (+ i 1) (+ y (* 0.01 w)) w))))",
    "(let loop ((i 0) (y x)) (if (= i 6) y (loop (+ i 1) (dot [1 0.5] (matvec (inv (mat [(+ 2 (* a a)) b] [0 3])) [y 1])))))",
];

/// Moderate numbers.
pub fn plain(input: usize) -> Column {
    let number = |lane: usize| (lane * [31, 57, 73][input] % 97) as f32 / 32.0 - 0.5;
    Column::F32((0..LANES).map(number).collect::<Vec<f32>>().into())
}

/// Numbers of which one in five is an odd one.
pub fn odd(input: usize) -> Column {
    const ODD: [f32; 9] = [0.0, -0.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 3e38, -1e-30, 1e-38, 1e6];
    let number = |lane: usize| match lane % 5 {
        4 => ODD[(lane / 5 + 4 * input) % ODD.len()],
        _ => plain(input).at(lane),
    };
    Column::F32((0..LANES).map(number).collect::<Vec<f32>>().into())
}

/// Straight lines: one for every operation of numbers, and longer ones.
pub fn lines() -> Vec<String> {
    let is_line =
        |op: &Op| matches!(op.row().kind, Kind::Arithmetic | Kind::Real) && !matches!(op, Op::Pow | Op::Attach);
    let row = |op: Op| {
        let row = op.row();
        let name = if op == Op::Neg { "-" } else { row.name.trim_start_matches('%') };
        format!("({name} {})", if row.arity == 1 { "a" } else { "a b" })
    };
    let mut lines: Vec<String> = ROWS.iter().map(|row| row.op).filter(is_line).map(row).collect();
    lines.extend(
        [
            "a",
            "(begin a 2.5)",
            "(* a (* (exp (- (* b x))) (cos (* x 3))))",
            "(let loop ((i 0) (y x)) (if (< i 16) (loop (+ i 1) (* a (* y (- 1 y)))) y))",
            "(let loop ((i 0) (v x) (y a)) (if (= i 30) (+ y v)
               (let ((w (- v (* 0.01 (+ (sin y) (* b v)))))) (loop (+ i 1) w (+ y (* 0.01 w))))))",
        ]
        .map(str::to_owned),
    );
    lines
}

/// A kernel of a program along the paths of some lanes, with all gradients.
fn specialized(case: &Case, rounds: u32, is_masked: bool) -> Kernel {
    let all = vec![true; case.segment.columns.len()];
    let memory = Limits::of(&Budgets::default()).memory;
    let request =
        Request { is_column: &all, wanted: &all, gradient: true, objects: u64::MAX, rows: memory / 4, rounds };
    let found = Specialization::of(&case.program, &request);
    let source = found.unwrap_or_else(|| panic!("{} fits a kernel", case.text)).source;
    let masked = if is_masked { ", masked" } else { "" };
    Kernel::new(&format!("{} in {rounds} rounds{masked}", case.text), |barrier| source.written(barrier, is_masked).text)
}
