//! Cache: what was measured, in a file for each machine in the user's cache folder.
//!
//! In: [`Costs`] and whose they are. Out: the same in a later process. Always: a file is there as a whole or not at all; one that does not
//! read, or is about another machine, driver or version, counts as none and is written over. Deliberately absent: errors. A
//! folder that cannot be written leaves everything in memory.

use std::fs;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::cache;
use crate::engine::costs::{Cost, Costs, Kind, Measure};

/// Where files are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    folder: Option<PathBuf>,
}

/// Whose costs they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    pub kind: Kind,
    /// The adapter, or the host's architecture and cores.
    pub machine: String,
    /// Of the adapter.
    pub driver: String,
}

impl Cache {
    /// The user's.
    pub fn of_user() -> Cache {
        // The crate's own tests leave the user's files alone.
        if cfg!(test) { Cache::none() } else { Cache { folder: cache::folder(|name| std::env::var_os(name)) } }
    }

    /// Nothing is kept.
    pub fn none() -> Cache {
        Cache { folder: None }
    }

    /// In this folder.
    #[cfg(test)]
    pub fn at(folder: PathBuf) -> Cache {
        Cache { folder: Some(folder) }
    }

    fn path(&self, owner: &Owner) -> Option<PathBuf> {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        let mut name: String = format!("{} {}", owner.machine, owner.driver).chars().take(120).map(plain).collect();
        while name.contains("--") {
            name = name.replace("--", "-");
        }
        Some(self.folder.as_ref()?.join(format!("costs-{}.json", name.trim_matches('-'))))
    }

    /// What is kept of this machine; what has no number in the file is as assumed.
    pub fn load(&self, owner: &Owner) -> Option<Costs> {
        let text = fs::read_to_string(self.path(owner)?).ok()?;
        let file: Value = serde_json::from_str(&text).ok()?;
        let head = owner.head();
        if !head.iter().all(|(name, value)| file.get(name) == Some(value)) {
            return None;
        }
        let kept = file.get("costs")?.as_object()?;
        let mut costs = Costs::assumed(owner.kind);
        for cost in Cost::ALL {
            let Some(measure) = kept.get(cost.name()) else { continue };
            let value = measure.get("seconds")?.as_f64().filter(|value| value.is_finite() && *value > 0.0)?;
            let seen = u32::try_from(measure.get("seen")?.as_u64()?).ok()?;
            costs.set(cost, Measure { value, seen });
        }
        Some(costs)
    }

    /// Keeps what was measured of a machine.
    pub fn save(&self, owner: &Owner, costs: &Costs) {
        let Some(path) = self.path(owner) else { return };
        let mut kept = Map::new();
        for cost in Cost::ALL.into_iter().filter(|&cost| costs.is_measured(cost)) {
            let Measure { value, seen } = costs.measure(cost);
            kept.insert(cost.name().to_owned(), json!({"seconds": value, "seen": seen}));
        }
        let mut file = owner.head();
        file.insert("costs".to_owned(), kept.into());
        let Ok(text) = serde_json::to_string_pretty(&Value::Object(file)) else { return };
        // What cannot be kept is measured again.
        let _ = cache::write(&path, (text + "\n").as_bytes());
    }
}

impl Owner {
    /// This machine's cores.
    pub fn host(cores: usize) -> Owner {
        let machine = format!("{} {} {cores} cores", std::env::consts::ARCH, std::env::consts::OS);
        Owner { kind: Kind::Host, machine, driver: String::new() }
    }

    fn head(&self) -> Map<String, Value> {
        let mut head = Map::new();
        head.insert("evalgrad".to_owned(), json!(env!("CARGO_PKG_VERSION")));
        head.insert("machine".to_owned(), json!(self.machine));
        head.insert("driver".to_owned(), json!(self.driver));
        head
    }
}
