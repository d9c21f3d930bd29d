//! Arguments that several commands have: a work item, a format, a kind of failure, a setting.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::error::{CliError, Kind};
use super::terminal::quote;
use crate::config::is_variable;
use crate::engine::{self, VariantChoice};
use crate::record::{AttemptOutcome, VariantAt};
use crate::view::rows::RowFormat;
use crate::view::{self, Connection, Variants};

/// Which work item is meant: by its id, or by its row.
#[derive(Debug, Args)]
pub struct ItemArg {
    /// The work item's id, or its first characters.
    #[arg(required_unless_present = "row")]
    pub work_id: Option<String>,
    /// The number of its input row, counted from 1.
    #[arg(long, value_name = "N", conflicts_with = "work_id", value_parser = at_least_one)]
    pub row: Option<u64>,
    /// The step, if several have a work item for that row.
    #[arg(long, value_name = "NAME", requires = "row")]
    pub step: Option<String>,
}

/// How rows are printed.
#[derive(Debug, Args)]
pub struct FormatArg {
    /// How it is printed: table, records, json, jsonl, csv, psv or md. A terminal that is too narrow for a table gets
    /// records, with long values cut.
    #[arg(
        long, value_name = "FORMAT", default_value = "table", value_parser = format_words(), hide_possible_values = true
    )]
    format: RowFormat,
    /// Print each row as a block, with one column a line and whole values; short for `--format records`.
    #[arg(long, conflicts_with = "format")]
    records: bool,
}

impl FormatArg {
    /// The format that is wished for.
    #[must_use]
    pub fn get(&self) -> RowFormat {
        if self.records { RowFormat::Records } else { self.format }
    }
}

fn format_words() -> impl TypedValueParser<Value = RowFormat> {
    PossibleValuesParser::new(RowFormat::ALL.iter().map(|it| it.as_str())).try_map(|word| word.parse::<RowFormat>())
}

/// Parses how an attempt failed, such as `invalid_schema`.
pub fn kind_words() -> impl TypedValueParser<Value = AttemptOutcome> {
    let kinds = AttemptOutcome::ALL.iter().filter(|it| **it != AttemptOutcome::Accepted).map(|it| it.as_str());
    PossibleValuesParser::new(kinds).try_map(|word| word.parse::<AttemptOutcome>())
}

/// Parses the `NAME=VALUE` of a variable: the key of its setting, and the value.
pub fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=').map(|(name, value)| (name.trim(), value)) {
        Some((name, value)) if is_variable(name) => Ok((format!("vars.{name}"), value.to_owned())),
        Some((name, _)) if !name.is_empty() => {
            Err(format!("`{name}` cannot be a variable's name: use letters, digits and `_`"))
        }
        _ => Err("expected NAME=VALUE, such as `tone=friendly`".to_owned()),
    }
}

/// Parses a whole number of 1 or more.
pub fn at_least_one(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("expected a whole number, 1 or more".to_owned()),
        Ok(number) => Ok(number),
    }
}

/// Parses `KEY=VALUE`.
pub fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE, such as `llm.temperature=0.2`".to_owned()),
    }
}

/// A variant of an experiment, in place of the task itself.
#[derive(Debug, Default, Args)]
pub struct VariantArg {
    /// This variant of the experiment, in place of the task itself.
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// This repeat of it.
    #[arg(
        long,
        value_name = "N",
        requires = "variant",
        default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    repeat: u32,
}

impl VariantArg {
    /// The variant that is meant, if one is.
    pub fn choice(&self) -> Option<VariantChoice> {
        self.variant.as_ref().map(|name| VariantChoice { name: name.clone(), repeat: self.repeat })
    }

    /// The option as a command names it, with a blank before it; nothing where the task itself is meant.
    pub fn words(&self) -> String {
        let Some(name) = &self.variant else { return String::new() };
        let repeat = if self.repeat > 1 { format!(" --repeat {}", self.repeat) } else { String::new() };
        format!(" --variant {}{repeat}", quote(name))
    }

    /// Which variant is meant: without a name, the task itself, and then the names of the variants beside it.
    pub fn at(&self, connection: &Connection) -> Result<(VariantAt, Vec<String>), CliError> {
        if let Some(choice) = self.choice() {
            return Ok((engine::variant_at(connection, &choice)?, Vec::new()));
        }
        let found = view::variants(connection)?;
        if found.task.is_none() && found.are_any() {
            return Err(only_variants(&found));
        }
        Ok((VariantAt::BASE, found.names))
    }

    /// Narrows the connection to the variant that is meant, or to the task itself where there are variants and none is
    /// named. Then the names of the variants are what is returned.
    pub fn narrow(&self, connection: &Connection) -> Result<Vec<String>, CliError> {
        if let Some(choice) = self.choice() {
            engine::narrow_to(connection, &choice)?;
            return Ok(Vec::new());
        }
        let found = view::variants(connection)?;
        match found.task.clone() {
            _ if !found.are_any() => {}
            Some(name) => engine::narrow_to(connection, &VariantChoice { name, repeat: 1 })?,
            None => return Err(only_variants(&found)),
        }
        Ok(found.names)
    }
}

/// The error where the task itself is meant, and was never run.
fn only_variants(found: &Variants) -> CliError {
    let message = "the task itself was never run here, only variants of it: say which one is meant";
    let hint = format!("`--variant NAME`; the variants are: {}", found.names.join(", "));
    CliError::new(Kind::Usage, message).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_from_1_is_expected_in_words() {
        assert_eq!(at_least_one("12"), Ok(12));
        for wrong in ["0", "-1", "1.5", "x", ""] {
            assert_eq!(at_least_one(wrong), Err("expected a whole number, 1 or more".to_owned()), "{wrong}");
        }
    }
}
