//! Tidiness: what a reader may rely on in every file. Purpose lines, size, the order of import, words that must not be there.

use std::fs;
use std::path::{Path, PathBuf};

/// The order of import: a module names only what stands before it, or itself.
const ORDER: [&str; 23] = [
    "cache",
    "op",
    "value",
    "reader",
    "expand",
    "anf",
    "graph",
    "machine",
    "tape",
    "descent",
    "wgsl",
    "host",
    "device",
    "table",
    "error",
    "program",
    "interpreter",
    "batch",
    "engine",
    "fit",
    "lib",
    "cli",
    "main",
];

/// Most lines of a file in `src/`.
const LINES: usize = 400;

/// Files that may be longer, and why.
const LONGER: [(&str, &str); 0] = [];

/// Words that promise what is not there, and whether their case matters.
const BANNED: [(&str, bool); 8] = [
    ("TODO", true),
    ("FIXME", true),
    ("XXX", true),
    ("unimplemented!", true),
    ("todo!", true),
    ("for now", false),
    ("stub", false),
    ("hack", false),
];

/// Banned in comments and messages only: after an error the reader and the expander go on with a `placeholder`, so called.
const BANNED_IN_PROSE: [&str; 1] = ["placeholder"];

struct File {
    /// From the root, with `/`.
    name: String,
    text: String,
}

impl File {
    /// The module of the tree's first level that a file of `src/` belongs to.
    fn module(&self) -> &str {
        let path = self.name.trim_start_matches("src/");
        path.split('/').next().unwrap_or(path).trim_end_matches(".rs")
    }

    /// How many modules a file of `src/` lies below the crate's root.
    fn depth(&self) -> usize {
        let path = self.name.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
        if matches!(path, "lib" | "main") { 0 } else { path.split('/').count() }
    }
}

/// Every file below a folder of the root whose name ends so, by name.
fn files(folder: &str, ending: &str) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join(folder)];
    let mut paths: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let file = |path: PathBuf| {
        let name = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
        File { name, text: fs::read_to_string(&path).expect("a text") }
    };
    let files: Vec<File> = paths.into_iter().map(file).collect();
    assert!(!files.is_empty(), "no *{ending} in {folder}/");
    files
}

fn none(problems: &[String], what: &str) {
    assert!(problems.is_empty(), "{what}:\n  {}", problems.join("\n  "));
}

#[test]
fn every_file_opens_with_its_purpose() {
    let kinds = [
        ("src", ".rs", "//! "),
        ("tests", ".rs", "//! "),
        ("benches", ".rs", "//! "),
        ("shaders", ".wgsl", "// "),
        ("bootstrap", ".scm", "; "),
        ("examples", ".scm", "; "),
    ];
    let mut problems = Vec::new();
    for (folder, ending, mark) in kinds {
        for file in files(folder, ending) {
            let purpose = file.text.lines().next().and_then(|line| line.strip_prefix(mark)).unwrap_or_default();
            if purpose.trim().len() < 12 {
                problems.push(format!("{}:1: `{mark}…` is missing", file.name));
            }
        }
    }
    none(&problems, "files whose first line does not say what they are for");
}

#[test]
fn no_source_file_is_too_long() {
    let sources = files("src", ".rs");
    let mut problems = Vec::new();
    for file in &sources {
        let lines = file.text.lines().count();
        match LONGER.iter().find(|(name, _)| *name == file.name) {
            None if lines > LINES => problems.push(format!("{}: {lines} lines", file.name)),
            Some((name, _)) if lines <= LINES => {
                problems.push(format!("{name}: {lines} lines, no longer an exception"))
            }
            _ => {}
        }
    }
    for (name, _) in LONGER.iter().filter(|(name, _)| !sources.iter().any(|file| file.name == *name)) {
        problems.push(format!("{name}: an exception for a file that is not there"));
    }
    none(&problems, &format!("more than {LINES} lines"));
}

