//! From a project and the input's columns to the task: everything compiled, checked and on record.

use std::sync::Arc;

use rusqlite::{Connection, Transaction};
use serde_json::{Value, json};

use super::error::EngineError;
use super::graph;
use super::project::{Asking, Judging, Project, Setup};
use super::register::Register;
use super::spec::{self, spec};
use crate::config::{
    Config, Cover, Each, Grouping as GroupingConfig, GroupingMode, JoinKey, JudgeRule, Llm, Pairs, Provider, nearest,
};
use crate::prompt::{
    Checks, Columns, Condition, ContextBuilder, Known, MatchTemplates, Prompt, Purpose, Rule, literals,
};
use crate::provider::RequestSpec;
use crate::record::{Digest, TaskId};
use crate::schema::verdict_contract;
use crate::stage::generate::panel::PanelRule;
use crate::stage::generate::{Accept, Action, Asks, Judge, Party, Task, fold};
use crate::stage::plan::Grouping;

/// A step's templates, compiled and checked against the input's columns. Nothing is on record yet.
pub struct Compiled {
    /// The input's columns, as templates see them.
    pub columns: Arc<Columns>,
    /// How contexts are built; `None` where nothing uses one.
    pub context: Option<ContextBuilder>,
    /// What becomes a work item, where that is a row or a group.
    pub grouping: Grouping,
    checks: Checks,
    when: Option<Condition>,
    rule: Option<Rule>,
    generation_match: Option<MatchTemplates>,
    judge_matches: Vec<Option<MatchTemplates>>,
    /// Warnings for people.
    pub notes: Vec<String>,
}

/// Compiles and checks everything that depends on the input's columns, step by step.
pub fn compile_all(project: &Project, names: &[String]) -> Result<Vec<Compiled>, EngineError> {
    (0..project.steps.len()).map(|index| compile(project, index, names)).collect()
}

fn compile(project: &Project, index: usize, names: &[String]) -> Result<Compiled, EngineError> {
    let setup = &project.steps[index];
    let config = &setup.config;
    check_each(project, config)?;
    let columns = Columns::new(names);
    let fields: Vec<String> = setup.contract.fields().iter().map(|field| field.name.clone()).collect();
    let known = |purpose| known(project, index, purpose, &columns, &fields);
    if let Some(asking) = &setup.asking {
        asking.prompt.check(&known(Purpose::Generation))?;
        for judge in &asking.judges {
            judge.prompt.check(&known(Purpose::Judge))?;
        }
        check_images(setup)?;
    }
    let checks = Checks::compile(&config.checks, &known(Purpose::Check))?;
    let source = known(Purpose::Generation);
    let step = &config.step;
    let key = |key: &str| if step.is_plain() { key.to_owned() } else { format!("steps.{}.{key}", step.name) };
    let when = config.step.when.as_ref().map(|when| Condition::compile(when, &key("when"), &source)).transpose()?;
    let rule = config.step.rule.as_ref().map(|rule| Rule::compile(rule, &key("rule"), &source)).transpose()?;
    let matching = |llm: Option<&Llm>, key: &str| match llm.map(|llm| &llm.provider) {
        Some(Provider::Recorded(recorded)) => {
            MatchTemplates::compile(&recorded.matching, &recorded.values, key, &known(Purpose::Match)).map(Some)
        }
        _ => Ok(None),
    };
    let generation_match = matching(config.llm.as_ref(), "llm.recorded")?;
    let judges = config.judges().iter();
    let judge_matches =
        judges.map(|judge| matching(Some(&judge.llm), "judge.llm.recorded")).collect::<Result<_, _>>()?;
    let grouping = match &config.grouping {
        None => Grouping::Rows,
        Some(grouping) => grouping_of(grouping, names)?,
    };
    let context = if uses_context(setup) || graph::descendants(project, index).any(uses_context) {
        Some(ContextBuilder::new(&config.context, config.grouping.as_ref(), &columns)?)
    } else {
        None
    };
    Ok(Compiled {
        columns,
        context,
        grouping,
        checks,
        when,
        rule,
        generation_match,
        judge_matches,
        notes: notes(setup)?,
    })
}

