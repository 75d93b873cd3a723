//! Where anchors are worth their cost: where a body is applied again while it is still active.
//!
//! Loops and recursion come back to a body that has not returned; a helper that is called several times has
//! returned each time. A long state is read rarely: reading never takes more than a constant share of a run.

/// Bodies that are looked at; a program with more nested ones has fewer anchors.
const ACTIVE: usize = 64;
/// Words of the longest state that is read.
const LONGEST: usize = 4096;
/// How often in a row the wait is doubled where states are too long.
const DOUBLINGS: u32 = 10;

/// A body that has been applied and has not returned.
#[derive(Clone, Copy, Debug)]
struct Active {
    body: u64,
    /// Calls that waited when it was applied.
    level: u32,
    /// How often it was applied again since.
    times: u32,
}

/// Decides for one lane; its memory is kept for the next.
#[derive(Debug, Default)]
pub(super) struct Policy {
    active: Vec<Active>,
    /// Instructions since the last anchor or try.
    ran: u64,
    /// Instructions to wait between two.
    wait: u64,
    /// Applications since the last anchor where one might have been.
    passed: u32,
    /// Anchors lie where a body has been applied a multiple of this, a power of two, so that lanes which came by
    /// different ways have theirs at the same places.
    stride: Option<u32>,
    /// States in a row that were too long.
    failures: u32,
}

impl Policy {
    /// A new lane.
    pub(super) fn start(&mut self) {
        let mut active = std::mem::take(&mut self.active);
        active.clear();
        *self = Policy { active, ..Policy::default() };
    }

    /// The lane ran so many instructions.
    pub(super) fn ran(&mut self, instructions: u64) {
        self.ran += instructions;
    }

    /// A body was applied while `level` calls wait and at one time since the last application only `lowest` did; gives
    /// how often that has happened since it became active, if it was active before.
    pub(super) fn applied(&mut self, body: u64, lowest: u32, level: u32) -> Option<u32> {
        while self.active.last().is_some_and(|active| active.level > lowest) {
            self.active.pop();
        }
        if let Some(active) = self.active.iter_mut().rev().find(|active| active.body == body) {
            active.times = active.times.wrapping_add(1);
            return Some(active.times);
        }
        if self.active.len() == ACTIVE {
            self.active.drain(..ACTIVE / 2);
        }
        self.active.push(Active { body, level, times: 0 });
        None
    }

    /// Is it time for an anchor where a body is applied again? Gives how long the state may be.
    pub(super) fn due(&mut self, times: u32) -> Option<usize> {
        self.passed = self.passed.saturating_add(1);
        if self.ran < self.wait {
            return None;
        }
        let stride = *self.stride.get_or_insert(self.passed.checked_next_power_of_two().unwrap_or(1));
        (times & (stride - 1) == 0).then_some(LONGEST)
    }

    /// The state was read and had so many words; `None`: it is too long.
    pub(super) fn read(&mut self, words: Option<usize>) {
        self.failures = if words.is_some() { 0 } else { (self.failures + 1).min(DOUBLINGS) };
        let words = words.unwrap_or(LONGEST << self.failures);
        (self.ran, self.wait, self.passed, self.stride) = (0, words as u64 / 2, 0, None);
    }

    /// The lane passed an anchor that was there.
    pub(super) fn followed(&mut self) {
        (self.ran, self.passed, self.stride) = (0, 0, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_comes_back_and_a_helper_does_not() {
        let mut policy = Policy::default();
        let (body, helper) = (1, 2);
        assert_eq!(policy.applied(body, 0, 0), None);
        for times in 1..5 {
            // Two calls of the helper, each of which returns; then a tail call.
            assert_eq!(policy.applied(helper, 0, 1), None);
            assert_eq!(policy.applied(helper, 0, 1), None);
            assert_eq!(policy.applied(body, 0, 0), Some(times));
        }
    }

    #[test]
    fn recursion_comes_back() {
        let mut policy = Policy::default();
        assert_eq!(policy.applied(7, 0, 0), None);
        for level in 1..200 {
            assert_eq!(policy.applied(7, level - 1, level), Some(level));
        }
        // Back at the outermost activation, which is still active.
        assert_eq!(policy.applied(7, 0, 1), Some(200));
    }

    #[test]
    fn reading_takes_a_constant_share() {
        let mut policy = Policy::default();
        let (mut words, mut instructions) = (0, 0);
        for times in 1..=10_000 {
            policy.ran(10);
            instructions += 10;
            // The state grows by 3 words an application, as when a list is built.
            let length = 20 + 3 * times as usize;
            if let Some(longest) = policy.due(times) {
                words += length.min(longest);
                policy.read(Some(length).filter(|&length| length <= longest));
            }
        }
        assert!(words < 3 * instructions, "{words} words for {instructions} instructions");
    }

    #[test]
    fn lanes_on_different_ways_meet() {
        let places = |first: u32| {
            let mut policy = Policy::default();
            let mut places = Vec::new();
            for times in first..200 {
                policy.ran(30);
                if policy.due(times).is_some() {
                    policy.read(Some(400));
                    places.push(times);
                }
            }
            places
        };
        let (one, other) = (places(1), places(14));
        let common = other.iter().filter(|place| one.contains(place)).count();
        assert!(common + 2 >= other.len(), "{one:?} {other:?}");
    }
}
