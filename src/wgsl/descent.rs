//! The kernels of a descent: `shaders/descent/` with the formulas and layouts of [`crate::descent`].
//!
//! One iteration is, for as many starts at a time as memory holds: [`Kernel::Spread`], the model, [`Kernel::Charge`]; then
//! [`Kernel::Reduce`] level by level and [`Kernel::Step`]. [`Kernel::Gather`] stands between submissions.

use crate::descent::adam::{self, PATIENCE, Window};
use crate::descent::{ARITY, DEEP, Given, Halt, Loss, Observed, Own, WAYS, Word, drawn, pair, residual, share, slope};
use crate::wgsl::splice::{constants, functions, splice, style};
use crate::wgsl::text::{Function, Style, Text, TextMask, Ty, Value, function};

/// Invocations of a workgroup.
pub const GROUP: usize = 64;
/// Workgroups of a row of a dispatch.
pub const ROW: usize = 4096;
/// Fours of lanes that an invocation of the spread writes at most.
pub const SPAN: usize = 8;
/// Slopes that an invocation of a charge makes at most: it reads values and measurements once for all of them.
const TOGETHER: usize = 4;
/// In place of a column: the model does not read the parameter.
pub const NOWHERE: u32 = u32::MAX;

/// Words of the uniform parameters, in order.
pub const PARAMETERS: [&str; 16] = [
    "stamp",      // left in the summary
    "zero",       // 0, which no compiler may know
    "evaluation", // the model's own stamp
    "starts",
    "free",       // free parameters
    "rows",       // of data
    "quads",      // fours of rows of a start, the last one perhaps not full
    "width",      // fours of lanes between a column and the next
    "parts",      // of a sum
    "fewer",      // of a sum, after the reduction
    "iterations", // per start at most
    "scale",      // of the loss, an f32
    "first",      // the first slot of this piece
    "slots",      // of this piece
    "unused_0",
    "unused_1",
];

/// The number of a parameter.
pub fn parameter(name: &str) -> usize {
    match PARAMETERS.iter().position(|parameter| *parameter == name) {
        Some(parameter) => parameter,
        None => unreachable!("`{name}` is no parameter"),
    }
}

/// Words of the summary: the stamp, the starts that go on, lanes that have no number to be trusted, and how often each kernel ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Tally {
    Stamp,
    Going,
    Strayed,
    Spread,
    Evaluated,
    Charged,
    Reduced,
    Stepped,
}

impl Tally {
    /// Every one, in order.
    pub const ALL: [Tally; 8] = [
        Tally::Stamp,
        Tally::Going,
        Tally::Strayed,
        Tally::Spread,
        Tally::Evaluated,
        Tally::Charged,
        Tally::Reduced,
        Tally::Stepped,
    ];
}

/// The kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    Spread,
    /// Under a loss; so many slopes an invocation, which are [`together`].
    Charge(Loss, usize),
    Reduce,
    Step,
    Gather,
}

impl Kernel {
    /// Its entry point.
    pub fn entry(self) -> &'static str {
        match self {
            Kernel::Spread => "spread",
            Kernel::Charge(..) => "charge",
            Kernel::Reduce => "reduce",
            Kernel::Step => "advance",
            Kernel::Gather => "gather",
        }
    }

    /// Its text; `barrier` where the device cannot be told to leave float code alone.
    pub fn text(self, barrier: bool) -> String {
        let (frame, own) = match self {
            Kernel::Spread => (include_str!("../../shaders/descent/spread.wgsl"), Vec::new()),
            Kernel::Charge(loss, _) => (include_str!("../../shaders/descent/charge.wgsl"), charging(loss, barrier)),
            Kernel::Reduce => (include_str!("../../shaders/descent/reduce.wgsl"), vec![join(style(barrier))]),
            Kernel::Step => (include_str!("../../shaders/descent/step.wgsl"), stepping(style(barrier))),
            Kernel::Gather => (include_str!("../../shaders/descent/gather.wgsl"), Vec::new()),
        };
        let fields: String = PARAMETERS.iter().map(|name| format!("    {name}: u32,\n")).collect();
        let parameters = format!("struct Parameters {{\n{fields}}}\n");
        let count = if let Kernel::Charge(_, count) = self { count } else { 0 };
        let [begin, add, end] = slopes(count);
        let parts = [
            ("constants", numbers() + &constants([("TOGETHER".to_owned(), count as u32)])),
            ("parameters", parameters),
            ("functions", functions(own)),
            ("slopes begin", begin),
            ("slopes add", add),
            ("slopes end", end),
        ];
        splice(frame, &parts)
    }
}

