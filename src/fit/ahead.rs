//! Adam ahead of a polish: all starts descend at once, the best ends are where a method that converges begins.

use super::adam::{self, End, Halt, Population};
use super::multistart::{Begin, Progress};
use super::residuals::Failure;
use super::spec::Parameter;

/// How many of Adam's ends are polished.
pub const POLISHED: usize = 4;

/// What Adam found.
pub(super) struct Ahead {
    ends: Vec<End>,
    /// The starts that are polished, the best first.
    order: Vec<usize>,
    /// Their ends.
    pub points: Vec<Begin>,
}

impl Ahead {
    /// Lets every start descend. Where every one fails, the first one is what is polished.
    ///
    /// # Errors
    /// As [`adam::descend`].
    pub fn fly(
        (population, settings): (&mut dyn Population, &adam::Settings),
        free: &[&Parameter],
        (seed, starts): (u64, usize),
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Ahead, Failure> {
        let begins = adam::begins(population, free, (seed, starts))?;
        let ends = adam::descend(population, free, &begins, settings, progress)?;
        let mut order: Vec<usize> = (0..starts).filter(|&start| ends[start].loss.is_finite()).collect();
        order.sort_by(|&a, &b| ends[a].loss.total_cmp(&ends[b].loss));
        order.truncate(POLISHED);
        if order.is_empty() {
            order.push(0);
        }
        let point = |&start: &usize| Begin { start, steps: ends[start].steps, free: ends[start].free.clone() };
        let points = order.iter().map(point).collect();
        Ok(Ahead { ends, order, points })
    }

    /// How many starts there were.
    pub fn starts(&self) -> usize {
        self.ends.len()
    }

    /// Adam's steps on the way to the polished point `index`.
    pub fn steps(&self, index: usize) -> usize {
        self.ends[self.order[index]].steps
    }

    /// The way to the polished point `index`, in words: `method` made so many steps there, and so many polished points ended alike.
    pub fn way(&self, (index, agreeing): (usize, usize), method: &str, polishing: usize) -> Vec<String> {
        let (from, starts) = (self.order[index], self.starts());
        let (steps, halt) = (self.ends[from].steps, self.ends[from].halt);
        let until = match halt {
            Halt::Level => "until the loss no longer fell",
            Halt::Steps => "which is all it had",
            Halt::Failed => "until the loss or a derivative was not finite",
        };
        let of = if starts > 1 { format!(" from start {} of {starts}", from + 1) } else { String::new() };
        let mut way = vec![format!("Adam made {steps} steps{of}, {until}, and {method} {polishing}")];
        if self.points.len() > 1 {
            way.push(format!("{agreeing} of the {} best starts ended here", self.points.len()));
        }
        let failures = self.ends.iter().filter(|end| end.halt == Halt::Failed).count();
        if failures > 0 && starts > 1 {
            way.push(format!("{failures} starts failed: their loss or a derivative was not finite"));
        }
        way
    }
}
