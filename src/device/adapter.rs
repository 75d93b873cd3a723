//! Which GPUs there are, what is wrong with each, and which one a selection means.

use std::fmt;

use serde::Serialize;

use super::DeviceError;

/// Storage buffers that one of our kernels may bind.
const STORAGE_BUFFERS: u64 = 8;
/// Bytes that one binding may span: the size arenas are cut to.
const BINDING_BYTES: u64 = 128 << 20;
/// Invocations of a workgroup.
const INVOCATIONS: u64 = 256;

/// Which adapter to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// `auto`: the best hardware GPU; without one the caller takes the host.
    Auto,
    /// `gpu`: the best adapter, a software one included.
    Best,
    /// Part of an adapter's name, in any case; or `pci:` and its bus address, whole or from a separator on (`01:00.0` of
    /// `0000:01:00.0`) where only one address ends so, or its `vendor:device`.
    Named(String),
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Selection::Auto => f.write_str("auto"),
            Selection::Best => f.write_str("gpu"),
            Selection::Named(name) => f.write_str(name),
        }
    }
}

/// What kind of processor an adapter is, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AdapterKind {
    /// A GPU with memory of its own.
    Discrete,
    /// A GPU that shares the host's memory.
    Integrated,
    /// A GPU seen through a hypervisor.
    Virtual,
    /// The driver does not say.
    Other,
    /// The host's processor behind a graphics interface (lavapipe, WARP).
    Software,
}

/// A limit of an adapter that is below what the kernels need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shortfall {
    /// The limit, in words.
    pub limit: &'static str,
    /// The smallest value that will do.
    pub needed: u64,
    /// The adapter's value.
    pub found: u64,
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} needed, {} found", self.limit, self.needed, self.found)
    }
}

/// One adapter, as `evalgrad devices` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AdapterReport {
    /// The adapter's name.
    pub name: String,
    /// `vulkan`, `metal` or `dx12`.
    pub backend: String,
    /// What kind of processor it is.
    pub kind: AdapterKind,
    /// The driver's name and version, as it gives them.
    pub driver: String,
    /// Bus address where the driver tells it, else `vendor:device` in hexadecimal.
    pub pci: String,
    /// Vendor and device numbers, `vendor:device` in hexadecimal.
    pub pci_ids: String,
    /// Storage buffers that one kernel may bind.
    pub storage_buffers: u32,
    /// Largest storage binding in bytes.
    pub max_binding_bytes: u64,
    /// Largest buffer in bytes.
    pub max_buffer_bytes: u64,
    /// Largest workgroup in invocations.
    pub max_invocations: u32,
    /// Largest number of workgroups in one dimension of a dispatch.
    pub max_workgroups: u32,
    /// Bytes of workgroup memory.
    pub workgroup_bytes: u32,
    /// Limits that are too small; empty for a usable adapter.
    pub shortfalls: Vec<Shortfall>,
}

impl AdapterReport {
    /// Is it more than the host's processor in disguise?
    #[must_use]
    pub fn is_hardware(&self) -> bool {
        self.kind != AdapterKind::Software
    }

    /// Can it run the kernels?
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.shortfalls.is_empty()
    }

    /// What is wrong with it, or `None` if it is usable.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        if self.is_usable() {
            return None;
        }
        let all: Vec<String> = self.shortfalls.iter().map(Shortfall::to_string).collect();
        Some(all.join("; "))
    }

    fn of(adapter: &wgpu::Adapter) -> Self {
        let info = adapter.get_info();
        let limits = adapter.limits();
        let pci_ids = format!("{:04x}:{:04x}", info.vendor, info.device);
        let invocations = limits.max_compute_invocations_per_workgroup.min(limits.max_compute_workgroup_size_x);
        AdapterReport {
            name: info.name,
            backend: info.backend.to_str().to_owned(),
            kind: match info.device_type {
                wgpu::DeviceType::DiscreteGpu => AdapterKind::Discrete,
                wgpu::DeviceType::IntegratedGpu => AdapterKind::Integrated,
                wgpu::DeviceType::VirtualGpu => AdapterKind::Virtual,
                wgpu::DeviceType::Cpu => AdapterKind::Software,
                wgpu::DeviceType::Other => AdapterKind::Other,
            },
            driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
            pci: if info.device_pci_bus_id.is_empty() { pci_ids.clone() } else { info.device_pci_bus_id },
            pci_ids,
            storage_buffers: limits.max_storage_buffers_per_shader_stage,
            max_binding_bytes: limits.max_storage_buffer_binding_size,
            max_buffer_bytes: limits.max_buffer_size,
            max_invocations: invocations,
            max_workgroups: limits.max_compute_workgroups_per_dimension,
            workgroup_bytes: limits.max_compute_workgroup_storage_size,
            shortfalls: Vec::new(),
        }
        .with_shortfalls()
    }

    fn with_shortfalls(mut self) -> Self {
        let largest = self.max_binding_bytes.min(self.max_buffer_bytes);
        let limits = [
            ("storage buffers in a kernel", STORAGE_BUFFERS, u64::from(self.storage_buffers)),
            ("bytes in a storage binding", BINDING_BYTES, largest),
            ("invocations in a workgroup", INVOCATIONS, u64::from(self.max_invocations)),
        ];
        let short = limits.into_iter().filter(|&(_, needed, found)| found < needed);
        self.shortfalls = short.map(|(limit, needed, found)| Shortfall { limit, needed, found }).collect();
        self
    }

    /// Smaller is better: hardware before software; then Vulkan, whose kernels are exact at no cost, before the native interfaces.
    fn rank(&self) -> (AdapterKind, u8) {
        let backend = match self.backend.as_str() {
            "vulkan" => 0,
            "metal" => 1,
            _ => 2,
        };
        (self.kind, backend)
    }

    /// Is this its bus address, in lower case, or are these its numbers?
    fn is_at(&self, pci: &str) -> bool {
        self.pci.to_lowercase() == pci || self.pci_ids == pci
    }

    /// Does its bus address end so, from a separator on?
    fn ends_in(&self, pci: &str) -> bool {
        let address = self.pci.to_lowercase();
        self.pci != self.pci_ids
            && !pci.is_empty()
            && address.strip_suffix(pci).is_some_and(|before| before.ends_with([':', '.']))
    }
}

