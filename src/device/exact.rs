//! WGSL to SPIR-V whose float operations drivers must not rewrite.
//!
//! A driver may contract, reassociate and fold undecorated float code (Mesa does: `(a+b)-a` becomes `b`). SPIR-V's answer is the
//! decoration `NoContraction` on each result, which naga does not write; [`decorate`] adds it to the words naga produced.
//!
//! Long private arrays lose the zeros that naga has them begin with ([`uncleared`]).
//!
//! What it cannot stop: an operation with a literal operand may still be folded (`x * 0.0`), so literals come from buffers.

use std::collections::{HashMap, HashSet};

use naga::back::spv;
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};

use super::error::DeviceError;

/// What a kernel does with an index outside a buffer or array.
///
/// Measured on lavapipe (two cores, Mesa 25.0.7), 65,536 lanes that each read 24 places of a 4 MiB buffer and index a local array:
/// 3.8 ms unchecked, 3.9 ms restricted, 4.0 ms with zero reads and skipped writes; compile times are equal. `Restrict` is the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundsChecks {
    /// Nothing is added to the kernel.
    Unchecked,
    /// The index is clamped to the last element.
    Restrict,
    /// A read gives 0, a write does nothing.
    ReadZeroSkipWrite,
}

impl BoundsChecks {
    fn policies(self) -> BoundsCheckPolicies {
        let policy = match self {
            BoundsChecks::Unchecked => BoundsCheckPolicy::Unchecked,
            BoundsChecks::Restrict => BoundsCheckPolicy::Restrict,
            BoundsChecks::ReadZeroSkipWrite => BoundsCheckPolicy::ReadZeroSkipWrite,
        };
        BoundsCheckPolicies { index: policy, buffer: policy, image_load: policy, binding_array: policy }
    }
}

/// Kernel text, parsed and checked.
pub(super) struct Parsed {
    pub(super) module: naga::Module,
    info: ModuleInfo,
}

/// The SPIR-V that [`Context::kernel`](super::Context::kernel) loads where it can be decorated
/// ([`Exactness::Decorated`](super::Exactness::Decorated)), for tools that look at it.
///
/// # Errors
/// [`DeviceError::Kernel`] when the text is wrong or has no such entry point.
pub fn exact_spirv(text: &str, entry: &str, bounds: BoundsChecks) -> Result<Vec<u32>, DeviceError> {
    let words = parse(text).and_then(|parsed| exact(&parsed, entry, bounds));
    words.map_err(|message| DeviceError::Kernel { label: entry.to_owned(), message })
}

/// The SPIR-V of one entry point, decorated.
pub(super) fn exact(parsed: &Parsed, entry: &str, bounds: BoundsChecks) -> Result<Vec<u32>, String> {
    uncleared(&decorate(&spirv(parsed, entry, bounds)?)?)
}

/// Parses and validates `text`; the error points into it.
pub(super) fn parse(text: &str) -> Result<Parsed, String> {
    let module = naga::front::wgsl::parse_str(text).map_err(|error| error.emit_to_string(text))?;
    let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(&module)
        .map_err(|error| error.emit_to_string(text))?;
    Ok(Parsed { module, info })
}

/// The SPIR-V of one entry point, undecorated.
pub(super) fn spirv(parsed: &Parsed, entry: &str, bounds: BoundsChecks) -> Result<Vec<u32>, String> {
    let options = spv::Options {
        // 1.3 came with Vulkan 1.1, which every driver of interest has; storage buffers need no extension from there on.
        lang_version: (1, 3),
        flags: spv::WriterFlags::empty(),
        bounds_check_policies: bounds.policies(),
        zero_initialize_workgroup_memory: spv::ZeroInitializeWorkgroupMemoryMode::None,
        // Fuel and fixed trip counts bound every loop we write; naga's own 64-bit counter costs far more than the loops.
        force_loop_bounding: false,
        ..Default::default()
    };
    let entry = spv::PipelineOptions { shader_stage: naga::ShaderStage::Compute, entry_point: entry.to_owned() };
    spv::write_vec(&parsed.module, &parsed.info, &options, Some(&entry)).map_err(|error| error.to_string())
}

