//! The operations: one table, one row each, from which every other part of evalgrad takes what it needs.
//!
//! In: an [`Op`] and operands of any number type. Out: values ([`real`], [`integer`](fn@integer)), truths ([`compare`], [`test`](fn@test)), adjoints
//! ([`pull`](fn@pull)), and what is known about each operation (its [`Row`]). What always holds: a formula is written once, over the
//! traits of [`num`], and serves f32, f64 and WGSL text alike; an operation without a declared adjoint does
//! not compile. Deliberately absent: tags, heap and status words, which belong to the machine; symbolic simplification.
//!
//! ```
//! use evalgrad::op::{Op, pull, real};
//! let value = real(Op::Mul, 3.0_f64, 4.0);
//! assert_eq!(value, 12.0);
//! assert_eq!(pull(Op::Mul, 3.0, 4.0, value, 1.0), (4.0, 3.0));
//! ```

pub mod elementary;
mod formula;
mod integer;
pub mod linear;
pub mod num;
mod pull;
mod scalar;

pub use formula::{compare, compare_integer, exact, floored, real, test, test_integer};
pub use integer::{DIVIDE_BY_ZERO, IS_INT, TAKE_FLOAT, integer};
pub use pull::{partner, pull, pull_beside, pull_cosine, pull_sine};

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
    /// A whole operation on vectors and matrices ([`linear`]), which a recorder has, and a host for numbers that are not taped; the
    /// library has the loops that it stands for.
    Whole,
    /// Speaks to the machine itself; names start with `%` and exist only in the bootstrap dialect.
    Machine,
}

/// What the adjoint of an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjoint {
    /// [`pull`] has a rule.
    Rule,
    /// [`pull`] sends 0, for this reason.
    ZeroAlmostEverywhere(&'static str),
    /// The result is no number that a gradient could reach.
    NotNumeric,
}

/// How far a result may be from the truth, in f32, where the language promises a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accuracy {
    /// The exact result, rounded once.
    Exact,
    /// At most this many units in the last place.
    Ulp(u32),
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The operation.
    pub op: Op,
    /// Scheme name; a leading `%` marks an operation that programs cannot name.
    pub name: &'static str,
    /// Operands: 1, 2, or 3 for `%put!`, which is an instruction of its own.
    pub arity: u8,
    /// What it does with the kinds of its operands.
    pub kind: Kind,
    /// What it is, in one line.
    pub doc: &'static str,
    /// What it sends back.
    pub adjoint: Adjoint,
    /// Bound on the error of the f32 instance.
    pub accuracy: Accuracy,
    /// Where the adjoint is a convention, and which; empty where there is no such place.
    pub kinks: &'static str,
    /// Operands away from kinks, for tests and documents; empty unless the operands are numbers. A unary one ignores the second.
    pub samples: &'static [(f64, f64)],
}

macro_rules! table {
    ($($op:ident $name:literal $arity:literal $kind:expr, $adjoint:expr, $accuracy:expr, kinks $kinks:literal,
       [$($sample:expr),*], $doc:literal;)*) => {
        /// An operation of the machine.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Op { $(#[doc = $doc] $op),* }
        /// The rows, indexed by `Op as usize`.
        pub static ROWS: &[Row] = {
            use Accuracy::{Exact, Ulp};
            use Adjoint::{NotNumeric, Rule, ZeroAlmostEverywhere};
            &[$(Row {
                op: Op::$op, name: $name, arity: $arity, kind: $kind, doc: $doc, adjoint: $adjoint,
                accuracy: $accuracy, kinks: $kinks, samples: &[$($sample),*],
            }),*]
        };
    };
}

