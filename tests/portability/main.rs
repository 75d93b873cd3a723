//! Every kernel in both styles, for devices that are not here: naga takes it without any extension and writes it for each
//! of its back ends, `spirv-val` takes what is loaded, and it stays within what WebGPU promises everywhere.

#[path = "../common/mod.rs"]
mod common;
mod limits;
mod spirv_val;
mod translate;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use common::kernels::{Kernel, Text, kernels};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{EntryPoint, Module, ShaderStage};

/// A text that naga has taken without any extension.
pub struct Checked {
    pub name: &'static str,
    pub text: &'static str,
    pub module: Module,
    pub info: ModuleInfo,
}

impl Checked {
    /// The one entry point.
    pub fn entry(&self) -> &EntryPoint {
        let [entry] = &self.module.entry_points[..] else {
            panic!("{} has {} entry points", self.name, self.module.entry_points.len())
        };
        assert_eq!(entry.stage, ShaderStage::Compute, "{}", self.name);
        entry
    }
}

/// The list of kernels, made once.
fn all() -> &'static [Kernel] {
    static ALL: OnceLock<Vec<Kernel>> = OnceLock::new();
    ALL.get_or_init(kernels)
}

/// Every text of every kernel.
pub fn checked() -> impl Iterator<Item = Checked> {
    all().iter().flat_map(|kernel| &kernel.texts).map(|Text { name, text }| {
        let module = naga::front::wgsl::parse_str(text);
        let module = module.unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(text)));
        let info = Validator::new(ValidationFlags::all(), Capabilities::empty()).validate(&module);
        let info = info.unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(text)));
        Checked { name, text, module, info }
    })
}

/// The files of a folder and of the folders in it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let of = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    entries.flat_map(|entry| of(entry.expect("an entry").path())).collect()
}

/// A kernel that is in `shaders/` and not in the list would escape all tests of this folder.
#[test]
fn every_shader_file_is_in_a_kernel_of_the_list() {
    let shaders = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders"));
    for path in &shaders {
        let frame = fs::read_to_string(path).expect("a text");
        let lines = || frame.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//@ "));
        assert!(lines().count() > 10, "{} is a file of kernel text", path.display());
        let holds = |text: &str| {
            let text: Vec<&str> = text.lines().map(str::trim).collect();
            lines().all(|line| text.contains(&line))
        };
        let found = all().iter().any(|kernel| kernel.texts.iter().all(|text| holds(&text.text)));
        assert!(found, "{} is in no kernel of tests/common/kernels.rs", path.display());
    }
    assert!(shaders.iter().any(|path| path.ends_with("descent/step.wgsl")), "folders in shaders/ are looked into");
}

#[test]
fn names_and_styles_differ() {
    let texts: Vec<&Text> = all().iter().flat_map(|kernel| &kernel.texts).collect();
    for (index, text) in texts.iter().enumerate() {
        assert!(!texts[..index].iter().any(|other| other.name == text.name), "two kernels are called {}", text.name);
    }
    let styled = all().iter().filter(|kernel| kernel.texts[0].text != kernel.texts[1].text).count();
    // Kernels of operations that compute no float have one text.
    assert!(2 * styled > all().len(), "{styled} of {} kernels differ in their styles", all().len());
}