impl fmt::Display for AdapterReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = format!("{:?}", self.kind).to_lowercase();
        write!(f, "{} ({}, {kind}, {}, pci:{})", self.name, self.backend, self.driver, self.pci)?;
        match self.problem() {
            Some(problem) => write!(f, " unusable: {problem}"),
            None => Ok(()),
        }
    }
}

/// The adapters of this machine. Making one is the first thing that loads a driver.
#[derive(Debug)]
pub struct Adapters {
    adapters: Vec<(wgpu::Adapter, AdapterReport)>,
}

impl Adapters {
    /// Asks Vulkan, Metal and DX12 for their adapters; best first. Empty where there is none.
    #[must_use]
    pub fn enumerate() -> Self {
        let backends = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends,
            // No debug or validation layers: debug builds would otherwise ask drivers to skip optimisation.
            flags: wgpu::InstanceFlags::empty(),
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        let found = pollster::block_on(instance.enumerate_adapters(backends));
        let with_report = found.into_iter().map(|adapter| {
            let report = AdapterReport::of(&adapter);
            (adapter, report)
        });
        let mut adapters: Vec<_> = with_report.collect();
        adapters.sort_by_key(|(_, report)| report.rank());
        Adapters { adapters }
    }

    /// What there is, best first.
    #[must_use]
    pub fn reports(&self) -> Vec<AdapterReport> {
        self.adapters.iter().map(|(_, report)| report.clone()).collect()
    }

    /// The adapter that `selection` means, or `None` if it is [`Selection::Auto`] and there is no usable hardware GPU.
    ///
    /// # Errors
    /// [`DeviceError::NoAdapter`] with a list of what there is, or [`DeviceError::Unusable`] with the reason.
    pub fn choose(&self, selection: &Selection) -> Result<Option<AdapterReport>, DeviceError> {
        let reports = self.reports();
        Ok(choose(&reports, selection)?.map(|index| reports[index].clone()))
    }

    pub(super) fn take(mut self, selection: &Selection) -> Result<(wgpu::Adapter, AdapterReport), DeviceError> {
        match choose(&self.reports(), selection)? {
            Some(index) => Ok(self.adapters.swap_remove(index)),
            None => Err(DeviceError::NoHardware),
        }
    }
}

/// Which of `reports` a name or a `pci:` address means.
fn named(reports: &[AdapterReport], name: &str) -> Result<Vec<bool>, DeviceError> {
    let wanted = name.to_lowercase();
    let each = |test: &dyn Fn(&AdapterReport) -> bool| reports.iter().map(test).collect::<Vec<bool>>();
    let Some(pci) = wanted.strip_prefix("pci:") else {
        return Ok(each(&|report| !wanted.is_empty() && report.name.to_lowercase().contains(&wanted)));
    };
    let whole = each(&|report| report.is_at(pci));
    if whole.contains(&true) {
        return Ok(whole);
    }
    // One GPU behind two interfaces has one address; two addresses are two GPUs.
    let ends: Vec<&AdapterReport> = reports.iter().filter(|report| report.ends_in(pci)).collect();
    if ends.iter().any(|report| report.pci != ends[0].pci) {
        let all: Vec<String> = ends.iter().map(|report| report.to_string()).collect();
        let found = format!("more than one address ends so: {}", all.join(", "));
        return Err(DeviceError::NoAdapter { wanted: name.to_owned(), found });
    }
    Ok(each(&|report| report.ends_in(pci)))
}

