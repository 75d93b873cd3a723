//! Phrases of random programs with matrices. What is inverted or factored is well conditioned: by rows or as A Aᵀ + 2 I.

use super::generate::{Generator, Sort};

impl Generator {
    /// A vector, a matrix or a list of vectors: the value of a program.
    pub fn array(&mut self, size: usize) -> String {
        let n = self.length();
        match self.random.below(4) {
            0 | 1 => self.vector(n, size),
            2 => {
                let columns = self.length();
                self.matrix(n, columns, size)
            }
            _ => self.vectors(1, n, size),
        }
    }

    /// A top-level definition of something with vectors.
    pub fn definition_of_array(&mut self, name: String, size: usize) -> String {
        let (n, columns) = (self.length(), self.length());
        let (value, sort) = match self.random.below(5) {
            0 | 1 => (self.vector(n, size), Sort::Vector(n)),
            2 => (self.matrix(n, columns, size), Sort::Matrix(n, columns)),
            3 => (self.vectors(2, n, size), Sort::Vectors(2, n)),
            _ => {
                let formal = self.fresh_name();
                let inside = [(formal.clone(), Sort::Vector(n))];
                let (body, heavy) = self.weighed(|g| g.with(&inside, |g| g.tame_vector(n, size)));
                let procedure = format!("(lambda ({formal}) {body})");
                if heavy {
                    return format!("(define {name} {procedure})");
                }
                (procedure, Sort::Transform(n))
            }
        };
        self.push(name.clone(), sort);
        format!("(define {name} {value})")
    }

    /// A matrix of so many rows and columns.
    pub fn matrix(&mut self, rows: usize, columns: usize, size: usize) -> String {
        let (one, half, third) = (size.saturating_sub(1), size / 2, size / 3);
        let is_square = rows == columns;
        if (size <= 3 || self.random.below(3) == 0)
            && let Some(name) = self.variable(|sort| sort == Sort::Matrix(rows, columns))
        {
            return name;
        }
        if size <= 3 {
            return match self.random.below(6) {
                0 if is_square => format!("(eye {rows})"),
                0 | 1 => format!("({} {rows} {columns})", self.random.pick(&["zeros", "ones"])),
                _ => format!("[{}]", self.repeated(rows, |g| format!("[{}]", g.repeated(columns, |g| g.leaf())))),
            };
        }
        match self.random.below(20) {
            0..3 => {
                let share = one / (rows * columns);
                format!("[{}]", self.repeated(rows, |g| format!("[{}]", g.repeated(columns, |g| g.number(share)))))
            }
            3 => {
                let name = *self.random.pick(&["mat", "vec"]);
                format!("({name} {})", self.repeated(rows, |g| g.vector(columns, one / rows)))
            }
            4 => format!("(apply mat (list {}))", self.repeated(rows, |g| g.vector(columns, one / rows))),
            5 | 6 => format!(
                "({} {} {})",
                self.random.pick(&["+", "-", "*"]),
                self.matrix(rows, columns, half),
                self.tame_matrix(rows, columns, half)
            ),
            7 => match self.random.below(3) {
                0 => format!("(- {})", self.matrix(rows, columns, one)),
                1 => format!("(/ {} (+ 1.5 {}))", self.matrix(rows, columns, half), self.tame(half)),
                _ => format!("(scale {} {})", self.tame(half), self.matrix(rows, columns, half)),
            },
            8 | 9 => {
                let inner = self.length();
                let (left, right) = (self.matrix(rows, inner, half), self.tame_matrix(inner, columns, half));
                format!("(scale 0.5 (matmul {left} {right}))")
            }
            10 => format!("(transpose {})", self.matrix(columns, rows, one)),
            11 => format!("(outer {} {})", self.tame_vector(rows, half), self.vector(columns, half)),
            12 if is_square => format!("(lower {})", self.matrix(rows, rows, one)),
            13 if is_square => format!("(inv {})", self.regular(rows, one)),
            14 if is_square => format!("(cholesky {})", self.definite(rows, one)),
            12 | 15 => format!("(solve {} {})", self.regular(rows, half), self.matrix(rows, columns, half)),
            13 | 16 => format!("(vmap {} {})", self.function(half), self.matrix(rows, columns, half)),
            14 | 17 => format!(
                "(if {} {} {})",
                self.bool(third),
                self.matrix(rows, columns, third),
                self.matrix(rows, columns, third)
            ),
            18 => self.matrix_loop(rows, columns, size),
            _ => {
                let name = self.fresh_name();
                let value = self.matrix(rows, columns, half);
                let body =
                    self.with(&[(name.clone(), Sort::Matrix(rows, columns))], |g| g.tame_matrix(rows, columns, half));
                format!("(let (({name} {value})) (+ {name} {body}))")
            }
        }
    }

