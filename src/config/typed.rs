//! A serde deserializer for [`Node`], with errors that name the key's full path and its position.
//!
//! Serde's own errors have neither, and use Rust's words for types. This deserializer checks each type itself and uses
//! the words of a configuration; serde does the derived structs.

use std::fmt;

use serde::de::{self, DeserializeOwned, IntoDeserializer, Visitor};

use super::error::{ConfigError, Origin, Problem, nearest};
use super::key_path;
use super::node::{BLOCK, Entry, Node, Value};

/// Deserializes `node`, whose own key path is `path` (empty for a whole file).
pub(crate) fn typed<T: DeserializeOwned>(node: &Node, path: &str) -> Result<T, ConfigError> {
    let path = if path.is_empty() { PathLink::Root } else { PathLink::Named(path) };
    T::deserialize(Typed { node, path: &path }).map_err(|error| error.located(&path, &node.origin))
}

/// Keys that a later version may have.
const UNSUPPORTED: [&str; 1] = ["documents"];

/// A key path as links on the stack, which become a text only for an error.
enum PathLink<'a> {
    Root,
    Named(&'a str),
    Key(&'a PathLink<'a>, &'a str),
    Index(&'a PathLink<'a>, usize),
}

impl fmt::Display for PathLink<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Named(name) => f.write_str(name),
            Self::Key(parent, key) => f.write_str(&key_path::join(&parent.to_string(), key)),
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

impl PathLink<'_> {
    fn child(&self, key: &str) -> String {
        PathLink::Key(self, key).to_string()
    }
}

/// An error on its way out: serde makes it without a position, and the innermost level that has one adds it.
#[derive(Debug)]
enum TypedError {
    Located(ConfigError),
    UnknownKey { key: String, known: &'static [&'static str] },
    Word { found: String, known: &'static [&'static str] },
    Missing(&'static str),
    Reason(String),
}

impl TypedError {
    fn located(self, path: &PathLink<'_>, origin: &Origin) -> ConfigError {
        let problem = match self {
            Self::Located(error) => return error,
            Self::UnknownKey { key, known } => {
                let full = path.child(&key);
                if UNSUPPORTED.contains(&full.as_str()) {
                    Problem::Unsupported { key: full }
                } else {
                    let nearest = nearest(&key, known.iter().copied()).map(|near| path.child(near));
                    Problem::UnknownKey { key: full, nearest, known: known.to_vec() }
                }
            }
            Self::Word { found, known } => Problem::Word { key: path.to_string(), found, known: known.to_vec() },
            Self::Missing(key) => Problem::Missing { key: path.child(key), hint: hint_for_missing(&path.child(key)) },
            Self::Reason(reason) => Problem::Value { key: path.to_string(), reason, hint: None },
        };
        ConfigError::new(problem, origin)
    }
}

fn hint_for_missing(key: &str) -> Option<&'static str> {
    Some(match key {
        "run" | "run.name" => "name the run: `run: {name: my_run}`",
        "input" | "input.path" => "name the table: `input: {path: rows.csv}`",
        _ => return None,
    })
}

impl fmt::Display for TypedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for TypedError {}

impl de::Error for TypedError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Reason(message.to_string())
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::UnknownKey { key: field.to_owned(), known: expected }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::Word { found: variant.to_owned(), known: expected }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }
}

#[derive(Clone, Copy)]
struct Typed<'a> {
    node: &'a Node,
    path: &'a PathLink<'a>,
}

impl Typed<'_> {
    fn wrong(self, expected: &str) -> TypedError {
        let found = self.node.value.describe();
        let problem = Problem::Type { key: self.path.to_string(), expected: expected.to_owned(), found };
        TypedError::Located(ConfigError::new(problem, &self.node.origin))
    }

    fn text(&self) -> Result<&str, TypedError> {
        match &self.node.value {
            Value::Text(text) | Value::Whole(_, text) | Value::Real(_, text) => Ok(text),
            _ => Err(self.wrong("text")),
        }
    }

    fn here<T>(self, result: Result<T, TypedError>) -> Result<T, TypedError> {
        result.map_err(|error| TypedError::Located(error.located(self.path, &self.node.origin)))
    }
}

