//! Calls: one after another, several programs at once, several threads, some of the inputs.

use evalgrad::engine::Gradients;
use evalgrad::{Batch, Program, Road, Settings, Tier};

use super::same::{
    Answers, PRECISIONS, Precision, ROADS, answers, assert_same, batch, call, columns, engine, number, parse,
};

const TEXTS: [&str; 6] = [
    "(let loop ((i 0) (y x)) (if (= i 5) y (loop (+ i 1) (if (< y a) (+ y (* 0.1 i)) (* 0.5 y)))))",
    "(if (< x 0.) (error \"negative\" x) (sqrt (* a x)))",
    "(define (root y) (if (< (abs (- (* y y) p1)) 1e-3) y (root (* 0.5 (+ y (/ p1 y)))))) (root p1)",
    "(* x (list-ref '(1. 2. 3. 4. 5. 6. 7. 8. 9. 10. 11. 12. 13.) (exact n1)))",
    "(if (< u1 0.3) (list x a) (* x a))",
    "(* a (exp (* -0.1 x)))",
];

fn names(program: &Program) -> Vec<&str> {
    program.inputs().iter().map(|input| &*input.name).collect()
}

/// Columns that differ from call to call.
fn shifted(program: &Program, lanes: usize, shift: usize) -> Vec<Vec<f64>> {
    let column = |name: &str| (shift..shift + lanes).map(|lane| number(name, lane)).collect();
    program.inputs().iter().map(|input| column(&input.name)).collect()
}

#[test]
fn one_call_after_another() {
    let engine = engine(Settings::default());
    for (text, road) in TEXTS.into_iter().flat_map(|text| ROADS.map(|road| (text, road))) {
        let program = parse(text);
        for (turn, lanes) in [3, 300, 17, 1000, 1, 257].into_iter().enumerate() {
            for precision in PRECISIONS {
                let columns = shifted(&program, lanes, turn * 100);
                let run = |tier| {
                    let batch = batch(&program, &columns, precision, road, tier);
                    call(&engine, &batch, precision, &names(&program)).expect("a call without mistakes").0
                };
                assert_same(&run(Tier::Replay), &run(Tier::Interpret), &columns, &format!("{text}, call {turn}"));
            }
        }
    }
}

/// Programs in one call, the same one twice with other data among them.
#[test]
fn programs_together() {
    let programs: Vec<Program> = TEXTS.into_iter().chain(TEXTS).map(parse).collect();
    let mut batches: Vec<Batch> = Vec::new();
    let mut inputs = Vec::new();
    for (index, program) in programs.iter().chain(&programs[..3]).enumerate() {
        let columns = shifted(program, 40 + 60 * index, 10 * index);
        let tier = if index % 4 == 3 { Tier::Interpret } else { Tier::Replay };
        batches.push(batch(program, &columns, Precision::F32, ROADS[index % 2], tier));
        inputs.push(columns);
    }
    let asked: Vec<Vec<&str>> = batches.iter().map(|batch| names(batch.program())).collect();
    let many: Vec<(&Batch, &[&str])> = batches.iter().zip(&asked).map(|(batch, names)| (batch, &names[..])).collect();
    let together_engine = engine(Settings::default());
    for turn in 0..2 {
        let together: Vec<Gradients<f32>> =
            together_engine.value_and_grad_many(&many).expect("a call without mistakes");
        for (index, (found, (batch, wrt))) in together.iter().zip(&many).enumerate() {
            let alone = engine(Settings::default());
            let wanted = alone.value_and_grad(&(*batch).clone().tier(Tier::Interpret), wrt).expect("no mistakes");
            let what = format!("{} among others, turn {turn}", batch.program().text());
            assert_same(&answers(found), &answers(&wanted), &inputs[index], &what);
            assert_eq!(found.warnings, wanted.warnings, "{what}");
        }
    }
}

#[test]
fn threads_at_once() {
    let engine = engine(Settings::default());
    let programs: Vec<Program> = TEXTS.into_iter().map(parse).collect();
    let one = |program: &Program, turn: usize, precision: Precision, tier: Tier| -> (Answers, Vec<Vec<f64>>) {
        let columns = shifted(program, 100 + 50 * turn, turn * 31);
        let batch = batch(program, &columns, precision, Road::Direct, tier);
        (call(&engine, &batch, precision, &names(program)).expect("a call without mistakes").0, columns)
    };
    std::thread::scope(|scope| {
        for thread in 0..6 {
            let (programs, one) = (&programs, &one);
            scope.spawn(move || {
                for turn in 0..programs.len() * 2 {
                    let program = &programs[(thread + turn) % programs.len()];
                    let precision = PRECISIONS[turn % 2];
                    let (found, columns) = one(program, thread + turn, precision, Tier::Replay);
                    let (wanted, _) = one(program, thread + turn, precision, Tier::Interpret);
                    assert_same(&found, &wanted, &columns, program.text());
                }
            });
        }
    });
}

/// Gradients by some of the inputs, in any order; an input that is asked for twice is there once.
#[test]
fn some_of_the_inputs() {
    let engine = engine(Settings::default());
    let text = "
        (let loop ((i 0) (y x))
          (if (= i 4) (+ y (* a b))
              (loop (+ i 1) (if (< y u1) (* y (+ a (* 0.1 x))) (if (< u2 0.05) (sqrt (* b (sin y))) (- (sin b) x))))))";
    let subsets: [&[&str]; 7] =
        [&[], &["x"], &["b", "x"], &["u1"], &["u2", "a", "u2"], &["a"], &["b", "a", "x", "u1", "u2"]];
    for (road, precision) in ROADS.into_iter().flat_map(|road| PRECISIONS.map(|precision| (road, precision))) {
        let program = parse(text);
        let columns = columns(&program, 600);
        for wrt in subsets {
            let run = |tier| {
                let batch = batch(&program, &columns, precision, road, tier);
                call(&engine, &batch, precision, wrt).expect("a call without mistakes").0
            };
            let (found, wanted) = (run(Tier::Replay), run(Tier::Interpret));
            assert_same(&found, &wanted, &columns, &format!("{text} by {wrt:?}"));
            assert_eq!(found.warnings, wanted.warnings);
        }
    }
}

/// Small arenas and short slices change nothing.
#[test]
fn arenas_and_fuel() {
    use evalgrad::machine::work::Arenas;
    let arenas = Some(Arenas { stack: 16, heap: 16, tape: 4 });
    let (usual, small) =
        (engine(Settings::default()), engine(Settings { fuel: Some(7), arenas, ..Settings::default() }));
    for text in TEXTS {
        let program = parse(text);
        let columns = columns(&program, 300);
        let run = |engine, tier| {
            let batch = batch(&program, &columns, Precision::F64, Road::Interpreted, tier);
            call(engine, &batch, Precision::F64, &names(&program)).expect("a call without mistakes").0
        };
        assert_same(&run(&small, Tier::Replay), &run(&usual, Tier::Interpret), &columns, text);
    }
}

/// A batch without lanes, and programs without inputs.
#[test]
fn nothing_to_do() {
    let engine = engine(Settings::default());
    let program = parse("(* x 2.)");
    let none = Batch::new(&program, 0).bind("x", Vec::<f32>::new()).expect("an input").tier(Tier::Replay);
    assert!(engine.value_and_grad(&none, &["x"]).expect("no mistakes").values.is_empty());
    let three = Batch::new(&parse("(+ 1 2)"), 3).tier(Tier::Replay);
    assert_eq!(engine.evaluate(&three).expect("no mistakes").values, [3.0; 3]);
}
