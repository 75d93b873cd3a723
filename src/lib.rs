//! evalgrad recovers the unknown constants inside known programs.
//!
//! A model is a small Scheme program. One compiled interpreter runs it, on the host's cores or on a GPU, records what the
//! run does to its inputs, and takes the derivative of that record: exact values, exact gradients along the path that
//! was taken, and a status with line and column for every lane that has none. No shader is compiled per program.
//!
//! ```
//! use evalgrad::{Batch, Device, Engine, Fit, Interpreter, Parameter, Program, Table, Tier};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = std::env::temp_dir().join(format!("evalgrad-tour-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let path = folder.join("interpreter.ncg");
//! let interpreter = Interpreter::bootstrap()?;              // compile the evaluator once…
//! interpreter.save(&path)?;                                 // …ship it
//! let engine = Engine::with_interpreter(Device::Auto, Interpreter::load(&path)?)?;   // or Engine::new(Device::Auto)?
//!
//! let program = Program::parse("(* a (exp (* (- 0 b) x)))")?;    // data, not code
//! let (lanes, xs, bs) = (3, [0.0f32, 1.0, 2.0], vec![0.5f32; 3]);
//! let batch = Batch::new(&program, lanes)                        // lanes: usize
//!     .bind("x", &xs)?.bind("a", 2.5)?.bind("b", &bs)?;          // a slice of `lanes` numbers, or one number for all
//! let out = engine.evaluate(&batch)?;                            // out.values: Vec<f32>, out.status: Vec<Status>
//! assert_eq!(out.values[0], 2.5);
//! let out = engine.value_and_grad(&batch, &["a", "b"])?;         // out.values, out.grads["a"]: Vec<f32>
//! assert_eq!((out.grads["a"][0], out.grads["b"][0]), (1.0, 0.0));
//!
//! // Many different programs in one dispatch:
//! let line = Program::parse("(+ (* k x) r)")?;
//! let second = Batch::new(&line, 3).bind("x", &xs)?.bind("k", 2)?.bind("r", 1)?.tier(Tier::Interpret);
//! let both = engine.value_and_grad_many(&[(&batch, &["a"]), (&second, &["k", "r"])])?;
//! assert_eq!(both[1].values, [1.0, 3.0, 5.0]);
//! assert_eq!(both[1].grads["k"], xs);
//!
//! # let data = folder.join("data.csv");
//! # std::fs::write(&data, "x,b,y\n0,0.5,4\n1,0.5,2.4261226388505337\n2,0.5,1.4715177646857693\n")?;
//! let table = Table::from_csv(&data)?;                           // columns x, b and y
//! let report = Fit::new(&program).target("y").data(&table)
//!     .parameter(Parameter::new("a").start(1.0).bounds(0.0, 10.0)).run(&engine)?;
//! assert!((report.parameter("a").ok_or("no `a`")?.value - 4.0).abs() < 1e-9);
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok(())
//! # }
//! ```
//!
//! # The way through
//!
//! ```text
//! text ──read──▶ Datum ──expand──▶ core forms ──normalise──▶ ANF ──build──▶ graph ──schedule──▶ machine code
//!                                                                                                   │
//!        bootstrap/interpreter.scm takes this way once; the result is the artifact (.ncg)           │ run (host | GPU)
//!        a program stops at core forms: it is data handed to the compiled interpreter               ▼
//!                                                                  values, statuses, tape ──adjoint──▶ gradients
//! ```
//!
//! A module imports only what stands before it:
//!
//! | module | in → out |
//! |---|---|
//! | [`cache`] | the folder for what later processes can use again |
//! | [`op`] | the table of operations: one row each, with its formula, its adjoint and its bound in ulp |
//! | [`mod@value`] | values as the machine holds them, in f32 and f64 |
//! | [`reader`] | text → data with their places |
//! | [`mod@expand`] | data → core forms, scope resolved, inputs found |
//! | [`anf`] | core forms → A-normal form |
//! | [`graph`] | A-normal form → graphs; the artifact, and drawings |
//! | [`machine`] | graphs and programs → one image of instructions, constants and shared data |
//! | [`tape`] | what runs did to their inputs → gradients, and blocks to replay |
//! | [`descent`] | Adam's formulas and state, for f64, a device and its twin |
//! | [`wgsl`] | the same operations and machine as kernels |
//! | [`host`] | lanes → values, on the host: the definition of what everything means |
//! | [`device`] | the same, on any GPU behind Vulkan, Metal or DX12 |
//! | [`program`], [`interpreter`], [`batch`], [`engine`] | what a caller holds: programs, the compiled interpreter, lanes, answers |
//! | [`table`] | measurements from CSV files |
//! | [`fit`] | programs and measurements → constants with error bars |
//!
//! # Tiers and roads
//!
//! A *tier* is how lanes are run; every tier gives the same answers, bit for bit. [`Tier::Interpret`] runs every lane on the
//! machine, on the host or a GPU. [`Tier::Replay`] records what one lane does to its inputs and runs that over all lanes, on the
//! host's vector units or a GPU: [`host::Recorder`] writes the paths that lanes take into a [`tape::Residual`] program, sections between guards
//! and anchors; [`tape::lower`](fn@tape::lower) makes it blocks; [`host::replay`] runs groups of lanes through them, forward and back. On
//! a GPU, [`device::replay`] runs any number of programs in one dispatch, as code that [`tape::packed`] makes of the blocks. A lane that
//! takes an unknown side is recorded, where enough others follow it, or interpreted. [`Tier::Specialize`] makes a kernel of a program's operations on a GPU
//! ([`device::specialize`]): a small program is unrolled, with masks where it branches; a larger one is a loop over its blocks, whose code
//! is shared by all that differ in constants. A tier that was named and cannot run is an error.
//!
//! Numeric vectors and matrices are objects of the heap, and their procedures a part of the library (`bootstrap/vectors.scm` and `linear.scm`), whose
//! loops leave scalar operations on a tape. A recorder takes large products, inverses, solutions and determinants as one operation
//! each ([`op::linear`]): the same loops over lanes, with pivots lane by lane. They are written once, as lists of steps that the host does
//! and that a GPU's replay has as instructions. A kernel of a program's own has small ones as straight lines, and where all lanes go one way runs the
//! steps of larger ones over an array of the invocation; those of the size that costs most have text of their own there.
//!
//! [`Tier::Auto`] estimates what each tier would take, and with [`Device::Auto`] what it would take on the host's cores and on a hardware
//! GPU, and takes the least. What must be recorded or compiled first counts less the more a program has already cost for want of it, so that a
//! hot program gets a kernel of its own. The estimates follow what calls take and are kept in the user's cache folder (`EVALGRAD_CACHE`
//! names another; `off`: none). A result's [`Way`] says what was done and why, with the numbers; no answer depends on it.
//!
//! A *road* is how a program becomes machine code: as data for the compiled interpreter ([`Road::Interpreted`]), or
//! compiled itself ([`Road::Direct`]). Both leave the same tape, operation for operation, which is how the first one is
//! proved right.
//!
//! # What goes wrong
//!
//! What goes wrong before or beside a run is an [`Error`]: a text that does not read, an input without a value, a device
//! that failed. Work on a GPU counts only if it left its traces; a call in which the GPU is lost runs once more on a fresh one, and a
//! whole fit goes on from its last checkpoint ([`device::Faults`] simulate that). What a program does wrong while it runs is the [`Status`] of a lane, with kind, message, line and column
//! in the program's text; it changes no other lane, and the lane's number and gradients are NaN. A number that is NaN or
//! infinite of itself is kept, as `non-finite`, with the place where it first arose. Nothing here panics because of
//! a program's text.

pub mod anf;
pub mod batch;
pub mod cache;
pub mod descent;
pub mod device;
pub mod engine;
pub mod error;
pub mod expand;
pub mod fit;
pub mod graph;
pub mod host;
pub mod interpreter;
pub mod machine;
pub mod op;
pub mod program;
pub mod reader;
pub mod table;
pub mod tape;
pub mod value;
pub mod wgsl;

pub use batch::{Batch, Road, Tier};
pub use engine::{
    Device, Engine, Evaluation, Gradients, Grads, Output, Outputs, Prepared, Settings, Warning, WarningKind, Way,
};
pub use error::Error;
pub use fit::{Fit, FitReport, Parameter};
pub use interpreter::Interpreter;
pub use machine::{Budgets, ErrorKind, Failure, Status};
pub use program::Program;
pub use table::Table;
