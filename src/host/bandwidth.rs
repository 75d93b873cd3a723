//! How many bytes a second the host's memory moves, for all cores together.

use std::time::{Duration, Instant};

use rayon::prelude::*;

/// Numbers that a copy reads, and again writes: 64 MiB, beyond caches.
const NUMBERS: usize = 16 << 20;
/// Numbers of a stretch that one core copies.
const STRETCH: usize = 1 << 18;
/// Copies, of which the fastest counts; the first one brings the pages.
const TRIES: usize = 5;

/// Bytes a second that copies in memory read and write together: what a program that only moves numbers can hope for.
pub fn bandwidth() -> f64 {
    let (from, mut to) = (vec![1.0f32; NUMBERS], vec![0.0f32; NUMBERS]);
    let mut best = Duration::MAX;
    for _ in 0..TRIES {
        let begun = Instant::now();
        to.par_chunks_mut(STRETCH).zip(from.par_chunks(STRETCH)).for_each(|(to, from)| to.copy_from_slice(from));
        best = best.min(begun.elapsed());
        std::hint::black_box(&mut to);
    }
    (8 * NUMBERS) as f64 / best.as_secs_f64()
}
