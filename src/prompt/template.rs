//! One compiled template, and what it says about itself before it is rendered.

use std::sync::Arc;

use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, ErrorKind, UndefinedBehavior};

use serde::Serialize as _;

use super::braces;
use super::error::PromptError;
use super::vars::Vars;
use crate::config::{Location, PromptSyntax, printable};

/// Steps that one rendering may take: enough for a group of many thousand rows, an end to a loop without one.
const FUEL: u64 = 10_000_000;

/// The name of the only template in an environment; none can be included, because there is no other.
const NAME: &str = "template";

/// An environment with the rules that hold for all templates and expressions.
pub(super) fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    // Keeps the place of an error; costs nothing until there is one.
    environment.set_debug(true);
    environment.add_filter("tojson", tojson);
    environment
}

/// JSON as a model is to read it. The engine's own filter escapes it for HTML.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands arguments over by value")]
fn tojson(value: &Value, indent: Option<usize>, named: Kwargs) -> Result<String, minijinja::Error> {
    let indent = indent.map_or_else(|| named.get::<Option<usize>>("indent"), |indent| Ok(Some(indent)))?;
    named.assert_all_used()?;
    if value.is_undefined() {
        return Err(ErrorKind::UndefinedError.into());
    }
    let failed = |error: serde_json::Error| minijinja::Error::new(ErrorKind::BadSerialization, error.to_string());
    let Some(indent) = indent else { return serde_json::to_string(value).map_err(failed) };
    let spaces = " ".repeat(indent.min(16));
    let formatter = serde_json::ser::PrettyFormatter::with_indent(spaces.as_bytes());
    let mut bytes = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter)).map_err(failed)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Where a template stands, for messages.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The key, as in `user` or `checks[0].message`.
    pub(super) key: String,
    /// Where the template's first character stands in its file, if its lines are those of the file.
    pub(super) start: Option<Location>,
}

impl Place {
    /// A template whose place in its file is not known.
    pub(super) fn key(key: impl Into<String>) -> Self {
        Self { key: key.into(), start: None }
    }

