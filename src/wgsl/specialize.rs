//! The kernels of the tier `specialize`: a straight line of operations as one kernel.
//!
//! In: a lowered program that is one straight line. Out: its [`Line`], which says all that its text depends on, the numbers
//! that only its buffer has, and the text. Always: four lanes an invocation; the value and all wanted gradients come from one
//! kernel and nothing is stored in between; the bits are those of [`adjoint`](fn@crate::tape::adjoint) on an IEEE device.
//! Deliberately absent: branches, loops, devices.
//!
//! Sums of adjoints take contributions in the recorded order, as everywhere. Two tests of the definition are left out, since
//! no bit can tell: a contribution of 0 changes no sum but perhaps the sign of a sum that is 0, which matters for a gradient
//! only (its sign is cleared at the end); and what an adjoint of 0 sends is 0 anyway where it is only passed on.

use std::collections::HashMap;

use crate::op::num::{Num, Num32, Word};
use crate::op::{Adjoint, Kind, Op, pull, real};
use crate::tape::{Exit, Lowered, Operand, Operation, Produced};
use crate::wgsl::text::{Block, Style, Text, TextWord, Ty, Value, block};

/// Operations of the longest line.
pub const LONGEST: usize = 4000;
/// Numbers in the parameters at most: with the words before them 16 KiB, which every device binds as a uniform.
pub const NUMBERS: usize = 4092;
/// Words of the parameters in front of the numbers: invocations, invocations of a row, stamp, 0.
pub const HEAD: usize = 4;
/// Invocations of a workgroup.
pub const GROUP: usize = 64;
/// Lanes of an invocation.
pub const LANES: usize = 4;

/// What a kernel's text depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Line {
    /// `Slot(n)` is what the n-th made; `Input` counts columns; `Constant` counts the kernel's numbers.
    operations: Vec<Operation>,
    value: Operand,
    /// What the gradients are by: a column, a number, or an input that nothing reads.
    wanted: Vec<Option<Operand>>,
    numbers: usize,
    columns: usize,
}

/// A program as a [`Line`], and what else its run needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Straight {
    pub line: Line,
    /// The kernel's columns, as inputs of the program.
    pub columns: Vec<u32>,
    /// The kernel's numbers.
    pub numbers: Vec<Number>,
    /// Applications, entries of the raw tape, and most objects alive.
    pub steps: u64,
    pub entries: u64,
    pub objects: u64,
}

/// A number that every lane has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    Constant(f32),
    /// An input of the program.
    Input(u32),
}

/// Finds what a kernel reads.
#[derive(Default)]
struct Reader {
    columns: Vec<u32>,
    numbers: Vec<Number>,
    /// By a constant's bits, or an input's number behind all of them.
    known: HashMap<u64, u32>,
}

impl Reader {
    fn number(&mut self, key: u64, number: Number) -> Operand {
        let next = self.numbers.len() as u32;
        let index = *self.known.entry(key).or_insert(next);
        if index == next {
            self.numbers.push(number);
        }
        Operand::Constant(index)
    }

    fn constant(&mut self, value: f32) -> Operand {
        self.number(u64::from(value.to_bits()), Number::Constant(value))
    }

    fn input(&mut self, input: u32, is_column: bool) -> Operand {
        if !is_column {
            return self.number(1 << 32 | u64::from(input), Number::Input(input));
        }
        let index = self.columns.iter().position(|&column| column == input).unwrap_or_else(|| {
            self.columns.push(input);
            self.columns.len() - 1
        });
        Operand::Input(index as u32)
    }
}

