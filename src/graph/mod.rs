//! Build: A-normal form to the compute graph, the content of an artifact and what `explain` draws.
//!
//! **In**: an [`Anf`](crate::anf::Anf) and the [`Role`] of its code. **Out**: a [`Graph`]: one [`Body`] a procedure, typed
//! nodes, every edge an explicit node id, tail calls explicit.
//!
//! What always holds ([`Graph::verify`] checks it, [`build`] and [`Artifact::load`] call it):
//! - Node `i < params + rest` of a body is `Param(i)`; these and the `Capture`s head its region.
//! - Every node stands in exactly one region, once; its inputs stand before it, in its region or in one around it.
//!   Only closures of one group, side by side, may name each other forwards.
//! - An operation has as many inputs as its row says; a closure has as many as its body captures.
//! - The sides of a [`Kind::If`] yield; every other region returns, calls, or branches into regions that do.
//!
//! Constants and inputs are nodes made where they are used, one an occurrence. Deliberately absent: merging of equal
//! nodes, dead code removal, any order but the one of evaluation; what a tape holds must not depend on them.
//!
//! ```text
//! @1 fact (params 2, captures 1, program)
//!   %0 = param 0
//!   %1 = param 1
//!   %2 = capture 0
//!   %3 = const 0
//!   %4 = = %0 %3
//!   if %4
//!     return %1
//!   else
//!     …
//!     tail call %2 %6 %7
//! ```

mod artifact;
mod build;
mod constant;
mod dot;
mod layout;
mod region;
mod svg;
#[cfg(test)]
mod tests;
mod text;
mod types;
mod verify;
#[cfg(test)]
mod verify_tests;
mod wire;

pub use artifact::{Artifact, ArtifactError, ArtifactKind, FORMAT, VERSION, fingerprint};
pub use build::build;
pub use dot::dot;
pub use svg::svg;
pub use types::{Body, BodyId, Constant, Exit, Graph, Kind, Node, NodeId, Region, Role};

/// A rule of the graph that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    #[error("body {}, node {}: {rule}", body.0, node.0)]
    Node { body: BodyId, node: NodeId, rule: &'static str },
    #[error("body {}: {rule}", body.0)]
    Body { body: BodyId, rule: &'static str },
    #[error("graph: {rule}")]
    Graph { rule: &'static str },
}

impl Graph {
    /// The body with this id.
    pub fn body(&self, id: BodyId) -> &Body {
        &self.bodies[id.0 as usize]
    }

    /// The body exported under this name.
    pub fn export(&self, name: &str) -> Option<BodyId> {
        self.exports.iter().find(|(export, _)| &**export == name).map(|(_, body)| *body)
    }

    /// Nodes in all bodies together.
    pub fn node_count(&self) -> usize {
        self.bodies.iter().map(|body| body.nodes.len()).sum()
    }
}

impl Body {
    /// The node with this id.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }
}
