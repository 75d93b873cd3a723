//! Seeded random programs, typed so that they mean something: what is called is a procedure, loops end, numbers stay tame.
//!
//! The same seed gives the same program on every machine. Inputs are multiples of 1/256, so f32 holds them exactly.
//! One program in nine holds a deliberate mistake, which may or may not be reached; one in three uses vectors and matrices.
//! The phrases that programs are made of are in `phrases.rs` and its neighbours.
//!
//! What the programs keep away from: partials that are infinite (roots and logarithms are taken above ½), numbers that
//! grow without bound (what a loop carries goes through `sin` or `tanh`), matrices that are nearly singular, places that the
//! language leaves open (which of two wrong operands is named, identity of strings).

/// A generated program and values for all its inputs, `p1`, `p2`, … of its `param` forms included (at their starts).
#[derive(Clone, Debug)]
pub struct Generated {
    pub text: String,
    pub inputs: Vec<(String, f64)>,
}

/// The program of a seed: mostly small (5 to 40 nodes), some of a few hundred.
pub fn program(seed: u64) -> Generated {
    let generator = Generator {
        random: Random::new(seed),
        scope: Vec::new(),
        inputs: Vec::new(),
        has_fault: false,
        // Drawn beside the program, so that programs without vectors are what they are without the question.
        has_vectors: Random::new(!seed).below(5) < 2,
        loops: 0,
        is_heavy: false,
        fresh: 0,
    };
    generator.program()
}

/// What a variable holds, as far as phrases need to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Int or Float.
    Number,
    Int,
    Bool,
    /// A list of numbers, at least this many.
    List(usize),
    Vector(usize),
    /// So many rows and columns.
    Matrix(usize, usize),
    /// A list of vectors: at least so many, each of this length.
    Vectors(usize, usize),
    /// A procedure from a vector of this length to one of the same length, without loops.
    Transform(usize),
    /// A procedure from so many numbers to a number; heavy: it loops, so loops do not call it.
    Procedure {
        arity: usize,
        heavy: bool,
    },
}

pub struct Generator {
    pub random: Random,
    /// Variables in sight; a later one hides an earlier one of the same name.
    scope: Vec<(String, Sort)>,
    inputs: Vec<(String, f64)>,
    /// A mistake is still to be made.
    pub has_fault: bool,
    /// Phrases with vectors and matrices may be made.
    pub has_vectors: bool,
    /// Loops around the phrase being made.
    pub loops: usize,
    /// The phrase being made has a loop in it.
    pub is_heavy: bool,
    fresh: usize,
}

/// Names of the language that no phrase needs under their usual meaning, the last two without vectors.
const BORROWED: [&str; 10] = ["cdddr", "nan?", "acos", "sinh", "caddar", "string?", "asin", "unless", "dot", "trace"];

