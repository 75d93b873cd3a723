//! The choice: from what is known of the programs of a call, where they run and by which tier each.

use crate::batch::Tier;
use crate::engine::costs::{Cost, Costs, Estimate};

/// A run with gradients takes as long as so many without: replayed, and interpreted.
const REPLAYED_GRADIENT: f64 = 3.0;
const INTERPRETED_GRADIENT: f64 = 1.3;
/// Lanes that one core takes at a time: interpreted, and replayed.
const INTERPRETED_TOGETHER: usize = 64;
const REPLAYED_TOGETHER: usize = 512;
/// Fewer lanes than this replay as slowly.
const FEWEST: usize = 16;
/// Bytes of a number.
const NUMBER: f64 = 4.0;

/// What is known of a kernel of the program's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// Nobody has asked.
    Unknown,
    /// There can be none.
    TooLarge,
    /// So many operations of text.
    Of { operations: usize, is_made: bool },
}

/// Lanes of a program that are to run, and what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// The tier that was asked for.
    pub asked: Tier,
    pub lanes: usize,
    /// Numbers of a lane that go to a device and come back.
    pub numbers: usize,
    pub gradient: bool,
    /// Operations of a lane; as long as nobody has seen one, as many as the program has forms.
    pub operations: f64,
    /// Are paths of it known?
    pub is_recorded: bool,
    /// Seconds that earlier calls took for it.
    pub spent: f64,
    pub kernel: Kernel,
}

/// The host's cores.
#[derive(Clone, Copy, Debug)]
pub struct Host<'a> {
    pub costs: &'a Costs,
    pub cores: usize,
}

/// A device that is open.
#[derive(Clone, Copy, Debug)]
pub struct Gpu<'a> {
    pub costs: &'a Costs,
    /// Fewer lanes than this take as long.
    pub fill: usize,
    /// Are the kernels compiled that interpret, and the one that replays?
    pub has_machine: bool,
    pub has_replayer: bool,
}

/// A way to run a task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offer {
    pub on_device: bool,
    pub tier: Tier,
    /// What the run takes.
    pub run: Estimate,
    /// What must be recorded and compiled first.
    pub before: Estimate,
    /// Seconds, with what comes before at its price: what earlier calls would have saved is taken off.
    pub price: f64,
}

/// What a call does.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub on_device: bool,
    /// By task.
    pub picks: Vec<Offer>,
    /// By task: what else there was, the best of each tier and place first.
    pub others: Vec<Vec<Offer>>,
    /// Seconds of the host's best, and of the device's.
    pub host: Option<f64>,
    pub device: Option<f64>,
}

impl Task {
    fn replayed(&self, least: usize) -> f64 {
        let gradient = if self.gradient { REPLAYED_GRADIENT } else { 1.0 };
        self.operations * self.lanes.max(least) as f64 * gradient
    }

    fn interpreted(&self, least: usize) -> f64 {
        let gradient = if self.gradient { INTERPRETED_GRADIENT } else { 1.0 };
        self.operations * self.lanes.max(least) as f64 * gradient
    }

    fn recording(&self, host: &Host<'_>) -> Estimate {
        if self.is_recorded {
            return Estimate::default();
        }
        let once = Estimate::default().with(host.costs, Cost::Record, 1.0);
        once.with(host.costs, Cost::RecordOperation, self.operations)
    }

    /// What `tier` takes on the host; a kernel of a program's own is not to be had there.
    pub fn on_host(&self, host: &Host<'_>, tier: Tier) -> Option<Offer> {
        let cores = |together: usize| self.lanes.div_ceil(together).clamp(1, host.cores.max(1)) as f64;
        let none = Estimate::default();
        let (run, before) = match tier {
            Tier::Interpret => {
                let count = self.interpreted(0) / cores(INTERPRETED_TOGETHER);
                (none.with(host.costs, Cost::Interpret, count), none)
            }
            Tier::Replay => {
                let count = self.replayed(FEWEST) / cores(REPLAYED_TOGETHER);
                (none.with(host.costs, Cost::Replay, count), self.recording(host))
            }
            Tier::Specialize | Tier::Auto => return None,
        };
        Some(Offer { on_device: false, tier, run, before, price: run.total() + before.total() })
    }

    /// What `tier` takes on a device, where `beside` tasks share what a dispatch costs.
    pub fn on_device(&self, host: &Host<'_>, gpu: &Gpu<'_>, tier: Tier, beside: usize) -> Option<Offer> {
        let costs = gpu.costs;
        let share = 1.0 / beside.max(1) as f64;
        let bytes = NUMBER * (self.numbers * self.lanes) as f64;
        let moved = Estimate::default().with(costs, Cost::Byte, bytes);
        let once = |is_there: bool| if is_there { 0.0 } else { share };
        let (run, before) = match tier {
            Tier::Interpret => (
                moved.with(costs, Cost::RoundTrip, share).with(costs, Cost::Interpret, self.interpreted(gpu.fill)),
                Estimate::default().with(costs, Cost::Machine, once(gpu.has_machine)),
            ),
            Tier::Replay => (
                moved.with(costs, Cost::RoundTrip, share).with(costs, Cost::Replay, self.replayed(gpu.fill)),
                self.recording(host).with(costs, Cost::Replayer, once(gpu.has_replayer)),
            ),
            Tier::Specialize => {
                let Kernel::Of { operations, is_made } = self.kernel else { return None };
                let made = if is_made { 0.0 } else { 1.0 };
                let compiling = Estimate::default().with(costs, Cost::Kernel, made);
                let compiling = compiling.with(costs, Cost::KernelOperation, made * operations as f64);
                (
                    moved.with(costs, Cost::RoundTrip, 1.0).with(costs, Cost::Specialize, self.replayed(gpu.fill)),
                    self.recording(host).and(&compiling),
                )
            }
            Tier::Auto => return None,
        };
        Some(Offer { on_device: true, tier, run, before, price: run.total() + before.total() })
    }

