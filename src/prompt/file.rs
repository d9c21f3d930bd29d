//! A compiled prompt: [`Prompt`], with its templates and its name. `written` reads the file.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::documents::DocumentUse;
use super::error::PromptError;
use super::images::ImageTemplate;
use super::include::Parts;
use super::input_data::InputData;
use super::known::Known;
use super::origin::TemplateOrigin;
use super::template::Template;
use super::turn::{Turn, TurnRole};
use super::vars::Vars;
use crate::config::PromptSyntax;
use crate::record::OutputPath;

/// A prompt, compiled once.
#[derive(Clone, Debug)]
pub struct Prompt {
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) purpose: Option<String>,
    pub(super) syntax: PromptSyntax,
    /// The messages before the first answer; the last one is the user's.
    pub(super) turns: Vec<Turn>,
    /// Whether they are written under `messages`.
    pub(super) listed: bool,
    pub(super) retry: Option<Template>,
    pub(super) images: Vec<ImageTemplate>,
    /// The path that `input_data` stands for.
    pub(super) input_data: InputData,
}

impl Prompt {
    /// Its name, for people.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its version, as its author calls it.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Replaces the system message.
    pub fn with_system(mut self, source: &str, parts: &Parts<'_>) -> Result<Self, PromptError> {
        let origin = TemplateOrigin::key("system");
        let (source, origin) = parts.expand(PromptSyntax::Jinja, source, origin)?;
        self.turns.retain(|turn| turn.role != TurnRole::System);
        self.turns.insert(0, Turn { role: TurnRole::System, template: Template::compile(&source, origin)? });
        Ok(self)
    }

    /// Checks a system message with its parts, as [`Prompt::with_system`] takes it.
    pub fn of_system(source: &str, parts: &Parts<'_>) -> Result<(), PromptError> {
        let (source, origin) = parts.expand(PromptSyntax::Jinja, source, TemplateOrigin::key("system"))?;
        Template::compile(&source, origin).map(drop)
    }

    /// Checks every name in the templates, so that a misspelt one is an error before the first call.
    pub fn check(&self, known: &Known) -> Result<(), PromptError> {
        // In single braces, a name alone may be a column.
        let known = &if self.syntax == PromptSyntax::Braces { known.for_braces() } else { known.clone() };
        for turn in &self.turns {
            known.check(&turn.template)?;
        }
        let source = known.for_images();
        self.images.iter().try_for_each(|template| template.check(&source))?;
        self.retry.as_ref().map_or(Ok(()), |template| known.for_retry().check(template))
    }

    /// What the prompt is for, as its author wrote it.
    #[must_use]
    pub fn purpose(&self) -> Option<&str> {
        self.purpose.as_deref()
    }

    /// The source of the system message.
    #[must_use]
    pub fn system(&self) -> Option<&str> {
        self.turns.iter().find(|turn| turn.role == TurnRole::System).map(|turn| turn.template.source())
    }

    /// The source of the last message, which is the user's.
    #[must_use]
    pub fn user(&self) -> &str {
        self.turns.last().map_or("", |turn| turn.template.source())
    }

    /// The sources of its messages and of `retry`.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.turns.iter().map(|turn| &turn.template).chain(&self.retry).map(Template::source)
    }

    /// The source of the message after a failed attempt; `None` for the default message ([`super::feedback()`]).
    #[must_use]
    pub fn retry(&self) -> Option<&str> {
        self.retry.as_ref().map(Template::source)
    }

    /// The sources of the names of the images that the user message shows.
    pub fn images(&self) -> impl Iterator<Item = &str> {
        self.images.iter().map(ImageTemplate::source)
    }

    /// The value that the prompt's digest is made of: only what is sent, with its parts put in. The name, the version
    /// and the names of images are not in it; the content of images is part of a work item's input.
    #[must_use]
    pub fn digest_parts(&self) -> Value {
        if !self.listed {
            return json!({"system": self.system(), "user": self.user(), "retry": self.retry()});
        }
        let turn = |turn: &Turn| json!({"role": turn.role.as_str(), "content": turn.template.source()});
        json!({"messages": self.turns.iter().map(turn).collect::<Vec<_>>(), "retry": self.retry()})
    }

    fn templates(&self) -> impl Iterator<Item = &Template> {
        self.turns.iter().map(|turn| &turn.template)
    }

    /// The variables that its messages use, with their attributes and named items.
    #[must_use]
    pub fn reads(&self) -> Vec<String> {
        self.templates().flat_map(Template::reads).map(|path| self.input_data.meant(path)).collect()
    }

    /// The same, of all of its templates.
    #[must_use]
    pub fn reads_of_all(&self) -> Vec<String> {
        let of_images = self.images.iter().flat_map(ImageTemplate::reads);
        let of_retry = self.retry.iter().flat_map(Template::reads).map(|path| self.input_data.meant(path));
        self.reads().into_iter().chain(of_retry).chain(of_images).collect()
    }

    /// What its templates use of their variables.
    #[must_use]
    pub fn uses(&self) -> BTreeSet<OutputPath> {
        self.templates().chain(&self.retry).flat_map(Template::uses).collect()
    }

    /// The documents that its messages read.
    #[must_use]
    pub fn document_use(&self) -> DocumentUse {
        let uses = self.templates().chain(&self.retry).map(Template::document_use);
        uses.fold(DocumentUse::default(), DocumentUse::and)
    }

    /// The paths that its messages read and do not ask about, as with `is defined`.
    #[must_use]
    pub fn unguarded(&self) -> BTreeSet<String> {
        self.templates().chain(&self.retry).flat_map(Template::unguarded).collect()
    }

    /// Whether its messages use `name`.
    #[must_use]
    pub fn mentions(&self, name: &str) -> bool {
        let asked = |template: &Template| template.mentions(name);
        self.templates().any(asked) || self.input_data.is(name) && self.mentions("input_data")
    }

    /// The messages before the first answer, in order.
    pub fn render(&self, vars: &Vars) -> Result<Vec<(TurnRole, String)>, PromptError> {
        self.turns.iter().map(|turn| Ok((turn.role, turn.template.render(vars)?))).collect()
    }

    /// The names of the images that the user message shows, in order.
    pub fn render_images(&self, vars: &Vars) -> Result<Vec<String>, PromptError> {
        let mut names = Vec::new();
        self.images.iter().try_for_each(|template| template.render(vars, &mut names))?;
        Ok(names)
    }

    /// The message after a failed attempt; `None` for the default message ([`super::feedback()`]).
    pub fn render_retry(&self, vars: &Vars) -> Result<Option<String>, PromptError> {
        self.retry.as_ref().map(|template| template.render(vars)).transpose()
    }
}
