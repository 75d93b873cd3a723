//! Single tokens: numbers, symbols, booleans, characters.

use super::DatumKind;
use super::problem::{Problem, quoted};

/// The characters that have names of their own (R7RS 6.6); the first name of a character is the one written.
pub(super) const CHARACTER_NAMES: [(&str, char); 10] = [
    ("space", ' '),
    ("newline", '\n'),
    ("tab", '\t'),
    ("null", '\0'),
    ("nul", '\0'),
    ("return", '\r'),
    ("alarm", '\x07'),
    ("backspace", '\x08'),
    ("delete", '\x7f'),
    ("escape", '\x1b'),
];

/// Whether `c` ends a token. The quote marks do as well, so that `a'b` is two data.
pub(super) fn is_delimiter(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '"' | ';' | '\'' | '`' | ',' | '|')
}

/// What a token is that starts with none of `#`, `"`, `|` and is not a lone dot: a number or a symbol.
pub(super) fn number_or_symbol(token: &str) -> Result<DatumKind, Problem> {
    if let Some(number) = number(token) {
        return Ok(number);
    }
    let lower = token.to_ascii_lowercase();
    let unsigned = lower.strip_prefix(['+', '-']).unwrap_or(&lower);
    let signed = unsigned.len() < lower.len();
    let special = signed && (unsigned.starts_with("inf.0") || unsigned.starts_with("nan.0"));
    if unsigned.strip_prefix('.').unwrap_or(unsigned).starts_with(|c: char| c.is_ascii_digit())
        || special
        || (signed && unsigned == "i")
    {
        return Err(not_a_number(token, &lower));
    }
    match token.chars().find(|&c| matches!(c, '{' | '}' | '\\' | '\u{feff}') || c.is_control()) {
        Some(c) if c.is_ascii_graphic() => Err(Problem::NotASymbol(quoted(token), format!("`{c}`"))),
        Some(c) => Err(Problem::NotASymbol(quoted(token), format!("U+{:04X}", c as u32))),
        None => Ok(DatumKind::Symbol(token.into())),
    }
}

/// R7RS's decimal numbers: an Int where it is written as one and fits 32 bits, else a Float.
fn number(token: &str) -> Option<DatumKind> {
    let unsigned = token.strip_prefix(['+', '-']).unwrap_or(token);
    if unsigned.len() < token.len() {
        let negative = token.starts_with('-');
        if unsigned.eq_ignore_ascii_case("inf.0") {
            return Some(DatumKind::Float(if negative { f64::NEG_INFINITY } else { f64::INFINITY }));
        }
        if unsigned.eq_ignore_ascii_case("nan.0") {
            return Some(DatumKind::Float(f64::NAN));
        }
    }
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    if !has_digits
        || !digits(whole)
        || !digits(fraction)
        || exponent.is_some_and(|part| part.is_empty() || !digits(part))
    {
        return None;
    }
    if mantissa.len() == unsigned.len()
        && whole.len() == unsigned.len()
        && let Ok(int) = token.parse()
    {
        return Some(DatumKind::Int(int));
    }
    token.parse().ok().map(DatumKind::Float)
}

/// Why a token that starts like a number is none; `lower` is it in lower case.
fn not_a_number(token: &str, lower: &str) -> Problem {
    let real = |part: &str| number(part).is_some();
    if let Some((top, bottom)) = lower.split_once('/')
        && [top, bottom].iter().all(|part| {
            part.strip_prefix(['+', '-']).unwrap_or(part).bytes().all(|b| b.is_ascii_digit()) && !part.is_empty()
        })
    {
        return Problem::Fraction(quoted(token));
    }
    let polar = lower.split_once('@').is_some_and(|(size, angle)| real(size) && real(angle));
    // The imaginary part starts at the last sign that belongs to no exponent; it may be a sign alone.
    let rectangular = lower.strip_suffix('i').is_some_and(|rest| {
        let sign =
            rest.char_indices().rev().find(|&(at, c)| matches!(c, '+' | '-') && !(at > 0 && rest[..at].ends_with('e')));
        sign.is_some_and(|(at, _)| (at == 0 || real(&rest[..at])) && (rest.len() == at + 1 || real(&rest[at..])))
    });
    if polar || rectangular { Problem::Complex(quoted(token)) } else { Problem::NotANumber(quoted(token)) }
}

