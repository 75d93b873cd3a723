//! Where anchors are worth their cost: where a body is applied again while it is still active.
//!
//! Loops and recursion come back to a body that has not returned; a helper that is called several times has
//! returned each time. A long state is read rarely: reading never takes more than a constant share of a run.
//!
//! An application before which nothing was taped and nothing made since the one before of the same body is idle. It gets no
//! anchor, for which nothing would be left behind, and its instructions do not count for what comes after it: lanes that walk more
//! or less far along a list to an index have their next anchor at the same place. It does count as an application, so a loop
//! that tapes at some of its applications only has an anchor at the first of those behind each place where one should lie.

/// Bodies that are looked at; a program with more nested ones has fewer anchors.
const ACTIVE: usize = 64;
/// Words of the longest state that is read: a filter of 32 dimensions has about five thousand.
const LONGEST: usize = 8192;
/// Behind a guard every application may have its anchor, so that the ways part and meet again one guard at a time, while the
/// words read are at most twice the instructions and so many more.
const CREDIT: u64 = 1 << 17;
/// How often in a row the wait is doubled where states are too long.
const DOUBLINGS: u32 = 10;

/// A body that has been applied and has not returned.
#[derive(Clone, Copy, Debug)]
struct Active {
    body: u64,
    /// Calls that waited when it was applied.
    level: u32,
    /// How often it was applied again since, and how often it had been at the last application that was not idle.
    times: u32,
    offered: u32,
    /// When it was applied last: what the lane had taped and made, and [`Policy::ran`].
    done: u64,
    ran: u64,
}

/// An application of a body at which an anchor may lie: how often the body has been applied since it became active, now and at
/// the offer before this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    times: u32,
    before: u32,
}

