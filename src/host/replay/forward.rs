//! Forward: groups of lanes run block after block, part at guards and meet again.

use std::rc::Rc;

use super::arena::{Arena, Ref, STRIDE};
use super::checkpoint::Snapshot;
use super::group::{Dense, Group, Layout};
use super::{Limits, Stray};
use crate::host::kernels::{Source, Vector};
use crate::op::Op;
use crate::tape::{Exit, FastMap, Link, Lowered, Operand, Operation, Outcome, Produced, REFUSED, Share};

/// A group packs its lanes together when it has fewer than one in so many of the width it runs at.
const SPARSE: u32 = 4;

/// What was done, for the way back.
#[derive(Debug)]
pub enum Step {
    /// A block; its values are `refs[first..]`, ins first.
    Run { block: u32, first: u32, layout: Layout },
    /// `to` got lane `lanes[i]` of input `input` at i.
    Input { input: u32, to: Ref, dense: Rc<Dense> },
    /// `to[i]` is `from[index[i]]`; `from` is `size` numbers.
    Take { from: Ref, to: Ref, index: Rc<[u32]>, size: u32 },
    /// `to[index[i]]` is `from[i]`; what is not named comes from elsewhere.
    Put { from: Ref, to: Ref, index: Rc<[u32]> },
    /// `to` is `from` where the mask is set; where not, it comes from elsewhere.
    Blend { from: Ref, to: Ref, mask: Option<Rc<[u32]>> },
    /// A value of the program.
    Value { from: Ref, layout: Layout },
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
    /// Values of the blocks in `trail`.
    pub(super) refs: Vec<Ref>,
    pub(super) trail: Vec<Step>,
    pub(super) groups: Vec<Group>,
    /// Arrays of inputs for dense layouts: layout, input, array.
    pub(super) gathered: Vec<(u32, u32, Ref)>,
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
    /// A snapshot is taken at every so manieth cut.
    pub(super) stride: u64,
    pub(super) done_steps: u64,
    /// Most bytes a lane had in arrays and snapshots.
    pub(super) peak: usize,
    /// Entries of the longest raw tape.
    pub(super) longest: u64,
    outcomes: Vec<u32>,
    fits: Vec<u32>,
}

