//! Claims: open work items are read with everything that their prompts may see.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::Connection;
use serde_json::Value;

use crate::prompt::{ContextBuilder, TemplateGroup, TemplateRow};
use crate::stage::context_error::ContextError;
use crate::stage::derive::{Links, inputs_of, lineage};
use crate::stage::generate::claimed::ClaimedItem;
use crate::stage::generate::fold::SharedText;
use crate::stage::generate::task::Task;
use crate::stage::image::ItemImages;
use crate::stage::ingest::parse_typed_fields;
use crate::store::sql;

/// Group contexts that are in use, so that the rows of a group share one copy.
#[derive(Debug, Default)]
pub struct Contexts(HashMap<i64, (Arc<str>, Arc<SharedText>)>);

/// The most group contexts that are kept.
const CONTEXTS: usize = 64;

impl Contexts {
    fn get(&mut self, tx: &Connection, id: i64) -> rusqlite::Result<(Arc<str>, Arc<SharedText>)> {
        if let Some(found) = self.0.get(&id) {
            return Ok(found.clone());
        }
        let body: String = sql::GENERATE_TEXT.row(tx, &[(":id", &id)], |row| row.get("body"))?;
        if self.0.len() >= CONTEXTS {
            self.0.clear();
        }
        let entry = (Arc::from(body.as_str()), Arc::new(SharedText::new(id, &body)));
        self.0.insert(id, entry.clone());
        Ok(entry)
    }
}

/// Which open work items to claim.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// Only those after this plan position.
    pub after: i64,
    /// Only those before this plan position.
    pub before: i64,
    /// At most this many.
    pub count: usize,
}

/// Returns open work items of a step over the input with everything that prompts may see, each with its position, in
/// the order of the plan.
pub fn claim(
    tx: &Connection,
    task: &Task,
    context: Option<&ContextBuilder>,
    contexts: &mut Contexts,
    claim: Claim,
) -> Result<Vec<(i64, ClaimedItem)>, ContextError> {
    let count = i64::try_from(claim.count).unwrap_or(i64::MAX);
    let mut found = Vec::new();
    sql::GENERATE_CLAIM.each_at::<ContextError, _>(
        tx,
        &[(":step", &task.step), (":after", &claim.after), (":before", &claim.before), (":count", &count)],
        CLAIMED,
        |row, at| {
            let work = read_work(tx, row, at, task, context, contexts)?;
            found.push((row.get(at[6])?, work));
            Ok(())
        },
    )?;
    Ok(found)
}

/// Returns a work item that is made from outputs of other steps, with everything that prompts may see. The outputs are
/// those of the attempt `made_in`, or the current ones if that is `None`.
pub fn claim_one(
    tx: &Connection,
    task: &Task,
    links: &Links,
    context: Option<&ContextBuilder>,
    contexts: &mut Contexts,
    (standing, made_in): (i64, Option<i64>),
) -> Result<ClaimedItem, ContextError> {
    let mut found = None;
    sql::GENERATE_CLAIM_ITEM.each_at::<ContextError, _>(tx, &[(":standing", &standing)], CLAIMED, |row, at| {
        let [.., item] = at;
        let own: Option<Value> = row.get(item)?;
        let (own, gold) = if task.gold.is_empty() { (own, None) } else { (None, own) };
        let inputs = inputs_of(tx, standing, made_in)?;
        let lineage = lineage(tx, links, task.step, &inputs, own.as_ref())?;
        let work = read_work(tx, row, at, task, context, contexts)?;
        found = Some(ClaimedItem { lineage: Some(Arc::new(lineage)), inputs, item: own, gold, ..work });
        Ok(())
    })?;
    found.ok_or(ContextError::Store(rusqlite::Error::QueryReturnedNoRows))
}

/// Returns a work item over the input, decided or not, with everything that prompts may see.
pub fn claim_source(
    tx: &Connection,
    task: &Task,
    context: Option<&ContextBuilder>,
    contexts: &mut Contexts,
    standing: i64,
) -> Result<ClaimedItem, ContextError> {
    let mut found = None;
    sql::GENERATE_CLAIM_ITEM.each_at::<ContextError, _>(tx, &[(":standing", &standing)], CLAIMED, |row, at| {
        found = Some(read_work(tx, row, at, task, context, contexts)?);
        Ok(())
    })?;
    found.ok_or(ContextError::Store(rusqlite::Error::QueryReturnedNoRows))
}

/// The columns that are read for each claimed work item.
const CLAIMED: [&str; 13] = [
    "id",
    "work_item",
    "work_id",
    "cache_id",
    "round",
    "sample",
    "position",
    "fields",
    "images",
    "group_key",
    "tape_round",
    "tape_after",
    "item",
];

fn read_work(
    tx: &Connection,
    row: &rusqlite::Row<'_>,
    at: [usize; 13],
    task: &Task,
    context: Option<&ContextBuilder>,
    contexts: &mut Contexts,
) -> Result<ClaimedItem, ContextError> {
    let [id, work_item, work_id, cache_id, round, sample, _, fields, images, group_key, tape_round, tape_after, _] = at;
    let fields =
        row.get_ref(fields)?.as_str_or_null().map_err(rusqlite::Error::from)?.map(parse_typed_fields).transpose()?;
    let images: Option<Value> = row.get(images)?;
    let mut work = ClaimedItem {
        id: row.get(id)?,
        work_item: row.get(work_item)?,
        place: task.place,
        work_id: row.get(work_id)?,
        cache_id: row.get(cache_id)?,
        round: row.get(round)?,
        tape_round: row.get(tape_round)?,
        tape_after: row.get(tape_after)?,
        sample: row.get(sample)?,
        max_attempts: task.max_attempts,
        max_verdicts: task.max_attempts,
        inputs: Vec::new(),
        item: None,
        gold: None,
        row: None,
        group: None,
        context: None,
        shared_context: None,
        images: images.as_ref().map(ItemImages::of_value).unwrap_or_default(),
        lineage: None,
    };
    if let Some(key) = row.get::<_, Option<String>>(group_key)? {
        let rows: i64 = row.get("row_count")?;
        work.group = Some(TemplateGroup::new(&key, usize::try_from(rows).unwrap_or(usize::MAX)));
        if context.is_some() {
            let (text, shared) = contexts.get(tx, row.get("context")?)?;
            work.context = Some(text);
            work.shared_context = Some(shared);
        }
    }
    work.row = fields.map(|fields| TemplateRow::of_fields(&task.columns, &fields));
    if let (Some(builder), Some(row), None) = (context, &work.row, &work.group) {
        let built = builder.row_context(row).map_err(|source| ContextError::Prompt {
            subject: format!("work item {}", work.work_id),
            source: Box::new(source),
        })?;
        work.context = Some(Arc::from(built.text));
    }
    Ok(work)
}
