//! Whole runs of Adam on a device: the bits of the host's twin, what is read back on the way, and fits that end where the host's do.

mod common;

use std::sync::{Mutex, MutexGuard, PoisonError};

use common::descents::{Model, assert_same, oscillator, starts};
use common::recorded::device;
use evalgrad::descent::twin;
use evalgrad::descent::{Halt, Loss, Measured, Problem, Start, State};
use evalgrad::device::descent::{Descent, Why};
use evalgrad::device::resident::Resident;
use evalgrad::device::{Binding, Buffer, Executor, Kernel, Selection, Work as Steps};
use evalgrad::fit::{Optimizer, Progress};
use evalgrad::{Device, Engine, Fit, Program, Table, Tier};

/// Bytes that come back are counted for all that use the device, one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn a_run_has_the_twin_s_bits_under_every_loss() {
    let _alone = alone();
    for (loss, rows, copies) in
        [(Loss::Squared, 150, 6), (Loss::SoftL1, 33, 6), (Loss::Huber, 1500, 4), (Loss::Cauchy, 7, 1)]
    {
        let (model, target, sigma) = oscillator(rows);
        let starts = starts(6);
        let problem = Problem::new(Measured::new(&target, Some(&sigma), loss, 0.3), (&starts, 3), 0.05, 250);
        let state = State::begin(&starts, 3);
        let mut expected = state.clone();
        twin::advance(&problem, &mut expected, 300, &mut |point| model.rows(point));
        let resident = model.resident(copies);
        let mut descent = Descent::new(device(), &problem, resident.as_ref(), &model.inputs).expect("it has room");
        let found = descent.run(&state, None).expect("the device runs");
        assert_same(&found, &expected, &format!("{loss:?} over {rows} rows"));
        assert!((0..6).any(|start| found.halt(start) != Halt::Failed && found.steps(start) > 90));
    }
}

#[test]
fn more_parameters_than_an_invocation_sums_and_one_that_nothing_reads() {
    let _alone = alone();
    let x: Vec<f64> = (0..90).map(|row| f64::from(row) / 45.0 - 1.0).collect();
    let target: Vec<f64> = x.iter().map(|x| 1e5 + 3e4 * x - 2e4 * x * x * x).collect();
    let text = "(begin g (+ a (* x (+ b (* x (+ c (* x (+ d (* x e)))))))))";
    let model = Model::of(text, &["e", "a", "g", "b", "c", "d"], &[("x", &x)]);
    let start = |index: usize| {
        let begin = (index * 29 % 13) as f64 * 1e4 - 6e4;
        Start { begin, lower: -2e5, upper: 1e5, size: 1e4 }
    };
    let starts: Vec<Start> = (0..18).map(start).collect();
    let problem = Problem::new(Measured::new(&target, None, Loss::Squared, 1.0), (&starts, 6), 0.05, 220);
    let state = State::begin(&starts, 6);
    let mut expected = state.clone();
    twin::advance(&problem, &mut expected, 230, &mut |point| model.rows(point));
    let resident = model.resident(2);
    let mut descent = Descent::new(device(), &problem, resident.as_ref(), &model.inputs).expect("it has room");
    let found = descent.run(&state, None).expect("the device runs");
    assert_same(&found, &expected, "six parameters");
    for start in 0..3 {
        assert_eq!(found.best_at(2, start), starts[6 * start + 2].begin, "nothing moves what nothing reads");
        assert_ne!(found.best_at(0, start), starts[6 * start].begin);
    }
}

#[test]
fn a_run_goes_on_from_a_checkpoint_with_the_same_bits() {
    let _alone = alone();
    let (model, target, _) = oscillator(200);
    let starts = starts(5);
    let problem = Problem::new(Measured::new(&target, None, Loss::Cauchy, 0.1), (&starts, 3), 0.05, 400);
    let state = State::begin(&starts, 3);
    let resident = model.resident(5);
    let begun = || Descent::new(device(), &problem, resident.as_ref(), &model.inputs).expect("it has room");
    let whole = begun().run(&state, None).expect("the device runs");
    let mut cut = begun();
    cut.begin(&state).expect("the device runs");
    let mut checkpoints = Vec::new();
    while cut.going() > 0 {
        cut.advance().expect("the device runs");
        checkpoints.push(cut.state().expect("the device runs"));
    }
    assert!(checkpoints.len() > 3, "there is something to go on from");
    assert_same(checkpoints.last().expect("one"), &whole, "with a look at every submission");
    for checkpoint in &checkpoints[..3] {
        // A device that knows nothing of what came before.
        let other = Executor::open(&Selection::Best).expect("an adapter");
        let fresh = model.resident_on(&other, 2);
        let mut descent = Descent::new(&other, &problem, fresh.as_ref(), &model.inputs).expect("it has room");
        assert_same(&descent.run(checkpoint, None).expect("the device runs"), &whole, "from a checkpoint");
    }
}

