//! Recorded attempts and responses, read in full for replay and `verify`, which work out the same results again.

use rusqlite::Connection;
use serde_json::Value;

use super::attempt::{Attempt, AttemptRetrieval};
use super::panel::Opinion;
use super::reading::TapeAnswer;
use super::tape::{answer_of, kind_of};
use crate::prompt::Retrieval;
use crate::provider::ProviderErrorKind;
use crate::record::Verdict;
use crate::schema::JudgeVerdict;
use crate::store::sql;

#[derive(Debug)]
pub struct RecordedAttempt {
    pub id: i64,
    /// The invocation that recorded it (rowid).
    pub invocation: i64,
    /// Without the model's answer.
    pub attempt: Attempt,
}

/// Returns the attempts at the same exact task and sample and in the same round as `attempt` (rowid), in order.
pub fn series(connection: &Connection, attempt: i64) -> rusqlite::Result<Vec<RecordedAttempt>> {
    let mut found = sql::REPLAY_SERIES.all(connection, &[(":attempt", &attempt)], |row| {
        let id: i64 = row.get("id")?;
        Ok(RecordedAttempt {
            id,
            invocation: row.get("invocation")?,
            attempt: Attempt {
                number: row.get("number")?,
                outcome: row.get("outcome")?,
                detail: row.get("detail")?,
                request: row.get("request")?,
                response: row.get("response")?,
                output: row.get("output")?,
                claims: Vec::new(),
                is_final: false,
                verdict: verdict(row)?,
                opinions: Vec::new(),
                answer: None,
                candidate: row.get("candidate")?,
                retrieved: Vec::new(),
                id: Some(id),
            },
        })
    })?;
    for tried in &mut found {
        tried.attempt.opinions = opinions(connection, tried.id)?;
        tried.attempt.retrieved = retrieved(connection, tried.id)?;
    }
    Ok(found)
}

fn opinions(connection: &Connection, attempt: i64) -> rusqlite::Result<Vec<Opinion>> {
    sql::REPLAY_OPINIONS.all(connection, &[(":attempt", &attempt)], |row| {
        Ok(Opinion {
            judge: row.get("judge")?,
            response: row.get("response")?,
            verdict: verdict(row)?,
            scores: row.get("scores")?,
        })
    })
}

/// Whether two attempts retrieved the same. A collection that was ingested again has other rowids, and the same digest.
pub fn is_same_retrieved(
    connection: &Connection,
    one: &[AttemptRetrieval],
    other: &[AttemptRetrieval],
) -> rusqlite::Result<bool> {
    if one == other {
        return Ok(true);
    }
    let digest = |dataset: i64| {
        let of = [(":dataset", &dataset as &dyn rusqlite::ToSql)];
        sql::INGEST_DATASET.first(connection, &of, |row| row.get::<_, String>("dataset_id"))
    };
    let places = |rows: &[i64]| -> rusqlite::Result<Vec<Option<i64>>> {
        let place = |row: &i64| sql::REPLAY_ROW_INDEX.first(connection, &[(":row", row)], |row| row.get("row_index"));
        rows.iter().map(place).collect()
    };
    if one.len() != other.len() {
        return Ok(false);
    }
    for (one, other) in one.iter().zip(other) {
        let (is, was) = (&one.retrieval, &other.retrieval);
        let is_same = (one.purpose, &is.query, is.count) == (other.purpose, &was.query, was.count)
            && digest(is.dataset)? == digest(was.dataset)?
            && places(&is.passages)? == places(&was.passages)?;
        if !is_same {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What the templates of an attempt (rowid) retrieved.
fn retrieved(connection: &Connection, attempt: i64) -> rusqlite::Result<Vec<AttemptRetrieval>> {
    let mut found = sql::REPLAY_RETRIEVALS.all(connection, &[(":attempt", &attempt)], |row| {
        let retrieval = Retrieval {
            dataset: row.get("dataset")?,
            query: row.get("query")?,
            count: row.get("k")?,
            passages: Vec::new(),
        };
        Ok((row.get::<_, i64>("id")?, AttemptRetrieval { purpose: row.get("purpose")?, retrieval }))
    })?;
    for (id, found) in &mut found {
        found.retrieval.passages =
            sql::REPLAY_PASSAGES.all(connection, &[(":retrieval", id)], |row| row.get("input_row"))?;
    }
    Ok(found.into_iter().map(|(_, found)| found).collect())
}

fn verdict(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<JudgeVerdict>> {
    let word: Option<Verdict> = row.get("verdict")?;
    let reasons: Option<Value> = row.get("reasons")?;
    Ok(verdict_of(word, row.get("score")?, reasons.as_ref()))
}

/// Builds a verdict from its columns: the word, the score and the list of reasons.
#[must_use]
pub fn verdict_of(word: Option<Verdict>, score: Option<u8>, reasons: Option<&Value>) -> Option<JudgeVerdict> {
    let reasons = reasons.and_then(Value::as_array).into_iter().flatten();
    let reasons = reasons.filter_map(|it| it.as_str().map(str::to_owned)).collect();
    word.zip(score).map(|(verdict, score)| JudgeVerdict { verdict, score, reasons })
}

/// What came back for a request.
#[derive(Clone, Debug)]
pub enum TapeReply {
    Answer(TapeAnswer),
    Failure(ProviderErrorKind, String),
}

/// Returns the request (rowid) that a response answers, and the reply; `None` for a failure of an unknown kind.
pub fn reply(connection: &Connection, response: i64) -> rusqlite::Result<(i64, Option<TapeReply>)> {
    sql::REPLAY_RESPONSE.row(connection, &[(":response", &response)], |row| {
        let reply = match row.get::<_, Option<String>>("answer")? {
            Some(text) => Some(TapeReply::Answer(answer_of(row, text)?)),
            None => {
                let word: Option<String> = row.get("error_kind")?;
                let message: Option<String> = row.get("error")?;
                let kind = word.as_deref().and_then(kind_of);
                kind.map(|kind| TapeReply::Failure(kind, message.unwrap_or_default()))
            }
        };
        Ok((row.get("request")?, reply))
    })
}
