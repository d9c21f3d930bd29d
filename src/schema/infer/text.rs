//! What the texts at one place of the examples have in common: a format, or a short list of values.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use crate::schema::validator;

/// The formats that are looked for, the narrowest first: those that mean something by themselves and that strict
/// providers know. Almost any word is a `hostname`.
const FORMATS: [&str; 7] = ["date-time", "date", "time", "uuid", "email", "ipv4", "ipv6"];
/// A longer text is no word of a list.
const MAX_CHARACTERS: usize = 60;
/// How often a value of a list stands in the examples, on average and at least.
const MIN_REPEATS: usize = 2;
/// Two texts that repeat once say nothing yet.
const MIN_TEXTS: usize = 5;

static CHECKS: LazyLock<Vec<(&str, Validator)>> = LazyLock::new(|| {
    let check = |format: &'static str| {
        validator::build(&json!({"format": format}), Draft::Draft202012).ok().map(|validator| (format, validator))
    };
    FORMATS.into_iter().filter_map(check).collect()
});

/// The texts at one place.
#[derive(Debug, Default)]
pub(super) struct Texts {
    plain: usize,
    /// Cells that look like something other than a text.
    hidden: usize,
    /// The different ones; `None` once there are too many, or one is too long.
    values: Values,
    /// Which of the formats all of them had so far, as bits in the order of the checks; `None` before the first.
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

impl Texts {
    /// Takes in a text.
    pub(super) fn add(&mut self, text: &str, max_values: usize) {
        self.plain += 1;
        self.take(text, max_values);
    }

    /// Takes in a cell that is a text only if others of its column are.
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

    /// The different values, sorted, where they are few and repeat.
    pub(super) fn values(&self) -> Option<impl Iterator<Item = &str>> {
        let Values::Few(values) = &self.values else { return None };
        let texts = self.plain + self.hidden;
        let repeat = texts >= MIN_TEXTS && texts >= MIN_REPEATS * values.len();
        (values.len() > 1 && repeat).then(|| values.iter().map(String::as_str))
    }
}
