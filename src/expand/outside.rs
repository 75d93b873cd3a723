//! Names that are bound from outside the text: constants of the run, and inputs that are vectors or matrices of numbers.
//!
//! A constant stands where its name occurs free, as a quoted datum, which all lanes share. An input that is a vector or matrix is made
//! once, before the program's first form: the program stands in a `let` of those that it mentions. An input `w` of length 3 is `(vec w[0] w[1] w[2])`: its elements are the
//! program's inputs, and no text can name them otherwise, since a symbol has no brackets.

use std::fmt;
use std::sync::Arc;

use super::core::{Expr, ExprId};
use super::expander::Expander;
use super::scope::Binding;
use crate::reader::{Datum, DatumKind, Diagnostic, DiagnosticKind, Span};

/// What a name is bound to in all lanes alike, before anything runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// A datum, as if quoted where the name occurs free.
    Datum(Datum),
    /// A vector.
    Vector(Arc<[f64]>),
    /// A matrix, row by row; at least one row and one column.
    Matrix {
        /// How many columns it has.
        columns: usize,
        /// `[row][column]`.
        elements: Arc<[f64]>,
    },
}

impl Constant {
    /// A list of numbers.
    pub fn list(elements: &[f64]) -> Constant {
        Constant::Datum(list(elements, Span::default()))
    }

    /// A vector.
    pub fn vector(elements: &[f64]) -> Constant {
        Constant::Vector(elements.into())
    }

    /// A matrix of these numbers, row by row; `None` unless they fill one row or more.
    pub fn matrix(columns: usize, elements: &[f64]) -> Option<Constant> {
        let is_whole = columns > 0 && !elements.is_empty() && elements.len().is_multiple_of(columns);
        is_whole.then(|| Constant::Matrix { columns, elements: elements.into() })
    }

    /// As a datum.
    pub(super) fn kind(&self) -> DatumKind {
        match self {
            Constant::Datum(datum) => datum.kind.clone(),
            Constant::Vector(elements) => DatumKind::Array { columns: 0, elements: elements.clone() },
            Constant::Matrix { columns, elements } => {
                DatumKind::Array { columns: *columns as u32, elements: elements.clone() }
            }
        }
    }

    /// What a datum means that was read from `text`: in brackets a vector or matrix of numbers, else itself, with vectors and matrices
    /// for what is bracketed in a list.
    ///
    /// # Errors
    /// Brackets around anything but numbers, or rows of numbers of one length.
    pub fn read(text: &str, datum: Datum) -> Result<Constant, Diagnostic> {
        let wrong = |message: &str, span| Err(Diagnostic::new(DiagnosticKind::Expand, message, span));
        let Some(items) = bracketed(text, &datum) else { return Ok(Constant::Datum(with_arrays(text, datum)?)) };
        if !items.iter().any(|item| bracketed(text, item).is_some()) {
            return Ok(Constant::Vector(numbers(items)?.into()));
        }
        let mut elements = Vec::new();
        let mut columns = 0;
        for item in items {
            let Some(row) = bracketed(text, item) else { return wrong("a row of numbers is wanted here", item.span) };
            elements.extend(numbers(row)?);
            match row.len() {
                0 => return wrong("a row has one number at least", item.span),
                length if columns == 0 => columns = length,
                length if length != columns => {
                    let message = format!("a row of {length} beside rows of {columns}");
                    return wrong(&message, item.span);
                }
                _ => {}
            }
        }
        Ok(Constant::Matrix { columns, elements: elements.into() })
    }
}

impl From<Datum> for Constant {
    fn from(datum: Datum) -> Constant {
        Constant::Datum(datum)
    }
}

/// A datum with vectors and matrices for what is bracketed in it; the reader bounds the nesting.
fn with_arrays(text: &str, datum: Datum) -> Result<Datum, Diagnostic> {
    let DatumKind::List(items) = datum.kind else { return Ok(datum) };
    let items = items.into_iter().map(|item| {
        let span = item.span;
        Ok(Datum::new(Constant::read(text, item)?.kind(), span))
    });
    Ok(Datum::new(DatumKind::List(items.collect::<Result<_, _>>()?), datum.span))
}

/// Is there a vector or matrix in it?
pub(super) fn has_array(datum: &Datum) -> bool {
    match &datum.kind {
        DatumKind::Array { .. } => true,
        DatumKind::List(items) => items.iter().any(has_array),
        _ => false,
    }
}

/// The elements of a datum that was written in brackets.
fn bracketed<'d>(text: &str, datum: &'d Datum) -> Option<&'d [Datum]> {
    let is_bracketed = text.as_bytes().get(datum.span.start as usize) == Some(&b'[');
    // The reader puts a `vec` before what stands in brackets.
    datum.as_list().filter(|_| is_bracketed)?.get(1..)
}

