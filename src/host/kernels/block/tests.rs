//! Steps and rows of them: what runs in one go is what its parts do.

use super::*;

/// Numbers of an array.
const SIZE: usize = 32;

fn own(array: u32) -> Place {
    Place::At(Spot { anchor: BASE, array })
}

fn came_in(array: u32) -> Place {
    Place::At(Spot { anchor: super::super::INS, array })
}

fn make(op: Op, a: Place, b: Place, out: u32) -> Instruction<f32> {
    let make = Make::Value;
    Instruction { op, make, kernel: f32::maker(op, make), a, b, read: 1, out, made: 1, times: 1 }
}

fn send(op: Op, sides: Sides, [x, y]: [Place; 2], value: u32, to: Spot, to_second: Option<Spot>) -> Back<f32> {
    let (kernel, bar) = (f32::sender(op, false, sides), Spot { anchor: BASE, array: value });
    Back { op, sides, kernel, x, y, value, bar, to, to_second, times: 1 }
}

fn spot(place: Place) -> Spot {
    let Place::At(spot) = place else { unreachable!("it is in the arena") };
    spot
}

/// y = x² + 2: a stretch of two operations, the first of which does not leave it.
#[test]
fn stretches_run_and_go_back() {
    let x: Vec<f32> = (0..SIZE).map(|i| i as f32 - 7.5).collect();
    let inputs = [Source::Lanes(&x[..])];
    let anchors = [SIZE as u32, 3 * SIZE as u32, 0];
    let operands = Operands { inputs: &inputs, constants: &[2.0], anchors: &anchors, size: SIZE };
    let (x_at, two) = (Place::Input(0), Place::Constant(0));
    let steps = [make(Op::Mul, x_at, x_at, 0), make(Op::Add, own(0), two, 1)];
    let mut values = vec![0.0; 3 * SIZE];
    forward_all(&steps, &operands, &mut values);
    let [shared, first] = [(SHARED, 0), (INPUTS, 0)].map(|(anchor, array)| Spot { anchor, array });
    let square = send(Op::Mul, Sides::Same, [x_at, x_at], 0, first, None);
    let back = [send(Op::Add, Sides::A, [own(0), two], 1, shared, None), Back { bar: shared, ..square }];
    let mut bars = vec![f32::NAN; 4 * SIZE];
    bars[2 * SIZE..3 * SIZE].fill(1.0);
    let mut fresh = vec![true; 4 * SIZE / GRAIN];
    fresh[2 * SIZE / GRAIN] = false;
    pull_all(&back, &operands, &values, &mut bars, &mut fresh);
    for i in 0..SIZE {
        assert_eq!((values[2 * SIZE + i], bars[i]), (x[i] * x[i] + 2.0, x[i] + x[i]));
    }
    assert!(!fresh[0] && fresh[2 * SIZE / GRAIN] && fresh[3 * SIZE / GRAIN]);
}

