//! The text of an unrolled program: every node's operations once, with a mask of the lanes that are in it.
//!
//! What a node gets is selected by the edges that lead to it; of several, at most one is taken. On the way back an edge's adjoints count
//! where it was taken, and a node changes the sums of inputs where it was entered, so that no lane's sum sees another side.

use crate::op::num::{Num, Word};
use crate::tape::packed::Ended;
use crate::tape::{Operand, Operation, Outcome, REFUSED};
use crate::wgsl::specialize::forms::Place;
use crate::wgsl::specialize::nodes::{Edge, Node, NodeEnd};
use crate::wgsl::specialize::stretch::{Bar, Bars, Sources, Stretch, reaches};
use crate::wgsl::specialize::text::{Lines, Writer, count_nans, gradient, nans, parameters};
use crate::wgsl::specialize::{ENDING_BITS, LONG, SUMMARY, number};
use crate::wgsl::splice::splice;
use crate::wgsl::text::{Block, Decision, Text, TextMask, TextWord, Ty, Value, block, decide};

const FRAME: &str = include_str!("../../../shaders/unrolled.wgsl");

/// The lanes that are in a node, and what they bring; `None`: all of them.
struct Arrival {
    mask: Option<TextMask>,
    ins: Vec<Text>,
    is_active: Vec<bool>,
}

/// A node that has been evaluated.
struct Visit<'a> {
    node: &'a Node,
    stretch: Stretch<'a>,
    mask: Option<TextMask>,
    is_active: Vec<bool>,
    /// By edge: the lanes that take it.
    taken: Vec<Option<TextMask>>,
}

/// How lanes end that have no Float.
struct Ending {
    /// How, and the block.
    how: TextWord,
    outcome: TextWord,
    /// Can there be one?
    is_possible: bool,
}

impl Ending {
    fn note(&mut self, mask: Option<TextMask>, how: TextWord, block: u32, outcome: TextWord) {
        let how = how.or(TextWord::of(block << ENDING_BITS));
        self.how = mask.map_or(how, |mask| TextWord::select(mask, how, self.how));
        self.outcome = mask.map_or(outcome, |mask| TextWord::select(mask, outcome, self.outcome));
        self.is_possible = true;
    }
}

/// Lanes that are in both.
fn both(one: Option<TextMask>, two: Option<TextMask>) -> Option<TextMask> {
    match (one, two) {
        (Some(one), Some(two)) => Some(one & two),
        (one, two) => one.or(two),
    }
}

/// `yes` in the lanes of the mask, else `no`.
fn chosen(mask: Option<TextMask>, yes: Text, no: Text) -> Text {
    mask.map_or(yes, |mask| Text::select(mask, yes, no))
}

/// All nodes' values, from the first to the last.
struct Forward<'a> {
    inputs: Vec<Option<Text>>,
    numbers: Vec<Text>,
    wanted: &'a [bool],
    arrivals: Vec<Option<Arrival>>,
    visits: Vec<Visit<'a>>,
    value: Option<Text>,
    ending: Ending,
}

impl<'a> Forward<'a> {
    fn visit(&mut self, index: usize, node: &'a Node) {
        let entry = || Arrival { mask: None, ins: Vec::new(), is_active: Vec::new() };
        let Arrival { mask, ins, is_active } = match self.arrivals[index].take() {
            Some(arrival) => arrival,
            None => entry(),
        };
        let constants = node.literals.iter().map(|&number| self.numbers[number as usize]).collect();
        let sources = Sources { ins, inputs: self.inputs.clone(), constants };
        let stretch = Stretch::of(&node.shape, sources);
        let is_active = stretch.active(&is_active, self.wanted);
        let mut taken = Vec::new();
        match &node.end {
            NodeEnd::Done(value) => {
                let value = stretch.read(*value);
                self.value = Some(self.value.map_or(value, |other| chosen(mask, value, other)));
            }
            NodeEnd::Without(how) => {
                self.ending.note(mask, TextWord::of(*how as u32), node.block, TextWord::of(0));
            }
            NodeEnd::Edges(edges) => taken = self.edges(node, &stretch, &is_active, mask, edges),
        }
        self.visits.push(Visit { node, stretch, mask, is_active, taken });
    }

