//! The op table as WGSL functions, one for each operation and use.

use super::{Block, Style, Text, TextMask, TextWord, Ty, Value, block};
use crate::op::num::{Num, Num32, Word};
use crate::op::{
    Kind, Op, compare, compare_integer, exact, integer, partner, pull, pull_beside, real, test, test_integer,
};

/// A WGSL function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// What to call it by.
    pub name: String,
    /// Its declaration.
    pub text: String,
    /// Operations in its body: about 0.3 ms of a driver's compile time each.
    pub operations: usize,
}

/// A WGSL function `name(operands…, z: u32)` with one result, or two of one type.
///
/// Two results come as `vec2<f32>` or `vec2<u32>`; with four lanes, two floats as the columns of a `mat2x4<f32>`: in all of
/// them `r[0]` and `r[1]`. Two of any other type, or more than two, have no such shape and are not asked for.
pub fn function(
    style: Style,
    name: &str,
    operands: &[(&str, Ty)],
    body: impl FnOnce(&[Value]) -> Vec<Value>,
) -> Function {
    let Block { statements, results, types, operations } = block(style, "t", operands, body);
    let result = match (types.as_slice(), style.lanes) {
        ([ty], _) => style.ty(*ty),
        ([Ty::F32, Ty::F32], 1) => "vec2<f32>",
        ([Ty::U32, Ty::U32], 1) => "vec2<u32>",
        ([Ty::F32, Ty::F32], _) => "mat2x4<f32>",
        (types, lanes) => {
            unreachable!("no function of the op table has results {types:?} in {lanes} lanes")
        }
    };
    let mut parameters = String::new();
    for (operand, ty) in operands {
        parameters += &format!("{operand}: {}, ", style.ty(*ty));
    }
    let value = if results.len() == 1 { results.concat() } else { format!("{result}({})", results.join(", ")) };
    let zero = style.zero;
    let text = format!("fn {name}({parameters}{zero}: u32) -> {result} {{\n{statements}    return {value};\n}}\n");
    Function { name: name.to_string(), text, operations }
}

