//! Parts of prompts: `{% include "parts/tone.md" %}` is replaced by the text of that file, so that all rules of
//! templates hold for it as if it stood there.
//!
//! This room reads no files: who reads a prompt gives it a [`PartLoader`].

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::PromptError;
use super::markup::{Markup, segments, word};
use super::origin::{TemplateOrigin, column_of};
use super::source_map::SourceMap;
use super::template::check_syntax;
use crate::config::PromptSyntax;

/// The most parts within parts.
const MAX_DEPTH: usize = 16;
/// The most bytes of a template with its parts.
const MAX_BYTES: usize = 16 << 20;

/// A file that is a part of prompts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptPart {
    /// Its name in messages.
    pub name: String,
    pub text: String,
}

/// Why a part cannot be used: the end of the message that begins with its name, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartFault {
    pub reason: String,
    pub hint: Option<String>,
}

/// Returns the part at a path, which is relative to the configuration's folder and has no `.` and `..` but at its
/// beginning.
pub type PartLoader<'a> = dyn Fn(&str) -> Result<PromptPart, PartFault> + 'a;

/// Where the parts of a prompt come from.
#[derive(Clone, Copy)]
pub struct Parts<'a> {
    /// The path of the prompt's file, relative to the configuration's folder.
    pub of: &'a str,
    pub load: &'a PartLoader<'a>,
}

impl Parts<'_> {
    /// No parts: an `include` is an error.
    #[must_use]
    pub fn none() -> Parts<'static> {
        let load: &'static PartLoader<'static> =
            &|_| Err(PartFault { reason: "cannot be read here".to_owned(), hint: None });
        Parts { of: "", load }
    }

    /// Replaces the `include` tags of `source`. Without one, the origin stays as it is.
    pub(super) fn expand(
        &self,
        syntax: PromptSyntax,
        source: &str,
        origin: TemplateOrigin,
    ) -> Result<(String, TemplateOrigin), PromptError> {
        if tags(syntax, source).is_empty() {
            return Ok((source.to_owned(), origin));
        }
        let mut expansion = Expansion {
            parts: self,
            syntax,
            read: RefCell::default(),
            text: String::new(),
            map: SourceMap::default(),
            trims: false,
        };
        let file = IncludingFile { chain: &[clean("", self.of)], origin: &origin, name: None };
        expansion.add(&Arc::from(source), &file)?;
        let Expansion { text, mut map, .. } = expansion;
        map.of(&text);
        Ok((text, TemplateOrigin { map: Some(Arc::new(map)), ..origin }))
    }
}

/// The name of a part in messages, and its text.
type ReadPart = (Arc<str>, Arc<str>);

/// A file in which a tag stands.
struct IncludingFile<'a> {
    /// The paths of the files on the way to it, itself last.
    chain: &'a [String],
    origin: &'a TemplateOrigin,
    /// Its name in messages; `None` for the prompt itself.
    name: Option<Arc<str>>,
}

/// A template whose parts are put in.
struct Expansion<'a> {
    parts: &'a Parts<'a>,
    syntax: PromptSyntax,
    /// The parts that were read so far.
    read: RefCell<BTreeMap<String, ReadPart>>,
    text: String,
    map: SourceMap,
    /// Whether white space that follows is left out, since a tag ended in `-%}`.
    trims: bool,
}

impl Expansion<'_> {
    fn add(&mut self, source: &Arc<str>, file: &IncludingFile<'_>) -> Result<(), PromptError> {
        let mut from = 0;
        for tag in tags(self.syntax, source) {
            self.push(source, from..tag.start, file);
            if tag.trims_before {
                self.text.truncate(self.text.trim_end().len());
            }
            let (inner, chain) = self.load(&tag, source, file)?;
            let name = Some(inner.0);
            self.add(&inner.1, &IncludingFile { chain: &chain, origin: file.origin, name })?;
            if self.text.len() > MAX_BYTES {
                let reason = format!("the template with its parts has more than {MAX_BYTES} bytes");
                return Err(tag.error(source, file, reason, None));
            }
            self.trims = tag.trims_after;
            from = tag.end;
        }
        self.push(source, from..source.len(), file);
        Ok(())
    }

    fn push(&mut self, source: &Arc<str>, range: std::ops::Range<usize>, file: &IncludingFile<'_>) {
        let mut piece = &source[range.clone()];
        if self.trims {
            piece = piece.trim_start();
            self.trims = piece.is_empty();
        }
        self.map.push(self.text.len(), file.name.clone(), source, range.end - piece.len());
        self.text.push_str(piece);
    }

    /// The name and the text of the part that a tag names, and the files on the way to it.
    fn load(
        &self,
        tag: &IncludeTag<'_>,
        source: &str,
        file: &IncludingFile<'_>,
    ) -> Result<(ReadPart, Vec<String>), PromptError> {
        let error = |reason: String, hint: Option<String>| tag.error(source, file, reason, hint);
        let name = tag.name.as_ref().map_err(|(reason, hint)| error(reason.clone(), Some((*hint).to_owned())))?;
        let own = file.chain.last().map_or("", String::as_str);
        let folder = own.rsplit_once('/').map_or("", |(folder, _)| folder);
        if name.starts_with(['/', '\\']) || name.as_bytes().get(1) == Some(&b':') || name.contains('\0') {
            let hint = "write it relative to the file in which it stands, as in `{% include \"parts/tone.md\" %}`";
            return Err(error(format!("the part `{name}` is not a relative path"), Some(hint.to_owned())));
        }
        let path = clean(folder, name);
        let mut chain = file.chain.to_vec();
        if let Some(at) = chain.iter().position(|it| *it == path) {
            let circle: Vec<&str> = chain[at..].iter().chain([&path]).map(String::as_str).collect();
            return Err(error(format!("the file includes itself: {}", circle.join(" → ")), None));
        }
        if chain.len() > MAX_DEPTH {
            return Err(error(format!("`{name}`: parts may be at most {MAX_DEPTH} deep"), None));
        }
        let known = self.read.borrow().get(&path).cloned();
        let part = match known {
            Some(part) => part,
            None => {
                let fault = |it: PartFault| error(format!("the part `{name}` {}", it.reason), it.hint);
                let PromptPart { name, text } = (self.parts.load)(&path).map_err(fault)?;
                let text = without_last_break(&text);
                if self.syntax == PromptSyntax::Jinja {
                    check_syntax(&text).map_err(|error| file.origin.jinja_in(&name, &error, &text))?;
                }
                let part = (Arc::from(name), Arc::from(text));
                self.read.borrow_mut().insert(path.clone(), part);
                self.read.borrow()[&path].clone()
            }
        };
        chain.push(path);
        Ok((part, chain))
    }
}

