//! Text to data with places.

use std::rc::Rc;

use super::{Failure, Place};

/// One datum and where it starts.
#[derive(Clone, Debug)]
pub struct Datum {
    pub kind: Kind,
    pub at: Place,
}

/// The kinds of data. A list whose tail is a list is one list.
#[derive(Clone, Debug)]
pub enum Kind {
    Bool(bool),
    Int(i32),
    Float(f64),
    Char(char),
    Str(Rc<str>),
    Symbol(Rc<str>),
    List(Vec<Datum>),
    Dotted(Vec<Datum>, Box<Datum>),
}

impl Datum {
    /// The name, if this is a symbol.
    pub fn symbol(&self) -> Option<&Rc<str>> {
        match &self.kind {
            Kind::Symbol(name) => Some(name),
            _ => None,
        }
    }
}

/// Reads all data of a text.
pub fn read(text: &str) -> Result<Vec<Datum>, Failure> {
    let mut reader = Reader { rest: text.chars().collect(), next: 0, at: Place { line: 1, column: 1 } };
    let mut data = Vec::new();
    loop {
        reader.skip()?;
        if reader.peek().is_none() {
            return Ok(data);
        }
        data.push(reader.datum()?);
    }
}

struct Reader {
    rest: Vec<char>,
    next: usize,
    at: Place,
}

