//! Tables of measurements: named columns of equal length, every cell that is used a finite f64.
//!
//! In: a CSV file (header line, comma-separated, UTF-8 with or without a byte-order mark, LF or CRLF, quoted fields allowed), any
//! reader of one, or columns made by the caller. Out: a [`Table`] with at least one row and one column. A column of text, of gaps or of
//! numbers that are not finite is kept by name alone: who asks for its numbers gets an error that names the row, the line and the
//! column of the first such cell. Nothing is filled in. Blank lines are skipped; a quoted cell that goes on after its quotes, or never ends, is an error.
//!
//! ```
//! let table = evalgrad::Table::from_reader("x,y,who\n0,1,Ada\n1,2.5,Emmy\n".as_bytes()).unwrap();
//! assert_eq!(table.column("y"), Some(&[1.0, 2.5][..]));
//! let error = table.numbers("who").unwrap_err();
//! assert_eq!(error.to_string(), "row 1 (line 2), column `who`: `Ada` is not a number");
//! ```

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::reader::counted;

mod records;
#[cfg(test)]
mod tests;

pub use records::{BlankLines, Quote};
use records::{Record, Records};

/// Named columns, `[column][row]`: finite f64 values, or the first cell that is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The file they came from.
    file: Option<PathBuf>,
    names: Vec<String>,
    columns: Vec<Result<Vec<f64>, BadCell>>,
    rows: usize,
    /// Of a text with one column.
    blank: Option<BlankLines>,
}

/// A data row, from 1 without the header, and the line of the file on which it starts, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The data row, from 1.
    pub row: usize,
    /// The line of the file; `None` where the table did not come from text.
    pub line: Option<u64>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}", self.row)?;
        match self.line {
            Some(line) => write!(f, " (line {line})"),
            None => Ok(()),
        }
    }
}

/// The first cell of a column that is no finite number.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{place}, column `{column}`: {flaw}")]
pub struct BadCell {
    /// Where.
    pub place: Place,
    /// The column's name.
    pub column: String,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// What is wrong with a cell.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Flaw {
    /// A cell without text.
    #[error("the cell is empty")]
    Missing,
    /// A cell whose text is no number.
    #[error("`{0}` is not a number")]
    NotANumber(String),
    /// An infinity or a NaN, spelled so or by overflow.
    #[error("`{0}` is not finite")]
    NotFinite(String),
}

/// Why there is no table, or not the column that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file cannot be opened.
    #[error("cannot open {}: {source}", path.display())]
    Open { path: PathBuf, source: io::Error },
    /// The file was opened but reading it failed.
    #[error("cannot read the table: {0}")]
    Read(io::Error),
    /// Nothing but blank lines, or no columns.
    #[error("the table is empty: a header line with the names of the columns is missing")]
    Empty,
    /// A header without data.
    #[error("the table has a header ({}) but no rows", names.join(", "))]
    NoRows { names: Vec<String> },
    /// A column without a name; `index` counts from 1.
    #[error("column {index} has no name in the header")]
    Unnamed { index: usize },
    /// Two columns with one name; the indices count from 1.
    #[error("column `{name}` stands twice in the header (columns {first} and {second})")]
    Duplicate { name: String, first: usize, second: usize },
    /// Bytes that are not UTF-8, in the header (`place` is `None`) or in a cell.
    #[error("{}, column {column}: the text is not UTF-8", OrHeader(*place))]
    NotUtf8 { place: Option<Place>, column: String },
    /// A quoted cell that goes on after its closing quote, or has none, in the header (`place` is `None`) or in a row. `line` and
    /// `character`, from 1, are where that text begins, or where the quote opens.
    #[error("{}, column {column}: {quote} (line {line}, character {character})", OrHeader(*place))]
    Quoted { place: Option<Place>, column: String, line: u64, character: usize, quote: Quote },
    /// A column that was asked for and does not hold finite numbers, with the file where there is one.
    #[error("{}{cell}", file.as_ref().map_or_else(String::new, |file| format!("{}: ", file.display())))]
    Unusable { file: Option<PathBuf>, cell: BadCell },
    /// A row with fewer cells than the header; `column` is the first one it lacks.
    #[error("{place} has {} where the header has {expected}: column `{column}` is missing", counted(*found, "cell", "cells"))]
    TooShort { place: Place, found: usize, expected: usize, column: String },
    /// A row with more cells than the header; `column` is the header's last one.
    #[error("{place} has {} where the header has {expected}: cells follow the last column `{column}`", counted(*found, "cell", "cells"))]
    TooLong { place: Place, found: usize, expected: usize, column: String },
    /// Columns of unequal length, from [`Table::from_columns`].
    #[error("column `{column}` has {} where `{first}` has {expected}", counted(*found, "row", "rows"))]
    Unequal { column: String, found: usize, first: String, expected: usize },
}

