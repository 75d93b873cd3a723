//! Gathering: blocks of a lowered program by form, and the table that a kernel with a loop over blocks reads.

use std::collections::HashMap;
use std::sync::Arc;

use crate::tape::packed::Ended;
use crate::tape::{Exit, Link, Lookup, Lowered, Operand, Operation, Outcome, Produced, REFUSED, Shape};
use crate::wgsl::specialize::chain::Merged;
use crate::wgsl::specialize::forms::{Cost, End, Form, Literal, Pace, Reader, Request, Source, Specialization};
use crate::wgsl::specialize::frame::Pushed;
use crate::wgsl::specialize::nodes::constants;
use crate::wgsl::specialize::stepped::Plans;
use crate::wgsl::specialize::{FORM_BITS, FORM_END, HANDOVER_BITS, LONGEST, MOST_FORMS, NO_WAY, whole};

/// Blocks of one form, as they are found.
struct Group {
    shape: Arc<Shape>,
    asserts: Vec<Operation>,
    end: End,
    /// By constant: its value, if all blocks have the same one.
    shared: Vec<Option<f32>>,
}

/// A block on its way to the table.
struct Entry<'a> {
    /// `None`: lanes end here, as this says.
    group: Result<usize, Ended>,
    /// By assertion: the outcome that leads on, and the block.
    expected: &'a [[u32; 2]],
    steps: u32,
    entries: u32,
    constants: &'a [f32],
    /// Ways: by outcome, or the one.
    sides: Vec<Side<'a>>,
}

struct Side<'a> {
    outcome: Outcome,
    way: u32,
    constants: &'a [f32],
}

/// A program's blocks, by form.
#[derive(Default)]
pub(super) struct Gathering<'a> {
    groups: Vec<Group>,
    known: HashMap<(u32, End), usize>,
    merged: HashMap<(Arc<Shape>, Vec<Operation>, End), usize>,
    entries: Vec<Entry<'a>>,
    is_stepped: bool,
}

