//! One compiled template ([`Template`]): what it can say before it is rendered, and its rendering.

use std::sync::Arc;

use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, ErrorKind, UndefinedBehavior};
use serde::Serialize as _;

use super::braces;
use super::error::PromptError;
use super::origin::{TemplateOrigin, column_of};
use super::vars::Vars;
use crate::config::PromptSyntax;

/// The most steps of one rendering: enough for a group of many thousand rows, and an end to endless loops.
const FUEL: u64 = 10_000_000;

/// The name of the only template in an environment. Since there is no other, none can be included.
const NAME: &str = "template";

/// An environment with the rules of all templates and expressions.
pub(super) fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    // Keeps the position of an error. It costs nothing until there is one.
    environment.set_debug(true);
    environment.add_filter("tojson", tojson);
    environment
}

/// JSON for a model to read. The engine's own filter escapes it for HTML.
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

/// A template that was compiled once.
#[derive(Clone, Debug)]
pub(super) struct Template {
    environment: Environment<'static>,
    source: Arc<str>,
    /// The text as written, if it is written in single braces.
    braces: Option<Arc<str>>,
    origin: TemplateOrigin,
}

impl Template {
    pub(super) fn compile(source: &str, origin: TemplateOrigin) -> Result<Self, PromptError> {
        let mut environment = environment();
        environment.add_template_owned(NAME, source.to_owned()).map_err(|error| origin.jinja(&error, source))?;
        let template = Self { environment, source: Arc::from(source), braces: None, origin };
        template.refuse_other_files()?;
        Ok(template)
    }

    /// Compiles a template of a prompt, in the syntax of its file.
    pub(super) fn compile_as(syntax: PromptSyntax, source: &str, origin: TemplateOrigin) -> Result<Self, PromptError> {
        match syntax {
            PromptSyntax::Jinja => Self::compile(source, origin),
            PromptSyntax::Braces => {
                let jinja = braces::prompt_to_jinja(source, &origin)?;
                Ok(Self { braces: Some(Arc::from(source)), ..Self::compile(&jinja, origin)? })
            }
        }
    }

    /// The template as Jinja.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// The template as written, if it is written in single braces.
    pub(super) fn braces(&self) -> Option<&str> {
        self.braces.as_deref()
    }

    pub(super) fn origin(&self) -> &TemplateOrigin {
        &self.origin
    }

    pub(super) fn render(&self, vars: &Vars) -> Result<String, PromptError> {
        self.render_value(Value::from_object(vars.clone()))
    }

    pub(super) fn render_value(&self, vars: Value) -> Result<String, PromptError> {
        self.try_render(vars).map_err(|error| self.origin.jinja(&error, &self.source))
    }

    pub(super) fn try_render(&self, vars: Value) -> Result<String, minijinja::Error> {
        self.environment.get_template(NAME)?.render(vars)
    }

    /// The variables that the template uses, with their attributes (`row.narrative`), sorted.
    pub(super) fn names(&self) -> Vec<String> {
        let template = self.environment.get_template(NAME);
        let mut names: Vec<String> =
            template.map(|it| it.undeclared_variables(true).into_iter().collect()).unwrap_or_default();
        names.sort_unstable();
        names
    }

    /// Whether the template uses the variable `name`, by itself or with an attribute.
    pub(super) fn mentions(&self, name: &str) -> bool {
        self.names().iter().any(|it| it.split('.').next() == Some(name))
    }

    /// Refuses tags that name other files. They would fail only when they are rendered, after the first call.
    fn refuse_other_files(&self) -> Result<(), PromptError> {
        for (offset, _) in self.source.match_indices("{%") {
            let tag = self.source[offset + 2..].trim_start_matches(['-', '+']).trim_start();
            let word = tag.split(|it: char| !it.is_ascii_alphabetic()).next().unwrap_or_default();
            // Inside `raw` and comments these are only text.
            let literal = inside_literal(&self.source, offset);
            if matches!(word, "include" | "import" | "from" | "extends") && !literal {
                let line = self.source[..offset].matches('\n').count() + 1;
                let message = format!("`{word}` is not supported: a prompt is one file");
                return Err(self.origin.error(Some(line), column_of(&self.source, offset), message));
            }
        }
        Ok(())
    }
}

/// Whether the tag at `offset` is in a comment or a `raw` block. Only called on templates that compile.
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

/// A template's code, with the delimiters but without the text between them and without comments.
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

/// The pieces of a template's text, of at least 64 bytes, that are the same in every rendering. They are a hint for
/// storing shared text once: a rendering may lack a piece or differ from it in white space.
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
