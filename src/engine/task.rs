//! Making the tasks of a compiled project: their parts and ids, the parties that are asked, and their rowids.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::compile::CompiledStep;
use super::error::EngineError;
use super::register::Register;
use super::step_reads::by_row;
use super::task_parts::{parts, reading, specs};
use crate::config::{Each, JudgeRule};
use crate::project::spec::sends_seed;
use crate::project::{Asking, Project, ProjectError, Setup};
use crate::prompt::{ContextBuilder, DocumentUse, MatchTemplates, Prompt, literals};
use crate::provider::RequestSpec;
use crate::record::{TaskId, VariantAt};
use crate::schema::verdict_contract;
use crate::stage::generate::panel::PanelRule;
use crate::stage::generate::{Action, Asks, CandidateRule, Party, Reading, RowCalls, Task, TaskJudge, fold};
use crate::stage::knowledge::RecordedDocuments;
use crate::store::sql;

/// The documents that templates read, and the digests that stand for them in exact tasks.
#[derive(Default)]
pub(super) struct ReadDocuments {
    documents: Arc<RecordedDocuments>,
    /// Of the input; `None` where it is no documents.
    input: Option<String>,
    /// Of the collections, by name.
    knowledge: BTreeMap<String, String>,
}

impl ReadDocuments {
    /// The `documents` of the data sets of the input and of the collections (rowids).
    pub(super) fn of(
        connection: &Connection,
        documents: &Arc<RecordedDocuments>,
        (input, knowledge): (Option<i64>, &BTreeMap<String, i64>),
    ) -> rusqlite::Result<Self> {
        let digest = |dataset: &i64| {
            sql::INGEST_DATASET.row(connection, &[(":dataset", dataset)], |row| row.get::<_, String>("dataset_id"))
        };
        let collections = knowledge.iter().map(|(name, dataset)| Ok((name.clone(), digest(dataset)?)));
        Ok(Self {
            documents: documents.clone(),
            input: input.as_ref().map(digest).transpose()?,
            knowledge: collections.collect::<rusqlite::Result<_>>()?,
        })
    }

    /// What a step reads of them, for its exact task; null where it reads none.
    fn parts(&self, uses: &DocumentUse) -> Value {
        let mut parts = Map::new();
        if let Some(input) = self.input.as_ref().filter(|_| uses.input) {
            parts.insert("input".to_owned(), json!(input));
        }
        let knowledge = self.knowledge.iter().filter(|(name, _)| uses.reads(name));
        let knowledge: Map<String, Value> = knowledge.map(|(name, digest)| (name.clone(), json!(digest))).collect();
        if !knowledge.is_empty() {
            parts.insert("knowledge".to_owned(), Value::Object(knowledge));
        }
        if parts.is_empty() { Value::Null } else { Value::Object(parts) }
    }
}

/// The position of a task in a run.
#[derive(Clone, Copy, Debug)]
struct StepPosition {
    /// The step's rowid.
    step: i64,
    /// Its place among the steps.
    place: usize,
    /// The route of its first model.
    route: usize,
}

/// The tasks of a project under a variant, in a repeat, step by step, with rowids from `register`, each with the
/// builder of its contexts.
pub(super) fn tasks(
    register: Register<'_>,
    (project, at): (&Project, VariantAt),
    compiled: Vec<CompiledStep>,
    read: &ReadDocuments,
) -> Result<Vec<(Task, Option<ContextBuilder>)>, EngineError> {
    let steps = register.steps(project, at)?;
    let mut route = 0;
    let mut tasks = Vec::with_capacity(steps.len());
    for (place, ((setup, compiled), step)) in project.steps.iter().zip(compiled).zip(steps).enumerate() {
        tasks.push(task(register, setup, (compiled, read), StepPosition { step, place, route })?);
        route += setup.asking.as_ref().map_or(0, |asking| asking.generating().count() + asking.judges.len());
    }
    Ok(tasks)
}

