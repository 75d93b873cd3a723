//! Alike: sides of a guard that do the same with other constants, as when an index from data is looked up in a list.
//!
//! How many steps they take may differ, as a walk to the index does; a lane is then taken to have made the most.

use crate::tape::lowered::{Link, Lookup};
use crate::tape::residual::{
    CodeId, Cost, End, FastMap, Operand, Outcome, Output, REFUSED, Residual, Section, SectionId,
};
use crate::value::Real;

/// Most operations of a side that is looked up.
pub(super) const LONGEST: usize = 64;
/// So many sides of a guard that differ in constants only become a lookup.
const ALIKE: usize = 4;

/// Sides of a guard: those that go their own ways, and those that do the same with other constants, in groups.
pub(super) type Sides = (Vec<(Outcome, SectionId)>, Vec<Vec<(Outcome, SectionId)>>);

/// Where ways part, and how many lead to a place.
#[derive(Debug)]
pub(super) struct Forks {
    /// By section that ends in a guard: its sides.
    pub sides: FastMap<SectionId, Sides>,
    /// By first section of a group of alike sides: the most that one of the group costs. Entries they have equally many.
    pub costs: FastMap<SectionId, (Cost, u32)>,
    /// By section: how many ends lead here, a group counted as one.
    pub arrivals: Vec<u32>,
}

impl Forks {
    /// Of all that is known.
    pub(super) fn of<F: Real>(residual: &Residual<F>) -> Forks {
        let count = residual.sections().len();
        let mut forks = Forks { sides: FastMap::default(), costs: FastMap::default(), arrivals: vec![0; count] };
        for (index, section) in residual.sections().iter().enumerate() {
            match &section.end {
                End::Anchor(target, _) => forks.arrivals[target.0 as usize] += 1,
                End::Guard(all) => {
                    let (own, groups) = sides(residual, all);
                    all.iter().for_each(|(_, target)| forks.arrivals[target.0 as usize] += 1);
                    forks.costs.extend(groups.iter().map(|group| (group[0].1, most(residual, group))));
                    forks.sides.insert(SectionId(index as u32), (own, groups));
                }
                _ => {}
            }
        }
        for group in forks.sides.values().flat_map(|(_, groups)| groups) {
            if let End::Anchor(target, _) = residual.section(group[0].1).end {
                forks.arrivals[target.0 as usize] -= group.len() as u32 - 1;
            }
        }
        forks
    }
}

/// The most that a section of the group costs, and the most objects alive in one.
fn most<F: Real>(residual: &Residual<F>, group: &[(Outcome, SectionId)]) -> (Cost, u32) {
    let sections = group.iter().map(|&(_, section)| residual.section(section));
    sections.fold((Cost::default(), 0), |(most, objects), Section { cost, objects: more, .. }| {
        let cost = Cost { steps: most.steps.max(cost.steps), entries: most.entries.max(cost.entries) };
        (cost, objects.max(*more))
    })
}

/// Which sides of a guard become lookups: those of one code that end alike, where the guard had an answer.
fn sides<F: Real>(residual: &Residual<F>, sides: &[(Outcome, SectionId)]) -> Sides {
    if sides.len() < ALIKE {
        return (sides.to_vec(), Vec::new());
    }
    let mut own = Vec::new();
    let mut groups: Vec<Vec<(Outcome, SectionId)>> = Vec::new();
    let mut known: FastMap<CodeId, Vec<usize>> = FastMap::default();
    for &side in sides {
        let section = residual.section(side.1);
        let code = residual.code(side.1);
        let goes_on = matches!(section.end, End::Anchor(..) | End::Done(Output::Float(_)));
        let is_whole = !code.wholes.is_empty();
        if side.0 == REFUSED || !goes_on || is_whole || code.operations.len() > LONGEST {
            own.push(side);
            continue;
        }
        let candidates = known.entry(section.code).or_default();
        let group = candidates.iter().copied().find(|&group| ends_alike(residual, groups[group][0].1, side.1));
        match group {
            Some(group) => groups[group].push(side),
            None => {
                candidates.push(groups.len());
                groups.push(vec![side]);
            }
        }
    }
    let (alike, few): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| group.len() >= ALIKE);
    own.extend(few.into_iter().flatten());
    own.sort_unstable_by_key(|&(outcome, _)| outcome);
    (own, alike)
}

/// Do two sections of one code end alike?
fn ends_alike<F: Real>(residual: &Residual<F>, a: SectionId, b: SectionId) -> bool {
    match (&residual.section(a).end, &residual.section(b).end) {
        (End::Anchor(a, holes), End::Anchor(b, others)) => a == b && holes == others,
        (End::Done(Output::Float(a)), End::Done(Output::Float(b))) => a == b,
        _ => false,
    }
}

/// How many constants a section has.
pub(super) fn constant_count<F: Real>(residual: &Residual<F>, section: SectionId) -> u32 {
    let code = residual.code(section);
    let value = match residual.section(section).end {
        End::Done(Output::Float(operand)) => Some(operand),
        _ => None,
    };
    let operands = code.operations.iter().chain(&code.guard).flat_map(|operation| [operation.a, operation.b]);
    let number = |operand| if let Operand::Constant(constant) = operand { constant + 1 } else { 0 };
    operands.chain(value).map(number).max().unwrap_or(0)
}

/// The constants of sides that do the same.
pub(super) fn lookup<F: Real>(residual: &Residual<F>, group: &[(Outcome, SectionId)], link: Link) -> Lookup<F> {
    let columns = constant_count(residual, group[0].1);
    let row = |&(_, section): &(Outcome, SectionId)| residual.constants(section)[..columns as usize].to_vec();
    let outcomes = group.iter().map(|&(outcome, _)| outcome).collect();
    Lookup { outcomes, constants: group.iter().flat_map(row).collect(), columns, link }
}
