//! How blocks end: guards, and ways on with what is handed on.

use super::back::WayBack;
use super::place::Placement;
use super::{Ended, GOES_ON, Kind, Packer, Space, head, operands};
use crate::tape::lowered::{Exit, Link, Value};
use crate::tape::residual::{Operand, Outcome, REFUSED};

impl Packer<'_> {
    /// Where the block's exit stands.
    pub(super) fn exit(&mut self, index: usize, way_back: &WayBack) -> u32 {
        let (shape, placement) = (self.shape(index), &self.placements[index]);
        match &self.program.blocks[index].exit {
            Exit::Next(link) => {
                let handed = self.handed(&[link]);
                let back = self.back(way_back, &handed, Some(link));
                let at = self.here();
                self.go(link, None, back, placement);
                at
            }
            Exit::Done(Value::Float(operand)) => {
                let back = self.back_from_value(way_back, *operand);
                let at = self.here();
                self.copy(placement.of(*operand), (Space::Out, 0));
                self.plain(Kind::End, [Ended::Done as u32, index as u32, back]);
                at
            }
            Exit::Done(Value::Other(_, holes)) => {
                let ended = if holes.is_empty() { Ended::Other } else { Ended::Left };
                let at = self.here();
                self.plain(Kind::End, [ended as u32, index as u32, 0]);
                at
            }
            Exit::Leave => {
                let at = self.here();
                self.plain(Kind::End, [Ended::Left as u32, index as u32, 0]);
                at
            }
            Exit::Guard(sides, lookups) => {
                let Some(guard) = &shape.guard else { unreachable!("a block with sides has a guard") };
                let all = sides.iter().map(|(_, link)| link).chain(lookups.iter().map(|lookup| &lookup.link));
                let all: Vec<&Link> = all.collect();
                let handed = self.handed(&all);
                let mut ways: Vec<(Outcome, u32)> = Vec::new();
                for (outcome, link) in sides {
                    let back = self.back(way_back, &handed, Some(link));
                    ways.push((*outcome, self.here()));
                    self.go(link, None, back, placement);
                }
                for lookup in lookups {
                    let back = self.back(way_back, &handed, Some(&lookup.link));
                    let columns = lookup.columns as usize;
                    for (index, &outcome) in lookup.outcomes.iter().enumerate() {
                        ways.push((outcome, self.here()));
                        self.go(&lookup.link, Some(&lookup.constants[index * columns..][..columns]), back, placement);
                    }
                }
                ways.sort_unstable();
                let refused = ways.iter().find(|(outcome, _)| *outcome == REFUSED).map_or(0, |&(_, at)| at);
                ways.retain(|(outcome, _)| *outcome < REFUSED);
                let first = self.here();
                self.code.extend(ways.iter().map(|&(outcome, at)| [outcome as u32, at, 0, 0]));
                let at = self.here();
                let [(a, x), (b, y)] = operands(placement, guard);
                let head = head(Kind::Decide, guard.op as u32, a, b, Space::Local);
                self.code.push([head, x | y << 16, first, ways.len() as u32]);
                self.code.push([refused, index as u32, 0, 0]);
                at
            }
        }
    }

    /// A link's way; `row` are the constants that are looked up.
    fn go(&mut self, link: &Link, row: Option<&[f32]>, back: u32, placement: &Placement) {
        if self.placements[link.block as usize].goes_on {
            // What it gets is there.
            self.gone_to.push((self.code.len(), link.block));
            self.code.push([(Kind::Go as u32) << 8 | GOES_ON, 0, 0, back]);
            return;
        }
        let outs = if self.is_left[link.block as usize] { &[][..] } else { &link.outs[..] };
        let mut moves = Vec::new();
        for (index, &out) in outs.iter().enumerate() {
            let to = (Space::Next, index as u32);
            match (out, row) {
                (Operand::Constant(column), Some(row)) => {
                    self.moves(&std::mem::take(&mut moves));
                    self.set(to, row[column as usize]);
                }
                _ => moves.push((Some(placement.of(out)), to)),
            }
        }
        self.moves(&moves);
        self.gone_to.push((self.code.len(), link.block));
        self.plain(Kind::Go, [0, outs.len() as u32, back]);
    }
}
