//! The files of work items: a folder for each, with its input, prompts, answers, outputs and errors.
//!
//! [`each`] visits the folders of a step in the order of the plan, with the texts of their files; `name` chooses their
//! names. Nothing here writes them. They hold nothing that a later call could change without a response, so that the
//! same record makes the same bytes.

mod content;
mod name;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::item;
use crate::record::{Digest, VariantAt, canonical};
use crate::store::sql;

pub use content::{ItemFile, is_of_item};

/// The folder that the folders of work items are in.
pub const FOLDER: &str = "items";

/// The folder of one work item.
#[derive(Debug)]
pub struct ItemFolder {
    /// Its name, without the folder that it is in.
    pub name: String,
    /// Its files, in the order of their names.
    pub files: Vec<ItemFile>,
    /// Its line in the list of all work items.
    pub line: Value,
}

impl ItemFolder {
    /// The line of the list, as it is written.
    #[must_use]
    pub fn line(&self) -> Vec<u8> {
        let mut line = canonical::to_vec(&self.line);
        line.push(b'\n');
        line
    }
}

/// Visits the folders of a step (rowid). `seen` returns whether it may have been asked about a name before: such a name
/// is not given twice.
pub fn each<E: From<rusqlite::Error>>(
    connection: &Connection,
    step: i64,
    seen: &mut dyn FnMut(&str) -> bool,
    visit: &mut dyn FnMut(ItemFolder) -> Result<(), E>,
) -> Result<(), E> {
    sql::VIEW_ITEMS_OF_STEP.each(connection, &[(":step", &step)], |row| {
        let (work_id, source): (String, String) = (row.get("work_id")?, row.get("source_kind")?);
        let (key, group): (Option<String>, Option<String>) = (row.get("key")?, row.get("group_key")?);
        let label = if source == "group" { group.as_deref() } else { key.as_deref() };
        let name = name::of(label, &work_id, source == "row" || source == "group", seen);
        let files = content::files(&item::within(connection, row.get("id")?, VariantAt::BASE)?)?;
        let digests: Vec<Value> =
            files.iter().map(|file| json!([file.name, Digest::of_bytes(file.text.as_bytes()).to_string()])).collect();
        let line = json!({
            "work_id": work_id, "folder": format!("{FOLDER}/{name}"), "status": row.get::<_, String>("status")?,
            "step": row.get::<_, String>("step")?, "row_index": row.get::<_, Option<i64>>("row_index")?,
            "key": key, "group_key": group, "files": files.len(),
            "sha1": Digest::of_value(&json!(["files", 1, digests])).to_string(),
        });
        visit(ItemFolder { name, files, line })
    })
}
