//! One program on both roads, one executor after another.

use std::sync::{Arc, OnceLock};

use evalgrad::host::kernels::Vector;
use evalgrad::host::replay::Limits;
use evalgrad::host::{self, Paths};
use evalgrad::interpreter::EVALUATOR_SOURCE;
use evalgrad::machine::work::{Answer, Arenas, Column, Ended, Segment, Work};
use evalgrad::machine::{Budgets, Fault, Image};
use evalgrad::program::ProgramOptions;
use evalgrad::reader::{Position, Source, Span};
use evalgrad::tape::{self, Entry};
use evalgrad::{Error, Interpreter, Program};

/// A way from a program to the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Road {
    /// The program is data that the evaluator reads.
    Interpreted,
    /// The program is machine code itself.
    Direct,
}

/// Both, in the order of [`Prepared::starts`].
pub const ROADS: [Road; 2] = [Road::Interpreted, Road::Direct];

/// A program in an image of its own, on both roads.
pub struct Prepared {
    pub program: Program,
    pub image: Image,
    /// By [`ROADS`].
    pub starts: [u32; 2],
}

/// How a program is run.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// By input.
    pub inputs: Vec<f64>,
    pub budgets: Budgets,
    pub arenas: Option<Arenas>,
    pub fuel: Option<u32>,
}

/// The interpreter, compiled once for all tests of a process.
pub fn interpreter() -> &'static Interpreter {
    static INTERPRETER: OnceLock<Interpreter> = OnceLock::new();
    INTERPRETER.get_or_init(|| Interpreter::bootstrap().expect("the bootstrap compiles"))
}

impl Prepared {
    /// Reads a program and puts it into an image on both roads.
    pub fn new(text: &str, options: &ProgramOptions) -> Result<Prepared, Error> {
        let program = Program::parse_with(text, options)?;
        program.core().verify().unwrap_or_else(|problem| panic!("{problem} in {text}"));
        let mut image = interpreter().image().clone();
        let interpreted = image.interpreted(program.core())?;
        let direct = image.direct(program.graph()?)?;
        Ok(Prepared { program, image, starts: [interpreted, direct] })
    }

    /// [`Prepared::new`] of a text that is known to be a program.
    pub fn of(text: &str) -> Prepared {
        Prepared::new(text, &ProgramOptions::default()).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    /// A value for every input: the one given under its name, else the start of its `param` form; the names of those
    /// that have neither.
    pub fn inputs(&self, given: &[(String, f64)]) -> Result<Vec<f64>, Vec<Arc<str>>> {
        let (mut values, mut missing) = (Vec::new(), Vec::new());
        for input in self.program.inputs() {
            let value = given.iter().find(|(name, _)| **name == *input.name).map(|(_, value)| *value);
            match value.or(input.start) {
                Some(value) => values.push(value),
                None => missing.push(input.name.clone()),
            }
        }
        if missing.is_empty() { Ok(values) } else { Err(missing) }
    }

    /// Runs it on one road.
    pub fn run(&self, road: Road, executor: &Executor, setting: &Setting) -> Run {
        let columns = setting.inputs.iter().map(|&value| Column::Uniform(value)).collect();
        let start = self.starts[road as usize];
        let segments = [Segment::new(start, columns, 1)];
        let work = Work {
            image: &self.image,
            segments: &segments,
            budgets: setting.budgets,
            arenas: setting.arenas,
            gradient: true,
            fuel: setting.fuel,
        };
        (executor.run)(&work)
    }

    /// Where a span of the program starts; the start of the program where there is none.
    pub fn position(&self, span: Option<Span>) -> Position {
        let core = self.program.core();
        let span = span.unwrap_or(core.nodes[core.root.0 as usize].span);
        Source::new(self.program.name(), self.program.text()).position(span.start)
    }
}

/// A program that evaluates this one.
pub fn evaluator_of(program: &Prepared) -> Prepared {
    let code = interpreter().image().encoded(program.program.core());
    let constants = vec![("code".to_owned(), code.into())];
    let options = ProgramOptions { constants, bootstrap: true, ..ProgramOptions::default() };
    let text = format!("{EVALUATOR_SOURCE}\n(evaluate code '())");
    Prepared::new(&text, &options).unwrap_or_else(|error| panic!("{error}"))
}

/// What runs a work.
pub struct Executor {
    pub name: &'static str,
    /// Relative error that a value of the corpus may have.
    pub tolerance: f64,
    /// Runs the one lane of the one segment.
    pub run: fn(&Work<'_>) -> Run,
}

/// What one lane gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The written value.
    pub answer: Result<String, Box<Fault>>,
    /// The value, if it is an Int or a Float.
    pub number: Option<f64>,
    /// By input.
    pub gradient: Vec<f64>,
    /// How it went; executors that keep no account of that give none.
    pub trace: Option<Trace>,
}

/// How a run went.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    pub tape: Tape,
    pub steps: u32,
    /// By input: does a guard depend on it?
    pub decides: Vec<bool>,
    /// By input: does the value depend on it?
    pub reaches: Vec<bool>,
    /// Where the first NaN or infinity behind the value or the gradient arose, if one of them is not finite.
    pub non_finite: Option<Option<Span>>,
}

