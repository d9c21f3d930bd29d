//! `casebook completions`: completion scripts for shells.

use std::io::Write as _;

use clap::{Args, CommandFactory as _};
use clap_complete::{Shell, generate};

use super::error::CliError;
use super::terminal::Terminal;
use super::{Cli, Exit};

/// Print a completion script for a shell.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook completions bash > ~/.local/share/bash-completion/completions/casebook
  casebook completions zsh > \"${fpath[1]}/_casebook\"
  casebook completions fish > ~/.config/fish/completions/casebook.fish")]
pub struct CompletionsArgs {
    /// The shell.
    shell: Shell,
}

/// Runs the command.
pub fn run(args: &CompletionsArgs, terminal: Terminal) -> Result<Exit, CliError> {
    // Made in memory first: the generator does not expect a pipe that closes.
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "casebook", &mut script);
    let mut out = terminal.stdout();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Exit::Done)
}
