//! Which template an error is about and where it is written: [`TemplateOrigin`], and minijinja's errors in plain words.

use std::sync::Arc;

use minijinja::ErrorKind;

use super::error::PromptError;
use super::operators::Rewritten;
use super::source_map::SourceMap;
use crate::config::{Location, printable};

/// Which template a message is about, and where it is written.
#[derive(Clone, Debug)]
pub(super) struct TemplateOrigin {
    /// The template's key, as in `user` or `checks[0].message`.
    pub(super) key: String,
    /// The position of the template's first character in its file, if the template's lines are lines of the file.
    pub(super) start: Option<Location>,
    /// Where its pieces are written, if parts were put in.
    pub(super) map: Option<Arc<SourceMap>>,
}

impl TemplateOrigin {
    /// A template whose position in its file is not known.
    pub(super) fn key(key: impl Into<String>) -> Self {
        Self { key: key.into(), start: None, map: None }
    }

    /// An error in a part, whose name in messages is `file`.
    pub(super) fn error_in(&self, file: &str, line: usize, column: usize, message: String) -> PromptError {
        let number = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        let location = Location { file: Arc::from(file), line: number(line), column: number(column) };
        PromptError::Template { what: format!("`{}`", self.key), message, location: Some(location), hint: None }
    }

    /// The error for `error`, which minijinja found in the text `source` of the part `file`.
    pub(super) fn jinja_in(&self, file: &str, error: &minijinja::Error, source: &str) -> PromptError {
        let column = error.range().map_or(1, |range| column_of(source, range.start));
        self.error_in(file, error.line().unwrap_or(1), column, explain(error, source))
    }

    /// An error in line `line` of the template and, where known, at `column` (both from 1).
    pub(super) fn error(&self, line: Option<usize>, column: usize, message: String) -> PromptError {
        let (mut line, mut column) = (line, column);
        if let Some(written) = self.map.as_ref().zip(line).and_then(|(map, line)| map.find(line, column)) {
            if let Some(file) = written.file {
                return self.error_in(&file, written.line, written.column, message);
            }
            (line, column) = (Some(written.line), written.column);
        }
        let mut what = format!("`{}`", self.key);
        let mut location = self.start.clone();
        let offset = line.and_then(|line| u32::try_from(line.checked_sub(1)?).ok());
        match (&mut location, offset) {
            (Some(location), Some(offset)) => {
                location.line = location.line.saturating_add(offset);
                location.column = location.column.saturating_add(u32::try_from(column).unwrap_or(1).saturating_sub(1));
            }
            (None, Some(offset)) => what = format!("{what}, line {} of the template", offset + 1),
            (_, None) => {}
        }
        PromptError::Template { what, message, location, hint: None }
    }

    /// The error for `error`, which minijinja found in what `source` was rewritten to.
    pub(super) fn checked(&self, error: &minijinja::Error, source: &str, checked: &Rewritten) -> PromptError {
        let message = with_advice(explain_checked(error, source, checked));
        let Some(range) = error.range() else { return self.error(error.line(), 1, message) };
        let offset = checked.offset(range.start);
        let line = source.get(..offset).map(|before| before.matches('\n').count() + 1);
        self.error(line, column_of(source, offset), message)
    }

    /// The error for `error`, which minijinja found in the template `source`.
    pub(super) fn jinja(&self, error: &minijinja::Error, source: &str) -> PromptError {
        let column = error.range().map_or(1, |range| column_of(source, range.start));
        self.error(error.line(), column, explain(error, source))
    }
}

/// A message with what to do about the missing output of a step, if it says that one is undefined.
pub(super) fn with_advice(message: String) -> String {
    let before = message.split_once("` is undefined").and_then(|(before, _)| before.rsplit('`').next());
    match before.filter(|path| is_step(path)) {
        Some(path) => format!("{message}; a step that was skipped has no output: ask `{path} is defined` first"),
        None => message,
    }
}

/// Whether a path is that of a step's output as a whole, as in `steps.draft` or `steps["draft"]`.
fn is_step(path: &str) -> bool {
    let Some(name) = path.strip_prefix("steps") else { return false };
    name.starts_with(['.', '[']) && !name[1..].contains(['.', '['])
}

/// The message of `error`, which minijinja found in `source`, without its position. It becomes part of the feedback to
/// a model, and so of requests in run files: it must not change.
pub(super) fn explain(error: &minijinja::Error, source: &str) -> String {
    explain_span(error, error.range().and_then(|range| source.get(range)))
}

/// The same for an error that minijinja found in what `source` was rewritten to.
pub(super) fn explain_checked(error: &minijinja::Error, source: &str, checked: &Rewritten) -> String {
    let span = error.range().map(|range| checked.offset(range.start)..checked.offset(range.end));
    explain_span(error, span.and_then(|span| source.get(span)))
}

fn explain_span(error: &minijinja::Error, span: Option<&str>) -> String {
    // Without a detail, the span names what is undefined.
    let span = span.map(str::trim).filter(|it| !it.is_empty());
    let message = match (error.kind(), error.detail(), span) {
        (ErrorKind::UndefinedError, Some(detail), _) => detail.to_owned(),
        (ErrorKind::UndefinedError, None, Some(span)) => format!("`{span}` is undefined"),
        (ErrorKind::OutOfFuel, ..) => "the template does not come to an end".to_owned(),
        (ErrorKind::TemplateNotFound | ErrorKind::BadInclude, ..) => "a prompt cannot include other files".to_owned(),
        (ErrorKind::UnknownMethod, Some(detail), _) => format!("{detail}; filters do such work, as in `value | lower`"),
        (kind, None, _) => kind.to_string(),
        (kind, Some(detail), _) => format!("{kind}: {detail}"),
    };
    printable(&message)
}

/// The column (from 1) of the byte at `offset`.
pub(super) fn column_of(source: &str, offset: usize) -> usize {
    let before = source.get(..offset).unwrap_or_default();
    before.rsplit('\n').next().unwrap_or_default().chars().count() + 1
}
