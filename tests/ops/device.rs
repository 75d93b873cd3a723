//! The op table on a device: on an IEEE device every function of the table gives the host's bits.

use std::time::Duration;

use evalgrad::device::{AdapterReport, Binding, Buffer, Context, ContextOptions, Exactness, Selection, Work};
use evalgrad::op::{Kind, Op, ROWS, Row, compare, compare_integer, integer, pull, real, test, test_integer};
use evalgrad::wgsl::text::{
    Function, Style, compare_function, compare_integer_function, integer_function, pull_function, real_function,
    test_function, test_integer_function,
};

use crate::scatter;

/// Invocations of every kernel.
const POINTS: usize = 1 << 14;

/// Pairs of these come first.
const SPECIAL: [u32; 16] = [
    0,
    0x8000_0000,
    1,
    0x8000_0001,
    0x007f_ffff,
    0x7f80_0000,
    0xff80_0000,
    0x7fc0_0000,
    0x3f80_0000,
    0xbf80_0000,
    0x7f7f_ffff,
    0x4000_0000,
    2,
    3,
    0x3f00_0000,
    0xbf00_0000,
];

/// Operand bits: special pairs, moderate numbers and any bits.
fn operands(index: u32) -> (u32, u32) {
    if index < 256 {
        return (SPECIAL[index as usize / 16], SPECIAL[index as usize % 16]);
    }
    let (word, other) = (scatter(index), scatter(!index));
    let x = if index.is_multiple_of(3) { (word as f32 / 4e7 - 50.0).to_bits() } else { word };
    let y = match index % 10 {
        0 | 2 | 4 | 6 | 8 => (f32::from_bits(x) * (other as f32 / 1e9)).to_bits(),
        5 => ((other % 41) as f32 - 20.0).to_bits(),
        _ => other,
    };
    (x, y)
}

/// A function on a device, the statement that calls it on `x y` or `a b` and leaves `r: vec2<u32>`, and what the host has for it.
struct Case {
    function: Function,
    call: String,
    host: fn(Op, u32, u32) -> [u32; 2],
    /// Are the words of the result floats, so that all NaNs are the same?
    floats: bool,
}

fn float(bits: u32) -> f32 {
    f32::from_bits(bits)
}

/// The functions of one row.
fn cases(row: &Row, style: Style) -> Vec<Case> {
    let op = row.op;
    let two = row.arity == 2;
    let (floats, words) = if two { ("x, y", "a, b") } else { ("x", "a") };
    let wide = style.lanes == 4;
    let scalar = |function: Function, operands: &str, host, floats| {
        let call = format!("r.x = u32({}({operands}, z));", function.name);
        Case { function, call, host, floats }
    };
    match row.kind {
        Kind::Arithmetic | Kind::Real => {
            let function = real_function(op, style);
            let call = if wide && two {
                format!("r.x = bitcast<u32>({}(vec4<f32>(x), vec4<f32>(y), z)[3]);", function.name)
            } else if wide {
                format!("r.x = bitcast<u32>({}(vec4<f32>(x), z)[3]);", function.name)
            } else {
                format!("r.x = bitcast<u32>({}({floats}, z));", function.name)
            };
            let mut cases = vec![Case {
                function,
                call,
                host: |op, a, b| [real(op, float(a), float(b)).to_bits(), 0],
                floats: true,
            }];
            if wide {
                return cases;
            }
            let function = pull_function(op, style);
            let result = if two { "r = bitcast<vec2<u32>>" } else { "r.x = bitcast<u32>" };
            let call = format!("{result}({}({floats}, value, 1.5, z));", function.name);
            let host: fn(Op, u32, u32) -> [u32; 2] = |op, a, b| {
                let (x, y) = (float(a), float(b));
                let (x_bar, y_bar) = pull(op, x, y, real(op, x, y), 1.5);
                [x_bar.to_bits(), if op.row().arity == 2 { y_bar.to_bits() } else { 0 }]
            };
            cases.push(Case { function, call, host, floats: true });
            if row.kind == Kind::Arithmetic {
                let function = integer_function(op);
                let call = format!("r = {}({words}, z);", function.name);
                cases.push(Case { function, call, host: |op, a, b| integer(op, a, b).into(), floats: false });
            }
            cases
        }
        Kind::Compare if !wide => vec![
            scalar(compare_function(op, style), floats, |op, a, b| [compare(op, float(a), float(b)).into(), 0], false),
            scalar(compare_integer_function(op, style), words, |op, a, b| [compare_integer(op, a, b).into(), 0], false),
        ],
        Kind::NumberTest if !wide => vec![
            scalar(test_function(op, style), floats, |op, a, _| [test(op, float(a)).into(), 0], false),
            scalar(test_integer_function(op, style), words, |op, a, _| [test_integer(op, a).into(), 0], false),
        ],
        _ => Vec::new(),
    }
}

/// The buffers that every kernel has.
struct Operands {
    pairs: Vec<(u32, u32)>,
    a: Buffer,
    b: Buffer,
    zero: Buffer,
}

