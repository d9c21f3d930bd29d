//! The command line: one file per command, arguments in, a view out.
//!
//! stdout carries data, stderr progress and messages. A command returns an [`Exit`] or a [`CliError`]; only `main`
//! prints the error, and nothing here panics. `args`, `terminal`, `page`, `difference` and `progress` are
//! shared by several commands. Depends on `view`, `engine` and
//! `web`; must know neither SQL nor the network.

mod args;
mod batch;
mod budget;
mod canary;
mod clean;
mod completions;
mod diff;
mod difference;
mod error;
mod estimate;
mod eval;
mod evaluation;
mod exit;
mod explain;
mod export;
mod failures;
mod graph;
mod init;
mod live_args;
mod migrate;
mod outcome;
mod page;
mod parse;
mod ping;
mod prices;
mod progress;
mod project_args;
mod promote;
mod prompt;
mod push;
mod render;
mod report;
mod retry;
mod review;
mod run;
mod schema;
mod serve;
mod shipped;
mod show;
mod sql;
mod stage_log;
mod status;
mod summary;
mod task;
mod terminal;
mod testset;
mod verify;

use clap::{Args, CommandFactory as _, Parser, Subcommand};

use crate::engine::Interrupts;
pub use error::CliError;
pub use exit::Exit;
pub use terminal::{Color, Terminal};

/// Listens for Ctrl-C from now on: it ends the process with the exit code that a shell expects, at once or as soon as
/// the file that is being written is complete.
pub fn listen() {
    // If listening fails, the system's own handling of signals stays.
    let _ = Interrupts::listen();
}

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "casebook",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    about = "A local workbench for batches of language-model work: one SQLite file is the whole run.",
    long_about = "A local workbench for batches of language-model work: one SQLite file is the whole run.

A table, a prompt and a JSON Schema go in. One SQLite file comes out that is the run: every input row, request, \
                  answer, failed attempt, verdict, accepted output and report.",
    after_help = "Examples:
  casebook init demo                 write a small project that needs no key and no network
  casebook run demo/casebook.yaml    run it; the same command again continues where it stopped
  casebook status demo/tickets.db    see where the run stands

Exit codes: 0 done, 1 error, 2 usage or configuration, 3 done but some work items failed or are
blocked, 4 budget reached, 130 interrupted (run the same command again to continue)."
)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// Print no progress and no summary.
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Print what Casebook does, on stderr.
    #[arg(long, short, global = true)]
    verbose: bool,
    /// Use colours: `auto` (on a terminal where `NO_COLOR` is not set), `always` or `never`.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", value_enum, hide_possible_values = true)]
    color: Color,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::InitArgs),
    Run(run::RunArgs),
    Eval(eval::EvalArgs),
    Serve(serve::ServeArgs),
    Task(task::TaskArgs),
    Promote(promote::PromoteArgs),
    Canary(canary::CanaryArgs),
    Prompt(prompt::PromptArgs),
    Render(render::RenderArgs),
    Ping(ping::PingArgs),
    Status(status::StatusArgs),
    Show(show::ShowArgs),
    Explain(explain::ExplainArgs),
    Failures(failures::FailuresArgs),
    Diff(diff::DiffArgs),
    Sql(sql::SqlArgs),
    Export(export::ExportArgs),
    Push(push::PushArgs),
    Report(report::ReportArgs),
    Retry(retry::RetryArgs),
    Review(review::ReviewArgs),
    Clean(clean::CleanArgs),
    Parse(parse::ParseArgs),
    Testset(testset::TestsetArgs),
    Verify(verify::VerifyArgs),
    Prices(prices::PricesArgs),
    Graph(graph::GraphArgs),
    Schema(schema::SchemaArgs),
    Migrate(migrate::MigrateArgs),
    Completions(completions::CompletionsArgs),
}

impl Cli {
    #[must_use]
    pub fn terminal(&self) -> Terminal {
        Terminal::new(self.global.color, self.global.quiet)
    }

    pub fn run(&self, terminal: Terminal) -> Result<Exit, CliError> {
        if self.global.verbose {
            terminal::trace(terminal);
        }
        match self.dispatch(terminal) {
            // It was asked to stop, and has done all that it had accepted.
            Ok(Exit::Drained) => Ok(Exit::Drained),
            // The command finished, but a script must not continue after Ctrl-C.
            Ok(_) if Interrupts::current().stop_requested() => Ok(Exit::Interrupted),
            ended => ended,
        }
    }

    fn dispatch(&self, terminal: Terminal) -> Result<Exit, CliError> {
        match &self.command {
            Command::Init(args) => init::run(args, terminal),
            Command::Run(args) => run::run(args, terminal),
            Command::Eval(args) => eval::run(args, terminal),
            Command::Serve(args) => serve::run(args, terminal),
            Command::Task(args) => task::run(args, terminal),
            Command::Promote(args) => promote::run(args, terminal),
            Command::Canary(args) => canary::run(args, terminal),
            Command::Prompt(args) => prompt::run(args, terminal),
            Command::Render(args) => render::run(args, terminal),
            Command::Ping(args) => ping::run(args, terminal),
            Command::Status(args) => status::run(args, terminal),
            Command::Show(args) => show::run(args, terminal),
            Command::Diff(args) => diff::run(args, terminal),
            Command::Explain(args) => explain::run(args, terminal),
            Command::Failures(args) => failures::run(args, terminal),
            Command::Sql(args) => sql::run(args, terminal),
            Command::Export(args) => export::run(args, terminal),
            Command::Report(args) => report::run(args, terminal),
            Command::Retry(args) => retry::run(args, terminal),
            Command::Review(args) => review::run(args, terminal),
            Command::Clean(args) => clean::run(args, terminal),
            Command::Parse(args) => parse::run(args, terminal),
            Command::Testset(args) => testset::run(args, terminal),
            Command::Verify(args) => verify::run(args, terminal),
            Command::Push(args) => push::run(args, terminal),
            Command::Prices(args) => prices::run(args, terminal),
            Command::Graph(args) => graph::run(args, terminal),
            Command::Schema(args) => schema::run(args, terminal),
            Command::Migrate(args) => migrate::run(args, terminal),
            Command::Completions(args) => completions::run(args, &mut Self::command(), terminal),
        }
    }
}

#[cfg(test)]
mod tests;
