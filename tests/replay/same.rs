//! Both tiers over the same lanes, compared bit for bit.

use std::sync::{Arc, OnceLock};

use evalgrad::engine::{Outputs, Way};
use evalgrad::{
    Batch, Device, Engine, Error, Gradients, Interpreter, Output, Program, Road, Settings, Status, Tier, Warning,
};

/// Both roads.
pub const ROADS: [Road; 2] = [Road::Interpreted, Road::Direct];

/// Lane counts around the sizes that blocks of lanes are cut at.
const COUNTS: [usize; 11] = [1, 15, 16, 17, 255, 256, 257, 511, 512, 513, 1000];

/// Numbers with which comparisons go wrong first.
const WILD: [f64; 12] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0, 1.0, -0.5, 2.0, 1e30, -1e-30, 0.5, 1.0];

/// Numbers of which some are no integers that fit.
pub const MIXED: [f64; 4] = [2.5, f64::NAN, 1e20, -0.5];

/// A precision of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    F32,
    F64,
}

/// Both precisions.
pub const PRECISIONS: [Precision; 2] = [Precision::F32, Precision::F64];

/// What a call gave, every NaN as the same one.
#[derive(Clone, Debug, PartialEq)]
pub struct Answers {
    pub values: Vec<u64>,
    pub gradients: Vec<(String, Vec<u64>)>,
    pub status: Vec<Status>,
    pub warnings: Vec<Warning>,
}

/// A host engine that shares its interpreter with all others of the process.
pub fn engine(settings: Settings) -> Engine {
    static INTERPRETER: OnceLock<Interpreter> = OnceLock::new();
    let interpreter = INTERPRETER.get_or_init(|| Interpreter::bootstrap().expect("the bootstrap compiles"));
    Engine::with_interpreter(Device::Cpu, interpreter.clone()).expect("an engine").with_settings(settings)
}

/// An engine on the best GPU, a software one included; `None` where there is leave to go without (see test.sh).
pub fn gpu(settings: Settings) -> Option<Engine> {
    let engine = Engine::with_interpreter(Device::Gpu, engine(settings).interpreter().clone()).expect("an engine");
    match engine.device_name() {
        Ok(_) => Some(engine.with_settings(settings)),
        Err(error) if std::env::var_os("EVALGRAD_ALLOW_NO_GPU").is_some_and(|value| value == "1") => {
            eprintln!("skipped: {error}");
            None
        }
        Err(error) => panic!("these tests need an adapter; ./test.sh installs one: {error}"),
    }
}

/// [`gpu`] with the settings that engines have, one for all tests of a process.
pub fn usual_gpu() -> Option<&'static Engine> {
    static ENGINE: OnceLock<Option<Engine>> = OnceLock::new();
    ENGINE.get_or_init(|| gpu(Settings::default())).as_ref()
}

