//! The reader as a whole: what reads as what, every error at its place, and properties of any text.

use proptest::prelude::*;

use super::*;

/// The written data of a text that has no errors.
fn written(text: &str) -> String {
    let data = read(text).unwrap_or_else(|errors| panic!("{text:?}: {errors:?}"));
    data.iter().map(Datum::to_string).collect::<Vec<_>>().join(" ")
}

/// Every error of a text: `line:column message`.
fn errors(text: &str) -> Vec<String> {
    let source = Source::new("t", text);
    let errors = read(text).expect_err(text);
    let place = |error: &Diagnostic| error.position(&source);
    errors.iter().map(|error| format!("{}:{} {error}", place(error).line, place(error).column)).collect()
}

#[test]
fn data() {
    for (text, data) in [
        ("", ""),
        ("\u{feff} ; only a comment", ""),
        ("(define (f x) (+ x 1))", "(define (f x) (+ x 1))"),
        ("1 +5 5. -.5e+3 1e-3 3000000000", "1 5 5.0 -500.0 0.001 3000000000.0"),
        ("#t #false #TRUE", "#t #f #t"),
        ("#\\a #\\( #\\) #\\x #\\x41 #\\; #\\space #\\ x", "#\\a #\\( #\\) #\\x #\\A #\\; #\\space #\\space x"),
        ("(#\\))", "(#\\))"),
        (r#""a\n\x3bb;\"\\" "" "a\ b""#.replace("\\ ", "\\  \n  ").as_str(), r#""a\nλ\"\\" "" "ab""#),
        ("\"a\r\nb\rc\\\r\n  d\"", "\"a\\nb\\ncd\""),
        ("|odd symbol| |a\\x41;\\|| ||", "|odd symbol| |aA\\|| ||"),
        ("'a `(b ,c ,@d) ''e", "(quote a) (quasiquote (b (unquote c) (unquote-splicing d))) (quote (quote e))"),
        (
            "(a . b) (a b . c) (a . (b . (c . ()))) (a . (b . c)) (a . 'b) (a . [b])",
            "(a . b) (a b . c) (a b c) (a b . c) (a quote b) (a vec b)",
        ),
        ("[a [1 2] ()]", "(vec a (vec 1 2) ())"),
        ("Foo foo %x a'b", "Foo foo %x a (quote b)"),
        ("a #| b #| c |# d |# e ; f\r g", "a e g"),
        ("(a #;b c #;(d e)) #;#;f g h #;'i (j . #;k l) '#;m n", "(a c) h (j . l) (quote n)"),
    ] {
        assert_eq!(written(text), data, "{text:?}");
    }
}

#[test]
fn spans() {
    let text = "(é 'b) [c (d . e)]";
    let at = |span: Span| &text[span.start as usize..span.end as usize];
    let data = read(text).expect(text);
    let places: Vec<_> = data.iter().map(|datum| at(datum.span)).collect();
    assert_eq!(places, ["(é 'b)", "[c (d . e)]"]);
    let first = data[0].as_list().expect("a list");
    assert_eq!((at(first[0].span), at(first[1].span)), ("é", "'b"));
    let quote = first[1].as_list().expect("a quotation");
    assert_eq!(
        (quote[0].as_symbol().map(|name| &**name), at(quote[0].span), at(quote[1].span)),
        (Some("quote"), "'", "b")
    );
    let vec = data[1].as_list().expect("a list");
    assert_eq!((at(vec[0].span), at(vec[1].span), at(vec[2].span)), ("[", "c", "(d . e)"));
}

#[test]
fn every_error_at_its_place_in_source_order() {
    let cases: &[(&str, &[&str])] = &[
        ("(a\n (b c)", &["1:1 `(` is never closed"]),
        ("(a '[b", &["1:1 `(` is never closed", "1:5 `[` is never closed"]),
        ("a)\n ] b", &["1:2 `)` closes nothing", "2:2 `]` closes nothing"]),
        ("é (a] [b)", &["1:5 `]` closes the `(` at 1:3", "1:9 `)` closes the `[` at 1:7"]),
        (
            "(f 12abc\n 1/2 1.2.3) #d10",
            &[
                "1:4 `12abc` is not a number",
                "2:2 `1/2`: exact fractions do not exist here",
                "2:6 `1.2.3` is not a number",
                "2:13 `#d10`: number prefixes do not exist here",
            ],
        ),
        (
            "(a . #(1 2)) '#u8(1) #0=(a) #0# 1+2i",
            &[
                "1:6 `#(…)` vectors do not exist here",
                "1:15 bytevectors do not exist here",
                "1:22 `#0=`: datum labels do not exist here",
                "1:29 `#0#`: datum labels do not exist here",
                "1:33 `1+2i`: complex numbers do not exist here",
            ],
        ),
        ("(a #;) '", &["1:4 nothing follows `#;`", "1:8 nothing follows `'`"]),
        (
            "(a ') (b ,@) '' #;",
            &[
                "1:4 nothing follows `'`",
                "1:10 nothing follows `,@`",
                "1:15 nothing follows `'`",
                "1:17 nothing follows `#;`",
            ],
        ),
        ("a #;", &["1:3 nothing follows `#;`"]),
        (
            ". ( . a) (a .) (a . b c) (a . . b) (a . b . c) [a . b] '.",
            &[
                "1:1 a `.` outside a list",
                "1:5 nothing before the `.`",
                "1:13 nothing after the `.`",
                "1:23 more than one datum after the `.`",
                "1:31 nothing after the `.`",
                "1:43 more than one datum after the `.`",
                "1:51 a `.` in `[…]`, which is always a proper list",
                "1:56 nothing follows `'`",
                "1:57 a `.` outside a list",
            ],
        ),
        ("(a \"b) ; \\q", &["1:4 this string is never closed"]),
        ("(a #| b #| c |#", &["1:4 this `#|` comment is never closed"]),
        ("(a |b)", &["1:4 this `|symbol|` is never closed"]),
        ("a |# (b", &["1:3 `|#` closes no comment", "1:6 `(` is never closed"]),
        (
            "\"\\q \\x; \\xD800;\" #\\spac #\\",
            &[
                "1:2 `\\q` is no escape",
                "1:5 `\\x` is no escape",
                "1:9 `D800` is not the number of a character",
                "1:18 `#\\spac` names no character",
                "1:25 nothing follows `#\\`",
            ],
        ),
        (
            "{a} #<unspecified>",
            &[
                "1:1 a symbol may not hold `{`: `{a}`",
                "1:5 `#<unspecified>`: a written procedure or unspecified value cannot be read back",
            ],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(errors(text), *expected, "{text:?}");
    }
}

#[test]
fn one_datum() {
    assert_eq!(read_one(" 'x ; y").map(|datum| datum.to_string()), Ok("(quote x)".into()));
    let message = |text: &str| read_one(text).expect_err(text)[0].clone();
    assert_eq!(message(" ").message, "a datum is wanted, and there is none");
    assert_eq!(
        (message("1 23").message.as_str(), message("1 23").span),
        ("one datum is wanted, and here is another", Span::new(2, 4))
    );
    assert_eq!(message("(").message, "`(` is never closed");
}

#[test]
fn depth_is_limited_and_costs_no_stack() {
    // What opens, what closes it, and how many levels that is.
    for (open, close, levels) in [("(", ")", 1), ("[", "]", 1), ("'", "", 1), ("(a . (", "))", 2), ("'#;[](", ")", 2)] {
        let fits = MAX_DEPTH / levels;
        let nest = |n: usize| format!("{}x{}", open.repeat(n), close.repeat(n));
        assert!(read(&nest(fits)).is_ok_and(|data| data.len() == 1), "{open}");
        for text in
            [nest(fits + 1), nest(1_000_000), open.repeat(1_000_000), format!("{}{close}", open.repeat(1_000_000))]
        {
            let errors = read(&text).expect_err(open);
            assert_eq!(errors[0].message, "nested deeper than 1000", "{open}");
            assert_eq!(text[..errors[0].span.start as usize].len() / open.len(), fits, "{open}");
            assert_eq!(errors.len(), 1, "{open}");
        }
    }
    let skipped = format!("{}x", "#;".repeat(1_000_000));
    assert!(read(&skipped).is_err_and(|errors| errors.len() == 999_999), "every `#;` but the last lacks its datum");
    let later = format!("{}{} (a 1x (b", "(".repeat(5_000), ")".repeat(5_000));
    let messages: Vec<_> = read(&later).expect_err("deep").into_iter().map(|error| error.message).collect();
    assert_eq!(
        messages,
        ["nested deeper than 1000", "`(` is never closed", "`1x` is not a number", "`(` is never closed"]
    );
}

/// Equal up to spans; a NaN equals itself, and the zeros differ.
fn same(a: &Datum, b: &Datum) -> bool {
    let all = |a: &[Datum], b: &[Datum]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b));
    match (&a.kind, &b.kind) {
        (DatumKind::Float(a), DatumKind::Float(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
        (DatumKind::List(a), DatumKind::List(b)) => all(a, b),
        (DatumKind::Dotted(a, x), DatumKind::Dotted(b, y)) => all(a, b) && same(x, y),
        (a, b) => a == b,
    }
}

/// Any datum that can be read.
fn datum() -> impl Strategy<Value = Datum> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(DatumKind::Bool),
        any::<i32>().prop_map(DatumKind::Int),
        any::<u64>().prop_map(|bits| DatumKind::Float(f64::from_bits(bits))),
        any::<i16>().prop_map(|small| DatumKind::Float(f64::from(small) / 8.0)),
        any::<char>().prop_map(DatumKind::Char),
        any::<String>().prop_map(|text| DatumKind::String(text.into())),
        any::<String>().prop_map(|name| DatumKind::Symbol(name.into())),
        "[-+.0-9a-z#|\\\\ ;/@i]{0,5}".prop_map(|name| DatumKind::Symbol(name.into())),
    ]
    .prop_map(|kind| Datum::new(kind, Span::default()))
    .boxed();
    let tail = leaf.clone();
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(DatumKind::List),
            (prop::collection::vec(inner, 1..6), tail.clone())
                .prop_map(|(elements, tail)| DatumKind::Dotted(elements, Box::new(tail))),
        ]
        .prop_map(|kind| Datum::new(kind, Span::default()))
    })
}

