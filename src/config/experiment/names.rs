//! Names of variants: as they are written, or made of the values that vary.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::overlay::{Overlay, is_same};
use crate::config::error::ConfigError;
use crate::config::key_path;
use crate::config::node::{Node, Value};

/// The most characters of a name, and of the part of it that one value makes.
const MOST_CHARS: usize = 100;
const MOST_CHARS_OF_VALUE: usize = 40;
/// What stands between the values in a name.
const BETWEEN: &str = " · ";
/// The name of the task itself, which is no variant of an experiment.
const BASE: &str = "base";
/// Whether a character is invisible, or turns the direction of what follows.
fn is_hidden(it: char) -> bool {
    let turns = matches!(it, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    turns || it.is_control() || matches!(it, '\u{ad}' | '\u{feff}')
}

/// Characters that a file's name, or a list of names on the command line, cannot have.
const UNSAFE: &[char] = &['/', '\\', ':', '*', '?', '"', '<', '>', '|', ','];

/// A name as it is written in `node`, whose key path is `path`.
pub(super) fn checked(node: &Node, path: &str) -> Result<String, ConfigError> {
    let wrong = |reason: String| ConfigError::value(path, reason, &node.origin);
    let text = match &node.value {
        Value::Text(text) | Value::Whole(_, text) | Value::Real(_, text) => text.trim(),
        other => return Err(wrong(format!("expected a name, found {}", other.describe()))),
    };
    if text.is_empty() || text.starts_with(['.', '-']) || text.contains(UNSAFE) || text.chars().any(is_hidden) {
        let error = wrong(format!("`{}` cannot be a variant's name", text.escape_debug()));
        return Err(
            error.with_hint("use letters, digits, blanks and `-`, `_` or `.`, and begin with a letter or digit")
        );
    }
    if text.chars().count() > MOST_CHARS {
        return Err(wrong(format!("expected at most {MOST_CHARS} characters")));
    }
    if text.eq_ignore_ascii_case(BASE) {
        let error = wrong(format!("`{BASE}` is the name of the task itself, without an experiment"));
        return Err(error.with_hint("choose another name"));
    }
    Ok(text.to_owned())
}

/// Names the variants: those with a name in `written` so, the others by their varying values. No two names are equal
/// where case is set aside.
pub(super) fn name(overlays: &mut [Overlay], written: &[Option<String>]) -> Result<(), ConfigError> {
    let mut taken: BTreeSet<String> = BTreeSet::from([BASE.to_owned()]);
    for (overlay, name) in overlays.iter().zip(written) {
        let Some(name) = name else { continue };
        if !taken.insert(name.to_lowercase()) {
            let reason = format!("there is another variant with the name `{name}`");
            return Err(ConfigError::value("experiment.include", reason, &overlay.origin));
        }
    }
    let made = made_names(overlays);
    refuse_made(overlays, written, &made)?;
    for ((overlay, written), made) in overlays.iter_mut().zip(written).zip(made) {
        overlay.name = match written {
            Some(name) => name.clone(),
            None => {
                let numbered = (2..).map(|number: u32| format!("{made} ({number})"));
                let mut names = std::iter::once(made.clone()).chain(numbered);
                names.find(|name| taken.insert(name.to_lowercase())).unwrap_or_default()
            }
        };
    }
    Ok(())
}

/// Refuses a written name that the values of another variant make: which of them is meant would not be clear.
fn refuse_made(overlays: &[Overlay], written: &[Option<String>], made: &[String]) -> Result<(), ConfigError> {
    let of_values = made.iter().zip(written).filter(|(_, written)| written.is_none());
    let taken: BTreeSet<String> = of_values.map(|(name, _)| name.to_lowercase()).collect();
    for (overlay, name) in overlays.iter().zip(written) {
        let Some(name) = name.as_ref().filter(|name| taken.contains(&name.to_lowercase())) else { continue };
        let reason = format!("another variant is called `{name}` by its values");
        let error = ConfigError::value("experiment.include", reason, &overlay.origin);
        return Err(error.with_hint("choose another name, or leave it out"));
    }
    Ok(())
}

/// The names that the values make, which may not be unique.
fn made_names(overlays: &[Overlay]) -> Vec<String> {
    let mut keys: Vec<&str> = Vec::new();
    for setting in overlays.iter().flat_map(|it| &it.settings) {
        if !keys.contains(&setting.key.as_str()) {
            keys.push(&setting.key);
        }
    }
    let all: Vec<Labels<'_>> = keys.into_iter().map(|key| Labels::of(key, overlays)).collect();
    let any_varies = all.iter().any(|it| it.varies);
    let name = |overlay: &Overlay| {
        let shown = all.iter().filter(|it| it.varies || !any_varies);
        let labels: Vec<&str> = shown.filter_map(|it| it.label(overlay)).collect();
        cut(&labels.join(BETWEEN), MOST_CHARS - 10)
    };
    overlays
        .iter()
        .map(|it| Some(name(it)).filter(|it| !it.is_empty()).unwrap_or_else(|| "variant".to_owned()))
        .collect()
}

/// What the values of a key are called: each another name, as short as that allows.
struct Labels<'a> {
    key: &'a str,
    values: Vec<(&'a Json, String)>,
    /// Whether not all variants have the same value.
    varies: bool,
}

impl<'a> Labels<'a> {
    fn of(key: &'a str, overlays: &'a [Overlay]) -> Self {
        let mut values: Vec<&Json> = Vec::new();
        let mut lacking = false;
        for overlay in overlays {
            match value(overlay, key) {
                Some(value) if !values.iter().any(|it| is_same(it, value)) => values.push(value),
                Some(_) => {}
                None => lacking = true,
            }
        }
        let varies = values.len() + usize::from(lacking) > 1;
        let labels = |form: &dyn Fn(&Json) -> String| -> Option<Vec<String>> {
            let all: Vec<String> = values.iter().map(|it| safe(&form(it), key)).collect();
            let distinct: BTreeSet<String> = all.iter().map(|it| it.to_lowercase()).collect();
            (distinct.len() == all.len()).then_some(all)
        };
        let found = labels(&|it| short(key, it)).or_else(|| labels(&|it| longer(key, it)));
        let last = key_path::split_last(key).1;
        let numbered = || (1..=values.len()).map(|number| safe(&format!("{last} {number}"), key)).collect();
        let found = found.unwrap_or_else(numbered);
        Self { key, values: values.into_iter().zip(found).collect(), varies }
    }

    fn label(&self, overlay: &Overlay) -> Option<&str> {
        let value = value(overlay, self.key)?;
        self.values.iter().find(|(other, _)| is_same(other, value)).map(|(_, label)| label.as_str())
    }
}

fn value<'a>(overlay: &'a Overlay, key: &str) -> Option<&'a Json> {
    overlay.settings.iter().find(|it| it.key == key).map(|it| &it.json)
}