/// The names that a step's templates may use.
fn known(project: &Project, index: usize, purpose: Purpose, columns: &Columns, fields: &[String]) -> Known {
    let setup = &project.steps[index];
    let step = &setup.config.step;
    if step.each == Each::Task {
        return Known::new(purpose, columns, None, None).without_source().with_steps(&[], true, false);
    }
    // A rule without a schema may give any field, and so may a schema that has yet to be written.
    let any = setup.unwritten || step.verdict || (fields.is_empty() && step.rule.is_some());
    let fields = (!any).then_some(fields);
    // A verdict is asked for as a judge is.
    let purpose = if step.verdict && purpose == Purpose::Generation { Purpose::Judge } else { purpose };
    let root = graph::root(project, index);
    let grouping = root.and_then(|root| root.config.grouping.as_ref()).map(|grouping| grouping.mode);
    let grouping = if graph::is_by_group(project, index) { Some(GroupingMode::GroupOutput) } else { grouping };
    let known = Known::new(purpose, columns, grouping, fields);
    let known = if root.is_some() { known } else { known.without_source() };
    let item = match &step.each {
        Each::Source | Each::Task | Each::Join { by: JoinKey::Row | JoinKey::Group, .. } => false,
        Each::Output { .. } | Each::Element { .. } | Each::Pairs { .. } | Each::Join { .. } => true,
    };
    known.with_steps(&graph::ancestors(project, index), item, step.perspective.is_some())
}

/// What people should know of how a step is set up.
fn notes(setup: &Setup) -> Result<Vec<String>, EngineError> {
    let mut notes = Vec::new();
    // Of a schema that is not there yet there is nothing to say.
    let Some(asking) = setup.asking.as_ref().filter(|_| !setup.unwritten) else { return Ok(notes) };
    notes.extend(spec::notes(&asking.llm, "llm", &setup.contract, shows_schema(setup, &asking.prompt))?);
    for judge in &asking.judges {
        let shown = judge.prompt.mentions("verdict_schema");
        notes.extend(spec::notes(&judge.config.llm, &judge.block(), judge.contract(), shown)?);
        let who = if judge.config.name.is_empty() {
            "the judge".to_owned()
        } else {
            format!("the judge `{}`", judge.config.name)
        };
        if !judge.prompt.mentions("output") {
            notes.push(format!("{who}'s prompt does not show what is to be judged (`{{{{ output }}}}`)"));
        }
        if judge.rubric.is_none() && judge.config.name.is_empty() && judge.config.llm.is_model_of(&asking.llm) {
            notes.push(format!(
                "the judge is the model that generates, `{}`: models like what they wrote",
                asking.llm.model
            ));
        }
    }
    if !setup.config.step.is_plain() {
        notes = notes.into_iter().map(|note| format!("step `{}`: {note}", setup.config.step.name)).collect();
    }
    Ok(notes)
}

/// Whether a step's prompt shows the schema that its answers are held to.
fn shows_schema(setup: &Setup, prompt: &Prompt) -> bool {
    let name = if setup.config.step.verdict { "verdict_schema" } else { "llm_schema" };
    prompt.mentions(name) || prompt.mentions("llm_schema")
}

