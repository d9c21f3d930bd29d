//! Whether a run file is what it says: every id recomputed, every rule checked, and the pipeline replayed from the
//! tape.

mod derived;
mod schemas;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::error::EngineError;
use super::replay::replayed;
use crate::record::{
    AttemptOutcome, CacheId, ConfigId, DecisionKind, Digest, GroupContextId, RequestId, RowId, SpecId, TaskId, WorkId,
    canonical,
};
use crate::schema::{AnswerKind, Contract};
use crate::stage::artifact::{self};
use crate::stage::image;
use crate::stage::ingest::{read_fields, row_id, sorted_columns};
use crate::stage::plan::{self, Identity};
use crate::store::{self, Access, Statement, sql};

/// One rule, and how it fared.
#[derive(Clone, Debug)]
pub struct Check {
    /// What was checked.
    pub what: &'static str,
    /// How many things were looked at.
    pub checked: u64,
    /// What was wrong, bounded.
    pub problems: Vec<String>,
}

/// How a run file fared.
#[derive(Clone, Debug, Default)]
pub struct Verification {
    /// The checks, in their order.
    pub checks: Vec<Check>,
}

impl Verification {
    /// Whether nothing was wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.checks.iter().all(|check| check.problems.is_empty())
    }
}

/// How many problems of one kind are named.
const NAMED: usize = 20;

impl Check {
    pub(super) fn new(what: &'static str) -> Self {
        Self { what, checked: 0, problems: Vec::new() }
    }

    pub(super) fn look(&mut self, fine: bool, problem: impl FnOnce() -> String) {
        self.checked += 1;
        if !fine && self.problems.len() < NAMED {
            self.problems.push(problem());
        }
    }
}

/// Checks the run file at `db`; with `replay` also runs the pipeline again from the tape, in a scratch copy, with no
/// network, and compares the exports byte for byte.
pub fn verify(db: &Path, replay: bool) -> Result<Verification, EngineError> {
    checked(db, replay).map_err(|error| error.of_file(db))
}

fn checked(db: &Path, replay: bool) -> Result<Verification, EngineError> {
    let connection = store::open(db, Access::Read)?;
    let mut checks = vec![integrity(&connection)?];
    // A file that is damaged says nothing more that could be trusted.
    if checks[0].problems.is_empty() {
        checks.extend(ids(&connection)?);
        checks.extend(rules(&connection)?);
        checks.push(outputs(&connection)?);
        checks.push(images(&connection)?);
        checks.push(artifacts(&connection)?);
        if replay {
            checks.push(replayed(&connection)?);
            let schemas = schemas::check_answers(&connection)?;
            checks.extend((schemas.checked > 0).then_some(schemas));
        }
    }
    Ok(Verification { checks })
}

fn integrity(connection: &Connection) -> Result<Check, EngineError> {
    let mut check = Check::new("the database is whole");
    let mut statement = connection.prepare("PRAGMA integrity_check")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    for line in lines {
        match line {
            Ok(line) => check.look(line == "ok", || line.clone()),
            Err(error) => check.look(false, || error.to_string()),
        }
    }
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        check.look(false, || format!("a row of {table} points at a {parent} that is not there"));
    }
    Ok(check)
}

fn ids(connection: &Connection) -> Result<Vec<Check>, EngineError> {
    let mut shared = Check::new("texts, configurations, specs and tasks have the ids of their content");
    sql::VERIFY_TEXTS.each::<rusqlite::Error>(connection, &[], |row| {
        let body = row.get_ref("body")?.as_str().map_err(rusqlite::Error::from)?;
        let found: Digest = row.get("sha1")?;
        shared.look(found == Digest::of_bytes(body.as_bytes()), || format!("text {found}"));
        Ok(())
    })?;
    sql::VERIFY_CONFIGS.each::<rusqlite::Error>(connection, &[], |row| {
        let found: ConfigId = row.get("config_id")?;
        shared.look(found == ConfigId::of(&[row.get("snapshot")?]), || format!("configuration {found}"));
        Ok(())
    })?;
    sql::VERIFY_SPECS.each::<rusqlite::Error>(connection, &[], |row| {
        let found: SpecId = row.get("spec_id")?;
        shared.look(found == SpecId::of(&[row.get("body")?]), || format!("spec {found}"));
        Ok(())
    })?;
    sql::VERIFY_TASKS.each::<rusqlite::Error>(connection, &[], |row| {
        let found: TaskId = row.get("task_id")?;
        let expected = TaskId::of(&[json!(row.get::<_, String>("step")?), row.get("parts")?]);
        shared.look(found == expected, || format!("task {found}"));
        Ok(())
    })?;
    Ok(vec![shared, row_ids(connection)?, work_ids(connection)?, request_ids(connection)?])
}

