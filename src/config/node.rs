//! YAML as a tree in which every key and value knows its place.
//!
//! The tree stands between the text and the typed form, so that `--set` and overrides are laid over it first and are
//! then checked in the same way as what is written in the file.

use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::error::{ConfigError, Location, Origin, Problem};

/// A value and where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) origin: Origin,
}

/// A YAML value. Numbers keep their spelling, because `version: 1.10` is a text to whoever wrote it.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Whole(i128, String),
    Real(f64, String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_origin: Origin,
    pub(crate) node: Node,
}

/// A configuration nests a handful of levels and has some hundred nodes; these bounds only stop texts that are made to
/// exhaust memory.
const MAX_BYTES: usize = 16 << 20;
const MAX_DEPTH: usize = 64;
const MAX_NODES: usize = 100_000;

impl Node {
    /// Reads the one YAML document in `text`. `expected` says what the file is meant to hold.
    pub(crate) fn parse(text: &str, file: &Arc<str>, expected: &'static str) -> Result<Self, ConfigError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        refuse_what_is_not_text(text, file)?;
        let mut node = read(text, &|line, column| Origin::File(Location { file: file.clone(), line, column }))?;
        if matches!(node.value, Value::Null) {
            node.origin = Origin::File(Location { file: file.clone(), line: 1, column: 1 });
            return Err(ConfigError::new(Problem::Empty(expected), &node.origin));
        }
        if !matches!(node.value, Value::Map(_)) {
            let found = node.value.describe();
            return Err(ConfigError::new(Problem::Top { expected: expected.to_owned(), found }, &node.origin));
        }
        Ok(node)
    }

    /// Reads the value of a `--set`, in YAML's flow style.
    pub(crate) fn parse_set(key: &str, text: &str) -> Result<Self, ConfigError> {
        let origin = Origin::Set(Arc::from(key));
        if text.trim().is_empty() {
            return Ok(Self { value: Value::Text(String::new()), origin });
        }
        read(text, &|_, _| origin.clone())
    }

    /// The node at a dotted path of keys.
    pub(crate) fn get(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |node, key| match &node.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node),
            _ => None,
        })
    }

    /// Where the value at `path` comes from, or else the nearest block around it.
    pub(crate) fn origin_of(&self, path: &str) -> &Origin {
        let mut node = self;
        for key in path.split('.') {
            match node.get(key) {
                Some(inner) => node = inner,
                None => break,
            }
        }
        &node.origin
    }

    /// Where the value at a JSON pointer below this node comes from, or else the nearest one around it.
    pub(crate) fn origin_below(&self, pointer: &str) -> &Origin {
        let mut node = self;
        for step in pointer.split('/').skip(1) {
            let name = step.replace("~1", "/").replace("~0", "~");
            let inner = match &node.value {
                Value::Map(entries) => entries.iter().find(|entry| entry.key == name).map(|entry| &entry.node),
                Value::List(items) => name.parse::<usize>().ok().and_then(|index| items.get(index)),
                _ => None,
            };
            match inner {
                Some(inner) => node = inner,
                None => break,
            }
        }
        &node.origin
    }

    /// Puts `value` at a dotted path, making the blocks on the way.
    pub(crate) fn set(&mut self, path: &str, value: Self) -> Result<(), ConfigError> {
        let origin = value.origin.clone();
        if path.split('.').any(str::is_empty) {
            let error = ConfigError::value(path, "not a key path", &origin);
            return Err(error.with_hint("write it as in `--set llm.model=NAME`"));
        }
        let mut node = self;
        let mut walked = String::new();
        for key in path.split('.') {
            if matches!(node.value, Value::Null) {
                *node = Self { value: Value::Map(Vec::new()), origin: origin.clone() };
            }
            let found = node.value.describe();
            let Value::Map(entries) = &mut node.value else {
                return Err(ConfigError::new(
                    Problem::Type { key: walked, expected: BLOCK.to_owned(), found },
                    &origin,
                ));
            };
            let index = entries.iter().position(|entry| entry.key == key).unwrap_or_else(|| {
                let node = Self { value: Value::Null, origin: origin.clone() };
                entries.push(Entry { key: key.to_owned(), key_origin: origin.clone(), node });
                entries.len() - 1
            });
            node = &mut entries[index].node;
            if !walked.is_empty() {
                walked.push('.');
            }
            walked.push_str(key);
        }
        *node = value;
        Ok(())
    }

    /// Lays `over` over this node: blocks are merged key by key, anything else is replaced. Blocks whose key is in
    /// `whole` are replaced too.
    pub(crate) fn overlay(&mut self, over: &Self, whole: &[&str]) {
        match (&mut self.value, &over.value) {
            (Value::Map(entries), Value::Map(others)) => {
                // What is missing in the result is missing where the last word was said.
                self.origin = over.origin.clone();
                for other in others {
                    match entries.iter_mut().find(|entry| entry.key == other.key) {
                        Some(entry) if !whole.contains(&other.key.as_str()) => entry.node.overlay(&other.node, whole),
                        Some(entry) => entry.node = other.node.clone(),
                        None => entries.push(other.clone()),
                    }
                }
            }
            _ => *self = over.clone(),
        }
    }
}

