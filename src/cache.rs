//! The user's cache folder, and files in it that are there as a whole or not at all.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// The variable that names another folder, or says that there is none.
pub const VARIABLE: &str = "EVALGRAD_CACHE";
/// Its value where nothing is to be kept.
pub const OFF: &str = "off";

/// The folder that the environment means: what [`VARIABLE`] says, else this platform's for caches.
pub fn folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
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

/// Writes a file, and its folder where there is none. Nobody sees half of it: it gets its name when it is whole.
///
/// # Errors
/// The folder or the file cannot be written; what was there before stays.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let new = path.with_extension(format!("{}-{number}.new", std::process::id()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let written = fs::write(&new, bytes).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        // Of a file that could not be written whole nothing is to stay; that it does is no error of its own.
        let _ = fs::remove_file(&new);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_where_the_folder_is() {
        let with = |all: &[(&str, &str)]| {
            let all: Vec<(String, OsString)> =
                all.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
            folder(move |name| all.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone()))
        };
        assert_eq!(with(&[(VARIABLE, OFF), ("HOME", "/home/u")]), None);
        assert_eq!(with(&[(VARIABLE, "elsewhere"), ("HOME", "/home/u")]), Some("elsewhere".into()));
        assert_eq!(with(&[]), None);
        if cfg!(all(unix, not(target_os = "macos"))) {
            assert_eq!(with(&[("HOME", "/home/u")]), Some("/home/u/.cache/evalgrad".into()));
            assert_eq!(with(&[("HOME", "/home/u"), ("XDG_CACHE_HOME", "/c")]), Some("/c/evalgrad".into()));
            assert_eq!(
                with(&[("HOME", "/home/u"), ("XDG_CACHE_HOME", "c"), (VARIABLE, "")]),
                Some("/home/u/.cache/evalgrad".into())
            );
        }
    }
}
