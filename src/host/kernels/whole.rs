//! Whole operations in the widest registers.

use super::dispatch::Job;
use super::{GRAIN, Grain};
use crate::op::linear::{self, Linear, Scratch, Sums};
use crate::value::Real;

/// The results of a whole operation.
pub(super) struct Forward<'a, F> {
    pub linear: Linear,
    pub operands: [&'a [Grain<F>]; 2],
    pub results: &'a mut [Grain<F>],
    pub scratch: &'a mut Scratch<F, GRAIN>,
}

impl<F: Real> Job for Forward<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        linear::forward(self.linear, self.operands, self.results, self.scratch);
    }
}

/// What a whole operation sends back.
pub(super) struct Back<'a, F> {
    pub linear: Linear,
    pub operands: [&'a [Grain<F>]; 2],
    pub results: &'a [Grain<F>],
    pub bars: &'a [Grain<F>],
    pub sums: Sums<'a, F, GRAIN>,
    pub scratch: &'a mut Scratch<F, GRAIN>,
}

impl<F: Real> Job for Back<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Back { linear, operands, results, bars, sums, scratch } = self;
        linear::pull(linear, operands, results, bars, sums, scratch);
    }
}
