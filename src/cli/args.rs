//! The command line's grammar: commands, options and the small texts that some options take.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use evalgrad::fit::{Loss, Optimizer, Parameter};

pub use super::binding::Binding;

/// Recovers the unknown constants inside known programs: a differentiable Scheme interpreter on the host and on any GPU.
#[derive(Debug, Parser)]
#[command(name = "evalgrad", bin_name = "evalgrad", version, about, max_term_width = 110, subcommand_required = true)]
#[command(after_help = "Exit codes: 0 done; 1 a program failed or a fit did not converge; 2 wrong usage or an \
                        unusable file; 3 a device failed.")]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// The value of a program; with --data, of every row
    Eval(EvalArgs),
    /// The value of a program and its gradient by some of its inputs
    Grad(GradArgs),
    /// Recover a program's constants from measurements, with error bars
    Fit(FitArgs),
    /// Compile the interpreter, or a program, to a portable artifact
    Compile(CompileArgs),
    /// What an artifact, a program or a data file holds
    Info(InfoArgs),
    /// What each stage made of a program
    Explain(ExplainArgs),
    /// Time per lane of a program, forward and with its gradient
    Bench(BenchArgs),
    /// GPUs, their drivers and limits, and what is wrong with them
    Devices(DevicesArgs),
}

/// A program: a file, or `-e TEXT`; and what is decided about it before it is read.
#[derive(Debug, Args)]
pub struct ProgramArgs {
    /// The program's text, in place of a file
    #[arg(short = 'e', long = "expression", value_name = "TEXT", allow_hyphen_values = true)]
    pub expression: Option<String>,
    /// Bind a name to a datum, as if written into the text; in brackets a vector or matrix: 'w=[1 2]', 'A=[[1 2] [3 4]]'
    #[arg(long = "const", value_name = "NAME=DATUM")]
    pub constants: Vec<Binding>,
    /// τ of `soft-if` and `soft-choice`
    #[arg(long, value_name = "X", default_value_t = 1.0, allow_negative_numbers = true)]
    pub temperature: f64,
}

/// How every command that runs a program runs it.
#[derive(Debug, Args)]
#[command(next_help_heading = "How to run")]
pub struct RunArgs {
    /// Where: auto, cpu, gpu, part of an adapter's name, or pci:…
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: String,
    /// Which tier executes
    #[arg(long, value_enum, default_value_t = TierArg::Auto)]
    pub tier: TierArg,
    /// Through the compiled interpreter, or compiled itself
    #[arg(long, value_enum, default_value_t = RoadArg::Interpreted)]
    pub road: RoadArg,
    /// Of Floats; f64 runs on the host
    #[arg(long, value_enum, default_value_t = PrecisionArg::F32)]
    pub precision: PrecisionArg,
    /// An interpreter made by `evalgrad compile`, in place of the built-in one
    #[arg(long, value_name = "FILE.ncg")]
    pub interpreter: Option<PathBuf>,
    #[command(flatten)]
    pub budgets: BudgetArgs,
}

/// What one lane may spend.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Budgets per lane")]
pub struct BudgetArgs {
    /// Applications
    #[arg(long, value_name = "N")]
    pub steps: Option<u32>,
    /// Pending calls
    #[arg(long, value_name = "N")]
    pub stack: Option<u32>,
    /// Live pairs and closures
    #[arg(long, value_name = "N")]
    pub heap: Option<u32>,
    /// Taped operations
    #[arg(long, value_name = "N")]
    pub tape: Option<u32>,
}

/// Values for a program's inputs.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// Bind an input to a number, or in brackets to a vector or matrix of inputs w[0], w[1]…; overrides a column
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub set: Vec<Binding>,
    /// A column of the data as one list, bound before anything runs
    #[arg(long = "list", value_name = "NAME=COLUMN")]
    pub lists: Vec<Binding>,
    /// Columns of the data as one matrix, a row for each of theirs, bound before anything runs
    #[arg(long = "matrix", value_name = "NAME=C1,C2")]
    pub matrices: Vec<Binding>,
}

/// How the command speaks.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Print one JSON object on stdout and nothing else there
    #[arg(long)]
    pub json: bool,
    /// No notes, warnings or progress
    #[arg(long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also say what ran where and for how long
    #[arg(long)]
    pub verbose: bool,
}

