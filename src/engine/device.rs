//! Which processor takes a work: the host, or a GPU that is opened when it is first needed, and again where it was lost.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::device::{ContextOptions, DeviceError, Executor, Selection};
use crate::error::Error;

/// Where lanes run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// A hardware GPU where there is one and it is thought to be faster, else the host's cores. Nothing is asked of any driver
    /// before the host's cores have worked, and would work, as long as opening a device takes.
    #[default]
    Auto,
    /// The host's cores.
    Cpu,
    /// The best adapter, a software one included.
    Gpu,
    /// The adapter whose name holds this text, in any case; or `pci:` and its address, which may start at a separator
    /// (`pci:0000:01:00.0` or `pci:01:00.0`), or its `vendor:device` numbers.
    Named(String),
}

/// What results call the host.
pub const CPU: &str = "cpu";

impl FromStr for Device {
    type Err = Error;

    fn from_str(text: &str) -> Result<Device, Error> {
        match text.trim() {
            "" => Err(Error::Usage("a device is auto, cpu, gpu or part of an adapter's name".to_owned())),
            "auto" => Ok(Device::Auto),
            "cpu" => Ok(Device::Cpu),
            "gpu" => Ok(Device::Gpu),
            name => Ok(Device::Named(name.to_owned())),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Device::Auto => "auto",
            Device::Cpu => CPU,
            Device::Gpu => "gpu",
            Device::Named(name) => name,
        })
    }
}

/// Times a call runs on the GPU at most: once more where the GPU is lost in the middle.
pub(super) const TRIES: usize = 2;

/// A device that is opened when a work first needs it, and again when one comes after it was lost. Who still uses the lost one has a
/// share of it.
pub(super) struct Place {
    device: Device,
    options: ContextOptions,
    opened: Mutex<Opened>,
    /// How often the device was lost.
    losses: AtomicUsize,
}

/// What became of opening it.
#[derive(Default)]
enum Opened {
    #[default]
    No,
    Yes(Arc<Executor>),
    /// There is no such device, and there will be none.
    Never(DeviceError),
}

impl Place {
    pub(super) fn new(device: Device, options: ContextOptions) -> Place {
        Place { device, options, opened: Mutex::default(), losses: AtomicUsize::new(0) }
    }

    fn opened(&self) -> MutexGuard<'_, Opened> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often the device was lost so far.
    pub(super) fn losses(&self) -> usize {
        self.losses.load(Ordering::Relaxed)
    }

    /// Where opening came to this already.
    #[cfg(test)]
    pub(super) fn that_came_to(device: Device, opened: Result<Executor, DeviceError>) -> Place {
        let place = Place::new(device, ContextOptions::default());
        *place.opened() = match opened {
            Ok(executor) => Opened::Yes(Arc::new(executor)),
            Err(error) => Opened::Never(error),
        };
        place
    }

    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    /// The GPU, opened now if it was not; `None` where the host was asked for.
    pub(super) fn executor(&self) -> Option<Result<Arc<Executor>, DeviceError>> {
        let selection = match &self.device {
            Device::Cpu => return None,
            Device::Auto => Selection::Auto,
            Device::Gpu => Selection::Best,
            Device::Named(name) => Selection::Named(name.clone()),
        };
        let mut opened = self.opened();
        match &*opened {
            Opened::Yes(executor) => return Some(Ok(executor.clone())),
            Opened::Never(error) => return Some(Err(error.clone())),
            Opened::No => {}
        }
        let executor = Executor::open_with(&selection, self.options.clone()).map(Arc::new);
        match &executor {
            Ok(executor) => *opened = Opened::Yes(executor.clone()),
            Err(error) if error.is_absence() => *opened = Opened::Never(error.clone()),
            Err(_) => {}
        }
        Some(executor)
    }

    /// The GPU, if it is open.
    pub(super) fn current(&self) -> Option<Arc<Executor>> {
        match &*self.opened() {
            Opened::Yes(executor) => Some(executor.clone()),
            Opened::No | Opened::Never(_) => None,
        }
    }