table! {
    Add "+" 2 Kind::Arithmetic, Rule, Exact, kinks "", [(1.5, 2.25), (-3e4, 0.125)],
        "Sum.";
    Sub "-" 2 Kind::Arithmetic, Rule, Exact, kinks "", [(1.5, 2.25), (-3e4, 0.125)],
        "Difference.";
    Mul "*" 2 Kind::Arithmetic, Rule, Exact, kinks "", [(1.5, -2.25), (0.0, 3.0)],
        "Product.";
    Div "/" 2 Kind::Arithmetic, Rule, Exact, kinks "", [(1.5, -2.25), (0.0, 3.0), (7.0, 0.3)],
        "Quotient; of Ints an Int where it is exact.";
    Neg "%neg" 1 Kind::Arithmetic, Rule, Exact, kinks "", [(1.5, 0.0), (-2.0, 0.0)],
        "Negation.";
    Abs "abs" 1 Kind::Arithmetic, Rule, Exact, kinks "x = 0 sends 0", [(1.5, 0.0), (-2.5, 0.0)],
        "Absolute value.";
    Min "min" 2 Kind::Arithmetic, Rule, Exact, kinks "x = y sends half to each", [(1.5, 2.0), (3.0, -2.5)],
        "The lesser; a NaN wins.";
    Max "max" 2 Kind::Arithmetic, Rule, Exact, kinks "x = y sends half to each", [(1.5, 2.0), (3.0, -2.5)],
        "The greater; a NaN wins.";
    Quotient "quotient" 2 Kind::Arithmetic, ZeroAlmostEverywhere("an integer between its steps"), Exact, kinks "steps where y divides x", [(7.5, 2.0), (-7.5, 2.0)],
        "Quotient truncated to an integer.";
    Remainder "remainder" 2 Kind::Arithmetic, Rule, Exact, kinks "steps where y divides x; the slope of the piece is sent", [(7.5, 2.0), (-7.5, 2.0), (100.25, -0.75)],
        "Rest of the truncated quotient, sign of the dividend.";
    Modulo "modulo" 2 Kind::Arithmetic, Rule, Exact, kinks "steps where y divides x; the slope of the piece is sent", [(7.5, 2.0), (-7.5, 2.0), (100.25, -0.75)],
        "Rest of the floored quotient, sign of the divisor.";
    Square "square" 1 Kind::Arithmetic, Rule, Exact, kinks "", [(1.5, 0.0), (-3.0, 0.0), (0.0, 0.0)],
        "Square.";
    Expt "expt" 2 Kind::Arithmetic, Rule, Ulp(4), kinks "∂/∂y is 0 for x = 0 < y; ∂/∂x is 0 for y = 0", [(1.5, 2.5), (0.3, -4.0), (40.0, 7.25)],
        "Power; of Ints an Int where it fits.";
    Floor "floor" 1 Kind::Arithmetic, ZeroAlmostEverywhere("an integer between its steps"), Exact, kinks "steps at the integers", [(1.5, 0.0), (-2.25, 0.0)],
        "The greatest integer not above.";
    Ceiling "ceiling" 1 Kind::Arithmetic, ZeroAlmostEverywhere("an integer between its steps"), Exact, kinks "steps at the integers", [(1.5, 0.0), (-2.25, 0.0)],
        "The least integer not below.";
    Round "round" 1 Kind::Arithmetic, ZeroAlmostEverywhere("an integer between its steps"), Exact, kinks "steps halfway between integers", [(1.25, 0.0), (-2.75, 0.0)],
        "The nearest integer, the even one of two.";
    Truncate "truncate" 1 Kind::Arithmetic, ZeroAlmostEverywhere("an integer between its steps"), Exact, kinks "steps at the integers", [(1.5, 0.0), (-2.25, 0.0)],
        "The integer part.";
    Exact "exact" 1 Kind::NumberTest, ZeroAlmostEverywhere("an Int carries no gradient"), Exact, kinks "defined only at the integers", [(3.0, 0.0), (-2.0, 0.0)],
        "The equal Int; wrong-type where there is none.";
    Inexact "inexact" 1 Kind::Real, Rule, Exact, kinks "", [(3.0, 0.0), (-2.5, 0.0)],
        "The number as a Float.";
    Attach "%attach" 2 Kind::Real, Rule, Exact, kinks "everywhere: the value is the first number's, the adjoint goes to the second", [(1.5, 2.0)],
        "The first number, whose adjoint the second one gets.";
    Pow "pow" 2 Kind::Real, Rule, Ulp(4), kinks "∂/∂y is 0 for x = 0 < y; ∂/∂x is 0 for y = 0", [(1.5, 2.5), (0.3, -4.0), (40.0, 7.25)],
        "Power of Floats.";
    Sqrt "sqrt" 1 Kind::Real, Rule, Exact, kinks "", [(2.0, 0.0), (1e-4, 0.0)],
        "Square root.";
    Exp "exp" 1 Kind::Real, Rule, Ulp(4), kinks "", [(0.5, 0.0), (-20.0, 0.0), (30.0, 0.0)],
        "Exponential.";
    Log "log" 1 Kind::Real, Rule, Ulp(4), kinks "", [(2.0, 0.0), (0.003, 0.0), (1e6, 0.0)],
        "Natural logarithm.";
    LogBase "%log" 2 Kind::Real, Rule, Ulp(4), kinks "", [(3.0, 2.0), (0.3, 10.0), (20.0, 0.5)],
        "Logarithm of the first to the base of the second.";
    Sin "sin" 1 Kind::Real, Rule, Ulp(4), kinks "", [(0.5, 0.0), (-20.0, 0.0), (300.0, 0.0)],
        "Sine, radians.";
    Cos "cos" 1 Kind::Real, Rule, Ulp(4), kinks "", [(0.5, 0.0), (-20.0, 0.0), (300.0, 0.0)],
        "Cosine, radians.";
    Tan "tan" 1 Kind::Real, Rule, Ulp(4), kinks "", [(0.5, 0.0), (-20.0, 0.0), (2.0, 0.0)],
        "Tangent, radians.";
    Asin "asin" 1 Kind::Real, Rule, Ulp(4), kinks "", [(0.25, 0.0), (-0.75, 0.0)],
        "Inverse sine.";
    Acos "acos" 1 Kind::Real, Rule, Ulp(4), kinks "", [(0.25, 0.0), (-0.75, 0.0)],
        "Inverse cosine.";
    Atan "atan" 1 Kind::Real, Rule, Ulp(4), kinks "", [(0.25, 0.0), (-1.5, 0.0), (40.0, 0.0)],
        "Inverse tangent.";
    Atan2 "%atan" 2 Kind::Real, Rule, Ulp(4), kinks "", [(1.0, 2.0), (3.0, -0.5), (-2.0, -3.0)],
        "Angle of the point with the first operand up, the second across.";
    Sinh "sinh" 1 Kind::Real, Rule, Ulp(4), kinks "", [(0.5, 0.0), (-3.0, 0.0)],
        "Hyperbolic sine.";
    Cosh "cosh" 1 Kind::Real, Rule, Ulp(4), kinks "", [(0.5, 0.0), (-3.0, 0.0)],
        "Hyperbolic cosine.";
    Tanh "tanh" 1 Kind::Real, Rule, Ulp(4), kinks "", [(0.5, 0.0), (-1.5, 0.0)],
        "Hyperbolic tangent.";
    Sigmoid "sigmoid" 1 Kind::Real, Rule, Ulp(4), kinks "", [(0.5, 0.0), (-6.0, 0.0)],
        "Logistic function 1/(1+e^-x).";
    Erf "erf" 1 Kind::Real, Rule, Ulp(4), kinks "", [(0.5, 0.0), (-1.75, 0.0)],
        "Error function.";
    Lgamma "lgamma" 1 Kind::Real, Rule, Ulp(4), kinks "poles at 0 and the negative integers", [(0.3, 0.0), (2.5, 0.0), (12.0, 0.0), (-1.3, 0.0)],
        "Logarithm of the absolute value of the gamma function.";
    Equal "=" 2 Kind::Compare, NotNumeric, Exact, kinks "", [(1.5, 1.5), (1.5, 2.0)],
        "Are they equal?";
    Less "<" 2 Kind::Compare, NotNumeric, Exact, kinks "", [(1.5, 1.5), (1.5, 2.0)],
        "Is the first less?";
    Greater ">" 2 Kind::Compare, NotNumeric, Exact, kinks "", [(1.5, 1.5), (1.5, 2.0)],
        "Is the first greater?";
    LessEqual "<=" 2 Kind::Compare, NotNumeric, Exact, kinks "", [(1.5, 1.5), (1.5, 2.0)],
        "Is the first less or equal?";
    GreaterEqual ">=" 2 Kind::Compare, NotNumeric, Exact, kinks "", [(1.5, 1.5), (1.5, 2.0)],
        "Is the first greater or equal?";
    IsZero "zero?" 1 Kind::NumberTest, NotNumeric, Exact, kinks "", [(0.0, 0.0), (1.5, 0.0)],
        "Is it zero?";
    IsPositive "positive?" 1 Kind::NumberTest, NotNumeric, Exact, kinks "", [(0.0, 0.0), (1.5, 0.0)],
        "Is it above zero?";
    IsNegative "negative?" 1 Kind::NumberTest, NotNumeric, Exact, kinks "", [(0.0, 0.0), (-1.5, 0.0)],
        "Is it below zero?";
    IsEven "even?" 1 Kind::NumberTest, NotNumeric, Exact, kinks "", [(4.0, 0.0), (5.0, 0.0)],
        "Is it an even integer? wrong-type for what is no integer.";
    IsOdd "odd?" 1 Kind::NumberTest, NotNumeric, Exact, kinks "", [(4.0, 0.0), (5.0, 0.0)],
        "Is it an odd integer? wrong-type for what is no integer.";
    IsNan "nan?" 1 Kind::NumberTest, NotNumeric, Exact, kinks "", [(4.0, 0.0)],
        "Is it a NaN?";
    IsInteger "integer?" 1 Kind::NumberTest, NotNumeric, Exact, kinks "", [(4.0, 0.0), (4.5, 0.0)],
        "Is it an integer, of either kind?";
    IsRegular "%regular?" 1 Kind::NumberTest, NotNumeric, Exact, kinks "", [(4.0, 0.0), (-1e31, 0.0), (1e-31, 0.0)],
        "Is it so far from 0 and from infinity (2^-100 to 2^100 in size) that products of its size keep their digits?";
    IsNumber "number?" 1 Kind::TypeTest(0b1100), NotNumeric, Exact, kinks "", [],
        "Is it a number?";
    IsInt "%int?" 1 Kind::TypeTest(0b100), NotNumeric, Exact, kinks "", [],
        "Is it an Int?";
    IsNumeric "%numeric?" 1 Kind::TypeTest(0b10_0000_1100), NotNumeric, Exact, kinks "", [],
        "Is it a number, or a numeric vector or matrix?";
    IsNull "null?" 1 Kind::TypeTest(0b1), NotNumeric, Exact, kinks "", [],
        "Is it the empty list?";
    IsBoolean "boolean?" 1 Kind::TypeTest(0b10), NotNumeric, Exact, kinks "", [],
        "Is it a boolean?";
    IsChar "char?" 1 Kind::TypeTest(0b1_0000), NotNumeric, Exact, kinks "", [],
        "Is it a character?";
    IsSymbol "symbol?" 1 Kind::TypeTest(0b10_0000), NotNumeric, Exact, kinks "", [],
        "Is it a symbol?";
    IsPair "pair?" 1 Kind::TypeTest(0b100_0000), NotNumeric, Exact, kinks "", [],
        "Is it a pair?";
    IsString "string?" 1 Kind::TypeTest(0b1000_0000), NotNumeric, Exact, kinks "", [],
        "Is it a string?";
    IsProcedure "procedure?" 1 Kind::TypeTest(0b1_0000_0000), NotNumeric, Exact, kinks "", [],
        "Is it a procedure?";
    IsVector "%vector?" 1 Kind::TypeTest(0b10_0000_0000), NotNumeric, Exact, kinks "", [],
        "Is it a numeric vector or matrix?";
    EitherVector "%either-vector?" 2 Kind::Identity, NotNumeric, Exact, kinks "", [],
        "Is one of the two a numeric vector or matrix?";
    Eq "eq?" 2 Kind::Identity, NotNumeric, Exact, kinks "", [],
        "Are they the same: numbers by kind and value, pairs and closures by identity?";
    Eqv "eqv?" 2 Kind::Identity, NotNumeric, Exact, kinks "", [],
        "The same as eq?.";
    StringEqual "string=?" 2 Kind::Identity, NotNumeric, Exact, kinks "", [],
        "Have the strings the same characters?";
    Not "not" 1 Kind::Identity, NotNumeric, Exact, kinks "", [],
        "Is it #f?";
    Cons "cons" 2 Kind::Cell, NotNumeric, Exact, kinks "", [],
        "A new pair.";
    Car "car" 1 Kind::Cell, NotNumeric, Exact, kinks "", [],
        "First half of a pair.";
    Cdr "cdr" 1 Kind::Cell, NotNumeric, Exact, kinks "", [],
        "Second half of a pair.";
    MakeBox "%make-box" 1 Kind::Cell, NotNumeric, Exact, kinks "", [],
        "A new cell for a name whose value comes later.";
    BoxSet "%box-set!" 2 Kind::Cell, NotNumeric, Exact, kinks "", [],
        "Gives a cell its value, once.";
    Unbox "%unbox" 1 Kind::Cell, NotNumeric, Exact, kinks "", [],
        "The value of a cell; unbound while it has none.";
    MakeVector "%vector" 2 Kind::Cell, NotNumeric, Exact, kinks "", [],
        "A new matrix of so many rows and columns, or a vector of so many elements if there are 0 columns; each element must be put before anything else is made.";
    Element "%element" 2 Kind::Cell, NotNumeric, Exact, kinks "", [],
        "The element of this number, row by row; the caller knows that there is one.";
    Put "%put!" 3 Kind::Cell, NotNumeric, Exact, kinks "", [],
        "Gives the element of this number of a new vector its value, a Float; the vector again.";
    Rows "%rows" 1 Kind::Cell, NotNumeric, Exact, kinks "", [],
        "Rows of a matrix, elements of a vector.";
    Columns "%columns" 1 Kind::Cell, NotNumeric, Exact, kinks "", [],
        "Columns of a matrix, 0 of a vector.";
    Product "%matmul" 2 Kind::Whole, NotNumeric, Exact, kinks "", [],
        "matmul or matvec as one operation; #f of taped numbers where nothing records.";
    Inverse "%inverse" 1 Kind::Whole, NotNumeric, Exact, kinks "", [],
        "inv as one operation; #f of taped numbers where nothing records, or of a singular matrix.";
    Solution "%solution" 2 Kind::Whole, NotNumeric, Exact, kinks "", [],
        "solve as one operation; likewise.";
    Determinant "%determinant" 1 Kind::Whole, NotNumeric, Exact, kinks "", [],
        "det as one operation; likewise.";
    LogDeterminant "%log-determinant" 1 Kind::Whole, NotNumeric, Exact, kinks "", [],
        "logdet as one operation; likewise.";
    Part "%part" 1 Kind::Whole, NotNumeric, Exact, kinks "", [],
        "On a tape: a result of a whole operation.";
    Input "%input" 1 Kind::Machine, NotNumeric, Exact, kinks "", [],
        "The input of this number.";
    Place "%place!" 1 Kind::Machine, NotNumeric, Exact, kinks "", [],
        "Says where in the user's text the machine is.";
    Tick "%tick!" 1 Kind::Machine, NotNumeric, Exact, kinks "", [],
        "Counts one application against the budget.";
    Fail "%fail" 2 Kind::Machine, NotNumeric, Exact, kinks "", [],
        "Stops the instance with a status.";
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
