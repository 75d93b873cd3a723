//! The linear algebra of one optimiser step: a weighted Jacobian reduced to its triangular factor, and steps of bounded length from it.
//!
//! In: rows `[J | f]` of any number, handed over one at a time. Out: R and Qᵀf of the Jacobian's QR factorisation, from which every step,
//! convergence measure and covariance follows. Normal equations are never formed: they would square the condition number. Rows are factored in
//! blocks of fixed size, and the blocks' factors again, so the answer does not depend on the number of threads and no copy of the
//! weighted Jacobian exists.

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

use super::svd::Svd;

/// Rows per block of the first reduction; a constant, because the rounding depends on it.
const BLOCK: usize = 512;
/// Triangular factors merged at a time.
const FAN_IN: usize = 32;

/// A least-squares problem min ‖f + J·p‖ reduced by orthogonal transformations to `k` rows.
#[derive(Clone, Debug)]
pub struct Reduced {
    /// Upper triangular, `[k][k]`, with RᵀR = JᵀJ.
    pub r: DMatrix<f64>,
    /// The first `k` entries of Qᵀf.
    pub qtf: DVector<f64>,
    /// ‖f‖.
    pub norm: f64,
}

/// Factors `rows` rows of `k + 1` numbers each: `fill(row, out)` writes one Jacobian row and, last, its residual.
pub fn reduce(rows: usize, k: usize, fill: impl Fn(usize, &mut [f64]) + Sync) -> Reduced {
    let width = k + 1;
    let mut factors: Vec<DMatrix<f64>> = (0..rows.div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| {
            let start = block * BLOCK;
            let height = BLOCK.min(rows - start);
            let mut data = vec![0.0; height * width];
            for (offset, row) in data.chunks_exact_mut(width).enumerate() {
                fill(start + offset, row);
            }
            triangle(DMatrix::from_row_slice(height, width, &data))
        })
        .collect();
    while factors.len() > 1 {
        factors = factors.chunks(FAN_IN).map(merge).collect();
    }
    let factor = factors.pop().unwrap_or_else(|| DMatrix::zeros(0, width));
    let mut square = DMatrix::zeros(width, width);
    square.rows_mut(0, factor.nrows()).copy_from(&factor);
    Reduced {
        r: square.view((0, 0), (k, k)).into_owned(),
        qtf: square.view((0, k), (k, 1)).column(0).into_owned(),
        norm: square.column(k).norm(),
    }
}

/// The triangular factor of a block, `[min(height, width)][width]`.
fn triangle(block: DMatrix<f64>) -> DMatrix<f64> {
    block.qr().r()
}

fn merge(factors: &[DMatrix<f64>]) -> DMatrix<f64> {
    let height = factors.iter().map(DMatrix::nrows).sum();
    let mut stacked = DMatrix::zeros(height, factors[0].ncols());
    let mut row = 0;
    for factor in factors {
        stacked.rows_mut(row, factor.nrows()).copy_from(factor);
        row += factor.nrows();
    }
    triangle(stacked)
}

/// A step and what the linear model promises of it.
#[derive(Clone, Debug)]
pub struct Step {
    /// The change of each parameter, `[k]`.
    pub delta: Vec<f64>,
    /// Its length in the scaled coordinates.
    pub length: f64,
    /// The Levenberg–Marquardt damping that the bound on the length asked for; 0 where the step was short enough by itself.
    pub damping: f64,
    /// Whether a parameter's own bound shortened it.
    pub clipped: bool,
    /// By how much ‖f + J·p‖² falls.
    pub predicted: f64,
}

impl Reduced {
    /// Whether every entry is finite: squares of huge derivatives overflow.
    pub fn is_finite(&self) -> bool {
        self.norm.is_finite() && self.r.iter().chain(&self.qtf).all(|entry| entry.is_finite())
    }

    /// ‖J column‖ of each parameter, `[k]`.
    pub fn column_norms(&self) -> Vec<f64> {
        self.r.column_iter().map(|column| column.norm()).collect()
    }

    /// Jᵀf, `[k]`: half the gradient of ‖f‖².
    pub fn gradient(&self) -> Vec<f64> {
        (self.r.transpose() * &self.qtf).iter().copied().collect()
    }

