//! Phrases of random programs that loop, recur, or bind procedures with bodies.

use super::generate::{Generator, Sort};

impl Generator {
    /// A loop of a few rounds that carries a number: a named let (in tail position or not), `do`, or `loop`.
    pub fn iteration(&mut self, size: usize) -> String {
        if self.loops > 1 {
            return self.tame(size);
        }
        let (again, counter, total) = (self.fresh_name(), self.fresh_name(), self.fresh_name());
        let (rounds, start) = (self.random.between(1, 6), self.number(size / 3));
        let inside = [(counter.clone(), Sort::Int), (total.clone(), Sort::Number)];
        let (step, exit) = self.looping(&inside, |g| (g.tame(size / 2), g.bool(size / 4)));
        let exit = match self.random.below(3) {
            0 => format!("(or (= {counter} 0) {exit})"),
            _ => format!("(= {counter} 0)"),
        };
        let step = match self.half() {
            true => format!("(+ (* 0.5 {total}) {step})"),
            false => step,
        };
        let bindings = format!("(({counter} {rounds}) ({total} {start}))");
        match self.random.below(4) {
            0 => format!("(let {again} {bindings} (if {exit} {total} ({again} (- {counter} 1) {step})))"),
            1 => format!("(let {again} {bindings} (if {exit} {total} (+ {step} ({again} (- {counter} 1) {total}))))"),
            2 => format!("(loop {bindings} (if {exit} {total} (recur (- {counter} 1) {step})))"),
            _ => format!("(do (({counter} {rounds} (- {counter} 1)) ({total} {start} {step})) ({exit} {total}))"),
        }
    }

    pub fn mutual_recursion(&mut self, size: usize) -> String {
        if self.loops > 1 {
            return self.tame(size);
        }
        let (ping, pong, counter, total) = (self.fresh_name(), self.fresh_name(), self.fresh_name(), self.fresh_name());
        let inside = [(counter.clone(), Sort::Int), (total.clone(), Sort::Number)];
        let (first, second) = self.looping(&inside, |g| (g.tame(size / 3), g.tame(size / 3)));
        let body = |other: &str, step: &str| {
            format!("(lambda ({counter} {total}) (if (<= {counter} 0) {total} ({other} (- {counter} 1) {step})))")
        };
        let (start, rounds) = (self.number(size / 4), self.random.between(1, 6));
        let bindings = format!("(({ping} {}) ({pong} {}))", body(&pong, &first), body(&ping, &second));
        format!("(letrec {bindings} ({ping} {rounds} {start}))")
    }

    /// A body with definitions of its own.
    pub fn internal_definitions(&mut self, size: usize) -> String {
        let (number, procedure) = (self.fresh_name(), self.fresh_name());
        let value = self.number(size / 3);
        let inside = [(number.clone(), Sort::Number)];
        let (lambda, heavy) = self.weighed(|g| g.with(&inside, |g| g.lambda(1, size / 3)));
        let inside = [(number.clone(), Sort::Number), (procedure.clone(), Sort::Procedure { arity: 1, heavy })];
        let body = self.with(&inside, |g| g.number(size / 2));
        format!("(let () (define {number} {value}) (define {procedure} {lambda}) {body})")
    }

    /// A procedure with a rest list, applied.
    pub fn variadic(&mut self, size: usize) -> String {
        let (head, rest) = (self.fresh_name(), self.fresh_name());
        let operands: Vec<String> = (0..self.random.between(1, 4)).map(|_| self.number(size / 5)).collect();
        if self.half() {
            let inside = [(rest.clone(), Sort::List(1))];
            let body = self.with(&inside, |g| g.number(size / 2));
            return format!("((lambda {rest} {body}) {})", operands.join(" "));
        }
        let inside = [(head.clone(), Sort::Number), (rest.clone(), Sort::List(0))];
        let body = self.with(&inside, |g| g.number(size / 2));
        format!("((lambda ({head} . {rest}) {body}) {})", operands.join(" "))
    }

    /// A recursion down a list, each element used once.
    pub fn structural_recursion(&mut self, size: usize) -> String {
        let (walk, list, item) = (self.fresh_name(), self.fresh_name(), self.fresh_name());
        let inside = [(list.clone(), Sort::List(1)), (item.clone(), Sort::Number)];
        let (step, end) = self.looping(&inside, |g| (g.tame(size / 3), g.leaf_outside(&item, &list)));
        let start = self.list(0, size / 3);
        let name = *self.random.pick(&["+", "max", "-"]);
        let body = format!("(let (({item} (car {list}))) ({name} {step} ({walk} (cdr {list}))))");
        format!("(letrec (({walk} (lambda ({list}) (if (null? {list}) {end} {body})))) ({walk} {start}))")
    }

    /// A literal or an input: what may stand where `hidden` variables have no value.
    pub fn leaf_outside(&mut self, item: &str, list: &str) -> String {
        let leaf = self.input().filter(|name| name != item && name != list);
        leaf.unwrap_or_else(|| self.float())
    }
}
