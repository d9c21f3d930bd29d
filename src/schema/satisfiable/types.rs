//! Sets of JSON types, integers and other numbers apart.

use std::ops::{BitAnd, BitOr};

use crate::schema::json::JsonNode;

/// A set of JSON types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TypeSet(u8);

impl TypeSet {
    pub(super) const NONE: Self = Self(0);
    pub(super) const NULL: Self = Self(1);
    pub(super) const BOOLEAN: Self = Self(2);
    pub(super) const INTEGER: Self = Self(4);
    /// Numbers that are no integers.
    pub(super) const FRACTION: Self = Self(8);
    pub(super) const NUMBER: Self = Self(4 | 8);
    pub(super) const STRING: Self = Self(16);
    pub(super) const ARRAY: Self = Self(32);
    pub(super) const OBJECT: Self = Self(64);
    pub(super) const ALL: Self = Self(127);

    /// The types that the keyword `type` allows; all without one.
    pub(super) fn of_type(keyword: Option<&JsonNode>) -> Self {
        match keyword {
            None => Self::ALL,
            Some(JsonNode::String(name)) => Self::of_name(name),
            Some(names) => {
                names.items().iter().filter_map(JsonNode::as_str).fold(Self::NONE, |all, it| all | Self::of_name(it))
            }
        }
    }

    /// The types of a schema that says nothing but a `type`, or nothing at all.
    pub(super) fn of_plain(schema: &JsonNode) -> Option<Self> {
        let is_plain = |key: &str| matches!(key, "type" | "title" | "description" | "$comment");
        match schema {
            JsonNode::Bool(true) => Some(Self::ALL),
            JsonNode::Object(members) if members.iter().all(|(key, _)| is_plain(key)) => {
                Some(Self::of_type(schema.get("type")))
            }
            _ => None,
        }
    }

    fn of_name(name: &str) -> Self {
        match name {
            "null" => Self::NULL,
            "boolean" => Self::BOOLEAN,
            "integer" => Self::INTEGER,
            "number" => Self::NUMBER,
            "string" => Self::STRING,
            "array" => Self::ARRAY,
            "object" => Self::OBJECT,
            _ => Self::ALL,
        }
    }

    /// The type of a value. 1.0 is an integer.
    pub(super) fn of_value(value: &JsonNode) -> Self {
        match value {
            JsonNode::Null => Self::NULL,
            JsonNode::Bool(_) => Self::BOOLEAN,
            JsonNode::Number(number) => match number.as_f64() {
                Some(value) if value.fract() != 0.0 => Self::FRACTION,
                _ => Self::INTEGER,
            },
            JsonNode::String(_) => Self::STRING,
            JsonNode::Array(_) => Self::ARRAY,
            JsonNode::Object(_) => Self::OBJECT,
        }
    }

    /// The types of some values.
    pub(super) fn of_values(values: &[JsonNode]) -> Self {
        values.iter().fold(Self::NONE, |all, value| all | Self::of_value(value))
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl BitAnd for TypeSet {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for TypeSet {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
