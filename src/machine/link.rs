//! Link: graphs become one image, in which every procedure has its entry and every name its number.

use std::sync::Arc;

use crate::expand::library;
use crate::graph::{Body, BodyId, Constant, Exit, Graph, Kind, Node, NodeId, Region, Role};
use crate::machine::MachineError;
use crate::machine::code::{CALL_KNOWN, Instruction, Opcode};
use crate::machine::image::{Function, Image, Word};
use crate::machine::schedule::{self, Fixup};
use crate::op::{self, Op, ROWS};
use crate::reader::Span;
use crate::value::Tag;

/// Name of the evaluator's first procedure.
const EVALUATE: &str = "evaluate";

impl Image {
    /// The image of an interpreter: the evaluator, a face for every operation, and the prelude.
    ///
    /// # Errors
    /// A graph that names a procedure which no graph defines, or code that does not verify.
    pub fn base(evaluator: &Graph, prelude: &Graph) -> Result<Image, MachineError> {
        let mut image = Image::default();
        image.module(evaluator)?;
        let evaluators_own: Vec<Arc<str>> = image.library.keys().cloned().collect();
        for name in evaluators_own {
            image.library.remove(&name);
        }
        image.module(&faces(prelude))?;
        for function in image.functions.iter_mut().filter(|function| function.role == Role::Library) {
            function.face = true;
        }
        image.module(prelude)?;
        for function in image.functions.iter_mut().filter(|function| library::is_generic(&function.name)) {
            function.face = true;
        }
        image.verify()?;
        Ok(image)
    }

    /// Adds a module: its procedures can be named from now on.
    fn module(&mut self, graph: &Graph) -> Result<(), MachineError> {
        for (name, _) in &graph.exports {
            let address = self.cell([Word::NIL, Word::NIL]);
            self.library.insert(name.clone(), Word::tagged(Tag::Closure, address));
        }
        let entries = self.bodies(graph)?;
        for (name, body) in &graph.exports {
            let entry = entries[body.0 as usize];
            let address = self.library[name].bits as u32 & !crate::value::SHARED;
            self.shared[address as usize][0] = Word::tagged(Tag::Int, entry);
            self.entries.insert(name.clone(), entry);
        }
        Ok(())
    }

    /// Adds a program for the direct road and gives the instruction that starts it.
    ///
    /// # Errors
    /// As [`Image::base`].
    pub fn direct(&mut self, graph: &Graph) -> Result<u32, MachineError> {
        let Some(entry) = graph.entry else { return Err(MachineError::NoEntry) };
        let first = self.code.len();
        let entries = self.bodies(graph)?;
        let start = self.start(entries[entry.0 as usize], &[]);
        self.verify_from(first)?;
        Ok(start)
    }

    /// Code that calls a body with these arguments and halts with its value.
    pub(super) fn start(&mut self, entry: u32, arguments: &[Word]) -> u32 {
        let start = self.code.len() as u32;
        let registers = 2 + arguments.len() as u32;
        for (index, &argument) in arguments.iter().enumerate() {
            let constant = self.constant(argument) | crate::machine::code::CONSTANT;
            self.code.push(Instruction::new(Opcode::Move, 2 + index as u32, constant, 0, 0));
        }
        self.code.push(Instruction::new(Opcode::Call, 0, CALL_KNOWN, arguments.len() as u32, entry));
        self.code.push(Instruction::new(Opcode::Halt, 0, 0, 0, 0));
        self.functions.push(Function {
            name: "start".into(),
            role: Role::Interpreter,
            entry: start,
            end: self.code.len() as u32,
            params: 0,
            rest: false,
            captures: 0,
            registers,
            place: None,
            starts: true,
            face: false,
            liveness: Arc::default(),
        });
        start
    }

    /// The entry of the evaluator.
    ///
    /// # Errors
    /// The image holds no evaluator.
    pub(super) fn evaluator(&self) -> Result<u32, MachineError> {
        self.entries.get(EVALUATE).copied().ok_or_else(|| MachineError::Undefined(EVALUATE.into()))
    }

