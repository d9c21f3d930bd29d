//! Resolves the block `outputs`.

use super::block::ConfigBlock;
use super::error::ConfigError;
use super::mapping::mapping;
use super::output_files::files;
use super::raw::{self, OutputFormat};
use super::resolved::{Finetune, Outputs, RowMatch, VALIDATION};

pub(super) fn outputs(at: &ConfigBlock<'_>, written: raw::Outputs) -> Result<Outputs, ConfigError> {
    let all = || vec![OutputFormat::Jsonl, OutputFormat::Psv, OutputFormat::Csv];
    let mut formats: Vec<OutputFormat> = Vec::new();
    for format in written.formats.unwrap_or_else(all) {
        if !formats.contains(&format) {
            formats.push(format);
        }
    }
    let matching = row_match(at, written.r#match.as_deref(), written.match_column, written.expand)?;
    let files = files(at, written.files.unwrap_or_default())?;
    Ok(Outputs {
        formats,
        mapping: written.mapping.map(|written| mapping(at, written, &files)).transpose()?,
        finetune: written.finetune.map(|written| finetune(at, written)).transpose()?,
        files,
        expand: written.expand,
        matching,
        dir: written.dir.map(|dir| at.path("outputs.dir", dir)).transpose()?,
        thin: written.thin.unwrap_or(true),
        spreadsheet_safe: written.spreadsheet_safe.unwrap_or(false),
    })
}

fn finetune(at: &ConfigBlock<'_>, written: raw::Finetune) -> Result<Finetune, ConfigError> {
    Ok(Finetune {
        from: written.from.unwrap_or_default(),
        validation: at.real("outputs.finetune.validation", written.validation, VALIDATION, (0.0, 0.9))?,
        seed: written.seed,
        group: at.filled_option("outputs.finetune.group", written.group)?,
        max_tokens: match written.max_tokens {
            None => None,
            given => Some(at.whole("outputs.finetune.max_tokens", given, 1, (1, 100_000_000))?),
        },
    })
}

/// How elements of answers are matched with rows: `list[].field`.
fn row_match(
    at: &ConfigBlock<'_>,
    path: Option<&str>,
    column: Option<String>,
    expand: Option<raw::Expand>,
) -> Result<Option<RowMatch>, ConfigError> {
    let Some(path) = path else {
        return match column {
            Some(_) => Err(at.bad("outputs.match_column", "`outputs.match` says what is looked for in the column")),
            None => Ok(None),
        };
    };
    if expand.is_none() {
        return Err(at.bad("outputs.match", "it says how rows get their elements, which takes `outputs.expand: rows`"));
    }
    let plain = |name: &str| !name.is_empty() && !name.contains(['[', ']', '.']);
    match path.split_once("[].") {
        Some((list, field)) if plain(list) && plain(field) => {
            Ok(Some(RowMatch { list: list.to_owned(), field: field.to_owned(), column }))
        }
        _ => Err(at.bad("outputs.match", "expected a list and a field of its elements, as in `tickets[].id`")),
    }
}
