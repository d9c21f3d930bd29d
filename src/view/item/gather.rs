//! Reading a work item's story from the run file.

use rusqlite::{Connection, Row};
use serde_json::Value;

use super::claims;
use super::model::{
    AttemptRecord, CallRecord, InputRow, ItemHistory, ItemPassage, ItemRetrieval, JudgeOpinion, Relative, RowGroup,
    SentMessage,
};
use crate::record::VariantAt;
use crate::store::sql;

/// How many parents and how many children are listed.
const RELATIVES: i64 = 1000;

/// Reads the story of the work item with this rowid under a variant, as of one moment.
pub fn gather(connection: &Connection, item: i64, at: VariantAt) -> rusqlite::Result<ItemHistory> {
    let snapshot = connection.unchecked_transaction()?;
    within(&snapshot, item, at)
}

/// Reads the story of the work item with this rowid under a variant. Where another connection may write, the caller
/// holds a transaction.
pub fn within(snapshot: &Connection, item: i64, at: VariantAt) -> rusqlite::Result<ItemHistory> {
    let of: [(&'static str, &dyn rusqlite::ToSql); 3] =
        [(":item", &item), (":variant", &at.number), (":repeat", &at.repeat)];
    let (standing, mut found) = sql::VIEW_ITEM.row(snapshot, &of, |row| {
        let found = ItemHistory {
            work_id: row.get("work_id")?,
            step: row.get("step")?,
            source: row.get("source_kind")?,
            planned: row.get("planned")?,
            status: row.get("status")?,
            attempts_made: row.get("attempts")?,
            sample: row.get("sample")?,
            cache_id: row.get("cache_id")?,
            task_id: row.get("task_id")?,
            row: input_row(row)?,
            group: group(row)?,
            item: row.get("item")?,
            reason: row.get("reason")?,
            parents: Vec::new(),
            children: Vec::new(),
            relatives_cut: false,
            output: row.get("output")?,
            evidence: Vec::new(),
            evidence_cut: 0,
            attempts: Vec::new(),
            calls: Vec::new(),
        };
        Ok((row.get::<_, i64>("standing")?, found))
    })?;
    // One more than is listed tells whether there are more.
    let range: &[(&'static str, &dyn rusqlite::ToSql)] = &[(":standing", &standing), (":most", &(RELATIVES + 1))];
    found.parents = sql::VIEW_ITEM_PARENTS.all(snapshot, range, relative)?;
    found.children = sql::VIEW_ITEM_CHILDREN.all(snapshot, range, relative)?;
    let most = usize::try_from(RELATIVES).unwrap_or(usize::MAX);
    found.relatives_cut = found.parents.len() > most || found.children.len() > most;
    found.parents.truncate(most);
    found.children.truncate(most);
    let mut attempts =
        sql::VIEW_ITEM_ATTEMPTS.all(snapshot, &of, |row| Ok((row.get::<_, i64>("id")?, attempt(row)?)))?;
    for (id, attempt) in &mut attempts {
        attempt.opinions = sql::VIEW_ITEM_VERDICTS.all(snapshot, &[(":attempt", id)], opinion)?;
        attempt.retrieved = retrieved(snapshot, *id)?;
        attempt.prompt = messages(snapshot, attempt.request_id.as_deref())?;
        attempt.judge_prompt = messages(snapshot, attempt.judge_request_id.as_deref())?;
    }
    (found.evidence, found.evidence_cut) = claims::read(snapshot, &of, &mut attempts)?;
    found.attempts = attempts.into_iter().map(|(_, attempt)| attempt).collect();
    found.calls = sql::VIEW_ITEM_CALLS.all(snapshot, &[(":item", &item)], call)?;
    Ok(found)
}

fn relative(row: &Row<'_>) -> rusqlite::Result<Relative> {
    Ok(Relative {
        work_id: row.get("work_id")?,
        step: row.get("step")?,
        status: row.get("status")?,
        output: row.get("output")?,
    })
}

fn messages(connection: &Connection, request_id: Option<&str>) -> rusqlite::Result<Vec<SentMessage>> {
    let Some(request_id) = request_id else { return Ok(Vec::new()) };
    sql::VIEW_MESSAGES.all(connection, &[(":request_id", &request_id)], |row| {
        Ok(SentMessage {
            role: row.get("role")?,
            content: row.get::<_, Option<String>>("content")?.unwrap_or_default(),
        })
    })
}

fn input_row(row: &Row<'_>) -> rusqlite::Result<Option<InputRow>> {
    let Some(row_id) = row.get("row_id")? else { return Ok(None) };
    let columns: Option<Value> = row.get("columns")?;
    let fields: Option<Value> = row.get("fields")?;
    let list = |value: Option<Value>| match value {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    };
    let name = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(Some(InputRow {
        row_id,
        row_index: row.get("row_index")?,
        line: row.get("line")?,
        dataset: row.get("dataset")?,
        document: row.get("document")?,
        fields: list(columns).into_iter().map(name).zip(list(fields)).collect(),
    }))
}

fn group(row: &Row<'_>) -> rusqlite::Result<Option<RowGroup>> {
    let Some(group_key) = row.get("group_key")? else { return Ok(None) };
    Ok(Some(RowGroup {
        group_key,
        rows: row.get("group_rows")?,
        included_rows: row.get("included_rows")?,
        context: row.get("context")?,
    }))
}

fn attempt(row: &Row<'_>) -> rusqlite::Result<AttemptRecord> {
    Ok(AttemptRecord {
        number: row.get("number")?,
        sample: row.get("sample")?,
        current: row.get("current")?,
        outcome: row.get("outcome")?,
        detail: row.get("detail")?,
        provider: row.get("provider")?,
        model: row.get("model")?,
        request_id: row.get("request_id")?,
        prompt: Vec::new(),
        answer: row.get("answer")?,
        thoughts: row.get("thoughts")?,
        judge_request_id: row.get("judge_request_id")?,
        judge_prompt: Vec::new(),
        judge_answer: row.get("judge_answer")?,
        verdict: row.get("verdict")?,
        score: row.get("score")?,
        reasons: row.get("reasons")?,
        decided_at: row.get("decided_at")?,
        candidate: row.get("candidate")?,
        output: row.get("output")?,
        decided_by: row.get::<_, Option<String>>("decided_by")?.map(|name| format!("human:{name}")),
        opinions: Vec::new(),
        claims: Vec::new(),
        retrieved: Vec::new(),
    })
}

/// What the templates of an attempt (rowid) retrieved.
fn retrieved(snapshot: &Connection, attempt: i64) -> rusqlite::Result<Vec<ItemRetrieval>> {
    let mut found: Vec<ItemRetrieval> = Vec::new();
    sql::VIEW_ITEM_RETRIEVALS.each::<rusqlite::Error>(snapshot, &[(":attempt", &attempt)], |row| {
        let number: i64 = row.get("number")?;
        if found.last().is_none_or(|last| last.number != number) {
            found.push(ItemRetrieval {
                number,
                purpose: row.get("purpose")?,
                knowledge: row.get("knowledge")?,
                query: row.get("query")?,
                k: row.get("k")?,
                passages: Vec::new(),
            });
        }
        if let (Some(last), Some(document)) = (found.last_mut(), row.get("document")?) {
            let line_end: String = row.get("line_end")?;
            let line_start: i64 = row.get("line_start")?;
            let line_end = line_end.parse().unwrap_or(line_start);
            last.passages.push(ItemPassage { document, line_start, line_end, heading_path: row.get("heading_path")? });
        }
        Ok(())
    })?;
    Ok(found)
}

fn opinion(row: &Row<'_>) -> rusqlite::Result<JudgeOpinion> {
    Ok(JudgeOpinion {
        judge: row.get("judge")?,
        model: row.get("model")?,
        verdict: row.get("verdict")?,
        score: row.get("score")?,
        scores: row.get("scores")?,
        reasons: row.get("reasons")?,
    })
}

fn call(row: &Row<'_>) -> rusqlite::Result<CallRecord> {
    Ok(CallRecord {
        purpose: row.get("purpose")?,
        request_id: row.get("request_id")?,
        provider: row.get("provider")?,
        model: row.get("model")?,
        outcome: row.get("outcome")?,
        http_status: row.get("http_status")?,
        finish: row.get("finish")?,
        error_kind: row.get("error_kind")?,
        error: row.get("error")?,
        duration_ms: row.get("duration_ms")?,
        input_tokens: row.get("input_tokens")?,
        output_tokens: row.get("output_tokens")?,
        cached_tokens: row.get("cached_tokens")?,
        reasoning_tokens: row.get("reasoning_tokens")?,
        cost_usd: row.get("cost_usd")?,
        started_at: row.get("started_at")?,
    })
}