#[derive(Debug, Args)]
pub struct EvalArgs {
    /// The program's file
    #[arg(value_name = "PROGRAM")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub program: ProgramArgs,
    #[command(flatten)]
    pub inputs: InputArgs,
    /// One lane per row; columns bind inputs by name
    #[arg(long, value_name = "FILE.csv")]
    pub data: Option<PathBuf>,
    /// Write values and statuses as CSV
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct GradArgs {
    /// The program's file
    #[arg(value_name = "PROGRAM")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub program: ProgramArgs,
    /// Inputs to differentiate by, a vector or matrix by all of its elements [default: the program's `param` forms]
    #[arg(long, value_name = "NAMES")]
    pub params: Vec<String>,
    #[command(flatten)]
    pub inputs: InputArgs,
    /// One lane per row; columns bind inputs by name
    #[arg(long, value_name = "FILE.csv")]
    pub data: Option<PathBuf>,
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct FitArgs {
    /// The program's file (with -e: the data)
    #[arg(value_name = "PROGRAM")]
    pub file: Option<PathBuf>,
    /// The measurements
    #[arg(value_name = "DATA.csv")]
    pub data: Option<PathBuf>,
    #[command(flatten)]
    pub program: ProgramArgs,
    /// The column that the program's value should match
    #[arg(long, value_name = "COLUMN", required_unless_present = "minimize", conflicts_with = "minimize")]
    pub target: Option<String>,
    /// The program's value is the loss (its sum over the rows, where a column binds an input); data are optional
    #[arg(long)]
    pub minimize: bool,
    /// A parameter: NAME[=START][ in [LO,HI]][ fixed]; a vector is NAME[3], a matrix NAME[2,3]
    #[arg(long = "param", value_name = "SPEC")]
    pub params: Vec<Parameter>,
    /// Make every float literal a parameter named l<line>_<column>
    #[arg(long)]
    pub learn_literals: bool,
    #[command(flatten)]
    pub inputs: InputArgs,
    #[command(flatten)]
    pub search: SearchArgs,
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// How the optimiser searches.
#[derive(Debug, Args)]
#[command(next_help_heading = "The search")]
pub struct SearchArgs {
    /// Starts; the best end counts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub starts: Option<u32>,
    /// What searches: lm (Levenberg–Marquardt), lbfgs (L-BFGS), adam (all starts at once, the best ends polished by lm, or with
    /// --minimize by lbfgs), or auto, which is lm, with --minimize lbfgs
    #[arg(long, value_name = "OPTIMIZER", default_value = "auto")]
    pub optimizer: Optimizer,
    /// Steps per start at most [default: 500 of lm and lbfgs, 1000 of adam]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub iterations: Option<u32>,
    /// How far adam moves a parameter in a step, in multiples of its start, or of half the width of its bounds [default: 0.05]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub learning_rate: Option<f64>,
    /// Decides the random starts
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// How residuals are charged: squared, soft_l1, huber or cauchy
    #[arg(long, value_name = "LOSS", default_value = "squared")]
    pub loss: Loss,
    /// The column of the target's standard deviations
    #[arg(long, value_name = "COLUMN")]
    pub sigma: Option<String>,
    /// The standard deviations are known, not only their ratios
    #[arg(long, requires = "sigma")]
    pub absolute_sigma: bool,
}

#[derive(Debug, Args)]
pub struct CompileArgs {
    /// A program's file; without one the interpreter is compiled
    #[arg(value_name = "SOURCE.scm")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub program: ProgramArgs,
    /// The artifact to write
    #[arg(short = 'o', long, value_name = "FILE.ncg")]
    pub out: PathBuf,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct InfoArgs {
    /// An artifact (.ncg), a program, or data (.csv)
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The program's file
    #[arg(value_name = "PROGRAM")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub program: ProgramArgs,
    /// Whose result to show; wgsl is the kernel of --tier: the machine, or with specialize one of the program's own
    #[arg(long, value_enum)]
    pub stage: Stage,
    /// How to show it; dot and svg draw a graph [default: text]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Values for the inputs are for the tape, and for a kernel of the program's own, which is made of a recorded path
    #[command(flatten)]
    pub inputs: InputArgs,
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct BenchArgs {
    /// The program's file
    #[arg(value_name = "PROGRAM")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub program: ProgramArgs,
    /// How many lanes run at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub lanes: u32,
    /// Inputs to differentiate by, a vector or matrix by all of its elements [default: the program's `param` forms; none: forward only]
    #[arg(long, value_name = "NAMES")]
    pub params: Vec<String>,
    /// Bind an input to a number, or draw it for each lane: NAME=LO..HI
    #[arg(long = "set", value_name = "NAME=LO..HI")]
    pub set: Vec<Binding>,
    /// Passes of each kind; their median counts (at most 10 s in all)
    #[arg(long, value_name = "R", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    pub repeat: u32,
    /// Decides what is drawn
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct DevicesArgs {
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TierArg {
    Auto,
    Interpret,
    Replay,
    Specialize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RoadArg {
    Interpreted,
    Direct,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PrecisionArg {
    F32,
    F64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    Datum,
    Core,
    Anf,
    Graph,
    Machine,
    Tape,
    Wgsl,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
    Dot,
    Svg,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_grammar_is_consistent() {
        Cli::command().debug_assert();
    }
}
