//! The host's machine: what the instructions mean. `shaders/machine.wgsl` is its twin, arm by arm.

use crate::host::{Stop, Trace};
use crate::machine::code::{
    ARGUMENTS, CALL_KNOWN, CALL_PENDING, CALL_SETS_PLACE, CALL_SPREAD, CLOSURE, CONSTANT, COUNTED_CELL, ENTER_COUNTS,
    ENTER_REST, Instruction, Opcode,
};
use crate::machine::lane::{Lane, distance, fault, status, way_back};
use crate::machine::{Budgets, ErrorKind, Image, Word};
use crate::op::ROWS;
use crate::value::{COUNTED, Cell, PENDING, Real, Tag, Value};

/// An image rounded to a precision.
#[derive(Clone, Debug)]
pub struct Loaded<F: Real> {
    pub code: Vec<Instruction>,
    pub constants: Vec<Value<F>>,
    pub shared: Vec<Cell<F>>,
}

impl<F: Real> Loaded<F> {
    /// The image in this precision.
    pub fn new(image: &Image) -> Self {
        Loaded {
            code: image.code.clone(),
            constants: image.constants.iter().map(|word| word.value()).collect(),
            shared: image.shared.iter().map(|cell| cell.map(Word::value)).collect(),
        }
    }
}

/// What stays the same while a lane runs.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a, F: Real> {
    pub image: &'a Loaded<F>,
    /// The lane's inputs, in order.
    pub inputs: &'a [F],
    pub budgets: Budgets,
    /// Is the tape written?
    pub record: bool,
    /// Most entries the tape may hold before the lane asks for more.
    pub tape: usize,
    /// Where to stop although nothing is wrong yet.
    pub stop: Stop,
}

/// Runs a lane for at most `fuel` instructions and gives their number; the lane's status tells why it stopped (running:
/// the fuel is spent).
pub fn run<F: Real, T: Trace<F>>(setting: &Setting<'_, F>, lane: &mut Lane<F>, trace: &mut T, fuel: u64) -> u64 {
    let mut machine = Machine { setting, lane, trace };
    for done in 0..fuel {
        if machine.lane.registers.status != status::RUNNING {
            return done;
        }
        if let Err(stop) = machine.step() {
            machine.lane.registers.status = stop;
            return done;
        }
    }
    fuel
}

/// A lane at work. `Err` is the status word to stop with; the instruction has then changed nothing.
pub(super) struct Machine<'a, F: Real, T> {
    pub(super) setting: &'a Setting<'a, F>,
    pub(super) lane: &'a mut Lane<F>,
    pub(super) trace: &'a mut T,
}

