//! A capture: all that a context was asked to do, and what its buffers held afterwards.
//!
//! In: a context opened with [`ContextOptions::capture`](super::ContextOptions::capture) and what is run on it. Out: a
//! [`Capture`], two files that any implementation of WebGPU can be asked the same from: kernels as WGSL, buffers, writes,
//! dispatches in their order, and the words that reads gave here. Always: buffers stay alive until the capture is taken, so
//! it is for small runs. Deliberately absent: who asks the others, and the comparison (`tests/dawn/`).

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::buffers::Buffer;
use super::context::{Context, lock};
use super::error::DeviceError;
use super::kernel::{Binding, Kernel};
use super::staging::Readback;
use super::work::{self, Work};

/// Longest wait for the contents of a buffer.
const PATIENCE: Duration = Duration::from_secs(120);

/// A stretch of the capture's words.
#[derive(Clone, Copy, Debug, Serialize)]
struct Words {
    start: usize,
    count: usize,
}

/// Something that was asked for. Kernels and buffers go by the order in which they were made; offsets and sizes are bytes.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Event {
    Kernel { label: String, text: String, entry: String, bindings: Vec<Binding> },
    Buffer { label: String, bytes: u64 },
    Write { buffer: usize, offset: u64, words: Words },
    Submit { label: String, steps: Vec<Step>, reads: Vec<Read> },
}

/// A step of a submission.
#[derive(Debug, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
enum Step {
    Dispatch { kernel: usize, buffers: Vec<usize>, workgroups: [u32; 2] },
    Copy { from: usize, from_offset: u64, to: usize, to_offset: u64, bytes: u64 },
    Clear { buffer: usize },
}

/// What a part of a buffer held after a submission's steps; no words if nobody waited for them.
#[derive(Debug, Serialize)]
struct Read {
    buffer: usize,
    offset: u64,
    words: Option<Words>,
}

/// A capture under way.
#[derive(Debug, Default)]
pub(super) struct Notes {
    events: Vec<Event>,
    words: Vec<u32>,
    kernels: Vec<Kernel>,
    buffers: Vec<Buffer>,
}

/// A submission of a capture under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Submission(usize);

impl Notes {
    fn keep(&mut self, words: &[u32]) -> Words {
        let start = self.words.len();
        self.words.extend_from_slice(words);
        Words { start, count: words.len() }
    }

    fn number(&self, buffer: &Buffer) -> usize {
        match self.buffers.iter().rposition(|known| known.raw == buffer.raw) {
            Some(number) => number,
            None => unreachable!("`{}` was made by the context that uses it", buffer.label()),
        }
    }

    pub(super) fn kernel(&mut self, kernel: &Kernel, text: &str, entry: &str, bindings: &[Binding]) {
        self.kernels.push(kernel.clone());
        self.events.push(Event::Kernel {
            label: kernel.label().to_owned(),
            text: text.to_owned(),
            entry: entry.to_owned(),
            bindings: bindings.to_vec(),
        });
    }

    pub(super) fn buffer(&mut self, buffer: &Buffer) {
        self.buffers.push(buffer.clone());
        self.events.push(Event::Buffer { label: buffer.label().to_owned(), bytes: buffer.bytes() });
    }

    /// `bytes` are whole words.
    pub(super) fn write(&mut self, buffer: &Buffer, offset: u64, bytes: &[u8]) {
        let (buffer, words) = (self.number(buffer), self.keep(&bytemuck::pod_collect_to_vec(bytes)));
        self.events.push(Event::Write { buffer, offset, words });
    }

    pub(super) fn submit(&mut self, work: &Work) -> Submission {
        let step = |step: &work::Step| match step {
            work::Step::Dispatch { kernel, buffers, workgroups } => {
                let known = self.kernels.iter().rposition(|known| known.pipeline == kernel.pipeline);
                let Some(kernel) = known else { unreachable!("kernel `{}` is of this context", kernel.label()) };
                let buffers = buffers.iter().map(|buffer| self.number(buffer)).collect();
                Step::Dispatch { kernel, buffers, workgroups: *workgroups }
            }
            &work::Step::Copy { ref from, from_offset, ref to, to_offset, bytes } => {
                Step::Copy { from: self.number(from), from_offset, to: self.number(to), to_offset, bytes }
            }
            work::Step::Clear(buffer) => Step::Clear { buffer: self.number(buffer) },
        };
        let steps = work.steps.iter().map(step).collect();
        let read =
            |read: &work::ReadRange| Read { buffer: self.number(&read.buffer), offset: read.range.start, words: None };
        let reads = work.reads.iter().map(read).collect();
        self.events.push(Event::Submit { label: work.label.clone(), steps, reads });
        Submission(self.events.len() - 1)
    }

    /// Notes what the reads of a submission gave.
    pub(super) fn result(&mut self, submission: Submission, readback: &Readback) {
        let Event::Submit { reads, .. } = &self.events[submission.0] else { return };
        let kept: Vec<Words> =
            (0..reads.len()).map(|index| self.keep(&readback.get::<u32>(work::Read(index)))).collect();
        if let Event::Submit { reads, .. } = &mut self.events[submission.0] {
            for (read, words) in reads.iter_mut().zip(kept) {
                read.words = Some(words);
            }
        }
    }
}

/// What a context was asked for and what came of it.
#[derive(Debug, Serialize)]
pub struct Capture {
    events: Vec<Event>,
    /// By buffer: what it held in the end.
    contents: Vec<Words>,
    #[serde(skip)]
    words: Vec<u32>,
}

impl Capture {
    /// Writes `name.json`, the events, and `name.bin`, the words they mean, little-endian.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn write(&self, folder: &Path, name: &str) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join(format!("{name}.json")), serde_json::to_string(self)?)?;
        let bytes: Vec<u8> = self.words.iter().flat_map(|word| word.to_le_bytes()).collect();
        fs::write(folder.join(format!("{name}.bin")), bytes)
    }

    /// The texts of the kernels that were made.
    pub fn kernels(&self) -> impl Iterator<Item = &str> {
        self.events.iter().filter_map(|event| match event {
            Event::Kernel { text, .. } => Some(text.as_str()),
            _ => None,
        })
    }

    /// How many dispatches were asked for.
    pub fn dispatches(&self) -> usize {
        let submitted = self.events.iter().filter_map(|event| match event {
            Event::Submit { steps, .. } => Some(steps),
            _ => None,
        });
        submitted.flatten().filter(|step| matches!(step, Step::Dispatch { .. })).count()
    }
}

impl Context {
    /// Tells a capture that is under way of something.
    pub(super) fn note<T>(&self, note: impl FnOnce(&mut Notes) -> T) -> Option<T> {
        lock(&self.notes).as_mut().map(note)
    }

    /// Ends the capture and reads what every buffer holds; `None` if none is under way.
    ///
    /// # Errors
    /// The device failed.
    pub fn captured(&self) -> Result<Option<Capture>, DeviceError> {
        let Some(Notes { events, mut words, buffers, .. }) = lock(&self.notes).take() else { return Ok(None) };
        let mut contents = Vec::with_capacity(buffers.len());
        for buffer in &buffers {
            let mut work = Work::new("capture");
            let all = work.read(buffer);
            let held: Vec<u32> = self.submit(work, PATIENCE)?.get(all);
            contents.push(Words { start: words.len(), count: held.len() });
            words.extend(held);
        }
        Ok(Some(Capture { events, contents, words }))
    }
}