impl Straight {
    /// The program as a line, if it is one that is not too long; by input: is it a column, and is its gradient wanted?
    pub fn of(program: &Lowered<f32>, is_column: &[bool], wanted: &[bool], gradient: bool) -> Option<Straight> {
        let mut reader = Reader::default();
        let mut operations: Vec<Operation> = Vec::new();
        let (mut steps, mut entries, mut objects) = (0, 0, 0);
        let mut frame: Vec<Operand> = Vec::new();
        let mut block = program.blocks.first()?;
        let value = loop {
            let shape = &program.shapes[block.shape as usize];
            if operations.len() + shape.operations.len() > LONGEST {
                return None;
            }
            steps += u64::from(block.steps);
            entries += u64::from(block.entries);
            objects = objects.max(u64::from(block.objects));
            let mut read = |operand: Operand, frame: &[Operand]| match operand {
                Operand::Slot(slot) => frame[slot as usize],
                Operand::Input(input) => reader.input(input, is_column[input as usize]),
                Operand::Constant(constant) => {
                    reader.constant(program.constants[(block.constants + constant) as usize])
                }
            };
            for operation in &shape.operations {
                if !matches!(operation.op.row().kind, Kind::Arithmetic | Kind::Real) {
                    return None;
                }
                let is_unary = operation.op.row().arity == 1;
                let a = read(operation.a, &frame);
                let b = if is_unary { a } else { read(operation.b, &frame) };
                frame.push(Operand::Slot(operations.len() as u32));
                operations.push(Operation { op: operation.op, a, b });
            }
            match &block.exit {
                Exit::Done(Produced::Float(operand)) => break read(*operand, &frame),
                // A loop whose end depends on lanes is no line; one that only seems endless meets the limit above.
                Exit::Next(link) if !shape.operations.is_empty() => {
                    frame = link.outs.iter().map(|&out| read(out, &frame)).collect();
                    block = &program.blocks[link.block as usize];
                }
                _ => return None,
            }
        };
        let is_wanted = |input: &usize| gradient && wanted[*input];
        let place = |input: usize| {
            let input = input as u32;
            let column = reader.columns.iter().position(|&column| column == input);
            let number = || reader.known.get(&(1 << 32 | u64::from(input))).copied();
            column.map(|column| Operand::Input(column as u32)).or_else(|| number().map(Operand::Constant))
        };
        let wanted = (0..wanted.len()).filter(is_wanted).map(place).collect();
        if reader.numbers.len() > NUMBERS {
            return None;
        }
        let Reader { columns, numbers, .. } = reader;
        let line = Line { operations, value, wanted, numbers: numbers.len(), columns: columns.len() };
        Some(Straight { line, columns, numbers, steps, entries, objects })
    }
}

/// A line's kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub text: String,
    /// Operations of its text: about 0.3 ms of a driver's compile time each.
    pub operations: usize,
}

/// An adjoint while a line is reversed.
#[derive(Clone, Copy)]
enum Bar {
    /// The program's value's own: 1.
    Seed,
    Sum(Text),
}

impl Bar {
    fn text(self) -> Text {
        match self {
            Bar::Seed => Text::of(1.0),
            Bar::Sum(sum) => sum,
        }
    }
}

/// Adjoints by operation, column and number.
struct Bars {
    slots: Vec<Option<Bar>>,
    columns: Vec<Option<Bar>>,
    numbers: Vec<Option<Bar>>,
}

impl Bars {
    fn at(&mut self, operand: Operand) -> &mut Option<Bar> {
        match operand {
            Operand::Slot(slot) => &mut self.slots[slot as usize],
            Operand::Input(column) => &mut self.columns[column as usize],
            Operand::Constant(number) => &mut self.numbers[number as usize],
        }
    }

    fn add(&mut self, operand: Operand, sent: Text) {
        let bar = self.at(operand);
        *bar = Some(Bar::Sum(bar.map_or(sent, |sum| sum.text() + sent)));
    }
}

impl Line {
    /// Columns that the kernel reads.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Numbers that every lane has.
    pub fn numbers(&self) -> usize {
        self.numbers
    }

    /// Rows that the kernel writes: the value, and a gradient for every wanted input.
    pub fn rows(&self) -> usize {
        1 + self.wanted.len()
    }

