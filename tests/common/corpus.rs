//! The corpus: programs with what they must give, as text.
//!
//! ```text
//! ;; case: a-name-of-its-own
//! ;; set x=2 k=-0.5          inputs
//! ;; const n=(1 2)           one constant a line
//! (if (< x k) x (* k x))     the program, lines and columns from its first line
//! ; => -1.0                  the written value, or
//! ; error wrong-type 1:6     a kind, a line and a column
//! ; grad x=-0.5 k=2          any number of derivatives
//! ; warning branch-only c    an input that only decides a branch
//! ; status non-finite 1:1    where a value or derivative that is not finite arose
//! ```
//! A case ends where the next begins. Anything else is an error, as are a case without a value or an error, and two of
//! one name.

use std::collections::HashSet;
use std::path::PathBuf;

use evalgrad::program::ProgramOptions;
use evalgrad::reader::{Position, read_one};

/// A program and what it must give.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// `file/case`.
    pub name: String,
    pub text: String,
    pub sets: Vec<(String, f64)>,
    pub constants: Vec<(String, String)>,
    pub expected: Expected,
    pub grads: Vec<(String, f64)>,
    pub branch_only: Vec<String>,
    pub non_finite: Option<Position>,
}

/// How a case must end.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Expected {
    #[default]
    Nothing,
    Value(String),
    Error(String, Position),
}

impl Case {
    /// The options that its constants are.
    pub fn options(&self) -> ProgramOptions {
        let datum = |text: &str| read_one(text).unwrap_or_else(|errors| panic!("{}: {errors:?}", self.name));
        let constants = self.constants.iter().map(|(name, text)| (name.clone(), datum(text).into())).collect();
        ProgramOptions { constants, ..ProgramOptions::default() }
    }
}

/// Every case of every file in `tests/corpus`.
pub fn load() -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("the corpus is there").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a text");
        let stem = file.file_stem().expect("a name").to_string_lossy().into_owned();
        cases.extend(parse(&stem, &text).unwrap_or_else(|problem| panic!("{problem}")));
    }
    let mut names = HashSet::new();
    for case in &cases {
        let name = case.name.split('/').next_back().expect("a name");
        assert!(names.insert(name.to_owned()), "two cases are named {name}");
    }
    cases
}

/// The cases of one file.
pub fn parse(file: &str, text: &str) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let wrong = |problem: &str| format!("{file}.scm:{}: {problem}: {line}", index + 1);
        if let Some(name) = line.strip_prefix(";; case: ") {
            cases.push(Case { name: format!("{file}/{name}"), ..Case::default() });
            continue;
        }
        let Some(case) = cases.last_mut() else {
            if line.is_empty() || line.starts_with(";;; ") { continue } else { return Err(wrong("no case yet")) }
        };
        if case.mark(line).ok_or_else(|| wrong("not a mark of the corpus"))? {
            continue;
        }
        let ended = case.expected != Expected::Nothing;
        if ended && !line.is_empty() {
            return Err(wrong("a program goes on behind its marks"));
        }
        if !ended && (!case.text.is_empty() || !line.is_empty()) {
            case.text.push_str(line);
            case.text.push('\n');
        }
    }
    match cases.iter().find(|case| case.expected == Expected::Nothing || case.text.is_empty()) {
        Some(case) => Err(format!("{}: no program, or nothing that it must give", case.name)),
        None => Ok(cases),
    }
}

impl Case {
    /// Takes a line that is a mark; whether it was one, `None` for one that cannot be.
    fn mark(&mut self, line: &str) -> Option<bool> {
        let is_before = self.text.is_empty();
        if let Some(mark) = line.strip_prefix(";; ") {
            let (kind, rest) = mark.split_once(' ')?;
            match kind {
                "set" if is_before => self.sets.extend(numbers(rest)?),
                "const" if is_before => {
                    let (name, datum) = rest.split_once('=')?;
                    self.constants.push((name.to_owned(), datum.to_owned()));
                }
                _ => return None,
            }
            return Some(true);
        }
        let Some(mark) = line.strip_prefix("; ") else { return Some(false) };
        let (kind, rest) = mark.split_once(' ')?;
        let is_first = self.expected == Expected::Nothing;
        match kind {
            "=>" if is_first => self.expected = Expected::Value(rest.to_owned()),
            "error" if is_first => {
                let (kind, place) = rest.split_once(' ')?;
                self.expected = Expected::Error(kind.to_owned(), position(place)?);
            }
            "grad" if !is_first => self.grads.extend(numbers(rest)?),
            "warning" if !is_first => self.branch_only.push(rest.strip_prefix("branch-only ")?.to_owned()),
            "status" if !is_first && self.non_finite.is_none() => {
                self.non_finite = Some(position(rest.strip_prefix("non-finite ")?)?);
            }
            _ => return None,
        }
        Some(true)
    }
}

fn numbers(text: &str) -> Option<Vec<(String, f64)>> {
    text.split_whitespace()
        .map(|pair| pair.split_once('=').and_then(|(name, value)| Some((name.to_owned(), number(value)?))))
        .collect()
}

/// A number as the language writes it.
pub fn number(text: &str) -> Option<f64> {
    match text {
        "+inf.0" => Some(f64::INFINITY),
        "-inf.0" => Some(f64::NEG_INFINITY),
        "+nan.0" => Some(f64::NAN),
        _ if text.contains(|c: char| c.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    }
}

fn position(text: &str) -> Option<Position> {
    let (line, column) = text.split_once(':')?;
    Some(Position { line: line.parse().ok()?, column: column.parse().ok()? })
}

/// Are these the same written values, Floats as `same` says and everything else exactly?
pub fn same_written(found: &str, expected: &str, same: impl Fn(f64, f64) -> bool) -> bool {
    let (found, expected) = (tokens(found), tokens(expected));
    let float = |text: &str| number(text).filter(|_| text.contains(['.', 'e', 'E']));
    found.len() == expected.len()
        && found.iter().zip(expected).all(|(found, expected)| match (float(found), float(expected)) {
            (Some(found), Some(expected)) => same(found, expected),
            _ => *found == expected,
        })
}

/// Brackets and the stretches between them and blanks.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    for piece in text.split_inclusive(['(', ')', '[', ']', ' ']) {
        let bare = piece.trim_end_matches(['(', ')', '[', ']', ' ']);
        tokens.extend((!bare.is_empty()).then_some(bare));
        tokens.extend(Some(&piece[bare.len()..]).filter(|rest| !rest.trim().is_empty()));
    }
    tokens
}

/// Is a number another one up to a relative error? Not-finite ones must be the same.
pub fn near(found: f64, expected: f64, tolerance: f64) -> bool {
    found == expected || found.is_nan() && expected.is_nan() || (found - expected).abs() <= tolerance * expected.abs()
}
