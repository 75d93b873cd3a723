//! Recorded: what the engine knows of programs it ran before, kept from call to call.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::batch::Road;
use crate::host::kernels::Vector;
use crate::host::{Orders, Paths};
use crate::machine::Image;
use crate::program::Program;
use crate::value::Real;

/// Most programs that are remembered in a precision.
const MOST: usize = 4096;
/// Most programs whose lanes' orders are remembered in a precision.
const MOST_ORDERS: usize = 64;
/// Most lanes of all orders that are remembered in a precision when a call begins, which may add one. A lane takes 8 bytes.
const MOST_LANES: usize = 1 << 24;

/// The paths of programs in both precisions.
#[derive(Debug, Default)]
pub struct Recorded {
    f32: Mutex<Store<f32>>,
    f64: Mutex<Store<f64>>,
}

/// A precision that the host replays in: f32 and f64.
pub trait Precision: Vector {
    #[doc(hidden)]
    fn store(recorded: &Recorded) -> &Mutex<Store<Self>>;
}

impl Precision for f32 {
    fn store(recorded: &Recorded) -> &Mutex<Store<f32>> {
        &recorded.f32
    }
}

impl Precision for f64 {
    fn store(recorded: &Recorded) -> &Mutex<Store<f64>> {
        &recorded.f64
    }
}

/// Programs of one precision.
#[derive(Debug)]
pub struct Store<F: Real> {
    known: HashMap<(usize, Road), Known<F>>,
    /// The one that was used last is last.
    orders: Vec<((usize, Road), Arc<Orders>)>,
    clock: u64,
}

impl<F: Real> Default for Store<F> {
    fn default() -> Self {
        Store { known: HashMap::new(), orders: Vec::new(), clock: 0 }
    }
}

#[derive(Debug)]
struct Known<F: Real> {
    /// Keeps the program's identity from being given to another.
    _program: Program,
    paths: Option<Arc<Paths<F>>>,
    facts: Facts,
    used: u64,
}

/// What calls found out about a program beside its paths.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Facts {
    /// Are paths known?
    pub(super) is_recorded: bool,
    /// Operations of a lane, once one was seen.
    pub(super) operations: Option<f64>,
    /// Seconds that calls took, since something was last recorded or compiled for it.
    pub(super) spent: f64,
}

impl Recorded {
    /// What is known of a program.
    pub(super) fn facts<F: Precision>(&self, program: &Program, road: Road) -> Facts {
        let mut store = F::store(self).lock().unwrap_or_else(PoisonError::into_inner);
        let known = store.known(program, road);
        let is_recorded = known.paths.as_ref().is_some_and(|paths| !paths.is_empty());
        Facts { is_recorded, ..known.facts }
    }

    /// Writes down what a call found out.
    pub(super) fn learn<F: Precision>(&self, program: &Program, road: Road, learn: impl FnOnce(&mut Facts)) {
        let mut store = F::store(self).lock().unwrap_or_else(PoisonError::into_inner);
        learn(&mut store.known(program, road).facts);
    }

    /// The paths of a program, none yet if it is new, and the orders that its lanes run in.
    pub(super) fn paths<F: Precision>(
        &self,
        program: &Program,
        road: Road,
        image: &Arc<Image>,
        start: u32,
    ) -> (Arc<Paths<F>>, Arc<Orders>) {
        let mut store = F::store(self).lock().unwrap_or_else(PoisonError::into_inner);
        let inputs = program.inputs().len();
        let known = store.known(program, road);
        let paths = known.paths.get_or_insert_with(|| Arc::new(Paths::new(image.clone(), start, inputs)));
        let paths = paths.clone();
        (paths, store.orders((program.identity(), road)))
    }
}

impl<F: Real> Store<F> {
    fn orders(&mut self, program: (usize, Road)) -> Arc<Orders> {
        let orders = match self.orders.iter().position(|(known, _)| *known == program) {
            Some(index) => self.orders.remove(index).1,
            None => Arc::default(),
        };
        self.orders.push((program, orders.clone()));
        let mut held: usize = self.orders.iter().map(|(_, orders)| orders.held()).sum();
        let last = self.orders.len() - 1;
        let is_too_much = |&index: &usize| {
            let is_over = held > MOST_LANES || last + 1 - index > MOST_ORDERS;
            held -= if is_over { self.orders[index].1.held() } else { 0 };
            is_over
        };
        let dropped = (0..last).take_while(is_too_much).count();
        self.orders.drain(..dropped);
        orders
    }

    fn known(&mut self, program: &Program, road: Road) -> &mut Known<F> {
        self.clock += 1;
        let clock = self.clock;
        if self.known.len() >= MOST {
            // Half of them go at once, so that the search for the oldest ones costs little a call.
            let mut ages: Vec<u64> = self.known.values().map(|known| known.used).collect();
            ages.sort_unstable();
            let middle = ages[ages.len() / 2];
            self.known.retain(|_, known| known.used > middle);
            // A new program may get the identity of one that is gone.
            let known = &self.known;
            self.orders.retain(|(program, _)| known.contains_key(program));
        }
        let new = || Known { _program: program.clone(), paths: None, facts: Facts::default(), used: clock };
        let known = self.known.entry((program.identity(), road)).or_insert_with(new);
        known.used = clock;
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_few_and_not_too_long() {
        let mut store = Store::<f32>::default();
        let program = |index: usize| (index, Road::Direct);
        let first = store.orders(program(0));
        for index in 1..=MOST_ORDERS {
            assert!(Arc::ptr_eq(&first, &store.orders.iter().find(|(known, _)| known.0 == 0).expect("still there").1));
            store.orders(program(index));
        }
        assert_eq!(store.orders.len(), MOST_ORDERS);
        assert!(!Arc::ptr_eq(&first, &store.orders(program(0))));
        // Half of what there may be, three times.
        for index in 0..3 {
            store.orders(program(index)).learn(MOST_LANES / 2);
        }
        let last = store.orders(program(2));
        assert_eq!((store.orders.len(), last.held()), (2, MOST_LANES / 2));
        last.learn(Orders::LONGEST);
        assert!(Arc::ptr_eq(&last, &store.orders(program(2))), "what is used stays");
        assert_eq!(store.orders.len(), 1);
    }

    #[test]
    fn orders_go_with_their_program() {
        let mut store = Store::<f32>::default();
        let programs: Vec<Program> = (0..=MOST).map(|_| Program::parse("(+ x 1.)").expect("a program")).collect();
        let mut orders = Vec::new();
        for program in &programs {
            store.known(program, Road::Direct);
            orders.push(store.orders((program.identity(), Road::Direct)));
            // The first ones are not the oldest orders.
            store.orders((programs[0].identity(), Road::Direct));
        }
        assert!(store.known.len() < MOST && !store.known.contains_key(&(programs[0].identity(), Road::Direct)));
        assert!(store.orders.iter().all(
            |(program, _)| store.known.contains_key(program) || *program == (programs[0].identity(), Road::Direct)
        ));
        let fresh = store.orders((programs[0].identity(), Road::Direct));
        assert!(!Arc::ptr_eq(&orders[0], &fresh));
    }
}
