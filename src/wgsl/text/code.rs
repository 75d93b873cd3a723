//! The operations that text is made of, and how WGSL writes each.

/// One operation of the text, with what it needs to be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Code {
    Add,
    Sub,
    Mul,
    Div,
    Neg,
    Sqrt,
    Floor,
    Ceil,
    Trunc,
    Abs,
    Less,
    LessEqual,
    Equal,
    IsNan,
    IsInfinite,
    SignBit,
    OfInt,
    ToInt,
    ToBits,
    FromBits,
    Plus,
    Minus,
    Times,
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight,
    ShiftRightSigned,
    ModuloUnsigned,
    DivideSigned,
    Same,
    LessSigned,
    LessUnsigned,
    Both,
    Either,
    Not,
    Select,
}

impl Code {
    /// The WGSL expression: `#0 #1 #2` are the operands, `#f #u #i` the types of floats, words and signed integers.
    pub(super) fn pattern(self) -> &'static str {
        match self {
            Code::Add | Code::Plus => "#0 + #1",
            Code::Sub | Code::Minus => "#0 - #1",
            Code::Mul | Code::Times => "#0 * #1",
            Code::Div => "#0 / #1",
            Code::Neg => "-#0",
            Code::Sqrt => "sqrt(#0)",
            Code::Floor => "floor(#0)",
            Code::Ceil => "ceil(#0)",
            Code::Trunc => "trunc(#0)",
            Code::Abs => "bitcast<#f>(bitcast<#u>(#0) & #u(0x7fffffffu))",
            Code::Less | Code::LessUnsigned => "#0 < #1",
            Code::LessEqual => "#0 <= #1",
            Code::Equal | Code::Same => "#0 == #1",
            Code::IsNan => "(bitcast<#u>(#0) & #u(0x7fffffffu)) > #u(0x7f800000u)",
            Code::IsInfinite => "(bitcast<#u>(#0) & #u(0x7fffffffu)) == #u(0x7f800000u)",
            Code::SignBit => "bitcast<#u>(#0) >= #u(0x80000000u)",
            Code::OfInt => "#f(bitcast<#i>(#0))",
            Code::ToInt => "bitcast<#u>(#i(#0))",
            Code::ToBits => "bitcast<#u>(#0)",
            Code::FromBits => "bitcast<#f>(#0)",
            Code::And | Code::Both => "#0 & #1",
            Code::Or | Code::Either => "#0 | #1",
            Code::Xor => "#0 ^ #1",
            Code::ShiftLeft => "#0 << #1",
            Code::ShiftRight => "#0 >> #1",
            Code::ShiftRightSigned => "bitcast<#u>(bitcast<#i>(#0) >> #1)",
            Code::ModuloUnsigned => "#0 % #1",
            Code::DivideSigned => "bitcast<#u>(bitcast<#i>(#0) / bitcast<#i>(#1))",
            Code::LessSigned => "bitcast<#i>(#0) < bitcast<#i>(#1)",
            Code::Not => "!#0",
            Code::Select => "select(#2, #1, #0)",
        }
    }

    /// Does a driver that takes float arithmetic for real arithmetic see through it?
    pub(super) fn rounds(self) -> bool {
        use Code::{Add, Ceil, Div, Floor, Mul, Neg, Sqrt, Sub, Trunc};
        matches!(self, Add | Sub | Mul | Div | Neg | Sqrt | Floor | Ceil | Trunc)
    }

    /// Does a driver that takes NaN and infinity for impossible know its result where both operands are the same value?
    /// Mesa makes `x - x` 0 and `x / x` 1, whatever is done with the result.
    pub(super) fn cancels(self) -> bool {
        matches!(self, Code::Sub | Code::Div)
    }

    /// Is it only a change of type, which costs no instruction?
    pub(super) fn is_free(self) -> bool {
        matches!(self, Code::ToBits | Code::FromBits)
    }
}
