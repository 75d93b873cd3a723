//! The text of a specialised kernel: frames from `shaders/`, with every form's operations written into them.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

use crate::op::num::{Mask, Num};
use crate::tape::packed::Ended;
use crate::tape::{Operand, Operation};
use crate::wgsl::specialize::forms::{End, Form, Literal, Pace, Place, Source};
use crate::wgsl::specialize::stretch::{Bar, Bars, Sources, Stretch, without_sign_of_zero};
use crate::wgsl::specialize::{FORM_END, HANDOVER_BITS, NO_WAY, PARAMETERS, SNAPSHOT_STATES, STATES, SUMMARY};
use crate::wgsl::splice::{constants, splice};
use crate::wgsl::text::{Block, Decision, Style, Text, TextMask, Ty, Value, block, decide};

const FRAME: &str = include_str!("../../../shaders/specialize.wgsl");
const COMPONENTS: [&str; 4] = ["x", "y", "z", "w"];

/// A kernel's text: its entry is `specialized`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub text: String,
    /// Operations of its text: about 0.3 ms of a driver's compile time each.
    pub operations: usize,
    /// Does a NaN in a gradient ask for the masked kernel?
    pub is_masked: bool,
}

impl Source {
    /// The kernel's text; `barrier` where the device cannot be told to leave float code alone. Masked, an adjoint of 0 sends 0 whatever
    /// the operands are. Without that the kernel is faster and counts the invocations with a NaN in a gradient: if there is none, no
    /// mask would have changed a bit, because what an adjoint of 0 sends is 0 or NaN, and a NaN reaches every sum behind it.
    pub fn written(&self, barrier: bool, is_masked: bool) -> Written {
        let style = if self.pace == Pace::Apart { Style::SCALAR } else { Style::FOUR };
        let style = if barrier { style.with_barrier() } else { style };
        let mut writer = Writer { source: self, style, is_masked, operations: 0 };
        let text = if self.pace == Pace::Unrolled { writer.unrolled() } else { writer.looped() };
        Written { text, operations: writer.operations, is_masked }
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
}

/// What a form's text reads, by the names that it has there.
struct Names {
    operands: Vec<(String, Ty)>,
    ins: usize,
    /// By input: which of the operands.
    inputs: Vec<Option<usize>>,
    constants: usize,
    /// Before those: what makes the names mean something.
    loads: Lines,
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

    /// Names for all that a form reads; `ins` tells for each value it gets where that is.
    fn names(&self, form: &Form, ins: impl Fn(u32) -> String) -> Names {
        let mut loads = Lines::default();
        let mut operands: Vec<(String, Ty)> = Vec::new();
        for slot in 0..form.shape.ins {
            loads.add(format!("let i{slot} = {};", ins(slot)));
            operands.push((format!("i{slot}"), Ty::F32));
        }
        let read = read(form);
        let mut inputs = vec![None; self.source.inputs.len()];
        for (input, place) in self.source.inputs.iter().enumerate() {
            if !read.contains(&(input as u32)) {
                continue;
            }
            inputs[input] = Some(operands.len());
            match place {
                Place::Column(column) => operands.push((format!("x{column}"), Ty::F32)),
                Place::Number(number) => {
                    loads.add(format!("let u{input} = {};", self.number(*number)));
                    operands.push((format!("u{input}"), Ty::F32));
                }
                Place::Nowhere => unreachable!("what a form reads has a place"),
            }
        }
        let constants = operands.len();
        for (constant, literal) in form.literals.iter().enumerate() {
            let value = match literal {
                Literal::Number(number) => self.number(*number),
                Literal::Own(word) => {
                    let (row, component) = (1 + word / 4, COMPONENTS[*word as usize % 4]);
                    format!("{}(bitcast<f32>(blocks[head.w + {row}u].{component}))", self.float())
                }
            };
            loads.add(format!("let c{constant} = {value};"));
            operands.push((format!("c{constant}"), Ty::F32));
        }
        Names { operands, ins: form.shape.ins as usize, inputs, constants, loads }
    }

