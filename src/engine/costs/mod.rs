//! Costs: what a machine takes for each kind of work, as it was measured, and as it is assumed until then.
//!
//! In: how long calls took. Out: an [`Estimate`] of what another one would take, and the [`Choice`](choice::Choice) that follows
//! from several. Always: a cost is positive and finite. Deliberately absent: clocks, devices and programs; all here is arithmetic.

pub mod cache;
pub mod choice;
mod reason;
#[cfg(test)]
mod tests;

use std::time::Duration;

/// A measure moves by no less than one part in so many towards what a call took.
const SLOWEST: u32 = 8;

macro_rules! costs {
    ($($(#[$doc:meta])* $cost:ident = $name:literal, $host:expr, $software:expr, $hardware:expr;)*) => {
        /// What takes time. Seconds; of the host, a core's.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Cost {
            $($(#[$doc])* $cost,)*
        }

        impl Cost {
            pub const ALL: [Cost; COUNT] = [$(Cost::$cost),*];

            /// The name in files.
            pub fn name(self) -> &'static str {
                match self {
                    $(Cost::$cost => $name,)*
                }
            }

            /// What is assumed of a kind of machine until it is measured.
            fn assumed(self, kind: Kind) -> f64 {
                let [host, software, hardware]: [f64; 3] = match self {
                    $(Cost::$cost => [$host, $software, $hardware],)*
                };
                match kind {
                    Kind::Host => host,
                    Kind::Software => software,
                    Kind::Hardware => hardware,
                }
            }
        }
    };
}

/// How many costs there are.
pub const COUNT: usize = 11;

// The host and the software adapter: about what a server's core takes, and lavapipe on two of them. No hardware GPU has been
// measured: what is assumed of one is a guess, which its first calls correct.
costs! {
    /// To record a lane, whatever it does.
    Record = "record", 1e-5, 1e-5, 1e-5;
    /// To record an operation of it.
    RecordOperation = "record-operation", 1e-6, 1e-6, 1e-6;
    /// To interpret an operation of a lane.
    Interpret = "interpret", 1.2e-7, 3e-7, 1e-9;
    /// To replay an operation of a lane.
    Replay = "replay", 2e-10, 1.5e-9, 5e-11;
    /// To run an operation of a lane in a kernel of its program's own.
    Specialize = "specialize", 1e-10, 1e-10, 2e-12;
    /// To give a device work and hear that it is done.
    RoundTrip = "round-trip", 0.0, 4e-4, 2e-4;
    /// To bring a byte to a device or back.
    Byte = "byte", 0.0, 3e-10, 3e-10;
    /// To compile the kernels that interpret.
    Machine = "machine", 0.0, 0.4, 0.4;
    /// To compile the kernel that replays.
    Replayer = "replayer", 0.0, 0.5, 0.5;
    /// To compile a program's own kernel, whatever it does.
    Kernel = "kernel", 0.0, 2e-2, 2e-2;
    /// To compile an operation of its text.
    KernelOperation = "kernel-operation", 0.0, 5e-4, 3e-4;
}

/// What sort of machine a table is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Host,
    /// A device that is the host's processor in disguise.
    Software,
    Hardware,
}

/// A cost and how often it was measured; never: it is assumed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    pub value: f64,
    pub seen: u32,
}

impl Measure {
    /// An exponentially weighted mean, whose first measurement takes the place of what was assumed.
    fn learn(&mut self, value: f64) {
        if !(value.is_finite() && value > 0.0) {
            return;
        }
        let weight = 1.0 / f64::from((self.seen + 1).min(SLOWEST));
        self.value += (value - self.value) * weight;
        self.seen = self.seen.saturating_add(1);
    }
}

/// The costs of one machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Costs {
    measures: [Measure; COUNT],
}

impl Costs {
    /// What is assumed.
    pub fn assumed(kind: Kind) -> Costs {
        Costs { measures: Cost::ALL.map(|cost| Measure { value: cost.assumed(kind), seen: 0 }) }
    }

    /// Seconds.
    pub fn of(&self, cost: Cost) -> f64 {
        self.measures[cost as usize].value
    }

    pub fn measure(&self, cost: Cost) -> Measure {
        self.measures[cost as usize]
    }

    pub fn set(&mut self, cost: Cost, measure: Measure) {
        self.measures[cost as usize] = measure;
    }

    /// Was it ever measured?
    pub fn is_measured(&self, cost: Cost) -> bool {
        self.measures[cost as usize].seen > 0
    }

    /// Something that was measured by itself.
    pub fn note(&mut self, cost: Cost, seconds: f64) {
        self.measures[cost as usize].learn(seconds);
    }

    /// A run that was estimated took so long. What was thought to be the largest part of it learns: all that came on top, or its share of
    /// what was spared. Where that part is less than half, nothing can be told from the whole.
    pub fn learn(&mut self, estimate: &Estimate, elapsed: Duration) {
        let Some(cost) = estimate.most() else { return };
        let (part, total, elapsed) = (estimate.parts[cost as usize], estimate.total(), elapsed.as_secs_f64());
        let found = if elapsed < total { part * elapsed / total } else { part + elapsed - total };
        let measure = &mut self.measures[cost as usize];
        measure.learn(measure.value * found / part);
    }
}

/// What something would take, by cost; seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    parts: [f64; COUNT],
}

impl Estimate {
    /// So many times this cost, as the table has it.
    #[must_use]
    pub fn with(mut self, costs: &Costs, cost: Cost, count: f64) -> Estimate {
        self.parts[cost as usize] += costs.of(cost) * count;
        self
    }

    #[must_use]
    pub fn and(mut self, other: &Estimate) -> Estimate {
        self.parts.iter_mut().zip(other.parts).for_each(|(part, other)| *part += other);
        self
    }

    #[must_use]
    pub fn times(mut self, factor: f64) -> Estimate {
        self.parts.iter_mut().for_each(|part| *part *= factor);
        self
    }

    pub fn total(&self) -> f64 {
        self.parts.iter().sum()
    }

    /// What takes more than half of it.
    pub fn most(&self) -> Option<Cost> {
        let total = self.total();
        Cost::ALL.into_iter().find(|&cost| self.parts[cost as usize] > 0.5 * total)
    }
}
