//! From a project and the input's columns to the task: everything compiled, checked and on record.

use std::sync::Arc;

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::error::EngineError;
use super::project::Project;
use super::spec::{self, spec};
use crate::config::{Grouping as GroupingConfig, Llm, Provider};
use crate::prompt::{Checks, Columns, ContextBuilder, Known, MatchTemplates, Prompt, Purpose, literals};
use crate::provider::RequestSpec;
use crate::record::{Digest, TaskId};
use crate::schema::verdict_contract;
use crate::stage::generate::{Judge, Party, Task, fold, tape};
use crate::stage::plan::Grouping;
use crate::stage::{STEP, share_text};
use crate::store::sql;

/// A project's templates, compiled and checked against the input's columns. Nothing is on record yet.
pub struct Compiled {
    /// The input's columns, as templates see them.
    pub columns: Arc<Columns>,
    /// How contexts are built; `None` where nothing uses one.
    pub context: Option<ContextBuilder>,
    /// What becomes a work item.
    pub grouping: Grouping,
    checks: Checks,
    generation_match: Option<MatchTemplates>,
    judge_match: Option<MatchTemplates>,
    /// Warnings for people.
    pub notes: Vec<String>,
}

/// Compiles and checks everything that depends on the input's columns.
pub fn compile(project: &Project, names: &[String]) -> Result<Compiled, EngineError> {
    let config = &project.config;
    let columns = Columns::new(names);
    let mode = config.grouping.as_ref().map(|grouping| grouping.mode);
    let fields: Vec<String> = project.contract.fields().iter().map(|field| field.name.clone()).collect();
    let known = |purpose| Known::new(purpose, &columns, mode, Some(&fields));
    project.generation.check(&known(Purpose::Generation))?;
    if let Some(judge) = &project.judge {
        judge.check(&known(Purpose::Judge))?;
    }
    let checks = Checks::compile(&config.checks, &known(Purpose::Check))?;
    let matching = |llm: &Llm, key: &str| match &llm.provider {
        Provider::Recorded(recorded) => {
            MatchTemplates::compile(&recorded.matching, &recorded.values, key, &known(Purpose::Match)).map(Some)
        }
        _ => Ok(None),
    };
    let generation_match = matching(&config.llm, "llm.recorded")?;
    let judge_match = match &config.judge {
        Some(judge) => matching(&judge.llm, "judge.llm.recorded")?,
        None => None,
    };
    let grouping = match &config.grouping {
        None => Grouping::Rows,
        Some(grouping) => grouping_of(grouping, names)?,
    };
    let uses_context = uses_context(project);
    let context = if uses_context {
        Some(ContextBuilder::new(&config.context, config.grouping.as_ref(), &columns)?)
    } else {
        None
    };
    let mut notes = Vec::new();
    notes.extend(spec::notes(&config.llm, "llm", &project.contract, project.generation.mentions("llm_schema"))?);
    if let (Some(judge), Some(prompt)) = (&config.judge, &project.judge) {
        let shown = prompt.mentions("verdict_schema");
        notes.extend(spec::notes(&judge.llm, "judge.llm", verdict_contract(), shown)?);
    }
    if project.judge.as_ref().is_some_and(|judge| !judge.mentions("output")) {
        notes.push("the judge's prompt does not show what is to be judged (`{{ output }}`)".to_owned());
    }
    Ok(Compiled { columns, context, grouping, checks, generation_match, judge_match, notes })
}

fn grouping_of(grouping: &GroupingConfig, names: &[String]) -> Result<Grouping, EngineError> {
    use crate::config::GroupingMode;
    let position = names.iter().position(|name| *name == grouping.column).ok_or_else(|| EngineError::NoColumn {
        key: "grouping.column",
        column: grouping.column.clone(),
        columns: names.to_vec(),
    })?;
    Ok(match grouping.mode {
        GroupingMode::GroupOutput => Grouping::Groups(position),
        GroupingMode::RowOutputWithGroupContext => Grouping::RowsWithGroup(position),
    })
}

/// Whether anything that is rendered could use `context`. A text that only looks like it is taken as one that does.
fn uses_context(project: &Project) -> bool {
    let config = &project.config;
    let in_recorded = |llm: &Llm| match &llm.provider {
        Provider::Recorded(recorded) => {
            recorded.matching.values().chain(recorded.values.values()).any(|template| template.contains("context"))
        }
        _ => false,
    };
    project.generation.mentions("context")
        || project.judge.as_ref().is_some_and(|judge| judge.mentions("context"))
        || config.checks.iter().any(|check| check.expr.contains("context"))
        || config.checks.iter().any(|check| check.message.as_ref().is_some_and(|it| it.contains("context")))
        || in_recorded(&config.llm)
        || config.judge.as_ref().is_some_and(|judge| in_recorded(&judge.llm))
}

