//! What is to be recovered: a parameter's name, start, bounds and whether it is fixed; and the text form of all that.
//!
//! The text is `NAME[=START][ in [LO,HI]][ fixed]`, spaces optional: `k`, `k=8.9`, `k=8.9 in [0,20]`, `k in [0,20]`, `k=2 fixed`.
//! A name ends at a blank, a `=` or a bracket. A bound may be `inf` or `-inf`. `w[3]` is a vector of three numbers and `A[2,3]` a matrix of
//! two rows and three columns: so many parameters `w[0]`, `w[1]`…, `A[0,0]`…, each with the start, bounds and the rest of the whole;
//! `w[3]=[1 2 3]` and `A[2,3]=[1 2 3 4 5 6]` (row by row; `[[1 2 3] [4 5 6]]` is the same) give each its own start. Whether the numbers fit together (lower below upper, the
//! start between them) is checked when a fit runs, because parameters also come from [`Parameter::new`].

use std::fmt;
use std::str::FromStr;

pub use crate::expand::Shape;

/// Most rows, columns or elements that a text can ask for.
const MOST: usize = 10_000;

/// One parameter of a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The name of the program's input.
    pub name: String,
    /// Where the fit starts. `None`: 1, or drawn from the bounds where there are some.
    pub start: Option<f64>,
    /// Lower and upper bound, either of which may be infinite.
    pub bounds: Option<(f64, f64)>,
    /// Held at its start.
    pub fixed: bool,
    /// A vector or matrix of parameters in place of one.
    pub shape: Option<Shape>,
    /// Where each element of the shape starts, row by row, in place of `start`.
    pub starts: Option<Vec<f64>>,
}

impl Parameter {
    /// A free parameter without bounds that starts at 1.
    pub fn new(name: impl Into<String>) -> Parameter {
        Parameter { name: name.into(), start: None, bounds: None, fixed: false, shape: None, starts: None }
    }

    /// A vector of so many parameters.
    #[must_use]
    pub fn length(self, length: usize) -> Parameter {
        self.shape(Shape::Vector(length))
    }

    /// A vector or matrix of parameters.
    #[must_use]
    pub fn shape(mut self, shape: Shape) -> Parameter {
        self.shape = Some(shape);
        self
    }

    /// Where each element starts, row by row.
    #[must_use]
    pub fn starts(mut self, starts: &[f64]) -> Parameter {
        self.starts = Some(starts.to_vec());
        self
    }

    /// The parameters that this one stands for: itself, or one for each element.
    ///
    /// # Errors
    /// In words: a shape without elements, or with another number of starts.
    pub fn elements(&self) -> Result<Vec<Parameter>, String> {
        let Some(shape) = self.shape else {
            return match self.starts {
                Some(_) => Err("it is one number and has a list of starts".to_owned()),
                None => Ok(vec![self.clone()]),
            };
        };
        match &self.starts {
            _ if shape.count() == 0 => Err("it has no elements".to_owned()),
            Some(starts) if starts.len() != shape.count() => {
                Err(format!("it has {} elements and {} starts", shape.count(), starts.len()))
            }
            starts => {
                let start = |index: usize| starts.as_ref().map_or(self.start, |starts| Some(starts[index]));
                let element = |(index, name)| Parameter {
                    name,
                    start: start(index),
                    bounds: self.bounds,
                    fixed: self.fixed,
                    shape: None,
                    starts: None,
                };
                Ok(shape.elements(&self.name).into_iter().enumerate().map(element).collect())
            }
        }
    }

    /// Starts here.
    #[must_use]
    pub fn start(mut self, start: f64) -> Parameter {
        self.start = Some(start);
        self
    }

    /// Stays within `[lower, upper]`.
    #[must_use]
    pub fn bounds(mut self, lower: f64, upper: f64) -> Parameter {
        self.bounds = Some((lower, upper));
        self
    }

    /// Stays at its start.
    #[must_use]
    pub fn fixed(mut self) -> Parameter {
        self.fixed = true;
        self
    }

    /// Why this parameter cannot be fitted as it stands, if so.
    pub fn problem(&self) -> Option<String> {
        let (lower, upper) = self.limits();
        if self.name.is_empty() {
            return Some("it has no name".to_owned());
        }
        // A NaN on either side compares as nothing and is refused too.
        if lower.partial_cmp(&upper) != Some(std::cmp::Ordering::Less) {
            return Some(format!("its lower bound {lower} is not below its upper bound {upper}"));
        }
        match self.start {
            Some(start) if !start.is_finite() => Some(format!("its start {start} is not finite")),
            Some(start) if start < lower || start > upper => {
                Some(format!("its start {start} lies outside its bounds [{lower}, {upper}]"))
            }
            None if self.fixed => Some("it is fixed but has no value".to_owned()),
            _ => None,
        }
    }

    /// Lower and upper bound, infinite where there is none.
    pub fn limits(&self) -> (f64, f64) {
        self.bounds.unwrap_or((f64::NEG_INFINITY, f64::INFINITY))
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(shape) = self.shape {
            write!(f, "{shape}")?;
        }
        if let Some(starts) = &self.starts {
            let starts: Vec<String> = starts.iter().map(f64::to_string).collect();
            write!(f, "=[{}]", starts.join(" "))?;
        } else if let Some(start) = self.start {
            write!(f, "={start}")?;
        }
        if let Some((lower, upper)) = self.bounds {
            write!(f, " in [{lower},{upper}]")?;
        }
        if self.fixed {
            f.write_str(" fixed")?;
        }
        Ok(())
    }
}