/// What a token is that starts with `#` (and is no comment or character); `open` if a `(` follows it at once.
pub(super) fn hash(token: &str, open: bool) -> Result<DatumKind, Problem> {
    let lower = token.to_ascii_lowercase();
    let rest = lower.strip_prefix('#').unwrap_or(&lower);
    let after_digits = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    match rest {
        "t" | "true" => Ok(DatumKind::Bool(true)),
        "f" | "false" => Ok(DatumKind::Bool(false)),
        "" if open => Err(Problem::VectorLiteral),
        "u8" | "vu8" if open => Err(Problem::Bytevector),
        _ if rest.starts_with('<') => Err(Problem::Unreadable(quoted(token))),
        _ if rest.starts_with('!') => Err(Problem::Directive(quoted(token))),
        _ if after_digits.len() < rest.len() && after_digits.starts_with(['=', '#']) => {
            Err(Problem::Label(quoted(token)))
        }
        _ if is_prefixed_number(rest) => Err(Problem::NumberPrefix(quoted(token))),
        _ => Err(Problem::UnknownHash(quoted(token))),
    }
}

fn is_prefixed_number(rest: &str) -> bool {
    rest.strip_prefix(['b', 'd', 'e', 'i', 'o', 'x'])
        .is_some_and(|number| number.starts_with(|c: char| c.is_ascii_hexdigit() || matches!(c, '+' | '-' | '.' | '#')))
}

/// The character that `#\` and then `name` stands for; `name` is not empty.
pub(super) fn character(name: &str) -> Result<char, Problem> {
    let mut chars = name.chars();
    if let (Some(only), None) = (chars.next(), chars.next()) {
        return Ok(only);
    }
    if let Some(&(_, c)) = CHARACTER_NAMES.iter().find(|(known, _)| *known == name) {
        return Ok(c);
    }
    match name.strip_prefix(['x', 'X']) {
        Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => scalar(hex),
        _ => Err(Problem::UnknownCharacter(quoted(&format!("#\\{name}")))),
    }
}

/// The character of that number, in hexadecimal.
pub(super) fn scalar(hex: &str) -> Result<char, Problem> {
    let number = u32::from_str_radix(hex, 16).ok();
    number.and_then(char::from_u32).ok_or_else(|| Problem::NoSuchScalar(quoted(hex)))
}

