//! Segments: single operations of a form between two whole ones, as a shape of their own.

use std::ops::Range;

use crate::tape::{Operand, Operation, Shape};

/// A stretch of single operations.
pub(super) struct Segment {
    /// With slots and constants of its own; it has no whole operation.
    pub shape: Shape,
    /// By in of that shape: the form's slot. Ascending.
    pub ins: Vec<u32>,
    /// By constant of that shape: the form's. Ascending.
    pub constants: Vec<u32>,
    /// The form's slots that it makes.
    pub own: Range<u32>,
    /// In its own terms: guards that are asserted behind it, and the program's value.
    pub asserts: Vec<Operation>,
    pub value: Option<Operand>,
}

impl Segment {
    /// The operations of these numbers, and what is read behind them.
    pub fn of(form: &Shape, numbers: Range<u32>, asserts: &[Operation], value: Option<Operand>) -> Segment {
        let operations = &form.operations[numbers.start as usize..numbers.end as usize];
        let own = form.ins + numbers.start..form.ins + numbers.end;
        let (mut ins, mut constants) = (Vec::new(), Vec::new());
        let second = |operation: &Operation| (operation.op.row().arity == 2).then_some(operation.b);
        let of_one = |operation: &Operation| [Some(operation.a), second(operation)];
        let read = operations.iter().chain(asserts).flat_map(of_one).flatten();
        for operand in read.chain(value) {
            match operand {
                Operand::Slot(slot) if !own.contains(&slot) => ins.push(slot),
                Operand::Constant(constant) => constants.push(constant),
                Operand::Slot(_) | Operand::Input(_) => {}
            }
        }
        for list in [&mut ins, &mut constants] {
            list.sort_unstable();
            list.dedup();
        }
        let shape = Shape {
            ins: ins.len() as u32,
            operations: Vec::new(),
            wholes: Vec::new(),
            shares: Vec::new(),
            guard: None,
        };
        let mut segment = Segment { shape, ins, constants, own, asserts: Vec::new(), value: None };
        let renamed = |operation: &Operation| {
            let a = segment.local(operation.a);
            Operation { op: operation.op, a, b: second(operation).map_or(a, |b| segment.local(b)) }
        };
        let made: Vec<Operation> = operations.iter().map(renamed).collect();
        let asserted = asserts.iter().map(renamed).collect();
        let value = value.map(|value| segment.local(value));
        segment.shape.operations = made;
        Segment { asserts: asserted, value, ..segment }
    }

    /// What it calls an operand of the form that it reads.
    fn local(&self, operand: Operand) -> Operand {
        let known = |list: &[u32], number: u32| match list.binary_search(&number) {
            Ok(index) => index as u32,
            Err(_) => unreachable!("a segment knows what it reads"),
        };
        match operand {
            Operand::Slot(slot) => match self.own_slot(slot) {
                Some(own) => Operand::Slot(own),
                None => Operand::Slot(known(&self.ins, slot)),
            },
            Operand::Constant(constant) => Operand::Constant(known(&self.constants, constant)),
            input @ Operand::Input(_) => input,
        }
    }

    /// What it calls a slot of the form that it makes.
    pub fn own_slot(&self, slot: u32) -> Option<u32> {
        self.own.contains(&slot).then(|| self.ins.len() as u32 + slot - self.own.start)
    }

    /// By slot of its own: the form's.
    pub fn slots(&self) -> impl Iterator<Item = u32> {
        self.ins.iter().copied().chain(self.own.clone())
    }

    /// The inputs that it reads.
    pub fn inputs(&self) -> impl Iterator<Item = u32> {
        let deciding = self.asserts.iter().flat_map(|operation| [operation.a, operation.b]);
        let read = self.shape.operands().chain(deciding).chain(self.value);
        read.filter_map(|operand| if let Operand::Input(input) = operand { Some(input) } else { None })
    }
}