/// A program that no engine has met.
pub fn parse(text: &str) -> Program {
    Program::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Bits that scatter (the finaliser of SplitMix64).
pub fn scattered(seed: u64) -> u64 {
    let mut bits = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// A lane's number for an input; the first letter of the name says of what kind.
pub fn number(name: &str, lane: usize) -> f64 {
    let seed = name.bytes().fold(7, |seed: u64, byte| seed * 257 + u64::from(byte));
    let bits = scattered(seed << 32 | lane as u64) as usize;
    match name.as_bytes()[0] {
        b'n' => (bits % 13) as f64,
        b'm' if bits.is_multiple_of(8) => MIXED[bits / 8 % MIXED.len()],
        b'm' => (bits % 11) as f64 - 3.0,
        b'w' => WILD[bits % WILD.len()],
        b'u' => (bits % 1024) as f64 / 1024.0,
        b'p' => 0.25 + (bits % 64) as f64 / 16.0,
        b'k' => lane as f64,
        _ => (bits % 81) as f64 / 8.0 - 5.0,
    }
}

/// A column for every input of a program.
pub fn columns(program: &Program, lanes: usize) -> Vec<Vec<f64>> {
    let column = |name: &str| (0..lanes).map(|lane| number(name, lane)).collect();
    program.inputs().iter().map(|input| column(&input.name)).collect()
}

/// A batch of these columns; one that is the same number everywhere, or of an input whose name starts with `c`, is bound as a
/// number for all lanes.
pub fn batch(program: &Program, columns: &[Vec<f64>], precision: Precision, road: Road, tier: Tier) -> Batch {
    let lanes = columns.first().map_or(3, Vec::len);
    let mut batch = Batch::new(program, lanes).road(road).tier(tier);
    for (input, column) in program.inputs().iter().zip(columns) {
        let bound = match precision {
            _ if input.name.starts_with('c') || is_uniform(column) => batch.bind(&input.name, column[0]),
            Precision::F32 => batch.bind(&input.name, column.iter().map(|&x| x as f32).collect::<Vec<f32>>()),
            Precision::F64 => batch.bind(&input.name, column),
        };
        batch = bound.expect("an input of the program");
    }
    batch
}

/// Is it one number, and not of one lane?
fn is_uniform(column: &[f64]) -> bool {
    column.len() > 1 && column.iter().all(|&number| bits(number) == bits(column[0]))
}

pub fn bits(number: f64) -> u64 {
    if number.is_nan() { f64::NAN.to_bits() } else { number.to_bits() }
}

/// What can be compared of a result.
pub fn answers<F: Copy + Into<f64>>(result: &Gradients<F>) -> Answers {
    let column = |values: &[F]| values.iter().map(|&value| bits(value.into())).collect::<Vec<u64>>();
    Answers {
        values: column(&result.values),
        gradients: result.grads.iter().map(|(name, values)| (name.to_owned(), column(values))).collect(),
        status: result.status.clone(),
        warnings: result.warnings.clone(),
    }
}

/// Values, gradients and statuses of a batch.
pub fn call(engine: &Engine, batch: &Batch, precision: Precision, wrt: &[&str]) -> Result<(Answers, Way), Error> {
    Ok(match precision {
        Precision::F32 => {
            let result = engine.value_and_grad(batch, wrt)?;
            (answers(&result), result.way)
        }
        Precision::F64 => {
            let result = engine.value_and_grad_f64(batch, wrt)?;
            (answers(&result), result.way)
        }
    })
}

/// Values of all kinds, with the bits of numbers.
fn outputs(engine: &Engine, batch: &Batch, precision: Precision) -> Result<(Vec<String>, Vec<Status>), Error> {
    let Outputs { values, status, .. } = match precision {
        Precision::F32 => engine.outputs(batch),
        Precision::F64 => engine.outputs_f64(batch),
    }?;
    let written = |value| match value {
        Some(Output::Number(number)) => format!("{:x}", bits(number)),
        other => format!("{other:?}"),
    };
    Ok((values.into_iter().map(written).collect(), status))
}

/// The first lane in which two results differ, with all that the lane has.
pub fn assert_same(found: &Answers, wanted: &Answers, inputs: &[Vec<f64>], what: &str) {
    let float = |bits: u64| f64::from_bits(bits);
    assert_eq!(found.values.len(), found.status.len(), "{what}");
    for lane in 0..found.values.len() {
        let of = |answers: &Answers| {
            let gradient: Vec<_> =
                answers.gradients.iter().map(|(name, column)| (name.clone(), column[lane])).collect();
            (answers.values[lane], gradient, answers.status[lane].clone())
        };
        let (a, b) = (of(found), of(wanted));
        if a != b {
            let shown = |(value, gradient, status): (u64, Vec<(String, u64)>, Status)| {
                let gradient: Vec<_> = gradient.into_iter().map(|(name, bits)| (name, float(bits))).collect();
                format!("{:?} {gradient:?} {status:?}", float(value))
            };
            let inputs: Vec<f64> = inputs.iter().map(|column| column[lane]).collect();
            panic!(
                "{what}\nlane {lane} of {}, inputs {inputs:?}\nis  {}\nnot {}",
                found.values.len(),
                shown(a),
                shown(b)
            );
        }
    }
}

/// The first lanes of a result.
fn prefix(answers: &Answers, count: usize) -> Answers {
    let first = |column: &[u64]| column[..count].to_vec();
    Answers {
        values: first(&answers.values),
        gradients: answers.gradients.iter().map(|(name, column)| (name.clone(), first(column))).collect(),
        status: answers.status[..count].to_vec(),
        warnings: Vec::new(),
    }
}

/// How a program is compared.
#[derive(Clone, Copy)]
pub struct Comparison<'a> {
    pub text: &'a str,
    pub lanes: usize,
    pub settings: Settings,
    /// Leaves out lanes in other numbers and orders.
    pub is_short: bool,
    /// Has it too many stretches for a kernel of its own?
    pub is_too_large: bool,
}

impl<'a> Comparison<'a> {
    pub fn new(text: &'a str, lanes: usize) -> Comparison<'a> {
        Comparison { text, lanes, settings: Settings::default(), is_short: false, is_too_large: false }
    }

    /// Compares on both roads in both precisions; gives how the replays ran.
    pub fn run(self) -> Vec<Way> {
        let both = |road| PRECISIONS.map(|precision| self.on(road, precision));
        ROADS.into_iter().flat_map(both).collect()
    }

    /// Compares a replay on a device with what the host's tiers gave.
    fn on_device(
        self,
        road: Road,
        wrt: &[&str],
        (wanted, all): (&Answers, &[Vec<f64>]),
        (kinds, host): (&(Vec<String>, Vec<Status>), &Way),
        what: &str,
    ) {
        let own = if self.settings == Settings::default() { None } else { gpu(self.settings) };
        let Some(engine) = own.as_ref().or_else(|| usual_gpu()) else { return };
        // Another program, so that what the one learns does not help the other.
        let special = batch(&parse(self.text), all, Precision::F32, road, Tier::Specialize);
        // The second call may know more paths, and so may be the first that finds too many of them.
        let calls = call(engine, &special, Precision::F32, wrt).and_then(|first| {
            assert_eq!(first.1.tier, Tier::Specialize);
            assert_same(&first.0, wanted, all, &format!("{what}, specialized"));
            assert_eq!(first.0.warnings, wanted.warnings, "{what}, specialized: warnings");
            outputs(engine, &special, Precision::F32)
        });
        match calls {
            Ok(found) => {
                assert!(!self.is_too_large, "{what}: it fits a kernel");
                for lane in 0..found.0.len() {
                    let place = format!("{what}, specialized, lane {lane}");
                    assert_eq!((&found.0[lane], &found.1[lane]), (&kinds.0[lane], &kinds.1[lane]), "{place}");
                }
            }
            Err(Error::Unsupported(why)) => assert!(self.is_too_large, "{what}: {why}"),
            Err(error) => panic!("{what}, specialized: {error}"),
        }
        let batch = batch(&parse(self.text), all, Precision::F32, road, Tier::Replay);
        let (found, way) = call(engine, &batch, Precision::F32, wrt).expect("a call without mistakes");
        assert_eq!(way.tier, Tier::Replay);
        assert_same(&found, wanted, all, what);
        assert_eq!(found.warnings, wanted.warnings, "{what}: warnings");
        let found = outputs(engine, &batch, Precision::F32).expect("a call without mistakes");
        // Values that are no numbers may have holes, with which a device leaves them to be interpreted.
        let is_number = |value: &&String| !value.contains('"') && !value.contains("None");
        let numbers = found.0.iter().filter(is_number).count();
        let replayed = found.0.len() - way.interpreted;
        assert!(replayed > 0 || numbers == 0, "{what}: {way:?}");
        assert!(replayed + host.interpreted >= numbers, "{what}: {way:?}, the host's {host:?}");
        for lane in 0..found.0.len() {
            assert_eq!((&found.0[lane], &found.1[lane]), (&kinds.0[lane], &kinds.1[lane]), "{what}, lane {lane}");
        }
    }

    /// Compares on one road in one precision.
    pub fn on(self, road: Road, precision: Precision) -> Way {
        let engine = engine(self.settings);
        let what = |more: &str| format!("{} ({road}, {precision:?}, {more})", self.text);
        let program = parse(self.text);
        let names: Vec<Arc<str>> = program.inputs().iter().map(|input| input.name.clone()).collect();
        let wrt: Vec<&str> = names.iter().map(|name| &**name).collect();
        let all = columns(&program, self.lanes);
        let run = |program: &Program, columns: &[Vec<f64>], tier: Tier| {
            let batch = batch(program, columns, precision, road, tier);
            call(&engine, &batch, precision, &wrt).expect("a call without mistakes")
        };
        let (wanted, _) = run(&program, &all, Tier::Interpret);
        let (found, way) = run(&program, &all, Tier::Replay);
        assert_eq!(way.tier, Tier::Replay);
        assert_same(&found, &wanted, &all, &what("all lanes"));
        assert_eq!(found.warnings, wanted.warnings, "{}", what("warnings"));
        let kinds = |tier| {
            outputs(&engine, &batch(&program, &all, precision, road, tier), precision).expect("a call without mistakes")
        };
        let (found, other) = (kinds(Tier::Replay), kinds(Tier::Interpret));
        for (lane, pair) in found.0.iter().zip(&found.1).zip(other.0.iter().zip(&other.1)).enumerate() {
            assert_eq!(pair.0, pair.1, "{}, lane {lane}", what("of all kinds"));
        }
        if precision == Precision::F32 {
            self.on_device(road, &wrt, (&wanted, &all), (&other, &way), &what("on a device"));
        }
        if self.is_short || names.is_empty() {
            return way;
        }
        for count in COUNTS.into_iter().filter(|&count| count < self.lanes) {
            let some: Vec<Vec<f64>> = all.iter().map(|column| column[..count].to_vec()).collect();
            let (found, _) = run(&parse(self.text), &some, Tier::Replay);
            assert_same(&found, &prefix(&wanted, count), &some, &what("the first lanes"));
        }
        // Other lanes are the first ones to show a way; then all ways are known.
        let program = parse(self.text);
        for known in ["the other way round", "known paths"] {
            let backwards: Vec<Vec<f64>> = all.iter().map(|column| column.iter().rev().copied().collect()).collect();
            let mut turned = wanted.clone();
            turned.values.reverse();
            turned.status.reverse();
            turned.gradients.iter_mut().for_each(|(_, column)| column.reverse());
            let is_uniform = names.iter().any(|name| name.starts_with('c'));
            if is_uniform {
                break;
            }
            let (found, _) = run(&program, &backwards, Tier::Replay);
            assert_same(&found, &turned, &backwards, &what(known));
        }
        way
    }
}

/// [`same`] of programs with too many stretches for kernels of their own.
pub fn same_but_too_large(texts: &[&str]) {
    texts.iter().for_each(|text| _ = Comparison { is_too_large: true, ..Comparison::new(text, 1001) }.run());
}

/// Compares each of these programs, 1,000 lanes each.
pub fn same(texts: &[&str]) {
    texts.iter().for_each(|text| _ = Comparison::new(text, 1001).run());
}