    /// Sends the lanes of a node on; by edge, those that take it.
    fn edges(
        &mut self,
        node: &Node,
        stretch: &Stretch<'_>,
        is_active: &[bool],
        mask: Option<TextMask>,
        edges: &[Edge],
    ) -> Vec<Option<TextMask>> {
        let decision = node.shape.guard.map(|Operation { op, a, b }| decide(op, stretch.read(a), stretch.read(b)));
        let hits: Vec<Vec<TextMask>> = edges
            .iter()
            .map(|edge| match decision {
                Some(decision) => edge.outcomes.iter().map(|&outcome| hit(decision, outcome)).collect(),
                None => Vec::new(),
            })
            .collect();
        if let Some(Decision { outcome, refused }) = decision
            && !node.answers_all(edges)
        {
            let seen = hits.iter().flatten().copied().reduce(|one, two| one | two);
            let lost = both(mask, seen.map(|seen| !seen));
            let stray = TextWord::of(Ended::Stray as u32);
            let how =
                refused.map_or(stray, |refused| TextWord::select(refused, TextWord::of(Ended::Refused as u32), stray));
            self.ending.note(lost, how, node.block, outcome);
        }
        let mut taken = Vec::with_capacity(edges.len());
        for (edge, hits) in edges.iter().zip(&hits) {
            let own = both(mask, hits.iter().copied().reduce(|one, two| one | two));
            taken.push(own);
            let Some(to) = edge.to else {
                self.ending.note(own, TextWord::of(LONG), node.block, TextWord::of(0));
                continue;
            };
            let brought: Vec<Text> = edge.outs.iter().map(|&out| self.out(stretch, edge, hits, out)).collect();
            let brought_active = edge.outs.iter().map(|&out| reaches(out, is_active, self.wanted));
            let arrival = match self.arrivals[to].take() {
                None => Arrival { mask: own, ins: brought, is_active: brought_active.collect() },
                Some(other) => Arrival {
                    mask: own.zip(other.mask).map(|(own, other)| own | other),
                    ins: brought.iter().zip(&other.ins).map(|(&one, &two)| chosen(own, one, two)).collect(),
                    is_active: brought_active.zip(other.is_active).map(|(one, two)| one | two).collect(),
                },
            };
            self.arrivals[to] = Some(arrival);
        }
        taken
    }

    /// What an edge hands on: a value, or what its outcome looks up.
    fn out(&self, stretch: &Stretch<'_>, edge: &Edge, hits: &[TextMask], out: Operand) -> Text {
        let Operand::Constant(column) = out else { return stretch.read(out) };
        let rows = edge.looked_up.iter().map(|row| self.numbers[row[column as usize] as usize]);
        let looked_up =
            rows.zip(hits).reduce(|(before, hit), (number, next)| (Text::select(*next, number, before), hit));
        match looked_up {
            Some((number, _)) => number,
            None => unreachable!("what is looked up has an outcome"),
        }
    }
}

/// The lanes with an outcome.
fn hit(Decision { outcome, refused }: Decision, wanted: Outcome) -> TextMask {
    match (wanted, refused) {
        (REFUSED, Some(refused)) => refused,
        (_, Some(refused)) => outcome.same(TextWord::of(wanted as u32)) & !refused,
        (_, None) => outcome.same(TextWord::of(wanted as u32)),
    }
}