    /// A matrix whose elements lie between -1 and 1.
    pub fn tame_matrix(&mut self, rows: usize, columns: usize, size: usize) -> String {
        let name = *self.random.pick(&["tanh", "sin"]);
        format!("(vmap {name} {})", self.matrix(rows, columns, size.saturating_sub(1)))
    }

    /// A square matrix that can be inverted without losing digits.
    pub fn regular(&mut self, n: usize, size: usize) -> String {
        match self.random.below(3) {
            0 => self.definite(n, size),
            1 => format!("(+ (scale {}. (eye {n})) {})", n + 1, self.tame_matrix(n, n, size)),
            _ => {
                let row = |g: &mut Self, diagonal: usize| {
                    let mut column = 0;
                    g.repeated(n, |g| {
                        column += 1;
                        let element = g.tame(size / (n * n));
                        if column - 1 == diagonal { format!("(- {n}.5 {element})") } else { element }
                    })
                };
                format!("[{}]", (0..n).map(|index| format!("[{}]", row(self, index))).collect::<Vec<_>>().join(" "))
            }
        }
    }

    /// A symmetric matrix with eigenvalues of 2 and more.
    pub fn definite(&mut self, n: usize, size: usize) -> String {
        let name = self.fresh_name();
        let value = self.tame_matrix(n, n, size);
        format!("(let (({name} {value})) (+ (matmul {name} (transpose {name})) (scale 2. (eye {n}))))")
    }

    pub fn let_matrix(&mut self, rows: usize, columns: usize, size: usize) -> String {
        let name = self.fresh_name();
        let value = self.matrix(rows, columns, size / 2);
        let body = self.with(&[(name.clone(), Sort::Matrix(rows, columns))], |g| g.number(size / 2));
        format!("(let (({name} {value})) {body})")
    }

    /// A sum over a matrix's rows, taken one after another.
    pub fn rows_by_index(&mut self, rows: usize, columns: usize, size: usize) -> String {
        if self.loops > 1 {
            return self.tame(size);
        }
        let (again, matrix, index, sum, row) =
            (self.fresh_name(), self.fresh_name(), self.fresh_name(), self.fresh_name(), self.fresh_name());
        let value = self.matrix(rows, columns, size / 3);
        let inside = [
            (matrix.clone(), Sort::Matrix(rows, columns)),
            (sum.clone(), Sort::Number),
            (row.clone(), Sort::Vector(columns)),
        ];
        let step = self.looping(&inside, |g| g.tame(size / 2));
        let taken = format!("(let (({row} (ref {matrix} {index}))) (+ {sum} (* (vsum {row}) {step})))");
        let bindings = format!("(({index} 0) ({sum} 0.))");
        let body = match self.half() {
            true => format!("(loop {bindings} (if (= {index} (rows {matrix})) {sum} (recur (+ {index} 1) {taken})))"),
            false => {
                format!("(let {again} {bindings} (if (< {index} {rows}) ({again} (+ {index} 1) {taken}) {sum}))")
            }
        };
        format!("(let (({matrix} {value})) {body})")
    }

    /// A loop of a few rounds that carries a matrix; now and then it inverts what it carries, as a filter does.
    fn matrix_loop(&mut self, rows: usize, columns: usize, size: usize) -> String {
        if self.loops > 1 {
            return self.tame_matrix(rows, columns, size);
        }
        let (counter, carried) = (self.fresh_name(), self.fresh_name());
        let (rounds, start) = (self.random.between(1, 4), self.matrix(rows, columns, size / 3));
        let inside = [(counter.clone(), Sort::Int), (carried.clone(), Sort::Matrix(rows, columns))];
        let step = match self.half() && rows == columns {
            true => format!("(inv (+ (scale {}. (eye {rows})) (vmap sin {carried})))", rows + 1),
            false => self.looping(&inside, |g| g.tame_matrix(rows, columns, size / 2)),
        };
        match self.half() {
            true => format!(
                "(loop (({counter} {rounds}) ({carried} {start})) (if (= {counter} 0) {carried} (recur (- {counter} 1) {step})))"
            ),
            false => format!(
                "(do (({counter} 0 (+ {counter} 1)) ({carried} {start} {step})) ((= {counter} {rounds}) {carried}))"
            ),
        }
    }
}
