//! A line search: a step along a descent direction after which loss and slope have both fallen enough.
//!
//! In: the loss and its slope along the line, the first step to try, the longest that is allowed. Out: a step with Wolfe's strong
//! conditions (Nocedal and Wright, *Numerical optimization*, 2006, algorithms 3.5 and 3.6), the longest one where the loss still falls there,
//! or what was met on the way to a step too short to be told from none. Where the loss has fallen to its rounding, the slopes alone
//! decide (Hager and Zhang, *A new conjugate gradient method with guaranteed descent*, 2005), so that a gradient can be made smaller than the
//! loss can show. A step outside the loss's domain counts as one that is too long. Deliberately absent: bounds, directions, memory.

/// The share of the first slope's promise that the loss must keep.
const FALL: f64 = 1e-4;
/// The share of the first slope that may be left.
const LEFT: f64 = 0.9;
/// How much longer the next step is while the loss still falls.
const GROWTH: f64 = 4.0;
/// Evaluations of one search at most.
const TRIES: usize = 60;
/// The shortest step, as a share of the first one tried.
const SHORTEST: f64 = 1e-18;

/// A place on the line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    /// How far along it.
    pub step: f64,
    /// The loss there.
    pub loss: f64,
    /// Its slope along the line.
    pub slope: f64,
}

/// What came of a search.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Found {
    /// A good step; it is the last one that was evaluated unless `again`.
    Step { place: Place, again: bool },
    /// No step, however short, is good; did the loss have a value at the last one?
    None { is_inside: bool },
}

/// The line and its conditions.
struct Line<'a> {
    /// The loss and its slope at a step, `None` outside the domain.
    at: &'a mut dyn FnMut(f64) -> Option<(f64, f64)>,
    begin: Place,
    /// Differences of losses up to this are rounding.
    noise: f64,
    tries: usize,
    last: f64,
}

/// Searches along a line from `(loss, slope)` at step 0, where the slope is negative.
pub(super) fn search(
    at: &mut dyn FnMut(f64) -> Option<(f64, f64)>,
    (loss, slope): (f64, f64),
    (first, longest): (f64, f64),
    noise: f64,
) -> Found {
    let begin = Place { step: 0.0, loss, slope };
    let mut line = Line { at, begin, noise, tries: 0, last: 0.0 };
    let mut before = begin;
    let mut step = first.min(longest);
    loop {
        let Some(place) = line.try_at(step) else { return line.zoom(before, End::Outside(step), first) };
        if !line.fell(place) || (before.step > 0.0 && place.loss > before.loss + noise) {
            return line.zoom(before, End::Place(place), first);
        }
        if line.is_level(place) {
            return line.found(place);
        }
        if place.slope >= 0.0 {
            return line.zoom(place, End::Place(before), first);
        }
        if step >= longest || line.tries >= TRIES {
            return line.found(place);
        }
        before = place;
        step = (GROWTH * step).min(longest);
    }
}

/// The far end of an interval.
#[derive(Clone, Copy)]
enum End {
    Place(Place),
    /// The loss has no value there.
    Outside(f64),
}

impl End {
    fn step(self) -> f64 {
        match self {
            End::Place(place) => place.step,
            End::Outside(step) => step,
        }
    }
}

impl Line<'_> {
    fn try_at(&mut self, step: f64) -> Option<Place> {
        self.tries += 1;
        self.last = step;
        (self.at)(step).map(|(loss, slope)| Place { step, loss, slope })
    }

    fn fell(&self, place: Place) -> bool {
        let fell = place.loss <= self.begin.loss + FALL * place.step * self.begin.slope;
        let is_even = (place.loss - self.begin.loss).abs() <= self.noise;
        let by_slopes = is_even && place.slope <= (2.0 * FALL - 1.0) * self.begin.slope;
        fell || by_slopes
    }

    fn is_level(&self, place: Place) -> bool {
        place.slope.abs() <= -LEFT * self.begin.slope
    }

    fn found(&self, place: Place) -> Found {
        Found::Step { place, again: place.step != self.last }
    }

    /// Narrows an interval down: `low` is the best good place so far, a good step lies between it and `high`.
    fn zoom(&mut self, mut low: Place, mut high: End, first: f64) -> Found {
        loop {
            let width = high.step() - low.step;
            let middle = low.step + share(low, high) * width;
            let is_narrow = width.abs() <= SHORTEST * first || middle == low.step || middle == high.step();
            if is_narrow || self.tries >= TRIES {
                if low.step > 0.0 {
                    return self.found(low);
                }
                return Found::None { is_inside: matches!(high, End::Place(_)) };
            }
            let Some(place) = self.try_at(middle) else {
                high = End::Outside(middle);
                continue;
            };
            if !self.fell(place) || place.loss > low.loss + self.noise {
                high = End::Place(place);
                continue;
            }
            if self.is_level(place) {
                return self.found(place);
            }
            if place.slope * width >= 0.0 {
                high = End::Place(low);
            }
            low = place;
        }
    }
}

/// Where between `low` and `high` to look next, as a share of the way: the minimum of the cubic through both, kept away from the ends.
fn share(low: Place, high: End) -> f64 {
    let End::Place(high) = high else { return 0.5 };
    let width = high.step - low.step;
    let theta = 3.0 * (low.loss - high.loss) / width + low.slope + high.slope;
    let root = (theta * theta - low.slope * high.slope).sqrt() * width.signum();
    let share = (root - low.slope + theta) / (2.0 * root - low.slope + high.slope);
    if share.is_finite() { share.clamp(0.1, 0.9) } else { 0.5 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(f: impl Fn(f64) -> Option<(f64, f64)>, first: f64, longest: f64) -> Found {
        search(&mut |t| f(t), f(0.0).unwrap(), (first, longest), 0.0)
    }

    fn step(found: Found) -> Place {
        match found {
            Found::Step { place, .. } => place,
            Found::None { .. } => panic!("no step: {found:?}"),
        }
    }

    #[test]
    fn short_and_long_first_steps_end_with_wolfe_s_conditions() {
        // Moré and Thuente's first function: −t/(t² + β).
        let f = |t: f64| Some((-t / (t * t + 2.0), (t * t - 2.0) / (t * t + 2.0).powi(2)));
        for first in [1e-3, 0.1, 1.0, 10.0, 1e3] {
            let place = step(run(f, first, f64::INFINITY));
            assert!(place.loss <= FALL * place.step * -0.5, "{first}: {place:?}");
            assert!(place.slope.abs() <= LEFT * 0.5, "{first}: {place:?}");
        }
    }

    #[test]
    fn the_domain_and_the_longest_step_are_kept() {
        // −ln(1 − t) − 2t has its minimum at 1/2 and no value from 1 on.
        let f = |t: f64| (t < 1.0).then(|| (-(1.0 - t).ln() - 2.0 * t, 1.0 / (1.0 - t) - 2.0));
        let place = step(run(f, 50.0, f64::INFINITY));
        assert!(place.step < 1.0 && place.loss < 0.0, "{place:?}");
        assert_eq!(step(run(f, 1.0, 0.01)).step, 0.01);
    }

    #[test]
    fn a_rise_at_every_step_is_told() {
        let kink = |t: f64| Some(if t == 0.0 { (0.0, -1.0) } else { (t, 1.0) });
        assert_eq!(run(kink, 1.0, 9.0), Found::None { is_inside: true });
        let wall = |t: f64| (t == 0.0).then_some((0.0, -1.0));
        assert_eq!(run(wall, 1.0, 9.0), Found::None { is_inside: false });
    }
}
