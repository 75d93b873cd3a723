//! Report: from a lane that stopped to what went wrong, where, in words.

use std::sync::Arc;

use crate::graph::Role;
use crate::machine::code::{CLOSURE, CONSTANT, Instruction, Opcode};
use crate::machine::fault::{Budgets, ErrorKind};
use crate::machine::image::{Image, Sites};
use crate::machine::lane::{Lane, status};
use crate::machine::written;
use crate::op::{Kind, Op, ROWS};
use crate::reader::Span;
use crate::value::{Cell, Real, SHARED, Tag, Value};

/// Bit of a place: the error belongs to the application as a whole, not to one of its operands.
pub const WHOLE: u32 = 1 << 30;

/// An error and its place in the program's text.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub kind: ErrorKind,
    pub message: Arc<str>,
    /// `None` where nothing of the program was running yet.
    pub span: Option<Span>,
}

/// What stopped this lane.
pub fn fault<F: Real>(image: &Image, shared: &[Cell<F>], lane: &Lane<F>, budgets: &Budgets) -> Fault {
    let reader = Reader { image, shared, lane, budgets };
    let (kind, operand, message) = if lane.registers.status & 0xff == status::FAILED {
        reader.failed()
    } else {
        let (kind, operand) = lane.registers.fault().unwrap_or((ErrorKind::Heap, 0));
        (kind, operand, reader.message(kind, operand))
    };
    Fault { kind, message: message.into(), span: reader.place(operand) }
}

/// The place of the application at which this lane stands, or of one of its operands (from 1; 0: the application).
pub fn place<F: Real>(image: &Image, lane: &Lane<F>) -> Option<Span> {
    Reader { image, shared: &[], lane, budgets: &Budgets::default() }.place(0)
}

struct Reader<'a, F: Real> {
    image: &'a Image,
    shared: &'a [Cell<F>],
    lane: &'a Lane<F>,
    budgets: &'a Budgets,
}

