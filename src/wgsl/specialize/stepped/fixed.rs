//! Text for what costs most: eliminations of matrices of one size, and products of one shape.
//!
//! In: a source, then its code. Out: text, and the kinds of code that it runs. Always: the bits are those of the steps, which run all else. A
//! software adapter reads or writes an element that text names in a quarter of the time that a computed place takes. Such text is as long as
//! the matrix has elements, so that there is one size for it: the one that most work is spent on.

use std::collections::HashMap;

use super::code::Code;
use super::{ELIMINATE, INVERT, SOLVE};
use crate::op::linear::{Formula, Linear, is_zero};
use crate::tape::packed::Instruction;
use crate::wgsl::specialize::forms::Source;
use crate::wgsl::splice::{functions, splice};
use crate::wgsl::text::{Function, Style, Ty, function};
use crate::wgsl::whole;

const MATRIX: &str = include_str!("../../../../shaders/matrix.wgsl");
const ROWS: &str = include_str!("../../../../shaders/rows.wgsl");
/// Elements of a matrix at most, and of the second factor of a product.
const MOST_ELEMENTS: u32 = 1 << 8;

/// What there is text for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fixed {
    /// Rows of the matrices that are eliminated.
    rows: Option<u32>,
    /// Terms and columns of products.
    product: Option<[u32; 2]>,
    /// Which of the kinds of eliminations the code has.
    inverts: bool,
    eliminates: bool,
    solves: bool,
}

/// The parts of a kernel.
pub(super) struct Parts {
    pub functions: String,
    /// What runs a product `t` of some rows and terms.
    pub squares: String,
    /// Cases of kinds of the code.
    pub cases: String,
    /// Operations written.
    pub operations: usize,
}

impl Fixed {
    /// The size of the matrices; the rest [is known](Fixed::used) when there is code.
    pub fn of(source: &Source) -> Fixed {
        let mut work: HashMap<u32, u64> = HashMap::new();
        for (_, whole) in source.forms.iter().flat_map(|form| &form.shape.wholes) {
            if let Some(rows) = eliminated(whole.linear).filter(|rows| rows * rows <= MOST_ELEMENTS) {
                *work.entry(rows).or_default() += u64::from(rows).pow(3);
            }
        }
        Fixed { rows: most(work), ..Fixed::default() }
    }

    /// Is there text for its elimination?
    pub fn has(&self, linear: Linear) -> bool {
        eliminated(linear).is_some() && eliminated(linear) == self.rows
    }

    /// What the code makes use of.
    pub fn used(self, code: &Code) -> Fixed {
        let mut used = Fixed { rows: self.rows, ..Fixed::default() };
        let mut work: HashMap<[u32; 2], u64> = HashMap::new();
        for instruction in Instruction::all(&code.rows) {
            match instruction.kind {
                INVERT => used.inverts = true,
                ELIMINATE => used.eliminates = true,
                SOLVE => (used.eliminates, used.solves) = (true, true),
                _ => {}
            }
            if let Some([rows, columns, terms]) = instruction.products().filter(|[_, c, t]| c * t <= MOST_ELEMENTS) {
                *work.entry([terms, columns]).or_default() += u64::from(rows * columns * terms);
            }
        }
        Fixed { product: most(work), ..used }
    }

    /// Numbers that the text shares with the host.
    pub fn numbers(&self) -> Vec<(&'static str, usize)> {
        let mut numbers = Vec::new();
        if let Some(rows) = self.eliminating() {
            numbers.extend([("SIZE", rows as usize), ("ELEMENTS", (rows * rows) as usize)]);
            numbers.extend(
                [("KIND_INVERT", INVERT), ("KIND_ELIMINATE", ELIMINATE), ("KIND_SOLVE", SOLVE)]
                    .map(|(name, kind)| (name, kind as usize)),
            );
        }
        if let Some([terms, columns]) = self.product {
            numbers.extend([("TERMS", terms as usize), ("COLUMNS", columns as usize)]);
        }
        numbers
    }

    /// Rows of the matrices, if any is eliminated.
    fn eliminating(&self) -> Option<u32> {
        self.rows.filter(|_| self.inverts || self.eliminates)
    }

