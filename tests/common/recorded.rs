//! Programs with their paths and what the host's replay gives, for the device's tiers to be compared with.

use std::sync::{Arc, OnceLock};

use evalgrad::Program;
use evalgrad::device::replay::Job;
use evalgrad::device::{Executor, Selection};
use evalgrad::host::replay::{Lanes, Limits};
use evalgrad::host::{Orders, Paths};
use evalgrad::machine::Budgets;
use evalgrad::machine::work::{Column, Ended, Segment, Work};
use evalgrad::tape::Lowered;

use super::run::interpreter;

/// The device of this process: the best there is, a software one included.
pub fn device() -> &'static Executor {
    static DEVICE: OnceLock<Executor> = OnceLock::new();
    DEVICE
        .get_or_init(|| Executor::open(&Selection::Best).expect("these tests need an adapter; ./test.sh installs one"))
}

/// A program, lanes, and what the host's replay gives.
pub struct Case {
    pub text: &'static str,
    pub program: Arc<Lowered<f32>>,
    pub segment: Segment,
    pub ended: Ended<f32>,
}

impl Case {
    /// `columns(input)` are the lanes' numbers.
    pub fn of(text: &'static str, lanes: usize, columns: impl Fn(usize) -> Column) -> Case {
        let program = Program::parse(text).expect("a program");
        let mut image = interpreter().image().clone();
        let start = image.direct(program.graph().expect("it has a graph")).expect("it schedules");
        let segment = Segment::new(start, (0..program.inputs().len()).map(columns).collect(), lanes);
        let image = Arc::new(image);
        let paths: Paths<f32> = Paths::new(image.clone(), start, program.inputs().len());
        let budgets = Budgets::default();
        let segments = [segment.clone()];
        let work = Work { image: &image, segments: &segments, budgets, arenas: None, gradient: true, fuel: None };
        let mut ended = Ended::empty(&segment, true);
        paths.replay(&work, &segment, &Limits::of(&budgets), &OnceLock::new(), &Orders::default(), &mut ended);
        Case { text, program: paths.lowered(), segment, ended }
    }

    /// All its lanes.
    pub fn job(&self) -> Job<'_> {
        let Segment { columns, wanted, lanes, .. } = &self.segment;
        Job { program: &self.program, columns, wanted, lanes: Lanes::All(*lanes) }
    }
}

/// A number's bits, with every NaN as the same one.
pub fn bits(value: f32) -> u32 {
    if value.is_nan() { f32::NAN.to_bits() } else { value.to_bits() }
}