impl<F: Real> Reader<'_, F> {
    fn instruction(&self) -> Instruction {
        self.image.code[self.lane.registers.pc as usize]
    }

    fn fetch(&self, word: u32) -> Value<F> {
        if word & CONSTANT != 0 {
            self.image.constants[(word & !CONSTANT) as usize].value()
        } else {
            self.lane.stack.get((self.lane.registers.fp + word) as usize).copied().unwrap_or_default()
        }
    }

    fn written(&self, value: Value<F>) -> String {
        written::value(self.image, self.shared, self.lane, value, 60).unwrap_or_else(|start| start + "…")
    }

    /// Kind, operand and message of a `%fail`: its operands are the kind and `(k . irritant)` or `(message irritant …)`.
    fn failed(&self) -> (ErrorKind, u32, String) {
        let instruction = self.instruction();
        let (what, detail) = (self.fetch(instruction.a), self.fetch(instruction.b));
        let name = self.image.symbols.name(what.word()).filter(|_| what.is(Tag::Symbol)).map_or("", |name| name);
        let kind = ErrorKind::named(name).unwrap_or(match name {
            "outside" => ErrorKind::Index,
            "indefinite" => ErrorKind::Singular,
            "" => ErrorKind::User,
            _ => ErrorKind::WrongType,
        });
        let [first, rest] =
            if detail.is(Tag::Pair) { self.lane.cell(self.shared, detail.word()) } else { [detail, Value::default()] };
        match kind {
            ErrorKind::User => (kind, 0, self.user(first, rest)),
            _ => {
                let operand = if first.is(Tag::Int) { first.word() } else { 0 };
                (kind, operand, self.checked(name, operand, rest))
            }
        }
    }

    /// The message of `(error message irritant …)`: the message as it is, the irritants written.
    fn user(&self, message: Value<F>, irritants: Value<F>) -> String {
        let mut text = match self.image.strings.name(message.word()) {
            Some(text) if message.is(Tag::String) => text.to_string(),
            _ => self.written(message),
        };
        let mut rest = irritants;
        while rest.is(Tag::Pair) {
            let [irritant, next] = self.lane.cell(self.shared, rest.word());
            text.push(' ');
            text.push_str(&self.written(irritant));
            rest = next;
        }
        text
    }

    /// A vector or matrix by its shape, anything else as it is written.
    fn shape(&self, value: Value<F>) -> String {
        if !value.is(Tag::Vector) {
            return self.written(value);
        }
        match self.lane.cell(self.shared, value.word()).map(Value::word) {
            [length, 0] => format!("a vector of length {length}"),
            [rows, columns] => format!("a {rows}x{columns} matrix"),
        }
    }

    /// What a library procedure found wrong with an operand.
    fn checked(&self, name: &str, operand: u32, irritant: Value<F>) -> String {
        let value = self.written(irritant);
        let shape = self.shape(irritant);
        let [first, second] =
            if irritant.is(Tag::Pair) { self.lane.cell(self.shared, irritant.word()) } else { [irritant; 2] };
        let is_not = |what: &str| format!("{shape} is no {what}");
        match name {
            "arity" => format!("wrong number of arguments: {value}"),
            "index" => format!("index {value} is outside the list"),
            "outside" => format!("index {} is outside {}", self.written(first), self.shape(second)),
            "shape" => format!("{} does not fit {}", self.shape(first), self.shape(second)),
            "number" | "matrix" => is_not(name),
            "flat" => is_not("vector"),
            "vector" => is_not("vector or matrix"),
            "count" => is_not("number of elements, rows or columns"),
            "row" => is_not("row of a matrix"),
            "square" => is_not("square matrix"),
            "three" => is_not("vector of length 3"),
            "given" => format!("operand 1 gives {shape}, which is no number"),
            "singular" => format!("{shape} without an inverse: a pivot is zero"),
            "indefinite" => format!("{shape} that is not positive definite: a pivot is not above zero"),
            "heap" => format!("{value} elements are more than a lane may have"),
            _ if operand == 0 => format!("a value of the wrong kind: {value}"),
            _ => format!("operand {operand} is of the wrong kind: {value}"),
        }
    }

    fn message(&self, kind: ErrorKind, operand: u32) -> String {
        let instruction = self.instruction();
        let budgets = self.budgets;
        match kind {
            ErrorKind::Unbound => "this variable is read before its value exists".to_owned(),
            ErrorKind::NotProcedure => {
                let register = if instruction.opcode == Opcode::Call { instruction.dst } else { 0 } + CLOSURE;
                format!("{} is no procedure", self.written(self.fetch(register)))
            }
            ErrorKind::Arity => self.arity(),
            ErrorKind::WrongType => self.wrong_type(instruction, operand),
            ErrorKind::DivideByZero => "an exact integer is divided by zero".to_owned(),
            ErrorKind::Steps => format!("more than {} applications (--steps sets the limit)", budgets.steps),
            ErrorKind::Stack if self.lane.registers.pending < budgets.stack => {
                "the frames and arguments of the waiting calls need more memory than a lane may have".to_owned()
            }
            ErrorKind::Stack => format!("more than {} pending calls (--stack sets the limit)", budgets.stack),
            ErrorKind::Heap if self.lane.registers.cells <= budgets.heap && budgets.heap > 0 => {
                "environments and argument lists need more memory than a lane may have".to_owned()
            }
            ErrorKind::Heap => format!("more than {} live heap cells (--heap sets the limit)", budgets.heap),
            ErrorKind::Tape => format!("more than {} taped operations (--tape sets the limit)", budgets.tape),
            _ => kind.name().to_owned(),
        }
    }

    fn arity(&self) -> String {
        let count = self.lane.registers.count;
        let Some(function) = self.image.function_at(self.lane.registers.pc) else { return String::new() };
        let anonymous = function.name.is_empty() || &*function.name == "lambda";
        let named = function.role != Role::Interpreter && !anonymous;
        let name = if named { format!("`{}`", function.name) } else { "this procedure".to_owned() };
        let least = if function.rest { "at least " } else { "" };
        let plural = if function.params == 1 { "" } else { "s" };
        format!("{name} takes {least}{} argument{plural}, not {count}", function.params)
    }

    fn wrong_type(&self, instruction: Instruction, operand: u32) -> String {
        let op = match instruction.opcode {
            Opcode::Operate => instruction.operation(),
            Opcode::Dynamic => ROWS.get(self.fetch(instruction.c).word() as usize).map(|row| row.op),
            Opcode::Spread => return format!("`apply` wants a list, not {}", self.written(self.lane.registers.list)),
            _ => None,
        };
        let Some(op) = op else { return "a value of the wrong kind".to_owned() };
        let value = self.written(self.fetch(if operand == 2 { instruction.b } else { instruction.a }));
        let wanted = match (op, op.row().kind) {
            (Op::Exact, _) => "a number equal to a 32-bit integer",
            (Op::IsEven | Op::IsOdd, _) => "an integer",
            (Op::StringEqual, _) => "a string",
            (_, Kind::Cell) => "a pair",
            _ => "a number",
        };
        let name = match op {
            Op::Neg => "-",
            Op::LogBase => "log",
            Op::Atan2 => "atan",
            _ => op.row().name,
        };
        format!("`{name}` wants {wanted}, not {value}")
    }

    /// The place of an operand of the application at which the lane stands, or of the application.
    fn place(&self, operand: u32) -> Option<Span> {
        let registers = &self.lane.registers;
        let pc = registers.pc;
        let instruction = self.instruction();
        let function = self.image.function_at(pc)?;
        let (key, own_operands) = match function.role {
            _ if instruction.opcode == Opcode::Enter => (registers.place, false),
            Role::Program => (pc, true),
            Role::Interpreter => (registers.place, true),
            Role::Library => {
                let failed = instruction.operation() == Some(Op::Fail);
                let code = &self.image.code[function.entry as usize..pc as usize];
                let saved = function.place.filter(|_| code.iter().any(|i| i.opcode == Opcode::SavePlace));
                let place = saved.map_or(registers.place, |register| self.fetch(register).word());
                (place, function.face || failed)
            }
        };
        let sites = self.sites(key & !WHOLE)?;
        let operand = if own_operands && key & WHOLE == 0 { operand } else { 0 };
        let operand = operand.checked_sub(1).and_then(|index| sites.operands.get(index as usize));
        Some(*operand.unwrap_or(&sites.span))
    }

    fn sites(&self, key: u32) -> Option<&Sites> {
        if key & SHARED != 0 { self.image.data_sites.get(&key) } else { self.image.code_sites.get(&key) }
    }
}
