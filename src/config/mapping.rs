//! Resolves `outputs.mapping`: how outputs become items for evaluation tools.

use super::block::ConfigBlock;
use super::error::{ConfigError, nearest};
use super::raw;
use super::resolved::{FileField, Mapping, OutputFile};

/// Resolves the block, except for what depends on the steps. `files` are those of `outputs.files`.
pub(super) fn mapping(
    at: &ConfigBlock<'_>,
    written: raw::Mapping,
    files: &[OutputFile],
) -> Result<Mapping, ConfigError> {
    if let Some(name) = &written.file {
        check_file(at, name, files)?;
    }
    if written.input.is_some() && written.messages.is_some() {
        let error = at.bad("outputs.mapping.messages", "`input` says what the model is asked too");
        return Err(error.with_hint("keep `input` for a text, or `messages` for a dialog"));
    }
    let part = |name: &str, source: Option<String>| match source {
        Some(source) if source.trim().is_empty() => {
            Err(at.bad(&format!("outputs.mapping.{name}"), "expected an expression, found an empty text"))
        }
        source => Ok(source),
    };
    let dataset = written.dataset.map(|name| name.trim().to_owned());
    if dataset.as_ref().is_some_and(|name| name.is_empty() || name.chars().any(char::is_control)) {
        return Err(at.bad("outputs.mapping.dataset", "expected a name on one line"));
    }
    Ok(Mapping {
        dataset,
        input: part("input", written.input)?,
        messages: part("messages", written.messages)?,
        expected: part("expected", written.expected)?,
        criteria: part("criteria", written.criteria)?,
        metadata: written.metadata.map(|fields| metadata(at, fields)).transpose()?,
        file: written.file,
    })
}

fn check_file(at: &ConfigBlock<'_>, name: &str, files: &[OutputFile]) -> Result<(), ConfigError> {
    let key = "outputs.mapping.file";
    match files.iter().find(|file| file.name == name) {
        Some(file) if file.step.is_some() => Ok(()),
        Some(_) => {
            let error = at.bad(key, format!("`{name}` is one object about the run"));
            Err(error.with_hint("name a file with a `step`, whose objects become items"))
        }
        None => {
            let names = files.iter().filter(|file| file.step.is_some()).map(|file| file.name.as_str());
            let hint = match nearest(name, names.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if files.is_empty() => "leave it out for the accepted outputs of the last step".to_owned(),
                None => format!("the files are {}", names.collect::<Vec<_>>().join(", ")),
            };
            Err(at.bad(key, format!("no entry of `outputs.files` is called `{name}`")).with_hint(hint))
        }
    }
}

fn metadata(at: &ConfigBlock<'_>, written: raw::FileFields) -> Result<Vec<FileField>, ConfigError> {
    let written: Vec<(String, Option<serde_json::Value>)> = match written {
        raw::FileFields::Names(names) => names.into_iter().map(|name| (name, None)).collect(),
        raw::FileFields::Values(values) => values,
    };
    let key = "outputs.mapping.metadata";
    let mut fields: Vec<FileField> = Vec::with_capacity(written.len());
    for (name, value) in written {
        if name.is_empty() || name.chars().any(char::is_control) {
            return Err(at.bad(key, "expected names on one line, each with a character at least"));
        }
        if fields.iter().any(|other| other.name == name) {
            return Err(at.bad(key, format!("there is another entry with the name `{name}`")));
        }
        fields.push(FileField { name, value });
    }
    Ok(fields)
}