#[test]
fn sixty_four_starts_read_back_a_few_words_a_submission() {
    let _alone = alone();
    let (model, target, _) = oscillator(300);
    let starts = starts(64);
    let measured = Measured::new(&target, None, Loss::Squared, 1.0);
    let problem = Problem::new(measured, (&starts, 3), 0.01, 300);
    let resident = model.resident(64);
    let mut descent = Descent::new(device(), &problem, resident.as_ref(), &model.inputs).expect("it has room");
    descent.begin(&State::begin(&starts, 3)).expect("the device runs");
    let read_back = || device().context().bytes_read_back();
    let before = read_back();
    while descent.going() > 0 {
        descent.advance().expect("the device runs");
    }
    let (bytes, effort) = (read_back() - before, descent.effort());
    // The stamp, how often each of four kernels ran (one sum is one level here), starts that go on, lanes that strayed.
    assert_eq!(bytes, 4 * 7 * effort.submissions as u64);
    assert!(effort.iterations >= 200 && effort.submissions < effort.iterations, "{effort:?}");
    // What somebody asks for is what comes.
    let before = read_back();
    descent.sight().expect("the device runs");
    assert_eq!(read_back() - before, 2 * 4 * 64);
    let before = read_back();
    let state = descent.state().expect("the device runs");
    assert_eq!(read_back() - before, size_of_val(state.words()) as u64);
}

/// A model whose lanes stray where the first parameter is above a limit.
struct Straying {
    model: Box<dyn Resident>,
    kernel: Kernel,
    limit: Buffer,
}

impl Straying {
    fn of(model: Box<dyn Resident>, input: usize, limit: f32) -> Straying {
        let text = "@group(0) @binding(0) var<storage, read> columns: array<f32>;
            @group(0) @binding(1) var<storage, read_write> mark: array<u32>;
            @group(0) @binding(2) var<storage, read> limit: array<vec4<f32>>;
            @compute @workgroup_size(1) fn stray() {
                let first = u32(limit[0].y);
                for (var lane = 0u; lane < u32(limit[0].z); lane++) {
                    if columns[first + lane] > limit[0].x {
                        mark[1] += 1u;
                    }
                }
            }";
        let bindings = [Binding::ReadOnly, Binding::ReadWrite, Binding::ReadOnly];
        let kernel = device().context().kernel("stray", text, "stray", &bindings).expect("a kernel");
        let column = model.column(input).expect("a column");
        let words = [limit, (column * model.lanes()) as f32, model.lanes() as f32, 0.0];
        let limit = device().context().buffer_from("limit", &words).expect("a buffer");
        Straying { model, kernel, limit }
    }
}

impl Resident for Straying {
    fn lanes(&self) -> usize {
        self.model.lanes()
    }
    fn columns(&self) -> &Buffer {
        self.model.columns()
    }
    fn column(&self, input: usize) -> Option<usize> {
        self.model.column(input)
    }
    fn rows(&self) -> &Buffer {
        self.model.rows()
    }
    fn row(&self, input: usize) -> usize {
        self.model.row(input)
    }
    fn mark(&self) -> (&Buffer, u32) {
        self.model.mark()
    }
    fn evaluate(&self, work: &mut Steps, lanes: usize) {
        self.model.evaluate(work, lanes);
        work.dispatch(&self.kernel, &[self.columns(), self.mark().0, &self.limit], [1, 1]);
    }
}

