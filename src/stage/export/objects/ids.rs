//! The ids of objects, and the tables in which references find them.
//!
//! A table has about 60 bytes for each object that may be referred to, and the text of its value where that is looked
//! up: some 6 MB for 100,000 objects.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use rusqlite::Connection;
use serde_json::Value;

use super::{ObjectContent, ObjectFiles, ObjectReference, ObjectSource, ReferredObjects};
use crate::config::{is_called, nearest, printable};
use crate::record::{OutputPath, VariantAt, WorkId, canonical};
use crate::stage::export::sink::unreadable;
use crate::stage::plan;
use crate::store::{sql, step_rowid};

/// Returns the id of the object `number` of a file, from 1.
pub(super) fn id(prefix: &str, number: u64) -> String {
    format!("{prefix}{number:03}")
}

/// The objects that a reference may lead to.
pub(super) struct ReferenceTable<'a> {
    reference: &'a ObjectReference,
    prefix: &'a str,
    sources: &'a [ObjectSource],
    /// How many objects it may lead to.
    count: u64,
    found: Found,
}

enum Found {
    /// The number of each object, by its work item.
    ByItem(HashMap<WorkId, u64>),
    /// The number of the first object with a value, and of how many it is, by the value as canonical JSON.
    ByValue(HashMap<String, (u64, u64)>),
}

/// What is wrong with a reference, and what to do.
pub(super) struct Unresolved {
    pub(super) problem: String,
    pub(super) hint: Option<String>,
}

impl<'a> ReferenceTable<'a> {
    pub(super) fn of(
        connection: &Connection,
        files: &'a ObjectFiles,
        reference: &'a ObjectReference,
    ) -> rusqlite::Result<Self> {
        let (prefix, sources) = match files.files.get(reference.file).map(|file| &file.content) {
            Some(ObjectContent::List { id_prefix, sources, .. }) => {
                (id_prefix.as_deref().unwrap_or_default(), sources.as_slice())
            }
            _ => ("", &[][..]),
        };
        let mut table = Self { reference, prefix, sources, count: 0, found: Found::ByItem(HashMap::new()) };
        if matches!(reference.target, ReferredObjects::Value { .. }) {
            table.found = Found::ByValue(HashMap::new());
        }
        // Objects are numbered over the whole file.
        let mut number = 0;
        for source in sources {
            let Some(step) = step_rowid(connection, &source.step, VariantAt::BASE)? else { continue };
            let is_meant = is_called(&source.step, &reference.step);
            let columns = ["work_id", "output"];
            sql::EXPORT_OBJECTS.each_at::<rusqlite::Error, 2>(
                connection,
                &[(":step", &step)],
                columns,
                |row, at| {
                    number += 1;
                    if !is_meant {
                        return Ok(());
                    }
                    table.count += 1;
                    match (&mut table.found, &reference.target) {
                        (Found::ByValue(by_value), ReferredObjects::Value { by, .. }) => {
                            let output: Value =
                                serde_json::from_str(row.get_ref(at[1])?.as_str()?).map_err(unreadable)?;
                            if let Some(value) = value_at(by, &output) {
                                by_value.entry(canonical::to_string(value)).or_insert((number, 0)).1 += 1;
                            }
                        }
                        (Found::ByItem(by_item), _) => drop(by_item.insert(row.get(at[0])?, number)),
                        (Found::ByValue(_), ReferredObjects::Lineage { .. }) => {}
                    }
                    Ok(())
                },
            )?;
        }
        Ok(table)
    }

    /// The id of the object that is made of a work item.
    pub(super) fn of_item(&self, work_id: WorkId) -> Option<String> {
        match &self.found {
            Found::ByItem(by_item) => by_item.get(&work_id).map(|number| id(self.prefix, *number)),
            Found::ByValue(_) => None,
        }
    }

