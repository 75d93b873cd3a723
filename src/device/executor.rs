//! The device executor: the machine and the adjoint as kernels, in slices, over as many lanes as memory allows.
//!
//! In: a [`machine::work::Work`](crate::machine::work::Work). Out: what the host executor gives, bit for bit on an IEEE
//! device. A lane that asks for room is served between two slices; a dispatch whose arenas outgrow a binding is cut in
//! two and run again.

use std::sync::OnceLock;

use rayon::prelude::*;

use crate::device::arena::{Arena, Dispatch};
use crate::device::{Binding, Buffer, Context, DeviceError, Exactness, Kernel, Selection};
use crate::host;
use crate::machine::lane::{FIRST_FRAME, Lane, Registers, STATE_FIELDS, fault, status};
use crate::machine::liveness::Liveness;
use crate::machine::work::{Answer, Arenas, Ended, Work};
use crate::machine::{ErrorKind, Fault};
use crate::tape::Entry;
use crate::value::{Cell, Tag, Value};
use crate::wgsl;

/// What a lane starts with when nothing else is asked for.
const ARENAS: Arenas = Arenas { stack: 64, heap: 64, tape: 32 };
/// Instructions of a lane's first slice when nothing else is asked for.
const FIRST_FUEL: u32 = 2048;
/// Bytes of the heaps of all lanes up to which they grow to be collected less often.
const ROOMY: usize = 32 << 20;
/// What a slice should take, in milliseconds.
const SLICE_MS: u128 = 30;

/// A device that runs lanes.
pub struct Executor {
    context: Context,
    machine: Kernel,
    adjoint: OnceLock<Kernel>,
}

/// A lane of the work: its segment and its number there.
type Place = (usize, usize);

/// What one lane came to, and its gradient by every input.
type End = (Result<Answer<f32>, Box<Fault>>, Vec<f32>, usize);

impl Executor {
    /// Opens a device and makes the machine's kernel.
    ///
    /// # Errors
    /// No such device, or one that refuses the kernel.
    pub fn open(selection: &Selection) -> Result<Executor, DeviceError> {
        Executor::on(Context::open(selection)?)
    }

    /// The executor on an open device.
    ///
    /// # Errors
    /// The device refuses the kernel.
    pub fn on(context: Context) -> Result<Executor, DeviceError> {
        let text = wgsl::machine(context.exactness() == Exactness::Barrier);
        let bindings = [
            Binding::ReadOnly,
            Binding::ReadWrite,
            Binding::ReadWrite,
            Binding::ReadWrite,
            Binding::ReadWrite,
            Binding::ReadOnly,
            Binding::ReadWrite,
            Binding::Uniform,
        ];
        let machine = context.kernel("machine", &text, "machine", &bindings)?;
        Ok(Executor { context, machine, adjoint: OnceLock::new() })
    }

    /// The adapter's name.
    pub fn name(&self) -> &str {
        &self.context.adapter().name
    }

    /// The open device.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Runs every lane of a work.
    ///
    /// # Errors
    /// The device failed; nothing it left behind is used.
    pub fn execute(&self, work: &Work<'_>) -> Result<Vec<Ended<f32>>, DeviceError> {
        let code: Vec<[u32; 4]> = work.image.code.iter().map(|instruction| instruction.words()).collect();
        let image = host::Loaded::<f32>::new(work.image);
        let run = Run {
            executor: self,
            work,
            code: self.context.buffer_from("code", &code)?,
            image: &image,
            limits: Arenas::limits(&work.budgets, 0),
        };
        let places: Vec<Place> = work
            .segments
            .iter()
            .enumerate()
            .flat_map(|(segment, lanes)| (0..lanes.lanes).map(move |lane| (segment, lane)))
            .collect();
        let mut ended: Vec<Ended<f32>> =
            work.segments.iter().map(|segment| Ended::empty(segment, work.gradient)).collect();
        let arenas = work.arenas.unwrap_or(ARENAS);
        // Lanes are cut up from the end of this stack of ranges; answers arrive in order.
        let mut waiting = vec![(0..places.len(), arenas)];
        while let Some((range, arenas)) = waiting.pop() {
            if range.is_empty() {
                continue;
            }
            let most = run.lanes_for(&arenas);
            if range.len() > most {
                waiting.push((range.start + most..range.end, arenas));
                waiting.push((range.start..range.start + most, arenas));
                continue;
            }
            match run.lanes(&places[range.clone()], arenas)? {
                Outcome::Ended(ends) => {
                    for (&(segment, lane), (answer, gradient, tape)) in places[range].iter().zip(ends) {
                        let ended = &mut ended[segment];
                        ended.answers.push(answer);
                        ended.tape = ended.tape.max(tape);
                        let stride = if work.gradient { gradient.len() } else { 0 };
                        ended.gradients[lane * stride..(lane + 1) * stride].copy_from_slice(&gradient[..stride]);
                    }
                }
                Outcome::TooLarge(arenas) => {
                    let middle = range.start + range.len() / 2;
                    waiting.push((middle..range.end, arenas));
                    waiting.push((range.start..middle, arenas));
                }
            }
        }
        Ok(ended)
    }

