//! The steps of whole operations as instructions.

use super::Space;
use super::code::{Kind, NEGATED, head};
use crate::op::linear::{Formula, Step, Steps, Tile, View};

/// Terms of a tile that go together, so that no instruction takes long.
const TERMS: u64 = 1 << 14;

/// Where an array begins.
pub type Place = (Space, u32);

/// Appends steps over arrays that lie at these places; `pivots` are the locals where the numbers of pivots are kept.
pub fn assemble(code: &mut Vec<[u32; 4]>, steps: &Steps, places: &[Place], pivots: u32) {
    for step in &steps.list {
        match *step {
            Step::Tile(tile) => assemble_tile(code, &tile, places),
            Step::Pivot { m, k, n, signs } => {
                let ((space, m), (_, signs)) = (places[m.index()], places[signs.index()]);
                code.push([head(Kind::Pivot, 0, space, space, space), m, k | n << 16, signs | pivots << 16]);
            }
            Step::Swap(swap) => {
                let (space, at) = places[swap.array.index()];
                let (sizes, steps) = (swap.k | swap.count << 16, swap.outer | swap.inner << 16);
                code.push([head(Kind::Swap, 0, space, space, space), at | pivots << 16, sizes, steps]);
            }
        }
    }
}

/// Appends a tile, in pieces that take as long as other instructions.
pub fn assemble_tile(code: &mut Vec<[u32; 4]>, tile: &Tile, places: &[Place]) {
    let terms = u64::from(tile.columns) * u64::from(tile.terms.max(1));
    let most = (TERMS / terms).max(4) as u32 / 4 * 4;
    let mut first = 0;
    while first < tile.rows {
        let down = |view: View| View { at: view.at.wrapping_add_signed(view.outer * first as i32), ..view };
        let rows = most.min(tile.rows - first);
        let place = |view: View| {
            let (space, start) = places[view.array.index()];
            (space, start + view.at)
        };
        let [out, x] = [tile.out, tile.x].map(|view| place(down(view)));
        assemble_piece(code, &Tile { rows, ..*tile }, [out, x, place(tile.y)]);
        first += rows;
    }
}

/// Appends a tile that is no longer than an instruction may be; its views begin at these places.
pub fn assemble_piece(code: &mut Vec<[u32; 4]>, tile: &Tile, places: [Place; 3]) {
    let [out, x, y] = places;
    let turned = tile.formula.on_its_side().filter(|_| tile.columns == 1 && tile.rows > 1);
    if let Some((formula, is_negated)) = turned {
        // The kernel reads and writes four columns at once, and rows one by one.
        let flat = |view: View| View { outer: 0, ..view };
        let side = View { inner: tile.out.outer, ..flat(tile.out) };
        let tile = Tile { rows: 1, columns: tile.rows, out: side, x: flat(tile.y), y: tile.x, ..*tile };
        instruction(code, &tile, formula as u32 | if is_negated { NEGATED } else { 0 }, [out, y, x]);
        return;
    }
    // There is no other column; the kernel would step through y from row to row.
    let y_side = if tile.columns == 1 { View { outer: 0, ..tile.y } } else { tile.y };
    let tile = &Tile { y: y_side, ..*tile };
    let formula = tile.formula.of_negated().map_or(tile.formula as u32, |other| other as u32 | NEGATED);
    instruction(code, tile, formula, places);
}

fn instruction(code: &mut Vec<[u32; 4]>, tile: &Tile, formula: u32, [(to, out), (a, x), (b, y)]: [Place; 3]) {
    let head = head(Kind::Tile, formula, a, b, to) | (tile.begins as u32) << 21;
    let steps = |view: View| (view.outer as u32 & 0xffff) | (view.inner as u32) << 16;
    code.push([head, out, x, y]);
    code.push([tile.rows | tile.columns << 16, tile.terms, 0, 0]);
    code.push([steps(tile.out), steps(tile.x), steps(tile.y), 0]);
}

/// An instruction of some that have been appended.
pub struct Instruction {
    pub kind: u32,
    rows: [[u32; 4]; 3],
}

impl Instruction {
    /// All of them; other kinds than tiles have one row.
    pub fn all(mut code: &[[u32; 4]]) -> impl Iterator<Item = Instruction> {
        std::iter::from_fn(move || {
            let kind = (code.first()?[0] >> 8) & 15;
            let (own, others) = code.split_at(if kind == Kind::Tile as u32 { 3 } else { 1 });
            code = others;
            Some(Instruction { kind, rows: std::array::from_fn(|row| own.get(row).copied().unwrap_or_default()) })
        })
    }

    /// Rows, columns and terms of products whose adjoints are x, if it has some rows and terms of them.
    pub fn products(&self) -> Option<[u32; 3]> {
        let [head, sizes, _] = self.rows;
        let formula = head[0] & (NEGATED - 1);
        let [rows, columns, terms] = [sizes[0] & 0xffff, sizes[0] >> 16, sizes[1]];
        let is_hot = formula < Formula::HOT.len() as u32 && formula != Formula::SentProduct as u32;
        (self.kind == Kind::Tile as u32 && is_hot && rows > 1 && terms > 1).then_some([rows, columns, terms])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::linear::{Linear, ONE_BY_ONE, forward_steps};

    #[test]
    fn instructions_are_read_back() {
        let read = |linear: Linear| {
            let steps = forward_steps(linear, ONE_BY_ONE);
            let places = vec![(Space::Local, 0); 6 + steps.arrays.len()];
            let mut code = Vec::new();
            assemble(&mut code, &steps, &places, 0);
            let kinds: Vec<u32> = Instruction::all(&code).map(|instruction| instruction.kind).collect();
            (kinds, Instruction::all(&code).filter_map(|instruction| instruction.products()).collect::<Vec<_>>())
        };
        let product = read(Linear::Product { rows: 3, inner: 5, columns: 4 });
        assert_eq!(product, (vec![Kind::Tile as u32], vec![[3, 4, 5]]));
        assert_eq!(read(Linear::Product { rows: 1, inner: 5, columns: 4 }).1, [[0; 3]; 0]);
        let (kinds, _) = read(Linear::Inverse { size: 3 });
        let count = |kind: Kind| kinds.iter().filter(|&&found| found == kind as u32).count();
        assert_eq!((count(Kind::Pivot), count(Kind::Swap)), (3, 6));
        assert_eq!(kinds.len(), count(Kind::Pivot) + count(Kind::Swap) + count(Kind::Tile));
    }
}
