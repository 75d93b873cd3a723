//! The expander: what it remembers while it walks the data, and its dispatch on what a datum is.

use std::collections::HashSet;
use std::sync::Arc;

use super::body::Group;
use super::core::{Expr, ExprId, InputId, Lambda, Node, VarId};
use super::inputs::Inputs;
use super::library::{self, Form, Known};
use super::nearest::nearest;
use super::outside::{Outside, has_array};
use super::scope::{Binding, Scope};
use super::{Core, Module, Options, arrange};
use crate::op::Op;
use crate::reader::{Datum, DatumKind, Diagnostic, DiagnosticKind, Span, counted};

/// Which language the data are in.
pub(super) enum Dialect {
    Program,
    /// A program in which the `%` names exist too.
    Bootstrap,
    /// A file of procedures; the names are those that exist besides the primitives.
    Module(HashSet<Arc<str>>),
}

/// A `loop` whose body is being expanded.
#[derive(Clone, Copy)]
pub(super) struct Loop {
    pub variable: VarId,
    /// Operands that a `recur` to it takes.
    pub count: usize,
}

/// The loop of which an expression stands in tail position, by its place in [`Expander::loops`].
pub(super) type Tail = Option<usize>;

/// A suggestion costs a walk over every known name. This many names are looked at, so that a text that is all slips gets
/// suggestions for its first ones only.
const LOOKED_AT: usize = 300_000;

/// Red zone and segment size for recursion over data: the reader bounds their nesting, the stack of the calling thread
/// may still be too small for it.
pub(super) const RED_ZONE: usize = 64 * 1024;
pub(super) const SEGMENT: usize = 4 * 1024 * 1024;

pub(super) struct Expander<'o> {
    pub nodes: Vec<Node>,
    pub variables: Vec<Arc<str>>,
    /// By variable: is it a definition, which may be read before it has a value?
    pub defined: Vec<bool>,
    pub diagnostics: Vec<Diagnostic>,
    pub scope: Scope,
    /// What is made before the program's first form, if it is mentioned.
    pub outside: Vec<Outside>,
    /// The groups of definitions that are open, outermost first.
    pub groups: Vec<Group>,
    pub inputs: Inputs,
    pub loops: Vec<Loop>,
    pub dialect: Dialect,
    pub options: &'o Options<'o>,
    /// Names of definitions that stand where none may; calls of them are no further errors.
    misplaced: HashSet<Arc<str>>,
    /// Names that may still be looked at for suggestions.
    looks: usize,
}

impl<'o> Expander<'o> {
    pub fn new(options: &'o Options<'o>, dialect: Dialect) -> Self {
        let mut expander = Expander {
            nodes: Vec::new(),
            variables: Vec::new(),
            defined: Vec::new(),
            diagnostics: Vec::new(),
            scope: Scope::default(),
            outside: Vec::new(),
            groups: Vec::new(),
            inputs: Inputs::default(),
            loops: Vec::new(),
            dialect,
            options,
            misplaced: HashSet::new(),
            looks: LOOKED_AT,
        };
        expander.bind_outside();
        expander
    }

    /// Expands a whole program.
    pub fn program(mut self, data: &[Datum]) -> Result<Core, Vec<Diagnostic>> {
        let whole = match data {
            [first, .., last] => first.span.to(last.span),
            [only] => only.span,
            [] => Span::default(),
        };
        let root = self.top_level(data, whole);
        let root = self.with_outside(root);
        self.generalise();
        let constants = &self.options.constants;
        let (inputs, order, clashes) = self.inputs.finish(|name| constants.iter().any(|(own, _)| own == name));
        self.diagnostics.extend(clashes);
        if self.diagnostics.is_empty() {
            let (nodes, roots) = arrange::arrange(self.nodes, &[root], &order);
            Ok(Core { nodes, root: roots[0], inputs, variables: self.variables })
        } else {
            Err(in_source_order(self.diagnostics))
        }
    }

    /// Expands a whole file of the bootstrap.
    pub fn module(mut self, data: &[Datum]) -> Result<Module, Vec<Diagnostic>> {
        let (names, roots): (Vec<_>, Vec<_>) = self.procedures(data).into_iter().unzip();
        if self.diagnostics.is_empty() {
            let (nodes, roots) = arrange::arrange(self.nodes, &roots, &[]);
            Ok(Module { nodes, definitions: names.into_iter().zip(roots).collect(), variables: self.variables })
        } else {
            Err(in_source_order(self.diagnostics))
        }
    }

    /// In a program that may come to hold vectors, arithmetic looks at what its operands are.
    fn generalise(&mut self) {
        let is_of_vectors = |node: &Node| match &node.expr {
            Expr::Library(name) => library::is_of_vectors(name),
            Expr::Quote(datum) => has_array(datum),
            _ => false,
        };
        if !self.nodes.iter().any(is_of_vectors) {
            return;
        }
        for index in 0..self.nodes.len() {
            let Node { expr: Expr::Op(op, operands), span } = &mut self.nodes[index] else { continue };
            if let Some(name) = library::generic(*op) {
                let (operands, span) = (std::mem::take(operands), *span);
                let operator = self.node(Expr::Library(name.into()), span);
                self.nodes[index].expr = Expr::Call(operator, operands);
            }
        }
    }

