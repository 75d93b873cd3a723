//! Fits of programs: both roads, `param` forms, what is missing, a loss of the program's own.

use super::*;

fn table() -> Table {
    Table::from_reader("x,y,s\n0,1,1\n1,3.5,1\n2,5,2\n3,7.5,1\n".as_bytes()).unwrap()
}

fn fit<'a>(program: &'a Program, table: &'a Table) -> Fit<'a> {
    Fit::new(program).target("y").data(table)
}

fn engine() -> Engine {
    Engine::new(Device::Cpu).unwrap()
}

#[test]
fn a_line_has_the_textbook_s_coefficients_on_both_roads() {
    let (program, table, engine) = (Program::parse("(+ a (* b x))").unwrap(), table(), engine());
    for road in [Road::Interpreted, Road::Direct] {
        let parameters = [Parameter::new("a"), Parameter::new("b").bounds(-10.0, 10.0)];
        let [a, b] = parameters;
        let report = fit(&program, &table).parameter(a).parameter(b).road(road).run(&engine).unwrap();
        assert!(report.converged, "{report}");
        // Σ(x−x̄)(y−ȳ) / Σ(x−x̄)² = 10.5/5, and ȳ − b x̄.
        assert!((report.parameter("b").unwrap().value - 2.1).abs() < 1e-9);
        assert!((report.parameter("a").unwrap().value - 1.1).abs() < 1e-9);
    }
}

#[test]
fn param_forms_are_free_unless_something_else_binds_them() {
    let program = Program::parse("(+ (param 'a 2.0) (* (param 'b 3.0) x))").unwrap();
    let (table, engine) = (table(), engine());
    let both = fit(&program, &table).run(&engine).unwrap();
    assert!((both.parameter("b").unwrap().value - 2.1).abs() < 1e-9);
    let one = fit(&program, &table).value("b", 2.0).run(&engine).unwrap();
    assert!(one.parameter("b").is_none());
    assert!((one.parameter("a").unwrap().value - 1.25).abs() < 1e-9);
    let fixed = fit(&program, &table).parameter(Parameter::new("b").fixed()).run(&engine).unwrap();
    assert_eq!(fixed.parameter("b").unwrap().value, 3.0);
}

#[test]
fn what_is_missing_or_unknown_is_named() {
    let program = Program::parse("(+ a (* b x) z)").unwrap();
    let (table, engine) = (table(), engine());
    let parameter = |name: &str| Parameter::new(name);
    let missing = fit(&program, &table).parameter(parameter("a")).run(&engine).unwrap_err();
    assert!(matches!(&missing, Error::MissingInputs(names) if names == &["b", "z"]), "{missing}");
    let unknown = fit(&program, &table).parameter(parameter("c")).run(&engine).unwrap_err();
    assert!(matches!(&unknown, Error::UnknownInput { name, .. } if name == "c"), "{unknown}");
    let target = fit(&program, &table).target("t").run(&engine).unwrap_err();
    assert_eq!(target.to_string(), "the data have no column `t`; they have `x`, `y`, `s`");
    let tier = fit(&program, &table).value("b", 1.0).value("z", 1.0).parameter(parameter("a")).tier(Tier::Specialize);
    assert!(matches!(tier.run(&engine).unwrap_err(), Error::Unsupported(_)));
    let none = fit(&program, &table).value("a", 1.0).value("b", 1.0).value("z", 1.0).run(&engine).unwrap_err();
    assert!(none.to_string().contains("nothing to fit"), "{none}");
}

#[test]
fn a_program_that_fails_at_its_start_says_where() {
    let program = Program::parse("(if (< x 2) a (car a))").unwrap();
    let (table, engine) = (table(), engine());
    let error = fit(&program, &table).parameter(Parameter::new("a")).run(&engine).unwrap_err();
    assert!(error.to_string().contains("row 3: wrong-type at 1:20"), "{error}");
    let status = |error| match error {
        Error::Fit { status: Status::Failed(failure), .. } => (failure.kind, failure.line, failure.column),
        error => panic!("{error}"),
    };
    assert_eq!(status(error), (ErrorKind::WrongType, 1, 20));
    // Not a number, a derivative that is none, and squares that overflow outside the program, which is then at fault as a whole.
    let cases = [
        ("\n(+ a (/ 1 (- x 2)))", "row 3: non-finite at 2:6: the value is +inf.0", (2, 6)),
        ("(sqrt (- a 1))", "row 1: non-finite at 1:1: the gradient by `a` is +inf.0", (1, 1)),
        (" (* a 1e200)", "the residuals are too large to be squared", (1, 2)),
    ];
    for (text, expected, (line, column)) in cases {
        let program = Program::parse(text).unwrap();
        for optimizer in [Optimizer::LevenbergMarquardt, Optimizer::Lbfgs] {
            let error = fit(&program, &table).parameter(Parameter::new("a")).optimizer(optimizer).run(&engine);
            let error = error.unwrap_err();
            let is_told = error.to_string().contains(expected) || optimizer == Optimizer::Lbfgs;
            assert!(is_told, "{text}: {error}");
            assert_eq!(status(error), (ErrorKind::NonFinite, line, column), "{text}");
        }
    }
}

