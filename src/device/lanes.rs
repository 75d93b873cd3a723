//! Lanes side by side on a device: their memory, slice after slice, service in between, and what they came to.

use rayon::prelude::*;

use crate::device::arena::{self, Arena, Dispatch};
use crate::device::{Buffer, DeviceError, Executor};
use crate::host;
use crate::machine::lane::{FIRST_FRAME, Lane, Registers, STATE_FIELDS, fault, status};
use crate::machine::work::{Answer, Arenas, LONGEST_TAPE, Work};
use crate::machine::{ErrorKind, Fault};
use crate::tape::Entry;
use crate::value::{Cell, Tag, Value};

/// Instructions of a lane's first slice when nothing else is asked for.
const FIRST_FUEL: u32 = 2048;
/// Bytes of the heaps of all lanes up to which they grow to be collected less often.
const ROOMY: usize = 32 << 20;
/// What a slice should take, in milliseconds.
const SLICE_MS: u128 = 30;

/// A lane of the work: its segment and its number there.
pub(super) type Place = (usize, usize);

/// What one lane came to: its answer, its gradient by every input (empty unless wanted), and its tape's length.
pub(super) type End = (Result<Answer<f32>, Box<Fault>>, Vec<f32>, usize);

/// What became of lanes that ran side by side.
pub(super) struct Done {
    /// By lane; `None` for one that was put off.
    pub(super) ends: Vec<Option<End>>,
    /// What those that were put off start with next time.
    pub(super) needed: Arenas,
}

/// One call of [`Executor::execute`].
pub(super) struct Run<'a> {
    executor: &'a Executor,
    work: &'a Work<'a>,
    code: Buffer,
    image: &'a host::Loaded<f32>,
    /// The most inputs of a program.
    inputs: usize,
    limits: Arenas,
}

/// The arenas of one dispatch.
struct Memory {
    stack: Arena,
    heap: Arena,
    tape: Arena,
    /// `[field][lane]`.
    state: Buffer,
}

impl<'a> Run<'a> {
    pub(super) fn new(executor: &'a Executor, work: &'a Work<'a>, code: Buffer, image: &'a host::Loaded<f32>) -> Self {
        let inputs = work.segments.iter().map(|segment| segment.columns.len()).max().unwrap_or(0);
        Run { executor, work, code, image, inputs, limits: Arenas::limits(&work.budgets, inputs) }
    }

    /// The most lanes whose arenas fit the device's bindings.
    pub(super) fn lanes_for(&self, arenas: &Arenas) -> usize {
        let limit = self.executor.context.limits().binding_bytes as usize;
        let per_lane = |size: usize, bytes: usize, fixed: usize| limit.saturating_sub(fixed * bytes) / (size * bytes);
        per_lane(arenas.stack, 8, self.image.constants.len())
            .min(per_lane(arenas.heap, 16, self.image.shared.len()))
            .min(per_lane(arenas.tape, 16, 0))
            .min(per_lane(self.inputs.max(STATE_FIELDS.len()), 4, 0))
            .max(1)
    }