    // Errors.

    /// Reports an `expand` error and gives what stands in its place.
    pub fn error(&mut self, message: impl Into<String>, span: Span) -> ExprId {
        self.diagnostics.push(Diagnostic::new(DiagnosticKind::Expand, message, span));
        self.placeholder(span)
    }

    /// Reports a form that is not written as it should be.
    pub fn malformed(&mut self, form: &str, expected: &str, span: Span) -> ExprId {
        self.diagnostics.push(
            Diagnostic::new(DiagnosticKind::Expand, format!("malformed `{form}`"), span)
                .with_help(format!("it is written `{expected}`")),
        );
        self.placeholder(span)
    }

    /// Reports a name that nothing defines, where only a procedure makes sense.
    pub fn unbound(&mut self, name: &str, span: Span) -> ExprId {
        if self.misplaced.contains(name) {
            return self.placeholder(span);
        }
        let mut diagnostic = Diagnostic::new(DiagnosticKind::Unbound, format!("`{name}` is not defined"), span);
        if self.looks > 0 {
            self.looks = self.looks.saturating_sub(1000 + self.scope.len());
            let module = match &self.dialect {
                Dialect::Module(names) => Some(names),
                Dialect::Program | Dialect::Bootstrap => None,
            };
            let procedures = library::procedures().filter(|known| module.is_none() || known.op.is_some());
            let procedures = procedures.map(|procedure| procedure.name);
            let others = module.into_iter().flatten().map(|name| &**name).chain(self.scope.names());
            let known = library::special_forms().chain(procedures).chain(others);
            if let Some(near) = nearest(name, known) {
                diagnostic = diagnostic.with_help(format!("the nearest known name is `{near}`"));
            }
        }
        self.diagnostics.push(diagnostic);
        self.placeholder(span)
    }

    fn absent(&mut self, name: &str, span: Span) -> ExprId {
        self.error(format!("`{name}` is not in the language"), span)
    }

    // Names.

    /// What `name` means where nothing binds it, in this dialect.
    fn known(&self, name: &str) -> Option<Known> {
        let known = library::known(name)?;
        match &self.dialect {
            Dialect::Program if name.starts_with('%') => None,
            // An instruction that the evaluator cannot be handed as data.
            Dialect::Bootstrap if name == Op::Put.row().name => None,
            // A module may take over the names that the language leaves out.
            Dialect::Module(names) if names.contains(name) => match known {
                Known::Form(_) | Known::Procedure(_) => Some(known),
                _ => None,
            },
            _ => Some(known),
        }
    }

    /// Is this datum the syntactic keyword `name`, unshadowed?
    pub fn is_keyword(&self, datum: &Datum, name: &str) -> bool {
        datum.as_symbol().is_some_and(|found| &**found == name && self.scope.lookup(name).is_none())
    }

    /// A name in expression position, operators excepted.
    pub fn reference(&mut self, name: &Arc<str>, span: Span) -> ExprId {
        match self.scope.lookup(name) {
            Some(Binding::Local(variable)) => return self.node(Expr::Local(variable), span),
            Some(Binding::Defined { group, item, variable }) => {
                let node = self.node(Expr::Local(variable), span);
                self.groups[group].reads(item, node);
                return node;
            }
            Some(Binding::Constant(index)) => return self.constant(index, span),
            Some(Binding::Outside(index)) => return self.read_outside(index, span),
            None => {}
        }
        match self.known(name) {
            Some(Known::Form(Form::Auxiliary)) => {
                self.error(format!("`{name}` means something only in a clause of `cond` or `case`"), span)
            }
            Some(Known::Form(_)) => self.error(format!("`{name}` is a special form, not a value"), span),
            Some(Known::Procedure(procedure)) => match &self.dialect {
                _ if name.starts_with('%') => {
                    let operands = counted(procedure.min.into(), "operand", "operands");
                    self.error(format!("`{name}` is not a value and takes {operands}"), span)
                }
                Dialect::Module(names) if procedure.op.is_none() && !names.contains(name) => self.unbound(name, span),
                _ => self.node(Expr::Library(name.clone()), span),
            },
            Some(Known::AbsentForm | Known::AbsentProcedure) => self.absent(name, span),
            None => match &self.dialect {
                Dialect::Module(names) if names.contains(name) => self.node(Expr::Library(name.clone()), span),
                Dialect::Module(_) => self.unbound(name, span),
                Dialect::Program | Dialect::Bootstrap => {
                    let input: InputId = self.inputs.free(name, span);
                    self.node(Expr::Input(input), span)
                }
            },
        }
    }

