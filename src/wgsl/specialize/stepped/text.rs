//! The text of stepped kernels: a case for every piece of every form, in the loop of `shaders/pieces.wgsl`.
//!
//! The pieces' numbers: that of its form is where a form begins, and that behind all forms' where its way back does; others follow. On the way
//! back a form's segments before the last are computed again first, and so are whole operations whose results are read there and not kept.

use std::collections::{BTreeSet, HashMap};

use super::{NOTHING, PUSH, Plan, Plans, Segment, TAKE, done, number_in};
use crate::op::Op;
use crate::op::num::Word;
use crate::tape::packed::Kind;
use crate::tape::{Operand, Operation};
use crate::wgsl::specialize::cases::asserted;
use crate::wgsl::specialize::forms::{Form, Place, Source};
use crate::wgsl::specialize::stretch::{Bar, Bars, Sources, Stretch};
use crate::wgsl::specialize::text::{LEFT, Lines, Writer};
use crate::wgsl::splice::{functions, splice};
use crate::wgsl::text::{Block, Text, TextWord, Ty, Value, block, compare_function, decide, real_function};
use crate::wgsl::whole;

const FUNCTIONS: &str = include_str!("../../../../shaders/stepped.wgsl");
const LOOP: &str = include_str!("../../../../shaders/pieces.wgsl");
/// The operands of a plain formula.
const OPERANDS: &str = "\
first = numbers(x + down * x_row + k * x_term);
if reads_y(formula) {
    second = numbers(y + down * y_column + k * y_term);
}
";

/// What a piece's text reads: cells of the array, and what has other names.
#[derive(Default)]
struct Reading {
    operands: Vec<(String, Ty)>,
    cells: HashMap<u32, usize>,
}

impl Reading {
    fn add(&mut self, name: String, ty: Ty) -> usize {
        self.operands.push((name, ty));
        self.operands.len() - 1
    }

    fn cell(&mut self, cell: u32) {
        if !self.cells.contains_key(&cell) {
            let index = self.add(number_in(cell), Ty::F32);
            self.cells.insert(cell, index);
        }
    }
}

