//! What a block computes again on the way back.

use crate::op::{Adjoint, Op};
use crate::tape::lowered::{Piece, Shape};
use crate::tape::residual::Operand;

/// By operation: is its value read by what sends adjoints back, or by what that needs?
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
                let (reads_value, reads_operands) = match operation.op {
                    Op::Add | Op::Sub | Op::Neg | Op::Inexact | Op::Attach => (false, false),
                    Op::Mul | Op::Square => (false, true),
                    op => [op.row().adjoint == Adjoint::Rule; 2].into(),
                };
                needed[index] |= reads_value;
                if needed[index] || reads_operands {
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
