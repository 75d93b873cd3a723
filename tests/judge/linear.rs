//! Linear algebra on numbers with their derivatives, by the textbook.
//!
//! In: rows of equal length. Out: what the operation gives, or [`Zero`] where a pivot is one. A determinant is a sum over
//! minors, so that its derivatives are right wherever a pivot would be zero too; `logdet`, `inv` and `solve` eliminate with
//! partial pivoting; `cholesky` reads the lower triangle only. How near a pivot was to zero is noted like a comparison.
//!
//! Deliberately absent: speed (a determinant of n rows is n! products).

use super::dual::{self, Dual, Trace};

type Rows = Vec<Vec<Dual>>;

/// A pivot is zero, or where one must be positive it is not.
pub struct Zero;

impl Trace {
    /// `u0*v0 + u1*v1 + …` from the left; 0 where there is nothing.
    pub fn dot(&mut self, u: &[Dual], v: &[Dual]) -> Dual {
        let products: Vec<Dual> = u.iter().zip(v).map(|(a, b)| self.arithmetic("*", a, b)).collect();
        self.sum(&products)
    }

    pub fn sum(&mut self, items: &[Dual]) -> Dual {
        let Some((first, rest)) = items.split_first() else {
            return Dual::constant(0.0);
        };
        rest.iter().fold(first.clone(), |total, item| self.arithmetic("+", &total, item))
    }

    pub fn function(&mut self, name: &str, x: &Dual) -> Dual {
        let (value, slope) = dual::unary(name, x.value).expect("a function of one Float");
        self.chain(value, &[(slope, x)])
    }

    /// Along the first row; a matrix without rows has 1.
    pub fn determinant(&mut self, rows: &[Vec<Dual>]) -> Dual {
        let Some((first, rest)) = rows.split_first() else {
            return Dual::constant(1.0);
        };
        let mut terms = Vec::new();
        for (column, element) in first.iter().enumerate() {
            let minor: Rows = rest.iter().map(|row| [&row[..column], &row[column + 1..]].concat()).collect();
            let minor = self.determinant(&minor);
            let sign = Dual::constant(if column % 2 == 0 { 1.0 } else { -1.0 });
            let term = self.arithmetic("*", element, &minor);
            terms.push(self.arithmetic("*", &sign, &term));
        }
        self.sum(&terms)
    }

    /// Sum of the logarithms of the pivots' magnitudes.
    pub fn log_determinant(&mut self, mut rows: Rows) -> Result<Dual, Zero> {
        let scale = largest(&rows);
        let mut logarithms = Vec::new();
        for column in 0..rows.len() {
            self.pivot(&mut rows, column, scale)?;
            let pivot = rows[column][column].clone();
            let magnitude = self.chain(pivot.value.abs(), &[(pivot.value.signum(), &pivot)]);
            logarithms.push(self.function("log", &magnitude));
            for row in column + 1..rows.len() {
                self.eliminate(&mut rows, column, row);
            }
        }
        Ok(self.sum(&logarithms))
    }

    /// X of A X = B by Gauss and Jordan's elimination; `right` has as many rows as A.
    pub fn solution(&mut self, mut rows: Rows, right: Rows) -> Result<Rows, Zero> {
        let (count, scale) = (rows.len(), largest(&rows));
        for (row, more) in rows.iter_mut().zip(right) {
            row.extend(more);
        }
        for column in 0..count {
            self.pivot(&mut rows, column, scale)?;
            for row in (0..count).filter(|row| *row != column) {
                self.eliminate(&mut rows, column, row);
            }
        }
        for (index, row) in rows.iter_mut().enumerate() {
            let pivot = row[index].clone();
            *row = row[count..].iter().map(|x| self.arithmetic("/", x, &pivot)).collect();
        }
        Ok(rows)
    }

    /// Brings the row with the largest element of a column, from the diagonal down, to the diagonal.
    fn pivot(&mut self, rows: &mut Rows, column: usize, scale: f64) -> Result<(), Zero> {
        let magnitude = |rows: &Rows, row: usize| rows[row][column].value.abs();
        let best = (column..rows.len())
            .fold(column, |best, row| if magnitude(rows, row) > magnitude(rows, best) { row } else { best });
        rows.swap(column, best);
        let pivot = &rows[column][column];
        self.near_zero(pivot, scale);
        if pivot.value == 0.0 { Err(Zero) } else { Ok(()) }
    }

    /// Takes the multiple of the pivot's row from another row that makes its element in the column zero.
    fn eliminate(&mut self, rows: &mut Rows, column: usize, row: usize) {
        let factor = self.arithmetic("/", &rows[row][column], &rows[column][column]);
        for index in column..rows[row].len() {
            let taken = self.arithmetic("*", &factor, &rows[column][index]);
            rows[row][index] = self.arithmetic("-", &rows[row][index], &taken);
        }
    }

    /// L of A = L Lᵀ.
    pub fn cholesky(&mut self, rows: &Rows) -> Result<Rows, Zero> {
        let scale = largest(rows);
        let mut lower: Rows = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            let mut found: Vec<Dual> = Vec::new();
            for column in 0..=index {
                let above = if column == index { found.clone() } else { lower[column].clone() };
                let known = self.dot(&found, &above[..column]);
                let rest = self.arithmetic("-", &row[column], &known);
                found.push(if column < index {
                    self.arithmetic("/", &rest, &lower[column][column])
                } else {
                    self.near_zero(&rest, scale);
                    if rest.value <= 0.0 {
                        return Err(Zero);
                    }
                    self.function("sqrt", &rest)
                });
            }
            found.resize(rows.len(), Dual::constant(0.0));
            lower.push(found);
        }
        Ok(lower)
    }
}

/// The largest magnitude.
fn largest(rows: &[Vec<Dual>]) -> f64 {
    rows.iter().flatten().fold(0.0, |most, x| f64::max(most, x.value.abs()))
}