/// How many slopes an invocation of the charge makes with so many free parameters.
pub fn together(free: usize) -> usize {
    free.clamp(1, TOGETHER)
}

/// What a charge does for its slopes: before its rows, for each four of them, and behind.
fn slopes(count: usize) -> [String; 3] {
    let each = |line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    [
        each(&|n| {
            format!(
                "let parameter{n} = min(first + {n}u, p.free - 1u);\n\
                 let derivative{n} = derivative_of(parameter{n});\n\
                 let unit{n} = unit_of(parameter{n}, start);\n\
                 var high{n} = vec4<f32>(0.0f);\n\
                 var low{n} = vec4<f32>(0.0f);\n"
            )
        }),
        each(&|n| {
            format!(
                "let term{n} = drawn(by_value, rows[derivative{n} + lane], unit{n}, z);\n\
                 let more{n} = add(high{n}, low{n}, select(vec4<f32>(0.0f), term{n}, is_row), z);\n\
                 high{n} = more{n}[0];\n\
                 low{n} = more{n}[1];\n"
            )
        }),
        each(&|n| format!("highs[{next}] = high{n};\nlows[{next}] = low{n};\n", next = n + 1)),
    ]
}

/// A function of floats.
fn of_floats<const N: usize>(
    style: Style,
    name: &str,
    operands: [&str; N],
    body: impl FnOnce([Text; N]) -> Vec<Value>,
) -> Function {
    let typed = operands.map(|operand| (operand, Ty::F32));
    function(style, name, &typed, |values| body(std::array::from_fn(|index| values[index].float())))
}

/// Two results.
fn both([first, second]: [Text; 2]) -> Vec<Value> {
    vec![first.into(), second.into()]
}

fn join(style: Style) -> Function {
    of_floats(style, "join", ["a_high", "a_low", "b_high", "b_low"], |[a, b, c, d]| both(pair::join([a, b], [c, d])))
}

/// What a charge is made of: four lanes, and scalars at the end.
fn charging(loss: Loss, barrier: bool) -> Vec<Function> {
    let four = if barrier { Style::FOUR.with_barrier() } else { Style::FOUR };
    vec![
        of_floats(four, "residual", ["value", "high", "low", "inverse"], |[value, high, low, inverse]| {
            vec![residual(value, Observed { high, low, inverse }).into()]
        }),
        of_floats(four, "share", ["r", "scale"], |[r, scale]| vec![share(loss, r, scale).into()]),
        of_floats(four, "slope", ["r", "inverse", "scale"], |[r, inverse, scale]| {
            vec![slope(loss, r, inverse, scale).into()]
        }),
        of_floats(four, "drawn", ["slope", "derivative", "unit"], |[slope, derivative, unit]| {
            vec![drawn(slope, derivative, unit).into()]
        }),
        of_floats(four, "add", ["high", "low", "term"], |[high, low, term]| both(pair::add([high, low], term))),
        join(style(barrier)),
    ]
}

fn mask(value: Value) -> TextMask {
    match value {
        Value::Mask(mask) => mask,
        other => unreachable!("a truth is declared Ty::Bool, not {other:?}"),
    }
}

