//! What the texts at one place of the examples have in common: a format, or a short list of values (an enumeration).

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use crate::schema::validator;

/// The formats that are looked for, the narrowest first: those that strict providers support and that are not met by
/// chance. `hostname` is left out, because almost any word is one.
const FORMATS: [&str; 7] = ["date-time", "date", "time", "uuid", "email", "ipv4", "ipv6"];
/// The longest text that can be a value of an enumeration.
const MAX_CHARACTERS: usize = 60;
/// How often each value of an enumeration must occur on average.
const MIN_REPEATS: usize = 2;
/// Fewer texts than this never make an enumeration.
const MIN_TEXTS: usize = 5;

static CHECKS: LazyLock<Vec<(&str, Validator)>> = LazyLock::new(|| {
    let check = |format: &'static str| {
        validator::build(&json!({"format": format}), Draft::Draft202012).ok().map(|validator| (format, validator))
    };
    FORMATS.into_iter().filter_map(check).collect()
});

/// The texts at one place.
#[derive(Debug, Default)]
pub(super) struct TextShape {
    plain: usize,
    /// Cells that look like a number or a boolean.
    hidden: usize,
    /// The different texts, as long as they are few and short.
    values: Values,
    /// The formats that all texts so far have, as bits in the order of `CHECKS`; `None` before the first text.
    formats: Option<u32>,
}

#[derive(Debug)]
enum Values {
    Few(BTreeSet<String>),
    Many,
}

impl Default for Values {
    fn default() -> Self {
        Self::Few(BTreeSet::new())
    }
}

impl TextShape {
    pub(super) fn add(&mut self, text: &str, max_values: usize) {
        self.plain += 1;
        self.take(text, max_values);
    }

    /// Adds a cell that is a text only if others of its column are.
    pub(super) fn add_hidden(&mut self, text: &str, max_values: usize) {
        self.hidden += 1;
        self.take(text, max_values);
    }

    fn take(&mut self, text: &str, max_values: usize) {
        if let Values::Few(values) = &mut self.values {
            if !values.contains(text) {
                values.insert(text.to_owned());
            }
            let wordy = text.chars().count() > MAX_CHARACTERS || text.contains('\n');
            if wordy || values.len() > max_values {
                self.values = Values::Many;
            }
        }
        let still = self.formats.unwrap_or(u32::MAX);
        if still != 0 {
            let value = Value::String(text.to_owned());
            let has = |index: usize, check: &Validator| still >> index & 1 == 1 && check.is_valid(&value);
            let bits = CHECKS.iter().enumerate().filter(|(index, (_, check))| has(*index, check));
            self.formats = Some(bits.fold(0, |bits, (index, _)| bits | 1 << index));
        }
    }

    pub(super) fn has_plain(&self) -> bool {
        self.plain > 0
    }

    pub(super) fn has_hidden(&self) -> bool {
        self.hidden > 0
    }

    /// The format that all texts have.
    pub(super) fn format(&self) -> Option<&'static str> {
        let bits = self.formats?;
        CHECKS.iter().enumerate().find(|(index, _)| bits >> index & 1 == 1).map(|(_, (name, _))| *name)
    }

    /// The different values, sorted, if they are few and repeat often enough.
    pub(super) fn values(&self) -> Option<impl Iterator<Item = &str>> {
        let Values::Few(values) = &self.values else { return None };
        let texts = self.plain + self.hidden;
        let repeat = texts >= MIN_TEXTS && texts >= MIN_REPEATS * values.len();
        (values.len() > 1 && repeat).then(|| values.iter().map(String::as_str))
    }
}
