//! A program's own kernel as text, without a device: what the tier `specialize` begins with.

use std::sync::OnceLock;

use crate::batch::Batch;
use crate::device::specialize::{FIRST_ROUNDS, OPERATIONS};
use crate::engine::Engine;
use crate::error::Error;
use crate::host::replay::Limits;
use crate::host::{Loaded, Paths};
use crate::machine::work::Work;
use crate::wgsl::specialize::{Request, Specialization};

impl Engine {
    /// The kernel that the tier `specialize` makes of the paths that lanes of this batch take: value and gradients by all inputs, each of
    /// which differs from lane to lane. Float code stands as it is for devices that can be told to leave it alone.
    ///
    /// # Errors
    /// [`Error::MissingInputs`]; [`Error::Unsupported`] where the program is too large for a kernel of its own.
    pub fn kernel(&self, batch: &Batch) -> Result<String, Error> {
        let plan = self.linked.plan(&self.interpreter, &[batch], &[])?;
        let segment = &plan.segments[0];
        let work = Work { segments: std::slice::from_ref(segment), ..self.work(&plan, true) };
        let limits = Limits::of(&work.budgets);
        let paths: Paths<f32> = Paths::new(plan.image.clone(), segment.start, segment.columns.len());
        let loaded = OnceLock::new();
        if segment.lanes > 0 {
            paths.record(&work, loaded.get_or_init(|| Loaded::new(&plan.image)), segment, &[0]);
            paths.explore(&work, segment, &limits, &loaded);
        }
        let all = vec![true; segment.columns.len()];
        let request = Request {
            is_column: &all,
            wanted: &all,
            gradient: true,
            objects: limits.objects,
            rows: limits.memory / size_of::<f32>(),
            rounds: FIRST_ROUNDS,
        };
        let written = Specialization::of(&paths.lowered(), &request).map(|found| found.source.written(false, false));
        match written.filter(|written| written.operations <= OPERATIONS) {
            Some(written) => Ok(written.text),
            None => Err(Error::Unsupported("the program is too large for a kernel of its own".to_owned())),
        }
    }
}
