//! A lowered program: blocks that an executor runs, what they share, and how they lead to each other.

use std::fmt;
use std::sync::Arc;

use crate::op::Op;
use crate::tape::residual::{FastMap, Operand, Operation, Outcome, Template, Whole};
use crate::value::Real;

/// Where a value of a block may be copied from instead of being computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Share {
    /// It is computed.
    No,
    /// The operation of this number has the same value.
    Value(u32),
    /// The operation of this number is the cosine of the sine that this is, or the other way round.
    Companion(u32),
}

/// What a block does: shared by all blocks that differ in their constants only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Values that come from the block before.
    pub ins: u32,
    /// The n-th makes value `ins + n`; `Operand::Slot` counts the block's own values.
    pub operations: Vec<Operation>,
    /// Whole operations, ascending by the operation that their results begin with: these are [`Op::Part`]s.
    pub wholes: Vec<(u32, Whole)>,
    /// By operation.
    pub shares: Vec<Share>,
    /// What decides where to go on.
    pub guard: Option<Operation>,
}

/// A part of what a block does.
#[derive(Clone, Copy, Debug)]
pub enum Piece<'a> {
    /// The operation of this number.
    Single(u32, &'a Operation),
    /// The operations from this number on are the results of a whole one.
    Whole(u32, &'a Whole),
}

impl Shape {
    /// What the block does, in order.
    pub fn pieces(&self) -> Vec<Piece<'_>> {
        let (mut pieces, mut wholes) = (Vec::with_capacity(self.operations.len()), self.wholes.iter().peekable());
        for (number, operation) in self.operations.iter().enumerate() {
            if operation.op != Op::Part {
                pieces.push(Piece::Single(number as u32, operation));
            } else if let Some((at, whole)) = wholes.next_if(|(at, _)| *at as usize == number) {
                pieces.push(Piece::Whole(*at, whole));
            }
        }
        pieces
    }

    /// Every operand of its operations.
    pub fn operands(&self) -> impl Iterator<Item = Operand> {
        let operands = self.operations.iter().flat_map(|operation| [operation.a, operation.b]);
        operands.chain(self.wholes.iter().flat_map(|(_, whole)| whole.operands.iter().copied()))
    }
}

/// The block that follows and what it gets.
#[derive(Clone, Debug)]
pub struct Link {
    pub block: u32,
    /// By in of that block: a value of this one, or an input.
    pub outs: Arc<[Operand]>,
}

/// Sides of a guard that do the same with other constants: one block, and the constants as values that each lane takes by its
/// outcome.
#[derive(Clone, Debug)]
pub struct Lookup<F: Real> {
    /// Ascending.
    pub outcomes: Vec<Outcome>,
    /// `[outcome][column]`.
    pub constants: Vec<F>,
    pub columns: u32,
    /// Among the outs, `Operand::Constant` is a column.
    pub link: Link,
}

/// How a block ends.
#[derive(Clone, Debug)]
pub enum Exit<F: Real> {
    /// The guard decides; sides ascend by outcome. An outcome is in one of both.
    Guard(Vec<(Outcome, Link)>, Vec<Lookup<F>>),
    /// There is one way on.
    Next(Link),
    /// The program's value.
    Done(Value<F>),
    /// Lanes are interpreted from the start: the program fails here, or nobody was further.
    Leave,
}

impl<F: Real> Exit<F> {
    /// Is it known where the outcome leads?
    pub fn knows(&self, outcome: Outcome) -> bool {
        match self {
            Exit::Guard(sides, lookups) => {
                sides.iter().any(|(known, _)| *known == outcome)
                    || lookups.iter().any(|lookup| lookup.outcomes.contains(&outcome))
            }
            _ => false,
        }
    }
}

/// A program's value where a block ends.
#[derive(Clone, Debug)]
pub enum Value<F: Real> {
    Float(Operand),
    /// The template and its holes.
    Other(Arc<Template<F>>, Arc<[Operand]>),
}

/// A stretch of a path, ready to run.
#[derive(Clone, Debug)]
pub struct Block<F: Real> {
    /// Index of its [`Shape`].
    pub shape: u32,
    /// Where its constants start in [`Lowered::constants`].
    pub constants: u32,
    pub exit: Exit<F>,
    /// Applications of the program; where a lookup leads, the most of any outcome, here as in `objects`.
    pub steps: u32,
    /// Operations and guards of the raw tape.
    pub entries: u32,
    /// Most objects of the program's own alive at once.
    pub objects: u32,
    /// Blocks of lower rank run first where several wait.
    pub rank: u32,
}

/// A residual program, ready to run.
#[derive(Clone, Debug)]
pub struct Lowered<F: Real> {
    /// The first one is the entry.
    pub blocks: Vec<Block<F>>,
    pub shapes: Vec<Arc<Shape>>,
    pub constants: Vec<F>,
    pub inputs: usize,
}

