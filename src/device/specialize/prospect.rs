//! Prospect: what a program's kernel would be, before any driver's time goes into it.

use crate::device::context::lock;
use crate::device::replay::{Job, Setting};
use crate::device::specialize::{FIRST_ROUNDS, KERNELS, OPERATIONS};
use crate::device::{Exactness, Executor};
use crate::machine::work::Column;
use crate::wgsl::specialize::{Pace, Request, Specialization};

/// What is to be expected of a kernel of a program's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prospect {
    /// Of the text, and what else takes as long to compile.
    pub operations: usize,
    /// Is it compiled?
    pub is_made: bool,
}

impl Executor {
    /// The kernel that [`Executor::specialize`] begins with; `None` if the program is too large for one.
    pub fn prospect(&self, job: &Job<'_>, setting: &Setting) -> Option<Prospect> {
        let is_column: Vec<bool> = job.columns.iter().map(|column| !matches!(column, Column::Uniform(_))).collect();
        let rows = setting.limits.memory / 4;
        let (wanted, gradient, objects) = (job.wanted, setting.gradient, setting.limits.objects);
        let request = Request { is_column: &is_column, wanted, gradient, objects, rows, rounds: FIRST_ROUNDS };
        let mut specialization = Specialization::of(job.program, &request)?;
        if specialization.source.pace() == Pace::Unrolled {
            let enough = lock(&self.specialized.rounds).get(&specialization.source).copied();
            if let Some(rounds) = enough.filter(|&rounds| rounds != FIRST_ROUNDS) {
                specialization = Specialization::of(job.program, &Request { rounds, ..request })?;
            }
        }
        let source = specialization.source;
        if let Some(made) = lock(&self.specialized.kernels).get(&(source.clone(), false)) {
            return made.as_ref().map(|made| Prospect { operations: made.weight, is_made: true });
        }
        let known = lock(&self.specialized.lengths).get(&source).copied();
        let [operations, weight] = known.unwrap_or_else(|| {
            let written = source.written(self.context.exactness() == Exactness::Barrier, false);
            let mut lengths = lock(&self.specialized.lengths);
            if lengths.len() >= KERNELS {
                lengths.clear();
            }
            let length = [written.operations, written.weight];
            lengths.insert(source, length);
            length
        });
        (operations <= OPERATIONS).then_some(Prospect { operations: weight, is_made: false })
    }
}