/// The place of an error that may also lie in the header.
struct OrHeader(Option<Place>);

impl fmt::Display for OrHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(place) => place.fmt(f),
            None => f.write_str("header"),
        }
    }
}

impl Table {
    /// Reads a CSV file.
    pub fn from_csv(path: impl AsRef<Path>) -> Result<Table, TableError> {
        let path = path.as_ref();
        let open = |source| TableError::Open { path: path.to_path_buf(), source };
        let file = std::fs::File::open(path).map_err(open)?;
        // Opening a directory succeeds on Unix; reading it is what fails.
        if file.metadata().map_err(open)?.is_dir() {
            return Err(open(io::ErrorKind::IsADirectory.into()));
        }
        let table = Table::from_reader(io::BufReader::new(file))?;
        Ok(Table { file: Some(path.to_path_buf()), ..table })
    }

    /// Reads CSV text from any reader.
    pub fn from_reader(mut reader: impl io::Read) -> Result<Table, TableError> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(TableError::Read)?;
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let mut records = Records::new(text);
        let Some(record) = records.next()? else {
            return Err(TableError::Empty);
        };
        quoted(&record, None, &[])?;
        let names = header(&record.cells)?;
        let mut columns = vec![Ok(Vec::new()); names.len()];
        let mut rows = 0;
        while let Some(record) = records.next()? {
            rows += 1;
            let place = Place { row: rows, line: Some(record.line) };
            quoted(&record, Some(place), &names)?;
            same_length(place, &record.cells, &names)?;
            for ((cell, name), column) in record.cells.iter().zip(&names).zip(&mut columns) {
                let text = trimmed(place, name, cell)?;
                let Ok(values) = column else { continue };
                match number(text) {
                    Ok(value) => values.push(value),
                    Err(flaw) => *column = Err(BadCell { place, column: name.clone(), flaw }),
                }
            }
        }
        if rows == 0 {
            return Err(TableError::NoRows { names });
        }
        let blank = records.blank.filter(|_| names.len() == 1);
        Ok(Table { file: None, names, columns, rows, blank })
    }

    /// A table of the caller's own columns: equal lengths, at least one row, finite values, distinct names.
    pub fn from_columns(columns: Vec<(String, Vec<f64>)>) -> Result<Table, TableError> {
        let (names, columns): (Vec<String>, Vec<Vec<f64>>) = columns.into_iter().unzip();
        let Some(expected) = columns.first().map(Vec::len) else {
            return Err(TableError::Empty);
        };
        distinct(&names)?;
        for (name, column) in names.iter().zip(&columns) {
            if column.len() != expected {
                return Err(TableError::Unequal {
                    column: name.clone(),
                    found: column.len(),
                    first: names[0].clone(),
                    expected,
                });
            }
            if let Some(index) = column.iter().position(|value| !value.is_finite()) {
                let place = Place { row: index + 1, line: None };
                let flaw = Flaw::NotFinite(column[index].to_string());
                let cell = BadCell { place, column: name.clone(), flaw };
                return Err(TableError::Unusable { file: None, cell });
            }
        }
        if expected == 0 {
            return Err(TableError::NoRows { names });
        }
        Ok(Table { file: None, names, columns: columns.into_iter().map(Ok).collect(), rows: expected, blank: None })
    }

    /// How many rows there are; at least one.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The blank lines between the lines of a text with one column, where each may have been meant for an empty cell; they make no row.
    pub fn blank_lines(&self) -> Option<BlankLines> {
        self.blank
    }

    /// The column of this name, `[row]`; `None` where there is none, or where it does not hold numbers.
    pub fn column(&self, name: &str) -> Option<&[f64]> {
        self.numbers(name).ok().flatten()
    }

    /// The column of this name, `[row]`; `None` where there is none.
    ///
    /// # Errors
    /// [`TableError::Unusable`] with the first cell that is no finite number.
    pub fn numbers(&self, name: &str) -> Result<Option<&[f64]>, TableError> {
        let Some(index) = self.names.iter().position(|own| own == name) else { return Ok(None) };
        match &self.columns[index] {
            Ok(values) => Ok(Some(values)),
            Err(cell) => Err(TableError::Unusable { file: self.file.clone(), cell: cell.clone() }),
        }
    }

    /// The names of the columns, those without numbers included, in the order of the header.
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

