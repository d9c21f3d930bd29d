//! The command `casebook`: parses the arguments, runs the command, prints an error with its hint, and sets the exit
//! code.

use std::process::ExitCode;

use casebook::cli::{self, Cli};
use clap::Parser as _;

fn main() -> ExitCode {
    cli::listen();
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
