//! The index of all pages: 1,000 work items on each of its own pages, in the order of the steps and of the plan.

use minijinja::Value as TemplateValue;
use minijinja::value::Serde;
use rusqlite::{Connection, Row};
use serde_json::{Value, json};

use super::error::PageError;
use super::template::render_index;
use super::{INDEX, page_name};
use crate::record::VariantAt;
use crate::store::{sql, step_rowid};
use crate::view::status;
use crate::view::text::thousands;

/// How many work items are on a page of the index.
const PER_PAGE: u64 = 1_000;
/// How many characters of a message are shown.
const SHOWN: usize = 160;

/// The name of a page of the index, by its number from 1.
#[must_use]
pub fn index_name(number: u64) -> String {
    if number == 1 { INDEX.to_owned() } else { format!("index-{number:04}.html") }
}

/// Makes the pages of the index one after the other, each with its name; returns how many there are. Work items that
/// `has_page` says have one are linked to it. `title` is the name of the run.
pub fn index<E: From<PageError>>(
    connection: &Connection,
    title: &str,
    has_page: &dyn Fn(&str) -> bool,
    visit: &mut dyn FnMut(&str, String) -> Result<(), E>,
) -> Result<u64, E> {
    let steps = status::steps(connection).map_err(PageError::from)?;
    let planned: u64 = steps.iter().map(|it| it.planned).sum();
    let mut pages = IndexPages {
        title,
        last: planned.div_ceil(PER_PAGE).max(1),
        planned,
        counts: json!(steps),
        number: 1,
        first: 1,
        items: Vec::new(),
    };
    for step in &steps {
        let rowid = step_rowid(connection, &step.step, VariantAt::BASE).map_err(PageError::from)?;
        let Some(rowid) = rowid else { continue };
        let mut failed = None;
        let visited = sql::VIEW_ITEMS_OF_STEP.each::<rusqlite::Error>(connection, &[(":step", &rowid)], |row| {
            pages.items.push(line(row, has_page)?);
            if pages.items.len() as u64 == PER_PAGE
                && let Err(error) = pages.end(visit)
            {
                failed = Some(error);
                return Err(rusqlite::Error::InvalidQuery);
            }
            Ok(())
        });
        if let Some(error) = failed {
            return Err(error);
        }
        visited.map_err(PageError::from)?;
    }
    if !pages.items.is_empty() || pages.number == 1 {
        pages.end(visit)?;
    }
    Ok(pages.number - 1)
}

/// The page of the index that is being made.
struct IndexPages<'a> {
    title: &'a str,
    last: u64,
    planned: u64,
    counts: Value,
    number: u64,
    /// The number of its first work item, from 1.
    first: u64,
    items: Vec<Value>,
}

impl IndexPages<'_> {
    fn end<E: From<PageError>>(&mut self, visit: &mut dyn FnMut(&str, String) -> Result<(), E>) -> Result<(), E> {
        let items = std::mem::take(&mut self.items);
        let until = self.first + items.len() as u64 - 1;
        let link = |number: u64| (1..=self.last).contains(&number).then(|| index_name(number));
        let context = json!({
            "title": self.title, "items": items, "steps": self.counts, "page": self.number, "pages": self.last,
            "first": thousands(self.first), "until": thousands(until), "planned": thousands(self.planned),
            "previous": link(self.number - 1), "next": link(self.number + 1), "start": link(1),
            "end": link(self.last), "version": env!("CARGO_PKG_VERSION"),
        });
        visit(&index_name(self.number), render_index(TemplateValue::from(Serde(context)))?)?;
        self.first = until + 1;
        self.number += 1;
        Ok(())
    }
}

fn line(row: &Row<'_>, has_page: &dyn Fn(&str) -> bool) -> rusqlite::Result<Value> {
    let work_id: String = row.get("work_id")?;
    let (status, detail): (String, Option<String>) = (row.get("status")?, row.get("detail")?);
    let message = if status == "accepted" { None } else { row.get::<_, Option<String>>("reason")?.or(detail) };
    let outcome: Option<String> = row.get("outcome")?;
    let page = has_page(&work_id).then(|| page_name(&work_id));
    Ok(json!({
        "short_id": work_id.get(..12).unwrap_or(&work_id), "page": page, "step": row.get::<_, String>("step")?,
        "status": status, "row": row.get::<_, Option<i64>>("row_index")?.map(|it| it + 1),
        "key": row.get::<_, Option<String>>("key")?, "group_key": row.get::<_, Option<String>>("group_key")?,
        "attempts": row.get::<_, i64>("attempts")?, "kind": outcome, "verdict": row.get::<_, Option<String>>("verdict")?,
        "score": row.get::<_, Option<i64>>("score")?, "message": message.as_deref().map(shortened),
    }))
}

fn shortened(message: &str) -> String {
    match message.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}
