//! A lane: what one instance of a program holds between two instructions.

use crate::machine::fault::ErrorKind;
use crate::value::{Cell, PENDING, Real, SHARED, Tag, Value};

/// The machine's status words. A fault is [`FAULT`](status::FAULT) plus an [`ErrorKind`], with the operand at fault above bit 8.
pub mod status {
    /// The lane goes on.
    pub const RUNNING: u32 = 0;
    /// The lane's value is in the first stack slot.
    pub const DONE: u32 = 1;
    /// The heap is full: collect or grow, then go on.
    pub const NEEDS_HEAP: u32 = 2;
    /// The stack is full: grow, then go on.
    pub const NEEDS_STACK: u32 = 3;
    /// The tape is full: grow, then go on.
    pub const NEEDS_TAPE: u32 = 4;
    /// The program made as many heap objects as its budget allows twice: collect and count those that live.
    pub const NEEDS_COUNT: u32 = 5;
    /// The lane needs more than the device can bind beside the others: it runs again beside fewer.
    pub const PUT_OFF: u32 = 6;
    /// The program applied a procedure, and whoever records the lane asked to see it behind that instruction.
    pub const APPLIED: u32 = 7;
    /// `%fail` ran: its operands tell the kind and the operand at fault.
    pub const FAILED: u32 = 15;
    /// Faults start here.
    pub const FAULT: u32 = 16;
}

/// The status word of a fault; `operand` counts from 1, 0 is none.
pub const fn fault(kind: ErrorKind, operand: u32) -> u32 {
    (status::FAULT + kind as u32) | (operand << 8)
}

/// The registers of a lane that are not in its stack. In `state[field][lane]` order on a device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Registers<F: Real> {
    pub status: u32,
    /// The next instruction.
    pub pc: u32,
    /// First slot of the running frame.
    pub fp: u32,
    /// The argument counter.
    pub count: u32,
    /// The spreading list.
    pub list: Value<F>,
    /// Cells of the heap in use.
    pub heap: u32,
    /// Entries of the tape in use.
    pub tape: u32,
    /// Applications so far.
    pub steps: u32,
    /// Calls that wait.
    pub pending: u32,
    /// Objects that the program made: alive at the last count, and since.
    pub cells: u32,
    /// The application that an error belongs to.
    pub place: u32,
}

/// Least size of a stack: the frame of the code that starts a lane, which has no `Enter` to ask for room.
pub const FIRST_FRAME: usize = 4;

/// The registers of a lane in device memory, in order: `state[field][lane]`. `INPUTS` is the number of inputs.
pub const STATE_FIELDS: [&str; 13] = [
    "STATUS",
    "PC",
    "FP",
    "COUNT",
    "LIST_META",
    "LIST_PAYLOAD",
    "HEAP",
    "TAPE",
    "STEPS",
    "PENDING",
    "CELLS",
    "PLACE",
    "INPUTS",
];

impl Registers<f32> {
    /// The words of [`STATE_FIELDS`].
    pub fn words(&self, inputs: u32) -> [u32; STATE_FIELDS.len()] {
        let list = self.list;
        [
            self.status,
            self.pc,
            self.fp,
            self.count,
            list.meta,
            list.payload,
            self.heap,
            self.tape,
            self.steps,
            self.pending,
            self.cells,
            self.place,
            inputs,
        ]
    }

    /// The registers with these words.
    pub fn of_words(words: [u32; STATE_FIELDS.len()]) -> Self {
        let [status, pc, fp, count, meta, payload, heap, tape, steps, pending, cells, place, _] = words;
        let list = Value { meta, payload };
        Registers { status, pc, fp, count, list, heap, tape, steps, pending, cells, place }
    }
}

impl<F: Real> Registers<F> {
    /// A lane that starts at this instruction; the tape already holds its inputs.
    pub fn start(pc: u32, tape: u32) -> Self {
        Registers {
            status: status::RUNNING,
            pc,
            fp: 0,
            count: 0,
            list: Value::default(),
            heap: 0,
            tape,
            steps: 0,
            pending: 0,
            cells: 0,
            place: 0,
        }
    }

    /// The fault this status is, if it is one: the kind and the operand.
    pub fn fault(&self) -> Option<(ErrorKind, u32)> {
        let kind = (self.status & 0xff).checked_sub(status::FAULT)?;
        Some((*ErrorKind::ALL.get(kind as usize)?, self.status >> 8))
    }
}

/// A lane with its stack and heap; slots and cells beyond what is in use hold anything.
#[derive(Clone, Debug)]
pub struct Lane<F: Real> {
    pub registers: Registers<F>,
    pub stack: Vec<Value<F>>,
    pub heap: Vec<Cell<F>>,
}

impl<F: Real> Lane<F> {
    /// A lane that starts at this instruction, with room for so many values and cells.
    pub fn start(pc: u32, tape: u32, stack: usize, heap: usize) -> Self {
        Lane {
            registers: Registers::start(pc, tape),
            stack: vec![Value::default(); stack],
            heap: vec![Cell::default(); heap],
        }
    }

    /// The value of a lane that is done.
    pub fn value(&self) -> Value<F> {
        self.stack[0]
    }

    /// A heap cell of this lane or of the shared segment.
    pub fn cell(&self, shared: &[Cell<F>], address: u32) -> Cell<F> {
        if address & SHARED != 0 { shared[(address & !SHARED) as usize] } else { self.heap[address as usize] }
    }
}

/// The value a call leaves in its window: where to go on, how far below the caller's frame starts.
pub fn way_back<F: Real>(pc: u32, distance: u32, pending: bool) -> Value<F> {
    let flag = if pending { PENDING } else { 0 };
    Value { meta: Tag::Return as u32 | distance << 4 | flag, payload: F::word(pc) }
}

/// The distance of a [`way_back`].
pub fn distance(meta: u32) -> u32 {
    (meta & !PENDING) >> 4
}
