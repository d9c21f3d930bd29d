//! Resolves what is read as documents: `input` where it names documents, and `knowledge`.

use std::path::Path;

use super::block::ConfigBlock;
use super::error::ConfigError;
use super::raw::{self, DocumentKind, InputFormat, PathList, SplitUnit};
use super::resolved::{Documents, Input, Knowledge, Split};
use super::vars;
use crate::document::DocumentFormat;
use crate::tabular::TableFormat;

/// The characters that make a pattern of a path.
const WILDCARDS: [char; 4] = ['*', '?', '[', '{'];

/// The documents of `input`; `None` if it is a table: a file with a table's extension or format, or stdin.
pub(super) fn of_input(at: &ConfigBlock<'_>, written: &raw::Input) -> Result<Option<Documents>, ConfigError> {
    let Some(path) = written.path.clone().filter(|_| written.command.is_none()) else { return unused(at, written) };
    let is_list = matches!(path, PathList::Many(_));
    let paths = paths(at, "input.path", path)?;
    let is_split = is_list || written.split.is_some() || written.exclude.is_some();
    let table = paths.iter().find(|path| is_table(path, written.format, is_split));
    match (table, is_list) {
        (Some(_), false) => return unused(at, written),
        (Some(path), true) => {
            let error = at.bad("input.path", format!("a list names documents, but `{path}` is a table"));
            return Err(error.with_hint("name the one table alone: `path: rows.csv`"));
        }
        (None, _) => {}
    }
    for (key, is_set) in [
        ("delimiter", written.delimiter.is_some()),
        ("guess", written.guess.is_some()),
        ("sheet", written.sheet.is_some()),
        ("key", written.key.is_some()),
        ("types", written.types.is_some()),
        ("max_unpacked_bytes", written.max_unpacked_bytes.is_some()),
        ("normalise", written.normalise == Some(true)),
    ] {
        if is_set {
            let shown = paths.join("`, `");
            let why = match key {
                "key" => "a row of a document is known by its document and its heading",
                "types" => "the columns of documents have their types",
                "normalise" => "documents are kept exactly as they are",
                _ => "it is a setting of tables",
            };
            let error = at.bad(&format!("input.{key}"), format!("the input is documents (`{shown}`): {why}"));
            return Err(error.with_hint("remove it; a table is a file with a table's extension, or has a `format`"));
        }
    }
    let format = written.format.and_then(InputFormat::document);
    let encoding = written.encoding.clone();
    documents(at, "input", paths, written.exclude.clone(), written.split, format, encoding).map(Some)
}

/// Refuses settings of documents beside a table.
fn unused(at: &ConfigBlock<'_>, written: &raw::Input) -> Result<Option<Documents>, ConfigError> {
    let of_documents = [("exclude", written.exclude.is_some()), ("split", written.split.is_some())];
    if let Some((key, _)) = of_documents.iter().find(|(_, is_set)| *is_set) {
        let error = at.bad(&format!("input.{key}"), "it is a setting of documents, and the input is a table");
        return Err(error.with_hint("remove it, or name documents: a file such as `faq.md`, a folder or a pattern"));
    }
    if written.format.is_some_and(|format| format.document().is_some()) {
        let error = at.bad("input.format", "it is a format of documents, and what is piped in is a table");
        return Err(error.with_hint("name the file or the folder of the documents in `input.path`"));
    }
    Ok(None)
}

/// Whether a path is that of a table. One with an extension that is unknown is taken for a table whose format is to be
/// said, unless `is_split` says that it is documents.
fn is_table(path: &str, format: Option<InputFormat>, is_split: bool) -> bool {
    if path == Input::STDIN || format.is_some() {
        return path == Input::STDIN || format.is_some_and(|format| format.table().is_some());
    }
    let extension = Path::new(path).extension().and_then(|it| it.to_str());
    let is_unknown =
        || !is_split && !is_pattern(path) && extension.is_some_and(|it| DocumentFormat::of_extension(it).is_none());
    !path.ends_with('/') && (TableFormat::from_extension(Path::new(path)).is_some() || is_unknown())
}

/// The collections of `knowledge`.
pub(super) fn knowledge(
    at: &ConfigBlock<'_>,
    written: Option<Vec<raw::Knowledge>>,
) -> Result<Vec<Knowledge>, ConfigError> {
    let mut all: Vec<Knowledge> = Vec::new();
    for (index, it) in written.unwrap_or_default().into_iter().enumerate() {
        let key = format!("knowledge[{index}]");
        let name_key = format!("{key}.name");
        if !vars::is_name(&it.name) {
            let shown = it.name.escape_debug();
            let error = in_list(at, index, &name_key, format!("`{shown}` cannot be a collection's name"));
            return Err(error.with_hint("use letters, digits and `_`, and do not start with a digit"));
        }
        if all.iter().any(|other| other.name == it.name) {
            let reason = format!("there is another collection with the name `{}`", it.name);
            return Err(in_list(at, index, &name_key, reason));
        }
        let node = at.node.elements("knowledge").get(index);
        let block = ConfigBlock { node: node.unwrap_or(at.node), prefix: &key };
        let paths = paths(&block, "path", it.path)?;
        if let Some(table) = paths.iter().find(|path| it.format.is_none() && is_table(path, None, true)) {
            return Err(block.bad("path", format!("a collection has documents, but `{table}` is a table")));
        }
        let documents = documents(&block, "", paths, it.exclude, it.split, it.format, it.encoding)?;
        all.push(Knowledge { name: it.name, documents });
    }
    Ok(all)
}

