//! What an engine hands back: numbers, gradients by name, other values, and a status for every lane.

use std::fmt;
use std::ops::Index;
use std::sync::Arc;

use crate::batch::Tier;
use crate::machine::Status;

/// How the lanes of a batch were run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Never [`Tier::Auto`].
    pub tier: Tier,
    /// Why this tier.
    pub reason: Arc<str>,
    /// Lanes whose paths were recorded in this call; 0 unless the tier is [`Tier::Replay`].
    pub recorded: usize,
    /// Lanes of a replay that were interpreted, because their program failed or because no path was known for them.
    pub interpreted: usize,
    /// Those of them that took paths with too few other lanes on them to be worth recording.
    pub without_path: usize,
    /// Most bytes that a lane had at once in arrays and snapshots of a replay.
    pub bytes_per_lane: usize,
}

/// A tier and a place that an engine chose, or that were named, for batches so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Never [`Tier::Auto`].
    pub tier: Tier,
    /// `cpu`, or the adapter's name.
    pub device: Arc<str>,
    /// For how many batches.
    pub times: usize,
    /// Why, the first time.
    pub reason: Arc<str>,
}

/// The values of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation<F> {
    /// By lane; NaN where the lane has no number, which its status says.
    pub values: Vec<F>,
    /// By lane.
    pub status: Vec<Status>,
    /// Where it ran: `cpu`, or the adapter's name.
    pub device: Arc<str>,
    /// How it ran; never [`Tier::Auto`].
    pub tier: Tier,
    /// Why this tier, and what became of the lanes.
    pub way: Way,
}

/// The values of a batch and their derivatives.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradients<F> {
    /// By lane; NaN where the lane has no number, which its status says.
    pub values: Vec<F>,
    /// By lane. A gradient that is NaN or infinite makes a lane `non-finite` too.
    pub status: Vec<Status>,
    /// By the name of an input, then by lane; NaN where the lane has no number.
    pub grads: Grads<F>,
    /// What the numbers do not tell.
    pub warnings: Vec<Warning>,
    /// Where it ran: `cpu`, or the adapter's name.
    pub device: Arc<str>,
    /// How it ran; never [`Tier::Auto`].
    pub tier: Tier,
    /// Why this tier, and what became of the lanes.
    pub way: Way,
    /// Entries of the longest tape of a lane, the inputs and slot 0 included; of a replay at most so many, where lanes that
    /// parted met again.
    pub tape: usize,
}

/// Derivatives by name, in the order in which they were asked for; `grads["a"]` is a column with a number for each lane.
#[derive(Clone, Debug, PartialEq)]
pub struct Grads<F> {
    pub(super) columns: Vec<(Arc<str>, Vec<F>)>,
}

impl<F> Grads<F> {
    /// The column of an input, if it was asked for.
    pub fn get(&self, name: &str) -> Option<&[F]> {
        self.columns.iter().find(|(input, _)| &**input == name).map(|(_, column)| column.as_slice())
    }

    /// Names and columns; an input that was asked for twice is here once.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &[F])> {
        self.columns.iter().map(|(name, column)| (&**name, column.as_slice()))
    }

    /// Number of columns.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Was nothing asked for?
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }
}

impl<F> Index<&str> for Grads<F> {
    type Output = Vec<F>;

    /// The column of an input; [`Grads::get`] is for names that may not have been asked for.
    ///
    /// # Panics
    /// The input was not asked for.
    fn index(&self, name: &str) -> &Vec<F> {
        match self.columns.iter().find(|(input, _)| &**input == name) {
            Some((_, column)) => column,
            None => panic!("no gradient by `{name}` was asked for"),
        }
    }
}

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WarningKind {
    /// The parameter decides branches and does nothing else: its gradient is 0 whatever it does to the value.
    BranchOnly,
}

impl WarningKind {
    /// The name that messages and JSON use.
    pub fn name(self) -> &'static str {
        match self {
            WarningKind::BranchOnly => "branch-only",
        }
    }
}

/// Something that a user should know although every number is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What it is about.
    pub kind: WarningKind,
    /// The input it is about.
    pub parameter: Arc<str>,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            WarningKind::BranchOnly => {
                write!(f, "`{}` only decides branches: its gradient is 0 (soft-if gives it one)", self.parameter)
            }
        }
    }
}

/// The value of one lane, of whatever kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// A Float. One of f32 is widened to the f64 with the same shortest decimal, so that 0.1 stays 0.1.
    Number(f64),
    /// An exact integer.
    Int(i32),
    /// A truth.
    Boolean(bool),
    /// Anything else, in its written form.
    Written(Arc<str>),
}

/// The values of a batch, of whatever kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Outputs {
    /// By lane; `None` where the lane has no value, which its status says.
    pub values: Vec<Option<Output>>,
    /// By lane.
    pub status: Vec<Status>,
    /// Where it ran: `cpu`, or the adapter's name.
    pub device: Arc<str>,
    /// How it ran; never [`Tier::Auto`].
    pub tier: Tier,
    /// Why this tier, and what became of the lanes.
    pub way: Way,
}
