//! The start-up probe: does this device compute float expressions as they are written?
//!
//! Each row of `rows` is an expression that some driver was seen to rewrite, as WGSL and as host code. The probe runs all rows over
//! `SAMPLES` sets of operands and compares bits (any NaN equals any NaN). Operands, products and quotients stay clear of the subnormal
//! range, except in the rows that ask about it.

use std::fmt;
use std::fmt::Write as _;
use std::time::Duration;

use bytemuck::{Pod, Zeroable};
use serde::Serialize;

use super::context::{Context, Exactness};
use super::error::DeviceError;
use super::kernel::{Binding, KernelOptions};
use super::work::Work;

/// Sets of operands, a multiple of the probe's workgroup of 64.
const SAMPLES: usize = 256;
const FRAME: &str = include_str!("../../shaders/probe.wgsl");
const SPLICE: &str = "//@ rows";
const LIMIT: Duration = Duration::from_secs(30);

/// The operands of one sample, laid out as `Operands` in `probe.wgsl`.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
struct Operands {
    a: f32,
    b: f32,
    c: f32,
    d: f32,
    small: f32,
    shrink: f32,
    subnormal: f32,
    grow: f32,
}

/// The numbers in the expressions, laid out as `Numbers` in `probe.wgsl`.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
struct Numbers {
    zero: f32,
    magic: f32,
    scale: f32,
    unscale: f32,
    stamp: u32,
    zero_bits: u32,
}

const NUMBERS: Numbers = Numbers { zero: 0.0, magic: 12_582_912.0, scale: 2.7, unscale: 0.3, stamp: 0, zero_bits: 0 };

/// How the probe's kernel is protected from rewriting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Not at all: what drivers make of plain text.
    None,
    /// As [`Exactness::Decorated`].
    Decorated,
    /// As [`Exactness::Barrier`].
    Barrier,
}

/// One row: `wgsl` gives a `u32` from `o` (operands) and `n` (numbers), with `keep` around every float result and, where both
/// operands are the same value, around one of them.
struct Row {
    property: &'static str,
    required: bool,
    wgsl: &'static str,
    host: fn(&Operands, &Numbers) -> u32,
}

const fn required(property: &'static str, wgsl: &'static str, host: fn(&Operands, &Numbers) -> u32) -> Row {
    Row { property, required: true, wgsl, host }
}

const fn informative(property: &'static str, wgsl: &'static str, host: fn(&Operands, &Numbers) -> u32) -> Row {
    Row { property, required: false, wgsl, host }
}

fn two_sum_error(a: f32, b: f32) -> f32 {
    let sum = a + b;
    let part = sum - a;
    (a - (sum - part)) + (b - part)
}

fn comparisons(a: f32, b: f32) -> u32 {
    let bit = |holds: bool, at: u32| u32::from(holds) << at;
    let ordered = bit(a < b, 0) | bit(a <= b, 1) | bit(a > b, 2) | bit(a >= b, 3) | bit(a == b, 4);
    let below = a < b;
    ordered | bit(!below, 5)
}

