//! Phrases of random programs with vectors: numbers taken from them, and vectors. Elements stay tame, norms are taken away
//! from 0, indices are in range.

use super::generate::{Generator, Sort};

/// A mistake with vectors or matrices where a number is wanted.
pub const FAULTS: [&str; 43] = [
    "(dot [1. 2.] [1. 2. 3.])",
    "(dot 1. [1.])",
    "(ref [1. 2.] 2)",
    "(ref [1. 2.] -1)",
    "(ref [1. 2.] 1.)",
    "(ref [[1. 2.]] 1 0)",
    "(ref [[1. 2.]] 0 (+ 1 1))",
    "(ref '(1. 2.) 0)",
    "(vsum (+ [1. 2.] [1. 2. 3.]))",
    "(vsum (* 2. [1.] [[1.]]))",
    "(vsum (- [1.] 'a))",
    "(vsum (apply + (list [1.] [1. 2.])))",
    "(sin [1. 2.])",
    "(max 1. [2.])",
    "(square [2.])",
    "(if (< 1. [1.]) 1. 2.)",
    "(vsum [1. 'a])",
    "(vsum [[1. 2.] [3.]])",
    "(vsum [[1. 2.] 3.])",
    "(vsum (mat [1.] 2.))",
    "(vsum 3.)",
    "(norm [[3.]])",
    "(trace [[1. 2. 3.] [4. 5. 6.]])",
    "(det (ones 2 3))",
    "(cols [1. 2.])",
    "(vlen [[1.]])",
    "(vsum (eye 0))",
    "(vsum (zeros 2.))",
    "(vsum (cross [1. 2. 3.] [1. 2.]))",
    "(vsum (scale [1.] [1.]))",
    "(vsum (matvec [[1. 2.]] [1.]))",
    "(vsum (matmul [[1. 2.]] [[1. 2.]]))",
    "(vsum (vmap + [1. 2.] [1.]))",
    "(vsum (vmap (lambda (q) 'r) [1. 2.]))",
    "(vsum (solve (eye 2) [1. 2. 3.]))",
    "(vsum (inv [[1. 2.] [2. 4.]]))",
    "(vsum (inv (let ((q [1.1 .3 2.])) (mat q [.7 .1 .9] q))))",
    "(logdet (zeros 2 2))",
    "(logdet (ones 4 4))",
    "(vsum (solve (zeros 3 3) [1. 2. 3.]))",
    "(vsum (solve (let ((q [1. 3.])) (mat q q)) [1. 2.]))",
    "(vsum (cholesky [[1. 2.] [2. 1.]]))",
    "(vsum (cholesky (- (eye 2))))",
];

impl Generator {
    /// A length, or a number of rows or columns.
    pub fn length(&mut self) -> usize {
        *self.random.pick(&[1, 2, 2, 2, 3, 3, 4])
    }

    /// An index below `bound`: a literal or computed.
    pub fn index(&mut self, bound: usize) -> String {
        match self.random.below(3) {
            0 => format!("(modulo {} {bound})", self.small_int()),
            _ => self.random.below(bound).to_string(),
        }
    }

    /// A length, mostly that of a vector in sight.
    fn known_length(&mut self) -> usize {
        let mut lengths = self.sorts(|sort| match sort {
            Sort::Vector(length) | Sort::Vectors(_, length) | Sort::Transform(length) => Some(length),
            _ => None,
        });
        lengths.push(self.length());
        *self.random.pick(&lengths)
    }

    /// A shape, mostly that of a matrix in sight.
    fn known_shape(&mut self) -> (usize, usize) {
        let mut shapes = self.sorts(|sort| match sort {
            Sort::Matrix(rows, columns) => Some((rows, columns)),
            _ => None,
        });
        shapes.push((self.length(), self.length()));
        *self.random.pick(&shapes)
    }

