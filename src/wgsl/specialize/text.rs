//! The text of a kernel with a loop over blocks: its frame from `shaders/`, with every form's [`cases`](super::cases) in it.

use std::fmt::Write;

use crate::op::num::{Num, Word};
use crate::tape::packed::Ended;
use crate::wgsl::specialize::forms::{End, Form, Pace, Source};
use crate::wgsl::specialize::frame::Pushed;
use crate::wgsl::specialize::stepped::{Plans, number_in};
use crate::wgsl::specialize::stretch::{Bar, without_sign_of_zero};
use crate::wgsl::specialize::{
    ENDING_STATES, FORM_BITS, FORM_END, HANDOVER_BITS, NO_WAY, PARAMETERS, SNAPSHOT_STATES, STATES, SUMMARY, number,
};
use crate::wgsl::splice::{constants, splice};
use crate::wgsl::text::{Style, Text, TextMask, TextWord, Ty, Value, block};

const FRAME: &str = include_str!("../../../shaders/specialize.wgsl");
const LOOPS: &str = include_str!("../../../shaders/registers.wgsl");
/// Registers of lanes that have left the common way: how and where, as an unrolled program's endings say it, and the outcome.
pub(super) const LEFT: [&str; 2] = ["left", "answer"];
/// Operations that take as long to compile as a word of an array.
const WORD: usize = 10;
/// And an operation on an element of a matrix, of those that have text for every element.
const ELEMENT: usize = 20;
const COUNT_LEFT: &str = "if any(left != Cell()) {\n    atomicAdd(&summary[SUMMARY_WITHOUT], 1u);\n}\n";
pub(super) const COMPONENTS: [&str; 4] = ["x", "y", "z", "w"];

/// A kernel's text: its entry is `specialized`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub text: String,
    /// Operations of its text: about 0.3 ms of a driver's compile time each.
    pub operations: usize,
    /// What takes a driver as long to compile as so many operations: those, the words of an array (3 ms each on lavapipe), and text for every
    /// element of a matrix.
    pub weight: usize,
    /// Those of each form on the way forward and on the way back, where there is a loop over blocks.
    pub by_form: Vec<[usize; 2]>,
    /// Does a NaN in a gradient ask for the masked kernel?
    pub is_masked: bool,
}

impl Source {
    /// The kernel's text; `barrier` where the device cannot be told to leave float code alone. Masked, an adjoint of 0 sends 0 whatever
    /// the operands are. Without that the kernel is faster and counts the invocations with a NaN in a gradient: if there is none, no
    /// mask would have changed a bit, because what an adjoint of 0 sends is 0 or NaN, and a NaN reaches every sum behind it.
    pub fn written(&self, barrier: bool, is_masked: bool) -> Written {
        let style = if self.lanes() == 1 { Style::SCALAR } else { Style::FOUR };
        let style = if barrier { style.with_barrier() } else { style };
        let mut writer =
            Writer { source: self, style, is_masked, operations: 0, words: 0, elements: 0, by_form: Vec::new() };
        let text = if self.pace == Pace::Unrolled { writer.unrolled() } else { writer.looped() };
        let (operations, weight) =
            (writer.operations, writer.operations + WORD * writer.words + ELEMENT * writer.elements);
        Written { text, operations, weight, by_form: writer.by_form, is_masked }
    }
}

/// A part of the text, a line at a time.
#[derive(Default)]
pub(super) struct Lines(pub String);

impl Lines {
    pub fn add(&mut self, line: impl std::fmt::Display) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{line}");
    }

    /// Statements that a block of text came to.
    pub fn statements(&mut self, text: &str) {
        text.lines().for_each(|line| self.add(line.trim_start()));
    }
}

pub(super) struct Writer<'a> {
    pub source: &'a Source,
    pub style: Style,
    pub is_masked: bool,
    pub operations: usize,
    /// Of the array.
    pub words: usize,
    /// Operations on elements of matrices that have text of their own.
    pub elements: usize,
    pub by_form: Vec<[usize; 2]>,
}

