//! The host does the steps: over lanes side by side, several sums at once where work is spent. Formulas are told by number, and loops are plain
//! ones: a closure need not be inlined, and then it is not compiled for the instruction set at hand.
//!
//! An adjoint of exactly 0 sends nothing whatever the operand is, which costs a comparison and a choice a term. Where the operand is
//! finite in all lanes it would send ±0 anyway, which changes no sum, for none is −0: sums begin with 0 or with what was
//! sent before, +0 − 0 and a − a are +0, and callers promise it of theirs. So a look at the operands saves the choice.

use std::array::from_fn;
use std::mem;
use std::sync::Arc;

use super::steps::{Begins, Step, Steps, Swap, Tile};
use super::{Array, Element, Formula, Lanes, Linear, ONE_BY_ONE, forward_steps, pull_steps};

/// Arrays that an algorithm asks for at most.
const ARRAYS: usize = 20;
/// Arrays there are room for.
const SLOTS: usize = 6 + ARRAYS;
/// Lists of steps that are kept.
const KEPT: usize = 16;

/// A list of steps is for an operation, forward, or back to operands that have sums.
type Key = (Linear, Option<[bool; 2]>);

/// Memory that one call leaves to the next, and the steps of the last operations.
#[derive(Debug)]
pub struct Scratch<F, const L: usize> {
    numbers: Vec<Lanes<F, L>>,
    pivots: Vec<[u32; L]>,
    known: Vec<(Key, Arc<Steps>)>,
    /// Sums of the elements of both operands, where those that are wanted have some in common.
    pub(super) own: Vec<Lanes<F, L>>,
}

impl<F, const L: usize> Default for Scratch<F, L> {
    fn default() -> Self {
        Scratch { numbers: Vec::new(), pivots: Vec::new(), known: Vec::new(), own: Vec::new() }
    }
}

impl<F: Element, const L: usize> Scratch<F, L> {
    pub(super) fn steps(&mut self, linear: Linear, back_to: Option<[bool; 2]>) -> Arc<Steps> {
        let key = (linear, back_to);
        if let Some((_, steps)) = self.known.iter().find(|(known, _)| *known == key) {
            return steps.clone();
        }
        // Rows that lie in a row are gone through faster than blocks are.
        let steps = Arc::new(
            back_to.map_or_else(|| forward_steps(linear, ONE_BY_ONE), |to| pull_steps(linear, to, ONE_BY_ONE)),
        );
        if self.known.len() == KEPT {
            self.known.remove(0);
        }
        self.known.push((key, steps.clone()));
        steps
    }

    /// What steps work with: operands, results or their adjoints, sums of operands, and results on the way back.
    pub(super) fn begin<'a>(
        &'a mut self,
        [a, b]: [&'a [Lanes<F, L>]; 2],
        results: Slot<'a, F, L>,
        [to_a, to_b]: [Slot<'a, F, L>; 2],
        values: &'a [Lanes<F, L>],
        steps: &Steps,
    ) -> Host<'a, F, L> {
        let count: usize = steps.arrays.iter().sum();
        if self.numbers.len() < count {
            self.numbers.resize(count, Lanes::all(F::of(0.0)));
        }
        assert!(steps.arrays.len() <= ARRAYS, "there is room for the arrays that an algorithm asks for");
        let mut rest = &mut self.numbers[..];
        let mut slots = from_fn(|_| Slot::None);
        let first = [Slot::Read(a), Slot::Read(b), results, to_a, to_b, Slot::Read(values)];
        slots.iter_mut().zip(first).for_each(|(slot, first)| *slot = first);
        for (slot, &numbers) in slots[Array::FIRST.index()..].iter_mut().zip(&steps.arrays) {
            let (array, others) = rest.split_at_mut(numbers);
            (*slot, rest) = (Slot::Write(array), others);
        }
        Host { slots, pivots: &mut self.pivots }
    }
}

/// An array.
pub(super) enum Slot<'a, F, const L: usize> {
    None,
    Read(&'a [Lanes<F, L>]),
    Write(&'a mut [Lanes<F, L>]),
}

impl<F, const L: usize> Slot<'_, F, L> {
    #[inline(always)]
    fn write(&mut self) -> &mut [Lanes<F, L>] {
        match self {
            Slot::Write(numbers) => numbers,
            _ => unreachable!("a step writes what is to be written, and does not read it"),
        }
    }

    #[inline(always)]
    fn read(&self) -> &[Lanes<F, L>] {
        match self {
            Slot::None => &[],
            Slot::Read(numbers) => numbers,
            Slot::Write(numbers) => numbers,
        }
    }
}

/// The arrays of a call.
pub(super) struct Host<'a, F, const L: usize> {
    slots: [Slot<'a, F, L>; SLOTS],
    pivots: &'a mut Vec<[u32; L]>,
}

