//! Solutions and determinants, by elimination with row pivots.

use super::Element;
use super::rows::{Lanes, check, load, pivot, swap_rows, two_rows};
use super::{Linear, Scratch};
use crate::op::{Op, pull as pull_one, real};

/// What is eliminated for.
#[derive(Clone, Copy)]
struct Task {
    n: usize,
    /// Columns that are solved for.
    columns: usize,
    linear: Linear,
}

impl Task {
    #[inline(always)]
    fn new(linear: Linear) -> Task {
        let (n, columns) = match linear {
            Linear::Solve { size, columns } => (size, columns),
            Linear::Inverse { size } | Linear::Determinant { size } | Linear::LogDeterminant { size } => (size, 0),
            Linear::Product { .. } => unreachable!("a product needs no pivot"),
        };
        Task { n: n as usize, columns: columns as usize, linear }
    }

    fn is_determinant(&self) -> bool {
        matches!(self.linear, Linear::Determinant { .. })
    }
}

/// The results, and their soundness.
#[inline(always)]
pub(super) fn forward<F: Element, const L: usize>(
    linear: Linear,
    [a, b]: [&[Lanes<F, L>]; 2],
    results: &mut [Lanes<F, L>],
    scratch: &mut Scratch<F, L>,
) {
    let task @ Task { n, columns, .. } = Task::new(linear);
    let (numbers, pivots) = scratch.take(n * n + n * columns + n, n);
    let (m, numbers) = numbers.split_at_mut(n * n);
    let (x, products) = numbers.split_at_mut(n * columns);
    m.copy_from_slice(a);
    x.copy_from_slice(b);
    let mut sound = Lanes::all(F::of(1.0));
    for k in 0..n {
        pivots[k] = pivot(m, k, n);
        swap_rows(m, k, n, pivots[k]);
        swap_rows(x, k, columns, pivots[k]);
        // Nothing is divided by the last pivot of a determinant.
        if !task.is_determinant() || k + 1 < n {
            check(&mut sound, m[k * n + k]);
        }
        for i in k + 1..n {
            eliminate(task, m, x, k, i);
        }
    }
    if let Linear::Solve { .. } = linear {
        substitute(task, m, x);
        results[..n * columns].copy_from_slice(x);
    } else {
        chain(task, m, products);
        results[0] = signed(task, products[n - 1], pivots);
    }
    results[results.len() - 1] = sound;
}

/// Row `i` loses its column `k`. Gives what the k-th row is multiplied by.
#[inline(always)]
fn eliminate<F: Element, const L: usize>(
    Task { n, columns, .. }: Task,
    m: &mut [Lanes<F, L>],
    x: &mut [Lanes<F, L>],
    k: usize,
    i: usize,
) -> Lanes<F, L> {
    let (mine, row) = two_rows(m, i, k, n);
    let f = mine[k] / row[k];
    for (x, &r) in mine[k + 1..].iter_mut().zip(&row[k + 1..]) {
        *x = *x - f * r;
    }
    let (mine, row) = two_rows(x, i, k, columns);
    for (x, &r) in mine.iter_mut().zip(row.iter()) {
        *x = *x - f * r;
    }
    f
}

/// From the last row up.
#[inline(always)]
fn substitute<F: Element, const L: usize>(Task { n, columns, .. }: Task, m: &[Lanes<F, L>], x: &mut [Lanes<F, L>]) {
    for k in (0..n).rev() {
        for q in 0..columns {
            let mut sum = x[k * columns + q];
            for j in k + 1..n {
                sum = sum - m[k * n + j] * x[j * columns + q];
            }
            x[k * columns + q] = sum / m[k * n + k];
        }
    }
}

/// The products of the first pivots, or the sums of their logarithms.
#[inline(always)]
fn chain<F: Element, const L: usize>(task: Task, m: &[Lanes<F, L>], products: &mut [Lanes<F, L>]) {
    let n = task.n;
    for k in 0..n {
        let p = m[k * n + k];
        let term = if task.is_determinant() { p } else { p.map(|p| real(Op::Log, p.abs(), p)) };
        products[k] = match k.checked_sub(1) {
            None => term,
            Some(before) if task.is_determinant() => products[before] * term,
            Some(before) => products[before] + term,
        };
    }
}

/// A determinant, or its adjoint, is negative after an odd number of swaps.
#[inline(always)]
fn signed<F: Element, const L: usize>(task: Task, mut value: Lanes<F, L>, pivots: &[[u32; L]]) -> Lanes<F, L> {
    if task.is_determinant() {
        for lane in 0..L {
            let swaps = pivots.iter().zip(0..).filter(|(pivots, k)| pivots[lane] != *k).count();
            value.0[lane] = if swaps % 2 == 1 { -value.0[lane] } else { value.0[lane] };
        }
    }
    value
}