/// The text of a part with LF as line ends, and without one line break at its end, as all templates are.
fn without_last_break(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.strip_suffix('\n').map(str::to_owned).unwrap_or(text)
}

/// A tag that names another file.
struct IncludeTag<'a> {
    start: usize,
    end: usize,
    /// The file's name; or why there is none, and what to do.
    name: Result<&'a str, (String, &'static str)>,
    trims_before: bool,
    trims_after: bool,
}

impl IncludeTag<'_> {
    /// An error about this tag, at its place in the file in which it stands.
    fn error(&self, source: &str, file: &IncludingFile<'_>, reason: String, hint: Option<String>) -> PromptError {
        let line = source[..self.start].matches('\n').count() + 1;
        let column = column_of(source, self.start);
        let error = match &file.name {
            None => file.origin.error(Some(line), column, reason),
            Some(name) => file.origin.error_in(name, line, column, reason),
        };
        match hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }
}

const LITERAL: &str = "write the file's name in quotes and nothing else, as in `{% include \"parts/tone.md\" %}`";

/// The tags in `source` that name other files.
fn tags(syntax: PromptSyntax, source: &str) -> Vec<IncludeTag<'_>> {
    match syntax {
        PromptSyntax::Jinja => {
            let tags = segments(source).into_iter().filter(|it| it.kind == Markup::Tag);
            tags.filter_map(|it| read_tag(source, it.range.start, it.range.end)).collect()
        }
        // Single braces have no other tags.
        PromptSyntax::Braces => {
            let is_text = |open: usize| source[..open].ends_with('{');
            let tags = source.match_indices("{%").filter(|(open, _)| !is_text(*open));
            let tags = tags.filter_map(|(open, _)| {
                let end = open + source[open..].find("%}")? + 2;
                (word(&source[open..end]) == "include").then(|| read_tag(source, open, end)).flatten()
            });
            tags.collect()
        }
    }
}

fn read_tag(source: &str, start: usize, end: usize) -> Option<IncludeTag<'_>> {
    let tag = &source[start..end];
    let word = word(tag);
    let name = match word {
        "include" => literal(tag).ok_or_else(|| ("a part is named by a text in quotes".to_owned(), LITERAL)),
        "import" | "from" | "extends" => Err((
            format!("`{word}` is not supported"),
            "put the text into a file of its own and write `{% include \"FILE\" %}`; a macro works in the file in \
             which it stands, and in what includes that",
        )),
        _ => return None,
    };
    let (trims_before, trims_after) = (tag.starts_with("{%-"), tag.ends_with("-%}"));
    Some(IncludeTag { start, end, name, trims_before, trims_after })
}

/// The name in an `include` tag.
fn literal(tag: &str) -> Option<&str> {
    let inner = tag.strip_prefix("{%")?.strip_suffix("%}")?;
    let inner = inner.trim_start_matches(['-', '+']).trim_end_matches(['-', '+']).trim();
    let written = inner.strip_prefix("include")?.trim();
    let quote = written.chars().next().filter(|it| matches!(it, '"' | '\''))?;
    let name = written[1..].strip_suffix(quote)?;
    (!name.trim().is_empty() && !name.contains(['"', '\'', '\\'])).then_some(name)
}

/// The path of `name` from the folder `folder`, without `.` and `..` but at its beginning.
fn clean(folder: &str, name: &str) -> String {
    let root = if folder.starts_with('/') || folder.is_empty() && name.starts_with('/') { "/" } else { "" };
    let mut steps: Vec<&str> = Vec::new();
    for step in folder.split('/').chain(name.split('/')) {
        match (step, steps.last()) {
            ("" | ".", _) => {}
            ("..", Some(last)) if *last != ".." => drop(steps.pop()),
            (step, _) => steps.push(step),
        }
    }
    format!("{root}{}", steps.join("/"))
}
