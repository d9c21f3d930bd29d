//! One compiled template ([`Template`]): what it can say before it is rendered, and its rendering.

use std::collections::BTreeSet;
use std::sync::Arc;

use minijinja::value::Value;
use minijinja::{Environment, UndefinedBehavior};

use super::bounds::{self, BoundedText, too_large};
use super::braces::{self, BraceNames, WrittenBraces};
use super::documents::{self, DocumentUse};
use super::error::PromptError;
use super::functions;
use super::markup::{Markup, segments, word};
use super::names::variables;
use super::operators::{Expressions, Rewritten};
use super::origin::{TemplateOrigin, column_of};
use super::paths;
use super::uses;
use super::vars::Vars;
use crate::config::PromptSyntax;
use crate::record::OutputPath;

/// The name of the only template in an environment. Since there is no other, none can be included.
const NAME: &str = "template";

/// An environment with the rules of all templates and expressions.
pub(super) fn environment() -> Environment<'static> {
    let mut environment = bare_environment();
    functions::add_to(&mut environment);
    environment
}

/// An environment with the engine's own filters and tests, to look into a template as it is written.
pub(super) fn bare_environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    bounds::set(&mut environment);
    // Keeps the position of an error. It costs nothing until there is one.
    environment.set_debug(true);
    functions::json::add_to(&mut environment);
    environment
}

/// A template that was compiled once.
#[derive(Clone, Debug)]
pub(super) struct Template {
    environment: Environment<'static>,
    source: Arc<str>,
    /// The source that was compiled: with operators that check their operands.
    checked: Arc<Rewritten>,
    expressions: Arc<Expressions>,
    /// The variables that it uses, with their attributes, sorted.
    names: Arc<[String]>,
    /// The text as written, if it is written in single braces.
    braces: Option<Arc<WrittenBraces>>,
    origin: TemplateOrigin,
}

impl Template {
    pub(super) fn compile(source: &str, origin: TemplateOrigin) -> Result<Self, PromptError> {
        let written = compiled(bare_environment(), source).map_err(|error| origin.jinja(&error, source))?;
        let unread = |offset: usize| {
            let line = source[..offset].matches('\n').count() + 1;
            origin.error(Some(line), column_of(source, offset), "this cannot be checked: write it simpler".to_owned())
        };
        refuse_other_files(source, &origin)?;
        let expressions = Expressions::of_template(source).map_err(|it| unread(it.offset))?;
        let names = variables(used(&written), &expressions, source, bare_environment);
        let checked = expressions.rewrite(source).map_err(|it| unread(it.offset))?;
        let mut environment = compiled(environment(), &checked.source).map_err(|error| origin.jinja(&error, source))?;
        bounds::limit_fuel(&mut environment, source);
        Ok(Self {
            environment,
            source: Arc::from(source),
            checked: Arc::new(checked),
            expressions: Arc::new(expressions),
            names: names.into(),
            braces: None,
            origin,
        })
    }

    /// Compiles a template of a prompt, in the syntax of its file.
    pub(super) fn compile_as(
        syntax: PromptSyntax,
        source: &str,
        origin: TemplateOrigin,
        names: BraceNames<'_>,
    ) -> Result<Self, PromptError> {
        match syntax {
            PromptSyntax::Jinja => Self::compile(source, origin),
            PromptSyntax::Braces => {
                let (jinja, written) = braces::prompt_to_jinja(source, &origin, names)?;
                Ok(Self { braces: Some(Arc::new(written)), ..Self::compile(&jinja, origin)? })
            }
        }
    }

    /// The template with the placeholders in single braces that `names` knows.
    pub(super) fn with_names(&self, names: BraceNames<'_>) -> Result<Self, PromptError> {
        match &self.braces {
            None => Ok(self.clone()),
            Some(written) => Self::compile_as(PromptSyntax::Braces, &written.text, self.origin.clone(), names),
        }
    }

    /// The template as Jinja.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// The template as written, if it is written in single braces.
    pub(super) fn braces(&self) -> Option<&WrittenBraces> {
        self.braces.as_deref()
    }

