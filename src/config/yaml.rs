//! Reads YAML into a [`Node`] tree, with the position of every key and value.

use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::error::{ConfigError, Location, Origin, Problem};
use super::node::{Entry, Node, Value};

/// Bounds against texts that are made to exhaust memory. A configuration has a few levels and some hundred nodes.
const MAX_BYTES: usize = 16 << 20;
const MAX_DEPTH: usize = 64;
const MAX_NODES: usize = 100_000;

impl Node {
    /// Reads the only YAML document in `text`. `file` and `expected` (what the file should contain) are for messages.
    pub(crate) fn parse(text: &str, file: &Arc<str>, expected: &'static str) -> Result<Self, ConfigError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        refuse_binary(text, file)?;
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
}

/// Refuses characters that no text file has. The YAML reader's own message for them is of little help.
fn refuse_binary(text: &str, file: &Arc<str>) -> Result<(), ConfigError> {
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
    match serde_saphyr::from_str_with_options::<Option<Spanned<YamlValue>>>(text, options) {
        Ok(Some(read)) => Ok(to_node(read, text, origin)),
        Ok(None) => Ok(Node { value: Value::Null, origin: origin(1, 1) }),
        Err(error) => {
            let error = error.without_snippet();
            let place = error.location().map_or(Origin::Unknown, |it| origin(number(it.line()), number(it.column())));
            Err(ConfigError::new(Problem::Yaml(explain(error, text)), &place))
        }
    }
}

/// The YAML reader's message, reworded if it is a known one.
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
    // The position is reported apart from the message.
    let message = message.split(" at line ").next().unwrap_or(&message);
    let message = message.strip_prefix("error: ").unwrap_or(message);
    format!("not valid YAML: {message}")
}

/// A line or column number as [`Location`] has it. No file has more lines than fit.
fn number(position: u64) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// What the YAML reader returns, before spellings and positions are attached.
enum YamlValue {
    Null,
    Bool(bool),
    Whole(i128),
    Real(f64),
    Text(String),
    List(Vec<Spanned<YamlValue>>),
    Map(Vec<(Spanned<String>, Spanned<YamlValue>)>),
}

fn to_node(read: Spanned<YamlValue>, text: &str, origin: &dyn Fn(u32, u32) -> Origin) -> Node {
    let place = |it: serde_saphyr::Location| origin(number(it.line()), number(it.column()));
    let spelled = |or: String| {
        let span = read.defined.span();
        let start = span.byte_offset().and_then(|it| usize::try_from(it).ok());
        let length = span.byte_len().and_then(|it| usize::try_from(it).ok());
        let written = start.zip(length).and_then(|(start, length)| text.get(start..start + length));
        written.map(str::trim).filter(|it| !it.is_empty()).map_or(or, str::to_owned)
    };
    let value = match read.value {
        YamlValue::Null => Value::Null,
        YamlValue::Bool(value) => Value::Bool(value),
        YamlValue::Whole(value) => Value::Whole(value, spelled(value.to_string())),
        YamlValue::Real(value) => Value::Real(value, spelled(value.to_string())),
        YamlValue::Text(value) => Value::Text(value),
        YamlValue::List(items) => Value::List(items.into_iter().map(|item| to_node(item, text, origin)).collect()),
        YamlValue::Map(entries) => Value::Map(
            entries
                .into_iter()
                .map(|(key, item)| Entry {
                    key_origin: place(key.referenced),
                    key: key.value,
                    node: to_node(item, text, origin),
                })
                .collect(),
        ),
    };
    Node { value, origin: place(read.referenced) }
}

impl<'de> Deserialize<'de> for YamlValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReadVisitor)
    }
}

struct ReadVisitor;

impl<'de> Visitor<'de> for ReadVisitor {
    type Value = YamlValue;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<YamlValue, E> {
        Ok(YamlValue::Null)
    }

    fn visit_none<E>(self) -> Result<YamlValue, E> {
        Ok(YamlValue::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<YamlValue, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<YamlValue, E> {
        Ok(YamlValue::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<YamlValue, E> {
        Ok(YamlValue::Whole(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<YamlValue, E> {
        Ok(YamlValue::Whole(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<YamlValue, E> {
        Ok(YamlValue::Whole(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<YamlValue, E> {
        Ok(YamlValue::Real(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<YamlValue, E> {
        Ok(YamlValue::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<YamlValue, E> {
        Ok(YamlValue::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<YamlValue, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(YamlValue::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<YamlValue, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(YamlValue::Map(entries))
    }
}