#[rustfmt::skip]
#[expect(clippy::eq_op, reason = "x - x and x / x are what the rows are about")]
fn rows() -> [Row; 19] {
    [
        required("(a+b)-a", "bits(keep(keep(o.a + o.b) - o.a))", |o, _| ((o.a + o.b) - o.a).to_bits()),
        required("(a+M)-M", "bits(keep(keep(o.a + n.magic) - n.magic))", |o, n| ((o.a + n.magic) - n.magic).to_bits()),
        required("a*b + a*c", "bits(keep(keep(o.a * o.b) + keep(o.a * o.c)))", |o, _| (o.a * o.b + o.a * o.c).to_bits()),
        required("a*b + c", "bits(keep(keep(o.a * o.b) + o.d))", |o, _| (o.a * o.b + o.d).to_bits()),
        required("error of a+b (two-sum)",
            "bits(two_sum_error(o.a, o.b))", |o, _| two_sum_error(o.a, o.b).to_bits()),
        required("sqrt(a)*sqrt(a)",
            "bits(keep(keep(sqrt(o.a)) * keep(sqrt(o.a))))", |o, _| (o.a.sqrt() * o.a.sqrt()).to_bits()),
        required("(a*2.7)*0.3",
            "bits(keep(keep(o.a * n.scale) * n.unscale))", |o, n| ((o.a * n.scale) * n.unscale).to_bits()),
        required("(v*2.7)*0.3, vectors",
            "bits(keep(((vec4<f32>(o.a, o.b, o.c, o.d) * keep(n.scale)) * keep(n.unscale)).x))",
            |o, n| ((o.a * n.scale) * n.unscale).to_bits()),
        required("-(a-b)", "bits(keep(-keep(o.a - o.b)))", |o, _| (-(o.a - o.b)).to_bits()),
        required("a-a (inf-inf)", "bits(keep(keep(o.a) - o.a))", |o, _| (o.a - o.a).to_bits()),
        required("a/a", "bits(keep(keep(o.a) / o.a))", |o, _| (o.a / o.a).to_bits()),
        required("a*0.0 (0*inf)", "bits(keep(o.a * n.zero))", |o, n| (o.a * n.zero).to_bits()),
        required("sqrt(a)", "bits(keep(sqrt(o.a)))", |o, _| o.a.sqrt().to_bits()),
        required("a/b", "bits(keep(o.a / o.b))", |o, _| (o.a / o.b).to_bits()),
        required("round(a), ties to even", "bits(keep(round(o.a)))", |o, _| o.a.round_ties_even().to_bits()),
        required("comparisons", "comparisons(o.a, o.b)", |o, _| comparisons(o.a, o.b)),
        required("subnormal results", "bits(keep(o.small * o.shrink))", |o, _| (o.small * o.shrink).to_bits()),
        required("subnormal operands", "bits(keep(o.subnormal * o.grow))", |o, _| (o.subnormal * o.grow).to_bits()),
        informative("a != a sees NaN", "u32(o.a != o.a)", |o, _| u32::from(o.a.is_nan())),
    ]
}

/// Helpers of the rows, with a barrier around every result as in the rows.
const HELPERS: &str = "
fn two_sum_error(a: f32, b: f32) -> f32 {
    let sum = keep(a + b);
    let part = keep(sum - a);
    return keep(keep(a - keep(sum - part)) + keep(b - part));
}
fn comparisons(a: f32, b: f32) -> u32 {
    let below = a < b;
    return u32(a < b) | (u32(a <= b) << 1u) | (u32(a > b) << 2u) | (u32(a >= b) << 3u) | (u32(a == b) << 4u)
        | (u32(!below) << 5u);
}
";

/// The kernel's text.
#[must_use]
pub fn text(protection: Protection) -> String {
    let mut body = String::new();
    for (index, row) in rows().iter().enumerate() {
        let _ = writeln!(body, "    results[{index}u * samples + sample] = {};", row.wgsl);
    }
    let keep = match protection {
        Protection::Barrier => "fn keep(e: f32) -> f32 { return bitcast<f32>(bitcast<u32>(e) ^ numbers.zero_bits); }",
        Protection::None | Protection::Decorated => "fn keep(e: f32) -> f32 { return e; }",
    };
    format!("{}{HELPERS}{keep}\n", FRAME.replacen(SPLICE, body.trim(), 1))
}

/// A well-mixed word from a counter: the finalizer of `MurmurHash3` (Austin Appleby, 2011).
fn mix(counter: u32) -> u32 {
    let mut word = counter.wrapping_mul(0x9e37_79b9).wrapping_add(0x7f4a_7c15);
    word = (word ^ (word >> 16)).wrapping_mul(0x85eb_ca6b);
    word = (word ^ (word >> 13)).wrapping_mul(0xc2b2_ae35);
    word ^ (word >> 16)
}

/// A float of either sign with a random significand and an exponent in −15 … 16.
fn random(counter: u32) -> f32 {
    let word = mix(counter);
    let exponent = 112 + ((word >> 23) & 31);
    f32::from_bits((word & 0x807f_ffff) | exponent << 23)
}

fn samples() -> Vec<Operands> {
    const SPECIAL: [[f32; 2]; 12] = [
        [f32::INFINITY, f32::INFINITY],
        [f32::NEG_INFINITY, 0.0],
        [f32::NAN, 1.0],
        [1.0, f32::NAN],
        [f32::NAN, f32::NAN],
        [0.0, 0.0],
        [-0.0, 0.0],
        [1.0, 0.0],
        [0.5, 1.0],
        [2.5, -2.5],
        [f32::MAX, f32::MAX],
        [-3.0, -3.0],
    ];
    (0..SAMPLES)
        .map(|sample| {
            let counter = sample as u32 * 8;
            let [a, b] = SPECIAL.get(sample).copied().unwrap_or([random(counter), random(counter + 1)]);
            let subnormal = f32::from_bits(1 + (mix(counter + 4) & 0x7f_fffe));
            Operands {
                a,
                b,
                c: random(counter + 2),
                d: random(counter + 3),
                small: random(counter + 5) * 2f32.powi(-100),
                shrink: 2f32.powi(-40),
                subnormal,
                grow: 2f32.powi(60),
            }
        })
        .collect()
}