fn row_ids(connection: &Connection) -> Result<Check, EngineError> {
    let mut check = Check::new("rows and groups have the ids of their content");
    let datasets = sql::VERIFY_DATASETS.all(connection, &[], |row| {
        Ok((row.get::<_, i64>("id")?, column_list(&row.get("columns")?), row.get::<_, Option<String>>("key_column")?))
    })?;
    for (dataset, columns, key) in datasets {
        let sorted = sorted_columns(&columns);
        let key = key.and_then(|key| columns.iter().position(|column| *column == key));
        // Only equal rows are remembered: how many of each there have been.
        let mut equal: HashMap<RowId, i64> = HashMap::new();
        let mut buffer = Vec::new();
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
            check.look(found == expected, || format!("row {found}"));
            Ok(())
        })?;
    }
    sql::VERIFY_GROUPS.each::<rusqlite::Error>(connection, &[], |row| {
        let found: GroupContextId = row.get("group_context_id")?;
        let expected = GroupContextId::of(&[json!(row.get::<_, String>("body")?)]);
        check.look(found == expected, || format!("group context {found}"));
        Ok(())
    })?;
    Ok(check)
}

fn column_list(columns: &Value) -> Vec<String> {
    columns.as_array().into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned)).collect()
}

fn work_ids(connection: &Connection) -> Result<Check, EngineError> {
    let mut check = Check::new("work items and their exact tasks have the ids of their content");
    let mut columns: (Value, Vec<String>, Vec<usize>) = (Value::Null, Vec::new(), Vec::new());
    let mut buffer = Vec::new();
    sql::VERIFY_WORK_ITEMS.each::<rusqlite::Error>(connection, &[], |row| {
        let step: String = row.get("step")?;
        let found: (WorkId, CacheId) = (row.get("work_id")?, row.get("cache_id")?);
        let named: Value = row.get("columns")?;
        if named != columns.0 {
            let list = column_list(&named);
            let sorted = sorted_columns(&list);
            columns = (named, list, sorted);
        }
        let key: Option<String> = row.get("group_key")?;
        let group = match &key {
            Some(key) => Some(plan::group_identity(row.get("group_context_id")?, key, row.get("row_count")?)),
            None => None,
        };
        let images: Option<Value> = row.get("images")?;
        let images = images.as_ref();
        let row_id: Option<RowId> = row.get("row_id")?;
        let (work_id, input_id) = match row_id {
            Some(row_id) => {
                let keyed = row.get::<_, Option<String>>("key_column")?.is_some();
                let fields = if keyed { read_fields(row)? } else { Vec::new() };
                let identity = Identity { keyed, columns: &columns.1, sorted: &columns.2 };
                (plan::work_id(&step, &plan::row_source(row_id)), identity.of_row(row_id, &fields, group, images, &mut buffer))
            }
            None => (
                plan::work_id(&step, &plan::group_source(key.as_deref().unwrap_or_default())),
                plan::group_input_id(group.unwrap_or_default(), images),
            ),
        };
        check.look(found.0 == work_id, || format!("work item {}", found.0));
        let cache_id = plan::cache_id(work_id, input_id, row.get("task_id")?);
        check.look(found.1 == cache_id, || format!("exact task of work item {}", found.0));
        Ok(())
    })?;
    derived::check(connection, &mut check)?;
    schemas::check_ids(connection, &mut check)?;
    Ok(check)
}