/// μ and σ of a normal sample: the loss of one row is −ln of its density.
const NORMAL: &str = "(let ((z (/ (- y m) s))) (+ (log s) (* 0.5 z z)))";

#[test]
fn a_likelihood_has_the_textbook_s_answer_and_errors() {
    let (program, table, engine) = (Program::parse(NORMAL).unwrap(), table(), engine());
    // y = 1, 3.5, 5, 7.5: mean 4.25, variance (over n) 5.5625.
    let (n, mean, sigma) = (4.0f64, 4.25, 5.5625f64.sqrt());
    for optimizer in [Optimizer::Auto, Optimizer::Lbfgs, Optimizer::Adam] {
        let fit = Fit::new(&program).minimize().data(&table).optimizer(optimizer);
        let fit = fit.parameter(Parameter::new("m")).parameter(Parameter::new("s").start(1.0).bounds(1e-3, 100.0));
        assert_eq!(fit.lanes(), 4);
        let report = fit.run(&engine).unwrap();
        assert!(report.converged, "{report}");
        for (name, value, error) in [("m", mean, sigma / n.sqrt()), ("s", sigma, sigma / (2.0 * n).sqrt())] {
            let found = report.parameter(name).unwrap();
            assert!((found.value / value - 1.0).abs() < 1e-9, "{optimizer:?} {report}");
            assert!((found.std_error.unwrap() / error - 1.0).abs() < 1e-6, "{optimizer:?} {report}");
            let [low, high] = found.ci95.unwrap();
            assert!(((high - low) / (2.0 * 1.959_963_984_540_054 * error) - 1.0).abs() < 1e-6, "{report}");
        }
        let loss = n * sigma.ln() + n / 2.0;
        assert!((report.loss - loss).abs() < 1e-12);
        assert!((report.aic - (4.0 + 2.0 * loss)).abs() < 1e-11);
        assert!((report.bic.unwrap() - (2.0 * n.ln() + 2.0 * loss)).abs() < 1e-11);
        assert_eq!((report.rss, report.dof, report.r2), (None, None, None));
        // Independent in a normal sample.
        assert!(report.correlation(0, 1).unwrap().abs() < 1e-6, "{report}");
    }
}

#[test]
fn one_lane_where_no_column_makes_a_difference() {
    let (table, engine) = (table(), engine());
    let datum = crate::reader::read_one("(1 3.5 5 7.5)").unwrap();
    let options =
        crate::program::ProgramOptions { constants: vec![("ys".to_owned(), datum.into())], ..Default::default() };
    let sum = format!("(fold-left (lambda (sum y) (+ sum {NORMAL})) 0. ys)");
    let program = Program::parse_with(&sum, &options).unwrap();
    let fit = || Fit::new(&program).minimize().parameter(Parameter::new("m")).parameter(Parameter::new("s").start(2.0));
    let (alone, beside) = (fit().run(&engine).unwrap(), fit().data(&table).run(&engine).unwrap());
    assert_eq!((fit().data(&table).lanes(), alone.bic, beside.bic.is_some()), (1, None, true));
    assert_eq!((alone.loss, alone.parameters), (beside.loss, beside.parameters));
    assert!((alone.loss - (4.0 * 5.5625f64.sqrt().ln() + 2.0)).abs() < 1e-12);
}