impl<'a, F: Element, const L: usize> Host<'a, F, L> {
    /// Does the steps.
    #[inline(always)]
    pub(super) fn run(mut self, steps: &Steps) {
        for step in &steps.list {
            match *step {
                Step::Tile(tile) => self.tile(&tile),
                Step::Pivot { m, k, n, signs } => self.pivot(m, k as usize, n as usize, signs),
                Step::Swap(swap) => self.swap(swap),
            }
        }
    }

    /// An array to write to, out of its place so that the others can be read meanwhile; it is put back.
    #[inline(always)]
    fn take(&mut self, array: Array) -> Slot<'a, F, L> {
        mem::replace(&mut self.slots[array.index()], Slot::None)
    }

    #[inline(always)]
    fn tile(&mut self, tile: &Tile) {
        let mut slot = self.take(tile.out.array);
        let [x, y] = [tile.x, tile.y].map(|view| self.slots[view.array.index()].read());
        run(tile, slot.write(), x, y);
        self.slots[tile.out.array.index()] = slot;
    }

    #[inline(always)]
    fn pivot(&mut self, m: Array, k: usize, n: usize, signs: Array) {
        if self.pivots.len() < n {
            self.pivots.resize(n, [0; L]);
        }
        let m = self.slots[m.index()].read();
        let mut best = [k as u32; L];
        let mut largest = m[k * n + k].0;
        for lane in 0..L {
            largest[lane] = largest[lane].abs();
        }
        for i in k + 1..n {
            for lane in 0..L {
                let size = m[i * n + k].0[lane].abs();
                let is_larger = largest[lane].less(size);
                best[lane] = if is_larger { i as u32 } else { best[lane] };
                largest[lane] = F::select(is_larger, size, largest[lane]);
            }
        }
        self.pivots[k] = best;
        let signs = self.slots[signs.index()].write();
        for lane in 0..L {
            signs[k].0[lane] = F::of(if best[lane] == k as u32 { 1.0 } else { -1.0 });
        }
    }

    #[inline(always)]
    fn swap(&mut self, Swap { array, k, outer, inner, count }: Swap) {
        let [k, outer, inner, count] = [k, outer, inner, count].map(|n| n as usize);
        let pivots = self.pivots[k];
        let most = pivots.iter().copied().max().unwrap_or(0) as usize;
        let numbers = self.slots[array.index()].write();
        for other in k + 1..=most {
            if !pivots.contains(&(other as u32)) {
                continue;
            }
            for element in 0..count {
                let (first, second) = (other * outer + element * inner, k * outer + element * inner);
                let (mut x, mut y) = (numbers[first], numbers[second]);
                for lane in 0..L {
                    let is_mine = pivots[lane] == other as u32;
                    (x.0[lane], y.0[lane]) = if is_mine { (y.0[lane], x.0[lane]) } else { (x.0[lane], y.0[lane]) };
                }
                (numbers[first], numbers[second]) = (x, y);
            }
        }
    }
}

#[inline(always)]
fn place(at: u32, by: i32, times: u32) -> u32 {
    at.wrapping_add_signed(by.wrapping_mul(times as i32))
}

/// A tile, with loops for its formula.
#[inline(always)]
fn run<F: Element, const L: usize>(tile: &Tile, out: &mut [Lanes<F, L>], x: &[Lanes<F, L>], y: &[Lanes<F, L>]) {
    if tile.formula == Formula::Copy && tile.out.outer == 1 && tile.x.outer == 1 {
        let count = tile.rows as usize;
        out[tile.out.at as usize..][..count].copy_from_slice(&x[tile.x.at as usize..][..count]);
        return;
    }
    let is_in_rows = tile.terms == 1 && tile.out.inner == 1 && (tile.columns == 1 || tile.y.outer == 1);
    if tile.formula == Formula::LessProduct && tile.begins == Begins::Kept && is_in_rows {
        less_products(tile, out, x, y);
        return;
    }
    let unmasked = tile.formula.unmasked();
    let formula = if unmasked != tile.formula && is_finite(tile, y) { unmasked } else { tile.formula };
    macro_rules! arms {
        ($($hot:ident)*; $($plain:ident)*) => {
            match formula {
                $(Formula::$hot => blocks::<F, L, { Formula::$hot as usize }>(tile, out, x, y),)*
                $(Formula::$plain => singly::<F, L, { Formula::$plain as usize }>(tile, out, x, y),)*
            }
        };
    }
    arms! {
        AddProduct SendProduct SentProduct LessProduct SendLess;
        SendDividend Sum Times Log Sound Regular Copy Quotient Reciprocal Negated Zero One
    }
}

/// Less a product each, row by row.
#[inline(always)]
fn less_products<F: Element, const L: usize>(
    tile: &Tile,
    out: &mut [Lanes<F, L>],
    x: &[Lanes<F, L>],
    y: &[Lanes<F, L>],
) {
    let columns = tile.columns as usize;
    let y = &y[tile.y.at as usize..][..columns];
    for i in 0..tile.rows {
        let x = &x[place(tile.x.at, tile.x.outer, i) as usize];
        let out = &mut out[place(tile.out.at, tile.out.outer, i) as usize..][..columns];
        for j in 0..columns {
            out[j] = out[j].with::<{ Formula::LessProduct as usize }>(x, &y[j]);
        }
    }
}

