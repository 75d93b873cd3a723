//! Everything a program can name without binding it: special forms, primitives, library procedures; and the names of
//! R7RS-small that the language leaves out.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::op::{Op, ROWS};

/// A procedure that a program can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Procedure {
    /// Its Scheme name.
    pub name: &'static str,
    /// The fewest operands it takes.
    pub min: u8,
    /// The most operands it takes; `None`: any number.
    pub max: Option<u8>,
    /// The row of the table with this very name, if there is one.
    pub op: Option<Op>,
}

/// A special form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Quote,
    Quasiquote,
    Unquote,
    If,
    Cond,
    Case,
    And,
    Or,
    When,
    Unless,
    Let,
    LetStar,
    Letrec,
    Do,
    Begin,
    Lambda,
    Define,
    Loop,
    Recur,
    SoftIf,
    SoftChoice,
    Param,
    /// `else` and `=>`, which mean something only inside a clause.
    Auxiliary,
    Apply,
    Pending,
    Op1,
    Op2,
}

/// What a name means where nothing binds it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Known {
    Form(Form),
    Procedure(Procedure),
    /// Syntax of R7RS-small that is not in the language.
    AbsentForm,
    /// A procedure of R7RS-small that is not in the language.
    AbsentProcedure,
}

const FORMS: &[(&str, Form)] = &[
    ("quote", Form::Quote),
    ("quasiquote", Form::Quasiquote),
    ("unquote", Form::Unquote),
    ("unquote-splicing", Form::Unquote),
    ("if", Form::If),
    ("cond", Form::Cond),
    ("case", Form::Case),
    ("and", Form::And),
    ("or", Form::Or),
    ("when", Form::When),
    ("unless", Form::Unless),
    ("let", Form::Let),
    ("let*", Form::LetStar),
    ("letrec", Form::Letrec),
    ("letrec*", Form::Letrec),
    ("do", Form::Do),
    ("begin", Form::Begin),
    ("lambda", Form::Lambda),
    ("define", Form::Define),
    ("loop", Form::Loop),
    ("recur", Form::Recur),
    ("soft-if", Form::SoftIf),
    ("soft-choice", Form::SoftChoice),
    ("param", Form::Param),
    ("else", Form::Auxiliary),
    ("=>", Form::Auxiliary),
    ("%apply", Form::Apply),
    ("%pending", Form::Pending),
    ("%op1", Form::Op1),
    ("%op2", Form::Op2),
];

/// Procedures that take another number of operands than a row of the table, or that have no row: the prelude defines
/// each of them. Name, fewest operands, most operands.
const PRELUDE: &[(&str, u8, Option<u8>)] = &[
    ("+", 0, None),
    ("-", 1, None),
    ("*", 0, None),
    ("/", 1, None),
    ("=", 1, None),
    ("<", 1, None),
    (">", 1, None),
    ("<=", 1, None),
    (">=", 1, None),
    ("min", 1, None),
    ("max", 1, None),
    ("log", 1, Some(2)),
    ("atan", 1, Some(2)),
    ("string=?", 2, None),
    ("list", 0, None),
    ("list?", 1, Some(1)),
    ("append", 0, None),
    ("length", 1, Some(1)),
    ("reverse", 1, Some(1)),
    ("list-ref", 2, Some(2)),
    ("list-tail", 2, Some(2)),
    ("map", 2, None),
    ("for-each", 2, None),
    ("filter", 2, Some(2)),
    ("fold-left", 3, Some(3)),
    ("fold-right", 3, Some(3)),
    ("reduce", 3, Some(3)),
    ("assoc", 2, Some(3)),
    ("assq", 2, Some(2)),
    ("assv", 2, Some(2)),
    ("member", 2, Some(3)),
    ("memq", 2, Some(2)),
    ("memv", 2, Some(2)),
    ("apply", 2, None),
    ("equal?", 2, Some(2)),
    ("error", 1, None),
    ("caar", 1, Some(1)),
    ("cadr", 1, Some(1)),
    ("cdar", 1, Some(1)),
    ("cddr", 1, Some(1)),
    ("caaar", 1, Some(1)),
    ("caadr", 1, Some(1)),
    ("cadar", 1, Some(1)),
    ("caddr", 1, Some(1)),
    ("cdaar", 1, Some(1)),
    ("cdadr", 1, Some(1)),
    ("cddar", 1, Some(1)),
    ("cdddr", 1, Some(1)),
    ("caaaar", 1, Some(1)),
    ("caaadr", 1, Some(1)),
    ("caadar", 1, Some(1)),
    ("caaddr", 1, Some(1)),
    ("cadaar", 1, Some(1)),
    ("cadadr", 1, Some(1)),
    ("caddar", 1, Some(1)),
    ("cadddr", 1, Some(1)),
    ("cdaaar", 1, Some(1)),
    ("cdaadr", 1, Some(1)),
    ("cdadar", 1, Some(1)),
    ("cdaddr", 1, Some(1)),
    ("cddaar", 1, Some(1)),
    ("cddadr", 1, Some(1)),
    ("cdddar", 1, Some(1)),
    ("cddddr", 1, Some(1)),
];