impl Writer<'_> {
    pub(super) fn float(&self) -> &'static str {
        self.style.ty(Ty::F32)
    }

    fn word(&self) -> &'static str {
        self.style.ty(Ty::U32)
    }

    /// A number of the kernel, in every lane.
    pub(super) fn number(&self, number: u32) -> String {
        format!("{}(p.numbers[{}].{})", self.float(), number / 4, COMPONENTS[number as usize % 4])
    }

    /// The wanted inputs, in order.
    pub(super) fn wanted(&self) -> impl Iterator<Item = usize> + use<'_> {
        self.source.wanted.iter().enumerate().filter(|(_, wanted)| **wanted).map(|(input, _)| input)
    }

    pub(super) fn columns_binding(&self, ty: &str) -> String {
        if self.source.columns == 0 {
            return String::new();
        }
        format!("@group(0) @binding(0) var<storage, read> columns: array<{ty}>;           // [column][lane] f32")
    }

    pub(super) fn columns(&self) -> String {
        let load = |column| format!("let x{column} = columns[{column}u * p.stride + lane];\n");
        (0..self.source.columns).map(load).collect()
    }

    pub(super) fn constants(&self, more: &[(&str, usize)]) -> String {
        let numbers = self.source.numbers.div_ceil(4).max(1);
        let all = [("NUMBERS", numbers)];
        constants(all.iter().chain(more).map(|(name, value)| ((*name).to_owned(), *value as u32)))
    }

    /// Kernels with a loop over blocks.
    fn looped(&mut self) -> String {
        let source = self.source;
        // There is one, or the source had not been made.
        let plans = if source.is_stepped { Plans::of(source) } else { None };
        let is_done = |form: &&Form| matches!(form.end, End::Done(_));
        let first_done = source.forms.iter().take_while(|form| !is_done(form)).count() + 1;
        let most = source.most_ins();
        let mut named: Vec<(String, usize)> = [
            ("FORM_END", FORM_END as usize),
            ("FORM_BITS", FORM_BITS as usize),
            ("FORMS", (1 << FORM_BITS) - 1),
            ("FIRST_DONE", first_done + FORM_END as usize),
            ("MOST_INS", most),
            ("SNAPSHOT_STATES", SNAPSHOT_STATES),
            ("STATE_ROWS", source.states()),
            ("ENDING_ROWS", source.ending_states()),
            ("STATE_PHASE", number(&STATES, "PHASE")),
            ("HANDOVER_BITS", HANDOVER_BITS as usize),
            ("HANDOVERS", (1 << HANDOVER_BITS) - 1),
            ("NO_WAY", NO_WAY as usize),
            ("NO_END", u32::MAX as usize),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let phases = ["FORWARD", "BACK", "RESTORED", "FINISHED", "DONE"];
        named.extend(phases.iter().enumerate().map(|(number, phase)| (format!("PHASE_{phase}"), number)));
        let ended = |ended: Ended| (format!("ENDED_{ended:?}").to_uppercase(), ended as usize);
        named.extend(Ended::ALL.map(ended));
        named.extend(SUMMARY.iter().enumerate().map(|(number, name)| (format!("SUMMARY_{name}"), number)));
        match &plans {
            Some(plans) => named.extend(plans.numbers(source)),
            None => named.push(("MOST_ROWS".to_owned(), Pushed::of(source).most(source))),
        }
        let named: Vec<(&str, usize)> = named.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let lanes_part = source.pace == Pace::Apart;
        let mut all = self.constants(&named);
        for (name, truth) in [("GRADIENT", source.gradient), ("CUTS", source.is_cut), ("LANES_PART", lanes_part)] {
            all += &format!("const {name}: bool = {truth};\n");
        }
        let (float, cell) = (self.float(), self.word());
        let first = if source.lanes() == 1 { "" } else { ".x" };
        all += &format!("alias Float = {float};\nalias Cell = {cell};\n");
        all += &format!("fn word(cell: Cell) -> u32 {{ return cell{first}; }}\n");

        let gradients: Vec<String> = match &plans {
            None => (0..source.gradients()).map(|row| format!("g{row}")).collect(),
            Some(_) => (0..source.gradients() as u32).map(number_in).collect(),
        };
        let mut registers = Lines::default();
        let states = STATES.map(str::to_lowercase);
        states.iter().for_each(|state| registers.add(format!("var<private> s_{state}: u32;")));
        if source.asserts() {
            LEFT.iter().for_each(|name| registers.add(format!("var<private> {name}: Cell;")));
        }
        let words: Vec<String> = states.iter().map(|state| format!("s_{state}")).collect();
        let (ending, more) = words.split_at(ENDING_STATES);
        let mut rows: Vec<Kept> = ending.chunks(source.lanes()).map(Kept::words).collect();
        rows.extend(LEFT.into_iter().filter(|_| source.asserts()).map(Kept::cell));
        rows.extend(more.chunks(source.lanes()).map(Kept::words));
        let mut parts = match &plans {
            Some(plans) => self.stepped(plans, rows.len(), &mut registers),
            None => self.in_registers(&gradients, &mut rows, &mut registers),
        };
        let (mut keep, mut take) = (Lines::default(), Lines::default());
        for (row, Kept { cell, parts }) in rows.iter().enumerate() {
            keep.add(format!("cell = select(cell, {cell}, row == {row}u);"));
            for (name, part) in parts {
                take.add(format!("{name} = select({name}, {part}, row == {row}u);"));
            }
        }
        for (name, lines) in [("keep states", keep), ("take states", take)] {
            match parts.iter_mut().find(|(part, _)| *part == name) {
                Some((_, before)) => before.push_str(&lines.0),
                None => parts.push((name, lines.0)),
            }
        }
        let results = self.results(&gradients);
        parts.extend([
            ("parameters", parameters()),
            ("constants", all),
            ("columns binding", self.columns_binding("Float")),
            ("registers", registers.0),
            ("columns", self.columns()),
            ("count left", if source.asserts() { COUNT_LEFT.to_owned() } else { String::new() }),
            ("results", results),
        ]);
        splice(FRAME, &parts)
    }

    /// The parts of a kernel whose values lie in registers.
    fn in_registers(
        &mut self,
        gradients: &[String],
        rows: &mut Vec<Kept>,
        registers: &mut Lines,
    ) -> Vec<(&'static str, String)> {
        let source = self.source;
        let most = source.most_ins();
        let frame: Vec<String> = (0..most).map(|slot| register("f", slot)).collect();
        let bars: Vec<String> = (0..most).map(|slot| format!("b{slot}")).collect();
        for name in frame.iter().chain(&bars).chain(gradients) {
            registers.add(format!("var<private> {name}: Float;"));
        }
        rows.extend(frame.iter().map(|name| Kept::float(name)));
        if source.gradient {
            rows.extend(bars.iter().chain(gradients).map(|name| Kept::float(name)));
        }
        let (mut keep_frame, mut take_frame) = (Lines::default(), Lines::default());
        for (slot, name) in frame.iter().enumerate() {
            keep_frame.add(format!("cell = select(cell, bitcast<Cell>({name}), slot == {slot}u);"));
            take_frame.add(format!("{name} = select({name}, bitcast<Float>(cell), slot == {slot}u);"));
        }
        let pushed = Pushed::of(source);
        let push = pushed.text(|slot, cell| format!("{cell} = bitcast<Cell>({});", frame[slot]));
        let pop = pushed.text(|slot, cell| format!("{} = bitcast<Float>({cell});", frame[slot]));
        let (mut forward, mut back) = (Lines::default(), Lines::default());
        for (number, form) in source.forms.iter().enumerate() {
            let case = number + 1 + FORM_END as usize;
            let before = self.operations;
            if !source.gradient || !matches!(form.end, End::Done(_)) {
                self.forward(case, form, &mut forward);
            }
            let between = self.operations;
            if source.gradient {
                self.back(case, form, &mut back);
            }
            self.by_form.push([between - before, self.operations - between]);
        }
        let loops = [("push", push), ("pop", pop), ("forward cases", forward.0), ("back cases", back.0)];
        vec![
            ("keep frame", keep_frame.0),
            ("take frame", take_frame.0),
            ("functions", String::new()),
            ("begin", String::new()),
            ("inputs", String::new()),
            ("loops", splice(LOOPS, &loops)),
        ]
    }

    /// The gradients, at the end.
    fn results(&mut self, gradients: &[String]) -> String {
        let asserts = self.source.asserts();
        let mut operands: Vec<(&str, Ty)> = gradients.iter().map(|name| (name.as_str(), Ty::F32)).collect();
        operands.extend(LEFT.iter().take(usize::from(asserts)).map(|name| (*name, Ty::U32)));
        let is_masked = self.is_masked;
        let block = block(self.style, "t", &operands, |operands| {
            let (sums, left) = operands.split_at(gradients.len());
            let sums: Vec<Text> = sums.iter().map(|sum| without_sign_of_zero(sum.float())).collect();
            let mut results: Vec<Value> = sums.iter().map(|&sum| sum.into()).collect();
            let left = left.first().map(|left| left.word());
            results.extend(nans(&sums, left).filter(|_| !is_masked).map(Value::from));
            results
        });
        let mut lines = Lines::default();
        lines.statements(&block.statements);
        let (sums, nans) = block.results.split_at(gradients.len());
        for (row, sum) in sums.iter().enumerate() {
            lines.add(format!("rows[{}u * p.stride + lane] = {sum};", row + 1));
        }
        nans.iter().for_each(|nans| lines.0 += &count_nans(nans));
        lines.0
    }
}

