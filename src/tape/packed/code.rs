//! The instructions of packed programs: kinds, spaces and how lanes end.

/// What an instruction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    Evaluate,
    Set,
    Pull,
    Decide,
    Begin,
    Turn,
    Go,
    End,
    Return,
    Jump,
    Pop,
    Tile,
    Pivot,
    Swap,
}

impl Kind {
    /// Those of every program.
    pub const ALL: [Kind; 11] = [
        Kind::Evaluate,
        Kind::Set,
        Kind::Pull,
        Kind::Decide,
        Kind::Begin,
        Kind::Turn,
        Kind::Go,
        Kind::End,
        Kind::Return,
        Kind::Jump,
        Kind::Pop,
    ];
    /// The steps of whole operations.
    pub const STEPS: [Kind; 3] = [Kind::Tile, Kind::Pivot, Kind::Swap];
}

/// Where a number lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Space {
    /// What the block got.
    Frame,
    /// What it computes.
    Local,
    Input,
    /// The block's own constants.
    Constant,
    /// The frame of the next block.
    Next,
    /// Adjoints, of the frame first.
    Bar,
    /// The frame of the block that ran next, on the way back.
    Later,
    /// The program's value, then adjoints of inputs.
    Out,
}

impl Space {
    /// All of them.
    pub const ALL: [Space; 8] =
        [Space::Frame, Space::Local, Space::Input, Space::Constant, Space::Next, Space::Bar, Space::Later, Space::Out];
}

/// How a lane ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Ended {
    /// It has not.
    No,
    /// With its value.
    Done,
    /// With a value that is no Float and has no holes.
    Other,
    /// At a guard nobody has answered so.
    Stray,
    /// At a guard that refuses, where nobody has been.
    Refused,
    /// The program must be interpreted for it.
    Left,
}

impl Ended {
    /// All of them.
    pub const ALL: [Ended; 6] = [Ended::No, Ended::Done, Ended::Other, Ended::Stray, Ended::Refused, Ended::Left];
}

/// The operation of an instruction that copies.
pub const COPY: u32 = 255;
/// Where an instruction stands that pops.
pub const POP: u32 = 1;
/// Where an instruction stands that turns.
pub(super) const TURN: u32 = 2;
/// No target.
pub const NOWHERE: u32 = 0xffff;
/// The bit of a target that is an adjoint of an input.
pub const TO_OUT: u32 = 0x8000;
/// The bits that tell of a target that it is written for the first time.
pub const FIRST: [u32; 2] = [1 << 21, 1 << 22];
/// The bit of a tile's formula that says that x is negated first.
pub const NEGATED: u32 = 0x80;
/// The bit of a way on that says that the next block goes on in the same frame.
pub const GOES_ON: u32 = 1 << 12;

/// The first word of an instruction.
pub fn head(kind: Kind, op: u32, a: Space, b: Space, to: Space) -> u32 {
    op | (kind as u32) << 8 | (a as u32) << 12 | (b as u32) << 15 | (to as u32) << 18
}
