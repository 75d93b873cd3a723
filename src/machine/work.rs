//! Work: the lanes that one call hands to an executor, and what it hands back.

use std::sync::Arc;

use crate::machine::fault::Budgets;
use crate::machine::image::Image;
use crate::machine::report::Fault;
use crate::machine::written;
use crate::reader::DatumKind;
use crate::value::Real;

/// One input over the lanes of a segment.
#[derive(Clone, Debug)]
pub enum Column {
    /// One number for every lane.
    Uniform(f64),
    /// A number a lane.
    F32(Arc<[f32]>),
    /// A number a lane, rounded when an f32 executor takes it.
    F64(Arc<[f64]>),
}

impl Column {
    /// The input of one lane.
    pub fn at<F: Real>(&self, lane: usize) -> F {
        match self {
            Column::Uniform(value) => F::round(*value),
            Column::F32(values) => F::round(f64::from(values[lane])),
            Column::F64(values) => F::round(values[lane]),
        }
    }
}

/// Lanes of one program on one road.
#[derive(Clone, Debug)]
pub struct Segment {
    /// The instruction that starts it.
    pub start: u32,
    /// By input, in order.
    pub columns: Vec<Column>,
    /// By input: is the derivative by it wanted, where gradients are?
    pub wanted: Vec<bool>,
    pub lanes: usize,
}

impl Segment {
    /// Lanes that start at this instruction; every derivative is wanted.
    pub fn new(start: u32, columns: Vec<Column>, lanes: usize) -> Segment {
        let wanted = vec![true; columns.len()];
        Segment { start, columns, wanted, lanes }
    }
}

/// What every lane starts with, per lane; each grows when a lane asks for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arenas {
    /// Values.
    pub stack: usize,
    /// Cells of two values.
    pub heap: usize,
    /// Entries.
    pub tape: usize,
}

/// Most operations that a tape can hold: a slot's number shares a word with a tag.
pub const LONGEST_TAPE: usize = 1 << 27;

impl Arenas {
    /// The most memory that a lane gets under these budgets. The budgets count what the program does; frames, argument
    /// lists and the evaluator's environments stand beside that, on the interpreted road more of them, so that these
    /// limits are generous: a lane that meets one is told that memory ended, not a budget.
    pub fn limits(budgets: &Budgets, inputs: usize) -> Arenas {
        Arenas {
            stack: (1 << 24) + 128 * budgets.stack as usize,
            heap: (1 << 22) + 8 * budgets.heap as usize + 32 * budgets.stack as usize,
            tape: 2 + inputs + (budgets.tape as usize).min(LONGEST_TAPE),
        }
    }
}

/// A call's lanes and how to run them.
#[derive(Clone, Copy, Debug)]
pub struct Work<'a> {
    pub image: &'a Image,
    pub segments: &'a [Segment],
    pub budgets: Budgets,
    /// What a lane starts with; `None`: the executor's choice. Never changes an answer.
    pub arenas: Option<Arenas>,
    /// Are gradients wanted?
    pub gradient: bool,
    /// Instructions a lane runs between two looks at it; `None`: the executor's choice.
    pub fuel: Option<u32>,
}

impl Work<'_> {
    /// Lanes of all segments.
    pub fn lanes(&self) -> usize {
        self.segments.iter().map(|segment| segment.lanes).sum()
    }
}

/// A lane's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer<F> {
    Float(F),
    Int(i32),
    Bool(bool),
    /// Anything else, in its written form.
    Written(Arc<str>),
}

impl<F: Real> Answer<F> {
    /// As a person writes it.
    pub fn written(&self) -> String {
        let datum = |kind: DatumKind| kind.to_string();
        match self {
            Answer::Float(value) => datum(DatumKind::Float(written::shortest(*value))),
            Answer::Int(value) => datum(DatumKind::Int(*value)),
            Answer::Bool(truth) => datum(DatumKind::Bool(*truth)),
            Answer::Written(text) => text.to_string(),
        }
    }
}

/// What became of a lane.
pub type Ending<F> = Result<Answer<F>, Box<Fault>>;

/// What became of a segment.
#[derive(Clone, Debug)]
pub struct Ended<F> {
    /// By lane: its Float; NaN where `others` has the lane.
    pub values: Vec<F>,
    /// Lanes whose answer is no Float, ascending.
    pub others: Vec<(u32, Ending<F>)>,
    /// By input, then by lane; empty where the derivative is not wanted; 0 where a lane has no Float as its value.
    pub gradients: Vec<Vec<F>>,
    /// Longest tape of a lane, in entries; of a replay at most so many.
    pub tape: usize,
}

impl<F: Real> Ended<F> {
    /// A segment whose lanes have not run.
    pub fn empty(segment: &Segment, gradient: bool) -> Self {
        let column = |&wanted: &bool| vec![F::round(0.0); if gradient && wanted { segment.lanes } else { 0 }];
        Ended {
            values: vec![F::round(f64::NAN); segment.lanes],
            others: Vec::new(),
            gradients: segment.wanted.iter().map(column).collect(),
            tape: 0,
        }
    }

    /// A lane's answer.
    pub fn answer(&self, lane: usize) -> Ending<F> {
        match self.others.binary_search_by_key(&(lane as u32), |&(lane, _)| lane) {
            Ok(index) => self.others[index].1.clone(),
            Err(_) => Ok(Answer::Float(self.values[lane])),
        }
    }

    /// What became of a lane, by input its derivative; lanes without a Float come in ascending order.
    pub fn set(&mut self, lane: usize, answer: Ending<F>, gradient: &[F]) {
        match answer {
            Ok(Answer::Float(value)) => self.values[lane] = value,
            other => self.others.push((lane as u32, other)),
        }
        for (column, &derivative) in self.gradients.iter_mut().zip(gradient).filter(|(column, _)| !column.is_empty()) {
            column[lane] = derivative;
        }
    }
}