    /// Runs lanes side by side, each to its end or until it is put off.
    pub(super) fn lanes(&self, places: &[Place], arenas: Arenas) -> Result<Done, DeviceError> {
        let context = &self.executor.context;
        let lanes = places.len();
        let segment = |lane: usize| &self.work.segments[places[lane].0];
        let most_inputs = (0..lanes).map(|lane| segment(lane).columns.len()).max().unwrap_or(0);
        let rows = if self.work.gradient { most_inputs + 1 } else { 0 };
        let arenas = Arenas {
            stack: arenas.stack.max(FIRST_FRAME),
            heap: arenas.heap.max(1),
            tape: arenas.tape.max(rows).max(1),
        };

        // What every lane starts with.
        let mut inputs = vec![0u32; most_inputs.max(1) * lanes];
        let mut state = vec![0u32; STATE_FIELDS.len() * lanes];
        for lane in 0..lanes {
            let columns = &segment(lane).columns;
            for (input, column) in columns.iter().enumerate() {
                inputs[input * lanes + lane] = column.at::<f32>(places[lane].1).to_bits();
            }
            let tape = if self.work.gradient { columns.len() as u32 + 1 } else { 0 };
            let registers = Registers::<f32>::start(segment(lane).start, tape);
            for (field, word) in registers.words(columns.len() as u32).into_iter().enumerate() {
                state[field * lanes + lane] = word;
            }
        }
        let stack = Arena::new(context, "stack", 8, self.image.constants.len(), lanes, arenas.stack)?;
        let heap = Arena::new(context, "heap", 16, self.image.shared.len(), lanes, arenas.heap)?;
        let tape = Arena::new(context, "tape", 16, 0, lanes, arenas.tape)?;
        let constants: Vec<[u32; 2]> = self.image.constants.iter().map(|value| words(*value)).collect();
        let shared: Vec<[u32; 4]> = self.image.shared.iter().map(cell_words).collect();
        context.write(stack.buffer(), 0, &constants)?;
        context.write(heap.buffer(), 0, &shared)?;
        if self.work.gradient {
            let mut entries = vec![[0u32; 4]; rows * lanes];
            for input in 0..most_inputs {
                for lane in 0..lanes {
                    let entry = Entry::input(f32::from_bits(inputs[input * lanes + lane]));
                    entries[(input + 1) * lanes + lane] = [entry.code, entry.a, entry.b, entry.value];
                }
            }
            context.write(tape.buffer(), 0, &entries)?;
        }
        let inputs = context.buffer_from("inputs", &inputs)?;
        let state = context.buffer_from("state", &state)?;
        let mut memory = Memory { stack, heap, tape, state };
        let mut needed = arenas;

        let dispatch = Dispatch::new(context, lanes)?;
        let kernel = self.executor.machine_kernel()?;
        let mut fuel = self.work.fuel.unwrap_or(FIRST_FUEL);
        loop {
            let budgets = &self.work.budgets;
            let parameters = [
                lanes as u32,
                dispatch.row(),
                self.image.constants.len() as u32,
                self.image.shared.len() as u32,
                memory.stack.size() as u32,
                memory.heap.size() as u32,
                memory.tape.size() as u32,
                fuel,
                u32::from(self.work.gradient),
                budgets.steps,
                budgets.stack,
                budgets.heap,
                budgets.tape.min(LONGEST_TAPE as u32),
            ];
            let Memory { stack, heap, tape, state } = &memory;
            let buffers =
                [&self.code, stack.buffer(), heap.buffer(), tape.buffer(), state, &inputs, dispatch.summary()];
            let slice = dispatch.run(context, kernel, &buffers, &parameters, 13)?;
            if slice.asking > 0 {
                self.serve(&mut memory, lanes, &mut needed)?;
            } else if slice.going == 0 {
                break;
            }
            if self.work.fuel.is_none() {
                let elapsed = slice.elapsed.as_millis();
                if elapsed < SLICE_MS / 2 {
                    fuel = fuel.saturating_mul(2).min(1 << 22);
                } else if elapsed > SLICE_MS * 2 {
                    fuel = (fuel / 2).max(64);
                }
            }
        }
        Ok(Done { ends: self.ends(places, &memory)?, needed })
    }

    /// Serves the lanes that ask. Those that need more than the device can bind for so many lanes are put off, and
    /// `needed` grows to what they need; a lane alone that needs more than that has the fault of its kind.
    fn serve(&self, memory: &mut Memory, lanes: usize, needed: &mut Arenas) -> Result<(), DeviceError> {
        let context = &self.executor.context;
        let mut words = arena::read::<u32>(context, &memory.state)?;
        // What each lane asked for, before it is served.
        let asked: Vec<u32> = words[..lanes].to_vec();
        let any = |what: &[u32]| asked.iter().any(|status| what.contains(status));
        let mut wanted = Arenas { stack: memory.stack.size(), heap: memory.heap.size(), tape: memory.tape.size() };
        let more_stack = any(&[status::NEEDS_STACK]) && host::grow(&mut wanted.stack, self.limits.stack);
        let more_tape = any(&[status::NEEDS_TAPE]) && host::grow(&mut wanted.tape, self.limits.tape);
        let mut growing = Vec::new();
        if any(&[status::NEEDS_HEAP, status::NEEDS_COUNT]) {
            growing = self.collect(memory, &mut words, lanes, &mut wanted)?;
        }

        // Each arena grows for all lanes, or the lanes that asked for it are put off, or a lane alone has its fault.
        let mut resolve =
            |arena: &mut Arena, size: usize, may: bool, askers: &[usize], kind: ErrorKind, put_off: &mut usize| {
                if askers.is_empty() && size <= arena.size() {
                    return Ok(());
                }
                let fits = may && self.fits(arena, size, lanes) && arena.grow(context, size)?;
                for &lane in askers {
                    words[lane] = if fits {
                        status::RUNNING
                    } else if may && lanes > 1 {
                        *put_off = (*put_off).max(size);
                        status::PUT_OFF
                    } else {
                        fault(kind, 0)
                    };
                }
                Ok::<(), DeviceError>(())
            };
        let askers = |what: u32| (0..lanes).filter(|&lane| asked[lane] == what).collect::<Vec<_>>();
        let Memory { stack, heap, tape, .. } = memory;
        resolve(stack, wanted.stack, more_stack, &askers(status::NEEDS_STACK), ErrorKind::Stack, &mut needed.stack)?;
        resolve(tape, wanted.tape, more_tape, &askers(status::NEEDS_TAPE), ErrorKind::Tape, &mut needed.tape)?;
        resolve(heap, wanted.heap, true, &growing, ErrorKind::Heap, &mut needed.heap)?;
        context.write(&memory.state, 0, &words)
    }

