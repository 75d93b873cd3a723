//! Order: lanes of one path beside each other, remembered from call to call.
//!
//! In: which way the lanes of a call went, and what it cost that lanes of one block parted. Out: the order in which the
//! next call with as many lanes runs them, or none where that would gain less than moving numbers costs. Always: an order
//! is only about time; a lane's numbers do not depend on it. Deliberately absent: running lanes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use crate::host::replay::{Effort, WIDTH, Walked};

/// So many counts of lanes are remembered.
const MOST: usize = 4;
/// Moving a number to another place costs as much as an operation on so many.
const MOVE: f64 = 17.0;
/// An order is renewed, or looked for once more, when waste is more than so many times what it was.
const RISE: f64 = 1.25;
/// Numbers that one core moves at a time.
const CHUNK: usize = 1 << 12;

/// A permutation of lanes.
#[derive(Debug)]
pub struct Order {
    /// By place.
    pub lanes: Vec<u32>,
    /// By lane.
    places: Vec<u32>,
}

/// Lanes that ran, and how they went.
#[derive(Debug)]
pub struct Round {
    /// `None`: all, in the order of the call.
    pub lanes: Option<Vec<u32>>,
    pub walked: Vec<Walked>,
}

/// Orders by counts of lanes.
#[derive(Debug, Default)]
pub struct Orders {
    /// The one that was used last is last.
    known: Mutex<Vec<Known>>,
    /// Lanes of all orders.
    held: AtomicUsize,
}

/// What is known of calls with so many lanes. Waste is in parts of the effort that is needed.
#[derive(Debug)]
struct Known {
    lanes: usize,
    order: Option<Arc<Order>>,
    /// Waste without an order, and the first time with this order.
    natural: f64,
    ordered: Option<f64>,
    /// An order was not worth it at this much waste.
    declined: f64,
}

impl Order {
    /// Lanes by the round they ended in and their keys; lanes of one path stay in their order.
    fn new(count: usize, before: Option<&Order>, rounds: &[Round]) -> Order {
        let mut keyed: Vec<(u32, u64, u32)> = (0..count as u32).map(|lane| (0, 0, lane)).collect();
        for (number, round) in rounds.iter().enumerate() {
            let named = match (&round.lanes, before) {
                (Some(lanes), _) => Some(&lanes[..]),
                (None, Some(order)) => Some(&order.lanes[..]),
                (None, None) => None,
            };
            let size = named.map_or(count, <[u32]>::len);
            for walked in &round.walked {
                for place in walked.first..size.min(walked.first + WIDTH) {
                    let lane = named.map_or(place as u32, |lanes| lanes[place]);
                    let key = walked.keys.get(place - walked.first).copied().unwrap_or(walked.key);
                    keyed[lane as usize] = (number as u32, key, lane);
                }
            }
        }
        keyed.par_sort_unstable();
        Order::of(keyed.iter().map(|&(.., lane)| lane).collect())
    }

    fn of(lanes: Vec<u32>) -> Order {
        let mut places = vec![0; lanes.len()];
        lanes.iter().enumerate().for_each(|(place, &lane)| places[lane as usize] = place as u32);
        Order { lanes, places }
    }

    /// The first lanes in the same order.
    fn shortened(&self, count: usize) -> Order {
        Order::of(self.lanes.iter().copied().filter(|&lane| (lane as usize) < count).collect())
    }

    /// `to[lane]` is `from` at the lane's place.
    pub fn put_back<F: Copy + Send + Sync>(&self, from: &[F], to: &mut [F]) {
        to.par_chunks_mut(CHUNK).zip(self.places.par_chunks(CHUNK)).for_each(|(to, places)| {
            to.iter_mut().zip(places).for_each(|(to, &place)| *to = from[place as usize]);
        });
    }
}

/// Is it worth running lanes in an order of their own, where a lane moves so many numbers for that? `declined` is a waste at which
/// it was not.
pub fn worth(effort: Effort, lanes: usize, moved: usize, declined: f64) -> bool {
    let waste = effort.waste_ratio();
    waste > price(effort, lanes, moved) && waste > RISE * declined
}

/// What moving numbers costs, in parts of the effort that is needed.
fn price(effort: Effort, lanes: usize, moved: usize) -> f64 {
    MOVE * (moved * lanes) as f64 / effort.needed.max(1) as f64
}

impl Round {
    /// Of all its blocks.
    pub fn effort(&self) -> Effort {
        self.walked.iter().map(|walked| walked.effort).fold(Effort::default(), Effort::and)
    }
}

impl Orders {
    /// Longer orders would take too much memory, and so would those of several counts together.
    pub const LONGEST: usize = 1 << 24;