/// How many points differ, and the first of them.
fn differing(context: &Context, row: &Row, case: &Case, operands: &Operands) -> (usize, String) {
    let bits = |&(a, b): &(u32, u32)| match row.kind {
        Kind::Arithmetic | Kind::Real => real(row.op, float(a), float(b)).to_bits(),
        _ => 0,
    };
    let values: Vec<u32> = operands.pairs.iter().map(bits).collect();
    let text = format!(
        "@group(0) @binding(0) var<storage, read> all_a: array<u32>;
        @group(0) @binding(1) var<storage, read> all_b: array<u32>;
        @group(0) @binding(2) var<storage, read> values: array<u32>;
        @group(0) @binding(3) var<storage, read> zero: array<u32>;
        @group(0) @binding(4) var<storage, read_write> results: array<vec2<u32>>;
        {}
        @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {{
            let z = zero[0];
            let a = all_a[id.x];
            let b = all_b[id.x];
            let x = bitcast<f32>(a);
            let y = bitcast<f32>(b);
            let value = bitcast<f32>(values[id.x]);
            var r = vec2<u32>(0u, 0u);
            {}
            results[id.x] = r;
        }}",
        case.function.text, case.call
    );
    let read = Binding::ReadOnly;
    let bindings = [read, read, read, read, Binding::ReadWrite];
    let kernel = context.kernel(&case.function.name, &text, "main", &bindings).unwrap();
    let values = context.buffer_from("values", &values).unwrap();
    let results = context.buffer("results", 8 * POINTS as u64).unwrap();
    let mut work = Work::new(&case.function.name);
    work.dispatch(&kernel, &[&operands.a, &operands.b, &values, &operands.zero, &results], [POINTS as u32 / 64, 1]);
    let all = work.read(&results);
    let words = context.submit(work, Duration::from_secs(20)).unwrap().get::<u32>(all);
    let mut differ = operands.pairs.iter().zip(words.chunks_exact(2)).filter_map(|(&(a, b), ours)| {
        let theirs = (case.host)(row.op, a, b);
        let same = ours
            .iter()
            .zip(theirs)
            .all(|(&ours, theirs)| ours == theirs || case.floats && float(ours).is_nan() && float(theirs).is_nan());
        (!same).then(|| format!("{} of {a:#x} {b:#x}: {ours:x?}, not {theirs:x?}", case.function.name))
    });
    let first = differ.next();
    (usize::from(first.is_some()) + differ.count(), first.unwrap_or_default())
}

/// Hardware may round division and square roots its own way and flush subnormals, as Vulkan allows; software has no such excuse.
fn is_ieee(adapter: &AdapterReport) -> bool {
    !adapter.is_hardware()
}

/// The device, with code that it is told to leave alone or without; `None` where there is none and leave to go without.
fn open(decorate: bool) -> Option<Context> {
    match Context::open_with(&Selection::Best, ContextOptions { decorate, ..ContextOptions::default() }) {
        Ok(context) => Some(context),
        Err(error) if std::env::var_os("EVALGRAD_ALLOW_NO_GPU").is_some_and(|value| value == "1") => {
            eprintln!("skipped: the op table on a device: {error}");
            None
        }
        Err(error) => panic!("this needs a GPU (EVALGRAD_ALLOW_NO_GPU=1 skips it): {error}"),
    }
}

/// Every function in these styles against the host.
fn compare_all(context: &Context, styles: [Style; 2]) {
    let pairs: Vec<(u32, u32)> = (0..POINTS as u32).map(operands).collect();
    let column = |pick: fn(&(u32, u32)) -> u32| {
        context.buffer_from("operands", &pairs.iter().map(pick).collect::<Vec<u32>>()).unwrap()
    };
    let (a, b) = (column(|pair| pair.0), column(|pair| pair.1));
    let zero = context.buffer_from("zero", &[0_u32; 4]).unwrap();
    let operands = Operands { a, b, zero, pairs };
    let mut failures = Vec::new();
    for style in styles {
        for row in ROWS {
            for case in cases(row, style) {
                let (count, first) = differing(context, row, &case, &operands);
                if count > 0 {
                    failures.push(format!("{count} points in {style:?}: {first}"));
                }
            }
        }
    }
    println!("{}: {} functions differ\n{}", context.adapter(), failures.len(), failures.join("\n"));
    assert!(failures.is_empty() || !is_ieee(context.adapter()), "{}", failures.join("\n"));
}

#[test]
fn every_function_gives_the_bits_of_the_host() {
    let Some(context) = open(true) else { return };
    match context.exactness() {
        Exactness::Decorated => compare_all(&context, [Style::SCALAR, Style::FOUR]),
        Exactness::Barrier => println!("{} can be told nothing; the next test is for it", context.adapter()),
    }
}

#[test]
fn every_function_behind_barriers_gives_the_bits_of_the_host() {
    let Some(context) = open(false) else { return };
    compare_all(&context, [Style::SCALAR.with_barrier(), Style::FOUR.with_barrier()]);
}
