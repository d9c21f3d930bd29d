//! What an evaluation was made of beside its variants: the experiment, and the rows of the input.

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use crate::engine::error::EngineError;
use crate::project::Project;
use crate::stage::ingest::SourceFile;
use crate::store::sql;
use crate::view::difference::{self, Difference};

/// What differs between the experiment of `base` as it is now, and the one in `inputs`, which the evaluation was made
/// from. Other variants may have come or gone, and what they may spend is no part of a figure.
pub(super) fn differences(inputs: &Value, base: &Project) -> Vec<Difference> {
    let now = serde_json::to_value(&base.config.experiment).unwrap_or_default();
    let was = counted(&inputs["experiment"], &inputs["seed"]);
    difference::values("experiment", &was, &counted(&now, &json!(base.config.run.seed)))
}

/// What the figures and verdicts depend on.
fn counted(experiment: &Value, seed: &Value) -> Value {
    let place = experiment["baseline"].as_u64().and_then(|it| usize::try_from(it).ok()).unwrap_or_default();
    let all = |key: &str| experiment[key].as_array().into_iter().flatten();
    let metrics: Map<String, Value> =
        all("metrics").map(|it| (it["name"].as_str().unwrap_or_default().to_owned(), it.clone())).collect();
    json!({
        "baseline": experiment["variants"][place]["overlay"], "repeats": experiment["repeats"],
        "gold": {"key": experiment["gold"]["key"], "fields": experiment["gold"]["fields"]}, "metrics": metrics,
        "decide": experiment["decide"], "gates": all("gates").map(|it| it["text"].clone()).collect::<Value>(),
        "seed": seed,
    })
}

/// Whether the rows that `inputs` names, which the evaluation was made from, are those that `source` has now; else what
/// both have, in words.
pub(super) fn other_rows(
    connection: &Connection,
    inputs: &Value,
    source: &SourceFile,
) -> Result<Option<[String; 2]>, EngineError> {
    let dataset = inputs["dataset"].as_i64().unwrap_or_default();
    let measured = sql::INGEST_DATASET.first(connection, &[(":dataset", &dataset)], |row| {
        Ok((row.get::<_, String>("dataset_id")?, row.get::<_, String>("sha1")?))
    })?;
    let (is, sha1) = (source.dataset_id().to_string(), source.sha1.to_string());
    Ok(match measured {
        Some((was, _)) if was == is => None,
        Some((_, was)) if was == sha1 => Some([was, format!("{sha1}, read in another way")]),
        Some((_, was)) => Some([was, sha1]),
        None => Some(["none".to_owned(), sha1]),
    })
}
