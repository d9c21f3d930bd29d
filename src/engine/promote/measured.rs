//! Whether a variant as it is now is what was measured, and whether it can be pinned.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::error::PromoteError;
use crate::config::secret_in;
use crate::engine::compile;
use crate::engine::error::EngineError;
use crate::engine::task_parts::asked_by;
use crate::price::{floating, host_of};
use crate::project::{Project, models, pinned_steps};
use crate::record::ColumnKind;
use crate::stage::ingest;
use crate::store::sql;
use crate::view::difference;
use crate::view::text;

/// How many differences a message has.
const MOST: usize = 5;

/// The variant as it was measured: its project from the record, and what it was measured on.
pub(super) struct Measured {
    pub(super) project: Project,
    /// Its configuration (rowid).
    pub(super) config: i64,
    columns: Vec<String>,
    kinds: Vec<ColumnKind>,
    /// The digest of the gold answers' file.
    pub(super) gold: Option<String>,
}

impl Measured {
    /// Reads the variant with this number from what the evaluation was made from, its manifest's `inputs`.
    pub(super) fn read(
        connection: &Connection,
        inputs: &Value,
        number: i64,
        now: &Project,
    ) -> Result<Option<Self>, EngineError> {
        let variants = inputs["variants"].as_array();
        let variant = variants.into_iter().flatten().find(|it| it["number"].as_i64() == Some(number));
        // A step is `[name, repeat, task, dataset, config]`.
        let config = variant.and_then(|it| it["steps"].as_array()?.iter().find_map(|step| step[4].as_i64()));
        let Some(config) = config else { return Ok(None) };
        let snapshot: Value = sql::REPLAY_CONFIG.row(connection, &[(":config", &config)], |row| row.get("snapshot"))?;
        let project = Project::recorded(&snapshot, &now.dir)?;
        let input = ingest::recorded(connection, &json!({"dataset": inputs["dataset"]}))?;
        let Some(input) = input else { return Ok(None) };
        let gold = match inputs["gold"].as_i64() {
            Some(dataset) => {
                sql::INGEST_DATASET.first(connection, &[(":dataset", &dataset)], |row| row.get::<_, String>("sha1"))?
            }
            None => None,
        };
        Ok(Some(Self { project, config, columns: input.columns, kinds: input.kinds, gold }))
    }

    /// What differs between the variant as it is `now`, over an input with these columns, and as it was measured.
    pub(super) fn differences(
        &mut self,
        now: &mut Project,
        (columns, kinds): (&[String], &[ColumnKind]),
    ) -> Result<Vec<String>, EngineError> {
        let pinned = |project: &Project| serde_json::to_value(pinned_steps(project)).unwrap_or_default();
        let mut found = difference::values("", &pinned(&self.project), &pinned(now));
        if found.is_empty() {
            let compiled = compile::compile_all(&mut self.project, &self.columns, &self.kinds)?;
            let before = asked_by(&self.project, &compiled);
            let compiled = compile::compile_all(now, columns, kinds)?;
            let after = asked_by(now, &compiled);
            let is_task = |it: &&Value| !it[0].as_str().is_some_and(crate::config::is_metric);
            let (before, metrics_before): (Vec<&Value>, Vec<&Value>) = before.iter().partition(is_task);
            let (after, metrics_after): (Vec<&Value>, Vec<&Value>) = after.iter().partition(is_task);
            let names = |steps: &[&Value]| steps.iter().map(|it| it[0].clone()).collect::<Value>();
            if names(&before) == names(&after) {
                for (was, is) in before.iter().zip(&after) {
                    found.extend(difference::tasks(&was[1], &is[1]));
                }
                // What has no name of its own counts too.
                if found.is_empty() && before != after {
                    found.extend(difference::values("task", &json!(before), &json!(after)));
                }
            } else {
                found.extend(difference::values("steps", &names(&before), &names(&after)));
            }
            // Which metrics there are, the experiment says.
            for was in metrics_before {
                let is = metrics_after.iter().find(|it| it[0] == was[0]);
                found.extend(is.into_iter().flat_map(|is| difference::tasks(&was[1], &is[1])));
            }
        }
        Ok(in_words(&found))
    }
}

/// The first differences in words, and how many more there are.
pub(super) fn in_words(found: &[difference::Difference]) -> Vec<String> {
    let more = found.len().saturating_sub(MOST);
    let mut said: Vec<String> = found.iter().take(MOST).map(change).collect();
    said.extend((more > 0).then(|| format!("and {more} more")));
    said
}

/// A difference in words.
pub(super) fn change(it: &difference::Difference) -> String {
    let shown = |value: &Value| match value {
        Value::Null => "nothing".to_owned(),
        other => text::line(&other.to_string().chars().take(80).collect::<String>()).to_string(),
    };
    format!("{} was {} and is {}", it.part, shown(&it.before), shown(&it.after))
}

/// Checks that what is pinned stays what it is, and may be read by everybody.
pub(super) fn check(project: &Project) -> Result<(), PromoteError> {
    for found in models(project).filter(|it| !it.setup.config.step.is_metric()) {
        let Some(endpoint) = found.llm.provider.endpoint() else { continue };
        let model = &found.llm.model;
        if let Some(name) = host_of(&endpoint.base_url).and_then(|host| floating(&host, model)) {
            let (step, vendor) = (found.setup.config.step.name().to_owned(), name.vendor);
            return Err(PromoteError::Floating { step, model: model.clone(), vendor, versions: name.versions });
        }
    }
    let steps = pinned_steps(project);
    if steps.is_empty() {
        return Err(PromoteError::NothingPinned);
    }
    for (step, pinned) in steps {
        let blocks = pinned.judges.values().map(|judge| &judge.llm);
        if let Some(path) = blocks.chain([&pinned.llm]).find_map(secret_in) {
            return Err(PromoteError::Secret { step, path });
        }
    }
    Ok(())
}