    // Expressions.

    /// Expands an expression.
    pub fn expr(&mut self, datum: &Datum, tail: Tail) -> ExprId {
        stacker::maybe_grow(RED_ZONE, SEGMENT, || match &datum.kind {
            DatumKind::Symbol(name) => self.reference(name, datum.span),
            DatumKind::List(items) => match items.split_first() {
                Some((head, operands)) => self.compound(datum, head, operands, tail),
                None => self.error("`()` is not an expression; the empty list is `'()`", datum.span),
            },
            DatumKind::Dotted(..) => self.error("a dotted list is not an expression", datum.span),
            DatumKind::Float(value) => self.float(*value, datum.span),
            _ => self.node(Expr::Quote(datum.clone()), datum.span),
        })
    }

    fn float(&mut self, value: f64, span: Span) -> ExprId {
        match self.options.learn_literals {
            Some(source) if value.is_finite() => {
                let place = source.position(span.start);
                let input = self.inputs.learned(place, value, span);
                self.node(Expr::Input(input), span)
            }
            _ => self.quote(DatumKind::Float(value), span),
        }
    }

    /// Expands operands, left to right.
    pub fn operands(&mut self, operands: &[Datum]) -> Vec<ExprId> {
        operands.iter().map(|operand| self.expr(operand, None)).collect()
    }

    /// A special form or an application.
    fn compound(&mut self, datum: &Datum, head: &Datum, operands: &[Datum], tail: Tail) -> ExprId {
        if let DatumKind::Symbol(name) = &head.kind
            && self.scope.lookup(name).is_none()
        {
            match self.known(name) {
                Some(Known::Form(form)) => return self.form(form, name, datum, operands, tail),
                Some(Known::Procedure(procedure)) => {
                    return self.primitive(procedure, name, head.span, operands, datum.span);
                }
                Some(Known::AbsentForm) => return self.absent(name, head.span),
                Some(Known::AbsentProcedure) => {
                    self.operands(operands);
                    return self.absent(name, head.span);
                }
                None if matches!(&self.dialect, Dialect::Module(names) if names.contains(name)) => {}
                None => {
                    self.operands(operands);
                    return self.unbound(name, head.span);
                }
            }
        }
        let operator = self.expr(head, None);
        let operands = self.operands(operands);
        match &mut self.nodes[operator.0 as usize].expr {
            Expr::Lambda(Lambda { params, rest: None, body, .. }) if params.len() == operands.len() => {
                let (params, body) = (std::mem::take(params), *body);
                self.bind(params.into_iter().zip(operands).collect(), body, datum.span)
            }
            _ => self.node(Expr::Call(operator, operands), datum.span),
        }
    }

    fn form(&mut self, form: Form, name: &str, datum: &Datum, operands: &[Datum], tail: Tail) -> ExprId {
        let span = datum.span;
        match form {
            Form::Quote => match operands {
                [quoted] => self.node(Expr::Quote(quoted.clone()), span),
                _ => self.malformed(name, "(quote datum)", span),
            },
            Form::Quasiquote => match operands {
                [template] => self.quasiquote(template, span),
                _ => self.malformed(name, "(quasiquote template)", span),
            },
            Form::Unquote => self.error(format!("`{name}` outside of a quasiquote"), span),
            Form::If => self.if_form(operands, span, tail),
            Form::Cond => self.cond(operands, span, tail),
            Form::Case => self.case(operands, span, tail),
            Form::And => self.and(operands, span, tail),
            Form::Or => self.or(operands, span, tail),
            Form::When | Form::Unless => self.when(name, form == Form::When, operands, span, tail),
            Form::Let => self.let_form(operands, span, tail),
            Form::LetStar => self.let_star(operands, span, tail),
            Form::Letrec => self.letrec(name, operands, span, tail),
            Form::Do => self.do_form(operands, span, tail),
            Form::Begin if operands.is_empty() => self.malformed(name, "(begin expression …)", span),
            Form::Begin => self.sequence(operands, span, tail),
            Form::Lambda => self.lambda_form(operands, span),
            Form::Define => {
                let target = operands.first();
                let head = target.and_then(Datum::as_list).map_or(target, <[Datum]>::first);
                self.misplaced.extend(head.and_then(Datum::as_symbol).cloned());
                self.error("a `define` stands at the top level or at the head of a body", span)
            }
            Form::Loop => self.loop_form(operands, span),
            Form::Recur => self.recur(operands, span, tail),
            Form::SoftIf => self.soft_if(operands, span),
            Form::SoftChoice => self.soft_choice(operands, span),
            Form::Param => self.param(operands, span),
            Form::Auxiliary => {
                self.error(format!("`{name}` means something only in a clause of `cond` or `case`"), span)
            }
            Form::Apply | Form::Pending | Form::Op1 | Form::Op2 => self.machine_form(form, name, operands, span),
        }
    }
}

fn in_source_order(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.span.end));
    diagnostics
}