impl<'a> Gathering<'a> {
    /// None yet; whole operations will be run step by step.
    pub fn stepped() -> Gathering<'a> {
        Gathering { is_stepped: true, ..Gathering::default() }
    }

    /// Those that are text.
    pub fn operations(&self) -> usize {
        let count = if self.is_stepped { whole::single_operations } else { whole::operations };
        self.groups.iter().map(|group| count(&group.shape)).fold(0, usize::saturating_add)
    }

    /// Every block, in its place.
    pub fn every_block(&mut self, program: &'a Lowered<f32>, objects: u64) -> Option<()> {
        if program.blocks.len() >= 1 << (32 - HANDOVER_BITS) {
            return None;
        }
        for (number, block) in program.blocks.iter().enumerate() {
            let ends = match &block.exit {
                _ if u64::from(block.objects) > objects => Some(Ended::Left),
                Exit::Done(Produced::Other(_, holes)) if holes.is_empty() => Some(Ended::Other),
                Exit::Done(Produced::Other(..)) | Exit::Leave => Some(Ended::Left),
                _ => None,
            };
            self.block(program, number, ends)?;
        }
        Some(())
    }

    /// The stretches of a chain, in its order.
    pub fn chain(&mut self, chain: &'a [Merged]) -> Option<Cost> {
        let mut all = Cost::default();
        for Merged { shape, asserts, end, constants, expected, cost } in chain {
            let key = (shape.clone(), asserts.clone(), end.clone());
            let group = *self.merged.entry(key).or_insert_with(|| {
                let shared = constants.iter().copied().map(Some).collect();
                let (asserts, end) = (asserts.clone(), end.clone());
                self.groups.push(Group { shape: shape.clone(), asserts, end, shared });
                self.groups.len() - 1
            });
            if self.groups.len() > MOST_FORMS {
                return None;
            }
            self.shares(group, constants);
            // What the whole costs is known before it runs; no lane counts it.
            self.entries.push(Entry { group: Ok(group), expected, steps: 0, entries: 0, constants, sides: Vec::new() });
            all.steps += cost.steps;
            all.entries += cost.entries;
        }
        Some(all)
    }

    /// Blocks of one form have another one.
    fn shares(&mut self, group: usize, constants: &[f32]) {
        for (shared, value) in self.groups[group].shared.iter_mut().zip(constants) {
            if shared.is_some_and(|shared| shared.to_bits() != value.to_bits()) {
                *shared = None;
            }
        }
    }

    /// Takes a block in.
    fn block(&mut self, program: &'a Lowered<f32>, number: usize, ends: Option<Ended>) -> Option<()> {
        let block = &program.blocks[number];
        let (steps, entries) = (block.steps, block.entries);
        if let Some(how) = ends {
            self.entries.push(Entry {
                group: Err(how),
                expected: &[],
                steps,
                entries,
                constants: &[],
                sides: Vec::new(),
            });
            return Some(());
        }
        let shape = &program.shapes[block.shape as usize];
        if !whole::has_formulas(shape) {
            return None;
        }
        let mut handovers: Vec<Arc<[Operand]>> = Vec::new();
        let mut way = |link: &Link| {
            let index = handovers.iter().position(|known| *known == link.outs).unwrap_or_else(|| {
                handovers.push(link.outs.clone());
                handovers.len() - 1
            });
            (index < 1 << HANDOVER_BITS).then_some(link.block << HANDOVER_BITS | index as u32)
        };
        let mut sides = Vec::new();
        let end = match &block.exit {
            Exit::Next(link) => {
                sides.push(Side { outcome: 0, way: way(link)?, constants: &[] });
                End::Go(link.outs.clone())
            }
            Exit::Done(Produced::Float(operand)) => End::Done(*operand),
            Exit::Guard(some, lookups) => {
                for (outcome, link) in some {
                    sides.push(Side { outcome: *outcome, way: way(link)?, constants: &[] });
                }
                for Lookup { outcomes, constants, columns, link } in lookups {
                    let way = way(link)?;
                    let columns = *columns as usize;
                    let side = |(index, &outcome): (usize, &Outcome)| {
                        let constants = &constants[index * columns..][..columns];
                        Side { outcome, way, constants }
                    };
                    sides.extend(outcomes.iter().enumerate().map(side));
                }
                sides.sort_unstable_by_key(|side| side.outcome);
                let is_truth = |side: &Side<'_>| side.outcome <= 1 || side.outcome == REFUSED;
                let is_searched = !lookups.is_empty() || !sides.iter().all(is_truth);
                End::Choose { handovers, is_searched }
            }
            Exit::Done(Produced::Other(..)) | Exit::Leave => unreachable!("lanes end there"),
        };
        let constants = constants(program, block);
        let key = (block.shape, end.clone());
        let group = *self.known.entry(key).or_insert_with(|| {
            let shared = constants.iter().copied().map(Some).collect();
            self.groups.push(Group { shape: shape.clone(), asserts: Vec::new(), end, shared });
            self.groups.len() - 1
        });
        if self.groups.len() > MOST_FORMS {
            return None;
        }
        self.shares(group, constants);
        self.entries.push(Entry { group: Ok(group), expected: &[], steps, entries, constants, sides });
        Some(())
    }

    pub fn finish(self, pace: Pace, cost: Cost, rows: Option<usize>, request: &Request<'_>) -> Option<Specialization> {
        let mut reader = Reader::default();
        let mut order: Vec<usize> = (0..self.groups.len()).collect();
        order.sort_by_key(|&group| matches!(self.groups[group].end, End::Done(_)));
        let mut form_of = vec![0; order.len()];
        order.iter().enumerate().for_each(|(form, &group)| form_of[group] = form);
        let mut literals: Vec<Vec<Literal>> = Vec::with_capacity(self.groups.len());
        for group in &self.groups {
            let mut own = 0;
            let literal = |shared: &Option<f32>| match shared {
                Some(value) if !self.is_stepped => Literal::Number(reader.constant(*value)),
                _ => {
                    own += 1;
                    Literal::Own(own - 1)
                }
            };
            literals.push(group.shared.iter().map(literal).collect());
        }
        let inputs = reader.places(request.is_column, |input| self.reads(input));
        if self.operations() > LONGEST {
            return None;
        }
        let form = |&group: &usize| {
            let Group { shape, asserts, end, .. } = &self.groups[group];
            Form { shape: shape.clone(), asserts: asserts.clone(), literals: literals[group].clone(), end: end.clone() }
        };
        let mut source = Source {
            pace,
            gradient: request.gradient,
            is_stepped: self.is_stepped,
            is_cut: false,
            forms: order.iter().map(form).collect(),
            nodes: Vec::new(),
            inputs,
            wanted: request.wanted.iter().map(|&wanted| request.gradient && wanted).collect(),
            numbers: reader.numbers.len(),
            columns: reader.columns.len(),
        };
        let (heads, steps, largest): (Vec<[u32; 3]>, Vec<[u32; 4]>, usize) = if self.is_stepped {
            let plans = Plans::of(&source)?;
            let heads = plans.heads();
            let largest = heads.iter().map(|[.., rows]| *rows as usize).max().unwrap_or(0);
            (heads, plans.code, largest)
        } else {
            let pushed = Pushed::of(&source);
            let heads = pushed.rows(&source).into_iter().map(|rows| [0, 0, rows]).collect();
            (heads, Vec::new(), pushed.most(&source))
        };
        let of_entry = |entry: &Entry<'_>| entry.group.map_or(0, |group| heads[form_of[group]][2] as usize);
        let rows = if pace == Pace::Together { Some(self.entries.iter().map(of_entry).sum()) } else { rows };
        source.is_cut = request.gradient && rows.is_none_or(|rows| rows > request.rows);
        let blocks = self.table(steps, &heads, &literals, &form_of);
        reader.specialization(source, (blocks, self.entries.len()), cost, (rows, largest))
    }

    /// Does any block read the input?
    fn reads(&self, input: u32) -> bool {
        self.groups.iter().any(|group| {
            let deciding = group.shape.guard.iter().chain(&group.asserts);
            let deciding = deciding.flat_map(|operation| [operation.a, operation.b]);
            let is_it = |operand: &Operand| *operand == Operand::Input(input);
            group.shape.operands().chain(deciding).any(|operand| is_it(&operand))
                || matches!(&group.end, End::Done(operand) if is_it(operand))
        })
    }

    /// The steps, heads, then every block's details and constants, and its sides where they are searched. By form: what of whole operations
    /// stands in its heads, and the rows that it pushes.
    fn table(
        &self,
        steps: Vec<[u32; 4]>,
        of_form: &[[u32; 3]],
        literals: &[Vec<Literal>],
        form_of: &[usize],
    ) -> Vec<[u32; 4]> {
        let mut table = steps;
        let first = table.len();
        table.resize(first + self.entries.len(), [0; 4]);
        for (index, entry) in (first..).zip(&self.entries) {
            let group = match entry.group {
                Ok(group) => group,
                Err(how) => {
                    table[index] = [FORM_END, entry.steps, entry.entries, how as u32];
                    continue;
                }
            };
            let refused = entry.sides.iter().find(|side| side.outcome == REFUSED).map_or(NO_WAY, |side| side.way);
            let truth =
                |truth: Outcome| entry.sides.iter().find(|side| side.outcome == truth).map_or(NO_WAY, |side| side.way);
            let details = match &self.groups[group].end {
                End::Choose { is_searched: true, .. } => {
                    let sides: Vec<&Side<'_>> = entry.sides.iter().filter(|side| side.outcome < REFUSED).collect();
                    let mut rows: Vec<u32> = Vec::with_capacity(sides.len());
                    for side in &sides {
                        rows.push(table.len() as u32);
                        pack(&mut table, side.constants.iter().map(|value| value.to_bits()));
                    }
                    let first = table.len() as u32;
                    let side = |(side, row): (&&Side<'_>, u32)| [side.outcome as u32, side.way, row, 0];
                    table.extend(sides.iter().zip(rows).map(side));
                    [first, sides.len() as u32, refused, 0]
                }
                End::Choose { is_searched: false, .. } => [truth(0), truth(1), refused, 0],
                End::Go(_) | End::Done(_) => [truth(0), 0, 0, 0],
            };
            let at = table.len() as u32;
            let own = entry.constants.iter().zip(&literals[group]);
            let own = own.filter(|(_, literal)| matches!(literal, Literal::Own(_))).map(|(value, _)| value.to_bits());
            if entry.expected.is_empty() {
                table.push(details);
            }
            table.extend(entry.expected.iter().map(|&[outcome, block]| [outcome, block, 0, 0]));
            pack(&mut table, own);
            let (form, [push, pop, rows]) = (FORM_END + 1 + form_of[group] as u32, of_form[form_of[group]]);
            let counts = if self.is_stepped { [push, pop] } else { [entry.steps, entry.entries] };
            table[index] = [rows << FORM_BITS | form, counts[0], counts[1], at];
        }
        table
    }
}

/// Words, four a row.
fn pack(table: &mut Vec<[u32; 4]>, words: impl Iterator<Item = u32>) {
    let words: Vec<u32> = words.collect();
    let word = |four: &[u32], index: usize| four.get(index).copied().unwrap_or(0);
    table.extend(words.chunks(4).map(|four| std::array::from_fn(|index| word(four, index))));
}
