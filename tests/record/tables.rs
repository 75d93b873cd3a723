//! Tables in recorded tapes: what an index from data reads becomes one lookup, not a path an index.

use evalgrad::tape::{Exit, Lookup, Lowered, lower};

use crate::follow::Lanes;

const TABLE: &str = "'(1.5 2.5 3.5 4.5 5.5 6.5 7.5 8.5 9.5)";
const NTH: &str = "(define (nth l k) (if (= k 0) (car l) (nth (cdr l) (- k 1))))";

/// What lanes with x = 0, 1, 2 and so on show, by road.
fn lowered(text: &str, lanes: usize) -> [Lowered<f64>; 2] {
    let numbers: Vec<[f64; 1]> = (0..lanes).map(|lane| [lane as f64]).collect();
    let lanes: Vec<&[f64]> = numbers.iter().map(|lane| &lane[..]).collect();
    shown(&Lanes::of(text, &lanes))
}

fn shown(lanes: &Lanes) -> [Lowered<f64>; 2] {
    lanes.both().map(|(residual, _)| {
        let lowered = lower(&residual);
        assert_eq!(lowered.verify(), Ok(()));
        lowered
    })
}

/// The ends of a program's guards: how many sides have blocks of their own, and the lookups.
fn guards(lowered: &Lowered<f64>) -> impl Iterator<Item = (usize, &[Lookup<f64>])> {
    lowered.blocks.iter().filter_map(|block| match &block.exit {
        Exit::Guard(own, lookups) => Some((own.len(), &lookups[..])),
        _ => None,
    })
}

/// A program of two blocks, of which the first ends in one lookup: its outcomes and its rows.
fn only_lookup(text: &str, lowered: &Lowered<f64>) -> (Vec<u64>, Vec<Vec<f64>>) {
    assert_eq!(lowered.blocks.len(), 2, "{text}\n{lowered}");
    let Exit::Guard(own, lookups) = &lowered.blocks[0].exit else { panic!("{text}\n{lowered}") };
    assert!(own.is_empty() && lookups.len() == 1, "{text}\n{lowered}");
    let lookup = &lookups[0];
    let rows = lookup.constants.chunks(lookup.columns as usize).map(<[f64]>::to_vec).collect();
    (lookup.outcomes.clone(), rows)
}

#[test]
fn an_index_into_a_list() {
    let pairs = "'((0 1.5) (1 2.5) (2 3.5) (3 4.5) (4 5.5) (5 6.5) (6 7.5) (7 8.5) (8 9.5))";
    let cases = "((0) 1.5) ((1) 2.5) ((2) 3.5) ((3) 4.5) ((4) 5.5) ((5) 6.5) ((6) 7.5) ((7) 8.5) ((8) 9.5)";
    let texts = [
        format!("(* x (list-ref {TABLE} (exact x)))"),
        format!("(* x (car (list-tail {TABLE} (exact x))))"),
        format!("{NTH} (* x (nth {TABLE} (exact x)))"),
        format!("(* x (let walk ((l {TABLE}) (k (exact x))) (if (= k 0) (car l) (walk (cdr l) (- k 1)))))"),
        "(let ((t (map (lambda (y) (+ 1 y)) '(.5 1.5 2.5 3.5 4.5 5.5 6.5 7.5 8.5)))) (* x (list-ref t (exact x))))"
            .to_owned(),
        format!("(* x (cadr (assv (exact x) {pairs})))"),
        format!("(* x (case (exact x) {cases}))"),
    ];
    for text in &texts {
        for lowered in lowered(text, 9) {
            let (outcomes, rows) = only_lookup(text, &lowered);
            assert_eq!(outcomes, (0..9).collect::<Vec<u64>>(), "{text}");
            assert_eq!(rows, (0..9).map(|k| vec![f64::from(k) + 1.5]).collect::<Vec<_>>(), "{text}");
        }
    }
}

