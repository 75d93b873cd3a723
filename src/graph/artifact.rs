//! The portable artifact `.ncg`: graphs in versioned JSON, refused unless every bit is as it was saved.
//!
//! ```json
//! { "format": "evalgrad-ncg", "version": 1, "ops": "<sha256 of the table>", "hash": "<sha256 of kind and modules>",
//!   "kind": "program", "modules": { "program": { "entry": 0, "inputs": [], "exports": [], "bodies": [] } } }
//! ```
//!
//! The hash is that of the canonical text of `kind` and `modules` (as written here, without spaces), so that a file that was
//! only laid out anew still loads.

use std::fmt;
use std::path::Path;

use serde::de::{self, MapAccess};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::GraphError;
use super::types::Graph;
use crate::op::ROWS;

/// The value of `format` in every artifact.
pub const FORMAT: &str = "evalgrad-ncg";
/// The version that this build writes, and the only one it reads.
pub const VERSION: u32 = 1;

/// What an artifact holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ArtifactKind {
    /// Graphs `prelude` and `evaluator`; the latter exports `evaluate`.
    Interpreter,
    /// One graph, with an entry.
    Program,
}

/// A compiled interpreter or program.
#[derive(Clone, Debug, PartialEq)]
pub struct Artifact {
    pub kind: ArtifactKind,
    /// Graphs by name.
    pub graphs: Vec<(String, Graph)>,
}

/// Why an artifact was not written or read.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    #[error("the artifact cannot be read or written: {0}")]
    Io(#[from] std::io::Error),
    #[error("the file is truncated or is not JSON: {0}")]
    NotJson(serde_json::Error),
    #[error("the file is not an evalgrad artifact")]
    NotArtifact,
    #[error("the artifact has version {found}; this build reads version {VERSION}")]
    Version { found: u64 },
    #[error("the artifact was compiled for another table of operations; compile it again with this build")]
    Operations,
    #[error("the content of the artifact was altered after it was saved: it does not match its hash")]
    Altered,
    #[error("the artifact does not hold what its kind promises: {0}")]
    Content(&'static str),
    #[error("a graph of the artifact breaks a rule: {0}")]
    Graph(#[from] GraphError),
}

/// What every version of the format has.
#[derive(Deserialize)]
struct Header {
    format: String,
    version: u64,
    #[serde(default)]
    ops: String,
}

impl Header {
    fn check(&self) -> Result<(), ArtifactError> {
        if self.format != FORMAT {
            return Err(ArtifactError::NotArtifact);
        }
        if self.version != u64::from(VERSION) {
            return Err(ArtifactError::Version { found: self.version });
        }
        if self.ops != fingerprint() {
            return Err(ArtifactError::Operations);
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Writer<'a> {
    format: &'a str,
    version: u32,
    ops: String,
    hash: String,
    kind: ArtifactKind,
    modules: Modules<'a>,
}

#[derive(Serialize)]
struct Canonical<'a> {
    kind: ArtifactKind,
    modules: Modules<'a>,
}

#[derive(Clone, Copy)]
struct Modules<'a>(&'a [(String, Graph)]);

impl Serialize for Modules<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, graph)| (name, graph)))
    }
}

#[derive(Deserialize)]
struct Reader {
    format: String,
    version: u64,
    ops: String,
    hash: String,
    kind: ArtifactKind,
    #[serde(deserialize_with = "modules")]
    modules: Vec<(String, Graph)>,
}

/// The members of an object in their order, each name once.
fn modules<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, Graph)>, D::Error> {
    struct Visitor;
    impl<'de> de::Visitor<'de> for Visitor {
        type Value = Vec<(String, Graph)>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("graphs by name")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut graphs: Self::Value = Vec::new();
            while let Some((name, graph)) = map.next_entry::<String, Graph>()? {
                if graphs.iter().any(|(other, _)| *other == name) {
                    return Err(de::Error::custom("a graph is named twice"));
                }
                graphs.push((name, graph));
            }
            Ok(graphs)
        }
    }
    deserializer.deserialize_map(Visitor)
}

