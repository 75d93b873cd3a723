//! Whole operations: products, inverses and the like of matrices, over lanes.
//!
//! In: the elements of the operands, each in some [`Lanes`]. Out: those of the results; and what adjoints of the results send back to the
//! operands. Always: every lane's bits are those of the scalar operations in `bootstrap/vectors.scm` and `linear.scm`, forward and back, in
//! their order: these are the same loops, over lanes inside and with pivots lane by lane, and an adjoint of 0 sends
//! nothing. What the way back needs of an elimination is computed again. Deliberately absent: small shapes, which are better off
//! as scalar operations; shapes that do not fit, which never get here.

#![expect(
    clippy::needless_range_loop,
    reason = "rows, columns and lanes are told by their numbers, as where matrices are written about"
)]

mod eliminate;
mod formula;
mod host;
mod invert;
mod lanes;
mod product;
mod steps;

pub use formula::{Formula, is_zero};
pub use host::Scratch;
pub use lanes::Lanes;
pub use steps::{Array, Begins, ONE_BY_ONE, Step, Steps, Swap, Tile, View};

use host::Slot;

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

    /// Elements of the results. Behind those of what eliminates stands its soundness: 0 where it divided by a pivot of 0 or a determinant
    /// is not regular, else 1.
    pub fn results(self) -> usize {
        match self {
            Linear::Product { rows, columns, .. } => rows as usize * columns as usize,
            Linear::Inverse { size } => size as usize * size as usize + 1,
            Linear::Solve { size, columns } => size as usize * columns as usize + 1,
            Linear::Determinant { .. } | Linear::LogDeterminant { .. } => 2,
        }
    }

    /// Does what it sends back depend on its results?
    pub fn pulls_by_results(self) -> bool {
        matches!(self, Linear::Inverse { .. } | Linear::Solve { .. } | Linear::Determinant { .. })
    }

    /// Pivots that it takes: rows of the matrix that is eliminated.
    pub fn pivots(self) -> usize {
        if self.eliminates() { self.operands()[0].isqrt() } else { 0 }
    }

    /// Has it a soundness?
    pub fn eliminates(self) -> bool {
        !matches!(self, Linear::Product { .. })
    }
}

