//! The second derivatives of a loss at one point, and what they say: whether it is a minimum, how far it still is, which errors.
//!
//! In: an [`Objective`] whose gradients are exact, a point within the bounds. Out: a [`Curvature`] over the parameters that no bound holds. The
//! Hessian is made of central differences of gradients, with steps that follow the curvature itself: about a thousandth of what
//! raises the loss by ½, which is a thousandth of a standard error where the loss is a negative log-likelihood. Where a bound or the
//! domain's edge is nearer than that, the difference is one-sided, of second order.
//!
//! What always holds: nothing is said of directions along which the curvature cannot be told from its rounding; those are `flat`.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use super::lbfgs::Range;
use super::objective::Objective;
use super::residuals::Failure;

/// The step, as a share of what raises the loss by ½.
const SHARE: f64 = 1e-3;
/// The shortest and longest step, as a share of the parameter; the longest also of its size.
const SHORT: f64 = 1e-7;
const LONG: f64 = 1e-3;
/// Steps are made so much shorter where the loss has no value, so many times.
const SHORTER: f64 = 0.1;
const RETRIES: usize = 6;
/// A direction whose curvature is at most this share of that of the single parameters is flat, or as many times what the differences
/// disagree by.
const FLAT: f64 = 1e-9;
const DISAGREEMENT: f64 = 30.0;
/// By how much of itself a second derivative may differ between the two steps.
const AGREEMENT: f64 = 0.25;
/// The part of a flat direction that makes a parameter undetermined.
const PART: f64 = 1e-3;

/// The Hessian over the parameters that no bound holds, and its inverse.
#[derive(Clone, Debug)]
pub(super) struct Curvature {
    /// Those parameters, by index.
    pub inner: Vec<usize>,
    /// The inverse where every direction curves upwards, `[inner][inner]`.
    pub inverse: Option<DMatrix<f64>>,
    /// The parameters with a part in a direction of no curvature, by index.
    pub flat: Vec<usize>,
    /// The parameters with a part in a direction that curves downwards, by index.
    pub downwards: Vec<usize>,
    /// The parameters whose second derivative depends on the step, by index: at a kink, or where the loss is flatter than a parabola.
    pub unresolved: Vec<usize>,
}

impl Curvature {
    /// The curvature at a point of this gradient.
    ///
    /// # Errors
    /// The loss has no value next to the point.
    pub fn at(
        objective: &mut dyn Objective,
        ranges: &[Range],
        free: &[f64],
        gradient: &[f64],
    ) -> Result<Curvature, Failure> {
        let is_inner = |&j: &usize| free[j] > ranges[j].limits.0 && free[j] < ranges[j].limits.1;
        let inner: Vec<usize> = (0..free.len()).filter(is_inner).collect();
        let m = inner.len();
        let mut hessian = DMatrix::zeros(m, m);
        let mut unresolved = Vec::new();
        for (column, &j) in inner.iter().enumerate() {
            let unit = if free[j] == 0.0 { ranges[j].size } else { free[j].abs() };
            let mut differences = Differences { objective, ranges, free, gradient };
            // The first difference only finds the scale of the second.
            let first = f64::EPSILON.cbrt() * unit.max(LONG * ranges[j].size);
            let rough = differences.along(j, first)?;
            let slopes = if rough[j] > 0.0 {
                let step = (SHARE / rough[j].sqrt()).max(SHORT * free[j].abs());
                let slopes = differences.along(j, step.min(LONG * unit.max(ranges[j].size)))?;
                // A kink's difference goes with one over the step, that of what is flatter than a parabola with its square.
                if (slopes[j] - rough[j]).abs() > AGREEMENT * rough[j] {
                    unresolved.push(j);
                }
                slopes
            } else {
                rough
            };
            for (row, &i) in inner.iter().enumerate() {
                hessian[(row, column)] = slopes[i];
            }
        }
        let known = judged(inner, hessian);
        let inverse = known.inverse.filter(|_| unresolved.is_empty());
        Ok(Curvature { inverse, unresolved, ..known })
    }

