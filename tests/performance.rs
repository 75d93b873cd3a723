//! The counts in `docs/performance.md`: what the kernels of the workloads move and compute, printed, and found in that file; and the
//! arithmetic there that begins from them.
//!
//! `cargo test --test performance -- --nocapture` prints the rows.

mod common;

use std::fs;
use std::path::PathBuf;

use common::kernels::ROUNDS;
use common::recorded::Case;
use evalgrad::Program;
use evalgrad::descent::parts;
use evalgrad::device::replay::{Job, Setting};
use evalgrad::device::{Context, ContextOptions, Exactness, Executor, Selection};
use evalgrad::fit::multistart::uniform;
use evalgrad::host::replay::{Lanes, Limits};
use evalgrad::machine::Budgets;
use evalgrad::machine::work::Column;
use evalgrad::wgsl::specialize::{FORM_BITS, Pace, Request, Source, Specialization};

/// Files of `benches/workloads/`.
const WORKLOADS: [&str; 5] = ["w1", "w2", "w4", "w6", "w6_fixed"];
/// Lanes that show a program's paths.
const SHOWN: usize = 4096;
/// Bytes of a word.
const WORD: usize = 4;

/// A card as its maker describes it.
struct Card {
    /// Bytes a second.
    bandwidth: f64,
    /// f32 operations a second, where a multiplication with an addition is two.
    rate: f64,
    /// Cycles a second.
    clock: f64,
}

/// The cards of the arithmetic: an integrated one, one of a laptop, one of a data centre.
const CARDS: [Card; 3] = [
    Card { bandwidth: 51.2e9, rate: 2.07e12, clock: 1.35e9 },
    Card { bandwidth: 224e9, rate: 8.66e12, clock: 2.416e9 },
    Card { bandwidth: 1555e9, rate: 19.5e12, clock: 1.41e9 },
];
/// What a dispatch costs, in seconds: an assumption.
const DISPATCH: f64 = 10e-6;
/// Lanes of an invocation.
const TOGETHER: f64 = 4.0;

/// What one pass with gradients costs.
struct Counts {
    name: String,
    lanes: usize,
    /// Of a lane.
    bytes: usize,
    operations: usize,
    dispatches: usize,
}

impl Counts {
    /// Nanoseconds a lane that no card of this description can be below, and what keeps it there.
    fn least(&self, card: &Card) -> String {
        let (lanes, operations) = (self.lanes as f64, self.operations as f64);
        let limits = [
            (self.bytes as f64 / card.bandwidth, "memory"),
            (operations / (card.rate / 2.0), "rate"),
            (TOGETHER * operations / card.clock / lanes, "few lanes"),
            (self.dispatches as f64 * DISPATCH / lanes, "dispatch"),
        ];
        let (seconds, limit) = limits.into_iter().max_by(|one, two| one.0.total_cmp(&two.0)).expect("there are limits");
        format!("{:.3} {limit}", seconds * 1e9)
    }

    /// Its row of the arithmetic.
    fn row(&self) -> String {
        let [one, two, three] = CARDS.map(|card| self.least(&card));
        format!("| {} | {one} | {two} | {three} |", self.name)
    }
}

/// A workload as its file says: its line `; bench NAME: --lanes N --params A,B --set A=LOW..HIGH …`.
struct Workload {
    name: String,
    case: Case,
    lanes: usize,
    /// By input: its range.
    ranges: Vec<(f64, f64)>,
    /// By input: is its gradient wanted?
    wanted: Vec<bool>,
}

/// Numbers drawn from each input's range.
fn column(ranges: &[(f64, f64)], input: usize, lanes: usize) -> Column {
    let (low, high) = ranges[input];
    let draw = |lane| (low + (high - low) * uniform(1, [input as u64, lane, 0, 0])) as f32;
    Column::F32((0..lanes as u64).map(draw).collect::<Vec<f32>>().into())
}