/// Whether every span lies in the text, on character boundaries, and within `outer`.
fn spans_nest(text: &str, datum: &Datum, outer: Span) -> bool {
    let span = datum.span;
    let inside = outer.start <= span.start
        && span.end <= outer.end
        && text.get(span.start as usize..span.end as usize).is_some();
    inside
        && match &datum.kind {
            DatumKind::List(elements) => elements.iter().all(|element| spans_nest(text, element, span)),
            DatumKind::Dotted(elements, tail) => {
                elements.iter().chain([&**tail]).all(|element| spans_nest(text, element, span))
            }
            _ => true,
        }
}

proptest! {
    #[test]
    fn what_is_written_reads_back(datum in datum()) {
        let text = datum.to_string();
        let back = read_one(&text);
        prop_assert!(back.as_ref().is_ok_and(|back| same(back, &datum)), "{text:?}: {back:?}");
    }

    #[test]
    fn any_text_gives_data_or_errors_in_order(text in prop_oneof![
        any::<String>(),
        "([()\\[\\]'`,@.;#|\"\\\\ \t\r\n]|#;|#\\\\|[a-f0-9x+.-]|é|日){0,60}",
    ]) {
        let whole = Span::new(0, text.len() as u32);
        match read(&text) {
            Ok(data) => for datum in &data {
                prop_assert!(spans_nest(&text, datum, whole), "{datum:?}");
                let back = read_one(&datum.to_string());
                prop_assert!(back.is_ok_and(|back| same(&back, datum)), "{datum}");
            },
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                prop_assert!(errors.is_sorted_by_key(|error| error.span.start));
                for error in &errors {
                    prop_assert!(text.get(error.span.start as usize..error.span.end as usize).is_some(), "{error:?}");
                    prop_assert!(error.span.start < error.span.end, "{error:?}");
                    prop_assert!(error.render("t", &text, false).contains('^'));
                }
            }
        }
    }
}