/// `op_` and the operation's name in snake case: `op_exp`, `op_log_base`, `op_is_zero`.
pub fn name(op: Op) -> String {
    let mut name = String::from("op");
    for letter in format!("{op:?}").chars() {
        if letter.is_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// The operands `x` and, for a binary operation, `y`.
fn floats(op: Op) -> Vec<(&'static str, Ty)> {
    let mut operands = vec![("x", Ty::F32), ("y", Ty::F32)];
    operands.truncate(usize::from(op.row().arity));
    operands
}

/// The operands `a` and, for a binary operation, `b`.
fn words(op: Op) -> Vec<(&'static str, Ty)> {
    let mut operands = vec![("a", Ty::U32), ("b", Ty::U32)];
    operands.truncate(usize::from(op.row().arity));
    operands
}

/// Second operand, or again the first: a unary formula ignores it.
fn second(values: &[Value], op: Op) -> Value {
    values[usize::from(op.row().arity) - 1]
}

/// `op_NAME(x: f32[, y: f32], z: u32) -> f32`: the Float formula; kinds Arithmetic and Real.
pub fn real_function(op: Op, style: Style) -> Function {
    function(style, &name(op), &floats(op), |values| {
        vec![real(op, values[0].float(), second(values, op).float()).into()]
    })
}

/// `op_NAME_pull(x: f32[, y: f32], value: f32, bar: f32, z: u32)`: what the adjoint `bar` of the result `value` sends to x, as
/// `f32`, or to x and y, as `vec2<f32>`; kinds Arithmetic and Real, where the adjoint is a rule or zero.
pub fn pull_function(op: Op, style: Style) -> Function {
    pulling(op, style, false)
}

/// [`pull_function`] with the value of the [`partner`] as a parameter `beside` in front of `z`.
pub fn pull_beside_function(op: Op, style: Style) -> Function {
    pulling(op, style, true)
}

fn pulling(op: Op, style: Style, is_beside: bool) -> Function {
    let mut operands = floats(op);
    operands.extend([("value", Ty::F32), ("bar", Ty::F32)]);
    if is_beside {
        operands.push(("beside", Ty::F32));
    }
    function(style, &format!("{}_pull", name(op)), &operands, |values| {
        let (inputs, rest) = values.split_at(usize::from(op.row().arity));
        let (x, y, value, bar) = (inputs[0].float(), second(inputs, op).float(), rest[0].float(), rest[1].float());
        let (x_bar, y_bar) =
            if is_beside { pull_beside(op, x, y, value, bar, rest[2].float()) } else { pull(op, x, y, value, bar) };
        if inputs.len() == 1 { vec![x_bar.into()] } else { vec![x_bar.into(), y_bar.into()] }
    })
}

/// The operation's [`partner`], and `op_NAME_partner(x: f32, y: f32, z: u32) -> vec2<f32>`, its operands.
pub fn partner_function(op: Op, style: Style) -> Option<(Op, Function)> {
    let (other, ..) = partner(op, 0.0f32, 0.0)?;
    let operands = [("x", Ty::F32), ("y", Ty::F32)];
    Some((
        other,
        function(style, &format!("{}_partner", name(op)), &operands, |values| {
            partner(op, values[0].float(), values[1].float()).map_or(Vec::new(), |(_, x, y)| vec![x.into(), y.into()])
        }),
    ))
}

/// What a guard comes to: a truth as 0 or 1, or an Int's bits; and whether it refuses to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The outcome; it means nothing where the guard refuses.
    pub outcome: TextWord,
    /// Is there no answer? `exact`, `even?` and `odd?` of a number that is no integer have none; other guards always have one.
    pub refused: Option<TextMask>,
}

/// The decision of a guard, which is of kind Compare, Identity or NumberTest.
pub fn decide(op: Op, x: Text, y: Text) -> Decision {
    let truth = |truth: TextMask| TextWord::select(truth, TextWord::of(1), TextWord::of(0));
    match op {
        Op::Exact => {
            let (outcome, ok) = exact::<Text>(x);
            Decision { outcome, refused: Some(!ok) }
        }
        Op::IsEven | Op::IsOdd => Decision { outcome: truth(tested(op, x)), refused: Some(!tested(Op::IsInteger, x)) },
        Op::Eq | Op::Eqv => {
            let same = x.to_bits().same(y.to_bits()) | x.is_nan() & y.is_nan();
            Decision { outcome: truth(same), refused: None }
        }
        _ if op.row().kind == Kind::Compare => Decision { outcome: truth(compared(op, x, y)), refused: None },
        _ => Decision { outcome: truth(tested(op, x)), refused: None },
    }
}

/// A comparison. WGSL may take NaNs not to occur; the bits say.
fn compared(op: Op, x: Text, y: Text) -> TextMask {
    compare(op, x, y) & !(x.is_nan() | y.is_nan())
}

/// A test of a number, likewise.
fn tested(op: Op, x: Text) -> TextMask {
    let truth: TextMask = test(op, x);
    if op == Op::IsNan { truth } else { truth & !x.is_nan() }
}

/// `op_NAME_integer(a: u32[, b: u32], z: u32) -> vec2<u32>`: result bits and outcome (see [`integer`]) on Ints; kind Arithmetic.
/// Always scalar.
pub fn integer_function(op: Op) -> Function {
    function(Style::SCALAR, &format!("{}_integer", name(op)), &words(op), |values| {
        let (bits, outcome) = integer(op, values[0].word(), second(values, op).word());
        vec![bits.into(), outcome.into()]
    })
}

/// `op_NAME(x: f32, y: f32, z: u32) -> bool`; kind Compare.
pub fn compare_function(op: Op, style: Style) -> Function {
    function(style, &name(op), &floats(op), |values| vec![compared(op, values[0].float(), values[1].float()).into()])
}

/// `op_NAME_integer(a: u32, b: u32, z: u32) -> bool`; kind Compare.
pub fn compare_integer_function(op: Op, style: Style) -> Function {
    function(style, &format!("{}_integer", name(op)), &words(op), |values| {
        vec![compare_integer::<TextWord>(op, values[0].word(), values[1].word()).into()]
    })
}

/// `op_NAME(x: f32, z: u32) -> bool`; kind NumberTest. `op_exact` is whether there is an Int.
pub fn test_function(op: Op, style: Style) -> Function {
    function(style, &name(op), &floats(op), |values| vec![tested(op, values[0].float()).into()])
}

/// `op_NAME_integer(a: u32, z: u32) -> bool`; kind NumberTest.
pub fn test_integer_function(op: Op, style: Style) -> Function {
    function(style, &format!("{}_integer", name(op)), &words(op), |values| {
        vec![test_integer::<TextWord>(op, values[0].word()).into()]
    })
}

/// `exact_int(x: f32, z: u32) -> vec2<u32>`: the bits of the equal Int, and 1 where there is one, else 0. Always scalar.
pub fn exact_function() -> Function {
    function(Style::SCALAR, "exact_int", &[("x", Ty::F32)], |values| {
        let (bits, ok) = exact::<Text>(values[0].float());
        let flag = TextWord::select(ok, TextWord::of(1), TextWord::of(0));
        vec![bits.into(), flag.into()]
    })
}