/// The procedures of the numeric vectors and matrices, in the same way. Only a program that names one of these can come to hold a
/// vector.
const VECTORS: &[(&str, u8, Option<u8>)] = &[
    ("vec", 0, None),
    ("mat", 1, None),
    ("ref", 2, Some(3)),
    ("vlen", 1, Some(1)),
    ("rows", 1, Some(1)),
    ("cols", 1, Some(1)),
    ("dot", 2, Some(2)),
    ("cross", 2, Some(2)),
    ("norm", 1, Some(1)),
    ("normalize", 1, Some(1)),
    ("vsum", 1, Some(1)),
    ("scale", 2, Some(2)),
    ("matvec", 2, Some(2)),
    ("matmul", 2, Some(2)),
    ("transpose", 1, Some(1)),
    ("trace", 1, Some(1)),
    ("det", 1, Some(1)),
    ("logdet", 1, Some(1)),
    ("inv", 1, Some(1)),
    ("solve", 2, Some(2)),
    ("cholesky", 1, Some(1)),
    ("lower", 1, Some(1)),
    ("outer", 2, Some(2)),
    ("eye", 1, Some(1)),
    ("zeros", 1, Some(2)),
    ("ones", 1, Some(2)),
    ("vmap", 2, None),
];

/// Operations that also mean something for vectors and matrices, and the prelude's procedures that look at both kinds.
const GENERIC: &[(Op, &str)] =
    &[(Op::Add, "%plus"), (Op::Sub, "%minus"), (Op::Mul, "%times"), (Op::Div, "%over"), (Op::Neg, "%negative")];

/// Syntax of R7RS-small that the language leaves out.
const ABSENT_FORMS: &str = "set! define-syntax let-syntax letrec-syntax syntax-rules syntax-error define-values let-values \
    let*-values define-record-type parameterize guard case-lambda delay delay-force cond-expand include include-ci import \
    define-library";