    /// The share of f that lies in the span of the moving parameters' columns, ‖QᵀQf‖/‖f‖: 0 at a stationary point, whatever the units of
    /// the parameters (Bates and Watts, *A relative offset orthogonality convergence criterion*, 1981).
    pub fn offset(&self, moving: &[usize]) -> f64 {
        if self.norm == 0.0 || moving.is_empty() {
            return 0.0;
        }
        let factors = Svd::new(self.columns(moving, &equilibrate(self)));
        let projected: f64 = factors.project(&self.qtf).iter().map(|part| part * part).sum();
        projected.sqrt() / self.norm
    }

    /// The step of the moving parameters that minimises ‖f + J·p‖ with scaled length ‖D·p‖ ≤ `radius`, kept within `room` (how far each
    /// parameter may go down and up): parameters that would leave stop at their bound and the others are solved for again.
    pub fn step(&self, moving: &[usize], scale: &[f64], radius: f64, room: &[(f64, f64)]) -> Step {
        let k = self.r.ncols();
        let mut delta = vec![0.0; k];
        let mut moving = moving.to_vec();
        let mut shifted = self.qtf.clone();
        let mut left = radius;
        let mut damping = 0.0;
        let mut clipped = false;
        while !moving.is_empty() {
            let factors = Svd::new(self.columns(&moving, scale));
            let (solution, lambda) = factors.bounded_solution(&shifted, left);
            damping = lambda;
            let mut inside = Vec::with_capacity(moving.len());
            let mut spent = 0.0;
            for (&j, scaled) in moving.iter().zip(&solution) {
                delta[j] = scaled / scale[j];
                let clamped = delta[j].clamp(room[j].0, room[j].1);
                if clamped == delta[j] {
                    inside.push(j);
                } else {
                    delta[j] = clamped;
                    shifted += self.r.column(j) * clamped;
                    spent += (scale[j] * clamped).powi(2);
                }
            }
            if inside.len() == moving.len() {
                break;
            }
            clipped = true;
            // The others keep at least a part of the radius, or the step would end in the corner the first bound leads to.
            left = (left * left - spent).max(0.01 * radius * radius).sqrt();
            moving = inside;
        }
        let length = delta.iter().zip(scale).map(|(d, s)| (d * s).powi(2)).sum::<f64>();
        let moved = &self.r * DVector::from_column_slice(&delta);
        // ‖f‖² − ‖f + Jp‖² = −(2f + Jp)·Jp, without the cancellation of the two squares.
        let predicted = -(&self.qtf * 2.0 + &moved).dot(&moved);
        Step { delta, length: length.sqrt(), damping, clipped, predicted }
    }

    /// −(JᵀJ + λD²)⁻¹·g over the moving parameters, 0 elsewhere, `[k]`.
    pub fn damped(&self, moving: &[usize], scale: &[f64], damping: f64, g: &[f64]) -> Vec<f64> {
        let factors = Svd::new(self.columns(moving, scale));
        let scaled = DVector::from_fn(moving.len(), |i, _| g[moving[i]] / scale[moving[i]]);
        let mut along = factors.v.tr_mul(&scaled);
        for (part, value) in along.iter_mut().zip(&factors.values) {
            *part /= -(value * value + damping);
        }
        let solution = &factors.v * along;
        let mut out = vec![0.0; scale.len()];
        for (&j, value) in moving.iter().zip(&solution) {
            out[j] = value / scale[j];
        }
        out
    }

    /// The columns of these parameters over their scale, `[k][moving]`.
    fn columns(&self, moving: &[usize], scale: &[f64]) -> DMatrix<f64> {
        DMatrix::from_fn(self.r.nrows(), moving.len(), |row, column| {
            self.r[(row, moving[column])] / scale[moving[column]]
        })
    }

    /// (JᵀJ)⁻¹ over these parameters, `[moving][moving]`, and the positions in `moving` of those that J does not determine. Where some
    /// are undetermined the matrix is the pseudo-inverse, right for every parameter that is not among them.
    pub fn inverse(&self, moving: &[usize]) -> (DMatrix<f64>, Vec<usize>) {
        let m = moving.len();
        let norms = equilibrate(self);
        let factors = Svd::new(self.columns(moving, &norms));
        let floor = factors.floor();
        let mut inverse = DMatrix::zeros(m, m);
        let mut unseen = vec![0.0f64; m];
        for (vector, &value) in factors.v.column_iter().zip(&factors.values) {
            if value > floor {
                inverse += vector * vector.transpose() / (value * value);
            } else {
                for (share, entry) in unseen.iter_mut().zip(vector.iter()) {
                    *share += entry * entry;
                }
            }
        }
        for row in 0..m {
            for column in 0..m {
                inverse[(row, column)] /= norms[moving[row]] * norms[moving[column]];
            }
        }
        // A parameter is determined when the unit vector along it has no part in the null space.
        let unidentified = (0..m).filter(|&j| unseen[j] > 1e-10).collect();
        (inverse, unidentified)
    }
}