    fn known(&self) -> MutexGuard<'_, Vec<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The order for a call with so many lanes.
    pub fn of(&self, lanes: usize) -> Option<Arc<Order>> {
        self.known().iter().find(|known| known.lanes == lanes)?.order.clone()
    }

    /// Lanes of all orders that are remembered, of which each takes 8 bytes. Never waits.
    pub fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// The next call has so many lanes. If nothing is known of so many, and the last call had more, they are the first ones of that
    /// call: a shorter order from its order.
    pub fn shorten(&self, lanes: usize) {
        let mut all = self.known();
        if all.iter().any(|known| known.lanes == lanes) {
            return;
        }
        if let Some(known) = all.last()
            && let Some(order) = &known.order
            && known.lanes > lanes
        {
            let order = Some(Arc::new(order.shortened(lanes)));
            let known = Known { lanes, order, ..*known };
            self.remember(&mut all, known);
        }
    }

    /// Only what was used last stays.
    pub fn keep_last(&self) {
        let mut all = self.known();
        if let Some(known) = all.pop() {
            all.clear();
            self.remember(&mut all, known);
        }
    }

    /// One more count of lanes, in the place of those that were used longest ago.
    fn remember(&self, all: &mut Vec<Known>, known: Known) {
        let held = |all: &[Known]| all.iter().map(Known::held).sum::<usize>();
        while all.len() == MOST || (!all.is_empty() && held(all) + known.held() > Orders::LONGEST) {
            all.remove(0);
        }
        all.push(known);
        self.held.store(held(all), Ordering::Relaxed);
    }

    /// A call has run its rounds, the first one in this order; a lane moves so many numbers in an ordered run.
    pub fn judge(&self, lanes: usize, order: Option<&Order>, moved: usize, rounds: &[Round]) {
        if !(2 * WIDTH..=Orders::LONGEST).contains(&lanes) {
            return;
        }
        let effort = rounds.iter().map(Round::effort).fold(Effort::default(), Effort::and);
        let mut all = self.known();
        let mut known = match all.iter().position(|known| known.lanes == lanes) {
            Some(index) => all.remove(index),
            None if !worth(effort, lanes, moved, 0.0) => return,
            None => Known { lanes, order: None, natural: 0.0, ordered: None, declined: 0.0 },
        };
        let is_same = known.order.as_deref().map(std::ptr::from_ref) == order.map(std::ptr::from_ref);
        if is_same && known.is_renewed(effort, price(effort, lanes, moved)) {
            known.order = Some(Arc::new(Order::new(lanes, order, rounds)));
        }
        self.remember(&mut all, known);
    }
}

impl Known {
    fn held(&self) -> usize {
        self.order.as_ref().map_or(0, |order| order.lanes.len())
    }