impl<'p, F: Vector> Runner<'p, F> {
    /// A runner for blocks of lanes of this program.
    pub fn new(program: &'p Lowered<F>, wanted: &'p [bool], gradient: bool, limits: Limits) -> Self {
        Runner {
            program,
            wanted,
            limits,
            arena: Arena::new(),
            refs: Vec::new(),
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
            stride: 1,
            done_steps: 0,
            peak: 0,
            longest: 0,
            outcomes: Vec::new(),
            fits: Vec::new(),
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
        self.next_layout = 0;
        self.groups.push(Group {
            block: 0,
            layout: Layout::Wide(None),
            count: count as u32,
            ins: Vec::new(),
            steps: 0,
            entries: 0,
        });
        self.reset();
    }

    /// Forgets all arrays but the places of the inputs' adjoints.
    pub(super) fn reset(&mut self) {
        self.arena.truncate(0);
        let inputs = if self.gradient { self.program.inputs } else { 0 };
        self.arena.allocate(inputs * self.width);
        self.refs.clear();
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

    fn allocate(&mut self, count: usize) -> u32 {
        self.filled += count;
        self.arena.allocate(count)
    }

    /// Runs the group that is furthest behind to the end of its block.
    pub(super) fn step(&mut self, inputs: &[Source<'_, F>]) {
        let rank = |group: &Group| self.program.blocks[group.block as usize].rank;
        let Some(next) = (0..self.groups.len()).min_by_key(|&index| rank(&self.groups[index])) else { return };
        let mut group = self.groups.swap_remove(next);
        if !self.groups.is_empty() {
            while let Some(other) = self.groups.iter().position(|other| other.block == group.block) {
                let other = self.groups.swap_remove(other);
                group = self.merge(group, other);
            }
        }
        let program = self.program;
        let block = &program.blocks[group.block as usize];
        group.steps += u64::from(block.steps);
        group.entries += u64::from(block.entries);
        let Limits { steps, entries, objects, .. } = self.limits;
        let is_spent = group.steps > steps || group.entries > entries || u64::from(block.objects) > objects;
        if is_spent || matches!(block.exit, Exit::Leave) {
            let leavers = &mut self.leavers;
            group.layout.each(self.count, |_, lane| leavers.push(lane as u16));
            return;
        }
        let first = self.run(&group, inputs);
        match &block.exit {
            Exit::Next(link) => {
                group.ins = self.outs(first, link);
                group.block = link.block;
                self.groups.push(group);
            }
            Exit::Guard(sides) => self.decide(group, first, sides, inputs),
            Exit::Done(value) => {
                self.longest = self.longest.max(group.entries);
                self.done(&group, first, value, inputs);
            }
            Exit::Leave => unreachable!("such lanes have left already"),
        }
    }

    /// The block's operations; gives where its values stand in `refs`.
    fn run(&mut self, group: &Group, inputs: &[Source<'_, F>]) -> usize {
        let program = self.program;
        let block = &program.blocks[group.block as usize];
        let shape = &program.shapes[block.shape as usize];
        let constants = &program.constants[block.constants as usize..];
        let first = self.refs.len();
        self.refs.extend_from_slice(&group.ins);
        let size = self.size(&group.layout);
        if let Layout::Dense(dense) = &group.layout {
            self.gather(dense, shape.operations.iter().chain(&shape.guard), inputs);
        }
        if self.keeps {
            self.trail.push(Step::Run { block: group.block, first: first as u32, layout: group.layout.clone() });
        }
        let ins = shape.ins as usize;
        for (index, operation) in shape.operations.iter().enumerate() {
            let is_active = self.is_active(operation, first);
            let has_companion = is_active && matches!(operation.op, Op::Sin | Op::Cos);
            let at = self.allocate(if has_companion { 2 * size } else { size }) as usize;
            let (low, high) = self.arena.values.split_at_mut(at);
            let (out, rest) = high.split_at_mut(size);
            let share = shape.shares[index];
            let shared = |index: u32| self.refs[first + ins + index as usize];
            match share {
                Share::Value(twin) => {
                    let from = shared(twin).at as usize;
                    out.copy_from_slice(&low[from..from + size]);
                    if has_companion {
                        rest[..size].copy_from_slice(&low[from + size..from + 2 * size]);
                    }
                }
                // A twin of an active operation has the same operands, so it is active too.
                Share::Companion(twin) if has_companion => {
                    let from = shared(twin).at as usize;
                    out.copy_from_slice(&low[from + size..from + 2 * size]);
                    rest[..size].copy_from_slice(&low[from..from + size]);
                }
                _ => {
                    let refs = &self.refs[first..];
                    let read = Reader { low, refs, inputs, gathered: &self.gathered, layout: &group.layout, size, constants };
                    let (a, b) = (read.source(operation.a), read.source(operation.b));
                    if has_companion && self.keeps {
                        let other = &mut rest[..size];
                        match operation.op {
                            Op::Sin => F::sin_cos(a, out, other),
                            _ => F::sin_cos(a, other, out),
                        }
                    } else {
                        F::forward(operation.op, a, b, out);
                        if has_companion {
                            // Only a twin looks at it, and only where shares say so.
                            companion(operation.op, a, &mut rest[..size], shape.shares.contains(&Share::Companion(index as u32)));
                        }
                    }
                }
            }
            self.refs.push(Ref { at: at as u32, is_active });
        }
        first
    }

    /// Does the result depend on an input whose gradient is wanted?
    fn is_active(&self, operation: &Operation, first: usize) -> bool {
        self.gradient
            && [operation.a, operation.b].into_iter().any(|operand| match operand {
                Operand::Slot(slot) => self.refs[first + slot as usize].is_active,
                Operand::Input(input) => self.wanted[input as usize],
                Operand::Constant(_) => false,
            })
    }

    /// Packs the inputs that these operations read.
    fn gather<'o>(
        &mut self,
        dense: &Rc<Dense>,
        operations: impl Iterator<Item = &'o Operation>,
        inputs: &[Source<'_, F>],
    ) {
        for operand in operations.flat_map(|operation| [operation.a, operation.b]) {
            if let Operand::Input(input) = operand {
                self.gather_input(dense, input, inputs);
            }
        }
    }

    fn gather_input(&mut self, dense: &Rc<Dense>, input: u32, inputs: &[Source<'_, F>]) -> Ref {
        let known = self.gathered.iter().find(|(id, known, _)| *id == dense.id && *known == input);
        if let Some(&(_, _, array)) = known {
            return array;
        }
        let size = dense.lanes.len().next_multiple_of(STRIDE);
        let to = Ref { at: self.allocate(size), is_active: self.gradient && self.wanted[input as usize] };
        let out = &mut self.arena.values[to.at as usize..to.at as usize + size];
        match inputs[input as usize] {
            Source::One(value) => out.fill(value),
            Source::Lanes(values) => {
                let last = dense.lanes.last().copied().unwrap_or(0);
                let lanes = dense.lanes.iter().copied().chain(std::iter::repeat(last));
                out.iter_mut().zip(lanes).for_each(|(out, lane)| *out = values[lane as usize]);
            }
        }
        self.gathered.push((dense.id, input, to));
        if self.keeps && to.is_active {
            self.trail.push(Step::Input { input, to, dense: dense.clone() });
        }
        to
    }

    /// What a link's block gets.
    fn outs(&self, first: usize, link: &Link) -> Vec<Ref> {
        let array = |operand: &Operand| match operand {
            Operand::Slot(slot) => self.refs[first + *slot as usize],
            Operand::Input(_) | Operand::Constant(_) => unreachable!("what goes from block to block was computed"),
        };
        link.outs.iter().map(array).collect()
    }

    /// Sends every lane the way that its guard says.
    fn decide(&mut self, group: Group, first: usize, sides: &[(Outcome, Link)], inputs: &[Source<'_, F>]) {
        let program = self.program;
        let block = &program.blocks[group.block as usize];
        let Some(guard) = program.shapes[block.shape as usize].guard else {
            unreachable!("a block with sides has a guard");
        };
        let size = self.size(&group.layout);
        self.outcomes.resize(size, 0);
        self.fits.resize(size, 0);
        let constants = &program.constants[block.constants as usize..];
        let refs = &self.refs[first..];
        let low = &self.arena.values;
        let read = Reader { low, refs, inputs, gathered: &self.gathered, layout: &group.layout, size, constants };
        let (a, b) = (read.source(guard.a), read.source(guard.b));
        let is_exact = guard.op == Op::Exact;
        if is_exact {
            Vector::exact(a, &mut self.outcomes[..size], &mut self.fits[..size]);
        } else {
            F::decide(guard.op, a, b, &mut self.outcomes[..size]);
        }
        let (outcomes, fits) = (&self.outcomes[..size], &self.fits[..size]);
        let of = |at: usize| match outcomes[at] {
            _ if is_exact && fits[at] == 0 => REFUSED,
            2 if !is_exact => REFUSED,
            outcome => Outcome::from(outcome),
        };
        let side = |outcome: Outcome| {
            sides.binary_search_by_key(&outcome, |&(outcome, _)| outcome).ok().map(|index| &sides[index].1)
        };
        // Nearly always all lanes agree.
        let start = match &group.layout {
            Layout::Wide(Some(mask)) => mask.iter().position(|&mask| mask != 0).unwrap_or(0),
            _ => 0,
        };
        let (same, fit) = (outcomes[start], !is_exact || fits[start] != 0);
        let agree = match &group.layout {
            _ if is_exact && !fit => false,
            _ if is_exact && fits[..group.count as usize].contains(&0) => false,
            Layout::Wide(Some(mask)) => {
                outcomes.iter().zip(mask.iter()).fold(0, |differ, (&outcome, &mask)| differ | ((outcome ^ same) & mask.wrapping_neg())) == 0
            }
            _ => outcomes[..group.count as usize].iter().fold(0, |differ, &outcome| differ | (outcome ^ same)) == 0,
        };
        if agree {
            if let Some(link) = side(of(start)) {
                let ins = self.outs(first, link);
                self.groups.push(Group { block: link.block, ins, ..group });
                return;
            }
        }
        // By distinct outcome: its lanes as (number, lane).
        let mut parts: Vec<(Outcome, Vec<(u32, u16)>)> = Vec::new();
        group.layout.each(self.count, |at, lane| {
            let outcome = of(at);
            let part = match parts.iter().position(|(known, _)| *known == outcome) {
                Some(part) => part,
                None => {
                    parts.push((outcome, Vec::new()));
                    parts.len() - 1
                }
            };
            parts[part].1.push((at as u32, lane as u16));
        });
        parts.sort_unstable_by_key(|&(outcome, _)| outcome);
        for (outcome, lanes) in parts {
            match side(outcome) {
                None => {
                    let block = group.block;
                    self.strays.extend(lanes.iter().map(|&(_, lane)| Stray { lane, block, outcome }));
                }
                Some(link) => self.part(&group, first, link, &lanes),
            }
        }
    }

    /// Some lanes of a group go on by themselves.
    fn part(&mut self, group: &Group, first: usize, link: &Link, lanes: &[(u32, u16)]) {
        let mut ins = self.outs(first, link);
        let count = lanes.len() as u32;
        let stays_wide = matches!(group.layout, Layout::Wide(_)) && count * SPARSE >= self.width as u32;
        let layout = if stays_wide {
            let mut mask = vec![0; self.width];
            lanes.iter().for_each(|&(_, lane)| mask[lane as usize] = 1);
            Layout::Wide(Some(mask.into()))
        } else {
            let index: Rc<[u32]> = lanes.iter().map(|&(at, _)| at).collect();
            let dense = self.dense(lanes.iter().map(|&(_, lane)| lane).collect());
            let size = lanes.len().next_multiple_of(STRIDE);
            let from_size = self.size(&group.layout) as u32;
            self.each_once(&mut ins, |runner, from| {
                let to = Ref { at: runner.allocate(size), ..from };
                let (low, high) = runner.arena.values.split_at_mut(to.at as usize);
                let last = index.last().copied().unwrap_or(0);
                let places = index.iter().copied().chain(std::iter::repeat(last));
                high[..size].iter_mut().zip(places).for_each(|(out, place)| *out = low[(from.at + place) as usize]);
                runner.note(from.is_active, || Step::Take { from, to, index: index.clone(), size: from_size });
                to
            });
            Layout::Dense(dense)
        };
        self.groups.push(Group { block: link.block, layout, count, ins, ..*group });
    }

    fn dense(&mut self, lanes: Vec<u16>) -> Rc<Dense> {
        self.next_layout += 1;
        Rc::new(Dense { lanes, id: self.next_layout })
    }

    fn note(&mut self, is_active: bool, step: impl FnOnce() -> Step) {
        if self.keeps && is_active {
            self.trail.push(step());
        }
    }

    /// Replaces every array, the same one by the same one.
    fn each_once(&mut self, arrays: &mut [Ref], mut replace: impl FnMut(&mut Self, Ref) -> Ref) {
        let mut seen: Vec<(Ref, Ref)> = Vec::new();
        for array in arrays {
            let known = seen.iter().find(|(from, _)| from == array).map(|&(_, to)| to);
            let to = known.unwrap_or_else(|| {
                let to = replace(self, *array);
                seen.push((*array, to));
                to
            });
            *array = to;
        }
    }

    /// Two groups at one block go on together.
    fn merge(&mut self, a: Group, b: Group) -> Group {
        let count = a.count + b.count;
        let is_dense = |group: &Group| matches!(group.layout, Layout::Dense(_));
        let (steps, entries) = (a.steps.max(b.steps), a.entries.max(b.entries));
        let goes_wide = !(is_dense(&a) && is_dense(&b)) || count * SPARSE >= self.width as u32;
        let places = |group: &Group| {
            let mut places = Vec::with_capacity(group.count as usize);
            group.layout.each(self.count, |at, lane| places.push((at as u32, lane as u16)));
            places
        };
        let (of_a, of_b) = (places(&a), places(&b));
        let (layout, size) = if goes_wide {
            let mut mask = vec![0; self.width];
            of_a.iter().chain(&of_b).for_each(|&(_, lane)| mask[lane as usize] = 1);
            let is_all = count as usize == self.count;
            (Layout::Wide((!is_all).then(|| mask.into())), self.width)
        } else {
            let dense = self.dense(of_a.iter().chain(&of_b).map(|&(_, lane)| lane).collect());
            (Layout::Dense(dense), (count as usize).next_multiple_of(STRIDE))
        };
        // Where in the new arrays the lanes of a group stand.
        let targets = |lanes: &[(u32, u16)], before: usize| -> Rc<[u32]> {
            match goes_wide {
                true => lanes.iter().map(|&(_, lane)| u32::from(lane)).collect(),
                false => (before as u32..(before + lanes.len()) as u32).collect(),
            }
        };
        let (to_a, to_b) = (targets(&of_a, 0), targets(&of_b, of_a.len()));
        let mut seen: Vec<((Ref, Ref), Ref)> = Vec::new();
        let mut ins = Vec::with_capacity(a.ins.len());
        for pair in a.ins.iter().copied().zip(b.ins.iter().copied()) {
            let is_both_wide = !is_dense(&a) && !is_dense(&b);
            if is_both_wide && pair.0.at == pair.1.at {
                ins.push(pair.0);
                continue;
            }
            if let Some(&(_, to)) = seen.iter().find(|(known, _)| *known == pair) {
                ins.push(to);
                continue;
            }
            let to = Ref { at: self.allocate(size), is_active: pair.0.is_active || pair.1.is_active };
            for (group, from, index) in [(&a, pair.0, &to_a), (&b, pair.1, &to_b)] {
                let (low, high) = self.arena.values.split_at_mut(to.at as usize);
                let from_values = &low[from.at as usize..];
                match &group.layout {
                    Layout::Wide(mask) => {
                        let out = &mut high[..size];
                        match mask {
                            None => out.copy_from_slice(&from_values[..size]),
                            Some(mask) => {
                                for ((out, &from), &mask) in out.iter_mut().zip(from_values).zip(mask.iter()) {
                                    *out = if mask != 0 { from } else { *out };
                                }
                            }
                        }
                        let mask = mask.clone();
                        self.note(from.is_active, || Step::Blend { from, to, mask });
                    }
                    Layout::Dense(_) => {
                        index.iter().zip(from_values).for_each(|(&place, &value)| high[place as usize] = value);
                        self.note(from.is_active, || Step::Put { from, to, index: index.clone() });
                    }
                }
            }
            seen.push((pair, to));
            ins.push(to);
        }
        Group { block: a.block, layout, count, ins, steps, entries }
    }

    /// The program's value.
    fn done(&mut self, group: &Group, first: usize, value: &Produced<F>, inputs: &[Source<'_, F>]) {
        let operands: &[Operand] = match value {
            Produced::Float(operand) => std::slice::from_ref(operand),
            Produced::Other(_, holes) => holes,
        };
        if let Layout::Dense(dense) = &group.layout {
            for &operand in operands {
                if let Operand::Input(input) = operand {
                    self.gather_input(dense, input, inputs);
                }
            }
        }
        let size = self.size(&group.layout);
        let program = self.program;
        let constants = &program.constants[program.blocks[group.block as usize].constants as usize..];
        let refs = &self.refs[first..];
        let low = &self.arena.values;
        let read = Reader { low, refs, inputs, gathered: &self.gathered, layout: &group.layout, size, constants };
        match value {
            Produced::Float(operand) => {
                let values = &mut self.values;
                match (read.source(*operand), &group.layout) {
                    (Source::Lanes(from), Layout::Wide(None)) => values[..size].copy_from_slice(from),
                    (Source::Lanes(from), layout) => layout.each(self.count, |at, lane| values[lane] = from[at]),
                    (Source::One(value), layout) => layout.each(self.count, |_, lane| values[lane] = value),
                }
                match *operand {
                    Operand::Slot(slot) => {
                        let from = self.refs[first + slot as usize];
                        self.note(from.is_active, || Step::Value { from, layout: group.layout.clone() });
                    }
                    Operand::Input(input) if self.gradient && self.wanted[input as usize] => match &group.layout {
                        Layout::Dense(dense) => {
                            let from = self.gather_input(dense, input, inputs);
                            self.note(true, || Step::Value { from, layout: group.layout.clone() });
                        }
                        layout => self.note(true, || Step::Whole { input, layout: layout.clone() }),
                    },
                    _ => {}
                }
            }
            Produced::Other(_, holes) => {
                let number = |operand: &Operand, at: usize| match read.source(*operand) {
                    Source::One(value) => value,
                    Source::Lanes(values) => values[at],
                };
                let others = &mut self.others;
                group.layout.each(self.count, |at, lane| {
                    let numbers = holes.iter().map(|hole| number(hole, at)).collect();
                    others.push((lane as u16, value.clone(), numbers));
                });
            }
        }
    }

    /// The arrays that groups need, ascending, with their sizes.
    pub(super) fn live(&self) -> Vec<(Ref, usize)> {
        let of = |group: &Group| {
            let size = self.size(&group.layout);
            group.ins.iter().map(|&array| (array, size)).collect::<Vec<_>>()
        };
        let mut arrays: Vec<(Ref, usize)> = self.groups.iter().flat_map(of).collect();
        arrays.sort_unstable_by_key(|(array, _)| array.at);
        arrays.dedup();
        arrays
    }

    /// Moves what groups need to the start and forgets all else, the way back included.
    pub(super) fn pack(&mut self) {
        let arrays = self.live();
        self.reset();
        let mut moved: FastMap<u32, u32> = FastMap::default();
        for (array, size) in arrays {
            // Ascending, so that no array is overwritten before it has moved.
            let to = self.arena.allocate(size);
            self.arena.values.copy_within(array.at as usize..array.at as usize + size, to as usize);
            moved.insert(array.at, to);
        }
        for array in self.groups.iter_mut().flat_map(|group| &mut group.ins) {
            array.at = moved[&array.at];
        }
    }
}

/// The other one of sine and cosine, where somebody reads it.
fn companion<F: Vector>(op: Op, x: Source<'_, F>, out: &mut [F], is_read: bool) {
    if is_read {
        F::forward(if op == Op::Sin { Op::Cos } else { Op::Sin }, x, x, out);
    }
}

/// What operands are, for a block at work.
pub(super) struct Reader<'a, F: Vector> {
    pub low: &'a [F],
    pub refs: &'a [Ref],
    pub inputs: &'a [Source<'a, F>],
    pub gathered: &'a [(u32, u32, Ref)],
    pub layout: &'a Layout,
    pub size: usize,
    pub constants: &'a [F],
}

impl<'a, F: Vector> Reader<'a, F> {
    pub fn source(&self, operand: Operand) -> Source<'a, F> {
        let lanes = |array: Ref| Source::Lanes(&self.low[array.at as usize..array.at as usize + self.size]);
        match operand {
            Operand::Slot(slot) => lanes(self.refs[slot as usize]),
            Operand::Constant(index) => Source::One(self.constants[index as usize]),
            Operand::Input(input) => match self.layout {
                Layout::Wide(_) => self.inputs[input as usize],
                Layout::Dense(dense) => {
                    let known = self.gathered.iter().find(|(id, known, _)| *id == dense.id && *known == input);
                    match (known, self.inputs[input as usize]) {
                        (_, one @ Source::One(_)) => one,
                        (Some(&(_, _, array)), _) => lanes(array),
                        (None, Source::Lanes(_)) => unreachable!("inputs are gathered before they are read"),
                    }
                }
            },
        }
    }
}
