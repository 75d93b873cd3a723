//! The steps that whole operations are made of.
//!
//! In: an algorithm and sizes. Out: a list, the same for every lane; executors do what it says, and need to know nothing of the
//! algorithm. A [`Tile`] is a rectangle of sums, each over terms of one [`Formula`] in a stated order; beside tiles there are the
//! choice of a pivot, which every lane makes for itself, and exchanges of rows or columns that follow it. Always: the
//! array that a tile writes is none that it reads but as the sums it goes on from.

use super::Formula;

/// Pivots are taken from all columns one by one.
pub const ONE_BY_ONE: usize = usize::MAX;

/// An array of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Array(u8);

impl Array {
    /// The first operand.
    pub const A: Array = Array(0);
    /// The second operand.
    pub const B: Array = Array(1);
    /// The results, or on the way back their adjoints.
    pub const RESULTS: Array = Array(2);
    /// The sums of the adjoints of the first operand.
    pub const TO_A: Array = Array(3);
    /// Of the second.
    pub const TO_B: Array = Array(4);
    /// On the way back, the results.
    pub const VALUES: Array = Array(5);
    /// The first one that an algorithm asks for.
    pub const FIRST: Array = Array(6);

    /// Its number.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// A single element.
    pub(super) fn at(self, at: usize) -> View {
        View { array: self, at: at as u32, outer: 0, inner: 0 }
    }
}

/// Elements of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct View {
    pub array: Array,
    /// The first one.
    pub at: u32,
    /// From a row (or of y, a column) to the next one.
    pub outer: i32,
    /// From a term to the next one; of sums, from a column to the next one.
    pub inner: i32,
}

impl View {
    /// The same with these steps.
    pub(super) fn by(self, outer: isize, inner: isize) -> View {
        View { outer: outer as i32, inner: inner as i32, ..self }
    }
}

/// What a sum begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Begins {
    /// What stands there.
    Kept,
    /// −0: the first term is what it is.
    Nothing,
    /// 0.
    Zero,
}

/// `out[i][j]` becomes a sum over `terms` of a formula of `x[i][k]` and `y[j][k]`. There is one column unless the formula is one
/// of [`Formula::HOT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tile {
    pub formula: Formula,
    pub begins: Begins,
    pub rows: u32,
    pub columns: u32,
    pub terms: u32,
    pub out: View,
    pub x: View,
    pub y: View,
}

impl Tile {
    /// One sum of one term, with what the formula does not read left open.
    pub(super) fn new(formula: Formula, begins: Begins, out: View) -> Tile {
        let none = Array::A.at(0);
        Tile { formula, begins, rows: 1, columns: 1, terms: 1, out, x: none, y: none }
    }

    /// What an adjoint of a product sends to the first sum, beside an element of an operand.
    pub fn send(bar: usize, array: Array, other: usize) -> Tile {
        let tile = Tile::new(Formula::SendProduct, Begins::Kept, Array::TO_A.at(0));
        tile.x(Array::RESULTS.at(bar)).y(array.at(other))
    }

    pub(super) fn of(self, rows: usize, columns: usize, terms: usize) -> Tile {
        let [rows, columns, terms] = [rows, columns, terms].map(|n| n as u32);
        Tile { rows, columns, terms, ..self }
    }

    pub(super) fn x(self, x: View) -> Tile {
        Tile { x, ..self }
    }

    pub(super) fn y(self, y: View) -> Tile {
        Tile { y, ..self }
    }
}

/// Rows of a matrix, or columns, that lanes exchange: the k-th with that of the k-th pivot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Swap {
    pub array: Array,
    pub k: u32,
    /// From one of them to the next one.
    pub outer: u32,
    /// From an element to the next one.
    pub inner: u32,
    /// Elements of each.
    pub count: u32,
}

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    Tile(Tile),
    /// Each lane's k-th pivot: the row of the n×n matrix `m` from the k-th on with the largest size in column `k`, the first of
    /// equals. The k-th of `signs` becomes −1 where that is another row, else 1.
    Pivot {
        m: Array,
        k: u32,
        n: u32,
        signs: Array,
    },
    Swap(Swap),
}

/// The steps of an algorithm, and the arrays that it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steps {
    /// How many pivots an elimination takes from other columns at once, or [`ONE_BY_ONE`]. No number depends on it: each loses what it
    /// loses in the pivots' order.
    pub(super) panel: usize,
    pub list: Vec<Step>,
    /// Numbers of each, of [`Array::FIRST`] first; they hold anything.
    pub arrays: Vec<usize>,
}

impl Steps {
    /// None yet.
    pub(super) fn new(panel: usize) -> Steps {
        Steps { panel, list: Vec::new(), arrays: Vec::new() }
    }

    /// An array of so many numbers.
    pub(super) fn array(&mut self, numbers: usize) -> Array {
        self.arrays.push(numbers);
        Array(Array::FIRST.0 + self.arrays.len() as u8 - 1)
    }

    pub(super) fn tile(&mut self, tile: Tile) {
        debug_assert!(tile.columns <= 1 || Formula::HOT.contains(&tile.formula), "{:?} has one column", tile.formula);
        let goes_on = tile.begins == Begins::Kept && tile.terms == 0;
        if tile.rows > 0 && tile.columns > 0 && !goes_on {
            self.list.push(Step::Tile(tile));
        }
    }

    pub(super) fn pivot(&mut self, m: Array, k: usize, n: usize, signs: Array) {
        self.list.push(Step::Pivot { m, k: k as u32, n: n as u32, signs });
    }

    /// Row `k` of a matrix of so many columns changes places with the pivot's.
    pub(super) fn swap_rows(&mut self, array: Array, k: usize, columns: usize) {
        self.swap_starts(array, k, columns, columns);
    }

    /// The first `count` numbers of row `k`, of rows that are `wide`, change places with those of the pivot's.
    pub(super) fn swap_starts(&mut self, array: Array, k: usize, wide: usize, count: usize) {
        let [k, wide, count] = [k, wide, count].map(|n| n as u32);
        if count > 0 {
            self.list.push(Step::Swap(Swap { array, k, outer: wide, inner: 1, count }));
        }
    }

    /// Column `k` of an n×n matrix changes places with that of the pivot's number.
    pub(super) fn swap_columns(&mut self, array: Array, k: usize, n: usize) {
        let [k, n] = [k, n].map(|n| n as u32);
        self.list.push(Step::Swap(Swap { array, k, outer: 1, inner: n, count: n }));
    }

    /// Numbers in a row are added to others.
    pub(super) fn add(&mut self, to: Array, from: Array, count: usize) {
        let tile = Tile::new(Formula::Sum, Begins::Kept, to.at(0).by(1, 0)).of(count, 1, 1);
        self.tile(tile.x(from.at(0).by(1, 0)));
    }

    /// So many numbers in a row from one place to another.
    pub(super) fn copy(&mut self, to: View, from: View, count: usize) {
        let step = |view: View| View { outer: if view.outer == 0 { 1 } else { view.outer }, inner: 0, ..view };
        self.tile(Tile::new(Formula::Copy, Begins::Nothing, step(to)).of(count, 1, 1).x(step(from)));
    }
}