#[test]
fn modules_import_only_what_stands_before_them() {
    let sources = files("src", ".rs");
    let lib = sources.iter().find(|file| file.name == "src/lib.rs").expect("the root");
    let exports = exports(&lib.text);
    let mut problems = Vec::new();
    for file in &sources {
        let Some(own) = ORDER.iter().position(|module| *module == file.module()) else {
            problems.push(format!("{}: `{}` has no place in the order", file.name, file.module()));
            continue;
        };
        for (line, path) in crate_paths(file) {
            let module = exports.iter().find(|(name, _)| *name == path).map_or(&*path, |(_, module)| module);
            match ORDER.iter().position(|other| *other == module) {
                None => problems.push(format!("{}:{line}: `{path}` has no place in the order", file.name)),
                Some(other) if other > own => {
                    problems.push(format!("{}:{line}: {} imports {module}, a later module", file.name, ORDER[own]));
                }
                Some(_) => {}
            }
        }
    }
    none(&problems, "imports against the order");
}

/// What `lib.rs` re-exports: the name at the root, the module.
fn exports(lib: &str) -> Vec<(String, String)> {
    let mut exports = Vec::new();
    for export in lib.split("\npub use ").skip(1) {
        let export = export.split(';').next().unwrap_or_default();
        let (module, names) = export.split_once("::").expect("a re-export names a module");
        let names = names.trim_start_matches('{').trim_end_matches('}').split(',').map(str::trim);
        exports.extend(names.filter(|name| !name.is_empty()).map(|name| (name.to_owned(), module.to_owned())));
    }
    exports
}

/// The first segment behind the crate's root of every path in a file, with its line: `crate::…`, `evalgrad::…` in the
/// binary, and `super::…` where it climbs that far. Comments are no imports.
fn crate_paths(file: &File) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut inner = 0;
    let mut group = None;
    for (index, line) in file.text.lines().enumerate() {
        let line = line.trim_start();
        if line.starts_with("//") {
            continue;
        }
        if line.starts_with("mod ") && line.ends_with('{') {
            inner = 1; // modules inside a file stand at its end: its tests
        }
        let up = "super::".repeat(file.depth() + inner);
        for root in ["crate::", "evalgrad::", &up] {
            for (at, _) in line.match_indices(root).filter(|_| !root.is_empty()) {
                let before = line[..at].chars().next_back();
                if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$' || c == ':') {
                    continue;
                }
                let rest = &line[at + root.len()..];
                if let Some(names) = rest.strip_prefix('{') {
                    group = Some(index);
                    found.extend(group_names(names).map(|name| (index + 1, name)));
                } else {
                    let name: String = rest.chars().take_while(|&c| c.is_alphanumeric() || c == '_').collect();
                    if name != "super" && !name.is_empty() {
                        found.push((index + 1, name));
                    }
                }
            }
        }
        // `use crate::{` over several lines.
        if let Some(first) = group {
            if index > first {
                found.extend(group_names(line).map(|name| (index + 1, name)));
            }
            if line.contains("};") {
                group = None;
            }
        }
    }
    found
}

/// The first segments of the paths in one line of a group.
fn group_names(line: &str) -> impl Iterator<Item = String> + '_ {
    let mut depth = 0;
    let mut outer = String::new();
    for c in line.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ if depth == 0 => outer.push(c),
            _ => {}
        }
    }
    let names: Vec<String> = outer
        .split(',')
        .map(|path| path.trim().chars().take_while(|&c| c.is_alphanumeric() || c == '_').collect())
        .filter(|name: &String| !name.is_empty())
        .collect();
    names.into_iter()
}

