//! What is to be recovered: a parameter's name, start, bounds and whether it is fixed; and the text form of all that.
//!
//! The text is `NAME[=START][ in [LO,HI]][ fixed]`, spaces optional: `k`, `k=8.9`, `k=8.9 in [0,20]`, `k in [0,20]`, `k=2 fixed`.
//! A name ends at a blank, a `=` or a bracket. A bound may be `inf` or `-inf`. Whether the numbers fit together (lower below upper, the
//! start between them) is checked when a fit runs, because parameters also come from [`Parameter::new`].

use std::fmt;
use std::str::FromStr;

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
}

impl Parameter {
    /// A free parameter without bounds that starts at 1.
    pub fn new(name: impl Into<String>) -> Parameter {
        Parameter { name: name.into(), start: None, bounds: None, fixed: false }
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
        if let Some(start) = self.start {
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
        if cursor.eat("=") {
            parameter.start = Some(cursor.number(false, "a number")?);
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
            if parameter.start.is_none() {
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
mod tests {
    use super::*;

    #[test]
    fn reads_every_form() {
        let k = || Parameter::new("k");
        let cases = [
            ("k", k()),
            ("  k  ", k()),
            ("k=8.9", k().start(8.9)),
            ("k = -8.9e-3", k().start(-8.9e-3)),
            ("k=+.5", k().start(0.5)),
            ("k=8.9 in [0,20]", k().start(8.9).bounds(0.0, 20.0)),
            ("k=1e2in[-1E+3, +2.]fixed", k().start(100.0).bounds(-1000.0, 2.0).fixed()),
            ("k in [0,20]", k().bounds(0.0, 20.0)),
            ("k in[ -inf , inf ]", k().bounds(f64::NEG_INFINITY, f64::INFINITY)),
            ("k=2 fixed", k().start(2.0).fixed()),
            ("in in [0,1]", Parameter::new("in").bounds(0.0, 1.0)),
            ("fixed=1", Parameter::new("fixed").start(1.0)),
            ("l3_14", Parameter::new("l3_14")),
            ("α->β=1", Parameter::new("α->β").start(1.0)),
        ];
        for (text, expected) in cases {
            let parsed: Parameter = text.parse().unwrap();
            assert_eq!(parsed, expected, "{text}");
            assert_eq!(parsed.to_string().parse::<Parameter>().unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn says_what_it_expected() {
        let cases = [
            ("", 1, "a parameter's name", "the end"),
            ("=3", 1, "a parameter's name", "`=3`"),
            ("k=", 3, "a number", "the end"),
            ("k=x", 3, "a number", "`x`"),
            ("k=inf", 3, "a number", "`inf`"),
            ("k=1e999", 3, "a finite number", "`1e999`"),
            ("k=1.2.3", 6, "`in` or `fixed`", "`.3`"),
            ("k 3", 3, "`=`, `in` or `fixed`", "`3`"),
            ("kin[0,1]", 4, "`=`, `in` or `fixed`", "`[0`"),
            ("k in 0,1", 6, "`[`", "`0`"),
            ("k in [0 1]", 9, "`,`", "`1`"),
            ("k in [0,]", 9, "a number, `inf` or `-inf`", "`]`"),
            ("k in [0,1", 10, "`]`", "the end"),
            ("k in [0,1] = 3", 12, "`fixed`", "`=`"),
            ("k=1 fixed in [0,1]", 11, "nothing more", "`in`"),
            ("k fixed", 3, "`=` and the value it is fixed at", "`fixed`"),
            ("é=é", 3, "a number", "`é`"),
        ];
        for (text, column, expected, found) in cases {
            let error = text.parse::<Parameter>().unwrap_err();
            assert_eq!((error.column, error.expected, error.found.as_str()), (column, expected, found), "{text:?}");
        }
    }

    #[test]
    fn names_what_does_not_fit_together() {
        let problem = |parameter: Parameter| parameter.problem().unwrap_or_default();
        assert_eq!(problem(Parameter::new("k").start(1.0).bounds(0.0, 1.0)), "");
        assert!(problem(Parameter::new("k").bounds(1.0, 1.0)).contains("not below"));
        assert!(problem(Parameter::new("k").bounds(f64::NAN, 1.0)).contains("not below"));
        assert!(problem(Parameter::new("k").start(3.0).bounds(0.0, 1.0)).contains("outside"));
        assert!(problem(Parameter::new("k").start(f64::NAN)).contains("not finite"));
        assert!(problem(Parameter::new("k").fixed()).contains("no value"));
    }
}
