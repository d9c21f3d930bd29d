//! `casebook testset`: test sets made of documents.

mod generate;

use clap::{Args, Subcommand};

use super::error::{CliError, Kind};
use super::exit::Exit;
use super::terminal::Terminal;

/// Make test sets of documents: use cases, policies, test cases and examples, each with its proof.
///
/// Without a word after it, it is `generate`.
#[derive(Debug, Args)]
#[command(
    disable_help_subcommand = true,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  casebook testset --input faq.md --out out/support                      samples: no key and no network
  casebook testset --input faq.md --out out/support --model gpt-4o-mini  ask a model of OpenAI"
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
}

pub fn run(args: &TestsetArgs, terminal: Terminal) -> Result<Exit, CliError> {
    match (&args.command, &args.generate) {
        (Some(TestsetCommand::Generate(args)), _) | (None, Some(args)) => generate::run(args, terminal),
        (None, None) => Err(CliError::new(Kind::Usage, "`testset` needs `--input` and `--out`")
            .hint("as in `casebook testset --input faq.md --out out/support`")),
    }
}
