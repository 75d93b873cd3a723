//! When a search stops, and in words why it did.

use std::fmt;

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// At most this many trial steps.
    pub iterations: usize,
    /// Stop when the residuals' share along the Jacobian's columns is at most this.
    pub offset: f64,
    /// Stop when the region is at most this multiple of the scaled parameters.
    pub step: f64,
    /// Stop when predicted and actual reduction are at most this share of the loss.
    pub reduction: f64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { iterations: 500, offset: 1e-10, step: 1e-12, reduction: 1e-15 }
    }
}

/// Why a search ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// Nothing to search: every parameter is fixed.
    NothingFree,
    /// The model meets the observations to rounding.
    Exact,
    /// The residuals have no part along any parameter's derivative; with the relative offset.
    Stationary(f64),
    /// The loss cannot be reduced further in f64, at a minimum; with the relative offset.
    Reduction(f64),
    /// The same, but the gradient is not zero; with the relative offset.
    Stalled(f64),
    /// Every short step raises the loss although its gradient is not zero: a minimum where the model has a kink or a jump.
    Kink(f64),
    /// No further step inside the model's domain; with the failure next to it.
    Domain(String),
    /// The iterations are used up; with the relative offset left.
    Iterations(f64),
    /// A minimum as the stop within says, but one of many: the data do not determine every parameter there.
    Undetermined(Box<Stop>),
}

impl Stop {
    /// Whether the point is a minimum as far as arithmetic can tell, and the only one nearby.
    pub fn converged(&self) -> bool {
        !matches!(self, Stop::Stalled(_) | Stop::Domain(_) | Stop::Iterations(_) | Stop::Undetermined(_))
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::NothingFree => f.write_str("every parameter is fixed"),
            Stop::Exact => f.write_str("the residuals are zero to rounding"),
            Stop::Stationary(offset) => {
                write!(f, "a minimum: the gradient is zero (relative offset {offset:.1e})")
            }
            Stop::Reduction(offset) => {
                write!(f, "a minimum: the loss cannot be reduced further in f64 (relative offset {offset:.1e})")
            }
            Stop::Stalled(offset) => write!(
                f,
                "the search stalled: the loss cannot be reduced further in f64 although its gradient is not zero (relative offset \
                 {offset:.1e}); parameters may be running away"
            ),
            Stop::Kink(offset) => write!(
                f,
                "every step, however short, raises the loss although its gradient is not zero (relative offset {offset:.1e}): \
                 the minimum lies at a kink or a jump of the model"
            ),
            Stop::Domain(failure) => {
                write!(f, "the search ran against the edge of the model's domain: {failure}")
            }
            Stop::Iterations(offset) => {
                write!(f, "the iterations are used up: relative offset {offset:.1e}")
            }
            Stop::Undetermined(stop) => write!(f, "{stop}; but other values of the parameters do as well"),
        }
    }
}
