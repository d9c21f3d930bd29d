//! Rules about ids that are digests of content: shared texts, configurations, tasks, rows, groups and requests.

use std::collections::HashMap;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::columns::column_list;
use crate::engine::check::VerifyCheck;
use crate::engine::error::EngineError;
use crate::record::{ConfigId, Digest, GroupContextId, RequestId, RowId, SpecId, TaskId};
use crate::stage::ingest::{read_fields, row_id, sorted_columns};
use crate::stage::record;
use crate::store::sql;

/// Recomputes all ids but those of work items.
pub(super) fn check(connection: &Connection) -> Result<Vec<VerifyCheck>, EngineError> {
    let mut shared = VerifyCheck::new("texts, configurations, specs and tasks have the ids of their content");
    sql::VERIFY_TEXTS.each::<rusqlite::Error>(connection, &[], |row| {
        let body = row.get_ref("body")?.as_str().map_err(rusqlite::Error::from)?;
        let found: Digest = row.get("sha1")?;
        shared.require(found == Digest::of_bytes(body.as_bytes()), || format!("text {found}"));
        Ok(())
    })?;
    sql::VERIFY_CONFIGS.each::<rusqlite::Error>(connection, &[], |row| {
        let found: ConfigId = row.get("config_id")?;
        let snapshot = row.get_ref("snapshot")?.as_str().map_err(rusqlite::Error::from)?;
        shared.require(found == record::config_id(snapshot), || format!("configuration {found}"));
        Ok(())
    })?;
    sql::VERIFY_SPECS.each::<rusqlite::Error>(connection, &[], |row| {
        let found: SpecId = row.get("spec_id")?;
        shared.require(found == SpecId::of(&[row.get("body")?]), || format!("spec {found}"));
        Ok(())
    })?;
    sql::VERIFY_TASKS.each::<rusqlite::Error>(connection, &[], |row| {
        let found: TaskId = row.get("task_id")?;
        let expected = TaskId::of(&[json!(row.get::<_, String>("step")?), row.get("parts")?]);
        shared.require(found == expected, || format!("task {found}"));
        Ok(())
    })?;
    Ok(vec![shared, row_ids(connection)?, request_ids(connection)?])
}

fn row_ids(connection: &Connection) -> Result<VerifyCheck, EngineError> {
    let mut check = VerifyCheck::new("rows and groups have the ids of their content");
    // There may be as many data sets as rows, where these came one by one.
    sql::VERIFY_DATASETS.each::<rusqlite::Error>(connection, &[], |row| {
        let (columns, key) = (column_list(&row.get("columns")?), row.get::<_, Option<String>>("key_column")?);
        let (dataset, row_count): (i64, i64) = (row.get("id")?, row.get("row_count")?);
        let sorted = sorted_columns(&columns);
        let key = key.and_then(|key| columns.iter().position(|column| *column == key));
        // Only equal rows are kept in memory, with their number.
        let mut equal: HashMap<RowId, i64> = HashMap::new();
        let mut buffer = Vec::new();
        let mut count = 0;
        sql::VERIFY_ROWS.each::<rusqlite::Error>(connection, &[(":dataset", &dataset)], |row| {
            let fields = read_fields(row)?;
            let found: RowId = row.get("row_id")?;
            let expected = match key {
                Some(key) => RowId::of(&[json!({"key": fields.get(key)})]),
                None => {
                    let first = row_id(&columns, &sorted, &fields, 1, &mut buffer);
                    if first == found {
                        first
                    } else {
                        let occurrence = equal.entry(first).or_insert(1);
                        *occurrence += 1;
                        row_id(&columns, &sorted, &fields, *occurrence, &mut buffer)
                    }
                }
            };
            let index: i64 = row.get("row_index")?;
            check.require(found == expected && index == count, || format!("row {found}"));
            count += 1;
            Ok(())
        })?;
        check.require(count == row_count, || format!("data set {dataset} has {count} rows of {row_count}"));
        Ok(())
    })?;
    sql::VERIFY_GROUPS.each::<rusqlite::Error>(connection, &[], |row| {
        let found: GroupContextId = row.get("group_context_id")?;
        let expected = GroupContextId::of(&[json!(row.get::<_, String>("body")?)]);
        check.require(found == expected, || format!("group context {found}"));
        Ok(())
    })?;
    Ok(check)
}

fn request_ids(connection: &Connection) -> Result<VerifyCheck, EngineError> {
    let mut check = VerifyCheck::new("requests have the ids of their content, and their prompts are exact");
    sql::VERIFY_REQUESTS.each::<rusqlite::Error>(connection, &[], |row| {
        let found: RequestId = row.get("request_id")?;
        let matched: Option<Value> = row.get("matched")?;
        let content = json!({
            "item": row.get::<_, Option<String>>("item")?,
            "matched": matched,
            "messages": row.get::<_, Value>("messages")?,
            "sample": row.get::<_, i64>("sample")?,
            "spec": row.get::<_, String>("spec_id")?,
        });
        check.require(found == RequestId::of(&[content]), || format!("request {found}"));
        Ok(())
    })?;
    Ok(check)
}
