//! Inverses, by the elimination of Gauss and Jordan in place, with row pivots.

use super::Element;
use super::Scratch;
use super::rows::{Lanes, check, pivot, swap_columns, swap_rows, two_rows};

/// The inverse, and its soundness.
#[inline(always)]
pub(super) fn forward<F: Element, const L: usize>(
    n: usize,
    operands: &[Lanes<F, L>],
    results: &mut [Lanes<F, L>],
    scratch: &mut Scratch<F, L>,
) {
    let (_, pivots) = scratch.take(0, n);
    let (m, sound) = results.split_at_mut(n * n);
    m.copy_from_slice(operands);
    sound[0] = Lanes::all(F::of(1.0));
    for k in 0..n {
        pivots[k] = pivot(m, k, n);
        swap_rows(m, k, n, pivots[k]);
        check(&mut sound[0], m[k * n + k]);
        step(m, k, n);
    }
    for k in (0..n).rev() {
        swap_columns(m, k, n, pivots[k]);
    }
}

/// Row `k` over its pivot, whose place its reciprocal takes; then column `k` is cleared.
#[inline(always)]
fn step<F: Element, const L: usize>(m: &mut [Lanes<F, L>], k: usize, n: usize) {
    let d = k * n + k;
    let p = m[d];
    for j in (0..n).filter(|&j| j != k) {
        m[k * n + j] = m[k * n + j] / p;
    }
    m[d] = Lanes::all(F::of(1.0)) / p;
    for i in (0..n).filter(|&i| i != k) {
        let (mine, row) = two_rows(m, i, k, n);
        let f = mine[k];
        for (x, &r) in mine.iter_mut().zip(row.iter()) {
            *x = *x - f * r;
        }
        mine[k] = -(f * row[k]);
    }
}

/// The elimination runs again and keeps of each step its column, its row and its pivot; then the steps are gone back.
#[inline(always)]
pub(super) fn pull<F: Element, const L: usize>(
    n: usize,
    operands: &[Lanes<F, L>],
    bars: &[Lanes<F, L>],
    sums: &mut [Lanes<F, L>],
    scratch: &mut Scratch<F, L>,
) {
    let all = n * n;
    let (numbers, pivots) = scratch.take(5 * all + n, n);
    let (m, numbers) = numbers.split_at_mut(all);
    let (columns, numbers) = numbers.split_at_mut(all);
    let (rows, numbers) = numbers.split_at_mut(all);
    let (bar, numbers) = numbers.split_at_mut(all);
    let (first, ps) = numbers.split_at_mut(all);
    m.copy_from_slice(operands);
    for k in 0..n {
        pivots[k] = pivot(m, k, n);
        swap_rows(m, k, n, pivots[k]);
        ps[k] = m[k * n + k];
        for i in 0..n {
            columns[k * n + i] = m[i * n + k];
        }
        step(m, k, n);
        rows[k * n..][..n].copy_from_slice(&m[k * n..][..n]);
    }
    bar.copy_from_slice(&bars[..all]);
    for k in 0..n {
        swap_columns(bar, k, n, pivots[k]);
    }
    for k in (0..n).rev() {
        // What the step began with: on the way to the operand the sums go on, else there is nothing yet.
        if k + 1 == n {
            first.fill(Lanes::all(F::of(0.0)));
        }
        if k == 0 {
            first.copy_from_slice(sums);
            swap_rows(first, 0, n, pivots[0]);
        }
        let d = k * n + k;
        for i in (0..n).rev().filter(|&i| i != k) {
            let f = columns[k * n + i];
            let (mine, pivots) = two_rows(bar, i, k, n);
            let (first, row) = (&first[i * n..][..n], &rows[k * n..][..n]);
            let mut f_bar = first[k] + (-mine[k]).sent(row[k]);
            pivots[k] = pivots[k] + (-mine[k]).sent(f);
            for range in [k + 1..n, 0..k] {
                let others = first[range.clone()].iter().zip(&row[range.clone()]);
                let bars = mine[range.clone()].iter_mut().zip(&mut pivots[range]);
                for ((x_bar, r_bar), (&first, &r)) in bars.zip(others).rev() {
                    let bar = -*x_bar;
                    f_bar = f_bar + bar.sent(r);
                    *r_bar = *r_bar + bar.sent(f);
                    *x_bar = first + *x_bar;
                }
            }
            mine[k] = f_bar;
        }
        let p = ps[k];
        let mut p_bar = first[d] + bar[d].sent_to_divisor(p, rows[d]);
        for j in (0..n).rev().filter(|&j| j != k) {
            let x_bar = bar[k * n + j];
            bar[k * n + j] = first[k * n + j] + x_bar.sent_over(p);
            p_bar = p_bar + x_bar.sent_to_divisor(p, rows[k * n + j]);
        }
        bar[d] = p_bar;
        swap_rows(bar, k, n, pivots[k]);
    }
    sums.copy_from_slice(bar);
}