#[test]
fn a_submission_with_a_stray_is_undone_up_to_the_iteration_before() {
    let _alone = alone();
    let (model, target, _) = oscillator(64);
    // A goes up from 1 by .01 a step; the lanes of this start stray above 1.5.
    let start = |begin, size| Start { begin, lower: f64::NEG_INFINITY, upper: f64::INFINITY, size };
    let starts = [start(1.0, 0.2), start(0.5, 1e-3), start(3.0, 1e-3)];
    let problem = Problem::new(Measured::new(&target, None, Loss::Squared, 1.0), (&starts, 3), 0.05, 99);
    let state = State::begin(&starts, 3);
    let whole = model.resident(1);
    let ended = |resident: &dyn Resident, state: &State| {
        Descent::new(device(), &problem, resident, &model.inputs).expect("it has room").run(state, None)
    };
    let expected = ended(whole.as_ref(), &state).expect("nothing strays");
    let straying = Straying::of(model.resident(1), model.inputs[0], 1.5);
    let stopped = ended(&straying, &state).expect_err("lanes stray");
    assert_eq!(stopped.why, Why::Strayed(64));
    // The checkpoint is the first state whose point is above the limit.
    let mut twin = state.clone();
    let mut before = 0;
    while twin.point(0, 0) <= 1.5 {
        twin::advance(&problem, &mut twin, 1, &mut |point| model.rows(point));
        before += 1;
    }
    assert!(before > 20, "some submissions were good");
    assert_same(&stopped.checkpoint, &twin, "the checkpoint");
    assert_same(&ended(whole.as_ref(), &stopped.checkpoint).expect("nothing strays"), &expected, "from there on");
}

#[test]
fn a_start_without_a_number_fails_alone() {
    let _alone = alone();
    let x: Vec<f64> = (0..40).map(f64::from).collect();
    let target: Vec<f64> = x.iter().map(|x| 3.0 * (x + 2.0).sqrt()).collect();
    let model = Model::of("(* b (sqrt (+ a x)))", &["a", "b"], &[("x", &x)]);
    let start = |begin, size| Start { begin, lower: f64::NEG_INFINITY, upper: f64::INFINITY, size };
    // The second one begins where √ has no number, the third leaves it by a large step.
    let starts =
        [start(1.0, 1.0), start(1.0, 1.0), start(-1.0, 1.0), start(2.0, 1.0), start(9.0, 400.0), start(9.0, 1.0)];
    let problem = Problem::new(Measured::new(&target, None, Loss::Squared, 1.0), (&starts, 2), 0.05, 120);
    let state = State::begin(&starts, 2);
    let mut expected = state.clone();
    twin::advance(&problem, &mut expected, 130, &mut |point| model.rows(point));
    let resident = model.resident(3);
    let mut descent = Descent::new(device(), &problem, resident.as_ref(), &model.inputs).expect("it has room");
    let found = descent.run(&state, None).expect("the device runs");
    assert_same(&found, &expected, "with failures");
    assert_eq!([0, 1, 2].map(|start| found.halt(start)), [Halt::Steps, Halt::Failed, Halt::Failed]);
    assert_eq!(found.steps(1), 0);
    assert!(found.best(1)[0].is_infinite() && found.best(2)[0].is_finite() && found.steps(2) > 0);
}

#[test]
fn a_fit_on_the_device_ends_where_the_host_s_does() {
    let _alone = alone();
    let program = Program::parse("(* A (* (exp (- (* b x))) (cos (* w x))))").expect("a program");
    let (_, target, sigma) = oscillator(120);
    let line = |row: usize| format!("{},{},{}", 6.0 * row as f64 / 120.0, target[row], sigma[row]);
    let lines: Vec<String> = (0..120).map(line).collect();
    let table = Table::from_reader(format!("x,y,s\n{}\n", lines.join("\n")).as_bytes()).expect("a table");
    for (loss, tier) in [(Loss::Squared, Tier::Specialize), (Loss::Huber, Tier::Auto)] {
        let fit = |device, tier| {
            let engine = Engine::new(device).expect("an engine");
            let fit =
                Fit::new(&program).target("y").sigma("s").data(&table).optimizer(Optimizer::Adam).loss(loss).tier(tier);
            let fit = ["A in [0.5,4]", "b in [0.05,2]", "w in [1,6]"]
                .into_iter()
                .fold(fit, |fit, text| fit.parameter(text.parse().expect("a parameter")));
            fit.starts(16).iterations(400).seed(5).run(&engine).expect("it fits")
        };
        let (host, gpu) = (fit(Device::Cpu, Tier::Auto), fit(Device::Gpu, tier));
        assert!(host.converged && gpu.converged, "{gpu}");
        for (ours, theirs) in gpu.parameters.iter().zip(&host.parameters) {
            assert!((ours.value - theirs.value).abs() < 1e-9, "{gpu}\n{host}");
        }
        assert_eq!(gpu.device, device().name());
        assert!(gpu.notes[0].contains("iterations of all starts in"), "{:?}", gpu.notes);
        assert!(host.notes.is_empty());
    }
}

