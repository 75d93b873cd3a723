//! Lines and columns: where in a text a byte offset lies.

/// A place as people count it: both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

/// A named text and where its lines start. Lines end with `\n`, `\r\n` or a lone `\r`.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    name: &'a str,
    text: &'a str,
    /// Byte offset of the first character of each line; never empty.
    starts: Vec<usize>,
    /// How many characters start before byte `BLOCK * i`, so that a column costs little however long the line.
    blocks: Vec<usize>,
}

const BLOCK: usize = 256;

/// How many characters start among the bytes (UTF-8 continuation bytes start none).
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
}

impl<'a> Source<'a> {
    /// Finds the lines of `text`; `name` is what messages call it.
    pub fn new(name: &'a str, text: &'a str) -> Source<'a> {
        let bytes = text.as_bytes();
        // A byte order mark is no character of the program.
        let mut starts = vec![if text.starts_with('\u{feff}') { 3 } else { 0 }];
        for (at, &byte) in bytes.iter().enumerate() {
            if byte == b'\n' || (byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
                starts.push(at + 1);
            }
        }
        let mut blocks = vec![0];
        let mut count = 0;
        for block in bytes.chunks(BLOCK) {
            count += characters(block);
            blocks.push(count);
        }
        Source { name, text, starts, blocks }
    }

    /// What messages call the text.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The text.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The place of the character that holds byte `offset`; past the end, the place just after the last character.
    pub fn position(&self, offset: u32) -> Position {
        let offset = self.boundary(offset);
        let line = self.starts.partition_point(|&start| start <= offset).max(1);
        let start = self.starts[line - 1];
        // A place within the byte order mark counts as the first character's.
        let column = self.characters_before(offset.max(start)) - self.characters_before(start);
        Position { line: line as u32, column: column as u32 + 1 }
    }

    /// Line `line` (from 1) without its end, and the byte offset where it starts; empty at the end of the text if there is
    /// no such line.
    pub fn line(&self, line: u32) -> (&'a str, usize) {
        let Some(&start) = (line as usize).checked_sub(1).and_then(|index| self.starts.get(index)) else {
            return ("", self.text.len());
        };
        let end = self.starts.get(line as usize).copied().unwrap_or(self.text.len());
        let whole = &self.text[start..end];
        let whole = whole.strip_suffix('\n').unwrap_or(whole);
        (whole.strip_suffix('\r').unwrap_or(whole), start)
    }

    fn characters_before(&self, offset: usize) -> usize {
        let block = offset / BLOCK;
        self.blocks[block] + characters(&self.text.as_bytes()[block * BLOCK..offset])
    }

    /// `offset` moved back onto the start of a character of the text, or its end.
    pub(super) fn boundary(&self, offset: u32) -> usize {
        self.text.floor_char_boundary(offset as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, offset: u32) -> (u32, u32) {
        let place = Source::new("t", text).position(offset);
        (place.line, place.column)
    }

    #[test]
    fn columns_count_characters() {
        let text = "aé(\n\tβ x";
        assert_eq!(at(text, 0), (1, 1));
        assert_eq!(at(text, 2), (1, 2), "inside a character: that character");
        assert_eq!(at(text, 3), (1, 3));
        assert_eq!(at(text, 5), (2, 1));
        assert_eq!(at(text, 9), (2, 4));
        assert_eq!(at(text, 999), (2, 5));
    }

    #[test]
    fn every_line_end_counts_once() {
        let text = "a\r\nb\rc\nd\n";
        assert_eq!(at(text, 3), (2, 1));
        assert_eq!(at(text, 5), (3, 1));
        assert_eq!(at(text, 7), (4, 1));
        assert_eq!(at(text, 9), (5, 1));
        let source = Source::new("t", text);
        let lines: Vec<_> = (0..7).map(|line| source.line(line).0).collect();
        assert_eq!(lines, ["", "a", "b", "c", "d", "", ""]);
    }

    #[test]
    fn columns_of_long_lines() {
        let text = format!("x\n{}(", "aé".repeat(1_000));
        for characters in [0, 1, 2, 170, 171, 1_999, 2_000] {
            let bytes = 2 + 3 * (characters / 2) + characters % 2;
            assert_eq!(at(&text, bytes), (2, characters + 1));
        }
        let block = "é".repeat(BLOCK / 2);
        assert_eq!(at(&block, BLOCK as u32), (1, BLOCK as u32 / 2 + 1));
    }

    #[test]
    fn byte_order_mark_is_not_counted() {
        assert_eq!(at("\u{feff}ab", 4), (1, 2));
        assert_eq!(at("\u{feff}ab", 0), (1, 1));
    }
}
