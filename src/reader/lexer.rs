//! Text to tokens: comments and blanks dropped, escapes undone.

use super::atom;
use super::problem::Problem;
use super::{DatumKind, Diagnostic, Span};

/// A token of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// `(` or `[`.
    Open(char),
    /// `)` or `]`.
    Close(char),
    /// A quote mark, with what is written and the name it stands for.
    Mark(&'static str, &'static str),
    /// `#;`.
    Skip,
    Dot,
    Atom(DatumKind),
    /// Stands where a datum was meant; its error is reported.
    Bad,
}

/// Walks over a text, at most 4 GiB long, and collects what is wrong with its tokens.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    pub(super) errors: Vec<Diagnostic>,
    /// A string, symbol or comment without an end took the rest of the text: what follows from that is not the user's slip.
    pub(super) cut_short: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Lexer<'a> {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Lexer { text, at, errors: Vec::new(), cut_short: false }
    }

    /// The next token and its place; `None` at the end of the text.
    pub(super) fn next_token(&mut self) -> Option<(Token, Span)> {
        loop {
            self.skip_blanks();
            let start = self.at;
            let rest = &self.text[start..];
            let token = match rest.chars().next()? {
                open @ ('(' | '[') => self.take(1, Token::Open(open)),
                close @ (')' | ']') => self.take(1, Token::Close(close)),
                '\'' => self.take(1, Token::Mark("'", "quote")),
                '`' => self.take(1, Token::Mark("`", "quasiquote")),
                ',' if rest.starts_with(",@") => self.take(2, Token::Mark(",@", "unquote-splicing")),
                ',' => self.take(1, Token::Mark(",", "unquote")),
                '"' => self.string(),
                '|' => match self.bar_symbol() {
                    Some(token) => token,
                    None => continue,
                },
                '#' => match self.hash() {
                    Some(token) => token,
                    None => continue,
                },
                _ => match self.word() {
                    "." => Token::Dot,
                    word => self.checked(start, atom::number_or_symbol(word)),
                },
            };
            return Some((token, self.span(start)));
        }
    }

    fn take(&mut self, bytes: usize, token: Token) -> Token {
        self.at += bytes;
        token
    }

    fn span(&self, start: usize) -> Span {
        Span::new(start as u32, self.at as u32)
    }

    /// Reports what is wrong with the text from `start` to here.
    fn report(&mut self, start: usize, problem: Problem) {
        self.errors.push(problem.at(self.span(start)));
    }

    fn checked(&mut self, start: usize, atom: Result<DatumKind, Problem>) -> Token {
        match atom {
            Ok(kind) => Token::Atom(kind),
            Err(problem) => {
                self.report(start, problem);
                Token::Bad
            }
        }
    }

    /// Takes everything up to the next delimiter.
    fn word(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let word = &rest[..rest.find(atom::is_delimiter).unwrap_or(rest.len())];
        self.at += word.len();
        word
    }

    /// Passes over white space and `;` comments.
    fn skip_blanks(&mut self) {
        let mut comment = false;
        let rest = &self.text[self.at..];
        let next = rest.find(|c: char| {
            comment = match c {
                '\n' | '\r' => false,
                ';' => true,
                _ => comment,
            };
            !comment && !c.is_whitespace()
        });
        self.at += next.unwrap_or(rest.len());
    }

    /// At `#`: a comment (`None`), or a token.
    fn hash(&mut self) -> Option<Token> {
        let start = self.at;
        match self.text.as_bytes().get(start + 1) {
            Some(b'|') => {
                self.block_comment();
                None
            }
            Some(b';') => Some(self.take(2, Token::Skip)),
            Some(b'\\') => Some(self.character()),
            _ => {
                let word = self.word();
                let open = self.text[self.at..].starts_with('(');
                let token = self.checked(start, atom::hash(word, open));
                // The list after a bad `#…(` stands in the datum's place.
                if open && token == Token::Bad { None } else { Some(token) }
            }
        }
    }

    /// At `#|`: passes over the comment and those in it.
    fn block_comment(&mut self) {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut depth = 0_usize;
        let mut at = start;
        while let Some(pair) = bytes.get(at..at + 2) {
            match pair {
                b"#|" => depth += 1,
                b"|#" => depth -= 1,
                _ => {
                    at += 1;
                    continue;
                }
            }
            at += 2;
            if depth == 0 {
                self.at = at;
                return;
            }
        }
        self.unclosed(start, 2, Problem::UnclosedComment);
    }

    /// Reports at the `opening` bytes from `start` that their end is missing, and takes the rest of the text.
    fn unclosed(&mut self, start: usize, opening: usize, problem: Problem) {
        self.at = start + opening;
        self.report(start, problem);
        self.at = self.text.len();
        self.cut_short = true;
    }

    /// At `#\`.
    fn character(&mut self) -> Token {
        let start = self.at;
        self.at += 2;
        let Some(first) = self.text[self.at..].chars().next() else {
            self.report(start, Problem::EmptyCharacter);
            return Token::Bad;
        };
        // Whatever comes first belongs to the character; a delimiter, as in `#\(`, is all of it.
        self.at += first.len_utf8();
        if !atom::is_delimiter(first) {
            self.word();
        }
        let name = &self.text[start + 2..self.at];
        self.checked(start, atom::character(name).map(DatumKind::Char))
    }

    /// At `"`.
    fn string(&mut self) -> Token {
        let start = self.at;
        match self.delimited('"') {
            Some(text) => Token::Atom(DatumKind::String(text.into())),
            None => {
                self.unclosed(start, 1, Problem::UnclosedString);
                Token::Bad
            }
        }
    }

    /// At `|`; `None` for what was no symbol.
    fn bar_symbol(&mut self) -> Option<Token> {
        let start = self.at;
        if let Some(name) = self.delimited('|') {
            return Some(Token::Atom(DatumKind::Symbol(name.into())));
        }
        let rest = &self.text[start..];
        if rest.starts_with("|#") && !rest[1..].contains('|') {
            self.at = start + 2;
            self.report(start, Problem::StrayCommentEnd);
            return None;
        }
        self.unclosed(start, 1, Problem::UnclosedSymbol);
        Some(Token::Bad)
    }

    /// At a `quote`: what stands before the next one, escapes undone; `None` if there is none. Bad escapes are reported
    /// only where the end is there: without it, they may not have been meant as text.
    fn delimited(&mut self, quote: char) -> Option<String> {
        self.at += 1;
        let reported = self.errors.len();
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find([quote, '\\', '\r']).unwrap_or(rest.len());
            out.push_str(&rest[..plain]);
            self.at += plain;
            match rest[plain..].chars().next() {
                None => {
                    self.errors.truncate(reported);
                    return None;
                }
                // A line end in a string is one newline, however the file writes it (R7RS 6.7).
                Some('\r') => {
                    self.at += if rest[plain..].starts_with("\r\n") { 2 } else { 1 };
                    out.push('\n');
                }
                Some('\\') => out.extend(self.escape()),
                Some(_) => {
                    self.at += 1;
                    return Some(out);
                }
            }
        }
    }

    /// At a `\` in a string or symbol: the character it stands for, if any.
    fn escape(&mut self) -> Option<char> {
        let start = self.at;
        self.at += 1;
        let rest = &self.text[self.at..];
        let first = rest.chars().next()?;
        let line = rest.trim_start_matches([' ', '\t']);
        if line.starts_with(['\n', '\r']) {
            let next = line.strip_prefix("\r\n").unwrap_or(&line[1..]);
            self.at = self.text.len() - next.trim_start_matches([' ', '\t']).len();
            return None;
        }
        if matches!(first, 'x' | 'X') {
            let hex = &rest[1..];
            let digits = &hex[..hex.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(hex.len())];
            if !digits.is_empty() && hex[digits.len()..].starts_with(';') {
                self.at += digits.len() + 2;
                return atom::scalar(digits).map_err(|problem| self.report(start, problem)).ok();
            }
        }
        self.at += first.len_utf8();
        match first {
            'a' => Some('\x07'),
            'b' => Some('\x08'),
            't' => Some('\t'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            '"' | '\\' | '|' => Some(first),
            _ => {
                self.report(start, Problem::UnknownEscape(first.to_string()));
                None
            }
        }
    }
}