    /// Has the next call open a fresh device in place of this one.
    pub(super) fn retire(&self, executor: &Arc<Executor>) {
        let mut opened = self.opened();
        if matches!(&*opened, Opened::Yes(current) if Arc::ptr_eq(current, executor)) {
            *opened = Opened::No;
            self.losses.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Runs a call on the GPU; where that is lost in the middle, once more from its beginning on a fresh one: nothing that the lost one
    /// left is used. `None` where the host was asked for.
    pub(super) fn on_gpu<T>(&self, call: impl Fn(&Arc<Executor>) -> Result<T, Error>) -> Option<Result<T, Error>> {
        let is_gone = |ran: &Result<T, Error>| matches!(ran, Err(Error::Device(error)) if error.is_gone());
        let mut tries = 1;
        loop {
            let ran = self.executor()?.map_err(Error::from).and_then(|executor| {
                let ran = call(&executor);
                if is_gone(&ran) {
                    self.retire(&executor);
                }
                ran
            });
            if tries == TRIES || !is_gone(&ran) {
                return Some(ran);
            }
            tries += 1;
        }
    }

    /// Where the next large work would run, as far as that is known without opening what [`Device::Auto`] may not need.
    pub(super) fn name(&self) -> Result<String, Error> {
        if self.device == Device::Auto {
            return match &*self.opened() {
                Opened::No | Opened::Never(DeviceError::NoHardware) => Ok(CPU.to_owned()),
                Opened::Yes(executor) => Ok(executor.name().to_owned()),
                Opened::Never(error) => Err(error.clone().into()),
            };
        }
        match self.executor() {
            None => Ok(CPU.to_owned()),
            Some(executor) => Ok(executor?.name().to_owned()),
        }
    }

    /// The GPU that was named, or for [`Device::Auto`] a hardware one; opened now if it was not. `None`: the host was asked for, or there is none. A
    /// GPU that is there and fails is an error.
    pub(super) fn look(&self) -> Result<Option<Arc<Executor>>, Error> {
        match self.executor() {
            None => Ok(None),
            Some(Err(DeviceError::NoHardware)) if self.device == Device::Auto => Ok(None),
            Some(executor) => Ok(Some(executor?)),
        }
    }

    /// Was a GPU named?
    pub(super) fn is_named(&self) -> bool {
        matches!(self.device, Device::Gpu | Device::Named(_))
    }

    /// What is known without opening anything: is there a GPU?
    pub(super) fn has_gpu(&self) -> Option<bool> {
        match (&self.device, &*self.opened()) {
            (Device::Cpu, _) => Some(false),
            (_, Opened::No) => None,
            (_, opened) => Some(!matches!(opened, Opened::Never(DeviceError::NoHardware))),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_named_as_they_are_written() {
        for device in [Device::Auto, Device::Cpu, Device::Gpu, Device::Named("pci:0000:01".to_owned())] {
            assert_eq!(device.to_string().parse::<Device>().unwrap(), device);
        }
        assert!(" ".parse::<Device>().is_err());
    }

    #[test]
    fn the_host_and_an_unused_auto_open_nothing() {
        for device in [Device::Auto, Device::Cpu] {
            let place = Place::new(device, ContextOptions::default());
            assert_eq!(place.name().unwrap(), CPU);
            assert!(matches!(*place.opened(), Opened::No));
        }
    }

    #[test]
    fn auto_takes_the_host_where_there_is_no_gpu_and_only_there() {
        let auto = |error: DeviceError| Place::that_came_to(Device::Auto, Err(error));
        let place = auto(DeviceError::NoHardware);
        assert_eq!((place.name().unwrap().as_str(), place.has_gpu()), (CPU, Some(false)));
        assert!(place.look().unwrap().is_none());
        let lost = || DeviceError::Lost("unplugged".to_owned());
        let place = auto(lost());
        assert!(matches!(place.name(), Err(Error::Device(error)) if error == lost()));
        assert!(matches!(place.look(), Err(Error::Device(error)) if error == lost()));
    }

    #[test]
    fn an_adapter_that_is_not_there_is_an_error_each_time() {
        let place = Place::new(Device::Named("no adapter has this name".to_owned()), ContextOptions::default());
        for _ in 0..2 {
            assert!(matches!(place.name(), Err(Error::Device(DeviceError::NoAdapter { .. }))));
        }
    }
}