impl Generator {
    fn program(mut self) -> Generated {
        let size = match self.random.below(20) {
            0..14 => self.random.between(5, 40),
            14..19 => self.random.between(40, 120),
            _ => self.random.between(120, 300),
        };
        self.has_fault = self.random.below(9) == 0;
        for name in ["a", "b", "x", "y"].iter().take(self.random.between(1, 4)) {
            let value = self.random.between(0, 1024) as f64 / 256.0 - 2.0;
            self.inputs.push(((*name).into(), value));
        }
        let definitions = self.random.below(1 + (size / 8).min(5));
        let share = size / (definitions + 1);
        let mut forms: Vec<String> = (0..definitions).map(|_| self.definition(share)).collect();
        forms.push(match self.random.below(16) {
            _ if self.has_vectors && self.random.below(6) == 0 => self.array(share),
            0 => self.list(0, share),
            1 => self.bool(share),
            2 => self.oddity(share),
            _ => self.number(share),
        });
        let text = self.broken_into_lines(&forms.join("\n"));
        let mut inputs = self.inputs;
        let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || "()[]'`,@".contains(c)).collect();
        inputs.retain(|(name, _)| words.contains(&name.as_str()));
        for (index, start) in text.split("(param").skip(1).enumerate() {
            let literal = start.trim_start().split(')').next().unwrap_or_default();
            inputs.push((format!("p{}", index + 1), literal.parse().expect("the start of a param is a literal")));
        }
        Generated { text, inputs }
    }

    /// Some blanks become line breaks, so that places have lines. (No literal of these programs holds a blank.)
    fn broken_into_lines(&mut self, text: &str) -> String {
        let mut broken = String::new();
        for c in text.chars() {
            if c == ' ' && self.random.below(25) == 0 { broken.push_str("\n  ") } else { broken.push(c) }
        }
        broken
    }

    /// A top-level definition; its variable is in sight from then on.
    pub fn definition(&mut self, size: usize) -> String {
        let name = self.fresh_name();
        if self.has_vectors && self.half() {
            return self.definition_of_array(name, size);
        }
        match self.random.below(5) {
            0 => {
                let value = self.number(size);
                self.scope.push((name.clone(), Sort::Number));
                format!("(define {name} {value})")
            }
            1 => {
                let value = self.list(2, size);
                self.scope.push((name.clone(), Sort::List(2)));
                format!("(define {name} {value})")
            }
            2 => {
                let (maker, captured) = (self.fresh_name(), self.fresh_name());
                let start = self.number(size / 3);
                let inside = [(captured.clone(), Sort::Number)];
                let (lambda, heavy) = self.weighed(|g| g.with(&inside, |g| g.lambda(1, size / 2)));
                self.scope.push((name.clone(), Sort::Procedure { arity: 1, heavy }));
                format!("(define ({maker} {captured}) {lambda})\n(define {name} ({maker} {start}))")
            }
            _ => {
                let arity = self.random.between(1, 2);
                let names = self.names(arity);
                let formals: Vec<_> = names.iter().map(|name| (name.clone(), Sort::Number)).collect();
                let (body, heavy) = self.weighed(|g| g.with(&formals, |g| g.tame(size)));
                self.scope.push((name.clone(), Sort::Procedure { arity, heavy }));
                format!("(define ({name} {}) {body})", names.join(" "))
            }
        }
    }

    /// A phrase, and whether it has a loop in it.
    pub fn weighed(&mut self, make: impl FnOnce(&mut Self) -> String) -> (String, bool) {
        let before = std::mem::replace(&mut self.is_heavy, false);
        let phrase = make(self);
        let heavy = self.is_heavy;
        self.is_heavy |= before;
        (phrase, heavy)
    }

    /// Makes a phrase with more variables in sight.
    pub fn with<T>(&mut self, variables: &[(String, Sort)], make: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.scope.len();
        self.scope.extend_from_slice(variables);
        let phrase = make(self);
        self.scope.truncate(before);
        phrase
    }

    /// Makes the body of a loop.
    pub fn looping<T>(&mut self, variables: &[(String, Sort)], make: impl FnOnce(&mut Self) -> T) -> T {
        self.is_heavy = true;
        self.loops += 1;
        let phrase = self.with(variables, make);
        self.loops -= 1;
        phrase
    }

    /// A name that is used nowhere else.
    pub fn fresh_name(&mut self) -> String {
        self.fresh += 1;
        format!("v{}", self.fresh)
    }

    /// Different names for one binding form; now and then one hides a variable, an input or a name of the language.
    pub fn names(&mut self, count: usize) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for _ in 0..count {
            let name = match self.random.below(10) {
                0 => {
                    let count = BORROWED.len() - if self.has_vectors { 2 } else { 0 };
                    (*self.random.pick(&BORROWED[..count])).to_string()
                }
                1 if !self.scope.is_empty() => {
                    let index = self.random.below(self.scope.len());
                    self.scope[index].0.clone()
                }
                2 => {
                    let index = self.random.below(self.inputs.len());
                    self.inputs[index].0.clone()
                }
                _ => self.fresh_name(),
            };
            names.push(if names.contains(&name) { self.fresh_name() } else { name });
        }
        names
    }

    /// What a question about their sorts says of the variables in sight.
    pub fn sorts<T>(&self, question: impl Fn(Sort) -> Option<T>) -> Vec<T> {
        self.scope.iter().filter_map(|(_, sort)| question(*sort)).collect()
    }

    pub fn push(&mut self, name: String, sort: Sort) {
        self.scope.push((name, sort));
    }

    /// Some variable in sight whose sort is right.
    pub fn variable(&mut self, fits: impl Fn(Sort) -> bool) -> Option<String> {
        let is_visible = |index: usize| !self.scope[index + 1..].iter().any(|(name, _)| *name == self.scope[index].0);
        let fitting: Vec<usize> =
            (0..self.scope.len()).filter(|index| fits(self.scope[*index].1) && is_visible(*index)).collect();
        if fitting.is_empty() {
            return None;
        }
        let index = *self.random.pick(&fitting);
        Some(self.scope[index].0.clone())
    }

    /// A procedure variable that may be called here.
    pub fn procedure(&mut self, arity: usize) -> Option<String> {
        let may_be_heavy = self.loops == 0;
        let fits = |sort| matches!(sort, Sort::Procedure { arity: a, heavy } if a == arity && (may_be_heavy || !heavy));
        let name = self.variable(fits)?;
        let is_heavy =
            |(known, sort): &(String, Sort)| *known == name && matches!(sort, Sort::Procedure { heavy: true, .. });
        self.is_heavy |= self.scope.iter().any(is_heavy);
        Some(name)
    }

    /// An input that no variable hides.
    pub fn input(&mut self) -> Option<String> {
        let index = self.random.below(self.inputs.len());
        let name = self.inputs[index].0.clone();
        if self.scope.iter().any(|(variable, _)| *variable == name) { None } else { Some(name) }
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014).
pub struct Random {
    state: u64,
}

impl Random {
    pub fn new(seed: u64) -> Random {
        Random { state: seed }
    }

    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// From 0 to `bound - 1`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.bits() % bound as u64) as usize
    }

    /// From `low` to `high`, both possible.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    pub fn pick<'t, T>(&mut self, items: &'t [T]) -> &'t T {
        &items[self.below(items.len())]
    }
}