#[test]
fn a_loss_that_fails_on_some_lanes_is_kept_away_from_and_says_where() {
    let (table, engine) = (table(), engine());
    // No value for a row with x > a; the least sum of the others' values would lie below 3.
    let program = Program::parse("(if (> x a) (car x) (* a a))").unwrap();
    let run = |start: f64| {
        Fit::new(&program).minimize().data(&table).parameter(Parameter::new("a").start(start)).run(&engine)
    };
    let report = run(5.0).unwrap();
    assert!(!report.converged && report.reason.contains("row 4: wrong-type at 1:18"), "{report}");
    assert!((report.parameter("a").unwrap().value - 3.0).abs() < 1e-6, "{report}");
    let error = run(2.0).unwrap_err();
    assert!(
        matches!(&error, Error::Fit { message, .. } if message.contains("at the start: row 4: wrong-type")),
        "{error}"
    );
    let infinite = Program::parse("(log (* a x))").unwrap();
    let error = Fit::new(&infinite).minimize().data(&table).parameter(Parameter::new("a")).run(&engine).unwrap_err();
    assert!(error.to_string().contains("row 1: non-finite at 1:1"), "{error}");
}

#[test]
fn what_does_not_go_with_a_loss_is_refused() {
    let (program, table, engine) = (Program::parse(NORMAL).unwrap(), table(), engine());
    let fit = || {
        let fit = Fit::new(&program).minimize().data(&table);
        fit.parameter(Parameter::new("m")).parameter(Parameter::new("s"))
    };
    let cases = [
        (fit().target("y"), "one of the two"),
        (fit().optimizer(Optimizer::LevenbergMarquardt), "`lm` wants residuals"),
        (fit().sigma("s"), "sigma is of a target"),
        (fit().loss(Loss::Huber), "how residuals are charged"),
        (fit().learning_rate(0.1), "for the optimizer `adam`"),
        (Fit::new(&program), "wants data"),
        (Fit::new(&program).data(&table), "or a value to be minimised"),
    ];
    for (fit, expected) in cases {
        let error = fit.run(&engine).unwrap_err();
        assert!(matches!(&error, Error::Usage(message) if message.contains(expected)), "{error}");
    }
}

#[test]
fn least_squares_by_l_bfgs_end_where_levenberg_and_marquardt_s_do() {
    let program = Program::parse("(* a (exp (* b x)))").unwrap();
    let (table, engine) = (table(), engine());
    let run = |optimizer| {
        let fit = fit(&program, &table).optimizer(optimizer);
        fit.parameter(Parameter::new("a")).parameter(Parameter::new("b").start(0.1)).run(&engine).unwrap()
    };
    let (ours, theirs) = (run(Optimizer::Lbfgs), run(Optimizer::LevenbergMarquardt));
    assert!(ours.converged, "{ours}");
    for (ours, theirs) in ours.parameters.iter().zip(&theirs.parameters) {
        assert!((ours.value / theirs.value - 1.0).abs() < 1e-9);
    }
}

#[test]
fn a_parameter_with_a_length_is_a_vector_of_parameters() {
    let program = Program::parse("(dot w [1 x])").unwrap();
    let (table, engine) = (table(), engine());
    let report = fit(&program, &table).parameter(Parameter::new("w").length(2).start(0.5)).run(&engine).unwrap();
    assert!(report.converged, "{report}");
    assert!((report.parameter("w[0]").unwrap().value - 1.1).abs() < 1e-9);
    assert!((report.parameter("w[1]").unwrap().value - 2.1).abs() < 1e-9);
    let unknown = fit(&program, &table).parameter(Parameter::new("v").length(2)).run(&engine).unwrap_err();
    assert!(matches!(&unknown, Error::UnknownInput { name, .. } if name == "v"), "{unknown}");
    let long = fit(&program, &table).parameter(Parameter::new("w").length(3)).run(&engine).unwrap_err();
    assert!(matches!(&long, Error::Fit { message, .. } if message.contains("wrong-type")), "{long}");
    let shaped = program.shaped(&[("w".to_owned(), crate::fit::Shape::Vector(2))]).unwrap();
    let batch = Batch::new(&shaped, 2).bind("x", &[1.0, 2.0]).unwrap().bind_elements("w", &[3.0, 4.0]).unwrap();
    let out = engine.value_and_grad_f64(&batch, &["w[1]"]).unwrap();
    assert_eq!((out.values, &out.grads["w[1]"]), (vec![7.0, 11.0], &vec![1.0, 2.0]));
    assert!(matches!(Batch::new(&shaped, 2).bind_elements("w", &[3.0]), Err(Error::Usage(_))));
    assert!(matches!(Batch::new(&shaped, 2).bind_elements("v", &[3.0]), Err(Error::UnknownInput { .. })));
}
