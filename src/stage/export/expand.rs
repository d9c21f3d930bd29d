//! `outputs.expand: rows`: a group's answer for each of its rows.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::record::canonical;

/// How the answers of groups are given to their rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expansion {
    /// `None`: each row has the whole answer.
    pub matching: Option<ElementMatch>,
}

/// How the elements of a list in the answer are matched with rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementMatch {
    /// The top-level field with the list.
    pub list: String,
    /// The field of an element that names its row.
    pub field: String,
    /// The column of the input that has the same value, by its place.
    pub column: usize,
    /// The fields of an element.
    pub fields: Vec<String>,
}

/// What was not matched, over all groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unmatched {
    /// Rows of accepted groups without an element.
    pub rows: u64,
    /// Elements that name no row of their group.
    pub elements: u64,
    /// Elements that name a row which an earlier one names.
    pub repeated: u64,
}

impl Unmatched {
    /// What there is of it: the kind of the anomaly, how many, and what they are.
    pub(super) fn found(self) -> Vec<(&'static str, u64, &'static str)> {
        let all = [
            ("rows_unmatched", self.rows, "rows have no element of their group's answer; their fields are empty"),
            (
                "elements_unmatched",
                self.elements,
                "elements of answers name no row of their group, and are in no table",
            ),
            ("elements_repeated", self.repeated, "elements of answers name a row that an earlier one names"),
        ];
        all.into_iter().filter(|(_, count, _)| *count > 0).collect()
    }

    /// The counts for a manifest.
    pub(super) fn to_value(self) -> Value {
        json!({"rows_unmatched": self.rows, "elements_unmatched": self.elements, "elements_repeated": self.repeated})
    }
}

/// The elements of an answer by the rows that they name.
pub(super) struct Elements<'a> {
    by_name: HashMap<String, (&'a Map<String, Value>, bool)>,
    count: u64,
    repeated: u64,
}

impl<'a> Elements<'a> {
    pub(super) fn of(output: &'a Map<String, Value>, matching: &ElementMatch) -> Self {
        let mut found = Self { by_name: HashMap::new(), count: 0, repeated: 0 };
        for element in output.get(&matching.list).and_then(Value::as_array).into_iter().flatten() {
            found.count += 1;
            let Some(element) = element.as_object() else { continue };
            let name = match element.get(&matching.field) {
                None | Some(Value::Null) => continue,
                Some(Value::String(text)) => text.trim().to_owned(),
                Some(other) => canonical::to_string(other),
            };
            match found.by_name.entry(name) {
                std::collections::hash_map::Entry::Occupied(_) => found.repeated += 1,
                std::collections::hash_map::Entry::Vacant(free) => {
                    free.insert((element, false));
                }
            }
        }
        found
    }

    /// The element that names the row with this value.
    pub(super) fn of_row(&mut self, value: &str) -> Option<&'a Map<String, Value>> {
        let (element, is_used) = self.by_name.get_mut(value.trim())?;
        *is_used = true;
        Some(*element)
    }

    /// Adds what was not matched once all rows of the group were.
    pub(super) fn finish(self, unmatched: &mut Unmatched) {
        let used = self.by_name.values().filter(|(_, is_used)| *is_used).count() as u64;
        unmatched.repeated += self.repeated;
        unmatched.elements += self.count - self.repeated - used;
    }
}
