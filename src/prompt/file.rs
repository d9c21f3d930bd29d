//! A prompt file: [`Prompt`], with its templates and its name.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::PromptError;
use super::images::ImageTemplate;
use super::known::Known;
use super::origin::TemplateOrigin;
use super::template::Template;
use super::vars::Vars;
use crate::config::{ConfigError, Location, Node, Origin, Problem, PromptSyntax, typed};

/// A prompt file in YAML, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPrompt {
    name: String,
    version: Option<String>,
    purpose: Option<String>,
    syntax: Option<PromptSyntax>,
    system: Option<String>,
    user: String,
    assistant_prefix: Option<String>,
    retry: Option<String>,
    images: Option<Vec<String>>,
}

/// A prompt, compiled once.
#[derive(Clone, Debug)]
pub struct Prompt {
    name: String,
    version: Option<String>,
    purpose: Option<String>,
    system: Option<Template>,
    user: Template,
    retry: Option<Template>,
    images: Vec<ImageTemplate>,
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

    /// Reads a prompt file in YAML and compiles its templates. `file` is its name in messages.
    pub fn parse(text: &str, file: &str) -> Result<Self, PromptError> {
        Self::parse_yaml(text, file, PromptSyntax::Jinja)
    }

    /// Reads a prompt file of any kind: if `path` ends in `.txt` or `.md`, the whole file is the user message,
    /// otherwise it is YAML. `syntax` applies if the file sets none.
    pub fn read(text: &str, file: &str, path: &str, syntax: PromptSyntax) -> Result<Self, PromptError> {
        if is_message(path) { Self::message(text, file, path, syntax) } else { Self::parse_yaml(text, file, syntax) }
    }

    /// The whole file is the message. Its line ends are LF, as YAML makes them too.
    fn message(text: &str, file: &str, path: &str, syntax: PromptSyntax) -> Result<Self, PromptError> {
        let start = Location { file: Arc::from(file), line: 1, column: 1 };
        if text.trim().is_empty() {
            return Err(ConfigError::new(Problem::Empty("a prompt"), &Origin::File(start)).into());
        }
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let origin = TemplateOrigin { key: "user".to_owned(), start: Some(start) };
        Ok(Self {
            name: name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned(),
            version: None,
            purpose: None,
            system: None,
            user: Template::compile_as(syntax, &text, origin)?,
            retry: None,
            images: Vec::new(),
        })
    }

    fn parse_yaml(text: &str, file: &str, syntax: PromptSyntax) -> Result<Self, PromptError> {
        let node = Node::parse(text, &Arc::from(file), "a prompt")?;
        let mut written: WrittenPrompt = typed(&node, "")?;
        let syntax = written.syntax.unwrap_or(syntax);
        let compile = |key: &str, source: &str| {
            let start = match node.origin_of(key) {
                Origin::File(location) => start_of(source, text, location),
                Origin::Set(_) | Origin::Unknown => None,
            };
            Template::compile_as(syntax, source, TemplateOrigin { key: key.to_owned(), start })
        };
        if written.user.trim().is_empty() {
            let error = ConfigError::value("user", "expected a template, found an empty text", node.origin_of("user"));
            return Err(error.into());
        }
        if let Some(prefix) = written.assistant_prefix.filter(|it| !it.trim().is_empty()) {
            if syntax != PromptSyntax::Braces {
                let reason = "only a prompt in single braces can have it";
                let error = ConfigError::value("assistant_prefix", reason, node.origin_of("assistant_prefix"));
                return Err(error.with_hint("write it at the end of `user`").into());
            }
            // In the older prompt files, this text ends the only message.
            compile("assistant_prefix", &prefix)?;
            compile("user", &written.user)?;
            written.user = format!("{}\n\n{}", written.user.trim_end(), prefix.trim());
        }
        let image = |(index, source): (usize, &String)| {
            let key = format!("images[{index}]");
            if source.trim().is_empty() {
                let error =
                    ConfigError::value(key, "expected a file's name, found an empty text", node.origin_of("images"));
                return Err(error.into());
            }
            ImageTemplate::compile(source, TemplateOrigin::key(key))
        };
        let filled = |source: &String| !source.trim().is_empty();
        Ok(Self {
            system: written.system.filter(filled).map(|source| compile("system", &source)).transpose()?,
            user: compile("user", &written.user)?,
            retry: written.retry.filter(filled).map(|source| compile("retry", &source)).transpose()?,
            images: written.images.iter().flatten().enumerate().map(image).collect::<Result<_, PromptError>>()?,
            name: written.name,
            version: written.version,
            purpose: written.purpose,
        })
    }

