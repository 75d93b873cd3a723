//! Nodes: a lowered program unrolled, so that every lane runs every node and masks say which count.
//!
//! In: a [`Lowered`] program and how often its loops are unrolled. Out: a [`Specialization`] of nodes in an order in which every edge leads onwards, if
//! they are few and most of them are on the longest way: else a loop over blocks costs less. Always: a lane that needs more
//! rounds than there are ends as [`LONG`](super::LONG).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use crate::op::Op;
use crate::tape::packed::Ended;
use crate::tape::{Block, Exit, Link, Lookup, Lowered, Operand, Outcome, Produced, Shape};
use crate::wgsl::specialize::forms::{Cost, Pace, Reader, Request, Source, Specialization};
use crate::wgsl::specialize::{LONGEST, UNROLLED, whole};

/// Nodes at most.
const MOST_NODES: usize = 64;
/// Operations of all nodes are at most so many times those of the longest way, and a few more.
const WASTE: usize = 4;
const FEW: usize = 64;

/// A way from a node to a later one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Edge {
    /// The outcomes that take it; none where there is no choice.
    pub outcomes: Vec<Outcome>,
    /// `[outcome][column]`: what is looked up, as numbers of the kernel.
    pub looked_up: Vec<Vec<u32>>,
    /// `None`: there are no more rounds.
    pub to: Option<usize>,
    pub outs: Arc<[Operand]>,
}

/// How a node ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NodeEnd {
    /// By its edges.
    Edges(Vec<Edge>),
    /// With the program's value.
    Done(Operand),
    /// Lanes have no Float.
    Without(Ended),
}

/// A block in a round.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    pub block: u32,
    pub shape: Arc<Shape>,
    /// By constant: a number of the kernel.
    pub literals: Vec<u32>,
    pub end: NodeEnd,
}

/// Where a node stands: by round, then by rank.
type Key = (u32, u32, u32);

/// The program unrolled; `rounds` is how often a way may lead back. `is_line`: it is one straight line, however long.
pub(super) fn unrolled(
    program: &Lowered<f32>,
    request: &Request<'_>,
    rounds: u32,
    is_line: bool,
) -> Option<Specialization> {
    let mut reader = Reader::default();
    let key = |round: u32, block: u32| (round, program.blocks[block as usize].rank, block);
    let mut waiting = BinaryHeap::from([Reverse(key(0, 0))]);
    let mut found: BTreeMap<Key, usize> = BTreeMap::new();
    let mut nodes: Vec<(Node, Vec<Option<Key>>)> = Vec::new();
    let mut operations = 0;
    while let Some(Reverse(here)) = waiting.pop() {
        if found.contains_key(&here) {
            continue;
        }
        found.insert(here, nodes.len());
        let (round, rank, number) = here;
        let block = &program.blocks[number as usize];
        let shape = &program.shapes[block.shape as usize];
        operations = whole::operations(shape).saturating_add(operations);
        if nodes.len() == MOST_NODES
            || operations > if is_line { LONGEST } else { UNROLLED }
            || !whole::has_formulas(shape)
        {
            return None;
        }
        let mut targets: Vec<Option<Key>> = Vec::new();
        let mut edge = |outcomes: Vec<Outcome>, looked_up: Vec<Vec<u32>>, link: &Link| {
            let is_back = program.blocks[link.block as usize].rank <= rank;
            let next = round + u32::from(is_back);
            let target = (next < rounds.max(1)).then(|| key(next, link.block));
            waiting.extend(target.map(Reverse));
            targets.push(target);
            Edge { outcomes, looked_up, to: None, outs: link.outs.clone() }
        };
        let end = match &block.exit {
            _ if u64::from(block.objects) > request.objects => NodeEnd::Without(Ended::Left),
            Exit::Leave => NodeEnd::Without(Ended::Left),
            Exit::Done(Produced::Other(_, holes)) if holes.is_empty() => NodeEnd::Without(Ended::Other),
            Exit::Done(Produced::Other(..)) => NodeEnd::Without(Ended::Left),
            Exit::Done(Produced::Float(operand)) => NodeEnd::Done(*operand),
            Exit::Next(link) => NodeEnd::Edges(vec![edge(Vec::new(), Vec::new(), link)]),
            Exit::Guard(sides, lookups) => {
                let mut edges: Vec<Edge> =
                    sides.iter().map(|(outcome, link)| edge(vec![*outcome], vec![Vec::new()], link)).collect();
                for Lookup { outcomes, constants, columns, link } in lookups {
                    let columns = *columns as usize;
                    let row = |index: usize| {
                        constants[index * columns..][..columns].iter().map(|&value| reader.constant(value)).collect()
                    };
                    let rows = (0..outcomes.len()).map(row).collect();
                    edges.push(edge(outcomes.clone(), rows, link));
                }
                NodeEnd::Edges(edges)
            }
        };
        let literals = constants(program, block).iter().map(|&value| reader.constant(value)).collect();
        nodes.push((Node { block: number, shape: shape.clone(), literals, end }, targets));
    }
    let mut all: Vec<Node> = Vec::with_capacity(nodes.len());
    for (mut node, targets) in nodes {
        if let NodeEnd::Edges(edges) = &mut node.end {
            for (edge, target) in edges.iter_mut().zip(targets) {
                edge.to = target.map(|target| found[&target]);
            }
        }
        all.push(node);
    }
    let (cost, longest) = longest(program, &all);
    if operations > WASTE * longest + FEW {
        return None;
    }
    let is_read = |input: u32| all.iter().any(|node| node.reads(input));
    let inputs = reader.places(request.is_column, is_read);
    let source = Source {
        pace: Pace::Unrolled,
        gradient: request.gradient,
        is_stepped: false,
        is_cut: false,
        forms: Vec::new(),
        nodes: all,
        inputs,
        wanted: request.wanted.iter().map(|&wanted| request.gradient && wanted).collect(),
        numbers: reader.numbers.len(),
        columns: reader.columns.len(),
    };
    reader.specialization(source, (Vec::new(), 0), cost, (None, 0))
}