fn ends_token(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '"' | ';' | '\'')
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.next).copied()
    }

    fn peek_second(&self) -> Option<char> {
        self.rest.get(self.next + 1).copied()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.next += 1;
        if c == '\n' {
            self.at = Place { line: self.at.line + 1, column: 1 };
        } else {
            self.at.column += 1;
        }
        Some(c)
    }

    fn fail<T>(&self, at: Place, message: impl Into<String>) -> Result<T, Failure> {
        Err(Failure::new("read", at, message))
    }

    /// Skips white space and comments.
    fn skip(&mut self) -> Result<(), Failure> {
        loop {
            match (self.peek(), self.peek_second()) {
                (Some(c), _) if c.is_whitespace() => {
                    self.take();
                }
                (Some(';'), _) => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.take();
                    }
                }
                (Some('#'), Some(';')) => {
                    let at = self.at;
                    self.take();
                    self.take();
                    self.skip()?;
                    if matches!(self.peek(), None | Some(')' | ']')) {
                        return self.fail(at, "#; without a datum");
                    }
                    self.datum()?;
                }
                (Some('#'), Some('|')) => self.block_comment()?,
                _ => return Ok(()),
            }
        }
    }

    fn block_comment(&mut self) -> Result<(), Failure> {
        let at = self.at;
        let mut depth = 0;
        loop {
            match (self.take(), self.peek()) {
                (Some('#'), Some('|')) => {
                    self.take();
                    depth += 1;
                }
                (Some('|'), Some('#')) => {
                    self.take();
                    depth -= 1;
                    if depth == 0 {
                        return Ok(());
                    }
                }
                (Some(_), _) => {}
                (None, _) => return self.fail(at, "#| without |#"),
            }
        }
    }

    /// The datum that starts at the next character, which is neither white space nor the end.
    fn datum(&mut self) -> Result<Datum, Failure> {
        let at = self.at;
        let kind = match self.peek() {
            None => return self.fail(at, "a datum is missing"),
            Some('(') => self.list(')', Vec::new())?,
            Some('[') => self.list(']', vec![Datum { kind: Kind::Symbol("vec".into()), at }])?,
            Some(c @ (')' | ']')) => return self.fail(at, format!("{c} closes nothing")),
            Some('\'') => self.quoted("quote")?,
            Some('`') => self.quoted("quasiquote")?,
            Some(',') if self.peek_second() == Some('@') => {
                self.take();
                self.quoted("unquote-splicing")?
            }
            Some(',') => self.quoted("unquote")?,
            Some('"') => Kind::Str(self.delimited('"')?.into()),
            Some('|') => Kind::Symbol(self.delimited('|')?.into()),
            Some('#') if self.peek_second() == Some('\\') => self.character()?,
            Some(_) => self.atom()?,
        };
        Ok(Datum { kind, at })
    }

    fn quoted(&mut self, name: &str) -> Result<Kind, Failure> {
        let at = self.at;
        self.take();
        self.skip()?;
        let datum = self.datum()?;
        Ok(Kind::List(vec![Datum { kind: Kind::Symbol(name.into()), at }, datum]))
    }

    fn list(&mut self, close: char, mut items: Vec<Datum>) -> Result<Kind, Failure> {
        let at = self.at;
        self.take();
        loop {
            self.skip()?;
            match self.peek() {
                None => return self.fail(at, "this bracket is never closed"),
                Some(c) if c == close => {
                    self.take();
                    return Ok(Kind::List(items));
                }
                Some('.') if self.peek_second().is_none_or(ends_token) => {
                    let dot = self.at;
                    self.take();
                    self.skip()?;
                    let tail = self.datum()?;
                    self.skip()?;
                    if items.is_empty() || close == ']' || self.take() != Some(close) {
                        return self.fail(dot, "a dot must stand before the last element");
                    }
                    return Ok(match tail.kind {
                        Kind::List(rest) => {
                            items.extend(rest);
                            Kind::List(items)
                        }
                        Kind::Dotted(rest, last) => {
                            items.extend(rest);
                            Kind::Dotted(items, last)
                        }
                        _ => Kind::Dotted(items, Box::new(tail)),
                    });
                }
                Some(_) => items.push(self.datum()?),
            }
        }
    }

    /// The text of a string or of a symbol between bars.
    fn delimited(&mut self, close: char) -> Result<String, Failure> {
        let at = self.at;
        self.take();
        let mut text = String::new();
        loop {
            let here = self.at;
            match self.take() {
                None => return self.fail(at, format!("{close} is never closed")),
                Some(c) if c == close => return Ok(text),
                Some('\\') => match self.take() {
                    Some('a') => text.push('\u{7}'),
                    Some('b') => text.push('\u{8}'),
                    Some('t') => text.push('\t'),
                    Some('n') => text.push('\n'),
                    Some('r') => text.push('\r'),
                    Some(c @ ('"' | '\\' | '|')) => text.push(c),
                    Some('x' | 'X') => {
                        let mut digits = String::new();
                        while let Some(c) = self.take().filter(|c| *c != ';') {
                            digits.push(c);
                        }
                        match u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32) {
                            Some(c) => text.push(c),
                            None => return self.fail(here, "no such character"),
                        }
                    }
                    Some(c) if c == '\n' || c == ' ' || c == '\t' => self.continued_line(c, here)?,
                    _ => return self.fail(here, "unknown escape"),
                },
                Some(c) => text.push(c),
            }
        }
    }

    /// A backslash before the end of a line: the line break and the blanks around it are not part of the string.
    fn continued_line(&mut self, first: char, at: Place) -> Result<(), Failure> {
        let blank = |c: Option<char>| matches!(c, Some(' ' | '\t'));
        if first != '\n' {
            while blank(self.peek()) {
                self.take();
            }
            if self.take() != Some('\n') {
                return self.fail(at, "unknown escape");
            }
        }
        while blank(self.peek()) {
            self.take();
        }
        Ok(())
    }

    fn character(&mut self) -> Result<Kind, Failure> {
        let at = self.at;
        self.take();
        self.take();
        let mut name = String::new();
        name.extend(self.take());
        while let Some(c) = self.peek().filter(|c| !ends_token(*c)) {
            self.take();
            name.push(c);
        }
        let mut letters = name.chars();
        if let (Some(c), None) = (letters.next(), letters.next()) {
            return Ok(Kind::Char(c));
        }
        let code = name.strip_prefix('x').and_then(|hex| u32::from_str_radix(hex, 16).ok());
        match CHARACTERS.iter().find(|(known, _)| *known == name) {
            Some((_, c)) => Ok(Kind::Char(*c)),
            None => match code.and_then(char::from_u32) {
                Some(c) => Ok(Kind::Char(c)),
                None => self.fail(at, format!("no character is named {name}")),
            },
        }
    }

    fn atom(&mut self) -> Result<Kind, Failure> {
        let at = self.at;
        let mut token = String::new();
        while let Some(c) = self.peek().filter(|c| !ends_token(*c)) {
            self.take();
            token.push(c);
        }
        Ok(match token.as_str() {
            "#t" | "#true" => Kind::Bool(true),
            "#f" | "#false" => Kind::Bool(false),
            "+inf.0" => Kind::Float(f64::INFINITY),
            "-inf.0" => Kind::Float(f64::NEG_INFINITY),
            "+nan.0" | "-nan.0" => Kind::Float(f64::NAN),
            _ if looks_numeric(&token) => match number(&token) {
                Some(kind) => kind,
                None => return self.fail(at, format!("{token} is no number")),
            },
            _ if token.starts_with('#') => {
                return self.fail(at, format!("{token} is nothing known"));
            }
            "." => return self.fail(at, "a dot outside a list"),
            _ => Kind::Symbol(token.into()),
        })
    }
}

/// The named characters of R7RS.
pub const CHARACTERS: [(&str, char); 9] = [
    ("alarm", '\u{7}'),
    ("backspace", '\u{8}'),
    ("delete", '\u{7f}'),
    ("escape", '\u{1b}'),
    ("newline", '\n'),
    ("null", '\0'),
    ("return", '\r'),
    ("space", ' '),
    ("tab", '\t'),
];

/// Whether a token must be a number: a digit, after an optional sign and an optional point.
fn looks_numeric(token: &str) -> bool {
    let unsigned = token.strip_prefix(['+', '-']).unwrap_or(token);
    let digits = unsigned.strip_prefix('.').unwrap_or(unsigned);
    digits.starts_with(|c: char| c.is_ascii_digit())
}

/// An integer that fits 32 bits is an Int, any other number a Float.
fn number(token: &str) -> Option<Kind> {
    if token.chars().any(|c| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E')) {
        return None;
    }
    match token.parse::<i32>() {
        Ok(int) => Some(Kind::Int(int)),
        Err(_) => token.parse::<f64>().ok().map(Kind::Float),
    }
}
