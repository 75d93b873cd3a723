//! Reason: a choice in words, with the numbers that it rests on.

use std::fmt::Write;

use crate::batch::Tier;
use crate::engine::costs::Cost;
use crate::engine::costs::choice::{Choice, Kernel, Offer, Task};
use crate::engine::device::CPU;

/// Ways not taken that are named.
const NAMED: usize = 2;

impl Choice {
    /// Why a task runs as it does; `device` is what the device is called, and `note` what else there is to say.
    pub fn reason(&self, task: &Task, index: usize, device: &str, note: Option<&str>) -> String {
        let (pick, others) = (&self.picks[index], &self.others[index]);
        let mut text = match task.asked {
            Tier::Auto => format!("{}: about {}", place(pick, device), time(pick)),
            _ if others.is_empty() => return "it was asked for".to_owned(),
            _ => format!("it was asked for; {}: about {}", place(pick, device), time(pick)),
        };
        for other in others.iter().take(NAMED) {
            let _ = write!(text, "; {}: {}", place(other, device), time(other));
        }
        if task.kernel == Kernel::TooLarge && self.on_device && pick.tier == Tier::Replay {
            text += "; the program is too large for a kernel of its own";
        }
        if let Some(note) = note {
            text = text + "; " + note;
        }
        text
    }
}

fn place(offer: &Offer, device: &str) -> String {
    format!("{} on {}", offer.tier, if offer.on_device { device } else { CPU })
}

/// What an offer takes, and on what most of it goes, where that is no run.
fn time(offer: &Offer) -> String {
    let all = offer.run.and(&offer.before);
    let most = match all.most() {
        Some(Cost::Record | Cost::RecordOperation) => ", most of it recording",
        Some(Cost::Machine | Cost::Replayer | Cost::Kernel | Cost::KernelOperation) => ", most of it compiling",
        Some(Cost::RoundTrip) => ", most of it the way there and back",
        Some(Cost::Byte) => ", most of it moving numbers",
        Some(Cost::Interpret | Cost::Replay | Cost::Specialize) | None => "",
    };
    let paid = all.total() - offer.price;
    // Prices are sums of the same numbers in another order.
    let paid = if paid > 1e-3 * all.total() {
        format!(", of which earlier calls would have saved {}", readable(paid))
    } else {
        String::new()
    };
    format!("{}{most}{paid}", readable(all.total()))
}

/// Seconds with two digits.
pub(super) fn readable(seconds: f64) -> String {
    let (number, unit) = match seconds {
        _ if seconds < 1e-6 => (seconds * 1e9, "ns"),
        _ if seconds < 1e-3 => (seconds * 1e6, "µs"),
        _ if seconds < 1.0 => (seconds * 1e3, "ms"),
        _ => (seconds, "s"),
    };
    if number < 10.0 { format!("{number:.1} {unit}") } else { format!("{number:.0} {unit}") }
}