    /// Collects the heaps of the lanes that ask for it; gives those that can go on only in a larger heap.
    fn collect(
        &self,
        memory: &Memory,
        words: &mut [u32],
        lanes: usize,
        wanted: &mut Arenas,
    ) -> Result<Vec<usize>, DeviceError> {
        let context = &self.executor.context;
        let mut values = memory.stack.read_lanes(context)?;
        let mut cells = memory.heap.read_lanes(context)?;
        let size = memory.heap.size();
        let mut growing = Vec::new();
        for lane in 0..lanes {
            if ![status::NEEDS_HEAP, status::NEEDS_COUNT].contains(&words[lane]) {
                continue;
            }
            let mut one = lane_of(words, &values, &cells, lanes, lane);
            let served = host::serve(self.work.image, &self.work.budgets, &self.limits, &mut one);
            one.registers.status = if served { status::RUNNING } else { one.registers.status };
            if one.heap.len() > size {
                growing.push(lane);
                wanted.heap = wanted.heap.max(one.heap.len());
            }
            put_lane(&one, words, &mut values, &mut cells, lanes, lane);
        }
        memory.stack.write_lanes(context, &values)?;
        memory.heap.write_lanes(context, &cells)?;
        // A collection here costs a round trip: a small heap grows, within what the budget allows anyway.
        let doubled = (2 * size).min(self.work.budgets.heap as usize);
        if doubled * lanes * 16 <= ROOMY {
            wanted.heap = wanted.heap.max(doubled);
        }
        Ok(growing)
    }

    /// Can the device bind this arena with so many elements a lane?
    fn fits(&self, arena: &Arena, size: usize, lanes: usize) -> bool {
        arena.bytes(size, lanes) <= self.executor.context.limits().binding_bytes
    }

    /// Answers and gradients of lanes that have all ended or are put off, which have none.
    fn ends(&self, places: &[Place], memory: &Memory) -> Result<Vec<Option<End>>, DeviceError> {
        let Memory { stack, heap, tape, state } = memory;
        let context = &self.executor.context;
        let lanes = places.len();
        let words = arena::read::<u32>(context, state)?;
        let results = stack.read_rows::<[u32; 2]>(context, 1)?;
        let scalar = |lane: usize| {
            let tag = results[lane][0] & 15;
            words[lane] == status::DONE && [Tag::Float, Tag::Int, Tag::Bool].iter().any(|&scalar| scalar as u32 == tag)
        };
        let gradients = if self.work.gradient { self.gradients(places, &words, &results, tape)? } else { Vec::new() };
        let rest =
            if (0..lanes).all(scalar) { None } else { Some((stack.read_lanes(context)?, heap.read_lanes(context)?)) };
        let end = |lane: usize| {
            if words[lane] == status::PUT_OFF {
                return None;
            }
            let one = match &rest {
                Some((values, cells)) if !scalar(lane) => lane_of(&words, values, cells, lanes, lane),
                _ => Lane {
                    registers: registers_of(&words, lanes, lane),
                    stack: vec![value_of(results[lane])],
                    heap: Vec::new(),
                },
            };
            let answer = host::answer(self.work.image, &self.image.shared, &one, &self.work.budgets);
            let inputs = self.work.segments[places[lane].0].columns.len();
            let gradient = match gradients.is_empty() {
                true => vec![0.0; if self.work.gradient { inputs } else { 0 }],
                false => (0..inputs).map(|input| gradients[(input + 1) * lanes + lane]).collect(),
            };
            Some((answer, gradient, one.registers.tape as usize))
        };
        Ok((0..lanes).into_par_iter().map(end).collect())
    }

