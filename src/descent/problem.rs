//! What a descent is told: measurements, how they are charged, and every start's bounds and rates, without units.

use super::charge::{Loss, Observed};
use super::{ARITY, DEEP, LANES, WAYS, pair};

/// Greatest exponent of a unit: far enough from the ends of f32's range for a product with a number of the other end.
const MOST: f64 = 100.0;

/// The power of two nearest to a magnitude, within limits; 1 for 0 and what is not finite.
fn unit(size: f64) -> f64 {
    if size > 0.0 && size.is_finite() { size.log2().round().clamp(-MOST, MOST).exp2() } else { 1.0 }
}

/// Measurements, in a unit of their own.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    pub(crate) loss: Loss,
    pub(crate) scale: f32,
    /// `[high, low, inverse][row]`; rows behind the last up to a multiple of [`LANES`] are 0.
    pub(crate) observed: Vec<f32>,
    rows: usize,
    unit: f64,
}

impl Measured {
    /// Targets and their standard deviations, one a row, charged by `loss` that turns from quadratic at `scale`.
    pub fn new(target: &[f64], sigma: Option<&[f64]>, loss: Loss, scale: f64) -> Measured {
        let inverse = |row: usize| sigma.map_or(1.0, |sigma| 1.0 / sigma[row]);
        let size = |row: usize| (target[row] * inverse(row)).abs();
        let unit = unit((0..target.len()).map(size).fold(0.0, f64::max));
        let width = target.len().next_multiple_of(LANES);
        let mut observed = vec![0.0; 3 * width];
        for (row, &target) in target.iter().enumerate() {
            let [high, low] = pair::split(target);
            let inverse = (inverse(row) / unit) as f32;
            for (part, number) in [high, low, inverse].into_iter().enumerate() {
                observed[part * width + row] = number;
            }
        }
        Measured { loss, scale: (scale / unit) as f32, observed, rows: target.len(), unit }
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Rows up to a multiple of [`LANES`].
    pub fn width(&self) -> usize {
        self.observed.len() / 3
    }

    /// The measurement of a row.
    pub fn at(&self, row: usize) -> Observed<f32> {
        let [high, low, inverse] = [0, 1, 2].map(|part| self.observed[part * self.width() + row]);
        Observed { high, low, inverse }
    }

    /// A loss as the caller counts it.
    pub fn loss(&self, pair: pair::Pair<f32>) -> f64 {
        pair::whole(pair) * self.unit * self.unit
    }
}

/// How a start may move a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Start {
    pub begin: f64,
    pub lower: f64,
    pub upper: f64,
    /// What the learning rate is in multiples of.
    pub size: f64,
}

/// What a start is told of a parameter, a word each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Given {
    /// How far a step goes.
    Rate,
    /// What derivatives are multiplied by.
    Unit,
    LowerHigh,
    LowerLow,
    UpperHigh,
    UpperLow,
}

impl Given {
    /// Every one, in order.
    pub const ALL: [Given; 6] =
        [Given::Rate, Given::Unit, Given::LowerHigh, Given::LowerLow, Given::UpperHigh, Given::UpperLow];
}

/// A descent, all but the model and how far it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub measured: Measured,
    /// Steps per start at most.
    pub iterations: u32,
    /// `[parameter][word][start]`.
    pub(crate) given: Vec<f32>,
    free: usize,
    starts: usize,
}

impl Problem {
    /// `starts[start * free + parameter]`.
    pub fn new(measured: Measured, (starts, free): (&[Start], usize), learning_rate: f64, iterations: u32) -> Problem {
        let number = starts.len() / free;
        let mut given = vec![0.0; Given::ALL.len() * starts.len()];
        for (index, start) in starts.iter().enumerate() {
            let (own, parameter) = (index / free, index % free);
            let ([lower_high, lower_low], [upper_high, upper_low]) =
                (pair::split(start.lower), pair::split(start.upper));
            let rate = (learning_rate * start.size) as f32;
            let words = [rate, unit(start.size) as f32, lower_high, lower_low, upper_high, upper_low];
            for (word, number_of) in words.into_iter().enumerate() {
                given[(parameter * Given::ALL.len() + word) * number + own] = number_of;
            }
        }
        Problem { measured, iterations, given, free, starts: number }
    }

    /// Free parameters.
    pub fn free(&self) -> usize {
        self.free
    }

    /// Starts.
    pub fn starts(&self) -> usize {
        self.starts
    }

    /// What a start is told of a parameter.
    pub fn given(&self, given: Given, parameter: usize, start: usize) -> f32 {
        self.given[(parameter * Given::ALL.len() + given as usize) * self.starts + start]
    }

    /// A parameter's bounds, as pairs.
    pub fn limits(&self, parameter: usize, start: usize) -> [pair::Pair<f32>; 2] {
        let at = |given| self.given(given, parameter, start);
        [[at(Given::LowerHigh), at(Given::LowerLow)], [at(Given::UpperHigh), at(Given::UpperLow)]]
    }
}

/// How many parts a sum over so many rows has, level by level; of the last there are [`ARITY`] at most.
pub fn parts(rows: usize) -> Vec<usize> {
    let quads = rows.div_ceil(LANES);
    let mut levels = vec![WAYS * quads.div_ceil(WAYS * DEEP).max(1)];
    while let Some(&last) = levels.last()
        && last > ARITY
    {
        levels.push(last.div_ceil(ARITY));
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_end_in_few_parts() {
        assert_eq!(parts(1), [16]);
        assert_eq!(parts(1024), [16]);
        assert_eq!(parts(1025), [32, 2]);
        assert_eq!(parts(1_000_000), [15_632, 977, 62, 4]);
    }

    #[test]
    fn units_take_the_magnitude_away() {
        let measured = Measured::new(&[3e20, -5e20], Some(&[1.0, 2.0]), Loss::Huber, 1e20);
        let Observed { high, inverse, .. } = measured.at(1);
        assert!((high * inverse + 0.85).abs() < 0.2 && measured.scale < 1.0);
        assert!((measured.loss([1.0, 0.0]).sqrt() / 3e20).log2().abs() < 0.51);
        assert_eq!(unit(0.0), 1.0);
        assert_eq!(Measured::new(&[0.0], None, Loss::Squared, 1.0).loss([2.0, 0.0]), 2.0);
    }
}
