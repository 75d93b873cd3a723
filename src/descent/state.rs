//! How far a descent is: one word a number, so that a device has it as one buffer and a checkpoint is a copy of it.

use super::adam::Window;
use super::pair::{self, Pair};
use super::problem::{Problem, Start};

/// Why a start went no further, if it did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Halt {
    /// It is under way.
    Going,
    /// Its loss no longer fell.
    Level,
    /// The steps are used up.
    Steps,
    /// Its loss or a derivative was not finite.
    Failed,
}

impl Halt {
    /// Every one, in order.
    pub const ALL: [Halt; 4] = [Halt::Going, Halt::Level, Halt::Steps, Halt::Failed];
}

/// Words of a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Word {
    /// A [`Halt`].
    Halt,
    /// Steps made.
    Steps,
    /// How much of the slopes' means is slopes; see [`super::adam::known`].
    MeanKnown,
    SquareKnown,
    /// The least loss so far.
    BestHigh,
    BestLow,
    /// The [`Window`] before the one under way, and that one.
    BeforeLeast,
    BeforeMean,
    Least,
    Mean,
}

impl Word {
    /// Every one, in order.
    pub const ALL: [Word; 10] = [
        Word::Halt,
        Word::Steps,
        Word::MeanKnown,
        Word::SquareKnown,
        Word::BestHigh,
        Word::BestLow,
        Word::BeforeLeast,
        Word::BeforeMean,
        Word::Least,
        Word::Mean,
    ];
}

/// Words of a start's parameter, behind those of the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Own {
    /// The point; the model sees `High`.
    High,
    Low,
    /// Of the slopes.
    Mean,
    Root,
    /// Where the loss was least.
    BestHigh,
    BestLow,
    /// The last slope.
    Slope,
}

impl Own {
    /// Every one, in order.
    pub const ALL: [Own; 7] = [Own::High, Own::Low, Own::Mean, Own::Root, Own::BestHigh, Own::BestLow, Own::Slope];
}

/// All that a descent knows between two steps: a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    starts: usize,
    /// `[word][start]`: [`Word`]s, then for each parameter [`Own`]s.
    words: Vec<u32>,
}

impl State {
    /// Every start where it begins, `starts[start * free + parameter]`.
    pub fn begin(starts: &[Start], free: usize) -> State {
        let number = starts.len() / free;
        let mut state = State { starts: number, words: vec![0; State::rows(free) * number] };
        for start in 0..number {
            state.set_pair([Word::BestHigh, Word::BestLow], start, [f32::INFINITY, 0.0]);
            state.set_windows(start, [Window::above(), Window::empty()]);
            for parameter in 0..free {
                let begin = pair::split(starts[start * free + parameter].begin);
                state.set_own_pair([Own::High, Own::Low], parameter, start, begin);
                state.set_own_pair([Own::BestHigh, Own::BestLow], parameter, start, begin);
            }
        }
        state
    }

    /// What a device left.
    ///
    /// # Errors
    /// As many words as came, where these are not a state of the problem.
    pub fn from_words(problem: &Problem, words: Vec<u32>) -> Result<State, usize> {
        let starts = problem.starts();
        if words.len() == State::rows(problem.free()) * starts { Ok(State { starts, words }) } else { Err(words.len()) }
    }

    /// Words of a start with so many free parameters.
    pub fn rows(free: usize) -> usize {
        Word::ALL.len() + free * Own::ALL.len()
    }

    /// `[word][start]`.
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// Starts.
    pub fn starts(&self) -> usize {
        self.starts
    }

    /// Why a start went no further.
    pub fn halt(&self, start: usize) -> Halt {
        let word = self.word(Word::Halt, start);
        // What is none of them was not written by anyone who has a result.
        Halt::ALL.into_iter().find(|&halt| halt as u32 == word).unwrap_or(Halt::Failed)
    }

    /// Steps that a start made.
    pub fn steps(&self, start: usize) -> u32 {
        self.word(Word::Steps, start)
    }

    /// Starts that are under way.
    pub fn going(&self) -> usize {
        (0..self.starts).filter(|&start| self.halt(start) == Halt::Going).count()
    }

    /// A start's least loss so far, in the unit of [`super::Measured`]; infinite where it had none.
    pub fn best(&self, start: usize) -> Pair<f32> {
        self.pair([Word::BestHigh, Word::BestLow], start)
    }

    /// A parameter where a start is.
    pub fn point(&self, parameter: usize, start: usize) -> f64 {
        pair::whole(self.own_pair([Own::High, Own::Low], parameter, start))
    }

    /// A parameter at a start's least loss; where it began if it had none.
    pub fn best_at(&self, parameter: usize, start: usize) -> f64 {
        pair::whole(self.own_pair([Own::BestHigh, Own::BestLow], parameter, start))
    }

    pub(super) fn word(&self, word: Word, start: usize) -> u32 {
        self.words[word as usize * self.starts + start]
    }

    pub(super) fn set_word(&mut self, word: Word, start: usize, value: u32) {
        self.words[word as usize * self.starts + start] = value;
    }

    pub(super) fn number(&self, word: Word, start: usize) -> f32 {
        f32::from_bits(self.word(word, start))
    }

    pub(super) fn set(&mut self, word: Word, start: usize, value: f32) {
        self.set_word(word, start, value.to_bits());
    }

    fn place(&self, own: Own, parameter: usize, start: usize) -> usize {
        (Word::ALL.len() + parameter * Own::ALL.len() + own as usize) * self.starts + start
    }

    pub(super) fn own(&self, own: Own, parameter: usize, start: usize) -> f32 {
        f32::from_bits(self.words[self.place(own, parameter, start)])
    }

    pub(super) fn set_own(&mut self, own: Own, parameter: usize, start: usize, value: f32) {
        let place = self.place(own, parameter, start);
        self.words[place] = value.to_bits();
    }

    fn pair(&self, words: [Word; 2], start: usize) -> Pair<f32> {
        words.map(|word| self.number(word, start))
    }

    pub(super) fn set_pair(&mut self, words: [Word; 2], start: usize, pair: Pair<f32>) {
        words.into_iter().zip(pair).for_each(|(word, value)| self.set(word, start, value));
    }

    pub(super) fn own_pair(&self, words: [Own; 2], parameter: usize, start: usize) -> Pair<f32> {
        words.map(|word| self.own(word, parameter, start))
    }

    pub(super) fn set_own_pair(&mut self, words: [Own; 2], parameter: usize, start: usize, pair: Pair<f32>) {
        words.into_iter().zip(pair).for_each(|(word, value)| self.set_own(word, parameter, start, value));
    }

    pub(super) fn windows(&self, start: usize) -> [Window<f32>; 2] {
        let at = |word| self.number(word, start);
        [
            Window { least: at(Word::BeforeLeast), mean: at(Word::BeforeMean) },
            Window { least: at(Word::Least), mean: at(Word::Mean) },
        ]
    }

    pub(super) fn set_windows(&mut self, start: usize, [before, now]: [Window<f32>; 2]) {
        self.set_pair([Word::BeforeLeast, Word::BeforeMean], start, [before.least, before.mean]);
        self.set_pair([Word::Least, Word::Mean], start, [now.least, now.mean]);
    }
}
