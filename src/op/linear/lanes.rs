//! Lanes of an element.

use super::{Element, Formula};

/// An element in so many lanes.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Lanes<F, const L: usize>(pub [F; L]);

impl<F: Element, const L: usize> Lanes<F, L> {
    /// The same number in every lane.
    #[inline(always)]
    pub fn all(number: F) -> Self {
        Lanes([number; L])
    }

    /// A sum with a term more, lane by lane, by the formula of this number.
    #[inline(always)]
    pub(super) fn with<const FORMULA: usize>(self, x: &Self, y: &Self) -> Self {
        let mut result = self;
        for lane in 0..L {
            result.0[lane] = Formula::ALL[FORMULA].of(self.0[lane], x.0[lane], y.0[lane]);
        }
        result
    }
}