/// Procedures of R7RS-small that the language leaves out.
const ABSENT_PROCEDURES: &str = "\
    call/cc call-with-current-continuation call-with-values values dynamic-wind make-parameter make-promise promise? force \
    raise raise-continuable with-exception-handler error-object? error-object-message error-object-irritants read-error? \
    file-error? eval environment interaction-environment exit emergency-exit command-line load features \
    get-environment-variable get-environment-variables current-second current-jiffy jiffies-per-second \
    gcd lcm numerator denominator rationalize complex? real? rational? exact? inexact? exact-integer? exact-integer-sqrt \
    exact->inexact inexact->exact finite? infinite? floor/ floor-quotient floor-remainder truncate/ truncate-quotient \
    truncate-remainder make-rectangular make-polar real-part imag-part magnitude angle number->string string->number \
    set-car! set-cdr! list-set! list-copy make-list \
    vector vector? make-vector vector-ref vector-set! vector-length vector-fill! vector-map vector-for-each vector->list \
    list->vector vector-append vector-copy vector-copy! vector->string string->vector \
    bytevector bytevector? make-bytevector bytevector-u8-ref bytevector-u8-set! bytevector-length bytevector-append \
    bytevector-copy bytevector-copy! utf8->string string->utf8 \
    string make-string string-ref string-set! string-length string-append substring string-copy string-copy! string-fill! \
    string-map string-for-each string->list list->string string->symbol symbol->string symbol=? boolean=? string<? \
    string>? string<=? string>=? string-ci=? string-ci<? string-ci>? string-ci<=? string-ci>=? string-upcase \
    string-downcase string-foldcase \
    char=? char<? char>? char<=? char>=? char-ci=? char-ci<? char-ci>? char-ci<=? char-ci>=? char->integer integer->char \
    char-alphabetic? char-numeric? char-whitespace? char-upper-case? char-lower-case? char-upcase char-downcase \
    char-foldcase digit-value \
    display newline write write-shared write-simple write-char write-string write-u8 write-bytevector read read-char \
    peek-char read-line read-string read-u8 peek-u8 read-bytevector read-bytevector! char-ready? u8-ready? eof-object \
    eof-object? port? input-port? output-port? textual-port? binary-port? input-port-open? output-port-open? \
    close-port close-input-port close-output-port current-input-port current-output-port current-error-port \
    flush-output-port call-with-port call-with-input-file call-with-output-file with-input-from-file \
    with-output-to-file open-input-file open-output-file open-binary-input-file open-binary-output-file \
    open-input-string open-output-string get-output-string open-input-bytevector open-output-bytevector \
    get-output-bytevector file-exists? delete-file";

static NAMES: LazyLock<HashMap<&'static str, Known>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    names.extend(ABSENT_PROCEDURES.split_whitespace().map(|name| (name, Known::AbsentProcedure)));
    names.extend(ABSENT_FORMS.split_whitespace().map(|name| (name, Known::AbsentForm)));
    for row in ROWS {
        let procedure = Procedure { name: row.name, min: row.arity, max: Some(row.arity), op: Some(row.op) };
        names.insert(row.name, Known::Procedure(procedure));
    }
    for &(name, min, max) in PRELUDE.iter().chain(VECTORS) {
        names.insert(name, Known::Procedure(Procedure { name, min, max, op: Op::named(name) }));
    }
    names.extend(FORMS.iter().map(|&(name, form)| (name, Known::Form(form))));
    names
});

/// What `name` means where nothing binds it; names of the bootstrap dialect (a leading `%`) included.
pub(super) fn known(name: &str) -> Option<Known> {
    NAMES.get(name).copied()
}

/// The procedures that the prelude must define: all that have no row, or take other numbers of operands than their row.
pub fn prelude() -> impl Iterator<Item = Procedure> {
    PRELUDE.iter().chain(VECTORS).map(|&(name, min, max)| Procedure { name, min, max, op: Op::named(name) })
}

/// Every procedure that a program can name: the rows of the table without a leading `%`, and the prelude's.
pub fn procedures() -> impl Iterator<Item = Procedure> {
    let rows = ROWS.iter().filter(|row| !row.name.starts_with('%'));
    let rows = rows.filter(|row| PRELUDE.iter().all(|entry| entry.0 != row.name));
    rows.map(|row| Procedure { name: row.name, min: row.arity, max: Some(row.arity), op: Some(row.op) })
        .chain(prelude())
}

/// Does this procedure make or take vectors?
pub fn is_of_vectors(name: &str) -> bool {
    VECTORS.iter().any(|entry| entry.0 == name)
}

/// The procedure of the prelude that does what this operation does for numbers, and for vectors and matrices too.
pub fn generic(op: Op) -> Option<&'static str> {
    GENERIC.iter().find(|entry| entry.0 == op).map(|entry| entry.1)
}

/// Is this one of the [`generic`] procedures?
pub fn is_generic(name: &str) -> bool {
    GENERIC.iter().any(|entry| entry.1 == name)
}

/// The procedure of this name, if a program can name one.
pub fn procedure(name: &str) -> Option<Procedure> {
    match known(name)? {
        Known::Procedure(procedure) if !name.starts_with('%') => Some(procedure),
        _ => None,
    }
}

/// The special forms of the language.
pub fn special_forms<'a>() -> impl Iterator<Item = &'a str> {
    FORMS.iter().map(|entry| entry.0).filter(|name| !name.starts_with('%'))
}