    pub(super) fn origin(&self) -> &TemplateOrigin {
        &self.origin
    }

    pub(super) fn render(&self, vars: &Vars) -> Result<String, PromptError> {
        self.render_value(Value::from_object(vars.clone()))
    }

    pub(super) fn render_value(&self, vars: Value) -> Result<String, PromptError> {
        self.try_render(vars).map_err(|error| self.origin.checked(&error, &self.source, &self.checked))
    }

    fn try_render(&self, vars: Value) -> Result<String, minijinja::Error> {
        let mut text = BoundedText::default();
        let rendered = self.environment.get_template(NAME)?.render_captured_to(vars, &mut text).map(|_| ());
        match rendered {
            Err(_) if text.is_full => Err(too_large("the text of the template")),
            Err(error) => Err(error),
            Ok(()) => Ok(text.into_text()),
        }
    }

    /// Renders the template as it is written: with the filters that are bounded, and the engine's own operators.
    pub(super) fn try_out(&self, vars: Value) -> Result<(), minijinja::Error> {
        compiled(environment(), &self.source)?.get_template(NAME)?.render(vars).map(|_| ())
    }

    /// The variables that the template uses, with their attributes (`row.narrative`), sorted.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The variables that it uses, with their attributes and with items that are named: `row["amount"]` is `row.amount`
    /// here. One that is used as a whole too stands alone.
    pub(super) fn reads(&self) -> Vec<String> {
        let paths = paths::read(&self.expressions, &self.source);
        let items_of = |name: &String| {
            let of: Vec<String> =
                paths.iter().filter(|it| it.split('.').next() == Some(name.as_str())).cloned().collect();
            if of.is_empty() || of.contains(name) { vec![name.clone()] } else { of }
        };
        self.names.iter().flat_map(items_of).collect()
    }

    /// What it uses of its variables.
    pub(super) fn uses(&self) -> BTreeSet<OutputPath> {
        uses::uses(&self.expressions, &self.source)
    }

    /// The paths that it reads and does not ask about.
    pub(super) fn unguarded(&self) -> BTreeSet<String> {
        paths::unguarded(&self.expressions, &self.source)
    }

    /// The documents that the template reads.
    pub(super) fn document_use(&self) -> DocumentUse {
        documents::uses(&self.expressions, &self.source)
    }

    pub(super) fn expressions(&self) -> &Expressions {
        &self.expressions
    }

    /// Whether the template uses the variable `name`, by itself or with an attribute.
    pub(super) fn mentions(&self, name: &str) -> bool {
        self.names().iter().any(|it| it.split('.').next() == Some(name))
    }
}

/// What keeps a part from being a template by itself: a tag that is not closed, say.
pub(super) fn check_syntax(source: &str) -> Result<(), minijinja::Error> {
    compiled(bare_environment(), source).map(drop)
}

fn compiled(mut environment: Environment<'static>, source: &str) -> Result<Environment<'static>, minijinja::Error> {
    environment.add_template_owned(NAME, source.to_owned())?;
    Ok(environment)
}

/// The variables that the engine finds in a template.
fn used(written: &Environment<'_>) -> Vec<String> {
    written.get_template(NAME).map(|it| it.undeclared_variables(true).into_iter().collect()).unwrap_or_default()
}

/// Refuses tags that name other files. They would fail only when they are rendered, after the first call.
fn refuse_other_files(source: &str, origin: &TemplateOrigin) -> Result<(), PromptError> {
    for tag in segments(source).into_iter().filter(|it| it.kind == Markup::Tag) {
        let (offset, word) = (tag.range.start, word(&source[tag.range]));
        if matches!(word, "include" | "import" | "from" | "extends") {
            let line = source[..offset].matches('\n').count() + 1;
            let message = format!("`{word}` is not supported here: only a prompt can have parts");
            return Err(origin.error(Some(line), column_of(source, offset), message));
        }
    }
    Ok(())
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