#[test]
fn nothing_is_promised_that_is_not_there() {
    let folders = [
        ("src", ".rs"),
        ("tests", ".rs"),
        ("benches", ".rs"),
        ("shaders", ".wgsl"),
        ("bootstrap", ".scm"),
        ("examples", ".scm"),
        ("tests/corpus", ".scm"),
    ];
    let mut problems = Vec::new();
    for file in folders.iter().flat_map(|(folder, ending)| files(folder, ending)) {
        if file.name == "tests/tidy.rs" {
            continue; // it lists the words
        }
        for (index, line) in file.text.lines().enumerate() {
            let everywhere = BANNED.iter().filter(|(word, exact)| has_word(line, word, *exact)).map(|(word, _)| *word);
            let prose = prose(line);
            let in_prose = BANNED_IN_PROSE.iter().filter(|word| has_word(&prose, word, false)).copied();
            for word in everywhere.chain(in_prose) {
                problems.push(format!("{}:{}: `{word}`: {}", file.name, index + 1, line.trim()));
            }
        }
    }
    none(&problems, "words that promise what is not there");
}

/// A line's comment and string literals, as far as one line shows them.
fn prose(line: &str) -> String {
    let comment = line.find("//").or_else(|| line.find(';')).map_or("", |at| &line[at..]);
    let strings: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
    format!("{comment} {}", strings.join(" "))
}

/// Does a word of the line begin so?
fn has_word(line: &str, word: &str, exact: bool) -> bool {
    let (line, word) =
        if exact { (line.to_owned(), word.to_owned()) } else { (line.to_lowercase(), word.to_lowercase()) };
    let begins = |at: usize| !line[..at].ends_with(|c: char| c.is_alphanumeric());
    line.match_indices(&word).any(|(at, _)| begins(at))
}

/// WGSL's functions of numbers. `min` and `max` of words are arithmetic of addresses; everything else comes out of the op table.
const FORMULAS: &str = "abs acos acosh asin asinh atan atan2 atanh ceil cos cosh cross degrees distance dot exp exp2 floor fma \
    fract inverseSqrt ldexp length log log2 mix modf normalize pow radians round saturate sign sin sinh smoothstep sqrt \
    step tan tanh trunc";

#[test]
fn no_formula_of_an_operation_stands_in_a_shader() {
    let mut problems = Vec::new();
    for file in files("shaders", ".wgsl") {
        for (index, line) in file.text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for function in FORMULAS.split_whitespace() {
                let call = format!("{function}(");
                let is_call = |at: usize| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                if code.match_indices(&call).any(|(at, _)| is_call(at)) {
                    problems.push(format!("{}:{}: `{call}`", file.name, index + 1));
                }
            }
        }
    }
    none(&problems, "formulas outside the op table");
}

/// The searches above find what they are for.
#[test]
fn the_searches_search() {
    let paths = |name: &str, text: &str| {
        let file = File { name: name.to_owned(), text: text.to_owned() };
        crate_paths(&file).into_iter().map(|(line, path)| format!("{line} {path}")).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(
        paths("src/op/num.rs", "use crate::op::Op;\n// use crate::fit;\nlet x = crate::host::run();"),
        "1 op, 3 host"
    );
    assert_eq!(
        paths("src/op/num.rs", "use crate::{\n    error::{Error, Place},\n    fit, tape,\n};"),
        "2 error, 3 fit, 3 tape"
    );
    assert_eq!(paths("src/op/num.rs", "use super::super::fit;\nuse super::mod_of_op;"), "1 fit");
    assert_eq!(
        paths("src/table.rs", "use super::fit;\nmod tests {\n    use super::*;\n    use super::super::cli;"),
        "1 fit, 4 cli"
    );
    assert!(
        has_word("// a Hack", "hack", false) && !has_word("whack", "hack", false) && !has_word("todo!", "TODO", true)
    );
    assert_eq!(prose("self.placeholder(x) // why").trim(), "// why");
    assert_eq!(
        exports("\npub use engine::{Device, Engine};\npub use error::Error;")[2],
        ("Error".to_owned(), "error".to_owned())
    );
}
