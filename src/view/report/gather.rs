//! Reads a report from the record.

use rusqlite::{Connection, ToSql};
use serde_json::Value;

use super::columns::{FinishedWork, json, outcome_counts, plain, texts};
use super::error::ReportError;
use super::model::{
    Anomaly, AnsweringModel, Configuration, DatasetFacts, Decisions, Report, ReportOptions, ReportQuery, RunFacts,
    StageRun, StepOutcome,
};
use super::number::{Count, clipped};
use super::{agreement, answers, calls, documents, items, pace, quality, steps, values};
use crate::record::{Stage, VariantAt};
use crate::store::sql;
use crate::view::text::stage_of_step;

/// How many examples of each kind of anomaly are shown.
const EXAMPLES: i64 = 3;
/// How many characters of a message are shown.
const LONGEST_DETAIL: usize = 400;

/// Reads the report, in one transaction.
pub fn gather(connection: &Connection, options: ReportOptions) -> Result<Report, ReportError> {
    // Another process may be writing: one transaction sees one state. A stage already runs in its own.
    let snapshot = connection.is_autocommit().then(|| connection.unchecked_transaction()).transpose()?;
    let report = read(connection, options)?;
    if let Some(snapshot) = snapshot {
        snapshot.finish()?;
    }
    Ok(report)
}

fn read(connection: &Connection, options: ReportOptions) -> Result<Report, ReportError> {
    let ingested = work(connection, Stage::Ingest)?;
    let contract = work(connection, Stage::Contract)?;
    let mut run = run_facts(connection, &ingested)?;
    let exported = work(connection, Stage::Export)?.outputs;
    run.configuration.artifacts = exported.as_object().into_iter().flat_map(|it| it.keys().cloned()).collect();
    let fields = values::output_fields(&contract);
    let last = last_step(connection)?;
    let groups = answers::groups(connection, &last.steps)?;
    let failures = items::failures(connection)?;
    let (attempts, calls) = (answers::attempts(connection)?, calls::calls(connection)?);
    let samples = items::samples(connection, options, &groups, &fields, &last.steps)?;
    let example = failures
        .items
        .first()
        .map(|item| item.work_id.as_str())
        .or_else(|| samples.iter().flat_map(|group| &group.samples).map(|sample| sample.work_id.as_str()).next());
    let documents = documents::documents(connection)?;
    let outcomes = sql::VIEW_REPORT_PROGRESS
        .all(connection, &[], |row| Ok(StepOutcome { step: row.get("step")?, counts: outcome_counts(row)? }))?;
    Ok(Report {
        sample_answers: run.answerers.iter().filter(|it| it.provider == "sample").map(|it| it.answers).sum(),
        decisions: sql::VIEW_REPORT_DECISIONS.all(connection, &[], |row| {
            let (accepted, rejected) = (Count(row.get("accepted")?), Count(row.get("rejected")?));
            Ok(Decisions { decided_by: row.get("decided_by")?, accepted, rejected })
        })?,
        experiment: None,
        graph: None,
        held_back: steps::held_back(connection)?,
        readers: steps::readers(connection, &outcomes)?,
        agreement: agreement::agreement(connection)?,
        fields: values::distributions(connection, &fields, &groups, &last.steps)?,
        columns: if groups.is_empty() { items::by_column(connection, &last.steps)? } else { Vec::new() },
        queries: queries(example, &outcomes, documents.is_some()),
        documents,
        judging: answers::judging(connection, run.configuration.min_score)?,
        anomalies: anomalies(connection)?,
        empty_columns: quality::empty_columns(&ingested, run.dataset.as_ref()),
        equal_rows: quality::equal_rows(connection, &ingested, run.dataset.as_ref())?,
        checks: quality::checks(connection, &attempts, &calls)?,
        attempts,
        calls,
        pace: pace::pace(connection)?,
        last: StepOutcome {
            step: last.name,
            counts: outcomes.iter().filter(|it| last.full_names.contains(&it.step)).map(|it| it.counts).sum(),
        },
        steps: outcomes,
        run,
        groups,
        failures,
        samples,
    })
}

/// The last step, or all perspectives of it.
struct LastStep {
    name: String,
    full_names: Vec<String>,
    /// The steps (rowids) as a JSON list for statements.
    steps: String,
}

