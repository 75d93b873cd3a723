//! Every kernel against the scalar operations, bit for bit, with every instruction set that this machine has.

use super::adjoint::{self, Sending};
use super::block::Make;
use super::dispatch::{InstructionSet, Job};
use super::forward::{self, Making};
use super::{Decide, Exact, LONGEST, Sides, Source, Sum, Vector};
use crate::op::{self, Kind, Op, ROWS};

/// Numbers at which something changes or ends, for both precisions.
const HARD: [f64; 28] = [
    0.0,
    -0.0,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    5e-324,
    1e-45,
    -1e-40,
    1.2e-38,
    3e-5,
    0.5,
    -0.5,
    1.0,
    -1.0,
    1.5,
    2.0,
    -3.0,
    7.0,
    88.7,
    -103.9,
    16_777_217.0,
    -2_147_483_648.0,
    2_147_483_648.0,
    3.1e9,
    1e38,
    3.402_823_466_385_288_6e38,
    -1e300,
    f64::MAX,
];

/// A block of the longest length: samples of the operation, hard numbers, numbers of all sizes. `turn` makes different
/// pairs.
fn block<F: Vector>(op: Op, second: bool, turn: usize) -> Vec<F> {
    let samples = op.row().samples.iter().map(|&(x, y)| if second { y } else { x });
    let (step, start) = if second { (HARD.len() + 1, turn * 7) } else { (1, 0) };
    let hard = (0..300).map(|i| HARD[(start + i * step / HARD.len() + i) % HARD.len()]);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ (turn as u64 * 2 + u64::from(second));
    let other = std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let unit = (state >> 11) as f64 / 2.0_f64.powi(53) * 2.0 - 1.0;
        match state >> 8 & 3 {
            0 => (unit * 300.0).exp2().copysign(unit),
            1 => (unit * 40.0).round() / 4.0,
            _ => unit * 9.0,
        }
    });
    samples.chain(hard).chain(other).take(LONGEST).map(F::round).collect()
}

#[track_caller]
fn assert_same<F: Vector>(got: F, truth: F, place: impl Fn() -> String) {
    let same = got.payload() == truth.payload() || got.is_nan() && truth.is_nan();
    assert!(same, "{}: {got:?} for {truth:?}", place());
}

/// The ways an operand may be given: all lanes, or one number for all.
fn forms<F: Vector>(lanes: &[F]) -> [Source<'_, F>; 4] {
    [Source::Lanes(lanes), Source::One(lanes[1]), Source::One(F::round(-0.0)), Source::One(F::round(2.0))]
}

fn lane<F: Vector>(source: Source<'_, F>, lane: usize) -> F {
    match source {
        Source::Lanes(lanes) => lanes[lane],
        Source::One(number) => number,
    }
}

fn valued() -> impl Iterator<Item = Op> {
    ROWS.iter().filter(|row| matches!(row.kind, Kind::Arithmetic | Kind::Real)).map(|row| row.op)
}

fn values<F: Vector>() {
    for (op, set) in valued().flat_map(|op| InstructionSet::all().into_iter().map(move |set| (op, set))) {
        for (turn, count) in [(0, 512), (1, 512), (2, 48), (3, 16)] {
            let (x, y) = (block::<F>(op, false, turn), block::<F>(op, true, turn));
            let mut out = vec![F::round(0.0); count];
            for a in forms(&x[..count]) {
                for b in forms(&y[..count]) {
                    let (x, y) = (a.numbers(), if op.row().arity == 1 { a.numbers() } else { b.numbers() });
                    forward::kernel(set, op, Make::Value).run(Making { x, y, out: &mut out });
                    for (i, &value) in out.iter().enumerate() {
                        let (x, y) = (lane(a, i), lane(b, i));
                        assert_same(value, op::real(op, x, y), || format!("{op:?} {x:?} {y:?} {set:?}"));
                    }
                }
            }
        }
    }
}

#[test]
fn values_are_those_of_the_scalar_operations() {
    values::<f32>();
    values::<f64>();
}

fn bits<F: Vector>(numbers: &[F]) -> Vec<F::Payload> {
    numbers.iter().map(|number| number.payload()).collect()
}

fn turns<F: Vector>() {
    for set in InstructionSet::all() {
        for turn in 0..16 {
            let x = block::<F>(Op::Sin, false, turn);
            for source in forms(&x) {
                let run = |op: Op, make: Make, x: &[F]| {
                    let mut out = vec![F::round(0.0); 2 * LONGEST];
                    forward::kernel(set, op, make).run(Making { x, y: x, out: &mut out });
                    out
                };
                let both = run(Op::Sin, Make::Both, source.numbers());
                assert_eq!(
                    bits(&run(Op::Cos, Make::Swapped, &both)),
                    bits(&run(Op::Cos, Make::Both, source.numbers()))
                );
                assert_eq!(bits(&run(Op::Sin, Make::Copy, &both)), bits(&both));
                let (sin, cos) = both.split_at(LONGEST);
                for i in 0..x.len() {
                    let x = lane(source, i);
                    assert_same(sin[i], op::real(Op::Sin, x, x), || format!("sine of {x:?} {set:?}"));
                    assert_same(cos[i], op::real(Op::Cos, x, x), || format!("cosine of {x:?} {set:?}"));
                }
            }
        }
    }
}

