//! The SPIR-V that is loaded, with its decorations, is valid for Vulkan: `spirv-val` of the Khronos group's SPIRV-Tools says so.

use std::io::{ErrorKind, Write};
use std::process::{Command, Stdio};

use evalgrad::device::{BoundsChecks, exact_spirv};

use super::{Checked, checked};

/// Word of the header that holds the bound of all ids.
const BOUND: usize = 3;
/// The first words of an `OpDecorate` of three: its length and number; and its last, `NoContraction`.
const DECORATE: u32 = 3 << 16 | 71;
const NO_CONTRACTION: u32 = 42;

fn loaded(kernel: &Checked) -> Vec<u32> {
    let words = exact_spirv(kernel.text, &kernel.entry().name, BoundsChecks::Restrict);
    words.unwrap_or_else(|error| panic!("{}: {error}", kernel.name))
}

/// Does `spirv-val` take the words, and if not, what does it say? `None` where there is no such tool and leave to go without.
fn judged(words: &[u32]) -> Option<Result<(), String>> {
    let mut command = Command::new("spirv-val");
    command
        .args(["--target-env", "vulkan1.1", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let may_skip = std::env::var_os("EVALGRAD_ALLOW_NO_SPIRV_VAL").is_some_and(|value| value == "1");
            assert!(may_skip, "there is no spirv-val, of SPIRV-Tools (EVALGRAD_ALLOW_NO_SPIRV_VAL=1 skips this test)");
            eprintln!("skipped: there is no spirv-val");
            return None;
        }
        Err(error) => panic!("spirv-val does not start: {error}"),
    };
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
    // It reads all before it says anything, so neither waits for the other.
    child.stdin.take().expect("it is piped").write_all(&bytes).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    Some(if output.status.success() { Ok(()) } else { Err(said) })
}

#[test]
fn what_is_loaded_is_valid() {
    for kernel in checked() {
        match judged(&loaded(&kernel)) {
            Some(verdict) => assert_eq!(verdict, Ok(()), "{}", kernel.name),
            None => return,
        }
    }
}

/// The tool looks at decorations: one of an id that nothing makes is refused.
#[test]
fn what_is_wrong_is_found() {
    let kernel = checked().next().expect("there are kernels");
    let mut words = loaded(&kernel);
    let at = words.windows(3).position(|three| three[0] == DECORATE && three[2] == NO_CONTRACTION);
    words[at.expect("something is decorated") + 1] = words[BOUND];
    words[BOUND] += 1;
    if let Some(verdict) = judged(&words) {
        assert!(verdict.is_err_and(|said| said.contains("ID")), "a decoration of nothing passes");
    }
}