    /// Notes the waste of a call in the present order, or without one. Should a new order be made of what it did?
    fn is_renewed(&mut self, effort: Effort, price: f64) -> bool {
        let waste = effort.waste_ratio();
        if self.order.is_none() {
            (self.natural, self.ordered) = (waste, None);
            return waste > price && waste > RISE * self.declined;
        }
        match self.ordered {
            None if self.natural - waste < price => {
                (self.order, self.declined) = (None, self.natural);
                false
            }
            None => {
                self.ordered = Some(waste);
                false
            }
            Some(before) => {
                let has_risen = waste > RISE * before + price;
                if has_risen {
                    self.ordered = None;
                }
                has_risen
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Orders {
        /// Some order of so many lanes.
        pub(crate) fn learn(&self, lanes: usize) {
            let order = Some(Arc::new(Order { lanes: vec![0; lanes], places: Vec::new() }));
            let known = Known { lanes, order, natural: 0.0, ordered: None, declined: 0.0 };
            self.remember(&mut self.known(), known);
        }
    }

    /// Blocks of lanes with these keys, at so much waste in tenths.
    fn round(keys: &[u64], tenths: u64) -> Round {
        let effort = Effort { spent: 100_000_000 + tenths * 10_000_000, needed: 100_000_000 };
        let blocks = keys.chunks(WIDTH).enumerate();
        let walked = |(index, keys): (usize, &[u64])| {
            let effort = if index == 0 { effort } else { Effort::default() };
            Walked { first: index * WIDTH, keys: keys.to_vec(), key: 0, effort }
        };
        Round { lanes: None, walked: blocks.map(walked).collect() }
    }

    /// Keys of a round in the order that is known.
    fn run(orders: &Orders, keys: &[u64], tenths: u64) -> Option<Arc<Order>> {
        let order = orders.of(keys.len());
        let placed = |order: &Order| order.lanes.iter().map(|&lane| keys[lane as usize]).collect();
        let keys: Vec<u64> = order.as_deref().map_or(keys.to_vec(), placed);
        orders.judge(keys.len(), order.as_deref(), 1, &[round(&keys, tenths)]);
        orders.of(keys.len())
    }

    fn keys(shift: usize) -> Vec<u64> {
        (0..1500).map(|lane| ((lane * 7 + shift) % 5) as u64).collect()
    }

    #[test]
    fn lanes_of_a_path_stand_together() {
        let orders = Orders::default();
        let order = run(&orders, &keys(0), 30).expect("much is wasted");
        let sorted: Vec<(u64, u32)> = order.lanes.iter().map(|&lane| (keys(0)[lane as usize], lane)).collect();
        assert!(sorted.is_sorted() && sorted.len() == 1500);
        let from: Vec<u32> = order.lanes.iter().map(|&lane| 3 * lane).collect();
        let mut to = vec![0; 1500];
        order.put_back(&from, &mut to);
        assert!(to.iter().enumerate().all(|(lane, &number)| number as usize == 3 * lane));
    }

    #[test]
    fn later_rounds_overrule_and_stand_last() {
        let first = Round {
            walked: vec![Walked { first: 0, keys: vec![4, 0, 2, 0], key: 0, effort: Effort::default() }],
            lanes: None,
        };
        let second = Round {
            walked: vec![Walked { first: 0, keys: Vec::new(), key: 1, effort: Effort::default() }],
            lanes: Some(vec![3, 1]),
        };
        assert_eq!(Order::new(4, None, &[first, second]).lanes, [2, 0, 1, 3]);
    }

    #[test]
    fn an_order_stays_until_waste_rises() {
        let orders = Orders::default();
        assert!(run(&orders, &keys(0), 0).is_none(), "nothing is wasted");
        let first = run(&orders, &keys(0), 30).expect("much is wasted");
        for tenths in [1, 1, 0] {
            let same = run(&orders, &keys(0), tenths).expect("it helps");
            assert!(Arc::ptr_eq(&first, &same));
        }
        let second = run(&orders, &keys(3), 20).expect("it is renewed");
        assert!(!Arc::ptr_eq(&first, &second));
        assert!(second.lanes.iter().map(|&lane| keys(3)[lane as usize]).is_sorted());
    }

    #[test]
    fn an_order_that_does_not_help_is_dropped_for_good() {
        let orders = Orders::default();
        assert!(run(&orders, &keys(0), 30).is_some());
        assert!(run(&orders, &keys(0), 30).is_none(), "as much is wasted as before");
        assert!(run(&orders, &keys(0), 32).is_none(), "it was tried at nearly as much");
        assert!(run(&orders, &keys(0), 60).is_some(), "more is wasted now");
    }

    #[test]
    fn a_shorter_order_and_few_counts() {
        let orders = Orders::default();
        let long = run(&orders, &keys(0), 30).expect("much is wasted");
        orders.shorten(1200);
        let short = orders.of(1200).expect("the first lanes");
        let expected: Vec<u32> = long.lanes.iter().copied().filter(|&lane| lane < 1200).collect();
        assert_eq!(short.lanes, expected);
        assert!(orders.of(1500).is_some_and(|order| Arc::ptr_eq(&order, &long)), "there may be more of them again");
        assert_eq!(orders.held(), 2700);
        for count in 0..=MOST {
            let keys = &keys(0)[..1024 + count];
            assert!(run(&orders, keys, 30).is_some());
        }
        assert_eq!(orders.known().len(), MOST);
        assert!(orders.of(1200).is_none() && orders.of(1024).is_none());
        assert_eq!(orders.held(), (1025..1025 + MOST).sum::<usize>());
        orders.keep_last();
        assert_eq!((orders.known().len(), orders.held()), (1, 1024 + MOST));
    }

    #[test]
    fn all_orders_together_are_not_too_long() {
        let orders = Orders::default();
        for lanes in [Orders::LONGEST / 2, Orders::LONGEST / 4, Orders::LONGEST / 4, 1] {
            orders.learn(lanes);
        }
        assert_eq!((orders.known().len(), orders.held()), (3, Orders::LONGEST / 2 + 1));
        orders.learn(Orders::LONGEST);
        assert_eq!((orders.known().len(), orders.held()), (1, Orders::LONGEST));
    }

    #[test]
    fn few_lanes_keep_their_order() {
        let orders = Orders::default();
        assert!(run(&orders, &keys(0)[..1000], 30).is_none());
    }
}