/// Whether a symbol of that name needs no `|…|` around it to be read back.
pub(super) fn is_plain_symbol(name: &str) -> bool {
    !name.is_empty()
        && name != "."
        && !name.starts_with('#')
        && !name.contains(is_delimiter)
        && matches!(number_or_symbol(name), Ok(DatumKind::Symbol(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (token, value) in [
            ("0", 0),
            ("+5", 5),
            ("-7", -7),
            ("007", 7),
            ("-0", 0),
            ("2147483647", i32::MAX),
            ("-2147483648", i32::MIN),
        ] {
            assert_eq!(number(token), Some(DatumKind::Int(value)), "{token}");
        }
        for (token, value) in [
            ("2147483648", 2147483648.0),
            ("1e-3", 1e-3),
            ("1E3", 1e3),
            (".5", 0.5),
            ("5.", 5.0),
            ("-.5e+3", -500.0),
            ("0.1", 0.1),
            ("1e400", f64::INFINITY),
            ("+inf.0", f64::INFINITY),
            ("-INF.0", f64::NEG_INFINITY),
            ("100000000000000000000000", 1e23),
        ] {
            assert_eq!(number(token), Some(DatumKind::Float(value)), "{token}");
        }
        assert!(matches!(number("-0."), Some(DatumKind::Float(zero)) if zero == 0.0 && zero.is_sign_negative()));
        assert!(matches!(number("-nan.0"), Some(DatumKind::Float(nan)) if nan.is_nan()));
        for token in [
            "", "+", ".", "e3", ".e3", "1e", "1e+", "1.2.3", "12abc", "inf", "nan", "infinity", "inf.0", "1_000",
            "0x10", "1e2.5",
        ] {
            assert_eq!(number(token), None, "{token}");
        }
    }

    #[test]
    fn symbols_and_what_only_looks_like_numbers() {
        for token in [
            "+",
            "-",
            "...",
            "..",
            "->x",
            "-a",
            "--",
            "+.a",
            "-.",
            ".a",
            "%name",
            "inf",
            "e3",
            "+infinity",
            "-in",
            "x2",
            "λ",
            "a#b",
            "<=?",
        ] {
            assert_eq!(number_or_symbol(token), Ok(DatumKind::Symbol(token.into())), "{token}");
        }
        let problem = |token: &str| number_or_symbol(token).expect_err(token);
        for token in ["12abc", "1.2.3", "1+", "-1x", ".5.", "1e", "+.5q", "1/", "1/x", "+inf.0x", "0x1F", "1di"] {
            assert!(matches!(problem(token), Problem::NotANumber(_)), "{token}: {:?}", problem(token));
        }
        for token in ["1/2", "-3/4"] {
            assert!(matches!(problem(token), Problem::Fraction(_)), "{token}");
        }
        for token in ["1+2i", "+i", "-i", "1-i", "+2i", "1e-3+2e-5i", "1@2", "+inf.0i", "1+inf.0i"] {
            assert!(matches!(problem(token), Problem::Complex(_)), "{token}: {:?}", problem(token));
        }
        assert!(matches!(problem("{a"), Problem::NotASymbol(..)));
        assert!(matches!(problem("a\x07"), Problem::NotASymbol(_, held) if held == "U+0007"));
    }

    #[test]
    fn characters() {
        for (name, c) in [
            ("a", 'a'),
            ("x", 'x'),
            ("x41", 'A'),
            ("(", '('),
            ("space", ' '),
            ("nul", '\0'),
            ("x3bb", 'λ'),
            ("λ", 'λ'),
            ("escape", '\x1b'),
        ] {
            assert_eq!(character(name), Ok(c), "{name}");
        }
        assert!(matches!(character("Space"), Err(Problem::UnknownCharacter(_))));
        assert!(matches!(character("xyz"), Err(Problem::UnknownCharacter(_))));
        assert!(matches!(character("xD800"), Err(Problem::NoSuchScalar(_))));
        assert!(matches!(character("x1234567890"), Err(Problem::NoSuchScalar(_))));
    }

    #[test]
    fn hash_tokens() {
        assert_eq!(hash("#TRUE", false), Ok(DatumKind::Bool(true)));
        assert_eq!(hash("#f", false), Ok(DatumKind::Bool(false)));
        assert_eq!(hash("#", true), Err(Problem::VectorLiteral));
        assert_eq!(hash("#u8", true), Err(Problem::Bytevector));
        assert!(matches!(hash("#d10", false), Err(Problem::NumberPrefix(_))));
        assert!(matches!(hash("#e#x1F", false), Err(Problem::NumberPrefix(_))));
        assert!(matches!(hash("#0=", true), Err(Problem::Label(_))));
        assert!(matches!(hash("#12#", false), Err(Problem::Label(_))));
        assert!(matches!(hash("#!eof", false), Err(Problem::Directive(_))));
        assert!(matches!(hash("#<procedure", false), Err(Problem::Unreadable(_))));
        assert!(matches!(hash("#foo", false), Err(Problem::UnknownHash(_))));
        assert!(matches!(hash("#", false), Err(Problem::UnknownHash(_))));
    }
}