fn stepping(style: Style) -> Vec<Function> {
    let limits = ["lower_high", "lower_low", "upper_high", "upper_low"];
    let [lower_high, lower_low, upper_high, upper_low] = limits;
    vec![
        join(style),
        of_floats(style, "normal", ["high", "low"], |pair| both(pair::normal(pair))),
        of_floats(style, "less", ["a_high", "a_low", "b_high", "b_low"], |[a, b, c, d]| {
            vec![pair::less([a, b], [c, d]).into()]
        }),
        of_floats(style, "is_finite", ["x"], |[x]| vec![adam::is_finite(x).into()]),
        of_floats(style, "window", ["least", "mean", "loss"], |[least, mean, loss]| {
            let Window { least, mean } = Window { least, mean }.and(loss);
            both([least, mean])
        }),
        of_floats(
            style,
            "is_below",
            ["least", "mean", "before_least", "before_mean"],
            |[least, mean, before, other]| {
                vec![Window { least, mean }.is_below(Window { least: before, mean: other }).into()]
            },
        ),
        of_floats(style, "known", ["mean", "square"], |[mean, square]| both(adam::known(mean, square))),
        of_floats(
            style,
            "pushed",
            ["high", "low", lower_high, lower_low, upper_high, upper_low, "slope"],
            |[high, low, a, b, c, d, slope]| vec![adam::pushed([high, low], [[a, b], [c, d]], slope).into()],
        ),
        function(style, "slope_mean", &[("mean", Ty::F32), ("slope", Ty::F32), ("is_pushed", Ty::Bool)], |values| {
            vec![adam::mean(values[0].float(), values[1].float(), mask(values[2])).into()]
        }),
        of_floats(style, "slope_root", ["root", "slope"], |[root, slope]| vec![adam::root(root, slope).into()]),
        of_floats(style, "direction", ["mean", "root", "mean_known", "square_known"], |[mean, root, a, b]| {
            vec![adam::direction(mean, root, [a, b]).into()]
        }),
        of_floats(
            style,
            "moved",
            ["high", "low", "rate", "way", lower_high, lower_low, upper_high, upper_low],
            |[high, low, rate, way, a, b, c, d]| both(adam::moved([high, low], rate, way, [[a, b], [c, d]])),
        ),
    ]
}

/// `NAME` of a `Name`.
fn upper(prefix: &str, name: String) -> String {
    let mut upper = prefix.to_owned();
    for letter in name.chars() {
        if letter.is_uppercase() {
            upper.push('_');
        }
        upper.push(letter.to_ascii_uppercase());
    }
    upper
}

/// Every number that the kernels share with the host.
fn numbers() -> String {
    let mut values: Vec<(String, u32)> = Vec::new();
    values.extend(Halt::ALL.map(|halt| (upper("HALT", format!("{halt:?}")), halt as u32)));
    values.extend(Word::ALL.map(|word| (upper("WORD", format!("{word:?}")), word as u32)));
    values.extend(Own::ALL.map(|own| (upper("OWN", format!("{own:?}")), own as u32)));
    values.extend(Given::ALL.map(|given| (upper("GIVEN", format!("{given:?}")), given as u32)));
    values.extend(Tally::ALL.map(|tally| (upper("TALLY", format!("{tally:?}")), tally as u32)));
    let Window { least, mean } = Window::<f32>::empty();
    let named = [
        ("WORDS", Word::ALL.len() as u32),
        ("OWNS", Own::ALL.len() as u32),
        ("GIVENS", Given::ALL.len() as u32),
        ("WAYS", WAYS as u32),
        ("DEEP", DEEP as u32),
        ("ARITY", ARITY as u32),
        ("SPAN", SPAN as u32),
        ("PATIENCE", PATIENCE as u32),
        ("WINDOW_LEAST", least.to_bits()),
        ("WINDOW_MEAN", mean.to_bits()),
        ("NOWHERE", NOWHERE),
        ("ROW", (ROW * GROUP) as u32),
    ];
    values.extend(named.map(|(name, value)| (name.to_owned(), value)));
    constants(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_is_valid_in_both_styles() {
        let charges = Loss::ALL.map(|loss| Kernel::Charge(loss, together(loss as usize)));
        for kernel in [Kernel::Spread, Kernel::Reduce, Kernel::Step, Kernel::Gather].into_iter().chain(charges) {
            for barrier in [false, true] {
                crate::wgsl::splice::assert_valid(&kernel.text(barrier));
            }
        }
    }
}
