//! Two-float sums: a number as an unevaluated sum of two, over any [`Num`], for a device that has no f64.
//!
//! In f32 a pair holds about 48 bits, and a sum of n terms is off by about n·2⁻⁴⁸ of the sum of their magnitudes. What holds only where no
//! operation is contracted or rewritten, which invariant 6 gives: [`two_sum`] is exact. A sum that is not finite has a first part that
//! is not finite; its second part then means nothing.

use crate::op::num::Num;

/// A number as high + low.
pub type Pair<N> = [N; 2];

/// s + e = a + b exactly, s the rounded sum (Knuth, *The Art of Computer Programming* 2, 4.2.2).
#[inline(always)]
pub fn two_sum<N: Num>(a: N, b: N) -> Pair<N> {
    let s = a + b;
    let t = s - a;
    [s, (a - (s - t)) + (b - t)]
}

/// A pair and one more term.
#[inline(always)]
pub fn add<N: Num>(sum: Pair<N>, term: N) -> Pair<N> {
    let [s, e] = two_sum(sum[0], term);
    [s, sum[1] + e]
}

/// The sum of two pairs.
#[inline(always)]
pub fn join<N: Num>(a: Pair<N>, b: Pair<N>) -> Pair<N> {
    let [s, e] = two_sum(a[0], b[0]);
    [s, (a[1] + b[1]) + e]
}

/// The same number with the first part the nearest to it (Dekker's fast two-sum).
#[inline(always)]
pub fn normal<N: Num>(sum: Pair<N>) -> Pair<N> {
    let s = sum[0] + sum[1];
    [s, sum[1] - (s - sum[0])]
}

/// a < b, both [`normal`].
#[inline(always)]
pub fn less<N: Num>(a: Pair<N>, b: Pair<N>) -> N::Mask {
    a[0].less(b[0]) | (a[0].equal(b[0]) & a[1].less(b[1]))
}

/// `mask ? yes : no`.
#[inline(always)]
pub fn select<N: Num>(mask: N::Mask, yes: Pair<N>, no: Pair<N>) -> Pair<N> {
    [N::select(mask, yes[0], no[0]), N::select(mask, yes[1], no[1])]
}

/// An f64 to 48 bits, if it is in the range of f32; infinite above it.
pub fn split(number: f64) -> Pair<f32> {
    let high = number as f32;
    [high, if high.is_finite() { (number - f64::from(high)) as f32 } else { 0.0 }]
}

/// The number that a pair is.
pub fn whole(pair: Pair<f32>) -> f64 {
    if pair[0].is_finite() { f64::from(pair[0]) + f64::from(pair[1]) } else { f64::from(pair[0]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_keep_what_f32_loses() {
        // 1 + 10⁸ − 10⁸ and a thousand tenths.
        let sum = [1.0f32, 1e8, -1e8].into_iter().fold([0.0; 2], add);
        assert_eq!(whole(normal(sum)), 1.0);
        let terms: Vec<f32> = (0..100_000).map(|n| 1.0 + (n as f32 * 0.37).sin()).collect();
        let exact: f64 = terms.iter().map(|&term| f64::from(term)).sum();
        let halves = terms.chunks(16).map(|some| some.iter().copied().fold([0.0; 2], add));
        let found = whole(normal(halves.fold([0.0; 2], join)));
        assert!((found - exact).abs() < 1e-6, "{found} for {exact}");
        let plain: f32 = terms.iter().sum();
        assert!((f64::from(plain) - exact).abs() > 1e-3, "plain sums would have done");
    }

    #[test]
    fn pairs_are_f64_to_48_bits() {
        for number in [0.1, -3e10, 1e-20, 0.0, 123_456_789.123] {
            let pair = split(number);
            assert!((whole(pair) - number).abs() <= number.abs() * 2f64.powi(-47), "{number}");
            assert_eq!(normal(pair), pair);
        }
        assert_eq!(whole(split(1e300)), f64::INFINITY);
        assert!(less(split(0.1), split(0.1 + 1e-12)) && !less(split(0.1), split(0.1)));
    }
}