/// Is y finite in all lanes?
#[inline(always)]
fn is_finite<F: Element, const L: usize>(tile: &Tile, y: &[Lanes<F, L>]) -> bool {
    let mut sum = Lanes::<F, L>::all(F::of(0.0));
    for j in 0..tile.columns {
        for k in 0..tile.terms {
            let y = &y[place(place(tile.y.at, tile.y.outer, j), tile.y.inner, k) as usize];
            for lane in 0..L {
                // ±0, or NaN from then on.
                sum.0[lane] = sum.0[lane] + y.0[lane] * F::of(0.0);
            }
        }
    }
    sum.0.iter().all(|sum| sum.equal(F::of(0.0)))
}

/// Sums one by one.
#[inline(always)]
fn singly<F: Element, const L: usize, const FORMULA: usize>(
    tile: &Tile,
    out: &mut [Lanes<F, L>],
    x: &[Lanes<F, L>],
    y: &[Lanes<F, L>],
) {
    let (mut to, mut x_row) = (tile.out.at, tile.x.at);
    for _ in 0..tile.rows {
        let out = &mut out[to as usize];
        let mut sum = begin(tile.begins, out);
        let (mut x_at, mut y_at) = (x_row, tile.y.at);
        for _ in 0..tile.terms {
            sum = sum.with::<FORMULA>(&x[x_at as usize], &y[y_at as usize]);
            x_at = x_at.wrapping_add_signed(tile.x.inner);
            y_at = y_at.wrapping_add_signed(tile.y.inner);
        }
        *out = sum;
        to = to.wrapping_add_signed(tile.out.outer);
        x_row = x_row.wrapping_add_signed(tile.x.outer);
    }
}

#[inline(always)]
fn begin<F: Element, const L: usize>(begins: Begins, kept: &Lanes<F, L>) -> Lanes<F, L> {
    match begins {
        Begins::Kept => *kept,
        Begins::Nothing => Lanes::all(F::of(-0.0)),
        Begins::Zero => Lanes::all(F::of(0.0)),
    }
}

/// Sums in blocks, so that what is read serves several of them and none waits for its own last addition.
#[inline(always)]
fn blocks<F: Element, const L: usize, const FORMULA: usize>(
    tile: &Tile,
    out: &mut [Lanes<F, L>],
    x: &[Lanes<F, L>],
    y: &[Lanes<F, L>],
) {
    let Tile { rows, columns, .. } = *tile;
    let (paired, wide) = (rows / 2 * 2, columns / 2 * 2);
    for j in (0..wide).step_by(2) {
        for i in (0..paired).step_by(2) {
            block::<F, L, 2, 2, FORMULA>(tile, [i, j], out, x, y);
        }
        if paired < rows {
            block::<F, L, 1, 2, FORMULA>(tile, [paired, j], out, x, y);
        }
    }
    let long = rows / 4 * 4;
    for j in wide..columns {
        for i in (0..long).step_by(4) {
            block::<F, L, 4, 1, FORMULA>(tile, [i, j], out, x, y);
        }
        for i in long..rows {
            block::<F, L, 1, 1, FORMULA>(tile, [i, j], out, x, y);
        }
    }
}

#[inline(always)]
fn block<F: Element, const L: usize, const R: usize, const C: usize, const FORMULA: usize>(
    tile: &Tile,
    [i, j]: [u32; 2],
    out: &mut [Lanes<F, L>],
    x: &[Lanes<F, L>],
    y: &[Lanes<F, L>],
) {
    let (xs, ys) = (tile.x, tile.y);
    let mut sums = [[Lanes::all(F::of(0.0)); C]; R];
    let (mut to, mut x_at, mut y_at) = ([[0; C]; R], [0; R], [0; C]);
    for c in 0..C {
        y_at[c] = place(ys.at, ys.outer, j + c as u32);
    }
    for r in 0..R {
        x_at[r] = place(xs.at, xs.outer, i + r as u32);
        let row = place(tile.out.at, tile.out.outer, i + r as u32);
        for c in 0..C {
            to[r][c] = place(row, tile.out.inner, j + c as u32) as usize;
            sums[r][c] = begin(tile.begins, &out[to[r][c]]);
        }
    }
    for _ in 0..tile.terms {
        for r in 0..R {
            let x = &x[x_at[r] as usize];
            for c in 0..C {
                let y = &y[y_at[c] as usize];
                sums[r][c] = sums[r][c].with::<FORMULA>(x, y);
            }
            x_at[r] = x_at[r].wrapping_add_signed(xs.inner);
        }
        for c in 0..C {
            y_at[c] = y_at[c].wrapping_add_signed(ys.inner);
        }
    }
    for r in 0..R {
        for c in 0..C {
            out[to[r][c]] = sums[r][c];
        }
    }
}
