//! A block of the configuration with its key path: checks values and makes the errors that name key and position.

use super::error::{ConfigError, Origin};
use super::key_path;
use super::node::Node;

/// A block of the configuration, and the key path that messages put before its keys (empty for the whole file).
pub(super) struct ConfigBlock<'a> {
    pub(super) node: &'a Node,
    pub(super) prefix: &'a str,
}

impl<'a> ConfigBlock<'a> {
    /// The block at `key`. If it does not exist, errors point at the block around it.
    pub(super) fn block<'b>(&self, key: &'b str) -> ConfigBlock<'b>
    where
        'a: 'b,
    {
        ConfigBlock { node: self.node.get(key).unwrap_or(self.node), prefix: key }
    }

    fn key(&self, key: &str) -> String {
        key_path::join(self.prefix, key)
    }

    pub(super) fn origin(&self, key: &str) -> &Origin {
        self.node.origin_of(key)
    }

    pub(super) fn bad(&self, key: &str, reason: impl Into<String>) -> ConfigError {
        ConfigError::value(self.key(key), reason, self.origin(key))
    }

    pub(super) fn missing(&self, key: &str, hint: &'static str) -> ConfigError {
        ConfigError::missing(self.key(key), Some(hint), self.origin(key))
    }

    /// A whole number within bounds, or the default.
    pub(super) fn whole<T: TryFrom<u64>>(
        &self,
        key: &str,
        value: Option<u64>,
        default: T,
        bounds: (u64, u64),
    ) -> Result<T, ConfigError> {
        let Some(value) = value else { return Ok(default) };
        let (low, high) = bounds;
        let fits = (low..=high).contains(&value).then(|| T::try_from(value).ok()).flatten();
        fits.ok_or_else(|| self.bad(key, format!("expected a whole number from {low} to {high}, found {value}")))
    }

    /// A real number within bounds, or the default.
    pub(super) fn real(
        &self,
        key: &str,
        value: Option<f64>,
        default: f64,
        bounds: (f64, f64),
    ) -> Result<f64, ConfigError> {
        let Some(value) = value else { return Ok(default) };
        let (low, high) = bounds;
        if (low..=high).contains(&value) {
            // Turns minus zero into zero: two spellings of one value must not differ in the run file.
            return Ok(value + 0.0);
        }
        Err(self.bad(key, format!("expected a number from {low} to {high}, found {value}")))
    }

    /// A text that is not blank.
    pub(super) fn filled(&self, key: &str, text: String) -> Result<String, ConfigError> {
        if text.trim().is_empty() { Err(self.bad(key, "expected a text, found an empty one")) } else { Ok(text) }
    }

    pub(super) fn filled_option(&self, key: &str, text: Option<String>) -> Result<Option<String>, ConfigError> {
        text.map(|text| self.filled(key, text)).transpose()
    }

    /// A path as written, not empty.
    pub(super) fn path(&self, key: &str, path: String) -> Result<String, ConfigError> {
        if path.trim().is_empty() { Err(self.bad(key, "expected a path, found an empty text")) } else { Ok(path) }
    }

    /// The character between the cells of a table. A tab may be written by its name too, since YAML shows none.
    pub(super) fn delimiter(&self, key: &str, written: &str) -> Result<char, ConfigError> {
        if matches!(written, "tab" | "\\t") {
            return Ok('\t');
        }
        let mut characters = written.chars();
        match (characters.next(), characters.next()) {
            (Some(it), None) if !matches!(it, '"' | '\n' | '\r' | '\0' | '\u{feff}') => Ok(it),
            (Some(it), None) => Err(self.bad(key, format!("`{}` cannot be a delimiter", it.escape_debug()))),
            _ => {
                let error = self.bad(key, format!("expected one character, found `{}`", written.escape_debug()));
                Err(error.with_hint("write `\";\"`, `\"|\"` or `tab`, for example"))
            }
        }
    }
}
