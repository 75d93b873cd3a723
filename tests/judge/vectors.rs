//! The primitives on vectors and matrices, and `+ - * /` where an operand is one.

use std::rc::Rc;

use super::Place;
use super::apply::Stop;
use super::array::{Array, Shape};
use super::dual::Dual;
use super::eval::Machine;
use super::value::{Primitive, Value};

const fn row(name: &'static str, least: usize, most: usize) -> Primitive {
    Primitive { name, least, most: Some(most) }
}

pub const PRIMITIVES: &[Primitive] = &[
    Primitive { name: "vec", least: 0, most: None },
    Primitive { name: "mat", least: 1, most: None },
    Primitive { name: "vmap", least: 2, most: None },
    row("ref", 2, 3),
    row("vlen", 1, 1),
    row("rows", 1, 1),
    row("cols", 1, 1),
    row("dot", 2, 2),
    row("cross", 2, 2),
    row("norm", 1, 1),
    row("normalize", 1, 1),
    row("vsum", 1, 1),
    row("scale", 2, 2),
    row("matvec", 2, 2),
    row("matmul", 2, 2),
    row("transpose", 1, 1),
    row("trace", 1, 1),
    row("det", 1, 1),
    row("logdet", 1, 1),
    row("inv", 1, 1),
    row("solve", 2, 2),
    row("cholesky", 1, 1),
    row("lower", 1, 1),
    row("outer", 2, 2),
    row("eye", 1, 1),
    row("zeros", 1, 2),
    row("ones", 1, 2),
];

fn wrong<T>(index: usize, message: String) -> Result<T, Stop> {
    Err(Stop::Fault("wrong-type", Some(index), message))
}

fn singular<T>(what: &str) -> Result<T, Stop> {
    Err(Stop::Fault("singular", Some(0), what.to_owned()))
}

/// What a value is, for messages.
fn kind(value: &Value) -> String {
    match value {
        Value::Vector(array) => array.shape.to_string(),
        other => other.to_string(),
    }
}

fn real(value: &Value) -> Option<Dual> {
    match value {
        Value::Int(int) => Some(Dual::constant(f64::from(*int))),
        Value::Float(dual) => Some(dual.clone()),
        _ => None,
    }
}

/// The vector or matrix that operand `index` must be.
fn array(arguments: &[Value], index: usize) -> Result<&Array, Stop> {
    match &arguments[index] {
        Value::Vector(array) => Ok(array),
        other => wrong(index, format!("{other} is no vector or matrix")),
    }
}

/// The elements of the vector that operand `index` must be.
fn vector(arguments: &[Value], index: usize) -> Result<&[Dual], Stop> {
    match &arguments[index] {
        Value::Vector(array) if matches!(array.shape, Shape::Vector(_)) => Ok(&array.elements),
        other => wrong(index, format!("{} is no vector", kind(other))),
    }
}

/// The rows of the matrix that operand `index` must be.
fn matrix(arguments: &[Value], index: usize) -> Result<Vec<Vec<Dual>>, Stop> {
    match &arguments[index] {
        Value::Vector(array) if matches!(array.shape, Shape::Matrix(..)) => Ok(array.rows()),
        other => wrong(index, format!("{} is no matrix", kind(other))),
    }
}

fn square(arguments: &[Value], index: usize) -> Result<Vec<Vec<Dual>>, Stop> {
    let rows = matrix(arguments, index)?;
    if array(arguments, index)?.shape.is_square() {
        Ok(rows)
    } else {
        wrong(index, format!("{} is not square", kind(&arguments[index])))
    }
}

/// Operand `index` must fit an earlier one.
fn fits(is_fitting: bool, arguments: &[Value], index: usize) -> Result<(), Stop> {
    if is_fitting {
        return Ok(());
    }
    wrong(index, format!("{} does not fit {}", kind(&arguments[index]), kind(&arguments[0])))
}

/// The number of rows or columns, at least `least`, that operand `index` must be.
fn size(arguments: &[Value], index: usize, least: i32) -> Result<usize, Stop> {
    match arguments[index] {
        Value::Int(count) if count >= least => Ok(count as usize),
        ref other => wrong(index, format!("{other} is no size")),
    }
}