impl Workload {
    fn of(file: &str) -> Workload {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("benches/workloads/{file}.scm"));
        let text = fs::read_to_string(path).expect("a workload");
        let line = text.lines().find_map(|line| line.strip_prefix("; bench ")).expect("a line for `bench`");
        let (name, options) = line.split_once(": ").expect("a name");
        let options: Vec<&str> = options.split_whitespace().collect();
        let given = |option: &'static str| {
            let pairs = options.windows(2).filter(move |pair| pair[0] == option);
            pairs.map(|pair| pair[1])
        };
        let program = Program::parse(&text).expect("a program");
        let number = |text: &str| text.parse::<f64>().expect("a number");
        let ranges: Vec<(f64, f64)> = program
            .inputs()
            .iter()
            .map(|input| {
                let mut ranges = given("--set").filter_map(|set| set.strip_prefix(&*input.name)?.strip_prefix('='));
                let (low, high) = ranges.next().and_then(|range| range.split_once("..")).expect("a range");
                (number(low), number(high))
            })
            .collect();
        let case = Case::of(&text, SHOWN, |input| column(&ranges, input, SHOWN));
        let lanes = given("--lanes").next().map(|lanes| number(lanes) as usize).expect("a number of lanes");
        let parameters: Vec<&str> = given("--params").flat_map(|names| names.split(',')).collect();
        let wanted = program.inputs().iter().map(|input| parameters.contains(&&*input.name)).collect();
        Workload { name: name.to_owned(), case, lanes, ranges, wanted }
    }

    fn specialization(&self, gradient: bool) -> Specialization {
        let limits = Limits::of(&Budgets::default());
        let all = vec![true; self.wanted.len()];
        let none = vec![false; self.wanted.len()];
        let request = Request {
            is_column: &all,
            wanted: if gradient { &self.wanted } else { &none },
            gradient,
            objects: limits.objects,
            rows: limits.memory / WORD,
            rounds: ROUNDS[0],
        };
        Specialization::of(&self.case.program, &request).expect("it fits a kernel")
    }

    /// Dispatches of one pass over all lanes, by this kernel.
    fn dispatches(&self, source: &Source) -> usize {
        let options = ContextOptions { capture: true, ..ContextOptions::default() };
        let context = Context::open_with(&Selection::Best, options).expect("this test needs an adapter");
        let text = source.written(context.exactness() == Exactness::Barrier, false).text;
        let executor = Executor::on(context);
        let columns: Vec<Column> =
            (0..self.wanted.len()).map(|input| column(&self.ranges, input, self.lanes)).collect();
        let (program, wanted) = (&self.case.program, &self.wanted[..]);
        let job = Job { program, columns: &columns, wanted, lanes: Lanes::All(self.lanes) };
        let limits = Limits::of(&Budgets::default());
        let setting = Setting { gradient: true, limits, fuel: None, rounds: None };
        let ran = executor.specialize(&job, &setting).expect("the device runs").expect("it fits a kernel");
        assert!(ran.rest.strays.is_empty() && ran.rest.leavers.is_empty(), "{}: every lane has its number", self.name);
        let capture = executor.context().captured().expect("the device reads").expect("a capture was under way");
        assert!(capture.kernels().any(|kernel| kernel == text), "{}: another kernel ran", self.name);
        capture.dispatches()
    }

    /// Its row of the counts, and what the arithmetic needs of them.
    fn counted(&self) -> (String, Counts) {
        let [forward, gradient] = [false, true].map(|gradient| self.specialization(gradient));
        let source = &gradient.source;
        let written = source.written(false, false);
        let moved = |source: &Source| WORD * (source.columns() + source.rows());
        // How lanes end is cleared before every pass.
        let cleared = if source.may_end_without() { 2 * WORD } else { 0 };
        // Written on the way forward, read on the way back.
        let stack = 2 * WORD * gradient.rows.unwrap_or(0);
        assert!(!source.is_cut(), "{}: nothing is computed again from snapshots", self.name);
        let ran = self.dispatches(source);
        let (dispatches, said) = match source.pace() {
            Pace::Unrolled => (ran, ran.to_string()),
            // As many as a slice's time asks for on the device that runs.
            Pace::Together | Pace::Apart => (1, "slices".to_owned()),
        };
        let operations = self.operations(&gradient);
        let row = format!(
            "| {} | {} | {} | {} | {} | {} | {operations} | {} | {said} |",
            self.name,
            gradient.cost.entries,
            moved(&forward.source),
            moved(source),
            stack + cleared,
            self.operations(&forward),
            written.operations,
        );
        let (name, bytes) = (self.name.clone(), moved(source) + stack + cleared);
        (row, Counts { name, lanes: self.lanes, bytes, operations, dispatches })
    }

    /// Operations of a lane in one pass.
    fn operations(&self, specialization: &Specialization) -> usize {
        let written = specialization.source.written(false, false);
        if specialization.source.pace() == Pace::Unrolled {
            return written.operations; // every lane goes through the whole text
        }
        assert_eq!(specialization.source.pace(), Pace::Together, "{}: lanes have a common way", self.name);
        // Heads by block, each of which a lane is in once, begin with the form's number, from 1.
        let heads = &specialization.blocks[..specialization.heads];
        let form = |head: &[u32; 4]| (head[0] & ((1 << FORM_BITS) - 1)) as usize - 1;
        heads.iter().map(|head| written.by_form[form(head)].iter().sum::<usize>()).sum()
    }
}

#[test]
fn the_documentation_has_the_counts_of_the_kernels() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/performance.md");
    let text = fs::read_to_string(path).expect("the documentation");
    let (rows, counts): (Vec<String>, Vec<Counts>) =
        WORKLOADS.map(|name| Workload::of(name).counted()).into_iter().unzip();
    let rows: Vec<String> = rows.into_iter().chain(counts.iter().map(Counts::row)).collect();
    rows.iter().for_each(|row| println!("{row}"));
    let missing: Vec<&String> = rows.iter().filter(|row| text.lines().all(|line| line != **row)).collect();
    assert!(missing.is_empty(), "docs/performance.md does not have {missing:#?}");
    // A start of a fit over so many rows needs no kernel for sums between the charge and the step.
    assert_eq!([1024, 1025].map(|rows| parts(rows).len()), [1, 2]);
}
