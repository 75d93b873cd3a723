//! The command line: from arguments to a result on stdout, messages on stderr and an exit code.
//!
//! **In:** the process's arguments. **Out:** an exit code ([`failure`] lists them). Every command has two outputs, one for
//! reading and one JSON object (`--json`), and works through the library's public interface alone.
//!
//! **Always:** with `--json` stdout holds exactly one JSON object; notes, warnings and progress go to stderr; a reader
//! that closes the pipe ends nothing in a panic. No driver is touched unless a device was asked for.
//!
//! **Deliberately absent:** any arithmetic on results, any default that the library does not have.
//!
//! ```text
//! $ evalgrad eval -e '(* a x)' --set a=2 --set x=3
//! 6.0
//! ```

mod args;
mod bench;
mod binding;
mod compile;
mod devices;
mod evaluate;
mod explain;
mod failure;
mod fit;
mod info;
mod lanes;
mod output;
mod progress;
mod source;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use args::{Cli, Command};
use failure::{DONE, Failure, USAGE};
use output::{Console, print_json, say};

/// Runs the command that the arguments ask for.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refused(&error),
    };
    let output = match &cli.command {
        Command::Eval(args) => args.output,
        Command::Grad(args) => args.output,
        Command::Fit(args) => args.output,
        Command::Compile(args) => args.output,
        Command::Info(args) => args.output,
        Command::Explain(args) => args.output,
        Command::Bench(args) => args.output,
        Command::Devices(args) => args.output,
    };
    let console = Console::new(output);
    let done = match &cli.command {
        Command::Eval(args) => evaluate::eval(args, &console),
        Command::Grad(args) => evaluate::grad(args, &console),
        Command::Fit(args) => fit::fit(args, &console),
        Command::Compile(args) => compile::compile(args, &console),
        Command::Info(args) => info::info(args, &console),
        Command::Explain(args) => explain::explain(args, &console),
        Command::Bench(args) => bench::bench(args, &console),
        Command::Devices(_) => devices::devices(&console),
    };
    done.unwrap_or_else(|failure| failed(&failure, &console))
}

fn failed(failure: &Failure, console: &Console) -> ExitCode {
    if console.json {
        // If stdout is what failed, stderr is all that is left.
        if let Err(failure) = print_json(&failure.to_json()) {
            say(&failure.render(console.colour_errors));
        }
    } else {
        say(&failure.render(console.colour_errors));
    }
    failure.code()
}

/// Arguments that are no command, and the requests for help and version that come the same way.
fn refused(error: &clap::Error) -> ExitCode {
    let help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let json = std::env::args_os().skip(1).any(|argument| argument == "--json");
    if help || !json {
        // Where the stream is closed there is nobody to tell.
        let _ = error.print();
        return ExitCode::from(if help { DONE } else { USAGE });
    }
    let text = error.render().to_string();
    // The first paragraph says what is wrong; the rest repeats the usage.
    let first = text.trim_start().split("\n\n").next().unwrap_or_default();
    let message: Vec<&str> = first.strip_prefix("error: ").unwrap_or(first).split_whitespace().collect();
    let failure = Failure::usage(message.join(" "));
    let _ = print_json(&failure.to_json());
    failure.code()
}