/// The place below `bound` that operand `index` must be.
fn place(arguments: &[Value], index: usize, bound: usize) -> Result<usize, Stop> {
    let Value::Int(int) = arguments[index] else {
        return wrong(index, format!("{} is no Int", arguments[index]));
    };
    match usize::try_from(int) {
        Ok(place) if place < bound => Ok(place),
        _ => Err(Stop::Fault("index", Some(index), format!("{int} is out of range for {}", kind(&arguments[0])))),
    }
}

fn made(array: Array) -> Value {
    Value::Vector(Rc::new(array))
}

impl Machine<'_> {
    /// A primitive's value; `None` when the name is not one of this file's. Procedures are called at `at`.
    pub fn on_vectors(&mut self, name: &'static str, arguments: &[Value], at: Place) -> Result<Option<Value>, Stop> {
        if !PRIMITIVES.iter().any(|primitive| primitive.name == name) {
            return Ok(None);
        }
        let trace = &mut self.trace;
        Ok(Some(match name {
            "vec" if arguments.is_empty() => made(Array::vector(Vec::new())),
            "vec" if real(&arguments[0]).is_some() => made(numbers(arguments)?),
            "vec" | "mat" => made(Array::matrix(rows_of_one_length(arguments)?)),
            "ref" => element(arguments)?,
            "vlen" => Value::Int(vector(arguments, 0)?.len() as i32),
            "rows" => Value::Int(matrix(arguments, 0)?.len() as i32),
            "cols" => Value::Int(matrix(arguments, 0)?[0].len() as i32),
            "dot" => {
                let (u, v) = (vector(arguments, 0)?, vector(arguments, 1)?);
                fits(u.len() == v.len(), arguments, 1)?;
                Value::Float(trace.dot(u, v))
            }
            "cross" => {
                let (u, v) = (vector(arguments, 0)?, vector(arguments, 1)?);
                for (index, length) in [u.len(), v.len()].into_iter().enumerate() {
                    if length != 3 {
                        return wrong(index, format!("{} is not of length 3", kind(&arguments[index])));
                    }
                }
                let mut part = |i: usize, j: usize| {
                    let (left, right) = (trace.arithmetic("*", &u[i], &v[j]), trace.arithmetic("*", &u[j], &v[i]));
                    trace.arithmetic("-", &left, &right)
                };
                made(Array::vector(vec![part(1, 2), part(2, 0), part(0, 1)]))
            }
            "norm" => {
                let v = vector(arguments, 0)?;
                let square = trace.dot(v, v);
                Value::Float(trace.function("sqrt", &square))
            }
            "normalize" => {
                let v = vector(arguments, 0)?;
                let square = trace.dot(v, v);
                let norm = trace.function("sqrt", &square);
                made(Array::vector(v.iter().map(|x| trace.arithmetic("/", x, &norm)).collect()))
            }
            "vsum" => Value::Float(trace.sum(&array(arguments, 0)?.elements)),
            "scale" => {
                let Some(factor) = real(&arguments[0]) else {
                    return wrong(0, format!("{} is no number", kind(&arguments[0])));
                };
                let Array { shape, elements } = array(arguments, 1)?.clone();
                let elements = elements.iter().map(|x| trace.arithmetic("*", &factor, x)).collect();
                made(Array { shape, elements })
            }
            "matvec" => {
                let (rows, v) = (matrix(arguments, 0)?, vector(arguments, 1)?);
                fits(rows[0].len() == v.len(), arguments, 1)?;
                made(Array::vector(rows.iter().map(|row| trace.dot(row, v)).collect()))
            }
            "matmul" => {
                let (left, right) = (matrix(arguments, 0)?, matrix(arguments, 1)?);
                fits(left[0].len() == right.len(), arguments, 1)?;
                let columns = array(arguments, 1)?.transposed().rows();
                let mut product = |row: &Vec<Dual>| columns.iter().map(|column| trace.dot(row, column)).collect();
                made(Array::matrix(left.iter().map(&mut product).collect()))
            }
            "outer" => {
                let (u, v) = (vector(arguments, 0)?, vector(arguments, 1)?);
                for (index, length) in [u.len(), v.len()].into_iter().enumerate() {
                    if length == 0 {
                        return wrong(index, "a matrix has at least one row and column".into());
                    }
                }
                let mut row = |x: &Dual| v.iter().map(|y| trace.arithmetic("*", x, y)).collect();
                made(Array::matrix(u.iter().map(&mut row).collect()))
            }
            "transpose" => {
                matrix(arguments, 0)?;
                made(array(arguments, 0)?.transposed())
            }
            "trace" => {
                let rows = square(arguments, 0)?;
                let diagonal: Vec<Dual> = (0..rows.len()).map(|index| rows[index][index].clone()).collect();
                Value::Float(trace.sum(&diagonal))
            }
            "lower" => {
                let mut rows = square(arguments, 0)?;
                for (index, row) in rows.iter_mut().enumerate() {
                    row[index + 1..].fill(Dual::constant(0.0));
                }
                made(Array::matrix(rows))
            }
            "det" => Value::Float(trace.determinant(&square(arguments, 0)?)),
            "logdet" => match trace.log_determinant(square(arguments, 0)?) {
                Ok(logarithm) => Value::Float(logarithm),
                Err(_) => return singular("singular"),
            },
            "inv" => {
                let rows = square(arguments, 0)?;
                let unit = unit(rows.len()).rows();
                match trace.solution(rows, unit) {
                    Ok(rows) => made(Array::matrix(rows)),
                    Err(_) => return singular("singular"),
                }
            }
            "solve" => {
                let (rows, right) = (square(arguments, 0)?, array(arguments, 1)?);
                fits(right.rows().len() == rows.len(), arguments, 1)?;
                match trace.solution(rows, right.rows()) {
                    Ok(rows) => made(Array { shape: right.shape, elements: rows.concat() }),
                    Err(_) => return singular("singular"),
                }
            }
            "cholesky" => match trace.cholesky(&square(arguments, 0)?) {
                Ok(rows) => made(Array::matrix(rows)),
                Err(_) => return singular("not positive definite"),
            },
            "eye" => made(unit(size(arguments, 0, 1)?)),
            "zeros" | "ones" => {
                let shape = match arguments.len() {
                    1 => Shape::Vector(size(arguments, 0, 0)?),
                    _ => Shape::Matrix(size(arguments, 0, 1)?, size(arguments, 1, 1)?),
                };
                let count = match shape {
                    Shape::Vector(length) => length,
                    Shape::Matrix(rows, columns) => rows * columns,
                };
                let element = Dual::constant(if name == "ones" { 1.0 } else { 0.0 });
                made(Array { shape, elements: vec![element; count] })
            }
            _ => self.vector_mapped(arguments, at)?,
        }))
    }

    /// `(vmap f v …)`: row by row; every result must be a number.
    fn vector_mapped(&mut self, arguments: &[Value], at: Place) -> Result<Value, Stop> {
        let first = array(arguments, 1)?;
        let mut operands = Vec::new();
        for index in 1..arguments.len() {
            let operand = array(arguments, index)?;
            if operand.shape != first.shape {
                return wrong(index, format!("{} does not fit {}", operand.shape, first.shape));
            }
            operands.push(operand);
        }
        let mut elements = Vec::new();
        for index in 0..first.elements.len() {
            let items = operands.iter().map(|operand| Value::Float(operand.elements[index].clone())).collect();
            let result = self.call(&arguments[0], items, at)?;
            match real(&result) {
                Some(number) => elements.push(number),
                None => return wrong(0, format!("gives {}, which is no number", kind(&result))),
            }
        }
        Ok(made(Array { shape: first.shape, elements }))
    }

    /// `+ - * /` where an operand is a vector or a matrix: two at a time from the left.
    pub fn on_arrays(&mut self, name: &'static str, arguments: &[Value]) -> Result<Value, Stop> {
        let mut total = arguments[0].clone();
        if let (Value::Vector(operand), 1) = (&total, arguments.len()) {
            return Ok(match name {
                "-" => self.spread("-", &Value::float(-0.0), &total),
                "/" => self.spread("/", &Value::Int(1), &total),
                _ => made((**operand).clone()),
            });
        }
        if real(&total).is_none() && !matches!(total, Value::Vector(_)) {
            return wrong(0, format!("{total} is no number"));
        }
        for (index, operand) in arguments.iter().enumerate().skip(1) {
            total = match (&total, operand) {
                (Value::Vector(left), Value::Vector(right)) if left.shape != right.shape => {
                    return wrong(index, format!("{} does not fit {}", right.shape, left.shape));
                }
                (_, Value::Vector(_)) => self.spread(name, &total, operand),
                (Value::Vector(_), _) if real(operand).is_some() => self.spread(name, &total, operand),
                (_, number) if real(number).is_some() => match self.numeric(name, &[total, number.clone()]) {
                    Ok(value) => value.expect("an operation on numbers"),
                    Err(Stop::Fault(kind, _, message)) => return Err(Stop::Fault(kind, Some(index), message)),
                    Err(stop) => return Err(stop),
                },
                (_, other) => return wrong(index, format!("{other} is no number")),
            };
        }
        Ok(total)
    }

    /// An operation element by element; one operand is an array, the other one of the same shape or a number.
    pub fn spread(&mut self, name: &str, left: &Value, right: &Value) -> Value {
        let shape = match (left, right) {
            (Value::Vector(array), _) | (_, Value::Vector(array)) => array.shape,
            _ => unreachable!("one operand is an array"),
        };
        let count = match shape {
            Shape::Vector(length) => length,
            Shape::Matrix(rows, columns) => rows * columns,
        };
        let element = |value: &Value, index: usize| match value {
            Value::Vector(array) => array.elements[index].clone(),
            number => real(number).expect("an operand is a number or an array"),
        };
        let elements = (0..count)
            .map(|index| self.trace.arithmetic(name, &element(left, index), &element(right, index)))
            .collect();
        made(Array { shape, elements })
    }
}

