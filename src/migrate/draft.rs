//! The new configuration while it is being made ([`Draft`]). The rules take each key of the older file once, and every
//! key that is taken gets its row.

use super::row::{KeyOutcome, MigrationRow, Placement};
use super::yaml::{Setting, Yaml, flow};
use crate::config::{Node, NodeValue, Origin, join_keys};

/// A key of the older file with a value that is no block.
#[derive(Clone, Debug)]
pub(super) struct Leaf<'a> {
    key: String,
    line: Option<u32>,
    value: &'a NodeValue,
}

impl Leaf<'_> {
    /// Whether the value is a whole number, and not a text of digits.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.value, NodeValue::Whole(..))
    }

    fn row(&self, outcome: KeyOutcome, to: Option<&str>, note: &str) -> MigrationRow {
        let value = if outcome == KeyOutcome::Unknown { String::new() } else { shown(self.value) };
        MigrationRow {
            line: self.line,
            key: self.key.clone(),
            value,
            outcome,
            to: to.map(str::to_owned),
            note: note.to_owned(),
        }
    }
}

/// The settings and rows so far, and the keys that are left.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    left: Vec<Leaf<'a>>,
    rows: Vec<MigrationRow>,
    settings: Vec<Setting>,
    placement: Placement,
}

impl<'a> Draft<'a> {
    pub(super) fn new(node: &'a Node, placement: &Placement) -> Self {
        let mut left = Vec::new();
        leaves(node, "", &mut left);
        Self { left, rows: Vec::new(), settings: Vec::new(), placement: placement.clone() }
    }

    pub(super) fn placement(&self) -> &Placement {
        &self.placement
    }

    /// The settings and the rows. Keys that no rule took are unknown.
    pub(super) fn finish(mut self) -> (Vec<Setting>, Vec<MigrationRow>) {
        for leaf in &self.left {
            self.rows.push(leaf.row(KeyOutcome::Unknown, None, ""));
        }
        (self.settings, self.rows)
    }

    /// The value of a new key.
    pub(super) fn text_of(&self, key: &str) -> Option<String> {
        self.settings.iter().find(|it| it.key == key).and_then(|it| match &it.value {
            Yaml::Text(text) | Yaml::Plain(text) => Some(text.clone()),
            Yaml::List(_) => None,
        })
    }