impl<F: Real, T: Trace<F>> Machine<'_, F, T> {
    #[inline(always)]
    fn fetch(&self, word: u32) -> Value<F> {
        if word & CONSTANT != 0 {
            self.setting.image.constants[(word & !CONSTANT) as usize]
        } else {
            self.lane.stack[(self.lane.registers.fp + word) as usize]
        }
    }

    #[inline(always)]
    fn store(&mut self, register: u32, value: Value<F>) {
        self.lane.stack[(self.lane.registers.fp + register) as usize] = value;
    }

    #[inline(always)]
    fn step(&mut self) -> Result<(), u32> {
        let pc = self.lane.registers.pc;
        let Instruction { opcode, dst, a, b, c } = self.setting.image.code[pc as usize];
        let mut next = pc + 1;
        match opcode {
            Opcode::Operate => {
                let value = self.operate(ROWS[(c & 0xff) as usize].op, c, self.fetch(a), self.fetch(b))?;
                self.store(dst, value);
            }
            Opcode::Dynamic => {
                let which = self.fetch(c).word() & 0xff;
                let value = self.operate(ROWS[which as usize].op, COUNTED_CELL, self.fetch(a), self.fetch(b))?;
                self.store(dst, value);
            }
            Opcode::Move => self.store(dst, self.fetch(a)),
            Opcode::Jump => next = c,
            Opcode::Branch => {
                if self.fetch(a).is_false() {
                    next = c;
                }
            }
            Opcode::Switch => {
                let subject = self.fetch(a);
                let arm = if subject.is(Tag::Symbol) { subject.word().wrapping_sub(b).min(dst) } else { dst };
                next = c + arm;
            }
            Opcode::Call => next = self.call(pc, dst, a, b, c)?,
            Opcode::Tail => next = self.tail(pc, a, b, c)?,
            Opcode::Return => {
                let back = self.fetch(0);
                self.store(0, self.fetch(a));
                let registers = &mut self.lane.registers;
                registers.fp -= distance(back.meta);
                registers.pending -= u32::from(back.meta & PENDING != 0);
                self.trace.returned(registers.pending);
                next = back.word();
            }
            Opcode::Enter => self.enter(a, b, c)?,
            Opcode::Rest => {
                let count = self.lane.registers.count;
                if count > b {
                    let last = ARGUMENTS + count - 1;
                    let list = self.cons(self.fetch(last), self.fetch(last + 1), 0)?;
                    self.store(last, list);
                    self.lane.registers.count = count - 1;
                    next = pc;
                }
            }
            Opcode::List => {
                self.lane.registers.list = self.fetch(a);
                self.lane.registers.count = 0;
            }
            Opcode::Spread => {
                let list = self.lane.registers.list;
                if list.is(Tag::Pair) {
                    let register = dst + self.lane.registers.count;
                    self.room(register + 1)?;
                    let [first, rest] = self.lane.cell(&self.setting.image.shared, list.word());
                    self.store(register, first);
                    self.lane.registers.list = rest;
                    self.lane.registers.count += 1;
                    next = pc;
                } else if !list.is(Tag::Nil) {
                    return Err(fault(ErrorKind::WrongType, 0));
                }
            }
            Opcode::Reserve => self.cells(b, dst)?,
            Opcode::Closure => {
                let address = self.lane.registers.heap;
                self.lane.heap[address as usize] = [Value::tagged(Tag::Int, c), self.fetch(a)];
                self.lane.registers.heap += b;
                self.lane.registers.cells += 1;
                self.trace.made(1);
                let meta = Tag::Closure as u32 | COUNTED;
                self.store(dst, Value { meta, payload: F::word(address) });
            }
            Opcode::Fill => {
                let address = self.fetch(c).word() + dst;
                self.lane.heap[address as usize] = [self.fetch(a), self.fetch(b)];
            }
            Opcode::Put => {
                let vector = self.fetch(c);
                let address = vector.word() + 1 + self.fetch(a).word();
                self.lane.heap[address as usize] = [self.fetch(b), Value::default()];
                self.store(dst, vector);
            }
            Opcode::Captured => {
                let address = self.fetch(CLOSURE).word() + c.div_ceil(2);
                let cell = self.lane.cell(&self.setting.image.shared, address);
                self.store(dst, cell[((c + 1) & 1) as usize]);
            }
            Opcode::SavePlace => self.store(dst, Value::tagged(Tag::Int, self.lane.registers.place)),
            Opcode::Halt => {
                let value = self.fetch(a);
                self.lane.stack[0] = value;
                self.lane.registers.status = status::DONE;
                return Ok(());
            }
        }
        self.lane.registers.pc = next;
        Ok(())
    }

    fn call(&mut self, pc: u32, window: u32, flags: u32, arguments: u32, entry: u32) -> Result<u32, u32> {
        let next = self.callee(flags, self.lane.registers.fp + window + CLOSURE, entry)?;
        let pending = flags & CALL_PENDING != 0;
        if pending && self.lane.registers.pending >= self.setting.budgets.stack {
            return Err(fault(ErrorKind::Stack, 0));
        }
        self.store(window, way_back(pc + 1, window, pending));
        let registers = &mut self.lane.registers;
        registers.pending += u32::from(pending);
        registers.fp += window;
        self.pass(pc, flags, arguments);
        Ok(next)
    }

    fn tail(&mut self, pc: u32, flags: u32, arguments: u32, entry: u32) -> Result<u32, u32> {
        let next = self.callee(flags, self.lane.registers.fp + CLOSURE, entry)?;
        self.pass(pc, flags, arguments);
        Ok(next)
    }

    /// Where the callee starts.
    fn callee(&self, flags: u32, slot: u32, entry: u32) -> Result<u32, u32> {
        if flags & CALL_KNOWN != 0 {
            return Ok(entry);
        }
        let closure = self.lane.stack[slot as usize];
        if !closure.is(Tag::Closure) {
            return Err(fault(ErrorKind::NotProcedure, 0));
        }
        Ok(self.lane.cell(&self.setting.image.shared, closure.word())[0].word())
    }

    fn pass(&mut self, pc: u32, flags: u32, arguments: u32) {
        let registers = &mut self.lane.registers;
        if flags & CALL_SPREAD == 0 {
            registers.count = arguments;
        }
        if flags & CALL_SETS_PLACE != 0 {
            registers.place = pc;
        }
    }

    fn enter(&mut self, flags: u32, params: u32, size: u32) -> Result<(), u32> {
        let count = self.lane.registers.count;
        let rest = flags & ENTER_REST != 0;
        if count < params || count > params && !rest {
            return Err(fault(ErrorKind::Arity, 0));
        }
        self.room(size.max(ARGUMENTS + count + 1))?;
        if flags & ENTER_COUNTS != 0 {
            self.count_step()?;
        }
        if rest {
            self.store(ARGUMENTS + count, Value::default());
        }
        Ok(())
    }

    /// One more application: the last thing of an instruction that can fail.
    pub(super) fn count_step(&mut self) -> Result<(), u32> {
        if self.lane.registers.steps >= self.setting.budgets.steps {
            return Err(fault(ErrorKind::Steps, 0));
        }
        self.lane.registers.steps += 1;
        if self.trace.applied() {
            self.lane.registers.status = status::APPLIED;
        }
        Ok(())
    }

    /// Is there a frame of this size?
    fn room(&self, registers: u32) -> Result<(), u32> {
        let end = self.lane.registers.fp as usize + registers as usize;
        if end > self.lane.stack.len() { Err(status::NEEDS_STACK) } else { Ok(()) }
    }

    /// Are there so many free cells, and may the program make so many objects of its own?
    fn cells(&self, cells: u32, objects: u32) -> Result<(), u32> {
        if objects > 0 && (self.lane.registers.cells + objects - 1) / 2 >= self.setting.budgets.heap {
            return Err(status::NEEDS_COUNT);
        }
        let end = self.lane.registers.heap as usize + cells as usize;
        if end > self.lane.heap.len() { Err(status::NEEDS_HEAP) } else { Ok(()) }
    }

    /// A new pair; `counted`: [`COUNTED`] if it is the program's own, else 0.
    pub(super) fn cons(&mut self, car: Value<F>, cdr: Value<F>, counted: u32) -> Result<Value<F>, u32> {
        self.object(Tag::Pair, [car, cdr], counted)
    }

    /// A new object of one cell.
    pub(super) fn object(&mut self, tag: Tag, cell: Cell<F>, counted: u32) -> Result<Value<F>, u32> {
        self.stretch(tag, cell, 1, counted)
    }

    /// A new object of so many cells, of which the first is this one.
    pub(super) fn stretch(&mut self, tag: Tag, cell: Cell<F>, cells: u32, counted: u32) -> Result<Value<F>, u32> {
        let objects = if counted != 0 { cells } else { 0 };
        self.cells(cells, objects)?;
        let address = self.lane.registers.heap;
        self.lane.heap[address as usize] = cell;
        self.lane.registers.heap = address + cells;
        self.lane.registers.cells += objects;
        self.trace.made(objects);
        Ok(Value { meta: tag as u32 | counted, payload: F::word(address) })
    }
}