/// The vector of operands that are all numbers.
fn numbers(arguments: &[Value]) -> Result<Array, Stop> {
    let element = |(index, value): (usize, &Value)| match real(value) {
        Some(element) => Ok(element),
        None => wrong(index, format!("{} beside a number", kind(value))),
    };
    Ok(Array::vector(arguments.iter().enumerate().map(element).collect::<Result<_, _>>()?))
}

/// Operands that are all vectors of one length, which is at least 1.
fn rows_of_one_length(arguments: &[Value]) -> Result<Vec<Vec<Dual>>, Stop> {
    let mut rows: Vec<Vec<Dual>> = Vec::new();
    for index in 0..arguments.len() {
        let row = vector(arguments, index)?;
        let is_fitting = rows.first().map_or(!row.is_empty(), |first| first.len() == row.len());
        fits(is_fitting, arguments, index)?;
        rows.push(row.to_vec());
    }
    Ok(rows)
}

/// `(ref v i)`, `(ref m i)` and `(ref m i j)`.
fn element(arguments: &[Value]) -> Result<Value, Stop> {
    if arguments.len() == 3 {
        let rows = matrix(arguments, 0)?;
        let row = place(arguments, 1, rows.len())?;
        return Ok(Value::Float(rows[row][place(arguments, 2, rows[0].len())?].clone()));
    }
    match array(arguments, 0)?.shape {
        Shape::Vector(length) => Ok(Value::Float(vector(arguments, 0)?[place(arguments, 1, length)?].clone())),
        Shape::Matrix(count, _) => {
            Ok(made(Array::vector(matrix(arguments, 0)?.swap_remove(place(arguments, 1, count)?))))
        }
    }
}

fn unit(count: usize) -> Array {
    let element = |row, column| Dual::constant(if row == column { 1.0 } else { 0.0 });
    Array::matrix((0..count).map(|row| (0..count).map(|column| element(row, column)).collect()).collect())
}