/// How a block is called in messages.
pub(crate) const BLOCK: &str = "a block of keys";

impl Value {
    /// The kind of value, with the value itself only where it cannot be a secret.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Null => "nothing".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Whole(_, spelling) | Self::Real(_, spelling) => format!("the number {spelling}"),
            Self::Text(_) => "text".to_owned(),
            Self::List(_) => "a list".to_owned(),
            Self::Map(_) => BLOCK.to_owned(),
        }
    }
}

/// Finds the first character that no text file has, because YAML's own message for it is of little help.
fn refuse_what_is_not_text(text: &str, file: &Arc<str>) -> Result<(), ConfigError> {
    if text.len() > MAX_BYTES {
        let message = format!("the file is too large: {} bytes, expected at most {MAX_BYTES}", text.len());
        return Err(ConfigError::new(Problem::Yaml(message), &Origin::Unknown));
    }
    for (line, content) in (1..).zip(text.split('\n')) {
        for (column, character) in (1..).zip(content.chars()) {
            let odd = character.is_control() && !matches!(character, '\t' | '\r' | '\u{85}');
            if odd || matches!(character, '\u{fffd}') {
                let message = format!("not a text file: found the character U+{:04X}", u32::from(character));
                let origin = Origin::File(Location { file: file.clone(), line, column });
                return Err(ConfigError::new(Problem::Yaml(message), &origin));
            }
        }
    }
    Ok(())
}

fn read(text: &str, origin: &dyn Fn(u32, u32) -> Origin) -> Result<Node, ConfigError> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_nodes: MAX_NODES,
            max_events: 2 * MAX_NODES,
        },
        strict_booleans: true,
        with_snippet: false,
    };
    match serde_saphyr::from_str_with_options::<Option<Spanned<Read>>>(text, options) {
        Ok(Some(read)) => Ok(read_to_node(read, text, origin)),
        Ok(None) => Ok(Node { value: Value::Null, origin: origin(1, 1) }),
        Err(error) => {
            let error = error.without_snippet();
            let place = error.location().map_or(Origin::Unknown, |it| origin(number(it.line()), number(it.column())));
            Err(ConfigError::new(Problem::Yaml(explain(error, text)), &place))
        }
    }
}