/// The elimination runs again and keeps its rows and factors; then it is gone back.
#[inline(always)]
pub(super) fn pull<F: Element, const L: usize>(
    linear: Linear,
    [a, b]: [&[Lanes<F, L>]; 2],
    bars: &[Lanes<F, L>],
    [to_m, to_x]: [Option<&mut [Lanes<F, L>]>; 2],
    scratch: &mut Scratch<F, L>,
) {
    let task @ Task { n, columns, .. } = Task::new(linear);
    let (all, solved) = (n * n, n * columns);
    let (numbers, pivots) = scratch.take(4 * all + 5 * solved + n, n);
    let (m, numbers) = numbers.split_at_mut(all);
    let (factors, numbers) = numbers.split_at_mut(all);
    let (m_bar, numbers) = numbers.split_at_mut(all);
    let (m_first, numbers) = numbers.split_at_mut(all);
    let (x, numbers) = numbers.split_at_mut(solved);
    let (x_bar, numbers) = numbers.split_at_mut(solved);
    let (x_first, numbers) = numbers.split_at_mut(solved);
    let (y, numbers) = numbers.split_at_mut(solved);
    let (y_bar, products) = numbers.split_at_mut(solved);
    m.copy_from_slice(a);
    x.copy_from_slice(b);
    for k in 0..n {
        pivots[k] = pivot(m, k, n);
        swap_rows(m, k, n, pivots[k]);
        swap_rows(x, k, columns, pivots[k]);
        for i in k + 1..n {
            factors[k * n + i] = eliminate(task, m, x, k, i);
        }
    }
    // The sums of the operands go on where the first step begins; its row of them is read further down as well.
    let zero = Lanes::all(F::of(0.0));
    load(m_first, to_m.as_deref());
    load(x_first, to_x.as_deref());
    swap_rows(m_first, 0, n, pivots[0]);
    swap_rows(x_first, 0, columns, pivots[0]);
    m_bar.fill(zero);
    m_bar[..n].copy_from_slice(&m_first[..n]);
    let mut bar = zero;
    if let Linear::Solve { .. } = linear {
        y.copy_from_slice(x);
        substitute(task, m, y);
        y_bar.copy_from_slice(&bars[..solved]);
        for k in 0..n {
            for q in (0..columns).rev() {
                let (p, place) = (m[k * n + k], k * columns + q);
                let sum_bar = y_bar[place].sent_over(p);
                m_bar[k * n + k] = m_bar[k * n + k] + y_bar[place].sent_to_divisor(p, y[place]);
                for j in (k + 1..n).rev() {
                    m_bar[k * n + j] = m_bar[k * n + j] + (-sum_bar).sent(y[j * columns + q]);
                    y_bar[j * columns + q] = y_bar[j * columns + q] + (-sum_bar).sent(m[k * n + j]);
                }
                x_bar[place] = if k == 0 { x_first[q] + sum_bar } else { sum_bar };
            }
        }
    } else {
        chain(task, m, products);
        bar = signed(task, bars[0], pivots);
    }
    for k in (0..n).rev() {
        let (d, p) = (k * n + k, m[k * n + k]);
        for i in (k + 1..n).rev() {
            let f = factors[k * n + i];
            let mut f_bar = zero;
            let (mine, pivots) = two_rows(x_bar, i, k, columns);
            for ((bar, r_bar), &r) in mine.iter().zip(pivots).zip(&x[k * columns..][..columns]).rev() {
                f_bar = f_bar + (-*bar).sent(r);
                *r_bar = *r_bar + (-*bar).sent(f);
            }
            let (mine, pivots) = two_rows(m_bar, i, k, n);
            for ((bar, r_bar), &r) in mine.iter().zip(pivots).zip(&m[k * n..][..n]).skip(k + 1).rev() {
                f_bar = f_bar + (-*bar).sent(r);
                *r_bar = *r_bar + (-*bar).sent(f);
            }
            if k == 0 {
                let firsts = x_first[i * columns..][..columns].iter().chain(&m_first[i * n + 1..][..n - 1]);
                let mine = x_bar[i * columns..][..columns].iter_mut().chain(&mut m_bar[i * n + 1..][..n - 1]);
                mine.zip(firsts).for_each(|(bar, &first)| *bar = first + *bar);
            }
            let first = if k == 0 { m_first[i * n] } else { m_bar[i * n + k] };
            m_bar[i * n + k] = first + f_bar.sent_over(p);
            m_bar[d] = m_bar[d] + f_bar.sent_to_divisor(p, f);
        }
        match linear {
            // What is left goes to the products before; the first of them is the first pivot.
            Linear::Determinant { .. } if k > 0 => {
                m_bar[d] = m_bar[d] + bar.sent(products[k - 1]);
                bar = bar.sent(p);
                if k == 1 {
                    m_bar[0] = m_bar[0] + bar;
                }
            }
            Linear::LogDeterminant { .. } => {
                let mut sent = bar;
                sent.0.iter_mut().zip(p.0).for_each(|(sent, p)| *sent = logarithm_sends(*sent, p));
                m_bar[d] = m_bar[d] + sent;
            }
            _ => {}
        }
        swap_rows(m_bar, k, n, pivots[k]);
        swap_rows(x_bar, k, columns, pivots[k]);
    }
    for (to, bar) in to_m.into_iter().zip([m_bar]).chain(to_x.into_iter().zip([x_bar])) {
        to.copy_from_slice(bar);
    }
}

/// What the adjoint of the logarithm of a size sends.
#[inline(always)]
fn logarithm_sends<F: Element>(bar: F, p: F) -> F {
    let (zero, size) = (F::of(0.0), p.abs());
    let sent = if bar.equal(zero) { zero } else { pull_one(Op::Log, size, size, size, bar).0 };
    if sent.equal(zero) { zero } else { pull_one(Op::Abs, p, p, size, sent).0 }
}