    /// An error in line `line` of the template and, where known, at `column` (both from 1).
    pub(super) fn error(&self, line: Option<usize>, column: usize, message: String) -> PromptError {
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

    /// A minijinja error in the words of a message. `source` is the template's text.
    pub(super) fn jinja(&self, error: &minijinja::Error, source: &str) -> PromptError {
        let column = error.range().map_or(1, |range| column_of(source, range.start));
        self.error(error.line(), column, explain(error, source))
    }
}

/// What went wrong, without the place.
pub(super) fn explain(error: &minijinja::Error, source: &str) -> String {
    // Where the detail is missing, the span names what is undefined.
    let span = error.range().and_then(|range| source.get(range)).map(str::trim).filter(|it| !it.is_empty());
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

/// A template that was compiled once.
#[derive(Clone, Debug)]
pub(super) struct Template {
    environment: Environment<'static>,
    source: Arc<str>,
    /// The text in single braces that `source` was made of.
    braces: Option<Arc<str>>,
    place: Place,
}

impl Template {
    pub(super) fn compile(source: &str, place: Place) -> Result<Self, PromptError> {
        let mut environment = environment();
        environment.add_template_owned(NAME, source.to_owned()).map_err(|error| place.jinja(&error, source))?;
        let template = Self { environment, source: Arc::from(source), braces: None, place };
        template.refuse_other_files()?;
        Ok(template)
    }

    /// A template of a prompt, in the syntax of its file.
    pub(super) fn compile_as(syntax: PromptSyntax, source: &str, place: Place) -> Result<Self, PromptError> {
        match syntax {
            PromptSyntax::Jinja => Self::compile(source, place),
            PromptSyntax::Braces => {
                let jinja = braces::prompt_to_jinja(source, &place)?;
                Ok(Self { braces: Some(Arc::from(source)), ..Self::compile(&jinja, place)? })
            }
        }
    }

    /// The text as Jinja.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// The text as written, if that is in single braces.
    pub(super) fn braces(&self) -> Option<&str> {
        self.braces.as_deref()
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn render(&self, vars: &Vars) -> Result<String, PromptError> {
        self.render_value(Value::from_object(vars.clone()))
    }

    pub(super) fn render_value(&self, vars: Value) -> Result<String, PromptError> {
        self.try_render(vars).map_err(|error| self.place.jinja(&error, &self.source))
    }

    pub(super) fn try_render(&self, vars: Value) -> Result<String, minijinja::Error> {
        self.environment.get_template(NAME)?.render(vars)
    }

    /// The names that have to come from outside, with their attributes (`row.narrative`), sorted.
    pub(super) fn names(&self) -> Vec<String> {
        let template = self.environment.get_template(NAME);
        let mut names: Vec<String> =
            template.map(|it| it.undeclared_variables(true).into_iter().collect()).unwrap_or_default();
        names.sort_unstable();
        names
    }

    /// Whether `name` is used, by itself or with an attribute.
    pub(super) fn mentions(&self, name: &str) -> bool {
        self.names().iter().any(|it| it.split('.').next() == Some(name))
    }

    /// Tags for other files would fail only when they are rendered, which is after the first call.
    fn refuse_other_files(&self) -> Result<(), PromptError> {
        for (offset, _) in self.source.match_indices("{%") {
            let tag = self.source[offset + 2..].trim_start_matches(['-', '+']).trim_start();
            let word = tag.split(|it: char| !it.is_ascii_alphabetic()).next().unwrap_or_default();
            // Inside `raw` and comments these are only text.
            let literal = inside_literal(&self.source, offset);
            if matches!(word, "include" | "import" | "from" | "extends") && !literal {
                let line = self.source[..offset].matches('\n').count() + 1;
                let message = format!("`{word}` is not supported: a prompt is one file");
                return Err(self.place.error(Some(line), column_of(&self.source, offset), message));
            }
        }
        Ok(())
    }
}

/// Whether the tag at `offset` stands in a comment or a `raw` block. Only called on templates that compile.
fn inside_literal(source: &str, offset: usize) -> bool {
    let before = &source[..offset];
    let comment = before.rfind("{#").is_some_and(|open| !before[open..].contains("#}"));
    let tags: Vec<String> = before
        .match_indices("{%")
        .map(|(at, _)| before[at + 2..].trim_start_matches(['-', '+', ' ']).chars().take(6).collect())
        .collect();
    let raw = tags.iter().rev().find(|tag| tag.starts_with("raw") || tag.starts_with("endraw"));
    comment || raw.is_some_and(|tag| tag.starts_with("raw"))
}

/// What stands between the delimiters of a template: its code without its text.
pub(super) fn code(source: &str) -> String {
    let mut code = String::new();
    let mut rest = source;
    while let Some(open) = ["{{", "{%", "{#"].iter().filter_map(|tag| rest.find(tag)).min() {
        let tag = &rest[open..];
        let close = match tag.as_bytes()[1] {
            b'{' => "}}",
            b'%' => "%}",
            _ => "#}",
        };
        let end = tag.find(close).map_or(tag.len(), |end| end + close.len());
        if close != "#}" {
            code.push_str(&tag[..end]);
        }
        rest = &tag[end..];
    }
    code
}

/// The pieces of a template's text, of at least 64 bytes, that are the same in every rendering. A hint for storing
/// shared text once: a piece may be missing or differ in white space from what is rendered.
#[must_use]
pub fn literals(source: &str) -> Vec<&str> {
    const MIN_BYTES: usize = 64;
    let mut pieces = Vec::new();
    let mut rest = source;
    loop {
        let open = ["{{", "{%", "{#"].iter().filter_map(|tag| rest.find(tag)).min();
        let (piece, after) = rest.split_at(open.unwrap_or(rest.len()));
        if piece.len() >= MIN_BYTES {
            pieces.push(piece);
        }
        let close = match after.get(..2) {
            Some("{{") => "}}",
            Some("{%") => "%}",
            Some("{#") => "#}",
            _ => return pieces,
        };
        let Some(end) = after.find(close) else { return pieces };
        rest = &after[end + close.len()..];
    }
}
