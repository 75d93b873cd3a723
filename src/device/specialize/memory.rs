//! The buffers of a specialised job, kept from call to call.

use crate::device::{Buffer, Context, DeviceError};
use crate::wgsl::specialize::{HEAD, NUMBERS, SUMMARY};

/// The buffers of a dispatch.
pub(super) struct Memory {
    pub columns: Buffer,
    pub rows: Buffer,
    pub summary: Buffer,
    pub parameters: Buffer,
    /// Of a loop; else how lanes ended.
    pub blocks: Buffer,
    pub memory: Buffer,
}

/// Bytes of the buffers whose sizes differ.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub columns: usize,
    pub rows: usize,
    pub blocks: usize,
    pub memory: usize,
}

impl Memory {
    /// Buffers of so many bytes at least; those of an earlier call where they are large enough.
    pub fn of(context: &Context, kept: Option<Memory>, sizes: Sizes) -> Result<Memory, DeviceError> {
        let Some(mut kept) = kept else {
            return Ok(Memory {
                columns: context.buffer("columns", sizes.columns as u64)?,
                rows: context.buffer("rows", sizes.rows as u64)?,
                summary: context.buffer("summary", 4 * SUMMARY.len() as u64)?,
                parameters: context.buffer("parameters", 4 * (HEAD + NUMBERS) as u64)?,
                blocks: context.buffer("blocks", sizes.blocks as u64)?,
                memory: context.buffer("memory", sizes.memory as u64)?,
            });
        };
        let places = [
            (&mut kept.columns, sizes.columns),
            (&mut kept.rows, sizes.rows),
            (&mut kept.blocks, sizes.blocks),
            (&mut kept.memory, sizes.memory),
        ];
        for (buffer, bytes) in places {
            if buffer.bytes() < bytes as u64 {
                let label = buffer.label().to_owned();
                *buffer = context.buffer(&label, bytes as u64)?;
            }
        }
        Ok(kept)
    }

    pub fn bytes(&self) -> u64 {
        self.columns.bytes() + self.rows.bytes() + self.blocks.bytes() + self.memory.bytes()
    }
}
