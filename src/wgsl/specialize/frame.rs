//! What blocks push of what they get, so that the way back finds it in its registers.
//!
//! In: the forms of a source whose values lie in registers. Out: slots in groups, each pushed by some forms in one place of the text: static
//! accesses to memory are what a CPU's driver takes long for. Always: where all lanes go one way, no form pushes what its way back does not
//! read, or what it hands on in the same slot. Where lanes part, all is pushed.

use crate::op::Op;
use crate::tape::Operand;
use crate::wgsl::specialize::FORM_END;
use crate::wgsl::specialize::forms::{End, Form, Pace, Source};

/// Groups of slots at most that are pushed each by themselves.
const MOST_GROUPS: usize = 8;

/// Slots that are pushed together, and by which forms.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    slots: Vec<u32>,
    /// Their indices, ascending.
    forms: Vec<usize>,
}

/// What forms push: the slots of their groups, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pushed {
    groups: Vec<Group>,
    is_apart: bool,
}

impl Pushed {
    pub fn of(source: &Source) -> Pushed {
        let is_apart = source.pace == Pace::Apart;
        let mut groups: Vec<Group> = Vec::new();
        for slot in 0..source.most_ins() as u32 {
            let forms = pushing(source, slot);
            match groups.iter_mut().find(|group| group.forms == forms) {
                Some(group) => group.slots.push(slot),
                None if forms.is_empty() => {}
                None => groups.push(Group { slots: vec![slot], forms }),
            }
        }
        while groups.len() > MOST_GROUPS {
            // Of two neighbours with few slots, each form then pushes all or none: what it need not push it finds again as well.
            let pairs = 0..groups.len() - 1;
            let first = pairs.min_by_key(|&pair| groups[pair].slots.len() + groups[pair + 1].slots.len()).unwrap_or(0);
            let other = groups.remove(first + 1);
            let group = &mut groups[first];
            group.slots.extend(other.slots);
            group.forms.extend(other.forms);
            group.forms.sort_unstable();
            group.forms.dedup();
        }
        Pushed { groups, is_apart }
    }

    /// By form: the rows that it pushes. Where lanes part, groups that were merged write and read a few rows more, which are free: a block's
    /// slots are the first ones of all, in order.
    pub fn rows(&self, source: &Source) -> Vec<u32> {
        if self.is_apart {
            return source.forms.iter().map(|form| form.shape.ins).collect();
        }
        let of_form = |form: usize| {
            let own = self.groups.iter().filter(|group| group.forms.contains(&form));
            own.map(|group| group.slots.len() as u32).sum()
        };
        (0..source.forms.len()).map(of_form).collect()
    }

    /// Rows that a block pushes at most; where lanes part, one tells which way it went on.
    pub fn most(&self, source: &Source) -> usize {
        self.rows(source).into_iter().max().unwrap_or(0) as usize + usize::from(self.is_apart)
    }

    /// The text that runs `each` slot of a form with its row's place.
    pub fn text(&self, each: impl Fn(usize, &str) -> String) -> String {
        let mut text = String::from("var at = p.stack + s_top;\n");
        for Group { slots, forms } in &self.groups {
            let is_one = |form: &usize| format!("form == {}u", form + 1 + FORM_END as usize);
            text += &format!("if {} {{\n", forms.iter().map(is_one).collect::<Vec<_>>().join(" || "));
            for (row, &slot) in slots.iter().enumerate() {
                text += &each(slot as usize, &format!("memory[place(at + {row}u)]"));
                text.push('\n');
            }
            text += &format!("at += {}u;\n}}\n", slots.len());
        }
        text
    }
}

/// The forms that push a slot: where lanes go one way, those whose next block gets another value there than theirs, if it is needed again.
fn pushing(source: &Source, slot: u32) -> Vec<usize> {
    let forms = || source.forms.iter().enumerate().filter(|(_, form)| slot < form.shape.ins);
    if source.pace == Pace::Apart {
        return forms().map(|(index, _)| index).collect();
    }
    // What ends with the value has its own in the registers.
    let on = || forms().filter(|(_, form)| !matches!(form.end, End::Done(_)));
    let keeps =
        |form: &Form| form.end.handovers().iter().all(|outs| outs.get(slot as usize) == Some(&Operand::Slot(slot)));
    let is_read = |form: &Form| is_read_again(form)[slot as usize];
    // What hands its value on in the same slot finds it in the register, if those further on push theirs.
    let is_kept = on().any(|(_, form)| keeps(form) && is_read(form));
    on().filter(|(_, form)| !keeps(form) && (is_kept || is_read(form))).map(|(index, _)| index).collect()
}