fn last_step(connection: &Connection) -> rusqlite::Result<LastStep> {
    let (mut name, mut full_names, mut ids, mut perspectives) = (String::new(), Vec::new(), Vec::new(), Vec::new());
    let base: [(&'static str, &dyn ToSql); 2] =
        [(":variant", &VariantAt::BASE.number), (":repeat", &VariantAt::BASE.repeat)];
    sql::RECORD_LAST_STEPS.each::<rusqlite::Error>(connection, &base, |row| {
        let (full, perspective): (String, Option<String>) = (row.get("name")?, row.get("perspective")?);
        let short = perspective.as_ref().and_then(|it| full.strip_suffix(it.as_str())?.strip_suffix('.'));
        short.unwrap_or(&full).clone_into(&mut name);
        ids.push(row.get::<_, i64>("id")?);
        perspectives.extend(perspective);
        full_names.push(full);
        Ok(())
    })?;
    if !perspectives.is_empty() {
        name = format!("{name} ({})", perspectives.join(", "));
    }
    Ok(LastStep { name, full_names, steps: Value::from(ids).to_string() })
}

fn work(connection: &Connection, stage: Stage) -> rusqlite::Result<FinishedWork> {
    let found = sql::VIEW_REPORT_WORK.first(connection, &[(":stage", &stage)], |row| {
        Ok(FinishedWork { outputs: json(row, "outputs")?, counts: json(row, "counts")? })
    })?;
    Ok(found.unwrap_or_default())
}

fn run_facts(connection: &Connection, ingested: &FinishedWork) -> rusqlite::Result<RunFacts> {
    let configuration = sql::VIEW_REPORT_CONFIG
        .first(connection, &[], |row| Ok(configuration(row.get("config_id")?, &json(row, "snapshot")?)))?;
    // The data set of the latest plan: a later ingest counts only once it is planned.
    let planned: Option<Option<i64>> = sql::RECORD_LATEST_DATASET.first(connection, &[], |row| row.get("dataset"))?;
    let dataset_of_run = planned.flatten().or_else(|| ingested.outputs["dataset"].as_i64());
    Ok(RunFacts {
        configuration: configuration.unwrap_or_default(),
        answerers: sql::VIEW_REPORT_ANSWERED.all(connection, &[], |row| {
            Ok(AnsweringModel {
                provider: row.get("provider")?,
                model: row.get("model")?,
                purpose: row.get("purpose")?,
                answers: Count(row.get("answers")?),
                parameters: sent(&json(row, "parameters")?),
            })
        })?,
        dataset: match dataset_of_run {
            Some(id) => dataset(connection, id)?,
            None => None,
        },
        stages: sql::VIEW_REPORT_STAGES.all(connection, &[], |row| {
            Ok(StageRun {
                stage: row.get("stage")?,
                step: row.get("step")?,
                variant: row.get("variant")?,
                status: row.get("status")?,
                message: row.get::<_, Option<String>>("message")?.map(|text| clipped(&text, LONGEST_DETAIL)),
                started_at: row.get("started_at")?,
                ended_at: row.get("ended_at")?,
                invocation: row.get("invocation")?,
                version: row.get("version")?,
            })
        })?,
    })
}

/// The parameters that have a value.
fn sent(parameters: &Value) -> Vec<(String, String)> {
    let all = parameters.as_object().into_iter().flatten();
    all.filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), plain(value))).collect()
}

fn configuration(config_id: String, snapshot: &Value) -> Configuration {
    // A plain batch has one step, and no list of them.
    let steps = snapshot["steps"].as_array().map_or_else(|| std::slice::from_ref(&snapshot["config"]), Vec::as_slice);
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let first = steps.first().unwrap_or(&Value::Null);
    // A setting is reported only if all steps that have it agree.
    let common = |pick: &dyn Fn(&Value) -> Option<Value>| {
        let mut picked = steps.iter().filter_map(pick).filter(|it| !it.is_null());
        let one = picked.next()?;
        picked.all(|it| it == one).then_some(one)
    };
    let of_llm = |key: &'static str| common(&move |step| Some(step["llm"].get(key)?.clone()));
    let judge = |step: &Value| Some(&step["judge"]).filter(|judge| judge.is_object()).cloned();
    let judge_model = |step: &Value| {
        let own = judge(step)?["llm"]["model"].clone();
        Some(if own.is_null() { step["llm"]["model"].clone() } else { own })
    };
    Configuration {
        config_id,
        name: text(&first["run"]["name"]).unwrap_or_default(),
        file: None,
        artifacts: Vec::new(),
        provider: of_llm("provider").and_then(|it| text(&it["name"])),
        model: of_llm("model").and_then(|it| text(&it)),
        files: named_files(first, steps),
        out_dir: text(&first["outputs"]["dir"]),
        judge_model: common(&judge_model).and_then(|it| text(&it)),
        min_score: common(&|step| Some(judge(step)?["min_score"].clone())).and_then(|it| it.as_i64()),
    }
}

