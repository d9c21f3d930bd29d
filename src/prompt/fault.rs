//! What cannot work in a template, found before it is rendered: [`Fault`].

use super::error::PromptError;
use super::origin::column_of;
use super::shape::{Missing, Shape};
use super::template::Template;
use crate::config::nearest;

/// The attribute `name` of `head`, as a template writes it.
pub(super) fn access(head: &str, name: &str) -> String {
    let mut characters = name.chars();
    let starts = characters.next().is_some_and(|it| it.is_alphabetic() || it == '_');
    if starts && characters.all(|it| it.is_alphanumeric() || it == '_') {
        format!("{head}.{name}")
    } else {
        format!("{head}[\"{}\"]", name.escape_default())
    }
}

/// The fault of a path in a value with a schema.
pub(super) fn in_shape(shape: &Shape, head: &str, rest: &str) -> Option<Fault> {
    let segments: Vec<&str> = rest.split('.').collect();
    let missing = shape.follow(&segments).err()?;
    Some(not_there(&missing, head, &segments))
}

/// The fault of a path of `segments` from `head`.
pub(super) fn not_there(Missing { known, names }: &Missing, head: &str, segments: &[&str]) -> Fault {
    let before: Vec<&str> = [head].into_iter().chain(segments.iter().take(*known).copied()).collect();
    let (parent, missing) = (before.join("."), segments.get(*known).copied().unwrap_or_default());
    let name = format!("{parent}.{missing}");
    let is_leaf = names.is_empty();
    Fault {
        message: if is_leaf {
            format!("`{name}`: by its schema, `{parent}` has no fields")
        } else {
            format!("`{name}`: the schema has no field `{missing}`")
        },
        name,
        hint: match nearest(missing, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{}`?", access(&parent, near)),
            None if is_leaf => "it may be a list, whose elements have them: `{% for x in … %}`".to_owned(),
            None => format!("known: {}", names.join(", ")),
        },
        offset: None,
    }
}

/// What cannot work in a template.
pub(super) struct Fault {
    /// The name that it is about.
    pub(super) name: String,
    pub(super) message: String,
    pub(super) hint: String,
    /// Where it is; `None` for the name's first appearance.
    pub(super) offset: Option<usize>,
}

impl Fault {
    /// The error, at its place in the template.
    pub(super) fn at(self, template: &Template) -> PromptError {
        let (source, offset, message) = match template.braces() {
            None => {
                let offset = self.offset.or_else(|| find_name(template.source(), &self.name));
                (template.source(), offset, self.message)
            }
            Some(braces) => match braces.find(&self.name) {
                Some((found, offset)) => {
                    let message = self.message.replacen(&format!("`{}`", self.name), &format!("`{found}`"), 1);
                    (&*braces.text, Some(offset), message)
                }
                None => (&*braces.text, None, self.message),
            },
        };
        let line = offset.map(|offset| source[..offset].matches('\n').count() + 1);
        let column = offset.map_or(1, |offset| column_of(source, offset));
        template.origin().error(line, column, message).with_hint(self.hint)
    }

    /// The error, for the expression under `key`.
    pub(super) fn under(self, key: &str) -> PromptError {
        PromptError::Template { what: format!("`{key}`"), message: self.message, location: None, hint: Some(self.hint) }
    }
}

/// The byte offset of `name` as a whole word in a tag, or else of its first part.
fn find_name(source: &str, name: &str) -> Option<usize> {
    let word = |it: char| it.is_alphanumeric() || it == '_';
    let whole = |name: &str| {
        source.match_indices(name).map(|(offset, _)| offset).find(|&offset| {
            let before = source[..offset].chars().next_back();
            let after = source[offset + name.len()..].chars().next();
            !before.is_some_and(|it| word(it) || it == '.') && !after.is_some_and(word) && in_tag(source, offset)
        })
    };
    whole(name).or_else(|| whole(name.split('.').next()?))
}

/// Whether `offset` lies between an opening and a closing delimiter.
fn in_tag(source: &str, offset: usize) -> bool {
    let before = &source[..offset];
    let open = before.rfind("{{").max(before.rfind("{%"));
    let close = before.rfind("}}").max(before.rfind("%}"));
    open.is_some_and(|open| close.is_none_or(|close| close < open))
}