/// The reader's message in our words where ours say more.
fn explain(error: &serde_saphyr::Error, text: &str) -> String {
    let line = error.location().and_then(|it| text.lines().nth(usize::try_from(it.line()).ok()?.checked_sub(1)?));
    if line.is_some_and(|line| line.trim_start_matches(' ').starts_with('\t')) {
        return "not valid YAML: a line is indented with a tab, use spaces".to_owned();
    }
    if matches!(error, serde_saphyr::Error::MultipleDocuments { .. }) {
        return "more than one YAML document: expected a single one, without `---` between parts".to_owned();
    }
    if line.is_some_and(|line| line.trim_start().starts_with("{{") || line.contains(": {{") || line.contains("- {{")) {
        return "not valid YAML: `{{` starts a block of keys, so a template that begins with it needs quotes"
            .to_owned();
    }
    if let serde_saphyr::Error::DuplicateMappingKey { key: Some(key), .. } = error {
        return format!("the key `{key}` is written twice");
    }
    let message = error.render_with_formatter(&serde_saphyr::UserMessageFormatter);
    // The place is told apart from the message.
    let message = message.split(" at line ").next().unwrap_or(&message);
    let message = message.strip_prefix("error: ").unwrap_or(message);
    format!("not valid YAML: {message}")
}

/// A position as the types of [`Location`] have it; a file has fewer lines than fit.
fn number(position: u64) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// What the YAML reader hands over, before spellings and places are attached.
enum Read {
    Null,
    Bool(bool),
    Whole(i128),
    Real(f64),
    Text(String),
    List(Vec<Spanned<Read>>),
    Map(Vec<(Spanned<String>, Spanned<Read>)>),
}

fn read_to_node(read: Spanned<Read>, text: &str, origin: &dyn Fn(u32, u32) -> Origin) -> Node {
    let place = |it: serde_saphyr::Location| origin(number(it.line()), number(it.column()));
    let spelled = |or: String| {
        let span = read.defined.span();
        let start = span.byte_offset().and_then(|it| usize::try_from(it).ok());
        let length = span.byte_len().and_then(|it| usize::try_from(it).ok());
        let written = start.zip(length).and_then(|(start, length)| text.get(start..start + length));
        written.map(str::trim).filter(|it| !it.is_empty()).map_or(or, str::to_owned)
    };
    let value = match read.value {
        Read::Null => Value::Null,
        Read::Bool(value) => Value::Bool(value),
        Read::Whole(value) => Value::Whole(value, spelled(value.to_string())),
        Read::Real(value) => Value::Real(value, spelled(value.to_string())),
        Read::Text(value) => Value::Text(value),
        Read::List(items) => Value::List(items.into_iter().map(|item| read_to_node(item, text, origin)).collect()),
        Read::Map(entries) => Value::Map(
            entries
                .into_iter()
                .map(|(key, item)| Entry {
                    key_origin: place(key.referenced),
                    key: key.value,
                    node: read_to_node(item, text, origin),
                })
                .collect(),
        ),
    };
    Node { value, origin: place(read.referenced) }
}

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReadVisitor)
    }
}

struct ReadVisitor;

impl<'de> Visitor<'de> for ReadVisitor {
    type Value = Read;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Read, E> {
        Ok(Read::Null)
    }

    fn visit_none<E>(self) -> Result<Read, E> {
        Ok(Read::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Read, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Read, E> {
        Ok(Read::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Read, E> {
        Ok(Read::Whole(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Read, E> {
        Ok(Read::Whole(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Read, E> {
        Ok(Read::Whole(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Read, E> {
        Ok(Read::Real(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Read, E> {
        Ok(Read::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Read, E> {
        Ok(Read::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Read, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Read::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Read, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Read::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_leads_to_the_nearest_place() {
        let text = "a:\n  b/c: [1, {d: 2}]\n";
        let node = Node::parse(text, &Arc::from("f"), "a test").unwrap();
        let place = |pointer: &str| match node.origin_below(pointer) {
            Origin::File(at) => (at.line, at.column),
            other => panic!("{other:?}"),
        };
        assert_eq!(place("/a/b~1c/1/d"), (2, 16));
        assert_eq!(place("/a/b~1c/0"), (2, 9));
        assert_eq!(place("/a/b~1c/7/x"), (2, 8));
        assert_eq!(place("/"), (1, 1));
        assert_eq!(place(""), (1, 1));
    }
}
