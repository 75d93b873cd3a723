//! Lowering: from the paths that lanes took to blocks that an executor runs.
//!
//! In: a [`Residual`]. Out: a [`Lowered`]. A block is one or more sections in a row. Always: a block's operations are
//! those of its sections in the same order, without those that reach neither a guard nor the value; operations are never
//! merged or simplified, because each has an adjoint of its own, but an equal one says whose value it may copy.

use std::sync::Arc;

use crate::tape::alike::{self, Forks, LONGEST};
use crate::tape::draft::{Draft, Frame, Needed, Unit, Way};
use crate::tape::lowered::{Block, Exit, Link, Lowered, Shape, Value, shares};
use crate::tape::residual::{Code, End, FastMap, Operand, Operation, Output, REFUSED, Residual, SectionId, Whole};
use crate::value::Real;

/// Operations of a block at most where there are whole ones: then more values are handed from block to block.
const LONGEST_BESIDE_WHOLES: usize = 1024;

struct Lowerer<'r, F: Real> {
    residual: &'r Residual<F>,
    /// Operations of a block at most, but for a single whole one.
    longest: usize,
    forks: Forks,
    drafts: Vec<Draft>,
    orders: Vec<f64>,
    /// The draft that starts with a unit.
    starts: FastMap<Unit, u32>,
    constants: Vec<F>,
}

/// Lowers all that is known.
pub fn lower<F: Real>(residual: &Residual<F>) -> Lowered<F> {
    let has_wholes = residual.codes.iter().any(|code| !code.wholes.is_empty());
    let mut lowerer = Lowerer {
        residual,
        longest: if has_wholes { LONGEST_BESIDE_WHOLES } else { LONGEST },
        forks: Forks::of(residual),
        drafts: Vec::new(),
        orders: Vec::new(),
        starts: FastMap::default(),
        constants: Vec::new(),
    };
    lowerer.draft_all();
    let live = lowerer.liveness();
    lowerer.finish(&live)
}

