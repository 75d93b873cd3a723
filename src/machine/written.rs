//! Values in their written form.

use crate::machine::image::{Image, Word};
use crate::machine::lane::Lane;
use crate::reader::{Datum, DatumKind, Span};
use crate::value::{Cell, Real, SHARED, Tag, Value};

/// A constant or a half of a shared cell, as a person writes it; cut off after a line's length.
pub fn word(image: &Image, word: Word) -> String {
    let cell = |address: u32| image.shared[(address & !SHARED) as usize].map(Word::value::<f64>);
    write(image, word.value(), &cell, 200).unwrap_or_else(|start| start + "…")
}

/// A value of a lane, as a person writes it; `Err` is its start where it is longer than `limit` bytes.
///
/// # Errors
/// The value is longer.
pub fn value<F: Real>(
    image: &Image,
    shared: &[Cell<F>],
    lane: &Lane<F>,
    value: Value<F>,
    limit: usize,
) -> Result<String, String> {
    write(image, value, &|address| lane.cell(shared, address), limit)
}

/// What is still to be written.
enum Piece<F: Real> {
    Value(Value<F>),
    /// What follows an element of a list.
    Rest(Value<F>),
    /// The elements of a vector or matrix from the `next` on.
    Elements {
        address: u32,
        columns: u32,
        next: u32,
        count: u32,
    },
    Close,
}

/// Writes with a stack of its own: a program nests its data deeper than Rust its calls, and shares them so that their
/// written form can be exponentially long.
fn write<F: Real>(
    image: &Image,
    value: Value<F>,
    cell: &dyn Fn(u32) -> Cell<F>,
    limit: usize,
) -> Result<String, String> {
    let mut text = String::new();
    let mut pieces = vec![Piece::Value(value)];
    while let Some(piece) = pieces.pop() {
        match piece {
            Piece::Value(value) if value.is(Tag::Pair) => {
                let [car, cdr] = cell(value.word());
                text.push('(');
                pieces.extend([Piece::Rest(cdr), Piece::Value(car)]);
            }
            Piece::Value(value) if value.is(Tag::Vector) => {
                let [rows, columns] = cell(value.word()).map(Value::word);
                text.push('[');
                pieces.push(Piece::Elements {
                    address: value.word() + 1,
                    columns,
                    next: 0,
                    count: rows * columns.max(1),
                });
            }
            Piece::Elements { next, count, .. } if next == count => text.push(']'),
            Piece::Elements { address, columns, next, count } => {
                let [element, _] = cell(address + next);
                let starts = columns > 0 && next % columns == 0;
                let ends = columns > 0 && (next + 1) % columns == 0;
                let space = if next > 0 { " " } else { "" };
                let (open, close) = (if starts { "[" } else { "" }, if ends { "]" } else { "" });
                text.push_str(&format!("{space}{open}{}{close}", atom(image, element, cell)));
                pieces.push(Piece::Elements { address, columns, next: next + 1, count });
            }
            Piece::Value(value) => text.push_str(&atom(image, value, cell).to_string()),
            Piece::Rest(rest) if rest.is(Tag::Nil) => text.push(')'),
            Piece::Rest(rest) if rest.is(Tag::Pair) => {
                let [car, cdr] = cell(rest.word());
                text.push(' ');
                pieces.extend([Piece::Rest(cdr), Piece::Value(car)]);
            }
            Piece::Rest(rest) => {
                text.push_str(" . ");
                pieces.extend([Piece::Close, Piece::Value(rest)]);
            }
            Piece::Close => text.push(')'),
        }
        if text.len() > limit {
            let end = (0..=limit).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
            text.truncate(end);
            return Err(text);
        }
    }
    Ok(text)
}

/// A value that is no pair.
fn atom<F: Real>(image: &Image, value: Value<F>, cell: &dyn Fn(u32) -> Cell<F>) -> DatumKind {
    let tag = Tag::ALL.get(value.tag() as usize).copied().unwrap_or(Tag::Undefined);
    match tag {
        Tag::Nil => DatumKind::List(Vec::new()),
        Tag::Bool => DatumKind::Bool(value.word() != 0),
        Tag::Int => DatumKind::Int(value.word() as i32),
        Tag::Float => DatumKind::Float(shortest(value.number())),
        Tag::Char => DatumKind::Char(char::from_u32(value.word()).unwrap_or(char::REPLACEMENT_CHARACTER)),
        Tag::Symbol => DatumKind::Symbol(image.symbols.name(value.word()).cloned().unwrap_or_else(|| "?".into())),
        Tag::String => DatumKind::String(image.strings.name(value.word()).cloned().unwrap_or_else(|| "?".into())),
        Tag::Closure => DatumKind::Procedure(procedure(image, value, cell)),
        Tag::Pair | Tag::Vector | Tag::Unspecified | Tag::Box | Tag::Undefined | Tag::Return => DatumKind::Unspecified,
    }
}

/// Data of a program's text as a datum again; lists are followed through `cell`.
pub fn datum<F: Real>(image: &Image, value: Value<F>, cell: &dyn Fn(u32) -> Cell<F>) -> Datum {
    if value.is(Tag::Pair) {
        return list(image, value, cell);
    }
    Datum { kind: atom(image, value, cell), span: Span::default() }
}

/// An f32 as the f64 that has the same shortest decimal, so that `0.1` is written as it was read.
pub fn shortest<F: Real>(number: F) -> f64 {
    let wide = number.wide();
    if std::mem::size_of::<F>() == 4 && wide.is_finite() {
        return (wide as f32).to_string().parse().unwrap_or(wide);
    }
    wide
}

/// The name a procedure is written by: that of its code, nothing for one the program made.
fn procedure<F: Real>(image: &Image, value: Value<F>, cell: &dyn Fn(u32) -> Cell<F>) -> std::sync::Arc<str> {
    let [header, _] = cell(value.word());
    match image.function_at(header.word()) {
        Some(function) if function.role == crate::graph::Role::Library => function.name.clone(),
        _ => "".into(),
    }
}

/// Follows a list; a program's text can nest deeper than Rust's stack.
fn list<F: Real>(image: &Image, value: Value<F>, cell: &dyn Fn(u32) -> Cell<F>) -> Datum {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
        let mut elements = Vec::new();
        let mut rest = value;
        while rest.is(Tag::Pair) {
            let [car, cdr] = cell(rest.word());
            elements.push(datum(image, car, cell));
            rest = cdr;
        }
        let kind = if rest.is(Tag::Nil) {
            DatumKind::List(elements)
        } else {
            DatumKind::Dotted(elements, Box::new(datum(image, rest, cell)))
        };
        Datum { kind, span: Span::default() }
    })
}
