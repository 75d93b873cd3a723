//! The engine through its public API: many programs and lanes at once, statuses, gradients, warnings, threads.

use std::error::Error as StdError;

use evalgrad::{
    Batch, Device, Engine, Error, ErrorKind, Gradients, Interpreter, Output, Program, Road, Tier, WarningKind,
};

type Outcome = Result<(), Box<dyn StdError>>;

fn engine() -> Result<Engine, Error> {
    Engine::new(Device::Cpu)
}

/// A column that differs from lane to lane, with negative numbers and zeros.
fn column(lanes: usize, seed: usize) -> Vec<f32> {
    (0..lanes).map(|lane| ((lane * 7 + seed * 13) % 41) as f32 * 0.25 - 4.0).collect()
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// The same in every bit, statuses and warnings included.
fn assert_same(a: &Gradients<f32>, b: &Gradients<f32>, what: &str) {
    assert_eq!(bits(&a.values), bits(&b.values), "{what}: values");
    assert_eq!(a.status, b.status, "{what}: statuses");
    assert_eq!(a.warnings, b.warnings, "{what}: warnings");
    assert_eq!(a.grads.len(), b.grads.len(), "{what}");
    for ((name, a), (_, b)) in a.grads.iter().zip(b.grads.iter()) {
        assert_eq!(bits(a), bits(b), "{what}: gradient by {name}");
    }
}

#[test]
fn the_documented_example_runs() -> Outcome {
    let folder = std::env::temp_dir().join(format!("evalgrad-engine-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let path = folder.join("interpreter.ncg");
    Interpreter::bootstrap()?.save(&path)?;
    let engine = Engine::with_interpreter(Device::Auto, Interpreter::load(&path)?)?;
    std::fs::remove_dir_all(&folder)?;

    let program = Program::parse("(* a (exp (* (- 0 b) x)))")?;
    let lanes = 200;
    let (xs, bs) = (column(lanes, 1), column(lanes, 2));
    let batch = Batch::new(&program, lanes).bind("x", &xs)?.bind("a", 2.5)?.bind("b", &bs)?;
    let out = engine.evaluate(&batch)?;
    assert!(out.status.iter().all(|status| status.is_ok()));
    assert_eq!((&*out.device, out.tier), ("cpu", Tier::Replay));
    let with_gradient = engine.value_and_grad(&batch, &["a", "b"])?;
    assert_eq!(bits(&out.values), bits(&with_gradient.values));
    let exact = engine.value_and_grad_f64(&batch, &["a", "b"])?;
    for lane in 0..lanes {
        let (x, b) = (f64::from(xs[lane]), f64::from(bs[lane]));
        let decay = (-b * x).exp();
        let close = |found: f64, wanted: f64, tolerance: f64| {
            assert!(
                (found - wanted).abs() <= tolerance * wanted.abs().max(1e-30),
                "lane {lane}: {found} is not {wanted}"
            );
        };
        close(f64::from(out.values[lane]), 2.5 * decay, 1e-5);
        close(exact.values[lane], 2.5 * decay, 1e-14);
        close(exact.grads["a"][lane], decay, 1e-14);
        close(exact.grads["b"][lane], -2.5 * x * decay, 1e-14);
        close(f64::from(with_gradient.grads["b"][lane]), -2.5 * x * decay, 1e-5);
    }
    Ok(())
}

/// A program of its own for every number; some fail in all lanes, some in a few, one in none.
fn program(number: usize) -> String {
    let n = number as f64 + 0.5;
    match number % 8 {
        0 => format!("(* a (exp (* {n} (sin x))))"),
        1 => format!("(let loop ((i 0) (s 0.)) (if (< i {}) (loop (+ i 1) (+ s (/ a (+ x i)))) s))", number % 13 + 1),
        2 => format!("(if (> x {}) (+ a x) (car (list-tail (list a x) {})))", (number % 5) as f64 - 2.0, number % 3),
        3 => format!("(fold-left (lambda (s v) (+ s (* a v))) x (map square (list {n} 2 x)))"),
        4 => format!("(if (< x 0) (error \"negative\" {number}) (sqrt (* a x)))"),
        5 => format!("(if (> a {n}) x (+ x {n}))"),
        6 => format!("(/ {n} (* x a))"),
        _ => format!("(if (< x {}) 'small (list a))", number % 4),
    }
}

#[test]
fn mixed_programs_give_the_bits_of_one_at_a_time() -> Outcome {
    let engine = engine()?;
    let lanes = 64;
    let mut batches = Vec::new();
    for number in 0..64 {
        let program = Program::parse(&program(number))?;
        let mut batch =
            Batch::new(&program, lanes).road(if number % 3 == 0 { Road::Direct } else { Road::Interpreted });
        for (name, seed) in [("a", number), ("x", number + 1)] {
            if program.input(name).is_ok() {
                batch = batch.bind(name, column(lanes, seed))?;
            }
        }
        batches.push(batch);
    }
    let asked: Vec<Vec<&str>> =
        batches.iter().map(|batch| batch.program().inputs().iter().map(|input| &*input.name).collect()).collect();
    let many: Vec<(&Batch, &[&str])> = batches.iter().zip(&asked).map(|(batch, names)| (batch, &names[..])).collect();
    let all = engine.value_and_grad_many(&many)?;
    assert_eq!(all.len(), 64);
    let mut kinds = Vec::new();
    for (number, (batch, names)) in many.iter().enumerate() {
        let alone = engine.value_and_grad(batch, names)?;
        assert_same(&all[number], &alone, &program(number));
        let other = if number % 3 == 0 { Road::Interpreted } else { Road::Direct };
        let other = engine.value_and_grad(&(*batch).clone().road(other), names)?;
        assert_same(&alone, &other, &program(number));
        kinds.extend(alone.status.iter().map(|status| status.kind()));
    }
    assert_eq!(kinds.len(), 4096);
    for kind in [None, Some(ErrorKind::NonFinite), Some(ErrorKind::User), Some(ErrorKind::WrongType)] {
        assert!(kinds.iter().filter(|&&found| found == kind).count() > 16, "{kind:?} is hardly there");
    }
    Ok(())
}

#[test]
fn a_failing_lane_changes_no_other() -> Outcome {
    let engine = engine()?;
    let program = Program::parse("(if (= x 3)\n  (car (list))\n  (* a (+ x 1)))")?;
    let xs: Vec<f32> = (0..200).map(|lane| (lane % 10) as f32).collect();
    let out = engine.value_and_grad(&Batch::new(&program, 200).bind("x", &xs)?.bind("a", 2)?, &["a", "x"])?;
    for (lane, &x) in xs.iter().enumerate() {
        let (value, gradient) = (out.values[lane], (out.grads["a"][lane], out.grads["x"][lane]));
        if x == 3.0 {
            let failure = out.status[lane].failure().ok_or("no failure")?;
            assert_eq!((failure.kind, failure.line, failure.column), (ErrorKind::WrongType, 2, 8));
            assert!(value.is_nan() && gradient.0.is_nan() && gradient.1.is_nan());
        } else {
            assert!(out.status[lane].is_ok());
            assert_eq!((value, gradient), (2.0 * (x + 1.0), (x + 1.0, 2.0)));
        }
    }
    Ok(())
}

#[test]
fn statuses_tell_kind_line_and_column() -> Outcome {
    let engine = engine()?;
    let cases = [
        ("(+ 1\n   (quotient 1 0))", ErrorKind::DivideByZero, (2, 16)),
        ("(define (f y) y)\n(f 1 2)", ErrorKind::Arity, (2, 1)),
        ("(let ((f 3))\n  (f x))", ErrorKind::NotProcedure, (2, 3)),
        ("(list x)", ErrorKind::WrongType, (1, 1)),
        ("; nothing\n  (< x 1)", ErrorKind::WrongType, (2, 3)),
        ("(error \"no\"\n 'way)", ErrorKind::User, (1, 1)),
        ("(+ 1\n (log (- 0 x)))", ErrorKind::NonFinite, (2, 2)),
        ("(* 0 (+ 1 (/ x 0.)))", ErrorKind::NonFinite, (1, 11)),
    ];
    for (text, kind, place) in cases {
        for road in [Road::Interpreted, Road::Direct] {
            let program = Program::parse(text)?;
            let mut batch = Batch::new(&program, 1).road(road);
            if program.input("x").is_ok() {
                batch = batch.bind("x", 1)?;
            }
            let out = engine.evaluate(&batch)?;
            let failure = out.status[0].failure().ok_or_else(|| format!("{text}: no failure"))?;
            assert_eq!((failure.kind, (failure.line, failure.column)), (kind, place), "{text} {road}: {failure:?}");
            assert!(!out.values[0].is_finite());
        }
    }
    Ok(())
}

#[test]
fn a_gradient_that_is_not_finite_is_kept_and_said() -> Outcome {
    let program = Program::parse("(+ a\n   (sqrt x))")?;
    let batch = Batch::new(&program, 2).bind("a", 1)?.bind("x", &[4.0f32, 0.0])?;
    let out = engine()?.value_and_grad(&batch, &["a", "x"])?;
    assert_eq!(out.values, [3.0, 1.0]);
    assert_eq!(out.grads["x"], [0.25, f32::INFINITY]);
    assert_eq!(out.grads["a"], [1.0, 1.0]);
    assert!(out.status[0].is_ok());
    assert_eq!(out.status[1].to_string(), "non-finite at 2:4: the gradient by `x` is +inf.0");
    // What was not asked for makes no lane suspect.
    assert!(engine()?.value_and_grad(&batch, &["a"])?.status.iter().all(|status| status.is_ok()));
    Ok(())
}

#[test]
fn many_lanes_that_are_not_finite_each_get_their_place() -> Outcome {
    let program = Program::parse("(if (> x 0)\n  (/ a (- x x))\n  (log (- x 1)))")?;
    let lanes = 2000;
    let batch = Batch::new(&program, lanes).bind("a", 1)?.bind("x", column(lanes, 0))?;
    let out = engine()?.evaluate(&batch)?;
    for (lane, x) in column(lanes, 0).into_iter().enumerate() {
        let failure = out.status[lane].failure().ok_or("a finite lane")?;
        assert_eq!(
            (failure.kind, failure.line, failure.column),
            (ErrorKind::NonFinite, if x > 0.0 { 2 } else { 3 }, 3)
        );
    }
    Ok(())
}

#[test]
fn a_parameter_that_only_decides_is_warned_about() -> Outcome {
    let engine = engine()?;
    let program = Program::parse("(+ (if (> x c) (* a x) (- x)) (* 0 z))")?;
    let xs: Vec<f32> = (0..100).map(|lane| lane as f32 - 50.0).collect();
    let batch = Batch::new(&program, 100).bind("x", &xs)?.bind("c", 10)?.bind("a", 2)?.bind("z", 1)?;
    let out = engine.value_and_grad(&batch, &["z", "a", "c", "x", "c"])?;
    let warned: Vec<_> = out.warnings.iter().map(|warning| (warning.kind, &*warning.parameter)).collect();
    assert_eq!(warned, [(WarningKind::BranchOnly, "c")], "z reaches no branch; a and x have gradients");
    let names: Vec<&str> = out.grads.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["z", "a", "c", "x"]);
    assert!(out.grads.get("b").is_none());
    // A lane in which it also has a gradient takes the warning away.
    let program = Program::parse("(if (> x c) c x)")?;
    let batch = Batch::new(&program, 100).bind("x", &xs)?.bind("c", 48.5)?;
    assert!(engine.value_and_grad(&batch, &["c"])?.warnings.is_empty());
    Ok(())
}

#[test]
fn what_cannot_run_is_an_error_before_anything_runs() -> Outcome {
    let engine = engine()?;
    let program = Program::parse("(+ x (* y (param 'k 2)))")?;
    let bound = Batch::new(&program, 2).bind("x", 1.0)?.bind("y", 3.0)?;
    assert_eq!(engine.evaluate(&bound)?.values, [7.0, 7.0], "`param` starts where it says");
    let missing = engine.evaluate(&Batch::new(&program, 2)).err().ok_or("nothing is missing")?;
    assert_eq!(missing.to_string(), "no value for `x`, `y`");
    let other = Program::parse("(* x w)")?;
    let (first, second) = (Batch::new(&program, 1), Batch::new(&other, 1));
    let missing = engine.value_and_grad_many(&[(&first, &["k"]), (&second, &["x", "w"])]).err().ok_or("none")?;
    assert!(matches!(&missing, Error::MissingInputs(names) if names == &["x", "y", "w"]), "{missing}");
    let error = engine.evaluate(&bound.clone().tier(Tier::Specialize)).err().ok_or("it ran")?;
    assert!(matches!(error, Error::Unsupported(_)) && error.to_string().contains("specialize"));
    for tier in [Tier::Replay, Tier::Auto] {
        assert_eq!(engine.evaluate(&bound.clone().tier(tier))?.values, [7.0, 7.0]);
    }
    assert_eq!(engine.evaluate(&bound.clone().tier(Tier::Interpret))?.values, [7.0, 7.0]);
    let unknown = engine.value_and_grad(&bound, &["k", "q"]).err().ok_or("it ran")?;
    assert!(matches!(unknown, Error::UnknownInput { .. }));
    Ok(())
}

#[test]
fn no_lanes_and_no_parameters_are_batches_too() -> Outcome {
    let engine = engine()?;
    let program = Program::parse("(* a x)")?;
    let none = Batch::new(&program, 0).bind("a", 1)?.bind("x", &[0.0f32; 0])?;
    let out = engine.value_and_grad(&none, &["a"])?;
    assert!(out.values.is_empty() && out.status.is_empty() && out.grads["a"].is_empty() && out.warnings.is_empty());
    assert!(engine.value_and_grad_many(&[])?.is_empty());
    let constant = Program::parse("(+ 1 2)")?;
    let out = engine.value_and_grad(&Batch::new(&constant, 2), &[])?;
    assert_eq!((out.values, out.grads.is_empty()), (vec![3.0, 3.0], true));
    Ok(())
}

#[test]
fn outputs_are_of_any_kind() -> Outcome {
    let engine = engine()?;
    let program = Program::parse(
        "(cond ((= x 0) 0.1) ((= x 1) 7) ((= x 2) (> x 1)) ((= x 3) (list 1 x \"s\")) (else (/ 1. 0.)))",
    )?;
    let batch = Batch::new(&program, 5).bind("x", &[0.0f32, 1.0, 2.0, 3.0, 4.0])?;
    let out = engine.outputs(&batch)?;
    let expected = [
        Output::Number(0.1),
        Output::Int(7),
        Output::Boolean(true),
        Output::Written("(1 3.0 \"s\")".into()),
        Output::Number(f64::INFINITY),
    ];
    assert_eq!(out.values, expected.clone().map(Some));
    assert!(out.status[..4].iter().all(|status| status.is_ok()));
    assert_eq!(out.status[4].kind(), Some(ErrorKind::NonFinite));
    assert_eq!(engine.outputs_f64(&batch)?.values, expected.map(Some));
    let failing = Program::parse("(car 1)")?;
    assert_eq!(engine.outputs(&Batch::new(&failing, 1))?.values, [None]);
    Ok(())
}

#[test]
fn one_engine_serves_many_threads() -> Outcome {
    let engine = engine()?;
    let lanes = 100;
    let alone = |number: usize| -> Result<Gradients<f32>, Error> {
        let program = Program::parse(&format!("(+ {number} (* a x))"))?;
        let batch = Batch::new(&program, lanes).bind("a", number as f64)?.bind("x", column(lanes, number))?;
        engine.value_and_grad(&batch, &["a", "x"])
    };
    std::thread::scope(|scope| -> Outcome {
        let handles: Vec<_> = (0..8)
            .map(|thread| {
                scope.spawn(move || (0..8).map(|turn| alone((thread * turn) % 5)).collect::<Result<Vec<_>, _>>())
            })
            .collect();
        for (thread, handle) in handles.into_iter().enumerate() {
            for (turn, out) in handle.join().map_err(|_| "a thread died")??.into_iter().enumerate() {
                let number = (thread * turn) % 5;
                let wanted: Vec<f32> =
                    column(lanes, number).iter().map(|x| number as f32 + number as f32 * x).collect();
                assert_eq!(out.values, wanted);
                assert_eq!(out.grads["a"], column(lanes, number));
            }
        }
        Ok(())
    })
}

#[test]
fn settings_bound_a_lane_and_never_change_an_answer() -> Outcome {
    use evalgrad::machine::work::Arenas;
    use evalgrad::{Budgets, Settings};
    let program = Program::parse("(let loop ((i 0) (s 0.)) (if (< i n) (loop (+ i 1) (+ s (* a i))) s))")?;
    let batch =
        Batch::new(&program, 10).bind("n", (0..10).map(|n| (n * 10) as f32).collect::<Vec<_>>())?.bind("a", 0.5)?;
    let usual = engine()?.value_and_grad(&batch, &["a"])?;
    let small =
        Settings { fuel: Some(7), arenas: Some(Arenas { stack: 16, heap: 16, tape: 4 }), ..Settings::default() };
    assert_same(&usual, &engine()?.with_settings(small).value_and_grad(&batch, &["a"])?, "small arenas");
    let budgets = Budgets { steps: 45, ..Budgets::default() };
    let short = engine()?.with_settings(Settings { budgets, ..Settings::default() }).value_and_grad(&batch, &["a"])?;
    for lane in 0..10 {
        match short.status[lane].kind() {
            None => assert_eq!(short.values[lane], usual.values[lane]),
            kind => assert_eq!(kind, Some(ErrorKind::Steps), "lane {lane}"),
        }
    }
    assert!(short.status[1].is_ok() && !short.status[9].is_ok());
    Ok(())
}

#[test]
fn a_device_gives_the_bits_of_the_host() -> Outcome {
    let (host, device) = (engine()?, Engine::new(Device::Gpu)?);
    assert_ne!(device.device_name()?, "cpu");
    let lanes = 64;
    let mut batches = Vec::new();
    for number in 0..16 {
        let program = Program::parse(&program(number))?;
        let mut batch = Batch::new(&program, lanes);
        for (name, seed) in [("a", number), ("x", number + 1)] {
            if program.input(name).is_ok() {
                batch = batch.bind(name, column(lanes, seed))?;
            }
        }
        batches.push(batch);
    }
    let asked: Vec<Vec<&str>> =
        batches.iter().map(|batch| batch.program().inputs().iter().map(|input| &*input.name).collect()).collect();
    let many: Vec<(&Batch, &[&str])> = batches.iter().zip(&asked).map(|(batch, names)| (batch, &names[..])).collect();
    let on_host = host.value_and_grad_many(&many)?;
    let on_device = device.value_and_grad_many(&many)?;
    for (number, (a, b)) in on_host.iter().zip(&on_device).enumerate() {
        assert_same(a, b, &program(number));
        assert_eq!((&*a.device, &*b.device), ("cpu", &*device.device_name()?));
        assert_eq!(a.tape, b.tape);
    }
    let in_f64 = device.evaluate_f64(&batches[0])?;
    assert_eq!((&*in_f64.device, in_f64.values), ("cpu", host.evaluate_f64(&batches[0])?.values));
    Ok(())
}

#[test]
fn a_device_that_is_not_there_is_an_error() -> Outcome {
    let engine = Engine::new(Device::Named("no adapter has this name".to_owned()))?;
    let program = Program::parse("(+ 1 2)")?;
    let error = engine.evaluate(&Batch::new(&program, 1)).err().ok_or("it ran")?;
    assert!(matches!(error, Error::Device(_)), "{error}");
    assert!(matches!(engine.device_name(), Err(Error::Device(_))));
    Ok(())
}

#[test]
fn a_kernel_of_its_own_gives_the_bits_of_the_host() -> Outcome {
    let (host, device) = (engine()?, Engine::new(Device::Gpu)?);
    let program = Program::parse("(* a (* (exp (- (* b x))) (cos (* a x))))")?;
    let batch = Batch::new(&program, 300).bind("a", column(300, 1))?.bind("b", 0.5)?.bind("x", column(300, 2))?;
    let expected = host.value_and_grad(&batch, &["a", "b"])?;
    let found = device.value_and_grad(&batch.clone().tier(Tier::Specialize), &["a", "b"])?;
    assert_eq!((found.tier, &*found.device), (Tier::Specialize, &*device.device_name()?));
    assert_same(&expected, &found, "specialized");
    // Never anything else in its place.
    let refused = |outcome: Result<Gradients<f32>, Error>| match outcome {
        Err(Error::Unsupported(why)) => why,
        other => panic!("{other:?}"),
    };
    let branches = Program::parse("(if (< x 0) x (* 2 x))")?;
    let branches = Batch::new(&branches, 300).bind("x", column(300, 1))?;
    let expected = host.value_and_grad(&branches, &["x"])?;
    let branches = branches.tier(Tier::Specialize);
    assert_same(&expected, &device.value_and_grad(&branches, &["x"])?, "both sides of a branch");
    let large: Vec<String> = (0..5000).map(|index| format!("(sin (* x {index}.5))")).collect();
    let large = Program::parse(&format!("(+ {})", large.join(" ")))?;
    let large = Batch::new(&large, 20).bind("x", column(20, 1))?.tier(Tier::Specialize);
    assert!(refused(device.value_and_grad(&large, &["x"])).contains("too large for a kernel"));
    assert!(refused(host.value_and_grad(&branches, &["x"])).contains("--device gpu"));
    Ok(())
}
