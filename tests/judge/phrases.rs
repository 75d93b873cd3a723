//! The phrases that random programs are made of. Each method makes one expression of about `size` nodes.

use super::generate::{Generator, Sort};
use super::phrases_vectors;

/// A mistake where a number is wanted.
const FAULTS: [&str; 18] = [
    "(car 5)",
    "(car '())",
    "(let () (define (u) w) (define w (u)) w)",
    "(let () (define u (+ 1. w)) (define w 2.) u)",
    "(quotient 7 (- 2 2))",
    "(modulo 3 0)",
    "(/ 4 (* 0 3))",
    "((lambda (t) t) 1. 2.)",
    "((lambda (s . t) s))",
    "(cons 1.)",
    "(error \"bad\" 1. 'thing)",
    "(list-ref (list 1. 2.) 2)",
    "((car (list 1. 2.)) 3.)",
    "(exact 2.5)",
    "(length (map car (list 1. 2.)))",
    "(length 5.)",
    "(fold-left + 0. (list 1. 'b))",
    "(* 2. (quote c))",
];

impl Generator {
    pub fn half(&mut self) -> bool {
        self.random.below(2) == 0
    }

    /// A number that is neither far from 0 nor, where it matters, depends wildly on what is inside.
    pub fn tame(&mut self, size: usize) -> String {
        let name = *self.random.pick(&["sin", "tanh", "sin"]);
        format!("({name} {})", self.number(size.saturating_sub(1)))
    }

    pub fn float(&mut self) -> String {
        match self.random.below(4) {
            0 => (*self.random.pick(&["0.1", "2.", ".5", "-1.25", "1e-1", "+0.75", "3.5e-1", "-.3"])).to_string(),
            _ => format!("{:?}", self.random.between(0, 48) as f64 / 8.0 - 3.0),
        }
    }

    pub fn leaf(&mut self) -> String {
        let found = match self.random.below(8) {
            0 => Some(format!("{}", self.random.between(0, 8) as i32 - 3)),
            1 => Some(self.float()),
            2..5 => self.input(),
            _ => self.variable(|sort| matches!(sort, Sort::Number | Sort::Int)),
        };
        match found.or_else(|| self.input()) {
            Some(leaf) => leaf,
            None if self.random.below(4) == 0 => format!("(param {})", self.float()),
            None => self.float(),
        }
    }

