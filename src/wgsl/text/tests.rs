//! Every function of the table is valid WGSL, and its text means what the scalars compute, bit for bit.

use super::code::Code;
use super::*;
use crate::op::num::{Num, Word};
use crate::op::{Kind, Op, ROWS, Row, compare, compare_integer, exact, integer, pull, real, test, test_integer};

/// Fails where naga finds fault with the module.
fn validate(source: &str) {
    let module = match naga::front::wgsl::parse_str(source) {
        Ok(module) => module,
        Err(error) => panic!("{}\n{source}", error.emit_to_string(source)),
    };
    let mut validator =
        naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty());
    let info = match validator.validate(&module) {
        Ok(info) => info,
        Err(error) => panic!("{error:?}\n{source}"),
    };
    let options = naga::back::spv::Options::default();
    assert!(naga::back::spv::write_vec(&module, &info, &options, None).is_ok());
}

fn is_numeric(row: &Row) -> bool {
    matches!(row.kind, Kind::Arithmetic | Kind::Real)
}

/// All float functions of the table in one style.
fn float_functions(style: Style) -> Vec<Function> {
    let mut functions = Vec::new();
    for row in ROWS {
        match row.kind {
            Kind::Arithmetic | Kind::Real => {
                functions.extend([real_function(row.op, style), pull_function(row.op, style)]);
            }
            Kind::Compare => functions.push(compare_function(row.op, style)),
            Kind::NumberTest => functions.push(test_function(row.op, style)),
            _ => {}
        }
    }
    functions
}

#[test]
fn every_function_is_valid_wgsl_in_every_style() {
    for style in [Style::SCALAR, Style::FOUR, Style::SCALAR.with_barrier(), Style::FOUR.with_barrier()] {
        let mut source = String::new();
        for function in float_functions(style) {
            source += &function.text;
        }
        for row in ROWS {
            match row.kind {
                Kind::Arithmetic if style == Style::SCALAR => source += &integer_function(row.op).text,
                Kind::Compare => source += &compare_integer_function(row.op, style).text,
                Kind::NumberTest => source += &test_integer_function(row.op, style).text,
                _ => {}
            }
        }
        if style == Style::SCALAR {
            source += &exact_function().text;
        }
        validate(&source);
    }
}

#[test]
fn the_functions_stay_small_enough_to_compile() {
    // About 0.3 ms of driver time an operation: all formulas together stay within half a second. `expt` is `pow`.
    let formulas = ROWS.iter().filter(|row| is_numeric(row) && row.op != Op::Expt);
    let operations: usize = formulas.map(|row| real_function(row.op, Style::SCALAR).operations).sum();
    assert!(operations < 1600, "{operations} operations");
}

#[test]
fn no_text_uses_what_drivers_may_compute_their_own_way() {
    for function in float_functions(Style::SCALAR) {
        for banned in ["exp(", "sin(", "cos(", "pow(", "round(", "fract(", "min(", "max(", "sign(", "fma(", "!="] {
            let calls = function.text.split_whitespace().any(|word| word.starts_with(banned));
            assert!(!calls, "{banned} in\n{}", function.text);
        }
    }
}

#[test]
fn a_barrier_stands_behind_every_rounding() {
    let style = Style::FOUR.with_barrier();
    let block = block(style, "v", &[("a", Ty::F32), ("n", Ty::U32)], |operands| {
        let sum = operands[0].float() + Text::of(1.5);
        vec![sum.into(), operands[1].word().plus(TextWord::of(2)).into()]
    });
    let sum = "    let v1 = bitcast<vec4<f32>>(bitcast<vec4<u32>>(a + vec4<f32>(1.5f)) ^ vec4<u32>(z));\n";
    assert_eq!(block.statements, format!("{sum}    let v2 = n + vec4<u32>(2u);\n"));
}