    /// The ids of the objects with a value, or with the values of a list; null for none.
    pub(super) fn of_value(
        &self,
        connection: &Connection,
        value: &Value,
    ) -> rusqlite::Result<Result<Value, Unresolved>> {
        let (mut ids, mut seen) = (Vec::new(), HashSet::new());
        let values = match value {
            Value::Null => return Ok(Ok(Value::Null)),
            Value::Array(values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        for one in values {
            match self.one(connection, one)? {
                Ok(id) if seen.insert(id.clone()) => ids.push(Value::String(id)),
                Ok(_) => {}
                Err(why) => return Ok(Err(why)),
            }
        }
        if value.is_array() {
            return Ok(Ok(Value::Array(ids)));
        }
        Ok(Ok(ids.pop().unwrap_or_default()))
    }

    fn one(&self, connection: &Connection, value: &Value) -> rusqlite::Result<Result<String, Unresolved>> {
        let (Found::ByValue(by_value), ReferredObjects::Value { by, .. }) = (&self.found, &self.reference.target)
        else {
            return Err(rusqlite::Error::InvalidQuery);
        };
        let text = canonical::to_string(value);
        let (step, shown) = (&self.reference.step, short(&text));
        match by_value.get(&text) {
            Some((number, 1)) => Ok(Ok(id(self.prefix, *number))),
            Some((_, count)) => {
                let problem =
                    format!("{count} accepted outputs of `{step}` have {shown} as `{by}`, and it has to be one");
                let hint = Some("let each have a value of its own, or look up another field with `by`".to_owned());
                Ok(Err(Unresolved { problem, hint }))
            }
            None => {
                let problem = format!("no accepted output of `{step}` has {shown} as `{by}`");
                let mut hint = self.known_values(by_value, by, &text);
                let mut counts = plan::Counts::default();
                for source in self.sources.iter().filter(|it| is_called(&it.step, step)) {
                    if let Some(step) = step_rowid(connection, &source.step, VariantAt::BASE)? {
                        counts = counts.plus(plan::count(connection, step)?);
                    }
                }
                let open = counts.planned.saturating_sub(counts.accepted + counts.skipped);
                if open > 0 {
                    let (are, planned) = (if open == 1 { "is" } else { "are" }, counts.planned);
                    let _ = write!(hint, "; {open} of {planned} work items of `{step}` {are} not accepted");
                }
                Ok(Err(Unresolved { problem, hint: Some(hint) }))
            }
        }
    }

    /// The values that there are, in words: the nearest one, or the first few.
    fn known_values(&self, by_value: &HashMap<String, (u64, u64)>, by: &OutputPath, wanted: &str) -> String {
        const SHOWN: usize = 8;
        let step = &self.reference.step;
        if by_value.is_empty() {
            return format!("none of the {} accepted outputs of `{step}` has `{by}`", self.count);
        }
        let mut values: Vec<(&str, u64)> =
            by_value.iter().map(|(text, (number, _))| (text.as_str(), *number)).collect();
        values.sort_unstable_by_key(|(_, number)| *number);
        let bare = |text: &str| text.trim_matches('"').to_owned();
        if let Some((same, _)) = values.iter().find(|(text, _)| bare(text) == bare(wanted)) {
            return format!(
                "there is {}, which is of another type: a text is never compared with a number",
                short(same)
            );
        }
        // Long texts take time to compare, and differ behind what a message shows of them.
        let brief = |text: &&str| text.len() <= MOST_SHOWN;
        let texts = values.iter().map(|(text, _)| *text);
        let near = Some(wanted).filter(brief).and_then(|wanted| nearest(wanted, texts.filter(brief))).map(short);
        let first: Vec<String> = values.iter().take(SHOWN).map(|(text, _)| short(text)).collect();
        let more = if values.len() > SHOWN { ", …" } else { "" };
        let listed = format!("`{by}` of its {} accepted outputs is {}{more}", self.count, first.join(", "));
        near.map_or(listed.clone(), |near| format!("did you mean {near}? {listed}"))
    }
}

/// The value at a path that leads to one at most. Null is none.
fn value_at<'v>(by: &OutputPath, output: &'v Value) -> Option<&'v Value> {
    by.values(output).into_iter().next().filter(|value| !value.is_null())
}

/// The most characters of a value in a message.
const MOST_SHOWN: usize = 60;

/// A value in a message.
fn short(text: &str) -> String {
    let shown = printable(text);
    if shown.chars().count() <= MOST_SHOWN {
        return shown;
    }
    shown.chars().take(MOST_SHOWN).chain(['…']).collect()
}
