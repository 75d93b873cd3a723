//! The buffers of a specialised job, kept from call to call.

use crate::device::{Buffer, Context, DeviceError};
use crate::wgsl::specialize::{HEAD, NUMBERS, SUMMARY};

/// Bytes that are never too many.
const SMALL: u64 = 1 << 20;
/// The label of the blocks, or of the endings in their place.
const BLOCKS: &str = "blocks";

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
                blocks: context.buffer(BLOCKS, sizes.blocks as u64)?,
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
            // Endings that are much too large are cleared in vain.
            let is_wasted = buffer.label() == BLOCKS && buffer.bytes() > (4 * bytes as u64).max(SMALL);
            if buffer.bytes() < bytes as u64 || is_wasted {
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