#[test]
fn several_constants_an_index() {
    let text = "
        (let* ((k (exact (floor x))) (t '(1. 2. 3. 5. 8. 13. 21. 34. 55. 89.)) (a (list-ref t k)) (b (list-ref t (+ k 1))))
          (+ a (* (- x k) (- x b))))";
    for lowered in lowered(text, 9) {
        let (outcomes, rows) = only_lookup(text, &lowered);
        assert_eq!(outcomes.len(), 9);
        for (k, row) in rows.iter().enumerate() {
            let fibonacci = [1., 2., 3., 5., 8., 13., 21., 34., 55., 89.];
            assert!(
                [k as f64, fibonacci[k], fibonacci[k + 1]].iter().all(|constant| row.contains(constant)),
                "{row:?}"
            );
        }
    }
}

/// A value that is read from a table without any arithmetic.
#[test]
fn a_value_from_a_table() {
    for text in [format!("(list-ref {TABLE} (exact x))"), format!("(let ((y (* x x))) (list-ref {TABLE} (exact x)))")] {
        for lowered in lowered(&text, 9) {
            assert_eq!(only_lookup(&text, &lowered).1, (0..9).map(|k| vec![f64::from(k) + 1.5]).collect::<Vec<_>>());
        }
    }
}

/// A lookup costs what its longest walk costs; it is never said to cost less than a lane's own way.
#[test]
fn a_lookup_costs_the_most() {
    let text = format!("{NTH} (* x (nth {TABLE} (exact x)))");
    for lowered in lowered(&text, 9) {
        let steps: Vec<u32> = lowered.blocks.iter().map(|block| block.steps).collect();
        assert_eq!(steps, [0, 9]);
        assert_eq!(lowered.blocks.iter().map(|block| block.entries).collect::<Vec<_>>(), [1, 1]);
    }
}

#[test]
fn other_code_is_no_lookup() {
    // Three sides; sides of two codes; a table of inputs, where sides read other values.
    let few = format!("(* x (list-ref {TABLE} (exact x)))");
    for lowered in lowered(&few, 3) {
        assert!(guards(&lowered).all(|(own, lookups)| own == 3 && lookups.is_empty()));
    }
    let two =
        "(case (exact x) ((0 2 4 6) (* x 2.)) ((1) (+ x 1.)) ((3) (+ x 3.)) ((5) (+ x 5.)) ((7) (+ x 7.)) (else x))";
    for lowered in lowered(two, 9) {
        let found: Vec<_> = guards(&lowered).map(|(own, lookups)| (own, lookups.len())).collect();
        assert_eq!(found, [(1, 2)], "{lowered}");
    }
    let inputs = "(* y (list-ref (list a b c d e y) (exact x)))";
    let numbers: Vec<Vec<f64>> =
        (0..6).map(|lane| (0..7).map(|input| f64::from((lane + input) % 6)).collect()).collect();
    let lanes: Vec<&[f64]> = numbers.iter().map(|lane| &lane[..]).collect();
    for lowered in shown(&Lanes::of(inputs, &lanes)) {
        assert!(guards(&lowered).all(|(_, lookups)| lookups.is_empty()));
    }
}

/// A loop of 50 iterations with `body` for y; `f` is scattered over [0, 1) and `t` is the table.
fn scattered(table: &str, body: &str) -> Lanes {
    let text = format!(
        "(let ((t {table}))
           (let loop ((i 0) (s u) (y x))
             (if (= i 50) y
                 (let ((f (- (* s 997.) (floor (* s 997.))))) (loop (+ i 1) f {body})))))"
    );
    let numbers: Vec<[f64; 2]> = (0..200).map(|lane| [f64::from(lane) * 0.618_033_988_75 % 1.0, 0.5]).collect();
    let lanes: Vec<&[f64]> = numbers.iter().map(|lane| &lane[..]).collect();
    Lanes::of(&text, &lanes)
}

/// One block an iteration, however many indices there are and wherever the table is; all lanes meet again in between.
#[test]
fn a_table_in_a_loop() {
    let items = |count: usize| (0..count).map(|item| format!("{item}.5 ")).collect::<String>();
    let read = "(+ (* 0.9 y) (list-ref t (exact (floor (* 20 f)))))";
    let between =
        "(let* ((p (* 19 f)) (k (exact (floor p))) (a (list-ref t k))) (+ y (* (- p k) (- (list-ref t (+ k 1)) a))))";
    let walks = [
        (format!("'({})", items(20)), read),
        (format!("(list {})", items(20)), read),
        // Long states, which are read nevertheless.
        (format!("(list {})", items(100)), read),
        (format!("'({})", items(20)), between),
    ];
    for (table, body) in &walks {
        for lowered in shown(&scattered(table, body)) {
            assert!(lowered.blocks.len() <= 55, "{body}: {}", lowered.blocks.len());
            let ends: Vec<_> = guards(&lowered).collect();
            assert_eq!(ends.len(), 50);
            assert!(ends.iter().all(|(own, lookups)| *own == 0 && lookups.len() == 1), "{body}");
            assert!(ends.iter().all(|(_, lookups)| lookups[0].outcomes.len() >= 15), "{body}");
        }
    }
}

/// Lanes that went by lookups and comparisons of their own meet again.
#[test]
fn tables_and_conditionals_in_a_loop() {
    let table = format!("'({})", (0..20).map(|item| format!("{item}.5 ")).collect::<String>());
    let clamped = "(let ((p (- (* 24 f) 2))) (+ y (list-ref t (if (< p 0) 0 (if (>= p 20) 19 (exact (floor p)))))))";
    let compared = "(if (< (* 20 y) (list-ref t (exact (floor (* 20 f))))) (+ y (* 0.1 f)) (* 0.5 y))";
    for (body, most) in [(clamped, 50 * 7), (compared, 50 * 62)] {
        for lowered in shown(&scattered(&table, body)) {
            assert!(lowered.blocks.len() <= most, "{body}: {}", lowered.blocks.len());
        }
    }
}
