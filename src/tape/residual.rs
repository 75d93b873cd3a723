//! The residual program: every path that lanes of one program were seen to take, as straight sections with ends.
//!
//! Written by a [`Walk`](crate::tape::Walk), one lane at a time; read by [`lower`](fn@crate::tape::lower). A section's values live in a frame:
//! first the holes of the anchor it started from, then what its path computed since, in order. Two iterations of a
//! loop have equal [`Code`]s, which are kept once, and differ in their constants.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use rustc_hash::FxHasher;

use crate::op::Op;
use crate::op::linear::Linear;
use crate::value::{Cell, Real, Value};

/// A hash map for keys that nobody chooses to collide.
pub(crate) type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<FxHasher>>;

/// A section of a residual program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SectionId(pub u32);

impl SectionId {
    /// Where every lane starts.
    pub const ENTRY: SectionId = SectionId(0);
}

/// A [`Code`] of a residual program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CodeId(pub u32);

/// What an operation reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// A value of the frame.
    Slot(u32),
    /// An input of the program, from 0.
    Input(u32),
    /// One of the section's own constants.
    Constant(u32),
}

/// An operation, or the comparison of a guard; operations of one operand have it twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Operation {
    pub op: Op,
    pub a: Operand,
    pub b: Operand,
}

/// A whole operation: the results are operations of their own, [`Op::Part`]s that stand in a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Whole {
    pub linear: Linear,
    /// The elements of its operands.
    pub operands: Arc<[Operand]>,
}

/// What a section does, whatever its constants are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Code {
    /// Values that the frame holds before.
    pub base: u32,
    /// The n-th makes slot `base + n`.
    pub operations: Vec<Operation>,
    /// Whole operations, and of which operation on they make the results; ascending.
    pub wholes: Vec<(u32, Whole)>,
    /// What decides where to go on, if that is open.
    pub guard: Option<Operation>,
}

/// What a guard decided: a truth as 0 or 1, an Int's bits, or [`REFUSED`].
pub type Outcome = u64;

/// The guard had no answer: `exact`, `even?` or `odd?` of a number that is no integer.
pub const REFUSED: Outcome = 1 << 32;

/// How a section ends.
#[derive(Clone, Debug)]
pub enum End<F: Real> {
    /// Its first lane is still in it, or was given up in it: lanes that come here are interpreted.
    Open,
    /// The code's guard decides. Every side seen so far, ascending.
    Guard(Vec<(Outcome, SectionId)>),
    /// At an anchor: the target starts with a new frame, whose holes get these values.
    Anchor(SectionId, Arc<[Operand]>),
    /// The program's value.
    Done(Output<F>),
    /// The program fails here: lanes that come here are interpreted for their message.
    Fault,
}

/// A program's value on one path.
#[derive(Clone, Debug)]
pub enum Output<F: Real> {
    /// A Float.
    Float(Operand),
    /// Not a Float; lanes differ at most in the holes.
    Other(Arc<Template<F>>),
}

/// A value that is no Float, with holes for the taped Floats in it.
#[derive(Clone, Debug)]
pub struct Template<F: Real> {
    /// Addresses count `cells`, or lie in the shared segment. A taped Float's slot is the number of its hole, from 1.
    pub root: Value<F>,
    pub cells: Vec<Cell<F>>,
    /// By hole: never a constant.
    pub holes: Vec<Operand>,
}

/// What a section costs a lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Applications of the program.
    pub steps: u32,
    /// Taped operations, guards among them.
    pub entries: u32,
}

/// A straight stretch of a path.
#[derive(Clone, Debug)]
pub struct Section<F: Real> {
    pub code: CodeId,
    /// Where its constants start in [`Residual::constants`].
    pub constants: u32,
    pub end: End<F>,
    pub cost: Cost,
    /// Most objects of the program's own that can be alive here.
    pub objects: u32,
    /// At an anchor: words of the state there.
    pub words: u32,
    /// Sections run in this order, as far as loops allow it, so that lanes which parted meet again.
    pub order: f64,
}

/// Every path seen so far.
#[derive(Clone, Debug)]
pub struct Residual<F: Real> {
    pub(super) inputs: u32,
    pub(super) codes: Vec<Arc<Code>>,
    pub(super) code_ids: FastMap<Arc<Code>, CodeId>,
    pub(super) sections: Vec<Section<F>>,
    pub(super) constants: Vec<F>,
    /// By what a machine holds at an anchor, Floats that depend on inputs aside.
    pub(super) anchors: FastMap<u128, SectionId>,
    pub(super) last_order: f64,
}

impl<F: Real> Residual<F> {
    /// A program of so many inputs of which nothing is known.
    pub fn new(inputs: usize) -> Self {
        let mut residual = Residual {
            inputs: inputs as u32,
            codes: Vec::new(),
            code_ids: FastMap::default(),
            sections: Vec::new(),
            constants: Vec::new(),
            anchors: FastMap::default(),
            last_order: 0.0,
        };
        residual.open(0);
        residual
    }

    /// Inputs of the program.
    pub fn inputs(&self) -> usize {
        self.inputs as usize
    }

    /// Every section, by [`SectionId`].
    pub fn sections(&self) -> &[Section<F>] {
        &self.sections
    }

    /// One section.
    pub fn section(&self, id: SectionId) -> &Section<F> {
        &self.sections[id.0 as usize]
    }

    /// What a section does.
    pub fn code(&self, section: SectionId) -> &Arc<Code> {
        &self.codes[self.section(section).code.0 as usize]
    }

    /// How many different codes the sections have.
    pub fn codes(&self) -> usize {
        self.codes.len()
    }

    /// The constants of a section, from its first one on.
    pub fn constants(&self, section: SectionId) -> &[F] {
        &self.constants[self.section(section).constants as usize..]
    }

    /// Is anything known?
    pub fn is_empty(&self) -> bool {
        matches!(self.section(SectionId::ENTRY).end, End::Open)
    }

    /// A new section whose content comes when it ends; its frame starts with `base` values.
    pub(super) fn open(&mut self, base: u32) -> SectionId {
        let code = self.intern(Code { base, operations: Vec::new(), wholes: Vec::new(), guard: None });
        let id = SectionId(self.sections.len() as u32);
        self.sections.push(Section {
            code,
            constants: 0,
            end: End::Open,
            cost: Cost::default(),
            objects: 0,
            words: 0,
            order: f64::INFINITY,
        });
        id
    }

    pub(super) fn intern(&mut self, code: Code) -> CodeId {
        if let Some(&id) = self.code_ids.get(&code) {
            return id;
        }
        let id = CodeId(self.codes.len() as u32);
        let code = Arc::new(code);
        self.codes.push(code.clone());
        self.code_ids.insert(code, id);
        id
    }
}
