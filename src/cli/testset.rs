//! `casebook testset`: test sets, and what holds them to their contract.

mod validate;

use clap::{Args, Subcommand};

use super::error::CliError;
use super::exit::Exit;
use super::terminal::Terminal;

/// Check test sets: use cases, policies, test cases and examples, each with its proof.
#[derive(Debug, Args)]
#[command(
    disable_help_subcommand = true,
    after_help = "Examples:
  casebook testset validate --out out/support --input faq.md
  casebook testset validate --out out/support --quality quality.md"
)]
pub struct TestsetArgs {
    #[command(subcommand)]
    command: TestsetCommand,
}

#[derive(Debug, Subcommand)]
enum TestsetCommand {
    Validate(validate::ValidateArgs),
}

pub fn run(args: &TestsetArgs, terminal: Terminal) -> Result<Exit, CliError> {
    match &args.command {
        TestsetCommand::Validate(args) => validate::run(args, terminal),
    }
}