/// The files that a configuration names: its input, and the prompts and schemas of its steps, each once.
fn named_files(first: &Value, steps: &[Value]) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut add = |key: &str, path: &Value| {
        let named = (key.to_owned(), path.as_str().unwrap_or_default().to_owned());
        if !named.1.is_empty() && !found.contains(&named) {
            found.push(named);
        }
    };
    add("input", &first["input"]["path"]);
    if let Some(command) = first["input"]["command"].as_array() {
        let words: Vec<&str> = command.iter().filter_map(Value::as_str).collect();
        add("input's command", &Value::from(words.join(" ")));
    }
    for step in steps {
        add("prompt", &step["prompts"]["generation"]);
        add("judge's prompt", &step["judge"]["prompt"]);
        add("schema", &step["schema"]["path"]);
    }
    found
}

fn dataset(connection: &Connection, id: i64) -> rusqlite::Result<Option<DatasetFacts>> {
    sql::VIEW_REPORT_DATASET.first(connection, &[(":dataset", &id)], |row| {
        Ok(DatasetFacts {
            id,
            name: row.get("name")?,
            format: row.get("format")?,
            sha1: row.get("sha1")?,
            bytes: Count(row.get("bytes")?),
            columns: texts(&json(row, "columns")?),
            key_column: row.get("key_column")?,
            rows: Count(row.get("row_count")?),
        })
    })
}

fn anomalies(connection: &Connection) -> rusqlite::Result<Vec<Anomaly>> {
    let mut found: Vec<Anomaly> = Vec::new();
    sql::VIEW_REPORT_ANOMALIES.each::<rusqlite::Error>(connection, &[(":examples", &EXAMPLES)], |row| {
        let (stage, step): (String, Option<String>) = (row.get("stage")?, row.get("step")?);
        let (stage, kind) = (stage_of_step(&stage, step.as_deref()), row.get::<_, String>("kind")?);
        let short = |text: String| clipped(&text, LONGEST_DETAIL);
        let example = (row.get::<_, Option<String>>("subject")?.map(short), short(row.get("detail")?));
        match found.last_mut() {
            Some(last) if last.stage == stage && last.kind == kind => last.examples.push(example),
            _ => found.push(Anomaly { stage, kind, total: Count(row.get("total")?), examples: vec![example] }),
        }
        Ok(())
    })?;
    Ok(found)
}

fn queries(example: Option<&str>, steps: &[StepOutcome], has_documents: bool) -> Vec<ReportQuery> {
    let mut list = vec![
        ("The results, with every input column and every output field", "SELECT * FROM results LIMIT 20".to_owned()),
        (
            "Failures and rejections, by kind",
            "SELECT status, kind, count(*) AS items FROM failures GROUP BY status, kind ORDER BY items DESC".to_owned(),
        ),
    ];
    let story = |which: &str| {
        format!("SELECT attempt, outcome, detail, prompt, answer, verdict, score, reasons FROM attempts WHERE {which}")
    };
    list.push((
        "All attempts at one work item, with prompts, answers and verdicts",
        match example.filter(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
            Some(id) => format!("{} ORDER BY decided_at", story(&format!("work_id = '{id}'"))),
            None => format!("{} ORDER BY decided_at LIMIT 20", story("current")),
        },
    ));
    list.push(("Costs and savings of each model", "SELECT * FROM costs".to_owned()));
    list.push((
        "All outputs that were ever accepted, with their configurations",
        "SELECT work_id, output, model, config_id, current FROM history ORDER BY work_id, created_at LIMIT 20"
            .to_owned(),
    ));
    if has_documents {
        let claims = "SELECT work_id, path, status, document, line_start, line_end, quote, text FROM evidence LIMIT 20";
        list.push(("What outputs cite of documents, and what stands there", claims.to_owned()));
    }
    if steps.len() > 1 {
        list.push(("The work items that each output is made from", "SELECT * FROM lineage LIMIT 20".to_owned()));
        list.push(("Work items that are skipped or blocked, and why", "SELECT * FROM held_back LIMIT 20".to_owned()));
    }
    if steps.iter().any(|it| it.step.contains('.')) {
        list.push(("Rows on which readers disagree", format!("{} LIMIT 20", super::present::ALL_DISPUTES)));
    }
    list.into_iter().map(|(question, sql)| ReportQuery { question: question.to_owned(), sql }).collect()
}