    /// The adjoint's kernel, made when it is first wanted.
    fn adjoint_kernel(&self) -> Result<&Kernel, DeviceError> {
        if let Some(kernel) = self.adjoint.get() {
            return Ok(kernel);
        }
        let text = wgsl::adjoint(self.context.exactness() == Exactness::Barrier);
        let bindings = [
            Binding::ReadOnly,
            Binding::ReadWrite,
            Binding::ReadWrite,
            Binding::ReadOnly,
            Binding::ReadWrite,
            Binding::Uniform,
        ];
        let kernel = self.context.kernel("adjoint", &text, "adjoint", &bindings)?;
        Ok(self.adjoint.get_or_init(|| kernel))
    }
}

/// What became of the lanes of one dispatch.
enum Outcome {
    Ended(Vec<End>),
    /// An arena outgrew a binding; these sizes are needed.
    TooLarge(Arenas),
}

/// One call of [`Executor::execute`].
struct Run<'a> {
    executor: &'a Executor,
    work: &'a Work<'a>,
    code: Buffer,
    image: &'a host::Loaded<f32>,
    limits: Arenas,
}

impl Run<'_> {
    /// The most lanes whose arenas fit the device's bindings.
    fn lanes_for(&self, arenas: &Arenas) -> usize {
        let limit = self.executor.context.limits().binding_bytes as usize;
        let per_lane = |size: usize, bytes: usize, fixed: usize| limit.saturating_sub(fixed * bytes) / (size * bytes);
        per_lane(arenas.stack, 8, self.image.constants.len())
            .min(per_lane(arenas.heap, 16, self.image.shared.len()))
            .min(per_lane(arenas.tape, 16, 0))
            .max(1)
    }

    fn lanes(&self, places: &[Place], arenas: Arenas) -> Result<Outcome, DeviceError> {
        let context = &self.executor.context;
        let lanes = places.len();
        let segment = |lane: usize| &self.work.segments[places[lane].0];
        let most_inputs = (0..lanes).map(|lane| segment(lane).columns.len()).max().unwrap_or(0);
        let rows = if self.work.gradient { most_inputs + 1 } else { 0 };
        let arenas = Arenas { stack: arenas.stack.max(FIRST_FRAME), heap: arenas.heap.max(1), tape: arenas.tape.max(rows).max(1) };

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
        let mut stack = Arena::new(context, "stack", 8, self.image.constants.len(), lanes, arenas.stack)?;
        let mut heap = Arena::new(context, "heap", 16, self.image.shared.len(), lanes, arenas.heap)?;
        let mut tape = Arena::new(context, "tape", 16, 0, lanes, arenas.tape)?;
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
        let state_buffer = context.buffer_from("state", &state)?;

        let dispatch = Dispatch::new(context, lanes)?;
        let mut fuel = self.work.fuel.unwrap_or(FIRST_FUEL);
        let mut liveness = Liveness::default();
        loop {
            let budgets = &self.work.budgets;
            let parameters = [
                lanes as u32,
                dispatch.row(),
                self.image.constants.len() as u32,
                self.image.shared.len() as u32,
                stack.size() as u32,
                heap.size() as u32,
                tape.size() as u32,
                fuel,
                u32::from(self.work.gradient),
                budgets.steps,
                budgets.stack,
                budgets.heap,
                budgets.tape,
            ];
            let buffers =
                [&self.code, stack.buffer(), heap.buffer(), tape.buffer(), &state_buffer, &inputs, dispatch.summary()];
            let slice = dispatch.run(context, &self.executor.machine, &buffers, &parameters, 13)?;
            if slice.asking > 0 {
                if let Some(needed) = self.serve(&mut stack, &mut heap, &mut tape, &state_buffer, lanes, &mut liveness)? {
                    return Ok(Outcome::TooLarge(needed));
                }
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
        self.ends(places, &stack, &heap, &tape, &state_buffer).map(Outcome::Ended)
    }

    /// Serves the lanes that ask; the sizes needed if they do not fit beside so many lanes.
    fn serve(
        &self,
        stack: &mut Arena,
        heap: &mut Arena,
        tape: &mut Arena,
        state: &Buffer,
        lanes: usize,
        liveness: &mut Liveness,
    ) -> Result<Option<Arenas>, DeviceError> {
        let context = &self.executor.context;
        let mut words = crate::device::arena::read::<u32>(context, state)?;
        let asks = |words: &[u32], lane: usize, what: &[u32]| what.contains(&words[lane]);
        let any = |words: &[u32], what: &[u32]| (0..lanes).any(|lane| asks(words, lane, what));
        let mut needed = Arenas { stack: stack.size(), heap: heap.size(), tape: tape.size() };
        let mut refused = Vec::new();
        // Lanes that go on only in a larger heap.
        let mut growing = Vec::new();
        if any(&words, &[status::NEEDS_STACK]) && !host::grow(&mut needed.stack, self.limits.stack) {
            refused.push((status::NEEDS_STACK, ErrorKind::Stack));
        }
        let most_entries = self.limits.tape + context_inputs(self.work);
        if any(&words, &[status::NEEDS_TAPE]) && !host::grow(&mut needed.tape, most_entries) {
            refused.push((status::NEEDS_TAPE, ErrorKind::Tape));
        }
        let collecting = [status::NEEDS_HEAP, status::NEEDS_COUNT];
        if any(&words, &collecting) {
            let mut values = stack.read_lanes(context)?;
            let mut cells = heap.read_lanes(context)?;
            for lane in 0..lanes {
                if !asks(&words, lane, &collecting) {
                    continue;
                }
                let mut one = lane_of(&words, &values, &cells, lanes, lane);
                let served = host::serve(self.work.image, liveness, &self.work.budgets, &self.limits, &mut one);
                one.registers.status = if served { status::RUNNING } else { one.registers.status };
                if one.heap.len() > heap.size() {
                    growing.push(lane);
                    needed.heap = needed.heap.max(one.heap.len());
                }
                put_lane(&one, &mut words, &mut values, &mut cells, lanes, lane);
            }
            stack.write_lanes(context, &values)?;
            heap.write_lanes(context, &cells)?;
            // A collection here costs a round trip: a small heap grows, within what the budget allows anyway.
            let budget = self.work.budgets.heap as usize;
            let doubled = (2 * heap.size()).min(budget);
            if doubled * lanes * 16 <= ROOMY {
                needed.heap = needed.heap.max(doubled);
            }
        }
        if lanes > 1 && self.lanes_for(&needed) < lanes {
            return Ok(Some(needed));
        }
        for (arena, size, asked, kind) in [
            (stack, needed.stack, status::NEEDS_STACK, ErrorKind::Stack),
            (tape, needed.tape, status::NEEDS_TAPE, ErrorKind::Tape),
        ] {
            if size > arena.size() && !arena.grow(context, size)? {
                refused.push((asked, kind));
            }
        }
        if needed.heap > heap.size() && !heap.grow(context, needed.heap)? {
            growing.iter().for_each(|&lane| words[lane] = fault(ErrorKind::Heap, 0));
        }
        for lane in 0..lanes {
            if let Some((_, kind)) = refused.iter().find(|(asked, _)| words[lane] == *asked) {
                words[lane] = fault(*kind, 0);
            } else if (status::NEEDS_HEAP..=status::NEEDS_COUNT).contains(&words[lane]) {
                words[lane] = status::RUNNING;
            }
        }
        context.write(state, 0, &words)?;
        Ok(None)
    }

    /// Answers and gradients of lanes that have all ended.
    fn ends(
        &self,
        places: &[Place],
        stack: &Arena,
        heap: &Arena,
        tape: &Arena,
        state: &Buffer,
    ) -> Result<Vec<End>, DeviceError> {
        let context = &self.executor.context;
        let lanes = places.len();
        let words = crate::device::arena::read::<u32>(context, state)?;
        let results = stack.read_rows::<[u32; 2]>(context, 1)?;
        let scalar = |lane: usize| {
            let tag = results[lane][0] & 15;
            words[lane] == status::DONE && [Tag::Float, Tag::Int, Tag::Bool].iter().any(|&scalar| scalar as u32 == tag)
        };
        let gradients = if self.work.gradient { self.gradients(places, &words, &results, tape)? } else { Vec::new() };
        let rest = if (0..lanes).all(scalar) {
            None
        } else {
            Some((stack.read_lanes(context)?, heap.read_lanes(context)?))
        };
        let end = |lane: usize| {
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
            (answer, gradient, one.registers.tape as usize)
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
            let slice = dispatch.run(context, kernel, &buffers, &[lanes as u32, dispatch.row(), fuel, 0, 0, begins], 3)?;
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

/// The most inputs of a program of this work.
fn context_inputs(work: &Work<'_>) -> usize {
    work.segments.iter().map(|segment| segment.columns.len()).max().unwrap_or(0)
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