#[test]
fn a_barrier_stands_before_what_cancels() {
    let style = Style::SCALAR.with_barrier();
    let block = block(style, "v", &[("a", Ty::F32), ("n", Ty::U32)], |operands| {
        let (a, n) = (operands[0].float(), operands[1].word());
        vec![(a - a).into(), (a / a).into(), n.minus(n).into(), n.divide_signed(n).into()]
    });
    let lines: Vec<&str> = block.statements.lines().collect();
    let apart = "bitcast<f32>(bitcast<u32>(a) | u32(z))";
    for (line, sign) in lines.iter().zip(["-", "/"]) {
        assert!(line.ends_with(&format!("= bitcast<f32>(bitcast<u32>(a {sign} {apart}) ^ u32(z));")), "{line}");
    }
    // Words have neither NaN nor infinity, and code that is decorated needs no barrier.
    assert_eq!(lines[2..], ["    let v3 = n - n;", "    let v4 = bitcast<u32>(bitcast<i32>(n) / bitcast<i32>(n));"]);
    let plain = super::block(Style::SCALAR, "v", &[("a", Ty::F32)], |operands| {
        vec![(operands[0].float() - operands[0].float()).into()]
    });
    assert_eq!(plain.statements, "    let v1 = a - a;\n");
}

#[test]
fn equal_operations_are_written_once_and_unused_ones_not_at_all() {
    let block = block(Style::SCALAR, "v", &[("a", Ty::F32)], |operands| {
        let a = operands[0].float();
        let _unused = a.sqrt();
        vec![(a * a + a * a).into()]
    });
    assert_eq!(block.statements, "    let v1 = a * a;\n    let v2 = v1 + v1;\n");
    assert_eq!(block.operations, 2);
}

/// What the text of a body comes to on an IEEE device, for operands given as bits; truths are 0 and 1.
fn evaluate(operands: &[(&str, Ty)], bits: &[u32], body: impl FnOnce(&[Value]) -> Vec<Value>) -> Vec<u32> {
    let (builder, results) = build(operands, body);
    let mut values: Vec<u32> = Vec::new();
    for node in &builder.nodes {
        let value = match node {
            Node::Operand(_) => bits[values.len()],
            Node::Float(bits) | Node::Word(bits) => *bits,
            Node::Truth(truth) => u32::from(*truth),
            Node::Operation(code, _, operands) => step(*code, operands.map(|operand| values[operand as usize])),
        };
        values.push(value);
    }
    results.iter().map(|result| values[result.index() as usize]).collect()
}

/// One operation on bits.
fn step(code: Code, [a, b, c]: [u32; 3]) -> u32 {
    let (x, y) = (f32::from_bits(a), f32::from_bits(b));
    let (i, j) = (a as i32, b as i32);
    match code {
        Code::Add => (x + y).to_bits(),
        Code::Sub => (x - y).to_bits(),
        Code::Mul => (x * y).to_bits(),
        Code::Div => (x / y).to_bits(),
        Code::Neg => (-x).to_bits(),
        Code::Sqrt => x.sqrt().to_bits(),
        Code::Floor => x.floor().to_bits(),
        Code::Ceil => x.ceil().to_bits(),
        Code::Trunc => x.trunc().to_bits(),
        Code::Abs => x.abs().to_bits(),
        Code::Less => u32::from(x < y),
        Code::LessEqual => u32::from(x <= y),
        Code::Equal => u32::from(x == y),
        Code::IsNan => u32::from(x.is_nan()),
        Code::IsInfinite => u32::from(x.is_infinite()),
        Code::SignBit => u32::from(x.is_sign_negative()),
        Code::OfInt => (i as f32).to_bits(),
        Code::ToInt => x as i32 as u32,
        Code::ToBits | Code::FromBits => a,
        Code::Plus => a.wrapping_add(b),
        Code::Minus => a.wrapping_sub(b),
        Code::Times => a.wrapping_mul(b),
        Code::And | Code::Both => a & b,
        Code::Or | Code::Either => a | b,
        Code::Xor => a ^ b,
        Code::ShiftLeft => a << b,
        Code::ShiftRight => a >> b,
        Code::ShiftRightSigned => (i >> b) as u32,
        Code::ModuloUnsigned => a % b,
        Code::DivideSigned => (i / j) as u32,
        Code::Same => u32::from(a == b),
        Code::LessSigned => u32::from(i < j),
        Code::LessUnsigned => u32::from(a < b),
        Code::Not => 1 - a,
        Code::Select => {
            if a == 1 {
                b
            } else {
                c
            }
        }
    }
}