    /// Schedules every body of a graph and gives their entries.
    fn bodies(&mut self, graph: &Graph) -> Result<Vec<u32>, MachineError> {
        let mut fixups = Vec::new();
        let mut entries = Vec::with_capacity(graph.bodies.len());
        for index in 0..graph.bodies.len() {
            entries.push(self.code.len() as u32);
            schedule::body(self, graph, BodyId(index as u32), &mut fixups);
        }
        for fixup in fixups {
            match fixup {
                Fixup::Body(pc, body) => self.code[pc as usize].c = entries[body.0 as usize],
                Fixup::Library(pc, name) => {
                    let Some(&entry) = self.entries.get(&name) else { return Err(MachineError::Undefined(name)) };
                    self.code[pc as usize].c = entry;
                }
                Fixup::Header(constant, body) => {
                    self.constants[constant as usize] = Word::tagged(Tag::Int, entries[body.0 as usize]);
                }
            }
        }
        Ok(entries)
    }

    /// A constant of a graph as a word; quoted pairs go to the shared segment.
    pub(super) fn word_of(&mut self, constant: &Constant) -> Word {
        match constant {
            Constant::Nil => Word::NIL,
            Constant::Unspecified => Word::tagged(Tag::Unspecified, 0),
            Constant::Bool(truth) => Word::tagged(Tag::Bool, u32::from(*truth)),
            Constant::Int(value) => Word::tagged(Tag::Int, *value as u32),
            Constant::Float(bits) => Word::float(*bits),
            Constant::Char(char) => Word::tagged(Tag::Char, u32::from(*char)),
            Constant::Symbol(name) => Word::tagged(Tag::Symbol, self.symbols.number(name)),
            Constant::String(text) => Word::tagged(Tag::String, self.strings.number(text)),
            Constant::Library(name) => self.library.get(name).copied().unwrap_or(Word::NIL),
            Constant::Array(columns, bits) => self.array(*columns, bits.iter().copied()),
            Constant::List(elements, tail) => stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
                let tail = self.word_of(tail);
                let words: Vec<Word> = elements.iter().map(|element| self.word_of(element)).collect();
                words.into_iter().rev().fold(tail, |list, word| self.pair(word, list))
            }),
        }
    }
}

/// A module with one procedure for every operation that a program can name and the prelude does not define, and for
/// the compositions of `car` and `cdr`.
fn faces(prelude: &Graph) -> Graph {
    let defined = |name: &str| prelude.exports.iter().any(|(export, _)| &**export == name);
    let mut graph = Graph { bodies: Vec::new(), exports: Vec::new(), entry: None, inputs: Vec::new() };
    for row in ROWS.iter().filter(|row| !row.name.starts_with('%') && !defined(row.name)) {
        face(&mut graph, row.name, u32::from(row.arity), &[row.op]);
    }
    for length in 2..=4u32 {
        for pattern in 0..1 << length {
            let letters: String = (0..length).map(|i| if pattern >> i & 1 == 0 { 'a' } else { 'd' }).collect();
            let steps: Vec<Op> = letters.chars().rev().map(|l| if l == 'a' { Op::Car } else { Op::Cdr }).collect();
            face(&mut graph, &format!("c{letters}r"), 1, &steps);
        }
    }
    graph
}

/// A procedure that applies the first operation to its parameters and each further one to the result.
fn face(graph: &mut Graph, name: &str, params: u32, ops: &[op::Op]) {
    let span = Span::default();
    let node =
        |kind, inputs: Vec<NodeId>, operands: usize| Node { kind, inputs, span, operand_spans: vec![span; operands] };
    let mut nodes: Vec<Node> = (0..params).map(|i| node(Kind::Param(i), Vec::new(), 0)).collect();
    let mut inputs: Vec<NodeId> = (0..params).map(NodeId).collect();
    for &op in ops {
        let operands = inputs.len();
        nodes.push(node(Kind::Op(op), inputs, operands));
        inputs = vec![NodeId(nodes.len() as u32 - 1)];
    }
    let region = Region { nodes: (0..nodes.len() as u32).map(NodeId).collect(), exit: Exit::Return(inputs[0]) };
    let name: Arc<str> = name.into();
    graph.exports.push((name.clone(), BodyId(graph.bodies.len() as u32)));
    graph.bodies.push(Body { name, role: Role::Library, params, rest: false, captures: 0, nodes, region });
}