    pub fn number(&mut self, size: usize) -> String {
        if self.has_fault && self.random.below(6) == 0 {
            self.has_fault = false;
            if self.has_vectors && self.random.below(4) != 0 {
                return (*self.random.pick(&phrases_vectors::FAULTS)).to_string();
            }
            return (*self.random.pick(&FAULTS)).to_string();
        }
        if size <= 1 {
            return self.leaf();
        }
        let (one, half, third) = (size - 1, size / 2, size / 3);
        if self.has_vectors && size > 2 && self.random.below(5) < 2 {
            return self.number_of_vectors(size);
        }
        if self.random.below(5) == 0
            && let Some(name) = self.procedure(1)
        {
            return format!("({name} {})", self.number(one));
        }
        match self.random.below(if size < 5 { 7 } else { 37 }) {
            0 => {
                let name = *self.random.pick(&["sin", "cos", "tanh", "atan", "sigmoid", "erf", "abs", "-", "inexact"]);
                format!("({name} {})", self.number(one))
            }
            1 | 2 => {
                let name = *self.random.pick(&["+", "-", "*", "min", "max"]);
                format!("({name} {} {})", self.number(half), self.tame(half))
            }
            3 => {
                let name = *self.random.pick(&["+", "-", "min", "max"]);
                format!("({name} {} {} {})", self.number(third), self.number(third), self.number(third))
            }
            4 => {
                let inside = self.tame(one);
                let positive = format!("(+ 0.75 (square {inside}))");
                match self.random.below(6) {
                    0 => format!("(exp {inside})"),
                    1 => format!("(log {positive})"),
                    2 => format!("(sqrt {positive})"),
                    3 => format!("(lgamma {positive})"),
                    4 => format!("(expt {inside} {})", self.random.between(1, 3)),
                    _ => format!("({} {positive} 1.5)", self.random.pick(&["pow", "expt", "atan", "log"])),
                }
            }
            5 => {
                let name = *self.random.pick(&["/", "atan", "pow"]);
                let (first, second) = (self.number(half), self.tame(half));
                match name {
                    "pow" => format!("(pow (+ 1. (abs (sin {first}))) {second})"),
                    _ => format!("({name} {first} (+ 1.5 {second}))"),
                }
            }
            6 => match self.random.below(4) {
                0 => format!("(floor (* 2. {}))", self.tame(one)),
                1 => format!("(round {})", self.number(one)),
                2 => format!("(modulo {} 2.)", self.number(one)),
                _ => format!("(param {})", self.float()),
            },
            7..10 => format!("(if {} {} {})", self.bool(third), self.number(third), self.number(third)),
            10 => format!(
                "(cond ({} {}) ({} {}) (else {}))",
                self.bool(third),
                self.number(third),
                self.bool(third),
                self.number(third),
                self.number(third)
            ),
            11 => format!(
                "(case (modulo {} 3) ((0) {}) ((1 5) {}) (else {}))",
                self.int(third),
                self.number(third),
                self.number(third),
                self.number(third)
            ),
            12 | 13 => self.let_numbers(size),
            14 => {
                let names = self.names(2);
                let first = self.number(third);
                let inside = [(names[0].clone(), Sort::Number)];
                let second = self.with(&inside, |g| g.number(third));
                let inside = [(names[0].clone(), Sort::Number), (names[1].clone(), Sort::Number)];
                let body = self.with(&inside, |g| g.number(third));
                format!("(let* (({} {first}) ({} {second})) {body})", names[0], names[1])
            }
            15 => {
                let name = self.names(1).remove(0);
                let list = self.list(2, half);
                let body = self.with(&[(name.clone(), Sort::List(2))], |g| g.number(half));
                format!("(let (({name} {list})) {body})")
            }
            16 => self.let_procedure(size),
            17 | 18 => self.call(size),
            19 => format!("(fold-left {} {} {})", self.operation(third), self.number(third), self.list(0, third)),
            20 => format!("(fold-right {} {} {})", self.operation(third), self.number(third), self.list(0, third)),
            21 => format!("(reduce {} {} {})", self.operation(third), self.leaf(), self.list(0, half)),
            22 => match self.half() {
                true => format!("(apply {} {})", self.random.pick(&["max", "+", "min"]), self.list(1, one)),
                false => format!("(apply + {} {} {})", self.number(third), self.number(third), self.list(0, third)),
            },
            23 => match self.random.below(3) {
                0 => format!("(list-ref {} (modulo {} 2))", self.list(2, half), self.small_int()),
                1 => format!("({} {})", self.random.pick(&["car", "cadr"]), self.list(2, one)),
                _ => format!("(car (reverse {}))", self.list(1, one)),
            },
            24 | 25 => self.iteration(size),
            26 => self.mutual_recursion(size),
            27 => self.internal_definitions(size),
            28 => self.variadic(size),
            29 => match self.half() {
                true => format!("(soft-if {} {} {})", self.number(third), self.number(third), self.number(third)),
                false => format!(
                    "(soft-choice ({} {}) ({} {}))",
                    self.number(third),
                    self.number(third),
                    self.number(third),
                    self.number(third)
                ),
            },
            30 => {
                let (first, second) = (self.number(half), self.number(half));
                match self.random.below(3) {
                    0 => format!("(cdr (assq 'q (list (cons 'p {first}) (cons 'q {second}))))"),
                    1 => format!("(cdr (assoc \"k\" (list (cons \"k\" {first}) (cons \"l\" {second}))))"),
                    _ => format!("(cond ((assv {} '((0 . 1.5) (1 . -2))) => cdr) (else {first}))", self.small_int()),
                }
            }
            31 => format!("(cadr `(,{} ,@(list {}) 1.5))", self.number(half), self.number(half)),
            32 => self.int(one),
            33 => self.structural_recursion(size),
            34 => {
                let name = self.fresh_name();
                format!(
                    "(fold-left + 0 (map (lambda ({name}) ({name} {})) (list {} {} cos)))",
                    self.leaf(),
                    self.function(half),
                    self.function(half)
                )
            }
            35 => {
                let name = self.fresh_name();
                let (test, first, second) = (self.bool(third), self.number(third), self.number(third));
                format!("(let (({name} (and {test} {first}))) (or {name} {second}))")
            }
            _ => format!("(begin (for-each {} {}) {})", self.function(third), self.list(0, third), self.number(third)),
        }
    }

