//! `casebook testset`: test sets made of documents, and what holds them to their contract.

mod generate;
mod validate;

use clap::{Args, Subcommand};

use super::error::{CliError, Kind};
use super::exit::Exit;
use super::terminal::Terminal;

/// Make test sets of documents, and check them.
///
/// A test set has use cases, policies, test cases and examples, each with its proof. Without `generate` or `validate`
/// after it, the command is `generate`.
#[derive(Debug, Args)]
#[command(
    disable_help_subcommand = true,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  casebook testset --input faq.md --out out/support                      samples: no key and no network
  casebook testset --input faq.md --out out/support --model gpt-4o-mini  ask a model of OpenAI
  casebook testset validate --out out/support --input faq.md             check a test set, whoever made it"
)]
pub struct TestsetArgs {
    #[command(subcommand)]
    command: Option<TestsetCommand>,
    #[command(flatten)]
    generate: Option<generate::GenerateArgs>,
}

#[derive(Debug, Subcommand)]
enum TestsetCommand {
    Generate(generate::GenerateArgs),
    Validate(validate::ValidateArgs),
}

pub fn run(args: &TestsetArgs, terminal: Terminal) -> Result<Exit, CliError> {
    match (&args.command, &args.generate) {
        (Some(TestsetCommand::Validate(args)), _) => validate::run(args, terminal),
        (Some(TestsetCommand::Generate(args)), _) | (None, Some(args)) => generate::run(args, terminal),
        (None, None) => Err(CliError::new(Kind::Usage, "`testset` needs `--input` and `--out`")
            .hint("as in `casebook testset --input faq.md --out out/support`")),
    }
}
