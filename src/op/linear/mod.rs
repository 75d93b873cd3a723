//! Whole operations: products, inverses and the like of matrices, over lanes.
//!
//! In: the elements of the operands, each in some [`Lanes`]. Out: those of the results; and what adjoints of the results send back to the
//! operands. Always: every lane's bits are those of the scalar operations in `bootstrap/vectors.scm` and `linear.scm`, forward and back, in
//! their order: these are the same loops, over lanes inside and with pivots lane by lane, and an adjoint of 0 sends
//! nothing. What the elimination needs on the way back is computed again. Deliberately absent: small shapes, which are better off
//! as scalar operations; shapes that do not fit, which never get here.

#![expect(
    clippy::needless_range_loop,
    reason = "rows, columns and lanes are told by their numbers, as where matrices are written about"
)]

mod eliminate;
mod invert;
mod product;
mod rows;

pub use rows::Lanes;

use super::num::Num;

/// A number of one lane.
pub trait Element: Num<Mask = bool> {}

impl<N: Num<Mask = bool>> Element for N {}

/// A whole operation and its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Linear {
    /// A matrix by a matrix, or by a vector as one column.
    Product { rows: u32, inner: u32, columns: u32 },
    /// The inverse, then its [soundness](Linear::results).
    Inverse { size: u32 },
    /// The solution for so many columns, then its soundness.
    Solve { size: u32, columns: u32 },
    /// The determinant, then its soundness.
    Determinant { size: u32 },
    /// The logarithm of the absolute determinant, then its soundness.
    LogDeterminant { size: u32 },
}

impl Linear {
    /// Its procedure's Scheme name.
    pub fn name(self) -> &'static str {
        match self {
            Linear::Product { .. } => "matmul",
            Linear::Inverse { .. } => "inv",
            Linear::Solve { .. } => "solve",
            Linear::Determinant { .. } => "det",
            Linear::LogDeterminant { .. } => "logdet",
        }
    }

    /// Elements of the operands: of the first one, of the second one.
    pub fn operands(self) -> [usize; 2] {
        let all = |rows: u32, columns: u32| rows as usize * columns as usize;
        match self {
            Linear::Product { rows, inner, columns } => [all(rows, inner), all(inner, columns)],
            Linear::Solve { size, columns } => [all(size, size), all(size, columns)],
            Linear::Inverse { size } | Linear::Determinant { size } | Linear::LogDeterminant { size } => {
                [all(size, size), 0]
            }
        }
    }

    /// Elements of the results. Behind those of what eliminates stands its soundness: 0 where it divided by a pivot of 0, else 1.
    pub fn results(self) -> usize {
        match self {
            Linear::Product { rows, columns, .. } => rows as usize * columns as usize,
            Linear::Inverse { size } => size as usize * size as usize + 1,
            Linear::Solve { size, columns } => size as usize * columns as usize + 1,
            Linear::Determinant { .. } | Linear::LogDeterminant { .. } => 2,
        }
    }

    /// Has it a soundness?
    pub fn eliminates(self) -> bool {
        !matches!(self, Linear::Product { .. })
    }
}

/// Memory that one call leaves to the next.
#[derive(Debug)]
pub struct Scratch<F, const L: usize> {
    numbers: Vec<Lanes<F, L>>,
    pivots: Vec<[u32; L]>,
}

impl<F, const L: usize> Default for Scratch<F, L> {
    fn default() -> Self {
        Scratch { numbers: Vec::new(), pivots: Vec::new() }
    }
}

impl<F: Element, const L: usize> Scratch<F, L> {
    /// So many numbers and pivots, which hold anything.
    fn take(&mut self, numbers: usize, pivots: usize) -> (&mut [Lanes<F, L>], &mut [[u32; L]]) {
        if self.numbers.len() < numbers {
            self.numbers.resize(numbers, Lanes::all(F::of(0.0)));
        }
        if self.pivots.len() < pivots {
            self.pivots.resize(pivots, [0; L]);
        }
        (&mut self.numbers[..numbers], &mut self.pivots[..pivots])
    }
}

/// The sums that a pull adds to.
#[derive(Debug)]
pub enum Sums<'a, F, const L: usize> {
    /// By operand: a sum for each of its elements, in order; `None` where no element has an adjoint.
    Own([Option<&'a mut [Lanes<F, L>]>; 2]),
    /// Of a product whose elements stand in several places: by element of the first operand, then of the second, which sum it has, or
    /// [`NO_TARGET`].
    Shared { targets: &'a [u32], sums: &'a mut [Lanes<F, L>] },
}

/// The target of an element that has no adjoint.
pub const NO_TARGET: u32 = u32::MAX;

/// The results. The second operand is empty where there is none.
#[inline(always)]
pub fn forward<F: Element, const L: usize>(
    linear: Linear,
    operands: [&[Lanes<F, L>]; 2],
    results: &mut [Lanes<F, L>],
    scratch: &mut Scratch<F, L>,
) {
    match linear {
        Linear::Product { rows, inner, columns } => {
            product::forward([rows, inner, columns].map(|count| count as usize), operands, results);
        }
        Linear::Inverse { size } => invert::forward(size as usize, operands[0], results, scratch),
        _ => eliminate::forward(linear, operands, results, scratch),
    }
}

/// What results send back. `bars` are their adjoints; what is sent is added to the sums. Only a product may share sums.
#[inline(always)]
pub fn pull<F: Element, const L: usize>(
    linear: Linear,
    operands: [&[Lanes<F, L>]; 2],
    bars: &[Lanes<F, L>],
    sums: Sums<'_, F, L>,
    scratch: &mut Scratch<F, L>,
) {
    match (linear, sums) {
        (Linear::Product { rows, inner, columns }, sums) => {
            product::pull([rows, inner, columns].map(|count| count as usize), operands, bars, sums);
        }
        (Linear::Inverse { size }, Sums::Own([Some(sums), _])) => {
            invert::pull(size as usize, operands[0], bars, sums, scratch);
        }
        (Linear::Inverse { .. }, Sums::Own(_)) => {}
        (_, Sums::Own(sums)) => eliminate::pull(linear, operands, bars, sums, scratch),
        (_, Sums::Shared { .. }) => unreachable!("only elements of products share sums"),
    }
}
