//! Tokens to data, on a stack of its own.

use super::lexer::{Lexer, Token};
use super::problem::Problem;
use super::{Datum, DatumKind, Diagnostic, Source, Span};

/// How many brackets and quote marks may stand around a datum.
pub const MAX_DEPTH: usize = 1_000;

/// The data of a text, in order; none if it is empty.
///
/// # Errors
/// All errors of the text, in source order, each of kind [`Read`](super::DiagnosticKind::Read).
pub fn read(text: &str) -> Result<Vec<Datum>, Vec<Diagnostic>> {
    if u32::try_from(text.len()).is_err() {
        return Err(vec![Problem::TooLong.at(Span::default())]);
    }
    Parser::new(text).run()
}

/// The one datum of a text.
///
/// # Errors
/// As [`read`]; also if the text holds no datum, or more than one.
pub fn read_one(text: &str) -> Result<Datum, Vec<Diagnostic>> {
    let mut data = read(text)?.into_iter();
    match (data.next(), data.next()) {
        (Some(datum), None) => Ok(datum),
        (None, _) => Err(vec![Problem::NoDatum.at(Span::default())]),
        (Some(_), Some(second)) => Err(vec![Problem::SecondDatum.at(second.span)]),
    }
}

/// Something that has begun and wants more tokens.
struct Frame {
    kind: FrameKind,
    /// The bracket or mark that began it.
    span: Span,
    /// Its elements are those of `Parser::items` from here on.
    start: usize,
    dot: Dot,
}

#[derive(Clone, Copy, PartialEq)]
enum FrameKind {
    /// `(…` or `[…`.
    Bracket(char),
    /// A quote mark, with what is written and the name it stands for.
    Mark(&'static str, &'static str),
    /// `#;`.
    Skip,
}

/// How far a list is with its `.`.
enum Dot {
    None,
    Seen(Span),
    /// The tail is read; `None` if it was a list, whose elements then stand with the others.
    Done(Option<Box<Datum>>),
    /// Something followed the tail, and that is reported.
    Overfull,
}

struct Parser<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    frames: Vec<Frame>,
    /// The elements of all open frames, outermost first.
    items: Vec<Datum>,
    /// Brackets and marks among the frames.
    depth: usize,
    /// Where the text first went too deep.
    too_deep: Option<Span>,
    /// The lines of the text, once a message has named one.
    lines: Option<Source<'a>>,
}

