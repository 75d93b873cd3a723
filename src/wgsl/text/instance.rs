//! [`Text`], [`TextWord`] and [`TextMask`] as instances of the number traits: every method is one operation of the text.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

use super::{Code, Node, Text, TextMask, TextWord, emit, intern};
use crate::op::elementary::{self, remainder, round};
use crate::op::num::{Mask, Num, Num32, Word};

macro_rules! operators {
    ($($trait:ident $method:ident $type:ident $code:ident;)*) => {
        $(impl $trait for $type {
            type Output = $type;
            fn $method(self, other: $type) -> $type {
                $type(emit(Code::$code, [self.0, other.0]))
            }
        })*
    };
}

operators! {
    Sub sub Text Sub;
    Mul mul Text Mul;
    Div div Text Div;
    BitAnd bitand TextMask Both;
    BitOr bitor TextMask Either;
}

impl Add for Text {
    type Output = Text;
    fn add(self, other: Text) -> Text {
        // −0 and a number is that number, whatever it is: sums begin so where they begin with nothing.
        if self == <Text as Num>::of(-0.0) {
            return other;
        }
        Text(emit(Code::Add, [self.0, other.0]))
    }
}

impl Neg for Text {
    type Output = Text;
    fn neg(self) -> Text {
        Text(emit(Code::Neg, [self.0]))
    }
}

impl Not for TextMask {
    type Output = TextMask;
    fn not(self) -> TextMask {
        TextMask(emit(Code::Not, [self.0]))
    }
}

impl Mask for TextMask {
    fn of(value: bool) -> TextMask {
        TextMask(intern(Node::Truth(value)))
    }
}

/// Methods that are one operation: name, other operands, result, code.
macro_rules! methods {
    ($($method:ident($($other:ident),*) -> $result:ident $code:ident;)*) => {
        $(fn $method(self $(, $other: Self)*) -> $result {
            $result(emit(Code::$code, [self.0 $(, $other.0)*]))
        })*
    };
}

impl Word for TextWord {
    type Mask = TextMask;
    fn of(value: u32) -> TextWord {
        TextWord(intern(Node::Word(value)))
    }
    methods! {
        plus(other) -> TextWord Plus;
        minus(other) -> TextWord Minus;
        times(other) -> TextWord Times;
        and(other) -> TextWord And;
        or(other) -> TextWord Or;
        xor(other) -> TextWord Xor;
        shift_left(count) -> TextWord ShiftLeft;
        shift_right(count) -> TextWord ShiftRight;
        shift_right_signed(count) -> TextWord ShiftRightSigned;
        modulo_unsigned(divisor) -> TextWord ModuloUnsigned;
        divide_signed(divisor) -> TextWord DivideSigned;
        same(other) -> TextMask Same;
        less_signed(other) -> TextMask LessSigned;
        less_unsigned(other) -> TextMask LessUnsigned;
    }
    fn select(mask: TextMask, yes: TextWord, no: TextWord) -> TextWord {
        TextWord(emit(Code::Select, [mask.0, yes.0, no.0]))
    }
}

impl Num for Text {
    type Mask = TextMask;
    type Word = TextWord;
    fn of(value: f64) -> Text {
        Text(intern(Node::Float((value as f32).to_bits())))
    }
    methods! {
        sqrt() -> Text Sqrt;
        abs() -> Text Abs;
        floor() -> Text Floor;
        ceil() -> Text Ceil;
        trunc() -> Text Trunc;
        less(other) -> TextMask Less;
        less_equal(other) -> TextMask LessEqual;
        equal(other) -> TextMask Equal;
        is_nan() -> TextMask IsNan;
        is_infinite() -> TextMask IsInfinite;
        sign_bit() -> TextMask SignBit;
        to_int() -> TextWord ToInt;
    }
    fn of_int(word: TextWord) -> Text {
        Text(emit(Code::OfInt, [word.0]))
    }
    fn select(mask: TextMask, yes: Text, no: Text) -> Text {
        Text(emit(Code::Select, [mask.0, yes.0, no.0]))
    }
    fn round_even(self) -> Text {
        round::round_even(self)
    }
    fn remainder(self, divisor: Text) -> Text {
        remainder::remainder(self, divisor)
    }
    elementary::forward!();
}

impl Num32 for Text {
    fn to_bits(self) -> TextWord {
        TextWord(emit(Code::ToBits, [self.0]))
    }
    fn from_bits(bits: TextWord) -> Text {
        Text(emit(Code::FromBits, [bits.0]))
    }
}
