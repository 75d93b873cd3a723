//! Values as the machine holds them: a word that tells the kind, and a payload.
//!
//! `meta = tag | extra << 4`. For a Float, `extra` is its tape slot (0: a constant, no gradient); for a heap
//! object made by the program, `extra` is 1, so that a collection can count the program's own cells.
//! The payload is a Float's bits, or an immediate, or an address.

use crate::op::num::Num;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Tag {
    Nil = 0,
    Bool = 1,
    Int = 2,
    Float = 3,
    Char = 4,
    Symbol = 5,
    Pair = 6,
    String = 7,
    Closure = 8,
    /// A numeric vector or matrix: a cell with its rows and columns as Ints (0 columns: a vector), then one cell an element, whose
    /// first half is the element.
    Vector = 9,
    Unspecified = 10,
    /// A variable that can be read before its value exists; the cell's first half is `Undefined` until then.
    Box = 11,
    Undefined = 12,
    /// Where to return to: `extra` holds the distance to the caller's frame and whether the call is a pending
    /// one of the program, the payload the instruction.
    Return = 13,
}

impl Tag {
    /// Every tag, in numeric order.
    pub const ALL: [Tag; 14] = [
        Tag::Nil,
        Tag::Bool,
        Tag::Int,
        Tag::Float,
        Tag::Char,
        Tag::Symbol,
        Tag::Pair,
        Tag::String,
        Tag::Closure,
        Tag::Vector,
        Tag::Unspecified,
        Tag::Box,
        Tag::Undefined,
        Tag::Return,
    ];
}

/// Bit of an address that is set in the shared read-only segment.
pub const SHARED: u32 = 1 << 31;
/// Bit of a [`Tag::Return`] word that is set when the call counts as pending.
pub const PENDING: u32 = 1 << 31;
/// The `extra` of a heap object that the program made.
pub const COUNTED: u32 = 1 << 4;

/// The number type a host machine runs in: f32 or f64, and the payload wide enough for it.
pub trait Real: Num<Mask = bool, Word = u32> + Default + Send + Sync + PartialEq + std::fmt::Debug + 'static {
    /// Holds the bits of a Float, or 32 bits of anything else.
    type Payload: Copy + Default + PartialEq + Eq + std::fmt::Debug + Send + Sync;

    /// The bits of this number.
    fn payload(self) -> Self::Payload;
    /// The number with these bits.
    fn of_payload(payload: Self::Payload) -> Self;
    /// A payload that holds 32 bits.
    fn word(word: u32) -> Self::Payload;
    /// The 32 bits of a payload made by [`Real::word`].
    fn low(payload: Self::Payload) -> u32;
    /// Rounds an f64 to this type.
    fn round(value: f64) -> Self;
    /// This number as an f64, exactly.
    fn wide(self) -> f64;
    /// These numbers, if they are of this type.
    fn of_f32s(values: &[f32]) -> Option<&[Self]>;
    /// These numbers, if they are of this type.
    fn of_f64s(values: &[f64]) -> Option<&[Self]>;
}

impl Real for f32 {
    type Payload = u32;

    fn payload(self) -> u32 {
        self.to_bits()
    }
    fn of_payload(payload: u32) -> f32 {
        f32::from_bits(payload)
    }
    fn word(word: u32) -> u32 {
        word
    }
    fn low(payload: u32) -> u32 {
        payload
    }
    fn round(value: f64) -> f32 {
        value as f32
    }
    fn wide(self) -> f64 {
        f64::from(self)
    }
    fn of_f32s(values: &[f32]) -> Option<&[f32]> {
        Some(values)
    }
    fn of_f64s(_: &[f64]) -> Option<&[f32]> {
        None
    }
}

impl Real for f64 {
    type Payload = u64;

    fn payload(self) -> u64 {
        self.to_bits()
    }
    fn of_payload(payload: u64) -> f64 {
        f64::from_bits(payload)
    }
    fn word(word: u32) -> u64 {
        u64::from(word)
    }
    fn low(payload: u64) -> u32 {
        payload as u32
    }
    fn round(value: f64) -> f64 {
        value
    }
    fn wide(self) -> f64 {
        self
    }
    fn of_f32s(_: &[f32]) -> Option<&[f64]> {
        None
    }
    fn of_f64s(values: &[f64]) -> Option<&[f64]> {
        Some(values)
    }
}

/// Cells of a [`Tag::Vector`] object with this many rows and columns; [`MOST_CELLS`] where that is more than a heap can have.
pub fn vector_cells(rows: u32, columns: u32) -> u32 {
    let columns = columns.max(1);
    if rows > MOST_CELLS / columns { MOST_CELLS } else { (1 + rows * columns).min(MOST_CELLS) }
}

/// More cells than any heap has; two such numbers can be added.
pub const MOST_CELLS: u32 = 1 << 30;

/// One value of one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<F: Real> {
    pub meta: u32,
    pub payload: F::Payload,
}

impl<F: Real> Default for Value<F> {
    fn default() -> Self {
        Value::tagged(Tag::Nil, 0)
    }
}

impl<F: Real> Value<F> {
    /// A value with this tag whose payload is 32 bits.
    pub fn tagged(tag: Tag, word: u32) -> Self {
        Value { meta: tag as u32, payload: F::word(word) }
    }

    /// A Float that no gradient flows through.
    pub fn float(number: F) -> Self {
        Value::taped(number, 0)
    }

    /// A Float and its tape slot.
    pub fn taped(number: F, slot: u32) -> Self {
        Value { meta: Tag::Float as u32 | slot << 4, payload: number.payload() }
    }

    /// `#t` or `#f`.
    pub fn boolean(truth: bool) -> Self {
        Value::tagged(Tag::Bool, u32::from(truth))
    }

    /// An exact integer.
    pub fn int(value: i32) -> Self {
        Value::tagged(Tag::Int, value as u32)
    }

    /// The tag's number.
    #[inline(always)]
    pub fn tag(self) -> u32 {
        self.meta & 15
    }

    /// Has this value this tag?
    #[inline(always)]
    pub fn is(self, tag: Tag) -> bool {
        self.tag() == tag as u32
    }

    /// Is the payload the address of heap cells?
    #[inline(always)]
    pub fn is_object(self) -> bool {
        const OBJECTS: u32 =
            1 << Tag::Pair as u32 | 1 << Tag::Closure as u32 | 1 << Tag::Vector as u32 | 1 << Tag::Box as u32;
        OBJECTS >> self.tag() & 1 != 0
    }

    /// A Float's tape slot.
    #[inline(always)]
    pub fn slot(self) -> u32 {
        self.meta >> 4
    }

    /// The payload's 32 bits.
    #[inline(always)]
    pub fn word(self) -> u32 {
        F::low(self.payload)
    }

    /// The payload as a Float.
    #[inline(always)]
    pub fn number(self) -> F {
        F::of_payload(self.payload)
    }

    /// Only `#f` is false.
    #[inline(always)]
    pub fn is_false(self) -> bool {
        self.is(Tag::Bool) && self.word() == 0
    }
}

/// The two values of a heap cell: car and cdr of a pair, a box's content, a stretch of a closure.
pub type Cell<F> = [Value<F>; 2];
