//! A GPU for tests: one context for all of them, and a visible word where there is none.

use std::sync::OnceLock;

use super::{Context, DeviceError, Selection};

/// The best adapter's context. A machine without one fails the test, unless `EVALGRAD_ALLOW_NO_GPU=1` asks for a visible skip.
///
/// # Panics
/// When there is no GPU and no leave to go without.
pub(crate) fn context(test: &str) -> Option<&'static Context> {
    static CONTEXT: OnceLock<Result<Context, DeviceError>> = OnceLock::new();
    match CONTEXT.get_or_init(|| Context::open(&Selection::Best)) {
        Ok(context) => Some(context),
        Err(error) if std::env::var_os("EVALGRAD_ALLOW_NO_GPU").is_some_and(|value| value == "1") => {
            eprintln!("skipped: {test}: {error}");
            None
        }
        Err(error) => panic!("{test} needs a GPU (EVALGRAD_ALLOW_NO_GPU=1 skips it): {error}"),
    }
}
