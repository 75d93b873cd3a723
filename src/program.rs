//! A program: its text, its core forms, and the graph of the direct road once that is asked for.

use std::sync::{Arc, OnceLock};

use crate::anf::{self, Anf};
use crate::error::Error;
use crate::expand::{self, Constant, Core, Input, Shape};
use crate::graph::{self, Graph, Role};
use crate::machine::work::Answer;
use crate::machine::{ErrorKind, Fault, Status};
use crate::reader::{self, Source, Span};

/// What is decided about a program before it is read.
#[derive(Clone, Debug)]
pub struct ProgramOptions {
    /// Names bound to data as if written in the text, or to vectors and matrices.
    pub constants: Vec<(String, Constant)>,
    /// Inputs that are vectors or matrices: `w` of length 3 becomes the inputs `w[0]`, `w[1]` and `w[2]`.
    pub shapes: Vec<(String, Shape)>,
    /// τ of `soft-if` and `soft-choice`.
    pub temperature: f64,
    /// Makes every float literal a parameter named `l<line>_<column>`.
    pub learn_literals: bool,
    /// May the program say what only the evaluator's own text may?
    pub bootstrap: bool,
    /// What messages call the text.
    pub name: Arc<str>,
}

impl Default for ProgramOptions {
    fn default() -> Self {
        ProgramOptions {
            constants: Vec::new(),
            shapes: Vec::new(),
            temperature: 1.0,
            learn_literals: false,
            bootstrap: false,
            name: "program".into(),
        }
    }
}

impl ProgramOptions {
    /// Binds a name for all lanes alike; the numbers stay f64 until an f32 executor takes them.
    ///
    /// ```
    /// # use evalgrad::{Batch, Device, Engine, Error, Program};
    /// # use evalgrad::expand::Constant;
    /// # use evalgrad::program::ProgramOptions;
    /// let options = ProgramOptions::default().constant("w", Constant::vector(&[1.0, 2.0, 4.0]));
    /// let program = Program::parse_with("(dot w [x x 1])", &options)?;
    /// let out = Engine::new(Device::Cpu)?.evaluate(&Batch::new(&program, 2).bind("x", &[1.0f32, 2.0])?)?;
    /// assert_eq!(out.values, [7.0, 10.0]);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn constant(mut self, name: &str, constant: impl Into<Constant>) -> ProgramOptions {
        self.constants.push((name.to_owned(), constant.into()));
        self
    }

    /// Makes an input a vector or matrix of inputs.
    #[must_use]
    pub fn shape(mut self, name: &str, shape: Shape) -> ProgramOptions {
        self.shapes.push((name.to_owned(), shape));
        self
    }

    fn check(&self) -> Result<(), Error> {
        if let Some((name, _)) = self.shapes.iter().find(|(_, shape)| shape.count() == 0) {
            return Err(Error::Usage(format!("`{name}` has no elements")));
        }
        let constants = self.constants.iter().map(|(name, _)| name);
        let names: Vec<&String> = constants.chain(self.shapes.iter().map(|(name, _)| name)).collect();
        match names.iter().enumerate().find(|(index, name)| names[..*index].contains(name)) {
            Some((_, name)) => Err(Error::Usage(format!("`{name}` is bound twice"))),
            None => Ok(()),
        }
    }
}

/// A program that has been read and expanded. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Program {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    name: Arc<str>,
    text: Arc<str>,
    options: ProgramOptions,
    core: Core,
    direct: OnceLock<Result<Graph, String>>,
}

impl Program {
    /// Reads and expands a program.
    ///
    /// # Errors
    /// [`Error::Program`] with every error of the text.
    pub fn parse(text: &str) -> Result<Program, Error> {
        Program::parse_with(text, &ProgramOptions::default())
    }

    /// [`Program::parse`] with constants, temperature and the like.
    ///
    /// # Errors
    /// As [`Program::parse`]; also for a temperature that is not positive, a shape without elements, and a name that is bound twice.
    pub fn parse_with(text: &str, options: &ProgramOptions) -> Result<Program, Error> {
        if !(options.temperature > 0.0 && options.temperature.is_finite()) {
            return Err(Error::Usage(format!("the temperature must be positive, not {}", options.temperature)));
        }
        options.check()?;
        let source = Source::new(&options.name, text);
        let problems = |diagnostics| Error::program(Source::new(&options.name, text), diagnostics);
        let data = reader::read(text).map_err(problems)?;
        let settings = expand::Options {
            constants: options.constants.clone(),
            shapes: options.shapes.clone(),
            temperature: options.temperature,
            learn_literals: options.learn_literals.then_some(&source),
        };
        let core = if options.bootstrap {
            expand::expand_bootstrap(&data, &settings)
        } else {
            expand::expand(&data, &settings)
        };
        let core = core.map_err(problems)?;
        Ok(Program {
            inner: Arc::new(Inner {
                name: options.name.clone(),
                text: text.into(),
                options: options.clone(),
                core,
                direct: OnceLock::new(),
            }),
        })
    }

