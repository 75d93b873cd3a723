//! Arenas of many lanes in device memory, and one slice of a kernel over them.

use std::time::{Duration, Instant};

use bytemuck::Pod;

use crate::device::{Buffer, Context, DeviceError, Kernel, Work};

/// Longest wait for one slice: a driver may compile the kernel in it.
const PATIENCE: Duration = Duration::from_secs(120);
/// Invocations of a workgroup, as the kernels say.
const GROUP: usize = 64;
/// Workgroups in a row of a dispatch.
const ROW: usize = 4096;
/// Words of the uniform parameters of every kernel, at most.
const PARAMETERS: usize = 20;

/// `[element][lane]` behind a prefix that all lanes share, so that it grows at its end.
pub(super) struct Arena {
    label: &'static str,
    buffer: Buffer,
    /// Bytes of an element.
    width: usize,
    prefix: usize,
    lanes: usize,
    size: usize,
}

impl Arena {
    /// An arena of `size` elements a lane, all zero.
    pub(super) fn new(
        context: &Context,
        label: &'static str,
        width: usize,
        prefix: usize,
        lanes: usize,
        size: usize,
    ) -> Result<Arena, DeviceError> {
        let buffer = context.buffer(label, (width * (prefix + lanes * size)) as u64)?;
        Ok(Arena { label, buffer, width, prefix, lanes, size })
    }

    pub(super) fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// Elements a lane.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Bytes of this arena with so many elements a lane.
    pub(super) fn bytes(&self, size: usize, lanes: usize) -> u64 {
        (self.width * (self.prefix + lanes * size)) as u64
    }

    /// Makes room for `size` elements a lane; false if the device cannot bind so much.
    pub(super) fn grow(&mut self, context: &Context, size: usize) -> Result<bool, DeviceError> {
        let larger = match Arena::new(context, self.label, self.width, self.prefix, self.lanes, size) {
            Ok(larger) => larger,
            Err(error) if error.is_memory() => return Ok(false),
            Err(error) => return Err(error),
        };
        let mut work = Work::new("grow an arena");
        work.copy(&self.buffer, 0, &larger.buffer, 0, self.buffer.bytes().min(larger.buffer.bytes()));
        context.submit(work, PATIENCE)?;
        *self = larger;
        Ok(true)
    }

    /// All elements of all lanes as words, without the prefix.
    pub(super) fn read_lanes(&self, context: &Context) -> Result<Vec<u32>, DeviceError> {
        self.range(context, self.size)
    }

    /// The first elements of all lanes.
    pub(super) fn read_rows<T: Pod>(&self, context: &Context, rows: usize) -> Result<Vec<T>, DeviceError> {
        self.range(context, rows)
    }

    fn range<T: Pod>(&self, context: &Context, rows: usize) -> Result<Vec<T>, DeviceError> {
        let start = (self.width * self.prefix) as u64;
        let mut work = Work::new("read lanes");
        let all = work.read_range(&self.buffer, start..start + (self.width * self.lanes * rows) as u64);
        Ok(context.submit(work, PATIENCE)?.get::<T>(all))
    }

    /// Puts back what [`Arena::read_lanes`] gave.
    pub(super) fn write_lanes(&self, context: &Context, words: &[u32]) -> Result<(), DeviceError> {
        context.write(&self.buffer, (self.width * self.prefix) as u64, words)
    }
}

/// A whole buffer.
pub(super) fn read<T: Pod>(context: &Context, buffer: &Buffer) -> Result<Vec<T>, DeviceError> {
    let mut work = Work::new("read");
    let all = work.read(buffer);
    Ok(context.submit(work, PATIENCE)?.get::<T>(all))
}

/// How a slice ended.
pub(super) struct Slice {
    /// Lanes that go on.
    pub going: u32,
    /// Lanes that ask for room; of a replay, lanes that ended without a Float.
    pub asking: u32,
    /// The greatest number that a lane left, where the kernel says one.
    pub most: u32,
    pub elapsed: Duration,
}

/// Kernels over a number of lanes, one slice after another.
pub(super) struct Dispatch {
    groups: [u32; 2],
    summary: Buffer,
    parameters: Buffer,
}

impl Dispatch {
    /// Longest wait for one slice: a driver may compile the kernel in it.
    pub(super) const PATIENCE: Duration = PATIENCE;

    pub(super) fn new(context: &Context, lanes: usize) -> Result<Dispatch, DeviceError> {
        let groups = lanes.div_ceil(GROUP);
        let row = groups.clamp(1, ROW);
        Ok(Dispatch {
            groups: [row as u32, groups.div_ceil(row) as u32],
            summary: context.buffer("summary", 16)?,
            parameters: context.buffer("parameters", 4 * PARAMETERS as u64)?,
        })
    }

    /// Invocations in a row of workgroups.
    pub(super) fn row(&self) -> u32 {
        self.groups[0] * GROUP as u32
    }

    /// `[stamp, going, asking, most]`, written by the kernel.
    pub(super) fn summary(&self) -> &Buffer {
        &self.summary
    }

    /// Runs a kernel once; its last binding is the parameters, whose word `stamp` becomes the stamp it must leave.
    pub(super) fn run(
        &self,
        context: &Context,
        kernel: &Kernel,
        buffers: &[&Buffer],
        parameters: &[u32],
        stamp: usize,
    ) -> Result<Slice, DeviceError> {
        let mark = context.next_stamp();
        let mut words = [0; PARAMETERS];
        words[..parameters.len()].copy_from_slice(parameters);
        words[stamp] = mark;
        context.write(&self.parameters, 0, &words)?;
        let mut bound = buffers.to_vec();
        bound.push(&self.parameters);
        let mut work = Work::new(kernel.label());
        work.clear(&self.summary);
        work.dispatch(kernel, &bound, self.groups);
        let summary = work.read(&self.summary);
        work.expect(&self.summary, 0, mark);
        let start = Instant::now();
        let words = context.submit(work, PATIENCE)?.get::<u32>(summary);
        Ok(Slice { going: words[1], asking: words[2], most: words[3], elapsed: start.elapsed() })
    }
}
