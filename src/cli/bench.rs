//! `bench`: time per lane of a program, forward and with its gradient, inputs and outputs resident.

use std::collections::HashSet;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use evalgrad::engine::{Passes, Precision, Prepared};
use evalgrad::fit::multistart::uniform;
use evalgrad::machine::work::Column;
use evalgrad::reader::Source;
use evalgrad::tape::Entry;
use evalgrad::{Batch, Device, Engine, Program, Status, Tier};
use serde_json::{Map, Value, json};

use super::args::{BenchArgs, Binding, PrecisionArg};
use super::failure::{DONE, FAILED, Failure};
use super::lanes;
use super::output::{Align, Console, number, print, print_json, table};
use super::source::{self, Text};

/// All passes of a call together take no longer, once each kind has run.
const LONGEST: Duration = Duration::from_secs(10);

/// `bench`.
pub fn bench(args: &BenchArgs, console: &Console) -> Result<ExitCode, Failure> {
    let text = Text::of(args.file.as_deref(), &args.program)?;
    let given = source::Given { shapes: source::shapes(&args.set)?, ..source::Given::default() };
    let program = source::program(&text, &args.program, given, false, console)?;
    let names = parameters(&program, &args.params)?;
    let batch = batch(&program, args)?;
    let engine = lanes::engine(&args.run, console)?;
    let job = Job { args, batch: &batch, names: &names, engine: &engine, console };
    match (engine.device(), args.run.precision) {
        (Device::Gpu | Device::Named(_), _) => job.on_device(),
        (_, PrecisionArg::F32) => job.on_host::<f32>(),
        (_, PrecisionArg::F64) => job.on_host::<f64>(),
    }
}

/// The inputs to differentiate by, each once: those asked for, else the program's own parameters.
fn parameters(program: &Program, asked: &[String]) -> Result<Vec<String>, Failure> {
    let own = || program.inputs().iter().filter(|input| input.start.is_some()).map(|input| input.name.to_string());
    let mut names: Vec<String> = match asked {
        [] => own().collect(),
        asked => super::binding::names(asked).flat_map(|name| program.elements(name)).collect(),
    };
    names.iter().try_for_each(|name| program.input(name).map(|_| ()))?;
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    Ok(names)
}

/// Lanes with every input bound or drawn.
fn batch(program: &Program, args: &BenchArgs) -> Result<Batch, Failure> {
    let count = args.lanes as usize;
    let mut batch = Batch::new(program, count).tier(lanes::tier(&args.run)).road(lanes::road(args.run.road));
    for binding in source::once(&args.set)? {
        if let Some((_, elements)) = source::elements(binding)? {
            batch = batch.bind_elements(&binding.name, &elements)?;
            continue;
        }
        let input = program.input(&binding.name)? as u64;
        batch = match range(binding)? {
            None => batch.bind(&binding.name, binding.number().map_err(Failure::usage)?)?,
            Some((low, high)) => {
                let draw = |lane: u64| low + (high - low) * uniform(args.seed, [input, lane, 0, 0]);
                match args.run.precision {
                    PrecisionArg::F32 => batch
                        .bind(&binding.name, (0..count as u64).map(|lane| draw(lane) as f32).collect::<Vec<f32>>())?,
                    PrecisionArg::F64 => {
                        batch.bind(&binding.name, (0..count as u64).map(draw).collect::<Vec<f64>>())?
                    }
                }
            }
        };
    }
    match batch.columns() {
        Ok(_) => Ok(batch),
        Err(error) => Err(lanes::missing(error, "--set NAME=VALUE or --set NAME=LO..HI")),
    }
}

/// `LO..HI`, if that is what the binding says.
fn range(binding: &Binding) -> Result<Option<(f64, f64)>, Failure> {
    let Some((low, high)) = binding.text.split_once("..") else { return Ok(None) };
    let part = |text: &str| {
        Binding { name: binding.name.clone(), text: text.trim().to_owned() }.number().map_err(Failure::usage)
    };
    let (low, high) = (part(low)?, part(high)?);
    if !(low.is_finite() && high.is_finite() && low <= high) {
        let (name, text) = (&binding.name, &binding.text);
        return Err(Failure::usage(format!(
            "--set {name}={text}: a range goes from a finite number to one not below it"
        )));
    }
    Ok(Some((low, high)))
}

/// What a bench found.
struct Found {
    device: String,
    tier: Tier,
    forward: Duration,
    gradient: Option<Duration>,
    recording: Duration,
    compiling: Duration,
    bytes_per_lane: usize,
    /// Bytes a second that copies in the memory move which the lanes lie in.
    bandwidth: f64,
    interpreted: usize,
    mean_value: f64,
    mean_grads: Vec<f64>,
    ends: Ends,
}

/// How lanes ended that are not ok.
struct Ends {
    /// Those without a number.
    failed: usize,
    /// The first of them.
    first: Option<(usize, Status)>,
    /// Those whose value or gradient is not finite.
    non_finite: usize,
}

