//! The cases of a kernel with a loop over blocks: what every form does on the way forward and on the way back.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::op::num::{Mask, Num, Word};
use crate::tape::packed::Ended;
use crate::tape::{Operand, Operation};
use crate::wgsl::specialize::ENDING_BITS;
use crate::wgsl::specialize::forms::{End, Form, Literal, Pace, Place, Source};
use crate::wgsl::specialize::frame::is_read_again;
use crate::wgsl::specialize::stretch::{Bar, Bars, Sources, Stretch};
use crate::wgsl::specialize::text::{COMPONENTS, LEFT, Lines, Writer, register};
use crate::wgsl::text::{Block, Decision, Text, TextMask, TextWord, Ty, Value, block, decide};

/// How lanes had left the way before a form with assertions, and by which outcome.
const BEFORE: [&str; 2] = ["left_before", "answer_before"];

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
    /// Names for all that a form reads: those of slots that are not in a register have no meaning, so that
    /// text with them would be refused.
    fn names(&self, form: &Form, is_there: impl Fn(u32) -> bool) -> Names {
        let mut loads = Lines::default();
        let mut operands: Vec<(String, Ty)> = Vec::new();
        for slot in 0..form.shape.ins {
            let name = register("i", slot as usize);
            if is_there(slot) {
                loads.add(format!("let {name} = {};", register("f", slot as usize)));
            }
            operands.push((name, Ty::F32));
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
                    let name = register("u", input);
                    loads.add(format!("let {name} = {};", self.number(*number)));
                    operands.push((name, Ty::F32));
                }
                Place::Nowhere => unreachable!("what a form reads has a place"),
            }
        }
        let constants = operands.len();
        for (constant, literal) in form.literals.iter().enumerate() {
            let value = match literal {
                Literal::Number(number) => self.number(*number),
                Literal::Own(word) => {
                    let (row, component) =
                        (form.asserts.len().max(1) as u32 + word / 4, COMPONENTS[*word as usize % 4]);
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
            body(&Stretch::of(&form.shape, sources), more)
        });
        self.operations += block.operations;
        block
    }

    /// A form on the way forward.
    pub(super) fn forward(&mut self, case: usize, form: &Form, lines: &mut Lines) {
        let names = self.names(form, |_| true);
        let handovers = form.end.handovers();
        let guard = form.shape.guard;
        let asserts = !form.asserts.is_empty();
        let mut more: Vec<(String, Ty)> = Vec::new();
        if asserts {
            more.extend(BEFORE.map(|name| (name.to_owned(), Ty::U32)));
            let of_one = |number: usize| ["expected", "site"].map(|name| (format!("{name}{number}"), Ty::U32));
            more.extend((0..form.asserts.len()).flat_map(of_one));
        }
        let block = self.block(form, &names, &more, |stretch, more| {
            let mut results: Vec<Value> = Vec::new();
            if let Some(Operation { op, a, b }) = guard {
                let Decision { outcome, refused } = decide(op, stretch.read(a), stretch.read(b));
                results.extend([Value::from(outcome), refused.unwrap_or(TextMask::of(false)).into()]);
            }
            if let [left, answer, words @ ..] = more {
                let mut before = [left.word(), answer.word()];
                for (&Operation { op, a, b }, words) in form.asserts.iter().zip(words.chunks(2)) {
                    let decision = decide(op, stretch.read(a), stretch.read(b));
                    before = asserted(decision, before, words[0].word(), words[1].word());
                }
                let [left, answer] = before;
                let has_left = !left.same(TextWord::of(0));
                results.extend([Value::from(left), answer.into(), has_left.into()]);
            }
            for outs in handovers {
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
        if asserts {
            BEFORE.iter().zip(LEFT).for_each(|(before, name)| lines.add(format!("let {before} = {name};")));
            for number in 0..form.asserts.len() {
                lines.add(format!("let detail{number} = blocks[head.w + {number}u];"));
                lines.add(format!("let expected{number} = Cell(detail{number}.x);"));
                lines.add(format!("let site{number} = Cell(detail{number}.y);"));
            }
        }
        lines.statements(&block.statements);
        let mut results = block.results.iter();
        let is_searched = matches!(form.end, End::Choose { is_searched: true, .. });
        if asserts && let (Some(left), Some(answer), Some(has_left)) = (results.next(), results.next(), results.next())
        {
            lines.add(format!("left = {left};\nanswer = {answer};"));
            // Nobody is left who goes the way.
            lines.add(format!("if all({has_left}) {{\ns_phase = PHASE_FINISHED;\n}}"));
        } else if let (Some(_), Some(outcome), Some(refused)) = (guard, results.next(), results.next()) {
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
                lines.add(format!("{} = {value};", register("f", slot)));
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
    pub(super) fn back(&mut self, case: usize, form: &Form, lines: &mut Lines) {
        let source = self.source;
        let is_read = is_read_again(form);
        let names = self.names(form, |slot| source.pace != Pace::Together || is_read[slot as usize]);
        let all = form.end.handovers();
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
        lines.0 += &names.loads.0;
        if all.len() > 1 {
            self.handed(all, &handed, lines);
        }
        lines.statements(&block.statements);
        let mut results = block.results.iter();
        if matches!(form.end, End::Done(_))
            && let Some(value) = results.next()
        {
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
}

/// How lanes have left the way and with which answer, where they did so before and this guard has decided. The first time counts: what comes
/// later comes of numbers that mean nothing.
pub(super) fn asserted(decision: Decision, before: [TextWord; 2], expected: TextWord, site: TextWord) -> [TextWord; 2] {
    let Decision { outcome, refused } = decision;
    let [left, answer] = before;
    let goes_on = outcome.same(expected);
    let goes_on = refused.map_or(goes_on, |refused| goes_on & !refused);
    let leaves = left.same(TextWord::of(0)) & !goes_on;
    let stray = TextWord::of(Ended::Stray as u32);
    let how = refused.map_or(stray, |refused| TextWord::select(refused, TextWord::of(Ended::Refused as u32), stray));
    let how = how.or(site.shift_left(TextWord::of(ENDING_BITS)));
    [TextWord::select(leaves, how, left), TextWord::select(leaves, outcome, answer)]
}

/// The inputs that a form reads.
fn read(form: &Form) -> BTreeSet<u32> {
    let deciding = form.shape.guard.iter().chain(&form.asserts).flat_map(|operation| [operation.a, operation.b]);
    let mut operands: Vec<Operand> = form.shape.operands().chain(deciding).collect();
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
