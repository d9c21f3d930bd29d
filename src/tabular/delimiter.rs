//! The character between cells.

use memchr::{memchr, memmem};

/// The character between cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delimiter {
    character: char,
    bytes: [u8; 4],
    length: usize,
}

impl Delimiter {
    pub(super) fn new(character: char) -> Self {
        let mut bytes = [0; 4];
        let length = character.encode_utf8(&mut bytes).len();
        Self { character, bytes, length }
    }

    pub(super) fn character(self) -> char {
        self.character
    }

    /// Its bytes in UTF-8.
    pub(super) fn len(self) -> usize {
        self.length
    }

    /// The offset of the first one in `text`.
    pub(super) fn find(self, text: &str) -> Option<usize> {
        match self.length {
            1 => memchr(self.bytes[0], text.as_bytes()),
            length => memmem::find(text.as_bytes(), &self.bytes[..length]),
        }
    }

    /// Whether `text` begins with one.
    pub(super) fn starts(self, text: &str) -> bool {
        text.as_bytes().starts_with(&self.bytes[..self.length])
    }
}

/// A delimiter as messages show it.
pub(super) fn shown(delimiter: char) -> String {
    if delimiter == '\t' { "a tab".to_owned() } else { format!("`{}`", printable(delimiter)) }
}

/// A delimiter as a configuration has it.
pub(super) fn written(delimiter: char) -> String {
    if delimiter == '\t' { "tab".to_owned() } else { format!("\"{}\"", printable(delimiter)) }
}

/// A character, or the escape of YAML for one that is not seen.
fn printable(character: char) -> String {
    if character.is_control() { format!("\\x{:02x}", u32::from(character)) } else { character.to_string() }
}