/// Decides for one lane; its memory is kept for the next.
#[derive(Debug, Default)]
pub(super) struct Policy {
    active: Vec<Active>,
    /// Instructions since the last anchor or try.
    ran: u64,
    /// Words of all states that were read.
    words: u64,
    /// Instructions since the lane started.
    total: u64,
    /// Instructions to wait between two.
    wait: u64,
    /// Applications since the last anchor where one might have been.
    passed: u32,
    /// Anchors lie where a body has been applied a multiple of this, a power of two, or at the first offer after that, so that
    /// lanes which came by different ways have theirs at the same places.
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
        self.total += instructions;
    }

    /// A body was applied while `level` calls wait and at one time since the last application only `lowest` did; `done` counts
    /// what the lane has taped and made.
    pub(super) fn applied(&mut self, body: u64, lowest: u32, level: u32, done: u64) -> Option<Offer> {
        while self.active.last().is_some_and(|active| active.level > lowest) {
            self.active.pop();
        }
        if let Some(active) = self.active.iter_mut().rev().find(|active| active.body == body) {
            active.times = active.times.wrapping_add(1);
            let is_idle = active.done == done;
            if is_idle {
                self.ran = self.ran.min(active.ran);
            }
            (active.done, active.ran) = (done, self.ran);
            return (!is_idle)
                .then(|| Offer { times: active.times, before: std::mem::replace(&mut active.offered, active.times) });
        }
        if self.active.len() == ACTIVE {
            self.active.drain(..ACTIVE / 2);
        }
        self.active.push(Active { body, level, times: 0, offered: 0, done, ran: self.ran });
        None
    }

    /// Is it time for an anchor where a body is applied again? `guarded`: there was a guard since the last anchor. Gives how
    /// long the state may be.
    pub(super) fn due(&mut self, offer: Offer, guarded: bool) -> Option<usize> {
        self.passed = self.passed.saturating_add(1);
        if guarded && self.words < 2 * self.total + CREDIT {
            return Some(LONGEST);
        }
        if self.ran < self.wait {
            return None;
        }
        let stride = *self.stride.get_or_insert(self.passed.checked_next_power_of_two().unwrap_or(1));
        // A body at few of whose applications there are offers has as many offers between two anchors as another one.
        let apart = u64::from(offer.times.wrapping_sub(offer.before)).next_power_of_two();
        let place = |times: u32| u64::from(times) / (apart * u64::from(stride));
        (place(offer.times) != place(offer.before)).then_some(LONGEST)
    }

    /// The state was read and had so many words; `None`: it is too long.
    pub(super) fn read(&mut self, words: Option<usize>) {
        self.failures = if words.is_some() { 0 } else { (self.failures + 1).min(DOUBLINGS) };
        self.words += words.unwrap_or(LONGEST) as u64;
        self.begin(words.unwrap_or(LONGEST << self.failures));
    }

    /// The lane passed an anchor that was there, whose state has so many words: it goes on as the lane that made it.
    pub(super) fn followed(&mut self, words: usize) {
        self.failures = 0;
        self.begin(words);
    }

    fn begin(&mut self, words: usize) {
        (self.ran, self.wait, self.passed, self.stride) = (0, words as u64 / 2, 0, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The n-th application in a row that is not idle.
    fn offer(times: u32) -> Offer {
        Offer { times, before: times - 1 }
    }

    #[test]
    fn a_loop_comes_back_and_a_helper_does_not() {
        let mut policy = Policy::default();
        let (body, helper) = (1, 2);
        assert_eq!(policy.applied(body, 0, 0, 0), None);
        for times in 1..5 {
            // Two calls of the helper, each of which returns; then a tail call.
            let done = u64::from(times);
            assert_eq!(policy.applied(helper, 0, 1, done), None);
            assert_eq!(policy.applied(helper, 0, 1, done), None);
            assert_eq!(policy.applied(body, 0, 0, done), Some(offer(times)));
        }
    }

    #[test]
    fn recursion_comes_back() {
        let mut policy = Policy::default();
        assert_eq!(policy.applied(7, 0, 0, 0), None);
        for level in 1..200 {
            assert_eq!(policy.applied(7, level - 1, level, level.into()), Some(offer(level)));
        }
        // Back at the outermost activation, which is still active.
        assert_eq!(policy.applied(7, 0, 1, 200), Some(offer(200)));
    }

    #[test]
    fn a_walk_that_tapes_nothing_leaves_no_trace() {
        let after = |walked: u32| {
            let mut policy = Policy::default();
            let (body, walk) = (1, 2);
            policy.applied(body, 0, 0, 0);
            policy.ran(30);
            // A guard, then a walk of some length that returns.
            for _ in 0..=walked {
                assert_eq!(policy.applied(walk, 1, 1, 1), None);
                policy.ran(10);
            }
            policy.ran(5);
            assert_eq!(policy.applied(body, 0, 0, 2), Some(offer(1)));
            policy.ran
        };
        assert_eq!(after(0), 45);
        assert!((1..100).all(|walked| after(walked) == 45));
    }

    #[test]
    fn reading_takes_a_constant_share() {
        for (guarded, share, credit) in [(false, 3, 0), (true, 4, CREDIT)] {
            let mut policy = Policy::default();
            let (mut words, mut instructions) = (0, 0);
            for times in 1..=20_000 {
                policy.ran(10);
                instructions += 10;
                // The state grows by 3 words an application, as when a list is built.
                let length = 20 + 3 * times as usize;
                if let Some(longest) = policy.due(offer(times), guarded) {
                    words += length.min(longest) as u64;
                    policy.read(Some(length).filter(|&length| length <= longest));
                }
            }
            assert!(words < share * instructions + credit, "{words} words for {instructions} instructions");
        }
    }

    #[test]
    fn behind_a_guard_the_next_application_has_an_anchor() {
        let mut policy = Policy::default();
        for times in 1..100 {
            policy.ran(10);
            assert_eq!(policy.due(offer(times), true), Some(LONGEST));
            policy.read(Some(1000));
        }
    }

    #[test]
    fn lanes_on_different_ways_meet() {
        let places = |first: u32| {
            let mut policy = Policy::default();
            let mut places = Vec::new();
            for times in first..200 {
                policy.ran(30);
                if policy.due(offer(times), false).is_some() {
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

    #[test]
    fn a_loop_that_tapes_now_and_then_has_its_anchors() {
        let places = |period: u32, phase: u32, first: u32| {
            let mut policy = Policy::default();
            let (mut done, mut places) = (0, Vec::new());
            policy.applied(1, 0, 0, done);
            for times in 1..4000 {
                policy.ran(30);
                done += u64::from(times % period == phase);
                if let Some(offer) = policy.applied(1, 0, 0, done)
                    && times >= first
                    && policy.due(offer, false).is_some()
                {
                    policy.read(Some(1500));
                    places.push(times);
                }
            }
            places
        };
        for period in [1, 2, 4] {
            for phase in 0..period {
                let found = places(period, phase, 1);
                assert!(found.iter().all(|place| place % period == phase));
                // Every 750 instructions that count, which is every 25 of the applications that are not idle, at most 32 more.
                let most = 64 * period;
                let gaps = || std::iter::once(&0).chain(&found).zip(found.iter().chain([&4000]));
                assert!(gaps().all(|(one, next)| next - one <= most), "{period} {phase}: {found:?}");
                // A lane that came by another way.
                let other = places(period, phase, 61);
                let common = other.iter().filter(|place| found.contains(place)).count();
                assert!(common + 2 >= other.len(), "{period} {phase}: {found:?} {other:?}");
            }
        }
    }
}
