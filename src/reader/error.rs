//! What is wrong with a program before it runs, and how that is shown under its source.

use std::fmt::{self, Write as _};

use super::{Position, Source, Span};

/// Which rule a program breaks before it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DiagnosticKind {
    /// The text is no sequence of data.
    Read,
    /// A form is malformed, or does not exist.
    Expand,
    /// A name is called that nothing defines.
    Unbound,
}

impl DiagnosticKind {
    /// The kind's name in messages and in JSON: `read`, `expand`, `unbound`.
    pub const fn name(self) -> &'static str {
        match self {
            DiagnosticKind::Read => "read",
            DiagnosticKind::Expand => "expand",
            DiagnosticKind::Unbound => "unbound",
        }
    }
}

impl fmt::Display for DiagnosticKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A number of things in a message: `1 row`, `2 rows`.
pub fn counted(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

/// One error of a text, found before anything ran. Its `Display` is the message alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Diagnostic {
    pub kind: DiagnosticKind,
    /// One line, without place or final full stop.
    pub message: String,
    pub span: Span,
    /// What to write instead, where that is known.
    pub help: Option<String>,
}

/// Terminal columns of source text shown on a line; what is longer is clipped around the caret.
const SHOWN: usize = 96;
/// Characters kept before the caret in a clipped line.
const LEAD: usize = 40;
const TAB: usize = 4;

impl Diagnostic {
    /// An error without help.
    pub fn new(kind: DiagnosticKind, message: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic { kind, message: message.into(), span, help: None }
    }

    /// The same with a line of help.
    pub fn with_help(self, help: impl Into<String>) -> Diagnostic {
        Diagnostic { help: Some(help.into()), ..self }
    }

    /// The line and column where the error starts.
    pub fn position(&self, source: &Source<'_>) -> Position {
        source.position(self.span.start)
    }

    /// [`render_in`](Self::render_in) for a text whose lines are not known yet.
    pub fn render(&self, source_name: &str, text: &str, colour: bool) -> String {
        self.render_in(&Source::new(source_name, text), colour)
    }

    /// The error for people: message, `name:line:column`, the source line, carets under the span, help; ends with a line
    /// end. With `colour`, ANSI escapes are used; the text's own control characters are never passed on.
    ///
    /// ```text
    /// read error: `12abc` is not a number
    ///  --> model.scm:1:4
    ///   |
    /// 1 | (+ 12abc x)
    ///   |    ^^^^^
    ///   = help: a symbol may not start like a number; `|12abc|` is a symbol
    /// ```
    pub fn render_in(&self, source: &Source<'_>, colour: bool) -> String {
        let paint = |code: &str, part: &str| {
            if colour { format!("\x1b[{code}m{part}\x1b[0m") } else { part.to_owned() }
        };
        let (red, bold, blue) = ("1;31", "1", "34");
        let Position { line, column } = self.position(source);
        let (shown, carets) = self.snippet(source, line);
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        let bar = paint(blue, "|");

        let mut out = String::new();
        let head = paint(red, &format!("{} error:", self.kind));
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{head} {}", paint(bold, &visible(&self.message)));
        let _ = writeln!(out, "{margin}{} {}:{line}:{column}", paint(blue, "-->"), visible(source.name()));
        let _ = writeln!(out, "{margin} {bar}");
        let _ = writeln!(out, "{} {bar} {shown}", paint(blue, &number));
        let _ = writeln!(out, "{margin} {bar} {}{}", " ".repeat(carets.0), paint(red, &"^".repeat(carets.1)));
        if let Some(help) = &self.help {
            let _ = writeln!(out, "{margin} {} {}", paint(blue, "="), visible(&format!("help: {help}")));
        }
        out
    }