    /// The text, one lane an invocation.
    pub fn parts(&self, style: Style) -> Parts {
        let mut parts =
            Parts { functions: String::new(), squares: whole::SQUARES.to_owned(), cases: String::new(), operations: 0 };
        if let Some(rows) = self.eliminating() {
            let formulas =
                [("less", Formula::LessProduct), ("quotient", Formula::Quotient), ("negated", Formula::Negated)];
            parts.functions += &functions(formulas.map(|(name, formula)| formula_of(style, name, formula)));
            parts.functions += &functions([function(style, "reciprocal", &[("x", Ty::F32)], |all| {
                let x = all[0].float();
                vec![Formula::Reciprocal.of(x, x, x).into()]
            })]);
            parts.functions += &format!("const SOLVES: bool = {};\n", self.solves);
            let elements = (rows * rows) as usize;
            parts.functions += &splice(
                MATRIX,
                &[
                    ("clear", clear(rows)),
                    ("reduce", reduce(rows)),
                    ("reduce solved", if self.solves { reduce_solved(rows) } else { String::new() }),
                    ("substitute", if self.solves { substitute(rows) } else { String::new() }),
                ],
            );
            if self.inverts {
                parts.cases += "case KIND_INVERT: { invert(w.y, w.z, w.w, z); }\n";
                parts.operations += 2 * elements;
            }
            if self.eliminates {
                parts.cases +=
                    "case KIND_ELIMINATE, KIND_SOLVE: { eliminate(w.y, w.z, w.w, kind == KIND_SOLVE, z); }\n";
                parts.operations += if self.solves { 7 } else { 2 } * elements;
            }
        }
        if let Some([terms, columns]) = self.product {
            parts.functions += &functions([term_formula(style), zero_formula(style)]);
            parts.functions += &splice(ROWS, &[("all of y", all_of_y(terms, columns)), ("row", row(terms, columns))]);
            parts.squares = format!(
                "if terms == TERMS && columns == COLUMNS && !of_y {{\nby_rows(t, z);\n}} else {{\n{}}}\n",
                whole::SQUARES
            );
            parts.operations += 3 * (terms * columns) as usize;
        }
        parts
    }
}

/// Rows of the matrix of an operation that there may be text for. A solution's other side may have any number of columns.
fn eliminated(linear: Linear) -> Option<u32> {
    match linear {
        Linear::Inverse { size } | Linear::Determinant { size } | Linear::LogDeterminant { size } => Some(size),
        Linear::Solve { .. } | Linear::Product { .. } => None,
    }
}

/// What most work is spent on; of equals the largest.
fn most<K: Ord + Copy>(work: HashMap<K, u64>) -> Option<K> {
    work.into_iter().map(|(key, work)| (work, key)).max().map(|(_, key)| key)
}

/// A function of a formula: of a sum and a term where it goes on from a sum, else of the term.
fn formula_of(style: Style, name: &str, formula: Formula) -> Function {
    let reads_sum = matches!(formula, Formula::LessProduct);
    let all = [("sum", Ty::F32), ("x", Ty::F32), ("y", Ty::F32)];
    function(style, name, if reads_sum { &all } else { &all[1..] }, |operands| {
        let [x, y] = [operands.len() - 2, operands.len() - 1].map(|index| operands[index].float());
        vec![formula.of(operands[0].float(), x, y).into()]
    })
}

/// A line of text for each of so many.
fn each(count: u32, mut line: impl FnMut(u32) -> String) -> String {
    (0..count).map(|index| line(index) + "\n").collect()
}

/// Step k of an inverse: all rows and columns at once, then those of the pivot.
fn clear(rows: u32) -> String {
    let beside = each(rows, |i| format!("let x_{i} = matrix[{}u + k];", i * rows));
    let over =
        each(rows, |j| format!("let r_{j} = select(quotient(matrix[k * SIZE + {j}u], pivot, z), over, k == {j}u);"));
    let less = each(rows, |i| loses(rows, 0, "matrix", i, |j| (format!("x_{i}"), format!("r_{j}"))));
    let column = each(rows, |i| format!("matrix[{}u + k] = negated(x_{i}, over, z);", i * rows));
    let row = each(rows, |j| format!("matrix[k * SIZE + {j}u] = r_{j};"));
    beside + &over + &less + &column + &row
}

