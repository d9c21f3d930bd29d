//! What makes a step's exact task: the parts whose digest is its id.

use serde_json::{Map, Value, json};

use super::compile::{CompiledStep, uses_context};
use super::step_reads::{by_row, reads_input_data};
use crate::config::{Config, Cover, Each, FinishMeaning, Llm, Pairs, Provider, Thoughts};
use crate::project::spec::spec;
use crate::project::{JudgeSetup, Project, Setup};
use crate::prompt::TemplateColumns;
use crate::provider::{Finish, RequestSpec};
use crate::record::Digest;
use crate::stage::generate::Reading;

/// The seed of combinations that may be drawn; null for covers where none is.
fn pairs_seed(config: &Config) -> Value {
    match config.step.pairs {
        Some(Pairs { cover: Cover::Sample, .. } | Pairs { cover: Cover::Pairwise, count: Some(_) }) => {
            json!(config.run.seed)
        }
        _ => Value::Null,
    }
}

/// The templates by which recorded answers are looked up; null for other providers.
fn matching(llm: &Llm) -> Value {
    match &llm.provider {
        Provider::Recorded(recorded) => json!({"match": recorded.matching, "values": recorded.values}),
        _ => Value::Null,
    }
}

/// How a model's answers are read.
pub(super) fn reading(llm: &Llm) -> Reading {
    let meaning = |meaning: FinishMeaning| match meaning {
        FinishMeaning::Stop => Finish::Stop,
        FinishMeaning::Length => Finish::Length,
        FinishMeaning::Refusal => Finish::Refusal,
        FinishMeaning::ContentFilter => Finish::ContentFilter,
    };
    Reading {
        keeps_thoughts: llm.thoughts == Thoughts::Keep,
        finish: llm.finish.iter().map(|(word, finish)| (word.clone(), meaning(*finish))).collect(),
    }
}

/// The parts of a task that are about its judge, or its panel of judges; null where nobody judges.
fn judge_parts(setup: &Setup, judges: &[RequestSpec]) -> Value {
    let judge = |(judging, spec): (&JudgeSetup, &RequestSpec)| {
        let mut judge = json!({
            "prompt": judging.prompt.digest_parts(),
            "schema": Digest::of_value(judging.contract().closed()).to_string(),
            "min_score": judging.config.min_score,
            "model": spec.to_value(),
            "match": matching(&judging.config.llm),
        });
        reading(&judging.config.llm).add_to(&mut judge);
        if !judging.config.rubric.is_empty() {
            judge["rubric"] = json!(judging.config.rubric);
        }
        if !judging.config.name.is_empty() {
            judge["name"] = json!(judging.config.name);
        }
        judge
    };
    let asking = setup.asking.as_ref();
    let mut judges = asking.into_iter().flat_map(|asking| &asking.judges).zip(judges).map(judge);
    match &setup.config.panel {
        Some(panel) => {
            json!({"rule": panel.rule, "min_score": panel.min_score, "judges": judges.collect::<Vec<_>>()})
        }
        None => json!(judges.next()),
    }
}

/// The parts of a task by name: its id is their digest. A part that only some steps have is left out where it is not
/// set.
pub(super) fn parts(
    setup: &Setup,
    compiled: &CompiledStep,
    generation: &[RequestSpec],
    judges: &[RequestSpec],
) -> Value {
    let columns = &compiled.columns;
    let config = &setup.config;
    let step = &config.step;
    let asking = setup.asking.as_ref();
    let shown = asking.is_some_and(|asking| asking.prompt.mentions("llm_schema"));
    // Which models rows may name is no part of the task: what a row names is a part of the row.
    let escalated = asking.and_then(|it| generation.get(1..=it.escalated.len())).unwrap_or_default();
    let mut parts = json!({
        "prompt": asking.map(|asking| asking.prompt.digest_parts()),
        "schema": {
            "closed": setup.contract.as_written(),
            "shown": shown.then(|| setup.shown_contract()),
        },
        "context": uses_context(setup).then(|| json!(config.context)),
        "grouping": config.grouping,
        "model": generation.first().map(RequestSpec::to_value),
        "match": asking.map(|asking| matching(&asking.llm)),
        "checks": config.checks,
        "judge": judge_parts(setup, judges),
    });
    let own = [
        ("answer", json!(setup.contract.form().kind().key())),
        ("when", json!(step.when)),
        ("rule", json!(step.rule)),
        ("evidence", if config.evidence.is_empty() { Value::Null } else { json!(config.evidence) }),
        ("pairs", json!(step.pairs)),
        ("pairs_seed", pairs_seed(config)),
        ("perspective", json!(step.perspective.as_ref().map(|it| &it.name))),
        ("each", if step.each == Each::Source { Value::Null } else { json!(step.each) }),
        ("verdict", if step.verdict { json!(true) } else { Value::Null }),
        ("accept", json!(config.accept)),
        ("by_row", json!(by_row(setup).map(|it| &it.column))),
        ("types", types(columns)),
        ("reads_lines", if compiled.reads_lines { json!(true) } else { Value::Null }),
        ("vars", if compiled.used.is_empty() { Value::Null } else { json!(compiled.used) }),
        ("hidden", if config.input.hidden.is_empty() { Value::Null } else { json!(config.input.hidden) }),
        ("input_data", json!(compiled.input_column.as_ref().filter(|_| reads_input_data(setup)))),
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
    if let Some(asking) = asking {
        reading(&asking.llm).add_to(&mut parts);
    }
    parts
}

/// The types of the input's columns, since templates, checks and conditions work with values of these; null where no
/// column has one.
fn types(columns: &TemplateColumns) -> Value {
    let types: Map<String, Value> =
        columns.types().map(|(name, kind)| (name.to_owned(), json!(kind.as_str()))).collect();
    if types.is_empty() { Value::Null } else { Value::Object(types) }
}

/// What is asked under a project, step by step: two variants for which these are equal ask exactly the same.
pub(super) fn asked_by(project: &Project, compiled: &[CompiledStep]) -> Vec<Value> {
    let steps = project.steps.iter().zip(compiled);
    steps
        .map(|(setup, compiled)| {
            let (generation, judges) = specs(setup);
            json!([setup.config.step.name(), parts(setup, compiled, &generation, &judges)])
        })
        .collect()
}

/// The specs of a step's models, and those of its judges.
pub(super) fn specs(setup: &Setup) -> (Vec<RequestSpec>, Vec<RequestSpec>) {
    let Some(asking) = &setup.asking else { return (Vec::new(), Vec::new()) };
    let seed = setup.config.run.seed;
    let generation = asking.generating().map(|llm| spec(llm, &setup.asked, seed, asking.table.as_ref())).collect();
    let judge = |it: &JudgeSetup| spec(&it.config.llm, it.contract(), seed, it.table.as_ref());
    (generation, asking.judges.iter().map(judge).collect())
}
