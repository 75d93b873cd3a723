//! Adam's step over any [`Num`]: Kingma and Ba's (*Adam: a method for stochastic optimization*, 2015), bounds kept by projection.
//!
//! In place of the mean square of the slopes its root is kept, renewed by the larger of the two magnitudes: nothing overflows or
//! underflows that the slopes themselves do not, in f32 too.

use super::pair::{self, Pair};
use crate::op::num::Num;

/// The decay of the slope's mean.
pub const MEAN: f64 = 0.9;
/// The decay of the slope's mean square.
pub const SQUARE: f64 = 0.999;
/// Steps over which a loss must fall.
pub const PATIENCE: usize = 100;
/// The share of the loss by which it must fall.
pub const LEVEL: f64 = 0.01;

/// A mean with decay `decay`, after one more number.
#[inline(always)]
fn decayed<N: Num>(mean: N, number: N, decay: f64) -> N {
    N::of(decay) * mean + N::of(1.0 - decay) * number
}

/// How much of a mean of so many steps is numbers, and not the 0 that it began with; for [`MEAN`] and [`SQUARE`].
#[inline(always)]
pub fn known<N: Num>(mean: N, square: N) -> [N; 2] {
    [decayed(mean, N::of(1.0), MEAN), decayed(square, N::of(1.0), SQUARE)]
}

/// The slope's root mean square after one more slope.
#[inline(always)]
pub fn root<N: Num>(root: N, slope: N) -> N {
    let size = slope.abs();
    let most = N::select(root.less(size), size, root);
    let (before, now) = (root / most, size / most);
    N::select(most.equal(N::of(0.0)), most, most * decayed(before * before, now * now, SQUARE).sqrt())
}

/// Does a point at a bound run against it?
#[inline(always)]
pub fn pushed<N: Num>(point: Pair<N>, [lower, upper]: [Pair<N>; 2], slope: N) -> N::Mask {
    let zero = N::of(0.0);
    (!pair::less(lower, point) & zero.less_equal(slope)) | (!pair::less(point, upper) & slope.less_equal(zero))
}

/// The slope's mean after one more slope. A point that is pushed against its bound loses it: it would hold the point there when the slope
/// turns.
#[inline(always)]
pub fn mean<N: Num>(mean: N, slope: N, pushed: N::Mask) -> N {
    N::select(pushed, N::of(0.0), decayed(mean, slope, MEAN))
}

/// Which way a parameter goes and how far, in multiples of its rate; `known` is as [`known`] gives it.
#[inline(always)]
pub fn direction<N: Num>(mean: N, root: N, known: [N; 2]) -> N {
    let zero = N::of(0.0);
    N::select(root.equal(zero), zero, (mean / root) * (known[1].sqrt() / known[0]))
}

/// A point after a step of `rate` in a direction.
#[inline(always)]
pub fn moved<N: Num>(point: Pair<N>, rate: N, direction: N, [lower, upper]: [Pair<N>; 2]) -> Pair<N> {
    let free = pair::normal(pair::add(point, -(rate * direction)));
    let above = pair::select(pair::less(free, lower), lower, free);
    pair::select(pair::less(upper, above), upper, above)
}

/// What is known of the losses of some steps: the least, and the sum in multiples of [`PATIENCE`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window<N> {
    pub least: N,
    pub mean: N,
}

impl<N: Num> Window<N> {
    /// Of no loss yet.
    pub fn empty() -> Window<N> {
        Window { least: N::of(f64::INFINITY), mean: N::of(0.0) }
    }

    /// What every loss is below.
    pub fn above() -> Window<N> {
        Window { least: N::of(f64::INFINITY), mean: N::of(f64::INFINITY) }
    }

    /// With one more loss.
    #[inline(always)]
    pub fn and(self, loss: N) -> Window<N> {
        let least = N::select(loss.less(self.least), loss, self.least);
        Window { least, mean: self.mean + loss * N::of(1.0 / PATIENCE as f64) }
    }

    /// Whether the losses fell from a window before to this one.
    #[inline(always)]
    pub fn is_below(self, before: Window<N>) -> N::Mask {
        let share = N::of(1.0 - LEVEL);
        self.least.less(share * before.least) | self.mean.less(share * before.mean)
    }
}

/// Is it neither NaN nor infinite?
#[inline(always)]
pub fn is_finite<N: Num>(number: N) -> N::Mask {
    !(number.is_nan() | number.is_infinite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_those_of_the_squares_and_have_the_slopes_range() {
        let (mut kept, mut square, mut share) = (0.0f64, 0.0f64, [0.0, 0.0]);
        for step in 1..500 {
            let slope = (f64::from(step) * 0.7).sin() * 1e3;
            kept = root(kept, slope);
            square = SQUARE * square + (1.0 - SQUARE) * slope * slope;
            share = known(share[0], share[1]);
            assert!((kept - square.sqrt()).abs() < 1e-12 * kept);
            for (known, decay) in share.into_iter().zip([MEAN, SQUARE]) {
                assert!((known - (1.0 - decay.powi(step))).abs() < 1e-12);
            }
        }
        for slope in [3e38f32, 1e-38, -2e30] {
            assert!((root(0.0, slope) / slope.abs() - 0.001f32.sqrt()).abs() < 1e-6);
        }
        assert_eq!((root(0.0, 0.0f32), direction(0.0, 0.0f32, [0.1, 0.001])), (0.0, 0.0));
        // The first step is the rate, whatever the slope.
        let [mean_known, square_known] = known(0.0f32, 0.0);
        for slope in [1e-30f32, 5.0, 1e30] {
            let way = direction(mean(0.0, slope, false), root(0.0, slope), [mean_known, square_known]);
            assert!((way - 1.0).abs() < 1e-6, "{way}");
        }
    }

    #[test]
    fn bounds_hold_and_small_steps_are_kept() {
        let limits = [pair::split(-1.0), pair::split(2.0)];
        assert_eq!(moved(pair::split(1.99), 0.5, -1.0f32, limits), pair::split(2.0));
        assert!(pushed(pair::split(2.0), limits, -1.0f32) && !pushed(pair::split(2.0), limits, 1.0f32));
        assert!(pushed(pair::split(-1.0), limits, 0.0f32) && !pushed(pair::split(0.0), limits, 0.0f32));
        let mut point = pair::split(1.0);
        for _ in 0..1000 {
            point = moved(point, 1e-9, -1.0f32, limits);
        }
        assert!((pair::whole(point) - (1.0 + 1e-6)).abs() < 1e-11);
    }
}