    /// Replaces the system message.
    pub fn with_system(mut self, source: &str) -> Result<Self, PromptError> {
        self.system = Some(Template::compile(source, TemplateOrigin::key("system"))?);
        Ok(self)
    }

    /// Checks every name in the templates, so that a misspelt one is an error before the first call.
    pub fn check(&self, known: &Known) -> Result<(), PromptError> {
        for template in self.system.iter().chain([&self.user]) {
            known.check(template)?;
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
        self.system.as_ref().map(Template::source)
    }

    /// The source of the user message.
    #[must_use]
    pub fn user(&self) -> &str {
        self.user.source()
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

    /// The value that the prompt's digest is made of: only what is sent. The name, the version and the names of images
    /// are not in it; the content of images is part of a work item's input.
    #[must_use]
    pub fn digest_parts(&self) -> Value {
        json!({"system": self.system(), "user": self.user(), "retry": self.retry()})
    }

    /// The variables that the system and the user message use, with their attributes and named items.
    #[must_use]
    pub fn reads(&self) -> Vec<String> {
        self.system.iter().chain([&self.user]).flat_map(Template::reads).collect()
    }

    /// The paths that its messages read and do not ask about, as with `is defined`.
    #[must_use]
    pub fn unguarded(&self) -> BTreeSet<String> {
        self.system.iter().chain([&self.user]).chain(&self.retry).flat_map(Template::unguarded).collect()
    }

    /// Whether the system or the user message uses `name`.
    #[must_use]
    pub fn mentions(&self, name: &str) -> bool {
        self.system.iter().chain([&self.user]).any(|template| template.mentions(name))
    }

    /// The system message; `None` if the prompt has none.
    pub fn render_system(&self, vars: &Vars) -> Result<Option<String>, PromptError> {
        self.system.as_ref().map(|template| template.render(vars)).transpose()
    }

    pub fn render_user(&self, vars: &Vars) -> Result<String, PromptError> {
        self.user.render(vars)
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

/// Whether the whole file at `path` is the user message.
fn is_message(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    [".txt", ".md"].iter().any(|ending| lower.ends_with(ending))
}

/// The position in `text` of the first character of `template`, whose YAML value starts at `value`. `None` if the lines
/// of the two do not correspond, as in a folded block.
fn start_of(template: &str, text: &str, value: &Location) -> Option<Location> {
    let index = |position: u32| usize::try_from(position).ok()?.checked_sub(1);
    let (line, column) = (index(value.line)?, index(value.column)?);
    let place = |line: usize, column: usize| {
        let (line, column) = (u32::try_from(line + 1).ok()?, u32::try_from(column + 1).ok()?);
        Some(Location { file: value.file.clone(), line, column })
    };
    // For the YAML reader, a block starts with its first line that is not empty; the line with the `|` is above it.
    let empty = template.lines().take_while(|line| line.is_empty()).count();
    if let Some(above) = line.checked_sub(empty + 1) {
        let above = text.lines().nth(above)?;
        let above = above.split(" #").next().unwrap_or(above);
        if above.split_whitespace().next_back().is_some_and(|word| word.starts_with('|')) {
            return place(line - empty, column);
        }
    }
    if template.contains('\n') {
        return None;
    }
    let written: String = text.lines().nth(line)?.chars().skip(column).collect();
    match written.strip_prefix(['"', '\'']) {
        Some(inner) if inner.starts_with(template) => place(line, column + 1),
        None if written.starts_with(template) => place(line, column),
        _ => None,
    }
}