    /// −H⁻¹·gradient, `[k]`, and by how much it would lower the loss.
    pub fn newton(&self, gradient: &[f64]) -> Option<(Vec<f64>, f64)> {
        let inverse = self.inverse.as_ref()?;
        let slope = DVector::from_fn(self.inner.len(), |row, _| gradient[self.inner[row]]);
        let step = -(inverse * &slope);
        let mut all = vec![0.0; gradient.len()];
        for (&j, along) in self.inner.iter().zip(step.iter()) {
            all[j] = *along;
        }
        // No step is a reduction of 0, not of -0.
        Some((all, 0.0 - 0.5 * step.dot(&slope)))
    }
}

/// Differences of gradients around a point.
struct Differences<'a> {
    objective: &'a mut dyn Objective,
    ranges: &'a [Range],
    free: &'a [f64],
    gradient: &'a [f64],
}

impl Differences<'_> {
    /// ∂gradient/∂parameter `j`, with about this step.
    fn along(&mut self, j: usize, mut step: f64) -> Result<Vec<f64>, Failure> {
        let (lower, upper) = self.ranges[j].limits;
        let value = self.free[j];
        let mut failed = None;
        for _ in 0..RETRIES {
            let (down, up) = (value - step >= lower, value + step <= upper);
            let found = match (down, up) {
                (true, true) => self.central(j, step),
                (false, _) if value + 2.0 * step <= upper => self.one_sided(j, step),
                (_, false) if value - 2.0 * step >= lower => self.one_sided(j, -step),
                _ => Err(Failure::new("the bounds leave no room for a difference")),
            };
            match found {
                Ok(slopes) => return Ok(slopes),
                Err(failure) => failed = Some(failure),
            }
            step *= SHORTER;
        }
        Err(failed.unwrap_or_else(|| Failure::new("no difference was made")))
    }

    fn at(&mut self, j: usize, value: f64) -> Result<Vec<f64>, Failure> {
        let mut free = self.free.to_vec();
        free[j] = value;
        Ok(self.objective.slope(&free)?.gradient)
    }

    fn central(&mut self, j: usize, step: f64) -> Result<Vec<f64>, Failure> {
        let (above, below) = (self.free[j] + step, self.free[j] - step);
        let (up, down) = (self.at(j, above)?, self.at(j, below)?);
        // The difference that was made, not the one that was wanted.
        let width = above - below;
        Ok(up.iter().zip(&down).map(|(up, down)| (up - down) / width).collect())
    }

    fn one_sided(&mut self, j: usize, step: f64) -> Result<Vec<f64>, Failure> {
        let step = (self.free[j] + step) - self.free[j];
        let (near, far) = (self.at(j, self.free[j] + step)?, self.at(j, self.free[j] + 2.0 * step)?);
        let each = |((here, near), far): ((&f64, &f64), &f64)| (4.0 * near - 3.0 * here - far) / (2.0 * step);
        Ok(self.gradient.iter().zip(&near).zip(&far).map(each).collect())
    }
}

