//! The memory of a dispatch: how many lanes share it, and how many rows of what each has.

use crate::device::Limits;
use crate::device::replay::{Group, Job, Setting};
use crate::tape::packed::{Longest, Packed, Rows, TO_OUT, TRAIL};
use crate::wgsl::replay::{SNAPSHOT_STATES, STATES};

/// Lanes of a workgroup.
pub(super) const GROUP: usize = 64;
/// Values that a block may have: as many as instructions can name.
pub(super) const REGISTERS: u32 = TO_OUT;
/// Instructions of all programs of a dispatch, at most.
const CODE: usize = 1 << 22;
/// Fewest snapshots that there is room for where a run may be cut: more than stretches of stretches are ever nested.
const SNAPSHOTS: usize = 24;

/// Rows that every lane has, a word each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub inputs: usize,
    /// The value, and wanted adjoints of inputs.
    pub out: usize,
    locals: usize,
    bars: usize,
    trail: usize,
    pub frame: usize,
    pub snapshots: usize,
    arena: usize,
}

/// What the largest of some programs needs.
#[derive(Clone, Copy, Debug, Default)]
struct Need {
    inputs: usize,
    wanted: usize,
    rows: Rows,
    /// The longest way, if all are without loops.
    longest: Option<Longest>,
    has_wholes: bool,
}

impl Need {
    fn of(job: &Job<'_>, packed: &Packed) -> Need {
        let wanted = job.wanted.iter().filter(|&&wanted| wanted).count();
        let (rows, longest, has_wholes) = (packed.rows, packed.longest, packed.has_wholes);
        Need { inputs: job.columns.len(), wanted, rows, longest, has_wholes }
    }

    fn both(self, other: Need) -> Need {
        Need {
            inputs: self.inputs.max(other.inputs),
            wanted: self.wanted.max(other.wanted),
            rows: self.rows.max(&other.rows),
            longest: self.longest.zip(other.longest).map(|(one, two)| one.max(&two)),
            has_wholes: self.has_wholes || other.has_wholes,
        }
    }
}

impl Plan {
    /// How many of these groups fit one dispatch, at least one, and its plan. Where so many groups keep the adapter
    /// `busy`, each may have its share of a binding for a run without cuts.
    pub fn of(
        groups: &[Group],
        jobs: &[Job<'_>],
        packed: &[Packed],
        setting: &Setting,
        limits: &Limits,
        busy: Option<usize>,
    ) -> (Plan, usize) {
        let mut best: Option<(Plan, usize)> = None;
        let (mut need, mut code, mut last) = (None::<Need>, 0, None);
        for (index, group) in groups.iter().enumerate() {
            if last != Some(group.job) {
                code += packed[group.job].code.len();
                let more = Need::of(&jobs[group.job], &packed[group.job]);
                need = Some(need.map_or(more, |need| need.both(more)));
                last = Some(group.job);
            }
            let Some(need) = need else { unreachable!("a group belongs to a job") };
            let share = busy.map_or(0, |busy| limits.binding_bytes as usize / (4 * GROUP * busy));
            let plan = Plan::new(&need, setting, if need.has_wholes { share } else { 0 });
            let bytes = plan.rows() * 4 * GROUP * (index + 1);
            let fits = bytes as u64 <= limits.binding_bytes && code + index < CODE;
            if best.is_some() && !fits {
                break;
            }
            best = Some((plan, index + 1));
        }
        match best {
            Some(best) => best,
            None => unreachable!("a dispatch has groups"),
        }
    }

    /// A plan in the setting's memory, or without cuts if that takes no more than `most` rows.
    fn new(need: &Need, setting: &Setting, most: usize) -> Plan {
        let Rows { locals, bars, frame, room, trail } = need.rows;
        let mut plan = Plan { inputs: need.inputs, out: 1, locals, frame, ..Plan::default() };
        // Behind a frame at the start there must be room for what any block hands on.
        let least = frame + room;
        if !setting.gradient {
            (plan.arena, plan.trail) = (4 * least, trail);
            return plan;
        }
        (plan.out, plan.bars) = (1 + need.wanted, bars);
        let rows = setting.limits.memory / 4;
        let uncut = need.longest.map(|Longest { blocks, handed_on }| {
            let (arena, trail) = (handed_on as usize + least, trail + TRAIL * blocks as usize);
            Plan { arena, trail, ..plan }
        });
        if let Some(uncut) = uncut.filter(|uncut| uncut.arena + uncut.trail <= rows || uncut.rows() <= most) {
            return uncut;
        }
        // Both share half of it, as they would on the longest way.
        let half = rows / 2;
        let of_trail = need.longest.map_or(half / 2, |Longest { blocks, handed_on }| {
            let taken = TRAIL * blocks as usize;
            half * taken / (taken + handed_on as usize)
        });
        plan.arena = least + half - of_trail;
        plan.trail = trail + of_trail;
        plan.snapshots = SNAPSHOTS.max(rows / 2 / (frame + SNAPSHOT_STATES));
        // Snapshots of long frames may take more than they save.
        uncut.filter(|uncut| uncut.rows() <= plan.rows()).unwrap_or(plan)
    }

    /// Where each kind of rows starts, inputs aside: out, states, locals, bars, trail, boundary, snapshots, arena, the end.
    pub fn starts(&self) -> [usize; 9] {
        let boundary = if self.snapshots > 0 { self.frame } else { 0 };
        let kept = self.snapshots * (self.frame + SNAPSHOT_STATES);
        let sizes = [self.out, STATES.len(), self.locals, self.bars, self.trail, boundary, kept, self.arena];
        let mut starts = [self.inputs; 9];
        for (index, size) in sizes.into_iter().enumerate() {
            starts[index + 1] = starts[index] + size;
        }
        starts
    }

    /// All rows.
    pub fn rows(&self) -> usize {
        self.starts()[8]
    }

    /// Bytes of a lane.
    pub fn bytes_per_lane(&self) -> usize {
        4 * self.rows()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::replay;
    use crate::machine::Budgets;

    fn plan(frame: usize, handed_on: u64, most: usize) -> Plan {
        let longest = Some(Longest { blocks: 8, handed_on });
        let rows = Rows { locals: 5, bars: 5, frame, room: frame, trail: TRAIL };
        let need = Need { inputs: 1, wanted: 1, rows, longest, has_wholes: true };
        let limits = replay::Limits { memory: 16 << 10, ..replay::Limits::of(&Budgets::default()) };
        Plan::new(&need, &Setting { gradient: true, limits, fuel: None, rounds: None }, most)
    }

    #[test]
    fn a_run_is_cut_where_its_values_take_more_than_the_memory() {
        assert_eq!(plan(10, 3_000, 0).snapshots, 0);
        assert!(plan(10, 30_000, 0).snapshots > 0);
    }

    #[test]
    fn a_share_of_the_binding_makes_cuts_needless() {
        let uncut = plan(10, 30_000, 40_000);
        assert_eq!(uncut.snapshots, 0);
        assert!(uncut.rows() <= 40_000);
        assert!(plan(10, 50_000, 40_000).snapshots > 0);
    }

    #[test]
    fn snapshots_that_take_more_than_the_run_are_not_kept() {
        assert_eq!(plan(10_000, 50_000, 0).snapshots, 0);
    }
}