/// The column norms, 1 where a column is zero.
fn equilibrate(reduced: &Reduced) -> Vec<f64> {
    let norms = reduced.column_norms();
    norms.into_iter().map(|norm| if norm > 0.0 { norm } else { 1.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in (−1, 1) without a pattern.
    fn entry(row: usize, column: usize) -> f64 {
        (((row * 37 + column * 101 + 11) as f64 * 12.9898).sin() * 43758.5453).sin()
    }

    fn problem(rows: usize, k: usize) -> Reduced {
        reduce(rows, k, |row, out| {
            for (column, slot) in out.iter_mut().enumerate() {
                *slot = entry(row, column);
            }
        })
    }

    #[test]
    fn blocks_factor_like_the_whole() {
        for (rows, k) in [(1, 3), (3, 3), (700, 4), (40_000, 2)] {
            let reduced = problem(rows, k);
            for i in 0..k {
                for j in 0..k {
                    let exact: f64 = (0..rows).map(|row| entry(row, i) * entry(row, j)).sum();
                    let found = reduced.r.column(i).dot(&reduced.r.column(j));
                    assert!((exact - found).abs() < 1e-12 * rows as f64, "{rows} {k} {i} {j}");
                }
                let exact: f64 = (0..rows).map(|row| entry(row, i) * entry(row, k)).sum();
                assert!((exact - reduced.gradient()[i]).abs() < 1e-12 * rows as f64);
            }
            let exact: f64 = (0..rows).map(|row| entry(row, k).powi(2)).sum();
            assert!((exact.sqrt() - reduced.norm).abs() < 1e-12 * rows as f64);
        }
    }

    #[test]
    fn steps_keep_to_their_length_and_their_bounds() {
        let reduced = problem(50, 4);
        let scale = reduced.column_norms();
        let wide = [(f64::NEG_INFINITY, f64::INFINITY); 4];
        let all = [0, 1, 2, 3];
        let free = reduced.step(&all, &scale, 1e9, &wide);
        assert_eq!(free.damping, 0.0);
        // The undamped step removes everything that can be removed.
        let removed = (reduced.offset(&all) * reduced.norm).powi(2);
        assert!((free.predicted - removed).abs() < 1e-12 * removed);
        let short = reduced.step(&all, &scale, free.length / 10.0, &wide);
        assert!(short.damping > 0.0 && short.length <= 0.11 * free.length && short.length > 0.089 * free.length);
        assert!(short.predicted > 0.0 && short.predicted < free.predicted);
        let mut room = wide;
        room[2] = (-free.delta[2].abs() / 2.0, free.delta[2].abs() / 2.0);
        let bounded = reduced.step(&all, &scale, 1e9, &room);
        assert_eq!(bounded.delta[2].abs(), free.delta[2].abs() / 2.0);
        assert!(bounded.predicted < free.predicted && bounded.predicted > 0.0);
        // The others are at their own optimum given the bound.
        let moved = &reduced.r * DVector::from_column_slice(&bounded.delta) + &reduced.qtf;
        for j in [0, 1, 3] {
            assert!(reduced.r.column(j).dot(&moved).abs() < 1e-12);
        }
    }

    #[test]
    fn undetermined_parameters_are_named_and_the_rest_stay_right() {
        // Columns 0 and 2 are multiples of each other; 1 stands alone.
        let reduced = reduce(20, 3, |row, out| {
            let x = row as f64;
            out.copy_from_slice(&[x, 1.0, 3e6 * x, 0.0]);
        });
        let (inverse, unidentified) = reduced.inverse(&[0, 1, 2]);
        assert_eq!(unidentified, [0, 2]);
        let (alone, none) = reduced.inverse(&[0, 1]);
        assert!(none.is_empty());
        assert!((inverse[(1, 1)] / alone[(1, 1)] - 1.0).abs() < 1e-10);
        let zero = reduce(5, 2, |row, out| out.copy_from_slice(&[1.0 + row as f64, 0.0, 1.0]));
        assert_eq!(zero.inverse(&[0, 1]).1, [1]);
    }
}
