//! `casebook completions`: completion scripts for shells.

use std::io::Write as _;

use clap::{Args, Command};
use clap_complete::{Shell, generate};

use super::error::CliError;
use super::exit::Exit;
use super::terminal::Terminal;

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

/// Runs the command; `cli` is the whole command line.
pub fn run(args: &CompletionsArgs, cli: &mut Command, terminal: Terminal) -> Result<Exit, CliError> {
    // The generator panics if its writer fails, as a closed pipe does.
    let mut script = Vec::new();
    generate(args.shell, cli, "casebook", &mut script);
    let mut out = terminal.stdout();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Exit::Done)
}
