//! Regions of any depth: a `cond` of 50,000 clauses nests as many [`Exit::Branch`]es, and none of what is here may take
//! Rust stack in proportion.

use std::fmt;

use super::types::{Exit, NodeId, Region};
use crate::anf::deep;

impl Drop for Region {
    fn drop(&mut self) {
        let Exit::Branch(..) = self.exit else { return };
        let mut exits = vec![take(&mut self.exit)];
        while let Some(exit) = exits.pop() {
            if let Exit::Branch(_, mut yes, mut no) = exit {
                exits.push(take(&mut yes.exit));
                exits.push(take(&mut no.exit));
            }
        }
    }
}

fn take(exit: &mut Exit) -> Exit {
    std::mem::replace(exit, Exit::Yield(NodeId(0)))
}

impl Clone for Region {
    fn clone(&self) -> Self {
        deep(|| Region { nodes: self.nodes.clone(), exit: self.exit.clone() })
    }
}

impl PartialEq for Region {
    fn eq(&self, other: &Self) -> bool {
        deep(|| self.nodes == other.nodes && self.exit == other.exit)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        deep(|| f.debug_struct("Region").field("nodes", &self.nodes).field("exit", &self.exit).finish())
    }
}