/// Stands for a datum that is wrong or too deep; never returned, as there is an error then.
fn placeholder(span: Span) -> Datum {
    Datum::new(DatumKind::Unspecified, span)
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Parser<'a> {
        Parser {
            text,
            lexer: Lexer::new(text),
            frames: Vec::new(),
            items: Vec::new(),
            depth: 0,
            too_deep: None,
            lines: None,
        }
    }

    fn run(mut self) -> Result<Vec<Datum>, Vec<Diagnostic>> {
        while let Some((token, span)) = self.lexer.next_token() {
            match token {
                Token::Open(bracket) => {
                    self.open(FrameKind::Bracket(bracket), span);
                    if bracket == '[' {
                        self.items.push(Datum::symbol("vec", span));
                    }
                }
                Token::Mark(mark, name) => self.open(FrameKind::Mark(mark, name), span),
                Token::Skip => self.open(FrameKind::Skip, span),
                Token::Close(bracket) => self.close(bracket, span),
                Token::Dot => self.dot(span),
                Token::Atom(kind) => self.complete(Datum::new(kind, span)),
                Token::Bad => self.complete(placeholder(span)),
            }
        }
        while let Some(frame) = self.frames.last() {
            match frame.kind {
                FrameKind::Bracket(bracket) => self.abandon(Problem::Unclosed(bracket)),
                FrameKind::Mark(mark, _) => self.abandon(Problem::NothingFollows(mark)),
                FrameKind::Skip => self.abandon(Problem::NothingFollows("#;")),
            }
        }
        let mut errors = self.lexer.errors;
        if errors.is_empty() {
            return Ok(self.items);
        }
        errors.sort_by_key(|error| error.span.start);
        Err(errors)
    }

    fn report(&mut self, problem: Problem, span: Span) {
        self.lexer.errors.push(problem.at(span));
    }

    fn open(&mut self, kind: FrameKind, span: Span) {
        if kind != FrameKind::Skip {
            self.depth += 1;
            if self.depth > MAX_DEPTH && self.too_deep.is_none() {
                self.too_deep = Some(span);
                self.report(Problem::TooDeep, span);
            }
        }
        self.frames.push(Frame { kind, span, start: self.items.len(), dot: Dot::None });
    }

    /// Takes the innermost frame off, and says whether it lay too deep to make a datum of it.
    fn pop(&mut self) -> Option<(Frame, bool)> {
        let frame = self.frames.pop()?;
        let deep = self.depth > MAX_DEPTH;
        if frame.kind != FrameKind::Skip {
            self.depth -= 1;
        }
        Some((frame, deep))
    }

    /// Gives the innermost frame up, reporting why at its place unless an error already reported explains it.
    fn abandon(&mut self, problem: Problem) {
        let Some((frame, deep)) = self.pop() else {
            return;
        };
        let around_deep = self.too_deep.is_some_and(|span| frame.span.start <= span.start);
        if !deep && !around_deep && !self.lexer.cut_short {
            self.report(problem, frame.span);
        }
        self.items.truncate(frame.start);
        if frame.kind != FrameKind::Skip {
            self.complete(placeholder(frame.span));
        }
    }

    /// Hands a finished datum to the frame that waits for it, and so on outwards.
    fn complete(&mut self, mut datum: Datum) {
        while let Some(frame) = self.frames.last_mut() {
            match frame.kind {
                FrameKind::Bracket(_) => {
                    match frame.dot {
                        Dot::None => self.items.push(datum),
                        Dot::Seen(_) => {
                            let tail = match datum.kind {
                                // Only a quote mark's list comes this way; a bracket's stays on `items`, see `close`.
                                DatumKind::List(elements) => {
                                    self.items.extend(elements);
                                    None
                                }
                                _ => Some(Box::new(datum)),
                            };
                            frame.dot = Dot::Done(tail);
                        }
                        Dot::Done(_) => {
                            frame.dot = Dot::Overfull;
                            self.report(Problem::ExtraAfterDot, datum.span);
                        }
                        Dot::Overfull => {}
                    }
                    return;
                }
                FrameKind::Mark(_, name) => {
                    let mark = frame.span;
                    let span = mark.to(datum.span);
                    let deep = self.pop().is_some_and(|(_, deep)| deep);
                    datum = if deep {
                        placeholder(span)
                    } else {
                        Datum::new(DatumKind::List(vec![Datum::symbol(name, mark), datum]), span)
                    };
                }
                FrameKind::Skip => {
                    self.pop();
                    return;
                }
            }
        }
        self.items.push(datum);
    }

    fn close(&mut self, close: char, span: Span) {
        let (frame, open, deep) = loop {
            match self.frames.last().map(|frame| frame.kind) {
                Some(FrameKind::Mark(mark, _)) => self.abandon(Problem::NothingFollows(mark)),
                Some(FrameKind::Skip) => self.abandon(Problem::NothingFollows("#;")),
                Some(FrameKind::Bracket(open)) => match self.pop() {
                    Some((frame, deep)) => break (frame, open, deep),
                    None => unreachable!("the frame just seen is there"),
                },
                None => return self.report(Problem::StrayClose(close), span),
            }
        };
        if (open == '(') != (close == ')') && !deep {
            let lines = self.lines.get_or_insert_with(|| Source::new("", self.text));
            let at = lines.position(frame.span.start);
            self.report(Problem::Mismatched { open, close, at }, span);
        }
        let tail = match frame.dot {
            Dot::Seen(dot) => {
                self.report(Problem::NothingAfterDot, dot);
                None
            }
            Dot::Done(tail) => tail,
            Dot::None | Dot::Overfull => None,
        };
        let whole = frame.span.to(span);
        if deep {
            self.items.truncate(frame.start);
            return self.complete(placeholder(whole));
        }
        // `(a . (b c))` is `(a b c)`: the elements already stand where they belong, moving them would cost a copy a level.
        if let Some(parent) = self.frames.last_mut()
            && let (FrameKind::Bracket(_), Dot::Seen(_)) = (parent.kind, &parent.dot)
        {
            parent.dot = Dot::Done(tail);
            return;
        }
        let elements = self.items.split_off(frame.start);
        let kind = match tail {
            Some(tail) => DatumKind::Dotted(elements, tail),
            None => DatumKind::List(elements),
        };
        self.complete(Datum::new(kind, whole));
    }

    fn dot(&mut self, span: Span) {
        let count = self.items.len();
        let problem = match self.frames.last_mut() {
            Some(Frame { kind: FrameKind::Bracket('['), .. }) => Problem::DotInVector,
            Some(frame @ Frame { kind: FrameKind::Bracket(_), .. }) => match frame.dot {
                Dot::None if count == frame.start => Problem::NothingBeforeDot,
                Dot::None => {
                    frame.dot = Dot::Seen(span);
                    return;
                }
                Dot::Seen(_) => Problem::NothingAfterDot,
                Dot::Done(_) => {
                    frame.dot = Dot::Overfull;
                    Problem::ExtraAfterDot
                }
                Dot::Overfull => return,
            },
            _ => Problem::StrayDot,
        };
        self.report(problem, span);
    }
}
