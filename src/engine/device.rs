//! Which processor takes a work: the host, or a GPU that is opened when it is first needed.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use crate::device::{DeviceError, Executor, Selection};
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

/// A device that is opened at most once, when a work first needs it.
pub(super) struct Place {
    device: Device,
    opened: OnceLock<Result<Executor, DeviceError>>,
}

impl Place {
    pub(super) fn new(device: Device) -> Place {
        Place { device, opened: OnceLock::new() }
    }

    /// Where opening came to this already.
    #[cfg(test)]
    pub(super) fn opened(device: Device, opened: Result<Executor, DeviceError>) -> Place {
        Place { device, opened: OnceLock::from(opened) }
    }

    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    /// The GPU, opened now if it was not; `None` where the host was asked for.
    pub(super) fn executor(&self) -> Option<Result<&Executor, DeviceError>> {
        let selection = match &self.device {
            Device::Cpu => return None,
            Device::Auto => Selection::Auto,
            Device::Gpu => Selection::Best,
            Device::Named(name) => Selection::Named(name.clone()),
        };
        Some(self.opened.get_or_init(|| Executor::open(&selection)).as_ref().map_err(DeviceError::clone))
    }

    /// Where the next large work would run, as far as that is known without opening what [`Device::Auto`] may not need.
    pub(super) fn name(&self) -> Result<String, Error> {
        if self.device == Device::Auto {
            return match self.opened.get() {
                None | Some(Err(DeviceError::NoHardware)) => Ok(CPU.to_owned()),
                Some(Ok(executor)) => Ok(executor.name().to_owned()),
                Some(Err(error)) => Err(error.clone().into()),
            };
        }
        match self.executor() {
            None => Ok(CPU.to_owned()),
            Some(executor) => Ok(executor?.name().to_owned()),
        }
    }

    /// The GPU that was named, or for [`Device::Auto`] a hardware one; opened now if it was not. `None`: the host was asked for, or there is none. A
    /// GPU that is there and fails is an error.
    pub(super) fn look(&self) -> Result<Option<&Executor>, Error> {
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
        match (&self.device, self.opened.get()) {
            (Device::Cpu, _) => Some(false),
            (_, None) => None,
            (_, Some(opened)) => Some(!matches!(opened, Err(DeviceError::NoHardware))),
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
            let place = Place::new(device);
            assert_eq!(place.name().unwrap(), CPU);
            assert!(place.opened.get().is_none());
        }
    }

    #[test]
    fn auto_takes_the_host_where_there_is_no_gpu_and_only_there() {
        let auto = |error: DeviceError| Place::opened(Device::Auto, Err(error));
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
        let place = Place::new(Device::Named("no adapter has this name".to_owned()));
        for _ in 0..2 {
            assert!(matches!(place.name(), Err(Error::Device(DeviceError::NoAdapter { .. }))));
        }
    }
}