/// The sha256 of the table of operations: names, operand counts and kinds, in order.
pub fn fingerprint() -> String {
    let rows: String = ROWS.iter().map(|row| format!("{} {} {:?}\n", row.name, row.arity, row.kind)).collect();
    sha256(rows.as_bytes())
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Artifact {
    /// The graph with this name.
    pub fn graph(&self, name: &str) -> Option<&Graph> {
        self.graphs.iter().find(|(other, _)| other == name).map(|(_, graph)| graph)
    }

    /// The sha256 of the canonical content: equal for equal artifacts.
    pub fn hash(&self) -> String {
        let content = Canonical { kind: self.kind, modules: Modules(&self.graphs) };
        sha256(json(&content).as_bytes())
    }

    /// The artifact as text, one line.
    pub fn to_json_string(&self) -> String {
        let modules = Modules(&self.graphs);
        let (ops, hash) = (fingerprint(), self.hash());
        json(&Writer { format: FORMAT, version: VERSION, ops, hash, kind: self.kind, modules }) + "\n"
    }

    /// The artifact that `text` holds. Everything is checked: format, version, table of operations, hash, content, graphs.
    pub fn from_json_str(text: &str) -> Result<Self, ArtifactError> {
        let Reader { format, version, ops, hash, kind, modules } = match serde_json::from_str(text) {
            Ok(reader) => reader,
            Err(error) => return Err(why_unreadable(text, error)),
        };
        Header { format, version, ops }.check()?;
        let artifact = Artifact { kind, graphs: modules };
        if artifact.hash() != hash {
            return Err(ArtifactError::Altered);
        }
        artifact.verify()?;
        Ok(artifact)
    }

    /// Writes the artifact to `path`, checked.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), ArtifactError> {
        self.verify()?;
        Ok(std::fs::write(path, self.to_json_string())?)
    }

    /// Reads the artifact at `path`, checked as in [`Artifact::from_json_str`].
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ArtifactError> {
        let bytes = std::fs::read(path)?;
        let text = String::from_utf8(bytes).map_err(|_| ArtifactError::NotJson(de::Error::custom("not UTF-8")))?;
        Self::from_json_str(&text)
    }

    /// Checks that the graphs are those its kind promises, and each graph.
    pub fn verify(&self) -> Result<(), ArtifactError> {
        let rule = |holds: bool, rule| {
            if holds { Ok(()) } else { Err(ArtifactError::Content(rule)) }
        };
        match self.kind {
            ArtifactKind::Interpreter => {
                rule(self.graphs.len() == 2, "an interpreter is a prelude and an evaluator")?;
                rule(self.graph("prelude").is_some(), "an interpreter has a prelude")?;
                let evaluate = self.graph("evaluator").and_then(|graph| graph.export("evaluate"));
                rule(evaluate.is_some(), "an interpreter has an evaluator that exports evaluate")?;
                rule(self.graphs.iter().all(|(_, graph)| graph.entry.is_none()), "an interpreter has no entry")?;
            }
            ArtifactKind::Program => {
                rule(self.graphs.len() == 1, "a program is one graph")?;
                rule(self.graphs.iter().all(|(_, graph)| graph.entry.is_some()), "a program has an entry")?;
            }
        }
        for (_, graph) in &self.graphs {
            graph.verify()?;
        }
        Ok(())
    }
}

/// Why `text` does not hold what an artifact of this version does. The header is read alone, since all else may differ.
fn why_unreadable(text: &str, error: serde_json::Error) -> ArtifactError {
    if !error.is_data() {
        return ArtifactError::NotJson(error);
    }
    match serde_json::from_str::<Header>(text) {
        Ok(header) => header.check().err().unwrap_or(ArtifactError::Altered),
        Err(error) if error.is_data() => ArtifactError::NotArtifact,
        Err(error) => ArtifactError::NotJson(error),
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| unreachable!("strings, numbers and lists always serialise"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{FACT, program};
    use super::*;

    fn artifact() -> Artifact {
        Artifact { kind: ArtifactKind::Program, graphs: vec![("program".to_owned(), program(FACT))] }
    }

    fn refusal(text: &str) -> String {
        Artifact::from_json_str(text).expect_err("a refusal").to_string()
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let path = std::env::temp_dir().join(format!("evalgrad-artifact-{}.ncg", std::process::id()));
        artifact().save(&path).expect("saved");
        let loaded = Artifact::load(&path);
        std::fs::remove_file(&path).expect("removed");
        assert_eq!(loaded.expect("loaded"), artifact());
        assert!(matches!(Artifact::load(&path), Err(ArtifactError::Io(_))));
    }

    #[test]
    fn each_refusal_has_its_sentence() {
        let good = artifact().to_json_string();
        assert!(refusal(&good[..good.len() / 2]).contains("truncated or is not JSON"));
        assert!(refusal("(define x 1)").contains("truncated or is not JSON"));
        assert!(refusal("{}").contains("not an evalgrad artifact"));
        assert!(refusal("[1]").contains("not an evalgrad artifact"));
        assert!(refusal(&good.replace(FORMAT, "other")).contains("not an evalgrad artifact"));
        assert!(refusal(&good.replace("\"version\":1", "\"version\":2")).contains("has version 2"));
        assert!(refusal(&good.replace(&fingerprint(), "00")).contains("another table of operations"));
        assert!(refusal(&good.replace("{\"int\":5}", "{\"int\":6}")).contains("altered"));
        assert!(refusal(&good.replace("{\"op\":\"=\"}", "{\"op\":\"?\"}")).contains("altered"));
        assert!(refusal(&good.replace("\"kind\":\"program\"", "\"kind\":\"interpreter\"")).contains("altered"));
    }

    #[test]
    fn a_file_laid_out_anew_is_the_same_artifact() {
        let value: serde_json::Value = serde_json::from_str(&artifact().to_json_string()).expect("json");
        let pretty = serde_json::to_string_pretty(&value).expect("json");
        assert_eq!(Artifact::from_json_str(&pretty).expect("loaded"), artifact());
    }

    #[test]
    fn content_and_rules_are_checked_behind_the_hash() {
        let mut other = artifact();
        other.kind = ArtifactKind::Interpreter;
        assert!(refusal(&other.to_json_string()).contains("a prelude and an evaluator"));
        assert!(matches!(other.save("unused"), Err(ArtifactError::Content(_))));
        let mut broken = artifact();
        broken.graphs[0].1.inputs.clear();
        assert!(refusal(&broken.to_json_string()).contains("breaks a rule"));
    }

    #[test]
    fn an_artifact_the_size_of_the_interpreter_is_small() {
        let clauses: String = (0..220).map(|i| format!("(if (op = $a {i}) (call f (op + $b {i}) g) ")).collect();
        let text = format!("{clauses} 0{}", ")".repeat(220));
        let graph = program(&text);
        assert!(graph.node_count() > 1_500, "{} nodes", graph.node_count());
        let artifact = Artifact { kind: ArtifactKind::Program, graphs: vec![("program".to_owned(), graph)] };
        let json = artifact.to_json_string();
        assert!(json.len() < 150_000, "{} bytes", json.len());
        assert_eq!(Artifact::from_json_str(&json).expect("loaded"), artifact);
    }
}