fn numbers(items: &[Datum]) -> Result<Vec<f64>, Diagnostic> {
    let number = |item: &Datum| match item.kind {
        DatumKind::Int(int) => Ok(int.into()),
        DatumKind::Float(float) => Ok(float),
        _ => Err(Diagnostic::new(DiagnosticKind::Expand, format!("`{item}` is not a number"), item.span)),
    };
    items.iter().map(number).collect()
}

fn list(elements: &[f64], span: Span) -> Datum {
    let items = elements.iter().map(|&element| Datum::new(DatumKind::Float(element), span)).collect();
    Datum::new(DatumKind::List(items), span)
}

/// How many numbers an input is, and how they are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A vector of so many.
    Vector(usize),
    /// A matrix of so many rows and columns.
    Matrix(usize, usize),
}

impl Shape {
    /// How many numbers it has.
    pub fn count(self) -> usize {
        match self {
            Shape::Vector(length) => length,
            Shape::Matrix(rows, columns) => rows * columns,
        }
    }

    /// The names of the inputs that the elements of `name` are: `w[0]`, `w[1]`…; of a matrix `A[0,0]`, `A[0,1]`…, row by row.
    pub fn elements(self, name: &str) -> Vec<String> {
        match self {
            Shape::Vector(length) => (0..length).map(|index| format!("{name}[{index}]")).collect(),
            Shape::Matrix(rows, columns) => {
                let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
                places.map(|(row, column)| format!("{name}[{row},{column}]")).collect()
            }
        }
    }
}

impl fmt::Display for Shape {
    /// As a parameter's text has it behind the name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Vector(length) => write!(f, "[{length}]"),
            Shape::Matrix(rows, columns) => write!(f, "[{rows},{columns}]"),
        }
    }
}

/// A name whose value is made before the program's first form.
pub(super) struct Outside {
    name: Arc<str>,
    shape: Shape,
    variable: super::core::VarId,
    /// Where the program first mentions it.
    first: Option<Span>,
}

impl Expander<'_> {
    /// Binds the names of the options.
    pub fn bind_outside(&mut self) {
        let options = self.options;
        for (index, (name, _)) in options.constants.iter().enumerate() {
            self.scope.bind(&Arc::from(name.as_str()), Binding::Constant(index));
        }
        for (name, shape) in &options.shapes {
            self.outside(name, *shape);
        }
    }

    fn outside(&mut self, name: &str, shape: Shape) {
        let name: Arc<str> = name.into();
        let variable = self.variable(name.clone());
        self.scope.bind(&name, Binding::Outside(self.outside.len()));
        self.outside.push(Outside { name, shape, variable, first: None });
    }

    /// A mention of a datum.
    pub fn constant(&mut self, index: usize, span: Span) -> ExprId {
        self.quote(self.options.constants[index].1.kind(), span)
    }

    /// A mention of such a name.
    pub fn read_outside(&mut self, index: usize, span: Span) -> ExprId {
        let outside = &mut self.outside[index];
        // Expansion does not always go from left to right (a `do` with steps).
        if outside.first.is_none_or(|first| span.start < first.start) {
            outside.first = Some(span);
        }
        let (name, variable) = (outside.name.clone(), outside.variable);
        self.inputs.mention(&name);
        self.node(Expr::Local(variable), span)
    }

    /// The program in a `let` of what it mentions.
    pub fn with_outside(&mut self, program: ExprId) -> ExprId {
        let mut lets = Vec::new();
        for Outside { name, shape, variable, first } in std::mem::take(&mut self.outside) {
            if let Some(span) = first {
                lets.push((variable, self.elements(&name, shape, span)));
            }
        }
        let span = self.nodes[program.0 as usize].span;
        self.bind(lets, program, span)
    }

    fn library(&mut self, name: &str, span: Span) -> ExprId {
        self.node(Expr::Library(name.into()), span)
    }

    fn call(&mut self, name: &str, operands: Vec<ExprId>, span: Span) -> ExprId {
        let procedure = self.library(name, span);
        self.node(Expr::Call(procedure, operands), span)
    }

    /// `(vec w[0] w[1] …)`, or `(mat (vec A[0,0] …) …)`.
    fn elements(&mut self, name: &str, shape: Shape, span: Span) -> ExprId {
        let inputs = shape.elements(name).into_iter().map(|element| {
            let input = self.inputs.element(element.into(), span);
            self.node(Expr::Input(input), span)
        });
        let inputs: Vec<ExprId> = inputs.collect();
        match shape {
            Shape::Vector(_) => self.call("vec", inputs, span),
            Shape::Matrix(_, columns) => {
                let rows = inputs.chunks(columns.max(1)).map(|row| self.call("vec", row.to_vec(), span)).collect();
                self.call("mat", rows, span)
            }
        }
    }
}