/// What a step is made from is a field that outputs can have, so that nobody pays for outputs that lead nowhere.
fn check_each(project: &Project, config: &Config) -> Result<(), EngineError> {
    let (of, field, is_list) = match &config.step.each {
        Each::Element { of, field } => (std::slice::from_ref(of), field, true),
        Each::Pairs { of, field } => (std::slice::from_ref(of), field, false),
        Each::Join { of, by: JoinKey::Field(field) } => (of.as_slice(), field, false),
        _ => return Ok(()),
    };
    for setup in project.steps.iter().filter(|setup| of.contains(&setup.config.step.name)) {
        let fields = setup.contract.fields();
        // A rule that names no fields, and a schema that lets others through, may give any.
        if setup.unwritten || fields.is_empty() || takes_others(setup.contract.closed()) {
            continue;
        }
        let wrong = |problem: String, hint: String| EngineError::NoField {
            step: config.step.name.clone(),
            of: setup.config.step.name.clone(),
            problem,
            hint,
        };
        let names = || fields.iter().map(|field| field.name.as_str());
        let Some(found) = fields.iter().find(|it| it.name == *field) else {
            let hint = match nearest(field, names()) {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("their fields are {}", names().collect::<Vec<_>>().join(", ")),
            };
            return Err(wrong(format!("have no field `{field}`"), hint));
        };
        let is_scalar = |kind: &str| ["string", "integer", "number", "boolean", "object", "null"].contains(&kind);
        if is_list && found.type_hint.split('|').all(is_scalar) {
            let hint = "`output of STEP` makes one work item of each output".to_owned();
            return Err(wrong(format!("have no list in `{field}`, but: {}", found.type_hint), hint));
        }
    }
    Ok(())
}

/// Whether a schema lets fields through, at any depth, that it does not name.
fn takes_others(schema: &Value) -> bool {
    match schema {
        Value::Object(parts) => parts.iter().any(|(keyword, part)| match keyword.as_str() {
            "patternProperties" => true,
            "additionalProperties" | "unevaluatedProperties" => *part != Value::Bool(false),
            _ => takes_others(part),
        }),
        Value::Array(parts) => parts.iter().any(takes_others),
        _ => false,
    }
}

/// Only what is planned from rows and groups shows images.
fn check_images(setup: &Setup) -> Result<(), EngineError> {
    let Some(asking) = &setup.asking else { return Ok(()) };
    let judged = |judge: &Judging| judge.prompt.images().next().is_some();
    if asking.judges.len() > 1 && asking.judges.iter().any(judged) {
        return Err(EngineError::ManyJudgesSee);
    }
    let judge = asking.judges.iter().map(|judge| &judge.prompt);
    let shows = judge.chain([&asking.prompt]).any(|prompt| prompt.images().next().is_some());
    if shows && setup.config.step.each != Each::Source {
        return Err(EngineError::NoImages { step: setup.config.step.name.clone() });
    }
    Ok(())
}