/// Words of a private array from which on it begins as anything: kernels write what they read of it. Lavapipe clears private arrays word by
/// word, each a store in the code, in a time that grows with the square, and took 19 s to compile 2,048 of them.
const CLEARED: u32 = 64;

// Opcodes and enumerants from the SPIR-V specification, version 1.6, sections 3.20 and 3.52.
const HEADER_WORDS: usize = 5;
const OP_EXT_INST: u32 = 12;
const OP_TYPE_FIRST: u32 = 19;
const OP_TYPE_ARRAY: u32 = 28;
const OP_CONSTANT: u32 = 43;
const OP_CONSTANT_NULL: u32 = 46;
const OP_FUNCTION: u32 = 54;
const OP_VARIABLE: u32 = 59;
const OP_DECORATE: u32 = 71;
const OP_LINE: u32 = 8;
const PRIVATE: u32 = 6;
const NO_CONTRACTION: u32 = 42;

/// Does the instruction compute a float from floats, or compare floats?
fn is_float_operation(opcode: u32) -> bool {
    matches!(opcode,
        OP_EXT_INST
        | 127                         // FNegate
        | 129 | 131 | 133 | 136       // FAdd FSub FMul FDiv
        | 140 | 141                   // FRem FMod
        | 142..=148                   // vector and matrix products, Dot
        | 180..=191) // FOrdEqual … FUnordGreaterThanEqual
}

/// `(opcode, start, end)` of each instruction, in words.
fn instructions(words: &[u32]) -> Result<Vec<(u32, usize, usize)>, String> {
    let mut found = Vec::new();
    let mut at = HEADER_WORDS;
    while at < words.len() {
        let length = (words[at] >> 16) as usize;
        if length == 0 || at + length > words.len() {
            let length = crate::reader::counted(length, "word", "words");
            return Err(format!("malformed SPIR-V: instruction of {length} at word {at} of {}", words.len()));
        }
        found.push((words[at] & 0xffff, at, at + length));
        at += length;
    }
    Ok(found)
}

/// Adds `OpDecorate … NoContraction` for the result of every float operation, in the annotation section of the module.
fn decorate(words: &[u32]) -> Result<Vec<u32>, String> {
    let all = instructions(words)?;
    // Annotations end where the types, constants and global variables begin (section 2.4, logical layout of a module).
    let section_end = all
        .iter()
        .find(|&&(opcode, ..)| {
            (OP_TYPE_FIRST..=OP_FUNCTION).contains(&opcode) || opcode == OP_VARIABLE || opcode == OP_LINE
        })
        .map_or(words.len(), |&(_, start, _)| start);
    // A result's id is the third word of all of these: opcode, result type, result id.
    let results = all.iter().filter(|&&(opcode, start, end)| is_float_operation(opcode) && end - start > 2);
    let mut decorated = words[..section_end.min(words.len())].to_vec();
    for &(_, start, _) in results {
        decorated.extend([(3 << 16) | OP_DECORATE, words[start + 2], NO_CONTRACTION]);
    }
    decorated.extend_from_slice(&words[section_end.min(words.len())..]);
    Ok(decorated)
}