/// A row that an invocation keeps from slice to slice.
struct Kept {
    cell: String,
    /// What is taken from it: by register, the text.
    parts: Vec<(String, String)>,
}

impl Kept {
    /// Words that every lane of the invocation has: one, or four.
    fn words(words: &[String]) -> Kept {
        let parts = if let [word] = words {
            vec![(word.clone(), "cell".to_owned())]
        } else {
            words.iter().zip(COMPONENTS).map(|(word, part)| (word.clone(), format!("cell.{part}"))).collect()
        };
        Kept { cell: format!("Cell({})", words.join(", ")), parts }
    }

    /// Words of lanes.
    fn cell(name: &str) -> Kept {
        Kept { cell: name.to_owned(), parts: vec![(name.to_owned(), "cell".to_owned())] }
    }

    /// Numbers of lanes.
    fn float(name: &str) -> Kept {
        Kept {
            cell: format!("bitcast<Cell>({name})"),
            parts: vec![(name.to_owned(), "bitcast<Float>(cell)".to_owned())],
        }
    }
}

/// A register or what is like one: a numbered name, which is none of a type.
pub(super) fn register(prefix: &str, number: usize) -> String {
    let end = if matches!(number, 16 | 32 | 64) { "_" } else { "" };
    format!("{prefix}{number}{end}")
}

/// The parameters' type.
pub(super) fn parameters() -> String {
    let words: String = PARAMETERS.iter().map(|name| format!("    {name}: u32,\n")).collect();
    format!("struct Parameters {{\n{words}    numbers: array<vec4<f32>, NUMBERS>,\n}}\n")
}

pub(super) fn gradient(bar: Bar) -> Text {
    match bar {
        Bar::Seed => Text::of(1.0),
        Bar::Sum(sum) => without_sign_of_zero(sum),
    }
}

/// Is one of these a NaN? Those of lanes that have `left` mean nothing.
pub(super) fn nans(sums: &[Text], left: Option<TextWord>) -> Option<TextMask> {
    let nans = sums.iter().map(|sum| sum.is_nan()).reduce(|one, two| one | two)?;
    Some(left.map_or(nans, |left| nans & left.same(TextWord::of(0))))
}

pub(super) fn count_nans(nans: &str) -> String {
    format!("if any({nans}) {{\n    atomicAdd(&summary[SUMMARY_NANS], 1u);\n}}\n")
}
