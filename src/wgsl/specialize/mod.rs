//! The kernels of the tier `specialize`: a program as a kernel of its own, value and gradients together.
//!
//! In: a lowered program. Out: its [`Specialization`] ([`forms`](self)): a [`Source`], whose text this makes, and the data of its buffers. Always:
//! values lie in registers; the bits are those of [`adjoint`](fn@crate::tape::adjoint) on an IEEE device; programs that differ in
//! constants and uniform inputs only share a text. Deliberately absent: devices, and when a kernel is worth a driver's time to compile.
//!
//! Bindings: the columns (`[column][lane]` f32), the rows (`[row][lane]` f32: the value, then a gradient for every wanted input), the
//! [`SUMMARY`], the [`PARAMETERS`] with the numbers behind them; and for what is no straight line the blocks and the memory (words, of
//! four lanes each where lanes go together: `[row][lane]` the states, then `[tile][row][lane]` snapshots and the stack), which only the lanes of a batch have. An unrolled program that may end otherwise than with
//! a Float has the endings in place of the blocks: two rows of a word each, how and where, and the outcome; 0 is with a Float.
//!
//! The blocks begin with the steps of whole operations, where those are run, and then with a head for every block: its form (from 1; 0 where lanes
//! end at once) under how many rows of the stack it fills, applications and entries (where steps are run: the lists that bring the block's
//! constants and push what it gets, and that pop it), and where its details are, or how lanes end. Details are the ways on (for a truth: false,
//! true, refused; else one; where sides are searched: the first side, how many, refused; for each assertion a row: the outcome that leads on, and
//! the block's number in the program), and behind them the block's own constants, four a row. A way is the next block's number above
//! [`HANDOVER_BITS`] bits that say which of the form's handovers it takes. A side is an outcome, a way, and the row of what it looks up.

mod cases;
mod chain;
mod forms;
mod frame;
mod gather;
mod nodes;
mod stepped;
mod stretch;
mod text;
mod unrolled;
mod whole;

pub use forms::{Cost, Number, Pace, Request, Source, Specialization};
pub use text::Written;

/// Operations of all forms at most, and of a straight line.
pub const LONGEST: usize = 4000;
/// Operations of all nodes of a program that parts, at most.
pub const UNROLLED: usize = 512;
/// How a lane ends that needs more rounds than its program was unrolled for; beside [`Ended`](crate::tape::packed::Ended).
pub const LONG: u32 = crate::tape::packed::Ended::ALL.len() as u32;
/// In the endings of an unrolled program, bits of the word that say how; above them is the block.
pub const ENDING_BITS: u32 = 3;
/// Forms of a program at most.
pub const MOST_FORMS: usize = 64;
/// Numbers in the parameters at most: with the words before them 16 KiB, which every device binds as a uniform.
pub const NUMBERS: usize = 4080;
/// Words of the parameters in front of the numbers.
pub const HEAD: usize = PARAMETERS.len();
/// Invocations of a workgroup.
pub const GROUP: usize = 64;
/// The number of no form: lanes end.
pub const FORM_END: u32 = 0;
/// Bits of the form in a block's head; above them is how many rows the block pushes.
pub const FORM_BITS: u32 = 8;
/// Bits of a way that say how values are handed on.
pub const HANDOVER_BITS: u32 = 8;
/// The way to nowhere.
pub const NO_WAY: u32 = u32::MAX;
const _: () = assert!(MOST_FORMS + 1 < 1 << FORM_BITS, "a form has room in a head");
const _: () =
    assert!(LONG < 1 << ENDING_BITS && crate::tape::packed::Ended::No as u32 == 0, "endings have room, and 0 is none");

/// Words of a snapshot in front of its frame.
pub const SNAPSHOT_STATES: usize = 4;

/// Words of the parameters: invocations of the batch, and of a row of its dispatch; the stamp, which is left in the summary; 0, which no
/// compiler may know; blocks of an invocation in this slice, and 1 in the first one; budgets of a lane; rows of the stack,
/// snapshots that there is room for; invocations that share a tile, the tile's cells, and where tiles start; the row of a tile where the stack
/// starts, behind the snapshots; the batch's first invocation, and how many there are in all.
pub const PARAMETERS: [&str; 16] = [
    "width",
    "row",
    "stamp",
    "zero",
    "fuel",
    "begins",
    "steps",
    "entries",
    "capacity",
    "snapshots",
    "across",
    "tile",
    "tiles",
    "stack",
    "first",
    "stride",
];

