//! Where the values of a body are read for the last time.

use crate::graph::{Body, Exit, Kind, NodeId, Region};

/// What the scheduler asks of every node.
pub(super) struct Uses {
    /// The position in its own region after which nothing reads it.
    pub last: Vec<u32>,
    /// The region that makes it, numbered in order of visit.
    pub region: Vec<u32>,
    /// How often it is read.
    pub count: Vec<u32>,
}

impl Uses {
    /// The uses of a body's nodes.
    pub(super) fn of(body: &Body) -> Uses {
        let zero = vec![0; body.nodes.len()];
        let uses = Uses { last: zero.clone(), region: zero.clone(), count: zero };
        let mut walk = Walk { body, here: Vec::new(), uses };
        walk.region(&body.region);
        walk.uses
    }
}

struct Walk<'a> {
    body: &'a Body,
    /// The position reached in each region that was entered.
    here: Vec<u32>,
    uses: Uses,
}

impl Walk<'_> {
    fn region(&mut self, region: &Region) {
        stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || {
            let index = self.here.len();
            self.here.push(0);
            for (position, &id) in region.nodes.iter().enumerate() {
                self.here[index] = position as u32;
                self.uses.region[id.0 as usize] = index as u32;
                self.uses.last[id.0 as usize] = position as u32;
                let node = &self.body.nodes[id.0 as usize];
                for &input in &node.inputs {
                    self.used(input);
                }
                if let Kind::If(then, otherwise) = &node.kind {
                    self.region(then);
                    self.region(otherwise);
                }
            }
            self.here[index] = region.nodes.len() as u32;
            match &region.exit {
                Exit::Yield(node) | Exit::Return(node) => self.used(*node),
                Exit::TailCall { inputs, .. } => inputs.iter().for_each(|&input| self.used(input)),
                Exit::TailApply { inputs, .. } => inputs.iter().for_each(|&input| self.used(input)),
                Exit::Branch(test, then, otherwise) => {
                    self.used(*test);
                    self.region(then);
                    self.region(otherwise);
                }
            }
        });
    }

    fn used(&mut self, node: NodeId) {
        let node = node.0 as usize;
        let position = self.here[self.uses.region[node] as usize];
        self.uses.last[node] = self.uses.last[node].max(position);
        self.uses.count[node] += 1;
    }
}