    /// The source line as shown, and the columns before and under the carets. Of a span over several lines the first
    /// line's part is marked.
    fn snippet(&self, source: &Source<'_>, line: u32) -> (String, (usize, usize)) {
        let (text, start) = source.line(line);
        let mark = source.boundary(self.span.start).saturating_sub(start);
        let end = source.boundary(self.span.end).saturating_sub(start);

        // At most one column more than is shown decides whether the line fits.
        let fits = text.len() <= SHOWN || {
            let mut used = 0;
            text.chars().all(|c| {
                used += width(c, used);
                used <= SHOWN
            })
        };
        let from =
            if fits { 0 } else { text[..mark.min(text.len())].char_indices().rev().nth(LEAD).map_or(0, |(at, _)| at) };

        let mut shown = String::from(if from > 0 { "…" } else { "" });
        let mut used = shown.chars().count();
        let (mut before, mut under) = (None, 0);
        for (at, c) in text[from..].char_indices().map(|(at, c)| (from + at, c)) {
            let columns = width(c, used);
            if !fits && used + columns > SHOWN {
                shown.push('…');
                break;
            }
            if at >= mark && at < end {
                under += columns;
            }
            if at >= mark {
                before.get_or_insert(used);
            }
            match c {
                '\t' => shown.extend(std::iter::repeat_n(' ', columns)),
                c => shown.push(picture(c)),
            }
            used += columns;
        }
        (shown, (before.unwrap_or(used), under.max(1)))
    }
}

/// Columns that `c` takes on a terminal when it starts in column `at`. After Unicode's East Asian Width (UAX #11),
/// by block: exact for the scripts people write in, approximate for rare symbols.
fn width(c: char, at: usize) -> usize {
    match c {
        '\t' => TAB - at % TAB,
        '\u{300}'..='\u{36f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1f64f}'
        | '\u{1f680}'..='\u{1f6ff}'
        | '\u{1f900}'..='\u{1f9ff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// A character that is safe on a terminal in place of `c`: control characters become their pictures.
fn picture(c: char) -> char {
    match c {
        '\0'..='\x1f' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        // Marks that reorder what is shown could make a line read as what it is not.
        '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c => c,
    }
}

fn visible(text: &str) -> String {
    text.chars().map(picture).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(text: &str, start: u32, end: u32) -> String {
        Diagnostic::new(DiagnosticKind::Expand, "bad", Span::new(start, end)).render("m.scm", text, false)
    }

    #[test]
    fn shows_the_line_and_the_carets() {
        let shown = Diagnostic::new(DiagnosticKind::Read, "bad", Span::new(6, 9)).with_help("do better").render(
            "m.scm",
            "a\n(b cde)\nf",
            false,
        );
        assert_eq!(shown, "read error: bad\n --> m.scm:2:5\n  |\n2 | (b cde)\n  |     ^^^\n  = help: do better\n");
        assert!(render("abc", 3, 3).ends_with("1 | abc\n  |    ^\n"), "at the end of the text");
        assert!(render("", 0, 0).ends_with("1 | \n  | ^\n"));
        assert!(render("(ab\ncd)", 0, 7).ends_with("1 | (ab\n  | ^^^\n"), "several lines: the first");
    }

    #[test]
    fn carets_stand_under_tabs_and_wide_characters() {
        assert!(render("\tx", 1, 2).ends_with("1 |     x\n  |     ^\n"));
        assert!(render("日本 x", 7, 8).ends_with("1 | 日本 x\n  |      ^\n"));
        assert!(render("日本 x", 3, 6).ends_with("  |   ^^\n"));
        assert!(render("e\u{301}x", 3, 4).ends_with("  |  ^\n"));
        assert!(render("\x1b[2Jx", 4, 5).contains("␛[2Jx"), "no control characters reach the terminal");
    }

    #[test]
    fn long_lines_are_clipped_around_the_caret() {
        let text = format!("{}HERE{}", "a".repeat(100_000), "b".repeat(100_000));
        let shown = render(&text, 100_000, 100_004);
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!(lines[1], " --> m.scm:1:100001");
        let column = |needle: &str, line: &str| line.split(needle).next().map(|before| before.chars().count());
        assert_eq!(column("HERE", lines[3]), column("^^^^", lines[4]));
        assert!(lines[3].chars().count() < 110 && lines[3].starts_with("1 | …a") && lines[3].ends_with("b…"));
    }

    #[test]
    fn colour_only_adds_escapes() {
        let error = Diagnostic::new(DiagnosticKind::Unbound, "bad", Span::new(0, 1));
        let coloured = error.render("m.scm", "x", true);
        let codes = ["1;31", "34", "1", "0"].map(|code| format!("\x1b[{code}m"));
        let plain = codes.iter().fold(coloured, |text, code| text.replace(code, ""));
        assert_eq!(plain, error.render("m.scm", "x", false));
    }
}
