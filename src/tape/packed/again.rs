//! What a block computes again on the way back.

use crate::op::{Adjoint, Op};
use crate::tape::lowered::{Piece, Shape};
use crate::tape::residual::Operand;

/// By operation: does what sends its adjoints back read its value, or what is computed from it?
pub(super) fn needed(shape: &Shape) -> Vec<bool> {
    let mut needed = vec![false; shape.operations.len()];
    let need = |needed: &mut [bool], operand: Operand| {
        if let Operand::Slot(slot) = operand
            && let Some(own) = slot.checked_sub(shape.ins)
        {
            needed[own as usize] = true;
        }
    };
    for piece in shape.pieces().into_iter().rev() {
        match piece {
            Piece::Single(index, operation) => {
                let index = index as usize;
                let is_passed_on = matches!(operation.op, Op::Add | Op::Sub | Op::Neg | Op::Inexact | Op::Attach);
                let is_read = operation.op.row().adjoint == Adjoint::Rule && !is_passed_on;
                needed[index] |= is_read;
                if needed[index] {
                    need(&mut needed, operation.a);
                    need(&mut needed, operation.b);
                }
            }
            Piece::Whole(at, whole) => {
                let made = &mut needed[at as usize..][..whole.linear.results()];
                let is_needed = made.contains(&true) || whole.linear.pulls_by_results();
                made.fill(is_needed);
                whole.operands.iter().for_each(|&operand| need(&mut needed, operand));
            }
        }
    }
    needed
}