fn request_ids(connection: &Connection) -> Result<Check, EngineError> {
    let mut check = Check::new("requests have the ids of their content, and their prompts are exact");
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
        check.look(found == RequestId::of(&[content]), || format!("request {found}"));
        Ok(())
    })?;
    Ok(check)
}

fn rules(connection: &Connection) -> Result<Vec<Check>, EngineError> {
    let by_the_model = |it: &&AttemptOutcome| it.was_answered() && it.by_a_person().is_none();
    let answered: Vec<&str> = AttemptOutcome::ALL.iter().filter(by_the_model).map(|it| it.as_str()).collect();
    let answered = Value::from(answered);
    let valid: Vec<&str> =
        AttemptOutcome::ALL.iter().filter(|it| it.has_valid_output()).map(|it| it.as_str()).collect();
    let valid = Value::from(valid);
    let list = |what, statement: Statement, parameters: store::Named<'_>, problem: &dyn Fn(String) -> String| {
        let mut check = Check::new(what);
        check.checked = 1;
        let found = statement.all(connection, parameters, |row| {
            row.get_ref(0).map(|value| match value {
                rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                _ => String::new(),
            })
        })?;
        check.problems = found.into_iter().map(problem).collect();
        Ok::<_, EngineError>(check)
    };
    let mut rows = Check::new("every row of the input is planned");
    sql::VERIFY_ITEMS_PER_DATASET.each::<rusqlite::Error>(connection, &[], |row| {
        let (items, expected): (i64, i64) = (row.get("items")?, row.get("row_count")?);
        let step: String = row.get("step")?;
        rows.look(expected == items, || format!("{items} work items of step {step} for {expected} rows"));
        Ok(())
    })?;
    Ok(vec![
        list("rows are conserved in every step", sql::VERIFY_UNPLANNED_COUNTS, &[], &|step| {
            format!("the work items of step {step} do not add up")
        })?,
        rows,
        list("every work item is planned once", sql::VERIFY_REPEATED_WORK_IDS, &[], &|id| {
            format!("work item {id} is there twice")
        })?,
        list(
            "every answer that counts is on the tape",
            sql::VERIFY_UNANSWERED_ATTEMPTS,
            &[(":answered", &answered)],
            &|id| format!("attempt {id} has no recorded answer"),
        )?,
        list("no attempt is missing", sql::VERIFY_ATTEMPT_GAPS, &[], &|id| {
            format!("attempt {id} is not a first one, and there is none before it")
        })?,
        list(
            "every decision has its attempt",
            sql::VERIFY_STATUS_WITHOUT_REASON,
            &[(":answered", &answered), (":valid", &valid)],
            &|id| format!("work item {id} is decided otherwise than its attempts"),
        )?,
        list("several judges decided by their rule", sql::VERIFY_PANELS, &[], &|id| {
            format!("the verdict of attempt {id} does not follow from those of its judges")
        })?,
        list("what people decided is signed, and nothing else is", sql::VERIFY_UNDECIDED, &[], &|id| {
            format!("attempt {id} is not what its decision says")
        })?,
        list("what was spent is what the calls cost", sql::VERIFY_SPENDING, &[], &|invocation| {
            format!("the totals of invocation {invocation} are not those of its calls")
        })?,
    ])
}

/// The score that an accepted output has to have by a task's judge; of several, only a mean says so.
fn min_score_of(judge: &Value) -> Option<i64> {
    match judge["rule"].as_str() {
        Some("all" | "majority") => Some(0),
        _ => judge["min_score"].as_i64(),
    }
}

/// What a task demands of an output.
struct Demands {
    contract: Contract,
    min_score: Option<i64>,
    /// Whether a model was asked; a rule's output is worked out again by a replay.
    asks: bool,
}