/// Refuses quotes of which the parser would make something else than what was meant.
fn quoted(record: &Record, place: Option<Place>, names: &[String]) -> Result<(), TableError> {
    let Some(slip) = record.slip else { return Ok(()) };
    let column = names.get(slip.cell).map_or_else(|| (slip.cell + 1).to_string(), |name| format!("`{name}`"));
    Err(TableError::Quoted { place, column, line: slip.line, character: slip.character, quote: slip.quote })
}

/// The names of the columns, trimmed and distinct.
fn header(record: &csv::ByteRecord) -> Result<Vec<String>, TableError> {
    let mut names = Vec::with_capacity(record.len());
    for (index, cell) in record.iter().enumerate() {
        let Ok(name) = std::str::from_utf8(cell) else {
            return Err(TableError::NotUtf8 { place: None, column: (index + 1).to_string() });
        };
        names.push(name.trim().to_owned());
    }
    distinct(&names)?;
    Ok(names)
}

fn distinct(names: &[String]) -> Result<(), TableError> {
    let mut seen = HashMap::new();
    for (index, name) in names.iter().enumerate() {
        if name.is_empty() {
            return Err(TableError::Unnamed { index: index + 1 });
        }
        if let Some(first) = seen.insert(name.as_str(), index) {
            return Err(TableError::Duplicate { name: name.clone(), first: first + 1, second: index + 1 });
        }
    }
    Ok(())
}

fn same_length(place: Place, record: &csv::ByteRecord, names: &[String]) -> Result<(), TableError> {
    let (found, expected) = (record.len(), names.len());
    if found < expected {
        return Err(TableError::TooShort { place, found, expected, column: names[found].clone() });
    }
    if found > expected {
        return Err(TableError::TooLong { place, found, expected, column: names[expected - 1].clone() });
    }
    Ok(())
}

/// The text of a cell, trimmed.
fn trimmed<'a>(place: Place, column: &str, cell: &'a [u8]) -> Result<&'a str, TableError> {
    match std::str::from_utf8(cell) {
        Ok(text) => Ok(text.trim()),
        Err(_) => Err(TableError::NotUtf8 { place: Some(place), column: format!("`{column}`") }),
    }
}

fn number(text: &str) -> Result<f64, Flaw> {
    if text.is_empty() {
        return Err(Flaw::Missing);
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(Flaw::NotFinite(text.to_owned())),
        Err(_) => Err(Flaw::NotANumber(text.to_owned())),
    }
}
