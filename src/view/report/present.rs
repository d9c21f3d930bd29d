//! What both renderers say in the same words.

use super::model::{Answerer, Report};
use super::number::Count;

/// One line of what ran.
#[derive(Debug)]
pub(super) struct Fact {
    pub(super) label: &'static str,
    pub(super) value: String,
}

/// What stands above a report whose answers nobody was asked for.
pub(super) const SAMPLE_BANNER: &str = "These answers are samples, made from the schema; no model was asked.";

/// The report's title.
pub(super) fn title(report: &Report) -> &str {
    match report.run.configuration.name.as_str() {
        "" => "Run without a name",
        name => name,
    }
}

/// The report in one sentence.
pub(super) fn summary(report: &Report) -> String {
    let counts = report.outcome();
    if counts.planned.0 == 0 {
        return "Nothing is planned yet.".to_owned();
    }
    let items = if counts.planned.0 == 1 { "work item" } else { "work items" };
    let mut parts = vec![format!("{} accepted ({})", counts.accepted, counts.acceptance().percent())];
    let others = counts.parts();
    parts.extend(
        others
            .iter()
            .skip(1)
            .filter(|(_, share)| share.part.0 > 0)
            .map(|(word, share)| format!("{} {word}", share.part)),
    );
    format!("{} {items}: {}.", counts.planned, parts.join(", "))
}

/// What ran, line by line; lines that the record says nothing about are left out.
pub(super) fn facts(report: &Report) -> Vec<Fact> {
    let run = &report.run;
    let config = &run.configuration;
    let mut facts = Vec::new();
    let mut say = |label, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            facts.push(Fact { label, value });
        }
    };
    say("Answered by", answerers(&run.answerers, "generation"));
    say("Judged by", answerers(&run.answerers, "judge"));
    let asked = |model: &Option<String>| match (&config.provider, model) {
        (Some(provider), Some(model)) => Some(format!("{model} at {provider}")),
        (only, other) => only.clone().or_else(|| other.clone()),
    };
    let settings = [
        config.temperature.as_ref().map(|it| format!("temperature {it}")),
        config.seed.map(|seed| format!("seed {seed}")),
    ];
    let settings: Vec<String> = settings.into_iter().flatten().collect();
    say("Configured", asked(&config.model).map(|model| [vec![model], settings].concat().join(", ")));
    say(
        "Judge",
        config.judge_model.as_ref().map(|model| match config.min_score {
            Some(score) => format!("{model}, lets through from a score of {score}"),
            None => model.clone(),
        }),
    );
    say("Configuration", Some(config.config_id.chars().take(10).collect()));
    say("Step", report.last_step().map(|step| step.step.clone()));
    if let Some(data) = &run.dataset {
        let key = data.key_column.as_ref().map_or_else(|| "no key column".to_owned(), |key| format!("key {key}"));
        say(
            "Data set",
            Some(format!(
                "{}: {} rows, {} columns, {key}, {} bytes ({})",
                data.name,
                data.rows,
                data.columns.len(),
                data.bytes,
                data.format
            )),
        );
        say("Data set SHA-1", Some(data.sha1.clone()));
    }
    facts
}

fn answerers(all: &[Answerer], purpose: &str) -> Option<String> {
    let named = all.iter().filter(|it| it.purpose == purpose);
    let named: Vec<String> =
        named.map(|it| format!("{} at {} ({} answers)", it.model, it.provider, it.answers)).collect();
    (!named.is_empty()).then(|| named.join(", "))
}

/// The statement that lists all failures, for where not all are shown.
pub(super) const ALL_FAILURES: &str = "SELECT * FROM failures";

/// Whether the work items' groups are worth a column.
pub(super) fn has_groups(report: &Report) -> bool {
    !report.groups.is_empty()
}

/// From so many to so many.
pub(super) fn range((least, most): &(Count, Count)) -> String {
    if least == most { least.to_string() } else { format!("{least}–{most}") }
}