/// The index in `reports` (best first) of the adapter that `selection` means.
fn choose(reports: &[AdapterReport], selection: &Selection) -> Result<Option<usize>, DeviceError> {
    let meant = match selection {
        Selection::Auto => reports.iter().map(AdapterReport::is_hardware).collect(),
        Selection::Best => vec![true; reports.len()],
        Selection::Named(name) => named(reports, name)?,
    };
    let meant = || reports.iter().enumerate().filter(|&(index, _)| meant[index]);
    let usable = meant().find(|(_, report)| report.is_usable()).map(|(index, _)| index);
    if usable.is_some() || *selection == Selection::Auto {
        return Ok(usable);
    }
    let unusable = meant().find_map(|(_, report)| Some((report, report.problem()?)));
    Err(match unusable {
        Some((report, reason)) => DeviceError::Unusable { name: report.name.clone(), reason },
        None => {
            let all: Vec<String> = reports.iter().map(AdapterReport::to_string).collect();
            let found = if all.is_empty() {
                "there is none at all".to_owned()
            } else {
                format!("there is: {}", all.join(", "))
            };
            DeviceError::NoAdapter { wanted: selection.to_string(), found }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(name: &str, kind: AdapterKind, binding: u64) -> AdapterReport {
        AdapterReport {
            name: name.to_owned(),
            backend: "vulkan".to_owned(),
            kind,
            driver: "d 1".to_owned(),
            pci: "0000:01:00.0".to_owned(),
            pci_ids: "10de:2330".to_owned(),
            storage_buffers: 8,
            max_binding_bytes: binding,
            max_buffer_bytes: 1 << 30,
            max_invocations: 256,
            max_workgroups: 65_535,
            workgroup_bytes: 16 << 10,
            shortfalls: Vec::new(),
        }
        .with_shortfalls()
    }

    #[test]
    fn auto_wants_usable_hardware_and_best_takes_software() {
        let software = report("llvmpipe", AdapterKind::Software, BINDING_BYTES);
        let small = report("Tiny", AdapterKind::Integrated, BINDING_BYTES - 1);
        let good = report("Big", AdapterKind::Discrete, BINDING_BYTES);
        assert_eq!(choose(&[], &Selection::Auto), Ok(None));
        assert_eq!(choose(&[small.clone(), software.clone()], &Selection::Auto), Ok(None));
        assert_eq!(choose(&[small.clone(), software.clone()], &Selection::Best), Ok(Some(1)));
        assert_eq!(choose(&[small.clone(), good, software], &Selection::Auto), Ok(Some(1)));
        let error = choose(&[small], &Selection::Best).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("134217728 needed, 134217727 found"), "{text}");
    }

    #[test]
    fn names_match_in_part() {
        let all = [
            report("NVIDIA Foo", AdapterKind::Discrete, BINDING_BYTES),
            report("x", AdapterKind::Software, BINDING_BYTES),
        ];
        let named = |name: &str| choose(&all, &Selection::Named(name.to_owned()));
        assert_eq!(named("foo"), Ok(Some(0)));
        for absent in ["bar", ""] {
            let error = named(absent).unwrap_err();
            assert!(matches!(&error, DeviceError::NoAdapter { found, .. } if found.contains("NVIDIA Foo")), "{error}");
        }
    }

    #[test]
    fn pci_means_an_address_its_end_or_the_numbers() {
        let at = |pci: &str, backend: &str| {
            let report = report(pci, AdapterKind::Discrete, BINDING_BYTES);
            AdapterReport { pci: pci.to_owned(), backend: backend.to_owned(), ..report }
        };
        let all = [
            at("0000:01:00.0", "vulkan"),
            at("0000:0B:00.0", "vulkan"),
            at("0001:01:00.1", "vulkan"),
            at("0000:0B:00.0", "dx12"),
            AdapterReport { pci_ids: "8086:1234".to_owned(), ..at("8086:1234", "vulkan") },
        ];
        let named = |name: &str| choose(&all, &Selection::Named(name.to_owned()));
        for (name, index) in [
            ("pci:0000:01:00.0", 0),
            ("PCI:01:00.0", 0),
            ("pci:0000:0b:00.0", 1),
            ("pci:0b:00.0", 1),
            ("pci:00.1", 2),
            ("pci:1", 2),
            ("pci:10DE:2330", 0),
            ("pci:8086:1234", 4),
        ] {
            assert_eq!(named(name), Ok(Some(index)), "{name}");
        }
        // Beginnings, middles and what starts inside a field are no addresses.
        for absent in
            ["pci:", "pci:9999", "pci:0000:01", "pci:0000", "pci:1:00.0", "pci::01:00.0", "pci:2330", "pci:1234"]
        {
            let error = named(absent).unwrap_err().to_string();
            assert!(error.contains("there is: 0000:01:00.0 ("), "{absent}: {error}");
        }
        for several in ["pci:00.0", "pci:0"] {
            let error = named(several).unwrap_err().to_string();
            assert!(error.contains("more than one address ends so: 0000:01:00.0 ("), "{several}: {error}");
        }
    }
}
