//! Tying definitions together: which become a `Fix`, which a `Let`, and which need a box.
//!
//! Inits are evaluated in source order, and reading a name before its value exists is an error. In a body and in a
//! `letrec*` each value exists as soon as its init has run; in a `letrec` none exists before the last init has run
//! (R7RS-small, section 7.3). A *strict* item is one whose init runs (anything but a lambda). A name must live in a box,
//! which is empty until then, exactly if a strict item reaches it, through any chain of reads, at or before the place
//! where it is defined (in a `letrec`: wherever that is). All others can be ordered by their reads: strict items stay in
//! source order, lambdas go where what they read exists, together with those they are mutually recursive with. (After
//! Ghuloum and Dybvig, "Fixing Letrec (reloaded)", Scheme Workshop 2009, with the order of evaluation checked rather than
//! trusted.)

use super::core::{Expr, ExprId, VarId};
use super::expander::Expander;
use crate::op::Op;
use crate::reader::DatumKind;

impl Expander<'_> {
    /// Binds `variables` to `inits` around `last`. `reads` tells who (an item, or past the last one the rest) reads which
    /// item at which node; `together`: no value exists before the last init has run.
    pub fn tie(
        &mut self,
        variables: &[VarId],
        inits: &[ExprId],
        reads: &[(usize, usize, ExprId)],
        last: ExprId,
        together: bool,
    ) -> ExprId {
        let count = inits.len();
        let lambda =
            |expander: &Self, item: usize| matches!(expander.nodes[inits[item].0 as usize].expr, Expr::Lambda(_));
        let lambdas: Vec<bool> = (0..count).map(|item| lambda(self, item)).collect();
        let among: Vec<(usize, usize)> =
            reads.iter().filter(|read| read.0 < count).map(|&(reader, item, _)| (reader, item)).collect();
        let boxed = boxed(&Edges::new(count, &among), &lambdas, together);

        for &(_, item, node) in reads.iter().filter(|read| boxed[read.1]) {
            let span = self.nodes[node.0 as usize].span;
            let place = self.node(Expr::Local(variables[item]), span);
            self.nodes[node.0 as usize].expr = Expr::Op(Op::Unbox, vec![place]);
        }

        // What an item waits for: unboxed items it reads, and for one that runs, the one that runs before it.
        let mut waits: Vec<(usize, usize)> = among.into_iter().filter(|&(_, item)| !boxed[item]).collect();
        let running: Vec<usize> = (0..count).filter(|&item| !lambdas[item] || boxed[item]).collect();
        waits.extend(running.windows(2).map(|pair| (pair[1], pair[0])));

        let mut result = last;
        let mut inits = inits.to_vec();
        let mut waiting = Vec::new();
        if together {
            // What the inits of boxed items give waits under names of its own until all have run.
            for item in (0..count).rev().filter(|&item| boxed[item]) {
                let init = inits[item];
                let span = self.nodes[init.0 as usize].span;
                if !lambdas[item] {
                    let name = self.variables[variables[item].0 as usize].clone();
                    let value = self.variable(name);
                    inits[item] = self.node(Expr::Local(value), span);
                    waiting.push((item, value, init));
                }
                result = self.fill(variables[item], inits[item], result);
            }
        }
        for component in components(&Edges::new(count, &waits)).into_iter().rev() {
            let first = component[0];
            let span = self.nodes[inits[first].0 as usize].span;
            result = if lambdas[first] && !boxed[first] {
                let procedures = component.iter().map(|&item| (variables[item], inits[item])).collect();
                self.node(Expr::Fix(procedures, result), span)
            } else if boxed[first] && together {
                match waiting.iter().find(|(item, ..)| *item == first) {
                    Some(&(_, value, init)) => self.node(Expr::Let(vec![(value, init)], result), span),
                    None => result,
                }
            } else if boxed[first] {
                self.fill(variables[first], inits[first], result)
            } else {
                self.node(Expr::Let(vec![(variables[first], inits[first])], result), span)
            };
        }
        let mut boxes = Vec::new();
        for item in (0..count).filter(|&item| boxed[item]) {
            let span = self.nodes[inits[item].0 as usize].span;
            let empty = self.quote(DatumKind::Unspecified, span);
            boxes.push((variables[item], self.op(Op::MakeBox, &[empty], span)));
        }
        let span = self.nodes[result.0 as usize].span;
        self.bind(boxes, result, span)
    }

    /// The value of `init` goes into the box that is `variable`; then `rest`.
    fn fill(&mut self, variable: VarId, init: ExprId, rest: ExprId) -> ExprId {
        let span = self.nodes[init.0 as usize].span;
        let place = self.node(Expr::Local(variable), span);
        let filled = self.op(Op::BoxSet, &[place, init], span);
        let unread = self.variable("_");
        self.node(Expr::Let(vec![(unread, filled)], rest), span)
    }
}

/// A directed graph on `0..count`: the targets of each node side by side.
struct Edges {
    starts: Vec<usize>,
    targets: Vec<usize>,
}

