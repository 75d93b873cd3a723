//! Vectors and matrices as values: a shape and its elements, row by row.

use std::fmt;

use super::dual::Dual;

/// So many numbers, or so many rows and columns (at least one of each).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Vector(usize),
    Matrix(usize, usize),
}

/// A vector or a matrix; immutable.
#[derive(Clone, Debug)]
pub struct Array {
    pub shape: Shape,
    /// Row by row.
    pub elements: Vec<Dual>,
}

impl Shape {
    pub fn is_square(self) -> bool {
        matches!(self, Shape::Matrix(rows, columns) if rows == columns)
    }
}

impl Array {
    pub fn vector(elements: Vec<Dual>) -> Array {
        Array { shape: Shape::Vector(elements.len()), elements }
    }

    /// The matrix of rows of one length.
    pub fn matrix(rows: Vec<Vec<Dual>>) -> Array {
        Array { shape: Shape::Matrix(rows.len(), rows[0].len()), elements: rows.concat() }
    }

    /// The rows; a vector is one column.
    pub fn rows(&self) -> Vec<Vec<Dual>> {
        let width = match self.shape {
            Shape::Vector(_) => 1,
            Shape::Matrix(_, columns) => columns,
        };
        self.elements.chunks(width).map(<[Dual]>::to_vec).collect()
    }

    /// The matrix with rows and columns exchanged.
    pub fn transposed(&self) -> Array {
        let rows = self.rows();
        Array::matrix((0..rows[0].len()).map(|column| rows.iter().map(|row| row[column].clone()).collect()).collect())
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Vector(length) => write!(f, "a vector of length {length}"),
            Shape::Matrix(rows, columns) => write!(f, "a {rows}x{columns} matrix"),
        }
    }
}

impl fmt::Display for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |row: &[Dual]| format!("[{}]", row.iter().map(Dual::to_string).collect::<Vec<_>>().join(" "));
        match self.shape {
            Shape::Vector(_) => f.write_str(&row(&self.elements)),
            Shape::Matrix(_, columns) => {
                write!(f, "[{}]", self.elements.chunks(columns).map(row).collect::<Vec<_>>().join(" "))
            }
        }
    }
}