    /// The ways there are in one place.
    fn offers(&self, host: &Host<'_>, gpu: Option<&Gpu<'_>>, beside: usize) -> Vec<Offer> {
        let tiers: &[Tier] = match &self.asked {
            Tier::Auto => &[Tier::Interpret, Tier::Replay, Tier::Specialize],
            named => std::slice::from_ref(named),
        };
        let offer = |&tier: &Tier| match gpu {
            None => self.on_host(host, tier),
            Some(gpu) => self.on_device(host, gpu, tier, beside),
        };
        tiers.iter().filter_map(offer).collect()
    }

    /// Prices what must come before a run, and puts the best offers first.
    ///
    /// Whoever rents until the rent has cost as much more as buying would have cost pays no more than twice what was needed. The rent is
    /// the best way that is ready.
    fn priced(&self, offers: &mut [Offer], rent: f64) {
        for offer in offers.iter_mut().filter(|_| rent.is_finite()) {
            let saved = self.spent * (1.0 - offer.run.total() / rent).max(0.0);
            offer.price = offer.run.total() + (offer.before.total() - saved).max(0.0);
        }
        offers.sort_by(|a, b| a.price.total_cmp(&b.price));
    }
}

/// What the best way of a task that is ready takes.
fn rent<'o>(offers: impl Iterator<Item = &'o Offer>) -> f64 {
    let ready = offers.filter(|offer| offer.before.total() == 0.0).map(|offer| offer.run.total());
    ready.fold(f64::INFINITY, f64::min)
}

/// Seconds that tasks take side by side on the host, of which each alone would take so many.
fn together(tasks: &[Task], alone: impl Iterator<Item = f64> + Clone, cores: usize) -> f64 {
    let used = |task: &Task| task.lanes.div_ceil(REPLAYED_TOGETHER).clamp(1, cores.max(1)) as f64;
    let all: f64 = tasks.iter().zip(alone.clone()).map(|(task, seconds)| seconds * used(task)).sum();
    alone.fold(all / cores.max(1) as f64, f64::max)
}

/// Chooses for a call. The host is no choice where a device was named: then only its tiers are compared.
///
/// `None`: a tier was named that none of the places has.
pub fn choose(tasks: &[Task], host: &Host<'_>, may_host: bool, gpu: Option<&Gpu<'_>>) -> Option<Choice> {
    let offers = |gpu: Option<&Gpu<'_>>| -> Vec<Vec<Offer>> {
        tasks.iter().map(|task| task.offers(host, gpu, tasks.len())).collect()
    };
    let mut here = if may_host { offers(None) } else { vec![Vec::new(); tasks.len()] };
    let mut there = if gpu.is_some() { offers(gpu) } else { vec![Vec::new(); tasks.len()] };
    for ((task, here), there) in tasks.iter().zip(&mut here).zip(&mut there) {
        let rent = rent(here.iter().chain(there.iter()));
        task.priced(here, rent);
        task.priced(there, rent);
    }
    let prices = |offers: &[Vec<Offer>]| -> Option<Vec<f64>> {
        offers.iter().map(|offers| offers.first().map(|offer| offer.price)).collect()
    };
    let host_total = prices(&here).filter(|_| may_host).map(|prices| together(tasks, prices.into_iter(), host.cores));
    let device_total = prices(&there).filter(|_| gpu.is_some()).map(|prices| prices.iter().sum::<f64>());
    let on_device = match (host_total, device_total) {
        (Some(host), Some(device)) => device < host,
        (Some(_), None) => false,
        (None, Some(_)) => true,
        (None, None) => return None,
    };
    let (taken, left) = if on_device { (there, here) } else { (here, there) };
    let (mut picks, mut others) = (Vec::with_capacity(tasks.len()), Vec::with_capacity(tasks.len()));
    for (offers, more) in taken.into_iter().zip(left) {
        let mut rest = offers[1..].to_vec();
        rest.extend(more);
        rest.sort_by(|a, b| a.price.total_cmp(&b.price));
        picks.push(offers[0]);
        others.push(rest);
    }
    Some(Choice { on_device, picks, others, host: host_total, device: device_total })
}

/// What the picks of a call take together, without what came before them.
pub fn runs(tasks: &[Task], picks: &[Offer], on_device: bool, cores: usize) -> Estimate {
    let all = picks.iter().fold(Estimate::default(), |all, pick| all.and(&pick.run));
    if on_device || all.total() == 0.0 {
        return all;
    }
    all.times(together(tasks, picks.iter().map(|pick| pick.run.total()), cores) / all.total())
}