/// Sums of adjoints by input, from the last node to the first.
fn backward(visits: &[Visit<'_>], wanted: &[bool], is_masked: bool) -> Vec<Option<Bar>> {
    let mut sums: Vec<Option<Bar>> = vec![None; wanted.len()];
    // By node: adjoints of what it got.
    let mut left: Vec<Vec<Option<Text>>> = visits.iter().map(|_| Vec::new()).collect();
    let zero = || Text::of(0.0);
    for (index, visit) in visits.iter().enumerate().rev() {
        let Visit { node, stretch, mask, is_active, taken } = visit;
        let mut bars = Bars { slots: vec![None; is_active.len()], inputs: sums.clone() };
        match &node.end {
            NodeEnd::Without(_) => {}
            NodeEnd::Done(value) => match mask {
                None => bars.seed(*value),
                Some(mask) => bars.add(*value, Text::select(*mask, Text::of(1.0), zero())),
            },
            NodeEnd::Edges(edges) => {
                for (edge, taken) in edges.iter().zip(taken) {
                    let Some(to) = edge.to else { continue };
                    // What one edge sends for a slot, in order; then as far as it was taken.
                    let mut sent = Bars { slots: vec![None; is_active.len()], inputs: Vec::new() };
                    for (&out, bar) in edge.outs.iter().zip(&left[to]) {
                        if let (Operand::Slot(_), Some(bar)) = (out, bar) {
                            sent.add(out, *bar);
                        }
                    }
                    for (slot, sent) in bars.slots.iter_mut().zip(sent.slots) {
                        let Some(sent) = sent else { continue };
                        let before = slot.map_or(zero(), Bar::text);
                        *slot = Some(Bar::Sum(chosen(*taken, sent.text(), before)));
                    }
                }
            }
        }
        stretch.reverse(&mut bars, is_active, wanted, is_masked);
        let ins = node.shape.ins as usize;
        left[index] = bars.slots[..ins].iter().map(|bar| bar.map(Bar::text)).collect();
        for (sum, bar) in sums.iter_mut().zip(bars.inputs) {
            *sum = match (mask, bar) {
                (Some(mask), Some(Bar::Sum(bar))) => {
                    let before = sum.map_or(zero(), Bar::text);
                    Some(Bar::Sum(Text::select(*mask, bar, before)))
                }
                (_, bar) => bar,
            };
        }
    }
    sums
}

impl Writer<'_> {
    /// The text of all nodes.
    pub(super) fn unrolled(&mut self) -> String {
        let source = self.source;
        let mut lines = Lines::default();
        let mut operands: Vec<(String, Ty)> =
            (0..source.columns).map(|column| (format!("x{column}"), Ty::F32)).collect();
        for index in 0..source.numbers {
            lines.add(format!("let k{index} = {};", self.number(index as u32)));
            operands.push((format!("k{index}"), Ty::F32));
        }
        let operands: Vec<(&str, Ty)> = operands.iter().map(|(name, ty)| (name.as_str(), *ty)).collect();
        let wanted: Vec<usize> = self.wanted().collect();
        let is_masked = self.is_masked;
        let (mut has_value, mut has_nans, mut has_ending) = (false, false, false);
        let Block { statements, results, operations, .. } = block(self.style, "t", &operands, |values| {
            let values: Vec<Text> = values.iter().map(|value| value.float()).collect();
            let (columns, numbers) = values.split_at(source.columns);
            let place = |place: &Place| match place {
                Place::Column(column) => Some(columns[*column as usize]),
                Place::Number(number) => Some(numbers[*number as usize]),
                Place::Nowhere => None,
            };
            let mut forward = Forward {
                inputs: source.inputs.iter().map(place).collect(),
                numbers: numbers.to_vec(),
                wanted: &source.wanted,
                arrivals: source.nodes.iter().map(|_| None).collect(),
                visits: Vec::new(),
                value: None,
                ending: Ending { how: TextWord::of(0), outcome: TextWord::of(0), is_possible: false },
            };
            for (index, node) in source.nodes.iter().enumerate() {
                forward.visit(index, node);
            }
            let mut results: Vec<Value> = forward.value.map(Value::from).into_iter().collect();
            has_value = !results.is_empty();
            if has_value && source.gradient {
                let sums = backward(&forward.visits, &source.wanted, is_masked);
                let sum = |&input: &usize| sums[input].map_or(Text::of(0.0), gradient);
                let sums: Vec<Text> = wanted.iter().map(sum).collect();
                results.extend(sums.iter().map(|&sum| Value::from(sum)));
                let Ending { how, is_possible, .. } = forward.ending;
                let nans = nans(&sums, is_possible.then_some(how)).filter(|_| !is_masked);
                has_nans = nans.is_some();
                results.extend(nans.map(Value::from));
            }
            has_ending = forward.ending.is_possible;
            if has_ending {
                let is_none = forward.ending.how.same(TextWord::of(0));
                results.extend([Value::from(!is_none), forward.ending.how.into(), forward.ending.outcome.into()]);
            }
            results
        });
        self.operations = operations;
        lines.statements(&statements);
        let mut results = results.iter();
        if has_value {
            let rows = results.by_ref().take(source.rows()).enumerate();
            rows.for_each(|(row, result)| lines.add(format!("rows[{row}u * p.stride + lane] = {result};")));
        }
        if has_nans && let Some(nans) = results.next() {
            lines.0 += &count_nans(nans);
        }
        if let [without, how, outcome] = results.as_slice() {
            lines.add(format!("if any({without}) {{"));
            lines.add("atomicAdd(&summary[SUMMARY_WITHOUT], 1u);");
            lines.add(format!("endings[lane] = {how};\nendings[p.stride + lane] = {outcome};\n}}"));
        }
        let endings = "@group(0) @binding(4) var<storage, read_write> endings: array<vec4<u32>>;  // [how and where, outcome][lane]";
        let named = ["NANS", "WITHOUT"].map(|name| (format!("SUMMARY_{name}"), number(&SUMMARY, name)));
        let named: Vec<(&str, usize)> = named.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let parts = [
            ("parameters", parameters()),
            ("constants", self.constants(&named)),
            ("columns binding", self.columns_binding("vec4<f32>")),
            ("endings binding", if has_ending { endings.to_owned() } else { String::new() }),
            ("columns", self.columns()),
            ("line", lines.0),
        ];
        splice(FRAME, &parts)
    }
}
