//! Ids: lower-case hex SHA-1 over canonical JSON with a leading type tag and version.
//!
//! An id is made only from what the thing *is*. It must never depend on an index, a path, a time or a position.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;
use sha1::{Digest as _, Sha1};

use super::canonical;

/// A SHA-1 digest: 20 bytes, shown as 40 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 20]);

/// A text that is not 40 lower-case hex digits.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an id: expected 40 lower-case hex digits")]
pub struct ParseIdError(String);

impl Digest {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Sha1::digest(bytes).into())
    }

    /// The digest of the canonical form of `value`.
    #[must_use]
    pub fn of_value(value: &Value) -> Self {
        Self::of_bytes(&canonical::to_vec(value))
    }

    /// The digest whose bytes are `hash`.
    #[must_use]
    pub fn from_hash(hash: [u8; 20]) -> Self {
        Self(hash)
    }

    /// The 20 bytes of the digest.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0u8; 40];
        for (index, byte) in self.0.iter().enumerate() {
            text[index * 2] = HEX[usize::from(byte >> 4)];
            text[index * 2 + 1] = HEX[usize::from(byte & 0xf)];
        }
        f.pad(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let digits = text.as_bytes();
        if digits.len() != 40 {
            return Err(ParseIdError(text.to_owned()));
        }
        let mut bytes = [0u8; 20];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            match (hex_digit(pair[0]), hex_digit(pair[1])) {
                (Some(high), Some(low)) => *byte = high << 4 | low,
                _ => return Err(ParseIdError(text.to_owned())),
            }
        }
        Ok(Self(bytes))
    }
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $tag:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Digest);

        impl $name {
            /// The type tag at the start of the canonical form, which keeps ids of different types apart.
            pub const TAG: &'static str = $tag;
            /// The version of the canonical form.
            pub const VERSION: u32 = 1;

            /// The id of `parts`: the digest of `[tag, version, part, …]`.
            #[must_use]
            pub fn of(parts: &[Value]) -> Self {
                let mut bytes = Self::head();
                for part in parts {
                    bytes.push(b',');
                    canonical::write(part, &mut bytes);
                }
                bytes.push(b']');
                Self(Digest::of_bytes(&bytes))
            }

            /// The id of parts that are already in canonical form.
            #[must_use]
            pub fn of_canonical(parts: &[&[u8]]) -> Self {
                let mut hash = Sha1::new_with_prefix(Self::head());
                for part in parts {
                    hash.update(b",");
                    hash.update(part);
                }
                hash.update(b"]");
                Self(Digest::from_hash(hash.finalize().into()))
            }

            fn head() -> Vec<u8> {
                format!("[\"{}\",{}", Self::TAG, Self::VERSION).into_bytes()
            }

            /// The id without its type.
            #[must_use]
            pub fn digest(&self) -> Digest {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// A data set: the bytes of an input file, and how they were read.
    DatasetId = "dataset";
    /// An input row: the value of `input.key`, or its normalised fields and its occurrence among equal rows.
    RowId = "row";
    /// A group's context: its text.
    GroupContextId = "group_context";
    /// A work item: the step's name and the identity of its source.
    WorkId = "work";
    /// A work item's input: everything of its source that a prompt, a check or a judge may see.
    InputId = "input";
    /// A request's spec, which many requests share: endpoint identity, model, sampling parameters, response schema.
    SpecId = "spec";
    /// A request: its spec, its messages, its sample number.
    RequestId = "request";
    /// A task, which is what a step does to each work item: prompts, schemas, models and parameters, checks.
    TaskId = "task";
    /// A variant: what it lays over the configuration.
    VariantId = "variant";
    /// A cache key: a task and the input that it is applied to.
    CacheId = "cache";
    /// A resolved configuration.
    ConfigId = "config";
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_id_is_the_sha1_of_its_tagged_canonical_form() {
        let id = WorkId::of(&[json!("generate"), json!(["row", "a"])]);
        assert_eq!(id.digest(), Digest::of_bytes(br#"["work",1,"generate",["row","a"]]"#));
        assert_eq!(id, WorkId::of_canonical(&[br#""generate""#, br#"["row","a"]"#]));
    }

    #[test]
    fn ids_of_different_kinds_never_meet() {
        let parts = [json!("x")];
        assert_ne!(RowId::of(&parts).digest(), WorkId::of(&parts).digest());
    }

    #[test]
    fn hex_reads_back() {
        let id = Digest::of_bytes(b"abc");
        assert_eq!(id.to_string(), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(id.to_string().parse::<Digest>().unwrap(), id);
        assert!("A9993E364706816ABA3E25717850C26C9CD0D89D".parse::<Digest>().is_err());
        assert!("xyz".parse::<Digest>().is_err());
    }
}