/// Everything that makes a task what it is, by name.
fn parts(project: &Project, uses_context: bool, generation: &RequestSpec, judge: Option<&RequestSpec>) -> Value {
    let config = &project.config;
    let matching = |llm: &Llm| match &llm.provider {
        Provider::Recorded(recorded) => json!({"match": recorded.matching, "values": recorded.values}),
        _ => Value::Null,
    };
    let shown = |prompt: &Prompt, text: &str| prompt.mentions(text);
    let verdict = verdict_contract();
    json!({
        "prompt": project.generation.digest_parts(),
        "schema": {
            "closed": project.contract.closed(),
            "shown": shown(&project.generation, "llm_schema").then(|| project.contract.prompt_text()),
        },
        "context": uses_context.then(|| json!(config.context)),
        "grouping": config.grouping,
        "model": generation.to_value(),
        "match": matching(&config.llm),
        "checks": config.checks,
        "judge": config.judge.as_ref().zip(project.judge.as_ref()).zip(judge).map(|((judge, prompt), spec)| json!({
            "prompt": prompt.digest_parts(),
            "schema": Digest::of_value(verdict.closed()).to_string(),
            "min_score": judge.min_score,
            "model": spec.to_value(),
            "match": matching(&judge.llm),
        })),
    })
}

/// Puts the task on record and returns it, ready for work.
pub fn record(
    tx: &Transaction<'_>,
    project: &Project,
    compiled: Compiled,
    now: &str,
) -> Result<(Task, Option<ContextBuilder>), EngineError> {
    let config = &project.config;
    sql::RECORD_INSERT_STEP.execute(tx, &[(":name", &STEP), (":position", &0)])?;
    let step: i64 = sql::RECORD_STEP_ROWID.row(tx, &[(":name", &STEP)], |row| row.get("id"))?;
    let seed = config.run.seed;
    let generation = spec(&config.llm, &project.contract, seed, project.tables.generation.as_ref());
    let judge_spec =
        config.judge.as_ref().map(|it| spec(&it.llm, verdict_contract(), seed, project.tables.judge.as_ref()));
    let parts = parts(project, compiled.context.is_some(), &generation, judge_spec.as_ref());
    let id = TaskId::of(&[json!(STEP), parts.clone()]);
    sql::RECORD_INSERT_TASK
        .execute(tx, &[(":task_id", &id), (":step", &step), (":parts", &parts.to_string()), (":now", &now)])?;
    let row = sql::RECORD_TASK_ROWID.row(tx, &[(":task_id", &id)], |row| row.get("id"))?;
    let llm_schema: Arc<str> = Arc::from(project.contract.prompt_text());
    let verdict_schema: Arc<str> = Arc::from(verdict_contract().prompt_text());
    let schemas = [&*llm_schema, &*verdict_schema];
    let generation = party(tx, project.generation.clone(), generation, compiled.generation_match, &schemas)?;
    let judge = match (config.judge.as_ref(), project.judge.as_ref(), judge_spec) {
        (Some(judge), Some(prompt), Some(spec)) => Some(Judge {
            party: party(tx, prompt.clone(), spec, compiled.judge_match, &schemas)?,
            min_score: judge.min_score,
        }),
        _ => None,
    };
    let task = Task {
        step,
        row,
        id,
        generation,
        judge,
        contract: Arc::clone(&project.contract),
        checks: compiled.checks,
        columns: compiled.columns,
        llm_schema,
        verdict_schema,
        max_attempts: config.llm.retries.saturating_add(1),
        share: config.cache.share,
    };
    Ok((task, compiled.context))
}

fn party(
    tx: &Transaction<'_>,
    prompt: Prompt,
    spec: RequestSpec,
    matching: Option<MatchTemplates>,
    schemas: &[&str],
) -> Result<Party, EngineError> {
    let spec_id = spec.id();
    let spec_row = tape::spec(tx, &spec, spec_id)?;
    let mut texts: Vec<&str> = schemas.iter().copied().filter(|text| !text.is_empty()).collect();
    let templates = [prompt.system(), Some(prompt.user()), prompt.retry()];
    texts.extend(templates.into_iter().flatten().flat_map(literals));
    texts.retain(|text| text.len() >= fold::WORTH_SHARING);
    texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
    texts.dedup();
    let shared = texts
        .into_iter()
        .map(|text| Ok(fold::Shared::new(share_text(tx, text)?, text)))
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(Party { prompt, spec: Arc::new(spec), spec_id, spec_row, matching, shared })
}