/// The shortest name of a value: a file's name without its folders and extension, a model's name, a word.
fn short(key: &str, value: &Json) -> String {
    let last = key_path::split_last(key).1;
    match value {
        Json::String(text) if is_path(text) => {
            let name = text.rsplit(['/', '\\']).next().unwrap_or(text);
            name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned()
        }
        Json::String(text) => text.clone(),
        Json::Null => format!("{last}=none"),
        Json::Bool(_) | Json::Number(_) => format!("{last}={value}"),
        Json::Object(fields) => {
            let named = ["use", "model", "name", "path"].iter().find_map(|key| fields.get(*key)?.as_str());
            named.map_or_else(|| last.to_owned(), str::to_owned)
        }
        Json::Array(_) => last.to_owned(),
    }
}

/// A longer name, where the shortest ones are equal.
fn longer(key: &str, value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Object(fields) => {
            let of = |name: &str| fields.get(name).and_then(Json::as_str);
            let named = [of("provider"), of("use"), of("model")];
            let mut shown: Vec<String> = named.into_iter().flatten().map(str::to_owned).collect();
            let others = fields.iter().filter(|(name, _)| !matches!(name.as_str(), "provider" | "use" | "model"));
            shown.extend(others.filter(|(_, it)| !it.is_object()).map(|(name, it)| format!("{name}={it}")));
            shown.join(" ")
        }
        Json::Array(_) => format!("{}={value}", key_path::split_last(key).1),
        other => short(key, other),
    }
}

fn is_path(text: &str) -> bool {
    const EXTENSIONS: &[&str] = &["yaml", "yml", "json", "jsonl", "md", "txt", "jinja", "j2", "csv"];
    let extension = text.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    extension.is_some_and(|it| EXTENSIONS.contains(&it.as_str()))
}

/// A part of a name that is safe in tables, file names and on a command line.
fn safe(text: &str, key: &str) -> String {
    let replaced: String =
        text.chars().map(|it| if UNSAFE.contains(&it) || is_hidden(it) { '_' } else { it }).collect();
    let words: Vec<&str> = replaced.split_whitespace().collect();
    let shown = words.join(" ");
    let shown = cut(shown.trim_start_matches(['.', '-', '=', '+', '@']), MOST_CHARS_OF_VALUE);
    if shown.is_empty() { key_path::split_last(key).1.to_owned() } else { shown }
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut shown: String = text.chars().take(most - 1).collect();
    shown.push('…');
    shown
}