    /// Takes a key, if it exists and has a value.
    pub(super) fn take(&mut self, key: &str) -> Option<Leaf<'a>> {
        let leaf = self.left.remove(self.left.iter().position(|leaf| leaf.key == key)?);
        if matches!(leaf.value, NodeValue::Null) {
            self.rows.push(leaf.row(KeyOutcome::Unset, None, ""));
            return None;
        }
        Some(leaf)
    }

    pub(super) fn text(&mut self, key: &str) -> Option<(Leaf<'a>, String)> {
        self.typed(key, "text", |value| match value {
            NodeValue::Text(text) if text.trim().is_empty() => None,
            NodeValue::Text(text) | NodeValue::Whole(_, text) | NodeValue::Real(_, text) => Some(text.clone()),
            _ => None,
        })
    }

    pub(super) fn whole(&mut self, key: &str) -> Option<(Leaf<'a>, u64)> {
        self.typed(key, "a whole number, 0 or more", |value| match value {
            NodeValue::Whole(number, _) => u64::try_from(*number).ok(),
            NodeValue::Text(text) => text.trim().parse().ok(),
            _ => None,
        })
    }

    /// Takes a number, as it is spelled.
    pub(super) fn number(&mut self, key: &str) -> Option<(Leaf<'a>, String)> {
        self.typed(key, "a number", |value| match value {
            NodeValue::Whole(_, spelled) | NodeValue::Real(_, spelled) => Some(spelled.clone()),
            NodeValue::Text(text) => {
                text.trim().parse::<f64>().ok().filter(|it| it.is_finite()).map(|it| it.to_string())
            }
            _ => None,
        })
    }

    pub(super) fn flag(&mut self, key: &str) -> Option<(Leaf<'a>, bool)> {
        self.typed(key, "true or false", |value| match value {
            NodeValue::Bool(flag) => Some(*flag),
            NodeValue::Text(text) => match &*text.to_ascii_lowercase() {
                "true" | "yes" | "on" => Some(true),
                "false" | "no" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        })
    }

    pub(super) fn list(&mut self, key: &str) -> Option<(Leaf<'a>, Vec<String>)> {
        self.typed(key, "a list of texts", |value| match value {
            NodeValue::List(items) => items.iter().map(|item| word(&item.value)).collect(),
            single => word(single).map(|it| vec![it]),
        })
    }

    fn typed<T>(
        &mut self,
        key: &str,
        expected: &str,
        read: impl FnOnce(&NodeValue) -> Option<T>,
    ) -> Option<(Leaf<'a>, T)> {
        let leaf = self.take(key)?;
        match read(leaf.value) {
            Some(value) => Some((leaf, value)),
            None => {
                self.wrong(&leaf, &format!("expected {expected}"));
                None
            }
        }
    }

    /// Takes all of `keys`: the value of the first that has one. The others are left out for it.
    pub(super) fn first_of<T>(
        &mut self,
        keys: impl IntoIterator<Item = &'static str>,
        to: &'static str,
        read: impl Fn(&mut Self, &str) -> Option<(Leaf<'a>, T)>,
    ) -> Option<(Leaf<'a>, T)> {
        let mut chosen: Option<(Leaf<'a>, T)> = None;
        for key in keys {
            match (read(self, key), &chosen) {
                (Some((leaf, _)), Some((earlier, _))) => {
                    let note = format!("`{}` is set too", earlier.key);
                    self.leave_out(&leaf, Some(to), &note);
                }
                (Some(found), None) => chosen = Some(found),
                (None, _) => {}
            }
        }
        chosen
    }

    /// Writes a setting that comes from `leaf`.
    pub(super) fn put(&mut self, leaf: &Leaf<'_>, to: &'static str, value: Yaml, note: &str) {
        let same = leaf.key == to && note.is_empty();
        self.put_as(leaf, if same { KeyOutcome::Kept } else { KeyOutcome::Moved }, to, value, note);
    }

    /// Writes a setting that keeps its name and its value, and means something else in part, as `note` says.
    pub(super) fn keep(&mut self, leaf: &Leaf<'_>, to: &'static str, value: Yaml, note: &str) {
        self.put_as(leaf, KeyOutcome::Kept, to, value, note);
    }

    fn put_as(&mut self, leaf: &Leaf<'_>, outcome: KeyOutcome, to: &'static str, value: Yaml, note: &str) {
        self.rows.push(leaf.row(outcome, Some(to), note));
        let line = leaf.line.map(|line| format!("line {line}")).unwrap_or_default();
        let from = if leaf.key == to { line } else { format!("{line}: {}", leaf.key) };
        let comment = if note.is_empty() { from } else { format!("{from}; {note}") };
        self.settings.push(Setting { key: to, value, comment });
    }

    /// Writes the default of the older framework, which differs from Casebook's.
    pub(super) fn put_default(&mut self, to: &'static str, value: Yaml) {
        self.put_default_as(to, value, "the older default");
    }

    /// The same with a note that says more.
    pub(super) fn put_default_as(&mut self, to: &'static str, value: Yaml, note: &str) {
        self.put_new(to, value, KeyOutcome::Default, note);
    }

    /// Writes a setting that the older framework did not have.
    pub(super) fn add(&mut self, to: &'static str, value: Yaml, note: &str) {
        self.put_new(to, value, KeyOutcome::Added, note);
    }

    fn put_new(&mut self, to: &'static str, value: Yaml, outcome: KeyOutcome, note: &str) {
        self.rows.push(MigrationRow {
            line: None,
            key: String::new(),
            value: flow(&value),
            outcome,
            to: Some(to.to_owned()),
            note: note.to_owned(),
        });
        self.settings.push(Setting { key: to, value, comment: note.to_owned() });
    }

    /// Leaves a key out, if it exists.
    pub(super) fn drop(&mut self, key: &str, note: &str) {
        if let Some(leaf) = self.take(key) {
            self.leave_out(&leaf, None, note);
        }
    }

    /// Leaves out a key that was taken. `to` is the new key that covers it, if there is one.
    pub(super) fn leave_out(&mut self, leaf: &Leaf<'_>, to: Option<&str>, note: &str) {
        self.rows.push(leaf.row(KeyOutcome::Dropped, to, note));
    }

    /// Says that a value cannot be used.
    pub(super) fn wrong(&mut self, leaf: &Leaf<'_>, note: &str) {
        self.rows.push(leaf.row(KeyOutcome::Wrong, None, note));
    }

    /// A path of the older project, relative to the new file.
    pub(super) fn path(&self, path: &str) -> Yaml {
        let drive = path.as_bytes().get(1) == Some(&b':');
        let inside = path.strip_prefix("./").unwrap_or(path);
        Yaml::Text(if path.starts_with(['/', '\\']) || drive {
            path.to_owned()
        } else {
            format!("{}{inside}", self.placement.prefix)
        })
    }
}

fn leaves<'a>(node: &'a Node, path: &str, found: &mut Vec<Leaf<'a>>) {
    let NodeValue::Map(entries) = &node.value else { return };
    for entry in entries {
        let key = join_keys(path, &entry.key);
        match &entry.node.value {
            NodeValue::Map(inner) if !inner.is_empty() => leaves(&entry.node, &key, found),
            value => {
                let line = match &entry.key_origin {
                    Origin::File(location) => Some(location.line),
                    Origin::Set(_) | Origin::Unknown => None,
                };
                found.push(Leaf { key, line, value });
            }
        }
    }
}

/// A scalar as text; `None` for anything else.
fn word(value: &NodeValue) -> Option<String> {
    match value {
        NodeValue::Text(text) | NodeValue::Whole(_, text) | NodeValue::Real(_, text) => Some(text.clone()),
        NodeValue::Bool(flag) => Some(flag.to_string()),
        NodeValue::Null | NodeValue::List(_) | NodeValue::Map(_) => None,
    }
}

/// A value as rows show it.
fn shown(value: &NodeValue) -> String {
    match value {
        NodeValue::List(items) => {
            format!("[{}]", items.iter().map(|item| shown(&item.value)).collect::<Vec<_>>().join(", "))
        }
        NodeValue::Map(_) => "{…}".to_owned(),
        NodeValue::Null => "null".to_owned(),
        scalar => word(scalar).unwrap_or_default().trim_end().to_owned(),
    }
}
