//! The records of a CSV text, strictly: where the parser takes quotes leniently, this says what is wrong.
//!
//! In: the bytes of a text without a byte-order mark. Out: its records that are not blank, each with the line on which it starts and the
//! first thing that is wrong with its quotes. The parser glues text after a closing quote to the cell (`"2"5` becomes 25) and ends an open
//! one with the file; neither is what anybody meant.

use std::fmt;
use std::io;

use super::TableError;

/// A record.
pub(super) struct Record {
    /// The line on which it starts, from 1.
    pub line: u64,
    pub cells: csv::ByteRecord,
    pub slip: Option<Slip>,
}

/// A quote that is not used as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slip {
    /// The cell of the record, from 0.
    pub cell: usize,
    pub quote: Quote,
    /// The place of the quote that is open, or of the text that follows a closed one: line and character, from 1.
    pub line: u64,
    pub character: usize,
}

/// What is wrong with a quoted cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    /// Text follows the quote that closes it.
    Followed,
    /// No quote closes it.
    Open,
}

impl fmt::Display for Quote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Quote::Followed => "text follows a closing quote; a quote inside a quoted cell is written twice",
            Quote::Open => "a quote opens and is never closed",
        })
    }
}

/// Lines without text between records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlankLines {
    /// How many there are; one at least.
    pub count: u64,
    /// The first of them, from 1.
    pub first: u64,
}

/// The records of a text that are not blank.
pub(super) struct Records<'a> {
    text: &'a [u8],
    reader: csv::Reader<&'a [u8]>,
    /// How far lines have been counted, and the line there.
    counted: (usize, u64),
    /// The line on which the record before ended.
    last: Option<u64>,
    /// Between the records so far.
    pub blank: Option<BlankLines>,
}

impl<'a> Records<'a> {
    pub fn new(text: &'a [u8]) -> Records<'a> {
        let mut builder = csv::ReaderBuilder::new();
        let reader = builder.has_headers(false).flexible(true).from_reader(text);
        Records { text, reader, counted: (0, 1), last: None, blank: None }
    }

    pub fn next(&mut self) -> Result<Option<Record>, TableError> {
        let mut cells = csv::ByteRecord::new();
        loop {
            let read = self.reader.read_byte_record(&mut cells);
            if !read.map_err(|error| TableError::Read(io::Error::other(error)))? {
                return Ok(None);
            }
            let start = cells.position().map_or(0, csv::Position::byte) as usize;
            let line = self.line(start);
            // Line ends around the record are no part of it; those inside stand in quotes.
            let mut raw = &self.text[start..self.reader.position().byte() as usize];
            while let [b'\r' | b'\n', rest @ ..] | [rest @ .., b'\r' | b'\n'] = raw {
                raw = rest;
            }
            // A line of spaces is one cell to the parser and a blank line to everybody else; a quoted cell is a cell.
            if raw.trim_ascii().is_empty() {
                continue;
            }
            if let Some(last) = self.last
                && line > last + 1
            {
                let blank = self.blank.get_or_insert(BlankLines { count: 0, first: last + 1 });
                blank.count += line - last - 1;
            }
            self.last = Some(line + line_ends(raw));
            return Ok(Some(Record { line, cells, slip: slip(raw, line) }));
        }
    }

    /// The line on which the record after `offset` starts: the parser's own count leaves out the blank lines before it.
    fn line(&mut self, offset: usize) -> u64 {
        let (from, mut line) = self.counted;
        let mut at = from;
        while let Some(&byte) = self.text.get(at) {
            let end = byte == b'\n' || (byte == b'\r' && self.text.get(at + 1) != Some(&b'\n'));
            if at >= offset && !end && byte != b'\r' {
                break;
            }
            line += u64::from(end);
            at += 1;
        }
        self.counted = (at, line);
        line
    }
}

/// How many lines end in `text`: with LF, CR or CRLF.
fn line_ends(text: &[u8]) -> u64 {
    let ends = |index: &usize| text[*index] == b'\n' || (text[*index] == b'\r' && text.get(index + 1) != Some(&b'\n'));
    (0..text.len()).filter(ends).count() as u64
}

/// The first slip of a record that starts on `line`. A quote is one at the start of a cell and in a quoted cell; anywhere else it is text.
/// Blanks may follow a closing quote.
fn slip(record: &[u8], line: u64) -> Option<Slip> {
    let slip = |(cell, quote, at): (usize, Quote, usize)| {
        let before = &record[..at];
        let row =
            before.iter().rposition(|byte| matches!(byte, b'\r' | b'\n')).map_or(before, |end| &before[end + 1..]);
        // Bytes that continue a character of UTF-8 begin none.
        let characters = row.iter().filter(|&&byte| byte & 0xc0 != 0x80).count();
        Slip { cell, quote, line: line + line_ends(before), character: characters + 1 }
    };
    let (mut cell, mut at) = (0, 0);
    loop {
        let opening = at;
        if record.get(at) == Some(&b'"') {
            at += 1;
            loop {
                match (record.get(at), record.get(at + 1)) {
                    (Some(b'"'), Some(b'"')) => at += 2,
                    (Some(b'"'), _) => break,
                    (Some(_), _) => at += 1,
                    (None, _) => return Some(slip((cell, Quote::Open, opening))),
                }
            }
            at += 1;
            at += record[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            if record.get(at).is_some_and(|&byte| byte != b',') {
                return Some(slip((cell, Quote::Followed, at)));
            }
        } else {
            at += record[at..].iter().take_while(|&&byte| byte != b',').count();
        }
        if at >= record.len() {
            return None;
        }
        at += 1;
        cell += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_that_are_as_they_should_be_are_no_slips() {
        for record in [
            "",
            "1,2",
            "\"\"",
            "\"1\",2,\"\"",
            "\"a \"\"b\"\", c\" ,\"x\r\ny\"\t",
            "a\"b,\"\"\"\"",
            " \"2\"5",
            ",\"\",",
        ] {
            assert_eq!(slip(record.as_bytes(), 1), None, "{record:?}");
        }
    }

    #[test]
    fn a_slip_has_a_place() {
        let cases = [
            ("\"2\"5", 0, Quote::Followed, 7, 4),
            ("1,\"2\" 5,\"", 1, Quote::Followed, 7, 7),
            ("é,\"a\"\"\"b\"", 1, Quote::Followed, 7, 8),
            ("\"a\nb\r\né\"c,2", 0, Quote::Followed, 9, 3),
            ("\"", 0, Quote::Open, 7, 1),
            ("1,\"2\n3,4\n", 1, Quote::Open, 7, 3),
            ("\"x\ny\",\"\"\"", 1, Quote::Open, 8, 4),
        ];
        for (record, cell, quote, line, character) in cases {
            assert_eq!(slip(record.as_bytes(), 7), Some(Slip { cell, quote, line, character }), "{record:?}");
        }
    }

    #[test]
    fn blank_lines_between_records_are_counted() {
        let blank = |text: &str| {
            let mut records = Records::new(text.as_bytes());
            while records.next().expect("records").is_some() {}
            records.blank.map(|blank| (blank.count, blank.first))
        };
        assert_eq!(blank("\n\nx\n1\n2\n\n\n"), None);
        assert_eq!(blank("x\r\n1\r\n2"), None);
        assert_eq!(blank("x\n\"1\n\n\"\n2\n"), None);
        assert_eq!(blank("x\n1\n\n  \n3\n\n4\n"), Some((3, 3)));
        assert_eq!(blank("x\r\n\r\n1\r\n"), Some((1, 2)));
        assert_eq!(blank("x\r\r1\r"), Some((1, 2)));
    }
}