    /// Writes what `body` makes of a form's stretch; `more` are further operands, which it gets as well.
    fn block(
        &mut self,
        form: &Form,
        names: &Names,
        more: &[(String, Ty)],
        body: impl FnOnce(&Stretch<'_>, &[Value]) -> Vec<Value>,
    ) -> Block {
        let all = names.operands.iter().chain(more);
        let operands: Vec<(&str, Ty)> = all.map(|(name, ty)| (name.as_str(), *ty)).collect();
        let block = block(self.style, "t", &operands, |values| {
            let (known, more) = values.split_at(names.operands.len());
            let sources = Sources {
                ins: known[..names.ins].iter().map(|value| value.float()).collect(),
                inputs: names.inputs.iter().map(|place| place.map(|place| known[place].float())).collect(),
                constants: known[names.constants..].iter().map(|value| value.float()).collect(),
            };
            body(&Stretch::of(&form.shape.operations, sources), more)
        });
        self.operations += block.operations;
        block
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
        let is_done = |form: &&Form| matches!(form.end, End::Done(_));
        let first_done = source.forms.iter().take_while(|form| !is_done(form)).count() + 1;
        let most = source.most_ins();
        let mut named: Vec<(String, usize)> = [
            ("FORM_END", FORM_END as usize),
            ("FIRST_DONE", first_done + FORM_END as usize),
            ("MOST_INS", most),
            ("SNAPSHOT_STATES", SNAPSHOT_STATES),
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
        named.extend(STATES.iter().enumerate().map(|(number, name)| (format!("STATE_{name}"), number)));
        let named: Vec<(&str, usize)> = named.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let lanes_part = source.pace == Pace::Apart;
        let mut all = self.constants(&named);
        for (name, truth) in [("GRADIENT", source.gradient), ("CUTS", source.is_cut), ("LANES_PART", lanes_part)] {
            all += &format!("const {name}: bool = {truth};\n");
        }
        let (float, cell) = (self.float(), self.word());
        let first = if lanes_part { "" } else { ".x" };
        all += &format!("alias Float = {float};\nalias Cell = {cell};\n");
        all += &format!("fn word(cell: Cell) -> u32 {{ return cell{first}; }}\n");

        let frame: Vec<String> = (0..most).map(|slot| format!("f{slot}")).collect();
        let bars: Vec<String> = (0..most).map(|slot| format!("b{slot}")).collect();
        let gradients: Vec<String> = (0..source.gradients()).map(|row| format!("g{row}")).collect();
        let mut registers = Lines::default();
        for name in frame.iter().chain(&bars).chain(&gradients) {
            registers.add(format!("var<private> {name}: Float;"));
        }
        let states = STATES.map(str::to_lowercase);
        states.iter().for_each(|state| registers.add(format!("var<private> s_{state}: u32;")));
        let kept: Vec<&String> = if source.gradient {
            frame.iter().chain(&bars).chain(&gradients).collect()
        } else {
            frame.iter().collect()
        };
        let (mut keep, mut take) = (Lines::default(), Lines::default());
        // The first row has what a lane that has ended is asked for.
        let ending = if lanes_part { 2 } else { 1 };
        let (mut keep_ending, mut take_ending) = (Lines::default(), Lines::default());
        let words: Vec<String> = states.iter().map(|state| format!("s_{state}")).collect();
        for (row, words) in words.chunks(source.lanes()).enumerate() {
            let (keep, take) = if row < ending { (&mut keep_ending, &mut take_ending) } else { (&mut keep, &mut take) };
            keep.add(format!("memory[place(p.state + {row}u)] = Cell({});", words.join(", ")));
            if let [word] = words {
                take.add(format!("{word} = memory[place(p.state + {row}u)];"));
            } else {
                take.add(format!("let kept{row} = memory[place(p.state + {row}u)];"));
                for (word, component) in words.iter().zip(COMPONENTS) {
                    take.add(format!("{word} = kept{row}.{component};"));
                }
            }
        }
        keep.0 = keep_ending.0.clone() + &keep.0;
        let first = states.len() / source.lanes();
        for (row, name) in (first..).zip(kept) {
            keep.add(format!("memory[place(p.state + {row}u)] = bitcast<Cell>({name});"));
            take.add(format!("{name} = bitcast<Float>(memory[place(p.state + {row}u)]);"));
        }
        let (mut keep_frame, mut take_frame) = (Lines::default(), Lines::default());
        for (slot, name) in frame.iter().enumerate() {
            keep_frame.add(format!("memory[place(row + {slot}u)] = bitcast<Cell>({name});"));
            take_frame.add(format!("{name} = bitcast<Float>(memory[place(row + {slot}u)]);"));
        }
        let (mut forward, mut back) = (Lines::default(), Lines::default());
        for (number, form) in source.forms.iter().enumerate() {
            let case = number + 1 + FORM_END as usize;
            if !source.gradient || !matches!(form.end, End::Done(_)) {
                self.forward(case, form, &mut forward);
            }
            if source.gradient {
                self.back(case, form, &mut back);
            }
        }
        let results = self.results(&gradients);
        let parts = [
            ("parameters", parameters()),
            ("constants", all),
            ("columns binding", self.columns_binding("Float")),
            ("registers", registers.0),
            ("keep frame", keep_frame.0),
            ("take frame", take_frame.0),
            ("columns", self.columns()),
            ("keep ending", keep_ending.0),
            ("take ending", take_ending.0),
            ("keep states", keep.0),
            ("take states", take.0),
            ("forward cases", forward.0),
            ("back cases", back.0),
            ("results", results),
        ];
        splice(FRAME, &parts)
    }

    /// A form on the way forward.
    fn forward(&mut self, case: usize, form: &Form, lines: &mut Lines) {
        let names = self.names(form, |slot| format!("f{slot}"));
        let handovers: Vec<&Arc<[Operand]>> = match &form.end {
            End::Go(outs) => vec![outs],
            End::Choose { handovers, .. } => handovers.iter().collect(),
            End::Done(_) => Vec::new(),
        };
        let guard = form.shape.guard;
        let block = self.block(form, &names, &[], |stretch, _| {
            let mut results: Vec<Value> = Vec::new();
            if let Some(Operation { op, a, b }) = guard {
                let Decision { outcome, refused } = decide(op, stretch.read(a), stretch.read(b));
                results.extend([Value::from(outcome), refused.unwrap_or(TextMask::of(false)).into()]);
            }
            for outs in &handovers {
                let slots = outs.iter().filter(|out| !matches!(out, Operand::Constant(_)));
                results.extend(slots.map(|&out| Value::from(stretch.read(out))));
            }
            if let End::Done(value) = form.end {
                results.push(stretch.read(value).into());
            }
            results
        });
        lines.add(format!("case {case}u: {{"));
        lines.0 += &names.loads.0;
        lines.statements(&block.statements);
        let mut results = block.results.iter();
        if self.source.gradient && form.shape.ins > 0 {
            lines.add("if keeps() {");
            for slot in 0..form.shape.ins {
                lines.add(format!("memory[place(p.stack + s_top + {slot}u)] = bitcast<Cell>(i{slot});"));
            }
            lines.add("}");
            lines.add(format!("s_top += {}u;", form.shape.ins));
        }
        let is_searched = matches!(form.end, End::Choose { is_searched: true, .. });
        if let (Some(_), Some(outcome), Some(refused)) = (guard, results.next(), results.next()) {
            lines.add(format!("outcome = {outcome};\nrefused = {refused};\nlet detail = blocks[head.w];"));
            if is_searched {
                lines.add("let found = side(detail, outcome);\nway = select(found.x, detail.z, refused);");
            } else {
                lines.add("way = select(select(detail.x, detail.y, outcome != 0u), detail.z, refused);");
            }
        } else {
            results = block.results.iter();
            if self.source.pace == Pace::Apart && matches!(form.end, End::Go(_)) {
                lines.add("way = blocks[head.w].x;");
            }
        }
        if handovers.len() > 1 {
            lines.add("switch way & HANDOVERS {");
        }
        for (number, outs) in handovers.iter().enumerate() {
            if handovers.len() > 1 {
                lines.add(format!("case {number}u: {{"));
            }
            for (slot, out) in outs.iter().enumerate() {
                let value = match out {
                    Operand::Constant(column) => {
                        let (row, component) = (column / 4, COMPONENTS[*column as usize % 4]);
                        format!("bitcast<f32>(blocks[found.y + {row}u].{component})")
                    }
                    _ => match results.next() {
                        Some(result) => result.clone(),
                        None => unreachable!("a block of text has a result for every value handed on"),
                    },
                };
                lines.add(format!("f{slot} = {value};"));
            }
            if handovers.len() > 1 {
                lines.add("}");
            }
        }
        if handovers.len() > 1 {
            lines.add("default: {}\n}");
        }
        if matches!(form.end, End::Done(_)) {
            results.for_each(|value| lines.add(format!("rows[lane] = {value};")));
        }
        lines.add("}");
    }

    /// A form on the way back; one that ends with the value begins it.
    fn back(&mut self, case: usize, form: &Form, lines: &mut Lines) {
        let source = self.source;
        let is_done = matches!(form.end, End::Done(_));
        let names = self.names(form, |slot| {
            if is_done {
                format!("f{slot}")
            } else {
                format!("bitcast<Float>(memory[place(p.stack + s_top + {slot}u)])")
            }
        });
        let all: &[Arc<[Operand]>] = match &form.end {
            End::Go(outs) => std::slice::from_ref(outs),
            End::Choose { handovers, .. } => handovers,
            End::Done(_) => &[],
        };
        // The slots that any handover hands on, where there are several; each then sets all of them.
        let handed: Vec<u32> = if all.len() > 1 { slots(all).into_iter().collect() } else { Vec::new() };
        let mut more: Vec<(String, Ty)> = if all.len() > 1 {
            handed.iter().map(|slot| (format!("h{slot}"), Ty::F32)).collect()
        } else {
            (0..all.first().map_or(0, |outs| outs.len())).map(|slot| (format!("b{slot}"), Ty::F32)).collect()
        };
        let before = more.len();
        more.extend((0..source.gradients()).map(|row| (format!("g{row}"), Ty::F32)));
        let wanted: Vec<usize> = self.wanted().collect();
        let is_masked = self.is_masked;
        let block = self.block(form, &names, &more, |stretch, more| {
            let (sent, sums) = more.split_at(before);
            let mut bars = no_bars(form, source);
            for (&input, sum) in wanted.iter().zip(sums) {
                bars.inputs[input] = Some(Bar::Sum(sum.float()));
            }
            let mut results: Vec<Value> = Vec::new();
            match (&form.end, all) {
                (End::Done(value), _) => {
                    results.push(stretch.read(*value).into());
                    bars.seed(*value);
                }
                (_, [outs]) => add_handed(&mut bars, outs, sent),
                _ => handed.iter().zip(sent).for_each(|(&slot, bar)| bars.add(Operand::Slot(slot), bar.float())),
            }
            let is_active = stretch.active(&vec![true; form.shape.ins as usize], &source.wanted);
            stretch.reverse(&mut bars, &is_active, &source.wanted, is_masked);
            let left = bars.slots[..form.shape.ins as usize].iter().map(|bar| bar.map_or(Text::of(0.0), Bar::text));
            results.extend(left.map(Value::from));
            let sums = wanted.iter().map(|&input| bars.inputs[input].map_or(Text::of(0.0), Bar::text));
            results.extend(sums.map(Value::from));
            results
        });
        lines.add(format!("case {case}u: {{"));
        if !is_done && form.shape.ins > 0 {
            lines.add(format!("s_top -= {}u;", form.shape.ins));
        }
        lines.0 += &names.loads.0;
        if all.len() > 1 {
            self.handed(all, &handed, lines);
        }
        lines.statements(&block.statements);
        let mut results = block.results.iter();
        if is_done && let Some(value) = results.next() {
            lines.add(format!("rows[lane] = {value};"));
        }
        // All are read before any is written: what is not computed may be another register.
        let (ins, sums) = results.as_slice().split_at(form.shape.ins as usize);
        for (slot, result) in ins.iter().enumerate() {
            lines.add(format!("let n{slot} = {result};"));
        }
        for slot in 0..ins.len() {
            lines.add(format!("b{slot} = n{slot};"));
        }
        for (row, sum) in sums.iter().enumerate().filter(|(row, sum)| **sum != format!("g{row}")) {
            lines.add(format!("g{row} = {sum};"));
        }
        lines.add("}");
    }

    /// What each of several handovers makes the adjoints of the slots that any of them hands on.
    fn handed(&mut self, all: &[Arc<[Operand]>], handed: &[u32], lines: &mut Lines) {
        for slot in handed {
            lines.add(format!("var h{slot} = Float(0.0f);"));
        }
        lines.add("switch handover {");
        for (number, outs) in all.iter().enumerate() {
            let operands: Vec<(String, Ty)> = (0..outs.len()).map(|slot| (format!("b{slot}"), Ty::F32)).collect();
            let operands: Vec<(&str, Ty)> = operands.iter().map(|(name, ty)| (name.as_str(), *ty)).collect();
            let most = handed.last().map_or(0, |slot| *slot as usize + 1);
            let own: Vec<u32> = slots(std::slice::from_ref(outs)).into_iter().collect();
            let block = block(self.style, "t", &operands, |sent| {
                let mut bars = Bars { slots: vec![None; most], inputs: Vec::new() };
                add_handed(&mut bars, outs, sent);
                own.iter().map(|&slot| bars.slots[slot as usize].map_or(Text::of(0.0), Bar::text).into()).collect()
            });
            self.operations += block.operations;
            lines.add(format!("case {number}u: {{"));
            lines.statements(&block.statements);
            own.iter().zip(&block.results).for_each(|(slot, result)| lines.add(format!("h{slot} = {result};")));
            lines.add("}");
        }
        lines.add("default: {}\n}");
    }

    /// The gradients, at the end.
    fn results(&mut self, gradients: &[String]) -> String {
        let operands: Vec<(&str, Ty)> = gradients.iter().map(|name| (name.as_str(), Ty::F32)).collect();
        let is_masked = self.is_masked;
        let block = block(self.style, "t", &operands, |sums| {
            let sums: Vec<Text> = sums.iter().map(|sum| without_sign_of_zero(sum.float())).collect();
            let mut results: Vec<Value> = sums.iter().map(|&sum| sum.into()).collect();
            results.extend(nans(&sums).filter(|_| !is_masked));
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

/// The parameters' type.
pub(super) fn parameters() -> String {
    let words: String = PARAMETERS.iter().map(|name| format!("    {name}: u32,\n")).collect();
    format!("struct Parameters {{\n{words}    numbers: array<vec4<f32>, NUMBERS>,\n}}\n")
}

/// The inputs that a form reads.
fn read(form: &Form) -> BTreeSet<u32> {
    let operations = form.shape.operations.iter().chain(&form.shape.guard);
    let mut operands: Vec<Operand> = operations.flat_map(|operation| [operation.a, operation.b]).collect();
    if let End::Done(value) = form.end {
        operands.push(value);
    }
    let input = |operand: Operand| if let Operand::Input(input) = operand { Some(input) } else { None };
    operands.into_iter().filter_map(input).collect()
}

/// The slots that handovers hand on.
fn slots(handovers: &[Arc<[Operand]>]) -> BTreeSet<u32> {
    let slot = |operand: &Operand| if let Operand::Slot(slot) = operand { Some(*slot) } else { None };
    handovers.iter().flat_map(|outs| outs.iter().filter_map(slot)).collect()
}

/// Adds what the next block left for each value that it got.
fn add_handed(bars: &mut Bars, outs: &[Operand], sent: &[Value]) {
    for (out, bar) in outs.iter().zip(sent) {
        if matches!(out, Operand::Slot(_)) {
            bars.add(*out, bar.float());
        }
    }
}

fn no_bars(form: &Form, source: &Source) -> Bars {
    let slots = form.shape.ins as usize + form.shape.operations.len();
    Bars { slots: vec![None; slots], inputs: vec![None; source.inputs.len()] }
}

pub(super) fn gradient(bar: Bar) -> Text {
    match bar {
        Bar::Seed => Text::of(1.0),
        Bar::Sum(sum) => without_sign_of_zero(sum),
    }
}

/// Is one of these a NaN?
pub(super) fn nans(sums: &[Text]) -> impl Iterator<Item = Value> {
    sums.iter().map(|sum| sum.is_nan()).reduce(|one, two| one | two).map(Value::from).into_iter()
}

pub(super) fn count_nans(nans: &str) -> String {
    format!("if any({nans}) {{\n    atomicAdd(&summary[SUMMARY_NANS], 1u);\n}}\n")
}