/// An error about a key of an element of `knowledge`.
fn in_list(at: &ConfigBlock<'_>, index: usize, key: &str, reason: String) -> ConfigError {
    let own = key.rsplit('.').next().unwrap_or(key);
    let origin = at.node.elements("knowledge").get(index).map_or(at.origin("knowledge"), |it| it.origin_of(own));
    ConfigError::value(key.to_owned(), reason, origin)
}

/// The paths under `key`, none of which is empty.
fn paths(at: &ConfigBlock<'_>, key: &str, written: PathList) -> Result<Vec<String>, ConfigError> {
    let paths = written.into_vec();
    if paths.is_empty() {
        return Err(at.bad(key, "expected at least one path"));
    }
    for (index, path) in paths.iter().enumerate() {
        at.path(key, path.clone())?;
        if paths[..index].contains(path) {
            return Err(at.bad(key, format!("`{path}` is named twice")));
        }
    }
    Ok(paths)
}

fn documents(
    at: &ConfigBlock<'_>,
    block: &str,
    paths: Vec<String>,
    exclude: Option<PathList>,
    split: Option<raw::Split>,
    format: Option<DocumentKind>,
    encoding: Option<String>,
) -> Result<Documents, ConfigError> {
    let key = |name: &str| super::join_keys(block, name);
    let exclude = match exclude {
        Some(exclude) => self::paths(at, &key("exclude"), exclude)?,
        None => Vec::new(),
    };
    for (name, patterns) in [("path", &paths), ("exclude", &exclude)] {
        for pattern in patterns.iter().filter(|pattern| name == "exclude" || is_pattern(pattern)) {
            globset::Glob::new(pattern)
                .map_err(|error| at.bad(&key(name), format!("`{pattern}` is no pattern: {}", error.kind())))?;
        }
    }
    let encoding = encoding.map(|it| at.filled(&key("encoding"), it)).transpose()?;
    Ok(Documents {
        paths,
        exclude,
        split: self::split(at, &key("split"), split.unwrap_or_default())?,
        format,
        encoding: encoding.filter(|it| !it.eq_ignore_ascii_case("utf-8")),
    })
}

/// Whether a path has characters of a pattern.
#[must_use]
pub fn is_pattern(path: &str) -> bool {
    path.contains(WILDCARDS)
}

fn split(at: &ConfigBlock<'_>, block: &str, written: raw::Split) -> Result<Split, ConfigError> {
    let key = |name: &str| super::join_keys(block, name);
    let by = written.by.unwrap_or_default();
    // A default that is written out does no harm.
    let heading_level = ("heading_level", written.heading_level.is_some_and(|it| it != 2));
    let max_chars = ("max_chars", written.max_chars.is_some_and(|it| it != 12_000));
    let overlap_lines = ("overlap_lines", written.overlap_lines.is_some_and(|it| it != 0));
    let (unused, word, hint) = match by {
        SplitUnit::Document => (
            vec![heading_level, max_chars, overlap_lines],
            "document",
            "remove it, or write `by: section` or `by: lines`",
        ),
        SplitUnit::Section => (vec![overlap_lines], "section", "remove it, or write `by: lines`"),
        SplitUnit::Lines => (vec![heading_level], "lines", "remove it, or write `by: section`"),
    };
    if let Some((name, _)) = unused.iter().find(|(_, is_set)| *is_set) {
        return Err(at.bad(&key(name), format!("it has no effect with `by: {word}`")).with_hint(hint));
    }
    let heading_level = at.whole(&key("heading_level"), written.heading_level, 2u8, (1, 6))?;
    let max_chars = at.whole(&key("max_chars"), written.max_chars, 12_000, (1, 100_000_000))?;
    let overlap_lines = at.whole(&key("overlap_lines"), written.overlap_lines, 0, (0, 1_000))?;
    Ok(Split { by, heading_level, max_chars, overlap_lines })
}

/// The extensions of documents, for messages: `.md, .markdown, …`.
#[must_use]
pub fn document_extensions() -> String {
    DocumentFormat::EXTENSIONS.map(|it| format!(".{it}")).join(", ")
}

#[cfg(test)]
mod tests;