    /// A number that comes out of vectors.
    pub fn number_of_vectors(&mut self, size: usize) -> String {
        let (one, half, third) = (size - 1, size / 2, size / 3);
        let n = self.known_length();
        let (rows, columns) = self.known_shape();
        match self.random.below(22) {
            0..3 => format!("(ref {} {})", self.vector(n, one), self.index(n)),
            3 => format!("(ref {} {} {})", self.matrix(rows, columns, one), self.index(rows), self.index(columns)),
            4 | 5 => format!("(dot {} {})", self.vector(n, half), self.vector(n, half)),
            6 => format!("(vsum {})", self.vector(n, one)),
            7 => format!("(vsum {})", self.matrix(rows, columns, one)),
            8 => format!("(norm (+ 1.5 (vmap tanh {})))", self.vector(n, one)),
            9 => format!("(trace {})", self.matrix(n, n, one)),
            10 => match self.random.below(3) {
                0 => format!("(det {})", self.matrix(n.min(3), n.min(3), one)),
                1 => format!("(det {})", self.regular(n, one)),
                _ => {
                    let name = self.fresh_name();
                    format!("(let (({name} {})) (det (mat {name} {name})))", self.vector(2, one))
                }
            },
            11 => format!("(logdet {})", self.regular(n, one)),
            12 => {
                let name = self.fresh_name();
                let (v, a) = (self.vector(n, half), self.regular(n, half));
                format!("(let (({name} {v})) (dot {name} (solve {a} {name})))")
            }
            13 | 14 => self.let_vector(n, size),
            15 | 16 => self.let_matrix(rows, columns, size),
            17 => self.rows_by_index(rows, columns, size),
            18 => self.closure_over_matrix(n, size),
            19 => {
                let vectors = self.vectors(2, n, half);
                match self.random.below(4) {
                    0 => format!("(apply + (map vsum {vectors}))"),
                    1 => format!("(fold-left + 0. (map dot {vectors} {}))", self.vectors(1, n, half)),
                    2 => format!("(vsum (reduce + 0 {vectors}))"),
                    _ => format!("(vsum (fold-right + {} {vectors}))", self.vector(n, third)),
                }
            }
            20 => match self.random.below(3) {
                0 => format!("(vlen {})", self.vector(n, one)),
                1 => format!("(rows {})", self.matrix(rows, columns, one)),
                _ => format!("(cols {})", self.matrix(rows, columns, one)),
            },
            _ => {
                let test = match self.random.below(4) {
                    0 => format!("(equal? {} {})", self.vector(n, third), self.vector(n, third)),
                    1 => format!("({} {})", self.random.pick(&["number?", "pair?", "list?"]), self.vector(n, third)),
                    2 => format!("(< (vsum {}) {})", self.vector(n, third), self.leaf()),
                    _ => format!("(memq {} '(1 2))", self.vector(n, third)),
                };
                format!("(if {test} {} {})", self.number(third), self.number(third))
            }
        }
    }

    fn let_vector(&mut self, n: usize, size: usize) -> String {
        let name = self.fresh_name();
        let value = self.vector(n, size / 2);
        let body = self.with(&[(name.clone(), Sort::Vector(n))], |g| g.number(size / 2));
        format!("(let (({name} {value})) {body})")
    }

    /// A procedure that holds on to a vector or a matrix.
    fn closure_over_matrix(&mut self, n: usize, size: usize) -> String {
        let (held, name, formal) = (self.fresh_name(), self.fresh_name(), self.fresh_name());
        let value = self.matrix(n, n, size / 3);
        let argument = self.number(size / 3);
        let inside = [(held.clone(), Sort::Matrix(n, n)), (formal.clone(), Sort::Number)];
        let (body, heavy) = self.weighed(|g| g.with(&inside, |g| g.tame(size / 3)));
        let made = format!("(let (({held} {value})) (lambda ({formal}) (+ {body} (* {formal} (trace {held})))))");
        let again = self.with(&[(name.clone(), Sort::Procedure { arity: 1, heavy })], |g| g.number(size / 3));
        format!("(let (({name} {made})) (+ ({name} {argument}) {again}))")
    }

    /// A vector of `n` numbers.
    pub fn vector(&mut self, n: usize, size: usize) -> String {
        let (one, half, third) = (size.saturating_sub(1), size / 2, size / 3);
        if (size <= 2 || self.random.below(3) == 0)
            && let Some(name) = self.variable(|sort| sort == Sort::Vector(n))
        {
            return name;
        }
        if size <= 2 {
            return match self.random.below(8) {
                0 => format!("({} {n})", self.random.pick(&["zeros", "ones"])),
                _ => format!("[{}]", self.repeated(n, |g| g.leaf())),
            };
        }
        match self.random.below(26) {
            0..4 => format!("[{}]", self.repeated(n, |g| g.number(one / n))),
            4 => format!("(vec {})", self.repeated(n, |g| g.tame(one / n))),
            5 | 6 => format!(
                "({} {} {})",
                self.random.pick(&["+", "-", "*"]),
                self.vector(n, half),
                self.tame_vector(n, half)
            ),
            7 => format!("(/ {} (+ 1.5 (vmap tanh {})))", self.vector(n, half), self.vector(n, half)),
            8 => match self.random.below(5) {
                0 => format!("(- {})", self.vector(n, one)),
                1 => format!("(/ 1 (+ 1.5 (vmap tanh {})))", self.vector(n, one)),
                2 => format!("(- {} {})", self.leaf(), self.vector(n, one)),
                3 => format!("(/ {} {})", self.vector(n, one), self.random.pick(&["2", "4.", "-1.5"])),
                _ => format!("(+ {} {} {})", self.vector(n, third), self.number(third), self.vector(n, third)),
            },
            9 => format!("(* {} {})", self.number(half), self.tame_vector(n, half)),
            10 => format!("(scale {} {})", self.tame(half), self.vector(n, half)),
            11 | 12 => {
                let columns = self.length();
                format!("(matvec {} {})", self.tame_matrix(n, columns, half), self.vector(columns, half))
            }
            13 => {
                let rows = self.length();
                format!("(ref {} {})", self.matrix(rows, n, one), self.index(rows))
            }
            14 => format!("(normalize (+ 1.5 (vmap tanh {})))", self.vector(n, one)),
            15 if n == 3 => format!("(cross {} {})", self.vector(n, half), self.tame_vector(n, half)),
            15 | 16 => format!("(solve {} {})", self.regular(n, half), self.vector(n, half)),
            17 => format!("(vmap {} {})", self.function(half), self.vector(n, half)),
            18 => format!("(vmap {} {} {})", self.operation(third), self.vector(n, third), self.vector(n, third)),
            19 => match self.half() {
                true => format!("(if {} {} {})", self.bool(third), self.vector(n, third), self.vector(n, third)),
                false => {
                    format!("(soft-if {} {} {})", self.number(third), self.vector(n, third), self.vector(n, third))
                }
            },
            20 => match self.random.below(3) {
                0 => format!("(fold-left + (zeros {n}) {})", self.vectors(0, n, one)),
                1 => format!("(apply + {})", self.vectors(1, n, one)),
                _ => format!("(reduce - 0 {})", self.vectors(1, n, one)),
            },
            21 => match self.half() {
                true => format!("(car {})", self.vectors(1, n, one)),
                false => format!("(list-ref {} (modulo {} 2))", self.vectors(2, n, half), self.small_int()),
            },
            22 => match self.half() {
                true => format!("(apply vec (list {}))", self.repeated(n, |g| g.number(one / n))),
                false => {
                    format!(
                        "(apply vec (map {} (list {})))",
                        self.function(half),
                        self.repeated(n, |g| g.number(half / n))
                    )
                }
            },
            23 | 24 => self.vector_loop(n, size),
            _ => match self.variable(|sort| sort == Sort::Transform(n)) {
                Some(name) => format!("({name} {})", self.vector(n, one)),
                None => {
                    let formal = self.fresh_name();
                    let value = self.vector(n, half);
                    let body = self.with(&[(formal.clone(), Sort::Vector(n))], |g| g.vector(n, half));
                    format!("((lambda ({formal}) {body}) {value})")
                }
            },
        }
    }

