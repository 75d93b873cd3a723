//! A formula written down as WGSL: the number type [`Text`] whose arithmetic emits `let` statements.
//!
//! In: a body over [`Text`], [`TextWord`] and [`TextMask`] (any formula of the op table, or a whole tape of them). Out: flat
//! statements, one operation a `let`, equal operations shared, unused ones dropped. What always holds: the statements mean,
//! bit for bit, what the same body over `f32` and `u32` computes on an IEEE device that neither contracts nor rewrites;
//! NaN and infinite constants come from bits mixed with a run-time zero, since WGSL has no such literals and drivers fold
//! them. Deliberately absent: loads, stores, control flow, which belong to the kernels around.
//!
//! ```
//! use evalgrad::op::num::Num;
//! use evalgrad::wgsl::text::{Style, Ty, block};
//! let block = block(Style::SCALAR, "t", &[("x", Ty::F32)], |operands| vec![(operands[0].float().sqrt() + operands[0].float()).into()]);
//! assert_eq!(block.statements, "    let t1 = sqrt(x);\n    let t2 = t1 + x;\n");
//! assert_eq!(block.results, ["t2"]);
//! ```

mod code;
mod functions;
mod instance;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write;

use code::Code;
pub use functions::{
    Decision, Function, compare_function, compare_integer_function, decide, exact_function, function, integer_function,
    name, partner_function, pull_beside_function, pull_function, real_function, test_function, test_integer_function,
};

/// Type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ty {
    /// A 32-bit float.
    F32,
    /// A 32-bit word.
    U32,
    /// A truth.
    Bool,
}

/// How statements are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Send every float result through its bits, mixed with the run-time zero, so that no driver can rewrite across it, and
    /// one operand of every difference and quotient, so that none sees the two as the same value and folds `x - x` to 0
    /// where `x` is infinite: for places where the code cannot be decorated `NoContraction`.
    pub barrier: bool,
    /// Values of one invocation: 1 (scalars) or 4 (`vec4`).
    pub lanes: u8,
    /// A `u32` expression that is 0 at run time, whatever `lanes` is.
    pub zero: &'static str,
}

impl Style {
    /// Scalars, no barrier, run-time zero `z`.
    pub const SCALAR: Style = Style { barrier: false, lanes: 1, zero: "z" };
    /// Four lanes, no barrier, run-time zero `z`.
    pub const FOUR: Style = Style { barrier: false, lanes: 4, zero: "z" };

    /// The same with a barrier behind every float operation, and before every difference and quotient.
    pub const fn with_barrier(self) -> Style {
        Style { barrier: true, ..self }
    }

    /// WGSL name of a type: `f32`, or `vec4<f32>` with four lanes.
    pub fn ty(self, ty: Ty) -> &'static str {
        match (ty, self.lanes) {
            (Ty::F32, 1) => "f32",
            (Ty::U32, 1) => "u32",
            (Ty::Bool, 1) => "bool",
            (Ty::F32, _) => "vec4<f32>",
            (Ty::U32, _) => "vec4<u32>",
            (Ty::Bool, _) => "vec4<bool>",
        }
    }
}

/// A float value in the block being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text(u32);
/// A word value in the block being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextWord(u32);
/// A truth value in the block being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextMask(u32);

/// A value of any type in the block being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A float.
    Float(Text),
    /// A word.
    Word(TextWord),
    /// A truth.
    Mask(TextMask),
}

impl From<Text> for Value {
    fn from(value: Text) -> Value {
        Value::Float(value)
    }
}
impl From<TextWord> for Value {
    fn from(value: TextWord) -> Value {
        Value::Word(value)
    }
}
impl From<TextMask> for Value {
    fn from(value: TextMask) -> Value {
        Value::Mask(value)
    }
}

impl Value {
    /// The float; the operand was declared as one.
    pub fn float(self) -> Text {
        match self {
            Value::Float(value) => value,
            other => unreachable!("a float operand is declared Ty::F32, not {other:?}"),
        }
    }

    /// The word; the operand was declared as one.
    pub fn word(self) -> TextWord {
        match self {
            Value::Word(value) => value,
            other => unreachable!("a word operand is declared Ty::U32, not {other:?}"),
        }
    }

    /// The truth; the operand was declared as one.
    pub fn mask(self) -> TextMask {
        match self {
            Value::Mask(value) => value,
            other => unreachable!("a truth operand is declared Ty::Bool, not {other:?}"),
        }
    }

    /// The type.
    pub fn ty(self) -> Ty {
        match self {
            Value::Float(_) => Ty::F32,
            Value::Word(_) => Ty::U32,
            Value::Mask(_) => Ty::Bool,
        }
    }

    fn index(self) -> u32 {
        match self {
            Value::Float(Text(i)) | Value::Word(TextWord(i)) | Value::Mask(TextMask(i)) => i,
        }
    }
}

/// A value: an atom, or an operation on earlier values (unused operands are 0).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Node {
    Operand(String),
    Float(u32),
    Word(u32),
    Truth(bool),
    Operation(Code, u8, [u32; 3]),
}

/// The values of the block being written, in order; equal ones once.
#[derive(Debug, Default)]
struct Builder {
    nodes: Vec<Node>,
    known: HashMap<Node, u32>,
}

thread_local! {
    /// A stack, so that a block may be written while another is.
    static BUILDERS: RefCell<Vec<Builder>> = const { RefCell::new(Vec::new()) };
}

