//! The instructions: four words each, fixed operand places, so that one fetch serves them all.
//!
//! A frame is a stretch of the lane's stack that starts at `fp`: `R0` holds the way back, `R1` the running closure,
//! `R2…` the arguments, then locals. A call's window lies at the top of the caller's frame and becomes the callee's frame.

use std::fmt;

use crate::op::{Op, ROWS};

/// First register of the arguments.
pub const ARGUMENTS: u32 = 2;
/// The running closure.
pub const CLOSURE: u32 = 1;
/// Bit of an operand that is a constant's index and no register.
pub const CONSTANT: u32 = 1 << 31;
/// `Instruction::c` bit of an operation that makes a heap object of the program's own.
pub const COUNTED_CELL: u32 = 1 << 8;
/// `Instruction::c` bit of a `%place!`: the operands of the application are hidden from what is called next.
pub const HIDES_OPERANDS: u32 = 1 << 9;
/// Flag of `Call`: counts as a pending call.
pub const CALL_PENDING: u32 = 1;
/// Flag of `Call` and `Tail`: the error place becomes this instruction.
pub const CALL_SETS_PLACE: u32 = 2;
/// Flag of `Call` and `Tail`: `c` is the callee's first instruction; no closure is looked at.
pub const CALL_KNOWN: u32 = 4;
/// Flag of `Call` and `Tail`: the number of arguments is the argument counter, not `b`.
pub const CALL_SPREAD: u32 = 8;
/// Flag of `Enter`: counts one step.
pub const ENTER_COUNTS: u32 = 1;
/// Flag of `Enter`: more arguments than `b` are welcome; a nil is put above the last.
pub const ENTER_REST: u32 = 2;