    /// The value and the gradients.
    fn results(&self, columns: &[Value], numbers: &[Value]) -> Vec<Value> {
        let mut made: Vec<Text> = Vec::with_capacity(self.operations.len());
        let read = |operand: Operand, made: &[Text]| match operand {
            Operand::Slot(slot) => made[slot as usize],
            Operand::Input(column) => columns[column as usize].float(),
            Operand::Constant(number) => numbers[number as usize].float(),
        };
        for operation in &self.operations {
            let (x, y) = (read(operation.a, &made), read(operation.b, &made));
            made.push(real(operation.op, x, y));
        }
        let mut results = vec![read(self.value, &made).into()];
        let mut is_active = Vec::with_capacity(made.len());
        let reaches = |operand: Operand, is_active: &[bool]| match operand {
            Operand::Slot(slot) => is_active[slot as usize],
            other => self.wanted.contains(&Some(other)),
        };
        for operation in &self.operations {
            is_active.push(reaches(operation.a, &is_active) || reaches(operation.b, &is_active));
        }
        let mut bars = Bars {
            slots: vec![None; made.len()],
            columns: vec![None; columns.len()],
            numbers: vec![None; numbers.len()],
        };
        *bars.at(self.value) = Some(Bar::Seed);
        for (index, operation) in self.operations.iter().enumerate().rev() {
            let Some(bar) = bars.slots[index] else { continue };
            if operation.op.row().adjoint != Adjoint::Rule {
                continue;
            }
            let (x, y) = (read(operation.a, &made), read(operation.b, &made));
            let (to_a, to_b) = pull(operation.op, x, y, made[index], bar.text());
            let guarded = |sent: Text| match bar {
                Bar::Sum(bar) if !is_passed_on(operation.op) => {
                    Text::select(bar.equal(Text::of(0.0)), Text::of(0.0), sent)
                }
                _ => sent,
            };
            if reaches(operation.a, &is_active) {
                bars.add(operation.a, guarded(to_a));
            }
            if operation.op.row().arity == 2 && reaches(operation.b, &is_active) {
                bars.add(operation.b, guarded(to_b));
            }
        }
        let zero = TextWord::of(0);
        results.extend(self.wanted.iter().map(|wanted| match wanted.and_then(|wanted| *bars.at(wanted)) {
            None => Value::from(Text::of(0.0)),
            Some(Bar::Seed) => Text::of(1.0).into(),
            Some(Bar::Sum(sum)) => {
                // No sum is −0; through the bits, so that no driver knows better.
                let bits = sum.to_bits();
                let is_zero = bits.shift_left(TextWord::of(1)).same(zero);
                Text::from_bits(TextWord::select(is_zero, zero, bits)).into()
            }
        }));
        results
    }

    /// The kernel `specialized`; `barrier` where the device cannot be told to leave float code alone.
    ///
    /// Bindings: the columns (`[column][lane]`), the rows (`[row][lane]`), the summary, whose first word gets the stamp, and the
    /// parameters: [`HEAD`] words and the numbers. Rows and columns have [`LANES`] lanes for every invocation.
    pub fn written(&self, barrier: bool) -> Written {
        let style = if barrier { Style::FOUR.with_barrier() } else { Style::FOUR };
        let columns: Vec<String> = (0..self.columns).map(|column| format!("x{column}")).collect();
        let numbers: Vec<String> = (0..self.numbers).map(|number| format!("k{number}")).collect();
        let operands: Vec<(&str, Ty)> = columns.iter().chain(&numbers).map(|name| (name.as_str(), Ty::F32)).collect();
        let Block { statements, results, operations, .. } = block(style, "t", &operands, |values| {
            let (columns, numbers) = values.split_at(self.columns);
            self.results(columns, numbers)
        });
        let loads: String = (0..self.columns)
            .map(|column| format!("    let x{column} = columns[{column}u * p.quads + id];\n"))
            .chain((0..self.numbers).map(|number| {
                format!(
                    "    let k{number} = vec4<f32>(p.numbers[{}].{});\n",
                    number / 4,
                    ["x", "y", "z", "w"][number % 4]
                )
            }))
            .collect();
        let stores: String = results
            .iter()
            .enumerate()
            .map(|(row, result)| format!("    rows[{row}u * p.quads + id] = {result};\n"))
            .collect();
        let reads = if self.columns == 0 {
            ""
        } else {
            "@group(0) @binding(0) var<storage, read> columns: array<vec4<f32>>;\n"
        };
        let all = self.numbers.div_ceil(4).max(1);
        let text = format!(
            "struct Parameters {{ quads: u32, row: u32, stamp: u32, zero: u32, numbers: array<vec4<f32>, {all}> }}
{reads}@group(0) @binding(1) var<storage, read_write> rows: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> summary: array<u32>;
@group(0) @binding(3) var<uniform> p: Parameters;

@compute @workgroup_size({GROUP}) fn specialized(@builtin(global_invocation_id) at: vec3<u32>) {{
    let id = at.y * p.row + at.x;
    if id >= p.quads {{
        return;
    }}
    if id == 0u {{
        summary[0] = p.stamp;
    }}
    let z = p.zero;
{loads}{statements}{stores}}}
"
        );
        Written { text, operations }
    }
}

/// Does it only hand its adjoint on, perhaps with another sign, so that an adjoint of 0 sends 0 whatever the operands are?
fn is_passed_on(op: Op) -> bool {
    matches!(op, Op::Add | Op::Sub | Op::Neg | Op::Inexact)
}