/// What a Hessian says, in coordinates in which every parameter curves alike.
fn judged(inner: Vec<usize>, hessian: DMatrix<f64>) -> Curvature {
    let m = inner.len();
    if m == 0 {
        return Curvature {
            inner,
            inverse: Some(hessian),
            flat: Vec::new(),
            downwards: Vec::new(),
            unresolved: Vec::new(),
        };
    }
    let greatest = hessian.iter().fold(0.0f64, |most, entry| entry.abs().max(most));
    let root = |j: usize| hessian[(j, j)].abs().max(f64::EPSILON * f64::EPSILON * greatest).sqrt();
    let roots: Vec<f64> = (0..m).map(|j| if root(j) > 0.0 { root(j) } else { 1.0 }).collect();
    let scaled = DMatrix::from_fn(m, m, |row, column| hessian[(row, column)] / roots[row] / roots[column]);
    let disagreement = (&scaled - scaled.transpose()).iter().fold(0.0f64, |most, entry| entry.abs().max(most));
    let floor = (FLAT * m as f64).max(DISAGREEMENT * disagreement);
    let factors = SymmetricEigen::new(0.5 * (&scaled + scaled.transpose()));
    let (mut flat, mut downwards) = (vec![false; m], vec![false; m]);
    let mut inverse = DMatrix::zeros(m, m);
    for (vector, &value) in factors.eigenvectors.column_iter().zip(factors.eigenvalues.iter()) {
        let marked = match value {
            value if value > floor => {
                inverse += vector * vector.transpose() / value;
                continue;
            }
            value if value < -floor => &mut downwards,
            _ => &mut flat,
        };
        marked.iter_mut().zip(vector.iter()).for_each(|(mark, part)| *mark |= part.abs() > PART);
    }
    for row in 0..m {
        for column in 0..m {
            inverse[(row, column)] /= roots[row] * roots[column];
        }
    }
    let named = |marks: Vec<bool>| inner.iter().zip(marks).filter(|(_, mark)| *mark).map(|(&j, _)| j).collect();
    let (flat, downwards): (Vec<usize>, Vec<usize>) = (named(flat), named(downwards));
    let is_definite = flat.is_empty() && downwards.is_empty();
    Curvature { inverse: is_definite.then_some(inverse), inner, flat, downwards, unresolved: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::objective::Loss;

    const OPEN: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

    fn at(loss: impl FnMut(&[f64]) -> (f64, Vec<f64>), limits: &[(f64, f64)], free: &[f64]) -> Curvature {
        let mut objective = Loss(loss);
        let gradient = objective.slope(free).unwrap().gradient;
        let ranges: Vec<Range> = limits.iter().map(|&limits| Range { limits, size: 1.0 }).collect();
        Curvature::at(&mut objective, &ranges, free, &gradient).unwrap()
    }

    #[test]
    fn a_gaussian_s_errors_are_those_of_the_textbook_whatever_the_scale() {
        // n observations of mean 0 and mean square s²: n ln σ + n (s² + μ²)/(2σ²); σ_μ = s/√n, σ_σ = s/√(2n).
        let n = 50.0;
        for s in [1e-6f64, 1.0, 1e5] {
            let loss = |p: &[f64]| {
                let (m, d) = (p[0], p[1]);
                let squares = s * s + m * m;
                (n * d.ln() + n * squares / (2.0 * d * d), vec![n * m / (d * d), n / d - n * squares / (d * d * d)])
            };
            let found = at(loss, &[OPEN, (0.0, f64::INFINITY)], &[0.0, s]);
            let inverse = found.inverse.unwrap();
            for (j, expected) in [(0, s / n.sqrt()), (1, s / (2.0 * n).sqrt())] {
                let relative = inverse[(j, j)].sqrt() / expected - 1.0;
                assert!(relative.abs() < 1e-6, "{s} {j}: {relative:e}");
            }
        }
    }

    #[test]
    fn flat_and_downward_directions_are_named() {
        let found = at(|_| (1.0, vec![0.0; 2]), &[OPEN; 2], &[2.0, 3.0]);
        assert_eq!(found.flat, [0, 1]);
        let product = |p: &[f64]| {
            let r = p[0] * p[1] - 6.0;
            (r * r + p[2] * p[2], vec![2.0 * r * p[1], 2.0 * r * p[0], 2.0 * p[2]])
        };
        let found = at(product, &[OPEN; 3], &[2.0, 3.0, 0.0]);
        assert_eq!((found.flat, found.downwards, found.inverse), (vec![0, 1], vec![], None));
        let saddle = |p: &[f64]| (p[0] * p[0] - p[1] * p[1], vec![2.0 * p[0], -2.0 * p[1]]);
        assert_eq!(at(saddle, &[OPEN; 2], &[0.0; 2]).downwards, [1]);
    }

    #[test]
    fn bounds_and_edges_are_not_crossed() {
        // −ln p + p has its minimum at 1 with curvature 1; no value from 0 down, none is asked for outside of the bounds.
        let low = 1.0 - 1e-9;
        let loss = |p: &[f64]| {
            assert!(p[0] >= low, "{p:?}");
            (p[0] - p[0].ln(), vec![1.0 - 1.0 / p[0]])
        };
        let found = at(loss, &[(low, 9.0)], &[1.0]);
        assert!((found.inverse.unwrap()[(0, 0)] - 1.0).abs() < 1e-5);
        let held = at(|p| (p[0] + p[1] * p[1], vec![1.0, 2.0 * p[1]]), &[(0.0, 1.0), OPEN], &[0.0, 0.0]);
        assert_eq!(held.inner, [1]);
        assert!((held.inverse.unwrap()[(0, 0)] - 0.5).abs() < 1e-9);
    }
}