/// By slot of what it gets: does its way back read it? An adjoint of a sum, a difference or a negation needs no operand.
pub(super) fn is_read_again(form: &Form) -> Vec<bool> {
    let shape = &form.shape;
    let mut is_read = vec![false; shape.ins as usize + shape.operations.len()];
    let mark = |operand: Operand, is_read: &mut Vec<bool>| {
        if let Operand::Slot(slot) = operand {
            is_read[slot as usize] = true;
        }
    };
    if let End::Done(value) = form.end {
        mark(value, &mut is_read);
    }
    shape.wholes.iter().flat_map(|(_, whole)| whole.operands.iter()).for_each(|&operand| mark(operand, &mut is_read));
    for (index, operation) in shape.operations.iter().enumerate().rev() {
        let is_linear = matches!(operation.op, Op::Add | Op::Sub | Op::Neg);
        if !is_linear || is_read[shape.ins as usize + index] {
            [operation.a, operation.b].into_iter().for_each(|operand| mark(operand, &mut is_read));
        }
    }
    is_read.truncate(shape.ins as usize);
    is_read
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::tape::{Operation, Shape};

    const S: fn(u32) -> Operand = Operand::Slot;

    fn form(ins: u32, operations: &[(Op, u32, u32)], end: End) -> Form {
        let operations = operations.iter().map(|&(op, a, b)| Operation { op, a: S(a), b: S(b) }).collect();
        let shape = Shape { ins, operations, wholes: Vec::new(), shares: Vec::new(), guard: None };
        Form { shape: Arc::new(shape), asserts: Vec::new(), literals: Vec::new(), end }
    }

    fn go(slots: &[u32]) -> End {
        End::Go(slots.iter().map(|&slot| S(slot)).collect())
    }

    fn source(pace: Pace, forms: Vec<Form>) -> Source {
        let (nodes, inputs, wanted) = (Vec::new(), Vec::new(), Vec::new());
        Source {
            pace,
            gradient: true,
            is_stepped: false,
            is_cut: false,
            forms,
            nodes,
            inputs,
            wanted,
            numbers: 0,
            columns: 0,
        }
    }

    #[test]
    fn only_operands_of_what_is_not_linear_are_read_again() {
        // Slots: a sum that grows, two factors, one that is taken from it.
        let operations = [(Op::Mul, 1, 2), (Op::Add, 0, 4), (Op::Sub, 5, 3)];
        assert_eq!(is_read_again(&form(4, &operations, go(&[6]))), [false, true, true, false]);
        let squared = [&operations[..], &[(Op::Mul, 6, 6)]].concat();
        assert_eq!(is_read_again(&form(4, &squared, go(&[7]))), [true; 4]);
        assert_eq!(is_read_again(&form(2, &[(Op::Sub, 0, 1)], End::Done(S(2)))), [true; 2]);
        assert_eq!(is_read_again(&form(2, &[(Op::Sub, 0, 1)], End::Done(S(0)))), [true, false]);
    }

    /// A state, a factor and a sum; the sum is last.
    fn round(outs: &[u32]) -> Form {
        form(3, &[(Op::Mul, 0, 1), (Op::Add, 2, 3)], go(outs))
    }

    fn rows(pace: Pace, forms: Vec<Form>) -> Vec<u32> {
        let source = source(pace, forms);
        Pushed::of(&source).rows(&source)
    }

    #[test]
    fn what_keeps_its_slot_or_is_not_needed_is_not_pushed() {
        let done = || form(3, &[], End::Done(S(2)));
        let all_forms = || vec![round(&[3, 1, 4]), done()];
        assert_eq!(rows(Pace::Together, all_forms()), [1, 0]);
        assert_eq!(rows(Pace::Apart, all_forms()), [3, 3]);
        // The last round drops the factor, which the first ones need.
        assert_eq!(
            rows(Pace::Together, vec![round(&[3, 1, 4]), form(3, &[(Op::Add, 0, 2)], go(&[3])), done()]),
            [1, 1, 0]
        );
        // What changes its place is pushed.
        assert_eq!(rows(Pace::Together, vec![round(&[1, 3, 4]), done()]), [2, 0]);
    }

    #[test]
    fn where_lanes_part_a_block_pushes_what_it_gets() {
        let forms = (1..20).map(|ins| form(ins, &[], go(&[0]))).collect();
        let source = source(Pace::Apart, forms);
        let pushed = Pushed::of(&source);
        assert_eq!(pushed.groups.len(), MOST_GROUPS);
        assert_eq!(pushed.rows(&source), (1..20).collect::<Vec<_>>());
        assert_eq!(pushed.most(&source), 20);
        // The first slots of all, in order.
        let slots: Vec<u32> = pushed.groups.iter().flat_map(|group| group.slots.clone()).collect();
        assert_eq!(slots, (0..19).collect::<Vec<_>>());
        for index in 0..19 {
            let own = pushed.groups.iter().position(|group| !group.forms.contains(&index)).unwrap_or(MOST_GROUPS);
            assert!(pushed.groups[own..].iter().all(|group| !group.forms.contains(&index)));
        }
    }

    #[test]
    fn groups_are_few() {
        // Form n drops its slot n, and keeps others.
        let most = 3 * MOST_GROUPS as u32;
        let form = |n: u32| {
            let outs: Vec<u32> = (0..most).map(|slot| if slot == n { most } else { slot }).collect();
            form(most, &[(Op::Mul, n, n)], go(&outs))
        };
        let source = source(Pace::Together, (0..most).map(form).collect());
        let pushed = Pushed::of(&source);
        assert_eq!(pushed.groups.len(), MOST_GROUPS);
        let slots: Vec<u32> = pushed.groups.iter().flat_map(|group| group.slots.clone()).collect();
        assert_eq!(slots, (0..most).collect::<Vec<_>>());
        for (n, rows) in (0..).zip(pushed.rows(&source)) {
            assert!(rows >= 1);
            assert!(pushed.groups.iter().any(|group| group.slots.contains(&n) && group.forms.contains(&(n as usize))));
        }
    }
}