/// As many operations on arrays in a row as `operands` says, each on its own and as one step: the same values and adjoints.
fn assert_a_row_is_its_parts(count: u32, operands: impl Fn(u32) -> [Place; 2], fresh_bars: &[u32]) {
    let one_by_one: Vec<Instruction<f32>> =
        (0..count).map(|i| make(Op::Mul, operands(i)[0], operands(i)[1], i)).collect();
    let back = |i: u32| {
        let [a, b] = operands(i);
        let sides = if a == b { Sides::Same } else { Sides::Both };
        send(Op::Mul, sides, [a, b], i, spot(a), (a != b).then_some(spot(b)))
    };
    let backs: Vec<Back<f32>> = (0..count).rev().map(back).collect();
    let (mut row, mut back_row) = (make(Op::Mul, operands(0)[0], operands(0)[1], 0), back(count - 1));
    for i in 1..count {
        assert!(row.goes_on_with(&one_by_one[i as usize]) && back(count - 1 - i).goes_on_with(&back_row));
        row.times += 1;
        back_row = Back { times: back_row.times + 1, ..back(count - 1 - i) };
    }
    let before = 2 * count as usize * SIZE;
    let anchors = [before as u32, 0, 0, 0];
    let all = before + count as usize * SIZE;
    let run = |steps: &[Instruction<f32>], backs: &[Back<f32>]| {
        let operands = Operands { inputs: &[], constants: &[], anchors: &anchors, size: SIZE };
        let mut values: Vec<f32> = (0..all).map(|i| (i % 97) as f32 - 48.0).collect();
        forward_all(steps, &operands, &mut values);
        let mut bars: Vec<f32> = (0..all).map(|i| (i % 13) as f32 - 6.0).collect();
        let mut fresh = vec![false; all / GRAIN];
        for &array in fresh_bars {
            fresh[array as usize * SIZE / GRAIN] = true;
        }
        pull_all(backs, &operands, &values, &mut bars, &mut fresh);
        (values, bars, fresh)
    };
    let (values, bars, fresh) = run(&one_by_one, &backs);
    let of_row = run(&[row], &[back_row]);
    let bits = |numbers: &[f32]| numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&values), bits(&of_row.0));
    for array in 0..all / SIZE {
        let is_fresh = fresh[array * SIZE / GRAIN];
        assert_eq!(is_fresh, of_row.2[array * SIZE / GRAIN], "array {array}");
        if !is_fresh {
            let numbers = array * SIZE..(array + 1) * SIZE;
            assert_eq!(bits(&bars[numbers.clone()]), bits(&of_row.1[numbers]), "array {array}");
        }
    }
}

#[test]
fn a_row_is_its_parts() {
    let count = 2 * (LONGEST / SIZE) as u32 + 3;
    let apart = |i: u32| [came_in(i), came_in(count + i)];
    assert_a_row_is_its_parts(count, apart, &[]);
    // Some have adjoints or sums already, and some have not.
    assert_a_row_is_its_parts(count, apart, &[3, 5, count + 9, 2 * count + 1, 2 * count + 4]);
    let own: Vec<u32> = (2 * count..3 * count).collect();
    assert_a_row_is_its_parts(count, apart, &own);
    // Both sides are one, or share all but the ends.
    assert_a_row_is_its_parts(count, |i| [came_in(i), came_in(i)], &[2]);
    assert_a_row_is_its_parts(count, |i| [came_in(i), came_in(i + 1)], &[2]);
}

/// What reads a result of the row is no part of it, and what reads the same input again is none on the way back.
#[test]
fn rows_end() {
    let step = make(Op::Add, came_in(0), came_in(8), 0);
    assert!(step.goes_on_with(&make(Op::Add, came_in(1), came_in(9), 1)));
    assert!(!step.goes_on_with(&make(Op::Add, came_in(1), came_in(10), 1)));
    assert!(!step.goes_on_with(&make(Op::Sub, came_in(1), came_in(9), 1)));
    let [chain, next] = [0, 1].map(|i| make(Op::Add, own(i), Place::Constant(0), i + 1));
    assert!(!chain.goes_on_with(&next));
    // A copy of the result before stands where the row's next operand would.
    let copied =
        Instruction { make: Make::Copy, kernel: f32::maker(Op::Tanh, Make::Copy), ..make(Op::Tanh, own(3), own(3), 5) };
    assert!(make(Op::Tanh, own(2), own(2), 4).goes_on_with(&make(Op::Tanh, own(3), own(3), 5)));
    assert!(!make(Op::Tanh, own(2), own(2), 4).goes_on_with(&copied));
    let inputs = [0, 1].map(|i| make(Op::Add, Place::Input(0), came_in(i), i));
    assert!(!inputs[0].goes_on_with(&inputs[1]));
    let input = Spot { anchor: INPUTS, array: 0 };
    let [first, second] = [0, 1].map(|i| send(Op::Add, Sides::A, [own(i), came_in(i)], i, input, None));
    assert!(!first.goes_on_with(&second));
}
