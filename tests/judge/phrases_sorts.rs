//! Phrases of random programs that are no Floats: Ints, booleans, lists and what else there is.

use super::generate::{Generator, Sort};

impl Generator {
    /// An Int of 0 or more that is cheap to make.
    pub fn small_int(&mut self) -> String {
        match self.random.below(3) {
            0 => self.variable(|sort| sort == Sort::Int).unwrap_or_else(|| "1".into()),
            1 => format!("(exact (floor (+ 1.5 {})))", self.tame(2)),
            _ => self.random.between(0, 3).to_string(),
        }
    }

    pub fn int(&mut self, size: usize) -> String {
        let (one, half) = (size.saturating_sub(1), size / 2);
        if size <= 1 {
            return self.small_int();
        }
        match self.random.below(10) {
            0 | 1 => {
                let name = *self.random.pick(&["+", "-", "*", "min", "max"]);
                format!("({name} {} {})", self.int(half), self.int(half))
            }
            2 | 3 => {
                let name = *self.random.pick(&["quotient", "remainder", "modulo"]);
                format!("({name} {} {})", self.int(one), self.random.pick(&["3", "-2", "7", "2"]))
            }
            4 => format!("(length {})", self.list(0, one)),
            5 => {
                let name = *self.random.pick(&["floor", "round", "ceiling", "truncate"]);
                format!("(exact ({name} (* 3. {})))", self.tame(one))
            }
            6 => format!("(abs {})", self.int(one)),
            7 => format!("(expt 2 (modulo {} 5))", self.small_int()),
            8 => format!("(if {} {} {})", self.bool(half), self.int(half), self.int(half)),
            _ => self.small_int(),
        }
    }

    pub fn bool(&mut self, size: usize) -> String {
        let (one, half) = (size.saturating_sub(1), size / 2);
        if size <= 1 {
            return self
                .variable(|sort| sort == Sort::Bool)
                .unwrap_or_else(|| format!("(< {} {})", self.leaf(), self.leaf()));
        }
        match self.random.below(14) {
            0..4 => {
                let name = *self.random.pick(&["<", ">", "<=", ">="]);
                format!("({name} {} {})", self.number(half), self.number(half))
            }
            4 => format!("(< {} {} {})", self.number(half), self.number(half), self.number(half)),
            5 => format!("(= {} {})", self.int(half), self.int(half)),
            6 => format!("({} {})", self.random.pick(&["zero?", "even?", "odd?", "positive?"]), self.int(one)),
            7 => format!("(and {} {})", self.bool(half), self.bool(half)),
            8 => format!("(or {} {})", self.bool(half), self.bool(half)),
            9 => format!("(not {})", self.bool(one)),
            10 => format!("({} {})", self.random.pick(&["null?", "pair?"]), self.list(0, one)),
            11 => format!("(memv {} '(0 2 3))", self.int(one)),
            12 => (*self.random.pick(&[
                "(eq? 'a 'a)",
                "(equal? '(1 (2. #t)) '(1 (2. #t)))",
                "(eqv? 1 1.)",
                "(char? #\\a)",
                "(eqv? #\\a #\\b)",
                "(string=? \"ab\" \"ab\")",
                "(equal? \"a\" \"b\")",
                "(symbol? 'x)",
                "(procedure? sin)",
                "(boolean? #f)",
                "(number? 'x)",
                "(integer? 2.)",
                "(eqv? +nan.0 +nan.0)",
                "(equal? 0. -0.)",
            ]))
            .to_string(),
            _ => format!("({} {})", self.random.pick(&["negative?", "positive?"]), self.number(one)),
        }
    }

    /// A list of at least `least` numbers.
    pub fn list(&mut self, least: usize, size: usize) -> String {
        let (one, half) = (size.saturating_sub(1), size / 2);
        if (size <= 2 || self.random.below(3) == 0)
            && let Some(name) = self.variable(|sort| matches!(sort, Sort::List(length) if length >= least))
        {
            return name;
        }
        if size <= 2 {
            if least < 4 && self.half() {
                return "'(1 -0.5 2.25)".into();
            }
            let count = least + self.random.below(3);
            return format!("(list{})", (0..count).map(|_| format!(" {}", self.leaf())).collect::<String>());
        }
        match self.random.below(12) {
            0..3 => {
                let count = least + self.random.below(3);
                let items: String = (0..count).map(|_| format!(" {}", self.number(one / count.max(1)))).collect();
                format!("(list{items})")
            }
            3 | 4 => format!("(map {} {})", self.function(half), self.list(least, half)),
            5 => format!("(map {} {} {})", self.operation(half), self.list(least, half), self.list(least, half)),
            6 => format!("(cons {} {})", self.number(half), self.list(least.saturating_sub(1), half)),
            7 => format!("(append {} {})", self.list(least, half), self.list(0, half)),
            8 => format!("({} {})", self.random.pick(&["cdr", "reverse"]), self.list(least + 1, one)),
            9 if least == 0 => {
                let name = self.fresh_name();
                let test = self.looping(&[(name.clone(), Sort::Number)], |g| g.bool(half));
                format!("(filter (lambda ({name}) {test}) {})", self.list(0, half))
            }
            10 => format!("`({} ,{} ,@{})", self.float(), self.number(half), self.list(least.saturating_sub(2), half)),
            _ => format!("(if {} {} {})", self.bool(half), self.list(least, half), self.list(least, half)),
        }
    }

    /// A value that is neither a number, nor a boolean, nor a list of numbers.
    pub fn oddity(&mut self, size: usize) -> String {
        match self.random.below(6) {
            0 => self.lambda(1, size),
            1 => format!("(if {} #\\a #\\newline)", self.bool(size)),
            2 => format!("(list 'p \"q\" #t {} car)", self.number(size)),
            3 => format!("(cons {} 'end)", self.number(size)),
            4 => format!("(when {} 'yes)", self.bool(size)),
            _ => format!("`(k . ,{})", self.number(size)),
        }
    }
}