/// Row `i` of an array loses products, from a column on.
fn loses(rows: u32, first: u32, array: &str, i: u32, product: impl Fn(u32) -> (String, String)) -> String {
    let lines = (first..rows).map(|j| {
        let (at, (x, y)) = (i * rows + j, product(j));
        format!("{array}[{at}u] = less({array}[{at}u], {x}, {y}, z);")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Step k of an elimination: the rows below lose the pivot's.
fn reduce(rows: u32) -> String {
    let pivots = each(rows, |j| format!("let r_{j} = matrix[k * SIZE + {j}u];"));
    pivots + &below(rows, |i| loses(rows, 1, "matrix", i, |j| ("factor".to_owned(), format!("r_{j}"))))
}

/// And on the side that is solved for.
fn reduce_solved(rows: u32) -> String {
    let pivots = each(rows, |j| format!("let s_{j} = solved[k * SIZE + {j}u];"));
    pivots + &below(rows, |i| loses(rows, 0, "solved", i, |j| ("factor".to_owned(), format!("s_{j}"))))
}

/// What becomes of each row below the k-th.
fn below(rows: u32, row: impl Fn(u32) -> String) -> String {
    let factor = |i: u32| format!("let factor = quotient(matrix[{}u + k], pivot, z);", i * rows);
    (1..rows).map(|i| format!("if k < {i}u {{\n{}\n{}\n}}\n", factor(i), row(i))).collect()
}

/// Row k of a solution.
fn substitute(rows: u32) -> String {
    let mut lines = each(rows, |c| format!("let sum_0_{c} = solved[k * SIZE + {c}u];"));
    for t in 1..rows {
        lines += &format!("let u_{t} = matrix[k * SIZE + {t}u];\n");
        let before = t - 1;
        lines += &each(rows, |c| {
            let sum = format!("sum_{before}_{c}");
            let at = t * rows + c;
            format!("let sum_{t}_{c} = select({sum}, less({sum}, solved[{at}u], u_{t}, z), k < {t}u);")
        });
    }
    let last = rows - 1;
    lines + &each(rows, |c| format!("solved[k * SIZE + {c}u] = quotient(sum_{last}_{c}, pivot, z);"))
}

/// The sum after a term, which is 0 where its adjoint is.
fn term_formula(style: Style) -> Function {
    let operands = [("sum", Ty::F32), ("x", Ty::F32), ("y", Ty::F32), ("is_nothing", Ty::Bool)];
    function(style, "term", &operands, |all| {
        let [sum, x, y] = [0, 1, 2].map(|index| all[index].float());
        vec![Formula::unless(all[3].mask(), sum, x, y).into()]
    })
}

fn zero_formula(style: Style) -> Function {
    function(style, "is_zero", &[("x", Ty::F32)], |all| vec![is_zero(all[0].float()).into()])
}

fn all_of_y(terms: u32, columns: u32) -> String {
    let of_term = |k: u32| {
        let start = format!("let y_{k} = t.y + {k}u * t.y_term;\n");
        start + &each(columns, |j| format!("let y_{k}_{j} = at(y_{k} + {j}u * t.y_column);"))
    };
    (0..terms).map(of_term).collect()
}

/// A row of sums, four after four: as many as a processor has registers for, beside a number of x.
fn row(terms: u32, columns: u32) -> String {
    let mut lines = String::new();
    for k in 0..terms {
        lines += &format!("let x_{k} = bitcast<f32>(word_at(xs + {k}u * t.x_term) ^ t.negated);\n");
        lines += &format!("let is_nothing_{k} = is_zero(x_{k}, z) && t.of_x;\n");
    }
    lines += &each(columns, |j| format!("var sum_{j} = t.begin;"));
    lines += "if t.begins == BEGINS_KEPT {\n";
    lines += &each(columns, |j| format!("sum_{j} = at(to + {j}u * t.out_column);"));
    lines += "}\n";
    for first in (0..columns).step_by(4) {
        let some = first..columns.min(first + 4);
        for k in 0..terms {
            for j in some.clone() {
                lines += &format!("sum_{j} = term(sum_{j}, x_{k}, y_{k}_{j}, is_nothing_{k}, z);\n");
            }
        }
        for j in some {
            lines += &format!("put_word(to + {j}u * t.out_column, bitcast<u32>(sum_{j}));\n");
        }
    }
    lines
}
