//! What a format holds in another way than the items have it: [`EvalFindings`].

use std::collections::BTreeMap;

use super::item::EvalItem;
use crate::record::thousands;

/// How many different roles, or keys of messages, are told apart; the others are counted together.
const ROLES: usize = 20;

/// What was found while a file was written, as counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvalFindings {
    /// Messages by their role and the role or the field that the file has for it.
    roles: BTreeMap<(String, &'static str), u64>,
    /// Criteria that are blank, or that the tool would trim.
    pub(super) criteria: u64,
    /// Items whose metadata the format has no place for.
    pub(super) left_out: u64,
    /// Integers that are written as texts.
    pub(super) integers: u64,
    /// Texts that a reader takes for numbers or for nothing, unless it is told otherwise, and in which columns.
    retyped: BTreeMap<String, u64>,
    /// Messages by a key that they have beside `role` and `content`.
    keys: BTreeMap<String, u64>,
    null_criteria: u64,
    /// Items whose object has an id of its own that is not the item's.
    other_ids: u64,
}

/// Something to say about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalFinding {
    /// The kind of the anomaly.
    pub kind: &'static str,
    pub count: u64,
    /// What there is so many of, and what was done, without the name of the file.
    pub text: String,
}

impl EvalFinding {
    /// `what` with the count before it, in the number that goes with that.
    fn new(kind: &'static str, count: u64, (one, many): (&str, &str), done: &str) -> Self {
        let what = if count == 1 { one } else { many };
        Self { kind, count, text: format!("{} {what} {done}", thousands(count)) }
    }
}

impl EvalFindings {
    /// Counts what was found while an item was made.
    pub fn see(&mut self, item: &EvalItem) {
        let remarks = &item.remarks;
        for key in &remarks.message_keys {
            let key = if self.keys.len() < ROLES || self.keys.contains_key(key) { key } else { "…" };
            *self.keys.entry(key.to_owned()).or_default() += 1;
        }
        self.null_criteria += remarks.null_criteria;
        self.other_ids += u64::from(remarks.is_renamed);
    }

    /// Counts a message whose role the format cannot hold.
    pub(super) fn renamed(&mut self, role: &str, to: &'static str) {
        let is_known = self.roles.len() < ROLES || self.roles.keys().any(|(known, what)| known == role && *what == to);
        let role = if is_known { role } else { "…" };
        *self.roles.entry((role.to_owned(), to)).or_default() += 1;
    }

    /// Counts texts of a column that a reader takes for something else.
    pub(super) fn retype(&mut self, column: &str, count: u64) {
        if count > 0 {
            self.retyped.insert(column.to_owned(), count);
        }
    }

    /// Returns what there is to say, each with how often.
    #[must_use]
    pub fn list(&self) -> Vec<EvalFinding> {
        let said = |((role, to), count): (&(String, &'static str), &u64)| {
            format!("{} of {role:?} became `{to}`", thousands(*count))
        };
        let roles = self.roles.iter().map(said).collect::<Vec<_>>().join(", ");
        let columns = self.retyped.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let of_format = [
            EvalFinding::new(
                "roles_renamed",
                self.roles.values().sum(),
                ("message has", "messages have"),
                &format!("a role that the format cannot hold ({roles}); `roles` in the metadata has it"),
            ),
            EvalFinding::new(
                "criteria_trimmed",
                self.criteria,
                ("criterion is", "criteria are"),
                "blank or with blanks at the ends, which the format refuses or cuts off; `criteria` in the metadata has \
                 all as they are",
            ),
            EvalFinding::new(
                "metadata_left_out",
                self.left_out,
                ("item has", "items have"),
                "no expected answer, and so no place for metadata but tags",
            ),
            EvalFinding::new(
                "integers_as_texts",
                self.integers,
                ("integer is", "integers are"),
                "too large for the tool's numbers, and written as text",
            ),
            EvalFinding::new(
                "texts_retyped",
                self.retyped.values().sum(),
                ("text looks", "texts look"),
                &format!(
                    "like numbers or missing values to the tool's default reader ({columns}); \
                     docs/evaluation-tools.md has one that changes nothing"
                ),
            ),
        ];
        self.of_items().into_iter().chain(of_format).filter(|it| it.count > 0).collect()
    }

    /// What is so in every format.
    fn of_items(&self) -> [EvalFinding; 3] {
        let keys = self.keys.iter().map(|(key, count)| format!("{} of {key:?}", thousands(*count)));
        let keys = keys.collect::<Vec<_>>().join(", ");
        [
            EvalFinding::new(
                "message_keys_left_out",
                self.keys.values().sum(),
                ("key of a message is", "keys of messages are"),
                &format!("neither `role` nor `content` ({keys}), and only in `messages` of the metadata"),
            ),
            EvalFinding::new(
                "criteria_null",
                self.null_criteria,
                ("criterion is", "criteria are"),
                "null and left out",
            ),
            EvalFinding::new(
                "ids_are_work_ids",
                self.other_ids,
                ("item has", "items have"),
                "the `work_id` as id, since the `id` of the objects is not a text in all, or not a different one in each",
            ),
        ]
    }
}