    /// The same text with more inputs that are vectors or matrices.
    ///
    /// # Errors
    /// As [`Program::parse_with`]; [`Error::UnknownInput`] for a name that the program does not mention; [`Error::Usage`] for that of a
    /// `param` form, which is one number.
    pub fn shaped(&self, shapes: &[(String, Shape)]) -> Result<Program, Error> {
        let new = shapes.iter().filter(|shape| !self.inner.options.shapes.contains(shape));
        let mut options = self.inner.options.clone();
        options.shapes.extend(new.cloned());
        let program = match options.shapes.len() == self.inner.options.shapes.len() {
            true => self.clone(),
            false => Program::parse_with(self.text(), &options)?,
        };
        for (name, shape) in shapes {
            if program.input(&shape.elements(name)[0]).is_err() {
                // What is an input all the same is a `param` form, or a literal that is learned.
                return Err(match program.input(name) {
                    Ok(_) => Error::Usage(format!("`{name}` is one number in the program, not a vector or matrix")),
                    Err(unknown) => unknown,
                });
            }
        }
        Ok(program)
    }

    /// The inputs that are vectors or matrices.
    pub fn shapes(&self) -> &[(String, Shape)] {
        &self.inner.options.shapes
    }

    /// The inputs that a name means: itself, or its elements where it is a vector or matrix.
    pub fn elements(&self, name: &str) -> Vec<String> {
        let shape = self.shapes().iter().find(|(own, _)| own == name);
        shape.map_or_else(|| vec![name.to_owned()], |(_, shape)| shape.elements(name))
    }

    /// What messages call the text.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.inner.text
    }

    /// The core forms.
    pub fn core(&self) -> &Core {
        &self.inner.core
    }

    /// Inputs in the order of their first occurrence, `param` forms included.
    pub fn inputs(&self) -> &[Input] {
        &self.inner.core.inputs
    }

    /// The index of an input.
    ///
    /// # Errors
    /// The program has none of that name.
    pub fn input(&self, name: &str) -> Result<usize, Error> {
        self.inputs().iter().position(|input| &*input.name == name).ok_or_else(|| self.unknown(name))
    }

    fn unknown(&self, name: &str) -> Error {
        Error::UnknownInput {
            name: name.to_owned(),
            known: match self.inputs() {
                [] => "none".to_owned(),
                inputs => inputs.iter().map(|input| format!("`{}`", input.name)).collect::<Vec<_>>().join(", "),
            },
        }
    }

    /// The program in A-normal form.
    ///
    /// # Errors
    /// Nested procedures that capture without bound.
    pub fn anf(&self) -> Result<Anf, Error> {
        Ok(anf::normalise(self.core())?)
    }

    /// The program's own graph, for the direct road.
    ///
    /// # Errors
    /// As [`Program::anf`].
    pub fn graph(&self) -> Result<&Graph, Error> {
        let made = self.inner.direct.get_or_init(|| {
            let anf = anf::normalise(self.core()).map_err(|error| error.to_string())?;
            graph::build(&anf, Role::Program).map_err(|error| error.to_string())
        });
        made.as_ref().map_err(|message| Error::Unsupported(message.clone()))
    }

    /// The text with its lines, for places.
    pub(crate) fn source(&self) -> Source<'_> {
        Source::new(self.name(), self.text())
    }

    /// The same number for clones of one program, different for any two programs that exist at the same time.
    pub(crate) fn identity(&self) -> usize {
        Arc::as_ptr(&self.inner) as usize
    }

    /// The span of the whole text.
    pub(crate) fn whole(&self) -> Span {
        self.core().nodes[self.core().root.0 as usize].span
    }

    /// The status of a lane with which the program as a whole is at fault.
    pub(crate) fn status(&self, kind: ErrorKind, message: &str) -> Status {
        Status::of(Fault { kind, message: message.into(), span: Some(self.whole()) }, &self.source())
    }

    /// The number that an answer is where one is wanted; any other value is an error of the program as a whole.
    pub(crate) fn number<F: crate::value::Real>(&self, answer: Answer<F>) -> Result<F, Fault> {
        match answer {
            Answer::Float(value) => Ok(value),
            Answer::Int(value) => Ok(F::round(f64::from(value))),
            other => Err(Fault {
                kind: ErrorKind::WrongType,
                message: format!("the program's value is {}, where a number is wanted", other.written()).into(),
                span: Some(self.whole()),
            }),
        }
    }
}