    pub fn let_numbers(&mut self, size: usize) -> String {
        let count = self.random.between(1, 3);
        let names = self.names(count);
        let share = size / (count + 1);
        let bindings: Vec<String> = names.iter().map(|name| format!("({name} {})", self.number(share))).collect();
        let variables: Vec<_> = names.iter().map(|name| (name.clone(), Sort::Number)).collect();
        let body = self.with(&variables, |g| g.number(share));
        format!("(let ({}) {body})", bindings.join(" "))
    }

    /// A local procedure, sometimes under the name of a primitive of the same shape.
    pub fn let_procedure(&mut self, size: usize) -> String {
        let arity = self.random.between(1, 2);
        let name = match self.random.below(3) {
            0 if arity == 1 => (*self.random.pick(&["cos", "erf", "sigmoid"])).to_string(),
            _ => self.fresh_name(),
        };
        let (lambda, heavy) = self.weighed(|g| g.lambda(arity, size / 2));
        let body = self.with(&[(name.clone(), Sort::Procedure { arity, heavy })], |g| g.number(size / 2));
        format!("(let (({name} {lambda})) {body})")
    }

    /// A `lambda` from so many numbers to a tame number.
    pub fn lambda(&mut self, arity: usize, size: usize) -> String {
        let names = self.names(arity);
        let variables: Vec<_> = names.iter().map(|name| (name.clone(), Sort::Number)).collect();
        let body = self.with(&variables, |g| g.tame(size.max(2)));
        format!("(lambda ({}) {body})", names.join(" "))
    }

    pub fn call(&mut self, size: usize) -> String {
        let arity = self.random.between(1, 2);
        let operator = match self.procedure(arity) {
            Some(name) => name,
            None => self.lambda(arity, size / 2),
        };
        let operands: Vec<String> = (0..arity).map(|_| self.number(size / 3)).collect();
        format!("({operator} {})", operands.join(" "))
    }

    /// A procedure of one number.
    pub fn function(&mut self, size: usize) -> String {
        match self.random.below(5) {
            0 => (*self.random.pick(&["sin", "cos", "tanh", "abs", "atan", "floor", "-"])).to_string(),
            1 => self.procedure(1).unwrap_or_else(|| "sin".into()),
            2 => {
                let name = self.fresh_name();
                let start = self.number(size / 3);
                let lambda = self.with(&[(name.clone(), Sort::Number)], |g| g.lambda(1, size / 2));
                format!("((lambda ({name}) {lambda}) {start})")
            }
            _ => self.looping(&[], |g| g.lambda(1, size)),
        }
    }

    /// A procedure of two numbers.
    pub fn operation(&mut self, size: usize) -> String {
        match self.random.below(4) {
            0 => (*self.random.pick(&["+", "*", "max", "-", "min"])).to_string(),
            1 => self.procedure(2).unwrap_or_else(|| "+".into()),
            _ => self.looping(&[], |g| g.lambda(2, size)),
        }
    }
}
