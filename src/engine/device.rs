//! Which processor takes a work: the host, or a GPU that is opened when it is first needed.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use crate::device::{DeviceError, Executor, Selection};
use crate::error::Error;
use crate::host;
use crate::machine::work::{Ended, Work};

/// Where lanes run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// A hardware GPU if there is one, else the host's cores. A work of fewer than [`AUTO_LANES`] lanes runs on the
    /// host and nothing is asked of any driver.
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

/// From this many lanes in one call [`Device::Auto`] looks for a GPU.
pub const AUTO_LANES: usize = 1024;

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

/// What a work came to, and the name of where it ran.
pub(super) type Placed = (Vec<Ended<f32>>, String);

/// A device that is opened at most once, when a work first needs it.
pub(super) struct Place {
    device: Device,
    opened: OnceLock<Result<Executor, DeviceError>>,
}

impl Place {
    pub(super) fn new(device: Device) -> Place {
        Place { device, opened: OnceLock::new() }
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

    /// Runs a work in f32. Only [`Device::Auto`] takes the host in place of a GPU, and only where there is none: a GPU that
    /// is there and fails is an error.
    pub(super) fn execute(&self, work: &Work<'_>) -> Result<Placed, Error> {
        if self.device == Device::Auto && work.lanes() < AUTO_LANES {
            return Ok(on_host(work));
        }
        let Some(executor) = self.executor() else { return Ok(on_host(work)) };
        let ran = executor.and_then(|executor| Ok((executor.execute(work)?, executor.name().to_owned())));
        match ran {
            Err(DeviceError::NoHardware) if self.device == Device::Auto => Ok(on_host(work)),
            ran => Ok(ran?),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.device)
    }
}

fn on_host(work: &Work<'_>) -> Placed {
    (host::execute(work), CPU.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interpreter::Interpreter;
    use crate::machine::Budgets;
    use crate::machine::work::Segment;
    use crate::program::Program;

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

    /// `auto` with this outcome of opening a GPU,: what it is called, and where a work of so many
    /// lanes ran.
    fn auto(opened: DeviceError, lanes: usize) -> (Result<String, Error>, Result<String, Error>) {
        let place = Place { device: Device::Auto, opened: OnceLock::from(Err(opened)) };
        let program = Program::parse("(+ 1 2)").unwrap();
        let interpreter = Interpreter::bootstrap().unwrap();
        let mut image = interpreter.image().clone();
        let start = image.interpreted(program.core()).unwrap();
        let segments = [Segment::new(start, Vec::new(), lanes)];
        let budgets = Budgets::default();
        let work = Work { image: &image, segments: &segments, budgets, arenas: None, gradient: false, fuel: None };
        (place.name(), place.execute(&work).map(|(_, name)| name))
    }

    #[test]
    fn auto_takes_the_host_where_there_is_no_gpu_and_only_there() {
        let (name, ran) = auto(DeviceError::NoHardware, AUTO_LANES);
        assert_eq!((name.unwrap().as_str(), ran.unwrap().as_str()), (CPU, CPU));
        let lost = || DeviceError::Lost("unplugged".to_owned());
        let (name, ran) = auto(lost(), AUTO_LANES);
        assert!(matches!(name, Err(Error::Device(error)) if error == lost()));
        assert!(matches!(ran, Err(Error::Device(error)) if error == lost()));
        // Few lanes ask for no GPU, whatever became of it.
        assert_eq!(auto(lost(), AUTO_LANES - 1).1.unwrap(), CPU);
    }

    #[test]
    fn an_adapter_that_is_not_there_is_an_error_each_time() {
        let place = Place::new(Device::Named("no adapter has this name".to_owned()));
        for _ in 0..2 {
            assert!(matches!(place.name(), Err(Error::Device(DeviceError::NoAdapter { .. }))));
        }
    }
}