/// Words of the summary: the stamp; lanes that ended without a Float, or invocations with one where they have four lanes; lanes that go on; most entries of a lane's raw tape; most
/// blocks that a lane ran forward; invocations with a NaN in a gradient that no mask has settled.
pub const SUMMARY: [&str; 6] = ["STAMP", "WITHOUT", "GOING", "ENTRIES", "RUNS", "NANS"];

/// What an invocation keeps from slice to slice, before its registers: a row each, or where its lanes go together a word each of
/// the four that a row has.
pub const STATES: [&str; 16] = [
    "PHASE", "ENDED", "BLOCK", "OUTCOME", "STEPS", "ENTRIES", "RUNS", "END", "TOP", "DEPTH", "KEEPS", "TAKEN", "FLOOR",
    "STRIDE", "CUTS", "UNUSED",
];

/// The first states say how a lane ended.
pub const ENDING_STATES: usize = 4;

/// The number of a name in one of the lists above.
pub fn number(names: &[&str], name: &str) -> usize {
    match names.iter().position(|known| *known == name) {
        Some(number) => number,
        None => unreachable!("`{name}` is not in the list"),
    }
}

impl Source {
    /// Lanes of an invocation.
    pub fn lanes(&self) -> usize {
        if self.pace == Pace::Apart || self.is_stepped { 1 } else { 4 }
    }

    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Does it give gradients?
    pub fn gradient(&self) -> bool {
        self.gradient
    }

    /// May a run be longer than its stack?
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Do lanes go different ways?
    pub fn parts(&self) -> bool {
        self.pace == Pace::Apart || self.nodes.len() > 1
    }

    /// May a lane of an unrolled program end without a Float, or too early?
    pub fn may_end_without(&self) -> bool {
        self.nodes.iter().any(nodes::Node::may_end_without)
    }

    /// Go lanes together that may leave the way?
    pub fn asserts(&self) -> bool {
        self.forms.iter().any(|form| !form.asserts.is_empty())
    }

    /// Of lanes that go together the row of states that says how and where they left, as the endings of an unrolled program do;
    /// the outcome is in the next.
    pub fn left_row(&self) -> usize {
        ENDING_STATES / self.lanes()
    }

    /// Rows of states that are kept of what has ended: where lanes left comes behind the first states.
    fn ending_states(&self) -> usize {
        self.left_row() + if self.asserts() { 2 } else { 0 }
    }

    /// Rows of the endings of an unrolled program.
    pub fn ending_rows(&self) -> usize {
        if self.may_end_without() { 2 } else { 0 }
    }

    /// Columns that the kernel reads.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Numbers that every lane has.
    pub fn numbers(&self) -> usize {
        self.numbers
    }

    /// Wanted gradients.
    pub fn gradients(&self) -> usize {
        self.wanted.iter().filter(|&&wanted| wanted).count()
    }

    /// Which of the wanted gradients is that of an input.
    fn gradient_of(&self, input: u32) -> u32 {
        self.wanted[..input as usize].iter().filter(|&&wanted| wanted).count() as u32
    }

    /// Rows that the kernel writes: the value, and the gradients.
    pub fn rows(&self) -> usize {
        1 + self.gradients()
    }

    /// Most values that a block gets.
    pub fn most_ins(&self) -> usize {
        self.forms.iter().map(|form| form.shape.ins as usize).max().unwrap_or(0)
    }

    /// Operations of whole ones that are run step by step, about.
    pub fn stepped_operations(&self) -> usize {
        let of_form = |form: &forms::Form| whole::operations(&form.shape) - whole::single_operations(&form.shape);
        if self.is_stepped { self.forms.iter().map(of_form).sum() } else { 0 }
    }

    /// How many forms or nodes there are.
    pub fn pieces(&self) -> usize {
        self.forms.len() + self.nodes.len()
    }

    /// Words that a lane keeps from slice to slice.
    pub fn states(&self) -> usize {
        let registers = if self.gradient { 2 * self.most_ins() + self.gradients() } else { self.most_ins() };
        self.ending_states() + (STATES.len() - ENDING_STATES) / self.lanes() + registers
    }
}