/// The sums that a pull adds to.
#[derive(Debug)]
pub enum Sums<'a, F, const L: usize> {
    /// By operand: a sum for each of its elements, in order; `None` where no element has an adjoint.
    Own([Option<&'a mut [Lanes<F, L>]>; 2]),
    /// Where elements stand in several places: by element of the first operand, then of the second, which sum it has, or
    /// [`NO_TARGET`].
    Shared { targets: &'a [u32], sums: &'a mut [Lanes<F, L>] },
}

/// The target of an element that has no adjoint.
pub const NO_TARGET: u32 = u32::MAX;

/// The steps that make the results; `panel` as in [`Steps`].
pub fn forward_steps(linear: Linear, panel: usize) -> Steps {
    let mut steps = Steps::new(panel);
    match linear {
        Linear::Product { rows, inner, columns } => product::forward(&mut steps, sizes([rows, inner, columns])),
        Linear::Inverse { size } => invert::forward(&mut steps, size as usize),
        _ => eliminate::forward(&mut steps, linear),
    }
    steps
}

/// The steps that send adjoints of the results back to the operands that have sums, one for each element; `panel` as in [`Steps`].
pub fn pull_steps(linear: Linear, has_sums: [bool; 2], panel: usize) -> Steps {
    let mut steps = Steps::new(panel);
    match linear {
        Linear::Product { rows, inner, columns } => {
            product::pull(&mut steps, sizes([rows, inner, columns]), has_sums);
        }
        Linear::Inverse { size } if has_sums[0] => invert::pull(&mut steps, size as usize),
        Linear::Inverse { .. } => {}
        _ => eliminate::pull(&mut steps, linear, has_sums),
    }
    steps
}

/// The steps that make of the pivots of an elimination, which are [`Array::A`], and its signs, [`Array::B`], what [`forward_steps`] makes of
/// them: a determinant or its logarithm, and the soundness of an inverse too.
pub fn concluding_steps(linear: Linear) -> Steps {
    let mut steps = Steps::new(ONE_BY_ONE);
    let [pivots, signs] = [Array::A, Array::B].map(|array| array.at(0).by(0, 1));
    eliminate::conclude(&mut steps, linear, pivots, signs);
    steps
}

/// The steps of [`pull_steps`] behind the inverse by which the adjoint of a determinant or its logarithm is sent, which is [`Array::A`].
pub fn sending_steps(linear: Linear) -> Steps {
    let mut steps = Steps::new(ONE_BY_ONE);
    eliminate::send(&mut steps, linear, Array::A);
    steps
}

/// The terms that a product's adjoints send where elements share sums, in order: each one's target, the adjoint's number, and the
/// operand and element that it is sent beside. `targets` as in [`Sums::Shared`].
#[inline(always)]
pub fn shared_terms(shape: [u32; 3], targets: &[u32], visit: impl FnMut(u32, usize, Array, usize)) {
    product::shared(sizes(shape), targets, visit);
}

/// The elements of what eliminates, the first operand's before the second's, in the order in which they are sent to where they share sums:
/// each operand's last one first.
pub fn sent_in_order(linear: Linear) -> impl Iterator<Item = usize> {
    let [first, second] = linear.operands();
    (0..first).rev().chain((first..first + second).rev())
}

fn sizes(shape: [u32; 3]) -> [usize; 3] {
    shape.map(|count| count as usize)
}

/// The results. The second operand is empty where there is none.
#[inline(always)]
pub fn forward<F: Element, const L: usize>(
    linear: Linear,
    operands: [&[Lanes<F, L>]; 2],
    results: &mut [Lanes<F, L>],
    scratch: &mut Scratch<F, L>,
) {
    let steps = scratch.steps(linear, None);
    scratch.begin(operands, Slot::Write(results), [const { Slot::None }; 2], &[], &steps).run(&steps);
}

/// What results send back. `bars` are their adjoints; what is sent is added to the sums, none of which is −0.
#[inline(always)]
pub fn pull<F: Element, const L: usize>(
    linear: Linear,
    operands: [&[Lanes<F, L>]; 2],
    results: &[Lanes<F, L>],
    bars: &[Lanes<F, L>],
    mut sums: Sums<'_, F, L>,
    scratch: &mut Scratch<F, L>,
) {
    if let (Linear::Product { rows, inner, columns }, Sums::Shared { targets, sums }) = (linear, &mut sums) {
        shared_terms([rows, inner, columns], targets, |target, bar, array, other| {
            let (bar, other) = (&bars[bar], &operands[array.index()][other]);
            let sum = &mut sums[target as usize];
            *sum = sum.with::<{ Formula::SendProduct as usize }>(bar, other);
        });
        return;
    }
    let mut own = std::mem::take(&mut scratch.own);
    let (sums, shared) = match sums {
        Sums::Own(sums) => (sums, None),
        Sums::Shared { targets, sums } => {
            let [first, second] = linear.operands();
            own.clear();
            own.resize(first + second, Lanes::all(F::of(0.0)));
            let (to_a, to_b) = own.split_at_mut(first);
            ([Some(to_a), (second > 0).then_some(to_b)], Some((targets, sums)))
        }
    };
    let steps = scratch.steps(linear, Some(sums.each_ref().map(Option::is_some)));
    let sums = sums.map(|sums| sums.map_or(Slot::None, Slot::Write));
    scratch.begin(operands, Slot::Read(bars), sums, results, &steps).run(&steps);
    if let Some((targets, sums)) = shared {
        for element in sent_in_order(linear).filter(|&element| targets[element] != NO_TARGET) {
            let sum = &mut sums[targets[element] as usize];
            *sum = sum.with::<{ Formula::Sum as usize }>(&own[element], &own[element]);
        }
    }
    scratch.own = own;
}