impl Edges {
    fn new(count: usize, pairs: &[(usize, usize)]) -> Edges {
        let mut starts = vec![0; count + 1];
        for &(from, _) in pairs {
            starts[from + 1] += 1;
        }
        for node in 0..count {
            starts[node + 1] += starts[node];
        }
        let (mut next, mut targets) = (starts.clone(), vec![0; pairs.len()]);
        for &(from, to) in pairs {
            targets[next[from]] = to;
            next[from] += 1;
        }
        Edges { starts, targets }
    }

    fn of(&self, node: usize) -> &[usize] {
        &self.targets[self.starts[node]..self.starts[node + 1]]
    }

    fn count(&self) -> usize {
        self.starts.len() - 1
    }
}

/// Which items may be read before their values exist.
fn boxed(reads: &Edges, lambdas: &[bool], together: bool) -> Vec<bool> {
    // By item, the first item that runs and reaches it. Items that run are taken in order, so the first visit is the
    // one that counts, and the whole is linear.
    let mut reached_by: Vec<Option<usize>> = vec![None; reads.count()];
    let mut pending = Vec::new();
    for runs in (0..reads.count()).filter(|&item| !lambdas[item]) {
        if reached_by[runs].is_some() {
            continue;
        }
        pending.push(runs);
        while let Some(reader) = pending.pop() {
            for &item in reads.of(reader) {
                if reached_by[item].is_none() {
                    reached_by[item] = Some(runs);
                    pending.push(item);
                }
            }
        }
    }
    reached_by.iter().enumerate().map(|(item, by)| by.is_some_and(|runs| together || runs <= item)).collect()
}

/// The strongly connected components, each in ascending order, every one after those it has edges to (Tarjan's
/// algorithm, with a stack of its own).
fn components(edges: &Edges) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let count = edges.count();
    let (mut found, mut low) = (vec![UNSEEN; count], vec![UNSEEN; count]);
    let mut done = vec![false; count];
    let (mut open, mut path, mut components) = (Vec::new(), Vec::new(), Vec::new());
    let mut clock = 0;
    for root in 0..count {
        if found[root] != UNSEEN {
            continue;
        }
        path.push((root, 0));
        while let Some((node, edge)) = path.pop() {
            if edge == 0 {
                found[node] = clock;
                low[node] = clock;
                clock += 1;
                open.push(node);
            } else {
                // Back from the target that was descended into.
                low[node] = low[node].min(low[edges.of(node)[edge - 1]]);
            }
            let mut next = edge;
            let mut descend = None;
            while let Some(&target) = edges.of(node).get(next) {
                next += 1;
                if found[target] == UNSEEN {
                    descend = Some(target);
                    break;
                }
                if !done[target] {
                    low[node] = low[node].min(found[target]);
                }
            }
            if let Some(target) = descend {
                path.push((node, next));
                path.push((target, 0));
            } else if low[node] == found[node] {
                let from = open.iter().rposition(|&member| member == node).unwrap_or(0);
                let mut component = open.split_off(from);
                component.sort_unstable();
                component.iter().for_each(|&member| done[member] = true);
                components.push(component);
            }
        }
    }
    components
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_come_after_what_they_need() {
        let edges = Edges::new(6, &[(0, 1), (1, 2), (2, 1), (3, 0), (3, 4), (4, 4)]);
        assert_eq!(components(&edges), [vec![1, 2], vec![0], vec![4], vec![3], vec![5]]);
    }

    #[test]
    fn a_long_chain_needs_no_stack_and_no_quadratic_time() {
        let count = 300_000;
        let pairs: Vec<_> = (0..count - 1).map(|node| (node, node + 1)).collect();
        let ordered = components(&Edges::new(count, &pairs));
        assert_eq!(ordered.len(), count);
        assert_eq!(ordered[0], [count - 1]);
        let ring: Vec<_> = (0..count).map(|node| (node, (node + 1) % count)).collect();
        assert_eq!(components(&Edges::new(count, &ring)).len(), 1);
    }

    #[test]
    fn only_what_runs_too_early_is_boxed() {
        // 0: lambda reading 2; 1: runs, reads 0; 2: runs.
        let reads = Edges::new(3, &[(0, 2), (1, 0)]);
        assert_eq!(boxed(&reads, &[true, false, false], false), [false, false, true]);
        // 0: lambda reading 1; 1: runs, reads nothing; 2: runs, reads 0.
        let reads = Edges::new(3, &[(0, 1), (2, 0)]);
        assert_eq!(boxed(&reads, &[true, false, false], false), [false; 3]);
        assert_eq!(boxed(&reads, &[true, false, false], true), [true, true, false]);
        // A value that reads itself, and a lambda used before its definition.
        let reads = Edges::new(3, &[(0, 0), (1, 2)]);
        assert_eq!(boxed(&reads, &[false, false, true], false), [true, false, true]);
    }
}