/// The value of this node, which is made if it is new.
fn intern(node: Node) -> u32 {
    BUILDERS.with_borrow_mut(|builders| {
        let builder = match builders.last_mut() {
            Some(builder) => builder,
            None => unreachable!("a Text exists only inside the body given to `block`"),
        };
        if let Some(&known) = builder.known.get(&node) {
            return known;
        }
        let index = builder.nodes.len() as u32;
        builder.nodes.push(node.clone());
        builder.known.insert(node, index);
        index
    })
}

/// The value of an operation on one to three operands.
fn emit<const N: usize>(code: Code, operands: [u32; N]) -> u32 {
    let mut all = [0; 3];
    all[..N].copy_from_slice(&operands);
    intern(Node::Operation(code, N as u8, all))
}

/// What a body came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The `let` statements, indented by four spaces, one a line.
    pub statements: String,
    /// For each result, the expression that names it: a `let`, an operand or a literal.
    pub results: Vec<String>,
    /// Type of each result.
    pub types: Vec<Ty>,
    /// Operations written, changes of type not counted: about 0.3 ms of a driver's compile time each.
    pub operations: usize,
}

/// Runs `body` on operands with these names and types and writes down what it did.
///
/// The statements name their values `prefix1`, `prefix2`, …; the operand names may be any expressions without side effects.
pub fn block(style: Style, prefix: &str, operands: &[(&str, Ty)], body: impl FnOnce(&[Value]) -> Vec<Value>) -> Block {
    let (builder, results) = build(operands, body);
    let mut used = vec![false; builder.nodes.len()];
    for result in &results {
        used[result.index() as usize] = true;
    }
    for (index, node) in builder.nodes.iter().enumerate().rev() {
        if let (true, Node::Operation(_, count, operands)) = (used[index], node) {
            operands[..usize::from(*count)].iter().for_each(|&operand| used[operand as usize] = true);
        }
    }
    let mut names: Vec<String> = Vec::with_capacity(builder.nodes.len());
    let mut statements = String::new();
    let (mut lets, mut operations) = (0, 0);
    for (node, used) in builder.nodes.iter().zip(used) {
        let name = match node {
            Node::Operand(name) => name.clone(),
            Node::Float(bits) => float_literal(style, *bits),
            Node::Word(word) if style.lanes == 1 => format!("{word}u"),
            Node::Word(word) => format!("vec4<u32>({word}u)"),
            Node::Truth(truth) if style.lanes == 1 => format!("{truth}"),
            Node::Truth(truth) => format!("vec4<bool>({truth})"),
            Node::Operation(..) if !used => String::new(),
            Node::Operation(code, _, operands) => {
                lets += 1;
                operations += usize::from(!code.is_free());
                let expression = expression(style, *code, &operands.map(|operand| names[operand as usize].as_str()));
                let name = format!("{prefix}{lets}");
                // Writing to a String cannot fail.
                let _ = writeln!(statements, "    let {name} = {expression};");
                name
            }
        };
        names.push(name);
    }
    Block {
        statements,
        results: results.iter().map(|result| names[result.index() as usize].clone()).collect(),
        types: results.iter().map(|result| result.ty()).collect(),
        operations,
    }
}

/// Runs the body in a builder of its own.
fn build(operands: &[(&str, Ty)], body: impl FnOnce(&[Value]) -> Vec<Value>) -> (Builder, Vec<Value>) {
    BUILDERS.with_borrow_mut(|builders| builders.push(Builder::default()));
    let values: Vec<Value> = operands
        .iter()
        .map(|&(name, ty)| {
            let index = intern(Node::Operand(name.to_string()));
            match ty {
                Ty::F32 => Text(index).into(),
                Ty::U32 => TextWord(index).into(),
                Ty::Bool => TextMask(index).into(),
            }
        })
        .collect();
    let results = body(&values);
    let builder = BUILDERS.with_borrow_mut(|builders| builders.pop().unwrap_or_default());
    (builder, results)
}

/// The WGSL of one operation on named operands.
fn expression(style: Style, code: Code, operands: &[&str; 3]) -> String {
    let (float, word) = (style.ty(Ty::F32), style.ty(Ty::U32));
    let barrier =
        |text: &str, mix: &str| format!("bitcast<{float}>(bitcast<{word}>({text}) {mix} {word}({}))", style.zero);
    // The operand may be behind a barrier already: Mesa makes `(e ^ z) ^ z` e again.
    let apart = style.barrier && code.cancels();
    let second = if apart { barrier(operands[1], "|") } else { operands[1].to_owned() };
    let mut text = String::new();
    let mut pieces = code.pattern().split('#');
    text.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (hole, rest) = piece.split_at(1);
        text.push_str(match hole {
            "0" => operands[0],
            "1" => &second,
            "2" => operands[2],
            "f" => float,
            "u" => word,
            _ if style.lanes == 1 => "i32",
            _ => "vec4<i32>",
        });
        text.push_str(rest);
    }
    if style.barrier && code.rounds() { barrier(&text, "^") } else { text }
}

/// A float constant: a literal, or bits mixed with the run-time zero for −0 and what has no literal.
fn float_literal(style: Style, bits: u32) -> String {
    let value = f32::from_bits(bits);
    let (float, word) = (style.ty(Ty::F32), style.ty(Ty::U32));
    if !value.is_finite() || bits == 0x8000_0000 {
        return format!("bitcast<{float}>({word}(0x{bits:08x}u) ^ {word}({}))", style.zero);
    }
    match (style.lanes, value < 0.0) {
        (1, false) => format!("{value:?}f"),
        (1, true) => format!("({value:?}f)"),
        _ => format!("{float}({value:?}f)"),
    }
}
