//! Kernels whose whole operations are run step by step, where as text they would be too long: values lie in an array of the invocation.
//!
//! In: a [`Source`] of a chain. Out: where numbers lie in the array, what each form does, and the [code](Plans::code) of the steps. Always: text has
//! single operations; the code has whole ones, rows of equal ones and what is moved, which `shaders/stepped.wgsl` runs over the array, some of
//! them by [text of their own](fixed) in arrays of its own; all depend on the source only. Deliberately absent: lanes that part, which are replayed.
//!
//! The array is of words: the sums of the wanted gradients, then adjoints by slot of a block, values by slot, the block's constants, the inputs,
//! and the scratch. What a block gets comes first among its slots, so that a value that is handed on in its own slot stays
//! where it is, as does its adjoint on the way back: such a value is neither pushed nor popped.
//!
//! A driver's time to compile grows with the square of the places where text touches the array (lavapipe: 1,000 take 1 s, 4,000 take 13 s); so
//! what can be a step is one.

mod back;
mod code;
mod fixed;
mod items;
mod plan;
mod segment;
mod text;

use std::collections::BTreeSet;

use crate::tape::packed::Kind;
use crate::tape::{Operand, Whole};
use crate::wgsl::specialize::forms::{End, Form, Source};
use code::Code;
use fixed::Fixed;
use plan::Planner;
use segment::Segment;

/// Words of the array at most: 48 KiB an invocation.
const WORDS: u32 = 3 << 12;
/// Rows of the code at most.
const ROWS: usize = 1 << 14;
/// Terms at most of a product whose elements share sums, each of which is a step.
const SHARED: u32 = 1 << 11;
/// Pivots that are taken from other columns at once.
const PANEL: usize = 4;
/// The row of the list that does nothing.
const NOTHING: u32 = 0;
/// Kinds of the code beside the steps of whole operations, [`Kind::Set`], which brings constants, and [`Kind::Turn`], which ends a list: words of the
/// array that go to the stack, and that come from there.
const PUSH: u32 = 14;
const TAKE: u32 = 15;
/// Eliminations at once: an inverse in place, pivots and signs, and with them the inverse.
const INVERT: u32 = 0;
const ELIMINATE: u32 = 2;
const SOLVE: u32 = 3;
const _: () = {
    let (own, others) =
        ([PUSH, TAKE, INVERT, ELIMINATE, SOLVE], [Kind::Set, Kind::Turn, Kind::Tile, Kind::Pivot, Kind::Swap]);
    let mut pair = 0;
    while pair < own.len() * others.len() {
        assert!(own[pair % own.len()] != others[pair / own.len()] as u32, "kinds differ");
        pair += 1;
    }
};

/// Where numbers lie in the array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    bars: u32,
    values: u32,
    constants: u32,
    inputs: u32,
    scratch: u32,
}

impl Layout {
    /// Where an operand is.
    fn cell(&self, operand: Operand) -> u32 {
        match operand {
            Operand::Slot(slot) => self.values + slot,
            Operand::Constant(constant) => self.constants + constant,
            Operand::Input(input) => self.inputs + input,
        }
    }

    /// Where its adjoint is, if it has one.
    fn bar(&self, source: &Source, operand: Operand) -> Option<u32> {
        match operand {
            Operand::Slot(slot) => Some(self.bars + slot),
            Operand::Input(input) => source.wanted[input as usize].then(|| source.gradient_of(input)),
            Operand::Constant(_) => None,
        }
    }
}

/// Lists of the code behind a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Lists {
    forward: u32,
    /// On the way back, where results are needed or come from the stack.
    again: u32,
    /// What sends adjoints back, behind the way back of the next segment.
    back: u32,
}

/// What a form does: a segment of single operations, a list, a segment, and so on.
struct Plan {
    segments: Vec<Segment>,
    lists: Vec<Lists>,
    /// By slot: does it depend on a wanted input?
    is_active: Vec<bool>,
    /// Slots whose values are read elsewhere than in the segments that make them.
    stored: BTreeSet<u32>,
    /// Lists: what is pushed before the form runs, what is popped before its way back, what is handed on, what is left behind its way back.
    push: u32,
    pop: u32,
    hand_on: u32,
    leave: u32,
    /// Words of the stack.
    rows: u32,
    /// By segment: slots that have adjoints where its way back begins.
    bars: Vec<BTreeSet<u32>>,
}

/// All forms of a source.
pub(super) struct Plans {
    layout: Layout,
    forms: Vec<Plan>,
    fixed: Fixed,
    pub code: Vec<[u32; 4]>,
    words: u32,
}

impl Plans {
    /// `None` where the array or the code would be too long.
    pub fn of(source: &Source) -> Option<Plans> {
        let slots = |form: &Form| form.shape.ins as usize + form.shape.operations.len();
        let slots = source.forms.iter().map(slots).max().unwrap_or(0);
        let count = source.forms.iter().map(|form| form.literals.len()).max().unwrap_or(0);
        let values = source.gradients() + if source.gradient { slots } else { 0 };
        let (constants, inputs) = (values + slots, values + slots + count);
        let scratch = inputs + source.inputs.len();
        if scratch > WORDS as usize {
            return None;
        }
        let [bars, values, constants, inputs, scratch] =
            [source.gradients(), values, constants, inputs, scratch].map(|place| place as u32);
        let layout = Layout { bars, values, constants, inputs, scratch };
        let mut code = Code::new();
        code.words = scratch;
        let mut planner = Planner { source, layout, code, fixed: Fixed::of(source) };
        let mut forms = Vec::with_capacity(source.forms.len());
        for form in &source.forms {
            forms.push(planner.form(form)?);
            if planner.code.words > WORDS || planner.code.rows.len() > ROWS {
                return None;
            }
        }
        let fixed = planner.fixed.used(&planner.code);
        let Code { rows: code, words } = planner.code;
        Some(Plans { layout, forms, fixed, code, words })
    }

    /// By form: the lists that push and pop what it gets, and how many words of the stack it takes.
    pub fn heads(&self) -> Vec<[u32; 3]> {
        self.forms.iter().map(|plan| [plan.push, plan.pop, plan.rows]).collect()
    }
}

/// A number of the array.
pub(super) fn number_in(cell: u32) -> String {
    format!("bitcast<f32>(v[{cell}u])")
}

/// The program's value, if the form ends with it.
fn done(form: &Form) -> Option<Operand> {
    if let End::Done(value) = form.end { Some(value) } else { None }
}

/// The first and second operand of a whole operation.
fn sides(whole: &Whole) -> [&[Operand]; 2] {
    let (a, b) = whole.operands.split_at(whole.linear.operands()[0]);
    [a, b]
}
