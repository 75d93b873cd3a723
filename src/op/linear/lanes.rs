//! Lanes of an element.

use super::Element;

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

    /// A sum with a term more, lane by lane.
    #[inline(always)]
    pub(super) fn with(self, x: &Self, y: &Self, w: &Self, formula: impl Fn(F, F, F, F) -> F) -> Self {
        let mut result = self;
        for lane in 0..L {
            result.0[lane] = formula(self.0[lane], x.0[lane], y.0[lane], w.0[lane]);
        }
        result
    }
}
