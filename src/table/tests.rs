//! Tables that can be read, and what is said of those that cannot.

use super::*;

fn read(text: &str) -> Result<Table, TableError> {
    Table::from_reader(text.as_bytes())
}

fn message(text: &str) -> String {
    match read(text) {
        Ok(table) => panic!("{text:?} was accepted: {table:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn reads_what_spreadsheets_write() {
    let table = read("\u{feff}\"x\", y ,\"a \"\"b\"\", c\"\r\n1,-2.5e-3,+7\r\n\r\n\" 4\",.5, 6. \r\n").unwrap();
    assert_eq!(table.names(), ["x", "y", "a \"b\", c"]);
    assert_eq!(table.rows(), 2);
    assert_eq!(table.column("x"), Some(&[1.0, 4.0][..]));
    assert_eq!(table.column("y"), Some(&[-0.0025, 0.5][..]));
    assert_eq!(table.column("a \"b\", c"), Some(&[7.0, 6.0][..]));
    assert_eq!(table.column("z"), None);
}

#[test]
fn numbers_are_read_to_the_last_bit() {
    let table = read("x\n0.1\n2.2250738585072014e-308\n").unwrap();
    assert_eq!(table.column("x").unwrap()[0].to_bits(), 0.1f64.to_bits());
    assert_eq!(table.column("x").unwrap()[1], f64::MIN_POSITIVE);
}

#[test]
fn says_where_a_table_is_wrong() {
    let cases = [
        ("x,y,z\n1,2,3\n1\n", "row 2 (line 3) has 1 cell where the header has 3: column `y` is missing"),
        ("x,y\n1,2,3\n", "row 1 (line 2) has 3 cells where the header has 2: cells follow the last column `y`"),
        ("x,y,x\n1,2,3\n", "column `x` stands twice in the header (columns 1 and 3)"),
        ("x,,z\n1,2,3\n", "column 2 has no name in the header"),
        ("x,y\n", "the table has a header (x, y) but no rows"),
    ];
    for (text, expected) in cases {
        assert_eq!(message(text), expected, "{text:?}");
    }
    for text in ["", "\n\n", "  \r\n"] {
        assert!(matches!(read(text), Err(TableError::Empty)), "{text:?}");
    }
}

#[test]
fn quotes_are_read_strictly() {
    let followed = "text follows a closing quote; a quote inside a quoted cell is written twice";
    let open = "a quote opens and is never closed";
    let cases = [
        ("x,y\n1,\"2\"5\n", format!("row 1 (line 2), column `y`: {followed} (line 2, character 6)")),
        ("\"x\"z,y\n1,2\n", format!("header, column 1: {followed} (line 1, character 4)")),
        ("x,y\r\n\r\n1,2\r\n3,\"4\r\n5,6\r\n", format!("row 2 (line 4), column `y`: {open} (line 4, character 3)")),
        ("x,y\n1,2,\"3\n", format!("row 1 (line 2), column 3: {open} (line 2, character 5)")),
        ("x\n\"1\n2\n", format!("row 1 (line 2), column `x`: {open} (line 2, character 1)")),
        ("\"x\n1\n", format!("header, column 1: {open} (line 1, character 1)")),
    ];
    for (text, expected) in cases {
        assert_eq!(message(text), expected, "{text:?}");
    }
    let table = read("\u{feff}\"x\" ,\"y\nz\"\r\n\"1\"\t,\" 2 \"\r\n3,\"4\"").unwrap();
    assert_eq!((table.column("x"), table.column("y\nz")), (Some(&[1.0, 3.0][..]), Some(&[2.0, 4.0][..])));
}

#[test]
fn one_column_may_have_empty_cells_and_blank_lines() {
    for (text, row) in [("x\n1\n\"\"\n3\n", 3), ("x\n1\n\n\" \"\n3\n", 4)] {
        let error = read(text).unwrap().numbers("x").unwrap_err().to_string();
        assert_eq!(error, format!("row 2 (line {row}), column `x`: the cell is empty"));
    }
    let table = read("x\n1\n\n \n3\n\n").unwrap();
    assert_eq!(table.column("x"), Some(&[1.0, 3.0][..]));
    assert_eq!(table.blank_lines(), Some(BlankLines { count: 2, first: 3 }));
    assert_eq!(read("x\n1\n3\n\n").unwrap().blank_lines(), None);
    assert_eq!(read("x,y\n1,2\n\n3,4\n").unwrap().blank_lines(), None, "no cell can be meant by it");
    assert_eq!(message("\"\"\n1\n"), "column 1 has no name in the header");
}

#[test]
fn a_column_without_numbers_is_an_error_only_when_it_is_asked_for() {
    let cases = [
        ("x,y\n1,2\n\n3,\n", "y", "row 2 (line 4), column `y`: the cell is empty"),
        ("x,y\r\n\r\n1,2\r\n  \r\n3,z", "y", "row 2 (line 5), column `y`: `z` is not a number"),
        ("x,\"y\nz\"\n1,two\n", "y\nz", "row 1 (line 3), column `y\nz`: `two` is not a number"),
        ("x,y\n1,two\n2,3\n3,four\n", "y", "row 1 (line 2), column `y`: `two` is not a number"),
        ("y,x\n1,2\nnan,2\n", "y", "row 2 (line 3), column `y`: `nan` is not finite"),
        ("y,x\n-inf,2\n", "y", "row 1 (line 2), column `y`: `-inf` is not finite"),
        ("x,y\n1,1e999\n", "y", "row 1 (line 2), column `y`: `1e999` is not finite"),
    ];
    for (text, name, expected) in cases {
        let table = read(text).unwrap();
        assert_eq!(table.numbers(name).unwrap_err().to_string(), expected, "{text:?}");
        assert_eq!((table.column(name), table.names().len()), (None, 2), "{text:?}");
        let other = table.numbers("x").unwrap().unwrap();
        assert_eq!(
            (other.len(), table.rows()),
            (text.lines().filter(|line| line.contains(',')).count() - 1, other.len())
        );
        assert!(matches!(table.numbers("absent"), Ok(None)));
    }
}

#[test]
fn refuses_other_encodings_and_paths() {
    let error = Table::from_reader(&b"x,y\n1,2\n3,\xff\n"[..]).unwrap_err();
    assert_eq!(error.to_string(), "row 2 (line 3), column `y`: the text is not UTF-8");
    let error = Table::from_reader(&b"x,\xe9\n1,2\n"[..]).unwrap_err();
    assert_eq!(error.to_string(), "header, column 2: the text is not UTF-8");
    let error = Table::from_csv("no/such/file.csv").unwrap_err();
    assert!(error.to_string().starts_with("cannot open no/such/file.csv: "), "{error}");
    assert!(matches!(Table::from_csv("."), Err(TableError::Open { .. })));
}

#[test]
fn own_columns_are_checked_too() {
    let columns = |rows: &[(&str, &[f64])]| {
        Table::from_columns(rows.iter().map(|(n, v)| ((*n).to_owned(), v.to_vec())).collect())
    };
    assert_eq!(columns(&[("a", &[1.0, 2.0])]).unwrap().rows(), 2);
    assert!(matches!(columns(&[]), Err(TableError::Empty)));
    assert!(matches!(columns(&[("a", &[])]), Err(TableError::NoRows { .. })));
    let error = columns(&[("a", &[1.0, 2.0]), ("b", &[1.0])]).unwrap_err();
    assert_eq!(error.to_string(), "column `b` has 1 row where `a` has 2");
    let error = columns(&[("a", &[1.0, f64::NAN])]).unwrap_err();
    assert_eq!(error.to_string(), "row 2, column `a`: `NaN` is not finite");
    assert!(matches!(columns(&[("a", &[1.0]), ("a", &[1.0])]), Err(TableError::Duplicate { .. })));
}
