//! `NAME=TEXT`: what `--set`, `--const`, `--list` and `--matrix` take.

use std::str::FromStr;

/// `NAME=TEXT`, the text not read yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    pub name: String,
    pub text: String,
}

impl FromStr for Binding {
    type Err = String;

    fn from_str(text: &str) -> Result<Binding, String> {
        match text.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => {
                Ok(Binding { name: name.trim().to_owned(), text: value.trim().to_owned() })
            }
            Some((name, _)) if name.trim().is_empty() => Err("there is no name before the `=`".to_owned()),
            Some(_) => Err("there is nothing after the `=`".to_owned()),
            None => Err("a name, `=` and what it is bound to are wanted".to_owned()),
        }
    }
}

impl Binding {
    /// The text as names of columns.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.text.split(',').map(str::trim)
    }

    /// The text as a number: a decimal, or an infinity or NaN in Scheme's or everybody else's spelling.
    pub fn number(&self) -> Result<f64, String> {
        let parsed = match self.text.as_str() {
            "+inf.0" => Some(f64::INFINITY),
            "-inf.0" => Some(f64::NEG_INFINITY),
            "+nan.0" | "-nan.0" => Some(f64::NAN),
            text => text.parse().ok(),
        };
        parsed.ok_or_else(|| format!("--set {}={}: `{}` is not a number", self.name, self.text, self.text))
    }
}

/// The names in texts that separate them by commas; a comma in brackets separates none: `A[0,1],b`.
pub fn names(texts: &[String]) -> impl Iterator<Item = &str> {
    texts.iter().flat_map(|text| {
        let mut is_inside = false;
        let parts = text.split(move |c| {
            is_inside = c == '[' || (is_inside && c != ']');
            c == ',' && !is_inside
        });
        parts.map(str::trim)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_separate_names_but_not_indices() {
        let texts = ["a, A[0,1],w[2]".to_owned(), "b".to_owned()];
        assert_eq!(names(&texts).collect::<Vec<_>>(), ["a", "A[0,1]", "w[2]", "b"]);
    }

    #[test]
    fn bindings_need_both_sides() {
        let binding: Binding = " a = 2 ".parse().expect("a binding");
        assert_eq!((binding.name.as_str(), binding.text.as_str()), ("a", "2"));
        let equals: Binding = "s=\"a=b\"".parse().expect("a binding");
        assert_eq!(equals.text, "\"a=b\"");
        for text in ["a", "=2", "a=", ""] {
            assert!(text.parse::<Binding>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn numbers_have_two_spellings() {
        let number = |text: &str| Binding { name: "a".into(), text: text.into() }.number();
        assert_eq!(number("-1.5e-3"), Ok(-0.0015));
        assert_eq!(number("+inf.0"), Ok(f64::INFINITY));
        assert_eq!(number("-inf"), Ok(f64::NEG_INFINITY));
        assert!(number("+nan.0").is_ok_and(f64::is_nan));
        assert_eq!(number("1/2").unwrap_err(), "--set a=1/2: `1/2` is not a number");
    }
}
