//! Lanes of an element, and what elimination does to rows of them.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::Element;

/// An element in so many lanes.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Lanes<F, const L: usize>(pub [F; L]);

macro_rules! lanewise {
    ($($trait:ident $method:ident)*) => {$(
        impl<F: Element, const L: usize> $trait for Lanes<F, L> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                let mut result = self;
                for lane in 0..L {
                    result.0[lane] = self.0[lane].$method(other.0[lane]);
                }
                result
            }
        }
    )*};
}
lanewise!(Add add Sub sub Mul mul Div div);

impl<F: Element, const L: usize> Neg for Lanes<F, L> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self.map(|x| -x)
    }
}

impl<F: Element, const L: usize> Lanes<F, L> {
    /// The same number in every lane.
    #[inline(always)]
    pub fn all(number: F) -> Self {
        Lanes([number; L])
    }

    #[inline(always)]
    pub(super) fn map(self, mut each: impl FnMut(F) -> F) -> Self {
        let mut result = self;
        for lane in 0..L {
            result.0[lane] = each(self.0[lane]);
        }
        result
    }

    /// What it becomes where it is 0: an adjoint of 0 sends nothing, whatever the operands are.
    #[inline(always)]
    fn masked(self, sent: Self) -> Self {
        let zero = F::of(0.0);
        let mut result = self;
        for lane in 0..L {
            result.0[lane] = F::select(self.0[lane].equal(zero), zero, sent.0[lane]);
        }
        result
    }

    /// What this adjoint sends to a factor by the other one.
    #[inline(always)]
    pub(super) fn sent(self, other: Self) -> Self {
        self.masked(self * other)
    }

    /// What the adjoint of a quotient sends to the dividend.
    #[inline(always)]
    pub(super) fn sent_over(self, divisor: Self) -> Self {
        self.masked(self / divisor)
    }

    /// What the adjoint of a quotient sends to the divisor.
    #[inline(always)]
    pub(super) fn sent_to_divisor(self, divisor: Self, value: Self) -> Self {
        self.masked(-(self / divisor) * value)
    }
}

/// For column `k` of an `n`-column matrix: by lane the row from the k-th on with the largest number in it, the first of equals.
#[inline(always)]
pub(super) fn pivot<F: Element, const L: usize>(m: &[Lanes<F, L>], k: usize, n: usize) -> [u32; L] {
    let mut best = [k as u32; L];
    let mut largest = m[k * n + k].map(F::abs);
    for i in k + 1..n {
        let sizes = m[i * n + k].map(F::abs);
        for lane in 0..L {
            let is_larger = largest.0[lane].less(sizes.0[lane]);
            best[lane] = if is_larger { i as u32 } else { best[lane] };
            largest.0[lane] = F::select(is_larger, sizes.0[lane], largest.0[lane]);
        }
    }
    best
}

/// Row `k` changes places with each lane's pivot row, in a matrix of so many columns.
#[inline(always)]
pub(super) fn swap_rows<F: Element, const L: usize>(m: &mut [Lanes<F, L>], k: usize, columns: usize, pivots: [u32; L]) {
    for_each_other(pivots, k, |other| {
        for column in 0..columns {
            swap(m, other * columns + column, k * columns + column, pivots, other);
        }
    });
}

/// Column `k` changes places with the column of each lane's pivot row, in a square matrix.
#[inline(always)]
pub(super) fn swap_columns<F: Element, const L: usize>(m: &mut [Lanes<F, L>], k: usize, n: usize, pivots: [u32; L]) {
    for_each_other(pivots, k, |other| {
        for row in 0..n {
            swap(m, row * n + other, row * n + k, pivots, other);
        }
    });
}

/// Each number that some lane has for a pivot, other than `k`.
#[inline(always)]
fn for_each_other<const L: usize>(pivots: [u32; L], k: usize, mut visit: impl FnMut(usize)) {
    let most = pivots.iter().copied().max().unwrap_or(0) as usize;
    for other in k + 1..=most {
        if pivots.contains(&(other as u32)) {
            visit(other);
        }
    }
}

#[inline(always)]
fn swap<F: Element, const L: usize>(
    m: &mut [Lanes<F, L>],
    first: usize,
    second: usize,
    pivots: [u32; L],
    other: usize,
) {
    let (mut x, mut y) = (m[first], m[second]);
    for lane in 0..L {
        let is_mine = pivots[lane] == other as u32;
        (x.0[lane], y.0[lane]) = if is_mine { (y.0[lane], x.0[lane]) } else { (x.0[lane], y.0[lane]) };
    }
    (m[first], m[second]) = (x, y);
}

/// Two rows, not the same one, of a matrix of so many columns.
#[inline(always)]
pub(super) fn two_rows<T>(m: &mut [T], i: usize, k: usize, columns: usize) -> (&mut [T], &mut [T]) {
    let (low, high) = m.split_at_mut(i.max(k) * columns);
    let (low, high) = (&mut low[i.min(k) * columns..][..columns], &mut high[..columns]);
    if i < k { (low, high) } else { (high, low) }
}

/// Lanes where the pivot is 0 are not sound.
#[inline(always)]
pub(super) fn check<F: Element, const L: usize>(sound: &mut Lanes<F, L>, pivot: Lanes<F, L>) {
    let zero = F::of(0.0);
    sound.0.iter_mut().zip(pivot.0).for_each(|(sound, pivot)| *sound = F::select(pivot.equal(zero), zero, *sound));
}

/// The sums of an operand's elements, in order; nothing where it has none.
#[inline(always)]
pub(super) fn load<F: Element, const L: usize>(into: &mut [Lanes<F, L>], sums: Option<&[Lanes<F, L>]>) {
    match sums {
        Some(sums) => into.copy_from_slice(sums),
        None => into.fill(Lanes::all(F::of(0.0))),
    }
}