/// A sample on which device and host differ: `a` and `b`, and the two results as bits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// First operand of the sample.
    pub a: f32,
    /// Second operand of the sample.
    pub b: f32,
    /// The host's result.
    pub host: u32,
    /// The device's result.
    pub device: u32,
}

/// What the probe found out about one expression.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Property {
    /// The expression.
    pub name: &'static str,
    /// Must it hold for the device to count as an IEEE one?
    pub required: bool,
    /// Samples whose bits differ from the host's.
    pub differing: usize,
    /// Samples in all.
    pub samples: usize,
    /// The first that differs.
    pub example: Option<Difference>,
}

/// The outcome of a probe, in the order of its table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProbeReport {
    /// One entry for each expression.
    pub properties: Vec<Property>,
}

impl ProbeReport {
    /// Does the device give the host's bits for everything that matters? Then all tiers give the same answers on it.
    #[must_use]
    pub fn is_ieee(&self) -> bool {
        self.properties.iter().all(|property| !property.required || property.differing == 0)
    }
}

impl fmt::Display for ProbeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Property { name, required, differing, samples, example } in &self.properties {
            let verdict = match (example, required) {
                (None, _) => "exact".to_owned(),
                (Some(_), false) => "no (our kernels test bits instead)".to_owned(),
                (Some(Difference { a, b, host, device }), true) => {
                    let (a, b) = (format!("{a:e}"), format!("{b:e}"));
                    format!("{differing} of {samples} differ; a = {a}, b = {b}: {device:#010x} for {host:#010x}")
                }
            };
            writeln!(f, "{name:<24} {verdict}")?;
        }
        Ok(())
    }
}

/// Probes the device, protected in the way its kernels will be.
///
/// # Errors
/// Whatever the device reports; an inexact device is no error.
pub fn probe(context: &Context) -> Result<ProbeReport, DeviceError> {
    let protection = match context.exactness() {
        Exactness::Decorated => Protection::Decorated,
        Exactness::Barrier => Protection::Barrier,
    };
    probe_with(context, protection)
}

/// Probes the device under a protection of the caller's choice. Where the device cannot decorate, [`Protection::Decorated`] is
/// [`Protection::None`].
///
/// # Errors
/// As [`probe()`].
pub fn probe_with(context: &Context, protection: Protection) -> Result<ProbeReport, DeviceError> {
    let bindings = [Binding::ReadOnly, Binding::ReadOnly, Binding::ReadWrite, Binding::ReadWrite];
    let options = KernelOptions { decorate: protection == Protection::Decorated, ..KernelOptions::default() };
    let kernel = context.kernel_with("probe", &text(protection), "probe", &bindings, options)?;

    let (rows, samples, stamp) = (rows(), samples(), context.next_stamp());
    let operands = context.buffer_from("probe operands", &samples)?;
    let numbers = context.buffer_from("probe numbers", &[Numbers { stamp, ..NUMBERS }])?;
    let words = rows.len() * samples.len();
    let results = context.buffer("probe results", 4 * words as u64)?;
    let summary = context.buffer("probe summary", 4)?;

    let mut work = Work::new("the start-up probe");
    let workgroups = samples.len() as u32 / kernel.workgroup_size()[0];
    work.dispatch(&kernel, &[&operands, &numbers, &results, &summary], [workgroups, 1]);
    work.expect(&summary, 0, stamp);
    let all = work.read(&results);
    let found: Vec<u32> = context.submit(work, LIMIT)?.get(all);
    let by_row = rows.iter().zip(found.chunks_exact(samples.len()));
    Ok(ProbeReport { properties: by_row.map(|(row, found)| compare(row, &samples, found)).collect() })
}

fn compare(row: &Row, samples: &[Operands], found: &[u32]) -> Property {
    let nan = |bits: u32| f32::from_bits(bits).is_nan();
    let differences = samples.iter().zip(found).filter_map(|(operands, &device)| {
        let host = (row.host)(operands, &NUMBERS);
        let same = host == device || (nan(host) && nan(device));
        (!same).then_some(Difference { a: operands.a, b: operands.b, host, device })
    });
    let differences: Vec<Difference> = differences.collect();
    Property {
        name: row.property,
        required: row.required,
        differing: differences.len(),
        samples: samples.len(),
        example: differences.first().copied(),
    }
}