/// The same without the zeros that long private arrays begin with.
fn uncleared(words: &[u32]) -> Result<Vec<u32>, String> {
    let all = instructions(words)?;
    let found = |wanted: u32| all.iter().filter(move |&&(opcode, ..)| opcode == wanted).map(|&(_, start, _)| start);
    let lengths: HashMap<u32, u32> = found(OP_CONSTANT).map(|at| (words[at + 2], words[at + 3])).collect();
    let is_long = |at: &usize| lengths.get(&words[at + 3]).is_some_and(|&length| length >= CLEARED);
    let arrays: HashSet<u32> = found(OP_TYPE_ARRAY).filter(is_long).map(|at| words[at + 1]).collect();
    let zeros: HashSet<u32> =
        found(OP_CONSTANT_NULL).filter(|&at| arrays.contains(&words[at + 1])).map(|at| words[at + 2]).collect();
    let mut uncleared = words[..HEADER_WORDS].to_vec();
    for &(opcode, start, end) in &all {
        let instruction = &words[start..end];
        match instruction {
            &[_, ty, id, PRIVATE, zero] if opcode == OP_VARIABLE && zeros.contains(&zero) => {
                uncleared.extend([(4 << 16) | OP_VARIABLE, ty, id, PRIVATE]);
            }
            _ => uncleared.extend_from_slice(instruction),
        }
    }
    Ok(uncleared)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
        @group(0) @binding(0) var<storage, read_write> x: array<f32>;
        @group(0) @binding(1) var<storage, read_write> n: array<u32>;
        @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
            let i = id.x;
            let y = -(x[i] + 1.0) * (x[i] - 2.0) / sqrt(x[i]);
            let v = vec4<f32>(y) * x[i];
            if y < x[i] { x[i] = v.x; }
            n[i] = n[i] + 1u;
        }";

    #[test]
    fn every_float_operation_is_decorated_once_and_nothing_else_changes() {
        let parsed = parse(TEXT).unwrap();
        let plain = spirv(&parsed, "main", BoundsChecks::Unchecked).unwrap();
        let exact = decorate(&plain).unwrap();
        let all = instructions(&exact).unwrap();
        let annotation =
            |&&(opcode, start, _): &&(u32, usize, usize)| opcode == OP_DECORATE && exact[start + 2] == NO_CONTRACTION;
        let decorated: Vec<u32> = all.iter().filter(annotation).map(|&(_, start, _)| exact[start + 1]).collect();
        // Negate, add, multiply, subtract, divide, square root, vector times scalar, less than; the integer addition is not one.
        assert_eq!(decorated.len(), 8);
        let floats = all.iter().filter(|&&(opcode, ..)| is_float_operation(opcode));
        assert_eq!(floats.map(|&(_, start, _)| exact[start + 2]).collect::<Vec<_>>(), decorated);
        let stripped: Vec<u32> = all
            .iter()
            .filter(|instruction| !annotation(instruction))
            .flat_map(|&(_, start, end)| exact[start..end].to_vec())
            .collect();
        assert_eq!(stripped, plain[HEADER_WORDS..]);
        let last = all.iter().rposition(|instruction| annotation(&instruction)).unwrap();
        let types = all.iter().position(|&(opcode, ..)| opcode == OP_TYPE_FIRST).unwrap();
        assert!(last < types);
    }

    #[test]
    fn long_private_arrays_are_not_cleared_and_nothing_else_changes() {
        let words = |length: u32| {
            let text = format!(
                "var<private> v: array<u32, {length}>;
                @group(0) @binding(0) var<storage, read_write> x: array<u32>;
                @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {{
                    v[x[id.x]] = 1u;
                    x[id.x] = v[id.x];
                }}"
            );
            spirv(&parse(&text).unwrap(), "main", BoundsChecks::Restrict).unwrap()
        };
        let lengths = |words: &[u32]| -> Vec<usize> {
            let is_private =
                |&&(opcode, start, _): &&(u32, usize, usize)| opcode == OP_VARIABLE && words[start + 3] == PRIVATE;
            instructions(words).unwrap().iter().filter(is_private).map(|(_, start, end)| end - start).collect()
        };
        let (short, long) = (words(CLEARED - 1), words(CLEARED));
        assert_eq!(uncleared(&short).unwrap(), short);
        assert_eq!((lengths(&short), lengths(&long)), (vec![5], vec![5]));
        let left = uncleared(&long).unwrap();
        assert_eq!((lengths(&left), left.len()), (vec![4], long.len() - 1));
    }

    #[test]
    fn broken_words_and_broken_text_are_errors() {
        assert!(decorate(&[0, 0, 0, 0, 0, 17]).is_err());
        assert!(decorate(&[0, 0, 0, 0, 0, (9 << 16) | 17]).is_err());
        let message = parse("fn f() -> u32 { return 1.5; }").err().unwrap();
        assert!(message.contains("1:"), "{message}");
    }
}
