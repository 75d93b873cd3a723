//! Buffers on the device: made, filled and sized in bytes, always a multiple of four.

use std::sync::Arc;

use bytemuck::NoUninit;

use super::context::Context;
use super::error::DeviceError;
use super::faults::Call;

/// Bytes of a word: the unit of sizes and offsets.
pub(super) const WORD: u64 = 4;

/// Memory on the device that made it; it can be bound in any role. Clones name the same memory.
#[derive(Clone, Debug)]
pub struct Buffer {
    pub(super) raw: wgpu::Buffer,
    label: Arc<str>,
}

impl Buffer {
    /// Its label, as in messages.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Its size in bytes, a multiple of four.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.raw.size()
    }
}

impl Context {
    /// A buffer of at least `bytes` bytes, all zero: rounded up to a word, and one word where `bytes` is 0.
    ///
    /// # Errors
    /// [`DeviceError::TooLarge`] above [`Limits::binding_bytes`](super::Limits::binding_bytes), [`DeviceError::OutOfMemory`] where the device has no more.
    pub fn buffer(&self, label: &str, bytes: u64) -> Result<Buffer, DeviceError> {
        let limit = self.limits().binding_bytes;
        if bytes > limit {
            return Err(DeviceError::TooLarge { what: format!("buffer `{label}`"), bytes, limit });
        }
        let descriptor = wgpu::BufferDescriptor {
            label: Some(label),
            size: bytes.max(WORD).next_multiple_of(WORD),
            usage: wgpu::BufferUsages::STORAGE
                | wgpu::BufferUsages::UNIFORM
                | wgpu::BufferUsages::COPY_SRC
                | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        };
        let (what, fault) = (format!("making the buffer `{label}`"), self.faults.next(Call::Buffer));
        let raw = self.scoped(&what, fault, || self.device.create_buffer(&descriptor))?;
        let buffer = Buffer { raw, label: label.into() };
        self.note(|notes| notes.buffer(&buffer));
        Ok(buffer)
    }

    /// A buffer that holds `values`.
    ///
    /// # Errors
    /// As [`Context::buffer`] and [`Context::write`].
    pub fn buffer_from<T: NoUninit>(&self, label: &str, values: &[T]) -> Result<Buffer, DeviceError> {
        let buffer = self.buffer(label, size_of_val(values) as u64)?;
        self.write(&buffer, 0, values)?;
        Ok(buffer)
    }

    /// Writes `values` from byte `offset` on, before any work submitted later and after all work submitted earlier.
    ///
    /// # Errors
    /// [`DeviceError::Invalid`] if the values are not whole words inside the buffer.
    pub fn write<T: NoUninit>(&self, buffer: &Buffer, offset: u64, values: &[T]) -> Result<(), DeviceError> {
        let bytes: &[u8] = bytemuck::cast_slice(values);
        let what = format!("writing `{}`", buffer.label());
        inside(&what, buffer, offset, bytes.len() as u64)?;
        if bytes.is_empty() {
            return Ok(());
        }
        self.scoped(&what, None, || self.queue.write_buffer(&buffer.raw, offset, bytes))?;
        self.note(|notes| notes.write(buffer, offset, bytes));
        Ok(())
    }
}

/// Are these whole words inside the buffer?
pub(super) fn inside(what: &str, buffer: &Buffer, offset: u64, bytes: u64) -> Result<(), DeviceError> {
    let end = offset.checked_add(bytes);
    let whole = offset.is_multiple_of(WORD) && bytes.is_multiple_of(WORD);
    if whole && end.is_some_and(|end| end <= buffer.bytes()) {
        return Ok(());
    }
    let message = format!("{bytes} bytes from {offset} on are not whole words inside {} bytes", buffer.bytes());
    Err(DeviceError::Invalid { what: what.to_owned(), message })
}