/// A step's task, ready for work.
fn task(
    register: Register<'_>,
    setup: &Setup,
    (compiled, read): (CompiledStep, &ReadDocuments),
    standing: StepPosition,
) -> Result<(Task, Option<ContextBuilder>), EngineError> {
    let StepPosition { step, place, route } = standing;
    let config = &setup.config;
    let asking = setup.asking.as_ref();
    let (generation, judges) = specs(setup);
    let mut parts = parts(setup, &compiled, &generation, &judges);
    let documents = read.parts(&compiled.documents);
    if !documents.is_null() {
        parts["documents"] = documents;
    }
    let name = config.step.name().to_owned();
    let id = TaskId::of(&[json!(name), parts.clone()]);
    let row = register.task(step, id, &parts)?;
    let llm_schema: Arc<str> = Arc::from(setup.shown_contract());
    let verdict_schema: Arc<str> = Arc::from(verdict_contract().prompt_text());
    let action = match (asking, compiled.rule) {
        (_, Some(rule)) => Action::Rule(rule),
        (Some(asking), None) => {
            let matches = (compiled.generation_match, compiled.judge_matches);
            let column_of_calls = by_row(setup).and_then(|it| compiled.columns.position(&it.column));
            let ways = (route, column_of_calls);
            Action::Ask(Box::new(asks(register, setup, asking, (generation, judges), matches, ways)?))
        }
        (None, None) => return Err(ProjectError::Snapshot(format!("step `{name}` neither asks nor has a rule")).into()),
    };
    let retries = config.llm.as_ref().map_or(0, |llm| llm.retries);
    let task = Task {
        step,
        name,
        row,
        id,
        action,
        when: compiled.when,
        verdict: config.step.verdict,
        authors: config.step.each == Each::Task,
        place,
        perspective: config.step.perspective.as_ref().map(|it| it.name.clone()),
        contract: Arc::clone(&setup.contract),
        checks: compiled.checks,
        evidence: compiled.evidence,
        columns: compiled.columns,
        variables: compiled.variables,
        input_column: compiled.input_column,
        llm_schema,
        again: setup.asked.form().again(),
        verdict_schema,
        max_attempts: retries.saturating_add(1),
        accept: config.accept.map(|it| CandidateRule { outputs: it.outputs as usize, candidates: it.candidates }),
        share: config.cache.share,
        reads_lines: compiled.reads_lines,
        gold: compiled.gold,
        documents: compiled.documents.is_any().then(|| read.documents.clone()),
    };
    Ok((task, compiled.context))
}

/// The parties that a step asks, with their routes from `route` on.
fn asks(
    register: Register<'_>,
    setup: &Setup,
    asking: &Asking,
    (generation, judges): (Vec<RequestSpec>, Vec<RequestSpec>),
    (generation_match, judge_matches): (Option<MatchTemplates>, Vec<Option<MatchTemplates>>),
    (route, column_of_calls): (usize, Option<usize>),
) -> Result<Asks, EngineError> {
    let mut route = route..;
    let mut next = || route.next().unwrap_or_default();
    let llm_schema = &*setup.shown_contract();
    let mut parties = Vec::with_capacity(generation.len());
    let shown =
        asking.judges.first().map_or_else(|| verdict_contract().prompt_text(), |it| it.contract().prompt_text());
    for spec in generation {
        parties.push(party(
            register,
            asking.prompt.clone(),
            spec,
            generation_match.clone(),
            &[llm_schema, shown],
            (next(), reading(&asking.llm)),
        )?);
    }
    let mut found = Vec::with_capacity(judges.len());
    for ((it, spec), matching) in asking.judges.iter().zip(judges).zip(judge_matches) {
        let shown = it.contract().prompt_text();
        found.push(TaskJudge {
            party: party(
                register,
                it.prompt.clone(),
                spec,
                matching,
                &[llm_schema, shown],
                (next(), reading(&it.config.llm)),
            )?,
            name: it.config.name.clone(),
            min_score: it.config.min_score,
            rubric: it.rubric.clone(),
            verdict_schema: Arc::from(shown),
        });
    }
    let panel = setup.config.panel.as_ref().map(|panel| {
        let rule = match panel.rule {
            JudgeRule::All => PanelRule::All,
            JudgeRule::Majority => PanelRule::Majority,
            JudgeRule::Mean => PanelRule::Mean,
        };
        (rule, panel.min_score)
    });
    let mut parties = parties.into_iter();
    let generation = parties.next().ok_or_else(|| ProjectError::Snapshot("a step asks no model".to_owned()))?;
    let escalated = parties.by_ref().take(asking.escalated.len()).collect();
    let sends_seed = sends_seed(&asking.llm);
    let by_row = column_of_calls.map(|column| RowCalls { column, parties: parties.collect(), sends_seed });
    Ok(Asks { generation, escalated, by_row, judges: found, panel })
}

fn party(
    register: Register<'_>,
    prompt: Prompt,
    spec: RequestSpec,
    matching: Option<MatchTemplates>,
    schemas: &[&str],
    (route, reading): (usize, Reading),
) -> Result<Party, EngineError> {
    let spec_id = spec.id();
    let spec_row = register.spec(&spec, spec_id)?;
    let mut texts: Vec<&str> = schemas.iter().copied().filter(|text| !text.is_empty()).collect();
    texts.extend(prompt.sources().flat_map(literals));
    texts.retain(|text| text.len() >= fold::WORTH_SHARING);
    texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
    texts.dedup();
    let mut shared = Vec::with_capacity(texts.len());
    for text in texts {
        shared.extend(register.text(text)?.map(|id| fold::SharedText::new(id, text)));
    }
    Ok(Party { prompt, spec: Arc::new(spec), spec_id, spec_row, matching, shared, route, reading })
}
