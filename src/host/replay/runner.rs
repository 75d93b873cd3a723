//! A runner: what one thread holds while a block of lanes runs.

use std::rc::Rc;

use super::arena::{Arena, STRIDE, Span};
use super::checkpoint::Snapshot;
use super::group::{Dense, Group, Layout};
use super::plan::{Plan, Run};
use super::walk::Walk;
use super::way::Way;
use super::whole::Bench;
use super::{Limits, Stray, WIDTH, width};
use crate::host::kernels::Vector;
use crate::tape::{FastMap, Lowered, Produced};

/// What was done, for the way back.
pub enum Step<F: Vector> {
    /// A block.
    Run { block: u32, run: Run<F>, layout: Layout },
    /// `to` got lane `lanes[i]` of input `input` at i.
    Input { input: u32, to: Span, dense: Rc<Dense> },
    /// `to[i]` is `from[index[i]]` in each array; one of `from` is `size` numbers.
    Take { from: Span, to: Span, index: Rc<[u32]>, size: u32 },
    /// `to[index[i]]` is `from[i]`, one array each; what is not named comes from elsewhere.
    Put { from: Span, to: Span, index: Rc<[u32]> },
    /// `to` is `from` where the mask is set, one array each; where not, it comes from elsewhere.
    Blend { from: Span, to: Span, mask: Option<Rc<[u32]>> },
    /// A value of the program.
    Value { from: Span, layout: Layout },
    /// A value of the program that is an input.
    Whole { input: u32, layout: Layout },
}

/// A block of lanes on its way.
pub struct Runner<'p, F: Vector> {
    pub(super) program: &'p Lowered<F>,
    /// By input: is its gradient wanted?
    pub(super) wanted: &'p [bool],
    pub(super) limits: Limits,
    pub(super) arena: Arena<F>,
    /// By shape: what was made ready to run.
    pub(super) plans: Vec<Vec<Rc<Plan<F>>>>,
    /// By block: the last one of these.
    pub(super) last_plans: Vec<Option<Rc<Plan<F>>>>,
    pub(super) next_plan: u32,
    /// By plan and list of what is handed on.
    pub(super) ways: FastMap<(u32, usize), Rc<Way>>,
    /// Adjoints that stretches share, at most.
    pub(super) shared: usize,
    /// Where the arrays of the blocks in `trail` lie, and those that came into them.
    pub(super) anchors: Vec<u32>,
    pub(super) trail: Vec<Step<F>>,
    pub(super) groups: Vec<Group>,
    /// Arrays of inputs for dense layouts: layout, input, array.
    pub(super) gathered: Vec<(u32, u32, Span)>,
    pub(super) next_layout: u32,
    /// Lanes of the block, and the width of wide arrays.
    pub(super) count: usize,
    pub(super) width: usize,
    /// Is the way back wanted at all, and does this pass keep what it needs?
    pub(super) gradient: bool,
    pub(super) keeps: bool,
    /// Numbers that the pass would have in use if it kept all since the last cut.
    pub(super) filled: usize,
    pub(super) values: Vec<F>,
    pub(super) others: Vec<(u16, Produced<F>, Vec<F>)>,
    /// Lanes that nobody knows how to go on with, and lanes to interpret.
    pub(super) strays: Vec<Stray>,
    pub(super) leavers: Vec<u16>,
    pub(super) snapshots: Vec<Snapshot<F>>,
    /// Memory of snapshots that are gone.
    pub(super) spare: Vec<Vec<F>>,
    /// Numbers at the arena's start: in use after the last cut, in place since the last snapshot, and as the snapshot before the
    /// one that was restored last has them.
    pub(super) kept: usize,
    pub(super) fixed: usize,
    pub(super) in_place: usize,
    /// A snapshot is taken at every so manieth cut.
    pub(super) stride: u64,
    pub(super) done_steps: u64,
    /// Most bytes a lane had in arrays and snapshots.
    pub(super) peak: usize,
    /// Entries of the longest raw tape.
    pub(super) longest: u64,
    pub(super) outcomes: Vec<u32>,
    pub(super) fits: Vec<u32>,
    pub(super) walk: Walk,
    pub(super) bench: Bench<F>,
}

impl<'p, F: Vector> Runner<'p, F> {
    /// A runner for blocks of lanes of this program.
    pub fn new(program: &'p Lowered<F>, wanted: &'p [bool], gradient: bool, limits: Limits) -> Self {
        Runner {
            program,
            wanted,
            limits: if width(program) < WIDTH { limits.beside_wholes() } else { limits },
            arena: Arena::new(),
            plans: program.shapes.iter().map(|_| Vec::new()).collect(),
            last_plans: vec![None; program.blocks.len()],
            next_plan: 0,
            ways: FastMap::default(),
            shared: 0,
            anchors: Vec::new(),
            trail: Vec::new(),
            groups: Vec::new(),
            gathered: Vec::new(),
            next_layout: 0,
            count: 0,
            width: 0,
            gradient,
            keeps: false,
            filled: 0,
            values: Vec::new(),
            others: Vec::new(),
            strays: Vec::new(),
            leavers: Vec::new(),
            snapshots: Vec::new(),
            spare: Vec::new(),
            kept: 0,
            fixed: 0,
            in_place: 0,
            stride: 1,
            done_steps: 0,
            peak: 0,
            longest: 0,
            outcomes: Vec::new(),
            fits: Vec::new(),
            walk: Walk::default(),
            bench: Bench::default(),
        }
    }

    /// Puts `count` lanes at the entry; adjoints of inputs lie at the start of the arena.
    pub(super) fn begin(&mut self, count: usize, width: usize) {
        (self.count, self.width) = (count, width);
        self.values.clear();
        self.values.resize(width, F::round(f64::NAN));
        self.others.clear();
        self.strays.clear();
        self.leavers.clear();
        self.groups.clear();
        self.walk = Walk::default();
        self.next_layout = 0;
        self.groups.push(Group::at_entry(count));
        self.reset();
    }

    /// Forgets all arrays but the places of the inputs' adjoints.
    pub(super) fn reset(&mut self) {
        self.arena.truncate(0);
        let inputs = if self.gradient { self.program.inputs } else { 0 };
        self.arena.allocate(inputs * self.width);
        self.anchors.clear();
        self.trail.clear();
        self.gathered.clear();
        self.filled = 0;
    }

    /// Numbers in an array of this layout.
    pub(super) fn size(&self, layout: &Layout) -> usize {
        match layout {
            Layout::Wide(_) => self.width,
            Layout::Dense(dense) => dense.lanes.len().next_multiple_of(STRIDE),
        }
    }

    pub(super) fn allocate(&mut self, count: usize) -> u32 {
        self.filled += count;
        self.arena.allocate(count)
    }
}