impl Writer<'_> {
    /// The parts of the frame; states that are kept take so many rows before what is kept of the array.
    pub(in crate::wgsl::specialize) fn stepped(
        &mut self,
        plans: &Plans,
        states: usize,
        registers: &mut Lines,
    ) -> Vec<(&'static str, String)> {
        let source = self.source;
        self.words = plans.words as usize;
        registers.add("var<private> v: array<u32, WORDS>;  // see src/wgsl/specialize/stepped/mod.rs");
        registers.add("var<private> code: u32;    // the next row");
        registers.add("var<private> bottom: u32;  // where the block's rows of the stack begin");
        registers.add("var<private> details: u32; // and its details");
        let mut lines = Lines::default();
        let forms = source.forms.len();
        let mut next = 2 * forms + 1;
        for (index, (form, plan)) in source.forms.iter().zip(&plans.forms).enumerate() {
            let before = self.operations;
            let own = Numbers { form: index + 1, back: forms + index + 1, more: next };
            next += 2 * plan.segments.len();
            self.forward_pieces(form, plan, plans, &own, &mut lines);
            let between = self.operations;
            if source.gradient {
                self.back_pieces(plan, plans, &own, &mut lines);
            }
            self.by_form.push([between - before, self.operations - between]);
        }
        let called = functions([real_function(Op::Abs, self.style), compare_function(Op::Less, self.style)]);
        let fixed = plans.fixed.parts(self.style);
        self.elements = fixed.operations;
        let whole = whole::text(self.style, OPERANDS, &fixed.squares) + &fixed.functions;
        let functions = called + &splice(FUNCTIONS, &[("whole", whole), ("eliminations", fixed.cases)]);
        // Sums and adjoints come first in the array, then values; of both, what blocks get.
        let sums = source.rows() - 1 + if source.gradient { source.most_ins() } else { 0 };
        let kept = format!("row - {states}u");
        let word = format!("select({kept} + VALUES - {sums}u, {kept}, {kept} < {sums}u)");
        vec![
            ("keep states", format!("if row >= {states}u {{\ncell = v[{word}];\n}}\n")),
            ("take states", format!("if row >= {states}u {{\nv[{word}] = cell;\n}}\n")),
            ("keep frame", "cell = v[VALUES + slot];\n".to_owned()),
            ("take frame", "v[VALUES + slot] = cell;\n".to_owned()),
            ("functions", functions),
            ("inputs", self.inputs(plans)),
            ("begin", (0..source.gradients()).map(|row| format!("v[{row}u] = 0u;\n")).collect()),
            ("loops", splice(LOOP, &[("pieces", lines.0)])),
        ]
    }

    /// Brings the inputs into the array.
    fn inputs(&self, plans: &Plans) -> String {
        let mut lines = Lines::default();
        for (place, cell) in self.source.inputs.iter().zip(plans.layout.inputs..) {
            let number = match place {
                Place::Column(column) => format!("x{column}"),
                Place::Number(number) => self.number(*number),
                Place::Nowhere => continue,
            };
            lines.add(format!("v[{cell}u] = bitcast<u32>({number});"));
        }
        lines.0
    }

    /// What a segment reads: its slots, then its inputs and its constants.
    fn reading(segment: &Segment, plans: &Plans) -> Reading {
        let mut reading = Reading::default();
        let inputs = segment.inputs().collect::<BTreeSet<u32>>().into_iter().map(Operand::Input);
        let slots = segment.ins.iter().copied().map(Operand::Slot);
        let constants = segment.constants.iter().copied().map(Operand::Constant);
        slots.chain(inputs).chain(constants).for_each(|operand| reading.cell(plans.layout.cell(operand)));
        reading
    }

    /// Writes what `body` makes of a segment.
    fn segment(
        &mut self,
        segment: &Segment,
        plans: &Plans,
        reading: &Reading,
        body: impl FnOnce(&Stretch<'_>, &[Value]) -> Vec<Value>,
    ) -> Block {
        let operands: Vec<(&str, Ty)> = reading.operands.iter().map(|(name, ty)| (name.as_str(), *ty)).collect();
        let inputs = self.source.inputs.len();
        let block = block(self.style, "t", &operands, |values| {
            let read = |operand: Operand| values[reading.cells[&plans.layout.cell(operand)]].float();
            let mut all = vec![None; inputs];
            segment.inputs().for_each(|input| all[input as usize] = Some(read(Operand::Input(input))));
            let sources = Sources {
                ins: segment.ins.iter().map(|&slot| read(Operand::Slot(slot))).collect(),
                inputs: all,
                constants: segment.constants.iter().map(|&constant| read(Operand::Constant(constant))).collect(),
            };
            body(&Stretch::of(&segment.shape, sources), values)
        });
        self.operations += block.operations;
        block
    }

    /// Puts results into their cells; all are read before any is written.
    fn put(cells: &[u32], results: &[String], lines: &mut Lines) {
        for (number, result) in results.iter().enumerate() {
            lines.add(format!("let n{number} = bitcast<u32>({result});"));
        }
        for (number, cell) in cells.iter().enumerate() {
            lines.add(format!("v[{cell}u] = n{number};"));
        }
    }

    fn forward_pieces(&mut self, form: &Form, plan: &Plan, plans: &Plans, numbers: &Numbers, lines: &mut Lines) {
        let last = plan.segments.len() - 1;
        for (index, segment) in plan.segments.iter().enumerate() {
            if index == last && self.source.gradient && done(form).is_some() {
                // The way back has it all.
                return;
            }
            lines.add(match index {
                0 if last > 0 => format!("case {}u, {}u: {{", numbers.form, numbers.back),
                _ => format!("case {}u: {{", numbers.forward(index)),
            });
            self.forward_piece(plan, segment, plans, lines);
            if let Some(list) = plan.lists.get(index) {
                lines.add(format!("steps = select({}u, {}u, s_phase == PHASE_BACK);", list.forward, list.again));
                let on = numbers.forward(index + 1);
                let back = if index + 1 == last && self.source.gradient { numbers.back_piece(last, last) } else { on };
                lines.add(format!("next = select({on}u, {back}u, s_phase != PHASE_FORWARD);"));
            } else if plan.hand_on != NOTHING {
                lines.add(format!("steps = {}u;", plan.hand_on));
            }
            lines.add("}");
        }
    }

    /// A segment on the way forward; the last one has what is asserted, and the program's value.
    fn forward_piece(&mut self, plan: &Plan, segment: &Segment, plans: &Plans, lines: &mut Lines) {
        let mut reading = Self::reading(segment, plans);
        let first = reading.operands.len();
        let asserts = !segment.asserts.is_empty();
        if asserts {
            for name in LEFT {
                lines.add(format!("let {name}_before = {name};"));
                reading.add(format!("{name}_before"), Ty::U32);
            }
            for number in 0..segment.asserts.len() {
                lines.add(format!("let detail{number} = blocks[head.w + {number}u];"));
                ["x", "y"].iter().for_each(|part| {
                    reading.add(format!("detail{number}.{part}"), Ty::U32);
                });
            }
        }
        let made: Vec<u32> = segment.own.clone().filter(|slot| plan.stored.contains(slot)).collect();
        let block = self.segment(segment, plans, &reading, |stretch, values| {
            let mut results: Vec<Value> = Vec::new();
            if let [left, answer, words @ ..] = &values[first..] {
                let mut before = [left.word(), answer.word()];
                for (&Operation { op, a, b }, words) in segment.asserts.iter().zip(words.chunks(2)) {
                    let decision = decide(op, stretch.read(a), stretch.read(b));
                    before = asserted(decision, before, words[0].word(), words[1].word());
                }
                let [left, answer] = before;
                results.extend([left.into(), answer.into(), Value::from(!left.same(TextWord::of(0)))]);
            }
            results.extend(segment.value.map(|value| Value::from(stretch.read(value))));
            let own = |slot: &u32| segment.own_slot(*slot).map(|own| stretch.read(Operand::Slot(own)));
            results.extend(made.iter().filter_map(own).map(Value::from));
            results
        });
        lines.statements(&block.statements);
        let mut results = block.results.as_slice();
        if asserts && let [left, answer, has_left, rest @ ..] = results {
            lines.add(format!("left = {left};\nanswer = {answer};"));
            // Nobody is left who goes the way.
            lines.add(format!("if {has_left} {{\ns_phase = PHASE_FINISHED;\n}}"));
            results = rest;
        }
        if let (Some(_), [value, rest @ ..]) = (segment.value, results) {
            lines.add(format!("rows[lane] = {value};"));
            results = rest;
        }
        let cells: Vec<u32> = made.iter().map(|slot| plans.layout.values + slot).collect();
        Self::put(&cells, results, lines);
    }

    fn back_pieces(&mut self, plan: &Plan, plans: &Plans, numbers: &Numbers, lines: &mut Lines) {
        let last = plan.segments.len() - 1;
        for index in (0..=last).rev() {
            lines.add(format!("case {}u: {{", numbers.back_piece(index, last)));
            self.back_piece(plan, index, plans, lines);
            let list = match index.checked_sub(1) {
                Some(before) => {
                    lines.add(format!("next = {}u;", numbers.back_piece(before, last)));
                    plan.lists[before].back
                }
                None => plan.leave,
            };
            lines.add(format!("steps = {list}u;"));
            lines.add("}");
        }
    }

    /// A segment on the way back; the last one has the program's value.
    fn back_piece(&mut self, plan: &Plan, index: usize, plans: &Plans, lines: &mut Lines) {
        let source = self.source;
        let (segment, before) = (&plan.segments[index], &plan.bars[index]);
        let bar_of = |slot: u32| plans.layout.bars + slot;
        let mut reading = Self::reading(segment, plans);
        let sums: Vec<(u32, u32)> =
            self.wanted().map(|input| (input as u32, source.gradient_of(input as u32))).collect();
        sums.iter().for_each(|(_, cell)| reading.cell(*cell));
        let known = || segment.slots().filter(|slot| before.contains(slot));
        known().for_each(|slot| reading.cell(bar_of(slot)));
        let is_active: Vec<bool> = segment.slots().map(|slot| plan.is_active[slot as usize]).collect();
        let is_masked = self.is_masked;
        let mut cells: Vec<u32> = Vec::new();
        let block = self.segment(segment, plans, &reading, |stretch, values| {
            let cell = |cell: u32| values[reading.cells[&cell]].float();
            let bar = |slot: u32| before.contains(&slot).then(|| Bar::Sum(cell(bar_of(slot))));
            let mut inputs: Vec<Option<Bar>> = vec![None; source.inputs.len()];
            sums.iter().for_each(|&(input, at)| inputs[input as usize] = Some(Bar::Sum(cell(at))));
            let mut bars = Bars { slots: segment.slots().map(bar).collect(), inputs };
            let mut results: Vec<Value> = Vec::new();
            if let Some(value) = segment.value {
                results.push(stretch.read(value).into());
                bars.seed(value);
            }
            stretch.reverse(&mut bars, &is_active, &source.wanted, is_masked);
            // Nobody asks any more for the adjoints of what the segment makes.
            let ins = segment.ins.iter().zip(&bars.slots).map(|(slot, bar)| (bar_of(*slot), *bar));
            let sums = sums.iter().map(|&(input, at)| (at, bars.inputs[input as usize]));
            let is_new =
                |at: u32, text: Text| reading.cells.get(&at).is_none_or(|index| values[*index].float() != text);
            for (at, bar) in ins.chain(sums) {
                if let Some(text) = bar.map(Bar::text).filter(|text| is_new(at, *text)) {
                    cells.push(at);
                    results.push(text.into());
                }
            }
            results
        });
        lines.statements(&block.statements);
        let mut results = block.results.as_slice();
        if let (Some(_), [value, rest @ ..]) = (segment.value, results) {
            lines.add(format!("rows[lane] = {value};"));
            results = rest;
        }
        Self::put(&cells, results, lines);
    }
}