/// A raw tape of either precision.
#[derive(Clone, Debug, PartialEq)]
pub enum Tape {
    F32(Vec<Entry<f32>>),
    F64(Vec<Entry<f64>>),
}

/// The precisions of the host.
pub trait Precision: Vector {
    fn tape(entries: Vec<Entry<Self>>) -> Tape;
}

impl Precision for f32 {
    fn tape(entries: Vec<Entry<f32>>) -> Tape {
        Tape::F32(entries)
    }
}

impl Precision for f64 {
    fn tape(entries: Vec<Entry<f64>>) -> Tape {
        Tape::F64(entries)
    }
}

/// Every executor: a column of the corpus.
pub fn executors() -> Vec<Executor> {
    precisions()
}

/// The host in f32 and in f64.
pub fn precisions() -> Vec<Executor> {
    vec![
        Executor { name: "host f32", tolerance: 2e-5, run: on_host::<f32> },
        Executor { name: "host f64", tolerance: 1e-9, run: on_host::<f64> },
    ]
}

/// Runs the lane three times, interpreted as one of a batch, replayed, and for its trace; all must agree.
fn on_host<F: Precision>(work: &Work<'_>) -> Run {
    let run = traced::<F>(work);
    agrees(&host::execute::<F>(work).remove(0), &run, "interpret");
    let segment = &work.segments[0];
    let paths = Paths::<F>::new(Arc::new(work.image.clone()), segment.start, segment.columns.len());
    let mut ended = Ended::empty(segment, true);
    paths.replay(
        work,
        segment,
        &Limits::of(&work.budgets),
        &OnceLock::new(),
        &evalgrad::host::Orders::default(),
        &mut ended,
    );
    agrees(&ended, &run, "replay");
    run
}

/// One lane's end against its trace, bit for bit.
fn agrees<F: Precision>(ended: &Ended<F>, run: &Run, tier: &str) {
    assert_eq!(ended.answer(0).as_ref().map(Answer::written).map_err(Clone::clone), run.answer, "{tier}");
    let bits = |x: f64| if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() };
    let gradient: Vec<u64> = ended.gradients.iter().map(|column| bits(column[0].wide())).collect();
    assert_eq!(gradient, run.gradient.iter().copied().map(bits).collect::<Vec<_>>(), "{tier}");
}

/// Runs the lane for its trace.
pub fn traced<F: Precision>(work: &Work<'_>) -> Run {
    let traced = host::trace::<F>(work, 0, 0);
    let number = match &traced.answer {
        Ok(Answer::Float(value)) => Some(value.wide()),
        Ok(Answer::Int(value)) => Some(f64::from(*value)),
        _ => None,
    };
    let gradient: Vec<f64> = traced.gradient.iter().map(|x| x.wide()).collect();
    let finite = gradient.iter().chain(&number).all(|x| x.is_finite());
    let inputs = gradient.len();
    let trace = Trace {
        steps: traced.steps,
        decides: tape::reaches_guard(&traced.tape, inputs),
        reaches: tape::reaches_output(&traced.tape, traced.output, inputs),
        non_finite: (!finite).then(|| host::non_finite_place::<F>(work, 0, 0)),
        tape: F::tape(traced.tape),
    };
    Run {
        answer: traced.answer.as_ref().map(Answer::written).map_err(Clone::clone),
        number,
        gradient,
        trace: Some(trace),
    }
}