/// A parameter's text that cannot be read: what was expected, where (column from 1), and what stands there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "parameter `{text}`, column {column}: expected {expected}, found {found} (the form is NAME[=START][ in [LO,HI]][ fixed])"
)]
pub struct SpecError {
    /// The whole text.
    pub text: String,
    /// Where reading stopped, in characters from 1.
    pub column: usize,
    /// What could have stood there.
    pub expected: &'static str,
    /// What stands there.
    pub found: String,
}

impl FromStr for Parameter {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Parameter, SpecError> {
        let mut cursor = Cursor { text, at: 0 };
        cursor.blanks();
        let name = cursor.take_while(|c| !c.is_whitespace() && !"=[](){},;'\"`".contains(c));
        if name.is_empty() {
            return Err(cursor.expected("a parameter's name"));
        }
        let mut parameter = Parameter::new(name);
        let mut next = "`=`, `in` or `fixed`";
        cursor.blanks();
        if cursor.rest().starts_with('[') {
            parameter.shape = Some(cursor.shape()?);
        }
        if cursor.eat("=") {
            match parameter.shape {
                Some(_) if cursor.eat("[") => parameter.starts = Some(cursor.starts()?),
                _ => parameter.start = Some(cursor.number(false, "a number")?),
            }
            next = "`in` or `fixed`";
        }
        if cursor.eat("in") {
            let lower = cursor.punctuation("[", "`[`").and_then(|()| cursor.bound())?;
            let upper = cursor.punctuation(",", "`,`").and_then(|()| cursor.bound())?;
            cursor.punctuation("]", "`]`")?;
            parameter.bounds = Some((lower, upper));
            next = "`fixed`";
        }
        if cursor.eat("fixed") {
            if parameter.start.is_none() && parameter.starts.is_none() {
                cursor.at -= "fixed".len();
                return Err(cursor.expected("`=` and the value it is fixed at"));
            }
            parameter.fixed = true;
            next = "nothing more";
        }
        cursor.blanks();
        if cursor.rest().is_empty() { Ok(parameter) } else { Err(cursor.expected(next)) }
    }
}

/// A place in a parameter's text.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        self.take_while(char::is_whitespace);
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// Skips blanks, then `word` if it stands there.
    fn eat(&mut self, word: &str) -> bool {
        self.blanks();
        let found = self.rest().starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    fn punctuation(&mut self, mark: &str, expected: &'static str) -> Result<(), SpecError> {
        if self.eat(mark) { Ok(()) } else { Err(self.expected(expected)) }
    }

    /// `[LENGTH]` or `[ROWS,COLUMNS]`.
    fn shape(&mut self) -> Result<Shape, SpecError> {
        self.punctuation("[", "`[`")?;
        let first = self.count()?;
        let shape = if self.eat(",") { Shape::Matrix(first, self.count()?) } else { Shape::Vector(first) };
        self.punctuation("]", "`,` or `]`")?;
        Ok(shape)
    }

    fn count(&mut self) -> Result<usize, SpecError> {
        self.blanks();
        let at = self.at;
        match self.take_while(|c| c.is_ascii_digit()).parse() {
            Ok(count) if (1..=MOST).contains(&count) => Ok(count),
            _ => {
                self.at = at;
                Err(self.expected("a whole number from 1 to 10000"))
            }
        }
    }

    /// Numbers up to the bracket that closes the one before; rows may have brackets of their own.
    fn starts(&mut self) -> Result<Vec<f64>, SpecError> {
        let (mut starts, mut depth) = (Vec::new(), 1);
        while depth > 0 {
            if self.eat("[") {
                depth += 1;
            } else if self.eat("]") {
                depth -= 1;
            } else {
                starts.push(self.number(false, "a number or `]`")?);
                self.eat(",");
            }
        }
        Ok(starts)
    }

    fn bound(&mut self) -> Result<f64, SpecError> {
        self.number(true, "a number, `inf` or `-inf`")
    }

    /// The longest decimal that stands here, with sign and exponent.
    fn number(&mut self, infinite: bool, expected: &'static str) -> Result<f64, SpecError> {
        self.blanks();
        let bytes = self.rest().as_bytes();
        let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
        let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
        if infinite && self.rest()[sign..].starts_with("inf") {
            self.at += sign + 3;
            return Ok(if bytes[0] == b'-' { f64::NEG_INFINITY } else { f64::INFINITY });
        }
        let whole = digits(sign);
        let mut end = sign + whole;
        let mut fraction = 0;
        if bytes.get(end) == Some(&b'.') {
            fraction = digits(end + 1);
            end += 1 + fraction;
        }
        if whole + fraction == 0 {
            return Err(self.expected(expected));
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let signed = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            if digits(signed.min(bytes.len())) > 0 {
                end = signed + digits(signed);
            }
        }
        match self.rest()[..end].parse::<f64>() {
            Ok(value) if value.is_finite() => {
                self.at += end;
                Ok(value)
            }
            _ => Err(self.expected("a finite number")),
        }
    }

    fn expected(&self, expected: &'static str) -> SpecError {
        let rest = self.rest().trim_start();
        let at = self.text.len() - rest.len();
        let end = rest
            .char_indices()
            .find(|&(i, c)| i > 0 && (c.is_whitespace() || "[],=".contains(c)))
            .map_or(rest.len(), |(i, _)| i);
        SpecError {
            text: self.text.to_owned(),
            column: self.text[..at].chars().count() + 1,
            expected,
            found: if rest.is_empty() { "the end".to_owned() } else { format!("`{}`", &rest[..end]) },
        }
    }
}

#[cfg(test)]
mod tests;