/// A lowered program that no executor should run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("block {block}: {problem}")]
pub struct LoweredError {
    /// The block at fault.
    pub block: usize,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl<F: Real> Lowered<F> {
    /// Checks that every operand is there before it is read, and that every link fits its block.
    ///
    /// # Errors
    /// The first block that is wrong.
    pub fn verify(&self) -> Result<(), LoweredError> {
        for (index, block) in self.blocks.iter().enumerate() {
            let wrong = |problem| Err(LoweredError { block: index, problem });
            let Some(shape) = self.shapes.get(block.shape as usize) else { return wrong("it has no shape") };
            let constants = self.constants.len().saturating_sub(block.constants as usize);
            let is_there = |operand: Operand, made: usize| match operand {
                Operand::Slot(slot) => (slot as usize) < shape.ins as usize + made,
                Operand::Input(input) => (input as usize) < self.inputs,
                Operand::Constant(constant) => (constant as usize) < constants,
            };
            let made = shape.operations.len();
            if shape.shares.len() != made {
                return wrong("it does not say of every operation whether its value is shared");
            }
            for (number, (operation, share)) in shape.operations.iter().zip(&shape.shares).enumerate() {
                if !is_there(operation.a, number) || !is_there(operation.b, number) {
                    return wrong("an operation reads what is not there yet");
                }
                if let Share::Value(other) | Share::Companion(other) = share
                    && *other as usize >= number
                {
                    return wrong("a value is shared with a later one");
                }
            }
            let mut behind = 0;
            for (at, Whole { linear, operands }) in &shape.wholes {
                let first = *at as usize;
                let results = shape.operations.get(first..first + linear.results()).unwrap_or_default();
                if first < behind
                    || results.len() != linear.results()
                    || results.iter().any(|part| part.op != Op::Part)
                    || linear.operands().iter().sum::<usize>() != operands.len()
                    || operands.iter().any(|&operand| !is_there(operand, first))
                {
                    return wrong("a whole operation does not fit");
                }
                behind = first + linear.results();
            }
            let parts = shape.operations.iter().filter(|operation| operation.op == Op::Part).count();
            if parts != shape.wholes.iter().map(|(_, whole)| whole.linear.results()).sum::<usize>() {
                return wrong("it has results of no whole operation");
            }
            if shape.guard.is_some_and(|guard| !is_there(guard.a, made) || !is_there(guard.b, made)) {
                return wrong("the guard reads what is not there");
            }
            let fits = |link: &Link, columns: u32| {
                let target = self.blocks.get(link.block as usize).map(|target| &self.shapes[target.shape as usize]);
                let is_value = |out: &Operand| match *out {
                    Operand::Constant(column) => column < columns,
                    Operand::Slot(_) => is_there(*out, made),
                    Operand::Input(_) => false,
                };
                target.is_some_and(|target| target.ins as usize == link.outs.len()) && link.outs.iter().all(is_value)
            };
            let is_right = match &block.exit {
                Exit::Guard(sides, lookups) => {
                    let is_right = |lookup: &Lookup<F>| {
                        lookup.outcomes.is_sorted_by(|a, b| a < b)
                            && lookup.constants.len() == lookup.outcomes.len() * lookup.columns as usize
                            && fits(&lookup.link, lookup.columns)
                    };
                    let looked_up = lookups.iter().flat_map(|lookup| &lookup.outcomes);
                    let mut outcomes: Vec<Outcome> =
                        sides.iter().map(|(outcome, _)| outcome).chain(looked_up).copied().collect();
                    outcomes.sort_unstable();
                    shape.guard.is_some()
                        && outcomes.is_sorted_by(|a, b| a < b)
                        && sides.is_sorted_by(|(a, _), (b, _)| a < b)
                        && sides.iter().all(|(_, link)| fits(link, 0))
                        && lookups.iter().all(is_right)
                }
                Exit::Next(link) => fits(link, 0),
                Exit::Done(Value::Float(operand)) => is_there(*operand, made),
                Exit::Done(Value::Other(_, holes)) => holes.iter().all(|&hole| is_there(hole, made)),
                Exit::Leave => true,
            };
            if !is_right {
                return wrong("its end does not fit");
            }
        }
        Ok(())
    }
}

/// A block a paragraph; `v` are the block's values, `x` inputs, `#` constants.
impl<F: Real + fmt::Display> fmt::Display for Lowered<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, block) in self.blocks.iter().enumerate() {
            let shape = &self.shapes[block.shape as usize];
            let constant = |constant: u32| self.constants[(block.constants + constant) as usize];
            let read = |operand: Operand| match operand {
                Operand::Slot(slot) => format!("v{slot}"),
                Operand::Input(input) => format!("x{input}"),
                Operand::Constant(number) => format!("#{}", constant(number)),
            };
            let written = |operation: &Operation| {
                let row = operation.op.row();
                let second = if row.arity == 2 { format!(" {}", read(operation.b)) } else { String::new() };
                format!("{} {}{second}", row.name, read(operation.a))
            };
            let list = |outs: &[Operand]| outs.iter().map(|&out| read(out)).collect::<Vec<_>>().join(" ");
            writeln!(f, "block {index} (shape {}, {} in, rank {})", block.shape, shape.ins, block.rank)?;
            let slot = |number: u32| number + shape.ins;
            for piece in shape.pieces() {
                let (number, operation) = match piece {
                    Piece::Single(number, operation) => (number, operation),
                    Piece::Whole(first, Whole { linear, operands }) => {
                        let last = slot(first) as usize + linear.results() - 1;
                        writeln!(f, "  v{} to v{last} = {} {}", slot(first), linear.name(), list(operands))?;
                        continue;
                    }
                };
                let shared = match shape.shares[number as usize] {
                    Share::No => String::new(),
                    Share::Value(other) => format!("   ; as v{}", slot(other)),
                    Share::Companion(other) => format!("   ; with v{}", slot(other)),
                };
                writeln!(f, "  v{} = {}{shared}", slot(number), written(operation))?;
            }
            match &block.exit {
                Exit::Guard(sides, lookups) => {
                    let guard = shape.guard.as_ref().map_or_else(String::new, written);
                    writeln!(f, "  {guard}?")?;
                    for (outcome, link) in sides {
                        writeln!(f, "    {outcome} -> block {} ({})", link.block, list(&link.outs))?;
                    }
                    for Lookup { outcomes, columns, link, .. } in lookups {
                        let count = outcomes.len();
                        writeln!(f, "    {count} outcomes with {columns} constants each -> block {}", link.block)?;
                    }
                }
                Exit::Next(link) => writeln!(f, "  -> block {} ({})", link.block, list(&link.outs))?,
                Exit::Done(Value::Float(operand)) => writeln!(f, "  = {}", read(*operand))?,
                Exit::Done(Value::Other(_, holes)) => writeln!(f, "  = a value with holes ({})", list(holes))?,
                Exit::Leave => writeln!(f, "  interpreted")?,
            }
        }
        Ok(())
    }
}

