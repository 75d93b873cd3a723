//! `devices`: the GPUs of this machine, whether each computes as written, and what `auto` and `gpu` would take.

use std::fmt::Write as _;
use std::process::ExitCode;

use evalgrad::device::{AdapterReport, Adapters, Context, ProbeReport, Selection, probe};
use evalgrad::reader::counted;
use serde_json::{Value, json};

use super::failure::{DONE, Failure};
use super::output::{Console, paint, print, print_json};
use super::progress::Waiting;

/// What is known about one adapter: its own report, and the probe's or why there is none.
struct Found {
    report: AdapterReport,
    probe: Result<ProbeReport, String>,
}

/// Lists, opens and probes every adapter. A machine without any is no error.
pub fn devices(console: &Console) -> Result<ExitCode, Failure> {
    let waiting = Waiting::start(console, "asking the drivers");
    let adapters = Adapters::enumerate();
    let found: Vec<Found> = adapters.reports().into_iter().map(examine).collect();
    drop(waiting);
    // Both fail only where nothing fits; that is what is then told.
    let name = |selection: &Selection| adapters.choose(selection).ok().flatten().map(|report| report.name);
    let (auto, best) = (name(&Selection::Auto), name(&Selection::Best));
    let auto = auto.unwrap_or_else(|| "cpu".to_owned());
    if console.json {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let all: Vec<Value> = found.iter().map(to_json).collect();
        print_json(&json!({"adapters": all, "auto": auto, "gpu": best, "cpu": {"threads": threads}}))?;
    } else {
        print(&to_text(&found, &auto, best.as_deref(), console))?;
    }
    Ok(ExitCode::from(DONE))
}

fn examine(report: AdapterReport) -> Found {
    let probe = match report.problem() {
        Some(problem) => Err(problem),
        None => Context::open(&Selection::Named(format!("pci:{}", report.pci)))
            .and_then(|context| probe(&context))
            .map_err(|error| error.to_string()),
    };
    Found { report, probe }
}

fn to_json(found: &Found) -> Value {
    // A report is a flat structure of strings and numbers.
    let mut object = serde_json::to_value(&found.report).unwrap_or_default();
    object["hardware"] = found.report.is_hardware().into();
    object["usable"] = found.probe.is_ok().into();
    object["problem"] = found.probe.as_ref().err().map(String::as_str).into();
    object["ieee"] = found.probe.as_ref().ok().map(ProbeReport::is_ieee).into();
    object["probe"] = match &found.probe {
        Ok(probe) => serde_json::to_value(&probe.properties).unwrap_or_default(),
        Err(_) => Value::Null,
    };
    object
}

fn to_text(found: &[Found], auto: &str, best: Option<&str>, console: &Console) -> String {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut text = String::new();
    // Writing to a String cannot fail.
    let bold = |name: &str| paint(console.colour, "1", name);
    let threads = counted(threads, "thread", "threads");
    let _ = writeln!(text, "{}\n  host, {threads}, f32 and f64", bold("cpu"));
    if found.is_empty() {
        text += "no GPU: Vulkan, Metal and DX12 report no adapter (no driver is installed, or none can be reached)\n";
    }
    for Found { report, probe } in found {
        let kind = format!("{:?}", report.kind).to_lowercase();
        let mib = |bytes: u64| bytes >> 20;
        let _ = writeln!(text, "{}", bold(&report.name));
        let _ = writeln!(text, "  {} {kind}, pci:{}, driver {}", report.backend, report.pci, report.driver);
        let _ = writeln!(
            text,
            "  bindings {} of {} MiB, buffers {} MiB, workgroups {} of {} invocations and {} KiB",
            report.storage_buffers,
            mib(report.max_binding_bytes),
            mib(report.max_buffer_bytes),
            report.max_workgroups,
            report.max_invocations,
            report.workgroup_bytes >> 10,
        );
        match probe {
            Err(problem) => {
                let _ = writeln!(text, "  {}: {problem}", paint(console.colour, "1;31", "unusable"));
            }
            Ok(probe) if probe.is_ieee() => {
                let _ = writeln!(text, "  {}: floats are computed as written", paint(console.colour, "1;32", "usable"));
            }
            Ok(_) => {
                let verdict = paint(console.colour, "1;33", "usable, inexact");
                let _ = writeln!(text, "  {verdict}: the driver rewrites some float expressions");
            }
        }
        if let Ok(probe) = probe
            && (console.verbose || !probe.is_ieee())
        {
            for line in probe.to_string().lines() {
                let _ = writeln!(text, "    {line}");
            }
        }
    }
    let _ =
        writeln!(text, "--device auto takes {auto}; --device gpu takes {}", best.unwrap_or("nothing: no GPU can run"));
    text
}