fn outputs(connection: &Connection) -> Result<Check, EngineError> {
    let mut check = Check::new(
        "every accepted output is valid against its schema, and was answered by the model and passed by its judge, or is \
         what a person decided",
    );
    let mut tasks: HashMap<i64, Option<Demands>> = HashMap::new();
    sql::VERIFY_OUTPUTS.each::<rusqlite::Error>(connection, &[], |row| {
        let task: i64 = row.get("task")?;
        if let Entry::Vacant(unread) = tasks.entry(task) {
            let parts: Value = sql::VERIFY_TASK_PARTS.row(connection, &[(":task", &task)], |row| row.get("parts"))?;
            let closed = canonical::to_string(&parts["schema"]["closed"]);
            let (min_score, asks) = (min_score_of(&parts["judge"]), parts["rule"].is_null());
            let kind = AnswerKind::of_key(parts["answer"].as_str());
            let contract = kind.and_then(|kind| Contract::parse_as(kind, Some(&closed), "the recorded schema").ok());
            let demands = contract.map(|contract| Demands { contract, min_score, asks });
            unread.insert(demands);
        }
        let work_id: String = row.get("work_id")?;
        let Some(Some(demands)) = tasks.get(&task) else {
            check.look(false, || format!("the schema of work item {work_id} cannot be read"));
            return Ok(());
        };
        let output: Value = row.get("output")?;
        let answer: Option<String> = row.get("answer")?;
        let answered = !demands.asks
            || answer.is_some_and(|answer| {
                // The record holds outputs in canonical form: `1.0` in an answer is `1` there.
                let read = demands.contract.read(&answer);
                read.is_ok_and(|it| canonical::to_string(&it) == canonical::to_string(&output))
            });
        let decided: Option<DecisionKind> = row.get("decided")?;
        // What a person wrote is nobody's answer; what a person accepted is the model's, or was accepted before.
        let before: Option<Value> = row.get("before")?;
        let there = match decided {
            Some(DecisionKind::Edit) => true,
            Some(_) => answered || before.is_some_and(|it| canonical::to_string(&it) == canonical::to_string(&output)),
            None => answered,
        };
        let valid = there && demands.contract.validate(&output).is_ok();
        let same: bool = row.get("same_item")?;
        let outcome = if decided.is_some() { AttemptOutcome::HumanAccepted } else { AttemptOutcome::Accepted };
        let accepted = row.get::<_, AttemptOutcome>("outcome")? == outcome && same;
        let passed = match demands.min_score {
            _ if decided.is_some() => true,
            Some(min) => {
                row.get::<_, Option<String>>("verdict")?.as_deref() == Some("PASS")
                    && row.get::<_, Option<i64>>("score")?.is_some_and(|score| score >= min)
            }
            None => true,
        };
        check.look(valid && accepted && passed, || format!("the output of work item {work_id}"));
        Ok(())
    })?;
    Ok(check)
}

fn images(connection: &Connection) -> Result<Check, EngineError> {
    let mut check = Check::new("images have the digests of their bytes, and are what they say");
    sql::VERIFY_IMAGES.each::<rusqlite::Error>(connection, &[], |row| {
        let data = row.get_ref("data")?.as_blob().map_err(rusqlite::Error::from)?;
        let (sha1, kind): (Digest, String) = (row.get("sha1")?, row.get("media_type")?);
        let counted = row.get::<_, i64>("bytes")?.unsigned_abs() == data.len() as u64;
        let same = sha1 == Digest::of_bytes(data) && image::media_type(data) == Some(kind.as_str());
        check.look(counted && same, || format!("image {sha1}"));
        Ok(())
    })?;
    Ok(check)
}

fn artifacts(connection: &Connection) -> Result<Check, EngineError> {
    let mut check = Check::new("files have the digests of their bytes");
    let all = sql::VERIFY_ARTIFACTS.all(connection, &[], |row| {
        Ok((row.get::<_, i64>("id")?, row.get::<_, String>("name")?, row.get::<_, Digest>("sha1")?))
    })?;
    for (id, name, sha1) in all {
        let mut hash = Hashing(sha1::Sha1::default());
        let read = artifact::read(connection, id, &mut hash);
        let found = Digest::from_hash(sha1::Digest::finalize(hash.0).into());
        check.look(read.is_ok() && found == sha1, || format!("{name} ({sha1})"));
    }
    Ok(check)
}

struct Hashing(sha1::Sha1);

impl std::io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        sha1::Digest::update(&mut self.0, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