#[test]
fn a_program_that_branches_has_the_twin_s_bits() {
    let _alone = alone();
    let x: Vec<f64> = (0..70).map(|row| f64::from(row) / 10.0).collect();
    let target: Vec<f64> = x.iter().map(|&x| if x < 3.0 { 0.7 * x } else { 2.1 + 0.2 * (x - 3.0) }).collect();
    let text =
        "(if (< x c) (* a x) (let loop ((i 0) (y (* a c))) (if (= i 3) (+ y (* b (- x c))) (loop (+ i 1) (* y y)))))";
    let model = Model::of(text, &["a", "b", "c"], &[("x", &x)]);
    let start = |begin, size| Start { begin, lower: f64::NEG_INFINITY, upper: f64::INFINITY, size };
    let starts: Vec<Start> =
        [0.3, 0.4, 0.6].into_iter().flat_map(|begin| [start(begin, 0.1), start(1.0, 0.1), start(2.5, 0.1)]).collect();
    let problem = Problem::new(Measured::new(&target, None, Loss::Huber, 0.5), (&starts, 3), 0.05, 150);
    let state = State::begin(&starts, 3);
    let mut expected = state.clone();
    twin::advance(&problem, &mut expected, 160, &mut |point| model.rows(point));
    let resident = model.resident(3);
    let mut descent = Descent::new(device(), &problem, resident.as_ref(), &model.inputs).expect("it has room");
    let found = descent.run(&state, None).expect("the device runs");
    assert_same(&found, &expected, "with a branch");
    assert!((0..3).all(|start| found.steps(start) > 50), "they go on");
}

#[test]
fn a_program_with_too_many_ways_is_driven_by_the_host_and_says_so() {
    let _alone = alone();
    // A loop of as many steps as the data say: a kernel of its own has a loop over blocks.
    let program = Program::parse("(let loop ((i 0.) (y a)) (if (< i (* 100. x)) (loop (+ i 1.) (* y c)) y))");
    let program = program.expect("a program");
    let row = |row: u32| format!("{},{}", row, 0.7 * 0.999f64.powi(100 * row as i32));
    let lines: Vec<String> = (0..12).map(row).collect();
    let table = Table::from_reader(format!("x,y\n{}\n", lines.join("\n")).as_bytes()).expect("a table");
    let engine = Engine::new(Device::Gpu).expect("an engine");
    let fit = |tier| {
        let fit = Fit::new(&program).target("y").data(&table).value("c", 0.999).optimizer(Optimizer::Adam).tier(tier);
        fit.parameter("a in [0,3]".parse().expect("a parameter")).starts(4).iterations(20).run(&engine)
    };
    for tier in [Tier::Auto, Tier::Specialize] {
        let report = fit(tier).expect("it fits");
        assert!((report.parameter("a").expect("it is there").value - 0.7).abs() < 1e-9, "{report}");
        assert_eq!(report.device, device().name());
        assert!(report.notes[0].contains("the host drove the device step by step"), "{:?}", report.notes);
    }
    // A tier that was named does what it says.
    let replayed = fit(Tier::Replay).expect("it fits");
    assert!(replayed.notes[0].contains("another tier was asked for"), "{:?}", replayed.notes);
}

#[test]
fn who_watches_is_told_and_a_program_without_data_is_the_host_s() {
    let _alone = alone();
    let engine = Engine::new(Device::Gpu).expect("an engine");
    let lines: Vec<String> = (0..40).map(|row| format!("{row},{}", 3.0 + 0.25 * f64::from(row))).collect();
    let table = Table::from_reader(format!("x,y\n{}\n", lines.join("\n")).as_bytes()).expect("a table");
    let fit = |text: &str, seen: &mut Vec<(usize, f64)>| {
        let program = Program::parse(text).expect("a program");
        let fit = Fit::new(&program).target("y").data(&table).optimizer(Optimizer::Adam).starts(8).iterations(150);
        let fit = fit.parameter("a in [-9,9]".parse().expect("a parameter"));
        let mut see = |progress: Progress| seen.push((progress.iteration, progress.best));
        fit.run_with(&engine, &mut see).expect("it fits")
    };
    let mut seen = Vec::new();
    let report = fit("(+ a (* 0.25 x))", &mut seen);
    assert!((report.parameter("a").expect("it is there").value - 3.0).abs() < 1e-9, "{report}");
    // Adam's own words come first: few, the last one from its end.
    assert!(seen[0].0 > 0 && seen[0].1.is_finite() && seen.len() < 40, "{seen:?}");
    let report = fit("(begin a 4.0)", &mut Vec::new());
    assert!(!report.converged && report.notes[0].contains("the host drove"), "{report} {:?}", report.notes);
}
