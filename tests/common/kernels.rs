//! Every kernel that the project has, in one list: what must hold for kernels is tested for those of [`kernels`].
//!
//! A new kernel is a line there (`tests/portability/` finds files of `shaders/` that are in none), and a run in `tests/dawn/`.

use evalgrad::device::probe::{self, Protection};
use evalgrad::machine::work::Column;
use evalgrad::op::{Kind, Op, ROWS};
use evalgrad::wgsl;
use evalgrad::wgsl::specialize::Straight;

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
    ];
    all.extend(lines().iter().map(|program| specialized(program)));
    all
}

/// Straight lines: one for every operation of numbers, and longer ones.
pub fn lines() -> Vec<String> {
    let is_line = |op: &Op| matches!(op.row().kind, Kind::Arithmetic | Kind::Real) && *op != Op::Pow;
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

/// The kernel of a straight line with all gradients, every input a column.
fn specialized(program: &str) -> Kernel {
    let case = Case::of(program, 1, |input| Column::Uniform(0.5 + input as f64 / 4.0));
    let all = vec![true; case.segment.columns.len()];
    let straight = Straight::of(&case.program, &all, &all, true);
    let line = straight.unwrap_or_else(|| panic!("{program} is a straight line")).line;
    Kernel::new(program, |barrier| line.written(barrier).text)
}