    /// A vector whose elements lie between -1 and 1.
    pub fn tame_vector(&mut self, n: usize, size: usize) -> String {
        match self.random.below(3) {
            0 => format!("(vmap tanh {})", self.vector(n, size.saturating_sub(1))),
            1 => format!("[{}]", self.repeated(n, |g| g.tame(size / n))),
            _ => format!("(vmap sin {})", self.vector(n, size.saturating_sub(1))),
        }
    }

    /// A list of at least `least` vectors of `n` numbers.
    pub fn vectors(&mut self, least: usize, n: usize, size: usize) -> String {
        let fits = |sort| matches!(sort, Sort::Vectors(count, length) if count >= least && length == n);
        if self.half()
            && let Some(name) = self.variable(fits)
        {
            return name;
        }
        let (count, half) = (least.max(1) + self.random.below(2), size / 2);
        match self.random.below(6) {
            0 if size > 3 => format!("(cons {} {})", self.vector(n, half), self.vectors(least, n, half)),
            1 if size > 3 => format!("(map {} {})", self.random.pick(&["-", "normalize"]), {
                let away = self.repeated(count, |g| format!("(+ 2. (vmap sin {}))", g.vector(n, half / count)));
                format!("(list {away})")
            }),
            2 if size > 3 => format!("(map * {} {})", self.vectors(least, n, half), {
                let tame = self.repeated(least.max(2), |g| g.tame(half / 2));
                format!("(list {tame})")
            }),
            _ => format!("(list {})", self.repeated(count, |g| g.vector(n, size / count))),
        }
    }

    /// A loop of a few rounds that carries a vector.
    fn vector_loop(&mut self, n: usize, size: usize) -> String {
        if self.loops > 1 {
            return self.tame_vector(n, size);
        }
        let (again, counter, carried) = (self.fresh_name(), self.fresh_name(), self.fresh_name());
        let (rounds, start) = (self.random.between(1, 4), self.vector(n, size / 3));
        let inside = [(counter.clone(), Sort::Int), (carried.clone(), Sort::Vector(n))];
        let step = self.looping(&inside, |g| g.tame_vector(n, size / 2));
        let bindings = format!("(({counter} {rounds}) ({carried} {start}))");
        let exit = format!("(= {counter} 0) {carried}");
        match self.random.below(4) {
            0 => format!("(let {again} {bindings} (if {exit} ({again} (- {counter} 1) {step})))"),
            1 => format!("(let {again} {bindings} (if {exit} (+ {step} ({again} (- {counter} 1) {carried}))))"),
            2 => format!("(loop {bindings} (if {exit} (recur (- {counter} 1) (+ (scale 0.5 {carried}) {step}))))"),
            _ => format!("(do (({counter} {rounds} (- {counter} 1)) ({carried} {start} {step})) ({exit}))"),
        }
    }

    /// So many phrases with blanks between them.
    pub fn repeated(&mut self, count: usize, mut make: impl FnMut(&mut Self) -> String) -> String {
        (0..count).map(|_| make(self)).collect::<Vec<_>>().join(" ")
    }
}
