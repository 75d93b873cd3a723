//! Lexical scope: what each name means at the place being expanded.

use std::collections::HashMap;
use std::sync::Arc;

use super::core::VarId;

/// What a name is bound to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Binding {
    /// A variable that has its value wherever it can be read.
    Local(VarId),
    /// A definition of an open group, which keeps count of who reads it: its place in the stack of open groups, and its
    /// place in that group.
    Defined { group: usize, item: usize, variable: VarId },
    /// A constant of the run, by its place in the options.
    Constant(usize),
    /// A vector or matrix from outside, by its place in [`Expander::outside`](super::expander::Expander).
    Outside(usize),
}

/// The bindings in force. Binding and looking up take constant time, however many there are.
#[derive(Default)]
pub(super) struct Scope {
    /// Every name's bindings, innermost last; a name that is not bound has none.
    bindings: HashMap<Arc<str>, Vec<Binding>>,
    /// The names bound so far, in order, so that they can be unbound.
    trail: Vec<Arc<str>>,
}

/// A moment to which the scope can return.
#[derive(Clone, Copy)]
pub(super) struct Mark(usize);

impl Scope {
    pub fn bind(&mut self, name: &Arc<str>, binding: Binding) {
        self.bindings.entry(name.clone()).or_default().push(binding);
        self.trail.push(name.clone());
    }

    pub fn mark(&self) -> Mark {
        Mark(self.trail.len())
    }

    /// Undoes every binding made since `mark`.
    pub fn reset(&mut self, mark: Mark) {
        for name in self.trail.drain(mark.0..) {
            if let Some(stack) = self.bindings.get_mut(&name) {
                stack.pop();
                if stack.is_empty() {
                    self.bindings.remove(&name);
                }
            }
        }
    }

    pub fn lookup(&self, name: &str) -> Option<Binding> {
        self.bindings.get(name).and_then(|stack| stack.last().copied())
    }

    /// How many names are bound.
    pub fn len(&self) -> usize {
        self.bindings.len()
    }

    /// The names that are bound, in no particular order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.bindings.keys().map(|name| &**name)
    }
}
