//! Collect: a lane's heap is copied without what nothing reads any more.
//!
//! Host and device use the same code: a device's lanes are read back between two slices, collected and written
//! again. A lane asks for it at an instruction that allocates and has changed nothing, so that every object is whole.

use crate::machine::image::Image;
use crate::machine::lane::Lane;
use crate::machine::liveness::Frames;
use crate::value::{COUNTED, Cell, Real, SHARED, Value};

/// Copies what is alive to the start of a new heap of the same size; `registers.cells` becomes the number of the
/// program's own objects among it.
///
/// Gives the number of stack slots that were looked at, which is what a collection costs beside what it copies.
pub fn collect<F: Real>(image: &Image, lane: &mut Lane<F>) -> usize {
    let used = lane.registers.heap as usize;
    let mut copy = Copier {
        image,
        from: std::mem::take(&mut lane.heap),
        to: Vec::with_capacity(used),
        moved: vec![0; used],
        counted: 0,
    };
    let size = copy.from.len();
    let roots: Vec<usize> = Frames::new(image, lane).flat_map(|frame| frame.slots(image)).collect();
    for &slot in &roots {
        lane.stack[slot] = copy.value(lane.stack[slot]);
    }
    lane.registers.list = copy.value(lane.registers.list);
    let mut next = 0;
    while next < copy.to.len() {
        let [first, second] = copy.to[next];
        copy.to[next] = [copy.value(first), copy.value(second)];
        next += 1;
    }
    lane.registers.heap = copy.to.len() as u32;
    lane.registers.cells = copy.counted;
    lane.heap = copy.to;
    lane.heap.resize(size, Cell::default());
    roots.len()
}

struct Copier<'a, F: Real> {
    image: &'a Image,
    from: Vec<Cell<F>>,
    to: Vec<Cell<F>>,
    /// By old address: one more than the new one, or 0.
    moved: Vec<u32>,
    counted: u32,
}

impl<F: Real> Copier<'_, F> {
    /// The value with its address in the new heap; its object is copied when it is first met.
    fn value(&mut self, value: Value<F>) -> Value<F> {
        let address = value.word();
        if !value.is_object() || address & SHARED != 0 {
            return value;
        }
        let old = address as usize;
        if self.moved[old] == 0 {
            let [size, count] = self.image.extent(value, self.from[old]);
            self.moved[old] = self.to.len() as u32 + 1;
            self.to.extend_from_slice(&self.from[old..old + size as usize]);
            self.counted += if value.meta & COUNTED != 0 { count } else { 0 };
        }
        Value { meta: value.meta, payload: F::word(self.moved[old] - 1) }
    }
}