/// Operand bits of every size, the special ones first.
fn words() -> Vec<u32> {
    let special = [
        0,
        1,
        2,
        3,
        7,
        31,
        32,
        0x8000_0000,
        0x8000_0001,
        0x7fff_ffff,
        0xffff_ffff,
        0xffff_fffe,
        0x3f80_0000,
        0xbf80_0000,
        0x4000_0000,
        0x7f80_0000,
        0xff80_0000,
        0x7fc0_0000,
        0x7f7f_ffff,
        0x0080_0000,
        0x0040_0000,
        0x4b80_0000,
        0x3f00_0000,
        46_341,
        65_536,
    ];
    let spread = (0..60_u32).map(|i| i.wrapping_mul(0x9e37_79b9) ^ (i << 3));
    special.into_iter().chain(spread).collect()
}

/// The same bits; two NaNs are the same.
fn same(ours: u32, theirs: f32) -> bool {
    ours == theirs.to_bits() || f32::from_bits(ours).is_nan() && theirs.is_nan()
}

#[test]
fn text_means_what_the_float_formulas_compute() {
    let names = [("x", Ty::F32), ("y", Ty::F32), ("value", Ty::F32), ("bar", Ty::F32)];
    for row in ROWS.iter().filter(|row| is_numeric(row)) {
        for (i, &a) in words().iter().enumerate() {
            let b = words()[(i * 7 + 3) % 85];
            let (x, y) = (f32::from_bits(a), f32::from_bits(b));
            let value = real(row.op, x, y);
            let ours = evaluate(&names[..2], &[a, b], |v| vec![real(row.op, v[0].float(), v[1].float()).into()]);
            assert!(same(ours[0], value), "{} {x:e} {y:e}: {value:e}, not {:e}", row.name, f32::from_bits(ours[0]));
            let bits = [a, b, value.to_bits(), 1.5_f32.to_bits()];
            let ours = evaluate(&names, &bits, |v| {
                let (x_bar, y_bar) = pull(row.op, v[0].float(), v[1].float(), v[2].float(), v[3].float());
                vec![x_bar.into(), y_bar.into()]
            });
            let (x_bar, y_bar) = pull(row.op, x, y, value, 1.5);
            assert!(same(ours[0], x_bar) && same(ours[1], y_bar), "pull of {} at {x:e} {y:e}", row.name);
        }
    }
}

#[test]
fn text_means_what_integers_and_tests_compute() {
    let (integers, floats) = ([("a", Ty::U32), ("b", Ty::U32)], [("x", Ty::F32), ("y", Ty::F32)]);
    for row in ROWS {
        let all = words();
        for (a, b) in all.iter().flat_map(|&a| all.iter().map(move |&b| (a, b))).step_by(7) {
            let (x, y) = (f32::from_bits(a), f32::from_bits(b));
            let (ours, theirs) = match row.kind {
                Kind::Arithmetic => {
                    let (bits, outcome) = integer(row.op, a, b);
                    let ours = evaluate(&integers, &[a, b], |v| {
                        let (bits, outcome) = integer(row.op, v[0].word(), v[1].word());
                        vec![bits.into(), outcome.into()]
                    });
                    (ours, vec![bits, outcome])
                }
                Kind::Compare => {
                    let mut ours = evaluate(&integers, &[a, b], |v| {
                        vec![compare_integer(row.op, v[0].word(), v[1].word()).into()]
                    });
                    ours.extend(evaluate(&floats, &[a, b], |v| {
                        vec![compare(row.op, v[0].float(), v[1].float()).into()]
                    }));
                    (ours, vec![u32::from(compare_integer(row.op, a, b)), u32::from(compare(row.op, x, y))])
                }
                Kind::NumberTest => {
                    let mut ours = evaluate(&integers[..1], &[a], |v| vec![test_integer(row.op, v[0].word()).into()]);
                    ours.extend(evaluate(&floats[..1], &[a], |v| vec![test(row.op, v[0].float()).into()]));
                    (ours, vec![u32::from(test_integer(row.op, a)), u32::from(test(row.op, x))])
                }
                _ => continue,
            };
            assert_eq!(ours, theirs, "{} of {a:#x} {b:#x}", row.name);
        }
    }
    for a in words() {
        let ours = evaluate(&floats[..1], &[a], |v| {
            let (bits, ok) = exact(v[0].float());
            vec![TextWord::select(ok, bits, TextWord::of(9)).into(), ok.into()]
        });
        let (bits, ok) = exact(f32::from_bits(a));
        assert_eq!(ours, [if ok { bits } else { 9 }, u32::from(ok)]);
    }
}
