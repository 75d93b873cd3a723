//! Making nodes and variables.

use std::sync::Arc;

use super::core::{Expr, ExprId, Lambda, Node, VarId};
use super::expander::Expander;
use super::scope::Binding;
use crate::op::Op;
use crate::reader::{Datum, DatumKind, Span};

/// An operand that may be read more than once: an atom, or a variable that holds its value.
#[derive(Clone)]
pub(super) struct Held {
    expr: Expr,
    span: Span,
}

/// Variables and their inits, for a `Let`.
pub(super) type Lets = Vec<(VarId, ExprId)>;

impl Expander<'_> {
    pub fn node(&mut self, expr: Expr, span: Span) -> ExprId {
        self.nodes.push(Node { expr, span });
        ExprId(self.nodes.len() as u32 - 1)
    }

    pub fn quote(&mut self, kind: DatumKind, span: Span) -> ExprId {
        self.node(Expr::Quote(Datum::new(kind, span)), span)
    }

    pub fn op(&mut self, op: Op, operands: &[ExprId], span: Span) -> ExprId {
        self.node(Expr::Op(op, operands.to_vec()), span)
    }

    /// A `Let`, or only its body where there is nothing to bind.
    pub fn bind(&mut self, lets: Lets, body: ExprId, span: Span) -> ExprId {
        if lets.is_empty() { body } else { self.node(Expr::Let(lets, body), span) }
    }

    /// What stands where an error was reported.
    pub fn placeholder(&mut self, span: Span) -> ExprId {
        self.quote(DatumKind::Unspecified, span)
    }

    /// A new variable that always has its value when it is read.
    pub fn variable(&mut self, name: impl Into<Arc<str>>) -> VarId {
        self.variables.push(name.into());
        self.defined.push(false);
        VarId(self.variables.len() as u32 - 1)
    }

    /// A new variable of a group of definitions.
    pub fn definition(&mut self, name: impl Into<Arc<str>>) -> VarId {
        let variable = self.variable(name);
        self.defined[variable.0 as usize] = true;
        variable
    }

    /// A new variable under the symbol's name, bound in the scope.
    pub fn bind_symbol(&mut self, symbol: &Datum) -> VarId {
        let name = symbol.as_symbol().cloned().unwrap_or_else(|| "_".into());
        let variable = self.variable(name.clone());
        self.scope.bind(&name, Binding::Local(variable));
        variable
    }

    /// Gives a procedure the name it is bound to, unless it has one.
    pub fn name_procedure(&mut self, init: ExprId, name: &Arc<str>) {
        if let Expr::Lambda(Lambda { name: unnamed @ None, .. }) = &mut self.nodes[init.0 as usize].expr {
            *unnamed = Some(name.clone());
        }
    }

    /// Makes the value of `init` readable any number of times, with a variable in `lets` if it needs one.
    pub fn hold(&mut self, init: ExprId, name: &str, lets: &mut Lets) -> Held {
        let node = &self.nodes[init.0 as usize];
        let atom = match &node.expr {
            Expr::Quote(datum) => !matches!(datum.kind, DatumKind::List(_) | DatumKind::Dotted(..)),
            Expr::Local(variable) => !self.defined[variable.0 as usize],
            Expr::Input(_) => true,
            _ => false,
        };
        if atom {
            return Held { expr: node.expr.clone(), span: node.span };
        }
        let span = node.span;
        let variable = self.variable(name);
        lets.push((variable, init));
        Held { expr: Expr::Local(variable), span }
    }

    /// One reading of a held operand.
    pub fn read(&mut self, held: &Held) -> ExprId {
        self.node(held.expr.clone(), held.span)
    }
}