    /// Adjoints of the inputs, `[slot][lane]` with the inputs from row 1; empty if no lane has a taped value.
    fn gradients(
        &self,
        places: &[Place],
        words: &[u32],
        results: &[[u32; 2]],
        tape: &Arena,
    ) -> Result<Vec<f32>, DeviceError> {
        let context = &self.executor.context;
        let lanes = places.len();
        let inputs = |lane: usize| self.work.segments[places[lane].0].columns.len() as u32;
        let slot = |lane: usize| {
            let [meta, _] = results[lane];
            let taped = words[lane] == status::DONE && meta & 15 == Tag::Float as u32;
            if taped { meta >> 4 } else { 0 }
        };
        let cursor: Vec<u32> = (0..lanes).map(slot).collect();
        let first: Vec<u32> = (0..lanes).map(|lane| inputs(lane) + 1).collect();
        let Some(&highest) = cursor.iter().max().filter(|&&highest| highest > 0) else { return Ok(Vec::new()) };
        let rows = (highest + 1).max(first.iter().copied().max().unwrap_or(1)) as usize;
        let x_bar = Arena::new(context, "x_bar", 4, 0, lanes, rows)?;
        let cursor = context.buffer_from("cursor", &cursor)?;
        let first_buffer = context.buffer_from("first", &first)?;
        let dispatch = Dispatch::new(context, lanes)?;
        let kernel = self.executor.adjoint_kernel()?;
        let mut fuel = self.work.fuel.unwrap_or(FIRST_FUEL);
        let mut begins = 1;
        loop {
            let buffers = [tape.buffer(), x_bar.buffer(), &cursor, &first_buffer, dispatch.summary()];
            let slice =
                dispatch.run(context, kernel, &buffers, &[lanes as u32, dispatch.row(), fuel, 0, 0, begins], 3)?;
            begins = 0;
            if slice.going == 0 {
                break;
            }
            if self.work.fuel.is_none() && slice.elapsed.as_millis() < SLICE_MS / 2 {
                fuel = fuel.saturating_mul(2).min(1 << 22);
            }
        }
        let most = first.iter().copied().max().unwrap_or(1) as usize;
        x_bar.read_rows::<f32>(context, most)
    }
}

fn words(value: Value<f32>) -> [u32; 2] {
    [value.meta, value.payload]
}

fn value_of([meta, payload]: [u32; 2]) -> Value<f32> {
    Value { meta, payload }
}

fn cell_words(cell: &Cell<f32>) -> [u32; 4] {
    let [first, second] = cell.map(words);
    [first[0], first[1], second[0], second[1]]
}

fn registers_of(words: &[u32], lanes: usize, lane: usize) -> Registers<f32> {
    Registers::of_words(std::array::from_fn(|field| words[field * lanes + lane]))
}

/// One lane out of what was read back.
fn lane_of(state: &[u32], stack: &[u32], heap: &[u32], lanes: usize, lane: usize) -> Lane<f32> {
    let value = |slot: usize| {
        let at = (slot * lanes + lane) * 2;
        value_of([stack[at], stack[at + 1]])
    };
    let cell = |index: usize| {
        let at = (index * lanes + lane) * 4;
        [value_of([heap[at], heap[at + 1]]), value_of([heap[at + 2], heap[at + 3]])]
    };
    Lane {
        registers: registers_of(state, lanes, lane),
        stack: (0..stack.len() / (2 * lanes)).map(value).collect(),
        heap: (0..heap.len() / (4 * lanes)).map(cell).collect(),
    }
}

/// The lane back to where it came from; what has grown is cut off, for the arena grows afterwards.
fn put_lane(one: &Lane<f32>, state: &mut [u32], stack: &mut [u32], heap: &mut [u32], lanes: usize, lane: usize) {
    let inputs = state[(STATE_FIELDS.len() - 1) * lanes + lane];
    for (field, word) in one.registers.words(inputs).into_iter().enumerate() {
        state[field * lanes + lane] = word;
    }
    for (slot, value) in one.stack.iter().enumerate() {
        let at = (slot * lanes + lane) * 2;
        if let Some(place) = stack.get_mut(at..at + 2) {
            place.copy_from_slice(&words(*value));
        }
    }
    for (index, cell) in one.heap.iter().enumerate() {
        let at = (index * lanes + lane) * 4;
        if let Some(place) = heap.get_mut(at..at + 4) {
            place.copy_from_slice(&cell_words(cell));
        }
    }
}
