//! Which processor takes a work: the host, or a GPU that is opened when it is first needed.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

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
    /// The adapter whose name holds this text, in any case; or `pci:` and part of its address.
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
