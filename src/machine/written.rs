//! Values in their written form.

use crate::machine::image::{Image, Word};
use crate::machine::lane::Lane;
use crate::reader::{Datum, DatumKind, Span};
use crate::value::{Cell, Real, SHARED, Tag, Value};

/// A constant or a half of a shared cell, as a person writes it.
pub fn word(image: &Image, word: Word) -> String {
    let lane = Lane::<f64> { registers: crate::machine::lane::Registers::start(0, 0), stack: Vec::new(), heap: Vec::new() };
    let cells = |address: u32| {
        let [car, cdr] = image.shared[(address & !SHARED) as usize];
        [car.value(), cdr.value()]
    };
    datum(image, word.value::<f64>(), &|address| if address & SHARED != 0 { cells(address) } else { lane.heap[address as usize] })
        .to_string()
}

/// A value of a lane, as a person writes it.
pub fn value<F: Real>(image: &Image, shared: &[Cell<F>], lane: &Lane<F>, value: Value<F>) -> String {
    datum(image, value, &|address| lane.cell(shared, address)).to_string()
}

/// A value as a datum; lists are followed through `cell`.
pub fn datum<F: Real>(image: &Image, value: Value<F>, cell: &dyn Fn(u32) -> Cell<F>) -> Datum {
    let at = |kind| Datum { kind, span: Span::default() };
    let tag = Tag::ALL.get(value.tag() as usize).copied().unwrap_or(Tag::Undefined);
    at(match tag {
        Tag::Nil => DatumKind::List(Vec::new()),
        Tag::Bool => DatumKind::Bool(value.word() != 0),
        Tag::Int => DatumKind::Int(value.word() as i32),
        Tag::Float => DatumKind::Float(shortest(value.number())),
        Tag::Char => DatumKind::Char(char::from_u32(value.word()).unwrap_or(char::REPLACEMENT_CHARACTER)),
        Tag::Symbol => DatumKind::Symbol(image.symbols.name(value.word()).cloned().unwrap_or_else(|| "?".into())),
        Tag::String => DatumKind::String(image.strings.name(value.word()).cloned().unwrap_or_else(|| "?".into())),
        Tag::Closure => DatumKind::Procedure(procedure(image, value, cell)),
        Tag::Pair => return list(image, value, cell),
        Tag::Vector | Tag::Unspecified | Tag::Box | Tag::Undefined | Tag::Return => DatumKind::Unspecified,
    })
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

/// Follows a list; nested ones by a stack of their own frames, because a program can nest deeper than Rust.
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
