//! `casebook promote`: a variant that was measured becomes what is used.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

use super::args::FormatArg;
use super::error::{CliError, Kind};
use super::exit::Exit;
use super::review::login;
use super::terminal::Terminal;
use crate::engine::{self, PinStage, PromoteOptions, Promotion, PromotionRefusal};
use crate::view::rows::Cell;
use crate::view::text;

/// Pin a variant that was measured, so that it is what is used.
///
/// Its models, parameters and prompts go into `pins.yaml`. The variant is held against the latest evaluation in the run
/// file. It is refused if a gate fails or it is worse than the baseline, and it is an error if prompts, schemas,
/// parameters or gold answers are not those that were measured, or if a model's name may stand for another version
/// tomorrow. The evidence is kept in the run file (view `promotions`), and `prompts/prompt_changelog.md` gets an entry.
/// `llm: {pin: production}` then uses what is pinned.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook promote casebook.yaml small --to staging               pin it for a trial
  casebook promote casebook.yaml small --to production --by Ada --reason \"passes the review\"
  casebook promote casebook.yaml small --to production --dry-run  say what would be pinned
  casebook sql demo.db \"SELECT * FROM promotions\"               what was promoted, and on what evidence

Exit codes: 0 promoted, 2 not what was measured or nothing measured, 5 a gate fails or it is worse
than the baseline, 6 with --require better: not known to be better.")]
pub struct PromoteArgs {
    /// The configuration.
    config: PathBuf,
    /// The name of the variant.
    variant: String,
    /// Where to: `staging` or `production`.
    #[arg(long, value_name = "STAGE", value_enum, hide_possible_values = true)]
    to: To,
    /// The run file; by default `<run.name>.db` beside the configuration.
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// Who promotes; by default the name you are logged in with.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Why, for the record and the changelog.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// `better`: end with exit code 6 if the variant is not known to be better than the baseline.
    #[arg(
        long, value_name = "better", value_parser = PossibleValuesParser::new(["better"]), hide_possible_values = true
    )]
    require: Option<String>,
    /// Check everything, and write nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    format: FormatArg,
}

/// A place that a variant is promoted to.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum To {
    Staging,
    Production,
}

impl PromoteArgs {
    fn options(&self) -> Result<PromoteOptions, CliError> {
        let by = self.by.clone().map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).or_else(login);
        let unknown = || CliError::new(Kind::Usage, "nobody says who promotes").hint("name yourself with `--by NAME`");
        Ok(PromoteOptions {
            config: self.config.clone(),
            db: self.db.clone(),
            variant: self.variant.clone(),
            to: match self.to {
                To::Staging => PinStage::Staging,
                To::Production => PinStage::Production,
            },
            by: by.ok_or_else(unknown)?,
            reason: self.reason.clone(),
            requires_better: self.require.is_some(),
            dry_run: self.dry_run,
        })
    }
}

pub fn run(args: &PromoteArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let promotion = engine::promote(&args.options()?)?;
    for note in &promotion.notes {
        terminal.tell(&text::line(note));
    }
    figures(&promotion, args, terminal)?;
    let (name, to) = (text::line(&promotion.variant), promotion.to);
    Ok(match &promotion.refusal {
        Some(PromotionRefusal::Gates(gates)) => {
            let gates = gates.iter().map(|gate| format!("`{}`", text::line(gate))).collect::<Vec<_>>().join(", ");
            terminal.tell(&terminal.err.yellow(&format!("Not promoted: `{name}` fails {gates}.")));
            Exit::Refused
        }
        Some(PromotionRefusal::Worse) => {
            terminal.tell(&terminal.err.yellow(&format!("Not promoted: `{name}` is worse than the baseline.")));
            Exit::Refused
        }
        Some(PromotionRefusal::NotBetter) => {
            let said = format!("Not promoted: `{name}` is not known to be better than the baseline.");
            terminal.tell(&terminal.err.yellow(&said));
            Exit::Inconclusive
        }
        None if args.dry_run => {
            terminal.tell(&format!("`{name}` can be promoted to {to}. Nothing was written."));
            Exit::Done
        }
        None => {
            let files: Vec<String> = promotion.files.iter().map(|it| it.display().to_string()).collect();
            terminal.tell(&format!("`{name}` is pinned as {to}: {}", text::line(&files.join(", "))));
            Exit::Done
        }
    })
}

/// Prints the evidence, a row for each figure.
fn figures(promotion: &Promotion, args: &PromoteArgs, terminal: Terminal) -> Result<(), CliError> {
    let columns = ["figure", "value", "low", "high", "n", "baseline", "difference", "verdict"];
    let format = args.format.get();
    let mut rows = terminal.rows(format, columns.map(str::to_owned).to_vec())?;
    let number = |value: Option<f64>| value.map_or(Cell::Null, Cell::Real);
    for figure in &promotion.evidence.figures {
        rows.row(format.figures(vec![
            Cell::from(figure.name.as_str()),
            number(figure.value),
            number(figure.low),
            number(figure.high),
            figure.n.map_or(Cell::Null, Cell::from),
            number(figure.baseline),
            number(figure.difference),
            figure.verdict.map_or(Cell::Null, |it| Cell::from(it.word())),
        ]))?;
    }
    rows.finish()?;
    Ok(())
}