#[test]
fn sine_and_cosine_are_those_of_the_scalar_operations() {
    turns::<f32>();
    turns::<f64>();
}

/// What the scalar adjoint does with a contribution.
fn add<F: Vector>(sum: &mut F, bar: F, sent: F) {
    let zero = F::round(0.0);
    if bar != zero && sent != zero {
        *sum = *sum + sent;
    }
}

/// One operation pulled with every kind of destination.
struct Case<'a, F> {
    op: Op,
    set: InstructionSet,
    x: Source<'a, F>,
    y: Source<'a, F>,
    value: &'a [F],
    other: Option<&'a [F]>,
    bar: &'a [F],
    before: [&'a [F]; 2],
}

impl<F: Vector> Case<'_, F> {
    /// Pulls to the operands of `sides`; `same` takes both to one slot.
    fn check(&self, sides: [bool; 2], same: bool, fresh: [bool; 2]) {
        let count = self.bar.len();
        let [mut a, mut b] = self.before.map(<[F]>::to_vec);
        let started = |fresh: bool, before: &[F]| if fresh { vec![F::round(0.0); count] } else { before.to_vec() };
        let (mut true_a, mut true_b) = (started(fresh[0], &a), started(fresh[1], &b));
        for i in 0..count {
            let (x, y, bar) = (lane(self.x, i), lane(self.y, i), self.bar[i]);
            let sent = op::pull(self.op, x, y, self.value[i], bar);
            if sides[0] {
                add(&mut true_a[i], bar, sent.0);
            }
            if sides[1] {
                add(if same { &mut true_a[i] } else { &mut true_b[i] }, bar, sent.1);
            }
        }
        let Case { op, set, x, y, value, other, bar, .. } = *self;
        let (x, y) = (x.numbers(), if op.row().arity == 1 { x.numbers() } else { y.numbers() });
        let (to, is_second) = match (sides, same) {
            (_, true) => (Sides::Same, false),
            ([true, false], _) => (Sides::A, false),
            ([false, true], _) => (Sides::B, true),
            _ => (Sides::Both, false),
        };
        let (first, second) = if is_second { (&mut b, &mut a) } else { (&mut a, &mut b) };
        let fresh = if is_second { [fresh[1], false] } else { fresh };
        let y = other.unwrap_or(y);
        let second: &mut [F] = if to == Sides::Both { second } else { &mut [] };
        adjoint::kernel(set, op, other.is_some(), to).run(Sending { x, y, value, bar, a: first, b: second, fresh });
        for i in 0..count {
            let place = || {
                format!("{op:?} {:?} {:?} {:?} {sides:?} {fresh:?} {set:?}", lane(self.x, i), lane(self.y, i), bar[i])
            };
            if sides[0] {
                assert_same(a[i], true_a[i], place);
            }
            if sides[1] && !same {
                assert_same(b[i], true_b[i], place);
            }
        }
    }
}

fn pull<F: Vector>() {
    for (op, set) in valued().flat_map(|op| InstructionSet::all().into_iter().map(move |set| (op, set))) {
        for (turn, count) in [(0, 512), (1, 48)] {
            let (x, y) = (block::<F>(op, false, turn), block::<F>(op, true, turn));
            let hard =
                |start: usize| (0..count).map(|i| F::round(HARD[(i / 3 + start) % HARD.len()])).collect::<Vec<_>>();
            let bar: Vec<F> = (0..count).map(|i| F::round([1.5, 0.0, -2.0, HARD[i / 4 % HARD.len()]][i % 4])).collect();
            let before = [&hard(0)[..], &hard(5)[..]];
            for a in forms(&x[..count]) {
                for b in forms(&y[..count]) {
                    let silent = |i: usize| bar[i] == F::round(0.0);
                    // Where nothing is sent, any value may stand.
                    let value: Vec<F> = (0..count)
                        .map(|i| if silent(i) { F::round(f64::NAN) } else { op::real(op, lane(a, i), lane(b, i)) })
                        .collect();
                    let mut case = Case { op, set, x: a, y: b, value: &value, other: None, bar: &bar, before };
                    for fresh in [false, true] {
                        case.check([true, false], false, [fresh; 2]);
                        if op.row().arity == 2 {
                            case.check([false, true], false, [fresh; 2]);
                            case.check([true, true], false, [fresh; 2]);
                            case.check([true, true], false, [fresh, !fresh]);
                            case.check([true, true], true, [fresh; 2]);
                        }
                    }
                    let across = match op {
                        Op::Sin => Op::Cos,
                        Op::Cos => Op::Sin,
                        _ => continue,
                    };
                    let other: Vec<F> = (0..count).map(|i| op::real(across, lane(a, i), lane(a, i))).collect();
                    case.other = Some(&other);
                    case.check([true, false], false, [false; 2]);
                }
            }
        }
    }
}