fn grouping_of(grouping: &GroupingConfig, names: &[String]) -> Result<Grouping, EngineError> {
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
fn uses_context(setup: &Setup) -> bool {
    let config = &setup.config;
    let in_recorded = |llm: &Llm| match &llm.provider {
        Provider::Recorded(recorded) => {
            recorded.matching.values().chain(recorded.values.values()).any(|template| template.contains("context"))
        }
        _ => false,
    };
    let asked = setup.asking.as_ref().is_some_and(|asking| {
        asking.prompt.mentions("context")
            || asking.judges.iter().any(|judge| judge.prompt.mentions("context"))
            || in_recorded(&asking.llm)
            || asking.judges.iter().any(|judge| in_recorded(&judge.config.llm))
    });
    let step = &config.step;
    asked
        || config.checks.iter().any(|check| check.expr.contains("context"))
        || config.checks.iter().any(|check| check.message.as_ref().is_some_and(|it| it.contains("context")))
        || step.when.as_ref().is_some_and(|when| when.contains("context"))
        || step.rule.as_ref().is_some_and(|rule| rule.to_string().contains("context"))
}

/// What a sample of combinations is drawn by.
fn pairs_seed(config: &Config) -> Value {
    match config.step.pairs {
        Some(Pairs { cover: Cover::Sample, .. }) => json!(config.run.seed),
        _ => Value::Null,
    }
}

/// Everything that makes a task what it is, by name. What only steps have is there where it is set.
fn parts(setup: &Setup, generation: &[RequestSpec], judges: &[RequestSpec]) -> Value {
    let config = &setup.config;
    let step = &config.step;
    let matching = |llm: &Llm| match &llm.provider {
        Provider::Recorded(recorded) => json!({"match": recorded.matching, "values": recorded.values}),
        _ => Value::Null,
    };
    let asking = setup.asking.as_ref();
    let shown = asking.is_some_and(|asking| asking.prompt.mentions("llm_schema"));
    let judge = |(judging, spec): (&Judging, &RequestSpec)| {
        let mut judge = json!({
            "prompt": judging.prompt.digest_parts(),
            "schema": Digest::of_value(judging.contract().closed()).to_string(),
            "min_score": judging.config.min_score,
            "model": spec.to_value(),
            "match": matching(&judging.config.llm),
        });
        if !judging.config.rubric.is_empty() {
            judge["rubric"] = json!(judging.config.rubric);
        }
        if !judging.config.name.is_empty() {
            judge["name"] = json!(judging.config.name);
        }
        judge
    };
    let mut judges = asking.into_iter().flat_map(|asking| &asking.judges).zip(judges).map(judge);
    let judge = match &config.panel {
        Some(panel) => {
            json!({"rule": panel.rule, "min_score": panel.min_score, "judges": judges.collect::<Vec<_>>()})
        }
        None => json!(judges.next()),
    };
    let escalated = generation.get(1..).unwrap_or_default();
    let mut parts = json!({
        "prompt": asking.map(|asking| asking.prompt.digest_parts()),
        "schema": {
            "closed": setup.contract.given(),
            "shown": shown.then(|| setup.asked.prompt_text()),
        },
        "context": uses_context(setup).then(|| json!(config.context)),
        "grouping": config.grouping,
        "model": generation.first().map(RequestSpec::to_value),
        "match": asking.map(|asking| matching(&asking.llm)),
        "checks": config.checks,
        "judge": judge,
    });
    let own = [
        ("answer", json!(setup.contract.form().kind().key())),
        ("when", json!(step.when)),
        ("rule", json!(step.rule)),
        ("pairs", json!(step.pairs)),
        ("pairs_seed", pairs_seed(config)),
        ("perspective", json!(step.perspective.as_ref().map(|it| &it.name))),
        ("each", if step.each == Each::Source { Value::Null } else { json!(step.each) }),
        ("verdict", if step.verdict { json!(true) } else { Value::Null }),
        ("accept", json!(config.accept)),
        (
            "escalate",
            if escalated.is_empty() { Value::Null } else { escalated.iter().map(RequestSpec::to_value).collect() },
        ),
    ];
    for (name, value) in own {
        if !value.is_null() {
            parts[name] = value;
        }
    }
    parts
}

/// Where a task stands in a run.
#[derive(Clone, Copy, Debug)]
struct Standing {
    /// The step's rowid.
    step: i64,
    /// Its place among the steps.
    place: usize,
    /// The place of its first model among all that the run asks.
    way: usize,
}

/// Puts the tasks of a project on record and returns them, ready for work; with how contexts are built for each.
pub fn record_all(
    tx: &Transaction<'_>,
    project: &Project,
    compiled: Vec<Compiled>,
    now: &str,
) -> Result<Vec<(Task, Option<ContextBuilder>)>, EngineError> {
    all(Register::Record { tx, now }, project, compiled)
}

/// The tasks of a project as they are on record, which stays as it is: what it does not have has rowid 0.
pub fn recorded_all(
    connection: &Connection,
    project: &Project,
    compiled: Vec<Compiled>,
) -> Result<Vec<(Task, Option<ContextBuilder>)>, EngineError> {
    all(Register::LookUp(connection), project, compiled)
}

fn all(
    register: Register<'_>,
    project: &Project,
    compiled: Vec<Compiled>,
) -> Result<Vec<(Task, Option<ContextBuilder>)>, EngineError> {
    let steps = register.steps(project)?;
    let mut way = 0;
    let mut tasks = Vec::with_capacity(steps.len());
    for (place, ((setup, compiled), step)) in project.steps.iter().zip(compiled).zip(steps).enumerate() {
        tasks.push(task(register, setup, compiled, Standing { step, place, way })?);
        way += setup.asking.as_ref().map_or(0, |asking| 1 + asking.escalated.len() + asking.judges.len());
    }
    Ok(tasks)
}

/// A step's task, ready for work.
fn task(
    register: Register<'_>,
    setup: &Setup,
    compiled: Compiled,
    standing: Standing,
) -> Result<(Task, Option<ContextBuilder>), EngineError> {
    let Standing { step, place, way } = standing;
    let config = &setup.config;
    let asking = setup.asking.as_ref();
    let (generation, judges) = specs(setup);
    let parts = parts(setup, &generation, &judges);
    let name = config.step.name().to_owned();
    let id = TaskId::of(&[json!(name), parts.clone()]);
    let row = register.task(step, id, &parts)?;
    let llm_schema: Arc<str> = Arc::from(setup.asked.prompt_text());
    let verdict_schema: Arc<str> = Arc::from(verdict_contract().prompt_text());
    let action = match (asking, compiled.rule) {
        (_, Some(rule)) => Action::Rule(rule),
        (Some(asking), None) => {
            let matches = (compiled.generation_match, compiled.judge_matches);
            Action::Ask(Box::new(asks(register, setup, asking, (generation, judges), matches, way)?))
        }
        (None, None) => return Err(EngineError::Snapshot(format!("step `{name}` neither asks nor has a rule"))),
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
        columns: compiled.columns,
        llm_schema,
        again: setup.asked.form().again(),
        verdict_schema,
        max_attempts: retries.saturating_add(1),
        accept: config.accept.map(|it| Accept { outputs: it.outputs as usize, candidates: it.candidates }),
        share: config.cache.share,
    };
    Ok((task, compiled.context))
}

/// What the requests to a step's models share, and those to its judges.
fn specs(setup: &Setup) -> (Vec<RequestSpec>, Vec<RequestSpec>) {
    let Some(asking) = &setup.asking else { return (Vec::new(), Vec::new()) };
    let seed = setup.config.run.seed;
    let models = std::iter::once(&asking.llm).chain(&asking.escalated);
    let generation = models.map(|llm| spec(llm, &setup.asked, seed, asking.table.as_ref())).collect();
    let judge = |it: &Judging| spec(&it.config.llm, it.contract(), seed, it.table.as_ref());
    (generation, asking.judges.iter().map(judge).collect())
}

/// Who is asked by a step, each with its way: the first is `way`.
fn asks(
    register: Register<'_>,
    setup: &Setup,
    asking: &Asking,
    (generation, judges): (Vec<RequestSpec>, Vec<RequestSpec>),
    (generation_match, judge_matches): (Option<MatchTemplates>, Vec<Option<MatchTemplates>>),
    way: usize,
) -> Result<Asks, EngineError> {
    let mut way = way..;
    let mut next = || way.next().unwrap_or_default();
    let llm_schema = setup.asked.prompt_text();
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
            next(),
        )?);
    }
    let mut found = Vec::with_capacity(judges.len());
    for ((it, spec), matching) in asking.judges.iter().zip(judges).zip(judge_matches) {
        let shown = it.contract().prompt_text();
        found.push(Judge {
            party: party(register, it.prompt.clone(), spec, matching, &[llm_schema, shown], next())?,
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
    let generation = parties.next().ok_or_else(|| EngineError::Snapshot("a step asks nobody".to_owned()))?;
    Ok(Asks { generation, escalated: parties.collect(), judges: found, panel })
}

fn party(
    register: Register<'_>,
    prompt: Prompt,
    spec: RequestSpec,
    matching: Option<MatchTemplates>,
    schemas: &[&str],
    way: usize,
) -> Result<Party, EngineError> {
    let spec_id = spec.id();
    let spec_row = register.spec(&spec, spec_id)?;
    let mut texts: Vec<&str> = schemas.iter().copied().filter(|text| !text.is_empty()).collect();
    let templates = [prompt.system(), Some(prompt.user()), prompt.retry()];
    texts.extend(templates.into_iter().flatten().flat_map(literals));
    texts.retain(|text| text.len() >= fold::WORTH_SHARING);
    texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
    texts.dedup();
    let mut shared = Vec::with_capacity(texts.len());
    for text in texts {
        shared.extend(register.text(text)?.map(|id| fold::Shared::new(id, text)));
    }
    Ok(Party { prompt, spec: Arc::new(spec), spec_id, spec_row, matching, shared, way })
}