impl<F: Real> Lowerer<'_, F> {
    /// Drafts every block that can be reached.
    fn draft_all(&mut self) {
        let mut waiting = vec![Unit::whole(SectionId::ENTRY)];
        while let Some(unit) = waiting.pop() {
            if self.starts.contains_key(&unit) {
                continue;
            }
            self.starts.insert(unit, self.drafts.len() as u32);
            self.orders.push(self.residual.section(unit.section).order);
            let draft = self.draft(unit);
            if let Some(last) = draft.last {
                match (&draft.rest, &self.residual.section(last).end) {
                    (Some(first), _) => waiting.push(Unit { first: *first, ..Unit::whole(last) }),
                    (None, End::Anchor(target, _)) => waiting.push(Unit::whole(*target)),
                    (None, End::Guard(_)) => {
                        let (own, groups) = &self.forks.sides[&last];
                        waiting.extend(own.iter().map(|&(_, target)| Unit::whole(target)));
                        waiting.extend(groups.iter().map(|group| Unit::looked_up(group[0].1)));
                    }
                    _ => {}
                }
            }
            self.drafts.push(draft);
        }
    }

    /// One block: a unit, and what follows it without a choice and from nowhere else.
    fn draft(&mut self, unit: Unit) -> Draft {
        let code = self.residual.code(unit.section);
        let own = code.base + unit.first;
        let base = own + if unit.is_looked_up { alike::constant_count(self.residual, unit.section) } else { 0 };
        let mut draft =
            Draft { base, frame: Frame::same(own), constants: self.constants.len() as u32, ..Draft::default() };
        let (mut section, mut first) = (unit.section, unit.first as usize);
        loop {
            let code = self.residual.code(section).clone();
            let content = self.residual.section(section);
            let constants = self.residual.constants(section);
            let room = self.longest.saturating_sub(draft.operations.len()).max(1);
            let end = stretch_end(&code, first, room);
            let mut wholes = code.wholes.iter().skip_while(|(at, _)| (*at as usize) < first).peekable();
            let pooled = self.constants.len() as u32 - draft.constants;
            let mut renamed: FastMap<u32, u32> = FastMap::default();
            let mut rename = |operand: Operand, frame: &Frame, pool: &mut Vec<F>| match operand {
                Operand::Slot(slot) => frame.slot(slot),
                Operand::Input(input) => Operand::Input(input),
                Operand::Constant(constant) if unit.is_looked_up && section == unit.section => {
                    Operand::Slot(own + constant)
                }
                Operand::Constant(constant) => {
                    let next = pooled + renamed.len() as u32;
                    let index = *renamed.entry(constant).or_insert_with(|| {
                        pool.push(constants[constant as usize]);
                        next
                    });
                    Operand::Constant(index)
                }
            };
            for (number, operation) in code.operations[..end].iter().enumerate().skip(first) {
                if let Some((_, whole)) = wholes.next_if(|(at, _)| *at as usize == number) {
                    let mut rename = |&operand: &Operand| rename(operand, &draft.frame, &mut self.constants);
                    let operands = whole.operands.iter().map(&mut rename).collect();
                    draft.wholes.push((draft.operations.len() as u32, Whole { linear: whole.linear, operands }));
                }
                let a = rename(operation.a, &draft.frame, &mut self.constants);
                let b = rename(operation.b, &draft.frame, &mut self.constants);
                draft.frame.push(Operand::Slot(draft.base + draft.operations.len() as u32));
                draft.operations.push(Operation { op: operation.op, a, b });
            }
            draft.last = Some(section);
            if end < code.operations.len() {
                draft.rest = Some(end as u32);
                return draft;
            }
            let (cost, objects) = match unit.is_looked_up && section == unit.section {
                true => self.forks.costs[&section],
                false => (content.cost, content.objects),
            };
            draft.steps = draft.steps.saturating_add(cost.steps);
            draft.entries += cost.entries;
            draft.objects = draft.objects.max(objects);
            if let Some(guard) = code.guard {
                let a = rename(guard.a, &draft.frame, &mut self.constants);
                let b = rename(guard.b, &draft.frame, &mut self.constants);
                draft.guard = Some(Operation { op: guard.op, a, b });
            }
            if let End::Done(Output::Float(operand @ Operand::Constant(_))) = content.end {
                // The value's constant is found again by its place: the last of the block.
                let constant = rename(operand, &draft.frame, &mut self.constants);
                draft.frame.push(constant);
            }
            match &content.end {
                End::Anchor(target, holes)
                    if self.forks.arrivals[target.0 as usize] == 1
                        && draft.operations.len() + self.residual.code(*target).operations.len() <= self.longest
                        && *target != SectionId::ENTRY =>
                {
                    draft.frame = Frame::of(holes.iter().map(|&hole| draft.frame.place(hole)).collect());
                    (section, first) = (*target, 0);
                }
                _ => return draft,
            }
        }
    }

    /// The ways on from a draft: what decides, where to, and by frame slot of the target what this block has for it.
    fn ways<'s>(&'s self, draft: &'s Draft) -> Vec<Way<'s>> {
        let Some(last) = draft.last else { return Vec::new() };
        let start = |section: SectionId| self.starts[&Unit::whole(section)];
        if let Some(first) = draft.rest {
            return vec![(0, self.starts[&Unit { first, ..Unit::whole(last) }], &draft.frame, None)];
        }
        match &self.residual.section(last).end {
            End::Anchor(target, holes) => vec![(0, start(*target), &draft.frame, Some(holes))],
            End::Guard(_) => {
                let (own, groups) = &self.forks.sides[&last];
                let own = own.iter().map(|&(outcome, target)| (outcome, start(target)));
                let groups = groups.iter().map(|group| (REFUSED + 1, self.starts[&Unit::looked_up(group[0].1)]));
                own.chain(groups).map(|(outcome, target)| (outcome, target, &draft.frame, None)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// By draft: the frame slots it needs from before, ascending. Backwards to a fixed point.
    fn liveness(&self) -> Vec<Vec<u32>> {
        let mut live: Vec<Vec<u32>> = vec![Vec::new(); self.drafts.len()];
        let mut sequence: Vec<usize> = (0..self.drafts.len()).collect();
        sequence.sort_by(|&a, &b| self.orders[b].total_cmp(&self.orders[a]).then(b.cmp(&a)));
        loop {
            let mut changed = false;
            for &index in &sequence {
                let ins = self.needed(&self.drafts[index], &live).ins;
                if ins != live[index] {
                    live[index] = ins;
                    changed = true;
                }
            }
            if !changed {
                return live;
            }
        }
    }

    /// What anything needs of a draft.
    fn needed(&self, draft: &Draft, live: &[Vec<u32>]) -> Needed {
        let (mut ins, mut own) = (Vec::new(), vec![false; draft.operations.len()]);
        let mut need = |own: &mut [bool], operand: Operand| {
            if let Operand::Slot(slot) = operand {
                match slot.checked_sub(draft.base) {
                    Some(operation) => own[operation as usize] = true,
                    None => ins.push(slot),
                }
            }
        };
        if let Some(guard) = draft.guard {
            need(&mut own, guard.a);
            need(&mut own, guard.b);
        }
        for operand in self.result(draft) {
            need(&mut own, operand);
        }
        for (_, target, frame, holes) in self.ways(draft) {
            for &slot in &live[target as usize] {
                need(&mut own, frame.through(slot, holes));
            }
        }
        let mut wholes = draft.wholes.iter().rev().peekable();
        for (index, operation) in draft.operations.iter().enumerate().rev() {
            let at_its_end = |(at, whole): &&(u32, Whole)| *at as usize + whole.linear.results() == index + 1;
            if let Some((at, whole)) = wholes.next_if(at_its_end) {
                let made = &mut own[*at as usize..][..whole.linear.results()];
                let is_needed = made.contains(&true);
                made.fill(is_needed);
                whole.operands.iter().filter(|_| is_needed).for_each(|&operand| need(&mut own, operand));
            }
            if own[index] {
                need(&mut own, operation.a);
                need(&mut own, operation.b);
            }
        }
        ins.sort_unstable();
        ins.dedup();
        Needed { ins, own }
    }

    /// What the program's value reads, where the block ends with it.
    fn result(&self, draft: &Draft) -> Vec<Operand> {
        let (Some(last), None) = (draft.last, draft.rest) else { return Vec::new() };
        match &self.residual.section(last).end {
            End::Done(Output::Float(Operand::Constant(_))) => draft.frame.last().into_iter().collect(),
            End::Done(Output::Float(operand)) => vec![draft.frame.place(*operand)],
            End::Done(Output::Other(template)) => template.holes.iter().map(|&hole| draft.frame.place(hole)).collect(),
            _ => Vec::new(),
        }
    }

    fn finish(self, live: &[Vec<u32>]) -> Lowered<F> {
        let mut shapes: Vec<Arc<Shape>> = Vec::new();
        let mut shape_ids: FastMap<Arc<Shape>, u32> = FastMap::default();
        let mut lists: FastMap<Arc<[Operand]>, ()> = FastMap::default();
        let mut ranked: Vec<usize> = (0..self.drafts.len()).collect();
        ranked.sort_by(|&a, &b| self.orders[a].total_cmp(&self.orders[b]).then(a.cmp(&b)));
        let mut ranks = vec![0; self.drafts.len()];
        ranked.iter().enumerate().for_each(|(rank, &draft)| ranks[draft] = rank as u32);
        let mut blocks = Vec::with_capacity(self.drafts.len());
        for (index, draft) in self.drafts.iter().enumerate() {
            let needed = self.needed(draft, live);
            let number = needed.numbers();
            let renumber = |operand: Operand| match operand {
                Operand::Slot(slot) => Operand::Slot(match slot.checked_sub(draft.base) {
                    Some(operation) => number[operation as usize],
                    None => needed.ins.partition_point(|&known| known < slot) as u32,
                }),
                other => other,
            };
            let kept = |operation: &Operation| Operation {
                op: operation.op,
                a: renumber(operation.a),
                b: renumber(operation.b),
            };
            let operations: Vec<Operation> = draft
                .operations
                .iter()
                .enumerate()
                .filter(|(at, _)| needed.own[*at])
                .map(|(_, operation)| kept(operation))
                .collect();
            let ins = live[index].len() as u32;
            let whole = |(at, Whole { linear, operands }): &(u32, Whole)| {
                let operands = operands.iter().map(|&operand| renumber(operand)).collect();
                (number[*at as usize] - ins, Whole { linear: *linear, operands })
            };
            let shape = Shape {
                ins,
                shares: shares(&operations),
                wholes: draft.wholes.iter().filter(|(at, _)| needed.own[*at as usize]).map(whole).collect(),
                operations,
                guard: draft.guard.as_ref().map(kept),
            };
            let shape = match shape_ids.get(&shape) {
                Some(&id) => id,
                None => {
                    let shape = Arc::new(shape);
                    shapes.push(shape.clone());
                    shape_ids.insert(shape, shapes.len() as u32 - 1);
                    shapes.len() as u32 - 1
                }
            };
            let mut list = |operands: Vec<Operand>| match lists.get_key_value(operands.as_slice()) {
                Some((list, ())) => list.clone(),
                None => {
                    let list: Arc<[Operand]> = operands.into();
                    lists.insert(list.clone(), ());
                    list
                }
            };
            let mut links = self.ways(draft).into_iter().map(|(outcome, block, frame, holes)| {
                let outs = live[block as usize].iter().map(|&slot| renumber(frame.through(slot, holes))).collect();
                (outcome, Link { block, outs: list(outs) })
            });
            let exit = match (draft.last.map(|last| &self.residual.section(last).end), draft.rest) {
                (Some(End::Guard(_)), None) => {
                    let (own, groups) = &self.forks.sides[&draft.last.unwrap_or(SectionId::ENTRY)];
                    let own = links.by_ref().take(own.len()).collect();
                    let lookups = groups.iter().zip(links);
                    Exit::Guard(
                        own,
                        lookups.map(|(group, (_, link))| alike::lookup(self.residual, group, link)).collect(),
                    )
                }
                (Some(End::Anchor(..)), None) | (Some(_), Some(_)) => match links.next() {
                    Some((_, link)) => Exit::Next(link),
                    None => Exit::Leave,
                },
                (Some(End::Done(output)), None) => {
                    let mut places = self.result(draft).into_iter().map(renumber);
                    Exit::Done(match (output, places.len()) {
                        (Output::Other(template), _) => Value::Other(template.clone(), places.collect()),
                        (Output::Float(operand), _) => Value::Float(places.next().unwrap_or(*operand)),
                    })
                }
                _ => Exit::Leave,
            };
            blocks.push(Block {
                shape,
                constants: draft.constants,
                exit,
                steps: draft.steps,
                entries: draft.entries,
                objects: draft.objects,
                rank: ranks[index],
            });
        }
        Lowered { blocks, shapes, constants: self.constants, inputs: self.residual.inputs() }
    }
}

/// Where a stretch of a section ends that has room for so many operations: a whole one is not cut.
fn stretch_end(code: &Code, first: usize, room: usize) -> usize {
    let end = code.operations.len().min(first + room);
    let mut wholes = code.wholes.iter().map(|(at, whole)| (*at as usize, *at as usize + whole.linear.results()));
    match wholes.find(|&(at, behind)| at < end && end < behind) {
        Some((at, _)) if at > first => at,
        Some((_, behind)) => behind,
        None => end,
    }
}