/// One `bench`.
struct Job<'a> {
    args: &'a BenchArgs,
    batch: &'a Batch,
    names: &'a [String],
    engine: &'a Engine,
    console: &'a Console,
}

impl Job<'_> {
    fn on_host<F: Precision>(&self) -> Result<ExitCode, Failure> {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let mut prepared: Prepared<'_, F> = self.engine.prepare(self.batch, &names)?;
        let (forward, gradient) = self.time(|with_gradient| {
            if with_gradient {
                prepared.gradient()
            } else {
                prepared.forward()
            }
            Ok(())
        })?;
        let way = prepared.way();
        lanes::why(self.console, &way);
        let entries = |lane: &[Entry<F>]| count(lane);
        let (operations, guards) = entries(&self.engine.trace::<F>(self.batch, 0)?.tape);
        let (values, grads) = (prepared.values(), (0..names.len()).map(|index| prepared.gradient_by(index)));
        let grads: Vec<&[F]> = grads.collect();
        let mut failed = prepared.failed().peekable();
        let first = failed.peek().cloned();
        let failed: HashSet<usize> = failed.map(|(lane, _)| lane).collect();
        let is_finite = |lane: usize| {
            let grads = || grads.iter().map(|column| column[lane]);
            values[lane].wide().is_finite() && grads().all(|slope| slope.wide().is_finite())
        };
        let non_finite = (0..values.len()).filter(|&lane| !is_finite(lane) && !failed.contains(&lane)).count();
        // A lane without a number has no gradient either.
        let slope = |slope: &F| if failed.is_empty() { slope.wide() } else { f64::NAN };
        let found = Found {
            device: evalgrad::engine::CPU.to_owned(),
            tier: way.tier,
            forward,
            gradient,
            recording: prepared.recording(),
            compiling: Duration::ZERO,
            bandwidth: evalgrad::host::bandwidth(),
            bytes_per_lane: way.bytes_per_lane,
            interpreted: way.interpreted,
            mean_value: mean(values.iter().map(|value| value.wide())),
            mean_grads: grads.iter().map(|column| mean(column.iter().map(slope))).collect(),
            ends: Ends { failed: failed.len(), first, non_finite },
        };
        self.report(&found, operations, guards)
    }

    fn on_device(&self) -> Result<ExitCode, Failure> {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let (repeat, share) = (self.args.repeat as usize, LONGEST / if names.is_empty() { 1 } else { 2 });
        let forward = self.engine.time_on_device(self.batch, &[], repeat, share)?;
        let gradient = match &names[..] {
            [] => None,
            names => Some(self.engine.time_on_device(self.batch, names, repeat, share)?),
        };
        let median = |passes: &Passes| passes.times[passes.times.len() / 2];
        let timed = &gradient.as_ref().unwrap_or(&forward).way;
        lanes::why(self.console, timed);
        let out = self.engine.value_and_grad(&self.batch.clone().tier(timed.tier), &names)?;
        let (operations, guards) = count(&self.engine.trace::<f32>(self.batch, 0)?.tape);
        let way = &out.way;
        // Recording is the host's, whatever replays.
        let mut host = self.engine.prepare::<f32>(&self.batch.clone().tier(Tier::Replay), &names)?;
        if way.tier != Tier::Interpret {
            host.forward();
        }
        let failed = || (0..out.status.len()).filter(|&lane| !out.status[lane].has_value());
        let found = Found {
            device: out.device.to_string(),
            tier: way.tier,
            forward: median(&forward),
            gradient: gradient.as_ref().map(median),
            recording: host.recording(),
            compiling: forward.compiling + gradient.as_ref().map_or(Duration::ZERO, |passes| passes.compiling),
            bandwidth: self.engine.bandwidth()?,
            bytes_per_lane: match way.tier {
                Tier::Interpret => out.tape * size_of::<Entry<f32>>(),
                _ => way.bytes_per_lane,
            },
            interpreted: if way.tier == Tier::Interpret { self.batch.lanes() } else { way.interpreted },
            mean_value: mean(out.values.iter().copied().map(f64::from)),
            mean_grads: out.grads.iter().map(|(_, column)| mean(column.iter().copied().map(f64::from))).collect(),
            ends: Ends {
                failed: failed().count(),
                first: failed().next().map(|lane| (lane, out.status[lane].clone())),
                non_finite: out.status.iter().filter(|status| !status.is_ok() && status.has_value()).count(),
            },
        };
        self.report(&found, operations, guards)
    }

    /// Bytes that a lane's inputs and results take: what any way to run it must move.
    fn bytes_moved(&self, results: usize) -> Result<f64, Failure> {
        let is_column = |column: &&Column| !matches!(column, Column::Uniform(_));
        let columns = self.batch.columns()?.iter().filter(is_column).count();
        let size = if self.args.run.precision == PrecisionArg::F64 { 8 } else { 4 };
        Ok((size * (columns + results)) as f64)
    }

    /// The medians of both kinds of pass; the first pass of each is not counted.
    fn time(&self, mut pass: impl FnMut(bool) -> Result<(), Failure>) -> Result<(Duration, Option<Duration>), Failure> {
        let kinds: &[bool] = if self.names.is_empty() { &[false] } else { &[false, true] };
        let begun = Instant::now();
        let mut medians = Vec::with_capacity(2);
        for (index, &kind) in kinds.iter().enumerate() {
            pass(kind)?;
            let share = LONGEST * (index as u32 + 1) / kinds.len() as u32;
            let mut times = Vec::new();
            while times.len() < self.args.repeat as usize && (times.is_empty() || begun.elapsed() < share) {
                let start = Instant::now();
                pass(kind)?;
                times.push(start.elapsed());
            }
            times.sort_unstable();
            medians.push(times[times.len() / 2]);
        }
        Ok((medians[0], medians.get(1).copied()))
    }

    fn report(&self, found: &Found, operations: usize, guards: usize) -> Result<ExitCode, Failure> {
        let count = self.batch.lanes();
        let per_lane = |time: Duration| time.as_secs_f64() * 1e9 / count as f64;
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        let moved = self.bytes_moved(1 + if found.gradient.is_some() { self.names.len() } else { 0 })?;
        let nanos = per_lane(found.gradient.unwrap_or(found.forward));
        let share = moved / found.bandwidth * 1e9 / nanos;
        if self.console.json {
            let grads: Map<String, Value> =
                self.names.iter().zip(&found.mean_grads).map(|(name, &mean)| (name.clone(), number(mean))).collect();
            print_json(&json!({
                "device": found.device,
                "tier": found.tier.to_string(),
                "road": self.batch.road_asked().to_string(),
                "lanes": count,
                "tape_ops": operations,
                "guards": guards,
                "forward_ns_per_lane": per_lane(found.forward),
                "gradient_ns_per_lane": found.gradient.map(per_lane),
                "record_ms": millis(found.recording),
                "compile_ms": millis(found.compiling),
                "bytes_per_lane": found.bytes_per_lane,
                "bytes_moved_per_lane": moved,
                "memory_bytes_per_second": found.bandwidth,
                "share_of_memory_limit": share,
                "tape_ops_per_second": operations as f64 / nanos * 1e9,
                "interpreted_lanes": found.interpreted,
                "failed_lanes": found.ends.failed,
                "non_finite_lanes": found.ends.non_finite,
                "mean_value": number(found.mean_value),
                "mean_grads": grads,
            }))?;
        } else {
            let row = |name: &str, text: String| vec![name.to_owned(), text];
            let mut rows = vec![
                row("ran on", format!("{}, tier {}, road {}", found.device, found.tier, self.batch.road_asked())),
                row("lanes", count.to_string()),
                row("tape", format!("{operations} operations, {guards} guards")),
                row("forward", format!("{:.3} ns per lane", per_lane(found.forward))),
            ];
            if let Some(gradient) = found.gradient {
                rows.push(row("with gradient", format!("{:.3} ns per lane", per_lane(gradient))));
            }
            rows.push(row("recording", format!("{:.3} ms", millis(found.recording))));
            if found.compiling > Duration::ZERO {
                rows.push(row("compiling", format!("{:.1} ms", millis(found.compiling))));
            }
            rows.push(row("memory", format!("{} bytes per lane", found.bytes_per_lane)));
            let rate = found.bandwidth / 1e9;
            rows.push(row(
                "moved",
                format!(
                    "{moved} bytes per lane, {:.0} % of what copies at {rate:.1} GB/s would move in that time",
                    100.0 * share
                ),
            ));
            rows.push(row("rate", format!("{:.2} 10^9 operations of the tape a second", operations as f64 / nanos)));
            rows.push(row("mean value", found.mean_value.to_string()));
            for (name, mean) in self.names.iter().zip(&found.mean_grads) {
                rows.push(row(&format!("mean d/d{name}"), mean.to_string()));
            }
            let text = table(&["", ""], &[Align::Left, Align::Left], &rows, false);
            print(text.split_once('\n').map_or("", |(_, body)| body))?;
        }
        if found.interpreted > 0 && found.tier == Tier::Replay {
            self.console.note(&format!("{} of {count} lanes were interpreted", found.interpreted));
        }
        let Ends { failed, first, non_finite } = &found.ends;
        if *non_finite > 0 {
            self.console.note(&format!("{non_finite} of {count} lanes are non-finite"));
        }
        let Some((lane, status)) = first else { return Ok(ExitCode::from(DONE)) };
        let program = self.batch.program();
        let whose = format!(" (lane {} of {count})", lane + 1);
        self.console.status(status, &whose, &Source::new(program.name(), program.text()));
        if *failed > 1 {
            self.console.note(&format!("{failed} of {count} lanes failed"));
        }
        Ok(ExitCode::from(FAILED))
    }
}

/// Operations and guards of a raw tape.
fn count<F: evalgrad::value::Real>(tape: &[Entry<F>]) -> (usize, usize) {
    let entries = tape.iter().skip(1).filter(|entry| entry.code != evalgrad::tape::INPUT);
    let guards = entries.clone().filter(|entry| entry.is_guard()).count();
    (entries.count() - guards, guards)
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}
