//! The command `casebook`: parse, run, print the error with its hint, exit code.

use std::process::ExitCode;

use casebook::cli::Cli;
use clap::Parser as _;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let terminal = cli.terminal();
    match cli.run(terminal) {
        Ok(exit) => exit.into(),
        Err(error) => {
            error.print(terminal);
            error.exit_code()
        }
    }
}
