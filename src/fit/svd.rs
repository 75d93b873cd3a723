//! Singular values, and least-squares steps of bounded length in their basis.

use nalgebra::{DMatrix, DVector};

/// Singular values below this multiple of the largest count as zero.
const RANK_TOLERANCE: f64 = 1e-14;

/// A thin singular value decomposition B = W·Vᵀ with W = U·Σ, by one-sided Jacobi rotations (Hestenes 1958): small singular values keep
/// their relative accuracy where columns are merely scaled badly, and it cannot fail to converge on finite numbers.
pub(super) struct Svd {
    /// U·Σ, `[rows][columns]`.
    pub w: DMatrix<f64>,
    /// V, `[columns][columns]`.
    pub v: DMatrix<f64>,
    /// The singular values, unsorted.
    pub values: Vec<f64>,
}

impl Svd {
    /// Decomposes a matrix of finite numbers.
    pub fn new(matrix: DMatrix<f64>) -> Svd {
        let columns = matrix.ncols();
        let mut w = matrix;
        let mut v = DMatrix::identity(columns, columns);
        // What rounding leaves of an inner product of orthogonal columns.
        let tolerance = f64::EPSILON * w.nrows() as f64;
        // Convergence is quadratic; a dozen sweeps suffice for any order met here, and the bound is only a guard.
        for _ in 0..60 {
            let mut rotated = false;
            for p in 0..columns {
                for q in p + 1..columns {
                    let (a, b) = (w.column(p).norm_squared(), w.column(q).norm_squared());
                    let c = w.column(p).dot(&w.column(q));
                    if c.abs() <= tolerance * (a * b).sqrt() {
                        continue;
                    }
                    rotated = true;
                    let zeta = (b - a) / (2.0 * c);
                    let tangent = zeta.signum() / (zeta.abs() + zeta.hypot(1.0));
                    let cosine = 1.0 / tangent.hypot(1.0);
                    rotate(&mut w, p, q, cosine, cosine * tangent);
                    rotate(&mut v, p, q, cosine, cosine * tangent);
                }
            }
            if !rotated {
                break;
            }
        }
        let values = w.column_iter().map(|column| column.norm()).collect();
        Svd { w, v, values }
    }

    /// Below this a singular value is rounding noise.
    pub fn floor(&self) -> f64 {
        RANK_TOLERANCE * self.values.iter().copied().fold(0.0, f64::max)
    }

    /// Uᵀb, 0 along directions without a singular value.
    pub fn project(&self, b: &DVector<f64>) -> Vec<f64> {
        let floor = self.floor();
        let parts = self.w.column_iter().zip(&self.values);
        parts.map(|(column, &value)| if value > floor { column.dot(b) / value } else { 0.0 }).collect()
    }

    /// argmin ‖b + B·s‖ with ‖s‖ ≤ `radius` (to within a tenth), of least norm where B is singular; and the damping λ.
    pub fn bounded_solution(&self, b: &DVector<f64>, radius: f64) -> (Vec<f64>, f64) {
        let projected = self.project(b);
        let at = |lambda: f64| -> Vec<f64> {
            let parts = projected.iter().zip(&self.values);
            parts.map(|(&part, &s)| if part == 0.0 { 0.0 } else { -part * s / (s * s + lambda) }).collect()
        };
        let mut lambda = 0.0;
        let mut parts = at(lambda);
        // Hebden's iteration on 1/‖s(λ)‖, which rises towards the root from below and needs no safeguard there.
        for _ in 0..50 {
            let norm = parts.iter().map(|part| part * part).sum::<f64>().sqrt();
            if norm <= 1.1 * radius {
                break;
            }
            let slope: f64 = parts
                .iter()
                .zip(&self.values)
                .filter(|(part, _)| **part != 0.0)
                .map(|(part, &s)| part * part / (s * s + lambda))
                .sum();
            lambda += (norm - radius) / radius * norm * norm / slope;
            parts = at(lambda);
        }
        let solution = &self.v * DVector::from_vec(parts);
        (solution.iter().copied().collect(), lambda)
    }
}

/// Columns p and q become c·p − s·q and s·p + c·q.
fn rotate(matrix: &mut DMatrix<f64>, p: usize, q: usize, cosine: f64, sine: f64) {
    for row in 0..matrix.nrows() {
        let (x, y) = (matrix[(row, p)], matrix[(row, q)]);
        matrix[(row, p)] = cosine * x - sine * y;
        matrix[(row, q)] = sine * x + cosine * y;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_singular_values_survive_bad_scaling() {
        // diag(1, 1e-8, 1e-12) times a rotation on the left: the columns' norms are the singular values.
        let (c, s) = (0.6, 0.8);
        let matrix = DMatrix::from_row_slice(3, 3, &[c, -s * 1e-8, 0.0, s, c * 1e-8, 0.0, 0.0, 0.0, 1e-12]);
        let mut values = Svd::new(matrix).values;
        values.sort_by(f64::total_cmp);
        for (found, expected) in values.iter().zip([1e-12, 1e-8, 1.0]) {
            assert!((found / expected - 1.0).abs() < 1e-14, "{found}");
        }
    }
}