/// The numbers of a form's pieces.
struct Numbers {
    form: usize,
    back: usize,
    more: usize,
}

impl Numbers {
    fn forward(&self, segment: usize) -> usize {
        if segment == 0 { self.form } else { self.more + 2 * segment }
    }

    /// Where the form has one segment only, its way back begins with that.
    fn back_piece(&self, segment: usize, last: usize) -> usize {
        if last == 0 { self.back } else { self.more + 2 * segment + 1 }
    }
}

impl Plans {
    /// Numbers that the frame shares with the host.
    pub(in crate::wgsl::specialize) fn numbers(&self, source: &Source) -> Vec<(String, usize)> {
        let mut values: Vec<(String, usize)> =
            whole::numbers().into_iter().map(|(name, value)| (name, value as usize)).collect();
        let rows = self.heads().iter().map(|[.., rows]| *rows as usize).max().unwrap_or(0);
        let named = [
            ("HEADS", self.code.len()),
            ("FORM_COUNT", source.forms.len()),
            ("MOST_ROWS", rows),
            ("VALUES", self.layout.values as usize),
            ("WORDS", self.words as usize),
            ("KIND_PUSH", PUSH as usize),
            ("KIND_TAKE", TAKE as usize),
            ("KIND_TURN", Kind::Turn as usize),
            ("KIND_SET", Kind::Set as usize),
        ];
        values.extend(named.into_iter().chain(self.fixed.numbers()).map(|(name, value)| (name.to_owned(), value)));
        values
    }
}
