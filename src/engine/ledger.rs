//! Ledger: what an engine believes its machines to take, read from the cache when it matters, kept there when it was measured.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::batch::Tier;
use crate::device::{DeviceError, Executor};
use crate::engine::Chosen;
use crate::engine::costs::cache::{Cache, Owner};
use crate::engine::costs::{Cost, Costs, Kind};

/// Calls of fewer seconds are not worth a look at a file, nor the writing of one.
pub(super) const WORTH_A_FILE: f64 = 2e-3;
/// Lanes that keep a device busy.
const SOFTWARE_FILL: usize = 1 << 8;
const HARDWARE_FILL: usize = 1 << 14;
/// A measure that moved by so much is written down anew.
const MOVED: f64 = 1.1;

/// The costs of the host, and of the device once it is open.
#[derive(Debug)]
pub(super) struct Ledger {
    cache: Cache,
    books: Mutex<Books>,
}

#[derive(Debug)]
pub(super) struct Books {
    pub(super) host: Costs,
    pub(super) device: Option<Device>,
    /// Seconds that the host worked where a GPU may do so too.
    pub(super) worked: f64,
    /// What was chosen so far, by tier and place in the order of the first time.
    pub(super) chosen: Vec<Chosen>,
    host_is_read: bool,
    /// What the file of the host has.
    kept: Costs,
}

/// What is believed of the open device.
#[derive(Clone, Debug)]
pub(super) struct Device {
    owner: Owner,
    pub(super) costs: Costs,
    kept: Costs,
    /// Have its kernels been compiled that interpret, and the one that replays?
    pub(super) has_machine: bool,
    pub(super) has_replayer: bool,
}

impl Device {
    /// Fewer lanes than this take as long as so many.
    pub(super) fn fill(&self) -> usize {
        if self.owner.kind == Kind::Software { SOFTWARE_FILL } else { HARDWARE_FILL }
    }
}

impl Books {
    /// Counts a choice.
    pub(super) fn count(&mut self, tier: Tier, device: &str, reason: &str) {
        match self.chosen.iter_mut().find(|chosen| chosen.tier == tier && *chosen.device == *device) {
            Some(chosen) => chosen.times += 1,
            None => self.chosen.push(Chosen { tier, device: device.into(), times: 1, reason: reason.into() }),
        }
    }
}

impl Ledger {
    pub(super) fn new(cache: Cache) -> Ledger {
        let host = Costs::assumed(Kind::Host);
        let books =
            Books { kept: host.clone(), host, device: None, worked: 0.0, chosen: Vec::new(), host_is_read: false };
        Ledger { cache, books: Mutex::new(books) }
    }

    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        // What a thread left half learnt is a cost all the same.
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what is kept of the host, once; gives whether anything new is known.
    pub(super) fn read_host(&self, cores: usize) -> bool {
        let mut books = self.books();
        if books.host_is_read {
            return false;
        }
        books.host_is_read = true;
        let Some(kept) = self.cache.load(&Owner::host(cores)) else { return false };
        (books.host, books.kept) = (kept.clone(), kept);
        true
    }

    /// Reads what is kept of a device, once; where a choice depends on it, the way there is measured if nobody has.
    pub(super) fn open(&self, executor: &Executor, is_choice: bool) -> Result<(), DeviceError> {
        if self.books().device.is_none() {
            let report = executor.context().adapter();
            let kind = if report.is_hardware() { Kind::Hardware } else { Kind::Software };
            let machine = format!("{} {}", report.name, report.backend);
            let owner = Owner { kind, machine, driver: report.driver.clone() };
            let kept = self.cache.load(&owner).unwrap_or_else(|| Costs::assumed(kind));
            let device = Device { owner, costs: kept.clone(), kept, has_machine: false, has_replayer: false };
            self.books().device.get_or_insert(device);
        }
        let is_measured = |device: &Device| device.costs.is_measured(Cost::RoundTrip);
        if !is_choice || self.books().device.as_ref().is_some_and(is_measured) {
            return Ok(());
        }
        let reach = executor.calibrate()?;
        if let Some(device) = &mut self.books().device {
            device.costs.note(Cost::RoundTrip, reach.round_trip.as_secs_f64());
            device.costs.note(Cost::Byte, reach.seconds_per_byte);
        }
        Ok(())
    }

    /// Keeps what was measured, if it differs enough from what is kept; after a call of so long.
    pub(super) fn keep(&self, cores: usize, elapsed: Duration) {
        if elapsed.as_secs_f64() < WORTH_A_FILE {
            return;
        }
        let mut books = self.books();
        let mut new: Vec<(Owner, Costs)> = Vec::new();
        if books.host_is_read && has_moved(&books.host, &books.kept) {
            books.kept = books.host.clone();
            new.push((Owner::host(cores), books.kept.clone()));
        }
        if let Some(device) = books.device.as_mut().filter(|device| has_moved(&device.costs, &device.kept)) {
            device.kept = device.costs.clone();
            new.push((device.owner.clone(), device.kept.clone()));
        }
        drop(books);
        new.iter().for_each(|(owner, costs)| self.cache.save(owner, costs));
    }
}

fn has_moved(costs: &Costs, kept: &Costs) -> bool {
    Cost::ALL.into_iter().any(|cost| {
        let (now, before) = (costs.measure(cost), kept.measure(cost));
        let ratio = now.value / before.value;
        now.seen > 0 && (before.seen == 0 || !(1.0 / MOVED..=MOVED).contains(&ratio))
    })
}
