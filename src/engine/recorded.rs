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
/// Most programs whose lanes' orders are remembered in a precision: an order is as long as there are lanes.
const MOST_ORDERS: usize = 8;

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
    /// Lanes that calls wanted so far.
    lanes: usize,
    used: u64,
}

impl Recorded {
    /// Notes that a call wants so many lanes of a program; gives how many all calls wanted, and whether its paths are known.
    pub(super) fn wanted<F: Precision>(&self, program: &Program, road: Road, lanes: usize) -> (usize, bool) {
        let mut store = F::store(self).lock().unwrap_or_else(PoisonError::into_inner);
        let known = store.known(program, road);
        known.lanes = known.lanes.saturating_add(lanes);
        (known.lanes, known.paths.is_some())
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
        if self.orders.len() == MOST_ORDERS {
            self.orders.remove(0);
        }
        self.orders.push((program, orders.clone()));
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
        }
        let new = || Known { _program: program.clone(), paths: None, lanes: 0, used: clock };
        let known = self.known.entry((program.identity(), road)).or_insert_with(new);
        known.used = clock;
        known
    }
}