/// The block's own constants, as far as its operations and its value read them.
pub(super) fn constants<'p>(program: &'p Lowered<f32>, block: &Block<f32>) -> &'p [f32] {
    let shape = &program.shapes[block.shape as usize];
    let number = |operand: Operand| if let Operand::Constant(number) = operand { number as usize + 1 } else { 0 };
    let value = if let Exit::Done(Produced::Float(operand)) = &block.exit { number(*operand) } else { 0 };
    let deciding = shape.guard.iter().flat_map(|guard| [guard.a, guard.b]);
    let read = shape.operands().chain(deciding).map(number).max().unwrap_or(0);
    &program.constants[block.constants as usize..][..read.max(value)]
}

/// What the most costly way costs, and its operations.
fn longest(program: &Lowered<f32>, nodes: &[Node]) -> (Cost, usize) {
    let mut before = vec![(Cost::default(), 0); nodes.len()];
    let (mut most, mut operations) = (Cost::default(), 0);
    for (index, node) in nodes.iter().enumerate() {
        let block = &program.blocks[node.block as usize];
        let (mut cost, mut made) = before[index];
        cost.steps += u64::from(block.steps);
        cost.entries += u64::from(block.entries);
        made += whole::operations(&node.shape);
        most = most.max(cost);
        operations = operations.max(made);
        if let NodeEnd::Edges(edges) = &node.end {
            for to in edges.iter().filter_map(|edge| edge.to) {
                before[to] = (before[to].0.max(cost), before[to].1.max(made));
            }
        }
    }
    (most, operations)
}

impl Node {
    /// Is there an edge whatever the guard decides? One that may refuse has more outcomes than a truth.
    pub(super) fn answers_all(&self, edges: &[Edge]) -> bool {
        let Some(guard) = self.shape.guard else { return true };
        let mut outcomes: Vec<Outcome> = edges.iter().flat_map(|edge| edge.outcomes.iter().copied()).collect();
        outcomes.sort_unstable();
        outcomes == [0, 1] && !matches!(guard.op, Op::Exact | Op::IsEven | Op::IsOdd)
    }

    /// May a lane end here without a Float, or need more rounds?
    pub(super) fn may_end_without(&self) -> bool {
        match &self.end {
            NodeEnd::Done(_) => false,
            NodeEnd::Without(_) => true,
            NodeEnd::Edges(edges) => !self.answers_all(edges) || edges.iter().any(|edge| edge.to.is_none()),
        }
    }

    fn reads(&self, input: u32) -> bool {
        let mut deciding = self.shape.guard.iter().flat_map(|guard| [guard.a, guard.b]);
        let is_it = |operand: Operand| operand == Operand::Input(input);
        self.shape.operands().any(is_it)
            || deciding.any(is_it)
            || matches!(self.end, NodeEnd::Done(operand) if is_it(operand))
    }
}