#[test]
fn adjoints_are_those_of_the_scalar_tape() {
    pull::<f32>();
    pull::<f64>();
}

fn decide<F: Vector>() {
    let guards = ROWS.iter().filter(|row| {
        let identity = matches!(row.op, Op::Eq | Op::Eqv);
        identity || matches!(row.kind, Kind::Compare | Kind::NumberTest) && row.op != Op::Exact
    });
    for (op, set) in guards.flat_map(|row| InstructionSet::all().into_iter().map(move |set| (row.op, set))) {
        for turn in 0..4 {
            let (x, y) = (block::<F>(op, false, turn), block::<F>(op, true, turn));
            let mut outcome = vec![7; x.len()];
            for a in forms(&x) {
                for b in forms(&y) {
                    set.run(Decide { op, a, b, outcome: &mut outcome });
                    for (i, &outcome) in outcome.iter().enumerate() {
                        let (x, y) = (lane(a, i), lane(b, i));
                        let truth = match op {
                            Op::Eq | Op::Eqv => x.payload() == y.payload() || x.is_nan() && y.is_nan(),
                            _ if op.row().kind == Kind::Compare => op::compare(op, x, y),
                            _ => op::test(op, x),
                        };
                        let parity = matches!(op, Op::IsEven | Op::IsOdd);
                        let truth = if parity && !op::test(Op::IsInteger, x) { 2 } else { u32::from(truth) };
                        assert_eq!(outcome, truth, "{op:?} {x:?} {y:?} {set:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn guards_decide_as_the_scalar_operations() {
    decide::<f32>();
    decide::<f64>();
}

fn exact<F: Vector>() {
    for (set, turn) in InstructionSet::all().into_iter().flat_map(|set| (0..4).map(move |turn| (set, turn))) {
        let x = block::<F>(Op::Exact, false, turn);
        for source in forms(&x) {
            let (mut outcome, mut fits) = (vec![7; x.len()], vec![7; x.len()]);
            set.run(Exact { x: source, outcome: &mut outcome, fits: &mut fits });
            for i in 0..x.len() {
                let (int, is_exact) = op::exact(lane(source, i));
                assert_eq!((outcome[i], fits[i]), (int, u32::from(is_exact)), "{:?} {set:?}", lane(source, i));
                assert!(!is_exact || F::of_int(int) == lane(source, i));
            }
        }
    }
}

#[test]
fn exact_integers_are_those_of_the_scalar_operation() {
    exact::<f32>();
    exact::<f64>();
}

/// The sum by definition.
fn halves<F: Vector>(values: &[F]) -> F {
    let mut sums = values.to_vec();
    sums.resize(values.len().next_power_of_two(), F::round(0.0));
    while sums.len() > 1 {
        let upper = sums.split_off(sums.len() / 2);
        sums = sums.iter().zip(upper).map(|(&low, high)| low + high).collect();
    }
    sums[0]
}

fn sum<F: Vector>() {
    for set in InstructionSet::all() {
        for count in (16..=LONGEST).step_by(16) {
            let numbers: Vec<F> = (0..count).map(|i| F::round((i as f64 + 0.3).sin() * 1e3)).collect();
            assert_same(set.run(Sum { values: &numbers }), halves(&numbers), || format!("{count} numbers {set:?}"));
            // A missing number is +0: with it, negative zeros make a positive one.
            let zeros = vec![F::round(-0.0); count];
            assert_same(set.run(Sum { values: &zeros }), halves(&zeros), || format!("{count} zeros {set:?}"));
        }
    }
}

#[test]
fn sums_go_by_halves() {
    sum::<f32>();
    sum::<f64>();
}

#[test]
fn the_best_instruction_set_serves() {
    let x = block::<f32>(Op::Mul, false, 0);
    let mut sums = [0; 512];
    f32::decide(Op::Less, Source::Lanes(&x), Source::One(1.0), &mut sums);
    assert_eq!(sums.iter().sum::<u32>(), x.iter().map(|&x| u32::from(x < 1.0)).sum::<u32>());
    assert_eq!(<f32 as Vector>::sum(&[0.25; 48]), 12.0);
}

/// A block with an odd lane is a mistake of the caller, and no lane of it is lost silently.
#[test]
#[should_panic(expected = "whole grains")]
fn odd_blocks_are_refused() {
    f32::maker(Op::Neg, Make::Value).run(Making { x: &[1.0], y: &[1.0], out: &mut [0.0; 17] });
}

/// A job's answer is passed on.
#[test]
fn jobs_answer() {
    struct Answer;
    impl Job for Answer {
        type Output = u32;
        #[inline(always)]
        fn run(self) -> u32 {
            42
        }
    }
    assert!(InstructionSet::all().iter().all(|set| set.run(Answer) == 42));
}
