//! Cache: what was measured, in a file for each machine in the user's cache folder.
//!
//! In: [`Costs`] and whose they are. Out: the same in a later process. Always: a file is there as a whole or not at all; one that does not
//! read, or is about another machine, driver or version, counts as none and is written over. Deliberately absent: errors. A
//! folder that cannot be written leaves everything in memory.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Map, Value, json};

use crate::engine::costs::{Cost, Costs, Kind, Measure};

/// The variable that names another folder, or says that there is none.
pub const VARIABLE: &str = "EVALGRAD_CACHE";
/// Its value where nothing is to be kept.
pub const OFF: &str = "off";

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
        if cfg!(test) { Cache::none() } else { Cache { folder: folder(|name| std::env::var_os(name)) } }
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
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let Some(path) = self.path(owner) else { return };
        let mut kept = Map::new();
        for cost in Cost::ALL.into_iter().filter(|&cost| costs.is_measured(cost)) {
            let Measure { value, seen } = costs.measure(cost);
            kept.insert(cost.name().to_owned(), json!({"seconds": value, "seen": seen}));
        }
        let mut file = owner.head();
        file.insert("costs".to_owned(), kept.into());
        let Ok(text) = serde_json::to_string_pretty(&Value::Object(file)) else { return };
        // Nobody sees half a file: it gets its name when it is whole.
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let new = path.with_extension(format!("{}-{number}.new", std::process::id()));
        let write = || -> std::io::Result<()> {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(&new, text + "\n")?;
            fs::rename(&new, &path)
        };
        if write().is_err() {
            // What cannot be kept is measured again.
            let _ = fs::remove_file(&new);
        }
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

/// The folder that the environment means: what [`VARIABLE`] says, else this platform's for caches.
pub(super) fn folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    // A variable that is empty says nothing.
    let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(own) = set(VARIABLE) {
        return (own.as_os_str() != OFF).then_some(own);
    }
    let own = |folder: PathBuf| folder.join("evalgrad");
    if cfg!(windows) {
        return set("LOCALAPPDATA").map(own);
    }
    let home = || set("HOME").filter(|home| home.is_absolute());
    if cfg!(target_os = "macos") {
        return home().map(|home| own(home.join("Library").join("Caches")));
    }
    // Relative paths are to be ignored, says the specification of XDG.
    set("XDG_CACHE_HOME").filter(|path| path.is_absolute()).or_else(|| home().map(|home| home.join(".cache"))).map(own)
}
