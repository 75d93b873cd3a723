//! Products of matrices.

use super::Element;
use super::rows::Lanes;
use super::{NO_TARGET, Sums};

/// Each element is a sum from the left, starting with the first product.
#[inline(always)]
pub(super) fn forward<F: Element, const L: usize>(
    [_, inner, columns]: [usize; 3],
    [a, b]: [&[Lanes<F, L>]; 2],
    results: &mut [Lanes<F, L>],
) {
    for (row, results) in a.chunks_exact(inner).zip(results.chunks_exact_mut(columns)) {
        // Two sums side by side, so that neither waits for its own last addition.
        let mut pairs = results.chunks_exact_mut(2);
        for (pair, results) in pairs.by_ref().enumerate() {
            let b = &b[2 * pair..];
            let (mut first, mut second) = (row[0] * b[0], row[0] * b[1]);
            for (k, &x) in row.iter().enumerate().skip(1) {
                let b = &b[k * columns..][..2];
                first = first + x * b[0];
                second = second + x * b[1];
            }
            results.copy_from_slice(&[first, second]);
        }
        for result in pairs.into_remainder() {
            let b = &b[columns - 1..];
            let mut sum = row[0] * b[0];
            for (k, &x) in row.iter().enumerate().skip(1) {
                sum = sum + x * b[k * columns];
            }
            *result = sum;
        }
    }
}

/// The last product first, each to its first factor, then to its second: where every element has a sum of its own, element by
/// element.
#[inline(always)]
pub(super) fn pull<F: Element, const L: usize>(
    [rows, inner, columns]: [usize; 3],
    [a, b]: [&[Lanes<F, L>]; 2],
    bars: &[Lanes<F, L>],
    sums: Sums<'_, F, L>,
) {
    let (to_a, to_b) = match sums {
        Sums::Own([to_a, to_b]) => (to_a, to_b),
        Sums::Shared { targets, sums } => {
            let (to_a, to_b) = targets.split_at(rows * inner);
            for i in (0..rows).rev() {
                for j in (0..columns).rev() {
                    let bar = bars[i * columns + j];
                    for k in (0..inner).rev() {
                        let (x, y) = (i * inner + k, k * columns + j);
                        for (target, other) in [(to_a[x], b[y]), (to_b[y], a[x])] {
                            if target != NO_TARGET {
                                let sum = &mut sums[target as usize];
                                *sum = *sum + bar.sent(other);
                            }
                        }
                    }
                }
            }
            return;
        }
    };
    for (x, to) in to_a.into_iter().flatten().enumerate() {
        let (i, k) = (x / inner, x % inner);
        let mut sum = *to;
        for (&bar, &other) in bars[i * columns..][..columns].iter().zip(&b[k * columns..][..columns]).rev() {
            sum = sum + bar.sent(other);
        }
        *to = sum;
    }
    for (y, to) in to_b.into_iter().flatten().enumerate() {
        let (k, j) = (y / columns, y % columns);
        let mut sum = *to;
        for i in (0..rows).rev() {
            sum = sum + bars[i * columns + j].sent(a[i * inner + k]);
        }
        *to = sum;
    }
}