macro_rules! opcodes {
    ($($(#[$doc:meta])* $name:ident)*) => {
        /// What an instruction does. `R[x]` is a register, `V(x)` a register or constant.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u32)]
        pub enum Opcode { $($(#[$doc])* $name),* }
        impl Opcode {
            /// Every opcode, in numeric order.
            pub const ALL: &[Opcode] = &[$(Opcode::$name),*];
            /// The name as the kernel's constants spell it: `OPCODE_` and this.
            pub fn name(self) -> &'static str {
                match self { $(Opcode::$name => stringify!($name)),* }
            }
        }
    };
}

opcodes! {
    /// The lane is done; its value is `V(a)`.
    Halt
    /// `R[dst] = V(a)`.
    Move
    /// `R[dst] = op(V(a), V(b))`, the operation of the table numbered `c`; one-operand operations have `b = a`.
    Operate
    /// As `Operate` with the operation numbered by the Int in `R[c]`; what it makes is the program's own.
    Dynamic
    /// Go on at `c`.
    Jump
    /// Go on at `c` if `V(a)` is `#f`.
    Branch
    /// Go on at `c + min(symbol V(a) − b, dst)`, or at `c + dst` if `V(a)` is no symbol; `dst` jumps and a default stand at `c`.
    Switch
    /// Window at `R[dst]`: callee in `R[dst+1]`, `b` arguments after it; flags in `a`. Its value arrives in `R[dst]`.
    Call
    /// The callee is in `R1`, `b` arguments from `R2`; flags in `a`; this frame becomes the callee's.
    Tail
    /// `V(a)` is the value of this call; `b` is `R0`.
    Return
    /// First instruction of every body: `b` parameters, `c` registers; flags in `a`.
    Enter
    /// After an `Enter` with rest: conses the arguments above the `b`-th into a list, one a step.
    Rest
    /// The spreading list becomes `V(a)` and the argument counter 0.
    List
    /// `R[dst + counter]` = next element of the spreading list, one a step, until it is empty.
    Spread
    /// Makes sure that `b` heap cells are free and that the program may make `dst` objects.
    Reserve
    /// `R[dst]` = a closure of `b` cells whose code starts at `c` and whose first captured value is `V(a)`.
    Closure
    /// Cell `dst` of the closure in `R[c]` becomes `V(a)`, `V(b)`.
    Fill
    /// Element `V(a)` of the vector in `R[c]` becomes `V(b)`; `R[dst]` = the vector.
    Put
    /// `R[dst]` = captured value number `c` of the running closure, `R1` (operand `a`).
    Captured
    /// `R[dst]` = the error place, as an Int.
    SavePlace
}

/// One instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    pub opcode: Opcode,
    /// 24 bits.
    pub dst: u32,
    pub a: u32,
    pub b: u32,
    pub c: u32,
}

impl Instruction {
    /// An instruction with all its words.
    pub fn new(opcode: Opcode, dst: u32, a: u32, b: u32, c: u32) -> Self {
        Instruction { opcode, dst, a, b, c }
    }

    /// The four words that the kernel reads: `opcode | dst << 8`, `a`, `b`, `c`.
    pub fn words(self) -> [u32; 4] {
        [self.opcode as u32 | self.dst << 8, self.a, self.b, self.c]
    }

    /// The operation of an `Operate`.
    pub fn operation(self) -> Option<Op> {
        (self.opcode == Opcode::Operate).then(|| ROWS[(self.c & 0xff) as usize].op)
    }

    /// The operands that are read as `V(…)`: which of `a` and `b`.
    pub fn operands(self) -> (bool, bool) {
        match self.opcode {
            Opcode::Operate | Opcode::Dynamic | Opcode::Fill | Opcode::Put | Opcode::Return => (true, true),
            Opcode::Halt
            | Opcode::Move
            | Opcode::Branch
            | Opcode::Switch
            | Opcode::List
            | Opcode::Closure
            | Opcode::Captured => (true, false),
            Opcode::Jump
            | Opcode::Call
            | Opcode::Tail
            | Opcode::Enter
            | Opcode::Rest
            | Opcode::Spread
            | Opcode::Reserve
            | Opcode::SavePlace => (false, false),
        }
    }

    /// The register this instruction writes when it completes, if that is a fixed one.
    pub fn result(self) -> Option<u32> {
        match self.opcode {
            Opcode::Move
            | Opcode::Operate
            | Opcode::Dynamic
            | Opcode::Closure
            | Opcode::Put
            | Opcode::Captured
            | Opcode::SavePlace
            | Opcode::Call => Some(self.dst),
            _ => None,
        }
    }
}

/// An operand for reading: `R3` or `#12`.
fn operand(word: u32) -> String {
    if word & CONSTANT != 0 { format!("#{}", word & !CONSTANT) } else { format!("R{word}") }
}

impl fmt::Display for Instruction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Instruction { opcode, dst, a, b, c } = *self;
        match opcode {
            Opcode::Halt => write!(f, "halt {}", operand(a)),
            Opcode::Move => write!(f, "R{dst} = {}", operand(a)),
            Opcode::Operate => {
                let row = &ROWS[(c & 0xff) as usize];
                write!(f, "R{dst} = {} {}", row.name, operand(a))?;
                if row.arity == 2 { write!(f, " {}", operand(b)) } else { Ok(()) }
            }
            Opcode::Dynamic => write!(f, "R{dst} = (R{c}) {} {}", operand(a), operand(b)),
            Opcode::Jump => write!(f, "jump @{c}"),
            Opcode::Branch => write!(f, "unless {} jump @{c}", operand(a)),
            Opcode::Switch => write!(f, "switch {} from symbol {b}, {dst} arms at @{c}", operand(a)),
            Opcode::Call | Opcode::Tail => {
                let arguments = if a & CALL_SPREAD != 0 { "spread".to_owned() } else { format!("{b} arguments") };
                let callee = if a & CALL_KNOWN != 0 { format!(" @{c}") } else { String::new() };
                match opcode {
                    Opcode::Call => write!(f, "R{dst} = call{callee}, {arguments}"),
                    _ => write!(f, "tail{callee}, {arguments}"),
                }
            }
            Opcode::Return => write!(f, "return {}", operand(a)),
            Opcode::Enter => {
                let rest = if a & ENTER_REST != 0 { " and a rest" } else { "" };
                write!(f, "enter {b} parameters{rest}, {c} registers")
            }
            Opcode::Rest => write!(f, "rest above {b}"),
            Opcode::List => write!(f, "list {}", operand(a)),
            Opcode::Spread => write!(f, "spread to R{dst}"),
            Opcode::Reserve => write!(f, "reserve {b} cells, {dst} objects"),
            Opcode::Closure => write!(f, "R{dst} = closure @{c} of {b} cells, {}", operand(a)),
            Opcode::Fill => write!(f, "R{c}[{dst}] = {}, {}", operand(a), operand(b)),
            Opcode::Put => write!(f, "R{dst} = R{c} with element {} = {}", operand(a), operand(b)),
            Opcode::Captured => write!(f, "R{dst} = captured {c}"),
            Opcode::SavePlace => write!(f, "R{dst} = place"),
        }
    }
}