macro_rules! whole_numbers {
    ($($method:ident $visit:ident $type:ty, $expected:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
            match &self.node.value {
                Value::Whole(value, _) => match <$type>::try_from(*value) {
                    Ok(value) => self.here(visitor.$visit(value)),
                    Err(_) => Err(self.wrong($expected)),
                },
                _ => Err(self.wrong($expected)),
            }
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Typed<'_> {
    type Error = TypedError;

    whole_numbers! {
        deserialize_u8 visit_u8 u8, "a whole number from 0 to 255";
        deserialize_u16 visit_u16 u16, "a whole number from 0 to 65535";
        deserialize_u32 visit_u32 u32, "a whole number, 0 or more";
        deserialize_u64 visit_u64 u64, "a whole number, 0 or more";
        deserialize_i8 visit_i8 i8, "a small whole number";
        deserialize_i16 visit_i16 i16, "a small whole number";
        deserialize_i32 visit_i32 i32, "a whole number";
        deserialize_i64 visit_i64 i64, "a whole number";
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        match &self.node.value {
            Value::Null => self.here(visitor.visit_unit()),
            Value::Bool(value) => self.here(visitor.visit_bool(*value)),
            Value::Whole(value, _) => match (i64::try_from(*value), u64::try_from(*value)) {
                (Ok(value), _) => self.here(visitor.visit_i64(value)),
                (_, Ok(value)) => self.here(visitor.visit_u64(value)),
                _ => Err(self.wrong("a number of at most 64 bits")),
            },
            Value::Real(value, _) => self.here(visitor.visit_f64(*value)),
            Value::Text(text) => self.here(visitor.visit_str(text)),
            Value::List(_) => self.deserialize_seq(visitor),
            Value::Map(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        match self.node.value {
            Value::Bool(value) => self.here(visitor.visit_bool(value)),
            _ => Err(self.wrong("true or false")),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a whole number where a real one is wanted: rates and temperatures")]
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        match self.node.value {
            Value::Real(value, _) if value.is_finite() => self.here(visitor.visit_f64(value)),
            Value::Whole(value, _) => self.here(visitor.visit_f64(value as f64)),
            _ => Err(self.wrong("a number")),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        let text = self.text()?;
        self.here(visitor.visit_str(text))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.deserialize_str(visitor)
    }

    /// A key without a value counts as absent.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        match self.node.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        match &self.node.value {
            Value::List(items) => visitor.visit_seq(NodeItems { left: items.iter(), index: 0, path: self.path }),
            _ => Err(self.wrong("a list")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        match &self.node.value {
            Value::Map(entries) => {
                let result = visitor.visit_map(NodeEntries { left: entries.iter(), current: None, path: self.path });
                self.here(result)
            }
            _ => Err(self.wrong(BLOCK)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TypedError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TypedError> {
        let text = self.text()?;
        self.here(visitor.visit_enum(text.into_deserializer()))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, TypedError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! { i128 u128 bytes byte_buf unit unit_struct tuple tuple_struct }
}

struct NodeItems<'a> {
    left: std::slice::Iter<'a, Node>,
    index: usize,
    path: &'a PathLink<'a>,
}

impl<'de> de::SeqAccess<'de> for NodeItems<'_> {
    type Error = TypedError;

    fn next_element_seed<T: de::DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, TypedError> {
        let Some(node) = self.left.next() else { return Ok(None) };
        let path = PathLink::Index(self.path, self.index);
        self.index += 1;
        seed.deserialize(Typed { node, path: &path })
            .map_err(|error| TypedError::Located(error.located(&path, &node.origin)))
            .map(Some)
    }
}

struct NodeEntries<'a> {
    left: std::slice::Iter<'a, Entry>,
    current: Option<&'a Entry>,
    path: &'a PathLink<'a>,
}

impl<'de> de::MapAccess<'de> for NodeEntries<'_> {
    type Error = TypedError;

    fn next_key_seed<K: de::DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, TypedError> {
        self.current = self.left.next();
        let Some(entry) = self.current else { return Ok(None) };
        let key: de::value::StrDeserializer<'_, TypedError> = entry.key.as_str().into_deserializer();
        seed.deserialize(key)
            .map_err(|error| TypedError::Located(error.located(self.path, &entry.key_origin)))
            .map(Some)
    }

    fn next_value_seed<V: de::DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, TypedError> {
        let Some(entry) = self.current.take() else {
            return Err(TypedError::Reason("a value without a key".to_owned()));
        };
        let path = PathLink::Key(self.path, &entry.key);
        seed.deserialize(Typed { node: &entry.node, path: &path })
            .map_err(|error| TypedError::Located(error.located(&path, &entry.node.origin)))
    }
}
