//! Kalman filters: W3 against an oracle in 40 digits, W10 against W3, on the host and on a device.

use std::error::Error as StdError;

use evalgrad::{Batch, Device, Engine, Program, Road, Tier};

type Outcome = Result<(), Box<dyn StdError>>;

const W3: &str = include_str!("../benches/workloads/w3.scm");
const W10: &str = include_str!("../benches/workloads/w10.scm");

/// Where the oracle was asked.
const POINT: [(&str, f32); 2] = [("q", 0.05), ("r", 0.1)];

/// Value and derivatives by q and r of W3 at q = 0.05, r = 0.1, from 2x2 matrices and `diff` of mpmath 1.4.1 in 40 digits:
///
/// ```text
/// def loss(q, r):
///     x, P, L = matrix(2, 1), eye(2), mpf(0)
///     for k in range(80):
///         y = matrix([sin(mpf(7) / 10 * k), cos(mpf(13) / 10 * k)])
///         ahead = P + q * eye(2); S = ahead + r * eye(2); K = ahead * S**-1; e = y - x
///         L += log(det(S)) + (e.T * S**-1 * e)[0]
///         x += K * e; P = (eye(2) - K) * ahead
///     return L
/// loss(q, r), diff(lambda q: loss(q, r), q), diff(lambda r: loss(q, r), r)   # q, r = mpf('0.05'), mpf('0.1')
/// ```
const ORACLE: [f64; 3] = [233.296_491_136_817_3, -2_434.571_402_324_825_6, -2_066.596_235_069_543_5];

/// How far a number may be from the oracle's, relative to it.
const TOLERANCE: f64 = 1e-5;

fn assert_near(found: [f64; 3], factor: f64, tolerance: f64, what: &str) {
    for (found, oracle) in found.into_iter().zip(ORACLE) {
        let error = (found / (factor * oracle) - 1.0).abs();
        assert!(error <= tolerance, "{what}: {found}, the oracle says {}, relative error {error:.1e}", factor * oracle);
    }
}

fn in_f32(engine: &Engine, text: &str, lanes: usize, road: Road, tier: Tier) -> Result<[f64; 3], Box<dyn StdError>> {
    let program = Program::parse(text)?;
    let mut batch = Batch::new(&program, lanes).road(road).tier(tier);
    for (name, x) in POINT {
        batch = batch.bind(name, vec![x; lanes].as_slice())?;
    }
    let out = engine.value_and_grad(&batch, &["q", "r"])?;
    assert_eq!(out.tier, tier);
    assert!(out.status.iter().all(|status| status.is_ok()), "{:?}", out.status[0]);
    let last = lanes - 1;
    Ok([out.values[last], out.grads["q"][last], out.grads["r"][last]].map(f64::from))
}

#[test]
fn the_filter_in_two_dimensions_agrees_with_the_oracle() -> Outcome {
    let engine = Engine::new(Device::Cpu)?;
    for (lanes, tier) in [(1, Tier::Interpret), (40, Tier::Replay)] {
        for road in [Road::Interpreted, Road::Direct] {
            assert_near(in_f32(&engine, W3, lanes, road, tier)?, 1.0, TOLERANCE, &format!("{road:?}, {tier:?}"));
        }
    }
    let program = Program::parse(W3)?;
    let batch = Batch::new(&program, 1).bind("q", 0.05)?.bind("r", 0.1)?;
    let out = engine.value_and_grad_f64(&batch, &["q", "r"])?;
    assert_near([out.values[0], out.grads["q"][0], out.grads["r"][0]], 1.0, 1e-12, "f64");
    Ok(())
}

#[test]
fn the_filter_in_two_dimensions_agrees_with_the_oracle_on_a_device() -> Outcome {
    let engine = Engine::new(Device::Gpu)?;
    assert_near(in_f32(&engine, W3, 40, Road::Direct, Tier::Replay)?, 1.0, TOLERANCE, "device");
    Ok(())
}

#[test]
fn the_filter_in_sixteen_dimensions_is_eight_in_two() -> Outcome {
    let engine = Engine::new(Device::Cpu)?;
    assert_near(in_f32(&engine, W10, 1, Road::Interpreted, Tier::Interpret)?, 8.0, TOLERANCE, "16 dimensions");
    Ok(())
}
