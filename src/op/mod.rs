//! The operations: one table, one row each, from which every other part of evalgrad takes what it needs.

/// What an operation does with the kinds of its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Int × Int gives an Int where it fits and is exact, else the Float formula; any Float gives a Float.
    Arithmetic,
    /// An Int operand converts; the result is a Float.
    Real,
    /// Two numbers to a boolean; a guard on the tape when an operand is taped.
    Compare,
    /// One number to a boolean; a guard on the tape when the operand is taped.
    NumberTest,
    /// Any value to a boolean: is its tag in this set (bit `1 << tag`)?
    TypeTest(u16),
    /// Two values to a boolean, by kind and value.
    Identity,
    /// Reads or makes heap cells.
    Cell,
    /// Speaks to the machine itself; names start with `%` and exist only in the bootstrap dialect.
    Machine,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub op: Op,
    /// Scheme name; a leading `%` marks an operation that programs cannot name.
    pub name: &'static str,
    /// Operands: 1 or 2.
    pub arity: u8,
    pub kind: Kind,
}

macro_rules! table {
    ($($op:ident $name:literal $arity:literal $kind:expr;)*) => {
        /// An operation of the machine.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Op { $($op),* }
        /// The rows, indexed by `Op as usize`.
        pub static ROWS: &[Row] = &[$(Row { op: Op::$op, name: $name, arity: $arity, kind: $kind }),*];
    };
}

table! {
    Add "+" 2 Kind::Arithmetic;
    Sub "-" 2 Kind::Arithmetic;
    Mul "*" 2 Kind::Arithmetic;
    Div "/" 2 Kind::Arithmetic;
    Neg "%neg" 1 Kind::Arithmetic;
    Abs "abs" 1 Kind::Arithmetic;
    Min "min" 2 Kind::Arithmetic;
    Max "max" 2 Kind::Arithmetic;
    Quotient "quotient" 2 Kind::Arithmetic;
    Remainder "remainder" 2 Kind::Arithmetic;
    Modulo "modulo" 2 Kind::Arithmetic;
    Square "square" 1 Kind::Arithmetic;
    Expt "expt" 2 Kind::Arithmetic;
    Floor "floor" 1 Kind::Arithmetic;
    Ceiling "ceiling" 1 Kind::Arithmetic;
    Round "round" 1 Kind::Arithmetic;
    Truncate "truncate" 1 Kind::Arithmetic;
    Exact "exact" 1 Kind::NumberTest;
    Inexact "inexact" 1 Kind::Real;
    Pow "pow" 2 Kind::Real;
    Sqrt "sqrt" 1 Kind::Real;
    Exp "exp" 1 Kind::Real;
    Log "log" 1 Kind::Real;
    LogBase "%log" 2 Kind::Real;
    Sin "sin" 1 Kind::Real;
    Cos "cos" 1 Kind::Real;
    Tan "tan" 1 Kind::Real;
    Asin "asin" 1 Kind::Real;
    Acos "acos" 1 Kind::Real;
    Atan "atan" 1 Kind::Real;
    Atan2 "%atan" 2 Kind::Real;
    Sinh "sinh" 1 Kind::Real;
    Cosh "cosh" 1 Kind::Real;
    Tanh "tanh" 1 Kind::Real;
    Sigmoid "sigmoid" 1 Kind::Real;
    Erf "erf" 1 Kind::Real;
    Lgamma "lgamma" 1 Kind::Real;
    Equal "=" 2 Kind::Compare;
    Less "<" 2 Kind::Compare;
    Greater ">" 2 Kind::Compare;
    LessEqual "<=" 2 Kind::Compare;
    GreaterEqual ">=" 2 Kind::Compare;
    IsZero "zero?" 1 Kind::NumberTest;
    IsPositive "positive?" 1 Kind::NumberTest;
    IsNegative "negative?" 1 Kind::NumberTest;
    IsEven "even?" 1 Kind::NumberTest;
    IsOdd "odd?" 1 Kind::NumberTest;
    IsNan "nan?" 1 Kind::NumberTest;
    IsInteger "integer?" 1 Kind::NumberTest;
    IsNumber "number?" 1 Kind::TypeTest(0b1100);
    IsNull "null?" 1 Kind::TypeTest(0b1);
    IsBoolean "boolean?" 1 Kind::TypeTest(0b10);
    IsChar "char?" 1 Kind::TypeTest(0b1_0000);
    IsSymbol "symbol?" 1 Kind::TypeTest(0b10_0000);
    IsPair "pair?" 1 Kind::TypeTest(0b100_0000);
    IsString "string?" 1 Kind::TypeTest(0b1000_0000);
    IsProcedure "procedure?" 1 Kind::TypeTest(0b1_0000_0000);
    Eq "eq?" 2 Kind::Identity;
    Eqv "eqv?" 2 Kind::Identity;
    StringEqual "string=?" 2 Kind::Identity;
    Not "not" 1 Kind::Identity;
    Cons "cons" 2 Kind::Cell;
    Car "car" 1 Kind::Cell;
    Cdr "cdr" 1 Kind::Cell;
    MakeBox "%make-box" 1 Kind::Cell;
    BoxSet "%box-set!" 2 Kind::Cell;
    Unbox "%unbox" 1 Kind::Cell;
    Input "%input" 1 Kind::Machine;
    Place "%place!" 1 Kind::Machine;
    Tick "%tick!" 1 Kind::Machine;
    Fail "%fail" 2 Kind::Machine;
}

impl Op {
    /// The row of this operation.
    pub fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// The operation with this Scheme name, if the table has it.
    pub fn named(name: &str) -> Option<Op> {
        ROWS.iter().find(|row| row.name == name).map(|row| row.op)
    }
}
