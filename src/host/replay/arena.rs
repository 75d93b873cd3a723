//! The arena: arrays of one number a lane, and beside each the adjoint that is gathered for it.

use std::ops::{Deref, DerefMut, Range};

use crate::value::Real;

/// Lanes are laid out in multiples of this.
pub const STRIDE: usize = 16;

/// Bytes of a cache line.
const LINE: usize = 64;

/// Arrays of the arena that lie one behind the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first number of the first one.
    pub at: u32,
    pub arrays: u32,
    /// Do they depend on an input whose gradient is wanted?
    pub is_active: bool,
}

impl Span {
    /// A single array.
    pub fn one(at: u32, is_active: bool) -> Span {
        Span { at, arrays: 1, is_active }
    }

    /// Its numbers, where an array has so many.
    #[inline]
    pub fn numbers(&self, size: usize) -> Range<usize> {
        self.at as usize..self.at as usize + self.arrays as usize * size
    }

    /// Its arrays, one by one.
    pub fn each(self, size: usize) -> impl Iterator<Item = Span> {
        (0..self.arrays).map(move |array| Span { at: self.at + array * size as u32, arrays: 1, ..self })
    }
}

/// Numbers that start where a cache line does, so that no vector lies across two.
#[derive(Debug)]
pub struct Plane<F> {
    data: Vec<F>,
    /// Numbers before the first line.
    skipped: usize,
}

impl<F: Real> Plane<F> {
    fn new() -> Self {
        Plane { data: Vec::new(), skipped: 0 }
    }

    /// At least so many numbers, the first ones as before.
    fn grow(&mut self, count: usize) {
        let mut data = vec![F::round(0.0); count + LINE / size_of::<F>()];
        let skipped = data.as_ptr().align_offset(LINE).min(LINE / size_of::<F>());
        data[skipped..skipped + self.len()].copy_from_slice(self);
        data.truncate(skipped + count);
        (self.data, self.skipped) = (data, skipped);
    }
}

impl<F> Deref for Plane<F> {
    type Target = [F];

    #[inline]
    fn deref(&self) -> &[F] {
        &self.data[self.skipped..]
    }
}

impl<F> DerefMut for Plane<F> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [F] {
        &mut self.data[self.skipped..]
    }
}

/// Values and adjoints by the same places. What was allocated first lies lowest, so that operands lie below results.
#[derive(Debug)]
pub struct Arena<F: Real> {
    pub values: Plane<F>,
    pub bars: Plane<F>,
    /// By stride: was nothing added yet to the adjoint of the array that starts here?
    pub fresh: Vec<bool>,
    used: usize,
    /// Where the adjoints start that stretches share.
    pub shared: usize,
}

impl<F: Real> Arena<F> {
    /// An empty arena.
    pub fn new() -> Self {
        Arena { values: Plane::new(), bars: Plane::new(), fresh: Vec::new(), used: 0, shared: 0 }
    }

    /// Numbers in use.
    pub fn used(&self) -> usize {
        self.used
    }

    /// Forgets all arrays from this place on.
    pub fn truncate(&mut self, used: usize) {
        self.used = used;
    }

    /// Room for an array of so many numbers, a multiple of [`STRIDE`].
    #[inline]
    pub fn allocate(&mut self, count: usize) -> u32 {
        let at = self.used;
        self.used += count;
        if self.used > self.values.len() {
            self.values.grow((self.used * 2).max(1 << 14));
        }
        at as u32
    }

    /// Makes the adjoints of everything in use from this place on nothing, and gives stretches so many numbers to share.
    pub fn clear_bars(&mut self, from: usize, shared: usize) {
        let size = self.values.len() + shared;
        if self.bars.len() < size {
            self.bars.grow(size);
            self.fresh.resize(size / STRIDE + 1, true);
        }
        self.shared = self.values.len();
        self.fresh[from / STRIDE..self.used.div_ceil(STRIDE)].fill(true);
        self.fresh[self.shared / STRIDE..size / STRIDE].fill(true);
    }

    /// The adjoint of an array for adding to; zeros if nothing was added yet.
    pub fn bar(&mut self, at: u32, count: usize) -> &mut [F] {
        let at = at as usize;
        let bar = &mut self.bars[at..at + count];
        if std::mem::take(&mut self.fresh[at / STRIDE]) {
            bar.fill(F::round(0.0));
        }
        bar
    }

    /// Is there nothing in an array's adjoint?
    pub fn is_fresh(&self, at: u32) -> bool {
        self.fresh[at as usize / STRIDE]
    }
}