/// Which operations may copy a value. Only where that costs less than computing it.
pub(super) fn shares(operations: &[Operation]) -> Vec<Share> {
    let mut seen: FastMap<Operation, u32> = FastMap::default();
    let share = |(index, operation): (usize, &Operation)| {
        if is_cheap(operation.op) {
            return Share::No;
        }
        if let Some(&first) = seen.get(operation) {
            return Share::Value(first);
        }
        seen.insert(*operation, index as u32);
        let companion = match operation.op {
            Op::Sin => Op::Cos,
            Op::Cos => Op::Sin,
            _ => return Share::No,
        };
        let other = Operation { op: companion, ..*operation };
        seen.get(&other).map_or(Share::No, |&first| Share::Companion(first))
    };
    operations.iter().enumerate().map(share).collect()
}

fn is_cheap(op: Op) -> bool {
    matches!(
        op,
        Op::Add
            | Op::Sub
            | Op::Mul
            | Op::Neg
            | Op::Abs
            | Op::Min
            | Op::Max
            | Op::Square
            | Op::Floor
            | Op::Ceiling
            | Op::Round
            | Op::Truncate
            | Op::Inexact
            | Op::Attach
            | Op::Part
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_leads_to_one_place() {
        let link = |columns: u32| Link { block: 1, outs: (0..columns).map(Operand::Constant).collect() };
        let verified = |sides: &[Outcome], lookups: &[&[Outcome]]| {
            let guard = Some(Operation { op: Op::Less, a: Operand::Input(0), b: Operand::Input(0) });
            let shape = |guard| {
                Arc::new(Shape { ins: 0, operations: Vec::new(), shares: Vec::new(), wholes: Vec::new(), guard })
            };
            let lookup = |outcomes: &&[Outcome]| Lookup {
                outcomes: outcomes.to_vec(),
                constants: Vec::new(),
                columns: 0,
                link: link(0),
            };
            let exit =
                Exit::Guard(sides.iter().map(|&side| (side, link(0))).collect(), lookups.iter().map(lookup).collect());
            let block =
                |shape, exit| Block { shape, constants: 0, exit, steps: 0, entries: 0, objects: 0, rank: shape };
            let blocks = vec![block(0, exit), block(1, Exit::Leave)];
            let shapes = vec![shape(guard), shape(None)];
            Lowered::<f32> { blocks, shapes, constants: Vec::new(), inputs: 1 }.verify()
        };
        assert_eq!(verified(&[0, 3], &[&[1, 4], &[2, 5]]), Ok(()));
        let wrong = Err(LoweredError { block: 0, problem: "its end does not fit" });
        assert_eq!(verified(&[0, 3], &[&[1, 3]]), wrong);
        assert_eq!(verified(&[0], &[&[1, 4], &[4, 5]]), wrong);
        assert_eq!(verified(&[3, 3], &[]), wrong);
    }
}
