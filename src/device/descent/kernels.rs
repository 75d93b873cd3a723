//! The kernels of descents on a device, each made when a descent first wants it.

use crate::descent::Loss;
use crate::device::context::lock;
use crate::device::{Binding, DeviceError, Exactness, Executor, Kernel};
use crate::wgsl::descent as text;

/// What one descent runs.
pub(super) struct Kernels {
    pub(super) spread: Kernel,
    pub(super) charge: Kernel,
    pub(super) reduce: Kernel,
    pub(super) step: Kernel,
    pub(super) gather: Kernel,
}

impl Executor {
    /// The kernels for a loss and so many free parameters.
    pub(super) fn descent_kernels(&self, loss: Loss, free: usize) -> Result<Kernels, DeviceError> {
        Ok(Kernels {
            spread: self.descent_kernel(text::Kernel::Spread)?,
            charge: self.descent_kernel(text::Kernel::Charge(loss, text::together(free)))?,
            reduce: self.descent_kernel(text::Kernel::Reduce)?,
            step: self.descent_kernel(text::Kernel::Step)?,
            gather: self.descent_kernel(text::Kernel::Gather)?,
        })
    }

    fn descent_kernel(&self, which: text::Kernel) -> Result<Kernel, DeviceError> {
        if let Some((_, known)) = lock(&self.descent).iter().find(|(known, _)| *known == which) {
            return Ok(known.clone());
        }
        let (read, written) = match which {
            text::Kernel::Spread | text::Kernel::Step => (3, 2),
            text::Kernel::Charge(..) => (4, 3),
            text::Kernel::Reduce | text::Kernel::Gather => (1, 2),
        };
        let mut bindings = vec![Binding::ReadOnly; read];
        bindings.resize(read + written, Binding::ReadWrite);
        bindings.push(Binding::Uniform);
        let text = which.text(self.context.exactness() == Exactness::Barrier);
        let kernel = self.context.kernel(which.entry(), &text, which.entry(), &bindings)?;
        lock(&self.descent).push((which, kernel.clone()));
        Ok(kernel)
    }
}
